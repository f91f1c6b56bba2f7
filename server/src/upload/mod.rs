//! An mbox or a Takeout archive that comes in, streamed to disk and never held in memory: whole, as the form sends it without
//! scripts (`POST /admin/import`), or in pieces, which a connection that breaks does not lose (`/api/ui/uploads`).

mod pieces;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{
    extract::{
        FromRequest, Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header};
use replybook::{
    files, import,
    types::{FileProblem, InvalidCode, Problem},
    uploads::{self, UploadToken},
};
use replybook_app::{answer::Told, paths};
use tokio::{
    fs,
    io::{AsyncWriteExt, BufWriter},
    time::timeout,
};
use tracing::error;

pub use pieces::routes;

use crate::{
    guard::{login_url, with_query},
    identity::Identity,
    pages::{prefs_of, see_other},
    problem::{Refusal, as_page},
    state::AppState,
};

const PAGE: &str = paths::INTEGRATIONS;
/// The longest text field that is read, in bytes.
const TEXT_LIMIT: usize = 1_024;
/// A client that sends nothing for so long is gone.
const PIECE_TIMEOUT: Duration = Duration::from_secs(60);
const WRITE_BUFFER: usize = 1 << 20;
/// What the boundaries and the other field may add to the file.
const FORM_OVERHEAD: u64 = 64 << 10;
/// So much of a refused upload is read and dropped, so that the browser gets to see the answer.
const DRAIN_LIMIT: u64 = 64 << 20;

/// The handler.
pub async fn import_file(State(state): State<AppState>, identity: Identity, request: Request) -> Response {
    let by = match identity.caller().await {
        Ok(Some(caller)) if caller.user.is_admin() => caller.user.id,
        Ok(Some(_)) => return as_page(&Problem::Forbidden.into()),
        Ok(None) => return Redirect::to(&login_url(PAGE)).into_response(),
        Err(problem) => return as_page(&problem.into()),
    };
    let limit = state.domain.settings.max_upload_bytes;
    let headers = request.headers().clone();
    let announced = content_length(&headers);
    let mut form = match Multipart::from_request(request, &()).await {
        Ok(form) => form,
        Err(error) => return as_page(&Refusal::new(error.status(), "the form cannot be read")),
    };
    if announced.is_some_and(|bytes| bytes > limit.saturating_add(FORM_OVERHEAD)) {
        drain(form).await;
        return failed(&state, &headers, "", &too_large(limit));
    }
    let token = UploadToken::random();
    let received = receive(&mut form, &token.file(&state.domain), limit).await;
    let mut received = match received {
        Ok(received) => received,
        Err(problem) => {
            drain(form).await;
            return failed(&state, &headers, "", &problem);
        }
    };
    // From here on it is deleted by whoever has no more use for it.
    received.file.is_handed_over = true;
    match import::receive(&state.domain, by, token, &received.name, &received.as_address).await {
        Ok(import::Received::Begun(run)) => Redirect::to(&paths::run(run)).into_response(),
        Ok(import::Received::Asks(token, problem)) => {
            let question = paths::import_question(token.as_str());
            match problem {
                Some(problem) => told(&state, &headers, &question, &received.as_address, &problem),
                None => see_other(&question),
            }
        }
        Err(problem) => failed(&state, &headers, &received.as_address, &problem),
    }
}

/// A file on disk that is removed again unless somebody takes it over, also when the client goes away halfway.
struct Received {
    path: PathBuf,
    is_handed_over: bool,
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.is_handed_over
            && let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != ErrorKind::NotFound
        {
            error!(%error, "an upload that is not needed could not be removed");
        }
    }
}

struct Form {
    as_address: String,
    name: String,
    file: Received,
}

async fn receive(form: &mut Multipart, path: &Path, limit: u64) -> Result<Form, Problem> {
    let mut as_address = None;
    let mut file = None;
    while let Some(mut field) = in_time(form.next_field()).await? {
        match field.name().unwrap_or_default() {
            "as_address" => as_address = Some(text(&mut field).await?),
            "file" => {
                let name = field.file_name().map(base_name).filter(|name| !name.is_empty());
                let received = store(&mut field, path, limit).await?;
                file = name.map(|name| (name, received));
            }
            _ => {}
        }
    }
    let (name, file) = file.ok_or_else(|| Problem::invalid("file", FileProblem::Missing))?;
    Ok(Form { as_address: as_address.unwrap_or_default(), name, file })
}

async fn text(field: &mut Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(field.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > TEXT_LIMIT {
            return Err(Problem::invalid("as_address", InvalidCode::OwnAddressTooLong));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

async fn store(field: &mut Field<'_>, path: &Path, limit: u64) -> Result<Received, Problem> {
    let disk = |error: std::io::Error| uploads::problem(&error);
    path.parent().map_or(Ok(()), files::make_folder).map_err(disk)?;
    let received = Received { path: path.to_owned(), is_handed_over: false };
    let mut options = fs::OpenOptions::from(files::private());
    options.write(true).create_new(true);
    let mut file =
        BufWriter::with_capacity(WRITE_BUFFER, uploads::in_time(options.open(&received.path)).await.map_err(disk)?);
    let mut written = 0_u64;
    while let Some(chunk) = in_time(field.chunk()).await? {
        written = written.saturating_add(chunk.len() as u64);
        if written > limit {
            return Err(too_large(limit));
        }
        uploads::in_time(file.write_all(&chunk)).await.map_err(disk)?;
    }
    uploads::in_time(file.flush()).await.map_err(disk)?;
    Ok(received)
}

/// Reads on without keeping anything: a browser shows no answer before it has sent everything.
async fn drain(mut form: Multipart) {
    let mut dropped = 0_u64;
    while let Ok(Some(mut field)) = in_time(form.next_field()).await {
        while let Ok(Some(chunk)) = in_time(field.chunk()).await {
            dropped = dropped.saturating_add(chunk.len() as u64);
            if dropped > DRAIN_LIMIT {
                return;
            }
        }
    }
}

/// Some browsers send the whole path.
fn base_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: u64) -> Problem {
    Problem::invalid("file", FileProblem::TooLarge { megabytes: limit >> 20 })
}

/// Waits for the next piece of the form, but not for ever.
async fn in_time<T>(piece: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Problem> {
    match timeout(PIECE_TIMEOUT, piece).await {
        Ok(piece) => piece.map_err(|_| broken()),
        Err(_) => Err(Problem::invalid("file", FileProblem::Stalled { seconds: PIECE_TIMEOUT.as_secs() })),
    }
}

fn broken() -> Problem {
    Problem::invalid("file", FileProblem::CutOff)
}

/// Back to the form, which says why it was refused and still holds what was typed.
fn failed(state: &AppState, headers: &HeaderMap, as_address: &str, problem: &Problem) -> Response {
    if matches!(problem, Problem::Internal { .. }) {
        return as_page(&Refusal::from(problem.clone()));
    }
    told(state, headers, &with_query(PAGE, &[("open", "import")]), as_address, problem)
}

/// To a page that says what is wrong, and still holds what was typed.
fn told(state: &AppState, headers: &HeaderMap, page: &str, as_address: &str, problem: &Problem) -> Response {
    let typed = vec![("as_address".to_owned(), as_address.to_owned())];
    let told = Told::failure(problem, prefs_of(headers).lang, typed);
    let mut response = see_other(page);
    if let Some(cookie) = told.cookie(state.domain.settings.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_their_paths() {
        assert_eq!(base_name("C:\\Users\\me\\mail.mbox"), "mail.mbox");
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name("a\nb.mbox"), "ab.mbox");
        assert_eq!(base_name("dir/"), "");
    }
}
