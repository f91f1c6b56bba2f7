//! What is said of a run that goes on. The browser has these words too.

use crate::words::{named_texts, texts};

texts! {
    /// A run.
    pub(crate) Words:
    kind_sync: "New mail" | "Новая почта";
    kind_import: "Import" | "Импорт";
    kind_backfill: "Older mail" | "Старая почта";
    back_to(date): "back to {date}" | "начиная с {date}";
    back_to_all: "all there is" | "вся, какая есть";
    queued: "waiting to start" | "ждёт начала";
    running: "running" | "идёт";
    paused: "paused" | "на паузе";
    done: "done" | "готово";
    partial: "partly done" | "готово частично";
    failed: "failed" | "не удалось";
    interrupted: "interrupted" | "прервано";
    cancelled: "cancelled" | "отменено";
    pausing: "pausing…" | "останавливаем…";
    ending: "ending…" | "завершаем…";
    reading(progress): "Reading the file: {progress}" | "Читаем файл: {progress}";
    fetching(progress): "Fetching: {progress}" | "Загружаем: {progress}";
    of_total(done, all): "{done} of {all} messages" | "{done} из {all} писем";
    rate(n): "{n} a minute" | "{n} в минуту";
    left(time): "about {time} left" | "осталось около {time}";
    waits_until(why, left): "{why}, {left} left" | "{why}, осталось {left}";
    waits_for_the_next_try: "it is tried again by itself" | "следующая попытка начнётся сама";
    progress_label: "Progress" | "Ход работы";
    fetched: "Messages fetched" | "Писем загружено";
    upserted: "Messages stored" | "Писем сохранено";
    pairs_created: "Pairs created" | "Пар создано";
    pairs_skipped: "Pairs skipped" | "Пар пропущено";
    set_aside: "Set aside" | "Отложено";
    started: "Started" | "Начало";
}

named_texts! {
    /// Codes of errors and of waits, as parts of a sentence.
    pub(crate) Reasons:
    gmail_quota: "the Gmail quota of this minute is spent" | "квота Gmail на эту минуту израсходована";
    database_busy: "the database is busy" | "база данных занята";
    database_unavailable: "the database cannot be reached" | "база данных недоступна";
    storage_full: "the server's disk is full" | "на диске сервера нет места";
    sync: "new mail goes first" | "новая почта идёт первой";
    rate_limited: "Google asks to slow down" | "Google просит работать медленнее";
    quota_exhausted: "the day's quota at Google is spent" | "дневная квота Google израсходована";
    unauthorized: "Google does not accept the access any more" | "Google больше не принимает доступ";
    invalid_grant: "the access was taken back at Google" | "доступ отозван у Google";
    insufficient_scope: "the permission to read mail is missing" | "нет разрешения читать почту";
    not_found: "it is no longer there" | "его больше нет";
    rejected: "the provider refuses it" | "провайдер отказал";
    server_error: "the provider had a fault" | "у провайдера сбой";
    transport: "the connection broke" | "соединение прервалось";
    timeout: "there was no answer in time" | "ответ не пришёл вовремя";
    protocol: "the answer cannot be understood" | "ответ не удалось понять";
    credentials: "the stored access cannot be used; the server's log says why" | "сохранённым доступом нельзя воспользоваться; причина в журнале сервера";
    unreachable: "the provider did not answer several times in a row" | "провайдер не ответил несколько раз подряд";
    unreadable: "it cannot be read" | "его не удалось прочитать";
    too_large: "it is too large" | "оно слишком большое";
    interrupted: "the server was stopped; the next run continues" | "сервер был остановлен; следующий запуск продолжит";
    stalled: "it made no progress and was ended; the next run continues" | "не было продвижения, синхронизация завершена; следующий запуск продолжит";
    partial: "the limit of a manual sync was reached; the rest comes with the next one" | "достигнут предел ручной синхронизации; остальное придёт со следующей";
    delegation: "the service account may not read this mailbox" | "сервисному аккаунту нельзя читать этот ящик";
    clock: "this server's clock is wrong" | "часы этого сервера идут неверно";
    no_mailbox: "Google knows no such mailbox" | "Google не знает такого ящика";
    host_not_found: "there is no server of this name" | "сервера с таким именем нет";
    connection_refused: "the server refuses the connection" | "сервер не принимает соединение";
    tls_failed: "the connection cannot be made safe" | "соединение не удалось защитить";
    authentication_failed: "the server refuses the password" | "сервер не принимает пароль";
    app_password_needed: "the server wants an app password" | "серверу нужен пароль приложения";
    unavailable: "the server is not available just now" | "сервер сейчас недоступен";
    limit: "the server asks to come back later" | "сервер просит зайти позже";
    connection_lost: "the connection broke" | "соединение прервалось";
    refused: "the server refuses it" | "сервер отказал";
    answer_too_long: "the server sends more than it was asked for" | "сервер присылает больше, чем у него просили";
    unreadable_answer: "the server's answer cannot be understood" | "ответ сервера не удалось понять";
}
