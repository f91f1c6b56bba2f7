//! What the store promises, told once and run on both databases.

mod accounts;
mod mail;
mod pairs;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod tags;
mod threads;

use replybook::{
    store::{Apply, Habits, LinkedThread, NewPair, Saved, Store, ThreadPairs, ThreadSummary},
    types::{AccountId, RebuildReport},
};

use crate::support::noon;

/// Links a thread as it is now.
async fn link(store: &Store, account: AccountId, thread: &str) -> LinkedThread {
    store.link_threads(account, &[thread], noon()).await.expect("links").pop().expect("the thread")
}

/// Saves the pairs of a thread as they are now.
async fn save_pairs(
    store: &Store,
    account: AccountId,
    thread: &str,
    pairs: Vec<NewPair>,
    apply: Apply,
) -> RebuildReport {
    let linked = link(store, account, thread).await;
    let pairs: Vec<NewPair> =
        pairs.into_iter().map(|pair| NewPair { account, thread_id: thread.to_owned(), ..pair }).collect();
    let threads = [ThreadPairs { thread: linked, summary: ThreadSummary::default(), pairs, habits: Habits::new() }];
    match store.save_thread_pairs(&threads, apply, noon()).await.expect("writes")[..] {
        [Saved::Done(report)] => report,
        _ => panic!("nobody else saves this thread"),
    }
}
