//! The program killed, frozen and raced while it syncs. What counts is what the next run makes of it: nothing lost, nothing
//! twice, nothing stuck.
//!
//! In the ordinary tests a few kills on the database that they run on; with `REPLYBOOK_KILLS=200` (`make torture`) the
//! whole form.

mod chaos;
#[path = "../http/support/database.rs"]
#[allow(dead_code, reason = "the HTTP tests use the rest")]
mod database;
mod ground;
#[path = "../http/support/held.rs"]
mod held;
mod proxy;
mod rotation;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use ground::{Copy, Damage, Ground, LONG, Random, number, say, signal};
use replybook::types::{AccountId, RunState};
use replybook_doubles::GmailDouble;
use tokio::{process::Child, time::timeout};

/// Kills one sync of a mailbox again and again, at random calls and random instants after them, then lets one run go on
/// undisturbed.
#[tokio::test]
async fn whatever_instant_a_sync_is_killed_at_the_next_run_completes_it() {
    /// Kills of one sync; then another begins on a fresh database.
    const IN_A_ROW: u64 = 10;
    let kills = number("REPLYBOOK_KILLS", 6);
    let messages = 2_000;
    let google = GmailDouble::start().await.expect("a port");
    let address = "us@fernhill.example".to_owned();

    let undisturbed = Ground::new(&google).await;
    let account = undisturbed.connect(std::slice::from_ref(&address), messages).await[0];
    let started = Instant::now();
    undisturbed.clean_run(account).await.expect("an undisturbed run");
    let took = started.elapsed();
    let calls = google.calls().len() as u64;
    let whole = undisturbed.copy().await;
    assert_eq!((whole.messages.len(), undisturbed.complaints().await), (messages, Vec::new()));
    assert!(whole.pairs.len() > messages / 4, "{} pairs", whole.pairs.len());
    say(&format!(
        "{}: {messages} messages and {} pairs in {:.1} s and {calls} calls; killing {kills} times",
        undisturbed.database.backend(),
        whole.pairs.len(),
        took.as_secs_f64()
    ));

    let mut random = Random(0x5eed + kills);
    let (mut of_messages, mut of_pairs) = (Damage::default(), Damage::default());
    let (mut killed, mut too_late, mut complaints) = (0, 0, Vec::new());
    while killed < kills {
        let ground = Ground::new(&google).await;
        let account = ground.connect(std::slice::from_ref(&address), messages).await[0];
        // Where in the whole sync the kills fall, in calls to Google.
        let in_a_row = IN_A_ROW.min(kills - killed);
        let mut points: Vec<u64> = (0..in_a_row).map(|_| random.below(calls)).collect();
        points.sort_unstable();
        let mut reached = 0;
        for point in points {
            google.forget_calls();
            let mut process = ground.start_sync(account);
            // A process that finds the lease taken ends by itself, and is started again.
            let end = loop {
                let wait = usize::try_from(point.saturating_sub(reached)).unwrap_or(0);
                tokio::select! {
                    () = google.called(wait.max(1)) => break None,
                    status = process.wait() => {
                        let status = status.expect("it ends");
                        if status.success() {
                            break Some(status);
                        }
                        process = ground.start_sync(account);
                    }
                }
            };
            if end.is_some() {
                // Everything was there already: the mailbox is synced before its last kill.
                too_late += 1;
                killed += 1;
                continue;
            }
            // Not always while a call is on its way: sometimes while a batch is stored or paired.
            tokio::time::sleep(Duration::from_millis(random.below(150))).await;
            process.start_kill().expect("it can be killed");
            process.wait().await.expect("it ends");
            reached += google.calls().len() as u64;
            killed += 1;
        }
        match ground.clean_run(account).await {
            Ok(()) => {
                let copy = ground.copy().await;
                of_messages.add(&Damage::between(&copy.messages, &whole.messages));
                of_pairs.add(&Damage::between(&copy.pairs, &whole.pairs));
                complaints.extend(ground.complaints().await);
                let runs = ground.runs(account).await;
                let states: BTreeMap<String, usize> = runs.iter().fold(BTreeMap::new(), |mut states, run| {
                    *states.entry(run.state.to_string()).or_default() += 1;
                    states
                });
                assert!(
                    runs.iter().all(|run| matches!(run.state, RunState::Done | RunState::Interrupted)),
                    "a killed run says that it was interrupted: {states:?}"
                );
            }
            Err(said) => {
                of_messages.wedged += 1;
                complaints.push(said);
            }
        }
        google.forget_calls();
    }
    say(&format!("{}: {killed} kills ({too_late} after the end)", undisturbed.database.backend()));
    say("           lost  duplicated  wedged");
    for (name, damage) in [("messages", &of_messages), ("pairs", &of_pairs)] {
        say(&format!("{name:<9} {:>5} {:>11} {:>7}", damage.lost, damage.duplicated, damage.wedged));
    }
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!((of_messages, of_pairs), (Damage::default(), Damage::default()));
}

#[tokio::test]
async fn a_process_that_slept_through_its_lease_changes_nothing_when_it_wakes() {
    let google = GmailDouble::start().await.expect("a port");
    let ground = Ground::new(&google).await;
    let address = "us@fernhill.example".to_owned();
    let account = ground.connect(std::slice::from_ref(&address), 200).await[0];
    google.set_latency(Duration::from_millis(300));
    let sleeper = ground.start_sync(account);
    google.called(8).await;
    signal(&sleeper, "-STOP").await;
    // Whatever it was at. Only SQLite can do nothing about one that sleeps while it writes: there it sleeps elsewhere.
    while !ground.database.may_be_written().await {
        signal(&sleeper, "-CONT").await;
        google.called(1).await;
        signal(&sleeper, "-STOP").await;
    }
    google.set_latency(Duration::ZERO);
    ground.clean_run(account).await.expect("another takes over");
    let before = ground.copy().await;
    // Meanwhile a message goes, and the successor knows.
    let gone = google.mailbox(&address, |mailbox| {
        let id = mailbox.messages().keys().next().expect("messages").clone();
        mailbox.delete(&id);
        id
    });
    ground.clean_run(account).await.expect("and syncs again");
    wakes_to_no_effect(&ground, account, sleeper, &before, &gone).await;
}

/// Wakes a process that slept through its lease, and looks what it did: nothing.
async fn wakes_to_no_effect(ground: &Ground, account: AccountId, mut sleeper: Child, before: &Copy, gone: &str) {
    signal(&sleeper, "-CONT").await;
    let status = timeout(LONG, sleeper.wait()).await.expect("it ends").expect("it ends");
    assert!(!status.success(), "it did not do what it was asked to");
    let after = ground.copy().await;
    let left: Vec<&String> = before.messages.iter().filter(|row| !row.starts_with(gone)).collect();
    assert_eq!(after.messages.iter().collect::<BTreeSet<_>>(), left.into_iter().collect::<BTreeSet<_>>());
    assert_eq!(ground.complaints().await, Vec::<String>::new());
    let states: Vec<RunState> = ground.runs(account).await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Interrupted, RunState::Done, RunState::Done]);
}

/// The worst instant: the account's lease is locked, and so is what the frozen process was about to write.
#[tokio::test]
async fn a_process_that_froze_inside_a_transaction_holds_nobody_up() {
    if database::postgres_server().is_none() {
        say("frozen inside a transaction: NOT tried, SQLite serves one process (TEST_POSTGRES_URL is not set)");
        return;
    }
    for _ in 0..number("REPLYBOOK_FREEZES", 2) {
        let google = GmailDouble::start().await.expect("a port");
        let ground = Ground::new(&google).await;
        let address = "us@fernhill.example".to_owned();
        let account = ground.connect(std::slice::from_ref(&address), 200).await[0];
        // Its first batch gets as far as the messages, which the test holds, and waits there, its lease locked.
        let held = ground.database.hold("emails_messages").await;
        let mut sleeper = ground.start_sync(account);
        tokio::select! {
            held = timeout(LONG, held.until_waited_for()) => held.expect("it wants to write"),
            status = sleeper.wait() => panic!("it ended: {status:?}"),
        }
        signal(&sleeper, "-STOP").await;
        held.release().await;

        let began = Instant::now();
        ground.clean_run(account).await.expect("another takes over");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(30), "it was held up for {took:?}");
        let before = ground.copy().await;
        assert_eq!(before.messages.len(), 200);
        let gone = google.mailbox(&address, |mailbox| {
            let id = mailbox.messages().keys().next().expect("messages").clone();
            mailbox.delete(&id);
            id
        });
        ground.clean_run(account).await.expect("and syncs again");
        wakes_to_no_effect(&ground, account, sleeper, &before, &gone).await;
        say(&format!("frozen inside a transaction: another took over in {:.1} s", took.as_secs_f64()));
    }
}

#[tokio::test]
async fn two_workers_share_accounts_and_one_takes_over_from_the_dead() {
    if database::postgres_server().is_none() {
        say("two workers: NOT tried, SQLite serves one process (TEST_POSTGRES_URL is not set)");
        return;
    }
    let google = GmailDouble::start().await.expect("a port");
    let ground = Ground::new(&google).await;
    let addresses: Vec<String> = (0..6).map(|number| format!("box{number}@fernhill.example")).collect();
    let accounts = ground.connect(&addresses, 300).await;
    // Slow enough for both to have work at once.
    google.set_latency(Duration::from_millis(40));
    let mut dying = ground.program(&["worker"], "/dying").spawn().expect("the program starts");
    let mut living = ground.program(&["worker"], "/living").spawn().expect("the program starts");
    let both_fetched = |calls: &[replybook_doubles::Call]| {
        ["dying", "living"].iter().all(|name| calls.iter().filter(|call| call.through == *name).count() > 60)
    };
    let both = async {
        let mut seen = 0;
        while !both_fetched(&google.calls()) {
            seen += 1;
            google.called(google.calls().len() + seen.min(1)).await;
        }
    };
    timeout(LONG, both).await.expect("both workers sync");
    dying.start_kill().expect("it can be killed");
    dying.wait().await.expect("it ends");
    let died = Instant::now();
    google.set_latency(Duration::ZERO);

    // Every account is done, by whichever worker lives.
    let store = ground.store().await;
    let all_done = async {
        for account in &accounts {
            loop {
                let runs = store.recent_runs(*account, 1).await.expect("reads");
                if runs.iter().any(|run| run.state == RunState::Done) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
    };
    timeout(LONG, all_done).await.expect("the living worker does the work of the dead");
    let took = died.elapsed();
    signal(&living, "-TERM").await;
    assert!(timeout(LONG, living.wait()).await.expect("it ends").expect("it ends").success());
    store.close().await;

    let mut taken_over = Vec::new();
    for (address, account) in addresses.iter().zip(&accounts) {
        let runs = ground.runs(*account).await;
        for (one, next) in runs.iter().zip(runs.iter().skip(1)) {
            assert!(one.finished_at <= next.started_at, "two runs of {address} at once: {one:?} {next:?}");
        }
        if runs.iter().any(|run| run.state == RunState::Interrupted) {
            taken_over.push(address.clone());
        }
    }
    assert!(!taken_over.is_empty(), "the dead worker's accounts were taken over");

    // Nobody fetched what another was fetching: a message comes twice only where the first time died with its worker.
    let mut fetched: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for call in google.calls() {
        if call.path.starts_with("messages/") || call.path.starts_with("threads/") {
            fetched.entry((call.account, call.path)).or_default().push(call.through);
        }
    }
    for ((address, path), by) in &fetched {
        match &by[..] {
            [_] => {}
            [first, second] if first == "dying" && second == "living" && taken_over.contains(address) => {}
            by => panic!("{path} of {address} was fetched by {by:?}"),
        }
    }
    let again = fetched.values().filter(|by| by.len() > 1).count();
    say(&format!(
        "two workers: {} of 6 accounts taken over, all done {:.1} s after the death; {again} of {} fetches made again",
        taken_over.len(),
        took.as_secs_f64(),
        fetched.len()
    ));
    let copy = ground.copy().await;
    let whole: usize =
        addresses.iter().map(|address| google.mailbox(address, |mailbox| mailbox.messages().len())).sum();
    assert_eq!((copy.messages.len(), ground.complaints().await), (whole, Vec::new()));
}
