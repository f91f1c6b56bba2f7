//! One pair with both full texts side by side, at an address of its own.

use chrono::DateTime;
use leptos::{ev, html, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use replybook::types::PairId;
use web_sys::{HtmlDialogElement, MouseEvent};

use super::{
    api::EditTexts,
    data::{Board, Body, Content, Letter, Opened, Part, Segment, Sheet, Side, Similar, SourceNotice, Span},
    island::Desk,
    list::{Choice, decision_form, reason_tag, status_pill, subject},
    place::{EDIT_LINK, GROUP_LINK, ORIGINALS_LINK, Place, View},
    words::{SheetWords, Words},
};
use crate::{
    paths,
    prefs::Lang,
    ui::{
        keys::{Command, hint},
        parts::{Moment, moment},
        words::{Common, nouns},
    },
    words::Voice,
};

/// The id of the part that holds both texts: it has the focus, so that keys scroll it.
pub(super) const PAIR_TEXT: &str = "pair-text";
/// The id of the first text while a pair is edited.
pub(super) const FIRST_TEXT: &str = "client-text";
/// The id of the marks of the team.
const MARKS: &str = "marks";
/// The id of what is said when one of them is set.
pub(super) const MARKS_SAID: &str = "marks-said";

/// The dialog: stays while one goes from pair to pair.
pub(super) fn dialog(board: StoredValue<Board>, desk: Desk) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        // From here on the island closes it, and not the shell as well. One that keeps its mark is closed twice, and stays closed.
        let _ = dialog.remove_attribute("data-modal");
        // The shell may have made the one from the server modal already.
        if dialog.open() && dialog.matches(":modal").unwrap_or(false) {
            return;
        }
        let shown = dialog.remove_attribute("open").and_then(|()| dialog.show_modal());
        if shown.is_err() {
            dialog.set_open(true);
        }
    });
    let lang = board.with_value(|board| board.lang);
    let on_cancel = move |event: ev::Event| {
        event.prevent_default();
        // From the fields back to the pair, and from there to the list.
        if desk.place.with_untracked(|place| place.view == View::Edit) {
            desk.turn(View::Edit);
        } else {
            desk.close();
        }
    };
    let on_click = move |event: MouseEvent| {
        // The dialog itself is hit only beside its content: on the backdrop.
        let is_beside = event.target().is_some_and(|target| target.dyn_ref::<HtmlDialogElement>().is_some());
        if is_beside && desk.decisions.is_meant(&event) {
            desk.close();
        }
    };
    let on_close = move |event: MouseEvent| {
        if desk.takes(&event) {
            desk.close();
        }
    };
    let title = move || match desk.open.get() {
        Some(Opened::Pair(sheet)) => subject(lang, sheet.subject.as_deref()),
        Some(Opened::Done) => Words(lang).done_title().to_owned(),
        Some(Opened::Refused(_)) | None => Words(lang).pair().to_owned(),
    };
    let close = board.with_value(|board| board.place.address(None));
    view! {
        <dialog
            open
            class="dialog wide"
            data-modal=""
            data-takes-keys=""
            node_ref=node
            aria-labelledby="dialog-title"
            on:cancel=on_cancel
            on:click=on_click
        >
            <div class="dialog-frame">
                <header class="dialog-head">
                    <h2 id="dialog-title">{title}</h2>
                    <a class="btn quiet" href=close data-close="" aria-label=Common(lang).close() on:click=on_close>
                        "✕"
                    </a>
                </header>
                {move || match desk.open.get() {
                    Some(Opened::Pair(sheet)) => board.with_value(|board| pair(board, &sheet, desk)),
                    Some(Opened::Refused(text)) => {
                        view! { <div class="dialog-body"><p class="empty" role="alert">{text}</p></div> }.into_any()
                    }
                    Some(Opened::Done) => board.with_value(|board| done(board, desk)),
                    None => ().into_any(),
                }}
                // A modal dialog shuts out what is behind it: what is announced comes along.
                {desk.decisions.toast_area(desk.undoing(), desk.opening())}
            </div>
        </dialog>
    }
    .into_any()
}

/// Behind the last pair: what is left, and where to go.
fn done(board: &Board, desk: Desk) -> AnyView {
    let (lang, words) = (board.lang, Words(board.lang));
    let list = board.place.address(None);
    let back = move |event: MouseEvent| {
        if desk.takes(&event) {
            desk.close();
        }
    };
    let left = move || {
        let (_, undecided) = desk.undecided();
        let first = *undecided.first()?;
        let count = i64::try_from(undecided.len()).unwrap_or(i64::MAX);
        let go = move |event: MouseEvent| {
            if desk.takes(&event) {
                desk.open(first);
            }
        };
        let pairs = Voice { lang, now: DateTime::default() }.count(&nouns::PAIR, count);
        Some(view! {
            <p>{words.skipped(pairs)}</p>
            <a class="btn primary" href=desk.address(first) on:click=go>{words.to_skipped()}</a>
        })
    };
    view! {
        <div class="dialog-body empty" id=PAIR_TEXT tabindex="-1">
            <p>{words.done()}</p>
            {left}
            <a class="btn" href=list on:click=back>{words.to_list()}</a>
        </div>
    }
    .into_any()
}

fn pair(board: &Board, sheet: &Sheet, desk: Desk) -> AnyView {
    let lang = board.lang;
    let (words, id, verdict) = (Words(lang), sheet.id, sheet.verdict);
    let place = desk.place.get_untracked();
    let found = desk.position(id);
    let beside = |offset: isize| found.and_then(|_| desk.beside(Some(id), offset));
    // Decided pairs leave the list of new ones: without scripts the first that is left comes next.
    let next = if found.is_some() { beside(1) } else { desk.beside(None, 1) };
    let then = place.with_view(View::Sides).address(next);
    let step = |to: Option<PairId>, rel: &'static str, label: &'static str, command: Command| {
        let name = format!("pair-{rel}");
        let href = place.with_view(View::Sides).address(Some(to?));
        let go = move |event: MouseEvent| {
            if desk.takes(&event)
                && let Some(to) = to
            {
                desk.open(to);
            }
        };
        Some(view! {
            <a id=name class="btn quiet" href=href rel=rel on:click=go>{label} " " <kbd>{hint(command)}</kbd></a>
        })
    };
    let position = found.map(|(index, all)| words.position(index + 1, all));
    let turn = |view: View| {
        move |event: MouseEvent| {
            if desk.takes(&event) {
                desk.turn(view);
            }
        }
    };
    let other = |view: View| place.with_view(if place.view == view { View::Sides } else { view }).address(Some(id));
    let decisions = desk.decisions;
    let (decided, note) = (sheet.decided.clone(), sheet.note.clone());
    let choice = Choice { id, verdict, updated_at: sheet.updated_at.clone(), name: desk.name(id) };
    let edit = (sheet.can_edit && place.view != View::Edit).then(|| {
        view! {
            <a id=EDIT_LINK href=other(View::Edit) on:click=turn(View::Edit)>
                {words.edit()} " " <kbd>{hint(Command::Edit)}</kbd>
            </a>
        }
    });
    view! {
        <div class="meta">
            <span class="facts">{facts(lang, sheet)} {edit}</span>
            <span class="facts" id=MARKS inner_html=sheet.marks.clone()></span>
            <span class="small" role="status" id=MARKS_SAID></span>
            <span class="push row tight">
                {position} {move || status_pill(lang, decisions.shown(id, verdict))}
                {move || reason_tag(lang, decisions.shown(id, verdict), verdict, note.as_deref())}
                {move || (!decisions.is_changed(id)).then(|| view! { <span>" " {decided.clone()}</span> })}
            </span>
        </div>
        <div id=PAIR_TEXT class="sheet" tabindex="0" role="region" aria-labelledby="dialog-title" autofocus>
            {sheet.notice.as_ref().map(|told| notice(lang, sheet.id, told, &place))}
            <div inner_html=sheet.earlier.clone()></div>
            {body(Drawing { lang, id, here: place.address(Some(id)) }, sheet, desk)}
            <div inner_html=sheet.turns.clone()></div>
        </div>
        // While the texts are edited, their own buttons are the only ones.
        {(place.view != View::Edit)
            .then(|| {
                view! {
                    <footer class="dock">
                        {decision_form(lang, choice, decisions, then, Some(desk))}
                        <span class="grow"></span>
                        <a id=ORIGINALS_LINK class="btn quiet" href=other(View::Originals) on:click=turn(View::Originals)>
                            {if place.view == View::Originals { words.cleaned() } else { words.originals() }} " "
                            <kbd>{hint(Command::Originals)}</kbd>
                        </a>
                        {step(beside(-1), "prev", words.previous_pair(), Command::Previous)}
                        {step(next, "next", words.next_pair(), Command::Next)}
                    </footer>
                }
            })}
    }
    .into_any()
}

fn facts(lang: Lang, sheet: &Sheet) -> AnyView {
    let words = SheetWords(lang);
    let edited = sheet.edited.then(|| view! { <span class="tag" title=words.edited_why()>{words.edited()}</span> });
    let tags = sheet.tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span> }).collect_view();
    let written = sheet.edits.iter().map(|who| view! { <span>{words.edited_by(who)}</span> }).collect_view();
    let more = sheet.similar.clone().map(|Similar { address, text }| {
        view! { <a id=GROUP_LINK class="tag" href=address>{text} " " <kbd>{hint(Command::Group)}</kbd></a> }
    });
    view! {
        <span>{sheet.account.clone()}</span>
        {sheet.thread.clone().map(|thread| view! { <a href=thread>{words.whole_thread()}</a> })}
        <span class="tags">{edited} {tags} {more}</span>
        {written}
    }
    .into_any()
}

/// How the pair stands to its mail.
fn notice(lang: Lang, id: PairId, told: &SourceNotice, place: &Place) -> AnyView {
    let words = SheetWords(lang);
    let here = place.address(Some(id));
    let form = |action: &'static str, label: &'static str| pair_form(action, id, &here, Vec::new(), label);
    let title = told.title.clone().map(|title| view! { <strong>{title} "."</strong> " " });
    let adopt = told.can_adopt.then(|| form(paths::PAIR_ADOPT, words.adopt()));
    let keep = told.can_keep.then(|| form(paths::PAIR_KEEP, words.keep()));
    let stays = told.can_adopt.then(|| view! { <span class="small">{words.decided_then()}</span> });
    let forms =
        (told.can_adopt || told.can_keep).then(|| view! { <div class="row tight">{adopt} {keep} {stays}</div> });
    view! {
        <div class="notice warn source">
            <p>{title} {told.text.clone()}</p>
            {forms}
        </div>
    }
    .into_any()
}

/// What the parts of one pair are drawn with.
struct Drawing {
    lang: Lang,
    id: PairId,
    /// Where the forms lead back to.
    here: String,
}

fn body(draw: Drawing, sheet: &Sheet, desk: Desk) -> AnyView {
    match &sheet.body {
        Body::Edit(client, reply) => fields(&draw, sheet, [client, reply], desk),
        Body::Sides(sides) => {
            let sides = sides.iter().map(|one| side(&draw, one)).collect_view();
            view! { <div class="two">{sides}</div> }.into_any()
        }
        Body::Originals(letters) => {
            let letters = letters.iter().enumerate().map(|(index, letter)| original(&draw, index, letter));
            view! { <div class="originals">{letters.collect_view()}</div> }.into_any()
        }
    }
}

/// Both texts in fields, to be edited.
fn fields(draw: &Drawing, sheet: &Sheet, texts: [&String; 2], desk: Desk) -> AnyView {
    let (words, id) = (Words(draw.lang), draw.id);
    let nodes = [NodeRef::<html::Textarea>::new(), NodeRef::<html::Textarea>::new()];
    let sides = [(words.client(), "client_text"), (words.reply(), "our_reply_text")];
    let fields = sides.into_iter().zip(texts).zip(nodes).map(|(((label, name), text), node)| {
        view! {
            <label class="side">
                <span>{label}</span>
                <textarea class="input" id=(name == "client_text").then_some(FIRST_TEXT) name=name dir="auto" required rows="12" node_ref=node>{text.clone()}</textarea>
            </label>
        }
    });
    let fields = fields.collect_view();
    let save = move |approve: bool| {
        move |event: MouseEvent| {
            event.prevent_default();
            desk.save_texts(id, nodes, approve);
        }
    };
    // Ctrl or ⌘ with Enter sends what is typed, as everywhere.
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            desk.save_texts(id, nodes, false);
        }
    };
    let back = desk.place.with_untracked(|place| place.of_pair(id));
    let cancel = move |event: MouseEvent| {
        if desk.takes(&event) {
            desk.turn(View::Edit);
        }
    };
    view! {
        <form method="post" action=EditTexts::url() class="edit" on:keydown=on_key>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="as_of" value=sheet.updated_at.0.clone()/>
            <input type="hidden" name="then" value=back.clone()/>
            <div class="two">{fields}</div>
            {move || desk.trouble.get().map(|why| view! { <p class="notice bad" role="alert">{why}</p> })}
            <div class="row tight edit-ends">
                <button class="btn primary" on:click=save(false)>{words.save()} " " <kbd aria-hidden="true">"Ctrl Enter"</kbd></button>
                <button class="btn" name="approve" value="true" on:click=save(true)>{words.save_and_approve()}</button>
                <a class="btn quiet" href=back on:click=cancel>{Common(draw.lang).cancel()}</a>
            </div>
        </form>
    }
    .into_any()
}

/// What a side said before it was edited, beside what it says: folded.
fn before(lang: Lang, of_mail: Option<&str>, old: &[Segment], new: &[Segment]) -> AnyView {
    let words = SheetWords(lang);
    view! {
        <details class="fold">
            <summary>{words.before_edit()}</summary>
            {versions(of_mail, [(words.before_edit(), old), (words.after_edit(), new)])}
        </details>
    }
    .into_any()
}

/// One side of the pair.
fn side(draw: &Drawing, side: &Side) -> AnyView {
    let words = Words(draw.lang);
    let (label, class) = if side.is_client { (words.client(), "side client") } else { (words.reply(), "side reply") };
    let content = match &side.content {
        Content::Versions(old, new) => {
            let words = SheetWords(draw.lang);
            versions(side.lang.as_deref(), [(words.in_pair(), old.as_slice()), (words.in_mail(), new.as_slice())])
        }
        Content::Letters(letters) => letters.iter().map(|one| letter(draw, one)).collect_view().into_any(),
        Content::Plain(text) => plain(side.lang.as_deref(), text),
    };
    view! {
        <section class=class aria-label=label>
            <header>
                <span>{label} {from(side.from.as_deref())} {side.after.clone()}</span>
                {time(side.at.as_ref())}
            </header>
            <div class="side-text">
                {content} {side.before.as_ref().map(|(old, new)| before(draw.lang, side.lang.as_deref(), old, new))}
            </div>
            <p class="side-facts">{side.facts.clone()}</p>
        </section>
    }
    .into_any()
}

/// Two versions of a text with their names; what differs is marked by strokes, not by colour alone.
fn versions(of_mail: Option<&str>, [(old_name, old), (new_name, new)]: [(&'static str, &[Segment]); 2]) -> AnyView {
    let marked = |segments: &[Segment], is_new: bool| {
        let text = marked(segments, is_new);
        view! { <div class="text" lang=of_mail.map(ToOwned::to_owned) dir="auto">{text}</div> }
    };
    view! {
        <div class="version">
            <h3>{old_name}</h3>
            {marked(old, false)}
        </div>
        <div class="version">
            <h3>{new_name}</h3>
            {marked(new, true)}
        </div>
    }
    .into_any()
}

/// A text in which what differs from another version is marked, of the newer one or of the older one.
pub(super) fn marked(segments: &[Segment], is_new: bool) -> AnyView {
    let segments = segments.iter().map(|Segment { text, differs }| match (*differs, is_new) {
        (false, _) => text.clone().into_any(),
        (true, false) => view! { <del>{text.clone()}</del> }.into_any(),
        (true, true) => view! { <ins>{text.clone()}</ins> }.into_any(),
    });
    segments.collect_view().into_any()
}

fn letter(draw: &Drawing, letter: &Letter) -> AnyView {
    let head = letter.has_head.then(|| heading(draw, letter));
    view! { <div class="letter">{head} {parts(draw, letter)}</div> }.into_any()
}

fn parts(draw: &Drawing, letter: &Letter) -> AnyView {
    let parts = letter.parts.iter().map(|Part { text, span }| match span {
        None => plain(letter.lang.as_deref(), text),
        Some(removed) => span_view(draw, letter.lang.as_deref(), removed, text),
    });
    parts.collect_view().into_any()
}

/// A removed span: folded, or in its place where somebody put it back.
fn span_view(draw: &Drawing, lang: Option<&str>, span: &Span, text: &str) -> AnyView {
    let words = SheetWords(draw.lang);
    let label = if span.kept { words.remove_again() } else { words.put_back() };
    let form = span.can_change.then(|| {
        let fields = vec![
            ("message_id", span.message_id.clone()),
            ("start", span.start.to_string()),
            ("end", span.end.to_string()),
            ("keep", (!span.kept).to_string()),
        ];
        pair_form(paths::PAIR_SPAN, draw.id, &draw.here, fields, label)
    });
    if span.kept {
        view! {
            <div class="kept">
                <div class="kept-head" title=span.rule.clone()><span>{words.kept(&span.kind)}</span> {form}</div>
                {plain(lang, text)}
            </div>
        }
        .into_any()
    } else {
        view! {
            <details class="fold">
                <summary title=span.rule.clone()>{span.kind.clone()} ", " {span.lines.clone()}</summary>
                {plain(lang, text)}
                {form}
            </details>
        }
        .into_any()
    }
}

/// A message as it came, and beside it what of it is in the pair.
fn original(draw: &Drawing, index: usize, letter: &Letter) -> AnyView {
    let words = SheetWords(draw.lang);
    // Regions need names of their own.
    let name = |side: &str| format!("{side} {}", index + 1);
    let whole = letter.parts.iter().map(|Part { text, span }| match span {
        None => text.clone().into_any(),
        Some(span) => {
            let said = if span.kept { words.put_in(&span.kind) } else { words.taken_out(&span.kind) };
            let class = if span.kept { "cut kept-cut" } else { "cut" };
            view! { <span class=class title=span.rule.clone()><small lang=draw.lang.as_str()>{said}</small>{text.clone()}</span> }.into_any()
        }
    });
    view! {
        <article class="original">
            {heading(draw, letter)}
            <div class="two">
                <section class="side" aria-label=name(words.as_it_came())>
                    <h3>{words.as_it_came()}</h3>
                    <div class="text" lang=letter.lang.clone() dir="auto">{whole.collect_view()}</div>
                </section>
                <section class="side" aria-label=name(words.in_the_pair())>
                    <h3>{words.in_the_pair()}</h3>
                    {parts(draw, letter)}
                </section>
            </div>
        </article>
    }
    .into_any()
}

fn heading(draw: &Drawing, letter: &Letter) -> AnyView {
    let words = Words(draw.lang);
    let side = if letter.is_client { words.client() } else { words.reply() };
    view! {
        <header class="letter-head">
            <span>{side} {from(letter.from.as_deref())}</span>
            {time(letter.at.as_ref())}
        </header>
    }
    .into_any()
}

fn from(address: Option<&str>) -> Option<String> {
    address.map(|address| format!(" · {address}"))
}

fn time(at: Option<&Moment>) -> AnyView {
    at.map(moment).into_any()
}

/// A button that does something to the pair and comes back here.
fn pair_form(
    action: &'static str,
    id: PairId,
    here: &str,
    fields: Vec<(&'static str, String)>,
    label: &'static str,
) -> AnyView {
    let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form method="post" action=action>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="then" value=here.to_owned()/>
            {fields.collect_view()}
            <button class="btn small">{label}</button>
        </form>
    }
    .into_any()
}

/// A text without the blank lines around it; nothing for one that is blank.
fn plain(lang: Option<&str>, text: &str) -> AnyView {
    let text = text.trim_matches(['\n', '\r']).trim_end().to_owned();
    let lang = lang.map(ToOwned::to_owned);
    (!text.trim().is_empty()).then(|| view! { <div class="text" lang=lang dir="auto">{text}</div> }).into_any()
}
