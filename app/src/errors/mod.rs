//! The pages for what cannot be shown: not allowed, not here, not signed in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    boot::{use_texts, use_viewer},
    i18n::fill,
};

#[cfg_attr(feature = "ssr", path = "status_server.rs")]
#[cfg_attr(not(feature = "ssr"), path = "status_browser.rs")]
mod status;

/// 403: a page for admins, asked for by a member.
#[component]
pub(crate) fn Forbidden() -> impl IntoView {
    status::set(403);
    let texts = use_texts();
    let email = use_viewer().map(|viewer| viewer.email).unwrap_or_default();
    view! {
        <Title text=texts.errors.forbidden_title/>
        <div class="error-page">
            <p class="error-code" aria-hidden="true">"403"</p>
            <h1>{texts.errors.forbidden_title}</h1>
            <p>{fill(texts.errors.forbidden, &[&email])}</p>
            <p class="muted">{texts.errors.forbidden_next}</p>
            <div class="row"><A href="/account" attr:class="btn primary">{texts.errors.go_account}</A></div>
        </div>
    }
    .into_any()
}

/// 404: nothing lives at this address.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    status::set(404);
    let texts = use_texts();
    view! {
        <Title text=texts.errors.not_found_title/>
        <main class="door" id="main">
            <div class="error-page">
                <p class="error-code" aria-hidden="true">"404"</p>
                <h1>{texts.errors.not_found_title}</h1>
                <p class="muted">{texts.errors.not_found}</p>
                // The host knows where the start is for this person.
                <div class="row"><a class="btn primary" href="/" rel="external">{texts.errors.go_home}</a></div>
            </div>
        </main>
    }
    .into_any()
}

/// 401: the session ended while the page was open. (Otherwise the host redirects to the login before it renders anything.)
#[component]
pub(crate) fn SignedOut() -> impl IntoView {
    status::set(401);
    let texts = use_texts();
    view! {
        <Title text=texts.login.title/>
        <main class="door" id="main">
            <div class="error-page">
                <h1>{texts.login.title}</h1>
                <p>{texts.problems.unauthenticated}</p>
                <div class="row"><a class="btn primary" href="/login" rel="external">{texts.common.sign_in}</a></div>
            </div>
        </main>
    }
    .into_any()
}
