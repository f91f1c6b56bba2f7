//! Conversations: what a thread's mail says of them is written together with the thread's pairs, what people say beside it. Where a
//! conversation stands is made of both, in the transaction that changes either.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor},
    audit::record,
    bulk::push_list,
    cursor, reading,
    threads::saving::search_for,
    writing,
};
use crate::types::{
    AccountId, AuditAction, Conversation, ConversationCounts, ConversationFilter, ConversationNote, ConversationNoteId,
    ConversationOwner, ConversationSeen, ConversationState, Direction, MessageId, ThreadId, UserId,
};

/// What comes later is new if it was sent after the last word that was known, or no more than this before it: clocks are wrong, and servers
/// wait. What is older was only not here: older mail is being fetched.
const LATE: TimeDelta = TimeDelta::days(3);
/// Conversations that wake in one transaction.
const WOKEN_AT_A_TIME: i64 = 200;

/// Something that was said in a conversation and counts: not a mere "thank you".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationMove {
    pub at: DateTime<Utc>,
    /// When it came here, into whichever mailbox first.
    pub stored_at: DateTime<Utc>,
    /// A client asks for something.
    pub is_ask: bool,
}

/// What the mail of a thread says about the conversation in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFacts {
    /// The mailbox that the client wrote to last.
    pub account: AccountId,
    pub client_name: Option<String>,
    pub client_address: Option<String>,
    pub language: Option<String>,
    /// The last word.
    pub last_message: MessageId,
    pub last_by: Direction,
    pub last_text: String,
    pub last_at: DateTime<Utc>,
    /// Since when a client waits for an answer.
    pub asked_at: Option<DateTime<Utc>>,
    pub moves: Vec<ConversationMove>,
    /// When the newest of its mail came here.
    pub known_until: DateTime<Utc>,
}

impl ConversationFacts {
    /// Where it stands by its mail alone.
    fn mail_state(&self) -> ConversationState {
        if self.asked_at.is_some() { ConversationState::NeedsReply } else { ConversationState::Waiting }
    }

    /// Whether something new was said since the mail that came until `known`.
    fn has_moved(&self, known: DateTime<Utc>, only_asks: bool) -> bool {
        let last_known = self.moves.iter().filter(|one| one.stored_at <= known).map(|one| one.at).max();
        let since = last_known.and_then(|at| at.checked_sub_signed(LATE)).unwrap_or(DateTime::<Utc>::MIN_UTC);
        self.moves.iter().any(|one| one.stored_at > known && one.at >= since && (one.is_ask || !only_asks))
    }

    /// Where it stands with what people said about it, and whether their archiving and their snoozing still hold.
    fn standing(&self, said: &Said) -> (ConversationState, bool, bool) {
        let snoozed = said.snoozed_known.filter(|_| said.snoozed_until.is_some());
        let is_archived = said.archived_known.is_some_and(|known| !self.has_moved(known, false));
        let is_snoozed = snoozed.is_some_and(|known| !self.has_moved(known, true));
        let state = match (is_archived, is_snoozed) {
            (true, _) => ConversationState::Archived,
            (false, true) => ConversationState::Snoozed,
            (false, false) => self.mail_state(),
        };
        (state, is_archived, is_snoozed)
    }
}

/// What people said about a conversation, as far as new mail can end it.
#[derive(Debug, Clone, Copy, Default, FromRow)]
pub(in crate::store) struct Said {
    pub(in crate::store) email_thread_id: Option<ThreadId>,
    archived_known: Option<DateTime<Utc>>,
    snoozed_until: Option<DateTime<Utc>>,
    snoozed_known: Option<DateTime<Utc>>,
}

/// What is written of a conversation whose mail was looked at.
pub(in crate::store) struct Noted<'f> {
    pub(in crate::store) facts: &'f ConversationFacts,
    pub(in crate::store) mail_state: ConversationState,
    pub(in crate::store) state: ConversationState,
    pub(in crate::store) is_archived: bool,
    pub(in crate::store) is_snoozed: bool,
}

impl<'f> Noted<'f> {
    pub(in crate::store) fn of(facts: &'f ConversationFacts, said: Option<&Said>) -> Self {
        let (state, is_archived, is_snoozed) = facts.standing(said.unwrap_or(&Said::default()));
        Self { facts, mail_state: facts.mail_state(), state, is_archived, is_snoozed }
    }
}

/// Notes what the mail of threads says about the conversations in them: `(thread, facts)`, `None` where no client takes part. For use
/// inside a transaction that holds the threads.
macro_rules! note_conversations {
    ($tx:expr, $threads:expr, $now:expr) => {{
        use $crate::store::conversations::{Noted, Said};
        let threads: &[(ThreadId, Option<&ConversationFacts>)] = $threads;
        let ids: Vec<ThreadId> = threads.iter().map(|(id, _)| *id).collect();
        let none: Vec<ThreadId> =
            threads.iter().filter(|(_, facts)| facts.is_none()).map(|(id, _)| *id).collect();
        if !none.is_empty() {
            let mut query = sqlx::QueryBuilder::new("DELETE FROM conversations WHERE email_thread_id IN ");
            $crate::store::bulk::push_list(&mut query, &none);
            query.build().execute(&mut *$tx).await?;
        }
        let mut query = sqlx::QueryBuilder::new(
            "SELECT email_thread_id, archived_known, snoozed_until, snoozed_known
             FROM conversations WHERE email_thread_id IN ",
        );
        $crate::store::bulk::push_list(&mut query, &ids);
        query.push(" ORDER BY email_thread_id ").push($tx.for_update());
        let said: Vec<Said> = query.build_query_as().fetch_all(&mut *$tx).await?;
        let noted: Vec<(ThreadId, Noted<'_>)> = threads
            .iter()
            .filter_map(|(id, facts)| {
                let said = said.iter().find(|one| one.email_thread_id == Some(*id));
                Some((*id, Noted::of((*facts)?, said)))
            })
            .collect();
        for rows in $crate::store::bulk::slices(&noted) {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO conversations (email_thread_id, integration_account_id, state, mail_state, client_name, client_address,
                   language, last_message_id, last_by, last_text, last_at, asked_at, known_until, updated_at,
                   archived_at, snoozed_at) ",
            );
            query.push_values(rows, |mut row, (id, noted)| {
                let facts = noted.facts;
                row.push_bind(*id).push_bind(facts.account).push_bind(noted.state.as_str());
                row.push_bind(noted.mail_state.as_str()).push_bind(&facts.client_name).push_bind(&facts.client_address);
                row.push_bind(&facts.language).push_bind(facts.last_message).push_bind(facts.last_by.as_str());
                row.push_bind(&facts.last_text).push_bind(facts.last_at).push_bind(facts.asked_at);
                row.push_bind(facts.known_until).push_bind($now);
                // Not the times themselves: whether those that are there stay.
                row.push_bind(noted.is_archived.then_some($now)).push_bind(noted.is_snoozed.then_some($now));
            });
            query.push(
                " ON CONFLICT (email_thread_id) DO UPDATE SET integration_account_id = excluded.integration_account_id,
                    state = excluded.state, mail_state = excluded.mail_state, client_name = excluded.client_name,
                    client_address = excluded.client_address, language = excluded.language,
                    last_message_id = excluded.last_message_id, last_by = excluded.last_by, last_text = excluded.last_text,
                    last_at = excluded.last_at, asked_at = excluded.asked_at, known_until = excluded.known_until,
                    updated_at = excluded.updated_at,
                    archived_by = CASE WHEN excluded.archived_at IS NULL THEN NULL ELSE conversations.archived_by END,
                    archived_known = CASE WHEN excluded.archived_at IS NULL THEN NULL ELSE conversations.archived_known END,
                    archived_at = CASE WHEN excluded.archived_at IS NULL THEN NULL ELSE conversations.archived_at END,
                    snoozed_by = CASE WHEN excluded.snoozed_at IS NULL THEN NULL ELSE conversations.snoozed_by END,
                    snoozed_known = CASE WHEN excluded.snoozed_at IS NULL THEN NULL ELSE conversations.snoozed_known END,
                    snoozed_until = CASE WHEN excluded.snoozed_at IS NULL THEN NULL ELSE conversations.snoozed_until END,
                    snoozed_at = CASE WHEN excluded.snoozed_at IS NULL THEN NULL ELSE conversations.snoozed_at END",
            );
            query.build().execute(&mut *$tx).await?;
        }
        let mut query =
            sqlx::QueryBuilder::new("UPDATE emails_threads SET conversation_noted = TRUE WHERE NOT conversation_noted AND id IN ");
        $crate::store::bulk::push_list(&mut query, &ids);
        query.build().execute(&mut *$tx).await?;
    }};
}
pub(in crate::store) use note_conversations;

/// What people said about a conversation goes on with the thread that absorbs its own. For use inside a transaction, before the absorbed
/// thread is deleted.
macro_rules! conversation_moves {
    ($tx:expr, $absorbed:expr, $surviving:expr) => {{
        // What the surviving one has already stays so. Whoever was to answer, or archived one of them, is asked about both.
        for sql in [
            "UPDATE conversations SET (assigned_to, assigned_by, assigned_at) =
               (SELECT o.assigned_to, o.assigned_by, o.assigned_at FROM conversations o WHERE o.email_thread_id = $1)
             WHERE email_thread_id = $2 AND assigned_to IS NULL
               AND EXISTS (SELECT 1 FROM conversations o WHERE o.email_thread_id = $1)",
            "UPDATE conversations SET email_thread_id = $2 WHERE email_thread_id = $1
               AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.email_thread_id = $2)",
            "UPDATE conversation_notes SET email_thread_id = $2 WHERE email_thread_id = $1",
            "UPDATE conversation_seen SET email_thread_id = $2 WHERE email_thread_id = $1 AND NOT EXISTS
               (SELECT 1 FROM conversation_seen o WHERE o.email_thread_id = $2 AND o.user_id = conversation_seen.user_id)",
        ] {
            sqlx::query(sql).bind($absorbed).bind($surviving).execute(&mut *$tx).await?;
        }
    }};
}
pub(in crate::store) use conversation_moves;

/// What becomes of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationChange {
    Done,
    /// It is so already.
    Unchanged,
    Unknown,
    /// It is not as it was when it was looked at.
    Overtaken,
    /// There is nobody with this id who can answer.
    Nobody,
}

#[derive(FromRow)]
struct Row {
    id: ThreadId,
    #[sqlx(try_from = "String")]
    state: ConversationState,
    subject: Option<String>,
    client_name: Option<String>,
    client_address: Option<String>,
    language: Option<String>,
    integration_account_id: AccountId,
    account_name: String,
    message_count: i32,
    last_text: String,
    #[sqlx(try_from = "String")]
    last_by: Direction,
    last_at: DateTime<Utc>,
    last_message_id: MessageId,
    asked_at: Option<DateTime<Utc>>,
    assigned_to: Option<UserId>,
    assigned_name: Option<String>,
    snoozed_until: Option<DateTime<Utc>>,
    snoozed_name: Option<String>,
    archived_at: Option<DateTime<Utc>>,
    archived_name: Option<String>,
    known_until: DateTime<Utc>,
    seen_until: Option<DateTime<Utc>>,
    notes: i64,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            state: row.state,
            subject: row.subject,
            client_name: row.client_name,
            client_address: row.client_address,
            language: row.language,
            integration_account_id: row.integration_account_id,
            account_name: row.account_name,
            message_count: row.message_count,
            last_text: row.last_text,
            last_by: row.last_by,
            last_at: row.last_at,
            last_message_id: row.last_message_id,
            waiting_since: row.asked_at,
            assigned_to_id: row.assigned_to,
            assigned_to: row.assigned_name,
            snoozed_until: row.snoozed_until,
            snoozed_by: row.snoozed_name,
            archived_at: row.archived_at,
            archived_by: row.archived_name,
            unread: row.state == ConversationState::NeedsReply
                && row.seen_until.is_none_or(|seen| seen < row.known_until),
            notes: row.notes,
        }
    }
}

/// Of conversations `c`, for the person who is bound next.
const SELECT: &str = "SELECT c.email_thread_id AS id, c.state, t.subject, c.client_name, c.client_address, c.language,
    c.integration_account_id, a.display_name AS account_name, t.message_count, c.last_text, c.last_by, c.last_at,
    c.last_message_id, c.asked_at, c.assigned_to, u.display_name AS assigned_name, c.snoozed_until,
    s.display_name AS snoozed_name, c.archived_at, r.display_name AS archived_name, c.known_until,
    (SELECT COUNT(*) FROM conversation_notes n WHERE n.email_thread_id = c.email_thread_id) AS notes,
    (SELECT k.known_until FROM conversation_seen k WHERE k.email_thread_id = c.email_thread_id AND k.user_id = ";
const FROM: &str = ") AS seen_until FROM conversations c JOIN emails_threads t ON t.id = c.email_thread_id
    JOIN integrations_accounts a ON a.id = c.integration_account_id
    LEFT JOIN users u ON u.id = c.assigned_to LEFT JOIN users s ON s.id = c.snoozed_by
    LEFT JOIN users r ON r.id = c.archived_by WHERE c.email_thread_id IN ";

/// Holds a conversation, and tells what its last word is.
macro_rules! held {
    ($tx:expr, $id:expr) => {{
        let sql = format!(
            "SELECT state, last_message_id, assigned_to, snoozed_until FROM conversations WHERE email_thread_id = $1 {}",
            $tx.for_update()
        );
        sqlx::query_as::<_, Held>(sqlx::AssertSqlSafe(sql)).bind($id).fetch_optional(&mut *$tx).await?
    }};
}

/// Says that something of a conversation changed.
macro_rules! touch {
    ($tx:expr, $id:expr, $at:expr) => {
        sqlx::query("UPDATE conversations SET updated_at = $2 WHERE email_thread_id = $1")
            .bind($id)
            .bind($at)
            .execute(&mut *$tx)
            .await?
    };
}

#[derive(FromRow)]
struct Held {
    #[sqlx(try_from = "String")]
    state: ConversationState,
    last_message_id: MessageId,
    assigned_to: Option<UserId>,
    snoozed_until: Option<DateTime<Utc>>,
}

impl Held {
    fn is_overtaken(&self, seen: ConversationSeen) -> bool {
        seen.last_message_id.is_some_and(|last| last != self.last_message_id)
            || seen.state.is_some_and(|state| state != self.state)
            || seen.assigned_to.is_some_and(|to| to != self.assigned_to)
    }
}

impl Store {
    /// Wakes the conversations whose time has come.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn wake_conversations(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let due: Vec<ThreadId> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT email_thread_id FROM conversations WHERE state = 'snoozed' AND snoozed_until <= $1
                 ORDER BY snoozed_until LIMIT $2",
            )
            .bind(now).bind(WOKEN_AT_A_TIME).fetch_all(db).await?
        });
        if due.is_empty() {
            return Ok(0);
        }
        Ok(writing!(self, tx => {
            let mut query = QueryBuilder::new(
                "UPDATE conversations SET state = mail_state, snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL,
                   snoozed_known = NULL, updated_at = ",
            );
            query.push_bind(now).push(" WHERE state = 'snoozed' AND snoozed_until <= ").push_bind(now);
            query.push(" AND email_thread_id IN ");
            push_list(&mut query, &due);
            query.build().execute(&mut *tx).await?.rows_affected()
        }))
    }

    /// A page of conversations as `me` sees them, and the cursor after it.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`]. When the database cannot be read.
    pub async fn list_conversations(
        &self,
        filter: &ConversationFilter,
        me: Option<UserId>,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<(Vec<Conversation>, Option<String>), StoreError> {
        let after = cursor.map(cursor::parse::<ThreadId>).transpose()?;
        let mut page = self.page_of_conversations(filter, after, limit + 1).await?;
        let length = usize::try_from(limit).unwrap_or(0);
        let has_more = page.len() > length;
        page.truncate(length);
        let next = page.last().filter(|_| has_more).map(|(at, id)| cursor::after(*at, *id));
        let ids: Vec<ThreadId> = page.iter().map(|(_, id)| *id).collect();
        let mut found: BTreeMap<ThreadId, Conversation> =
            self.conversations_of(&ids, me).await?.into_iter().map(|one| (one.id, one)).collect();
        Ok((ids.iter().filter_map(|id| found.remove(id)).collect(), next))
    }

    async fn conversations_of(&self, ids: &[ThreadId], me: Option<UserId>) -> Result<Vec<Conversation>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push_bind(me).push(FROM);
            push_list(&mut query, ids);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The times and ids of a page, from one index that has their order; of a search from that of the words.
    async fn page_of_conversations(
        &self,
        filter: &ConversationFilter,
        after: Option<(DateTime<Utc>, ThreadId)>,
        limit: i64,
    ) -> Result<Vec<(DateTime<Utc>, ThreadId)>, StoreError> {
        let is_sqlite = self.backend() == "sqlite";
        let search = match &filter.text {
            None => None,
            Some(text) => match search_for(text, None, is_sqlite) {
                None => return Ok(Vec::new()),
                search => search,
            },
        };
        let (at, is_before, order) =
            if filter.longest_waiting { ("c.asked_at", ">", "") } else { ("c.last_at", "<", "DESC") };
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(format!("SELECT {at}, c.email_thread_id FROM conversations c"));
            match &search {
                Some(search) if is_sqlite => {
                    query.push(
                        " WHERE c.email_thread_id IN (SELECT t.id FROM emails_thread_words CROSS JOIN emails_threads t
                            WHERE t.place = emails_thread_words.rowid AND emails_thread_words MATCH ",
                    );
                    query.push_bind(search).push(")");
                }
                Some(search) => {
                    query.push(" WHERE c.email_thread_id IN (SELECT w.email_thread_id FROM emails_thread_words w WHERE w.words @@ ");
                    query.push_bind(search).push("::tsquery)");
                }
                None => {
                    query.push(" WHERE TRUE");
                }
            }
            let state = if filter.longest_waiting { Some(ConversationState::NeedsReply) } else { filter.state };
            if let Some(state) = state {
                query.push(" AND c.state = ").push_bind(state.as_str());
            }
            if let Some(account) = filter.account {
                query.push(" AND c.integration_account_id = ").push_bind(account);
            }
            match filter.owner {
                None => {}
                Some(ConversationOwner::Nobody) => {
                    query.push(" AND c.assigned_to IS NULL");
                }
                Some(ConversationOwner::User(user)) => {
                    query.push(" AND c.assigned_to = ").push_bind(user);
                }
            }
            if filter.longest_waiting {
                query.push(" AND c.asked_at IS NOT NULL");
            }
            if let Some((last, id)) = after {
                query.push(format_args!(" AND ({at}, c.email_thread_id) {is_before} ("));
                query.push_bind(last).push(", ").push_bind(id).push(")");
            }
            query.push(format_args!(" ORDER BY {at} {order}, c.email_thread_id {order} LIMIT ")).push_bind(limit);
            query.build_query_as().persistent(is_sqlite || search.is_none()).fetch_all(db).await?
        }))
    }

    /// When anything of a conversation changed last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversations_changed_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT updated_at FROM conversations ORDER BY updated_at DESC LIMIT 1").fetch_optional(db).await?
        }))
    }

    /// One of them, as `me` sees it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation(&self, id: ThreadId, me: Option<UserId>) -> Result<Option<Conversation>, StoreError> {
        Ok(self.conversations_of(&[id], me).await?.pop())
    }

    /// How many there are of each state, in a mailbox or in all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_counts(&self, account: Option<AccountId>) -> Result<ConversationCounts, StoreError> {
        let rows: Vec<(String, i64)> = reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT c.what, CAST(SUM(c.number) AS BIGINT) FROM account_counts c WHERE c.what IN
                   ('conversation_needs_reply', 'conversation_waiting', 'conversation_snoozed', 'conversation_archived')",
            );
            if let Some(account) = account {
                query.push(" AND c.integration_account_id = ").push_bind(account);
            }
            query.push(" GROUP BY c.what");
            query.build_query_as().fetch_all(db).await?
        });
        let of = |what: &str| rows.iter().find(|(name, _)| name == what).map_or(0, |(_, count)| *count);
        Ok(ConversationCounts {
            needs_reply: of("conversation_needs_reply"),
            waiting: of("conversation_waiting"),
            snoozed: of("conversation_snoozed"),
            archived: of("conversation_archived"),
        })
    }

    /// Of those that need a reply, how many nobody has, and since when the client waits who waits the longest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn waiting_conversations(&self) -> Result<(i64, Option<DateTime<Utc>>), StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT (SELECT COUNT(*) FROM conversations WHERE assigned_to IS NULL AND state = 'needs_reply'),
                   (SELECT MIN(asked_at) FROM conversations WHERE state = 'needs_reply' AND asked_at IS NOT NULL)",
            )
            .fetch_one(db).await?
        }))
    }

    /// How long the latest replies since a time took, in seconds, at most `limit` of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reply_times(&self, since: DateTime<Utc>, limit: i64) -> Result<Vec<i64>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT responded_after_seconds FROM ai_training_pairs WHERE replied_at >= $1
                   AND responded_after_seconds IS NOT NULL ORDER BY replied_at DESC LIMIT $2",
            )
            .bind(since).bind(limit).fetch_all(db).await?
        }))
    }

    /// Puts a conversation into the archive, or takes it out. `seen` is what was looked at.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn archive_conversation(
        &self,
        id: ThreadId,
        archived: bool,
        seen: ConversationSeen,
        act: impl Into<Act>,
    ) -> Result<ConversationChange, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let Some(held) = held!(tx, id) else { return Ok(ConversationChange::Unknown) };
            if (held.state == ConversationState::Archived) == archived {
                return Ok(ConversationChange::Unchanged);
            }
            if held.is_overtaken(seen) {
                return Ok(ConversationChange::Overtaken);
            }
            let (sql, action) = if archived {
                (
                    "UPDATE conversations SET state = 'archived', archived_by = $3, archived_at = $2, archived_known = known_until,
                       snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL, snoozed_known = NULL, updated_at = $2
                     WHERE email_thread_id = $1",
                    AuditAction::ConversationArchived,
                )
            } else {
                (
                    "UPDATE conversations SET state = mail_state, archived_by = NULL, archived_at = NULL, archived_known = NULL,
                       updated_at = $2 WHERE email_thread_id = $1",
                    AuditAction::ConversationReopened,
                )
            };
            let mut query = sqlx::query(sql).bind(id).bind(act.at);
            if archived {
                query = query.bind(act.by.user);
            }
            query.execute(&mut *tx).await?;
            record!(tx, act, action, Record { target: Some(id.to_string()), ..Record::default() });
            ConversationChange::Done
        }))
    }

    /// Puts a conversation off until a time, or ends that. `seen` is what was looked at.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn snooze_conversation(
        &self,
        id: ThreadId,
        until: Option<DateTime<Utc>>,
        seen: ConversationSeen,
        act: impl Into<Act>,
    ) -> Result<ConversationChange, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let Some(held) = held!(tx, id) else { return Ok(ConversationChange::Unknown) };
            let is_so = match until {
                Some(_) => held.state == ConversationState::Snoozed && held.snoozed_until == until,
                None => held.state != ConversationState::Snoozed,
            };
            if is_so {
                return Ok(ConversationChange::Unchanged);
            }
            if held.is_overtaken(seen) {
                return Ok(ConversationChange::Overtaken);
            }
            let mut query = QueryBuilder::new("UPDATE conversations SET archived_by = NULL, archived_at = NULL, archived_known = NULL, updated_at = ");
            query.push_bind(act.at);
            if until.is_some() {
                query.push(", state = 'snoozed', snoozed_known = known_until, snoozed_until = ").push_bind(until);
                query.push(", snoozed_by = ").push_bind(act.by.user).push(", snoozed_at = ").push_bind(act.at);
            } else {
                query.push(", state = mail_state, snoozed_known = NULL, snoozed_until = NULL, snoozed_by = NULL, snoozed_at = NULL");
            }
            query.push(" WHERE email_thread_id = ").push_bind(id);
            query.build().execute(&mut *tx).await?;
            record!(tx, act, AuditAction::ConversationSnoozed, Record {
                target: Some(id.to_string()),
                to: until.map(|until| until.to_rfc3339()),
                ..Record::default()
            });
            ConversationChange::Done
        }))
    }

    /// Says who is to answer, or that nobody is.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn assign_conversation(
        &self,
        id: ThreadId,
        to: Option<UserId>,
        seen: ConversationSeen,
        act: impl Into<Act>,
    ) -> Result<ConversationChange, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let name = match to {
                Some(to) => {
                    // Nobody shuts them out before it is theirs: they would keep it.
                    let sql = format!(
                        "SELECT email FROM users WHERE id = $1 AND active AND role IN ('admin', 'reviewer') {}",
                        tx.for_update()
                    );
                    let name: Option<String> =
                        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(to).fetch_optional(&mut *tx).await?;
                    if name.is_none() {
                        return Ok(ConversationChange::Nobody);
                    }
                    name
                }
                None => None,
            };
            let Some(held) = held!(tx, id) else { return Ok(ConversationChange::Unknown) };
            if held.assigned_to == to {
                return Ok(ConversationChange::Unchanged);
            }
            if held.is_overtaken(seen) {
                return Ok(ConversationChange::Overtaken);
            }
            let before: Option<String> = match held.assigned_to {
                Some(before) => {
                    sqlx::query_scalar("SELECT email FROM users WHERE id = $1").bind(before).fetch_optional(&mut *tx).await?
                }
                None => None,
            };
            sqlx::query(
                "UPDATE conversations SET assigned_to = $2, assigned_by = $3, assigned_at = $4, updated_at = $4
                 WHERE email_thread_id = $1",
            )
            .bind(id).bind(to).bind(act.by.user.filter(|_| to.is_some())).bind(act.at).execute(&mut *tx).await?;
            record!(tx, act, AuditAction::ConversationAssigned, Record {
                target: Some(id.to_string()),
                from: before,
                to: name,
                ..Record::default()
            });
            ConversationChange::Done
        }))
    }

    /// Writes a note about a conversation.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn write_conversation_note(
        &self,
        id: ThreadId,
        text: &str,
        act: impl Into<Act>,
    ) -> Result<Option<ConversationNoteId>, StoreError> {
        let act: Act = act.into();
        let note = ConversationNoteId::new();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            if held!(tx, id).is_none() {
                return Ok(None);
            }
            sqlx::query(
                "INSERT INTO conversation_notes (id, email_thread_id, written_by, text, written_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(note).bind(id).bind(act.by.user).bind(text).bind(act.at).execute(&mut *tx).await?;
            touch!(tx, id, act.at);
            Some(note)
        }))
    }

    /// The notes about a conversation, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn conversation_notes(&self, id: ThreadId) -> Result<Vec<ConversationNote>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT n.id, n.text, u.display_name AS written_by, n.written_by AS written_by_id, n.written_at
                 FROM conversation_notes n LEFT JOIN users u ON u.id = n.written_by WHERE n.email_thread_id = $1
                 ORDER BY n.written_at, n.id",
            )
            .bind(id).fetch_all(db).await?
        }))
    }

    /// Deletes a note. `only_of`: only if this person wrote it. `false` where there is no such note, or it is another's.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn delete_conversation_note(
        &self,
        id: ThreadId,
        note: ConversationNoteId,
        only_of: Option<UserId>,
        act: impl Into<Act>,
    ) -> Result<bool, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Reviewer);
            let mut query = QueryBuilder::new("DELETE FROM conversation_notes WHERE id = ");
            query.push_bind(note).push(" AND email_thread_id = ").push_bind(id);
            if let Some(user) = only_of {
                query.push(" AND written_by = ").push_bind(user);
            }
            if query.build().execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            touch!(tx, id, act.at);
            record!(tx, act, AuditAction::ConversationNoteDeleted, Record { target: Some(id.to_string()), ..Record::default() });
            true
        }))
    }

    /// Notes that somebody has seen a conversation up to its newest mail.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn see_conversation(&self, id: ThreadId, by: UserId) -> Result<(), StoreError> {
        let is_seen: Option<bool> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM conversation_seen k WHERE k.user_id = $2 AND k.email_thread_id = c.email_thread_id
                   AND k.known_until >= c.known_until) FROM conversations c WHERE c.email_thread_id = $1",
            )
            .bind(id).bind(by).fetch_optional(db).await?
        });
        if is_seen != Some(false) {
            return Ok(());
        }
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO conversation_seen (user_id, email_thread_id, known_until)
                 SELECT u.id, c.email_thread_id, c.known_until FROM conversations c JOIN users u ON u.id = $2 WHERE c.email_thread_id = $1
                 ON CONFLICT (user_id, email_thread_id) DO UPDATE SET known_until = excluded.known_until",
            )
            .bind(id).bind(by).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Some threads whose conversations are still to be noted, after an update of the program.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn threads_without_conversations(&self, limit: i64) -> Result<Vec<ThreadId>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT id FROM emails_threads WHERE NOT conversation_noted ORDER BY id LIMIT $1")
                .bind(limit).fetch_all(db).await?
        }))
    }

    /// How many threads are still to be looked at.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_threads_without_conversations(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT COUNT(*) FROM emails_threads WHERE NOT conversation_noted").fetch_one(db).await?
        }))
    }

    /// Notes the conversations of threads that were not looked at yet. One that was saved meanwhile has been.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_conversations(
        &self,
        threads: &[(ThreadId, Option<ConversationFacts>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        writing!(self, tx => {
            let ids: Vec<ThreadId> = threads.iter().map(|(id, _)| *id).collect();
            let mut query = QueryBuilder::new("SELECT id FROM emails_threads WHERE NOT conversation_noted AND id IN ");
            push_list(&mut query, &ids);
            query.push(" ORDER BY id ").push(tx.for_update());
            let waiting: Vec<ThreadId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
            let noted: Vec<(ThreadId, Option<&ConversationFacts>)> = threads
                .iter()
                .filter(|(id, _)| waiting.contains(id))
                .map(|(id, facts)| (*id, facts.as_ref()))
                .collect();
            if !noted.is_empty() {
                note_conversations!(tx, &noted, now);
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(hour)
    }

    fn facts(moves: &[(i64, i64, bool)]) -> ConversationFacts {
        let moves: Vec<ConversationMove> = moves
            .iter()
            .map(|(sent, stored, is_ask)| ConversationMove { at: at(*sent), stored_at: at(*stored), is_ask: *is_ask })
            .collect();
        ConversationFacts {
            account: AccountId::new(),
            client_name: None,
            client_address: None,
            language: None,
            last_message: MessageId::new(),
            last_by: Direction::Incoming,
            last_text: String::new(),
            last_at: at(0),
            asked_at: moves.last().filter(|last| last.is_ask).map(|last| last.at),
            known_until: moves.iter().map(|one| one.stored_at).max().unwrap_or_default(),
            moves,
        }
    }

    fn archived(hour: i64) -> Said {
        Said { archived_known: Some(at(hour)), ..Said::default() }
    }

    #[test]
    fn what_is_archived_stays_so_until_somebody_says_something_new() {
        use ConversationState::{Archived, NeedsReply, Waiting};
        let state = |moves: &[(i64, i64, bool)]| facts(moves).standing(&archived(100)).0;
        assert_eq!(state(&[(90, 90, true)]), Archived);
        assert_eq!(state(&[(90, 90, true), (101, 102, true)]), NeedsReply);
        assert_eq!(state(&[(90, 90, true), (101, 102, false)]), Waiting);
        // It was sent before and came after, with a clock that is behind.
        assert_eq!(state(&[(90, 90, true), (60, 102, true)]), NeedsReply);
        // It was sent long before somebody archived what they had seen, and after that: a sync was late.
        assert_eq!(state(&[(-400, -400, true), (-300, 102, true)]), NeedsReply);
        // Mail of years ago that is fetched now is nothing new.
        assert_eq!(state(&[(-9_000, 102, true), (90, 90, true)]), Archived);
        assert_eq!(state(&[(-9_000, 102, true)]), NeedsReply);
    }

    #[test]
    fn what_is_snoozed_wakes_when_the_client_asks_and_not_when_we_write() {
        use ConversationState::{NeedsReply, Snoozed};
        let said = Said { snoozed_until: Some(at(500)), snoozed_known: Some(at(100)), ..Said::default() };
        let state = |moves: &[(i64, i64, bool)]| facts(moves).standing(&said).0;
        assert_eq!(state(&[(90, 90, true)]), Snoozed);
        assert_eq!(state(&[(90, 90, true), (101, 102, false)]), Snoozed);
        assert_eq!(state(&[(90, 90, true), (101, 102, true)]), NeedsReply);
    }
}
