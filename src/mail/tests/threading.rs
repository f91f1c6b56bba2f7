use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use crate::mail::{Placements, ThreadIndex, ThreadLinks};

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

/// The key of one message, and the keys that it absorbed.
fn place(index: &mut ThreadIndex, links: &ThreadLinks) -> (String, Vec<String>) {
    let Placements { mut keys, merged } = index.place(std::slice::from_ref(links));
    let key = keys.remove(0);
    assert!(merged.iter().all(|(_, surviving)| *surviving == key), "{merged:?}");
    (key, merged.into_iter().map(|(absorbed, _)| absorbed).collect())
}

#[test]
fn answers_join_what_they_name() {
    let mut index = ThreadIndex::new();
    assert_eq!(place(&mut index, &links("a", &[])).0, "a");
    assert_eq!(place(&mut index, &links("b", &["a"])).0, "a");
    assert_eq!(place(&mut index, &links("c", &["x", "b"])).0, "a");
    assert_eq!(place(&mut index, &links("d", &["x"])).0, "a");
    assert_eq!(place(&mut index, &links("e", &[])).0, "e");
}

#[test]
fn messages_meet_through_one_that_was_never_seen() {
    let mut index = ThreadIndex::new();
    let first = place(&mut index, &links("b", &["lost"])).0;
    assert_eq!(first, "lost");
    assert_eq!(place(&mut index, &links("c", &["lost"])).0, first);
}

#[test]
fn a_late_link_reports_the_absorbed_thread() {
    let mut index = ThreadIndex::new();
    assert_eq!(place(&mut index, &links("a", &[])).0, "a");
    assert_eq!(place(&mut index, &links("b", &[])).0, "b");
    assert_eq!(place(&mut index, &links("c", &["a", "b"])), ("a".to_owned(), vec!["b".to_owned()]));
}

#[test]
fn what_a_later_message_of_the_same_lot_joins_is_one_thread() {
    let mut index = ThreadIndex::new();
    index.restore_id("stored", "thread");
    index.restore_id("other", "second");
    let lot = [links("a", &[]), links("b", &["other"]), links("c", &["a", "b", "stored"])];
    let Placements { keys, merged } = index.place(&lot);
    assert_eq!(keys, ["thread"; 3]);
    // What was given out in between has no messages yet.
    assert_eq!(merged, [("second".to_owned(), "thread".to_owned())]);
}

#[test]
fn a_stored_thread_goes_on() {
    let mut index = ThreadIndex::new();
    index.restore(&links("b", &["a"]), "stored-key");
    assert_eq!(place(&mut index, &links("c", &["a"])).0, "stored-key");
    assert_eq!(place(&mut index, &links("b", &["a"])).0, "stored-key");
}

#[test]
fn subjects_alone_join_nothing() {
    let mut index = ThreadIndex::new();
    let one = place(&mut index, &mail("1", "Question", "ann@x.example", "help@shop.example", 1)).0;
    let two = place(&mut index, &mail("2", "Question", "bob@y.example", "help@shop.example", 2)).0;
    assert_ne!(one, two);
    let again = place(&mut index, &mail("3", "Question", "ann@x.example", "help@shop.example", 3)).0;
    assert_ne!(one, again);
}

#[test]
fn an_answer_that_lost_its_ids_is_found_by_subject_and_people() {
    let mut index = ThreadIndex::new();
    let ann = place(&mut index, &mail("1", "Question", "ann@x.example", "help@shop.example", 1)).0;
    let bob = place(&mut index, &mail("2", "Question", "bob@y.example", "help@shop.example", 2)).0;
    assert_eq!(place(&mut index, &mail("3", "AW: Re[2]: question ", "help@shop.example", "bob@y.example", 3)).0, bob);
    assert_eq!(place(&mut index, &mail("4", "Ответ: Question", "help@shop.example", "ann@x.example", 3)).0, ann);
    // A stranger, an answer from before, a forward, and an answer after months.
    for other in [
        mail("5", "Re: Question", "eve@z.example", "help@shop.example", 3),
        mail("6", "Fwd: Question", "help@shop.example", "ann@x.example", 3),
    ] {
        let key = place(&mut index, &other).0;
        assert!(key != ann && key != bob, "{other:?}");
    }
    let mut late = mail("7", "Re: Question", "help@shop.example", "bob@y.example", 3);
    late.date = Some(Utc.with_ymd_and_hms(2027, 3, 1, 0, 0, 0).unwrap());
    assert_eq!(place(&mut index, &late).0, "7");
}

#[test]
fn messages_without_id_keep_their_key_at_the_next_import() {
    let mut message = mail("x", "Hello", "ann@x.example", "help@shop.example", 1);
    message.message_id = None;
    let key = place(&mut ThreadIndex::new(), &message).0;
    let mut other = message.clone();
    other.from = Some("bob@x.example".to_owned());
    let mut index = ThreadIndex::new();
    place(&mut index, &links("a", &[]));
    assert_ne!(place(&mut index, &other).0, key);
    assert_eq!(place(&mut index, &message).0, key);
}

/// The partition of messages into threads, by message number.
fn partition(messages: &[ThreadLinks], order: &[usize]) -> Vec<Vec<usize>> {
    let mut index = ThreadIndex::new();
    let mut keys = vec![String::new(); messages.len()];
    for &at in order {
        let (placed, absorbed) = place(&mut index, &messages[at]);
        for key in &mut keys {
            if absorbed.contains(key) {
                key.clone_from(&placed);
            }
        }
        keys[at] = placed;
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
