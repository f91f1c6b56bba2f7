//! What the team goes by in the review.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::whole::maybe_whole;

/// The longest guidelines, in characters.
pub const GUIDELINES_LENGTH: usize = 20_000;

/// A version of the guidelines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct Guidelines {
    /// From 1; the highest is in force.
    pub number: i64,
    /// Markdown; empty where there are none any more.
    pub text: String,
    /// The same as HTML that is safe to show.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub html: String,
    /// The name of whoever wrote it; absent where that person is gone.
    pub by: Option<String>,
    pub at: DateTime<Utc>,
}

/// `GET /api/integrations/review-guidelines`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GuidelinesNow {
    /// Absent until somebody writes some.
    pub guidelines: Option<Guidelines>,
}

/// `PUT /api/integrations/review-guidelines`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GuidelinesInput {
    /// Markdown; empty where there are to be none any more.
    #[cfg_attr(feature = "server", schema(max_length = 20_000))]
    pub text: String,
    /// The `number` of the version that was changed, 0 where there was none: if another one is in force by now, nothing is saved.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 0))]
    pub seen: Option<i64>,
}

/// A version of the guidelines, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct GuidelinesVersion {
    pub number: i64,
    /// How long it is.
    pub characters: i64,
    pub by: Option<String>,
    pub at: DateTime<Utc>,
}

/// `GET /api/integrations/review-guidelines/versions`: the latest first, at most 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GuidelinesVersions {
    pub items: Vec<GuidelinesVersion>,
    /// How many there are in all.
    pub count: i64,
}
