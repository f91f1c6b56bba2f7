//! Decisions about many pairs, and rules by which pairs are approved, on both databases.

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain,
    clock::{Clock as _, ManualClock},
    pairs::{self, BulkAsk, Decision, GroupChoice, Look, SLICE},
    people,
    store::{Apply, Habits, NewPair, Saved, Slice, ThreadPairs, ThreadSummary},
    types::{
        AccountId, Actor, ApprovalBasis, AuditAction, AuditFilter, BulkAct, BulkDecision, BulkFault, BulkState,
        ConflictCode, Direction, GuidelinesInput, PairFilter, PairId, PairLabels, PairQuery, PairStatus,
        PairStatusFilter, Problem, Provider, Quality, RejectReason, Rejection, ReviewTagId, ReviewTagInput, Role,
        RunId, TrainingPair, TrustRule, TrustRuleInput, User, UserId,
    },
    worker,
};
use support::{
    TestDb, noon, on_each_database,
    store::{LEASE, account_of, message, store_messages, sync_of, user},
};

/// A mailbox with pairs, and people.
struct Office {
    d: Arc<Domain>,
    clock: Arc<ManualClock>,
    account: AccountId,
    run: RunId,
    ann: UserId,
    ben: UserId,
}

impl Office {
    async fn open(db: &TestDb) -> Self {
        let clock = Arc::new(ManualClock::new(noon()));
        let d = db.domain(clock.clone()).await;
        let (ann, ben) = (user(&d.store, "ann@x.example").await, user(&d.store, "ben@x.example").await);
        let account = account_of(&d.store, Provider::Mbox, "us@y.example").await;
        let run = d.store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        Self { d, clock, account, run, ann, ben }
    }

    /// So many more pairs, from this number on: the number of each is in its text, its quality is `quality`, and replies are the same
    /// where `said` is.
    async fn add(&self, numbers: std::ops::Range<usize>, quality: u8, said: Option<u64>) {
        let store = &self.d.store;
        for some in numbers.collect::<Vec<_>>().chunks(100) {
            let name = |number: usize| format!("t{number}");
            let mut messages = Vec::new();
            for number in some {
                messages.push(message(&format!("c{number}"), &name(*number), Direction::Incoming));
                messages.push(message(&format!("r{number}"), &name(*number), Direction::Outgoing));
            }
            store_messages(store, self.account, self.run, &messages).await;
            let names: Vec<String> = some.iter().map(|number| name(*number)).collect();
            let asked: Vec<&str> = names.iter().map(String::as_str).collect();
            let linked = store.link_threads(self.account, &asked, self.now()).await.expect("links");
            let mut threads = Vec::new();
            for thread in linked {
                let thread_id = thread.thread_ids[0].clone();
                let number: usize = thread_id[1..].parse().expect("a number");
                let mail = store.thread_mail(self.account, &thread_id).await.expect("reads");
                let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
                let (client, reply) = (of(Direction::Incoming), of(Direction::Outgoing));
                let bits = said.unwrap_or(number as u64 + 100).wrapping_mul(0x1e37_79b9_7f4a_7c15);
                let labels = PairLabels {
                    quality: Quality { score: quality, reasons: Vec::new() },
                    client_language: Some(if number.is_multiple_of(2) { "en" } else { "ru" }.to_owned()),
                    reply_fingerprint: format!("1-{bits:016x}-{bits:016x}-28"),
                    ..PairLabels::default()
                };
                let pair = NewPair {
                    account: self.account,
                    thread_id: thread_id.clone(),
                    client_message_id: client,
                    our_reply_message_id: reply,
                    client_message_ids: vec![client],
                    reply_message_ids: vec![reply],
                    client_text: format!("question number{number} where is my parcel"),
                    our_reply_text: "it arrives tomorrow".to_owned(),
                    labels,
                    responded_after_seconds: Some(60),
                    replied_at: noon() - TimeDelta::minutes(i64::try_from(number).expect("small")),
                    engine_version: 1,
                };
                threads.push(ThreadPairs {
                    thread,
                    summary: ThreadSummary::default(),
                    pairs: vec![pair],
                    habits: Habits::new(),
                });
            }
            let saved = store.save_thread_pairs(&threads, Apply::Yes, self.now()).await.expect("writes");
            assert!(saved.iter().all(|one| matches!(one, Saved::Done(_))));
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn pass(&self) {
        self.clock.advance(TimeDelta::seconds(1));
    }

    async fn all(&self) -> Vec<TrainingPair> {
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        self.d.store.list_pairs(&filter, None, 5_000, 0).await.expect("reads").items
    }

    /// How many pairs are new, approved and rejected.
    async fn counts(&self) -> [i64; 3] {
        let counts = self.d.store.pair_counts(&PairFilter::default()).await.expect("reads");
        [counts.new, counts.approved, counts.rejected]
    }

    async fn ask(&self, text: Option<&str>, status: PairStatusFilter, decision: PairStatus) -> BulkDecision {
        let filter = PairFilter { status, ..PairFilter::default() };
        let query = PairQuery { filter, text: text.map(ToOwned::to_owned), ..PairQuery::default() };
        let because = (decision == PairStatus::Rejected)
            .then(|| Rejection { reason: RejectReason::Outdated, note: Some("old prices".to_owned()) });
        let ask = BulkAsk { query, act: BulkAct::decide(decision, because), as_of: None };
        pairs::ask_bulk(&self.d, Actor::page(self.ann), ask).await.expect("asked")
    }

    async fn ask_to(&self, act: BulkAct, text: Option<&str>) -> Result<BulkDecision, Problem> {
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let query = PairQuery { filter, text: text.map(ToOwned::to_owned), ..PairQuery::default() };
        pairs::ask_bulk(&self.d, Actor::page(self.ann), BulkAsk { query, act, as_of: None }).await
    }

    async fn undo(&self, bulk: &BulkDecision) -> BulkDecision {
        let ann = self.person(self.ann, Role::Reviewer);
        pairs::undo_bulk(&self.d, Actor::page(self.ann), &ann, bulk.id).await.expect("begun");
        self.work().await;
        self.told(bulk).await
    }

    async fn new_tag(&self, name: &str) -> ReviewTagId {
        let input = ReviewTagInput { name: name.to_owned(), ..ReviewTagInput::default() };
        pairs::save_tag(&self.d, Actor::page(self.ann), None, &input).await.expect("made").id
    }

    async fn tag(&self, pair: PairId, tag: ReviewTagId, is_set: bool) {
        pairs::tag_pair(&self.d, Actor::page(self.ben), pair, tag, is_set).await.expect("tagged");
    }

    /// Which of these pairs have a tag, and whose they are.
    async fn marks(&self, ids: &[PairId]) -> Vec<(bool, Option<UserId>)> {
        let mut marks = Vec::new();
        for id in ids {
            let pair = pairs::get(&self.d, *id).await.expect("is there");
            marks.push((!pair.tags.is_empty(), pair.assigned_to_id));
        }
        marks
    }

    /// What all approved pairs rest on; it is what they are.
    async fn basis(&self) -> ApprovalBasis {
        let progress = pairs::progress(&self.d, 30).await.expect("reads");
        let basis = progress.approval_basis;
        assert_eq!(basis.approved, progress.counts.approved);
        let ApprovalBasis { approved, one_by_one, edited, second_opinion, group, picked, bulk, rule } = basis;
        assert_eq!(approved, one_by_one + edited + second_opinion + group + picked + bulk + rule);
        assert!(progress.account_basis.iter().all(|one| one.basis == basis), "there is one account");
        basis
    }

    async fn work(&self) {
        worker::run_once(&self.d).await.expect("works");
    }

    async fn told(&self, bulk: &BulkDecision) -> BulkDecision {
        pairs::bulk_decision(&self.d, bulk.id).await.expect("is there")
    }

    async fn decide(&self, id: PairId, status: PairStatus, by: UserId) {
        pairs::decide(&self.d, Actor::page(by), id, status).await.expect("decided");
    }

    async fn acts(&self, action: AuditAction) -> Vec<Option<String>> {
        let filter = AuditFilter { action: Some(action), ..AuditFilter::default() };
        let page = self.d.store.audit_page(&filter, None, 50).await.expect("reads");
        page.items.into_iter().map(|entry| entry.to).collect()
    }

    fn person(&self, id: UserId, role: Role) -> User {
        User { id, email: String::new(), display_name: String::new(), role, active: true, created_at: noon() }
    }

    async fn rule(&self, name: &str) -> TrustRule {
        let input = TrustRuleInput {
            name: name.to_owned(),
            least_quality: Some(90),
            least_said: Some(3),
            integration_account_id: None,
            language: None,
        };
        pairs::save_trust_rule(&self.d, Actor::page(self.ann), None, input).await.expect("saved")
    }
}

const NEW: PairStatusFilter = PairStatusFilter::Only(PairStatus::New);

#[tokio::test]
async fn a_bulk_decision_that_is_killed_goes_on_and_decides_each_pair_once() {
    on_each_database("bulk killed", |db| async move {
        const PAIRS: i64 = 2_300;
        let office = Office::open(&db).await;
        office.add(0..2_300, 50, None).await;
        pairs::set_opinion_share(&office.d, Actor::page(office.ann), 100).await.expect("set");
        // What is not noted yet is not counted, and that is said.
        let find = PairQuery { text: Some("parcel".to_owned()), ..PairQuery::default() };
        let early = pairs::preview_bulk(&office.d, Actor::page(office.ann), &find, Look::default()).await;
        let early = early.expect("read");
        assert!(early.matched < PAIRS && !early.matched_exact && early.not_searchable_yet > 0, "{early:?}");
        pairs::note_terms(&office.d).await.expect("noted");
        let bulk = office.ask(Some("parcel"), NEW, PairStatus::Rejected).await;
        assert_eq!((bulk.state, bulk.matched, bulk.matched_exact), (BulkState::Waiting, PAIRS, true));
        office.pass();
        // It dies twice, somewhere between two statements.
        for least in [300, 1_200] {
            let process = db.domain(office.clock.clone()).await;
            let worker = tokio::spawn(async move { worker::run_once(&process).await });
            while office.told(&bulk).await.decided < least {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            worker.abort();
            let _aborted = worker.await;
            office.clock.advance(LEASE * 2);
        }
        let told = office.told(&bulk).await;
        assert!(told.state == BulkState::Running && told.decided < PAIRS, "{told:?}");
        assert!(told.decided % i64::try_from(SLICE).expect("small") == 0, "whole slices: {}", told.decided);
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.decided, told.skipped, told.unchanged), (BulkState::Done, PAIRS, 0, 0));
        assert_eq!(office.counts().await, [0, 0, PAIRS]);
        let all = office.all().await;
        let said = |pair: &TrainingPair| (pair.reject_reason, pair.reject_note.clone(), pair.decided_by.clone());
        let expected = (Some(RejectReason::Outdated), Some("old prices".to_owned()), Some("Anna".to_owned()));
        assert!(all.iter().all(|pair| said(pair) == expected));
        // What follows a decision follows these: second opinions, the index of the review, the progress.
        let waiting = office.d.store.opinions_waiting(office.ben).await.expect("reads");
        assert_eq!(waiting, PAIRS, "each pair was decided once");
        let find = PairQuery { text: Some("is:rejected decided:1d".to_owned()), ..PairQuery::default() };
        let found = pairs::preview_bulk(&office.d, Actor::page(office.ann), &find, Look::default()).await;
        assert_eq!(found.expect("found").matched, PAIRS);
        assert_eq!(office.acts(AuditAction::BulkAsked).await, [Some("rejected: 2300, because outdated".to_owned())]);
        let ended = Some("rejected: 2300 decided, 0 left, 0 unchanged".to_owned());
        assert_eq!(office.acts(AuditAction::BulkEnded).await, [ended], "on record once");

        // It is one step, and is taken back in slices as well.
        let steps = pairs::steps(&office.d, Actor::page(office.ann)).await.expect("read").items;
        assert_eq!((steps[0].bulk_decision_id, steps[0].pairs), (Some(bulk.id), PAIRS));
        office.pass();
        let undone = pairs::undo(&office.d, Actor::page(office.ann), None).await.expect("begun");
        assert_eq!((undone.bulk_decision_id, undone.undone), (Some(bulk.id), 0));
        let process = db.domain(office.clock.clone()).await;
        let worker = tokio::spawn(async move { worker::run_once(&process).await });
        while office.told(&bulk).await.undone < 500 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        worker.abort();
        let _aborted = worker.await;
        office.clock.advance(LEASE * 2);
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.undone, told.stayed), (BulkState::Undone, PAIRS, 0));
        assert_eq!(office.counts().await, [PAIRS, 0, 0]);
        assert_eq!(office.d.store.opinions_waiting(office.ben).await.expect("reads"), 0, "nothing waits for them");
        let again = pairs::undo(&office.d, Actor::page(office.ann), None).await;
        assert_eq!(again, Err(Problem::conflict(ConflictCode::NothingToUndo)));
    })
    .await;
}

#[tokio::test]
async fn what_came_or_changed_since_is_left_and_undo_leaves_what_others_decided() {
    on_each_database("bulk left", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..10, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        office.decide(ids[0], PairStatus::Approved, office.ben).await;
        office.decide(ids[1], PairStatus::Rejected, office.ben).await;
        office.pass();
        let bulk = office.ask(None, PairStatusFilter::All, PairStatus::Approved).await;
        assert_eq!(bulk.matched, 10);
        office.pass();
        // Somebody decides one and takes it back; another one is edited; two come.
        office.decide(ids[2], PairStatus::Rejected, office.ben).await;
        office.decide(ids[2], PairStatus::New, office.ben).await;
        let edit = "UPDATE ai_training_pairs SET edited = TRUE, updated_at = '2026-11-20T12:00:02+00:00'
            WHERE client_text LIKE '%number3 %'";
        db.execute(edit, edit).await;
        office.add(10..12, 50, None).await;
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!(
            (told.state, told.decided, told.skipped, told.unchanged),
            (BulkState::Done, 7, 4, 1),
            "three are new still and one was approved: {told:?}"
        );
        assert_eq!(office.counts().await, [4, 8, 0]);
        let first = office.d.store.pair(ids[0]).await.expect("reads").expect("is there");
        assert_eq!(first.decided_at, Some(noon()), "what was so already stays as it was");

        // Ben decides one otherwise, and one the same anew; undo leaves both.
        office.pass();
        office.decide(ids[4], PairStatus::Rejected, office.ben).await;
        office.decide(ids[5], PairStatus::New, office.ben).await;
        office.pass();
        office.decide(ids[5], PairStatus::Approved, office.ben).await;
        let ben = office.person(office.ben, Role::Reviewer);
        let of_others = pairs::undo_bulk(&office.d, Actor::page(office.ben), &ben, bulk.id).await;
        assert_eq!(of_others, Err(Problem::Forbidden), "it is Ann's");
        let ann = office.person(office.ann, Role::Reviewer);
        pairs::undo_bulk(&office.d, Actor::page(office.ann), &ann, bulk.id).await.expect("begun");
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.undone, told.stayed), (BulkState::Undone, 5, 2));
        let statuses = async |of: &[usize]| {
            let mut all = Vec::new();
            for place in of {
                let pair = office.d.store.pair(ids[*place]).await.expect("reads").expect("is there");
                all.push((pair.status, pair.decided_by.is_some()));
            }
            all
        };
        let expected = [
            (PairStatus::Approved, true),
            (PairStatus::Rejected, true),
            (PairStatus::Rejected, true),
            (PairStatus::Approved, true),
            (PairStatus::New, false),
        ];
        assert_eq!(statuses(&[0, 1, 4, 5, 6]).await, expected, "as they were, also the one that Ben had rejected");
        assert_eq!(office.acts(AuditAction::BulkUndone).await, [Some("5 taken back, 2 left".to_owned())]);
        let nothing = pairs::undo_bulk(&office.d, Actor::page(office.ann), &ann, bulk.id).await;
        assert_eq!(nothing, Err(Problem::conflict(ConflictCode::NothingToUndo)));
    })
    .await;
}

#[tokio::test]
async fn what_is_cancelled_keeps_what_was_decided() {
    on_each_database("bulk cancelled", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..30, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let ann = office.person(office.ann, Role::Reviewer);
        let by = Actor::page(office.ann);
        let bulk = office.ask(None, NEW, PairStatus::Approved).await;
        office.pass();
        // A slice is written, and then somebody stops it.
        let d = &office.d;
        let place = Some(ids[9].to_string());
        let first = d.store.act_on_slice(bulk.id, None, &ids[..10], place.as_deref(), office.now()).await;
        assert_eq!(first.expect("written"), Slice::Written);
        let twice = d.store.act_on_slice(bulk.id, None, &ids[..10], place.as_deref(), office.now()).await;
        assert_eq!(twice.expect("refused"), Slice::Stopped, "another process has gone on from there");
        let cancelled = pairs::cancel_bulk(d, by, &ann, bulk.id).await.expect("stopped");
        assert_eq!((cancelled.state, cancelled.decided), (BulkState::Cancelled, 10));
        let late = d.store.act_on_slice(bulk.id, place.as_deref(), &ids[10..20], None, office.now()).await;
        assert_eq!(late.expect("refused"), Slice::Stopped);
        office.work().await;
        assert_eq!(office.counts().await, [20, 10, 0]);
        let again = pairs::cancel_bulk(d, by, &ann, bulk.id).await;
        assert_eq!(again, Err(Problem::conflict(ConflictCode::BulkOver)));
        assert_eq!(office.acts(AuditAction::BulkCancelled).await.len(), 1);
        pairs::undo_bulk(d, by, &ann, bulk.id).await.expect("begun");
        office.work().await;
        assert_eq!(office.counts().await, [30, 0, 0]);

        // One that is taken back while it waits is never begun.
        let waits = office.ask(Some("\"where is\" -number7"), NEW, PairStatus::Approved).await;
        assert_eq!((waits.matched, waits.matched_exact), (29, true), "phrases are looked for as well");
        pairs::undo_bulk(d, by, &ann, waits.id).await.expect("begun");
        office.work().await;
        assert_eq!((office.told(&waits).await.state, office.counts().await), (BulkState::Undone, [30, 0, 0]));
        // What cannot be understood any more stops it, and says why.
        let gone = office.ask(Some("-decided-by:ben@x.example"), NEW, PairStatus::Approved).await;
        let rename = "UPDATE users SET email = 'b@z.example' WHERE email = 'ben@x.example'";
        db.execute(rename, rename).await;
        office.work().await;
        let told = office.told(&gone).await;
        assert_eq!((told.state, told.decided), (BulkState::Failed, 0));
        assert!(told.error.is_some_and(|error| error.contains("query_person_unknown")));
        let nothing = office.d.store.open_bulk_decisions().await.expect("reads");
        assert_eq!(nothing, []);
        let none = PairQuery { text: Some("nothingofthekind".to_owned()), ..PairQuery::default() };
        let ask = BulkAsk { query: none, act: PairStatus::Approved.into(), as_of: None };
        assert_eq!(pairs::ask_bulk(d, by, ask).await, Err(Problem::conflict(ConflictCode::NothingToDecide)));
    })
    .await;
}

#[tokio::test]
async fn picked_pairs_are_decided_and_taken_back_in_one_step() {
    on_each_database("picked pairs", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..6, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let (d, by) = (&office.d, Actor::page(office.ann));
        office.decide(ids[0], PairStatus::Rejected, office.ann).await;
        let seen = office.now();
        office.pass();
        // Her own last decision is no surprise to her; what Ben did meanwhile is.
        office.decide(ids[1], PairStatus::Rejected, office.ann).await;
        office.decide(ids[2], PairStatus::Rejected, office.ben).await;
        office.decide(ids[3], PairStatus::Approved, office.ben).await;
        let picked = [ids[0], ids[1], ids[2], ids[3], ids[4], ids[4], PairId::new()];
        let approve = BulkAct::from(PairStatus::Approved);
        let done = pairs::act_on_picked(d, by, &picked, &approve, Some(seen)).await.expect("decided");
        assert_eq!((done.decided, done.skipped, done.unchanged), (3, 2, 1));
        assert_eq!(office.counts().await, [1, 4, 1]);
        let steps = pairs::steps(d, by).await.expect("read").items;
        assert_eq!((steps[0].pairs, steps[0].status), (3, Some(PairStatus::Approved)));
        office.pass();
        office.decide(ids[4], PairStatus::Rejected, office.ben).await;
        let undone = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((undone.undone, undone.stayed), (2, 1));
        assert_eq!(office.counts().await, [1, 1, 4]);
        let acts = office.acts(AuditAction::PairsDecided).await;
        assert_eq!(acts, [Some("2 taken back, 1 left".to_owned()), Some("approved: 3".to_owned())]);
        assert!(matches!(pairs::act_on_picked(d, by, &[], &approve, None).await, Err(Problem::Invalid { .. })));
        assert!(pairs::act_on_picked(d, by, &vec![ids[0]; 201], &approve, None).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_reason_for_one_picked_pair_is_a_step_of_its_own() {
    on_each_database("a reason after picking", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..4, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let (d, by) = (&office.d, Actor::page(office.ann));
        let reject = BulkAct::Decide { decision: PairStatus::Rejected, reason: None, note: None };
        pairs::act_on_picked(d, by, &ids[..3], &reject, None).await.expect("decided");
        office.pass();
        let because = Some(Rejection { reason: RejectReason::Wrong, note: None });
        let reason = Decision { because, seen: Some(PairStatus::Rejected), ..PairStatus::Rejected.into() };
        pairs::decide(d, by, ids[0], reason).await.expect("decided");
        assert_eq!(office.counts().await, [1, 0, 3]);
        office.pass();
        let first = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((first.undone, first.stayed), (1, 0), "the reason");
        assert_eq!(office.counts().await, [1, 0, 3]);
        office.pass();
        let second = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((second.undone, second.stayed), (3, 0), "all that were picked");
        assert_eq!(office.counts().await, [4, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_decided_for_them_stops_with_their_access() {
    for (name, end) in [("deactivated", None), ("a member", Some(Role::Member)), ("a reviewer", Some(Role::Reviewer))] {
        on_each_database(name, |db| async move {
            let office = Office::open(&db).await;
            office.add(0..5, 95, Some(1)).await;
            office.work().await;
            let (d, by) = (&office.d, Actor::page(office.ann));
            let rule = office.rule(name).await;
            pairs::switch_trust_rule(d, by, rule.id, true, None).await.expect("switched");
            let bulk = office.ask(Some("parcel"), NEW, PairStatus::Approved).await;
            office.pass();
            match end {
                Some(role) => people::set_role(d, Actor::page(office.ben), office.ann, role).await,
                None => people::set_active(d, Actor::page(office.ben), office.ann, false).await,
            }
            .expect("changed");
            // A reviewer may decide many pairs; only rules are for admins.
            let goes_on = end == Some(Role::Reviewer);
            assert_eq!(office.told(&bulk).await.state == BulkState::Cancelled, !goes_on);
            assert_eq!(pairs::trust_rule(d, rule.id).await.expect("is there").on_since, None);
            assert_eq!(office.acts(AuditAction::TrustRuleOff).await.len(), 1);
            office.add(5..8, 95, Some(1)).await;
            office.work().await;
            assert_eq!(office.counts().await[1], if goes_on { 5 } else { 0 }, "the rule approves nothing more");
        })
        .await;
    }
}

#[tokio::test]
async fn a_rule_leaves_what_was_rejected_once_and_is_switched_on_as_it_was_read() {
    on_each_database("rules and rejected duplicates", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..4, 95, Some(1)).await;
        office.add(4..8, 95, Some(2)).await;
        office.work().await;
        let (d, by) = (&office.d, Actor::page(office.ann));
        let rule = office.rule("often and good").await;
        let matched = async || pairs::dry_run(d, rule.id, Look::default()).await.expect("tried").matched;
        assert_eq!(matched().await, 8);
        let of_second =
            office.all().await.into_iter().find(|pair| pair.client_text.contains("number5 ")).expect("there").id;
        office.decide(of_second, PairStatus::Rejected, office.ben).await;
        assert_eq!(matched().await, 4, "near duplicates of what was rejected wait for somebody");
        office.pass();
        office.decide(of_second, PairStatus::New, office.ben).await;
        assert_eq!(matched().await, 8);

        // Somebody changes it; the page of somebody else shows it as it was.
        office.pass();
        let input = TrustRuleInput {
            name: rule.name.clone(),
            least_quality: Some(0),
            least_said: Some(1),
            integration_account_id: None,
            language: None,
        };
        let changed = pairs::save_trust_rule(d, by, Some(rule.id), input).await.expect("saved");
        let stale = pairs::switch_trust_rule(d, by, rule.id, true, Some(rule.updated_at)).await;
        assert_eq!(stale, Err(Problem::conflict(ConflictCode::TrustRuleChanged)));
        let fresh = pairs::switch_trust_rule(d, by, rule.id, true, Some(changed.updated_at)).await.expect("switched");
        assert!(fresh.on_since.is_some());
        pairs::switch_trust_rule(d, by, rule.id, false, Some(rule.updated_at)).await.expect("off, whatever was seen");
    })
    .await;
}

#[tokio::test]
async fn a_rule_does_what_its_dry_run_shows_and_nothing_twice() {
    on_each_database("trust rules", |db| async move {
        let office = Office::open(&db).await;
        // Good and said often; good and said twice; often and not good.
        office.add(0..25, 95, Some(1)).await;
        office.add(25..27, 95, Some(2)).await;
        office.add(27..40, 60, Some(3)).await;
        office.work().await;
        let ids = office.all().await;
        let of = |number: usize| {
            let text = format!("question number{number} where is my parcel");
            ids.iter().find(|pair| pair.client_text == text).expect("is there").id
        };
        office.decide(of(0), PairStatus::Approved, office.ben).await;
        let edit = "UPDATE ai_training_pairs SET edited = TRUE WHERE client_text LIKE '%number1 %'";
        db.execute(edit, edit).await;
        let (d, by) = (&office.d, Actor::page(office.ann));
        let rule = office.rule("often and good").await;
        assert_eq!(rule.on_since, None, "off by default");
        office.work().await;
        assert_eq!(office.counts().await, [39, 1, 0], "it does nothing by itself");

        // The dry run, page by page.
        let (mut shown, mut cursor) = (BTreeSet::new(), None);
        let mut first = None;
        loop {
            let look = Look { cursor: cursor.as_deref(), as_of: first };
            let preview = pairs::dry_run(d, rule.id, look).await.expect("tried");
            assert_eq!((preview.matched, preview.matched_exact), (23, true));
            first = Some(preview.as_of);
            shown.extend(preview.examples.iter().map(|pair| pair.id));
            cursor = preview.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(shown.len(), 23);
        office.pass();
        let bulk = pairs::apply_rule(d, by, rule.id, first).await.expect("applied");
        assert_eq!(bulk.rule.as_deref(), Some("often and good"));
        office.pass();
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.decided, told.skipped), (BulkState::Done, 23, 0));
        let approved: BTreeSet<PairId> = office
            .all()
            .await
            .into_iter()
            .filter(|pair| pair.status == PairStatus::Approved && pair.id != of(0))
            .inspect(|pair| assert_eq!(pair.decided_by_rule.as_deref(), Some("often and good")))
            .map(|pair| pair.id)
            .collect();
        assert_eq!(approved, shown, "just what the dry run showed");

        // Somebody decides one anew: it is theirs. And one is reset: the rule leaves it alone.
        office.pass();
        office.decide(of(2), PairStatus::New, office.ben).await;
        office.decide(of(3), PairStatus::New, office.ben).await;
        office.pass();
        office.decide(of(3), PairStatus::Approved, office.ben).await;
        let theirs = d.store.pair(of(3)).await.expect("reads").expect("is there");
        assert_eq!(theirs.decided_by_rule, None);
        let nothing = pairs::apply_rule(d, by, rule.id, None).await;
        assert_eq!(nothing, Err(Problem::conflict(ConflictCode::NothingToDecide)));

        // Taken back in one step; it does not come again.
        pairs::undo(d, by, None).await.expect("begun");
        office.work().await;
        assert_eq!(office.told(&bulk).await.undone, 21);
        assert_eq!(pairs::dry_run(d, rule.id, Look::default()).await.expect("tried").matched, 0);
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_is_on_approves_what_comes_and_is_off_after_a_change() {
    on_each_database("automatic rules", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..5, 95, Some(1)).await;
        office.work().await;
        let (d, by) = (&office.d, Actor::page(office.ann));
        let rule = office.rule("often and good").await;
        office.pass();
        let on = pairs::switch_trust_rule(d, by, rule.id, true, Some(rule.updated_at)).await.expect("switched");
        assert_eq!((on.on_since, on.switched_on_by.as_deref()), (Some(office.now()), Some("Anna")));
        office.pass();
        office.work().await;
        assert_eq!(office.counts().await, [5, 0, 0], "what was here before is left");
        office.add(5..8, 95, Some(1)).await;
        office.add(8..10, 20, Some(1)).await;
        office.work().await;
        assert_eq!(office.counts().await, [7, 3, 0]);
        let latest = pairs::bulk_decisions(d, None).await.expect("reads").items;
        assert_eq!(latest.len(), 1);
        let told = &latest[0];
        assert_eq!((told.rule.as_deref(), told.decided, told.state), (Some("often and good"), 3, BulkState::Done));
        assert_eq!(pairs::steps(d, by).await.expect("reads").items, [], "nobody took this step");

        // What is undone stays so, whatever comes after it.
        pairs::undo_bulk(d, by, &office.person(office.ann, Role::Admin), told.id).await.expect("begun");
        office.work().await;
        office.pass();
        office.add(10..11, 95, Some(1)).await;
        office.work().await;
        assert_eq!(office.counts().await, [10, 1, 0]);

        // Another condition is another rule: somebody has to look at it first.
        let input = TrustRuleInput {
            name: "often".to_owned(),
            least_quality: Some(0),
            least_said: None,
            integration_account_id: None,
            language: Some("en".to_owned()),
        };
        let changed = pairs::save_trust_rule(d, by, Some(rule.id), input).await.expect("saved");
        assert_eq!((changed.on_since, changed.least_said), (None, 3));
        office.pass();
        office.add(11..14, 95, Some(1)).await;
        office.work().await;
        assert_eq!(office.counts().await, [13, 1, 0]);
        pairs::delete_trust_rule(d, by, rule.id).await.expect("deleted");
        let first = &pairs::bulk_decisions(d, None).await.expect("reads").items[0];
        assert_eq!(first.rule.as_deref(), Some("often and good"), "what it did is told by its name");
        let acts = [AuditAction::TrustRuleSaved, AuditAction::TrustRuleOn, AuditAction::TrustRuleDeleted];
        for action in acts {
            assert!(!office.acts(action).await.is_empty(), "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn all_that_a_search_finds_are_tagged_and_undo_leaves_what_somebody_changed() {
    on_each_database("bulk tags", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..10, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let tag_id = office.new_tag("Billing: \u{201c}late\u{201d}").await;
        office.tag(ids[0], tag_id, true).await;
        office.pass();
        let bulk = office.ask_to(BulkAct::Tag { tag_id }, Some("parcel")).await.expect("asked");
        assert_eq!((bulk.matched, bulk.about.as_deref()), (10, Some("Billing: \u{201c}late\u{201d}")));
        office.pass();
        // Decided since: it is left, as by a decision.
        office.decide(ids[1], PairStatus::Approved, office.ben).await;
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.decided, told.skipped, told.unchanged), (BulkState::Done, 8, 1, 1));
        assert_eq!(office.counts().await, [9, 1, 0], "nothing is decided");
        let find = PairQuery { text: Some("is:tagged".to_owned()), ..PairQuery::default() };
        let found = pairs::preview_bulk(&office.d, Actor::page(office.ben), &find, Look::default()).await;
        assert_eq!(found.expect("found").matched, 9);
        let steps = pairs::steps(&office.d, Actor::page(office.ann)).await.expect("read").items;
        assert_eq!((steps[0].status, steps[0].pairs, steps[0].tag.is_some()), (None, 8, true));

        // Ben takes it off one, and off and on another one; undo leaves both.
        office.pass();
        office.tag(ids[2], tag_id, false).await;
        office.tag(ids[3], tag_id, false).await;
        office.pass();
        office.tag(ids[3], tag_id, true).await;
        office.pass();
        let told = office.undo(&bulk).await;
        assert_eq!((told.state, told.undone, told.stayed), (BulkState::Undone, 6, 2));
        let has: Vec<bool> = office.marks(&ids[..6]).await.into_iter().map(|(has, _)| has).collect();
        assert_eq!(has, [true, false, false, true, false, false]);
        let name = "tag Billing: \u{201c}late\u{201d}: ";
        assert_eq!(office.acts(AuditAction::BulkAsked).await, [Some(format!("{name}10"))]);
        assert_eq!(office.acts(AuditAction::BulkEnded).await, [Some(format!("{name}8 done, 1 left, 1 unchanged"))]);

        // Taken off all, and back on with who had put it there.
        let off = office.ask_to(BulkAct::Untag { tag_id }, Some("is:tagged")).await.expect("asked");
        office.pass();
        office.work().await;
        assert_eq!(office.told(&off).await.decided, 2);
        assert!(office.marks(&ids).await.iter().all(|(has, _)| !has));
        office.pass();
        office.tag(ids[0], tag_id, true).await;
        office.pass();
        let told = office.undo(&off).await;
        assert_eq!((told.undone, told.stayed), (1, 1), "Ben had put it on the first one again");
        let pair = pairs::get(&office.d, ids[3]).await.expect("is there");
        assert_eq!(pair.tags[0].at, noon() + TimeDelta::seconds(4), "as it was");
    })
    .await;
}

#[tokio::test]
async fn a_tag_or_a_person_that_goes_meanwhile_ends_it_with_words() {
    on_each_database("bulk marks end", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..30, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let (d, by) = (&office.d, Actor::page(office.ann));
        let tag_id = office.new_tag("late").await;
        let place = Some(ids[9].to_string());
        let bulk = office.ask_to(BulkAct::Tag { tag_id }, None).await.expect("asked");
        office.pass();
        let first = d.store.act_on_slice(bulk.id, None, &ids[..10], place.as_deref(), office.now()).await;
        assert_eq!(first.expect("written"), Slice::Written);
        pairs::delete_tag(d, by, tag_id).await.expect("deleted");
        let next = d.store.act_on_slice(bulk.id, place.as_deref(), &ids[10..20], None, office.now()).await;
        assert_eq!(next.expect("refused"), Slice::Impossible(BulkFault::TagGone));
        // No cursor of a search: it begins anew.
        let again = "UPDATE bulk_decisions SET place = NULL WHERE state = 'running'";
        db.execute(again, again).await;
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.fault, told.decided), (BulkState::Failed, Some(BulkFault::TagGone), 10));
        assert_eq!((told.error.as_deref(), told.about.as_deref()), (Some("the tag was deleted"), Some("late")));
        let told = office.undo(&bulk).await;
        assert_eq!((told.state, told.undone, told.stayed), (BulkState::Undone, 0, 10));
        let unknown = office.ask_to(BulkAct::Tag { tag_id }, None).await;
        assert!(matches!(unknown, Err(Problem::NotFound { .. })), "{unknown:?}");

        // Ben is shut out between two slices: what he got he has given back.
        let to_ben = BulkAct::Assign { assign_to_id: Some(office.ben) };
        pairs::assign(d, by, &ids[..2], Some(office.ann)).await.expect("assigned");
        office.pass();
        let bulk = office.ask_to(to_ben.clone(), None).await.expect("asked");
        office.pass();
        let first = d.store.act_on_slice(bulk.id, None, &ids[..10], place.as_deref(), office.now()).await;
        assert_eq!(first.expect("written"), Slice::Written);
        people::set_active(d, by, office.ben, false).await.expect("is shut out");
        let next = d.store.act_on_slice(bulk.id, place.as_deref(), &ids[10..20], None, office.now()).await;
        assert_eq!(next.expect("refused"), Slice::Impossible(BulkFault::PersonGone));
        db.execute(again, again).await;
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.fault), (BulkState::Failed, Some(BulkFault::PersonGone)));
        let told = office.undo(&bulk).await;
        assert_eq!((told.undone, told.stayed), (0, 10), "nobody has them any more");
        assert!(office.ask_to(to_ben, None).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn all_that_a_search_finds_are_given_to_somebody_and_taken_back() {
    on_each_database("bulk assign", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..6, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let (d, by) = (&office.d, Actor::page(office.ben));
        let (ann, ben) = (Some(office.ann), Some(office.ben));
        pairs::assign(d, by, &ids[..1], ann).await.expect("assigned");
        pairs::assign(d, by, &ids[1..2], ben).await.expect("assigned");
        office.pass();
        let bulk = office.ask_to(BulkAct::Assign { assign_to_id: ben }, None).await.expect("asked");
        assert_eq!(bulk.about.as_deref(), Some("Anna"), "both are called so");
        office.pass();
        // Somebody gives one to Ann since.
        pairs::assign(d, by, &ids[2..3], ann).await.expect("assigned");
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.state, told.decided, told.skipped, told.unchanged), (BulkState::Done, 4, 1, 1));
        let whose = async || office.marks(&ids).await.into_iter().map(|(_, whose)| whose).collect::<Vec<_>>();
        assert_eq!(whose().await, [ben, ben, ann, ben, ben, ben]);
        office.pass();
        pairs::assign(d, by, &ids[3..4], ann).await.expect("assigned");
        pairs::assign(d, by, &ids[4..5], None).await.expect("assigned");
        office.pass();
        let told = office.undo(&bulk).await;
        assert_eq!((told.undone, told.stayed), (2, 2));
        assert_eq!(whose().await, [ann, ben, ann, ann, None, None]);
        assert_eq!(office.acts(AuditAction::BulkEnded).await.len(), 1);

        // To nobody, and back.
        let bulk = office.ask_to(BulkAct::Assign { assign_to_id: None }, None).await.expect("asked");
        office.pass();
        office.work().await;
        let told = office.told(&bulk).await;
        assert_eq!((told.decided, told.unchanged), (4, 2));
        assert_eq!(whose().await, [None; 6]);
        office.pass();
        pairs::assign(d, by, &ids[..1], ben).await.expect("assigned");
        let told = office.undo(&bulk).await;
        assert_eq!((told.undone, told.stayed), (3, 1));
        assert_eq!(whose().await, [ben, ben, ann, ann, None, None]);
    })
    .await;
}

#[tokio::test]
async fn picked_pairs_are_marked_and_taken_back_in_one_step() {
    on_each_database("picked marks", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..4, 50, None).await;
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        let (d, by) = (&office.d, Actor::page(office.ann));
        let tag_id = office.new_tag("late").await;
        let seen = office.now();
        office.pass();
        office.tag(ids[0], tag_id, true).await;
        office.decide(ids[1], PairStatus::Approved, office.ben).await;
        let on = BulkAct::Tag { tag_id };
        let done = pairs::act_on_picked(d, by, &ids, &on, Some(seen)).await.expect("tagged");
        assert_eq!((done.decided, done.skipped, done.unchanged), (3, 0, 1), "a decision is no reason to leave a pair");
        let steps = pairs::steps(d, by).await.expect("read").items;
        assert_eq!((steps[0].tag.as_deref(), steps[0].pairs, steps[0].status), (Some("late"), 3, None));
        // What Ben has put on since is not taken off unseen.
        let off = BulkAct::Untag { tag_id };
        office.pass();
        let done = pairs::act_on_picked(d, by, &ids, &off, Some(seen)).await.expect("tagged");
        assert_eq!((done.decided, done.skipped, done.unchanged), (3, 1, 0));
        office.pass();
        let undone = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((undone.undone, undone.stayed, undone.tagged), (3, 0, true));
        office.tag(ids[3], tag_id, false).await;
        office.pass();
        let undone = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((undone.undone, undone.stayed), (2, 1));
        let has: Vec<bool> = office.marks(&ids).await.into_iter().map(|(has, _)| has).collect();
        assert_eq!(has, [true, false, false, false]);
        assert_eq!(
            office.acts(AuditAction::PairsTagged).await,
            [
                Some("2 taken back, 1 left".to_owned()),
                Some("3 taken back, 0 left".to_owned()),
                Some("untag late: 3".to_owned()),
                Some("tag late: 3".to_owned()),
            ]
        );

        let to_ben = BulkAct::Assign { assign_to_id: Some(office.ben) };
        let done = pairs::act_on_picked(d, by, &ids[..3], &to_ben, None).await.expect("assigned");
        assert_eq!((done.decided, done.unchanged), (3, 0));
        assert!(pairs::steps(d, by).await.expect("read").items[0].assigned);
        office.pass();
        pairs::assign(d, Actor::page(office.ben), &ids[..1], Some(office.ann)).await.expect("assigned");
        let undone = pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!((undone.undone, undone.stayed, undone.assigned), (2, 1, true));
        let whose: Vec<_> = office.marks(&ids).await.into_iter().map(|(_, whose)| whose).collect();
        assert_eq!(whose, [Some(office.ann), None, None, None]);
        assert!(office.acts(AuditAction::PairsAssigned).await.contains(&Some("2 taken back, 1 left".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn what_approved_pairs_rest_on_adds_up_also_after_undo() {
    on_each_database("approval basis", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..4, 50, Some(7)).await;
        office.add(4..20, 50, None).await;
        office.work().await;
        let (d, by) = (&office.d, Actor::page(office.ann));
        let all = office.all().await;
        let mut group = all.iter().filter(|pair| pair.duplicates > 1).map(|pair| pair.id);
        let (same, group_id) = (group.next().expect("a group"), all.iter().find_map(|pair| pair.group_id.clone()));
        let ids: Vec<PairId> = all.iter().filter(|pair| pair.duplicates < 2).map(|pair| pair.id).collect();
        assert_eq!(office.basis().await, ApprovalBasis::default());

        office.decide(ids[0], PairStatus::Approved, office.ann).await;
        office.decide(ids[1], PairStatus::Approved, office.ann).await;
        let sql =
            "UPDATE ai_training_pairs SET edited = TRUE WHERE status = 'approved' AND client_text LIKE '%number5 %'";
        db.execute(sql, sql).await;
        office.pass();
        pairs::decide_group(d, by, &group_id.expect("a group"), GroupChoice::All(PairStatus::Approved), None, None)
            .await
            .expect("decided");
        office.pass();
        let approve = BulkAct::from(PairStatus::Approved);
        pairs::act_on_picked(d, by, &ids[2..5], &approve, None).await.expect("decided");
        let before = office.basis().await;
        assert_eq!((before.one_by_one, before.edited, before.group, before.picked), (1, 1, 4, 3));
        office.pass();
        let bulk = office.ask(None, PairStatusFilter::All, PairStatus::Approved).await;
        office.pass();
        office.work().await;
        let then = office.basis().await;
        assert_eq!(then, ApprovalBasis { approved: 20, bulk: 11, ..before });

        // The latest decision counts: taken back, the one before it.
        office.decide(same, PairStatus::Rejected, office.ben).await;
        office.pass();
        office.decide(same, PairStatus::Approved, office.ben).await;
        assert_eq!(office.basis().await, ApprovalBasis { one_by_one: 2, group: 3, ..then });
        office.pass();
        for _ in 0..2 {
            pairs::undo(d, Actor::page(office.ben), None).await.expect("taken back");
        }
        assert_eq!(office.basis().await, then);
        assert_eq!(office.undo(&bulk).await.undone, 11);
        assert_eq!(office.basis().await, before);
        pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!(office.basis().await, ApprovalBasis { approved: 6, picked: 0, ..before });

        // Two people agree, and a disagreement is settled.
        pairs::set_opinion_share(d, by, 100).await.expect("set");
        for id in &ids[5..8] {
            office.decide(*id, PairStatus::Approved, office.ann).await;
        }
        let opinion = Actor::page(office.ben);
        assert_eq!(office.basis().await.second_opinion, 0);
        office.pass();
        pairs::give_opinion(d, opinion, ids[5], PairStatus::Approved).await.expect("given");
        pairs::give_opinion(d, opinion, ids[6], PairStatus::Rejected).await.expect("given");
        assert_eq!(office.basis().await.second_opinion, 1, "what two do not agree on rests on the first");
        pairs::settle_opinion(d, opinion, ids[6], PairStatus::Approved).await.expect("settled");
        let basis = office.basis().await;
        assert_eq!((basis.approved, basis.second_opinion, basis.one_by_one), (9, 2, 2));
        office.pass();
        office.decide(ids[5], PairStatus::New, office.ann).await;
        assert_eq!(office.basis().await.second_opinion, 1);
        office.pass();
        pairs::undo(d, by, None).await.expect("taken back");
        assert_eq!(office.basis().await, basis);

        // Whatever deletes pairs counts them off; a copy counts the same.
        let sql = "DELETE FROM ai_training_pairs WHERE client_text LIKE '%number5 %'";
        db.execute(sql, sql).await;
        assert_eq!(office.basis().await.edited, 0);
    })
    .await;
}

#[tokio::test]
async fn an_open_pair_offers_what_there_is_now() {
    on_each_database("choices", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..1, 50, None).await;
        let id = office.all().await[0].id;
        let other = db.domain(office.clock.clone()).await;
        let offered = async || {
            let mut seen = Vec::new();
            for d in [&office.d, &other] {
                let choices = pairs::open(d, id).await.expect("opens").choices;
                seen.push((choices.tags.len(), choices.reviewers.len(), choices.has_guidelines));
            }
            assert_eq!(seen[0], seen[1], "every process offers the same");
            seen[0]
        };
        assert_eq!(offered().await, (0, 2, false));
        let tag = office.new_tag("late").await;
        assert_eq!(offered().await, (1, 2, false));
        people::set_active(&office.d, Actor::page(office.ann), office.ben, false).await.expect("is shut out");
        let input = GuidelinesInput { text: "Be kind.".to_owned(), seen: None };
        pairs::save_guidelines(&other, Actor::page(office.ann), &input).await.expect("saved");
        assert_eq!(offered().await, (1, 1, true));
        pairs::delete_tag(&other, Actor::page(office.ann), tag).await.expect("deleted");
        assert_eq!(offered().await, (0, 1, true));
        let (one, same) = (pairs::open(&office.d, id).await.expect("opens"), pairs::open(&office.d, id).await);
        assert!(Arc::ptr_eq(&one.choices, &same.expect("opens").choices), "it is read once");
    })
    .await;
}

#[tokio::test]
async fn a_disagreement_that_it_settled_is_open_again_when_it_is_taken_back() {
    on_each_database("bulk and opinions", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..3, 50, None).await;
        office.work().await;
        let (d, by) = (&office.d, Actor::page(office.ann));
        let ids: Vec<PairId> = office.all().await.iter().map(|pair| pair.id).collect();
        pairs::set_opinion_share(d, by, 100).await.expect("set");
        for id in &ids[..2] {
            office.decide(*id, PairStatus::Approved, office.ann).await;
            pairs::give_opinion(d, Actor::page(office.ben), *id, PairStatus::Rejected).await.expect("given");
        }
        let open = async || d.store.disagreements(10).await.expect("reads").1;
        pairs::settle_opinion(d, by, ids[0], PairStatus::Approved).await.expect("settled");
        assert_eq!(open().await, 1);
        office.pass();
        let bulk = office.ask(None, PairStatusFilter::All, PairStatus::Rejected).await;
        office.pass();
        office.work().await;
        assert_eq!((office.told(&bulk).await.decided, open().await), (3, 0));
        office.pass();
        assert_eq!((office.undo(&bulk).await.undone, open().await), (3, 1), "the one that a person settled stays so");
    })
    .await;
}

#[tokio::test]
async fn the_list_of_them_goes_on_page_by_page() {
    on_each_database("bulk list", |db| async move {
        let office = Office::open(&db).await;
        office.add(0..2, 50, None).await;
        office.work().await;
        let mut asked = Vec::new();
        for _ in 0..5 {
            office.pass();
            asked.push(office.ask(None, PairStatusFilter::All, PairStatus::Approved).await.id);
        }
        asked.reverse();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = office.d.store.bulk_decisions(cursor.as_deref(), 2).await.expect("reads");
            assert_eq!(page.count, page.items.len());
            seen.extend(page.items.iter().map(|one| one.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, asked);
        let refused = pairs::bulk_decisions(&office.d, Some("nowhere")).await;
        assert!(matches!(refused, Err(Problem::Invalid { .. })), "{refused:?}");
    })
    .await;
}
