//! AI providers: keys, models, prices and budgets, a test that they work, and what they cost.

use chrono::{Datelike, NaiveDate, TimeDelta};
use secrecy::SecretString;

use crate::{
    Domain,
    ai::{self, AiError, Ask, CallError, Patience},
    store::{Act, AiChange, NewJob, StoreError, StoredAiProvider},
    types::{
        Actor, AiKind, AiProvider, AiProviderChange, AiProviderInput, AiProviderSummary, AiPurpose, AiSpend, AiWarning,
        InvalidCode, JobFilter, JobKind, JobState, JobView, KeyTestOutcome, KeyTestProblem, Problem,
    },
};

/// A chosen model stands out on the overview when it ends within so many days.
const ENDS_SOON_DAYS: i64 = 60;
/// A provider's list is read so often by itself.
const LIST_EVERY: TimeDelta = TimeDelta::days(1);
/// The most that a month or a million tokens may cost here: a million dollars.
const MOST_MICROS: i64 = 1_000_000_000_000;
/// The years whose costs can be asked for.
pub const AI_YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;
/// Enough for a word, and for a reasoning model to begin; costs next to nothing.
const TEST_TOKENS: u32 = 32;
const TEST_TEXT: &str = "Answer with the single word: ready";
/// Of what a model said in a test, so many characters are shown.
const SHOWN_CHARS: usize = 200;

/// What is configured for OpenAI, in the words of the older API.
///
/// # Errors
/// When the database cannot be read.
pub async fn get_openai(d: &Domain) -> Result<AiProviderSummary, Problem> {
    let stored = d.store.ai_provider(AiKind::OpenAi).await?.unwrap_or_default();
    Ok(AiProviderSummary {
        provider_code: AiKind::OpenAi.to_string(),
        name: AiKind::OpenAi.name().to_owned(),
        has_api_key: stored.has_api_key,
        model_default: stored.model_default,
    })
}

/// Stores a key of OpenAI, a default model, or both. What is absent or empty stays as it is.
///
/// # Errors
/// `api_key` or `model_default` that cannot be one.
pub async fn save_openai(d: &Domain, by: Actor, input: AiProviderInput) -> Result<AiProviderSummary, Problem> {
    is_short("model_default", input.model_default.as_ref())?;
    let model_default = input.model_default.filter(|model| !model.trim().is_empty()).map(Some);
    let change = AiProviderChange { api_key: input.api_key, model_default, ..AiProviderChange::default() };
    save(d, by, AiKind::OpenAi, change).await?;
    get_openai(d).await
}

/// Every provider, also one that nothing is stored of.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(d: &Domain) -> Result<Vec<AiProvider>, Problem> {
    let mut providers = Vec::new();
    for kind in AiKind::ALL {
        providers.push(get(d, *kind).await?);
    }
    Ok(providers)
}

/// One provider, also if nothing is stored of it.
///
/// # Errors
/// When the database cannot be read.
pub async fn get(d: &Domain, kind: AiKind) -> Result<AiProvider, Problem> {
    let stored = d.store.ai_provider(kind).await?.unwrap_or_default();
    let today = d.clock.now().date_naive();
    let spent_micros = d.store.ai_spent(kind, today).await?;
    let warnings = warnings(kind, &stored, today);
    Ok(AiProvider {
        provider_code: kind,
        name: kind.name().to_owned(),
        has_api_key: stored.has_api_key,
        base_url: match kind {
            AiKind::OpenAi => Some(d.settings.openai_base_url.clone()),
            AiKind::Anthropic => Some(d.settings.anthropic_base_url.clone()),
            AiKind::Compatible => stored.base_url,
        },
        allow_local: stored.allow_local,
        model_default: stored.model_default,
        model_embeddings: stored.model_embeddings,
        drafts: stored.drafts,
        embeddings: stored.embeds,
        monthly_budget_micros: stored.budget_micros,
        spent_micros,
        models: stored.models,
        models_at: stored.models_at,
        warnings,
    })
}

/// The provider that is asked for drafts, where an admin chose one: mail leaves the house then, so that none is taken that merely could.
///
/// # Errors
/// When the database cannot be read.
pub async fn for_drafts(d: &Domain) -> Result<Option<AiProvider>, Problem> {
    Ok(chosen(list(d).await?, |provider| provider.drafts, |provider| provider.model_default.is_some()))
}

/// The provider and the model that make vectors of texts, where an admin chose them for it: texts of mail leave the house then, so that
/// none is taken that merely could.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn chosen_for_embeddings(d: &Domain) -> Result<Option<(AiKind, String)>, StoreError> {
    for kind in AiKind::ALL.iter().filter(|kind| kind.has_embeddings()) {
        let stored = d.store.ai_provider(*kind).await?.unwrap_or_default();
        let is_set = if kind.needs_key() { stored.has_api_key } else { stored.base_url.is_some() };
        if let (true, true, Some(model)) = (stored.embeds, is_set, stored.model_embeddings) {
            return Ok(Some((*kind, model)));
        }
    }
    Ok(None)
}

fn chosen(
    providers: Vec<AiProvider>,
    is_chosen: impl Fn(&AiProvider) -> bool,
    has_model: impl Fn(&AiProvider) -> bool,
) -> Option<AiProvider> {
    let mut able: Vec<AiProvider> =
        providers.into_iter().filter(|provider| provider.is_set() && has_model(provider)).collect();
    able.iter().position(is_chosen).map(|place| able.swap_remove(place))
}

/// Changes a provider. What is absent stays as it is.
///
/// # Errors
/// The field that cannot be what it is given as.
pub async fn save(d: &Domain, by: Actor, kind: AiKind, change: AiProviderChange) -> Result<AiProvider, Problem> {
    let stored = d.store.ai_provider(kind).await?.unwrap_or_default();
    let change = checked(kind, &stored, change)?;
    let act = Act { by, at: d.clock.now() };
    d.store.save_ai_provider(kind, by.user, &change, act).await?;
    tracing::info!(%by, provider = kind.as_str(), has_new_key = change.key.is_some(), "AI settings saved");
    if chosen_for_embeddings(d).await?.is_some() {
        // What failed before, or rests between two attempts, may go now.
        let jobs = d.store.list_jobs(JobFilter::default()).await?;
        let stuck = |job: &&JobView| {
            job.kind == JobKind::EmbedAnswers.as_str()
                && (job.state == JobState::Failed || job.state == JobState::Queued && job.attempts > 0)
        };
        for job in jobs.iter().filter(stuck) {
            d.store.retry_job(job.id, act).await?;
        }
        d.store.enqueue(&NewJob::embed_answers(), d.clock.now()).await?;
        d.work.notify_one();
    }
    get(d, kind).await
}

fn checked(kind: AiKind, stored: &StoredAiProvider, change: AiProviderChange) -> Result<AiChange, Problem> {
    let is_compatible = kind == AiKind::Compatible;
    let allow_local = change.allow_local.unwrap_or(stored.allow_local);
    if !is_compatible && (change.base_url.is_some() || change.allow_local.is_some()) {
        return Err(Problem::invalid("base_url", InvalidCode::BaseUrlFixed));
    }
    // Also the stored one, where it loses the permission that it needs.
    let base_url = match (filled(change.base_url), change.allow_local) {
        (None, Some(false)) if stored.allow_local => Some(stored.base_url.clone()),
        (base_url, _) => base_url,
    };
    let base_url = match base_url {
        Some(Some(text)) => {
            Some(Some(ai::base_url(&text, allow_local).map_err(|code| Problem::invalid("base_url", code))?))
        }
        other => other,
    };
    let model_embeddings = model("model_embeddings", change.model_embeddings)?;
    if !kind.has_embeddings() && (matches!(model_embeddings, Some(Some(_))) || change.embeddings == Some(true)) {
        return Err(Problem::invalid("model_embeddings", InvalidCode::EmbeddingsUnsupported));
    }
    for price in &change.prices {
        is_short("prices", Some(&price.model))?;
        if price.model.is_empty() || price.model.chars().any(char::is_whitespace) {
            return Err(Problem::invalid("prices", InvalidCode::ModelInvalid));
        }
        amount("prices", price.input_price_micros)?;
        amount("prices", price.output_price_micros)?;
    }
    amount("monthly_budget_micros", change.monthly_budget_micros.flatten())?;
    Ok(AiChange {
        key: key(change.api_key)?,
        base_url,
        allow_local: change.allow_local,
        model_default: model("model_default", change.model_default)?,
        model_embeddings,
        drafts: change.drafts,
        embeds: change.embeddings,
        budget_micros: change.monthly_budget_micros,
        prices: change.prices,
    })
}

/// An empty text is as good as none.
fn filled(value: Option<Option<String>>) -> Option<Option<String>> {
    value.map(|value| value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn key(key: Option<String>) -> Result<Option<SecretString>, Problem> {
    let is_longer = key.as_ref().is_some_and(|key| key.chars().count() > 1_000);
    let key = filled(Some(key)).flatten();
    if is_longer || key.as_ref().is_some_and(|key| key.chars().any(|c| !c.is_ascii_graphic())) {
        return Err(Problem::invalid("api_key", InvalidCode::ApiKeyInvalid));
    }
    Ok(key.map(SecretString::from))
}

fn model(field: &str, model: Option<Option<String>>) -> Result<Option<Option<String>>, Problem> {
    is_short(field, model.as_ref().and_then(Option::as_ref))?;
    let model = filled(model);
    match &model {
        Some(Some(name)) if name.chars().any(char::is_whitespace) => {
            Err(Problem::invalid(field, InvalidCode::ModelInvalid))
        }
        _ => Ok(model),
    }
}

/// Whether something can be the name of a model by its length, with what stands around it.
fn is_short(field: &str, model: Option<&String>) -> Result<(), Problem> {
    match model {
        Some(model) if model.chars().count() > 200 => Err(Problem::invalid(field, InvalidCode::ModelInvalid)),
        _ => Ok(()),
    }
}

fn amount(field: &str, micros: Option<i64>) -> Result<(), Problem> {
    match micros {
        Some(micros) if micros < 0 => Err(Problem::invalid(field, InvalidCode::AmountInvalid)),
        Some(micros) if micros > MOST_MICROS => {
            Err(Problem::invalid(field, InvalidCode::AmountTooLarge { most: MOST_MICROS / 1_000_000 }))
        }
        _ => Ok(()),
    }
}

/// Forgets the key of a provider; all else stays.
///
/// # Errors
/// When the database cannot be written.
pub async fn remove_key(d: &Domain, by: Actor, kind: AiKind) -> Result<AiProvider, Problem> {
    d.store.remove_ai_key(kind, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, provider = kind.as_str(), "AI key removed");
    get(d, kind).await
}

/// Makes one cheap call with the stored key and model, and says what came back. It is on record and within the budget like any other.
///
/// # Errors
/// When the database cannot be read. What the provider answers is never an error here but the outcome.
pub async fn test(d: &Domain, kind: AiKind) -> Result<KeyTestOutcome, Problem> {
    let provider = get(d, kind).await?;
    let model = provider.model_default.unwrap_or_default();
    let missing = if !provider.has_api_key && kind.needs_key() {
        Some(KeyTestProblem::NoKey)
    } else if provider.base_url.is_none() {
        Some(KeyTestProblem::NoBaseUrl)
    } else {
        model.is_empty().then_some(KeyTestProblem::NoModel)
    };
    if let Some(problem) = missing {
        return Ok(failed(model, problem, String::new(), None, 0));
    }
    let started = tokio::time::Instant::now();
    let ask = Ask::one(&model, TEST_TEXT, TEST_TOKENS);
    let tested = ai::complete(d, kind, AiPurpose::Test, &ask, Patience::for_test()).await;
    let latency_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    Ok(match tested {
        Ok(done) => KeyTestOutcome {
            model: done.value.model,
            problem: None,
            said: done.value.text.trim().chars().take(SHOWN_CHARS).collect(),
            provider_words: None,
            latency_ms: done.latency_ms,
        },
        Err(CallError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let words = match &error {
                CallError::Provider(error) => error.said().map(ToOwned::to_owned),
                _ => None,
            };
            failed(model, problem(&error), error.to_string(), words, latency_ms)
        }
    })
}

fn failed(
    model: String,
    problem: KeyTestProblem,
    said: String,
    provider_words: Option<String>,
    latency_ms: u32,
) -> KeyTestOutcome {
    KeyTestOutcome { model, problem: Some(problem), said, provider_words, latency_ms }
}

/// Why a call brought nothing.
#[must_use]
pub fn problem(error: &CallError) -> KeyTestProblem {
    match error {
        CallError::NoKey => KeyTestProblem::NoKey,
        CallError::NoBaseUrl => KeyTestProblem::NoBaseUrl,
        CallError::OverBudget { .. } => KeyTestProblem::BudgetSpent,
        CallError::NoPrice => KeyTestProblem::NoPrice,
        CallError::Store(_) => KeyTestProblem::ProviderError,
        CallError::Provider(error) => match error {
            AiError::InvalidKey => KeyTestProblem::InvalidKey,
            AiError::ModelNotFound { .. } => KeyTestProblem::ModelNotFound,
            AiError::QuotaExhausted => KeyTestProblem::QuotaExhausted,
            AiError::RateLimited { .. } => KeyTestProblem::RateLimited,
            AiError::TooLong => KeyTestProblem::TooLong,
            AiError::Declined => KeyTestProblem::Declined,
            AiError::Transport { .. } => KeyTestProblem::Unreachable,
            AiError::Timeout => KeyTestProblem::Slow,
            AiError::Protocol => KeyTestProblem::BadAnswer,
            AiError::PrivateAddress => KeyTestProblem::PrivateAddress,
            AiError::Forbidden { .. }
            | AiError::UnsupportedParameter { .. }
            | AiError::Rejected { .. }
            | AiError::Server { .. }
            // Nobody who waits for a test cancels it.
            | AiError::Cancelled => KeyTestProblem::ProviderError,
        },
    }
}

/// Reads the provider's list of models anew. `Some`: why that did not work, and what was known stays.
///
/// # Errors
/// When the database cannot be used.
pub async fn refresh_models(d: &Domain, kind: AiKind) -> Result<Option<KeyTestProblem>, Problem> {
    match read_models(d, kind).await {
        Ok(()) => Ok(None),
        Err(CallError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Some(problem(&error))),
    }
}

async fn read_models(d: &Domain, kind: AiKind) -> Result<(), CallError> {
    let listed = ai::list_models(d, kind).await?;
    let listed: Vec<(String, Option<NaiveDate>)> =
        listed.into_iter().map(|model| (model.id, model.shutdown_date.and_then(|day| day.parse().ok()))).collect();
    Ok(d.store.set_ai_models(kind, &listed, d.clock.now()).await?)
}

/// What the worker does now and then: reads lists that are a day old, and closes calls whose process died.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn look_after(d: &Domain) -> Result<(), StoreError> {
    let lost = d.store.close_lost_ai_calls(d.clock.now()).await?;
    if lost > 0 {
        tracing::warn!(lost, "calls of models whose process died count with all they may have cost");
    }
    for kind in AiKind::ALL {
        if !d.store.claim_ai_models(*kind, LIST_EVERY, d.clock.now()).await? {
            continue;
        }
        // Why another one failed is in the log; it is tried again tomorrow.
        if let Err(CallError::Store(error)) = read_models(d, *kind).await {
            return Err(error);
        }
    }
    Ok(())
}

/// The chosen models of a provider that end soon or are gone. Without a list nothing is known.
fn warnings(kind: AiKind, stored: &StoredAiProvider, today: NaiveDate) -> Vec<AiWarning> {
    if stored.models_at.is_none() || !(stored.has_api_key || stored.base_url.is_some()) {
        return Vec::new();
    }
    let mut chosen: Vec<&String> = [&stored.model_default, &stored.model_embeddings].into_iter().flatten().collect();
    chosen.dedup();
    let warning = |model: &String| {
        let listed = stored.models.iter().find(|listed| listed.listed && listed.model == *model);
        let ends_on = listed.and_then(|listed| listed.shutdown_date);
        let is_soon = ends_on.is_some_and(|day| (day - today).num_days() <= ENDS_SOON_DAYS);
        // Ollama lists a model under its tag: one that is asked for without it has the tag `latest`.
        let has_tag = || stored.models.iter().any(|listed| listed.listed && listed.model == format!("{model}:latest"));
        (is_soon || listed.is_none() && !has_tag()).then(|| AiWarning {
            provider_code: kind,
            model: model.clone(),
            ends_on,
        })
    };
    chosen.into_iter().filter_map(warning).collect()
}

/// What was spent in a month like `2026-11`; without one, in the present month.
///
/// # Errors
/// `month` that is none, or of another century.
pub async fn spend(d: &Domain, month: Option<&str>) -> Result<AiSpend, Problem> {
    let first = match month.filter(|month| !month.is_empty()) {
        None => d.clock.now().date_naive(),
        Some(month) => first_day(month).ok_or_else(|| Problem::invalid("month", InvalidCode::MonthInvalid))?,
    };
    let days = d.store.ai_spend(first).await?;
    Ok(AiSpend {
        month: format!("{:04}-{:02}", first.year(), first.month()),
        cost_micros: days.iter().map(|day| day.cost_micros).sum(),
        days,
    })
}

/// The first day of a month like `2026-11`.
fn first_day(month: &str) -> Option<NaiveDate> {
    let day: NaiveDate = format!("{month}-01").parse().ok().filter(|_| month.len() == 7)?;
    AI_YEARS.contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{AiModel, AiPrice};

    #[test]
    fn only_months_of_this_century_are_months() {
        assert_eq!(first_day("2026-11"), Some(day("2026-11-01")));
        assert!(first_day("2000-01").is_some() && first_day("2099-12").is_some());
        for bad in ["0000-01", "1999-12", "2100-01", "9999-12", "2026-13", "2026-1", "-026-01", "", "2026-11-01"] {
            assert_eq!(first_day(bad), None, "{bad}");
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_else(|_| panic!("{text} is a day"))
    }

    fn listed(model: &str, shutdown_date: Option<&str>) -> AiModel {
        AiModel {
            model: model.to_owned(),
            listed: true,
            shutdown_date: shutdown_date.map(day),
            input_price_micros: None,
            output_price_micros: None,
        }
    }

    #[test]
    fn a_chosen_model_that_ends_soon_or_is_gone_stands_out() {
        let mut stored = StoredAiProvider {
            has_api_key: true,
            model_default: Some("a".to_owned()),
            model_embeddings: Some("b".to_owned()),
            models: vec![listed("a", Some("2027-01-19")), listed("b", None), listed("c", Some("2026-12-01"))],
            ..StoredAiProvider::default()
        };
        let warn = |stored: &StoredAiProvider, today: &str| {
            let warnings = warnings(AiKind::OpenAi, stored, day(today));
            warnings.into_iter().map(|warning| (warning.model, warning.ends_on)).collect::<Vec<_>>()
        };
        assert_eq!(warn(&stored, "2026-11-20"), [], "the list was never read");
        stored.models_at = Some(chrono::DateTime::UNIX_EPOCH);
        assert_eq!(warn(&stored, "2026-11-19"), [], "61 days are left");
        assert_eq!(warn(&stored, "2026-11-20"), [("a".to_owned(), Some(day("2027-01-19")))]);
        stored.models[1].listed = false;
        stored.models[0].shutdown_date = None;
        assert_eq!(warn(&stored, "2026-11-20"), [("b".to_owned(), None)]);
        stored.models.push(listed("b:latest", None));
        assert_eq!(warn(&stored, "2026-11-20"), []);
        stored.has_api_key = false;
        stored.models.clear();
        assert_eq!(warn(&stored, "2026-11-20"), [], "nobody uses it");
    }

    #[test]
    fn only_a_provider_that_was_chosen_is_asked() {
        let provider = |kind: AiKind, drafts: bool, model: Option<&str>| AiProvider {
            provider_code: kind,
            name: String::new(),
            has_api_key: true,
            base_url: Some("https://x.example".to_owned()),
            allow_local: false,
            model_default: model.map(ToOwned::to_owned),
            model_embeddings: None,
            drafts,
            embeddings: false,
            monthly_budget_micros: None,
            spent_micros: 0,
            models: Vec::new(),
            models_at: None,
            warnings: Vec::new(),
        };
        let pick = |providers: Vec<AiProvider>| {
            let found = chosen(providers, |provider| provider.drafts, |provider| provider.model_default.is_some());
            found.map(|provider| provider.provider_code)
        };
        let (openai, anthropic) = (AiKind::OpenAi, AiKind::Anthropic);
        assert_eq!(pick(vec![provider(openai, false, None), provider(anthropic, true, None)]), None);
        assert_eq!(
            pick(vec![provider(openai, false, Some("a")), provider(anthropic, true, Some("b"))]),
            Some(anthropic)
        );
        assert_eq!(pick(vec![provider(openai, false, Some("a")), provider(anthropic, true, None)]), None);
        assert_eq!(pick(vec![provider(openai, false, Some("a"))]), None, "nobody chose it");
        assert_eq!(pick(vec![AiProvider { has_api_key: false, ..provider(openai, true, Some("a")) }]), None);
    }

    #[test]
    fn what_cannot_be_a_setting_is_named() {
        let none = StoredAiProvider::default();
        let field = |kind: AiKind, change: AiProviderChange| match checked(kind, &none, change) {
            Err(Problem::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let text = |text: &str| Some(Some(text.to_owned()));
        let base = AiProviderChange::default;
        assert_eq!(field(AiKind::OpenAi, AiProviderChange { api_key: Some("ключ".to_owned()), ..base() }), "api_key");
        assert_eq!(
            field(AiKind::OpenAi, AiProviderChange { base_url: text("https://x.example"), ..base() }),
            "base_url"
        );
        assert_eq!(
            field(AiKind::Compatible, AiProviderChange { base_url: text("http://10.0.0.1"), ..base() }),
            "base_url"
        );
        assert_eq!(field(AiKind::OpenAi, AiProviderChange { model_default: text("a b"), ..base() }), "model_default");
        assert_eq!(
            field(AiKind::Anthropic, AiProviderChange { model_embeddings: text("a"), ..base() }),
            "model_embeddings"
        );
        let budget = AiProviderChange { monthly_budget_micros: Some(Some(-1)), ..base() };
        assert_eq!(field(AiKind::OpenAi, budget), "monthly_budget_micros");
        let price = |model: &str, micros| {
            vec![AiPrice { model: model.to_owned(), input_price_micros: Some(micros), output_price_micros: None }]
        };
        assert_eq!(field(AiKind::OpenAi, AiProviderChange { prices: price(" ", 1), ..base() }), "prices");
        assert_eq!(field(AiKind::OpenAi, AiProviderChange { prices: price("m", MOST_MICROS + 1), ..base() }), "prices");
        // What needs the permission does not stay without it.
        let local =
            StoredAiProvider { allow_local: true, base_url: Some("http://10.0.0.1".to_owned()), ..none.clone() };
        assert!(checked(AiKind::Compatible, &local, AiProviderChange { allow_local: Some(false), ..base() }).is_err());
        assert!(checked(AiKind::Compatible, &local, base()).is_ok());
    }
}
