//! Words that stand on many pages.

use crate::words::{Noun, texts};

texts! {
    /// What stands on many pages.
    pub(crate) Common:
    bytes(n): "{n} bytes" | "{n} Б";
    kilobytes(n): "{n} KB" | "{n} КБ";
    megabytes(n): "{n} MB" | "{n} МБ";
    cancel: "Cancel" | "Отмена";
    close: "Close" | "Закрыть";
    dismiss: "Dismiss" | "Скрыть";
    skip_to_content: "Skip to content" | "К содержанию";
    sign_in: "Sign in" | "Войти";
    reload: "Reload the page" | "Обновить страницу";
    apply: "Apply" | "Применить";
    undo: "Undo" | "Отменить";
    actions: "Actions" | "Действия";
}

texts! {
    /// Times and spans.
    pub(crate) Times:
    now: "just now" | "только что";
    ago(time): "{time} ago" | "{time} назад";
    seconds_short(n): "{n} s" | "{n} с";
    minutes_short(n): "{n} min" | "{n} мин";
    hours_short(n): "{n} h" | "{n} ч";
    days_short(n): "{n} d" | "{n} дн";
}

texts! {
    /// The frame of every page.
    pub(crate) Nav:
    main: "Main" | "Основное меню";
    overview: "Overview" | "Обзор";
    integrations: "Integrations" | "Интеграции";
    training: "AI Email Training" | "Обучение AI";
    knowledge: "Knowledge base" | "База знаний";
    threads: "Threads" | "Переписка";
    conversations: "Conversations" | "Беседы";
    ai_settings: "AI Settings" | "Настройки AI";
    people: "People" | "Люди";
    audit: "Audit log" | "Журнал действий";
    account: "Your account" | "Ваш профиль";
    progress: "Progress of the review" | "Ход проверки";
    opinions: "Second opinions" | "Второе мнение";
    similar: "What did we answer to this?" | "Что мы на это отвечали?";
    guidelines: "Guidelines" | "Правила проверки";
    tags: "Tags" | "Метки";
    bulk: "Bulk decisions" | "Массовые решения";
    rules: "Trust rules" | "Правила доверия";
    log_out: "Log out" | "Выйти";
    admin: "Administrator" | "Администратор";
    reviewer: "Reviewer" | "Проверяющий";
    member: "Member" | "Участник";
    language: "Language" | "Язык";
    theme: "Theme" | "Тема";
    theme_system: "System" | "Авто";
    theme_light: "Light" | "Светлая";
    theme_dark: "Dark" | "Тёмная";
    shortcuts: "Keyboard shortcuts" | "Горячие клавиши";
}

texts! {
    /// The sheet of keyboard shortcuts.
    pub(crate) KeyWords:
    title: "Keyboard shortcuts" | "Горячие клавиши";
    everywhere: "Everywhere" | "Везде";
    in_list: "Reviewing pairs" | "Проверка пар";
    help: "Show this help" | "Показать эту подсказку";
    go_overview: "Go to the overview" | "Перейти к обзору";
    go_integrations: "Go to Integrations" | "Перейти к интеграциям";
    go_training: "Go to AI Email Training" | "Перейти к обучению AI";
    go_knowledge: "Go to the knowledge base" | "Перейти к базе знаний";
    go_conversations: "Go to Conversations" | "Перейти к беседам";
    in_conversations: "Conversations" | "Беседы";
    next_conversation: "Next conversation" | "Следующая беседа";
    previous_conversation: "Previous conversation" | "Предыдущая беседа";
    archive_conversation: "Archive, or take out of the archive" | "В архив или из архива";
    snooze_conversation: "Snooze, or end it" | "Отложить или вернуть";
    assign_conversation: "Assign the conversation" | "Назначить беседу";
    take_conversation: "Assign the conversation to me" | "Назначить беседу мне";
    note_conversation: "Write an internal note" | "Написать внутреннюю заметку";
    go_threads: "Go to Threads" | "Перейти к переписке";
    go_settings: "Go to AI Settings" | "Перейти к настройкам AI";
    next: "Next pair" | "Следующая пара";
    previous: "Previous pair" | "Предыдущая пара";
    open: "Open the pair" | "Открыть пару";
    approve: "Approve" | "Одобрить";
    reject: "Reject" | "Отклонить";
    reason: "After Reject: why (wrong, incomplete, outdated, private, off topic, other with a note)" | "После отклонения: почему (неверно, неполно, устарело, личное, не по теме, другое с заметкой)";
    reset: "Reset to new" | "Вернуть в новые";
    pick: "Select the pair (with Shift: all up to it)" | "Выбрать пару (с Shift — все до неё)";
    edit: "Edit the texts" | "Изменить тексты";
    assign: "Assign the open pair" | "Назначить открытую пару";
    tags: "Tags of the open pair" | "Метки открытой пары";
    undo: "Undo the last step" | "Отменить последний шаг";
    filter: "Go to the search" | "Перейти к поиску";
    originals: "Original mail, or cleaned" | "Исходные письма или очищенные";
    group: "Similar replies" | "Похожие ответы";
    close: "Close" | "Закрыть";
    pages: "More pages" | "Другие страницы";
    search: "Find a page or a command" | "Найти страницу или команду";
    search_help: "Ctrl or ⌘ and K opens this search; Enter does the first in the list." | "Ctrl или ⌘ и K открывают этот поиск; Enter выполняет первое из списка.";
    nothing: "Nothing is called that." | "Ничего с таким названием нет.";
    choose: "Choose your own keys" | "Выбрать свои клавиши";
    enabled: "Single-key shortcuts are on" | "Включены клавиши без Ctrl и Alt";
}

/// The nouns that are counted.
pub(crate) mod nouns {
    use super::Noun;

    pub(crate) const MESSAGE: Noun =
        Noun { en: ["message", "messages"], ru: ["письмо", "письма", "писем"] };
    /// As in "1 of 12 messages".
    pub(crate) const OF_MESSAGES: Noun =
        Noun { en: ["message", "messages"], ru: ["письма", "писем", "писем"] };
    pub(crate) const PAIR: Noun = Noun { en: ["pair", "pairs"], ru: ["пара", "пары", "пар"] };
    /// What something is done to, as in "approve 1 pair".
    pub(crate) const PAIR_OBJECT: Noun = Noun { en: ["pair", "pairs"], ru: ["пару", "пары", "пар"] };
    pub(crate) const ANSWER: Noun =
        Noun { en: ["answer", "answers"], ru: ["ответ", "ответа", "ответов"] };
    pub(crate) const NOTE: Noun =
        Noun { en: ["note", "notes"], ru: ["заметка", "заметки", "заметок"] };
    pub(crate) const THREAD: Noun =
        Noun { en: ["thread", "threads"], ru: ["беседа", "беседы", "бесед"] };
    pub(crate) const ERROR: Noun =
        Noun { en: ["error", "errors"], ru: ["ошибка", "ошибки", "ошибок"] };
    pub(crate) const ACCOUNT: Noun =
        Noun { en: ["account", "accounts"], ru: ["аккаунт", "аккаунта", "аккаунтов"] };
    pub(crate) const MORE_ERROR: Noun =
        Noun { en: ["more error", "more errors"], ru: ["ошибка", "ошибки", "ошибок"] };
    pub(crate) const MORE_RECIPIENT: Noun = Noun {
        en: ["more recipient", "more recipients"],
        ru: ["получатель", "получателя", "получателей"],
    };
    pub(crate) const RUN: Noun =
        Noun { en: ["run", "runs"], ru: ["запуск", "запуска", "запусков"] };
    pub(crate) const DAY: Noun = Noun { en: ["day", "days"], ru: ["день", "дня", "дней"] };
    pub(crate) const MONTH: Noun =
        Noun { en: ["month", "months"], ru: ["месяц", "месяца", "месяцев"] };
    pub(crate) const YEAR: Noun = Noun { en: ["year", "years"], ru: ["год", "года", "лет"] };
    pub(crate) const ATTACHMENT: Noun =
        Noun { en: ["attachment", "attachments"], ru: ["вложение", "вложения", "вложений"] };
    pub(crate) const ATTEMPT: Noun =
        Noun { en: ["attempt", "attempts"], ru: ["попытка", "попытки", "попыток"] };
}
