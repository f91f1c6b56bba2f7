//! `/admin/review-guidelines`: what the team goes by in the review. Reviewers read it here and beside the pairs; admins write it.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs,
    types::{GUIDELINES_LENGTH, Guidelines as Version, GuidelinesVersions, Problem},
};

use self::api::SaveGuidelines;
use crate::{
    page::{Audience, Page, Visit},
    paths,
    prefs::Lang,
    shell::Head,
    ui::{forms::Field, parts::Empty, times::Ago, url::Address, words::Common},
    words::{Voice, texts},
};

/// The id of the dialog on the page of the review.
pub(crate) const SHEET: &str = "guidelines";

/// The page: the guidelines in force, or an earlier version, and all versions.
pub struct Guidelines {
    now: Option<Version>,
    earlier: Option<Version>,
    versions: GuidelinesVersions,
}

impl Page for Guidelines {
    const ROUTE: &'static str = paths::GUIDELINES;
    const AUDIENCE: Audience = Audience::Reviewers;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let domain = &visit.scope.domain;
        let now = pairs::guidelines(domain).await?;
        let earlier =
            match visit.query_as("version").filter(|number| now.as_ref().is_none_or(|now| now.number != *number)) {
                Some(number) => Some(pairs::guidelines_version(domain, number).await?),
                None => None,
            };
        Ok(Self { now, earlier, versions: pairs::guidelines_versions(domain).await? })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let Self { now, earlier, versions } = self;
        let form = (visit.is_admin() && earlier.is_none()).then(|| form(visit, now.as_ref()));
        let is_earlier = earlier.is_some();
        let shown = match earlier.as_ref().or(now.as_ref()).filter(|shown| is_earlier || !shown.text.is_empty()) {
            Some(shown) => {
                let note = is_earlier.then(|| {
                    view! {
                        <p class="notice warn">
                            {words.earlier(shown.number)} " " <a href=paths::GUIDELINES>{words.to_current()}</a>
                        </p>
                    }
                });
                view! {
                    <section class="card pad stack" aria-labelledby="shown-title">
                        {note}
                        <h2 id="shown-title">{words.version(shown.number)}</h2>
                        <div class="prose" inner_html=shown.html.clone()></div>
                        <p class="muted small">{written(voice, shown)}</p>
                    </section>
                }
                .into_any()
            }
            None => view! { <div class="card"><Empty title=words.none() next=words.none_next()/></div> }.into_any(),
        };
        view! {
            <Head title=words.title() about=words.about()>
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            {shown}
            {form}
            {list(voice, &versions)}
        }
        .into_any()
    }
}

/// Who wrote a version, and when.
fn written(voice: Voice, version: &Version) -> AnyView {
    let words = Words(voice.lang);
    let by = version.by.clone().unwrap_or_else(|| words.deleted_user().to_owned());
    view! { {words.written_by(by)} ", " <Ago voice at=version.at/> }.into_any()
}

fn form(visit: &Visit, now: Option<&Version>) -> AnyView {
    let words = Words(visit.lang());
    let text = visit.typed("text").or_else(|| now.map(|now| now.text.clone())).unwrap_or_default();
    let seen = visit.typed("seen").unwrap_or_else(|| now.map_or(0, |now| now.number).to_string());
    view! {
        <details class="card pad" open=visit.typed("text").is_some() || now.is_none()>
            <summary>{words.write()}</summary>
            <form method="post" action=SaveGuidelines::url() class="stack" autocomplete="off">
                <input type="hidden" name="seen" value=seen/>
                <Field id="text" label=words.text() help=words.text_help(visit.voice().number(i64::try_from(GUIDELINES_LENGTH).unwrap_or(i64::MAX)))>
                    <textarea
                        class="input"
                        id="text"
                        name="text"
                        rows="16"
                        dir="auto"
                        maxlength=GUIDELINES_LENGTH.to_string()
                        aria-describedby="text-help"
                    >
                        {text}
                    </textarea>
                </Field>
                <div><button class="btn primary">{words.save()}</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn list(voice: Voice, versions: &GuidelinesVersions) -> Option<AnyView> {
    let words = Words(voice.lang);
    if versions.count < 2 {
        return None;
    }
    let rows = versions.items.iter().map(|version| {
        let href = Address::new(paths::GUIDELINES).with("version", Some(version.number.to_string())).into_string();
        let by = version.by.clone().unwrap_or_else(|| words.deleted_user().to_owned());
        view! {
            <li>
                <a href=href>{words.version(version.number)}</a>
                " "
                <span class="muted small">{by} ", " <Ago voice at=version.at/> ", " {words.characters(voice.number(version.characters))}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let left_out = versions.count - i64::try_from(versions.items.len()).unwrap_or(0);
    let more = (left_out > 0).then(|| view! { <p class="muted small">{words.more(voice.number(left_out))}</p> });
    Some(
        view! {
            <section class="card pad stack" aria-labelledby="versions-title">
                <h2 id="versions-title">{words.versions()}</h2>
                <ul class="stack">{rows}</ul>
                {more}
            </section>
        }
        .into_any(),
    )
}

/// The guidelines on the page of the review: a dialog that a button opens over whatever is open.
pub(crate) fn sheet(voice: Voice, guidelines: &Version) -> AnyView {
    let words = Words(voice.lang);
    view! {
        <dialog id=SHEET class="dialog" aria-labelledby="guidelines-title">
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="guidelines-title" tabindex="-1" autofocus>{words.title()}</h2>
                    <button type="button" class="btn quiet" command="close" commandfor=SHEET aria-label=Common(voice.lang).close()>"✕"</button>
                </header>
                <div class="dialog-body stack">
                    <div class="prose" inner_html=guidelines.html.clone()></div>
                    <p class="muted small">{written(voice, guidelines)}</p>
                </div>
            </div>
        </dialog>
    }
    .into_any()
}

/// What opens them: the dialog with scripts, their page without.
pub(crate) fn opener(lang: Lang, class: &'static str) -> AnyView {
    let words = Words(lang);
    view! {
        <button type="button" class=format!("{class} needs-script") command="show-modal" commandfor=SHEET>{words.title()}</button>
        <a class="without-script" href=paths::GUIDELINES>{words.title()}</a>
    }
    .into_any()
}

texts! {
    /// Guidelines.
    pub(super) Words:
    title: "Guidelines" | "Правила проверки";
    about: "What your team goes by when it reviews pairs." | "Чем команда руководствуется при проверке пар.";
    back: "Back to the review" | "К проверке";
    none: "No guidelines yet" | "Правил пока нет";
    none_next: "Administrators write them here. Reviewers then see them beside the pairs." | "Их пишут здесь администраторы. Проверяющие увидят их рядом с парами.";
    write: "Write the guidelines" | "Написать правила";
    text: "Text" | "Текст";
    text_help(n): "Markdown, at most {n} characters. HTML is shown as it is typed." | "Markdown, не больше {n} символов. HTML показывается как текст.";
    save: "Save" | "Сохранить";
    saved: "The guidelines are saved." | "Правила сохранены.";
    written_by(name): "Last changed by {name}" | "Последнее изменение: {name}";
    deleted_user: "deleted user" | "удалённый пользователь";
    versions: "Versions" | "Версии";
    version(n): "Version {n}" | "Версия {n}";
    characters(n): "{n} characters" | "символов: {n}";
    more(n): "And {n} earlier ones." | "И ещё более ранние: {n}.";
    earlier(n): "This is version {n}. It is not in force." | "Это версия {n}. Она больше не действует.";
    to_current: "Show the current one" | "Показать действующую";
}
