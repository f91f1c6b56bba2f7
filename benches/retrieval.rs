//! How well past cases are found, and how fast: `make bench-retrieval` runs it. `docs/KNOWLEDGE.md` has what it said last.
//!
//! Usage: `retrieval CASES`. Well: on the pairs of the sample mailbox, imported into a fresh SQLite file and, where `TEST_POSTGRES_URL`
//! names a cluster, into a fresh PostgreSQL database; both must find the same. Fast: on so many made cases, with vectors of 384 dimensions;
//! put in in two orders, the index must find the same.
//!
//! `EMBEDDINGS_URL` names an OpenAI-compatible server (`EMBEDDINGS_MODEL` its model), `LOCAL_MODEL` a folder of Model2Vec: the sample is
//! measured with the vectors of either, too. They are made as the product makes them, without the subject: the table asks without it.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

mod measure;
#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use replybook::{
    Domain,
    clock::ManualClock,
    import,
    knowledge::{self, Asked, Case, Index, Question, Scoring, Vector, WEIGHTS},
    labels::language_of,
    store::AiChange,
    types::{AccountId, Actor, AiKind, PairFilter, PairId, PairLabels, PairStatusFilter, TrainingPair},
    worker,
};
use support::{TestDb, noon, on_each_database};
use uuid::Uuid;

/// How often the threads are drawn anew for an interval.
const DRAWS: usize = 2_000;
/// Questions whose time is measured.
const QUESTIONS: usize = 1_000;
/// Dimensions of the vectors of made texts.
const DIMENSIONS: usize = 384;
/// Words that made texts consist of, of each language; the first are the most frequent.
const VOCABULARY: u64 = 30_000;

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(u64::try_from(limit).expect("small"))).expect("small")
    }

    /// A direction near one of some: texts are about something.
    fn vector(&mut self, topics: &[Vec<f32>]) -> Vector {
        let topic = &topics[self.index(topics.len())];
        let numbers: Vec<f32> = topic.iter().map(|number| number + self.below(2_000) as f32 / 1_000.0 - 1.0).collect();
        Vector::of(&numbers).expect("has a direction")
    }

    /// Few words often, many words seldom, as in any language; now and then the number of an order.
    fn text(&mut self, words: usize, letters: &[char]) -> String {
        let mut text = String::new();
        for _ in 0..words {
            if self.below(100) < 2 {
                text.push_str(&format!("FH-{}", 20_000 + self.below(80_000)));
            } else {
                let (a, b, c) = (self.below(VOCABULARY), self.below(VOCABULARY), self.below(VOCABULARY));
                // A rare word is longer than a frequent one.
                let mut number = a * b / VOCABULARY * c / VOCABULARY + 3;
                while number > 0 {
                    let place = usize::try_from(number).expect("small") % letters.len();
                    text.push(letters[place]);
                    text.push(letters[(place * 7 + 3) % letters.len()]);
                    number /= u64::try_from(letters.len()).expect("small");
                }
            }
            text.push(' ');
        }
        text
    }
}

/// A pair of the sample, with what it is judged by.
struct Known {
    case: Case,
    /// What the client wrote, without its subject.
    asked: String,
    thread: Option<String>,
}

fn known(pairs: &[TrainingPair], is_stemmed: bool) -> Vec<Known> {
    let known = |pair: &TrainingPair| {
        let labels: PairLabels = pair.labels.clone().unwrap_or_default();
        let language = |of: Option<String>| if is_stemmed { of } else { Some("xx".to_owned()) };
        Known {
            case: Case {
                id: pair.id,
                account: pair.integration_account_id,
                replied_at: pair.reply_sent_at.unwrap_or_default().timestamp_millis(),
                group: None,
                question_language: language(labels.client_language),
                reply_language: language(labels.reply_language),
                question: pair.client_text.clone(),
                reply: pair.our_reply_text.clone(),
                vector: None,
            },
            asked: pair.client_text.clone(),
            thread: pair.thread_id.clone(),
        }
    };
    pairs.iter().map(known).collect()
}

/// The place of what is right among what is found: 0 for a place nobody would look at.
type Found = Vec<Option<usize>>;

/// Finds each pair's own reply among all replies, by the client's message. The message itself is not in the index meanwhile, so that not
/// even its words are counted.
fn own_replies(known: &[Known], is_stemmed: bool, scoring: &Scoring) -> Found {
    let mut index = Index::default();
    known.iter().for_each(|one| index.add(&one.case));
    let nobody = HashSet::new();
    known
        .iter()
        .map(|one| {
            index.add(&Case { question: String::new(), ..one.case.clone() });
            let question = question(one, is_stemmed, known.len(), &nobody);
            let place = index.search(&question, scoring).iter().position(|hit| hit.id == one.case.id);
            index.add(&one.case);
            place
        })
        .collect()
}

/// Finds another pair of the same thread among all other pairs, by the client's message: `None` for a thread with one pair.
fn same_thread(known: &[Known], scoring: &Scoring) -> Vec<Option<Option<usize>>> {
    let mut index = Index::default();
    known.iter().for_each(|one| index.add(&one.case));
    known
        .iter()
        .map(|one| {
            let others: HashSet<PairId> = known
                .iter()
                .filter(|other| other.thread == one.thread && other.case.id != one.case.id)
                .map(|other| other.case.id)
                .collect();
            if others.is_empty() {
                return None;
            }
            let nobody = HashSet::new();
            index.remove(one.case.id);
            let place = index
                .search(&question(one, true, known.len(), &nobody), scoring)
                .iter()
                .position(|hit| others.contains(&hit.id));
            index.add(&one.case);
            Some(place)
        })
        .collect()
}

fn question<'a>(one: &'a Known, is_stemmed: bool, limit: usize, without: &'a HashSet<PairId>) -> Question<'a> {
    let language = if is_stemmed { language_of(&one.asked) } else { Some("xx") };
    Question {
        text: &one.asked,
        language,
        account: None,
        only_language: None,
        since: None,
        vector: None,
        weight: 0.0,
        without,
        limit,
    }
}

/// Vectors of a pair's message and of its reply.
type Both = (Vector, Vector);

/// Finds each pair's own reply among all replies by words and vectors of replies, for each of some weights.
fn own_replies_joined(known: &[Known], vectors: &[Both], weights: &[f64]) -> Vec<Found> {
    let scoring = Scoring { question: 0.0, ..Scoring::default() };
    let with = |one: &Known, reply: &Vector| Case { vector: Some(reply.clone()), ..one.case.clone() };
    let mut index = Index::default();
    known.iter().zip(vectors).for_each(|(one, (_, reply))| index.add(&with(one, reply)));
    let nobody = HashSet::new();
    let mut all = vec![Found::new(); weights.len()];
    for (one, (message, reply)) in known.iter().zip(vectors) {
        index.add(&Case { question: String::new(), ..with(one, reply) });
        let question = Question { vector: Some(message), ..question(one, true, 1, &nobody) };
        let places = index.places_of(&question, &scoring, weights, |id| id == one.case.id);
        all.iter_mut().zip(places).for_each(|(found, place)| found.push(place));
        index.add(&with(one, reply));
    }
    all
}

fn reciprocal(place: Option<usize>) -> f64 {
    place.map_or(0.0, |place| 1.0 / (place as f64 + 1.0))
}

fn mean(of: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = of.collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The mean reciprocal rank with the interval that 95 of 100 draws of whole threads are in.
fn interval(known: &[Known], found: &Found) -> (f64, f64) {
    let mut threads: BTreeMap<&Option<String>, Vec<usize>> = BTreeMap::new();
    for (number, one) in known.iter().enumerate() {
        threads.entry(&one.thread).or_default().push(number);
    }
    let threads: Vec<&Vec<usize>> = threads.values().collect();
    let mut random = Random(7);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..threads.len()).flat_map(|_| threads[random.index(threads.len())].iter());
            mean(drawn.map(|number| reciprocal(found[*number])))
        })
        .collect();
    means.sort_by(f64::total_cmp);
    (means[DRAWS / 40], means[DRAWS - 1 - DRAWS / 40])
}

fn row(name: &str, known: &[Known], languages: &[Option<String>], found: &Found) {
    let of = |code: &str| {
        mean(
            found
                .iter()
                .zip(languages)
                .filter(|(_, own)| own.as_deref() == Some(code))
                .map(|(place, _)| reciprocal(*place)),
        )
    };
    let within =
        |most: usize| mean(found.iter().map(|place| f64::from(u8::from(place.is_some_and(|place| place < most)))));
    let (least, most) = interval(known, found);
    println!(
        "| {name} | {:.3} | {least:.3} – {most:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
        mean(found.iter().map(|place| reciprocal(*place))),
        within(1),
        within(5),
        of("en"),
        of("ru"),
        of("de"),
    );
}

/// A source of vectors, and what it made of the pairs.
type Made = Vec<(String, Vec<Both>)>;

/// The pairs of the sample mailbox as a database has them, and the ten best of each by what a person sees of them.
async fn sample() -> (Vec<TrainingPair>, Made) {
    let all = Mutex::new(Vec::new());
    on_each_database("sample", |db| {
        let all = &all;
        async move {
            let d = db.domain(Arc::new(ManualClock::new(noon()))).await;
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/mailbox.mbox");
            import::import_file(&d, &path, "support@fernhill.example", |_| {}).await.expect("imported");
            let sql = "UPDATE ai_training_pairs SET status = 'approved'";
            db.execute(sql, sql).await;
            let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
            let mut pairs = d.store.list_pairs(&filter, None, 10_000, 0).await.expect("reads").items;
            pairs.sort_by(|a, b| (&a.client_text, &a.our_reply_text).cmp(&(&b.client_text, &b.our_reply_text)));
            let mut best = vec![ten_best(&d, &pairs).await];
            let mut made = Made::new();
            let sql = "UPDATE emails_messages SET subject = NULL";
            db.execute(sql, sql).await;
            if let Ok(folder) = std::env::var("LOCAL_MODEL") {
                knowledge::add_model(&d, Actor::command_line(), Path::new(&folder), Some("local"))
                    .await
                    .expect("a model");
                made.push(("a local model".to_owned(), vectors(&d, &db, &pairs).await));
                best.push(ten_best(&d, &pairs).await);
            }
            if let Ok(url) = std::env::var("EMBEDDINGS_URL") {
                let model = std::env::var("EMBEDDINGS_MODEL").unwrap_or_else(|_| "default".to_owned());
                let change = AiChange {
                    base_url: Some(Some(url)),
                    allow_local: Some(true),
                    model_embeddings: Some(Some(model)),
                    embeds: Some(true),
                    ..AiChange::default()
                };
                d.store.save_ai_provider(AiKind::Compatible, None, &change, noon()).await.expect("stored");
                made.push(("a provider".to_owned(), vectors(&d, &db, &pairs).await));
                best.push(ten_best(&d, &pairs).await);
            }
            all.lock().expect("no panic").push((pairs, best, made));
            d.shutdown().await;
        }
    })
    .await;
    let mut all = all.into_inner().expect("no panic");
    let (pairs, best, made) = all.remove(0);
    for (_, other, _) in &all {
        assert!(*other == best, "the databases differ in what they find");
    }
    println!(
        "{} pairs; the ten best are the same on {} databases, with each of {} sources of vectors too",
        pairs.len(),
        all.len() + 1,
        made.len()
    );
    (pairs, made)
}

async fn ten_best(d: &Arc<Domain>, pairs: &[TrainingPair]) -> Vec<Vec<(String, u64)>> {
    let mut best = Vec::new();
    for pair in pairs {
        let asked = Asked { text: pair.client_text.clone(), limit: 10, ..Asked::default() };
        let found = knowledge::search(d, asked).await.expect("searches").items;
        best.push(found.into_iter().map(|case| (case.pair.our_reply_text, case.score.to_bits())).collect());
    }
    best
}

/// Has the vectors of the pairs made, and says what the product makes of them.
async fn vectors(d: &Arc<Domain>, db: &TestDb, pairs: &[TrainingPair]) -> Vec<Both> {
    knowledge::queue_vectors(d).await.expect("queued");
    worker::run_once(d).await.expect("the worker runs");
    for account in knowledge::vectors(d).await.expect("reads") {
        println!("{}: {:?}", db.url.split(':').next().unwrap_or_default(), account.vectors);
    }
    let stored = knowledge::vectors_of(d, &pairs.iter().map(|pair| pair.id).collect::<Vec<_>>()).await.expect("reads");
    pairs.iter().map(|pair| stored[&pair.id].clone()).collect()
}

fn how_well(pairs: &[TrainingPair], made: &Made) {
    let default = Scoring::default();
    let replies = Scoring { question: 0.0, ..default };
    let plain = Scoring { pieces: 0.0, rarity: 1.0, length: 0.75, most_stems: 64, ..replies };
    let stemmed = known(pairs, true);
    let languages: Vec<Option<String>> = stemmed.iter().map(|one| one.case.question_language.clone()).collect();
    println!("\nThe own reply among all replies:");
    println!("| | MRR | 95 % | hit@1 | hit@5 | en | ru | de |\n|---|---|---|---|---|---|---|---|");
    let unstemmed = known(pairs, false);
    row("words, BM25", &unstemmed, &languages, &own_replies(&unstemmed, false, &plain));
    for (name, scoring) in [
        ("stems, BM25", plain),
        ("stems, rarity squared", Scoring { pieces: 0.0, ..replies }),
        ("and pieces (what is used)", replies),
        ("pieces at 0.2", Scoring { pieces: 0.2, ..replies }),
        ("24 rarest stems, 32 pieces", Scoring { most_stems: 24, most_pieces: 32, ..replies }),
    ] {
        row(name, &stemmed, &languages, &own_replies(&stemmed, true, &scoring));
    }
    for (name, vectors) in made {
        let weights: Vec<f64> = WEIGHTS.into_iter().chain([1.0]).collect();
        for (weight, found) in weights.iter().zip(own_replies_joined(&stemmed, vectors, &weights)) {
            row(&format!("{name}, vectors at {weight}"), &stemmed, &languages, &found);
        }
    }
    println!("\nAnother pair of the same thread among all other pairs, by the weights of question and reply:");
    for (question, reply) in [(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)] {
        let places = same_thread(&stemmed, &Scoring { question, reply, ..default });
        let asked: Vec<Option<usize>> = places.into_iter().flatten().collect();
        let mrr = mean(asked.iter().map(|place| reciprocal(*place)));
        println!("| {question} | {reply} | {mrr:.3} | {} asked |", asked.len());
    }
}

/// Makes cases, the same each time.
struct Maker {
    random: Random,
    alphabets: [(&'static str, Vec<char>); 3],
    topics: Vec<Vec<f32>>,
}

impl Maker {
    fn new() -> Self {
        let mut random = Random(42);
        let topic = |_| (0..DIMENSIONS).map(|_| random.below(2_000) as f32 / 1_000.0 - 1.0).collect();
        let topics = (0..200).map(topic).collect();
        let alphabets = [
            ("en", ('a'..='z').collect()),
            ("ru", ('а'..='я').collect()),
            ("de", "abdefghiklmnoprstuüwzäö".chars().collect()),
        ];
        Self { random, alphabets, topics }
    }

    fn case(&mut self, number: usize) -> Case {
        let random = &mut self.random;
        let (code, letters) = &self.alphabets[random.index(self.alphabets.len())];
        let (asked, replied) = (15 + random.index(60), 20 + random.index(80));
        Case {
            id: PairId(Uuid::from_u128(u128::try_from(number).expect("small") + 1)),
            account: AccountId(Uuid::from_u128(1)),
            replied_at: i64::try_from(number).expect("small"),
            group: number.is_multiple_of(10).then(|| format!("group {}", number % 2_000)),
            question_language: Some((*code).to_owned()),
            reply_language: Some((*code).to_owned()),
            question: random.text(asked, letters),
            reply: random.text(replied, letters),
            vector: Some(random.vector(&self.topics)),
        }
    }

    fn question(&mut self) -> (&'static str, String, Vector) {
        let random = &mut self.random;
        let (code, letters) = &self.alphabets[random.index(self.alphabets.len())];
        let words = 15 + random.index(60);
        (code, random.text(words, letters), random.vector(&self.topics))
    }
}

fn how_fast(cases: usize) {
    let mut maker = Maker::new();
    let before = measure::megabytes("VmRSS:");
    let (begun, mut making) = (measure::cpu_seconds(), 0.0);
    let mut index = Index::default();
    for number in 0..cases {
        let written = measure::cpu_seconds();
        let case = maker.case(number);
        making += measure::cpu_seconds() - written;
        index.add(&case);
    }
    index.settle();
    println!(
        "\n{cases} cases with vectors, indexed in {:.1} s of processor time, {:.0} MB more resident",
        measure::cpu_seconds() - begun - making,
        measure::megabytes("VmRSS:") - before
    );
    let nobody = HashSet::new();
    let questions: Vec<_> = (0..QUESTIONS).map(|_| maker.question()).collect();
    let mut best = Vec::new();
    for weight in [0.0, 0.6] {
        let mut times: Vec<Duration> = Vec::new();
        best.clear();
        let before = measure::cpu_seconds();
        for (code, text, vector) in &questions {
            let question = asked(code, text, vector, weight, &nobody);
            let begun = Instant::now();
            let found = index.search(&question, &Scoring::default());
            times.push(begun.elapsed());
            assert!(!found.is_empty());
            best.push(found);
        }
        times.sort();
        let name = if weight > 0.0 { "by words and vectors" } else { "by words" };
        println!(
            "{QUESTIONS} searches {name}: p50 {:?}, p99 {:?}, {:.1} ms of processor time each",
            times[QUESTIONS / 2],
            times[QUESTIONS * 99 / 100],
            (measure::cpu_seconds() - before) * 1e3 / QUESTIONS as f64
        );
    }
    drop(index);
    let mut maker = Maker::new();
    let mut all: Vec<Case> = (0..cases).map(|number| maker.case(number)).collect();
    all.reverse();
    let mut other = Index::default();
    all.iter().for_each(|case| other.add(case));
    for ((code, text, vector), best) in questions.iter().zip(&best) {
        let found = other.search(&asked(code, text, vector, 0.6, &nobody), &Scoring::default());
        assert!(found == *best, "put in in another order, the index finds something else");
    }
    println!("put in in the opposite order, the index finds the same ten for each of {QUESTIONS} questions");
}

fn asked<'a>(
    code: &'a str,
    text: &'a str,
    vector: &'a Vector,
    weight: f64,
    without: &'a HashSet<PairId>,
) -> Question<'a> {
    Question {
        text,
        language: Some(code),
        account: Some(AccountId(Uuid::from_u128(1))),
        only_language: None,
        since: None,
        vector: (weight > 0.0).then_some(vector),
        weight,
        without,
        limit: 10,
    }
}

fn main() {
    let cases = std::env::args().nth(1).and_then(|cases| cases.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (pairs, made) = runtime.block_on(sample());
    how_well(&pairs, &made);
    how_fast(cases);
}
