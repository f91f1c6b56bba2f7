//! Stored mail to read: the list of threads, and one thread. No islands: there is nothing here that a form, a link and a
//! `<details>` do not do, and the mail itself sits in frames that run nothing.

pub mod draft_forms;
mod draft_words;
mod drafts;
pub mod forms;
mod list;
mod place;
mod thread;

use replybook::html;

use crate::{prefs::Prefs, words::texts};

pub use list::Threads;
pub use thread::ThreadPage;
pub(in crate::pages) use thread::{Look, Mail};

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
    about: "All stored mail, by conversation. A message that is in several mailboxes is shown once." | "Вся сохранённая почта по беседам. Письмо, которое есть в нескольких ящиках, показано один раз.";
    search: "Search" | "Найти";
    search_label: "Words, names or addresses" | "Слова, имена или адреса";
    none_yet: "No mail yet" | "Писем пока нет";
    none_yet_next: "Threads appear here after the first sync or import." | "Беседы появятся здесь после первой синхронизации или импорта.";
    none_yet_ask: "Threads appear here after the first sync or import. Ask an administrator of your team to connect a mailbox." | "Беседы появятся здесь после первой синхронизации или импорта. Попросите администратора подключить ящик.";
    none_found: "Nothing found" | "Ничего не нашлось";
    none_found_next: "No thread has all of these words in its texts, subjects, names or addresses. Use fewer words, or search all mailboxes." | "Ни в одной беседе нет всех этих слов: ни в письмах, ни в темах, ни в именах и адресах. Сократите запрос или ищите во всех ящиках.";
    incomplete(threads): "Still being indexed: {threads}. The search may miss them for a while." | "Ещё индексируется: {threads}. Какое-то время поиск может их не находить.";
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
    more_recipients(recipients): "and {recipients}" | "и ещё {recipients}";
    also_in(what): "Also in {what}" | "Есть также в: {what}";
    deleted: "Deleted at the provider" | "Удалено у провайдера";
    deleted_why: "The copy here is kept. Deleted at the provider:" | "Копия здесь сохранена. Удалено у провайдера:";
    encrypted: "Encrypted" | "Зашифровано";
    encrypted_why: "This mail is encrypted. It can be read only in a mail program that has the key." | "Письмо зашифровано. Прочитать его можно только в почтовой программе, где есть ключ.";
    signed: "Signed" | "С подписью";
    unverified: "Sender in doubt" | "Отправитель под вопросом";
    unverified_why: "It carries one of your addresses, but it is not in the sent mail of this mailbox, or the receiving server reports a forged sender. It is not used for pairs." | "В письме указан ваш адрес, но среди отправленных этого ящика его нет, или сервер получателя счёл отправителя поддельным. Для пар оно не используется.";
    confirm_sender: "We sent this" | "Это письмо отправили мы";
    confirmed: "Confirmed as ours" | "Подтверждено: наше";
    doubt_sender: "Take that back" | "Отменить подтверждение";
    sender_confirmed: "The message counts as ours from now on." | "Теперь письмо считается нашим.";
    sender_doubted: "The message no longer counts as confirmed." | "Письмо больше не считается подтверждённым.";
    as_text: "As text" | "Текстом";
    truncated: "This thread is very large: only the beginning of this message is shown." | "Беседа очень длинная: показано только начало этого письма.";
    empty_text: "This message has no text." | "В этом письме нет текста.";
    quoted: "Earlier mail" | "Прежняя переписка";
    footers: "Signature and footers" | "Подпись и приписки";
    attachments: "Attachments" | "Вложения";
    download(what): "Download {what}" | "Скачать {what}";
    too_large: "too large to be kept here" | "слишком большое, здесь не хранится";
    off: "attachments are not kept here" | "вложения здесь не хранятся";
    gone: "the provider no longer has it" | "у провайдера его больше нет";
    refused: "the provider refuses to send it" | "провайдер его не отдаёт";
    failed: "could not be fetched last time" | "в прошлый раз не удалось получить";
    fetched_on_demand: "fetched from the provider when you download it" | "загрузится от провайдера при скачивании";
    show_images: "Show pictures from other servers" | "Показать картинки с других серверов";
    show_images_why: "The sender can then see that it was opened." | "Отправитель сможет увидеть, что письмо открыли.";
    hide_images: "Hide pictures from other servers" | "Скрыть картинки с других серверов";
    own_page: "Open in a separate page" | "Открыть на отдельной странице";
    own_page_why: "Links in the message work there." | "Там работают ссылки из письма.";
    frame_title(what): "Message from {what}" | "Письмо от {what}";
    similar: "Similar past cases" | "Похожие случаи";
    open_all: "Open all messages" | "Раскрыть все письма";
    earlier(messages): "Show earlier messages ({messages} in all)" | "Показать более ранние (всего {messages})";
    latest: "Show the latest messages" | "Показать последние письма";
    pairs_title: "Training pairs of this thread" | "Обучающие пары этой беседы";
    pair_new: "new" | "новая";
    pair_approved: "approved" | "одобрена";
    pair_rejected: "rejected" | "отклонена";
    pairs_none: "No training pairs in this thread." | "В этой беседе нет обучающих пар.";
    back: "All threads" | "Все беседы";
    back_to_search(text): "Back to the search for “{text}”" | "Назад к поиску «{text}»";
    back_to_list: "Back to the list" | "Назад к списку";
    too_complex: "This message is too large or too complex to show with its formatting. This is its text." | "Это письмо слишком большое или сложное, чтобы показать его оформление. Вот его текст.";
}
