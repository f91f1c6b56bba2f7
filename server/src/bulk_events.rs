//! How far a decision about many pairs is, as server-sent events, for the page that shows it.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use futures::{Stream, stream};
use http::{HeaderMap, StatusCode};
use replybook::{Domain, pairs, types::BulkDecisionId};
use replybook_app::{pages::bulk::mark, paths};
use serde::Deserialize;

use crate::{
    events::{KEEP_ALIVE_EVERY, LAST_EVENT_ID, OVER, STANDING},
    identity::{Identity, Reviewer},
    looks::{Looks, Viewers},
    problem::ApiResult,
    rest::ApiQuery,
    state::AppState,
};

/// What the pages follow.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::BULK_EVENTS, get(follow))
}

/// Which decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Followed {
    id: BulkDecisionId,
}

/// An event named `standing` whenever it has gone on; the stream ends with it. A browser that reconnects then gets 204 and stops.
async fn follow(
    State(state): State<AppState>,
    Reviewer(_): Reviewer,
    identity: Identity,
    ApiQuery(Followed { id }): ApiQuery<Followed>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if headers.get(LAST_EVENT_ID).is_some_and(|id| id == OVER) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    pairs::bulk_decision(&state.domain, id).await?;
    let AppState { domain, stop, .. } = state;
    let watch = Watch {
        domain,
        looks: Looks::new(stop, identity, Viewers::Reviewers),
        id,
        told: String::new(),
        is_over: false,
    };
    Ok(Sse::new(watch.into_events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)).into_response())
}

struct Watch {
    domain: Arc<Domain>,
    looks: Looks,
    id: BulkDecisionId,
    /// What was told last.
    told: String,
    is_over: bool,
}

impl Watch {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.event().await?;
            Some((Ok(event), watch))
        })
    }

    /// Waits until it has gone on. `None` when nothing more will come: it is over, the server ends, whoever looks may no longer, or the
    /// database cannot be read (the browser reconnects by itself).
    async fn event(&mut self) -> Option<Event> {
        while !self.is_over {
            self.looks.next().await?;
            let bulk = pairs::bulk_decision(&self.domain, self.id).await.ok()?;
            let mark = mark(&bulk);
            self.is_over = !bulk.state.is_open();
            if mark != self.told || self.is_over {
                let event = Event::default().event(STANDING).data(&mark);
                self.told = mark;
                return Some(if self.is_over { event.id(OVER) } else { event });
            }
        }
        None
    }
}
