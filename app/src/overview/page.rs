//! Three cards with live numbers, and the next step.

use leptos::prelude::*;
use leptos_router::components::A;

use super::api::Standing;
use crate::{
    boot::use_texts,
    i18n::{Texts, fill},
    ui::{
        parts::{Broken, Pill, Skeleton, Tone},
        shell::{Head, use_standings},
    },
};

/// `/admin`.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let texts = use_texts();
    let standings = use_standings();
    view! {
        <Head title=texts.overview.title about=texts.overview.about/>
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match standings.resource.await {
                    Some(Ok(standing)) => view! { <Cards standing/> }.into_any(),
                    Some(Err(failure)) => view! { <Broken failure/> }.into_any(),
                    None => ().into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Cards(standing: Standing) -> impl IntoView {
    let texts = use_texts();
    let next = next_steps(texts, &standing);
    let integrations = integrations_line(texts, &standing);
    let training = training_line(texts, &standing);
    let key = key_line(texts, &standing);
    view! {
        <div class="cards">
            <Card href="/admin/integrations" title=texts.nav.integrations about=texts.overview.integrations_about>
                {integrations}
            </Card>
            <Card href="/admin/ai-email-training" title=texts.nav.training about=texts.overview.training_about>
                {training}
            </Card>
            <Card href="/admin/ai-settings" title=texts.nav.ai_settings about=texts.overview.ai_about>
                {key}
            </Card>
        </div>
        <section class="card pad stack" aria-labelledby="next-title">
            <h2 id="next-title">{texts.overview.next_title}</h2>
            {if next.is_empty() {
                view! { <p class="muted">{texts.overview.next_nothing}</p> }.into_any()
            } else {
                view! {
                    <ol class="steps">
                        {next
                            .into_iter()
                            .map(|(href, what, why)| {
                                view! {
                                    <li>
                                        <A href=href>{what}</A>
                                        <span class="muted">{why}</span>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ol>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Card(href: &'static str, title: &'static str, about: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="card tile">
            <h2>
                <A href=href>{title}</A>
            </h2>
            <p class="muted">{about}</p>
            <div class="tile-body">{children()}</div>
        </section>
    }
    .into_any()
}

fn integrations_line(texts: &'static Texts, standing: &Standing) -> AnyView {
    if standing.accounts == 0 {
        return empty(texts.overview.no_accounts, texts.overview.no_accounts_next);
    }
    let active = fill(texts.overview.active_of, &[&texts.number(standing.active), &texts.number(standing.accounts)]);
    let needing = (standing.needing > 0).then(|| {
        let text = fill(texts.overview.needs_person, &[&texts.number(standing.needing)]);
        view! { <span class="pill bad">{text}</span> }
    });
    view! {
        <p class="figure">{texts.count(&texts.nouns.account, standing.accounts)}</p>
        <p class="row tight"><span class="muted">{active}</span> {needing}</p>
    }
    .into_any()
}

fn training_line(texts: &'static Texts, standing: &Standing) -> AnyView {
    let pairs = standing.pairs;
    if pairs.new + pairs.approved + pairs.rejected == 0 {
        return empty(texts.training.empty_none, texts.overview.no_pairs_next);
    }
    let decided =
        fill(texts.overview.approved_rejected, &[&texts.number(pairs.approved), &texts.number(pairs.rejected)]);
    let figure = if pairs.new == 0 {
        view! { <p class="figure">{texts.overview.all_reviewed}</p> }.into_any()
    } else {
        view! { <p class="figure">{texts.number(pairs.new)} " " <small>{texts.overview.to_review}</small></p> }
            .into_any()
    };
    view! {
        {figure}
        <p class="muted">{decided}</p>
    }
    .into_any()
}

fn key_line(texts: &'static Texts, standing: &Standing) -> AnyView {
    if !standing.has_api_key {
        return empty(texts.overview.no_key, texts.overview.no_key_next);
    }
    let model = standing.model_default.as_deref().map(|model| fill(texts.overview.model, &[model]));
    view! {
        <p><Pill tone=Tone::Good text=texts.overview.key_stored/></p>
        {model.map(|model| view! { <p class="muted">{model}</p> })}
    }
    .into_any()
}

fn empty(title: &'static str, next: &'static str) -> AnyView {
    view! {
        <p class="figure">{title}</p>
        <p class="muted">{next}</p>
    }
    .into_any()
}

/// What there is to do, the most pressing first: address, what, why.
fn next_steps(texts: &'static Texts, standing: &Standing) -> Vec<(&'static str, &'static str, &'static str)> {
    let words = &texts.overview;
    let steps = [
        (standing.needing > 0, ("/admin/integrations", words.next_reconnect, words.next_reconnect_why)),
        (standing.accounts == 0, ("/admin/integrations", words.next_connect, words.next_connect_why)),
        (standing.pairs.new > 0, ("/admin/ai-email-training", words.next_review, words.next_review_why)),
        (!standing.has_api_key, ("/admin/ai-settings", words.next_key, words.next_key_why)),
    ];
    steps.into_iter().filter_map(|(due, step)| due.then_some(step)).collect()
}

#[cfg(test)]
mod tests {
    use replybook::types::PairCounts;

    use super::*;
    use crate::prefs::Lang;

    #[test]
    fn what_presses_most_comes_first() {
        let texts = Texts::of(Lang::En);
        let mut standing = Standing {
            accounts: 0,
            active: 0,
            needing: 0,
            pairs: PairCounts::default(),
            has_api_key: false,
            model_default: None,
        };
        let first = |standing: &Standing| next_steps(texts, standing).first().map(|step| step.1);
        assert_eq!(first(&standing), Some(texts.overview.next_connect));
        standing.accounts = 2;
        standing.pairs.new = 4;
        assert_eq!(first(&standing), Some(texts.overview.next_review));
        standing.needing = 1;
        assert_eq!(first(&standing), Some(texts.overview.next_reconnect));
        standing = Standing { needing: 0, has_api_key: true, pairs: PairCounts::default(), ..standing };
        assert_eq!(first(&standing), None);
    }
}
