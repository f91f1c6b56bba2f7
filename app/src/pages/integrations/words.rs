//! What the Integrations page says, and what is said of accounts elsewhere.

use replybook::types::ConsentRefusal;

use crate::{prefs::Lang, words::texts};

texts! {
    /// Integrations.
    pub(crate) Words:
    title: "Integrations" | "Интеграции";
    about: "The mailboxes that Replybook reads." | "Почтовые ящики, которые читает Replybook.";
    gmail_title: "Gmail" | "Gmail";
    gmail_about: "Reads past email and finds the replies your team wrote to clients." | "Читает прошлую переписку и находит ответы вашей команды клиентам.";
    gmail_read_only: "Gmail is connected read-only: Replybook never sends, changes or deletes mail." | "Gmail подключается только для чтения: Replybook ничего не отправляет, не меняет и не удаляет.";
    gmail_active: "There are active Gmail integrations." | "Есть активные Gmail интеграции.";
    gmail_none: "No active Gmail accounts yet." | "Пока нет активных Gmail аккаунтов.";
    connect: "Connect Gmail account" | "Подключить Gmail аккаунт";
    not_configured: "Gmail is not set up on this server. Missing settings:" | "Gmail на этом сервере не настроен. Не хватает настроек:";
    not_configured_ask: "Gmail cannot be connected here yet: an administrator has to set it up first. Ask them to do that, or to connect your mailbox for you." | "Подключить Gmail здесь пока нельзя: сначала его должен настроить администратор. Попросите его об этом или попросите подключить ваш ящик.";
    not_configured_help: "How to get them:" | "Как их получить:";
    readme: "Google Cloud set-up, step by step" | "настройка Google Cloud по шагам";
    other_title: "Without Google" | "Без Google";
    other_about: "Import a mailbox file (mbox) or a Google Takeout archive, or try the sample mailbox." | "Импортируйте файл почтового ящика (mbox) или архив Google Takeout, либо попробуйте пример ящика.";
    sample: "Try the sample mailbox" | "Попробовать пример ящика";
    import_file: "Import a file…" | "Импортировать файл…";
    not_done: "That did not work" | "Не получилось";
    in_background: "You can close this window. The run continues." | "Окно можно закрыть: работа продолжится.";
    account: "Account" | "Аккаунт";
    review(pairs): "Review {pairs}" | "Проверить {pairs}";
    connected_off: "Gmail account connected, but an administrator has disabled it: it stays disabled until an administrator enables it." | "Gmail аккаунт подключён, но администратор его отключил: он не заработает, пока администратор его не включит.";
    not_connected: "Connecting did not work. Click “Connect Gmail account” to try again." | "Подключить не получилось. Нажмите «Подключить Gmail аккаунт», чтобы попробовать ещё раз.";
    connected: "Gmail account connected." | "Gmail аккаунт успешно подключён.";
}

texts! {
    /// Why connecting Gmail did not work, and what to do (the `reason` of the callback).
    GmailReasons:
    missing_code: "Google sent no confirmation. Click “Connect Gmail account” and go through Google's pages again." | "Google не прислал подтверждение. Нажмите «Подключить Gmail аккаунт» и пройдите страницы Google ещё раз.";
    missing_state: "Google's answer did not say which request it belongs to. Click “Connect Gmail account” again." | "В ответе Google не указано, к какому запросу он относится. Нажмите «Подключить Gmail аккаунт» ещё раз.";
    invalid_state: "This request to connect is too old, was already used, or was started in another browser. Click “Connect Gmail account” again, in this browser." | "Этот запрос на подключение устарел, уже использован или начат в другом браузере. Нажмите «Подключить Gmail аккаунт» ещё раз в этом браузере.";
    missing_owner: "The person who started connecting no longer has an account here. Sign in and connect again." | "У того, кто начал подключение, здесь больше нет учётной записи. Войдите и подключите ещё раз.";
    server_config: "Gmail is not completely set up on this server. Ask whoever runs it to check GMAIL_CLIENT_ID and GMAIL_CLIENT_SECRET." | "Gmail на этом сервере настроен не полностью. Попросите владельца сервера проверить GMAIL_CLIENT_ID и GMAIL_CLIENT_SECRET.";
    token_http: "Google could not be reached to finish connecting. Wait a minute and try again." | "Не удалось связаться с Google, чтобы завершить подключение. Подождите минуту и попробуйте ещё раз.";
    token_failed: "Google refused to finish connecting. Try again; if it keeps failing, the client secret or the redirect URI in Google Cloud is wrong." | "Google отказался завершить подключение. Попробуйте ещё раз; если повторится, в Google Cloud неверен секрет клиента или адрес возврата.";
    missing_access_token: "Google finished without giving access. Try again, and leave every box on Google's page ticked." | "Google завершил вход, но не дал доступа. Попробуйте ещё раз и оставьте все галочки на странице Google.";
    profile_failed: "Google did not say which mailbox this is. Check that the Gmail API is switched on in Google Cloud, then try again." | "Google не сообщил, какой это ящик. Проверьте, что в Google Cloud включён Gmail API, и попробуйте ещё раз.";
    persist_failed: "The account could not be saved here. Try again; if it keeps failing, the server's log says why." | "Не удалось сохранить аккаунт. Попробуйте ещё раз; если повторится, причина в журнале сервера.";
    access_denied: "Access was declined on Google's page. Nothing was connected. To connect, try again and choose “Allow”." | "На странице Google в доступе отказано. Ничего не подключено. Чтобы подключить, попробуйте ещё раз и выберите «Разрешить».";
    missing_scope: "The permission to read mail was not ticked on Google's page. Connect again and tick “View your email messages and settings”." | "На странице Google не отмечено разрешение читать почту. Подключите ещё раз и отметьте «Просмотр писем и настроек».";
    blocked_by_admin: "The Google Workspace of this mailbox does not allow this app. Ask its administrator to allow it, then connect again." | "Google Workspace этого ящика не разрешает это приложение. Попросите его администратора разрешить и подключите ещё раз.";
    google_unavailable: "Google is not available right now. Wait a minute and try again." | "Google сейчас недоступен. Подождите минуту и попробуйте ещё раз.";
    google_refused: "Google refused the request. Ask whoever runs this server to check the OAuth client and its redirect URI; the log says more." | "Google отклонил запрос. Попросите владельца сервера проверить клиент OAuth и его адрес возврата; подробности в журнале.";
}

/// Why connecting Gmail did not work, in words.
pub(crate) fn gmail_reason(lang: Lang, reason: ConsentRefusal) -> &'static str {
    let words = GmailReasons(lang);
    match reason {
        ConsentRefusal::MissingCode => words.missing_code(),
        ConsentRefusal::MissingState => words.missing_state(),
        ConsentRefusal::InvalidState => words.invalid_state(),
        ConsentRefusal::MissingOwner => words.missing_owner(),
        ConsentRefusal::ServerConfig => words.server_config(),
        ConsentRefusal::TokenHttp => words.token_http(),
        ConsentRefusal::TokenFailed => words.token_failed(),
        ConsentRefusal::MissingAccessToken => words.missing_access_token(),
        ConsentRefusal::ProfileFailed => words.profile_failed(),
        ConsentRefusal::PersistFailed => words.persist_failed(),
        ConsentRefusal::AccessDenied => words.access_denied(),
        ConsentRefusal::MissingScope => words.missing_scope(),
        ConsentRefusal::BlockedByAdmin => words.blocked_by_admin(),
        ConsentRefusal::GoogleUnavailable => words.google_unavailable(),
        ConsentRefusal::GoogleRefused => words.google_refused(),
    }
}

texts! {
    /// Mailboxes of a Google Workspace, connected by its service account.
    pub(crate) Enroll:
    address: "Mailbox of your Workspace" | "Ящик вашего Workspace";
    about: "The service account reads it: nobody has to give consent." | "Его читает сервисный аккаунт: ничьё согласие не нужно.";
    one: "Enroll a mailbox" | "Подключить ящик";
    all: "Enroll all users" | "Подключить всех пользователей";
    again: "Enroll again" | "Подключить снова";
    done(who): "{who} is enrolled." | "Ящик {who} подключён.";
    before(who): "{who} is already connected. Nothing was changed." | "Ящик {who} уже подключён. Ничего не изменилось.";
    done_all(enrolled, before, refused): "Enrolled: {enrolled}. Already connected: {before}. Not enrolled: {refused}." | "Подключено: {enrolled}. Уже были подключены: {before}. Не подключено: {refused}.";
    delegation_pill: "not delegated" | "нет делегирования";
    clock_pill: "clock" | "часы";
    no_mailbox_pill: "no such mailbox" | "нет такого ящика";
    disconnect_about: "Replybook deletes its token and fetches no new mail. There is no consent to revoke: an administrator of the Workspace decides what the service account may read." | "Replybook удалит свой токен и не будет загружать новую почту. Отзывать нечего: что может читать сервисный аккаунт, решает администратор Workspace.";
    disconnect_done(kept): "Disconnected. Nothing changed at Google: the service account may still read this mailbox until an administrator of the Workspace removes that access. Kept here: {kept}. To remove them, delete the account." | "Отсоединено. У Google ничего не изменилось: сервисный аккаунт может читать этот ящик, пока администратор Workspace не закроет доступ. Осталось здесь: {kept}. Чтобы удалить и это, удалите аккаунт.";
}

texts! {
    /// Mailboxes by their password.
    pub(crate) Imap:
    open: "Connect another mailbox (IMAP)" | "Подключить другой ящик (IMAP)";
    title: "Connect a mailbox over IMAP" | "Подключение ящика по IMAP";
    again(address): "Reconnect {address}" | "Переподключить {address}";
    about: "For mailboxes outside Gmail. Replybook only reads: it changes nothing on the server, not even which messages are marked as read." | "Для ящиков не в Gmail. Replybook только читает: на сервере ничего не меняется, даже отметки о прочтении.";
    address: "Email address" | "Адрес эл. почты";
    server_by_address: "Server: found from the address" | "Сервер: определится по адресу";
    server_missing: "Server: please enter its name" | "Сервер: укажите его имя";
    server_is(host, port): "Server: {host}, port {port}" | "Сервер: {host}, порт {port}";
    server_named(host): "Server: {host}" | "Сервер: {host}";
    provider_page: "Create the password" | "Создать пароль";
    import_instead: "Import a file" | "Импортировать файл";
    gmail_instead: "Connect it as Gmail" | "Подключить как Gmail";
    host: "Server" | "Сервер";
    host_help: "Leave empty to find it from the address." | "Оставьте пустым, чтобы определить по адресу.";
    port: "Port" | "Порт";
    port_help: "Leave empty for 993, or 143 with STARTTLS." | "Оставьте пустым для 993, а со STARTTLS — для 143.";
    tls: "Encryption" | "Шифрование";
    tls_usual: "Usual for the port" | "Обычное для порта";
    tls_none: "None: anyone along the way can read the password" | "Нет: пароль сможет прочитать любой по пути";
    username: "User name" | "Имя пользователя";
    username_help: "Leave empty to use the email address." | "Оставьте пустым, если это адрес эл. почты.";
    password: "Password" | "Пароль";
    password_help: "Most providers require an app password, created in the security settings of the mail account. It is stored encrypted." | "Обычно нужен пароль приложения: он создаётся в настройках безопасности почты. Хранится зашифрованным.";
    go: "Connect" | "Подключить";
    done(who): "{who} is connected. Mail from the last few weeks is being fetched." | "Ящик {who} подключён. Почта за последние недели уже загружается.";
    disconnect_about: "Replybook deletes the password and fetches no new mail. The password itself stays valid: revoke an app password in the settings of the mail account." | "Replybook удалит пароль и не будет загружать новую почту. Сам пароль останется действительным: пароль приложения отзывают в настройках почты.";
    disconnect_done(kept): "Disconnected, and the password is deleted here. An app password stays valid until it is revoked in the settings of the mail account. Kept here: {kept}. To remove them, delete the account." | "Отсоединено, пароль здесь удалён. Пароль приложения действует, пока его не отзовут в настройках почты. Осталось здесь: {kept}. Чтобы удалить и это, удалите аккаунт.";
}

texts! {
    /// The table of accounts and the questions about one.
    pub(crate) Accounts:
    title: "Accounts" | "Аккаунты";
    account: "Account" | "Аккаунт";
    owner: "Owner" | "Владелец";
    status: "Status" | "Статус";
    last_sync: "Last sync" | "Синхронизация";
    summary: "Summary" | "Итог";
    empty: "No mailbox is connected yet." | "Пока не подключён ни один ящик.";
    empty_next: "Connect a Gmail account, import a mailbox file, or click “Try the sample mailbox”: it is ready in seconds and can be deleted again." | "Подключите Gmail аккаунт, импортируйте файл ящика или нажмите «Попробовать пример ящика»: он готов за секунды, и его можно удалить.";
    active: "active" | "активен";
    disabled: "disabled" | "отключён";
    imported: "imported" | "импортирован";
    error: "error" | "ошибка";
    reconnect_pill: "reconnect" | "переподключите";
    missing_scope_pill: "permission missing" | "нет разрешения";
    mail_off_pill: "Gmail is off" | "Gmail выключен";
    disconnected_pill: "disconnected" | "отсоединён";
    reconnect: "Reconnect" | "Переподключить";
    set_aside(n): "{n} failed" | "с ошибками: {n}";
    enable: "Enable" | "Включить";
    disable: "Disable" | "Отключить";
    resync: "Request resync" | "Запросить пересинхронизацию";
    resync_requested: "Resync requested: this account goes first." | "Пересинхронизация запрошена: этот аккаунт будет первым в очереди.";
    resync_pending: "resync requested" | "ждёт очереди";
    sync_begun: "The sync has started." | "Синхронизация началась.";
    sync_going: "This account is already being synced. Here is its progress." | "Этот аккаунт уже синхронизируется. Вот ход работы.";
    run_sync: "Sync now" | "Синхронизировать";
    last_run: "Last run" | "Последний результат";
    disconnect: "Disconnect…" | "Отсоединить…";
    delete: "Delete…" | "Удалить…";
    more(name): "More actions for {name}" | "Ещё действия: {name}";
    enabled_done: "The account is enabled." | "Аккаунт включён.";
    enabled_needs_reconnect: "The account is enabled. Reconnect it to fetch mail." | "Аккаунт включён. Переподключите его, чтобы загружать почту.";
    disabled_done: "The account is disabled and will not be synced." | "Аккаунт отключён и не синхронизируется.";
    disconnect_title(name): "Disconnect {name}?" | "Отсоединить {name}?";
    disconnect_about: "Replybook revokes its access at Google and deletes the stored tokens. No new mail is fetched." | "Replybook отзовёт свой доступ у Google и удалит сохранённые токены. Новая почта загружаться не будет.";
    disconnect_keep(messages, pairs): "What is stored stays: {messages} and {pairs}. To remove that as well, delete the account instead." | "Сохранённое останется: {messages} и {pairs}. Чтобы убрать и это, удалите аккаунт.";
    disconnect_go: "Disconnect" | "Отсоединить";
    disconnected_done(kept): "Disconnected. Google confirmed that the access is revoked. Kept here: {kept}. To remove them, delete the account." | "Отсоединено. Google подтвердил, что доступ отозван. Осталось здесь: {kept}. Чтобы удалить и это, удалите аккаунт.";
    disconnected_done_local(kept): "Disconnected here, but Google did not confirm that the access is revoked: remove it at myaccount.google.com under “Third-party access”. Kept here: {kept}." | "Отсоединено здесь, но Google не подтвердил отзыв доступа: уберите его на myaccount.google.com в разделе «Сторонний доступ». Осталось здесь: {kept}.";
    delete_title(name): "Delete {name}?" | "Удалить {name}?";
    delete_about(messages, pairs): "This deletes {messages} and {pairs} of this account from Replybook, with every decision made on them. It cannot be undone. The mailbox itself is not touched." | "Из Replybook будут удалены {messages} и {pairs} этого аккаунта вместе со всеми решениями по ним. Отменить это нельзя. Сам почтовый ящик не изменится.";
    delete_attachments(attachments, stored): "{attachments} will be deleted too; {stored} of them are stored here." | "Будут удалены и вложения: {attachments}, из них здесь хранится {stored}.";
    delete_go: "Delete account and mail" | "Удалить аккаунт и почту";
    deleted_done: "The account and its mail are deleted. Conversations that another mailbox has too are paired again there, in the background." | "Аккаунт и его почта удалены. Беседы, которые есть и в другом ящике, заново разбираются на пары там, в фоне.";
    never_synced: "not yet" | "ещё не было";
    nothing_yet: "Nothing fetched yet." | "Пока ничего не загружено.";
    search: "Search" | "Найти";
    search_label: "Name, address or owner" | "Имя, адрес или владелец";
    needing_only: "Only those that need attention or are waiting" | "Только те, что требуют внимания или ждут";
    show_all: "Show all" | "Показать все";
    none_found: "No account matches." | "Ни один аккаунт не подходит.";
    none_found_next: "Try fewer words, or a part of the address." | "Попробуйте меньше слов или часть адреса.";
    none_needing: "No account needs attention." | "Ни один аккаунт не требует внимания.";
    pages: "Pages of accounts" | "Страницы аккаунтов";
    page_of(page, pages): "Page {page} of {pages}" | "Страница {page} из {pages}";
    previous_page: "Previous page" | "Предыдущая страница";
    next_page: "Next page" | "Следующая страница";
    gone: "This account no longer exists." | "Этого аккаунта больше нет.";
}

texts! {
    /// Setting up Gmail at Google, once per installation.
    pub(crate) GmailSetup:
    title: "Set up Gmail at Google" | "Настройка Gmail в Google";
    about: "Once per installation, in the Google Cloud console (console.cloud.google.com)." | "Один раз для всей установки, в консоли Google Cloud (console.cloud.google.com).";
    project: "Create a project and enable the Gmail API for it (APIs & Services → Library)." | "Создайте проект и включите для него Gmail API (APIs & Services → Library).";
    consent: "Configure the OAuth consent screen: Internal if everybody is in your Google Workspace, otherwise External. Add the scope" | "Настройте OAuth consent screen: Internal, если все в вашем Google Workspace, иначе External. Добавьте право";
    testing: "While an External app is in “Testing”, Google ends its access after seven days: publish it for permanent use." | "Пока внешнее приложение в режиме Testing, Google отзывает доступ через семь дней: для постоянной работы опубликуйте его.";
    client: "Create credentials → OAuth client ID → Web application, with the redirect URI" | "Выберите Create credentials → OAuth client ID → Web application и укажите адрес возврата";
    settings: "Put the client's ID and secret into the settings of this server (.env) and restart it:" | "Запишите идентификатор и секрет клиента в настройки этого сервера (.env) и перезапустите его:";
}
