//! What is done with many pairs, in words.

use replybook::types::{BulkAct, BulkDecision, BulkFault, BulkState, PairQuery, PairStatus, PairStatusFilter};

use crate::{
    pages::training::{place::Place, reason_word},
    prefs::Lang,
    ui::{parts::Tone, words::nouns},
    words::{Noun, Voice, texts},
};

/// A text that is another one when the decision has gone on.
#[must_use]
pub fn mark(bulk: &BulkDecision) -> String {
    let BulkDecision { state, decided, skipped, unchanged, undone, stayed, .. } = bulk;
    let error = u8::from(bulk.error.is_some());
    format!("{state} {decided} {skipped} {unchanged} {undone} {stayed} {error}")
}

/// A number of pairs, with a `+` where they were not counted to the end.
pub(super) fn counted(voice: Voice, noun: &Noun, count: i64, exact: bool) -> String {
    let text = voice.count(noun, count);
    if exact { text } else { text.replacen(' ', "+ ", 1) }
}

/// How far it is, and the colour for it.
pub(super) fn said_state(lang: Lang, state: BulkState) -> (Tone, &'static str) {
    let words = Words(lang);
    match state {
        BulkState::Waiting => (Tone::Idle, words.waiting()),
        BulkState::Running => (Tone::Warn, words.running()),
        BulkState::Done => (Tone::Good, words.done()),
        BulkState::Cancelled => (Tone::Idle, words.cancelled()),
        BulkState::Undoing => (Tone::Warn, words.undoing()),
        BulkState::Undone => (Tone::Idle, words.undone()),
        BulkState::Failed => (Tone::Bad, words.failed()),
    }
}

/// What it makes of the pairs.
pub(super) fn what(voice: Voice, bulk: &BulkDecision) -> String {
    let words = Words(voice.lang);
    let pairs = counted(voice, &nouns::PAIR_OBJECT, bulk.matched, bulk.matched_exact);
    let about = || bulk.about.clone().unwrap_or_default();
    match &bulk.act {
        BulkAct::Decide { decision, reason, .. } => {
            let decided = match decision {
                PairStatus::Approved => words.approve(pairs),
                PairStatus::Rejected => words.reject(pairs),
                PairStatus::New => words.reset(pairs),
            };
            reason.map_or_else(|| decided.clone(), |reason| words.because(&decided, reason_word(voice.lang, reason)))
        }
        BulkAct::Tag { .. } => words.tag(about(), pairs),
        BulkAct::Untag { .. } => words.untag(about(), pairs),
        BulkAct::Assign { assign_to_id: Some(_) } => words.assign(about(), pairs),
        BulkAct::Assign { assign_to_id: None } => words.assign_nobody(pairs),
    }
}

/// Why it could not go on, where there is a word for it.
pub(super) fn fault(lang: Lang, fault: BulkFault) -> &'static str {
    let words = Words(lang);
    match fault {
        BulkFault::TagGone => words.tag_gone(),
        BulkFault::TagRetired => words.tag_retired(),
        BulkFault::PersonGone => words.person_gone(),
    }
}

/// Which pairs it is about.
pub(super) fn which(voice: Voice, query: &PairQuery) -> String {
    let words = Words(voice.lang);
    let status = match query.filter.status {
        PairStatusFilter::All => words.of_any_status(),
        PairStatusFilter::Only(PairStatus::New) => words.of_new(),
        PairStatusFilter::Only(PairStatus::Approved) => words.of_approved(),
        PairStatusFilter::Only(PairStatus::Rejected) => words.of_rejected(),
    };
    let mut parts = vec![status.to_owned()];
    parts.extend(query.text.as_deref().map(|text| words.found_by(text)));
    parts.extend(query.filter.account_id.map(|_| words.of_mailbox().to_owned()));
    parts.extend(query.filter.provider.as_deref().map(|code| words.of_provider(code)));
    parts.join(", ")
}

/// The list of these pairs in the review.
pub(super) fn list_address(query: &PairQuery) -> String {
    let filter = &query.filter;
    let value = |key: &str| match key {
        "status" => Some(filter.status.as_str().to_owned()),
        "provider" => filter.provider.clone(),
        "account" => filter.account_id.map(|account| account.to_string()),
        "q" => query.text.clone(),
        _ => None,
    };
    Place::from_query(value).address(None)
}

/// Who asked for it: a rule, or a person.
pub(super) fn by(voice: Voice, bulk: &BulkDecision) -> String {
    let words = Words(voice.lang);
    let person = bulk.asked_by.clone().unwrap_or_else(|| words.somebody().to_owned());
    bulk.rule.as_ref().map_or_else(|| person.clone(), |rule| words.by_rule(rule, &person))
}

/// What it has come to, in numbers: those that say something.
pub(super) fn facts(voice: Voice, bulk: &BulkDecision) -> Vec<(&'static str, i64)> {
    let words = Words(voice.lang);
    let others = [
        (words.skipped_label(), bulk.skipped),
        (words.unchanged_label(), bulk.unchanged),
        (words.undone_label(), bulk.undone),
        (words.stayed_label(), bulk.stayed),
    ];
    let others = others.into_iter().filter(|(_, count)| *count > 0);
    let done = match bulk.act {
        BulkAct::Decide { .. } => words.decided_label(),
        BulkAct::Tag { .. } | BulkAct::Untag { .. } | BulkAct::Assign { .. } => words.done_label(),
    };
    [(words.matched_label(), bulk.matched), (done, bulk.decided)].into_iter().chain(others).collect()
}

/// The same on one line.
pub(super) fn in_short(voice: Voice, bulk: &BulkDecision) -> String {
    let facts = facts(voice, bulk).into_iter().skip(1);
    facts.map(|(label, count)| format!("{label}: {}", voice.number(count))).collect::<Vec<_>>().join("; ")
}

texts! {
    /// A decision about many pairs.
    Words:
    approve(pairs): "Approve {pairs}" | "Одобрить {pairs}";
    reject(pairs): "Reject {pairs}" | "Отклонить {pairs}";
    reset(pairs): "Reset {pairs} to new" | "Вернуть в новые {pairs}";
    tag(name, pairs): "Tag “{name}”: {pairs}" | "Поставить метку «{name}»: {pairs}";
    untag(name, pairs): "Remove tag “{name}”: {pairs}" | "Снять метку «{name}»: {pairs}";
    assign(name, pairs): "Assign to {name}: {pairs}" | "Назначить ({name}): {pairs}";
    assign_nobody(pairs): "Assign to nobody: {pairs}" | "Снять назначение: {pairs}";
    tag_gone: "The tag was deleted." | "Метка удалена.";
    tag_retired: "The tag was retired." | "Метка больше не предлагается.";
    person_gone: "The person cannot review any more." | "Этот человек больше не может проверять пары.";
    because(decided, reason): "{decided} ({reason})" | "{decided} ({reason})";
    of_any_status: "Of any status" | "С любым статусом";
    of_new: "New pairs" | "Новые пары";
    of_approved: "Approved pairs" | "Одобренные пары";
    of_rejected: "Rejected pairs" | "Отклонённые пары";
    found_by(text): "found by “{text}”" | "по запросу «{text}»";
    of_mailbox: "of one mailbox" | "из одного ящика";
    of_provider(code): "from {code}" | "из {code}";
    somebody: "deleted user" | "удалённый пользователь";
    by_rule(rule, person): "by rule “{rule}”, for {person}" | "по правилу «{rule}», от имени: {person}";
    waiting: "waiting" | "ждёт";
    running: "running" | "идёт";
    done: "done" | "готово";
    cancelled: "cancelled" | "остановлено";
    undoing: "being undone" | "отменяется";
    undone: "undone" | "отменено";
    failed: "failed" | "не удалось";
    matched_label: "Matched" | "Подошло";
    decided_label: "Decided" | "Решено";
    done_label: "Changed" | "Изменено";
    skipped_label: "Left: new or changed since" | "Оставлено: новые или изменённые";
    unchanged_label: "Already so" | "Уже были такими";
    undone_label: "Undone" | "Отменено";
    stayed_label: "Left: changed otherwise since" | "Оставлено: изменено иначе";
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn what_was_not_counted_to_the_end_says_so() {
        let voice = |lang| Voice { lang, now: DateTime::UNIX_EPOCH };
        assert_eq!(counted(voice(Lang::En), &nouns::PAIR, 10_000, false), "10,000+ pairs");
        assert_eq!(counted(voice(Lang::En), &nouns::PAIR, 1, true), "1 pair");
        assert_eq!(counted(voice(Lang::Ru), &nouns::PAIR, 1_204, true), "1\u{a0}204 пары");
    }
}
