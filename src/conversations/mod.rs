//! Conversations: threads with a client. Their mail says whose turn it is ([`facts`]); people say who answers, and what can wait.

mod facts;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use facts::facts;

use crate::{
    Domain,
    accounts::{self, our_addresses},
    mail::turns_text,
    pairs::{clean_thread, pairing_of},
    store::{Act, ConversationChange, ConversationFacts, StoreError},
    threads,
    types::{
        Actor, CONVERSATION_NOTE_LENGTH, ConflictCode, Conversation, ConversationDetail, ConversationFilter,
        ConversationNote, ConversationNoteId, ConversationPage, ConversationSeen, ConversationStats, InvalidCode,
        MessageId, NotFoundCode, Problem, SnoozeInput, ThreadId, User, UserId,
    },
};

/// Conversations of one page of the list.
pub const PER_PAGE: i64 = 25;
/// The longest search, in characters.
const MOST_SEARCH: usize = 200;
/// The longest time that a conversation can be put off.
const MOST_SNOOZED: TimeDelta = TimeDelta::days(366);
/// Replies that the median is taken of.
const MEDIAN_OF: i64 = 5_000;
/// The days that it is taken of.
const DAYS: i64 = 30;
/// Threads whose conversations are noted in one transaction.
const NOTED_AT_A_TIME: i64 = 20;

/// A page of conversations. `me` is whose unread ones are marked.
///
/// # Errors
/// `integration_account_not_found`; [`Problem::Invalid`] for a search that is too long, and for a cursor that no page gave out.
pub async fn list(
    d: &Domain,
    filter: &ConversationFilter,
    me: Option<UserId>,
    cursor: Option<&str>,
    limit: i64,
) -> Result<ConversationPage, Problem> {
    if filter.text.as_ref().is_some_and(|text| text.chars().count() > MOST_SEARCH) {
        return Err(Problem::invalid("q", InvalidCode::TooLong { most: MOST_SEARCH }));
    }
    if let Some(account) = filter.account {
        accounts::get(d, account).await?;
    }
    wake(d).await?;
    let (items, next_cursor) = d.store.list_conversations(filter, me, cursor, limit).await?;
    let counts = d.store.conversation_counts(filter.account).await?;
    let mut not_listed_yet = d.store.count_threads_without_conversations().await?;
    if filter.text.is_some() {
        not_listed_yet = not_listed_yet.max(d.store.count_threads_without_words().await?);
    }
    Ok(ConversationPage { items, limit, next_cursor, counts, not_listed_yet })
}

/// Those whose time has come need a reply, or wait, again.
///
/// # Errors
/// When the database cannot be used.
pub async fn wake(d: &Domain) -> Result<(), StoreError> {
    while d.store.wake_conversations(d.clock.now()).await? > 0 {}
    Ok(())
}

/// When anything of a conversation changed last.
///
/// # Errors
/// When the database cannot be used.
pub async fn changed_at(d: &Domain) -> Result<Option<DateTime<Utc>>, StoreError> {
    wake(d).await?;
    d.store.conversations_changed_at().await
}

/// One of them, without its mail.
///
/// # Errors
/// `conversation_not_found`.
pub async fn get(d: &Domain, id: ThreadId, me: Option<UserId>) -> Result<Conversation, Problem> {
    wake(d).await?;
    d.store.conversation(id, me).await?.ok_or_else(not_found)
}

/// A conversation with its mail: the latest `limit` messages, or those before the message `before`.
///
/// # Errors
/// `conversation_not_found`; as [`threads::thread`].
pub async fn open(
    d: &Arc<Domain>,
    id: ThreadId,
    me: Option<UserId>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<ConversationDetail, Problem> {
    let conversation = get(d, id, me).await?;
    let thread = threads::thread(d, id, before, limit).await?;
    let notes = d.store.conversation_notes(id).await?;
    Ok(ConversationDetail { conversation, thread, notes })
}

/// Notes that somebody has it open: to them it is not unread any more.
///
/// # Errors
/// When the database cannot be used.
pub async fn seen(d: &Domain, id: ThreadId, by: UserId) -> Result<(), StoreError> {
    d.store.see_conversation(id, by).await
}

/// Puts a conversation into the archive, or takes it out. It comes out by itself when somebody says something new. `seen` is what whoever
/// asks has seen of it, such as the last message.
///
/// # Errors
/// `conversation_not_found`; `conversation_changed_meanwhile`.
pub async fn archive(
    d: &Domain,
    by: Actor,
    id: ThreadId,
    archived: bool,
    seen: impl Into<ConversationSeen>,
) -> Result<Conversation, Problem> {
    let change = d.store.archive_conversation(id, archived, seen.into(), Act { by, at: d.clock.now() }).await?;
    changed(d, by, id, change, if archived { "archived" } else { "out of the archive" }).await
}

/// Puts a conversation off until a time, or ends that. It wakes sooner when the client asks for something.
///
/// # Errors
/// `conversation_not_found`; `conversation_changed_meanwhile`; [`Problem::Invalid`] for a time that has passed, or is more than a year ahead.
pub async fn snooze(d: &Domain, by: Actor, id: ThreadId, input: &SnoozeInput) -> Result<Conversation, Problem> {
    let now = d.clock.now();
    if input.until.is_some_and(|until| until <= now || until - now > MOST_SNOOZED) {
        return Err(Problem::invalid("until", InvalidCode::NotWithinAYear));
    }
    let seen = ConversationSeen { last_message_id: input.last_message_id, state: input.state, assigned_to: None };
    let change = d.store.snooze_conversation(id, input.until, seen, Act { by, at: now }).await?;
    changed(d, by, id, change, "snoozed").await
}

/// Says who is to answer, or that nobody is.
///
/// # Errors
/// `conversation_not_found`; `user_not_found` for somebody who cannot answer; `conversation_changed_meanwhile`.
pub async fn assign(
    d: &Domain,
    by: Actor,
    id: ThreadId,
    to: Option<UserId>,
    seen: impl Into<ConversationSeen>,
) -> Result<Conversation, Problem> {
    let change = d.store.assign_conversation(id, to, seen.into(), Act { by, at: d.clock.now() }).await?;
    changed(d, by, id, change, "assigned").await
}

async fn changed(
    d: &Domain,
    by: Actor,
    id: ThreadId,
    change: ConversationChange,
    what: &str,
) -> Result<Conversation, Problem> {
    match change {
        ConversationChange::Done => tracing::info!(%by, conversation = %id, what, "conversation changed"),
        ConversationChange::Unchanged => {}
        ConversationChange::Unknown => return Err(not_found()),
        ConversationChange::Overtaken => return Err(Problem::conflict(ConflictCode::ConversationChanged)),
        ConversationChange::Nobody => return Err(Problem::not_found(NotFoundCode::User)),
    }
    get(d, id, by.user).await
}

/// Writes a note that only the team reads.
///
/// # Errors
/// `conversation_not_found`; [`Problem::Invalid`] for one without text, or with too much of it.
pub async fn write_note(d: &Domain, by: Actor, id: ThreadId, text: &str) -> Result<Vec<ConversationNote>, Problem> {
    // Forms send two characters for the end of a line.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if is_blank(text) {
        return Err(Problem::invalid("text", InvalidCode::NoteMissing));
    }
    if text.chars().count() > CONVERSATION_NOTE_LENGTH {
        return Err(Problem::invalid("text", InvalidCode::TooLong { most: CONVERSATION_NOTE_LENGTH }));
    }
    let note = d.store.write_conversation_note(id, text, Act { by, at: d.clock.now() }).await?;
    let note = note.ok_or_else(not_found)?;
    tracing::info!(%by, conversation = %id, %note, "note written");
    Ok(d.store.conversation_notes(id).await?)
}

/// Whether nobody would see anything of a text: there may be characters in it that have no shape.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || turns_text(c)
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

/// Deletes a note of one's own; an admin any.
///
/// # Errors
/// `conversation_note_not_found`, also for another's.
pub async fn delete_note(
    d: &Domain,
    by: Actor,
    user: &User,
    id: ThreadId,
    note: ConversationNoteId,
) -> Result<(), Problem> {
    let only_of = (!user.is_admin()).then_some(user.id);
    if d.store.delete_conversation_note(id, note, only_of, Act { by, at: d.clock.now() }).await? {
        tracing::info!(%by, conversation = %id, %note, "note deleted");
        Ok(())
    } else {
        Err(Problem::not_found(NotFoundCode::ConversationNote))
    }
}

/// How the work stands.
///
/// # Errors
/// When the database cannot be read.
pub async fn stats(d: &Domain) -> Result<ConversationStats, Problem> {
    wake(d).await?;
    let counts = d.store.conversation_counts(None).await?;
    let (unassigned, longest_waiting_since) = d.store.waiting_conversations().await?;
    let mut times = d.store.reply_times(d.clock.now() - TimeDelta::days(DAYS), MEDIAN_OF).await?;
    times.sort_unstable();
    Ok(ConversationStats {
        counts,
        unassigned,
        longest_waiting_since,
        median_reply_seconds: times.get(times.len() / 2).copied(),
        replies: i64::try_from(times.len()).unwrap_or(i64::MAX),
        days: DAYS,
    })
}

/// Notes the conversation of every thread that was stored before conversations were noted. What is interrupted goes on where it was.
///
/// # Errors
/// When the database cannot be used.
pub async fn note(d: &Domain) -> Result<(), StoreError> {
    loop {
        let waiting = d.store.threads_without_conversations(NOTED_AT_A_TIME).await?;
        if waiting.is_empty() || d.stop.is_cancelled() {
            return Ok(());
        }
        let ours = our_addresses(d).await?;
        for parcel in d.store.parcels(&waiting).await? {
            let mut mail = d.store.mail_of_threads(&parcel).await?;
            let mut noted: Vec<(ThreadId, Option<ConversationFacts>)> = Vec::with_capacity(parcel.threads.len());
            for id in &parcel.threads {
                let mail = mail.remove(id).unwrap_or_default();
                let used = match mail.first() {
                    Some(first) => d.store.habits_used(first.account, &first.thread_id).await?,
                    None => BTreeMap::new(),
                };
                let thread = clean_thread(mail, |message| used.get(&message.id).cloned().unwrap_or_default());
                noted.push((*id, facts(&thread, &pairing_of(&thread, &ours), &ours)));
                tokio::task::yield_now().await;
            }
            d.store.note_conversations(&noted, d.clock.now()).await?;
        }
    }
}

fn not_found() -> Problem {
    Problem::not_found(NotFoundCode::Conversation)
}
