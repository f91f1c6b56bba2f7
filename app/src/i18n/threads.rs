//! The words of the pages of stored mail. They are rendered on the server alone, so a browser does not download them.

use crate::prefs::Lang;

words! {
    Words:
    title, about, search, search_label, account, any_account, none_yet, none_yet_next, none_found, none_found_next,
    clear, first_page, next_page, no_subject, nobody, pairs_of, in_mailboxes, received, sent, to, cc, also_in,
    deleted, deleted_why, as_text, empty_text, quoted, footers, attachments, download, too_large, off, gone, refused, failed,
    fetched_on_demand, show_images, show_images_why, hide_images, own_page, own_page_why, frame_title, open_all, pairs_title,
    pairs_none, back, too_complex,
}

impl Words {
    /// The texts in `lang`.
    pub(crate) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ru => &RU,
        }
    }
}

static EN: Words = Words {
    title: "Threads",
    about: "The mail that is stored here, by conversation. What several mailboxes hold is shown once.",
    search: "Search",
    search_label: "Words, names or addresses",
    account: "Mailbox",
    any_account: "All mailboxes",
    none_yet: "No mail yet",
    none_yet_next: "Threads appear here after the first sync or import.",
    none_found: "Nothing found",
    none_found_next: "No subject, name or address matches. Search for less, or in all mailboxes.",
    clear: "Show all threads",
    first_page: "First page",
    next_page: "Older threads",
    no_subject: "(no subject)",
    nobody: "Unknown sender",
    pairs_of: "{} in review",
    in_mailboxes: "In {}",
    received: "Received",
    sent: "Sent by us",
    to: "to {}",
    cc: "copy to {}",
    also_in: "Also in {}",
    deleted: "Deleted at its provider",
    deleted_why: "Its provider no longer has this message since {}. It is kept here.",
    as_text: "As text",
    empty_text: "This message has no text.",
    quoted: "Earlier mail",
    footers: "Signature and footers",
    attachments: "Attachments",
    download: "Download {}",
    too_large: "too large to be kept here",
    off: "attachments are not kept here",
    gone: "its provider no longer has it",
    refused: "its provider does not give it",
    failed: "could not be fetched last time",
    fetched_on_demand: "is fetched when you download it",
    show_images: "Show pictures from other servers",
    show_images_why: "Whoever sent this can then see that it was opened.",
    hide_images: "Hide pictures from other servers",
    own_page: "Open on a page of its own",
    own_page_why: "Links in this message work there.",
    frame_title: "Message from {}",
    open_all: "Open all messages",
    pairs_title: "Training pairs of this thread",
    pairs_none: "This thread has no training pairs.",
    back: "All threads",
    too_complex: "This message is too large or too complex to be shown as it was designed. This is its text.",
};

static RU: Words = Words {
    title: "Переписка",
    about: "Письма, которые хранятся здесь, по беседам. То, что есть в нескольких ящиках, показано один раз.",
    search: "Найти",
    search_label: "Слова, имена или адреса",
    account: "Ящик",
    any_account: "Все ящики",
    none_yet: "Писем пока нет",
    none_yet_next: "Беседы появятся здесь после первой синхронизации или импорта.",
    none_found: "Ничего не нашлось",
    none_found_next: "Нет такой темы, имени или адреса. Сократите запрос или ищите во всех ящиках.",
    clear: "Показать все беседы",
    first_page: "Первая страница",
    next_page: "Более ранние беседы",
    no_subject: "(без темы)",
    nobody: "Отправитель неизвестен",
    pairs_of: "{} на проверке",
    in_mailboxes: "В ящике {}",
    received: "Получено",
    sent: "Отправлено нами",
    to: "кому: {}",
    cc: "копия: {}",
    also_in: "Есть и в ящике {}",
    deleted: "Удалено у провайдера",
    deleted_why: "У провайдера этого письма нет с {}. Здесь оно сохранено.",
    as_text: "Текстом",
    empty_text: "В этом письме нет текста.",
    quoted: "Прежняя переписка",
    footers: "Подпись и приписки",
    attachments: "Вложения",
    download: "Скачать {}",
    too_large: "слишком большое, здесь не хранится",
    off: "вложения здесь не хранятся",
    gone: "у провайдера его больше нет",
    refused: "провайдер его не отдаёт",
    failed: "в прошлый раз не удалось получить",
    fetched_on_demand: "загрузится от провайдера при скачивании",
    show_images: "Показать картинки с других серверов",
    show_images_why: "Отправитель сможет увидеть, что письмо открыли.",
    hide_images: "Скрыть картинки с других серверов",
    own_page: "Открыть на отдельной странице",
    own_page_why: "Там работают ссылки из письма.",
    frame_title: "Письмо от {}",
    open_all: "Раскрыть все письма",
    pairs_title: "Обучающие пары этой беседы",
    pairs_none: "Из этой беседы не вышло обучающих пар.",
    back: "Все беседы",
    too_complex: "Это письмо слишком большое или сложное, чтобы показать его оформление. Вот его текст.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_with_the_same_gaps() {
        let gaps = |text: &str| text.matches("{}").count();
        for ((name, english), (_, russian)) in EN.each().into_iter().zip(RU.each()) {
            assert_eq!(gaps(english), gaps(russian), "{name}: {english} / {russian}");
            assert_ne!(english, russian, "{name} is not translated");
        }
    }
}
