//! What went wrong, in the person's language: what happened and what to do. Every code has its words here, so that one that is added
//! does not compile without them.

use replybook::types::{
    ArchiveHint, BusyCode, ConflictCode, EnrollReason, FileContent, FileProblem, ForeignFile, GmailSetup, ImapFault,
    InvalidCode, NotFoundCode, PairQueryError, PairQueryFault, PairStatus, Problem, TagKeyFault, UnavailableCode,
};

use crate::{
    error::Transport,
    prefs::Lang,
    ui::words::nouns,
    words::{Voice, texts},
};

/// A problem in words.
#[must_use]
pub fn text(problem: &Problem, lang: Lang) -> String {
    let words = Problems(lang);
    match problem {
        Problem::Unauthenticated => words.unauthenticated().to_owned(),
        Problem::Forbidden => words.forbidden().to_owned(),
        Problem::ReviewersOnly => words.reviewers_only().to_owned(),
        Problem::NotFound { code } => not_found(words, *code).to_owned(),
        Problem::Conflict { code } => conflict(lang, *code).to_owned(),
        Problem::Overtaken { status, by, seconds_ago } => overtaken(lang, *status, by.as_deref(), *seconds_ago),
        Problem::Invalid { code, .. } => invalid(lang, code),
        Problem::TooMany { retry_after_seconds } => {
            let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
            words.too_many(voice.duration(i64::from(*retry_after_seconds)))
        }
        Problem::Busy { code, .. } => match code {
            BusyCode::Database => words.database_busy().to_owned(),
            BusyCode::SignIn => words.sign_in_busy().to_owned(),
            BusyCode::Knowledge => words.knowledge_busy().to_owned(),
        },
        Problem::StorageFull => words.storage_full().to_owned(),
        Problem::Unavailable { code } => unavailable(lang, code),
        Problem::Internal { id } => words.internal(id),
    }
}

/// What somebody else did to a pair.
fn overtaken(lang: Lang, status: PairStatus, by: Option<&str>, seconds_ago: Option<i64>) -> String {
    let words = Problems(lang);
    let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
    let Some(ago) = seconds_ago else { return words.made_new_meanwhile().to_owned() };
    let (by, ago) = (by.unwrap_or(words.somebody()), voice.duration(ago));
    match status {
        PairStatus::New => words.made_new_meanwhile().to_owned(),
        PairStatus::Approved => words.approved_meanwhile(by, ago),
        PairStatus::Rejected => words.rejected_meanwhile(by, ago),
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
        InvalidCode::NameTaken => words.name_taken(),
        InvalidCode::TagNameTaken => words.tag_name_taken(),
        InvalidCode::TagNameQuoted => words.tag_name_quoted(),
        InvalidCode::TagKey(TagKeyFault::NoKey) => words.tag_key_invalid(),
        InvalidCode::TagKey(TagKeyFault::Reserved { key, free }) => return words.tag_key_reserved(key, free),
        InvalidCode::TagKey(TagKeyFault::Taken { key, tag }) => return words.tag_key_taken(key, tag),
        InvalidCode::PasswordTooShort => words.password_short(),
        InvalidCode::PasswordTooLong => words.password_long(),
        InvalidCode::ApiKeyInvalid => words.api_key_invalid(),
        InvalidCode::ModelInvalid => words.model_invalid(),
        InvalidCode::EmbeddingsUnsupported => words.embeddings_unsupported(),
        InvalidCode::BaseUrlInvalid => words.base_url_invalid(),
        InvalidCode::BaseUrlFixed => words.base_url_fixed(),
        InvalidCode::BaseUrlLocal => words.base_url_local(),
        InvalidCode::AmountInvalid => words.amount_invalid(),
        InvalidCode::AmountTooLarge { most } => {
            let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
            return words.amount_large(voice.number(*most));
        }
        InvalidCode::MonthInvalid => words.month_invalid(),
        InvalidCode::SpanUnknown => words.span_unknown(),
        InvalidCode::MovedNotInRange { most } => return words.moved_not_in_range(most),
        InvalidCode::MessageElsewhere => words.message_elsewhere(),
        InvalidCode::MessageUnpairable { .. } => words.message_unpairable(),
        InvalidCode::GroupMadeNew | InvalidCode::KeepWithoutReject | InvalidCode::OpinionNew => words.group_made_new(),
        InvalidCode::NotOneAct => words.form_incomplete(),
        InvalidCode::ReasonWithoutReject => words.reason_without_reject(),
        InvalidCode::PickedNotInRange { most } => return words.picked_not_in_range(most),
        InvalidCode::TextMissing => words.text_missing(),
        InvalidCode::NoteMissing => words.note_missing(),
        InvalidCode::NotWithinAYear => words.not_within_a_year(),
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
        InvalidCode::TooManyOwnAddresses { most } => return words.too_many_addresses(most),
        InvalidCode::OwnAddressUnseen { address, instead: None } => return words.address_unseen(address),
        InvalidCode::OwnAddressUnseen { address, instead: Some((other, messages)) } => {
            let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
            let messages = voice.count(&nouns::MESSAGE, i64::try_from(*messages).unwrap_or(i64::MAX));
            return words.address_unseen_but(address, messages, other);
        }
        InvalidCode::File(problem) => return file(lang, problem),
        InvalidCode::ServiceAccountMissing => words.service_account_missing(),
        InvalidCode::AddressNotInDomain => words.not_in_domain(),
        InvalidCode::Enroll(refusal) => return quoting(lang, enroll(lang, refusal.reason), refusal.said.as_deref()),
        InvalidCode::HostInvalid => words.host_invalid(),
        InvalidCode::HostUnknown { domain } => return words.host_unknown(domain),
        InvalidCode::HostUnconfirmed { host } => return words.host_unconfirmed(host),
        InvalidCode::PasswordsUnsupported => words.passwords_unsupported(),
        InvalidCode::PortInvalid => words.port_invalid(),
        InvalidCode::MailPasswordMissing => words.mail_password_missing(),
        InvalidCode::MailPasswordInvalid => words.mail_password_invalid(),
        InvalidCode::UsernameInvalid => words.username_invalid(),
        InvalidCode::NoInbox => words.no_inbox(),
        InvalidCode::Imap(refusal) => return quoting(lang, imap(lang, refusal.fault), refusal.said.as_deref()),
        InvalidCode::ExportAccountMissing => words.export_account_missing(),
        InvalidCode::KeyUnusable { text } => return words.key_unusable(text),
        InvalidCode::KeyTaken { key } => return words.key_taken(key),
        InvalidCode::QuestionMissing => words.question_missing(),
        InvalidCode::LanguageInvalid => words.language_invalid(),
        InvalidCode::Query(error) => return query(lang, error),
        InvalidCode::FormIncomplete => words.form_incomplete(),
        InvalidCode::ValueUnusable => words.value_unusable(),
        InvalidCode::NulCharacter => words.value_unusable(),
    };
    text.to_owned()
}

/// What is wrong with a search, and where.
fn query(lang: Lang, PairQueryError { at, text, fault }: &PairQueryError) -> String {
    let words = Searching(lang);
    match fault {
        PairQueryFault::UnknownOperator => words.operator(text, at),
        PairQueryFault::MissingValue(operator) => words.value_missing(text, at, operator.example()),
        PairQueryFault::BadValue(operator) => words.value(text, at, operator.example()),
        PairQueryFault::UnclosedQuote => words.quote(at),
        PairQueryFault::NoWords => words.no_words().to_owned(),
        PairQueryFault::TooMany { most } => words.too_many(most),
        PairQueryFault::NoSuchPerson => words.nobody(text, at),
        PairQueryFault::NoSuchAccount => words.no_account(text, at),
        PairQueryFault::NoSuchTag => words.no_tag(text, at),
        PairQueryFault::TooManyToSort { most } => words.too_many_to_sort(most),
    }
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
        UnavailableCode::PageTooSlow | UnavailableCode::CallTooSlow | UnavailableCode::RenderingTooSlow => {
            words.too_slow()
        }
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
        FileProblem::Unseparated { .. } => words.unseparated(),
        FileProblem::Slow { seconds } => return words.slow(seconds),
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
        NotFoundCode::Opinion => words.opinion_not_asked(),
        NotFoundCode::Upload => words.upload_gone(),
        NotFoundCode::Run => words.run_not_found(),
        NotFoundCode::Failure => words.failure_gone(),
        NotFoundCode::AccessLink => words.access_link(),
        NotFoundCode::SetupLink => words.setup_link(),
        NotFoundCode::Conversation => words.conversation_not_found(),
        NotFoundCode::Thread
        | NotFoundCode::ConversationNote
        | NotFoundCode::Message
        | NotFoundCode::MessageHtml
        | NotFoundCode::Attachment
        | NotFoundCode::Picture
        | NotFoundCode::ApiToken
        | NotFoundCode::User
        | NotFoundCode::Job
        | NotFoundCode::AiProvider
        | NotFoundCode::Draft
        | NotFoundCode::PairView
        | NotFoundCode::BulkDecision
        | NotFoundCode::TrustRule
        | NotFoundCode::ReviewTag
        | NotFoundCode::Guidelines
        | NotFoundCode::OwnAddress
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
        ConflictCode::PairChanged => codes.pair_changed(),
        ConflictCode::TurnsChanged => codes.turns_changed(),
        ConflictCode::ConversationChanged => codes.conversation_changed(),
        ConflictCode::TurnOneSided => codes.turn_one_sided(),
        ConflictCode::NoPairThere => codes.no_pair_there(),
        ConflictCode::LastAdmin => codes.last_admin(),
        ConflictCode::AddressesFromProvider => codes.addresses_come_from_provider(),
        ConflictCode::LastOwnAddress => codes.last_own_address(),
        ConflictCode::MailboxAddressStays => codes.mailbox_address_stays(),
        ConflictCode::NotOurAddress => codes.sender_is_not_ours(),
        ConflictCode::OpinionOwn => codes.opinion_own(),
        ConflictCode::OpinionThere => codes.opinion_there(),
        ConflictCode::NothingToUndo => codes.nothing_to_undo(),
        ConflictCode::SearchIncomplete => codes.search_incomplete(),
        ConflictCode::GroupChanged => codes.pair_group_changed(),
        ConflictCode::NeedsReconnect => codes.account_needs_reconnect(),
        ConflictCode::AccountDisabled => codes.account_disabled(),
        ConflictCode::TooManyTokens => codes.too_many_tokens(),
        ConflictCode::TooManyViews => codes.too_many_views(),
        ConflictCode::NothingToDecide => codes.nothing_to_decide(),
        ConflictCode::TrustRuleChanged => codes.trust_rule_changed(),
        ConflictCode::BulkOver => codes.bulk_over(),
        ConflictCode::TooManyRules => codes.too_many_rules(),
        ConflictCode::GuidelinesChanged => codes.guidelines_changed(),
        ConflictCode::TooManyTags => codes.too_many_tags(),
        ConflictCode::TagRetired => codes.tag_retired(),
        ConflictCode::JobRunning => codes.job_running(),
        ConflictCode::NoQuestion => codes.no_question(),
        ConflictCode::NoPastCase => codes.no_past_case(),
        ConflictCode::NoNearCase => codes.no_near_case(),
        ConflictCode::NoteNeedsModel => codes.note_needs_model(),
        ConflictCode::DraftRunning => codes.draft_running(),
        ConflictCode::DraftOver => codes.draft_over(),
        ConflictCode::SyncCancelled
        | ConflictCode::UploadElsewhere
        | ConflictCode::AttachmentTooLarge
        | ConflictCode::AttachmentOff
        | ConflictCode::AttachmentGone
        | ConflictCode::AttachmentRefused
        | ConflictCode::AttachmentFailed => words.conflict(),
    }
}

texts! {
    /// What is wrong with a search.
    Searching:
    operator(text, at): "“{text}” (character {at}) is no operator of the search. To search for it as words, put it in quotation marks." | "«{text}» (символ {at}) — не оператор поиска. Чтобы искать это как слова, возьмите их в кавычки.";
    value_missing(text, at, example): "“{text}” (character {at}) needs a value, for example: {example}." | "После «{text}» (символ {at}) нужно значение, например: {example}.";
    value(text, at, example): "“{text}” (character {at}) cannot be understood. Such values work: {example}." | "Не удалось понять «{text}» (символ {at}). Подойдут такие значения: {example}.";
    quote(at): "The quotation mark at character {at} is not closed." | "Кавычка (символ {at}) не закрыта.";
    no_words: "There is no letter and no digit to search for." | "В запросе нет ни букв, ни цифр.";
    too_many(most): "The search is too long: it can have at most {most} words and operators." | "Слишком длинный запрос: не больше {most} слов и операторов.";
    nobody(text, at): "“{text}” (character {at}): nobody in your team has this name or address." | "«{text}» (символ {at}): в команде нет никого с таким именем или адресом.";
    no_account(text, at): "“{text}” (character {at}): no mailbox has this in its name or address." | "«{text}» (символ {at}): нет ящика с таким названием или адресом.";
    no_tag(text, at): "Your team has no tag “{text}” (character {at})." | "У команды нет метки «{text}» (символ {at}).";
    too_many_to_sort(most): "More than {most} pairs match: too many to put the most repeated first. Narrow the search, or choose another order." | "Найдено больше {most} пар — слишком много, чтобы начать с самых частых. Уточните запрос или выберите другой порядок.";
}

texts! {
    /// What went wrong, by kind.
    Problems:
    unauthenticated: "You are signed out. Sign in again to continue." | "Вы вышли из системы. Войдите снова, чтобы продолжить.";
    reviewers_only: "This is for reviewers. Ask an administrator of your team to make you one." | "Это доступно только проверяющим. Попросите администратора дать вам эту роль.";
    forbidden: "This is for administrators. Ask an administrator of your team to do it, or to change your role." | "Это доступно только администраторам. Попросите администратора сделать это или изменить вашу роль.";
    access_link: "This link is no longer valid. Ask an administrator for a new one." | "Эта ссылка больше не действует. Попросите у администратора новую.";
    setup_link: "This set-up link is no longer valid." | "Этой ссылкой больше нельзя воспользоваться.";
    not_found: "This no longer exists." | "Этого больше нет.";
    account_not_found: "This account no longer exists. Someone may have deleted it: reload the page." | "Этого аккаунта больше нет. Возможно, его удалили: обновите страницу.";
    opinion_not_asked: "No second opinion on this pair is needed any more." | "Второе мнение по этой паре больше не нужно.";
    pair_not_found: "This pair no longer exists: its mailbox may have been deleted." | "Этой пары больше нет: возможно, её почтовый ящик удалили.";
    conversation_not_found: "There is no such conversation, or it has no mail of a client any more." | "Такой беседы нет, или в ней больше нет писем клиента.";
    upload_gone: "This file is no longer here: it was imported, or waited too long. Choose it again." | "Этого файла здесь уже нет: он импортирован или ждал слишком долго. Выберите его ещё раз.";
    run_not_found: "This run no longer exists: its mailbox may have been deleted." | "Этого запуска больше нет: возможно, его почтовый ящик удалили.";
    failure_gone: "That message is no longer in the list." | "Этого письма больше нет в списке.";
    conflict: "That cannot be done right now. Reload the page and try again." | "Сейчас это невозможно. Обновите страницу и попробуйте ещё раз.";
    sync_running: "This account is already being synced. Wait until that run ends." | "Этот аккаунт уже синхронизируется. Дождитесь окончания.";
    somebody: "somebody" | "кто-то";
    approved_meanwhile(by, ago): "Approved by {by} {ago} ago. Nothing was changed." | "Уже одобрено {ago} назад: {by}. Ничего не изменено.";
    rejected_meanwhile(by, ago): "Rejected by {by} {ago} ago. Nothing was changed." | "Уже отклонено {ago} назад: {by}. Ничего не изменено.";
    made_new_meanwhile: "Somebody has reset this pair to new. Nothing was changed." | "Эту пару вернули в новые. Ничего не изменено.";
    too_many(wait): "Too many attempts. Try again in {wait}." | "Слишком много попыток. Повторите через {wait}.";
    said(what): "The answer was: “{what}”" | "Ответ: «{what}»";
    database: "The database cannot be reached. Try again in a minute." | "База данных недоступна. Попробуйте ещё раз через минуту.";
    secret_key: "A stored secret cannot be read: SECRET_KEY is not the one it was stored with. Ask whoever runs this server." | "Сохранённый секрет не прочитать: SECRET_KEY не тот, с которым его записали. Обратитесь к владельцу сервера.";
    setting_missing(setting): "Gmail is not set up on this server: {setting} is missing." | "Gmail на этом сервере не настроен: не задано {setting}.";
    setting_no_url(setting): "Gmail is not set up on this server: {setting} is not a web address." | "Gmail на этом сервере не настроен: значение {setting} — не веб-адрес.";
    outside_workspace(mailbox): "{mailbox} is not in GMAIL_WORKSPACE_DOMAIN." | "{mailbox} не входит в GMAIL_WORKSPACE_DOMAIN.";
    key_cannot_sign: "The key in GMAIL_SERVICE_ACCOUNT_KEY_FILE cannot be used. Ask whoever runs this server." | "Ключ из GMAIL_SERVICE_ACCOUNT_KEY_FILE не подходит. Обратитесь к владельцу сервера.";
    attachment_failed: "The attachment could not be fetched from the provider. Try again in a minute." | "Не удалось загрузить вложение у провайдера. Попробуйте ещё раз через минуту.";
    upload_disk: "The file could not be written to the server's disk. The server's log says why." | "Не удалось записать файл на диск сервера. Причина в журнале сервера.";
    too_slow: "That took too long and was stopped. Try again in a minute." | "Это заняло слишком много времени и было прервано. Попробуйте ещё раз через минуту.";
    database_busy: "The database is busy. Nothing was changed. Try again in a few seconds." | "База данных сейчас занята, ничего не изменено. Повторите через несколько секунд.";
    knowledge_busy: "The answers are being read for the first time since the server started. Try again in a few seconds." | "Ответы читаются впервые после запуска сервера. Повторите через несколько секунд.";
    sign_in_busy: "Too many people are signing in. Try again in a few seconds." | "Сейчас входит слишком много людей. Повторите через несколько секунд.";
    storage_full: "The server’s disk is full, so nothing could be saved. Stored mail can still be read. An administrator has to free space; everything then continues automatically." | "На диске сервера нет места, сохранить ничего не удалось. Сохранённое по-прежнему можно читать. Администратору нужно освободить место, дальше всё продолжится само.";
    sync_failed: "The sync failed. Try again; if it fails again, see the server's log." | "Синхронизация не удалась. Попробуйте ещё раз; если повторится, посмотрите журнал сервера.";
    internal(id): "Something went wrong on the server. Try again; if it happens again, give your administrator this number: {id}" | "На сервере что-то пошло не так. Попробуйте ещё раз; если повторится, сообщите администратору этот номер: {id}";
}

texts! {
    /// What cannot be accepted.
    Codes:
    account_disabled: "This account is disabled. Enable it first." | "Этот аккаунт отключён. Сначала включите его.";
    account_needs_reconnect: "Reconnect this account before you sync it." | "Чтобы синхронизировать этот аккаунт, сначала переподключите его.";
    sync_unsupported: "Accounts of this provider cannot be synced: import the file again instead." | "Аккаунты этого провайдера не синхронизируются: импортируйте файл ещё раз.";
    disconnect_unsupported: "An account of this kind has no access to revoke. Delete the account instead." | "У такого аккаунта нет доступа, который можно отозвать. Удалите сам аккаунт.";
    email_invalid: "This is not an email address." | "Это не адрес электронной почты.";
    wrong_credentials: "Email or password is wrong." | "Неверная почта или пароль.";
    email_taken: "This email address is already in use." | "Этот адрес уже занят.";
    name_missing: "Enter a name." | "Введите имя.";
    key_unusable(text): "“{text}” cannot be a key. Choose one small Latin letter or sign, but not g, ? or a digit." | "«{text}» не может быть клавишей. Выберите одну строчную латинскую букву или знак, кроме g, ? и цифр.";
    key_taken(key): "The key “{key}” would do two things. Choose another one for one of them." | "Клавиша «{key}» означала бы два действия. Выберите другую для одного из них.";
    question_missing: "Paste the client’s message first." | "Сначала вставьте письмо клиента.";
    language_invalid: "This is not the code of a language." | "Это не код языка.";
    name_taken: "This name is already in use." | "Это название уже занято.";
    picked_not_in_range(most): "Select 1 to {most} pairs first." | "Сначала выберите от 1 до {most} пар.";
    tag_name_taken: "Another tag has this name." | "Метка с таким названием уже есть.";
    tag_name_quoted: "Leave out the quotation mark: a search could not name the tag." | "Уберите кавычку: иначе метку не назвать в поиске.";
    tag_key_invalid: "A key is one letter from a to z, or one digit." | "Клавиша — одна латинская буква или цифра.";
    tag_key_reserved(key, free): "The key {key} does something else in the review. Free are: {free}." | "Клавиша {key} занята в проверке. Свободны: {free}.";
    tag_key_taken(key, tag): "The key {key} belongs to the tag “{tag}”." | "Клавиша {key} уже у метки «{tag}».";
    name_too_long: "The name is too long." | "Имя слишком длинное.";
    password_short: "The password is too short: it needs at least 10 characters." | "Пароль слишком короткий: нужно не менее 10 символов.";
    password_long: "The password is too long." | "Пароль слишком длинный.";
    api_key_invalid: "This does not look like an API key. Copy it again, without spaces or line breaks." | "Это не похоже на ключ API. Скопируйте его ещё раз, без пробелов и переносов строк.";
    model_invalid: "This is not a model name." | "Это не название модели.";
    embeddings_unsupported: "This provider has no embeddings." | "Этот провайдер не делает эмбеддинги.";
    base_url_invalid: "This is not a base URL. It looks like https://models.example.com/v1." | "Это не базовый адрес. Он выглядит так: https://models.example.com/v1.";
    base_url_fixed: "The address of this provider cannot be changed here." | "Адрес этого провайдера здесь не меняется.";
    base_url_local: "This address is private or local, or not encrypted. Tick the box below it if that is right." | "Этот адрес частный, локальный или без шифрования. Если так и нужно, поставьте галочку под ним.";
    amount_invalid: "This is not an amount of money. Enter dollars, like 12.50." | "Это не сумма. Укажите доллары, например 12.50.";
    amount_large(most): "The maximum is ${most}." | "Максимум — {most}\u{a0}$.";
    month_invalid: "This is not a month." | "Это не месяц.";
    moved_not_in_range(most): "Choose 1 to {most} messages first." | "Сначала выберите письма, от 1 до {most}.";
    message_elsewhere: "A chosen message is not in this conversation any more. Reload the page." | "Одного из выбранных писем в этой беседе больше нет. Обновите страницу.";
    message_unpairable: "A chosen message can be in no pair: nobody wrote it by hand, it is a copy, or it has no words of its own." | "Одно из выбранных писем не может войти в пару: его писал не человек, это копия, или в нём нет своего текста.";
    span_unknown: "This text was not removed from the pair. Reload the page." | "Этот фрагмент не из тех, что убраны из пары. Обновите страницу.";
    reason_without_reject: "Only a rejected pair has a reason." | "Причина бывает только у отклонённой пары.";
    note_missing: "Write something first." | "Сначала напишите что-нибудь.";
    not_within_a_year: "Choose a time in the future, at most a year ahead." | "Выберите время в будущем, не дальше чем через год.";
    text_missing: "Both texts need words. To drop the pair, reject it." | "В обоих текстах должны быть слова. Если пара не нужна, отклоните её.";
    group_made_new: "A group can only be approved or rejected, not reset to new." | "Группу можно одобрить или отклонить, но не вернуть в новые.";
    cursor: "This page of the list no longer exists. Go back to the first page." | "Этой страницы списка больше нет. Вернитесь на первую страницу.";
    not_an_id: "There is no such entry. Reload the page and try again." | "Такой записи нет. Обновите страницу и попробуйте ещё раз.";
    not_between(least, most): "Enter a whole number from {least} to {most}." | "Введите целое число от {least} до {most}.";
    not_from(least): "Enter a whole number, {least} or more." | "Введите целое число не меньше {least}.";
    too_long(most): "That is too long: at most {most} characters." | "Слишком длинно: не более {most} символов.";
    unknown(value): "“{value}” cannot be used here. Reload the page and try again." | "Значение «{value}» здесь не подходит. Обновите страницу и попробуйте ещё раз.";
    time_invalid: "Enter a date and a time." | "Укажите дату и время.";
    address_invalid(address): "“{address}” is not an email address." | "«{address}» — не адрес электронной почты.";
    address_long: "The address is too long." | "Адрес слишком длинный.";
    too_many_addresses(most): "A mailbox can have at most {most} addresses of yours." | "У ящика может быть не больше {most} ваших адресов.";
    service_account_missing: "This server has no service account. Ask whoever runs it to set GMAIL_SERVICE_ACCOUNT_KEY_FILE and GMAIL_WORKSPACE_DOMAIN." | "На этом сервере нет сервисного аккаунта. Попросите владельца сервера задать GMAIL_SERVICE_ACCOUNT_KEY_FILE и GMAIL_WORKSPACE_DOMAIN.";
    not_in_domain: "This address is not in your Workspace's domain (GMAIL_WORKSPACE_DOMAIN)." | "Этот адрес не из домена вашего Workspace (GMAIL_WORKSPACE_DOMAIN).";
    host_invalid: "Enter the name of the server alone, e.g. imap.example.com." | "Введите только имя сервера, например imap.example.com.";
    host_unknown(domain): "The mail server of {domain} could not be found. Enter its name: you can find it in the provider's help, often under “IMAP”." | "Не удалось найти почтовый сервер {domain}. Введите его имя: оно есть в справке провайдера, обычно в разделе «IMAP».";
    host_unconfirmed(host): "The domain of this address names {host} as its mail server. If that is right, enter the password once more and connect." | "Домен этого адреса указывает почтовый сервер {host}. Если всё верно, введите пароль ещё раз и подключите.";
    passwords_unsupported: "Outlook.com and Microsoft 365 no longer accept passwords from other programs, so this mailbox cannot be connected. You can import it from a file instead." | "Outlook.com и Microsoft 365 больше не принимают пароли от других программ, поэтому этот ящик подключить нельзя. Его можно импортировать из файла.";
    port_invalid: "A port is a number from 1 to 65535." | "Порт — это число от 1 до 65535.";
    mail_password_missing: "Enter the password of the mailbox." | "Введите пароль от ящика.";
    mail_password_invalid: "The password contains a control character. Copy it again." | "В пароле есть непечатаемый символ. Скопируйте пароль ещё раз.";
    username_invalid: "The user name contains a control character. Type it again." | "В имени пользователя есть непечатаемый символ. Введите имя ещё раз.";
    no_inbox: "This user has no inbox on the server. Check the user name." | "Сервер не показывает этому пользователю папку «Входящие». Проверьте имя пользователя.";
    address_missing: "Enter your address in this mailbox." | "Укажите, какой адрес в этом ящике ваш.";
    address_unseen(address): "No message in this file was sent from {address}." | "В этом файле нет писем с адреса {address}.";
    address_unseen_but(address, messages, other): "No message in this file was sent from {address}. From {other}: {messages}." | "В этом файле нет писем с адреса {address}. С адреса {other}: {messages}.";
    form_incomplete: "The form is not complete. Reload the page and try again." | "Форма заполнена не полностью. Обновите страницу и попробуйте ещё раз.";
    value_unusable: "Some of the input cannot be stored: it is too long or contains invalid characters." | "Часть данных нельзя сохранить: они слишком длинные или содержат недопустимые символы.";
    pair_differs: "The mail has changed and no longer matches this pair. First use the text of the mail, or keep the pair as it is." | "Почта изменилась и больше не совпадает с парой. Сначала возьмите текст из почты или оставьте пару как есть.";
    mail_makes_no_pair: "The mail no longer forms this pair, so there is no text to use." | "Эта пара из почты больше не складывается, взять текст неоткуда.";
    search_incomplete: "Some approved pairs are still being indexed, so an export of this search could leave them out. Try again in a minute, or export without a search." | "Часть одобренных пар ещё индексируется, и выгрузка по этому запросу может быть неполной. Повторите через минуту или выгрузите без поиска.";
    export_account_missing: "Choose a mailbox, or all of them." | "Выберите ящик или все ящики.";
    conversation_changed: "This conversation has changed since you opened it: new mail has come, or somebody of your team was faster. Nothing was changed: have a look first." | "С тех пор как вы открыли беседу, она изменилась: пришло письмо или вас опередил коллега. Ничего не изменено: сначала посмотрите.";
    turns_changed: "The conversation has changed since you opened the pair. Nothing was moved: look at its messages again." | "Беседа изменилась с тех пор, как вы открыли пару. Ничего не перенесено: посмотрите на её письма снова.";
    turn_one_sided: "A pair needs a message of the client and one of ours. Choose what belongs together, or reject the pair." | "В паре нужны письмо клиента и наше письмо. Выберите всё, что относится друг к другу, или отклоните пару.";
    no_pair_there: "There is no pair on that side in this conversation." | "С этой стороны в беседе пары нет.";
    pair_changed: "Somebody has changed this pair since you opened it, so nothing was saved. Copy what you typed, open the pair again and read it first." | "Кто-то изменил эту пару, пока она была у вас открыта, поэтому ничего не сохранено. Скопируйте введённое, откройте пару снова и прочитайте.";
    opinion_own: "You decided this pair yourself. A second opinion comes from somebody else." | "Решение по этой паре приняли вы. Второе мнение даёт другой человек.";
    opinion_there: "Somebody else has given a second opinion on this pair." | "Второе мнение по этой паре уже дал кто-то другой.";
    nothing_to_undo: "There is nothing left to undo." | "Отменять больше нечего.";
    last_admin: "This is the only administrator. Make somebody else an administrator first." | "Это единственный администратор. Сначала назначьте другого.";
    addresses_come_from_provider: "Gmail provides the addresses of this mailbox; they cannot be changed here." | "Адреса этого ящика сообщает сам Gmail, изменить их здесь нельзя.";
    last_own_address: "This is the only address. Add yours first, then remove this one." | "Это единственный адрес. Сначала добавьте свой, затем удалите этот.";
    mailbox_address_stays: "This is the address of the mailbox itself; it cannot be removed." | "Это адрес самого ящика, удалить его нельзя.";
    sender_is_not_ours: "This message was not sent from one of your addresses, so it cannot be yours." | "Это письмо пришло не с вашего адреса, поэтому оно не может быть вашим.";
    pair_group_changed: "The number of undecided pairs has changed. Nothing was decided; please check again." | "Число пар без решения изменилось. Ничего не решено, проверьте ещё раз.";
    backfill_running: "Older mail of this account is already being fetched." | "Старая почта этого аккаунта уже загружается.";
    run_over: "That run has already ended." | "Этот запуск уже закончился.";
    run_cannot_pause: "A sync is too short to be paused. Cancel it, or let it finish." | "Синхронизация слишком коротка для паузы. Отмените её или дождитесь конца.";
    trust_rule_changed: "Somebody changed this rule since you opened the page. Read it again before you turn it on." | "Кто-то изменил это правило, пока страница была открыта. Прочтите его ещё раз, прежде чем включать.";
    nothing_to_decide: "No pair matches, so there is nothing to decide." | "Ни одна пара не подходит, решать нечего.";
    bulk_over: "This bulk decision is already over." | "Это массовое решение уже завершилось.";
    too_many_rules: "There are 50 trust rules, which is the most. Delete one first." | "Правил доверия уже 50, больше нельзя. Сначала удалите одно.";
    guidelines_changed: "Somebody else has saved the guidelines since. Nothing of yours was saved: go back in your browser to copy it." | "Кто-то уже сохранил другие правила. Ваши не сохранены: вернитесь назад в браузере, чтобы скопировать текст.";
    too_many_tags: "Your team has 60 tags, and cannot have more. Delete one first." | "У команды 60 меток, больше нельзя. Сначала удалите одну.";
    tag_retired: "This tag is not offered any more. Reload the page." | "Эта метка больше не предлагается. Обновите страницу.";
    too_many_views: "You have 50 saved searches, and nobody may have more. Delete one first." | "У вас 50 сохранённых поисков, больше иметь нельзя. Сначала удалите один.";
    too_many_tokens: "You have 50 tokens, and nobody may have more. Delete one that is no longer used." | "У вас 50 токенов, больше иметь нельзя. Удалите тот, которым больше не пользуются.";
    no_question: "No client wrote in this thread, so there is nothing to answer." | "В этой беседе нет писем клиента: отвечать не на что.";
    no_past_case: "No approved answer of this mailbox is near to this message. Approve the pairs worth repeating first." | "В этом ящике нет одобренного ответа, похожего на это письмо. Сначала одобрите пары, которые стоит повторять.";
    no_near_case: "No past case is near enough to this message. A language model could still write a draft; an admin can set one up." | "Нет прошлого случая, достаточно похожего на это письмо. Черновик могла бы написать языковая модель: её подключает администратор.";
    note_needs_model: "A wish is for a language model, and none is set up. Leave it out: then the best past answer is found." | "Пожелание нужно языковой модели, а она не подключена. Без пожелания найдётся лучший прошлый ответ.";
    draft_running: "A draft was asked for a moment ago, with another wish or none. Wait for it, or cancel it, and ask again." | "Черновик только что запросили, с другим пожеланием или без него. Дождитесь его или отмените и запросите снова.";
    draft_over: "This draft is finished already." | "Этот черновик уже готов.";
    job_running: "This job is running now." | "Эта задача сейчас выполняется.";
    monitor_stopped: "The email monitor is stopped. Start it first." | "Монитор почты остановлен. Сначала запустите его.";
    no_worker: "No worker is running." | "Фоновая служба не запущена.";
    since_future: "That date is in the future. Choose an earlier one." | "Эта дата ещё не наступила. Выберите более раннюю.";
    since_invalid: "Enter a start date." | "Укажите начальную дату.";
    days_invalid: "Choose how far back to go." | "Выберите, за какое время.";
}

texts! {
    /// Why a mailbox of the Workspace is not enrolled.
    pub(crate) Enrolling:
    delegation: "The service account may not read this mailbox. An administrator of the Workspace has to add its client ID with this scope under “Domain-wide delegation”; this can take Google up to a day. Then enroll the mailbox again." | "Сервисному аккаунту нельзя читать этот ящик. Администратор Workspace должен добавить его идентификатор клиента с этой областью доступа в разделе «Делегирование на уровне домена»; Google применяет это до суток. Затем подключите ящик снова.";
    clock: "This server's clock is wrong, so Google refuses its requests. Whoever runs the server has to set it; then enroll the mailbox again." | "Часы этого сервера идут неверно, поэтому Google отклоняет его запросы. Владелец сервера должен их исправить; затем подключите ящик снова.";
    no_mailbox: "The Workspace has no such mailbox: it may have been renamed, suspended or deleted." | "В Workspace нет такого ящика: возможно, он переименован, заблокирован или удалён.";
    alias: "This is an alias of another mailbox. Enroll that one by its main address." | "Это псевдоним другого ящика. Подключите тот ящик по основному адресу.";
    disconnected: "Somebody disconnected this mailbox. To bring it back, enroll it individually." | "Этот ящик отсоединили. Чтобы вернуть его, подключите его отдельно.";
    refused: "Google refuses this mailbox." | "Google не даёт доступ к этому ящику.";
    unreachable: "Google could not be reached. Wait a minute and try again." | "Не удалось связаться с Google. Подождите минуту и попробуйте ещё раз.";
    not_stored: "The mailbox could not be saved here. The server's log says why." | "Не удалось сохранить ящик. Причина в журнале сервера.";
}

texts! {
    /// What is wrong at a mail server.
    MailServer:
    no_host: "There is no such server. Check its name." | "Такого сервера нет. Проверьте имя.";
    bad_port: "No mail server answers on this port. Check the name and the port." | "На этом порту не отвечает почтовый сервер. Проверьте имя и порт.";
    bad_tls: "The connection could not be encrypted. Try another kind of encryption, or have the server's certificate fixed." | "Не удалось зашифровать соединение. Попробуйте другой вид шифрования или исправьте сертификат сервера.";
    needs_tls: "The server does not accept a password without encryption. Choose TLS or STARTTLS." | "Сервер не принимает пароль без шифрования. Выберите TLS или STARTTLS.";
    bad_password: "The server refuses the user name or the password." | "Сервер не принимает имя пользователя или пароль.";
    app_password: "This server requires an app password: create one in the security settings of the mail account." | "Этому серверу нужен пароль приложения: создайте его в настройках безопасности почты.";
    not_now: "The server is not available right now. Wait a minute and try again." | "Сервер сейчас недоступен. Подождите минуту и попробуйте ещё раз.";
    limit: "The server asked us to try later. Wait a few minutes and try again." | "Сервер просит повторить позже. Подождите несколько минут и попробуйте ещё раз.";
    timeout: "The server took too long to answer. Wait a minute and try again." | "Сервер слишком долго не отвечал. Подождите минуту и попробуйте ещё раз.";
    refused: "The server refuses access to this mailbox." | "Сервер не даёт доступ к этому ящику.";
    unreadable: "The server's answer could not be understood. It may not be a mail server." | "Ответ сервера не удалось понять: возможно, это не почтовый сервер.";
    too_long: "The server sent more than it was asked for. It may not be a mail server." | "Сервер присылает больше, чем у него просили: возможно, это не почтовый сервер.";
}

texts! {
    /// Why a file cannot be imported.
    Files:
    missing: "Choose a file." | "Выберите файл.";
    too_large(megabytes): "The file is larger than {megabytes} MB." | "Файл больше {megabytes} МБ.";
    cut_off: "The upload was interrupted. Try again." | "Загрузка оборвалась. Попробуйте ещё раз.";
    stalled(seconds): "The upload was interrupted: no data for {seconds} seconds. Try again." | "Загрузка оборвалась: данных не было {seconds} с. Попробуйте ещё раз.";
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
    hint_archives: "It contains other archives: unpack it and import those." | "Внутри есть ещё архивы: распакуйте его и импортируйте их.";
    hint_parts: "A large Takeout comes in several parts, and the mail may be in another one." | "Большой архив Takeout состоит из нескольких частей: письма могут быть в другой.";
    hint_takeout: "In Google Takeout, choose “Mail”." | "В Google Takeout выберите «Почта».";
    encrypted(member): "{member} is encrypted. Unpack the archive with its password first." | "Файл {member} зашифрован. Сначала распакуйте архив с паролем.";
    method(member): "{member} uses a compression method that is not supported. Unpack the archive first." | "Файл {member} сжат способом, который не поддерживается. Сначала распакуйте архив.";
    bomb(member): "Once unpacked, {member} would be far larger than any mail. Unpack the archive first." | "После распаковки {member} окажется намного больше, чем бывает почта. Сначала распакуйте архив.";
    damaged: "The archive is damaged. Download or copy it again." | "Архив повреждён. Скачайте или скопируйте его ещё раз.";
    changed: "This is not the file that was being imported, or it was changed. Start the import again." | "Это не тот файл, который импортировался, или он изменён. Начните импорт заново.";
    unseparated: "Only one message was found, and its text contains the headers of another. Export the mailbox again as mbox." | "Нашлось только одно письмо, а в его тексте видны заголовки другого. Экспортируйте ящик в mbox ещё раз.";
    slow(seconds): "Reading this file reached no mail within {seconds} seconds. If it is an archive, unpack it and import the mail alone." | "За {seconds} с чтения этого файла до писем дойти не удалось. Если это архив, распакуйте его и импортируйте только почту.";
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
