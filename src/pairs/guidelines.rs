//! What the team goes by in the review, written by admins in Markdown.

use crate::{
    Domain, markdown,
    store::{Act, GuidelinesSaved},
    types::{
        Actor, ConflictCode, GUIDELINES_LENGTH, Guidelines, GuidelinesInput, GuidelinesVersions, InvalidCode,
        NotFoundCode, Problem,
    },
};

/// Versions that are listed.
const LISTED: i64 = 100;

fn shown(guidelines: Guidelines) -> Guidelines {
    Guidelines { html: markdown::to_html(&guidelines.text), ..guidelines }
}

/// The guidelines in force. `None` until somebody writes some.
///
/// # Errors
/// When the database cannot be read.
pub async fn guidelines(d: &Domain) -> Result<Option<Guidelines>, Problem> {
    Ok(d.store.guidelines(None).await?.map(shown))
}

/// A version of the guidelines.
///
/// # Errors
/// `review_guidelines_not_found`.
pub async fn guidelines_version(d: &Domain, number: i64) -> Result<Guidelines, Problem> {
    let version = d.store.guidelines(Some(number)).await?;
    version.map(shown).ok_or_else(|| Problem::not_found(NotFoundCode::Guidelines))
}

/// The versions of the guidelines, the latest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn guidelines_versions(d: &Domain) -> Result<GuidelinesVersions, Problem> {
    let (items, count) = d.store.guidelines_versions(LISTED).await?;
    Ok(GuidelinesVersions { items, count })
}

/// Saves a new version of the guidelines, unless they say that already.
///
/// # Errors
/// [`Problem::Invalid`] for a text that is too long; `review_guidelines_changed_meanwhile` where another version is in force than the
/// input says.
pub async fn save_guidelines(d: &Domain, by: Actor, input: &GuidelinesInput) -> Result<Option<Guidelines>, Problem> {
    let text = input.text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.chars().count() > GUIDELINES_LENGTH {
        return Err(Problem::invalid("text", InvalidCode::TooLong { most: GUIDELINES_LENGTH }));
    }
    match d.store.save_guidelines(text, input.seen, by.user, Act { by, at: d.clock.now() }).await? {
        GuidelinesSaved::Saved(changed) => {
            tracing::info!(%by, changed, "guidelines of the review saved");
            guidelines(d).await
        }
        GuidelinesSaved::Overtaken => Err(Problem::conflict(ConflictCode::GuidelinesChanged)),
    }
}
