//! Conversations: whose turn it is by the mail, what people say beside it, and what new mail makes of that.

mod support;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use replybook::{
    Domain,
    clock::{Clock as _, ManualClock},
    conversations, import, people,
    types::{
        Actor, ConflictCode, Conversation, ConversationCounts, ConversationFilter, ConversationOwner, ConversationSeen,
        ConversationState, Direction, InvalidCode, NotFoundCode, Problem, Role, SnoozeInput, ThreadId, User, UserId,
    },
};
use support::{TestDb, noon, on_each_database, store::user};

use ConversationState::{Archived, NeedsReply, Snoozed, Waiting};

/// What comes into a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Asks,
    Thanks,
    Ours,
    OursAsks,
    Machine,
}

impl Letter {
    fn text(self) -> &'static str {
        match self {
            Self::Asks => "The lamp flickers since yesterday. Please tell me what to do about it.",
            Self::Thanks => "Thank you so much for your help!\n\nBest regards,\nRosa",
            Self::Ours => "A new lamp leaves our warehouse today.",
            Self::OursAsks => "We have a new lamp for you. May we send it to the address of last year?",
            Self::Machine => "I am out of the office until Monday.",
        }
    }
}

struct Office {
    d: Arc<Domain>,
    clock: Arc<ManualClock>,
    ann: UserId,
    ben: UserId,
}

impl Office {
    async fn open(db: &TestDb) -> Self {
        let clock = Arc::new(ManualClock::new(noon()));
        let d = db.domain(Arc::clone(&clock) as _).await;
        let (ann, ben) = (user(&d.store, "ann@x.example").await, user(&d.store, "ben@x.example").await);
        Self { d, clock, ann, ben }
    }

    fn by(&self) -> Actor {
        Actor::page(self.ann)
    }

    /// A mail of a conversation comes, `number` being how many it had before: sent now, or at a time.
    async fn comes(&self, thread: &str, number: usize, letter: Letter) {
        self.clock.advance(TimeDelta::minutes(1));
        self.comes_late(thread, number, letter, self.clock.now(), &[]).await;
    }

    async fn comes_late(&self, thread: &str, number: usize, letter: Letter, sent: DateTime<Utc>, also_names: &[&str]) {
        let client = format!("Rosa <rosa-{thread}@client.example>");
        let (from, to) = match letter {
            Letter::Ours | Letter::OursAsks => ("Support <me@x.example>", client.as_str()),
            _ => (client.as_str(), "Support <me@x.example>"),
        };
        let mut names: Vec<String> = (0..number).map(|earlier| format!("<{thread}-{earlier}@m.example>")).collect();
        names.extend(also_names.iter().map(|id| format!("<{id}@m.example>")));
        let mut head = String::new();
        if !names.is_empty() {
            write!(head, "References: {}\nIn-Reply-To: {}\n", names.join(" "), names[names.len() - 1]).expect("writes");
        }
        if letter == Letter::Machine {
            head.push_str("Auto-Submitted: auto-replied\n");
        }
        let mbox = format!(
            "From x@m.example Thu Jan  1 00:00:00 2026\nFrom: {from}\nTo: {to}\nSubject: Lamp {thread}\nDate: {}\n\
             Message-ID: <{thread}-{number}@m.example>\n{head}\n{}\n\n",
            sent.to_rfc2822(),
            letter.text()
        );
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("all.mbox");
        std::fs::write(&path, mbox).expect("written");
        let run = import::import_file(&self.d, &path, "me@x.example", |_| {}).await.expect("imports");
        assert!(run.errors.is_empty(), "{:?}", run.errors);
    }

    async fn list(&self, filter: &ConversationFilter) -> Vec<Conversation> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = conversations::list(&self.d, filter, Some(self.ann), cursor.as_deref(), 3).await.expect("lists");
            assert_eq!(page.not_listed_yet, 0);
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// The one whose subject names the thread.
    async fn find(&self, thread: &str) -> Option<Conversation> {
        let subject = format!("Lamp {thread}");
        let all = self.list(&ConversationFilter::default()).await;
        all.into_iter().find(|one| one.subject.as_deref() == Some(subject.as_str()))
    }

    async fn of(&self, thread: &str) -> Conversation {
        self.find(thread).await.expect("is a conversation")
    }

    async fn state(&self, thread: &str) -> ConversationState {
        self.of(thread).await.state
    }

    /// What is counted is what is listed.
    async fn counts_hold(&self) -> ConversationCounts {
        let counts = self.d.store.conversation_counts(None).await.expect("counts");
        for state in ConversationState::ALL {
            let filter = ConversationFilter { state: Some(*state), ..ConversationFilter::default() };
            let listed = self.list(&filter).await;
            assert!(listed.iter().all(|one| one.state == *state));
            assert_eq!(i64::try_from(listed.len()).expect("few"), counts.of(*state), "{state}");
        }
        counts
    }

    fn person(&self, id: UserId, role: Role) -> User {
        User { id, email: String::new(), display_name: String::new(), role, active: true, created_at: noon() }
    }
}

#[tokio::test]
async fn the_mail_says_whose_turn_it_is() {
    on_each_database("conversation states", |db| async move {
        let office = Office::open(&db).await;
        office.comes("a", 0, Letter::Asks).await;
        let asked = office.of("a").await;
        assert_eq!((asked.state, asked.waiting_since), (NeedsReply, Some(asked.last_at)));
        assert_eq!((asked.client_name.as_deref(), asked.last_by), (Some("Rosa"), Direction::Incoming));
        assert_eq!(asked.client_address.as_deref(), Some("rosa-a@client.example"));
        assert_eq!(asked.last_text, Letter::Asks.text());
        assert_eq!(asked.language.as_deref(), Some("en"));
        office.comes("a", 1, Letter::Asks).await;
        assert_eq!(office.of("a").await.waiting_since, asked.waiting_since, "they wait since the first of them");
        office.comes("a", 2, Letter::Ours).await;
        let answered = office.of("a").await;
        assert_eq!((answered.state, answered.waiting_since, answered.last_by), (Waiting, None, Direction::Outgoing));
        office.comes("a", 3, Letter::Thanks).await;
        let thanked = office.of("a").await;
        assert_eq!((thanked.state, thanked.last_by), (Waiting, Direction::Incoming), "it asks for nothing");
        assert_eq!(thanked.last_text, "Thank you so much for your help!");
        office.comes("a", 4, Letter::Machine).await;
        assert_eq!(office.state("a").await, Waiting);
        office.comes("a", 5, Letter::Asks).await;
        assert_eq!(office.state("a").await, NeedsReply);

        // No client takes part in what a machine begins; whoever thanks before we said anything wants something.
        office.comes("b", 0, Letter::Machine).await;
        assert_eq!(office.find("b").await, None);
        office.comes("c", 0, Letter::Thanks).await;
        assert_eq!(office.state("c").await, NeedsReply);
        // We wrote first.
        office.comes("d", 0, Letter::Ours).await;
        let ours = office.of("d").await;
        assert_eq!((ours.state, ours.client_address.as_deref()), (Waiting, Some("rosa-d@client.example")));
        assert_eq!(office.counts_hold().await, ConversationCounts { needs_reply: 2, waiting: 1, ..Default::default() });
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_done_stays_done_until_somebody_says_something_new() {
    on_each_database("conversation archive", |db| async move {
        let office = Office::open(&db).await;
        let (d, by) = (&office.d, office.by());
        office.comes("a", 0, Letter::Asks).await;
        let seen = office.of("a").await;
        office.comes("a", 1, Letter::Asks).await;
        let refused = conversations::archive(d, by, seen.id, true, Some(seen.last_message_id)).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::ConversationChanged)));
        let seen = office.of("a").await;
        let done = conversations::archive(d, by, seen.id, true, Some(seen.last_message_id)).await.expect("archived");
        assert_eq!((done.state, done.archived_by.is_some()), (Archived, true));
        office.comes("a", 2, Letter::Machine).await;
        assert_eq!(office.state("a").await, Archived);
        // An answer that was sent elsewhere moves it, and so does a question; thanks do not.
        office.comes("a", 3, Letter::Ours).await;
        assert_eq!(office.state("a").await, Waiting);
        conversations::archive(d, by, seen.id, true, None).await.expect("archived");
        office.comes("a", 4, Letter::Thanks).await;
        assert_eq!(office.state("a").await, Archived);
        // To a question of ours, thanks are an answer.
        office.comes("q", 0, Letter::Asks).await;
        office.comes("q", 1, Letter::OursAsks).await;
        assert_eq!(office.state("q").await, Waiting);
        office.comes("q", 2, Letter::Thanks).await;
        assert_eq!(office.state("q").await, NeedsReply);
        conversations::archive(d, by, office.of("q").await.id, true, None).await.expect("archived");
        // A sync that was down for days brings what was sent meanwhile.
        office.clock.advance(TimeDelta::days(9));
        office.comes_late("q", 3, Letter::Asks, office.clock.now() - TimeDelta::days(5), &[]).await;
        assert_eq!(office.state("q").await, NeedsReply);
        conversations::archive(d, by, office.of("q").await.id, true, None).await.expect("archived");
        // Mail of last year that is fetched now is nothing new; what a slow server delivers is.
        let now = office.clock.now();
        office.comes_late("a", 5, Letter::Asks, now - TimeDelta::days(300), &[]).await;
        assert_eq!(office.state("a").await, Archived);
        office.comes_late("a", 6, Letter::Asks, now - TimeDelta::hours(5), &[]).await;
        let again = office.of("a").await;
        assert_eq!((again.state, again.archived_at), (NeedsReply, None));
        // By hand, and back.
        conversations::archive(d, by, seen.id, true, None).await.expect("archived");
        let back = conversations::archive(d, by, seen.id, false, None).await.expect("is back");
        assert_eq!(back.state, NeedsReply);
        assert_eq!(office.counts_hold().await.needs_reply, 1);
        let unknown = conversations::archive(d, by, ThreadId::new(), true, None).await;
        assert_eq!(unknown, Err(Problem::not_found(NotFoundCode::Conversation)));
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_put_off_wakes_in_time_or_when_the_client_asks() {
    on_each_database("conversation snooze", |db| async move {
        let office = Office::open(&db).await;
        let (d, by) = (&office.d, office.by());
        office.comes("a", 0, Letter::Asks).await;
        office.comes("b", 0, Letter::Asks).await;
        let (a, b) = (office.of("a").await.id, office.of("b").await.id);
        let until = |hours| SnoozeInput {
            until: Some(office.clock.now() + TimeDelta::hours(hours)),
            last_message_id: None,
            state: None,
        };
        for hours in [-1, 0, 24 * 400] {
            let refused = conversations::snooze(d, by, a, &until(hours)).await;
            assert_eq!(refused, Err(Problem::invalid("until", InvalidCode::NotWithinAYear)), "{hours}");
        }
        let put_off = conversations::snooze(d, by, a, &until(5)).await.expect("put off");
        assert_eq!((put_off.state, put_off.snoozed_until.is_some()), (Snoozed, true));
        conversations::snooze(d, by, b, &until(5)).await.expect("put off");
        office.comes("b", 1, Letter::Ours).await;
        assert_eq!(office.state("b").await, Snoozed, "our own word does not wake it");
        office.comes("a", 1, Letter::Asks).await;
        assert_eq!(office.of("a").await.snoozed_until, None);
        assert_eq!((office.state("a").await, office.state("b").await), (NeedsReply, Snoozed));
        office.clock.advance(TimeDelta::hours(6));
        assert_eq!((office.state("b").await, office.counts_hold().await.snoozed), (Waiting, 0));
        // What is put off comes out of the archive, and what is archived is not put off any more.
        conversations::archive(d, by, a, true, None).await.expect("archived");
        assert_eq!(conversations::snooze(d, by, a, &until(5)).await.expect("put off").archived_at, None);
        let done = conversations::archive(d, by, a, true, None).await.expect("archived");
        assert_eq!((done.state, done.snoozed_until), (Archived, None));
        conversations::archive(d, by, a, false, None).await.expect("is back");
        conversations::snooze(d, by, a, &until(5)).await.expect("put off");
        let ended = conversations::snooze(d, by, a, &SnoozeInput::default()).await.expect("ended");
        assert_eq!((ended.state, ended.snoozed_until), (NeedsReply, None));
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn people_and_notes_belong_to_it_and_go_on_with_it() {
    on_each_database("conversation people", |db| async move {
        let office = Office::open(&db).await;
        let (d, by) = (&office.d, office.by());
        for thread in ["a", "b"] {
            office.comes(thread, 0, Letter::Asks).await;
        }
        let (a, b) = (office.of("a").await, office.of("b").await);
        assert!(a.unread && b.unread);
        conversations::seen(d, a.id, office.ann).await.expect("seen");
        assert_eq!((office.of("a").await.unread, office.of("b").await.unread), (false, true));
        office.comes("a", 1, Letter::Asks).await;
        assert!(office.of("a").await.unread, "there is something new");

        let mine = conversations::assign(d, by, a.id, Some(office.ben), None).await.expect("assigned");
        assert_eq!(mine.assigned_to_id, Some(office.ben));
        // Whoever looked before somebody took it does not take it from them.
        let as_seen = ConversationSeen { assigned_to: Some(None), ..ConversationSeen::default() };
        let refused = conversations::assign(d, by, a.id, Some(office.ann), as_seen).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::ConversationChanged)));
        let as_seen = ConversationSeen { state: Some(Archived), ..ConversationSeen::default() };
        let refused = conversations::archive(d, by, a.id, true, as_seen).await;
        assert_eq!(refused, Err(Problem::conflict(ConflictCode::ConversationChanged)));
        let nobody = conversations::assign(d, by, a.id, Some(UserId::new()), None).await;
        assert_eq!(nobody, Err(Problem::not_found(NotFoundCode::User)));
        let of = |owner| ConversationFilter { owner: Some(owner), ..ConversationFilter::default() };
        let ids = |list: Vec<Conversation>| list.into_iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(ids(office.list(&of(ConversationOwner::User(office.ben))).await), [a.id]);
        assert_eq!(ids(office.list(&of(ConversationOwner::Nobody)).await), [b.id]);
        let stats = conversations::stats(d).await.expect("reads");
        assert_eq!((stats.unassigned, stats.longest_waiting_since), (1, a.waiting_since));

        let empty = conversations::write_note(d, by, a.id, "  ").await;
        assert_eq!(empty, Err(Problem::invalid("text", InvalidCode::NoteMissing)));
        let notes = conversations::write_note(d, by, a.id, "She called twice.").await.expect("written");
        let note = notes[0].id;
        let ben = Actor::page(office.ben);
        let other = conversations::delete_note(d, ben, &office.person(office.ben, Role::Reviewer), a.id, note).await;
        assert_eq!(other, Err(Problem::not_found(NotFoundCode::ConversationNote)));
        assert_eq!(office.of("a").await.notes, 1);

        // A mail joins the two: what was said about either holds for both.
        office.comes_late("b", 1, Letter::Asks, office.clock.now(), &["a-1"]).await;
        let all = office.list(&ConversationFilter::default()).await;
        let [one] = all.as_slice() else { panic!("they are one: {all:?}") };
        assert_eq!((one.assigned_to_id, one.notes, one.message_count), (Some(office.ben), 1, 4));
        let admin = office.person(office.ann, Role::Admin);
        conversations::delete_note(d, by, &admin, one.id, note).await.expect("deleted");

        // Whoever loses access gives back what they have.
        people::set_active(d, by, office.ben, false).await.expect("is shut out");
        let all = office.list(&ConversationFilter::default()).await;
        assert_eq!((all[0].assigned_to_id, all[0].notes), (None, 0));
        office.counts_hold().await;
        office.d.shutdown().await;
    })
    .await;
}

#[tokio::test]
async fn lists_go_on_page_by_page_and_find_words() {
    on_each_database("conversation lists", |db| async move {
        let office = Office::open(&db).await;
        for number in 0..8 {
            let thread = format!("t{number}");
            office.comes(&thread, 0, if number % 3 == 2 { Letter::Ours } else { Letter::Asks }).await;
        }
        let subjects = |list: Vec<Conversation>| -> Vec<String> {
            list.into_iter().filter_map(|one| one.subject).map(|subject| subject.replace("Lamp ", "")).collect()
        };
        let all = subjects(office.list(&ConversationFilter::default()).await);
        assert_eq!(all, ["t7", "t6", "t5", "t4", "t3", "t2", "t1", "t0"]);
        let longest = ConversationFilter { longest_waiting: true, ..ConversationFilter::default() };
        assert_eq!(subjects(office.list(&longest).await), ["t0", "t1", "t3", "t4", "t6", "t7"]);
        let words = |text: &str, state| ConversationFilter {
            text: Some(text.to_owned()),
            state,
            ..ConversationFilter::default()
        };
        assert_eq!(subjects(office.list(&words("FLICKERS", None)).await), ["t7", "t6", "t4", "t3", "t1", "t0"]);
        assert_eq!(subjects(office.list(&words("warehouse", Some(Waiting))).await), ["t5", "t2"]);
        assert_eq!(subjects(office.list(&words("warehouse", Some(NeedsReply))).await), [""; 0]);
        assert_eq!(subjects(office.list(&words("rosa-t4@client.example", None)).await), ["t4"]);
        let account = office.of("t0").await.integration_account_id;
        let of = ConversationFilter { account: Some(account), state: Some(Waiting), ..ConversationFilter::default() };
        assert_eq!(subjects(office.list(&of).await), ["t5", "t2"]);
        let refused = conversations::list(&office.d, &of, None, Some("nowhere"), 3).await;
        assert!(matches!(refused, Err(Problem::Invalid { .. })), "{refused:?}");

        // What was stored before conversations were noted is looked at by the worker, and is the same.
        let before = office.list(&ConversationFilter::default()).await;
        let sql = "DELETE FROM conversations";
        db.execute(sql, sql).await;
        let sql = "UPDATE emails_threads SET conversation_noted = FALSE";
        db.execute(sql, sql).await;
        let page = conversations::list(&office.d, &of, None, None, 3).await.expect("lists");
        assert_eq!((page.items.len(), page.not_listed_yet), (0, 8));
        conversations::note(&office.d).await.expect("notes");
        assert_eq!(office.list(&ConversationFilter::default()).await, before);
        office.counts_hold().await;
        office.d.shutdown().await;
    })
    .await;
}

/// What a conversation is by the rules, followed one step after the other.
#[derive(Debug, Clone, Copy)]
struct Followed {
    by_mail: ConversationState,
    state: ConversationState,
    have_we_spoken: bool,
    letters: usize,
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }
}

#[tokio::test]
async fn random_conversations_are_where_the_rules_say() {
    on_each_database("random conversations", |db| async move {
        let office = Office::open(&db).await;
        let (d, by) = (&office.d, office.by());
        let mut dice = Dice(20_261_130);
        let mut known: BTreeMap<String, Followed> = BTreeMap::new();
        for step in 0..120 {
            let thread = format!("r{}", dice.throw(6));
            let there = known.get(&thread).copied();
            let throw = dice.throw(10);
            let letter = match throw {
                0..=2 => Some(Letter::Asks),
                3 => Some(Letter::Thanks),
                4 | 5 => Some(Letter::Ours),
                // A thread that a machine begins is none yet, and is left out here.
                6 if there.is_some() => Some(Letter::Machine),
                _ => None,
            };
            if let Some(letter) = letter {
                let mut one =
                    there.unwrap_or(Followed { by_mail: Waiting, state: Waiting, have_we_spoken: false, letters: 0 });
                office.comes(&thread, one.letters, letter).await;
                one.letters += 1;
                let asks = letter == Letter::Asks || letter == Letter::Thanks && !one.have_we_spoken;
                if asks {
                    (one.by_mail, one.state) = (NeedsReply, NeedsReply);
                } else if letter == Letter::Ours {
                    one.have_we_spoken = true;
                    one.by_mail = Waiting;
                    one.state = if one.state == Snoozed { Snoozed } else { Waiting };
                }
                known.insert(thread, one);
            } else if throw == 9 {
                office.clock.advance(TimeDelta::hours(3));
                for one in known.values_mut().filter(|one| one.state == Snoozed) {
                    one.state = one.by_mail;
                }
            } else if let Some(one) = known.get_mut(&thread) {
                let id = office.of(&thread).await.id;
                if throw == 7 {
                    conversations::archive(d, by, id, true, None).await.expect("archived");
                    one.state = Archived;
                } else {
                    let until = Some(office.clock.now() + TimeDelta::hours(2));
                    let input = SnoozeInput { until, last_message_id: None, state: None };
                    conversations::snooze(d, by, id, &input).await.expect("put off");
                    one.state = Snoozed;
                }
            }
            for (thread, one) in &known {
                assert_eq!(office.state(thread).await, one.state, "step {step}, thread {thread}: {one:?}");
            }
        }
        office.counts_hold().await;
        office.d.shutdown().await;
    })
    .await;
}
