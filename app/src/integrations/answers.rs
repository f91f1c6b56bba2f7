//! Where a browser goes after an action: pages that say what happened. Read by `state::notice`.

use super::state::PATH;
use crate::ui::url::Address;

/// Where to go after an account was disconnected.
pub(super) fn disconnected_address(revoked_at_google: bool, messages_kept: i64) -> String {
    let done = if revoked_at_google { "disconnected" } else { "disconnected-here" };
    Address::new(PATH).with("done", Some(done)).with("kept", Some(messages_kept.to_string())).into_string()
}

/// Where to go after an account was deleted.
pub(super) fn deleted_address() -> String {
    Address::new(PATH).with("done", Some("deleted")).into_string()
}
