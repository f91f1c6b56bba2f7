//! Where messages lie at providers whose ids are not stable (IMAP): a message's key is its content, and it may lie in several
//! folders at once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, reading};
use crate::{mail::SENT_LABEL, types::AccountId};

/// A place in a mailbox. A UID means the same message for as long as the folder's UIDVALIDITY stays (RFC 3501 section 2.3.1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailPlace {
    /// The folder's name as the server writes it.
    pub folder: String,
    pub uid_validity: u32,
    pub uid: u32,
}

/// What a place says about its message by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLabels {
    pub place: MailPlace,
    pub labels: Vec<String>,
}

/// The labels of a message: those of all its places. What once lay among the sent mail was sent by us, wherever it is filed
/// later.
pub(super) fn labels_of_all(places: &[Vec<String>], before: Option<&[String]>) -> Vec<String> {
    let mut labels: BTreeSet<&str> = places.iter().flatten().map(String::as_str).collect();
    labels.extend(before.unwrap_or_default().iter().map(String::as_str).filter(|label| *label == SENT_LABEL));
    labels.into_iter().map(str::to_owned).collect()
}

/// The labels of each of a message's places, and those it has. For use inside a transaction.
macro_rules! labels_by_place {
    ($tx:expr, $account:expr, $external_id:expr) => {{
        let places: Vec<sqlx::types::Json<Vec<String>>> =
            sqlx::query_scalar("SELECT labels FROM imap_places WHERE integration_account_id = $1 AND external_id = $2")
                .bind($account)
                .bind($external_id)
                .fetch_all(&mut *$tx)
                .await?;
        let before: Option<sqlx::types::Json<Vec<String>>> = sqlx::query_scalar(
            "SELECT labels FROM emails_messages WHERE integration_account_id = $1 AND external_id = $2",
        )
        .bind($account)
        .bind($external_id)
        .fetch_optional(&mut *$tx)
        .await?;
        let places: Vec<Vec<String>> = places.into_iter().map(|labels| labels.0).collect();
        (places, before.map(|labels| labels.0))
    }};
}
pub(super) use labels_by_place;

/// Notes where a message lies; gives what [`labels_by_place`] gives. For use inside a transaction.
macro_rules! put_place {
    ($tx:expr, $account:expr, $message:expr, $place:expr) => {{
        sqlx::query(
            "INSERT INTO imap_places (integration_account_id, folder, uid_validity, uid, external_id, labels)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (integration_account_id, folder, uid_validity, uid)
             DO UPDATE SET external_id = excluded.external_id, labels = excluded.labels",
        )
        .bind($account)
        .bind(&$place.folder)
        .bind(i64::from($place.uid_validity))
        .bind(i64::from($place.uid))
        .bind(&$message.external_id)
        .bind(sqlx::types::Json(&$message.labels))
        .execute(&mut *$tx)
        .await?;
        $crate::store::places::labels_by_place!($tx, $account, &$message.external_id)
    }};
}
pub(super) use put_place;

fn narrow(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("imap_places: {number} is no UID")))
}

impl Store {
    /// The places in a folder at which messages are known to lie: `(uid_validity, uid)`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn places_in(&self, account: AccountId, folder: &str) -> Result<BTreeSet<(u32, u32)>, StoreError> {
        let rows: Vec<(i64, i64)> = reading!(self, db => {
            sqlx::query_as("SELECT uid_validity, uid FROM imap_places WHERE integration_account_id = $1 AND folder = $2")
                .bind(account).bind(folder).fetch_all(db).await?
        });
        rows.into_iter().map(|(uid_validity, uid)| Ok((narrow(uid_validity)?, narrow(uid)?))).collect()
    }

    /// The places at which a message is known to lie.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn places_of(&self, account: AccountId, external_id: &str) -> Result<Vec<MailPlace>, StoreError> {
        let rows: Vec<(String, i64, i64)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT folder, uid_validity, uid FROM imap_places
                 WHERE integration_account_id = $1 AND external_id = $2 ORDER BY folder, uid_validity, uid",
            )
            .bind(account).bind(external_id).fetch_all(db).await?
        });
        let place = |(folder, uid_validity, uid)| {
            Ok(MailPlace { folder, uid_validity: narrow(uid_validity)?, uid: narrow(uid)? })
        };
        rows.into_iter().map(place).collect()
    }

    /// The folders in which messages are known to lie.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn folders_with_places(&self, account: AccountId) -> Result<BTreeSet<String>, StoreError> {
        let rows: Vec<String> = reading!(self, db => {
            sqlx::query_scalar("SELECT DISTINCT folder FROM imap_places WHERE integration_account_id = $1")
                .bind(account).fetch_all(db).await?
        });
        Ok(rows.into_iter().collect())
    }

    /// When the oldest of the messages was received that are known to lie in one of these folders.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn oldest_in_folders(
        &self,
        account: AccountId,
        folders: &BTreeSet<&str>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut oldest = None;
        for folder in folders {
            let received: Option<DateTime<Utc>> = reading!(self, db => {
                sqlx::query_scalar(
                    "SELECT MIN(m.received_at) FROM imap_places p JOIN emails_messages m
                       ON m.integration_account_id = p.integration_account_id AND m.external_id = p.external_id
                     WHERE p.integration_account_id = $1 AND p.folder = $2",
                )
                .bind(account).bind(folder).fetch_one(db).await?
            });
            oldest = match (oldest, received) {
                (Some(one), Some(other)) => Some(std::cmp::min(one, other)),
                (one, other) => one.or(other),
            };
        }
        Ok(oldest)
    }
}
