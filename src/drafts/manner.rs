//! How an account answers, told from its own replies.

use super::{Address, Manner, courtesies::opens_with_greeting};
use crate::labels::{language_of, words};

/// Replies below which nothing is told.
const LEAST: usize = 3;
/// The share that must agree, in percent.
const AGREE: usize = 70;

/// Forms of address, by language: formal ones, then familiar ones. Beginnings, as they are written.
const FORMS: &[(&str, &[&str], &[&str])] = &[
    ("de", &["Sie", "Ihnen", "Ihr"], &["du", "Du", "dir", "Dir", "dich", "Dich", "dein", "Dein", "euch", "Euch"]),
    (
        "ru",
        &["вы", "Вы", "вас", "Вас", "вам", "Вам", "ваш", "Ваш"],
        &["ты", "Ты", "тебя", "Тебя", "тебе", "Тебе", "твой", "твою", "твои"],
    ),
    ("fr", &["vous", "Vous", "votre", "Votre", "vos", "Vos"], &["tu", "Tu", "toi", "ton", "tes"]),
    ("es", &["usted", "Usted", "ustedes"], &["tú", "Tú", "tienes", "puedes", "contigo"]),
];

impl Manner {
    /// By the replies of one account, the more the better.
    #[must_use]
    pub fn of<'t>(replies: impl IntoIterator<Item = &'t str>) -> Self {
        let replies: Vec<&str> = replies.into_iter().filter(|reply| !reply.trim().is_empty()).collect();
        if replies.len() < LEAST {
            return Self::default();
        }
        let greeting = replies.iter().filter(|reply| opens_with_greeting(reply)).count();
        let mut lengths: Vec<usize> = replies.iter().map(|reply| words(reply).count()).collect();
        lengths.sort_unstable();
        let addresses: Vec<Address> = replies.iter().filter_map(|reply| address(reply)).collect();
        let formal = addresses.iter().filter(|address| **address == Address::Formal).count();
        let told = |part: usize, all: usize| {
            if all >= LEAST && part * 100 >= all * AGREE {
                Some(true)
            } else if all >= LEAST && (all - part) * 100 >= all * AGREE {
                Some(false)
            } else {
                None
            }
        };
        Self {
            greets: told(greeting, replies.len()),
            median_words: lengths.get(lengths.len() / 2).and_then(|words| u32::try_from(*words).ok()),
            address: told(formal, addresses.len()).map(|is| if is { Address::Formal } else { Address::Familiar }),
        }
    }
}

fn address(reply: &str) -> Option<Address> {
    let language = language_of(reply)?;
    let (_, formal, familiar) = FORMS.iter().find(|(code, ..)| *code == language)?;
    let count = |forms: &[&str]| words(reply).filter(|word| forms.contains(&word.text)).count();
    let (formal, familiar) = (count(formal), count(familiar));
    match formal.cmp(&familiar) {
        std::cmp::Ordering::Greater => Some(Address::Formal),
        std::cmp::Ordering::Less => Some(Address::Familiar),
        std::cmp::Ordering::Equal => None,
    }
}
