//! Whom admins let in: invitations, links to a new password, roles.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor, hold_admins},
    audit::record,
    auth::{END_LINK, END_TOKENS},
    pairs::{bulk::stop_bulks, hold_pairs},
    reading,
    trust_rules::end_rules_of,
    writing,
};
use crate::{
    crypto::token_hash,
    types::{Actor, AuditAction, OwnKeys, PairId, Person, Role, TrustRuleId, User, UserId},
};

/// What came of a change to somebody's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessChange {
    Done,
    /// Nobody could do everything any more.
    LastAdmin,
    /// There is no such person.
    Unknown,
}

#[derive(FromRow)]
struct Row {
    id: UserId,
    email: String,
    display_name: String,
    #[sqlx(try_from = "String")]
    role: Role,
    active: bool,
    created_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
    has_password: bool,
    link_expires_at: Option<DateTime<Utc>>,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        Self {
            user: User {
                id: row.id,
                email: row.email,
                display_name: row.display_name,
                role: row.role,
                active: row.active,
                created_at: row.created_at,
            },
            last_login_at: row.last_login_at,
            has_password: row.has_password,
            link_expires_at: row.link_expires_at,
        }
    }
}

/// Ends the links that somebody made for others.
const END_LINKS_MADE: &str = "DELETE FROM access_links WHERE made_by = $1";

/// Stops what somebody still has decided, and holds the pairs that are theirs to review: a trigger gives them back.
macro_rules! end_review_of {
    ($tx:expr, $act:expr, $user:expr) => {{
        stop_bulks!($tx, $act, "asked_by = $1", $user);
        let theirs: Vec<PairId> = sqlx::query_scalar("SELECT pair_id FROM pair_assignments WHERE user_id = $1")
            .bind($user)
            .fetch_all(&mut *$tx)
            .await?;
        hold_pairs!($tx, theirs);
    }};
}

/// Whether somebody besides `$id` can sign in as an admin (whoever was only invited cannot), with their rows held until the end of the transaction: two admins who shut each
/// other out at once must not both succeed.
macro_rules! another_admin {
    ($tx:expr, $id:expr) => {{
        let sql = format!(
            "SELECT id FROM users WHERE role = 'admin' AND active AND password_hash <> '' {}",
            $tx.for_update()
        );
        let admins: Vec<UserId> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *$tx).await?;
        admins.into_iter().any(|admin| admin != $id)
    }};
}

impl Store {
    /// Everybody with how they stand, by email.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn people(&self, now: DateTime<Utc>) -> Result<Vec<Person>, StoreError> {
        let rows: Vec<Row> = reading!(self, db => {
            sqlx::query_as(
                "SELECT u.id, u.email, u.display_name, u.role, u.active, u.created_at, u.last_login_at,
                        u.password_hash <> '' AS has_password,
                        (SELECT l.expires_at FROM access_links l WHERE l.user_id = u.id AND l.expires_at > $1)
                          AS link_expires_at
                 FROM users u ORDER BY u.email",
            )
            .bind(now).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Gives somebody a link to set a password with, in place of an earlier one. `None` if there is no such person, or they are
    /// shut out.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn make_access_link(
        &self,
        user: UserId,
        token: &str,
        expires_at: DateTime<Utc>,
        act: impl Into<Act>,
    ) -> Result<Option<String>, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Admin);
            let email: Option<String> = sqlx::query_scalar("SELECT email FROM users WHERE id = $1 AND active")
                .bind(user).fetch_optional(&mut *tx).await?;
            if let Some(email) = &email {
                sqlx::query(
                    "INSERT INTO access_links (user_id, token_hash, expires_at, made_by) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at,
                       made_by = excluded.made_by",
                )
                .bind(user).bind(token_hash(token)).bind(expires_at).bind(act.by.user).execute(&mut *tx).await?;
                let record = Record { target: Some(user.to_string()), name: Some(email), ..Record::default() };
                record!(tx, act, AuditAction::AccessLinkMade, record);
            }
            email
        }))
    }

    /// Ends somebody's link before it is used. False if there was none that still worked.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn withdraw_access_link(&self, user: UserId, act: impl Into<Act>) -> Result<bool, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::Admin);
            let expires_at: Option<DateTime<Utc>> =
                sqlx::query_scalar("DELETE FROM access_links WHERE user_id = $1 RETURNING expires_at")
                    .bind(user).fetch_optional(&mut *tx).await?;
            let has_worked = expires_at.is_some_and(|expires_at| expires_at > act.at);
            if has_worked {
                let email: String =
                    sqlx::query_scalar("SELECT email FROM users WHERE id = $1").bind(user).fetch_one(&mut *tx).await?;
                let record = Record { target: Some(user.to_string()), name: Some(&email), ..Record::default() };
                record!(tx, act, AuditAction::AccessLinkWithdrawn, record);
            }
            has_worked
        }))
    }

    /// Whose link this is, while it works.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_link(&self, token: &str, now: DateTime<Utc>) -> Result<Option<UserId>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT l.user_id FROM access_links l JOIN users u ON u.id = l.user_id
                 WHERE l.token_hash = $1 AND l.expires_at > $2 AND u.active",
            )
            .bind(token_hash(token)).bind(now).fetch_optional(db).await?
        }))
    }

    /// Uses a link: its person has this name and password from now on, and every session and token made before is over. The link
    /// works no more. Returns them with the epoch that begins with it. `None`: it did not work any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn use_access_link(
        &self,
        token: &str,
        name: &str,
        password_hash: &str,
        act: impl Into<Act>,
    ) -> Result<Option<(UserId, i32)>, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            // Whoever deletes its row is the one who may go on.
            let user: Option<UserId> = sqlx::query_scalar(
                "DELETE FROM access_links WHERE token_hash = $1 AND expires_at > $2
                   AND user_id IN (SELECT id FROM users WHERE active) RETURNING user_id",
            )
            .bind(token_hash(token)).bind(act.at).fetch_optional(&mut *tx).await?;
            let mut joined = None;
            if let Some(user) = user {
                let (email, epoch): (String, i32) = sqlx::query_as(
                    "UPDATE users SET display_name = $2, password_hash = $3, session_epoch = session_epoch + 1, updated_at = $4
                     WHERE id = $1 RETURNING email, session_epoch",
                )
                .bind(user).bind(name).bind(password_hash).bind(act.at).fetch_one(&mut *tx).await?;
                sqlx::query(END_TOKENS).bind(user).execute(&mut *tx).await?;
                // The link is the right to do it; whoever has it is this person.
                let act = Act { by: Actor { user: Some(user), ..act.by }, ..act };
                let record = Record { target: Some(user.to_string()), name: Some(&email), ..Record::default() };
                record!(tx, act, AuditAction::PasswordChanged, record);
                joined = Some((user, epoch));
            }
            joined
        }))
    }

    /// Gives somebody another role; it counts from the next request on. Rules that only an admin may switch on are off with it, and what
    /// somebody who is no reviewer any more still has decided is stopped.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn set_role(&self, user: UserId, role: Role, act: impl Into<Act>) -> Result<AccessChange, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("SELECT email, role FROM users WHERE id = $1 {}", tx.for_update());
            let found: Option<(String, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user).fetch_optional(&mut *tx).await?;
            let Some((email, before)) = found else { return Ok(AccessChange::Unknown) };
            if role != Role::Admin && before == Role::Admin.as_str() && !another_admin!(tx, user) {
                return Ok(AccessChange::LastAdmin);
            }
            if before != role.as_str() {
                if role != Role::Admin {
                    end_rules_of!(tx, act, user);
                }
                if role == Role::Member {
                    end_review_of!(tx, act, user);
                }
                sqlx::query("UPDATE users SET role = $2, updated_at = $3 WHERE id = $1")
                    .bind(user).bind(role.as_str()).bind(act.at).execute(&mut *tx).await?;
                if before == Role::Admin.as_str() {
                    sqlx::query(END_LINKS_MADE).bind(user).execute(&mut *tx).await?;
                }
                record!(tx, act, AuditAction::RoleChanged, Record {
                    target: Some(user.to_string()),
                    name: Some(&email),
                    from: Some(before),
                    to: Some(role.to_string()),
                });
            }
            AccessChange::Done
        }))
    }

    /// Lets a person in or keeps them out; either ends their sessions, tokens and link, and the latter the links that they made for
    /// others, the rules that they switched on and what they still have decided. Who is so already stays so, and stays signed in.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], [`StoreError::NotAdmin`]. When the database cannot be written.
    pub async fn set_access(
        &self,
        user: UserId,
        active: bool,
        act: impl Into<Act>,
    ) -> Result<AccessChange, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            hold_admins!(tx);
            check_actor!(tx, act, Need::Admin);
            let sql = format!("SELECT email, role, active FROM users WHERE id = $1 {}", tx.for_update());
            let found: Option<(String, String, bool)> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user).fetch_optional(&mut *tx).await?;
            let Some((email, role, before)) = found else { return Ok(AccessChange::Unknown) };
            if before == active {
                return Ok(AccessChange::Done);
            }
            if !active && role == Role::Admin.as_str() && !another_admin!(tx, user) {
                return Ok(AccessChange::LastAdmin);
            }
            if !active {
                end_rules_of!(tx, act, user);
                end_review_of!(tx, act, user);
            }
            sqlx::query(
                "UPDATE users SET active = $2, session_epoch = session_epoch + 1, updated_at = $3 WHERE id = $1",
            )
            .bind(user).bind(active).bind(act.at).execute(&mut *tx).await?;
            sqlx::query(END_TOKENS).bind(user).execute(&mut *tx).await?;
            sqlx::query(END_LINK).bind(user).execute(&mut *tx).await?;
            if !active {
                sqlx::query(END_LINKS_MADE).bind(user).execute(&mut *tx).await?;
            }
            let action = if active { AuditAction::UserActivated } else { AuditAction::UserDeactivated };
            record!(tx, act, action, Record { target: Some(user.to_string()), name: Some(&email), ..Record::default() });
            AccessChange::Done
        }))
    }

    /// Changes the name that others see. `false` if there is no such person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn set_display_name(&self, user: UserId, name: &str, act: impl Into<Act>) -> Result<bool, StoreError> {
        let act = act.into();
        let changed = writing!(self, tx => {
            check_actor!(tx, act, Need::SignedIn);
            sqlx::query("UPDATE users SET display_name = $2, updated_at = $3 WHERE id = $1")
                .bind(user).bind(name).bind(act.at).execute(&mut *tx).await?.rows_affected()
        });
        Ok(changed > 0)
    }

    /// The keys that somebody chose for the review. What this version does not know is the standard.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_keys(&self, user: UserId) -> Result<OwnKeys, StoreError> {
        let kept: Option<String> = reading!(self, db => {
            sqlx::query_scalar("SELECT review_keys FROM users WHERE id = $1").bind(user).fetch_optional(db).await?.flatten()
        });
        Ok(kept.map(|kept| OwnKeys::from(kept.as_str())).unwrap_or_default())
    }

    /// Keeps the keys that somebody chose for the review. `false` if there is no such person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn set_review_keys(&self, user: UserId, keys: &OwnKeys, act: impl Into<Act>) -> Result<bool, StoreError> {
        let act = act.into();
        let kept = (!keys.is_standard()).then(|| keys.to_string());
        let changed = writing!(self, tx => {
            check_actor!(tx, act, Need::SignedIn);
            sqlx::query("UPDATE users SET review_keys = $2, updated_at = $3 WHERE id = $1")
                .bind(user).bind(&kept).bind(act.at).execute(&mut *tx).await?.rows_affected()
        });
        Ok(changed > 0)
    }

    /// Notes that somebody signed in.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_login(&self, user: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("UPDATE users SET last_login_at = $2 WHERE id = $1")
                .bind(user).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
