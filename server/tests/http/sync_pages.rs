//! The page of an account and the monitor's panel, as a browser without scripts uses them.

use chrono::TimeDelta;
use leptos::server_fn::ServerFn;
use replybook::{
    store::{NewRun, RunEnd, RunProgress},
    types::{AccountId, Actor, RunId, RunKind, RunState, Through},
};
use replybook_app::{
    pages::{
        integrations::api::{RequestResync, RunSync, SetAccountEnabled},
        mailbox::api::{FetchOlder, RetrySetAside},
        monitor::api::{PollMonitor, StartMonitor, StopMonitor},
        runs::control::PauseRun,
    },
    paths,
};
use reqwest::header;
use serde_json::json;

use crate::support::{
    TestApp,
    browser::{Browser, location},
    emulator::emulator,
};

const PAGE: &str = paths::INTEGRATIONS;

/// An application without a worker, and a connected mailbox. Returns the account's id and the path of its page.
async fn connected(mailbox: &str, threads: usize) -> (TestApp, Browser, AccountId, String) {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox(mailbox, threads).await;
    let back = emulator().consent(&browser.auth_url().await, mailbox).await;
    assert_eq!(location(&browser.visit(&back).await), format!("{}?gmail=connected", paths::INTEGRATIONS));
    let (_, list) = browser.get("/api/integrations/accounts").await;
    let id = list["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("{PAGE}/accounts/{id}");
    (app, browser, id.parse().expect("an id"), path)
}

async fn text(browser: &Browser, path: &str) -> String {
    let response = browser.open(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.expect("a page")
}

/// Posts a form; returns the page that it leads to.
async fn submit(browser: &Browser, path: &str, form: &[(&str, &str)]) -> (String, String) {
    let response = browser.submit(path, form).await;
    assert_eq!(response.status(), 303, "{path}");
    let to = location(&response);
    let page = text(browser, &to).await;
    (to, page)
}

#[tokio::test]
async fn the_page_of_an_account_needs_no_scripts() {
    let (app, browser, id, path) = connected("page@mail.example", 2).await;
    let fresh = text(&browser, &path).await;
    assert!(
        fresh.contains("page@mail.example") && fresh.contains("No run yet.") && fresh.contains("No failed messages.")
    );
    assert!(fresh.contains("no worker is running"), "why nothing happens by itself");

    let id_text = id.to_string();
    let older = async |span: &str, since: &str| {
        submit(&browser, FetchOlder::url(), &[("id", &id_text), ("span", span), ("since", since)]).await
    };
    let (to, page) = older("since", "").await;
    assert_eq!(to, path);
    assert!(page.contains("Enter a start date."));
    let (_, page) = older("since", "2999-01-01").await;
    assert!(page.contains("That date is in the future."));
    assert!(page.contains("value=\"2999-01-01\""), "what was typed is still there: {page}");
    let (_, page) = submit(&browser, FetchOlder::url(), &[("id", &id_text)]).await;
    assert!(page.contains("Choose how far back to go."));

    let (to, page) = older("since", "2026-01-31").await;
    assert_eq!(to, path);
    assert!(page.contains("Queued: it starts as soon as a worker is free."));
    assert!(page.contains("back to 2026-01-31") && page.contains("waiting to start"), "{page}");
    assert!(!text(&browser, &path).await.contains("Queued: a worker begins"), "it is told once");
    let (_, page) = older("everything", "").await;
    assert!(page.contains("Older mail of this account is already being fetched."));

    let run = app.domain.store.open_runs(Some(id)).await.expect("read")[0].id.to_string();
    let act = async |action: &str| submit(&browser, &format!("{}{action}-run", paths::ACTS), &[("id", &run)]).await;
    let (to, page) = act("pause").await;
    assert_eq!(to, path);
    assert!(page.contains("paused") && page.contains("Resume") && !page.contains("http-equiv"), "{page}");
    let (to, page) = act("resume").await;
    assert_eq!(to, path);
    assert!(page.contains("It continues where it stopped."));
    let dialog = text(&browser, &format!("{PAGE}?run={run}")).await;
    assert!(dialog.contains("Older mail of") && dialog.contains("waiting to start"), "{dialog}");
    let (_, page) = act("cancel").await;
    assert!(page.contains("cancelled") && page.contains("Fetch older mail"), "another one may begin: {page}");
    let (to, page) = act("cancel").await;
    assert_eq!(to, format!("{PAGE}?run={run}"));
    assert!(page.contains("That run has already ended.") && page.contains("This run was cancelled."), "{page}");
}

#[tokio::test]
async fn what_was_set_aside_is_listed_in_words_and_tried_again() {
    let mailbox = "words@mail.example";
    let broken = json!({ "id": "broken-words", "match": { "account": mailbox, "path": "/(messages|threads)/" }, "respond": { "status": 400, "reason": "failedPrecondition" } });
    emulator().control("/faults", &broken).await;
    let (app, browser, id, path) = connected(mailbox, 1).await;
    let run = replybook::sync::sync_now(&app.domain, Actor::nobody(Through::Page), id).await.expect("a summary");
    assert_eq!(run.state, RunState::Partial);
    let page = text(&browser, &path).await;
    assert!(page.contains("The provider refuses it") && page.contains("1 attempt"), "{page}");
    assert!(page.contains("partly done") && page.contains("<svg"), "the history is drawn");
    let russian = browser.request(reqwest::Method::GET, &path).header(header::ACCEPT_LANGUAGE, "ru");
    let russian = russian.send().await.expect("an answer").text().await.expect("a page");
    assert!(russian.contains("Провайдер отказал") && russian.contains("готово частично"), "{russian}");
    assert!(!russian.contains("Try again") && !russian.contains("partly done"));

    let failures = app.domain.store.list_failures(id, 10).await.expect("read");
    let (id, one) = (id.to_string(), failures[0].id.to_string());
    let (to, page) = submit(&browser, RetrySetAside::url(), &[("id", &id), ("failure", &one)]).await;
    assert_eq!(to, path);
    assert!(page.contains("The next sync will retry 1 message."), "{page}");
    let (_, page) = submit(&browser, RetrySetAside::url(), &[("id", &id)]).await;
    assert!(page.contains("The next sync will retry 2 messages."), "{page}");
    emulator().forget_fault("broken-words").await;
    let (to, page) = submit(&browser, RunSync::url(), &[("id", &id)]).await;
    assert!(to.starts_with(&format!("{PAGE}?run=")), "{to}");
    assert!(page.contains("The sync has started.") && page.contains("Sync of Gmail"), "{page}");
}

#[tokio::test]
async fn a_sync_begins_in_the_same_words_wherever_it_is_asked_for() {
    let (app, browser, id, path) = connected("once@mail.example", 1).await;
    let id_text = id.to_string();
    let sync = async |from: &str| {
        let request = browser.request(reqwest::Method::POST, RunSync::url()).header(header::ACCEPT, "text/html");
        let request = request.header(header::REFERER, app.url(from)).form(&[("id", &id_text)]);
        let to = location(&request.send().await.expect("an answer"));
        let page = text(&browser, &to).await;
        (to, page)
    };
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    let new = NewRun { account: id, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None };
    let begun = app.domain.store.begin_run(&new, TimeDelta::minutes(2), now).await.expect("begun");
    // One that goes on already is led to; that is no error.
    let (to, page) = sync(PAGE).await;
    assert_eq!(to, format!("{PAGE}?run={}", begun.run));
    assert!(page.contains("This account is already being synced") && !page.contains("flash bad"), "{page}");
    assert_eq!(page.matches("This account is already being synced").count(), 1, "{page}");
    assert!(page.contains("notice idle"), "in a neutral tone: {page}");
    for from in [path.as_str(), paths::OVERVIEW, paths::AUDIT] {
        let (to, page) = sync(from).await;
        assert_eq!(to, format!("{PAGE}?run={}", begun.run), "from {from}");
        assert!(page.contains("This account is already being synced"), "{page}");
    }
    let end = RunEnd { state: RunState::Done, progress: RunProgress::default(), account_cursor: None };
    app.domain.store.finish_run(begun.run, &end, now).await.expect("finished");
    let (to, page) = sync(&path).await;
    assert_eq!(to, path);
    assert!(page.contains("The sync has started."), "{page}");
}

#[tokio::test]
async fn a_long_backfill_is_shown_however_many_syncs_came_after_it() {
    let (app, browser, id, path) = connected("long@mail.example", 1).await;
    let store = &app.domain.store;
    submit(&browser, FetchOlder::url(), &[("id", &id.to_string()), ("span", "90")]).await;
    for _ in 0..60 {
        app.advance(TimeDelta::minutes(5));
        let now = replybook::clock::Clock::now(app.clock.as_ref());
        let new = NewRun { account: id, kind: RunKind::Sync, by: Actor::worker(), source: None, since: None };
        let begun = store.begin_run(&new, TimeDelta::minutes(2), now).await.expect("begun");
        let end = RunEnd { state: RunState::Done, progress: RunProgress::default(), account_cursor: None };
        store.finish_run(begun.run, &end, now).await.expect("finished");
    }
    let open = store.open_runs(None).await.expect("read");
    assert_eq!(open.iter().map(|run| run.kind).collect::<Vec<_>>(), [RunKind::Backfill]);
    let page = text(&browser, &path).await;
    assert!(page.contains(&format!("data-run=\"{}\"", open[0].id)), "{page}");
    assert!(page.contains("http-equiv=\"refresh\""), "it is kept up to date without scripts");
}

#[tokio::test]
async fn the_monitor_is_switched_by_forms() {
    let (app, browser, _, _) = connected("switch@mail.example", 1).await;
    let page = text(&browser, PAGE).await;
    assert!(page.contains("no worker") && page.contains("replybook worker"), "what to do is said: {page}");
    let (_, page) = submit(&browser, StopMonitor::url(), &[]).await;
    assert!(page.contains("Automatic syncing is off"), "{page}");
    assert!(!app.domain.store.monitor_enabled().await.expect("read"));
    let (to, page) = submit(&browser, PollMonitor::url(), &[]).await;
    assert_eq!(to, PAGE);
    assert!(page.contains("The email monitor is stopped. Start it first."), "{page}");
    submit(&browser, StartMonitor::url(), &[]).await;
    assert!(app.domain.store.monitor_enabled().await.expect("read"));
}

#[tokio::test]
async fn an_account_that_needs_a_person_stands_out_with_what_to_do() {
    let (app, browser, id, path) = connected("needy@mail.example", 1).await;
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    app.domain.store.set_account_problem(id, replybook::types::AccountProblem::Reconnect, now).await.expect("set");
    for page in [text(&browser, PAGE).await, text(&browser, &path).await] {
        assert!(page.contains("Google no longer accepts the stored access"), "{page}");
        assert!(page.contains("action=\"/api/ui/connect-gmail\""), "with the button that mends it");
    }
    let request = browser.request(reqwest::Method::POST, RunSync::url()).header(header::ACCEPT, "text/html");
    let request = request.header(header::REFERER, app.url(&path)).form(&[("id", id.to_string())]);
    assert_eq!(location(&request.send().await.expect("an answer")), path);
    let page = text(&browser, &path).await;
    assert!(page.contains("Reconnect this account before you sync it."));
}

#[tokio::test]
async fn what_waits_for_a_person_or_a_worker_is_told_so() {
    let (app, browser, id, _) = connected("alone@mail.example", 1).await;
    let form = [("id", id.to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let told = crate::support::browser::said;
    let asked = told(&browser.submit(RequestResync::url(), &form).await);
    assert_eq!(
        asked,
        "Resync requested: this account goes first. No worker is running, so this waits until one starts."
    );
    browser.submit(StopMonitor::url(), &[]).await;
    let asked = told(&browser.submit(RequestResync::url(), &form).await);
    assert!(asked.contains("The email monitor is stopped, so this waits until somebody starts it."), "{asked}");

    let now = replybook::clock::Clock::now(app.clock.as_ref());
    app.domain.store.set_account_problem(id, replybook::types::AccountProblem::Reconnect, now).await.expect("set");
    browser.submit(SetAccountEnabled::url(), &[form[0], ("enabled", "false")]).await;
    let enabled = told(&browser.submit(SetAccountEnabled::url(), &[form[0], ("enabled", "true")]).await);
    assert_eq!(enabled, "The account is enabled. Reconnect it to fetch mail.");
}

#[tokio::test]
async fn an_account_that_waits_says_for_what_and_how_long() {
    let (app, browser, id, path) = connected("limit@mail.example", 1).await;
    replybook::sync::sync_now(&app.domain, Actor::nobody(Through::Page), id).await.expect("a summary");
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    let (asked, interval) = (Some(TimeDelta::minutes(42)), app.domain.settings.sync.worker_interval);
    app.domain.store.back_off(id, asked, replybook::types::RunCode::RateLimited, interval, now).await.expect("written");
    for page in [text(&browser, PAGE).await, text(&browser, &path).await] {
        assert!(page.contains("Google asked us to slow down") && page.contains("42 min"), "{page}");
        assert!(page.contains("Try now"));
    }
}

#[tokio::test]
async fn the_door_is_the_same_as_that_of_other_pages() {
    let (app, browser, _, path) = connected("door@mail.example", 1).await;
    assert_eq!(browser.open(&format!("{PAGE}/accounts/{}", AccountId::new())).await.status(), 404);
    assert_eq!(browser.open(&format!("{PAGE}/accounts/17")).await.status(), 404);
    let member = app.member().await;
    let response = member.open(&path).await;
    assert_eq!(response.status(), 403);
    assert!(!response.text().await.expect("a page").contains("door@mail.example"));
    assert!(location(&app.anonymous().open(&path).await).starts_with(&format!("{}?next=", paths::LOGIN)));
    for form in [RunSync::url(), FetchOlder::url(), RetrySetAside::url(), StopMonitor::url()] {
        let fields = [("id", path.rsplit('/').next().expect("an id"))];
        assert_eq!(member.submit(form, &fields).await.status(), 403, "{form}");
        assert!(location(&app.anonymous().submit(form, &fields).await).starts_with(paths::LOGIN), "{form}");
    }
    let run = RunId::new().to_string();
    assert_eq!(browser.submit(PauseRun::url(), &[("id", &run)]).await.status(), 404);
    let account = AccountId::new().to_string();
    for form in [RunSync::url(), FetchOlder::url(), RetrySetAside::url()] {
        let fields = [("id", account.as_str()), ("span", "everything")];
        assert_eq!(browser.submit(form, &fields).await.status(), 404, "{form}");
    }
    assert!(app.domain.store.monitor_enabled().await.expect("read"), "nothing was switched");
}

#[tokio::test]
async fn a_failed_run_says_what_mends_it_wherever_it_is_shown() {
    let mailbox = "api-off@mail.example";
    let (app, browser, id, path) = connected(mailbox, 1).await;
    let said = "Gmail API has not been used in project 4711 before or it is disabled.";
    let error =
        json!({ "code": 403, "message": said, "errors": [{ "reason": "accessNotConfigured", "message": said }] });
    let off = json!({
        "match": { "account": mailbox, "path": "/messages" },
        "respond": { "status": 403, "json": { "error": error } }
    });
    emulator().control("/faults", &off).await;
    let run = replybook::sync::sync_now(&app.domain, Actor::nobody(Through::Page), id).await.expect("a summary");
    assert_eq!(run.state, RunState::Failed, "{run:?}");
    assert!(run.errors[0].starts_with("api_disabled: "), "{run:?}");
    let link = "https://console.cloud.google.com/apis/library/gmail.googleapis.com?project=4711";
    for page in [PAGE.to_owned(), path.clone(), format!("{PAGE}?run={}", run.run_id)] {
        let page = text(&browser, &page).await;
        assert!(page.contains("The Gmail API is switched off in the Google Cloud project"), "{page}");
        assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    }
    // Once the pause is over the last run says the same.
    app.advance(TimeDelta::days(1));
    for page in [PAGE, &path] {
        let page = text(&browser, page).await;
        assert!(page.contains("data-cure=\"EnableApi\"") && page.contains(link), "{page}");
    }
}

#[tokio::test]
async fn what_is_switched_off_offers_no_sync() {
    let (_app, browser, id, path) = connected("off@mail.example", 1).await;
    let id = id.to_string();
    for page in [PAGE, &path] {
        assert!(text(&browser, page).await.contains(RunSync::url()), "{page} offers one while it is on");
    }
    submit(&browser, SetAccountEnabled::url(), &[("id", &id), ("enabled", "false")]).await;
    for page in [PAGE, &path] {
        let page = text(&browser, page).await;
        for act in [RunSync::url(), RequestResync::url(), FetchOlder::url(), RetrySetAside::url()] {
            assert!(!page.contains(act), "{act} in {page}");
        }
    }
    let told = crate::support::browser::said(&browser.submit(RunSync::url(), &[("id", &id)]).await);
    assert_eq!(told, "This account is disabled. Enable it first.");
}
