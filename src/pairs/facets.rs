//! What a list of pairs can be narrowed to beside it, with how many there would be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    find::{NOTED_BEFORE_A_SEARCH, note_before_a_search, understood},
    query::{Clause, Query, What, is_label},
};
use crate::{
    Domain,
    store::{FoundFacts, PairSearch},
    types::{
        PairFacet, PairFacets, PairFilter, PairId, PairOperator, PairQuery, PairStatus, PairStatusFilter, PairTag,
        Problem, UserId,
    },
};

/// So many found pairs are read to count their facets, the latest.
const FACTS: i64 = 500;
/// Values of one kind that are listed at most.
const MOST_VALUES: usize = 20;
/// The value of `assigned:` for pairs that nobody is to review.
const NOBODY: &str = "nobody";
/// Qualities that are told apart.
pub const QUALITY_BANDS: [(&str, u8, u8); 4] =
    [("<50", 0, 49), ("50..69", 50, 69), ("70..89", 70, 89), (">=90", 90, 100)];

/// What pairs are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Status,
    Account,
    Provider,
    Lang,
    Quality,
    Is,
    Tag,
    Assigned,
    Label,
    DecidedBy,
    Month,
}

/// What is looked up for the pairs whose facets are counted.
struct Known {
    people: BTreeMap<UserId, String>,
    tags: BTreeMap<PairId, Vec<PairTag>>,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Status,
        Self::Account,
        Self::Provider,
        Self::Lang,
        Self::Quality,
        Self::Is,
        Self::Tag,
        Self::Assigned,
        Self::Label,
        Self::DecidedBy,
        Self::Month,
    ];

    /// What is wanted without what narrows it by this kind: one value takes the place of another. Flags, tags and labels can be
    /// asked for together.
    fn opened(self, query: &PairQuery) -> PairQuery {
        let filter = query.filter.clone();
        match self {
            Self::Status => {
                let filter = PairFilter { status: PairStatusFilter::All, ..filter };
                let is_status = |clause: &Clause| !clause.negated && matches!(clause.what, What::Status(_));
                PairQuery { filter, text: rest_of(query, is_status), sort: query.sort }
            }
            Self::Account => {
                let filter = PairFilter { account_id: None, ..filter };
                PairQuery { filter, ..without(query, PairOperator::Account) }
            }
            Self::Provider => PairQuery { filter: PairFilter { provider: None, ..filter }, ..query.clone() },
            Self::Lang => without(query, PairOperator::Lang),
            Self::Quality => without(query, PairOperator::Quality),
            Self::Is | Self::Tag | Self::Label => query.clone(),
            Self::Assigned => without(query, PairOperator::Assigned),
            Self::DecidedBy => without(query, PairOperator::DecidedBy),
            Self::Month => without(query, PairOperator::Month),
        }
    }

    /// What a pair has of this kind.
    fn values(self, facts: &FoundFacts, known: &Known) -> Vec<String> {
        let tags = known.tags.get(&facts.id).map_or(&[][..], Vec::as_slice);
        match self {
            Self::Status => vec![facts.status.to_string()],
            Self::Account => vec![facts.account.to_string()],
            Self::Provider => facts.provider.iter().cloned().collect(),
            Self::Lang => vec![facts.language.clone().unwrap_or_else(|| "none".to_owned())],
            Self::Quality => {
                let is_in = |least: u8, most: u8| {
                    facts.quality.is_some_and(|quality| (i64::from(least)..=i64::from(most)).contains(&quality))
                };
                QUALITY_BANDS
                    .iter()
                    .filter(|(_, least, most)| is_in(*least, *most))
                    .map(|(name, ..)| (*name).to_owned())
                    .collect()
            }
            Self::Is => {
                let flags = [("edited", facts.edited), ("flagged", facts.flagged), ("tagged", !tags.is_empty())];
                flags.into_iter().filter(|(_, has)| *has).map(|(name, _)| name.to_owned()).collect()
            }
            Self::Tag => tags.iter().map(|tag| tag.name.clone()).collect(),
            Self::Assigned => vec![facts.assigned_to.clone().unwrap_or_else(|| NOBODY.to_owned())],
            Self::Label => facts.labels.as_ref().map(|labels| labels_in(&labels.0)).unwrap_or_default(),
            Self::DecidedBy => facts.decided_by.and_then(|id| known.people.get(&id).cloned()).into_iter().collect(),
            Self::Month => vec![facts.replied_at.format("%Y-%m").to_string()],
        }
    }

    /// Values are listed by this number, the least first; of the same, in their own order.
    fn place(self, value: &str, count: i64) -> i64 {
        let position = |found: Option<usize>| found.and_then(|at| i64::try_from(at).ok()).unwrap_or(i64::MAX);
        match self {
            Self::Status => position(PairStatus::ALL.iter().position(|status| status.as_str() == value)),
            Self::Quality => position(QUALITY_BANDS.iter().position(|(name, ..)| *name == value)),
            // The latest first.
            Self::Month => value.replace('-', "").parse().map_or(0, |number: i64| -number),
            _ => -count,
        }
    }
}

/// The names of what was found against a pair or in it.
fn labels_in(labels: &Value) -> Vec<String> {
    let reasons = labels["quality"]["reasons"].as_array().into_iter().flatten();
    let kinds = labels["sensitive"].as_array().into_iter().flatten().map(|span| &span["kind"]);
    let names = reasons.chain(kinds).filter_map(Value::as_str).filter(|name| is_label(name));
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().map(ToOwned::to_owned).collect()
}

/// What a list of pairs can be narrowed to, with how many there would be, among the latest five hundred that are found.
///
/// # Errors
/// As [`super::find`].
pub async fn facets(d: &Domain, query: &PairQuery, me: Option<UserId>) -> Result<PairFacets, Problem> {
    // Beside a list that needs no words, only what is noted in a moment.
    let waiting = usize::try_from(d.store.pairs_waiting().await?).unwrap_or(usize::MAX);
    if query.text.is_some() || waiting <= NOTED_BEFORE_A_SEARCH {
        note_before_a_search(d).await;
    }
    // Without a search the counts that are kept say it.
    let counts_status = query.text.is_some();
    let mut read: Vec<(PairSearch, Vec<FoundFacts>)> = Vec::new();
    let mut counted_in: Vec<(Kind, usize)> = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| counts_status || *kind != Kind::Status) {
        let search = understood(d, &kind.opened(query), me).await?.search;
        let place = match read.iter().position(|(known, _)| *known == search) {
            Some(place) => place,
            None => {
                let facts = d.store.facts_of_found(&search, FACTS + 1).await?;
                read.push((search, facts));
                read.len() - 1
            }
        };
        counted_in.push((kind, place));
    }
    let ids: BTreeSet<PairId> = read.iter().flat_map(|(_, facts)| facts).map(|facts| facts.id).collect();
    let known = Known {
        people: d.store.deciders().await?.into_iter().map(|(id, email, _)| (id, email)).collect(),
        tags: d.store.tags_of(&ids.into_iter().collect::<Vec<_>>()).await?,
    };
    let mut counted: BTreeMap<Kind, Vec<PairFacet>> = BTreeMap::new();
    for (kind, place) in counted_in {
        let facts = read.get(place).map_or(&[][..], |(_, facts)| facts);
        counted.insert(kind, count(kind, facts, &known));
    }
    if !counts_status {
        counted.insert(Kind::Status, kept_statuses(d, query).await?);
    }
    let mut of = |kind| counted.remove(&kind).unwrap_or_default();
    Ok(PairFacets {
        status: of(Kind::Status),
        account: of(Kind::Account),
        provider: of(Kind::Provider),
        lang: of(Kind::Lang),
        quality: of(Kind::Quality),
        is: of(Kind::Is),
        tag: of(Kind::Tag),
        assigned: of(Kind::Assigned),
        label: of(Kind::Label),
        decided_by: of(Kind::DecidedBy),
        month: of(Kind::Month),
        not_searchable_yet: d.store.pairs_waiting().await?,
    })
}

async fn kept_statuses(d: &Domain, query: &PairQuery) -> Result<Vec<PairFacet>, Problem> {
    let counts = d.store.pair_counts(&query.filter).await?;
    let kept = [
        (PairStatus::New, counts.new),
        (PairStatus::Approved, counts.approved),
        (PairStatus::Rejected, counts.rejected),
    ];
    let kept = kept.into_iter().filter(|(_, count)| *count > 0);
    Ok(kept.map(|(status, count)| PairFacet { value: status.to_string(), count, exact: true }).collect())
}

fn count(kind: Kind, facts: &[FoundFacts], known: &Known) -> Vec<PairFacet> {
    let exact = i64::try_from(facts.len()).is_ok_and(|number| number <= FACTS);
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for value in facts.iter().flat_map(|facts| kind.values(facts, known)) {
        *counts.entry(value).or_default() += 1;
    }
    // Where nobody is assigned anything, there is nothing to choose.
    if kind == Kind::Assigned && counts.keys().all(|value| value == NOBODY) {
        return Vec::new();
    }
    let mut facets: Vec<PairFacet> =
        counts.into_iter().map(|(value, count)| PairFacet { value, count, exact }).collect();
    facets.sort_by_key(|facet| kind.place(&facet.value, facet.count));
    facets.truncate(MOST_VALUES);
    facets
}

fn without(query: &PairQuery, operator: PairOperator) -> PairQuery {
    let is_of_it = |clause: &Clause| !clause.negated && clause.what.operator() == Some(operator);
    PairQuery { text: rest_of(query, is_of_it), ..query.clone() }
}

/// A text that is not understood stays: it is refused where it is read.
fn rest_of(query: &PairQuery, is_left_out: impl Fn(&Clause) -> bool) -> Option<String> {
    let text = query.text.as_ref()?;
    match Query::parse(text) {
        Ok(parsed) => Some(parsed.without(text, is_left_out)).filter(|text| !text.is_empty()),
        Err(_) => Some(text.clone()),
    }
}
