//! The one way to call a model: within the budget, on record, and repeated by the one retry policy.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    AiError, Answer, Ask, ListedModel, TextSide, Vectors,
    client::{Attempt, Client},
};
use crate::{
    Domain,
    net::{RetryPolicy, tally},
    store::{AiCallEnd, LOST_AFTER, NewAiCall, Reservation, StoreError},
    types::{AiKind, AiPurpose},
};

/// A list of models is short, and somebody waits for it.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);
/// A model may think for a while before its first word, and a local one is read from the disk first.
const SILENCE: Duration = Duration::from_secs(60);
/// Tokens that a request has besides its texts: roles, and what a server puts around a conversation.
const TOKENS_AROUND: usize = 256;
/// The same for each message.
const TOKENS_AROUND_MESSAGE: usize = 16;

/// How long a call may take, its repetitions and their waits included, and when it is repeated.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub total: Duration,
    /// How long nothing may come of an answer that is told piece by piece.
    pub silence: Duration,
    pub retries: RetryPolicy,
}

impl Patience {
    /// For somebody who waits for an answer of one word: one repetition.
    #[must_use]
    pub fn for_test() -> Self {
        Self::within(Duration::from_secs(20), 2, Duration::from_secs(5))
    }

    /// For somebody who waits for a search, which does without where this fails.
    #[must_use]
    pub fn for_search() -> Self {
        Self::within(Duration::from_secs(5), 1, Duration::ZERO)
    }

    /// For somebody who waits for a text.
    #[must_use]
    pub fn for_answer() -> Self {
        Self::within(Duration::from_secs(120), 3, Duration::from_secs(20))
    }

    /// For work in the background.
    #[must_use]
    pub fn for_work() -> Self {
        Self::within(Duration::from_secs(300), 6, Duration::from_secs(120))
    }

    fn within(total: Duration, max_attempts: u32, max_retry_after: Duration) -> Self {
        // What is begun in the first half has the second one to end.
        let retries = RetryPolicy { max_attempts, max_retry_after, max_total: total / 2, ..RetryPolicy::default() };
        Self { total, silence: SILENCE.min(total), retries }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The provider needs a key, and none is stored.
    #[error("no key of this AI provider is stored")]
    NoKey,
    /// Where the provider answers is not stored.
    #[error("no base URL of this AI provider is stored")]
    NoBaseUrl,
    /// The call may cost more than is left of the month's budget. Nothing was sent.
    #[error("the month's budget of this AI provider has no room for the call")]
    OverBudget { budget_micros: i64, spent_micros: i64, needed_micros: i64 },
    /// There is a budget, and no price of this model. Nothing was sent.
    #[error("the AI provider has a budget, and there is no price of this model")]
    NoPrice,
    #[error(transparent)]
    Provider(#[from] AiError),
    /// The budget or the key cannot be read. Nothing was sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a call brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    pub value: T,
    /// Of the attempt that brought it.
    pub latency_ms: u32,
    /// Tokens sent and answered, where the provider said so.
    pub tokens: Option<(i64, i64)>,
    /// What that attempt is charged with, in millionths of a dollar.
    pub cost_micros: Option<i64>,
}

/// Asks a model.
///
/// Before each attempt the most that it may cost is set aside in the database, and afterwards it is settled. If this future is dropped,
/// or its process dies, the attempt counts with all it may have cost: the provider may have done the work.
///
/// # Errors
/// See [`CallError`].
pub async fn complete(
    d: &Domain,
    provider: AiKind,
    purpose: AiPurpose,
    ask: &Ask,
    patience: Patience,
) -> Result<Done<Answer>, CallError> {
    let client = client(d, provider).await?;
    let (call, span) = (asking(provider, purpose, ask), asking_span(provider));
    spend(d, call, patience, Hold::NONE, &|| client.complete(ask).boxed()).instrument(span).await
}

/// Asks a model, and tells each piece of its answer as it comes. Once anything was told, nothing is asked again; `stop` ends it, and the
/// call then counts with all it may have cost.
///
/// # Errors
/// See [`CallError`]; [`AiError::Cancelled`] where it was stopped.
pub async fn stream(
    d: &Domain,
    provider: AiKind,
    purpose: AiPurpose,
    ask: &Ask,
    patience: Patience,
    stop: &CancellationToken,
    heard: &(dyn Fn(&str) + Sync),
) -> Result<Done<Answer>, CallError> {
    let client = client(d, provider).await?;
    let (call, span) = (asking(provider, purpose, ask), asking_span(provider));
    let is_told = AtomicBool::new(false);
    let tell = |piece: &str| {
        is_told.store(true, Ordering::Relaxed);
        heard(piece);
    };
    let attempt = || {
        let (client, tell) = (&client, &tell);
        let streamed = async move { stop.run_until_cancelled(client.stream(ask, patience.silence, tell)).await };
        streamed.map(|streamed| streamed.unwrap_or_else(|| AiError::Cancelled.into())).boxed()
    };
    let hold = Hold { is_told: Some(&is_told), stop: Some(stop) };
    spend(d, call, patience, hold, &attempt).instrument(span).await
}

fn asking(provider: AiKind, purpose: AiPurpose, ask: &Ask) -> NewAiCall<'_> {
    let texts = ask.messages.iter().map(|message| &message.text).chain(&ask.system);
    NewAiCall {
        provider,
        model: ask.model.trim(),
        purpose,
        most_input: most_tokens(texts),
        most_output: i64::from(ask.max_tokens),
    }
}

fn asking_span(provider: AiKind) -> tracing::Span {
    let method = if provider == AiKind::Anthropic { "messages" } else { "chat.completions" };
    tracing::info_span!("call", provider = provider.as_str(), method)
}

/// Makes a vector of each text, in their order.
///
/// # Errors
/// See [`CallError`].
pub async fn embed(
    d: &Domain,
    provider: AiKind,
    model: &str,
    texts: &[String],
    side: TextSide,
    patience: Patience,
) -> Result<Done<Vectors>, CallError> {
    let call = NewAiCall {
        provider,
        model: model.trim(),
        purpose: AiPurpose::Embedding,
        most_input: most_tokens(texts.iter()),
        most_output: 0,
    };
    let client = client(d, provider).await?;
    let span = tracing::info_span!("call", provider = provider.as_str(), method = "embeddings");
    spend(d, call, patience, Hold::NONE, &|| client.embed(model, texts, side).boxed()).instrument(span).await
}

/// What a provider lists. That costs nothing, and is not on record.
///
/// # Errors
/// See [`CallError`].
pub(crate) async fn list_models(d: &Domain, provider: AiKind) -> Result<Vec<ListedModel>, CallError> {
    let client = client(d, provider).await?;
    let span = tracing::info_span!("call", provider = provider.as_str(), method = "models");
    let listed = async {
        let listed = timeout(LIST_TIMEOUT, client.models()).await.unwrap_or(Err(AiError::Timeout));
        listed.inspect_err(|error| {
            tally::refused(provider.as_str(), error.code());
            tracing::warn!(code = error.code(), "the AI provider's models cannot be listed");
        })
    };
    Ok(listed.instrument(span).await?)
}

/// No tokenizer makes more tokens of a text than it has bytes.
fn most_tokens<'a>(texts: impl Iterator<Item = &'a String>) -> i64 {
    let tokens = texts.fold(TOKENS_AROUND, |sum, text| sum + text.len() + TOKENS_AROUND_MESSAGE);
    i64::try_from(tokens).unwrap_or(i64::MAX)
}

/// The client of a provider with the stored key.
async fn client(d: &Domain, kind: AiKind) -> Result<Client, CallError> {
    let key = d.store.ai_key(kind).await?;
    if key.is_none() && kind.needs_key() {
        return Err(CallError::NoKey);
    }
    let (base_url, http) = match kind {
        AiKind::OpenAi => (d.settings.openai_base_url.clone(), d.model_http.clone()),
        AiKind::Anthropic => (d.settings.anthropic_base_url.clone(), d.model_http.clone()),
        AiKind::Compatible => {
            let stored = d.store.ai_provider(kind).await?.ok_or(CallError::NoBaseUrl)?;
            let base_url = stored.base_url.ok_or(CallError::NoBaseUrl)?;
            // Numbers in the address are not looked up, so they are looked at here.
            super::base_url(&base_url, stored.allow_local).map_err(|_| AiError::PrivateAddress)?;
            (base_url, if stored.allow_local { d.model_http.clone() } else { d.public_http.clone() })
        }
    };
    Ok(Client { http, kind, base_url, key })
}

/// What keeps a call from being repeated.
#[derive(Clone, Copy)]
struct Hold<'a> {
    /// A piece of the answer has been told.
    is_told: Option<&'a AtomicBool>,
    stop: Option<&'a CancellationToken>,
}

impl Hold<'_> {
    const NONE: Hold<'static> = Hold { is_told: None, stop: None };

    fn allows_another(&self) -> bool {
        self.is_told.is_none_or(|told| !told.load(Ordering::Relaxed))
            && self.stop.is_none_or(|stop| !stop.is_cancelled())
    }

    /// Waits, unless it is stopped before.
    async fn sleep(&self, wait: Duration) -> Result<(), AiError> {
        let Some(stop) = self.stop else {
            sleep(wait).await;
            return Ok(());
        };
        stop.run_until_cancelled(sleep(wait)).await.ok_or(AiError::Cancelled)
    }
}

/// Attempts a call until it succeeds, fails for good, or time is over; each attempt is reserved and settled.
async fn spend<'a, T>(
    d: &Domain,
    call: NewAiCall<'_>,
    patience: Patience,
    hold: Hold<'_>,
    attempt: &(dyn Fn() -> BoxFuture<'a, Attempt<T>> + Sync),
) -> Result<Done<T>, CallError> {
    let (began, mut attempts) = (Instant::now(), 0);
    loop {
        attempts += 1;
        let left = patience.total.saturating_sub(began.elapsed());
        let error = match one(d, call, left, attempt).await? {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if error != AiError::Cancelled {
            tally::refused(call.provider.as_str(), error.code());
        }
        let wait = error
            .is_passing()
            .filter(|_| hold.allows_another())
            .and_then(|asked| patience.retries.wait(attempts, began.elapsed(), asked, &mut rand::rng()));
        let Some(wait) = wait else {
            tracing::warn!(code = error.code(), purpose = call.purpose.as_str(), attempts, "the model was not reached");
            return Err(error.into());
        };
        hold.sleep(wait).await?;
    }
}

/// One attempt: set aside, made, settled.
async fn one<'a, T>(
    d: &Domain,
    call: NewAiCall<'_>,
    left: Duration,
    attempt: &(dyn Fn() -> BoxFuture<'a, Attempt<T>> + Sync),
) -> Result<Result<Done<T>, AiError>, CallError> {
    let reserved = match d.store.reserve_ai_call(call, d.clock.now()).await? {
        Reservation::Made(reserved) => reserved,
        Reservation::NoPrice => return Err(CallError::NoPrice),
        Reservation::OverBudget { budget_micros, spent_micros, needed_micros } => {
            tracing::warn!(
                provider = call.provider.as_str(),
                spent_micros,
                needed_micros,
                "the month's AI budget has no room"
            );
            return Err(CallError::OverBudget { budget_micros, spent_micros, needed_micros });
        }
    };
    let began = Instant::now();
    let Attempt { result, usage } = timeout(left, attempt()).await.unwrap_or_else(|_| AiError::Timeout.into());
    let latency_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    let end = AiCallEnd {
        outcome: result.as_ref().map_or_else(AiError::code, |_| "ok"),
        tokens: usage.map(|usage| (usage.input, usage.output)),
        is_free: result.as_ref().is_err_and(AiError::is_free),
        latency_ms: i64::from(latency_ms),
    };
    if usage.is_some_and(|usage| usage.input > call.most_input || usage.output > call.most_output) {
        tracing::warn!(
            provider = call.provider.as_str(),
            model = call.model,
            "the provider counts more tokens than there can be"
        );
    }
    let tokens = end.tokens;
    let cost_micros = d.store.settle_ai_call(reserved, end, d.clock.now()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, minutes = LOST_AFTER.num_minutes(), "a call of a model is not settled: it counts with all it may have cost");
        None
    });
    Ok(result.map(|value| Done { value, latency_ms, tokens, cost_micros }))
}
