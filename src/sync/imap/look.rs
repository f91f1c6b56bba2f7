//! What came and what went: the folders' states and UIDs against the places that are stored.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::PoisonError,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{ImapSource, Open, labels, place_id};
use crate::{
    imap::{Folder, FolderState, FolderUse, ImapError, ImapErrorKind, MessageSize, Session},
    store::{MailChanges, MailPlace, PlaceLabels},
    sync::source::{Fetch, Found, Place, Stop, Window, go_on},
};

/// Messages that are fetched by one command, so that a long line to the server is not waited for over and over.
const MESSAGES_PER_FETCH: usize = 10;
/// And their bytes. A larger message is fetched alone, when its size is known to be bearable.
pub(super) const BYTES_PER_FETCH: u32 = 1 << 20;
/// `SINCE` goes by the server's calendar, whatever its time zone.
const TIME_ZONES: TimeDelta = TimeDelta::days(1);

/// The folders as they were when the last run looked, by name.
pub(super) type States = BTreeMap<String, FolderState>;

const FOLDERS: &str = "folders";

pub(super) fn states(place: &Place) -> States {
    place.get(FOLDERS).and_then(|folders| serde_json::from_value(folders.clone()).ok()).unwrap_or_default()
}

fn place_of(states: &States) -> Place {
    Place::from_iter([(FOLDERS.to_owned(), serde_json::to_value(states).unwrap_or(Value::Null))])
}

/// A message that is not here.
struct Missing<'a> {
    folder: &'a Folder,
    uid_validity: u32,
    size: MessageSize,
}

/// A folder that was not there when the last run looked, or is another one under the same name.
struct New<'a> {
    folder: &'a Folder,
    state: FolderState,
    known: BTreeSet<u32>,
}

impl ImapSource {
    /// Compares every folder that is not as it was with the places that are stored.
    pub(super) async fn look(&self, before: &States, window: Window) -> Result<Found, Stop> {
        let mut guard = self.open().await?;
        let Open { session, folders, left_out } = guard.get()?;
        let mut after = States::new();
        let (mut missing, mut new) = (Vec::new(), Vec::new());
        let (mut changes, mut afterwards) = (MailChanges::default(), MailChanges::default());
        let mut opened = 0;
        for folder in folders.values() {
            go_on(&self.pulse)?;
            let was = before.get(&folder.name);
            let Some(status) = self.unless_closed(folder, session.status(&folder.name).await)? else {
                // Nothing is known of it just now: that is no reason to take its mail for deleted.
                after.extend(was.map(|was| (folder.name.clone(), *was)));
                continue;
            };
            if was == Some(&status) {
                opened += 1;
                after.insert(folder.name.clone(), status);
                continue;
            }
            let Some(mut state) = self.unless_closed(folder, session.examine(&folder.name).await)? else {
                after.extend(was.map(|was| (folder.name.clone(), *was)));
                continue;
            };
            opened += 1;
            // The lower of the two, should a flag have changed in between.
            state.mod_seq = status.mod_seq;
            let places = self.d.store.places_in(self.account, &folder.name).await?;
            let known: BTreeSet<u32> =
                places.iter().filter(|(validity, _)| *validity == state.uid_validity).map(|(_, uid)| *uid).collect();
            if !was.is_some_and(|was| has_same_mail(was, &state)) {
                let listed = session.search(&folder.name, &state, None).await?;
                if state.uid_next == 0 {
                    state.uid_next = listed.last().map_or(1, |last| last.saturating_add(1));
                }
                let is_gone = |(validity, uid): &&(u32, u32)| *validity != state.uid_validity || !listed.contains(uid);
                afterwards.places_gone.extend(places.iter().filter(is_gone).map(|(uid_validity, uid)| MailPlace {
                    folder: folder.name.clone(),
                    uid_validity: *uid_validity,
                    uid: *uid,
                }));
                match was.filter(|was| was.uid_validity == state.uid_validity) {
                    None => new.push(New { folder, state, known: known.clone() }),
                    Some(was) => {
                        let uids: Vec<u32> =
                            listed.range(was.uid_next..).copied().filter(|uid| !known.contains(uid)).collect();
                        let sizes = session.sizes(&folder.name, state.uid_validity, &uids).await?;
                        missing.extend(sizes.into_values().map(|size| Missing {
                            folder,
                            uid_validity: state.uid_validity,
                            size,
                        }));
                    }
                }
            }
            let was = was.filter(|was| was.uid_validity == state.uid_validity);
            if let Some(from) = was.and_then(|was| was.mod_seq).filter(|from| Some(*from) != state.mod_seq) {
                for (uid, flags) in session.flags_since(&folder.name, state.uid_validity, from).await? {
                    if known.contains(&uid) {
                        let place = MailPlace { folder: folder.name.clone(), uid_validity: state.uid_validity, uid };
                        changes.place_labels.push(PlaceLabels { place, labels: labels(folder, flags) });
                    }
                }
            }
            after.insert(folder.name.clone(), state);
        }
        if opened == 0 {
            // It is not one folder that is wrong.
            let text = "no folder of the mailbox can be opened".to_owned();
            return Err(ImapError::Unavailable { text }.into());
        }
        for folder in self.d.store.folders_with_places(self.account).await? {
            if !folders.contains_key(&folder) {
                let places = self.d.store.places_in(self.account, &folder).await?;
                afterwards.places_gone.extend(places.into_iter().map(|(uid_validity, uid)| MailPlace {
                    folder: folder.clone(),
                    uid_validity,
                    uid,
                }));
            }
        }
        let since = self.since(window, &afterwards).await?;
        for New { folder, state, known } in new {
            go_on(&self.pulse)?;
            missing.extend(self.missing_in(session, folder, &state, &known, since).await?);
        }
        let missing = self.without_left_out(session, left_out, missing).await?;
        Ok(Found { fetches: plan(missing), changes, afterwards, place: place_of(&after) })
    }

    /// When the newest mail was received: of each folder what came last.
    pub(super) async fn newest_received(&self) -> Result<Option<i64>, Stop> {
        let mut guard = self.open().await?;
        let Open { session, folders, .. } = guard.get()?;
        let mut newest = None;
        for folder in folders.values() {
            go_on(&self.pulse)?;
            let Some(state) = self.unless_closed(folder, session.examine(&folder.name).await)? else { continue };
            let Some(last) = session.search(&folder.name, &state, None).await?.into_iter().next_back() else {
                continue;
            };
            let sizes = session.sizes(&folder.name, state.uid_validity, &[last]).await?;
            newest = newest.max(sizes.get(&last).and_then(|last| last.received_at).map(|at| at.timestamp()));
        }
        Ok(newest)
    }

    /// What is not here of the mail received since then.
    pub(super) async fn missing(&self, since: Option<i64>) -> Result<Vec<Fetch>, Stop> {
        let mut guard = self.open().await?;
        let Open { session, folders, left_out } = guard.get()?;
        let since = since.and_then(|since| DateTime::from_timestamp(since, 0));
        let mut missing = Vec::new();
        for folder in folders.values() {
            go_on(&self.pulse)?;
            let Some(state) = self.unless_closed(folder, session.examine(&folder.name).await)? else { continue };
            let places = self.d.store.places_in(self.account, &folder.name).await?;
            let known = places.into_iter().filter(|(validity, _)| *validity == state.uid_validity).map(|(_, uid)| uid);
            missing.extend(self.missing_in(session, folder, &state, &known.collect(), since).await?);
        }
        Ok(plan(self.without_left_out(session, left_out, missing).await?))
    }

    /// How far back a new folder has to be read: all that is gone elsewhere may have been moved there.
    async fn since(&self, window: Window, gone: &MailChanges) -> Result<Option<DateTime<Utc>>, Stop> {
        let folders: BTreeSet<&str> = gone.places_gone.iter().map(|place| place.folder.as_str()).collect();
        let oldest = self.d.store.oldest_in_folders(self.account, &folders).await?;
        let covered = DateTime::from_timestamp(window.covered_since, 0).filter(|_| window.covered_since > 0);
        Ok(covered.map(|covered| oldest.map_or(covered, |oldest| oldest.min(covered))))
    }

    async fn missing_in<'a>(
        &self,
        session: &mut Session,
        folder: &'a Folder,
        state: &FolderState,
        known: &BTreeSet<u32>,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<Missing<'a>>, Stop> {
        let day = since.map(|since| (since - TIME_ZONES).date_naive());
        let mut uids: Vec<u32> = session.search(&folder.name, state, day).await?.into_iter().collect();
        uids.retain(|uid| !known.contains(uid));
        let sizes = session.sizes(&folder.name, state.uid_validity, &uids).await?;
        let is_wanted = |size: &MessageSize| since.is_none_or(|since| size.received_at.is_none_or(|at| at >= since));
        Ok(sizes
            .into_values()
            .filter(is_wanted)
            .map(|size| Missing { folder, uid_validity: state.uid_validity, size })
            .collect())
    }
}

impl ImapSource {
    /// Of what is missing, leaves out what a folder with all mail shows of drafts, spam and trash.
    async fn without_left_out<'a>(
        &self,
        session: &mut Session,
        left_out: &[Folder],
        missing: Vec<Missing<'a>>,
    ) -> Result<Vec<Missing<'a>>, Stop> {
        let is_shown = |message: &Missing<'_>| message.folder.purpose == FolderUse::All;
        let (shown, mut kept): (Vec<_>, Vec<_>) = missing.into_iter().partition(is_shown);
        let Some(oldest) = shown.iter().map(|message| message.size.received_at).min() else { return Ok(kept) };
        let since = oldest.map(|oldest| (oldest - TIME_ZONES).date_naive());
        let mut unwanted = BTreeSet::new();
        for folder in left_out {
            go_on(&self.pulse)?;
            let Some(state) = self.unless_closed(folder, session.examine(&folder.name).await)? else { continue };
            let uids: Vec<u32> = session.search(&folder.name, &state, since).await?.into_iter().collect();
            unwanted
                .extend(session.keys(&folder.name, state.uid_validity, &uids).await?.into_values().map(|key| key.same));
        }
        let mut by_folder: BTreeMap<(&str, u32), Vec<Missing<'a>>> = BTreeMap::new();
        for message in shown {
            by_folder.entry((&message.folder.name, message.uid_validity)).or_default().push(message);
        }
        for ((folder, uid_validity), messages) in by_folder {
            go_on(&self.pulse)?;
            let uids: Vec<u32> = messages.iter().map(|message| message.size.uid).collect();
            let keys = session.keys(folder, uid_validity, &uids).await?;
            kept.extend(messages.into_iter().filter(|message| {
                keys.get(&message.size.uid).is_none_or(|key| !key.is_draft && !unwanted.contains(&key.same))
            }));
        }
        Ok(kept)
    }

    /// `None` for a folder that is listed and cannot be opened: others' folders, one that was deleted just now. The run says so.
    fn unless_closed<T>(&self, folder: &Folder, answer: Result<T, ImapError>) -> Result<Option<T>, Stop> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_of_folder() => {
                tracing::warn!(folder = folder.title, %error, "a folder cannot be opened: it is left as it is");
                let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
                closed.insert(folder.title.clone(), error.to_string());
                Ok(None)
            }
            Err(error) => {
                debug_assert_ne!(
                    error.kind(),
                    ImapErrorKind::Gone,
                    "a folder that is gone is one that cannot be opened"
                );
                Err(error.into())
            }
        }
    }
}

/// Whether no message came or went. Both states are of one moment each: no new UID was given out, and none is fewer.
fn has_same_mail(was: &FolderState, is: &FolderState) -> bool {
    was.uid_validity == is.uid_validity && was.uid_next == is.uid_next && is.uid_next > 0 && was.messages == is.messages
}

/// Newest first; small messages of one folder together.
fn plan(mut missing: Vec<Missing<'_>>) -> Vec<Fetch> {
    missing.sort_by_key(|message| std::cmp::Reverse((message.size.received_at, message.size.uid)));
    let mut groups: Vec<(Vec<String>, u32)> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for Missing { folder, uid_validity, size } in &missing {
        let place = MailPlace { folder: folder.name.clone(), uid_validity: *uid_validity, uid: size.uid };
        let id = place_id::write(&place);
        let room = open.get(folder.name.as_str()).and_then(|group| groups.get_mut(*group)).filter(|(ids, bytes)| {
            ids.len() < MESSAGES_PER_FETCH && bytes.saturating_add(size.bytes) <= BYTES_PER_FETCH
        });
        match room {
            Some((ids, bytes)) => {
                ids.push(id);
                *bytes += size.bytes;
            }
            None => {
                open.insert(&folder.name, groups.len());
                groups.push((vec![id], size.bytes));
            }
        }
    }
    groups
        .into_iter()
        .map(|(mut ids, bytes)| match ids.pop() {
            // Alone: its size is looked at once more before it is fetched.
            Some(id) if ids.is_empty() && bytes > BYTES_PER_FETCH => Fetch::Message(id),
            last => {
                ids.extend(last);
                Fetch::Messages(ids)
            }
        })
        .collect()
}
