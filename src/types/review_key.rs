//! The keys of the review, and those that a person uses in their place.

use std::collections::BTreeMap;

use super::text_enum::text_enum;

text_enum! {
    /// What a key does while pairs are reviewed, as far as the key can be chosen.
    ReviewKey("command of the review") {
        Next = "next",
        Previous = "previous",
        Open = "open",
        Approve = "approve",
        Reject = "reject",
        Reset = "reset",
        Edit = "edit",
        Undo = "undo",
        /// Original mail, or cleaned.
        Originals = "originals",
        /// Replies that say nearly the same.
        Similar = "similar",
        /// Picks a pair, to decide it with others.
        Pick = "pick",
        /// The tags of a pair.
        Tags = "tags",
        /// Who is to review a pair.
        Assign = "assign",
        Search = "search",
    }
}

impl ReviewKey {
    /// The key where nobody chose another one.
    #[must_use]
    pub fn standard(self) -> char {
        match self {
            Self::Next => 'j',
            Self::Previous => 'k',
            Self::Open => 'o',
            Self::Approve => 'a',
            Self::Reject => 'r',
            Self::Reset => 'u',
            Self::Edit => 'e',
            Self::Undo => 'z',
            Self::Originals => 'v',
            Self::Similar => 'd',
            Self::Pick => 'x',
            Self::Tags => 'l',
            Self::Assign => 'm',
            Self::Search => '/',
        }
    }
}

/// Why a key cannot be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// Not one character that every keyboard has a place for, or one that means something else everywhere.
    Unusable,
    /// It would do two things.
    Twice(char),
}

/// The keys that a person chose: at most one for each command, and none does two things.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnKeys(BTreeMap<ReviewKey, char>);

impl OwnKeys {
    /// Takes what was typed for each command; nothing, and the standard key, stand for the standard.
    ///
    /// A key is a small Latin letter or a sign of ASCII: on other layouts its place on the keyboard counts. `g` begins the keys that open
    /// pages, `?` opens the help, and digits are the reasons of a rejection.
    ///
    /// # Errors
    /// The command whose key cannot be used, and why.
    pub fn chosen<'t>(typed: impl IntoIterator<Item = (ReviewKey, &'t str)>) -> Result<Self, (ReviewKey, KeyRefusal)> {
        let mut own = BTreeMap::new();
        for (command, text) in typed {
            let mut chars = text.trim().chars().map(|c| c.to_ascii_lowercase());
            match (chars.next(), chars.next()) {
                (None, _) => {}
                (Some(key), None) if key == command.standard() => {}
                (Some(key), None) if key.is_ascii_graphic() && !key.is_ascii_digit() && !matches!(key, 'g' | '?') => {
                    own.insert(command, key);
                }
                _ => return Err((command, KeyRefusal::Unusable)),
            }
        }
        let own = Self(own);
        let mut taken = BTreeMap::new();
        for command in ReviewKey::ALL {
            let key = own.of(*command);
            if let Some(other) = taken.insert(key, *command) {
                let named = if own.0.contains_key(command) { *command } else { other };
                return Err((named, KeyRefusal::Twice(key)));
            }
        }
        Ok(own)
    }

    /// The key of a command.
    #[must_use]
    pub fn of(&self, command: ReviewKey) -> char {
        self.0.get(&command).copied().unwrap_or_else(|| command.standard())
    }

    /// Whether every key is the standard one.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        self.0.is_empty()
    }

    /// Each chosen key with the standard one that it stands for, as pages tell scripts: `wa qr`.
    #[must_use]
    pub fn table(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(command, own)| format!("{own}{}", command.standard())).collect();
        pairs.join(" ")
    }
}

/// As it is kept: `approve=w reject=q`.
impl std::fmt::Display for OwnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (command, own)) in self.0.iter().enumerate() {
            let gap = if number == 0 { "" } else { " " };
            write!(f, "{gap}{command}={own}")?;
        }
        Ok(())
    }
}

/// What is not understood, e.g. of a later version, is the standard.
impl From<&str> for OwnKeys {
    fn from(kept: &str) -> Self {
        let known = kept.split(' ').filter_map(|one| {
            let (command, own) = one.split_once('=')?;
            Some((command.parse().ok()?, own))
        });
        Self::chosen(known).unwrap_or_default()
    }
}

/// The standard key that a pressed one stands for in a [`OwnKeys::table`]. `None`: another command has taken its place.
#[must_use]
pub fn standard_key(table: &str, pressed: &str) -> Option<String> {
    let mut is_given_up = false;
    for (own, standard) in table.split(' ').filter_map(|pair| pair.split_at_checked(1)) {
        if own == pressed {
            return Some(standard.to_owned());
        }
        is_given_up |= standard == pressed;
    }
    (!is_given_up).then(|| pressed.to_owned())
}

/// The key of somebody that stands for a standard one in a [`OwnKeys::table`].
#[must_use]
pub fn own_key(table: &str, standard: &str) -> String {
    let mut pairs = table.split(' ').filter_map(|pair| pair.split_at_checked(1));
    pairs.find(|(_, of)| *of == standard).map_or(standard, |(own, _)| own).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(typed: &[(ReviewKey, &str)]) -> Result<OwnKeys, (ReviewKey, KeyRefusal)> {
        OwnKeys::chosen(typed.iter().copied())
    }

    #[test]
    fn standard_keys_do_one_thing_each() {
        assert_eq!(chosen(&[]), Ok(OwnKeys::default()));
        let all: Vec<(ReviewKey, String)> =
            ReviewKey::ALL.iter().map(|command| (*command, command.standard().to_string())).collect();
        let own = OwnKeys::chosen(all.iter().map(|(command, key)| (*command, key.as_str()))).expect("the standard");
        assert!(own.is_standard() && own.table().is_empty());
    }

    #[test]
    fn keys_can_change_places_and_none_does_two_things() {
        let swapped = chosen(&[(ReviewKey::Approve, "r"), (ReviewKey::Reject, " A ")]).expect("they change places");
        assert_eq!((swapped.of(ReviewKey::Approve), swapped.of(ReviewKey::Reject)), ('r', 'a'));
        assert_eq!(swapped.table(), "ra ar");
        assert_eq!(swapped.to_string(), "approve=r reject=a");
        assert_eq!(OwnKeys::from(swapped.to_string().as_str()), swapped);
        assert_eq!(OwnKeys::from("approve=w dance=q"), OwnKeys::from("approve=w"), "of a later version");
        assert_eq!(
            chosen(&[(ReviewKey::Undo, "=")]).map(|own| OwnKeys::from(own.to_string().as_str()).of(ReviewKey::Undo)),
            Ok('=')
        );
        assert_eq!(chosen(&[(ReviewKey::Approve, "j")]), Err((ReviewKey::Approve, KeyRefusal::Twice('j'))));
        assert_eq!(
            chosen(&[(ReviewKey::Next, "w"), (ReviewKey::Edit, "w")]),
            Err((ReviewKey::Edit, KeyRefusal::Twice('w')))
        );
        for bad in ["g", "?", "1", "ф", "ab", "\u{7f}"] {
            assert_eq!(chosen(&[(ReviewKey::Open, bad)]), Err((ReviewKey::Open, KeyRefusal::Unusable)), "{bad}");
        }
        assert_eq!(chosen(&[(ReviewKey::Open, ";"), (ReviewKey::Undo, "")]).expect("a sign").table(), ";o");
    }

    #[test]
    fn a_pressed_key_stands_for_what_its_person_chose() {
        let means = |pressed| standard_key("wa ar", pressed);
        assert_eq!((means("w").as_deref(), means("a").as_deref()), (Some("a"), Some("r")));
        assert_eq!(means("r"), None, "its command has another key, and nothing has it");
        assert_eq!(means("j").as_deref(), Some("j"));
        assert_eq!(means("Enter").as_deref(), Some("Enter"));
        assert_eq!(standard_key("", "a").as_deref(), Some("a"));
        assert_eq!(
            (own_key("wa ar", "a"), own_key("wa ar", "r"), own_key("", "/")),
            ("w".into(), "a".into(), "/".into())
        );
    }
}
