//! Stored mail to read: the list of threads, and one thread. No islands: there is nothing here that a form, a link and a
//! `<details>` do not do, and the mail itself sits in frames that run nothing.

mod forms;
mod list;
mod thread;

use replybook::html;

use crate::{prefs::Prefs, words::texts};

pub use list::Threads;
pub use thread::ThreadPage;

/// What the document of a message says, in the reader's language.
#[must_use]
pub fn html_words(prefs: Prefs) -> html::Words {
    let words = Words(prefs.lang);
    html::Words { lang: prefs.lang.as_str(), quoted: words.quoted(), too_complex: words.too_complex() }
}

/// The subject of a thread, or that it has none.
fn subject(words: Words, subject: Option<String>) -> String {
    subject.filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| words.no_subject().to_owned())
}

texts! {
    /// Stored mail, by conversation.
    pub(super) Words:
    title: "Threads" | "Переписка";
    about: "The mail that is stored here, by conversation. What several mailboxes hold is shown once." | "Письма, которые хранятся здесь, по беседам. То, что есть в нескольких ящиках, показано один раз.";
    search: "Search" | "Найти";
    search_label: "Words, names or addresses" | "Слова, имена или адреса";
    account: "Mailbox" | "Ящик";
    any_account: "All mailboxes" | "Все ящики";
    none_yet: "No mail yet" | "Писем пока нет";
    none_yet_next: "Threads appear here after the first sync or import." | "Беседы появятся здесь после первой синхронизации или импорта.";
    none_found: "Nothing found" | "Ничего не нашлось";
    none_found_next: "No subject, name or address matches. Search for less, or in all mailboxes." | "Нет такой темы, имени или адреса. Сократите запрос или ищите во всех ящиках.";
    clear: "Show all threads" | "Показать все беседы";
    first_page: "First page" | "Первая страница";
    next_page: "Older threads" | "Более ранние беседы";
    no_subject: "(no subject)" | "(без темы)";
    nobody: "Unknown sender" | "Отправитель неизвестен";
    pairs_of(pairs): "{pairs} in review" | "{pairs} на проверке";
    in_mailboxes(names): "In {names}" | "В ящике {names}";
    received: "Received" | "Получено";
    sent: "Sent by us" | "Отправлено нами";
    in_our_name: "In your name" | "От вашего имени";
    to(what): "to {what}" | "кому: {what}";
    cc(what): "copy to {what}" | "копия: {what}";
    also_in(what): "Also in {what}" | "Есть и в ящике {what}";
    deleted: "Deleted at its provider" | "Удалено у провайдера";
    deleted_why(what): "Its provider no longer has this message since {what}. It is kept here." | "У провайдера этого письма нет с {what}. Здесь оно сохранено.";
    unverified: "Perhaps not ours" | "Возможно, не наше";
    unverified_why: "It bears an address of yours, but it is not among the sent mail of this mailbox, or the receiving server says that the sender is forged. It makes no pair." | "В письме ваш адрес, но среди отправленных этого ящика его нет, или сервер получателя счёл отправителя поддельным. Пары из него не выходит.";
    confirm_sender: "We did send it" | "Это письмо отправили мы";
    confirmed: "Confirmed as ours" | "Подтверждено: наше";
    doubt_sender: "Take that back" | "Отменить";
    sender_confirmed: "The message counts as ours from now on." | "Теперь письмо считается нашим.";
    sender_doubted: "The message no longer counts as confirmed." | "Письмо больше не считается подтверждённым.";
    as_text: "As text" | "Текстом";
    truncated: "This thread is very large: only the beginning of this message is shown." | "Переписка очень большая: показано только начало этого письма.";
    empty_text: "This message has no text." | "В этом письме нет текста.";
    quoted: "Earlier mail" | "Прежняя переписка";
    footers: "Signature and footers" | "Подпись и приписки";
    attachments: "Attachments" | "Вложения";
    download(what): "Download {what}" | "Скачать {what}";
    too_large: "too large to be kept here" | "слишком большое, здесь не хранится";
    off: "attachments are not kept here" | "вложения здесь не хранятся";
    gone: "its provider no longer has it" | "у провайдера его больше нет";
    refused: "its provider does not give it" | "провайдер его не отдаёт";
    failed: "could not be fetched last time" | "в прошлый раз не удалось получить";
    fetched_on_demand: "is fetched when you download it" | "загрузится от провайдера при скачивании";
    show_images: "Show pictures from other servers" | "Показать картинки с других серверов";
    show_images_why: "Whoever sent this can then see that it was opened." | "Отправитель сможет увидеть, что письмо открыли.";
    hide_images: "Hide pictures from other servers" | "Скрыть картинки с других серверов";
    own_page: "Open on a page of its own" | "Открыть на отдельной странице";
    own_page_why: "Links in this message work there." | "Там работают ссылки из письма.";
    frame_title(what): "Message from {what}" | "Письмо от {what}";
    open_all: "Open all messages" | "Раскрыть все письма";
    pairs_title: "Training pairs of this thread" | "Обучающие пары этой беседы";
    pair_new: "new" | "новая";
    pair_approved: "approved" | "одобрена";
    pair_rejected: "rejected" | "отклонена";
    pairs_none: "This thread has no training pairs." | "Из этой беседы не вышло обучающих пар.";
    back: "All threads" | "Все беседы";
    too_complex: "This message is too large or too complex to be shown as it was designed. This is its text." | "Это письмо слишком большое или сложное, чтобы показать его оформление. Вот его текст.";
}
