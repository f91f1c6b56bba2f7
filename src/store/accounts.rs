//! Providers and accounts.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use sqlx::{FromRow, QueryBuilder, types::Json};

use super::{
    Act, Record, Store, StoreError,
    audit::record,
    changes::DELETE_UNUSED_BLOBS,
    credentials::{access_identity, refresh_identity},
    jobs::{NewJob, enqueue},
    reading, writing,
};
use crate::types::{
    Account, AccountAuth, AccountChoice, AccountId, AccountMeta, AccountProblem, AccountStatus, AuditAction,
    AuditChange, CredentialsId, Direction, ImapServer, PairsElsewhere, Provider, ProviderId, Revocation, Role, Through,
    UserId,
};

/// A provider as it is made when its first account comes.
pub struct ProviderSeed {
    pub provider: Provider,
    pub default_scopes: Option<Vec<String>>,
}

/// A mailbox to be connected, or connected again.
pub struct ConnectAccount<'a> {
    pub provider: ProviderSeed,
    pub owner: Option<UserId>,
    /// The mailbox address, in lower case.
    pub address: &'a str,
    pub display_name: &'a str,
    pub tokens: Option<Tokens<'a>>,
    /// How we get in, where that is not the provider's usual way.
    pub auth: Option<AccountAuth>,
    /// Provider `imap`: where the mailbox is.
    pub imap: Option<ImapServer>,
}

/// What Google gave; of an IMAP mailbox the password, as `access_token`.
pub struct Tokens<'a> {
    pub access_token: &'a SecretString,
    /// Absent on some re-consents: the stored one is kept then. A service account has none, and keeps none.
    pub refresh_token: Option<&'a SecretString>,
    pub expires_in: Option<TimeDelta>,
    pub scopes: &'a [String],
}

/// What connecting did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connected {
    pub account: AccountId,
    /// `false` when the address was connected before.
    pub created: bool,
    /// It was switched off before, and whoever connected it may not switch it on.
    pub is_off: bool,
}

/// An account as [`Store::account_marks`] reads it: its status, its problem, when a resync was asked for, its last run, what it
/// waits for.
pub type AccountMark = (AccountId, String, Option<String>, Option<String>, Option<String>, Option<String>);

/// Who writes in a mailbox, judged by some thousand of its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Senders {
    /// How many messages were looked at.
    pub looked_at: i64,
    /// How many of them we sent.
    pub ours: i64,
    /// Who else wrote most, and how many messages.
    pub others: Vec<(String, i64)>,
}

/// So many addresses are ours in one mailbox, at most.
pub const MOST_OWN_ADDRESSES: usize = 100;

/// The conversations by which [`Store::pairs_elsewhere`] judges.
const THREADS_ELSEWHERE: i64 = 5_000;

/// The messages by which [`Senders`] are judged, and how many of the others are named.
const SENDERS_OF: i64 = 5_000;
const SENDERS_NAMED: usize = 3;

/// What is read, changed and written whole.
#[derive(FromRow)]
pub(super) struct LockedAccount {
    pub(super) external_account_id: String,
    #[sqlx(try_from = "String")]
    pub(super) status: AccountStatus,
    pub(super) meta: Json<AccountMeta>,
    pub(super) last_sync_at: Option<DateTime<Utc>>,
}

/// The state of an account, which nobody else changes until the transaction ends: whoever writes back what was read here
/// undoes nothing. For use inside a transaction.
macro_rules! lock_account {
    ($tx:expr, $id:expr) => {{
        let sql = format!(
            "SELECT external_account_id, status, meta, last_sync_at FROM integrations_accounts WHERE id = $1 {}",
            $tx.for_update()
        );
        let row: Option<$crate::store::accounts::LockedAccount> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind($id).fetch_optional(&mut *$tx).await?;
        row
    }};
}
pub(super) use lock_account;

/// Changes status and meta of an account, if it is there: what it is called, and its status before and after. For use inside a
/// transaction.
macro_rules! change_account {
    ($tx:expr, $id:expr, $now:expr, $change:expr) => {
        match lock_account!($tx, $id) {
            None => None,
            Some(LockedAccount { external_account_id, status: before, meta: Json(mut meta), .. }) => {
                let after: AccountStatus = $change(before, &mut meta);
                sqlx::query("UPDATE integrations_accounts SET meta = $2, status = $3, updated_at = $4 WHERE id = $1")
                    .bind($id)
                    .bind(Json(meta))
                    .bind(after.as_str())
                    .bind($now)
                    .execute(&mut *$tx)
                    .await?;
                Some((external_account_id, before, after))
            }
        }
    };
}

/// What came of changing which addresses are ours in a mailbox.
#[derive(Debug, Clone, PartialEq)]
pub enum AddressesChange {
    Done(Box<Account>),
    /// No address would be left.
    NoneLeft,
    /// There would be more than [`MOST_OWN_ADDRESSES`].
    TooMany,
    /// There is no such account.
    Unknown,
}

/// The addresses that are ours in a mailbox, the one that names it first where it is ours. Those in `meta` are taken out.
fn own_addresses(name: &str, meta: &mut AccountMeta) -> Vec<String> {
    let named = (!meta.named_by_other).then(|| name.to_owned());
    named.into_iter().chain(std::mem::take(&mut meta.aliases)).collect()
}

/// Puts them back.
fn set_own_addresses(name: &str, meta: &mut AccountMeta, ours: Vec<String>) {
    meta.named_by_other = !ours.iter().any(|address| address == name);
    meta.aliases = ours.into_iter().filter(|address| address != name).collect();
}

/// The status of an account that needs a person: what an admin has switched off stays off, whatever is wrong with it besides.
fn in_need(before: AccountStatus) -> AccountStatus {
    if before == AccountStatus::Disabled { AccountStatus::Disabled } else { AccountStatus::Error }
}

/// The columns of an [`Account`]. What is stored of it comes from the counts that are kept.
const SELECT: &str = "SELECT a.id, p.code AS provider_code, p.name AS provider_name, a.owner_user_id,
    u.email AS owner_email, a.external_account_id, a.display_name, a.status, a.last_sync_at, a.meta,
    (SELECT COALESCE(CAST(SUM(c.number) AS BIGINT), 0) FROM account_counts c
     WHERE c.integration_account_id = a.id AND c.what = 'messages') AS messages,
    (SELECT COALESCE(CAST(SUM(c.number) AS BIGINT), 0) FROM account_counts c
     WHERE c.integration_account_id = a.id AND c.what IN ('new', 'approved', 'rejected')) AS pairs,
    (SELECT COALESCE(CAST(SUM(c.number) AS BIGINT), 0) FROM account_counts c
     WHERE c.integration_account_id = a.id AND c.what = 'set_aside') AS set_aside,
    COALESCE(
      (SELECT r.id FROM sync_runs r WHERE r.integration_account_id = a.id AND r.state IN ('queued', 'running')
         AND r.kind <> 'backfill' ORDER BY r.created_at DESC, r.id DESC LIMIT 1),
      (SELECT r.id FROM sync_runs r WHERE r.integration_account_id = a.id AND r.state IN ('queued', 'running')
         ORDER BY r.created_at DESC, r.id DESC LIMIT 1)) AS active_run_id,
    s.last_run_at, s.not_before, s.not_before_reason
  FROM integrations_accounts a
  JOIN integrations_providers p ON p.id = a.provider_id
  LEFT JOIN users u ON u.id = a.owner_user_id
  LEFT JOIN sync_state s ON s.integration_account_id = a.id";

impl Store {
    /// Accounts by provider code and display name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_accounts(
        &self,
        provider: Option<&str>,
        owner: Option<UserId>,
    ) -> Result<Vec<Account>, StoreError> {
        let mut accounts: Vec<Account> = reading!(self, db => {
            let mut query = QueryBuilder::new(SELECT);
            query.push(" WHERE TRUE");
            if let Some(provider) = provider {
                query.push(" AND p.code = ").push_bind(provider);
            }
            if let Some(owner) = owner {
                query.push(" AND a.owner_user_id = ").push_bind(owner);
            }
            query.build_query_as().fetch_all(db).await?
        });
        self.tell_pairs_elsewhere(&mut accounts).await?;
        accounts
            .sort_by(|a, b| (&a.provider_code, &a.display_name, a.id).cmp(&(&b.provider_code, &b.display_name, b.id)));
        Ok(accounts)
    }

    /// Accounts to choose from, by provider code and display name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_choices(&self) -> Result<Vec<AccountChoice>, StoreError> {
        let mut choices: Vec<AccountChoice> = reading!(self, db => {
            sqlx::query_as(
                "SELECT a.id, p.code AS provider_code, p.name AS provider_name, a.external_account_id, a.display_name
                 FROM integrations_accounts a JOIN integrations_providers p ON p.id = a.provider_id",
            )
            .fetch_all(db).await?
        });
        choices
            .sort_by(|a, b| (&a.provider_code, &a.display_name, a.id).cmp(&(&b.provider_code, &b.display_name, b.id)));
        Ok(choices)
    }

    /// How many accounts there are, how many pairs are undecided, and how many conversations need a reply, from the counts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn navigation_counts(&self) -> Result<(i64, i64, i64), StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT (SELECT COUNT(*) FROM integrations_accounts),
                   (SELECT COALESCE(CAST(SUM(number) AS BIGINT), 0) FROM account_counts WHERE what = 'new'),
                   (SELECT COALESCE(CAST(SUM(number) AS BIGINT), 0) FROM account_counts WHERE what = 'conversation_needs_reply')",
            )
            .fetch_one(db).await?
        }))
    }

    /// How many conversations an account sees, from the counts that are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn threads_of_account(&self, id: AccountId) -> Result<i64, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT COALESCE(CAST(SUM(number) AS BIGINT), 0) FROM account_counts
                 WHERE integration_account_id = $1 AND what = 'threads'",
            )
            .bind(id).fetch_one(db).await?
        }))
    }

    /// Of one account, or of all: everything whose change makes a page with accounts and runs look different.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_marks(&self, account: Option<AccountId>) -> Result<Vec<AccountMark>, StoreError> {
        Ok(reading!(self, db => {
            let mut query = QueryBuilder::new(
                "SELECT a.id, a.status, a.meta->>'problem', a.meta->>'manual_resync_requested_at',
                   a.meta->'last_sync_summary'->>'run_id', s.not_before_reason
                 FROM integrations_accounts a LEFT JOIN sync_state s ON s.integration_account_id = a.id",
            );
            if let Some(account) = account {
                query.push(" WHERE a.id = ").push_bind(account);
            }
            query.push(" ORDER BY a.id");
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// The addresses that are ours in each account, the main one first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn mailbox_addresses(&self) -> Result<Vec<Vec<String>>, StoreError> {
        let rows: Vec<(String, Json<AccountMeta>)> = reading!(self, db => {
            sqlx::query_as("SELECT external_account_id, meta FROM integrations_accounts").fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(name, Json(mut meta))| own_addresses(&name, &mut meta)).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE a.id = $1"));
        let mut account: Option<Account> = reading!(self, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await?);
        self.tell_pairs_elsewhere(account.as_mut_slice()).await?;
        Ok(account)
    }

    /// Says of imported mailboxes without pairs where the pairs of their conversations are.
    async fn tell_pairs_elsewhere(&self, accounts: &mut [Account]) -> Result<(), StoreError> {
        for account in accounts.iter_mut().filter(|account| account.is_pairless()) {
            account.pairs_in = self.pairs_elsewhere(account.id).await?;
        }
        Ok(())
    }

    /// Connects a mailbox: provider, account and credentials in one transaction. The same address again updates the
    /// same account, whoever connects it; its first owner stays. What is switched off is switched on by admins and on the command
    /// line alone: for others it stays off.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn connect_account(
        &self,
        connect: ConnectAccount<'_>,
        act: impl Into<Act>,
    ) -> Result<Connected, StoreError> {
        let act = act.into();
        let now = act.at;
        let ProviderSeed { provider, default_scopes } = connect.provider;
        let new_id = AccountId::new();
        let (account, is_off) = writing!(self, tx => {
            let provider_id: ProviderId = sqlx::query_scalar(
                "INSERT INTO integrations_providers (id, code, name, auth_type, default_scopes, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $6)
                 ON CONFLICT (code) DO UPDATE SET updated_at = integrations_providers.updated_at RETURNING id",
            )
            .bind(ProviderId::new()).bind(provider.as_str()).bind(provider.name()).bind(provider.auth_type())
            .bind(default_scopes.map(Json)).bind(now).fetch_one(&mut *tx).await?;

            let account: AccountId = sqlx::query_scalar(
                "INSERT INTO integrations_accounts
                 (id, provider_id, owner_user_id, external_account_id, display_name, status, meta, keeps_sent, created_at,
                  updated_at)
                 VALUES ($1, $2, $3, $4, $5, 'active', $6, $8, $7, $7)
                 ON CONFLICT (provider_id, external_account_id) DO UPDATE SET
                   updated_at = excluded.updated_at,
                   owner_user_id = COALESCE(integrations_accounts.owner_user_id, excluded.owner_user_id)
                 RETURNING id",
            )
            .bind(new_id).bind(provider_id).bind(connect.owner).bind(connect.address).bind(connect.display_name)
            .bind(Json(AccountMeta::default())).bind(now).bind(provider == Provider::Gmail).fetch_one(&mut *tx).await?;

            let may_enable = match act.by.user {
                None => true,
                Some(_) if act.by.through == Through::CommandLine => true,
                Some(user) => {
                    let role: Option<String> = sqlx::query_scalar("SELECT role FROM users WHERE id = $1")
                        .bind(user).fetch_optional(&mut *tx).await?;
                    role.as_deref() == Some(Role::Admin.as_str())
                }
            };
            let mut is_off = false;
            change_account!(tx, account, now, |before, meta: &mut AccountMeta| {
                meta.problem = None;
                meta.auth = connect.auth;
                meta.imap.clone_from(&connect.imap);
                is_off = before == AccountStatus::Disabled && !may_enable;
                if is_off { AccountStatus::Disabled } else { AccountStatus::Active }
            });

            if let Some(tokens) = &connect.tokens {
                // The row's id is part of what the secrets are sealed for, so it has to be known first.
                let stored: Option<CredentialsId> = sqlx::query_scalar(
                    "SELECT id FROM integrations_credentials WHERE integration_account_id = $1",
                )
                .bind(account).fetch_optional(&mut *tx).await?;
                let id = stored.unwrap_or_default();
                sqlx::query(
                    "INSERT INTO integrations_credentials
                     (id, integration_account_id, access_token, refresh_token, expires_at, scopes, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
                     ON CONFLICT (integration_account_id) DO UPDATE SET
                       access_token = excluded.access_token, expires_at = excluded.expires_at,
                       refresh_token = COALESCE(excluded.refresh_token,
                                                CASE WHEN $8 THEN integrations_credentials.refresh_token END),
                       scopes = excluded.scopes, updated_at = excluded.updated_at",
                )
                .bind(id).bind(account)
                .bind(self.cipher.seal(tokens.access_token, &access_identity(id)))
                .bind(tokens.refresh_token.and_then(|token| self.cipher.seal(token, &refresh_identity(id))))
                .bind(tokens.expires_in.map(|lifetime| now + lifetime))
                .bind(Json(tokens.scopes)).bind(now).bind(connect.auth.is_none())
                .execute(&mut *tx).await?;
            }
            let action = match connect.auth {
                Some(AccountAuth::ServiceAccount) => AuditAction::AccountEnrolled,
                None => AuditAction::AccountConnected,
            };
            record!(tx, act, action, Record {
                target: Some(account.to_string()),
                name: Some(connect.address),
                to: Some(provider.to_string()),
                ..Record::default()
            });
            (account, is_off)
        });
        Ok(Connected { account, created: account == new_id, is_off })
    }

    /// Switches an account on or off. An account whose problem only a person can mend stays switched on with its
    /// problem shown. `None` if there is no such account.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_account_status(
        &self,
        id: AccountId,
        status: AccountStatus,
        act: impl Into<Act>,
    ) -> Result<Option<Account>, StoreError> {
        let action = match status {
            AccountStatus::Disabled => AuditAction::AccountDisabled,
            AccountStatus::Active | AccountStatus::Error => AuditAction::AccountEnabled,
        };
        self.change_meta(id, act.into(), Some(action), |_, meta| {
            if status == AccountStatus::Active && meta.problem.is_some() { AccountStatus::Error } else { status }
        })
        .await
    }

    /// Marks an account for the worker to take first. `None` if there is no such account.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn request_resync(&self, id: AccountId, act: impl Into<Act>) -> Result<Option<Account>, StoreError> {
        let act = act.into();
        self.change_meta(id, act, Some(AuditAction::ResyncRequested), |status, meta| {
            meta.manual_resync_requested_at = Some(act.at);
            status
        })
        .await
    }

    /// Notes that an import takes these addresses as ours in its mailbox. `false`: there would be more than
    /// [`MOST_OWN_ADDRESSES`], and nothing is noted.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_as_ours(
        &self,
        id: AccountId,
        addresses: &[String],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(writing!(self, tx => {
            let mut fits = true;
            if let Some(LockedAccount { external_account_id, meta: Json(mut meta), .. }) = lock_account!(tx, id) {
                let before = own_addresses(&external_account_id, &mut meta);
                let mut ours = before.clone();
                ours.extend(addresses.iter().filter(|address| !before.contains(address)).cloned());
                fits = ours.len() <= MOST_OWN_ADDRESSES.max(before.len());
                if !fits {
                    return Ok(false);
                }
                set_own_addresses(&external_account_id, &mut meta, ours);
                sqlx::query("UPDATE integrations_accounts SET meta = $2, updated_at = $3 WHERE id = $1")
                    .bind(id).bind(Json(&meta)).bind(now).execute(&mut *tx).await?;
            }
            fits
        }))
    }

    /// Changes which addresses are ours in this mailbox, as a person says: `change` gets them all, the one that names the mailbox
    /// first where it is ours. The mailbox keeps its name, whichever are. Its directions and pairs are made anew in the background.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn change_own_addresses(
        &self,
        id: AccountId,
        change: impl FnOnce(&mut Vec<String>),
        act: impl Into<Act>,
    ) -> Result<AddressesChange, StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let Some(LockedAccount { external_account_id: name, meta: Json(mut meta), .. }) = lock_account!(tx, id) else {
                return Ok(AddressesChange::Unknown);
            };
            let before = own_addresses(&name, &mut meta);
            let mut ours = before.clone();
            change(&mut ours);
            if ours.is_empty() {
                return Ok(AddressesChange::NoneLeft);
            }
            if ours.len() > MOST_OWN_ADDRESSES.max(before.len()) {
                return Ok(AddressesChange::TooMany);
            }
            if ours != before {
                let besides = |these: &[String], those: &[String]| -> Vec<String> {
                    these.iter().filter(|address| !those.contains(address)).cloned().collect()
                };
                let (added, removed) = (besides(&ours, &before), besides(&before, &ours));
                set_own_addresses(&name, &mut meta, ours);
                sqlx::query("UPDATE integrations_accounts SET meta = $2, updated_at = $3 WHERE id = $1")
                    .bind(id).bind(Json(&meta)).bind(act.at).execute(&mut *tx).await?;
                record!(tx, act, AuditAction::OwnAddressesSet, Record {
                    target: Some(id.to_string()),
                    name: Some(&name),
                    to: Some(AuditChange::OwnAddresses { added, removed }.to_string()),
                    ..Record::default()
                });
                enqueue!(tx, &NewJob::redecide(id), act.at);
            }
        });
        let account = self.account(id).await?;
        Ok(account.map_or(AddressesChange::Unknown, |account| AddressesChange::Done(Box::new(account))))
    }

    /// The address under which a file of `address` was imported before, where that one is no longer ours and `address` still is:
    /// more of the same mailbox goes there. `None` where `address` names a mailbox itself, or is new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn imported_under(&self, address: &str) -> Result<Option<String>, StoreError> {
        let rows: Vec<(String, Json<AccountMeta>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT a.external_account_id, a.meta FROM integrations_accounts a
                 JOIN integrations_providers p ON p.id = a.provider_id WHERE p.code = $1 ORDER BY a.created_at, a.id",
            )
            .bind(Provider::Mbox.as_str()).fetch_all(db).await?
        });
        if rows.iter().any(|(name, _)| name == address) {
            return Ok(None);
        }
        let has = |meta: &AccountMeta| meta.named_by_other && meta.aliases.iter().any(|alias| alias == address);
        Ok(rows.into_iter().find(|(_, Json(meta))| has(meta)).map(|(name, _)| name))
    }

    /// Which other mailbox has pairs of conversations that this one sees, judged by some thousand of them: the one with most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pairs_elsewhere(&self, id: AccountId) -> Result<Option<PairsElsewhere>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_as(
                "SELECT a.id AS account_id, a.display_name AS account_name, COUNT(DISTINCT seen.email_thread_id) AS threads
                 FROM (SELECT email_thread_id FROM emails_thread_parts WHERE integration_account_id = $1 LIMIT $2) seen
                 CROSS JOIN emails_thread_parts other CROSS JOIN ai_training_pairs t CROSS JOIN integrations_accounts a
                 WHERE other.email_thread_id = seen.email_thread_id AND other.integration_account_id <> $1
                   AND t.integration_account_id = other.integration_account_id AND t.thread_id = other.thread_id
                   AND a.id = t.integration_account_id
                 GROUP BY a.id, a.display_name ORDER BY 3 DESC, a.id LIMIT 1",
            )
            .bind(id).bind(THREADS_ELSEWHERE).fetch_optional(db).await?
        }))
    }

    /// Who writes in this mailbox, judged by some thousand of its messages: how many there are, how many of them are ours, and who
    /// else wrote most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn senders(&self, id: AccountId) -> Result<Senders, StoreError> {
        let rows: Vec<(String, Option<String>, i64)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT direction, from_address, COUNT(*) FROM
                   (SELECT direction, from_address FROM emails_messages WHERE integration_account_id = $1 LIMIT $2) looked_at
                 GROUP BY direction, from_address ORDER BY COUNT(*) DESC, from_address",
            )
            .bind(id).bind(SENDERS_OF).fetch_all(db).await?
        });
        let mut senders = Senders::default();
        for (direction, from, number) in rows {
            senders.looked_at += number;
            if direction == Direction::Outgoing.as_str() {
                senders.ours += number;
            } else if let Some(from) = from.filter(|_| senders.others.len() < SENDERS_NAMED) {
                senders.others.push((from, number));
            }
        }
        Ok(senders)
    }

    /// Replaces the addresses that are ours in this mailbox besides its own.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_aliases(&self, id: AccountId, aliases: Vec<String>, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_meta(id, now.into(), None, |status, meta| {
            meta.aliases = aliases;
            status
        })
        .await?;
        Ok(())
    }

    /// Notes whether the mailbox has a folder of sent mail that is kept.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_keeps_sent(&self, id: AccountId, keeps_sent: bool) -> Result<(), StoreError> {
        writing!(self, tx => {
            sqlx::query("UPDATE integrations_accounts SET keeps_sent = $2 WHERE id = $1 AND keeps_sent <> $2")
                .bind(id).bind(keeps_sent).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Says that an account needs a person, and why. One that is switched off stays so.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_account_problem(
        &self,
        id: AccountId,
        problem: AccountProblem,
        now: DateTime<Utc>,
    ) -> Result<Option<Account>, StoreError> {
        self.change_meta(id, now.into(), None, |before, meta| {
            meta.problem = Some(problem);
            in_need(before)
        })
        .await
    }

    /// Deletes the tokens of an account; its mail stays. One that is switched off stays so. `None` if there is no such account.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn disconnect_account(
        &self,
        id: AccountId,
        revocation: Revocation,
        act: impl Into<Act>,
    ) -> Result<Option<Account>, StoreError> {
        let act = act.into();
        writing!(self, tx => {
            let changed = change_account!(tx, id, act.at, |before, meta: &mut AccountMeta| {
                meta.problem = Some(AccountProblem::Disconnected);
                in_need(before)
            });
            sqlx::query("DELETE FROM integrations_credentials WHERE integration_account_id = $1")
                .bind(id).execute(&mut *tx).await?;
            if let Some((name, ..)) = &changed {
                record!(tx, act, AuditAction::AccountDisconnected, Record {
                    target: Some(id.to_string()),
                    name: Some(name),
                    to: Some(revocation.to_string()),
                    ..Record::default()
                });
            }
        });
        self.account(id).await
    }

    /// Deletes an account with everything of it: mail, attachments, pairs, runs, tokens. Conversations that other accounts see
    /// as well are paired anew from their copies. `false` if there is no such account.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_account(&self, id: AccountId, act: impl Into<Act>) -> Result<bool, StoreError> {
        let act = act.into();
        let is_gone = writing!(self, tx => {
            tx.unhurried().await?;
            let there: Option<(String, i64, i64)> = sqlx::query_as(
                "SELECT external_account_id,
                   (SELECT COUNT(*) FROM emails_messages m WHERE m.integration_account_id = a.id),
                   (SELECT COUNT(*) FROM ai_training_pairs t WHERE t.integration_account_id = a.id)
                 FROM integrations_accounts a WHERE a.id = $1",
            )
            .bind(id).fetch_optional(&mut *tx).await?;
            let Some((name, messages, pairs)) = there else { return Ok(false) };
            sqlx::query(
                "INSERT INTO threads_to_pair (integration_account_id, thread_id)
                 SELECT DISTINCT other.integration_account_id, other.thread_id FROM emails_thread_parts mine
                 JOIN emails_thread_parts other ON other.email_thread_id = mine.email_thread_id
                 WHERE mine.integration_account_id = $1 AND other.integration_account_id <> $1
                 ON CONFLICT (integration_account_id, thread_id) DO NOTHING",
            )
            .bind(id).execute(&mut *tx).await?;
            // A mailbox from a file has no runs of its own that would pair them.
            let others: Vec<AccountId> = sqlx::query_scalar(
                "SELECT DISTINCT other.integration_account_id FROM emails_thread_parts mine
                 JOIN emails_thread_parts other ON other.email_thread_id = mine.email_thread_id
                 WHERE mine.integration_account_id = $1 AND other.integration_account_id <> $1",
            )
            .bind(id).fetch_all(&mut *tx).await?;
            for other in others {
                enqueue!(tx, &NewJob::redecide(other), act.at);
            }
            let deleted = sqlx::query("DELETE FROM integrations_accounts WHERE id = $1")
                .bind(id).execute(&mut *tx).await?.rows_affected() > 0;
            record!(tx, act, AuditAction::AccountDeleted, Record {
                target: Some(id.to_string()),
                name: Some(&name),
                from: Some(AuditChange::Deleted { messages, pairs }.to_string()),
                ..Record::default()
            });
            sqlx::query(
                "DELETE FROM emails_threads WHERE NOT EXISTS
                   (SELECT 1 FROM emails_thread_parts p WHERE p.email_thread_id = emails_threads.id)",
            )
            .execute(&mut *tx).await?;
            sqlx::query(DELETE_UNUSED_BLOBS).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM account_counts WHERE integration_account_id = $1")
                .bind(id).execute(&mut *tx).await?;
            deleted
        });
        self.drop_empty_groups().await?;
        Ok(is_gone)
    }

    pub(super) async fn change_meta(
        &self,
        id: AccountId,
        act: Act,
        action: Option<AuditAction>,
        change: impl FnOnce(AccountStatus, &mut AccountMeta) -> AccountStatus,
    ) -> Result<Option<Account>, StoreError> {
        writing!(self, tx => {
            let changed = change_account!(tx, id, act.at, change);
            if let (Some((name, before, after)), Some(action)) = (changed, action) {
                record!(tx, act, action, Record {
                    target: Some(id.to_string()),
                    name: Some(&name),
                    from: Some(before.to_string()),
                    to: Some(after.to_string()),
                });
            }
        });
        self.account(id).await
    }
}
