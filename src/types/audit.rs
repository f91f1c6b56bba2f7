//! Who does something, by which way in, and the record of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ApiTokenId, AuditId, UserId, text_enum::text_enum};

text_enum! {
    /// The way in by which somebody acts.
    Through("way in") {
        Page = "page",
        Rest = "rest",
        CommandLine = "command_line",
        /// Nobody in person: the worker.
        Worker = "worker",
    }
}

/// Who acts, and through what. Verbs that change something for somebody take one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `None` where nobody is signed in: on the command line, and for the worker.
    pub user: Option<UserId>,
    pub through: Through,
    /// The session epoch that the person was identified in. What changes access is refused once it is over; `None` is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i32>,
    /// What they came with. What changes access is refused once it is taken back; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
}

/// What somebody shows to be let in, and may lose while their request goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    Token(ApiTokenId),
    /// A session, by the SHA-256 of its id.
    Session([u8; 32]),
}

impl Actor {
    /// Somebody who is signed in and sent a form or called a server function.
    #[must_use]
    pub fn page(user: UserId) -> Self {
        Self { user: Some(user), through: Through::Page, epoch: None, credential: None }
    }

    /// Somebody who is signed in and called the REST API.
    #[must_use]
    pub fn rest(user: UserId) -> Self {
        Self { user: Some(user), through: Through::Rest, epoch: None, credential: None }
    }

    /// Whoever has a shell on the server.
    #[must_use]
    pub fn command_line() -> Self {
        Self { user: None, through: Through::CommandLine, epoch: None, credential: None }
    }

    /// The worker, by itself.
    #[must_use]
    pub fn worker() -> Self {
        Self { user: None, through: Through::Worker, epoch: None, credential: None }
    }

    /// Whoever has the right to do one thing by a link or a password, and is nobody yet.
    #[must_use]
    pub fn nobody(through: Through) -> Self {
        Self { user: None, through, epoch: None, credential: None }
    }

    /// The same, identified in this session epoch.
    #[must_use]
    pub fn in_epoch(self, epoch: i32) -> Self {
        Self { epoch: Some(epoch), ..self }
    }

    /// The same, identified by this.
    #[must_use]
    pub fn with(self, credential: Credential) -> Self {
        Self { credential: Some(credential), ..self }
    }

    /// The person who acts by being signed in, and the epoch they were identified in.
    #[must_use]
    pub fn in_person(&self) -> Option<(UserId, Option<i32>)> {
        match self.through {
            Through::Page | Through::Rest => self.user.map(|user| (user, self.epoch)),
            Through::CommandLine | Through::Worker => None,
        }
    }
}

/// For log lines: the id of the person, and the way in.
impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.user {
            Some(user) => write!(f, "{user} ({})", self.through),
            None => write!(f, "{}", self.through),
        }
    }
}

text_enum! {
    /// An act that is put on record: it changes access, decides, exports, or destroys.
    AuditAction("act") {
        /// A mailbox was connected, or connected again. To: its provider.
        AccountConnected = "account_connected",
        /// A mailbox of the Workspace was connected by the service account.
        AccountEnrolled = "account_enrolled",
        AccountEnabled = "account_enabled",
        AccountDisabled = "account_disabled",
        ResyncRequested = "resync_requested",
        SyncStarted = "sync_started",
        /// To: since when, or everything.
        OlderMailRequested = "older_mail_requested",
        /// To: the name of the file.
        ImportStarted = "import_started",
        /// Which addresses of a mailbox are ours. To: which were added and removed; in an earlier version from and to were all of them.
        OwnAddressesSet = "own_addresses_set",
        /// Its tokens or its password were deleted here. To: what became of them at the provider.
        AccountDisconnected = "account_disconnected",
        /// With everything of it. From: how many messages and pairs.
        AccountDeleted = "account_deleted",
        RunPaused = "run_paused",
        RunResumed = "run_resumed",
        RunCancelled = "run_cancelled",
        /// A job that failed, or rested, was begun again. From: its state.
        JobRetried = "job_retried",
        MonitorStarted = "monitor_started",
        MonitorStopped = "monitor_stopped",
        /// From and to: the status.
        PairDecided = "pair_decided",
        /// To: the status, and of how many pairs.
        PairGroupDecided = "pair_group_decided",
        /// Pairs that somebody picked were decided together, or that was taken back. To: the status, and of how many.
        PairsDecided = "pairs_decided",
        /// A tag was put on pairs that somebody picked one by one, or taken off.
        PairsTagged = "pairs_tagged",
        /// All pairs that a search finds are to be decided. To: the status, and of how many.
        BulkAsked = "bulk_asked",
        /// It has come to its end, or somebody stopped it, or it could not go on. To: what was decided until then.
        BulkEnded = "bulk_ended",
        BulkCancelled = "bulk_cancelled",
        BulkFailed = "bulk_failed",
        /// It was taken back. To: how many pairs are what they were.
        BulkUndone = "bulk_undone",
        /// What a rule approves. From and to: its conditions.
        TrustRuleSaved = "trust_rule_saved",
        /// From: its conditions.
        TrustRuleDeleted = "trust_rule_deleted",
        /// A rule approves by itself what comes from then on, or no longer.
        TrustRuleOn = "trust_rule_on",
        TrustRuleOff = "trust_rule_off",
        /// A second reviewer said what they think of a pair. To: the status.
        OpinionGiven = "opinion_given",
        /// Two reviewers disagreed, and somebody decided what holds. From and to: the status.
        OpinionSettled = "opinion_settled",
        /// Of how many pairs in a hundred a second opinion is asked. From and to: the number.
        OpinionShareSet = "opinion_share_set",
        /// A tag of the team was made. To: how it is.
        ReviewTagCreated = "review_tag_created",
        /// From and to: how it was and is.
        ReviewTagChanged = "review_tag_changed",
        /// From: how it was, and on how many pairs.
        ReviewTagDeleted = "review_tag_deleted",
        /// A pair, or several, were given to somebody to review, or to nobody. From: who had the one pair; to: who has how many now.
        PairsAssigned = "pairs_assigned",
        /// From and to: how many characters they have.
        GuidelinesWritten = "guidelines_written",
        /// A tag was put on a pair (to) or taken off (from): its name.
        PairTagged = "pair_tagged",
        /// A removed span was put back or taken away again.
        PairEdited = "pair_edited",
        /// Messages of a conversation were put into other pairs, or left out. To: what was done with how many.
        PairRegrouped = "pair_regrouped",
        /// A pair follows its mail again.
        PairMailAdopted = "pair_mail_adopted",
        /// A pair stays as it is against its mail.
        PairKept = "pair_kept",
        /// A search of pairs was saved for the team, or is no longer there for it. To and from: the search.
        PairViewShared = "pair_view_shared",
        PairViewUnshared = "pair_view_unshared",
        /// A message that bears our address was said to be ours, or not. From and to: `ours` or `in doubt`.
        SenderConfirmed = "sender_confirmed",
        /// Approved pairs were taken along. To: the format, how many, and what was searched for.
        AnswersExported = "answers_exported",
        /// A thread and past cases went to an AI provider for a draft of an answer. To: the provider and the model.
        DraftAsked = "draft_asked",
        /// A conversation was put into the archive, or taken out by hand.
        ConversationArchived = "conversation_archived",
        ConversationReopened = "conversation_reopened",
        /// It was put off. To: until when; nothing where that was ended.
        ConversationSnoozed = "conversation_snoozed",
        /// Somebody is to answer it, or nobody. From and to: the address.
        ConversationAssigned = "conversation_assigned",
        ConversationNoteDeleted = "conversation_note_deleted",
        /// All pairs were made anew.
        PairsRebuilt = "pairs_rebuilt",
        /// To: the role.
        UserCreated = "user_created",
        /// From and to: the role.
        RoleChanged = "role_changed",
        /// Somebody was given a link to set a password with.
        AccessLinkMade = "access_link_made",
        AccessLinkWithdrawn = "access_link_withdrawn",
        UserActivated = "user_activated",
        UserDeactivated = "user_deactivated",
        PasswordChanged = "password_changed",
        /// Every session and token of a person was ended by themselves.
        SignedOutEverywhere = "signed_out_everywhere",
        /// Too many attempts to sign in: no more are looked at for a while.
        LoginLocked = "login_locked",
        ApiTokenCreated = "api_token_created",
        ApiTokenDeleted = "api_token_deleted",
        /// SECRET_KEY was changed. To: how many secrets were sealed anew.
        KeyRotated = "key_rotated",
        AiKeyStored = "ai_key_stored",
        AiKeyRemoved = "ai_key_removed",
        /// From and to: the model.
        AiSettingsSaved = "ai_settings_saved",
        /// A model on this machine was copied into the data folder, and is used. To: its name.
        ModelAdded = "local_model_added",
        /// From: its name.
        ModelRemoved = "local_model_removed",
    }
}

/// What kind of thing an act is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditTarget {
    Account,
    Run,
    Job,
    Pair,
    /// Pairs with near-duplicate replies.
    PairGroup,
    /// A saved search of pairs.
    PairView,
    /// Pairs that somebody picked.
    Pairs,
    /// A decision about all pairs that a search finds.
    BulkDecision,
    TrustRule,
    /// A tag of the team.
    ReviewTag,
    Message,
    Thread,
    Person,
    Token,
    AiProvider,
    /// An address to sign in with, or from.
    SignIn,
    /// The installation itself.
    Installation,
}

impl AuditAction {
    /// What kind of thing the target of such an act is.
    #[must_use]
    pub fn target(self) -> AuditTarget {
        match self {
            Self::AccountConnected
            | Self::AccountEnrolled
            | Self::AccountEnabled
            | Self::AccountDisabled
            | Self::ResyncRequested
            | Self::SyncStarted
            | Self::OlderMailRequested
            | Self::ImportStarted
            | Self::OwnAddressesSet
            | Self::AccountDisconnected
            | Self::AccountDeleted
            | Self::AnswersExported
            | Self::PairsRebuilt => AuditTarget::Account,
            Self::RunPaused | Self::RunResumed | Self::RunCancelled => AuditTarget::Run,
            Self::JobRetried => AuditTarget::Job,
            Self::PairDecided
            | Self::PairEdited
            | Self::PairRegrouped
            | Self::PairMailAdopted
            | Self::PairKept
            | Self::PairTagged
            | Self::PairsAssigned
            | Self::OpinionGiven
            | Self::OpinionSettled => AuditTarget::Pair,
            Self::PairGroupDecided => AuditTarget::PairGroup,
            Self::PairViewShared | Self::PairViewUnshared => AuditTarget::PairView,
            Self::PairsDecided | Self::PairsTagged => AuditTarget::Pairs,
            Self::BulkAsked | Self::BulkEnded | Self::BulkCancelled | Self::BulkFailed | Self::BulkUndone => {
                AuditTarget::BulkDecision
            }
            Self::TrustRuleSaved | Self::TrustRuleDeleted | Self::TrustRuleOn | Self::TrustRuleOff => {
                AuditTarget::TrustRule
            }
            Self::ReviewTagCreated | Self::ReviewTagChanged | Self::ReviewTagDeleted => AuditTarget::ReviewTag,
            Self::SenderConfirmed => AuditTarget::Message,
            Self::DraftAsked
            | Self::ConversationArchived
            | Self::ConversationReopened
            | Self::ConversationSnoozed
            | Self::ConversationAssigned
            | Self::ConversationNoteDeleted => AuditTarget::Thread,
            Self::UserCreated
            | Self::RoleChanged
            | Self::AccessLinkMade
            | Self::AccessLinkWithdrawn
            | Self::UserActivated
            | Self::UserDeactivated
            | Self::PasswordChanged
            | Self::SignedOutEverywhere => AuditTarget::Person,
            Self::LoginLocked => AuditTarget::SignIn,
            Self::ApiTokenCreated | Self::ApiTokenDeleted => AuditTarget::Token,
            Self::AiKeyStored | Self::AiKeyRemoved | Self::AiSettingsSaved => AuditTarget::AiProvider,
            Self::KeyRotated
            | Self::MonitorStarted
            | Self::MonitorStopped
            | Self::OpinionShareSet
            | Self::GuidelinesWritten
            | Self::ModelAdded
            | Self::ModelRemoved => AuditTarget::Installation,
        }
    }
}

/// One act on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditId,
    pub at: DateTime<Utc>,
    pub action: AuditAction,
    /// Who; nobody in person on the command line.
    pub user_id: Option<UserId>,
    pub user_email: Option<String>,
    /// By which way in; an early version did not note it.
    pub through: Option<Through>,
    /// The thing it was done to: mostly an id.
    pub target: Option<String>,
    /// What that thing was called at the time. Of mail nothing is put on record, so that it can be deleted: a pair, a group of
    /// pairs and a message are named by their subject or their beginning as long as they exist, and so is the account of a run.
    pub target_name: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Which acts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub user_id: Option<UserId>,
    pub action: Option<AuditAction>,
    /// The id of a thing.
    pub target: Option<String>,
    /// Only what happened then or later.
    pub since: Option<DateTime<Utc>>,
}

/// `GET /api/audit`: the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditPage {
    pub items: Vec<AuditEntry>,
    pub limit: i64,
    /// Pass as `cursor` for the page after this one.
    pub next_cursor: Option<String>,
}
