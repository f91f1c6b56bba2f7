//! The words of the drafts of a thread.

use replybook::types::{DoubtKind, DraftWarning, Intent, Sentiment, Urgency};

use crate::words::texts;

texts! {
    /// A draft of an answer.
    pub(super) Words:
    title: "Draft answer" | "Черновик ответа";
    go: "Draft answer" | "Черновик ответа";
    about_model(name, host, model): "The client’s question, the thread and the nearest approved answers of this mailbox go to {name} ({host}, model {model}). Names, addresses, phone numbers and other personal details that are recognized are replaced by placeholders first; look at what is sent. Nothing is sent to the client." | "Вопрос клиента, беседа и ближайшие одобренные ответы этого ящика уйдут в {name} ({host}, модель {model}). Распознанные имена, адреса, телефоны и другие личные данные сначала заменяются метками; посмотрите, что именно уйдёт. Клиенту ничего не отправляется.";
    about_template: "No AI provider is set up, so the nearest past answer is offered as a template. Nothing leaves this server, and nothing is sent to the client." | "AI-провайдер не настроен, поэтому ближайший прошлый ответ предлагается как шаблон. Ничего не покидает этот сервер, и клиенту ничего не отправляется.";
    set_up: "Set up a provider" | "Настроить провайдера";
    draft: "Draft an answer" | "Составить черновик";
    template: "Suggest a past answer" | "Предложить прошлый ответ";
    preview: "See exactly what is sent" | "Что именно будет отправлено";
    hide_preview: "Hide what is sent" | "Скрыть отправляемое";
    preview_title: "This is what would leave this server" | "Вот что покинет этот сервер";
    preview_ids: "The ids of past answers and the marks around mail are new in each run." | "Номера прошлых ответов и метки вокруг писем в каждом запуске новые.";
    preview_nothing: "Nothing: there is no provider." | "Ничего: провайдера нет.";
    shortened: "Texts were shortened, or past answers left out, to fit." | "Тексты сокращены или часть прошлых ответов опущена, чтобы уместиться.";
    hidden_title(values): "Replaced before sending: {values}" | "Заменено перед отправкой: {values}";
    you_answered: "You have already answered this message:" | "На это письмо уже ответили:";
    anyway_why: "A draft made now takes that answer into account." | "Черновик учтёт этот ответ.";
    anyway_template: "A template does not know of that answer." | "Шаблон этого ответа не учитывает.";
    anyway: "Draft anyway" | "Всё равно составить черновик";
    again: "Draft again" | "Составить заново";
    again_template: "Look again" | "Поискать снова";
    note: "What should be different? (optional)" | "Что изменить? (необязательно)";
    note_was(note): "Asked for: “{note}”" | "Просили: «{note}»";
    writing: "The model is writing. What it has written so far is checked sentence by sentence, and again as a whole at the end." | "Модель пишет. Написанное проверяется по предложениям и ещё раз целиком в конце.";
    reload: "Show what is there by now" | "Показать, что уже есть";
    cancel: "Cancel" | "Отменить";
    cancelled_told: "The draft is cancelled. What the call may have cost counts." | "Черновик отменён. То, что мог стоить вызов, учтено.";
    cancelled: "This draft was cancelled." | "Этот черновик отменён.";
    failed: "There is no draft." | "Черновика нет.";
    broke_off: "It broke off here. Each sentence was checked, the draft as a whole was not." | "Здесь всё оборвалось. Каждое предложение проверено, черновик целиком — нет.";
    by_model(model): "Draft by {model}" | "Черновик: {model}";
    by_template: "Template from a past answer" | "Шаблон из прошлого ответа";
    template_why: "This is a past answer to another client, not a new one. Fill in what stands in brackets, and read it before you use it." | "Это прошлый ответ другому клиенту, а не новый. Заполните то, что в скобках, и прочитайте, прежде чем использовать.";
    template_language: "It is in another language than the client’s message." | "Он на другом языке, чем письмо клиента.";
    asked_by(who): "asked by {who}" | "запросил(а) {who}";
    not_backed: "not backed" | "не подтверждено";
    promise: "promise" | "обещание";
    from_client(what): "only the client says: {what}" | "это говорит только клиент: {what}";
    source(number, subject): "Source {number}: {subject}" | "Источник {number}: {subject}";
    sources: "Rests on" | "На чём основано";
    no_sources: "It rests on no past answer." | "Ни один прошлый ответ его не подтверждает.";
    thread: "Whole thread" | "Вся беседа";
    pair: "Open the pair" | "Открыть пару";
    source_gone: "deleted since" | "с тех пор удалён";
    source_not_approved: "no longer approved" | "больше не одобрен";
    near(percent): "{percent} % of the question matches" | "совпадает {percent} % вопроса";
    no_subject: "(no subject)" | "(без темы)";
    strong: "Well backed" | "Хорошо подтверждён";
    partial: "Partly backed" | "Частично подтверждён";
    weak: "Hardly backed" | "Почти не подтверждён";
    score(score): "{score} of 100 by the evidence" | "{score} из 100 по источникам";
    backed(percent): "{percent} % of the text is backed" | "подтверждено {percent} % текста";
    agreement(percent): "the past answers agree to {percent} %" | "прошлые ответы согласны на {percent} %";
    nearest(percent): "the nearest one matches {percent} % of the question" | "ближайший совпадает с вопросом на {percent} %";
    own_word(percent): "The model itself says {percent} %; that does not count." | "Сама модель говорит {percent} %; это не учитывается.";
    reads_as(what): "How the model reads the message: {what}." | "Как модель поняла письмо: {what}.";
    taken_out(number): "Taken out of the draft: {number}" | "Убрано из черновика: {number}";
    signature: "signature" | "подпись";
    copy: "Copy the draft" | "Скопировать черновик";
    copied: "Copied" | "Скопировано";
    tokens(sent, answered): "{sent} tokens sent, {answered} answered" | "отправлено токенов: {sent}, в ответе: {answered}";
    hidden(values): "{values} replaced before sending" | "заменено перед отправкой: {values}";
    versions: "Versions" | "Версии";
    beside(when): "Compare with the one of {when}" | "Сравнить с версией {when}";
    alone: "Show only the latest" | "Показать только последнюю";
    settings: "AI settings" | "Настройки AI";
    ask_admin: "Ask an administrator of your team to look at the AI settings." | "Попросите администратора проверить настройки AI.";
    interrupted: "The server stopped while the model was writing. Try again." | "Сервер остановился, пока модель писала. Попробуйте ещё раз.";
    database: "The key or the budget could not be read, so nothing was sent. Try again." | "Не удалось прочитать ключ или бюджет, поэтому ничего не отправлено. Попробуйте ещё раз.";
    nonsense_empty: "The model answered nothing. Try again, or choose another model." | "Модель ничего не ответила. Попробуйте ещё раз или выберите другую модель.";
    nonsense_cut: "The model’s answer ends in the middle. Try again, or choose another model." | "Ответ модели обрывается на середине. Попробуйте ещё раз или выберите другую модель.";
    nonsense_form: "The model did not answer in the form it was asked for. Try again, or choose a larger model." | "Модель ответила не в той форме, о которой её просили. Попробуйте ещё раз или выберите модель побольше.";
    nonsense_long: "The model’s answer is too long for an email. Try again with a note." | "Ответ модели слишком длинный для письма. Попробуйте ещё раз с пометкой.";
    nonsense_repeats: "The model repeats itself over and over. Try again, or choose another model." | "Модель повторяет одно и то же. Попробуйте ещё раз или выберите другую модель.";
    unsupported: "in none of its sources:" | "этого нет в источниках:";
    other_language: "its sources are in another language" | "источники на другом языке";
    secret: "asks for a password, card, document or code" | "просит пароль, карту, документ или код";
    unrelated: "its sources say something else" | "источники о другом";
    opposite: "its sources say the opposite" | "источники говорят обратное";
    number: "number" | "число";
    amount: "amount" | "сумма";
    percentage: "percentage" | "процент";
    date: "date" | "дата";
    time: "time" | "время";
    phone: "phone number" | "телефон";
    name: "name" | "имя";
    code: "code" | "код";
    account: "bank account" | "счёт";
    link: "link taken out" | "убрана ссылка";
    address: "address taken out" | "убран адрес";
    foreign: "another client’s detail taken out" | "убраны данные другого клиента";
    placeholder: "placeholder without a value" | "метка без значения";
    wrong_language: "It is in another language than the client’s message." | "Он на другом языке, чем письмо клиента.";
    signature_cut: "A signature was cut off: it is added once, where mail is sent." | "Подпись убрана: она добавляется один раз при отправке.";
    links_removed: "Links or addresses were taken out that are neither in the thread nor in a past answer." | "Убраны ссылки или адреса, которых нет ни в беседе, ни в прошлых ответах.";
    details_removed: "Personal details of other clients were taken out." | "Убраны личные данные других клиентов.";
    unknown_sources: "The model named past answers that it was not given. They do not count." | "Модель сослалась на ответы, которых ей не давали. Они не учитываются.";
    extra_parts: "The model’s answer had parts nobody asked for, like recipients. They were ignored." | "В ответе модели были лишние части, например получатели. Они отброшены.";
    hidden_characters: "Invisible or misleading characters were taken out." | "Убраны невидимые или обманчивые символы.";
    promises: "It promises something that no past answer promises." | "Он обещает то, чего не обещал ни один прошлый ответ.";
    answered: "You have already answered this message." | "На это письмо уже ответили.";
    secrets: "It asks for a password, a card, a document or a code, as no past answer does." | "Он просит пароль, карту, документ или код, чего нет ни в одном прошлом ответе.";
    long: "It is far longer than this mailbox’s answers." | "Он намного длиннее обычных ответов этого ящика.";
    intent_information: "a question" | "вопрос";
    intent_order: "an order" | "заказ";
    intent_delivery: "delivery" | "доставка";
    intent_problem: "a problem" | "неполадка";
    intent_complaint: "a complaint" | "жалоба";
    intent_return: "a return or refund" | "возврат";
    intent_payment: "a payment" | "оплата";
    intent_cancellation: "a cancellation" | "отмена";
    intent_appointment: "an appointment" | "встреча или запись";
    intent_thanks: "thanks" | "благодарность";
    intent_other: "something else" | "другое";
    positive: "friendly" | "доброжелательно";
    neutral: "neutral" | "нейтрально";
    negative: "unhappy" | "недовольно";
    low: "not urgent" | "не срочно";
    medium: "soon" | "скоро";
    high: "urgent" | "срочно";
}

impl Words {
    /// What speaks against a sentence; nothing for what its standing says already.
    pub(super) fn doubt(self, kind: DoubtKind) -> Option<&'static str> {
        Some(match kind {
            DoubtKind::NoSource | DoubtKind::Promise => return None,
            DoubtKind::Unrelated => self.unrelated(),
            DoubtKind::Unsupported => self.unsupported(),
            DoubtKind::OtherLanguage => self.other_language(),
            DoubtKind::Secret => self.secret(),
            DoubtKind::Opposite => self.opposite(),
            DoubtKind::Number => self.number(),
            DoubtKind::Amount => self.amount(),
            DoubtKind::Percentage => self.percentage(),
            DoubtKind::Date => self.date(),
            DoubtKind::Time => self.time(),
            DoubtKind::Phone => self.phone(),
            DoubtKind::Name => self.name(),
            DoubtKind::Code => self.code(),
            DoubtKind::Account => self.account(),
            DoubtKind::Link => self.link(),
            DoubtKind::Address => self.address(),
            DoubtKind::Foreign => self.foreign(),
            DoubtKind::Placeholder => self.placeholder(),
        })
    }

    /// What somebody should look at before they use a draft.
    pub(super) fn warning(self, warning: DraftWarning) -> &'static str {
        match warning {
            DraftWarning::WrongLanguage => self.wrong_language(),
            DraftWarning::SignatureCut => self.signature_cut(),
            DraftWarning::LinksRemoved => self.links_removed(),
            DraftWarning::DetailsRemoved => self.details_removed(),
            DraftWarning::UnknownSources => self.unknown_sources(),
            DraftWarning::ExtraParts => self.extra_parts(),
            DraftWarning::HiddenCharacters => self.hidden_characters(),
            DraftWarning::Promises => self.promises(),
            DraftWarning::Answered => self.answered(),
            DraftWarning::Secrets => self.secrets(),
            DraftWarning::Long => self.long(),
        }
    }

    /// What the client wants.
    pub(super) fn intent(self, intent: Intent) -> &'static str {
        match intent {
            Intent::Information => self.intent_information(),
            Intent::Order => self.intent_order(),
            Intent::Delivery => self.intent_delivery(),
            Intent::Problem => self.intent_problem(),
            Intent::Complaint => self.intent_complaint(),
            Intent::Return => self.intent_return(),
            Intent::Payment => self.intent_payment(),
            Intent::Cancellation => self.intent_cancellation(),
            Intent::Appointment => self.intent_appointment(),
            Intent::Thanks => self.intent_thanks(),
            Intent::Other => self.intent_other(),
        }
    }

    /// How the client sounds.
    pub(super) fn sentiment(self, sentiment: Sentiment) -> &'static str {
        match sentiment {
            Sentiment::Positive => self.positive(),
            Sentiment::Neutral => self.neutral(),
            Sentiment::Negative => self.negative(),
        }
    }

    /// How soon an answer is needed.
    pub(super) fn urgency(self, urgency: Urgency) -> &'static str {
        match urgency {
            Urgency::Low => self.low(),
            Urgency::Medium => self.medium(),
            Urgency::High => self.high(),
        }
    }
}
