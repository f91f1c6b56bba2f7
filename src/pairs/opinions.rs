//! Second opinions: a share of the decided pairs is shown to another reviewer, blind, and where the two disagree somebody settles it.

use crate::{
    Domain,
    store::{Act, Opinion},
    types::{
        Actor, Agreement, ConflictCode, InvalidCode, Kappa, NotFoundCode, OpinionAsked, OpinionGiven, PairId,
        PairStatus, Problem, SecondOpinions, UserId,
    },
};

use super::clean::share as share_of;

/// Disagreements that are listed together.
const LISTED: i64 = 50;
/// 95 % of a normal distribution lie within so many standard deviations.
const DEVIATIONS: f64 = 1.96;

fn person(by: Actor) -> Result<UserId, Problem> {
    by.user.ok_or(Problem::Unauthenticated)
}

/// What waits for somebody's second opinion, how far reviewers agree, and where they do not.
///
/// # Errors
/// When the database cannot be read.
pub async fn opinions(d: &Domain, by: Actor) -> Result<SecondOpinions, Problem> {
    let (disagreements, disagreement_count) = d.store.disagreements(LISTED).await?;
    Ok(SecondOpinions {
        share: d.store.opinion_share().await?,
        waiting: d.store.opinions_waiting(person(by)?).await?,
        agreement: agreement(&d.store.opinions_given().await?),
        disagreements,
        disagreement_count,
    })
}

/// The pair that has waited longest for somebody's second opinion, after the place `after`. `None` where none waits.
///
/// # Errors
/// [`Problem::Invalid`] for a place that was not given out here; when the database cannot be read.
pub async fn next_opinion(d: &Domain, by: Actor, after: Option<&str>) -> Result<Option<OpinionAsked>, Problem> {
    let user = person(by)?;
    let mut after = after.map(ToOwned::to_owned);
    loop {
        let Some((id, cursor)) = d.store.next_opinion(user, after.as_deref()).await? else { return Ok(None) };
        // One that was deleted between the two looks waits no more.
        let Some(mut pair) = d.store.pair(id).await? else {
            after = Some(cursor);
            continue;
        };
        let share = share_of([pair.client_text.len(), pair.our_reply_text.len()].into_iter());
        super::lists::clip(&mut pair, share);
        let labels = pair.labels.as_ref();
        return Ok(Some(OpinionAsked {
            pair_id: id,
            client_language: labels.and_then(|labels| labels.client_language.clone()),
            reply_language: labels.and_then(|labels| labels.reply_language.clone()),
            subject: pair.subject,
            account_display_name: pair.account_display_name,
            client_text: pair.client_text,
            our_reply_text: pair.our_reply_text,
            replied_at: pair.reply_sent_at,
            truncated: pair.truncated,
            cursor,
        }));
    }
}

/// Says what a second reviewer thinks of a pair. The pair stays as it was decided; if the two disagree, somebody settles it.
///
/// # Errors
/// `opinion_not_asked`, `opinion_of_first_reviewer`, `opinion_already_given`; [`Problem::Invalid`] for [`PairStatus::New`].
pub async fn give_opinion(d: &Domain, by: Actor, pair: PairId, status: PairStatus) -> Result<OpinionGiven, Problem> {
    let (user, status) = (person(by)?, decided(status)?);
    match d.store.give_opinion(pair, status, user, Act { by, at: d.clock.now() }).await? {
        Opinion::Given(given) => {
            tracing::info!(%by, %pair, %status, agrees = given.status == given.first_status, "second opinion given");
            Ok(given)
        }
        Opinion::Unknown => Err(Problem::not_found(NotFoundCode::Opinion)),
        Opinion::Own => Err(Problem::conflict(ConflictCode::OpinionOwn)),
        Opinion::There => Err(Problem::conflict(ConflictCode::OpinionThere)),
    }
}

/// Decides what holds of a pair about which two reviewers disagree.
///
/// # Errors
/// `opinion_not_asked` where there is nothing to settle; [`Problem::Invalid`] for [`PairStatus::New`].
pub async fn settle_opinion(d: &Domain, by: Actor, pair: PairId, status: PairStatus) -> Result<(), Problem> {
    let (user, status) = (person(by)?, decided(status)?);
    if !d.store.settle_opinion(pair, status, user, Act { by, at: d.clock.now() }).await? {
        return Err(Problem::not_found(NotFoundCode::Opinion));
    }
    tracing::info!(%by, %pair, %status, "disagreement settled");
    Ok(())
}

/// Sets of how many pairs in a hundred a second opinion is asked, from now on.
///
/// # Errors
/// [`Problem::Invalid`] for a share that is not 0 to 100.
pub async fn set_opinion_share(d: &Domain, by: Actor, share: i64) -> Result<(), Problem> {
    if !(0..=100).contains(&share) {
        return Err(Problem::invalid("share", InvalidCode::NotInRange { least: 0, most: Some(100) }));
    }
    d.store.set_opinion_share(share, Act { by, at: d.clock.now() }).await?;
    tracing::info!(%by, share, "share of second opinions set");
    Ok(())
}

fn decided(status: PairStatus) -> Result<PairStatus, Problem> {
    match status {
        PairStatus::New => Err(Problem::invalid("status", InvalidCode::OpinionNew)),
        decided => Ok(decided),
    }
}

/// Sums up what first and second reviewers decided.
fn agreement(given: &[(String, String, i64)]) -> Agreement {
    let of = |first: PairStatus, second: PairStatus| {
        let is = |(one, two, _): &&(String, String, i64)| one == first.as_str() && two == second.as_str();
        given.iter().filter(is).map(|(.., pairs)| pairs).sum::<i64>()
    };
    let (yes, no) = (PairStatus::Approved, PairStatus::Rejected);
    let (both_approved, both_rejected) = (of(yes, yes), of(no, no));
    let (first_approved, second_approved) = (of(yes, no), of(no, yes));
    Agreement {
        pairs: both_approved + both_rejected + first_approved + second_approved,
        both_approved,
        both_rejected,
        first_approved,
        second_approved,
        kappa: kappa(both_approved, both_rejected, first_approved, second_approved),
    }
}

/// Cohen's kappa of a table of two by two.
#[expect(clippy::cast_precision_loss, reason = "counts of pairs are far below 2^52")]
fn kappa(both_approved: i64, both_rejected: i64, first_approved: i64, second_approved: i64) -> Option<Kappa> {
    let [a, d, b, c] = [both_approved, both_rejected, first_approved, second_approved].map(|pairs| pairs as f64);
    let all = a + b + c + d;
    // One pair says nothing about chance.
    if all < 2.0 {
        return None;
    }
    let observed = (a + d) / all;
    let by_chance = ((a + b) * (a + c) + (c + d) * (b + d)) / (all * all);
    if by_chance >= 1.0 {
        return None;
    }
    let value = (observed - by_chance) / (1.0 - by_chance);
    let deviation = (observed * (1.0 - observed) / all).sqrt() / (1.0 - by_chance);
    let bound = |by: f64| (value + by * DEVIATIONS * deviation).clamp(-1.0, 1.0);
    Some(Kappa { value, low: bound(-1.0), high: bound(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_is_that_of_the_textbook() {
        // Two readers of 50 applications: 20 times both yes, 15 times both no, 5 and 10 in disagreement.
        let of_fifty = kappa(20, 15, 5, 10).expect("there is something to compare");
        assert!((of_fifty.value - 0.4).abs() < 1e-9, "{of_fifty:?}");
        assert!((of_fifty.low - 0.146).abs() < 1e-3 && (of_fifty.high - 0.654).abs() < 1e-3, "{of_fifty:?}");
        assert_eq!(kappa(7, 3, 0, 0).map(|kappa| kappa.value), Some(1.0));
        assert_eq!(kappa(0, 0, 0, 0), None);
        assert_eq!(kappa(0, 0, 1, 0), None);
        assert_eq!(kappa(9, 0, 0, 0), None, "all said the same about all: chance alone does that");
        assert!(kappa(0, 0, 5, 5).expect("they disagree").value < -0.9);
    }

    #[test]
    fn opinions_are_counted_by_who_said_what() {
        let row = |first: &str, second: &str, pairs| (first.to_owned(), second.to_owned(), pairs);
        let sums = agreement(&[
            row("approved", "approved", 6),
            row("approved", "rejected", 2),
            row("rejected", "approved", 1),
        ]);
        assert_eq!((sums.pairs, sums.both_approved, sums.both_rejected), (9, 6, 0));
        assert_eq!((sums.first_approved, sums.second_approved), (2, 1));
    }
}
