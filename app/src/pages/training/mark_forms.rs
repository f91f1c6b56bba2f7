//! Marking a pair: forms of the open pair. The script of the page gets the marks as HTML, and draws them anew.

use leptos::prelude::*;
use replybook::{
    pairs,
    types::{InvalidCode, MOST_SHARED, PairFilter, PairId, PairQuery, Problem, ReviewTagId, UserId},
};
use serde::{Deserialize, Serialize};

use super::{
    marks::{self, Words},
    share::ShareWords,
};
use crate::{
    Failure,
    answer::{Told, tell},
    json::Json,
    request::{Caller, admin, fail, keys_of, lang, reviewer, voice},
    ui::words::nouns,
};

/// The marks of a pair as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// In its line of the list.
    pub row: String,
    /// In the open pair.
    pub sheet: String,
    /// What was done.
    pub said: String,
}

/// Puts a tag on a pair (`on`), or takes it off.
///
/// # Errors
/// For reviewers and admins; what [`pairs::tag_pair`] says.
#[server(prefix = "/api/ui", endpoint = "pair-tag", output = Json)]
pub async fn tag_pair(id: PairId, tag: ReviewTagId, on: bool) -> Result<Marked, Failure> {
    let caller = reviewer()?;
    pairs::tag_pair(&caller.domain, caller.actor(), id, tag, on).await.map_err(fail)?;
    let tags = pairs::known_tags(&caller.domain).await.map_err(fail)?;
    let name = tags.into_iter().find(|known| known.id == tag).map(|tag| tag.name).unwrap_or_default();
    let words = Words(lang());
    let said = if on { words.tagged(name) } else { words.untagged(name) };
    marked(&caller, id, said).await.map_err(fail)
}

/// Gives a pair to somebody to review; without a `user` to nobody.
///
/// # Errors
/// For reviewers and admins; what [`pairs::assign`] says.
#[server(prefix = "/api/ui", endpoint = "pair-assign", output = Json)]
pub async fn assign_pair(id: PairId, user: Option<String>) -> Result<Marked, Failure> {
    let caller = reviewer()?;
    pairs::assign(&caller.domain, caller.actor(), &[id], person(user)?).await.map_err(fail)?;
    let pair = pairs::get(&caller.domain, id).await.map_err(fail)?;
    let words = Words(lang());
    let said = pair.assigned_to.map_or_else(|| words.unassigned_done().to_owned(), |name| words.assigned_done(name));
    marked(&caller, id, said).await.map_err(fail)
}

/// Gives the pairs of a page of the list to somebody to review; without a `user` to nobody.
///
/// # Errors
/// For reviewers and admins; what [`pairs::assign`] says.
#[server(prefix = "/api/ui", endpoint = "pairs-assign", output = Json)]
pub async fn assign_pairs(#[server(default)] ids: String, user: Option<String>) -> Result<i64, Failure> {
    let caller = reviewer()?;
    let ids: Result<Vec<PairId>, _> = ids.split(',').map(str::parse).collect();
    let ids = ids.map_err(|_| fail(Problem::invalid("ids", InvalidCode::NotAnId)))?;
    let done = pairs::assign(&caller.domain, caller.actor(), &ids, person(user)?).await.map_err(fail)?;
    let pairs = voice(&caller.domain).count(&nouns::PAIR, done.changed);
    tell(Told::good(ShareWords(lang()).assigned(pairs)));
    Ok(done.changed)
}

/// Shares the pairs of a search that nobody has out among reviewers.
///
/// # Errors
/// For admins only; what [`pairs::share_out`] says.
#[server(prefix = "/api/ui", endpoint = "pairs-share-out", output = Json)]
pub async fn share_out(
    #[server(default)] among: Vec<UserId>,
    #[server(default)] most: String,
    status: Option<String>,
    provider: Option<String>,
    account: Option<String>,
    q: Option<String>,
) -> Result<i64, Failure> {
    let caller = admin()?;
    let given = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let status = given(status).map(|status| status.parse().map_err(|error| fail(Problem::invalid("status", error))));
    let account =
        given(account).map(|id| id.parse().map_err(|_| fail(Problem::invalid("account", InvalidCode::NotAnId))));
    let range = InvalidCode::NotInRange { least: 1, most: Some(MOST_SHARED) };
    let most = most.trim().parse().map_err(|_| fail(Problem::invalid("most", range)))?;
    let filter = PairFilter {
        status: status.transpose()?.unwrap_or_default(),
        provider: given(provider),
        account_id: account.transpose()?,
        ..PairFilter::default()
    };
    let query = PairQuery { filter, text: given(q), ..PairQuery::default() };
    let done = pairs::share_out(&caller.domain, caller.actor(), &query, &among, most).await.map_err(fail)?;
    let (words, voice) = (ShareWords(lang()), voice(&caller.domain));
    let pairs = voice.count(&nouns::PAIR, done.assigned);
    let told = if done.not_searchable_yet > 0 {
        Told::warn(words.shared_incomplete(pairs, voice.count(&nouns::PAIR, done.not_searchable_yet)))
    } else if done.more {
        Told::good(words.shared_more(pairs))
    } else if done.assigned == 0 {
        Told::note(words.none_to_share())
    } else {
        Told::good(words.shared(pairs))
    };
    tell(told);
    Ok(done.assigned)
}

fn person(user: Option<String>) -> Result<Option<UserId>, Failure> {
    let user = user.filter(|user| !user.is_empty()).map(|user| user.parse());
    user.transpose().map_err(|_| fail(Problem::invalid("user", InvalidCode::NotAnId)))
}

async fn marked(caller: &Caller, id: PairId, said: String) -> Result<Marked, Problem> {
    tell(Told::good(said.clone()));
    let open = pairs::open(&caller.domain, id).await?;
    let (voice, keys) = (voice(&caller.domain), keys_of(&caller.domain, caller.user.id).await?);
    Ok(Marked { row: marks::of_row(&open.pair, voice), sheet: marks::of_sheet(&open, voice, &keys), said })
}
