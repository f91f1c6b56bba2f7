//! What came of a run.

use leptos::prelude::*;
use replybook::{
    pairing::SkipReason,
    types::{ErrorCode, FileCode, PairsElsewhere, RunError, RunKind, RunState, SyncRun},
};

use super::{
    report::Report,
    view::numbers,
    words::{Words as RunWords, run_reason, state_word},
};
use crate::{
    prefs::Lang,
    ui::{
        parts::{Pill, Tone},
        words::nouns,
    },
    words::{Voice, capitalised, texts},
};

/// What a run is called.
pub(crate) fn title(lang: Lang, run: &SyncRun) -> String {
    let (words, name) = (Words(lang), run.source_name.as_deref().unwrap_or(&run.account_name));
    match run.kind {
        RunKind::Sync => words.title_sync(name),
        RunKind::Import => words.title_import(name),
        RunKind::Backfill => words.title_backfill(name),
    }
}

/// The word for how a run ended. An import that found no pairs is not simply done.
pub(crate) fn end_word(lang: Lang, run: &SyncRun) -> &'static str {
    match run.state {
        RunState::Done if run.found_no_pairs => RunWords(lang).no_pairs(),
        RunState::Done if run.pairs_in.is_some() => RunWords(lang).pairs_elsewhere(),
        state => state_word(lang, state),
    }
}

/// A run that is over: how it ended, what it brought, and what was wrong. An import after which the account has no pairs is no
/// success.
pub(crate) fn result(voice: Voice, run: &SyncRun) -> AnyView {
    let words = Words(voice.lang);
    let elsewhere = run.pairs_in.as_ref().map(|there| where_pairs_are(voice, there));
    let (tone, note) = match run.state {
        RunState::Done if run.found_no_pairs => (Tone::Warn, RunWords(voice.lang).no_pairs_note()),
        RunState::Done if run.pairs_in.is_some() => (Tone::Idle, ""),
        RunState::Done => (Tone::Good, words.done_note()),
        RunState::Partial => (Tone::Warn, words.partial_note()),
        RunState::Interrupted => (Tone::Warn, words.interrupted_note()),
        RunState::Cancelled => (Tone::Warn, words.cancelled_note()),
        _ => (Tone::Bad, words.failed_note()),
    };
    let errors = (!run.errors.is_empty()).then(|| {
        view! {
            <section>
                <h3>{words.errors_title()}</h3>
                {errors(voice, run)}
            </section>
        }
    });
    view! {
        <p class="row tight" role="status"><Pill tone text=end_word(voice.lang, run)/> <span>{note}</span></p>
        {run.found_no_pairs
            .then(|| {
                let addresses = crate::paths::addresses(run.account_id);
                view! { <p><a class="btn" href=addresses>{RunWords(voice.lang).check_addresses()}</a></p> }
            })}
        {elsewhere}
        {numbers(&Report::of(voice.lang, voice.now, run), took(voice, run).map(|took| (words.took().to_owned(), took)))}
        {skip_reasons(voice, run)}
        {errors}
    }
    .into_any()
}

/// Which other mailbox has the pairs of an import that found none, and the way there.
fn where_pairs_are(voice: Voice, there: &PairsElsewhere) -> AnyView {
    let words = RunWords(voice.lang);
    let (note, account) = (pairs_elsewhere(voice, there), crate::paths::account(there.account_id));
    view! {
        <p>{note}</p>
        <p><a class="btn" href=account>{words.open_elsewhere()}</a></p>
    }
    .into_any()
}

/// The same in words.
pub(crate) fn pairs_elsewhere(voice: Voice, there: &PairsElsewhere) -> String {
    let threads = voice.count(&nouns::THREAD, there.threads);
    RunWords(voice.lang).pairs_elsewhere_note(threads, &there.account_name)
}

/// How long a run took, once it is over.
pub(crate) fn took(voice: Voice, run: &SyncRun) -> Option<String> {
    run.started_at.zip(run.finished_at).map(|(start, end)| match (end - start).num_seconds() {
        0 => format!("< {}", voice.duration(1)),
        seconds => voice.duration(seconds),
    })
}

/// Why a run is not what it should be: in words, with the engine's own behind them.
pub(crate) fn errors(voice: Voice, run: &SyncRun) -> AnyView {
    let unknown = Words(voice.lang).unknown();
    let items = run
        .errors
        .iter()
        .map(|error| {
            let words = in_words(voice.lang, error).unwrap_or_else(|| unknown.to_owned());
            view! { <li>{words} " " {exactly(voice.lang, error)}</li> }
        })
        .collect_view();
    let more = i64::from(run.errors_total) - i64::try_from(run.errors.len()).unwrap_or(i64::MAX);
    let more = (more > 0).then(|| {
        let text = Words(voice.lang).more_errors(voice.count(&nouns::MORE_ERROR, more));
        view! { <li class="muted">{text}</li> }
    });
    view! { <ul class="errors">{items} {more}</ul> }.into_any()
}

/// What the engine or a provider said, word for word and in English. Who reads another language opens it.
pub(crate) fn exactly(lang: Lang, text: &str) -> AnyView {
    let text = text.to_owned();
    match lang {
        Lang::En => view! { <span class="muted small break">{text}</span> }.into_any(),
        Lang::Ru => view! {
            <details class="exact small">
                <summary>{Words(lang).exact()}</summary>
                <span class="muted break" lang="en">{text}</span>
            </details>
        }
        .into_any(),
    }
}

/// Why messages made no pair, the most frequent reason first.
fn skip_reasons(voice: Voice, run: &SyncRun) -> Option<AnyView> {
    let lines = skipped(voice.lang, run).into_iter().map(|(words, count)| {
        view! { <li><b>{voice.number(count)}</b> " " {words}</li> }
    });
    let lines = lines.collect_view();
    (!lines.is_empty()).then(|| {
        view! {
            <details class="reasons">
                <summary>{Words(voice.lang).skip_reasons()}</summary>
                <ul>{lines}</ul>
            </details>
        }
        .into_any()
    })
}

/// The reasons for which messages of a run made no pair, in words, the most frequent first.
pub(crate) fn skipped(lang: Lang, run: &SyncRun) -> Vec<(String, i64)> {
    let mut reasons: Vec<_> = run.skip_reasons.iter().filter(|(_, count)| **count > 0).collect();
    reasons.sort_by_key(|(name, count)| (-**count, *name));
    // An older version may have known another one.
    let in_words = |name: &String| skip_reason_word(lang, name);
    reasons.into_iter().map(|(name, count)| (in_words(name), i64::from(*count))).collect()
}

/// An error of a run in words. `None` for what was written without a code that is known.
fn in_words(lang: Lang, error: &str) -> Option<String> {
    let RunError { message, code, .. } = RunError::parse(error)?;
    let reason = match code {
        ErrorCode::Run(code) => run_reason(lang, code),
        ErrorCode::File(code) => file_reason(lang, code),
    };
    Some(match message {
        Some(id) => format!("{}: {reason}", capitalised(&Words(lang).message_of(id))),
        None => capitalised(reason),
    })
}

texts! {
    /// What was wrong with a file that was imported.
    FileReasons:
    file_empty: "the file is empty" | "файл пуст";
    file_is_no_mail: "there is no mail in the file" | "в файле нет писем";
    file_nested: "it is a compressed file inside another file" | "это сжатый файл внутри другого файла";
    file_changed: "it is not the file that the import started with, or it was changed" | "это не тот файл, с которого начался импорт, или он изменён";
    file_unseparated: "only one message was found, and its text contains the headers of another; export the mailbox again as mbox" | "нашлось только одно письмо, а в его тексте видны заголовки другого; экспортируйте ящик в mbox ещё раз";
    file_unreadable: "the file cannot be read to its end" | "файл не удалось дочитать до конца";
    archive_without_mail: "there is no mail in the archive" | "в архиве нет писем";
    archive_encrypted: "the archive is encrypted" | "архив зашифрован";
    archive_method: "the archive uses a compression method that is not supported" | "архив сжат способом, который не поддерживается";
    archive_bomb: "once unpacked, the archive would be far larger than any mail" | "после распаковки архив окажется намного больше, чем бывает почта";
    archive_damaged: "the archive is damaged" | "архив повреждён";
    file_missing: "there is no file" | "файла нет";
    file_too_large: "the file is too large" | "файл слишком большой";
    upload_cut_off: "the upload was interrupted" | "загрузка оборвалась";
    file_slow: "no mail was reached in the file in time" | "до писем в файле не удалось дойти вовремя";
}

/// What was wrong with a file, as part of a sentence.
fn file_reason(lang: Lang, code: FileCode) -> &'static str {
    let words = FileReasons(lang);
    match code {
        FileCode::Empty => words.file_empty(),
        FileCode::NoMail => words.file_is_no_mail(),
        FileCode::Nested => words.file_nested(),
        FileCode::Changed => words.file_changed(),
        FileCode::Unseparated => words.file_unseparated(),
        FileCode::Unreadable => words.file_unreadable(),
        FileCode::ArchiveWithoutMail => words.archive_without_mail(),
        FileCode::Encrypted => words.archive_encrypted(),
        FileCode::Method => words.archive_method(),
        FileCode::Bomb => words.archive_bomb(),
        FileCode::Damaged => words.archive_damaged(),
        FileCode::Missing => words.file_missing(),
        FileCode::TooLarge => words.file_too_large(),
        FileCode::CutOff => words.upload_cut_off(),
        FileCode::Slow => words.file_slow(),
    }
}

texts! {
    /// What came of a run.
    Words:
    unknown: "Something else went wrong." | "Другая ошибка.";
    exact: "Exact words" | "Дословно";
    title_sync(name): "Sync of {name}" | "Синхронизация: {name}";
    title_import(name): "Import of {name}" | "Импорт: {name}";
    title_backfill(name): "Older mail of {name}" | "Старая почта: {name}";
    done_note: "Everything is up to date." | "Всё загружено.";
    partial_note: "Some messages are missing. The reasons:" | "Загружено не всё. Причины:";
    failed_note: "The run failed:" | "Не удалось:";
    interrupted_note: "The server stopped during this run. Start it again: it continues where it stopped." | "Сервер остановился посреди запуска. Запустите снова: он продолжит с того же места.";
    cancelled_note: "This run was cancelled. Messages that were already fetched are kept." | "Запуск отменён. Уже загруженные письма сохранены.";
    took: "Duration" | "Длительность";
    errors_title: "Errors" | "Ошибки";
    more_errors(errors): "{errors}" | "ещё {errors}";
    skip_reasons: "Why messages did not become pairs" | "Почему из писем не вышло пар";
    message_of(id): "message {id}" | "письмо {id}";
}

texts! {
    /// Why a message makes no pair, by the reasons of the pairing.
    SkipReasons:
    unverified_sender: "carries our address, but nothing shows that we sent it" | "с нашим адресом, но неясно, что отправили их мы";
    autoreply: "automatic replies, out of office" | "автоответы, отпуск";
    auto_generated: "sent by a program" | "отправлены программой";
    bounce: "undelivered mail notices" | "уведомления о недоставке";
    read_receipt: "read receipts" | "уведомления о прочтении";
    newsletter: "newsletters and bulk mail" | "рассылки";
    mailing_list: "mailing lists" | "списки рассылки";
    calendar_answer: "responses to invitations" | "ответы на приглашения";
    noreply_sender: "senders that accept no replies" | "отправители, которым нельзя ответить";
    to_ourselves: "from us to ourselves" | "от нас самим себе";
    between_colleagues: "between colleagues" | "между коллегами";
    forwarded_only: "forwarded without a comment" | "пересланы без комментария";
    forwarded_elsewhere: "forwarded by us to others" | "пересланы нами другим";
    empty_after_cleaning: "nothing left after cleaning" | "после очистки ничего не осталось";
    duplicate_copy: "duplicate copies of the same message" | "копии того же письма";
    unanswered: "not answered by us" | "мы не ответили";
    answered_without_text: "answered without any text" | "ответили без текста";
    no_client_message: "we wrote first" | "мы написали первыми";
    client_wrote_nothing: "replies to mail without any text" | "ответы на письма без текста";
    answers_no_client: "replies to mail that is not from a client" | "ответы не клиентам";
    answered_message_missing: "replies to mail that is not here" | "ответы на письма, которых здесь нет";
    other_recipient: "to somebody who had not written to us" | "тем, кто нам не писал";
    left_out: "left out by a person" | "исключены вручную";
    draft: "drafts" | "черновики";
    spam: "spam" | "спам";
    trash: "in the trash" | "в корзине";
    chat: "chats" | "чаты";
}

/// Why a message makes no pair, in words; a reason of another version stands as it is.
pub(crate) fn skip_reason_word(lang: Lang, reason: &str) -> String {
    reason.parse().map_or_else(|_| reason.to_owned(), |reason| skip_reason(lang, reason).to_owned())
}

/// Why a message makes no pair, in words.
fn skip_reason(lang: Lang, reason: SkipReason) -> &'static str {
    let words = SkipReasons(lang);
    match reason {
        SkipReason::UnverifiedSender => words.unverified_sender(),
        SkipReason::Autoreply => words.autoreply(),
        SkipReason::AutoGenerated => words.auto_generated(),
        SkipReason::Bounce => words.bounce(),
        SkipReason::ReadReceipt => words.read_receipt(),
        SkipReason::Newsletter => words.newsletter(),
        SkipReason::MailingList => words.mailing_list(),
        SkipReason::CalendarAnswer => words.calendar_answer(),
        SkipReason::NoreplySender => words.noreply_sender(),
        SkipReason::ToOurselves => words.to_ourselves(),
        SkipReason::BetweenColleagues => words.between_colleagues(),
        SkipReason::ForwardedOnly => words.forwarded_only(),
        SkipReason::ForwardedElsewhere => words.forwarded_elsewhere(),
        SkipReason::EmptyAfterCleaning => words.empty_after_cleaning(),
        SkipReason::DuplicateCopy => words.duplicate_copy(),
        SkipReason::Unanswered => words.unanswered(),
        SkipReason::AnsweredWithoutText => words.answered_without_text(),
        SkipReason::NoClientMessage => words.no_client_message(),
        SkipReason::ClientWroteNothing => words.client_wrote_nothing(),
        SkipReason::AnswersNoClient => words.answers_no_client(),
        SkipReason::AnsweredMessageMissing => words.answered_message_missing(),
        SkipReason::OtherRecipient => words.other_recipient(),
        SkipReason::LeftOut => words.left_out(),
        SkipReason::Draft => words.draft(),
        SkipReason::Spam => words.spam(),
        SkipReason::Trash => words.trash(),
        SkipReason::Chat => words.chat(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use replybook::types::{AccountId, RunId, RunTrigger};

    use super::*;

    /// A run of which nothing is known yet.
    pub(in super::super) fn run(kind: RunKind, state: RunState) -> SyncRun {
        SyncRun {
            id: RunId(Default::default()),
            account_id: AccountId(Default::default()),
            account_name: "Gmail – ann@shop.example".to_owned(),
            kind,
            trigger: RunTrigger::Manual,
            state,
            requested: None,
            since: None,
            messages_total: None,
            messages_fetched: 0,
            messages_upserted: 0,
            pairs_created: 0,
            pairs_skipped: 0,
            messages_failed: 0,
            found_no_pairs: false,
            pairs_in: None,
            skip_reasons: Default::default(),
            bytes_done: None,
            bytes_total: None,
            rate_per_minute: None,
            seconds_left: None,
            source_name: None,
            errors: Vec::new(),
            errors_total: 0,
            waiting_for: None,
            waiting_until: None,
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn errors_of_runs_are_put_into_words() {
        let said = in_words(Lang::Ru, "timeout: Google did not answer in time");
        assert_eq!(said.as_deref(), Some("Ответ не пришёл вовремя"));
        let message = in_words(Lang::Ru, "message 18c2f: unreadable: no payload");
        assert_eq!(message.as_deref(), Some("Письмо 18c2f: его не удалось прочитать"));
        let file = in_words(Lang::Ru, "message mail.mbox@17: too_large: the message has 60 MB");
        assert_eq!(file.as_deref(), Some("Письмо mail.mbox@17: оно слишком большое"));
        let archive = in_words(Lang::Ru, "archive_damaged: the archive is damaged: bad header");
        assert_eq!(archive.as_deref(), Some("Архив повреждён"));
        for unknown in ["", "strange: thing", "message 1: strange: thing", "no colon", "message"] {
            assert_eq!(in_words(Lang::Ru, unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn the_most_frequent_reason_comes_first() {
        let counts = [("spam", 2), ("unanswered", 7), ("new_reason", 2), ("trash", 0)];
        let skip_reasons = counts.map(|(name, count)| (name.to_owned(), count)).into_iter().collect();
        let run = SyncRun { skip_reasons, ..run(RunKind::Sync, RunState::Done) };
        let said = skipped(Lang::En, &run);
        let expected = [("not answered by us", 7), ("new_reason", 2), ("spam", 2)];
        assert_eq!(said, expected.map(|(words, count)| (words.to_owned(), count)));
    }
}
