//! The words of the record.

use replybook::types::AuditAction;

use crate::words::{named_texts, texts};

texts! {
    /// Who did what.
    pub(super) Words:
    title: "Audit log" | "Журнал действий";
    about: "Who changed access, decided about pairs, or deleted something." | "Кто менял доступ, принимал решения о парах или что-то удалял.";
    when: "When" | "Когда";
    who: "Who" | "Кто";
    what: "What" | "Что";
    target: "To what" | "С чем";
    change: "Change" | "Изменение";
    since: "Since" | "С даты";
    anybody: "Anybody" | "Кто угодно";
    any_act: "Anything" | "Что угодно";
    clear: "Show everything" | "Показать всё";
    first_page: "Latest" | "Последние";
    next_page: "Older" | "Более ранние";
    none_yet: "Nothing on record yet." | "Записей пока нет.";
    none_yet_next: "What somebody changes, decides or deletes appears here." | "Здесь появится то, что изменят, решат или удалят.";
    none_found: "Nothing on record matches." | "Подходящих записей нет.";
    none_found_next: "Choose another person or act, or an earlier day." | "Выберите другого человека, другое действие или более раннюю дату.";
    on_a_page: "on a page" | "на странице";
    by_rest: "by the REST API" | "через REST API";
    on_the_command_line: "on the command line" | "в командной строке";
    by_itself: "by itself" | "без участия человека";
    command_line: "The command line" | "Командная строка";
    replybook: "Replybook" | "Replybook";
    somebody: "Somebody who is no longer here" | "Тот, кого здесь больше нет";
    account_connected: "Connected a mailbox" | "Подключение ящика";
    account_enrolled: "Connected a mailbox of the Workspace" | "Подключение ящика Workspace";
    account_enabled: "Enabled a mailbox" | "Включение ящика";
    account_disabled: "Disabled a mailbox" | "Отключение ящика";
    resync_requested: "Asked for a full resync" | "Запрос полной синхронизации";
    account_disconnected: "Disconnected a mailbox" | "Отзыв доступа к ящику";
    account_deleted: "Deleted a mailbox with its mail" | "Удаление ящика с письмами";
    run_paused: "Paused a run" | "Приостановка запуска";
    run_resumed: "Resumed a run" | "Возобновление запуска";
    run_cancelled: "Cancelled a run" | "Отмена запуска";
    monitor_started: "Started the monitor" | "Запуск мониторинга";
    monitor_stopped: "Stopped the monitor" | "Остановка мониторинга";
    pair_decided: "Decided about a pair" | "Решение о паре";
    pair_group_decided: "Decided about a group of pairs" | "Решение о группе пар";
    pair_edited: "Changed what a pair shows" | "Изменение текста пары";
    pair_mail_adopted: "Took over a pair from its mail" | "Обновление пары из письма";
    pair_kept: "Kept a pair as it was" | "Пара оставлена как была";
    sender_confirmed: "Said whether a message is ours" | "Указано, наше ли письмо";
    pairs_rebuilt: "Made all pairs anew" | "Все пары собраны заново";
    user_created: "Added a person" | "Добавление пользователя";
    user_activated: "Let a person in again" | "Возврат доступа пользователю";
    user_deactivated: "Shut a person out" | "Закрытие доступа пользователю";
    password_changed: "Changed a password" | "Смена пароля";
    key_rotated: "Changed SECRET_KEY" | "Смена SECRET_KEY";
    signed_out_everywhere: "Signed out everywhere" | "Выход на всех устройствах";
    login_locked: "Too many attempts to sign in" | "Слишком много попыток входа";
    api_token_created: "Made an API token" | "Создание API-токена";
    api_token_deleted: "Deleted an API token" | "Удаление API-токена";
    ai_key_stored: "Stored the AI key" | "Сохранение ключа AI";
    ai_key_removed: "Removed the AI key" | "Удаление ключа AI";
    job_retried: "Had a job tried again" | "Повтор задачи";
    ai_settings_saved: "Saved the AI settings" | "Сохранение настроек AI";
}

named_texts! {
    /// What things were and became, by the domain's word. What is not here is shown as it stands.
    pub(super) Values:
    new: "new" | "новая";
    approved: "approved" | "одобрена";
    rejected: "rejected" | "отклонена";
    admin: "admin" | "администратор";
    member: "member" | "участник";
}

/// An act in words.
pub(super) fn act(words: Words, action: AuditAction) -> &'static str {
    match action {
        AuditAction::AccountConnected => words.account_connected(),
        AuditAction::AccountEnrolled => words.account_enrolled(),
        AuditAction::AccountEnabled => words.account_enabled(),
        AuditAction::AccountDisabled => words.account_disabled(),
        AuditAction::ResyncRequested => words.resync_requested(),
        AuditAction::AccountDisconnected => words.account_disconnected(),
        AuditAction::AccountDeleted => words.account_deleted(),
        AuditAction::RunPaused => words.run_paused(),
        AuditAction::RunResumed => words.run_resumed(),
        AuditAction::RunCancelled => words.run_cancelled(),
        AuditAction::MonitorStarted => words.monitor_started(),
        AuditAction::MonitorStopped => words.monitor_stopped(),
        AuditAction::PairDecided => words.pair_decided(),
        AuditAction::PairGroupDecided => words.pair_group_decided(),
        AuditAction::PairEdited => words.pair_edited(),
        AuditAction::PairMailAdopted => words.pair_mail_adopted(),
        AuditAction::PairKept => words.pair_kept(),
        AuditAction::SenderConfirmed => words.sender_confirmed(),
        AuditAction::PairsRebuilt => words.pairs_rebuilt(),
        AuditAction::UserCreated => words.user_created(),
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
    }
}
