//! Changes on record that are more than one word: written and read here, so that a page can say them in its reader's language.

use std::fmt;

use super::{AuditAction, ExportFormat, PairStatus};

/// A change with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditChange {
    /// So many removed spans are back in the texts of a pair.
    SpansPutBack(i64),
    /// So many pairs of a group have this status now; of those rejected, `kept_one` was approved instead.
    GroupDecided { status: PairStatus, count: i64, kept_one: bool },
    /// So many pairs were exported, all of them or those that a search found.
    Exported { format: ExportFormat, count: i64, text: Option<String> },
    /// What making the pairs anew did.
    Rebuilt { created: i64, updated: i64, removed: i64, flagged: i64 },
    /// What was deleted with an account.
    Deleted { messages: i64, pairs: i64 },
}

impl fmt::Display for AuditChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SpansPutBack(count) => write!(f, "{count} spans put back"),
            Self::GroupDecided { status, count, kept_one } => {
                write!(f, "{status}: {count}{}", if *kept_one { BUT_ONE } else { "" })
            }
            Self::Exported { format, count, text: None } => write!(f, "{format}: {count}"),
            Self::Exported { format, count, text: Some(text) } => write!(f, "{format}: {count}{FOUND_BY}{text}”"),
            Self::Rebuilt { created, updated, removed, flagged } => {
                write!(f, "{created} new, {updated} changed, {removed} removed, {flagged} flagged")
            }
            Self::Deleted { messages, pairs } => write!(f, "{messages} messages, {pairs} pairs"),
        }
    }
}

const BUT_ONE: &str = ", one of them approved";
const FOUND_BY: &str = ", found by “";

impl AuditChange {
    /// The change that was put on record of such an act as this. `None` for one that is a single word, a name or an address.
    #[must_use]
    pub fn read(action: AuditAction, recorded: &str) -> Option<Self> {
        match action {
            AuditAction::PairEdited => {
                Some(Self::SpansPutBack(recorded.strip_suffix(" spans put back")?.parse().ok()?))
            }
            AuditAction::PairGroupDecided => {
                let (status, rest) = recorded.split_once(": ")?;
                let (count, kept_one) = rest.strip_suffix(BUT_ONE).map_or((rest, false), |count| (count, true));
                Some(Self::GroupDecided { status: status.parse().ok()?, count: count.parse().ok()?, kept_one })
            }
            AuditAction::AnswersExported => {
                let (format, rest) = recorded.split_once(": ")?;
                let (count, text) = match rest.split_once(FOUND_BY) {
                    Some((count, text)) => (count, Some(text.strip_suffix('”')?.to_owned())),
                    None => (rest, None),
                };
                Some(Self::Exported { format: format.parse().ok()?, count: count.parse().ok()?, text })
            }
            AuditAction::PairsRebuilt => {
                let [created, updated, removed, flagged] =
                    numbers(recorded, [" new", " changed", " removed", " flagged"])?;
                Some(Self::Rebuilt { created, updated, removed, flagged })
            }
            AuditAction::AccountDeleted => {
                let [messages, pairs] = numbers(recorded, [" messages", " pairs"])?;
                Some(Self::Deleted { messages, pairs })
            }
            _ => None,
        }
    }
}

/// The numbers before these words, in this order.
fn numbers<const N: usize>(recorded: &str, words: [&str; N]) -> Option<[i64; N]> {
    let parts: Vec<&str> = recorded.split(", ").collect();
    let parts: [&str; N] = parts.try_into().ok()?;
    let mut numbers = [0; N];
    for ((number, part), word) in numbers.iter_mut().zip(parts).zip(words) {
        *number = part.strip_suffix(word)?.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_read_again() {
        let changes = [
            (AuditAction::PairEdited, AuditChange::SpansPutBack(2)),
            (
                AuditAction::PairGroupDecided,
                AuditChange::GroupDecided { status: PairStatus::Approved, count: 12, kept_one: false },
            ),
            (
                AuditAction::PairGroupDecided,
                AuditChange::GroupDecided { status: PairStatus::Rejected, count: 232, kept_one: true },
            ),
            (AuditAction::AnswersExported, AuditChange::Exported { format: ExportFormat::Csv, count: 7, text: None }),
            (
                AuditAction::AnswersExported,
                AuditChange::Exported {
                    format: ExportFormat::Jsonl,
                    count: 1,
                    text: Some("a: “b”, found by “c”".to_owned()),
                },
            ),
            (AuditAction::PairsRebuilt, AuditChange::Rebuilt { created: 1, updated: 2, removed: 3, flagged: 4 }),
            (AuditAction::AccountDeleted, AuditChange::Deleted { messages: 205, pairs: 0 }),
        ];
        for (action, change) in changes {
            assert_eq!(AuditChange::read(action, &change.to_string()), Some(change));
        }
    }

    #[test]
    fn what_is_no_such_change_is_left_as_it_stands() {
        for (action, recorded) in [
            (AuditAction::PairEdited, "edited"),
            (AuditAction::PairGroupDecided, "approved"),
            (AuditAction::AnswersExported, "xml: 3"),
            (AuditAction::PairsRebuilt, "1 new, 2 changed"),
            (AuditAction::AccountDeleted, "205 messages"),
            (AuditAction::AiSettingsSaved, "3 messages, 4 pairs"),
        ] {
            assert_eq!(AuditChange::read(action, recorded), None, "{recorded}");
        }
    }
}
