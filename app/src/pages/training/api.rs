//! What the island asks of the server while a page is open. Forms without scripts post to the same function.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{PairId, PairStatus};

pub(crate) use super::data::Sheet;
use crate::{Failure, json::Json};

/// One pair with all that stands behind it: cleaned, or with its mail as it came.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair", input = GetUrl, output = Json)]
pub async fn read_pair(id: PairId, originals: bool) -> Result<Sheet, Failure> {
    use replybook::pairs;

    use crate::request::{admin, fail, voice};

    let domain = admin()?.domain;
    let open = pairs::open(&domain, id).await.map_err(fail)?;
    Ok(super::sheet::sheet(&open, voice(&domain), originals))
}

/// Decides about a pair and returns the status it has now. A form sent without scripts goes on to the page `then`.
///
/// # Errors
/// For admins only; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "decide", output = Json)]
pub async fn decide_pair(id: PairId, status: PairStatus, then: Option<String>) -> Result<PairStatus, Failure> {
    use replybook::pairs;

    use super::words::Words;
    use crate::{
        answer::{Told, go_and_tell},
        paths,
        request::{admin, fail, lang, local_path},
    };

    let caller = admin()?;
    let pair = pairs::decide(&caller.domain, caller.actor(), id, status).await.map_err(fail)?;
    go_and_tell(local_path(then, paths::TRAINING), Told::good(Words(lang()).decided(pair.status)));
    Ok(pair.status)
}
