//! The form to connect a mailbox by its password.

use leptos::{form::ActionForm, prelude::*};
use replybook::types::{ImapTls, Problem};

use super::{page::Actions, state::PATH};
use crate::{
    boot::use_texts,
    error::Failure,
    i18n::Texts,
    ui::{controls::Field, dialog::Dialog},
};

/// Answers below the form: who mistyped a host has not to type everything again. The password comes back from nowhere.
#[component]
pub(super) fn ImapDialog(actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.imap;
    let action = actions.imap;
    let failed = move || action.value().with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned()));
    let input = |id: &'static str, kind: &'static str, is_required: bool| {
        view! { <input class="input" type=kind id=id name=id required=is_required autocomplete="off" aria-describedby=[id, "-help"].concat()/> }
            .into_any()
    };
    view! {
        <Dialog title=words.title.into_any() close=PATH>
            <ActionForm action attr:class="dialog-form">
                <div class="dialog-body stack">
                    <p class="muted">{words.about}</p>
                    <Field id="address" label=words.address>{input("address", "email", true)}</Field>
                    <Field id="host" label=words.host>{input("host", "text", true)}</Field>
                    <Field id="port" label=words.port help=words.port_help>{input("port", "number", false)}</Field>
                    <Field id="tls" label=words.tls>
                        <select id="tls" name="tls">
                            <option value="">{words.tls_usual}</option>
                            <option value=ImapTls::Tls.as_str()>"TLS"</option>
                            <option value=ImapTls::StartTls.as_str()>"STARTTLS"</option>
                            <option value=ImapTls::None.as_str()>{words.tls_none}</option>
                        </select>
                    </Field>
                    <Field id="username" label=words.username help=words.username_help>{input("username", "text", false)}</Field>
                    <Field id="password" label=words.password help=words.password_help>{input("password", "password", true)}</Field>
                    <div role="status">
                        {move || failed().map(|failure| view! { <p class="notice bad">{why(texts, &failure)}</p> })}
                    </div>
                </div>
                <footer class="dock">
                    <button class="btn primary" disabled=move || action.pending().get()>
                        {move || if action.pending().get() { words.pending } else { words.go }}
                    </button>
                    <a class="btn" href=PATH data-noscroll>{texts.common.cancel}</a>
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// What is wrong in the person's language, then the server's own words.
fn why(texts: &Texts, failure: &Failure) -> String {
    let words = &texts.imap;
    let (Problem::Invalid { message, .. } | Problem::Unavailable { message }) = &failure.0 else {
        return failure.text(texts);
    };
    let Some((code, said)) = message.split_once(": ") else { return failure.text(texts) };
    let hint = match code {
        "host_not_found" | "host_invalid" => words.bad_host,
        "connection_refused" | "unreachable" | "not_imap" | "port_invalid" => words.bad_port,
        "tls_failed" | "no_starttls" | "needs_tls" => words.bad_tls,
        "authentication_failed" => words.bad_password,
        "app_password_needed" => words.app_password,
        _ => words.bad_else,
    };
    [hint, " (", said, ")"].concat()
}
