//! Small pieces: pills, times, empty states, progress.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

/// What a colour says; never without words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tone {
    Good,
    Warn,
    Bad,
    Idle,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Idle => "idle",
        }
    }
}

/// A status with its colour.
#[component]
pub(crate) fn Pill(tone: Tone, #[prop(into)] text: String) -> impl IntoView {
    view! { <span class=format!("pill {}", tone.class())>{text}</span> }
}

/// When something was, as it is shown: worked out on the server, so that browsers need no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Moment {
    /// For programs.
    pub(super) at: String,
    /// "4 min ago".
    pub(super) ago: String,
}

/// A moment, with the exact time on hover.
pub(crate) fn moment(Moment { at, ago }: &Moment) -> AnyView {
    // The form for programs differs in two letters.
    let exact = at.replace('T', " ").replace('Z', " UTC");
    view! { <time datetime=at.clone() title=exact>{ago.clone()}</time> }.into_any()
}

/// Nothing is here, and what to do about it.
#[component]
pub(crate) fn Empty(
    #[prop(into)] title: String,
    #[prop(into)] next: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <p class="muted">{next}</p>
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// A bar, with a value where one is known.
#[component]
pub(crate) fn Progress(percent: Option<u8>, #[prop(into)] label: String) -> impl IntoView {
    view! { <progress class="bar" max="100" value=percent.map(|value| value.to_string()) aria-label=label></progress> }
}
