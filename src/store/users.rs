//! People.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor},
    audit::record,
    auth::{END_LINK, END_TOKENS},
    reading, writing,
};
use crate::{
    crypto::token_hash,
    types::{Actor, AuditAction, Role, User, UserId},
};

/// The epoch that a person who was just made is in: the default of the column.
pub const FIRST_EPOCH: i32 = 0;

const COLUMNS: &str = "id, email, display_name, password_hash, role, active, session_epoch, created_at";

/// A person with what only the server may see.
#[derive(Clone)]
pub struct StoredUser {
    pub user: User,
    /// Argon2id, in PHC string format. Whoever was only invited has none.
    pub password_hash: Option<String>,
    /// Sessions and login tokens made in an earlier epoch are over.
    pub session_epoch: i32,
}

/// A person to be stored. The email is stored in lower case.
pub struct NewUser {
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub role: Role,
}

#[derive(FromRow)]
struct UserRow {
    id: UserId,
    email: String,
    display_name: String,
    password_hash: String,
    #[sqlx(try_from = "String")]
    role: Role,
    active: bool,
    session_epoch: i32,
    created_at: DateTime<Utc>,
}

impl From<UserRow> for StoredUser {
    fn from(row: UserRow) -> Self {
        Self {
            user: User {
                id: row.id,
                email: row.email,
                display_name: row.display_name,
                role: row.role,
                active: row.active,
                created_at: row.created_at,
            },
            password_hash: Some(row.password_hash).filter(|hash| !hash.is_empty()),
            session_epoch: row.session_epoch,
        }
    }
}

const INSERT: &str = "INSERT INTO users (id, email, display_name, password_hash, role, active, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, TRUE, $6, $6)";

impl Store {
    /// Whether nobody has been made yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_no_users(&self) -> Result<bool, StoreError> {
        let count: i64 = reading!(self, db => sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(db).await?);
        Ok(count == 0)
    }

    /// Stores a person.
    ///
    /// # Errors
    /// [`StoreError::UserExists`] if the email is taken; [`StoreError::SignedOut`], [`StoreError::NotAdmin`].
    pub async fn create_user(&self, new: NewUser, act: impl Into<Act>) -> Result<User, StoreError> {
        let act = act.into();
        let now = act.at;
        let id = UserId::new();
        let email = new.email.to_lowercase();
        writing!(self, tx => {
            check_actor!(tx, act, Need::Admin);
            sqlx::query(INSERT)
                .bind(id).bind(&email).bind(&new.display_name).bind(&new.password_hash).bind(new.role.as_str()).bind(now)
                .execute(&mut *tx).await.map_err(taken)?;
            record!(tx, act, AuditAction::UserCreated, Record {
                target: Some(id.to_string()),
                name: Some(&email),
                to: Some(new.role.to_string()),
                ..Record::default()
            });
        });
        Ok(User { id, email, display_name: new.display_name, role: new.role, active: true, created_at: now })
    }

    /// Stores the first admin, if the set-up token is the present one and there is still nobody. `None` otherwise.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn create_first_admin(
        &self,
        setup_token: &str,
        new: NewUser,
        act: impl Into<Act>,
    ) -> Result<Option<User>, StoreError> {
        let act = act.into();
        let now = act.at;
        let id = UserId::new();
        let email = new.email.to_lowercase();
        writing!(self, tx => {
            // Whoever deletes the token's row is the one who may go on.
            let token = sqlx::query("DELETE FROM system_values WHERE key = $1 AND value = $2")
                .bind(SETUP_TOKEN).bind(token_hash(setup_token)).execute(&mut *tx).await?.rows_affected();
            let users: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(&mut *tx).await?;
            if token == 0 || users > 0 {
                return Ok(None);
            }
            sqlx::query(INSERT)
                .bind(id).bind(&email).bind(&new.display_name).bind(&new.password_hash)
                .bind(Role::Admin.as_str()).bind(now)
                .execute(&mut *tx).await.map_err(taken)?;
            // The link is the right to do it; whoever has it is this person.
            let act = Act { by: Actor { user: Some(id), ..act.by }, ..act };
            record!(tx, act, AuditAction::UserCreated, Record {
                target: Some(id.to_string()),
                name: Some(&email),
                to: Some(Role::Admin.to_string()),
                ..Record::default()
            });
        });
        Ok(Some(User { id, email, display_name: new.display_name, role: Role::Admin, active: true, created_at: now }))
    }

    /// Keeps the hash of the one set-up token that works, or none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_setup_token(&self, token: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.set_system_value(SETUP_TOKEN, &token_hash(token), now).await
    }

    /// Whether this is the set-up token that works now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn setup_token_is_valid(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.has_no_users().await? && self.system_value(SETUP_TOKEN).await? == Some(token_hash(token)))
    }

    /// The person with this email, in any case of letters.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<StoredUser>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users WHERE email = $1"));
        let row: Option<UserRow> = reading!(self, db => {
            sqlx::query_as(sql).bind(email.trim().to_lowercase()).fetch_optional(db).await?
        });
        Ok(row.map(Into::into))
    }

    /// The person with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user(&self, id: UserId) -> Result<Option<StoredUser>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users WHERE id = $1"));
        let row: Option<UserRow> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        Ok(row.map(Into::into))
    }

    /// Everybody, by email.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users ORDER BY email"));
        let rows: Vec<UserRow> = reading!(self, db => sqlx::query_as(sql).fetch_all(db).await?);
        Ok(rows.into_iter().map(|row| StoredUser::from(row).user).collect())
    }

    /// Gives a person a new password and ends every session and token made before. Returns the epoch that begins with it; `None` if
    /// there is no such person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn set_password_hash(
        &self,
        id: UserId,
        hash: &str,
        act: impl Into<Act>,
    ) -> Result<Option<i32>, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            check_actor!(tx, act, Need::SignedIn);
            let changed: Option<(String, i32)> = sqlx::query_as(
                "UPDATE users SET password_hash = $2, session_epoch = session_epoch + 1, updated_at = $3 WHERE id = $1
                 RETURNING email, session_epoch",
            )
            .bind(id).bind(hash).bind(act.at).fetch_optional(&mut *tx).await?;
            if let Some((email, _)) = &changed {
                sqlx::query(END_TOKENS).bind(id).execute(&mut *tx).await?;
                sqlx::query(END_LINK).bind(id).execute(&mut *tx).await?;
                let record = Record { target: Some(id.to_string()), name: Some(email), ..Record::default() };
                record!(tx, act, AuditAction::PasswordChanged, record);
            }
            changed.map(|(_, epoch)| epoch)
        }))
    }
}

const SETUP_TOKEN: &str = "setup_token_hash";

fn taken(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::UserExists,
        _ => error.into(),
    }
}
