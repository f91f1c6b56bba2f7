//! How mails of our own people end: samples, of which their habits are found ([`crate::cleaning::habits`]).

use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Store, StoreError,
    bulk::{MOST_VALUES, push_list, slices},
    pairs::Habits,
    reading, writing,
};
use crate::{
    cleaning::Tail,
    types::{AccountId, MessageId},
};

/// How one mail of a sender ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderTail {
    pub message: MessageId,
    /// Of address and name.
    pub sender: i64,
    /// Which part of time the mail is of.
    pub period: i64,
    /// Of each sender and period those with the lowest marks are kept.
    pub mark: i64,
    pub tail: Tail,
}

/// What is to be written of samples, in one transaction.
#[derive(Debug, Default)]
pub struct TailChanges {
    pub stored: Vec<SenderTail>,
    pub gone: Vec<MessageId>,
    /// Messages whose threads were paired without what is known now.
    pub pair_again: Vec<MessageId>,
}

#[derive(FromRow)]
struct Row {
    message_id: MessageId,
    sender: i64,
    period: i64,
    mark: i64,
    wording: i64,
    lines: Json<Vec<i64>>,
}

impl From<Row> for SenderTail {
    fn from(row: Row) -> Self {
        let tail = Tail { wording: row.wording, lines: row.lines.0 };
        Self { message: row.message_id, sender: row.sender, period: row.period, mark: row.mark, tail }
    }
}

impl Store {
    /// Every sample of these senders.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tails_of_senders(&self, senders: &[i64]) -> Result<Vec<SenderTail>, StoreError> {
        let mut found = Vec::new();
        for senders in senders.chunks(MOST_VALUES) {
            let rows: Vec<Row> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT message_id, sender, period, mark, wording, lines FROM emails_sender_tails WHERE sender IN ",
                );
                push_list(&mut query, senders);
                query.build_query_as().fetch_all(db).await?
            });
            found.extend(rows.into_iter().map(Into::into));
        }
        Ok(found)
    }

    /// Which of these messages are samples.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn messages_with_tails(&self, messages: &[MessageId]) -> Result<Vec<MessageId>, StoreError> {
        let mut found = Vec::new();
        for messages in messages.chunks(MOST_VALUES) {
            let rows: Vec<MessageId> = reading!(self, db => {
                let mut query = QueryBuilder::new("SELECT message_id FROM emails_sender_tails WHERE message_id IN ");
                push_list(&mut query, messages);
                query.build_query_scalar().fetch_all(db).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// Writes samples, and has threads paired again. Returns the accounts that these are of.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn save_tails(&self, changes: &TailChanges) -> Result<Vec<AccountId>, StoreError> {
        let mut accounts: Vec<AccountId> = Vec::new();
        writing!(self, tx => {
            for gone in changes.gone.chunks(MOST_VALUES) {
                let mut query = QueryBuilder::new("DELETE FROM emails_sender_tails WHERE message_id IN ");
                push_list(&mut query, gone);
                query.build().execute(&mut *tx).await?;
            }
            for rows in slices(&changes.stored) {
                let mut query = QueryBuilder::new(
                    "INSERT INTO emails_sender_tails (message_id, sender, period, mark, wording, lines) ",
                );
                query.push_values(rows, |mut row, one| {
                    row.push_bind(one.message).push_bind(one.sender).push_bind(one.period).push_bind(one.mark);
                    row.push_bind(one.tail.wording).push_bind(Json(&one.tail.lines));
                });
                query.push(
                    " ON CONFLICT (message_id) DO UPDATE SET sender = excluded.sender, period = excluded.period,
                        mark = excluded.mark, wording = excluded.wording, lines = excluded.lines",
                );
                query.build().execute(&mut *tx).await?;
            }
            for messages in changes.pair_again.chunks(MOST_VALUES) {
                let mut query = QueryBuilder::new(
                    "INSERT INTO threads_to_pair (integration_account_id, thread_id)
                     SELECT DISTINCT integration_account_id, thread_id FROM emails_messages WHERE id IN ",
                );
                push_list(&mut query, messages);
                query.push(
                    " ON CONFLICT (integration_account_id, thread_id) DO UPDATE SET thread_id = excluded.thread_id
                      RETURNING integration_account_id",
                );
                let rows: Vec<AccountId> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                accounts.extend(rows);
            }
        });
        accounts.sort_unstable();
        accounts.dedup();
        Ok(accounts)
    }

    /// The habits by which the thread of a mailbox was cleaned when its pairs were last saved.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn habits_used(&self, account: AccountId, thread_id: &str) -> Result<Habits, StoreError> {
        let used: Option<Option<Json<Habits>>> = reading!(self, db => {
            sqlx::query_scalar(
                "SELECT t.habits FROM emails_thread_parts p JOIN emails_threads t ON t.id = p.email_thread_id
                 WHERE p.integration_account_id = $1 AND p.thread_id = $2",
            )
            .bind(account).bind(thread_id).fetch_optional(db).await?
        });
        Ok(used.flatten().map(|Json(habits)| habits).unwrap_or_default())
    }
}
