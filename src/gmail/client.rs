//! The Gmail API as we use it: read-only, metered, patient.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;
use url::Url;

use super::error::GmailError;
use super::quota::{Governor, Method};
use super::wire::{AttachmentBody, GmailThread, HistoryPage, LabelList, MessagePage, Profile, SendAs, SendAsList};
use crate::mail::gmail::GmailMessage;
use crate::net::{self, Failure as NetFailure, Priority, RetryPolicy, Skew, retry_after, tally};

/// The largest page that `messages.list` and `history.list` give.
const PAGE_SIZE: &str = "500";
/// Gmail carries mail of up to 50 MB, which base64 makes 67; more than this is not Gmail.
const MAX_ANSWER_BYTES: usize = 80 << 20;

/// Only what we read is sent: <https://developers.google.com/workspace/gmail/api/guides/performance#partial>.
const MESSAGE_FIELDS: &str = "id,threadId,labelIds,snippet,historyId,internalDate,sizeEstimate,payload";
/// Parts inside parts of whose places we learn; deeper ones are taken out of the whole message.
const STRUCTURE_DEPTH: usize = 8;
const THREAD_FIELDS: &str = "id,messages(id,threadId,labelIds,snippet,historyId,internalDate,sizeEstimate,payload)";
const LIST_FIELDS: &str = "messages(id,threadId),nextPageToken,resultSizeEstimate";
const HISTORY_FIELDS: &str = "history(id,messagesAdded,messagesDeleted,labelsAdded,labelsRemoved),\
                              nextPageToken,historyId";
const SEND_AS_FIELDS: &str = "sendAs(sendAsEmail,displayName,isPrimary,isDefault,verificationStatus)";

/// Gmail sends base64url with padding; without it is as clear.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an [`AccessTokens`] method returns; write the method as `Box::pin(async move { … })`.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<SecretString, GmailError>> + Send + 'a>>;

/// Where a client gets its access tokens: one account's credentials.
///
/// Failures are [`GmailError`]s: an [`super::OAuthError`] converts into one (`invalid_grant`
/// stays what it is, a token endpoint that is away is retried), anything else goes into
/// [`GmailError::credentials`].
pub trait AccessTokens: Send + Sync {
    /// A token that should still be good, refreshed beforehand when it is about to expire.
    fn current(&self) -> TokenFuture<'_>;

    /// Gmail rejected this token: get another. Where several calls were rejected at once, those
    /// who come later find that the stored token is no longer `rejected`, and take it as it is.
    fn refresh_after_unauthorized<'a>(&'a self, rejected: &'a SecretString) -> TokenFuture<'a>;
}

/// One account's mailbox at Google. Cheap to clone; clones share tokens and quota.
///
/// Each method waits for its quota units first, and repeats what is worth repeating
/// ([`GmailError::is_retryable`]) by its [`RetryPolicy`]. A 401 makes it get a fresh token, once.
#[derive(Clone)]
pub struct GmailClient {
    http: reqwest::Client,
    base: Url,
    tokens: Arc<dyn AccessTokens>,
    governor: Arc<Governor>,
    priority: Priority,
    retry: RetryPolicy,
    skew: Option<Skew>,
}

impl GmailClient {
    /// A client with [`Priority::Background`] and the default [`RetryPolicy`].
    /// `http` as made by [`net::client`], `api_base_url` without a trailing path.
    ///
    /// # Errors
    /// When `api_base_url` is not a URL that can have a path.
    pub fn new(
        http: reqwest::Client,
        api_base_url: &str,
        tokens: Arc<dyn AccessTokens>,
        governor: Arc<Governor>,
    ) -> Result<Self, url::ParseError> {
        let base = Url::parse(api_base_url)?;
        if base.cannot_be_a_base() {
            return Err(url::ParseError::RelativeUrlWithCannotBeABaseBase);
        }
        let (priority, retry) = (Priority::Background, RetryPolicy::default());
        Ok(Self { http, base, tokens, governor, priority, retry, skew: None })
    }

    /// The same client in another queue.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// The same client with other patience.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The same client, which notes how far Google's clock is from ours.
    #[must_use]
    pub fn with_skew(self, skew: Skew) -> Self {
        Self { skew: Some(skew), ..self }
    }

    /// The governor that meters this account, for showing what it waits for.
    pub fn governor(&self) -> &Arc<Governor> {
        &self.governor
    }

    /// `users.getProfile`: address and present history id. 1 unit.
    ///
    /// # Errors
    /// Any [`GmailError`]; the same holds for every method below.
    pub async fn profile(&self) -> Result<Profile, GmailError> {
        self.get(Call { method: Method::GetProfile, what: "the profile".to_owned(), url: self.url(&["profile"], &[]) })
            .await
    }

    /// `users.messages.list`: up to 500 ids, newest first, without spam and trash. 5 units.
    ///
    /// `query` as in Gmail's search box; dates in it as epoch seconds. With `label`, only those that
    /// have it. Go on while there is a `next_page_token`.
    pub async fn list_messages(
        &self,
        query: &str,
        label: Option<&str>,
        page_token: Option<&str>,
    ) -> Result<MessagePage, GmailError> {
        let mut parameters = vec![("maxResults", PAGE_SIZE), ("includeSpamTrash", "false"), ("fields", LIST_FIELDS)];
        if !query.is_empty() {
            parameters.push(("q", query));
        }
        parameters.extend(label.map(|label| ("labelIds", label)));
        parameters.extend(page_token.map(|token| ("pageToken", token)));
        self.get(Call {
            method: Method::ListMessages,
            what: "the message list".to_owned(),
            url: self.url(&["messages"], &parameters),
        })
        .await
    }

    /// `users.messages.get` with `format=full`. 20 units. [`GmailError::NotFound`] when it is gone.
    pub async fn get_message(&self, id: &str) -> Result<GmailMessage, GmailError> {
        self.get(Call {
            method: Method::GetMessage,
            what: format!("message {id}"),
            url: self.url(&["messages", id], &[("format", "full"), ("fields", MESSAGE_FIELDS)]),
        })
        .await
    }

    /// `users.threads.get` with `format=full`: all messages of a thread, drafts, spam and trash
    /// included. 40 units, so it wins from the third wanted message on.
    pub async fn get_thread(&self, id: &str) -> Result<GmailThread, GmailError> {
        self.get(Call {
            method: Method::GetThread,
            what: format!("thread {id}"),
            url: self.url(&["threads", id], &[("format", "full"), ("fields", THREAD_FIELDS)]),
        })
        .await
    }

    /// `users.history.list` after the cursor `start`. 2 units. [`GmailError::NotFound`] when
    /// Google no longer keeps the history since `start`.
    pub async fn list_history(&self, start: &str, page_token: Option<&str>) -> Result<HistoryPage, GmailError> {
        let mut parameters = vec![("startHistoryId", start), ("maxResults", PAGE_SIZE), ("fields", HISTORY_FIELDS)];
        parameters.extend(page_token.map(|token| ("pageToken", token)));
        self.get(Call {
            method: Method::ListHistory,
            what: format!("the history since {start}"),
            url: self.url(&["history"], &parameters),
        })
        .await
    }

    /// `users.settings.sendAs.list`: the account's own addresses. 1 unit.
    pub async fn list_send_as(&self) -> Result<Vec<SendAs>, GmailError> {
        let list: SendAsList = self
            .get(Call {
                method: Method::ListSendAs,
                what: "the list of send-as addresses".to_owned(),
                url: self.url(&["settings", "sendAs"], &[("fields", SEND_AS_FIELDS)]),
            })
            .await?;
        Ok(list.send_as)
    }

    /// `users.messages.get` of the structure alone: part ids, attachment ids and sizes, without headers and texts. 20 units.
    pub async fn get_structure(&self, id: &str) -> Result<GmailMessage, GmailError> {
        // Selecting `parts` as such would bring the texts along.
        const PART: &str = "partId,body(attachmentId,size)";
        let parts = (0..STRUCTURE_DEPTH).fold(PART.to_owned(), |parts, _| format!("{PART},parts({parts})"));
        let fields = format!("id,threadId,payload({parts})");
        self.get(Call {
            method: Method::GetMessage,
            what: format!("message {id}"),
            url: self.url(&["messages", id], &[("format", "full"), ("fields", &fields)]),
        })
        .await
    }

    /// `users.messages.get` with `format=raw`: the bytes of the message as it was received. 20 units.
    pub async fn get_raw(&self, id: &str) -> Result<Vec<u8>, GmailError> {
        let message: GmailMessage = self
            .get(Call {
                method: Method::GetMessage,
                what: format!("message {id}"),
                url: self.url(&["messages", id], &[("format", "raw"), ("fields", "id,raw")]),
            })
            .await?;
        let raw =
            message.raw.ok_or_else(|| GmailError::Protocol { what: "a raw message without content".to_owned() })?;
        BASE64URL
            .decode(raw.trim_end())
            .map_err(|error| GmailError::Protocol { what: format!("the raw message is not base64url: {error}") })
    }

    /// `users.labels.list`: the ids of all labels, Gmail's own and the user's. 1 unit.
    pub async fn list_labels(&self) -> Result<Vec<String>, GmailError> {
        let list: LabelList = self
            .get(Call {
                method: Method::ListLabels,
                what: "the list of labels".to_owned(),
                url: self.url(&["labels"], &[("fields", "labels(id)")]),
            })
            .await?;
        Ok(list.labels.into_iter().map(|label| label.id).collect())
    }

    /// `users.messages.attachments.get`: the bytes of an attachment. 20 units. Attachment ids
    /// change with each `get` of their message, so use a fresh one.
    pub async fn get_attachment(&self, message_id: &str, attachment_id: &str) -> Result<Vec<u8>, GmailError> {
        let path = ["messages", message_id, "attachments", attachment_id];
        let body: AttachmentBody = self
            .get(Call {
                method: Method::GetAttachment,
                what: format!("an attachment of message {message_id}"),
                url: self.url(&path, &[("fields", "data")]),
            })
            .await?;
        BASE64URL
            .decode(body.data.trim_end())
            .map_err(|error| GmailError::Protocol { what: format!("attachment is not base64url: {error}") })
    }

    fn url(&self, path: &[&str], parameters: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["gmail", "v1", "users", "me"]).extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    async fn get<T: DeserializeOwned>(&self, call: Call) -> Result<T, GmailError> {
        let span = tracing::info_span!("call", provider = "gmail", method = call.method.name());
        self.get_patiently(call).instrument(span).await
    }

    async fn get_patiently<T: DeserializeOwned>(&self, call: Call) -> Result<T, GmailError> {
        let mut rejected = None;
        let mut refreshed = false;
        let mut attempt = 0;
        let mut started = None;
        loop {
            self.governor.acquire(call.method, self.priority).await?;
            attempt += 1;
            let started = *started.get_or_insert_with(Instant::now);
            let error = match self.attempt(&call, &mut rejected).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Rejected(token)) if !refreshed => {
                    refreshed = true;
                    rejected = Some(token);
                    continue;
                }
                Err(Failure::Rejected(_)) => GmailError::Unauthorized,
                Err(Failure::Other(error)) => error,
            };
            tally::refused("gmail", error.code());
            let asked = match &error {
                GmailError::RateLimited { retry_after } => *retry_after,
                _ if error.is_retryable() => None,
                _ => return Err(error),
            };
            let wait = self.retry.wait(attempt, started.elapsed(), asked, &mut rand::rng());
            if matches!(error, GmailError::RateLimited { .. }) {
                // The limit is the account's, not this call's: all of its calls hold back.
                self.governor.slow_down(wait.or(asked).unwrap_or(self.retry.max_wait));
            }
            let Some(wait) = wait else { return Err(error) };
            tracing::warn!(
                code = error.code(),
                attempt,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "Gmail call failed, trying again"
            );
            sleep(wait).await;
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        call: &Call,
        rejected: &mut Option<SecretString>,
    ) -> Result<T, Failure> {
        let token = match rejected.as_ref() {
            None => self.tokens.current().await?,
            Some(rejected) => self.tokens.refresh_after_unauthorized(rejected).await?,
        };
        *rejected = None;
        let request = self.http.get(call.url.clone()).bearer_auth(token.expose_secret());
        let response = request.send().await.map_err(NetFailure::from)?;
        if let Some(skew) = &self.skew {
            skew.note(response.headers());
        }
        let status = response.status();
        let wall_clock = SystemTime::now();
        let asked = retry_after(response.headers(), wall_clock);
        let body = net::read(response, MAX_ANSWER_BYTES).await?;
        if status.is_success() {
            return Ok(parse(&body)?);
        }
        let unix = wall_clock.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let unix = i64::try_from(unix).unwrap_or(i64::MAX);
        match GmailError::from_answer(&call.what, status, asked, &body, unix) {
            GmailError::Unauthorized => Err(Failure::Rejected(token)),
            error => Err(Failure::Other(error)),
        }
    }
}

struct Call {
    method: Method,
    /// For [`GmailError::NotFound`].
    what: String,
    url: Url,
}

enum Failure {
    /// 401, with the token that was sent.
    Rejected(SecretString),
    Other(GmailError),
}

impl From<NetFailure> for Failure {
    fn from(failure: NetFailure) -> Self {
        Self::Other(failure.into())
    }
}

impl From<GmailError> for Failure {
    fn from(error: GmailError) -> Self {
        Self::Other(error)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GmailError> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            // Cut off where the connection's framing did not show it: worth another attempt.
            GmailError::Transport { what: "the answer was cut off".to_owned() }
        } else {
            // serde's text names the position and the type, and may quote the value: keep the place.
            GmailError::Protocol { what: format!("unreadable at line {}, column {}", error.line(), error.column()) }
        }
    })
}

#[cfg(test)]
mod tests;
