//! What went wrong, in the person's language: what happened and what to do. Every code has its words here, so that one that is added
//! does not compile without them.

use replybook::types::{
    ArchiveHint, BusyCode, ConflictCode, EnrollReason, FileContent, FileProblem, ForeignFile, GmailSetup, ImapFault,
    InvalidCode, NotFoundCode, Problem, UnavailableCode,
};

use crate::{
    error::Transport,
    prefs::Lang,
    words::{Voice, texts},
};

/// A problem in words.
pub(crate) fn text(problem: &Problem, lang: Lang) -> String {
    let words = Problems(lang);
    match problem {
        Problem::Unauthenticated => words.unauthenticated().to_owned(),
        Problem::Forbidden => words.forbidden().to_owned(),
        Problem::NotFound { code } => not_found(words, *code).to_owned(),
        Problem::Conflict { code } => conflict(lang, *code).to_owned(),
        Problem::Invalid { code, .. } => invalid(lang, code),
        Problem::TooMany { retry_after_seconds } => {
            let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
            words.too_many(voice.duration(i64::from(*retry_after_seconds)))
        }
        Problem::Busy { code, .. } => match code {
            BusyCode::Database => words.database_busy().to_owned(),
            BusyCode::SignIn => words.sign_in_busy().to_owned(),
        },
        Problem::StorageFull => words.storage_full().to_owned(),
        Problem::Unavailable { code } => unavailable(lang, code),
        Problem::Internal { id } => words.internal(id),
    }
}

/// What cannot be accepted.
fn invalid(lang: Lang, code: &InvalidCode) -> String {
    let words = Codes(lang);
    let text = match code {
        InvalidCode::AccountDisabled => words.account_disabled(),
        InvalidCode::NeedsReconnect => words.account_needs_reconnect(),
        InvalidCode::SyncUnsupported => words.sync_unsupported(),
        InvalidCode::DisconnectUnsupported => words.disconnect_unsupported(),
        InvalidCode::WrongCredentials => words.wrong_credentials(),
        InvalidCode::EmailInvalid | InvalidCode::MailAddressInvalid => words.email_invalid(),
        InvalidCode::EmailTaken => words.email_taken(),
        InvalidCode::NameMissing => words.name_missing(),
        InvalidCode::NameTooLong => words.name_too_long(),
        InvalidCode::PasswordTooShort => words.password_short(),
        InvalidCode::PasswordTooLong => words.password_long(),
        InvalidCode::ApiKeyInvalid => words.api_key_invalid(),
        InvalidCode::ModelInvalid => words.model_invalid(),
        InvalidCode::SpanUnknown => words.span_unknown(),
        InvalidCode::GroupMadeNew => words.group_made_new(),
        InvalidCode::Cursor => words.cursor(),
        InvalidCode::NotAnId => words.not_an_id(),
        InvalidCode::NotInRange { least, most: Some(most) } => return words.not_between(least, most),
        InvalidCode::NotInRange { least, most: None } => return words.not_from(least),
        InvalidCode::TooLong { most } => return words.too_long(most),
        InvalidCode::Unknown(unknown) => return words.unknown(&unknown.value),
        InvalidCode::NotOneSpan | InvalidCode::DaysInvalid { .. } => words.days_invalid(),
        InvalidCode::SinceInvalid => words.since_invalid(),
        InvalidCode::SinceInFuture => words.since_future(),
        InvalidCode::TimeInvalid => words.time_invalid(),
        InvalidCode::OwnAddressMissing => words.address_missing(),
        InvalidCode::OwnAddressInvalid { address } => return words.address_invalid(address),
        InvalidCode::OwnAddressTooLong => words.address_long(),
        InvalidCode::File(problem) => return file(lang, problem),
        InvalidCode::ServiceAccountMissing => words.service_account_missing(),
        InvalidCode::AddressNotInDomain => words.not_in_domain(),
        InvalidCode::Enroll(refusal) => return quoting(lang, enroll(lang, refusal.reason), refusal.said.as_deref()),
        InvalidCode::HostInvalid => words.host_invalid(),
        InvalidCode::PortInvalid => words.port_invalid(),
        InvalidCode::MailPasswordMissing => words.mail_password_missing(),
        InvalidCode::MailPasswordInvalid => words.mail_password_invalid(),
        InvalidCode::UsernameInvalid => words.username_invalid(),
        InvalidCode::NoInbox => words.no_inbox(),
        InvalidCode::Imap(refusal) => return quoting(lang, imap(lang, refusal.fault), refusal.said.as_deref()),
        InvalidCode::FormIncomplete => words.form_incomplete(),
        InvalidCode::ValueUnusable => words.value_unusable(),
        InvalidCode::NulCharacter => words.value_unusable(),
    };
    text.to_owned()
}

/// What is missing or down.
fn unavailable(lang: Lang, code: &UnavailableCode) -> String {
    let words = Problems(lang);
    let text = match code {
        UnavailableCode::Database => words.database(),
        UnavailableCode::SecretKey => words.secret_key(),
        UnavailableCode::Sync => words.sync_failed(),
        UnavailableCode::GmailSetup(setup) => return gmail_setup(words, setup),
        UnavailableCode::Enroll(refusal) => {
            return quoting(lang, enroll(lang, refusal.reason), refusal.said.as_deref());
        }
        UnavailableCode::Imap(refusal) => return quoting(lang, imap(lang, refusal.fault), refusal.said.as_deref()),
        UnavailableCode::Attachment { .. } => words.attachment_failed(),
        UnavailableCode::UploadDisk => words.upload_disk(),
        UnavailableCode::PageTooSlow | UnavailableCode::CallTooSlow => words.too_slow(),
        UnavailableCode::UnexpectedAnswer => Transport(lang).unexpected_answer(),
    };
    text.to_owned()
}

fn gmail_setup(words: Problems, setup: &GmailSetup) -> String {
    match setup {
        GmailSetup::Missing { setting } => words.setting_missing(setting),
        GmailSetup::NotAUrl { setting } => words.setting_no_url(setting),
        GmailSetup::OutsideWorkspace { mailbox } => words.outside_workspace(mailbox),
        GmailSetup::KeyCannotSign => words.key_cannot_sign().to_owned(),
    }
}

/// Ours, and behind it what another program said, word for word.
fn quoting(lang: Lang, text: &str, said: Option<&str>) -> String {
    match said {
        Some(said) => format!("{text} {}", Problems(lang).said(said)),
        None => text.to_owned(),
    }
}

/// Why a mailbox of the Workspace is not enrolled, in words.
pub(crate) fn enroll(lang: Lang, reason: EnrollReason) -> &'static str {
    let words = Enrolling(lang);
    match reason {
        EnrollReason::Delegation => words.delegation(),
        EnrollReason::Clock => words.clock(),
        EnrollReason::NoMailbox => words.no_mailbox(),
        EnrollReason::Alias => words.alias(),
        EnrollReason::Disconnected => words.disconnected(),
        EnrollReason::Refused => words.refused(),
        EnrollReason::Unreachable => words.unreachable(),
        EnrollReason::NotStored => words.not_stored(),
    }
}

/// What is wrong at a mail server, and what to do.
fn imap(lang: Lang, fault: ImapFault) -> &'static str {
    let words = MailServer(lang);
    match fault {
        ImapFault::HostNotFound => words.no_host(),
        ImapFault::ConnectionRefused | ImapFault::Unreachable | ImapFault::NotImap => words.bad_port(),
        ImapFault::Tls | ImapFault::NoStartTls => words.bad_tls(),
        ImapFault::NeedsTls => words.needs_tls(),
        ImapFault::Authentication => words.bad_password(),
        ImapFault::AppPassword => words.app_password(),
        ImapFault::Unavailable | ImapFault::ConnectionLost | ImapFault::FolderChanged => words.not_now(),
        ImapFault::Limit => words.limit(),
        ImapFault::Timeout => words.timeout(),
        ImapFault::Refused => words.refused(),
        ImapFault::Unreadable => words.unreadable(),
        ImapFault::TooLong => words.too_long(),
    }
}

/// Why a file cannot be imported, and what to do.
fn file(lang: Lang, problem: &FileProblem) -> String {
    let words = Files(lang);
    let text = match problem {
        FileProblem::Missing => words.missing(),
        FileProblem::TooLarge { megabytes } => return words.too_large(megabytes),
        FileProblem::CutOff => words.cut_off(),
        FileProblem::Stalled { seconds } => return words.stalled(seconds),
        FileProblem::Empty => words.empty(),
        FileProblem::Foreign(kind) => return words.foreign(foreign(words, *kind)),
        FileProblem::Binary => words.binary(),
        FileProblem::Nested => words.nested(),
        FileProblem::NotMail { beginning } => return words.not_mail(beginning),
        FileProblem::NoMail { archive, content, hint } => {
            let content = content.map_or("", |content| match content {
                FileContent::Photos => words.photos(),
                FileContent::Documents => words.documents(),
                FileContent::Contacts => words.contacts(),
                FileContent::Calendars => words.calendars(),
                FileContent::Music => words.music(),
            });
            let advice = match hint {
                Some(ArchiveHint::Archives) => words.hint_archives(),
                Some(ArchiveHint::Parts) => words.hint_parts(),
                None => words.hint_takeout(),
            };
            return words.no_mail(archive, content, advice);
        }
        FileProblem::Encrypted { member } => return words.encrypted(member),
        FileProblem::Method { member } => return words.method(member),
        FileProblem::Bomb { member, .. } => return words.bomb(member),
        FileProblem::Damaged { .. } => words.damaged(),
        FileProblem::OtherArchive { .. } | FileProblem::OtherFile { .. } => words.changed(),
        FileProblem::Unreadable { .. } => words.unreadable(),
    };
    text.to_owned()
}

fn foreign(words: Files, kind: ForeignFile) -> &'static str {
    match kind {
        ForeignFile::Pdf => words.pdf(),
        ForeignFile::Png | ForeignFile::Jpeg | ForeignFile::Gif => words.picture(),
        ForeignFile::OutlookData => words.outlook_data(),
        ForeignFile::OutlookMessage => words.outlook_message(),
        ForeignFile::Sqlite => words.sqlite(),
        ForeignFile::Program | ForeignFile::WindowsProgram => words.program(),
        ForeignFile::SevenZip | ForeignFile::Rar | ForeignFile::Bzip2 | ForeignFile::Xz => words.other_archive(),
        ForeignFile::WebPage => words.web_page(),
        ForeignFile::Xml => words.xml(),
        ForeignFile::Json => words.json(),
    }
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
        ConflictCode::JobRunning => codes.job_running(),
        ConflictCode::SyncCancelled
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
    too_many(wait): "Too many attempts. Try again in {wait}." | "Слишком много попыток. Повторите через {wait}.";
    said(what): "The answer was: “{what}”" | "Ответ: «{what}»";
    database: "The database cannot be reached. Try again in a minute." | "База данных недоступна. Попробуйте ещё раз через минуту.";
    secret_key: "A stored secret cannot be read: SECRET_KEY is not the one it was stored with. Ask whoever runs this server." | "Сохранённый секрет не прочитать: SECRET_KEY не тот, с которым его записали. Обратитесь к владельцу сервера.";
    setting_missing(setting): "Gmail is not set up on this server: {setting} is missing." | "Gmail на этом сервере не настроен: не задано {setting}.";
    setting_no_url(setting): "Gmail is not set up on this server: {setting} is not a web address." | "Gmail на этом сервере не настроен: {setting} не веб-адрес.";
    outside_workspace(mailbox): "{mailbox} is not in GMAIL_WORKSPACE_DOMAIN." | "{mailbox} не входит в GMAIL_WORKSPACE_DOMAIN.";
    key_cannot_sign: "The key in GMAIL_SERVICE_ACCOUNT_KEY_FILE cannot be used. Ask whoever runs this server." | "Ключ из GMAIL_SERVICE_ACCOUNT_KEY_FILE не подходит. Обратитесь к владельцу сервера.";
    attachment_failed: "The provider did not give this attachment. Try again in a minute." | "Провайдер не отдал это вложение. Попробуйте ещё раз через минуту.";
    upload_disk: "The file could not be written to the server's disk. The server's log says why." | "Не удалось записать файл на диск сервера. Причина в журнале сервера.";
    too_slow: "That took too long and was given up. Try again in a minute." | "Это заняло слишком много времени и было прервано. Попробуйте ещё раз через минуту.";
    database_busy: "The database is busy just now, and nothing was changed. Try again in a few seconds." | "База данных сейчас занята, ничего не изменено. Повторите через несколько секунд.";
    sign_in_busy: "Too many people are signing in at this moment. Try again in a few seconds." | "Сейчас входит слишком много людей. Повторите через несколько секунд.";
    storage_full: "The server’s disk is full, so nothing could be saved. What is stored can be read. An administrator has to make room; everything then goes on by itself." | "На диске сервера нет места, сохранить ничего не удалось. Сохранённое по-прежнему можно читать. Администратору нужно освободить место, дальше всё продолжится само.";
    sync_failed: "The sync stopped because of a fault. Try again; if it stays, the server's log says more." | "Синхронизация остановилась из-за сбоя. Попробуйте ещё раз; если повторится, подробности в журнале сервера.";
    internal(id): "Something went wrong on our side. Try again; if it stays, give your administrator this number: {id}" | "Ошибка на нашей стороне. Попробуйте ещё раз; если повторится, сообщите администратору этот номер: {id}";
}

texts! {
    /// What cannot be accepted.
    Codes:
    account_disabled: "This account is disabled. Enable it first." | "Этот аккаунт отключён. Сначала включите его.";
    account_needs_reconnect: "This account has to be reconnected before it can be synced." | "Этот аккаунт нужно переподключить, прежде чем его можно будет синхронизировать.";
    sync_unsupported: "Accounts of this provider cannot be synced: import the file again instead." | "Аккаунты этого провайдера не синхронизируются: импортируйте файл ещё раз.";
    disconnect_unsupported: "Accounts of this provider have no access to give back. Delete the account instead." | "У аккаунтов этого провайдера нет доступа, который можно вернуть. Удалите аккаунт.";
    email_invalid: "This is not an email address." | "Это не адрес электронной почты.";
    wrong_credentials: "Email or password is wrong." | "Неверная почта или пароль.";
    email_taken: "Somebody has this email address already." | "Этот адрес уже занят.";
    name_missing: "Enter a name." | "Введите имя.";
    name_too_long: "The name is too long." | "Имя слишком длинное.";
    password_short: "The password is too short: it needs at least 10 characters." | "Пароль слишком короткий: нужно не менее 10 символов.";
    password_long: "The password is too long." | "Пароль слишком длинный.";
    api_key_invalid: "This does not look like an API key. Copy it again, without spaces or line breaks." | "Это не похоже на ключ API. Скопируйте его ещё раз, без пробелов и переносов строк.";
    model_invalid: "This is not a model name." | "Это не название модели.";
    span_unknown: "This passage is not one that was taken out of the pair. Reload the page." | "Этот фрагмент не из тех, что убраны из пары. Обновите страницу.";
    group_made_new: "A group can be approved or rejected, not made undecided again." | "Группу можно одобрить или отклонить, но не вернуть в непроверенные.";
    cursor: "This page of the list can no longer be found. Go back to the first page." | "Эту страницу списка больше не найти. Вернитесь на первую страницу.";
    not_an_id: "This address leads nowhere. Reload the page and try again." | "Такой записи нет. Обновите страницу и попробуйте ещё раз.";
    not_between(least, most): "Enter a whole number from {least} to {most}." | "Введите целое число от {least} до {most}.";
    not_from(least): "Enter a whole number from {least}." | "Введите целое число не меньше {least}.";
    too_long(most): "That is too long: at most {most} characters." | "Слишком длинно: не более {most} символов.";
    unknown(value): "“{value}” cannot be used here. Reload the page and try again." | "Значение «{value}» здесь не подходит. Обновите страницу и попробуйте ещё раз.";
    time_invalid: "Enter a date and a time." | "Укажите дату и время.";
    address_invalid(address): "“{address}” is not an email address." | "«{address}» — не адрес электронной почты.";
    address_long: "The address is too long." | "Адрес слишком длинный.";
    service_account_missing: "This server has no service account. Ask whoever runs it to set GMAIL_SERVICE_ACCOUNT_KEY_FILE and GMAIL_WORKSPACE_DOMAIN." | "На этом сервере нет сервисного аккаунта. Попросите владельца сервера задать GMAIL_SERVICE_ACCOUNT_KEY_FILE и GMAIL_WORKSPACE_DOMAIN.";
    not_in_domain: "This address is not in your Workspace's domain (GMAIL_WORKSPACE_DOMAIN)." | "Этот адрес не из домена вашего Workspace (GMAIL_WORKSPACE_DOMAIN).";
    host_invalid: "Enter the name of the server alone, e.g. imap.example.com." | "Введите только имя сервера, например imap.example.com.";
    port_invalid: "A port is a number from 1 to 65535." | "Порт — это число от 1 до 65535.";
    mail_password_missing: "Enter the password of the mailbox." | "Введите пароль от ящика.";
    mail_password_invalid: "The password holds a character that no keyboard types. Copy it again." | "В пароле есть непечатаемый символ. Скопируйте пароль ещё раз.";
    username_invalid: "The user name holds a character that no keyboard types. Type it again." | "В имени пользователя есть непечатаемый символ. Введите имя ещё раз.";
    no_inbox: "The server shows this user no inbox. Check the user name." | "Сервер не показывает этому пользователю папку «Входящие». Проверьте имя пользователя.";
    address_missing: "Enter your address in this mailbox." | "Введите ваш адрес в этом ящике.";
    form_incomplete: "The form is not complete. Reload the page and try again." | "Форма заполнена не полностью. Обновите страницу и попробуйте ещё раз.";
    value_unusable: "Something in this cannot be stored: it is too long, or holds characters that are no text." | "Часть данных нельзя сохранить: они слишком длинные или содержат недопустимые символы.";
    pair_differs: "The mail says something else than this pair by now. Take that over, or keep the pair as it is, first." | "В почте теперь не то, что в паре. Сначала возьмите текст из почты или оставьте пару как есть.";
    mail_makes_no_pair: "The mail no longer makes this pair, so there is nothing to take over." | "Из почты эта пара больше не получается, брать из неё нечего.";
    pair_group_changed: "There are more or fewer of these by now. Nothing was decided; look again." | "Таких пар стало больше или меньше. Ничего не решено, посмотрите ещё раз.";
    backfill_running: "Older mail of this account is being fetched already." | "Старая почта этого аккаунта уже загружается.";
    run_over: "That run is over already." | "Этот запуск уже закончился.";
    run_cannot_pause: "A sync is too short to be paused. Cancel it, or let it end." | "Синхронизация слишком коротка для паузы. Отмените её или дождитесь конца.";
    job_running: "This work is being done just now." | "Эта работа сейчас выполняется.";
    monitor_stopped: "The email monitor is stopped. Start it first." | "Монитор почты остановлен. Сначала запустите его.";
    no_worker: "No worker is running." | "Фоновая служба не запущена.";
    since_future: "That date is still to come. Choose an earlier one." | "Эта дата ещё не наступила. Выберите более раннюю.";
    since_invalid: "Enter the date since when you want the mail." | "Укажите дату, с которой нужна почта.";
    days_invalid: "Choose how far back." | "Выберите, за какое время.";
}

texts! {
    /// Why a mailbox of the Workspace is not enrolled.
    pub(crate) Enrolling:
    delegation: "The service account may not read this mailbox. An administrator of the Workspace has to add its client ID with this scope under “Domain-wide delegation”; Google may take a day to follow. Then enroll it again." | "Сервисному аккаунту нельзя читать этот ящик. Администратор Workspace должен добавить его идентификатор клиента с этой областью доступа в разделе «Делегирование на уровне домена»; Google применяет это до суток. Затем подключите ящик снова.";
    clock: "This server's clock is wrong, so Google refuses its requests. Whoever runs the server has to set it; then enroll the mailbox again." | "Часы этого сервера идут неверно, поэтому Google отклоняет его запросы. Владелец сервера должен их исправить; затем подключите ящик снова.";
    no_mailbox: "Google knows no such mailbox in the Workspace: it may have been renamed, suspended or deleted." | "Google не знает такого ящика в Workspace: возможно, он переименован, заблокирован или удалён.";
    alias: "This is another name of a mailbox. Enroll it under its main address." | "Это другое имя ящика. Подключите его по основному адресу.";
    disconnected: "Somebody disconnected it. Enroll it by itself to bring it back." | "Его кто-то отсоединил. Чтобы вернуть, подключите его отдельно.";
    refused: "Google refuses this mailbox." | "Google не даёт доступ к этому ящику.";
    unreachable: "Google could not be asked. Wait a minute and try again." | "Не удалось спросить Google. Подождите минуту и попробуйте ещё раз.";
    not_stored: "The mailbox could not be saved here. The server's log says why." | "Не удалось сохранить ящик. Причина в журнале сервера.";
}

texts! {
    /// What is wrong at a mail server.
    MailServer:
    no_host: "There is no such server. Check its name." | "Такого сервера нет. Проверьте имя.";
    bad_port: "The server does not answer as a mail server on this port. Check the name and the port." | "На этом порту не отвечает почтовый сервер. Проверьте имя и порт.";
    bad_tls: "The connection could not be encrypted. Try another kind of encryption, or have the server's certificate put in order." | "Не удалось зашифровать соединение. Попробуйте другой вид шифрования или исправьте сертификат сервера.";
    needs_tls: "The server takes no password without encryption. Choose TLS or STARTTLS." | "Сервер не принимает пароль без шифрования. Выберите TLS или STARTTLS.";
    bad_password: "The server refuses the user name or the password." | "Сервер не принимает имя пользователя или пароль.";
    app_password: "This server wants an app password: make one in the security settings of the mail account." | "Этому серверу нужен пароль приложения: создайте его в настройках безопасности почты.";
    not_now: "The server cannot answer now. Wait a minute and try again." | "Сервер сейчас не отвечает. Подождите минуту и попробуйте ещё раз.";
    limit: "The server asks to come back later. Wait a few minutes and try again." | "Сервер просит зайти позже. Подождите несколько минут и попробуйте ещё раз.";
    timeout: "The server took too long to answer. Wait a minute and try again." | "Сервер слишком долго не отвечал. Подождите минуту и попробуйте ещё раз.";
    refused: "The server refuses to show the mailbox." | "Сервер не показывает этот ящик.";
    unreadable: "The server's answer cannot be understood: it may be no mail server." | "Ответ сервера не удалось понять: возможно, это не почтовый сервер.";
    too_long: "The server sends more than it was asked for: it may be no mail server." | "Сервер присылает больше, чем у него просили: возможно, это не почтовый сервер.";
}

texts! {
    /// Why a file cannot be imported.
    Files:
    missing: "Choose a file." | "Выберите файл.";
    too_large(megabytes): "The file is larger than {megabytes} MB." | "Файл больше {megabytes} МБ.";
    cut_off: "The upload broke off. Try again." | "Загрузка оборвалась. Попробуйте ещё раз.";
    stalled(seconds): "The upload broke off: nothing came for {seconds} seconds. Try again." | "Загрузка оборвалась: {seconds} с ничего не приходило. Попробуйте ещё раз.";
    empty: "The file is empty." | "Файл пуст.";
    foreign(kind): "This is not a mailbox file, but {kind}. Choose an .mbox file or a Google Takeout archive." | "Это не файл ящика, а {kind}. Выберите файл .mbox или архив Google Takeout.";
    pdf: "a PDF document" | "документ PDF";
    picture: "a picture" | "картинка";
    outlook_data: "an Outlook data file (.pst), which has to be exported as mbox first" | "файл данных Outlook (.pst): сначала экспортируйте его в mbox";
    outlook_message: "an Outlook message or an old Office document; a message has to be saved as .eml first" | "письмо Outlook или старый документ Office: письмо сначала сохраните как .eml";
    sqlite: "a database" | "база данных";
    program: "a program" | "программа";
    other_archive: "an archive that has to be unpacked first" | "архив, который сначала нужно распаковать";
    web_page: "a web page" | "веб-страница";
    xml: "an XML file" | "файл XML";
    json: "a JSON file" | "файл JSON";
    binary: "This is not a mailbox file, but some other binary file. Choose an .mbox file or a Google Takeout archive." | "Это не файл ящика, а другой двоичный файл. Выберите файл .mbox или архив Google Takeout.";
    nested: "This is a compressed file inside another file. Unpack it first." | "Это сжатый файл внутри другого файла. Сначала распакуйте его.";
    not_mail(beginning): "This is not a mailbox file: it begins with “{beginning}”. Choose an .mbox file or a Google Takeout archive." | "Это не файл ящика: он начинается с «{beginning}». Выберите файл .mbox или архив Google Takeout.";
    no_mail(archive, content, advice): "There is no mail in this {archive} archive{content}. {advice}" | "В этом архиве {archive}{content} нет писем. {advice}";
    photos: " of photos" | " с фотографиями";
    documents: " of documents" | " с документами";
    contacts: " of contacts" | " с контактами";
    calendars: " of calendars" | " с календарями";
    music: " of music" | " с музыкой";
    hint_archives: "It holds further archives: unpack it and import those." | "Внутри есть ещё архивы: распакуйте его и импортируйте их.";
    hint_parts: "A large Takeout comes in several parts, and the mail may be in another one." | "Большой архив Takeout состоит из нескольких частей: письма могут быть в другой.";
    hint_takeout: "In Google Takeout, choose “Mail”." | "В Google Takeout выберите «Почта».";
    encrypted(member): "{member} is encrypted. Unpack the archive with its password first." | "Файл {member} зашифрован. Сначала распакуйте архив с паролем.";
    method(member): "{member} is packed in a way that cannot be read here. Unpack the archive first." | "Файл {member} сжат способом, который здесь не прочитать. Сначала распакуйте архив.";
    bomb(member): "{member} would unpack to more than mail does. Unpack the archive first." | "{member} после распаковки займёт больше места, чем бывает у почты. Сначала распакуйте архив.";
    damaged: "The archive is damaged. Download or copy it again." | "Архив повреждён. Скачайте или скопируйте его ещё раз.";
    changed: "This is not the file that was being imported, or it was changed. Import it anew." | "Это не тот файл, который импортировался, или он изменён. Импортируйте его заново.";
    unreadable: "The file cannot be read. The server's log says why." | "Файл не удалось прочитать. Причина в журнале сервера.";
}

#[cfg(test)]
mod tests {
    use replybook::types::{EnrollRefusal, ImapRefusal};

    use super::*;

    fn in_russian(problem: Problem) -> String {
        text(&problem, Lang::Ru)
    }

    /// Three words in a row in Latin letters: names of settings and of products are fewer.
    fn has_english_sentence(text: &str) -> bool {
        let is_english = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || ".,;:".contains(c));
        text.split_whitespace().collect::<Vec<_>>().windows(3).any(|words| words.iter().all(|word| is_english(word)))
    }

    #[test]
    fn russian_says_nothing_in_english() {
        let detail = "the host is not known: check its name".to_owned();
        for fault in ImapFault::ALL {
            let refusal = ImapRefusal { fault: *fault, detail: detail.clone(), said: None };
            for said in [
                in_russian(Problem::invalid("host", InvalidCode::Imap(refusal.clone()))),
                in_russian(Problem::unavailable(UnavailableCode::Imap(refusal))),
            ] {
                assert!(!has_english_sentence(&said), "{said}");
            }
        }
        for reason in EnrollReason::ALL {
            let refusal = EnrollRefusal { reason: *reason, detail: detail.clone(), said: None };
            let said = in_russian(Problem::invalid("email", InvalidCode::Enroll(refusal)));
            assert!(!has_english_sentence(&said), "{said}");
        }
        let no_mail = |content, hint| FileProblem::NoMail { archive: "ZIP".to_owned(), content, hint };
        let files = ForeignFile::ALL.iter().map(|kind| FileProblem::Foreign(*kind)).chain([
            no_mail(Some(FileContent::Photos), Some(ArchiveHint::Parts)),
            no_mail(None, None),
            FileProblem::Damaged { what: detail.clone() },
            FileProblem::Unreadable { what: detail },
        ]);
        for problem in files {
            let said = in_russian(Problem::invalid("file", problem));
            assert!(!has_english_sentence(&said), "{said}");
        }
    }

    #[test]
    fn the_words_of_others_are_quoted() {
        let refusal = ImapRefusal {
            fault: ImapFault::Authentication,
            detail: "the server refused the user name or the password: Invalid login".to_owned(),
            said: Some("Invalid login".to_owned()),
        };
        assert_eq!(
            in_russian(Problem::invalid("password", InvalidCode::Imap(refusal))),
            "Сервер не принимает имя пользователя или пароль. Ответ: «Invalid login»"
        );
    }

    #[test]
    fn an_archive_without_mail_says_what_it_is() {
        let problem = FileProblem::NoMail {
            archive: "ZIP".to_owned(),
            content: Some(FileContent::Photos),
            hint: Some(ArchiveHint::Parts),
        };
        assert_eq!(
            in_russian(Problem::invalid("file", problem)),
            "В этом архиве ZIP с фотографиями нет писем. Большой архив Takeout состоит из нескольких частей: письма могут быть в другой."
        );
    }
}
