//! The drafts of a thread while they are written, as server-sent events.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, stream};
use http::{HeaderMap, StatusCode};
use replybook::{
    Domain, drafts,
    types::{Draft, DraftId, DraftState, Problem, ThreadId},
};
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::{
    events::{KEEP_ALIVE_EVERY, LAST_EVENT_ID, OVER, STANDING, event_schema},
    identity::{Identity, Reviewer},
    looks::{Looks, Viewers},
    problem::{AdminErrors, ApiResult, ErrorBody},
    rest::{ApiQuery, PathId},
    state::AppState,
};

/// What an event is called that tells of a draft.
const EVENT: &str = "draft";

/// An event as the document has it.
struct DraftEvent;

impl PartialSchema for DraftEvent {
    fn schema() -> RefOr<Schema> {
        let data = "Of `draft`: the draft, as JSON. Of `standing`: a text that is another one when a draft changed.";
        event_schema(&[EVENT, STANDING], data, &Draft::name())
    }
}

impl ToSchema for DraftEvent {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Draft::name().into_owned(), Draft::schema()));
        Draft::schemas(schemas);
    }
}

/// Whether a stream goes on while none is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Following {
    /// The stream does not end when none is being written: it waits until somebody begins the next one.
    #[serde(default)]
    waits: bool,
}

/// The drafts of a thread, live
///
/// Server-sent events. One named `draft` comes for each draft of the thread that is being written, with the sentences that are whole, and
/// again whenever it changes, including its end; one named `standing` after each of them. The stream ends when none is being written (with
/// `waits` it goes on), or with the caller's session or token; a browser that reconnects after the former gets 204 and stops.
#[utoipa::path(
    get,
    path = "/api/email/threads/{thread_id}/drafts/events",
    tag = "drafts", operation_id = "followDrafts",
    params(("thread_id" = ThreadId, Path), Following),
    responses(
        (status = 200, content_type = "text/event-stream", body = inline(DraftEvent), description = "Each event of the stream."),
        (status = 204, description = "None was being written when the stream ended; nothing more will come."),
        (status = 404, body = ErrorBody, description = "`email_thread_not_found`"),
        AdminErrors,
    )
)]
pub async fn follow(
    State(state): State<AppState>,
    Reviewer(_): Reviewer,
    identity: Identity,
    PathId(thread): PathId<ThreadId>,
    ApiQuery(Following { waits }): ApiQuery<Following>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if !waits && headers.get(LAST_EVENT_ID).is_some_and(|id| id == OVER) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut watch = Watch {
        domain: state.domain,
        looks: Looks::new(state.stop, identity, Viewers::Reviewers),
        thread,
        waits,
        open: BTreeMap::new(),
        mark: String::new(),
        is_over: false,
        next: VecDeque::new(),
    };
    watch.look().await?;
    Ok(Sse::new(watch.into_events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)).into_response())
}

/// The drafts of a thread, being looked at.
struct Watch {
    domain: Arc<Domain>,
    looks: Looks,
    thread: ThreadId,
    /// The stream goes on while none is written.
    waits: bool,
    /// Those that are being written, as they were told last.
    open: BTreeMap<DraftId, Draft>,
    mark: String,
    /// None is being written.
    is_over: bool,
    /// To be sent without looking again.
    next: VecDeque<Event>,
}

impl Watch {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.event().await?;
            Some((Ok(event), watch))
        })
    }

    /// Waits for something to tell. `None` when nothing more will come: none is being written, the server ends, whoever looks may no longer,
    /// or the database cannot be read (the browser reconnects by itself).
    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                let is_last = self.is_over && self.next.is_empty();
                return Some(if is_last { event.id(OVER) } else { event });
            }
            if self.is_over {
                return None;
            }
            let is_asked = self.looks.next().await?;
            // Where nobody writes there is nothing to hurry for.
            if self.open.is_empty() && !is_asked {
                continue;
            }
            self.look().await.ok()?;
        }
    }

    async fn look(&mut self) -> Result<(), Problem> {
        let drafts = drafts::of_thread(&self.domain, self.thread).await?;
        let mark = drafts::mark(&drafts);
        let is_open = |draft: &&Draft| draft.state == DraftState::Running;
        // Those that are being written, and those that were at the last look.
        let told = drafts.iter().filter(|draft| is_open(draft) || self.open.contains_key(&draft.id));
        let changed = told.filter(|draft| self.open.get(&draft.id) != Some(draft));
        // A draft always serialises; should it not, it is not told of.
        self.next.extend(changed.filter_map(|draft| Event::default().event(EVENT).json_data(draft).ok()));
        self.open = drafts.iter().filter(is_open).map(|draft| (draft.id, draft.clone())).collect();
        self.is_over = self.open.is_empty() && !self.waits;
        if mark != self.mark || self.is_over {
            self.next.push_back(Event::default().event(STANDING).data(&mark));
            self.mark = mark;
        }
        Ok(())
    }
}
