//! Do vectors help? A model is tried on an account's own pairs: the client's message has to find our own reply among all replies, by
//! words alone and with vectors, and vectors are used only where they help by more than chance would.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::index::{Case, Index, Question, Scoring};
use super::vector::Vector;
use crate::{labels::language_of, types::PairId};

/// What vectors may weigh beside words.
pub const WEIGHTS: [f64; 4] = [0.3, 0.4, 0.5, 0.6];
/// With fewer conversations nothing can be said.
pub const LEAST_CONVERSATIONS: usize = 20;
/// Pairs that take part, and those of them that ask.
pub const MOST_PAIRS: usize = 1_000;
const MOST_ASKED: usize = 400;
/// How often the conversations are drawn anew.
const DRAWS: usize = 1_000;

/// A pair that takes part.
#[derive(Debug, Clone)]
pub struct Tried {
    /// With the vector of its reply alone.
    pub case: Case,
    /// What the client wrote, as it would be asked.
    pub text: String,
    pub question: Vector,
    pub conversation: String,
}

/// What came of it. Ranks are mean reciprocal ranks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub conversations: usize,
    /// 0: they do not help.
    pub weight: f64,
    pub words: f64,
    pub joined: f64,
    /// Between these the gain is, 95 times of 100.
    pub gain: (f64, f64),
}

/// Tries the pairs. The same pairs have the same outcome, on every machine.
#[must_use]
pub fn try_out(pairs: &[Tried]) -> Outcome {
    let conversations: HashSet<&str> = pairs.iter().map(|pair| pair.conversation.as_str()).collect();
    let nothing =
        Outcome { conversations: conversations.len(), weight: 0.0, words: 0.0, joined: 0.0, gain: (0.0, 0.0) };
    if conversations.len() < LEAST_CONVERSATIONS {
        return nothing;
    }
    let ranks = ranks(pairs);
    let mean = |at: usize| ranks.iter().map(|(_, ranks)| ranks[at]).sum::<f64>() / ranks.len().max(1) as f64;
    let words = mean(0);
    let tried = WEIGHTS.iter().zip(1..).map(|(weight, at)| (*weight, mean(at), gain(&ranks, at)));
    let mut best = tried.fold((0.0, f64::MIN, (0.0, 0.0)), |best, one| {
        let (is_sure, was_sure) = (one.2.0 > 0.0, best.2.0 > 0.0);
        if (is_sure, one.1) > (was_sure, best.1) { one } else { best }
    });
    if best.2.0 <= 0.0 {
        best.0 = 0.0;
    }
    Outcome { words, weight: best.0, joined: best.1, gain: best.2, ..nothing }
}

/// The reciprocal ranks of the own reply, by words alone and with each of the weights, with the conversation.
fn ranks(pairs: &[Tried]) -> Vec<(&str, Vec<f64>)> {
    let scoring = Scoring { question: 0.0, ..Scoring::default() };
    let mut index = Index::default();
    pairs.iter().for_each(|pair| index.add(&pair.case));
    let mut groups: HashMap<&str, HashSet<PairId>> = HashMap::new();
    for pair in pairs {
        if let Some(group) = &pair.case.group {
            groups.entry(group).or_default().insert(pair.case.id);
        }
    }
    let weights: Vec<f64> = [0.0].into_iter().chain(WEIGHTS).collect();
    let nobody = HashSet::new();
    let every = pairs.len().div_ceil(MOST_ASKED).max(1);
    let asked = pairs.iter().step_by(every).map(|pair| {
        // Not even the words of the message that asks are counted.
        index.add(&Case { question: String::new(), ..pair.case.clone() });
        let question = Question {
            text: &pair.text,
            language: language_of(&pair.text),
            account: None,
            only_language: None,
            since: None,
            vector: Some(&pair.question),
            weight: 0.0,
            without: &nobody,
            limit: 1,
        };
        // A reply that says nearly the same is as good.
        let alike = pair.case.group.as_deref().and_then(|group| groups.get(group));
        let is_right = |id: PairId| id == pair.case.id || alike.is_some_and(|alike| alike.contains(&id));
        let places = index.places_of(&question, &scoring, &weights, is_right);
        index.add(&pair.case);
        let reciprocal = |place: Option<usize>| place.map_or(0.0, |place| 1.0 / (place as f64 + 1.0));
        (pair.conversation.as_str(), places.into_iter().map(reciprocal).collect())
    });
    asked.collect()
}

/// Between which values the gain of a weight is, in 95 of 100 draws of whole conversations.
fn gain(ranks: &[(&str, Vec<f64>)], at: usize) -> (f64, f64) {
    let mut conversations: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for (conversation, ranks) in ranks {
        let (sum, number) = conversations.entry(conversation).or_default();
        *sum += ranks[at] - ranks[0];
        *number += 1;
    }
    let all: Vec<(f64, usize)> = conversations.into_values().collect();
    let mut state = 7_u64;
    let mut drawn = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.get(usize::try_from(state >> 33).unwrap_or(0) % all.len().max(1)).copied().unwrap_or_default()
    };
    let mut gains: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let (sum, number) = (0..all.len()).fold((0.0, 0), |(sum, number), _| {
                let (more, pairs) = drawn();
                (sum + more, number + pairs)
            });
            sum / number.max(1) as f64
        })
        .collect();
    gains.sort_by(f64::total_cmp);
    let at = |place: usize| gains.get(place).copied().unwrap_or(0.0);
    (at(DRAWS / 40), at(DRAWS - 1 - DRAWS / 40))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::types::AccountId;

    /// Pairs of which words tell little: every third reply shares its client's word. `is_good`: the vectors of both sides are alike.
    fn pairs(number: u8, is_good: bool) -> Vec<Tried> {
        (0..number)
            .map(|at| {
                let vector = |at: u8| {
                    let mut numbers = vec![0.1; 256];
                    numbers[usize::from(at)] = 1.0;
                    Vector::of(&numbers).expect("has a direction")
                };
                let word = if at.is_multiple_of(3) { format!("word{at}") } else { "nothing".to_owned() };
                let text = format!("about {word}");
                let of_reply = if is_good { at } else { at.wrapping_mul(7).wrapping_add(3) % number };
                Tried {
                    case: Case {
                        id: PairId(Uuid::from_u128(u128::from(at) + 1)),
                        account: AccountId(Uuid::from_u128(1)),
                        replied_at: i64::from(at),
                        group: None,
                        question_language: None,
                        reply_language: None,
                        question: text.clone(),
                        reply: format!("an answer to {word}"),
                        vector: Some(vector(of_reply)),
                    },
                    text,
                    question: vector(at),
                    conversation: format!("c{}", at / 2),
                }
            })
            .collect()
    }

    #[test]
    fn what_helps_is_used() {
        let outcome = try_out(&pairs(60, true));
        assert!(outcome.weight > 0.0 && outcome.gain.0 > 0.0 && outcome.gain.1 >= outcome.gain.0, "{outcome:?}");
        assert!(outcome.joined > outcome.words + 0.2, "{outcome:?}");
        assert_eq!(outcome.conversations, 30);
        assert_eq!(try_out(&pairs(60, true)), outcome);
    }

    #[test]
    fn what_does_not_help_is_not_used() {
        let outcome = try_out(&pairs(60, false));
        assert!(outcome.weight == 0.0 && outcome.gain.0 <= 0.0, "{outcome:?}");
        assert!(outcome.joined <= outcome.words, "{outcome:?}");
    }

    #[test]
    fn of_few_conversations_nothing_is_said() {
        let outcome = try_out(&pairs(30, true));
        assert_eq!((outcome.weight, outcome.conversations, outcome.words), (0.0, 15, 0.0));
        assert_eq!(try_out(&[]).weight, 0.0);
    }
}
