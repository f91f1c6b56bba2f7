//! The words of the review: what its island draws with.

use replybook::types::{PairStatus, RejectReason};

use crate::words::texts;

impl Words {
    /// A status as it is shown beside a pair.
    pub(crate) fn status_word(self, status: PairStatus) -> &'static str {
        match status {
            PairStatus::New => self.undecided(),
            PairStatus::Approved => self.approved(),
            PairStatus::Rejected => self.rejected(),
        }
    }

    /// What a decision came to.
    pub(crate) fn decided(self, status: PairStatus) -> &'static str {
        match status {
            PairStatus::New => self.reset_toast(),
            PairStatus::Approved => self.approved_toast(),
            PairStatus::Rejected => self.rejected_toast(),
        }
    }
}

impl Words {
    /// Why a pair was rejected, in one or two words.
    pub(crate) fn reason(self, reason: RejectReason) -> &'static str {
        match reason {
            RejectReason::Wrong => self.wrong(),
            RejectReason::Incomplete => self.incomplete(),
            RejectReason::Outdated => self.outdated(),
            RejectReason::Private => self.private(),
            RejectReason::OffTopic => self.off_topic(),
            RejectReason::Other => self.other(),
        }
    }
}

texts! {
    /// AI Email Training.
    pub(crate) Words:
    undecided: "new" | "новая";
    approved: "approved" | "одобрена";
    rejected: "rejected" | "отклонена";
    wrong: "wrong" | "неверно";
    incomplete: "incomplete" | "неполно";
    outdated: "outdated" | "устарело";
    private: "private" | "личное";
    off_topic: "off topic" | "не по теме";
    other: "other" | "другое";
    why(name): "Why is {name} rejected?" | "Почему отклонена пара {name}?";
    reason_label: "Reason" | "Причина";
    no_reason: "none" | "не указана";
    note: "Note" | "Заметка";
    save_note: "Save note" | "Сохранить заметку";
    try_again: "Try again" | "Повторить";
    edit: "Edit" | "Изменить";
    save: "Save" | "Сохранить";
    save_and_approve: "Save and approve" | "Сохранить и одобрить";
    edited_toast(name): "Edited: {name}" | "Изменено: {name}";
    edit_undone: "The edit was undone." | "Правка отменена.";
    discard: "Discard what you typed?" | "Отбросить введённое?";
    steps_undone(pairs): "Undone: {pairs}." | "Отменено: {pairs}.";
    steps_stayed(undone, stayed): "{undone} Changed by somebody since, left as they are: {stayed}." | "{undone} С тех пор изменены кем-то и оставлены как есть: {stayed}.";
    undo_last: "Take back the last step" | "Отменить последний шаг";
    done_title: "Nothing left here" | "Здесь всё";
    done: "That was the last pair of this list." | "Это была последняя пара в списке.";
    skipped(pairs): "Left undecided on the way: {pairs}." | "Остались без решения: {pairs}.";
    to_skipped: "Go to the first of them" | "К первой из них";
    to_list: "Back to the list" | "К списку";
    tab_new: "New" | "Новые";
    tab_approved: "Approved" | "Одобренные";
    tab_rejected: "Rejected" | "Отклонённые";
    tab_all: "All" | "Все";
    status: "Status" | "Статус";
    provider: "Provider" | "Провайдер";
    any_provider: "All providers" | "Все провайдеры";
    filters: "Filters" | "Фильтры";
    subject: "Subject" | "Тема";
    client: "Client" | "Клиент";
    reply: "Our reply" | "Наш ответ";
    approve: "Approve" | "Одобрить";
    pick(name): "Select {name}" | "Выбрать {name}";
    pick_all: "Select all shown" | "Выбрать все показанные";
    reject: "Reject" | "Отклонить";
    reset: "Reset" | "В новые";
    saving: "saving…" | "сохраняем…";
    pair: "Pair" | "Пара";
    no_subject: "(no subject)" | "(без темы)";
    empty_new: "Nothing to review." | "Проверять нечего.";
    empty_new_next: "New pairs appear here after the next sync." | "Новые пары появятся здесь после следующей синхронизации.";
    empty_filtered: "No pair matches these filters." | "Под эти фильтры не подходит ни одна пара.";
    empty_filtered_next: "Show every pair" | "Показать все пары";
    empty_found: "No pair matches this search." | "По этому запросу ничего не найдено.";
    empty_found_next: "Every word has to be in the pair. Try fewer words, or look under all statuses." | "В паре должно быть каждое слово. Уберите часть слов или посмотрите все статусы.";
    not_found_yet: "Not found yet." | "Пока не найдено.";
    not_found_yet_next: "Some of the pairs with these words have been looked through. “Next page” goes on." | "Просмотрена часть пар с этими словами. «Следующая страница» продолжит поиск.";
    view_saved(name): "Saved as “{name}”." | "Сохранено как «{name}».";
    view_deleted: "Saved search deleted." | "Сохранённый поиск удалён.";
    clear_search: "Clear the search" | "Сбросить поиск";
    empty_none: "No pairs yet." | "Пар пока нет.";
    empty_none_next: "Connect a mailbox or load the sample on the Integrations page: pairs are made from its threads." | "Подключите ящик или загрузите пример на странице «Интеграции»: пары создаются из бесед.";
    empty_none_ask: "Pairs are made from the threads of the connected mailboxes. Ask an administrator of your team to connect one." | "Пары создаются из бесед подключённых ящиков. Попросите администратора подключить ящик.";
    to_integrations: "Go to Integrations" | "К интеграциям";
    next_page: "Next page" | "Следующая страница";
    previous_page: "Previous page" | "Предыдущая страница";
    first_page: "First page" | "Первая страница";
    left: "Left to review:" | "Осталось проверить:";
    all_decided: "Every pair on this page is decided." | "По всем парам на этой странице есть решение.";
    load_next: "Show the next ones" | "Показать следующие";
    approved_toast: "Approved." | "Одобрено.";
    rejected_toast: "Rejected." | "Отклонено.";
    reset_toast: "Reset to new." | "Возвращено в новые.";
    failed_toast(why): "Not saved: {why}" | "Не сохранено: {why}";
    nothing_to_reset: "This pair has not been decided yet." | "Решения по этой паре ещё нет.";
    nothing_to_undo: "There is nothing to undo." | "Отменять нечего.";
    previous_pair: "Previous" | "Предыдущая";
    next_pair: "Next" | "Следующая";
    position(place, all): "{place} of {all} on this page" | "{place} из {all} на этой странице";
    originals: "Original mail" | "Исходные письма";
    cleaned: "Cleaned" | "Очищенные";
    more_like_this(similar): "{similar} like this" | "ещё {similar}";
    group_title: "Similar replies" | "Похожие ответы";
    group_of(pairs, undecided): "{pairs} with nearly the same reply, {undecided} undecided. What differs from the first is underlined." | "Почти один и тот же ответ: {pairs}, без решения {undecided}. Отличия от первого подчёркнуты.";
    group_approve(n): "Approve all {n}" | "Одобрить все {n}";
    group_reject(n): "Reject all {n}" | "Отклонить все {n}";
    group_leave: "Back to all pairs" | "Ко всем парам";
    keep_one: "Keep this one, reject the rest" | "Оставить эту, отклонить остальные";
    group_undone(pairs): "Undecided again: {pairs}." | "Снова без решения: {pairs}.";
    about_pair(what, subject): "{what} {subject}" | "{what} {subject}";
    overtaken(subject, why): "{subject}: {why}" | "{subject}: {why}";
    answered: "Answered" | "Дата ответа";
    group_decided(pairs): "Decided: {pairs}." | "Решено: {pairs}.";
}

texts! {
    /// What an open pair is drawn with.
    pub(crate) SheetWords:
    put_back: "Put back" | "Вернуть";
    remove_again: "Remove again" | "Убрать снова";
    kept(kind): "put back: {kind}" | "возвращено: {kind}";
    edited: "edited" | "изменена";
    edited_why: "Somebody changed its texts: the pair no longer follows its mail." | "Тексты изменены вручную: пара больше не следует за почтой.";
    edited_by(who): "Edited by {who}" | "Изменил(а): {who}";
    before_edit: "Before it was edited" | "До правки";
    after_edit: "Now" | "Сейчас";
    in_pair: "In this pair" | "В этой паре";
    in_mail: "In the mail now" | "Сейчас в почте";
    adopt: "Use the text of the mail" | "Взять текст из почты";
    keep: "Keep this pair as it is" | "Оставить пару как есть";
    as_it_came: "As it came" | "Как пришло";
    in_the_pair: "In the pair" | "В паре";
    decided_then: "The decision stays as it is." | "Решение не изменится.";
    taken_out(kind): "removed: {kind}" | "убрано: {kind}";
    put_in(kind): "put back: {kind}" | "возвращено: {kind}";
    whole_thread: "Read the whole thread" | "Вся беседа";
}
