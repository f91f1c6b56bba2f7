//! Who did what. An act is put on record in the transaction that does it, so that there is neither one without the other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Store, StoreError, bulk::push_list, cursor, reading, writing};
use crate::types::{Actor, AuditAction, AuditEntry, AuditFilter, AuditId, AuditPage, AuditTarget, Through, UserId};

/// A name made of a text has at most so many letters.
const NAME_LENGTH: usize = 80;

/// Who acts, and when.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// What nobody in person does is the worker's.
impl From<DateTime<Utc>> for Act {
    fn from(at: DateTime<Utc>) -> Self {
        Self { by: Actor::worker(), at }
    }
}

/// What is put on record of an act.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    /// The thing: mostly its id.
    pub(crate) target: Option<String>,
    /// What the thing is called.
    pub(crate) name: Option<&'a str>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// Puts an act on record in the transaction that does it.
macro_rules! record {
    ($tx:expr, $act:expr, $action:expr, $record:expr) => {{
        let (act, action, record): ($crate::store::Act, $crate::types::AuditAction, $crate::store::audit::Record<'_>) =
            ($act, $action, $record);
        sqlx::query(
            "INSERT INTO audit_log (id, at, user_id, through, action, subject, subject_name, was, became)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind($crate::types::AuditId::new())
        .bind(act.at)
        .bind(act.by.user)
        .bind(act.by.through.as_str())
        .bind(action.as_str())
        .bind(record.target)
        .bind(record.name)
        .bind(record.from)
        .bind(record.to)
        .execute(&mut *$tx)
        .await?;
    }};
}
pub(super) use record;

#[derive(FromRow)]
struct Row {
    id: AuditId,
    at: DateTime<Utc>,
    #[sqlx(try_from = "String")]
    action: AuditAction,
    user_id: Option<UserId>,
    email: Option<String>,
    through: Option<String>,
    subject: Option<String>,
    subject_name: Option<String>,
    was: Option<String>,
    became: Option<String>,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at,
            action: row.action,
            user_id: row.user_id,
            user_email: row.email,
            through: row.through.and_then(|through| through.parse::<Through>().ok()),
            target: row.subject,
            target_name: row.subject_name,
            from: row.was,
            to: row.became,
        }
    }
}

impl Store {
    /// Puts an act on record that is no transaction of its own here, or several.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) async fn record(&self, act: Act, action: AuditAction, record: Record<'_>) -> Result<(), StoreError> {
        writing!(self, tx => record!(tx, act, action, record));
        Ok(())
    }

    /// A page of the acts on record, the latest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] for a cursor that no page gave out.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: i64,
    ) -> Result<AuditPage, StoreError> {
        let after = cursor.map(cursor::parse::<AuditId>).transpose()?;
        let mut rows: Vec<Row> = reading!(self, db => {
            // Only the filters that are set, so that each has its index.
            let mut query = QueryBuilder::new(
                "SELECT l.id, l.at, l.action, l.user_id, u.email, l.through, l.subject, l.subject_name, l.was, l.became
                 FROM audit_log l LEFT JOIN users u ON u.id = l.user_id WHERE TRUE",
            );
            if let Some(user) = filter.user_id {
                query.push(" AND l.user_id = ").push_bind(user);
            }
            if let Some(action) = filter.action {
                query.push(" AND l.action = ").push_bind(action.as_str());
            }
            if let Some(target) = &filter.target {
                query.push(" AND l.subject = ").push_bind(target);
            }
            if let Some(since) = filter.since {
                query.push(" AND l.at >= ").push_bind(since);
            }
            if let Some((at, id)) = after {
                query.push(" AND (l.at, l.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(limit + 1);
            query.build_query_as().fetch_all(db).await?
        });
        let limit_rows = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > limit_rows;
        rows.truncate(limit_rows);
        let mut items: Vec<AuditEntry> = rows.into_iter().map(Into::into).collect();
        self.name_targets(&mut items).await?;
        let next_cursor = items.last().filter(|_| has_more).map(|entry| cursor::after(entry.at, entry.id));
        Ok(AuditPage { items, limit, next_cursor })
    }

    /// Names the things that were put on record without a name, as long as they exist.
    async fn name_targets(&self, entries: &mut [AuditEntry]) -> Result<(), StoreError> {
        let mut names = HashMap::new();
        for (kind, select) in NAMED_BY_ID {
            let nameless = nameless(entries, kind);
            let ids: Vec<Uuid> = nameless.iter().filter_map(|target| target.parse().ok()).collect();
            if ids.is_empty() {
                continue;
            }
            let rows: Vec<(Uuid, Option<String>, Option<String>)> = reading!(self, db => {
                let mut query = QueryBuilder::new(select);
                push_list(&mut query, &ids);
                query.build_query_as().fetch_all(db).await?
            });
            names.extend(
                rows.into_iter().filter_map(|(id, subject, text)| Some((id.to_string(), name(subject, text)?))),
            );
        }
        for group in nameless(entries, AuditTarget::PairGroup) {
            let reply: Option<String> = reading!(self, db => {
                sqlx::query_scalar(
                    "SELECT SUBSTR(our_reply_text, 1, 400) FROM ai_training_pairs WHERE group_id = $1
                     ORDER BY replied_at, id LIMIT 1",
                )
                .bind(&group).fetch_optional(db).await?
            });
            names.extend(name(None, reply).map(|name| (group, name)));
        }
        for entry in entries.iter_mut().filter(|entry| entry.target_name.is_none()) {
            entry.target_name = entry.target.as_ref().and_then(|target| names.get(target).cloned());
        }
        Ok(())
    }
}

/// How things with an id are named: by a name or a subject, else by the beginning of a text.
const NAMED_BY_ID: [(AuditTarget, &str); 6] = [
    (AuditTarget::Account, "SELECT id, external_account_id, '' FROM integrations_accounts WHERE id IN "),
    (AuditTarget::Person, "SELECT id, email, '' FROM users WHERE id IN "),
    (
        AuditTarget::Run,
        "SELECT r.id, a.external_account_id, '' FROM sync_runs r
         JOIN integrations_accounts a ON a.id = r.integration_account_id WHERE r.id IN ",
    ),
    (
        AuditTarget::Pair,
        "SELECT t.id, m.subject, SUBSTR(t.client_text, 1, 400) FROM ai_training_pairs t
         JOIN emails_messages m ON m.id = t.client_message_id WHERE t.id IN ",
    ),
    (AuditTarget::Message, "SELECT id, subject, SUBSTR(body_text, 1, 400) FROM emails_messages WHERE id IN "),
    (AuditTarget::Thread, "SELECT id, subject, '' FROM emails_threads WHERE id IN "),
];

/// The things of a kind that were put on record without a name, each once.
fn nameless(entries: &[AuditEntry], kind: AuditTarget) -> Vec<String> {
    let of_kind = entries.iter().filter(|entry| entry.target_name.is_none() && entry.action.target() == kind);
    let mut targets: Vec<String> = of_kind.filter_map(|entry| entry.target.clone()).collect();
    targets.sort();
    targets.dedup();
    targets
}

/// The subject, or else the beginning of the text, on one line.
fn name(subject: Option<String>, text: Option<String>) -> Option<String> {
    let on_one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = [subject, text].into_iter().flatten().map(on_one_line);
    lines.into_iter().find(|line| !line.is_empty()).map(|line| match line.char_indices().nth(NAME_LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    })
}
