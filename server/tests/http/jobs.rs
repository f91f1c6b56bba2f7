//! Background jobs, as scripts and pages see it, and another try for what failed.

use chrono::TimeDelta;
use leptos::server_fn::ServerFn;
use replybook::{
    clock::Clock,
    store::{ConnectAccount, JobEnd, NewJob, ProviderSeed},
    types::{JobFilter, JobId, JobKind, JobState, Provider},
    worker::{self, WorkerLock},
};
use replybook_app::{pages::monitor::api::RetryJob, paths};
use serde_json::{Value, json};

use crate::support::{
    TestApp, assert_detail,
    browser::{Browser, location, said},
    logs,
};

const JOBS: &str = "/api/jobs";

/// A job that has failed: its payload cannot be read.
async fn failed(app: &TestApp) -> JobId {
    let store = &app.domain.store;
    store.enqueue(&NewJob::group_replies(), app.clock.now()).await.expect("queued");
    let taken = store.take_job(JobKind::ALL, TimeDelta::minutes(2), app.clock.now()).await.expect("read");
    let taken = taken.expect("it may begin");
    let end = JobEnd::Hopeless("its payload cannot be read: an odd one".to_owned());
    store.end_job(&taken, &end, app.clock.now()).await.expect("written");
    taken.id
}

async fn listed(browser: &Browser, query: &str) -> Vec<Value> {
    let (status, list) = browser.get(&format!("{JOBS}{query}")).await;
    assert_eq!(status, 200, "{query}: {list}");
    assert_eq!(list["count"].as_u64(), list["jobs"].as_array().map(|jobs| jobs.len() as u64));
    list["jobs"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn jobs_are_listed_by_state_with_what_went_wrong() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    assert!(listed(&browser, "").await.is_empty());
    let id = failed(&app).await.to_string();
    app.domain.store.enqueue(&NewJob::group_replies(), app.clock.now()).await.expect("queued");

    assert_eq!(listed(&browser, "").await.len(), 2);
    let given_up = listed(&browser, "?state=failed").await.remove(0);
    assert_eq!(
        (&given_up["id"], &given_up["kind"], &given_up["state"], &given_up["attempts"], &given_up["max_attempts"]),
        (&json!(id), &json!("group_replies"), &json!("failed"), &json!(1), &json!(8))
    );
    assert_eq!(given_up["error"], "its payload cannot be read: an odd one");
    let waits = listed(&browser, "?state=queued").await.remove(0);
    assert_eq!((&waits["attempts"], &waits["error"], &waits["account_id"]), (&json!(0), &json!(null), &json!(null)));
    assert!(listed(&browser, "?state=running").await.is_empty());
}

#[tokio::test]
async fn a_failed_job_is_tried_again_on_record() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let id = failed(&app).await;
    app.advance(TimeDelta::hours(1));
    let (status, job) = browser.post(&format!("{JOBS}/{id}/retry")).await;
    assert_eq!((status, &job["id"], &job["state"], &job["attempts"]), (200, &json!(id), &json!("queued"), &json!(0)));

    let running = app.domain.store.take_job(JobKind::ALL, TimeDelta::minutes(2), app.clock.now()).await.expect("read");
    assert_eq!(running.expect("it may begin at once").id, id);
    assert_detail(&browser.post(&format!("{JOBS}/{id}/retry")).await, 409, "job_is_running");

    let (_, acts) = browser.get("/api/audit?action=job_retried").await;
    let act = &acts["items"][0];
    assert_eq!(
        (&act["target"], &act["target_name"], &act["from"], &act["through"], &act["user_email"]),
        (&json!(id), &json!("group_replies"), &json!("failed"), &json!("rest"), &json!("admin@replybook.example"))
    );
    assert_eq!(acts["items"].as_array().map(Vec::len), Some(1), "what was refused is no act");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    assert_detail(&browser.post(&format!("{JOBS}/{}/retry", JobId::new())).await, 404, "job_not_found");
    assert_detail(&browser.post(&format!("{JOBS}/17/retry")).await, 400, "job_id is not a UUID");
    for query in ["?state=done", "?status=failed"] {
        let (status, body) = browser.get(&format!("{JOBS}{query}")).await;
        assert!(status == 400 && body["detail"].is_string(), "{query}: {status} {body}");
    }
    let retry = format!("{JOBS}/{}/retry", failed(&app).await);
    let member = app.member().await;
    assert_detail(&member.get(JOBS).await, 403, "admin_required");
    assert_detail(&member.post(&retry).await, 403, "admin_required");
    assert_detail(&app.anonymous().get(JOBS).await, 401, "not_authenticated");
    assert_detail(&app.anonymous().post(&retry).await, 401, "not_authenticated");
    assert_eq!(listed(&browser, "?state=failed").await.len(), 1, "nothing was tried");
}

#[tokio::test]
async fn the_page_shows_jobs_and_tries_them_again_in_both_languages() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let page = async || browser.open(paths::INTEGRATIONS).await.text().await.expect("a page");
    assert!(!page().await.contains("id=\"jobs\""), "without work there is nothing to show");
    let id = failed(&app).await.to_string();
    let shown = page().await;
    for words in ["Finding similar replies", "failed", "1 of 8", "its payload cannot be read"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    browser.submit(paths::PREFS, &[("lang", "ru"), ("next", paths::INTEGRATIONS)]).await;
    let shown = page().await;
    for words in ["Поиск похожих ответов", "не удалось", "1 из 8", "Дословно"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    let again = browser.submit(RetryJob::url(), &[("id", &id)]).await;
    assert_eq!(location(&again), paths::INTEGRATIONS);
    let told = said(&again);
    assert!(told.starts_with("В очереди на новую попытку.") && told.contains("служба не запущена"), "{told}");
    let waits = listed(&browser, "?state=queued").await.remove(0);
    assert_eq!((waits["id"].as_str(), &waits["attempts"]), (Some(id.as_str()), &json!(0)));
    let gone = browser.submit(RetryJob::url(), &[("id", &JobId::new().to_string())]).await;
    assert_eq!((gone.status().as_u16(), said(&gone).as_str()), (303, "Этого больше нет."));
}

#[tokio::test]
async fn the_overview_shows_what_fails_and_nothing_else() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    let store = &app.domain.store;
    store.enqueue(&NewJob::group_replies(), app.clock.now()).await.expect("queued");
    assert!(!browser.page(paths::OVERVIEW).await.contains("A background job fails"), "it only waits");

    // An attempt failed, and there is another one.
    let taken = store.take_job(JobKind::ALL, TimeDelta::minutes(2), app.clock.now()).await.expect("read");
    let end = JobEnd::Failed("the disk is <full>".to_owned());
    store.end_job(&taken.expect("it may begin"), &end, app.clock.now()).await.expect("written");
    let page = browser.page(paths::OVERVIEW).await;
    for words in
        ["A background job fails: Finding similar replies.", "It is tried again by itself.", "the disk is &lt;full"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    app.advance(TimeDelta::hours(1));
    let taken = store.take_job(JobKind::ALL, TimeDelta::minutes(2), app.clock.now()).await.expect("read");
    assert!(!browser.page(paths::OVERVIEW).await.contains("A background job fails"), "it is being tried");

    // Nothing more is tried.
    let end = JobEnd::Hopeless("its payload cannot be read".to_owned());
    store.end_job(&taken.expect("it may begin"), &end, app.clock.now()).await.expect("written");
    let page = browser.page(paths::OVERVIEW).await;
    assert!(page.contains("its payload cannot be read") && !page.contains("It is tried again by itself."), "{page}");
}

#[tokio::test]
async fn every_line_of_a_job_carries_the_job_and_its_account() {
    let app = TestApp::start().await;
    let connect = ConnectAccount {
        provider: ProviderSeed { provider: Provider::Mbox, default_scopes: None },
        owner: None,
        address: "us@x.example",
        display_name: "Mbox – us@x.example",
        tokens: None,
        auth: None,
        imap: None,
    };
    let account = app.domain.store.connect_account(connect, app.clock.now()).await.expect("connected").account;
    // It cannot be read, so that it fails at its first attempt, which is logged.
    let job = NewJob { payload: json!({}), ..NewJob::fetch_attachments(account) };
    app.domain.store.enqueue(&job, app.clock.now()).await.expect("queued");
    let stop = tokio_util::sync::CancellationToken::new();
    let lock = WorkerLock::take(&app.domain).expect("it is free");
    let working = tokio::spawn(worker::run(app.domain.clone(), lock, stop.clone()));
    let given_up = async {
        loop {
            let filter = JobFilter { state: Some(JobState::Failed) };
            if let Some(job) = app.domain.store.list_jobs(filter).await.expect("read").pop() {
                return job.id;
            }
            tokio::task::yield_now().await;
        }
    };
    let id = tokio::time::timeout(std::time::Duration::from_secs(30), given_up).await.expect("a worker does it");
    stop.cancel();
    working.await.expect("it ends");
    let log = logs::so_far();
    let line = log.lines().find(|line| line.contains("the job failed") && line.contains(&id.to_string()));
    let span = format!("job{{id={id} kind=fetch_attachments attempt=1 account={account}}}");
    assert!(line.is_some_and(|line| line.contains(&span)), "{line:?}");
}
