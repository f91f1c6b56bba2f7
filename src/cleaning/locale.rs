//! The words that mail programs and people use around a message, by language: `locales/*.txt`, one file for each.
//!
//! A line of such a file is `class: phrase | phrase | …`; `#` begins a comment. All languages are looked up at once: nobody
//! knows beforehand which program, set to which language, quoted a message.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};

use super::fold::{fold, word_edge};

/// What a header label stands for; a word can be several in different languages (`Da`: from, to).
pub(super) mod role {
    pub const FROM: u8 = 1;
    pub const TO: u8 = 2;
    pub const CC: u8 = 4;
    pub const DATE: u8 = 8;
    pub const SUBJECT: u8 = 16;
    pub const OTHER: u8 = 32;
}

/// What a divider introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Divider {
    Original,
    Forwarded,
}

/// Phrases found anywhere in a text, or at its beginning.
pub(super) struct Phrases(AhoCorasick);

impl Phrases {
    fn new(mut phrases: Vec<String>) -> Self {
        phrases.sort();
        phrases.dedup();
        // The phrases are part of the program: a few thousand, far below what an automaton can hold.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .start_kind(StartKind::Both)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&phrases)
            .expect("the word lists fit an automaton");
        Self(automaton)
    }

    /// The first phrase that stands as whole words: its bytes in `text`.
    pub fn find(&self, text: &str) -> Option<(usize, usize)> {
        self.0
            .find_iter(text)
            .find(|m| word_edge(text, m.start()) && word_edge(text, m.end()))
            .map(|m| (m.start(), m.end()))
    }

    /// The last phrase that stands as whole words.
    pub fn find_last(&self, text: &str) -> Option<(usize, usize)> {
        self.0
            .find_iter(text)
            .filter(|m| word_edge(text, m.start()) && word_edge(text, m.end()))
            .last()
            .map(|m| (m.start(), m.end()))
    }

    /// The length of the phrase that `text` begins with.
    pub fn prefix(&self, text: &str) -> Option<usize> {
        let found = self.0.find(Input::new(text).anchored(Anchored::Yes))?;
        word_edge(text, found.end()).then_some(found.end())
    }

    /// How much the text says of what the phrases are about: each different phrase counts one, one of several words two.
    /// Word beginnings are enough.
    pub fn weigh(&self, text: &str) -> usize {
        let mut seen: Vec<usize> = Vec::new();
        let mut weight = 0;
        for found in self.0.find_iter(text) {
            if word_edge(text, found.start()) && !seen.contains(&found.pattern().as_usize()) {
                seen.push(found.pattern().as_usize());
                weight += if text[found.range()].contains(' ') { 2 } else { 1 };
            }
        }
        weight
    }
}

/// Every language's words, folded.
pub(super) struct Words {
    /// First words of attribution lines.
    pub starts: HashSet<String>,
    /// "wrote", in every language.
    pub wrote: Phrases,
    pub labels: HashMap<String, u8>,
    pub dividers: HashMap<String, Divider>,
    pub forwarded: Phrases,
    /// Labels in what the forms of web sites send.
    pub form: HashSet<String>,
    /// You and I: who says them writes a sentence.
    pub you: HashSet<String>,
    /// Me and us: whom somebody wrote to, in a sentence.
    pub me: HashSet<String>,
    /// How the mark below a forwarded message begins.
    pub ends: Phrases,
    /// How sentences announce data: "my address", "as you asked".
    pub data: Phrases,
    /// How authors say that they answer between the lines of the earlier message: "in red", "below".
    pub inline: Phrases,
    /// The same, for answers in capitals.
    pub caps: Phrases,
    /// How notices call what they stand in: "this e-mail".
    pub itself: Phrases,
    /// Pleas not to print.
    pub plea: Phrases,
    /// The author's own voice: "I", "my".
    pub voice: Phrases,
    /// Words that a letter begins with.
    pub greet: Phrases,
    /// Closing words, thanks among them.
    pub close: Phrases,
    /// Closing words that say something by themselves: thanks.
    pub thanks: Phrases,
    /// Closing words that say something else when more words follow: "Best", "Love".
    pub alone: HashSet<String>,
    /// Last words of a line that asks for the next ones to be read: "my address is".
    pub leads: HashSet<String>,
    /// Positions people hold: the second line of many signatures.
    pub title: Phrases,
    /// What devices and programs add.
    pub mobile: Phrases,
    /// The same, but only with the name of a device behind it: "sent via".
    pub via: Phrases,
    /// "Sent", where it comes last, behind the name of a device.
    pub sent_last: Phrases,
    /// How people say that they typed on a device: "typed", "dictated".
    pub typed: Phrases,
    /// How they ask to forgive what came of it: "excuse typos".
    pub sorry: Phrases,
    /// Legal and virus notices.
    pub legal: Phrases,
    /// How gateways' warnings above mail from outside begin.
    pub banner: Phrases,
    /// What such a warning goes on with: where the mail is from, what not to open.
    pub gate: Phrases,
    /// When somebody works, in the words that go below every mail of theirs.
    pub hours: Phrases,
    /// When nobody works: holidays, leave.
    pub away: Phrases,
    /// How companies invite below a signature: "Visit us at".
    pub promo: Phrases,
    /// What a company does with personal data.
    pub privacy: Phrases,
    /// How the notice of that begins.
    pub opens: Phrases,
    /// How a sentence begins that only closes a letter, and how it ends.
    pub polite: Phrases,
    pub salute: Phrases,
    /// "Reply above this line", as help desks ask.
    pub above: Phrases,
    /// Mailing lists and trackers.
    pub list: Phrases,
}

pub(super) static WORDS: LazyLock<Words> = LazyLock::new(load);

fn load() -> Words {
    let mut lists: HashMap<&str, Vec<String>> = HashMap::new();
    for (_, file) in FILES {
        for line in file.lines().filter(|l| !l.starts_with('#')) {
            let Some((class, phrases)) = line.split_once(": ") else { continue };
            let phrases = phrases.split('|').map(|p| fold(p.trim())).filter(|p| !p.is_empty());
            lists.entry(class).or_default().extend(phrases);
        }
    }
    let mut take = |class: &str| lists.remove(class).unwrap_or_default();
    let mut labels: HashMap<String, u8> = HashMap::new();
    for (class, bit) in [
        ("from", role::FROM),
        ("to", role::TO),
        ("cc", role::CC),
        ("date", role::DATE),
        ("subject", role::SUBJECT),
        ("other", role::OTHER),
    ] {
        for label in take(class) {
            *labels.entry(label.trim_matches('.').to_owned()).or_default() |= bit;
        }
    }
    let mut dividers = HashMap::new();
    let thanks = take("thanks");
    let mut close = take("close");
    let alone = take("alone");
    close.extend(thanks.iter().chain(&alone).cloned());
    let forwarded = take("forwarded");
    for phrase in take("original") {
        dividers.insert(phrase, Divider::Original);
    }
    for phrase in &forwarded {
        dividers.insert(phrase.clone(), Divider::Forwarded);
    }
    Words {
        starts: take("start").into_iter().collect(),
        wrote: Phrases::new(take("wrote")),
        labels,
        dividers,
        forwarded: Phrases::new(forwarded),
        form: take("form").into_iter().collect(),
        you: take("you").into_iter().collect(),
        me: take("me").into_iter().collect(),
        ends: Phrases::new(take("end")),
        data: Phrases::new(take("data")),
        inline: Phrases::new(take("inline")),
        caps: Phrases::new(take("caps")),
        itself: Phrases::new(take("itself")),
        plea: Phrases::new(take("plea")),
        voice: Phrases::new(take("voice")),
        greet: Phrases::new(take("greet")),
        close: Phrases::new(close),
        thanks: Phrases::new(thanks),
        title: Phrases::new(take("title")),
        alone: alone.into_iter().collect(),
        leads: take("leads").into_iter().collect(),
        mobile: Phrases::new(take("mobile")),
        via: Phrases::new(take("via")),
        sent_last: Phrases::new(take("last")),
        typed: Phrases::new(take("typed")),
        sorry: Phrases::new(take("sorry")),
        legal: Phrases::new(take("legal")),
        banner: Phrases::new(take("banner")),
        gate: Phrases::new(take("gate")),
        hours: Phrases::new(take("hours")),
        away: Phrases::new(take("away")),
        promo: Phrases::new(take("promo")),
        privacy: Phrases::new(take("privacy")),
        opens: Phrases::new(take("opens")),
        polite: Phrases::new(take("polite")),
        salute: Phrases::new(take("salute")),
        above: Phrases::new(take("above")),
        list: Phrases::new(take("list")),
    }
}

/// Language code and word list; sorted by code.
pub(super) const FILES: &[(&str, &str)] = &[
    ("af", include_str!("locales/af.txt")),
    ("ar", include_str!("locales/ar.txt")),
    ("az", include_str!("locales/az.txt")),
    ("be", include_str!("locales/be.txt")),
    ("bg", include_str!("locales/bg.txt")),
    ("bn", include_str!("locales/bn.txt")),
    ("br", include_str!("locales/br.txt")),
    ("bs", include_str!("locales/bs.txt")),
    ("ca", include_str!("locales/ca.txt")),
    ("co", include_str!("locales/co.txt")),
    ("cs", include_str!("locales/cs.txt")),
    ("cy", include_str!("locales/cy.txt")),
    ("da", include_str!("locales/da.txt")),
    ("de", include_str!("locales/de.txt")),
    ("el", include_str!("locales/el.txt")),
    ("en", include_str!("locales/en.txt")),
    ("eo", include_str!("locales/eo.txt")),
    ("es", include_str!("locales/es.txt")),
    ("et", include_str!("locales/et.txt")),
    ("eu", include_str!("locales/eu.txt")),
    ("fa", include_str!("locales/fa.txt")),
    ("fi", include_str!("locales/fi.txt")),
    ("fo", include_str!("locales/fo.txt")),
    ("fr", include_str!("locales/fr.txt")),
    ("fy", include_str!("locales/fy.txt")),
    ("ga", include_str!("locales/ga.txt")),
    ("gd", include_str!("locales/gd.txt")),
    ("gl", include_str!("locales/gl.txt")),
    ("gu", include_str!("locales/gu.txt")),
    ("he", include_str!("locales/he.txt")),
    ("hi", include_str!("locales/hi.txt")),
    ("hr", include_str!("locales/hr.txt")),
    ("hu", include_str!("locales/hu.txt")),
    ("hy", include_str!("locales/hy.txt")),
    ("id", include_str!("locales/id.txt")),
    ("is", include_str!("locales/is.txt")),
    ("it", include_str!("locales/it.txt")),
    ("ja", include_str!("locales/ja.txt")),
    ("ka", include_str!("locales/ka.txt")),
    ("kk", include_str!("locales/kk.txt")),
    ("km", include_str!("locales/km.txt")),
    ("kn", include_str!("locales/kn.txt")),
    ("ko", include_str!("locales/ko.txt")),
    ("ky", include_str!("locales/ky.txt")),
    ("la", include_str!("locales/la.txt")),
    ("lb", include_str!("locales/lb.txt")),
    ("lo", include_str!("locales/lo.txt")),
    ("lt", include_str!("locales/lt.txt")),
    ("lv", include_str!("locales/lv.txt")),
    ("mk", include_str!("locales/mk.txt")),
    ("ml", include_str!("locales/ml.txt")),
    ("mn", include_str!("locales/mn.txt")),
    ("mr", include_str!("locales/mr.txt")),
    ("ms", include_str!("locales/ms.txt")),
    ("mt", include_str!("locales/mt.txt")),
    ("my", include_str!("locales/my.txt")),
    ("nb", include_str!("locales/nb.txt")),
    ("ne", include_str!("locales/ne.txt")),
    ("nl", include_str!("locales/nl.txt")),
    ("nn", include_str!("locales/nn.txt")),
    ("oc", include_str!("locales/oc.txt")),
    ("pa", include_str!("locales/pa.txt")),
    ("pl", include_str!("locales/pl.txt")),
    ("pt", include_str!("locales/pt.txt")),
    ("ro", include_str!("locales/ro.txt")),
    ("ru", include_str!("locales/ru.txt")),
    ("si", include_str!("locales/si.txt")),
    ("sk", include_str!("locales/sk.txt")),
    ("sl", include_str!("locales/sl.txt")),
    ("sq", include_str!("locales/sq.txt")),
    ("sr", include_str!("locales/sr.txt")),
    ("sv", include_str!("locales/sv.txt")),
    ("sw", include_str!("locales/sw.txt")),
    ("ta", include_str!("locales/ta.txt")),
    ("te", include_str!("locales/te.txt")),
    ("th", include_str!("locales/th.txt")),
    ("tl", include_str!("locales/tl.txt")),
    ("tr", include_str!("locales/tr.txt")),
    ("uk", include_str!("locales/uk.txt")),
    ("ur", include_str!("locales/ur.txt")),
    ("uz", include_str!("locales/uz.txt")),
    ("vi", include_str!("locales/vi.txt")),
    ("zh", include_str!("locales/zh.txt")),
];
