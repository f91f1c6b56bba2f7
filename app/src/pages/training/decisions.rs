//! What was decided on this page: shown at once as being saved, and as decided only when the server has said so.

use std::{collections::VecDeque, time::Duration};

use leptos::{ev, html, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use replybook::types::{NOTE_LENGTH, PairId, PairStatus, RejectReason};
use web_sys::{HtmlElement, MouseEvent, SubmitEvent};

use super::{
    api::{Decided, decide_pair, undo_step},
    data::{Stamp, Verdict},
    words::Words,
};
use crate::{
    Failure,
    prefs::Lang,
    ui::{
        keys::{Command, hint},
        words::Common,
    },
    words::number,
};

/// What the list shows for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The server has not answered yet.
    Saving,
    Decided(Verdict),
}

impl Shown {
    /// Whether the pair is known to have this status.
    pub(super) fn is(self, status: PairStatus) -> bool {
        matches!(self, Self::Decided(verdict) if verdict.status == status)
    }
}

#[derive(Debug, Clone)]
struct Decision {
    id: PairId,
    /// What the pair is called when something is said of it.
    name: String,
    /// What was decided when the list was loaded.
    loaded: Verdict,
    /// What the server last confirmed.
    confirmed: Verdict,
    /// What the server has not answered yet, and what was asked for since: sent one by one.
    sent: VecDeque<Step>,
}

impl Decision {
    /// What the pair is once all that was asked for is saved.
    fn wanted(&self) -> Verdict {
        self.sent.back().map_or(self.confirmed, |step| step.to)
    }
}

/// One change of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    to: Verdict,
    /// What is added to the reason.
    note: Option<String>,
    /// A step before is taken back.
    is_undo: bool,
}

/// A step that can be taken back.
#[derive(Debug, Clone, Copy)]
struct Made {
    id: PairId,
    back_to: Verdict,
    /// Later ones have higher numbers.
    number: u32,
}

/// A line at the edge of the page about the last decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Toast {
    pub text: String,
    pub is_failure: bool,
    /// The pair whose decision can be taken back here.
    pub undoes: Option<PairId>,
}

/// A decision that could not be saved. It is kept until somebody tries again, decides otherwise, or says that it does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unsaved {
    id: PairId,
    name: String,
    step: Step,
    why: String,
}

/// The decisions made since the page was loaded.
#[derive(Clone, Copy)]
pub(super) struct Decisions {
    made: RwSignal<Vec<Decision>>,
    /// What can be taken back, the latest last: put here when somebody acts, not when the answer comes.
    undo: RwSignal<Vec<Made>>,
    /// The pair that was rejected last, as long as its reason can be given.
    pub asks_why: RwSignal<Option<PairId>>,
    /// Whether a note is being written about that pair.
    writes_note: RwSignal<bool>,
    unsaved: RwSignal<Vec<Unsaved>>,
    /// A pair whose texts became others.
    pub rewritten: RwSignal<Option<PairId>>,
    /// The newest `updated_at` of each pair that was on the screen: a decision is about what the person has read.
    seen: StoredValue<Vec<(PairId, Stamp)>>,
    /// How many changes were asked for.
    numbers: StoredValue<u32>,
    toast: RwSignal<Option<Toast>>,
    /// How many lines were shown: the present one leaves by itself, and no later one.
    toasts: StoredValue<u32>,
    /// When a button of an open pair, or what is beside the pair, was clicked last, in milliseconds since the page began.
    clicked: StoredValue<f64>,
    lang: Lang,
}

/// How long the line about a decision stays.
const TOAST_STAYS: Duration = Duration::from_secs(8);

/// The second click of a double click comes within this time, in milliseconds. By then the next pair is shown, and the button under
/// the pointer is that one's.
const DOUBLE_CLICK_MS: f64 = 700.0;

/// As many steps as the server keeps of a person.
const STEPS: usize = 20;

/// The id of the text that explains the buttons with the reasons.
const WHY: &str = "why";

impl Decisions {
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            made: RwSignal::new(Vec::new()),
            undo: RwSignal::new(Vec::new()),
            asks_why: RwSignal::new(None),
            writes_note: RwSignal::new(false),
            unsaved: RwSignal::new(Vec::new()),
            rewritten: RwSignal::new(None),
            seen: StoredValue::new(Vec::new()),
            numbers: StoredValue::new(0),
            toast: RwSignal::new(None),
            toasts: StoredValue::new(0),
            clicked: StoredValue::new(f64::NEG_INFINITY),
            lang,
        }
    }

    /// Whether a click on a button of an open pair, or beside the pair, is meant for it: not the second click of a double click. Keys
    /// are.
    pub(super) fn is_meant(self, click: &MouseEvent) -> bool {
        // A key that presses a button makes a click of no clicks.
        if click.detail() == 0 {
            return true;
        }
        let (last, now) = (self.clicked.get_value(), click.time_stamp());
        self.clicked.set_value(now);
        now - last > DOUBLE_CLICK_MS
    }

    /// Notes that a pair was shown as it was at this time.
    pub(super) fn saw(self, id: PairId, updated_at: &Stamp) {
        self.seen.update_value(|seen| match seen.iter_mut().find(|(of, _)| *of == id) {
            None => seen.push((id, updated_at.clone())),
            Some((_, newest)) if *newest < *updated_at => *newest = updated_at.clone(),
            Some(_) => {}
        });
    }

    /// The newest state of a pair that was on the screen.
    pub(super) fn seen(self, id: PairId) -> Option<Stamp> {
        self.seen.with_value(|seen| seen.iter().find(|(of, _)| *of == id).map(|(_, stamp)| stamp.clone()))
    }

    /// What to show for a pair of which `loaded` was known when the list came.
    pub(super) fn shown(self, id: PairId, loaded: Verdict) -> Shown {
        self.made.with(|made| match about(made, id) {
            Some(decision) if !decision.sent.is_empty() => Shown::Saving,
            Some(decision) => Shown::Decided(decision.confirmed),
            None => Shown::Decided(loaded),
        })
    }

    /// What a pair is once all is saved that was asked for.
    pub(super) fn wanted(self, id: PairId, loaded: Verdict) -> Verdict {
        self.made.with_untracked(|made| about(made, id).map_or(loaded, Decision::wanted))
    }

    /// Whether something was decided here and is not as it was loaded.
    pub(super) fn is_changed(self, id: PairId) -> bool {
        self.made.with(|made| {
            about(made, id).is_some_and(|decision| {
                !decision.sent.is_empty() || decision.confirmed.status != decision.loaded.status
            })
        })
    }

    /// Whether something would be lost with the page.
    pub(super) fn has_unsaved(self) -> bool {
        self.is_saving() || !self.unsaved.with_untracked(Vec::is_empty)
    }

    fn is_saving(self) -> bool {
        self.made.with_untracked(|made| made.iter().any(|decision| !decision.sent.is_empty()))
    }

    /// Decides about a pair of which `loaded` was known and that is called `name`. What is decided so already stays; for a
    /// pair that is being saved the decision follows when that is done. `false`: there was no decision to take back, and that is
    /// said; nothing goes on.
    pub(super) fn decide(self, id: PairId, loaded: Verdict, name: &str, to: PairStatus) -> bool {
        let back_to = self.wanted(id, loaded);
        self.writes_note.set(false);
        self.asks_why.set((to == PairStatus::Rejected).then_some(id));
        if back_to.status != to {
            let number = self.note_step(id, back_to);
            self.ask(id, loaded, name, Step { to: to.into(), note: None, is_undo: false }, number);
        } else if to == PairStatus::New {
            self.say(Words(self.lang).nothing_to_reset());
            return false;
        }
        true
    }

    /// Gives the reason for which a pair is rejected. `false` where it is not.
    pub(super) fn give_reason(
        self,
        id: PairId,
        loaded: Verdict,
        name: &str,
        reason: RejectReason,
        note: Option<String>,
    ) -> bool {
        let back_to = self.wanted(id, loaded);
        if back_to.status != PairStatus::Rejected {
            return false;
        }
        // It belongs to the step that rejected the pair, if that was taken here.
        let is_step = self.undo.with_untracked(|undo| undo.iter().any(|made| made.id == id));
        let number = if is_step { self.next_number() } else { self.note_step(id, back_to) };
        let to = Verdict { status: PairStatus::Rejected, reason: Some(reason) };
        self.ask(id, loaded, name, Step { to, note, is_undo: false }, number);
        true
    }

    /// Notes that the texts of a pair were edited here: that can be taken back as well.
    pub(super) fn edited(self, id: PairId, verdict: Verdict, name: &str) {
        let number = self.note_step(id, verdict);
        self.made.update(|made| {
            if about(made, id).is_none() {
                made.push(Decision {
                    id,
                    name: name.to_owned(),
                    loaded: verdict,
                    confirmed: verdict,
                    sent: VecDeque::new(),
                });
            }
        });
        self.numbers.set_value(number);
        let text = Words(self.lang).edited_toast(name);
        self.show(Toast { text, is_failure: false, undoes: Some(id) });
    }

    /// Notes a step that can be taken back, and gives its number.
    fn note_step(self, id: PairId, back_to: Verdict) -> u32 {
        let number = self.next_number();
        self.undo.update(|undo| {
            undo.push(Made { id, back_to, number });
            let too_many = undo.len().saturating_sub(STEPS);
            undo.drain(..too_many);
        });
        number
    }

    fn next_number(self) -> u32 {
        let number = self.numbers.with_value(|number| number + 1);
        self.numbers.set_value(number);
        number
    }

    pub(super) fn say(self, text: &str) {
        self.show(Toast { text: text.to_owned(), is_failure: false, undoes: None });
    }

    pub(super) fn complain(self, text: &str) {
        self.show(Toast { text: text.to_owned(), is_failure: true, undoes: None });
    }

    /// Shows a line for a while. What did not work stays until somebody has read it.
    fn show(self, toast: Toast) {
        let goes = !toast.is_failure;
        let number = self.toasts.with_value(|number| number + 1);
        self.toasts.set_value(number);
        self.toast.set(Some(toast));
        if goes {
            let leave = move || {
                if self.toasts.try_get_value() == Some(number) {
                    self.toast.set(None);
                }
            };
            set_timeout(leave, TOAST_STAYS);
        }
    }

    /// From here on the server says what the last step was.
    pub(super) fn forget_steps(self) {
        self.undo.update(Vec::clear);
    }

    /// Takes back the last step that was taken on this page, or the last one about the pair `of`, and says which pair that is. One that is
    /// being saved still is taken back when that is done. `None` where there is none.
    pub(super) fn undo(self, of: Option<PairId>) -> Option<PairId> {
        let last = self.undo.try_update(|undo| {
            let place = undo.iter().rposition(|made| of.is_none_or(|id| made.id == id))?;
            Some(undo.remove(place))
        });
        let Made { id, back_to, .. } = last.flatten()?;
        if self.asks_why.get_untracked() == Some(id) {
            self.asks_why.set(None);
        }
        let name = self.made.with_untracked(|made| about(made, id).map(|decision| decision.name.clone()));
        let step = Step { to: back_to, note: None, is_undo: true };
        self.ask(id, back_to, &name.unwrap_or_default(), step, self.next_number());
        Some(id)
    }

    /// Takes back the person's last step before this page was loaded, and hands over the pair that it was about. `None` where it was about
    /// several: nothing was done then.
    pub(super) async fn undo_before(self) -> Result<Option<PairId>, ()> {
        if self.is_saving() {
            // What is being saved is a later step.
            self.say(Words(self.lang).saving());
            return Err(());
        }
        match undo_step(None, Some(true), None).await {
            Ok(undone) => {
                let Some((id, decided)) = undone.pair else { return Ok(None) };
                let confirmed = Verdict { status: decided.status, reason: decided.reason };
                if let Some(updated_at) = &decided.updated_at {
                    self.saw(id, updated_at);
                }
                let before = self.made.try_update(|made| match made.iter_mut().find(|decision| decision.id == id) {
                    Some(decision) => Some(std::mem::replace(&mut decision.confirmed, confirmed)),
                    None => {
                        let name = undone.name.clone();
                        made.push(Decision { id, name, loaded: confirmed, confirmed, sent: VecDeque::new() });
                        None
                    }
                });
                if let Some(before) = before.flatten().or(undone.was.map(Verdict::from)) {
                    recount(self.lang, before.status, confirmed.status);
                }
                self.rewritten.set(Some(id));
                self.say(&Words(self.lang).about_pair(undone.text, undone.name));
                Ok(Some(id))
            }
            Err(failure) => {
                self.complain(&failure.text(self.lang));
                Err(())
            }
        }
    }

    /// Sends a change of a pair, or keeps it until those before it are answered.
    fn ask(self, id: PairId, loaded: Verdict, name: &str, step: Step, number: u32) {
        self.unsaved.update(|unsaved| unsaved.retain(|one| one.id != id));
        let is_first = self.made.try_update(|made| {
            if about(made, id).is_none() {
                made.push(Decision { id, name: name.to_owned(), loaded, confirmed: loaded, sent: VecDeque::new() });
            }
            made.iter_mut().find(|decision| decision.id == id).is_some_and(|decision| {
                decision.sent.push_back(step);
                decision.sent.len() == 1
            })
        });
        if is_first == Some(true) {
            spawn_local(self.save(id, name.to_owned(), number));
        }
    }

    /// Saves the changes of a pair one by one, until none is left.
    async fn save(self, id: PairId, name: String, mut number: u32) {
        loop {
            let first = self.made.with_untracked(|made| {
                about(made, id).and_then(|decision| Some((decision.confirmed, decision.sent.front()?.clone())))
            });
            let Some((from, step)) = first else { return };
            let (answer, said) = match self.send(id, from, &step).await {
                Ok((decided, said)) => (Ok(decided), said),
                Err(failure) => (Err(failure), None),
            };
            let is_made = answer.as_ref().is_ok_and(|decided| decided.overtaken.is_none());
            let dropped = self.made.try_update(|made| {
                let Some(decision) = made.iter_mut().find(|decision| decision.id == id) else { return Vec::new() };
                if let Ok(decided) = &answer {
                    decision.confirmed = Verdict { status: decided.status, reason: decided.reason };
                    if let Some(updated_at) = &decided.updated_at {
                        self.saw(id, updated_at);
                    }
                }
                decision.sent.pop_front();
                // What was asked for meanwhile was meant for a pair that had become what it did not.
                if is_made { Vec::new() } else { decision.sent.drain(..).collect::<Vec<Step>>() }
            });
            if let Ok(decided) = &answer {
                recount(self.lang, from.status, decided.status);
            }
            if !is_made {
                // There is nothing to take back of it, nor of what was to follow it.
                self.undo.update(|undo| undo.retain(|made| made.id != id || made.number < number));
            }
            match &answer {
                Err(_) if step.is_undo => {
                    // It can be tried again.
                    let number = self.next_number();
                    self.undo.update(|undo| undo.push(Made { id, back_to: step.to, number }));
                    self.show(self.toast_of(id, &name, &answer, &step, None));
                }
                Err(failure) => {
                    let wanted = dropped.and_then(|dropped| dropped.into_iter().rfind(|later| !later.is_undo));
                    let (name, step, why) = (name.clone(), wanted.unwrap_or(step), failure.text(self.lang));
                    self.unsaved.update(|unsaved| unsaved.push(Unsaved { id, name, step, why }));
                }
                Ok(_) => self.show(self.toast_of(id, &name, &answer, &step, said)),
            }
            // Whatever was asked for after this change has a higher number.
            number += 1;
        }
    }

    /// Sends a change of a pair. Of one that is taken back the answer also says what it was.
    async fn send(self, id: PairId, from: Verdict, step: &Step) -> Result<(Decided, Option<String>), Failure> {
        if step.is_undo {
            let undone = undo_step(Some(id), None, None).await?;
            // The pair as it is read now: with the texts, and with who decided, as they were before.
            self.rewritten.set(Some(id));
            let as_it_was = Decided { status: from.status, reason: from.reason, updated_at: None, overtaken: None };
            return Ok((undone.pair.map_or(as_it_was, |(_, decided)| decided), Some(undone.text)));
        }
        // Going back to undecided is no judgement of the texts.
        let as_of = self.seen(id).filter(|_| step.to.status != PairStatus::New);
        let reason = step.to.reason.map(|reason| reason.as_str().to_owned());
        let decided =
            decide_pair(id, step.to.status, Some(from.status), as_of, reason, step.note.clone(), None).await?;
        Ok((decided, None))
    }

    fn toast_of(
        self,
        id: PairId,
        name: &str,
        answer: &Result<Decided, Failure>,
        step: &Step,
        said: Option<String>,
    ) -> Toast {
        let words = Words(self.lang);
        let failure = |text| Toast { text, is_failure: true, undoes: None };
        match answer {
            Ok(Decided { overtaken: Some(why), .. }) => failure(words.overtaken(name, why)),
            Ok(Decided { status, reason, overtaken: None, .. }) => {
                let text = said.unwrap_or_else(|| words.decided(*status).to_owned());
                let text = words.about_pair(text, name);
                let text = match reason.filter(|_| *status == PairStatus::Rejected) {
                    Some(reason) => format!("{text} ({})", words.reason(reason)),
                    None => text,
                };
                Toast { text, is_failure: false, undoes: (!step.is_undo).then_some(id) }
            }
            Err(problem) => failure(words.failed_toast(problem.text(self.lang))),
        }
    }

    /// What stands at the edge of the page: the reasons for what was just rejected, what could not be saved, and the line about the last
    /// decision. The button of the line takes back the decision that it tells of; the key takes back the last one.
    pub(super) fn toast_area(self, undo: Callback<PairId>, open: Callback<PairId>) -> AnyView {
        let words = Common(self.lang);
        let dismiss = move |_| self.toast.set(None);
        let button = move |id: PairId| {
            let can_undo = Memo::new(move |_| self.undo.with(|undo| undo.iter().any(|made| made.id == id)));
            let is_last = Memo::new(move |_| self.undo.with(|undo| undo.last().is_some_and(|made| made.id == id)));
            move || {
                can_undo.get().then(|| {
                    view! {
                        <button type="button" class="link" on:click=move |_| undo.run(id)>
                            {words.undo()}
                            {move || is_last.get().then(|| view! { " " <kbd>{hint(Command::Undo)}</kbd> })}
                        </button>
                    }
                })
            }
        };
        view! {
            <div class="toast-area">
                {move || self.asks_why.get().map(|id| self.reasons(id))}
                {move || (!self.unsaved.with(Vec::is_empty)).then(|| self.unsaved_bar(open))}
                <div role="status" aria-live="polite">
                    {move || {
                        self.toast
                            .get()
                            .map(|toast| {
                                view! {
                                    <div class="toast" class:bad=toast.is_failure>
                                        <span>{toast.text}</span>
                                        {toast.undoes.map(button)}
                                        <button
                                            type="button"
                                            class="btn quiet"
                                            aria-label=words.dismiss()
                                            on:click=dismiss
                                        >
                                            "✕"
                                        </button>
                                    </div>
                                }
                            })
                    }}
                </div>
            </div>
        }
        .into_any()
    }

    /// What a pair is called that was decided here.
    fn name(self, id: PairId) -> String {
        self.made.with_untracked(|made| about(made, id).map(|decision| decision.name.clone())).unwrap_or_default()
    }

    /// Gives the reason for the pair that was rejected last; of any other one a note can be written.
    pub(super) fn reason_for_last(self, id: PairId, reason: RejectReason) {
        let is_other = reason == RejectReason::Other;
        // The reason is given at once, whether a note comes or not.
        self.writes_note.set(is_other);
        if !is_other {
            self.asks_why.set(None);
        }
        self.give_reason(id, PairStatus::Rejected.into(), &self.name(id), reason, None);
    }

    /// The reasons, each with its key.
    fn reasons(self, id: PairId) -> AnyView {
        let words = Words(self.lang);
        let buttons = RejectReason::ALL.iter().map(|reason| {
            let reason = *reason;
            let choose = move |_| {
                self.reason_for_last(id, reason);
                if reason != RejectReason::Other {
                    self.leave_note();
                }
            };
            view! {
                <button type="button" class="btn small" on:click=choose>
                    <kbd>{hint(Command::Reason(reason))}</kbd> " " {words.reason(reason)}
                </button>
            }
        });
        let note = NodeRef::<html::Input>::new();
        // Who chose to write a note wants to write it.
        Effect::new(move |_| {
            if let Some(field) = note.get() {
                let _ = field.focus();
            }
        });
        let save = move |event: SubmitEvent| {
            event.prevent_default();
            let text = note.get_untracked().map(|field| field.value()).unwrap_or_default();
            let text = Some(text).filter(|text| !text.trim().is_empty());
            if text.is_some() {
                self.give_reason(id, PairStatus::Rejected.into(), &self.name(id), RejectReason::Other, text);
            }
            self.leave_note();
        };
        let on_key = move |event: ev::KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                self.leave_note();
            }
        };
        view! {
            <div class="reasons" role="group" aria-labelledby=WHY>
                <span id=WHY>{words.why(self.name(id))}</span>
                <span class="row tight">{buttons.collect_view()}</span>
                {move || {
                    self.writes_note
                        .get()
                        .then(|| {
                            view! {
                                <form class="row tight" on:submit=save on:keydown=on_key>
                                    <input
                                        class="input"
                                        node_ref=note
                                        aria-label=words.note()
                                        placeholder=words.note()
                                        maxlength=NOTE_LENGTH.to_string()
                                        autocomplete="off"
                                    />
                                    <button class="btn small">{words.save_note()}</button>
                                </form>
                            }
                        })
                }}
            </div>
        }
        .into_any()
    }

    /// The note is written, or none is wanted: the keys mean pairs again.
    fn leave_note(self) {
        self.writes_note.set(false);
        self.asks_why.set(None);
        let text = document().get_element_by_id(super::dialog::PAIR_TEXT);
        if let Some(text) = text.and_then(|text| text.dyn_into::<HtmlElement>().ok()) {
            // Without an open pair the page has the keys anyway.
            let _ = text.focus();
        }
    }

    /// What could not be saved, with the ways on.
    fn unsaved_bar(self, open: Callback<PairId>) -> AnyView {
        let words = Words(self.lang);
        let all = self.unsaved.get();
        let why = all.last().map(|one| one.why.clone()).unwrap_or_default();
        let names = all.into_iter().map(|Unsaved { id, name, .. }| {
            view! { <button type="button" class="link" on:click=move |_| open.run(id)>{name}</button> }
        });
        let again = move |_| {
            let all = self.unsaved.try_update(std::mem::take).unwrap_or_default();
            for Unsaved { id, name, step, .. } in all {
                let loaded = self.wanted(id, step.to);
                let number = self.note_step(id, loaded);
                self.ask(id, loaded, &name, step, number);
            }
        };
        view! {
            <div class="toast bad unsaved" role="alert">
                <span>{words.failed_toast(why)}</span>
                <span class="row tight">{names.collect_view()}</span>
                <button type="button" class="link" on:click=again>{words.try_again()}</button>
                <button
                    type="button"
                    class="btn quiet"
                    aria-label=Common(self.lang).dismiss()
                    on:click=move |_| self.unsaved.set(Vec::new())
                >
                    "✕"
                </button>
            </div>
        }
        .into_any()
    }
}

fn about(made: &[Decision], id: PairId) -> Option<&Decision> {
    made.iter().find(|decision| decision.id == id)
}

/// Counts a pair that became another one, in each place outside this island where the number of such pairs stands.
fn recount(lang: Lang, from: PairStatus, to: PairStatus) {
    if from == to {
        return;
    }
    for (status, change) in [(from, -1), (to, 1)] {
        for place in [".nav", ".tabs", ".review-bar"] {
            let found = document().query_selector(&format!("{place} [data-pairs={status}]"));
            let Some(place) = found.ok().flatten() else { continue };
            let Some(count) = place.get_attribute("data-count").and_then(|count| count.parse::<i64>().ok()) else {
                continue;
            };
            let count = (count + change).max(0);
            place.set_text_content(Some(&number(lang, count)));
            // The text is what counts; without the number the next change is not shown.
            let _ = place.set_attribute("data-count", &count.to_string());
        }
    }
}
