//! The form, the test and the removal of the key.

use leptos::{form::ActionForm, prelude::*};
use replybook::types::{AiProviderSummary, KeyTestOutcome};

use super::{
    api::{RemoveAiKey, SaveAiSettings, TestAiKey, read_ai_settings},
    state::{PATH, TOLD, notice, problem_text},
};
use crate::{
    boot::use_texts,
    i18n::fill,
    ui::{
        controls::Field,
        flash::{Flash, FlashArea},
        parts::{Broken, Skeleton},
        shell::{Head, use_standings},
    },
};

/// Models worth suggesting. Any other name may be typed.
const MODELS: [&str; 6] = ["gpt-4.1-mini", "gpt-4.1", "gpt-5-mini", "gpt-5", "o3-mini", "o4-mini"];

#[derive(Clone, Copy)]
struct Actions {
    save: ServerAction<SaveAiSettings>,
    test: ServerAction<TestAiKey>,
    remove: ServerAction<RemoveAiKey>,
}

/// `/admin/ai-settings`.
#[component]
pub(crate) fn AiSettingsPage() -> impl IntoView {
    let texts = use_texts();
    let actions = Actions { save: ServerAction::new(), test: ServerAction::new(), remove: ServerAction::new() };
    let flash = Flash::new(PATH);
    flash.follow_query(TOLD, notice);
    flash.follow(actions.save, |_| None);
    flash.follow(actions.test, |_| None);
    flash.follow(actions.remove, |_| None);
    let version = Memo::new(move |_| actions.save.version().get() + actions.remove.version().get());
    let settings = Resource::new(move || version.get(), |_| read_ai_settings());
    let standings = use_standings();
    Effect::new(move |before: Option<usize>| {
        let version = version.get();
        if before.is_some_and(|before| before != version) {
            standings.refresh();
        }
        version
    });
    view! {
        <Head title=texts.ai.title about=texts.ai.about/>
        <FlashArea flash/>
        <Transition fallback=|| view! { <Skeleton lines=6/> }>
            {move || Suspend::new(async move {
                match settings.await {
                    Ok(summary) => view! { <Forms summary actions/> }.into_any(),
                    Err(failure) => view! { <Broken failure/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Forms(summary: AiProviderSummary, actions: Actions) -> impl IntoView {
    let has_key = summary.has_api_key;
    view! {
        <SettingsForm summary actions/>
        <TestForm has_key actions/>
        {has_key.then(|| view! { <RemoveForm actions/> })}
    }
    .into_any()
}

/// Saving clears the key field, and nothing else does: somebody may have typed before the scripts arrived.
#[component]
fn SettingsForm(summary: AiProviderSummary, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let key_field = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        let is_saved = matches!(actions.save.value().get(), Some(Ok(_)));
        if let Some(field) = key_field.get()
            && is_saved
        {
            field.set_value("");
        }
    });
    let words = &texts.ai;
    let has_key = summary.has_api_key;
    let key_help = if has_key { words.key_stored } else { words.key_none };
    view! {
        <section class="card pad form-card">
            <ActionForm action=actions.save attr:class="stack" attr:autocomplete="off">
                <Field id="api_key" label=words.key help=key_help>
                    <input
                        class="input"
                        type="password"
                        id="api_key"
                        name="api_key"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder=has_key.then_some("••••••••")
                        node_ref=key_field
                        aria-describedby="api_key-help"
                    />
                </Field>
                <Field id="model_default" label=words.model help=words.model_help>
                    <input
                        class="input"
                        id="model_default"
                        name="model_default"
                        list="models"
                        autocomplete="off"
                        spellcheck="false"
                        value=summary.model_default.unwrap_or_default()
                        aria-describedby="model_default-help"
                    />
                    <datalist id="models">
                        {MODELS.map(|model| view! { <option value=model></option> }).into_iter().collect_view()}
                    </datalist>
                </Field>
                <div class="row">
                    <button class="btn primary" disabled=move || actions.save.pending().get()>
                        {move || if actions.save.pending().get() { words.saving } else { words.save }}
                    </button>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn TestForm(has_key: bool, actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.ai;
    view! {
        <section class="card pad form-card stack" aria-labelledby="test-title">
            <h2 id="test-title">{words.test_title}</h2>
            <p class="muted">{if has_key { words.test_about } else { words.no_key }}</p>
            <div>
                <ActionForm action=actions.test>
                    <button class="btn" disabled=move || !has_key || actions.test.pending().get()>
                        {move || if actions.test.pending().get() { words.testing } else { words.test }}
                    </button>
                </ActionForm>
                <div class="outcome" role="status" aria-live="polite">
                    {move || actions.test.value().get().and_then(Result::ok).map(|outcome| view! { <Outcome outcome/> })}
                </div>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn RemoveForm(actions: Actions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.ai;
    view! {
        <section class="card pad form-card stack" aria-labelledby="remove-title">
            <h2 id="remove-title">{words.remove_title}</h2>
            <p class="muted">{words.remove_about}</p>
            <ActionForm action=actions.remove>
                <button class="btn danger" disabled=move || actions.remove.pending().get()>{words.remove}</button>
            </ActionForm>
        </section>
    }
    .into_any()
}

#[component]
fn Outcome(outcome: KeyTestOutcome) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.ai;
    let (class, text) = match outcome.problem {
        None => ("notice good", fill(words.test_ok, &[&outcome.model, &texts.number(i64::from(outcome.latency_ms))])),
        Some(problem) => ("notice bad", problem_text(texts, problem, &outcome.model)),
    };
    let said = (!outcome.said.trim().is_empty()).then_some(outcome.said);
    view! {
        <div class=class>
            <p>{text}</p>
            {said.map(|said| view! { <p class="small">{words.test_said} " " <q>{said}</q></p> })}
        </div>
    }
    .into_any()
}
