//! An answer while it is written: its sentences, each as soon as it is whole.

use super::{
    Prompt, ReplySentence,
    answer::{MOST_BYTES, MOST_SENTENCES, WrittenSentence},
};

/// Reads an answer piece by piece. It forgives what [`super::read`] does not: what it gives is for showing, not for keeping.
#[derive(Debug, Default)]
pub struct Stream {
    /// What was not read yet.
    text: String,
    /// How far `text` was looked at.
    at: usize,
    state: State,
    /// Bytes that were taken in all.
    taken: usize,
    sentences: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the list of sentences.
    #[default]
    Before,
    /// In the list, between two of them.
    Between,
    /// In a sentence that begins `text`.
    Within { depth: u32, in_text: bool, is_escaped: bool },
    /// Behind the list, or beyond what an answer may have.
    Behind,
}

const LIST: &str = "\"sentences\"";

impl Stream {
    /// Takes the next piece, however it is cut, and gives the sentences that it completes. Never more than an answer may have.
    pub fn push(&mut self, piece: &str, prompt: &Prompt) -> Vec<ReplySentence> {
        let mut found = Vec::new();
        self.taken = self.taken.saturating_add(piece.len());
        if self.taken > MOST_BYTES {
            self.state = State::Behind;
        }
        if self.state == State::Behind {
            self.text = String::new();
            return found;
        }
        self.text.push_str(piece);
        while self.step(prompt, &mut found) {}
        found
    }

    /// Goes on as far as one thing; false where more text is needed.
    fn step(&mut self, prompt: &Prompt, found: &mut Vec<ReplySentence>) -> bool {
        match self.state {
            State::Before => self.find_list(),
            State::Between => self.find_sentence(),
            State::Within { depth, in_text, is_escaped } => self.read_on(depth, in_text, is_escaped, prompt, found),
            State::Behind => false,
        }
    }

    fn find_list(&mut self) -> bool {
        let Some(at) = self.text.find(LIST) else {
            // The name may be cut: its beginning is kept.
            let keep = self.text.floor_char_boundary(self.text.len().saturating_sub(LIST.len()));
            self.text.drain(..keep);
            return false;
        };
        let rest = &self.text[at + LIST.len()..];
        let opens = rest.trim_start().strip_prefix(':').map(str::trim_start);
        match opens {
            Some(list) if list.starts_with('[') => {
                let behind = self.text.len() - list.len() + 1;
                self.text.drain(..behind);
                self.state = State::Between;
                true
            }
            Some("") => false,
            None if rest.trim().is_empty() => false,
            // The word stands somewhere else.
            _ => {
                self.text.drain(..at + LIST.len());
                true
            }
        }
    }

    fn find_sentence(&mut self) -> bool {
        let Some(at) = self.text.find(['{', ']']) else {
            self.text.clear();
            return false;
        };
        let ends = self.text[at..].starts_with(']') || self.sentences >= MOST_SENTENCES;
        self.text.drain(..at);
        self.at = 0;
        self.state = if ends { State::Behind } else { State::Within { depth: 0, in_text: false, is_escaped: false } };
        true
    }

    fn read_on(
        &mut self,
        mut depth: u32,
        mut in_text: bool,
        mut is_escaped: bool,
        prompt: &Prompt,
        found: &mut Vec<ReplySentence>,
    ) -> bool {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            self.at += 1;
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                _ if in_text => {}
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                let whole = &self.text[..self.at];
                let sentence = serde_json::from_str::<WrittenSentence>(whole).ok().map(|written| written.read(prompt));
                found.extend(sentence.filter(|sentence| !sentence.text.is_empty()));
                self.sentences += 1;
                self.text.drain(..self.at);
                self.state = State::Between;
                return true;
            }
        }
        self.state = State::Within { depth, in_text, is_escaped };
        false
    }
}
