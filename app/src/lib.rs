//! The pages of Replybook. The server renders them whole, the browser takes them over, and they work before it has.
//!
//! One folder per page (`page` is the view, `api` the server functions, `state` what the URL holds), `ui` is the kit, `i18n` the texts.

// Views nest deep, and each level is a type.
#![recursion_limit = "256"]

mod account;
mod ai_settings;
mod boot;
mod error;
mod errors;
mod i18n;
mod integrations;
mod json;
mod login;
mod overview;
pub mod prefs;
mod setup;
mod training;
mod ui;

#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod mailbox;
#[cfg(feature = "ssr")]
mod monitor;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
mod still;
#[cfg(feature = "ssr")]
pub mod threads;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

pub use boot::{Boot, Viewer};
#[cfg(feature = "ssr")]
pub use document::shell;
pub use error::Failure;
#[cfg(feature = "ssr")]
pub use still::still_shell;

use account::AccountPage;
use ai_settings::AiSettingsPage;
use boot::Now;
use errors::NotFound;
use integrations::IntegrationsPage;
use login::LoginPage;
use overview::OverviewPage;
use setup::SetupPage;
use training::TrainingPage;
use ui::shell::{AdminOnly, Frame};

/// What the browser's tab is called.
fn title(page: String) -> String {
    if page.is_empty() { "Replybook".to_owned() } else { format!("{page} · Replybook") }
}

/// Every page that browsers take over. The host provides [`Boot`] through [`shell`], a browser through [`Boot::from_document`].
#[component]
pub fn App() -> impl IntoView {
    let boot = use_context::<Boot>().unwrap_or_default();
    provide_context(Now::starting_at(boot.now));
    provide_context(boot);
    provide_meta_context();
    view! {
        <Title formatter=title/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <ParentRoute path=path!("/admin") view=AdminOnly ssr=SsrMode::Async>
                        <Route path=path!("") view=OverviewPage ssr=SsrMode::Async/>
                        <Route path=path!("/integrations") view=IntegrationsPage ssr=SsrMode::Async/>
                        <Route path=path!("/ai-email-training") view=TrainingPage ssr=SsrMode::Async/>
                        <Route path=path!("/ai-settings") view=AiSettingsPage ssr=SsrMode::Async/>
                    </ParentRoute>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}
