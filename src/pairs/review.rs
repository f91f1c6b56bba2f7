//! What a reviewer sees behind a pair, and what they may put back.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{
    bulk::take_back,
    clean::{clean_for_reader, cut, share},
    group_new, labels_of, pairing_of, pairs_of,
    turns::group_as_before,
};
use crate::{
    Domain,
    accounts::our_addresses,
    cleaning::{Cleaned, Removed, join_broken_lines},
    store::{
        Act, Decision, EditedPair, GroupChoice, GroupDecision, KeptSpan, PairDecision, PairParts, TextsEdit,
        ThreadMail, UndoOutcome, UndoneStep,
    },
    types::{
        Actor, ConflictCode, GroupDecided, GroupUndone, InvalidCode, MessageId, NOTE_LENGTH, NotFoundCode, PairEdits,
        PairId, PairMessage, PairMessages, PairStatus, Problem, RejectReason, Rejection, RemovedSpan, ReviewSteps,
        SpanInput, StepUndone, TEXT_LENGTH, TextsInput, TrainingPair,
    },
};

/// The messages of a pair as they came, in order, with the spans that were taken away.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn messages_of(d: &Domain, pair: PairId) -> Result<PairMessages, Problem> {
    let (parts, thread) = load(d, pair).await?;
    Ok(messages_in(&parts, &thread))
}

/// The messages of a pair in its thread.
pub(super) fn messages_in(parts: &PairParts, thread: &[(ThreadMail, Cleaned)]) -> PairMessages {
    let ids = parts.client_message_ids.iter().chain(&parts.reply_message_ids);
    let of_pair: Vec<&(ThreadMail, Cleaned)> =
        ids.filter_map(|id| thread.iter().find(|(message, _)| message.id == *id)).collect();
    let share = share(of_pair.iter().map(|(_, cleaned)| cleaned.source.len()));
    let messages: Vec<PairMessage> = of_pair
        .into_iter()
        .map(|(message, cleaned)| {
            let removed = cleaned.removed.iter().map(|span| shown(message.id, span, &parts.kept_spans)).collect();
            let doubted = cleaned.kept.iter().map(|span| shown(message.id, span, &[]));
            let (text, removed, is_cut) = cut(cleaned.source.clone(), removed, share);
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let doubted = doubted.filter(|span| span.end <= length).collect();
            PairMessage {
                message_id: message.id,
                direction: message.direction,
                from: message.from_address.clone(),
                sent_at: message.at,
                text,
                truncated: is_cut || message.is_cut,
                removed,
                doubted,
            }
        })
        .collect();
    PairMessages {
        count: u32::try_from(messages.len()).unwrap_or(u32::MAX),
        messages,
        matches_pair: !parts.is_flagged && matches_mail(parts, thread),
    }
}

/// Puts a removed span back into its pair (`input.keep`), or takes it away again. The pair is edited from then on.
///
/// # Errors
/// `ai_email_pair_not_found`; [`Problem::Invalid`] for a span that is not one of the pair's; `pair_differs_from_mail` where
/// the mail says something else by now, so that the span would be put into another text than the reviewer sees.
pub async fn keep_span(d: &Arc<Domain>, by: Actor, pair: PairId, input: SpanInput) -> Result<TrainingPair, Problem> {
    let SpanInput { message_id, start, end, keep } = input;
    let span = KeptSpan { message_id, start, end };
    let (mut parts, thread) = load(d, pair).await?;
    let is_removed = |(message, cleaned): &&(ThreadMail, Cleaned)| {
        message.id == span.message_id
            && cleaned.removed.iter().any(|removed| (removed.start, removed.end) == (span.start, span.end))
    };
    let belongs =
        parts.client_message_ids.contains(&span.message_id) || parts.reply_message_ids.contains(&span.message_id);
    if !belongs || thread.iter().find(is_removed).is_none() {
        return Err(Problem::invalid("span", InvalidCode::SpanUnknown));
    }
    if parts.is_flagged || !matches_mail(&parts, &thread) {
        return Err(Problem::conflict(ConflictCode::PairDiffers));
    }
    parts.kept_spans.retain(|kept| *kept != span);
    if keep {
        parts.kept_spans.push(span);
    }
    let before = d.store.pair(pair).await?.ok_or_else(not_found)?;
    let (client_text, our_reply_text) = texts_of(&parts, &thread, &parts.kept_spans);
    let labels = labels_of(
        (&client_text, &side(&thread, &parts.client_message_ids)),
        (&our_reply_text, &side(&thread, &parts.reply_message_ids)),
        before.responded_after_seconds,
    );
    let mail_says = texts_of(&parts, &thread, &[]);
    let edit = EditedPair { client_text, our_reply_text, labels, kept_spans: parts.kept_spans, mail_says };
    d.store.edit_pair(pair, &edit, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, %pair, keep, "pair edited");
    regrouped(d, pair).await
}

/// Takes over what the mail of a decided or edited pair says now: its messages and texts; the decision stays.
///
/// # Errors
/// `ai_email_pair_not_found`; `mail_makes_no_pair` where the mail no longer makes this pair.
pub async fn adopt_mail(d: &Arc<Domain>, by: Actor, pair: PairId) -> Result<TrainingPair, Problem> {
    let parts = d.store.pair_parts(pair).await?.ok_or_else(not_found)?;
    let ours = our_addresses(d).await?;
    let now = d.clock.now();
    let thread = thread_behind(d, &parts).await?;
    let (pairs, _) = pairs_of(pairing_of(&thread, &ours), &thread, now);
    let fresh = pairs.into_iter().find(|fresh| fresh.our_reply_message_id == parts.our_reply_message_id);
    let fresh = fresh.ok_or_else(|| Problem::conflict(ConflictCode::MailMakesNoPair))?;
    d.store.adopt_pair(pair, &fresh, Act { by, at: now }).await?;
    tracing::info!(%by, %pair, "pair follows its mail again");
    regrouped(d, pair).await
}

/// Keeps a pair as it is although its mail says something else now: it is not flagged again until the mail changes once more.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn keep_pair(d: &Domain, by: Actor, pair: PairId) -> Result<TrainingPair, Problem> {
    let kept = d.store.keep_pair(pair, Act { by, at: d.clock.now() }).await?.ok_or_else(not_found)?;
    tracing::info!(%by, %pair, "pair kept against its mail");
    Ok(kept)
}

/// Why a pair is rejected, from words: a note without a reason is [`RejectReason::Other`], and one without letters is none.
///
/// # Errors
/// [`Problem::Invalid`] for an unknown reason, a note of more than [`NOTE_LENGTH`] characters, and for either with another status.
pub fn rejection(status: PairStatus, reason: Option<&str>, note: Option<&str>) -> Result<Option<Rejection>, Problem> {
    let present = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let (reason, note) = (present(reason), present(note));
    let reason = reason.map(|reason| reason.parse::<RejectReason>()).transpose();
    let reason = reason.map_err(|error| Problem::invalid("reason", error))?;
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE_LENGTH) {
        return Err(Problem::invalid("note", InvalidCode::TooLong { most: NOTE_LENGTH }));
    }
    let Some(reason) = reason.or_else(|| note.as_ref().map(|_| RejectReason::Other)) else { return Ok(None) };
    if status != PairStatus::Rejected {
        return Err(Problem::invalid("reason", InvalidCode::ReasonWithoutReject));
    }
    Ok(Some(Rejection { reason, note }))
}

/// Stores what somebody wrote into a pair. It no longer follows its mail; what was decided about it stays.
///
/// # Errors
/// `ai_email_pair_not_found`; [`Problem::Invalid`] for a text that is empty or too long; `pair_changed_meanwhile` where the pair is not
/// what they saw; `pair_differs_from_mail` where its mail has changed: that comes first.
pub async fn edit_texts(d: &Arc<Domain>, by: Actor, pair: PairId, input: TextsInput) -> Result<TrainingPair, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let client_text = written("client_text", &input.client_text)?;
    let our_reply_text = written("our_reply_text", &input.our_reply_text)?;
    let (parts, thread) = load(d, pair).await?;
    if parts.is_flagged {
        return Err(Problem::conflict(ConflictCode::PairDiffers));
    }
    let before = d.store.pair(pair).await?.ok_or_else(not_found)?;
    let labels = labels_of(
        (&client_text, &side(&thread, &parts.client_message_ids)),
        (&our_reply_text, &side(&thread, &parts.reply_message_ids)),
        before.responded_after_seconds,
    );
    let edit = TextsEdit { client_text, our_reply_text, labels, mail_says: texts_of(&parts, &thread, &[]) };
    // The labels and the mail are those of the pair as it was read: it is not to be another one by now.
    let as_of = input.updated_at.unwrap_or(before.updated_at);
    match d.store.edit_texts(pair, &edit, Some(as_of), user, Act { by, at: d.clock.now() }).await? {
        PairDecision::Decided(_) => {}
        PairDecision::Overtaken(_) | PairDecision::Changed => return Err(Problem::conflict(ConflictCode::PairChanged)),
        PairDecision::Unknown => return Err(not_found()),
    }
    tracing::info!(%by, %pair, "texts of a pair edited");
    regrouped(d, pair).await
}

/// A text as somebody wrote it, with lines that end as everywhere and without blank ones around it.
fn written(field: &str, text: &str) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return Err(Problem::invalid(field, InvalidCode::TextMissing));
    }
    if text.chars().count() > TEXT_LENGTH {
        return Err(Problem::invalid(field, InvalidCode::TooLong { most: TEXT_LENGTH }));
    }
    Ok(text.to_owned())
}

/// What people wrote into a pair.
///
/// # Errors
/// `ai_email_pair_not_found`.
pub async fn edits(d: &Domain, pair: PairId) -> Result<PairEdits, Problem> {
    let items = d.store.pair_edits(pair).await?;
    if items.is_empty() {
        super::get(d, pair).await?;
    }
    Ok(PairEdits { count: u32::try_from(items.len()).unwrap_or(u32::MAX), items })
}

/// The last steps of a person in the review.
///
/// # Errors
/// When the database cannot be read.
pub async fn steps(d: &Domain, by: Actor) -> Result<ReviewSteps, Problem> {
    let items = d.store.review_steps(by.user.ok_or(Problem::Unauthenticated)?).await?;
    Ok(ReviewSteps { count: u32::try_from(items.len()).unwrap_or(u32::MAX), items })
}

/// Takes back the last step of whoever asks, or their last one about a pair alone: a decision, one about a group, or an edit. What
/// somebody changed since stays. What is refused is not tried again: the next call is about the step before.
///
/// # Errors
/// `nothing_to_undo`; [`Problem::Overtaken`] and `pair_changed_meanwhile` where somebody changed the pair since.
pub async fn undo(d: &Arc<Domain>, by: Actor, about: Option<PairId>) -> Result<StepUndone, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let now = d.clock.now();
    match d.store.undo_step(user, about, Act { by, at: now }).await? {
        UndoOutcome::Undone(step) => {
            tracing::info!(%by, undone = step.undone, stayed = step.stayed, edited = step.edited, "step taken back");
            if step.edited {
                group_new(d).await?;
            }
            let pair_id = step.pair.map(|pair| pair.id);
            let UndoneStep { undone, stayed, edited, tagged, assigned, .. } = step;
            Ok(StepUndone {
                undone,
                stayed,
                edited,
                tagged,
                assigned,
                regrouped: false,
                pair_id,
                bulk_decision_id: None,
            })
        }
        UndoOutcome::Bulk(id) => {
            take_back(d, by, id).await?;
            let bulk_decision_id = Some(id);
            Ok(StepUndone { bulk_decision_id, ..StepUndone::default() })
        }
        UndoOutcome::Turns(change, pair) => {
            let pair_id = Some(group_as_before(d, by, pair, change).await?);
            Ok(StepUndone { undone: 1, regrouped: true, pair_id, ..StepUndone::default() })
        }
        UndoOutcome::Overtaken(pair) => Err(overtaken(&pair, now)),
        UndoOutcome::Rewritten | UndoOutcome::AllChanged => Err(Problem::conflict(ConflictCode::PairChanged)),
        UndoOutcome::Nothing => Err(Problem::conflict(ConflictCode::NothingToUndo)),
    }
}

/// Who decided what about a pair, and when.
fn overtaken(pair: &TrainingPair, now: DateTime<Utc>) -> Problem {
    Problem::Overtaken {
        status: pair.status,
        by: pair.decided_by.clone(),
        seconds_ago: pair.decided_at.map(|at| (now - at).num_seconds().max(0)),
    }
}

/// Approves a pair, rejects it, or makes it new again.
///
/// # Errors
/// `ai_email_pair_not_found`; [`Problem::Overtaken`] where its status is not what the decision says that somebody saw;
/// `pair_changed_meanwhile` where its texts may be others.
pub async fn decide(
    d: &Domain,
    by: Actor,
    pair: PairId,
    decision: impl Into<Decision>,
) -> Result<TrainingPair, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let (decision, now) = (decision.into(), d.clock.now());
    let status = decision.to;
    match d.store.set_pair_status(pair, decision, user, Act { by, at: now }).await? {
        PairDecision::Decided(decided) => {
            tracing::info!(%by, %pair, %status, "pair decided");
            Ok(*decided)
        }
        PairDecision::Overtaken(pair) => Err(overtaken(&pair, now)),
        PairDecision::Changed => Err(Problem::conflict(ConflictCode::PairChanged)),
        PairDecision::Unknown => Err(not_found()),
    }
}

/// Decides every undecided pair of a group of near duplicates, the rejected ones for the reason `because`; with `expected` only if there
/// are just as many.
///
/// # Errors
/// `ai_email_pair_group_not_found`, `pair_group_changed`; [`Problem::Invalid`] for [`PairStatus::New`], which decides nothing.
pub async fn decide_group(
    d: &Domain,
    by: Actor,
    group: &str,
    choice: GroupChoice,
    because: Option<&Rejection>,
    expected: Option<i64>,
) -> Result<GroupDecided, Problem> {
    let status = match choice {
        GroupChoice::All(PairStatus::New) => return Err(Problem::invalid("status", InvalidCode::GroupMadeNew)),
        GroupChoice::All(status) => status,
        GroupChoice::KeepOne(_) => PairStatus::Rejected,
    };
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    // As both databases keep it: it is what the decision is called when it is taken back.
    let decided_at = d.clock.now().trunc_subsecs(6);
    match d.store.decide_group(group, choice, because, expected, user, Act { by, at: decided_at }).await? {
        GroupDecision::Decided(decided) => {
            tracing::info!(%by, group, %status, decided, "group of pairs decided");
            Ok(GroupDecided { group_id: group.to_owned(), status, decided, decided_at })
        }
        GroupDecision::NotAsMany(_) => Err(Problem::conflict(ConflictCode::GroupChanged)),
        GroupDecision::Unknown => Err(Problem::not_found(NotFoundCode::PairGroup)),
    }
}

/// Takes back what the same person decided about a group at `decided_at`. What somebody decided since stays.
///
/// # Errors
/// `nothing_to_undo` where nothing of it is left.
pub async fn undo_group(d: &Domain, by: Actor, group: &str, decided_at: DateTime<Utc>) -> Result<GroupUndone, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    let undone = d.store.undo_group(group, decided_at, user, Act { by, at: d.clock.now() }).await?;
    if undone == 0 {
        return Err(Problem::conflict(ConflictCode::NothingToUndo));
    }
    tracing::info!(%by, group, undone, "decision about a group taken back");
    Ok(GroupUndone { group_id: group.to_owned(), undone })
}

/// The messages of one side of a pair.
fn side<'a>(thread: &'a [(ThreadMail, Cleaned)], ids: &[MessageId]) -> Vec<&'a (ThreadMail, Cleaned)> {
    thread.iter().filter(|(message, _)| ids.contains(&message.id)).collect()
}

pub(super) fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::Pair)
}

/// The pair with the group that its new reply belongs to.
async fn regrouped(d: &Arc<Domain>, pair: PairId) -> Result<TrainingPair, Problem> {
    group_new(d).await?;
    d.store.pair(pair).await?.ok_or_else(not_found)
}

/// The stored mail of the thread that a pair was made of, cleaned as it was when the pairs were made, whatever was learnt since.
pub(super) async fn thread_behind(d: &Domain, parts: &PairParts) -> Result<Vec<(ThreadMail, Cleaned)>, Problem> {
    let used = d.store.habits_used(parts.account, &parts.thread_id).await?;
    clean_for_reader(d.store.thread_mail(parts.account, &parts.thread_id).await?, used).await
}

pub(super) async fn load(d: &Domain, pair: PairId) -> Result<(PairParts, Vec<(ThreadMail, Cleaned)>), Problem> {
    let parts = d.store.pair_parts(pair).await?.ok_or_else(not_found)?;
    let thread = thread_behind(d, &parts).await?;
    Ok((parts, thread))
}

/// Whether the pair says just what its messages say now, with what was put back.
fn matches_mail(parts: &PairParts, thread: &[(ThreadMail, Cleaned)]) -> bool {
    let (client, reply) = texts_of(parts, thread, &parts.kept_spans);
    client == parts.client_text && reply == parts.our_reply_text
}

/// A removed span as the API returns it.
pub(crate) fn shown(message: MessageId, span: &Removed, kept: &[KeptSpan]) -> RemovedSpan {
    RemovedSpan {
        start: span.start,
        end: span.end,
        kind: word(&span.kind),
        rule: span.rule.to_owned(),
        kept: kept.contains(&KeptSpan { message_id: message, start: span.start, end: span.end }),
    }
}

/// The name under which a kind is serialized.
fn word(kind: &crate::cleaning::Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// The texts of both sides, with the spans that are kept.
fn texts_of(parts: &PairParts, thread: &[(ThreadMail, Cleaned)], kept: &[KeptSpan]) -> (String, String) {
    let text = |ids: &[MessageId]| text_of(ids, thread, kept);
    (text(&parts.client_message_ids), text(&parts.reply_message_ids))
}

/// The texts of one side, joined as pairing joins them, with what was put back.
fn text_of(ids: &[MessageId], thread: &[(ThreadMail, Cleaned)], kept: &[KeptSpan]) -> String {
    let texts =
        ids.iter().filter_map(|id| thread.iter().find(|(message, _)| message.id == *id)).map(|(message, cleaned)| {
            let is_kept =
                |span: &Removed| kept.contains(&KeptSpan { message_id: message.id, start: span.start, end: span.end });
            join_broken_lines(&cleaned.text_with(is_kept), message.body_html.as_deref())
        });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(status: PairStatus, reason: Option<&str>, note: Option<&str>) -> Result<Option<Rejection>, String> {
        rejection(status, reason, note).map_err(|problem| problem.to_string())
    }

    #[test]
    fn only_what_is_rejected_has_a_reason() {
        let other = |note: &str| Some(Rejection { reason: RejectReason::Other, note: Some(note.to_owned()) });
        assert_eq!(asked(PairStatus::Rejected, None, Some("  ")), Ok(None));
        assert_eq!(asked(PairStatus::Approved, Some(""), None), Ok(None));
        assert_eq!(asked(PairStatus::Rejected, None, Some(" twice ")), Ok(other("twice")));
        let longest = "ж".repeat(NOTE_LENGTH);
        assert_eq!(asked(PairStatus::Rejected, Some("other"), Some(&longest)), Ok(other(&longest)));
        for (status, reason, note) in [
            (PairStatus::Approved, Some("wrong"), None),
            (PairStatus::New, None, Some("a note".to_owned())),
            (PairStatus::Rejected, Some("bored"), None),
            (PairStatus::Rejected, Some("other"), Some(format!("{longest}ж"))),
        ] {
            assert!(asked(status, reason, note.as_deref()).is_err(), "{status} {reason:?}");
        }
    }

    #[test]
    fn texts_are_taken_without_blank_lines_around_them() {
        assert_eq!(written("client_text", "\r\n\r\n  one\r\ntwo  \r\n").as_deref(), Ok("  one\ntwo"));
        assert!(written("client_text", " \r\n\t ").is_err());
        assert!(written("client_text", &"я".repeat(TEXT_LENGTH)).is_ok());
        assert!(written("client_text", &"я".repeat(TEXT_LENGTH + 1)).is_err());
    }
}
