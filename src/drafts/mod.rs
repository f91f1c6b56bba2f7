//! Drafts of answers that rest on past cases: what a model is asked, how its answer is read, and what of it holds.
//!
//! All but [`begin`] and what stands beside it is pure: no store, no network, no clock, no randomness. Mail is data here: nothing that it
//! says is followed, and nothing that a model says is believed before [`check`] has looked at it. `docs/DRAFTS.md` says what is checked, and
//! what cannot be.
//!
//! In order: [`Ground`] → [`prompt`] → (the model) → [`Stream`] while it writes, [`read`] when it is done → [`check`]. Without a model:
//! [`template`].

mod answer;
mod asking;
mod check;
mod clauses;
mod confidence;
mod courtesies;
mod evidence;
mod facts;
mod gaps;
mod ground;
mod links;
mod lists;
mod manner;
mod names;
mod promises;
mod prompt;
mod secrets;
mod sentences;
mod signature;
mod stream;
mod template;
mod visible;

#[cfg(test)]
mod tests;

pub use answer::{Nonsense, Reply, ReplySentence, read};
pub(crate) use asking::close_lost;
pub use asking::{MAX_NOTE, begin, cancel, get, list, mark, of_thread, preview};
pub use check::{Checker, check, check_sentence};
pub use ground::{Address, Ground, GroundCase, Manner, RunKey, Said};
pub use prompt::{Hidden, Prompt, prompt};
pub use stream::Stream;
pub use template::template;
