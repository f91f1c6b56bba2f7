//! What happened to stored mail at its provider: labels, deletions, and addresses that turned out to be ours.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{
    MailPlace, PlaceLabels, Store, StoreError,
    leases::hold_lease,
    pairs::hold_pairs_of,
    places::{labels_by_place, labels_of_all},
    reading, writing,
};
use crate::{
    mail::{AddressSet, direction, excluded_by_labels},
    types::{AccountId, MessageId, RunId},
};

/// How the labels of one message changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelChange {
    pub external_id: String,
    pub added: BTreeSet<String>,
    pub removed: BTreeSet<String>,
}

/// Changes to mail that is stored. Ids that are not stored are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailChanges {
    pub labels: Vec<LabelChange>,
    /// Provider ids of messages that are gone there.
    pub deleted: Vec<String>,
    /// Places where nothing lies any more: a message is gone when it has lost its last one.
    pub places_gone: Vec<MailPlace>,
    /// Places that say something else about their message by now.
    pub place_labels: Vec<PlaceLabels>,
}

impl MailChanges {
    fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.deleted.is_empty() && self.places_gone.is_empty() && self.place_labels.is_empty()
    }
}

/// What becomes of mail that its provider no longer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeletedMail {
    /// It stays here, with the time at which we learned of it.
    #[default]
    Keep,
    /// Its text, headers and attachments go; an empty row remembers that it was there.
    Remove,
}

/// What applying changes did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeOutcome {
    pub relabelled: u32,
    pub deleted: u32,
}

/// Bytes that no attachment refers to any more.
pub(super) const DELETE_UNUSED_BLOBS: &str = "DELETE FROM attachment_blobs WHERE NOT EXISTS
    (SELECT 1 FROM emails_attachments a WHERE a.sha256 = attachment_blobs.sha256)";

/// Id, direction, author, labels, thread.
type DirectionRow = (MessageId, String, Option<String>, Json<Vec<String>>, String);

impl Store {
    /// Applies changes to stored mail in one transaction. A message that is deleted, or moved to spam or trash, is marked with
    /// the time at which we learned of it, and kept or emptied as `deleted_mail` says; its pairs are flagged by that mark.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], or when the database cannot be written; nothing is applied then.
    pub async fn apply_changes(
        &self,
        account: AccountId,
        run: RunId,
        changes: &MailChanges,
        deleted_mail: DeletedMail,
        now: DateTime<Utc>,
    ) -> Result<ChangeOutcome, StoreError> {
        let mut outcome = ChangeOutcome::default();
        if changes.is_empty() {
            return Ok(outcome);
        }
        let (mut gone_ids, mut changed) = (Vec::new(), Vec::new());
        writing!(self, tx => {
            hold_lease!(tx, account, run);
            // What goes flags its pairs.
            let goes = |change: &&LabelChange| change.added.iter().any(|label| excluded_by_labels(&[label]).is_some());
            let going = changes.labels.iter().filter(goes).map(|change| &change.external_id).chain(&changes.deleted);
            hold_pairs_of!(tx, account, going.map(String::as_str).collect(), "m.deleted_at IS NULL");
            for change in &changes.labels {
                let row: Option<(MessageId, Json<Vec<String>>)> = sqlx::query_as(
                    "SELECT id, labels FROM emails_messages WHERE integration_account_id = $1 AND external_id = $2",
                )
                .bind(account).bind(&change.external_id).fetch_optional(&mut *tx).await?;
                let Some((id, Json(before))) = row else { continue };
                let mut after: Vec<String> =
                    before.iter().filter(|label| !change.removed.contains(*label)).cloned().collect();
                after.extend(change.added.iter().filter(|label| !before.contains(label)).cloned());
                if after != before {
                    let gone = excluded_by_labels(&after).map(|_| now);
                    // One that comes out of the trash is back when it has been fetched again: it may have been emptied here.
                    sqlx::query(
                        "UPDATE emails_messages SET labels = $2, deleted_at = COALESCE(deleted_at, $3), updated_at = $4
                         WHERE id = $1",
                    )
                        .bind(id).bind(Json(&after)).bind(gone).bind(now).execute(&mut *tx).await?;
                    outcome.relabelled += 1;
                    if gone.is_some() {
                        outcome.deleted += 1;
                        gone_ids.push(id);
                    }
                    changed.push(id);
                }
            }
            let mut touched: BTreeSet<String> = BTreeSet::new();
            for place in &changes.places_gone {
                let left: Option<String> = sqlx::query_scalar(
                    "DELETE FROM imap_places WHERE integration_account_id = $1 AND folder = $2 AND uid_validity = $3
                       AND uid = $4 RETURNING external_id",
                )
                .bind(account).bind(&place.folder).bind(i64::from(place.uid_validity)).bind(i64::from(place.uid))
                .fetch_optional(&mut *tx).await?;
                touched.extend(left);
            }
            for PlaceLabels { place, labels } in &changes.place_labels {
                let relabelled: Option<String> = sqlx::query_scalar(
                    "UPDATE imap_places SET labels = $5 WHERE integration_account_id = $1 AND folder = $2
                       AND uid_validity = $3 AND uid = $4 AND labels <> $5 RETURNING external_id",
                )
                .bind(account).bind(&place.folder).bind(i64::from(place.uid_validity)).bind(i64::from(place.uid))
                .bind(Json(labels)).fetch_optional(&mut *tx).await?;
                touched.extend(relabelled);
            }
            let mut placeless = Vec::new();
            for external_id in touched {
                let (places, before) = labels_by_place!(tx, account, &external_id);
                if places.is_empty() {
                    placeless.push(external_id);
                    continue;
                }
                let after = labels_of_all(&places, before.as_deref());
                if before.is_some_and(|before| before != after) {
                    let id: Option<MessageId> = sqlx::query_scalar(
                        "UPDATE emails_messages SET labels = $3, updated_at = $4
                         WHERE integration_account_id = $1 AND external_id = $2 RETURNING id",
                    )
                    .bind(account).bind(&external_id).bind(Json(&after)).bind(now).fetch_optional(&mut *tx).await?;
                    outcome.relabelled += 1;
                    changed.extend(id);
                }
            }
            hold_pairs_of!(tx, account, placeless.iter().map(String::as_str).collect(), "m.deleted_at IS NULL");
            for external_id in changes.deleted.iter().chain(&placeless) {
                let gone: Option<MessageId> = sqlx::query_scalar(
                    "UPDATE emails_messages SET deleted_at = $3, updated_at = $3
                     WHERE integration_account_id = $1 AND external_id = $2 AND deleted_at IS NULL RETURNING id",
                )
                .bind(account).bind(external_id).bind(now).fetch_optional(&mut *tx).await?;
                outcome.deleted += u32::from(gone.is_some());
                gone_ids.extend(gone);
            }
            changed.extend(&gone_ids);
            for id in &changed {
                sqlx::query(
                    "INSERT INTO threads_to_pair (integration_account_id, thread_id)
                     SELECT integration_account_id, thread_id FROM emails_messages WHERE id = $1
                     ON CONFLICT (integration_account_id, thread_id) DO NOTHING",
                )
                .bind(id).execute(&mut *tx).await?;
            }
            if deleted_mail == DeletedMail::Remove && !gone_ids.is_empty() {
                for id in &gone_ids {
                    sqlx::query("DELETE FROM emails_attachments WHERE message_id = $1").bind(id).execute(&mut *tx).await?;
                    sqlx::query(
                        "UPDATE emails_messages SET subject = NULL, body_text = NULL, body_html = NULL, raw_headers = NULL,
                           from_name = NULL WHERE id = $1",
                    )
                    .bind(id).execute(&mut *tx).await?;
                }
                sqlx::query(DELETE_UNUSED_BLOBS).execute(&mut *tx).await?;
            }
        });
        Ok(outcome)
    }

    /// The messages received since then that are stored and not known to be deleted: their labels by the provider's id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn labels_since(
        &self,
        account: AccountId,
        since: DateTime<Utc>,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let rows: Vec<(String, Json<BTreeSet<String>>)> = reading!(self, db => {
            sqlx::query_as(
                "SELECT external_id, labels FROM emails_messages
                 WHERE integration_account_id = $1 AND deleted_at IS NULL AND received_at >= $2",
            )
            .bind(account).bind(since).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, Json(labels))| (id, labels)).collect())
    }

    /// The accounts whose stored directions were decided by other addresses than these: `account` itself, and those that
    /// nobody is syncing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decided_by_others(
        &self,
        account: AccountId,
        ours: &AddressSet,
        now: DateTime<Utc>,
    ) -> Result<Vec<AccountId>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar(
                "SELECT a.id FROM integrations_accounts a LEFT JOIN sync_state s ON s.integration_account_id = a.id
                 WHERE s.decided_by_addresses IS DISTINCT FROM $2
                   AND (a.id = $1 OR s.lease_run_id IS NULL OR s.lease_until <= $3) ORDER BY a.id",
            )
            .bind(account).bind(ours.fingerprint()).bind(now).fetch_all(db).await?
        }))
    }

    /// Decides direction anew where our addresses are no longer those by which it was decided. The threads concerned are
    /// paired again. Returns how many messages turned round.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn redecide_directions(&self, account: AccountId, ours: &AddressSet) -> Result<u32, StoreError> {
        let fingerprint = ours.fingerprint();
        let known: Option<Option<String>> = reading!(self, db => {
            sqlx::query_scalar("SELECT decided_by_addresses FROM sync_state WHERE integration_account_id = $1")
                .bind(account).fetch_optional(db).await?
        });
        if known.flatten().as_deref() == Some(fingerprint.as_str()) {
            return Ok(0);
        }
        let mut turned = 0;
        writing!(self, tx => {
            tx.unhurried().await?;
            // First, because it keeps a run of this account from storing anything until all is decided.
            sqlx::query(
                "INSERT INTO sync_state (integration_account_id, decided_by_addresses) VALUES ($1, $2)
                 ON CONFLICT (integration_account_id) DO UPDATE SET decided_by_addresses = excluded.decided_by_addresses",
            )
            .bind(account).bind(&fingerprint).execute(&mut *tx).await?;
            let rows: Vec<DirectionRow> = sqlx::query_as(
                "SELECT id, direction, from_address, labels, thread_id FROM emails_messages
                 WHERE integration_account_id = $1",
            )
            .bind(account).fetch_all(&mut *tx).await?;
            for (id, before, from, Json(labels), thread) in rows {
                let after = direction(&labels, from.as_deref(), ours);
                if after.as_str() == before {
                    continue;
                }
                turned += 1;
                sqlx::query("UPDATE emails_messages SET direction = $2 WHERE id = $1")
                    .bind(id).bind(after.as_str()).execute(&mut *tx).await?;
                sqlx::query(
                    "INSERT INTO threads_to_pair (integration_account_id, thread_id) VALUES ($1, $2)
                     ON CONFLICT (integration_account_id, thread_id) DO NOTHING",
                )
                .bind(account).bind(thread).execute(&mut *tx).await?;
            }
        });
        Ok(turned)
    }
}
