//! Mail without thread ids: what is found batch by batch in the database is what one look at all mail would find.

mod support;

use std::collections::BTreeSet;

use chrono::{TimeDelta, TimeZone as _, Utc};
use replybook::{
    mail::{ThreadIndex, ThreadLinks, parse_rfc822},
    store::{NewMessage, Store},
    types::{AccountId, Direction, Provider},
};
use support::{
    on_each_database,
    store::{LEASE, account_of, message, open, store_messages, sync_of},
};

type Threads = BTreeSet<BTreeSet<String>>;

/// The same numbers each time.
fn random(state: &mut u64, limit: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % limit
}

/// Letters between three people about two things, some of which lost their ids.
fn letters(seed: u64) -> Vec<NewMessage> {
    const PEOPLE: [&str; 3] = ["ann@x.example", "bob@x.example", "help@shop.example"];
    let mut state = seed;
    let count = 2 + random(&mut state, 14);
    (0..count)
        .map(|number| {
            let mut below = |limit| random(&mut state, limit);
            let at = Utc.with_ymd_and_hms(2026, 1, 1, 12, 0, 0).single().expect("a time")
                + TimeDelta::days(i64::try_from(below(60)).expect("small"));
            let subject = ["Order", "Re: Order", "AW: Re: order", "Invoice", "Re: Invoice", ""][usize::try_from(below(6)).expect("small")];
            let (from, to) = (PEOPLE[usize::try_from(below(3)).expect("small")], PEOPLE[usize::try_from(below(3)).expect("small")]);
            let id = match below(8) {
                0 => String::new(),
                _ => format!("Message-ID: <{}@m>\r\n", below(count * 2)),
            };
            let named: Vec<String> = (0..below(3)).map(|_| format!("<{}@m>", below(count * 2))).collect();
            let references =
                if named.is_empty() { String::new() } else { format!("References: {}\r\n", named.join(" ")) };
            let raw = format!(
                "From: m{number} <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\n{id}{references}\r\nText {number}",
                at.to_rfc2822()
            );
            let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
            NewMessage { thread_id: None, parsed, ..message(&format!("m{number}"), "", Direction::Incoming) }
        })
        .collect()
}

fn at_once(letters: &[NewMessage]) -> Threads {
    let links: Vec<ThreadLinks> = letters.iter().map(|letter| ThreadLinks::from(&letter.parsed)).collect();
    let keys = ThreadIndex::new().place(&links).keys;
    let of = |key: &String| {
        let same = letters.iter().zip(&keys).filter(|(_, other)| *other == key);
        same.map(|(letter, _)| letter.external_id.clone()).collect()
    };
    keys.iter().map(of).collect()
}

async fn stored(store: &Store, account: AccountId) -> Threads {
    let mut threads = Threads::new();
    for thread in store.thread_ids(account).await.expect("reads") {
        let mail = store.thread_mail(account, &thread).await.expect("reads");
        threads.insert(mail.into_iter().filter_map(|letter| letter.from_name).collect());
    }
    threads
}

#[tokio::test]
async fn threads_found_in_batches_are_those_of_all_mail_at_once() {
    on_each_database("threads in batches", |db| async move {
        let store = open(&db).await;
        for seed in 0..150 {
            let letters = letters(seed);
            let expected = at_once(&letters);
            let account = account_of(&store, Provider::Mbox, &format!("us{seed}@y.example")).await;
            let run = store.begin_run(&sync_of(account), LEASE, support::noon()).await.expect("begins").run;
            let mut state = seed;
            let mut rest = letters.as_slice();
            while !rest.is_empty() {
                let length = usize::try_from(1 + random(&mut state, 4)).expect("small").min(rest.len());
                let (batch, after) = rest.split_at(length);
                store_messages(&store, account, run, batch).await;
                rest = after;
            }
            assert_eq!(stored(&store, account).await, expected, "seed {seed}");
            // The same file again changes nothing.
            for batch in letters.chunks(3) {
                assert_eq!(store_messages(&store, account, run, batch).await, 0, "seed {seed}");
            }
            assert_eq!(stored(&store, account).await, expected, "seed {seed}, again");
        }
    })
    .await;
}

#[tokio::test]
async fn what_an_earlier_version_stored_is_found_by_its_subject() {
    on_each_database("subjects of an earlier version", |db| async move {
        let store = open(&db).await;
        let account = account_of(&store, Provider::Mbox, "us@y.example").await;
        let run = store.begin_run(&sync_of(account), LEASE, support::noon()).await.expect("begins").run;
        let letter = |number: u32, from: &str, to: &str, subject: &str| {
            let raw = format!(
                "From: m{number} <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, {number} Jun 2026 10:00:00 +0000\r\n\
                 Message-ID: <{number}@m>\r\n\r\nText"
            );
            let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
            NewMessage { thread_id: None, parsed, ..message(&format!("m{number}"), "", Direction::Incoming) }
        };
        store_messages(&store, account, run, &[letter(1, "c@x.example", "us@y.example", "Order")]).await;
        let forget = "UPDATE emails_messages SET subject_key = NULL";
        db.execute(forget, forget).await;
        let before = "UPDATE integrations_accounts SET subjects_noted = FALSE";
        db.execute(before, before).await;
        store_messages(&store, account, run, &[letter(2, "us@y.example", "c@x.example", "Re: Order")]).await;
        assert_eq!(store.thread_ids(account).await.expect("reads").len(), 1);
    })
    .await;
}
