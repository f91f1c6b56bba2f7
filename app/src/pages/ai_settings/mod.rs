//! `/admin/ai-settings`: the OpenAI key and the default model.

mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    ai_settings,
    types::{AiProviderSummary, KeyTestProblem, Problem},
};

use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{
        forms::{Field, Question},
        url::Address,
    },
    words::texts,
};

/// The page: what is stored; never the key.
pub struct AiSettings(AiProviderSummary);

impl Page for AiSettings {
    const ROUTE: &'static str = paths::AI_SETTINGS;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        Ok(Self(ai_settings::get_openai(&visit.scope.domain).await?))
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let words = Words(visit.lang());
        let has_key = self.0.has_api_key;
        let ask = Address::new(paths::AI_SETTINGS).with("ask", Some("remove-key")).into_string();
        let asks = has_key && visit.query("ask") == Some("remove-key");
        view! {
            <Head title=words.title() about=words.about()/>
            {settings(visit, words, self.0)}
            <section class="card pad form-card stack" aria-labelledby="test-title">
                <h2 id="test-title">{words.test_title()}</h2>
                <p class="muted">{if has_key { words.test_about() } else { words.no_key() }}</p>
                <form method="post" action=api::TestAiKey::url()>
                    <button class="btn" disabled=!has_key>{words.test()}</button>
                </form>
            </section>
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
                            title=words.remove_question()
                            about=words.remove_lost()
                            close=paths::AI_SETTINGS
                            action=api::RemoveAiKey::url()
                            go=words.remove()
                        />
                    }
                })}
        }
        .into_any()
    }
}

fn settings(visit: &Visit, words: Words, summary: AiProviderSummary) -> AnyView {
    let has_key = summary.has_api_key;
    let key_help = if has_key { words.key_stored() } else { words.key_none() };
    let model = visit.typed("model_default").or(summary.model_default).unwrap_or_default();
    view! {
        <section class="card pad form-card">
            <form method="post" action=api::SaveAiSettings::url() class="stack" autocomplete="off">
                <Field id="api_key" label=words.key() help=key_help>
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
                        autocomplete="off"
                        spellcheck="false"
                        value=model
                        aria-describedby="model_default-help"
                    />
                </Field>
                <div class="row"><button class="btn primary">{words.save()}</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// Why the key did not work, and what to do.
fn problem_text(words: Words, problem: KeyTestProblem, model: &str) -> String {
    match problem {
        KeyTestProblem::NoKey => words.no_key().to_owned(),
        KeyTestProblem::NoModel => words.no_model().to_owned(),
        KeyTestProblem::InvalidKey => words.invalid_key().to_owned(),
        KeyTestProblem::ModelNotFound => words.model_not_found(model),
        KeyTestProblem::QuotaExhausted => words.quota_exhausted().to_owned(),
        KeyTestProblem::RateLimited => words.rate_limited().to_owned(),
        KeyTestProblem::ProviderError => words.provider_error().to_owned(),
        KeyTestProblem::Unreachable => words.unreachable().to_owned(),
    }
}

texts! {
    /// AI Settings.
    Words:
    title: "AI Settings" | "Настройки AI";
    about: "An OpenAI key and a default model. For now only the test below uses them. The key is stored encrypted and never shown again." | "Ключ OpenAI и модель по умолчанию. Пока их использует только проверка ниже. Ключ хранится в зашифрованном виде и больше не показывается.";
    key: "OpenAI API key" | "Ключ OpenAI API";
    key_stored: "A key is stored. Leave empty to keep it." | "Ключ сохранён. Оставьте поле пустым, чтобы его не менять.";
    key_none: "No key is stored yet." | "Ключ пока не сохранён.";
    model: "Default model" | "Модель по умолчанию";
    model_help: "Any model your key can use, named exactly as the provider names it." | "Любая модель, доступная вашему ключу, с тем названием, которое даёт провайдер.";
    save: "Save settings" | "Сохранить настройки";
    saved_key: "Settings saved. The new key is stored encrypted." | "Настройки сохранены. Новый ключ хранится в зашифрованном виде.";
    saved_model(model): "Settings saved. The default model is now {model}." | "Настройки сохранены. Модель по умолчанию теперь {model}.";
    saved_nothing: "Nothing was changed." | "Ничего не изменено.";
    test_title: "Test the key" | "Проверка ключа";
    test_about: "Sends one small request to OpenAI with the stored key and the default model." | "Один небольшой запрос к OpenAI с сохранённым ключом и моделью по умолчанию.";
    test: "Test the key" | "Проверить ключ";
    test_ok(model, ms): "It works: {model} answered in {ms} ms." | "Работает: {model} ответила за {ms} мс.";
    test_said(what): "OpenAI said: “{what}”" | "Ответ OpenAI: «{what}»";
    no_key: "No key is stored. Enter one above and save it first." | "Ключ не сохранён. Сначала введите и сохраните его выше.";
    no_model: "No default model is stored. Enter one above and save it first." | "Модель по умолчанию не задана. Сначала укажите и сохраните её выше.";
    invalid_key: "OpenAI does not accept this key. Create a new one at platform.openai.com and save it above." | "OpenAI не принимает этот ключ. Создайте новый на platform.openai.com и сохраните его выше.";
    model_not_found(model): "This key cannot use the model {model}. Choose another default model." | "Этому ключу недоступна модель {model}. Выберите другую модель по умолчанию.";
    quota_exhausted: "The account behind this key has no credit left. Add credit at platform.openai.com under Billing." | "На счёте этого ключа закончились средства. Пополните его на platform.openai.com в разделе Billing.";
    rate_limited: "OpenAI is limiting this key right now. Wait a minute and test again." | "OpenAI сейчас ограничивает этот ключ. Подождите минуту и проверьте снова.";
    provider_error: "OpenAI had an internal error. Test again in a few minutes." | "На стороне OpenAI произошла ошибка. Проверьте снова через несколько минут.";
    unreachable: "OpenAI could not be reached. Check that this server may reach the internet, and OPENAI_BASE_URL if it is set." | "Не удалось связаться с OpenAI. Проверьте, есть ли у сервера выход в интернет, и OPENAI_BASE_URL, если он задан.";
    remove_title: "Remove the key" | "Удаление ключа";
    remove_about: "Deletes the stored key." | "Удаляет сохранённый ключ.";
    remove: "Remove the key" | "Удалить ключ";
    remove_ask: "Remove the key…" | "Удалить ключ…";
    remove_question: "Remove the OpenAI key?" | "Удалить ключ OpenAI?";
    remove_lost: "The stored key is deleted and cannot be recovered. The key itself stays valid at OpenAI." | "Сохранённый ключ будет удалён, восстановить его нельзя. В самом OpenAI ключ продолжит действовать.";
    removed: "The key is deleted." | "Ключ удалён.";
}
