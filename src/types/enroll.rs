//! Mailboxes that are connected by the Workspace's service account instead of their owner's consent.

use serde::{Deserialize, Serialize};

use super::{Account, AccountId, UserId, text_enum::text_enum};

text_enum! {
    /// Why a mailbox was not enrolled.
    EnrollReason("reason") {
        /// The Workspace's administrator has not delegated reading mail to the service account.
        Delegation = "delegation",
        /// Google finds this server's clock wrong.
        Clock = "clock",
        /// Google knows no such mailbox.
        NoMailbox = "no_mailbox",
        /// The address is another name of a mailbox that has to be enrolled under its own.
        Alias = "alias",
        /// A person disconnected this mailbox; only they, or enrolling it by itself, bring it back.
        Disconnected = "disconnected",
        /// Google refused for another reason, e.g. because Gmail is switched off for this person.
        Refused = "google_refused",
        /// Google was not reached, or is failing.
        Unreachable = "google_unreachable",
        /// Our own fault; the cause is in the server's log.
        NotStored = "not_stored",
    }
}

/// `POST /api/email/accounts/enroll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrollInput {
    /// A mailbox of the Workspace.
    #[cfg_attr(feature = "server", schema(min_length = 3, max_length = 254, format = "idn-email"))]
    pub email: String,
    /// Whose account it is to be; by default the person with this address, else the caller.
    #[serde(default)]
    pub owner_user_id: Option<UserId>,
}

/// The answer to `POST /api/email/accounts/enroll`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Enrollment {
    /// `false` when the mailbox was connected already and nothing was wrong with it: nothing was changed then.
    pub enrolled: bool,
    pub account: Account,
}

/// A mailbox that is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnrolledMailbox {
    pub email: String,
    pub account_id: AccountId,
}

/// A mailbox that was not connected. Nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnrollFailure {
    pub email: String,
    pub reason: EnrollReason,
    /// One sentence, with Google's own words where it gave some.
    pub detail: String,
}

/// The answer to `POST /api/email/accounts/enroll-all`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnrollReport {
    /// Read by the service account from now on; Google confirmed each.
    pub enrolled: Vec<EnrolledMailbox>,
    /// Connected before, and nothing is wrong with them.
    pub already_there: Vec<EnrolledMailbox>,
    pub failed: Vec<EnrollFailure>,
}
