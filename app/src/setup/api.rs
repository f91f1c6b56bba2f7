//! Whether the link still works.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{error::Failure, json::Json};

/// Says whether `token` can still make the first admin. For everyone: the token is the secret.
///
/// # Errors
/// An internal fault only.
#[server(prefix = "/api/ui", endpoint = "setup-link", input = GetUrl, output = Json)]
pub async fn setup_link_is_valid(token: String) -> Result<bool, Failure> {
    use replybook::auth;

    use crate::request::{anyone, fail};

    let domain = anyone()?;
    auth::setup_token_is_valid(&domain, &token).await.map_err(fail)
}
