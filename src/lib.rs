//! The domain of Replybook: mail in, training pairs out. Knows nothing of Leptos or axum.
//!
//! The browser build compiles [`types`] alone; everything else sits behind the feature `server`.

pub mod types;
