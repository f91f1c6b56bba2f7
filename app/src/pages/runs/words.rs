//! What is said of a run that goes on. The browser has these words too.

use crate::words::{named_texts, texts};

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
    no_pairs_note: "The mail is here, but no pair was found. Probably your replies come from another address." | "Почта загружена, но пар не найдено. Возможно, вы отвечаете с другого адреса.";
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
    progress_label: "Progress" | "Ход работы";
    fetched: "Messages fetched" | "Писем загружено";
    upserted: "Messages stored" | "Писем сохранено";
    pairs_created: "Pairs created" | "Пар создано";
    pairs_skipped: "Messages without a pair" | "Писем без пары";
    set_aside: "Failed" | "С ошибками";
    started: "Started" | "Начало";
}

named_texts! {
    /// Codes of errors and of waits, as parts of a sentence.
    pub(crate) Reasons:
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
    answer_too_long: "the server sends more than it was asked for" | "сервер присылает больше, чем у него просили";
    unreadable_answer: "the server's answer cannot be understood" | "ответ сервера не удалось понять";
}
