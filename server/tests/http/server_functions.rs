//! The server functions behind the pages: another way to the same data, so another door to guard.

use std::collections::BTreeSet;

use leptos::server_fn::ServerFn;
use replybook::types::Role;
use replybook_app::{
    pages::{
        account::api::{CreateToken, DeleteToken},
        ai_settings::api::{ReadAiModels, RemoveAiKey, SaveAiPrice, SaveAiSettings, TestAiKey},
        bulk::api::{AskBulk, CancelBulk, UndoBulk},
        conversations::forms::{
            ArchiveConversation, AssignConversation, DeleteConversationNote, SnoozeConversation, WriteConversationNote,
        },
        guidelines::api::SaveGuidelines,
        integrations::api::{
            ConnectGmail, ConnectMailbox, DeleteAccount, DisconnectAccount, EnrollEverybody, EnrollMailbox,
            RequestResync, RunSync, SetAccountEnabled, TrySample,
        },
        integrations::import::{AnswerUpload, DropUpload},
        mailbox::api::{AddAddresses, FetchOlder, RemoveAddress, RetrySetAside},
        monitor::api::{PollMonitor, RetryJob, StartMonitor, StopMonitor},
        opinions::api::{GiveOpinion, SetOpinionShare, SettleOpinion},
        people::api::{ChangeRole, InvitePerson, LetIn, MakeLink, ShutOut, WithdrawLink},
        rules::api::{ApplyRule, DeleteRule, SaveRule, SwitchRule},
        runs::control::{CancelRun, PauseRun, ResumeRun},
        tags::api::{DeleteTag, MoveTag, RetireTag, SaveTag},
        threads::draft_forms::{CancelDraft, DraftAnswer},
        threads::forms::ConfirmSender,
        training::api::{DecidePair, EditTexts, ReadPair, ReadRows, UndoStep},
        training::forms::{DecideGroup, RegroupPair, UndoGroup},
        training::mark_forms::{AssignPair, AssignPairs, ShareOut, TagPair},
        training::pick_forms::DecidePicked,
        training::view_forms::{DeleteView, SaveView},
    },
    paths,
};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    browser::{Browser, location, told},
};

const ID: &str = "id=00000000-0000-0000-0000-000000000000";

/// Who may call a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anyone,
    SignedIn,
    Reviewers,
    Admins,
}

/// Every function with arguments that it understands. Signing out comes last: it ends the session.
fn functions() -> Vec<(&'static str, Method, For, String)> {
    let with_id = || ID.to_owned();
    vec![
        (paths::LOGIN, Method::POST, For::Anyone, "email=x@x.example&password=wrong-password".to_owned()),
        (paths::SETUP, Method::POST, For::Anyone, "token=none&email=x@x.example&password=a-long-enough-one".to_owned()),
        (paths::JOIN, Method::POST, For::Anyone, "token=none&display_name=x&password=a-long-enough-one".to_owned()),
        (paths::PREFS, Method::POST, For::Anyone, "theme=dark".to_owned()),
        (paths::PASSWORD, Method::POST, For::SignedIn, "current=wrong-password&new=short".to_owned()),
        (paths::NAME, Method::POST, For::SignedIn, "display_name=".to_owned()),
        (paths::REVIEW_KEYS, Method::POST, For::Reviewers, "keys%5Bapprove%5D=g".to_owned()),
        (InvitePerson::url(), Method::POST, For::Admins, "email=x%40x.example&role=nobody".to_owned()),
        (MakeLink::url(), Method::POST, For::Admins, with_id()),
        (WithdrawLink::url(), Method::POST, For::Admins, with_id()),
        (ChangeRole::url(), Method::POST, For::Admins, format!("{ID}&role=member")),
        (LetIn::url(), Method::POST, For::Admins, with_id()),
        (ShutOut::url(), Method::POST, For::Admins, with_id()),
        (CreateToken::url(), Method::POST, For::SignedIn, "name=x".to_owned()),
        (DeleteToken::url(), Method::POST, For::SignedIn, with_id()),
        (ConnectGmail::url(), Method::POST, For::SignedIn, String::new()),
        (ReadPair::url(), Method::GET, For::Reviewers, format!("{ID}&view=sides")),
        (ReadRows::url(), Method::GET, For::Reviewers, "query=status%3Dall".to_owned()),
        (UndoStep::url(), Method::POST, For::Reviewers, with_id().replace("id=", "pair=")),
        (EditTexts::url(), Method::POST, For::Reviewers, format!("{ID}&client_text=a&our_reply_text=b")),
        (DecidePair::url(), Method::POST, For::Reviewers, format!("{ID}&status=approved")),
        (paths::PAIR_SPAN, Method::POST, For::Reviewers, format!("{ID}&message_{ID}&start=0&end=1&keep=true")),
        (RegroupPair::url(), Method::POST, For::Reviewers, format!("{ID}&act=as_found")),
        (paths::PAIR_ADOPT, Method::POST, For::Reviewers, with_id()),
        (GiveOpinion::url(), Method::POST, For::Reviewers, format!("{ID}&status=approved")),
        (SettleOpinion::url(), Method::POST, For::Reviewers, format!("{ID}&status=approved")),
        (SaveGuidelines::url(), Method::POST, For::Admins, "text=".to_owned()),
        (SaveTag::url(), Method::POST, For::Admins, "name=".to_owned()),
        (MoveTag::url(), Method::POST, For::Admins, format!("{ID}&position=1")),
        (RetireTag::url(), Method::POST, For::Admins, format!("{ID}&retired=true")),
        (DeleteTag::url(), Method::POST, For::Admins, with_id()),
        (TagPair::url(), Method::POST, For::Reviewers, format!("{ID}&{}&on=true", ID.replace("id=", "tag="))),
        (AssignPair::url(), Method::POST, For::Reviewers, with_id()),
        (AssignPairs::url(), Method::POST, For::Reviewers, ID.replace("id=", "ids=")),
        (ShareOut::url(), Method::POST, For::Admins, "most=1".to_owned()),
        (SetOpinionShare::url(), Method::POST, For::Admins, "share=0".to_owned()),
        (DraftAnswer::url(), Method::POST, For::Reviewers, ID.replace("id=", "thread=")),
        (CancelDraft::url(), Method::POST, For::Reviewers, with_id()),
        (ArchiveConversation::url(), Method::POST, For::Reviewers, format!("{ID}&archived=true")),
        (SnoozeConversation::url(), Method::POST, For::Reviewers, format!("{ID}&hours=3")),
        (AssignConversation::url(), Method::POST, For::Reviewers, format!("{ID}&user=")),
        (WriteConversationNote::url(), Method::POST, For::Reviewers, format!("{ID}&text=x")),
        (DeleteConversationNote::url(), Method::POST, For::Reviewers, format!("{ID}&{}", ID.replace("id=", "note="))),
        (ConfirmSender::url(), Method::POST, For::Reviewers, format!("{ID}&ours=true")),
        (paths::PAIR_KEEP, Method::POST, For::Reviewers, with_id()),
        (DecideGroup::url(), Method::POST, For::Reviewers, "group=x&status=approved&expected=1".to_owned()),
        (UndoGroup::url(), Method::POST, For::Reviewers, "group=x&decided_at=2026-11-28T10:00:00Z".to_owned()),
        (SaveView::url(), Method::POST, For::Reviewers, "name=x".to_owned()),
        (DeleteView::url(), Method::POST, For::Reviewers, with_id()),
        (DecidePicked::url(), Method::POST, For::Reviewers, ID.replace("id=", "ids[]=") + "&status=approved"),
        (AskBulk::url(), Method::POST, For::Reviewers, "status=new&decision=approved&sure=yes".to_owned()),
        (CancelBulk::url(), Method::POST, For::Reviewers, with_id()),
        (UndoBulk::url(), Method::POST, For::Reviewers, with_id()),
        (SaveRule::url(), Method::POST, For::Admins, "name=x&least_quality=90&least_said=3".to_owned()),
        (SwitchRule::url(), Method::POST, For::Admins, format!("{ID}&on=true")),
        (ApplyRule::url(), Method::POST, For::Admins, with_id()),
        (DeleteRule::url(), Method::POST, For::Admins, with_id()),
        (AddAddresses::url(), Method::POST, For::Admins, format!("{ID}&addresses=x%40x.example")),
        (RemoveAddress::url(), Method::POST, For::Admins, format!("{ID}&address=x%40x.example")),
        (PauseRun::url(), Method::POST, For::Admins, with_id()),
        (ResumeRun::url(), Method::POST, For::Admins, with_id()),
        (CancelRun::url(), Method::POST, For::Admins, with_id()),
        (
            ConnectMailbox::url(),
            Method::POST,
            For::Admins,
            "address=x&host=x.example&port=&tls=&username=&password=x".to_owned(),
        ),
        (EnrollMailbox::url(), Method::POST, For::Admins, "email=x@x.example".to_owned()),
        (EnrollEverybody::url(), Method::POST, For::Admins, String::new()),
        (TrySample::url(), Method::POST, For::Admins, String::new()),
        (AnswerUpload::url(), Method::POST, For::Admins, "token=x".to_owned()),
        (DropUpload::url(), Method::POST, For::Admins, "token=x".to_owned()),
        (RunSync::url(), Method::POST, For::Admins, with_id()),
        (SetAccountEnabled::url(), Method::POST, For::Admins, format!("{ID}&enabled=true")),
        (RequestResync::url(), Method::POST, For::Admins, with_id()),
        (DisconnectAccount::url(), Method::POST, For::Admins, with_id()),
        (DeleteAccount::url(), Method::POST, For::Admins, with_id()),
        (FetchOlder::url(), Method::POST, For::Admins, format!("{ID}&span=everything")),
        (RetrySetAside::url(), Method::POST, For::Admins, with_id()),
        (StartMonitor::url(), Method::POST, For::Admins, String::new()),
        (StopMonitor::url(), Method::POST, For::Admins, String::new()),
        (PollMonitor::url(), Method::POST, For::Admins, String::new()),
        (RetryJob::url(), Method::POST, For::Admins, with_id()),
        (SaveAiSettings::url(), Method::POST, For::Admins, "api_key=sk-x&model_default=m".to_owned()),
        (SaveAiPrice::url(), Method::POST, For::Admins, "provider=openai&model=m&input=1&output=2".to_owned()),
        (TestAiKey::url(), Method::POST, For::Admins, String::new()),
        (ReadAiModels::url(), Method::POST, For::Admins, String::new()),
        (RemoveAiKey::url(), Method::POST, For::Admins, String::new()),
        (paths::EVERYWHERE, Method::POST, For::SignedIn, String::new()),
        (paths::LOGOUT, Method::POST, For::Anyone, String::new()),
    ]
}

/// Calls one as an island does.
async fn call(browser: &Browser, path: &str, method: &Method, arguments: &str) -> (u16, Value) {
    let request = if *method == Method::GET {
        browser.request(Method::GET, &format!("{path}?{arguments}"))
    } else {
        let form = browser.request(method.clone(), path).body(arguments.to_owned());
        form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let response = request.header(header::ACCEPT, "application/json").send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn every_function_is_known_here() {
    let known: BTreeSet<&str> = functions().iter().map(|(path, ..)| *path).collect();
    let there: BTreeSet<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(there, known, "say above who may call a new one");
}

#[tokio::test]
async fn somebody_unknown_gets_nothing() {
    let app = TestApp::start().await;
    for (name, method, who, arguments) in functions() {
        let (status, body) = call(&app.anonymous(), name, &method, &arguments).await;
        if who == For::Anyone {
            assert!(!matches!(status, 401 | 403), "{name}: {status} {body}");
        } else {
            assert_eq!((status, body["kind"].as_str()), (401, Some("unauthenticated")), "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn each_role_is_refused_what_is_not_for_it() {
    let app = TestApp::start().await;
    for (role, browser) in [
        (Role::Member, app.member().await),
        (Role::Reviewer, app.signed_in("rev@replybook.example", Role::Reviewer).await),
    ] {
        for (name, method, who, arguments) in functions() {
            let (status, body) = call(&browser, name, &method, &arguments).await;
            let refused = match (who, role) {
                (For::Admins, _) => Some("forbidden"),
                (For::Reviewers, Role::Member) => Some("reviewers_only"),
                _ => None,
            };
            match refused {
                Some(kind) => assert_eq!((status, body["kind"].as_str()), (403, Some(kind)), "{role} {name}: {body}"),
                None => assert!(!matches!(status, 401 | 403), "{role} {name}: {status} {body}"),
            }
        }
    }
    assert!(app.domain.store.list_accounts(None, None).await.expect("read").is_empty(), "no sample was loaded");
    let admin = app.admin().await;
    let (_, settings) = admin.get("/api/integrations/ai-provider/openai").await;
    assert_eq!(settings["has_api_key"], false, "no key was saved");
}

#[tokio::test]
async fn another_site_cannot_call_them() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (name, method, _, arguments) in functions().into_iter().filter(|(_, method, ..)| *method == Method::POST) {
        let request = admin.request(method, name).body(arguments);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.build().expect("a request");
        request.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a header"));
        let response = admin.send(request).await;
        assert_eq!(response.status(), 403, "{name}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_not_read() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let request = admin.request(Method::POST, CreateToken::url()).body("name=".to_owned() + &"x".repeat(2 << 20));
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(request.send().await.expect("an answer").status(), 413);
}

#[tokio::test]
async fn a_form_without_scripts_is_led_back_to_its_page_with_what_was_typed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let submit = |path: &str, form: &[(&str, &str)], referer: &str| {
        let request = admin.request(Method::POST, path).header(header::ACCEPT, "text/html");
        request.header(header::REFERER, referer.to_owned()).form(form).send()
    };
    let (name, page) = ("x".repeat(101), app.url(&format!("{}?from=here", paths::ME)));
    let refused = submit(CreateToken::url(), &[("name", &name)], &page).await.expect("an answer");
    assert_eq!((refused.status().as_u16(), location(&refused)), (303, "/account?from=here".to_owned()));
    let said = told(&refused);
    assert_eq!((&said["tone"], &said["typed"]), (&json!("bad"), &json!([["name", name]])));

    for elsewhere in ["https://evil.example//evil.example/x", "https://evil.example/\\evil.example", "nonsense"] {
        let refused = submit(CreateToken::url(), &[("name", "")], elsewhere).await.expect("an answer");
        assert_eq!((refused.status().as_u16(), location(&refused)), (303, "/".to_owned()), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_form_without_its_fields_is_a_page_with_400() {
    let app = TestApp::start().await;
    let refused = app.admin().await.submit(DeleteToken::url(), &[("id", "nonsense")]).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.expect("a page").contains("This request cannot be understood"));
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_login_by_a_form() {
    let app = TestApp::start().await;
    let refused = app.anonymous().submit(CreateToken::url(), &[("name", "x")]).await;
    assert_eq!(refused.status(), 303);
    assert!(location(&refused).starts_with(paths::LOGIN), "{}", location(&refused));
}

#[tokio::test]
async fn a_call_that_cannot_be_understood_is_the_callers_mistake() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (path, method, arguments) in [
        (DeleteToken::url(), Method::POST, "id=nonsense"),
        (DeleteToken::url(), Method::POST, ""),
        (DecidePair::url(), Method::POST, "id=1&status=approved"),
        (ReadPair::url(), Method::GET, "view=perhaps"),
        (paths::PAIR_SPAN, Method::POST, "start=-1&end=99999999999999999999"),
        (CreateToken::url(), Method::POST, "name=%00"),
    ] {
        let (status, body) = call(&admin, path, &method, arguments).await;
        assert_eq!((status, body["kind"].as_str()), (400, Some("invalid")), "{path} {arguments}: {body}");
    }
    let request = admin.request(Method::POST, CreateToken::url()).body(b"name=\xff\xfe".to_vec());
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = request.header(header::ACCEPT, "application/json").send().await.expect("an answer");
    assert_eq!(response.status(), 400, "not even text");
}
