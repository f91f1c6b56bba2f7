//! Mailboxes, tokens, password, and on small screens the switches.

use leptos::{form::ActionForm, prelude::*};
use replybook::types::ApiToken;

use super::{
    api::{CreateToken, DeleteToken, Mine, read_mine},
    state::{PATH, TOLD, notice},
};
use crate::{
    boot::{use_texts, use_viewer},
    i18n::fill,
    integrations::api::{AccountRow, ConnectGmail},
    ui::{
        controls::{Field, LookSwitches},
        flash::{Flash, FlashArea},
        parts::{Ago, Broken, Skeleton},
        shell::Head,
    },
};

#[derive(Clone, Copy)]
struct Actions {
    connect: ServerAction<ConnectGmail>,
    create: ServerAction<CreateToken>,
    delete: ServerAction<DeleteToken>,
}

/// `/account`.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let texts = use_texts();
    let actions = Actions { connect: ServerAction::new(), create: ServerAction::new(), delete: ServerAction::new() };
    let flash = Flash::new(PATH);
    flash.follow_query(TOLD, notice);
    flash.follow(actions.connect, |()| None);
    flash.follow(actions.create, |_| None);
    flash.follow(actions.delete, |()| None);
    let version = Memo::new(move |_| actions.create.version().get() + actions.delete.version().get());
    let mine = Resource::new(move || version.get(), |_| read_mine());
    view! {
        <Who/>
        <FlashArea flash/>
        <Transition fallback=|| view! { <Skeleton lines=8/> }>
            {move || Suspend::new(async move {
                match mine.await {
                    Ok(mine) => view! { <Sections mine actions/> }.into_any(),
                    Err(failure) => view! { <Broken failure/> }.into_any(),
                }
            })}
        </Transition>
        <Password/>
        <section class="card pad form-card stack narrow-only" aria-labelledby="look-title">
            <h2 id="look-title">{texts.account.look}</h2>
            <LookSwitches/>
            <form method="post" action="/logout">
                <button class="btn">{texts.nav.log_out}</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Who() -> impl IntoView {
    let texts = use_texts();
    let about = use_viewer().map(|viewer| format!("{} · {}", viewer.display_name, viewer.email)).unwrap_or_default();
    view! { <Head title=texts.account.title about=about/> }
}

#[component]
fn Sections(mine: Mine, actions: Actions) -> impl IntoView {
    view! {
        <Mailboxes mailboxes=mine.mailboxes missing=mine.gmail_missing actions/>
        <Tokens tokens=mine.tokens new_token=mine.new_token actions/>
    }
    .into_any()
}

#[component]
fn Mailboxes(mailboxes: Vec<AccountRow>, missing: Vec<String>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.account;
    let can_connect = missing.is_empty();
    let list = if mailboxes.is_empty() {
        view! { <p class="muted">{words.no_mailboxes}</p> }.into_any()
    } else {
        let items = mailboxes
            .into_iter()
            .map(|account| {
                let messages = texts.count(&texts.nouns.message, account.counts.messages);
                view! {
                    <li>
                        <b>{account.display_name}</b>
                        <span class="muted">{messages}</span>
                        {account.last_sync_at.map(|at| view! { <span class="muted"><Ago at/></span> })}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="lines">{items}</ul> }.into_any()
    };
    let connect = if can_connect {
        view! {
            <ActionForm action=actions.connect>
                <button class="btn primary" disabled=move || actions.connect.pending().get()>
                    {move || if actions.connect.pending().get() { texts.integrations.redirecting } else { texts.integrations.connect }}
                </button>
            </ActionForm>
        }
        .into_any()
    } else {
        let missing = missing.join(", ");
        view! { <p class="notice warn">{texts.integrations.not_configured} " " {missing}</p> }.into_any()
    };
    view! {
        <section class="card pad form-card stack" aria-labelledby="mailboxes-title">
            <h2 id="mailboxes-title">{words.mailboxes}</h2>
            <p class="muted">{words.mailboxes_about}</p>
            {list}
            {connect}
        </section>
    }
    .into_any()
}

#[component]
fn Tokens(tokens: Vec<ApiToken>, new_token: Option<String>, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.account;
    let fresh = move || new_token.clone().or_else(|| actions.create.value().get().and_then(Result::ok));
    let rows = tokens.into_iter().map(|token| view! { <TokenRow token actions/> }).collect::<Vec<_>>();
    let list = if rows.is_empty() {
        view! { <p class="muted">{words.no_tokens}</p> }.into_any()
    } else {
        view! {
            <table class="list">
                <thead>
                    <tr>
                        <th scope="col">{words.name_column}</th>
                        <th scope="col">{words.prefix_column}</th>
                        <th scope="col">{words.created}</th>
                        <th scope="col">{words.last_used}</th>
                        <th scope="col">{words.expires}</th>
                        <th scope="col">
                            <span class="visually-hidden">{texts.common.actions}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card pad form-card stack" aria-labelledby="tokens-title">
            <h2 id="tokens-title">{words.tokens}</h2>
            <p class="muted">{words.tokens_about}</p>
            <div class="outcome" role="status" aria-live="polite">
                {move || {
                    fresh()
                        .map(|token| {
                            view! {
                                <div class="notice good">
                                    <p>{words.token_made}</p>
                                    <code class="secret">{token}</code>
                                </div>
                            }
                        })
                }}
            </div>
            {list}
            <ActionForm action=actions.create attr:class="row end-aligned">
                <Field id="token-name" label=words.token_name>
                    <input
                        class="input"
                        id="token-name"
                        name="name"
                        required
                        maxlength="100"
                        autocomplete="off"
                        placeholder=words.token_name_placeholder
                    />
                </Field>
                <button class="btn" disabled=move || actions.create.pending().get()>{words.create_token}</button>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn TokenRow(token: ApiToken, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.account;
    let last_used = match token.last_used_at {
        Some(at) => view! { <Ago at/> }.into_any(),
        None => view! { <span class="muted">{words.never_used}</span> }.into_any(),
    };
    let expires = match token.expires_at {
        Some(at) => crate::i18n::exact_time(at),
        None => words.never_expires.to_owned(),
    };
    view! {
        <tr>
            <td data-label=words.name_column class="wrap">{token.name.clone()}</td>
            <td data-label=words.prefix_column class="mono">{token.prefix} "…"</td>
            <td data-label=words.created class="nowrap"><Ago at=token.created_at/></td>
            <td data-label=words.last_used class="nowrap">{last_used}</td>
            <td data-label=words.expires class="nowrap">{expires}</td>
            <td class="actions">
                <ActionForm action=actions.delete>
                    <input type="hidden" name="id" value=token.id.to_string()/>
                    <button
                        class="btn small"
                        aria-label=fill(words.delete_token_named, &[&token.name])
                        disabled=move || actions.delete.pending().get()
                    >
                        {words.delete_token}
                    </button>
                </ActionForm>
            </td>
        </tr>
    }
    .into_any()
}

/// A plain form, answered by the host: it also renews the session.
#[component]
fn Password() -> impl IntoView {
    let texts = use_texts();
    let words = &texts.account;
    view! {
        <section class="card pad form-card" aria-labelledby="password-title">
            <form method="post" action="/account/password" class="stack">
                <h2 id="password-title">{words.password}</h2>
                <Field id="current" label=words.current_password>
                    <input class="input" type="password" id="current" name="current" autocomplete="current-password" required/>
                </Field>
                <Field id="new" label=words.new_password help=words.password_help>
                    <input
                        class="input"
                        type="password"
                        id="new"
                        name="new"
                        autocomplete="new-password"
                        minlength="10"
                        required
                        aria-describedby="new-help"
                    />
                </Field>
                <div class="row"><button class="btn">{words.change_password}</button></div>
            </form>
        </section>
    }
    .into_any()
}
