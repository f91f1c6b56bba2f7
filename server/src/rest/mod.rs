//! The REST contract under `/api`. Every handler is one domain call between an extractor and a mapping of errors.

pub mod accounts;
pub mod ai_provider;
pub mod ai_providers;
pub mod answers;
pub mod assign;
pub mod audit;
pub mod auth;
pub mod bulk;
pub mod control;
pub mod conversations;
pub mod drafts;
pub mod email;
pub mod enroll;
mod extract;
pub mod gmail;
pub mod guidelines;
pub mod imap;
pub mod jobs;
pub mod monitor;
pub mod opinions;
pub mod pairs;
pub mod people;
pub mod runs;
pub mod tags;

use std::sync::LazyLock;

use http::{HeaderName, StatusCode, header};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use extract::{AccountOrEmpty, ApiJson, ApiQuery, PathId, PathIds, parse_id, parse_limit, parse_offset, present};

use crate::{draft_events, events, health, metrics, oauth, problem::Refusal, session, state::AppState};

/// The largest JSON body that is read, in bytes.
pub const JSON_LIMIT: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Replybook",
        description = "Connects mailboxes read-only, keeps their mail, and offers every client message with our reply for review.\n\n\
            Every error is `{\"detail\": \"…\"}` with the right status. Times are RFC 3339 in UTC, ids are UUIDs."
    ),
    modifiers(&SecuritySchemes),
    security(("bearer" = []), ("session" = [])),
    tags(
        (name = "auth", description = "Signing in, and tokens for scripts"),
        (name = "people", description = "Who can sign in, and with which role"),
        (name = "gmail", description = "Connecting a Gmail account"),
        (name = "accounts", description = "Connected mailboxes and their sync"),
        (name = "runs", description = "Syncs, backfills and imports"),
        (name = "monitor", description = "The workers that keep the mail up to date"),
        (name = "pairs", description = "Client messages with our replies"),
        (name = "knowledge-base", description = "The approved pairs, to read, search and export"),
        (name = "email", description = "The stored mail: threads, messages, attachments"),
        (name = "conversations", description = "Which clients wait for an answer, who answers, what is done"),
        (name = "drafts", description = "Drafts of answers that rest on past cases"),
        (name = "ai-provider", description = "AI providers: keys, models, prices, budgets, and what calls cost"),
        (name = "audit", description = "Who did what"),
        (name = "health", description = "For monitoring the server"),
    )
)]
struct Contract;

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        // The derive takes the program's license from Cargo.toml. The document describes its API, and names none.
        openapi.info.license = None;
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("From `POST /api/auth/login`, or a personal token from `POST /api/auth/tokens`."))
            .build();
        let cookie = ApiKeyValue::with_description(session::COOKIE, "The session of a signed-in browser.");
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Every documented route with its handler.
pub fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Contract::openapi())
        .routes(routes!(auth::login))
        .routes(routes!(auth::me))
        .routes(routes!(auth::list_tokens, auth::create_token))
        .routes(routes!(auth::list_all_tokens))
        .routes(routes!(auth::delete_token))
        .routes(routes!(auth::review_keys, auth::choose_review_keys))
        .routes(routes!(auth::sign_out_everywhere))
        .routes(routes!(people::list, people::invite))
        .routes(routes!(people::make_link, people::withdraw_link))
        .routes(routes!(people::set_role))
        .routes(routes!(people::activate))
        .routes(routes!(people::deactivate))
        .routes(routes!(gmail::auth_url))
        .routes(routes!(oauth::callback))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::delete))
        .routes(routes!(accounts::enable))
        .routes(routes!(accounts::disable))
        .routes(routes!(accounts::resync))
        .routes(routes!(accounts::sync_now))
        .routes(routes!(accounts::disconnect))
        .routes(routes!(accounts::deletion))
        .routes(routes!(accounts::add_addresses))
        .routes(routes!(accounts::remove_address))
        .routes(routes!(accounts::sync_runs))
        .routes(routes!(accounts::failures))
        .routes(routes!(imap::connect_account))
        .routes(routes!(enroll::one))
        .routes(routes!(enroll::all))
        .routes(routes!(control::backfill))
        .routes(routes!(control::retry_all))
        .routes(routes!(control::retry_one))
        .routes(routes!(runs::get))
        .routes(routes!(control::pause))
        .routes(routes!(control::resume))
        .routes(routes!(control::cancel))
        .routes(routes!(events::run_events))
        .routes(routes!(events::events))
        .routes(routes!(monitor::status))
        .routes(routes!(monitor::start))
        .routes(routes!(monitor::stop))
        .routes(routes!(monitor::poll_now))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::retry))
        .routes(routes!(pairs::list))
        .routes(routes!(pairs::progress))
        .routes(routes!(opinions::get))
        .routes(routes!(opinions::next))
        .routes(routes!(opinions::set_share))
        .routes(routes!(opinions::give))
        .routes(routes!(opinions::settle))
        .routes(routes!(bulk::preview))
        .routes(routes!(bulk::list, bulk::ask))
        .routes(routes!(bulk::get))
        .routes(routes!(bulk::cancel))
        .routes(routes!(bulk::undo))
        .routes(routes!(bulk::act_on_picked))
        .routes(routes!(bulk::rules, bulk::make_rule))
        .routes(routes!(bulk::change_rule, bulk::delete_rule))
        .routes(routes!(bulk::switch_rule))
        .routes(routes!(bulk::dry_run))
        .routes(routes!(bulk::apply_rule))
        .routes(routes!(assign::reviewers))
        .routes(routes!(assign::one))
        .routes(routes!(assign::several))
        .routes(routes!(assign::share_out))
        .routes(routes!(guidelines::get, guidelines::write))
        .routes(routes!(guidelines::versions))
        .routes(routes!(guidelines::version))
        .routes(routes!(tags::list, tags::create))
        .routes(routes!(tags::change, tags::delete))
        .routes(routes!(tags::put_on, tags::take_off))
        .routes(routes!(pairs::facets))
        .routes(routes!(pairs::views))
        .routes(routes!(pairs::save_view))
        .routes(routes!(pairs::delete_view))
        .routes(routes!(pairs::get))
        .routes(routes!(pairs::steps))
        .routes(routes!(pairs::undo))
        .routes(routes!(pairs::set_status))
        .routes(routes!(pairs::edit_texts))
        .routes(routes!(pairs::turns, pairs::put_turns))
        .routes(routes!(pairs::edits))
        .routes(routes!(pairs::messages))
        .routes(routes!(pairs::keep_span))
        .routes(routes!(pairs::adopt))
        .routes(routes!(pairs::keep))
        .routes(routes!(pairs::set_group_status))
        .routes(routes!(pairs::undo_group))
        .routes(routes!(answers::list))
        .routes(routes!(answers::export))
        .routes(routes!(answers::search))
        .routes(routes!(audit::list))
        .routes(routes!(email::status))
        .routes(routes!(email::accounts))
        .routes(routes!(email::list_threads))
        .routes(routes!(email::get_thread))
        .routes(routes!(drafts::list, drafts::begin))
        .routes(routes!(drafts::preview))
        .routes(routes!(draft_events::follow))
        .routes(routes!(drafts::get))
        .routes(routes!(drafts::cancel))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::stats))
        .routes(routes!(conversations::get))
        .routes(routes!(conversations::archive))
        .routes(routes!(conversations::snooze))
        .routes(routes!(conversations::assign))
        .routes(routes!(conversations::write_note))
        .routes(routes!(conversations::delete_note))
        .routes(routes!(email::message_html))
        .routes(routes!(email::message_sender))
        .routes(routes!(email::download))
        .routes(routes!(email::picture))
        .routes(routes!(ai_provider::get, ai_provider::save))
        .routes(routes!(ai_provider::test))
        .routes(routes!(ai_provider::remove_key))
        .routes(routes!(ai_providers::list))
        .routes(routes!(ai_providers::get, ai_providers::save))
        .routes(routes!(ai_providers::test))
        .routes(routes!(ai_providers::models))
        .routes(routes!(ai_providers::remove_key))
        .routes(routes!(ai_providers::spend))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::for_admins))
        .routes(routes!(openapi_json))
}

/// The contract as an OpenAPI document.
#[must_use]
pub fn contract() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The document never changes while the process lives.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| contract().to_pretty_json().unwrap_or_default());

/// This document
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "health", operation_id = "getOpenApi",
    security(()),
    responses((status = 200, description = "The OpenAPI document.", content_type = "application/json", body = Object))
)]
async fn openapi_json() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}

/// Nothing under `/api` is there.
pub fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_found")
}

/// How many there are, for the `count` beside a list.
fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}
