//! Who is to review which pair: advice, no lock.

use std::collections::{BTreeMap, BTreeSet};

use super::find::unassigned;
use crate::{
    Domain,
    store::{Act, Assigned},
    types::{
        Actor, AssignedPairs, Assignee, InvalidCode, MOST_ASSIGNED, MOST_SHARED, NotFoundCode, PairFilter, PairId,
        PairQuery, Problem, ShareOut, SharedPairs, UserId,
    },
};

/// People among whom pairs are shared out at most.
const MOST_PEOPLE: usize = 50;

/// Who can review, by name, each with how many pairs they are to review.
///
/// # Errors
/// When the database cannot be read.
pub async fn assignees(d: &Domain) -> Result<Vec<Assignee>, Problem> {
    let (mut people, counts) = (d.store.reviewers().await?, d.store.assigned_counts().await?);
    for one in &mut people {
        one.pairs = counts.get(&one.id).copied().unwrap_or_default();
    }
    Ok(people)
}

/// Who can review, by name, without how many pairs each has.
///
/// # Errors
/// When the database cannot be read.
pub async fn reviewers(d: &Domain) -> Result<Vec<Assignee>, Problem> {
    Ok(d.store.reviewers().await?)
}

/// Gives pairs to somebody to review, or to nobody: all of them or none.
///
/// # Errors
/// `ai_email_pair_not_found`; `user_not_found` for somebody who cannot review; [`Problem::Invalid`] for no pairs, or too many.
pub async fn assign(d: &Domain, by: Actor, pairs: &[PairId], to: Option<UserId>) -> Result<AssignedPairs, Problem> {
    if pairs.is_empty() || pairs.len() > MOST_ASSIGNED {
        let most = i64::try_from(MOST_ASSIGNED).ok();
        return Err(Problem::invalid("number of pairs", InvalidCode::NotInRange { least: 1, most }));
    }
    match d.store.assign_pairs(pairs, to, Act { by, at: d.clock.now() }).await? {
        Assigned::Done(changed) => {
            tracing::info!(%by, changed, "pairs given to somebody to review");
            Ok(AssignedPairs { changed })
        }
        Assigned::NoPair => Err(Problem::not_found(NotFoundCode::Pair)),
        Assigned::Nobody => Err(Problem::not_found(NotFoundCode::User)),
    }
}

/// Shares up to `most` pairs of a search that nobody has out among people, evenly. Near duplicates go to one person: to whoever has others
/// of their group, if that is one of these people.
///
/// # Errors
/// `user_not_found` for somebody who cannot review; [`Problem::Invalid`] for a number that is out of range, and for a search that is not
/// understood.
pub async fn share_out(
    d: &Domain,
    by: Actor,
    query: &PairQuery,
    among: &[UserId],
    most: i64,
) -> Result<ShareOut, Problem> {
    let range =
        |field: &str, most: i64| Problem::invalid(field, InvalidCode::NotInRange { least: 1, most: Some(most) });
    let mut seen = BTreeSet::new();
    let among: Vec<UserId> = among.iter().copied().filter(|user| seen.insert(*user)).collect();
    if among.is_empty() || among.len() > MOST_PEOPLE {
        return Err(range("number of people", i64::try_from(MOST_PEOPLE).unwrap_or(i64::MAX)));
    }
    if !(1..=MOST_SHARED).contains(&most) {
        return Err(range("most", MOST_SHARED));
    }
    let filter = PairFilter { one_per_group: false, ..query.filter.clone() };
    let query = PairQuery { filter, ..query.clone() };
    let (found, more) = unassigned(d, &query, by.user, usize::try_from(most).unwrap_or(0)).await?;
    // Those that are given away below wait as well, for no other reason.
    let not_searchable_yet = d.store.pairs_waiting().await?;
    let groups: BTreeSet<&str> = found.iter().filter_map(|(_, group)| group.as_deref()).collect();
    let owners = d.store.group_assignees(&groups.into_iter().collect::<Vec<_>>(), &among).await?;
    let shares = shared(&found, &among, &owners);
    let got = d.store.share_pairs_out(&shares, &among, Act { by, at: d.clock.now() }).await?;
    let got = got.ok_or_else(|| Problem::not_found(NotFoundCode::User))?;
    let shares: Vec<SharedPairs> = among
        .into_iter()
        .map(|user_id| SharedPairs { user_id, pairs: got.get(&user_id).copied().unwrap_or_default() })
        .collect();
    let assigned = shares.iter().map(|share| share.pairs).sum();
    tracing::info!(%by, assigned, people = shares.len(), "pairs shared out");
    Ok(ShareOut { assigned, shares, more, not_searchable_yet })
}

/// Who gets which pair: the largest groups first, each to whoever has others of it, or else to whoever has least.
fn shared(
    found: &[(PairId, Option<String>)],
    among: &[UserId],
    owners: &BTreeMap<String, UserId>,
) -> BTreeMap<PairId, UserId> {
    let mut units: Vec<(Option<usize>, Vec<PairId>)> = Vec::new();
    let mut by_group: BTreeMap<&str, usize> = BTreeMap::new();
    for (pair, group) in found {
        match group.as_deref() {
            Some(group) => {
                let at = *by_group.entry(group).or_insert(units.len());
                if at == units.len() {
                    let owner = owners.get(group).and_then(|owner| among.iter().position(|one| one == owner));
                    units.push((owner, Vec::new()));
                }
                units[at].1.push(*pair);
            }
            None => units.push((None, vec![*pair])),
        }
    }
    // Who has others of a group is given those first: what is left evens it out.
    units.sort_by_key(|(owner, pairs)| (owner.is_none(), std::cmp::Reverse(pairs.len())));
    let mut has = vec![0_usize; among.len()];
    let mut shares = BTreeMap::new();
    for (owner, pairs) in units {
        let Some(whose) = owner.or_else(|| (0..among.len()).min_by_key(|at| has[*at])) else { break };
        has[whose] += pairs.len();
        shares.extend(pairs.into_iter().map(|pair| (pair, among[whose])));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_as_many_and_near_duplicates_stay_together() {
        let among = [UserId::new(), UserId::new(), UserId::new()];
        let group = |number: usize| (number < 4).then(|| "g".to_owned());
        let found: Vec<_> = (0..13).map(|number| (PairId::new(), group(number))).collect();
        let shares = shared(&found, &among, &BTreeMap::new());
        assert_eq!(shares.len(), 13);
        let of = |user: &UserId| shares.values().filter(|one| *one == user).count();
        let mut numbers: Vec<usize> = among.iter().map(of).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [4, 4, 5]);
        let owners: BTreeSet<UserId> = found[..4].iter().map(|(pair, _)| shares[pair]).collect();
        assert_eq!(owners.len(), 1);
        assert!(shared(&found, &[], &BTreeMap::new()).is_empty());

        // What comes later of a group follows the rest of it.
        for owner in among {
            let shares = shared(&found, &among, &BTreeMap::from([("g".to_owned(), owner)]));
            assert!(found[..4].iter().all(|(pair, _)| shares[pair] == owner));
            assert_eq!(shares.len(), 13);
        }
        let gone = BTreeMap::from([("g".to_owned(), UserId::new())]);
        assert_eq!(shared(&found, &among, &gone), shares, "who is not among them gets nothing");
    }
}
