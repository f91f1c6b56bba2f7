//! Small pieces: pills, times, empty states, progress, skeletons, previews.

use chrono::{DateTime, Datelike, Timelike, Utc};
use leptos::prelude::*;
use leptos_router::hooks;

use super::url::{Address, here};
use crate::{
    boot::{use_now, use_texts},
    error::Failure,
    i18n::exact_time,
};

/// What a colour says; never without words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
pub(crate) fn Pill(tone: Tone, text: &'static str) -> impl IntoView {
    view! { <span class=format!("pill {}", tone.class())>{text}</span> }
}

/// "4 min ago", with the exact time on hover.
#[component]
pub(crate) fn Ago(at: DateTime<Utc>) -> impl IntoView {
    let (texts, now) = (use_texts(), use_now());
    view! {
        <time datetime=machine_time(at) title=exact_time(at)>
            {move || texts.ago(at, now.get())}
        </time>
    }
    .into_any()
}

/// The form of RFC 3339 that `<time datetime>` wants.
pub(crate) fn machine_time(at: DateTime<Utc>) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The day, as `<input type="date">` wants it: `2026-11-20`.
#[cfg(feature = "ssr")]
pub(crate) fn machine_date(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

/// Nothing is here, and what to do about it.
#[component]
pub(crate) fn Empty(
    title: &'static str,
    next: &'static str,
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

/// What went wrong where a part of a page should be.
#[component]
pub(crate) fn Broken(failure: Failure) -> impl IntoView {
    let texts = use_texts();
    let location = hooks::use_location();
    let here = here(&location.pathname.get_untracked(), &location.search.get_untracked());
    let (href, label) = if failure.is_signed_out() {
        (Address::new("/login").with("next", Some(here)).into_string(), texts.common.sign_in)
    } else {
        (String::new(), texts.common.reload)
    };
    view! {
        <div class="empty" role="alert">
            <p class="empty-title">{texts.problems.title}</p>
            <p>{failure.text(texts)}</p>
            // A real page load on purpose: it also renews the session and the scripts.
            <div class="row"><a class="btn" rel="external" href=href>{label}</a></div>
        </div>
    }
    .into_any()
}

/// A bar, with a value where one is known.
#[component]
pub(crate) fn Progress(percent: Option<u8>, label: &'static str) -> impl IntoView {
    view! { <progress class="bar" max="100" value=percent.map(|value| value.to_string()) aria-label=label></progress> }
}

/// Grey lines where content is on its way.
#[component]
pub(crate) fn Skeleton(#[prop(default = 4)] lines: u8) -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{texts.common.loading}</span>
            {(0..lines).map(|_| view! { <i aria-hidden="true"></i> }).collect_view()}
        </div>
    }
    .into_any()
}
