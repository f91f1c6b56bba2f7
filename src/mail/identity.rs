//! Which bytes of a message are the message: what the program that exports it writes into its headers (labels, flags, numbers) changes
//! from one export to the next.

use std::{borrow::Cow, collections::BTreeSet};

use chrono::{DateTime, Utc};

use super::ParsedMessage;

/// Whether a header says how a mailbox keeps the message, not what the message is.
fn is_of_mailbox(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 16] = [
        b"x-gmail-labels",
        b"x-gm-thrid",
        b"x-gm-msgid",
        b"status",
        b"x-status",
        b"x-keywords",
        b"x-uid",
        b"x-uidl",
        b"x-imap",
        b"x-imapbase",
        b"x-account-key",
        b"x-folder",
        b"x-label",
        b"x-tuid",
        b"content-length",
        b"lines",
    ];
    const PREFIXES: [&[u8]; 3] = [b"x-mozilla-", b"x-evolution-", b"x-kmail-"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        || PREFIXES
            .iter()
            .any(|prefix| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
}

/// A message without the headers that its mailbox keeps for itself: equal for two exports of one message. As it is where it has none.
#[must_use]
pub fn identity(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut kept: Option<Vec<u8>> = None;
    let (mut at, mut passing) = (0, false);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            passing = is_of_mailbox(name.trim_ascii_end());
        }
        if passing {
            kept.get_or_insert_with(|| raw[..at].to_vec());
        } else if let Some(kept) = &mut kept {
            kept.extend_from_slice(line);
        }
        at += line.len();
    }
    match kept {
        Some(mut kept) => {
            kept.extend_from_slice(&raw[at..]);
            Cow::Owned(kept)
        }
        None => Cow::Borrowed(raw),
    }
}

/// As [`identity`], of a message without a Message-ID, whose copies nothing else tells: what its author wrote, without what was added on
/// its way, and without line ends and the blank lines at its end, which are those of the file that it lies in.
#[must_use]
pub fn identity_without_id(raw: &[u8]) -> Vec<u8> {
    const NAMES: [&[u8]; 10] =
        [b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"subject", b"date", b"in-reply-to", b"references"];
    let mut kept = Vec::with_capacity(raw.len());
    let (mut in_text, mut passing) = (false, false);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if !in_text && line.trim_ascii().is_empty() {
            in_text = true;
        } else if !in_text && !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
            passing = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        }
        if in_text || passing {
            kept.extend(line.iter().filter(|byte| **byte != b'\r'));
        }
    }
    kept.truncate(kept.trim_ascii_end().len());
    kept
}

/// What two copies of one message have in common, and how much of it a copy holds.
#[derive(Debug, Clone, Default)]
pub struct CopyFacts<'a> {
    pub from: Option<&'a str>,
    /// To and Cc.
    pub recipients: BTreeSet<&'a str>,
    /// A form of a site names the client here.
    pub reply_to: BTreeSet<&'a str>,
    pub subject: Option<&'a str>,
    pub sent_at: Option<DateTime<Utc>>,
    pub text: Option<&'a str>,
    pub html: Option<&'a str>,
    pub attachments: usize,
}

impl<'a> From<&'a ParsedMessage> for CopyFacts<'a> {
    fn from(parsed: &'a ParsedMessage) -> Self {
        Self {
            from: parsed.from.as_ref().map(|from| from.address.as_str()),
            recipients: parsed.to.iter().chain(&parsed.cc).map(|mailbox| mailbox.address.as_str()).collect(),
            reply_to: parsed.reply_to.iter().map(|mailbox| mailbox.address.as_str()).collect(),
            subject: parsed.subject.as_deref(),
            sent_at: parsed.sent_at,
            text: parsed.body_text.as_deref(),
            html: parsed.body_html.as_deref(),
            attachments: parsed.attachments.len(),
        }
    }
}

impl CopyFacts<'_> {
    /// Whether both say the same of who wrote to whom, when and about what. The texts are not looked at.
    #[must_use]
    pub fn is_of_same_sending(&self, other: &CopyFacts<'_>) -> bool {
        self.from == other.from
            && self.recipients == other.recipients
            && self.reply_to == other.reply_to
            && self.sent_at == other.sent_at
            && self
                .subject
                .unwrap_or_default()
                .split_whitespace()
                .eq(other.subject.unwrap_or_default().split_whitespace())
    }
}

/// How a message that comes again stands to the one that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It says all that the other one says, or more.
    Whole,
    /// It lacks something of the other one.
    Shorter,
    /// It has no text, or ends in the middle of a word of the other one.
    CutOff,
}

/// Whether two messages with the same Message-ID are one: by who wrote it to whom, when and about what, and by the text, of which one
/// may hold the beginning alone. What servers and programs write into the headers on its way does not count.
#[must_use]
pub fn is_again(stored: &CopyFacts<'_>, new: &CopyFacts<'_>) -> Option<Again> {
    if !stored.is_of_same_sending(new) {
        return None;
    }
    let (text, html) = (extent(stored.text, new.text)?, extent(stored.html, new.html)?);
    match (text.min(html), text.max(html)) {
        (Extent::CutOff | Extent::Shorter, Extent::Longer) => None,
        (Extent::CutOff, _) => Some(Again::CutOff),
        (Extent::Shorter, _) if text == Extent::Equal && new.text.is_some() => Some(Again::Shorter),
        (Extent::Shorter, _) => {
            Some(if is_blank(new.text) && is_blank(new.html) { Again::CutOff } else { Again::Shorter })
        }
        _ if new.attachments < stored.attachments => Some(Again::Shorter),
        _ => Some(Again::Whole),
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.unwrap_or_default().trim().is_empty()
}

/// How much of a stored text another one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    CutOff,
    Shorter,
    Equal,
    Longer,
}

/// `None`: they are different texts. Blanks do not count.
fn extent(stored: Option<&str>, new: Option<&str>) -> Option<Extent> {
    let mut stored = stored.unwrap_or_default().split_whitespace();
    let mut new = new.unwrap_or_default().split_whitespace();
    loop {
        match (stored.next(), new.next()) {
            (None, None) => return Some(Extent::Equal),
            (None, Some(_)) => return Some(Extent::Longer),
            (Some(_), None) => return Some(Extent::Shorter),
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => {
                if one.starts_with(other) && new.next().is_none() {
                    return Some(Extent::CutOff);
                }
                return (other.starts_with(one) && stored.next().is_none()).then_some(Extent::Longer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_exports_of_a_message_are_one() {
        let first =
            b"X-GM-THRID: 17\nX-Gmail-Labels: Inbox,\n Unread\nFrom: a@x.example\nStatus: O\n\nX-Gmail-Labels: text\n";
        let second = b"X-Gmail-Labels: Archived\nFrom: a@x.example\nX-Mozilla-Status: 0001\n\nX-Gmail-Labels: text\n";
        assert_eq!(identity(first), identity(second));
        assert_eq!(identity(first).as_ref(), b"From: a@x.example\n\nX-Gmail-Labels: text\n");
        assert!(matches!(identity(b"From: a@x.example\r\n\r\nText"), Cow::Borrowed(_)));
        assert_ne!(identity(b"From: a@x.example\n\nOne"), identity(b"From: a@x.example\n\nTwo"));
    }

    #[test]
    fn without_an_id_a_message_is_what_its_author_wrote() {
        let one = b"Delivered-To: a@x.example\r\nFrom: b@y.example\r\nTo: a@x.example,\r\n c@x.example\r\n\r\nText\r\n";
        let other = b"From: b@y.example\nTo: a@x.example,\n c@x.example\nStatus: RO\nReceived: from here\n by there\n\nText\n\n";
        assert_eq!(identity_without_id(one), identity_without_id(other));
        assert_eq!(identity_without_id(one), b"From: b@y.example\nTo: a@x.example,\n c@x.example\n\nText");
        assert_ne!(identity_without_id(one), identity_without_id(b"From: b@y.example\nTo: a@x.example\n\nText"));
    }

    fn copy<'a>(text: &'a str, html: Option<&'a str>) -> CopyFacts<'a> {
        let recipients = ["a@x.example"].into();
        CopyFacts { from: Some("b@y.example"), recipients, text: Some(text), html, ..CopyFacts::default() }
    }

    #[test]
    fn a_copy_may_hold_less_and_is_never_taken_for_more() {
        let stored = copy("do you have oak tables in stock?", None);
        let of = |text: &'static str, html| is_again(&stored, &copy(text, html));
        assert_eq!(of("do you have  oak\r\ntables in stock?\n", None), Some(Again::Whole));
        assert_eq!(of("do you have oak tables in stock? -- the list", None), Some(Again::Whole));
        assert_eq!(of("do you have oak tables in stock?", Some("<p>do you")), Some(Again::Whole));
        assert_eq!(of("do you have oak", None), Some(Again::Shorter));
        assert_eq!(of("do you have oak tab", None), Some(Again::CutOff));
        assert_eq!(of("", None), Some(Again::CutOff));
        assert_eq!(of("do you have elm tables in stock?", None), None);
        assert_eq!(of("do you have oak", Some("<p>do you")), None, "less here, more there");
        let both = copy("words", Some("<p>words"));
        assert_eq!(is_again(&both, &copy("words", None)), Some(Again::Shorter));
        assert_eq!(is_again(&CopyFacts { attachments: 1, ..stored.clone() }, &stored), Some(Again::Shorter));
        assert_eq!(is_again(&copy("", None), &stored), Some(Again::Whole));
    }

    #[test]
    fn the_same_id_of_another_mail_says_nothing() {
        let stored = copy("words", None);
        assert_eq!(is_again(&stored, &CopyFacts { from: Some("c@z.example"), ..stored.clone() }), None);
        assert_eq!(is_again(&stored, &CopyFacts { subject: Some("other"), ..stored.clone() }), None);
        assert_eq!(is_again(&stored, &CopyFacts { recipients: BTreeSet::new(), ..stored.clone() }), None);
        assert_eq!(is_again(&stored, &CopyFacts { reply_to: ["c@z.example"].into(), ..stored.clone() }), None);
    }
}
