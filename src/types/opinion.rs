//! Second opinions: a share of the decided pairs is shown to another reviewer, who does not see what the first one decided.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{PairId, PairStatus};

/// `GET /api/integrations/ai-email-pairs/opinions`: what waits for a second opinion, and how far reviewers agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SecondOpinions {
    /// Of 100 pairs that are decided, so many are shown to a second reviewer.
    pub share: i64,
    /// Pairs that wait for whoever asks: those that somebody else decided.
    pub waiting: i64,
    pub agreement: Agreement,
    /// Pairs about which two reviewers disagree, until somebody settles it; the oldest first, at most 50.
    pub disagreements: Vec<Disagreement>,
    /// How many there are, with those that are not listed.
    pub disagreement_count: i64,
}

/// How far first and second reviewers agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Agreement {
    /// Pairs with two opinions.
    pub pairs: i64,
    pub both_approved: i64,
    pub both_rejected: i64,
    /// Approved by the first and rejected by the second.
    pub first_approved: i64,
    /// Rejected by the first and approved by the second.
    pub second_approved: i64,
    /// Cohen's kappa: 1 where all agree, 0 where they agree as often as chance alone makes them. `None` where there is nothing to
    /// compare: no pairs, or one decision for all of them.
    pub kappa: Option<Kappa>,
}

/// Cohen's kappa with its interval of 95 % (Cohen 1960, by the normal approximation).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Kappa {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A pair about which two reviewers disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Disagreement {
    pub pair_id: PairId,
    pub subject: Option<String>,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub first_status: PairStatus,
    /// Who decided first; `None` for people who are no longer there.
    pub first_by: Option<String>,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub second_status: PairStatus,
    pub second_by: Option<String>,
    pub given_at: DateTime<Utc>,
}

/// `GET /api/integrations/ai-email-pairs/opinions/next`: a pair that waits for a second opinion, without what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OpinionAsked {
    pub pair_id: PairId,
    pub subject: Option<String>,
    pub account_display_name: String,
    pub client_text: String,
    pub our_reply_text: String,
    /// ISO 639-1, where it can be told.
    pub client_language: Option<String>,
    pub reply_language: Option<String>,
    pub replied_at: Option<DateTime<Utc>>,
    /// The texts are very long: only their beginnings are here.
    pub truncated: bool,
    /// Pass as `after` for the pair after this one.
    pub cursor: String,
}

/// `POST /api/integrations/ai-email-pairs/{pair_id}/opinion`, and `/settle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpinionInput {
    /// `approved` or `rejected`.
    pub status: String,
}

/// What came of a second opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OpinionGiven {
    pub pair_id: PairId,
    pub status: PairStatus,
    /// What was decided first.
    pub first_status: PairStatus,
}

/// `PUT /api/integrations/ai-email-pairs/opinions/share`, and what it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpinionShare {
    /// Of 100 pairs that are decided, so many are shown to a second reviewer.
    #[cfg_attr(feature = "server", schema(minimum = 0, maximum = 100))]
    pub share: i64,
}
