//! One newtype per kind of id, so that an account id never reaches a query that wants a pair id.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        #[cfg(feature = "server")]
        impl $name {
            /// A new id that sorts by the time it was made (UUIDv7, RFC 9562).
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        #[cfg(feature = "server")]
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                value.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A person who signs in.
    UserId,
    /// A kind of mail source: Gmail, mbox.
    ProviderId,
    /// A connected mailbox.
    AccountId,
    /// The stored tokens of an account.
    CredentialsId,
    /// A stored message.
    MessageId,
    /// A thread, across all accounts that see it.
    ThreadId,
    /// A note of the team about a conversation.
    ConversationNoteId,
    /// An attachment of a stored message.
    AttachmentId,
    /// A training pair.
    PairId,
    /// A search of pairs that somebody saved.
    PairViewId,
    /// What somebody wrote into a pair.
    PairEditId,
    /// What somebody said in one step about where messages belong.
    TurnChangeId,
    /// A step that somebody took in the review.
    ReviewStepId,
    /// A decision about all pairs that a search finds.
    BulkDecisionId,
    /// A rule by which pairs are approved.
    TrustRuleId,
    /// A tag of the team.
    ReviewTagId,
    /// One run of a sync or an import.
    RunId,
    /// A message that was set aside.
    FailureId,
    /// Work in the background.
    JobId,
    /// A personal or login API token.
    ApiTokenId,
    /// A configured AI provider.
    AiProviderId,
    /// One call of a language model.
    AiCallId,
    /// A draft of an answer.
    DraftId,
    /// An act on record.
    AuditId,
}
