//! API tokens, login attempts, and OAuth requests on their way through Google.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::FromRow;

use super::{
    Act, Record, Store, StoreError,
    actors::{Need, check_actor, check_credential, check_person},
    audit::record,
    reading, writing,
};
use crate::{
    crypto::token_hash,
    types::{ApiToken, ApiTokenId, AuditAction, TOKEN_DAYS_AT_MOST, UserId},
};

/// A token to be stored by its hash.
pub struct NewApiToken<'a> {
    pub user_id: UserId,
    /// `true` for a personal token; `false` for one that a login gave.
    pub personal: bool,
    pub name: &'a str,
    pub token: &'a str,
    /// The epoch that its owner was identified in: it ends with it, and is not made once it is over.
    pub session_epoch: Option<i32>,
    pub expires_at: DateTime<Utc>,
}

/// How many attempts are allowed within a window.
#[derive(Debug, Clone, Copy)]
pub struct AttemptLimit<'a> {
    /// Whose they are, e.g. `account:ann@x.example`.
    pub of: &'a str,
    pub allowed: u32,
}

/// A token that somebody presented.
#[derive(Debug, Clone, FromRow)]
pub struct StoredApiToken {
    pub id: ApiTokenId,
    pub user_id: UserId,
    pub session_epoch: Option<i32>,
    pub last_used_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

/// An authorization request that waits for Google's answer.
pub struct OauthRequest {
    pub user_id: UserId,
    /// What ties the request to one browser session or API token.
    pub session_binding: String,
    pub pkce_verifier: SecretString,
    pub expires_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct TokenRow {
    id: ApiTokenId,
    name: String,
    prefix: String,
    user_id: UserId,
    user_email: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<TokenRow> for ApiToken {
    fn from(row: TokenRow) -> Self {
        let TokenRow { id, name, prefix, user_id, user_email, created_at, last_used_at, expires_at } = row;
        let expires_at = end_of(created_at, expires_at);
        Self { id, name, prefix, user_id, user_email, created_at, last_used_at, expires_at }
    }
}

/// An early version made tokens that did not expire: they end when the longest-lived of today would.
fn end_of(created_at: DateTime<Utc>, expires_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    expires_at.unwrap_or(created_at + TimeDelta::days(TOKEN_DAYS_AT_MOST.into()))
}

/// A token's first characters are no secret: 6 of 43 leave 222 bits.
fn prefix(token: &str) -> String {
    token.chars().take(9).collect()
}

const TOKENS: &str =
    "SELECT t.id, t.name, t.prefix, t.user_id, u.email AS user_email, t.created_at, t.last_used_at, t.expires_at
  FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.kind = 'personal'";

/// Personal tokens that somebody may have at once.
const MOST_PERSONAL: i64 = 50;
/// Tokens of logins that somebody may have at once.
const MOST_OF_LOGINS: i64 = 200;

/// Ends the tokens of a person, `$1`: whoever has one of them might be who access was ended for.
pub(super) const END_TOKENS: &str = "DELETE FROM api_tokens WHERE user_id = $1";
/// Ends the link with which a person may set a password.
pub(super) const END_LINK: &str = "DELETE FROM access_links WHERE user_id = $1";

impl Store {
    /// Stores a token.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] when the epoch of its owner is over, or they are shut out; [`StoreError::TooManyTokens`]. When the
    /// database cannot be written.
    pub async fn create_api_token(&self, new: NewApiToken<'_>, act: impl Into<Act>) -> Result<ApiToken, StoreError> {
        let act = act.into();
        let now = act.at;
        let id = ApiTokenId::new();
        let prefix = prefix(new.token);
        let user_email: String = writing!(self, tx => {
            check_person!(tx, new.user_id, new.session_epoch, Need::SignedIn);
            check_credential!(tx, act);
            if new.personal {
                let living: i64 = sqlx::query_scalar(
                    "SELECT COUNT(*) FROM api_tokens
                     WHERE user_id = $1 AND kind = 'personal' AND (expires_at IS NULL OR expires_at > $2)",
                )
                .bind(new.user_id).bind(now).fetch_one(&mut *tx).await?;
                if living >= MOST_PERSONAL {
                    return Err(StoreError::TooManyTokens);
                }
            } else {
                // Nobody keeps more of them in use: the earliest make room.
                sqlx::query(
                    "DELETE FROM api_tokens WHERE id IN (SELECT id FROM api_tokens
                       WHERE user_id = $1 AND kind = 'login' ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3)",
                )
                .bind(new.user_id).bind(i64::MAX).bind(MOST_OF_LOGINS - 1).execute(&mut *tx).await?;
            }
            sqlx::query(
                "INSERT INTO api_tokens
                 (id, user_id, kind, name, prefix, token_hash, session_epoch, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(id).bind(new.user_id).bind(if new.personal { "personal" } else { "login" }).bind(new.name)
            .bind(&prefix).bind(token_hash(new.token)).bind(new.session_epoch).bind(now).bind(new.expires_at)
            .execute(&mut *tx).await?;
            // A login token is a session by another name, and ends by itself.
            if new.personal {
                let record = Record { target: Some(id.to_string()), name: Some(new.name), ..Record::default() };
                record!(tx, act, AuditAction::ApiTokenCreated, record);
            }
            sqlx::query_scalar("SELECT email FROM users WHERE id = $1").bind(new.user_id).fetch_one(&mut *tx).await?
        });
        Ok(ApiToken {
            id,
            name: new.name.to_owned(),
            prefix,
            user_id: new.user_id,
            user_email,
            created_at: now,
            last_used_at: None,
            expires_at: new.expires_at,
        })
    }

    /// The token that somebody presented, unless it has expired.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn api_token(&self, token: &str, now: DateTime<Utc>) -> Result<Option<StoredApiToken>, StoreError> {
        let found: Option<StoredApiToken> = reading!(self, db => {
            sqlx::query_as(
                "SELECT id, user_id, session_epoch, created_at, last_used_at, expires_at FROM api_tokens
                 WHERE token_hash = $1",
            )
            .bind(token_hash(token)).fetch_optional(db).await?
        });
        Ok(found.filter(|found| end_of(found.created_at, found.expires_at) > now))
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn touch_api_token(&self, id: ApiTokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1").bind(id).bind(now).execute(tx).await?;
        });
        Ok(())
    }

    /// A person's personal tokens, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_api_tokens(&self, user: UserId) -> Result<Vec<ApiToken>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{TOKENS} AND t.user_id = $1 ORDER BY t.created_at DESC, t.id DESC"));
        let rows: Vec<TokenRow> = reading!(self, db => sqlx::query_as(sql).bind(user).fetch_all(db).await?);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Everybody's personal tokens, by owner, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_all_api_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{TOKENS} ORDER BY u.email, t.created_at DESC, t.id DESC"));
        let rows: Vec<TokenRow> = reading!(self, db => sqlx::query_as(sql).fetch_all(db).await?);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Ends every session and token of a person. `false` if there is no such person.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn end_access(&self, user: UserId, act: impl Into<Act>) -> Result<bool, StoreError> {
        let act = act.into();
        let ended: Option<String> = writing!(self, tx => {
            check_actor!(tx, act, Need::SignedIn);
            let ended: Option<String> = sqlx::query_scalar(
                "UPDATE users SET session_epoch = session_epoch + 1, updated_at = $2 WHERE id = $1 RETURNING email",
            )
            .bind(user).bind(act.at).fetch_optional(&mut *tx).await?;
            if let Some(email) = &ended {
                sqlx::query(END_TOKENS).bind(user).execute(&mut *tx).await?;
                sqlx::query(END_LINK).bind(user).execute(&mut *tx).await?;
                let record = Record { target: Some(user.to_string()), name: Some(email), ..Record::default() };
                record!(tx, act, AuditAction::SignedOutEverywhere, record);
            }
            ended
        });
        Ok(ended.is_some())
    }

    /// Deletes a person's token. `false` if they have no such token.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`]. When the database cannot be written.
    pub async fn delete_api_token(
        &self,
        user: UserId,
        id: ApiTokenId,
        act: impl Into<Act>,
    ) -> Result<bool, StoreError> {
        let act = act.into();
        let deleted: Option<String> = writing!(self, tx => {
            check_actor!(tx, act, Need::SignedIn);
            let deleted: Option<String> =
                sqlx::query_scalar("DELETE FROM api_tokens WHERE id = $1 AND user_id = $2 RETURNING name")
                    .bind(id).bind(user).fetch_optional(&mut *tx).await?;
            if let Some(name) = &deleted {
                let record = Record { target: Some(id.to_string()), name: Some(name), ..Record::default() };
                record!(tx, act, AuditAction::ApiTokenDeleted, record);
            }
            deleted
        });
        Ok(deleted.is_some())
    }

    /// Counts one attempt against each limit. `Some`: one of them is reached, and the seconds until it is no longer, the longest
    /// where there are several; what was reached before writes nothing. Counting before the password is looked at leaves no gap
    /// through which parallel attempts could slip.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn count_login_attempt(
        &self,
        limits: &[AttemptLimit<'_>],
        window: TimeDelta,
        act: impl Into<Act>,
    ) -> Result<Option<u32>, StoreError> {
        let act = act.into();
        let now = act.at;
        let left = |started: DateTime<Utc>| u32::try_from((started + window - now).num_seconds().max(1)).ok();
        let mut blocked_for = None;
        for limit in limits {
            let reached: Option<DateTime<Utc>> = reading!(self, db => {
                sqlx::query_scalar(
                    "SELECT window_start FROM login_attempts WHERE key = $1 AND failures > $2 AND window_start > $3",
                )
                .bind(attempt_key(limit.of)).bind(limit.allowed.cast_signed()).bind(now - window)
                .fetch_optional(db).await?
            });
            blocked_for = blocked_for.max(reached.and_then(left));
        }
        if blocked_for.is_some() {
            return Ok(blocked_for);
        }
        writing!(self, tx => {
            for limit in limits {
                let (failures, started): (i32, DateTime<Utc>) = sqlx::query_as(
                    "INSERT INTO login_attempts (key, failures, window_start) VALUES ($1, 1, $2)
                     ON CONFLICT (key) DO UPDATE SET
                       failures = CASE WHEN login_attempts.window_start <= $3 THEN 1 ELSE login_attempts.failures + 1 END,
                       window_start = CASE WHEN login_attempts.window_start <= $3 THEN $2 ELSE login_attempts.window_start END
                     RETURNING failures, window_start",
                )
                .bind(attempt_key(limit.of)).bind(now).bind(now - window).fetch_one(&mut *tx).await?;
                if i64::from(failures) > i64::from(limit.allowed) {
                    blocked_for = blocked_for.max(left(started));
                    // Once a window, not once an attempt: whoever knocks on must not fill the record.
                    if i64::from(failures) == i64::from(limit.allowed) + 1 {
                        let record = Record { target: Some(limit.of.to_owned()), ..Record::default() };
                        record!(tx, act, AuditAction::LoginLocked, record);
                    }
                }
            }
        });
        Ok(blocked_for)
    }

    /// Forgets the attempts against a limit, after a successful one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn clear_login_attempts(&self, of: &str) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("DELETE FROM login_attempts WHERE key = $1").bind(attempt_key(of)).execute(tx).await?;
        });
        Ok(())
    }

    /// Keeps an authorization request until Google sends the browser back with `state`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_oauth_request(
        &self,
        state: &str,
        request: OauthRequest,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let hash = token_hash(state);
        let verifier = self.cipher.seal(&request.pkce_verifier, &oauth_identity(&hash));
        writing!(self, tx => {
            sqlx::query(
                "INSERT INTO oauth_requests (state_hash, user_id, session_binding, pkce_verifier, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&hash).bind(request.user_id).bind(&request.session_binding).bind(verifier).bind(now)
            .bind(request.expires_at).execute(tx).await?;
        });
        Ok(())
    }

    /// Takes an authorization request out: whatever comes of it, the same `state` never works again.
    ///
    /// # Errors
    /// When the database cannot be written or the verifier cannot be decrypted.
    pub async fn take_oauth_request(&self, state: &str) -> Result<Option<OauthRequest>, StoreError> {
        let hash = token_hash(state);
        let row: Option<(UserId, String, String, DateTime<Utc>)> = writing!(self, tx => {
            sqlx::query_as(
                "DELETE FROM oauth_requests WHERE state_hash = $1
                 RETURNING user_id, session_binding, pkce_verifier, expires_at",
            )
            .bind(&hash).fetch_optional(tx).await?
        });
        row.map(|(user_id, session_binding, verifier, expires_at)| {
            let pkce_verifier = self.cipher.open(&verifier, &oauth_identity(&hash))?;
            debug_assert!(!pkce_verifier.expose_secret().is_empty());
            Ok(OauthRequest { user_id, session_binding, pkce_verifier, expires_at })
        })
        .transpose()
    }
}

/// What a limit is called in the database: of the same length whatever was sent, and no list of who tries to come in.
fn attempt_key(of: &str) -> String {
    token_hash(of)
}

pub(super) fn oauth_identity(state_hash: &str) -> String {
    format!("oauth_requests/{state_hash}/pkce_verifier")
}
