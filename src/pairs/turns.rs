//! Which messages make a pair, as people correct it. What they say is a mark on each message that it is about, and holds whenever the
//! thread is paired again: whole pairs are marked, so that they are what was seen, whatever else the thread gets.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, SubsecRound as _, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    clean::habits_of,
    group_new, new_pairs, pairing_of,
    review::{load, not_found, thread_behind},
    settle, summary_of, words_of,
};
use crate::{
    Domain,
    accounts::our_addresses,
    cleaning::Cleaned,
    conversations,
    pairing::{Pairing, Placed, SkipReason},
    store::{
        Act, MarkChange, MarkSaid, PairParts, Regrouping, Saved, StoreError, StoredMark, ThreadMail, ThreadPairs,
        ThreadSummary,
    },
    types::{
        Actor, ConflictCode, Direction, InvalidCode, MOST_MOVED, MessageId, PairId, PairTurns, Problem, TurnAct,
        TurnChangeId, TurnMark, TurnMessage, TurnPlace, TurnsInput, UserId,
    },
};

/// Messages that are shown on each side of a pair at most.
const AROUND: usize = 20;
/// So many characters of a message are shown.
const BEGINNING: usize = 160;
/// So many of one that came before the pair: it is there to be read.
const EARLIER: usize = 4_000;
/// How often a thread is read again that somebody else saves meanwhile.
const ATTEMPTS: usize = 5;

/// The messages that a pair is made of, with those around them: of the pair before it, of the one after it, and what is in none.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn turns(d: &Domain, pair: PairId) -> Result<PairTurns, Problem> {
    let (parts, thread) = load(d, pair).await?;
    turns_in(d, &parts, &thread).await
}

/// As [`turns`], of a thread that is here already.
pub(super) async fn turns_in(
    d: &Domain,
    parts: &PairParts,
    thread: &[(ThreadMail, Cleaned)],
) -> Result<PairTurns, Problem> {
    let view = View { pairing: pairing_of(thread, &our_addresses(d).await?), reply: parts.our_reply_message_id.0 };
    let (here, shown) = (view.here(), view.shown());
    let replies: Vec<MessageId> = view.pairing.pairs.iter().map(|pair| MessageId(pair.our_reply_message_id)).collect();
    let pairs: BTreeMap<MessageId, PairId> = d.store.pairs_by_reply(&replies).await?.into_iter().collect();
    let marks = marks_of(d, thread).await?;
    let mail: BTreeMap<Uuid, &(ThreadMail, Cleaned)> = thread.iter().map(|one| (one.0.id.0, one)).collect();
    let reasons: BTreeMap<Uuid, SkipReason> = view.pairing.skipped.iter().copied().collect();
    let is_of_pair = |placed: &Placed| here.is_some() && view.pair_of(placed.id) == here;
    let earlier = shown.iter().position(is_of_pair).unwrap_or(0);
    let items: Vec<TurnMessage> = shown
        .into_iter()
        .enumerate()
        .filter_map(|(at, placed)| {
            let (message, cleaned) = mail.get(&placed.id)?;
            let pair = view.pair_of(placed.id);
            let own = cleaned.text();
            let text = (at < earlier).then(|| own.trim().chars().take(EARLIER).collect::<String>());
            let mark = placed.mark.and_then(|mark| {
                marks.values().find(|one| {
                    one.said.mark == mark
                        && (one.message_id.0 == placed.id || view.is_copy(one.message_id.0, placed.id))
                })
            });
            Some(TurnMessage {
                message_id: message.id,
                direction: placed.side.unwrap_or(message.direction),
                from: message.from_address.clone(),
                sent_at: message.at,
                beginning: beginning(&own),
                text_cut: text.as_ref().is_some_and(|text| text.len() < own.trim().len()),
                text,
                place: place(here, pair),
                pair_id: pair.and_then(|pair| pairs.get(replies.get(pair)?).copied()),
                reason: reasons.get(&placed.id).filter(|_| pair.is_none()).map(|reason| reason.as_str().to_owned()),
                movable: placed.side.is_some(),
                marked_at: mark.map(|mark| mark.said.at),
                marked_by: mark.and_then(|mark| mark.name.clone()),
            })
        })
        .collect();
    Ok(PairTurns {
        pair_id: pairs.get(&parts.our_reply_message_id).copied(),
        count: number(items.len()),
        items,
        version: view.version(),
        marked: number(view.pairing.placed.iter().filter(|placed| placed.mark.is_some()).count()),
    })
}

/// Puts messages of a pair's conversation where a person says that they belong, and makes the pairs of the conversation anew. What is
/// decided or edited stays, and is flagged where its mail says something else now.
///
/// # Errors
/// `ai_email_pair_not_found`; [`Problem::Invalid`] for messages of another conversation, and such as can be in no pair;
/// `turns_changed_meanwhile` where the conversation is not grouped as they saw it; `pair_needs_both_sides`, `no_pair_there`;
/// `mail_makes_no_pair` where the conversation no longer makes this pair.
pub async fn regroup(d: &Arc<Domain>, by: Actor, pair: PairId, input: &TurnsInput) -> Result<PairTurns, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let act: TurnAct = input.act.parse().map_err(|error| Problem::invalid("act", error))?;
    let named = input.message_ids.len();
    if act != TurnAct::AsFound && !(1..=MOST_MOVED).contains(&named) {
        return Err(Problem::invalid("message_ids", InvalidCode::MovedNotInRange { most: MOST_MOVED }));
    }
    let change = |view: &View, marks: &BTreeMap<MessageId, StoredMark>, at: DateTime<Utc>| {
        if input.version.as_ref().is_some_and(|seen| *seen != view.version()) {
            return Err(Problem::conflict(ConflictCode::TurnsChanged));
        }
        let wanted = view.wanted(act, &input.message_ids)?;
        let is = |mark: TurnMark| MarkSaid { mark, by: Some(user), at };
        if act == TurnAct::AsFound {
            return Ok(marks.values().map(|one| (one.message_id, None)).collect());
        }
        Ok(wanted.into_iter().map(|(message, mark)| (MessageId(message), Some(is(mark)))).collect())
    };
    let done = change_marks(d, by, user, pair, act, None, change).await?;
    if let Some(messages) = done.messages {
        tracing::info!(%by, %pair, %act, messages, "messages put where they belong");
        group_new(d).await?;
    }
    let leads_to = done.leads_to.unwrap_or(pair);
    match turns(d, leads_to).await {
        // Nothing of the conversation makes this pair any more, and nobody had decided it.
        Err(Problem::NotFound { .. }) => {
            Ok(PairTurns { pair_id: None, items: Vec::new(), count: 0, version: String::new(), marked: 0 })
        }
        turns => turns,
    }
}

/// Takes back a step about where messages belong. Gives the pair that it was about.
pub(super) async fn group_as_before(
    d: &Arc<Domain>,
    by: Actor,
    pair: PairId,
    change: TurnChangeId,
) -> Result<PairId, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let nothing = || Problem::conflict(ConflictCode::NothingToUndo);
    let changes = d.store.turn_change(change).await?.ok_or_else(nothing)?;
    let back = |_: &View, marks: &BTreeMap<MessageId, StoredMark>, _: DateTime<Utc>| {
        let now = |message: &MessageId| marks.get(message).map(|one| one.said.mark);
        if changes.iter().any(|one| now(&one.message_id) != one.is.map(|said| said.mark)) {
            return Err(Problem::conflict(ConflictCode::PairChanged));
        }
        Ok(changes.iter().map(|one| (one.message_id, one.was)).collect())
    };
    match change_marks(d, by, user, pair, TurnAct::AsFound, Some(change), back).await {
        Ok(done) => {
            tracing::info!(%by, %pair, "grouping of messages taken back");
            group_new(d).await?;
            Ok(done.leads_to.unwrap_or(pair))
        }
        Err(problem) => {
            // What is in the way for a moment only can be tried again.
            let is_lasting = matches!(
                problem,
                Problem::NotFound { .. }
                    | Problem::Conflict { code: ConflictCode::PairChanged | ConflictCode::MailMakesNoPair }
            );
            if is_lasting {
                d.store.forget_turn_change(change).await?;
            }
            Err(problem)
        }
    }
}

/// What came of a change.
struct Changed {
    /// How many messages are somewhere else, where anything changed.
    messages: Option<i64>,
    /// The pair that has the messages of the open one now.
    leads_to: Option<PairId>,
}

/// Changes marks in the thread of a pair to what `change` says for how the thread is now, and makes its pairs anew, in one transaction.
async fn change_marks(
    d: &Arc<Domain>,
    by: Actor,
    user: UserId,
    pair: PairId,
    act: TurnAct,
    undoes: Option<TurnChangeId>,
    change: impl Fn(
        &View,
        &BTreeMap<MessageId, StoredMark>,
        DateTime<Utc>,
    ) -> Result<BTreeMap<MessageId, Option<MarkSaid>>, Problem>,
) -> Result<Changed, Problem> {
    for _ in 0..ATTEMPTS {
        let now = d.clock.now().trunc_subsecs(6);
        let parts = d.store.pair_parts(pair).await?.ok_or_else(not_found)?;
        let linked = d.store.link_threads(parts.account, &[parts.thread_id.as_str()], now).await?.pop();
        let linked = linked.ok_or_else(|| Problem::conflict(ConflictCode::MailMakesNoPair))?;
        let mut thread = thread_behind(d, &parts).await?;
        let ours = our_addresses(d).await?;
        let marks = marks_of(d, &thread).await?;
        let before = View { pairing: pairing_of(&thread, &ours), reply: parts.our_reply_message_id.0 };
        let mut wanted = change(&before, &marks, now)?;
        // What is said twice is said once.
        wanted.retain(|message, is| marks.get(message).map(|one| one.said.mark) != is.map(|said| said.mark));
        if wanted.is_empty() && undoes.is_none() {
            return Ok(Changed { messages: None, leads_to: None });
        }
        for (message, _) in &mut thread {
            if let Some(is) = wanted.get(&message.id) {
                message.mark = is.map(|said| said.mark);
            }
        }
        let after = View { pairing: pairing_of(&thread, &ours), reply: before.reply };
        let (moved, absorbed) = followed(&before.pairing, &after.pairing);
        let leads_to = after.leads_to(&before, &moved);
        let marks = wanted.iter().map(|(message_id, is)| {
            let was = marks.get(message_id).map(|one| one.said);
            MarkChange { message_id: *message_id, was, is: *is }
        });
        let regrouping = Regrouping {
            by: user,
            act,
            messages: i64::try_from(wanted.len()).unwrap_or(i64::MAX),
            pair,
            leads_to,
            marks: marks.collect(),
            moved,
            absorbed,
            undoes,
        };
        let summary = summary_of(thread.iter().map(|(message, _)| message));
        let mut made = [ThreadPairs {
            thread: linked,
            summary: ThreadSummary {
                words: words_of(&thread),
                conversation: conversations::facts(&thread, &after.pairing, &ours),
                ..summary
            },
            pairs: new_pairs(after.pairing, &thread, now),
            habits: habits_of(&thread),
        }];
        settle(d, parts.account, &mut made).await?;
        let [made] = &made;
        match d.store.regroup(&regrouping, made, Act { by, at: now }).await? {
            Saved::Done(_) => {
                let reply: Vec<MessageId> = regrouping.leads_to.into_iter().collect();
                let leads_to = d.store.pairs_by_reply(&reply).await?.pop().map(|(_, pair)| pair);
                return Ok(Changed { messages: Some(regrouping.messages), leads_to });
            }
            Saved::Stale | Saved::Refused => {
                tracing::debug!(%pair, "another process paired this thread meanwhile; again");
            }
        }
    }
    Err(Problem::conflict(ConflictCode::TurnsChanged))
}

/// What people said about messages of a thread.
async fn marks_of(d: &Domain, thread: &[(ThreadMail, Cleaned)]) -> Result<BTreeMap<MessageId, StoredMark>, StoreError> {
    let marked: Vec<MessageId> =
        thread.iter().filter(|(message, _)| message.mark.is_some()).map(|(message, _)| message.id).collect();
    Ok(d.store.turn_marks(&marked).await?.into_iter().map(|one| (one.message_id, one)).collect())
}

/// A thread as seen from one of its pairs.
struct View {
    pairing: Pairing,
    /// The reply that the pair begins with.
    reply: Uuid,
}

impl View {
    /// The pair itself, among those of the thread.
    fn here(&self) -> Option<usize> {
        self.pairing.pairs.iter().position(|pair| pair.our_reply_message_id == self.reply)
    }

    /// The pair that a message is in.
    fn pair_of(&self, message: Uuid) -> Option<usize> {
        self.sets().position(|set| set.contains(&message))
    }

    /// The messages of each pair.
    fn sets(&self) -> impl Iterator<Item = BTreeSet<Uuid>> {
        self.pairing
            .pairs
            .iter()
            .map(|pair| pair.client_message_ids.iter().chain(&pair.reply_message_ids).copied().collect())
    }

    fn is_copy(&self, message: Uuid, of: Uuid) -> bool {
        self.pairing.placed.iter().any(|placed| placed.id == message && placed.copy_of == Some(of))
    }

    /// The messages that are shown: from the pair before to the one after, and what lies between, each mail once.
    fn shown(&self) -> Vec<Placed> {
        let all: Vec<Placed> = self.pairing.placed.iter().filter(|placed| placed.copy_of.is_none()).copied().collect();
        let ends = |pair: Option<usize>| {
            let set = self.sets().nth(pair?)?;
            let mut at = all.iter().enumerate().filter(|(_, placed)| set.contains(&placed.id)).map(|(at, _)| at);
            let first = at.next()?;
            Some((first, at.next_back().unwrap_or(first)))
        };
        let here = self.here();
        let own = ends(here).or_else(|| {
            let at = all.iter().position(|placed| placed.id == self.reply)?;
            Some((at, at))
        });
        let Some((first, last)) = own else { return Vec::new() };
        let before = ends(here.and_then(|here| here.checked_sub(1)));
        let after = ends(here.map(|here| here + 1));
        let start = before.map_or(first.saturating_sub(AROUND), |(start, _)| start);
        let end = after.map_or(last.saturating_add(AROUND), |(_, end)| end);
        let start = start.min(first).max(first.saturating_sub(AROUND));
        let end = end.max(last).min(last.saturating_add(AROUND)).min(all.len() - 1);
        all[start..=end].to_vec()
    }

    /// Names how the thread is grouped: another one is another grouping, or other mail.
    fn version(&self) -> String {
        let mut hash = Sha256::new();
        for set in self.sets() {
            set.iter().for_each(|message| hash.update(message.as_bytes()));
            hash.update([0]);
        }
        for placed in &self.pairing.placed {
            hash.update(placed.id.as_bytes());
            match placed.mark {
                None => hash.update([0]),
                Some(TurnMark::LeftOut) => hash.update([1]),
                Some(TurnMark::In(turn)) => hash.update(turn.as_bytes()),
            }
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is to be said about which messages, so that they are where `act` puts them. Whole pairs are marked: what they are from then
    /// on does not depend on what else comes.
    fn wanted(&self, act: TurnAct, messages: &[MessageId]) -> Result<BTreeMap<Uuid, TurnMark>, Problem> {
        if act == TurnAct::AsFound {
            return Ok(BTreeMap::new());
        }
        let placed: BTreeMap<Uuid, &Placed> = self.pairing.placed.iter().map(|placed| (placed.id, placed)).collect();
        let mut chosen: BTreeSet<Uuid> = BTreeSet::new();
        for message in messages {
            let invalid = |code: InvalidCode| Problem::invalid("message_ids", code);
            let named = placed.get(&message.0).ok_or_else(|| invalid(InvalidCode::MessageElsewhere))?;
            // A copy stands for the mail that it is a copy of.
            let original = named.copy_of.and_then(|original| placed.get(&original)).unwrap_or(named);
            if original.side.is_none() {
                let reason = self.pairing.skipped.iter().find(|(id, _)| *id == original.id);
                let reason = reason.map_or(SkipReason::EmptyAfterCleaning, |(_, reason)| *reason).to_string();
                return Err(invalid(InvalidCode::MessageUnpairable { reason }));
            }
            chosen.insert(original.id);
        }
        let here = self.here().ok_or_else(|| Problem::conflict(ConflictCode::MailMakesNoPair))?;
        let before: Vec<BTreeSet<Uuid>> = self.sets().collect();
        let mut after: Vec<BTreeSet<Uuid>> =
            before.iter().map(|set| set.difference(&chosen).copied().collect()).collect();
        let to = match act {
            TurnAct::LeaveOut | TurnAct::AsFound => None,
            TurnAct::ThisPair => Some(here),
            TurnAct::PairBefore => Some(here.checked_sub(1).ok_or_else(no_pair_there)?),
            TurnAct::PairAfter => Some(Some(here + 1).filter(|to| *to < after.len()).ok_or_else(no_pair_there)?),
            TurnAct::OwnPair => {
                after.push(BTreeSet::new());
                Some(after.len() - 1)
            }
        };
        let mut marks: BTreeMap<Uuid, TurnMark> = BTreeMap::new();
        match to {
            Some(to) => after[to].extend(&chosen),
            None => marks.extend(chosen.iter().map(|message| (*message, TurnMark::LeftOut))),
        }
        // A pair that gives all its messages to another one is no more; one that is left out altogether would be lost.
        let goes_into_another = |set: &BTreeSet<Uuid>| set.is_empty() && to.is_some();
        for (_, set) in after.iter().enumerate().filter(|(at, set)| before.get(*at) != Some(*set)) {
            if goes_into_another(set) {
                continue;
            }
            let has = |side| set.iter().any(|id| placed.get(id).is_some_and(|placed| placed.side == Some(side)));
            if !has(Direction::Incoming) || !has(Direction::Outgoing) {
                return Err(Problem::conflict(ConflictCode::TurnOneSided));
            }
            let turn = Uuid::now_v7();
            marks.extend(set.iter().map(|message| (*message, TurnMark::In(turn))));
        }
        Ok(marks)
    }

    /// The reply of the pair that has the messages of the one seen before.
    fn leads_to(&self, before: &Self, moved: &[(MessageId, MessageId)]) -> Option<MessageId> {
        let reply = moved.iter().find(|(from, _)| from.0 == before.reply).map_or(before.reply, |(_, to)| to.0);
        let messages = before.here().and_then(|here| before.sets().nth(here)).unwrap_or_default();
        let with_reply = self.pair_of(reply);
        let with_others = || messages.iter().find_map(|message| self.pair_of(*message));
        let pair = with_reply.or_else(with_others)?;
        self.pairing.pairs.get(pair).map(|pair| MessageId(pair.our_reply_message_id))
    }
}

/// Where a pair is, as seen from another one.
fn place(here: Option<usize>, pair: Option<usize>) -> TurnPlace {
    match (here, pair) {
        (_, None) => TurnPlace::NoPair,
        (Some(here), Some(pair)) if pair == here => TurnPlace::ThisPair,
        (Some(here), Some(pair)) if pair + 1 == here => TurnPlace::PairBefore,
        (Some(here), Some(pair)) if pair == here + 1 => TurnPlace::PairAfter,
        (_, Some(_)) => TurnPlace::OtherPair,
    }
}

/// The replies of two pairs.
type Replies = Vec<(MessageId, MessageId)>;

/// Which pairs begin with another reply now, and which became part of another pair.
fn followed(before: &Pairing, after: &Pairing) -> (Replies, Replies) {
    let begins = |pairing: &Pairing, reply: Uuid| pairing.pairs.iter().any(|pair| pair.our_reply_message_id == reply);
    let (mut moved, mut absorbed) = (Replies::new(), Replies::new());
    for old in before.pairs.iter().filter(|old| !begins(after, old.our_reply_message_id)) {
        let with_first = after.pairs.iter().find(|new| new.reply_message_ids.contains(&old.our_reply_message_id));
        let with_others = || {
            after
                .pairs
                .iter()
                .find(|new| new.reply_message_ids.iter().any(|reply| old.reply_message_ids.contains(reply)))
        };
        let Some(new) = with_first.or_else(with_others) else { continue };
        let both = (MessageId(old.our_reply_message_id), MessageId(new.our_reply_message_id));
        let is_taken = begins(before, both.1.0) || moved.iter().any(|(_, to)| *to == both.1);
        (if is_taken { &mut absorbed } else { &mut moved }).push(both);
    }
    (moved, absorbed)
}

/// The first words of a text, on one line.
fn beginning(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(BEGINNING) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

fn no_pair_there() -> Problem {
    Problem::conflict(ConflictCode::NoPairThere)
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
