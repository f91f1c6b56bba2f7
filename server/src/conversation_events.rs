//! Whether anything of the conversations changed, as server-sent events, for the page that lists them.

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
use replybook::Domain;
use replybook_app::{pages::conversations::mark, paths};

use crate::{
    events::{KEEP_ALIVE_EVERY, STANDING},
    identity::{Identity, Reviewer},
    looks::{Looks, Viewers},
    problem::ApiResult,
    state::AppState,
};

/// What the pages follow.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::CONVERSATION_EVENTS, get(follow))
}

/// An event named `standing` at first, and whenever something has changed.
async fn follow(State(state): State<AppState>, Reviewer(_): Reviewer, identity: Identity) -> ApiResult<Response> {
    let AppState { domain, stop, .. } = state;
    let watch = Watch { domain, looks: Looks::new(stop, identity, Viewers::Reviewers), told: None };
    Ok(Sse::new(watch.into_events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)).into_response())
}

struct Watch {
    domain: Arc<Domain>,
    looks: Looks,
    /// What was told last.
    told: Option<String>,
}

impl Watch {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.event().await?;
            Some((Ok(event), watch))
        })
    }

    /// Waits until something has changed. `None` when nothing more will come: the server ends, whoever looks may no longer, or the database
    /// cannot be read (the browser reconnects by itself).
    async fn event(&mut self) -> Option<Event> {
        loop {
            self.looks.next().await?;
            let mark = mark(&self.domain).await.ok()?;
            if self.told.as_ref() != Some(&mark) {
                self.told = Some(mark.clone());
                return Some(Event::default().event(STANDING).data(mark));
            }
        }
    }
}
