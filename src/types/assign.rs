//! Who is to review which pair. That is advice: everybody who reviews may decide every pair.

use serde::{Deserialize, Serialize};

use super::{AccountId, PairId, UserId, whole::maybe_whole};

/// Pairs that are given to somebody in one act.
pub const MOST_ASSIGNED: usize = 200;
/// Pairs that are shared out in one act.
pub const MOST_SHARED: i64 = 5_000;

/// Somebody who can review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct Assignee {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    /// How many pairs they are to review, decided ones among them.
    pub pairs: i64,
}

/// `GET /api/integrations/ai-email-pairs/reviewers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Assignees {
    pub items: Vec<Assignee>,
    pub count: usize,
}

/// `PUT /api/integrations/ai-email-pairs/{id}/assignee`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssigneeInput {
    /// Who is to review it; `null` for nobody.
    pub user_id: Option<UserId>,
}

/// `POST /api/integrations/ai-email-pairs/assign`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignInput {
    /// 1 to 200 pairs.
    #[cfg_attr(feature = "server", schema(min_items = 1, max_items = 200))]
    pub pair_ids: Vec<PairId>,
    /// Who is to review them; `null` for nobody.
    pub user_id: Option<UserId>,
}

/// What giving pairs to somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AssignedPairs {
    /// How many pairs are somebody else's now.
    pub changed: i64,
}

/// `POST /api/integrations/ai-email-pairs/share-out`: which pairs, as the list's parameters say it, and among whom.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShareOutInput {
    /// 1 to 50 people who can review.
    #[cfg_attr(feature = "server", schema(min_items = 1, max_items = 50))]
    pub user_ids: Vec<UserId>,
    /// How many pairs: 1 to 5,000.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 5000, default = 1000))]
    pub most: Option<i64>,
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<super::PairStatusFilter>))]
    pub status: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub integration_account_id: Option<AccountId>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 400))]
    pub q: Option<String>,
}

/// What sharing out did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ShareOut {
    /// How many pairs were given to somebody.
    pub assigned: i64,
    /// How many each of them got, in the order of the input.
    pub shares: Vec<SharedPairs>,
    /// There may be more pairs that nobody has.
    pub more: bool,
    /// Pairs whose words are being noted: they were not found.
    pub not_searchable_yet: i64,
}

/// What somebody got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SharedPairs {
    pub user_id: UserId,
    pub pairs: i64,
}
