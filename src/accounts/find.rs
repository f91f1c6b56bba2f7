//! Finding accounts among many: by words of their names, addresses and owners, and by what they need.

use chrono::{DateTime, Utc};

use crate::types::{Account, AccountProblem, AccountStatus};

/// Accounts of one page.
const PER_PAGE: usize = 50;

/// Which accounts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words that each of them has in its name, its address or its owner's.
    pub text: Option<String>,
    /// Only those that need somebody.
    pub needing: bool,
    /// From 1; beyond the last one it is the last one.
    pub page: usize,
}

/// One page of accounts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub accounts: Vec<Account>,
    /// How many there are on all pages.
    pub number: usize,
    pub page: usize,
    pub pages: usize,
}

/// The accounts that are wanted, as they come.
#[must_use]
pub fn find(all: &[Account], wanted: &Wanted, now: DateTime<Utc>) -> Found {
    let words = words_of(wanted.text.as_deref().unwrap_or_default());
    let is_wanted = |account: &&Account| {
        let owner = account.owner_email.clone().unwrap_or_default();
        (!wanted.needing || needs_somebody(account) || account.found_no_pairs() || waits(account, now))
            && words.found_in([&account.display_name, &account.external_account_id, &owner])
    };
    let found: Vec<&Account> = all.iter().filter(is_wanted).collect();
    let pages = found.len().div_ceil(PER_PAGE).max(1);
    let page = wanted.page.clamp(1, pages);
    let accounts = found.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).map(|account| (*account).clone()).collect();
    Found { accounts, number: found.len(), page, pages }
}

/// Whether an account does not go on without a person. One that somebody disconnected did not come to need it by itself.
#[must_use]
pub fn needs_somebody(account: &Account) -> bool {
    account.status == AccountStatus::Error && account.meta.problem != Some(AccountProblem::Disconnected)
}

/// Whether an account waits for longer than the interval.
#[must_use]
pub fn waits(account: &Account, now: DateTime<Utc>) -> bool {
    account.status == AccountStatus::Active && account.not_before.is_some_and(|until| until > now)
}

/// Words to look for, whatever their case.
pub(super) struct Words(Vec<String>);

pub(super) fn words_of(text: &str) -> Words {
    Words(text.split_whitespace().map(str::to_lowercase).collect())
}

impl Words {
    /// Whether each of them is in one of the texts.
    pub(super) fn found_in<const N: usize>(&self, texts: [&String; N]) -> bool {
        let texts = texts.map(|text| text.to_lowercase());
        self.0.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    }
}
