//! What a page is: one type that says where it lives, who may see it, what it loads and how it looks. The host routes to it,
//! opens the door, and sends what [`crate::shell`] makes of it. Every page is complete without scripts.

use std::{collections::HashMap, str::FromStr, sync::atomic::AtomicBool};

use axum::http::StatusCode;
use leptos::prelude::AnyView;
use replybook::types::Problem;

use crate::{answer::Told, prefs::Lang, request::RequestScope, words::Voice};

/// Who may see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, signed in or not.
    Everybody,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever may read mail and decide pairs.
    Reviewers,
    /// Admins alone.
    Admins,
}

/// What stands around a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// The navigation at the side.
    Navigation,
    /// One card in the middle: pages before the login.
    Door,
}

/// What only some pages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Islands act on it: it loads the WASM.
    Islands,
    /// It is kept true while it is open, or asks the server about a field.
    Live,
    /// It shows mail in frames.
    Mail,
    /// Rows of its table can be picked.
    Picks,
    /// An open pair can be marked on it.
    Review,
}

/// One request for a page.
pub struct Visit {
    pub scope: RequestScope,
    /// The variable parts of the path, by name.
    pub params: HashMap<String, String>,
    /// The query. Of a parameter that stands there twice, the last one counts.
    pub query: HashMap<String, String>,
    /// What the form that led here came to.
    pub told: Option<Told>,
    /// Whether a dialog of the page says it.
    pub is_told_inside: AtomicBool,
}

impl Visit {
    /// The language and the moment of this request.
    pub(crate) fn voice(&self) -> Voice {
        Voice { lang: self.scope.prefs.lang, now: self.scope.domain.clock.now() }
    }

    /// The person's language.
    pub(crate) fn lang(&self) -> Lang {
        self.scope.prefs.lang
    }

    /// Whether an admin asks.
    pub(crate) fn is_admin(&self) -> bool {
        self.scope.user.as_ref().is_some_and(|user| user.is_admin())
    }

    /// A parameter of the query. One that is there and empty counts as absent: forms send those.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a parameter of the query was sent at all, if only as white space.
    pub(crate) fn was_sent(&self, name: &str) -> bool {
        self.query.contains_key(name)
    }

    /// A parameter of the query. What is not understood counts as not set: an old link still opens the page.
    pub(crate) fn query_as<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query(name)?.parse().ok()
    }

    /// A variable part of the path. `None` for one that is not understood: nothing lives there.
    pub(crate) fn param<T: FromStr>(&self, name: &str) -> Option<T> {
        self.params.get(name)?.parse().ok()
    }

    /// What was typed into a field of the form that led here and was refused.
    pub(crate) fn typed(&self, field: &str) -> Option<String> {
        self.told.as_ref()?.typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
    }
}

/// A page. What it shows is loaded by one call to the domain.
pub trait Page: Sized + Send {
    /// Its path, as the router of axum reads it.
    const ROUTE: &'static str;
    /// Who may see it.
    const AUDIENCE: Audience = Audience::Admins;
    /// What stands around it.
    const FRAME: Frame = Frame::Navigation;
    /// What it runs besides what all pages run.
    const SCRIPTS: &'static [Script] = &[];

    /// Loads what the page shows.
    ///
    /// # Errors
    /// What the domain says; the page of errors shows it with its status.
    fn load(visit: &Visit) -> impl Future<Output = Result<Self, Problem>> + Send;

    /// What the browser's tab is called.
    fn title(&self, visit: &Visit) -> String;

    /// The HTTP status it is answered with.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// The page itself.
    fn view(self, visit: &Visit) -> AnyView;
}
