//! The words of the knowledge base.

use crate::words::texts;

texts! {
    /// The approved pairs.
    pub(super) Words:
    about: "The pairs your team approved: what clients asked, and the reply worth repeating." | "Пары, которые одобрила ваша команда: вопросы клиентов и ответы, которые стоит повторять.";
    account: "Mailbox" | "Ящик";
    any_account: "All mailboxes" | "Все ящики";
    search: "Search" | "Найти";
    search_label: "Words, names or addresses" | "Слова, имена или адреса";
    similar: "What did we answer to this?" | "Что мы на это отвечали?";
    clear: "Show all answers" | "Показать все ответы";
    incomplete(answers): "Still being indexed: {answers}. The search may miss them for a minute." | "Ещё индексируется: {answers}. Минуту поиск может их не находить.";
    none_yet: "No approved answers yet" | "Одобренных ответов пока нет";
    none_yet_next: "Approve the pairs worth repeating: they appear here." | "Одобрите пары, которые стоит повторять: они появятся здесь.";
    to_review: "Review pairs" | "Проверить пары";
    none_found: "Nothing found" | "Ничего не нашлось";
    none_found_next: "No approved answer has all of these words. Use fewer words, or search all mailboxes." | "Ни в одном одобренном ответе нет всех этих слов. Сократите запрос или ищите во всех ящиках.";
    first_page: "First page" | "Первая страница";
    next_page: "Older answers" | "Более ранние ответы";
    no_subject: "(no subject)" | "(без темы)";
    question: "Client" | "Клиент";
    reply: "Our reply" | "Наш ответ";
    approved: "Approved" | "Одобрено";
    approved_by(who): "Approved by {who}" | "Одобрено: {who},";
    edited: "edited" | "с правкой";
    thread: "Whole thread" | "Вся беседа";
    copy: "Copy reply" | "Скопировать ответ";
    copy_reply(subject): "Copy reply to {subject}" | "Скопировать ответ на {subject}";
    copied: "Copied" | "Скопировано";
    export: "Export…" | "Выгрузить…";
    export_title: "Export approved answers" | "Выгрузка одобренных ответов";
    choose_account: "Choose a mailbox" | "Выберите ящик";
    only_found(text): "Only answers found by “{text}”." | "Только ответы по запросу «{text}».";
    format: "Format" | "Формат";
    jsonl: "JSON Lines: one object per answer, for programs" | "JSON Lines: один объект на ответ, для программ";
    csv: "CSV: a table, for spreadsheets" | "CSV: таблица для электронных таблиц";
    export_holds: "The file contains the cleaned texts of client and reply as they were approved. Personal data stays as it is in the mail: names, addresses, phone numbers." | "В файле будут очищенные тексты клиента и ответа в том виде, в каком их одобрили. Личные данные останутся как в письмах: имена, адреса, телефоны.";
    export_across: "“All mailboxes” puts mail from several mailboxes into one file. Google's policy does not let you use it to train a model that serves anyone but the owner of each mailbox." | "«Все ящики» собирает почту нескольких ящиков в один файл. Правила Google не разрешают обучать на ней модель для кого-либо, кроме владельца каждого ящика.";
    export_recorded: "The audit log will show who exported how many answers." | "В журнале действий останется запись, кто и сколько ответов выгрузил.";
    columns: "Fields and columns" | "Поля и столбцы";
    download: "Download" | "Скачать";
}
