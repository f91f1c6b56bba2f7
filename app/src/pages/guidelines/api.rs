//! Writing the guidelines.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{GuidelinesInput, InvalidCode, Problem},
};

use super::Words;
use crate::{
    Failure,
    answer::{Told, go_and_tell, go_to},
    json::Json,
    paths,
    request::{admin, fail, lang},
};

/// Saves a new version of the guidelines, if `seen` is the one in force.
///
/// # Errors
/// For admins only; what [`pairs::save_guidelines`] says.
#[server(prefix = "/api/ui", endpoint = "review-guidelines", output = Json)]
pub async fn save_guidelines(#[server(default)] text: String, seen: Option<String>) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::GUIDELINES);
    let range = InvalidCode::NotInRange { least: 0, most: None };
    let seen = seen.map(|seen| seen.parse().map_err(|_| fail(Problem::invalid("seen", range)))).transpose()?;
    pairs::save_guidelines(&caller.domain, caller.actor(), &GuidelinesInput { text, seen }).await.map_err(fail)?;
    go_and_tell(paths::GUIDELINES, Told::good(Words(lang()).saved()));
    Ok(())
}
