//! What was decided on this page: shown at once as being saved, and as decided only when the server has said so.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use replybook::types::{PairCounts, PairId, PairStatus};

use super::{api::decide_pair, words::Words};
use crate::{Failure, prefs::Lang, ui::words::Common, words::Voice};

/// What the list shows for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The server has not answered yet.
    Saving,
    Status(PairStatus),
}

#[derive(Debug, Clone, Copy)]
struct Decision {
    /// The status when the list was loaded.
    loaded: PairStatus,
    /// The status the server last confirmed.
    confirmed: PairStatus,
    saving: bool,
}

/// A line at the edge of the page about the last decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Toast {
    pub text: String,
    pub is_failure: bool,
    pub offers_undo: bool,
}

/// The decisions made since the page was loaded.
#[derive(Clone, Copy)]
pub(super) struct Decisions {
    made: RwSignal<HashMap<PairId, Decision>>,
    /// What to go back to, the latest last: put here when somebody acts, not when the answer comes.
    undo: StoredValue<Vec<(PairId, PairStatus)>>,
    toast: RwSignal<Option<Toast>>,
    lang: Lang,
}

impl Decisions {
    pub(super) fn new(lang: Lang) -> Self {
        Self {
            made: RwSignal::new(HashMap::new()),
            undo: StoredValue::new(Vec::new()),
            toast: RwSignal::new(None),
            lang,
        }
    }

    /// What to show for a pair that was loaded with the status `loaded`.
    pub(super) fn shown(self, id: PairId, loaded: PairStatus) -> Shown {
        self.made.with(|made| match made.get(&id) {
            Some(decision) if decision.saving => Shown::Saving,
            Some(decision) => Shown::Status(decision.confirmed),
            None => Shown::Status(loaded),
        })
    }

    /// Whether something was decided here and is not as it was loaded.
    pub(super) fn is_changed(self, id: PairId) -> bool {
        self.made
            .with(|made| made.get(&id).is_some_and(|decision| decision.saving || decision.confirmed != decision.loaded))
    }

    /// The counts of the list with what was decided since.
    pub(super) fn adjusted(self, mut counts: PairCounts) -> PairCounts {
        self.made.with(|made| {
            for decision in made.values() {
                *count_of(&mut counts, decision.loaded) -= 1;
                *count_of(&mut counts, decision.confirmed) += 1;
            }
        });
        counts
    }

    /// Decides about a pair that was loaded with the status `loaded`. What is decided so already, or is being saved, stays.
    /// `false`: there was no decision to take back, and that is said; nothing goes on.
    pub(super) fn decide(self, id: PairId, loaded: PairStatus, to: PairStatus) -> bool {
        let from = match self.made.with_untracked(|made| made.get(&id).copied()) {
            Some(decision) if decision.saving => return true,
            Some(decision) => decision.confirmed,
            None => loaded,
        };
        if from != to {
            self.undo.update_value(|undo| undo.push((id, from)));
            self.send(id, from, to, true);
        } else if to == PairStatus::New {
            self.say(Words(self.lang).nothing_to_reset());
            return false;
        }
        true
    }

    fn say(self, text: &str) {
        self.toast.set(Some(Toast { text: text.to_owned(), is_failure: false, offers_undo: false }));
    }

    /// Takes back the last decision.
    pub(super) fn undo(self) {
        let last = self.undo.with_value(|undo| undo.last().copied());
        match last {
            // Its own answer comes first.
            Some((id, _)) if self.shown(id, PairStatus::New) == Shown::Saving => {}
            Some((id, back_to)) => {
                self.undo.update_value(|undo| {
                    undo.pop();
                });
                let now = self.made.with_untracked(|made| made.get(&id).map(|decision| decision.confirmed));
                self.send(id, now.unwrap_or(back_to), back_to, false);
            }
            None => self.say(Words(self.lang).nothing_to_undo()),
        }
    }

    fn send(self, id: PairId, from: PairStatus, to: PairStatus, can_undo: bool) {
        self.made.update(|made| {
            let decision = made.entry(id).or_insert(Decision { loaded: from, confirmed: from, saving: false });
            decision.saving = true;
        });
        spawn_local(async move {
            let answer = decide_pair(id, to, None).await;
            self.made.update(|made| {
                if let Some(decision) = made.get_mut(&id) {
                    decision.saving = false;
                    if let Ok(status) = answer {
                        decision.confirmed = status;
                    }
                }
            });
            match &answer {
                Ok(status) => count_in_navigation(self.lang, from, *status),
                // It was not made, so there is nothing to take back.
                Err(_) if can_undo => self.undo.update_value(|undo| {
                    if let Some(place) = undo.iter().rposition(|entry| *entry == (id, from)) {
                        undo.remove(place);
                    }
                }),
                Err(_) => self.undo.update_value(|undo| undo.push((id, to))),
            }
            self.toast.set(Some(self.toast_of(&answer, can_undo)));
        });
    }

    fn toast_of(self, answer: &Result<PairStatus, Failure>, can_undo: bool) -> Toast {
        let words = Words(self.lang);
        match answer {
            Ok(status) => Toast { text: words.decided(*status).to_owned(), is_failure: false, offers_undo: can_undo },
            Err(failure) => {
                Toast { text: words.failed_toast(failure.text(self.lang)), is_failure: true, offers_undo: false }
            }
        }
    }

    /// The toast of the page.
    pub(super) fn toast_area(self) -> AnyView {
        let words = Common(self.lang);
        let dismiss = move |_| self.toast.set(None);
        view! {
            <div class="toast-area" role="status" aria-live="polite">
                {move || {
                    self.toast
                        .get()
                        .map(|toast| {
                            view! {
                                <div class="toast" class:bad=toast.is_failure>
                                    <span>{toast.text}</span>
                                    {toast
                                        .offers_undo
                                        .then(|| {
                                            view! {
                                                <button type="button" class="link" on:click=move |_| self.undo()>
                                                    {words.undo()} " " <kbd>"z"</kbd>
                                                </button>
                                            }
                                        })}
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

fn count_of(counts: &mut PairCounts, status: PairStatus) -> &mut i64 {
    match status {
        PairStatus::New => &mut counts.new,
        PairStatus::Approved => &mut counts.approved,
        PairStatus::Rejected => &mut counts.rejected,
    }
}

/// The number of undecided pairs beside the navigation, which stands outside this island.
fn count_in_navigation(lang: Lang, from: PairStatus, to: PairStatus) {
    let change = i64::from(to == PairStatus::New) - i64::from(from == PairStatus::New);
    let selector = format!(".nav a[href='{}'] .count", crate::paths::TRAINING);
    let Ok(Some(badge)) = document().query_selector(&selector) else { return };
    let Some(count) = badge.get_attribute("data-count").and_then(|count| count.parse::<i64>().ok()) else { return };
    let count = (count + change).max(0);
    let voice = Voice { lang, now: chrono::DateTime::UNIX_EPOCH };
    badge.set_text_content(Some(if count > 0 { voice.number(count) } else { String::new() }.as_str()));
    // The text is what counts; without the number the next change is not shown.
    let _ = badge.set_attribute("data-count", &count.to_string());
}
