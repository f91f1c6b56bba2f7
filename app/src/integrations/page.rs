//! The page: the Gmail card, the other ways in, the accounts, and what the URL opens on top.

use std::time::Duration;

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks;
use replybook::types::{AccountId, AccountStatus, Provider};

use super::{
    api::{
        ConnectGmail, ConnectMailbox, DeleteAccount, DisconnectAccount, EnrollEverybody, EnrollMailbox, Integrations,
        RequestResync, RunSync, SetAccountEnabled, TrySample, list_integrations,
    },
    dialogs::{DeleteDialog, DisconnectDialog, ImportDialog},
    imap::ImapDialog,
    run::RunDialog,
    state::{Open, PATH, TOLD, notice},
    table::AccountsTable,
};
use crate::{
    boot::use_texts,
    error::Failure,
    ui::{
        controls::Field,
        flash::{Flash, FlashArea, Notice},
        live::every,
        parts::{Broken, Skeleton},
        shell::{Head, use_standings},
    },
};

/// How often the table is asked for again while a run goes on.
const POLL: Duration = Duration::from_secs(2);
/// Where the set-up of Google Cloud is described.
const README: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "#connecting-gmail");

/// Everything that can be done on this page.
#[derive(Clone, Copy)]
pub(super) struct Actions {
    pub connect: ServerAction<ConnectGmail>,
    pub imap: ServerAction<ConnectMailbox>,
    pub enroll: ServerAction<EnrollMailbox>,
    pub enroll_all: ServerAction<EnrollEverybody>,
    pub sample: ServerAction<TrySample>,
    pub sync: ServerAction<RunSync>,
    pub enable: ServerAction<SetAccountEnabled>,
    pub resync: ServerAction<RequestResync>,
    pub disconnect: ServerAction<DisconnectAccount>,
    pub delete: ServerAction<DeleteAccount>,
}

impl Actions {
    fn new() -> Self {
        Self {
            connect: ServerAction::new(),
            imap: ServerAction::new(),
            enroll: ServerAction::new(),
            enroll_all: ServerAction::new(),
            sample: ServerAction::new(),
            sync: ServerAction::new(),
            enable: ServerAction::new(),
            resync: ServerAction::new(),
            disconnect: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    /// Changes whenever an action is over.
    fn version(self) -> usize {
        self.imap.version().get()
            + self.enroll.version().get()
            + self.enroll_all.version().get()
            + self.sample.version().get()
            + self.sync.version().get()
            + self.enable.version().get()
            + self.resync.version().get()
            + self.disconnect.version().get()
            + self.delete.version().get()
    }

    fn report_to(self, flash: Flash) {
        let words = &use_texts().accounts;
        flash.follow(self.connect, |()| None);
        flash.follow(self.enroll, |()| None);
        flash.follow(self.enroll_all, |()| None);
        flash.follow(self.sample, |_| None);
        flash.follow(self.sync, |_| None);
        flash.follow(self.disconnect, |_| None);
        flash.follow(self.delete, |()| None);
        flash.follow(self.resync, |()| Some(Notice::good(words.resync_requested)));
        flash.follow(self.enable, |status| {
            let is_active = *status == AccountStatus::Active;
            Some(Notice::good(if is_active { words.enabled_done } else { words.disabled_done }))
        });
    }
}

/// `/admin/integrations`.
#[component]
pub(crate) fn IntegrationsPage() -> impl IntoView {
    let texts = use_texts();
    let actions = Actions::new();
    let flash = Flash::new(PATH);
    flash.follow_query(TOLD, notice);
    actions.report_to(flash);

    let query = hooks::use_query_map();
    let open = Memo::new(move |_| query.with(Open::from_query));
    let again = RwSignal::new(0_u32);
    let version = Memo::new(move |_| actions.version());
    let listing = Resource::new(move || (again.get(), version.get()), |_| list_integrations());
    let standings = use_standings();
    Effect::new(move |before: Option<usize>| {
        let version = version.get();
        if before.is_some_and(|before| before != version) {
            standings.refresh();
        }
        version
    });
    let is_busy = move || matches!(listing.get(), Some(Ok(listing)) if listing.is_busy);
    every(POLL, is_busy, move || again.update(|count| *count += 1));
    let on_over = Callback::new(move |()| again.update(|count| *count += 1));

    view! {
        <Head title=texts.integrations.title about=texts.integrations.about/>
        <FlashArea flash/>
        <Transition fallback=|| view! { <Skeleton lines=8/> }>
            {move || Suspend::new(async move {
                match listing.await {
                    Ok(listing) => view! { <Listing listing actions/> }.into_any(),
                    Err(failure) => view! { <Broken failure/> }.into_any(),
                }
            })}
        </Transition>
        {move || {
            open.get()
                .map(|open| match open {
                    Open::Run(id) => view! { <RunDialog id on_over/> }.into_any(),
                    Open::Import => view! { <ImportDialog/> }.into_any(),
                    Open::Imap => view! { <ImapDialog actions/> }.into_any(),
                    Open::Disconnect(id) => view! { <Question listing id actions deletes=false/> }.into_any(),
                    Open::Delete(id) => view! { <Question listing id actions deletes=true/> }.into_any(),
                })
        }}
    }
    .into_any()
}

/// The question about one account of the listing.
#[component]
fn Question(
    listing: Resource<Result<Integrations, Failure>>,
    id: AccountId,
    actions: Actions,
    deletes: bool,
) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let accounts = listing.await.map(|listing| listing.accounts).unwrap_or_default();
                let account = accounts.into_iter().find(|account| account.id == id);
                if deletes {
                    view! { <DeleteDialog account actions/> }.into_any()
                } else {
                    view! { <DisconnectDialog account actions/> }.into_any()
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Listing(listing: Integrations, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let has_active_gmail = listing
        .accounts
        .iter()
        .any(|account| account.provider_code == Provider::Gmail.as_str() && account.status == AccountStatus::Active);
    view! {
        <div class="stack" inner_html=listing.above></div>
        <div class="cards two-cards">
            <GmailCard actions has_active=has_active_gmail missing=listing.gmail_missing workspace=listing.workspace/>
            <OtherWays actions/>
        </div>
        <section class="stack" aria-labelledby="accounts-title">
            <h2 id="accounts-title">{texts.accounts.title}</h2>
            <AccountsTable accounts=listing.accounts runs=listing.runs actions/>
        </section>
    }
    .into_any()
}

#[component]
fn GmailCard(actions: Actions, has_active: bool, missing: Vec<String>, workspace: Vec<String>) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.integrations;
    let status = if has_active { words.gmail_active } else { words.gmail_none };
    let is_configured = missing.is_empty();
    let call_to_action = if is_configured {
        view! {
            <ActionForm action=actions.connect>
                <button class="btn primary" disabled=move || actions.connect.pending().get()>
                    {move || if actions.connect.pending().get() { words.redirecting } else { words.connect }}
                </button>
            </ActionForm>
        }
        .into_any()
    } else if !workspace.is_empty() {
        // The service account needs no OAuth client.
        ().into_any()
    } else {
        view! {
            <div class="notice warn">
                <p>
                    {words.not_configured} " "
                    {missing.into_iter().map(|name| view! { <code>{name}</code> " " }).collect_view()}
                </p>
                <p>{words.not_configured_help} " " <a href=README rel="external noreferrer">{words.readme}</a></p>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card tile" aria-labelledby="gmail-title">
            <h2 id="gmail-title">{words.gmail_title}</h2>
            <p>{words.gmail_about}</p>
            <p class="muted">{words.gmail_read_only}</p>
            <div class="tile-body stack">
                <p class="status-line" class:on=has_active>{status}</p>
                {call_to_action}
                {workspace.first().map(|domain| view! { <Enroll domain actions/> })}
            </div>
        </section>
    }
    .into_any()
}

/// Mailboxes of the Workspace, read by its service account.
#[component]
fn Enroll<'a>(domain: &'a str, actions: Actions) -> impl IntoView + use<> {
    let words = &use_texts().enroll;
    let example = ["name@", domain].concat();
    let Actions { enroll, enroll_all, .. } = actions;
    let is_pending = move || enroll.pending().get() || enroll_all.pending().get();
    view! {
        <ActionForm action=enroll>
            <Field id="enroll" label=words.address help=words.about>
                <input class="input" type="email" id="enroll" name="email" required placeholder=example aria-describedby="enroll-help"/>
            </Field>
            <button class="btn" disabled=is_pending>{words.one}</button>
        </ActionForm>
        <ActionForm action=enroll_all>
            <button class="btn" disabled=is_pending>
                {move || if enroll_all.pending().get() { words.pending } else { words.all }}
            </button>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn OtherWays(actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.integrations;
    view! {
        <section class="card tile" aria-labelledby="other-title">
            <h2 id="other-title">{words.other_title}</h2>
            <p>{words.other_about}</p>
            <div class="tile-body row">
                <ActionForm action=actions.sample>
                    <button class="btn" disabled=move || actions.sample.pending().get()>
                        {move || if actions.sample.pending().get() { words.sample_loading } else { words.sample }}
                    </button>
                </ActionForm>
                <a class="btn" href=Open::Imap.address() data-noscroll>{texts.imap.open}</a>
                <a class="btn" id="open-import" href=Open::Import.address() data-noscroll>{words.import_file}</a>
            </div>
        </section>
    }
    .into_any()
}
