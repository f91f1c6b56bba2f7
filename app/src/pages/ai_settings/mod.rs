//! `/admin/ai-settings`: the providers of language models, and what they cost.

pub mod api;
pub(super) mod money;
mod spend;
mod words;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    ai_settings, knowledge,
    types::{AccountVectors, AiKind, AiModel, AiProvider, AiSpend, AiWarning, KeyTestProblem, Problem},
};

use self::words::Words;
use crate::{
    page::{Page, Visit},
    paths,
    prefs::Lang,
    shell::Head,
    ui::{
        forms::{Field, Question},
        parts::{Pill, Progress, Tone},
        times::Ago,
        url::Address,
        vector_words,
        words::nouns,
    },
    words::Voice,
};

/// The page: what is stored, never a key; and what was spent.
pub struct AiSettings {
    providers: Vec<AiProvider>,
    spend: AiSpend,
    vectors: Vec<AccountVectors>,
}

impl Page for AiSettings {
    const ROUTE: &'static str = paths::AI_SETTINGS;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let spend = match ai_settings::spend(domain, visit.query("month")).await {
            // An old link still opens the page.
            Err(Problem::Invalid { .. }) => ai_settings::spend(domain, None).await?,
            spend => spend?,
        };
        let vectors = knowledge::vectors(domain).await?;
        Ok(Self { providers: ai_settings::list(domain).await?, spend, vectors })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (words, voice) = (Words(visit.lang()), visit.voice());
        let shown = visit.query_as::<AiKind>("provider").unwrap_or_else(|| first_shown(&self.providers));
        let cards = self.providers.iter().map(|provider| card(voice, provider, provider.provider_code == shown));
        let cards = cards.collect_view();
        let provider = self.providers.iter().find(|provider| provider.provider_code == shown);
        view! {
            <Head title=words.title() about=words.about()/>
            <div class="cards">{cards}</div>
            {provider.map(|provider| open(visit, provider))}
            {vectors(voice, &self.vectors)}
            {spend::section(voice, &self.spend)}
        }
        .into_any()
    }
}

/// What is open where nobody chose: the provider for drafts, else the first that is set up.
fn first_shown(providers: &[AiProvider]) -> AiKind {
    let drafts = providers.iter().find(|provider| provider.is_set() && provider.drafts);
    let set = drafts.or_else(|| providers.iter().find(|provider| provider.is_set()));
    set.map_or(AiKind::OpenAi, |provider| provider.provider_code)
}

/// Whether vectors help to find past cases, account by account.
fn vectors(voice: Voice, all: &[AccountVectors]) -> Option<AnyView> {
    let words = Words(voice.lang);
    let model = all.iter().find_map(|account| account.vectors.model.clone())?;
    let rows = all.iter().map(|account| {
        let says = vector_words::says(voice.lang, &account.vectors);
        let about = words.vectors_of(&account.account, voice.count(&nouns::ANSWER, account.pairs));
        view! { <li class="break">{about} " " {says}</li> }
    });
    let rows = rows.collect_view();
    Some(
        view! {
            <section class="card pad stack" id="vectors" aria-labelledby="vectors-title">
                <h2 id="vectors-title">{words.vectors_title()}</h2>
                <p class="muted break">{words.vectors_about(&model)}</p>
                <ul class="stack">{rows}</ul>
            </section>
        }
        .into_any(),
    )
}

/// Where the settings of a provider are.
pub(super) fn place(kind: AiKind) -> String {
    Address::new(paths::AI_SETTINGS).with("provider", Some(kind.as_str())).into_string()
}

/// What is wrong with a chosen model.
pub(super) fn warning_text(lang: Lang, warning: &AiWarning) -> String {
    match warning.ends_on {
        Some(day) => Words(lang).ends_on(&warning.model, day),
        None => Words(lang).is_gone(&warning.model),
    }
}

/// Why a call of a provider brought nothing, and what to do.
pub(super) fn problem_in_words(lang: Lang, kind: AiKind, problem: KeyTestProblem, model: &str) -> String {
    problem_text(Words(lang), kind, problem, model)
}

/// One provider in a few lines.
fn card(voice: Voice, provider: &AiProvider, is_shown: bool) -> AnyView {
    let words = Words(voice.lang);
    let kind = provider.provider_code;
    let about = match kind {
        AiKind::OpenAi => words.about_openai(),
        AiKind::Anthropic => words.about_anthropic(),
        AiKind::Compatible => words.about_compatible(),
    };
    let (tone, state) = match (provider.has_api_key, provider.is_set()) {
        (true, true) => (Tone::Good, words.pill_key()),
        (false, true) => (Tone::Good, words.pill_ready()),
        (_, false) => (Tone::Idle, words.pill_none()),
    };
    let spent = money::shown(voice.lang, provider.spent_micros);
    let spent = match provider.monthly_budget_micros {
        Some(budget) => words.spent_of(spent, money::shown(voice.lang, budget)),
        None => words.spent_only(spent),
    };
    let percent = provider.monthly_budget_micros.map(|budget| {
        let part = i128::from(provider.spent_micros) * 100 / i128::from(budget.max(1));
        u8::try_from(part.min(100)).unwrap_or(100)
    });
    let model = provider.model_default.as_ref().map(|model| words.model_is(model));
    let embeddings = provider.model_embeddings.as_ref().map(|model| words.embeddings_are(model));
    let lines = [model, embeddings].into_iter().flatten().map(|line| view! { <p class="muted break">{line}</p> });
    let lines = lines.collect_view();
    let warnings = provider.warnings.iter().map(|warning| {
        view! { <p class="notice warn">{warning_text(voice.lang, warning)}</p> }
    });
    let warnings = warnings.collect_view();
    view! {
        <section class="card tile">
            <h2><a href=place(kind) aria-current=is_shown.then_some("true")>{provider.name.clone()}</a></h2>
            <p class="muted">{about}</p>
            <div class="tile-body stack">
                <p><Pill tone text=state/></p>
                {lines}
                {warnings}
                <p class="muted">{spent}</p>
                {percent.map(|percent| view! { <Progress percent=Some(percent) label=words.budget_bar()/> })}
            </div>
        </section>
    }
    .into_any()
}

/// Everything about one provider.
fn open(visit: &Visit, provider: &AiProvider) -> AnyView {
    let words = Words(visit.lang());
    let kind = provider.provider_code;
    let has_key = provider.has_api_key;
    let ask = Address::new(paths::AI_SETTINGS)
        .with("provider", (kind != AiKind::OpenAi).then_some(kind.as_str()))
        .with("ask", Some("remove-key"))
        .into_string();
    let asks = has_key && visit.query("ask") == Some("remove-key");
    let is_server = kind == AiKind::Compatible;
    let (test_title, test) =
        if is_server { (words.test_title_server(), words.test_server()) } else { (words.test_title(), words.test()) };
    let test_about = match (provider.is_set(), is_server) {
        (true, true) => words.test_about_server().to_owned(),
        (true, false) => words.test_about(kind.name()),
        (false, true) => words.no_base_url().to_owned(),
        (false, false) => words.no_key().to_owned(),
    };
    let is_set = provider.is_set();
    let mut chosen: Vec<&String> =
        [&provider.model_default, &provider.model_embeddings].into_iter().flatten().collect();
    chosen.dedup();
    let prices = chosen.into_iter().enumerate().map(|(place, model)| price(visit, provider, model, place > 0));
    let prices = prices.collect_view();
    view! {
        {settings(visit, words, provider)}
        <section class="card pad form-card stack" aria-labelledby="test-title">
            <h2 id="test-title">{test_title}</h2>
            <p class="muted">{test_about}</p>
            <form method="post" action=api::TestAiKey::url()>
                <input type="hidden" name="provider" value=kind.as_str()/>
                <button class="btn" disabled=!is_set>{test}</button>
            </form>
        </section>
        {is_set.then(|| models(visit.voice(), provider))}
        {prices}
        {has_key
            .then(|| {
                view! {
                    <section class="card pad form-card stack" aria-labelledby="remove-title">
                        <h2 id="remove-title">{words.remove_title()}</h2>
                        <p class="muted">{words.remove_about()}</p>
                        <p><a class="btn danger" id="remove-key" data-opens="" href=ask>{words.remove_ask()}</a></p>
                    </section>
                }
            })}
        {asks
            .then(|| {
                view! {
                    <Question
                        lang=visit.lang()
                        title=words.remove_question(kind.name())
                        about=words.remove_lost(kind.name())
                        close=place(kind)
                        action=api::RemoveAiKey::url()
                        id=kind.as_str()
                        go=words.remove()
                    />
                }
            })}
    }
    .into_any()
}

fn settings(visit: &Visit, words: Words, provider: &AiProvider) -> AnyView {
    let kind = provider.provider_code;
    let has_key = provider.has_api_key;
    let key_help = match (has_key, kind.needs_key()) {
        (true, _) => words.key_stored(),
        (false, true) => words.key_none(),
        (false, false) => words.key_optional(),
    };
    let is_typed = visit.typed("model_default").is_some();
    let was_ticked = |name: &str, stored: bool| if is_typed { visit.typed(name).is_some() } else { stored };
    let value = |name: &str, stored: &Option<String>| visit.typed(name).or_else(|| stored.clone()).unwrap_or_default();
    let base_url = value("base_url", &provider.base_url);
    let allows_local = was_ticked("allow_local", provider.allow_local);
    let model = value("model_default", &provider.model_default);
    let model_embeddings = value("model_embeddings", &provider.model_embeddings);
    let budget = value("monthly_budget", &provider.monthly_budget_micros.map(money::typed));
    let drafts = was_ticked("drafts", provider.drafts);
    let embeddings = was_ticked("embeddings", provider.embeddings);
    let listed = provider.models.iter().filter(|model| model.listed).map(|model| {
        let ends = model.shutdown_date.map(|day| words.model_ends(day));
        view! { <option value=model.model.clone()>{ends}</option> }
    });
    let listed = listed.collect_view();
    let address = (kind == AiKind::Compatible).then(|| {
        view! {
            <Field id="base_url" label=words.base_url() help=words.base_url_help()>
                <input
                    class="input"
                    type="url"
                    id="base_url"
                    name="base_url"
                    autocomplete="off"
                    spellcheck="false"
                    value=base_url
                    aria-describedby="base_url-help"
                />
            </Field>
            <label class="check">
                <input type="checkbox" name="allow_local" value="true" checked=allows_local/>
                {words.allow_local()}
            </label>
        }
    });
    let for_embeddings = kind.has_embeddings().then(|| {
        view! {
            <Field id="model_embeddings" label=words.model_embeddings() help=words.model_embeddings_help()>
                <input
                    class="input"
                    id="model_embeddings"
                    name="model_embeddings"
                    list="listed-models"
                    autocomplete="off"
                    spellcheck="false"
                    value=model_embeddings
                    aria-describedby="model_embeddings-help"
                />
            </Field>
        }
    });
    let makes_embeddings = kind.has_embeddings().then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name="embeddings" value="true" checked=embeddings/>
                {words.embeddings()}
            </label>
        }
    });
    view! {
        <section class="card pad form-card stack" aria-labelledby="settings-title">
            <h2 id="settings-title">{words.settings_of(kind.name())}</h2>
            <form method="post" action=api::SaveAiSettings::url() class="stack" autocomplete="off">
                <input type="hidden" name="provider" value=kind.as_str()/>
                {address}
                <Field id="api_key" label=words.key(kind.name()) help=key_help>
                    <input
                        class="input"
                        type="password"
                        id="api_key"
                        name="api_key"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder=has_key.then_some("••••••••")
                        aria-describedby="api_key-help"
                    />
                </Field>
                <Field id="model_default" label=words.model() help=words.model_help()>
                    <input
                        class="input"
                        id="model_default"
                        name="model_default"
                        list="listed-models"
                        autocomplete="off"
                        spellcheck="false"
                        value=model
                        aria-describedby="model_default-help"
                    />
                </Field>
                {for_embeddings}
                <datalist id="listed-models">{listed}</datalist>
                <Field id="monthly_budget" label=words.budget() help=words.budget_help()>
                    <input
                        class="input"
                        id="monthly_budget"
                        name="monthly_budget"
                        inputmode="decimal"
                        autocomplete="off"
                        value=budget
                        aria-describedby="monthly_budget-help"
                    />
                </Field>
                <label class="check">
                    <input type="checkbox" name="drafts" value="true" checked=drafts/>
                    {words.drafts()}
                </label>
                {makes_embeddings}
                <div class="row"><button class="btn primary">{words.save()}</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// What the provider lists, and reading that anew.
fn models(voice: Voice, provider: &AiProvider) -> AnyView {
    let words = Words(voice.lang);
    let kind = provider.provider_code;
    let listed: Vec<&AiModel> = provider.models.iter().filter(|model| model.listed).collect();
    let about = match provider.models_at {
        None => view! { <p class="muted">{words.models_none()}</p> }.into_any(),
        Some(at) => {
            let count = voice.number(i64::try_from(listed.len()).unwrap_or(i64::MAX));
            view! { <p class="muted">{words.models_read(count)} " " <Ago voice at/> "."</p> }.into_any()
        }
    };
    let rows = listed.iter().map(|model| {
        let ends = model.shutdown_date.map(|day| view! { " · " {words.model_ends(day)} });
        view! { <li class="break">{model.model.clone()} <span class="muted">{ends}</span></li> }
    });
    let rows = rows.collect_view();
    let list = (!listed.is_empty()).then(|| {
        view! {
            <details class="small">
                <summary>{words.models_show()}</summary>
                <ul>{rows}</ul>
            </details>
        }
    });
    view! {
        <section class="card pad form-card stack" aria-labelledby="models-title">
            <h2 id="models-title">{words.models_title()}</h2>
            {about}
            {list}
            <form method="post" action=api::ReadAiModels::url()>
                <input type="hidden" name="provider" value=kind.as_str()/>
                <button class="btn">{words.read_list()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// What a chosen model costs.
fn price(visit: &Visit, provider: &AiProvider, model: &str, is_second: bool) -> AnyView {
    let words = Words(visit.lang());
    let kind = provider.provider_code;
    let known = provider.model(model);
    let input = known.and_then(|known| known.input_price_micros);
    let output = known.and_then(|known| known.output_price_micros);
    let has_output = provider.model_default.as_deref() == Some(model);
    let is_missing = provider.monthly_budget_micros.is_some() && (input.is_none() || (has_output && output.is_none()));
    let (title_id, input_id, output_id) = if is_second {
        ("price-title-2", "price-sent-2", "price-answered-2")
    } else {
        ("price-title", "price-sent", "price-answered")
    };
    // What was refused for one model is not shown for another.
    let is_typed = visit.typed("model").as_deref() == Some(model);
    let value = |name: &str, stored: Option<i64>| {
        let typed = visit.typed(name).filter(|_| is_typed);
        typed.or_else(|| stored.map(money::typed)).unwrap_or_default()
    };
    let (input, output) = (value("input", input), value("output", output));
    let answered = has_output.then(|| {
        view! {
            <Field id=output_id label=words.price_output()>
                <input class="input" id=output_id name="output" inputmode="decimal" autocomplete="off" value=output/>
            </Field>
        }
    });
    view! {
        <section class="card pad form-card stack" aria-labelledby=title_id>
            <h2 class="break" id=title_id>{words.price_title(model)}</h2>
            <p class="muted">{words.price_about()}</p>
            {is_missing.then(|| view! { <p class="notice warn">{words.price_missing()}</p> })}
            <form method="post" action=api::SaveAiPrice::url() class="row end-aligned">
                <input type="hidden" name="provider" value=kind.as_str()/>
                <input type="hidden" name="model" value=model.to_owned()/>
                <Field id=input_id label=words.price_input()>
                    <input class="input" id=input_id name="input" inputmode="decimal" autocomplete="off" value=input/>
                </Field>
                {answered}
                <button class="btn">{words.price_save()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Why a call did not work, and what to do.
fn problem_text(words: Words, kind: AiKind, problem: KeyTestProblem, model: &str) -> String {
    let name = kind.name();
    // Where keys are made, and the setting that says where the provider is. A server of one's own has neither.
    let of_provider = match kind {
        AiKind::OpenAi => Some(("platform.openai.com", "OPENAI_BASE_URL")),
        AiKind::Anthropic => Some(("console.anthropic.com", "ANTHROPIC_BASE_URL")),
        AiKind::Compatible => None,
    };
    match (problem, of_provider) {
        (KeyTestProblem::NoKey, _) => words.no_key().to_owned(),
        (KeyTestProblem::NoBaseUrl, _) => words.no_base_url().to_owned(),
        (KeyTestProblem::NoModel, _) => words.no_model().to_owned(),
        (KeyTestProblem::InvalidKey, Some((place, _))) => words.invalid_key(name, place),
        (KeyTestProblem::InvalidKey, None) => words.invalid_key_server().to_owned(),
        (KeyTestProblem::ModelNotFound, Some(_)) => words.model_not_found(model),
        (KeyTestProblem::ModelNotFound, None) => words.model_not_found_server(model),
        (KeyTestProblem::QuotaExhausted, place) => words.quota_exhausted(place.map_or(name, |(place, _)| place)),
        (KeyTestProblem::RateLimited, _) => words.rate_limited(name),
        (KeyTestProblem::ProviderError, _) => words.provider_error(name),
        (KeyTestProblem::Unreachable, Some((_, setting))) => words.unreachable(name, setting),
        (KeyTestProblem::Unreachable, None) => words.unreachable_server().to_owned(),
        (KeyTestProblem::Slow, _) => words.slow(name),
        (KeyTestProblem::BadAnswer, _) => words.bad_answer(name),
        (KeyTestProblem::TooLong, _) => words.too_long(model),
        (KeyTestProblem::Declined, _) => words.declined(name),
        (KeyTestProblem::PrivateAddress, _) => words.private_address().to_owned(),
        (KeyTestProblem::BudgetSpent, _) => words.budget_spent().to_owned(),
        (KeyTestProblem::NoPrice, _) => words.no_price(model),
    }
}
