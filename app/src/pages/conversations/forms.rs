//! What is done about a conversation: plain forms, which lead on to the next one or back to it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use leptos::prelude::*;
use replybook::{
    conversations,
    types::{
        ConversationNoteId, ConversationSeen, ConversationState, InvalidCode, MessageId, Problem, SnoozeInput,
        ThreadId, UserId,
    },
};

use super::{Words, open::list, subject};
use crate::{
    Failure,
    answer::{Told, Undo, go_to, tell},
    json::Json,
    request::{fail, lang, local_path, reviewer},
};

/// Puts a conversation into the archive, or takes it out. `seen` is the last message that was looked at.
///
/// # Errors
/// For reviewers and admins; what [`conversations::archive`] says.
#[server(prefix = "/api/ui", endpoint = "conversation-archive", output = Json)]
pub async fn archive_conversation(
    id: ThreadId,
    archived: bool,
    seen: Option<MessageId>,
    state: Option<ConversationState>,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    let seen = ConversationSeen { last_message_id: seen, state, assigned_to: None };
    let one = conversations::archive(&caller.domain, caller.actor(), id, archived, seen).await.map_err(fail)?;
    go_to(local_path(then, &list()));
    let words = Words(lang());
    if !archived {
        tell(Told::good(words.unarchived_told()));
        return Ok(());
    }
    tell(Told::good(words.archived_told(subject(words, &one))).with_undo(Undo::Archived { id }));
    Ok(())
}

/// When a day begins to be worked on, in the zone of the reader.
const MORNING: u32 = 9;

/// Puts a conversation off: for so many hours, or until nine in the morning of a day; with neither it comes back. `zone` is how many minutes
/// the clock of the reader is ahead of UTC on that day.
///
/// # Errors
/// For reviewers and admins; what [`conversations::snooze`] says.
#[server(prefix = "/api/ui", endpoint = "conversation-snooze", output = Json)]
pub async fn snooze_conversation(
    id: ThreadId,
    hours: Option<u16>,
    day: Option<NaiveDate>,
    zone: Option<i32>,
    seen: Option<MessageId>,
    state: Option<ConversationState>,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    let until = match (hours, day) {
        (Some(hours), _) => Some(caller.domain.clock.now() + TimeDelta::hours(i64::from(hours))),
        (None, Some(day)) => {
            let morning = morning_of(day, zone.unwrap_or_default());
            Some(morning.ok_or_else(|| fail(Problem::invalid("day", InvalidCode::NotWithinAYear)))?)
        }
        (None, None) => None,
    };
    let input = SnoozeInput { until, last_message_id: seen, state };
    let one = conversations::snooze(&caller.domain, caller.actor(), id, &input).await.map_err(fail)?;
    go_to(local_path(then, &list()));
    let words = Words(lang());
    tell(Told::good(if until.is_some() {
        words.snoozed_told(subject(words, &one))
    } else {
        words.woken_told().to_owned()
    }));
    Ok(())
}

/// Nine in the morning where the clock is so many minutes ahead of UTC.
fn morning_of(day: NaiveDate, zone: i32) -> Option<DateTime<Utc>> {
    let zone = i64::from(zone.clamp(-12 * 60, 14 * 60));
    day.and_hms_opt(MORNING, 0, 0)?.and_utc().checked_sub_signed(TimeDelta::minutes(zone))
}

/// Says who is to answer; nobody where no `user` is named. `had` is who had it when it was looked at, nothing for nobody.
///
/// # Errors
/// For reviewers and admins; what [`conversations::assign`] says.
#[server(prefix = "/api/ui", endpoint = "conversation-assign", output = Json)]
pub async fn assign_conversation(
    id: ThreadId,
    user: Option<String>,
    had: Option<String>,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    let person = |user: String| -> Result<Option<UserId>, Failure> {
        let parse = |user: &str| user.parse().map_err(|_| fail(Problem::invalid("user", InvalidCode::NotAnId)));
        (!user.is_empty()).then(|| parse(&user)).transpose()
    };
    let user = person(user.unwrap_or_default())?;
    let seen = ConversationSeen { assigned_to: had.map(person).transpose()?, ..ConversationSeen::default() };
    conversations::assign(&caller.domain, caller.actor(), id, user, seen).await.map_err(fail)?;
    go_to(local_path(then, &list()));
    let words = Words(lang());
    tell(Told::good(if user.is_some() { words.assigned_told() } else { words.unassigned_told() }));
    Ok(())
}

/// Writes an internal note.
///
/// # Errors
/// For reviewers and admins; what [`conversations::write_note`] says.
#[server(prefix = "/api/ui", endpoint = "conversation-note", output = Json)]
pub async fn write_conversation_note(id: ThreadId, text: String, then: Option<String>) -> Result<(), Failure> {
    let caller = reviewer()?;
    conversations::write_note(&caller.domain, caller.actor(), id, &text).await.map_err(fail)?;
    go_to(local_path(then, &list()));
    tell(Told::good(Words(lang()).note_added()));
    Ok(())
}

/// Deletes a note of one's own; an admin any.
///
/// # Errors
/// For reviewers and admins; what [`conversations::delete_note`] says.
#[server(prefix = "/api/ui", endpoint = "conversation-note-delete", output = Json)]
pub async fn delete_conversation_note(
    id: ThreadId,
    note: ConversationNoteId,
    then: Option<String>,
) -> Result<(), Failure> {
    let caller = reviewer()?;
    conversations::delete_note(&caller.domain, caller.actor(), &caller.user, id, note).await.map_err(fail)?;
    go_to(local_path(then, &list()));
    tell(Told::good(Words(lang()).note_deleted()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_nine_where_the_reader_is() {
        let day = "2026-12-01".parse().expect("a day");
        let at = |zone| morning_of(day, zone).expect("a time").to_rfc3339();
        assert_eq!(at(0), "2026-12-01T09:00:00+00:00");
        assert_eq!(at(60), "2026-12-01T08:00:00+00:00");
        assert_eq!(at(-300), "2026-12-01T14:00:00+00:00");
        assert_eq!(at(100_000), "2026-11-30T19:00:00+00:00");
    }
}
