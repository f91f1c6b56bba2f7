//! What mends a run that did not get to its end, by the code of its error. Every page that shows such a run takes it from here.

use crate::types::{ErrorCode, RunCode, RunError};

/// What somebody can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// The access is no longer accepted: connect the mailbox anew.
    Reconnect,
    /// The server of an IMAP mailbox is not as it was: look at its name, port and encryption.
    Server,
    /// The service account is not allowed to read the mailbox.
    Delegation,
    /// There is no such mailbox at the provider.
    Mailbox,
    /// Gmail is switched off for the mailbox.
    MailOff,
    /// The Gmail API is switched off in the Google Cloud project.
    EnableApi,
    /// There is no room on the server's disk.
    FreeDisk,
    /// The server's clock is wrong.
    Clock,
    /// The provider wants to be left alone for a while; it goes on by itself.
    Wait,
    /// It passes: try again, now or by itself.
    Again,
    /// The stored access cannot be read with this `SECRET_KEY`, or is not there.
    Key,
    /// The file cannot be read: import another one.
    File,
}

impl Cure {
    /// Every cure.
    pub const ALL: [Self; 12] = [
        Self::Reconnect,
        Self::Server,
        Self::Delegation,
        Self::Mailbox,
        Self::MailOff,
        Self::EnableApi,
        Self::FreeDisk,
        Self::Clock,
        Self::Wait,
        Self::Again,
        Self::Key,
        Self::File,
    ];

    /// The cure for an error. `None` where nobody can do anything, or what is wrong is one message, or one thing that was asked for.
    #[must_use]
    pub fn of(code: ErrorCode) -> Option<Self> {
        Some(match code {
            ErrorCode::File(_) => Self::File,
            ErrorCode::Run(code) => match code {
                RunCode::Unauthorized
                | RunCode::InvalidGrant
                | RunCode::InsufficientScope
                | RunCode::Authentication
                | RunCode::AppPassword
                | RunCode::NoServer
                | RunCode::NoPassword => Self::Reconnect,
                RunCode::HostNotFound
                | RunCode::ConnectionRefused
                | RunCode::Tls
                | RunCode::NotImap
                | RunCode::NoStartTls
                | RunCode::NeedsTls => Self::Server,
                RunCode::Delegation => Self::Delegation,
                RunCode::NoMailbox => Self::Mailbox,
                RunCode::MailOff => Self::MailOff,
                RunCode::ApiDisabled => Self::EnableApi,
                RunCode::StorageFull => Self::FreeDisk,
                RunCode::Clock => Self::Clock,
                RunCode::RateLimited | RunCode::QuotaExhausted | RunCode::Limit | RunCode::GmailQuota => Self::Wait,
                RunCode::ServerError
                | RunCode::Transport
                | RunCode::Timeout
                | RunCode::ConnectionLost
                | RunCode::Unavailable
                | RunCode::Unreachable
                | RunCode::Protocol
                | RunCode::DatabaseBusy
                | RunCode::DatabaseUnavailable
                | RunCode::Interrupted
                | RunCode::Stalled
                | RunCode::Partial
                | RunCode::Internal => Self::Again,
                RunCode::Credentials => Self::Key,
                RunCode::Sync
                | RunCode::NotFound
                | RunCode::Rejected
                | RunCode::Unreadable
                | RunCode::TooLarge
                | RunCode::CutOff
                | RunCode::AccountDisabled
                | RunCode::Refused
                | RunCode::NotStored
                | RunCode::AnswerTooLong
                | RunCode::UnreadableAnswer
                | RunCode::FolderClosed
                | RunCode::SyncUnsupported => return None,
            },
        })
    }

    /// The cure for the first error of a run that has one, and that error. What is wrong with one message is not the run's.
    #[must_use]
    pub fn of_run(errors: &[String]) -> Option<(Self, &str)> {
        let cure = |error: &str| Self::of(RunError::parse(error).filter(|error| error.message.is_none())?.code);
        errors.iter().find_map(|error| Some((cure(error)?, error.as_str())))
    }
}

/// The number of the Google Cloud project that an error names, for the link to where its API is switched on.
#[must_use]
pub fn project_of(error: &str) -> Option<&str> {
    let beginnings = ["project=", "in project "];
    let rest = beginnings.iter().find_map(|beginning| Some(error.split_once(beginning)?.1))?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).filter(|number| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_that_can_be_cured_says_how() {
        let errors = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let run = errors(&["message 18c2f: unreadable: no payload", "rate_limited: Gmail asks us to slow down"]);
        assert_eq!(Cure::of_run(&run), Some((Cure::Wait, "rate_limited: Gmail asks us to slow down")));
        assert_eq!(Cure::of_run(&errors(&["message 1: rate_limited: one alone"])), None);
        assert_eq!(Cure::of_run(&errors(&["archive_damaged: bad header"])).map(|cure| cure.0), Some(Cure::File));
        assert_eq!(Cure::of_run(&[]), None);
    }

    #[test]
    fn the_project_is_read_from_what_google_says() {
        let said = "Gmail API has not been used in project 123456 before or it is disabled. Enable it by visiting \
                    https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=123456 then retry.";
        assert_eq!(project_of(said), Some("123456"));
        assert_eq!(project_of("used in project 77 before"), Some("77"));
        for nothing in ["", "project=", "project=\"><script>", "in project x"] {
            assert_eq!(project_of(nothing), None, "{nothing}");
        }
    }
}
