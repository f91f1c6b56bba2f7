//! Forms and what stands around them: fields, questions with an address of their own, menus, the switches for language and theme.

use std::sync::atomic::Ordering;

use chrono::SecondsFormat;
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    parts::Tone,
    words::{Common, Nav},
};
use crate::{
    answer::Undo,
    page::Visit,
    pages::{conversations::forms::ArchiveConversation, training::forms::UndoGroup},
    paths,
    prefs::{Lang, Theme},
};

/// A label, its control, and a line of help. The control names its help with `aria-describedby="{id}-help"`.
#[component]
pub(crate) fn Field(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
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

/// A password that somebody chooses.
#[component]
pub(crate) fn NewPassword(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] help: String,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <Field id label help>
            <input
                class="input"
                type="password"
                id=id
                name=id
                autocomplete="new-password"
                minlength="10"
                required
                autofocus=autofocus
                aria-describedby=format!("{id}-help")
            />
        </Field>
    }
    .into_any()
}

/// A dialog that is a place of its own: it has an address, so it opens without scripts, can be shared and survives a reload.
/// The script of the shell makes it modal: focus stays inside, and Escape and a click beside it follow the link that closes it.
#[component]
pub(crate) fn Dialog(
    lang: Lang,
    #[prop(into)] title: String,
    /// The address without the dialog.
    #[prop(into)]
    close: String,
    /// Room for two texts side by side.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <dialog open class="dialog" class:wide=wide data-modal="" aria-labelledby="dialog-title">
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="dialog-title" tabindex="-1" autofocus>
                        {title}
                    </h2>
                    <a class="btn quiet" href=close data-close="" aria-label=Common(lang).close()>
                        "✕"
                    </a>
                </header>
                {children()}
            </div>
        </dialog>
    }
    .into_any()
}

/// The question before something is destroyed: a dialog with what would go, and a form that does it.
#[component]
pub(crate) fn Question(
    lang: Lang,
    #[prop(into)] title: String,
    #[prop(into)] about: String,
    /// The address without the question.
    #[prop(into)]
    close: String,
    /// Where the form posts to.
    #[prop(into)]
    action: String,
    /// What it is about, where there are several.
    #[prop(optional, into)]
    id: Option<String>,
    /// What the button says.
    #[prop(into)]
    go: String,
) -> impl IntoView {
    view! {
        <Dialog lang title close=close.clone()>
            <div class="dialog-body"><p>{about}</p></div>
            <footer class="dock">
                <form method="post" action=action>
                    {id.map(|id| view! { <input type="hidden" name="id" value=id/> })}
                    <button class="btn danger">{go}</button>
                </form>
                <a class="btn" href=close>{Common(lang).cancel()}</a>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The "⋯" menu of a row: a `<details>`, so that it opens without scripts; the script of the shell closes it like a menu.
#[component]
pub(crate) fn Menu(
    /// What the button is called for screen readers.
    label: String,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="menu" name="row-menu">
            <summary class="btn quiet" aria-label=label>"⋯"</summary>
            <div class="menu-items">{children()}</div>
        </details>
    }
    .into_any()
}

/// What the form that led here came to, unless it is said inside a dialog already. Announced by screen readers.
pub(crate) fn told(visit: &Visit) -> AnyView {
    let words = Common(visit.lang());
    let here = visit.scope.here.clone();
    let told = visit.told.as_ref().filter(|_| !visit.is_told_inside.load(Ordering::Relaxed)).map(|told| {
        view! {
            <div class=format!("flash {}", told.tone.class())>
                <p>{told.text.clone()}</p>
                {told.undo.as_ref().map(|undo| undo_form(words, &visit.scope.here, undo))}
                <a class="flash-dismiss" href=here data-dismiss="">{words.dismiss()}</a>
            </div>
        }
    });
    view! { <div class="flash-area" role="status" aria-live="polite">{told}</div> }.into_any()
}

/// What did not work, said inside the dialog and nowhere else: what stands behind it cannot be reached.
pub(crate) fn told_inside(visit: &Visit) -> Option<AnyView> {
    let told = visit.told.as_ref().filter(|told| told.tone != Tone::Good)?;
    visit.is_told_inside.store(true, Ordering::Relaxed);
    Some(view! { <p class=format!("notice {}", told.tone.class()) role="status">{told.text.clone()}</p> }.into_any())
}

fn undo_form(words: Common, here: &str, undo: &Undo) -> AnyView {
    let (action, fields) = match undo {
        Undo::PairGroup { group, decided_at } => {
            let at = decided_at.to_rfc3339_opts(SecondsFormat::Micros, true);
            (UndoGroup::url(), vec![("group", group.clone()), ("decided_at", at)])
        }
        Undo::Archived { id } => {
            (ArchiveConversation::url(), vec![("id", id.to_string()), ("archived", "false".to_owned())])
        }
    };
    let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form method="post" action=action>
            {fields.collect_view()}
            <input type="hidden" name="then" value=here.to_owned()/>
            <button class="link">{words.undo()}</button>
        </form>
    }
    .into_any()
}

/// Language and theme: plain forms, answered by a redirect back to the page with the new look.
pub(crate) fn look_switches(visit: &Visit) -> AnyView {
    let words = Nav(visit.lang());
    let prefs = visit.scope.prefs;
    let languages = Lang::ALL.map(|lang| (lang.as_str(), lang.name(), lang == prefs.lang));
    let themes = Theme::ALL.map(|theme| {
        let label = match theme {
            Theme::System => words.theme_system(),
            Theme::Light => words.theme_light(),
            Theme::Dark => words.theme_dark(),
        };
        (theme.as_str(), label, theme == prefs.theme)
    });
    view! {
        <div class="look">
            {switch("lang", words.language(), &visit.scope.here, languages)}
            {switch("theme", words.theme(), &visit.scope.here, themes)}
        </div>
    }
    .into_any()
}

fn switch<const N: usize>(
    name: &'static str,
    label: &'static str,
    here: &str,
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
        <form method="post" action=paths::PREFS class="switch" aria-label=label>
            <input type="hidden" name="next" value=here.to_owned()/>
            {buttons}
        </form>
    }
    .into_any()
}
