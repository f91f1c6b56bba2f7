//! What the server knows about a page before it renders, handed to the browser in one attribute of the document,
//! so that both sides render the same thing.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use replybook::types::UserId;
use serde::{Deserialize, Serialize};

use crate::{i18n::Texts, prefs::Prefs};

/// The attribute of `<html>` that carries [`Boot`] as JSON: written by `document.rs`.
const ATTRIBUTE: &str = "data-boot";

/// The person a page is rendered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub is_admin: bool,
}

/// The start state of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    pub prefs: Prefs,
    /// When the server rendered the page: "4 min ago" must read the same on both sides.
    pub now: DateTime<Utc>,
    /// `None` on the pages before login.
    pub viewer: Option<Viewer>,
}

impl Boot {
    /// Reads what the server left in the document. Browser only.
    #[must_use]
    pub fn from_document() -> Self {
        document()
            .document_element()
            .and_then(|root| root.get_attribute(ATTRIBUTE))
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default()
    }
}

/// The present moment as pages see it: the server's until the page is hydrated, from then on it moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now(RwSignal<DateTime<Utc>>);

impl Now {
    /// Starts at the server's moment; a browser moves it on every 20 seconds.
    pub(crate) fn starting_at(start: DateTime<Utc>) -> Self {
        let now = RwSignal::new(start);
        Effect::new(move |_| {
            let began = js_sys::Date::now();
            let tick = move || {
                // Whole milliseconds since hydration: far inside the range of i64.
                #[expect(clippy::cast_possible_truncation, reason = "milliseconds of one page's life")]
                let passed = (js_sys::Date::now() - began) as i64;
                now.set(start + TimeDelta::milliseconds(passed));
            };
            if let Ok(handle) = set_interval_with_handle(tick, std::time::Duration::from_secs(20)) {
                on_cleanup(move || handle.clear());
            }
        });
        Self(now)
    }

    /// Reads the moment and follows it.
    pub(crate) fn get(self) -> DateTime<Utc> {
        self.0.get()
    }
}

/// The present moment.
pub(crate) fn use_now() -> Now {
    expect_context()
}

/// The person this page is for.
pub(crate) fn use_viewer() -> Option<Viewer> {
    expect_context::<Boot>().viewer
}

/// The texts in the person's language.
pub(crate) fn use_texts() -> &'static Texts {
    Texts::of(use_context::<Boot>().unwrap_or_default().prefs.lang)
}
