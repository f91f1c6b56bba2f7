//! How things stand, in numbers.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::PairCounts;
use serde::{Deserialize, Serialize};

use crate::{error::Failure, json::Json};

/// What the navigation and the overview show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub accounts: i64,
    pub active: i64,
    /// Accounts that wait for a person, e.g. to reconnect.
    pub needing: i64,
    pub pairs: PairCounts,
    pub has_api_key: bool,
    pub model_default: Option<String>,
}

/// Counts accounts and pairs, and says whether a key is stored.
///
/// # Errors
/// For admins only.
#[server(prefix = "/api/ui", endpoint = "standing", input = GetUrl, output = Json)]
pub async fn read_standing() -> Result<Standing, Failure> {
    use replybook::standing;

    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    let standing::Overview { accounts, active, needing, pairs, has_api_key, model_default } =
        standing::overview(&domain).await.map_err(fail)?;
    Ok(Standing { accounts, active, needing, pairs, has_api_key, model_default })
}
