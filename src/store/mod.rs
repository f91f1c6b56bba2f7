//! All SQL. One store over SQLite and PostgreSQL: the same text runs on both, a method is one use case and one
//! transaction, and no network call ever happens inside one.

mod accounts;
mod actors;
mod ai;
mod ai_calls;
mod answers;
mod assignments;
mod attachments;
mod audit;
mod auth;
mod bulk;
mod changes;
mod conversations;
mod credentials;
mod cursor;
mod few;
mod future;
mod guidelines;
mod jobs;
mod knowledge;
mod leases;
mod limits;
mod messages;
mod monitor;
mod open;
mod opinions;
mod pair_groups;
mod pairs;
mod people;
mod places;
pub mod portable;
mod queues;
mod rotation;
mod runs;
mod sessions;
mod suggestions;
mod tags;
mod tails;
mod threads;
mod trouble;
mod trust_rules;
mod users;
mod vectors;

pub use accounts::{AddressesChange, ConnectAccount, Connected, MOST_OWN_ADDRESSES, ProviderSeed, Senders, Tokens};
pub use ai::{AiChange, StoredAiProvider};
pub use ai_calls::{AiCallEnd, LOST_AFTER, NewAiCall, Reservation, ReservedCall};
pub use assignments::Assigned;
pub use attachments::{AttachmentContent, StoredAttachment};
pub use audit::Act;
pub(crate) use audit::Record;
pub use auth::{AttemptLimit, NewApiToken, OauthRequest, StoredApiToken};
pub use changes::{ChangeOutcome, DeletedMail, LabelChange, MailChanges};
pub use conversations::{ConversationChange, ConversationFacts, ConversationMove};
pub use credentials::{Credentials, FreshToken};
pub use guidelines::GuidelinesSaved;
pub use jobs::{JobEnd, NewJob, TakenJob};
pub use knowledge::{AnswerChanges, AnswerText};
pub use leases::{Begun, ClaimedBackfill, DueAccount, LeaseError, QueuedImport, Turn};
pub use limits::Limits;
pub use messages::{Batch, NewFailure, NewMessage, Parcel, Stored, StoredCopy, ThreadMail};
pub use open::{Migrations, OpenError, last_migration, sqlite_file};
pub use opinions::Opinion;
pub use pair_groups::{GroupChoice, GroupDecision};
pub use pairs::{
    Apply, BulkChange, Check, Decision, EditedPair, Expression, Field, FoundFacts, FoundPair, Habits, KeptSpan,
    MarkChange, MarkSaid, NewBulk, NewPair, OfRule, PairDecision, PairParts, PairSearch, Place, Regrouping,
    SearchedTexts, Slice, StoredBulk, StoredMark, Term, TextsEdit, ThreadPairs, UndoOutcome, UndoneStep,
};
pub use people::AccessChange;
pub use places::{MailPlace, PlaceLabels};
pub use queues::Queues;
pub use rotation::KeyStanding;
pub use runs::{KEPT_ERRORS, NewRun, RunEnd, RunProgress, Sign};
pub use suggestions::{BegunDraft, DraftCost, DraftEnd, NewDraft, NewDraftFrom, OfferedCase, StoredDraft};
pub(crate) use tags::folded;
pub use tags::{TagChange, TagSaved, Tagged, WantedTag};
pub use tails::{SenderTail, TailChanges};
pub use threads::{
    LinkedThread, MessageBody, Saved, ThreadFilter, ThreadHead, ThreadMessageFacts, ThreadParts, ThreadSummary,
};
pub use trouble::Trouble;
pub use trust_rules::{RuleSwitched, RuleTerms};
pub use users::{FIRST_EPOCH, NewUser, StoredUser};
pub use vectors::{NewVectors, StoredVectors, VectorTrial};

use std::{path::PathBuf, sync::Arc};

use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

use crate::{
    crypto::{Cipher, CryptoError},
    types::{ConflictCode, InvalidCode, Problem, UnavailableCode},
};

/// The database and the key to the secrets in it.
#[derive(Clone)]
pub struct Store {
    db: Database,
    cipher: Cipher,
    limits: Limits,
    /// This process among those that share the database.
    process: Uuid,
    /// The wordings of replies that stand for a group.
    leaders: Arc<tokio::sync::Mutex<pair_groups::Leaders>>,
}

#[derive(Clone)]
enum Database {
    /// SQLite takes one writer at a time: `write` has one connection, `read` several.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        file: PathBuf,
    },
    Postgres(PgPool),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.backend()).finish()
    }
}

/// Why a store method did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database answered: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A page cursor that this store did not give out.
    #[error("the cursor is not one that a page of this list gave out")]
    BadCursor,
    /// The email belongs to another user already.
    #[error("a user with this email exists already")]
    UserExists,
    /// Whoever acts has been signed out or shut out since the request was identified.
    #[error("whoever does this is not signed in any more")]
    SignedOut,
    /// They have as many personal tokens as they may.
    #[error("this person has as many personal tokens as anybody may")]
    TooManyTokens,
    /// They have as many saved searches as they may.
    #[error("this person has as many saved searches as anybody may")]
    TooManyViews,
    /// Another rule has this name.
    #[error("another one has this name")]
    NameTaken,
    /// There are as many rules as there may be.
    #[error("there are as many rules as there may be")]
    TooManyRules,
    /// Whoever acts is no admin any more.
    #[error("whoever does this is not an admin any more")]
    NotAdmin,
    /// The run was taken for dead and another one has its account by now: nothing of it may be stored any more.
    #[error("the account is another run's by now")]
    LeaseLost,
    /// SQLite: whoever writes did not come to an end in time.
    #[error("the database is busy: its one writing connection was not free in time")]
    Busy,
    /// What is stored contradicts the schema's promises.
    #[error("stored data is not as it should be: {0}")]
    Corrupt(String),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::BadCursor => Self::invalid("cursor", InvalidCode::Cursor),
            StoreError::UserExists => Self::invalid("email", InvalidCode::EmailTaken),
            StoreError::SignedOut => Self::Unauthenticated,
            StoreError::NotAdmin => Self::Forbidden,
            StoreError::NameTaken => Self::invalid("name", InvalidCode::NameTaken),
            StoreError::TooManyRules => Self::conflict(ConflictCode::TooManyRules),
            StoreError::TooManyViews => Self::conflict(ConflictCode::TooManyViews),
            StoreError::TooManyTokens => Self::conflict(ConflictCode::TooManyTokens),
            StoreError::Crypto(CryptoError::WrongKey) => {
                tracing::error!(%error, "a stored secret cannot be opened");
                Self::unavailable(UnavailableCode::SecretKey)
            }
            error => match error.trouble() {
                Some(trouble) => {
                    trouble::say(trouble, &error);
                    trouble.into()
                }
                None if error.is_unusable_value() => {
                    tracing::warn!(%error, "a value that the database cannot store was refused");
                    Self::invalid("request", InvalidCode::ValueUnusable)
                }
                None => Self::internal(&error),
            },
        }
    }
}

impl Problem {
    /// Turns our own fault into an answer: the cause goes to the log under an id, the id to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !chain.ends_with(&text) {
                chain = format!("{chain}: {text}");
            }
            source = error.source();
        }
        tracing::error!(error_id = %id, error = %chain, "internal error");
        Self::Internal { id }
    }
}

/// Runs one reading expression on whichever database is open; `$db` is its pool. Each statement ends in time.
macro_rules! reading {
    ($store:expr, $db:ident => $body:expr) => {
        match &$store.db {
            $crate::store::Database::Sqlite { read, .. } => {
                let $db = $crate::store::limits::PatientPool::new(read, $store.limits.answer);
                $body
            }
            $crate::store::Database::Postgres(pool) => {
                let $db = $crate::store::limits::PatientPool::new(pool, $store.limits.answer);
                $body
            }
        }
    };
}

/// Runs one expression in a writing transaction on whichever database is open and commits it. `$tx` is the
/// connection; leaving early with `?` rolls back. On SQLite the transaction takes the write lock at once: one that
/// upgrades later fails as "database is locked" under load. Each statement ends in time: see [`limits`].
macro_rules! writing {
    ($store:expr, $tx:ident => $body:expr) => {{
        let patience = $store.limits.answer;
        match &$store.db {
            $crate::store::Database::Sqlite { write, .. } => {
                let mut transaction = $crate::store::limits::begin_to_write(write, patience).await?;
                let value = {
                    let $tx = &mut $crate::store::limits::Patient::new(&mut *transaction, patience);
                    $body
                };
                $crate::store::limits::within(patience, transaction.commit()).await?;
                value
            }
            $crate::store::Database::Postgres(pool) => {
                let mut transaction = $crate::store::limits::within(patience, pool.begin()).await?;
                let value = {
                    let $tx = &mut $crate::store::limits::Patient::new(&mut *transaction, patience);
                    $body
                };
                $crate::store::limits::within(patience, transaction.commit()).await?;
                value
            }
        }
    }};
}

pub(crate) use {reading, writing};
