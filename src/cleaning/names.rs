//! The author's name, as it can stand under a text.

use super::Sender;
use super::fold::fold;

/// What stands beside a name: titles, degrees, forms of address.
const TITLES: &[&str] = &[
    "dr",
    "mr",
    "mrs",
    "ms",
    "mx",
    "prof",
    "ing",
    "mag",
    "jr",
    "sr",
    "and",
    "phd",
    "med",
    "dent",
    "vet",
    "jur",
    "phil",
    "rer",
    "nat",
    "pol",
    "oec",
    "habil",
    "priv",
    "doz",
    "dipl",
    "kfm",
    "betriebsw",
    "inf",
    "inż",
    "mgr",
    "inz",
    "bc",
    "mudr",
    "judr",
    "msc",
    "bsc",
    "mba",
    "llm",
    "md",
    "esq",
    "cpa",
    "rn",
    "herr",
    "frau",
    "sig",
    "dott",
    "ssa",
    "avv",
    "arch",
    "rag",
    "geom",
    "mme",
    "mlle",
    "maître",
    "lic",
    "fam",
    "familie",
    "family",
    "д",
    "к",
    "н",
    "проф",
];

/// What a company is, in the words that are no words of a sentence.
const FORMS: &[&str] = &[
    "gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "ug", "gbr", "ev", "ltd", "limited", "inc", "corp", "llc", "llp", "plc",
    "oy", "oyj", "ab", "aps", "bv", "nv", "vof", "sa", "srl", "spa", "sarl", "sas", "sl", "slu", "sro", "kft", "zrt",
    "doo", "pty", "pvt", "co", "ооо", "оао", "зао", "пао", "ао", "ип", "тов",
];

/// The words of the sender's name and address.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Words of the display name, folded.
    words: Vec<String>,
    /// Words of the address before the `@`.
    local: Vec<String>,
}

impl Names {
    pub fn new(sender: Option<&Sender<'_>>) -> Self {
        let Some(sender) = sender else { return Self::default() };
        let mut names = Self::default();
        let display = sender.name.unwrap_or_default();
        // A display name that is an address says no more than the address.
        let shown = display.split(['@', '<']).next().unwrap_or_default();
        names.words = split(shown);
        if let Some((local, _)) = sender.address.unwrap_or(display).split_once('@') {
            names.local = split(local);
        }
        names
    }

    pub fn known(&self) -> bool {
        !self.words.is_empty() || !self.local.is_empty()
    }

    /// True when every word of the (folded) line is a word of the sender's name, its beginning, an initial or a title, and
    /// at least one is a real part of it.
    pub fn signs(&self, line: &str) -> bool {
        if line.len() > 60 || !self.known() {
            return false;
        }
        let words = split(line);
        if words.is_empty() || words.len() > 5 {
            return false;
        }
        // Only a family name is known: "Tom" or "Tom Hill" can be it.
        if self.words.len() == 1
            && words.len() <= 3
            && (words.len() == 1 && words[0].chars().count() > 2 && line.chars().all(char::is_alphabetic)
                || words.last() == self.words.last())
        {
            return true;
        }
        if words.len() == 1
            && self.words.len() >= 2
            && (words[0] == self.words.concat()
                || words[0] == self.words.iter().rev().map(String::as_str).collect::<String>())
        {
            return true;
        }
        // "NF".
        if words.len() == 1 && self.words.len() >= 2 {
            let initials: String = self.words.iter().filter_map(|word| word.chars().next()).collect();
            if words[0] == initials {
                return true;
            }
        }
        let (mut real, mut forms) = (0, 0);
        for word in &words {
            if self.part(word) {
                real += 1;
            } else if FORMS.contains(&word.as_str()) {
                forms += 1;
            } else if word.chars().count() > 1 && !TITLES.contains(&word.as_str()) {
                return false;
            }
        }
        real > usize::from(forms > 0)
    }

    /// True when every word of the (folded) line is a word of the sender's display name, and no other sender's would do.
    pub fn wrote(&self, line: &str) -> bool {
        let words = split(line);
        !words.is_empty() && words.len() <= 4 && words.iter().all(|word| word.len() > 1 && self.words.contains(word))
    }

    /// The display name has a given name and a family name.
    pub fn personal(&self) -> bool {
        self.words.len() >= 2
    }

    /// True when a word of the (folded) line is a word of the sender's name.
    pub fn mentioned(&self, line: &str) -> bool {
        split(line).iter().any(|word| self.part(word))
    }

    /// True when the (folded) line is another name with the sender's family name.
    pub fn kin(&self, line: &str) -> bool {
        let words = split(line);
        self.personal() && words.len() == 2 && words.last() == self.words.last() && !self.part(&words[0])
    }

    fn part(&self, word: &str) -> bool {
        if word.chars().count() < 2 {
            return false;
        }
        let same =
            |own: &String| own == word || (word.chars().count() >= 3 && (own.starts_with(word) || nick(own, word)));
        self.words.iter().any(same)
            || self.local.iter().any(|own| own == word || (word.chars().count() >= 4 && own.contains(word)))
    }
}

/// Short forms that do not begin the long one.
fn nick(own: &str, word: &str) -> bool {
    const NICKS: &[(&str, &str)] = &[
        ("robert", "bob"),
        ("robert", "rob"),
        ("robert", "bobby"),
        ("richard", "rick"),
        ("richard", "dick"),
        ("william", "bill"),
        ("william", "billy"),
        ("elizabeth", "liz"),
        ("elizabeth", "beth"),
        ("elizabeth", "betty"),
        ("james", "jim"),
        ("james", "jimmy"),
        ("john", "jack"),
        ("michael", "mike"),
        ("margaret", "peggy"),
        ("margaret", "meg"),
        ("katherine", "kate"),
        ("catherine", "cathy"),
        ("kathleen", "kathy"),
        ("edward", "ted"),
        ("theodore", "ted"),
        ("anthony", "tony"),
        ("charles", "chuck"),
        ("henry", "hank"),
        ("thomas", "tom"),
        ("thomas", "tommy"),
        ("stephen", "steve"),
        ("andrew", "drew"),
        ("patricia", "trish"),
        ("barbara", "barb"),
        ("francis", "frank"),
        ("dorothy", "dot"),
        ("alexander", "sasha"),
        ("александр", "саша"),
        ("дмитрий", "дима"),
        ("мария", "маша"),
        ("екатерина", "катя"),
        ("евгений", "женя"),
        ("владимир", "вова"),
        ("михаил", "миша"),
        ("joseph", "joe"),
        ("deborah", "debbie"),
        ("susan", "sue"),
        ("suzanne", "sue"),
    ];
    NICKS.contains(&(own, word))
}

/// Folded words of letters and digits.
fn split(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}
