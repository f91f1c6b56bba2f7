//! The team's marks on a pair: its tags. HTML that the server makes: the island puts it where it belongs, and the script of the page
//! (`review.js`) sends its forms and draws it anew.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs::Open,
    types::{Assignee, PairId, PairTag, ReviewTag, TrainingPair, UserId},
};

use super::mark_forms::{AssignPair, TagPair};
use crate::{
    pages::guidelines,
    ui::{
        keys::{Chosen, Command},
        tags::{chip, chips},
    },
    words::{Voice, texts},
};

/// What a line of the list shows.
pub(super) fn of_row(pair: &TrainingPair, voice: Voice) -> String {
    let words = Words(voice.lang);
    let whose = pair.assigned_to.as_deref().map(|name| whose(words, name));
    view! { {chips(&pair.tags)} {whose} }.into_any().to_html()
}

/// What an open pair shows, and the choice.
pub(super) fn of_sheet(open: &Open, voice: Voice, keys: &Chosen) -> String {
    let words = Words(voice.lang);
    let pair = &open.pair;
    let there = pair.tags.iter().map(|tag| {
        let who = tag.by.clone().unwrap_or_else(|| words.deleted_user().to_owned());
        chip(&tag.name, tag.colour, Some(words.tagged_by(who, voice.ago(tag.at))))
    });
    let there = there.collect_view();
    let lines: Vec<AnyView> = open
        .choices
        .tags
        .iter()
        .filter_map(|tag| {
            let on = pair.tags.iter().find(|one| one.id == tag.id);
            // A retired one can only be taken off.
            (on.is_some() || !tag.retired).then(|| line(voice, pair.id, tag, on))
        })
        .collect();
    let choice = if lines.is_empty() {
        view! { <p class="muted small">{words.no_tags()}</p> }.into_any()
    } else {
        view! { <ul class="mark-list">{lines}</ul> }.into_any()
    };
    view! {
        <span class="tags">{there} {pair.assigned_to.as_deref().map(|name| whose(words, name))}</span>
        // What is drawn again is never the same text: the island sees that it is to be drawn.
        <details class="marking" data-drawn=voice.now.timestamp_micros().to_string() data-failed=words.failed()>
            <summary id="tags-open" data-mark-key=keys.of(Command::Tags)>
                {words.tags()} " " <kbd>{keys.of(Command::Tags)}</kbd>
            </summary>
            {choice}
        </details>
        <details class="marking">
            <summary id="assign-open" data-mark-key=keys.of(Command::Assign)>
                {words.assign()} " " <kbd>{keys.of(Command::Assign)}</kbd>
            </summary>
            <form method="post" action=AssignPair::url() class="row tight">
                <input type="hidden" name="id" value=pair.id.to_string()/>
                {choice_of(words, &open.choices.reviewers, pair.assigned_to_id)}
                <button class="btn small">{words.give()}</button>
            </form>
        </details>
        {open.choices.has_guidelines.then(|| guidelines::opener(voice.lang, "link"))}
    }
    .into_any()
    .to_html()
}

/// Who is to review a pair.
fn whose(words: Words, name: &str) -> AnyView {
    view! { <span class="mark who" title=words.assigned_to(name)><span class="visually-hidden">{words.for_whom()} " "</span>{name.to_owned()}</span> }
        .into_any()
}

/// The people who can review, to choose from.
pub(super) fn choice_of(words: Words, reviewers: &[Assignee], chosen: Option<UserId>) -> AnyView {
    let options = reviewers.iter().map(|one| {
        let name = format!("{} ({})", one.display_name, one.email);
        view! { <option value=one.id.to_string() selected=chosen == Some(one.id)>{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <label class="filter">
            <span>{words.to_whom()}</span>
            <select name="user">
                <option value="">{words.nobody()}</option>
                {options}
            </select>
        </label>
    }
    .into_any()
}

/// A tag that can be put on the pair or taken off.
fn line(voice: Voice, pair: PairId, tag: &ReviewTag, on: Option<&PairTag>) -> AnyView {
    let words = Words(voice.lang);
    let who = on.map(|on| {
        let who = on.by.clone().unwrap_or_else(|| words.deleted_user().to_owned());
        view! { <span class="muted small">{format!("{who}, {}", voice.ago(on.at))}</span> }
    });
    let about = (!tag.description.is_empty()).then(|| tag.description.clone());
    view! {
        <li>
            <form method="post" action=TagPair::url()>
                <input type="hidden" name="id" value=pair.to_string()/>
                <input type="hidden" name="tag" value=tag.id.to_string()/>
                <input type="hidden" name="on" value=on.is_none().to_string()/>
                <button
                    id=format!("tag-{}", tag.id)
                    aria-pressed=if on.is_some() { "true" } else { "false" }
                    aria-keyshortcuts=tag.key.clone()
                    data-mark-key=tag.key.clone()
                    title=about
                >
                    <span class="tick" aria-hidden="true">{on.map(|_| "✓")}</span>
                    {chip(&tag.name, tag.colour, None)}
                    {tag.key.clone().map(|key| view! { <kbd aria-hidden="true">{key}</kbd> })}
                    {who}
                </button>
            </form>
        </li>
    }
    .into_any()
}

texts! {
    /// Marks of pairs.
    pub(super) Words:
    failed: "Not saved. Check the connection and try again." | "Не сохранено. Проверьте соединение и попробуйте ещё раз.";
    tags: "Tags" | "Метки";
    no_tags: "Your team has no tags yet. Administrators add them." | "У команды ещё нет меток. Их добавляют администраторы.";
    tagged_by(who, when): "{who}, {when}" | "{who}, {when}";
    deleted_user: "deleted user" | "удалённый пользователь";
    assign: "Assign" | "Назначить";
    give: "Assign" | "Назначить";
    to_whom: "Reviewer" | "Проверяющий";
    nobody: "nobody" | "никто";
    for_whom: "For" | "Для:";
    assigned_to(name): "Assigned to {name}" | "Назначено: {name}";
    assigned_done(name): "Assigned to {name}." | "Назначено: {name}.";
    unassigned_done: "Assigned to nobody." | "Больше никому не назначено.";
    tagged(name): "Tagged: {name}" | "Поставлена метка: {name}";
    assignment_undone: "The assignment was undone." | "Назначение отменено.";
    undone: "The change of the tag was undone." | "Изменение метки отменено.";
    untagged(name): "Tag removed: {name}" | "Снята метка: {name}";
}
