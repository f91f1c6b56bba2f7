//! What runs say by a code: why they did not get to their end, what is wrong with one message, what they wait for. A run stores and
//! returns its errors as text, `code: words` or `message <id>: code: words`: here that is written and read.

use serde::{Deserialize, Serialize};

use super::{FileCode, ImapFault, UnknownValue, text_enum::text_enum};

text_enum! {
    /// An error of a run, or what it waits for. Files have codes of their own.
    RunCode("code of a run") {
        /// The account's allowance at Google is used up for this minute.
        GmailQuota = "gmail_quota",
        DatabaseBusy = "database_busy",
        DatabaseUnavailable = "database_unavailable",
        StorageFull = "storage_full",
        /// A backfill steps aside for new mail.
        Sync = "sync",
        RateLimited = "rate_limited",
        QuotaExhausted = "quota_exhausted",
        Unauthorized = "unauthorized",
        InvalidGrant = "invalid_grant",
        InsufficientScope = "insufficient_scope",
        MailOff = "mail_off",
        ApiDisabled = "api_disabled",
        NotFound = "not_found",
        Rejected = "rejected",
        ServerError = "server_error",
        Transport = "transport",
        Timeout = "timeout",
        Protocol = "protocol",
        /// The stored access cannot be read.
        Credentials = "credentials",
        /// An IMAP account without its server.
        NoServer = "no_server",
        /// An IMAP account without its password.
        NoPassword = "no_password",
        /// No answer, several times in a row.
        Unreachable = "unreachable",
        Unreadable = "unreadable",
        TooLarge = "too_large",
        CutOff = "cut_off",
        Interrupted = "interrupted",
        AccountDisabled = "account_disabled",
        Stalled = "stalled",
        /// The limit of a manual sync was reached.
        Partial = "partial",
        Delegation = "delegation",
        Clock = "clock",
        NoMailbox = "no_mailbox",
        HostNotFound = "host_not_found",
        ConnectionRefused = "connection_refused",
        Tls = "tls_failed",
        NotImap = "not_imap",
        NoStartTls = "no_starttls",
        NeedsTls = "needs_tls",
        Authentication = "authentication_failed",
        AppPassword = "app_password_needed",
        Unavailable = "unavailable",
        Limit = "limit",
        ConnectionLost = "connection_lost",
        Refused = "refused",
        AnswerTooLong = "answer_too_long",
        UnreadableAnswer = "unreadable_answer",
        /// The database does not take a message, or the pairs of a thread.
        NotStored = "not_stored",
        /// A folder of the mailbox could not be opened.
        FolderClosed = "folder_closed",
        /// The provider knows no sync.
        SyncUnsupported = "sync_not_supported_for_provider",
        /// A fault of ours.
        Internal = "internal",
    }
}

impl From<ImapFault> for RunCode {
    fn from(fault: ImapFault) -> Self {
        match fault {
            ImapFault::HostNotFound => Self::HostNotFound,
            ImapFault::ConnectionRefused => Self::ConnectionRefused,
            ImapFault::Unreachable => Self::Unreachable,
            ImapFault::Tls => Self::Tls,
            ImapFault::NotImap => Self::NotImap,
            ImapFault::NoStartTls => Self::NoStartTls,
            ImapFault::NeedsTls => Self::NeedsTls,
            ImapFault::Authentication => Self::Authentication,
            ImapFault::AppPassword => Self::AppPassword,
            ImapFault::Unavailable => Self::Unavailable,
            ImapFault::Limit => Self::Limit,
            ImapFault::Timeout => Self::Timeout,
            ImapFault::ConnectionLost => Self::ConnectionLost,
            ImapFault::FolderChanged => Self::NotFound,
            ImapFault::Refused => Self::Refused,
            ImapFault::Unreadable => Self::UnreadableAnswer,
            ImapFault::TooLong => Self::AnswerTooLong,
        }
    }
}

/// The code of an error of a run, whatever it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    Run(RunCode),
    File(FileCode),
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run(code) => code.fmt(f),
            Self::File(code) => code.fmt(f),
        }
    }
}

impl std::str::FromStr for ErrorCode {
    type Err = UnknownValue;

    fn from_str(value: &str) -> Result<Self, UnknownValue> {
        value.parse().map(Self::Run).or_else(|unknown| value.parse().map(Self::File).map_err(|_| unknown))
    }
}

impl From<RunCode> for ErrorCode {
    fn from(code: RunCode) -> Self {
        Self::Run(code)
    }
}

impl From<FileCode> for ErrorCode {
    fn from(code: FileCode) -> Self {
        Self::File(code)
    }
}

/// An error of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunError<'a> {
    /// The message that was set aside, where it is about one.
    pub message: Option<&'a str>,
    pub code: ErrorCode,
    /// Words in English, for scripts and logs.
    pub text: &'a str,
}

impl<'a> RunError<'a> {
    /// An error that is about no single message.
    pub fn new(code: impl Into<ErrorCode>, text: &'a str) -> Self {
        Self { message: None, code: code.into(), text }
    }

    /// Reads what was stored. `None` for what an older version wrote, or a newer one.
    #[must_use]
    pub fn parse(stored: &'a str) -> Option<Self> {
        let of_run = |stored: &'a str| {
            let (code, text) = stored.split_once(": ")?;
            Some(Self::new(code.parse::<ErrorCode>().ok()?, text))
        };
        of_run(stored).or_else(|| {
            let (message, rest) = stored.strip_prefix("message ")?.split_once(": ")?;
            Some(Self { message: Some(message), ..of_run(rest)? })
        })
    }
}

impl std::fmt::Display for RunError<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(message) = self.message {
            write!(f, "message {message}: ")?;
        }
        write!(f, "{}: {}", self.code, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let codes = RunCode::ALL.iter().map(|code| ErrorCode::from(*code));
        for code in codes.chain(FileCode::ALL.iter().map(|code| ErrorCode::from(*code))) {
            for message in [None, Some("18c2f"), Some("mail.mbox@17")] {
                let error = RunError { message, code, text: "as it is: bad" };
                assert_eq!(RunError::parse(&error.to_string()), Some(error), "{error}");
            }
        }
    }

    #[test]
    fn what_has_no_known_code_is_none() {
        for unknown in ["", "strange: thing", "message 1: strange: thing", "no colon", "message", "stalled"] {
            assert_eq!(RunError::parse(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_mail_servers_fault_keeps_its_word() {
        for fault in ImapFault::ALL {
            assert_eq!(RunCode::from(*fault).as_str(), fault.as_str());
        }
    }
}
