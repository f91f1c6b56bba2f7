//! `/setup`: the one-time link that the server logs when there are no users.

mod api;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks;

use api::setup_link_is_valid;

use crate::{
    boot::use_texts,
    error::code_text,
    i18n::Texts,
    login::Door,
    ui::{
        controls::Field,
        parts::{Broken, Skeleton},
    },
};

/// `/setup?token=…&error=…`.
#[component]
pub(crate) fn SetupPage() -> impl IntoView {
    let texts = use_texts();
    let words = &texts.setup;
    let query = hooks::use_query_map().get_untracked();
    let token = query.get("token").unwrap_or_default();
    let filled = Filled {
        error: query.get("error").map(|code| error_text(texts, &code)),
        display_name: query.get("display_name").unwrap_or_default(),
        email: query.get("email").unwrap_or_default(),
        token: token.clone(),
    };
    let valid = Resource::new(move || token.clone(), setup_link_is_valid);
    view! {
        <Title text=words.title/>
        <Suspense fallback=|| view! { <Skeleton/> }>
            {move || {
                let filled = filled.clone();
                Suspend::new(async move {
                    match valid.await {
                        Ok(true) => view! { <SetupForm filled/> }.into_any(),
                        Ok(false) => view! { <InvalidLink/> }.into_any(),
                        Err(failure) => view! { <Door title=texts.problems.title><Broken failure/></Door> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// What was entered before, when the host sent it back.
#[derive(Clone)]
struct Filled {
    token: String,
    display_name: String,
    email: String,
    error: Option<&'static str>,
}

#[component]
fn SetupForm(filled: Filled) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.setup;
    view! {
        <Door title=words.title>
            <p class="muted">{words.about}</p>
            {filled.error.map(|error| view! { <p class="notice bad" role="alert">{error}</p> })}
            <form method="post" action="/setup" class="stack">
                <input type="hidden" name="token" value=filled.token/>
                <Field id="display_name" label=words.name>
                    <input class="input" id="display_name" name="display_name" autocomplete="name" required autofocus value=filled.display_name/>
                </Field>
                <Field id="email" label=words.email>
                    <input class="input" type="email" id="email" name="email" autocomplete="username" required value=filled.email/>
                </Field>
                <Field id="password" label=words.password help=words.password_help>
                    <input
                        class="input"
                        type="password"
                        id="password"
                        name="password"
                        autocomplete="new-password"
                        minlength="10"
                        required
                        aria-describedby="password-help"
                    />
                </Field>
                <button class="btn primary wide">{words.submit}</button>
            </form>
        </Door>
    }
    .into_any()
}

#[component]
fn InvalidLink() -> impl IntoView {
    let texts = use_texts();
    let words = &texts.setup;
    view! {
        <Door title=words.invalid_title>
            <p>{words.invalid}</p>
            <p class="muted">{words.invalid_next}</p>
            <a class="btn primary wide" href="/login" rel="external">{texts.common.sign_in}</a>
        </Door>
    }
    .into_any()
}

/// Why the account was not made.
fn error_text(texts: &Texts, code: &str) -> &'static str {
    match code {
        "setup_link_invalid" => texts.setup.invalid,
        code => code_text(texts, code).unwrap_or(texts.setup.unknown),
    }
}
