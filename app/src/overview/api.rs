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
    use replybook::{
        ai_settings,
        types::{AccountStatus, PairFilter},
    };

    use crate::request::{admin, fail};

    let domain = admin()?.domain;
    let accounts = domain.store.list_accounts(None, None).await.map_err(fail)?;
    let pairs = domain.store.pair_counts(&PairFilter::default()).await.map_err(fail)?;
    let provider = ai_settings::get_openai(&domain).await.map_err(fail)?;
    let with =
        |status| i64::try_from(accounts.iter().filter(|account| account.status == status).count()).unwrap_or(i64::MAX);
    Ok(Standing {
        accounts: i64::try_from(accounts.len()).unwrap_or(i64::MAX),
        active: with(AccountStatus::Active),
        needing: with(AccountStatus::Error),
        pairs,
        has_api_key: provider.has_api_key,
        model_default: provider.model_default,
    })
}
