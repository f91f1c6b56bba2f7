//! The team's own tags: admins keep the list, reviewers put them on pairs.

use crate::{
    Domain,
    store::{Act, TagChange, TagSaved, Tagged, WantedTag},
    types::{
        Actor, ConflictCode, InvalidCode, NotFoundCode, PairId, Problem, ReviewTag, ReviewTagDeleted, ReviewTagId,
        ReviewTagInput, TAG_DESCRIPTION, TAG_NAME, TagKeyFault, TrainingPair, tag_key,
    },
    visible::is_seen,
};

/// The tags of the team in its order, each with how many pairs have it.
///
/// # Errors
/// When the database cannot be read.
pub async fn tags(d: &Domain) -> Result<Vec<ReviewTag>, Problem> {
    let (mut tags, counts) = (d.store.review_tags().await?, d.store.tag_counts().await?);
    for tag in &mut tags {
        tag.pairs = counts.get(&tag.id).copied().unwrap_or_default();
    }
    Ok(tags)
}

/// The tags of the team in its order, without how many pairs have them.
///
/// # Errors
/// When the database cannot be read.
pub async fn known_tags(d: &Domain) -> Result<Vec<ReviewTag>, Problem> {
    Ok(d.store.review_tags().await?)
}

/// Makes a tag, or makes the tag `id` what the input says.
///
/// # Errors
/// `review_tag_not_found`, `too_many_review_tags`; [`Problem::Invalid`] for a name, a colour or a key that cannot be used.
pub async fn save_tag(
    d: &Domain,
    by: Actor,
    id: Option<ReviewTagId>,
    input: &ReviewTagInput,
) -> Result<ReviewTag, Problem> {
    change(d, by, id, TagChange::To(&wanted(input)?)).await
}

/// Moves a tag to another place among all tags, from 1.
///
/// # Errors
/// `review_tag_not_found`; [`Problem::Invalid`] for no place.
pub async fn move_tag(d: &Domain, by: Actor, id: ReviewTagId, position: i64) -> Result<ReviewTag, Problem> {
    change(d, by, Some(id), TagChange::Move(place(position)?)).await
}

/// Offers a tag no more, or again.
///
/// # Errors
/// `review_tag_not_found`.
pub async fn retire_tag(d: &Domain, by: Actor, id: ReviewTagId, retired: bool) -> Result<ReviewTag, Problem> {
    change(d, by, Some(id), TagChange::Retire(retired)).await
}

async fn change(d: &Domain, by: Actor, id: Option<ReviewTagId>, change: TagChange<'_>) -> Result<ReviewTag, Problem> {
    match d.store.save_tag(id, change, Act { by, at: d.clock.now() }).await? {
        TagSaved::Saved(tag) => {
            tracing::info!(%by, tag = %tag.id, "tag of the team saved");
            Ok(tag)
        }
        TagSaved::NameTaken => Err(Problem::invalid("name", InvalidCode::TagNameTaken)),
        TagSaved::KeyTaken { key, tag } => Err(Problem::invalid("key", TagKeyFault::Taken { key, tag })),
        TagSaved::TooMany => Err(Problem::conflict(ConflictCode::TooManyTags)),
        TagSaved::Unknown => Err(Problem::not_found(NotFoundCode::ReviewTag)),
    }
}

fn wanted(input: &ReviewTagInput) -> Result<WantedTag, Problem> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = line(&input.name);
    if !is_seen(&name) {
        return Err(Problem::invalid("name", InvalidCode::NameMissing));
    }
    // A search names it in quotation marks.
    if name.contains('"') {
        return Err(Problem::invalid("name", InvalidCode::TagNameQuoted));
    }
    if name.chars().count() > TAG_NAME {
        return Err(Problem::invalid("name", InvalidCode::TooLong { most: TAG_NAME }));
    }
    let description = line(input.description.as_deref().unwrap_or_default());
    if description.chars().count() > TAG_DESCRIPTION {
        return Err(Problem::invalid("description", InvalidCode::TooLong { most: TAG_DESCRIPTION }));
    }
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let colour = given(&input.colour).map(|colour| colour.parse()).transpose();
    let key = given(&input.key).map(|key| tag_key(&key)).transpose();
    Ok(WantedTag {
        name,
        colour: colour.map_err(|error| Problem::invalid("colour", error))?.unwrap_or_default(),
        description,
        key: key.map_err(|fault| Problem::invalid("key", fault))?,
        position: input.position.map(place).transpose()?,
        retired: input.retired,
    })
}

fn place(position: i64) -> Result<i64, Problem> {
    let range = InvalidCode::NotInRange { least: 1, most: None };
    if position < 1 { Err(Problem::invalid("position", range)) } else { Ok(position) }
}

/// Deletes a tag, and takes it off every pair.
///
/// # Errors
/// `review_tag_not_found`.
pub async fn delete_tag(d: &Domain, by: Actor, id: ReviewTagId) -> Result<ReviewTagDeleted, Problem> {
    let pairs = d.store.delete_tag(id, Act { by, at: d.clock.now() }).await?;
    let pairs = pairs.ok_or_else(|| Problem::not_found(NotFoundCode::ReviewTag))?;
    tracing::info!(%by, tag = %id, pairs, "tag of the team deleted");
    Ok(ReviewTagDeleted { pairs })
}

/// Puts a tag on a pair (`is_set`), or takes it off. What is so already stays as it is.
///
/// # Errors
/// `ai_email_pair_not_found`, `review_tag_not_found`; `review_tag_retired` for one that is not offered any more.
pub async fn tag_pair(
    d: &Domain,
    by: Actor,
    pair: PairId,
    tag: ReviewTagId,
    is_set: bool,
) -> Result<TrainingPair, Problem> {
    let user = by.user.ok_or(Problem::Unauthenticated)?;
    match d.store.tag_pair(pair, tag, is_set, user, Act { by, at: d.clock.now() }).await? {
        Tagged::Done(changed) => {
            tracing::info!(%by, %pair, %tag, is_set, changed, "tag of a pair set");
            super::get(d, pair).await
        }
        Tagged::NoPair => Err(Problem::not_found(NotFoundCode::Pair)),
        Tagged::NoTag => Err(Problem::not_found(NotFoundCode::ReviewTag)),
        Tagged::Retired => Err(Problem::conflict(ConflictCode::TagRetired)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TagColour;

    fn input(name: &str) -> ReviewTagInput {
        ReviewTagInput { name: name.to_owned(), ..ReviewTagInput::default() }
    }

    #[test]
    fn a_tag_has_a_name_of_one_line() {
        let tag = wanted(&input("  Wrong\n price ")).expect("can be used");
        assert_eq!((tag.name.as_str(), tag.colour, tag.key), ("Wrong price", TagColour::Grey, None));
        for name in ["", "  ", "\u{200b}", "a \"b\"", &"ж".repeat(TAG_NAME + 1)] {
            assert!(wanted(&input(name)).is_err(), "{name:?}");
        }
        let with = |change: fn(&mut ReviewTagInput)| {
            let mut input = input("x");
            change(&mut input);
            wanted(&input).map(|tag| tag.key)
        };
        assert_eq!(with(|input| input.key = Some("B".to_owned())), Ok(Some("b".to_owned())));
        assert!(with(|input| input.key = Some("a".to_owned())).is_err());
        assert!(with(|input| input.colour = Some("mauve".to_owned())).is_err());
        assert!(with(|input| input.position = Some(0)).is_err());
        assert!(with(|input| input.description = Some("x".repeat(TAG_DESCRIPTION + 1))).is_err());
    }
}
