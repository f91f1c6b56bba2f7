//! The form to connect a mailbox by its password: an address and a password are enough, the server is found by the address.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    accounts::connect::{self, MailProvider, MailboxPlace},
    types::{Account, ImapServer, ImapTls},
};

use super::{
    Open,
    api::ConnectMailbox,
    providers::{Way, way},
    words::Imap,
};
use crate::{
    page::Visit,
    paths,
    ui::{
        forms::{Dialog, Field, told_inside},
        words::Common,
    },
};

/// What a change of the address draws anew.
const SERVER: &str = "mail-server";

/// Where the mailbox of the address is that the form comes back with, or that its script asks about.
pub(super) async fn place(visit: &Visit) -> Option<MailboxPlace> {
    let address = visit.typed("address").or_else(|| visit.query("address").map(ToOwned::to_owned))?;
    Some(connect::find_mailbox(&address).await)
}

/// The dialog. What was typed is there again when the mailbox could not be connected; the password comes back from nowhere.
/// A mailbox that is connected `again` keeps its server.
pub(super) fn dialog(visit: &Visit, place: Option<&MailboxPlace>, again: Option<&Account>) -> AnyView {
    let lang = visit.lang();
    let words = Imap(lang);
    let known = again.map(|account| account.external_account_id.clone());
    let address =
        known.clone().or_else(|| visit.typed("address")).or_else(|| visit.query("address").map(ToOwned::to_owned));
    let title = again.map_or_else(|| words.title().to_owned(), |account| words.again(&account.external_account_id));
    let from = format!("{}&address=", Open::Imap.address());
    let told = told_inside(visit);
    let server = server(visit, place, again);
    let (is_known, again) = (known.is_some(), again.map(|account| account.id.to_string()));
    view! {
        <Dialog lang title close=paths::INTEGRATIONS>
            <form method="post" action=ConnectMailbox::url() class="dialog-form">
                {again.map(|id| view! { <input type="hidden" name="again" value=id/> })}
                <div class="dialog-body stack">
                    <p class="muted">{words.about()}</p>
                    {told}
                    <Field id="address" label=words.address()>
                        <input
                            class="input"
                            type="email"
                            id="address"
                            name="address"
                            required
                            autocomplete="off"
                            value=address
                            readonly=is_known
                            data-fills=(!is_known).then_some(SERVER)
                            data-from=(!is_known).then_some(from)
                        />
                    </Field>
                    {server}
                    <Field id="password" label=words.password() help=words.password_help()>
                        <input
                            class="input"
                            type="password"
                            id="password"
                            name="password"
                            required
                            autocomplete="off"
                            aria-describedby="password-help"
                        />
                    </Field>
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.go()}</button>
                    <a class="btn" href=paths::INTEGRATIONS>{Common(lang).cancel()}</a>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// What the provider wants, and the server, filled in as far as it is known.
fn server(visit: &Visit, place: Option<&MailboxPlace>, again: Option<&Account>) -> AnyView {
    let words = Imap(visit.lang());
    let kept = again.and_then(|account| account.meta.imap.as_ref());
    let known: Option<&ImapServer> = kept.or_else(|| place.and_then(|place| place.server.as_ref()));
    let provider = place.and_then(|place| place.provider);
    // What was typed and refused comes before what is known.
    let was_typed = visit.typed("host").is_some();
    let value = |id: &str, of: fn(&ImapServer) -> String| {
        visit.typed(id).filter(|typed| !typed.is_empty()).or_else(|| known.map(of))
    };
    let host = value("host", |server| server.host.clone());
    let chosen = value("tls", |server| server.tls.to_string()).unwrap_or_default();
    let is_open = match (place, provider) {
        _ if again.is_some() => false,
        (_, Some(MailProvider::Microsoft)) => was_typed && host.is_some(),
        (Some(place), _) => !place.is_vouched || was_typed && visit.typed("host").is_some_and(|host| !host.is_empty()),
        (None, _) => false,
    };
    let summary = match (&host, value("port", |server| server.port.to_string())) {
        (Some(host), Some(port)) => words.server_is(host, port),
        (Some(host), None) => words.server_named(host),
        (None, _) if is_open => words.server_missing().to_owned(),
        (None, _) => words.server_by_address().to_owned(),
    };
    let tls = [
        ("", words.tls_usual()),
        (ImapTls::Tls.as_str(), "TLS"),
        (ImapTls::StartTls.as_str(), "STARTTLS"),
        (ImapTls::None.as_str(), words.tls_none()),
    ]
    .map(|(value, label)| view! { <option value=value selected=value == chosen>{label}</option> })
    .into_iter()
    .collect_view();
    let input = |id: &'static str, kind: &'static str, value: Option<String>| {
        view! {
            <input class="input" type=kind id=id name=id autocomplete="off" value=value aria-describedby=format!("{id}-help")/>
        }
        .into_any()
    };
    let (host, port, username) = (
        input("host", "text", host),
        input("port", "number", value("port", |server| server.port.to_string())),
        input("username", "text", value("username", |server| server.username.clone())),
    );
    view! {
        <div id=SERVER class="stack">
            {provider.map(|provider| note(visit, provider))}
            <details class="server-settings" open=is_open>
                <summary>{summary}</summary>
                <div class="stack">
                    <Field id="host" label=words.host() help=words.host_help()>{host}</Field>
                    <Field id="port" label=words.port() help=words.port_help()>{port}</Field>
                    <Field id="tls" label=words.tls()>
                        <select id="tls" name="tls">{tls}</select>
                    </Field>
                    <Field id="username" label=words.username() help=words.username_help()>{username}</Field>
                </div>
            </details>
        </div>
    }
    .into_any()
}

/// What a provider wants before it lets a program in.
fn note(visit: &Visit, provider: MailProvider) -> AnyView {
    let words = Imap(visit.lang());
    let Way { about, steps, page } = way(visit.lang(), provider);
    let is_closed = provider == MailProvider::Microsoft;
    let steps = (!steps.is_empty()).then(|| {
        let steps = steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view();
        view! { <ol class="plain-steps">{steps}</ol> }
    });
    let page = page.map(|page| {
        view! { <p><a href=page target="_blank" rel="noreferrer">{words.provider_page()}</a></p> }
    });
    let instead = match provider {
        MailProvider::Microsoft => {
            Some(view! { <p><a href=Open::Import.address()>{words.import_instead()}</a></p> }.into_any())
        }
        MailProvider::Google => {
            Some(view! { <p><a href=paths::INTEGRATIONS>{words.gmail_instead()}</a></p> }.into_any())
        }
        _ => None,
    };
    view! {
        <div class=if is_closed { "notice bad" } else { "notice warn" } id="provider-note">
            <p>{about}</p>
            {steps}
            {page}
            {instead}
        </div>
    }
    .into_any()
}
