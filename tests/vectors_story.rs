//! Vectors of approved pairs, on both databases: made once, anew where a text or the model changes, gone with the pair; tried on the
//! account's own pairs, and used only where they help.

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use replybook::{
    Domain, accounts, ai_settings,
    clock::ManualClock,
    import,
    knowledge::{self, Asked, LocalError},
    store::AiChange,
    types::{
        AccountId, Actor, AiKind, AiProviderChange, AiPurpose, JobFilter, JobState, PairFilter, PairId,
        PairStatusFilter, PastCases, TrainingPair, VectorUse,
    },
    worker,
};
use serde_json::json;
use support::{
    TestDb,
    embeddings::{Embeddings, Mood},
    noon, on_each_database,
};

const US: &str = "us@y.example";
/// Conversations of the mailbox.
const CONVERSATIONS: usize = 30;
/// Parts of words that the clients and we have for things; nobody has one of the other's.
const PARTS: [&str; 30] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo",
    "zu", "bra", "cle", "dri", "flo", "gru", "kla", "pre", "sti", "tro", "blu",
];

fn theirs(number: usize) -> String {
    format!("{}nik", PARTS[number])
}

fn ours(number: usize) -> String {
    format!("{}lor", PARTS[number])
}

/// Clients ask in words that our replies do not have: only who knows what they mean finds the right one.
fn mailbox() -> String {
    (0..CONVERSATIONS)
        .map(|number| {
            let (asked, replied) = (theirs(number), ours(number));
            // No two replies are nearly the same.
            let more: Vec<String> = (0..14)
                .map(|at| format!("{}{}", PARTS[(number * 7 + at * 3) % 30], PARTS[(number * 11 + at * 13 + 5) % 30]))
                .collect();
            let more = more.join(" ");
            let day = number % 27 + 1;
            format!(
                "From c{number}@client.example Thu Jan  1 00:00:00 2026\n\
                 From: c{number}@client.example\nTo: {US}\nSubject: Question {number}\nDate: {day} Jan 2026 10:00:00 +0000\n\
                 Message-ID: <q{number}@x.example>\n\n\
                 Good day, what about the {asked}? It came with the {asked} last week. Call me at +49 30 1234567.\n\n\
                 From {US} Thu Jan  1 00:00:00 2026\n\
                 From: {US}\nTo: c{number}@client.example\nSubject: Re: Question {number}\nDate: {day} Jan 2026 11:00:00 +0000\n\
                 Message-ID: <a{number}@x.example>\nIn-Reply-To: <q{number}@x.example>\n\n\
                 The {replied} is here: {more}. Take the {replied}.\n\n"
            )
        })
        .collect()
}

async fn start() -> Embeddings {
    let meanings = (0..CONVERSATIONS).flat_map(|number| [(theirs(number), ours(number)), (ours(number), ours(number))]);
    Embeddings::start(meanings).await
}

async fn domain(db: &TestDb) -> Arc<Domain> {
    db.domain(Arc::new(ManualClock::new(noon()))).await
}

async fn approved(d: &Arc<Domain>, db: &TestDb) -> AccountId {
    let path = db.folder().join("mail.mbox");
    fs::write(&path, mailbox()).expect("written");
    let account = import::import_file(d, &path, US, |_| {}).await.expect("imported").account_id;
    let sql = "UPDATE ai_training_pairs SET status = 'approved'";
    db.execute(sql, sql).await;
    account
}

async fn choose(d: &Domain, server: &Embeddings, model: &str) {
    let change = AiChange {
        base_url: Some(Some(server.url.clone())),
        allow_local: Some(true),
        model_embeddings: Some(Some(model.to_owned())),
        embeds: Some(true),
        ..AiChange::default()
    };
    d.store.save_ai_provider(AiKind::Compatible, None, &change, noon()).await.expect("stored");
}

/// What the worker does about it.
async fn work(d: &Arc<Domain>) {
    knowledge::queue_vectors(d).await.expect("queued");
    worker::run_once(d).await.expect("the worker runs");
}

async fn search(d: &Arc<Domain>, account: AccountId, text: &str) -> PastCases {
    let asked = Asked { text: text.to_owned(), account: Some(account), limit: 10, ..Asked::default() };
    knowledge::search(d, asked).await.expect("searches")
}

async fn pairs(d: &Domain) -> Vec<TrainingPair> {
    let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    let mut pairs = d.store.list_pairs(&filter, None, 1_000, 0).await.expect("reads").items;
    pairs.sort_by(|one, other| one.client_text.cmp(&other.client_text));
    pairs
}

async fn with_vectors(d: &Domain) -> usize {
    let ids: Vec<PairId> = pairs(d).await.iter().map(|pair| pair.id).collect();
    knowledge::vectors_of(d, &ids).await.expect("reads").len()
}

#[tokio::test]
async fn vectors_that_help_are_used_and_both_databases_find_the_same() {
    let found = Mutex::new(Vec::new());
    on_each_database("vectors that help", |db| {
        let found = &found;
        async move {
            let (server, d) = (start().await, domain(&db).await);
            let account = approved(&d, &db).await;
            work(&d).await;
            assert_eq!(search(&d, account, "bruce").await.vectors.standing, VectorUse::Off);
            assert_eq!(server.seen(), [], "nobody chose it");

            choose(&d, &server, "e-1").await;
            let words = search(&d, account, &theirs(3)).await;
            assert_eq!(words.vectors.standing, VectorUse::Making);
            work(&d).await;
            assert_eq!(with_vectors(&d).await, CONVERSATIONS);
            let sent = server.seen();
            assert!(sent.iter().all(|(side, _)| side == "query" || side == "document"));
            let texts: Vec<&String> = sent.iter().flat_map(|(_, texts)| texts).collect();
            assert_eq!(texts.len(), CONVERSATIONS * 2, "each text once");
            assert!(texts.iter().all(|text| !text.contains("1234567")), "what is sensitive stays here");
            assert!(texts.iter().all(|text| !text.contains("PHONE")), "nor does it make texts alike: {texts:?}");

            let mut all = Vec::new();
            for number in 0..CONVERSATIONS {
                let text = format!("My {} does not work", theirs(number));
                let cases = search(&d, account, &text).await;
                assert_eq!(cases.vectors.standing, VectorUse::Used, "{:?}", cases.vectors);
                assert!(cases.items[0].by_vector.is_some());
                let seen = cases.items.into_iter().map(|case| (case.pair.our_reply_text, case.score.to_bits()));
                all.push(seen.collect::<Vec<_>>());
                // Our own word, which no client knows, finds the case as well.
                let by_ours = search(&d, account, &format!("{} {}", ours(number), theirs(number))).await;
                assert!(by_ours.items[0].pair.our_reply_text.contains(&ours(number)));
            }
            let tried = search(&d, account, "nothing at all").await.vectors.tried.expect("tried");
            assert!(tried.joined > tried.words && tried.gain_least > 0.0 && tried.weight > 0.0, "{tried:?}");
            assert_eq!((tried.conversations, tried.pairs), (30, 30));
            found.lock().expect("no panic").push(all);

            // Every call is on record, and none says what was sent.
            let spend = d.store.ai_spend(noon().date_naive()).await.expect("reads");
            assert!(!spend.is_empty() && spend.iter().all(|day| day.purpose == AiPurpose::Embedding));
            server.seen();
            search(&d, account, "Call me at +49 30 7654321").await;
            assert_eq!(server.seen(), [("query".to_owned(), vec!["Call me at".to_owned()])]);

            // A model that does not answer takes nothing away.
            server.is(Mood::Fails);
            let cases = search(&d, account, &ours(4)).await;
            assert_eq!((cases.vectors.standing, cases.items.len()), (VectorUse::Unavailable, 1));
            d.shutdown().await;
        }
    })
    .await;
    let found = found.into_inner().expect("no panic");
    assert!(found.windows(2).all(|two| two[0] == two[1]), "the databases differ");
}

#[tokio::test]
async fn vectors_that_do_not_help_switch_themselves_off() {
    on_each_database("vectors that do not help", |db| async move {
        let (server, d) = (start().await, domain(&db).await);
        let account = approved(&d, &db).await;
        server.is(Mood::Guesses);
        choose(&d, &server, "e-1").await;
        work(&d).await;
        assert_eq!(with_vectors(&d).await, CONVERSATIONS);
        server.seen();
        let cases = search(&d, account, &theirs(3)).await;
        assert_eq!(cases.vectors.standing, VectorUse::NoHelp, "{:?}", cases.vectors);
        assert!(cases.items.iter().all(|case| case.by_vector.is_none() && case.score == case.by_words));
        assert_eq!(server.seen(), [], "what does not help is not asked");
        let told = knowledge::vectors(&d).await.expect("reads");
        assert_eq!((told.len(), told[0].pairs, told[0].vectors.standing), (1, 30, VectorUse::NoHelp));

        // Another model may help.
        server.is(Mood::Understands);
        choose(&d, &server, "e-2").await;
        assert_eq!(search(&d, account, &theirs(3)).await.vectors.standing, VectorUse::Making);
        assert_eq!(with_vectors(&d).await, 0, "those of another model are none");
        work(&d).await;
        assert_eq!(search(&d, account, &theirs(3)).await.vectors.standing, VectorUse::Used);
        d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn only_what_is_missing_is_made() {
    on_each_database("missing vectors", |db| async move {
        let (server, d) = (start().await, domain(&db).await);
        let account = approved(&d, &db).await;
        // One at a time may be approved, too.
        let sql = "UPDATE ai_training_pairs SET status = 'new' WHERE client_text LIKE '%banik%'";
        db.execute(sql, sql).await;
        choose(&d, &server, "e-1").await;
        work(&d).await;
        server.seen();
        work(&d).await;
        assert_eq!(server.seen(), [], "all are there");
        assert_eq!(with_vectors(&d).await, CONVERSATIONS - 1);

        let sql = "UPDATE ai_training_pairs SET status = 'approved'";
        db.execute(sql, sql).await;
        let sql = "UPDATE ai_training_pairs SET our_reply_text = 'Another cenik.' WHERE client_text LIKE '%cenik%'";
        db.execute(sql, sql).await;
        assert_eq!(with_vectors(&d).await, CONVERSATIONS - 2, "of another text they are others");
        work(&d).await;
        let sent: usize = server.seen().iter().map(|(_, texts)| texts.len()).sum();
        assert_eq!(sent, 4, "two pairs, both sides");
        assert_eq!(with_vectors(&d).await, CONVERSATIONS);

        // What a job broke off is made by the next one.
        server.is(Mood::Fails);
        let sql = "DELETE FROM answer_vectors";
        db.execute(sql, sql).await;
        work(&d).await;
        let jobs = d.store.list_jobs(JobFilter::default()).await.expect("reads");
        assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, JobState::Queued, 1));
        assert!(jobs[0].error.as_deref().is_some_and(|error| error.contains("API key")), "{jobs:?}");

        // Another model may work: who chooses it need not wait for the next attempt.
        server.is(Mood::Understands);
        worker::run_once(&d).await.expect("the worker runs");
        assert_eq!(with_vectors(&d).await, 0, "it rests after its failure");
        let change = AiProviderChange { model_embeddings: Some(Some("e-2".to_owned())), ..AiProviderChange::default() };
        ai_settings::save(&d, Actor::command_line(), AiKind::Compatible, change).await.expect("saved");
        let jobs = d.store.list_jobs(JobFilter::default()).await.expect("reads");
        assert_eq!((jobs.len(), jobs[0].state, jobs[0].attempts), (1, JobState::Queued, 0));
        worker::run_once(&d).await.expect("the worker runs");
        assert_eq!(with_vectors(&d).await, CONVERSATIONS);
        assert_eq!(d.store.list_jobs(JobFilter::default()).await.expect("reads"), []);

        accounts::delete(&d, Actor::command_line(), account).await.expect("deleted");
        assert_eq!(d.store.vector_trials().await.expect("reads"), BTreeMap::new());
        d.shutdown().await;
    })
    .await;
}

/// A folder of Model2Vec in which words that mean the same have the same vector.
fn model_folder(folder: &Path) {
    model_folder_with(folder, 0.01);
}

/// The same with this as the weight of everything else.
fn model_folder_with(folder: &Path, least: f32) {
    let words: Vec<String> = (0..CONVERSATIONS).flat_map(|number| [theirs(number), ours(number)]).collect();
    let vocabulary: BTreeMap<&str, usize> =
        ["[UNK]"].into_iter().chain(words.iter().map(String::as_str)).zip(0..).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "post_processor": null, "decoder": null,
        "normalizer": { "type": "Lowercase" }, "pre_tokenizer": { "type": "Whitespace" },
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" },
    });
    let (rows, columns) = (words.len() + 1, CONVERSATIONS);
    let numbers = (0..rows).flat_map(|row| {
        (0..columns).map(move |column| f32::from(u8::from(row > 0 && (row - 1) / 2 == column)) + least)
    });
    let data: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
    let header = json!({ "embeddings": { "dtype": "F32", "shape": [rows, columns], "data_offsets": [0, data.len()] } });
    let header = header.to_string();
    let length = u64::try_from(header.len()).expect("small").to_le_bytes();
    let model: Vec<u8> = length.into_iter().chain(header.into_bytes()).chain(data).collect();
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("config.json"), "{\"normalize\": true}").expect("written");
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).expect("written");
    fs::write(folder.join("model.safetensors"), model).expect("written");
}

#[tokio::test]
async fn a_model_on_this_machine_is_added_used_and_removed() {
    on_each_database("a local model", |db| async move {
        let d = domain(&db).await;
        let account = approved(&d, &db).await;
        let folder = db.folder().join("tiny-model");
        fs::create_dir_all(&folder).expect("a folder");
        let missing = knowledge::add_model(&d, Actor::command_line(), &folder, None).await.expect_err("it is empty");
        assert!(matches!(missing, LocalError::Missing { name: "config.json", .. }), "{missing}");
        model_folder(&folder);
        for name in ["", "../x", ".x", "a b"] {
            let refused =
                knowledge::add_model(&d, Actor::command_line(), &folder, Some(name)).await.expect_err("no name");
            assert!(matches!(refused, LocalError::Name(_)), "{refused}");
        }
        fs::write(folder.join("config.json"), "not JSON").expect("written");
        let broken = knowledge::add_model(&d, Actor::command_line(), &folder, None).await.expect_err("it is broken");
        assert!(matches!(broken, LocalError::Unreadable { .. }), "{broken}");
        for spoiled in [f32::NAN, f32::INFINITY] {
            model_folder_with(&folder, spoiled);
            let refused = knowledge::add_model(&d, Actor::command_line(), &folder, None).await.expect_err("no numbers");
            assert!(refused.to_string().contains("its weights are not all finite numbers"), "{refused}");
        }
        assert_eq!(knowledge::models(&d).await.expect("reads"), []);

        model_folder(&folder);
        assert_eq!(knowledge::add_model(&d, Actor::command_line(), &folder, None).await.expect("added"), "tiny-model");
        let taken = knowledge::add_model(&d, Actor::command_line(), &folder, None).await.expect_err("is there");
        assert!(matches!(taken, LocalError::Taken(_)), "{taken}");
        fs::remove_dir_all(&folder).expect("it was copied");
        let models = knowledge::models(&d).await.expect("reads");
        assert_eq!((models.len(), models[0].name.as_str(), models[0].is_used), (1, "tiny-model", true));

        work(&d).await;
        let cases = search(&d, account, &format!("My {} is not well", theirs(7))).await;
        assert_eq!(cases.vectors.standing, VectorUse::Used, "{:?}", cases.vectors);
        assert!(cases.vectors.model.is_some_and(|model| model.starts_with("local:tiny-model@")));
        assert!(cases.items[0].pair.our_reply_text.contains(&ours(7)));
        let spent = d.store.ai_spend(noon().date_naive()).await.expect("reads");
        assert_eq!(spent, [], "nobody was called");

        // A provider that is chosen comes first.
        let server = start().await;
        choose(&d, &server, "e-1").await;
        let model = search(&d, account, "anything").await.vectors.model;
        assert_eq!(model.as_deref(), Some("compatible:e-1"));
        let off = AiChange { embeds: Some(false), ..AiChange::default() };
        d.store.save_ai_provider(AiKind::Compatible, None, &off, noon()).await.expect("stored");

        knowledge::remove_model(&d, Actor::command_line(), "tiny-model").await.expect("removed");
        assert!(matches!(
            knowledge::remove_model(&d, Actor::command_line(), "tiny-model").await,
            Err(LocalError::Unknown(_))
        ));
        assert_eq!(search(&d, account, "anything").await.vectors.standing, VectorUse::Off);
        d.shutdown().await;
    })
    .await;
}
