//! A Gmail sync against the model of `doubles/`, on both databases: random histories, faults, and the quota to the unit.

#![expect(clippy::print_stdout, reason = "what was measured is said")]

mod support;

use std::{sync::Arc, time::Duration};

use proptest::{prelude::*, test_runner::TestRunner};
use replybook::{
    Domain, sync,
    types::{AccountId, Actor, RunState, SyncSummary},
};
use replybook_doubles::{Allowance, Faults, GmailDouble};
use support::{
    TestDb,
    model::{DAY, connect, domain, local, now, remote},
    on_all_databases_at_once, on_each_database,
};

const US: &str = "us@fernhill.example";

/// No test waits for the quota, but the one that is about it.
const PLENTY: (&str, &str) = ("GMAIL_QUOTA_UNITS_PER_MINUTE", "60000000");

async fn sync(d: &Arc<Domain>, account: AccountId) -> SyncSummary {
    sync::sync_now(d, Actor::command_line(), account).await.expect("the sync runs")
}

/// What happens to a mailbox, and when somebody looks.
#[derive(Debug, Clone)]
enum Step {
    /// A conversation of so many messages.
    Thread(u8),
    Reply(u8),
    Draft(u8),
    SendDraft(u8),
    Delete(u8),
    Trash(u8),
    Untrash(u8),
    Label(u8, &'static str),
    Unlabel(u8, &'static str),
    ExpireHistory,
    ExpireTokens,
    Sync,
    /// A sync of which one call in eight is refused for good: it breaks off somewhere, or sets messages aside.
    BrokenSync(u64),
}

const LABELS: [&str; 5] = ["STARRED", "UNREAD", "INBOX", "Label_7", "SPAM"];

fn step() -> impl Strategy<Value = Step> {
    let label = proptest::sample::select(LABELS.to_vec());
    prop_oneof![
        4 => (1_u8..6).prop_map(Step::Thread),
        4 => any::<u8>().prop_map(Step::Reply),
        1 => any::<u8>().prop_map(Step::Draft),
        1 => any::<u8>().prop_map(Step::SendDraft),
        3 => any::<u8>().prop_map(Step::Delete),
        2 => any::<u8>().prop_map(Step::Trash),
        2 => any::<u8>().prop_map(Step::Untrash),
        3 => (any::<u8>(), label.clone()).prop_map(|(which, label)| Step::Label(which, label)),
        3 => (any::<u8>(), label).prop_map(|(which, label)| Step::Unlabel(which, label)),
        1 => Just(Step::ExpireHistory),
        1 => Just(Step::ExpireTokens),
        4 => Just(Step::Sync),
        2 => any::<u64>().prop_map(Step::BrokenSync),
    ]
}

struct Play<'a> {
    db: &'a TestDb,
    d: Arc<Domain>,
    google: GmailDouble,
    address: String,
    account: AccountId,
}

impl Play<'_> {
    /// One of the mailbox's messages, or of its drafts.
    fn pick(&self, which: u8, drafts: bool) -> Option<String> {
        self.google.mailbox(&self.address, |mailbox| {
            let of_kind = mailbox.messages().iter().filter(|(_, message)| message.labels.contains("DRAFT") == drafts);
            let ids: Vec<&String> = of_kind.map(|(id, _)| id).collect();
            (!ids.is_empty()).then(|| ids[usize::from(which) % ids.len()].clone())
        })
    }

    fn thread(&self, which: u8) -> Option<String> {
        let message = self.pick(which, false)?;
        self.google.mailbox(&self.address, |mailbox| Some(mailbox.messages().get(&message)?.thread_id.clone()))
    }

    async fn step(&self, step: &Step) {
        let mailbox = |change: &dyn Fn(&mut replybook_doubles::Mailbox)| self.google.mailbox(&self.address, change);
        match step {
            Step::Thread(length) => mailbox(&|mailbox| {
                let thread = mailbox.begin_thread(now() - 3 * DAY);
                for _ in 1..*length {
                    mailbox.reply(&thread);
                }
            }),
            Step::Reply(which) => {
                if let Some(thread) = self.thread(*which) {
                    mailbox(&|mailbox| drop(mailbox.reply(&thread)));
                }
            }
            Step::Draft(which) => {
                if let Some(thread) = self.thread(*which) {
                    mailbox(&|mailbox| drop(mailbox.draft(&thread)));
                }
            }
            Step::SendDraft(which) => {
                if let Some(id) = self.pick(*which, true) {
                    mailbox(&|mailbox| drop(mailbox.send_draft(&id)));
                }
            }
            Step::ExpireHistory => mailbox(&replybook_doubles::Mailbox::expire_history),
            Step::ExpireTokens => self.google.expire_tokens(),
            Step::Sync => {
                let summary = sync(&self.d, self.account).await;
                assert_eq!((summary.state, summary.errors), (RunState::Done, Vec::new()), "nothing was wrong");
            }
            Step::BrokenSync(seed) => {
                self.google.set_faults(Some(Faults::lasting(0.125, *seed)));
                let summary = sync(&self.d, self.account).await;
                self.google.set_faults(None);
                assert_eq!(summary.state == RunState::Done, summary.errors.is_empty(), "{summary:?}");
            }
            Step::Delete(which)
            | Step::Trash(which)
            | Step::Untrash(which)
            | Step::Label(which, _)
            | Step::Unlabel(which, _) => {
                let Some(id) = self.pick(*which, false) else { return };
                mailbox(&|mailbox| match step {
                    Step::Delete(_) => mailbox.delete(&id),
                    Step::Trash(_) => mailbox.trash(&id),
                    Step::Untrash(_) => mailbox.untrash(&id),
                    Step::Label(_, label) => mailbox.relabel(&id, &[*label], &[]),
                    _ => {
                        let Step::Unlabel(_, label) = step else { return };
                        mailbox.relabel(&id, &[], &[*label]);
                    }
                });
            }
        }
    }

    /// Whatever happened: after one undisturbed sync both sides are equal, and a second one finds nothing to do.
    async fn end(&self) -> Result<(), TestCaseError> {
        let summary = sync(&self.d, self.account).await;
        prop_assert_eq!((summary.state, summary.errors), (RunState::Done, Vec::new()));
        prop_assert_eq!(local(self.db, self.account).await, remote(&self.google, &self.address));
        let again = sync(&self.d, self.account).await;
        prop_assert_eq!((again.state, again.messages_upserted, again.pairs_created), (RunState::Done, 0, 0));
        prop_assert!(self.d.store.list_failures(self.account, 1).await.expect("reads").is_empty());
        Ok(())
    }
}

/// How many random histories are tried on each database; `REPLYBOOK_CASES` says otherwise.
fn cases() -> u32 {
    std::env::var("REPLYBOOK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_a_mailbox_the_copy_ends_equal() {
    on_each_database("random histories", |db| async move {
        let google = GmailDouble::start().await.expect("a port");
        let d = domain(&db, &google, &[PLENTY]).await;
        let runtime = tokio::runtime::Handle::current();
        let config = ProptestConfig {
            cases: cases(),
            max_shrink_iters: 200,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let mut runner = TestRunner::new(config);
        let played = std::sync::atomic::AtomicU32::new(0);
        let outcome = tokio::task::block_in_place(|| {
            runner.run(&proptest::collection::vec(step(), 1..40), |steps| {
                runtime.block_on(async {
                    let number = played.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let address = format!("us{number}@fernhill.example");
                    let account = connect(&d, &google, &address, u64::from(number)).await;
                    let play = Play { db: &db, d: Arc::clone(&d), google: google.clone(), address, account };
                    for step in &steps {
                        play.step(step).await;
                    }
                    play.end().await
                })
            })
        });
        d.shutdown().await;
        if let Err(error) = outcome {
            panic!("{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn through_five_per_cent_of_faults_nothing_is_lost() {
    on_all_databases_at_once(|db| async move {
        let google = GmailDouble::start().await.expect("a port");
        let d = domain(&db, &google, &[PLENTY]).await;
        let account = connect(&d, &google, US, 5).await;
        google.mailbox(US, |mailbox| mailbox.fill(2_000, now() - 20 * DAY, now() - DAY));
        google.set_faults(Some(Faults::passing(0.05, 5)));
        let mut runs = 0;
        loop {
            let summary = sync(&d, account).await;
            runs += 1;
            assert_eq!(summary.state == RunState::Done, summary.errors.is_empty(), "{summary:?}");
            if summary.state == RunState::Done {
                break;
            }
            assert!(runs < 5, "{summary:?}");
        }
        let failed = google.calls().iter().filter(|call| !call.answered).count();
        assert!(failed > 20, "the faults were played: {failed}");
        assert_eq!(local(&db, account).await, remote(&google, US));
        assert!(d.store.list_failures(account, 1).await.expect("reads").is_empty(), "no message is to blame");
        d.shutdown().await;
    })
    .await;
}

/// Google's own figures, in real time: whoever scales them down tests another governor.
#[tokio::test]
async fn a_metered_backfill_spends_what_it_may_and_is_never_refused() {
    const GRANTED: u64 = 6_000;
    const MINUTE: Duration = Duration::from_secs(60);
    let spend = |db: TestDb| async move {
        let google = GmailDouble::start().await.expect("a port");
        let d = domain(&db, &google, &[]).await;
        let account = connect(&d, &google, US, 9).await;
        google.mailbox(US, |mailbox| mailbox.fill(750, now() - 20 * DAY, now() - DAY));
        google.meter(Some(Allowance::per_minute(GRANTED)));
        let summary = sync(&d, account).await;
        assert_eq!((summary.state, summary.messages_upserted), (RunState::Done, 750));
        let usage = google.usage(US);
        assert_eq!(usage.refused, 0, "no call was too many");
        assert!(usage.peak(MINUTE) <= GRANTED);
        // The minute that begins three seconds after the first call: what was saved up before it is spent by then.
        let from = Duration::from_secs(3);
        assert!(usage.duration() > from + MINUTE, "the backfill takes longer than what is measured");
        let share = usage.between(from, from + MINUTE) as f64 / GRANTED as f64;
        // Aliases, profile, two pages of ids.
        let optimum = google.mailbox(US, |mailbox| mailbox.cheapest_fetch()) + 1 + 1 + 2 * 5;
        println!("{share:.3} of the allowance used; {} units, {optimum} at least", usage.units);
        assert!(share >= 0.95, "{share}");
        assert!(usage.units as f64 <= optimum as f64 * 1.05, "{} units, {optimum} would do", usage.units);
        d.shutdown().await;
    };
    on_all_databases_at_once(spend).await;
}
