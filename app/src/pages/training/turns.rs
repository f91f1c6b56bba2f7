//! The messages that a pair is made of, with those around them, and the form that puts them elsewhere: HTML that the server makes, folded
//! below the texts.

use leptos::{prelude::*, server_fn::ServerFn};
use replybook::{
    pairs::Open,
    types::{Direction, TurnAct, TurnMessage, TurnPlace},
};

use super::{forms::RegroupPair, place::Place, words::Words};
use crate::{
    pages::runs::skip_reason_word,
    paths,
    ui::{
        parts::{Moment, moment},
        words::nouns,
    },
    words::{Voice, texts},
};

/// The section; nothing where nothing of the conversation is here.
pub(super) fn of_sheet(open: &Open, voice: Voice) -> String {
    let (words, turns, pair) = (TurnWords(voice.lang), &open.turns, open.pair.id);
    if turns.items.is_empty() {
        return String::new();
    }
    let is_at = |place: TurnPlace| turns.items.iter().any(|message| message.place == place);
    let act = |act: TurnAct, label: &'static str| {
        view! { <button class="btn small" name="act" value=act.as_str()>{label}</button> }.into_any()
    };
    let is_pair = is_at(TurnPlace::ThisPair);
    let is_more = turns.items.iter().any(|one| one.place != TurnPlace::ThisPair && one.movable);
    let acts: Vec<AnyView> = [
        (TurnAct::OwnPair, words.own_pair(), is_pair),
        (TurnAct::ThisPair, words.this_pair(), is_pair && is_more),
        (TurnAct::PairBefore, words.pair_before(), is_at(TurnPlace::PairBefore)),
        (TurnAct::PairAfter, words.pair_after(), is_at(TurnPlace::PairAfter)),
        (TurnAct::LeaveOut, words.leave_out(), is_pair),
        (TurnAct::AsFound, words.as_found(), turns.marked > 0),
    ]
    .into_iter()
    .filter(|(_, _, is_offered)| *is_offered)
    .map(|(one, label, _)| act(one, label))
    .collect();
    let lines = turns.items.iter().map(|message| line(message, voice)).collect_view();
    let gone = (!is_pair).then(|| view! { <p>{words.no_pair_now()}</p> });
    view! {
        <details class="fold turns">
            <summary>{words.title()}</summary>
            <p>{words.about()}</p>
            {gone}
            <form method="post" action=RegroupPair::url()>
                <input type="hidden" name="id" value=pair.to_string()/>
                <input type="hidden" name="version" value=turns.version.clone()/>
                <ol>{lines}</ol>
                <div class="row tight">{acts}</div>
            </form>
        </details>
    }
    .into_any()
    .to_html()
}

/// What was said before the pair, folded above its texts; nothing where it begins the conversation.
pub(super) fn earlier(open: &Open, voice: Voice) -> String {
    let words = TurnWords(voice.lang);
    let told = |message: &TurnMessage| message.text.as_ref().is_some_and(|text| !text.is_empty());
    let before: Vec<&TurnMessage> = open.turns.items.iter().filter(|message| told(message)).collect();
    if before.is_empty() {
        return String::new();
    }
    let count = i64::try_from(before.len()).unwrap_or(i64::MAX);
    let thread = open.pair.email_thread_id.map(|thread| {
        view! { <p><a href=paths::thread(thread)>{words.whole_conversation()}</a></p> }
    });
    let letters = before.into_iter().map(|message| {
        let (who, at) = sender(message, voice);
        let cut = message.text_cut.then(|| view! { <p class="small muted">{words.cut()}</p> });
        view! {
            <li>
                <p class="letter-head"><span>{who}</span> {at}</p>
                <p class="text" dir="auto">{message.text.clone()}</p>
                {cut}
            </li>
        }
    });
    view! {
        <details class="fold turns earlier">
            <summary>{words.earlier(voice.count(&nouns::MESSAGE, count))}</summary>
            <ol>{letters.collect_view()}</ol>
            {thread}
        </details>
    }
    .into_any()
    .to_html()
}

/// Whose message it is, and when it was sent.
fn sender(message: &TurnMessage, voice: Voice) -> (String, Option<AnyView>) {
    let sides = Words(voice.lang);
    let side = match message.direction {
        Direction::Incoming => sides.client(),
        Direction::Outgoing => sides.reply(),
    };
    let who = match message.from.as_deref() {
        Some(from) => format!("{side} · {from}"),
        None => side.to_owned(),
    };
    (who, message.sent_at.map(|at| moment(&Moment::of(voice, at)).into_any()))
}

fn line(message: &TurnMessage, voice: Voice) -> AnyView {
    let words = TurnWords(voice.lang);
    let (who, at) = sender(message, voice);
    let place = match message.place {
        TurnPlace::ThisPair => words.in_this(),
        TurnPlace::PairBefore => words.in_before(),
        TurnPlace::PairAfter => words.in_after(),
        TurnPlace::OtherPair => words.in_other(),
        TurnPlace::NoPair => words.in_none(),
    };
    let address = message.pair_id.filter(|_| message.place != TurnPlace::ThisPair);
    let place = match address {
        Some(pair) => view! { <a href=Place::default().address(Some(pair))>{place}</a> }.into_any(),
        None => view! { <span>{place}</span> }.into_any(),
    };
    let reason = message.reason.as_deref().map(|reason| format!(": {}", skip_reason_word(voice.lang, reason)));
    let marked = message.marked_at.map(|at| {
        let who = message.marked_by.clone().unwrap_or_else(|| words.deleted_user().to_owned());
        view! { <span>{words.moved_by(who, voice.ago(at))}</span> }
    });
    let is_here = message.place == TurnPlace::ThisPair;
    view! {
        <li class:here=is_here>
            <label>
                <input type="checkbox" name="messages[]" value=message.message_id.to_string() disabled=!message.movable/>
                <span>{who} " · " {at}</span>
            </label>
            <p dir="auto">{message.beginning.clone()}</p>
            <p class="small muted"><span>{place} {reason}</span> {marked}</p>
        </li>
    }
    .into_any()
}

texts! {
    /// What stands with the messages of a pair.
    pub(super) TurnWords:
    title: "Messages of this pair and around it" | "Письма этой пары и вокруг неё";
    earlier(messages): "Earlier in this conversation: {messages}" | "Раньше в этой беседе: {messages}";
    whole_conversation: "The whole conversation" | "Вся беседа";
    cut: "The message is longer." | "Письмо длиннее.";
    about: "Select messages and say where they belong. It stays so when the mailbox is synced again." | "Отметьте письма и укажите, куда они относятся. Так останется и после следующих синхронизаций.";
    no_pair_now: "The conversation no longer makes this pair." | "Беседа больше не складывается в эту пару.";
    own_pair: "A pair of their own" | "В отдельную пару";
    this_pair: "Into this pair" | "В эту пару";
    pair_before: "Into the pair before" | "В предыдущую пару";
    pair_after: "Into the pair after" | "В следующую пару";
    leave_out: "Leave out" | "Не включать в пары";
    as_found: "As found: undo all corrections of this conversation" | "Как найдено: отменить все исправления в беседе";
    in_this: "in this pair" | "в этой паре";
    in_before: "in the pair before" | "в предыдущей паре";
    in_after: "in the pair after" | "в следующей паре";
    in_other: "in another pair" | "в другой паре";
    in_none: "in no pair" | "вне пар";
    moved_by(who, when): "put here by {who}, {when}" | "сюда отнёс(ла): {who}, {when}";
    deleted_user: "deleted user" | "удалённый пользователь";
    regrouped: "The messages are where you put them." | "Письма перенесены.";
    as_found_again: "The conversation is grouped as found." | "Письма беседы снова сгруппированы, как были найдены.";
    pair_gone: "The conversation is grouped as found. It does not make the pair that was open." | "Письма беседы снова сгруппированы, как были найдены. Открытой пары среди них больше нет.";
    undone: "The messages are where they were before." | "Письма возвращены на прежние места.";
    step: "messages moved" | "перенос писем";
}
