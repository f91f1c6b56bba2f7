//! Conversations: the list of those that need a reply, wait, are put off or done, and one with its mail. No islands: what is done here is a
//! form, and the keys press its buttons.

pub mod forms;
mod list;
mod open;
mod place;

use chrono::{DateTime, Utc};
use replybook::types::{Conversation, ConversationState};

use crate::{
    ui::parts::Tone,
    words::{Voice, texts},
};

pub use list::{Conversations, mark};
pub use open::ConversationPage;

/// How a state is called, and how it looks.
fn state_word(words: Words, state: ConversationState) -> (Tone, &'static str) {
    match state {
        ConversationState::NeedsReply => (Tone::Warn, words.one_needs_reply()),
        ConversationState::Waiting => (Tone::Idle, words.one_waiting()),
        ConversationState::Snoozed => (Tone::Idle, words.one_snoozed()),
        ConversationState::Archived => (Tone::Good, words.one_archived()),
    }
}

/// How those of a state are called together.
fn states_word(words: Words, state: ConversationState) -> &'static str {
    match state {
        ConversationState::NeedsReply => words.needs_reply(),
        ConversationState::Waiting => words.waiting(),
        ConversationState::Snoozed => words.snoozed(),
        ConversationState::Archived => words.archived(),
    }
}

/// For how long a client waits.
fn waits(voice: Voice, since: DateTime<Utc>) -> String {
    Words(voice.lang).waits(voice.duration((voice.now - since).num_seconds().max(0)))
}

/// The subject, or that there is none.
fn subject(words: Words, one: &Conversation) -> String {
    let subject = one.subject.clone().filter(|subject| !subject.trim().is_empty());
    subject.unwrap_or_else(|| words.no_subject().to_owned())
}

/// How the client is called: by name, else by address.
fn client(words: Words, one: &Conversation) -> String {
    let known = one.client_name.as_ref().or(one.client_address.as_ref());
    known.cloned().unwrap_or_else(|| words.nobody_known().to_owned())
}

texts! {
    /// Conversations with clients.
    pub(super) Words:
    title: "Conversations" | "Беседы";
    about: "Who waits for an answer, who answers, and what is done. New mail moves a conversation by itself." | "Кто ждёт ответа, кто отвечает и что уже сделано. Новое письмо само переносит беседу.";
    states: "Where they stand" | "Состояние";
    needs_reply: "Needs reply" | "Ждут ответа";
    waiting: "Waiting" | "Ждём клиента";
    snoozed: "Snoozed" | "Отложены";
    archived: "Archived" | "В архиве";
    one_needs_reply: "Needs reply" | "Ждёт ответа";
    one_waiting: "Waiting" | "Ждём клиента";
    one_snoozed: "Snoozed" | "Отложена";
    one_archived: "Archived" | "В архиве";
    all: "All" | "Все";
    whose: "Assigned to" | "Кому назначены";
    anybody: "Anybody" | "Кому угодно";
    me: "Me" | "Мне";
    nobody: "Nobody" | "Никому";
    order: "Order" | "Порядок";
    newest: "Latest word first" | "Сначала последние";
    longest: "Waiting longest first" | "Сначала те, кто ждёт дольше";
    search: "Search" | "Найти";
    search_label: "Words, names or addresses" | "Слова, имена или адреса";
    no_subject: "(no subject)" | "(без темы)";
    nobody_known: "Unknown client" | "Клиент неизвестен";
    unread: "Unread" | "Не прочитано";
    ours(text): "Us: {text}" | "Мы: {text}";
    no_text: "(no text)" | "(без текста)";
    waits(time): "waits {time}" | "ждёт {time}";
    until: "until" | "до";
    in_mailbox(name): "In {name}" | "В ящике {name}";
    next_page: "Older conversations" | "Более ранние беседы";
    first_page: "First page" | "Первая страница";
    none_yet: "No conversations yet" | "Бесед пока нет";
    none_yet_next: "They appear here after the first sync or import." | "Они появятся здесь после первой синхронизации или импорта.";
    none_needs_reply: "Nobody waits for an answer" | "Никто не ждёт ответа";
    none_waiting: "You wait for nobody" | "Вы никого не ждёте";
    none_snoozed: "Nothing is snoozed" | "Ничего не отложено";
    none_archived: "The archive is empty" | "В архиве пусто";
    none_next: "New mail appears here by itself." | "Новые письма появятся здесь сами.";
    none_found: "Nothing found" | "Ничего не нашлось";
    none_found_next: "Use fewer words, or other filters." | "Сократите запрос или измените фильтры.";
    clear: "Clear the filters" | "Сбросить фильтры";
    incomplete(threads): "Still being read after the update: {threads}. They are missing here for a while." | "После обновления ещё читается: {threads}. Какое-то время их здесь не будет.";
    back: "All conversations" | "К списку бесед";
    list: "The list" | "Список";
    previous: "Previous" | "Предыдущая";
    next: "Next" | "Следующая";
    archive: "Archive" | "В архив";
    unarchive: "Take out of the archive" | "Вернуть из архива";
    archived_told(subject): "Archived: “{subject}”." | "В архиве: «{subject}».";
    archived_next: "What is done is kept here. It comes back by itself when somebody writes something new." | "Здесь лежит то, что сделано. Беседа вернётся сама, когда кто-нибудь напишет что-то новое.";
    unarchived_told: "The conversation is out of the archive." | "Беседа возвращена из архива.";
    snooze: "Snooze" | "Отложить";
    snooze_about: "It comes back then, or sooner if the client asks for something." | "Вернётся в это время или раньше, если клиент о чём-то спросит.";
    for_hours(n): "For {n} hours" | "На {n} ч";
    for_a_day: "For a day" | "На сутки";
    for_days(n): "For {n} days" | "На {n} дн.";
    for_a_week: "For a week" | "На неделю";
    until_day: "Until 9:00 on" | "До 9:00";
    set: "Snooze until then" | "Отложить до этого дня";
    wake: "End snooze" | "Вернуть сейчас";
    snoozed_told(subject): "Snoozed: “{subject}”. It comes back by itself." | "Отложена: «{subject}». Вернётся сама.";
    woken_told: "The conversation is back." | "Беседа возвращена.";
    assign: "Assign" | "Назначить";
    assign_to: "Who answers" | "Кто отвечает";
    take: "Assign to me" | "Назначить мне";
    assigned_told: "Assigned." | "Назначено.";
    unassigned_told: "Nobody has it any more." | "Больше никому не назначено.";
    notes: "Internal notes" | "Внутренние заметки";
    notes_about: "Only your team sees them. They are never sent, and no AI reads them." | "Их видит только ваша команда. Они никуда не отправляются, и AI их не читает.";
    note: "New note" | "Новая заметка";
    add_note: "Add note" | "Добавить";
    delete_note: "Delete" | "Удалить";
    note_added: "Note added." | "Заметка добавлена.";
    note_deleted: "Note deleted." | "Заметка удалена.";
    somebody: "Somebody" | "Кто-то";
    archived_by(name): "archived by {name}" | "в архив: {name}";
    snoozed_by(name): "snoozed by {name}" | "отложено: {name}";
}
