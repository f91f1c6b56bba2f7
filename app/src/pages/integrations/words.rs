//! What the Integrations page says, and what is said of accounts elsewhere.

use crate::words::{named_texts, texts};

texts! {
    /// Integrations.
    pub(crate) Words:
    title: "Integrations" | "Интеграции";
    about: "Mailboxes Replybook reads." | "Почтовые ящики, которые читает Replybook.";
    gmail_title: "Gmail" | "Gmail";
    gmail_about: "Reads past email, so that the AI learns from the replies your team wrote." | "Читает прошлую переписку, чтобы AI учился на ответах вашей команды.";
    gmail_read_only: "Gmail is connected read-only: Replybook never sends, changes or deletes mail." | "Gmail подключается только для чтения: Replybook ничего не отправляет, не меняет и не удаляет.";
    gmail_active: "There are active Gmail integrations." | "Есть активные Gmail интеграции.";
    gmail_none: "No active Gmail accounts yet." | "Пока нет активных Gmail аккаунтов.";
    connect: "Connect Gmail account" | "Подключить Gmail аккаунт";
    not_configured: "Gmail is not set up on this server. Missing settings:" | "Gmail на этом сервере не настроен. Не хватает настроек:";
    not_configured_help: "How to get them:" | "Как их получить:";
    readme: "Google Cloud set-up, step by step" | "настройка Google Cloud по шагам";
    other_title: "Without Google" | "Без Google";
    other_about: "A mailbox file (mbox) or a Google Takeout archive, or a ready-made mailbox to look around in." | "Файл почтового ящика (mbox) или архив Google Takeout, а ещё готовый пример ящика, чтобы осмотреться.";
    sample: "Try the sample mailbox" | "Попробовать пример ящика";
    import_file: "Import a file…" | "Импортировать файл…";
    import_title: "Import a mailbox file" | "Импорт файла почтового ящика";
    import_about: "Takes an mbox file (.mbox, .mbox.gz) or a Google Takeout archive (.zip, .tgz). Importing the same file again adds nothing twice." | "Подойдёт файл mbox (.mbox, .mbox.gz) или архив Google Takeout (.zip, .tgz). Повторный импорт того же файла ничего не удваивает.";
    import_file_label: "File" | "Файл";
    import_as: "Your address in this mailbox" | "Ваш адрес в этом ящике";
    import_as_help: "Mail from this address counts as your replies, e.g. support@example.com." | "Письма с этого адреса считаются вашими ответами, например support@example.com.";
    import_start: "Import" | "Импортировать";
    not_done: "That did not work" | "Не получилось";
    in_background: "You can close this: the run goes on." | "Окно можно закрыть: работа продолжится.";
    account_id: "Account" | "Аккаунт";
    review(pairs): "Review {pairs}" | "Проверить {pairs}";
    connected_off: "Gmail account connected. An administrator has switched this mailbox off, and it stays off until an administrator switches it on." | "Gmail аккаунт подключён. Администратор выключил этот ящик, и он останется выключенным, пока администратор его не включит.";
    connected: "Gmail account connected." | "Gmail аккаунт успешно подключён.";
}

named_texts! {
    /// Why connecting Gmail did not work, and what to do (the `reason` of the callback).
    pub(crate) GmailReasons:
    missing_code: "Google sent no confirmation. Click “Connect Gmail account” and go through Google's pages again." | "Google не прислал подтверждение. Нажмите «Подключить Gmail аккаунт» и пройдите страницы Google ещё раз.";
    missing_state: "Google's answer did not say which request it belongs to. Click “Connect Gmail account” again." | "В ответе Google не указано, к какому запросу он относится. Нажмите «Подключить Gmail аккаунт» ещё раз.";
    invalid_state: "This request to connect is too old, was used already, or was begun in another browser. Click “Connect Gmail account” again, in this browser." | "Этот запрос на подключение устарел, уже использован или начат в другом браузере. Нажмите «Подключить Gmail аккаунт» ещё раз в этом браузере.";
    missing_owner: "The person who began connecting no longer has an account here. Sign in and connect again." | "У того, кто начал подключение, здесь больше нет учётной записи. Войдите и подключите ещё раз.";
    server_config: "Gmail is not set up completely on this server. Ask whoever runs it to check GMAIL_CLIENT_ID and GMAIL_CLIENT_SECRET." | "Gmail на этом сервере настроен не полностью. Попросите владельца сервера проверить GMAIL_CLIENT_ID и GMAIL_CLIENT_SECRET.";
    token_http: "Google could not be reached to finish connecting. Wait a minute and try again." | "Не удалось связаться с Google, чтобы завершить подключение. Подождите минуту и попробуйте ещё раз.";
    token_failed: "Google refused to finish connecting. Try again; if it stays, the client secret or the redirect address in Google Cloud is wrong." | "Google отказался завершить подключение. Попробуйте ещё раз; если повторится, в Google Cloud неверен секрет клиента или адрес возврата.";
    missing_access_token: "Google finished without giving access. Try again, and leave every box on Google's page ticked." | "Google завершил вход, но не дал доступа. Попробуйте ещё раз и оставьте все галочки на странице Google.";
    profile_failed: "Google did not say which mailbox this is. Check that the Gmail API is switched on in Google Cloud, then try again." | "Google не сообщил, какой это ящик. Проверьте, что в Google Cloud включён Gmail API, и попробуйте ещё раз.";
    persist_failed: "The account could not be saved here. Try again; if it stays, the server's log says why." | "Не удалось сохранить аккаунт. Попробуйте ещё раз; если повторится, причина в журнале сервера.";
    access_denied: "Access was declined on Google's page. Nothing was connected. To connect, try again and choose “Allow”." | "На странице Google в доступе отказано. Ничего не подключено. Чтобы подключить, попробуйте ещё раз и выберите «Разрешить».";
    missing_scope: "The permission to read mail was not ticked on Google's page. Connect again and tick “View your email messages and settings”." | "На странице Google не отмечено разрешение читать почту. Подключите ещё раз и отметьте «Просмотр писем и настроек».";
    blocked_by_admin: "The Google Workspace of this mailbox does not allow this app. Ask its administrator to allow it, then connect again." | "Google Workspace этого ящика не разрешает это приложение. Попросите его администратора разрешить и подключите ещё раз.";
    google_unavailable: "Google could not answer just now. Wait a minute and try again." | "Google сейчас не отвечает. Подождите минуту и попробуйте ещё раз.";
    google_refused: "Google refused the request. Ask whoever runs this server: the OAuth client or its redirect address is not as Google wants it; the log says more." | "Google отклонил запрос. Спросите владельца сервера: с клиентом OAuth или его адресом возврата что-то не так, подробнее в журнале.";
    unknown: "Connecting did not work. Click “Connect Gmail account” to try again." | "Подключить не получилось. Нажмите «Подключить Gmail аккаунт», чтобы попробовать ещё раз.";
}

texts! {
    /// Mailboxes of a Google Workspace, connected by its service account.
    pub(crate) Enroll:
    address: "Mailbox of your Workspace" | "Ящик вашего Workspace";
    about: "The service account reads it: nobody has to consent." | "Его читает сервисный аккаунт: ничьё согласие не нужно.";
    one: "Enroll a mailbox" | "Подключить ящик";
    all: "Enroll all users" | "Подключить всех пользователей";
    again: "Enroll again" | "Подключить снова";
    done(who): "{who} is enrolled." | "Ящик {who} подключён.";
    before(who): "{who} is connected already. Nothing was changed." | "Ящик {who} уже подключён. Ничего не изменилось.";
    done_all(enrolled, before, refused): "Enrolled: {enrolled}. Connected already: {before}. Not enrolled: {refused}." | "Подключено: {enrolled}. Уже были подключены: {before}. Не подключено: {refused}.";
    delegation_pill: "not delegated" | "нет делегирования";
    clock_pill: "clock" | "часы";
    no_mailbox_pill: "no such mailbox" | "нет такого ящика";
    disconnect_about: "Replybook deletes its token and fetches no new mail. There is no consent to give back: what the service account may read is set by an administrator of the Workspace." | "Replybook удалит свой токен и не будет загружать новую почту. Отзывать нечего: что может читать сервисный аккаунт, решает администратор Workspace.";
    disconnect_done(kept): "Disconnected. At Google nothing changed: the service account may read this mailbox until an administrator of the Workspace ends that. Kept here: {kept}. To remove them, delete the account." | "Отсоединено. У Google ничего не изменилось: сервисный аккаунт может читать этот ящик, пока администратор Workspace это не прекратит. Осталось здесь: {kept}. Чтобы удалить и это, удалите аккаунт.";
}

texts! {
    /// Mailboxes by their password.
    pub(crate) Imap:
    open: "Connect another mailbox (IMAP)" | "Подключить другой ящик (IMAP)";
    title: "Connect a mailbox over IMAP" | "Подключение ящика по IMAP";
    about: "For mailboxes that are not at Gmail. Replybook only reads: nothing at the server is changed, not even what counts as read." | "Для ящиков не в Gmail. Replybook только читает: на сервере ничего не меняется, даже отметки о прочтении.";
    address: "Mail address" | "Почтовый адрес";
    host: "Server" | "Сервер";
    port: "Port" | "Порт";
    port_help: "Empty: 993, or 143 for STARTTLS." | "Пусто: 993, а для STARTTLS 143.";
    tls: "Encryption" | "Шифрование";
    tls_usual: "Usual for the port" | "Обычное для порта";
    tls_none: "None: anybody on the way can read the password" | "Нет: пароль сможет прочитать любой по пути";
    username: "User name" | "Имя пользователя";
    username_help: "Empty: the mail address." | "Пусто: почтовый адрес.";
    password: "Password" | "Пароль";
    password_help: "Most providers want an app password, made in the security settings of the mail account. It is stored encrypted." | "Обычно нужен пароль приложения: он создаётся в настройках безопасности почты. Хранится зашифрованным.";
    go: "Connect" | "Подключить";
    done(who): "{who} is connected. Its mail of the last weeks is on its way." | "Ящик {who} подключён. Почта за последние недели уже загружается.";
    disconnect_about: "Replybook deletes the password and fetches no new mail. The password itself stays good: an app password is ended in the settings of the mail account." | "Replybook удалит пароль и не будет загружать новую почту. Сам пароль останется действительным: пароль приложения отзывают в настройках почты.";
    disconnect_done(kept): "Disconnected, and the password is deleted here. An app password stays good until it is ended in the settings of the mail account. Kept here: {kept}. To remove them, delete the account." | "Отсоединено, пароль здесь удалён. Пароль приложения действует, пока его не отзовут в настройках почты. Осталось здесь: {kept}. Чтобы удалить и это, удалите аккаунт.";
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
    reconnect_pill: "reconnect" | "нужен вход";
    missing_scope_pill: "permission missing" | "нет разрешения";
    disconnected_pill: "disconnected" | "отсоединён";
    reconnect: "Reconnect" | "Переподключить";
    set_aside(n): "{n} set aside" | "отложено: {n}";
    enable: "Enable" | "Включить";
    disable: "Disable" | "Отключить";
    resync: "Request resync" | "Запросить пересинхронизацию";
    resync_requested: "Resync requested: this account goes first." | "Пересинхронизация запрошена: этот аккаунт будет первым в очереди.";
    resync_pending: "resync requested" | "ждёт очереди";
    sync_begun: "The sync has begun." | "Синхронизация началась.";
    sync_going: "This account is being synced already: here is how far it is." | "Этот аккаунт уже синхронизируется: вот как идут дела.";
    run_sync: "Run sync now" | "Синхронизировать";
    last_run: "Last result" | "Последний результат";
    disconnect: "Disconnect…" | "Отсоединить…";
    delete: "Delete…" | "Удалить…";
    more(name): "More actions for {name}" | "Ещё действия: {name}";
    enabled_done: "The account is enabled." | "Аккаунт включён.";
    enabled_needs_reconnect: "The account is enabled, but no mail comes before it is reconnected." | "Аккаунт включён, но почта пойдёт только после переподключения.";
    disabled_done: "The account is disabled: the worker leaves it alone." | "Аккаунт отключён: фоновая синхронизация его не трогает.";
    disconnect_title(name): "Disconnect {name}?" | "Отсоединить {name}?";
    disconnect_about: "Replybook gives its access back to Google and deletes the stored tokens. No new mail is fetched." | "Replybook вернёт Google доступ и удалит сохранённые токены. Новая почта загружаться не будет.";
    disconnect_keep(messages, pairs): "What is stored stays: {messages} and {pairs}. To remove that as well, delete the account instead." | "Сохранённое останется: {messages} и {pairs}. Чтобы убрать и это, удалите аккаунт.";
    disconnect_go: "Disconnect" | "Отсоединить";
    disconnected_done(kept): "Disconnected. Google confirmed that the access is revoked. Kept here: {kept}. To remove them, delete the account." | "Отсоединён. Google подтвердил, что доступ отозван. Здесь осталось: {kept}. Чтобы их убрать, удалите аккаунт.";
    disconnected_done_local(kept): "Disconnected here, but Google did not confirm that the access is revoked: remove it at myaccount.google.com under “Third-party access”. Kept here: {kept}." | "Отсоединён здесь, но Google не подтвердил отзыв доступа: уберите его на myaccount.google.com в разделе «Сторонний доступ». Здесь осталось: {kept}.";
    delete_title(name): "Delete {name}?" | "Удалить {name}?";
    delete_about(messages, pairs): "This deletes {messages} and {pairs} of this account from Replybook, with every decision made on them. It cannot be undone. The mailbox itself is not touched." | "Из Replybook будут удалены {messages} и {pairs} этого аккаунта вместе со всеми решениями по ним. Отменить это нельзя. Сам почтовый ящик не изменится.";
    delete_attachments(attachments, stored): "{attachments} go with it, {stored} of which are stored here." | "Вместе с ним исчезнут {attachments}: здесь хранится {stored}.";
    delete_go: "Delete everything of it" | "Удалить всё";
    deleted_done: "The account and everything stored of it is deleted." | "Аккаунт и всё сохранённое из него удалены.";
    never_synced: "not yet" | "ещё не было";
    nothing_yet: "Nothing fetched yet." | "Пока ничего не загружено.";
    gone: "This account no longer exists." | "Этого аккаунта больше нет.";
}

texts! {
    /// Setting up Gmail at Google, once per installation.
    pub(crate) GmailSetup:
    title: "Set up Gmail at Google" | "Настройка Gmail в Google";
    about: "Once per installation, in the Google Cloud console (console.cloud.google.com)." | "Один раз для всей установки, в консоли Google Cloud (console.cloud.google.com).";
    project: "Make a project and enable the Gmail API for it (APIs & Services → Library)." | "Создайте проект и включите для него Gmail API (APIs & Services → Library).";
    consent: "Configure the OAuth consent screen: Internal if everybody is in your Google Workspace, otherwise External. Add the scope" | "Настройте OAuth consent screen: Internal, если все в вашем Google Workspace, иначе External. Добавьте право";
    testing: "While an External app is in “Testing”, Google ends its access after seven days: publish it for lasting use." | "Пока внешнее приложение в режиме Testing, Google отзывает доступ через семь дней: для постоянной работы опубликуйте его.";
    client: "Make Credentials → OAuth client ID → Web application, with the redirect URI" | "Создайте Credentials → OAuth client ID → Web application с адресом возврата";
    settings: "Put the client's id and secret into the settings of this server (.env) and restart it:" | "Запишите идентификатор и секрет клиента в настройки этого сервера (.env) и перезапустите его:";
}
