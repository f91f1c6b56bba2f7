//! The words of the page.

use replybook::types::AiPurpose;

use crate::words::texts;

impl Words {
    pub(super) fn purpose(self, purpose: AiPurpose) -> &'static str {
        match purpose {
            AiPurpose::Test => self.for_tests(),
            AiPurpose::Draft => self.for_drafts(),
            AiPurpose::Embedding => self.for_embeddings(),
        }
    }
}

texts! {
    /// AI Settings.
    pub(super) Words:
    title: "AI Settings" | "Настройки AI";
    about: "Language models, what they may cost and what they cost. Text is sent to them by the test below, when somebody asks for a draft, and for embeddings where you choose so. Keys are stored encrypted and never shown again." | "Языковые модели, сколько они могут стоить и сколько стоят. Текст им отправляют проверка ниже, запрос черновика и, если вы это выбрали, создание эмбеддингов. Ключи хранятся в зашифрованном виде и больше не показываются.";
    about_openai: "Drafts and embeddings, with a key." | "Черновики и эмбеддинги, нужен ключ.";
    about_anthropic: "Drafts, with a key." | "Черновики, нужен ключ.";
    about_compatible: "A server of your own or another service: Ollama, vLLM, LM Studio." | "Свой сервер или другой сервис: Ollama, vLLM, LM Studio.";
    pill_key: "Key stored" | "Ключ есть";
    pill_ready: "Set up" | "Настроен";
    pill_none: "Not set up" | "Не настроен";
    model_is(model): "Default model: {model}" | "Модель по умолчанию: {model}";
    embeddings_are(model): "Embeddings: {model}" | "Эмбеддинги: {model}";
    spent_of(spent, budget): "{spent} of {budget} this month" | "{spent} из {budget} в этом месяце";
    spent_only(spent): "{spent} this month, no budget" | "{spent} в этом месяце, бюджет не задан";
    budget_bar: "Part of the budget that is spent" | "Израсходованная часть бюджета";
    ends_on(model, day): "{model} ends on {day}. Choose another model." | "{model} работает только до {day}. Выберите другую модель.";
    is_gone(model): "{model} is not on the provider's list any more. Choose another model." | "{model} больше нет в списке провайдера. Выберите другую модель.";
    settings_of(name): "{name}: settings" | "{name}: настройки";
    key(name): "{name} API key" | "Ключ {name} API";
    key_stored: "A key is stored. Leave empty to keep it." | "Ключ сохранён. Оставьте поле пустым, чтобы его не менять.";
    key_none: "No key is stored yet." | "Ключ пока не сохранён.";
    key_optional: "Only if the server wants one." | "Только если он нужен серверу.";
    base_url: "Base URL" | "Базовый адрес";
    base_url_help: "Ends before /chat/completions, like http://127.0.0.1:11434/v1. A new address needs its key again." | "То, что стоит перед /chat/completions, например http://127.0.0.1:11434/v1. Для нового адреса ключ нужно ввести заново.";
    allow_local: "Allow private and local addresses, and addresses without TLS" | "Разрешить частные и локальные адреса, а также адреса без TLS";
    model: "Default model" | "Модель по умолчанию";
    model_help: "For drafts and for the test. Named exactly as the provider names it." | "Для черновиков и проверки. С тем названием, которое даёт провайдер.";
    model_embeddings: "Embeddings model" | "Модель для эмбеддингов";
    model_embeddings_help: "Turns texts into vectors, for the search of past cases. Empty: none." | "Превращает тексты в векторы для поиска похожих ответов. Пусто — никакая.";
    vectors_title: "Embeddings in the search of past cases" | "Эмбеддинги в поиске похожих ответов";
    vectors_about(model): "Made by {model}. Tried on each mailbox’s own answers, they are used only where they help beyond chance." | "Делает {model}. Проверяются на собственных ответах каждого ящика и используются, только если заметно помогают.";
    vectors_of(account, answers): "{account}, {answers}:" | "{account}, {answers}:";
    drafts: "Use for drafts" | "Использовать для черновиков";
    embeddings: "Use for embeddings: approved answers and what is searched for are sent to this provider, with personal data left out" | "Использовать для эмбеддингов: одобренные ответы и искомые письма отправляются этому провайдеру без личных данных";
    budget: "Monthly budget, in dollars" | "Бюджет на месяц, в долларах";
    budget_help: "No call is made that may go beyond it. Empty: no limit. With a budget, every model needs a price." | "Запрос, который может выйти за него, не отправляется. Пусто — без ограничения. При заданном бюджете нужна цена каждой модели.";
    save: "Save settings" | "Сохранить настройки";
    saved: "Settings saved." | "Настройки сохранены.";
    saved_key: "Settings saved. The new key is stored encrypted." | "Настройки сохранены. Новый ключ хранится в зашифрованном виде.";
    saved_model(model): "Settings saved. The default model is now {model}." | "Настройки сохранены. Модель по умолчанию теперь {model}.";
    saved_nothing: "Nothing was changed." | "Ничего не изменено.";
    saved_price(model): "The price of {model} is saved." | "Цена {model} сохранена.";
    models_title: "Models" | "Модели";
    models_none: "The provider's list has not been read yet." | "Список провайдера ещё не прочитан.";
    models_read(count): "On the provider's list: {count}. It was read" | "В списке провайдера: {count}. Прочитан";
    models_show: "Show the list" | "Показать список";
    model_ends(day): "ends on {day}" | "работает до {day}";
    read_list: "Read the list" | "Прочитать список";
    list_was_read: "The list of models is up to date." | "Список моделей обновлён.";
    price_title(model): "Price of {model}" | "Цена {model}";
    price_about: "For a million tokens, in dollars, as your provider publishes it. Empty: unknown." | "За миллион токенов, в долларах, как её публикует провайдер. Пусто — неизвестна.";
    price_missing: "No price: with the budget above, this model is not called." | "Цены нет: при заданном бюджете эта модель не вызывается.";
    price_input: "Sent" | "Отправленные";
    price_output: "Answered" | "Полученные";
    price_save: "Set the price" | "Задать цену";
    test_title: "Test the key" | "Проверка ключа";
    test_title_server: "Test the server" | "Проверка сервера";
    test_about(name): "Sends one small request to {name} with the stored key and the default model." | "Один небольшой запрос к {name} с сохранённым ключом и моделью по умолчанию.";
    test_about_server: "Sends one small request to the server with the default model." | "Один небольшой запрос к серверу с моделью по умолчанию.";
    test: "Test the key" | "Проверить ключ";
    test_server: "Test the server" | "Проверить сервер";
    test_ok(model, ms): "It works: {model} answered in {ms} ms." | "Работает: {model} ответила за {ms} мс.";
    test_said(name, what): "{name} said: “{what}”" | "Ответ {name}: «{what}»";
    no_key: "No key is stored. Enter one above and save it first." | "Ключ не сохранён. Сначала введите и сохраните его выше.";
    no_base_url: "No base URL is stored. Enter one above and save it first." | "Базовый адрес не задан. Сначала укажите и сохраните его выше.";
    no_model: "No default model is stored. Enter one above and save it first." | "Модель по умолчанию не задана. Сначала укажите и сохраните её выше.";
    invalid_key(name, place): "{name} does not accept this key. Create a new one at {place} and save it above." | "{name} не принимает этот ключ. Создайте новый на {place} и сохраните его выше.";
    invalid_key_server: "The server does not accept this key. Enter another one above." | "Сервер не принимает этот ключ. Введите выше другой.";
    model_not_found(model): "This key cannot use the model {model}. Choose another default model." | "Этому ключу недоступна модель {model}. Выберите другую модель по умолчанию.";
    model_not_found_server(model): "The server has no model {model}, or this is not its base URL." | "На сервере нет модели {model}, или это не его базовый адрес.";
    quota_exhausted(place): "The account behind this key has no credit left. Add credit at {place} under Billing." | "На счёте этого ключа закончились средства. Пополните его на {place} в разделе Billing.";
    rate_limited(name): "{name} is limiting this key right now. Wait a minute and test again." | "{name} сейчас ограничивает этот ключ. Подождите минуту и проверьте снова.";
    provider_error(name): "{name} had an internal error. Test again in a few minutes." | "На стороне {name} произошла ошибка. Проверьте снова через несколько минут.";
    unreachable(name, setting): "{name} could not be reached. Check that this server may reach the internet, and {setting} if it is set." | "Не удалось связаться с {name}. Проверьте, есть ли у сервера выход в интернет, и {setting}, если он задан.";
    unreachable_server: "The server could not be reached. Check that it runs, and its base URL." | "Не удалось связаться с сервером. Проверьте, запущен ли он, и его базовый адрес.";
    slow(name): "{name} did not answer in time. Test again in a few minutes." | "{name} не ответил вовремя. Проверьте снова через несколько минут.";
    bad_answer(name): "What answered is no language model, or its stream is not valid. Check the base URL of {name}." | "Ответ пришёл не от языковой модели, или его поток неверен. Проверьте базовый адрес {name}.";
    too_long(model): "The request is too long for the model {model}. Choose another default model." | "Запрос слишком длинный для модели {model}. Выберите другую модель по умолчанию.";
    declined(name): "{name} refused to answer. Choose another default model." | "{name} отказался отвечать. Выберите другую модель по умолчанию.";
    private_address: "The base URL leads to a private or local address. Tick the box below it if that is right." | "Базовый адрес ведёт на частный или локальный адрес. Если так и нужно, поставьте галочку под ним.";
    budget_spent: "This month's budget has no room for the call. Nothing was sent." | "В бюджете этого месяца нет места для запроса. Ничего не отправлено.";
    no_price(model): "There is a budget, and no price of {model}. Enter the price below; nothing was sent." | "Бюджет задан, а цены {model} нет. Укажите цену ниже; ничего не отправлено.";
    remove_title: "Remove the key" | "Удаление ключа";
    remove_about: "Deletes the stored key." | "Удаляет сохранённый ключ.";
    remove: "Remove the key" | "Удалить ключ";
    remove_ask: "Remove the key…" | "Удалить ключ…";
    remove_question(name): "Remove the {name} key?" | "Удалить ключ {name}?";
    remove_lost(name): "The stored key is deleted and cannot be recovered. The key itself stays valid at {name}." | "Сохранённый ключ будет удалён, восстановить его нельзя. В самом {name} ключ продолжит действовать.";
    removed: "The key is deleted." | "Ключ удалён.";
    spend_title(month, cost): "Spent in {month}: {cost}" | "Расходы за {month}: {cost}";
    spend_about: "All providers, by day (UTC) and purpose. Calls without a price count as free; those whose end nobody knows count with all they may have cost." | "Все провайдеры, по дням (UTC) и назначению. Запросы без цены считаются бесплатными, а те, чей исход неизвестен, — по верхней границе стоимости.";
    spend_drawing: "What each day cost; the numbers are below" | "Стоимость по дням; числа ниже";
    nothing_spent: "The calls of this month cost nothing." | "Запросы этого месяца ничего не стоили.";
    no_calls: "No calls in this month." | "В этом месяце запросов не было.";
    numbers: "Numbers" | "Числа";
    day: "Day" | "День";
    provider: "Provider" | "Провайдер";
    what_for: "Purpose" | "Назначение";
    calls: "Calls" | "Запросы";
    calls_failed(calls, failed): "{calls} (failed: {failed})" | "{calls} (неудачных: {failed})";
    tokens: "Tokens sent / answered" | "Токены: отправлено / получено";
    tokens_in_out(sent, answered): "{sent} / {answered}" | "{sent} / {answered}";
    cost: "Cost" | "Стоимость";
    for_tests: "tests" | "проверки";
    for_drafts: "drafts" | "черновики";
    for_embeddings: "embeddings" | "эмбеддинги";
    earlier_month: "Earlier month" | "Предыдущий месяц";
    later_month: "Later month" | "Следующий месяц";
}
