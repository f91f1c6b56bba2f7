//! What is done with many pairs: all that a search finds, done and taken back by a job; those that somebody picked; and rules by which new
//! pairs are approved.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{
    find::{All, note_terms},
    query::{Clause, Query, What},
    views::MOST_NAME,
};
use crate::{
    Domain, accounts, languages,
    store::{Act, BulkChange, Check, NewBulk, OfRule, RuleSwitched, RuleTerms, Slice, StoreError, StoredBulk},
    types::{
        AccountId, Actor, BulkAct, BulkDecision, BulkDecisionId, BulkDecisionList, BulkFault, BulkPreview, BulkState,
        ConflictCode, Counted, InvalidCode, MOST_PICKED, NotFoundCode, PairId, PairQuery, PairSort, PairStatus,
        PairStatusFilter, PickedDecided, Problem, ReviewTagId, TrustRule, TrustRuleId, TrustRuleInput, User, UserId,
    },
};

/// Pairs that are decided in one transaction.
pub const SLICE: usize = 200;
/// After so many slices other jobs get their turn.
const SLICES_AT_A_TIME: usize = 50;
/// Decisions that are listed.
const LISTED: i64 = 50;
/// Pairs that are shown at once before somebody says yes.
pub const EXAMPLES: usize = 10;
/// What a rule asks for where nobody says.
const QUALITY: i64 = 90;
const SAID: i64 = 3;
const MOST_SAID: i64 = 1_000_000;

/// What is asked for about all pairs that a search finds.
#[derive(Debug, Clone)]
pub struct BulkAsk {
    pub query: PairQuery,
    pub act: BulkAct,
    /// When whoever asks looked at them. `None`: now.
    pub as_of: Option<DateTime<Utc>>,
}

/// What somebody wants to be done with pairs: one of `decision`, `tag`, `untag` and `assign_to`.
#[derive(Debug, Clone, Copy, Default)]
pub struct WantedAct<'a> {
    /// A status.
    pub decision: Option<&'a str>,
    /// Why they are rejected.
    pub reason: Option<&'a str>,
    pub note: Option<&'a str>,
    /// A tag that is put on them.
    pub tag: Option<ReviewTagId>,
    /// A tag that is taken off.
    pub untag: Option<ReviewTagId>,
    /// The id of a person, or [`NOBODY`].
    pub assign_to: Option<&'a str>,
}

/// Stands for giving pairs to nobody.
pub const NOBODY: &str = "nobody";

impl WantedAct<'_> {
    /// What is to be done. `field` is where a decision is said.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for none of them, for several, and for words that are not understood.
    pub fn read(self, field: &str) -> Result<BulkAct, Problem> {
        let Self { decision, reason, note, tag, untag, assign_to } = self;
        let given = [decision.is_some(), tag.is_some(), untag.is_some(), assign_to.is_some()];
        if given.into_iter().filter(|is_given| *is_given).count() != 1 {
            return Err(Problem::invalid(field, InvalidCode::NotOneAct));
        }
        if let Some(decision) = decision {
            let decision: PairStatus = decision.parse().map_err(|error| Problem::invalid(field, error))?;
            return Ok(BulkAct::decide(decision, super::rejection(decision, reason, note)?));
        }
        // Only what is rejected has a reason.
        super::rejection(PairStatus::New, reason, note)?;
        let tag = tag.map(|tag_id| BulkAct::Tag { tag_id });
        if let Some(act) = tag.or(untag.map(|tag_id| BulkAct::Untag { tag_id })) {
            return Ok(act);
        }
        let to = assign_to.filter(|to| *to != NOBODY).map(str::parse).transpose();
        let assign_to_id = to.map_err(|_| Problem::invalid("assign_to", InvalidCode::NotAnId))?;
        Ok(BulkAct::Assign { assign_to_id })
    }
}

/// Why something cannot be done with pairs that is asked for now.
fn faulty(fault: BulkFault) -> Problem {
    match fault {
        BulkFault::TagGone => Problem::not_found(NotFoundCode::ReviewTag),
        BulkFault::TagRetired => Problem::conflict(ConflictCode::TagRetired),
        BulkFault::PersonGone => Problem::not_found(NotFoundCode::User),
    }
}

/// The search as a bulk decision has it: whatever is listed, all pairs, the latest first. The status that is asked for in words is the one
/// beside the search.
#[must_use]
pub fn bulk_query(query: &PairQuery) -> PairQuery {
    let mut query = PairQuery { sort: PairSort::default(), ..query.clone() };
    query.filter.one_per_group = false;
    query.filter.group = None;
    query.text = query.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some((status, rest)) = query.text.as_deref().and_then(status_in) {
        query.filter.status = PairStatusFilter::Only(status);
        query.text = Some(rest).filter(|rest| !rest.is_empty());
    }
    query
}

/// The one status that a search asks for, and the search without it.
fn status_in(text: &str) -> Option<(PairStatus, String)> {
    let parsed = Query::parse(text).ok()?;
    let asked = |clause: &Clause| match clause.what {
        What::Status(status) if !clause.negated => Some(status),
        _ => None,
    };
    let mut statuses = parsed.clauses.iter().filter_map(asked);
    let status = statuses.next()?;
    // Of two at once there is no pair.
    statuses.all(|other| other == status).then(|| (status, parsed.without(text, |clause| asked(clause).is_some())))
}

/// The conditions of a rule besides its search. A rule decides a pair once: what somebody made of it since stays.
fn checks_of(rule: &OfRule, within: Option<AccountId>) -> Vec<Check> {
    let came_after = rule.came_after.map(Check::CameAfter);
    let said = Check::Said { least: rule.least_said, within };
    [said, Check::NotByRule(rule.id)].into_iter().chain(came_after).collect()
}

/// Which pairs are looked at before somebody says yes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look<'a> {
    /// `next_cursor` of those before.
    pub cursor: Option<&'a str>,
    /// When the first of them were looked at. `None`: now.
    pub as_of: Option<DateTime<Utc>>,
}

/// How many pairs are meant. While some are not noted there may be more.
async fn counted(d: &Domain, all: &All) -> Result<Counted, Problem> {
    let counted = all.count(d).await?;
    Ok(Counted { exact: counted.exact && d.store.pairs_waiting().await? == 0, ..counted })
}

async fn previewed(d: &Domain, all: &All, look: Look<'_>, now: DateTime<Utc>) -> Result<BulkPreview, Problem> {
    let not_searchable_yet = d.store.pairs_waiting().await?;
    let Counted { count, exact } = counted(d, all).await?;
    let (ids, next_cursor) = all.after(d, look.cursor, EXAMPLES).await?;
    let mut examples = d.store.pairs_in_order(&ids).await?;
    super::lists::clip_texts(&mut examples);
    let as_of = look.as_of.map_or(now, |as_of| as_of.min(now));
    Ok(BulkPreview { matched: count, matched_exact: exact, as_of, examples, next_cursor, not_searchable_yet })
}

/// Which pairs a decision would be about.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is not understood, and for a cursor that was not given out here.
pub async fn preview_bulk(d: &Domain, by: Actor, query: &PairQuery, look: Look<'_>) -> Result<BulkPreview, Problem> {
    let now = d.clock.now();
    super::note_before_a_search(d).await;
    previewed(d, &All::of(d, &bulk_query(query), by.user, now).await?, look, now).await
}

/// Has something done with all pairs that a search finds. Those that come, or are changed, after `as_of` are left.
///
/// # Errors
/// `nothing_to_decide`; `review_tag_not_found`, `review_tag_retired`, `user_not_found`; [`Problem::Invalid`] for a search that is not understood.
pub async fn ask_bulk(d: &Domain, by: Actor, ask: BulkAsk) -> Result<BulkDecision, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let query = bulk_query(&ask.query);
    if let Some(account) = query.filter.account_id {
        accounts::get(d, account).await?;
    }
    let now = d.clock.now().trunc_subsecs(6);
    super::note_before_a_search(d).await;
    let all = All::of(d, &query, by.user, now).await?;
    let new = NewBulk {
        query: &query,
        act: &ask.act,
        as_of: ask.as_of.map_or(now, |as_of| as_of.min(now)),
        matched: counted(d, &all).await?,
        by: user,
        rule: None,
    };
    ask_for(d, by, &new, now).await
}

async fn ask_for(d: &Domain, by: Actor, new: &NewBulk<'_>, now: DateTime<Utc>) -> Result<BulkDecision, Problem> {
    if new.matched.count == 0 {
        return Err(Problem::conflict(ConflictCode::NothingToDecide));
    }
    let id = d.store.ask_bulk(new, Act { by, at: now }).await?.map_err(faulty)?;
    let (what, matched) = (new.act.word(), new.matched.count);
    tracing::info!(%by, bulk = %id, what, matched, rule = new.rule.as_ref().map(|rule| rule.name.as_str()), "decision about many pairs asked for");
    d.work.notify_one();
    bulk_decision(d, id).await
}

/// One decision about many pairs.
///
/// # Errors
/// `bulk_decision_not_found`.
pub async fn bulk_decision(d: &Domain, id: BulkDecisionId) -> Result<BulkDecision, Problem> {
    Ok(d.store.bulk_decision(id).await?.ok_or_else(no_bulk)?.told)
}

/// The latest decisions about many pairs, or those before a cursor.
///
/// # Errors
/// [`Problem::Invalid`] for a cursor that no list gave out.
pub async fn bulk_decisions(d: &Domain, cursor: Option<&str>) -> Result<BulkDecisionList, Problem> {
    Ok(d.store.bulk_decisions(cursor, LISTED).await?)
}

/// Whether somebody may stop a decision about many pairs, or take it back: their own; an admin any.
#[must_use]
pub fn may_change_bulk(user: &User, bulk: &BulkDecision) -> bool {
    user.is_admin() || bulk.asked_by_id == Some(user.id)
}

/// Stops a decision about many pairs. What was decided until then stays.
///
/// # Errors
/// `bulk_decision_not_found`, `bulk_decision_is_over`; [`Problem::Forbidden`] where it is somebody else's and `user` no admin.
pub async fn cancel_bulk(d: &Domain, by: Actor, user: &User, id: BulkDecisionId) -> Result<BulkDecision, Problem> {
    changeable(d, user, id).await?;
    match d.store.cancel_bulk(id, Act { by, at: d.clock.now() }).await? {
        BulkChange::Changed => {
            tracing::info!(%by, bulk = %id, "decision about many pairs stopped");
            bulk_decision(d, id).await
        }
        BulkChange::Over => Err(Problem::conflict(ConflictCode::BulkOver)),
        BulkChange::Unknown => Err(no_bulk()),
    }
}

/// Takes a decision about many pairs back, in the background. What somebody decided otherwise since stays.
///
/// # Errors
/// `bulk_decision_not_found`, `nothing_to_undo`; [`Problem::Forbidden`] where it is somebody else's and `user` no admin.
pub async fn undo_bulk(d: &Domain, by: Actor, user: &User, id: BulkDecisionId) -> Result<BulkDecision, Problem> {
    changeable(d, user, id).await?;
    take_back(d, by, id).await?;
    bulk_decision(d, id).await
}

/// Has it taken back, whoever may say so.
pub(super) async fn take_back(d: &Domain, by: Actor, id: BulkDecisionId) -> Result<(), Problem> {
    match d.store.undo_bulk(id, Act { by, at: d.clock.now() }).await? {
        BulkChange::Changed => {
            tracing::info!(%by, bulk = %id, "decision about many pairs is taken back");
            d.work.notify_one();
            Ok(())
        }
        BulkChange::Over => Err(Problem::conflict(ConflictCode::NothingToUndo)),
        BulkChange::Unknown => Err(no_bulk()),
    }
}

async fn changeable(d: &Domain, user: &User, id: BulkDecisionId) -> Result<(), Problem> {
    let bulk = bulk_decision(d, id).await?;
    if may_change_bulk(user, &bulk) { Ok(()) } else { Err(Problem::Forbidden) }
}

fn no_bulk() -> Problem {
    Problem::not_found(NotFoundCode::BulkDecision)
}

/// Does something with pairs that somebody picked, all at once. Those that somebody else changed after `as_of` are left.
///
/// # Errors
/// `review_tag_not_found`, `review_tag_retired`, `user_not_found`; [`Problem::Invalid`] for none, or for more than [`MOST_PICKED`].
pub async fn act_on_picked(
    d: &Domain,
    by: Actor,
    picked: &[PairId],
    act: &BulkAct,
    as_of: Option<DateTime<Utc>>,
) -> Result<PickedDecided, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    if picked.is_empty() || picked.len() > MOST_PICKED {
        return Err(Problem::invalid("pair_ids", InvalidCode::PickedNotInRange { most: MOST_PICKED }));
    }
    // As both databases keep it: it is what the step is called when it is taken back.
    let at = d.clock.now().trunc_subsecs(6);
    let done = d.store.act_on_picked(picked, act, as_of, user, Act { by, at }).await?.map_err(faulty)?;
    tracing::info!(%by, what = act.word(), done = done.decided, skipped = done.skipped, "done with picked pairs");
    Ok(done)
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkProgress {
    /// There is nothing more to do.
    Over,
    /// Others get their turn, and then it goes on.
    More,
}

/// Decides, or takes back, slice after slice. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn work_on_bulk(d: &Arc<Domain>, id: BulkDecisionId) -> Result<BulkProgress, StoreError> {
    let Some(bulk) = d.store.bulk_decision(id).await? else { return Ok(BulkProgress::Over) };
    match bulk.told.state {
        BulkState::Waiting | BulkState::Running => decide_on(d, bulk).await,
        BulkState::Undoing => undo_on(d, bulk).await,
        BulkState::Done | BulkState::Cancelled | BulkState::Undone | BulkState::Failed => Ok(BulkProgress::Over),
    }
}

async fn decide_on(d: &Arc<Domain>, bulk: StoredBulk) -> Result<BulkProgress, StoreError> {
    let id = bulk.told.id;
    // What is not noted is not found. What is noted later was decided here, or changed since.
    if bulk.told.state == BulkState::Waiting {
        note_terms(d).await?;
    }
    let within = bulk.told.integration_account_id;
    let checks = bulk.rule.as_ref().map(|rule| checks_of(rule, within)).unwrap_or_default();
    let all = match All::of(d, &bulk.told.query(), bulk.told.asked_by_id, bulk.told.asked_at).await {
        Ok(all) => all.with(checks),
        Err(problem) => return give_up(d, id, problem).await,
    };
    let mut place = bulk.place;
    for _ in 0..SLICES_AT_A_TIME {
        if d.stop.is_cancelled() {
            return Ok(BulkProgress::More);
        }
        let (ids, next) = match all.after(d, place.as_deref(), SLICE).await {
            Ok(found) => found,
            Err(problem) => return give_up(d, id, problem).await,
        };
        match d.store.act_on_slice(id, place.as_deref(), &ids, next.as_deref(), d.clock.now()).await? {
            Slice::Written => place = next,
            Slice::Last => {
                tracing::info!(bulk = %id, "decision about many pairs done");
                return Ok(BulkProgress::Over);
            }
            Slice::Stopped => return Ok(BulkProgress::Over),
            Slice::Impossible(fault) => {
                tracing::warn!(bulk = %id, why = fault.about(), "what was asked for about many pairs cannot go on");
                d.store.fail_bulk(id, fault.as_str(), d.clock.now()).await?;
                return Ok(BulkProgress::Over);
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(BulkProgress::More)
}

/// What cannot be read any more, e.g. a search that names somebody who is gone, stops it. What the database cannot do now is tried again.
async fn give_up(d: &Domain, id: BulkDecisionId, problem: Problem) -> Result<BulkProgress, StoreError> {
    as_store_error(&problem)?;
    tracing::warn!(bulk = %id, %problem, "a decision about many pairs cannot go on");
    d.store.fail_bulk(id, &problem.to_string(), d.clock.now()).await?;
    Ok(BulkProgress::Over)
}

async fn undo_on(d: &Arc<Domain>, bulk: StoredBulk) -> Result<BulkProgress, StoreError> {
    let (id, mut place) = (bulk.told.id, bulk.place);
    for _ in 0..SLICES_AT_A_TIME {
        if d.stop.is_cancelled() {
            return Ok(BulkProgress::More);
        }
        let slice = i64::try_from(SLICE).unwrap_or(i64::MAX);
        let (outcome, next) = d.store.undo_slice(id, place.as_deref(), slice, d.clock.now()).await?;
        match outcome {
            Slice::Written => place = next,
            Slice::Last => {
                tracing::info!(bulk = %id, "decision about many pairs taken back");
                return Ok(BulkProgress::Over);
            }
            Slice::Stopped | Slice::Impossible(_) => return Ok(BulkProgress::Over),
        }
        tokio::task::yield_now().await;
    }
    Ok(BulkProgress::More)
}

/// All rules, by their names.
///
/// # Errors
/// When the database cannot be read.
pub async fn trust_rules(d: &Domain) -> Result<Vec<TrustRule>, Problem> {
    let mut rules = d.store.trust_rules().await?;
    rules.sort_by_key(|rule| (rule.name.to_lowercase(), rule.id));
    Ok(rules)
}

/// One rule.
///
/// # Errors
/// `trust_rule_not_found`.
pub async fn trust_rule(d: &Domain, id: TrustRuleId) -> Result<TrustRule, Problem> {
    d.store.trust_rules().await?.into_iter().find(|rule| rule.id == id).ok_or_else(no_rule)
}

fn no_rule() -> Problem {
    Problem::not_found(NotFoundCode::TrustRule)
}

/// Makes a rule, or changes one; what it approves by itself is switched off with that.
///
/// # Errors
/// `trust_rule_not_found`, `integration_account_not_found`, `too_many_trust_rules`; [`Problem::Invalid`] for what cannot be used.
pub async fn save_trust_rule(
    d: &Domain,
    by: Actor,
    id: Option<TrustRuleId>,
    input: TrustRuleInput,
) -> Result<TrustRule, Problem> {
    let name = input.name.trim().to_owned();
    if name.is_empty() {
        return Err(Problem::invalid("name", InvalidCode::NameMissing));
    }
    if name.chars().count() > MOST_NAME {
        return Err(Problem::invalid("name", InvalidCode::NameTooLong));
    }
    let within = |field: &str, value: Option<i64>, usual: i64, least: i64, most: i64| {
        let value = value.unwrap_or(usual);
        let is_within = (least..=most).contains(&value);
        is_within
            .then_some(value)
            .ok_or_else(|| Problem::invalid(field, InvalidCode::NotInRange { least, most: Some(most) }))
    };
    let language = input.language.filter(|code| !code.is_empty());
    if language.as_ref().is_some_and(|code| !languages::is_code(code)) {
        return Err(Problem::invalid("language", InvalidCode::LanguageInvalid));
    }
    if let Some(account) = input.integration_account_id {
        accounts::get(d, account).await?;
    }
    let terms = RuleTerms {
        name,
        least_quality: within("least_quality", input.least_quality, QUALITY, 0, 100)?,
        least_said: within("least_said", input.least_said, SAID, 1, MOST_SAID)?,
        account: input.integration_account_id,
        language,
    };
    let saved = d.store.save_trust_rule(id, &terms, Act { by, at: d.clock.now() }).await?.ok_or_else(no_rule)?;
    tracing::info!(%by, rule = %saved.id, "trust rule saved");
    Ok(saved)
}

/// Switches a rule on: it approves by itself what comes from now on. Or off, with what it is just approving by itself. `seen` is when the
/// rule was changed last, as far as whoever switches it on knows.
///
/// # Errors
/// `trust_rule_not_found`, `trust_rule_changed`.
pub async fn switch_trust_rule(
    d: &Domain,
    by: Actor,
    id: TrustRuleId,
    is_on: bool,
    seen: Option<DateTime<Utc>>,
) -> Result<TrustRule, Problem> {
    match d.store.switch_trust_rule(id, is_on, seen, Act { by, at: d.clock.now() }).await? {
        RuleSwitched::Done => {}
        RuleSwitched::Changed => return Err(Problem::conflict(ConflictCode::TrustRuleChanged)),
        RuleSwitched::Unknown => return Err(no_rule()),
    }
    tracing::info!(%by, rule = %id, is_on, "trust rule switched");
    trust_rule(d, id).await
}

/// Deletes a rule. What it decided stays.
///
/// # Errors
/// `trust_rule_not_found`.
pub async fn delete_trust_rule(d: &Domain, by: Actor, id: TrustRuleId) -> Result<(), Problem> {
    if d.store.delete_trust_rule(id, Act { by, at: d.clock.now() }).await? { Ok(()) } else { Err(no_rule()) }
}

fn of_rule(rule: &TrustRule, came_after: Option<DateTime<Utc>>) -> OfRule {
    OfRule { id: rule.id, name: rule.name.clone(), least_said: rule.least_said, came_after }
}

/// The pairs that a rule means.
async fn meant_by(d: &Domain, rule: &TrustRule, of: &OfRule, now: DateTime<Utc>) -> Result<All, Problem> {
    Ok(All::of(d, &rule.query(), None, now).await?.with(checks_of(of, rule.integration_account_id)))
}

/// What a rule would approve now. Nothing is done.
///
/// # Errors
/// `trust_rule_not_found`.
pub async fn dry_run(d: &Domain, id: TrustRuleId, look: Look<'_>) -> Result<BulkPreview, Problem> {
    let (rule, now) = (trust_rule(d, id).await?, d.clock.now());
    super::note_before_a_search(d).await;
    previewed(d, &meant_by(d, &rule, &of_rule(&rule, None), now).await?, look, now).await
}

/// Has a rule approve what it means, once. What comes, or is changed, after `as_of` is left.
///
/// # Errors
/// `trust_rule_not_found`, `nothing_to_decide`.
pub async fn apply_rule(
    d: &Domain,
    by: Actor,
    id: TrustRuleId,
    as_of: Option<DateTime<Utc>>,
) -> Result<BulkDecision, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let (rule, now) = (trust_rule(d, id).await?, d.clock.now().trunc_subsecs(6));
    super::note_before_a_search(d).await;
    let of = of_rule(&rule, None);
    let new = NewBulk {
        query: &rule.query(),
        act: &PairStatus::Approved.into(),
        as_of: as_of.map_or(now, |as_of| as_of.min(now)),
        matched: counted(d, &meant_by(d, &rule, &of, now).await?).await?,
        by: user,
        rule: Some(of),
    };
    ask_for(d, by, &new, now).await
}

/// What applying the rules came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RulesApplied {
    All,
    /// One is at work already: what came since is for later.
    SomeLater,
}

/// Has the rules that are on approve what has come since they were switched on.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn apply_rules(d: &Arc<Domain>) -> Result<RulesApplied, StoreError> {
    let mut applied = RulesApplied::All;
    // What is not noted is not found.
    note_terms(d).await?;
    for (rule, by) in d.store.trust_rules_on().await? {
        if d.store.rule_is_at_work(rule.id).await? {
            applied = RulesApplied::SomeLater;
            continue;
        }
        if let Err(problem) = apply_to_new(d, &rule, by).await {
            as_store_error(&problem)?;
            tracing::warn!(rule = %rule.id, %problem, "a trust rule could not be applied");
        }
    }
    Ok(applied)
}

async fn apply_to_new(d: &Domain, rule: &TrustRule, by: UserId) -> Result<(), Problem> {
    let now = d.clock.now().trunc_subsecs(6);
    let of = of_rule(rule, rule.on_since);
    let matched = meant_by(d, rule, &of, now).await?.count(d).await?;
    if matched.count > 0 {
        let (query, act) = (rule.query(), PairStatus::Approved.into());
        let new = NewBulk { query: &query, act: &act, as_of: now, matched, by, rule: Some(of) };
        ask_for(d, Actor { user: Some(by), ..Actor::worker() }, &new, now).await?;
    }
    Ok(())
}

/// What the database cannot do now is tried again.
fn as_store_error(problem: &Problem) -> Result<(), StoreError> {
    match problem {
        Problem::Busy { .. } | Problem::StorageFull | Problem::Unavailable { .. } => Err(StoreError::Busy),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_among_the_words_is_the_one_beside_them() {
        let canonical = |text: &str| {
            let query = bulk_query(&PairQuery { text: Some(text.to_owned()), ..PairQuery::default() });
            (query.filter.status.as_str(), query.text)
        };
        let words = |text: &str| Some(text.to_owned());
        assert_eq!(canonical("is:rejected"), ("rejected", None));
        assert_eq!(canonical(" lamp  is:approved \"late parcel\""), ("approved", words("lamp \"late parcel\"")));
        assert_eq!(canonical("is:approved is:approved lamp"), ("approved", words("lamp")));
        // Not one of them, none, and what is not understood is left as it is.
        for text in ["lamp", "-is:approved", "is:new is:approved", "is:nothing", "is:edited"] {
            assert_eq!(canonical(text), ("new", words(text)));
        }
    }
}
