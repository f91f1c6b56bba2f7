//! Where pages live: the one set of addresses that the router, links, forms, answers and tests use.

use replybook::types::{AccountId, Role, RunId, ThreadId};

/// Signing in.
pub const LOGIN: &str = "/login";
/// Signing out: a form posts here.
pub const LOGOUT: &str = "/logout";
/// Making the first admin, by a link that works once.
pub const SETUP: &str = "/setup";
/// Setting a password of one's own, by a link that works once.
pub const JOIN: &str = "/join";
/// Language and theme: a form posts here.
pub const PREFS: &str = "/prefs";
/// A person's own page.
pub const ME: &str = "/account";
/// Changing one's password: a form posts here.
pub const PASSWORD: &str = "/account/password";
/// Changing one's name: a form posts here.
pub const NAME: &str = "/account/name";
/// Choosing the keys of the review: a form posts here.
pub const REVIEW_KEYS: &str = "/account/review-keys";
/// Where they are chosen, on a person's own page.
pub const KEYS_OF_ME: &str = "/account#review-keys";
pub const EVERYWHERE: &str = "/account/sign-out-everywhere";
/// The overview, and the root of everything that is for admins.
pub const OVERVIEW: &str = "/admin";
/// The accounts, and what can be connected.
pub const INTEGRATIONS: &str = "/admin/integrations";
/// The page of one account, as a route.
pub const ACCOUNT_ROUTE: &str = "/admin/integrations/accounts/{id}";
/// Uploading a mailbox file: a form posts here.
pub const IMPORT: &str = "/admin/import";
/// What people ask for: forms and calls of pages' scripts post below it, to server functions, which say where themselves.
pub const ACTS: &str = "/api/ui/";
/// Uploading a mailbox file in pieces: the script of the form posts here.
pub const UPLOADS: &str = "/api/ui/uploads";
/// One upload in pieces, as a route.
pub const UPLOAD_ROUTE: &str = "/api/ui/uploads/{token}";
/// What goes on: pages follow it.
pub const EVENTS: &str = "/api/ui/events";
/// The review of pairs.
pub const TRAINING: &str = "/admin/ai-email-training";
/// Putting back what was removed from a pair, or taking it out again: a form posts here, which browsers draw as well.
pub const PAIR_SPAN: &str = "/api/ui/pair-span";
/// Taking the text of the mail over into a pair: a form posts here.
pub const PAIR_ADOPT: &str = "/api/ui/pair-adopt";
/// Keeping a pair as it is: a form posts here.
pub const PAIR_KEEP: &str = "/api/ui/pair-keep";
/// The team's own tags for pairs.
pub const TAGS: &str = "/admin/review-tags";
/// What the team goes by in the review.
pub const GUIDELINES: &str = "/admin/review-guidelines";
/// How far the review of pairs is.
pub const PROGRESS: &str = "/admin/review-progress";
/// Decided pairs that wait for a second opinion, and where reviewers disagree.
pub const OPINIONS: &str = "/admin/second-opinions";
/// Decisions about all pairs that a search finds.
pub const BULK: &str = "/admin/review-bulk";
/// How far one of them is: its page follows it.
pub const BULK_EVENTS: &str = "/api/ui/bulk-events";
/// Rules by which new pairs are approved.
pub const RULES: &str = "/admin/trust-rules";
/// The approved pairs.
pub const KNOWLEDGE: &str = "/admin/knowledge-base";
/// What was answered to a message: the nearest past cases.
pub const SIMILAR: &str = "/admin/knowledge-base/similar";
/// The file of an export of them: a form asks for it.
pub const EXPORT: &str = "/api/knowledge-base/export";
/// Stored mail, by conversation.
pub const THREADS: &str = "/admin/threads";
/// One thread, as a route.
pub const THREAD_ROUTE: &str = "/admin/threads/{id}";
/// Who waits for an answer, and what is done.
pub const CONVERSATIONS: &str = "/admin/conversations";
/// One conversation, as a route.
pub const CONVERSATION_ROUTE: &str = "/admin/conversations/{id}";
/// Whether anything of them changed: their list follows it.
pub const CONVERSATION_EVENTS: &str = "/api/ui/conversation-events";
/// The AI provider.
pub const AI_SETTINGS: &str = "/admin/ai-settings";
/// Who may come in.
pub const PEOPLE: &str = "/admin/people";
/// Who did what.
pub const AUDIT: &str = "/admin/audit";
/// The API for people, shown by a viewer.
pub const API_DOCS: &str = "/api/docs";

/// The page of one account.
#[must_use]
pub fn account(id: AccountId) -> String {
    format!("{INTEGRATIONS}/accounts/{id}")
}

/// Which addresses are ours in an account, on its page.
#[must_use]
pub fn addresses(id: AccountId) -> String {
    format!("{}#our-addresses", account(id))
}

/// One thread.
#[must_use]
pub fn thread(id: ThreadId) -> String {
    format!("{THREADS}/{id}")
}

/// One conversation.
#[must_use]
pub fn conversation(id: ThreadId) -> String {
    format!("{CONVERSATIONS}/{id}")
}

/// The drafts of a thread, those that are written and those that are begun, one event each.
#[must_use]
pub fn draft_events(thread: ThreadId) -> String {
    format!("/api/email/threads/{thread}/drafts/events?waits=true")
}

/// What is open on top of the Integrations page: a run.
#[must_use]
pub fn run(id: RunId) -> String {
    format!("{INTEGRATIONS}?run={id}")
}

/// One upload in pieces.
#[must_use]
pub fn upload(token: &str) -> String {
    format!("{UPLOADS}/{token}")
}

/// What is open on top of the Integrations page: the question whose mail an uploaded file is.
#[must_use]
pub fn import_question(token: &str) -> String {
    format!("{INTEGRATIONS}?upload={token}")
}

/// What goes on, one event each, as pages show it: with all accounts, or with one.
#[must_use]
pub fn events(account: Option<AccountId>) -> String {
    match account {
        None => EVENTS.to_owned(),
        Some(id) => format!("{EVENTS}?account_id={id}"),
    }
}

/// The link by which somebody sets a password, as it is handed to them. `base` is the address of this server.
#[must_use]
pub fn join_link(base: &str, token: &str) -> String {
    format!("{base}{JOIN}?token={token}")
}

/// Whether a page may live at this path, or the page that says that there is none.
#[must_use]
pub fn is_page(path: &str) -> bool {
    let within = |area: &str| path == area || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'));
    match path {
        "/" | LOGIN | SETUP | JOIN => true,
        // Forms post there.
        IMPORT | PASSWORD | NAME | REVIEW_KEYS => false,
        _ => within(OVERVIEW) || within(ME),
    }
}

/// Where somebody lands who asked for nothing in particular.
#[must_use]
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Admin => OVERVIEW,
        Role::Reviewer => TRAINING,
        Role::Member => ME,
    }
}
