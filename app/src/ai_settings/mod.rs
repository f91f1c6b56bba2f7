//! `/admin/ai-settings`: the OpenAI key and the default model.

#[cfg(feature = "ssr")]
mod answers;
pub(crate) mod api;
mod page;
pub(crate) mod state;

pub(crate) use page::AiSettingsPage;
