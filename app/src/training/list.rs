//! The list: tabs with counts, filters, the table, and the way to the other pages.

use leptos::{
    prelude::*,
    server_fn::ServerFn,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, FormData},
};
use leptos_router::{NavigateOptions, components::A, hooks};
use replybook::types::{PairCounts, PairId, PairStatus, PairStatusFilter};

use super::{
    api::{AccountChoice, DecidePair, PairRow, Review},
    decisions::{Decisions, Shown},
    state::{self, Place, TABS},
};
use crate::{
    boot::use_texts,
    i18n::{Texts, fill},
    ui::{
        live::use_hydrated,
        parts::{Ago, Empty, Tone},
    },
};

/// The id of the first filter, for the shortcut that goes there.
pub(super) const FIRST_FILTER: &str = "filter-status";

/// The id of the link that opens a pair: the keyboard's place in the list.
pub(super) fn row_link(id: PairId) -> String {
    format!("pair-{id}")
}

/// How many pairs there are by status, as tabs.
#[component]
pub(super) fn Tabs(counts: PairCounts, place: Place, decisions: Decisions) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let tabs = TABS
        .map(|status| {
            let (label, count): (_, fn(PairCounts) -> i64) = match status {
                PairStatusFilter::Only(PairStatus::New) => (words.tab_new, |counts| counts.new),
                PairStatusFilter::Only(PairStatus::Approved) => (words.tab_approved, |counts| counts.approved),
                PairStatusFilter::Only(PairStatus::Rejected) => (words.tab_rejected, |counts| counts.rejected),
                PairStatusFilter::All => (words.tab_all, |counts| counts.new + counts.approved + counts.rejected),
            };
            view! {
                <a href=place.with_status(status).address(None) aria-current=(place.status == status).then_some("page") data-noscroll>
                    {label} " " <span class="count">{move || texts.number(count(decisions.adjusted(counts)))}</span>
                </a>
            }
        })
        .into_iter()
        .collect_view();
    view! { <nav class="tabs" aria-label=words.status>{tabs}</nav> }
}

/// A group of near duplicates that is listed: how many there are, and forms that decide all that wait.
#[component]
pub(super) fn GroupBar(counts: PairCounts, place: Place) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let all = texts.count(&texts.nouns.pair, counts.new + counts.approved + counts.rejected);
    let waiting = texts.number(counts.new);
    let here = place.address(None);
    let leave = place.with_status(PairStatusFilter::default()).with_group(None).address(None);
    let buttons = (counts.new > 0).then(|| {
        view! {
            <form method="post" action="/admin/pairs/group" class="row tight">
                <input type="hidden" name="group" value=place.group/>
                <input type="hidden" name="expected" value=counts.new.to_string()/>
                <input type="hidden" name="then" value=here/>
                <button class="btn" name="status" value=PairStatus::Approved.as_str()>{fill(words.group_approve, &[&waiting])}</button>
                <button class="btn" name="status" value=PairStatus::Rejected.as_str()>{fill(words.group_reject, &[&waiting])}</button>
            </form>
        }
    });
    view! {
        <section class="card pad group-bar">
            <div>
                <h2>{words.group_title}</h2>
                <p class="muted">{fill(words.group_of, &[&all, &waiting])} " " <a href=leave>{words.group_leave}</a></p>
            </div>
            {buttons}
        </section>
    }
    .into_any()
}

/// The filters: a plain GET form that sends itself once scripts run.
#[component]
pub(super) fn Filters(accounts: Vec<AccountChoice>, place: Place) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let hydrated = use_hydrated();
    let navigate = hooks::use_navigate();
    let go = move |place: Place| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&place.address(None), options);
    };
    let mut providers: Vec<(String, String)> =
        accounts.iter().map(|account| (account.provider_code.clone(), account.provider_name.clone())).collect();
    providers.sort();
    providers.dedup();
    // What the form says now counts, not what the list was rendered for: that may still be on its way. And it is found
    // from the event, because this view may have been replaced already while its handlers are still in place.
    let chosen = |event: &Event| {
        let form = event_target::<Element>(event).closest("form").ok().flatten()?;
        let data = FormData::new_with_form(&form.unchecked_into()).ok()?;
        let text = |name: &str| data.get(name).as_string().filter(|value| !value.is_empty());
        let status = text("status").and_then(|value| value.parse().ok()).unwrap_or_default();
        let account = text("account").and_then(|value| value.parse().ok());
        let place = Place::default().with_group(text("group"));
        Some(place.with_status(status).with_provider(text("provider")).with_account(account))
    };
    let on_change = {
        let go = go.clone();
        move |event: Event| {
            if let Some(place) = chosen(&event) {
                go(place);
            }
        }
    };
    let on_provider = move |event: Event| {
        if let Some(place) = chosen(&event) {
            go(place.with_provider(place.provider.clone()));
        }
    };
    let chosen_provider = place.provider.clone();
    let provider_options = providers
        .into_iter()
        .map(|(code, name)| {
            let selected = chosen_provider.as_ref() == Some(&code);
            view! { <option value=code selected=selected>{name}</option> }
        })
        .collect_view();
    let account_options = accounts
        .into_iter()
        .filter(|account| chosen_provider.as_ref().is_none_or(|code| *code == account.provider_code))
        .map(|account| view! { <option value=account.id.to_string() selected=place.account == Some(account.id)>{account.name}</option> })
        .collect_view();
    let status_options = TABS
        .map(|status| {
            let label = status.status().map_or(words.tab_all, |status| status_word(texts, status));
            view! { <option value=status.as_str() selected=place.status == status>{label}</option> }
        })
        .into_iter()
        .collect_view();
    view! {
        <form method="get" action=state::PATH class="filters" role="search" aria-label=words.filters>
            <label class="filter">
                <span>{words.status}</span>
                <select name="status" id=FIRST_FILTER on:change=on_change.clone()>
                    {status_options}
                </select>
            </label>
            <label class="filter">
                <span>{words.provider}</span>
                <select name="provider" on:change=on_provider>
                    <option value="">{words.any_provider}</option>
                    {provider_options}
                </select>
            </label>
            <label class="filter">
                <span>{words.account}</span>
                <select name="account" on:change=on_change>
                    <option value="">{words.any_account}</option>
                    {account_options}
                </select>
            </label>
            {place.group.clone().map(|group| view! { <input type="hidden" name="group" value=group/> })}
            <button class="btn" hidden=move || hydrated.get()>
                {texts.common.apply}
            </button>
        </form>
    }
    .into_any()
}

/// The table of one page.
#[component]
pub(super) fn Rows(
    review: Review,
    place: Place,
    decisions: Decisions,
    current: RwSignal<Option<PairId>>,
) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    if review.rows.is_empty() {
        return view! { <Nothing counts=review.counts place/> }.into_any();
    }
    let ids: Vec<PairId> = review.rows.iter().map(|row| row.id).collect();
    let waits_for_review = place.status == PairStatusFilter::Only(PairStatus::New);
    let all_decided = move || waits_for_review && ids.iter().all(|id| decisions.is_changed(*id));
    let fresh = place.first().address(None);
    let rows =
        review.rows.into_iter().map(|row| view! { <Row row place=place.clone() decisions current/> }).collect_view();
    view! {
        <div class="card">
            <table class="list pairs">
                <thead>
                    <tr>
                        <th scope="col">{words.integration}</th>
                        <th scope="col">{words.thread}</th>
                        <th scope="col">{words.client}</th>
                        <th scope="col">{words.reply}</th>
                        <th scope="col">{words.status}</th>
                        <th scope="col">{words.created}</th>
                        <th scope="col">
                            <span class="visually-hidden">{texts.common.actions}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {move || {
            all_decided()
                .then(|| {
                    view! {
                        <p class="row note">
                            {words.all_decided} " "
                            // A page load: the list is asked for anew.
                            <a class="btn primary" href=fresh.clone() rel="external">{words.load_next}</a>
                        </p>
                    }
                })
        }}
        <Pager place next_cursor=review.next_cursor/>
    }
    .into_any()
}

#[component]
fn Row(row: PairRow, place: Place, decisions: Decisions, current: RwSignal<Option<PairId>>) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let PairRow { id, status, .. } = row;
    let back = place.address(None);
    // In the list of the group itself there is nothing more to go to.
    let group = row.group.filter(|_| place.group.is_none());
    let more = group.map(|group| {
        let count = fill(words.more_like_this, &[&texts.number(row.duplicates - 1)]);
        view! { <a class="tag" href=Place::of_group(group).address(None)>{count}</a> }
    });
    view! {
        <tr class:current=move || current.get() == Some(id) class:changed=move || decisions.is_changed(id) on:focusin=move |_| current.set(Some(id))>
            <td data-label=words.integration>
                <span class="clip">{row.account_name}</span>
                <span class="muted mono">{row.provider_code}</span>
            </td>
            <td data-label=words.thread>
                <a id=row_link(id) class="subject" href=place.address(Some(id)) data-noscroll>
                    {row.subject.filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| words.no_subject.to_owned())}
                </a>
                {row.thread_id.map(|thread| view! { <span class="muted mono clip">{thread}</span> })}
            </td>
            <td data-label=words.client class="text-cell">
                <p class="clamp">{row.client_preview}</p>
            </td>
            <td data-label=words.reply class="text-cell">
                <p class="clamp">{row.reply_preview}</p>
                {more}
            </td>
            <td data-label=words.status>
                {move || status_pill(texts, decisions.shown(id, status))}
                {row.flag.map(|flag| view! { <span class="tag flag">{flag}</span> })}
            </td>
            <td data-label=words.created class="nowrap">
                <Ago at=row.created_at/>
            </td>
            <td class="actions">
                <DecisionForm id status decisions then=back small=true/>
            </td>
        </tr>
    }
    .into_any()
}

/// Approve, Reject, Reset: those that would change something. A plain form that scripts take over.
#[component]
pub(super) fn DecisionForm(
    id: PairId,
    /// The status the pair was loaded with.
    status: PairStatus,
    decisions: Decisions,
    /// Where a form sent without scripts goes on.
    then: String,
    #[prop(optional)] small: bool,
    /// Called when a decision was made with scripts.
    #[prop(optional, into)]
    after: Option<Callback<()>>,
) -> impl IntoView {
    let texts = use_texts();
    let button = move |to: PairStatus, label: &'static str, key: &'static str, class: &'static str| {
        view! {
            <button
                class=format!("btn {class}{}", if small { " small" } else { "" })
                name="status"
                value=to.as_str()
                disabled=move || decisions.shown(id, status) == Shown::Saving
                hidden=move || decisions.shown(id, status) == Shown::Status(to)
                on:click=move |event| {
                    event.prevent_default();
                    decisions.decide(id, status, to);
                    if let Some(after) = after {
                        after.run(());
                    }
                }
            >
                {label}
                {(!small).then(|| view! { " " <kbd>{key}</kbd> })}
            </button>
        }
    };
    view! {
        <form method="post" action=DecidePair::url() class=if small { "pile" } else { "row tight" }>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="then" value=then/>
            {button(PairStatus::Approved, texts.training.approve, "a", if small { "" } else { "primary" })}
            {button(PairStatus::Rejected, texts.training.reject, "r", "")}
            {button(PairStatus::New, texts.training.reset, "u", "quiet")}
        </form>
    }
    .into_any()
}

#[component]
fn Nothing(counts: PairCounts, place: Place) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let is_empty = counts.new + counts.approved + counts.rejected == 0;
    if is_empty && place.is_unfiltered() {
        view! {
            <Empty title=words.empty_none next=words.empty_none_next>
                <A href="/admin/integrations" attr:class="btn primary">{words.to_integrations}</A>
            </Empty>
        }
        .into_any()
    } else if place.cursor.is_some() {
        view! {
            <Empty title=words.all_decided next="">
                <a class="btn primary" href=place.first().address(None)>{words.first_page}</a>
            </Empty>
        }
        .into_any()
    } else if place.is_unfiltered() && place.status == PairStatusFilter::default() {
        view! { <Empty title=words.empty_new next=words.empty_new_next/> }.into_any()
    } else {
        let everything = Place::default().with_status(PairStatusFilter::All);
        view! {
            <Empty title=words.empty_filtered next="">
                <a class="btn" href=everything.address(None)>{words.empty_filtered_next}</a>
            </Empty>
        }
        .into_any()
    }
}

#[component]
fn Pager(place: Place, next_cursor: Option<String>) -> impl IntoView {
    let texts = use_texts();
    let words = &texts.training;
    let previous = place.previous().map(|previous| previous.address(None));
    let next = next_cursor.map(|cursor| place.next(cursor).address(None));
    (previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=words.next_page>
                {previous.map(|href| view! { <a class="btn" href=href rel="prev">{words.previous_page}</a> })}
                {next.map(|href| view! { <a class="btn" href=href rel="next">{words.next_page}</a> })}
            </nav>
        }
    })
}

/// The pill of a status, or of one that is being saved.
pub(super) fn status_pill(texts: &'static Texts, shown: Shown) -> impl IntoView + use<> {
    let (tone, text) = match shown {
        Shown::Saving => (Tone::Warn, texts.training.saving),
        Shown::Status(status) => (status_tone(status), status_word(texts, status)),
    };
    view! { <span class=format!("pill {}", tone.class())>{text}</span> }
}

fn status_tone(status: PairStatus) -> Tone {
    match status {
        PairStatus::New => Tone::Idle,
        PairStatus::Approved => Tone::Good,
        PairStatus::Rejected => Tone::Bad,
    }
}

fn status_word(texts: &'static Texts, status: PairStatus) -> &'static str {
    match status {
        PairStatus::New => texts.training.new,
        PairStatus::Approved => texts.training.approved,
        PairStatus::Rejected => texts.training.rejected,
    }
}

/// "2 of 30 on this page".
pub(super) fn position(texts: &Texts, rows: &[PairRow], id: PairId) -> Option<String> {
    let index = rows.iter().position(|row| row.id == id)?;
    Some(fill(texts.training.position, &[&(index + 1).to_string(), &rows.len().to_string()]))
}
