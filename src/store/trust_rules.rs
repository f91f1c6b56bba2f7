//! Rules by which pairs are approved.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor, hold_admins},
    audit::record,
    pairs::bulk::stop_bulks,
    reading, writing,
};
use crate::types::{AccountId, AuditAction, TrustRule, TrustRuleId, UserId};

/// Rules that there may be.
const MOST_RULES: i64 = 50;

/// What a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTerms {
    pub name: String,
    pub least_quality: i64,
    pub least_said: i64,
    pub account: Option<AccountId>,
    pub language: Option<String>,
}

/// What came of switching a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleSwitched {
    Done,
    /// It is not any more what was seen.
    Changed,
    Unknown,
}

/// Switches off the rules that somebody switched on who is no admin any more.
macro_rules! end_rules_of {
    ($tx:expr, $act:expr, $user:expr) => {{
        let rules: Vec<(TrustRuleId, String)> = sqlx::query_as(
            "SELECT id, name FROM trust_rules WHERE on_since IS NOT NULL AND switched_on_by = $1 ORDER BY id",
        )
        .bind($user)
        .fetch_all(&mut *$tx)
        .await?;
        for (rule, name) in rules {
            sqlx::query("UPDATE trust_rules SET on_since = NULL, switched_on_by = NULL WHERE id = $1")
                .bind(rule)
                .execute(&mut *$tx)
                .await?;
            record!(
                $tx,
                $act,
                AuditAction::TrustRuleOff,
                Record { target: Some(rule.to_string()), name: Some(&name), ..Record::default() }
            );
        }
    }};
}
pub(super) use end_rules_of;

#[derive(FromRow)]
struct Row {
    id: TrustRuleId,
    name: String,
    least_quality: i64,
    least_said: i64,
    integration_account_id: Option<AccountId>,
    language: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    on_since: Option<DateTime<Utc>>,
    switched_on_by: Option<UserId>,
    switched_on_by_name: Option<String>,
}

impl From<Row> for TrustRule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            least_quality: row.least_quality,
            least_said: row.least_said,
            integration_account_id: row.integration_account_id,
            language: row.language,
            on_since: row.on_since,
            switched_on_by: row.switched_on_by_name,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The conditions, as they stand on record: numbers and words of the search.
fn said(rule: &Row) -> String {
    let account = rule.integration_account_id.map(|id| format!(" account:{id}")).unwrap_or_default();
    let language = rule.language.as_ref().map(|code| format!(" lang:{code}")).unwrap_or_default();
    format!("quality:>={} said:>={}{account}{language}", rule.least_quality, rule.least_said)
}

const SELECT: &str =
    "SELECT r.id, r.name, r.least_quality, r.least_said, r.integration_account_id, r.language, r.created_at,
    r.updated_at, r.on_since, r.switched_on_by, u.display_name AS switched_on_by_name
    FROM trust_rules r LEFT JOIN users u ON u.id = r.switched_on_by";

impl Store {
    /// All rules, in the order in which they were made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trust_rules(&self) -> Result<Vec<TrustRule>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} ORDER BY r.id"));
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sql).fetch_all(db).await?);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Rules that are on, each with whoever switched it on and is still an admin to answer for it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trust_rules_on(&self) -> Result<Vec<(TrustRule, UserId)>, StoreError> {
        let sql = format!("{SELECT} WHERE r.on_since IS NOT NULL AND u.active AND u.role = 'admin' ORDER BY r.id");
        let sql = sqlx::AssertSqlSafe(sql);
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sql).fetch_all(db).await?);
        Ok(rows.into_iter().filter_map(|row| row.switched_on_by.map(|by| (row.into(), by))).collect())
    }

    /// Makes a rule, or changes one. What a rule approves by itself is switched off with a change: it was switched on for something else.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`], [`StoreError::NameTaken`], [`StoreError::TooManyRules`]. When the database
    /// cannot be written.
    pub async fn save_trust_rule(
        &self,
        id: Option<TrustRuleId>,
        terms: &RuleTerms,
        act: Act,
    ) -> Result<Option<TrustRule>, StoreError> {
        let row = writing!(self, tx => {
            // One admin changes the rules at a time.
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let of_id = format!("{SELECT} WHERE r.id = $1");
            let before: Option<Row> = match id {
                Some(id) => {
                    let found = sqlx::query_as(sqlx::AssertSqlSafe(of_id.clone())).bind(id).fetch_optional(&mut *tx).await?;
                    if found.is_none() {
                        return Ok(None);
                    }
                    found
                }
                None => None,
            };
            let other: Option<TrustRuleId> = sqlx::query_scalar("SELECT id FROM trust_rules WHERE name = $1")
                .bind(&terms.name).fetch_optional(&mut *tx).await?;
            if other.is_some_and(|other| Some(other) != id) {
                return Err(StoreError::NameTaken);
            }
            if before.is_none() {
                let number: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM trust_rules").fetch_one(&mut *tx).await?;
                if number >= MOST_RULES {
                    return Err(StoreError::TooManyRules);
                }
            }
            let id = id.unwrap_or_default();
            stop_bulks!(tx, act, "came_after IS NOT NULL AND rule_id = $1", id);
            sqlx::query(
                "INSERT INTO trust_rules (id, name, least_quality, least_said, integration_account_id, language, created_at,
                   updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, least_quality = excluded.least_quality,
                   least_said = excluded.least_said, integration_account_id = excluded.integration_account_id,
                   language = excluded.language, updated_at = excluded.updated_at, on_since = NULL, switched_on_by = NULL",
            )
            .bind(id).bind(&terms.name).bind(terms.least_quality).bind(terms.least_said).bind(terms.account)
            .bind(terms.language.as_deref()).bind(act.at).execute(&mut *tx).await?;
            let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(of_id)).bind(id).fetch_one(&mut *tx).await?;
            record!(tx, act, AuditAction::TrustRuleSaved, Record {
                target: Some(id.to_string()),
                name: Some(&row.name),
                from: before.as_ref().map(said),
                to: Some(said(&row)),
            });
            row
        });
        Ok(Some(row.into()))
    }

    /// Switches a rule on, for what comes from now on, or off, with what it is approving by itself. It must be as it was `seen`, where
    /// that is said: nobody switches on what they have not read.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn switch_trust_rule(
        &self,
        id: TrustRuleId,
        is_on: bool,
        seen: Option<DateTime<Utc>>,
        act: Act,
    ) -> Result<RuleSwitched, StoreError> {
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("{SELECT} WHERE r.id = $1");
            let rule: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some(rule) = rule else { return Ok(RuleSwitched::Unknown) };
            if is_on && seen.is_some_and(|seen| seen != rule.updated_at) {
                return Ok(RuleSwitched::Changed);
            }
            if rule.on_since.is_some() != is_on {
                if !is_on {
                    stop_bulks!(tx, act, "came_after IS NOT NULL AND rule_id = $1", id);
                }
                sqlx::query("UPDATE trust_rules SET on_since = $2, switched_on_by = $3 WHERE id = $1")
                    .bind(id).bind(is_on.then_some(act.at)).bind(act.by.user.filter(|_| is_on))
                    .execute(&mut *tx).await?;
                let action = if is_on { AuditAction::TrustRuleOn } else { AuditAction::TrustRuleOff };
                record!(tx, act, action, Record {
                    target: Some(id.to_string()),
                    name: Some(&rule.name),
                    to: is_on.then(|| said(&rule)),
                    ..Record::default()
                });
            }
            RuleSwitched::Done
        }))
    }

    /// Deletes a rule; what it decided stays. `false`: there is none.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn delete_trust_rule(&self, id: TrustRuleId, act: Act) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("{SELECT} WHERE r.id = $1");
            let rule: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some(rule) = rule else { return Ok(false) };
            stop_bulks!(tx, act, "came_after IS NOT NULL AND rule_id = $1", id);
            sqlx::query("DELETE FROM trust_rules WHERE id = $1").bind(id).execute(&mut *tx).await?;
            record!(tx, act, AuditAction::TrustRuleDeleted, Record {
                target: Some(id.to_string()),
                name: Some(&rule.name),
                from: Some(said(&rule)),
                ..Record::default()
            });
            true
        }))
    }
}
