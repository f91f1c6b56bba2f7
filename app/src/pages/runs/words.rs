//! What is said of a run.

use replybook::types::{RunCode, RunKind, RunState};

use crate::{prefs::Lang, words::texts};

texts! {
    /// A run.
    pub(crate) Words:
    kind_sync: "New mail" | "Новая почта";
    kind_import: "Import" | "Импорт";
    kind_backfill: "Older mail" | "Старая почта";
    back_to(date): "back to {date}" | "начиная с {date}";
    back_to_all: "everything" | "вся";
    queued: "waiting to start" | "ждёт начала";
    running: "running" | "идёт";
    paused: "paused" | "на паузе";
    done: "done" | "готово";
    no_pairs: "no pairs found" | "пар не найдено";
    no_pairs_note: "The mail is here, but no pair was found. Probably your replies come from another address, or the file does not mark which mail you sent." | "Почта загружена, но пар не найдено. Возможно, вы отвечаете с другого адреса или в файле не отмечено, какие письма отправлены.";
    pairs_elsewhere: "pairs in another mailbox" | "пары в другом ящике";
    pairs_elsewhere_note(threads, name): "The mail is here. There are no new pairs: the mailbox “{name}” already has {threads} of it, with their pairs." | "Почта загружена. Новых пар нет: в ящике «{name}» уже есть {threads} из неё, и пары относятся к нему.";
    open_elsewhere: "Open that mailbox" | "Открыть тот ящик";
    check_addresses: "Check your addresses" | "Проверить адреса";
    partial: "partly done" | "готово частично";
    failed: "failed" | "не удалось";
    interrupted: "interrupted" | "прервано";
    cancelled: "cancelled" | "отменено";
    pausing: "pausing…" | "ставим на паузу…";
    ending: "ending…" | "завершаем…";
    reading(progress): "Reading the file: {progress}" | "Читаем файл: {progress}";
    fetching(progress): "Fetching: {progress}" | "Загружаем: {progress}";
    of_total(done, all): "{done} of {all}" | "{done} из {all}";
    rate(n): "{n} a minute" | "{n} в минуту";
    left(time): "about {time} left" | "осталось около {time}";
    waits_until(why, left): "{why} ({left} left)" | "{why}, осталось {left}";
    waits_for_the_next_try: "the next try is automatic" | "следующая попытка начнётся сама";
    fetched: "Messages fetched" | "Писем загружено";
    upserted: "Messages stored" | "Писем сохранено";
    pairs_created: "Pairs created" | "Пар создано";
    pairs_skipped: "Messages without a pair" | "Писем без пары";
    set_aside: "Failed" | "С ошибками";
    started: "Started" | "Начало";
}

texts! {
    /// Codes of errors and of waits, as parts of a sentence.
    Reasons:
    gmail_quota: "the Gmail quota for this minute is used up" | "квота Gmail на эту минуту израсходована";
    database_busy: "the database is busy" | "база данных занята";
    database_unavailable: "the database cannot be reached" | "база данных недоступна";
    storage_full: "the server's disk is full" | "на диске сервера нет места";
    sync: "new mail goes first" | "новая почта идёт первой";
    rate_limited: "Google asked us to slow down" | "Google просит работать медленнее";
    quota_exhausted: "the daily Google quota is used up" | "дневная квота Google израсходована";
    unauthorized: "Google no longer accepts the access" | "Google больше не принимает доступ";
    invalid_grant: "the access was revoked at Google" | "доступ отозван у Google";
    insufficient_scope: "the permission to read mail is missing" | "нет разрешения читать почту";
    mail_off: "Gmail is switched off for this mailbox" | "Gmail для этого ящика выключен";
    api_disabled: "the Gmail API is switched off at Google" | "Gmail API выключен у Google";
    not_found: "it is no longer there" | "его больше нет";
    rejected: "the provider refuses it" | "провайдер отказал";
    server_error: "the provider had an error" | "у провайдера сбой";
    transport: "the connection broke" | "соединение прервалось";
    timeout: "no answer in time" | "ответ не пришёл вовремя";
    protocol: "the answer cannot be understood" | "ответ не удалось понять";
    credentials: "the stored access cannot be used; the server's log says why" | "сохранённым доступом нельзя воспользоваться; причина в журнале сервера";
    unreachable: "the provider did not answer several times in a row" | "провайдер не ответил несколько раз подряд";
    unreadable: "it cannot be read" | "его не удалось прочитать";
    too_large: "it is too large" | "оно слишком большое";
    cut_off: "this copy is cut off; the whole message is already stored and is kept" | "эта копия обрезана; целое письмо уже есть и сохранится";
    interrupted: "the server was stopped; the next run continues" | "сервер был остановлен; следующий запуск продолжит";
    account_disabled: "the account was disabled; once it is enabled, the next sync continues" | "аккаунт отключили; после включения следующая синхронизация продолжит";
    stalled: "it made no progress and was stopped; the next run continues" | "работа не двигалась и была остановлена; следующий запуск продолжит";
    partial: "the limit of a manual sync was reached; the rest comes with the next one" | "достигнут предел ручной синхронизации; остальное придёт со следующей";
    delegation: "the service account may not read this mailbox" | "сервисному аккаунту нельзя читать этот ящик";
    clock: "this server's clock is wrong" | "часы этого сервера идут неверно";
    no_mailbox: "there is no such mailbox at Google" | "Google не знает такого ящика";
    host_not_found: "there is no server of this name" | "сервера с таким именем нет";
    connection_refused: "the server refuses the connection" | "сервер не принимает соединение";
    tls_failed: "the connection could not be encrypted" | "соединение не удалось зашифровать";
    not_imap: "what answers there is not an IMAP server" | "там отвечает не сервер IMAP";
    no_starttls: "the server does not offer STARTTLS" | "сервер не предлагает STARTTLS";
    needs_tls: "the server does not accept a password without encryption" | "сервер не принимает пароль без шифрования";
    authentication_failed: "the server refuses the password" | "сервер не принимает пароль";
    app_password_needed: "the server requires an app password" | "серверу нужен пароль приложения";
    unavailable: "the server is not available right now" | "сервер сейчас недоступен";
    limit: "the server asked us to try later" | "сервер просит повторить позже";
    connection_lost: "the connection broke" | "соединение прервалось";
    refused: "the server refuses it" | "сервер отказал";
    not_stored: "the database does not take it; the server's log says why" | "база данных этого не принимает; причина в журнале сервера";
    answer_too_long: "the server sends more than it was asked for" | "сервер присылает больше, чем у него просили";
    unreadable_answer: "the server's answer cannot be understood" | "ответ сервера не удалось понять";
    sync_unsupported: "accounts of this provider cannot be synced" | "аккаунты этого провайдера не синхронизируются";
    no_server: "where the mailbox is was lost" | "данные о сервере ящика потеряны";
    no_password: "the password of the mailbox is not stored here" | "пароль от ящика здесь не сохранён";
    folder_closed: "a folder of the mailbox cannot be opened" | "одну из папок ящика не удалось открыть";
    internal: "a fault of this server; its log says more" | "сбой на этом сервере; подробности в его журнале";
}

/// An error of a run, or what it waits for, as part of a sentence.
pub(crate) fn run_reason(lang: Lang, code: RunCode) -> &'static str {
    let words = Reasons(lang);
    match code {
        RunCode::GmailQuota => words.gmail_quota(),
        RunCode::DatabaseBusy => words.database_busy(),
        RunCode::DatabaseUnavailable => words.database_unavailable(),
        RunCode::StorageFull => words.storage_full(),
        RunCode::Sync => words.sync(),
        RunCode::RateLimited => words.rate_limited(),
        RunCode::QuotaExhausted => words.quota_exhausted(),
        RunCode::Unauthorized => words.unauthorized(),
        RunCode::InvalidGrant => words.invalid_grant(),
        RunCode::InsufficientScope => words.insufficient_scope(),
        RunCode::MailOff => words.mail_off(),
        RunCode::ApiDisabled => words.api_disabled(),
        RunCode::NotFound => words.not_found(),
        RunCode::Rejected => words.rejected(),
        RunCode::ServerError => words.server_error(),
        RunCode::Transport => words.transport(),
        RunCode::Timeout => words.timeout(),
        RunCode::Protocol => words.protocol(),
        RunCode::Credentials => words.credentials(),
        RunCode::Unreachable => words.unreachable(),
        RunCode::Unreadable => words.unreadable(),
        RunCode::TooLarge => words.too_large(),
        RunCode::CutOff => words.cut_off(),
        RunCode::Interrupted => words.interrupted(),
        RunCode::AccountDisabled => words.account_disabled(),
        RunCode::Stalled => words.stalled(),
        RunCode::Partial => words.partial(),
        RunCode::Delegation => words.delegation(),
        RunCode::Clock => words.clock(),
        RunCode::NoMailbox => words.no_mailbox(),
        RunCode::HostNotFound => words.host_not_found(),
        RunCode::ConnectionRefused => words.connection_refused(),
        RunCode::Tls => words.tls_failed(),
        RunCode::NotImap => words.not_imap(),
        RunCode::NoStartTls => words.no_starttls(),
        RunCode::NeedsTls => words.needs_tls(),
        RunCode::Authentication => words.authentication_failed(),
        RunCode::AppPassword => words.app_password_needed(),
        RunCode::Unavailable => words.unavailable(),
        RunCode::Limit => words.limit(),
        RunCode::ConnectionLost => words.connection_lost(),
        RunCode::Refused => words.refused(),
        RunCode::NotStored => words.not_stored(),
        RunCode::AnswerTooLong => words.answer_too_long(),
        RunCode::UnreadableAnswer => words.unreadable_answer(),
        RunCode::SyncUnsupported => words.sync_unsupported(),
        RunCode::NoServer => words.no_server(),
        RunCode::NoPassword => words.no_password(),
        RunCode::FolderClosed => words.folder_closed(),
        RunCode::Internal => words.internal(),
    }
}

/// What a run does, in two words.
pub(crate) fn kind_word(lang: Lang, kind: RunKind) -> &'static str {
    let words = Words(lang);
    match kind {
        RunKind::Sync => words.kind_sync(),
        RunKind::Import => words.kind_import(),
        RunKind::Backfill => words.kind_backfill(),
    }
}

/// Where a run stands, in a word or two.
pub(crate) fn state_word(lang: Lang, state: RunState) -> &'static str {
    let words = Words(lang);
    match state {
        RunState::Queued => words.queued(),
        RunState::Running => words.running(),
        RunState::Paused => words.paused(),
        RunState::Done => words.done(),
        RunState::Partial => words.partial(),
        RunState::Failed => words.failed(),
        RunState::Interrupted => words.interrupted(),
        RunState::Cancelled => words.cancelled(),
    }
}

/// The stored code of an error or of a wait, as part of a sentence. `None` for one that this version does not know.
pub(crate) fn reason(lang: Lang, code: &str) -> Option<&'static str> {
    code.parse().ok().map(|code| run_reason(lang, code))
}
