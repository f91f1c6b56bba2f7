//! What the island asks of the server while a page is open. Forms without scripts post to the same function.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use replybook::types::{PairId, PairStatus};

pub(crate) use super::{
    data::{Decided, Rows, Sheet, Stamp, Undone},
    place::View,
};
use crate::{Failure, json::Json};

/// One pair with all that stands behind it, as it is to be shown.
///
/// # Errors
/// For reviewers and admins; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "pair", input = GetUrl, output = Json)]
pub async fn read_pair(id: PairId, view: View) -> Result<Sheet, Failure> {
    use replybook::pairs;

    use crate::request::{fail, keys_of, reviewer, voice};

    let caller = reviewer()?;
    let open = pairs::open(&caller.domain, id).await.map_err(fail)?;
    let keys = keys_of(&caller.domain, caller.user.id).await.map_err(fail)?;
    Ok(super::sheet::sheet(&open, voice(&caller.domain), &keys, view))
}

/// The page of the list whose query this is.
///
/// # Errors
/// For reviewers and admins; [`replybook::types::Problem::Invalid`] for a cursor that no page gave out.
#[server(prefix = "/api/ui", endpoint = "pair-rows", input = GetUrl, output = Json)]
pub async fn read_rows(query: String) -> Result<Rows, Failure> {
    use crate::request::{fail, reviewer, voice};

    let caller = reviewer()?;
    super::page::rows(&caller.domain, caller.user.id, voice(&caller.domain), &query).await.map_err(fail)
}

/// Decides about a pair that had the status `seen` and the `updated_at` `as_of` when the person looked at it. If somebody decided
/// otherwise since, or its texts changed, nothing is changed, and that is said. A form sent without scripts goes on to the page `then`; it
/// has fields for `reason` and `note` whatever its buttons decide, so they count only for what is rejected.
///
/// # Errors
/// For reviewers and admins; [`replybook::types::Problem::NotFound`].
#[server(prefix = "/api/ui", endpoint = "decide", output = Json)]
pub async fn decide_pair(
    id: PairId,
    status: PairStatus,
    seen: Option<PairStatus>,
    as_of: Option<Stamp>,
    reason: Option<String>,
    note: Option<String>,
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
    let is_rejected = status == PairStatus::Rejected;
    let because =
        pairs::rejection(status, reason.as_deref().filter(|_| is_rejected), note.as_deref().filter(|_| is_rejected));
    let decision = Decision { to: status, because: because.map_err(fail)?, seen, as_of };
    let (decided, told) = match pairs::decide(&caller.domain, caller.actor(), id, decision).await {
        Ok(pair) => {
            let told = Told::good(Words(lang()).decided(pair.status));
            (Decided::of(&pair), told)
        }
        Err(problem @ Problem::Overtaken { status, .. }) => {
            let why = problems::text(&problem, lang());
            // Now that it is known it can be decided otherwise.
            let pair = pairs::get(&caller.domain, id).await.map_err(fail)?;
            (Decided { status, overtaken: Some(why.clone()), ..Decided::of(&pair) }, Told::bad(why))
        }
        Err(problem @ Problem::Conflict { code: ConflictCode::PairChanged }) => {
            let why = problems::text(&problem, lang());
            let pair = pairs::get(&caller.domain, id).await.map_err(fail)?;
            (Decided { updated_at: None, overtaken: Some(why.clone()), ..Decided::of(&pair) }, Told::bad(why))
        }
        Err(problem) => return Err(fail(problem)),
    };
    go_and_tell(local_path(then, paths::TRAINING), told);
    Ok(decided)
}

/// Takes back the person's last step in the review, or their last one about a pair alone; with `if_one` only if it is about one pair, else
/// nothing is done. What somebody changed since stays, and that is said. A form sent without scripts goes on to the page `then`.
///
/// # Errors
/// For reviewers and admins; `nothing_to_undo`.
#[server(prefix = "/api/ui", endpoint = "decide-undo", output = Json)]
pub async fn undo_step(pair: Option<PairId>, if_one: Option<bool>, then: Option<String>) -> Result<Undone, Failure> {
    use replybook::{
        pairs,
        types::{ConflictCode, Problem, StepUndone},
    };

    use super::words::Words;
    use crate::{
        answer::{Told, go_to, tell},
        pages::bulk::bulk_address,
        paths, problems,
        request::{fail, lang, local_path, reviewer, voice},
        ui::words::nouns,
    };

    let caller = reviewer()?;
    let (domain, words, voice) = (&caller.domain, Words(lang()), voice(&caller.domain));
    go_to(local_path(then, paths::TRAINING));
    let last = pairs::steps(domain, caller.actor()).await.map_err(fail)?.items.into_iter().next();
    let is_large = last.as_ref().is_some_and(|step| step.pairs > 1 || step.bulk_decision_id.is_some());
    if if_one == Some(true) && is_large {
        return Ok(Undone { pair: None, name: String::new(), was: None, edited: false, text: String::new() });
    }
    let was = last.and_then(|step| step.status);
    let undone = match pairs::undo(domain, caller.actor(), pair).await {
        // It is taken back in the background: its page says how far that is.
        Ok(StepUndone { bulk_decision_id: Some(id), .. }) => {
            go_to(bulk_address(id));
            return Ok(Undone { pair: None, name: String::new(), was, edited: false, text: String::new() });
        }
        Ok(step) => {
            let about = match step.pair_id {
                Some(id) => Some(pairs::get(domain, id).await.map_err(fail)?),
                None => None,
            };
            let text = match &about {
                Some(_) if step.assigned => super::marks::Words(lang()).assignment_undone().to_owned(),
                Some(_) if step.tagged => super::marks::Words(lang()).undone().to_owned(),
                Some(_) if step.edited => words.edit_undone().to_owned(),
                Some(_) if step.regrouped => super::turns::TurnWords(lang()).undone().to_owned(),
                Some(pair) => words.decided(pair.status).to_owned(),
                None => {
                    let undone = words.steps_undone(voice.count(&nouns::PAIR, step.undone));
                    let stayed = voice.count(&nouns::PAIR, step.stayed);
                    if step.stayed > 0 { words.steps_stayed(undone, stayed) } else { undone }
                }
            };
            let name = about.as_ref().map(super::page::name_of).unwrap_or_default();
            let pair = about.map(|pair| (pair.id, Decided::of(&pair)));
            Undone { pair, name, was, edited: step.edited || step.tagged || step.assigned || step.regrouped, text }
        }
        // Somebody changed the pair since: what it is now is known from here on.
        Err(problem @ (Problem::Overtaken { .. } | Problem::Conflict { code: ConflictCode::PairChanged })) => {
            let why = problems::text(&problem, lang());
            let about = match pair {
                Some(id) => Some(pairs::get(domain, id).await.map_err(fail)?),
                None => None,
            };
            let name = about.as_ref().map(super::page::name_of).unwrap_or_default();
            let pair = about.map(|pair| (pair.id, Decided { overtaken: Some(why.clone()), ..Decided::of(&pair) }));
            if pair.is_none() {
                return Err(fail(problem));
            }
            tell(Told::bad(why.clone()));
            return Ok(Undone { pair, name, was: None, edited: false, text: why });
        }
        Err(problem) => return Err(fail(problem)),
    };
    let text = if undone.name.is_empty() { undone.text.clone() } else { words.about_pair(&undone.text, &undone.name) };
    tell(Told::good(text));
    Ok(undone)
}

/// Stores what somebody wrote into a pair that had the `updated_at` `as_of` when they began, and approves it as well where that is asked for.
///
/// # Errors
/// For reviewers and admins; what [`replybook::pairs::edit_texts`] and [`replybook::pairs::decide`] say.
#[server(prefix = "/api/ui", endpoint = "pair-texts", output = Json)]
pub async fn edit_texts(
    id: PairId,
    client_text: String,
    our_reply_text: String,
    as_of: Option<Stamp>,
    approve: Option<bool>,
    then: Option<String>,
) -> Result<Sheet, Failure> {
    use replybook::{
        pairs::{self, Decision},
        types::{InvalidCode, Problem, TextsInput},
    };

    use super::words::Words;
    use crate::{
        answer::{Told, go_to, tell},
        paths,
        request::{fail, keys_of, lang, local_path, reviewer, voice},
    };

    let caller = reviewer()?;
    let domain = &caller.domain;
    // What is refused is shown with its fields again.
    let editing = format!("{}?pair={id}&view=edit", paths::TRAINING);
    go_to(editing);
    let updated_at = as_of
        .map(|stamp| stamp.0.parse().map_err(|_| fail(Problem::invalid("as_of", InvalidCode::TimeInvalid))))
        .transpose()?;
    let input = TextsInput { client_text, our_reply_text, updated_at };
    let edited = pairs::edit_texts(domain, caller.actor(), id, input).await.map_err(fail)?;
    if approve == Some(true) {
        let decision = Decision { as_of: Some(edited.updated_at), ..Decision::from(PairStatus::Approved) };
        pairs::decide(domain, caller.actor(), id, decision).await.map_err(fail)?;
    }
    let name = super::page::name_of(&edited);
    go_to(local_path(then, paths::TRAINING));
    tell(Told::good(Words(lang()).edited_toast(name)));
    let open = pairs::open(domain, id).await.map_err(fail)?;
    let keys = keys_of(domain, caller.user.id).await.map_err(fail)?;
    Ok(super::sheet::sheet(&open, voice(domain), &keys, View::Sides))
}
