//! Who did what. An act is put on record in the transaction that does it, so that there is neither one without the other.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use super::{Store, StoreError, cursor, reading, writing};
use crate::types::{Actor, AuditAction, AuditEntry, AuditFilter, AuditId, AuditPage, Through, UserId};

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
        let items: Vec<AuditEntry> = rows.into_iter().map(Into::into).collect();
        let next_cursor = items.last().filter(|_| has_more).map(|entry| cursor::after(entry.at, entry.id));
        Ok(AuditPage { items, limit, next_cursor })
    }
}
