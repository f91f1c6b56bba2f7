//! What was decided on this page: shown at once as being saved, and as decided only when the server has said so.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use replybook::types::{PairId, PairStatus};
use web_sys::MouseEvent;

use super::{
    api::{Decided, decide_pair},
    data::Stamp,
    words::Words,
};
use crate::{Failure, prefs::Lang, ui::words::Common, words::number};

/// What the list shows for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The server has not answered yet.
    Saving,
    Status(PairStatus),
}

#[derive(Debug, Clone)]
struct Decision {
    id: PairId,
    /// What the pair is called when something is said of it.
    name: String,
    /// The status when the list was loaded.
    loaded: PairStatus,
    /// The status the server last confirmed.
    confirmed: PairStatus,
    /// What the server has not answered yet.
    sent: Option<Sent>,
}

impl Decision {
    /// What the pair is once all that was asked for is saved.
    fn wanted(&self) -> PairStatus {
        self.sent.map_or(self.confirmed, |sent| sent.then.map_or(sent.to, |then| then.to))
    }
}

/// What is being saved of a pair.
#[derive(Debug, Clone, Copy)]
struct Sent {
    to: PairStatus,
    /// What was asked for since. It is sent when the answer is there; of several the last one counts.
    then: Option<Step>,
}

/// One change of a pair: a decision, or one that is taken back.
#[derive(Debug, Clone, Copy)]
struct Step {
    to: PairStatus,
    can_undo: bool,
}

/// A decision that can be taken back.
#[derive(Debug, Clone, Copy)]
struct Made {
    id: PairId,
    back_to: PairStatus,
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

/// The decisions made since the page was loaded.
#[derive(Clone, Copy)]
pub(super) struct Decisions {
    made: RwSignal<Vec<Decision>>,
    /// What can be taken back, the latest last: put here when somebody acts, not when the answer comes.
    undo: RwSignal<Vec<Made>>,
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

impl Decisions {
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            made: RwSignal::new(Vec::new()),
            undo: RwSignal::new(Vec::new()),
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

    /// What to show for a pair that was loaded with the status `loaded`.
    pub(super) fn shown(self, id: PairId, loaded: PairStatus) -> Shown {
        self.made.with(|made| match about(made, id) {
            Some(decision) if decision.sent.is_some() => Shown::Saving,
            Some(decision) => Shown::Status(decision.confirmed),
            None => Shown::Status(loaded),
        })
    }

    /// Whether something was decided here and is not as it was loaded.
    pub(super) fn is_changed(self, id: PairId) -> bool {
        self.made.with(|made| {
            about(made, id).is_some_and(|decision| decision.sent.is_some() || decision.confirmed != decision.loaded)
        })
    }

    /// Decides about a pair that was loaded with the status `loaded` and is called `name`. What is decided so already stays; for a
    /// pair that is being saved the decision follows when that is done. `false`: there was no decision to take back, and that is
    /// said; nothing goes on.
    pub(super) fn decide(self, id: PairId, loaded: PairStatus, name: &str, to: PairStatus) -> bool {
        let back_to = self.made.with_untracked(|made| about(made, id).map_or(loaded, Decision::wanted));
        if back_to != to {
            let number = self.next_number();
            self.undo.update(|undo| undo.push(Made { id, back_to, number }));
            self.ask(id, loaded, name, Step { to, can_undo: true }, number);
        } else if to == PairStatus::New {
            self.say(Words(self.lang).nothing_to_reset());
            return false;
        }
        true
    }

    fn next_number(self) -> u32 {
        let number = self.numbers.with_value(|number| number + 1);
        self.numbers.set_value(number);
        number
    }

    fn say(self, text: &str) {
        self.show(Toast { text: text.to_owned(), is_failure: false, undoes: None });
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

    /// Takes back the last decision, or the last one about the pair `of`, and says which pair that is. One that is being saved still
    /// is taken back when that is done.
    pub(super) fn undo(self, of: Option<PairId>) -> Option<PairId> {
        let last = self.undo.try_update(|undo| {
            let place = undo.iter().rposition(|made| of.is_none_or(|id| made.id == id))?;
            Some(undo.remove(place))
        });
        let Some(Made { id, back_to, .. }) = last.flatten() else {
            self.say(Words(self.lang).nothing_to_undo());
            return None;
        };
        let name = self.made.with_untracked(|made| about(made, id).map(|decision| decision.name.clone()));
        let step = Step { to: back_to, can_undo: false };
        self.ask(id, back_to, &name.unwrap_or_default(), step, self.next_number());
        Some(id)
    }

    /// Sends a change of a pair, or keeps it until the one before it is answered.
    fn ask(self, id: PairId, loaded: PairStatus, name: &str, step: Step, number: u32) {
        let from = self.made.try_update(|made| {
            if about(made, id).is_none() {
                made.push(Decision { id, name: name.to_owned(), loaded, confirmed: loaded, sent: None });
            }
            let decision = made.iter_mut().find(|decision| decision.id == id)?;
            if let Some(sent) = &mut decision.sent {
                sent.then = Some(step);
                return None;
            }
            decision.sent = Some(Sent { to: step.to, then: None });
            Some(decision.confirmed)
        });
        if let Some(from) = from.flatten() {
            spawn_local(self.save(id, name.to_owned(), from, step, number));
        }
    }

    /// Saves a change of a pair, and what was asked for meanwhile.
    async fn save(self, id: PairId, name: String, mut from: PairStatus, mut step: Step, mut number: u32) {
        loop {
            // Going back to undecided is no judgement of the texts.
            let as_of = self
                .seen
                .with_value(|seen| seen.iter().find(|(of, _)| *of == id).map(|(_, stamp)| stamp.clone()))
                .filter(|_| step.to != PairStatus::New);
            let answer = decide_pair(id, step.to, Some(from), as_of, None).await;
            let is_made = answer.as_ref().is_ok_and(|decided| decided.overtaken.is_none());
            let next = self.made.try_update(|made| {
                let decision = made.iter_mut().find(|decision| decision.id == id)?;
                if let Ok(decided) = &answer {
                    decision.confirmed = decided.status;
                    if let Some(updated_at) = &decided.updated_at {
                        self.saw(id, updated_at);
                    }
                }
                // What was asked for meanwhile was meant for a pair that had become what it did not.
                let then = decision.sent.take()?.then.filter(|then| is_made && then.to != decision.confirmed)?;
                decision.sent = Some(Sent { to: then.to, then: None });
                Some((decision.confirmed, then))
            });
            if let Ok(decided) = &answer {
                recount(self.lang, from, decided.status);
            }
            if !is_made {
                // There is nothing to take back of it, nor of what was to follow it.
                self.undo.update(|undo| undo.retain(|made| made.id != id || made.number < number));
            }
            if answer.is_err() && !step.can_undo {
                // It can be tried again.
                let number = self.next_number();
                self.undo.update(|undo| undo.push(Made { id, back_to: step.to, number }));
            }
            self.show(self.toast_of(id, &name, &answer, step.can_undo));
            let Some((confirmed, then)) = next.flatten() else { return };
            // Whatever was asked for after this change has a higher number.
            (from, step, number) = (confirmed, then, number + 1);
        }
    }

    fn toast_of(self, id: PairId, name: &str, answer: &Result<Decided, Failure>, can_undo: bool) -> Toast {
        let words = Words(self.lang);
        let failure = |text| Toast { text, is_failure: true, undoes: None };
        match answer {
            Ok(Decided { overtaken: Some(why), .. }) => failure(words.overtaken(name, why)),
            Ok(Decided { status, overtaken: None, .. }) => {
                let text = words.about_pair(words.decided(*status), name);
                Toast { text, is_failure: false, undoes: can_undo.then_some(id) }
            }
            Err(problem) => failure(words.failed_toast(problem.text(self.lang))),
        }
    }

    /// The toast of the page. Its button takes back the decision that it tells of; the key takes back the last one.
    pub(super) fn toast_area(self, undo: Callback<PairId>) -> AnyView {
        let words = Common(self.lang);
        let dismiss = move |_| self.toast.set(None);
        let button = move |id: PairId| {
            let can_undo = Memo::new(move |_| self.undo.with(|undo| undo.iter().any(|made| made.id == id)));
            let is_last = Memo::new(move |_| self.undo.with(|undo| undo.last().is_some_and(|made| made.id == id)));
            move || {
                can_undo.get().then(|| {
                    view! {
                        <button type="button" class="link" on:click=move |_| undo.run(id)>
                            {words.undo()} {move || is_last.get().then(|| view! { " " <kbd>"z"</kbd> })}
                        </button>
                    }
                })
            }
        };
        view! {
            <div class="toast-area" role="status" aria-live="polite">
                {move || {
                    self.toast
                        .get()
                        .map(|toast| {
                            view! {
                                <div class="toast" class:bad=toast.is_failure>
                                    <span>{toast.text}</span>
                                    {toast.undoes.map(button)}
                                    <button type="button" class="btn quiet" aria-label=words.dismiss() on:click=dismiss>
                                        "✕"
                                    </button>
                                </div>
                            }
                        })
                }}
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
