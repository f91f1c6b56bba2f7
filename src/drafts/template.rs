//! An answer without a model: the best past reply, with gaps.

use super::{
    Ground, GroundCase,
    clauses::clauses,
    confidence::percent,
    courtesies::greeting_end,
    evidence::Evidence,
    facts::facts,
    gaps,
    links::{self, Lead},
    lists::fold,
    names::{is_title, names},
    visible::visible,
};
use crate::{
    knowledge::{Telling, Vocabulary},
    labels::{language_of, same_language, sensitive_spans, words},
    types::{DoubtKind, DraftTemplate, GapKind, SensitiveKind, TemplateGap},
};

/// A case in the client's language is taken before a nearer one in another, if it is at least so near to it.
const NEAR_ENOUGH: f64 = 0.5;
/// A case of this score is a close match, whatever words it has.
const CLOSE: f64 = 0.3;
/// Any other needs this share of the question's telling words, and two of them: its reply would answer something else otherwise.
const LEAST_SHARE: f64 = 0.25;
const LEAST_WORDS: usize = 2;

/// The reply of the nearest case as a template; nothing where none is near enough.
#[must_use]
pub fn template(ground: &Ground) -> Option<DraftTemplate> {
    let own =
        || ground.cases.iter().filter(|case| ground.accounts.contains(&case.account) && !case.reply.trim().is_empty());
    let best = own().map(|case| case.score).fold(0.0, f64::max);
    let asked = ground.language.as_deref().or_else(|| language_of(&ground.question));
    let is_near = |case: &&GroundCase| is_near(case, ground, asked);
    let fits = |case: &&GroundCase| {
        let language = language_of(&case.reply);
        case.score >= best * NEAR_ENOUGH && language.zip(asked).is_none_or(|(one, other)| same_language(one, other))
    };
    let case = own().filter(is_near).find(fits).or_else(|| own().find(is_near))?;
    let (reply, _) = visible(case.reply.trim());
    let language = language_of(&reply);
    let (text, gaps) = with_gaps(&reply, places(&reply, case, ground), asked.or(language));
    Some(DraftTemplate {
        case: case.pair,
        text,
        gaps,
        language: language.map(ToOwned::to_owned),
        wrong_language: language.zip(asked).is_some_and(|(one, other)| !same_language(one, other)),
        nearest: percent(case.score * 100.0),
    })
}

/// Whether a case is about what the client asks. A score compares the hits of one search: among few cases it says little, so words decide.
fn is_near(case: &GroundCase, ground: &Ground, language: Option<&str>) -> bool {
    let mut words = Vocabulary::default();
    for text in [case.subject.as_deref().unwrap_or_default(), &case.question, &case.reply] {
        words.add(text, language);
    }
    let clauses = clauses(&ground.question, language, &[]);
    let asked: Vec<&Telling> = clauses.iter().flat_map(|clause| &clause.words).collect();
    let shared = asked.iter().filter(|word| words.has(word)).count();
    case.score >= CLOSE
        || shared > 0 && shared == asked.len()
        || shared >= LEAST_WORDS && shared as f64 >= asked.len() as f64 * LEAST_SHARE
}

/// A place of a reply that speaks of its own case, and what may stand there now.
struct Place {
    start: usize,
    end: usize,
    kind: GapKind,
    /// The same of this client, where that is known for sure.
    now: Option<String>,
}

fn places(reply: &str, case: &GroundCase, ground: &Ground) -> Vec<Place> {
    let mut here = Evidence::of(&ground.question);
    ground.thread.iter().chain(&ground.answers).for_each(|said| here.add(&said.text));
    let mut ours = Evidence::default();
    ground.our_names.iter().for_each(|name| ours.add_words(name));
    ground.our_addresses.iter().for_each(|address| ours.add_address(address));
    // What we told others as well is how things are, and not of one case.
    let mut told = Evidence::default();
    let others =
        ground.cases.iter().filter(|other| other.pair != case.pair && ground.accounts.contains(&other.account));
    others.filter(|other| other.reply.trim() != case.reply.trim()).for_each(|other| told.add(&other.reply));
    let asked = Evidence::of(&format!("{}\n{}", case.subject.as_deref().unwrap_or_default(), case.question));

    let mut places: Vec<Place> = Vec::new();
    let mut skip: Vec<(usize, usize)> = Vec::new();
    for found in links::find(reply) {
        skip.push((found.start, found.end));
        let kind = match found.lead {
            Lead::Link => GapKind::Link,
            Lead::Address => GapKind::Email,
            Lead::Key => GapKind::Account,
        };
        let stays = ours.leads_to(&found.key) || told.leads_to(&found.key) || here.leads_to(&found.key);
        if !stays {
            places.push(Place { start: found.start, end: found.end, kind, now: None });
        }
    }
    let theirs: Vec<&str> = case.client_names.iter().map(String::as_str).collect();
    for span in sensitive_spans(reply, &theirs) {
        let (start, end) = (span.start as usize, span.end as usize);
        if skip.iter().any(|&(from, to)| from < end && start < to) {
            continue;
        }
        let (kind, now) = match span.kind {
            SensitiveKind::Name => {
                let name = &reply[start..end];
                // What the company is called stays, also where somebody has the same name.
                if words(name).all(|word| ours.has_name(&fold(word.text))) {
                    continue;
                }
                (GapKind::Name, name_now(reply, start, name, case, ground))
            }
            SensitiveKind::AddressLike => (GapKind::Place, None),
            SensitiveKind::UrlWithToken => (GapKind::Link, None),
            SensitiveKind::Identity | SensitiveKind::Secret => (GapKind::Code, None),
            // Numbers of telephones and accounts are facts: they stay where they are ours.
            _ => continue,
        };
        skip.push((start, end));
        places.push(Place { start, end, kind, now });
    }
    // Names that no header has: of whom a greeting speaks to, and behind a title.
    let greeted = greeting_end(reply);
    let ahead = names(&reply[..greeted], language_of(reply), true, &skip);
    let titled = names(reply, language_of(reply), false, &skip)
        .into_iter()
        .filter(|name| words(&reply[..name.start]).last().is_some_and(|before| is_title(before.text)));
    for name in ahead.into_iter().chain(titled) {
        let folded = fold(name.text);
        let is_known =
            ours.has_name(&folded) || ground.client_names.iter().any(|now| Evidence::of(now).has_name(&folded));
        if !is_known && !skip.iter().any(|&(from, to)| from < name.end() && name.start < to) {
            skip.push((name.start, name.end()));
            places.push(Place { start: name.start, end: name.end(), kind: GapKind::Name, now: None });
        }
    }
    for fact in facts(reply, &skip) {
        if here.has(&fact) || told.has(&fact) {
            continue;
        }
        let kind = match fact.kind {
            DoubtKind::Date => GapKind::Date,
            DoubtKind::Amount => GapKind::Amount,
            DoubtKind::Code => GapKind::Code,
            DoubtKind::Phone => GapKind::Phone,
            DoubtKind::Account => GapKind::Account,
            // "Within 14 days", "20 %", "from 9 to 17" say how things are, unless that client spoke of the same.
            DoubtKind::Time if asked.has(&fact) => GapKind::Time,
            DoubtKind::Number if asked.has(&fact) => GapKind::Number,
            _ => continue,
        };
        places.push(Place { start: fact.start, end: fact.end, kind, now: None });
    }
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    places
}

/// This client's name for that of the case, where it is the same part of a name of the same form: not behind a title, which would
/// have to fit, and not in another case.
fn name_now(reply: &str, start: usize, name: &str, case: &GroundCase, ground: &Ground) -> Option<String> {
    let [now] = &ground.client_names[..] else { return None };
    let parts = |name: &str| -> Option<Vec<String>> {
        let parts: Vec<String> = name.split_whitespace().map(ToOwned::to_owned).collect();
        let is_plain = |part: &String| part.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
        (parts.len() == 2 && parts.iter().all(is_plain)).then_some(parts)
    };
    let now = parts(now)?;
    let was =
        case.client_names.iter().find_map(|was| parts(was).filter(|was| name == was[0] || name == was.join(" ")))?;
    let title = words(&reply[..start]).last().is_some_and(|word| is_title(word.text));
    if title {
        return None;
    }
    Some(if name == was[0] { now[0].clone() } else { now.join(" ") })
}

fn with_gaps(reply: &str, places: Vec<Place>, language: Option<&str>) -> (String, Vec<TemplateGap>) {
    let (mut text, mut gaps, mut done) = (String::with_capacity(reply.len()), Vec::new(), 0);
    for place in places {
        if place.start < done {
            continue;
        }
        text.push_str(&reply[done..place.start]);
        match place.now {
            Some(now) => text.push_str(&now),
            None => {
                let mark = gaps::gap(place.kind, language);
                text.push_str(mark);
                let was = reply[place.start..place.end].to_owned();
                gaps.push(TemplateGap { kind: place.kind, mark: mark.to_owned(), was });
            }
        }
        done = place.end;
    }
    text.push_str(&reply[done..]);
    (text, gaps)
}
