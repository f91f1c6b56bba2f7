//! Which account a list is narrowed to: chosen from a few, or named where there are many.

use super::find::words_of;
use crate::{
    Domain,
    types::{AccountChoice, AccountChoices, AccountId, Problem},
};

/// So many are a list to choose from.
const FEW: usize = 20;

/// What a filter offers, and which account it is narrowed to. `wanted` is an id, an address, or what only one account has in its
/// name or address; of `provider` alone, where one is given.
///
/// # Errors
/// When the database cannot be read.
pub async fn choose(
    d: &Domain,
    wanted: Option<&str>,
    provider: Option<&str>,
) -> Result<(Option<AccountId>, AccountChoices), Problem> {
    Ok(chosen_of(d.store.account_choices().await?, wanted, provider))
}

fn chosen_of(
    all: Vec<AccountChoice>,
    wanted: Option<&str>,
    provider: Option<&str>,
) -> (Option<AccountId>, AccountChoices) {
    let mut providers: Vec<_> =
        all.iter().map(|account| (account.provider_code.clone(), account.provider_name.clone())).collect();
    providers.sort();
    providers.dedup();
    let wanted = wanted.map(str::trim).filter(|wanted| !wanted.is_empty());
    // An id that is no account's lists nothing: what it named is gone.
    let by_id = wanted.and_then(|wanted| wanted.parse::<AccountId>().ok());
    let chosen = match by_id {
        Some(id) => all.iter().find(|account| account.id == id),
        None => wanted.and_then(|wanted| named(&all, wanted, provider)),
    };
    let chosen = chosen.cloned();
    let account = by_id.or(chosen.as_ref().map(|account| account.id));
    let choices = AccountChoices {
        number: all.len(),
        unmatched: wanted.filter(|_| account.is_none()).map(ToOwned::to_owned),
        listed: (all.len() <= FEW).then_some(all),
        chosen,
        providers,
    };
    (account, choices)
}

/// The account with this address, else the only one that has all the words in its name or address.
fn named<'a>(all: &'a [AccountChoice], wanted: &str, provider: Option<&str>) -> Option<&'a AccountChoice> {
    let of_provider = || all.iter().filter(|account| provider.is_none_or(|code| code == account.provider_code));
    let address = wanted.to_lowercase();
    let only = |mut found: Vec<&'a AccountChoice>| found.pop().filter(|_| found.is_empty());
    let exactly: Vec<_> = of_provider().filter(|account| account.external_account_id == address).collect();
    if !exactly.is_empty() {
        return only(exactly);
    }
    let words = words_of(wanted);
    only(
        of_provider().filter(|account| words.found_in([&account.display_name, &account.external_account_id])).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(provider: &str, address: &str) -> AccountChoice {
        AccountChoice {
            id: AccountId::new(),
            provider_code: provider.to_owned(),
            provider_name: provider.to_owned(),
            external_account_id: address.to_owned(),
            display_name: format!("{provider} – {address}"),
        }
    }

    #[test]
    fn an_account_is_named_by_its_address_or_by_what_it_alone_has() {
        let all: Vec<_> = (0..200).map(|number| account("gmail", &format!("team{number}@shop.example"))).collect();
        let [first, other] = [all[7].id, AccountId::new()];
        let chosen = |wanted: &str| chosen_of(all.clone(), Some(wanted), None);
        assert_eq!(chosen("TEAM7@shop.example").0, Some(first), "by its address, though others begin with it");
        assert_eq!(chosen("team199").0, Some(all[199].id), "by a part that no other has");
        let (none, choices) = chosen("team19");
        assert_eq!((none, choices.unmatched.as_deref()), (None, Some("team19")), "eleven have it");
        assert_eq!((choices.number, choices.listed), (200, None), "too many to list");
        assert_eq!(chosen(&first.to_string()).1.chosen.map(|account| account.id), Some(first));
        assert_eq!(chosen(&other.to_string()).0, Some(other), "one that is gone is not taken for all of them");
        assert_eq!(chosen("  "), chosen_of(all.clone(), None, None));
    }

    #[test]
    fn the_provider_tells_two_of_one_address_apart() {
        let all = vec![account("gmail", "ann@shop.example"), account("mbox", "ann@shop.example")];
        let chosen = |provider| chosen_of(all.clone(), Some("ann@shop.example"), provider).0;
        assert_eq!((chosen(None), chosen(Some("mbox"))), (None, Some(all[1].id)));
        let (_, choices) = chosen_of(all.clone(), None, None);
        assert_eq!(choices.listed.map(|listed| listed.len()), Some(2));
        assert_eq!(choices.providers.len(), 2);
    }
}
