//! `/admin/audit`: who did what, the latest first.

mod said;
mod words;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use leptos::prelude::*;
use replybook::{
    audit, auth,
    types::{AuditAction, AuditEntry, AuditFilter, AuditPage, Problem, Through, User, UserId},
};

use self::{
    said::{change, target_name},
    words::{Words, act},
};
use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{parts::Empty, times::Ago, url::Address, words::Common},
    words::{Voice, day},
};

/// The years whose acts can be asked for.
const DAYS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// Acts of one page.
const PER_PAGE: i64 = 50;

/// The page, and what it was asked for.
pub struct Audit {
    filter: AuditFilter,
    zone: Zone,
    /// Whether these are not the latest acts.
    is_older: bool,
    acts: AuditPage,
    /// Everybody who can be chosen.
    people: Vec<User>,
    /// Who was named and is nobody.
    unmatched: Option<String>,
}

/// How many minutes the clock of the reader is ahead of UTC on the day that was chosen, as the script of the shell says: times are shown
/// in the zone of the browser. Without scripts both are UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Zone(i64);

impl Zone {
    /// Zones are between twelve hours behind UTC and fourteen ahead.
    fn of(minutes: Option<i64>) -> Self {
        Self(minutes.filter(|minutes| (-12 * 60..=14 * 60).contains(minutes)).unwrap_or_default())
    }

    /// When a day begins.
    fn start(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        day.and_time(NaiveTime::MIN).and_utc().checked_sub_signed(TimeDelta::minutes(self.0))
    }

    /// The day that begins then.
    fn day(self, start: DateTime<Utc>) -> String {
        day(start + TimeDelta::minutes(self.0))
    }
}

/// So many people are a list to choose from; of more, one is named by the address.
const FEW: usize = 20;

/// Who is meant: by id, or by address.
fn person_of(people: &[User], wanted: &str) -> Option<UserId> {
    let named = || people.iter().find(|user| user.email.eq_ignore_ascii_case(wanted)).map(|user| user.id);
    wanted.parse().ok().or_else(named)
}

impl Page for Audit {
    const ROUTE: &'static str = paths::AUDIT;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let people = auth::list_users(domain).await?;
        let zone = Zone::of(visit.query_as("zone"));
        let wanted = visit.query("person");
        let person = wanted.and_then(|wanted| person_of(&people, wanted));
        let filter = AuditFilter {
            user_id: person,
            action: visit.query_as::<AuditAction>("act"),
            target: visit.query("target").map(ToOwned::to_owned),
            since: visit
                .query_as::<NaiveDate>("since")
                .filter(|day| DAYS.contains(&day.year()))
                .and_then(|day| zone.start(day)),
        };
        let cursor = visit.query("cursor");
        let acts = audit::page(domain, &filter, cursor, PER_PAGE).await?;
        let unmatched = wanted.filter(|_| person.is_none()).map(ToOwned::to_owned);
        Ok(Self { filter, zone, is_older: cursor.is_some(), acts, people, unmatched })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let first = self.is_older.then(|| {
            view! { <a class="btn" href=address(&self.filter, self.zone, None) rel="first">{words.first_page()}</a> }
        });
        let next = self.acts.next_cursor.as_deref().map(|cursor| {
            view! { <a class="btn" href=address(&self.filter, self.zone, Some(cursor)) rel="next">{words.next_page()}</a> }
        });
        let filters = filters(voice, &self.filter, self.zone, &self.people, self.unmatched.as_deref());
        // Whatever is listed is the one thing that was chosen.
        let chosen = self.filter.target.as_ref().and_then(|_| self.acts.items.first());
        let chosen = chosen.and_then(|entry| target_name(voice.lang, entry)).map(|name| {
            view! { <p class="muted break">{words.only_about(name)}</p> }
        });
        let is_narrowed = self.is_older || self.filter != AuditFilter::default();
        let rows = match (self.acts.items.is_empty(), is_narrowed) {
            (false, _) => table(voice, self.acts.items),
            (true, true) => {
                view! { <div class="card"><Empty title=words.none_found() next=words.none_found_next()/></div> }
                    .into_any()
            }
            (true, false) => {
                view! { <div class="card"><Empty title=words.none_yet() next=words.none_yet_next()/></div> }.into_any()
            }
        };
        view! {
            <Head title=words.title() about=words.about()/>
            {filters}
            {chosen}
            {rows}
            <nav class="pager" aria-label=words.next_page()>{first} {next}</nav>
        }
        .into_any()
    }
}

/// The page with these filters from a cursor on.
fn address(filter: &AuditFilter, zone: Zone, cursor: Option<&str>) -> String {
    let is_ahead = filter.since.is_some() && zone != Zone::default();
    Address::new(paths::AUDIT)
        .with("person", filter.user_id.map(|user| user.to_string()))
        .with("act", filter.action.map(AuditAction::as_str))
        .with("target", filter.target.as_deref())
        .with("since", filter.since.map(|since| zone.day(since)))
        .with("zone", is_ahead.then(|| zone.0.to_string()))
        .with("cursor", cursor)
        .into_string()
}

fn filters(voice: Voice, filter: &AuditFilter, zone: Zone, people: &[User], unmatched: Option<&str>) -> AnyView {
    let words = Words(voice.lang);
    let person = if people.len() <= FEW {
        let options = people.iter().map(|user| {
            let is_chosen = filter.user_id == Some(user.id);
            view! { <option value=user.id.to_string() selected=is_chosen>{user.email.clone()}</option> }
        });
        view! {
            <select name="person">
                <option value="">{words.anybody()}</option>
                {options.collect_view()}
            </select>
        }
        .into_any()
    } else {
        let chosen = people.iter().find(|user| filter.user_id == Some(user.id)).map(|user| user.email.clone());
        let value = chosen.or_else(|| unmatched.map(ToOwned::to_owned));
        view! {
            <input type="search" name="person" maxlength="254" placeholder=words.person_by_address() value=value/>
        }
        .into_any()
    };
    let unmatched = unmatched.map(|named| {
        view! { <p class="notice warn" role="status">{words.nobody_named(named)}</p> }
    });
    let acts = AuditAction::ALL.iter().map(|action| {
        let is_chosen = filter.action == Some(*action);
        view! { <option value=action.as_str() selected=is_chosen>{act(words, *action)}</option> }
    });
    let target = filter.target.clone().map(|target| view! { <input type="hidden" name="target" value=target/> });
    let all = (*filter != AuditFilter::default()).then(|| {
        view! { <a class="btn quiet" href=paths::AUDIT>{words.clear()}</a> }
    });
    view! {
        <form method="get" action=paths::AUDIT class="filters" role="search" autocomplete="off">
            {target}
            <label class="filter">
                <span>{words.who()}</span>
                {person}
            </label>
            <label class="filter">
                <span>{words.what()}</span>
                <select name="act">
                    <option value="">{words.any_act()}</option>
                    {acts.collect_view()}
                </select>
            </label>
            <label class="filter">
                <span>{words.since()}</span>
                <input
                    type="date"
                    name="since"
                    max=Zone::of(Some(14 * 60)).day(voice.now)
                    value=filter.since.map(|since| zone.day(since))
                />
                <span class="muted small without-script">"UTC"</span>
            </label>
            <input type="hidden" name="zone" data-zone-of="since" disabled/>
            <button class="btn">{Common(voice.lang).apply()}</button>
            {all}
        </form>
        {unmatched}
    }
    .into_any()
}

fn table(voice: Voice, acts: Vec<AuditEntry>) -> AnyView {
    let words = Words(voice.lang);
    view! {
        <div class="card">
            <table class="list audit">
                <thead>
                    <tr>
                        <th scope="col">{words.when()}</th>
                        <th scope="col">{words.who()}</th>
                        <th scope="col">{words.what()}</th>
                        <th scope="col">{words.target()}</th>
                        <th scope="col">{words.change()}</th>
                    </tr>
                </thead>
                <tbody>{acts.into_iter().map(|entry| row(voice, entry)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(voice: Voice, entry: AuditEntry) -> AnyView {
    let words = Words(voice.lang);
    let (who, way) = who(words, &entry);
    let change = change(voice, &entry);
    let target = target_name(voice.lang, &entry).map(|name| match entry.target {
        Some(target) => {
            let all = AuditFilter { target: Some(target), ..AuditFilter::default() };
            view! { <a href=address(&all, Zone::default(), None) title=words.all_about()>{name}</a> }.into_any()
        }
        None => view! { <span>{name}</span> }.into_any(),
    });
    view! {
        <tr>
            <td data-label=words.when()>
                <Ago voice at=entry.at/>
            </td>
            <td data-label=words.who() class="break">
                <span>{who}</span>
                {way.map(|way| view! { <span class="muted small">{way}</span> })}
            </td>
            <td data-label=words.what()><span>{act(words, entry.action)}</span></td>
            <td data-label=words.target() class="break">{target}</td>
            <td data-label=words.change() class="break"><span>{change}</span></td>
        </tr>
    }
    .into_any()
}

/// Who acted, and by which way in where that says more.
fn who(words: Words, entry: &AuditEntry) -> (String, Option<&'static str>) {
    let way = entry.through.map(|through| match through {
        Through::Page => words.on_a_page(),
        Through::Rest => words.by_rest(),
        Through::CommandLine => words.on_the_command_line(),
        Through::Worker => words.by_itself(),
    });
    match (&entry.user_email, entry.through) {
        (Some(email), _) => (email.clone(), way),
        (None, Some(Through::CommandLine)) => (words.command_line().to_owned(), None),
        (None, Some(Through::Worker)) => (words.replybook().to_owned(), way),
        (None, _) => (words.somebody().to_owned(), way),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_stay_in_the_address_of_older_pages() {
        let since = NaiveDate::from_ymd_opt(2026, 11, 20).map(|day| day.and_time(NaiveTime::MIN).and_utc());
        let filter = AuditFilter { action: Some(AuditAction::PairDecided), since, ..AuditFilter::default() };
        let place = address(&filter, Zone::default(), Some("7_x"));
        assert_eq!(place, "/admin/audit?act=pair_decided&since=2026-11-20&cursor=7_x");
    }

    #[test]
    fn a_day_begins_where_the_reader_is() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
        for (minutes, start) in
            [(180, "2026-11-19T21:00:00Z"), (-480, "2026-11-20T08:00:00Z"), (0, "2026-11-20T00:00:00Z")]
        {
            let zone = Zone::of(Some(minutes));
            let since = zone.start(date).expect("in time");
            assert_eq!(since, start.parse::<DateTime<Utc>>().expect("a time"));
            assert_eq!(zone.day(since), "2026-11-20");
            let filter = AuditFilter { since: Some(since), ..AuditFilter::default() };
            assert!(address(&filter, zone, None).starts_with("/admin/audit?since=2026-11-20"));
        }
        assert_eq!([Some(900), Some(i64::MIN), None].map(Zone::of), [Zone::default(); 3]);
    }
}
