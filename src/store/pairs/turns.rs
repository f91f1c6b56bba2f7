//! What people say about where messages belong.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, QueryBuilder, types::Json};
use uuid::Uuid;

use crate::{
    store::{
        Store, StoreError,
        bulk::{MOST_VALUES, push_list},
        reading, writing,
    },
    types::{MessageId, PairId, TurnAct, TurnChangeId, TurnMark, UserId},
};

/// What somebody said about a message, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkSaid {
    pub mark: TurnMark,
    pub by: Option<UserId>,
    pub at: DateTime<Utc>,
}

/// A message that was marked, and who did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMark {
    pub message_id: MessageId,
    pub said: MarkSaid,
    /// The name of whoever said it; `None` where they are gone.
    pub name: Option<String>,
}

/// What was said about a message before a step, and what is said since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkChange {
    pub message_id: MessageId,
    pub was: Option<MarkSaid>,
    pub is: Option<MarkSaid>,
}

/// What somebody says about messages of one thread, and what that means for its pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regrouping {
    pub by: UserId,
    pub act: TurnAct,
    /// How many messages it is about.
    pub messages: i64,
    /// The pair that was open.
    pub pair: PairId,
    /// The reply of the pair that has its messages from now on.
    pub leads_to: Option<MessageId>,
    pub marks: Vec<MarkChange>,
    /// Pairs that begin with another reply from now on: which, and which one.
    pub moved: Vec<(MessageId, MessageId)>,
    /// Pairs that become part of another one: the replies of both.
    pub absorbed: Vec<(MessageId, MessageId)>,
    /// The step that this takes back.
    pub undoes: Option<TurnChangeId>,
}

/// What the team said of a pair that nobody decided or edited is said of the pair that it becomes part of.
pub(super) const HAND_OVER: [&str; 2] = [
    "INSERT INTO pair_tags (pair_id, tag_id, tagged_by, tagged_at)
     SELECT n.id, s.tag_id, s.tagged_by, s.tagged_at FROM ai_training_pairs o
     JOIN pair_tags s ON s.pair_id = o.id JOIN ai_training_pairs n ON n.our_reply_message_id = $2
     WHERE o.our_reply_message_id = $1 AND o.status = 'new' AND NOT o.edited
     ON CONFLICT (pair_id, tag_id) DO NOTHING",
    "INSERT INTO pair_assignments (pair_id, user_id, assigned_by, assigned_at)
     SELECT n.id, s.user_id, s.assigned_by, s.assigned_at FROM ai_training_pairs o
     JOIN pair_assignments s ON s.pair_id = o.id JOIN ai_training_pairs n ON n.our_reply_message_id = $2
     WHERE o.our_reply_message_id = $1 AND o.status = 'new' AND NOT o.edited
     ON CONFLICT (pair_id) DO NOTHING",
];

/// Writes marks, and lets pairs follow their reply. For use inside a transaction that holds the pairs of the thread.
macro_rules! write_marks {
    ($tx:expr, $regrouping:expr) => {{
        let regrouping: &Regrouping = $regrouping;
        for change in &regrouping.marks {
            let Some(said) = change.is else {
                sqlx::query("DELETE FROM turn_marks WHERE message_id = $1")
                    .bind(change.message_id)
                    .execute(&mut *$tx)
                    .await?;
                continue;
            };
            sqlx::query(
                "INSERT INTO turn_marks (message_id, turn_id, marked_by, marked_at)
                 VALUES ($1, $2, (SELECT id FROM users WHERE id = $3), $4)
                 ON CONFLICT (message_id) DO UPDATE SET turn_id = excluded.turn_id,
                   marked_by = excluded.marked_by, marked_at = excluded.marked_at",
            )
            .bind(change.message_id)
            .bind(said.mark.turn())
            .bind(said.by)
            .bind(said.at)
            .execute(&mut *$tx)
            .await?;
        }
        for (from, to) in &regrouping.moved {
            sqlx::query(
                "UPDATE ai_training_pairs SET our_reply_message_id = $2 WHERE our_reply_message_id = $1
                   AND NOT EXISTS (SELECT 1 FROM ai_training_pairs o WHERE o.our_reply_message_id = $2)",
            )
            .bind(from)
            .bind(to)
            .execute(&mut *$tx)
            .await?;
        }
        for (from, to) in &regrouping.absorbed {
            for sql in $crate::store::pairs::turns::HAND_OVER {
                sqlx::query(sql).bind(from).bind(to).execute(&mut *$tx).await?;
            }
        }
    }};
}
pub(super) use write_marks;

/// Puts a regrouping on record, as a step that can be taken back, or takes that step away. For use inside a transaction.
macro_rules! record_regrouping {
    ($tx:expr, $regrouping:expr, $act:expr) => {{
        let (regrouping, act): (&Regrouping, Act) = ($regrouping, $act);
        let leads_to: Option<(PairId, String)> =
            sqlx::query_as("SELECT id, status FROM ai_training_pairs WHERE our_reply_message_id = $1")
                .bind(regrouping.leads_to)
                .fetch_optional(&mut *$tx)
                .await?;
        if let Some(change) = regrouping.undoes {
            sqlx::query("DELETE FROM turn_changes WHERE id = $1").bind(change).execute(&mut *$tx).await?;
        } else {
            let change = $crate::types::TurnChangeId::new();
            sqlx::query("INSERT INTO turn_changes (id, user_id, at, marks) VALUES ($1, $2, $3, $4)")
                .bind(change)
                .bind(regrouping.by)
                .bind(act.at)
                .bind(Json(&regrouping.marks))
                .execute(&mut *$tx)
                .await?;
            let no_edit = None::<$crate::types::PairEditId>;
            let step = $crate::store::pairs::begin_step!($tx, regrouping.by, act.at, None::<&str>, no_edit);
            sqlx::query("UPDATE review_steps SET turns_id = $2 WHERE id = $1")
                .bind(step)
                .bind(change)
                .execute(&mut *$tx)
                .await?;
            if let Some((pair, status)) = &leads_to {
                sqlx::query(
                    "INSERT INTO review_step_pairs (step_id, pair_id, was_status, status) VALUES ($1, $2, $3, $3)",
                )
                .bind(step)
                .bind(pair)
                .bind(status)
                .execute(&mut *$tx)
                .await?;
            }
            // Of steps that can be taken back no more nothing is kept.
            sqlx::query(
                "DELETE FROM turn_changes WHERE user_id = $1
                   AND NOT EXISTS (SELECT 1 FROM review_steps s WHERE s.turns_id = turn_changes.id)",
            )
            .bind(regrouping.by)
            .execute(&mut *$tx)
            .await?;
        }
        let change = $crate::types::AuditChange::Regrouped {
            act: regrouping.act,
            messages: regrouping.messages,
            undone: regrouping.undoes.is_some(),
        };
        let target = leads_to.map_or(regrouping.pair, |(pair, _)| pair);
        $crate::store::audit::record!(
            $tx,
            act,
            $crate::types::AuditAction::PairRegrouped,
            $crate::store::Record {
                target: Some(target.to_string()),
                to: Some(change.to_string()),
                ..$crate::store::Record::default()
            }
        );
    }};
}
pub(super) use record_regrouping;

impl Store {
    /// What people said about these messages.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turn_marks(&self, messages: &[MessageId]) -> Result<Vec<StoredMark>, StoreError> {
        #[derive(FromRow)]
        struct Row {
            message_id: MessageId,
            turn_id: Option<Uuid>,
            marked_by: Option<UserId>,
            marked_at: DateTime<Utc>,
            name: Option<String>,
        }
        let mut marks = Vec::new();
        for some in messages.chunks(MOST_VALUES) {
            let rows: Vec<Row> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT k.message_id, k.turn_id, k.marked_by, k.marked_at,
                            (SELECT u.display_name FROM users u WHERE u.id = k.marked_by) AS name
                     FROM turn_marks k WHERE k.message_id IN ",
                );
                push_list(&mut query, some);
                query.build_query_as().fetch_all(db).await?
            });
            marks.extend(rows.into_iter().map(|row| {
                let mark = row.turn_id.map_or(TurnMark::LeftOut, TurnMark::In);
                let said = MarkSaid { mark, by: row.marked_by, at: row.marked_at };
                StoredMark { message_id: row.message_id, said, name: row.name }
            }));
        }
        Ok(marks)
    }

    /// The pairs of these replies, each with its reply.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_by_reply(&self, replies: &[MessageId]) -> Result<Vec<(MessageId, PairId)>, StoreError> {
        let mut pairs = Vec::new();
        for some in replies.chunks(MOST_VALUES) {
            let rows: Vec<(MessageId, PairId)> = reading!(self, db => {
                let mut query = QueryBuilder::new(
                    "SELECT our_reply_message_id, id FROM ai_training_pairs WHERE our_reply_message_id IN ",
                );
                push_list(&mut query, some);
                query.build_query_as().fetch_all(db).await?
            });
            pairs.extend(rows);
        }
        Ok(pairs)
    }

    /// What a step changed of the marks. `None` where it was taken back.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turn_change(&self, id: TurnChangeId) -> Result<Option<Vec<MarkChange>>, StoreError> {
        let marks: Option<Json<Vec<MarkChange>>> = reading!(self, db => {
            sqlx::query_scalar("SELECT marks FROM turn_changes WHERE id = $1").bind(id).fetch_optional(db).await?
        });
        Ok(marks.map(|marks| marks.0))
    }

    /// Forgets a step that cannot be taken back any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_turn_change(&self, id: TurnChangeId) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("DELETE FROM turn_changes WHERE id = $1").bind(id).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
