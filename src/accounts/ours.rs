//! Which addresses are ours.

use crate::{
    Domain,
    mail::{AddressSet, is_address},
    store::{Act, AddressesChange, MOST_OWN_ADDRESSES, Senders, StoreError},
    types::{Account, AccountId, Actor, ConflictCode, InvalidCode, NotFoundCode, Problem, Provider},
};

/// Every address that is ours: all connected accounts and their aliases. They decide direction.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn our_addresses(d: &Domain) -> Result<AddressSet, StoreError> {
    let mut ours = AddressSet::default();
    for addresses in d.store.mailbox_addresses().await? {
        let Some((main, aliases)) = addresses.split_first() else { continue };
        ours.insert(main);
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

/// Says which more addresses a mailbox sends from. Its directions and pairs are made anew in the background, and so are those of
/// conversations that others share with it.
///
/// # Errors
/// `integration_account_not_found`; [`Problem::Invalid`] for `addresses`, naming the one that is none, or where they are too many;
/// `addresses_come_from_provider` for Gmail, which tells them itself.
pub async fn add_own_addresses(d: &Domain, by: Actor, account: AccountId, addresses: &str) -> Result<Account, Problem> {
    let_us_name(&super::get(d, account).await?)?;
    let more = parse_addresses("addresses", addresses)?;
    let add = |ours: &mut Vec<String>| {
        for address in more {
            if !ours.contains(&address) {
                ours.push(address);
            }
        }
    };
    change(d, by, account, add).await
}

/// Says that an address of a mailbox is not ours after all. Of a file it may be the one that names the
/// mailbox, which keeps its name. Directions and pairs are made anew as when one is added: pairs that nobody decided about go, and
/// others are flagged.
///
/// # Errors
/// `integration_account_not_found`; `own_address_not_found`; `addresses_come_from_provider` for Gmail; `mailbox_address_stays` for the address of a mailbox on
/// a server; `last_own_address`.
pub async fn remove_own_address(d: &Domain, by: Actor, account: AccountId, address: &str) -> Result<Account, Problem> {
    let before = super::get(d, account).await?;
    let_us_name(&before)?;
    let address = address.trim().to_lowercase();
    if before.external_account_id == address && before.provider_code != Provider::Mbox.as_str() {
        return Err(Problem::conflict(ConflictCode::MailboxAddressStays));
    }
    if !before.own_addresses().any(|one| *one == address) {
        return Err(Problem::not_found(NotFoundCode::OwnAddress));
    }
    change(d, by, account, |ours| ours.retain(|one| *one != address)).await
}

/// Gmail says itself which addresses a mailbox has.
fn let_us_name(account: &Account) -> Result<(), Problem> {
    match account.provider_code == Provider::Gmail.as_str() {
        true => Err(Problem::conflict(ConflictCode::AddressesFromProvider)),
        false => Ok(()),
    }
}

async fn change(
    d: &Domain,
    by: Actor,
    account: AccountId,
    change: impl FnOnce(&mut Vec<String>),
) -> Result<Account, Problem> {
    match d.store.change_own_addresses(account, change, Act { by, at: d.clock.now() }).await? {
        AddressesChange::Done(changed) => {
            tracing::info!(%by, %account, addresses = changed.own_addresses().count(), "own addresses set");
            d.work.notify_one();
            Ok(*changed)
        }
        AddressesChange::NoneLeft => Err(Problem::conflict(ConflictCode::LastOwnAddress)),
        AddressesChange::TooMany => Err(too_many("addresses")),
        AddressesChange::Unknown => Err(Problem::not_found(NotFoundCode::Account)),
    }
}

/// More addresses than may be ours in one mailbox.
pub(crate) fn too_many(field: &str) -> Problem {
    Problem::invalid(field, InvalidCode::TooManyOwnAddresses { most: MOST_OWN_ADDRESSES })
}

/// Reads addresses that stand beside each other, separated by commas, semicolons, spaces or lines.
///
/// # Errors
/// [`Problem::Invalid`] for `field`, naming what is no address, or where they are more than may be ours.
pub(crate) fn parse_addresses(field: &str, text: &str) -> Result<Vec<String>, Problem> {
    let parts = text.split([',', ';', ' ', '\n', '\r']).map(|part| part.trim().to_lowercase());
    let addresses: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    match addresses.iter().find(|address| !is_address(address)) {
        Some(bad) => Err(Problem::invalid(field, InvalidCode::OwnAddressInvalid { address: bad.clone() })),
        None if addresses.len() > MOST_OWN_ADDRESSES => Err(too_many(field)),
        None => Ok(addresses),
    }
}
