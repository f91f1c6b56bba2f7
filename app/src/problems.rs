//! What went wrong, in the person's language: what happened and what to do.

use replybook::types::{ConflictCode, NotFoundCode, Problem};

use crate::{
    prefs::Lang,
    words::{Voice, texts},
};

/// The code of [`Problem::Unavailable`] when a browser cannot reach the server.
pub(crate) const NETWORK: &str = "network";
/// The code of [`Problem::Unavailable`] when an answer is not what this page expects, e.g. after an update of the server.
pub(crate) const UNEXPECTED_ANSWER: &str = "unexpected_answer";
/// How [`Problem::Invalid`] begins when Google's own words about a mailbox follow.
const GOOGLE_REFUSED: &str = "google_refused: ";

/// A problem in words.
pub(crate) fn text(problem: &Problem, lang: Lang) -> String {
    let words = Problems(lang);
    match problem {
        Problem::Unauthenticated => words.unauthenticated().to_owned(),
        Problem::Forbidden => words.forbidden().to_owned(),
        Problem::NotFound { code } => not_found(words, *code).to_owned(),
        Problem::Conflict { code } => conflict(lang, *code).to_owned(),
        Problem::Invalid { field, .. } if field == "cursor" => words.cursor().to_owned(),
        Problem::Invalid { message, .. } if message == "sync_not_supported_for_provider" => {
            words.sync_unsupported().to_owned()
        }
        Problem::Invalid { message, .. } if message.starts_with(GOOGLE_REFUSED) => {
            words.refused_said(&message[GOOGLE_REFUSED.len()..])
        }
        Problem::Invalid { message, .. } => {
            code_text(lang, message).map_or_else(|| words.invalid(message), ToOwned::to_owned)
        }
        Problem::TooMany { retry_after_seconds } => {
            let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
            words.too_many(voice.duration(i64::from(*retry_after_seconds)))
        }
        Problem::Unavailable { message } => match message.as_str() {
            NETWORK => words.network().to_owned(),
            UNEXPECTED_ANSWER => words.unexpected_answer().to_owned(),
            "gmail_sync_failed" => words.sync_failed().to_owned(),
            message if message.starts_with("google_unreachable") => words.google_unreachable().to_owned(),
            message => words.unavailable(message),
        },
        Problem::Internal { id } => words.internal(id),
    }
}

/// What the domain says by a code, or by a fixed sentence about a file, in words. `None` for anything else.
pub(crate) fn code_text(lang: Lang, code: &str) -> Option<&'static str> {
    let words = Codes(lang);
    Some(match code {
        "account_disabled" => words.account_disabled(),
        "account_needs_reconnect" => words.account_needs_reconnect(),
        "disconnect_not_supported_for_provider" => words.disconnect_unsupported(),
        "email_invalid" => words.email_invalid(),
        "name_missing" => words.name_missing(),
        "name_too_long" => words.name_too_long(),
        "password_too_short" => words.password_short(),
        "password_too_long" => words.password_long(),
        "api_key_invalid" => words.api_key_invalid(),
        "model_invalid" => words.model_invalid(),
        "as_address_missing" => words.address_missing(),
        "form_incomplete" => words.form_incomplete(),
        "choose a file to import" => words.file_missing(),
        "the file is empty" => words.file_empty(),
        code if code.starts_with("this is a binary file") => words.file_binary(),
        "the upload broke off" => words.file_cut(),
        "the archive holds no mail" => words.archive_empty(),
        "since_in_the_future" => words.since_future(),
        code if code.starts_with("since must be") => words.since_invalid(),
        code if code.starts_with("days must be") => words.days_invalid(),
        code if code.starts_with("as_address_invalid") => words.address_invalid(),
        _ => return None,
    })
}

fn not_found(words: Problems, code: NotFoundCode) -> &'static str {
    match code {
        NotFoundCode::Account => words.account_not_found(),
        NotFoundCode::Pair | NotFoundCode::PairGroup => words.pair_not_found(),
        NotFoundCode::Run => words.run_not_found(),
        NotFoundCode::Failure => words.failure_gone(),
        NotFoundCode::SetupLink => words.setup_link(),
        NotFoundCode::Thread
        | NotFoundCode::Message
        | NotFoundCode::MessageHtml
        | NotFoundCode::Attachment
        | NotFoundCode::Picture
        | NotFoundCode::ApiToken
        | NotFoundCode::User
        | NotFoundCode::Job
        | NotFoundCode::Page => words.not_found(),
    }
}

fn conflict(lang: Lang, code: ConflictCode) -> &'static str {
    let (words, codes) = (Problems(lang), Codes(lang));
    match code {
        ConflictCode::SyncRunning => words.sync_running(),
        ConflictCode::BackfillOpen => codes.backfill_running(),
        ConflictCode::MonitorStopped => codes.monitor_stopped(),
        ConflictCode::NoWorker => codes.no_worker(),
        ConflictCode::RunOver => codes.run_over(),
        ConflictCode::RunCannotPause => codes.run_cannot_pause(),
        ConflictCode::PairDiffers => codes.pair_differs(),
        ConflictCode::MailMakesNoPair => codes.mail_makes_no_pair(),
        ConflictCode::GroupChanged => codes.pair_group_changed(),
        ConflictCode::NeedsReconnect => codes.account_needs_reconnect(),
        ConflictCode::SyncCancelled
        | ConflictCode::JobRunning
        | ConflictCode::AttachmentTooLarge
        | ConflictCode::AttachmentOff
        | ConflictCode::AttachmentGone
        | ConflictCode::AttachmentRefused
        | ConflictCode::AttachmentFailed => words.conflict(),
    }
}

texts! {
    /// What went wrong, by kind.
    Problems:
    unauthenticated: "You are signed out. Sign in again to go on." | "Вы вышли из системы. Войдите снова, чтобы продолжить.";
    forbidden: "This is for admins. Ask an admin of your team to do it, or to change your role." | "Это доступно только администраторам. Попросите администратора сделать это или изменить вашу роль.";
    setup_link: "This set-up link cannot be used any more." | "Этой ссылкой больше нельзя воспользоваться.";
    not_found: "That no longer exists." | "Этого больше нет.";
    account_not_found: "This account no longer exists. Someone may have deleted it: reload the page." | "Этого аккаунта больше нет. Возможно, его удалили: обновите страницу.";
    pair_not_found: "This pair no longer exists: its mailbox may have been deleted." | "Этой пары больше нет: возможно, её почтовый ящик удалили.";
    run_not_found: "This run no longer exists: its mailbox may have been deleted." | "Этого запуска больше нет: возможно, его почтовый ящик удалили.";
    failure_gone: "That message is no longer set aside." | "Это письмо больше не отложено.";
    conflict: "That cannot be done right now. Reload the page and try again." | "Сейчас это невозможно. Обновите страницу и попробуйте ещё раз.";
    sync_running: "This account is being synced already. Wait until that run is over." | "Этот аккаунт уже синхронизируется. Дождитесь окончания.";
    invalid(what): "What was sent cannot be used: {what}" | "Отправленные данные не подходят: {what}";
    cursor: "This page of the list can no longer be found. Go back to the first page." | "Эту страницу списка больше не найти. Вернитесь на первую страницу.";
    sync_unsupported: "Accounts of this provider cannot be synced: import the file again instead." | "Аккаунты этого провайдера не синхронизируются: импортируйте файл ещё раз.";
    too_many(wait): "Too many attempts. Try again in {wait}." | "Слишком много попыток. Повторите через {wait}.";
    unavailable(what): "Something this needs is not available: {what}" | "Недоступно то, что для этого нужно: {what}";
    refused_said(said): "Google refuses this mailbox: {said}" | "Google не даёт доступ к этому ящику: {said}";
    google_unreachable: "Google could not be asked. Wait a minute and try again." | "Не удалось спросить Google. Подождите минуту и попробуйте ещё раз.";
    network: "The server could not be reached. Check the connection and try again." | "Сервер не отвечает. Проверьте соединение и попробуйте ещё раз.";
    unexpected_answer: "The server answered in a way this page does not understand. Reload the page: it may have been updated." | "Страница не поняла ответ сервера. Обновите её: возможно, вышла новая версия.";
    sync_failed: "The sync stopped because of a fault. Try again; if it stays, the server's log says more." | "Синхронизация остановилась из-за сбоя. Попробуйте ещё раз; если повторится, подробности в журнале сервера.";
    internal(id): "Something went wrong on our side. Try again; if it stays, give your administrator this number: {id}" | "Ошибка на нашей стороне. Попробуйте ещё раз; если повторится, сообщите администратору этот номер: {id}";
}

texts! {
    /// What cannot be accepted.
    Codes:
    account_disabled: "This account is disabled. Enable it first." | "Этот аккаунт отключён. Сначала включите его.";
    account_needs_reconnect: "This account has to be reconnected before it can be synced." | "Этот аккаунт нужно переподключить, прежде чем его можно будет синхронизировать.";
    disconnect_unsupported: "Accounts of this provider have no access to give back. Delete the account instead." | "У аккаунтов этого провайдера нет доступа, который можно вернуть. Удалите аккаунт.";
    email_invalid: "This is not an email address." | "Это не адрес электронной почты.";
    name_missing: "Enter a name." | "Введите имя.";
    name_too_long: "The name is too long." | "Имя слишком длинное.";
    password_short: "The password is too short: it needs at least 10 characters." | "Пароль слишком короткий: нужно не менее 10 символов.";
    password_long: "The password is too long." | "Пароль слишком длинный.";
    api_key_invalid: "This does not look like an API key. Copy it again, without spaces or line breaks." | "Это не похоже на ключ API. Скопируйте его ещё раз, без пробелов и переносов строк.";
    model_invalid: "This is not a model name." | "Это не название модели.";
    address_missing: "Enter your address in this mailbox." | "Введите ваш адрес в этом ящике.";
    address_invalid: "This is not an email address." | "Это не адрес электронной почты.";
    form_incomplete: "The form is not complete. Reload the page and try again." | "Форма заполнена не полностью. Обновите страницу и попробуйте ещё раз.";
    file_missing: "Choose a file." | "Выберите файл.";
    file_empty: "The file is empty." | "Файл пуст.";
    file_binary: "This is not a mailbox file, but some other binary file. Choose an .mbox file or a Google Takeout archive." | "Это не файл ящика, а другой двоичный файл. Выберите файл .mbox или архив Google Takeout.";
    file_cut: "The upload broke off. Try again." | "Загрузка оборвалась. Попробуйте ещё раз.";
    archive_empty: "There is no mail in this archive. In Google Takeout, choose “Mail”." | "В этом архиве нет писем. В Google Takeout выберите «Почта».";
    pair_differs: "The mail says something else than this pair by now. Take that over, or keep the pair as it is, first." | "В почте теперь не то, что в паре. Сначала возьмите текст из почты или оставьте пару как есть.";
    mail_makes_no_pair: "The mail no longer makes this pair, so there is nothing to take over." | "Из почты эта пара больше не получается, брать из неё нечего.";
    pair_group_changed: "There are more or fewer of these by now. Nothing was decided; look again." | "Таких пар стало больше или меньше. Ничего не решено, посмотрите ещё раз.";
    backfill_running: "Older mail of this account is being fetched already." | "Старая почта этого аккаунта уже загружается.";
    run_over: "That run is over already." | "Этот запуск уже закончился.";
    run_cannot_pause: "A sync is too short to be paused. Cancel it, or let it end." | "Синхронизация слишком коротка для паузы. Отмените её или дождитесь конца.";
    monitor_stopped: "The email monitor is stopped. Start it first." | "Монитор почты остановлен. Сначала запустите его.";
    no_worker: "No worker is running." | "Фоновая служба не запущена.";
    since_future: "That date is still to come. Choose an earlier one." | "Эта дата ещё не наступила. Выберите более раннюю.";
    since_invalid: "Enter the date since when you want the mail." | "Укажите дату, с которой нужна почта.";
    days_invalid: "Choose how far back." | "Выберите, за какое время.";
}
