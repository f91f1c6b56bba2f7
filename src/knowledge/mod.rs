//! What did we answer to this? The nearest past cases to a client's message, by an index of the approved pairs in memory.
//!
//! The index is made from the database when somebody first asks, and is brought up to date before every search: what was approved, set
//! back, edited or deleted a moment ago counts, whichever process did it. `docs/KNOWLEDGE.md` says how cases are ranked, and how well.

mod index;
mod local;
mod making;
mod source;
mod terms;
mod trial;
mod vector;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::Mutex, time::timeout};

use index::MOST_SHOWN;
use terms::{Reader, Term, words_with};

pub use index::{Case, Hit, Index, Question, Scoring};
pub(crate) use local::Loading;
pub use local::{LocalError, LocalModel, add as add_model, list as models, remove as remove_model};
pub(crate) use making::{Made, make as make_vectors};
pub use source::SourceError;
pub use trial::{LEAST_CONVERSATIONS, WEIGHTS};
pub use vector::Vector;

use source::{Source, Text};

use crate::{
    Domain, accounts,
    ai::{Patience, TextSide},
    ai_settings,
    labels::{Side, language_of},
    languages,
    mail::bare_subject,
    store::{AnswerText, NewJob, StoreError, StoredVectors, VectorTrial},
    threads,
    types::{
        AccountId, AccountVectors, BusyCode, Direction, EmailMessage, EmailThreadDetail, InvalidCode, JobFilter,
        JobKind, JobState, MessageId, PairId, PairStatus, PastCase, PastCases, Problem, RemovedSpan, ThreadId,
        TrainingPair, VectorStanding, VectorUse, VectorsTried,
    },
};

/// The longest message that is asked about, in characters.
pub const MAX_QUESTION: usize = 20_000;
/// Past cases that one search finds at most.
pub const MAX_FOUND: i64 = 50;
/// Past cases that are found, unless somebody wants more or fewer.
pub const FOUND: i64 = 10;
/// The oldest that can be asked for: a hundred years.
pub const MAX_DAYS: i64 = 36_500;
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
    /// Only pairs that were answered within so many days.
    pub within_days: Option<i64>,
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
    /// How many came up to its end: those behind it are ours.
    pub end: usize,
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
    /// Whose vectors the cases have.
    model: Option<String>,
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
    if asked.language.as_deref().is_some_and(|code| !languages::is_code(code)) {
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
    let days = 1..=MAX_DAYS;
    if asked.within_days.is_some_and(|within| !days.contains(&within)) {
        return Err(Problem::invalid("within_days", InvalidCode::NotInRange { least: 1, most: Some(MAX_DAYS) }));
    }
    let since = asked.within_days.map(|days| d.clock.now() - TimeDelta::days(days));
    // Words find without vectors: that there are none now is no reason to find nothing.
    let source = Source::chosen(d).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the model of the vectors cannot be used");
        None
    });
    let model = source.as_ref().map(Source::id);
    be_ready(d, model.clone()).await?;
    let (mut vectors, weight) = standing_of(d, model, asked.account).await?;
    let mut vector = None;
    if let Some(source) = source.filter(|_| weight > 0.0) {
        let text = Text { subject: asked.subject.as_deref(), text: &asked.text, side: Side::Client, known: &[] };
        match source.embed(d, &[text], TextSide::Question, Patience::for_search()).await {
            Ok(made) => vector = made.into_iter().next().flatten(),
            Err(error) => {
                tracing::warn!(%error, "a question has no vector: it is searched by words");
                vectors.standing = VectorUse::Unavailable;
            }
        }
    }
    let domain = Arc::clone(d);
    let look = move || domain.knowledge.look(|state| look(state, &asked, since, vector.as_ref(), weight));
    let found = tokio::task::spawn_blocking(look).await.map_err(|error| Problem::internal(&error))?;
    let Looked { hits, pieces, searched, older_left_out, languages, language } = found.ok_or(NOT_YET)?;
    let ids: Vec<PairId> = hits.iter().map(|hit| hit.id).collect();
    let mut pairs = d.store.pairs_by_id(&ids).await?;
    let items = hits.into_iter().filter_map(|hit| {
        // One that is set back at this moment is no answer any more.
        let pair = pairs.remove(&hit.id).filter(|pair| pair.status == PairStatus::Approved)?;
        let words = if hit.words.is_empty() { words_by_pieces(&pair, &pieces) } else { hit.words };
        Some(PastCase {
            pair,
            score: hit.score,
            by_words: hit.by_words,
            by_vector: hit.by_vector,
            alike: whole(hit.alike),
            words,
        })
    });
    Ok(PastCases {
        items: items.collect(),
        searched: whole(searched),
        older_left_out,
        languages,
        language: language.map(ToOwned::to_owned),
        vectors,
    })
}

/// How an account stands with the vectors of a model, and what they weigh. Of all accounts together each has to be helped, and the least
/// weight counts.
async fn standing_of(
    d: &Domain,
    model: Option<String>,
    account: Option<AccountId>,
) -> Result<(VectorStanding, f64), StoreError> {
    let Some(model) = model else { return Ok((standing(None, None), 0.0)) };
    let trials = d.store.vector_trials().await?;
    let asked = match account {
        Some(account) => vec![account],
        None => d.knowledge.look(|state| state.index.accounts()).unwrap_or_default(),
    };
    let standings = asked.iter().map(|account| standing(Some(&model), trials.get(account)));
    let weight = |standing: &VectorStanding| match (standing.standing, standing.tried) {
        (VectorUse::Used, Some(tried)) => tried.weight,
        _ => 0.0,
    };
    let least = standings.min_by(|one, other| weight(one).total_cmp(&weight(other)));
    let least = least.unwrap_or_else(|| standing(Some(&model), None));
    let weight = weight(&least);
    Ok((least, weight))
}

fn standing(model: Option<&str>, trial: Option<&VectorTrial>) -> VectorStanding {
    let Some(model) = model else { return VectorStanding { standing: VectorUse::Off, model: None, tried: None } };
    let rank = |parts: i64| parts as f64 / 10_000.0;
    let tried = trial.filter(|trial| trial.model == model).map(|trial| VectorsTried {
        pairs: trial.pairs,
        conversations: trial.conversations,
        weight: trial.weight as f64 / 100.0,
        words: rank(trial.words_rank),
        joined: rank(trial.joined_rank),
        gain_least: rank(trial.gain_least),
        gain_most: rank(trial.gain_most),
    });
    let standing = match tried {
        None => VectorUse::Making,
        Some(tried) if tried.weight > 0.0 => VectorUse::Used,
        Some(tried) if tried.conversations < whole(LEAST_CONVERSATIONS) => VectorUse::TooFew,
        Some(_) => VectorUse::NoHelp,
    };
    VectorStanding { standing, model: Some(model.to_owned()), tried }
}

/// How each account with approved pairs stands with vectors. Empty, where no model is chosen or it cannot be used.
///
/// # Errors
/// When the database cannot be read.
pub async fn vectors(d: &Domain) -> Result<Vec<AccountVectors>, Problem> {
    let source = match Source::chosen(d).await {
        Err(SourceError::Store(error)) => return Err(error.into()),
        source => source.ok().flatten(),
    };
    let Some(model) = source.map(|source| source.id()) else { return Ok(Vec::new()) };
    let (counted, trials) = (d.store.vectors_of_accounts(&model).await?, d.store.vector_trials().await?);
    let mut all = Vec::new();
    for (account_id, pairs) in counted {
        let account = accounts::get(d, account_id).await?.display_name;
        let vectors = standing(Some(&model), trials.get(&account_id));
        all.push(AccountVectors { account_id, account, pairs, vectors });
    }
    Ok(all)
}

/// The vectors of the message and of the reply that some approved pairs have of the chosen model.
///
/// # Errors
/// When the database cannot be read, or the model cannot be used.
pub async fn vectors_of(d: &Domain, pairs: &[PairId]) -> Result<BTreeMap<PairId, (Vector, Vector)>, SourceError> {
    let Some(source) = Source::chosen(d).await? else { return Ok(BTreeMap::new()) };
    let (stored, texts) = (d.store.vectors_of(&source.id(), pairs).await?, d.store.answer_texts_of(pairs).await?);
    let read = |of: &AnswerText| Some((of.pair, making::read(of, stored.get(&of.pair))?));
    Ok(texts.iter().filter_map(read).collect())
}

/// The provider and the model that questions are sent to for their vectors, where one is chosen for it.
///
/// # Errors
/// When the database cannot be read.
pub async fn questions_go_to(d: &Domain) -> Result<Option<String>, Problem> {
    let chosen = ai_settings::chosen_for_embeddings(d).await?;
    Ok(chosen.map(|(kind, model)| format!("{} ({model})", kind.name())))
}

/// Queues the making of vectors where some are missing, or are not tried yet. What failed for good waits for somebody.
///
/// # Errors
/// When the database cannot be used.
pub async fn queue_vectors(d: &Domain) -> Result<(), StoreError> {
    let wanted = match making::is_wanted(d).await {
        Err(SourceError::Store(error)) => return Err(error),
        Err(error) => {
            tracing::warn!(%error, "the model of the vectors cannot be used");
            false
        }
        Ok(wanted) => wanted,
    };
    if !wanted {
        return Ok(());
    }
    let failed = d.store.list_jobs(JobFilter { state: Some(JobState::Failed) }).await?;
    if failed.iter().all(|job| job.kind != JobKind::EmbedAnswers.as_str()) {
        d.store.enqueue(&NewJob::embed_answers(), d.clock.now()).await?;
        d.work.notify_one();
    }
    Ok(())
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

fn look(state: &State, asked: &Asked, since: Option<DateTime<Utc>>, vector: Option<&Vector>, weight: f64) -> Looked {
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
        since: since.map(|since| since.timestamp_millis()),
        vector,
        weight,
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

/// A word that tells what a text is about: none of the commonest ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Its place in bytes.
    pub start: usize,
    pub end: usize,
    terms: terms::Terms,
}

/// The telling words of a text in a language, in order.
pub(crate) fn telling(text: &str, language: Option<&str>) -> Vec<Telling> {
    let mut reader = Reader::default();
    let telling = crate::labels::words(text).filter_map(|word| {
        let lower = word.text.to_lowercase();
        let tells = lower.chars().count() >= 3
            && !lower.chars().any(char::is_numeric)
            && !crate::labels::is_function_word(&lower);
        tells.then(|| Telling { start: word.start, end: word.end(), terms: reader.terms(&lower, language) })
    });
    telling.collect()
}

/// The stems of a text's telling words in a language, in order.
pub(crate) fn telling_stems(text: &str, language: Option<&str>) -> Vec<u64> {
    telling(text, language).into_iter().flat_map(|word| word.terms.stems).collect()
}

/// The words of texts, to be asked for others of their families.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    stems: HashSet<Term>,
    pieces: HashSet<Term>,
}

/// A word with this share of its pieces in a text is of the family of words in it: "Reparaturkosten" and "Reparatur".
const FAMILY: f64 = 0.5;

impl Vocabulary {
    /// Adds all words of a text that is in a language.
    pub fn add(&mut self, text: &str, language: Option<&str>) {
        let terms = Reader::default().terms(text, language);
        self.stems.extend(terms.stems);
        self.pieces.extend(terms.pieces);
    }

    /// Whether a word is in it, or one of its family.
    pub fn has(&self, word: &Telling) -> bool {
        let pieces = &word.terms.pieces;
        let shared = pieces.iter().filter(|piece| self.pieces.contains(piece)).count();
        word.terms.stems.iter().all(|stem| self.stems.contains(stem))
            || !pieces.is_empty() && shared as f64 >= pieces.len() as f64 * FAMILY
    }
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
    Ok(standing_in(&threads::thread(d, thread, None, threads::MESSAGES).await?))
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
        end,
        pairs: thread.pairs.iter().map(|pair| pair.id).collect(),
    })
}

/// When we answered what the client of a thread wrote last; nothing where nobody did. What bears our address and is doubted is no answer.
#[must_use]
pub fn answered_at(thread: &EmailThreadDetail) -> Option<DateTime<Utc>> {
    let standing = standing_in(thread)?;
    thread.messages[standing.end..].iter().filter(|message| !message.unverified).filter_map(|message| message.at).max()
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
async fn be_ready(d: &Arc<Domain>, model: Option<String>) -> Result<(), Problem> {
    // Another task: what was begun goes on when whoever waits for it goes away.
    let update = d.tasks.spawn(bring_up_to_date(Arc::clone(d), model));
    match timeout(PATIENCE, update).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(_) => Err(NOT_YET),
    }
}

/// Reads what changed since the last time, or everything.
async fn bring_up_to_date(d: Arc<Domain>, model: Option<String>) -> Result<(), Problem> {
    let _turn = d.knowledge.turn.lock().await;
    let known = d.knowledge.look(|state| (state.next, state.index.is_worn() || state.model != model));
    let Some((since, false)) = known else { return make(&d, model).await };
    let changes = d.store.answer_changes(since).await?;
    let is_new = |change: &&(PairId, i64)| !d.knowledge.look(|state| state.seen.contains(*change)).unwrap_or(false);
    let fresh: Vec<PairId> = changes.changed.iter().filter(is_new).map(|(pair, _)| *pair).collect();
    if fresh.len() >= ANEW_FROM {
        return make(&d, model).await;
    }
    for ids in fresh.chunks(AT_A_TIME) {
        let cases = cases_of(&d, d.store.answer_texts_of(ids).await?, model.as_deref()).await?;
        let (domain, ids) = (Arc::clone(&d), ids.to_vec());
        let change = move || {
            domain.knowledge.change(|state| {
                let Some(state) = state else { return };
                let kept: HashSet<PairId> = cases.iter().map(|case| case.id).collect();
                ids.iter().filter(|id| !kept.contains(*id)).for_each(|id| state.index.remove(*id));
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
async fn make(d: &Arc<Domain>, model: Option<String>) -> Result<(), Problem> {
    let begun = std::time::Instant::now();
    let from = d.store.answer_changes_end().await?;
    let mut index = Index::default();
    let mut after: Option<String> = None;
    let older_left_out = loop {
        if d.stop.is_cancelled() {
            return Err(NOT_YET);
        }
        let (texts, next) = d.store.answer_texts(after.as_deref(), whole(AT_A_TIME)).await?;
        let cases = cases_of(d, texts, model.as_deref()).await?;
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
    let state = State { index, model, next: from, seen: HashSet::new(), older_left_out };
    d.knowledge.change(|held| *held = Some(state));
    Ok(())
}

async fn cases_of(d: &Domain, texts: Vec<AnswerText>, model: Option<&str>) -> Result<Vec<Case>, StoreError> {
    let ids: Vec<PairId> = texts.iter().map(|text| text.pair).collect();
    let stored = match model {
        Some(model) => d.store.vectors_of(model, &ids).await?,
        None => BTreeMap::new(),
    };
    let case = |text: AnswerText| {
        let vector = whole_vector(&text, stored.get(&text.pair));
        case_of(text, vector)
    };
    Ok(texts.into_iter().map(case).collect())
}

/// A case counts as near as its message and its reply are on average.
fn whole_vector(text: &AnswerText, stored: Option<&StoredVectors>) -> Option<Vector> {
    let (question, reply) = making::read(text, stored)?;
    Vector::mean(&question, &reply)
}

fn case_of(text: AnswerText, vector: Option<Vector>) -> Case {
    Case {
        id: text.pair,
        account: text.account,
        replied_at: text.replied_at.timestamp_millis(),
        group: text.group,
        question: with_subject(text.subject.as_deref(), &text.question),
        question_language: text.labels.client_language,
        reply: text.reply,
        reply_language: text.labels.reply_language,
        vector,
    }
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
