//! `/admin/review-tags`: the team's own tags, for admins.

pub mod api;

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs,
    types::{Problem, REVIEW_KEYS, ReviewTag, ReviewTagId, TAG_DESCRIPTION, TAG_NAME, TagColour},
};

use self::api::{DeleteTag, MoveTag, RetireTag, SaveTag};
use crate::{
    page::{Page, Visit},
    paths,
    shell::Head,
    ui::{
        forms::{Dialog, Field, Menu, Question, told_inside},
        parts::{Empty, Pill, Tone},
        tags::{chip, colour_word, search_for},
        url::Address,
        words::{Common, nouns},
    },
    words::{Voice, texts},
};

/// The page: every tag, and which one is changed or may be deleted.
pub struct Tags {
    tags: Vec<ReviewTag>,
    changed: Option<ReviewTagId>,
    asked: Option<ReviewTagId>,
}

impl Page for Tags {
    const ROUTE: &'static str = paths::TAGS;

    async fn load(visit: &Visit) -> Result<Self, Problem> {
        let tags = pairs::tags(&visit.scope.domain).await?;
        Ok(Self { tags, changed: visit.query_as("edit"), asked: visit.query_as("delete") })
    }

    fn title(&self, visit: &Visit) -> String {
        Words(visit.lang()).title().to_owned()
    }

    fn view(self, visit: &Visit) -> AnyView {
        let (voice, words) = (visit.voice(), Words(visit.lang()));
        let of = |id: Option<ReviewTagId>| id.and_then(|id| self.tags.iter().find(|tag| tag.id == id));
        let dialog = of(self.changed).map(|tag| editor(visit, tag));
        let question = of(self.asked).map(|tag| question(voice, tag));
        let last = self.tags.len();
        let rows = self.tags.iter().enumerate().map(|(index, tag)| row(voice, tag, index == 0, index + 1 == last));
        let list = if self.tags.is_empty() {
            view! { <Empty title=words.none() next=words.none_next()/> }.into_any()
        } else {
            view! {
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col">{words.tag()}</th>
                            <th scope="col">{words.description()}</th>
                            <th scope="col">{words.key()}</th>
                            <th scope="col">{words.pairs()}</th>
                            <th scope="col"><span class="visually-hidden">{Common(visit.lang()).actions()}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            }
            .into_any()
        };
        let new = dialog.is_none().then(|| {
            view! {
                <section class="card pad stack" aria-labelledby="new-tag">
                    <h2 id="new-tag">{words.new()}</h2>
                    <form method="post" action=SaveTag::url() class="stack" autocomplete="off">
                        {fields(visit, None)}
                        <div><button class="btn primary">{words.add()}</button></div>
                    </form>
                </section>
            }
        });
        view! {
            <Head title=words.title() about=words.about()>
                <a class="btn quiet" href=paths::TRAINING>{words.back()}</a>
            </Head>
            <div class="card">{list}</div>
            {new}
            {dialog}
            {question}
        }
        .into_any()
    }
}

fn row(voice: Voice, tag: &ReviewTag, is_first: bool, is_last: bool) -> AnyView {
    let words = Words(voice.lang);
    let at = |what: &'static str| Address::new(paths::TAGS).with(what, Some(tag.id.to_string())).into_string();
    let found =
        Address::new(paths::TRAINING).with("status", Some("all")).with("q", Some(search_for(&tag.name))).into_string();
    let retired = tag.retired.then(|| view! { <Pill tone=Tone::Idle text=words.retired()/> });
    let form = |action: &'static str, name: &'static str, value: String, label: &'static str| {
        view! {
            <form method="post" action=action>
                <input type="hidden" name="id" value=tag.id.to_string()/>
                <input type="hidden" name=name value=value/>
                <button>{label}</button>
            </form>
        }
    };
    let to = |position: i64, label| form(MoveTag::url(), "position", position.to_string(), label);
    let up = (!is_first).then(|| to(tag.position - 1, words.up()));
    let down = (!is_last).then(|| to(tag.position + 1, words.down()));
    let label = if tag.retired { words.offer() } else { words.retire() };
    let retire = form(RetireTag::url(), "retired", (!tag.retired).to_string(), label);
    let (edit, delete) = (at("edit"), at("delete"));
    view! {
        <tr>
            <td data-label=words.tag()>
                <span class="tags">{chip(&tag.name, tag.colour, None)} {retired}</span>
                <span class="muted small">{colour_word(voice.lang, tag.colour)}</span>
            </td>
            <td data-label=words.description() class="break">{tag.description.clone()}</td>
            <td data-label=words.key()>{tag.key.clone().map(|key| view! { <kbd>{key}</kbd> })}</td>
            <td data-label=words.pairs()>
                <a href=found aria-label=words.show(voice.count(&nouns::PAIR, tag.pairs), &tag.name)>{voice.number(tag.pairs)}</a>
            </td>
            <td class="actions">
                <Menu label=words.more(&tag.name)>
                    <a href=edit>{words.change()}</a>
                    {up}
                    {down}
                    {retire}
                    <a class="danger" href=delete>{words.delete()}</a>
                </Menu>
            </td>
        </tr>
    }
    .into_any()
}

/// The fields of a tag: as they were typed, as they are, or empty.
fn fields(visit: &Visit, tag: Option<&ReviewTag>) -> AnyView {
    let (lang, words) = (visit.lang(), Words(visit.lang()));
    let value = |name: &str, is: Option<String>| visit.typed(name).or(is).unwrap_or_default();
    let colour = visit.typed("colour").and_then(|colour| colour.parse().ok()).or(tag.map(|tag| tag.colour));
    let colours = TagColour::ALL.iter().map(|one| {
        let selected = *one == colour.unwrap_or_default();
        view! { <option value=one.as_str() selected=selected>{colour_word(lang, *one)}</option> }
    });
    let colours = colours.collect_view();
    let name = value("name", tag.map(|tag| tag.name.clone()));
    let shortcut = value("shortcut", tag.and_then(|tag| tag.key.clone()));
    let description = value("description", tag.map(|tag| tag.description.clone()));
    let free: String = ('a'..='z').chain('0'..='9').filter(|key| !REVIEW_KEYS.contains(*key)).collect();
    view! {
        <div class="row end-aligned">
            <Field id="name" label=words.name()>
                <input
                    class="input"
                    id="name"
                    name="name"
                    required
                    maxlength=TAG_NAME.to_string()
                    value=name
                />
            </Field>
            <Field id="colour" label=words.colour()>
                <select class="input" id="colour" name="colour">{colours}</select>
            </Field>
            <Field id="shortcut" label=words.key() help=words.key_help(free)>
                <input
                    class="input"
                    id="shortcut"
                    name="shortcut"
                    size="3"
                    maxlength="1"
                    aria-describedby="shortcut-help"
                    value=shortcut
                />
            </Field>
        </div>
        <Field id="description" label=words.description()>
            <input
                class="input"
                id="description"
                name="description"
                maxlength=TAG_DESCRIPTION.to_string()
                value=description
            />
        </Field>
    }
    .into_any()
}

/// A tag that is changed.
fn editor(visit: &Visit, tag: &ReviewTag) -> AnyView {
    let words = Words(visit.lang());
    let (told, fields, id) = (told_inside(visit), fields(visit, Some(tag)), tag.id.to_string());
    let lang = visit.lang();
    view! {
        <Dialog lang title=words.change_title(&tag.name) close=paths::TAGS>
            <form method="post" action=SaveTag::url() autocomplete="off">
                <div class="dialog-body stack">
                    {told}
                    <input type="hidden" name="id" value=id/>
                    {fields}
                </div>
                <footer class="dock">
                    <button class="btn primary">{words.save()}</button>
                    <a class="btn" href=paths::TAGS>{Common(lang).cancel()}</a>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// The question before a tag is deleted.
fn question(voice: Voice, tag: &ReviewTag) -> AnyView {
    let words = Words(voice.lang);
    let about = if tag.pairs == 0 {
        words.delete_unused().to_owned()
    } else {
        words.delete_about(voice.count(&nouns::PAIR, tag.pairs))
    };
    view! {
        <Question
            lang=voice.lang
            title=words.delete_title(&tag.name)
            about=about
            close=paths::TAGS
            action=DeleteTag::url()
            id=tag.id.to_string()
            go=words.delete_go()
        />
    }
    .into_any()
}

texts! {
    /// The team's tags.
    pub(super) Words:
    title: "Tags" | "Метки";
    about: "Your team’s own tags for pairs. Reviewers put them on the open pair; a search finds them by tag:." | "Собственные метки команды. Проверяющие ставят их на открытую пару; поиск находит их по tag:.";
    back: "Back to the review" | "К проверке";
    none: "No tags yet" | "Меток пока нет";
    none_next: "Add the first one below." | "Добавьте первую ниже.";
    new: "New tag" | "Новая метка";
    add: "Add tag" | "Добавить метку";
    tag: "Tag" | "Метка";
    name: "Name" | "Название";
    colour: "Colour" | "Цвет";
    description: "Description" | "Описание";
    key: "Key" | "Клавиша";
    key_help(free): "Optional. Free are: {free}" | "Необязательно. Свободны: {free}";
    pairs: "Pairs" | "Пары";
    show(pairs, name): "{pairs} with the tag “{name}”" | "{pairs} с меткой «{name}»";
    retired: "retired" | "не предлагается";
    more(name): "More actions for {name}" | "Ещё действия: {name}";
    change: "Change" | "Изменить";
    change_title(name): "Change “{name}”" | "Изменить «{name}»";
    save: "Save" | "Сохранить";
    up: "Move up" | "Выше";
    down: "Move down" | "Ниже";
    retire: "Retire" | "Больше не предлагать";
    offer: "Offer again" | "Снова предлагать";
    delete: "Delete…" | "Удалить…";
    delete_title(name): "Delete the tag “{name}”?" | "Удалить метку «{name}»?";
    delete_about(pairs): "It is removed from {pairs}. This cannot be undone. To keep it there, retire the tag instead." | "Она исчезнет с пар: {pairs}. Это нельзя отменить. Чтобы оставить её на них, перестаньте предлагать метку.";
    delete_unused: "No pair has it. This cannot be undone." | "Её нет ни на одной паре. Это нельзя отменить.";
    delete_go: "Delete" | "Удалить";
    saved(name): "Saved: “{name}”." | "Сохранено: «{name}».";
    moved(name): "Moved: “{name}”." | "Перемещено: «{name}».";
    retired_done(name): "“{name}” is not offered any more. Pairs keep it." | "Метка «{name}» больше не предлагается. На парах она останется.";
    offered_done(name): "“{name}” is offered again." | "Метка «{name}» снова предлагается.";
    deleted(pairs): "Deleted, also from {pairs}." | "Удалено, в том числе с пар: {pairs}.";
}
