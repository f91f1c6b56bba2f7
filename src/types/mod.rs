//! What the server and the browser both know: ids, states, what the API returns, and the one error a browser ever sees.
//!
//! This module compiles to WASM with `serde`, `uuid` and `chrono` alone. Everything here is plain data.

mod account;
mod ai;
mod answer;
mod assign;
mod audit;
mod audit_change;
mod bulk;
mod codes;
mod conversation;
mod draft;
mod enroll;
mod guidelines;
mod ids;
mod job;
mod labels;
mod mail;
mod moment;
mod monitor;
mod opinion;
mod pair;
mod problem;
mod progress;
mod query;
mod refusals;
mod review_key;
mod run;
mod run_codes;
mod suggestion;
mod tag;
mod text_enum;
mod turn;
mod user;
mod whole;

pub use account::{
    Account, AccountAuth, AccountChoice, AccountChoices, AccountList, AccountMeta, AccountProblem, AccountStatus,
    ImapAccountInput, ImapServer, ImapTls, MessageCounts, PairsElsewhere, Provider, Revocation,
};
pub use ai::{
    AiKind, AiModel, AiPrice, AiProvider, AiProviderChange, AiProviderInput, AiProviderSummary, AiPurpose, AiSpend,
    AiSpendDay, AiWarning, KeyTestOutcome, KeyTestProblem,
};
pub use answer::{
    AccountVectors, AnswerFilter, AnswerPage, ExportFormat, ExportedAnswer, PastCase, PastCases, VectorStanding,
    VectorUse, VectorsTried,
};
pub use assign::{
    AssignInput, AssignedPairs, Assignee, AssigneeInput, Assignees, MOST_ASSIGNED, MOST_SHARED, ShareOut,
    ShareOutInput, SharedPairs,
};
pub use audit::{Actor, AuditAction, AuditEntry, AuditFilter, AuditPage, AuditTarget, Credential, Through};
pub use audit_change::{AiSwitch, AiText, AuditChange, AuditMark};
pub use bulk::{
    BulkAct, BulkDecision, BulkDecisionInput, BulkDecisionList, BulkFault, BulkPreview, BulkState, MOST_PICKED,
    PickedDecided, PickedInput, TrustRule, TrustRuleApply, TrustRuleInput, TrustRuleList, TrustRuleSwitch,
};
pub use codes::{BusyCode, ConflictCode, GmailSetup, InvalidCode, NotFoundCode, UnavailableCode};
pub use conversation::{
    ArchiveInput, CONVERSATION_NOTE_LENGTH, Conversation, ConversationAssigneeInput, ConversationCounts,
    ConversationDetail, ConversationFilter, ConversationNote, ConversationNoteInput, ConversationOwner,
    ConversationPage, ConversationSeen, ConversationSort, ConversationState, ConversationStats, SnoozeInput,
};
pub use draft::{
    Break, CheckedDraft, Confidence, Doubt, DoubtKind, DraftSentence, DraftTemplate, DraftWarning, GapKind, Intent,
    Sentiment, Standing, TakenOut, TemplateGap, Urgency,
};
pub use enroll::{EnrollFailure, EnrollInput, EnrollReason, EnrollReport, EnrolledMailbox, Enrollment};
pub use guidelines::{
    GUIDELINES_LENGTH, Guidelines, GuidelinesInput, GuidelinesNow, GuidelinesVersion, GuidelinesVersions,
};
pub use ids::{
    AccountId, AiCallId, AiProviderId, ApiTokenId, AttachmentId, AuditId, BulkDecisionId, ConversationNoteId,
    CredentialsId, DraftId, FailureId, JobId, MessageId, PairEditId, PairId, PairViewId, ProviderId, ReviewStepId,
    ReviewTagId, RunId, ThreadId, TrustRuleId, TurnChangeId, UserId,
};
pub use job::{JobFilter, JobKind, JobState, JobView};
pub use labels::{PairLabels, Quality, QualityReason, SensitiveKind, SensitiveSpan, Side};
pub use mail::{
    AccountDeletion, AttachmentCounts, AttachmentPolicy, AttachmentProblem, EmailAccount, EmailAccountList,
    EmailAttachment, EmailCopy, EmailMailbox, EmailMessage, EmailPair, EmailPerson, EmailStatus, EmailThread,
    EmailThreadDetail, EmailThreadPage, MessageSender,
};
pub use monitor::{MonitorStatus, MonitoredAccount, WorkerSeen};
pub use opinion::{
    Agreement, Disagreement, Kappa, OpinionAsked, OpinionGiven, OpinionInput, OpinionShare, SecondOpinions,
};
pub use pair::{
    Direction, GroupDecided, GroupStatusInput, GroupUndoInput, GroupUndone, NOTE_LENGTH, PairCounts, PairEdit,
    PairEdits, PairFilter, PairMessage, PairMessages, PairPage, PairSource, PairStatus, PairStatusFilter,
    PairStatusInput, RebuildReport, RejectReason, Rejection, RemovedSpan, ReviewStep, ReviewSteps, SpanInput,
    StepUndone, TEXT_LENGTH, TextsInput, TrainingPair, UndoInput,
};
pub use problem::Problem;
pub use progress::{
    AccountBasis, AccountProgress, ApprovalBasis, DecidedHow, LanguageProgress, ReviewDay, ReviewProgress,
    ReviewerProgress,
};
pub use query::{
    Counted, PairFacet, PairFacets, PairOperator, PairQuery, PairQueryError, PairQueryFault, PairSort, PairView,
    PairViewInput, PairViewList,
};
pub use refusals::{
    ArchiveHint, ConsentRefusal, EnrollRefusal, FileCode, FileContent, FileProblem, ForeignFile, ImapFault, ImapRefusal,
};
pub use review_key::{KeyRefusal, OwnKeys, ReviewKey, own_key, standard_key};
pub use run::{RunKind, RunRequest, RunState, RunTrigger, SyncFailure, SyncRun, SyncSummary};
pub use run_codes::{ErrorCode, RunCode, RunError};
pub use suggestion::{
    Draft, DraftInput, DraftKind, DraftList, DraftPreview, DraftProblem, DraftSource, DraftState, HiddenValue,
};
pub use tag::{
    MOST_TAGS, PairTag, REVIEW_KEYS, ReviewTag, ReviewTagDeleted, ReviewTagInput, ReviewTags, TAG_DESCRIPTION,
    TAG_NAME, TagColour, TagKeyFault, tag_key,
};
pub use text_enum::UnknownValue;
#[cfg(feature = "server")]
pub(crate) use text_enum::text_enum;
pub use turn::{MOST_MOVED, PairTurns, TurnAct, TurnMark, TurnMessage, TurnPlace, TurnsInput};
pub use user::{
    ApiToken, ApiTokenCreated, ApiTokenInput, INVITATION_DAYS, LoginInput, LoginOutput, Person, Role, SESSION_DAYS,
    TOKEN_DAYS, TOKEN_DAYS_AT_MOST, User,
};
pub use whole::maybe_whole;
