//! The stored mail itself: threads, messages, attachments.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use replybook::{
    Domain,
    attachments::{self, AttachmentError, Opened},
    crypto::content_id,
    threads,
    types::{
        AttachmentId, AttachmentProblem, EmailAccountList, EmailStatus, EmailThreadDetail, EmailThreadPage, MessageId,
        MessageSender, NotFoundCode, Problem, ThreadId,
    },
};
use replybook_app::pages::threads::html_words;
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

use super::{
    ApiJson, ApiQuery, PathId,
    extract::{AccountOrEmpty, Cursor, MessageOrEmpty, present},
    parse_id, parse_limit,
};
use crate::{
    headers::{MAIL_PICTURE_POLICY, RESOURCE_POLICY, mail_policy},
    identity::{Identity, Reviewer},
    pages::prefs_of,
    problem::{AdminErrors, ApiResult, ErrorBody, Refusal},
};

/// How much mail is stored
///
/// Over all accounts, with the settings that decide which attachments are kept.
#[utoipa::path(
    get,
    path = "/api/email/status",
    tag = "email", operation_id = "getEmailStatus",
    responses((status = 200, body = EmailStatus), AdminErrors)
)]
pub async fn status(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<EmailStatus>> {
    Ok(Json(threads::status(&domain).await?))
}

/// List the mail accounts with how much is stored of each
#[utoipa::path(
    get,
    path = "/api/email/accounts",
    tag = "email", operation_id = "listEmailAccounts",
    responses((status = 200, body = EmailAccountList), AdminErrors)
)]
pub async fn accounts(State(domain): State<Arc<Domain>>, Reviewer(_): Reviewer) -> ApiResult<Json<EmailAccountList>> {
    Ok(Json(threads::accounts(&domain).await?))
}

/// Which threads to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThreadsQuery {
    /// Only threads in this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    account: Option<String>,
    /// Words of a message, of its subject, or of a name or address of somebody who wrote or was written to. Every one of them is in
    /// the thread; those of three letters or more may begin a longer word,
    /// except in an address with `@`. Upper and lower case are the same, and accents do not
    /// count. A search without words finds nothing; the first 32 words count.
    #[param(max_length = 200)]
    q: Option<String>,
    /// 1 to 200, by default 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
}

/// List threads
///
/// The one with the latest message first. A conversation in several mailboxes is one thread.
#[utoipa::path(
    get,
    path = "/api/email/threads",
    tag = "email", operation_id = "listEmailThreads",
    params(ThreadsQuery),
    responses((status = 200, body = EmailThreadPage), AdminErrors)
)]
pub async fn list_threads(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    ApiQuery(query): ApiQuery<ThreadsQuery>,
) -> ApiResult<Json<EmailThreadPage>> {
    let account = present(query.account.as_ref()).map(|id| parse_id("account", id)).transpose()?;
    let text = present(query.q.as_ref()).map(ToOwned::to_owned);
    let limit = parse_limit(query.limit.as_deref())?;
    Ok(Json(threads::page(&domain, account, text, present(query.cursor.as_ref()), limit).await?))
}

/// Which messages of a thread.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only messages before this one: `earlier` of the answer before.
    #[param(value_type = Option<MessageOrEmpty>, inline)]
    before: Option<String>,
    /// 1 to 200, by default 100.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 100)]
    limit: Option<String>,
}

/// Get a thread with its messages
///
/// The oldest first; of a long thread the latest, and `earlier` is what `before` takes for those before them. A mail that is in several
/// of our mailboxes is listed once and says where else it is. `folded` are the spans of a text that are not its author's own words.
#[utoipa::path(
    get,
    path = "/api/email/threads/{thread_id}",
    tag = "email", operation_id = "getEmailThread",
    params(("thread_id" = ThreadId, Path), MessagesQuery),
    responses((status = 200, body = EmailThreadDetail), (status = 404, body = ErrorBody, description = "`email_thread_not_found`"), AdminErrors)
)]
pub async fn get_thread(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(thread_id): PathId<ThreadId>,
    ApiQuery(query): ApiQuery<MessagesQuery>,
) -> ApiResult<Json<EmailThreadDetail>> {
    let before = present(query.before.as_ref()).map(|id| parse_id("before", id)).transpose()?;
    let limit = match present(query.limit.as_ref()) {
        Some(limit) => parse_limit(Some(limit))?,
        None => threads::MESSAGES,
    };
    Ok(Json(threads::thread(&domain, thread_id, before, limit).await?))
}

/// Confirm whether we sent a message that carries our address
///
/// Such a message is `unverified` if nothing shows that we sent it. Confirmed, it makes pairs like any other.
#[utoipa::path(
    post,
    path = "/api/email/messages/{message_id}/sender",
    tag = "email", operation_id = "confirmEmailSender",
    params(("message_id" = MessageId, Path)),
    request_body = MessageSender,
    responses(
        (status = 200, body = MessageSender),
        (status = 404, body = ErrorBody, description = "`email_message_not_found`"),
        (status = 409, body = ErrorBody, description = "`sender_is_not_ours`"),
        AdminErrors,
    )
)]
pub async fn message_sender(
    State(domain): State<Arc<Domain>>,
    Reviewer(caller): Reviewer,
    PathId(message_id): PathId<MessageId>,
    ApiJson(said): ApiJson<MessageSender>,
) -> ApiResult<Json<MessageSender>> {
    threads::confirm_sender(&domain, caller.actor(), message_id, said.confirmed_ours).await?;
    Ok(Json(said))
}

/// How to show a message.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HtmlQuery {
    /// `1` also loads pictures from other servers: the sender can then see that the message was opened.
    images: Option<String>,
    /// `1` for a frame in one of our pages, which asks how high the message is: links in it do nothing.
    framed: Option<String>,
}

/// The sanitised HTML of a message
///
/// A separate document, under a Content-Security-Policy that runs and loads nothing, with earlier mail folded. Meant
/// for an `<iframe sandbox>`.
#[utoipa::path(
    get,
    path = "/api/email/messages/{message_id}/html",
    tag = "email", operation_id = "getEmailMessageHtml",
    params(("message_id" = MessageId, Path), HtmlQuery),
    responses(
        (status = 200, content_type = "text/html", body = String),
        (status = 304, description = "What `If-None-Match` names is still what there is."),
        (status = 404, body = ErrorBody, description = "`email_message_not_found`, `email_message_has_no_html`"),
        AdminErrors,
    )
)]
pub async fn message_html(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(message_id): PathId<MessageId>,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<HtmlQuery>,
) -> ApiResult<Response> {
    let (remote_images, framed) = (query.images.as_deref() == Some("1"), query.framed.as_deref() == Some("1"));
    let words = html_words(prefs_of(&headers));
    let document = threads::message_html(&domain, message_id, remote_images, framed, words).await?;
    let tag = tag(&content_id(document.as_bytes()));
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let headers = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, UNCHANGED),
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, mail_policy(remote_images, framed)),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, document.to_string()).into_response())
}

/// For what does not change under its address: a browser keeps it, and asks each time whether it may still show it. Who has signed out
/// may not.
const UNCHANGED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The `ETag` of content by its hash.
fn tag(hash: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The bytes of a file, for the document.
pub struct Bytes;

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Bytes {}

/// Download an attachment
///
/// If it is not stored yet and `ATTACHMENTS` allows it, it is fetched from its provider first, and kept.
#[utoipa::path(
    get,
    path = "/api/email/attachments/{attachment_id}",
    tag = "email", operation_id = "downloadAttachment",
    params(("attachment_id" = AttachmentId, Path)),
    responses(
        (status = 200, content_type = "*/*", body = inline(Bytes), description = "The file, with the type that its sender gave it."),
        (status = 404, body = ErrorBody, description = "`attachment_not_found`, `attachment_gone`"),
        (status = 409, body = ErrorBody, description = "`attachment_off`, `account_needs_reconnect`, `account_disabled`"),
        (status = 413, body = ErrorBody, description = "`attachment_too_large`: larger than `ATTACHMENT_MAX_MB`"),
        (status = 429, body = ErrorBody, description = "The provider asks us to wait; see `Retry-After`."),
        (status = 502, body = ErrorBody, description = "`attachment_failed: …`, `attachment_refused`: what the provider said"),
        AdminErrors,
    )
)]
pub async fn download(
    State(domain): State<Arc<Domain>>,
    Reviewer(_): Reviewer,
    PathId(attachment_id): PathId<AttachmentId>,
) -> ApiResult<Response> {
    let opened = attachments::open(&domain, attachment_id).await.map_err(refusal)?;
    let headers = [
        (header::CONTENT_TYPE, content_type(&opened.content_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(opened.size_bytes)),
        (header::CONTENT_DISPOSITION, disposition(opened.file_name.as_deref())),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, stream(&domain, &opened)).into_response())
}

/// The right to load a picture.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PictureQuery {
    /// From the document of a message, valid for half an hour: browsers send no cookies from a sandbox without our origin.
    ticket: Option<String>,
}

/// A picture inside a message
///
/// PNG, JPEG, GIF or WebP, whatever its declared type. Anything else is `attachment_is_no_picture`.
#[utoipa::path(
    get,
    path = "/api/email/attachments/{attachment_id}/picture",
    tag = "email", operation_id = "getAttachmentPicture",
    params(("attachment_id" = AttachmentId, Path), PictureQuery),
    responses(
        (
            status = 200,
            description = "The picture, with its own type.",
            content(
                (inline(Bytes) = "image/png"),
                (inline(Bytes) = "image/jpeg"),
                (inline(Bytes) = "image/gif"),
                (inline(Bytes) = "image/webp"),
            ),
        ),
        (status = 304, description = "What `If-None-Match` names is still what there is."),
        (status = 404, body = ErrorBody, description = "`attachment_not_found`, `attachment_is_no_picture`"),
        (status = 409, body = ErrorBody, description = "As for the download."),
        (status = 502, body = ErrorBody, description = "As for the download."),
        AdminErrors,
    )
)]
pub async fn picture(
    State(domain): State<Arc<Domain>>,
    identity: Identity,
    PathId(attachment_id): PathId<AttachmentId>,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<PictureQuery>,
) -> ApiResult<Response> {
    let has_ticket =
        query.ticket.as_deref().is_some_and(|ticket| attachments::ticket_is_good(&domain, attachment_id, ticket));
    if !has_ticket {
        let caller = identity.caller().await?.ok_or(Problem::Unauthenticated)?;
        if !caller.user.can_review() {
            return Err(Problem::ReviewersOnly.into());
        }
    }
    let opened = attachments::open(&domain, attachment_id).await.map_err(refusal)?;
    let tag = tag(&opened.sha256);
    // Only what was sent as a picture before has this name to somebody.
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Ok(
            (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, UNCHANGED)]).into_response()
        );
    }
    let mut pieces = Box::pin(attachments::read(&domain, &opened));
    let first = pieces.next().await.transpose()?.unwrap_or_default();
    let kind = attachments::picture_type(&first).ok_or_else(|| Problem::not_found(NotFoundCode::Picture))?;
    let headers = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_LENGTH, HeaderValue::from(opened.size_bytes)),
        (header::CONTENT_SECURITY_POLICY, MAIL_PICTURE_POLICY),
        (header::CACHE_CONTROL, UNCHANGED),
        // A message on a page of its own is in a sandbox, which is another site to browsers; the ticket says who may.
        (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ];
    let pieces = futures::stream::once(async { Ok(first) }).chain(pieces);
    Ok((headers, Body::from_stream(pieces)).into_response())
}

fn stream(domain: &Arc<Domain>, opened: &Opened) -> Body {
    Body::from_stream(attachments::read(domain, opened))
}

fn refusal(error: AttachmentError) -> Refusal {
    let status = match &error {
        AttachmentError::Missing(AttachmentProblem::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        AttachmentError::Missing(AttachmentProblem::Gone) => StatusCode::NOT_FOUND,
        AttachmentError::Missing(AttachmentProblem::Refused | AttachmentProblem::Failed)
        | AttachmentError::Provider(_) => StatusCode::BAD_GATEWAY,
        AttachmentError::Missing(AttachmentProblem::Off)
        | AttachmentError::NotFound
        | AttachmentError::NeedsReconnect
        | AttachmentError::Disabled
        | AttachmentError::Busy { .. }
        | AttachmentError::Store(_) => return Problem::from(error).into(),
    };
    Refusal::new(status, error.to_string())
}

/// What the sender declared, where a browser that saves the file may be told; it shows nothing of it.
fn content_type(declared: &str) -> HeaderValue {
    // Types that a browser would run or render are none of its business, should it ever come to show them.
    let inert = !["html", "xml", "svg", "javascript", "ecmascript", "multipart", "message"]
        .iter()
        .any(|active| declared.contains(active));
    let value = if inert { HeaderValue::from_str(declared).ok() } else { None };
    value.unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// `Content-Disposition` of a download (RFC 6266): the name for everybody in ASCII, and as it is in UTF-8 (RFC 8187).
pub(super) fn disposition(name: Option<&str>) -> HeaderValue {
    let name = safe_name(name.unwrap_or_default());
    let plain: String = name.chars().map(|c| if c.is_ascii() && c != '"' && c != '%' { c } else { '_' }).collect();
    let mut value = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                value.push(char::from(byte));
            } else {
                value.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// A file name that leads nowhere: no folders, no control characters, nothing that reverses how it is read, no leading dot.
fn safe_name(name: &str) -> String {
    const MAX_CHARS: usize = 180;
    let is_trick = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let clean: String = name
        .chars()
        .filter(|c| !is_trick(*c))
        .map(|c| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']).trim();
    if clean.is_empty() {
        return "attachment".to_owned();
    }
    let length = clean.chars().count();
    if length <= MAX_CHARS {
        return clean.to_owned();
    }
    // The ending says what it is: it stays.
    let ending: String =
        clean.rsplit_once('.').map(|(_, ending)| ending.chars().take(12).collect()).unwrap_or_default();
    let stem: String = clean.chars().take(MAX_CHARS - ending.chars().count() - 1).collect();
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> String {
        disposition(Some(name)).to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn file_names_are_safe_and_readable() {
        assert_eq!(said("report.pdf"), "attachment; filename=\"report.pdf\"");
        assert_eq!(said("../../etc/passwd"), "attachment; filename=\"_.._etc_passwd\"");
        assert_eq!(said("a\"b\r\nX: y.txt"), "attachment; filename=\"a_bX_ y.txt\"; filename*=UTF-8''a%22bX_%20y.txt");
        assert_eq!(
            said("счёт.pdf"),
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.pdf"
        );
        assert_eq!(said("invoice\u{202e}fdp.exe"), "attachment; filename=\"invoicefdp.exe\"");
        assert_eq!(said("50%.txt"), "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt");
        for nothing in ["", "...", " / ".trim(), "\u{202e}"] {
            assert!(said(nothing).starts_with("attachment; filename=\""), "{nothing:?}");
        }
        assert_eq!(said(""), "attachment; filename=\"attachment\"");
        let long = said(&format!("{}.pdf", "a".repeat(300)));
        assert!(long.ends_with(".pdf\"") && long.len() < 220, "{long}");
    }

    #[test]
    fn what_a_browser_would_run_is_announced_as_bytes() {
        for active in
            ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "message/rfc822", "bad\ntype"]
        {
            assert_eq!(content_type(active), "application/octet-stream", "{active}");
        }
        assert_eq!(content_type("application/pdf"), "application/pdf");
    }
}
