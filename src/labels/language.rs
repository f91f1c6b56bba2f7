//! The language of a short text: its script first, then letter groups (`whatlang`) and frequent words together.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use super::words::{is_han, is_kana, words};

/// Letters looked at. More of them do not change the answer, only the time.
const SAMPLE_LETTERS: usize = 1_500;
/// Letters of an alphabetic script below which nothing is said.
const MIN_LETTERS: usize = 6;
/// Letters of an unspaced or syllabic script below which nothing is said.
const MIN_DENSE: usize = 2;
/// Share of the letters that the leading script must have.
const MIN_SHARE: f64 = 0.6;
/// What a wholly confident trigram answer weighs, per word of the text, beside the frequent words.
const TRIGRAM_WEIGHT: f64 = 0.35;
/// Least evidence per word for an answer, and least lead over the second language.
const MIN_EVIDENCE: f64 = 0.15;
const MIN_LEAD: f64 = 0.03;
/// From so many words on, and with such a lead per word, the frequent words alone decide.
const PLAIN_WORDS: usize = 12;
const PLAIN_LEAD: f64 = 0.15;
/// Languages that go into the second round.
const FINALISTS: usize = 4;
/// Least evidence in all: one shared word or one telling letter is not enough.
const MIN_TOTAL: f64 = 0.95;

const LISTS: &str = include_str!("data/languages.tsv");

/// ISO 639-1 codes of the languages of both sides of a pair; `None` where it cannot be told with some confidence. Where the words of
/// a side speak no less for the language of the other, it is that one: people mostly answer in the language they were written to.
///
/// Addresses, links and anything with a digit are not looked at. Norwegian is `no`, Chinese is `zh` in both scripts, Croatian
/// stands for the whole Latin-written group `hr`, `bs`, `sr`.
pub(super) fn detect_both(client: &str, reply: &str) -> Codes {
    both(&Told::of(client), &Told::of(reply))
}

/// Of the client's side and of ours.
pub(super) type Codes = (Option<&'static str>, Option<&'static str>);

/// The same, where it is known which languages are usual in the mailbox, the most usual first: what a short text leaves open they
/// tell, where its words speak for none more; and what it says no less for one of them than for a language that nobody writes here.
/// Words that speak for none are in the only usual language.
pub(super) fn detect_among(client: &str, reply: &str, usual: &[&'static str]) -> Codes {
    let (one, other) = (Told::of(client), Told::of(reply));
    let (client_code, reply_code) = both(&one, &other);
    let settled = |told: &Told, text: &str, code: Option<&'static str>, beside: Option<&'static str>| {
        let open = code.is_none_or(|code| !usual.contains(&code) && beside != Some(code));
        if !open || super::chars(text) > CLEAR_CHARS {
            return code;
        }
        let fits = |known: &&&'static str| match code {
            Some(code) => told.score(known) > 0.0 && told.score(known) >= told.score(code),
            None => told.could_be(known),
        };
        // Words of no language that is known, in a mailbox that is written in one.
        let only = || match usual {
            [only] if told.words.is_empty() && told.script.is_some_and(|script| script == script_of(only)) => {
                Some(*only)
            }
            _ => None,
        };
        usual.iter().find(fits).copied().or(code).or_else(only)
    };
    (settled(&one, client, client_code, reply_code), settled(&other, reply, reply_code, client_code))
}

/// The script of a language of the table.
fn script_of(code: &str) -> Script {
    match code {
        "ru" | "uk" | "be" | "bg" | "sr" | "mk" | "kk" => Script::Cyrillic,
        "ar" | "fa" | "ur" => Script::Arabic,
        "hi" | "mr" | "ne" => Script::Devanagari,
        _ => Script::Latin,
    }
}

/// A text of more characters tells its language by itself.
pub(super) const CLEAR_CHARS: u32 = 120;

fn both(client: &Told, reply: &Told) -> Codes {
    match (client.code, reply.code) {
        (Some(one), Some(other)) if one != other && client.script == reply.script => {
            match (client.may_be(other), reply.may_be(one)) {
                (true, false) => (Some(other), Some(other)),
                (false, true) => (Some(one), Some(one)),
                // Neither is sure: what both together speak for.
                (true, true) if client.score(other) + reply.score(other) > client.score(one) + reply.score(one) => {
                    (Some(other), Some(other))
                }
                (true, true) => (Some(one), Some(one)),
                (false, false) => (Some(one), Some(other)),
            }
        }
        // What one side leaves open, the other tells, where nothing speaks against it.
        (None, Some(other)) if client.script == reply.script && client.could_be(other) => (Some(other), Some(other)),
        (Some(one), None) if client.script == reply.script && reply.could_be(one) => (Some(one), Some(one)),
        codes => codes,
    }
}

/// The same for a text alone.
pub(super) fn detect(text: &str) -> Option<&'static str> {
    Told::of(text).code
}

/// What a text tells of its language.
struct Told {
    code: Option<&'static str>,
    script: Option<Script>,
    /// What the frequent words and telling letters speak for, in a script that several languages share; the best first.
    words: Vec<(&'static str, f64)>,
}

impl Told {
    fn of(text: &str) -> Self {
        let sample = Sample::of(text);
        let Some((script, letters)) = sample.leading() else {
            return Self { code: None, script: None, words: Vec::new() };
        };
        let (code, words) = match script {
            Script::Han | Script::Kana => {
                // Japanese mixes both; a Chinese text has no kana beyond a stray "の".
                let kana = sample.letters.get(&Script::Kana).copied().unwrap_or(0);
                ((letters >= MIN_DENSE).then_some(if kana * 10 >= letters { "ja" } else { "zh" }), Vec::new())
            }
            Script::One(code) => ((letters >= MIN_DENSE).then_some(code), Vec::new()),
            // Yiddish is written with the same letters; on short texts the detector cannot tell, and nearly all mail is Hebrew.
            Script::Hebrew => ((letters >= MIN_LETTERS).then_some("he"), Vec::new()),
            Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari if letters >= MIN_LETTERS => {
                weigh(&sample.text[&script])
            }
            Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari => (None, Vec::new()),
        };
        Self { code, script: Some(script), words }
    }

    fn score(&self, code: &str) -> f64 {
        self.words.iter().find(|(known, _)| *known == code).map_or(0.0, |&(_, score)| score)
    }

    /// Whether some of its words speak for that language, and none more for another.
    fn could_be(&self, code: &str) -> bool {
        let score = self.score(code);
        score > 0.0 && self.words.iter().all(|&(_, other)| other <= score)
    }

    /// Whether its words speak for that language no less than for the one that was told.
    fn may_be(&self, code: &str) -> bool {
        self.code.is_some_and(|told| self.score(code) >= self.score(told))
    }
}

/// A language that can be told, by its code.
pub(super) fn code_of(code: &str) -> Option<&'static str> {
    TABLE.codes.iter().copied().find(|known| *known == code)
}

/// Whether a lower-case word is among the frequent words of any language of the table.
pub(crate) fn is_function_word(word: &str) -> bool {
    TABLE.words.contains_key(word)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    Hebrew,
    Han,
    Kana,
    /// A script that tells its language.
    One(&'static str),
}

fn script(c: char) -> Option<Script> {
    if !c.is_alphabetic() {
        return None;
    }
    Some(match c {
        'A'..='Z' | 'a'..='z' | '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
            Script::Arabic
        }
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::One("el"),
        '\u{530}'..='\u{58f}' => Script::One("hy"),
        '\u{10a0}'..='\u{10ff}' | '\u{1c90}'..='\u{1cbf}' => Script::One("ka"),
        '\u{980}'..='\u{9ff}' => Script::One("bn"),
        '\u{a00}'..='\u{a7f}' => Script::One("pa"),
        '\u{a80}'..='\u{aff}' => Script::One("gu"),
        '\u{b00}'..='\u{b7f}' => Script::One("or"),
        '\u{b80}'..='\u{bff}' => Script::One("ta"),
        '\u{c00}'..='\u{c7f}' => Script::One("te"),
        '\u{c80}'..='\u{cff}' => Script::One("kn"),
        '\u{d00}'..='\u{d7f}' => Script::One("ml"),
        '\u{d80}'..='\u{dff}' => Script::One("si"),
        '\u{e00}'..='\u{e7f}' => Script::One("th"),
        '\u{e80}'..='\u{eff}' => Script::One("lo"),
        '\u{1000}'..='\u{109f}' => Script::One("my"),
        '\u{1200}'..='\u{139f}' => Script::One("am"),
        '\u{1780}'..='\u{17ff}' => Script::One("km"),
        '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{ac00}'..='\u{d7a3}' => Script::One("ko"),
        c if is_han(c) => Script::Han,
        c if is_kana(c) => Script::Kana,
        _ => return None,
    })
}

/// The words that say something, sorted by script.
#[derive(Default)]
struct Sample {
    letters: BTreeMap<Script, usize>,
    text: BTreeMap<Script, String>,
}

impl Sample {
    fn of(text: &str) -> Self {
        let mut sample = Self::default();
        let mut total = 0;
        for token in text.split_whitespace().filter(|token| is_prose(token)) {
            for word in words(token) {
                let mut current: Option<Script> = None;
                for c in word.text.chars() {
                    if let Some(script) = script(c) {
                        if current.is_some_and(|before| before != script) {
                            sample.push(current, ' ');
                        }
                        *sample.letters.entry(script).or_default() += 1;
                        current = Some(script);
                        total += 1;
                    }
                    sample.push(current, c);
                }
                sample.push(current, ' ');
                if total >= SAMPLE_LETTERS {
                    return sample;
                }
            }
        }
        sample
    }

    fn push(&mut self, script: Option<Script>, c: char) {
        if let Some(script) = script {
            self.text.entry(script).or_default().push(c);
        }
    }

    /// The script with most letters, when it has enough of them. Han and kana count as one.
    fn leading(&self) -> Option<(Script, usize)> {
        let total: usize = self.letters.values().sum();
        let count = |script| match script {
            Script::Han | Script::Kana => [Script::Han, Script::Kana].iter().filter_map(|s| self.letters.get(s)).sum(),
            other => self.letters.get(&other).copied().unwrap_or(0),
        };
        let (script, letters) = self
            .letters
            .keys()
            .map(|&script| (script, weight(script, count(script))))
            .max_by_key(|&(_, letters)| letters)?;
        let weighed: usize = self.letters.iter().map(|(&script, &letters)| weight(script, letters)).sum();
        (letters as f64 >= MIN_SHARE * weighed as f64 && total > 0).then(|| (script, count(script)))
    }
}

/// A character of a dense script stands for about three letters of an alphabet: product names must not outvote a sentence.
fn weight(script: Script, letters: usize) -> usize {
    match script {
        Script::Han | Script::Kana | Script::One("ko") => letters * 3,
        _ => letters,
    }
}

/// Not an address, a link, a code or a number.
fn is_prose(token: &str) -> bool {
    if token.contains(['@', '_', '/', '\\', '=']) || token.contains("www.") || token.bytes().any(|b| b.is_ascii_digit())
    {
        return false;
    }
    // A dot or an asterisk between letters is a host or a file name; at the end it closes a sentence.
    !token
        .trim_end_matches(['.', '!', '?', ',', ')', '"'])
        .bytes()
        .zip(token.bytes().skip(1))
        .any(|(a, b)| a == b'.' && b.is_ascii_alphabetic())
}

/// Languages of the table and of the trigram detector that share an alphabet, in one score.
///
/// Two rounds: in the second only the best few of the first share their words, so that a word which tells Czech from Slovak
/// is not spent on Danish and Dutch. The detector is not asked where the words leave no doubt: it takes longer than all else.
///
/// Returns the language, and the scores without the detector.
fn weigh(text: &str) -> (Option<&'static str>, Vec<(&'static str, f64)>) {
    let votes: Vec<Vote> = text.split(' ').filter(|word| !word.is_empty()).map(|word| TABLE.vote(word)).collect();
    let count = votes.len() as f64;
    let words = TABLE.rank(&votes, None);
    if let [(code, best), rest @ ..] = &words[..]
        && votes.len() >= PLAIN_WORDS
        && best - rest.first().map_or(0.0, |&(_, score)| score) >= PLAIN_LEAD * count
    {
        return (Some(code), words);
    }
    let lower = text.to_lowercase();
    let trigrams = DETECTOR.detect(&lower).and_then(|info| Some((iso(info.lang())?, info.confidence())));
    let trigrams = trigrams.filter(|(code, _)| written_in(&lower, code));
    let reliable = trigrams.filter(|&(_, confidence)| confidence >= RELIABLE && count >= RELIABLE_WORDS);
    let trigrams = trigrams.map(|(code, confidence)| (code, TRIGRAM_WEIGHT * confidence * count));
    let ranked = if trigrams.is_some() { &TABLE.rank(&votes, trigrams) } else { &words };
    let second = ranked.get(1).map_or(0.0, |&(_, score)| score);
    let sure = |best: f64| best >= MIN_TOTAL && best >= MIN_EVIDENCE * count && best - second >= MIN_LEAD * count;
    let ranked: Vec<(&'static str, f64)> =
        ranked.iter().copied().filter(|(code, _)| written_in(&lower, code)).collect();
    let plain = |code: &str| reliable.is_some_and(|(told, _)| told == code);
    let code = ranked.first().and_then(|&(code, best)| (sure(best) || plain(code)).then_some(code));
    (code, words)
}

/// A detector that is as sure as this of so many words is believed where frequent words are few.
const RELIABLE: f64 = 0.9;
const RELIABLE_WORDS: f64 = 8.0;

/// The letters of the text can be those of the language: Serbian and Macedonian have letters of their own and none of the
/// Russian ones, and so on. On a short text the detector does not look.
fn written_in(text: &str, code: &str) -> bool {
    let has = |letters: &str| text.contains(|c| letters.contains(c));
    match code {
        "sr" | "mk" => has("јљњћђџѓќѕ") && !has("ыэёъщйюяь"),
        "bg" => !has("ыэё"),
        "uk" => !has("ыэёъ"),
        "ru" => !has("јљњћђџѓќѕіїєґў"),
        _ => true,
    }
}

/// What a word says: the languages that it speaks for, a bit each.
enum Vote {
    /// It is among their frequent words.
    Word(u64),
    /// Each of these telling letters is written in these languages alone.
    Letters(Vec<u64>),
}

struct Table {
    codes: Vec<&'static str>,
    words: HashMap<&'static str, u64>,
    letters: HashMap<char, u64>,
}

impl Table {
    /// Bit of a language; none for one that only the detector knows.
    fn bit(&self, code: &str) -> u64 {
        self.codes.iter().position(|&known| known == code).map_or(0, |bit| 1 << bit)
    }

    /// Letters of a capitalised word are those of a name, and names travel.
    fn vote(&self, word: &str) -> Vote {
        match self.words.get(word.to_lowercase().as_str()) {
            Some(&mask) => Vote::Word(mask),
            None if word.starts_with(char::is_uppercase) => Vote::Letters(Vec::new()),
            None => {
                // No ASCII letter tells one language from the others.
                let telling = word.chars().filter(|c| !c.is_ascii());
                Vote::Letters(telling.filter_map(|c| self.letters.get(&c).copied()).collect())
            }
        }
    }

    /// The languages by their scores after two rounds, the best first. `more` is what the detector says.
    fn rank(&self, votes: &[Vote], more: Option<(&'static str, f64)>) -> Vec<(&'static str, f64)> {
        let finalists = self.round(votes, u64::MAX, more);
        let finalists = finalists.iter().take(FINALISTS).fold(0, |mask, &(code, _)| mask | self.bit(code));
        self.round(votes, finalists, more)
    }

    /// One vote a word, shared by the languages of `among` that have it: a known word counts wholly, a telling letter half.
    fn round(&self, votes: &[Vote], among: u64, more: Option<(&'static str, f64)>) -> Vec<(&'static str, f64)> {
        let mut scores = [0.0; u64::BITS as usize];
        for vote in votes {
            let (mask, weight) = match vote {
                Vote::Word(mask) => (mask & among, 1.0),
                Vote::Letters(masks) => {
                    let masks = masks.iter().map(|mask| mask & among).filter(|&mask| mask != 0);
                    (masks.min_by_key(|mask| mask.count_ones()).unwrap_or(0), 0.5)
                }
            };
            let (share, mut rest) = (weight / f64::from(mask.count_ones().max(1)), mask);
            while rest != 0 {
                scores[rest.trailing_zeros() as usize] += share;
                rest &= rest - 1;
            }
        }
        let mut ranked: Vec<(&'static str, f64)> =
            self.codes.iter().copied().zip(scores).filter(|&(_, score)| score > 0.0).collect();
        if let Some((code, score)) = more {
            match ranked.iter_mut().find(|(known, _)| *known == code) {
                Some((_, known)) => *known += score,
                None => ranked.push((code, score)),
            }
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        ranked
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { codes: Vec::new(), words: HashMap::new(), letters: HashMap::new() };
    for line in LISTS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(code), Some(letters), Some(list)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let bit = 1u64 << table.codes.len();
        table.codes.push(code);
        for letter in letters.chars() {
            *table.letters.entry(letter).or_default() |= bit;
        }
        for word in list.split(' ').filter(|word| !word.is_empty()) {
            *table.words.entry(word).or_default() |= bit;
        }
    }
    table
});

/// Without the languages that it answers mostly by mistake on short mail: Akan, Esperanto, Javanese, Latin, Shona, Turkmen, Zulu.
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    Detector::with_denylist(vec![Lang::Aka, Lang::Epo, Lang::Jav, Lang::Lat, Lang::Sna, Lang::Tuk, Lang::Zul])
});

/// ISO 639-1 of the languages that the detector may answer for the scripts that reach it.
fn iso(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Pol => "pl",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Pes => "fa",
        Lang::Nep => "ne",
        Lang::Afr => "af",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Cym => "cy",
        _ => return None,
    })
}
