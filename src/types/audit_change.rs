//! Changes on record that are more than one word: written and read here, so that a page can say them in its reader's language.

use std::fmt;

use super::{AuditAction, ExportFormat, PairStatus, RejectReason, TagColour, TurnAct, text_enum::text_enum};

/// A change with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditChange {
    /// So many removed spans are back in the texts of a pair.
    SpansPutBack(i64),
    /// Which texts of a pair somebody wrote anew; with `undone` they are what they were before.
    TextsEdited { client: bool, reply: bool, undone: bool },
    /// What was done with so many messages of a conversation; with `undone` they are where they were before.
    Regrouped { act: TurnAct, messages: i64, undone: bool },
    /// A pair was rejected for this reason.
    RejectedAs(RejectReason),
    /// So many pairs of a group have this status now; of those rejected, `kept_one` was approved instead.
    GroupDecided { status: PairStatus, count: i64, kept_one: bool, reason: Option<RejectReason> },
    /// What a decision about all pairs that a search finds has done: so many decided, left because of changes, and so already.
    BulkEnded { status: PairStatus, decided: i64, skipped: i64, unchanged: i64 },
    /// So many pairs were marked, or are to be.
    Marked { mark: AuditMark, count: i64 },
    /// What marking all pairs that a search finds has done, as [`AuditChange::BulkEnded`].
    BulkMarked { mark: AuditMark, done: i64, skipped: i64, unchanged: i64 },
    /// So many pairs are what they were before it, and so many were left.
    BulkUndone { undone: i64, stayed: i64 },
    /// So many pairs were exported, all of them or those that a search found.
    Exported { format: ExportFormat, count: i64, text: Option<String> },
    /// What making the pairs anew did.
    Rebuilt { created: i64, updated: i64, removed: i64, flagged: i64 },
    /// What was deleted with an account.
    Deleted { messages: i64, pairs: i64 },
    /// Which addresses became ours in a mailbox, and which are no longer.
    OwnAddresses { added: Vec<String>, removed: Vec<String> },
    /// A setting of an AI provider that is on or off.
    AiSwitch { setting: AiSwitch, on: bool },
    /// One that is a text, or nothing.
    AiText { setting: AiText, value: Option<String> },
    /// What an AI provider may cost in a month, in millionths of a dollar. `None`: no limit.
    AiBudget(Option<i64>),
    /// So many pairs were given to these people, evenly; to nobody where there are none.
    Assigned { pairs: i64, to: Vec<String> },
    /// How a tag of the team is, and on how many pairs it was when it was deleted.
    Tag { name: String, colour: TagColour, key: Option<String>, retired: bool, pairs: Option<i64>, description: String },
    /// What a million tokens of a model cost, in millionths of a dollar. `None`: not known.
    AiPrice { model: String, input: Option<i64>, output: Option<i64> },
}

/// What is done with many pairs that decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditMark {
    /// A tag of this name is put on them.
    Tag(String),
    /// It is taken off.
    Untag(String),
    /// They are given to whoever has this address; to nobody where there is none.
    Assign(Option<String>),
}

impl fmt::Display for AuditMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(name) => write!(f, "{TAG}{name}"),
            Self::Untag(name) => write!(f, "{UNTAG}{name}"),
            Self::Assign(Some(who)) => write!(f, "{ASSIGN}{who}"),
            Self::Assign(None) => f.write_str(ASSIGN_NOBODY),
        }
    }
}

impl AuditMark {
    /// What was recorded as a mark.
    fn read(recorded: &str) -> Option<Self> {
        let named = |prefix| recorded.strip_prefix(prefix).map(ToOwned::to_owned);
        if recorded == ASSIGN_NOBODY {
            return Some(Self::Assign(None));
        }
        let tag = named(TAG).map(Self::Tag);
        tag.or_else(|| named(UNTAG).map(Self::Untag)).or_else(|| named(ASSIGN).map(|who| Self::Assign(Some(who))))
    }
}

text_enum! {
    /// A setting of an AI provider that is on or off.
    AiSwitch("AI setting") {
        AllowLocal = "allow_local",
        Drafts = "drafts",
        Embeddings = "embeddings",
    }
}

text_enum! {
    /// A setting of an AI provider that is a text. The model for drafts stands on record by its name alone.
    AiText("AI setting") {
        BaseUrl = "base_url",
        ModelEmbeddings = "model_embeddings",
    }
}

/// Money as it stands on record.
fn dollars(micros: Option<i64>) -> String {
    micros.map_or_else(|| NOTHING.to_owned(), |micros| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
}

/// What [`dollars`] wrote. `None` for what it did not.
fn micros(recorded: &str) -> Option<Option<i64>> {
    if recorded == NOTHING {
        return Some(None);
    }
    let (whole, part) = recorded.split_once('.').filter(|(_, part)| part.len() == 6)?;
    let (whole, part): (i64, i64) = (whole.parse().ok()?, part.parse().ok()?);
    Some(Some(whole.checked_mul(1_000_000)?.checked_add(part)?))
}

impl fmt::Display for AuditChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SpansPutBack(count) => write!(f, "{count} spans put back"),
            Self::TextsEdited { client, reply, undone } => {
                let sides = [(*client, CLIENT_TEXT), (*reply, REPLY_TEXT)];
                let sides: Vec<&str> = sides.iter().filter(|(is_it, _)| *is_it).map(|(_, word)| *word).collect();
                write!(f, "{}{}", sides.join(", "), if *undone { UNDONE } else { "" })
            }
            Self::RejectedAs(reason) => write!(f, "{REJECTED}{reason}"),
            Self::GroupDecided { status, count, kept_one, reason } => {
                write!(f, "{status}: {count}{}", if *kept_one { BUT_ONE } else { "" })?;
                reason.map_or(Ok(()), |reason| write!(f, "{BECAUSE}{reason}"))
            }
            Self::BulkEnded { status, decided, skipped, unchanged } => {
                write!(f, "{status}: {decided} decided, {skipped} left, {unchanged} unchanged")
            }
            Self::Marked { mark, count } => write!(f, "{mark}: {count}"),
            Self::BulkMarked { mark, done, skipped, unchanged } => {
                write!(f, "{mark}: {done} done, {skipped} left, {unchanged} unchanged")
            }
            Self::Regrouped { act, messages, undone } => {
                write!(f, "{act}: {messages}{}", if *undone { UNDONE } else { "" })
            }
            Self::BulkUndone { undone, stayed } => write!(f, "{undone}{TAKEN_BACK}, {stayed} left"),
            Self::Exported { format, count, text: None } => write!(f, "{format}: {count}"),
            Self::Exported { format, count, text: Some(text) } => write!(f, "{format}: {count}{FOUND_BY}{text}”"),
            Self::Rebuilt { created, updated, removed, flagged } => {
                write!(f, "{created} new, {updated} changed, {removed} removed, {flagged} flagged")
            }
            Self::Deleted { messages, pairs } => write!(f, "{messages} messages, {pairs} pairs"),
            Self::OwnAddresses { added, removed } => {
                let parts = [(ADDED, added), (REMOVED, removed)];
                let parts = parts.iter().filter(|(_, addresses)| !addresses.is_empty());
                let parts: Vec<String> =
                    parts.map(|(word, addresses)| format!("{word}{}", addresses.join(", "))).collect();
                f.write_str(&parts.join("; "))
            }
            Self::AiSwitch { setting, on } => write!(f, "{setting}: {on}"),
            Self::AiText { setting, value } => write!(f, "{setting}: {}", value.as_deref().unwrap_or(NOTHING)),
            Self::AiBudget(most) => write!(f, "{BUDGET}: {}", dollars(*most)),
            Self::Assigned { pairs, to } if to.is_empty() => write!(f, "{pairs}{TO}{NOBODY}"),
            Self::Assigned { pairs, to } => write!(f, "{pairs}{TO}{}", to.join(", ")),
            Self::Tag { name, colour, key, retired, pairs, description } => {
                write!(f, "{name} [{colour}")?;
                key.as_ref().map_or(Ok(()), |key| write!(f, "{KEY}{key}"))?;
                pairs.map_or(Ok(()), |pairs| write!(f, "{ON_PAIRS}{pairs}"))?;
                write!(f, "{}]{description}", if *retired { RETIRED } else { "" })
            }
            Self::AiPrice { model, input, output } => {
                write!(f, "{PRICE}{model}: {} / {}", dollars(*input), dollars(*output))
            }
        }
    }
}

const CLIENT_TEXT: &str = "client_text";
const REPLY_TEXT: &str = "our_reply_text";
const UNDONE: &str = " taken back";
const REJECTED: &str = "rejected: ";
const BECAUSE: &str = ", because ";
const BUT_ONE: &str = ", one of them approved";
const FOUND_BY: &str = ", found by “";
const ADDED: &str = "added ";
const REMOVED: &str = "removed ";
const BUDGET: &str = "monthly_budget";
const PRICE: &str = "price of ";
const TAKEN_BACK: &str = " taken back";
const TO: &str = " pairs to ";
const NOBODY: &str = "nobody";
const KEY: &str = ", key ";
const ON_PAIRS: &str = ", pairs ";
const RETIRED: &str = ", retired";
const TAG: &str = "tag ";
const UNTAG: &str = "untag ";
const ASSIGN: &str = "assign to ";
const ASSIGN_NOBODY: &str = "assign";
/// Stands for what is not set.
const NOTHING: &str = "-";

impl AuditChange {
    /// The change that was put on record of such an act as this. `None` for one that is a single word, a name or an address.
    #[must_use]
    pub fn read(action: AuditAction, recorded: &str) -> Option<Self> {
        match action {
            AuditAction::PairDecided => Some(Self::RejectedAs(recorded.strip_prefix(REJECTED)?.parse().ok()?)),
            AuditAction::PairEdited => {
                if let Some(count) = recorded.strip_suffix(" spans put back") {
                    return Some(Self::SpansPutBack(count.parse().ok()?));
                }
                let (sides, undone) = recorded.strip_suffix(UNDONE).map_or((recorded, false), |sides| (sides, true));
                let sides: Vec<&str> = sides.split(", ").collect();
                let has = |word| sides.contains(&word);
                let (client, reply) = (has(CLIENT_TEXT), has(REPLY_TEXT));
                (client || reply).then_some(Self::TextsEdited { client, reply, undone })
            }
            AuditAction::PairRegrouped => {
                let (act, rest) = recorded.split_once(": ")?;
                let (messages, undone) = rest.strip_suffix(UNDONE).map_or((rest, false), |messages| (messages, true));
                Some(Self::Regrouped { act: act.parse().ok()?, messages: messages.parse().ok()?, undone })
            }
            AuditAction::BulkEnded | AuditAction::BulkCancelled | AuditAction::BulkFailed => {
                // A tag may have a colon in its name.
                if let Some((Some(mark), rest)) =
                    recorded.rsplit_once(": ").map(|(mark, rest)| (AuditMark::read(mark), rest))
                {
                    let [done, skipped, unchanged] = numbers(rest, [" done", " left", " unchanged"])?;
                    return Some(Self::BulkMarked { mark, done, skipped, unchanged });
                }
                let (status, rest) = recorded.split_once(": ")?;
                let [decided, skipped, unchanged] = numbers(rest, [" decided", " left", " unchanged"])?;
                Some(Self::BulkEnded { status: status.parse().ok()?, decided, skipped, unchanged })
            }
            AuditAction::BulkUndone => Self::taken_back(recorded),
            AuditAction::PairsDecided if recorded.contains(TAKEN_BACK) => Self::taken_back(recorded),
            AuditAction::PairsTagged => Self::taken_back(recorded).or_else(|| Self::marked(recorded)),
            AuditAction::BulkAsked if Self::marked(recorded).is_some() => Self::marked(recorded),
            AuditAction::PairGroupDecided | AuditAction::PairsDecided | AuditAction::BulkAsked => {
                let (status, rest) = recorded.split_once(": ")?;
                let (rest, reason) = match rest.split_once(BECAUSE) {
                    Some((rest, reason)) => (rest, Some(reason.parse().ok()?)),
                    None => (rest, None),
                };
                let (count, kept_one) = rest.strip_suffix(BUT_ONE).map_or((rest, false), |count| (count, true));
                Some(Self::GroupDecided { status: status.parse().ok()?, count: count.parse().ok()?, kept_one, reason })
            }
            AuditAction::AnswersExported => {
                let (format, rest) = recorded.split_once(": ")?;
                let (count, text) = match rest.split_once(FOUND_BY) {
                    Some((count, text)) => (count, Some(text.strip_suffix('”')?.to_owned())),
                    None => (rest, None),
                };
                Some(Self::Exported { format: format.parse().ok()?, count: count.parse().ok()?, text })
            }
            AuditAction::PairsAssigned => {
                if let Some(taken_back) = Self::taken_back(recorded) {
                    return Some(taken_back);
                }
                let (pairs, to) = recorded.split_once(TO)?;
                let to = to.split(", ").filter(|to| *to != NOBODY).map(ToOwned::to_owned).collect();
                Some(Self::Assigned { pairs: pairs.parse().ok()?, to })
            }
            AuditAction::ReviewTagCreated | AuditAction::ReviewTagChanged | AuditAction::ReviewTagDeleted => {
                tag(recorded)
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
            AuditAction::OwnAddressesSet => {
                let (mut added, mut removed) = (Vec::new(), Vec::new());
                for part in recorded.split("; ") {
                    let (into, addresses) = match part.strip_prefix(ADDED) {
                        Some(addresses) => (&mut added, addresses),
                        None => (&mut removed, part.strip_prefix(REMOVED)?),
                    };
                    into.extend(addresses.split(", ").map(ToOwned::to_owned));
                }
                Some(Self::OwnAddresses { added, removed })
            }
            AuditAction::AiSettingsSaved => {
                // The name of a model has no space in it.
                let (what, value) = recorded.split_once(": ")?;
                if let Some(model) = what.strip_prefix(PRICE) {
                    let (input, output) = value.split_once(" / ")?;
                    let (input, output) = (micros(input)?, micros(output)?);
                    return Some(Self::AiPrice { model: model.to_owned(), input, output });
                }
                if what == BUDGET {
                    return Some(Self::AiBudget(micros(value)?));
                }
                if let Ok(setting) = what.parse() {
                    return Some(Self::AiSwitch { setting, on: value.parse().ok()? });
                }
                let value = (value != NOTHING).then(|| value.to_owned());
                Some(Self::AiText { setting: what.parse().ok()?, value })
            }
            _ => None,
        }
    }
}

impl AuditChange {
    fn marked(recorded: &str) -> Option<Self> {
        let (mark, count) = recorded.rsplit_once(": ")?;
        Some(Self::Marked { mark: AuditMark::read(mark)?, count: count.parse().ok()? })
    }

    fn taken_back(recorded: &str) -> Option<Self> {
        let [undone, stayed] = numbers(recorded, [TAKEN_BACK, " left"])?;
        Some(Self::BulkUndone { undone, stayed })
    }
}

/// How a tag stands on record. Names and descriptions can have brackets too: the first that hold a colour count.
fn tag(recorded: &str) -> Option<AuditChange> {
    recorded.match_indices(" [").find_map(|(at, sign)| {
        let (name, rest) = (&recorded[..at], &recorded[at + sign.len()..]);
        let (facts, description) = rest.split_once(']')?;
        let mut facts = facts.split(", ");
        let colour = facts.next()?.parse().ok()?;
        let (mut key, mut pairs, mut retired) = (None, None, false);
        for fact in facts {
            match fact.split_once(' ') {
                Some(("key", known)) => key = Some(known.to_owned()),
                Some(("pairs", known)) => pairs = Some(known.parse().ok()?),
                None if fact == "retired" => retired = true,
                _ => return None,
            }
        }
        let (name, description) = (name.to_owned(), description.to_owned());
        Some(AuditChange::Tag { name, colour, key, retired, pairs, description })
    })
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

    fn addresses(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("removed{number}@x.example")).collect()
    }

    #[test]
    fn what_is_recorded_is_read_again() {
        let changes = [
            (AuditAction::PairEdited, AuditChange::SpansPutBack(2)),
            (
                AuditAction::BulkEnded,
                AuditChange::BulkEnded { status: PairStatus::New, decided: 4000, skipped: 2, unchanged: 1 },
            ),
            (AuditAction::BulkUndone, AuditChange::BulkUndone { undone: 3999, stayed: 1 }),
            (AuditAction::PairsTagged, AuditChange::BulkUndone { undone: 2, stayed: 1 }),
            (AuditAction::PairsAssigned, AuditChange::BulkUndone { undone: 2, stayed: 0 }),
            (AuditAction::PairsTagged, AuditChange::Marked { mark: AuditMark::Tag("a: 3".to_owned()), count: 2 }),
            (AuditAction::BulkAsked, AuditChange::Marked { mark: AuditMark::Untag("b: c".to_owned()), count: 2 }),
            (
                AuditAction::BulkEnded,
                AuditChange::BulkMarked { mark: AuditMark::Assign(None), done: 4, skipped: 1, unchanged: 2 },
            ),
            (
                AuditAction::BulkCancelled,
                AuditChange::BulkMarked {
                    mark: AuditMark::Assign(Some("ann@x.example".to_owned())),
                    done: 4,
                    skipped: 1,
                    unchanged: 2,
                },
            ),
            (
                AuditAction::PairGroupDecided,
                AuditChange::GroupDecided { status: PairStatus::Approved, count: 12, kept_one: false, reason: None },
            ),
            (AuditAction::PairRegrouped, AuditChange::Regrouped { act: TurnAct::OwnPair, messages: 2, undone: false }),
            (AuditAction::PairRegrouped, AuditChange::Regrouped { act: TurnAct::LeaveOut, messages: 1, undone: true }),
            (AuditAction::PairDecided, AuditChange::RejectedAs(RejectReason::OffTopic)),
            (AuditAction::PairEdited, AuditChange::TextsEdited { client: true, reply: true, undone: false }),
            (AuditAction::PairEdited, AuditChange::TextsEdited { client: false, reply: true, undone: true }),
            (
                AuditAction::PairGroupDecided,
                AuditChange::GroupDecided { status: PairStatus::Rejected, count: 232, kept_one: true, reason: None },
            ),
            (
                AuditAction::PairGroupDecided,
                AuditChange::GroupDecided {
                    status: PairStatus::Rejected,
                    count: 2,
                    kept_one: true,
                    reason: Some(RejectReason::Wrong),
                },
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
            (AuditAction::OwnAddressesSet, AuditChange::OwnAddresses { added: addresses(2), removed: addresses(0) }),
            (AuditAction::OwnAddressesSet, AuditChange::OwnAddresses { added: addresses(0), removed: addresses(1) }),
            (AuditAction::OwnAddressesSet, AuditChange::OwnAddresses { added: addresses(1), removed: addresses(1) }),
            (AuditAction::AiSettingsSaved, AuditChange::AiSwitch { setting: AiSwitch::Drafts, on: true }),
            (
                AuditAction::AiSettingsSaved,
                AuditChange::AiText { setting: AiText::BaseUrl, value: Some("http://[::1]:80/v1".to_owned()) },
            ),
            (AuditAction::AiSettingsSaved, AuditChange::AiText { setting: AiText::ModelEmbeddings, value: None }),
            (AuditAction::AiSettingsSaved, AuditChange::AiBudget(Some(12_500_000))),
            (AuditAction::AiSettingsSaved, AuditChange::AiBudget(None)),
            (AuditAction::PairsAssigned, AuditChange::Assigned { pairs: 1, to: Vec::new() }),
            (AuditAction::PairsAssigned, AuditChange::Assigned { pairs: 30, to: addresses(2) }),
            (
                AuditAction::ReviewTagChanged,
                AuditChange::Tag {
                    name: "a [b]".to_owned(),
                    colour: TagColour::Teal,
                    key: Some("b".to_owned()),
                    retired: true,
                    pairs: Some(3),
                    description: "What [red] is".to_owned(),
                },
            ),
            (
                AuditAction::ReviewTagCreated,
                AuditChange::Tag {
                    name: "Счёт".to_owned(),
                    colour: TagColour::Grey,
                    key: None,
                    retired: false,
                    pairs: None,
                    description: String::new(),
                },
            ),
            (
                AuditAction::AiSettingsSaved,
                AuditChange::AiPrice { model: "llama3:8b/q4".to_owned(), input: Some(75_000), output: None },
            ),
        ];
        for (action, change) in changes {
            assert_eq!(AuditChange::read(action, &change.to_string()), Some(change));
        }
    }

    #[test]
    fn what_is_no_such_change_is_left_as_it_stands() {
        for (action, recorded) in [
            (AuditAction::PairEdited, "edited"),
            (AuditAction::PairDecided, "rejected"),
            (AuditAction::PairDecided, "rejected: bored"),
            (AuditAction::PairGroupDecided, "approved"),
            (AuditAction::AnswersExported, "xml: 3"),
            (AuditAction::PairsRebuilt, "1 new, 2 changed"),
            (AuditAction::AccountDeleted, "205 messages"),
            // As an earlier version wrote it.
            (AuditAction::OwnAddressesSet, "us@x.example, info@x.example"),
            (AuditAction::AiSettingsSaved, "3 messages, 4 pairs"),
            (AuditAction::AiSettingsSaved, "llama3:8b"),
            (AuditAction::AiSettingsSaved, "monthly_budget: much"),
            (AuditAction::AiSettingsSaved, "price of m: 1 / 2"),
        ] {
            assert_eq!(AuditChange::read(action, recorded), None, "{recorded}");
        }
    }
}
