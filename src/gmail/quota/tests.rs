use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const BACKGROUND: Priority = Priority::Background;
const INTERACTIVE: Priority = Priority::Interactive;

/// Lets spawned tasks run until each of them waits, without moving the clock.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Keeps four callers busy for this long; when each call was let through and what it cost.
async fn backfill(governor: &Arc<Governor>, span: Duration) -> Vec<(Instant, u32)> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let mut callers = JoinSet::new();
    for caller in 0..4 {
        let (governor, log) = (Arc::clone(governor), Arc::clone(&log));
        callers.spawn(async move {
            let methods = [Method::GetThread, Method::GetMessage, Method::ListMessages];
            // Until it is shut down below.
            for method in methods.into_iter().cycle().skip(caller) {
                governor.acquire(method, BACKGROUND).await.unwrap();
                lock(&log).push((Instant::now(), method.units()));
            }
        });
    }
    sleep(span).await;
    callers.shutdown().await;
    lock(&log).clone()
}

fn total(log: &[(Instant, u32)]) -> u32 {
    log.iter().map(|(_, units)| units).sum()
}

fn dearest_minute(log: &[(Instant, u32)]) -> u32 {
    let minute_from = |start: usize| {
        let end = log[start].0 + MINUTE;
        let calls = log[start..].iter().take_while(|(at, _)| *at <= end);
        calls.map(|(_, units)| units).sum()
    };
    (0..log.len()).map(minute_from).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_backfill_uses_the_allowance_and_no_minute_exceeds_it() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    let log = backfill(&governor, 10 * MINUTE).await;
    let dearest = dearest_minute(&log);
    assert!(dearest <= USER_UNITS_PER_MINUTE / 100 * 99, "{dearest} units in one minute");
    let spent = total(&log);
    assert!(spent >= 10 * USER_UNITS_PER_MINUTE / 100 * 95, "only {spent} units in ten minutes");
    assert_eq!(governor.status().units_spent, u64::from(spent));
}

#[tokio::test(start_paused = true)]
async fn a_rest_does_not_save_up_for_a_storm() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    let mut log = backfill(&governor, MINUTE).await;
    sleep(60 * MINUTE).await;
    log.extend(backfill(&governor, MINUTE).await);
    assert!(dearest_minute(&log) <= USER_UNITS_PER_MINUTE);
}

#[tokio::test(start_paused = true)]
async fn a_call_dearer_than_the_bucket_passes_and_is_paid_afterwards() {
    let governor = Governor::new(QuotaLimits::per_minute(60));
    let began = Instant::now();
    for _ in 0..3 {
        governor.acquire(Method::GetThread, BACKGROUND).await.unwrap();
    }
    // The third may go when the first two, 80 units at 58 a minute, are nearly paid.
    assert!(began.elapsed() > Duration::from_secs(80), "{:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn interactive_calls_go_before_those_that_already_wait() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut calls = JoinSet::new();
    let mut call = |priority, count| {
        for _ in 0..count {
            let (governor, order) = (Arc::clone(&governor), Arc::clone(&order));
            calls.spawn(async move {
                governor.acquire(Method::GetThread, priority).await.unwrap();
                lock(&order).push(priority);
            });
        }
    };
    // Four calls fit into the full bucket, the others wait.
    call(BACKGROUND, 20);
    settle().await;
    call(INTERACTIVE, 5);
    settle().await;
    assert_eq!(governor.status().queued_interactive, 5);
    assert_eq!(governor.status().queued_background, 16);
    calls.join_all().await;

    let order = lock(&order).clone();
    let waited = &order[4..];
    assert!(waited[..5].iter().all(|priority| *priority == INTERACTIVE), "{order:?}");
    assert!(waited[5..].iter().all(|priority| *priority == BACKGROUND), "{order:?}");
    assert_eq!(waited.len(), 21);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_spends_nothing_and_holds_nobody_up() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    governor.slow_down(Duration::from_secs(10));
    let impatient = governor.acquire(Method::GetThread, INTERACTIVE);
    assert!(timeout(Duration::from_secs(1), impatient).await.is_err());
    assert_eq!(governor.status().queued_interactive, 0);
    assert_eq!(governor.status().waiting, None);
    assert_eq!(governor.status().units_spent, 0);

    // A background call that stood behind an interactive one goes on when that one leaves.
    let background = tokio::spawn({
        let governor = Arc::clone(&governor);
        async move { governor.acquire(Method::GetProfile, BACKGROUND).await }
    });
    let interactive = tokio::spawn({
        let governor = Arc::clone(&governor);
        async move { governor.acquire(Method::GetThread, INTERACTIVE).await }
    });
    sleep(Duration::from_millis(9_200)).await;
    let waiting = governor.status().waiting.unwrap();
    assert_eq!((waiting.priority, waiting.reason), (INTERACTIVE, WaitReason::Allowance));
    interactive.abort();
    timeout(Duration::from_secs(1), background).await.unwrap().unwrap().unwrap();
    assert_eq!(governor.status().units_spent, 1);
}

#[tokio::test(start_paused = true)]
async fn it_says_what_it_waits_for_and_until_when() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    assert_eq!(
        governor.status(),
        QuotaStatus { units_spent: 0, units_ready: 180, queued_interactive: 0, queued_background: 0, waiting: None }
    );
    for _ in 0..9 {
        governor.acquire(Method::GetMessage, BACKGROUND).await.unwrap();
    }
    let _waiting = tokio::spawn({
        let governor = Arc::clone(&governor);
        async move { governor.acquire(Method::GetMessage, BACKGROUND).await }
    });
    settle().await;
    let status = governor.status();
    assert_eq!((status.units_spent, status.units_ready, status.queued_background), (180, 0, 1));
    let waiting = status.waiting.unwrap();
    assert_eq!((waiting.method, waiting.reason), (Method::GetMessage, WaitReason::Allowance));
    // 20 units at 96 a second.
    let remaining = waiting.remaining.unwrap();
    assert!(remaining.abs_diff(Duration::from_millis(208)) < Duration::from_millis(2), "{remaining:?}");

    governor.slow_down(Duration::from_secs(30));
    sleep(Duration::from_secs(1)).await;
    let waiting = governor.status().waiting.unwrap();
    assert_eq!(waiting.reason, WaitReason::SlowDown);
    assert!(waiting.remaining.unwrap().abs_diff(Duration::from_secs(29)) < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nobody_passes_before_the_pause_is_over_and_then_gently() {
    let governor = Arc::new(Governor::new(QuotaLimits::default()));
    let began = Instant::now();
    governor.slow_down(Duration::from_secs(60));
    // A second, shorter one does not shorten the first.
    governor.slow_down(Duration::from_secs(2));
    let log = backfill(&governor, 2 * MINUTE).await;
    assert!(log[0].0 >= began + MINUTE);
    let first_second = log.iter().take_while(|(at, _)| *at <= began + Duration::from_secs(61));
    assert!(first_second.map(|(_, units)| units).sum::<u32>() <= 96);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_bound_fails_at_once() {
    let governor = Governor::new(QuotaLimits::default());
    governor.slow_down(Duration::MAX);
    let began = Instant::now();
    let blocked = governor.acquire(Method::GetProfile, INTERACTIVE).await.unwrap_err();
    assert!(blocked.remaining > Duration::from_secs(120));
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(governor.status().queued_interactive, 0);
}

#[tokio::test(start_paused = true)]
async fn accounts_share_their_projects_allowance_fairly() {
    let project = Arc::new(ProjectQuota::new(QuotaLimits::per_minute(6_000)));
    let greedy = Arc::new(Governor::within(QuotaLimits::default(), Arc::clone(&project)));
    let modest = Arc::new(Governor::within(QuotaLimits::default(), project));
    let (mut all, theirs) = tokio::join!(backfill(&greedy, 10 * MINUTE), backfill(&modest, 10 * MINUTE));
    let (a, b) = (total(&all), total(&theirs));
    all.extend(theirs);
    all.sort();
    assert!(dearest_minute(&all) <= 6_000);
    assert!(a + b >= 57_000, "only {} units", a + b);
    assert!(a.min(b) * 10 >= a.max(b) * 8, "{a} and {b} units");
}

#[tokio::test(start_paused = true)]
async fn cheap_calls_do_not_overtake_a_dear_one_of_another_account() {
    let project = Arc::new(ProjectQuota::new(QuotaLimits::per_minute(3_000)));
    let cheap = Governor::within(QuotaLimits::default(), Arc::clone(&project));
    let dear = Governor::within(QuotaLimits::default(), project);
    let _cheap_calls = tokio::spawn(async move {
        loop {
            cheap.acquire(Method::GetProfile, BACKGROUND).await.unwrap();
            // 40 calls a second, of the 48 units that the project has: each would find its unit ready.
            sleep(Duration::from_millis(25)).await;
        }
    });
    let began = Instant::now();
    for _ in 0..4 {
        dear.acquire(Method::GetThread, BACKGROUND).await.unwrap();
    }
    // 90 units were there; overtaken all the time, the other 70 would take 70 / 8 seconds.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn a_thread_is_worth_it_from_its_third_message_on() {
    let messages = |n| n * Method::GetMessage.units();
    assert!(Method::GetThread.units() >= messages(2));
    assert!(Method::GetThread.units() < messages(3));
}
