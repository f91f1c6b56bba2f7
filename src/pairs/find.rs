//! Searches of the review: what somebody typed is understood, looked up where it names a person or an account, and answered page by page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveTime, TimeDelta, Utc};

use super::{
    lists::{clip_texts, most_repeated, page},
    query::{MOST_CHARS, Query, What},
};
use crate::{
    Domain, catch_up,
    mail::words::each_word,
    store::{Check, Expression, Field, FoundPair, PairSearch, Place, SearchedTexts, StoreError, Term, folded},
    types::{
        AccountId, Counted, InvalidCode, PairFilter, PairId, PairPage, PairQuery, PairQueryError, PairQueryFault,
        PairSort, PairStatus, PairStatusFilter, Problem, ReviewTagId, UserId,
    },
};

/// Pairs that are noted in one transaction.
const NOTED_AT_A_TIME: i64 = 100;
/// Pairs that whoever searches notes first: what was decided a moment ago is found as what it is. More than that is left to the worker.
pub(super) const NOTED_BEFORE_A_SEARCH: usize = 500;
/// So far what a search finds is counted.
const COUNTED: i64 = 1_000;
/// Pairs that are looked at together where not each that the index names is one.
const LOOKED_AT_A_TIME: usize = 200;
/// Pairs that are looked at for one page. A page that is not full by then says where to go on.
const LOOKED_AT: usize = 2_000;
/// Pairs that are looked at to share them out.
const LOOKED_AT_TO_SHARE: usize = 50_000;
/// Found pairs that can be sorted by how often they repeat.
const SORTED: usize = 2_000;
/// In a rank, a border is worth so many distances.
const OF_BORDER: i64 = 1_000;
/// The latest decisions that say where the team's decisions divide.
const DIVIDED_OF: i64 = 2_000;
/// Where they divide while there are too few to tell.
const USUAL_BORDER: u8 = 70;
/// So many decisions tell, where there are approvals and rejections among them.
const ENOUGH_DECISIONS: usize = 20;
/// The most that a search can be told to skip; its cursor has no end.
const SKIPPED: i64 = 1_000;

/// Notes by what every pair is found that waits for it. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub async fn note_terms(d: &Domain) -> Result<(), StoreError> {
    catch_up::to_the_end(d, || d.store.note_pairs(NOTED_AT_A_TIME)).await
}

/// Notes what was decided a moment ago: it is found, and what is missing is said.
pub(crate) async fn note_before_a_search(d: &Domain) {
    let note = || d.store.note_pairs(NOTED_AT_A_TIME);
    catch_up::before_reading("the words of pairs", NOTED_BEFORE_A_SEARCH, note).await;
}

/// A page of the pairs that are wanted. `me` is who `decided-by:me` means.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is not understood, and for a cursor that no page gave out.
pub async fn find(
    d: &Domain,
    query: &PairQuery,
    me: Option<UserId>,
    cursor: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<PairPage, Problem> {
    if !query.is_search() {
        return page(d, &query.filter, cursor, limit, offset).await;
    }
    if query.text.is_none() && query.sort == PairSort::Repeated && query.filter.group.is_none() {
        return most_repeated(d, &query.filter, cursor, limit, offset).await;
    }
    if offset > SKIPPED {
        return Err(Problem::invalid("offset", InvalidCode::NotInRange { least: 0, most: Some(SKIPPED) }));
    }
    let meant = understood(d, query, me).await?;
    note_before_a_search(d).await;
    let after = cursor.map(Mark::parse).transpose()?;
    let [length, skipped] = [limit, offset].map(|number| usize::try_from(number).unwrap_or(0));
    let border = match after.filter(|_| query.sort == PairSort::Uncertain) {
        // The pages of one list go by one border, whatever is decided meanwhile.
        Some(mark) => mark.border(),
        None if query.sort == PairSort::Uncertain => dividing_quality(d).await?,
        None => 0,
    };
    let walk = Walk { d, meant: &meant, sort: query.sort, border, one_per_group: meant.filter.one_per_group };
    // One more than asked for tells whether there is a page after this one.
    let mut walked = match query.sort {
        PairSort::Repeated => walk.sorted_by_repetition(query, after, length + skipped + 1).await?,
        _ => walk.along_the_words(after, length + skipped + 1).await?,
    };
    let is_more = walked.found.len() > length + skipped;
    walked.found.truncate(length + skipped);
    let next = match walked.found.last() {
        Some((mark, _)) if is_more => Some(*mark),
        _ => walked.stopped_at,
    };
    let ids: Vec<PairId> = walked.found.iter().skip(skipped).map(|(_, id)| *id).collect();
    let counted = if meant.phrases.is_empty() {
        d.store.count_found_pairs(&meant.search, COUNTED).await?
    } else {
        // Whether a phrase is in a pair says the pair alone: what is on this page is counted.
        let seen = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        Counted { count: seen, exact: after.is_none() && next.is_none() && offset == 0 }
    };
    let mut items = d.store.pairs_in_order(&ids).await?;
    clip_texts(&mut items);
    Ok(PairPage {
        items,
        count: counted.count,
        count_exact: counted.exact,
        limit,
        offset,
        next_cursor: next.map(|mark| mark.to_string()),
        not_searchable_yet: d.store.pairs_waiting().await?,
    })
}

/// Pairs that a search finds and nobody is to review, the latest reply first, each with its group, and whether there may be more.
///
/// # Errors
/// As [`find`].
pub(super) async fn unassigned(
    d: &Domain,
    query: &PairQuery,
    me: Option<UserId>,
    most: usize,
) -> Result<(Vec<(PairId, Option<String>)>, bool), Problem> {
    let mut meant = understood(d, query, me).await?;
    meant.add(true, Term::assigned());
    note_before_a_search(d).await;
    let walk = Walk { d, meant: &meant, sort: PairSort::Newest, border: 0, one_per_group: false };
    let (mut found, mut after, mut looked) = (Vec::new(), None, 0);
    loop {
        let some = walk.some_after(after, LOOKED_AT_A_TIME).await?;
        let confirmed = walk.confirmed(&some.iter().map(|pair| pair.at.id).collect::<Vec<_>>()).await?;
        let is_end = some.len() < LOOKED_AT_A_TIME;
        for pair in some {
            if found.len() == most {
                return Ok((found, true));
            }
            looked += 1;
            after = Some(Mark { rank: 0, at: pair.at });
            if confirmed.contains(&pair.at.id) {
                found.push((pair.at.id, pair.group));
            }
        }
        if is_end || looked >= LOOKED_AT_TO_SHARE {
            return Ok((found, !is_end));
        }
    }
}

/// A search with everything that it names looked up.
pub(super) struct Meant {
    pub search: PairSearch,
    /// What the pair itself has to say whether it has it: `true` where it must not have it.
    phrases: Vec<(bool, Vec<String>)>,
    filter: PairFilter,
}

pub(super) async fn understood(d: &Domain, query: &PairQuery, me: Option<UserId>) -> Result<Meant, Problem> {
    understood_at(d, query, me, d.clock.now()).await
}

/// What a query means to `me` at `now`.
async fn understood_at(
    d: &Domain,
    query: &PairQuery,
    me: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Meant, Problem> {
    let text = query.text.as_deref().unwrap_or_default();
    if text.chars().count() > MOST_CHARS {
        return Err(Problem::invalid("q", InvalidCode::TooLong { most: MOST_CHARS }));
    }
    let parsed = Query::parse(text).map_err(|error| Problem::invalid("q", error))?;
    let mut filter = query.filter.clone();
    // A status in the search takes the place of the one beside it.
    if parsed.clauses.iter().any(|clause| !clause.negated && matches!(clause.what, What::Status(_))) {
        filter.status = PairStatusFilter::All;
    }
    let mut meant = Meant { search: PairSearch::default(), phrases: Vec::new(), filter };
    meant.narrow_to_filter();
    for clause in &parsed.clauses {
        let nobody = |fault| {
            let at = text.get(..clause.start).unwrap_or_default().chars().count() + 1;
            let part = text.get(clause.start..clause.end).unwrap_or_default();
            Problem::invalid("q", PairQueryError { at, text: part.to_owned(), fault })
        };
        match &clause.what {
            What::DecidedBy(name) => {
                let people = deciders(d, name, me).await?;
                if people.is_empty() {
                    return Err(nobody(PairQueryFault::NoSuchPerson));
                }
                meant.add(clause.negated, Term::Any(people.into_iter().map(Term::decided_by).collect()));
            }
            What::Account(name) => {
                let accounts = accounts_named(d, name).await?;
                if accounts.is_empty() {
                    return Err(nobody(PairQueryFault::NoSuchAccount));
                }
                meant.add(clause.negated, Term::Any(accounts.into_iter().map(Term::account).collect()));
            }
            What::Assigned(name) => {
                let people = deciders(d, name, me).await?;
                if people.is_empty() {
                    return Err(nobody(PairQueryFault::NoSuchPerson));
                }
                meant.add(clause.negated, Term::Any(people.into_iter().map(Term::assigned_to).collect()));
            }
            What::Tag(name) => {
                let tags = tags_named(d, name).await?;
                if tags.is_empty() {
                    return Err(nobody(PairQueryFault::NoSuchTag));
                }
                meant.add(clause.negated, Term::Any(tags.into_iter().map(Term::tag).collect()));
            }
            what => meant.take(clause.negated, what, now),
        }
    }
    Ok(meant)
}

impl Meant {
    fn narrow_to_filter(&mut self) {
        let filter = &self.filter;
        let wanted = &mut self.search.expression.wanted;
        if let Some(status) = filter.status.status() {
            wanted.push(Term::status(status));
            self.search.checks.push(Check::Status(status));
        }
        wanted.extend(filter.account_id.map(Term::account));
        wanted.extend(filter.provider.as_deref().map(Term::provider));
        wanted.extend(filter.group.as_deref().map(Term::group));
    }

    fn add(&mut self, negated: bool, term: Term) {
        let Expression { wanted, unwanted } = &mut self.search.expression;
        if negated { unwanted.push(term) } else { wanted.push(term) }
    }

    fn take(&mut self, negated: bool, what: &What, now: DateTime<Utc>) {
        let all = |field: Option<Field>, words: &[super::query::Asked]| {
            Term::All(words.iter().map(|asked| Term::word(field, &asked.word, asked.begins)).collect())
        };
        match what {
            What::Words(words) => self.add(negated, all(None, words)),
            What::From(words) => self.add(negated, all(Some(Field::From), words)),
            What::To(words) => self.add(negated, all(Some(Field::To), words)),
            What::Subject(words) => self.add(negated, all(Some(Field::Subject), words)),
            What::Phrase(words) => {
                // Whoever has the words may lack the phrase, so that only what lacks a word is known to lack it.
                if !negated {
                    self.add(false, Term::All(words.iter().map(|word| Term::word(None, word, false)).collect()));
                }
                self.phrases.push((negated, words.clone()));
            }
            What::Lang(code) => self.add(negated, Term::language(code.as_deref())),
            What::Label(name) => self.add(negated, Term::label(name)),
            What::Edited => self.add(negated, Term::edited()),
            What::Flagged => self.add(negated, Term::flagged()),
            What::Tagged => self.add(negated, Term::tagged()),
            What::Unassigned => self.add(!negated, Term::assigned()),
            What::Status(status) => {
                self.add(negated, Term::status(*status));
                self.search.checks.push(if negated { Check::NotStatus(*status) } else { Check::Status(*status) });
            }
            What::Quality(least, most) => self.add(negated, Term::quality(*least, *most)),
            What::Decided(hours) => {
                let since = now - TimeDelta::hours(i64::from(*hours));
                self.add(negated, Term::decided_since(since, now, negated));
                let check = if negated { Check::NotDecidedSince(since) } else { Check::DecidedSince(since) };
                self.search.checks.push(check);
            }
            What::Before(day) => {
                let until = day.and_time(NaiveTime::MIN).and_utc();
                self.search.until = Some(self.search.until.map_or(until, |known| known.min(until)));
            }
            What::After(day) => {
                let from = day.and_time(NaiveTime::MIN).and_utc();
                self.search.from = Some(self.search.from.map_or(from, |known| known.max(from)));
            }
            What::Month(first) => {
                let next = first.checked_add_months(Months::new(1)).unwrap_or(*first);
                let [from, until] = [*first, next].map(|day| day.and_time(NaiveTime::MIN).and_utc());
                if negated {
                    self.search.outside.push((from, until));
                } else {
                    self.search.from = Some(self.search.from.map_or(from, |known| known.max(from)));
                    self.search.until = Some(self.search.until.map_or(until, |known| known.min(until)));
                }
            }
            // Looked up before.
            What::DecidedBy(_) | What::Account(_) | What::Tag(_) | What::Assigned(_) => {}
        }
    }
}

/// Pairs with the words of a phrase that are counted to the end.
const COUNTED_PHRASES: usize = 10_000;
/// How often it is looked for more of them once some are found: each time at [`LOOKED_AT`] pairs at most.
const LOOKS: usize = 20;

/// All that a query means, for whoever goes through it slice by slice: each pair for itself, the latest reply first.
pub(super) struct All {
    meant: Meant,
}

impl All {
    /// What `query` means to `me` at `at`.
    pub(super) async fn of(
        d: &Domain,
        query: &PairQuery,
        me: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        Ok(Self { meant: understood_at(d, query, me, at).await? })
    }

    /// The same with more conditions.
    pub(super) fn with(mut self, checks: Vec<Check>) -> Self {
        self.meant.search.checks.extend(checks);
        self
    }

    /// How many there are: all of them, or of a phrase at least so many.
    pub(super) async fn count(&self, d: &Domain) -> Result<Counted, Problem> {
        if self.meant.phrases.is_empty() {
            return Ok(d.store.count_found_pairs(&self.meant.search, i64::MAX - 1).await?);
        }
        let (mut count, mut place, mut looks) = (0, None, 0);
        loop {
            let (found, next) = self.after(d, place.as_deref(), LOOKED_AT_A_TIME).await?;
            count += found.len();
            looks += usize::from(found.len() < LOOKED_AT_A_TIME);
            let is_end = next.is_none();
            if is_end || count >= COUNTED_PHRASES || (count > 0 && looks >= LOOKS) {
                return Ok(Counted { count: i64::try_from(count).unwrap_or(i64::MAX), exact: is_end });
            }
            place = next;
        }
    }

    /// The pairs after a place, at most so many, and where it goes on. `None`: nowhere.
    pub(super) async fn after(
        &self,
        d: &Domain,
        place: Option<&str>,
        length: usize,
    ) -> Result<(Vec<PairId>, Option<String>), Problem> {
        let after = place.map(Mark::parse).transpose()?;
        let walk = Walk { d, meant: &self.meant, sort: PairSort::Newest, border: 0, one_per_group: false };
        let walked = walk.along_the_words(after, length).await?;
        let last = walked.found.last().filter(|_| walked.found.len() == length).map(|(mark, _)| *mark);
        let next = last.or(walked.stopped_at).map(|mark| mark.to_string());
        Ok((walked.found.into_iter().map(|(_, id)| id).collect(), next))
    }
}

/// The quality at which the team's latest decisions divide: from there on more is approved than rejected, below it less.
///
/// # Errors
/// When the database cannot be read.
pub async fn dividing_quality(d: &Domain) -> Result<u8, Problem> {
    Ok(dividing(&d.store.qualities_of_decisions(DIVIDED_OF).await?))
}

/// The quality that parts approved pairs from rejected ones with the fewest on the wrong side; of several such the middle.
fn dividing(decisions: &[(u8, bool)]) -> u8 {
    let approved = decisions.iter().filter(|(_, approved)| *approved).count();
    if decisions.len() < ENOUGH_DECISIONS || approved == 0 || approved == decisions.len() {
        return USUAL_BORDER;
    }
    let wrong = |border: u8| decisions.iter().filter(|(quality, approved)| (*quality >= border) != *approved).count();
    let all: Vec<usize> = (0..=100).map(wrong).collect();
    let fewest = all.iter().min().copied().unwrap_or(0);
    let best = all.iter().enumerate().filter(|(_, wrong)| **wrong == fewest).map(|(border, _)| border);
    let best: Vec<usize> = best.collect();
    best.get(best.len() / 2).and_then(|border| u8::try_from(*border).ok()).unwrap_or(USUAL_BORDER)
}

/// The people whose name or address has all the words.
async fn deciders(d: &Domain, name: &str, me: Option<UserId>) -> Result<Vec<UserId>, Problem> {
    if name.eq_ignore_ascii_case("me") {
        return Ok(me.into_iter().collect());
    }
    let people = d.store.deciders().await?;
    let exactly: Vec<UserId> =
        people.iter().filter(|(_, email, _)| email.eq_ignore_ascii_case(name)).map(|(id, ..)| *id).collect();
    if !exactly.is_empty() {
        return Ok(exactly);
    }
    Ok(people.iter().filter(|(_, email, shown)| has_words([email, shown], name)).map(|(id, ..)| *id).collect())
}

/// The accounts whose name or address has all the words.
async fn accounts_named(d: &Domain, name: &str) -> Result<Vec<AccountId>, Problem> {
    let accounts = d.store.account_choices().await?;
    let exactly: Vec<AccountId> = accounts
        .iter()
        .filter(|one| one.external_account_id.eq_ignore_ascii_case(name) || one.id.to_string() == name)
        .map(|one| one.id)
        .collect();
    if !exactly.is_empty() {
        return Ok(exactly);
    }
    let named = accounts.iter().filter(|one| has_words([&one.external_account_id, &one.display_name], name));
    Ok(named.map(|one| one.id).collect())
}

/// The tag of this name, or those whose names have all the words.
async fn tags_named(d: &Domain, name: &str) -> Result<Vec<ReviewTagId>, Problem> {
    let tags = d.store.review_tags().await?;
    let wanted = folded(name);
    if let Some(tag) = tags.iter().find(|tag| folded(&tag.name) == wanted) {
        return Ok(vec![tag.id]);
    }
    Ok(tags.iter().filter(|tag| has_words([&tag.name, &String::new()], name)).map(|tag| tag.id).collect())
}

/// Whether each folded word of `asked` begins a word of the texts; nothing has no words.
fn has_words(texts: [&String; 2], asked: &str) -> bool {
    let mut there = Vec::new();
    texts.into_iter().for_each(|text| each_word(text, |word| there.push(word.to_owned())));
    let (mut number, mut found) = (0, 0);
    each_word(asked, |word| {
        number += 1;
        found += usize::from(there.iter().any(|one| one.starts_with(word)));
    });
    number > 0 && number == found
}

/// Whether the words stand one after the other in one of the texts.
fn has_phrase(texts: &SearchedTexts, phrase: &[String]) -> bool {
    let about = [&texts.subject, &texts.client_name, &texts.client_address, &texts.reply_name, &texts.reply_address];
    let both = [texts.client_text.as_str(), texts.our_reply_text.as_str()];
    about.into_iter().flatten().map(String::as_str).chain(both).any(|text| follows(text, phrase))
}

fn follows(text: &str, phrase: &[String]) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut found = false;
    each_word(text, |word| {
        if found {
            return;
        }
        if words.len() == phrase.len() {
            words.remove(0);
        }
        words.push(word.to_owned());
        found = words == phrase;
    });
    found
}

/// A place in the order of a search, as its cursor says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// By what it is sorted before the place: a quality, how often something repeats, or a distance and what it is from.
    rank: i64,
    at: Place,
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s{}_{}_{}", self.rank, self.at.place, self.at.id)
    }
}

impl Mark {
    /// A quality, or the distance from one.
    fn of_rank(self) -> u8 {
        u8::try_from(self.rank.rem_euclid(OF_BORDER).min(100)).unwrap_or(0)
    }

    /// The quality that it is the distance from.
    fn border(self) -> u8 {
        u8::try_from(self.rank.div_euclid(OF_BORDER).clamp(0, 100)).unwrap_or(0)
    }

    fn parse(cursor: &str) -> Result<Self, StoreError> {
        let mut parts = cursor.strip_prefix('s').ok_or(StoreError::BadCursor)?.splitn(3, '_');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(StoreError::BadCursor);
        let (rank, place) = (number()?, number()?);
        let id = parts.next().and_then(|id| id.parse().ok()).ok_or(StoreError::BadCursor)?;
        Ok(Self { rank, at: Place { place, id } })
    }
}

/// What a page came to.
#[derive(Default)]
struct Walked {
    found: Vec<(Mark, PairId)>,
    /// Where it stopped although there may be more.
    stopped_at: Option<Mark>,
}

/// On the way through what is found.
struct Walk<'a> {
    d: &'a Domain,
    meant: &'a Meant,
    sort: PairSort,
    /// The quality that others are sorted by their distance from, where they are.
    border: u8,
    one_per_group: bool,
}

impl Walk<'_> {
    async fn along_the_words(&self, after: Option<Mark>, wanted: usize) -> Result<Walked, Problem> {
        let mut page = Page { walked: Walked::default(), seen: BTreeSet::new(), looked: 0, wanted, after };
        // What the page before ended with stands for its group.
        if let Some(mark) = after.filter(|_| self.one_per_group) {
            let last = self.d.store.pairs_in_order(&[mark.at.id]).await?.pop();
            if let Some((group, status)) = last.and_then(|pair| Some((pair.group_id?, pair.status)))
                && !self.confirmed(&[mark.at.id]).await?.is_empty()
            {
                page.seen.insert((group, status));
            }
        }
        self.along(after, &mut page).await?;
        Ok(page.walked)
    }

    /// Goes on along what is found, until the page is over or there is no more.
    async fn along(&self, after: Option<Mark>, page: &mut Page) -> Result<(), Problem> {
        let is_each_one = self.meant.phrases.is_empty() && !self.one_per_group;
        let length = if is_each_one { page.wanted } else { LOOKED_AT_A_TIME };
        let mut at = after;
        loop {
            let some = self.some_after(at, length).await?;
            let is_end = some.len() < length;
            let ids: Vec<PairId> = some.iter().map(|pair| pair.at.id).collect();
            let confirmed = self.confirmed(&ids).await?;
            for pair in some {
                let mark = Mark { rank: i64::from(self.border) * OF_BORDER + i64::from(pair.quality), at: pair.at };
                at = Some(mark);
                page.looked += 1;
                if !confirmed.contains(&pair.at.id) || !self.is_first_of_group(&pair, page).await? {
                    continue;
                }
                page.walked.found.push((mark, pair.at.id));
                if page.walked.found.len() == page.wanted {
                    return Ok(());
                }
            }
            if is_end {
                return Ok(());
            }
            if page.looked >= LOOKED_AT {
                page.walked.stopped_at = at;
                return Ok(());
            }
        }
    }

    async fn some_after(&self, after: Option<Mark>, limit: usize) -> Result<Vec<FoundPair>, Problem> {
        let (store, search) = (&self.d.store, &self.meant.search);
        let ranked = after.map(|mark| (mark.of_rank(), mark.at));
        Ok(match self.sort {
            PairSort::Quality => store.found_by_quality(search, ranked, limit).await?,
            PairSort::Uncertain => store.found_near_quality(search, self.border, ranked, limit).await?,
            PairSort::Newest | PairSort::Oldest | PairSort::Repeated => {
                store.found_pairs(search, self.is_ascending(), after.map(|mark| mark.at), limit).await?
            }
        })
    }

    fn is_ascending(&self) -> bool {
        self.sort == PairSort::Oldest
    }

    /// Those that have the phrases.
    async fn confirmed(&self, ids: &[PairId]) -> Result<BTreeSet<PairId>, Problem> {
        if self.meant.phrases.is_empty() || ids.is_empty() {
            return Ok(ids.iter().copied().collect());
        }
        let texts = self.d.store.searched_texts(ids).await?;
        let is_meant = |texts: &SearchedTexts| {
            self.meant.phrases.iter().all(|(negated, phrase)| has_phrase(texts, phrase) != *negated)
        };
        Ok(texts.iter().filter(|texts| is_meant(texts)).map(|texts| texts.id).collect())
    }

    /// Of what says nearly the same with one status, the first in the order is shown: on this page, or on one before.
    async fn is_first_of_group(&self, pair: &FoundPair, page: &mut Page) -> Result<bool, Problem> {
        let Some(group) = pair.group.as_deref().filter(|_| self.one_per_group) else { return Ok(true) };
        if !page.seen.insert((group.to_owned(), pair.status)) {
            return Ok(false);
        }
        let Some(mark) = page.after else { return Ok(true) };
        let mut search = self.meant.search.and(Term::group(group)).and(Term::status(pair.status));
        search.checks.push(Check::Status(pair.status));
        let mut before = Vec::new();
        let rank = mark.of_rank();
        let ranks = match self.sort {
            PairSort::Quality => {
                Some((rank.checked_sub(1).map(|lower| Term::quality(0, lower)), Term::quality(rank, rank)))
            }
            PairSort::Uncertain => {
                let nearer = rank.checked_sub(1).map(|nearer| Term::near_quality(self.border, 0, nearer));
                Some((nearer, Term::near_quality(self.border, rank, rank)))
            }
            PairSort::Newest | PairSort::Oldest | PairSort::Repeated => None,
        };
        if let Some((before_it, alike)) = ranks {
            if let Some(before_it) = before_it {
                let search = search.and(before_it);
                before.extend(self.d.store.found_pairs(&search, false, None, LOOKED_AT_A_TIME).await?);
            }
            search = search.and(alike);
        }
        before.extend(self.d.store.found_pairs(&search, !self.is_ascending(), Some(mark.at), LOOKED_AT_A_TIME).await?);
        let ids: Vec<PairId> = before.iter().map(|pair| pair.at.id).collect();
        Ok(self.confirmed(&ids).await?.is_empty())
    }

    /// Sorts all that is found by how often it was said.
    async fn sorted_by_repetition(
        &self,
        query: &PairQuery,
        after: Option<Mark>,
        wanted: usize,
    ) -> Result<Walked, Problem> {
        let some = self.d.store.found_pairs(&self.meant.search, false, None, SORTED + 1).await?;
        if some.len() > SORTED {
            let text = query.text.clone().unwrap_or_default();
            let fault = PairQueryFault::TooManyToSort { most: SORTED };
            return Err(Problem::invalid("q", PairQueryError { at: 1, text, fault }));
        }
        let mut confirmed = BTreeSet::new();
        for some in some.chunks(LOOKED_AT_A_TIME) {
            confirmed.extend(self.confirmed(&some.iter().map(|pair| pair.at.id).collect::<Vec<_>>()).await?);
        }
        let found: Vec<FoundPair> = some.into_iter().filter(|pair| confirmed.contains(&pair.at.id)).collect();
        let groups: BTreeSet<&str> = found.iter().filter_map(|pair| pair.group.as_deref()).collect();
        let sizes = self.d.store.group_sizes(&groups.into_iter().collect::<Vec<_>>()).await?;
        Ok(Walked { found: by_repetition(found, &sizes, self.one_per_group, after, wanted), stopped_at: None })
    }
}

/// What is on a page so far.
struct Page {
    walked: Walked,
    seen: BTreeSet<(String, PairStatus)>,
    looked: usize,
    wanted: usize,
    after: Option<Mark>,
}

/// The pairs of a page, what was said most often first, of the same number the latest first.
fn by_repetition(
    found: Vec<FoundPair>,
    sizes: &BTreeMap<String, i64>,
    one_per_group: bool,
    after: Option<Mark>,
    wanted: usize,
) -> Vec<(Mark, PairId)> {
    let size = |pair: &FoundPair| pair.group.as_ref().and_then(|group| sizes.get(group)).copied().unwrap_or(1);
    let mut sorted: Vec<(Mark, FoundPair)> =
        found.into_iter().map(|pair| (Mark { rank: size(&pair), at: pair.at }, pair)).collect();
    sorted.sort_unstable_by_key(|(mark, _)| std::cmp::Reverse((mark.rank, mark.at)));
    let mut seen = BTreeSet::new();
    sorted.retain(|(_, pair)| match pair.group.as_ref().filter(|_| one_per_group) {
        Some(group) => seen.insert((group.clone(), pair.status)),
        None => true,
    });
    let is_after = |mark: &Mark| after.is_none_or(|after| (mark.rank, mark.at) < (after.rank, after.at));
    sorted.into_iter().filter(|(mark, _)| is_after(mark)).take(wanted).map(|(mark, pair)| (mark, pair.at.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_words_one_after_the_other() {
        let phrase = |text: &str| {
            let mut words = Vec::new();
            each_word(text, |word| words.push(word.to_owned()));
            words
        };
        assert!(follows("We are NOT open, на выходных", &phrase("not OPEN на")));
        assert!(follows("a a b", &phrase("a b")));
        assert!(!follows("not very open", &phrase("not open")));
        assert!(!follows("", &phrase("not open")));
        let texts = SearchedTexts {
            client_text: "one two".to_owned(),
            our_reply_text: "three four".to_owned(),
            subject: Some("Счёт на оплату".to_owned()),
            ..SearchedTexts::default()
        };
        assert!(has_phrase(&texts, &phrase("счет на")) && has_phrase(&texts, &phrase("three four")));
        assert!(!has_phrase(&texts, &phrase("two three")), "a phrase does not go from one text to the other");
    }

    #[test]
    fn decisions_divide_where_fewest_are_on_the_wrong_side() {
        assert_eq!(dividing(&[]), USUAL_BORDER);
        assert_eq!(dividing(&[(90, true); 50]), USUAL_BORDER, "nothing was rejected");
        assert_eq!(dividing(&[(90, true), (10, false)]), USUAL_BORDER, "too few");
        let clear: Vec<(u8, bool)> = (0..20).map(|one| if one < 10 { (40, false) } else { (60, true) }).collect();
        assert_eq!(dividing(&clear), 51, "the middle of 41 to 60");
        let blurred: Vec<(u8, bool)> = clear.iter().copied().chain([(95, false), (5, true)]).collect();
        assert_eq!(dividing(&blurred), 51);
    }

    #[test]
    fn people_and_accounts_have_all_the_words() {
        let texts = ["ann.lee@x.example".to_owned(), "Анна Ли".to_owned()];
        let has = |asked: &str| has_words([&texts[0], &texts[1]], asked);
        assert!(has("анна") && has("ANN lee") && has("ann.lee@x.example"));
        assert!(!has("ann bob") && !has("") && !has("%"));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let mark = Mark { rank: 57, at: Place { place: -5, id: PairId::new() } };
        assert_eq!(Mark::parse(&mark.to_string()).expect("a cursor"), mark);
        for bad in ["", "s", "s1_2", "1_2_3", "s1_2_x", "s1_2_3_4"] {
            assert!(matches!(Mark::parse(bad), Err(StoreError::BadCursor)), "{bad}");
        }
    }

    #[test]
    fn what_was_said_most_often_comes_first() {
        let pair = |place: i64, group: Option<&str>| FoundPair {
            at: Place { place, id: PairId(uuid::Uuid::from_u128(u128::from(place.unsigned_abs()))) },
            quality: 0,
            group: group.map(str::to_owned),
            status: PairStatus::New,
        };
        let found =
            || vec![pair(9, None), pair(8, Some("b")), pair(7, Some("a")), pair(6, Some("a")), pair(5, Some("b"))];
        let sizes = [("a".to_owned(), 3), ("b".to_owned(), 3)].into();
        let places = |one_per_group, after, wanted| -> Vec<i64> {
            by_repetition(found(), &sizes, one_per_group, after, wanted).iter().map(|(mark, _)| mark.at.place).collect()
        };
        assert_eq!(places(false, None, 9), [8, 7, 6, 5, 9]);
        assert_eq!(places(true, None, 9), [8, 7, 9]);
        let (mark, _) = by_repetition(found(), &sizes, true, None, 2)[1];
        assert_eq!(places(true, Some(mark), 9), [9]);
    }
}
