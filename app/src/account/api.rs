//! What belongs to the person who is signed in.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{ApiToken, ApiTokenId};
use serde::{Deserialize, Serialize};

use crate::{error::Failure, integrations::api::AccountRow, json::Json};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mine {
    pub mailboxes: Vec<AccountRow>,
    pub tokens: Vec<ApiToken>,
    /// The settings without which Gmail cannot be connected.
    pub gmail_missing: Vec<String>,
    /// A token just made by a form that was sent without scripts: shown this once.
    pub new_token: Option<String>,
}

/// Reads one's own mailboxes and tokens.
///
/// # Errors
/// [`replybook::types::Problem::Unauthenticated`].
#[server(prefix = "/api/ui", endpoint = "mine", input = GetUrl, output = Json)]
pub async fn read_mine() -> Result<Mine, Failure> {
    use replybook::{accounts, auth};

    use super::new_token::NEW_TOKEN;
    use crate::request::{fail, gmail_missing, signed_in};

    let caller = signed_in()?;
    let new_token = NEW_TOKEN.take();
    let mailboxes = accounts::list(&caller.domain, None, Some(caller.user.id)).await.map_err(fail)?;
    Ok(Mine {
        mailboxes: mailboxes.into_iter().map(AccountRow::from).collect(),
        tokens: auth::list_api_tokens(&caller.domain, caller.user.id).await.map_err(fail)?,
        gmail_missing: gmail_missing(&caller.domain),
        new_token,
    })
}

/// Makes a token and returns it: the only time it can be read.
///
/// # Errors
/// [`replybook::types::Problem::Invalid`] for an empty name.
#[server(prefix = "/api/ui", endpoint = "create-token", output = Json)]
pub async fn create_token(name: String) -> Result<String, Failure> {
    use replybook::auth;

    use super::{new_token::NEW_TOKEN, state};
    use crate::request::{fail, signed_in, wants_page};

    let caller = signed_in()?;
    let created = auth::create_api_token(&caller.domain, caller.actor(), &name).await.map_err(fail)?;
    if wants_page() {
        NEW_TOKEN.put(&created.token);
        leptos_axum::redirect(state::PATH);
    }
    Ok(created.token)
}

/// Deletes one of one's own tokens.
///
/// # Errors
/// [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "delete-token", output = Json)]
pub async fn delete_token(id: ApiTokenId) -> Result<(), Failure> {
    use replybook::auth;

    use super::state;
    use crate::request::{fail, signed_in};

    let caller = signed_in()?;
    auth::delete_api_token(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    leptos_axum::redirect(&format!("{}?done=token-deleted", state::PATH));
    Ok(())
}
