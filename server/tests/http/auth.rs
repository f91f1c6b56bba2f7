//! Signing in with a browser, staying signed in, and what ends it.

use chrono::TimeDelta;
use replybook::{
    auth,
    types::{NotFoundCode, Problem, Role},
};
use replybook_app::paths;

use crate::support::{
    PASSWORD, Start, TestApp, assert_detail,
    browser::{cookies, location, said, session_cookie, session_set_cookie, told},
    client, json,
};

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let response = app.anonymous().log_in("ann@x.example").await;
    assert_eq!(location(&response), paths::OVERVIEW);
    let cookie = session_set_cookie(&response);
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "a plain http server must not ask for https: {cookie}");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure_and_browsers_are_told_to_stay() {
    let app = Start::default().with("PUBLIC_URL", "https://replies.example").app().await;
    app.user("ann@x.example", Role::Admin).await;
    let response = app.anonymous().submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", PASSWORD)]).await;
    for cookie in cookies(&response) {
        assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    }
    let session = cookies(&response).into_iter().find(|cookie| cookie.starts_with("__Host-replybook_session="));
    let session = session.expect("a session that no other host can plant");
    assert!(session.contains("Path=/") && !session.contains("Domain"), "as the prefix demands: {session}");
    let refused =
        app.anonymous().submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", "wrong-password")]).await;
    assert!(cookies(&refused).iter().any(|cookie| cookie.starts_with("__Host-told=")), "what is told travels so too");
    assert!(response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn the_session_id_changes_at_login_and_the_old_one_is_worthless() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let browser = app.anonymous();
    let first = session_cookie(&browser.log_in("ann@x.example").await).expect("a session");
    let second = session_cookie(&browser.log_in("ann@x.example").await).expect("a session");
    assert_ne!(first, second);
    let me = |id: String| {
        let cookie = format!("{}={id}", replybook_server::session::COOKIE);
        client().get(app.url("/api/auth/me")).header("cookie", cookie).send()
    };
    assert_eq!(me(first).await.expect("an answer").status(), 401);
    assert_eq!(me(second).await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_session_id_that_somebody_planted_is_not_taken_over() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let response = client()
        .post(app.url(paths::LOGIN))
        .header("cookie", format!("{}={planted}", replybook_server::session::COOKIE))
        .form(&[("email", "ann@x.example"), ("password", PASSWORD)])
        .send()
        .await
        .expect("an answer");
    assert_eq!(location(&response), paths::OVERVIEW);
    assert_ne!(session_cookie(&response).expect("a session"), planted);
}

#[tokio::test]
async fn a_wrong_password_leads_back_to_the_form_without_the_password() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let form = [("email", "ann@x.example"), ("password", "wrong-password"), ("next", paths::AI_SETTINGS)];
    let browser = app.anonymous();
    let response = browser.submit(paths::LOGIN, &form).await;
    assert_eq!(response.status(), 303);
    assert_eq!(location(&response), format!("{}?next=%2Fadmin%2Fai-settings", paths::LOGIN));
    assert_eq!(session_cookie(&response), None);
    assert_eq!(
        told(&response),
        serde_json::json!({
            "tone": "bad",
            "text": "Email or password is wrong.",
            "typed": [["email", "ann@x.example"], ["next", paths::AI_SETTINGS]],
        })
    );
    let page = browser.open(&location(&response)).await.text().await.expect("a page");
    assert!(page.contains("Email or password is wrong.") && page.contains("value=\"ann@x.example\""), "{page}");
    let again = browser.open(&location(&response)).await.text().await.expect("a page");
    assert!(!again.contains("Email or password is wrong."), "it is said once: {again}");
}

#[tokio::test]
async fn login_leads_only_to_pages_of_this_site() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    for (next, expected) in [
        ("/admin/ai-email-training?status=all", "/admin/ai-email-training?status=all"),
        ("//evil.example/admin", paths::OVERVIEW),
        ("/\\evil.example", paths::OVERVIEW),
        ("/\t/evil.example", paths::OVERVIEW),
        ("https://evil.example/", paths::OVERVIEW),
        (paths::LOGIN, paths::OVERVIEW),
        ("", paths::OVERVIEW),
    ] {
        let form = [("email", "ann@x.example"), ("password", PASSWORD), ("next", next)];
        let response = app.anonymous().submit(paths::LOGIN, &form).await;
        assert_eq!((response.status().as_u16(), location(&response).as_str()), (303, expected), "{next:?}");
    }
}

#[tokio::test]
async fn too_many_attempts_are_refused_even_with_the_right_password_until_time_has_passed() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    app.user("bob@x.example", Role::Admin).await;
    let try_api = |email: &'static str, password: &'static str| {
        let body = serde_json::json!({ "email": email, "password": password });
        client().post(app.url("/api/auth/login")).json(&body).send()
    };
    let mut refused = None;
    for _ in 0..30 {
        // Upper and lower case are the same account.
        let response = try_api("Ann@X.example", "wrong-password").await.expect("an answer");
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
        assert_detail(&json(response).await, 401, "wrong_credentials");
    }
    let refused = refused.expect("a limit is reached within 30 attempts");
    let wait: i64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=3_600).contains(&wait), "{wait} s");
    assert_eq!(
        try_api("ann@x.example", PASSWORD).await.expect("an answer").status(),
        429,
        "the right one does not help"
    );
    let form = app.anonymous().submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", PASSWORD)]).await;
    assert_eq!(location(&form), paths::LOGIN);
    assert!(said(&form).starts_with("Too many attempts. Try again in "), "{}", said(&form));
    assert_eq!(try_api("bob@x.example", PASSWORD).await.expect("an answer").status(), 200, "others are not locked out");

    app.advance(TimeDelta::seconds(wait + 1));
    assert_eq!(try_api("ann@x.example", PASSWORD).await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn attempts_from_one_address_are_limited_over_all_accounts_and_the_address_cannot_be_forged() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for number in 0..80 {
        let response = client()
            .post(app.url(paths::LOGIN))
            .header("x-forwarded-for", format!("10.0.0.{number}"))
            .form(&[("email", format!("nobody{number}@x.example").as_str()), ("password", "")])
            .send()
            .await
            .expect("an answer");
        statuses.push(said(&response).starts_with("Too many attempts."));
        if statuses.last() == Some(&true) {
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&true), "{} attempts from one address passed", statuses.len());
}

#[tokio::test]
async fn a_proxy_that_is_trusted_tells_addresses_apart() {
    let app = Start::default().with("TRUST_PROXY_HEADERS", "on").app().await;
    for number in 0..80 {
        let response = client()
            .post(app.url(paths::LOGIN))
            .header("x-forwarded-for", format!("1.1.1.1, 10.0.0.{number}"))
            .form(&[("email", format!("nobody{number}@x.example").as_str()), ("password", "")])
            .send()
            .await
            .expect("an answer");
        assert_eq!(said(&response), "Email or password is wrong.", "attempt {number}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_answered_like_a_wrong_password() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    for email in ["ann@x.example", "nobody@x.example"] {
        let body = serde_json::json!({ "email": email, "password": "wrong-password" });
        let response = client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer");
        assert_detail(&json(response).await, 401, "wrong_credentials");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session_in_the_database_too() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let browser = app.anonymous();
    let id = session_cookie(&browser.log_in("ann@x.example").await).expect("a session");
    let response = browser.submit(paths::LOGOUT, &[]).await;
    assert_eq!((response.status().as_u16(), location(&response).as_str()), (303, paths::LOGIN));
    let kept = client()
        .get(app.url("/api/auth/me"))
        .header("cookie", format!("{}={id}", replybook_server::session::COOKIE))
        .send()
        .await
        .expect("an answer");
    assert_eq!(kept.status(), 401);
    assert_eq!(app.database.texts("SELECT id FROM sessions").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_stored_of_a_session_does_not_open_it() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    let id = session_cookie(&app.anonymous().log_in("ann@x.example").await).expect("a session");
    let stored = app.database.texts("SELECT id FROM sessions").await;
    assert!(stored.len() == 1 && stored[0] != id, "the id itself is stored");
}

#[tokio::test]
async fn a_session_ends_after_two_weeks_without_use_and_lives_on_while_used() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    for _ in 0..2 {
        app.advance(TimeDelta::days(7));
        assert_eq!(browser.get("/api/auth/me").await.0, 200);
    }
    app.advance(TimeDelta::days(15));
    assert_detail(&browser.get("/api/auth/me").await, 401, "not_authenticated");
}

#[tokio::test]
async fn a_session_ends_after_a_month_however_much_it_is_used() {
    let app = TestApp::start().await;
    let browser = app.admin().await;
    for _ in 0..5 {
        app.advance(TimeDelta::days(5));
        assert_eq!(browser.get("/api/auth/me").await.0, 200);
    }
    app.advance(TimeDelta::days(6));
    assert_eq!(browser.get("/api/auth/me").await.0, 401);
    assert!(app.database.texts("SELECT id FROM sessions").await.is_empty(), "nothing is left of it");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_keeps_this_one() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Member).await;
    let (here, there) = (app.anonymous(), app.anonymous());
    here.log_in("ann@x.example").await;
    there.log_in("ann@x.example").await;

    let wrong = here.submit(paths::PASSWORD, &[("current", "not it at all"), ("new", "a fine new password")]).await;
    assert_eq!(location(&wrong), paths::ME);
    assert_eq!(
        told(&wrong),
        serde_json::json!({ "tone": "bad", "text": "The current password is wrong. Nothing was changed." })
    );
    let short = here.submit(paths::PASSWORD, &[("current", PASSWORD), ("new", "short")]).await;
    assert!(said(&short).starts_with("Nothing was changed. The password is too short"), "{}", said(&short));
    assert_eq!(there.get("/api/auth/me").await.0, 200, "nothing has changed yet");

    let changed = here.submit(paths::PASSWORD, &[("current", PASSWORD), ("new", "a fine new password")]).await;
    assert_eq!(location(&changed), paths::ME);
    assert!(said(&changed).starts_with("The password is changed."), "{}", said(&changed));
    assert_eq!(here.get("/api/auth/me").await.0, 200);
    assert_detail(&there.get("/api/auth/me").await, 401, "not_authenticated");
    let old = app.anonymous().submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", PASSWORD)]).await;
    assert_eq!(said(&old), "Email or password is wrong.");
}

#[tokio::test]
async fn somebody_who_is_shut_out_is_out_at_once() {
    let app = TestApp::start().await;
    let browser = app.member().await;
    assert_eq!(browser.get("/api/auth/me").await.0, 200);
    let member =
        app.domain.store.user_by_email("member@replybook.example").await.expect("read").expect("is there").user.id;
    let done = app.domain.store.set_access(member, false, app.domain.clock.now()).await;
    assert_eq!(done.expect("stored"), replybook::store::AccessChange::Done);
    assert_detail(&browser.get("/api/auth/me").await, 401, "not_authenticated");
    let again = browser.submit(paths::LOGIN, &[("email", "member@replybook.example"), ("password", PASSWORD)]).await;
    assert_eq!(said(&again), "Email or password is wrong.");
}

#[tokio::test]
async fn the_first_admin_is_made_with_the_link_once() {
    let app = TestApp::start().await;
    let link = auth::setup_link(&app.domain, &app.base).await.expect("works").expect("there are no users");
    let token = link.split_once("token=").expect("a token").1;
    let browser = app.anonymous();
    let form = |token: &str, password: &str| {
        [("token", token), ("email", "first@x.example"), ("display_name", "First"), ("password", password)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |form: [(String, String); 4]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.submit(paths::SETUP, &form).await
    };
    let page =
        async |response: &reqwest::Response| browser.open(&location(response)).await.text().await.expect("a page");
    let dead = browser.open(&format!("{}?token=forged", paths::SETUP)).await;
    assert_eq!(dead.status(), 404);
    let dead = dead.text().await.expect("a page");
    assert!(dead.contains("<title>This link cannot be used · Replybook</title>"), "{dead}");
    assert!(
        dead.contains("in the server&#39;s log") || dead.contains("in the server's log"),
        "it says where the link is: {dead}"
    );
    let forged = post(form("forged", "long enough for this")).await;
    assert_eq!(location(&forged), format!("{}?token=forged", paths::SETUP));
    assert!(page(&forged).await.contains("This link cannot be used"));
    let short = post(form(token, "short")).await;
    assert_eq!(location(&short), format!("{}?token={token}", paths::SETUP), "the link still works");
    assert!(said(&short).starts_with("The password is too short"), "{}", said(&short));
    let shown = page(&short).await;
    assert!(shown.contains("value=\"first@x.example\"") && shown.contains("The password is too short"), "{shown}");
    assert_eq!(location(&post(form(token, "long enough for this")).await), paths::OVERVIEW);
    let (status, me) = browser.get("/api/auth/me").await;
    assert_eq!((status, me["role"].as_str(), me["email"].as_str()), (200, Some("admin"), Some("first@x.example")));
    let again = post(form(token, "another password")).await;
    assert_eq!(
        (location(&again), told(&again)["tone"].as_str()),
        (format!("{}?token={token}", paths::SETUP), Some("bad"))
    );
    assert_eq!(auth::setup_link(&app.domain, &app.base).await.expect("works"), None, "no link once there is a user");
    let over = app.anonymous().open(&format!("{}?token={token}", paths::SETUP)).await;
    assert_eq!(over.status(), 410);
    assert!(over.text().await.expect("a page").contains("There is already an administrator."));
}

#[tokio::test]
async fn a_stranger_who_tries_passwords_locks_nobody_out_who_was_here_before() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    app.user("bob@x.example", Role::Admin).await;
    let device = app.anonymous();
    device.log_in("ann@x.example").await;
    device.submit(paths::LOGOUT, &[]).await;

    let knock = async |browser: &crate::support::browser::Browser, email: &str, password: &str| {
        said_or_in(&browser.submit(paths::LOGIN, &[("email", email), ("password", password)]).await)
    };
    let stranger = app.anonymous();
    while knock(&stranger, "ann@x.example", "wrong-password").await == "Email or password is wrong." {}
    assert!(
        knock(&stranger, "ann@x.example", PASSWORD).await.starts_with("Too many attempts."),
        "a stranger is locked out"
    );
    device.log_in("ann@x.example").await;

    // What one person's device knows helps nobody else, and a device has its limit too.
    while knock(&stranger, "bob@x.example", "wrong-password").await == "Email or password is wrong." {}
    assert!(knock(&device, "bob@x.example", PASSWORD).await.starts_with("Too many attempts."));
    device.submit(paths::LOGOUT, &[]).await;
    while knock(&device, "ann@x.example", "wrong-password").await == "Email or password is wrong." {}
    assert!(knock(&device, "ann@x.example", PASSWORD).await.starts_with("Too many attempts."));
    app.advance(TimeDelta::days(400));
    device.log_in("ann@x.example").await;
}

/// What the login says, or where it leads.
fn said_or_in(response: &reqwest::Response) -> String {
    if location(response).starts_with(paths::LOGIN) { said(response) } else { location(response) }
}

#[tokio::test]
async fn what_is_nobodys_address_is_refused_before_it_is_counted() {
    let app = TestApp::start().await;
    let long = format!("{}@x.example", "a".repeat(300_000));
    for email in [long.as_str(), "a\u{1}b@x.example"] {
        let body = serde_json::json!({ "email": email, "password": "x" });
        let response = client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer");
        assert_detail(&json(response).await, 400, "email_invalid");
    }
    let form = app.anonymous().submit(paths::LOGIN, &[("email", long.as_str()), ("password", "x")]).await;
    assert_eq!(said(&form), "This is not an email address.");
    assert_eq!(app.database.texts("SELECT key FROM login_attempts").await, Vec::<String>::new());
}

#[tokio::test]
async fn logins_that_are_refused_do_not_fill_the_database() {
    let app = TestApp::start().await;
    for number in 0..200 {
        let body = serde_json::json!({ "email": format!("nobody{number}@x.example"), "password": "x" });
        client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer");
    }
    let keys = app.database.texts("SELECT key FROM login_attempts").await;
    // One for the address, and one for each of the accounts that were tried before it was locked.
    assert!(keys.len() < 60, "{}", keys.len());
    assert!(keys.iter().all(|key| key.len() == 64), "{keys:?}");
}

#[tokio::test]
async fn the_present_password_cannot_be_found_out_in_an_open_browser() {
    let app = TestApp::start().await;
    let browser = app.member().await;
    let change = async |current: &str| {
        said(&browser.submit(paths::PASSWORD, &[("current", current), ("new", "a fine new password")]).await)
    };
    let mut tries = 0;
    while change("not it at all").await == "The current password is wrong. Nothing was changed." {
        tries += 1;
        assert!(tries < 30, "there is a limit");
    }
    assert!(change(PASSWORD).await.starts_with("Too many attempts. Try again in "), "not even with the right one");
    app.anonymous().log_in("member@replybook.example").await;
    app.advance(TimeDelta::minutes(16));
    assert!(change(PASSWORD).await.starts_with("The password is changed."));
}

#[tokio::test]
async fn a_link_that_is_none_is_refused_before_anything_else_is_looked_at() {
    let app = TestApp::start().await;
    auth::setup_link(&app.domain, &app.base).await.expect("works").expect("there are no users");
    let made = auth::create_first_admin(&app.domain, "forged", "no address", "", "short").await;
    assert_eq!(made, Err(Problem::not_found(NotFoundCode::SetupLink)));
}

#[tokio::test]
async fn a_session_that_cannot_be_stored_is_an_answer_in_words() {
    let app = TestApp::start().await;
    app.user("ann@x.example", Role::Admin).await;
    app.database.run("ALTER TABLE sessions RENAME TO hidden").await;
    let response = app.anonymous().submit(paths::LOGIN, &[("email", "ann@x.example"), ("password", PASSWORD)]).await;
    assert_eq!(response.status(), 500);
    let page = response.text().await.expect("a page");
    assert!(page.contains("give your administrator this number"), "{page}");
}
