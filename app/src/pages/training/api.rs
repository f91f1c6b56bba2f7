//! What the island asks of the server while a page is open. Forms without scripts post to the same function.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{PairId, PairStatus};

pub(crate) use super::data::{Decided, Sheet, Stamp};
use crate::{Failure, json::Json};

/// One pair with all that stands behind it: cleaned, or with its mail as it came.
///
/// # Errors
/// For reviewers and admins; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair", input = GetUrl, output = Json)]
pub async fn read_pair(id: PairId, originals: bool) -> Result<Sheet, Failure> {
    use replybook::pairs;

    use crate::request::{fail, reviewer, voice};

    let domain = reviewer()?.domain;
    let open = pairs::open(&domain, id).await.map_err(fail)?;
    Ok(super::sheet::sheet(&open, voice(&domain), originals))
}

/// Decides about a pair that had the status `seen` and the `updated_at` `as_of` when the person looked at it. If somebody decided
/// otherwise since, or its texts changed, nothing is changed, and that is said. A form sent without scripts goes on to the page `then`.
///
/// # Errors
/// For reviewers and admins; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "decide", output = Json)]
pub async fn decide_pair(
    id: PairId,
    status: PairStatus,
    seen: Option<PairStatus>,
    as_of: Option<Stamp>,
    then: Option<String>,
) -> Result<Decided, Failure> {
    use replybook::{
        pairs::{self, Decision},
        types::{ConflictCode, InvalidCode, Problem},
    };

    use super::words::Words;
    use crate::{
        answer::{Told, go_and_tell},
        paths, problems,
        request::{fail, lang, local_path, reviewer},
    };

    let caller = reviewer()?;
    let as_of = as_of
        .map(|stamp| stamp.0.parse().map_err(|_| fail(Problem::invalid("as_of", InvalidCode::TimeInvalid))))
        .transpose()?;
    let decision = Decision { to: status, seen, as_of };
    let (decided, told) = match pairs::decide(&caller.domain, caller.actor(), id, decision).await {
        Ok(pair) => {
            let told = Told::good(Words(lang()).decided(pair.status));
            (Decided { status: pair.status, updated_at: Some(pair.updated_at.into()), overtaken: None }, told)
        }
        Err(problem @ Problem::Overtaken { status, .. }) => {
            let why = problems::text(&problem, lang());
            // Now that it is known it can be decided otherwise.
            let updated_at = pairs::get(&caller.domain, id).await.map_err(fail)?.updated_at;
            (Decided { status, updated_at: Some(updated_at.into()), overtaken: Some(why.clone()) }, Told::bad(why))
        }
        Err(problem @ Problem::Conflict { code: ConflictCode::PairChanged }) => {
            let why = problems::text(&problem, lang());
            let status = pairs::get(&caller.domain, id).await.map_err(fail)?.status;
            (Decided { status, updated_at: None, overtaken: Some(why.clone()) }, Told::bad(why))
        }
        Err(problem) => return Err(fail(problem)),
    };
    go_and_tell(local_path(then, paths::TRAINING), told);
    Ok(decided)
}
