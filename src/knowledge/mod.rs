//! What did we answer to this? The nearest past cases to a client's message, by an index of the approved pairs in memory.
//!
//! The index is made from the database when somebody first asks, and is brought up to date before every search: what was approved, set
//! back, edited or deleted a moment ago counts, whichever process did it. `docs/KNOWLEDGE.md` says how cases are ranked, and how well.

mod index;
mod languages;
mod terms;

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::Mutex, time::timeout};

use index::MOST_SHOWN;
use languages::ISO_639_1;
use terms::{Reader, Term, words_with};

pub use index::{Case, Hit, Index, Question, Scoring};

use crate::{
    Domain, accounts,
    labels::language_of,
    mail::bare_subject,
    store::AnswerText,
    threads,
    types::{
        AccountId, BusyCode, Direction, EmailMessage, EmailThreadDetail, InvalidCode, MessageId, PairId, PairStatus,
        PastCase, PastCases, Problem, RemovedSpan, ThreadId, TrainingPair,
    },
};

/// The longest message that is asked about, in characters.
pub const MAX_QUESTION: usize = 20_000;
/// Past cases that one search finds at most.
pub const MAX_FOUND: i64 = 50;
/// Past cases that are found, unless somebody wants more or fewer.
pub const FOUND: i64 = 10;
/// Approved pairs that are kept in memory: of more, the newest.
const MOST_CASES: usize = 200_000;
/// Pairs that are read at a time.
const AT_A_TIME: usize = 200;
/// From so many changed pairs on, the index is made anew.
const ANEW_FROM: usize = 20_000;
/// How long whoever asks waits for the index. It is made further when they have gone.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY_AFTER_SECONDS: u32 = 5;

/// What is asked of the past cases.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What a client wrote.
    pub text: String,
    /// What it was about, where that is known.
    pub subject: Option<String>,
    /// Whose answers are searched; `None`: those of all accounts, which somebody has to want.
    pub account: Option<AccountId>,
    /// Only pairs whose client wrote in this language (ISO 639-1).
    pub language: Option<String>,
    /// Pairs that are not to be found: those of the conversation that is asked about.
    pub without: HashSet<PairId>,
    pub limit: i64,
}

/// The question that stands in a thread: what its client wrote last.
#[derive(Debug, Clone)]
pub struct Standing {
    pub text: String,
    pub subject: Option<String>,
    pub account: AccountId,
    /// The last message of it.
    pub message: MessageId,
    /// How many messages of the thread came before it.
    pub before: usize,
    /// The pairs of the thread itself.
    pub pairs: HashSet<PairId>,
}

/// The index of one process, and how far it has read.
#[derive(Default)]
pub(crate) struct Shelves {
    state: RwLock<Option<State>>,
    /// One brings the index up to date at a time.
    turn: Mutex<()>,
}

struct State {
    index: Index,
    /// From which mark to read changes.
    next: i64,
    /// Changes from that mark on that are in the index already.
    seen: HashSet<(PairId, i64)>,
    older_left_out: bool,
}

impl Shelves {
    fn look<T>(&self, at: impl FnOnce(&State) -> T) -> Option<T> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(at)
    }

    fn change(&self, by: impl FnOnce(&mut Option<State>)) {
        by(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The nearest past cases to a client's message.
///
/// # Errors
/// [`Problem::Invalid`] for a text that is empty or too long, for a language that is none and for a limit out of range; `knowledge_busy` while the index is being
/// made; when the database cannot be read.
pub async fn search(d: &Arc<Domain>, asked: Asked) -> Result<PastCases, Problem> {
    if asked.language.as_deref().is_some_and(|code| !ISO_639_1.contains(&code)) {
        return Err(Problem::invalid("language", InvalidCode::LanguageInvalid));
    }
    if asked.text.is_empty() {
        return Err(Problem::invalid("text", InvalidCode::QuestionMissing));
    }
    if asked.text.chars().count() > MAX_QUESTION {
        return Err(Problem::invalid("text", InvalidCode::TooLong { most: MAX_QUESTION }));
    }
    if !(1..=MAX_FOUND).contains(&asked.limit) {
        return Err(Problem::invalid("limit", InvalidCode::NotInRange { least: 1, most: Some(MAX_FOUND) }));
    }
    be_ready(d).await?;
    let domain = Arc::clone(d);
    let looked = tokio::task::spawn_blocking(move || domain.knowledge.look(|state| look(state, &asked)));
    let found = looked.await.map_err(|error| Problem::internal(&error))?;
    let Looked { hits, pieces, searched, older_left_out, languages, language } = found.ok_or(NOT_YET)?;
    let ids: Vec<PairId> = hits.iter().map(|hit| hit.id).collect();
    let mut pairs = d.store.pairs_by_id(&ids).await?;
    let items = hits.into_iter().filter_map(|hit| {
        // One that is set back at this moment is no answer any more.
        let pair = pairs.remove(&hit.id).filter(|pair| pair.status == PairStatus::Approved)?;
        let words = if hit.words.is_empty() { words_by_pieces(&pair, &pieces) } else { hit.words };
        Some(PastCase { pair, score: hit.score, alike: whole(hit.alike), words })
    });
    Ok(PastCases {
        items: items.collect(),
        searched: whole(searched),
        older_left_out,
        languages,
        language: language.map(ToOwned::to_owned),
    })
}

/// Which account is meant where none is named: the only one there is.
///
/// # Errors
/// [`Problem::Invalid`] where there are several: mail of several mailboxes is never put together unless somebody says so.
pub async fn only_account(d: &Domain, field: &str) -> Result<Option<AccountId>, Problem> {
    let (_, choices) = accounts::choose(d, None, None).await?;
    if choices.number > 1 {
        return Err(Problem::invalid(field, InvalidCode::ExportAccountMissing));
    }
    Ok(choices.listed.unwrap_or_default().first().map(|account| account.id))
}

const NOT_YET: Problem = Problem::Busy { code: BusyCode::Knowledge, retry_after_seconds: RETRY_AFTER_SECONDS };

/// The words of a pair that was found by pieces of words alone: those that the pieces are in.
fn words_by_pieces(pair: &TrainingPair, pieces: &HashSet<Term>) -> Vec<String> {
    let question = with_subject(pair.subject.as_deref(), &pair.client_text);
    let mut words = words_with(&format!("{question}\n{}", pair.our_reply_text), pieces);
    words.truncate(MOST_SHOWN);
    words
}

/// What the index answers.
struct Looked {
    hits: Vec<Hit>,
    /// The pieces of the words of the question, where something was found by them alone.
    pieces: HashSet<Term>,
    searched: usize,
    older_left_out: bool,
    languages: Vec<String>,
    language: Option<&'static str>,
}

fn look(state: &State, asked: &Asked) -> Looked {
    let text = with_subject(asked.subject.as_deref(), &asked.text);
    // A short text is easily taken for another language of its letters; one that no case here is in helps nobody.
    let languages = state.index.languages_of(asked.account);
    let told = |text: &str| language_of(text).filter(|told| languages.iter().any(|known| known == told));
    let language = told(&asked.text).or_else(|| told(&text));
    let question = Question {
        text: &text,
        language,
        account: asked.account,
        only_language: asked.language.as_deref(),
        without: &asked.without,
        limit: usize::try_from(asked.limit).unwrap_or(0),
    };
    let hits = state.index.search(&question, &Scoring::default());
    let by_pieces = hits.iter().any(|hit| hit.words.is_empty());
    let pieces = by_pieces.then(|| Reader::default().terms(&text, language).pieces);
    Looked {
        hits,
        pieces: pieces.unwrap_or_default().into_iter().collect(),
        searched: state.index.len_of(asked.account),
        older_left_out: state.older_left_out,
        languages,
        language,
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The stems of a text's words in a language, in order, without its commonest words: what it is about.
pub(crate) fn telling_stems(text: &str, language: Option<&str>) -> Vec<u64> {
    let telling = crate::labels::words(text).map(|word| word.text.to_lowercase()).filter(|word| {
        word.chars().count() >= 3 && !word.chars().any(char::is_numeric) && !crate::labels::is_function_word(word)
    });
    let telling: Vec<String> = telling.collect();
    terms::Reader::default().terms(&telling.join(" "), language).stems
}

/// A text under its subject, without the marks of an answer.
fn with_subject(subject: Option<&str>, text: &str) -> String {
    match subject.map(bare_subject) {
        Some(subject) if !subject.is_empty() => format!("{subject}\n{text}"),
        _ => text.to_owned(),
    }
}

/// What the client of a thread wrote last: all of it, where they wrote several times in a row. `None` where nobody but us wrote.
///
/// # Errors
/// `email_thread_not_found`; when the database cannot be read.
pub async fn standing_question(d: &Arc<Domain>, thread: ThreadId) -> Result<Option<Standing>, Problem> {
    Ok(standing_in(&threads::thread(d, thread).await?))
}

/// The same in a thread that was read already.
pub(crate) fn standing_in(thread: &EmailThreadDetail) -> Option<Standing> {
    let is_client = |message: &EmailMessage| message.direction == Direction::Incoming;
    let end = thread.messages.iter().rposition(is_client)? + 1;
    let before = thread.messages[..end].iter().rposition(|message| !is_client(message)).map_or(0, |last| last + 1);
    let turn = &thread.messages[before..end];
    let last = turn.last()?;
    let own: Vec<String> = turn.iter().map(own_words).collect();
    Some(Standing {
        text: own.join("\n\n").trim().chars().take(MAX_QUESTION).collect(),
        subject: thread.subject.clone(),
        account: last.account_id,
        message: last.id,
        before,
        pairs: thread.pairs.iter().map(|pair| pair.id).collect(),
    })
}

/// What the author of a message wrote.
pub(crate) fn own_words(message: &EmailMessage) -> String {
    without_folded(&message.text, &message.folded)
}

/// A text without what is folded away in it.
fn without_folded(text: &str, folded: &[RemovedSpan]) -> String {
    let mut own = String::new();
    let mut at = 0;
    for span in folded {
        let (start, end) = (span.start as usize, span.end as usize);
        // A span that cuts a character is a mistake that must not hide the text.
        if start >= at && text.get(start..end).is_some() {
            own.push_str(text.get(at..start).unwrap_or_default());
            at = end;
        }
    }
    own.push_str(text.get(at..).unwrap_or_default());
    own.trim().to_owned()
}

/// Sees to it that the index is there and up to date.
async fn be_ready(d: &Arc<Domain>) -> Result<(), Problem> {
    // Another task: what was begun goes on when whoever waits for it goes away.
    let update = d.tasks.spawn(bring_up_to_date(Arc::clone(d)));
    match timeout(PATIENCE, update).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(_) => Err(NOT_YET),
    }
}

/// Reads what changed since the last time, or everything.
async fn bring_up_to_date(d: Arc<Domain>) -> Result<(), Problem> {
    let _turn = d.knowledge.turn.lock().await;
    let known = d.knowledge.look(|state| (state.next, state.index.is_worn()));
    let Some((since, false)) = known else { return make(&d).await };
    let changes = d.store.answer_changes(since).await?;
    let is_new = |change: &&(PairId, i64)| !d.knowledge.look(|state| state.seen.contains(*change)).unwrap_or(false);
    let fresh: Vec<PairId> = changes.changed.iter().filter(is_new).map(|(pair, _)| *pair).collect();
    if fresh.len() >= ANEW_FROM {
        return make(&d).await;
    }
    for ids in fresh.chunks(AT_A_TIME) {
        let cases = cases_of(d.store.answer_texts_of(ids).await?);
        let (domain, ids) = (Arc::clone(&d), ids.to_vec());
        let change = move || {
            domain.knowledge.change(|state| {
                let Some(state) = state else { return };
                ids.iter().for_each(|id| state.index.remove(*id));
                cases.iter().for_each(|case| state.index.add(case));
                state.older_left_out |= state.index.keep_newest(MOST_CASES) > 0;
            });
        };
        tokio::task::spawn_blocking(change).await.map_err(|error| Problem::internal(&error))?;
    }
    d.knowledge.change(|state| {
        if let Some(state) = state {
            state.next = changes.next;
            state.seen = changes.changed.into_iter().collect();
        }
    });
    Ok(())
}

/// Makes the index from the database. What changes meanwhile is read as a change afterwards.
async fn make(d: &Arc<Domain>) -> Result<(), Problem> {
    let begun = std::time::Instant::now();
    let from = d.store.answer_changes_end().await?;
    let mut index = Index::default();
    let mut after: Option<String> = None;
    let older_left_out = loop {
        if d.stop.is_cancelled() {
            return Err(NOT_YET);
        }
        let (texts, next) = d.store.answer_texts(after.as_deref(), whole(AT_A_TIME)).await?;
        let cases = cases_of(texts);
        index = tokio::task::spawn_blocking(move || {
            cases.iter().for_each(|case| index.add(case));
            index
        })
        .await
        .map_err(|error| Problem::internal(&error))?;
        let Some(next) = next else { break false };
        if index.len() >= MOST_CASES {
            break true;
        }
        after = Some(next);
    };
    index.settle();
    tracing::info!(cases = index.len(), seconds = begun.elapsed().as_secs_f32(), "the index of past cases is made");
    let state = State { index, next: from, seen: HashSet::new(), older_left_out };
    d.knowledge.change(|held| *held = Some(state));
    Ok(())
}

fn cases_of(texts: Vec<AnswerText>) -> Vec<Case> {
    let case = |text: AnswerText| Case {
        id: text.pair,
        account: text.account,
        replied_at: text.replied_at.timestamp_millis(),
        group: text.group,
        question: with_subject(text.subject.as_deref(), &text.question),
        question_language: text.labels.client_language,
        reply: text.reply,
        reply_language: text.labels.reply_language,
    };
    texts.into_iter().map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_are_what_is_not_folded_away() {
        let span = |start: u32, end: u32| RemovedSpan {
            start,
            end,
            kind: "signature".to_owned(),
            rule: "test".to_owned(),
            kept: false,
        };
        assert_eq!(without_folded("Own words\n\nAnn\n> old", &[span(11, 14), span(15, 20)]), "Own words");
        assert_eq!(
            without_folded("Привет", &[span(1, 4), span(4, 90)]),
            "Привет",
            "spans that do not fit hide nothing"
        );
    }

    #[test]
    fn a_subject_stands_above_its_text_without_marks() {
        assert_eq!(with_subject(Some("Re: AW: Broken cup"), "Hello"), "broken cup\nHello");
        assert_eq!(with_subject(Some("Re: "), "Hello"), "Hello");
        assert_eq!(with_subject(None, "Hello"), "Hello");
    }
}
