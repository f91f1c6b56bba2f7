//! Whether whoever acts may still do so, looked at in the transaction that does it. A request is identified before its body has come,
//! and a body can be made to come slowly: until it writes, its sender may have been signed out, shut out, or given another role, or have
//! deleted the token that it came with.

use sqlx::FromRow;

use super::StoreError;
use crate::types::Role;

/// What somebody has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Signed in.
    SignedIn,
    /// A reviewer or an admin.
    Reviewer,
    Admin,
}

/// How a person stands.
#[derive(FromRow)]
pub(super) struct Standing {
    role: String,
    active: bool,
    session_epoch: i32,
}

/// Whether a person is still who was identified in `epoch`; any epoch will do where it is not known.
///
/// # Errors
/// [`StoreError::SignedOut`], [`StoreError::NotAdmin`].
pub(super) fn check(found: Option<Standing>, epoch: Option<i32>, need: Need) -> Result<(), StoreError> {
    let standing = found
        .filter(|found| found.active && epoch.is_none_or(|epoch| epoch == found.session_epoch))
        .ok_or(StoreError::SignedOut)?;
    let role = standing.role.as_str();
    let may = match need {
        Need::SignedIn => true,
        Need::Reviewer => [Role::Reviewer.as_str(), Role::Admin.as_str()].contains(&role),
        Need::Admin => role == Role::Admin.as_str(),
    };
    if may { Ok(()) } else { Err(StoreError::NotAdmin) }
}

/// Refuses what a person does who is not who was identified any more, and holds their row, so that nobody ends their access before
/// the transaction does. For use inside a transaction, before anything is written.
macro_rules! check_person {
    ($tx:expr, $user:expr, $epoch:expr, $need:expr) => {{
        let sql = format!("SELECT role, active, session_epoch FROM users WHERE id = $1 {}", $tx.for_update());
        let found: Option<$crate::store::actors::Standing> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind($user).fetch_optional(&mut *$tx).await?;
        $crate::store::actors::check(found, $epoch, $need)?;
    }};
}
pub(super) use check_person;

/// Refuses what is done with a token or a session that has been taken back. The row of whose it is must be held already.
macro_rules! check_credential {
    ($tx:expr, $act:expr) => {
        if let Some(credential) = $act.by.credential {
            let is_there: bool = match credential {
                $crate::types::Credential::Token(id) => {
                    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_tokens WHERE id = $1)")
                        .bind(id)
                        .fetch_one(&mut *$tx)
                        .await?
                }
                $crate::types::Credential::Session(id) => {
                    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = $1)")
                        .bind($crate::crypto::hex(&id))
                        .fetch_one(&mut *$tx)
                        .await?
                }
            };
            if !is_there {
                return Err($crate::store::StoreError::SignedOut);
            }
        }
    };
}
pub(super) use check_credential;

/// Holds the rows of all admins until the end of the transaction, in one order and before any of them is looked at: two admins who
/// change each other's access at once wait one after the other, not for each other. So do those who change what is one list for all.
macro_rules! hold_admins {
    ($tx:expr) => {{
        let sql = format!("SELECT id FROM users WHERE role = 'admin' ORDER BY id {}", $tx.for_update());
        let _held: Vec<$crate::types::UserId> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *$tx).await?;
    }};
}
pub(super) use hold_admins;

/// The same for whoever acts. The command line and the worker may do everything.
macro_rules! check_actor {
    ($tx:expr, $act:expr, $need:expr) => {
        if let Some((user, epoch)) = $act.by.in_person() {
            $crate::store::actors::check_person!($tx, user, epoch, $need);
            $crate::store::actors::check_credential!($tx, $act);
        }
    };
}
pub(super) use check_actor;
