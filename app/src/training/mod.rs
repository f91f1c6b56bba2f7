//! `/admin/ai-email-training`: the pairs, and what is decided about them.

pub(crate) mod api;
mod decisions;
mod dialog;
mod list;
mod page;
#[cfg(feature = "ssr")]
mod rows;
pub(crate) mod state;

pub(crate) use page::TrainingPage;
