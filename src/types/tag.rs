//! The team's own tags for pairs. They are not `label:`, which is what the program found in a pair or against it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ReviewTagId, text_enum::text_enum, whole::maybe_whole};

/// The longest name of a tag, in characters.
pub const TAG_NAME: usize = 40;
/// The longest description of a tag, in characters.
pub const TAG_DESCRIPTION: usize = 200;
/// Tags that a team may have, retired ones among them.
pub const MOST_TAGS: usize = 60;
/// Keys that mean something else in the review: no tag has one of them.
pub const REVIEW_KEYS: &str = "adegjklmoruvxz123456";

text_enum! {
    /// The colour of a tag. It always stands beside the name.
    #[derive(Default)]
    TagColour("colour") {
        #[default]
        Grey = "grey",
        Red = "red",
        Orange = "orange",
        Green = "green",
        Teal = "teal",
        Blue = "blue",
        Violet = "violet",
        Pink = "pink",
    }
}

/// A tag of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema, sqlx::FromRow))]
pub struct ReviewTag {
    pub id: ReviewTagId,
    pub name: String,
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub colour: TagColour,
    pub description: String,
    /// The key that sets and removes it on the open pair: one letter or digit.
    pub key: Option<String>,
    /// Its place among all tags, from 1.
    pub position: i64,
    /// It is not offered any more; pairs that have it keep it.
    pub retired: bool,
    /// How many pairs have it.
    pub pairs: i64,
}

/// `GET /api/integrations/review-tags`: in the order of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewTags {
    pub tags: Vec<ReviewTag>,
    pub count: usize,
}

/// `POST /api/integrations/review-tags` and `PUT /api/integrations/review-tags/{id}`: the tag as a whole.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewTagInput {
    /// No other tag has it; case does not count.
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 40))]
    pub name: String,
    /// By default `grey`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<TagColour>))]
    pub colour: Option<String>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 200))]
    pub description: Option<String>,
    /// One letter or digit that means nothing else in the review.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 1))]
    pub key: Option<String>,
    /// Its place among all tags, from 1: where it is, or, for a new one, the last.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[cfg_attr(feature = "server", schema(minimum = 1))]
    pub position: Option<i64>,
    /// Whether it is offered no more: as it is, or, for a new one, offered.
    #[serde(default)]
    pub retired: Option<bool>,
}

/// What deleting a tag did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReviewTagDeleted {
    /// How many pairs had it.
    pub pairs: i64,
}

/// A tag on a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairTag {
    pub id: ReviewTagId,
    pub name: String,
    pub colour: TagColour,
    /// The name of whoever put it there; absent where that person is gone.
    pub by: Option<String>,
    pub at: DateTime<Utc>,
}

/// What is wrong with the key of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TagKeyFault {
    #[error("tag_key_invalid: a key is one letter from a to z or one digit")]
    NoKey,
    #[error("tag_key_reserved: `{key}` does something else in the review; free are {free}")]
    Reserved { key: String, free: String },
    #[error("tag_key_taken: `{key}` is the key of the tag `{tag}`")]
    Taken { key: String, tag: String },
}

/// The key of a tag as it is kept.
///
/// # Errors
/// For more than one character, one that no keyboard has everywhere, and one that means something else in the review.
pub fn tag_key(typed: &str) -> Result<String, TagKeyFault> {
    let key = typed.trim().to_lowercase();
    if key.len() != 1 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(TagKeyFault::NoKey);
    }
    if REVIEW_KEYS.contains(&key) {
        let free = ('a'..='z').chain('0'..='9').filter(|key| !REVIEW_KEYS.contains(*key)).collect();
        return Err(TagKeyFault::Reserved { key, free });
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_letter_or_digit_that_is_free() {
        assert_eq!(tag_key(" B ").as_deref(), Ok("b"));
        assert_eq!(tag_key("7").as_deref(), Ok("7"));
        for typed in ["", "bb", "ж", "?", " "] {
            assert_eq!(tag_key(typed), Err(TagKeyFault::NoKey), "{typed:?}");
        }
        let Err(TagKeyFault::Reserved { key, free }) = tag_key("A") else { panic!("it approves") };
        assert_eq!((key.as_str(), free.as_str()), ("a", "bcfhinpqstwy0789"));
    }
}
