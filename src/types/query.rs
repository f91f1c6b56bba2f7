//! Searches of the review: how found pairs are sorted, what operators there are, and what can be wrong with a search.

use serde::{Deserialize, Serialize};

use super::{AccountId, PairFilter, PairStatusFilter, PairViewId, text_enum::text_enum};

text_enum! {
    /// The order of a list of pairs.
    #[derive(Default)]
    PairSort("sort") {
        /// The latest reply first.
        #[default]
        Newest = "newest",
        /// The earliest reply first.
        Oldest = "oldest",
        /// The lowest quality first, of one quality the latest reply.
        Quality = "quality",
        /// What was said most often first.
        Repeated = "repeated",
        /// First what is nearest to the quality at which the team's own decisions divide, of one distance the latest reply: there the
        /// quality says least about whether a pair will be approved.
        Uncertain = "uncertain",
    }
}

text_enum! {
    /// What can stand before a colon in a search.
    PairOperator("operator") {
        /// Words of the client's name or address.
        From = "from",
        /// Words of the name or address that answered, or that the client wrote to.
        To = "to",
        Subject = "subject",
        /// The client's language.
        Lang = "lang",
        /// What was found against a pair, or found in it that is sensitive.
        Label = "label",
        /// A tag of the team.
        Tag = "tag",
        /// Who is to review it.
        Assigned = "assigned",
        /// A status, `edited`, `flagged`, or `tagged`.
        Is = "is",
        Quality = "quality",
        /// How long ago a decision may have been made.
        Decided = "decided",
        DecidedBy = "decided-by",
        /// Days of the reply.
        Before = "before",
        After = "after",
        /// The month of the reply.
        Month = "month",
        Account = "account",
    }
}

impl PairOperator {
    /// What values it takes, as one would write them.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::From | Self::To => "ann@example.com",
            Self::Subject => "refund",
            Self::Lang => "en, ru, none",
            Self::Label => "phone, name, language_mismatch",
            Self::Tag => "billing, \"wrong price\"",
            Self::Is => "new, approved, rejected, edited, flagged, tagged",
            Self::Quality => "<60, >=90, 60..80, 75",
            Self::Decided => "1h, 2d, 1w",
            Self::DecidedBy => "me, ann@example.com",
            Self::Assigned => "me, nobody, ann@example.com",
            Self::Before | Self::After => "2026-01-31",
            Self::Month => "2026-01",
            Self::Account => "support@example.com",
        }
    }
}

/// What is wrong with a search, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct PairQueryError {
    /// Which character of the search it begins at, from 1.
    pub at: usize,
    /// The part of the search that is meant.
    pub text: String,
    pub fault: PairQueryFault,
}

/// What is wrong with a part of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairQueryFault {
    UnknownOperator,
    /// Nothing stands behind the colon.
    MissingValue(PairOperator),
    BadValue(PairOperator),
    /// A quotation mark without a second one.
    UnclosedQuote,
    /// No letter and no digit: there is nothing to search for.
    NoWords,
    /// More parts than are taken.
    TooMany {
        most: usize,
    },
    /// Nobody of that name decides here.
    NoSuchPerson,
    /// No account has this in its name or address.
    NoSuchAccount,
    /// The team has no tag of this name.
    NoSuchTag,
    /// In this order only so many found pairs can be sorted.
    TooManyToSort {
        most: usize,
    },
}

impl std::fmt::Display for PairQueryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, text, fault } = self;
        match fault {
            PairQueryFault::UnknownOperator => {
                let all: Vec<String> = PairOperator::ALL.iter().map(|operator| format!("{operator}:")).collect();
                write!(
                    f,
                    "query_operator_unknown: `{text}` at character {at} is no operator; they are {}; quote it to search for the words",
                    all.join(", ")
                )
            }
            PairQueryFault::MissingValue(operator) => {
                write!(f, "query_value_missing: `{text}` at character {at} needs a value, e.g. {}", operator.example())
            }
            PairQueryFault::BadValue(operator) => {
                write!(
                    f,
                    "query_value_invalid: `{text}` at character {at} is no value of {operator}:; values are like {}",
                    operator.example()
                )
            }
            PairQueryFault::UnclosedQuote => {
                write!(f, "query_quote_unclosed: the quotation mark at character {at} has no second one")
            }
            PairQueryFault::NoWords => write!(f, "query_without_words: there is no letter and no digit to search for"),
            PairQueryFault::TooMany { most } => write!(f, "query_too_long: a search has at most {most} parts"),
            PairQueryFault::NoSuchPerson => {
                write!(f, "query_person_unknown: `{text}` at character {at} is nobody here")
            }
            PairQueryFault::NoSuchAccount => {
                write!(f, "query_account_unknown: no account has `{text}` (at character {at}) in its name or address")
            }
            PairQueryFault::NoSuchTag => {
                write!(f, "query_tag_unknown: the team has no tag `{text}` (at character {at})")
            }
            PairQueryFault::TooManyToSort { most } => {
                write!(f, "query_too_broad_for_sort: at most {most} found pairs can be sorted by how often they repeat")
            }
        }
    }
}

/// How many pairs there are, counted only so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub count: i64,
    /// `false`: there are at least so many, and were not counted to the end.
    pub exact: bool,
}

impl Counted {
    /// A count that is known to the end.
    #[must_use]
    pub fn exactly(count: i64) -> Self {
        Self { count, exact: true }
    }
}

/// One value that a list can be narrowed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairFacet {
    /// As an operator's value (`ru`, `<50`, `edited`, `2026-11`, the name of a tag, the address of a person), a status, the id of an account, or the code of a
    /// provider.
    pub value: String,
    pub count: i64,
    /// `false`: there are at least so many, and were not counted to the end.
    pub exact: bool,
}

/// What a list of pairs can be narrowed to, with how many there would be. Of each kind, what the list is narrowed to by that kind
/// already does not count; values without pairs are left out, and of many values of one kind the 20 most frequent are listed, of months the latest 20.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairFacets {
    pub status: Vec<PairFacet>,
    pub account: Vec<PairFacet>,
    pub provider: Vec<PairFacet>,
    /// `lang:`.
    pub lang: Vec<PairFacet>,
    /// `quality:`.
    pub quality: Vec<PairFacet>,
    /// `is:edited`, `is:flagged` and `is:tagged`.
    pub is: Vec<PairFacet>,
    /// `label:`.
    pub label: Vec<PairFacet>,
    /// `decided-by:`.
    pub decided_by: Vec<PairFacet>,
    /// `month:`, the latest first.
    pub month: Vec<PairFacet>,
    /// `tag:`, by the name of the tag. A pair can have several.
    pub tag: Vec<PairFacet>,
    /// `assigned:`, by the address of a person or `nobody`. Empty where nothing is assigned.
    pub assigned: Vec<PairFacet>,
    /// Pairs whose words are being noted: a search does not find them yet, or finds what they were.
    pub not_searchable_yet: i64,
}

/// Which pairs are wanted, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairQuery {
    pub filter: PairFilter,
    /// A search as somebody typed it.
    pub text: Option<String>,
    pub sort: PairSort,
}

impl PairQuery {
    /// Whether it takes the words of pairs to answer it.
    #[must_use]
    pub fn is_search(&self) -> bool {
        self.text.is_some() || self.sort != PairSort::default()
    }
}

impl From<PairFilter> for PairQuery {
    fn from(filter: PairFilter) -> Self {
        Self { filter, ..Self::default() }
    }
}

/// A search of pairs that somebody saved under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairView {
    pub id: PairViewId,
    pub name: String,
    /// Everybody who reviews sees it.
    pub shared: bool,
    /// It is the caller's.
    pub own: bool,
    /// Whose it is.
    pub owner: String,
    /// `new`, `approved`, `rejected` or `all`.
    pub status: String,
    pub provider: Option<String>,
    pub integration_account_id: Option<AccountId>,
    pub q: Option<String>,
    pub sort: PairSort,
}

impl PairView {
    /// The status that it lists.
    #[must_use]
    pub fn status(&self) -> PairStatusFilter {
        self.status.parse().unwrap_or_default()
    }
}

/// The views of a person and those that are shared with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PairViewList {
    /// One's own first, each by its name.
    pub views: Vec<PairView>,
    pub count: usize,
}

/// `POST /api/integrations/ai-email-pairs/views`: what is listed, as the list's parameters say it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PairViewInput {
    /// Saving again under a name replaces what it meant.
    #[cfg_attr(feature = "server", schema(min_length = 1, max_length = 60))]
    pub name: String,
    #[serde(default)]
    pub shared: bool,
    /// `new` (by default), `approved`, `rejected` or `all`.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairStatusFilter>))]
    pub status: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub integration_account_id: Option<AccountId>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_length = 400))]
    pub q: Option<String>,
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(value_type = Option<PairSort>))]
    pub sort: Option<String>,
}
