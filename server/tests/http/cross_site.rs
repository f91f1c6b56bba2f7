//! Requests that another site makes with a browser that is signed in here.

use leptos::server_fn::ServerFn;
use replybook_app::{pages::integrations::api::RunSync, paths};
use reqwest::Method;

use crate::support::{PASSWORD, TestApp, assert_detail, browser::location, client, json};

#[tokio::test]
async fn another_site_cannot_use_the_session() {
    let app = TestApp::start().await;
    app.user("ann@x.example", replybook::types::Role::Admin).await;
    let signed_in = app.anonymous().log_in("ann@x.example").await;
    let cookie = crate::support::browser::session_set_cookie(&signed_in);
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let attack = |method: Method, path: &str, header: (&'static str, &str)| {
        client().request(method, app.url(path)).header("cookie", &cookie).header(header.0, header.1).send()
    };
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
    ] {
        let api = attack(Method::POST, "/api/integrations/gmail/auth-url", header).await.expect("an answer");
        assert_detail(&json(api).await, 403, "cross_site_request_refused");
        let token =
            attack(Method::DELETE, "/api/integrations/ai-provider/openai/key", header).await.expect("an answer");
        assert_detail(&json(token).await, 403, "cross_site_request_refused");
        let form = attack(Method::POST, paths::LOGOUT, header).await.expect("an answer");
        assert_eq!(form.status(), 403);
        assert!(form.text().await.expect("a page").contains("another site"), "a person sees a page");
    }
    // Nor can a picture in a mail that is shown in a frame of ours.
    let picture = attack(Method::GET, "/api/knowledge-base/export?account=all", ("sec-fetch-dest", "image"));
    assert_detail(&json(picture.await.expect("an answer")).await, 403, "cross_site_request_refused");
    // A link from elsewhere still works: it changes nothing.
    let link = attack(Method::GET, "/api/auth/me", ("sec-fetch-site", "cross-site")).await.expect("an answer");
    assert_eq!(link.status(), 200);
}

/// What a browser and a script get that send a form to a server function in a way that is refused.
async fn refused(
    app: &TestApp,
    method: Method,
    accept: &str,
    site: &str,
    body: String,
) -> (u16, Option<String>, String) {
    let request = client().request(method, app.url(RunSync::url())).header("accept", accept);
    let request = request.header("accept-language", "ru").header("sec-fetch-site", site);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let response = request.send().await.expect("an answer");
    let allow = response.headers().get("allow").map(|allow| allow.to_str().expect("text").to_owned());
    (response.status().as_u16(), allow, response.text().await.expect("a body"))
}

#[tokio::test]
async fn forms_are_refused_by_a_page_and_islands_by_json() {
    const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    const ISLAND: &str = "application/json";
    let app = TestApp::start().await;
    let too_large = "x".repeat(2 << 20);
    for (method, site, body, status, words, code) in [
        (Method::POST, "cross-site", "id=x", 403, "Запрос отклонён", "cross_site_request_refused"),
        (Method::DELETE, "same-origin", "", 405, "Не удалось понять запрос", "method_not_allowed"),
        (Method::POST, "same-origin", &too_large, 413, "Слишком большой запрос", "the body is larger than 1 MB"),
    ] {
        let (found, allow, page) = refused(&app, method.clone(), PAGE, site, body.to_owned()).await;
        assert_eq!(found, status, "{page}");
        assert!(page.contains("<html lang=\"ru\"") && page.contains(words), "{words}: {page}");
        assert_eq!(allow.as_deref(), (status == 405).then_some("POST"));
        let (found, _, json) = refused(&app, method, ISLAND, site, body.to_owned()).await;
        assert_eq!((found, json), (status, format!("{{\"detail\":\"{code}\"}}")));
    }
    let nowhere = client().post(app.url("/api/ui/nowhere")).header("accept", PAGE).send().await.expect("an answer");
    assert_eq!(nowhere.status(), 404);
    assert!(nowhere.text().await.expect("a page").contains("Page not found"));
}

#[tokio::test]
async fn a_login_leads_to_pages_alone() {
    let app = TestApp::start().await;
    app.user("ann@x.example", replybook::types::Role::Admin).await;
    for (next, to) in [
        ("/admin/threads?q=x", "/admin/threads?q=x"),
        (RunSync::url(), paths::OVERVIEW),
        ("/admin/../api/auth/me", paths::OVERVIEW),
        ("/metrics", paths::OVERVIEW),
    ] {
        let form = [("email", "ann@x.example"), ("password", PASSWORD), ("next", next)];
        assert_eq!(location(&app.anonymous().submit(paths::LOGIN, &form).await), to, "{next}");
    }
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_site() {
    let app = TestApp::start().await;
    app.user("ann@x.example", replybook::types::Role::Admin).await;
    let request = client().post(app.url(paths::LOGIN)).form(&[("email", "ann@x.example"), ("password", PASSWORD)]);
    let refused = request.header("origin", "https://evil.example").send().await.expect("an answer");
    assert_eq!(refused.status(), 403);
    assert!(!refused.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn scripts_with_a_token_or_without_an_origin_are_not_in_the_way() {
    let app = TestApp::start().await;
    app.user("ann@x.example", replybook::types::Role::Admin).await;
    let plain =
        client().post(app.url(paths::LOGIN)).form(&[("email", "ann@x.example"), ("password", PASSWORD)]).send().await;
    assert_eq!(location(&plain.expect("an answer")), paths::OVERVIEW);
    let body = serde_json::json!({ "email": "ann@x.example", "password": PASSWORD });
    let (_, token) = json(client().post(app.url("/api/auth/login")).json(&body).send().await.expect("an answer")).await;
    let token = token["access_token"].as_str().expect("a token");
    let call = client().post(app.url("/api/auth/tokens")).bearer_auth(token).header("origin", "https://tool.example");
    let made = call.json(&serde_json::json!({ "name": "tool" })).send().await.expect("an answer");
    assert_eq!(made.status(), 201);
}

#[tokio::test]
async fn language_and_theme_are_kept_and_lead_back_here_only() {
    let app = TestApp::start().await;
    let browser = app.anonymous();
    let response =
        browser.submit(paths::PREFS, &[("lang", "ru"), ("theme", "dark"), ("next", "/login?next=%2Fadmin")]).await;
    assert_eq!((response.status().as_u16(), location(&response).as_str()), (303, "/login?next=%2Fadmin"));
    let set = crate::support::browser::cookies(&response);
    assert!(
        set.iter().any(|cookie| cookie.starts_with("lang=ru; "))
            && set.iter().any(|cookie| cookie.starts_with("theme=dark; "))
    );
    let away = browser.submit(paths::PREFS, &[("theme", "pink; Domain=x"), ("next", "//evil.example")]).await;
    assert_eq!(location(&away), "/");
    assert!(crate::support::browser::cookies(&away).is_empty(), "an unknown theme is not written anywhere");
}
