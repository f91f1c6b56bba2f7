//! `replybook user`.

use clap::Subcommand;
use replybook::{
    Domain, auth,
    types::{Actor, Role},
};

use super::console::{explain, new_password, say};

/// `replybook user`
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add a person; the password is read from standard input
    Create {
        email: String,
        /// May do everything
        #[arg(long)]
        admin: bool,
        /// The name that others see
        #[arg(long)]
        name: Option<String>,
    },
    /// List everybody
    List,
    /// Set a new password, read from standard input; ends the person's sessions and tokens
    Password { email: String },
    /// Let a person in again
    Activate { email: String },
    /// Shut a person out, at once
    Deactivate { email: String },
}

impl UserCommand {
    /// Does it, and says what came of it.
    ///
    /// # Errors
    /// In words for a terminal: what is wrong with the address or the password.
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        match self {
            Self::Create { email, admin, name } => {
                let role = if admin { Role::Admin } else { Role::Member };
                let password = new_password()?;
                let user = auth::create_user(domain, Actor::command_line(), &email, name.as_deref(), &password, role)
                    .await
                    .map_err(explain)?;
                say(&format!("created {} {} ({})", user.role, user.email, user.display_name))
            }
            Self::List => {
                for user in auth::list_users(domain).await? {
                    let state = if user.active { "active" } else { "inactive" };
                    say(&format!("{}\t{}\t{state}\t{}", user.email, user.role, user.display_name))?;
                }
                Ok(())
            }
            Self::Password { email } => {
                auth::set_password(domain, Actor::command_line(), &email, &new_password()?).await.map_err(explain)?;
                say(&format!("the password of {email} is changed; open sessions and tokens are over"))
            }
            Self::Activate { email } => set_active(domain, &email, true).await,
            Self::Deactivate { email } => set_active(domain, &email, false).await,
        }
    }
}

async fn set_active(domain: &Domain, email: &str, active: bool) -> anyhow::Result<()> {
    auth::set_active(domain, Actor::command_line(), email, active).await.map_err(explain)?;
    say(&format!("{email} is {}", if active { "active" } else { "inactive" }))
}
