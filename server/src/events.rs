//! What goes on, live, as server-sent events: one run, or the runs and needs of all accounts. Programs get a run as the API has it,
//! pages as they show it.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

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
use http::{HeaderMap, HeaderName, StatusCode};
use replybook::{
    Domain, runs, standing,
    types::{AccountId, Problem, RunId, SyncRun},
};
use replybook_app::{pages::runs::Report, paths, prefs::Lang};
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use crate::{
    identity::{Admin, Identity},
    looks::{Looks, Viewers},
    pages::prefs_of,
    problem::{AdminErrors, ApiResult, ErrorBody},
    rest::{AccountOrEmpty, ApiQuery, PathId, parse_id, present},
    state::AppState,
};

pub const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// What every event is called.
const EVENT: &str = "run";
/// What an event is called that tells of accounts.
pub const STANDING: &str = "standing";
/// The id of the event after which nothing follows.
pub const OVER: &str = "over";

/// An event as the document has it.
struct RunEvent;

impl PartialSchema for RunEvent {
    fn schema() -> RefOr<Schema> {
        event_schema(&[EVENT], "The run, as JSON.", &SyncRun::name())
    }
}

/// The form of an event of a stream: what it may be called, and what its data is, of which schema.
pub fn event_schema(events: &[&'static str], data: &str, schema: &str) -> RefOr<Schema> {
    let word =
        |words: &[&'static str]| ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.to_vec()));
    let data = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(data))
        .content_media_type("application/json")
        .content_schema(Some(Ref::from_schema_name(schema)));
    ObjectBuilder::new()
        .property("event", word(events))
        .property("data", data)
        .property("id", word(&[OVER]).description(Some("The last event has it.")))
        .required("event")
        .required("data")
        .into()
}

impl ToSchema for RunEvent {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SyncRun::name().into_owned(), SyncRun::schema()));
        SyncRun::schemas(schemas);
    }
}

/// Progress of a run, live
///
/// Server-sent events named `run`; their data is the run as `GET /api/integrations/runs/{run_id}` returns it. Only changes
/// are sent. The stream ends with the run, or with the caller's session or token; a browser that reconnects after the
/// former gets 204 and stops.
#[utoipa::path(
    get,
    path = "/api/integrations/runs/{run_id}/events",
    tag = "runs", operation_id = "followRun",
    params(("run_id" = RunId, Path)),
    responses(
        (status = 200, content_type = "text/event-stream", body = inline(RunEvent), description = "Each event of the stream."),
        (status = 204, description = "The run was over when the stream ended; nothing more will come."),
        (status = 404, body = ErrorBody, description = "`sync_run_not_found`"),
        AdminErrors,
    )
)]
pub async fn run_events(
    State(state): State<AppState>,
    Admin(_): Admin,
    identity: Identity,
    PathId(run_id): PathId<RunId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if headers.get(LAST_EVENT_ID).is_some_and(|id| id == OVER) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let first = runs::get(&state.domain, run_id).await?;
    let watch = Watch {
        domain: state.domain,
        looks: Looks::new(state.stop, identity, Viewers::Admins),
        next: Some(first.clone()),
        last: first,
    };
    Ok(Sse::new(watch.into_events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)).into_response())
}

/// A run that is being looked at.
struct Watch {
    domain: Arc<Domain>,
    looks: Looks,
    /// To be sent without looking again.
    next: Option<SyncRun>,
    /// What was sent last.
    last: SyncRun,
}

impl Watch {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let run = watch.change().await?;
            // A SyncRun always serialises; should it not, the stream ends and the browser asks again.
            let event = Event::default().event(EVENT).json_data(&run).ok()?;
            let event = if run.state.is_over() { event.id(OVER) } else { event };
            watch.last = run;
            Some((Ok(event), watch))
        })
    }

    /// Waits for the run to look different. `None` when nothing more will come: the run is over or gone, the server ends, whoever
    /// looks may no longer, or the database cannot be read (the browser reconnects by itself).
    async fn change(&mut self) -> Option<SyncRun> {
        if let Some(first) = self.next.take() {
            return Some(first);
        }
        if self.last.state.is_over() {
            return None;
        }
        loop {
            self.looks.next().await?;
            let run = runs::get(&self.domain, self.last.id).await.ok()?;
            if run != self.last {
                return Some(run);
            }
        }
    }
}

/// An event of the stream of all runs as the document has it.
struct StandingEvent;

impl PartialSchema for StandingEvent {
    fn schema() -> RefOr<Schema> {
        let event = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([EVENT, STANDING]));
        let data = ObjectBuilder::new().schema_type(Type::String).description(Some(
            "Of `run`: the run, as JSON. Of `standing`: a text that is another one when a run began or ended, or an account came to \
             need something else.",
        ));
        ObjectBuilder::new().property("event", event).property("data", data).required("event").required("data").into()
    }
}

impl ToSchema for StandingEvent {}

/// Whose runs to follow.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only this account.
    #[param(value_type = Option<AccountOrEmpty>, inline)]
    account_id: Option<String>,
}

/// All runs, live
///
/// Server-sent events. One named `standing` comes first, and again whenever a run starts or ends, or an account needs something
/// else; its data is a text to compare with the previous one. One named `run` comes for each run that is not over, and again
/// whenever that run changes, including its end. The stream ends with the caller's session or token.
#[utoipa::path(
    get,
    path = "/api/integrations/events",
    tag = "runs", operation_id = "followAccounts",
    params(EventsQuery),
    responses(
        (status = 200, content_type = "text/event-stream", body = inline(StandingEvent), description = "Each event of the stream."),
        (status = 404, body = ErrorBody, description = "`integration_account_not_found`"),
        AdminErrors,
    )
)]
pub async fn events(
    State(state): State<AppState>,
    Admin(_): Admin,
    identity: Identity,
    ApiQuery(query): ApiQuery<EventsQuery>,
) -> ApiResult<Response> {
    follow(state, identity, &query, None).await
}

/// The stream that pages follow: the same, with runs in the words of the page.
async fn page_events(
    State(state): State<AppState>,
    Admin(_): Admin,
    identity: Identity,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<EventsQuery>,
) -> ApiResult<Response> {
    follow(state, identity, &query, Some(prefs_of(&headers).lang)).await
}

/// The route that is no part of the documented API.
pub fn routes() -> Router<AppState> {
    Router::new().route(paths::EVENTS, get(page_events))
}

async fn follow(state: AppState, identity: Identity, query: &EventsQuery, lang: Option<Lang>) -> ApiResult<Response> {
    let account = present(query.account_id.as_ref()).map(|id| parse_id("account_id", id)).transpose()?;
    let mut watch = WatchAll {
        domain: state.domain,
        looks: Looks::new(state.stop, identity, Viewers::Admins),
        account,
        lang,
        mark: String::new(),
        open: BTreeMap::new(),
        next: VecDeque::new(),
    };
    watch.look().await?;
    Ok(Sse::new(watch.into_events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_EVERY)).into_response())
}

/// All that goes on, being looked at.
struct WatchAll {
    domain: Arc<Domain>,
    looks: Looks,
    account: Option<AccountId>,
    /// The language of the page that looks, if one does.
    lang: Option<Lang>,
    /// What was sent last.
    mark: String,
    open: BTreeMap<RunId, String>,
    /// To be sent without looking again.
    next: VecDeque<Event>,
}

impl WatchAll {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.event().await?;
            Some((Ok(event), watch))
        })
    }

    /// Waits for something to tell. `None` when nothing more will come, as for one run.
    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            self.looks.next().await?;
            self.look().await.ok()?;
        }
    }

    /// Notes what is to be told: runs first, so that whoever draws the page anew for what follows has seen how they ended.
    async fn look(&mut self) -> Result<(), Problem> {
        let runs = runs::open(&self.domain, self.account).await?;
        let now: BTreeMap<RunId, String> =
            runs.into_iter().filter_map(|run| Some((run.id, self.told(&run)?))).collect();
        for (_, told) in now.iter().filter(|(id, told)| self.open.get(id) != Some(told)) {
            self.next.push_back(Event::default().event(EVENT).data(told));
        }
        for id in self.open.keys().filter(|id| !now.contains_key(id)) {
            // One that is gone altogether went with its account.
            if let Some(told) = runs::get(&self.domain, *id).await.ok().and_then(|run| self.told(&run)) {
                self.next.push_back(Event::default().event(EVENT).data(told));
            }
        }
        self.open = now;
        let mark = standing::mark(&self.domain, self.account).await?;
        if mark != self.mark {
            self.next.push_back(Event::default().event(STANDING).data(&mark));
            self.mark = mark;
        }
        Ok(())
    }

    /// What is told of a run. It always serialises; should it not, it is not told of.
    fn told(&self, run: &SyncRun) -> Option<String> {
        match self.lang {
            None => serde_json::to_string(run).ok(),
            Some(lang) => serde_json::to_string(&Report::of(lang, self.domain.clock.now(), run)).ok(),
        }
    }
}
