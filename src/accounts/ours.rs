//! Which addresses are ours.

use crate::{Domain, mail::AddressSet, store::StoreError};

/// Every address that is ours: all connected accounts and their aliases. They decide direction.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn our_addresses(d: &Domain) -> Result<AddressSet, StoreError> {
    let accounts = d.store.list_accounts(None, None).await?;
    Ok(accounts
        .iter()
        .flat_map(|account| std::iter::once(&account.external_account_id).chain(&account.meta.aliases))
        .collect())
}
