//! Searches of the review that somebody saved under a name.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::{
    store::{Act, Record, Store, StoreError, actors::check_person, audit::record, reading, writing},
    types::{AccountId, AuditAction, PairQuery, PairSort, PairView, PairViewId, UserId},
};

/// Views that somebody may have.
const MOST_VIEWS: i64 = 50;

const VIEWS: &str = "SELECT v.id, v.user_id, u.display_name AS owner, v.name, v.is_shared, v.status, v.provider,
    v.integration_account_id, v.search, v.sort FROM pair_views v JOIN users u ON u.id = v.user_id ";

#[derive(FromRow)]
struct ViewRow {
    id: PairViewId,
    user_id: UserId,
    owner: String,
    name: String,
    is_shared: bool,
    status: String,
    provider: Option<String>,
    integration_account_id: Option<AccountId>,
    search: Option<String>,
    #[sqlx(try_from = "String")]
    sort: PairSort,
}

impl ViewRow {
    fn seen_by(self, user: UserId) -> PairView {
        PairView {
            id: self.id,
            name: self.name,
            shared: self.is_shared,
            own: self.user_id == user,
            owner: self.owner,
            status: self.status,
            provider: self.provider,
            integration_account_id: self.integration_account_id,
            q: self.search,
            sort: self.sort,
        }
    }

    /// What the audit log says of it.
    fn said(&self) -> String {
        let text = self.search.clone().unwrap_or_default();
        format!("{} {text}", self.status).trim().to_owned()
    }
}

impl Store {
    /// The views of a person, and then those that others share, each by its name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pair_views(&self, user: UserId) -> Result<Vec<PairView>, StoreError> {
        let rows: Vec<ViewRow> = reading!(self, db => {
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{VIEWS} WHERE v.user_id = $1 OR v.is_shared"))).bind(user).fetch_all(db).await?
        });
        let mut views: Vec<PairView> = rows.into_iter().map(|row| row.seen_by(user)).collect();
        // Not by the database: each has its own order of letters.
        views.sort_by_key(|view| (!view.own, view.name.to_lowercase(), view.id));
        Ok(views)
    }

    /// Saves what is listed under a name of this person; what it meant before is replaced. That it is shared, or no longer is, goes on
    /// record.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::TooManyViews`]. When the database cannot be written.
    pub async fn save_pair_view(
        &self,
        user: UserId,
        name: &str,
        is_shared: bool,
        query: &PairQuery,
        act: impl Into<Act>,
    ) -> Result<PairView, StoreError> {
        let act: Act = act.into();
        let row = writing!(self, tx => {
            check_person!(tx, user, act.by.epoch, crate::store::actors::Need::Reviewer);
            let sql = format!("{VIEWS} WHERE v.user_id = $1 AND v.name = $2");
            let before: Option<ViewRow> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user).bind(name).fetch_optional(&mut *tx).await?;
            if before.is_none() {
                let number: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM pair_views WHERE user_id = $1")
                    .bind(user).fetch_one(&mut *tx).await?;
                if number >= MOST_VIEWS {
                    return Err(StoreError::TooManyViews);
                }
            }
            let now: DateTime<Utc> = act.at;
            sqlx::query(
                "INSERT INTO pair_views (id, user_id, name, is_shared, status, provider, integration_account_id, search, sort,
                   created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
                 ON CONFLICT (user_id, name) DO UPDATE SET is_shared = excluded.is_shared, status = excluded.status,
                   provider = excluded.provider, integration_account_id = excluded.integration_account_id,
                   search = excluded.search, sort = excluded.sort, updated_at = excluded.updated_at",
            )
            .bind(PairViewId::new()).bind(user).bind(name).bind(is_shared)
            .bind(query.filter.status.as_str()).bind(query.filter.provider.as_deref())
            .bind(query.filter.account_id).bind(query.text.as_deref()).bind(query.sort.as_str()).bind(now)
            .execute(&mut *tx).await?;
            let sql = format!("{VIEWS} WHERE v.user_id = $1 AND v.name = $2");
            let row: ViewRow =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user).bind(name).fetch_one(&mut *tx).await?;
            let was = before.filter(|before| before.is_shared).map(|before| before.said());
            let action = if is_shared { AuditAction::PairViewShared } else { AuditAction::PairViewUnshared };
            if is_shared || was.is_some() {
                let to = is_shared.then(|| row.said());
                record!(tx, act, action, Record { target: Some(row.id.to_string()), name: Some(name), from: was, to });
            }
            row
        });
        Ok(row.seen_by(user))
    }

    /// Deletes a view of this person; with `any_shared` also one that somebody else shares. `false`: there is none.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn delete_pair_view(
        &self,
        user: UserId,
        any_shared: bool,
        view: PairViewId,
        act: impl Into<Act>,
    ) -> Result<bool, StoreError> {
        let act: Act = act.into();
        Ok(writing!(self, tx => {
            check_person!(tx, user, act.by.epoch, crate::store::actors::Need::Reviewer);
            let sql = format!("{VIEWS} WHERE v.id = $1 AND (v.user_id = $2 OR (v.is_shared AND $3))");
            let before: Option<ViewRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(view).bind(user).bind(any_shared).fetch_optional(&mut *tx).await?;
            if let Some(before) = &before {
                sqlx::query("DELETE FROM pair_views WHERE id = $1").bind(view).execute(&mut *tx).await?;
                if before.is_shared {
                    let record = Record {
                        target: Some(view.to_string()),
                        name: Some(&before.name),
                        from: Some(before.said()),
                        to: None,
                    };
                    record!(tx, act, AuditAction::PairViewUnshared, record);
                }
            }
            before.is_some()
        }))
    }
}
