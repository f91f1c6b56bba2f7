//! What can go wrong with an IMAP server, by what to do about it.

use std::io;

use super::providers::{MailProvider, provider_of_server};
use crate::types::ImapFault;

/// Why a server did not give what it was asked for. The texts are for people; they hold no secret and no mail.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    #[error("the host {host} is not known: check its name")]
    HostNotFound { host: String },
    #[error("{host} refuses connections on port {port}: check the port")]
    Refused { host: String, port: u16 },
    #[error("{host} cannot be reached on port {port}: {error}")]
    Unreachable { host: String, port: u16, error: io::Error },
    #[error("no TLS connection to {host} on port {port}: {reason}")]
    Tls { host: String, port: u16, reason: String },
    #[error("{host} does not speak IMAP on port {port}: check the port and the kind of TLS")]
    NotImap { host: String, port: u16 },
    #[error("the server offers no STARTTLS")]
    NoStartTls,
    #[error("the server accepts no password without TLS")]
    NeedsTls,
    /// The server refused the password.
    #[error("the server refused the user name or the password: {text}")]
    Authentication { text: String },
    /// The server refused the password, and said or is known to want one made for applications.
    #[error(
        "the server refused the password: {text}; it wants an app password, made in the settings of the mail account, \
         not the password you sign in with"
    )]
    AppPassword { text: String },
    /// RFC 5530 `UNAVAILABLE`, `INUSE`, `SERVERBUG`, or a farewell.
    #[error("the server is not available now: {text}")]
    Unavailable { text: String },
    /// RFC 5530 `LIMIT`, too many connections, a spent allowance.
    #[error("the server sets a limit: {text}")]
    Limit { text: String },
    #[error("the server took longer than {seconds} s")]
    Timeout { seconds: u64 },
    #[error("the connection was lost")]
    Lost(#[source] Option<io::Error>),
    /// The folder has another UIDVALIDITY by now, or is gone: what was asked for is no longer where it was.
    #[error("the folder is no longer the one that was listed")]
    FolderChanged,
    /// The tagged answer to a command was NO or BAD.
    #[error("the server answered {command} with {text}")]
    Refusal { command: &'static str, text: String },
    /// Not IMAP as `imap-proto` knows it.
    #[error("the server sent an answer that cannot be read")]
    Unreadable,
    /// Nothing that is asked for is so long: the server is broken, or wants our memory.
    #[error("the server sent more than it was asked for")]
    TooLong,
    /// This machine has no usable list of certificate authorities.
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(String),
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapErrorKind {
    /// The message is gone.
    Gone,
    /// This thing cannot be had; others can.
    Thing,
    /// May work a little later.
    Passing,
    /// Come back later.
    Limit,
    /// Only a person can mend it.
    Authentication,
    /// No call can work with these settings.
    Settings,
}

impl ImapError {
    /// What went wrong, without its details.
    #[must_use]
    pub fn fault(&self) -> ImapFault {
        match self {
            Self::HostNotFound { .. } => ImapFault::HostNotFound,
            Self::Refused { .. } => ImapFault::ConnectionRefused,
            Self::Unreachable { .. } => ImapFault::Unreachable,
            Self::Tls { .. } | Self::TlsSetup(_) => ImapFault::Tls,
            Self::NotImap { .. } => ImapFault::NotImap,
            Self::NoStartTls => ImapFault::NoStartTls,
            Self::NeedsTls => ImapFault::NeedsTls,
            Self::Authentication { .. } => ImapFault::Authentication,
            Self::AppPassword { .. } => ImapFault::AppPassword,
            Self::Unavailable { .. } => ImapFault::Unavailable,
            Self::Limit { .. } => ImapFault::Limit,
            Self::Timeout { .. } => ImapFault::Timeout,
            Self::Lost(_) => ImapFault::ConnectionLost,
            Self::FolderChanged => ImapFault::FolderChanged,
            Self::Refusal { .. } => ImapFault::Refused,
            Self::Unreadable => ImapFault::Unreadable,
            Self::TooLong => ImapFault::TooLong,
        }
    }

    /// A stable short code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault().as_str()
    }

    /// The words of the server, or of this machine's own network and TLS, where there are any.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        match self {
            Self::Authentication { text }
            | Self::AppPassword { text }
            | Self::Unavailable { text }
            | Self::Limit { text }
            | Self::Refusal { text, .. }
            | Self::TlsSetup(text)
            | Self::Tls { reason: text, .. } => Some(text.clone()),
            Self::Unreachable { error, .. } => Some(error.to_string()),
            Self::HostNotFound { .. }
            | Self::Refused { .. }
            | Self::NotImap { .. }
            | Self::NoStartTls
            | Self::NeedsTls
            | Self::Timeout { .. }
            | Self::Lost(_)
            | Self::FolderChanged
            | Self::Unreadable
            | Self::TooLong => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> ImapErrorKind {
        match self {
            Self::FolderChanged => ImapErrorKind::Gone,
            Self::Refusal { .. } | Self::Unreadable | Self::TooLong => ImapErrorKind::Thing,
            Self::Authentication { .. } | Self::AppPassword { .. } => ImapErrorKind::Authentication,
            Self::Limit { .. } => ImapErrorKind::Limit,
            // A name server that is down, a certificate that is about to be renewed, a server that is being restarted.
            Self::HostNotFound { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::NotImap { .. }
            | Self::Unavailable { .. }
            | Self::Timeout { .. }
            | Self::Lost(_) => ImapErrorKind::Passing,
            Self::NoStartTls | Self::NeedsTls | Self::TlsSetup(_) => ImapErrorKind::Settings,
        }
    }

    /// Whether the server answers, but not for this folder: it is gone, forbidden, or damaged there (RFC 5530 `SERVERBUG`).
    #[must_use]
    pub fn is_of_folder(&self) -> bool {
        match self {
            Self::Refusal { .. } | Self::FolderChanged => true,
            Self::Unavailable { text } => text.to_ascii_uppercase().contains("[SERVERBUG]"),
            _ => false,
        }
    }

    /// Whether the connection is of no use any more, so that a new one may help.
    pub(super) fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. } | Self::Lost(_) | Self::Unreadable | Self::TooLong | Self::Unavailable { .. }
        )
    }

    /// A NO, BAD or BYE with its text, which begins with a response code (RFC 5530) where the server knows them.
    pub(super) fn refusal(command: &'static str, is_bye: bool, text: &str) -> Self {
        let text = short(text);
        let upper = text.to_ascii_uppercase();
        let says = |words: &[&str]| words.iter().any(|word| upper.contains(word));
        if says(&[
            "[LIMIT]",
            "[OVERQUOTA]",
            "TOO MANY",
            "CONNECTION LIMIT",
            "MAXIMUM NUMBER OF CONNECTIONS",
            "BANDWIDTH",
        ]) {
            Self::Limit { text }
        } else if is_bye || says(&["[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]"]) {
            Self::Unavailable { text }
        } else {
            Self::Refusal { command, text }
        }
    }

    /// What a refused sign-in means.
    pub(super) fn of_sign_in(self, host: &str) -> Self {
        let Self::Refusal { text, .. } = self else { return self };
        let lower = text.to_ascii_lowercase();
        let says_so = ["application-specific", "app-specific", "app password", "application password"];
        if says_so.iter().any(|words| lower.contains(words))
            || provider_of_server(host).is_some_and(MailProvider::wants_app_passwords)
        {
            Self::AppPassword { text }
        } else {
            Self::Authentication { text }
        }
    }
}

/// What a server says, as it may be shown: one line that is not endless.
pub(super) fn short(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    if text.trim().is_empty() { "no reason given".to_owned() } else { text.trim().to_owned() }
}
