//! An upload in pieces, for the script of the form: it shows how far it is, and goes on where it was after the connection broke.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use replybook::{
    import,
    types::{Problem, UserId},
    uploads::{self, UploadToken},
};
use replybook_app::{paths, problems};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    identity::Identity,
    pages::prefs_of,
    problem::Refusal,
    rest::{ApiJson, ApiQuery},
    state::AppState,
};

/// The largest piece, in bytes. The script sends half of it.
const PIECE_LIMIT: usize = 8 << 20;

/// The routes. They answer the script alone, and are no part of the REST interface.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::UPLOADS, post(begin)).route(
        paths::UPLOAD_ROUTE,
        get(received).put(append).delete(abandon).post(complete).layer(DefaultBodyLimit::max(PIECE_LIMIT)),
    )
}

/// A file that is to come.
#[derive(Deserialize)]
struct Announced {
    name: String,
    size: u64,
}

/// Where a piece belongs, in bytes.
#[derive(Deserialize)]
struct Place {
    offset: u64,
}

/// What the form says besides the file.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    as_address: String,
}

/// How much of a file is here.
#[derive(Serialize)]
struct Progress {
    received: u64,
}

/// What came of it, or the problem in words that the script shows.
fn answered(done: Result<Response, Problem>, headers: &HeaderMap) -> Response {
    let problem = match done {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    let (detail, message) = (problem.to_string(), problems::text(&problem, prefs_of(headers).lang));
    // What went wrong inside is nobody's business outside.
    let is_ours = matches!(problem, Problem::Internal { .. });
    let refusal = Refusal::from(problem);
    let status = refusal.status();
    if is_ours {
        refusal.into_response()
    } else {
        (status, Json(json!({ "detail": detail, "message": message }))).into_response()
    }
}

async fn begin(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    ApiJson(file): ApiJson<Announced>,
) -> Response {
    let begun = async {
        let by = admin(&identity).await?;
        let token = uploads::begin(&state.domain, by, &super::base_name(&file.name), file.size).await?;
        Ok((StatusCode::CREATED, Json(json!({ "at": paths::upload(token.as_str()) }))).into_response())
    };
    answered(begun.await, &headers)
}

async fn received(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let looked = async {
        let received = uploads::received(&state.domain, admin(&identity).await?, &token.parse()?).await?;
        Ok(Json(Progress { received }).into_response())
    };
    answered(looked.await, &headers)
}

async fn append(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    Path(token): Path<String>,
    ApiQuery(place): ApiQuery<Place>,
    piece: Bytes,
) -> Response {
    let appended = async {
        let by = admin(&identity).await?;
        let received = uploads::append(&state.domain, by, &token.parse()?, place.offset, piece.into()).await?;
        Ok(Json(Progress { received }).into_response())
    };
    answered(appended.await, &headers)
}

async fn abandon(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let abandoned = async {
        uploads::abandon(&state.domain, admin(&identity).await?, &token.parse()?).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    answered(abandoned.await, &headers)
}

/// The last piece is here: says where to go on.
async fn complete(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    Path(token): Path<String>,
    ApiJson(said): ApiJson<Said>,
) -> Response {
    let completed = async {
        let (by, token) = (admin(&identity).await?, token.parse::<UploadToken>()?);
        let go = match import::complete(&state.domain, by, token, &said.as_address).await? {
            import::Received::Begun(run) => paths::run(run),
            // Why it asks, the page says by what was found in the file.
            import::Received::Asks(token, _) => paths::import_question(token.as_str()),
        };
        Ok(Json(json!({ "go": go })).into_response())
    };
    answered(completed.await, &headers)
}

async fn admin(identity: &Identity) -> Result<UserId, Problem> {
    match identity.caller().await? {
        Some(caller) if caller.user.is_admin() => Ok(caller.user.id),
        Some(_) => Err(Problem::Forbidden),
        None => Err(Problem::Unauthenticated),
    }
}
