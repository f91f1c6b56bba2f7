//! How far the review is: what waits, what was decided, by whom, and how quickly.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::{
    Domain, auth,
    types::{
        AccountBasis, AccountId, AccountProgress, ApprovalBasis, DecidedHow, InvalidCode, LanguageProgress, PairFilter,
        PairStatus, Problem, ReviewDay, ReviewProgress, ReviewerProgress, UserId,
    },
};

/// The most days that are counted.
pub const MOST_DAYS: i64 = 90;
/// Decisions of a person that their pace is taken from.
const PACE_OF: i64 = 500;
/// Decided pairs whose languages are looked up.
const LANGUAGES_OF: i64 = 20_000;
/// More than this between two decisions is a pause.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

#[derive(Default)]
struct Sums {
    approved: i64,
    rejected: i64,
}

impl Sums {
    fn add(&mut self, status: PairStatus, pairs: i64) {
        match status {
            PairStatus::Approved => self.approved += pairs,
            PairStatus::Rejected => self.rejected += pairs,
            PairStatus::New => {}
        }
    }

    fn both(&self) -> i64 {
        self.approved + self.rejected
    }
}

/// How far the review is, and what was decided in the last `days`, today included.
///
/// # Errors
/// [`Problem::Invalid`] for a number of days that is not 1 to [`MOST_DAYS`]; when the database cannot be read.
pub async fn progress(d: &Domain, days: i64) -> Result<ReviewProgress, Problem> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::invalid("days", InvalidCode::NotInRange { least: 1, most: Some(MOST_DAYS) }));
    }
    let first = d.clock.now().date_naive() - TimeDelta::days(days - 1);
    let since = first.and_time(NaiveTime::MIN).and_utc();
    let decided = d.store.decided_by_day(since, days).await?;
    let mut by_day: BTreeMap<i64, Sums> = (0..days).map(|day| (day, Sums::default())).collect();
    let (mut by_person, mut by_account) = (BTreeMap::<Option<UserId>, Sums>::new(), BTreeMap::<_, Sums>::new());
    let mut approved_edited = 0;
    for one in decided {
        by_day.entry(one.day).or_default().add(one.status, one.pairs);
        by_person.entry(one.decided_by).or_default().add(one.status, one.pairs);
        by_account.entry(one.account).or_default().add(one.status, one.pairs);
        if one.edited && one.status == PairStatus::Approved {
            approved_edited += one.pairs;
        }
    }
    let decided: i64 = by_day.values().map(Sums::both).sum();
    let names: HashMap<UserId, String> =
        auth::list_users(d).await?.into_iter().map(|user| (user.id, user.display_name)).collect();
    let mut reviewers = Vec::with_capacity(by_person.len());
    for (user_id, sums) in by_person {
        let times = match user_id {
            Some(id) => d.store.decision_times(id, since, PACE_OF).await?,
            None => Vec::new(),
        };
        reviewers.push(ReviewerProgress {
            user_id,
            name: user_id.and_then(|id| names.get(&id).cloned()),
            approved: sums.approved,
            rejected: sums.rejected,
            seconds_per_decision: pace(&times),
        });
    }
    reviewers.sort_by_key(|one| std::cmp::Reverse(one.approved + one.rejected));
    let mut accounts = Vec::with_capacity(by_account.len());
    let called: HashMap<AccountId, String> =
        d.store.account_choices().await?.into_iter().map(|account| (account.id, account.display_name)).collect();
    for (account_id, sums) in by_account {
        // One that was deleted between the two looks has no pairs any more.
        let Some(name) = called.get(&account_id).cloned() else { continue };
        accounts.push((
            sums.both(),
            AccountProgress { account_id, name, approved: sums.approved, rejected: sums.rejected },
        ));
    }
    accounts.sort_by_key(|(both, _)| std::cmp::Reverse(*both));
    let (approval_basis, account_basis) = basis(d.store.approval_basis().await?, &called);
    Ok(ReviewProgress {
        counts: d.store.pair_counts(&PairFilter::default()).await?,
        since,
        days: by_day.into_iter().map(|(day, sums)| day_of(first, day, &sums)).collect(),
        reviewers,
        accounts: accounts.into_iter().map(|(_, account)| account).collect(),
        languages: languages(d, since).await?,
        languages_exact: decided <= LANGUAGES_OF,
        approved_edited,
        approval_basis,
        account_basis,
    })
}

/// What approved pairs rest on, all of them and those of each account.
fn basis(
    counted: Vec<(AccountId, String, i64)>,
    called: &HashMap<AccountId, String>,
) -> (ApprovalBasis, Vec<AccountBasis>) {
    let (mut all, mut by_account) = (ApprovalBasis::default(), BTreeMap::<AccountId, ApprovalBasis>::new());
    for (account, word, pairs) in counted.into_iter().filter(|(account, ..)| called.contains_key(account)) {
        for sums in [&mut all, by_account.entry(account).or_default()] {
            sums.approved += pairs;
            *match word.parse() {
                Ok(DecidedHow::One) => &mut sums.one_by_one,
                Ok(DecidedHow::Group) => &mut sums.group,
                Ok(DecidedHow::Picked) => &mut sums.picked,
                Ok(DecidedHow::Bulk) => &mut sums.bulk,
                Ok(DecidedHow::Rule) => &mut sums.rule,
                Ok(DecidedHow::Opinion) => &mut sums.second_opinion,
                Err(_) => &mut sums.edited,
            } += pairs;
        }
    }
    let by_account = by_account.into_iter().filter(|(_, basis)| basis.approved > 0);
    let mut by_account: Vec<AccountBasis> = by_account
        .filter_map(|(account_id, basis)| {
            Some(AccountBasis { account_id, name: called.get(&account_id)?.clone(), basis })
        })
        .collect();
    by_account.sort_by_key(|one| std::cmp::Reverse(one.basis.approved));
    (all, by_account)
}

async fn languages(d: &Domain, since: DateTime<Utc>) -> Result<Vec<LanguageProgress>, Problem> {
    let mut sums = BTreeMap::<Option<String>, Sums>::new();
    for (language, status, pairs) in d.store.decided_by_language(since, LANGUAGES_OF).await? {
        if let Ok(status) = status.parse() {
            sums.entry(language).or_default().add(status, pairs);
        }
    }
    let mut languages: Vec<LanguageProgress> = sums
        .into_iter()
        .filter(|(_, sums)| sums.both() > 0)
        .map(|(language, Sums { approved, rejected })| LanguageProgress { language, approved, rejected })
        .collect();
    languages.sort_by_key(|one| std::cmp::Reverse(one.approved + one.rejected));
    Ok(languages)
}

fn day_of(first: NaiveDate, day: i64, sums: &Sums) -> ReviewDay {
    ReviewDay { day: first + TimeDelta::days(day), approved: sums.approved, rejected: sums.rejected }
}

/// The median of the seconds between decisions, the latest first. Those made together are one, and pauses are left out.
fn pace(times: &[DateTime<Utc>]) -> Option<i64> {
    let mut gaps: Vec<i64> = times
        .windows(2)
        .filter_map(|pair| match pair {
            [later, earlier] => Some(*later - *earlier),
            _ => None,
        })
        .filter(|gap| *gap > TimeDelta::zero() && *gap <= PAUSE)
        .map(|gap| gap.num_milliseconds())
        .collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).map(|middle| (middle + 500) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_pace_is_the_median_without_pauses_and_what_is_decided_together() {
        assert_eq!(pace(&[]), None);
        assert_eq!(pace(&[at(9)]), None, "one decision has no pace");
        assert_eq!(pace(&[at(9), at(9), at(9)]), None, "a group is decided at once");
        assert_eq!(pace(&[at(1_000), at(996), at(994), at(100), at(90)]), Some(4), "gaps of 4, 2 and 10; a pause");
    }
}
