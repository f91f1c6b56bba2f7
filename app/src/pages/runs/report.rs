//! A run that goes on, as a page shows it: in words, so that browsers need none of their own.

use serde::{Deserialize, Serialize};

use crate::ui::parts::{Moment, Tone};

/// What is shown of a run, in the language of whoever looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub(super) id: String,
    /// Another number when something else can be asked of the run, or when it is over: then the page is another one.
    pub(super) stage: u8,
    /// Where the run is shown whole.
    pub(super) address: String,
    pub(super) kind: String,
    /// How far back it goes.
    pub(super) span: Option<String>,
    pub(super) tone: Tone,
    pub(super) state: String,
    pub(super) percent: Option<u8>,
    /// What it is doing, in one line.
    pub(super) line: String,
    pub(super) amount: String,
    pub(super) waiting: Option<String>,
    pub(super) numbers: Vec<(String, String)>,
    pub(super) started: Option<(String, Moment)>,
}
