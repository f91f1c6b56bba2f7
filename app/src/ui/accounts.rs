//! The filter by account: a list of those there are, or, where they are many, a field for an address.

use leptos::prelude::*;
use replybook::types::{AccountChoice, AccountChoices, AccountId};

use crate::{prefs::Lang, words::texts};

/// The filter, named `account`. `text` says what an account is called in the list.
pub(crate) fn account_filter(
    lang: Lang,
    accounts: &AccountChoices,
    chosen: Option<AccountId>,
    text: impl Fn(&AccountChoice) -> String,
) -> AnyView {
    let words = Words(lang);
    let field = match &accounts.listed {
        Some(listed) => {
            let options = listed.iter().map(|account| {
                let is_chosen = chosen == Some(account.id);
                view! { <option value=account.id.to_string() selected=is_chosen>{text(account)}</option> }
            });
            view! {
                <select name="account">
                    <option value="">{words.any()}</option>
                    {options.collect_view()}
                </select>
            }
            .into_any()
        }
        None => {
            let named = accounts.chosen.as_ref().map(|account| account.external_account_id.clone());
            let value = named.or_else(|| accounts.unmatched.clone());
            view! { <input type="search" name="account" maxlength="254" placeholder=words.by_address() value=value/> }
                .into_any()
        }
    };
    view! {
        <label class="filter">
            <span>{words.account()}</span>
            {field}
        </label>
    }
    .into_any()
}

/// Says that what was named is no account.
pub(crate) fn unmatched_account(lang: Lang, accounts: &AccountChoices) -> Option<AnyView> {
    let named = accounts.unmatched.as_ref()?;
    Some(view! { <p class="notice warn" role="status">{Words(lang).unmatched(named)}</p> }.into_any())
}

texts! {
    /// Choosing an account.
    Words:
    account: "Mailbox" | "Ящик";
    any: "All mailboxes" | "Все ящики";
    by_address: "Address, or empty for all" | "Адрес; пусто — все";
    unmatched(named): "“{named}” does not match exactly one mailbox. Enter the full address. All mailboxes are shown." | "По «{named}» не удалось найти ровно один ящик. Введите адрес целиком. Показаны все ящики.";
}
