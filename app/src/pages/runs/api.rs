//! What the islands ask.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::AccountId;

use crate::{error::Failure, json::Json};

/// What stands for the runs of an account, or of all: it changes when one begins or ends, and when an account comes to need
/// something else.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "runs", input = GetUrl, output = Json)]
pub async fn look_at_runs(account: Option<AccountId>) -> Result<String, Failure> {
    use replybook::standing;

    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    standing::mark_now(&domain, account).await.map_err(fail)
}
