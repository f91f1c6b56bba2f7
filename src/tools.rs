//! What the command line offers to look at mail with: `replybook clean` and `replybook parse`. Documented tools, used by
//! scripts and by the evaluation of the cleaning engine.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use crate::{
    cleaning::{self, Cleaned, Input, Mode, Removed, Sender},
    mail::{
        AttachmentInfo, Defect, GmailMessage, Mailbox, MessageParts, Nature, ParseError, ParsedMessage, PartTree,
        parse_gmail, parse_rfc822,
    },
};

/// A line of `replybook clean`'s input.
#[derive(Debug, Deserialize)]
struct CleanRequest {
    id: serde_json::Value,
    #[serde(default)]
    kind: InputKind,
    #[serde(default)]
    mode: InputMode,
    /// `Name <address>`, an address, or a name; empty for unknown.
    #[serde(default)]
    sender: String,
    input: String,
    /// The plain text of the message before this one in the thread.
    #[serde(default)]
    parent: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum InputKind {
    #[default]
    Text,
    Html,
    Eml,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum InputMode {
    #[default]
    Full,
    Quotes,
}

/// A line of `replybook clean`'s output.
#[derive(Debug, Serialize)]
struct CleanAnswer<'a> {
    id: &'a serde_json::Value,
    reply: String,
}

/// What `replybook clean` did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanReport {
    pub cleaned: u64,
    /// Lines that could not be used; each was reported.
    pub refused: u64,
}

/// Reads JSON lines `{id, kind?: text|html|eml, mode?: full|quotes, sender?, input, parent?}` and writes JSON lines
/// `{id, reply}`. A line that cannot be used is told to `complain` with its number, and the rest goes on.
///
/// # Errors
/// When reading or writing fails.
pub fn clean_lines(
    input: impl BufRead,
    mut output: impl Write,
    mut complain: impl FnMut(String),
) -> io::Result<CleanReport> {
    let mut report = CleanReport::default();
    for (number, line) in (1_u64..).zip(input.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Result<CleanRequest, _> = serde_json::from_str(&line);
        match request.map_err(|error| error.to_string()).and_then(|request| Ok((clean_one(&request)?, request.id))) {
            Ok((cleaned, id)) => {
                serde_json::to_writer(&mut output, &CleanAnswer { id: &id, reply: cleaned.text() })?;
                output.write_all(b"\n")?;
                report.cleaned += 1;
            }
            Err(error) => {
                complain(format!("line {number}: {error}"));
                report.refused += 1;
            }
        }
    }
    output.flush()?;
    Ok(report)
}

fn clean_one(request: &CleanRequest) -> Result<Cleaned, String> {
    let mode = match request.mode {
        InputMode::Full => Mode::Full,
        InputMode::Quotes => Mode::QuotesOnly,
    };
    let parent = request.parent.as_deref().filter(|parent| !parent.is_empty());
    let parents: Vec<&str> = parent.into_iter().collect();
    let (name, address) = sender_of(&request.sender);
    let sender = (!request.sender.trim().is_empty()).then_some(Sender { name, address });
    let input = Input { parents: &parents, sender, mode, ..Input::default() };
    let text = request.input.as_str();
    Ok(match request.kind {
        InputKind::Text => cleaning::clean(&Input { text: Some(text), ..input }),
        InputKind::Html => cleaning::clean(&Input { html: Some(text), ..input }),
        InputKind::Eml => {
            let parsed = parse_rfc822(text.as_bytes()).map_err(|error| error.to_string())?;
            let from = parsed.from.as_ref();
            let own = from.map(|from| Sender { name: from.name.as_deref(), address: Some(&from.address) });
            cleaning::clean(&Input {
                text: parsed.body_text.as_deref(),
                html: parsed.body_html.as_deref(),
                sender: sender.or(own),
                ..input
            })
        }
    })
}

/// Name and address of `Name <address>`, `address` or `Name`.
fn sender_of(text: &str) -> (Option<&str>, Option<&str>) {
    let text = text.trim();
    let present = |part: &'_ str| !part.is_empty();
    match text.split_once('<') {
        Some((name, rest)) => {
            let address = rest.trim_end().trim_end_matches('>').trim();
            (Some(name.trim()).filter(|name| present(name)), Some(address).filter(|address| present(address)))
        }
        None if text.contains('@') && !text.contains(' ') => (None, Some(text)),
        None => (Some(text).filter(|name| present(name)), None),
    }
}

/// What `replybook parse` prints: what the parser saw, and the cleaned text with its spans.
#[derive(Debug, Serialize)]
pub struct ParseReport {
    message_id: Option<String>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    from: Option<Mailbox>,
    reply_to: Vec<Mailbox>,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    subject: Option<String>,
    sent_at: Option<chrono::DateTime<chrono::Utc>>,
    received_at: Option<chrono::DateTime<chrono::Utc>>,
    nature: Nature,
    defects: Vec<Defect>,
    headers: Vec<(String, String)>,
    /// The tree of parts with their charsets; not for a Gmail message, whose parts Gmail has decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<PartTree>,
    attachments: Vec<AttachmentInfo>,
    body_text: Option<String>,
    body_html: Option<String>,
    cleaned: CleanedReport,
}

#[derive(Debug, Serialize)]
struct CleanedReport {
    text: String,
    source: String,
    removed: Vec<Removed>,
    /// What the rules would have taken, had it not been everything.
    kept: Vec<Removed>,
    engine_version: u32,
}

/// Parses a message: the bytes of an `.eml`, or the JSON of a Gmail message.
///
/// # Errors
/// When it is neither; the text says why.
pub fn parse_message(bytes: &[u8]) -> Result<ParseReport, String> {
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let mut parts = None;
    let parsed = if is_json {
        let message: GmailMessage = serde_json::from_slice(bytes)
            .map_err(|error| format!("this is not the JSON of a Gmail message: {error}"))?;
        parse_gmail(&message)
    } else {
        parts = Some(MessageParts::of(bytes).tree());
        parse_rfc822(bytes)
    };
    Ok(report(parsed.map_err(|error: ParseError| error.to_string())?, parts))
}

fn report(parsed: ParsedMessage, parts: Option<PartTree>) -> ParseReport {
    let from = parsed.from.as_ref();
    let cleaned = cleaning::clean(&Input {
        text: parsed.body_text.as_deref(),
        html: parsed.body_html.as_deref(),
        sender: from.map(|from| Sender { name: from.name.as_deref(), address: Some(&from.address) }),
        ..Input::default()
    });
    ParseReport {
        message_id: parsed.message_id,
        in_reply_to: parsed.in_reply_to,
        references: parsed.references,
        from: parsed.from,
        reply_to: parsed.reply_to,
        to: parsed.to,
        cc: parsed.cc,
        bcc: parsed.bcc,
        subject: parsed.subject,
        sent_at: parsed.sent_at,
        received_at: parsed.received_at,
        nature: parsed.nature,
        defects: parsed.defects,
        headers: parsed.headers,
        parts,
        attachments: parsed.attachments,
        cleaned: CleanedReport {
            text: cleaned.text(),
            source: cleaned.source,
            removed: cleaned.removed,
            kept: cleaned.kept,
            engine_version: cleaning::ENGINE_VERSION,
        },
        body_text: parsed.body_text,
        body_html: parsed.body_html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(lines: &str) -> (Vec<serde_json::Value>, Vec<String>, CleanReport) {
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        let report =
            clean_lines(lines.as_bytes(), &mut out, |text| complaints.push(text)).expect("memory does not fail");
        let answers = String::from_utf8(out).expect("JSON is UTF-8");
        (answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(), complaints, report)
    }

    #[test]
    fn lines_are_cleaned_one_by_one_and_bad_ones_are_named() {
        let (answers, complaints, report) = cleaned(
            "{\"id\": 1, \"input\": \"Yes.\\n\\nOn 1 Jan 2026, Ann <a@x.example> wrote:\\n> Really?\"}\n\
             \n\
             not json\n\
             {\"id\": \"h\", \"kind\": \"html\", \"mode\": \"quotes\", \"input\": \"<p>No.</p><blockquote type=cite>Well?</blockquote>\"}\n\
             {\"id\": 3, \"kind\": \"pdf\", \"input\": \"\"}\n\
             {\"id\": 4, \"kind\": \"eml\", \"input\": \"From: a@x.example\\n\\nHello\"}\n",
        );
        let replies: Vec<_> = answers.iter().map(|answer| (answer["id"].clone(), answer["reply"].clone())).collect();
        assert_eq!(replies, [(1.into(), "Yes.".into()), ("h".into(), "No.".into()), (4.into(), "Hello".into())]);
        assert_eq!(report, CleanReport { cleaned: 3, refused: 2 });
        assert!(complaints[0].starts_with("line 3: ") && complaints[1].contains("pdf"), "{complaints:?}");
    }

    #[test]
    fn senders_come_in_three_forms() {
        assert_eq!(sender_of("Ann B <ann@x.example>"), (Some("Ann B"), Some("ann@x.example")));
        assert_eq!(sender_of("ann@x.example"), (None, Some("ann@x.example")));
        assert_eq!(sender_of("Ann B"), (Some("Ann B"), None));
        assert_eq!(sender_of("<ann@x.example>"), (None, Some("ann@x.example")));
        assert_eq!(sender_of(" "), (None, None));
    }

    #[test]
    fn both_forms_of_a_message_are_parsed() {
        let eml = parse_message(b"From: Ann <a@x.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHi\n-- \nAnn\n")
            .expect("parses");
        assert_eq!((eml.subject.as_deref(), eml.cleaned.text.as_str()), (Some("Grüße"), "Hi"));
        assert!(!eml.cleaned.removed.is_empty());
        let gmail = br#" {"id":"1","threadId":"1","payload":{"mimeType":"text/plain","headers":[{"name":"From","value":"a@x.example"}],"body":{"size":2,"data":"SGk"}}}"#;
        assert_eq!(parse_message(gmail).expect("parses").cleaned.text, "Hi");
        assert!(parse_message(b"{\"x\": 1}").is_err());
        assert!(parse_message(b"").is_err());
    }
}
