//! The words of the search for past cases.

use crate::words::texts;

texts! {
    /// What was answered to a message.
    pub(super) Words:
    title: "What did we answer to this?" | "Что мы на это отвечали?";
    about: "Paste a client’s message and see the nearest approved answers. Nothing you paste is stored." | "Вставьте письмо клиента и посмотрите ближайшие одобренные ответы. Вставленное нигде не сохраняется.";
    stays: "Nothing leaves this server." | "Сервер при этом ничего не отправляет наружу.";
    leaves(model): "The message, with personal data left out, is sent to {model} for its embedding." | "Письмо без личных данных отправляется для эмбеддинга: {model}.";
    message: "Client’s message" | "Письмо клиента";
    from_thread: "This is what the client of the thread wrote last." | "Это последнее, что написал клиент в беседе.";
    nothing_from_thread: "No client wrote in this thread." | "В этой беседе нет писем клиента.";
    account: "Mailbox" | "Ящик";
    choose: "Choose a mailbox" | "Выберите ящик";
    choose_first: "Choose the mailbox whose answers are to be searched." | "Выберите ящик, по ответам которого искать.";
    all: "All mailboxes" | "Все ящики";
    address: "Address of the mailbox" | "Адрес ящика";
    language: "Client’s language" | "Язык клиента";
    any_language: "Any" | "Любой";
    age: "Answered" | "Когда отвечали";
    any_age: "At any time" | "Когда угодно";
    month: "Within 30 days" | "За 30 дней";
    half_year: "Within 180 days" | "За 180 дней";
    year: "Within a year" | "За год";
    find: "Find answers" | "Найти ответы";
    back: "Knowledge base" | "База знаний";
    searched(answers): "Searched {answers}." | "Просмотрено {answers}.";
    left_out: "There are more answers than fit into memory: the oldest were left out." | "Ответов больше, чем помещается в память: самые старые не просмотрены.";
    none_yet: "No approved answers to search yet" | "Искать пока не в чем: нет одобренных ответов";
    none_yet_next: "Approve the pairs worth repeating in this mailbox first." | "Сначала одобрите в этом ящике пары, которые стоит повторять.";
    none: "No similar answer" | "Похожих ответов нет";
    none_next: "No approved answer shares a word with this message. Try another mailbox or any language." | "Ни в одном одобренном ответе нет слов этого письма. Выберите другой ящик или любой язык.";
    results: "Nearest answers" | "Ближайшие ответы";
    close: "Close match" | "Близкое совпадение";
    partial: "Partial match" | "Частичное совпадение";
    faint: "Faint match" | "Слабое совпадение";
    share(percent): "{percent} % of the message matches" | "Совпадает {percent} % письма";
    matched: "Matching words:" | "Общие слова:";
    in_meaning: "Close in meaning" | "Близко по смыслу";
    alike(answers): "{answers} say nearly the same; this is the nearest" | "Почти так же: {answers}; показан ближайший";
    replied: "Replied" | "Ответ дан";
    changed: "Source changed" | "Письмо изменилось";
    gone: "Source makes no pair any more" | "Письма больше не образуют пару";
    deleted: "Source deleted" | "Письмо удалено";
    pair: "Open the pair" | "Открыть пару";
}
