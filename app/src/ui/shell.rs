//! The frame of every page behind the login: navigation at the side, the page beside it.

use leptos::prelude::*;
use leptos_router::{
    components::{A, Outlet},
    hooks,
};

use super::{
    controls::LookSwitches,
    dialog::focus_id,
    live::use_hydrated,
    menu, shortcuts,
    shortcuts::{ShortcutSheet, use_shortcuts},
};
use crate::{
    boot::{Viewer, use_texts, use_viewer},
    error::Failure,
    errors::{Forbidden, SignedOut},
    overview::api::{Standing, read_standing},
};

/// How things stand, for the navigation and the overview.
#[derive(Clone, Copy)]
pub(crate) struct Standings {
    pub resource: Resource<Option<Result<Standing, Failure>>>,
    again: RwSignal<u32>,
}

impl Standings {
    /// Counts again: something was decided, added or removed.
    pub(crate) fn refresh(self) {
        self.again.update(|count| *count += 1);
    }
}

/// How things stand.
pub(crate) fn use_standings() -> Standings {
    expect_context()
}

/// Navigation and page.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    let texts = use_texts();
    let Some(viewer) = use_viewer() else { return view! { <SignedOut/> }.into_any() };
    let is_admin = viewer.is_admin;
    let again = RwSignal::new(0);
    let resource = Resource::new(
        move || again.get(),
        move |_| async move { if is_admin { Some(read_standing().await) } else { None } },
    );
    provide_context(Standings { resource, again });
    shortcuts::listen();
    menu::close_menus_on_click();
    focus_new_pages();
    view! {
        // Not the router's: the browser moves the focus along.
        <a class="skip" href="#main" rel="external">{texts.common.skip_to_content}</a>
        <div class="shell">
            <nav class="nav" aria-label=texts.nav.main>
                <div class="brand"><i aria-hidden="true">"R"</i>"Replybook"</div>
                {is_admin.then(|| view! { <AdminLinks resource/> })}
                <A href="/account" attr:class="nav-account">{texts.nav.account}</A>
                <Foot viewer/>
            </nav>
            <main id="main" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        <ShortcutSheet/>
    }
    .into_any()
}

/// A page that replaces another without a load takes the focus, as a loaded one does: screen readers begin at its start.
fn focus_new_pages() {
    let path = hooks::use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(|| focus_id("main"));
        }
        now
    });
}

#[component]
fn AdminLinks(resource: Resource<Option<Result<Standing, Failure>>>) -> impl IntoView {
    let texts = use_texts();
    view! {
        <A href="/admin" exact=true>{texts.nav.overview}</A>
        <A href="/admin/integrations">
            {texts.nav.integrations} <NavCount resource count=|standing| standing.accounts/>
        </A>
        <A href="/admin/ai-email-training">
            {texts.nav.training} <NavCount resource count=|standing| standing.pairs.new/>
        </A>
        // Rendered on the server alone: the browser's router does not know it.
        <A href="/admin/threads" attr:rel="external">{texts.nav.threads}</A>
        <A href="/admin/ai-settings">{texts.nav.ai_settings}</A>
    }
    .into_any()
}

/// Who is signed in, the switches, and the way out.
#[component]
fn Foot(viewer: Viewer) -> impl IntoView {
    let texts = use_texts();
    let keys = use_shortcuts();
    let hydrated = use_hydrated();
    let role = if viewer.is_admin { texts.nav.admin } else { texts.nav.member };
    view! {
        <div class="foot muted">
            <LookSwitches/>
            <button type="button" class="link" hidden=move || !hydrated.get() on:click=move |_| keys.show_sheet()>
                {texts.nav.shortcuts} " " <kbd>"?"</kbd>
            </button>
            <p class="who">{viewer.email}</p>
            <form method="post" action="/logout" class="row tight">
                <span>{role} " ·"</span>
                <button class="link">{texts.nav.log_out}</button>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn NavCount(resource: Resource<Option<Result<Standing, Failure>>>, count: fn(&Standing) -> i64) -> impl IntoView {
    let texts = use_texts();
    view! {
        <span class="count">
            <Transition>
                {move || Suspend::new(async move {
                    match resource.await {
                        Some(Ok(standing)) if count(&standing) > 0 => Some(texts.number(count(&standing))),
                        _ => None,
                    }
                })}
            </Transition>
        </span>
    }
    .into_any()
}

/// Everything under `/admin`.
#[component]
pub(crate) fn AdminOnly() -> impl IntoView {
    if use_viewer().is_some_and(|viewer| viewer.is_admin) {
        view! { <Outlet/> }.into_any()
    } else {
        view! { <Forbidden/> }.into_any()
    }
}

/// The heading of a page.
#[component]
pub(crate) fn Head(
    title: &'static str,
    #[prop(into)] about: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title/>
        <div class="head">
            <div>
                <h1>{title}</h1>
                <p class="muted">{about}</p>
            </div>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
    .into_any()
}
