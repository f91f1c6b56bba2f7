//! What somebody does on their own page.

use std::collections::BTreeMap;

use leptos::prelude::*;
use replybook::{
    auth, people,
    types::{ApiTokenId, ApiTokenInput, InvalidCode, Problem, ReviewKey},
};

use super::Words;
use crate::{
    Failure,
    answer::{Told, answer, go_and_tell},
    json::Json,
    paths, problems,
    request::{fail, reviewer, signed_in},
};

/// The field in which a token travels to the page that shows it, once.
pub(super) const NEW_TOKEN: &str = "new_token";

/// Makes a token and returns it: the only time it can be read.
///
/// # Errors
/// [`Problem::Invalid`] for an empty name, or more days than a year has.
#[server(prefix = "/api/ui", endpoint = "create-token", output = Json)]
pub async fn create_token(name: String, #[server(default)] days: Option<u16>) -> Result<String, Failure> {
    let caller = signed_in()?;
    let input = ApiTokenInput { name, expires_in_days: days };
    let created = auth::create_api_token(&caller.domain, caller.actor(), &input).await.map_err(fail)?;
    let typed = vec![(NEW_TOKEN.to_owned(), created.token.clone())];
    go_and_tell(paths::ME, Told { typed, ..Told::good(Words(crate::request::lang()).token_made()) });
    Ok(created.token)
}

/// Deletes one of one's own tokens.
///
/// # Errors
/// [`Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "delete-token", output = Json)]
pub async fn delete_token(id: ApiTokenId) -> Result<(), Failure> {
    let caller = signed_in()?;
    auth::delete_api_token(&caller.domain, caller.actor(), id).await.map_err(fail)?;
    go_and_tell(paths::ME, Told::good(Words(crate::request::lang()).token_deleted()));
    Ok(())
}

/// Changes the name that others see.
///
/// # Errors
/// [`Problem::Invalid`] for a name that is empty or too long.
#[server(prefix = "", endpoint = "account/name", output = Json)]
pub async fn rename(#[server(default)] display_name: String) -> Result<(), Failure> {
    let caller = signed_in()?;
    people::rename(&caller.domain, caller.actor(), &display_name).await.map_err(fail)?;
    go_and_tell(paths::ME, Told::good(Words(crate::request::lang()).name_saved()));
    Ok(())
}

/// Chooses one's own keys for the review. Those that are not named get the standard key.
///
/// # Errors
/// [`Problem::Invalid`] for a key that cannot be used, or that would do two things.
#[server(prefix = "", endpoint = "account/review-keys", output = Json)]
pub async fn choose_review_keys(#[server(default)] keys: BTreeMap<ReviewKey, String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    let typed = keys.iter().map(|(command, key)| (*command, key.as_str()));
    people::choose_review_keys(&caller.domain, caller.actor(), typed).await.map_err(fail)?;
    go_and_tell(paths::KEYS_OF_ME, Told::good(Words(crate::request::lang()).keys_saved()));
    Ok(())
}

/// Ends every session and token of the person, this session too.
///
/// # Errors
/// [`Problem::Unauthenticated`].
#[server(prefix = "", endpoint = "account/sign-out-everywhere", output = Json)]
pub async fn sign_out_everywhere() -> Result<(), Failure> {
    let caller = signed_in()?;
    auth::sign_out_everywhere(&caller.domain, caller.actor()).await.map_err(fail)?;
    go_and_tell(paths::LOGIN, Told::good(Words(crate::request::lang()).signed_out_everywhere()));
    answer(|answer| answer.sign_out = true);
    Ok(())
}

/// Changes one's password. Every other session and every token of the person ends; this one goes on under a new id.
///
/// # Errors
/// [`Problem::Invalid`] for a wrong password or a new one that cannot be used.
#[server(prefix = "", endpoint = "account/password", output = Json)]
pub async fn change_password(
    #[server(default)] current: String,
    #[server(default)] new: String,
) -> Result<(), Failure> {
    let caller = signed_in()?;
    let lang = crate::request::lang();
    let words = Words(lang);
    let entrant = auth::change_password(&caller.domain, caller.actor(), &current, &new).await.map_err(|problem| {
        if let Problem::TooMany { .. } = &problem {
            go_and_tell(paths::ME, Told::bad(problems::text(&problem, lang)));
        }
        if let Problem::Invalid { code, .. } = &problem {
            let said = match code {
                InvalidCode::WrongCredentials => words.password_wrong().to_owned(),
                _ => words.password_kept(problems::text(&problem, lang)),
            };
            go_and_tell(paths::ME, Told::bad(said));
        }
        fail(problem)
    })?;
    go_and_tell(paths::ME, Told::good(words.password_changed()));
    answer(|answer| answer.sign_in = Some(entrant));
    Ok(())
}
