//! How far the review of pairs is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, PairCounts, UserId, text_enum::text_enum};

/// `GET /api/integrations/ai-email-pairs/progress`: how far the review is, and how it went in the last days. What is taken back or
/// decided anew counts as it stands now, on the day of the last decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewProgress {
    /// All pairs by status.
    pub counts: PairCounts,
    /// Since when decisions are counted below: the first moment of a day in UTC.
    pub since: DateTime<Utc>,
    /// A day each, the oldest first, also those without a decision.
    pub days: Vec<ReviewDay>,
    /// Whoever decided something since then, the one who decided most first.
    pub reviewers: Vec<ReviewerProgress>,
    /// Accounts with decisions since then, the one with most first.
    pub accounts: Vec<AccountProgress>,
    /// The languages that clients wrote in, of the latest 20,000 pairs decided since then, the one with most first.
    pub languages: Vec<LanguageProgress>,
    /// Whether those are all that were decided since then.
    pub languages_exact: bool,
    /// Of the pairs approved since then, those whose text a reviewer changed.
    pub approved_edited: i64,
    /// What all approved pairs rest on, whenever they were approved.
    pub approval_basis: ApprovalBasis,
    /// The same by account, the one with most approved pairs first.
    pub account_basis: Vec<AccountBasis>,
}

text_enum! {
    /// How a pair was decided last.
    DecidedHow("way of deciding") {
        /// By itself, by somebody who read it.
        One = "one",
        /// With all that say nearly the same.
        Group = "group",
        /// With others that somebody picked in the list.
        Picked = "picked",
        /// With all that a search found.
        Bulk = "bulk",
        /// By a trust rule.
        Rule = "rule",
        /// Two people agree on it, or a disagreement was settled.
        Opinion = "opinion",
    }
}

/// What approved pairs rest on: how many were approved in each way. Each is counted once, by its latest decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ApprovalBasis {
    /// All of them: the sum of the others.
    pub approved: i64,
    /// One by one, as they came from the mail.
    pub one_by_one: i64,
    /// One by one, with a text that a reviewer changed.
    pub edited: i64,
    /// Agreed on by two people, or settled after a disagreement.
    pub second_opinion: i64,
    /// Together with near duplicates.
    pub group: i64,
    /// Together with others that were picked in the list.
    pub picked: i64,
    /// In bulk, by a search.
    pub bulk: i64,
    /// By a trust rule.
    pub rule: i64,
}

/// What the approved pairs of one account rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AccountBasis {
    pub account_id: AccountId,
    pub name: String,
    #[serde(flatten)]
    pub basis: ApprovalBasis,
}

/// What was decided on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewDay {
    /// In UTC.
    pub day: NaiveDate,
    pub approved: i64,
    pub rejected: i64,
}

/// What one person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewerProgress {
    /// `None` for people who are no longer there.
    pub user_id: Option<UserId>,
    pub name: Option<String>,
    pub approved: i64,
    pub rejected: i64,
    /// Seconds from one decision to the next, the median of the latest 500; pauses of more than five minutes are none. `None` where there
    /// are no two decisions in a row.
    pub seconds_per_decision: Option<i64>,
}

/// What was decided about the pairs of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AccountProgress {
    pub account_id: AccountId,
    pub name: String,
    pub approved: i64,
    pub rejected: i64,
}

/// What was decided about the pairs of clients who write in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LanguageProgress {
    /// An ISO 639-1 code; `None` where the language could not be told.
    pub language: Option<String>,
    pub approved: i64,
    pub rejected: i64,
}
