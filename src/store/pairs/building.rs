//! Storing the pairs that threads make.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Apply, KEPT_WITHOUT_MAIL, KeptSpan, NewPair, Regrouping, ThreadPairs, hold_pairs, mark_of,
    turns::{record_regrouping, write_marks},
};
use crate::{
    store::{
        Act, NewJob, Saved, Store, StoreError,
        bulk::{MOST_VALUES, light_slices, push_list, slices},
        conversations::{ConversationFacts, note_conversations},
        jobs::enqueue,
        reading,
        threads::saving::{
            Standing, first_place, mark_of_words, note_accounts, note_words, place_after, standings, with_accounts,
        },
        writing,
    },
    types::{AccountId, MessageId, PairId, PairLabels, PairStatus, RebuildReport, ThreadId},
};

#[derive(FromRow)]
struct StoredPair {
    id: PairId,
    integration_account_id: AccountId,
    thread_id: Option<String>,
    /// The thread across accounts that `thread_id` is part of.
    email_thread_id: Option<ThreadId>,
    our_reply_message_id: MessageId,
    client_message_id: MessageId,
    client_message_ids: Json<Vec<MessageId>>,
    reply_message_ids: Json<Vec<MessageId>>,
    client_text: String,
    our_reply_text: String,
    status: String,
    labels: Json<Value>,
    edited: bool,
    fresh_client_text: Option<String>,
    fresh_reply_text: Option<String>,
    source_gone: bool,
    /// Its mail was deleted at the provider and emptied here: the pair is all that is left of it.
    emptied: bool,
    kept_against: Option<String>,
}

impl StoredPair {
    /// A reviewer decided or edited it: it is not changed under them.
    fn is_fixed(&self) -> bool {
        self.edited || self.status != PairStatus::New.as_str()
    }

    /// The mark of the mail, if a reviewer kept the pair against just that.
    fn kept_against(&self, new: &NewPair) -> Option<String> {
        self.kept_against.clone().filter(|mark| *mark == mark_of(&new.client_text, &new.our_reply_text))
    }

    /// What the mail says now, where that differs from what the pair says and no reviewer has seen it yet.
    fn fresh(&self, new: &NewPair) -> (Option<String>, Option<String>) {
        if self.kept_against(new).is_some() {
            return (None, None);
        }
        let differs = |old: &str, new: &str| (old != new).then(|| new.to_owned());
        (differs(&self.client_text, &new.client_text), differs(&self.our_reply_text, &new.our_reply_text))
    }

    fn says(&self, new: &NewPair) -> bool {
        self.client_message_id == new.client_message_id
            && self.client_message_ids.0 == new.client_message_ids
            && self.reply_message_ids.0 == new.reply_message_ids
            && self.client_text == new.client_text
            && self.our_reply_text == new.our_reply_text
            && serde_json::to_value(&new.labels).is_ok_and(|labels| self.labels.0 == labels)
    }
}

/// Writes the summaries of the threads that nobody saved since they were linked, and raises their revisions. Gives their ids.
macro_rules! raise_revisions {
    ($tx:expr, $threads:expr, $standings:expr, $now:expr) => {{
        // In the order of their ids: two that lock in different orders wait for each other.
        let mut sorted: Vec<&ThreadPairs> = $threads.iter().collect();
        sorted.sort_by_key(|one| one.thread.id);
        let mut current: BTreeSet<ThreadId> = BTreeSet::new();
        for rows in slices(&sorted) {
            let mut query = QueryBuilder::new(
                "INSERT INTO emails_threads (id, revision, subject, first_message_at, last_message_at, message_count,
                   place, habits, created_at, updated_at) ",
            );
            query.push_values(rows, |mut row, one| {
                let summary = &one.summary;
                row.push_bind(one.thread.id).push_bind(one.thread.revision).push_bind(&summary.subject);
                row.push_bind(summary.first_message_at).push_bind(summary.last_message_at);
                row.push_bind(summary.message_count).push_bind($standings.get(&one.thread.id).and_then(|it| it.place));
                row.push_bind((!one.habits.is_empty()).then_some(Json(&one.habits))).push_bind($now).push_bind($now);
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET revision = emails_threads.revision + 1, subject = excluded.subject,
                    first_message_at = excluded.first_message_at, last_message_at = excluded.last_message_at,
                    message_count = excluded.message_count, place = excluded.place, habits = excluded.habits,
                    updated_at = excluded.updated_at
                  WHERE emails_threads.revision = excluded.revision RETURNING id, revision",
            );
            let written: Vec<(ThreadId, i64)> = query.build_query_as().fetch_all(&mut *$tx).await?;
            for (id, revision) in written {
                // A thread that became part of another one meanwhile is not made again.
                if rows.iter().any(|one| one.thread.id == id && one.thread.revision == revision) {
                    sqlx::query("DELETE FROM emails_threads WHERE id = $1").bind(id).execute(&mut *$tx).await?;
                } else {
                    current.insert(id);
                }
            }
        }
        current
    }};
}

/// Stored pairs by a condition that ends in `IN`.
macro_rules! stored_pairs {
    ($tx:expr, $which:literal, $values:expr) => {{
        let mut query = QueryBuilder::new(concat!(
            "SELECT t.id, t.integration_account_id, t.thread_id, part.email_thread_id, t.our_reply_message_id,
                    t.client_message_id, t.client_message_ids, t.reply_message_ids, t.client_text, t.our_reply_text, t.status,
                    t.labels, t.edited, t.fresh_client_text, t.fresh_reply_text, t.source_gone, t.kept_against,
                    EXISTS (SELECT 1 FROM emails_messages m
                      WHERE m.id IN (t.client_message_id, t.our_reply_message_id)
                        AND m.deleted_at IS NOT NULL AND m.body_text IS NULL AND m.body_html IS NULL) AS emptied
             FROM ai_training_pairs t LEFT JOIN emails_thread_parts part
               ON part.integration_account_id = t.integration_account_id AND part.thread_id = t.thread_id",
            $which
        ));
        push_list(&mut query, $values);
        // Held in the order in which everybody holds several pairs.
        let lock = $tx.for_update();
        if !lock.is_empty() {
            query.push(" ORDER BY t.id ").push(lock).push(" OF t");
        }
        let rows: Vec<StoredPair> = query.build_query_as().fetch_all(&mut *$tx).await?;
        rows
    }};
}

/// Makes a stored pair what its mail makes of it now.
macro_rules! put_pair {
    ($tx:expr, $old:expr, $new:expr, $report:expr, $now:expr) => {{
        let (old, new): (&StoredPair, &NewPair) = ($old, $new);
        if old.thread_id.as_ref() != Some(&new.thread_id) || old.integration_account_id != new.account {
            sqlx::query(
                "UPDATE ai_training_pairs SET integration_account_id = $2, thread_id = $3,
                   provider_id = (SELECT provider_id FROM integrations_accounts WHERE id = $2) WHERE id = $1",
            )
            .bind(old.id)
            .bind(new.account)
            .bind(&new.thread_id)
            .execute(&mut *$tx)
            .await?;
        }
        if old.emptied {
            $report.unchanged += 1;
        } else if old.is_fixed() {
            let (client, reply) = old.fresh(new);
            let differs = client.is_some() || reply.is_some();
            let kept = old.kept_against(new);
            if old.source_gone
                || kept != old.kept_against
                || client != old.fresh_client_text
                || reply != old.fresh_reply_text
            {
                sqlx::query(
                    "UPDATE ai_training_pairs SET fresh_client_text = $2, fresh_reply_text = $3,
                       source_gone = FALSE, kept_against = $4, updated_at = $5 WHERE id = $1",
                )
                .bind(old.id)
                .bind(client)
                .bind(reply)
                .bind(kept)
                .bind($now)
                .execute(&mut *$tx)
                .await?;
            }
            *(if differs { &mut $report.flagged } else { &mut $report.unchanged }) += 1;
        } else if old.says(new) {
            $report.unchanged += 1;
        } else {
            sqlx::query(
                "UPDATE ai_training_pairs SET client_message_id = $2, client_message_ids = $3,
                   reply_message_ids = $4, client_text = $5, our_reply_text = $6, labels = $7,
                   responded_after_seconds = $8, replied_at = $9, engine_version = $10, updated_at = $11,
                   grouped = FALSE
                 WHERE id = $1",
            )
            .bind(old.id)
            .bind(new.client_message_id)
            .bind(Json(&new.client_message_ids))
            .bind(Json(&new.reply_message_ids))
            .bind(&new.client_text)
            .bind(&new.our_reply_text)
            .bind(Json(&new.labels))
            .bind(new.responded_after_seconds)
            .bind(new.replied_at)
            .bind(new.engine_version)
            .bind($now)
            .execute(&mut *$tx)
            .await?;
            $report.updated += 1;
        }
    }};
}

/// A stored pair that its thread no longer makes: flagged where somebody decided or edited it, gone otherwise.
macro_rules! drop_pair {
    ($tx:expr, $old:expr, $report:expr, $now:expr) => {{
        let old: &StoredPair = $old;
        if old.emptied {
            // The pair is all that is left of its mail.
        } else if old.is_fixed() && old.kept_against.as_deref() == Some(KEPT_WITHOUT_MAIL) {
            $report.unchanged += 1;
        } else if old.is_fixed() {
            sqlx::query(
                "UPDATE ai_training_pairs SET source_gone = TRUE, kept_against = NULL, updated_at = $2
                 WHERE id = $1 AND NOT source_gone",
            )
            .bind(old.id)
            .bind($now)
            .execute(&mut *$tx)
            .await?;
            $report.flagged += 1;
        } else {
            sqlx::query("DELETE FROM ai_training_pairs WHERE id = $1").bind(old.id).execute(&mut *$tx).await?;
            $report.removed += 1;
        }
    }};
}

/// Stores pairs that are new.
macro_rules! insert_pairs {
    ($tx:expr, $pairs:expr, $now:expr) => {{
        let mut query = QueryBuilder::new(
            "INSERT INTO ai_training_pairs
             (id, integration_account_id, thread_id, client_message_id, our_reply_message_id, client_message_ids,
              reply_message_ids, client_text, our_reply_text, status, labels, responded_after_seconds, replied_at,
              engine_version, created_at, updated_at, kept_spans, provider_id) ",
        );
        query.push_values($pairs, |mut row, (id, new)| {
            row.push_bind(*id).push_bind(new.account).push_bind(&new.thread_id).push_bind(new.client_message_id);
            row.push_bind(new.our_reply_message_id).push_bind(Json(&new.client_message_ids));
            row.push_bind(Json(&new.reply_message_ids)).push_bind(&new.client_text).push_bind(&new.our_reply_text);
            row.push_bind(PairStatus::New.as_str()).push_bind(Json(&new.labels)).push_bind(new.responded_after_seconds);
            row.push_bind(new.replied_at).push_bind(new.engine_version).push_bind($now).push_bind($now);
            row.push_bind(Json(Vec::<KeptSpan>::new()));
            row.push("(SELECT provider_id FROM integrations_accounts WHERE id = ").push_bind_unseparated(new.account);
            row.push_unseparated(")");
        });
        query.build().execute(&mut *$tx).await?;
    }};
}

/// Takes a thread off the list of those to be paired.
macro_rules! no_longer_to_pair {
    ($tx:expr, $one:expr) => {{
        let mut query = QueryBuilder::new("DELETE FROM threads_to_pair WHERE integration_account_id = ");
        query.push_bind($one.thread.account).push(" AND thread_id IN ");
        push_list(&mut query, &$one.thread.thread_ids.iter().map(String::as_str).collect::<Vec<_>>());
        query.build().execute(&mut *$tx).await?;
    }};
}

impl Store {
    /// Stores the pairs that threads make now, and takes the threads off the list of those to be paired. A pair that somebody
    /// has decided or edited is never changed: where its mail says something else by now, it is flagged with the new texts.
    /// An undecided one follows its mail. A reply that came into another thread brings its pair along.
    ///
    /// Where the database refuses something of them, each thread is stored by itself.
    ///
    /// Returns what became of each thread, in their order.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_thread_pairs(
        &self,
        threads: &[ThreadPairs],
        apply: Apply,
        now: DateTime<Utc>,
    ) -> Result<Vec<Saved<RebuildReport>>, StoreError> {
        match self.save_together(threads, apply, None, now).await {
            Err(error) if error.is_of_values() => {
                let mut saved = Vec::with_capacity(threads.len());
                for one in threads {
                    saved.push(self.save_alone(one, apply, now).await?);
                }
                Ok(saved)
            }
            saved => saved,
        }
    }

    /// The labels of the newest pairs of an account, each with the reply that it is of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn newest_labels(
        &self,
        account: AccountId,
        limit: i64,
    ) -> Result<Vec<(MessageId, PairLabels)>, StoreError> {
        let rows: Vec<(MessageId, Json<Value>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT our_reply_message_id, labels FROM ai_training_pairs WHERE integration_account_id = $1
                 ORDER BY replied_at DESC, id DESC LIMIT $2",
            )
            .bind(account).bind(limit).fetch_all(db).await?
        });
        // Labels of another version are none, and no error.
        Ok(rows.into_iter().filter_map(|(id, labels)| Some((id, serde_json::from_value(labels.0).ok()?))).collect())
    }

    async fn save_alone(
        &self,
        one: &ThreadPairs,
        apply: Apply,
        now: DateTime<Utc>,
    ) -> Result<Saved<RebuildReport>, StoreError> {
        let saved = match self.save_together(std::slice::from_ref(one), apply, None, now).await {
            Err(error) if error.is_of_values() => {
                tracing::error!(thread = %one.thread.id, %error, "the database refuses the pairs of a thread");
                None
            }
            saved => saved?.pop(),
        };
        if saved.is_none() && apply == Apply::Yes {
            writing!(self, tx => no_longer_to_pair!(tx, one));
        }
        Ok(saved.unwrap_or(Saved::Refused))
    }

    /// Stores what a person says about where messages belong, and the pairs that their thread makes then, in one transaction. As
    /// [`Store::save_thread_pairs`] otherwise; of a thread that somebody saved since it was linked nothing is stored.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn regroup(
        &self,
        regrouping: &Regrouping,
        one: &ThreadPairs,
        act: impl Into<Act>,
    ) -> Result<Saved<RebuildReport>, StoreError> {
        let act: Act = act.into();
        let one = std::slice::from_ref(one);
        let saved = self.save_together(one, Apply::Yes, Some((regrouping, act)), act.at).await?.pop();
        Ok(saved.unwrap_or(Saved::Stale))
    }

    /// As [`Store::save_thread_pairs`], all or nothing; with what a person says.
    async fn save_together(
        &self,
        threads: &[ThreadPairs],
        apply: Apply,
        said: Option<(&Regrouping, Act)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Saved<RebuildReport>>, StoreError> {
        let mut saved = Vec::with_capacity(threads.len());
        writing!(self, tx => {
            let times: Vec<_> = threads.iter().map(|one| (one.thread.id, one.summary.stands_at())).collect();
            let standings = standings!(tx, &times);
            let current = raise_revisions!(tx, threads, standings, now);
            let current: Vec<&ThreadPairs> = threads.iter().filter(|one| current.contains(&one.thread.id)).collect();
            if said.is_some() && current.len() < threads.len() {
                // What the person saw is no longer so.
                return Ok(threads.iter().map(|_| Saved::Stale).collect());
            }
            note_accounts!(tx, &ids_of(&current));
            let words: Vec<(ThreadId, &Standing, &str)> = current
                .iter()
                .filter_map(|one| Some((one.thread.id, standings.get(&one.thread.id)?, one.summary.words.as_str())))
                .collect();
            note_words!(self, tx, &words);
            let facts: Vec<(ThreadId, Option<&ConversationFacts>)> =
                current.iter().map(|one| (one.thread.id, one.summary.conversation.as_ref())).collect();
            note_conversations!(tx, &facts, now);
            if let Some((regrouping, _)) = said {
                let mut query = QueryBuilder::new(
                    "SELECT t.id FROM ai_training_pairs t JOIN emails_thread_parts part
                       ON part.integration_account_id = t.integration_account_id AND part.thread_id = t.thread_id
                     WHERE part.email_thread_id IN ",
                );
                push_list(&mut query, &ids_of(&current));
                let of_thread: Vec<PairId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                hold_pairs!(tx, of_thread);
                write_marks!(tx, regrouping);
            }
            let mut stored = stored_pairs!(tx, " WHERE part.email_thread_id IN ", &ids_of(&current));
            let replies: BTreeSet<MessageId> =
                current.iter().flat_map(|one| &one.pairs).map(|pair| pair.our_reply_message_id).collect();
            let here: BTreeSet<MessageId> = stored.iter().map(|old| old.our_reply_message_id).collect();
            let elsewhere: Vec<MessageId> = replies.difference(&here).copied().collect();
            for replies in elsewhere.chunks(MOST_VALUES) {
                stored.extend(stored_pairs!(tx, " WHERE t.our_reply_message_id IN ", replies));
            }
            let of_reply: BTreeMap<MessageId, &StoredPair> =
                stored.iter().map(|old| (old.our_reply_message_id, old)).collect();

            let mut made: Vec<(PairId, &NewPair)> = Vec::new();
            for one in threads {
                if !current.iter().any(|current| current.thread.id == one.thread.id) {
                    saved.push(Saved::Stale);
                    continue;
                }
                let mut report = RebuildReport { threads: 1, ..RebuildReport::default() };
                for new in &one.pairs {
                    match of_reply.get(&new.our_reply_message_id) {
                        Some(old) => put_pair!(tx, old, new, report, now),
                        None => {
                            made.push((PairId::new(), new));
                            report.created += 1;
                        }
                    }
                }
                let left = stored.iter().filter(|old| {
                    old.email_thread_id == Some(one.thread.id) && !replies.contains(&old.our_reply_message_id)
                });
                for old in left {
                    drop_pair!(tx, old, report, now);
                }
                saved.push(Saved::Done(report));
            }
            for rows in light_slices(&made, |(_, new)| new.client_text.len() + new.our_reply_text.len()) {
                insert_pairs!(tx, rows, now);
            }
            match said {
                // What came since the thread was last paired is still to be paired, with all that is known of its authors.
                Some((regrouping, act)) => record_regrouping!(tx, regrouping, act),
                None => {
                    for one in &current {
                        no_longer_to_pair!(tx, one);
                    }
                }
            }
            if !made.is_empty() || !stored.is_empty() {
                enqueue!(tx, &NewJob::group_replies(), now);
            }
            if apply == Apply::DryRun {
                // Leaving without commit takes everything back.
                return Ok(saved);
            }
        });
        Ok(saved)
    }
}

fn ids_of(threads: &[&ThreadPairs]) -> Vec<ThreadId> {
    threads.iter().map(|one| one.thread.id).collect()
}
