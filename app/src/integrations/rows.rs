//! From stored accounts to lines of the table.

use replybook::types::{Account, AccountAuth, AttachmentCounts};

use super::api::AccountRow;

impl From<Account> for AccountRow {
    fn from(account: Account) -> Self {
        let summary = account.meta.last_sync_summary;
        Self {
            id: account.id,
            provider_code: account.provider_code,
            provider_name: account.provider_name,
            owner_email: account.owner_email,
            address: account.external_account_id,
            display_name: account.display_name,
            status: account.status,
            problem: account.meta.problem,
            is_enrolled: account.meta.auth == Some(AccountAuth::ServiceAccount),
            last_sync_at: account.last_sync_at,
            waits_for_resync: account.meta.manual_resync_requested_at.is_some(),
            last_run_id: summary.as_ref().map(|summary| summary.run_id),
            last_errors: summary.map_or(0, |summary| i64::try_from(summary.errors.len()).unwrap_or(i64::MAX)),
            counts: account.counts,
            attachments: AttachmentCounts::default(),
            active_run_id: account.active_run_id,
        }
    }
}
