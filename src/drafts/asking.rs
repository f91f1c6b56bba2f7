//! Asking for drafts: for a thread's open question, by the past cases of its own account, at the provider that was chosen for it. Without one
//! the best past reply is the draft. What is asked goes on when whoever asked has gone; every other process sees how far it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::{Checker, Ground, GroundCase, Manner, Prompt, RunKey, Said, Stream, check, prompt, read, template};
use crate::{
    Domain,
    accounts::our_addresses,
    ai::{self, AiError, Answer, CallError, Done, Patience},
    ai_settings,
    knowledge::{self, Asked},
    labels::language_of,
    store::{Act, BegunDraft, DraftCost, DraftEnd, NewDraft, NewDraftFrom, OfferedCase, StoreError, StoredDraft},
    threads,
    types::{
        AccountId, Actor, AiKind, AiProvider, AiPurpose, ConflictCode, Direction, Draft, DraftId, DraftInput,
        DraftList, DraftPreview, DraftProblem, DraftSentence, DraftSource, DraftState, EmailMessage, EmailThreadDetail,
        HiddenValue, InvalidCode, MessageId, NotFoundCode, PairId, PairStatus, PastCase, Problem, ThreadId,
        TrainingPair,
    },
};

/// Characters of a note.
pub const MAX_NOTE: usize = 1_000;
/// Drafts of a thread that are listed.
const LISTED: i64 = 20;
/// Past cases that are offered to a model.
const CASES: i64 = 8;
/// Replies by which it is told how an account answers.
const REPLIES: i64 = 200;
/// The longest answer of a model. Thinking counts.
const MOST_TOKENS: u32 = 4_096;
/// How often it is looked whether somebody cancelled a draft, and what is written is kept.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// Where nothing new is written, it is kept in so many looks that somebody is still at it.
const LOOKS_PER_SIGN: u32 = 12;
/// Whoever gives no sign for so long is not there any more.
const SILENT_FOR: TimeDelta = TimeDelta::seconds(30);
/// Two who ask the same within so long clicked twice.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(3);
/// How often it is tried to keep the end of a draft, and the pause between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Begins a draft of an answer to what the client of a thread wrote last, and does not wait for it. Where one is under way for the same
/// question, that is the one; a double click begins one.
///
/// # Errors
/// `email_thread_not_found`, `thread_has_no_question`, `no_past_case`, `no_near_case` (for a template), `note_needs_model`, `draft_is_running`; a note that is too long; `knowledge_busy` while the index of past
/// cases is being made; when the database cannot be used. What goes wrong at the provider is told by the draft.
pub async fn begin(d: &Arc<Domain>, by: Actor, thread: ThreadId, input: DraftInput) -> Result<Draft, Problem> {
    let Prepared { ground, question, account, cases, provider, .. } = prepare(d, thread, input).await?;
    let now = d.clock.now();
    let provider = provider.and_then(|provider| Some((provider.provider_code, provider.model_default?)));
    let asked = provider.map(|(kind, model)| (kind, model, prompt(&ground, RunKey(rand::random()))));
    let from = match &asked {
        Some((provider, model, _)) => {
            NewDraftFrom::Model { provider: *provider, model: model.clone(), alive_until: now + SILENT_FOR }
        }
        None if ground.note.is_some() => return Err(Problem::conflict(ConflictCode::NoteNeedsModel)),
        None => NewDraftFrom::Template(template(&ground).ok_or_else(|| Problem::conflict(ConflictCode::NoNearCase))?),
    };
    let new = NewDraft {
        account,
        thread,
        question,
        note: ground.note.clone(),
        cases,
        hidden: asked.as_ref().map_or(0, |(.., prompt)| whole(prompt.hidden.len())),
        is_shortened: asked.as_ref().is_some_and(|(.., prompt)| prompt.is_shortened),
        from,
    };
    let begun = d.store.begin_draft(&new, Act { by, at: now }, now - SAME_MOMENT).await?;
    let id = match begun.ok_or_else(|| Problem::not_found(NotFoundCode::Thread))? {
        BegunDraft::There(id) => {
            let there = get(d, id).await?;
            // What somebody wants otherwise is not to be lost in somebody else's draft.
            return if there.note == new.note { Ok(there) } else { Err(Problem::conflict(ConflictCode::DraftRunning)) };
        }
        BegunDraft::New(id) => {
            tracing::info!(%by, draft = %id, %thread, cases = new.cases.len(), "draft begun");
            if let Some((provider, model, prompt)) = asked {
                d.tasks.spawn(Writing { d: Arc::clone(d), id, provider, model, ground, prompt }.run());
            }
            id
        }
    };
    get(d, id).await
}

/// What would leave the house for a draft. Nothing is sent, and nothing is kept.
///
/// # Errors
/// As of [`begin`].
pub async fn preview(d: &Arc<Domain>, thread: ThreadId, input: DraftInput) -> Result<DraftPreview, Problem> {
    let Prepared { ground, cases, provider, answered_at, .. } = prepare(d, thread, input).await?;
    let cases = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    let Some(provider) = provider else {
        let (provider_code, base_url, model) = (None, None, None);
        let (text, hidden) = (String::new(), Vec::new());
        let is_shortened = false;
        return Ok(DraftPreview { provider_code, base_url, model, cases, text, hidden, is_shortened, answered_at });
    };
    let prompt = prompt(&ground, RunKey(rand::random()));
    let hidden = prompt.hidden.iter().map(|hidden| HiddenValue {
        placeholder: hidden.placeholder.clone(),
        value: hidden.value.clone(),
        kind: hidden.kind,
    });
    Ok(DraftPreview {
        provider_code: Some(provider.provider_code),
        base_url: provider.base_url,
        model: provider.model_default,
        cases,
        text: prompt.preview(),
        hidden: hidden.collect(),
        is_shortened: prompt.is_shortened,
        answered_at,
    })
}

/// A draft.
///
/// # Errors
/// `draft_not_found`; when the database cannot be used.
pub async fn get(d: &Domain, id: DraftId) -> Result<Draft, Problem> {
    let not_found = || Problem::not_found(NotFoundCode::Draft);
    let mut stored = d.store.draft(id).await?.ok_or_else(not_found)?;
    if is_lost(d, &stored) {
        close_lost(d).await?;
        stored = d.store.draft(id).await?.ok_or_else(not_found)?;
    }
    let mut drafts = shown(d, vec![stored]).await?;
    drafts.pop().ok_or_else(not_found)
}

/// The drafts of a thread, and whether its client has an answer already.
///
/// # Errors
/// `email_thread_not_found`; when the database cannot be used.
pub async fn list(d: &Arc<Domain>, thread: ThreadId) -> Result<DraftList, Problem> {
    let drafts = of_thread(d, thread).await?;
    let answered_at = knowledge::answered_at(&threads::thread(d, thread, None, threads::MESSAGES).await?);
    Ok(DraftList { count: u32::try_from(drafts.len()).unwrap_or(u32::MAX), drafts, answered_at })
}

/// The drafts of a thread, the latest first; of very many the latest.
///
/// # Errors
/// `email_thread_not_found`; when the database cannot be used.
pub async fn of_thread(d: &Domain, thread: ThreadId) -> Result<Vec<Draft>, Problem> {
    let mut stored = d.store.drafts_of(thread, LISTED).await?;
    if stored.is_empty() && d.store.thread_parts(thread).await?.is_none() {
        return Err(Problem::not_found(NotFoundCode::Thread));
    }
    if stored.iter().any(|draft| is_lost(d, draft)) {
        close_lost(d).await?;
        stored = d.store.drafts_of(thread, LISTED).await?;
    }
    shown(d, stored).await
}

/// Cancels a draft that is being written. What the call of the model may have cost counts.
///
/// # Errors
/// `draft_not_found`, `draft_is_over`; when the database cannot be used.
pub async fn cancel(d: &Domain, by: Actor, id: DraftId) -> Result<Draft, Problem> {
    let was_running = d.store.cancel_draft(id, d.clock.now()).await?;
    let draft = get(d, id).await?;
    if !was_running && draft.state != DraftState::Cancelled {
        return Err(Problem::conflict(ConflictCode::DraftOver));
    }
    tracing::info!(%by, draft = %id, "draft cancelled");
    Ok(draft)
}

/// A text that is another one when one of these drafts has changed.
#[must_use]
pub fn mark(drafts: &[Draft]) -> String {
    let mut hasher = DefaultHasher::new();
    for draft in drafts {
        (draft.id, draft.state.as_str(), draft.content.sentences.len(), draft.finished_at).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Closes drafts whose process died.
///
/// # Errors
/// When the database cannot be used.
pub(crate) async fn close_lost(d: &Domain) -> Result<(), StoreError> {
    let lost = d.store.close_lost_drafts(d.clock.now()).await?;
    if lost > 0 {
        tracing::warn!(lost, "drafts are not written any further: their process died");
    }
    Ok(())
}

fn is_lost(d: &Domain, draft: &StoredDraft) -> bool {
    draft.state == DraftState::Running && draft.alive_until.is_none_or(|until| until <= d.clock.now())
}

fn no_past_case() -> Problem {
    Problem::conflict(ConflictCode::NoPastCase)
}

/// What a draft is made from.
struct Prepared {
    ground: Ground,
    question: MessageId,
    account: AccountId,
    cases: Vec<OfferedCase>,
    provider: Option<AiProvider>,
    /// When we answered the question already.
    answered_at: Option<DateTime<Utc>>,
}

async fn prepare(d: &Arc<Domain>, thread: ThreadId, input: DraftInput) -> Result<Prepared, Problem> {
    let note = input.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        return Err(Problem::invalid("note", InvalidCode::TooLong { most: MAX_NOTE }));
    }
    let thread = threads::thread(d, thread, None, threads::MESSAGES).await?;
    let standing = knowledge::standing_in(&thread).filter(|standing| !standing.text.is_empty());
    let standing = standing.ok_or_else(|| Problem::conflict(ConflictCode::NoQuestion))?;
    let provider = ai_settings::for_drafts(d).await?;
    let asked = Asked {
        text: standing.text.clone(),
        subject: standing.subject.clone(),
        // Never those of another one: mail of several mailboxes is not put together.
        account: Some(standing.account),
        without: standing.pairs.clone(),
        limit: CASES,
        ..Asked::default()
    };
    let found = knowledge::search(d, asked).await?.items;
    if found.is_empty() {
        return Err(no_past_case());
    }
    let cases = found.iter().map(|case| OfferedCase { pair: case.pair.id, nearness: percent(case.score) }).collect();
    let ground = ground(d, &thread, standing.before, found, note, &standing).await?;
    let answered_at = knowledge::answered_at(&thread);
    Ok(Prepared { ground, question: standing.message, account: standing.account, cases, provider, answered_at })
}

async fn ground(
    d: &Domain,
    thread: &EmailThreadDetail,
    before: usize,
    found: Vec<PastCase>,
    note: Option<String>,
    standing: &knowledge::Standing,
) -> Result<Ground, Problem> {
    let clients: Vec<MessageId> = found.iter().map(|case| case.pair.client_message_id).collect();
    let mut names = d.store.sender_names(&clients).await?;
    let replies = d.store.latest_replies(standing.account, REPLIES).await?;
    let ours = our_addresses(d).await?;
    let account = d.store.account(standing.account).await?;
    let (mut our_names, mut our_own) = (Vec::new(), Vec::new());
    if let Some(account) = account {
        our_names.push(account.display_name);
        our_own.push(account.external_account_id);
        our_own.extend(account.meta.aliases);
    }
    let (mut client_names, mut client_addresses) = (Vec::new(), Vec::new());
    for message in &thread.messages {
        let is_client = message.direction == Direction::Incoming;
        let name = message.from_name.iter().cloned();
        if is_client {
            client_names.extend(name)
        } else if !message.unverified {
            our_names.extend(name)
        }
        let written = message.from_address.iter().filter(|_| is_client).chain(&message.to).chain(&message.cc);
        client_addresses.extend(written.filter(|address| !ours.contains(address)).cloned());
    }
    for list in [&mut our_names, &mut our_own, &mut client_names, &mut client_addresses] {
        let mut seen = BTreeSet::new();
        list.retain(|text| seen.insert(text.clone()));
    }
    // What bears our address and is doubted is nobody's word.
    let said = |messages: &[EmailMessage]| -> Vec<Said> {
        let sure = messages.iter().filter(|message| !message.unverified);
        let said = sure.map(|message| Said {
            is_ours: message.direction == Direction::Outgoing,
            text: knowledge::own_words(message),
            at: message.at,
        });
        said.collect()
    };
    let cases = found.into_iter().map(|PastCase { pair, score, .. }| GroundCase {
        pair: pair.id,
        account: pair.integration_account_id,
        subject: pair.subject,
        question: pair.client_text,
        reply: pair.our_reply_text,
        replied_at: pair.reply_sent_at,
        score,
        client_names: names.remove(&pair.client_message_id).into_iter().collect(),
    });
    Ok(Ground {
        accounts: vec![standing.account],
        subject: standing.subject.clone(),
        question: standing.text.clone(),
        thread: said(&thread.messages[..before]),
        answers: said(&thread.messages[standing.end..]),
        cases: cases.collect(),
        language: language_of(&standing.text).map(ToOwned::to_owned),
        client_names,
        our_names,
        client_addresses,
        our_addresses: our_own,
        manner: Manner::of(replies.iter().map(String::as_str)),
        replies,
        note,
    })
}

/// A draft that a model is writing.
struct Writing {
    d: Arc<Domain>,
    id: DraftId,
    provider: AiKind,
    model: String,
    ground: Ground,
    prompt: Prompt,
}

/// What a model wrote so far, in sentences.
#[derive(Default)]
struct Sheet {
    stream: Stream,
    sentences: Vec<DraftSentence>,
}

impl Writing {
    async fn run(self) {
        let sheet = Mutex::new(Sheet::default());
        let result = self.write(&sheet).await;
        let written = sheet.into_inner().unwrap_or_else(PoisonError::into_inner).sentences;
        let cost = result
            .as_ref()
            .map_or_else(|_| DraftCost::default(), |done| DraftCost { tokens: done.tokens, micros: done.cost_micros });
        // What came before it broke off is kept, marked as that. What the whole of an answer shows to be nonsense is not.
        let failed = |problem| DraftEnd::Failed { problem, nonsense: None, written: &written };
        let checked;
        let end = match &result {
            Ok(Done { value, .. }) => match read(&value.text, value.is_cut, &self.prompt) {
                Ok(reply) => {
                    checked = check(&reply, &self.ground, &self.prompt);
                    DraftEnd::Done { checked: &checked, model: &value.model }
                }
                Err(nonsense) => DraftEnd::Failed {
                    problem: DraftProblem::Nonsense,
                    nonsense: Some(nonsense.code()),
                    written: if nonsense.code() == "cut" { &written } else { &[] },
                },
            },
            // Cancelled by somebody, it is so already, and stays so.
            Err(CallError::Provider(AiError::Cancelled)) => failed(DraftProblem::Interrupted),
            Err(error) => failed(problem(error)),
        };
        if let DraftEnd::Failed { problem, nonsense, .. } = &end {
            tracing::info!(draft = %self.id, %problem, nonsense, "no draft came of it");
        }
        for attempt in 1..=TRIES {
            match self.d.store.finish_draft(self.id, &end, cost, self.d.clock.now()).await {
                Ok(()) => return,
                Err(error) if attempt == TRIES => {
                    tracing::warn!(%error, draft = %self.id, "a draft is lost: it cannot be kept");
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    async fn write(&self, sheet: &Mutex<Sheet>) -> Result<Done<Answer>, CallError> {
        let (d, stop) = (&self.d, CancellationToken::new());
        let ask = self.prompt.ask(&self.model, MOST_TOKENS);
        let checker = Checker::new(&self.ground, &self.prompt);
        let heard = |piece: &str| {
            let mut sheet = sheet.lock().unwrap_or_else(PoisonError::into_inner);
            for sentence in sheet.stream.push(piece, &self.prompt) {
                sheet.sentences.extend(checker.sentence(&sentence));
            }
        };
        let patience = Patience::for_answer();
        let call = ai::stream(d, self.provider, AiPurpose::Draft, &ask, patience, &stop, &heard);
        let stopped = async {
            d.stop.cancelled().await;
            stop.cancel();
            std::future::pending::<Infallible>().await
        };
        // Side by side, and none inside another's branch: a call that is put down in the middle of a transaction would keep SQLite's one
        // writing connection from whoever looks.
        tokio::select! {
            done = call => done,
            never = self.look_after(sheet, &stop) => match never {},
            never = stopped => match never {},
        }
    }

    /// Keeps what is written so far, and stops the call when the draft is not wanted any more.
    async fn look_after(&self, sheet: &Mutex<Sheet>, stop: &CancellationToken) -> Infallible {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut kept, mut looks) = (0, 0_u32);
        loop {
            ticks.tick().await;
            looks = looks.wrapping_add(1);
            let sentences = sheet.lock().unwrap_or_else(PoisonError::into_inner).sentences.clone();
            if sentences.len() > kept || looks.is_multiple_of(LOOKS_PER_SIGN) {
                let now = self.d.clock.now();
                // What cannot be kept now is kept at the next look.
                if self.d.store.keep_draft(self.id, &sentences, now + SILENT_FOR, now).await.is_ok() {
                    kept = sentences.len();
                }
            }
            if matches!(self.d.store.is_draft_running(self.id).await, Ok(false)) {
                stop.cancel();
            }
        }
    }
}

/// Why there is no draft.
fn problem(error: &CallError) -> DraftProblem {
    match error {
        CallError::NoKey => DraftProblem::NoKey,
        CallError::NoBaseUrl => DraftProblem::NoBaseUrl,
        CallError::OverBudget { .. } => DraftProblem::BudgetSpent,
        CallError::NoPrice => DraftProblem::NoPrice,
        CallError::Store(_) => DraftProblem::Database,
        CallError::Provider(error) => match error {
            AiError::InvalidKey => DraftProblem::InvalidKey,
            AiError::ModelNotFound { .. } => DraftProblem::ModelNotFound,
            AiError::QuotaExhausted => DraftProblem::QuotaExhausted,
            AiError::RateLimited { .. } => DraftProblem::RateLimited,
            AiError::TooLong => DraftProblem::TooLong,
            AiError::Declined => DraftProblem::Declined,
            AiError::Transport { .. } => DraftProblem::Unreachable,
            AiError::Timeout => DraftProblem::Slow,
            AiError::Protocol => DraftProblem::BadAnswer,
            AiError::PrivateAddress => DraftProblem::PrivateAddress,
            AiError::Cancelled => DraftProblem::Interrupted,
            AiError::Forbidden { .. }
            | AiError::UnsupportedParameter { .. }
            | AiError::Rejected { .. }
            | AiError::Server { .. } => DraftProblem::ProviderError,
        },
    }
}

/// Drafts with the past cases that they name.
async fn shown(d: &Domain, stored: Vec<StoredDraft>) -> Result<Vec<Draft>, Problem> {
    let named: Vec<PairId> = stored.iter().flat_map(named).collect();
    let pairs = d.store.pairs_by_id(&named).await?;
    Ok(stored.into_iter().map(|draft| of_stored(draft, &pairs)).collect())
}

/// The past cases that a draft names, each once, in the order in which it names them first.
fn named(draft: &StoredDraft) -> Vec<PairId> {
    let of_template = draft.template.iter().map(|template| template.case);
    let of_sentences = draft.content.sentences.iter().flat_map(|sentence| sentence.sources.iter().copied());
    let mut named: Vec<PairId> = Vec::new();
    for pair in of_template.chain(of_sentences) {
        if !named.contains(&pair) {
            named.push(pair);
        }
    }
    named
}

fn of_stored(draft: StoredDraft, pairs: &BTreeMap<PairId, TrainingPair>) -> Draft {
    let source = |id: PairId| {
        let pair = pairs.get(&id);
        let offered = draft.cases.iter().find(|case| case.pair == id);
        DraftSource {
            pair_id: id,
            nearness: offered.map_or(0, |case| case.nearness),
            thread_id: pair.and_then(|pair| pair.email_thread_id),
            subject: pair.and_then(|pair| pair.subject.clone()),
            replied_at: pair.and_then(|pair| pair.reply_sent_at),
            is_approved: pair.is_some_and(|pair| pair.status == PairStatus::Approved),
        }
    };
    let (input_tokens, output_tokens) = draft.cost.tokens.unzip();
    Draft {
        sources: named(&draft).into_iter().map(source).collect(),
        id: draft.id,
        thread_id: draft.thread,
        integration_account_id: draft.account,
        question_message_id: draft.question,
        kind: draft.kind,
        state: draft.state,
        problem: draft.problem,
        nonsense: draft.nonsense,
        cases: u32::try_from(draft.cases.len()).unwrap_or(u32::MAX),
        content: draft.content,
        template: draft.template,
        note: draft.note,
        replaces: draft.replaces,
        asked_by: draft.asked_by,
        provider_code: draft.provider,
        model: draft.model,
        hidden: draft.hidden,
        is_shortened: draft.is_shortened,
        input_tokens,
        output_tokens,
        cost_micros: draft.cost.micros,
        created_at: draft.created_at,
        updated_at: draft.updated_at,
        finished_at: draft.finished_at,
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A share in whole percent.
fn percent(share: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let percent = (share * 100.0).round().clamp(0.0, 100.0) as u8;
    percent
}
