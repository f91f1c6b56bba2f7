//! The review: why pairs are rejected, what is written into them, and how the last steps are taken back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    store::{Apply, Decision, DeletedMail, GroupDecision, MailChanges, PairDecision, Store, TextsEdit, UndoOutcome},
    types::{
        AccountId, Direction, PairFilter, PairId, PairLabels, PairStatus, PairStatusFilter, RejectReason, Rejection,
        RunId, TrainingPair, UserId,
    },
};
use sqlx::{Connection as _, PgConnection};

use crate::{
    pairs::pair,
    save_pairs,
    support::{
        noon, on_each_database,
        store::{LEASE, gmail, message, open, store_messages, sync_of, user},
    },
};

/// So many pairs with the same reply, the newest first.
pub(crate) async fn stage(store: &Store, count: i64) -> (AccountId, Vec<PairId>) {
    let (account, _, ids) = stage_of_a_run(store, count).await;
    (account, ids)
}

/// The same, and the run that brought them and goes on.
async fn stage_of_a_run(store: &Store, count: i64) -> (AccountId, RunId, Vec<PairId>) {
    let account = gmail(store, None, "us@y.example").await;
    let run = store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
    for number in 0..count {
        let thread = format!("t{number}");
        let of_thread = |direction, name: &str| message(&format!("{name}{number}"), &thread, direction);
        let messages = [of_thread(Direction::Incoming, "c"), of_thread(Direction::Outgoing, "r")];
        store_messages(store, account, run, &messages).await;
        let mail = store.thread_mail(account, &thread).await.expect("reads");
        let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there").id;
        let mut new =
            pair(of(Direction::Incoming), of(Direction::Outgoing), &format!("question {number}"), after(-number));
        new.labels = PairLabels {
            reply_fingerprint: "1-0123456789abcdef-0123456789abcdef-28".to_owned(),
            ..PairLabels::default()
        };
        save_pairs(store, account, &thread, vec![new], Apply::Yes).await;
    }
    let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    let page = store.list_pairs(&all, None, count, 0).await.expect("reads");
    (account, run, page.items.into_iter().map(|pair| pair.id).collect())
}

fn after(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

fn because(reason: RejectReason, note: Option<&str>) -> Rejection {
    Rejection { reason, note: note.map(ToOwned::to_owned) }
}

async fn decide(store: &Store, id: PairId, decision: impl Into<Decision>, by: UserId, minute: i64) -> TrainingPair {
    match store.set_pair_status(id, decision, by, after(minute)).await.expect("writes") {
        PairDecision::Decided(pair) => *pair,
        other => panic!("not decided: {other:?}"),
    }
}

async fn undo(store: &Store, by: UserId, about: Option<PairId>, minute: i64) -> UndoOutcome {
    store.undo_step(by, about, after(minute)).await.expect("writes")
}

/// The pair that a step was taken back of.
fn one(outcome: UndoOutcome) -> TrainingPair {
    match outcome {
        UndoOutcome::Undone(step) if (step.undone, step.stayed) == (1, 0) => *step.pair.expect("one pair"),
        other => panic!("not taken back: {other:?}"),
    }
}

#[tokio::test]
async fn a_reason_belongs_to_the_rejection_and_goes_with_it() {
    on_each_database("reject_reasons", |db| async move {
        let store = open(&db).await;
        let (ann, ben) = (user(&store, "a@x.example").await, user(&store, "b@x.example").await);
        let (_, ids) = stage(&store, 1).await;
        let id = ids[0];
        let rejected = |reason, note| Decision { because: Some(because(reason, note)), ..PairStatus::Rejected.into() };
        let said = |pair: &TrainingPair| (pair.status, pair.reject_reason, pair.reject_note.clone());

        decide(&store, id, PairStatus::Rejected, ann, 0).await;
        // The reason comes a moment later: still one step.
        let with_reason = decide(&store, id, rejected(RejectReason::Outdated, None), ann, 1).await;
        assert_eq!(said(&with_reason), (PairStatus::Rejected, Some(RejectReason::Outdated), None));
        // Without a reason what is rejected stays as it is.
        let same = decide(&store, id, PairStatus::Rejected, ann, 2).await;
        assert_eq!((said(&same), same.decided_at), (said(&with_reason), Some(after(1))));
        assert_eq!(store.review_steps(ann).await.expect("reads").len(), 1);
        assert_eq!(said(&one(undo(&store, ann, None, 3).await)), (PairStatus::New, None, None));
        assert_eq!(undo(&store, ann, None, 3).await, UndoOutcome::Nothing);

        // Of somebody else's rejection it is a step of one's own.
        decide(&store, id, rejected(RejectReason::Other, Some("a joke")), ann, 4).await;
        let approved = decide(&store, id, PairStatus::Approved, ben, 5).await;
        assert_eq!(said(&approved), (PairStatus::Approved, None, None));
        let back = one(undo(&store, ben, None, 6).await);
        assert_eq!(said(&back), (PairStatus::Rejected, Some(RejectReason::Other), Some("a joke".to_owned())));
        assert_eq!((back.decided_at, back.decided_by.as_deref()), (Some(after(4)), Some("Anna")));
        decide(&store, id, rejected(RejectReason::Wrong, None), ben, 7).await;
        let back = one(undo(&store, ben, Some(id), 8).await);
        assert_eq!(said(&back), (PairStatus::Rejected, Some(RejectReason::Other), Some("a joke".to_owned())));
        // And then the first one can be taken back by whoever took it.
        assert_eq!(said(&one(undo(&store, ann, None, 9).await)), (PairStatus::New, None, None));
    })
    .await;
}

#[tokio::test]
async fn the_last_twenty_steps_are_taken_back_and_nothing_of_others() {
    on_each_database("review_steps", |db| async move {
        let store = open(&db).await;
        let (ann, ben) = (user(&store, "a@x.example").await, user(&store, "b@x.example").await);
        let (account, ids) = stage(&store, 3).await;
        for minute in 0..22 {
            let to = if minute % 2 == 0 { PairStatus::Approved } else { PairStatus::Rejected };
            decide(&store, ids[0], to, ann, minute).await;
        }
        let steps = store.review_steps(ann).await.expect("reads");
        assert_eq!((steps.len(), steps[0].at, steps[0].pair_id), (20, after(21), Some(ids[0])));
        for step in 0..20 {
            let back = one(undo(&store, ann, None, 30 + step).await);
            assert_eq!(back.status, if step % 2 == 0 { PairStatus::Approved } else { PairStatus::Rejected }, "{step}");
        }
        assert_eq!(undo(&store, ann, None, 50).await, UndoOutcome::Nothing);
        decide(&store, ids[0], PairStatus::New, ann, 51).await;
        assert_eq!(one(undo(&store, ann, None, 52).await).status, PairStatus::Rejected, "also going back to new");

        // What somebody decided since stays, and is told; the step before can be taken back all the same.
        decide(&store, ids[1], PairStatus::Approved, ann, 60).await;
        decide(&store, ids[2], PairStatus::Approved, ann, 61).await;
        decide(&store, ids[2], PairStatus::Rejected, ben, 62).await;
        let UndoOutcome::Overtaken(there) = undo(&store, ann, None, 63).await else { panic!("it is Ben's by now") };
        assert_eq!((there.status, there.decided_at), (PairStatus::Rejected, Some(after(62))));
        assert_eq!(one(undo(&store, ann, None, 64).await).id, ids[1]);
        assert_eq!(one(undo(&store, ben, None, 65).await).status, PairStatus::Approved, "as Ben found it");

        // A whole group is one step.
        for id in &ids {
            decide(&store, *id, PairStatus::New, ben, 70).await;
        }
        while store.group_pairs(10, noon()).await.expect("writes") > 0 {}
        let group = store.pair(ids[0]).await.expect("reads").and_then(|pair| pair.group_id).expect("a group");
        let wrong = because(RejectReason::Wrong, None);
        let decided = store.decide_group(&group, PairStatus::Rejected, Some(&wrong), None, ann, after(71)).await;
        assert_eq!(decided.expect("writes"), GroupDecision::Decided(3));
        let first = store.pair(ids[0]).await.expect("reads").expect("is there");
        assert_eq!((first.status, first.reject_reason), (PairStatus::Rejected, Some(RejectReason::Wrong)));
        decide(&store, ids[1], PairStatus::Approved, ben, 72).await;
        assert_eq!(
            undo(&store, ann, Some(ids[0]), 73).await,
            UndoOutcome::Nothing,
            "it was no step about that pair alone"
        );
        let UndoOutcome::Undone(undone) = undo(&store, ann, None, 74).await else { panic!("two are left of it") };
        assert_eq!((undone.undone, undone.stayed, undone.pair), (2, 1, None));
        let first = store.pair(ids[0]).await.expect("reads").expect("is there");
        assert_eq!((first.status, first.reject_reason, first.decided_at), (PairStatus::New, None, None));

        // Pairs that are gone take their steps with them.
        store.delete_account(account, noon()).await.expect("writes");
        assert_eq!(undo(&store, ben, None, 80).await, UndoOutcome::Nothing);
        assert_eq!(store.review_steps(ben).await.expect("reads"), []);
    })
    .await;
}

#[tokio::test]
async fn two_who_take_back_at_once_take_back_one_step_each() {
    on_each_database("undo_at_once", |db| async move {
        let store = open(&db).await;
        let ann = user(&store, "a@x.example").await;
        let (_, ids) = stage(&store, 2).await;
        for (minute, id) in ids.iter().enumerate() {
            decide(&store, *id, PairStatus::Approved, ann, i64::try_from(minute).expect("few")).await;
        }
        let (one_outcome, other) = tokio::join!(undo(&store, ann, None, 5), undo(&store, ann, None, 5));
        let mut undone = [one(one_outcome).id, one(other).id];
        undone.sort_unstable();
        let mut all = [ids[0], ids[1]];
        all.sort_unstable();
        assert_eq!(undone, all);
    })
    .await;
}

#[tokio::test]
async fn what_is_written_into_a_pair_is_kept_beside_what_it_said() {
    on_each_database("pair_edits", |db| async move {
        let store = open(&db).await;
        let (ann, ben) = (user(&store, "a@x.example").await, user(&store, "b@x.example").await);
        let (_, ids) = stage(&store, 1).await;
        let id = ids[0];
        let before = store.pair(id).await.expect("reads").expect("is there");
        let write = async |reply: &str, by, as_of, minute| {
            let edit = TextsEdit {
                client_text: before.client_text.clone(),
                our_reply_text: reply.to_owned(),
                labels: PairLabels { reply_chars: 7, ..PairLabels::default() },
                mail_says: (before.client_text.clone(), before.our_reply_text.clone()),
            };
            store.edit_texts(id, &edit, as_of, by, after(minute)).await.expect("writes")
        };
        assert_eq!(write("late", ann, Some(after(-99)), 1).await, PairDecision::Changed);
        let PairDecision::Decided(edited) = write("better", ann, Some(before.updated_at), 2).await else {
            panic!("nobody else was here");
        };
        assert_eq!((edited.our_reply_text.as_str(), edited.edited, edited.status), ("better", true, PairStatus::New));
        decide(&store, id, PairStatus::Approved, ann, 3).await;
        write("best", ben, None, 4).await;
        // What changes nothing is no edit.
        write("best", ben, None, 5).await;
        let edits = store.pair_edits(id).await.expect("reads");
        let said: Vec<_> =
            edits.iter().map(|edit| (edit.was_reply_text.as_str(), edit.reply_text.as_str(), edit.at)).collect();
        assert_eq!(said, [("answer", "better", after(2)), ("better", "best", after(4))]);
        assert_eq!(edits[0].by.as_deref(), Some("Anna"));

        // Ann's edit is under Ben's: first his is taken back, then hers.
        assert!(matches!(undo(&store, ann, None, 6).await, UndoOutcome::Undone(_)), "the approval");
        assert_eq!(undo(&store, ann, None, 7).await, UndoOutcome::Rewritten, "Ben wrote since");
        let UndoOutcome::Undone(step) = undo(&store, ben, None, 8).await else { panic!("it is his") };
        let back = step.pair.expect("one pair");
        assert!(step.edited);
        assert_eq!((back.our_reply_text.as_str(), back.edited), ("better", true));
        assert_eq!(store.pair_edits(id).await.expect("reads").len(), 1);
    })
    .await;
}

/// How many sessions of this database wait for a row that another one holds, as soon as there are so many.
async fn waiting(db: &mut PgConnection, wanted: i64) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..600 {
        let number: i64 = sqlx::query_scalar(sql).fetch_one(&mut *db).await.expect("reads");
        if number >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("fewer than {wanted} wait");
}

/// A sync learns in two steps that the mail of two pairs is gone, and between them somebody decides about both: in whichever order, the
/// one waits for the other, and never the other for the one as well.
#[tokio::test]
async fn a_large_decision_and_mail_that_goes_do_not_wait_for_each_other() {
    for gone in [["c0", "c1"], ["c1", "c0"]] {
        on_each_database("decided while mail goes", |db| async move {
            let store = open(&db).await;
            let ann = user(&store, "a@x.example").await;
            let (account, run, ids) = stage_of_a_run(&store, 2).await;
            while store.group_pairs(10, noon()).await.expect("writes") > 0 {}
            let group = store.pair(ids[0]).await.expect("reads").and_then(|pair| pair.group_id).expect("a group");
            while store.note_pairs(10).await.expect("writes") > 0 {}

            let changes = MailChanges { deleted: gone.map(str::to_owned).to_vec(), ..MailChanges::default() };
            let goes = store.apply_changes(account, run, &changes, DeletedMail::Keep, after(1));
            let decide = store.decide_group(&group, PairStatus::Approved, None, Some(2), ann, after(2));
            let (outcome, decided) = if db.url.starts_with("sqlite") {
                tokio::join!(goes, decide)
            } else {
                // Somebody else is at the second message, so that the sync waits there and goes on when both are under way.
                let mut other = PgConnection::connect(&db.url).await.expect("opens");
                let mut watch = PgConnection::connect(&db.url).await.expect("opens");
                let mut hold = other.begin().await.expect("begins");
                sqlx::query("SELECT 1 FROM emails_messages WHERE external_id = $1 FOR UPDATE")
                    .bind(gone[1])
                    .fetch_one(&mut *hold)
                    .await
                    .expect("reads");
                let decide = async {
                    waiting(&mut watch, 1).await;
                    let go_on = async {
                        let mut watch = PgConnection::connect(&db.url).await.expect("opens");
                        waiting(&mut watch, 2).await;
                        hold.rollback().await.expect("ends");
                    };
                    tokio::join!(decide, go_on).0
                };
                tokio::join!(goes, decide)
            };
            assert_eq!(outcome.expect("nobody is in the way for good").deleted, 2);
            assert_eq!(decided.expect("nobody is in the way for good"), GroupDecision::Decided(2));
            assert_eq!(store.pairs_waiting().await.expect("reads"), 2);
        })
        .await;
    }
}
