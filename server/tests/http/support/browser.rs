//! A browser as far as HTTP goes: it keeps cookies, follows nothing by itself, and says where its requests come from.

use replybook_app::paths;
use reqwest::{Client, RequestBuilder, Response, header};
use serde::Serialize;
use serde_json::Value;

use super::{PASSWORD, builder, json};

pub struct Browser {
    client: Client,
    base: String,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { client: builder().cookie_store(true).build().expect("a client"), base: base.to_owned() }
    }

    fn mark(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("sec-fetch-site", "same-origin").header(header::ORIGIN, &self.base)
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.mark(self.client.request(method, format!("{}{path}", self.base)))
    }

    pub async fn send(&self, request: reqwest::Request) -> Response {
        self.client.execute(request).await.expect("an answer")
    }

    /// Opens a page or follows a link, as a person does.
    pub async fn open(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base)).header(header::ACCEPT, "text/html");
        request.send().await.expect("an answer")
    }

    /// The document of a page, which must open.
    pub async fn page(&self, path: &str) -> String {
        let response = self.open(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("text")
    }

    /// Goes to any address, e.g. where Google sends the browser.
    pub async fn visit(&self, url: &str) -> Response {
        self.client.get(url).header(header::ACCEPT, "text/html").send().await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        json(self.request(reqwest::Method::GET, path).send().await.expect("an answer")).await
    }

    /// POST without a body.
    pub async fn post(&self, path: &str) -> (u16, Value) {
        json(self.request(reqwest::Method::POST, path).send().await.expect("an answer")).await
    }

    pub async fn put_json(&self, path: &str, body: &impl Serialize) -> (u16, Value) {
        json(self.request(reqwest::Method::PUT, path).json(body).send().await.expect("an answer")).await
    }

    pub async fn post_json(&self, path: &str, body: &impl Serialize) -> (u16, Value) {
        json(self.request(reqwest::Method::POST, path).json(body).send().await.expect("an answer")).await
    }

    pub async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.request(reqwest::Method::POST, path).header(header::ACCEPT, "text/html");
        request.form(form).send().await.expect("an answer")
    }

    /// Signs in, which must work.
    pub async fn log_in(&self, email: &str) -> Response {
        let response = self.submit(paths::LOGIN, &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(response.status(), 303);
        assert!(!location(&response).starts_with(paths::LOGIN), "signed in, not sent back to {}", location(&response));
        response
    }

    /// Asks for the address of Google's consent page.
    pub async fn auth_url(&self) -> url::Url {
        let (status, body) = self.post("/api/integrations/gmail/auth-url").await;
        assert_eq!(status, 200, "{body}");
        body["auth_url"].as_str().expect("an address").parse().expect("an address")
    }

    /// Comes back from Google with this query; returns where the application sends the browser.
    pub async fn come_back(&self, query: &[(&str, &str)]) -> String {
        let url = url::Url::parse_with_params(&format!("{}/api/integrations/gmail/callback", self.base), query)
            .expect("an address");
        let response = self.visit(url.as_str()).await;
        assert_eq!(response.status(), 302);
        location(&response)
    }
}

/// Where an answer redirects to.
pub fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION).expect("a redirect");
    location.to_str().expect("text").to_owned()
}

/// `name=value; …` of each cookie that an answer sets.
pub fn cookies(response: &Response) -> Vec<String> {
    let set = response.headers().get_all(header::SET_COOKIE);
    set.iter().map(|cookie| cookie.to_str().expect("text").to_owned()).collect()
}

/// The value of the session cookie that an answer sets.
pub fn session_cookie(response: &Response) -> Option<String> {
    let name = format!("{}=", replybook_server::session::COOKIE);
    cookies(response).iter().find_map(|cookie| Some(cookie.strip_prefix(&name)?.split(';').next()?.to_owned()))
}

/// The whole `Set-Cookie` of the session.
pub fn session_set_cookie(response: &Response) -> String {
    let name = format!("{}=", replybook_server::session::COOKIE);
    cookies(response).into_iter().find(|cookie| cookie.starts_with(&name)).expect("a session")
}

/// One value of a URL's query.
pub fn query_value(url: &url::Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} is missing in {url}")).1.into_owned()
}

/// What an answer tells the page that follows: its `tone`, its `text`, and what was `typed`.
pub fn told(response: &Response) -> Value {
    let told = cookies(response).iter().find_map(|cookie| replybook_app::answer::Told::read(cookie, false));
    serde_json::to_value(told.expect("something is told")).expect("JSON")
}

/// The words of what an answer tells the page that follows.
pub fn said(response: &Response) -> String {
    told(response)["text"].as_str().expect("words").to_owned()
}
