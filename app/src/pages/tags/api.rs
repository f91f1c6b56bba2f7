//! What admins do about the team's tags.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{ReviewTagId, ReviewTagInput},
};

use super::Words;
use crate::{
    Failure,
    answer::{Told, go_and_tell, go_to},
    json::Json,
    paths,
    request::{admin, fail, lang, voice},
    ui::{url::Address, words::nouns},
};

/// Makes a tag, or changes the one with this id.
///
/// # Errors
/// For admins only; what [`pairs::save_tag`] says.
#[server(prefix = "/api/ui", endpoint = "review-tag", output = Json)]
pub async fn save_tag(
    id: Option<ReviewTagId>,
    #[server(default)] name: String,
    colour: Option<String>,
    description: Option<String>,
    shortcut: Option<String>,
) -> Result<(), Failure> {
    let caller = admin()?;
    let place = Address::new(paths::TAGS).with("edit", id.map(|id| id.to_string()));
    go_to(place.into_string());
    let input = ReviewTagInput { name, colour, description, key: shortcut, position: None, retired: None };
    let tag = pairs::save_tag(&caller.domain, caller.actor(), id, &input).await.map_err(fail)?;
    go_and_tell(paths::TAGS, Told::good(Words(lang()).saved(tag.name)));
    Ok(())
}

/// Moves a tag to another place in the list.
///
/// # Errors
/// For admins only; what [`pairs::move_tag`] says.
#[server(prefix = "/api/ui", endpoint = "review-tag-move", output = Json)]
pub async fn move_tag(id: ReviewTagId, position: i64) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::TAGS);
    let tag = pairs::move_tag(&caller.domain, caller.actor(), id, position).await.map_err(fail)?;
    go_and_tell(paths::TAGS, Told::good(Words(lang()).moved(tag.name)));
    Ok(())
}

/// Offers a tag no more, or again.
///
/// # Errors
/// For admins only; what [`pairs::retire_tag`] says.
#[server(prefix = "/api/ui", endpoint = "review-tag-retire", output = Json)]
pub async fn retire_tag(id: ReviewTagId, retired: bool) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::TAGS);
    let tag = pairs::retire_tag(&caller.domain, caller.actor(), id, retired).await.map_err(fail)?;
    let words = Words(lang());
    let told = if retired { words.retired_done(tag.name) } else { words.offered_done(tag.name) };
    go_and_tell(paths::TAGS, Told::good(told));
    Ok(())
}

/// Deletes a tag.
///
/// # Errors
/// For admins only; what [`pairs::delete_tag`] says.
#[server(prefix = "/api/ui", endpoint = "review-tag-delete", output = Json)]
pub async fn delete_tag(id: ReviewTagId) -> Result<(), Failure> {
    let caller = admin()?;
    go_to(paths::TAGS);
    let deleted = pairs::delete_tag(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    let pairs = voice(&caller.domain).count(&nouns::PAIR, deleted.pairs);
    go_and_tell(paths::TAGS, Told::good(Words(lang()).deleted(pairs)));
    Ok(())
}
