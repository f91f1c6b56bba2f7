//! What reviewers and admins do about second opinions.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{InvalidCode, PairId, PairStatus, Problem},
};

use super::Words;
use crate::{
    Failure,
    answer::{Told, go_and_tell, go_to},
    json::Json,
    paths,
    request::{admin, fail, lang, reviewer},
};

fn decided(status: &str) -> Result<PairStatus, Failure> {
    status.parse().map_err(|error| fail(Problem::invalid("status", error)))
}

/// Gives a second opinion, and goes on to the next pair.
///
/// # Errors
/// For reviewers and admins; what [`pairs::give_opinion`] says.
#[server(prefix = "/api/ui", endpoint = "opinion", output = Json)]
pub async fn give_opinion(id: PairId, status: String) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(paths::OPINIONS);
    let words = Words(lang());
    let given = pairs::give_opinion(&caller.domain, caller.actor(), id, decided(&status)?).await.map_err(fail)?;
    let told =
        if given.status == given.first_status { Told::good(words.agrees()) } else { Told::note(words.disagrees()) };
    go_and_tell(paths::OPINIONS, told);
    Ok(())
}

/// Decides what holds of a pair about which two reviewers disagree.
///
/// # Errors
/// For reviewers and admins; what [`pairs::settle_opinion`] says.
#[server(prefix = "/api/ui", endpoint = "opinion-settle", output = Json)]
pub async fn settle_opinion(id: PairId, status: String) -> Result<(), Failure> {
    let caller = reviewer()?;
    go_to(paths::OPINIONS);
    pairs::settle_opinion(&caller.domain, caller.actor(), id, decided(&status)?).await.map_err(fail)?;
    go_and_tell(paths::OPINIONS, Told::good(Words(lang()).settled_done()));
    Ok(())
}

/// Sets of how many pairs in a hundred a second opinion is asked.
///
/// # Errors
/// For admins only; what [`pairs::set_opinion_share`] says.
#[server(prefix = "/api/ui", endpoint = "opinion-share", output = Json)]
pub async fn set_opinion_share(#[server(default)] share: String) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::OPINIONS);
    let range = InvalidCode::NotInRange { least: 0, most: Some(100) };
    let share = share.trim().parse().map_err(|_| fail(Problem::invalid("share", range)))?;
    pairs::set_opinion_share(&caller.domain, caller.actor(), share).await.map_err(fail)?;
    let words = Words(lang());
    let told = if share > 0 { words.share_set(share) } else { words.share_none().to_owned() };
    go_and_tell(paths::OPINIONS, Told::good(told));
    Ok(())
}
