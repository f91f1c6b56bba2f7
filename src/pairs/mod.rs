//! Stored threads in, stored training pairs out; and what a reviewer may see and change of them.

mod assign;
mod bulk;
mod choices;
mod clean;
mod facets;
mod find;
mod guidelines;
mod lists;
mod opinions;
mod progress;
pub mod query;
mod review;
mod tags;
mod tails;
mod turns;
mod views;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use assign::{assign, assignees, reviewers, share_out};
pub use bulk::{
    BulkAsk, EXAMPLES, Look, NOBODY, SLICE, WantedAct, act_on_picked, apply_rule, ask_bulk, bulk_decision,
    bulk_decisions, bulk_query, cancel_bulk, delete_trust_rule, dry_run, may_change_bulk, preview_bulk,
    save_trust_rule, switch_trust_rule, trust_rule, trust_rules, undo_bulk,
};
pub(crate) use bulk::{BulkProgress, RulesApplied, apply_rules, work_on_bulk};
pub use choices::Choices;
pub(crate) use choices::KnownChoices;
pub use facets::{QUALITY_BANDS, facets};
pub(crate) use find::note_before_a_search;
pub use find::{dividing_quality, find, note_terms};
pub use guidelines::{guidelines, guidelines_version, guidelines_versions, save_guidelines};
pub use lists::{Open, Review, get, note_newest, open, page, review};
pub use opinions::{give_opinion, next_opinion, opinions, set_opinion_share, settle_opinion};
pub use progress::{MOST_DAYS, progress};
pub use review::{
    adopt_mail, decide, decide_group, edit_texts, edits, keep_pair, keep_span, messages_of, rejection, steps, undo,
    undo_group,
};
pub use tags::{delete_tag, known_tags, move_tag, retire_tag, save_tag, tag_pair, tags};
pub use turns::{regroup, turns};
pub use views::{MOST_NAME, delete_view, save_view, views};

pub use crate::store::{Decision, GroupChoice};
use {clean::habits_of, tails::Tails};
pub(crate) use {
    clean::{RENDERING, clean_for_reader, clean_thread, cut, share},
    review::shown,
};

use crate::{
    Domain,
    accounts::{self, our_addresses},
    cleaning::{self, Cleaned},
    conversations, jobs,
    labels::{PairFacts, UsualLanguages, label, settle_languages},
    mail::{AddressSet, words::Words},
    pairing::{PairDraft, Pairing, ThreadMessage, pair_thread},
    store::{
        Act, Apply, LinkedThread, NewPair, Record, RunProgress, Saved, StoreError, ThreadMail, ThreadPairs,
        ThreadSummary,
    },
    types::{
        AccountId, Actor, AuditAction, AuditChange, JobKind, MessageId, PairLabels, Problem, RebuildReport, RunCode,
        ThreadId,
    },
};

/// Threads that are paired at a time: their mail is in memory together, as far as a parcel allows, and they are saved together.
const AT_A_TIME: usize = 150;

/// What pairing did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PairTotals {
    pub(crate) report: RebuildReport,
    /// Messages that make no pair, and why: newsletters, autoreplies, mail among colleagues and the like.
    pub(crate) skipped: Vec<(MessageId, &'static str)>,
    /// Messages that are in a pair.
    pub(crate) paired: Vec<MessageId>,
    /// Threads whose pairs the database does not take.
    pub(crate) refused: Vec<ThreadId>,
}

impl PairTotals {
    /// Tells a run of the threads whose pairs are not stored.
    pub(crate) fn tell_refused(&self, progress: &mut RunProgress) {
        for thread in &self.refused {
            progress.error(
                RunCode::NotStored,
                &format!("the pairs of thread {thread} are not stored; the server's log says why"),
            );
        }
    }

    fn add(&mut self, report: RebuildReport, pairs: &[NewPair], skipped: Vec<(MessageId, &'static str)>) {
        self.report += report;
        self.skipped.extend(skipped);
        self.paired.extend(pairs.iter().flat_map(|pair| pair.client_message_ids.iter().chain(&pair.reply_message_ids)));
    }
}

/// Makes the pairs of every thread of an account whose mail has changed.
///
/// # Errors
/// When the database cannot be used; the threads not yet done stay on the list.
pub(crate) async fn pair_account(
    d: &Arc<Domain>,
    account: AccountId,
    ours: &AddressSet,
) -> Result<PairTotals, StoreError> {
    let mut round = Round::default();
    pair_waiting(d, account, ours, &mut round).await?;
    let totals = std::mem::take(&mut round.totals);
    pair_again(d, ours, &mut round).await?;
    group_new(d).await?;
    Ok(totals)
}

/// Pairs what waits in other mailboxes because of what was learnt: our people send from several.
async fn pair_again(d: &Domain, ours: &AddressSet, round: &mut Round) -> Result<(), StoreError> {
    while let Some(account) = round.again.pop_first() {
        pair_waiting(d, account, ours, round).await?;
    }
    Ok(())
}

/// Pairs the threads of an account that wait for it.
async fn pair_waiting(d: &Domain, account: AccountId, ours: &AddressSet, round: &mut Round) -> Result<(), StoreError> {
    loop {
        let threads = d.store.threads_to_pair(account, AT_A_TIME).await?;
        if threads.is_empty() {
            return Ok(());
        }
        round.done.clear();
        pair_threads(d, account, threads, ours, Apply::Yes, round).await?;
    }
}

/// What is known by now of the threads that are being paired one after the other.
#[derive(Default)]
struct Round {
    /// The revisions of threads that were seen to.
    done: BTreeMap<ThreadId, i64>,
    tails: Tails,
    /// Accounts that have threads to be paired again, by what was learnt.
    again: BTreeSet<AccountId>,
    totals: PairTotals,
}

/// Decides directions anew where our addresses changed: in `account`, whose lease the caller holds, and in every account that
/// nobody is syncing. Their threads are paired anew.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn redecide(d: &Arc<Domain>, account: AccountId, ours: &AddressSet) -> Result<(), StoreError> {
    for concerned in d.store.decided_by_others(account, ours, d.clock.now()).await? {
        let turned = d.store.redecide_directions(concerned, ours).await?;
        if turned > 0 {
            tracing::info!(account = %concerned, turned, "our addresses changed: directions decided anew");
            if concerned != account {
                pair_account(d, concerned, ours).await?;
            }
        }
    }
    Ok(())
}

/// As [`redecide`], for an account whose lease nobody holds, and pairs it anew as well. `false`: a run holds it, and nothing was
/// decided there.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn redecide_unless_held(
    d: &Arc<Domain>,
    account: AccountId,
    ours: &AddressSet,
) -> Result<bool, StoreError> {
    // No account has this id: those that a run holds are left out.
    redecide(d, AccountId::new(), ours).await?;
    if d.store.decided_by_others(account, ours, d.clock.now()).await?.contains(&account) {
        return Ok(false);
    }
    pair_account(d, account, ours).await?;
    Ok(true)
}

/// Links threads of one mailbox with those of others, learns how our people end their mail, and makes the pairs of the whole. A
/// thread that was seen to already is left where nothing joined it since.
async fn pair_threads(
    d: &Domain,
    account: AccountId,
    mut thread_ids: Vec<String>,
    ours: &AddressSet,
    apply: Apply,
    round: &mut Round,
) -> Result<(), StoreError> {
    while !thread_ids.is_empty() {
        let now = d.clock.now();
        let asked: Vec<&str> = thread_ids.iter().map(String::as_str).collect();
        let mut linked = d.store.link_threads(account, &asked, now).await?;
        linked.retain(|thread| round.done.get(&thread.id) != Some(&thread.revision));
        let ids: Vec<ThreadId> = linked.iter().map(|thread| thread.id).collect();
        let mut linked: BTreeMap<ThreadId, LinkedThread> =
            linked.into_iter().map(|thread| (thread.id, thread)).collect();
        thread_ids.clear();
        for parcel in d.store.parcels(&ids).await? {
            let mut mail = d.store.mail_of_threads(&parcel).await?;
            round.again.extend(round.tails.learn(d, &mail, ours, apply).await?);
            let (mut made, mut reasons) = (Vec::new(), Vec::new());
            for thread in parcel.threads.iter().filter_map(|id| linked.remove(id)) {
                let mail = mail.remove(&thread.id).unwrap_or_default();
                let mut summary = summary_of(mail.iter());
                let cleaned = clean_thread(mail, |message| round.tails.habits_of(message, ours));
                summary.words = words_of(&cleaned);
                let pairing = pairing_of(&cleaned, ours);
                summary.conversation = conversations::facts(&cleaned, &pairing, ours);
                let (pairs, mut skipped) = pairs_of(pairing, &cleaned, now);
                // A run counts the mail of its own mailbox: copies in others are theirs.
                let own = |id: MessageId| cleaned.iter().any(|(mail, _)| mail.id == id && mail.account == account);
                skipped.retain(|(id, _)| own(*id));
                made.push(ThreadPairs { thread, summary, pairs, habits: habits_of(&cleaned) });
                reasons.push(skipped);
                // Cleaning is work for the processor: others get their turn between two threads.
                tokio::task::yield_now().await;
            }
            settle(d, account, &mut made).await?;
            let saved = d.store.save_thread_pairs(&made, apply, now).await?;
            for ((one, saved), skipped) in made.into_iter().zip(saved).zip(reasons) {
                match saved {
                    Saved::Done(report) => {
                        round.totals.add(report, &one.pairs, skipped);
                        round.done.insert(one.thread.id, one.thread.revision + i64::from(apply == Apply::Yes));
                    }
                    Saved::Refused => {
                        let id = one.thread.id;
                        round.totals.refused.push(id);
                        round.done.insert(id, one.thread.revision);
                    }
                    Saved::Stale => {
                        tracing::debug!(thread = %one.thread.id, "another process paired this thread meanwhile; again");
                        thread_ids.extend(one.thread.thread_ids);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Pairs of an account whose languages are counted to know what is usual there, besides those at hand.
const COUNTED: i64 = 200;

/// Settles what short texts leave open of their language by what is usual in the mailbox: in its newest pairs and in these.
async fn settle(d: &Domain, account: AccountId, made: &mut [ThreadPairs]) -> Result<(), StoreError> {
    let new = || made.iter().flat_map(|one| &one.pairs);
    if new().next().is_none() {
        return Ok(());
    }
    let mut usual = UsualLanguages::default();
    new().for_each(|pair| usual.add(&pair.labels));
    let replies: BTreeSet<MessageId> = new().map(|pair| pair.our_reply_message_id).collect();
    let stored = d.store.newest_labels(account, COUNTED).await?;
    stored.iter().filter(|(reply, _)| !replies.contains(reply)).for_each(|(_, labels)| usual.add(labels));
    let usual = usual.codes();
    for pair in made.iter_mut().flat_map(|one| &mut one.pairs) {
        settle_languages(&mut pair.labels, &pair.client_text, &pair.our_reply_text, &usual);
    }
    Ok(())
}

/// Learns how our people end their mail in threads of one mailbox and what is linked with them.
async fn learn_threads(
    d: &Domain,
    account: AccountId,
    thread_ids: Vec<String>,
    ours: &AddressSet,
    apply: Apply,
    round: &mut Round,
) -> Result<(), StoreError> {
    let asked: Vec<&str> = thread_ids.iter().map(String::as_str).collect();
    let linked = d.store.link_threads(account, &asked, d.clock.now()).await?;
    let ids: Vec<ThreadId> = linked.iter().map(|thread| thread.id).collect();
    for parcel in d.store.parcels(&ids).await? {
        let mail = d.store.mail_of_threads(&parcel).await?;
        round.again.extend(round.tails.learn(d, &mail, ours, apply).await?);
    }
    Ok(())
}

/// What a list shows of a thread.
fn summary_of<'m>(mail: impl Iterator<Item = &'m ThreadMail> + Clone) -> ThreadSummary {
    let first = mail.clone().min_by_key(|message| (message.at, message.id));
    // The same mail in two of our mailboxes counts once.
    let copies: BTreeSet<&str> = mail.clone().filter_map(|message| message.message_id.as_deref()).collect();
    let unnamed = mail.clone().filter(|message| message.message_id.is_none()).count();
    ThreadSummary {
        subject: first.and_then(|message| message.subject.clone()),
        first_message_at: mail.clone().filter_map(|message| message.at).min(),
        last_message_at: mail.filter_map(|message| message.at).max(),
        message_count: i32::try_from(copies.len() + unnamed).unwrap_or(i32::MAX),
        words: String::new(),
        conversation: None,
    }
}

/// The words by which a thread is found: of subjects, names and addresses first, then of the texts.
fn words_of(thread: &[(ThreadMail, Cleaned)]) -> String {
    let mut words = Words::default();
    for (message, _) in thread {
        let people = [&message.subject, &message.from_name, &message.from_address];
        people.into_iter().flatten().chain(&message.recipients).for_each(|text| words.add(text));
    }
    thread.iter().for_each(|(_, cleaned)| words.add(&cleaned.source));
    words.joined()
}

/// Threads whose words are noted at a time.
const NOTED_AT_A_TIME: i64 = 20;

/// Notes the words of every thread that was stored before words were noted. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub async fn note_words(d: &Domain) -> Result<(), StoreError> {
    loop {
        let waiting = d.store.threads_without_words(NOTED_AT_A_TIME).await?;
        if waiting.is_empty() || d.stop.is_cancelled() {
            return Ok(());
        }
        for parcel in d.store.parcels(&waiting).await? {
            let mut mail = d.store.mail_of_threads(&parcel).await?;
            let mut noted = Vec::with_capacity(parcel.threads.len());
            for id in &parcel.threads {
                noted.push((*id, words_of(&clean_thread(mail.remove(id).unwrap_or_default(), |_| Vec::new()))));
                tokio::task::yield_now().await;
            }
            d.store.note_words(&noted).await?;
        }
    }
}

/// Makes the pairs of every thread anew, after the engine changed; or only says what that would do.
///
/// # Errors
/// `integration_account_not_found`; when the database cannot be used.
pub async fn rebuild(
    d: &Arc<Domain>,
    by: Actor,
    account: Option<AccountId>,
    apply: Apply,
) -> Result<RebuildReport, Problem> {
    let accounts = match account {
        Some(id) => {
            vec![accounts::get(d, id).await?]
        }
        None => d.store.list_accounts(None, None).await?,
    };
    let ours = our_addresses(d).await?;
    // A conversation that several accounts see is made anew once.
    let mut round = Round::default();
    // How our people end their mail is learnt first, of all of it: no thread is made anew twice, and what would change is known.
    for is_learning in [true, false] {
        round.tails.anew = is_learning;
        for account in &accounts {
            let mut left = d.store.thread_ids(account.id).await?;
            while !left.is_empty() {
                let some = left.split_off(left.len().saturating_sub(AT_A_TIME));
                if is_learning {
                    learn_threads(d, account.id, some, &ours, apply, &mut round).await?;
                } else {
                    pair_threads(d, account.id, some, &ours, apply, &mut round).await?;
                }
            }
        }
    }
    let totals = std::mem::take(&mut round.totals);
    if apply == Apply::Yes {
        pair_again(d, &ours, &mut round).await?;
        group_new(d).await?;
        d.store.drop_empty_groups().await?;
        let report = totals.report;
        let change = AuditChange::Rebuilt {
            created: report.created.into(),
            updated: report.updated.into(),
            removed: report.removed.into(),
            flagged: report.flagged.into(),
        };
        let to = Some(change.to_string());
        let name = accounts.first().filter(|_| account.is_some()).map(|account| account.external_account_id.as_str());
        let record = Record { target: account.map(|id| id.to_string()), name, to, ..Record::default() };
        d.store.record(Act { by, at: d.clock.now() }, AuditAction::PairsRebuilt, record).await?;
        tracing::info!(%by, ?report, "pairs made anew");
    }
    Ok(totals.report)
}

/// Finds the group of every pair that is new or whose reply changed, unless another process is at it: the job was queued
/// together with them.
async fn group_new(d: &Arc<Domain>) -> Result<(), StoreError> {
    Box::pin(jobs::run_waiting(d, &[JobKind::GroupReplies])).await
}

/// The pairs of a thread, and what is in none.
fn pairs_of(
    pairing: Pairing,
    thread: &[(ThreadMail, Cleaned)],
    now: DateTime<Utc>,
) -> (Vec<NewPair>, Vec<(MessageId, &'static str)>) {
    let skipped = pairing.skipped.iter().map(|(id, reason)| (MessageId(*id), reason.as_str())).collect();
    (new_pairs(pairing, thread, now), skipped)
}

/// The pairs to store.
fn new_pairs(pairing: Pairing, thread: &[(ThreadMail, Cleaned)], now: DateTime<Utc>) -> Vec<NewPair> {
    pairing.pairs.into_iter().filter_map(|draft| new_pair(draft, thread, now)).collect()
}

/// What pairing finds in a thread.
pub(crate) fn pairing_of(thread: &[(ThreadMail, Cleaned)], ours: &AddressSet) -> Pairing {
    let texts: Vec<String> =
        thread.iter().map(|(message, cleaned)| cleaned.pair_text(message.body_html.as_deref())).collect();
    let messages: Vec<ThreadMessage<'_>> = thread
        .iter()
        .zip(&texts)
        .map(|((message, _), text)| ThreadMessage {
            id: message.id.0,
            message_id: message.message_id.as_deref(),
            in_reply_to: &message.in_reply_to,
            references: &message.references,
            direction: message.direction,
            sent: message.sent(),
            sent_at: message.at,
            from: message.from_address.as_deref(),
            reply_to: &message.reply_to,
            recipients: &message.recipients,
            subject: message.subject.as_deref(),
            nature: &message.nature,
            text,
            mark: message.mark,
        })
        .collect();
    pair_thread(&messages, ours)
}

/// The pair to store. `None` for a draft whose reply is not of this thread, which pairing never makes.
fn new_pair(draft: PairDraft, thread: &[(ThreadMail, Cleaned)], now: DateTime<Utc>) -> Option<NewPair> {
    let (reply, _) = thread.iter().find(|(message, _)| message.id.0 == draft.our_reply_message_id)?;
    let messages = |ids: &[Uuid]| -> Vec<&(ThreadMail, Cleaned)> {
        thread.iter().filter(|(message, _)| ids.contains(&message.id.0)).collect()
    };
    let (clients, replies) = (messages(&draft.client_message_ids), messages(&draft.reply_message_ids));
    let labels =
        labels_of((&draft.client_text, &clients), (&draft.reply_text, &replies), draft.responded_after_seconds);
    let ids = |list: Vec<Uuid>| list.into_iter().map(MessageId).collect();
    Some(NewPair {
        account: reply.account,
        thread_id: reply.thread_id.clone(),
        client_message_id: MessageId(draft.client_message_id),
        our_reply_message_id: MessageId(draft.our_reply_message_id),
        client_message_ids: ids(draft.client_message_ids),
        reply_message_ids: ids(draft.reply_message_ids),
        client_text: draft.client_text,
        our_reply_text: draft.reply_text,
        labels,
        responded_after_seconds: draft.responded_after_seconds,
        replied_at: reply.at.unwrap_or(now),
        engine_version: i32::try_from(cleaning::ENGINE_VERSION).unwrap_or(i32::MAX),
    })
}

/// The labels of two texts and the messages each came from, the client's first.
fn labels_of(
    (client_text, clients): (&str, &[&(ThreadMail, Cleaned)]),
    (reply_text, replies): (&str, &[&(ThreadMail, Cleaned)]),
    responded_after_seconds: Option<i64>,
) -> PairLabels {
    let took_everything = clients.iter().chain(replies).any(|(_, cleaned)| !cleaned.kept.is_empty());
    let names = |side: &[&(ThreadMail, Cleaned)]| -> Vec<String> {
        side.iter().filter_map(|(message, _)| message.from_name.clone()).collect()
    };
    let (client_names, our_names) = (names(clients), names(replies));
    label(&PairFacts {
        client_text,
        reply_text,
        client_names: &client_names.iter().map(String::as_str).collect::<Vec<_>>(),
        our_names: &our_names.iter().map(String::as_str).collect::<Vec<_>>(),
        client_has_attachment: clients.iter().any(|(message, _)| message.has_attachment),
        reply_has_attachment: replies.iter().any(|(message, _)| message.has_attachment),
        client_html: clients.iter().any(|(message, _)| message.body_html.is_some()),
        reply_html: replies.iter().any(|(message, _)| message.body_html.is_some()),
        took_everything,
        responded_after_seconds,
    })
}
