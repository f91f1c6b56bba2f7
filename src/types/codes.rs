//! The codes by which the domain says that something is not there, cannot be done now, cannot be used or is down. They are part of
//! the API: see `docs/API.md`. What a person reads is made of them by the pages.

use serde::{Deserialize, Serialize};

use super::{EnrollRefusal, FileProblem, ImapRefusal, PairQueryError, TagKeyFault, UnknownValue, text_enum::text_enum};

text_enum! {
    /// What is not there: `code` of [`super::Problem::NotFound`].
    NotFoundCode("not-found code") {
        Account = "integration_account_not_found",
        Run = "sync_run_not_found",
        Failure = "sync_failure_not_found",
        Pair = "ai_email_pair_not_found",
        PairGroup = "ai_email_pair_group_not_found",
        /// No second opinion about a pair is asked for, or there is nothing to settle.
        Opinion = "opinion_not_asked",
        PairView = "ai_email_pair_view_not_found",
        BulkDecision = "bulk_decision_not_found",
        TrustRule = "trust_rule_not_found",
        /// There is no such tag of the team.
        ReviewTag = "review_tag_not_found",
        /// The guidelines of the review have no such version.
        Guidelines = "review_guidelines_not_found",
        Thread = "email_thread_not_found",
        /// There is no such thread, or no client takes part in it.
        Conversation = "conversation_not_found",
        ConversationNote = "conversation_note_not_found",
        Message = "email_message_not_found",
        /// The message is here and has no HTML.
        MessageHtml = "email_message_has_no_html",
        Attachment = "attachment_not_found",
        /// An attachment that is no picture a browser may show.
        Picture = "attachment_is_no_picture",
        ApiToken = "api_token_not_found",
        User = "user_not_found",
        Job = "job_not_found",
        /// An uploaded file that was given up, imported, or never ours.
        Upload = "upload_not_found",
        AiProvider = "ai_provider_not_found",
        Draft = "draft_not_found",
        /// The address is none of ours in this mailbox.
        OwnAddress = "own_address_not_found",
        /// Nothing lives at an address.
        Page = "not_found",
        /// The one-time link of the first admin was used, or is no longer the present one.
        SetupLink = "setup_link_invalid",
        /// A link to a password of one's own was used, has expired, or is no longer the present one.
        AccessLink = "access_link_invalid",
    }
}

text_enum! {
    /// Why something cannot be done now: `code` of [`super::Problem::Conflict`].
    ConflictCode("conflict code") {
        /// A piece of an upload begins where the file does not end.
        UploadElsewhere = "upload_elsewhere",
        SyncRunning = "sync_already_running",
        BackfillOpen = "backfill_already_running",
        /// The sync was cancelled before it began.
        SyncCancelled = "sync_cancelled",
        MonitorStopped = "monitor_stopped",
        /// Nobody would do what was asked for.
        NoWorker = "no_worker",
        RunOver = "run_is_over",
        /// A sync is too short to be paused.
        RunCannotPause = "run_cannot_pause",
        /// The mail of a pair says something else by now.
        PairDiffers = "pair_differs_from_mail",
        /// The mail no longer makes this pair.
        MailMakesNoPair = "mail_makes_no_pair",
        /// A pair was edited, or followed its mail, since somebody looked at it.
        PairChanged = "pair_changed_meanwhile",
        /// The messages of a conversation are grouped otherwise than somebody saw.
        TurnsChanged = "turns_changed_meanwhile",
        /// A pair would be without a message of the client, or without one of ours.
        TurnOneSided = "pair_needs_both_sides",
        /// There is no pair on that side of it in the conversation.
        NoPairThere = "no_pair_there",
        /// Somebody said something in a conversation since it was looked at.
        ConversationChanged = "conversation_changed_meanwhile",
        /// Whoever decided a pair gives no second opinion about it.
        OpinionOwn = "opinion_of_first_reviewer",
        /// Somebody else gave the second opinion meanwhile.
        OpinionThere = "opinion_already_given",
        /// Nothing is left of the decision that was to be taken back.
        NothingToUndo = "nothing_to_undo",
        /// Words of approved pairs are still being noted: what a search finds is not all there is.
        SearchIncomplete = "search_incomplete",
        /// Not just as many pairs are undecided as the reviewer was told.
        GroupChanged = "pair_group_changed",
        /// Nobody could do everything any more.
        LastAdmin = "last_admin",
        /// Which addresses are ours in this mailbox its provider says itself.
        AddressesFromProvider = "addresses_come_from_provider",
        /// No address of ours would be left in this mailbox.
        LastOwnAddress = "last_own_address",
        /// The address of a mailbox on a server is ours as long as it is connected.
        MailboxAddressStays = "mailbox_address_stays",
        /// A message from somebody else's address, whatever a person says.
        NotOurAddress = "sender_is_not_ours",
        /// Somebody has as many saved searches as anybody may.
        TooManyViews = "too_many_pair_views",
        /// No pair is meant by a decision about many.
        NothingToDecide = "nothing_to_decide",
        /// Somebody changed the rule since it was read.
        TrustRuleChanged = "trust_rule_changed",
        /// A decision about many pairs has come to its end.
        BulkOver = "bulk_decision_is_over",
        /// There are as many rules as there may be.
        TooManyRules = "too_many_trust_rules",
        /// Somebody wrote another version of the guidelines since.
        GuidelinesChanged = "review_guidelines_changed_meanwhile",
        /// The team has as many tags as it may.
        TooManyTags = "too_many_review_tags",
        /// A tag that is not offered any more is put on no further pair.
        TagRetired = "review_tag_retired",
        /// Somebody has as many personal tokens as anybody may.
        TooManyTokens = "too_many_api_tokens",
        JobRunning = "job_is_running",
        /// No client wrote in the thread.
        NoQuestion = "thread_has_no_question",
        /// No approved pair of the account is near to the question.
        NoPastCase = "no_past_case",
        /// None is near enough to be a template.
        NoNearCase = "no_near_case",
        /// A note says what a model should write otherwise, and there is none.
        NoteNeedsModel = "note_needs_model",
        /// A draft for the same question is being written, and was asked for otherwise.
        DraftRunning = "draft_is_running",
        /// The draft is finished already.
        DraftOver = "draft_is_over",
        /// The bytes of an attachment are not here, and its provider wants a person first.
        NeedsReconnect = "account_needs_reconnect",
        /// The bytes of an attachment are not here, and its account is switched off.
        AccountDisabled = "account_disabled",
        AttachmentTooLarge = "attachment_too_large",
        AttachmentOff = "attachment_off",
        AttachmentGone = "attachment_gone",
        AttachmentRefused = "attachment_refused",
        AttachmentFailed = "attachment_failed",
    }
}

/// Why what was sent cannot be used: `code` of [`super::Problem::Invalid`]. [`InvalidCode::detail`] is what callers of the API get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidCode {
    AccountDisabled,
    /// A person has to connect the account anew first.
    NeedsReconnect,
    SyncUnsupported,
    DisconnectUnsupported,
    /// The address or the password is wrong; which of them is not said.
    WrongCredentials,
    EmailInvalid,
    /// Somebody else has this address already.
    EmailTaken,
    NameMissing,
    NameTooLong,
    /// Another thing of the kind has this name.
    NameTaken,
    /// Another tag has this name already; case does not count.
    TagNameTaken,
    /// A search could not name the tag.
    TagNameQuoted,
    TagKey(TagKeyFault),
    PasswordTooShort,
    PasswordTooLong,
    ApiKeyInvalid,
    ModelInvalid,
    /// This provider makes no vectors.
    EmbeddingsUnsupported,
    BaseUrlInvalid,
    /// The address of this provider is no setting.
    BaseUrlFixed,
    /// An address that is private or local, or without TLS, and such ones are not allowed.
    BaseUrlLocal,
    /// No amount of money that can be stored.
    AmountInvalid,
    /// More than so many dollars.
    AmountTooLarge {
        most: i64,
    },
    /// No month like `2026-11`.
    MonthInvalid,
    /// A span that is none of those taken out of a pair's mail.
    SpanUnknown,
    /// Not between one message and so many were named.
    MovedNotInRange {
        most: usize,
    },
    /// A message of another conversation, or none.
    MessageElsewhere,
    /// A message that can be in no pair, for this reason.
    MessageUnpairable {
        reason: String,
    },
    /// Undecided is no decision about a group.
    GroupMadeNew,
    /// Undecided is no opinion.
    OpinionNew,
    /// One pair can be kept only while the others are rejected.
    KeepWithoutReject,
    /// Only what is rejected has a reason.
    ReasonWithoutReject,
    /// Not just one thing is to be done with pairs.
    NotOneAct,
    /// Not between one pair and so many were picked.
    PickedNotInRange {
        most: usize,
    },
    /// A side of a pair would be without words.
    TextMissing,
    /// A note without words.
    NoteMissing,
    /// A time that has passed, or is more than a year ahead.
    NotWithinAYear,
    /// No page of the list gave out this cursor.
    Cursor,
    NotAnId,
    /// Not a whole number between two, both included; without `most` only from below.
    NotInRange {
        least: i64,
        most: Option<i64>,
    },
    /// More characters than are taken.
    TooLong {
        most: usize,
    },
    /// A word that none of the known ones is.
    Unknown(UnknownValue),
    /// Not exactly one of the three ways to say how far back older mail is wanted.
    NotOneSpan,
    SinceInvalid,
    SinceInFuture,
    /// No number of days, or more than `most`.
    DaysInvalid {
        most: u32,
    },
    /// No time in RFC 3339.
    TimeInvalid,
    /// Which addresses of an imported file are ours was not said.
    OwnAddressMissing,
    OwnAddressInvalid {
        address: String,
    },
    OwnAddressTooLong,
    /// More addresses would be ours in one mailbox than may be.
    TooManyOwnAddresses {
        most: usize,
    },
    /// Nobody in the file writes from the addresses that were given as ours.
    OwnAddressUnseen {
        /// The first of them.
        address: String,
        /// Who writes most besides, and in how many messages.
        instead: Option<(String, u64)>,
    },
    File(FileProblem),
    ServiceAccountMissing,
    AddressNotInDomain,
    /// A mailbox of the Workspace cannot be enrolled.
    Enroll(EnrollRefusal),
    MailAddressInvalid,
    HostInvalid,
    /// Nobody says where the mailboxes of this domain are.
    HostUnknown {
        domain: String,
    },
    /// Unsigned DNS names a server outside the domain: a person has to say that it is the one.
    HostUnconfirmed {
        host: String,
    },
    /// Outlook.com and Microsoft 365 let nobody in by a password.
    PasswordsUnsupported,
    PortInvalid,
    MailPasswordMissing,
    MailPasswordInvalid,
    UsernameInvalid,
    /// The mail server shows this user no inbox.
    NoInbox,
    /// A mail server does not let us in.
    Imap(ImapRefusal),
    /// Whether an export is of one account or of all was not said.
    ExportAccountMissing,
    /// No key that can be chosen for a command.
    KeyUnusable {
        text: String,
    },
    /// A key that another command has.
    KeyTaken {
        key: char,
    },
    /// Nothing was asked.
    QuestionMissing,
    /// No code of ISO 639-1.
    LanguageInvalid,
    /// A search of pairs that is not understood.
    Query(PairQueryError),
    /// A field of a form did not come.
    FormIncomplete,
    /// A NUL character: PostgreSQL stores none.
    NulCharacter,
    /// A value that the database cannot take.
    ValueUnusable,
}

impl InvalidCode {
    /// A stable code, or one short sentence that names `field`.
    #[must_use]
    pub fn detail(&self, field: &str) -> String {
        let code = match self {
            Self::AccountDisabled => "account_disabled",
            Self::NeedsReconnect => "account_needs_reconnect",
            Self::SyncUnsupported => "sync_not_supported_for_provider",
            Self::DisconnectUnsupported => "disconnect_not_supported_for_provider",
            Self::WrongCredentials => "wrong_credentials",
            Self::EmailInvalid => "email_invalid",
            Self::EmailTaken => "email_taken",
            Self::NameMissing => "name_missing",
            Self::NameTooLong => "name_too_long",
            Self::NameTaken => "name_taken",
            Self::TagNameTaken => "tag_name_taken: another tag has this name",
            Self::TagNameQuoted => "tag_name_quoted: a name has no quotation mark",
            Self::TagKey(fault) => return fault.to_string(),
            Self::PasswordTooShort => "password_too_short",
            Self::PasswordTooLong => "password_too_long",
            Self::ApiKeyInvalid => "api_key_invalid",
            Self::ModelInvalid => "model_invalid",
            Self::EmbeddingsUnsupported => "embeddings_not_supported_for_provider",
            Self::BaseUrlInvalid => "base_url_invalid",
            Self::BaseUrlFixed => "base_url_fixed_for_provider",
            Self::BaseUrlLocal => {
                "base_url_local: it is private, local, or without TLS; set allow_local if it is right"
            }
            Self::AmountInvalid => return format!("{field} must be an amount from 0 to 1000000 dollars"),
            Self::AmountTooLarge { most } => return format!("{field} must be at most {most} dollars"),
            Self::MonthInvalid => return format!("{field} must be a month like 2026-11"),
            Self::SpanUnknown => "this span was not removed from a message of this pair",
            Self::MovedNotInRange { most } => return format!("{field} must name 1 to {most} messages"),
            Self::MessageElsewhere => "a message is not one of this conversation",
            Self::MessageUnpairable { reason } => return format!("a message can be in no pair: {reason}"),
            Self::OpinionNew => "an opinion is `approved` or `rejected`",
            Self::GroupMadeNew => "a group can only be approved or rejected, not set back to new",
            Self::KeepWithoutReject => "one pair can be kept only while the others are rejected",
            Self::PickedNotInRange { most } => return format!("{field} must name 1 to {most} pairs"),
            Self::NotOneAct => "exactly one of a decision, `tag`, `untag` and `assign_to` is given",
            Self::ReasonWithoutReject => "a reason or a note is only given with `rejected`",
            Self::TextMissing | Self::NoteMissing => return format!("{field} is empty"),
            Self::NotWithinAYear => return format!("{field} must be a time in the future, at most a year ahead"),
            Self::Cursor => "the cursor is not one that a page of this list gave out",
            Self::NotAnId => return format!("{field} is not a UUID"),
            Self::NotInRange { least, most: Some(most) } => {
                return format!("{field} must be a whole number from {least} to {most}");
            }
            Self::NotInRange { least, most: None } => return format!("{field} must be a whole number from {least}"),
            Self::TooLong { most } => return format!("{field} must have at most {most} characters"),
            Self::Unknown(unknown) => return unknown.to_string(),
            Self::NotOneSpan => "give exactly one of since, days and everything",
            Self::SinceInvalid => return format!("{field} must be a date like 2026-01-31 or a time in RFC 3339"),
            Self::SinceInFuture => "since_in_the_future",
            Self::DaysInvalid { most } => return format!("{field} must be a whole number from 1 to {most}"),
            Self::TimeInvalid => return format!("{field} must be a time in RFC 3339"),
            Self::OwnAddressMissing => "as_address_missing: enter your address in this mailbox",
            Self::OwnAddressInvalid { address } => {
                return format!("as_address_invalid: `{address}` is not a mail address");
            }
            Self::OwnAddressTooLong => "the address is too long",
            Self::TooManyOwnAddresses { most } => {
                return format!("too_many_own_addresses: a mailbox has at most {most} addresses of yours");
            }
            Self::OwnAddressUnseen { address, instead: None } => {
                return format!("as_address_unseen: no message in this file was sent from {address}");
            }
            Self::OwnAddressUnseen { address, instead: Some((other, messages)) } => {
                return format!(
                    "as_address_unseen: no message in this file was sent from {address}; most of its mail is from {other} ({messages})"
                );
            }
            Self::File(problem) => return problem.to_string(),
            Self::ServiceAccountMissing => "service_account_not_configured",
            Self::AddressNotInDomain => "address_not_in_domain",
            Self::Enroll(refusal) => return refusal.to_string(),
            Self::MailAddressInvalid => "address_invalid: this is not a mail address",
            Self::HostInvalid => "host_invalid: give the name of the server alone, e.g. imap.example.com",
            Self::HostUnknown { domain } => {
                return format!("host_unknown: the mail server of {domain} could not be found; enter its name");
            }
            Self::HostUnconfirmed { host } => {
                return format!(
                    "host_unconfirmed: the domain names {host}, which is not in that domain; pass it as the host if it is right"
                );
            }
            Self::PasswordsUnsupported => {
                "passwords_unsupported: Microsoft accepts no passwords over IMAP; import a file of the mailbox instead"
            }
            Self::PortInvalid => "port_invalid: a port is a number from 1 to 65535",
            Self::MailPasswordMissing => "password_missing: give the password",
            Self::MailPasswordInvalid => "password_invalid: it contains a control character",
            Self::UsernameInvalid => "username_invalid: it contains a control character",
            Self::ExportAccountMissing => return format!("{field}_missing: give the id of an account, or `all`"),
            Self::KeyUnusable { text } => {
                return format!(
                    "key_unusable: {field} cannot have `{text}`; a key is one small Latin letter or sign, but not g, ? or a digit"
                );
            }
            Self::KeyTaken { key } => return format!("key_taken: {field} cannot have {key}, another command has it"),
            Self::QuestionMissing => return format!("{field}_missing: give the client's message"),
            Self::LanguageInvalid => return format!("{field} must be an ISO 639-1 code in lower case, like en"),
            Self::Query(error) => return error.to_string(),
            Self::NoInbox => "no_inbox: the server shows this user no inbox",
            Self::Imap(refusal) => return refusal.to_string(),
            Self::FormIncomplete => "form_incomplete",
            Self::NulCharacter => return format!("{field} must not contain NUL characters"),
            Self::ValueUnusable => "value_unusable",
        };
        code.to_owned()
    }
}

impl From<UnknownValue> for InvalidCode {
    fn from(unknown: UnknownValue) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<PairQueryError> for InvalidCode {
    fn from(error: PairQueryError) -> Self {
        Self::Query(error)
    }
}

impl From<TagKeyFault> for InvalidCode {
    fn from(fault: TagKeyFault) -> Self {
        Self::TagKey(fault)
    }
}

impl From<FileProblem> for InvalidCode {
    fn from(problem: FileProblem) -> Self {
        Self::File(problem)
    }
}

/// What is missing or down: `code` of [`super::Problem::Unavailable`]. Its text is what callers of the API get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum UnavailableCode {
    #[error("database_unavailable")]
    Database,
    /// `SECRET_KEY` is not the one that the stored secrets were encrypted with.
    #[error("the stored secret cannot be decrypted: SECRET_KEY is not the one it was stored with")]
    SecretKey,
    /// A sync broke off by our own fault. The word is older than the other providers.
    #[error("gmail_sync_failed")]
    Sync,
    #[error("Gmail OAuth is not configured ({0})")]
    GmailSetup(GmailSetup),
    /// The provider of a mailbox that was to be enrolled could not be asked, or our own database failed.
    #[error("{0}")]
    Enroll(EnrollRefusal),
    /// A mail server that cannot answer now.
    #[error("{0}")]
    Imap(ImapRefusal),
    /// A provider did not give an attachment this time; `detail` is one sentence in English.
    #[error("attachment_failed: {detail}")]
    Attachment { detail: String },
    /// The disk that uploads wait on.
    #[error("the upload could not be written to the server's disk")]
    UploadDisk,
    #[error("page_too_slow")]
    PageTooSlow,
    #[error("call_too_slow")]
    CallTooSlow,
    /// Mail could not be made ready for reading in time.
    #[error("rendering_too_slow")]
    RenderingTooSlow,
    /// An answer is not what the page expects, e.g. after an update of the server.
    #[error("unexpected_answer")]
    UnexpectedAnswer,
}

/// What is wrong with the settings for Gmail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum GmailSetup {
    #[error("missing {setting}")]
    Missing { setting: String },
    #[error("{setting} is not a URL")]
    NotAUrl { setting: String },
    #[error("{mailbox} is not in GMAIL_WORKSPACE_DOMAIN")]
    OutsideWorkspace { mailbox: String },
    #[error("the key in GMAIL_SERVICE_ACCOUNT_KEY_FILE cannot sign")]
    KeyCannotSign,
}

text_enum! {
    /// What is busy: `code` of [`super::Problem::Busy`].
    BusyCode("busy code") {
        /// Somebody else is writing, or the database is slow.
        Database = "database_busy",
        /// As many sign in as can be served at once.
        SignIn = "sign_in_busy",
        /// The index of past cases is being made.
        Knowledge = "knowledge_busy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_described() {
        let described = include_str!("../../docs/API.md");
        let not_found = NotFoundCode::ALL.iter().map(|code| code.as_str());
        // Said by pages alone.
        let own = ["setup_link_invalid", "access_link_invalid", "not_found"];
        let invalid = [
            InvalidCode::AccountDisabled,
            InvalidCode::NeedsReconnect,
            InvalidCode::SyncUnsupported,
            InvalidCode::DisconnectUnsupported,
            InvalidCode::WrongCredentials,
            InvalidCode::EmailInvalid,
            InvalidCode::NameMissing,
            InvalidCode::NameTooLong,
            InvalidCode::NameTaken,
            InvalidCode::ApiKeyInvalid,
            InvalidCode::ModelInvalid,
            InvalidCode::SinceInFuture,
            InvalidCode::ServiceAccountMissing,
            InvalidCode::AddressNotInDomain,
        ]
        .map(|code| code.detail(""));
        let unavailable = [UnavailableCode::Database, UnavailableCode::Sync].map(|code| code.to_string());
        for code in invalid.iter().chain(&unavailable) {
            assert!(described.contains(&format!("`{code}`")), "{code} is not in docs/API.md");
        }
        for code in not_found
            .chain(ConflictCode::ALL.iter().map(|code| code.as_str()))
            .chain(BusyCode::ALL.iter().map(|code| code.as_str()))
            .filter(|code| !own.contains(code))
        {
            assert!(described.contains(&format!("`{code}`")), "{code} is not in docs/API.md");
        }
    }
    #[test]
    fn what_has_gaps_names_what_is_wrong() {
        let detail = |code: InvalidCode| code.detail("limit");
        assert_eq!(detail(InvalidCode::NotAnId), "limit is not a UUID");
        assert_eq!(
            detail(InvalidCode::NotInRange { least: 1, most: Some(200) }),
            "limit must be a whole number from 1 to 200"
        );
        assert_eq!(detail(InvalidCode::NotInRange { least: 0, most: None }), "limit must be a whole number from 0");
        let unknown = "x".parse::<NotFoundCode>().expect_err("no code");
        assert_eq!(detail(unknown.clone().into()), unknown.to_string());
        let setup = GmailSetup::Missing { setting: "GMAIL_CLIENT_ID".to_owned() };
        assert_eq!(
            UnavailableCode::GmailSetup(setup).to_string(),
            "Gmail OAuth is not configured (missing GMAIL_CLIENT_ID)"
        );
    }
}
