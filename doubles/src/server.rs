//! The Gmail API and the token endpoint over the model, on a free port of 127.0.0.1.
//! <https://developers.google.com/workspace/gmail/api/reference/rest>

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Json, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_http::{CompressionLevel, compression::CompressionLayer};

use crate::{
    fault::{Fault, Faults},
    mailbox::{Change, KEPT_OUT, Mailbox, Message, Record},
    meter::{Allowance, Meter, Usage},
};

pub const CLIENT_ID: &str = "1234567890-model.apps.googleusercontent.example";
pub const CLIENT_SECRET: &str = "GOCSPX-model-only-secret";

const SCOPE: &str = "https://www.googleapis.com/auth/gmail.readonly";
const LARGEST_PAGE: usize = 500;
const TOKEN_LIFE: Duration = Duration::from_secs(3_600);

/// What the consent of a mailbox's owner gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    pub expires_in: Duration,
}

/// A call that arrived.
#[derive(Debug, Clone)]
pub struct Call {
    pub at: Instant,
    /// What stood in the address before `/gmail/v1`: tells processes apart that were given addresses of their own.
    pub through: String,
    pub account: String,
    /// The address after `users/me/`, e.g. `messages/18c0…`.
    pub path: String,
    /// Whether it was answered as asked for, rather than by a refusal or a fault.
    pub answered: bool,
}

/// A running model. It ends with the runtime that started it.
#[derive(Clone)]
pub struct GmailDouble {
    base: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<Model>,
    /// Told of every call.
    called: tokio::sync::Notify,
}

#[derive(Default)]
struct Model {
    mailboxes: BTreeMap<String, Mailbox>,
    meters: HashMap<String, Meter>,
    access_tokens: HashMap<String, String>,
    refresh_tokens: HashMap<String, String>,
    tokens_given: u64,
    faults: Option<Faults>,
    /// How often each call was made, for the faults.
    asked: HashMap<String, u64>,
    calls: Vec<Call>,
    latency: Duration,
}

impl GmailDouble {
    /// Starts a model without mailboxes.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let double = Self { base: format!("http://{}", listener.local_addr()?), shared: Arc::default() };
        let router = Router::new()
            .fallback(answer)
            // Google compresses for clients that say they want it.
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .with_state(Arc::clone(&double.shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(double)
    }

    /// Where it is, e.g. `http://127.0.0.1:4567`. With a path behind it ([`Call::through`]) it works the same.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The settings that lead Replybook here.
    #[must_use]
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("GMAIL_CLIENT_ID", CLIENT_ID.to_owned()),
            ("GMAIL_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("GOOGLE_TOKEN_URL", format!("{}/token", self.base)),
            ("GMAIL_API_BASE_URL", self.base.clone()),
        ]
    }

    /// Opens an empty mailbox whose mail depends on `seed`, and returns the consent of its owner.
    pub fn open_mailbox(&self, address: &str, seed: u64) -> Tokens {
        let mut model = self.model();
        model.mailboxes.insert(address.to_owned(), Mailbox::new(address, seed));
        let refresh_token = format!("1//model-{address}");
        model.refresh_tokens.insert(refresh_token.clone(), address.to_owned());
        Tokens { access_token: model.new_access_token(address), refresh_token, expires_in: TOKEN_LIFE }
    }

    /// Looks at a mailbox, or changes it.
    ///
    /// # Panics
    /// When there is no such mailbox.
    pub fn mailbox<T>(&self, address: &str, look: impl FnOnce(&mut Mailbox) -> T) -> T {
        let mut model = self.model();
        look(model.mailboxes.get_mut(address).unwrap_or_else(|| panic!("no mailbox {address}")))
    }

    /// Meters every mailbox from now on; `None` lets everything through, and counts it.
    pub fn meter(&self, allowance: Option<Allowance>) {
        let mut model = self.model();
        let addresses: Vec<String> = model.mailboxes.keys().cloned().collect();
        for address in addresses {
            model.meters.insert(address, Meter::new(allowance));
        }
    }

    /// What a mailbox's user has spent.
    #[must_use]
    pub fn usage(&self, address: &str) -> Usage {
        self.model().meters.get(address).map(|meter| meter.usage.clone()).unwrap_or_default()
    }

    /// Lets calls fail from now on.
    pub fn set_faults(&self, faults: Option<Faults>) {
        self.model().faults = faults;
    }

    /// Lets every answer take so long.
    pub fn set_latency(&self, latency: Duration) {
        self.model().latency = latency;
    }

    /// Every access token given out so far is dead; refreshing works.
    pub fn expire_tokens(&self) {
        self.model().access_tokens.clear();
    }

    /// The calls so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.model().calls.clone()
    }

    /// Forgets the calls and what was spent; allowances stay.
    pub fn forget_calls(&self) {
        let mut model = self.model();
        model.calls.clear();
        for meter in model.meters.values_mut() {
            meter.reset();
        }
    }

    /// Waits until so many calls have arrived since they were last forgotten.
    pub async fn called(&self, times: usize) {
        loop {
            let call = self.shared.called.notified();
            if self.model().calls.len() >= times {
                return;
            }
            call.await;
        }
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.shared)
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Model> {
    shared.state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Google's error body.
fn refusal(status: u16, reason: &str) -> Response {
    let body = json!({"error": {
        "code": status,
        "message": reason,
        "errors": [{"domain": "global", "reason": reason, "message": reason}],
    }});
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body)).into_response()
}

/// Units of a call by its path after `users/me/`.
fn units(path: &str) -> Option<u64> {
    let parts: Vec<&str> = path.split('/').collect();
    Some(match parts[..] {
        ["profile" | "labels"] | ["settings", "sendAs"] => 1,
        ["history"] => 2,
        ["messages"] => 5,
        ["messages", _] | ["messages", _, "attachments", _] => 20,
        ["threads", _] => 40,
        _ => return None,
    })
}

/// What comes of a call before its faults are played.
struct Outcome {
    response: Response,
    fault: Option<Fault>,
    latency: Duration,
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path == "/token" {
        return match axum::body::to_bytes(body, 1 << 16).await {
            Ok(body) => lock(&shared).token(&body),
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        };
    }
    let Some((through, call)) = path.split_once("/gmail/v1/users/me/") else { return refusal(404, "notFound") };
    let outcome = lock(&shared).call(through, call, parts.uri.query().unwrap_or_default(), &parts.headers);
    shared.called.notify_waiters();
    if !outcome.latency.is_zero() {
        tokio::time::sleep(outcome.latency).await;
    }
    match outcome.fault {
        None => outcome.response,
        Some(Fault::TooManyRequests) => {
            ([(header::RETRY_AFTER, "1")], refusal(429, "rateLimitExceeded")).into_response()
        }
        Some(Fault::UserRateLimit) => refusal(403, "userRateLimitExceeded"),
        Some(Fault::Internal) => refusal(500, "internalError"),
        Some(Fault::Unavailable) => refusal(503, "backendError"),
        Some(Fault::DailyLimit) => refusal(403, "dailyLimitExceeded"),
        Some(Fault::Refused) => refusal(400, "failedPrecondition"),
        Some(Fault::Cut) => cut(outcome.response).await,
    }
}

/// The first half of an answer, and then the end of the connection.
async fn cut(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let pieces = stream::iter([Ok(half), Err(io::Error::other("cut"))]);
    Response::from_parts(parts, Body::from_stream(pieces))
}

#[derive(Deserialize)]
struct TokenForm {
    grant_type: String,
    refresh_token: String,
    client_id: String,
    client_secret: String,
}

/// The parameters of a call.
struct Query(Vec<(String, String)>);

impl Query {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn page_size(&self, default: usize) -> usize {
        self.get("maxResults").and_then(|text| text.parse().ok()).unwrap_or(default).clamp(1, LARGEST_PAGE)
    }
}

impl Model {
    fn new_access_token(&mut self, address: &str) -> String {
        self.tokens_given += 1;
        let token = format!("ya29.model-{}", self.tokens_given);
        self.access_tokens.insert(token.clone(), address.to_owned());
        token
    }

    fn token(&mut self, form: &[u8]) -> Response {
        let fields: HashMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
        let Ok(form) = serde_json::from_value::<TokenForm>(json!(fields)) else {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_request"}))).into_response();
        };
        if form.client_id != CLIENT_ID || form.client_secret != CLIENT_SECRET {
            return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
        }
        let owner = self.refresh_tokens.get(&form.refresh_token).filter(|_| form.grant_type == "refresh_token");
        let Some(address) = owner.cloned() else {
            let body = json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."});
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        };
        let token = self.new_access_token(&address);
        Json(json!({
            "access_token": token, "expires_in": TOKEN_LIFE.as_secs(), "scope": SCOPE, "token_type": "Bearer",
        }))
        .into_response()
    }

    /// Answers a call after checking its token, its price and its luck, in this order.
    fn call(&mut self, through: &str, path: &str, query: &str, headers: &HeaderMap) -> Outcome {
        let latency = self.latency;
        let plain = |response| Outcome { response, fault: None, latency };
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let Some(address) = bearer.and_then(|token| self.access_tokens.get(token)).cloned() else {
            return plain(refusal(401, "authError"));
        };
        let Some(units) = units(path) else { return plain(refusal(404, "notFound")) };
        let now = Instant::now();
        let mut call = Call {
            at: now,
            through: through.trim_matches('/').to_owned(),
            account: address.clone(),
            path: path.to_owned(),
            answered: false,
        };
        if let Err(wait) = self.meters.entry(address.clone()).or_default().charge(now, units) {
            self.calls.push(call);
            let seconds = (wait.as_millis().div_ceil(1_000)).to_string();
            return plain(([(header::RETRY_AFTER, seconds)], refusal(429, "rateLimitExceeded")).into_response());
        }
        let attempt = self.asked.entry(format!("{address} {path}?{query}")).or_default();
        *attempt += 1;
        let fault = self.faults.as_ref().and_then(|faults| faults.pick(&format!("{path}?{query}"), *attempt));
        call.answered = fault.is_none();
        self.calls.push(call);
        let query = Query(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        let answer = match self.mailboxes.get(&address) {
            Some(mailbox) => mailbox.answer(path, &query, *attempt),
            None => Err((400, "failedPrecondition")),
        };
        let response = match answer {
            Ok(value) => Json(value).into_response(),
            Err((status, reason)) => refusal(status, reason),
        };
        Outcome { response, fault, latency }
    }
}

type Answered = Result<Value, (u16, &'static str)>;

const NOT_FOUND: (u16, &str) = (404, "notFound");
const BAD: (u16, &str) = (400, "invalidArgument");

impl Mailbox {
    fn answer(&self, path: &str, query: &Query, attempt: u64) -> Answered {
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            ["profile"] => Ok(json!({
                "emailAddress": self.address, "messagesTotal": self.messages.len(), "threadsTotal": self.threads.len(),
                "historyId": self.history_id.to_string(),
            })),
            ["labels"] => Ok(self.labels()),
            ["settings", "sendAs"] => Ok(self.send_as()),
            ["history"] => self.list_history(query),
            ["messages"] => self.list_messages(query),
            ["messages", id] => {
                let message = self.messages.get(id).ok_or(NOT_FOUND)?;
                self.resource(id, message, query, attempt)
            }
            ["messages", id, "attachments", attachment] => self.attachment(id, attachment),
            ["threads", id] => {
                let thread = self.threads.get(id).filter(|thread| !thread.is_empty()).ok_or(NOT_FOUND)?;
                let messages: Result<Vec<Value>, _> =
                    thread.iter().map(|id| self.resource(id, &self.messages[id], query, attempt)).collect();
                Ok(json!({"id": id, "historyId": self.history_id.to_string(), "messages": messages?}))
            }
            _ => Err(NOT_FOUND),
        }
    }

    fn labels(&self) -> Value {
        let names: std::collections::BTreeSet<&String> =
            self.messages.values().flat_map(|message| &message.labels).collect();
        let labels: Vec<Value> = names.iter().map(|name| json!({"id": name, "name": name})).collect();
        json!({"labels": labels})
    }

    fn send_as(&self) -> Value {
        let mut list =
            vec![json!({"sendAsEmail": self.address, "displayName": "", "isPrimary": true, "isDefault": true})];
        list.extend(self.aliases.iter().map(|alias| {
            json!({"sendAsEmail": alias, "displayName": "", "isDefault": false, "verificationStatus": "accepted"})
        }));
        json!({"sendAs": list})
    }

    /// Newest first. A page token names the message after which the next page begins, so that mail which comes meanwhile
    /// moves nothing. Each page repeats the last message of the one before.
    fn list_messages(&self, query: &Query) -> Answered {
        let filter = Filter::read(query)?;
        let before = match query.get("pageToken") {
            None => None,
            Some(token) => {
                let (at, id) = token.split_once('-').ok_or(BAD)?;
                Some((at.parse::<i64>().map_err(|_| BAD)?, id.to_owned()))
            }
        };
        let size = query.page_size(100);
        let upto = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Included);
        let mut found = self
            .by_date
            .range((std::ops::Bound::Unbounded, upto))
            .rev()
            .take_while(|(at, _)| filter.after.is_none_or(|after| *at >= after))
            .filter(|(_, id)| filter.matches(&self.messages[id]));
        // A page of one could never move on past the message that it repeats.
        let page: Vec<&(i64, String)> = found.by_ref().take(size.max(2)).collect();
        let more = found.next().is_some();
        let mut answer = json!({"resultSizeEstimate": self.messages.len()});
        if !page.is_empty() {
            let messages: Vec<Value> =
                page.iter().map(|(_, id)| json!({"id": id, "threadId": self.messages[id].thread_id})).collect();
            answer["messages"] = json!(messages);
        }
        if let (true, Some((at, id))) = (more, page.last()) {
            answer["nextPageToken"] = json!(format!("{at}-{id}"));
        }
        Ok(answer)
    }

    /// In order. Pages are short, every third one comes without `history`, and each of the others repeats the last record
    /// of the one before: all of it happens at Google.
    fn list_history(&self, query: &Query) -> Answered {
        const RECORDS: usize = 20;
        let start: u128 = query.get("startHistoryId").and_then(|text| text.parse().ok()).ok_or(BAD)?;
        if self.has_expired(start) {
            return Err(NOT_FOUND);
        }
        let first = self.history.partition_point(|record| record.id <= start);
        let records = &self.history[first..];
        let page: usize = query.get("pageToken").map_or(Ok(0), str::parse).map_err(|_| BAD)?;
        let mut answer = json!({"historyId": self.history_id.to_string()});
        let empty = page % 3 == 1;
        let from = (pages_told_before(page) * RECORDS).min(records.len());
        let to = if empty { from } else { (from + RECORDS).min(records.len()) };
        if !empty && from < to {
            let repeated = from.saturating_sub(1);
            answer["history"] = json!(records[repeated..to].iter().map(record).collect::<Vec<_>>());
        }
        if to < records.len() {
            answer["nextPageToken"] = json!((page + 1).to_string());
        }
        Ok(answer)
    }

    fn resource(&self, id: &str, message: &Message, query: &Query, attempt: u64) -> Answered {
        let mut value = json!({
            "id": id, "threadId": message.thread_id, "labelIds": message.labels,
            "historyId": message.history_id.to_string(), "internalDate": message.at.to_string(),
        });
        let written = self.write(message);
        match query.get("format").unwrap_or("full") {
            "minimal" => {}
            "full" => {
                // The id of an attachment is another one at each look.
                let attached = message.attached.map(|size| ("offer.pdf", format!("ANGj{attempt}-{id}"), size));
                value["payload"] = written.payload(attached);
            }
            "metadata" => {
                let headers: Vec<Value> =
                    written.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
                value["payload"] = json!({"headers": headers});
            }
            _ => return Err(BAD),
        }
        value["snippet"] = json!(written.snippet());
        value["sizeEstimate"] = json!(written.size() + message.attached.unwrap_or(0));
        Ok(value)
    }

    fn attachment(&self, id: &str, attachment: &str) -> Answered {
        let message = self.messages.get(id).ok_or(NOT_FOUND)?;
        let size = message.attached.filter(|_| attachment.ends_with(&format!("-{id}"))).ok_or(NOT_FOUND)?;
        let bytes: Vec<u8> = id.bytes().cycle().take(size).collect();
        Ok(json!({"size": size, "data": URL_SAFE.encode(bytes)}))
    }
}

/// How many pages with records come before this one: of three pages in a row, the second has none.
fn pages_told_before(page: usize) -> usize {
    page - (page + 1) / 3
}

fn record(record: &Record) -> Value {
    let message = json!({"id": record.message, "threadId": record.thread_id, "labelIds": record.labels_after});
    let mut value = json!({
        "id": record.id.to_string(), "messages": [{"id": record.message, "threadId": record.thread_id}],
    });
    match record.change {
        Change::Added => value["messagesAdded"] = json!([{"message": message}]),
        Change::Deleted => {
            let gone = json!({"id": record.message, "threadId": record.thread_id});
            value["messagesDeleted"] = json!([{"message": gone}]);
        }
        Change::LabelsAdded => value["labelsAdded"] = json!([{"message": message, "labelIds": record.labels}]),
        Change::LabelsRemoved => value["labelsRemoved"] = json!([{"message": message, "labelIds": record.labels}]),
    }
    value
}

/// What a list asks for.
struct Filter {
    /// Milliseconds since 1970.
    after: Option<i64>,
    before: Option<i64>,
    with_spam_and_trash: bool,
    without: Vec<String>,
    /// All of them.
    labels: Vec<String>,
}

impl Filter {
    fn read(query: &Query) -> Result<Self, (u16, &'static str)> {
        let mut filter = Self {
            after: None,
            before: None,
            with_spam_and_trash: query.get("includeSpamTrash") == Some("true"),
            without: Vec::new(),
            labels: query.all("labelIds").map(ToOwned::to_owned).collect(),
        };
        let seconds = |text: &str| text.parse::<i64>().map(|seconds| seconds * 1_000).map_err(|_| BAD);
        for word in query.get("q").unwrap_or_default().split_whitespace() {
            match word.split_once(':').ok_or(BAD)? {
                ("after", text) => filter.after = Some(seconds(text)?),
                ("before", text) => filter.before = Some(seconds(text)?),
                ("in", "anywhere") => filter.with_spam_and_trash = true,
                ("-in" | "-is", name) => {
                    // `drafts`, `chats`: labels are named in the singular.
                    filter.without.push(name.trim_end_matches('s').to_uppercase());
                }
                _ => return Err(BAD),
            }
        }
        Ok(filter)
    }

    fn matches(&self, message: &Message) -> bool {
        let has = |label: &String| message.labels.contains(label);
        self.before.is_none_or(|before| message.at < before)
            && (self.with_spam_and_trash || !KEPT_OUT[..2].iter().any(|label| message.labels.contains(*label)))
            && !self.without.iter().any(has)
            && self.labels.iter().all(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(mailbox: &Mailbox, path: &str, parameters: &[(&str, &str)]) -> Answered {
        let owned = |text: &&str| (*text).to_owned();
        let query = parameters.iter().map(|(name, value)| (owned(name), owned(value))).collect();
        mailbox.answer(path, &Query(query), 1)
    }

    /// What all pages hold under this name, and how many pages there were.
    fn paged(mailbox: &Mailbox, path: &str, parameters: &[(&str, &str)], name: &str) -> (Vec<Value>, usize) {
        let (mut all, mut pages, mut token) = (Vec::new(), 0, None::<String>);
        loop {
            let mut parameters = parameters.to_vec();
            parameters.extend(token.as_deref().map(|token| ("pageToken", token)));
            let page = asked(mailbox, path, &parameters).expect("a page");
            pages += 1;
            all.extend(page[name].as_array().cloned().unwrap_or_default());
            match page["nextPageToken"].as_str() {
                Some(next) => token = Some(next.to_owned()),
                None => return (all, pages),
            }
        }
    }

    #[test]
    fn a_list_names_every_message_newest_first_and_some_twice() {
        let mut mailbox = Mailbox::new("us@x.example", 1);
        mailbox.fill(25, 1_790_000_000_000, 1_790_900_000_000);
        let (listed, pages) = paged(&mailbox, "messages", &[("maxResults", "10")], "messages");
        assert_eq!((listed.len(), pages), (27, 3), "the last of each page comes again");
        let ids: Vec<&str> = listed.iter().filter_map(|message| message["id"].as_str()).collect();
        let mut dates: Vec<i64> = ids.iter().map(|id| mailbox.messages()[*id].at).collect();
        assert!(dates.is_sorted_by(|one, two| one >= two));
        dates.sort_unstable();
        let seconds = dates[dates.len() / 2] / 1_000;
        let query = format!("after:{seconds} -in:drafts -in:chats");
        let (recent, _) = paged(&mailbox, "messages", &[("q", &query)], "messages");
        assert_eq!(recent.len(), mailbox.messages().values().filter(|message| message.at >= seconds * 1_000).count());
        assert_eq!(asked(&mailbox, "messages", &[("q", "from:somebody")]), Err(BAD));
    }

    #[test]
    fn a_history_tells_everything_in_order_until_it_expires() {
        let mut mailbox = Mailbox::new("us@x.example", 1);
        let start = mailbox.history_id.to_string();
        let thread = mailbox.begin_thread(1_790_000_000_000);
        let ids: Vec<String> = (0..50).map(|_| mailbox.reply(&thread)).collect();
        mailbox.trash(&ids[1]);
        mailbox.delete(&ids[2]);
        let (told, pages) = paged(&mailbox, "history", &[("startHistoryId", &start)], "history");
        let mut record_ids: Vec<&str> = told.iter().filter_map(|record| record["id"].as_str()).collect();
        assert!(record_ids.is_sorted());
        record_ids.dedup();
        // 51 came, one got a label and lost another, one went.
        assert_eq!((record_ids.len(), pages), (54, 4));
        assert_eq!(asked(&mailbox, &format!("messages/{}", ids[2]), &[]), Err(NOT_FOUND));
        mailbox.expire_history();
        assert_eq!(asked(&mailbox, "history", &[("startHistoryId", &start)]), Err(NOT_FOUND));
        let now = mailbox.history_id.to_string();
        assert_eq!(paged(&mailbox, "history", &[("startHistoryId", &now)], "history"), (Vec::new(), 1));
    }
}
