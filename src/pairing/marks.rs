//! What a person says about where messages belong, as far as it holds for what the thread has now.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::eligibility::{Judged, Role};
use super::{Placed, SkipReason, ThreadMessage};
use crate::{mail::Direction, types::TurnMark};

/// The turns that a person made.
#[derive(Debug, Default)]
pub(super) struct Marked {
    /// The client's messages of each, in order of time.
    pub turns: Vec<Vec<usize>>,
    /// By position, which of them a message is in.
    turn_of: HashMap<usize, usize>,
}

impl Marked {
    /// The turn that a person put the message in.
    pub(super) fn turn_of(&self, at: usize) -> Option<usize> {
        self.turn_of.get(&at).copied()
    }
}

/// Reads the marks of messages in order of time. What is left out plays no part from here on.
pub(super) fn read(messages: &[&ThreadMessage<'_>], judged: &mut [Judged]) -> (Vec<Placed>, Marked) {
    let mut marks: Vec<Option<TurnMark>> = messages.iter().map(|message| message.mark).collect();
    // Which copy of a mail is looked at may change when one comes from another mailbox: what was said of one holds for the other.
    for (at, one) in judged.iter().enumerate() {
        if let Some(original) = one.copy_of {
            marks[original] = marks[original].or(marks[at]);
        }
    }
    let side = |one: &Judged| match one.role {
        Role::Client if one.empty.is_none() => Some(Direction::Incoming),
        Role::Reply if one.empty.is_none() => Some(Direction::Outgoing),
        _ => None,
    };
    let placed: Vec<Placed> = messages
        .iter()
        .zip(&*judged)
        .zip(&marks)
        .map(|((message, one), mark)| Placed {
            id: message.id,
            copy_of: one.copy_of.map(|original| messages[original].id),
            by: match one.role {
                Role::Client => Some(Direction::Incoming),
                Role::Reply => Some(Direction::Outgoing),
                Role::Skipped(_) => None,
            },
            side: side(one),
            mark: mark.filter(|_| one.copy_of.is_none()),
        })
        .collect();
    let mut turns: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
    for (at, place) in placed.iter().enumerate() {
        match place.mark {
            Some(TurnMark::LeftOut) if place.side.is_some() => judged[at].role = Role::Skipped(SkipReason::LeftOut),
            Some(TurnMark::In(turn)) if place.side.is_some() => turns.entry(turn).or_default().push(at),
            _ => {}
        }
    }
    let mut marked = Marked::default();
    for messages in turns.into_values() {
        let has = |side: Direction| messages.iter().any(|at| placed[*at].side == Some(side));
        if !has(Direction::Incoming) || !has(Direction::Outgoing) {
            continue;
        }
        let turn = marked.turns.len();
        marked.turn_of.extend(messages.iter().map(|at| (*at, turn)));
        marked.turns.push(messages.into_iter().filter(|at| placed[*at].side == Some(Direction::Incoming)).collect());
    }
    (placed, marked)
}
