//! Drafts of answers, on both databases: written with their sources and within the budget, cancelled, interrupted, one for a double click,
//! and never from another account's cases.

mod support;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use replybook::{
    Domain, accounts, auth,
    clock::{Clock, ManualClock},
    drafts, import,
    store::{AiChange, ThreadFilter},
    types::{
        AccountId, Actor, AiKind, AiPrice, AuditAction, AuditFilter, ConflictCode, Draft, DraftInput, DraftKind,
        DraftProblem, DraftState, DraftWarning, InvalidCode, Problem, Role, ThreadId,
    },
};
use support::{
    TestDb, noon, on_each_database,
    scribe::{Manner, Scribe},
};
use tokio::{sync::Semaphore, time::sleep};

const KIND: AiKind = AiKind::Compatible;

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn ann(d: &Domain) -> Actor {
    let by = Actor::command_line();
    let ann = auth::create_user(d, by, "ann@x.example", Some("Ann"), "a long enough password", Role::Admin).await;
    Actor::page(ann.expect("made").id)
}

/// A message, and perhaps our reply.
fn letters(number: usize, us: &str, question: &str, reply: Option<&str>) -> String {
    let mut mail = format!(
        "From c{number}@client.example Thu Jan  1 00:00:00 2026\nFrom: Carol Client <c{number}@client.example>\nTo: {us}\n\
         Subject: Grinder {number}\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <q{number}-{us}>\n\n{question}\n\n"
    );
    if let Some(reply) = reply {
        mail += &format!(
            "From us Thu Jan  1 00:00:00 2026\nFrom: Us <{us}>\nTo: c{number}@client.example\nSubject: Re: Grinder {number}\n\
             Date: Fri, 2 Jan 2026 10:00:00 +0000\nMessage-ID: <a{number}-{us}>\nIn-Reply-To: <q{number}-{us}>\n\n{reply}\n\n"
        );
    }
    mail
}

const REPLY: &str = "Please take the burrs out of the grinder and brush them, there is a stone between them.";

/// An account with one approved case about grinders, and so many open questions.
async fn mailbox(d: &Arc<Domain>, db: &TestDb, us: &str, reply: &str, open: usize) -> AccountId {
    let mut mail = letters(0, us, "Hello, my grinder makes a terrible noise since yesterday morning.", Some(reply));
    for number in 1..=open {
        mail += &letters(number, us, "Good morning, the grinder makes a noise, what can I do?", None);
    }
    let path = db.folder().join(format!("{us}.mbox"));
    std::fs::write(&path, mail).expect("written");
    let account = import::import_file(d, &path, us, |_| {}).await.expect("imported").account_id;
    let sql = "UPDATE ai_training_pairs SET status = 'approved'";
    db.execute(sql, sql).await;
    account
}

/// The threads with open questions of an account.
async fn open_threads(d: &Domain, account: AccountId) -> Vec<ThreadId> {
    let filter = ThreadFilter { account: Some(account), text: None };
    let threads = d.store.list_threads(&filter, None, 200).await.expect("reads").items;
    threads.into_iter().filter(|thread| thread.pair_count == 0).map(|thread| thread.id).collect()
}

/// Sets up the provider: a dollar for a million tokens each way.
async fn provider(d: &Domain, scribe: &Scribe, budget_micros: Option<i64>) {
    let price = |micros| AiPrice { model: "m".to_owned(), input_price_micros: micros, output_price_micros: micros };
    let change = AiChange {
        base_url: Some(Some(scribe.url.clone())),
        allow_local: Some(true),
        model_default: Some(Some("m".to_owned())),
        drafts: Some(true),
        budget_micros: Some(budget_micros),
        prices: vec![price(Some(1_000_000))],
        ..AiChange::default()
    };
    d.store.save_ai_provider(KIND, None, &change, noon()).await.expect("written");
}

/// What a model answers that follows what it was asked.
fn obedient(asked: &str) -> String {
    let case = support::scribe::first_case(asked);
    serde_json::json!({
        "sentences": [
            { "text": "Please take the burrs out of the grinder and brush them.", "break": "none", "cases": [case] },
            { "text": "We will send you a new one on Friday.", "break": "none", "cases": [] },
        ],
        "intent": "problem", "sentiment": "negative", "urgency": "medium", "confidence": 90,
    })
    .to_string()
}

async fn begin(d: &Arc<Domain>, by: Actor, thread: ThreadId) -> Draft {
    drafts::begin(d, by, thread, DraftInput::default()).await.expect("begun")
}

/// The draft when it is as it should be.
async fn when(d: &Domain, draft: &Draft, is_so: impl Fn(&Draft) -> bool) -> Draft {
    for _ in 0..2_400 {
        match drafts::get(d, draft.id).await {
            Ok(now) if is_so(&now) => return now,
            // On a busy machine a look may have to wait too long among fifty.
            Ok(_) | Err(Problem::Busy { .. } | Problem::Unavailable { .. }) => sleep(Duration::from_millis(50)).await,
            Err(problem) => panic!("{problem:?}"),
        }
    }
    panic!("{:?}", drafts::get(d, draft.id).await)
}

async fn over(d: &Domain, draft: &Draft) -> Draft {
    when(d, draft, |draft| draft.state != DraftState::Running).await
}

async fn spent(d: &Domain) -> i64 {
    d.store.ai_spent(KIND, noon().date_naive()).await.expect("reads")
}

#[tokio::test]
async fn a_draft_is_written_sentence_by_sentence_with_its_sources() {
    on_each_database("a draft", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 1).await);
        provider(&d, &scribe, Some(1_000_000)).await;
        let thread = open_threads(&d, account).await[0];
        let permits = Arc::new(Semaphore::new(3));
        scribe.now(Manner::Waits(Arc::clone(&permits)));

        let sent = drafts::preview(&d, thread, DraftInput::default()).await.expect("a preview");
        assert_eq!((sent.provider_code, sent.cases, scribe.asked().len()), (Some(KIND), 1, 0));
        assert_eq!(sent.base_url.as_deref(), Some(scribe.url.as_str()));

        let draft = begin(&d, by, thread).await;
        assert_eq!((draft.state, draft.kind, draft.cases), (DraftState::Running, DraftKind::Draft, 1));
        let begun = when(&d, &draft, |draft| draft.content.sentences.len() == 1).await;
        assert_eq!((begun.state, begun.sources.len()), (DraftState::Running, 1), "{begun:?}");
        permits.add_permits(100);
        let done = over(&d, &draft).await;
        assert_eq!((done.state, done.problem), (DraftState::Done, None), "{done:?}");
        assert_eq!(done.content.sentences.len(), 2);
        assert!(done.content.text.starts_with("Please take the burrs out"), "{}", done.content.text);
        let source = &done.sources[0];
        assert!(source.is_approved && source.nearness > 0 && source.thread_id.is_some_and(|of| of != thread));
        assert_eq!(done.content.sentences[0].sources, [source.pair_id]);
        assert_eq!(done.content.sentences[1].sources, []);
        assert_eq!((done.input_tokens, done.output_tokens, done.cost_micros), (Some(100), Some(20), Some(120)));
        assert_eq!((done.model.as_deref(), done.asked_by.as_deref()), (Some("m-2026"), Some("Ann")));
        assert_eq!(spent(&d).await, 120);
        // What the preview shows is what was sent, but for ids that are new each time.
        let sent_words = sent.text.split_whitespace().count();
        assert_eq!(scribe.asked()[0].split_whitespace().count(), sent_words);

        let again = DraftInput { note: Some(" shorter ".to_owned()) };
        let second = over(&d, &drafts::begin(&d, by, thread, again).await.expect("begun")).await;
        assert_eq!((second.replaces, second.note.as_deref()), (Some(done.id), Some("shorter")));
        let list = drafts::list(&d, thread).await.expect("reads");
        assert_eq!(list.drafts.iter().map(|draft| draft.id).collect::<Vec<_>>(), [second.id, done.id]);

        let record = d.store.audit_page(&AuditFilter::default(), None, 50).await.expect("reads").items;
        let asked: Vec<_> = record.iter().filter(|entry| entry.action == AuditAction::DraftAsked).collect();
        assert_eq!((asked.len(), asked[0].target.clone()), (2, Some(thread.to_string())));
        assert_eq!(asked[0].to.as_deref(), Some("OpenAI-compatible: m"));

        accounts::delete(&d, by, account).await.expect("deleted");
        let gone = drafts::get(&d, done.id).await;
        assert!(matches!(gone, Err(Problem::NotFound { .. })), "{gone:?}");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_drafts_at_once_never_pass_the_budget() {
    on_each_database("fifty drafts", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 50).await);
        let threads = open_threads(&d, account).await;
        assert_eq!(threads.len(), 50);
        // Room for a few at once by what they may cost.
        let budget = 30_000;
        provider(&d, &scribe, Some(budget)).await;
        let begun = threads.iter().map(|thread| {
            let (d, thread) = (Arc::clone(&d), *thread);
            tokio::spawn(async move { drafts::begin(&d, by, thread, DraftInput::default()).await.expect("begun") })
        });
        let (mut done, mut refused) = (0, 0);
        for task in begun.collect::<Vec<_>>() {
            let draft = over(&d, &task.await.expect("no panic")).await;
            match (draft.state, draft.problem) {
                (DraftState::Done, None) => done += 1,
                (DraftState::Failed, Some(DraftProblem::BudgetSpent)) => refused += 1,
                _ => panic!("{draft:?}"),
            }
        }
        assert_eq!((done + refused, scribe.asked().len()), (50, done), "what is refused is not sent");
        assert!(done > 0 && refused > 0 && spent(&d).await <= budget, "{done} done, {refused} refused");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_process_was_writing_is_interrupted_and_counts() {
    on_each_database("a killed draft", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 1).await);
        provider(&d, &scribe, Some(1_000_000)).await;
        let thread = open_threads(&d, account).await[0];
        scribe.now(Manner::Silent);
        d.shutdown().await;

        // A process of its own, as far as the database can tell: it ends in the middle of the call.
        let killed = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("made");
        let settings = db.settings(&[]);
        let begun = tokio::task::spawn_blocking(move || {
            let draft = killed.block_on(async {
                let d = Domain::open_with(settings, Arc::new(ManualClock::new(noon()))).await.expect("opens");
                begin(&d, by, thread).await
            });
            (killed, draft)
        });
        let (killed, draft) = begun.await.expect("no panic");
        for _ in 0..600 {
            if !scribe.asked().is_empty() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(scribe.asked().len(), 1);
        killed.shutdown_background();

        let clock = Arc::new(ManualClock::new(noon()));
        let d = db.domain(clock.clone()).await;
        let set_aside = spent(&d).await;
        assert!(set_aside > 4_096, "the answer and the question: {set_aside}");
        assert_eq!(drafts::get(&d, draft.id).await.expect("is there").state, DraftState::Running);
        // Nobody waits for it to go on: the same question is begun anew.
        clock.advance(TimeDelta::minutes(1));
        let list = drafts::list(&d, thread).await.expect("reads").drafts;
        assert_eq!((list[0].state, list[0].problem), (DraftState::Failed, Some(DraftProblem::Interrupted)));
        assert_eq!(list[0].finished_at, Some(clock.now()));
        scribe.now(Manner::Writes);
        let next = over(&d, &begin(&d, by, thread).await).await;
        assert_eq!((next.state, next.replaces), (DraftState::Done, Some(draft.id)), "{next:?}");
        assert_eq!(spent(&d).await, set_aside + 120, "the charge of the dead one stays");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_cancelled_by_whichever_process() {
    on_each_database("a cancelled draft", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 1).await);
        provider(&d, &scribe, Some(1_000_000)).await;
        let thread = open_threads(&d, account).await[0];
        let permits = Arc::new(Semaphore::new(1));
        scribe.now(Manner::Waits(Arc::clone(&permits)));
        let other = domain(&db).await;
        let draft = begin(&d, by, thread).await;
        let cancelled = drafts::cancel(&other, by, draft.id).await.expect("cancelled");
        assert_eq!(cancelled.state, DraftState::Cancelled);
        // The call ends, and is charged with all that was set aside for it: the model may have done the work.
        for _ in 0..600 {
            let days = d.store.ai_spend(noon().date_naive()).await.expect("reads");
            if days.first().is_some_and(|day| day.open == 0 && day.failed == 1) {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        let days = d.store.ai_spend(noon().date_naive()).await.expect("reads");
        assert_eq!((days[0].calls, days[0].failed, days[0].open), (1, 1, 0), "{days:?}");
        assert!(days[0].cost_micros > 4_096);
        permits.add_permits(100);
        assert_eq!(drafts::cancel(&d, by, draft.id).await.expect("as before").state, DraftState::Cancelled);
        // Who cancels may ask again at once.
        let done = over(&d, &begin(&d, by, thread).await).await;
        assert_eq!(done.state, DraftState::Done, "{done:?}");
        let late = drafts::cancel(&d, by, done.id).await;
        assert_eq!(late, Err(Problem::conflict(ConflictCode::DraftOver)));
        // A server that stops ends what it was writing, and says so.
        scribe.now(Manner::Silent);
        let stopped = DraftInput { note: Some("again".to_owned()) };
        let stopped = drafts::begin(&d, by, thread, stopped).await.expect("begun");
        d.shutdown().await;
        let stopped = drafts::get(&other, stopped.id).await.expect("is there");
        assert_eq!((stopped.state, stopped.problem), (DraftState::Failed, Some(DraftProblem::Interrupted)));
        other.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_double_click_begins_one() {
    on_each_database("a double click", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 2).await);
        let threads = open_threads(&d, account).await;
        let both = |thread: ThreadId| {
            let one = || {
                let d = Arc::clone(&d);
                tokio::spawn(async move { begin(&d, by, thread).await.id })
            };
            (one(), one())
        };
        let (one, two) = both(threads[0]);
        assert_eq!(one.await.expect("no panic"), two.await.expect("no panic"), "a template");
        provider(&d, &scribe, None).await;
        let (one, two) = both(threads[1]);
        assert_eq!(one.await.expect("no panic"), two.await.expect("no panic"));
        let draft = drafts::list(&d, threads[1]).await.expect("reads").drafts;
        assert_eq!(draft.len(), 1);
        over(&d, &draft[0]).await;
        assert_eq!(scribe.asked().len(), 1);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_provider_the_best_past_reply_is_the_draft() {
    on_each_database("a template", |db| async move {
        let d = domain(&db).await;
        let by = ann(&d).await;
        let account = mailbox(&d, &db, "us@y.example", REPLY, 1).await;
        let thread = open_threads(&d, account).await[0];
        let draft = begin(&d, by, thread).await;
        assert_eq!((draft.state, draft.kind, draft.provider_code), (DraftState::Done, DraftKind::Template, None));
        let template = draft.template.as_ref().expect("one");
        assert!(template.text.contains("take the burrs out"), "{}", template.text);
        assert_eq!((draft.sources[0].pair_id, draft.sources.len()), (template.case, 1));
        let sent = drafts::preview(&d, thread, DraftInput::default()).await.expect("a preview");
        assert_eq!((sent.provider_code, sent.text.as_str()), (None, ""));
        let record = d.store.audit_page(&AuditFilter::default(), None, 50).await.expect("reads").items;
        assert!(record.iter().all(|entry| entry.action != AuditAction::DraftAsked), "nothing left the house");
        // A wish is for a model.
        let wish = drafts::begin(&d, by, thread, DraftInput { note: Some("shorter".to_owned()) }).await;
        assert_eq!(wish, Err(Problem::conflict(ConflictCode::NoteNeedsModel)));

        // Of a pair that is set back nothing is left to rest on.
        let sql = "UPDATE ai_training_pairs SET status = 'new'";
        db.execute(sql, sql).await;
        let none = drafts::begin(&d, by, thread, DraftInput { note: Some("x".to_owned()) }).await;
        assert_eq!(none, Err(Problem::conflict(ConflictCode::NoPastCase)));
        assert!(!drafts::get(&d, draft.id).await.expect("is there").sources[0].is_approved);
        let long = DraftInput { note: Some("x".repeat(drafts::MAX_NOTE + 1)) };
        let code = InvalidCode::TooLong { most: drafts::MAX_NOTE };
        assert_eq!(drafts::begin(&d, by, thread, long).await, Err(Problem::invalid("note", code)));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_is_answered_says_so_and_its_answer_goes_along() {
    on_each_database("an answered thread", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let by = ann(&d).await;
        let us = "us@y.example";
        let mut mail = letters(0, us, "Hello, my grinder makes a terrible noise since yesterday morning.", Some(REPLY));
        mail += &letters(
            1,
            us,
            "The grinder makes a noise, what can I do?",
            Some("Please wait until Ramona is back on Monday."),
        );
        let path = db.folder().join("answered.mbox");
        std::fs::write(&path, mail).expect("written");
        let account = import::import_file(&d, &path, us, |_| {}).await.expect("imported").account_id;
        let sql = "UPDATE ai_training_pairs SET status = 'approved'";
        db.execute(sql, sql).await;
        provider(&d, &scribe, Some(1_000_000)).await;
        let filter = ThreadFilter { account: Some(account), text: None };
        let threads = d.store.list_threads(&filter, None, 200).await.expect("reads").items;
        let thread = threads.iter().find(|thread| thread.subject.as_deref() == Some("Grinder 1")).expect("one").id;
        let sent = drafts::preview(&d, thread, DraftInput::default()).await.expect("a preview");
        assert!(sent.answered_at.is_some() && sent.text.contains("is back on Monday"), "{}", sent.text);
        assert!(drafts::list(&d, thread).await.expect("reads").answered_at.is_some());
        let done = over(&d, &begin(&d, by, thread).await).await;
        assert!(done.content.warnings.contains(&DraftWarning::Answered), "{done:?}");
        let open = mailbox(&d, &db, "others@y.example", REPLY, 2).await;
        let threads = open_threads(&d, open).await;
        let waiting = threads[0];
        assert_eq!(drafts::list(&d, waiting).await.expect("reads").answered_at, None);
        // What was written before it broke off stays, marked as that.
        scribe.now(Manner::BreaksLate);
        let broken = over(&d, &begin(&d, by, waiting).await).await;
        assert_eq!((broken.state, broken.problem), (DraftState::Failed, Some(DraftProblem::Unreachable)));
        assert!(!broken.content.sentences.is_empty() && broken.content.text.is_empty(), "{broken:?}");
        scribe.now(Manner::Babbles);
        let babble = over(&d, &begin(&d, by, threads[1]).await).await;
        assert_eq!((babble.state, babble.problem), (DraftState::Failed, Some(DraftProblem::BadAnswer)));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_goes_wrong_has_a_code() {
    on_each_database("drafts that fail", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(|_| "Certainly! Here is your answer.".to_owned()).await);
        let (by, account) = (ann(&d).await, mailbox(&d, &db, "us@y.example", REPLY, 6).await);
        provider(&d, &scribe, None).await;
        let threads = open_threads(&d, account).await;
        let fails = async |number: usize, manner: Manner| {
            scribe.now(manner);
            let draft = over(&d, &begin(&d, by, threads[number]).await).await;
            assert_eq!((draft.state, draft.content.sentences.len()), (DraftState::Failed, 0), "{draft:?}");
            draft
        };
        let nonsense = fails(0, Manner::Writes).await;
        assert_eq!((nonsense.problem, nonsense.nonsense.as_deref()), (Some(DraftProblem::Nonsense), Some("not_json")));
        assert_eq!(nonsense.cost_micros, Some(120), "it has its price all the same");
        assert_eq!(fails(1, Manner::Refuses(401)).await.problem, Some(DraftProblem::InvalidKey));
        assert_eq!(fails(2, Manner::Refuses(402)).await.problem, Some(DraftProblem::QuotaExhausted));
        assert_eq!(fails(3, Manner::Refuses(404)).await.problem, Some(DraftProblem::ModelNotFound));
        let before = scribe.asked().len();
        assert_eq!(fails(4, Manner::BreaksOff).await.problem, Some(DraftProblem::Unreachable));
        assert_eq!(scribe.asked().len(), before + 1, "what was told in part is not asked again");
        // A budget, and a model without a price: nothing is sent.
        let change = AiChange {
            model_default: Some(Some("other".to_owned())),
            budget_micros: Some(Some(1_000)),
            ..AiChange::default()
        };
        d.store.save_ai_provider(KIND, None, &change, noon()).await.expect("written");
        assert_eq!(fails(5, Manner::Writes).await.problem, Some(DraftProblem::NoPrice));
        assert_eq!(scribe.asked().len(), before + 1);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_never_rests_on_another_accounts_cases() {
    on_each_database("drafts of two accounts", |db| async move {
        let (d, scribe) = (domain(&db).await, Scribe::start(obedient).await);
        let by = ann(&d).await;
        let one = mailbox(&d, &db, "us@y.example", REPLY, 1).await;
        let secret = "Grinder noise: grinders hum in B flat when the moon is full.";
        let _other = mailbox(&d, &db, "them@z.example", secret, 0).await;
        provider(&d, &scribe, None).await;
        let thread = open_threads(&d, one).await[0];
        let draft = over(&d, &begin(&d, by, thread).await).await;
        assert_eq!((draft.state, draft.cases, draft.integration_account_id), (DraftState::Done, 1, one));
        assert!(scribe.asked().iter().all(|asked| !asked.contains("B flat")));
        d.shutdown().await;
    })
    .await;
}
