//! What of a model's answer holds.

use std::collections::{HashMap, HashSet};

use chrono::Datelike as _;

use super::{
    Ground, GroundCase, Prompt, Reply, ReplySentence,
    clauses::{clauses, joined as joined_clauses},
    confidence::confidence,
    courtesies::{Courtesy, courtesy, greeting_end},
    evidence::{CaseEvidence, Evidence, share},
    facts::{facts, is_about_secrets, is_negative},
    gaps,
    links::{self, Lead},
    lists::fold,
    names::names,
    promises::promises,
    secrets::Secrets,
    sentences::sentences,
    signature,
    visible::visible,
};
use crate::{
    knowledge::{Telling, Vocabulary, telling_stems},
    labels::{language_of, placeholders, same_language, words},
    types::{
        Break, CheckedDraft, Doubt, DoubtKind, DraftSentence, DraftWarning, PairId, SensitiveKind, Standing, TakenOut,
    },
};

/// The share of a sentence's words that must be in the cases it names.
const RELATED: f64 = 0.25;
/// The same of a sentence with few words that tell something, and what few are.
const RELATED_SHORT: f64 = 0.5;
const FEW: usize = 3;
/// Of so many words in a clause one may be in no evidence: "carefully", "as usual". Two side by side may not.
const ONE_IN: usize = 3;
/// The share of a clause's words that we must have said ourselves: what only clients said states nothing.
const OURS: f64 = 0.5;
/// From so much alike on, two sentences of which one denies say the opposite.
const OPPOSITE: f64 = 0.6;
/// So many times the words of an answer in the middle are far too many; and from so many words on at all.
const LONG_TIMES: usize = 3;
const LONG_WORDS: usize = 150;
/// Words from which on the language of a draft can be told.
const LANGUAGE_WORDS: usize = 5;
/// What two sentences make together is looked at again so often.
const ROUNDS: usize = 6;

/// Checks a whole answer: sources, facts, promises, links, language. What it gives may be shown and kept.
#[must_use]
pub fn check(reply: &Reply, ground: &Ground, prompt: &Prompt) -> CheckedDraft {
    Checker::new(ground, prompt).draft(reply)
}

/// Checks a sentence by itself, for showing it while the model writes on. What the model wrote as one may be several.
/// For more than one, make a [`Checker`] once.
#[must_use]
pub fn check_sentence(sentence: &ReplySentence, ground: &Ground, prompt: &Prompt) -> Vec<DraftSentence> {
    Checker::new(ground, prompt).sentence(sentence)
}

/// Knows what a draft may rest on.
#[derive(Debug)]
pub struct Checker<'a> {
    ground: &'a Ground,
    prompt: &'a Prompt,
    client: Evidence,
    ours: Evidence,
    /// The words of the thread: the client's, and ours with the reviewer's note.
    client_words: Vocabulary,
    our_words: Vocabulary,
    /// The secrets that the thread names.
    secrets: Secrets,
    cases: HashMap<PairId, CaseEvidence>,
    /// By placeholder: the value, and whether it belongs to somebody else than this client and us.
    values: HashMap<&'a str, (&'a str, bool)>,
    language: Option<&'a str>,
}

impl<'a> Checker<'a> {
    /// Reads the ground once.
    #[must_use]
    pub fn new(ground: &'a Ground, prompt: &'a Prompt) -> Self {
        let (mut client, mut ours) = (Evidence::of(&ground.question), Evidence::default());
        client.add(ground.subject.as_deref().unwrap_or_default());
        ours.add(ground.note.as_deref().unwrap_or_default());
        for said in ground.thread.iter().chain(&ground.answers) {
            let side = if said.is_ours { &mut ours } else { &mut client };
            side.add(&said.text);
            if let Some(at) = said.at {
                let small = |number: u32| u8::try_from(number).unwrap_or(0);
                side.add_day(small(at.day()), small(at.month()), u16::try_from(at.year()).ok());
            }
        }
        ground.client_names.iter().for_each(|name| client.add_words(name));
        ground.client_addresses.iter().for_each(|address| client.add_address(address));
        ground.our_names.iter().for_each(|name| ours.add_words(name));
        ground.our_addresses.iter().for_each(|address| ours.add_address(address));
        let language = ground.language.as_deref().or_else(|| language_of(&ground.question));
        let offered = |case: &&GroundCase| {
            ground.accounts.contains(&case.account) && prompt.ids.iter().any(|(_, pair)| *pair == case.pair)
        };
        let cases = ground.cases.iter().filter(offered).map(|case| {
            let question = format!("{}\n{}", case.subject.as_deref().unwrap_or_default(), case.question);
            (case.pair, CaseEvidence::of(&question, &case.reply, case.score, language))
        });
        let (mut client_words, mut our_words) = (Vocabulary::default(), Vocabulary::default());
        client_words.add(&ground.question, language);
        client_words.add(ground.subject.as_deref().unwrap_or_default(), language);
        our_words.add(ground.note.as_deref().unwrap_or_default(), language);
        let mut secrets = Secrets::of(&ground.question);
        for said in ground.thread.iter().chain(&ground.answers) {
            let side = if said.is_ours { &mut our_words } else { &mut client_words };
            side.add(&said.text, language);
            secrets.named.extend(Secrets::of(&said.text).named);
        }
        let values = prompt.hidden.iter().map(|hidden| {
            let is_foreign = is_foreign(&hidden.value, hidden.kind, ground);
            (hidden.placeholder.as_str(), (hidden.value.as_str(), is_foreign))
        });
        Self {
            ground,
            prompt,
            client,
            ours,
            client_words,
            our_words,
            secrets,
            cases: cases.collect(),
            values: values.collect(),
            language,
        }
    }

    /// See [`check_sentence`].
    #[must_use]
    pub fn sentence(&self, sentence: &ReplySentence) -> Vec<DraftSentence> {
        let (text, _) = visible(&self.without_ids(&sentence.text));
        let (text, mut restored) = self.restore(&text);
        let sources: Vec<PairId> =
            sentence.cases.iter().copied().filter(|pair| self.cases.contains_key(pair)).collect();
        let mut checked: Vec<DraftSentence> = Vec::new();
        for (breaks, piece) in sentences(&text) {
            let before = match breaks {
                _ if checked.is_empty() => sentence.before,
                0 => Break::None,
                1 => Break::Line,
                _ => Break::Paragraph,
            };
            checked.push(self.judge(piece, before, &sources, &mut restored));
        }
        checked
    }

    /// See [`check`].
    #[must_use]
    pub fn draft(&self, reply: &Reply) -> CheckedDraft {
        let mut sentences: Vec<DraftSentence> =
            reply.sentences.iter().flat_map(|sentence| self.sentence(sentence)).collect();
        if let Some(first) = sentences.first_mut() {
            first.before = Break::None;
        }
        let cut = signature::cut(&mut sentences, &self.ground.our_names, self.ground.our_addresses.first());
        self.look_at_seams(&mut sentences);
        let text = joined(&sentences).0;
        let hid = reply.sentences.iter().any(|sentence| visible(&sentence.text).1);
        let language = (words(&text).count() >= LANGUAGE_WORDS).then(|| language_of(&without_gaps(&text))).flatten();
        let mut taken_out: Vec<TakenOut> = sentences
            .iter()
            .flat_map(|sentence| &sentence.doubts)
            .filter(|doubt| is_taken_out(doubt.kind))
            .map(|doubt| TakenOut { kind: Some(doubt.kind), text: doubt.text.clone() })
            .collect();
        let took = |kinds: &[DoubtKind]| taken_out.iter().any(|out| out.kind.is_some_and(|kind| kinds.contains(&kind)));
        let unknown_sources = reply.sentences.iter().fold(0u32, |sum, sentence| sum.saturating_add(sentence.unknown));
        let has =
            |kind: DoubtKind| sentences.iter().flat_map(|sentence| &sentence.doubts).any(|doubt| doubt.kind == kind);
        let is_wrong = language.zip(self.language).is_some_and(|(one, other)| !same_language(one, other));
        let median = self.ground.manner.median_words.map_or(0, |words| words as usize);
        let count = words(&text).count();
        let warnings = [
            (is_wrong, DraftWarning::WrongLanguage),
            (cut.is_some(), DraftWarning::SignatureCut),
            (
                took(&[DoubtKind::Link, DoubtKind::Address, DoubtKind::Phone, DoubtKind::Account]),
                DraftWarning::LinksRemoved,
            ),
            (took(&[DoubtKind::Foreign]), DraftWarning::DetailsRemoved),
            (unknown_sources > 0, DraftWarning::UnknownSources),
            (reply.has_extra_parts, DraftWarning::ExtraParts),
            (hid, DraftWarning::HiddenCharacters),
            (has(DoubtKind::Promise), DraftWarning::Promises),
            (has(DoubtKind::Secret), DraftWarning::Secrets),
            (!self.ground.answers.is_empty(), DraftWarning::Answered),
            (median > 0 && count > LONG_WORDS && count > median * LONG_TIMES, DraftWarning::Long),
        ];
        let warnings: Vec<DraftWarning> =
            warnings.into_iter().filter(|(is, _)| *is).map(|(_, warning)| warning).collect();
        taken_out.extend(cut.map(|text| TakenOut { kind: None, text }));
        let confidence = confidence(&sentences, &self.cases, &warnings, reply.confidence);
        CheckedDraft {
            text,
            sentences,
            taken_out,
            warnings,
            unknown_sources,
            language: language.map(ToOwned::to_owned),
            confidence,
            intent: reply.intent,
            sentiment: reply.sentiment,
            urgency: reply.urgency,
        }
    }

    /// Ids belong beside a sentence, not into it.
    fn without_ids(&self, text: &str) -> String {
        self.prompt.ids.iter().fold(text.to_owned(), |text, (id, _)| {
            if !text.contains(id.as_str()) {
                return text;
            }
            let bracketed = [
                format!(" [{id}]"),
                format!(" ({id})"),
                format!("[{id}]"),
                format!("({id})"),
                format!(" {id}"),
                id.clone(),
            ];
            bracketed.iter().fold(text, |text, form| text.replace(form.as_str(), ""))
        })
    }

    /// Puts values back for placeholders, and says which were not.
    fn restore(&self, text: &str) -> (String, Vec<Doubt>) {
        let (mut restored, mut doubts, mut done) = (String::with_capacity(text.len()), Vec::new(), 0);
        for (start, end) in placeholders(text) {
            let placeholder = &text[start..end];
            restored.push_str(&text[done..start]);
            match self.values.get(placeholder) {
                Some((value, false)) => restored.push_str(value),
                Some((value, true)) => {
                    restored.push_str(gaps::removed(DoubtKind::Foreign, self.language));
                    doubts.push(Doubt { kind: DoubtKind::Foreign, text: (*value).to_owned() });
                }
                None => restored.push_str(placeholder),
            }
            done = end;
        }
        restored.push_str(&text[done..]);
        (restored, doubts)
    }

    fn leads_to(&self, key: &str, sources: &[PairId]) -> bool {
        self.client.leads_to(key) || self.ours.leads_to(key) || self.cited(sources).any(|case| case.reply.leads_to(key))
    }

    fn cited<'s>(&'s self, sources: &'s [PairId]) -> impl Iterator<Item = &'s CaseEvidence> + 's {
        sources.iter().filter_map(|pair| self.cases.get(pair))
    }

    /// Looks at one sentence. Of `restored` it takes what was not put back in it.
    fn judge(&self, text: &str, before: Break, sources: &[PairId], restored: &mut Vec<Doubt>) -> DraftSentence {
        let mut doubts = Vec::new();
        let mut only_from_client = Vec::new();
        let mut out: Vec<(usize, usize, DoubtKind)> = Vec::new();
        let foreign = gaps::removed(DoubtKind::Foreign, self.language);
        let mut skip: Vec<(usize, usize)> = text.match_indices(foreign).map(|(at, gap)| (at, at + gap.len())).collect();
        doubts.extend(restored.drain(..skip.len().min(restored.len())));
        for found in links::find(text) {
            skip.push((found.start, found.end));
            if !self.leads_to(&found.key, sources) {
                let kind = match found.lead {
                    Lead::Link => DoubtKind::Link,
                    Lead::Address => DoubtKind::Address,
                    Lead::Key => DoubtKind::Account,
                };
                out.push((found.start, found.end, kind));
            } else if !self.ours.leads_to(&found.key)
                && !self.cited(sources).any(|case| case.reply.leads_to(&found.key))
            {
                only_from_client.push(text[found.start..found.end].to_owned());
            }
        }
        for (start, field) in fields(text, foreign) {
            skip.push((start, start + field.len()));
            doubts.push(Doubt { kind: DoubtKind::Placeholder, text: field.to_owned() });
        }
        let is_secret = is_about_secrets(text);
        // What is looked at by its kind is no word of a clause.
        let mut seen = skip.clone();
        for fact in facts(text, &skip) {
            seen.push((fact.start, fact.end));
            // What leads to somebody counts only where we said it, or the thread has it; other facts also in the client's words.
            let leads = matches!(fact.kind, DoubtKind::Phone | DoubtKind::Account);
            let (ours, client) = (self.ours.has(&fact), self.client.has(&fact));
            let replied = self.cited(sources).any(|case| case.reply.has(&fact));
            let asked = !leads && self.cited(sources).any(|case| case.question.has(&fact));
            let words = text[fact.start..fact.end].to_owned();
            let tells = is_secret && matches!(fact.kind, DoubtKind::Code | DoubtKind::Number | DoubtKind::Account);
            if tells && !ours && !client {
                // A past reply told it to somebody else.
                out.push((fact.start, fact.end, DoubtKind::Foreign));
            } else if !(ours || client || replied || asked) {
                if leads {
                    out.push((fact.start, fact.end, fact.kind));
                } else {
                    doubts.push(Doubt { kind: fact.kind, text: words });
                }
            } else if client && !ours && !replied {
                only_from_client.push(words);
            }
        }
        let politeness = courtesy(text);
        // "Dear Anna, the parcel …" greets as much as "Dear Anna," does.
        let greeted = if politeness == Some(Courtesy::Greeting) { text.len() } else { greeting_end(text) };
        let ahead = names(&text[..greeted], self.language, true, &skip);
        let behind = names(text, self.language, false, &skip).into_iter().filter(|name| name.start >= greeted);
        for name in ahead.into_iter().chain(behind) {
            seen.push((name.start, name.end()));
            let folded = fold(name.text);
            let is_greeting = name.start < greeted;
            let here = self.client.has_name(&folded) || self.ours.has_name(&folded);
            // A past case greets another client.
            let there = !is_greeting
                && self.cited(sources).any(|case| case.reply.has_name(&folded) || case.question.has_name(&folded));
            if !here && !there {
                doubts.push(Doubt { kind: DoubtKind::Name, text: name.text.to_owned() });
            }
        }
        let stems: HashSet<u64> = telling_stems(text, self.language).into_iter().collect();
        let broken = |kind: &&str| !self.cited(sources).any(|case| case.promises(kind, &stems));
        let promised = promises(text);
        if promised.iter().any(broken) {
            doubts.push(Doubt { kind: DoubtKind::Promise, text: String::new() });
        }
        if self.asks_for_secrets(text, sources) {
            doubts.push(Doubt { kind: DoubtKind::Secret, text: String::new() });
        }
        doubts.extend(out.iter().map(|&(start, end, kind)| Doubt { kind, text: text[start..end].to_owned() }));
        let is_courtesy =
            (politeness.is_some() || words(text).next().is_none()) && doubts.is_empty() && promised.is_empty();
        if !is_courtesy {
            self.compare(text, &stems, sources, &seen, &mut doubts);
        }
        let standing = match () {
            () if is_courtesy => Standing::Courtesy,
            () if doubts.is_empty() => Standing::Backed,
            () => Standing::NotBacked,
        };
        let text = with_gaps(text, &out, self.language);
        DraftSentence { text, before, standing, sources: sources.to_vec(), doubts, only_from_client }
    }

    /// Whether a sentence asks for a password and the like, or names it, as no case does that it names. What the thread names may be named.
    fn asks_for_secrets(&self, text: &str, sources: &[PairId]) -> bool {
        let Secrets { named, asked } = Secrets::of(text);
        let is_asked = |kind: &&'static str| self.cited(sources).any(|case| case.secrets.asked.contains(*kind));
        let is_named = |kind: &&'static str| {
            self.secrets.named.contains(*kind)
                || self
                    .cited(sources)
                    .any(|case| case.secrets.named.contains(*kind) || case.secrets.asked.contains(*kind))
        };
        !asked.iter().all(is_asked) || !named.difference(&asked).all(is_named)
    }

    /// Whether the cases that a sentence names, and the thread, say what it says.
    fn compare(
        &self,
        text: &str,
        stems: &HashSet<u64>,
        sources: &[PairId],
        seen: &[(usize, usize)],
        doubts: &mut Vec<Doubt>,
    ) {
        let whole = |kind| Doubt { kind, text: String::new() };
        if sources.is_empty() {
            doubts.push(whole(DoubtKind::NoSource));
            return;
        }
        let is_same = |case: &&CaseEvidence| {
            // Who answers in another language than the client's rests on cases in that one.
            self.language.zip(case.language).is_none_or(|(one, other)| same_language(one, other))
                || share(stems, &case.stems) >= RELATED_SHORT
                || case.says(text)
        };
        let cited: Vec<&CaseEvidence> = self.cited(sources).filter(is_same).collect();
        if cited.is_empty() {
            doubts.push(whole(DoubtKind::OtherLanguage));
            return;
        }
        let known: HashSet<u64> = cited.iter().flat_map(|case| &case.stems).copied().collect();
        // "Yes." has no word to tell by: it must be there as it is.
        let least = if stems.len() <= FEW { RELATED_SHORT } else { RELATED };
        if !cited.iter().any(|case| case.says(text)) {
            if share(stems, &known) < least {
                doubts.push(whole(DoubtKind::Unrelated));
            } else {
                let unsupported = self.unsupported(text, &cited, seen).into_iter();
                doubts.extend(unsupported.map(|text| Doubt { kind: DoubtKind::Unsupported, text }));
            }
        }
        let (yes, no) = cited
            .iter()
            .map(|case| case.nearest(stems))
            .fold((0.0, 0.0), |(yes, no): (f64, f64), (y, n)| (yes.max(y), no.max(n)));
        let (same, other) = if is_negative(text) { (no, yes) } else { (yes, no) };
        if other >= OPPOSITE && same < other {
            doubts.push(whole(DoubtKind::Opposite));
        }
    }

    /// The clauses of a sentence that are neither in the cases nor in the thread. A sentence may not carry along what nobody said.
    fn unsupported(&self, text: &str, cited: &[&CaseEvidence], seen: &[(usize, usize)]) -> Vec<String> {
        let is_ours = |word: &Telling| self.our_words.has(word) || cited.iter().any(|case| case.said.has(word));
        let is_known = |word: &Telling| {
            is_ours(word) || self.client_words.has(word) || cited.iter().any(|case| case.asked.has(word))
        };
        let clauses: Vec<_> = clauses(text, self.language, seen)
            .into_iter()
            .filter(|clause| courtesy(text[clause.start..clause.end].trim()).is_none())
            .collect();
        let mut bad: Vec<(usize, usize)> = clauses
            .iter()
            .filter(|clause| !clause.words.iter().any(is_known))
            .map(|clause| (clause.start, clause.end))
            .collect();
        for clause in joined_clauses(clauses) {
            let count = clause.words.len();
            let unknown = clause.words.iter().filter(|word| !is_known(word)).count();
            let in_a_row = clause.words.windows(2).any(|pair| !is_known(&pair[0]) && !is_known(&pair[1]));
            let ours = clause.words.iter().filter(|word| is_ours(word)).count();
            let is_told = bad.iter().any(|&(start, end)| clause.start <= start && end <= clause.end);
            let fails = unknown > count / ONE_IN || in_a_row || (ours as f64) < count as f64 * OURS;
            if fails && !is_told {
                bad.push((clause.start, clause.end));
            }
        }
        bad.sort_unstable();
        let words = |&(start, end): &(usize, usize)| {
            let clause = text[start..end].trim_matches(|c: char| !c.is_alphanumeric());
            clause.to_owned()
        };
        bad.iter().map(words).collect()
    }

    /// Takes out what leads somewhere only when sentences stand side by side.
    fn look_at_seams(&self, sentences: &mut [DraftSentence]) {
        for _ in 0..ROUNDS {
            let (text, places) = joined(sentences);
            let bad: Vec<(usize, usize)> = links::find(&text)
                .into_iter()
                .filter(|found| {
                    let touched = touched(&places, found.start, found.end);
                    !sentences[touched].iter().any(|sentence| self.leads_to(&found.key, &sentence.sources))
                })
                .map(|found| (found.start, found.end))
                .collect();
            if bad.is_empty() {
                return;
            }
            for &(start, end) in bad.iter().rev() {
                let touched = touched(&places, start, end);
                let first = touched.start;
                for at in touched {
                    let (from, to) = places[at];
                    let (cut_from, cut_to) = (start.max(from) - from, end.min(to).saturating_sub(from));
                    let sentence = &mut sentences[at];
                    let what = sentence.text[cut_from..cut_to].to_owned();
                    let gap = if at == first { gaps::removed(DoubtKind::Link, self.language) } else { "" };
                    sentence.text.replace_range(cut_from..cut_to, gap);
                    sentence.doubts.push(Doubt { kind: DoubtKind::Link, text: what });
                    sentence.standing = Standing::NotBacked;
                }
            }
        }
    }
}

/// The sentences whose places a part of the joined text touches.
fn touched(places: &[(usize, usize)], start: usize, end: usize) -> std::ops::Range<usize> {
    let first = places.iter().position(|&(_, to)| start < to).unwrap_or(places.len());
    let last = places.iter().rposition(|&(from, _)| from < end).map_or(first, |at| at + 1);
    first..last.max(first)
}

/// The sentences as one text, and the place of each.
pub(super) fn joined(sentences: &[DraftSentence]) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut places = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        if !text.is_empty() {
            text.push_str(match sentence.before {
                Break::None => " ",
                Break::Line => "\n",
                Break::Paragraph => "\n\n",
            });
        }
        let start = text.len();
        text.push_str(&sentence.text);
        places.push((start, text.len()));
    }
    (text, places)
}

fn is_taken_out(kind: DoubtKind) -> bool {
    matches!(kind, DoubtKind::Link | DoubtKind::Address | DoubtKind::Phone | DoubtKind::Account | DoubtKind::Foreign)
}

fn with_gaps(text: &str, out: &[(usize, usize, DoubtKind)], language: Option<&str>) -> String {
    let mut places = out.to_vec();
    places.sort_unstable_by_key(|&(start, ..)| start);
    let (mut shown, mut done) = (String::with_capacity(text.len()), 0);
    for (start, end, kind) in places {
        if start < done {
            continue;
        }
        shown.push_str(&text[done..start]);
        shown.push_str(gaps::removed(kind, language));
        done = end;
    }
    shown.push_str(&text[done..]);
    shown
}

/// The text without what stands in brackets: gaps are in the client's language anyway.
fn without_gaps(text: &str) -> String {
    let mut depth = 0u32;
    text.chars()
        .filter(|c| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect()
}

/// Fields that somebody is to fill: `[EMAIL_9]`, `[Your Name]`, `{{name}}`.
fn fields<'t>(text: &'t str, gap: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    let pairs = [("[", "]"), ("{{", "}}")];
    pairs.into_iter().flat_map(move |(open, close)| {
        text.match_indices(open).filter_map(move |(start, _)| {
            let length = text[start..].find(close)? + close.len();
            let field = &text[start..start + length];
            let is_link = text[start + length..].starts_with('(');
            let has_word = field.chars().any(char::is_alphabetic);
            (field.chars().count() <= 60 && has_word && !is_link && field != gap).then_some((start, field))
        })
    })
}

/// Whether a hidden value belongs to the client of a past case: it must not reach this one.
fn is_foreign(value: &str, kind: SensitiveKind, ground: &Ground) -> bool {
    let is_in = |text: &str| visible(text).0.contains(value);
    let here =
        ground.thread.iter().chain(&ground.answers).map(|said| said.text.as_str()).chain([ground.question.as_str()]);
    let here = here.chain(ground.subject.as_deref()).chain(ground.note.as_deref());
    let people = [&ground.client_names, &ground.client_addresses, &ground.our_names, &ground.our_addresses];
    let mut here = here.chain(people.into_iter().flatten().map(String::as_str));
    if here.any(is_in) {
        return false;
    }
    match kind {
        // Its parts may be ours: "Anna" of "Anna Fernhill".
        SensitiveKind::Name => {
            let mut ours = Evidence::default();
            ground.our_names.iter().chain(&ground.client_names).for_each(|name| ours.add_words(name));
            !words(value).all(|word| ours.has_name(&fold(word.text)))
        }
        SensitiveKind::Card | SensitiveKind::UrlWithToken | SensitiveKind::Secret => true,
        _ => ground.cases.iter().any(|case| is_in(&case.question)) || !is_told_to_several(ground, is_in),
    }
}

/// So many replies with it make a detail ours.
const REPLIES_OF_OURS: usize = 3;

/// Whether we told it to more than one client: so it is ours. "We will call you on +44 …" is of one.
fn is_told_to_several(ground: &Ground, is_in: impl Fn(&str) -> bool) -> bool {
    if ground.replies.iter().filter(|reply| is_in(reply)).take(REPLIES_OF_OURS).count() == REPLIES_OF_OURS {
        return true;
    }
    let told: Vec<&GroundCase> = ground.cases.iter().filter(|case| is_in(&case.reply)).collect();
    let Some((first, others)) = told.split_first() else { return false };
    others.iter().any(|other| other.reply.trim() != first.reply.trim() && other.client_names != first.client_names)
}
