//! Moments, worked out on the server and drawn.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::parts::{Moment, moment};
use crate::words::{Voice, exact_time, machine_time};

impl Moment {
    pub(crate) fn of(voice: Voice, at: DateTime<Utc>) -> Self {
        Self { at: machine_time(at), ago: voice.ago(at) }
    }
}

/// "4 min ago", with the exact time on hover.
#[component]
pub(crate) fn Ago(voice: Voice, at: DateTime<Utc>) -> impl IntoView {
    moment(&Moment::of(voice, at))
}

/// A moment to the second: in UTC without scripts, otherwise in the zone of the browser.
#[component]
pub(crate) fn Exact(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=machine_time(at) data-exact="">{exact_time(at)}</time> }
}
