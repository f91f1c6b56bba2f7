//! `replybook user`.

use clap::Subcommand;
use replybook::{
    Domain, auth, people,
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
        /// May read mail and decide pairs
        #[arg(long, conflicts_with = "admin")]
        reviewer: bool,
        /// The name that others see
        #[arg(long)]
        name: Option<String>,
    },
    /// Add a person and print a link at which they set their own password
    Invite {
        email: String,
        /// May do everything
        #[arg(long)]
        admin: bool,
        /// May read mail and decide pairs
        #[arg(long, conflicts_with = "admin")]
        reviewer: bool,
    },
    /// Print a link at which a person sets a new password
    Link {
        email: String,
        /// Withdraw the link that was created before, instead of creating one
        #[arg(long)]
        withdraw: bool,
    },
    /// Change a person's role
    Role {
        email: String,
        /// admin, reviewer or member
        role: Role,
    },
    /// List all people
    List,
    /// Set a new password, read from standard input; ends the person's sessions and tokens
    Password { email: String },
    /// Let a deactivated person sign in again
    Activate { email: String },
    /// Sign a person out at once and keep them out
    Deactivate { email: String },
}

impl UserCommand {
    /// Whether it may be the first to use a database.
    pub(super) fn adds(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Invite { .. })
    }

    /// Does it, and says what came of it.
    ///
    /// # Errors
    /// In words for a terminal: what is wrong with the address or the password.
    pub(super) async fn run(self, domain: &Domain) -> anyhow::Result<()> {
        match self {
            Self::Create { email, admin, reviewer, name } => {
                let role = role(admin, reviewer);
                let password = new_password()?;
                let user = auth::create_user(domain, Actor::command_line(), &email, name.as_deref(), &password, role)
                    .await
                    .map_err(explain)?;
                say(&format!("created {} {} ({})", user.role, user.email, user.display_name))
            }
            Self::Invite { email, admin, reviewer } => {
                let role = role(admin, reviewer);
                let invited = people::invite(domain, Actor::command_line(), &email, role).await.map_err(explain)?;
                say(&format!(
                    "{} can set a password at this link within {} days:",
                    invited.email,
                    people::INVITATION_DAYS
                ))?;
                say(&link(domain, &invited))
            }
            Self::Link { email, withdraw: true } => {
                let user = auth::user_by_email(domain, &email).await.map_err(explain)?;
                people::withdraw_link(domain, Actor::command_line(), user.id).await.map_err(explain)?;
                say(&format!("the link of {email} no longer works"))
            }
            Self::Link { email, withdraw: false } => {
                let user = auth::user_by_email(domain, &email).await.map_err(explain)?;
                let made = people::make_link(domain, Actor::command_line(), user.id).await.map_err(explain)?;
                say(&format!(
                    "{} can set a new password at this link within {} hours:",
                    made.email,
                    people::RESET_HOURS
                ))?;
                say(&link(domain, &made))
            }
            Self::Role { email, role } => {
                let user = auth::user_by_email(domain, &email).await.map_err(explain)?;
                people::set_role(domain, Actor::command_line(), user.id, role).await.map_err(explain)?;
                say(&format!("{email} is now {role}"))
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
                say(&format!("the password of {email} is changed; all sessions have ended and all tokens are deleted"))
            }
            Self::Activate { email } => set_active(domain, &email, true).await,
            Self::Deactivate { email } => set_active(domain, &email, false).await,
        }
    }
}

fn role(admin: bool, reviewer: bool) -> Role {
    match (admin, reviewer) {
        (true, _) => Role::Admin,
        (false, true) => Role::Reviewer,
        (false, false) => Role::Member,
    }
}

fn link(domain: &Domain, invited: &people::Invited) -> String {
    replybook_app::paths::join_link(&domain.settings.public_base(), &invited.token)
}

async fn set_active(domain: &Domain, email: &str, active: bool) -> anyhow::Result<()> {
    let user = auth::user_by_email(domain, email).await.map_err(explain)?;
    people::set_active(domain, Actor::command_line(), user.id, active).await.map_err(explain)?;
    say(&format!("{email} is now {}", if active { "active" } else { "inactive" }))
}
