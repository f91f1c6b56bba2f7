//! The form to connect a mailbox by its password.

use leptos::prelude::*;
use replybook::types::ImapTls;

use super::{dialogs::told_inside, words::Imap};
use crate::{
    page::Visit,
    paths,
    ui::{
        forms::{Dialog, Field},
        words::Common,
    },
};

/// The dialog. What was typed is there again when the mailbox could not be connected; the password comes back from nowhere.
pub(super) fn dialog(visit: &Visit) -> AnyView {
    let lang = visit.lang();
    let words = Imap(lang);
    let input = |id: &'static str, kind: &'static str, is_required: bool| {
        let value = visit.typed(id);
        view! {
            <input
                class="input"
                type=kind
                id=id
                name=id
                required=is_required
                autocomplete="off"
                value=value
                aria-describedby=format!("{id}-help")
            />
        }
        .into_any()
    };
    let chosen = visit.typed("tls").unwrap_or_default();
    let tls = [
        ("", words.tls_usual()),
        (ImapTls::Tls.as_str(), "TLS"),
        (ImapTls::StartTls.as_str(), "STARTTLS"),
        (ImapTls::None.as_str(), words.tls_none()),
    ]
    .map(|(value, label)| view! { <option value=value selected=value == chosen>{label}</option> })
    .into_iter()
    .collect_view();
    let (address, host, port) =
        (input("address", "email", true), input("host", "text", true), input("port", "number", false));
    let (username, password) = (input("username", "text", false), input("password", "password", true));
    let told = told_inside(visit);
    view! {
        <Dialog lang title=words.title() close=paths::INTEGRATIONS>
            <form method="post" action="/api/ui/connect-imap" class="dialog-form">
                <div class="dialog-body stack">
                    <p class="muted">{words.about()}</p>
                    {told}
                    <Field id="address" label=words.address()>{address}</Field>
                    <Field id="host" label=words.host()>{host}</Field>
                    <Field id="port" label=words.port() help=words.port_help()>{port}</Field>
                    <Field id="tls" label=words.tls()>
                        <select id="tls" name="tls">{tls}</select>
                    </Field>
                    <Field id="username" label=words.username() help=words.username_help()>{username}</Field>
                    <Field id="password" label=words.password() help=words.password_help()>{password}</Field>
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
