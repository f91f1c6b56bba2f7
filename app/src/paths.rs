//! Where pages live: the one set of addresses that the router, links, forms, answers and tests use.

use replybook::types::{AccountId, RunId, ThreadId};

/// Signing in.
pub const LOGIN: &str = "/login";
/// Signing out: a form posts here.
pub const LOGOUT: &str = "/logout";
/// Making the first admin, by a link that works once.
pub const SETUP: &str = "/setup";
/// Language and theme: a form posts here.
pub const PREFS: &str = "/prefs";
/// A person's own page.
pub const ME: &str = "/account";
/// Changing one's password: a form posts here.
pub const PASSWORD: &str = "/account/password";
pub const EVERYWHERE: &str = "/account/sign-out-everywhere";
/// The overview, and the root of everything that is for admins.
pub const OVERVIEW: &str = "/admin";
/// The accounts, and what can be connected.
pub const INTEGRATIONS: &str = "/admin/integrations";
/// The page of one account, as a route.
pub const ACCOUNT_ROUTE: &str = "/admin/integrations/accounts/{id}";
/// Uploading a mailbox file: a form posts here.
pub const IMPORT: &str = "/admin/import";
/// The review of pairs.
pub const TRAINING: &str = "/admin/ai-email-training";
/// Stored mail, by conversation.
pub const THREADS: &str = "/admin/threads";
/// One thread, as a route.
pub const THREAD_ROUTE: &str = "/admin/threads/{id}";
/// The AI provider.
pub const AI_SETTINGS: &str = "/admin/ai-settings";
/// Who did what.
pub const AUDIT: &str = "/admin/audit";

/// The page of one account.
#[must_use]
pub fn account(id: AccountId) -> String {
    format!("{INTEGRATIONS}/accounts/{id}")
}

/// One thread.
#[must_use]
pub fn thread(id: ThreadId) -> String {
    format!("{THREADS}/{id}")
}

/// What is open on top of the Integrations page: a run.
#[must_use]
pub fn run(id: RunId) -> String {
    format!("{INTEGRATIONS}?run={id}")
}

/// The states of a run, one event each, as they come.
#[must_use]
pub fn run_events(id: RunId) -> String {
    format!("/api/integrations/runs/{id}/events")
}

/// Whether a page may live at this path, or the page that says that there is none.
#[must_use]
pub fn is_page(path: &str) -> bool {
    let within = |area: &str| path == area || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'));
    match path {
        "/" | LOGIN | SETUP => true,
        // Forms post there.
        IMPORT | PASSWORD => false,
        _ => within(OVERVIEW) || within(ME),
    }
}

/// Where somebody lands who asked for nothing in particular.
#[must_use]
pub fn home(is_admin: bool) -> &'static str {
    if is_admin { OVERVIEW } else { ME }
}
