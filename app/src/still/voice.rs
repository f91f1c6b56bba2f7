//! What a page says: texts in one language, at one moment.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use replybook::types::SyncRun;

use crate::{
    i18n::{Texts, exact_time, fill, still::Still},
    prefs::Lang,
    ui::parts::machine_time,
};

/// The language of a page and the moment it is rendered at.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    pub texts: &'static Texts,
    pub still: &'static Still,
    pub now: DateTime<Utc>,
}

impl Voice {
    pub(crate) fn new(lang: Lang, now: DateTime<Utc>) -> Self {
        Self { texts: Texts::of(lang), still: Still::of(lang), now }
    }

    /// "4 min ago", with the exact time on hover.
    pub(crate) fn ago(self, at: DateTime<Utc>) -> AnyView {
        view! { <time datetime=machine_time(at) title=exact_time(at)>{self.texts.ago(at, self.now)}</time> }.into_any()
    }

    /// How long it is until then: "12 min".
    pub(crate) fn until(self, at: DateTime<Utc>) -> String {
        self.texts.duration((at - self.now).num_seconds())
    }

    /// A code in words, or as it is.
    pub(crate) fn reason(self, code: &str) -> String {
        self.still.reasons.get(code).unwrap_or(code).to_owned()
    }

    /// Puts the errors of a run into words, with what the engine wrote behind them; English has that alone.
    pub(crate) fn put_into_words(self, run: &mut SyncRun) {
        for error in &mut run.errors {
            if let Some(words) = self.error(error).filter(|_| self.texts.lang != Lang::En) {
                *error = format!("{words} ({error})");
            }
        }
    }

    /// An error of a run in words: the engine writes `code: text`, or `message <id>: code: text`. `None` for what it wrote
    /// without a code that is known.
    pub(crate) fn error(self, error: &str) -> Option<String> {
        let words = &self.still.reasons;
        let code_of = |text: &str| text.split_once(": ").and_then(|(code, _)| words.get(code));
        if let Some(reason) = code_of(error) {
            return Some(capitalised(reason));
        }
        let (id, rest) = error.strip_prefix("message ")?.split_once(": ")?;
        Some(format!("{}: {}", capitalised(&fill(self.still.mailbox.message_of, &[id])), code_of(rest)?))
    }
}

/// The same with a capital letter at its beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_runs_are_put_into_words() {
        let voice = Voice::new(Lang::Ru, DateTime::UNIX_EPOCH);
        assert_eq!(voice.error("timeout: Google did not answer in time").as_deref(), Some("Ответ не пришёл вовремя"));
        let message = voice.error("message 18c2f: unreadable: no payload");
        assert_eq!(message.as_deref(), Some("Письмо 18c2f: его не удалось прочитать"));
        for unknown in ["", "strange: thing", "message 1: strange: thing", "no colon", "message"] {
            assert_eq!(voice.error(unknown), None, "{unknown:?}");
        }
    }
}
