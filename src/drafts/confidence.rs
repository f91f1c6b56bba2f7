//! How much speaks for a draft, by its evidence.

use std::collections::{BTreeSet, HashMap};

use super::evidence::CaseEvidence;
use crate::{
    labels::words,
    types::{Confidence, DoubtKind, DraftSentence, DraftWarning, PairId, Standing},
};

/// A search gives a close match about this score: see `docs/KNOWLEDGE.md`.
const CLOSE: f64 = 0.3;
/// What the parts weigh: what is backed, that cases agree, that one is near.
const BACKED: f64 = 0.4;
const AGREEMENT: f64 = 0.3;
const NEAREST: f64 = 0.3;
/// What one case alone counts for agreement.
const ALONE: f64 = 0.3;
/// No more than this, where the draft is in the wrong language or says the opposite of a case.
const DOUBTFUL: f64 = 30.0;

/// `backed × (0.4 + 0.3 × agreement + 0.3 × nearest)`: nothing that is not backed can be made up for.
pub(super) fn confidence(
    sentences: &[DraftSentence],
    cases: &HashMap<PairId, CaseEvidence>,
    warnings: &[DraftWarning],
    model: Option<u8>,
) -> Confidence {
    let states = sentences.iter().filter(|sentence| sentence.standing != Standing::Courtesy);
    let (mut all, mut sure) = (0usize, 0usize);
    for sentence in states {
        let words = words(&sentence.text).count();
        all += words;
        sure += if sentence.standing == Standing::Backed { words } else { 0 };
    }
    let backed = if all == 0 { 0.0 } else { sure as f64 / all as f64 };
    let named: BTreeSet<PairId> = sentences
        .iter()
        .filter(|sentence| sentence.standing == Standing::Backed)
        .flat_map(|sentence| sentence.sources.iter().copied())
        .collect();
    let named: Vec<&CaseEvidence> = named.iter().filter_map(|pair| cases.get(pair)).collect();
    // Of all that are named: it says how near the past comes, whatever holds of the draft.
    let cited = sentences.iter().flat_map(|sentence| &sentence.sources).filter_map(|pair| cases.get(pair));
    let nearest =
        cited.map(|case| if case.score.is_finite() { case.score } else { 0.0 }).fold(0.0, f64::max).clamp(0.0, 1.0);
    let pairs = named.iter().enumerate().flat_map(|(at, one)| named[at + 1..].iter().map(|other| one.agreement(other)));
    let pairs: Vec<f64> = pairs.flatten().collect();
    let agreement = (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64);
    let score =
        100.0 * backed * (BACKED + AGREEMENT * agreement.unwrap_or(ALONE) + NEAREST * (nearest / CLOSE).min(1.0));
    let opposite =
        sentences.iter().flat_map(|sentence| &sentence.doubts).any(|doubt| doubt.kind == DoubtKind::Opposite);
    let most = if opposite || warnings.contains(&DraftWarning::WrongLanguage) { DOUBTFUL } else { 100.0 };
    Confidence {
        score: percent(score.min(most)),
        agreement: agreement.map(|agreement| percent(100.0 * agreement)),
        backed: percent(100.0 * backed),
        nearest: percent(100.0 * nearest),
        model,
    }
}

/// A whole number from 0 to 100.
pub(super) fn percent(number: f64) -> u8 {
    if number.is_finite() { number.round().clamp(0.0, 100.0) as u8 } else { 0 }
}
