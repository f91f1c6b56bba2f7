//! Which messages make a pair, as people correct it: what they say holds, nothing is lost, and it can be taken back.

mod support;

use std::{fmt::Write as _, sync::Arc};

use replybook::{
    Domain,
    clock::ManualClock,
    import, pairs,
    store::Apply,
    types::{
        Actor, ConflictCode, InvalidCode, MessageId, PairFilter, PairId, PairQuery, PairSource, PairStatus,
        PairStatusFilter, PairTurns, Problem, TextsInput, TrainingPair, TurnAct, TurnPlace, TurnsInput, UserId,
    },
};
use support::{TestDb, noon, on_each_database, store::user};

/// A client asks for two things in two mails, and gets two answers to the second one; then there is one more question.
const LETTERS: [(&str, Option<&str>, bool, &str); 6] = [
    ("c1", None, true, "The lamp arrived broken. What can I do about it?"),
    ("c2", Some("c1"), true, "And where do I find the invoice of last month?"),
    ("r1", Some("c2"), false, "A new lamp leaves our warehouse today."),
    ("r2", Some("c2"), false, "Invoices are listed in your customer account."),
    ("c3", Some("r2"), true, "How long does the delivery take to Norway?"),
    ("r3", Some("c3"), false, "Five working days to Norway, as a rule."),
];

struct Office {
    d: Arc<Domain>,
    clock: Arc<ManualClock>,
    ann: UserId,
}

impl Office {
    async fn open(db: &TestDb) -> Self {
        let clock = Arc::new(ManualClock::new(noon()));
        let d = db.domain(Arc::clone(&clock) as _).await;
        let ann = user(&d.store, "ann@x.example").await;
        let office = Self { d, clock, ann };
        office.import().await;
        office
    }

    async fn import(&self) {
        let mut mbox = String::new();
        for (hour, (id, answers, is_client, text)) in LETTERS.iter().enumerate() {
            let (client, us) = ("Rosa <rosa@client.example>", "Support <me@x.example>");
            let (from, to) = if *is_client { (client, us) } else { (us, client) };
            let answers = answers.map(|id| format!("In-Reply-To: <{id}@m.example>\n")).unwrap_or_default();
            write!(
                mbox,
                "From x@m.example Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: The lamp\n\
                 Date: Thu, 1 Jan 2026 {:02}:00:00 +0000\nMessage-ID: <{id}@m.example>\n{answers}\n{text}\n\n",
                hour + 8
            )
            .expect("writes");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("all.mbox");
        std::fs::write(&path, mbox).expect("written");
        let run = import::import_file(&self.d, &path, "me@x.example", |_| {}).await.expect("imports");
        assert!(run.errors.is_empty(), "{:?}", run.errors);
    }

    async fn pairs(&self) -> Vec<TrainingPair> {
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let page = self.d.store.list_pairs(&filter, None, 50, 0).await.expect("lists");
        let counts = self.d.store.pair_counts(&filter).await.expect("counts");
        assert_eq!(counts.new + counts.approved + counts.rejected, page.count, "counts are right");
        let mut pairs = page.items;
        assert_eq!(page.count, i64::try_from(pairs.len()).expect("few"));
        pairs.sort_by_key(|pair| pair.reply_sent_at);
        pairs
    }

    /// What the pairs say: the first words of both sides.
    async fn said(&self) -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
        let of = |text: &str| LETTERS.iter().filter(|one| text.contains(one.3)).map(|one| one.0).collect();
        self.pairs().await.iter().map(|pair| (of(&pair.client_text), of(&pair.our_reply_text))).collect()
    }

    async fn turns(&self, pair: PairId) -> PairTurns {
        pairs::turns(&self.d, pair).await.expect("reads")
    }

    async fn put(&self, by: UserId, pair: PairId, act: TurnAct, letters: &[&str]) -> Result<PairTurns, Problem> {
        let seen = self.turns(pair).await;
        self.put_as_seen(by, pair, act, letters, &seen).await
    }

    async fn put_as_seen(
        &self,
        by: UserId,
        pair: PairId,
        act: TurnAct,
        letters: &[&str],
        seen: &PairTurns,
    ) -> Result<PairTurns, Problem> {
        self.clock.advance(chrono::TimeDelta::seconds(1));
        let message_ids = letters.iter().map(|letter| message(seen, letter)).collect();
        let input = TurnsInput { act: act.to_string(), message_ids, version: Some(seen.version.clone()) };
        pairs::regroup(&self.d, Actor::page(by), pair, &input).await
    }

    /// What is said does not change by making the pairs anew, or by the same mail again.
    async fn holds(&self) {
        let said = self.said().await;
        let report = pairs::rebuild(&self.d, Actor::command_line(), None, Apply::Yes).await.expect("rebuilds");
        assert_eq!((report.created, report.updated, report.removed), (0, 0, 0), "{report:?}");
        self.import().await;
        assert_eq!(self.said().await, said);
    }

    async fn found(&self, word: &str) -> Vec<PairId> {
        pairs::note_terms(&self.d).await.expect("notes");
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let query = PairQuery { filter, text: Some(word.to_owned()), ..PairQuery::default() };
        let page = pairs::find(&self.d, &query, None, None, 50, 0).await.expect("finds");
        page.items.iter().map(|pair| pair.id).collect()
    }
}

fn message(turns: &PairTurns, letter: &str) -> MessageId {
    let text = LETTERS.iter().find(|one| one.0 == letter).expect("a letter").3;
    turns.items.iter().find(|one| one.beginning == text).expect("is shown").message_id
}

fn places(turns: &PairTurns) -> Vec<TurnPlace> {
    turns.items.iter().map(|one| one.place).collect()
}

#[tokio::test]
async fn two_questions_are_told_apart_and_that_holds() {
    on_each_database("turns apart", |db| async move {
        let office = Office::open(&db).await;
        let found = vec![(vec!["c1", "c2"], vec!["r1", "r2"]), (vec!["c3"], vec!["r3"])];
        assert_eq!(office.said().await, found);
        let first = office.pairs().await[0].id;
        let turns = office.turns(first).await;
        let (here, after) = (TurnPlace::ThisPair, TurnPlace::PairAfter);
        assert_eq!(places(&turns), [here, here, here, here, after, after]);
        assert_eq!((turns.marked, turns.count, turns.pair_id), (0, 6, Some(first)));
        assert!(turns.items.iter().all(|one| one.movable && one.reason.is_none() && one.marked_at.is_none()));

        // What was said before a pair is there to be read, and only that.
        let last = office.turns(office.pairs().await[1].id).await;
        let before = TurnPlace::PairBefore;
        assert_eq!(places(&last), [before, before, before, before, here, here]);
        for one in turns.items.iter().chain(&last.items) {
            let text = (one.place == before).then(|| one.beginning.clone());
            assert_eq!((&one.text, one.text_cut), (&text, false));
        }

        let ann = office.ann;
        let split = office.put(ann, first, TurnAct::OwnPair, &["c1", "r1"]).await.expect("splits");
        assert_eq!((split.pair_id, split.marked), (Some(first), 4));
        assert_eq!(split.count, 4, "up to the next pair");
        assert!(split.items.iter().all(|one| one.marked_by.is_some() && one.marked_at.is_some()));
        let apart = vec![(vec!["c1"], vec!["r1"]), (vec!["c2"], vec!["r2"]), (vec!["c3"], vec!["r3"])];
        assert_eq!(office.said().await, apart);
        assert_eq!(places(&split), [here, after, here, after]);
        office.holds().await;
        let second = office.pairs().await[1].id;
        assert_eq!(office.found("invoice").await, [second]);

        // The next question goes with the second pair; then everything is one.
        office.put(ann, second, TurnAct::ThisPair, &["c3", "r3"]).await.expect("joins");
        assert_eq!(office.said().await[1], (vec!["c2", "c3"], vec!["r2", "r3"]));
        let joined = office.put(ann, second, TurnAct::PairBefore, &["c2", "c3", "r2", "r3"]).await.expect("joins");
        assert_eq!(joined.pair_id, Some(first), "leads to the pair that has them now");
        assert_eq!(office.said().await, [(vec!["c1", "c2", "c3"], vec!["r1", "r2", "r3"])]);
        office.holds().await;
        assert_eq!(office.found("norway").await, [first]);

        let back = office.put(ann, first, TurnAct::AsFound, &[]).await.expect("goes back");
        assert_eq!((back.pair_id, back.marked), (Some(first), 0));
        assert_eq!(office.said().await, found);
        office.holds().await;
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_pair_stays_itself_when_its_first_reply_is_left_out() {
    on_each_database("turns first reply", |db| async move {
        let office = Office::open(&db).await;
        let first = office.pairs().await[0].id;
        pairs::assign(&office.d, Actor::page(office.ann), &[first], Some(office.ann)).await.expect("assigns");
        let turns = office.put(office.ann, first, TurnAct::LeaveOut, &["r1"]).await.expect("leaves out");
        assert_eq!(turns.pair_id, Some(first));
        assert_eq!(office.said().await[0], (vec!["c1", "c2"], vec!["r2"]));
        let pair = &office.pairs().await[0];
        assert_eq!((pair.id, pair.assigned_to_id), (first, Some(office.ann)));
        assert_eq!(turns.items[2].reason.as_deref(), Some("left_out"));
        assert_eq!(turns.items[2].place, TurnPlace::NoPair);
        office.holds().await;
        // A pair that becomes part of another one hands over what the team said of it.
        let other = office.pairs().await[1].id;
        pairs::assign(&office.d, Actor::page(office.ann), &[first], None).await.expect("gives back");
        pairs::assign(&office.d, Actor::page(office.ann), &[other], Some(office.ann)).await.expect("assigns");
        office.put(office.ann, other, TurnAct::PairBefore, &["c3", "r3"]).await.expect("joins");
        assert_eq!(office.pairs().await[0].assigned_to_id, Some(office.ann));
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_would_lose_something_or_is_of_elsewhere_is_refused() {
    on_each_database("turns refused", |db| async move {
        let office = Office::open(&db).await;
        let before = office.said().await;
        let (first, ann) = (office.pairs().await[0].id, office.ann);
        let conflict = |code| Err(Problem::conflict(code));
        let one_sided = conflict(ConflictCode::TurnOneSided);
        assert_eq!(office.put(ann, first, TurnAct::LeaveOut, &["c1", "c2"]).await, one_sided);
        assert_eq!(office.put(ann, first, TurnAct::LeaveOut, &["c1", "c2", "r1", "r2"]).await, one_sided);
        assert_eq!(office.put(ann, first, TurnAct::OwnPair, &["c1"]).await, one_sided);
        assert_eq!(office.put(ann, first, TurnAct::ThisPair, &["r3"]).await, one_sided);
        let nothing_there = conflict(ConflictCode::NoPairThere);
        assert_eq!(office.put(ann, first, TurnAct::PairBefore, &["r2"]).await, nothing_there);
        let invalid = |code| Err(Problem::invalid("message_ids", code));
        let input = |ids: Vec<MessageId>| TurnsInput { act: "leave_out".to_owned(), message_ids: ids, version: None };
        let put = async |ids| pairs::regroup(&office.d, Actor::page(ann), first, &input(ids)).await;
        assert_eq!(put(vec![MessageId::new()]).await, invalid(InvalidCode::MessageElsewhere));
        assert_eq!(put(vec![]).await, invalid(InvalidCode::MovedNotInRange { most: 200 }));
        let mut seen = office.turns(first).await;
        seen.version = "another".to_owned();
        let changed = office.put_as_seen(ann, first, TurnAct::OwnPair, &["c1", "r1"], &seen).await;
        assert_eq!(changed, conflict(ConflictCode::TurnsChanged));
        assert_eq!(office.said().await, before);
        assert_eq!(pairs::steps(&office.d, Actor::page(ann)).await.expect("reads").count, 0);
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_decided_or_edited_stays_and_is_flagged() {
    on_each_database("turns decided", |db| async move {
        let office = Office::open(&db).await;
        let (first, ann) = (office.pairs().await[0].id, Actor::page(office.ann));
        pairs::decide(&office.d, ann, first, PairStatus::Approved).await.expect("approves");
        office.put(office.ann, first, TurnAct::OwnPair, &["c1", "r1"]).await.expect("splits");
        let pairs_now = office.pairs().await;
        assert_eq!((pairs_now[0].id, pairs_now[0].status), (first, PairStatus::Approved));
        assert_eq!(pairs_now[0].source, PairSource::Changed);
        assert!(pairs_now[0].client_text.contains("invoice"), "its text is what was approved");
        assert_eq!(pairs_now[1].status, PairStatus::New);
        let adopted = pairs::adopt_mail(&office.d, ann, first).await.expect("adopts");
        assert_eq!((adopted.client_text.as_str(), adopted.our_reply_text.as_str()), (LETTERS[0].3, LETTERS[2].3));
        assert_eq!(adopted.status, PairStatus::Approved);

        // What somebody wrote into the other one is not overwritten when that becomes part of the first.
        let second = office.pairs().await[1].id;
        let texts = TextsInput {
            client_text: "Where is the invoice?".to_owned(),
            our_reply_text: "In your account.".to_owned(),
            updated_at: None,
        };
        pairs::edit_texts(&office.d, ann, second, texts).await.expect("edits");
        office.put(office.ann, second, TurnAct::PairBefore, &["c2", "r2"]).await.expect("joins");
        let kept = office.d.store.pair(second).await.expect("reads").expect("is there");
        assert_eq!((kept.source, kept.our_reply_text.as_str()), (PairSource::Gone, "In your account."));
        let gone = office.turns(second).await;
        assert!(!gone.items.is_empty() && !places(&gone).contains(&TurnPlace::ThisPair));
        let refused = office.put(office.ann, second, TurnAct::LeaveOut, &["r2"]).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::MailMakesNoPair)));
        // As found, from the page of the pair that is gone.
        office.put(office.ann, second, TurnAct::AsFound, &[]).await.expect("goes back");
        assert_eq!(office.turns(first).await.marked, 0);
        let first_now = office.d.store.pair(first).await.expect("reads").expect("is there");
        assert_eq!((first_now.status, first_now.source), (PairStatus::Approved, PairSource::Changed));
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_is_taken_back_exactly_and_never_what_somebody_else_said() {
    on_each_database("turns undone", |db| async move {
        let office = Office::open(&db).await;
        let bob = user(&office.d.store, "bob@x.example").await;
        let (first, ann) = (office.pairs().await[0].id, office.ann);
        let found = office.said().await;
        let seen = office.turns(first).await;
        office.put(ann, first, TurnAct::OwnPair, &["c1", "r1"]).await.expect("splits");
        let apart = office.said().await;
        let stale = office.put_as_seen(bob, first, TurnAct::LeaveOut, &["r2"], &seen).await;
        assert_eq!(stale, Err(Problem::conflict(ConflictCode::TurnsChanged)), "two people at once");
        let second = office.pairs().await[1].id;
        office.put(ann, second, TurnAct::PairBefore, &["c2", "r2"]).await.expect("joins");
        let steps = pairs::steps(&office.d, Actor::page(ann)).await.expect("reads");
        assert_eq!(steps.items.iter().map(|step| step.regrouped).collect::<Vec<_>>(), [true, true]);

        let undone = pairs::undo(&office.d, Actor::page(ann), None).await.expect("undoes");
        assert!(undone.regrouped && undone.undone == 1);
        assert_eq!(office.said().await, apart, "what was before the second step");
        pairs::undo(&office.d, Actor::page(ann), Some(first)).await.expect("undoes");
        assert_eq!(office.said().await, found);
        assert_eq!(office.turns(first).await.marked, 0);
        assert_eq!(
            pairs::undo(&office.d, Actor::page(ann), None).await,
            Err(Problem::conflict(ConflictCode::NothingToUndo))
        );

        office.put(ann, first, TurnAct::OwnPair, &["c1", "r1"]).await.expect("splits");
        office.put(bob, first, TurnAct::AsFound, &[]).await.expect("goes back");
        let refused = pairs::undo(&office.d, Actor::page(ann), None).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::PairChanged)));
        assert_eq!(office.said().await, found);
        assert_eq!(pairs::steps(&office.d, Actor::page(ann)).await.expect("reads").count, 0);
        office.d.shutdown().await;
    })
    .await;
}
