//! The page of an account and the monitor's panel, as a browser without scripts uses them.

use chrono::TimeDelta;
use replybook::{
    store::{NewRun, RunEnd, RunProgress},
    types::{AccountId, RunId, RunKind, RunState, RunTrigger},
};
use reqwest::header;
use serde_json::json;

use crate::support::{
    TestApp,
    browser::{Browser, location},
    emulator::emulator,
};

const PAGE: &str = "/admin/integrations";

/// An application without a worker, and a connected mailbox. Returns the account's id and the path of its page.
async fn connected(mailbox: &str, threads: usize) -> (TestApp, Browser, AccountId, String) {
    let app = emulator().settings().app().await;
    let browser = app.admin().await;
    emulator().mailbox(mailbox, threads).await;
    let back = emulator().consent(&browser.auth_url().await, mailbox).await;
    assert_eq!(location(&browser.visit(&back).await), "/admin/integrations?gmail=connected");
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
        fresh.contains("page@mail.example") && fresh.contains("No run yet.") && fresh.contains("Nothing is set aside.")
    );
    assert!(fresh.contains("no worker is running"), "why nothing happens by itself");
    assert!(!fresh.contains(".wasm"), "no browser takes it over");

    let (to, page) = submit(&browser, &format!("{path}/backfill"), &[("span", "since"), ("since", "")]).await;
    assert!(to.starts_with(&format!("{path}?error=since+")), "{to}");
    assert!(page.contains("Enter the date since when you want the mail."));
    let (_, page) = submit(&browser, &format!("{path}/backfill"), &[("span", "since"), ("since", "2999-01-01")]).await;
    assert!(page.contains("That date is still to come."));
    let (_, page) = submit(&browser, &format!("{path}/backfill"), &[]).await;
    assert!(page.contains("Choose how far back."));

    let (to, page) = submit(&browser, &format!("{path}/backfill"), &[("span", "since"), ("since", "2026-01-31")]).await;
    assert_eq!(to, format!("{path}?done=backfill"));
    assert!(page.contains("back to 2026-01-31") && page.contains("waiting to start"), "{page}");
    let (_, page) = submit(&browser, &format!("{path}/backfill"), &[("span", "everything")]).await;
    assert!(page.contains("Older mail of this account is being fetched already."));

    let run = app.domain.store.open_runs(Some(id)).await.expect("read")[0].id;
    let act = async |action: &str| submit(&browser, &format!("{PAGE}/runs/{run}/{action}"), &[]).await;
    let (to, page) = act("pause").await;
    assert_eq!(to, format!("{path}?done=pause"));
    assert!(page.contains("paused") && page.contains("Go on") && !page.contains("http-equiv"), "{page}");
    assert!(act("resume").await.1.contains("It goes on where it was."));
    let (_, page) = act("cancel").await;
    assert!(page.contains("cancelled") && page.contains("Fetch older mail"), "another one may begin: {page}");
    assert!(act("cancel").await.1.contains("That run is over already."));

    // What an address says is not repeated.
    let odd = text(&browser, &format!("{path}?error=%3Cscript%3E&done=nonsense")).await;
    let (_, flash) = odd.split_once("class=\"flash bad\"").expect("it says that something did not work");
    let (flash, _) = flash.split_once("</div>").expect("and no more");
    assert!(flash.contains("That cannot be done right now.") && !flash.contains("script"), "{flash}");
}

#[tokio::test]
async fn what_was_set_aside_is_listed_in_words_and_tried_again() {
    let mailbox = "words@mail.example";
    let broken = json!({ "id": "broken-words", "match": { "account": mailbox, "path": "/(messages|threads)/" }, "respond": { "status": 400, "reason": "failedPrecondition" } });
    emulator().control("/faults", &broken).await;
    let (app, browser, id, path) = connected(mailbox, 1).await;
    let run = replybook::sync::sync_now(&app.domain, id, RunTrigger::Manual).await.expect("a summary");
    assert_eq!(run.state, RunState::Partial);
    let page = text(&browser, &path).await;
    assert!(page.contains("The provider refuses it") && page.contains("1 attempt"), "{page}");
    assert!(page.contains("partly done") && page.contains("<svg"), "the history is drawn");
    let russian = browser.request(reqwest::Method::GET, &path).header(header::ACCEPT_LANGUAGE, "ru");
    let russian = russian.send().await.expect("an answer").text().await.expect("a page");
    assert!(russian.contains("Провайдер отказал") && russian.contains("готово частично"), "{russian}");
    assert!(!russian.contains("Try again") && !russian.contains("partly done"));

    let failures = app.domain.store.list_failures(id, 10).await.expect("read");
    let one = failures[0].id.to_string();
    let (to, page) = submit(&browser, &format!("{path}/retry"), &[("failure", &one)]).await;
    assert_eq!(to, format!("{path}?done=retry&count=1"));
    assert!(page.contains("The next sync tries again: 1 message."), "{page}");
    let (to, _) = submit(&browser, &format!("{path}/retry"), &[]).await;
    assert_eq!(to, format!("{path}?done=retry&count=2"));
    emulator().forget_fault("broken-words").await;
    let (to, page) = submit(&browser, &format!("{path}/sync"), &[]).await;
    assert_eq!(to, format!("{path}?done=sync"));
    assert!(page.contains("The sync has begun."));
}

#[tokio::test]
async fn a_long_backfill_is_shown_however_many_syncs_came_after_it() {
    let (app, browser, id, path) = connected("long@mail.example", 1).await;
    let store = &app.domain.store;
    submit(&browser, &format!("{path}/backfill"), &[("span", "90")]).await;
    for _ in 0..60 {
        app.advance(TimeDelta::minutes(5));
        let now = replybook::clock::Clock::now(app.clock.as_ref());
        let new = NewRun { account: id, kind: RunKind::Sync, trigger: RunTrigger::Worker, source: None, since: None };
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
    let (_, page) = submit(&browser, &format!("{PAGE}/monitor/stop"), &[]).await;
    assert!(page.contains("No account is synced by itself"), "{page}");
    assert!(!app.domain.store.monitor_enabled().await.expect("read"));
    let (to, _) = submit(&browser, &format!("{PAGE}/monitor/poll"), &[]).await;
    assert_eq!(to, format!("{PAGE}?done=refused"));
    submit(&browser, &format!("{PAGE}/monitor/start"), &[]).await;
    assert!(app.domain.store.monitor_enabled().await.expect("read"));
    assert_eq!(browser.submit(&format!("{PAGE}/monitor/nonsense"), &[]).await.status(), 404);
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
    let (to, page) = submit(&browser, &format!("{path}/sync"), &[]).await;
    assert_eq!(to, format!("{path}?error=account_needs_reconnect"));
    assert!(page.contains("This account has to be reconnected before it can be synced."));
}

#[tokio::test]
async fn an_account_that_waits_says_for_what_and_how_long() {
    let (app, browser, id, path) = connected("limit@mail.example", 1).await;
    replybook::sync::sync_now(&app.domain, id, RunTrigger::Manual).await.expect("a summary");
    let now = replybook::clock::Clock::now(app.clock.as_ref());
    let (asked, interval) = (Some(TimeDelta::minutes(42)), app.domain.settings.sync.worker_interval);
    app.domain.store.back_off(id, asked, "rate_limited", interval, now).await.expect("written");
    for page in [text(&browser, PAGE).await, text(&browser, &path).await] {
        assert!(page.contains("Google asks to slow down") && page.contains("42 min"), "{page}");
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
    assert!(location(&app.anonymous().open(&path).await).starts_with("/login?next="));
    for form in
        [format!("{path}/sync"), format!("{path}/backfill"), format!("{path}/retry"), format!("{PAGE}/monitor/stop")]
    {
        assert_eq!(member.submit(&form, &[]).await.status(), 403, "{form}");
        assert!(location(&app.anonymous().submit(&form, &[]).await).starts_with("/login"), "{form}");
    }
    assert_eq!(browser.submit(&format!("{PAGE}/runs/{}/pause", RunId::new()), &[]).await.status(), 404);
    assert_eq!(browser.submit(&format!("{PAGE}/accounts/{}/sync", AccountId::new()), &[]).await.status(), 404);
    assert!(app.domain.store.monitor_enabled().await.expect("read"), "nothing was switched");
}
