//! What the page of one account says.

use crate::words::texts;

texts! {
    /// The page of one account.
    pub(crate) Words:
    state_title: "State" | "Состояние";
    last_sync: "Last sync" | "Последняя синхронизация";
    next_sync: "Next sync" | "Следующая";
    next_stopped: "not by itself: the email monitor is stopped" | "сама не начнётся: монитор почты остановлен";
    next_no_worker: "not by itself: no worker is running" | "сама не начнётся: фоновая служба не запущена";
    next_disabled: "not while the account is disabled" | "не начнётся, пока аккаунт отключён";
    next_problem: "not before somebody mends the account" | "не начнётся, пока аккаунт не починят";
    waits: "Waits, because" | "Ждёт, потому что";
    waits_until(why, left): "{why}, {left} left" | "{why}, осталось {left}";
    stored: "Stored here" | "Сохранено здесь";
    covered: "Complete" | "Почта полная";
    covered_since(date): "since {date}" | "с {date}";
    covered_all: "from the first message on" | "с первого письма";
    covered_none: "not yet: the first sync is to come" | "пока нет: первая синхронизация впереди";
    deleted: "Mail deleted at the provider" | "Письма, удалённые у провайдера";
    deleted_keep: "kept here, its pairs are marked" | "остаются здесь, их пары помечаются";
    deleted_remove: "removed here, its pairs are marked" | "удаляются и здесь, их пары помечаются";
    sync_now: "Sync now" | "Синхронизировать";
    older_title: "Older mail" | "Старая почта";
    older_about: "Fetched a little at a time: new mail always goes first, and you can pause at any moment." | "Загружается понемногу: новая почта всегда идёт первой, и в любой момент можно сделать паузу.";
    older_first: "It begins when the first sync is done." | "Загрузка начнётся после первой синхронизации.";
    older_all: "All mail of this account is here." | "Вся почта этого аккаунта уже здесь.";
    span: "How far back" | "За какое время";
    days_90: "90 days" | "90 дней";
    year: "1 year" | "1 год";
    since: "Since a date" | "С даты";
    since_date: "The date" | "Дата";
    everything: "Everything" | "Вся почта";
    here_already: "here already" | "уже здесь";
    estimate(messages): "about {messages} more" | "ещё около {messages}";
    estimate_time(messages, time): "about {messages} more, {time}" | "ещё около {messages}, {time}";
    estimate_all: "as much as there is" | "сколько есть";
    older_go: "Fetch older mail" | "Загрузить старую почту";
    older_going: "Older mail is being fetched. When that is over, you can choose another span here." | "Старая почта загружается. Когда загрузка закончится, здесь можно будет выбрать другой срок.";
    history_title: "History" | "История";
    history_about(n): "Messages of the newest {n} runs, the latest at the right." | "Письма последних запусков (их {n}), самый новый справа.";
    chart(runs, messages, bad): "{runs} runs brought {messages} messages; {bad} of them did not end well. The table below has every run." | "Запусков: {runs}, писем: {messages}, неудачных запусков: {bad}. В таблице ниже есть каждый запуск.";
    legend_done: "done" | "готово";
    legend_partial: "partly done" | "готово частично";
    legend_failed: "failed" | "не удалось";
    legend_stopped: "interrupted or cancelled" | "прервано или отменено";
    legend_open: "going on" | "идёт";
    when: "Begun" | "Начало";
    what: "What" | "Что";
    result: "Result" | "Итог";
    new_messages: "Messages" | "Писем";
    pairs: "New pairs" | "Новых пар";
    took: "Took" | "Заняло";
    run_of(when, result, messages): "{when}: {result}, {messages} messages" | "{when}: {result}, писем: {messages}";
    all_runs: "Earlier runs" | "Более ранние запуски";
    no_run: "No run yet." | "Запусков ещё не было.";
    skipped_title: "Made no pair" | "Не стали парой";
    aside_title: "Messages set aside" | "Отложенные письма";
    aside_about: "These could not be fetched, read or stored. The rest of the mailbox is not affected; they are tried again by themselves a few times." | "Их не удалось загрузить, прочитать или сохранить. На остальную почту это не влияет; несколько раз они пробуются снова сами.";
    aside_none: "Nothing is set aside." | "Отложенных писем нет.";
    aside_message: "Message" | "Письмо";
    aside_why: "Why" | "Причина";
    aside_last: "Last tried" | "Последняя попытка";
    aside_shown(shown, all): "{shown} of {all} are shown." | "Показано {shown} из {all}.";
    retry: "Try again" | "Попробовать снова";
    retry_named(id): "Try again: message {id}" | "Попробовать снова: письмо {id}";
    retry_all: "Try all again" | "Попробовать снова все";
    done_backfill: "Queued: it begins once a worker is free." | "В очереди: загрузка начнётся, как только освободится служба.";
    done_retry(messages): "The next sync tries again: {messages}." | "Следующая синхронизация попробует снова: {messages}.";
    backfill_running: "Older mail of this account is being fetched already." | "Старая почта этого аккаунта уже загружается.";
}
