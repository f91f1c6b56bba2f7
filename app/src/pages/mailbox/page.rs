//! The page itself: what the account needs, what it does, and the state it is in.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    accounts::Senders,
    standing,
    store::DeletedMail,
    types::{Account, AccountId, AccountStatus, NotFoundCode, Problem, RunKind, SyncFailure, SyncRun},
};

use super::{
    api::{AddAddresses, RetrySetAside},
    data::Mailbox,
    history::history,
    older::older_card,
    words::Words,
};
use crate::{
    json::Given,
    page::{Page, Script, Visit},
    pages::{
        integrations::{self, Accounts, RunSync, status_of},
        monitor::{attention_to, when},
        runs::{self, Look, Report, RunProgress, RunWatch, control},
        training::place::Place,
    },
    paths,
    ui::{
        forms::Dialog,
        parts::Pill,
        times::Ago,
        url::Address,
        words::{Common, Nav, nouns},
    },
    words::{Voice, capitalised, day},
};

/// How many of the newest runs are shown.
const RUNS: i64 = 50;
/// How many of the messages set aside are shown.
const SET_ASIDE: i64 = 200;

impl Page for Mailbox {
    const ROUTE: &'static str = paths::ACCOUNT_ROUTE;
    const SCRIPTS: &'static [Script] = &[Script::Islands, Script::Live];

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let id: AccountId = visit.param("id").ok_or_else(|| Problem::not_found(NotFoundCode::Account))?;
        Ok(Self {
            page: standing::account(domain, id, RUNS, SET_ASIDE).await?,
            deleted_mail: domain.settings.sync.deleted_mail,
            units_per_minute: domain.settings.sync.quota_units_per_minute,
        })
    }

    fn title(&self, _: &Visit) -> String {
        self.page.account.display_name.clone()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let voice = visit.voice();
        let account = &self.page.account;
        let (tone, status) = status_of(voice.lang, account);
        let case = runs::Case { voice, account, room: self.page.room };
        let about = format!("{} · {}", account.provider_name, account.external_account_id);
        let sync_now = (self.can_sync() && !self.has_open(RunKind::Sync)).then(|| {
            view! {
                <form method="post" action=RunSync::url()>
                    <input type="hidden" name="id" value=account.id.to_string()/>
                    <button class="btn" id="sync-now">{Words(voice.lang).sync_now()}</button>
                </form>
            }
        });
        view! {
            {self.is_busy().then(|| integrations::refresh_without_scripts(paths::account(account.id)))}
            <div class="head">
                <div>
                    <p class="small"><a href=paths::INTEGRATIONS>"← " {Nav(voice.lang).integrations()}</a></p>
                    <h1 class="break">{account.display_name.clone()}</h1>
                    <p class="muted break">{about}</p>
                </div>
                <div class="row" id="account-status">
                    <Pill tone text=status/>
                    {sync_now}
                </div>
            </div>
            <div id="attention" class="stack">
                {attention_to(case)}
                {case.of_last_run(true)}
            </div>
            {going(case, &self.page.open)}
            <div class="cards two-cards">
                {state_card(voice, &self)}
                {self.page.senders.as_ref().map(|senders| addresses_card(visit, &self, senders))}
                {self.is_synced().then(|| older_card(visit, &self))}
            </div>
            {history(voice, &self.page.recent)}
            {set_aside(voice, &self)}
            {visit
                .query("remove")
                .filter(|address| account.own_addresses().any(|own| own == address))
                .map(|address| remove_question(visit, account, address))}
            {runs::live(Some(account.id), &self.page.mark)}
            <RunWatch/>
        }
        .into_any()
    }
}

/// The runs that are not over, each with its progress and what can be asked of it.
fn going(case: runs::Case<'_>, open: &[SyncRun]) -> AnyView {
    let voice = case.voice;
    let entry = |run: &SyncRun| {
        view! {
            <li data-run=run.id.to_string()>
                <RunProgress run=Given(Report::of(voice.lang, voice.now, run)) look=Look::Entry/>
                {case.of_open(run)}
                <div class="row">{control::buttons(voice.lang, run)}</div>
            </li>
        }
    };
    let runs = open.iter().map(entry).collect_view();
    let list = (!open.is_empty()).then(|| view! { <ul class="card runs">{runs}</ul> });
    view! { <section id="going">{list}</section> }.into_any()
}

/// How things stand with the account.
fn state_card(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let words = Words(voice.lang);
    let account = &mailbox.page.account;
    let last = match account.last_sync_at {
        Some(at) => view! { <Ago voice at/> }.into_any(),
        None => view! { <span class="muted">{Accounts(voice.lang).never_synced()}</span> }.into_any(),
    };
    let waits = account.not_before_reason.as_deref().zip(account.not_before.filter(|until| *until > voice.now));
    let waits = waits.map(|(reason, until)| {
        let text =
            words.waits_until(capitalised(runs::reason(voice.lang, reason).unwrap_or(reason)), voice.until(until));
        fact(words.waits(), text.into_any())
    });
    let pairs = Place::all_of(account.id).address(None);
    let threads = Address::new(paths::THREADS).with("account", Some(account.id.to_string())).into_string();
    let stored = view! {
        <span>{voice.count(&nouns::MESSAGE, account.counts.messages)}</span>
        " · "
        <a href=pairs>{voice.count(&nouns::PAIR, account.counts.pairs)}</a>
        " · "
        <a href=threads>{voice.count(&nouns::THREAD, mailbox.page.threads)}</a>
    };
    let covered = match mailbox.page.covered_since {
        Some(_) if mailbox.is_complete() => words.covered_all().to_owned(),
        Some(since) => words.covered_since(day(since)),
        None => words.covered_none().to_owned(),
    };
    let synced = mailbox.is_synced().then(|| {
        let deleted = match mailbox.deleted_mail {
            DeletedMail::Keep => words.deleted_keep(),
            DeletedMail::Remove => words.deleted_remove(),
        };
        view! {
            {fact(words.next_sync(), next_sync(voice, mailbox).into_any())}
            {waits}
            {fact(words.covered(), covered.into_any())}
            {fact(words.deleted(), view! { {deleted} " " <code>{setting(mailbox.deleted_mail)}</code> }.into_any())}
        }
    });
    view! {
        <section class="card tile" aria-labelledby="state-title">
            <h2 id="state-title">{words.state_title()}</h2>
            <dl class="facts" id="state">
                {fact(words.last_sync(), last)}
                {synced}
                {fact(words.stored(), stored.into_any())}
            </dl>
        </section>
    }
    .into_any()
}

/// Which addresses are ours in this mailbox, and a warning where nobody writes from them.
fn addresses_card(visit: &Visit, mailbox: &Mailbox, senders: &Senders) -> AnyView {
    let voice = visit.voice();
    let words = Words(voice.lang);
    let account = &mailbox.page.account;
    let own = account.own_addresses().next().unwrap_or(&account.external_account_id);
    let form = |inside: AnyView| {
        view! {
            <form method="post" action=AddAddresses::url() class="stack">
                <input type="hidden" name="id" value=account.id.to_string()/>
                {inside}
            </form>
        }
        .into_any()
    };
    // Mail under our address that is doubted: another address is no help then.
    let is_own = |address: &String| account.own_addresses().any(|one| one == address);
    let has_doubted = senders.others.iter().any(|(address, _)| is_own(address));
    let is_doubted = has_doubted || senders.ours > 0 && account.found_no_pairs();
    let doubted = (is_doubted && account.found_no_pairs())
        .then(|| view! { <div class="notice warn"><p>{words.not_marked_sent(own)}</p></div> });
    let nobody = (senders.ours == 0 && senders.looked_at > 0 && !is_doubted).then(|| {
        let others = senders.others.iter().map(|(other, number)| {
            let messages = voice.count(&nouns::MESSAGE, *number);
            let inside = view! {
                <input type="hidden" name="addresses" value=other.clone()/>
                <button class="btn small">{words.use_address(other)}</button>
            };
            view! { <li class="row"><span class="break">{words.from_other(messages, other)}</span> {form(inside.into_any())}</li> }
        });
        view! {
            <div class="notice warn stack">
                <p>{words.nobody_writes(own)}</p>
                <ul class="stack">{others.collect_view()}</ul>
            </div>
        }
    });
    let several = account.own_addresses().nth(1).is_some();
    let ours = account.own_addresses().enumerate().map(|(index, address)| {
        // What names a mailbox on a server is its own; what names a file can be wrong.
        let can_go = several && (index > 0 || !mailbox.is_synced());
        let remove = can_go.then(|| {
            let href = remove_address(account.id, address);
            let id = format!("remove-address-{index}");
            view! { <a class="btn small" id=id href=href data-opens="" aria-label=words.remove_named(address)>{words.remove()}</a> }
        });
        view! { <li class="row"><span class="break">{address.clone()}</span> {remove}</li> }
    });
    let typed = visit.typed("addresses").unwrap_or_default();
    let field = view! {
        <div class="form-field">
            <label for="addresses">{words.add_address()}</label>
            <input class="input" id="addresses" name="addresses" required autocomplete="off" value=typed aria-describedby="addresses-help"/>
            <p class="muted small" id="addresses-help">{words.add_address_help()}</p>
        </div>
        <div class="row"><button class="btn">{words.add_address_go()}</button></div>
    };
    view! {
        <section class="card tile stack" id="our-addresses" aria-labelledby="addresses-title">
            <h2 id="addresses-title">{words.addresses_title()}</h2>
            <p class="muted">{words.addresses_about()}</p>
            <ul class="stack" id="own-addresses">{ours.collect_view()}</ul>
            {doubted}
            {nobody}
            {form(field.into_any())}
        </section>
    }
    .into_any()
}

/// Where the question stands before an address is taken back.
fn remove_address(account: AccountId, address: &str) -> String {
    Address::new(&paths::account(account)).with("remove", Some(address)).into_string()
}

/// The question before an address is taken back.
fn remove_question(visit: &Visit, account: &Account, address: &str) -> AnyView {
    let (lang, words) = (visit.lang(), Words(visit.lang()));
    let close = paths::account(account.id);
    let (title, id, address) = (words.remove_title(address), account.id.to_string(), address.to_owned());
    view! {
        <Dialog lang title close=close.clone()>
            <div class="dialog-body"><p>{words.remove_about()}</p></div>
            <footer class="dock">
                <form method="post" action=super::api::RemoveAddress::url()>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="address" value=address/>
                    <button class="btn danger">{words.remove_go()}</button>
                </form>
                <a class="btn" href=close>{Common(lang).cancel()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

fn fact(name: &'static str, value: AnyView) -> AnyView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
}

fn setting(deleted: DeletedMail) -> &'static str {
    match deleted {
        DeletedMail::Keep => "SYNC_DELETED_MAIL=keep",
        DeletedMail::Remove => "SYNC_DELETED_MAIL=remove",
    }
}

/// When the next sync begins, or why it does not by itself.
fn next_sync(voice: Voice, mailbox: &Mailbox) -> String {
    let words = Words(voice.lang);
    match (mailbox.page.account.status, mailbox.next_sync_at()) {
        (AccountStatus::Disabled, _) => words.next_disabled().to_owned(),
        (AccountStatus::Error, _) => words.next_problem().to_owned(),
        (AccountStatus::Active, Some(at)) => when(voice, at),
        (AccountStatus::Active, None) if !mailbox.page.monitor.enabled => words.next_stopped().to_owned(),
        (AccountStatus::Active, None) => words.next_no_worker().to_owned(),
    }
}

/// The messages that were set aside, each with its reason.
fn set_aside(voice: Voice, mailbox: &Mailbox) -> AnyView {
    let words = Words(voice.lang);
    let id = mailbox.page.account.id;
    let failures = &mailbox.page.failures;
    let all = mailbox.page.account.counts.set_aside;
    let shown = i64::try_from(failures.len()).unwrap_or(i64::MAX);
    let can_retry = mailbox.can_sync();
    let body = if failures.is_empty() {
        view! { <p class="muted pad">{words.aside_none()}</p> }.into_any()
    } else {
        let rows = failures.iter().map(|failure| failure_row(voice, failure, can_retry)).collect_view();
        let cut = (shown < all).then(|| words.aside_shown(voice.number(shown), voice.number(all)));
        view! {
            <div class="pad stack">
                <p class="muted">{words.aside_about()}</p>
                {can_retry
                    .then(|| {
                        view! {
                            <form method="post" action=RetrySetAside::url()>
                                <input type="hidden" name="id" value=id.to_string()/>
                                <button class="btn" id="retry-all">{words.retry_all()}</button>
                            </form>
                        }
                    })}
            </div>
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.aside_message()}</th>
                        <th scope="col">{words.aside_why()}</th>
                        <th scope="col">{words.aside_last()}</th>
                        <th scope="col"><span class="visually-hidden">{Common(voice.lang).actions()}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {cut.map(|cut| view! { <p class="muted pad">{cut}</p> })}
        }
        .into_any()
    };
    view! {
        <section class="stack" aria-labelledby="set-aside">
            <h2 id="set-aside">{words.aside_title()}</h2>
            <div class="card" id="aside">{body}</div>
        </section>
    }
    .into_any()
}

fn failure_row(voice: Voice, failure: &SyncFailure, can_retry: bool) -> AnyView {
    let words = Words(voice.lang);
    let attempts = voice.count(&nouns::ATTEMPT, failure.attempts.into());
    let known = runs::reason(voice.lang, &failure.code).map(capitalised);
    let retry = can_retry.then(|| {
        view! {
            <form method="post" action=RetrySetAside::url()>
                <input type="hidden" name="id" value=failure.account_id.to_string()/>
                <input type="hidden" name="failure" value=failure.id.to_string()/>
                <button class="btn small" id=format!("retry-{}", failure.id) aria-label=words.retry_named(&failure.external_id)>
                    {words.retry()}
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <td data-label=words.aside_message() class="mono break">{failure.external_id.clone()}</td>
            <td data-label=words.aside_why()>
                <div>
                    {match known {
                        Some(known) => view! { <p>{known}</p> }.into_any(),
                        None => view! { <span class="tag">{failure.code.clone()}</span> }.into_any(),
                    }}
                    {runs::exactly(voice.lang, &failure.reason)}
                </div>
            </td>
            <td data-label=words.aside_last()><div><Ago voice at=failure.last_tried_at/> <p class="muted small">{attempts}</p></div></td>
            <td class="actions">{retry}</td>
        </tr>
    }
    .into_any()
}
