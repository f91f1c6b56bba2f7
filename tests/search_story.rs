//! Searches of the review: whatever is asked, both databases find the same pairs in the same order as somebody who reads all of them.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain,
    clock::ManualClock,
    mail::{parse_rfc822, words::each_word},
    pairs,
    store::{
        Apply, Habits, NewMessage, NewPair, Saved, TagChange, TagSaved, Tagged, ThreadPairs, ThreadSummary, WantedTag,
    },
    types::{
        AccountId, Actor, AuditAction, AuditFilter, ConflictCode, Direction, InvalidCode, PairFilter, PairId,
        PairLabels, PairOperator, PairQuery, PairQueryFault, PairSort, PairSource, PairStatus, PairStatusFilter,
        Problem, Provider, Quality, QualityReason, RunId, SensitiveKind, SensitiveSpan, Side, TagColour, TrainingPair,
        UserId,
    },
};
use support::{
    TestDb, noon, on_each_database,
    store::{LEASE, account_of, gmail, message, store_messages, sync_of, user},
};

const PAIRS: u64 = 90;
const QUERIES: usize = 500;
const WORDS: [&str; 18] = [
    "платёж",
    "платежи",
    "Заказ",
    "заказали",
    "ёлка",
    "не",
    "Café",
    "cafeteria",
    "straße",
    "STRASSE",
    "refund",
    "Refunded",
    "order",
    "no",
    "ΣΊΣΥΦΟΣ",
    "4711",
    "ﬁnal",
    "мой",
];
const NAMES: [&str; 5] = ["Ann Lee", "Ольга Ёлкина", "Jörg Groß", "anna", "Bob"];
const QUALITIES: [u8; 7] = [0, 12, 57, 58, 80, 95, 100];
const AGES: [i64; 6] = [10, 90, 60 * 5, 60 * 47, 60 * 24 * 20, 60 * 24 * 100];

/// The same numbers each time: a failure can be looked at again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(limit).expect("small")).expect("small")
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn text(&mut self, most: usize) -> String {
        let length = 1 + self.below(most);
        (0..length).map(|_| self.one(&WORDS)).collect::<Vec<_>>().join(" ")
    }
}

/// A pair, and what its mail says that it does not say itself.
struct Known {
    number: i64,
    pair: TrainingPair,
    replied_at: DateTime<Utc>,
    subject: String,
    from: [String; 2],
    to: [String; 2],
    decided_by: Option<&'static str>,
    account: &'static str,
}

fn folded(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    words
}

/// Whether a text has the word, or one that begins so.
fn has_word(texts: &[&str], word: &str, begins: bool) -> bool {
    texts.iter().flat_map(|text| folded(text)).any(|one| if begins { one.starts_with(word) } else { one == word })
}

/// What is asked for, and whether a pair is meant.
type Asked = (String, Box<dyn Fn(&Known) -> bool + Send + Sync>);

/// A word as somebody types it: a whole one or its beginning.
fn a_word(random: &mut Random) -> (String, Vec<String>, bool) {
    let word = random.one(&WORDS);
    let length = word.chars().count();
    let typed: String =
        if random.below(2) == 0 { word.to_owned() } else { word.chars().take(3.max(length / 2)).collect() };
    let words = folded(&typed);
    let begins = words.iter().all(|word| word.chars().count() >= 3);
    (typed, words, begins)
}

fn a_clause(random: &mut Random) -> Asked {
    let everything = |known: &Known| -> Vec<String> {
        let pair = &known.pair;
        let mut all = vec![pair.client_text.clone(), pair.our_reply_text.clone(), known.subject.clone()];
        all.extend(known.from.iter().chain(&known.to).cloned());
        all
    };
    match random.below(17) {
        0 | 1 => {
            let (typed, words, begins) = a_word(random);
            (
                typed,
                Box::new(move |known| {
                    let all = everything(known);
                    let all: Vec<&str> = all.iter().map(String::as_str).collect();
                    words.iter().all(|word| has_word(&all, word, begins))
                }),
            )
        }
        2 => {
            let words = [random.one(&WORDS), random.one(&WORDS)];
            let phrase = folded(&words.join(" "));
            (
                format!("\"{}\"", words.join(" ")),
                Box::new(move |known| {
                    everything(known).iter().any(|text| folded(text).windows(phrase.len()).any(|some| some == phrase))
                }),
            )
        }
        3 => {
            let name = random.one(&["ann", "Ольга", "елк", "groß", "bob", "client", "c7@client.example"]);
            let (words, is_address) = (folded(name), name.contains('@'));
            (
                format!("from:{name}"),
                Box::new(move |known| {
                    let texts = known.from.each_ref().map(String::as_str);
                    words.iter().all(|word| has_word(&texts, word, !is_address && word.chars().count() >= 3))
                }),
            )
        }
        4 => {
            let name = random.one(&["us@y.example", "support", "old", "our"]);
            let (words, is_address) = (folded(name), name.contains('@'));
            (
                format!("to:{name}"),
                Box::new(move |known| {
                    let texts = known.to.each_ref().map(String::as_str);
                    words.iter().all(|word| has_word(&texts, word, !is_address && word.chars().count() >= 3))
                }),
            )
        }
        5 => {
            let (typed, words, begins) = a_word(random);
            (
                format!("subject:{typed}"),
                Box::new(move |known| words.iter().all(|word| has_word(&[&known.subject], word, begins))),
            )
        }
        6 => {
            let code = random.one(&["ru", "en", "none", "fr"]);
            (
                format!("lang:{code}"),
                Box::new(move |known| {
                    let labels = known.pair.labels.as_ref().expect("has some");
                    labels.client_language.as_deref().unwrap_or("none") == code
                }),
            )
        }
        7 => {
            let is_reason = random.below(2) == 0;
            (
                format!("label:{}", if is_reason { "reply_too_short" } else { "iban" }),
                Box::new(move |known| {
                    let labels = known.pair.labels.as_ref().expect("has some");
                    if is_reason { !labels.quality.reasons.is_empty() } else { !labels.sensitive.is_empty() }
                }),
            )
        }
        8 => {
            let what = random.one(&["new", "approved", "rejected", "edited", "flagged"]);
            (
                format!("is:{what}"),
                Box::new(move |known| match what {
                    "edited" => known.pair.edited,
                    "flagged" => known.pair.source != PairSource::Same,
                    status => known.pair.status.as_str() == status,
                }),
            )
        }
        9 => {
            let (text, range) = random.one(
                &[
                    ("<58", 0..=57),
                    ("<=58", 0..=58),
                    (">80", 81..=100),
                    (">=95", 95..=100),
                    ("12..80", 12..=80),
                    ("100", 100..=100),
                ]
                .map(|(text, range)| (text, (*range.start(), *range.end()))),
            );
            (
                format!("quality:{text}"),
                Box::new(move |known| {
                    let score = known.pair.labels.as_ref().expect("has some").quality.score;
                    (range.0..=range.1).contains(&score)
                }),
            )
        }
        10 => {
            let (text, hours) = random.one(&[("1h", 1), ("6h", 6), ("2d", 48), ("4w", 24 * 28), ("200d", 24 * 200)]);
            (
                format!("decided:{text}"),
                Box::new(move |known| known.pair.decided_at.is_some_and(|at| at >= noon() - TimeDelta::hours(hours))),
            )
        }
        11 => {
            let name = random.one(&["ann@team.example", "bob", "me"]);
            (
                format!("decided-by:{name}"),
                Box::new(move |known| {
                    known.decided_by == Some(if name == "bob" { "bob@team.example" } else { "ann@team.example" })
                }),
            )
        }
        12 => {
            let (operator, is_before) = random.one(&[("before", true), ("after", false)]);
            let day = noon().date_naive() - TimeDelta::days(i64::try_from(random.below(40)).expect("small"));
            (format!("{operator}:{day}"), Box::new(move |known| (known.replied_at.date_naive() < day) == is_before))
        }
        13 => {
            let month = random.one(&["2026-11", "2026-10", "2026-02"]);
            (format!("month:{month}"), Box::new(move |known| known.replied_at.format("%Y-%m").to_string() == month))
        }
        14 => {
            // By the whole name, without case; else by its words. A quoted one can have spaces.
            let (typed, tags): (_, &[&str]) = random.one(&[
                ("Billing", &["billing"]),
                ("\"wrong PRICE\"", &["Wrong price"]),
                ("счет", &["Счёт"]),
                ("price", &["Wrong price", "Price list"]),
            ]);
            (
                format!("tag:{typed}"),
                Box::new(move |known| known.pair.tags.iter().any(|tag| tags.contains(&tag.name.as_str()))),
            )
        }
        15 => ("is:tagged".to_owned(), Box::new(|known| !known.pair.tags.is_empty())),
        _ => {
            let name = random.one(&["us@y.example", "old"]);
            (
                format!("account:{name}"),
                Box::new(move |known| known.account == if name == "old" { "old@y.example" } else { name }),
            )
        }
    }
}

/// A search with what it means.
fn a_query(random: &mut Random) -> (String, Vec<(bool, Asked)>) {
    let mut parts = Vec::new();
    for _ in 0..random.below(4) {
        let negated = random.below(4) == 0;
        parts.push((negated, a_clause(random)));
    }
    let text = parts
        .iter()
        .map(|(negated, (text, _))| format!("{}{text}", if *negated { "-" } else { "" }))
        .collect::<Vec<_>>()
        .join(" ");
    (text, parts)
}

/// What one finds who reads all pairs.
fn read_all(
    all: &[Known],
    query: &PairQuery,
    parts: &[(bool, Asked)],
    sizes: &BTreeMap<String, i64>,
    border: u8,
) -> Vec<i64> {
    let has_status = parts
        .iter()
        .any(|(negated, (text, _))| !negated && ["is:new", "is:approved", "is:rejected"].contains(&text.as_str()));
    let is_meant = |known: &&Known| {
        let filter = &query.filter;
        let of_status = has_status || filter.status.status().is_none_or(|status| known.pair.status == status);
        let of_account = filter.account_id.is_none_or(|account| known.pair.integration_account_id == account);
        let of_group = filter.group.as_ref().is_none_or(|group| known.pair.group_id.as_ref() == Some(group));
        let of_provider = filter.provider.as_ref().is_none_or(|code| known.pair.provider_code == *code);
        of_status
            && of_account
            && of_group
            && of_provider
            && parts.iter().all(|(negated, (_, is_so))| is_so(known) != *negated)
    };
    let mut found: Vec<&Known> = all.iter().filter(is_meant).collect();
    let score = |known: &Known| known.pair.labels.as_ref().expect("has some").quality.score;
    let size = |known: &Known| known.pair.group_id.as_ref().map_or(1, |group| sizes[group]);
    found.sort_by_key(|known| std::cmp::Reverse(known.replied_at));
    match query.sort {
        PairSort::Newest => {}
        PairSort::Oldest => found.reverse(),
        PairSort::Quality => found.sort_by_key(|known| score(known)),
        PairSort::Repeated => found.sort_by_key(|known| std::cmp::Reverse(size(known))),
        PairSort::Uncertain => found.sort_by_key(|known| score(known).abs_diff(border)),
    }
    if query.filter.one_per_group {
        let mut seen = BTreeSet::new();
        found.retain(|known| match &known.pair.group_id {
            Some(group) => seen.insert((group.clone(), known.pair.status)),
            None => true,
        });
    }
    found.iter().map(|known| known.number).collect()
}

/// Every page of a search.
async fn found(d: &Domain, query: &PairQuery, me: UserId, per_page: i64) -> (Vec<PairId>, i64) {
    let (mut ids, mut cursor, mut count) = (Vec::new(), None, None);
    loop {
        let page = pairs::find(d, query, Some(me), cursor.as_deref(), per_page, 0).await;
        let page = page.unwrap_or_else(|problem| panic!("{query:?}: {problem}"));
        assert!(page.items.len() <= usize::try_from(per_page).expect("small"));
        ids.extend(page.items.iter().map(|pair| pair.id));
        count = count.or(Some(page.count));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return (ids, count.expect("has one")),
        }
    }
}

struct Library {
    d: Arc<Domain>,
    all: Vec<Known>,
    sizes: BTreeMap<String, i64>,
    ann: UserId,
    accounts: [(AccountId, RunId); 2],
}

impl Library {
    async fn of(db: &TestDb) -> Self {
        let d = db.domain(Arc::new(ManualClock::new(noon()))).await;
        let people = [
            ("ann@team.example", user(&d.store, "ann@team.example").await),
            ("bob@team.example", user(&d.store, "bob@team.example").await),
        ];
        let mut accounts = Vec::new();
        for account in
            [gmail(&d.store, None, "us@y.example").await, account_of(&d.store, Provider::Mbox, "old@y.example").await]
        {
            accounts.push((account, d.store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run));
        }
        let accounts: [(AccountId, RunId); 2] = accounts.try_into().expect("two");
        let mut random = Random(11);
        let mut known = Vec::new();
        for number in 0..PAIRS {
            known.push(store_pair(&d, &accounts, number, &mut random).await);
        }
        while d.store.group_pairs(50, noon()).await.expect("groups") > 0 {}
        let filter = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let ids: Vec<(PairId, i64)> = pairs_by_number(&d, &filter).await;
        for (id, number) in &ids {
            let about = &mut known[usize::try_from(*number).expect("small")];
            let status = random.one(PairStatus::ALL);
            if status != PairStatus::New {
                let (email, by) = random.one(&people);
                let at = noon() - TimeDelta::minutes(random.one(&AGES));
                d.store.set_pair_status(*id, status, by, at).await.expect("writes");
                about.4 = Some(email);
            }
        }
        let mut tags = Vec::new();
        for name in ["billing", "Wrong price", "Счёт", "Price list"] {
            let wanted = WantedTag {
                name: name.to_owned(),
                colour: TagColour::Blue,
                description: String::new(),
                key: None,
                position: None,
                retired: None,
            };
            match d.store.save_tag(None, TagChange::To(&wanted), noon()).await.expect("writes") {
                TagSaved::Saved(tag) => tags.push(tag.id),
                other => panic!("{other:?}"),
            }
        }
        for (id, _) in &ids {
            for tag in &tags {
                if random.below(4) == 0 {
                    let tagged = d.store.tag_pair(*id, *tag, true, people[0].1, noon()).await.expect("writes");
                    assert_eq!(tagged, Tagged::Done(true));
                }
            }
        }
        let (edited, flagged) = (
            "UPDATE ai_training_pairs SET edited = TRUE WHERE responded_after_seconds % 7 = 0",
            "UPDATE ai_training_pairs SET fresh_reply_text = 'other' WHERE responded_after_seconds % 5 = 0",
        );
        db.execute(edited, edited).await;
        db.execute(flagged, flagged).await;
        pairs::note_terms(&d).await.expect("notes");
        pairs::note_newest(&d).await.expect("notes");
        let mut all = Vec::new();
        let mut sizes: BTreeMap<String, i64> = BTreeMap::new();
        for (id, number) in ids {
            let pair = d.store.pair(id).await.expect("reads").expect("is there");
            if let Some(group) = &pair.group_id {
                *sizes.entry(group.clone()).or_default() += 1;
            }
            let (replied_at, subject, from, to, decided_by, account) =
                known[usize::try_from(number).expect("small")].clone();
            all.push(Known { number, pair, replied_at, subject, from, to, decided_by, account });
        }
        assert!(sizes.values().any(|size| *size > 3), "{sizes:?}");
        Self { d, all, sizes, ann: people[0].1, accounts }
    }

    fn number_of(&self, id: PairId) -> i64 {
        self.all.iter().find(|known| known.pair.id == id).expect("is one of them").number
    }
}

type About = (DateTime<Utc>, String, [String; 2], [String; 2], Option<&'static str>, &'static str);

/// The ids of all pairs with their numbers.
async fn pairs_by_number(d: &Domain, filter: &PairFilter) -> Vec<(PairId, i64)> {
    let page = d.store.list_pairs(filter, None, 1_000, 0).await.expect("reads");
    page.items.iter().map(|pair| (pair.id, pair.responded_after_seconds.expect("has a number"))).collect()
}

async fn store_pair(d: &Domain, accounts: &[(AccountId, RunId); 2], number: u64, random: &mut Random) -> About {
    let which = usize::from(number.is_multiple_of(6));
    let ((account, run), address) = (accounts[which], ["us@y.example", "old@y.example"][which]);
    let (name, subject) = (random.one(&NAMES), random.text(3));
    let from = format!("c{number}@client.example");
    let thread = format!("t{number}");
    let other = if random.below(3) == 0 { ", support@y.example" } else { "" };
    let mail = |direction: Direction, head: String| {
        let id = format!("{}-{number}", direction.as_str());
        let raw = format!(
            "{head}\r\nSubject: {subject}\r\nMessage-ID: <{id}@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody"
        );
        NewMessage { parsed: parse_rfc822(raw.as_bytes()).expect("a message"), ..message(&id, &thread, direction) }
    };
    let messages = [
        mail(Direction::Incoming, format!("From: \"{name}\" <{from}>\r\nTo: {address}{other}")),
        mail(Direction::Outgoing, format!("From: \"Our Shop\" <{address}>\r\nTo: {from}")),
    ];
    store_messages(&d.store, account, run, &messages).await;
    let stored = d.store.thread_mail(account, &thread).await.expect("reads");
    let of = |direction| stored.iter().find(|one| one.direction == direction).expect("is there").id;
    let (client, reply) = (of(Direction::Incoming), of(Direction::Outgoing));
    let replied_at = noon() - TimeDelta::hours(i64::try_from(number * 11).expect("small")) - TimeDelta::milliseconds(7);
    let wording = u64::try_from(random.below(9)).expect("small") + 1;
    let bits = wording.wrapping_mul(0x1e37_79b9_7f4a_7c15);
    let sensitive = SensitiveSpan { side: Side::Client, start: 0, end: 1, kind: SensitiveKind::Iban };
    let labels = PairLabels {
        client_language: random.one(&[Some("ru"), Some("en"), None]).map(str::to_owned),
        quality: Quality {
            score: random.one(&QUALITIES),
            reasons: if random.below(3) == 0 { vec![QualityReason::ReplyTooShort] } else { Vec::new() },
        },
        sensitive: if random.below(4) == 0 { vec![sensitive] } else { Vec::new() },
        reply_fingerprint: if random.below(4) == 0 { String::new() } else { format!("1-{bits:016x}-{bits:016x}-28") },
        ..PairLabels::default()
    };
    let new = NewPair {
        account,
        thread_id: thread.clone(),
        client_message_id: client,
        our_reply_message_id: reply,
        client_message_ids: vec![client],
        reply_message_ids: vec![reply],
        client_text: random.text(8),
        our_reply_text: random.text(8),
        labels,
        responded_after_seconds: Some(i64::try_from(number).expect("small")),
        replied_at,
        engine_version: 1,
    };
    let linked = d.store.link_threads(account, &[thread.as_str()], noon()).await.expect("links").remove(0);
    let threads =
        [ThreadPairs { thread: linked, summary: ThreadSummary::default(), pairs: vec![new], habits: Habits::new() }];
    let saved = d.store.save_thread_pairs(&threads, Apply::Yes, noon()).await.expect("writes");
    assert!(matches!(saved[..], [Saved::Done(_)]), "{saved:?}");
    let to = ["Our Shop".to_owned(), format!("{address} {address}{other}")];
    (replied_at, subject, [name.to_owned(), from], to, None, address)
}

#[tokio::test]
async fn a_search_finds_what_somebody_finds_who_reads_everything() {
    let answers: Mutex<Vec<Vec<Vec<i64>>>> = Mutex::new(Vec::new());
    on_each_database("500 searches", |db| {
        let answers = &answers;
        async move {
            let library = Library::of(&db).await;
            let border = pairs::dividing_quality(&library.d).await.expect("is told");
            assert_ne!(border, 70, "there are enough decisions to tell");
            let mut random = Random(3);
            let (mut all, mut with_some) = (Vec::new(), 0);
            for number in 0..QUERIES {
                let (text, parts) = a_query(&mut random);
                let text = Some(text).filter(|text| !text.is_empty());
                let status = if random.below(2) == 0 {
                    PairStatusFilter::All
                } else {
                    PairStatusFilter::Only(random.one(PairStatus::ALL))
                };
                let filter = PairFilter {
                    status,
                    provider: (random.below(8) == 0).then(|| "mbox".to_owned()),
                    account_id: (random.below(6) == 0).then_some(library.accounts[0].0),
                    group: (random.below(10) == 0).then(|| library.sizes.keys().next().expect("has some").clone()),
                    one_per_group: random.below(3) == 0,
                };
                // Without a search, a list by repetition has one pair of each group.
                let sort = random.one(PairSort::ALL);
                let is_by_group = text.is_none() && sort == PairSort::Repeated && filter.group.is_none();
                let filter = PairFilter { one_per_group: filter.one_per_group || is_by_group, ..filter };
                let query = PairQuery { filter, text, sort };
                let expected = read_all(&library.all, &query, &parts, &library.sizes, border);
                let (ids, count) = found(&library.d, &query, library.ann, 7).await;
                let numbers: Vec<i64> = ids.iter().map(|id| library.number_of(*id)).collect();
                assert_eq!(numbers, expected, "search {number}: {query:?}");
                let has_phrase = query.text.as_ref().is_some_and(|text| text.contains('"'));
                if !query.filter.one_per_group && !has_phrase {
                    assert_eq!(usize::try_from(count), Ok(numbers.len()), "{query:?}");
                }
                with_some += usize::from(!numbers.is_empty());
                all.push(numbers);
            }
            assert!((150..QUERIES - 50).contains(&with_some), "{with_some} found something");
            answers.lock().expect("nobody panics with it").push(all);
            library.d.shutdown().await;
        }
    })
    .await;
    let answers = answers.into_inner().expect("nobody panics with it");
    for other in &answers[1..] {
        assert_eq!(*other, answers[0], "both databases answer alike");
    }
}

#[tokio::test]
async fn a_search_knows_what_was_decided_a_moment_ago_and_says_what_it_does_not_know() {
    on_each_database("searches after decisions", |db| async move {
        let library = Library::of(&db).await;
        let (d, by) = (&library.d, Actor::page(library.ann));
        let query = |text: &str, sort| PairQuery {
            filter: PairFilter { status: PairStatusFilter::All, ..PairFilter::default() },
            text: Some(text.to_owned()),
            sort,
        };
        let one = library.all.iter().find(|known| known.pair.status == PairStatus::New).expect("there is one").pair.id;
        let approved = query("is:approved decided:1h decided-by:me", PairSort::Newest);
        let (before, _) = found(d, &approved, library.ann, 50).await;
        pairs::decide(d, by, one, PairStatus::Approved).await.expect("decided");
        let (after, _) = found(d, &approved, library.ann, 50).await;
        assert_eq!(after.len(), before.len() + 1);
        assert!(
            after.contains(&one)
                && !found(d, &query("is:new", PairSort::Newest), library.ann, 50).await.0.contains(&one)
        );

        // A message that its provider no longer has flags its pair.
        let flagged = async || found(d, &query("is:flagged", PairSort::Newest), library.ann, 50).await.0;
        let unflagged = library.all.iter().find(|known| known.pair.source == PairSource::Same).expect("there is one");
        assert!(!flagged().await.contains(&unflagged.pair.id));
        db.execute(
            "UPDATE emails_messages SET deleted_at = '2026-11-20T12:00:00Z' WHERE id IN (SELECT our_reply_message_id
               FROM ai_training_pairs WHERE source_gone = FALSE)",
            "UPDATE emails_messages SET deleted_at = '2026-11-20T12:00:00Z' WHERE id IN (SELECT our_reply_message_id
               FROM ai_training_pairs WHERE source_gone = FALSE)",
        )
        .await;
        assert!(flagged().await.contains(&unflagged.pair.id));

        assert_eq!(d.store.pairs_waiting().await.expect("reads"), 0);
        let facets = pairs::facets(d, &query("is:flagged", PairSort::Newest), None).await.expect("reads");
        let count = |facets: &[replybook::types::PairFacet], value: &str| {
            facets.iter().find(|facet| facet.value == value).map_or(0, |facet| facet.count)
        };
        let of = |is_so: &dyn Fn(&Known) -> bool| {
            i64::try_from(library.all.iter().filter(|known| is_so(known)).count()).expect("small")
        };
        let language = |known: &Known| known.pair.labels.as_ref().and_then(|labels| labels.client_language.clone());
        assert_eq!(count(&facets.lang, "ru"), of(&|known| language(known).as_deref() == Some("ru")));
        assert_eq!(count(&facets.lang, "none"), of(&|known| language(known).is_none()));
        let narrowed = pairs::facets(d, &query("lang:ru", PairSort::Newest), None).await.expect("reads");
        assert_eq!(narrowed.lang, facets.lang, "its own kind does not narrow a facet");
        assert_eq!(
            count(&narrowed.quality, ">=90"),
            of(&|known| {
                language(known).as_deref() == Some("ru")
                    && known.pair.labels.as_ref().expect("has some").quality.score >= 90
            })
        );
        assert_eq!(count(&facets.is, "edited"), of(&|known| known.number % 7 == 0));
        assert_eq!(count(&facets.is, "tagged"), of(&|known| !known.pair.tags.is_empty()));
        let tagged = |name: &'static str| of(&move |known| known.pair.tags.iter().any(|tag| tag.name == name));
        for name in ["billing", "Wrong price", "Счёт", "Price list"] {
            assert_eq!(count(&facets.tag, name), tagged(name), "{name}");
        }
        assert_eq!(facets.account.len(), 2);
        let month = |known: &Known| known.replied_at.format("%Y-%m").to_string();
        for facet in &facets.month {
            assert_eq!(facet.count, of(&|known| month(known) == facet.value), "{facet:?}");
        }
        assert!(facets.month.is_sorted_by(|one, next| one.value > next.value), "{:?}", facets.month);
        // Ann has decided about one more by now.
        for (address, more) in [("ann@team.example", 1), ("bob@team.example", 0)] {
            let decided = of(&|known| known.decided_by == Some(address)) + more;
            assert_eq!(count(&facets.decided_by, address), decided, "{address}");
        }
        let reasons = |known: &Known| known.pair.labels.as_ref().map_or(0, |labels| labels.quality.reasons.len());
        assert_eq!(count(&facets.label, "reply_too_short"), of(&|known| reasons(known) > 0));
        let providers: Vec<i64> = facets.provider.iter().map(|facet| facet.count).collect();
        assert_eq!(providers.iter().sum::<i64>(), of(&|_| true));
        assert_eq!(facets.status.iter().map(|facet| facet.count).sum::<i64>(), of(&|_| true));
        assert!(facets.status.iter().all(|facet| facet.exact));

        // A page of the review counts them for a search, and where they were asked for; how many have which status it says always.
        let everything = PairQuery { text: None, ..query("", PairSort::Newest) };
        let page = async |query: &PairQuery, with_facets: bool| {
            pairs::review(d, query, None, None, 5, with_facets).await.expect("reads")
        };
        let [plain, with_facets, searched] = [
            page(&everything, false).await,
            page(&everything, true).await,
            page(&query("lang:ru", PairSort::Newest), false).await,
        ];
        assert!(plain.facets.is_none());
        assert_eq!((plain.counts, plain.at_least), (with_facets.counts, with_facets.at_least));
        assert_eq!(plain.counts.new + plain.counts.approved + plain.counts.rejected, of(&|_| true));
        assert_eq!(with_facets.facets.expect("were asked for").lang, facets.lang);
        assert_eq!(searched.facets.expect("it is a search").lang, facets.lang);
        library.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn a_search_that_is_not_understood_is_refused() {
    on_each_database("refused searches", |db| async move {
        let library = Library::of(&db).await;
        let fault = async |text: &str, sort| {
            let query = PairQuery { text: Some(text.to_owned()), sort, ..PairQuery::default() };
            match pairs::find(&library.d, &query, None, None, 5, 0).await {
                Err(Problem::Invalid { field, code: InvalidCode::Query(error) }) => (field, error.at, error.fault),
                other => panic!("{text}: {other:?}"),
            }
        };
        let newest = PairSort::Newest;
        let q = || "q".to_owned();
        assert_eq!(fault("a form:b", newest).await, (q(), 3, PairQueryFault::UnknownOperator));
        assert_eq!(fault("lang:x", newest).await, (q(), 1, PairQueryFault::BadValue(PairOperator::Lang)));
        assert_eq!(fault("a decided-by:nobody", newest).await, (q(), 3, PairQueryFault::NoSuchPerson));
        assert_eq!(fault("decided-by:me", newest).await, (q(), 1, PairQueryFault::NoSuchPerson), "whoever that is");
        assert_eq!(fault("tag:none", newest).await, (q(), 1, PairQueryFault::NoSuchTag));
        assert_eq!(fault("account:elsewhere", newest).await, (q(), 1, PairQueryFault::NoSuchAccount));
        let long = PairQuery { text: Some("x".repeat(401)), ..PairQuery::default() };
        let refused = pairs::find(&library.d, &long, None, None, 5, 0).await;
        assert!(
            matches!(refused, Err(Problem::Invalid { code: InvalidCode::TooLong { most: 400 }, .. })),
            "{refused:?}"
        );
        let word = PairQuery { text: Some("order".to_owned()), ..PairQuery::default() };
        for cursor in ["nonsense", "17_x", "s1_2_3"] {
            let refused = pairs::find(&library.d, &word, None, Some(cursor), 5, 0).await;
            assert!(matches!(refused, Err(Problem::Invalid { code: InvalidCode::Cursor, .. })), "{refused:?}");
        }
        library.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn searches_are_saved_for_oneself_or_for_the_team() {
    on_each_database("saved searches", |db| async move {
        let d = db.domain(Arc::new(ManualClock::new(noon()))).await;
        let [ann, bob] = [user(&d.store, "ann@team.example").await, user(&d.store, "bob@team.example").await];
        let account = gmail(&d.store, None, "us@y.example").await;
        let query = PairQuery {
            filter: PairFilter { status: PairStatusFilter::All, account_id: Some(account), ..PairFilter::default() },
            text: Some("lang:ru -is:edited".to_owned()),
            sort: PairSort::Oldest,
        };
        let own = pairs::save_view(&d, Actor::page(ann), " Mine ", false, &query).await.expect("saved");
        assert_eq!((own.name.as_str(), own.own, own.shared), ("Mine", true, false));
        let shared = pairs::save_view(&d, Actor::page(ann), "Ours", true, &PairQuery::default()).await.expect("saved");
        let names = async |of| -> Vec<String> {
            pairs::views(&d, of).await.expect("reads").into_iter().map(|view| view.name).collect()
        };
        assert_eq!(
            (names(ann).await, names(bob).await),
            (vec!["Mine".to_owned(), "Ours".to_owned()], vec!["Ours".to_owned()])
        );
        let read = pairs::views(&d, ann).await.expect("reads").remove(0);
        assert_eq!(
            (read.status(), read.integration_account_id, read.q.as_deref(), read.sort),
            (PairStatusFilter::All, Some(account), Some("lang:ru -is:edited"), PairSort::Oldest)
        );

        // The same name again is the same view.
        let again = pairs::save_view(&d, Actor::page(ann), "Mine", true, &PairQuery::default()).await.expect("saved");
        assert_eq!((again.id, again.q), (own.id, None));
        assert_eq!(names(bob).await, ["Mine", "Ours"]);
        let back = pairs::save_view(&d, Actor::page(ann), "Mine", false, &query).await.expect("saved");
        assert_eq!(back.id, own.id);

        // Nobody deletes what is another's, but an admin what is shared.
        for (by, is_admin, view) in [(bob, false, shared.id), (bob, true, own.id)] {
            let refused = pairs::delete_view(&d, Actor::page(by), is_admin, view).await;
            assert!(matches!(refused, Err(Problem::NotFound { .. })), "{refused:?}");
        }
        pairs::delete_view(&d, Actor::page(bob), true, shared.id).await.expect("deleted");
        let acts = d.store.audit_page(&AuditFilter::default(), None, 50).await.expect("reads").items;
        let acts: Vec<_> = acts
            .iter()
            .filter(|act| matches!(act.action, AuditAction::PairViewShared | AuditAction::PairViewUnshared))
            .map(|act| (act.action == AuditAction::PairViewShared, act.target_name.clone().unwrap_or_default()))
            .collect();
        assert_eq!(acts.len(), 4, "{acts:?}");
        assert_eq!(acts.iter().filter(|(is_shared, _)| *is_shared).count(), 2);

        for (name, text) in [("", None), (&*"x".repeat(61), None), ("bad", Some("form:x"))] {
            let query = PairQuery { text: text.map(str::to_owned), ..PairQuery::default() };
            let refused = pairs::save_view(&d, Actor::page(ann), name, false, &query).await;
            assert!(matches!(refused, Err(Problem::Invalid { .. })), "{name}: {refused:?}");
        }
        for number in 0..49 {
            pairs::save_view(&d, Actor::page(ann), &format!("v{number}"), false, &query).await.expect("saved");
        }
        let refused = pairs::save_view(&d, Actor::page(ann), "one more", false, &query).await;
        assert!(matches!(refused, Err(Problem::Conflict { code: ConflictCode::TooManyViews })), "{refused:?}");
        d.store.delete_account(account, noon()).await.expect("deleted");
        assert_eq!(names(ann).await, [""; 0], "what listed a mailbox goes with it");
        d.shutdown().await;
    })
    .await;
}
