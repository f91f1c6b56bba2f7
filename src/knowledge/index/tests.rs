//! What is put in is found, in an order that does not depend on how it came.

use std::collections::HashSet;

use uuid::Uuid;

use super::*;

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn pair(number: u128) -> PairId {
    PairId(Uuid::from_u128(number))
}

fn case(number: u128, question: &str, reply: &str) -> Case {
    Case {
        id: pair(number),
        account: account(1),
        replied_at: i64::try_from(number).expect("small"),
        group: None,
        question_language: Some("en".to_owned()),
        reply_language: Some("en".to_owned()),
        question: question.to_owned(),
        reply: reply.to_owned(),
        vector: None,
    }
}

/// A case with a vector, in two dimensions.
fn pointed(number: u128, question: &str, degrees: f32) -> Case {
    Case { vector: Some(vector(degrees)), ..case(number, question, "") }
}

fn vector(degrees: f32) -> Vector {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    Vector::of(&[cosine, sine]).expect("has a direction")
}

fn index(cases: &[Case]) -> Index {
    let mut index = Index::default();
    cases.iter().for_each(|case| index.add(case));
    index
}

fn nobody() -> &'static HashSet<PairId> {
    static NOBODY: std::sync::LazyLock<HashSet<PairId>> = std::sync::LazyLock::new(HashSet::new);
    &NOBODY
}

fn ask(text: &str) -> Question<'_> {
    Question {
        text,
        language: Some("en"),
        account: None,
        only_language: None,
        since: None,
        vector: None,
        weight: 0.0,
        without: nobody(),
        limit: 10,
    }
}

fn found(index: &Index, question: &Question<'_>) -> Vec<Hit> {
    index.search(question, &Scoring::default())
}

fn ids(hits: &[Hit]) -> Vec<PairId> {
    hits.iter().map(|hit| hit.id).collect()
}

fn some_cases() -> Vec<Case> {
    vec![
        case(1, "Where is my parcel?", "It is on its way, the parcel service is late."),
        case(2, "The grinder is loud", "Clean the burrs of the grinder, please."),
        case(3, "Can I get an invoice for my order?", "The invoice is attached."),
        case(4, "Two invoices for one order", "One of the invoices is cancelled, sorry."),
    ]
}

#[test]
fn the_nearest_comes_first_and_says_why() {
    let index = index(&some_cases());
    let hits = found(&index, &ask("My parcel has not come. Where is it?"));
    assert_eq!(hits[0].id, pair(1));
    assert!(hits[0].words.contains(&"parcel".to_owned()));
    assert!(hits[0].score > 0.0 && hits[0].score <= 1.0);
    assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
    // Other forms of a word are found, and the words are those of the question.
    let hits = found(&index, &ask("invoicing"));
    assert_eq!(hits.len(), 2);
    assert!(hits.iter().all(|hit| hit.words == ["invoicing"]));
}

#[test]
fn what_nothing_speaks_for_is_not_found() {
    let index = index(&some_cases());
    assert_eq!(found(&index, &ask("")), []);
    assert_eq!(found(&index, &ask("?!")), []);
    assert_eq!(found(&index, &ask("zzz")), []);
    assert_eq!(found(&Index::default(), &ask("parcel")), []);
}

#[test]
fn common_words_are_no_reason_where_there_are_rare_ones() {
    let mut cases = some_cases();
    cases.extend((10..60).map(|number| case(number, "Please tell me the price", "It is on the list.")));
    let hits = found(&index(&cases), &ask("Please tell me where the parcel is"));
    assert_eq!(hits[0].words, ["where", "parcel"]);
    assert!(!hits[1].words.is_empty(), "where nothing else matches they are");
}

#[test]
fn a_question_that_is_a_case_scores_higher_than_a_part_of_it() {
    let index = index(&some_cases());
    let whole = found(&index, &ask("The grinder is loud"))[0].score;
    let part = found(&index, &ask("The grinder fell from the table and its lid broke"))[0].score;
    assert!(whole > part, "{whole} {part}");
}

#[test]
fn equal_cases_stand_by_time_and_then_by_id() {
    let mut cases: Vec<Case> = (1..=4).map(|number| case(number, "parcel", "late")).collect();
    cases[3].replied_at = 2;
    let order = [pair(3), pair(4), pair(2), pair(1)];
    assert_eq!(ids(&found(&index(&cases), &ask("parcel"))), order);
    cases.reverse();
    assert_eq!(ids(&found(&index(&cases), &ask("parcel"))), order);
}

#[test]
fn one_of_each_group_is_shown_with_their_number() {
    let mut cases = some_cases();
    for number in 10..200 {
        let mut case = case(number, "Where is my parcel?", "It is on its way.");
        case.group = Some("late".to_owned());
        cases.push(case);
    }
    let hits = found(&index(&cases), &ask("Where is my parcel? And the grinder?"));
    let grouped: Vec<&Hit> = hits.iter().filter(|hit| hit.alike > 1).collect();
    assert_eq!(grouped.len(), 1);
    assert_eq!((grouped[0].id, grouped[0].alike), (pair(199), 190));
    assert!(ids(&hits).contains(&pair(1)) && ids(&hits).contains(&pair(2)), "what stands behind the group is found");
}

#[test]
fn an_account_sees_its_own_cases_and_counts_only_them() {
    let mut cases = some_cases();
    let alone = index(&cases);
    for number in 100..150 {
        let mut other = case(number, "Where is my parcel, invoice, grinder?", "Here.");
        other.account = account(2);
        cases.push(other);
    }
    let both = index(&cases);
    let question = Question { account: Some(account(1)), ..ask("Where is the parcel with the invoice?") };
    assert_eq!(found(&both, &question), found(&alone, &question));
    assert_eq!(found(&both, &Question { account: Some(account(3)), ..question.clone() }), []);
    assert!(found(&both, &Question { account: None, ..question }).iter().any(|hit| hit.id > pair(99)));
}

#[test]
fn a_language_and_what_is_left_out() {
    let mut cases = some_cases();
    cases[0].question_language = Some("ru".to_owned());
    let index = index(&cases);
    let hits = found(&index, &Question { only_language: Some("ru"), ..ask("invoice parcel") });
    assert_eq!(ids(&hits), [pair(1)]);
    let without = HashSet::from([pair(4)]);
    assert_eq!(ids(&found(&index, &Question { without: &without, ..ask("invoice") })), [pair(3)]);
    assert_eq!(ids(&found(&index, &Question { limit: 1, ..ask("invoice") })), [pair(3)]);
}

#[test]
fn what_was_changed_and_taken_out_leaves_no_trace() {
    let wanted = some_cases();
    let fresh = index(&wanted);
    let mut worked = Index::default();
    for number in 50..90 {
        worked.add(&case(number, "parcel invoice grinder", "order order order"));
    }
    for case in wanted.iter().rev() {
        worked.add(&Case { question: "another text about parcels".to_owned(), ..case.clone() });
    }
    (50..90).for_each(|number| worked.remove(pair(number)));
    wanted.iter().for_each(|case| worked.add(case));
    worked.remove(pair(77));
    worked.settle();
    assert_eq!(worked.len(), fresh.len());
    for text in ["Where is the parcel?", "an order with two invoices", "loud grinders", "another text"] {
        assert_eq!(found(&worked, &ask(text)), found(&fresh, &ask(text)), "{text}");
    }
}

#[test]
fn only_the_newest_are_kept_and_a_worn_index_says_so() {
    let mut index = index(&some_cases());
    assert_eq!(index.keep_newest(10), 0);
    assert_eq!(index.keep_newest(2), 2);
    assert_eq!(ids(&found(&index, &ask("parcel grinder invoice"))).len(), 2);
    assert!(!index.is_worn());
    let many = u128::try_from(WORN_FROM).expect("small") + 100;
    (100..100 + many).for_each(|number| index.add(&case(number, "parcel", "late")));
    assert!(!index.is_worn());
    (100..100 + many).for_each(|number| index.remove(pair(number)));
    assert!(index.is_worn());
}

#[test]
fn vectors_find_what_words_do_not() {
    let cases = [
        pointed(1, "my parcel is late", 80.0),
        pointed(2, "where does the box stay", 5.0),
        pointed(3, "the grinder is loud", 170.0),
        case(4, "parcel", ""),
    ];
    let index = index(&cases);
    let sought = vector(0.0);
    let asked = Question { vector: Some(&sought), weight: 0.6, ..ask("parcel") };
    let hits = found(&index, &asked);
    assert_eq!((hits[0].id, hits.len()), (pair(2), 3), "near, though it shares no word");
    assert!(!ids(&hits).contains(&pair(3)));
    assert!(hits[0].by_words == 0.0 && hits[0].by_vector > Some(0.9));
    assert!(hits.iter().all(|hit| (hit.id == pair(4)) == hit.by_vector.is_none()));
    assert!(hits.iter().all(|hit| hit.score > 0.0 && hit.score <= 1.0));
    assert_eq!(ids(&found(&index, &Question { weight: 0.0, ..asked.clone() })), [pair(4), pair(1)]);
    assert_eq!(found(&index, &Question { vector: None, ..asked.clone() }), found(&index, &ask("parcel")));
    let other = Vector::of(&[1.0, 0.0, 0.0]).expect("has a direction");
    let hits = found(&index, &Question { vector: Some(&other), ..asked });
    assert_eq!(ids(&hits), [pair(4), pair(1)], "of another model");
}

#[test]
fn joined_the_order_does_not_depend_on_how_cases_came() {
    let mut random = 7_u64;
    let mut degrees = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as f32 % 360.0
    };
    let words = ["parcel", "invoice", "grinder", "late"];
    let mut cases: Vec<Case> = (1..300_usize)
        .map(|number| pointed(number as u128, &format!("{} {}", words[number % 4], words[number / 4 % 4]), degrees()))
        .collect();
    cases[40].vector = cases[80].vector.clone();
    let straight = index(&cases);
    let mut worked = Index::default();
    for case in cases.iter().rev() {
        worked.add(&Case { vector: None, question: "another".to_owned(), ..case.clone() });
        worked.add(&Case { vector: Some(vector(1.0)), ..case.clone() });
    }
    cases.iter().rev().for_each(|case| worked.add(case));
    for turn in [0.0, 33.3, 181.0] {
        let sought = vector(turn);
        for weight in [0.3, 0.6, 1.0] {
            let asked = Question { vector: Some(&sought), weight, limit: 300, ..ask("late parcel") };
            let hits = found(&straight, &asked);
            assert_eq!(hits, found(&worked, &asked));
            assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
        }
    }
    let places: usize = worked.shelves.values().map(|shelf| shelf.cases.len()).sum();
    assert!(places <= cases.len() * 2, "a vector that comes takes no new place");
}

#[test]
fn only_what_was_answered_since_then() {
    let index = index(&some_cases());
    let asked = Question { since: Some(4), ..ask("invoice") };
    assert_eq!(ids(&found(&index, &asked)), [pair(4)]);
}
