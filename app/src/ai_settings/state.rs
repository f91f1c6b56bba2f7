//! The URL of the page: what a redirect has to say.

use leptos_router::params::ParamsMap;
use replybook::types::KeyTestProblem;

use crate::{
    i18n::{Texts, fill},
    ui::flash::Notice,
};

/// Where the page lives.
pub(crate) const PATH: &str = "/admin/ai-settings";
/// The parameters that are told once and then leave the URL.
pub(crate) const TOLD: &[&str] = &["saved", "test", "model", "ms"];

/// What a redirect has to say.
pub(crate) fn notice(query: &ParamsMap, texts: &Texts) -> Option<Notice> {
    let words = &texts.ai;
    let model = query.get("model").unwrap_or_default();
    if let Some(saved) = query.get_str("saved") {
        return Some(Notice::good(match saved {
            "key" => words.saved_key.to_owned(),
            "model" => fill(words.saved_model, &[&model]),
            "nothing" => words.saved_nothing.to_owned(),
            "removed" => words.removed.to_owned(),
            _ => return None,
        }));
    }
    match query.get_str("test")? {
        "ok" => Some(Notice::good(fill(words.test_ok, &[&model, &query.get("ms").unwrap_or_default()]))),
        problem => Some(Notice::bad(problem_text(texts, problem.parse().ok()?, &model))),
    }
}

/// Why the key did not work, and what to do.
pub(crate) fn problem_text(texts: &Texts, problem: KeyTestProblem, model: &str) -> String {
    let words = &texts.ai;
    match problem {
        KeyTestProblem::NoKey => words.no_key.to_owned(),
        KeyTestProblem::InvalidKey => words.invalid_key.to_owned(),
        KeyTestProblem::ModelNotFound => fill(words.model_not_found, &[model]),
        KeyTestProblem::QuotaExhausted => words.quota_exhausted.to_owned(),
        KeyTestProblem::RateLimited => words.rate_limited.to_owned(),
        KeyTestProblem::ProviderError => words.provider_error.to_owned(),
        KeyTestProblem::Unreachable => words.unreachable.to_owned(),
    }
}
