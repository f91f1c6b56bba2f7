//! What pages wait for: every list at any depth, an open pair, the numbers of the overview and the monitor, searches. On a store with
//! many messages, and on a tenth of them, to see that lists do not grow with it. `make bench-pages` runs it, and fails if anything takes
//! longer than it may.
//!
//! Usage: `pages MESSAGES`. On a fresh SQLite file, and, where `TEST_POSTGRES_URL` names a cluster, on a fresh PostgreSQL database.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain, conversations,
    mail::{parse_rfc822, words::Words},
    monitor, pairs, standing,
    store::{
        Apply, ConversationFacts, Habits, NewMessage, NewPair, Store, ThreadFilter, ThreadMail, ThreadPairs,
        ThreadSummary,
    },
    threads,
    types::{
        AccountId, Actor, AnswerFilter, ConversationFilter, ConversationOwner, ConversationState, Direction,
        PairFilter, PairId, PairLabels, PairQuery, PairSort, PairStatus, PairStatusFilter, Provider, Quality, RunId,
    },
};
use support::{
    TestDb, noon, on_each_database,
    store::{LEASE, account_of, gmail, message, store_messages, sync_of, user},
};

/// Threads that are stored by one transaction.
const AT_A_TIME: usize = 250;
/// Wordings of replies: each is a group.
const WORDINGS: u64 = 2_000;
/// Words that texts are made of; the first are the most frequent.
const VOCABULARY: u64 = 20_000;
/// How often each thing is measured.
const TIMES: usize = 100;

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Few words often, many words seldom, as in any language.
    fn word(&mut self) -> u64 {
        let (a, b, c) = (self.below(VOCABULARY), self.below(VOCABULARY), self.below(VOCABULARY));
        a * b / VOCABULARY * c / VOCABULARY
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| spelled(self.word())).collect::<Vec<_>>().join(" ")
    }
}

/// A word of letters for a number.
fn spelled(mut number: u64) -> String {
    let mut word = String::from("w");
    loop {
        word.push(char::from(b'a' + u8::try_from(number % 26).expect("a letter")));
        number /= 26;
        if number == 0 {
            return word;
        }
    }
}

/// When the reply of a thread was sent: a minute after that of the thread before.
fn time_of(thread: usize) -> DateTime<Utc> {
    noon() - TimeDelta::days(900) + TimeDelta::minutes(i64::try_from(thread).expect("small"))
}

/// What is stored, and how much of it.
struct Filled<'a> {
    d: &'a Arc<Domain>,
    mailboxes: [(AccountId, RunId); 3],
    random: Random,
    threads: usize,
}

impl Filled<'_> {
    /// Which mailbox a thread is in: nearly all are in the first.
    fn mailbox_of(thread: usize) -> usize {
        match thread % 50 {
            0 => 2,
            1..=4 => 1,
            _ => 0,
        }
    }

    async fn grow_to(&mut self, threads: usize) {
        while self.threads < threads {
            let end = (self.threads + AT_A_TIME).min(threads);
            for (number, of) in self.mailboxes.into_iter().enumerate() {
                let here: Vec<usize> =
                    (self.threads..end).filter(|thread| Self::mailbox_of(*thread) == number).collect();
                self.add(of, &here).await;
            }
            self.threads = end;
        }
        while self.d.store.group_pairs(500, noon()).await.expect("groups") == 500 {}
        pairs::note_newest(self.d).await.expect("notes");
    }

    async fn add(&mut self, (account, run): (AccountId, RunId), numbers: &[usize]) {
        let store = &self.d.store;
        let mut messages: Vec<NewMessage> = Vec::new();
        for number in numbers {
            let (client, at) = (self.random.below(5_000), time_of(*number));
            let subject = self.random.text(4);
            for (direction, from, to) in [
                (Direction::Incoming, format!("c{client}@client.example"), "us@y.example".to_owned()),
                (Direction::Outgoing, "us@y.example".to_owned(), format!("c{client}@client.example")),
            ] {
                let id = format!("{}-{number}", direction.as_str());
                let raw = format!(
                    "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}@x>\r\nDate: {}\r\n\r\n{}",
                    at.to_rfc2822(),
                    self.random.text(120),
                );
                let parsed = parse_rfc822(raw.as_bytes()).expect("a message");
                messages.push(NewMessage { parsed, ..message(&id, &format!("t{number}"), direction) });
            }
        }
        store_messages(store, account, run, &messages).await;
        let names: Vec<String> = numbers.iter().map(|number| format!("t{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let linked = store.link_threads(account, &names, noon()).await.expect("links");
        let ids: Vec<_> = linked.iter().map(|thread| thread.id).collect();
        let mut mail = BTreeMap::new();
        for parcel in store.parcels(&ids).await.expect("reads") {
            mail.extend(store.mail_of_threads(&parcel).await.expect("reads"));
        }
        let mut saved = Vec::with_capacity(linked.len());
        let languages = [Some("en"), Some("en"), Some("en"), Some("ru"), Some("ru"), Some("de"), Some("fr"), None];
        for thread in linked {
            let mail = mail.remove(&thread.id).expect("has mail");
            let of = |direction| mail.iter().find(|one| one.direction == direction).expect("is there");
            let (client, reply) = (of(Direction::Incoming), of(Direction::Outgoing));
            let mut words = Words::default();
            for one in &mail {
                let parts = [&one.subject, &one.from_name, &one.from_address, &one.body_text];
                parts.into_iter().flatten().for_each(|text| words.add(text));
            }
            let wording = self.random.below(WORDINGS) * self.random.below(WORDINGS) / WORDINGS;
            let mark = wording.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let new = NewPair {
                account,
                thread_id: reply.thread_id.clone(),
                client_message_id: client.id,
                our_reply_message_id: reply.id,
                client_message_ids: vec![client.id],
                reply_message_ids: vec![reply.id],
                client_text: client.body_text.clone().unwrap_or_default(),
                our_reply_text: reply.body_text.clone().unwrap_or_default(),
                labels: PairLabels {
                    reply_fingerprint: format!("1-{mark:016x}-{mark:016x}-28"),
                    client_language: languages[usize::try_from(self.random.below(8)).expect("small")]
                        .map(str::to_owned),
                    quality: Quality {
                        score: 100 - u8::try_from(self.random.below(13) * 5).expect("small"),
                        reasons: Vec::new(),
                    },
                    ..PairLabels::default()
                },
                responded_after_seconds: Some(60),
                replied_at: reply.at.expect("has a date"),
                engine_version: 1,
            };
            let summary = ThreadSummary {
                subject: client.subject.clone(),
                first_message_at: client.at,
                last_message_at: reply.at,
                message_count: 2,
                words: words.joined(),
                conversation: Some(Self::conversation(account, client, reply)),
            };
            saved.push(ThreadPairs { thread, summary, pairs: vec![new], habits: Habits::new() });
        }
        store.save_thread_pairs(&saved, Apply::Yes, noon()).await.expect("writes");
    }

    /// In one of five the client waits for an answer.
    fn conversation(account: AccountId, client: &ThreadMail, reply: &ThreadMail) -> ConversationFacts {
        let asks = client.id.0.as_u128().is_multiple_of(5);
        let last = if asks { client } else { reply };
        let at = last.at.expect("has a date");
        ConversationFacts {
            account,
            client_name: client.from_name.clone(),
            client_address: client.from_address.clone(),
            language: None,
            last_message: last.id,
            last_by: last.direction,
            last_text: last.body_text.clone().unwrap_or_default().chars().take(200).collect(),
            last_at: at,
            asked_at: asks.then_some(at),
            moves: Vec::new(),
            known_until: noon(),
        }
    }

    /// Decides about a third of the groups.
    async fn decide(&self, seen: &mut BTreeMap<String, PairStatus>) {
        let admin = self.d.store.user_by_email("admin@y.example").await.expect("reads").expect("is there").user.id;
        let all = PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
        let page = self.d.store.list_pairs(&all, None, 2_000, 0).await.expect("reads");
        for group in page.items.into_iter().filter_map(|pair| pair.group_id) {
            let number = seen.len();
            seen.entry(group).or_insert(PairStatus::ALL[number % 3]);
        }
        for (group, status) in seen.iter().filter(|(_, status)| **status != PairStatus::New) {
            self.d.store.decide_group(group, *status, None, None, admin, noon()).await.expect("writes");
        }
        pairs::note_newest(self.d).await.expect("notes");
    }
}

/// What a thing may take at half of the tries, and at all but one of a hundred, in milliseconds.
#[derive(Clone, Copy)]
struct Limits(f64, f64);

const LIST: Limits = Limits(8.0, 30.0);
const PAGE: Limits = Limits(10.0, 30.0);
const SEARCH: Limits = Limits(20.0, 50.0);
const FOUND: Limits = Limits(15.0, 50.0);
const PHRASE: Limits = Limits(80.0, 200.0);
const FACETS: Limits = Limits(60.0, 150.0);

/// One thing that was measured: the best try, half of the tries, and all but one of a hundred, in milliseconds.
struct Times {
    what: String,
    limits: Limits,
    least: f64,
    half: f64,
    most: f64,
}

type Measured = Vec<Times>;

struct Meter {
    measured: Measured,
}

impl Meter {
    async fn measure<T>(&mut self, what: &str, limits: Limits, read: impl AsyncFnMut() -> T) {
        self.measure_after(what, limits, async || {}, read).await;
    }

    /// As [`Self::measure`], each try right after something was done, which does not count itself.
    async fn measure_after<T>(
        &mut self,
        what: &str,
        limits: Limits,
        mut act: impl AsyncFnMut(),
        mut read: impl AsyncFnMut() -> T,
    ) {
        read().await;
        let mut times: Vec<Duration> = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            act().await;
            let started = Instant::now();
            read().await;
            times.push(started.elapsed());
        }
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1_000.0;
        self.measured.push(Times { what: what.to_owned(), limits, least: at(0), half: at(50), most: at(99) });
    }
}

async fn measure_all(d: &Arc<Domain>, mailboxes: &[(AccountId, RunId); 3], threads_stored: usize) -> Measured {
    let mut meter = Meter { measured: Vec::new() };
    let store: &Store = &d.store;
    let all = || PairFilter { status: PairStatusFilter::All, ..PairFilter::default() };
    let only = |status| PairFilter { status: PairStatusFilter::Only(status), ..PairFilter::default() };
    let first = store.list_pairs(&all(), None, 50, 0).await.expect("reads");
    let group = first.items.iter().find_map(|pair| pair.group_id.clone());
    let filters = [
        ("all", all()),
        ("new", only(PairStatus::New)),
        ("new, one per group", PairFilter { one_per_group: true, ..only(PairStatus::New) }),
        (
            "all of an account, one per group",
            PairFilter { account_id: Some(mailboxes[0].0), one_per_group: true, ..all() },
        ),
        ("a provider, one per group", PairFilter { provider: Some("gmail".to_owned()), one_per_group: true, ..all() }),
        ("approved", only(PairStatus::Approved)),
        ("rejected", only(PairStatus::Rejected)),
        ("an account", PairFilter { account_id: Some(mailboxes[0].0), ..all() }),
        ("a small account, new", PairFilter { account_id: Some(mailboxes[2].0), ..only(PairStatus::New) }),
        ("a provider", PairFilter { provider: Some("gmail".to_owned()), ..all() }),
        ("a provider, new", PairFilter { provider: Some("gmail".to_owned()), ..only(PairStatus::New) }),
        ("a group", PairFilter { group, ..all() }),
    ];
    for (name, filter) in &filters {
        for (depth, share) in [("first", None), ("middle", Some(2)), ("deep", Some(50))] {
            // A cursor is the place after a pair: its time in microseconds, and its id.
            let cursor = share
                .map(|share| format!("{}_{}", time_of(threads_stored / share).timestamp_micros(), uuid::Uuid::nil()));
            let read = async || store.list_pairs(filter, cursor.as_deref(), 50, 0).await.expect("reads");
            meter.measure(&format!("pairs: {name}, {depth}"), LIST, read).await;
        }
    }
    let half = i64::try_from(threads_stored / 2).expect("small");
    let by_offset = async || store.list_pairs(&all(), None, 50, half).await.expect("reads");
    meter.measure("pairs: all, by an offset in the middle", LIST, by_offset).await;
    let ids: Vec<PairId> = first.items.iter().map(|pair| pair.id).collect();
    let mut next = ids.iter().cycle();
    let open = async || pairs::open(d, *next.next().expect("there are pairs")).await.expect("reads");
    meter.measure("an open pair", PAGE, open).await;
    let one_per_group = || PairQuery::from(PairFilter { one_per_group: true, ..all() });
    let review = async || pairs::review(d, &one_per_group(), None, None, 30, false).await.expect("reads");
    meter.measure("a page of the review", PAGE, review).await;
    meter.measure("overview", PAGE, async || standing::overview(d).await.expect("reads")).await;
    meter.measure("accounts", PAGE, async || store.list_accounts(None, None).await.expect("reads")).await;
    meter.measure("accounts to choose from", PAGE, async || store.account_choices().await.expect("reads")).await;
    meter.measure("monitor", PAGE, async || monitor::status(d).await.expect("reads")).await;
    meter.measure("email status", PAGE, async || threads::status(d).await.expect("reads")).await;
    meter.measure("email accounts", PAGE, async || threads::accounts(d).await.expect("reads")).await;
    for (name, account) in
        [("all", None), ("an account", Some(mailboxes[0].0)), ("a small account", Some(mailboxes[2].0))]
    {
        let filter = ThreadFilter { account, text: None };
        for (depth, share) in [("first", None), ("middle", Some(2)), ("deep", Some(50))] {
            let cursor = share.map(|share| {
                format!("{}_{}", time_of(threads_stored / share).timestamp_millis() << 15, uuid::Uuid::nil())
            });
            let read = async || store.list_threads(&filter, cursor.as_deref(), 50).await.expect("reads");
            meter.measure(&format!("threads: {name}, {depth}"), LIST, read).await;
        }
    }
    let searches = [
        ("a frequent word", spelled(3), None),
        ("a word", spelled(700), None),
        ("a rare word", spelled(VOCABULARY - 3_000), None),
        ("nothing", "nosuchword".to_owned(), None),
        ("two words", format!("{} {}", spelled(40), spelled(90)), None),
        ("a beginning", "wab".to_owned(), None),
        ("an address", "c17@client.example".to_owned(), None),
        ("a frequent word in a small account", spelled(3), Some(mailboxes[2].0)),
    ];
    for (name, text, account) in searches {
        let filter = ThreadFilter { account, text: Some(text) };
        let found = store.list_threads(&filter, None, 50).await.expect("reads").items.len();
        let read = async || store.list_threads(&filter, None, 50).await.expect("reads");
        meter.measure(&format!("search: {name} ({found} on the first page)"), SEARCH, read).await;
    }
    measure_conversations(d, mailboxes, threads_stored, &mut meter).await;
    measure_answers(store, mailboxes, threads_stored, &mut meter).await;
    measure_searches(d, mailboxes, &mut meter).await;
    measure_after_decisions(d, &mut meter).await;
    meter.measured
}

/// The list of conversations in every state and at any depth, searches in it, and one that is opened with its mail.
async fn measure_conversations(
    d: &Arc<Domain>,
    mailboxes: &[(AccountId, RunId); 3],
    threads_stored: usize,
    meter: &mut Meter,
) {
    let me = d.store.user_by_email("admin@y.example").await.expect("reads").expect("is there").user.id;
    let by_default = ConversationFilter { state: Some(ConversationState::NeedsReply), ..ConversationFilter::default() };
    let (main, small) = (Some(mailboxes[0].0), Some(mailboxes[2].0));
    let nobody = Some(ConversationOwner::Nobody);
    let filters = [
        ("those that need a reply", by_default.clone()),
        ("the longest waiting", ConversationFilter { longest_waiting: true, ..by_default.clone() }),
        (
            "the longest waiting of a small account",
            ConversationFilter { longest_waiting: true, account: small, ..by_default.clone() },
        ),
        ("of an account", ConversationFilter { account: main, ..by_default.clone() }),
        ("nobody's", ConversationFilter { owner: nobody, ..by_default.clone() }),
        ("mine", ConversationFilter { owner: Some(ConversationOwner::User(me)), ..by_default.clone() }),
        ("all", ConversationFilter { state: None, ..by_default.clone() }),
        ("all of a small account", ConversationFilter { state: None, account: small, ..by_default.clone() }),
        (
            "all of mine",
            ConversationFilter { state: None, owner: Some(ConversationOwner::User(me)), ..by_default.clone() },
        ),
    ];
    for (name, filter) in &filters {
        for (depth, share) in [("first", None), ("middle", Some(2)), ("deep", Some(50))] {
            let cursor = share
                .map(|share| format!("{}_{}", time_of(threads_stored / share).timestamp_micros(), uuid::Uuid::nil()));
            let read = async || conversations::list(d, filter, Some(me), cursor.as_deref(), 25).await.expect("reads");
            meter.measure(&format!("conversations: {name}, {depth}"), LIST, read).await;
        }
    }
    for (name, text, account) in [
        ("a frequent word", spelled(3), None),
        ("a word", spelled(700), None),
        ("nothing", "nosuchword".to_owned(), None),
        ("an address", "c17@client.example".to_owned(), None),
        ("a frequent word in a small account", spelled(3), small),
    ] {
        let filter = ConversationFilter { text: Some(text), account, ..by_default.clone() };
        let read = async || conversations::list(d, &filter, Some(me), None, 25).await.expect("reads");
        meter.measure(&format!("conversations: search for {name}"), SEARCH, read).await;
    }
    let page = conversations::list(d, &by_default, Some(me), None, 25).await.expect("reads");
    let mut next = page.items.iter().cycle();
    let open = async || {
        let id = next.next().expect("some need a reply").id;
        conversations::open(d, id, Some(me), None, 100).await.expect("reads")
    };
    meter.measure("an open conversation", PAGE, open).await;
}

/// What a reviewer sees next: the first list after a decision notes what the decision has changed.
async fn measure_after_decisions(d: &Arc<Domain>, meter: &mut Meter) {
    let store: &Store = &d.store;
    let admin = store.user_by_email("admin@y.example").await.expect("reads").expect("is there").user.id;
    let queue = PairFilter { one_per_group: true, ..PairFilter::default() };
    let all = PairFilter { status: PairStatusFilter::All, one_per_group: true, ..PairFilter::default() };
    let first = store.list_pairs(&queue, None, 50, 0).await.expect("reads").items;
    let (queue, all) = (PairQuery::from(queue), PairQuery::from(all));
    let (mut pair, mut group) = (0, 0);
    // Each is decided once and set back the next time, so that what is measured afterwards is as it was.
    let mut decide = async || {
        let status = if (pair / first.len()).is_multiple_of(2) { PairStatus::Approved } else { PairStatus::New };
        pairs::decide(d, Actor::page(admin), first[pair % first.len()].id, status).await.expect("decides");
        pair += 1;
    };
    let groups: Vec<&str> = first.iter().filter_map(|pair| pair.group_id.as_deref()).collect();
    let mut decide_group = async || {
        let status = if (group / groups.len()).is_multiple_of(2) { PairStatus::Approved } else { PairStatus::New };
        let name = groups[group % groups.len()];
        store.decide_group(name, status, None, None, admin, d.clock.now()).await.expect("decides");
        group += 1;
    };
    let review = async || pairs::review(d, &all, None, None, 30, false).await.expect("reads");
    meter.measure_after("a page of the review, right after a decision", PAGE, &mut decide, review).await;
    let waiting = async || pairs::review(d, &queue, None, None, 30, false).await.expect("reads");
    meter.measure_after("the undecided, right after a decision", PAGE, &mut decide, waiting).await;
    let answered = AnswerFilter { account: None, text: Some(spelled(700)) };
    let search = async || store.list_answers(&answered, None, 20).await.expect("reads");
    meter.measure_after("answers: search for a word, right after a decision", SEARCH, &mut decide, search).await;
    let review = async || pairs::review(d, &all, None, None, 30, false).await.expect("reads");
    meter
        .measure_after("a page of the review, right after a decision about a group", PAGE, &mut decide_group, review)
        .await;
}

/// The approved pairs: pages of them at any depth, and searches.
async fn measure_answers(store: &Store, mailboxes: &[(AccountId, RunId); 3], threads_stored: usize, meter: &mut Meter) {
    for (name, account) in
        [("all", None), ("an account", Some(mailboxes[0].0)), ("a small account", Some(mailboxes[2].0))]
    {
        let filter = AnswerFilter { account, text: None };
        for (depth, share) in [("first", None), ("middle", Some(2)), ("deep", Some(50))] {
            let cursor = share
                .map(|share| format!("{}_{}", time_of(threads_stored / share).timestamp_micros(), uuid::Uuid::nil()));
            let read = async || store.list_answers(&filter, cursor.as_deref(), 20).await.expect("reads");
            meter.measure(&format!("answers: {name}, {depth}"), LIST, read).await;
        }
    }
    for (name, text, account) in [
        ("a frequent word", spelled(3), None),
        ("a word", spelled(700), None),
        ("nothing", "nosuchword".to_owned(), None),
        ("two words", format!("{} {}", spelled(40), spelled(90)), None),
        ("a beginning", "wab".to_owned(), None),
        ("a frequent word in a small account", spelled(3), Some(mailboxes[2].0)),
    ] {
        let filter = AnswerFilter { account, text: Some(text) };
        let found = store.list_answers(&filter, None, 20).await.expect("reads").items.len();
        let read = async || store.list_answers(&filter, None, 20).await.expect("reads");
        meter.measure(&format!("answers: search for {name} ({found} on the first page)"), SEARCH, read).await;
    }
}

/// Searches of the review in every order, and what a list can be narrowed to.
async fn measure_searches(d: &Arc<Domain>, mailboxes: &[(AccountId, RunId); 3], meter: &mut Meter) {
    let (newest, small) = (PairSort::Newest, Some(mailboxes[2].0));
    let searches = [
        ("a frequent word", spelled(3), newest, None),
        ("a word", spelled(700), newest, None),
        ("nothing", "nosuchword".to_owned(), newest, None),
        ("two words", format!("{} {}", spelled(40), spelled(90)), newest, None),
        ("a phrase", format!("\"{} {}\"", spelled(1), spelled(2)), newest, None),
        ("a beginning", "wab".to_owned(), newest, None),
        ("an address", "from:c17@client.example".to_owned(), newest, None),
        ("a word and not another", format!("{} -{}", spelled(40), spelled(3)), newest, None),
        ("a quality", "quality:<50".to_owned(), newest, None),
        ("a frequent word of what was decided", format!("{} is:approved decided:1d", spelled(3)), newest, None),
        ("a frequent word in a small account", spelled(3), newest, small),
        ("a frequent word, the oldest first", spelled(3), PairSort::Oldest, None),
        ("a frequent word, the lowest quality first", spelled(3), PairSort::Quality, None),
    ];
    for (name, text, sort, account_id) in searches {
        let filter = PairFilter { account_id, ..PairFilter::default() };
        let query = PairQuery { filter, text: Some(text), sort };
        let found = pairs::find(d, &query, None, None, 50, 0).await.expect("reads").items.len();
        let read = async || pairs::find(d, &query, None, None, 50, 0).await.expect("reads");
        // Whether words stand beside each other is looked up in the texts.
        let limits = if name == "a phrase" { PHRASE } else { FOUND };
        meter.measure(&format!("review: search for {name} ({found} on the first page)"), limits, read).await;
        if name.len() < 16 {
            let read = async || pairs::facets(d, &query, None).await.expect("reads");
            meter.measure(&format!("review: facets of {name}"), FACETS, read).await;
        }
    }
    for sort in PairSort::ALL {
        let filter = PairFilter { one_per_group: true, ..PairFilter::default() };
        let query = PairQuery { filter, text: None, sort: *sort };
        let read = async || pairs::find(d, &query, None, None, 50, 0).await.expect("reads");
        meter.measure(&format!("review: the undecided, {sort}, one per group"), LIST, read).await;
    }
    let queue = PairQuery::default();
    let read = async || pairs::facets(d, &queue, None).await.expect("reads");
    meter.measure("review: facets of the undecided", FACETS, read).await;
}

/// Measures on one database, and counts in `missed` what took longer than it may.
async fn on(db: TestDb, messages: usize, missed: &AtomicUsize) {
    let d = Domain::open(db.settings(&[])).await.expect("the domain opens");
    let backend = d.store.backend();
    user(&d.store, "admin@y.example").await;
    let mut mailboxes = Vec::new();
    for account in [
        gmail(&d.store, None, "us@y.example").await,
        gmail(&d.store, None, "more@y.example").await,
        account_of(&d.store, Provider::Mbox, "old@y.example").await,
    ] {
        let run = d.store.begin_run(&sync_of(account), LEASE, noon()).await.expect("begins").run;
        mailboxes.push((account, run));
    }
    let mailboxes: [(AccountId, RunId); 3] = mailboxes.try_into().expect("three");
    let mut filled = Filled { d: &d, mailboxes, random: Random(1), threads: 0 };
    let mut decided = BTreeMap::new();
    let mut results: Vec<Measured> = Vec::new();
    for threads in [messages / 20, messages / 2] {
        let started = Instant::now();
        filled.grow_to(threads).await;
        filled.decide(&mut decided).await;
        pairs::note_terms(&d).await.expect("notes");
        // What autovacuum does by itself where it is on.
        db.execute("SELECT 1", "VACUUM ANALYZE").await;
        println!(
            "{backend}: {} messages, {threads} pairs, after {:.0} s more",
            threads * 2,
            started.elapsed().as_secs_f64()
        );
        results.push(measure_all(&d, &mailboxes, threads).await);
    }
    println!(
        "{backend}, milliseconds: the best try, half of the tries, 99 of 100; the best with a tenth of the mail, how many times that"
    );
    for (small, large) in results[0].iter().zip(&results[1]) {
        let Times { what, limits: Limits(half_limit, limit), least, half, most } = large;
        let is_over = half > half_limit || most > limit;
        let over = if is_over { "  OVER" } else { "" };
        missed.fetch_add(usize::from(is_over), Ordering::Relaxed);
        let times = least / small.least;
        println!("{least:8.2} {half:8.2} {most:8.2} {:8.2} {times:6.1}  {what}{over}", small.least);
    }
    d.shutdown().await;
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(messages) = arguments.first().and_then(|number| number.parse::<usize>().ok()) else {
        println!("usage: pages MESSAGES (see make bench-pages)");
        return ExitCode::from(2);
    };
    let missed = AtomicUsize::new(0);
    on_each_database("pages", |db| on(db, messages, &missed)).await;
    match missed.into_inner() {
        0 => ExitCode::SUCCESS,
        missed => {
            println!("{missed} of the measures above are OVER their limit");
            ExitCode::FAILURE
        }
    }
}
