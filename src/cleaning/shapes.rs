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
        "--" | "—"
            | "–"
            | "---"
            | "- -"
            | "- --"
            | "__"
            | "-- --"
            | "——"
            | "--\u{a0}"
            | "-"
            | "_"
            | "___"
            | "──"
            | "⁃⁃"
    )
}

/// "Sent from my …" and its like: a line of its own, short, no sentence.
pub(super) fn mobile(text: &str) -> bool {
    footer(text, || false)
}

/// The same, or what somebody made up, where the line is `apart` from the text.
pub(super) fn footer(text: &str, apart: impl Fn() -> bool) -> bool {
    if text.len() > 240 || text.len() < 4 || text.ends_with(['?', '？', '؟']) {
        return false;
    }
    let words = text.trim_matches(['-', '—', '–', '_', ' ', '[', ']', '(', ')', '|', '.', '!', '~']);
    let folded = fold(&without_links(words));
    let folded = folded.trim();
    programs(text, folded) || apart() && typed(text, folded)
}

/// What a device or program writes.
fn programs(text: &str, folded: &str) -> bool {
    if outlook(text, folded) {
        return true;
    }
    let prefix = WORDS.mobile.prefix(folded).or_else(|| WORDS.via.prefix(folded).filter(|_| device(folded)));
    if let Some(length) = prefix {
        let device = device(folded);
        let rest = folded[length..].trim();
        let count = rest.split_whitespace().filter(|w| !w.contains("://")).count();
        // "Sent from Mailspring, the best free email app for work".
        let praise = rest.starts_with(',') && device;
        let sentence = (text.ends_with(['.', ';']) && !device && WORDS.sorry.find(rest).is_none())
            || rest.contains(", ") && !praise;
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
    let last = folded.trim_end_matches(['.', '!', '。']);
    if last.len() > 90 || last.is_ascii() {
        return false;
    }
    let ends = |phrases: &Phrases| phrases.find_last(last).is_some_and(|(_, end)| end == last.len());
    // "The mail was sent" is a sentence in any language; "sent from the telephone" is a footer.
    let made =
        ["phone", "iphon", "ipad", "galaxy", "samsung", "windows", "android", "outlook", "yahoo", "huawei", "xiaomi"];
    ends(&WORDS.mobile)
        || ends(&WORDS.via) && device(folded)
        || ends(&WORDS.sent_last) && made.iter().any(|d| last.contains(d))
}

/// "Tip-typed on my phone", "Dictated to Siri; please forgive any mistakes": whoever made it up names the way of writing first,
/// then the device, or asks to forgive what it does to the words. Nobody speaks in it, and it is all that its paragraph says.
fn typed(text: &str, folded: &str) -> bool {
    if folded.len() > 130 || text.ends_with([':', ',']) || folded.split_whitespace().nth(16).is_some() {
        return false;
    }
    if WORDS.voice.find(folded).is_some_and(|(at, _)| at == 0) || folded.starts_with("i ") || folded.contains(" i ") {
        return false;
    }
    if folded.starts_with("from my ") {
        return handheld(folded) && folded.split_whitespace().count() <= 4 && !text.ends_with('.');
    }
    // "Excuse typos, sent from a phone", and not "Sorry for the typos in the mobile catalogue".
    if let Some(end) = WORDS.sorry.prefix(folded.strip_prefix("please ").unwrap_or(folded)) {
        let rest = folded.strip_prefix("please ").unwrap_or(folded)[end..].trim_start();
        let parted = rest.starts_with([',', ';', '-', '–', '—', '(', ':', '.', '/', '&'])
            || rest.starts_with("and ") && rest.contains([',', ';', '-', '–', '—', '(']);
        let sent = || [&WORDS.typed, &WORDS.mobile].iter().any(|how| how.find(rest).is_some()) || rest.contains(" my ");
        return (parted || sent()) && (handheld(rest) || WORDS.mobile.find(rest).is_some());
    }
    // "Voice-typed on my phone", "Hastily typed on a tablet".
    let verb = WORDS.typed.prefix(folded).or_else(|| {
        let second = folded.find([' ', '-']).map(|gap| gap + 1)?;
        WORDS.typed.prefix(&folded[second..]).map(|length| second + length)
    });
    let Some(end) = verb else { return false };
    let near = &folded[end..folded.floor_char_boundary(end + NEAR)];
    handheld(near.split(". ").next().unwrap_or_default())
        || WORDS.sorry.find(&folded[end..]).is_some() && handheld(folded)
}

/// Bytes behind the verb in which the device is named.
const NEAR: usize = 40;

/// What people hold in their hands to write on, or how.
fn handheld(folded: &str) -> bool {
    const HELD: &[&str] = &[
        "phone",
        "iphon",
        "ipad",
        "tablet",
        "handheld",
        "handy",
        "smartphone",
        "thumb",
        "daumen",
        "pouce",
        "siri",
        "tiny keyboard",
        "small keyboard",
        "mobile",
        "mobil",
        "móvil",
        "móviles",
        "celular",
        "cellulare",
        "telefon",
        "téléphone",
        "teléfono",
        "telefone",
        "telemóvel",
        "телефон",
        "смартфон",
        "айфон",
        "blackberry",
        "android",
        "galaxy",
        "pixel",
        "komórk",
        "telefoon",
        "gsm",
        "puhelim",
        "puhelin",
        "on the go",
        "on the move",
        "on the road",
        "unterwegs",
        "smart watch",
        "touchscreen",
        "voice recognition",
        "speech recognition",
        "spracherkennung",
    ];
    HELD.iter().any(|held| folded.contains(held))
}

/// "Get Outlook for iOS", in any language.
fn outlook(text: &str, folded: &str) -> bool {
    folded.len() <= 70
        && folded.contains("outlook")
        && ["ios", "android"]
            .iter()
            .any(|system| folded.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == *system))
        && folded.split_whitespace().count() <= 8
        && !text.ends_with(['.', '?', '!', ':', ';', ','])
        && !folded.contains(", ")
}

/// The text without the addresses of links: `<https://…>`, `(https://…)`, and the brackets of Markdown around their words.
fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = None;
    for (at, c) in text.char_indices() {
        match c {
            _ if end.is_some() => {
                if Some(c) == end {
                    end = None;
                }
            }
            '<' => end = Some('>'),
            '(' if text[at + 1..].trim_start().starts_with("http") || out.ends_with(']') => end = Some(')'),
            _ => out.push(c),
        }
    }
    out.retain(|c| !matches!(c, '[' | ']'));
    out
}

/// A maker or a kind of device is named.
fn device(folded: &str) -> bool {
    const DEVICES: &[&str] = &[
        "phone",
        "iphon",
        "ifon",
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
        "superhuman",
        "shortwave",
        "mixmax",
        "spike",
        "newton",
        "canary",
        "missive",
        "front",
        "tuta",
        "proton",
        "em client",
        "boomerang",
        "polymail",
        "zoho",
        "gmx",
        "web.de",
        " app",
        "'app",
        "aplikac",
        "alkalmaz",
        "přístroj",
        "zařízen",
        "zariaden",
        "készül",
        "cihaz",
        "posta",
        "pošt",
        "poczt",
        "почт",
        "пошт",
        "поща",
        "αλληλογραφ",
        "correo",
        "courrier",
        "messagerie",
        "posta per",
        "correio",
        "e-post",
        "sähköposti",
        "mobitel",
        "telefona",
        "xiaomi",
        "小米",
        "华为",
        "邮",
        "郵",
        "メール",
        "메일",
        "דואר",
        "טלפון",
        "بريد",
    ];
    DEVICES.iter().any(|d| folded.contains(d))
}

/// A line that begins a postscript.
pub(super) fn postscript(text: &str) -> bool {
    ["P.S", "PS:", "PS.", "PS ", "p.s", "ps:", "PD:", "P.D.", "З.Ы", "П.С", "ПС:", "P. S", "NB:", "N.B."]
        .iter()
        .any(|p| text.starts_with(p))
}

/// "Blue Harbor Trading Co.": a company, whose name ends with the short form of what it is and a full stop.
pub(super) fn company(text: &str) -> bool {
    const FORMS: &[&str] = &[
        "ltd.",
        "inc.",
        "co.",
        "corp.",
        "llc.",
        "l.l.c.",
        "llp.",
        "plc.",
        "p.l.c.",
        "l.p.",
        "p.c.",
        "gmbh.",
        "mbh.",
        "ag.",
        "kg.",
        "ohg.",
        "ug.",
        "eg.",
        "e.v.",
        "e. v.",
        "e.k.",
        "e.u.",
        "s.a.",
        "s.l.",
        "s.l.u.",
        "s.l.l.",
        "s.r.l.",
        "s.p.a.",
        "s.n.c.",
        "s.a.s.",
        "s.c.",
        "s.c.a.",
        "s.à r.l.",
        "s.à.r.l.",
        "s.a.r.l.",
        "sarl.",
        "cie.",
        "z o.o.",
        "z o. o.",
        "sp. j.",
        "sp. k.",
        "sp.j.",
        "sp.k.",
        "s.r.o.",
        "spol. s r.o.",
        "s r.o.",
        "s. r. o.",
        "a.s.",
        "a. s.",
        "k.s.",
        "v.o.s.",
        "d.o.o.",
        "d. o. o.",
        "d.d.",
        "j.d.o.o.",
        "s.p.",
        "kft.",
        "zrt.",
        "nyrt.",
        "bt.",
        "oy.",
        "oyj.",
        "ab.",
        "as.",
        "a/s.",
        "aps.",
        "b.v.",
        "n.v.",
        "v.o.f.",
        "c.v.",
        "lda.",
        "ltda.",
        "eireli.",
        "r.l.",
        "a.ş.",
        "şti.",
        "pty.",
        "pte.",
        "bhd.",
        "tbk.",
        "k.k.",
        "a.e.",
        "α.ε.",
        "ε.π.ε.",
        "i.k.e.",
        "о.о.о.",
        "ооо.",
        "ад.",
        "оод.",
        "еоод.",
        "jsc.",
        "intl.",
        "bros.",
        "c.a.",
        "v.z.w.",
        "vzw.",
        "asbl.",
        "hf.",
        "ehf.",
        "uab.",
        "sia.",
        "oü.",
    ];
    let folded = fold(text);
    let words = text.split_whitespace().count();
    text.len() <= 90
        && (2..=9).contains(&words)
        && capital(text)
        && FORMS.iter().any(|form| folded.strip_suffix(form).is_some_and(|name| name.ends_with([' ', '&', ','])))
}

/// A sentence rather than a line of a signature.
pub(super) fn prose(text: &str) -> bool {
    if postscript(text) {
        return true;
    }
    if text.ends_with('.') && company(text) {
        return false;
    }
    let words = text.split_whitespace().count();
    if contact(text) && text.len() <= 140 {
        return words > 16;
    }
    let spoken = text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count();
    text.len() > 90
        || words > 10
        || (spoken >= 4 && text.ends_with(['.', '?', '!', ',', ':', ';']))
        || text.ends_with(['?', '？', '؟', '。'])
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
    // "040 / 12 34 56".
    let mut slash = false;
    for c in text.chars() {
        match c {
            '0'..='9' => {
                run += 1;
                apart = 0;
                slash = false;
                longest = longest.max(run);
            }
            '(' | ')' | '+' => {}
            ' ' | '-' | '.' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}'
                if apart == 0 || c == '-' || c == '/' && apart == 1 || slash && c == ' ' && apart == 2 =>
            {
                apart += 1;
                slash = c == '/';
            }
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
