//! Forms: fields, and the switches for language and theme.

use leptos::prelude::*;
use leptos_router::hooks;

use super::url::here;
use crate::{
    boot::{Boot, use_texts},
    prefs::{Lang, Theme},
};

/// A label, its control, and a line of help. The control names its help with `aria-describedby="{id}-help"`.
#[component]
pub(crate) fn Field(
    id: &'static str,
    label: &'static str,
    #[prop(optional)] help: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="form-field">
            <label for=id>{label}</label>
            {children()}
            {help.map(|help| view! { <p class="muted small" id=format!("{id}-help")>{help}</p> })}
        </div>
    }
    .into_any()
}

/// Language and theme: plain forms, answered by a redirect back to the page with the new look.
#[component]
pub(crate) fn LookSwitches() -> impl IntoView {
    let texts = use_texts();
    let prefs = expect_context::<Boot>().prefs;
    let languages = Lang::ALL.map(|lang| (lang.as_str(), lang.name(), lang == prefs.lang));
    let themes = Theme::ALL.map(|theme| {
        let label = match theme {
            Theme::System => texts.nav.theme_system,
            Theme::Light => texts.nav.theme_light,
            Theme::Dark => texts.nav.theme_dark,
        };
        (theme.as_str(), label, theme == prefs.theme)
    });
    view! {
        <div class="look">
            {switch("lang", texts.nav.language, languages)} {switch("theme", texts.nav.theme, themes)}
        </div>
    }
    .into_any()
}

fn switch<const N: usize>(
    name: &'static str,
    label: &'static str,
    choices: [(&'static str, &'static str, bool); N],
) -> AnyView {
    let buttons = choices
        .map(|(value, text, chosen)| {
            view! {
                <button name=name value=value aria-pressed=if chosen { "true" } else { "false" } lang=(name == "lang").then_some(value)>
                    {text}
                </button>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <form method="post" action="/prefs" class="switch" aria-label=label>
            <BackHere/>
            {buttons}
        </form>
    }
    .into_any()
}

/// Tells the host which page to come back to.
#[component]
pub(crate) fn BackHere() -> impl IntoView {
    let location = hooks::use_location();
    let address = move || here(&location.pathname.read(), &location.search.read());
    view! { <input type="hidden" name="next" value=address/> }
}
