//! What an act was done to and what it changed, in words.

use replybook::types::{
    AiSwitch, AiText, AuditAction, AuditChange, AuditEntry, AuditMark, AuditTarget, ExportFormat, PairStatus, TurnAct,
};

use super::words::{Values, Words, word};
use crate::{
    pages::{ai_settings::money, monitor, training::reason_word},
    prefs::Lang,
    ui::{tags::colour_word, words::nouns},
    words::Voice,
};

/// What the thing is called that it was done to. What is no more and has no name on record is said to be deleted.
pub(super) fn target_name(lang: Lang, entry: &AuditEntry) -> Option<String> {
    let words = Words(lang);
    let kind = entry.action.target();
    if let Some(name) = &entry.target_name {
        let job = (kind == AuditTarget::Job).then(|| monitor::job_kind(lang, name)).flatten();
        return Some(job.map_or_else(|| name.clone(), ToOwned::to_owned));
    }
    let Some(target) = &entry.target else {
        return match kind {
            AuditTarget::Account => Some(words.all_accounts().to_owned()),
            AuditTarget::Pairs => Some(words.selected_pairs().to_owned()),
            _ => None,
        };
    };
    Some(match kind {
        AuditTarget::Account => words.deleted_account().to_owned(),
        AuditTarget::Run => words.deleted_run().to_owned(),
        AuditTarget::Job => words.done_job().to_owned(),
        AuditTarget::Pair => words.deleted_pair().to_owned(),
        AuditTarget::PairGroup => words.deleted_group().to_owned(),
        AuditTarget::PairView => words.deleted_view().to_owned(),
        AuditTarget::Pairs => words.selected_pairs().to_owned(),
        AuditTarget::BulkDecision => words.bulk_without_search().to_owned(),
        AuditTarget::TrustRule => words.deleted_rule().to_owned(),
        AuditTarget::Message => words.deleted_message().to_owned(),
        AuditTarget::Thread => words.deleted_thread().to_owned(),
        AuditTarget::Person => words.somebody().to_owned(),
        AuditTarget::Token => words.deleted_token().to_owned(),
        // An address behind the word for its kind.
        AuditTarget::SignIn => target.split_once(':').map_or(target.as_str(), |(_, address)| address).to_owned(),
        AuditTarget::ReviewTag => words.deleted_tag().to_owned(),
        AuditTarget::AiProvider | AuditTarget::Installation => target.clone(),
    })
}

/// What it was and what it became, as far as that is known.
pub(super) fn change(voice: Voice, entry: &AuditEntry) -> String {
    let said = |value: &str| value_in_words(voice, entry.action, value);
    let setting = |value: &Option<String>| ai_setting(voice, &AuditChange::read(entry.action, value.as_deref()?)?);
    // What is named before both values is named once.
    if let (Some((name, from)), Some((same, to))) = (setting(&entry.from), setting(&entry.to))
        && name == same
    {
        return format!("{name}: {from} → {to}");
    }
    match (entry.from.as_deref(), entry.to.as_deref()) {
        (Some(tag), None) if entry.action == AuditAction::PairTagged => Words(voice.lang).removed(tag),
        (None, Some(tag)) if entry.action == AuditAction::PairTagged => Words(voice.lang).added(tag),
        (Some(from), Some(to)) if from == to => String::new(),
        (Some(from), Some(to)) => format!("{} → {}", said(from), said(to)),
        (Some(value), None) | (None, Some(value)) => said(value),
        (None, None) => String::new(),
    }
}

/// A setting of an AI provider, and what it is. `None` for another change.
fn ai_setting(voice: Voice, change: &AuditChange) -> Option<(String, String)> {
    let words = Words(voice.lang);
    let money = |micros: Option<i64>, none: &str| {
        micros.map_or_else(|| none.to_owned(), |micros| money::exact(voice.lang, micros))
    };
    let of_switch = |setting: AiSwitch| match setting {
        AiSwitch::AllowLocal => words.ai_allow_local(),
        AiSwitch::Drafts => words.ai_drafts(),
        AiSwitch::Embeddings => words.ai_embeddings(),
    };
    let of_text = |setting: AiText| match setting {
        AiText::BaseUrl => words.ai_base_url(),
        AiText::ModelEmbeddings => words.ai_model_embeddings(),
    };
    Some(match change {
        AuditChange::AiSwitch { setting, on } => {
            (of_switch(*setting).to_owned(), if *on { words.on() } else { words.off() }.to_owned())
        }
        AuditChange::AiText { setting, value } => {
            (of_text(*setting).to_owned(), value.clone().unwrap_or_else(|| words.unset().to_owned()))
        }
        AuditChange::AiBudget(most) => (words.ai_budget().to_owned(), money(*most, words.no_limit())),
        AuditChange::AiPrice { model, input, output } => {
            let unset = words.unset();
            (words.ai_price(model), words.ai_price_both(money(*input, unset), money(*output, unset)))
        }
        AuditChange::SpansPutBack(_)
        | AuditChange::TextsEdited { .. }
        | AuditChange::Regrouped { .. }
        | AuditChange::RejectedAs(_)
        | AuditChange::GroupDecided { .. }
        | AuditChange::BulkEnded { .. }
        | AuditChange::BulkUndone { .. }
        | AuditChange::Marked { .. }
        | AuditChange::BulkMarked { .. }
        | AuditChange::Tag { .. }
        | AuditChange::Assigned { .. }
        | AuditChange::Exported { .. }
        | AuditChange::Rebuilt { .. }
        | AuditChange::Deleted { .. }
        | AuditChange::OwnAddresses { .. } => return None,
    })
}

/// So many pairs with a status.
fn decided(voice: Voice, status: PairStatus, count: i64) -> String {
    let (words, pairs) = (Words(voice.lang), voice.count(&nouns::PAIR, count));
    match status {
        PairStatus::Approved => words.group_approved(pairs),
        PairStatus::Rejected => words.group_rejected(pairs),
        PairStatus::New => words.group_reset(pairs),
    }
}

/// So many pairs that were tagged or given to somebody.
fn marked(voice: Voice, mark: AuditMark, count: i64) -> String {
    let (words, pairs) = (Words(voice.lang), voice.count(&nouns::PAIR, count));
    match mark {
        AuditMark::Tag(name) => words.pairs_with_tag(name, pairs),
        AuditMark::Untag(name) => words.pairs_without_tag(name, pairs),
        AuditMark::Assign(who) => words.assigned_to(pairs, who.unwrap_or_else(|| words.nobody().to_owned())),
    }
}

/// A recorded value in words. Names and addresses stand as they are.
fn value_in_words(voice: Voice, action: AuditAction, value: &str) -> String {
    let words = Words(voice.lang);
    match AuditChange::read(action, value) {
        Some(AuditChange::SpansPutBack(count)) => words.spans_put_back(voice.number(count)),
        Some(AuditChange::TextsEdited { client, reply, undone }) => {
            let sides = match (client, reply) {
                (true, false) => words.client_text(),
                (false, true) => words.reply_text(),
                (true, true) | (false, false) => words.both_texts(),
            };
            if undone { words.taken_back(sides) } else { sides.to_owned() }
        }
        Some(AuditChange::Regrouped { act, messages, undone }) => {
            let messages = voice.count(&nouns::MESSAGE, messages);
            let moved = match act {
                TurnAct::OwnPair => words.own_pair(messages),
                TurnAct::ThisPair => words.this_pair(messages),
                TurnAct::PairBefore => words.pair_before(messages),
                TurnAct::PairAfter => words.pair_after(messages),
                TurnAct::LeaveOut => words.leave_out(messages),
                TurnAct::AsFound => words.as_found(messages),
            };
            if undone { words.taken_back(moved) } else { moved }
        }
        Some(AuditChange::RejectedAs(reason)) => {
            words.rejected_as(Values(voice.lang).pair_rejected(), reason_word(voice.lang, reason))
        }
        Some(AuditChange::GroupDecided { status, count, kept_one, reason }) => {
            let decided = decided(voice, status, count);
            let decided = if kept_one { words.one_kept(decided) } else { decided };
            reason
                .map_or_else(|| decided.clone(), |reason| words.rejected_as(&decided, reason_word(voice.lang, reason)))
        }
        Some(AuditChange::BulkEnded { status, decided: count, skipped, .. }) => {
            let decided = decided(voice, status, count);
            if skipped > 0 { words.bulk_so_far(decided, voice.number(skipped)) } else { decided }
        }
        Some(AuditChange::Marked { mark, count }) => marked(voice, mark, count),
        Some(AuditChange::BulkMarked { mark, done, skipped, .. }) => {
            let marked = marked(voice, mark, done);
            if skipped > 0 { words.bulk_so_far(marked, voice.number(skipped)) } else { marked }
        }
        Some(AuditChange::BulkUndone { undone, stayed }) => {
            let undone = words.bulk_taken_back(voice.count(&nouns::PAIR, undone));
            if stayed > 0 { words.bulk_stayed(undone, voice.number(stayed)) } else { undone }
        }
        Some(AuditChange::Assigned { pairs, to }) => {
            let people = if to.is_empty() { words.nobody().to_owned() } else { to.join(", ") };
            words.assigned_to(voice.count(&nouns::PAIR, pairs), people)
        }
        Some(AuditChange::Tag { name, colour, key, retired, pairs, description }) => {
            let mut facts = vec![colour_word(voice.lang, colour).to_owned()];
            facts.extend(key.map(|key| words.tag_key(key)));
            facts.extend(retired.then(|| words.tag_retired().to_owned()));
            facts.extend(pairs.map(|pairs| voice.count(&nouns::PAIR, pairs)));
            let about = if description.is_empty() { String::new() } else { format!(" — {description}") };
            format!("{name} ({}){about}", facts.join(", "))
        }
        Some(AuditChange::Exported { format, count, text }) => {
            let format = match format {
                ExportFormat::Jsonl => "JSON Lines",
                ExportFormat::Csv => "CSV",
            };
            let answers = voice.count(&nouns::ANSWER, count);
            match text {
                Some(text) => words.exported_found(format, answers, text),
                None => words.exported(format, answers),
            }
        }
        Some(AuditChange::Rebuilt { created, updated, removed, flagged }) => {
            words.rebuilt(voice.number(created), voice.number(updated), voice.number(removed), voice.number(flagged))
        }
        Some(AuditChange::Deleted { messages, pairs }) => {
            words.both(voice.count(&nouns::MESSAGE, messages), voice.count(&nouns::PAIR, pairs))
        }
        Some(AuditChange::OwnAddresses { added, removed }) => {
            let parts = [
                (!added.is_empty()).then(|| words.added(added.join(", "))),
                (!removed.is_empty()).then(|| words.removed(removed.join(", "))),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        Some(
            change @ (AuditChange::AiSwitch { .. }
            | AuditChange::AiText { .. }
            | AuditChange::AiBudget(_)
            | AuditChange::AiPrice { .. }),
        ) => ai_setting(voice, &change).map_or_else(String::new, |(name, value)| format!("{name}: {value}")),
        None => match (action, value) {
            (AuditAction::OwnAddressesSet, "") => words.no_addresses().to_owned(),
            (AuditAction::KeyRotated, count) => words.resealed(count),
            (AuditAction::GuidelinesWritten, count) => words.characters(count),
            (action, value) => word(Values(voice.lang), action, value).unwrap_or(value).to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use replybook::types::AuditId;

    use super::*;

    fn entry(action: AuditAction, from: Option<&str>, to: Option<&str>) -> AuditEntry {
        AuditEntry {
            id: AuditId::default(),
            at: DateTime::UNIX_EPOCH,
            action,
            user_id: None,
            user_email: None,
            through: None,
            target: None,
            target_name: None,
            from: from.map(ToOwned::to_owned),
            to: to.map(ToOwned::to_owned),
        }
    }

    fn said(lang: Lang, action: AuditAction, from: Option<&str>, to: Option<&str>) -> String {
        change(Voice { lang, now: DateTime::UNIX_EPOCH }, &entry(action, from, to))
    }

    #[test]
    fn a_change_is_said_in_the_language_of_the_reader() {
        for (action, from, to, en, ru) in [
            (AuditAction::PairDecided, Some("new"), Some("approved"), "new → approved", "новая → одобрена"),
            (AuditAction::AccountDisabled, Some("active"), Some("disabled"), "active → disabled", "активен → отключён"),
            (AuditAction::ResyncRequested, Some("active"), Some("active"), "", ""),
            (AuditAction::AccountConnected, None, Some("mbox"), "mailbox file", "файл ящика"),
            (AuditAction::AiSettingsSaved, None, Some("new"), "new", "new"),
            (
                AuditAction::AiSettingsSaved,
                Some("drafts: false"),
                Some("drafts: true"),
                "used for drafts: off → on",
                "для черновиков: выкл. → вкл.",
            ),
            (
                AuditAction::AiSettingsSaved,
                Some("monthly_budget: -"),
                Some("monthly_budget: 12.500000"),
                "monthly budget: no limit → $12.50",
                "бюджет на месяц: без ограничения → 12,50\u{a0}$",
            ),
            (
                AuditAction::AiSettingsSaved,
                Some("price of m-1: - / -"),
                Some("price of m-1: 0.075000 / 2.000000"),
                "price of m-1 per million tokens: sent not set, answered not set → sent $0.075, answered $2.00",
                "цена m-1 за миллион токенов: отправленные — не задано, полученные — не задано → отправленные — 0,075\u{a0}$, полученные — 2,00\u{a0}$",
            ),
            (
                AuditAction::AiSettingsSaved,
                Some("base_url: -"),
                Some("base_url: https://m.example/v1"),
                "base URL: not set → https://m.example/v1",
                "базовый адрес: не задано → https://m.example/v1",
            ),
            (AuditAction::SenderConfirmed, Some("in doubt"), Some("ours"), "in doubt → ours", "под вопросом → наше"),
            (AuditAction::OwnAddressesSet, Some(""), Some("a@x.example"), "none → a@x.example", "нет → a@x.example"),
            (
                AuditAction::OwnAddressesSet,
                None,
                Some("added a@x.example, b@x.example; removed c@x.example"),
                "added: a@x.example, b@x.example; removed: c@x.example",
                "добавлено: a@x.example, b@x.example; убрано: c@x.example",
            ),
            (
                AuditAction::PairEdited,
                None,
                Some("2 spans put back"),
                "Passages put back: 2",
                "Возвращено фрагментов: 2",
            ),
            (
                AuditAction::PairDecided,
                Some("new"),
                Some("rejected: off_topic"),
                "new → rejected (off topic)",
                "новая → отклонена (не по теме)",
            ),
            (
                AuditAction::PairRegrouped,
                None,
                Some("own_pair: 2"),
                "2 messages: a pair of their own",
                "2 письма: в отдельную пару",
            ),
            (AuditAction::PairEdited, None, Some("our_reply_text"), "Our reply edited", "Изменён наш ответ"),
            (
                AuditAction::PairEdited,
                None,
                Some("client_text, our_reply_text taken back"),
                "Both texts edited, taken back",
                "Изменены оба текста, отменено",
            ),
            (
                AuditAction::PairGroupDecided,
                None,
                Some("rejected: 232, one of them approved"),
                "rejected: 232 pairs, one of them approved",
                "отклонено: 232 пары, одна из них одобрена",
            ),
            (
                AuditAction::AnswersExported,
                None,
                Some("csv: 3, found by “invoice”"),
                "CSV: 3 answers, found by “invoice”",
                "CSV: 3 ответа, по запросу «invoice»",
            ),
            (
                AuditAction::AccountDeleted,
                Some("1204 messages, 1 pairs"),
                None,
                "1,204 messages and 1 pair",
                "1\u{a0}204 письма и 1 пара",
            ),
        ] {
            assert_eq!(
                (said(Lang::En, action, from, to).as_str(), said(Lang::Ru, action, from, to).as_str()),
                (en, ru)
            );
        }
        assert_eq!(said(Lang::En, AuditAction::MonitorStarted, None, None), "");
    }

    #[test]
    fn what_is_gone_is_named_by_its_kind_and_never_by_its_id() {
        let mut gone = entry(AuditAction::PairDecided, None, None);
        gone.target = Some("0199c0de-0000-7000-8000-000000000000".to_owned());
        for action in AuditAction::ALL.iter().copied() {
            let kind = action.target();
            if !matches!(kind, AuditTarget::SignIn | AuditTarget::AiProvider | AuditTarget::Installation) {
                gone.action = action;
                let name = target_name(Lang::En, &gone).expect("a name");
                assert!(!name.contains("0199"), "{action}: {name}");
            }
        }
        gone.target_name = Some("us@x.example".to_owned());
        assert_eq!(target_name(Lang::Ru, &gone).as_deref(), Some("us@x.example"));
    }

    #[test]
    fn jobs_and_sign_ins_are_named_in_words() {
        let mut job = entry(AuditAction::JobRetried, None, None);
        job.target_name = Some("fetch_attachments".to_owned());
        assert_eq!(target_name(Lang::Ru, &job).as_deref(), Some("Загрузка вложений"));
        let mut locked = entry(AuditAction::LoginLocked, None, None);
        locked.target = Some("account:x@y.example".to_owned());
        assert_eq!(target_name(Lang::En, &locked).as_deref(), Some("x@y.example"));
        assert_eq!(
            target_name(Lang::En, &entry(AuditAction::PairsRebuilt, None, None)).as_deref(),
            Some("All accounts")
        );
    }
}
