//! How well past cases are found, and how fast: `make bench-retrieval` runs it. `docs/KNOWLEDGE.md` has what it said last.
//!
//! Usage: `retrieval CASES`. Well: on the pairs of the sample mailbox, imported into a fresh SQLite file and, where `TEST_POSTGRES_URL`
//! names a cluster, into a fresh PostgreSQL database; both must find the same. Fast: on so many made cases.

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
    clock::ManualClock,
    import,
    knowledge::{self, Asked, Case, Index, Question, Scoring},
    labels::language_of,
    types::{PairFilter, PairId, PairLabels, PairStatusFilter, TrainingPair},
};
use support::{noon, on_each_database};
use uuid::Uuid;

/// How often the threads are drawn anew for an interval.
const DRAWS: usize = 2_000;
/// Questions whose time is measured.
const QUESTIONS: usize = 1_000;
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
    Question { text: &one.asked, language, account: None, only_language: None, without, limit }
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

/// The pairs of the sample mailbox as a database has them, and the ten best of each by what a person sees of them.
async fn sample() -> Vec<TrainingPair> {
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
            let mut best = Vec::new();
            for pair in &pairs {
                let asked = Asked { text: pair.client_text.clone(), limit: 10, ..Asked::default() };
                let found = knowledge::search(&d, asked).await.expect("searches").items;
                best.push(
                    found.into_iter().map(|case| (case.pair.our_reply_text, case.score.to_bits())).collect::<Vec<_>>(),
                );
            }
            all.lock().expect("no panic").push((pairs, best));
            d.shutdown().await;
        }
    })
    .await;
    let mut all = all.into_inner().expect("no panic");
    let (pairs, best) = all.remove(0);
    for (_, other) in &all {
        assert!(*other == best, "the databases differ in what they find");
    }
    println!("{} pairs; the ten best are the same on {} databases", pairs.len(), all.len() + 1);
    pairs
}

fn how_well(pairs: &[TrainingPair]) {
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
    println!("\nAnother pair of the same thread among all other pairs, by the weights of question and reply:");
    for (question, reply) in [(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)] {
        let places = same_thread(&stemmed, &Scoring { question, reply, ..default });
        let asked: Vec<Option<usize>> = places.into_iter().flatten().collect();
        let mrr = mean(asked.iter().map(|place| reciprocal(*place)));
        println!("| {question} | {reply} | {mrr:.3} | {} asked |", asked.len());
    }
}

fn how_fast(cases: usize) {
    let alphabets: [(&str, Vec<char>); 3] = [
        ("en", ('a'..='z').collect()),
        ("ru", ('а'..='я').collect()),
        ("de", "abdefghiklmnoprstuüwzäö".chars().collect()),
    ];
    let mut random = Random(42);
    let account = replybook::types::AccountId(Uuid::from_u128(1));
    let before = measure::megabytes("VmRSS:");
    let (begun, mut making) = (measure::cpu_seconds(), 0.0);
    let mut index = Index::default();
    for number in 0..cases {
        let written = measure::cpu_seconds();
        let (code, letters) = &alphabets[random.index(alphabets.len())];
        let (asked, replied) = (15 + random.index(60), 20 + random.index(80));
        let case = Case {
            id: PairId(Uuid::from_u128(u128::try_from(number).expect("small") + 1)),
            account,
            replied_at: i64::try_from(number).expect("small"),
            group: (number % 10 == 0).then(|| format!("group {}", number % 2_000)),
            question_language: Some((*code).to_owned()),
            reply_language: Some((*code).to_owned()),
            question: random.text(asked, letters),
            reply: random.text(replied, letters),
        };
        making += measure::cpu_seconds() - written;
        index.add(&case);
    }
    index.settle();
    println!(
        "\n{cases} cases, indexed in {:.1} s of processor time, {:.0} MB more resident",
        measure::cpu_seconds() - begun - making,
        measure::megabytes("VmRSS:") - before
    );
    let nobody = HashSet::new();
    let mut times: Vec<Duration> = (0..QUESTIONS)
        .map(|_| {
            let (code, letters) = &alphabets[random.index(alphabets.len())];
            let words = 15 + random.index(60);
            let text = random.text(words, letters);
            let question = Question {
                text: &text,
                language: Some(code),
                account: Some(account),
                only_language: None,
                without: &nobody,
                limit: 10,
            };
            let begun = Instant::now();
            let found = index.search(&question, &Scoring::default());
            let time = begun.elapsed();
            assert!(!found.is_empty());
            time
        })
        .collect();
    times.sort();
    println!("{QUESTIONS} searches: p50 {:?}, p99 {:?}", times[QUESTIONS / 2], times[QUESTIONS * 99 / 100]);
}

fn main() {
    let cases = std::env::args().nth(1).and_then(|cases| cases.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    how_well(&runtime.block_on(sample()));
    how_fast(cases);
}
