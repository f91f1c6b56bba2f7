//! Where a browser goes after an action: pages that say what happened. Read by `state::notice`.

use replybook::types::KeyTestProblem;

use super::state::PATH;
use crate::ui::url::Address;

/// What was saved. Only what happened is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    Key,
    Model,
    Nothing,
    Removed,
}

impl Saved {
    fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Model => "model",
            Self::Nothing => "nothing",
            Self::Removed => "removed",
        }
    }

    /// The page that says so.
    pub(super) fn address(self, model: Option<&str>) -> String {
        let model = (self == Self::Model).then_some(model).flatten();
        Address::new(PATH).with("saved", Some(self.as_str())).with("model", model).into_string()
    }
}

/// The page that says how a test of the key went, for browsers without scripts.
pub(super) fn tested_address(problem: Option<KeyTestProblem>, model: &str, latency_ms: u32) -> String {
    Address::new(PATH)
        .with("test", Some(problem.map_or("ok", KeyTestProblem::as_str)))
        .with("model", Some(model))
        .with("ms", Some(latency_ms.to_string()))
        .into_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ai_settings::state::notice, i18n::Texts, prefs::Lang, ui::flash::Notice};

    fn said(address: &str) -> Option<Notice> {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let map = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        notice(&map, Texts::of(Lang::En))
    }

    #[test]
    fn only_what_happened_is_said() {
        let words = &Texts::of(Lang::En).ai;
        assert_eq!(said(&Saved::Key.address(None)), Some(Notice::good(words.saved_key)));
        assert_eq!(
            said(&Saved::Model.address(Some("gpt-5-mini"))),
            Some(Notice::good("Settings saved. The default model is now gpt-5-mini."))
        );
        assert_eq!(said(&Saved::Nothing.address(None)), Some(Notice::good(words.saved_nothing)));
        assert_eq!(said(PATH), None);
    }

    #[test]
    fn every_outcome_of_a_test_has_words() {
        assert_eq!(said(&tested_address(None, "m", 812)), Some(Notice::good("It works: m answered in 812 ms.")));
        for problem in KeyTestProblem::ALL {
            assert!(said(&tested_address(Some(*problem), "m", 1)).is_some(), "{problem}");
        }
    }
}
