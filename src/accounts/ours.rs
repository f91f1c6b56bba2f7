//! Which addresses are ours.

use crate::{Domain, mail::AddressSet, store::StoreError};

/// Every address that is ours: all connected accounts and their aliases. They decide direction.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn our_addresses(d: &Domain) -> Result<AddressSet, StoreError> {
    let mut ours = AddressSet::default();
    for (address, aliases) in d.store.mailbox_addresses().await? {
        ours.insert(&address);
        aliases.iter().for_each(|alias| ours.insert_alias(alias));
    }
    Ok(ours)
}
