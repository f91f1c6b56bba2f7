//! What a single line below a text looks like: a name, a telephone number, a device's footer, a sentence.

use super::facts;
use super::fold::fold;
use super::locale::{Phrases, WORDS};

/// `- report.xls`, `<<report.xls>>`, `[image: logo]`.
pub(super) fn attachment(text: &str) -> bool {
    if text.starts_with("<<") && text.ends_with(">>") {
        return true;
    }
    let Some(name) = text.strip_prefix("- ") else { return false };
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    !stem.is_empty()
        && (2..=4).contains(&extension.len())
        && extension.bytes().all(|b| b.is_ascii_alphanumeric())
        && name.len() < 120
}

/// `--`, `—`, `__`: what separates a signature.
pub(super) fn delimiter(text: &str) -> bool {
    matches!(
        text,
        "--" | "—" | "–" | "---" | "- -" | "__" | "-- --" | "——" | "--\u{a0}" | "-" | "_" | "___" | "──" | "⁃⁃"
    )
}

/// "Sent from my …" and its like: a line of its own, short, no sentence.
pub(super) fn mobile(text: &str) -> bool {
    if text.len() > 240 || text.len() < 4 {
        return false;
    }
    let words = text.trim_matches(['-', '—', '–', '_', ' ', '[', ']', '(', ')', '|', '.', '!', '~']);
    let folded = fold(&without_brackets(words));
    let folded = folded.trim();
    let device = device(folded);
    let prefix = WORDS.mobile.prefix(folded).or_else(|| WORDS.via.prefix(folded).filter(|_| device));
    if let Some(length) = prefix {
        let rest = folded[length..].trim();
        let count = rest.split_whitespace().filter(|w| !w.contains("://")).count();
        let sentence = (text.ends_with(['.', '?', ';']) && !device) || rest.contains(", ");
        return count
            <= if sentence {
                4
            } else if device {
                11
            } else {
                7
            };
    }
    // Some languages put the verb last: "iPhoneから送信".
    if folded.len() > 90 || folded.is_ascii() {
        return false;
    }
    let ends = |phrases: &Phrases| phrases.find_last(folded).is_some_and(|(_, end)| end == folded.len());
    ends(&WORDS.mobile) || device && ends(&WORDS.via)
}

/// The text without what stands in angle brackets: the address of a link.
fn without_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

/// A maker or a kind of device is named.
fn device(folded: &str) -> bool {
    const DEVICES: &[&str] = &[
        "phone",
        "ipad",
        "ipod",
        "android",
        "blackberry",
        "samsung",
        "galaxy",
        "huawei",
        "xiaomi",
        "redmi",
        "nokia",
        "windows",
        "outlook",
        "htc",
        "sony",
        "motorola",
        "pixel",
        "handy",
        "verizon",
        "t-mobile",
        "at&t",
        "4g",
        "5g",
        "mail",
        "yahoo",
        "nine",
        "spark",
        "typeapp",
        "tablet",
        "mobil",
        "móvil",
        "celular",
        "cellulare",
        "телефон",
        "смартфон",
        "айфон",
        "айпад",
        "手机",
        "手機",
        "携帯",
        "スマ",
        "휴대",
        "telefon",
        "telefoon",
        "puhelin",
        "puhelim",
        "κινητό",
        "נייד",
        "جوال",
        "هاتف",
        "мобіль",
        "мобиль",
        "thunderbird",
        "nabble",
    ];
    DEVICES.iter().any(|d| folded.contains(d))
}

/// A sentence rather than a line of a signature.
pub(super) fn prose(text: &str) -> bool {
    if ["P.S", "PS:", "PS.", "PS ", "p.s", "PD:", "З.Ы", "П.С", "P. S", "NB:", "N.B."]
        .iter()
        .any(|p| text.starts_with(p))
    {
        return true;
    }
    let words = text.split_whitespace().count();
    if contact(text) && text.len() <= 140 {
        return words > 16;
    }
    let spoken = text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count();
    text.len() > 90
        || words > 10
        || (spoken >= 4 && text.ends_with(['.', '?', '!', ',', ':', ';']))
        || text.ends_with('?')
}

/// Telephone, address, web site.
pub(super) fn contact(text: &str) -> bool {
    if facts::has_email(text)
        || text.contains("://")
        || text.contains("www.")
        || text.starts_with("[image")
        || text.starts_with("[cid")
    {
        return true;
    }
    telephone(text)
}

/// Seven digits or more with single separators between, or an extension such as `3-5290` on a short line.
fn telephone(text: &str) -> bool {
    let mut run = 0;
    let mut longest = 0;
    let mut apart = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => {
                run += 1;
                apart = 0;
                longest = longest.max(run);
            }
            '(' | ')' | '+' => {}
            ' ' | '-' | '.' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}' if apart == 0 || c == '-' => apart += 1,
            _ => run = 0,
        }
    }
    let dates = facts::read(text).dated() && longest < 9;
    !dates && (longest >= 7 || longest >= 5 && text.len() < 40 && text.contains('-'))
}

/// Two to four capitalised words and nothing else.
pub(super) fn name_like(whole: &str) -> bool {
    let text = whole.trim_matches(['*', '_', '|', ' ', ',']);
    let text = text.split(['|', ',', '/']).next().unwrap_or_default().trim().trim_matches('*');
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=5).contains(&words.len())
        && text.len() <= 60
        && !text.ends_with(['.', '!', '?', ':'])
        && words.iter().all(|w| capital(w) || w.len() <= 3)
        && words.iter().filter(|w| capital(w)).count() >= words.len().min(2)
        && !whole.bytes().any(|b| b.is_ascii_digit())
        && !whole.contains("   ")
        && !whole.contains('\t')
}

/// A name's first letter is a capital, or of a script that has none.
pub(super) fn capital(text: &str) -> bool {
    text.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !c.is_lowercase())
}

/// `-Carla`, `—Tom`, `--Ana`.
pub(super) fn dash_name(text: &str) -> bool {
    let rest = text.trim_start_matches(['-', '—', '–', '~', '/']);
    let lead = text.len() - rest.len();
    if lead == 0 || text.len() > 34 || (rest.starts_with(' ') && text.starts_with('-') && lead == 1) {
        return false;
    }
    let name = rest.trim().trim_end_matches('.');
    let words = name.split_whitespace().count();
    (1..=3).contains(&words)
        && name
            .split_whitespace()
            .all(|w| capital(w) && w.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '\'' | '-')))
}

/// `-carla`: a single word in small letters.
pub(super) fn dash_word(text: &str) -> bool {
    let word = text.trim_start_matches(['-', '—', '–', '~']);
    let name = word.trim_end_matches('.');
    word.len() < text.len() && (3..=14).contains(&name.chars().count()) && name.chars().all(char::is_alphabetic)
}
