use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use crate::mail::{ThreadIndex, ThreadLinks};

fn links(id: &str, earlier: &[&str]) -> ThreadLinks {
    ThreadLinks {
        message_id: Some(id.to_owned()),
        earlier: earlier.iter().map(|id| (*id).to_owned()).collect(),
        ..ThreadLinks::default()
    }
}

fn mail(id: &str, subject: &str, from: &str, to: &str, day: u32) -> ThreadLinks {
    ThreadLinks {
        message_id: Some(id.to_owned()),
        earlier: Vec::new(),
        subject: Some(subject.to_owned()),
        from: Some(from.to_owned()),
        recipients: vec![to.to_owned()],
        date: Some(Utc.with_ymd_and_hms(2026, 10, day, 12, 0, 0).unwrap()),
    }
}

#[test]
fn answers_join_what_they_name() {
    let mut index = ThreadIndex::new();
    assert_eq!(index.place(&links("a", &[])).key, "a");
    assert_eq!(index.place(&links("b", &["a"])).key, "a");
    assert_eq!(index.place(&links("c", &["x", "b"])).key, "a");
    assert_eq!(index.place(&links("d", &["x"])).key, "a");
    assert_eq!(index.place(&links("e", &[])).key, "e");
}

#[test]
fn messages_meet_through_one_that_was_never_seen() {
    let mut index = ThreadIndex::new();
    let first = index.place(&links("b", &["lost"])).key;
    assert_eq!(first, "lost");
    assert_eq!(index.place(&links("c", &["lost"])).key, first);
}

#[test]
fn a_late_link_reports_the_absorbed_thread() {
    let mut index = ThreadIndex::new();
    assert_eq!(index.place(&links("a", &[])).key, "a");
    assert_eq!(index.place(&links("b", &[])).key, "b");
    let joined = index.place(&links("c", &["a", "b"]));
    assert_eq!((joined.key.as_str(), joined.absorbed.as_slice()), ("a", ["b".to_owned()].as_slice()));
}

#[test]
fn a_stored_thread_goes_on() {
    let mut index = ThreadIndex::new();
    index.restore(&links("b", &["a"]), "stored-key");
    assert_eq!(index.place(&links("c", &["a"])).key, "stored-key");
    assert_eq!(index.place(&links("b", &["a"])).key, "stored-key");
}

#[test]
fn subjects_alone_join_nothing() {
    let mut index = ThreadIndex::new();
    let one = index.place(&mail("1", "Question", "ann@x.example", "help@shop.example", 1)).key;
    let two = index.place(&mail("2", "Question", "bob@y.example", "help@shop.example", 2)).key;
    assert_ne!(one, two);
    let again = index.place(&mail("3", "Question", "ann@x.example", "help@shop.example", 3)).key;
    assert_ne!(one, again);
}

#[test]
fn an_answer_that_lost_its_ids_is_found_by_subject_and_people() {
    let mut index = ThreadIndex::new();
    let ann = index.place(&mail("1", "Question", "ann@x.example", "help@shop.example", 1)).key;
    let bob = index.place(&mail("2", "Question", "bob@y.example", "help@shop.example", 2)).key;
    assert_eq!(index.place(&mail("3", "AW: Re[2]: question ", "help@shop.example", "bob@y.example", 3)).key, bob);
    assert_eq!(index.place(&mail("4", "Ответ: Question", "help@shop.example", "ann@x.example", 3)).key, ann);
    // A stranger, an answer from before, a forward, and an answer after months.
    for other in [
        mail("5", "Re: Question", "eve@z.example", "help@shop.example", 3),
        mail("6", "Fwd: Question", "help@shop.example", "ann@x.example", 3),
    ] {
        let key = index.place(&other).key;
        assert!(key != ann && key != bob, "{other:?}");
    }
    let mut late = mail("7", "Re: Question", "help@shop.example", "bob@y.example", 3);
    late.date = Some(Utc.with_ymd_and_hms(2027, 3, 1, 0, 0, 0).unwrap());
    assert_eq!(index.place(&late).key, "7");
}

#[test]
fn messages_without_id_keep_their_key_at_the_next_import() {
    let mut message = mail("x", "Hello", "ann@x.example", "help@shop.example", 1);
    message.message_id = None;
    let key = ThreadIndex::new().place(&message).key;
    let mut other = message.clone();
    other.from = Some("bob@x.example".to_owned());
    let mut index = ThreadIndex::new();
    index.place(&links("a", &[]));
    assert_ne!(index.place(&other).key, key);
    assert_eq!(index.place(&message).key, key);
}

/// The partition of messages into threads, by message number.
fn partition(messages: &[ThreadLinks], order: &[usize]) -> Vec<Vec<usize>> {
    let mut index = ThreadIndex::new();
    let mut keys = vec![String::new(); messages.len()];
    for &at in order {
        let placement = index.place(&messages[at]);
        for key in &mut keys {
            if placement.absorbed.contains(key) {
                key.clone_from(&placement.key);
            }
        }
        keys[at] = placement.key;
    }
    let mut groups: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        groups.entry(key).or_default().push(at);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort();
    groups
}

proptest! {
    #[test]
    fn threads_do_not_depend_on_the_order_of_arrival(
        seeds in prop::collection::vec((0..12_u8, prop::collection::vec(0..12_u8, 0..3), 0..3_u8, 0..3_u8, 1..28_u32, any::<bool>()), 1..14),
        order in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let people = ["ann@x.example", "bob@x.example", "help@shop.example"];
        let messages: Vec<_> = seeds
            .iter()
            .map(|(id, earlier, from, to, day, answer)| {
                let subject = if *answer { "Re: Order" } else { "Order" };
                let mut mail = mail(&id.to_string(), subject, people[*from as usize], people[*to as usize], *day);
                mail.earlier = earlier.iter().map(u8::to_string).collect();
                mail
            })
            .collect();
        let in_order: Vec<_> = (0..messages.len()).collect();
        let shuffled: Vec<_> = order.into_iter().filter(|at| *at < messages.len()).collect();
        prop_assert_eq!(partition(&messages, &in_order), partition(&messages, &shuffled));
    }
}
