//! `replybook addresses`.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use replybook::{
    Domain, accounts,
    types::{Account, AccountId, Actor},
};

use super::console::{confirmed, explain, say};

/// Which addresses of a mailbox are ours.
#[derive(Args)]
pub(super) struct Addresses {
    /// The account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// Another address that this mailbox sends from; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    add: Vec<String>,
    /// An address that is not yours after all
    #[arg(long, value_name = "ADDRESS")]
    remove: Option<String>,
    /// Do not ask for confirmation before removing
    #[arg(long, requires = "remove")]
    yes: bool,
}

impl Addresses {
    /// Changes them, and says which they are.
    ///
    /// # Errors
    /// When they cannot be changed, the one to be removed is none of them, or nobody is there to be asked.
    pub(super) async fn run(self, domain: &Arc<Domain>) -> anyhow::Result<()> {
        let (by, id) = (Actor::command_line(), self.account);
        let mut account = accounts::get(domain, id).await.map_err(explain)?;
        if !self.add.is_empty() {
            account = accounts::add_own_addresses(domain, by, id, &self.add.join("\n")).await.map_err(explain)?;
        }
        if let Some(address) = &self.remove {
            if !account.own_addresses().any(|own| own.eq_ignore_ascii_case(address.trim())) {
                bail!("{address} is not one of the addresses of {}", account.display_name);
            }
            say(&format!(
                "mail from {address} will no longer count as your replies: undecided pairs with replies from it are removed, \
                 decided ones stay and are marked"
            ))?;
            if self.yes || confirmed("remove the address? [y/N]")? {
                account = accounts::remove_own_address(domain, by, id, address).await.map_err(explain)?;
            }
        }
        list(&account)
    }
}

fn list(account: &Account) -> anyhow::Result<()> {
    account.own_addresses().try_for_each(|address| say(address))
}
