//! `/admin/ai-email-training`: the pairs, and what is decided about them.

pub(crate) mod api;
mod decisions;
mod dialog;
#[cfg(feature = "ssr")]
mod diff;
mod list;
mod page;
#[cfg(feature = "ssr")]
mod rows;
#[cfg(feature = "ssr")]
mod sheet;
pub(crate) mod state;

pub(crate) use page::TrainingPage;
