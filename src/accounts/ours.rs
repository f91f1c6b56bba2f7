//! Which addresses are ours.

use std::collections::BTreeSet;

use crate::{
    Domain,
    mail::{AddressSet, is_address},
    store::{Act, Senders, StoreError},
    types::{Account, AccountId, Actor, ConflictCode, InvalidCode, NotFoundCode, Problem, Provider},
};

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

/// Who writes in a mailbox: where nobody of us does, its addresses are probably not all known.
///
/// # Errors
/// When the database cannot be read.
pub async fn senders(d: &Domain, account: AccountId) -> Result<Senders, Problem> {
    Ok(d.store.senders(account).await?)
}

/// Says which addresses besides its own a mailbox sends from. Its directions and pairs are made anew in the background, and so are
/// those of conversations that others share with it.
///
/// # Errors
/// `integration_account_not_found`; [`Problem::Invalid`] for `addresses`, naming the one that is none; `addresses_come_from_provider`
/// for Gmail, which tells them itself.
pub async fn set_own_addresses(d: &Domain, by: Actor, account: AccountId, addresses: &str) -> Result<Account, Problem> {
    let before = super::get(d, account).await?;
    if before.provider_code == Provider::Gmail.as_str() {
        return Err(Problem::conflict(ConflictCode::AddressesFromProvider));
    }
    let mut wanted = parse_addresses("addresses", addresses)?;
    let mut seen = BTreeSet::from([before.external_account_id]);
    wanted.retain(|address| seen.insert(address.clone()));
    let act = Act { by, at: d.clock.now() };
    let changed = d.store.set_own_addresses(account, wanted, act).await?;
    let changed = changed.ok_or_else(|| Problem::not_found(NotFoundCode::Account))?;
    tracing::info!(%by, %account, addresses = changed.meta.aliases.len() + 1, "own addresses set");
    d.work.notify_one();
    Ok(changed)
}

/// Reads addresses that stand beside each other, separated by commas, semicolons, spaces or lines.
///
/// # Errors
/// [`Problem::Invalid`] for `field`, naming what is no address.
pub(crate) fn parse_addresses(field: &str, text: &str) -> Result<Vec<String>, Problem> {
    let parts = text.split([',', ';', ' ', '\n', '\r']).map(|part| part.trim().to_lowercase());
    let addresses: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    match addresses.iter().find(|address| !is_address(address)) {
        Some(bad) => Err(Problem::invalid(field, InvalidCode::OwnAddressInvalid { address: bad.clone() })),
        None => Ok(addresses),
    }
}
