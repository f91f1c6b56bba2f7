//! The URL of the training page: filters, place in the list, open pair.

use replybook::types::{AccountId, PairId, PairSort, PairStatus, PairStatusFilter};
use serde::{Deserialize, Serialize};

use crate::{paths, ui::url::Address};

/// How many earlier pages "Previous page" can go back through; before that it leads to the first page.
const TRAIL: usize = 24;
/// The ids of two links in an open pair, for the shortcuts that follow them.
pub(crate) const ORIGINALS_LINK: &str = "pair-originals";
pub(crate) const GROUP_LINK: &str = "pair-group";
pub(crate) const EDIT_LINK: &str = "pair-edit";

/// How an open pair is shown: the value of `view`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Both sides.
    #[default]
    Sides,
    /// Its mail as it came.
    Originals,
    /// Both texts in fields.
    Edit,
}

impl View {
    /// The word in addresses; none for the usual one.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Sides => None,
            Self::Originals => Some("originals"),
            Self::Edit => Some("edit"),
        }
    }

    fn from_word(word: Option<&str>) -> Self {
        [Self::Originals, Self::Edit].into_iter().find(|view| view.word() == word).unwrap_or_default()
    }
}

/// What is listed, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(with = "status_word")]
    pub status: PairStatusFilter,
    pub provider: Option<String>,
    pub account: Option<AccountId>,
    /// A group of near duplicates.
    pub group: Option<String>,
    /// A search as it was typed.
    pub q: Option<String>,
    #[serde(default)]
    pub sort: PairSort,
    /// Whether to show what the list can be narrowed to; beside a search it always is.
    #[serde(default)]
    pub facets: bool,
    /// How an open pair is shown.
    pub view: View,
    /// Where this page of the list starts; `None` is the first page.
    pub cursor: Option<String>,
    /// The cursors of the pages before this one, the latest last; an empty word is the first page.
    trail: Vec<String>,
}

impl Place {
    /// Reads a query. What is not understood counts as not set: an old link still opens the page.
    pub(crate) fn from_query(query: impl Fn(&str) -> Option<String>) -> Self {
        let text = |key: &str| query(key).filter(|value| !value.is_empty());
        Self {
            status: text("status").and_then(|value| value.parse().ok()).unwrap_or_default(),
            provider: text("provider"),
            account: text("account").and_then(|value| value.parse().ok()),
            group: text("group"),
            q: text("q").filter(|q| !q.trim().is_empty()),
            sort: text("sort").and_then(|value| value.parse().ok()).unwrap_or_default(),
            facets: text("facets").is_some(),
            view: View::from_word(text("view").as_deref()),
            cursor: text("cursor"),
            trail: query("trail").map(|value| value.split('~').map(ToOwned::to_owned).collect()).unwrap_or_default(),
        }
    }

    /// The address of this place, with a pair open or not.
    pub(crate) fn address(&self, pair: Option<PairId>) -> String {
        let status = (self.status != PairStatusFilter::default()).then(|| self.status.as_str());
        let trail = (!self.trail.is_empty()).then(|| self.trail.join("~"));
        Address::new(paths::TRAINING)
            .with("status", status)
            .with("provider", self.provider.as_deref())
            .with("account", self.account.map(|account| account.to_string()))
            .with("group", self.group.as_deref())
            .with("q", self.q.as_deref())
            .with("sort", (self.sort != PairSort::default()).then(|| self.sort.as_str()))
            .with("facets", self.facets.then_some("1"))
            .with("cursor", self.cursor.as_deref())
            .with("trail", trail)
            .with("pair", pair.map(|pair| pair.to_string()))
            .with("view", pair.and_then(|_| self.view.word()))
            .into_string()
    }

    /// All pairs of one account.
    pub(crate) fn all_of(account: AccountId) -> Self {
        Self { account: Some(account), ..Self::default().with_status(PairStatusFilter::All) }
    }

    /// All pairs of one group.
    pub(crate) fn of_group(group: String) -> Self {
        Self::default().with_status(PairStatusFilter::All).with_group(Some(group))
    }

    /// The same filter with another group, or none.
    pub(crate) fn with_group(&self, group: Option<String>) -> Self {
        Self { group, ..self.first() }
    }

    /// What a saved search lists.
    pub(crate) fn of_view(view: &replybook::types::PairView) -> Self {
        Self {
            status: view.status(),
            provider: view.provider.clone(),
            account: view.integration_account_id,
            q: view.q.clone(),
            sort: view.sort,
            ..Self::default()
        }
    }

    /// The same filter with another search, or none.
    pub(crate) fn with_search(&self, q: Option<String>) -> Self {
        Self { q: q.filter(|q| !q.trim().is_empty()), ..self.first() }
    }

    /// The same list with or without what it can be narrowed to.
    pub(crate) fn with_facets(&self, facets: bool) -> Self {
        Self { facets, ..self.clone() }
    }

    /// The same place with its open pair shown so.
    pub(crate) fn with_view(&self, view: View) -> Self {
        Self { view, ..self.clone() }
    }

    /// Where a form without scripts leads that stands on an open pair: back to it, as it is usually shown.
    pub(crate) fn of_pair(&self, pair: PairId) -> String {
        self.with_view(View::default()).address(Some(pair))
    }

    /// The first page of this filter.
    pub(crate) fn first(&self) -> Self {
        Self { cursor: None, trail: Vec::new(), ..self.clone() }
    }

    /// The same filter with another status, from its first page.
    pub(crate) fn with_status(&self, status: PairStatusFilter) -> Self {
        Self { status, ..self.first() }
    }

    /// The page that starts at `cursor`, from which one can come back here.
    pub(crate) fn next(&self, cursor: String) -> Self {
        let mut trail = self.trail.clone();
        trail.push(self.cursor.clone().unwrap_or_default());
        if trail.len() > TRAIL {
            trail.remove(0);
        }
        Self { cursor: Some(cursor), trail, ..self.clone() }
    }

    /// The page before this one. `None` on the first page.
    pub(crate) fn previous(&self) -> Option<Self> {
        self.cursor.as_ref()?;
        let mut trail = self.trail.clone();
        let cursor = trail.pop().filter(|cursor| !cursor.is_empty());
        Some(Self { cursor, trail, ..self.clone() })
    }

    /// Whether nothing but the status is chosen.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.provider.is_none() && self.account.is_none() && self.group.is_none() && self.q.is_none()
    }
}

/// What is to become of all undecided pairs of a group, before somebody says yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    All(PairStatus),
    /// This one is approved, all others are rejected.
    KeepOne(PairId),
}

impl Ask {
    /// The address of the question about the group of `place`.
    pub(crate) fn address(self, place: &Place) -> String {
        let asked = match self {
            Self::All(status) => status.as_str().to_owned(),
            Self::KeepOne(id) => id.to_string(),
        };
        let list = place.address(None);
        let sign = if list.contains('?') { '&' } else { '?' };
        format!("{list}{sign}ask={asked}")
    }
}

/// The question that the URL asks.
pub(crate) fn ask(query: impl Fn(&str) -> Option<String>) -> Option<Ask> {
    let asked = query("ask")?;
    match asked.parse() {
        Ok(PairStatus::New) => None,
        Ok(status) => Some(Ask::All(status)),
        Err(_) => asked.parse().ok().map(Ask::KeepOne),
    }
}

/// The pair that the URL opens.
pub(crate) fn open_pair(query: impl Fn(&str) -> Option<String>) -> Option<PairId> {
    query("pair")?.parse().ok()
}

/// A status filter on its way to the browser, as the word in URLs.
mod status_word {
    use replybook::types::PairStatusFilter;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(status: &PairStatusFilter, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(status.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PairStatusFilter, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| D::Error::custom("no status of a pair"))
    }
}

/// The address at which the pairs of one account wait for review.
pub(crate) fn review_address(account: AccountId) -> String {
    Place { account: Some(account), ..Place::default() }.address(None)
}

/// Every status a tab shows.
pub(crate) const TABS: [PairStatusFilter; 4] = [
    PairStatusFilter::Only(PairStatus::New),
    PairStatusFilter::Only(PairStatus::Approved),
    PairStatusFilter::Only(PairStatus::Rejected),
    PairStatusFilter::All,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn place(query: &[(&'static str, &str)]) -> Place {
        Place::from_query(|key| query.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_address_reads_back_as_the_place_it_came_from() {
        let account = "0193a3a0-0000-7000-8000-000000000001";
        let start = place(&[
            ("status", "approved"),
            ("provider", "gmail"),
            ("account", account),
            ("group", "1-a"),
            ("q", "lang:ru \"a b\""),
            ("sort", "oldest"),
            ("facets", "1"),
            ("view", "originals"),
            ("cursor", "c2"),
            ("trail", "~c1"),
        ]);
        let expected = format!(
            "{}?status=approved&provider=gmail&account={account}&group=1-a&q=lang%3Aru%20%22a%20b%22&sort=oldest&facets=1&cursor=c2&trail=~c1",
            paths::TRAINING
        );
        assert_eq!(start.address(None), expected);
        let pair: PairId = account.parse().expect("an id");
        assert_eq!(start.address(Some(pair)), format!("{expected}&pair={pair}&view=originals"));
        assert_eq!(start.of_pair(pair), format!("{expected}&pair={pair}"));
        let edited = start.with_view(View::Edit).address(Some(pair));
        assert_eq!(edited, format!("{expected}&pair={pair}&view=edit"));
    }

    #[test]
    fn one_can_go_forth_and_back() {
        let first = Place::default();
        let third = first.next("c1".to_owned()).next("c2".to_owned());
        assert_eq!(third.cursor.as_deref(), Some("c2"));
        let second = third.previous().expect("the third page has one before it");
        assert_eq!(second, first.next("c1".to_owned()));
        assert_eq!(second.previous(), Some(first.clone()));
        assert_eq!(first.previous(), None);
    }

    #[test]
    fn a_long_way_back_ends_at_the_first_page() {
        let mut place = Place::default();
        for page in 0..40 {
            place = place.next(format!("c{page}"));
        }
        let mut steps = 0;
        while let Some(previous) = place.previous() {
            place = previous;
            steps += 1;
        }
        assert_eq!(steps, TRAIL + 1);
        assert_eq!(place.address(None), paths::TRAINING);
    }

    #[test]
    fn nonsense_counts_as_not_set() {
        assert_eq!(
            place(&[("status", "maybe"), ("account", "7"), ("provider", ""), ("q", " "), ("sort", "x")]),
            Place::default()
        );
    }
}
