//! The email monitor and the accounts that need a person, as the Integrations page shows them at its top.

pub mod api;
mod jobs;

pub(super) use jobs::{jobs, kind as job_kind};

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    Domain, monitor,
    room::Room,
    types::{
        Account, AccountAuth, AccountProblem, AccountStatus, ConflictCode, EnrollReason, MonitorStatus, Problem,
        Provider,
    },
};

use self::api::{PollMonitor, StartMonitor, StopMonitor};
use super::{
    integrations::{List, reconnect, status_of},
    runs::{self, Case, Words as RunWords},
};
use crate::{
    answer::Told,
    paths,
    prefs::Lang,
    problems,
    ui::{
        parts::{Pill, Tone},
        times::Ago,
        words::nouns,
    },
    words::{Voice, capitalised, texts},
};

/// The first accounts that do not go on without a person, or wait for longer than the interval, each with what to do; and the way to
/// the others.
pub(super) fn attention(voice: Voice, accounts: &[Account], more: usize, room: Option<Room>) -> Option<AnyView> {
    let items: Vec<AnyView> =
        accounts.iter().filter_map(|account| needs(Case { voice, account, room }, true)).collect();
    let more = (more > 0).then(|| {
        let text = Words(voice.lang).more_need(voice.count(&nouns::ACCOUNT, i64::try_from(more).unwrap_or(i64::MAX)));
        view! { <li class="notice warn"><a href=List::needing().place()>{text}</a></li> }
    });
    (!items.is_empty()).then(|| view! { <ul class="stack attention">{items} {more}</ul> }.into_any())
}

/// The same for one account, on its own page.
pub(super) fn attention_to(case: Case<'_>) -> Option<AnyView> {
    needs(case, false).map(|item| view! { <ul class="stack attention">{item}</ul> }.into_any())
}

fn needs(case: Case<'_>, is_listed: bool) -> Option<AnyView> {
    let Case { voice, account, .. } = case;
    let words = Words(voice.lang);
    if account.status == AccountStatus::Disabled {
        return None;
    }
    if account.status == AccountStatus::Error {
        let (tone, status) = status_of(voice.lang, account);
        let about = why(voice.lang, account).to_owned();
        let mend = reconnect(voice.lang, account, "btn small");
        return Some(item(voice.lang, account, is_listed, (tone, status), about, mend));
    }
    if account.found_no_pairs() {
        let runs = RunWords(voice.lang);
        let href = paths::addresses(account.id);
        let check = view! { <a class="btn small" href=href>{runs.check_addresses()}</a> }.into_any();
        let about = runs.no_pairs_note().to_owned();
        return Some(item(voice.lang, account, is_listed, (Tone::Warn, runs.no_pairs()), about, Some(check)));
    }
    // Nobody has to do anything about it.
    if let (Some(there), false) = (&account.pairs_in, is_listed) {
        let open = view! {
            <a class="btn small" href=paths::account(there.account_id)>{RunWords(voice.lang).open_elsewhere()}</a>
        };
        return Some(
            view! {
                <li class="notice idle">
                    <p class="break">{runs::pairs_elsewhere(voice, there)}</p>
                    <div class="row">{open}</div>
                </li>
            }
            .into_any(),
        );
    }
    let until = account.not_before.filter(|until| *until > voice.now)?;
    let code = account.not_before_reason.as_deref().unwrap_or_default();
    let reason = capitalised(runs::reason(voice.lang, code).unwrap_or(code));
    let next = words.waits_until(voice.until(until));
    let (about, act) = match case.meanwhile() {
        Some((cure, act)) => (format!("{cure} {next}"), act),
        None => (format!("{reason}. {next}"), case.again()),
    };
    Some(item(voice.lang, account, is_listed, (Tone::Warn, words.waiting()), about, act))
}

fn item(
    lang: Lang,
    account: &Account,
    is_listed: bool,
    (tone, status): (Tone, &'static str),
    about: String,
    action: Option<AnyView>,
) -> AnyView {
    let class = if tone == Tone::Bad { "notice bad" } else { "notice warn" };
    let named = is_listed.then(|| {
        view! {
            <div class="row">
                <b class="break">{account.display_name.clone()}</b>
                <Pill tone text=status/>
            </div>
        }
    });
    let link = is_listed.then(|| view! { <a href=paths::account(account.id)>{Words(lang).go_there()}</a> });
    view! {
        <li class=class>
            {named}
            <p>{about}</p>
            <div class="row">{action} {link}</div>
        </li>
    }
    .into_any()
}

/// Why the account does not go on by itself, and what to do.
fn why(lang: Lang, account: &Account) -> &'static str {
    let words = Words(lang);
    let is_imap = account.provider_code == Provider::Imap.as_str();
    let is_enrolled = account.meta.auth == Some(AccountAuth::ServiceAccount);
    match account.meta.problem {
        Some(AccountProblem::Reconnect) if is_imap => words.imap_why(),
        Some(AccountProblem::Reconnect) => words.reconnect_why(),
        // By the service account no person ticks boxes at Google.
        Some(AccountProblem::MissingScope) if is_enrolled => problems::enroll(lang, EnrollReason::Delegation),
        Some(AccountProblem::MissingScope) => words.missing_scope_why(),
        Some(AccountProblem::Delegation) => problems::enroll(lang, EnrollReason::Delegation),
        Some(AccountProblem::Clock) => problems::enroll(lang, EnrollReason::Clock),
        Some(AccountProblem::NoMailbox) => problems::enroll(lang, EnrollReason::NoMailbox),
        Some(AccountProblem::MailOff) => words.mail_off_why(),
        Some(AccountProblem::Disconnected) => words.disconnected_why(),
        None => words.error_why(),
    }
}

/// What was queued for the workers: told as done, or with why it waits.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn for_a_worker(domain: &Domain, done: &str) -> Result<Told, Problem> {
    let words = Words(crate::request::lang());
    let why = match monitor::obstacle(domain).await? {
        None => return Ok(Told::good(done)),
        Some(ConflictCode::MonitorStopped) => words.waits_stopped(),
        Some(_) => words.waits_no_worker(),
    };
    Ok(Told::warn(format!("{done} {why}")))
}

/// Whether mail is fetched by itself, by whom, and the buttons.
pub(super) fn panel(voice: Voice, status: &MonitorStatus) -> AnyView {
    let words = Words(voice.lang);
    let has_worker = !status.workers.is_empty();
    let (tone, state) = match (status.enabled, has_worker) {
        (true, true) => (Tone::Good, words.running()),
        (true, false) => (Tone::Bad, words.no_worker()),
        (false, _) => (Tone::Warn, words.stopped()),
    };
    let interval = i64::try_from(status.interval_seconds).unwrap_or(i64::MAX);
    let about = match (status.enabled, has_worker) {
        (true, true) => words.about_running(voice.duration(interval)),
        (true, false) => words.about_no_worker().to_owned(),
        (false, _) => words.about_stopped().to_owned(),
    };
    let next = next_look(voice, status).map(|next| view! { " " {next} });
    let workers = status
        .workers
        .iter()
        .map(|worker| {
            let named = words.worker(&worker.host);
            view! { <li>{named} " " <Ago voice at=worker.started_at/></li> }
        })
        .collect_view();
    let workers = has_worker.then(|| view! { <ul class="muted small">{workers}</ul> });
    view! {
        <section class="card monitor" id="monitor" aria-labelledby="monitor-title">
            <div class="row">
                <h2 id="monitor-title">{words.title()}</h2>
                <Pill tone text=state/>
            </div>
            <div class="row monitor-actions">
                {(status.enabled && has_worker && !status.accounts.is_empty()).then(|| button("poll", PollMonitor::url(), words.poll()))}
                {if status.enabled {
                    button("stop", StopMonitor::url(), words.stop())
                } else {
                    button("start", StartMonitor::url(), words.start())
                }}
            </div>
            <div class="monitor-about"><p>{about} {next}</p> {workers}</div>
        </section>
    }
    .into_any()
}

fn button(name: &'static str, action: &'static str, label: &'static str) -> AnyView {
    view! {
        <form method="post" action=action>
            <button class="btn small" id=format!("monitor-{name}")>{label}</button>
        </form>
    }
    .into_any()
}

/// Which account the worker takes next, and when.
fn next_look(voice: Voice, status: &MonitorStatus) -> Option<String> {
    let next = status.accounts.iter().filter_map(|account| Some((account.next_sync_at?, &account.display_name)));
    let (at, name): (DateTime<Utc>, _) = next.min()?;
    Some(Words(voice.lang).next_look(name, when(voice, at)))
}

/// When something begins by itself: "in 4 min".
pub(super) fn when(voice: Voice, at: DateTime<Utc>) -> String {
    let words = Words(voice.lang);
    if (at - voice.now).num_seconds() < 10 { words.next_now().to_owned() } else { words.next_in(voice.until(at)) }
}

texts! {
    /// The email monitor.
    Words:
    title: "Email monitor" | "Монитор почты";
    running: "running" | "работает";
    stopped: "stopped" | "остановлен";
    no_worker: "no worker" | "нет службы";
    about_running(interval): "Every account is checked every {interval}." | "Каждый аккаунт проверяется раз в {interval}.";
    next_look(account, time): "Next check: {account}, {time}." | "Следующая проверка: {account}, {time}.";
    about_stopped: "Automatic syncing is off, and older mail is not fetched. You can still start a sync by hand." | "Автоматическая синхронизация выключена, старая почта не загружается. Запустить синхронизацию вручную можно.";
    about_no_worker: "New mail is not fetched automatically. The server runs a worker unless it was started with REPLYBOOK_WORKER=off; in that case, start one with “replybook worker”." | "Новая почта сама не загружается. Сервер запускает фоновую службу, если он не запущен с REPLYBOOK_WORKER=off; тогда запустите её командой «replybook worker».";
    worker(host): "Worker on {host}, started" | "Служба на {host}, запущена";
    waits_stopped: "The email monitor is stopped, so this waits until somebody starts it." | "Монитор почты остановлен: придётся подождать, пока его запустят.";
    waits_no_worker: "No worker is running, so this waits until one starts." | "Фоновая служба не запущена: придётся подождать, пока её запустят.";
    start: "Start" | "Запустить";
    stop: "Stop" | "Остановить";
    poll: "Check now" | "Проверить сейчас";
    waiting: "waiting" | "ждёт";
    waits_until(time): "Next automatic try in {time}." | "Следующая попытка начнётся сама через {time}.";
    more_need(accounts): "Others that need attention or are waiting: {accounts}" | "Ещё требуют внимания или ждут: {accounts}";
    go_there: "Details" | "Подробнее";
    imap_why: "The server refuses the stored password. Reconnect the mailbox with the current one." | "Сервер не принимает сохранённый пароль. Переподключите ящик с действующим паролем.";
    reconnect_why: "Google no longer accepts the stored access: it was revoked, the password changed, or it was unused for too long. New mail waits until someone reconnects." | "Google больше не принимает сохранённый доступ: его отозвали, сменился пароль или им долго не пользовались. Новая почта не загружается, пока ящик не переподключат.";
    missing_scope_why: "The permission to read mail is missing. Reconnect and leave the box ticked on Google's page." | "Нет разрешения читать почту. Переподключите ящик и оставьте галочку на странице Google.";
    mail_off_why: "Gmail is switched off for this mailbox. Its administrator has to switch it on again in the Workspace; then reconnect it." | "Gmail для этого ящика выключен. Администратору Workspace нужно снова его включить; затем переподключите ящик.";
    disconnected_why: "Disconnected: the access was deleted, the stored mail is still here. Reconnect to fetch new mail." | "Отсоединён: доступ удалён, сохранённая почта на месте. Переподключите, чтобы загружать новую.";
    error_why: "The last sync failed. Run it again; the result says why." | "Последняя синхронизация не удалась. Запустите ещё раз: в результате будет причина.";
    next_now: "in a few seconds" | "через несколько секунд";
    next_in(time): "in {time}" | "через {time}";
    started: "The email monitor is started." | "Монитор почты запущен.";
    is_stopped: "The email monitor is stopped." | "Монитор почты остановлен.";
    polled(accounts): "Checking {accounts} now." | "Проверяем: {accounts}.";
}
