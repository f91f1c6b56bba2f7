//! Imports, from the file to the pairs, on both databases.

mod support;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};

use replybook::{
    Domain, accounts,
    clock::{Clock, ManualClock},
    files, import, pairs, standing,
    store::{Apply, ConnectAccount, NewRun, ProviderSeed, ThreadFilter},
    types::{
        Actor, PairFilter, PairSource, PairStatusFilter, Problem, Provider, RunCode, RunError, RunKind, RunState,
        SpanInput, SyncRun, Through, TrainingPair,
    },
    uploads,
    worker::WorkerLock,
};
use support::{TestDb, mbox, noon, on_each_database, sqlite, store::user};

const OURS: &str = "support@fernhill.example, hello@fernhill.example, returns@fernhill.example, anna@fernhill.example";

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample/mailbox.mbox")
}

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn import(d: &Arc<Domain>, path: &std::path::Path) -> SyncRun {
    import::import_file(d, path, OURS, |_| {}).await.expect("the import runs")
}

/// A clock with which the program panics, once, when it is asked for the time so many times.
struct Faulty {
    calls_left: AtomicI64,
}

impl Clock for Faulty {
    fn now(&self) -> DateTime<Utc> {
        assert!(self.calls_left.fetch_sub(1, Ordering::SeqCst) != 1, "a fault of our own");
        noon()
    }
}

#[tokio::test]
async fn an_import_that_panics_ends_and_lets_the_next_one_begin() {
    let db = sqlite();
    let path = db.folder().join("a.mbox");
    std::fs::write(&path, mbox(3)).expect("written");
    let mut ended = 0;
    for calls in 1..=20 {
        let clock = Arc::new(Faulty { calls_left: AtomicI64::new(i64::MAX) });
        let d = Domain::open_with(db.settings(&[]), clock.clone()).await.expect("the domain opens");
        clock.calls_left.store(calls, Ordering::SeqCst);
        let (importing, of_file) = (Arc::clone(&d), path.clone());
        let run = tokio::spawn(async move { import::import_file(&importing, &of_file, OURS, |_| {}).await });
        if let Ok(Ok(run)) = run.await
            && run.state == RunState::Failed
        {
            assert!(run.errors[0].starts_with("internal: the run panicked"), "{:?}", run.errors);
            ended += 1;
        }
        // Whatever broke off: nobody has to wait for it.
        for open in d.store.open_runs(None).await.expect("reads") {
            assert_ne!(open.state, RunState::Running, "after {calls} calls: {open:?}");
            d.store
                .abandon_run(open.id, RunError::new(RunCode::Internal, "ended by the test"), noon())
                .await
                .expect("writes");
        }
        d.shutdown().await;
    }
    assert!(ended > 0, "no fault was met in a run");
    let d = domain(&db).await;
    assert_eq!(import(&d, &path).await.state, RunState::Done);
}

async fn all_pairs(d: &Domain) -> Vec<TrainingPair> {
    let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    d.store.list_pairs(&filter, None, 10_000, 0).await.expect("reads").items
}

#[derive(serde::Deserialize)]
struct Expected {
    messages: ExpectedMessages,
    threads: i64,
    pairs: Vec<ExpectedPair>,
}

#[derive(serde::Deserialize)]
struct ExpectedMessages {
    imported: i32,
    in_file: i32,
}

#[derive(serde::Deserialize)]
struct ExpectedPair {
    client_message_ids: Vec<String>,
    reply_message_ids: Vec<String>,
    client_text: String,
    client_text_with_signoff: String,
    reply_text: String,
    reply_text_with_signoff: String,
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sample mailbox was written together with its true pairs: who answered what, in whose own words.
#[tokio::test]
async fn the_sample_mailbox_gives_the_pairs_that_were_written_into_it() {
    on_each_database("sample mailbox", |db| async move {
        let d = domain(&db).await;
        let run = import(&d, &sample()).await;
        let expected: Expected =
            serde_json::from_slice(&std::fs::read(sample().with_file_name("expected.json")).expect("is there"))
                .expect("is JSON");
        assert_eq!(run.errors, Vec::<String>::new());
        assert_eq!(run.state, RunState::Done);
        assert_eq!(run.messages_fetched, expected.messages.in_file);
        let account = d.store.list_accounts(None, None).await.expect("reads").remove(0);
        assert_eq!(account.counts.messages, i64::from(expected.messages.imported));
        assert!(expected.threads > 0);

        let ids = d.store.internet_message_ids(account.id).await.expect("reads");
        let true_pairs: BTreeSet<(String, String)> = expected
            .pairs
            .iter()
            .map(|pair| {
                (pair.client_message_ids.last().cloned().unwrap_or_default(), pair.reply_message_ids[0].clone())
            })
            .collect();
        let pairs = all_pairs(&d).await;
        let found: BTreeSet<(String, String)> = pairs
            .iter()
            .map(|pair| (ids[&pair.client_message_id].clone(), ids[&pair.our_reply_message_id].clone()))
            .collect();
        let wrong: Vec<_> = found.difference(&true_pairs).collect();
        let missed: Vec<_> = true_pairs.difference(&found).collect();
        let right = found.intersection(&true_pairs).count();
        assert!(
            right * 100 >= true_pairs.len() * 99 && right * 100 >= found.len() * 99,
            "{right} right; wrong: {wrong:#?}; missed: {missed:#?}"
        );

        // Every message is accounted for once, however often its conversation was paired while the file was read.
        let mut in_pairs = BTreeSet::new();
        for pair in &pairs {
            let parts = d.store.pair_parts(pair.id).await.expect("reads").expect("is there");
            in_pairs.extend(parts.client_message_ids.into_iter().chain(parts.reply_message_ids));
        }
        let reason = |code: &str| i64::from(run.skip_reasons.get(code).copied().unwrap_or_default());
        let kept_out: i64 = ["draft", "spam", "trash", "chat"].into_iter().map(reason).sum();
        assert!(kept_out > 0, "{:?}", run.skip_reasons);
        assert_eq!(i64::from(run.pairs_skipped), run.skip_reasons.values().copied().map(i64::from).sum::<i64>());
        let in_pairs = i64::try_from(in_pairs.len()).expect("few");
        let without_pair = i64::from(run.pairs_skipped) - kept_out;
        assert_eq!(in_pairs + without_pair, account.counts.messages, "{:?}", run.skip_reasons);

        let mut differing = Vec::new();
        for pair in &pairs {
            let reply = &ids[&pair.our_reply_message_id];
            let Some(truth) = expected.pairs.iter().find(|truth| &truth.reply_message_ids[0] == reply) else {
                continue;
            };
            for (side, text, own, with_signoff) in [
                ("client", &pair.client_text, &truth.client_text, &truth.client_text_with_signoff),
                ("reply", &pair.our_reply_text, &truth.reply_text, &truth.reply_text_with_signoff),
            ] {
                let text = squeezed(text);
                if text != squeezed(own) && text != squeezed(with_signoff) {
                    differing.push(format!("{side} {reply}\n  got  {text}\n  want {}", squeezed(own)));
                }
            }
        }
        let exact = 100 - differing.len() * 100 / (pairs.len() * 2);
        assert!(exact >= 90, "{exact} % of the texts are exact:\n{}", differing.join("\n"));
        d.shutdown().await;
    })
    .await;
}

/// What was removed is shown over the original; a span put back stays, whatever the engine says later.
#[tokio::test]
async fn a_reviewer_puts_a_removed_span_back() {
    on_each_database("spans", |db| async move {
        let d = domain(&db).await;
        import(&d, &sample()).await;
        let mut found = None;
        for pair in all_pairs(&d).await {
            let messages = pairs::messages_of(&d, pair.id).await.expect("reads");
            let removed =
                messages.messages.iter().find_map(|message| message.removed.first().map(|span| (message, span)));
            if let Some((message, span)) = removed {
                let (start, end) = (span.start as usize, span.end as usize);
                let text = message.text[start..end].to_owned();
                if text.trim().len() > 5 {
                    found = Some((
                        pair,
                        SpanInput { message_id: message.message_id, start: span.start, end: span.end, keep: true },
                        text,
                    ));
                    break;
                }
            }
        }
        let (pair, span, text) = found.expect("some message has a signature or a quote");
        let first_line = text.trim().lines().next().expect("not blank").trim().to_owned();
        let edited = pairs::keep_span(&d, Actor::command_line(), pair.id, span.clone()).await.expect("is kept");
        assert!(edited.edited);
        let whole = format!("{}\n{}", edited.client_text, edited.our_reply_text);
        assert!(whole.contains(&first_line), "{first_line} is not in {whole}");

        let report = pairs::rebuild(&d, Actor::command_line(), None, Apply::Yes).await.expect("rebuilds");
        assert_eq!((report.created, report.updated, report.removed, report.flagged), (0, 0, 0, 0), "{report:?}");
        let still = d.store.pair(pair.id).await.expect("reads").expect("is there");
        assert_eq!((still.client_text.as_str(), still.source), (edited.client_text.as_str(), PairSource::Same));

        let back = SpanInput { keep: false, ..span.clone() };
        let undone = pairs::keep_span(&d, Actor::command_line(), pair.id, back).await.expect("is taken away again");
        assert_eq!((undone.edited, &undone.client_text), (false, &pair.client_text));
        let foreign = SpanInput { start: span.start + 1, ..span };
        let refused = pairs::keep_span(&d, Actor::command_line(), pair.id, foreign).await;
        assert!(matches!(refused, Err(Problem::Invalid { .. })));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    on_each_database("import again", |db| async move {
        let d = domain(&db).await;
        let first = import(&d, &sample()).await;
        let second = import(&d, &sample()).await;
        assert_ne!(first.id, second.id);
        assert!(first.messages_upserted > 400 && first.pairs_created > 100, "{first:?}");
        assert_eq!((second.messages_upserted, second.pairs_created), (0, 0));
        assert_eq!((second.messages_fetched, second.state), (first.messages_fetched, RunState::Done));
        d.shutdown().await;
    })
    .await;
}

fn exported(status: &str, labels: &str, more: &str) -> String {
    let question = "From: c@x.example\nTo: support@fernhill.example\nSubject: Pump\nMessage-ID: <q@x>\n\
        Date: Mon, 4 May 2026 09:00:00 +0000\n";
    let answer = "From: support@fernhill.example\nTo: c@x.example\nSubject: Re: Pump\nMessage-ID: <a@x>\n\
        In-Reply-To: <q@x>\nDate: Mon, 4 May 2026 10:00:00 +0000\n";
    format!(
        "From \n{question}{status}{labels}\nIs the pump in stock?\n\nFrom \n{answer}{status}\nYes, four of them.\n\n{more}"
    )
}

#[tokio::test]
async fn a_second_export_of_the_same_mail_brings_labels_and_what_is_new() {
    on_each_database("second export", |db| async move {
        let d = domain(&db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.mbox");
        let mut figures = Vec::new();
        let new = "From \nFrom: b@x.example\nTo: support@fernhill.example\nMessage-ID: <n@x>\n\nAnd the belt?\n";
        for file in [
            exported("Status: O\n", "X-Gmail-Labels: Inbox,Unread\n", ""),
            exported("X-Mozilla-Status: 0001\n", "X-GM-THRID: 17\nX-Gmail-Labels: Inbox,Opened,Archived\n", new),
            // From a program that knows no labels, and ends lines otherwise.
            exported("X-Status: F\n", "", "").replace('\n', "\r\n"),
        ] {
            std::fs::write(&path, file).expect("written");
            let run = import(&d, &path).await;
            assert_eq!(run.state, RunState::Done, "{:?}", run.errors);
            let account = d.store.list_accounts(None, None).await.expect("reads").remove(0);
            figures.push((account.counts.messages, all_pairs(&d).await.len()));
        }
        assert_eq!(figures, [(2, 1), (3, 1), (3, 1)]);
        d.shutdown().await;
    })
    .await;
}

/// Later exports that hold less, as of a folder whose bodies were not downloaded, and copies that went another way.
#[tokio::test]
async fn a_copy_that_holds_less_takes_nothing_away_and_one_that_went_another_way_is_the_same_mail() {
    on_each_database("lesser copies", |db| async move {
        let d = domain(&db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.mbox");
        let whole = exported(
            "",
            "",
            "From \nFrom: b@x.example\nTo: support@fernhill.example\nSubject: Belt\n\nAnd the belt?\n",
        );
        let bare = whole.replace("Is the pump in stock?", "").replace("Yes, four of them.", "");
        let cut = whole.replace("pump in stock?", "pu").replace("four of them.", "four of th");
        let on_its_way = whole
            .replace(
                "From: ",
                "Received: from here\n by there\nDelivered-To: support@fernhill.example\nX-Spam: no\nFrom: ",
            )
            .replace("+0000", "GMT")
            .replace("To: c@x.example", "To: \"C\" <c@x.example>");
        let longer = whole.replace("Is the pump in stock?", "Is the pump in stock?\n\nI need two.");
        let mut told = Vec::new();
        for file in [&whole, &bare, &cut, &on_its_way, &longer, &whole] {
            std::fs::write(&path, file).expect("written");
            let run = import(&d, &path).await;
            let account = d.store.list_accounts(None, None).await.expect("reads").remove(0);
            let pair = all_pairs(&d).await.remove(0);
            told.push((run.state, run.messages_failed, account.counts.messages, pair.client_text, pair.our_reply_text));
            assert!(run.errors.iter().all(|error| error.contains(": cut_off: ")), "{:?}", run.errors);
        }
        let is =
            |state, failed, question: &str| (state, failed, 3, question.to_owned(), "Yes, four of them.".to_owned());
        let (question, all) = ("Is the pump in stock?", "Is the pump in stock?\n\nI need two.");
        assert_eq!(
            told,
            [
                is(RunState::Done, 0, question),
                is(RunState::Partial, 2, question),
                is(RunState::Partial, 2, question),
                is(RunState::Done, 0, question),
                is(RunState::Done, 0, all),
                is(RunState::Done, 0, all),
            ]
        );
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn an_only_message_that_is_several_is_said_to_be_that() {
    on_each_database("unseparated", |db| async move {
        let d = domain(&db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.mbox");
        let file = exported("", "", "").replacen("From \n", "From -\n", 1).replace("\nFrom \n", "\n==== next ====\n\n");
        std::fs::write(&path, file).expect("written");
        let run = import(&d, &path).await;
        assert_eq!((run.state, run.messages_fetched), (RunState::Partial, 1));
        assert!(run.errors[0].starts_with("file_unseparated: "), "{:?}", run.errors);
        d.shutdown().await;
    })
    .await;
}

/// What was decided stays decided when the process is stopped in the middle and the import goes on afterwards.
#[tokio::test]
async fn an_import_that_was_stopped_goes_on_and_ends_like_one_that_was_not() {
    on_each_database("stopped import", |db| async move {
        let d = domain(&db).await;
        let stopper = Arc::clone(&d);
        let file = sample();
        let stopped = import::import_file(&d, &file, OURS, |_| {});
        let stop = async move {
            // As soon as the first batch is stored.
            loop {
                let accounts = stopper.store.list_accounts(None, None).await.expect("reads");
                if accounts.first().is_some_and(|account| account.counts.messages > 0) {
                    break stopper.stop_runs();
                }
                tokio::task::yield_now().await;
            }
        };
        let (stopped, ()) = tokio::join!(stopped, stop);
        let stopped = stopped.expect("ends");
        d.shutdown().await;

        let d = domain(&db).await;
        let resumed = import(&d, &sample()).await;
        if stopped.state == RunState::Queued {
            assert_eq!(resumed.id, stopped.id, "the same run goes on");
        }
        assert_eq!(resumed.state, RunState::Done);
        assert_eq!(resumed.messages_upserted, 496, "every message once");
        let whole = all_pairs(&d).await.len();
        assert!(whole > 100, "{whole} pairs");
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn the_navigation_counts_what_the_overview_counts() {
    on_each_database("navigation", |db| async move {
        let d = domain(&db).await;
        let admin = d.store.user(user(&d.store, "admin@x.example").await).await.expect("reads").expect("is there").user;
        assert_eq!(standing::navigation(&d, &admin).await.expect("reads"), standing::Navigation::default());
        import(&d, &sample()).await;
        let overview = standing::overview(&d).await.expect("reads");
        let now = standing::navigation(&d, &admin).await.expect("reads");
        assert!(now.to_review > 0, "{now:?}");
        assert_eq!((now.accounts, now.to_review), (overview.accounts, overview.pairs.new));
    })
    .await;
}

#[tokio::test]
async fn files_that_are_no_mail_are_refused_by_name_of_what_they_are() {
    on_each_database("bad files", |db| async move {
        let d = domain(&db).await;
        let cases: [(&str, &[u8], &str); 4] = [
            ("empty.mbox", b"", "empty"),
            ("photo.mbox", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not an mbox"),
            ("binary.mbox", &[0_u8, 1, 2, 3, 255, 254, 0, 0, 7, 8], "binary"),
            ("notes.txt", b"Just some notes\nwithout any headers\n", "not an mbox"),
        ];
        for (name, content, says) in cases {
            let path = db.folder().join(name);
            std::fs::write(&path, content).expect("writes");
            let refused = import::import_file(&d, &path, OURS, |_| {}).await.expect_err(name);
            assert!(matches!(&refused, Problem::Invalid { field, .. } if field == "file"), "{refused:?}");
            assert!(refused.to_string().contains(says), "{name}: {refused}");
        }
        let missing = import::import_file(&d, &db.folder().join("nowhere.mbox"), OURS, |_| {}).await;
        assert!(matches!(missing, Err(Problem::Invalid { .. })));
        for bad in ["", "  ", "not an address", "a@"] {
            let refused = import::import_file(&d, &sample(), bad, |_| {}).await.expect_err(bad);
            assert!(matches!(refused, Problem::Invalid { field, .. } if field == "as_address"));
        }
        assert!(d.store.list_accounts(None, None).await.expect("reads").is_empty(), "nothing is left of them");
        d.shutdown().await;
    })
    .await;
}

fn mail(number: u32, body: &str) -> String {
    format!(
        "From x@y.example Fri Nov 20 07:21:12 2026\nFrom: c{number}@x.example\nTo: support@fernhill.example\n\
         Subject: s{number}\nMessage-ID: <same@x>\nDate: Fri, 20 Nov 2026 07:21:12 +0000\n\n{body}\n\n"
    )
}

#[tokio::test]
async fn one_bad_message_costs_that_message_only() {
    on_each_database("bad messages", |db| async move {
        let d = domain(&db).await;
        let mut text = String::new();
        text.push_str(&mail(1, "first"));
        text.push_str(&mail(2, "another mail with the same Message-ID"));
        text.push_str(&mail(3, &"x".repeat(30 << 20)));
        text.push_str("From x@y.example Fri Nov 20 07:21:12 2026\nSubject: no from, no date, no body\n\n\n");
        text.push_str(
            "From x@y.example Fri Nov 20 07:21:12 2026\nFrom: c5@x.example\nContent-Type: text/plain; charset=no-such\n\n",
        );
        write!(text, "broken charset\n\n{}", mail(6, "cut off in the mid").trim_end()).expect("writes");
        let path = db.folder().join("mixed.mbox");
        std::fs::write(&path, text).expect("writes");
        let run = import(&d, &path).await;
        assert_eq!(run.state, RunState::Partial, "{run:?}");
        assert_eq!((run.messages_fetched, run.messages_upserted, run.messages_failed), (6, 5, 1));
        assert!(run.errors[0].contains("30 MB"), "{:?}", run.errors);
        let account = d.store.list_accounts(None, None).await.expect("reads").remove(0);
        assert_eq!(account.counts.set_aside, 1);
        d.shutdown().await;
    })
    .await;
}

/// The files in the folder for uploads, by name.
fn uploaded(d: &Domain) -> BTreeSet<String> {
    let files = std::fs::read_dir(uploads::folder(d)).expect("the folder is there");
    files.map(|file| file.expect("is there").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn deleting_an_account_deletes_what_was_to_be_imported_and_a_start_what_nobody_imports() {
    on_each_database("uploads", |db| async move {
        let d = domain(&db).await;
        let folder = uploads::folder(&d);
        std::fs::create_dir_all(&folder).expect("made");
        let upload = |name: &str| {
            std::fs::copy(sample(), folder.join(name)).expect("copied");
            folder.join(name)
        };
        let queue = async |name: &str, address: &str| {
            let connect = ConnectAccount {
                provider: ProviderSeed { provider: Provider::Mbox, default_scopes: None },
                owner: None,
                address,
                display_name: address,
                tokens: None,
                auth: None,
                imap: None,
            };
            let account = d.store.connect_account(connect, noon()).await.expect("connects").account;
            let source = Some((upload(name), name.to_owned(), 1));
            let (kind, by) = (RunKind::Import, Actor::nobody(Through::Page));
            let new = NewRun { account, kind, by, source, since: None };
            d.store.queue_run(&new, noon()).await.expect("writes");
            account
        };
        let deleted = queue("one.upload", "one@y.example").await;
        queue("two.upload", "two@y.example").await;
        // Somebody's own file, imported where it lies, stays when its account goes.
        let own = db.folder().join("own.mbox");
        std::fs::copy(sample(), &own).expect("copied");
        accounts::delete(&d, Actor::command_line(), deleted).await.expect("deletes");
        assert_eq!(uploaded(&d), ["two.upload".to_owned()].into());
        import(&d, &own).await;
        let imported = d.store.list_accounts(None, None).await.expect("reads");
        let imported = imported.iter().find(|account| account.external_account_id == "support@fernhill.example");
        accounts::delete(&d, Actor::command_line(), imported.expect("is there").id).await.expect("deletes");
        assert!(own.exists());

        // What a process that died left behind, what comes in just now, and what is none of ours.
        for name in ["left.upload", "sample-00.mbox", "coming.upload", "notes.txt"] {
            let file = std::fs::File::open(upload(name)).expect("opens");
            let age = if name == "coming.upload" { 60 } else { 2 * 60 * 60 };
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).expect("a time can be set");
        }
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 60 * 60);
        std::fs::File::open(folder.join("two.upload")).expect("opens").set_modified(then).expect("a time can be set");
        assert_eq!(uploads::sweep(&d).await, Ok(2));
        assert_eq!(uploaded(&d), ["coming.upload", "notes.txt", "two.upload"].map(str::to_owned).into());
        assert_eq!(uploads::sweep(&d).await, Ok(0));

        // What was written while the clock was ahead ages from the first look on.
        let (later, coming) = (std::time::SystemTime::now() + std::time::Duration::from_hours(9_000), "coming.upload");
        let date = |name: &str, at| {
            std::fs::File::open(folder.join(name)).expect("opens").set_modified(at).expect("a time can be set");
        };
        date(coming, later);
        assert_eq!(uploads::sweep(&d).await, Ok(0));
        let dated = std::fs::metadata(folder.join(coming)).and_then(|about| about.modified()).expect("reads");
        assert!(dated < later && uploaded(&d).contains(coming));
        date(coming, then);
        assert_eq!(uploads::sweep(&d).await, Ok(1));
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_is_for_our_own_user_alone() {
    on_each_database("private files", |db| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("deep/data");
        let sqlite = format!("sqlite://{}", folder.path().join("database/replybook.db").display());
        let mut more = vec![("REPLYBOOK_DATA_DIR", data.to_str().expect("text"))];
        let is_sqlite = db.url.starts_with("sqlite");
        if is_sqlite {
            more.push(("DATABASE_URL", &sqlite));
        }
        let d = Domain::open(db.settings(&more)).await.expect("opens");
        let _lock = WorkerLock::take(&d).expect("nobody else's");
        import::start_sample(&d, Actor::command_line()).await.expect("begins");
        let kept = d.store.files();
        assert_eq!(kept.is_empty(), !is_sqlite);
        assert!(!is_sqlite || kept.len() >= 4, "the file, what SQLite lays beside it, and the lock: {kept:?}");
        let folders = [data.clone(), data.join("uploads"), folder.path().join("database"), folder.path().join("deep")];
        assert!(data.join("uploads").is_dir());
        assert_eq!(files::exposed(&[kept, folders.to_vec()].concat()), Vec::<PathBuf>::new());
        d.shutdown().await;
    })
    .await;
}

/// A conversation whose mail has no date that can be read is the last of the list, and is found.
#[tokio::test]
async fn mail_without_a_date_is_in_the_list_and_found() {
    on_each_database("undated", |db| async move {
        let d = domain(&db).await;
        let letter = |id: &str, date: &str| {
            format!(
                "From x@y.example Mon Nov  2 10:00:00 2026\nFrom: ann@client.example\nTo: us@y.example\nSubject: Batteries {id}\n\
                 Message-ID: <{id}@client.example>\nDate: {date}\n\nWhich batteries does {id} take?\n\n"
            )
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("undated.mbox");
        let mails = letter("one", "the day before") + &letter("two", "Mon, 02 Nov 2026 10:00:00 +0000");
        std::fs::write(&path, mails).expect("writes");
        import::import_file(&d, &path, "us@y.example", |_| {}).await.expect("imports");
        for words in [None, Some("batteries")] {
            let filter = ThreadFilter { text: words.map(ToOwned::to_owned), ..ThreadFilter::default() };
            let page = d.store.list_threads(&filter, None, 10).await.expect("reads");
            let subjects: Vec<_> = page.items.iter().filter_map(|thread| thread.subject.as_deref()).collect();
            assert_eq!(subjects, ["Batteries two", "Batteries one"], "{words:?}");
        }
        d.shutdown().await;
    })
    .await;
}
