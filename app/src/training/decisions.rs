//! What was decided on this page: shown at once as being saved, and as decided only when the server has said so.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use replybook::types::{PairCounts, PairId, PairStatus};

use super::api::decide_pair;
use crate::{
    boot::use_texts,
    error::Failure,
    i18n::{Texts, fill},
    ui::shell::{Standings, use_standings},
};

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

/// The decisions made since the list was loaded.
#[derive(Clone, Copy)]
pub(super) struct Decisions {
    made: RwSignal<HashMap<PairId, Decision>>,
    /// What to go back to, the latest last.
    undo: StoredValue<Vec<(PairId, PairStatus)>>,
    pub toast: RwSignal<Option<Toast>>,
    standings: Standings,
    texts: &'static Texts,
}

impl Decisions {
    pub(super) fn new() -> Self {
        Self {
            made: RwSignal::new(HashMap::new()),
            undo: StoredValue::new(Vec::new()),
            toast: RwSignal::new(None),
            standings: use_standings(),
            texts: use_texts(),
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

    /// Forgets what was shown here: the list was loaded anew.
    pub(super) fn forget(self) {
        self.made.set(HashMap::new());
    }

    /// Decides about a pair that was loaded with the status `loaded`.
    pub(super) fn decide(self, id: PairId, loaded: PairStatus, to: PairStatus) {
        let from = match self.made.with_untracked(|made| made.get(&id).copied()) {
            Some(decision) if decision.saving => return,
            Some(decision) => decision.confirmed,
            None => loaded,
        };
        if from != to {
            self.send(id, from, to, true);
        }
    }

    /// Takes back the last decision.
    pub(super) fn undo(self) {
        match self.undo.try_update_value(Vec::pop).flatten() {
            Some((id, back_to)) => {
                let now = self.made.with_untracked(|made| made.get(&id).map(|decision| decision.confirmed));
                self.send(id, now.unwrap_or(back_to), back_to, false);
            }
            None => self.toast.set(Some(Toast {
                text: self.texts.training.nothing_to_undo.to_owned(),
                is_failure: false,
                offers_undo: false,
            })),
        }
    }

    fn send(self, id: PairId, from: PairStatus, to: PairStatus, can_undo: bool) {
        self.made.update(|made| {
            let decision = made.entry(id).or_insert(Decision { loaded: from, confirmed: from, saving: false });
            decision.saving = true;
        });
        spawn_local(async move {
            let answer = decide_pair(id, to, None).await;
            // The page may be gone by now; then there is nobody left to tell.
            self.made.try_update(|made| {
                if let Some(decision) = made.get_mut(&id) {
                    decision.saving = false;
                    if let Ok(status) = answer {
                        decision.confirmed = status;
                    }
                }
            });
            if answer.is_ok() && can_undo {
                self.undo.try_update_value(|undo| undo.push((id, from)));
            }
            self.toast.try_set(Some(self.toast_of(&answer, can_undo)));
            if answer.is_ok() {
                self.standings.refresh();
            }
        });
    }

    fn toast_of(self, answer: &Result<PairStatus, Failure>, can_undo: bool) -> Toast {
        let words = &self.texts.training;
        match answer {
            Ok(status) => Toast {
                text: match status {
                    PairStatus::New => words.reset_toast,
                    PairStatus::Approved => words.approved_toast,
                    PairStatus::Rejected => words.rejected_toast,
                }
                .to_owned(),
                is_failure: false,
                offers_undo: can_undo,
            },
            Err(failure) => Toast {
                text: fill(words.failed_toast, &[&failure.text(self.texts)]),
                is_failure: true,
                offers_undo: false,
            },
        }
    }
}

fn count_of(counts: &mut PairCounts, status: PairStatus) -> &mut i64 {
    match status {
        PairStatus::New => &mut counts.new,
        PairStatus::Approved => &mut counts.approved,
        PairStatus::Rejected => &mut counts.rejected,
    }
}

/// The toast of the page.
#[component]
pub(super) fn ToastArea(decisions: Decisions) -> impl IntoView {
    let texts = use_texts();
    view! {
        <div class="toast-area" role="status" aria-live="polite">
            {move || {
                decisions
                    .toast
                    .get()
                    .map(|toast| {
                        view! {
                            <div class="toast" class:bad=toast.is_failure>
                                <span>{toast.text}</span>
                                {toast
                                    .offers_undo
                                    .then(|| {
                                        view! {
                                            <button type="button" class="link" on:click=move |_| decisions.undo()>
                                                {texts.common.undo} " " <kbd>"z"</kbd>
                                            </button>
                                        }
                                    })}
                                <button
                                    type="button"
                                    class="btn quiet"
                                    aria-label=texts.common.dismiss
                                    on:click=move |_| decisions.toast.set(None)
                                >
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
