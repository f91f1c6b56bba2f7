//! A signature under a draft is cut off: it is added once, where mail is sent.

use super::{
    check::joined,
    courtesies::{Courtesy, courtesy},
};
use crate::{
    cleaning::{Input, Kind, Sender, clean},
    labels::words,
    types::DraftSentence,
};

/// Names of ours that a signature is looked for by.
const MOST_NAMES: usize = 4;
/// Lines and words that may stand below the words that close a letter.
const MOST_LINES: usize = 8;
const MOST_WORDS: usize = 40;

/// Cuts the signature off the sentences, and gives what it was.
pub(super) fn cut(sentences: &mut Vec<DraftSentence>, names: &[String], address: Option<&String>) -> Option<String> {
    let (text, places) = joined(sentences);
    let by_closing = closing(sentences).and_then(|at| places.get(at)).map(|&(start, _)| start);
    let address = address.map(String::as_str);
    let named = names.iter().take(MOST_NAMES).map(|name| Some(name.as_str())).chain([None]);
    let by_rules = named.filter_map(|name| tail(&text, Sender { name, address })).min();
    let start = [by_closing, by_rules].into_iter().flatten().min()?;
    // What is nothing but a signature is left for somebody to see.
    if text[..start].trim().is_empty() {
        return None;
    }
    let signature = text[start..].trim().to_owned();
    let left = places.iter().take_while(|&&(from, _)| from < start).count();
    sentences.truncate(left);
    if let (Some(last), Some(&(from, to))) = (sentences.last_mut(), places.get(left.checked_sub(1)?))
        && start < to
    {
        last.text.truncate(start - from);
        last.text.truncate(last.text.trim_end().len());
    }
    // "--" and the like above it.
    while sentences.last().is_some_and(|last| words(&last.text).next().is_none()) {
        sentences.pop();
    }
    Some(signature)
}

/// Where the words stand that close the letter, with a few short lines below them.
fn closing(sentences: &[DraftSentence]) -> Option<usize> {
    let from = sentences.len().saturating_sub(MOST_LINES);
    (from..sentences.len()).find(|&at| {
        courtesy(&sentences[at].text) == Some(Courtesy::SignOff)
            && sentences[at + 1..].iter().map(|sentence| words(&sentence.text).count()).sum::<usize>() <= MOST_WORDS
    })
}

/// Where the end of a text begins that the rules for received mail take for a signature.
fn tail(text: &str, sender: Sender<'_>) -> Option<usize> {
    let cleaned = clean(&Input { text: Some(text), sender: Some(sender), ..Input::default() });
    if cleaned.source != text {
        return None;
    }
    let mut start = text.len();
    for span in cleaned.removed.iter().rev() {
        let is_signature = matches!(
            span.kind,
            Kind::Signature | Kind::SignOff | Kind::MobileFooter | Kind::Disclaimer | Kind::ListFooter
        );
        let (from, to) = (span.start as usize, span.end as usize);
        if !is_signature || !text.get(to..start)?.trim().is_empty() {
            break;
        }
        start = from;
    }
    (start < text.len()).then_some(start)
}
