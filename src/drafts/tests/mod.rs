//! Tests of what lies across the parts.

mod answers;
mod attacks;
mod checks;
mod facts;
mod prompts;
mod properties;
mod sample;
mod templates;

use chrono::{TimeZone as _, Utc};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::types::{AccountId, CheckedDraft, Doubt, DoubtKind, DraftSentence, PairId, Standing};

pub(super) const KEY: RunKey = RunKey(*b"0123456789abcdef");

pub(super) fn pair(number: u128) -> PairId {
    PairId(Uuid::from_u128(number))
}

pub(super) fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

pub(super) fn case(number: u128, question: &str, reply: &str) -> GroundCase {
    GroundCase {
        pair: pair(number),
        account: account(1),
        subject: None,
        question: question.to_owned(),
        reply: reply.to_owned(),
        replied_at: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).single(),
        score: 0.4,
        client_names: Vec::new(),
    }
}

/// An English shop for espresso machines, with two cases of its own and one of another account.
pub(super) fn shop() -> Ground {
    let mut leak = case(
        1,
        "Hi, my Barista Pro leaks from the pump since 12 January. Order FH-21580. Regards, Maria Lopez",
        "Hello Maria,\n\nA leaking pump is covered by the warranty for 24 months. Please send us the machine with the return label from \
         https://fernhill.example/returns. The repair takes 5 to 7 business days. We will send you a replacement pump free of charge. \
         Shipping costs 1.250,50 EUR only for pallets.",
    );
    leak.client_names = vec!["Maria Lopez".to_owned()];
    let seal = case(
        2,
        "The seal of my pump is worn. How much is a new one?",
        "Hello,\n\nA new seal for the pump costs 4.90 € and is delivered within three days. You can order it at \
         https://fernhill.example/parts or call +49 30 9017 1234. The pump is not covered when it was opened.",
    );
    let mut other = case(3, "Pump?", "The pump costs 777 EUR, see https://secret.example/pump.");
    other.account = account(2);
    Ground {
        accounts: vec![account(1)],
        subject: Some("Leaking pump".to_owned()),
        question: "Hello, the pump of my machine leaks. My order is FH-33001. Is it covered, and how long does the repair take?"
            .to_owned(),
        thread: vec![Said { is_ours: true, text: "Thank you for your order of 3 machines.".to_owned(), at: None }],
        answers: Vec::new(),
        cases: vec![leak, seal, other],
        language: Some("en".to_owned()),
        client_names: vec!["Anna Berger".to_owned()],
        our_names: vec!["Tom Wood".to_owned(), "Fernhill Support".to_owned()],
        client_addresses: vec!["anna.berger@client.example".to_owned()],
        our_addresses: vec!["support@fernhill.example".to_owned()],
        manner: Manner::default(),
        replies: Vec::new(),
        note: None,
    }
}

/// The same in Russian.
pub(super) fn lavka() -> Ground {
    let leak = case(
        1,
        "Здравствуйте, у меня течёт насос. Мария Петрова",
        "Здравствуйте!\n\nТекущий насос ремонтируется по гарантии 24 месяца. Отправьте машину, порядок возврата описан на \
         https://solnce.example/vozvrat. Ремонт занимает три рабочих дня.",
    );
    let seal = case(
        2,
        "Сколько стоит уплотнение насоса?",
        "Новое уплотнение насоса стоит 490 рублей, его можно заказать на https://solnce.example/parts. На вскрытый насос гарантия не действует.",
    );
    let mut other = case(4, "Насос?", "Уплотнение насоса стоит 777 рублей.");
    other.account = account(2);
    Ground {
        subject: Some("Течёт насос".to_owned()),
        question: "Здравствуйте, у моей машины течёт насос. Это гарантия, и сколько длится ремонт?".to_owned(),
        thread: Vec::new(),
        cases: vec![leak, seal, other],
        language: Some("ru".to_owned()),
        client_names: vec!["Анна Бергер".to_owned()],
        our_names: vec!["Поддержка Солнце".to_owned()],
        client_addresses: vec!["anna@client.example".to_owned()],
        our_addresses: vec!["help@solnce.example".to_owned()],
        ..shop()
    }
}

/// A draft of sentences that name cases by their place in the prompt.
pub(super) fn draft_of(ground: &Ground, sentences: &[(&str, &[usize])]) -> CheckedDraft {
    let prompt = prompt(ground, KEY);
    let ids = |cases: &[usize]| cases.iter().map(|at| prompt.ids[*at].0.clone()).collect::<Vec<_>>();
    let sentences: Vec<_> =
        sentences.iter().map(|(text, cases)| json!({ "text": text, "cases": ids(cases) })).collect();
    let answer = json!({ "sentences": sentences, "confidence": 90 }).to_string();
    check(&read(&answer, false, &prompt).expect("the answer is of the right form"), ground, &prompt)
}

/// One sentence, checked.
pub(super) fn checked(ground: &Ground, text: &str, cases: &[usize]) -> DraftSentence {
    let draft = draft_of(ground, &[(text, cases)]);
    assert_eq!(draft.sentences.len(), 1, "{text}: {:?}", draft.sentences);
    draft.sentences.into_iter().next().expect("one sentence")
}

pub(super) fn kinds(sentence: &DraftSentence) -> Vec<DoubtKind> {
    sentence.doubts.iter().map(|doubt| doubt.kind).collect()
}

/// What speaks against a sentence that names cases.
pub(super) fn doubts(ground: &Ground, text: &str, cases: &[usize]) -> Vec<(DoubtKind, String)> {
    let sentence = checked(ground, text, cases);
    sentence.doubts.into_iter().map(|Doubt { kind, text }| (kind, text)).collect()
}

pub(super) fn assert_backed(ground: &Ground, text: &str, cases: &[usize]) {
    let sentence = checked(ground, text, cases);
    assert_eq!((sentence.standing, &sentence.doubts[..]), (Standing::Backed, &[][..]), "{text}");
}
