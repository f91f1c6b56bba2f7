//! Who sent a message, as a person says.

use crate::{
    store::{Act, Record, Store, StoreError, audit::record, reading, writing},
    types::{AccountId, AuditAction, MessageId},
};

fn named(confirmed: bool) -> String {
    if confirmed { "ours" } else { "in doubt" }.to_owned()
}

impl Store {
    /// The address in the `From` of a message, if there is one. `None` if there is no such message.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sender_of(&self, id: MessageId) -> Result<Option<Option<String>>, StoreError> {
        Ok(reading!(self, db => {
            sqlx::query_scalar("SELECT from_address FROM emails_messages WHERE id = $1").bind(id).fetch_optional(db).await?
        }))
    }

    /// Notes whether a person says that we sent a message that bears our address, and has its thread paired anew. Returns its
    /// account; `None` if there is no such message.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn confirm_sender(
        &self,
        id: MessageId,
        ours: bool,
        act: impl Into<Act>,
    ) -> Result<Option<AccountId>, StoreError> {
        let act = act.into();
        Ok(writing!(self, tx => {
            let sql = format!(
                "SELECT integration_account_id, thread_id, confirmed_ours FROM emails_messages WHERE id = $1 {}",
                tx.for_update()
            );
            let found: Option<(AccountId, String, bool)> =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *tx).await?;
            let Some((account, thread, before)) = found else { return Ok(None) };
            if before != ours {
                sqlx::query("UPDATE emails_messages SET confirmed_ours = $2, updated_at = $3 WHERE id = $1")
                    .bind(id).bind(ours).bind(act.at).execute(&mut *tx).await?;
                sqlx::query(
                    "INSERT INTO threads_to_pair (integration_account_id, thread_id) VALUES ($1, $2)
                     ON CONFLICT (integration_account_id, thread_id) DO NOTHING",
                )
                .bind(account).bind(thread).execute(&mut *tx).await?;
                record!(tx, act, AuditAction::SenderConfirmed, Record {
                    target: Some(id.to_string()),
                    from: Some(named(before)),
                    to: Some(named(ours)),
                    ..Record::default()
                });
            }
            Some(account)
        }))
    }
}
