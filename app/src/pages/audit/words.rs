//! The words of the record.

use replybook::types::{AccountStatus, AuditAction, JobState, PairStatus, Provider, Revocation, Role};

use crate::words::texts;

texts! {
    /// Who did what.
    pub(super) Words:
    title: "Audit log" | "Журнал действий";
    about: "Who changed access, decided pairs, or exported or deleted data." | "Кто менял доступ, принимал решения по парам, выгружал или удалял данные.";
    when: "When" | "Когда";
    who: "Who" | "Кто";
    what: "Action" | "Действие";
    target: "Target" | "Объект";
    change: "Change" | "Изменение";
    since: "Since" | "С даты";
    anybody: "Anyone" | "Все";
    person_by_address: "Address, or empty for all" | "Адрес; пусто — все";
    nobody_named(named): "No user has the address “{named}”. Everyone's actions are shown." | "Пользователя с адресом «{named}» нет. Показаны действия всех.";
    any_act: "Any action" | "Любое действие";
    clear: "Show everything" | "Показать всё";
    first_page: "Latest" | "Последние";
    next_page: "Older" | "Более ранние";
    none_yet: "No entries yet." | "Записей пока нет.";
    none_yet_next: "Changes, decisions, exports and deletions appear here." | "Здесь появятся изменения, решения, выгрузки и удаления.";
    none_found: "No matching entries." | "Подходящих записей нет.";
    none_found_next: "Choose another person or action, or an earlier date." | "Выберите другого человека, другое действие или более раннюю дату.";
    on_a_page: "web page" | "на странице";
    by_rest: "REST API" | "через REST API";
    on_the_command_line: "command line" | "в командной строке";
    by_itself: "automatic" | "автоматически";
    command_line: "The command line" | "Командная строка";
    replybook: "Replybook" | "Replybook";
    somebody: "Deleted user" | "Удалённый пользователь";
    all_about: "Show all entries about this" | "Показать все записи об этом";
    only_about(name): "Only entries about: {name}" | "Только записи об объекте: {name}";
    all_accounts: "All accounts" | "Все аккаунты";
    deleted_account: "Deleted account" | "Удалённый аккаунт";
    deleted_run: "Run of a deleted account" | "Запуск удалённого аккаунта";
    deleted_pair: "Deleted pair" | "Удалённая пара";
    deleted_group: "Deleted group of pairs" | "Удалённая группа пар";
    deleted_view: "Deleted saved search" | "Удалённый сохранённый поиск";
    deleted_tag: "Deleted tag" | "Удалённая метка";
    deleted_message: "Deleted message" | "Удалённое письмо";
    deleted_thread: "Deleted thread" | "Удалённая беседа";
    deleted_token: "Deleted token" | "Удалённый токен";
    done_job: "Completed job" | "Завершённая задача";
    spans_put_back(n): "Passages put back: {n}" | "Возвращено фрагментов: {n}";
    client_text: "Client's text edited" | "Изменён текст клиента";
    reply_text: "Our reply edited" | "Изменён наш ответ";
    own_pair(messages): "{messages}: a pair of their own" | "{messages}: в отдельную пару";
    this_pair(messages): "{messages}: into this pair" | "{messages}: в эту пару";
    pair_before(messages): "{messages}: into the pair before" | "{messages}: в предыдущую пару";
    pair_after(messages): "{messages}: into the pair after" | "{messages}: в следующую пару";
    leave_out(messages): "{messages}: left out" | "{messages}: вне пар";
    as_found(messages): "{messages}: as found" | "{messages}: как найдено";
    both_texts: "Both texts edited" | "Изменены оба текста";
    taken_back(what): "{what}, taken back" | "{what}, отменено";
    rejected_as(decided, reason): "{decided} ({reason})" | "{decided} ({reason})";
    group_approved(pairs): "approved: {pairs}" | "одобрено: {pairs}";
    group_rejected(pairs): "rejected: {pairs}" | "отклонено: {pairs}";
    group_reset(pairs): "reset to new: {pairs}" | "возвращено в новые: {pairs}";
    one_kept(decided): "{decided}, one of them approved" | "{decided}, одна из них одобрена";
    exported(format, answers): "{format}: {answers}" | "{format}: {answers}";
    exported_found(format, answers, text): "{format}: {answers}, found by “{text}”" | "{format}: {answers}, по запросу «{text}»";
    rebuilt(created, updated, removed, flagged): "New: {created}, changed: {updated}, removed: {removed}, flagged: {flagged}" | "Новых: {created}, изменено: {updated}, удалено: {removed}, отмечено: {flagged}";
    both(messages, pairs): "{messages} and {pairs}" | "{messages} и {pairs}";
    added(what): "added: {what}" | "добавлено: {what}";
    removed(what): "removed: {what}" | "убрано: {what}";
    ai_base_url: "base URL" | "базовый адрес";
    ai_allow_local: "private and local addresses" | "частные и локальные адреса";
    ai_model_embeddings: "embeddings model" | "модель для эмбеддингов";
    ai_drafts: "used for drafts" | "для черновиков";
    ai_embeddings: "used for embeddings" | "для эмбеддингов";
    ai_budget: "monthly budget" | "бюджет на месяц";
    ai_price(model): "price of {model} per million tokens" | "цена {model} за миллион токенов";
    ai_price_both(sent, answered): "sent {sent}, answered {answered}" | "отправленные — {sent}, полученные — {answered}";
    on: "on" | "вкл.";
    off: "off" | "выкл.";
    unset: "not set" | "не задано";
    no_limit: "no limit" | "без ограничения";
    no_addresses: "none" | "нет";
    resealed(n): "Re-encrypted secrets: {n}" | "Перешифровано секретов: {n}";
    account_connected: "Connected a mailbox" | "Подключение ящика";
    account_enrolled: "Enrolled a Workspace mailbox" | "Подключение ящика Workspace";
    account_enabled: "Enabled a mailbox" | "Включение ящика";
    account_disabled: "Disabled a mailbox" | "Отключение ящика";
    own_addresses_set: "Changed the addresses of a mailbox" | "Изменение адресов ящика";
    resync_requested: "Requested a resync" | "Запрос пересинхронизации";
    sync_started: "Started a sync" | "Запуск синхронизации";
    older_mail_requested: "Asked for older mail" | "Запрос старой почты";
    import_started: "Imported a file" | "Импорт файла";
    account_disconnected: "Disconnected a mailbox" | "Отсоединение ящика";
    account_deleted: "Deleted a mailbox with its mail" | "Удаление ящика с письмами";
    run_paused: "Paused a run" | "Приостановка запуска";
    run_resumed: "Resumed a run" | "Возобновление запуска";
    run_cancelled: "Cancelled a run" | "Отмена запуска";
    monitor_started: "Started the monitor" | "Запуск монитора почты";
    monitor_stopped: "Stopped the monitor" | "Остановка монитора почты";
    pair_decided: "Decided a pair" | "Решение по паре";
    opinion_given: "Gave a second opinion" | "Второе мнение о паре";
    opinion_settled: "Settled a disagreement" | "Решение при разногласии";
    opinion_share_set: "Changed the share of second opinions" | "Изменение доли вторых мнений";
    pairs_decided: "Decided selected pairs" | "Решение по выбранным парам";
    bulk_asked: "Asked for a bulk decision" | "Запрос массового решения";
    bulk_ended: "Bulk decision finished" | "Массовое решение завершено";
    bulk_cancelled: "Cancelled a bulk decision" | "Массовое решение остановлено";
    bulk_failed: "Bulk decision failed" | "Сбой массового решения";
    bulk_undone: "Undid a bulk decision" | "Массовое решение отменено";
    trust_rule_saved: "Saved a trust rule" | "Сохранение правила доверия";
    trust_rule_deleted: "Deleted a trust rule" | "Удаление правила доверия";
    trust_rule_on: "Turned on a trust rule" | "Правило доверия включено";
    trust_rule_off: "Turned off a trust rule" | "Правило доверия выключено";
    bulk_so_far(what, skipped): "{what}; left because they changed: {skipped}" | "{what}; оставлены из-за изменений: {skipped}";
    pairs_with_tag(name, pairs): "tag “{name}”: {pairs}" | "метка «{name}»: {pairs}";
    pairs_without_tag(name, pairs): "tag “{name}” removed: {pairs}" | "снята метка «{name}»: {pairs}";
    pairs_tagged: "Tagged the selected pairs" | "Метки выбранных пар";
    bulk_taken_back(pairs): "undone: {pairs}" | "отменено: {pairs}";
    bulk_stayed(undone, stayed): "{undone}; changed since and left: {stayed}" | "{undone}; изменены с тех пор и оставлены: {stayed}";
    selected_pairs: "Selected pairs" | "Выбранные пары";
    bulk_without_search: "All pairs of the list" | "Все пары списка";
    deleted_rule: "A deleted rule" | "Удалённое правило";
    review_tag_created: "Added a tag" | "Добавление метки";
    review_tag_changed: "Changed a tag" | "Изменение метки";
    review_tag_deleted: "Deleted a tag" | "Удаление метки";
    pair_tagged: "Tagged a pair, or removed a tag" | "Метка пары";
    pairs_assigned: "Assigned pairs" | "Распределение пар";
    assigned_to(pairs, people): "{pairs} to {people}" | "{pairs}: {people}";
    nobody: "nobody" | "никому";
    guidelines_written: "Wrote the guidelines of the review" | "Правила проверки";
    characters(n): "{n} characters" | "символов: {n}";
    tag_key(key): "key {key}" | "клавиша {key}";
    tag_retired: "not offered" | "не предлагается";
    pair_group_decided: "Decided a group of pairs" | "Решение по группе пар";
    pair_regrouped: "Moved messages between pairs" | "Перенос писем между парами";
    pair_edited: "Edited a pair" | "Изменение текста пары";
    pair_mail_adopted: "Updated a pair from its mail" | "Обновление пары из письма";
    pair_kept: "Kept a pair as it is" | "Сохранение пары как есть";
    sender_confirmed: "Confirmed a sender or took that back" | "Подтверждение отправителя или его отмена";
    pair_view_shared: "Saved a search for the team" | "Поиск сохранён для команды";
    pair_view_unshared: "Removed a shared search" | "Общий поиск убран";
    answers_exported: "Exported approved answers" | "Выгрузка одобренных ответов";
    draft_asked: "Asked an AI provider for a draft" | "Запрос черновика у AI-провайдера";
    conversation_archived: "Archived a conversation" | "Беседа в архив";
    conversation_reopened: "Took a conversation out of the archive" | "Беседа из архива";
    conversation_snoozed: "Snoozed a conversation, or ended that" | "Беседа отложена или возвращена";
    conversation_assigned: "Assigned a conversation" | "Назначение беседы";
    conversation_note_deleted: "Deleted a note on a conversation" | "Удаление заметки к беседе";
    pairs_rebuilt: "Rebuilt pairs" | "Пересборка пар";
    user_created: "Added a person" | "Добавление пользователя";
    role_changed: "Changed a role" | "Смена роли";
    access_link_made: "Created a password link" | "Создание ссылки для пароля";
    access_link_withdrawn: "Withdrew a password link" | "Отзыв ссылки для пароля";
    user_activated: "Activated a person" | "Включение пользователя";
    user_deactivated: "Deactivated a person" | "Отключение пользователя";
    password_changed: "Changed a password" | "Смена пароля";
    key_rotated: "Changed SECRET_KEY" | "Смена SECRET_KEY";
    signed_out_everywhere: "Signed out everywhere" | "Выход на всех устройствах";
    login_locked: "Too many attempts to sign in" | "Слишком много попыток входа";
    api_token_created: "Created an API token" | "Создание API-токена";
    api_token_deleted: "Deleted an API token" | "Удаление API-токена";
    ai_key_stored: "Stored the AI key" | "Сохранение ключа AI";
    ai_key_removed: "Removed the AI key" | "Удаление ключа AI";
    job_retried: "Retried a job" | "Повтор задачи";
    model_added: "Added a model on this machine" | "Добавление модели на этой машине";
    model_removed: "Removed a model on this machine" | "Удаление модели на этой машине";
    ai_settings_saved: "Saved the AI settings" | "Сохранение настроек AI";
}

texts! {
    /// What things were and became.
    pub(super) Values:
    pair_new: "new" | "новая";
    pair_approved: "approved" | "одобрена";
    pair_rejected: "rejected" | "отклонена";
    admin: "administrator" | "администратор";
    reviewer: "reviewer" | "проверяющий";
    member: "member" | "участник";
    everything: "everything" | "вся";
    active: "active" | "активен";
    disabled: "disabled" | "отключён";
    error: "error" | "ошибка";
    gmail: "Gmail" | "Gmail";
    imap: "IMAP" | "IMAP";
    mbox: "mailbox file" | "файл ящика";
    confirmed: "access revoked" | "доступ отозван";
    unconfirmed: "Google did not confirm" | "Google не подтвердил";
    not_needed: "nothing to revoke" | "отзывать нечего";
    job_queued: "waiting" | "ждёт";
    job_running: "running" | "идёт";
    job_failed: "failed" | "не удалось";
    ours: "ours" | "наше";
    in_doubt: "in doubt" | "под вопросом";
}

/// The word that stands on record of such an act, where it is one of ours: what it was or became. Every word of the domain has its own
/// here. `None` for a name, and for what another version wrote.
pub(super) fn word(values: Values, action: AuditAction, recorded: &str) -> Option<&'static str> {
    Some(match action {
        AuditAction::PairDecided | AuditAction::OpinionGiven | AuditAction::OpinionSettled => {
            match recorded.parse().ok()? {
                PairStatus::New => values.pair_new(),
                PairStatus::Approved => values.pair_approved(),
                PairStatus::Rejected => values.pair_rejected(),
            }
        }
        AuditAction::UserCreated | AuditAction::RoleChanged => match recorded.parse().ok()? {
            Role::Admin => values.admin(),
            Role::Reviewer => values.reviewer(),
            Role::Member => values.member(),
        },
        AuditAction::AccountEnabled | AuditAction::AccountDisabled | AuditAction::ResyncRequested => {
            match recorded.parse().ok()? {
                AccountStatus::Active => values.active(),
                AccountStatus::Disabled => values.disabled(),
                AccountStatus::Error => values.error(),
            }
        }
        AuditAction::AccountConnected | AuditAction::AccountEnrolled => match recorded.parse().ok()? {
            Provider::Gmail => values.gmail(),
            Provider::Imap => values.imap(),
            Provider::Mbox => values.mbox(),
        },
        AuditAction::AccountDisconnected => match recorded.parse().ok()? {
            Revocation::Confirmed => values.confirmed(),
            Revocation::Unconfirmed => values.unconfirmed(),
            Revocation::NotNeeded => values.not_needed(),
        },
        AuditAction::JobRetried => match recorded.parse().ok()? {
            JobState::Queued => values.job_queued(),
            JobState::Running => values.job_running(),
            JobState::Failed => values.job_failed(),
        },
        AuditAction::OlderMailRequested if recorded == "everything" => values.everything(),
        AuditAction::SenderConfirmed if recorded == "ours" => values.ours(),
        AuditAction::SenderConfirmed if recorded == "in doubt" => values.in_doubt(),
        _ => return None,
    })
}

/// An act in words.
pub(super) fn act(words: Words, action: AuditAction) -> &'static str {
    match action {
        AuditAction::AccountConnected => words.account_connected(),
        AuditAction::AccountEnrolled => words.account_enrolled(),
        AuditAction::AccountEnabled => words.account_enabled(),
        AuditAction::AccountDisabled => words.account_disabled(),
        AuditAction::OwnAddressesSet => words.own_addresses_set(),
        AuditAction::ResyncRequested => words.resync_requested(),
        AuditAction::SyncStarted => words.sync_started(),
        AuditAction::OlderMailRequested => words.older_mail_requested(),
        AuditAction::ImportStarted => words.import_started(),
        AuditAction::AccountDisconnected => words.account_disconnected(),
        AuditAction::AccountDeleted => words.account_deleted(),
        AuditAction::RunPaused => words.run_paused(),
        AuditAction::RunResumed => words.run_resumed(),
        AuditAction::RunCancelled => words.run_cancelled(),
        AuditAction::MonitorStarted => words.monitor_started(),
        AuditAction::MonitorStopped => words.monitor_stopped(),
        AuditAction::PairDecided => words.pair_decided(),
        AuditAction::OpinionGiven => words.opinion_given(),
        AuditAction::OpinionSettled => words.opinion_settled(),
        AuditAction::OpinionShareSet => words.opinion_share_set(),
        AuditAction::ReviewTagCreated => words.review_tag_created(),
        AuditAction::ReviewTagChanged => words.review_tag_changed(),
        AuditAction::ReviewTagDeleted => words.review_tag_deleted(),
        AuditAction::PairTagged => words.pair_tagged(),
        AuditAction::PairsAssigned => words.pairs_assigned(),
        AuditAction::GuidelinesWritten => words.guidelines_written(),
        AuditAction::PairGroupDecided => words.pair_group_decided(),
        AuditAction::PairsDecided => words.pairs_decided(),
        AuditAction::PairsTagged => words.pairs_tagged(),
        AuditAction::BulkAsked => words.bulk_asked(),
        AuditAction::BulkEnded => words.bulk_ended(),
        AuditAction::BulkCancelled => words.bulk_cancelled(),
        AuditAction::BulkFailed => words.bulk_failed(),
        AuditAction::BulkUndone => words.bulk_undone(),
        AuditAction::TrustRuleSaved => words.trust_rule_saved(),
        AuditAction::TrustRuleDeleted => words.trust_rule_deleted(),
        AuditAction::TrustRuleOn => words.trust_rule_on(),
        AuditAction::TrustRuleOff => words.trust_rule_off(),
        AuditAction::PairRegrouped => words.pair_regrouped(),
        AuditAction::PairEdited => words.pair_edited(),
        AuditAction::PairMailAdopted => words.pair_mail_adopted(),
        AuditAction::PairKept => words.pair_kept(),
        AuditAction::PairViewShared => words.pair_view_shared(),
        AuditAction::PairViewUnshared => words.pair_view_unshared(),
        AuditAction::SenderConfirmed => words.sender_confirmed(),
        AuditAction::AnswersExported => words.answers_exported(),
        AuditAction::DraftAsked => words.draft_asked(),
        AuditAction::PairsRebuilt => words.pairs_rebuilt(),
        AuditAction::ConversationArchived => words.conversation_archived(),
        AuditAction::ConversationReopened => words.conversation_reopened(),
        AuditAction::ConversationSnoozed => words.conversation_snoozed(),
        AuditAction::ConversationAssigned => words.conversation_assigned(),
        AuditAction::ConversationNoteDeleted => words.conversation_note_deleted(),
        AuditAction::UserCreated => words.user_created(),
        AuditAction::RoleChanged => words.role_changed(),
        AuditAction::AccessLinkMade => words.access_link_made(),
        AuditAction::AccessLinkWithdrawn => words.access_link_withdrawn(),
        AuditAction::UserActivated => words.user_activated(),
        AuditAction::UserDeactivated => words.user_deactivated(),
        AuditAction::PasswordChanged => words.password_changed(),
        AuditAction::KeyRotated => words.key_rotated(),
        AuditAction::SignedOutEverywhere => words.signed_out_everywhere(),
        AuditAction::LoginLocked => words.login_locked(),
        AuditAction::ApiTokenCreated => words.api_token_created(),
        AuditAction::ApiTokenDeleted => words.api_token_deleted(),
        AuditAction::AiKeyStored => words.ai_key_stored(),
        AuditAction::AiKeyRemoved => words.ai_key_removed(),
        AuditAction::JobRetried => words.job_retried(),
        AuditAction::AiSettingsSaved => words.ai_settings_saved(),
        AuditAction::ModelAdded => words.model_added(),
        AuditAction::ModelRemoved => words.model_removed(),
    }
}
