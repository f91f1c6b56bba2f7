//! Real replies, those of the sample mailbox, as drafts: what a reply says is backed by itself, and hardly ever by another one.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::courtesies::opens_with_greeting;
use super::*;
use crate::{labels::words, types::Break};

struct Answered {
    thread: String,
    language: String,
    question: String,
    reply: String,
}

fn answered() -> Vec<Answered> {
    let sample: Value =
        serde_json::from_str(include_str!("../../../sample/expected.json")).expect("the sample is JSON");
    let text = |pair: &Value, name: &str| pair[name].as_str().unwrap_or_default().to_owned();
    let pairs = sample["pairs"].as_array().expect("the sample has pairs").iter();
    pairs
        .map(|pair| Answered {
            thread: text(pair, "thread"),
            language: text(pair, "lang"),
            question: text(pair, "client_text"),
            reply: text(pair, "reply_text"),
        })
        .collect()
}

/// A reply of one pair as a draft that names another one as its source.
fn as_draft(of: &Answered, source: &Answered, question: &str) -> CheckedDraft {
    let ground = Ground {
        accounts: vec![account(1)],
        question: question.to_owned(),
        cases: vec![case(1, &source.question, &source.reply)],
        language: Some(of.language.clone()),
        ..Ground::default()
    };
    let prompt = prompt(&ground, KEY);
    let sentence = ReplySentence { text: of.reply.clone(), before: Break::None, cases: vec![pair(1)], unknown: 0 };
    check(&Reply { sentences: vec![sentence], ..Reply::default() }, &ground, &prompt)
}

/// The sample does not say what its people are called, so greetings with names are left out.
fn is_statement(sentence: &DraftSentence) -> bool {
    sentence.standing != Standing::Courtesy && !opens_with_greeting(&sentence.text)
}

/// Words of sentences that state something, and of those that are backed.
fn words_of(draft: &CheckedDraft) -> (usize, usize) {
    draft.sentences.iter().filter(|sentence| is_statement(sentence)).fold((0, 0), |(all, backed), sentence| {
        let words = words(&sentence.text).count();
        (all + words, backed + if sentence.standing == Standing::Backed { words } else { 0 })
    })
}

#[test]
fn a_reply_is_backed_by_itself_and_not_by_another() {
    let pairs = answered();
    assert!(pairs.len() > 190);
    let (mut own, mut other, mut faults) = ((0, 0), (0, 0), String::new());
    for (number, one) in pairs.iter().enumerate() {
        let draft = as_draft(one, one, &one.question);
        let (all, backed) = words_of(&draft);
        own = (own.0 + all, own.1 + backed);
        for sentence in
            draft.sentences.iter().filter(|sentence| is_statement(sentence) && sentence.standing == Standing::NotBacked)
        {
            _ = writeln!(faults, "{}: {:?}\n    {:?}", one.thread, sentence.text, sentence.doubts);
        }
        let is_stranger = |other: &&Answered| other.thread != one.thread && other.language == one.language;
        let Some(stranger) = pairs.iter().cycle().skip(number + 17).take(pairs.len()).find(is_stranger) else {
            continue;
        };
        let strange = as_draft(one, stranger, &stranger.question);
        let (all, backed) = words_of(&strange);
        other = (other.0 + all, other.1 + backed);
    }
    let percent = |(all, part): (usize, usize)| part * 100 / all;
    assert!(percent(own) >= 99 && percent(other) <= 3, "own {} %, others {} %\n{faults}", percent(own), percent(other));
}

#[test]
fn a_clause_of_another_reply_is_seen() {
    let pairs = answered();
    let (mut seen, mut all, mut missed) = (0, 0, String::new());
    for (number, one) in pairs.iter().enumerate() {
        let is_stranger = |other: &&Answered| other.thread != one.thread && other.language == one.language;
        let Some(stranger) = pairs.iter().cycle().skip(number + 17).take(pairs.len()).find(is_stranger) else {
            continue;
        };
        // A sentence of its own, and behind it one of a stranger's reply as its second half.
        let long = |reply: &str| -> Option<String> {
            let sentences = super::super::sentences::sentences(reply);
            let fits = |text: &&str| (6..=25).contains(&words(text).count()) && !opens_with_greeting(text);
            sentences.into_iter().map(|(_, text)| text).find(fits).map(ToOwned::to_owned)
        };
        let Some((own, other)) = long(&one.reply).zip(long(&stranger.reply)) else { continue };
        let grafted = format!("{}, {other}", own.trim_end_matches(['.', '!', '?', ':']));
        let draft = as_draft(
            &Answered { reply: grafted.clone(), language: one.language.clone(), ..blank() },
            one,
            &one.question,
        );
        all += 1;
        if draft.sentences.iter().any(|sentence| sentence.standing == Standing::NotBacked) {
            seen += 1;
        } else {
            let _ = writeln!(missed, "{grafted}");
        }
    }
    assert!(all > 100 && seen * 100 >= all * 97, "{seen} of {all}\n{missed}");
}

fn blank() -> Answered {
    Answered { thread: String::new(), language: String::new(), question: String::new(), reply: String::new() }
}
