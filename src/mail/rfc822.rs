//! RFC 5322 messages: `.eml` files, mbox entries, Gmail's `raw` format.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use mail_parser::DateTime as MailDateTime;

use super::address::{MAX_ADDRESSES, parse_author, parse_list};
use super::body::{self, Bodies};
use super::headers::{Headers, display_text};
use super::message::{Defect, Mailbox, ParseError, ParsedMessage};
use super::mime::{Part, Walker};
use super::nature;

/// Ids longer than a header line may be (RFC 5322 §2.1.1) are not ids.
const MAX_ID: usize = 998;
/// Ids kept from `References`: the first one (the root) and the newest ones.
const MAX_REFERENCES: usize = 200;

/// Fields of one name that are read; `To` and the like are to occur once (RFC 5322 §3.6).
const MAX_REPEATS: usize = 20;

/// Parses one message.
///
/// # Errors
/// Only when there is no message at all: nothing but white space, or not a single header line. Whatever else is wrong is
/// listed in [`ParsedMessage::defects`].
pub fn parse_rfc822(raw: &[u8]) -> Result<ParsedMessage, ParseError> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if raw.trim_ascii().is_empty() {
        return Err(ParseError::Empty);
    }
    let (headers, body) = Headers::split(skip_envelope(raw));
    if headers.is_empty() && !raw.starts_with(b"\n") && !raw.starts_with(b"\r\n") {
        return Err(ParseError::NoHeaders);
    }
    let tld = sender_tld(&headers);
    let mut walker = Walker::new(tld.as_deref());
    let root = walker.walk(headers, body);
    let defects = walker.defects;
    Ok(assemble(&root, tld.as_deref(), defects))
}

/// The `Message-ID` of a header block, without brackets.
#[must_use]
pub fn message_id(headers: &[u8]) -> Option<String> {
    let (headers, _) = Headers::split(headers);
    message_ids(headers.get("message-id")?).into_iter().next()
}

/// Leaves out blank lines before the headers and the mbox line `From …`, which some tools keep.
pub(super) fn skip_envelope(raw: &[u8]) -> &[u8] {
    let trimmed = raw.trim_ascii_start();
    let (line, rest) = match memchr::memchr(b'\n', trimmed) {
        Some(end) => trimmed.split_at(end + 1),
        None => (trimmed, &trimmed[trimmed.len()..]),
    };
    if line.starts_with(b"From ") || line.starts_with(b">From ") {
        return rest;
    }
    // A blank first line means an empty header block, unless headers follow it.
    if super::headers::is_field_line(line.trim_ascii_end()) { trimmed } else { raw }
}

/// The last label of the author's domain, a hint for guessing charsets.
pub(super) fn sender_tld(headers: &Headers<'_>) -> Option<String> {
    let from = parse_author(headers.get("from")?, None)?;
    let (_, label) = from.address.rsplit_once('.')?;
    (label.len() >= 2 && label.bytes().all(|b| b.is_ascii_lowercase())).then(|| label.to_owned())
}

/// Puts the message together from its walked structure.
pub(super) fn assemble(root: &Part<'_>, tld: Option<&str>, mut defects: Vec<Defect>) -> ParsedMessage {
    let headers = &root.headers;
    let Bodies { text, html, attachments, structure, defects: body_defects } = body::extract(root, tld);
    defects.extend(body_defects);

    let from = headers.all("from").find_map(|value| parse_author(value, tld));
    if from.is_none() {
        defects.push(Defect::MissingFrom);
    }
    let reply_to = mailboxes(headers, "reply-to", tld);
    let from = from.map(|from| author_behind(headers, &from, &reply_to, tld).unwrap_or(from));
    let sent_at = headers.get("date").and_then(parse_date);
    match (headers.get("date"), sent_at) {
        (None, _) => defects.push(Defect::MissingDate),
        (Some(_), None) => defects.push(Defect::InvalidDate),
        _ => {}
    }
    let message_id = headers.get("message-id").and_then(|value| message_ids(value).into_iter().next());
    if message_id.is_none() {
        defects.push(Defect::MissingMessageId);
    }
    let subject = headers.get("subject").map(|value| display_text(value, tld)).filter(|subject| !subject.is_empty());
    let (decoded, cut) = headers.decoded(tld);
    if cut {
        defects.push(Defect::HeadersTruncated);
    }
    let nature = nature::judge(&decoded, subject.as_deref(), from.as_ref(), &reply_to, structure);
    defects.sort_unstable();
    defects.dedup();
    ParsedMessage {
        message_id,
        in_reply_to: all_ids(headers, "in-reply-to"),
        references: all_ids(headers, "references"),
        reply_to,
        to: mailboxes(headers, "to", tld),
        cc: mailboxes(headers, "cc", tld),
        bcc: mailboxes(headers, "bcc", tld),
        from,
        subject,
        sent_at,
        received_at: headers.get("received").and_then(received_date),
        body_text: text,
        body_html: html,
        attachments,
        headers: decoded,
        nature,
        defects,
    }
}

/// Who wrote what a group or list passed on under its own address, as DMARC makes them do: "Ann via Support <support@shop.example>". The
/// author is named in a header of the group's, or where answers are to go.
fn author_behind(headers: &Headers<'_>, from: &Mailbox, reply_to: &[Mailbox], tld: Option<&str>) -> Option<Mailbox> {
    const VIA: [&str; 4] = [" via ", " über ", " через ", " por medio de "];
    const MARKS: [&str; 5] = ["list-id", "list-post", "mailing-list", "x-google-group-id", "x-mailman-version"];
    let name = from.name.as_deref().unwrap_or_default();
    let via = VIA.iter().find_map(|via| name.to_lowercase().find(via));
    let is_group = MARKS.iter().any(|mark| headers.get(mark).is_some());
    if via.is_none() && !is_group {
        return None;
    }
    let is_other = |author: &Mailbox| author.address != from.address && author.address.contains('@');
    let named = ["x-original-from", "x-original-sender"]
        .into_iter()
        .filter_map(|header| parse_author(headers.get(header)?, tld))
        .find(is_other);
    let author = match named {
        Some(author) => author,
        // Without the group's word there have to be both: the name that it made up, and whom to answer.
        None if via.is_some() && is_group => reply_to.iter().find(|author| is_other(author))?.clone(),
        None => return None,
    };
    let bare = via.and_then(|at| name.get(..at)).map(|name| name.trim().trim_matches(['\'', '"']).to_owned());
    Some(Mailbox { name: author.name.or(bare.filter(|name| !name.is_empty())), ..author })
}

fn mailboxes(headers: &Headers<'_>, name: &str, tld: Option<&str>) -> Vec<Mailbox> {
    headers.all(name).take(MAX_REPEATS).flat_map(|value| parse_list(value, tld)).take(MAX_ADDRESSES).collect()
}

/// Ids of all fields of that name, each once; of very many the first one and the last ones.
fn all_ids(headers: &Headers<'_>, name: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut ids: Vec<String> = headers.all(name).take(MAX_REPEATS).flat_map(message_ids).collect();
    ids.retain(|id| seen.insert(id.clone()));
    if ids.len() > MAX_REFERENCES {
        ids.drain(1..=ids.len() - MAX_REFERENCES);
    }
    ids
}

/// The message ids of a header, without brackets. Ids without brackets are taken where there are no others: some mailers
/// forget them. Words of an old-style `In-Reply-To: Your message of …` hold no `@` and are left out.
pub(super) fn message_ids(value: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let after = &rest[start + 1..];
        let Some(end) = after.find('>') else { break };
        // `<<id>` and `<a <id>`: the innermost bracket counts.
        let inner = after[..end].rsplit('<').next().unwrap_or_default();
        ids.extend(clean_id(inner));
        rest = &after[end + 1..];
    }
    if ids.is_empty() {
        let words = value.split([' ', '\t', ',', '<', '>']);
        ids.extend(words.filter(|word| word.contains('@')).filter_map(clean_id));
    }
    ids
}

fn clean_id(id: &str) -> Option<String> {
    let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    (!id.is_empty() && id.len() <= MAX_ID).then_some(id)
}

/// A date as mail headers write it (RFC 5322 §3.3), or RFC 3339, which some mailers use instead.
pub(super) fn parse_date(value: &str) -> Option<DateTime<Utc>> {
    let value = value.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(value) {
        return in_range(date.with_timezone(&Utc));
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(value) {
        return in_range(date.with_timezone(&Utc));
    }
    let parsed = MailDateTime::parse_rfc822(&format!("{value}\n"))?;
    if !parsed.is_valid() {
        return None;
    }
    in_range(DateTime::from_timestamp(parsed.to_timestamp(), 0)?)
}

fn in_range(date: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (0..253_402_300_800).contains(&date.timestamp()).then_some(date)
}

/// The time stamp at the end of a `Received` header.
fn received_date(value: &str) -> Option<DateTime<Utc>> {
    value.rsplit_once(';').and_then(|(_, date)| parse_date(date))
}
