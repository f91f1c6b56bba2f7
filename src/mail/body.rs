//! Which parts are the body and which are attachments (RFC 8621 §4.1.4), and their text.

use std::borrow::Cow;

use super::headers::{Headers, display_text};
use super::joining::Joining;
use super::message::{AttachmentInfo, Defect};
use super::mime::{Content, Part};
use super::nature::{CalendarUse, Structure};
use super::pgp;
use super::tnef::{self, Tnef};
use super::transfer::TransferEncoding;
use super::uu;

/// Attachments of one message that are listed.
pub(super) const MAX_ATTACHMENTS: usize = 1_000;

/// What the structure of a message yields.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<AttachmentInfo>,
    pub structure: Structure,
    pub defects: Vec<Defect>,
}

/// Takes a message apart. `tld` is the last label of the sender's domain, a hint for guessing charsets.
pub(super) fn extract(root: &Part<'_>, tld: Option<&str>) -> Bodies {
    let mut collector =
        Collector { tld, bodies: Bodies::default(), unpacked: Tnef::default(), held_back: false, named: Vec::new() };
    let mut found = Found::default();
    collector.collect(std::slice::from_ref(root), "mixed", Wanted::default(), &mut found);
    let Collector { mut bodies, unpacked, held_back, named, .. } = collector;
    let Found { mut text, mut html } = found;
    // The only text of a message is its text, also where it has a file name.
    if text.is_empty()
        && html.is_empty()
        && unpacked.text.is_none()
        && unpacked.html.is_none()
        && let [only] = named.as_slice()
    {
        (text, html) = (vec![*only], vec![*only]);
        bodies.attachments.retain(|attachment| attachment.part_id != only.id);
    }
    let mut joining = Joining { tld, bodies: &mut bodies };
    // A list of one kind only is that kind's body; the other is left to whoever shows or cleans the message.
    let as_text = text.iter().any(|part| !is_html(part)) && !joining.is_for_html(&text);
    let joined_text = if as_text { joining.join(&text, false) } else { None };
    let joined_html = if html.iter().any(|part| is_html(part)) { joining.join(&html, true) } else { None };
    (bodies.text, bodies.html) = (joined_text, joined_html);
    // What stands beside winmail.dat was written for everybody; what is in it repeats that for Outlook.
    if bodies.text.is_none() && bodies.html.is_none() {
        (bodies.text, bodies.html) = (unpacked.text, unpacked.html);
        bodies.defects.extend(unpacked.defects);
        if held_back {
            bodies.defects.push(Defect::BodyNotIncluded);
        }
    }
    open_armour(&mut bodies);
    if bodies.text.is_none() && bodies.html.is_none() {
        bodies.defects.push(Defect::MissingBody);
    }
    bodies
}

/// Takes PGP's armour off the text, and notes what it was.
fn open_armour(bodies: &mut Bodies) {
    let Some(opened) = bodies.text.as_deref().and_then(pgp::open) else {
        return;
    };
    bodies.structure.signed |= opened.signed;
    bodies.structure.encrypted |= opened.encrypted;
    bodies.text = (!opened.text.trim().is_empty()).then_some(opened.text);
    // The same once more, as HTML.
    if opened.encrypted && bodies.html.as_deref().is_some_and(|html| html.contains(pgp::BEGIN_MESSAGE)) {
        bodies.html = None;
    }
}

/// The body parts of either kind, in order.
#[derive(Default)]
struct Found<'p, 'a> {
    text: Vec<&'p Part<'a>>,
    html: Vec<&'p Part<'a>>,
}

/// Which kinds of body the walk still looks for, below the present part.
#[derive(Clone, Copy)]
struct Wanted {
    in_alternative: bool,
    text: bool,
    html: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { in_alternative: false, text: true, html: true }
    }
}

struct Collector<'t, 'p, 'a> {
    tld: Option<&'t str>,
    /// Without the texts, which are joined when all parts are known.
    bodies: Bodies,
    /// The body that the first winmail.dat with a body has.
    unpacked: Tnef,
    /// A winmail.dat was not delivered with the message.
    held_back: bool,
    /// Texts that were attached because they have a file name, and are not declared to be attachments.
    named: Vec<&'p Part<'a>>,
}

impl<'p, 'a> Collector<'_, 'p, 'a> {
    /// The algorithm of RFC 8621 §4.1.4.
    fn collect(&mut self, parts: &'p [Part<'a>], multipart: &str, mut wanted: Wanted, found: &mut Found<'p, 'a>) {
        let (text_before, html_before) = (found.text.len(), found.html.len());
        for (index, part) in parts.iter().enumerate() {
            self.note(part);
            if let Content::Parts(children) = &part.content {
                let subtype = part.content_type.token.strip_prefix("multipart/").unwrap_or("mixed");
                let in_alternative = wanted.in_alternative || subtype == "alternative";
                self.collect(children, subtype, Wanted { in_alternative, ..wanted }, found);
                continue;
            }
            if !is_body(part, index, multipart) {
                if is_shown_text(part) && multipart != "encrypted" {
                    self.named.push(part);
                }
                self.attach(part, multipart);
                continue;
            }
            if multipart == "alternative" {
                match is_html(part) {
                    true if wanted.html => found.html.push(part),
                    false if wanted.text => found.text.push(part),
                    _ => {}
                }
                continue;
            }
            if wanted.in_alternative {
                if is_html(part) {
                    wanted.text = false;
                } else {
                    wanted.html = false;
                }
            }
            if wanted.text {
                found.text.push(part);
            }
            if wanted.html {
                found.html.push(part);
            }
        }
        if multipart == "alternative" && wanted.text && wanted.html {
            if text_before == found.text.len() && html_before != found.html.len() {
                found.text.extend_from_slice(&found.html[html_before..]);
            } else if html_before == found.html.len() && text_before != found.text.len() {
                found.html.extend_from_slice(&found.text[text_before..]);
            }
        }
    }

    fn attach(&mut self, part: &Part<'_>, multipart: &str) {
        if is_tnef(part) && self.unpack(part) {
            return;
        }
        if self.bodies.attachments.len() < MAX_ATTACHMENTS {
            self.bodies.attachments.push(attachment(part, multipart, self.tld));
        }
    }

    /// Lists what is in a winmail.dat in its place. False when it has to be listed itself: it is damaged, or not here.
    fn unpack(&mut self, part: &Part<'_>) -> bool {
        let bytes = match &part.content {
            Content::Raw { bytes, encoding } => encoding.decode(bytes).0,
            Content::Utf8(bytes) => Cow::Borrowed(bytes.as_slice()),
            Content::Elsewhere { .. } | Content::Parts(_) => {
                self.held_back = true;
                return false;
            }
        };
        let Some(mut tnef) = tnef::read(&bytes, self.tld) else {
            self.bodies.defects.push(Defect::BrokenTnef);
            return false;
        };
        let room = MAX_ATTACHMENTS.saturating_sub(self.bodies.attachments.len());
        for mut attachment in std::mem::take(&mut tnef.attachments).into_iter().take(room) {
            attachment.part_id = format!("{}/{}", part.id, attachment.part_id);
            self.bodies.attachments.push(attachment);
        }
        self.bodies.structure.add(tnef.structure);
        let damaged = tnef.defects.contains(&Defect::BrokenTnef);
        if damaged {
            self.bodies.defects.push(Defect::BrokenTnef);
        }
        if self.unpacked.text.is_none() && self.unpacked.html.is_none() {
            self.unpacked = tnef;
        }
        !damaged
    }

    fn note(&mut self, part: &Part<'_>) {
        let param = |name: &str| part.content_type.param(name).map(str::to_ascii_lowercase);
        let structure = &mut self.bodies.structure;
        match part.content_type.token.as_str() {
            "multipart/report" => match param("report-type").as_deref() {
                Some("disposition-notification") => structure.disposition_report = true,
                Some("feedback-report") => structure.feedback_report = true,
                Some("delivery-status") | None => structure.delivery_report = true,
                Some(_) => {}
            },
            "message/delivery-status" => structure.delivery_report = true,
            "message/disposition-notification" => structure.disposition_report = true,
            "multipart/signed"
            | "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature" => structure.signed = true,
            "multipart/encrypted" | "application/pgp-encrypted" => structure.encrypted = true,
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => match param("smime-type").as_deref() {
                Some("signed-data") => structure.signed = true,
                Some("certs-only") => {}
                _ => structure.encrypted = true,
            },
            "text/calendar" => {
                let method = param("method").or_else(|| calendar_method(part));
                let found = match method.as_deref() {
                    Some("reply" | "counter") => CalendarUse::Reply,
                    _ => CalendarUse::Invite,
                };
                structure.add(Structure { calendar: Some(found), ..Structure::default() });
            }
            _ => {}
        }
    }
}

/// The `METHOD` property of a calendar whose content type names none (RFC 5545 §3.7.2), in lower case.
fn calendar_method(part: &Part<'_>) -> Option<String> {
    let bytes = match &part.content {
        Content::Raw { bytes, encoding } => encoding.decode(&bytes[..bytes.len().min(8 * 1024)]).0,
        Content::Utf8(bytes) => Cow::Borrowed(&bytes[..bytes.len().min(8 * 1024)]),
        Content::Elsewhere { .. } | Content::Parts(_) => return None,
    };
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    let method =
        lines.filter_map(|line| line.split_at_checked(7)).find(|(name, _)| name.eq_ignore_ascii_case(b"METHOD:"));
    method.map(|(_, value)| String::from_utf8_lossy(value).trim().to_ascii_lowercase())
}

/// Outlook's wrapping, by its type or, where a mailer has lost that, by its name.
fn is_tnef(part: &Part<'_>) -> bool {
    match part.content_type.token.as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => true,
        "application/octet-stream" => part.file_name().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat")),
        _ => false,
    }
}

pub(super) fn is_html(part: &Part<'_>) -> bool {
    part.content_type.token == "text/html"
}

/// A text that its sender did not declare to be an attachment.
fn is_shown_text(part: &Part<'_>) -> bool {
    matches!(part.content_type.token.as_str(), "text/plain" | "text/html")
        && part.disposition.as_ref().is_none_or(|d| d.token != "attachment")
}

fn is_body(part: &Part<'_>, index: usize, multipart: &str) -> bool {
    // The other form of a text is that whatever its name is, and whatever it is declared to be.
    if multipart == "alternative" && is_html(part) && index > 0 {
        return !matches!(part.content, Content::Elsewhere { .. }) || part.file_name().is_none();
    }
    if !is_shown_text(part) || multipart == "encrypted" {
        return false;
    }
    let named = part.file_name().is_some();
    match part.content {
        Content::Elsewhere { .. } => !named,
        _ => index == 0 || (multipart != "related" && !named),
    }
}

fn attachment(part: &Part<'_>, multipart: &str, tld: Option<&str>) -> AttachmentInfo {
    let content_id = part
        .headers
        .get("content-id")
        .map(|id| id.trim().trim_matches(['<', '>']).to_owned())
        .filter(|id| !id.is_empty());
    let disposition = part.disposition.as_ref().map(|d| d.token.as_str());
    let inline = match disposition {
        Some("inline") => true,
        Some("attachment") => false,
        _ => multipart == "related" || (multipart == "alternative" && part.file_name().is_none()),
    };
    AttachmentInfo {
        part_id: part.id.clone(),
        file_name: part
            .file_name()
            .map(str::to_owned)
            .or_else(|| embedded_subject(part, tld))
            .or_else(|| uu_name(part)),
        content_type: part.content_type.token.clone(),
        size_bytes: part.size(),
        content_id,
        inline,
    }
}

/// The name that a uuencoded file has in itself.
fn uu_name(part: &Part<'_>) -> Option<String> {
    match part.content {
        Content::Raw { bytes, encoding: TransferEncoding::UuEncode } => Some(uu::decode(bytes)?.name),
        _ => None,
    }
}

/// An embedded message without a file name is called after its subject, as mail programs do.
fn embedded_subject(part: &Part<'_>, tld: Option<&str>) -> Option<String> {
    let Content::Raw { bytes, encoding } = part.content else {
        return None;
    };
    if part.content_type.token != "message/rfc822" {
        return None;
    }
    // RFC 2046 §5.2.1 forbids to encode it, and some mailers do.
    let (head, _) = encoding.decode(&bytes[..bytes.len().min(64 * 1024)]);
    let (headers, _) = Headers::split(&head);
    let subject = display_text(headers.get("subject")?, tld);
    (!subject.is_empty()).then(|| format!("{subject}.eml"))
}
