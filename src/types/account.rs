//! Providers and connected mailboxes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, RunId, SyncSummary, UserId, text_enum::text_enum, whole::maybe_whole};

text_enum! {
    /// Where mail comes from. More providers come with later versions; the code is what the database stores.
    Provider("provider") { Gmail = "gmail", Imap = "imap", Mbox = "mbox" }
}

impl Provider {
    /// The name people read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gmail => "Gmail",
            Self::Imap => "IMAP",
            Self::Mbox => "Mbox",
        }
    }

    /// Whether the worker asks the provider for mail; a file is only read once.
    #[must_use]
    pub fn is_synced(self) -> bool {
        match self {
            Self::Gmail | Self::Imap => true,
            Self::Mbox => false,
        }
    }

    /// How an account of this provider is authorised, as stored in `integrations_providers.auth_type`.
    #[must_use]
    pub fn auth_type(self) -> &'static str {
        match self {
            Self::Gmail => "oauth2",
            Self::Imap => "password",
            Self::Mbox => "file",
        }
    }
}

text_enum! {
    /// Whether the worker looks at an account.
    AccountStatus("account status") {
        /// Synced by the worker.
        Active = "active",
        /// Switched off by a person.
        Disabled = "disabled",
        /// Needs a person: `meta.problem` says why.
        Error = "error",
    }
}

text_enum! {
    /// Why an account is in [`AccountStatus::Error`].
    AccountProblem("account problem") {
        /// Google refused the stored token for good: revoked, password changed, unused for six months, or seven days in Testing mode.
        Reconnect = "reconnect",
        /// The permission to read mail was not granted.
        MissingScope = "missing_scope",
        /// The service account may not read this mailbox: domain-wide delegation is missing or does not cover the scope.
        Delegation = "delegation",
        /// Google finds this server's clock wrong.
        Clock = "clock",
        /// Google knows no such mailbox in the Workspace.
        NoMailbox = "no_mailbox",
        /// Gmail is switched off for this mailbox: by a policy of the Workspace, or with its licence.
        MailOff = "mail_off",
        /// The credentials were removed by disconnecting.
        Disconnected = "disconnected",
    }
}

text_enum! {
    /// How we get into a mailbox where that is not its provider's usual way.
    AccountAuth("account authorisation") {
        /// By the Workspace's service account: there is no consent and no refresh token, access tokens are made when needed.
        ServiceAccount = "service_account",
    }
}

text_enum! {
    /// What became of our access at the provider when an account was disconnected.
    Revocation("revocation") {
        /// Google confirmed that the tokens are void.
        Confirmed = "confirmed",
        /// Google did not confirm it: the tokens are deleted here, and the person should remove the access at Google.
        Unconfirmed = "unconfirmed",
        /// There was nothing to give back: what the service account may do is the Workspace administrator's to end, and a
        /// password is its owner's to change.
        NotNeeded = "not_needed",
    }
}

text_enum! {
    /// How a connection to an IMAP server is protected.
    ImapTls("kind of TLS") {
        /// TLS from the first byte, usually on port 993 (RFC 8314 section 3.2).
        Tls = "tls",
        /// TLS before the password, usually on port 143 (RFC 3501 section 6.2.1).
        StartTls = "starttls",
        /// No protection: the password and all mail can be read on the way. For a server on the same machine.
        None = "none",
    }
}

/// Where an IMAP mailbox is. The password is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ImapServer {
    pub host: String,
    pub port: u16,
    pub tls: ImapTls,
    pub username: String,
}

/// `POST /api/integrations/imap/accounts`: a mailbox to be connected, or connected again.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImapAccountInput {
    /// Whose mail this is.
    #[cfg_attr(feature = "server", schema(min_length = 3, max_length = 254, format = "idn-email"))]
    pub address: String,
    /// The name of the server, e.g. `imap.fastmail.com`. Without it, it is found by the address.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 253))]
    pub host: String,
    /// 993 with TLS, 143 without, unless given.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 65535))]
    pub port: Option<u16>,
    /// `tls` unless given; on port 143 `starttls`.
    #[serde(default)]
    pub tls: Option<ImapTls>,
    /// The address unless given.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 1000, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"))]
    pub username: Option<String>,
    /// Usually an app password, made in the settings of the mail account.
    #[cfg_attr(
        feature = "server",
        schema(min_length = 1, max_length = 1000, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")
    )]
    pub password: String,
}

/// What is kept beside an account. Unknown keys survive a round trip.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AccountMeta {
    /// Set by "Request resync"; the worker takes this account first, then clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual_resync_requested_at: Option<DateTime<Utc>>,
    /// The summary of the last run that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_summary: Option<SyncSummary>,
    /// Why the account needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<AccountProblem>,
    /// How we get in, where that is not the provider's usual way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AccountAuth>,
    /// Provider `imap`: where the mailbox is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imap: Option<ImapServer>,
    /// The addresses besides `external_account_id` that are ours in this mailbox.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Of an imported mailbox: `external_account_id` only names it, and is no address of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named_by_other: bool,
    /// Anything another version wrote.
    #[serde(flatten)]
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// A connected mailbox as the API returns it. Carries no token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct Account {
    pub id: AccountId,
    pub provider_code: String,
    pub provider_name: String,
    pub owner_user_id: Option<UserId>,
    pub owner_email: Option<String>,
    /// The mailbox address for Gmail; the address imported as for mbox.
    pub external_account_id: String,
    pub display_name: String,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub status: AccountStatus,
    pub last_sync_at: Option<DateTime<Utc>>,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub meta: AccountMeta,
    /// What is stored of this account.
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub counts: MessageCounts,
    /// The run that is going on now, if one is.
    pub active_run_id: Option<RunId>,
    /// When its last sync began.
    pub last_run_at: Option<DateTime<Utc>>,
    /// The worker leaves the account alone until then, and why: a short code, e.g. `rate_limited`.
    pub not_before: Option<DateTime<Utc>>,
    pub not_before_reason: Option<String>,
    /// Of an imported mailbox without pairs: where the pairs of its conversations are.
    #[serde(default)]
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub pairs_in: Option<PairsElsewhere>,
}

impl Account {
    /// The addresses that are ours in this mailbox, the one that names it first.
    pub fn own_addresses(&self) -> impl Iterator<Item = &String> {
        let named = (!self.meta.named_by_other).then_some(&self.external_account_id);
        named.into_iter().chain(&self.meta.aliases)
    }

    /// Whether a file was imported into it and there is no pair of its mail: probably not all addresses of ours are known.
    #[must_use]
    pub fn found_no_pairs(&self) -> bool {
        self.is_pairless() && self.pairs_in.is_none()
    }

    /// Whether a file was imported into it, and no pair is its own.
    #[must_use]
    pub fn is_pairless(&self) -> bool {
        self.provider_code == Provider::Mbox.as_str()
            && self.status == AccountStatus::Active
            && self.active_run_id.is_none()
            && self.counts.messages > 0
            && self.counts.pairs == 0
    }
}

/// Another mailbox that has conversations of this one, and their pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct PairsElsewhere {
    pub account_id: AccountId,
    pub account_name: String,
    /// How many conversations, of some thousand that were looked at.
    pub threads: i64,
}

/// An account to choose from, e.g. in a filter: what a list of choices shows, without what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct AccountChoice {
    pub id: AccountId,
    pub provider_code: String,
    pub provider_name: String,
    pub external_account_id: String,
    pub display_name: String,
}

/// What a filter by account offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChoices {
    /// How many there are.
    pub number: usize,
    /// All of them, where they are few enough to choose from; of more, one is named by its address.
    pub listed: Option<Vec<AccountChoice>>,
    /// The one that is chosen.
    pub chosen: Option<AccountChoice>,
    /// Code and name of every provider that has one.
    pub providers: Vec<(String, String)>,
    /// What was named and is no account, or not one alone.
    pub unmatched: Option<String>,
}

/// How much is stored of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct MessageCounts {
    pub messages: i64,
    pub pairs: i64,
    /// Messages that could not be read or stored and wait for another try.
    pub set_aside: i64,
}

/// `GET /api/integrations/accounts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AccountList {
    pub accounts: Vec<Account>,
    pub count: u32,
}
