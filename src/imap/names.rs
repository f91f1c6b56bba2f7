//! Names of folders: modified UTF-7 (RFC 3501 section 5.1.3), and what a folder is for (RFC 6154).

use async_imap::imap_proto::NameAttribute;
use base64::{
    Engine,
    alphabet::IMAP_MUTF7,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::mail::system_label;

const MUTF7: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderUse {
    Inbox,
    Sent,
    Drafts,
    Junk,
    Trash,
    /// All mail of the mailbox at once, as Gmail has it.
    All,
    /// Messages of other folders once more: those with a star, those that matter.
    Virtual,
    Other,
}

/// The name that the server means. The parser hands out quoted strings with their escapes (RFC 3501 section 4.3) and literals as they
/// are: in a quoted string a backslash stands before another one or a quotation mark, and a quotation mark behind a backslash.
pub(super) fn unquoted(name: &str) -> String {
    let mut unquoted = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('\\' | '"')) => unquoted.push(escaped),
                _ => return name.to_owned(),
            },
            '"' => return name.to_owned(),
            _ => unquoted.push(c),
        }
    }
    unquoted
}

/// A folder's name as people read it. What is not modified UTF-7 stays as it is.
pub(super) fn decode(name: &str) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let Some(end) = after.find('-') else { return name.to_owned() };
        if end == 0 {
            decoded.push('&');
        } else {
            let Ok(bytes) = MUTF7.decode(&after[..end]) else { return name.to_owned() };
            let (units, odd) = bytes.as_chunks::<2>();
            let Ok(text) = String::from_utf16(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>())
            else {
                return name.to_owned();
            };
            if !odd.is_empty() {
                return name.to_owned();
            }
            decoded.push_str(&text);
        }
        rest = &after[end + 1..];
    }
    decoded.push_str(rest);
    decoded
}

/// What a folder is for: by its attribute, or, on servers without RFC 6154, by one of the usual names. `name` is decoded.
pub(super) fn use_of(attributes: &[NameAttribute<'_>], name: &str, delimiter: Option<&str>) -> FolderUse {
    for attribute in attributes {
        match attribute {
            NameAttribute::Sent => return FolderUse::Sent,
            NameAttribute::Drafts => return FolderUse::Drafts,
            NameAttribute::Junk => return FolderUse::Junk,
            NameAttribute::Trash => return FolderUse::Trash,
            NameAttribute::All => return FolderUse::All,
            NameAttribute::Flagged => return FolderUse::Virtual,
            NameAttribute::Extension(name) if name.eq_ignore_ascii_case("\\Important") => return FolderUse::Virtual,
            _ => {}
        }
    }
    if name == "INBOX" {
        return FolderUse::Inbox;
    }
    by_name(name, delimiter)
}

/// At the top, or right below the inbox, where Courier and Cyrus keep all folders. The names are Gmail's, in many languages,
/// and those that Outlook and Apple's Mail give.
fn by_name(name: &str, delimiter: Option<&str>) -> FolderUse {
    let below_inbox = delimiter.and_then(|delimiter| name.strip_prefix("INBOX")?.strip_prefix(delimiter));
    let name = below_inbox.unwrap_or(name);
    match system_label(name) {
        Some("SENT") => return FolderUse::Sent,
        Some("DRAFT") => return FolderUse::Drafts,
        Some("SPAM") => return FolderUse::Junk,
        Some("TRASH") => return FolderUse::Trash,
        _ => {}
    }
    match name.to_lowercase().as_str() {
        "sent items"
        | "sent messages"
        | "sent-mail"
        | "gesendete elemente"
        | "gesendete objekte"
        | "éléments envoyés"
        | "elementos enviados"
        | "verzonden items" => FolderUse::Sent,
        "junk"
        | "junk e-mail"
        | "junk email"
        | "junk mail"
        | "bulk mail"
        | "spamverdacht"
        | "courrier indésirable"
        | "correo no deseado"
        | "posta indesiderata"
        | "ongewenste e-mail"
        | "нежелательная почта" => FolderUse::Junk,
        "deleted items"
        | "deleted messages"
        | "gelöschte elemente"
        | "gelöschte objekte"
        | "éléments supprimés"
        | "elementos eliminados"
        | "posta eliminata"
        | "verwijderde items"
        | "удаленные"
        | "удалённые" => FolderUse::Trash,
        _ => FolderUse::Other,
    }
}
