//! An IMAP mailbox as a [`MailSource`]: folders whose state is what it was are not looked at; in the others the UIDs say what
//! came and what went ([`look`]).
//!
//! A message's key is its content. Where it lies (`imap_places`) is written with it, so that a move between folders, a second
//! copy and a new UIDVALIDITY change nothing but that. To know which message a new UID is, it has to be fetched.

mod look;
mod place_id;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex as Lock, PoisonError},
};

use chrono::TimeDelta;
use tokio::sync::{Mutex, MutexGuard};

use super::source::{
    Arrival, Arrived, Fetch, Found, MailSource, Place, SourceError, SourceErrorKind, Stop, WantedPart, Window,
};
use crate::{
    Domain,
    crypto::content_id,
    imap::{Flags, Folder, FolderUse, ImapError, ImapErrorKind, RawMessage, Session},
    mail::{MessageParts, SENT_LABEL, excluded_by_labels, parse_rfc822, part_alone},
    net::tally,
    runs::Pulse,
    store::{MailPlace, StoreError},
    types::{Account, AccountId, AccountProblem, ImapServer, RunCode},
};

/// Parts that are fetched alone; of more the message is fetched whole.
const MOST_SECTIONS: usize = 50;
/// What the headers of a part may take, in bytes.
const HEADERS_OF_A_PART: u64 = 2_000;
/// Larger messages are set aside: one is held in memory whole.
const LARGEST_MESSAGE: u32 = 80 << 20;

/// One account's mailbox at its server.
pub(super) struct ImapSource {
    d: Arc<Domain>,
    account: AccountId,
    server: ImapServer,
    open: Mutex<Option<Open>>,
    /// Folders that could not be opened and why, by their titles, until somebody asks.
    closed: Lock<BTreeMap<String, String>>,
    pulse: Pulse,
}

/// A mailbox that was signed in to. One connection: messages come one after the other.
struct Open {
    session: Session,
    /// Those whose mail is kept, by name.
    folders: BTreeMap<String, Folder>,
    /// Those whose mail is left out, where a folder with all mail may show it again.
    left_out: Vec<Folder>,
}

impl ImapSource {
    pub(super) fn new(d: &Arc<Domain>, account: &Account, pulse: Pulse) -> Result<Self, SourceError> {
        let server =
            account.meta.imap.clone().ok_or_else(|| reconnect(RunCode::NoServer, "where the mailbox is was lost"))?;
        Ok(Self {
            d: Arc::clone(d),
            account: account.id,
            server,
            open: Mutex::default(),
            closed: Lock::default(),
            pulse,
        })
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        self.pulse.run_until_cancelled(work).await.unwrap_or(Err(Stop::Asked))
    }

    /// Signs in when it is first asked.
    async fn open(&self) -> Result<OpenGuard<'_>, SourceError> {
        let mut open = self.open.lock().await;
        if open.is_none() {
            let credentials = self.d.store.credentials(self.account).await.map_err(store_failed)?;
            let password = credentials.and_then(|credentials| credentials.access_token);
            let password =
                password.ok_or_else(|| reconnect(RunCode::NoPassword, "the account has no stored password"))?;
            let mut session = Session::new(self.server.clone(), password);
            let (folders, left_out) = sorted(session.folders().await?);
            if folders.is_empty() {
                // There is always an inbox: a list without it is no reason to take all mail for deleted.
                return Err(ImapError::Unreadable.into());
            }
            let keeps_sent = folders.values().any(|folder| folder.purpose == FolderUse::Sent);
            self.d.store.set_keeps_sent(self.account, keeps_sent).await.map_err(store_failed)?;
            *open = Some(Open { session, folders, left_out });
        }
        Ok(OpenGuard(open))
    }

    /// Fetches messages of one folder, `expected_bytes` together.
    async fn fetch_from(
        &self,
        open: &mut Open,
        folder: &Folder,
        places: &[MailPlace],
        expected_bytes: u32,
    ) -> Result<Vec<Arrival>, ImapError> {
        let uids: Vec<u32> = places.iter().map(|place| place.uid).collect();
        let Some(uid_validity) = places.first().map(|place| place.uid_validity) else { return Ok(Vec::new()) };
        let mut arrivals: BTreeMap<u32, Arrival> = BTreeMap::new();
        let mut take = |raw: RawMessage<'_>| {
            let place = MailPlace { folder: folder.name.clone(), uid_validity, uid: raw.uid };
            arrivals.insert(raw.uid, arrival(folder, place, &raw));
        };
        open.session.messages(&folder.name, uid_validity, &uids, expected_bytes, &mut take).await?;
        Ok(places
            .iter()
            .map(|place| arrivals.remove(&place.uid).unwrap_or_else(|| Arrival::Gone { id: place_id::write(place) }))
            .collect())
    }

    /// Fetches one message, unless it is too large.
    async fn fetch_one(&self, open: &mut Open, folder: &Folder, place: &MailPlace) -> Result<Arrival, ImapError> {
        let sizes = open.session.sizes(&folder.name, place.uid_validity, &[place.uid]).await?;
        let id = place_id::write(place);
        let Some(size) = sizes.get(&place.uid) else { return Ok(Arrival::Gone { id }) };
        if size.bytes > LARGEST_MESSAGE {
            let reason = format!("the message has {} MB; it was not fetched", size.bytes >> 20);
            return Ok(Arrival::Unreadable { id, code: RunCode::TooLarge, reason });
        }
        let arrived = self.fetch_from(open, folder, std::slice::from_ref(place), size.bytes).await?;
        Ok(arrived.into_iter().next().unwrap_or(Arrival::Gone { id }))
    }
}

/// [`Open`], signed in.
struct OpenGuard<'a>(MutexGuard<'a, Option<Open>>);

impl OpenGuard<'_> {
    fn get(&mut self) -> Result<&mut Open, SourceError> {
        self.0.as_mut().ok_or_else(|| ImapError::Lost(None).into())
    }
}

impl MailSource for ImapSource {
    async fn aliases(&self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }

    fn clock_ahead(&self) -> Option<TimeDelta> {
        // A server tells the time of its mail alone, and that of a mail may have been moved here with it.
        None
    }

    async fn newest(&self) -> Result<Option<i64>, Stop> {
        self.unless_stopped(self.newest_received()).await
    }

    async fn changes_since(&self, place: &Place, window: Window) -> Result<Option<Found>, Stop> {
        self.unless_stopped(self.look(&look::states(place), window)).await.map(Some)
    }

    async fn compare(&self, window: Window) -> Result<Found, Stop> {
        self.unless_stopped(self.look(&BTreeMap::new(), window)).await
    }

    async fn missing_since(&self, since: Option<i64>) -> Result<Vec<Fetch>, Stop> {
        self.unless_stopped(self.missing(since)).await
    }

    fn passed_over(&self) -> Vec<(RunCode, String)> {
        let closed = std::mem::take(&mut *self.closed.lock().unwrap_or_else(PoisonError::into_inner));
        let in_words = |(title, why)| (RunCode::FolderClosed, format!("the folder {title:?} cannot be opened: {why}"));
        closed.into_iter().map(in_words).collect()
    }

    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<Arrival>, SourceError> {
        // A run that is to stop does not wait for a slow server: what did not come is missing next time.
        self.pulse.run_until_cancelled(self.fetch_now(fetch)).await.unwrap_or_else(|| Ok(Vec::new()))
    }

    async fn attachments(&self, external_id: &str, parts: &[WantedPart]) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
        self.pulse
            .run_until_cancelled(self.parts_bytes(external_id, parts))
            .await
            .unwrap_or_else(|| Err(ImapError::FolderChanged.into()))
    }
}

impl ImapSource {
    /// Fetches the parts from the first place where their message still lies: alone, where that saves much, or else out of the whole
    /// message.
    async fn parts_bytes(&self, external_id: &str, wanted: &[WantedPart]) -> Result<Vec<Option<Vec<u8>>>, SourceError> {
        let places = self.d.store.places_of(self.account, external_id).await.map_err(store_failed)?;
        let mut guard = self.open().await?;
        let open = guard.get()?;
        for place in places {
            let Some(folder) = open.folders.get(&place.folder) else { continue };
            let size = match open.session.sizes(&folder.name, place.uid_validity, &[place.uid]).await {
                Ok(sizes) => sizes.get(&place.uid).map(|size| size.bytes).filter(|bytes| *bytes <= LARGEST_MESSAGE),
                Err(error) if error.kind() == ImapErrorKind::Gone => None,
                Err(error) => return Err(error.into()),
            };
            let Some(size) = size else { continue };
            if let Some(found) = parts_alone(&mut open.session, folder, &place, wanted, size).await? {
                return Ok(found);
            }
            let mut found = None;
            let mut take = |raw: RawMessage<'_>| {
                if content_id(raw.bytes) == external_id {
                    let parts = MessageParts::of(raw.bytes);
                    found = Some(wanted.iter().map(|part| parts.bytes(&part.part_id)).collect());
                }
            };
            open.session.messages(&folder.name, place.uid_validity, &[place.uid], size, &mut take).await?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(ImapError::FolderChanged.into())
    }

    async fn fetch_now(&self, fetch: &Fetch) -> Result<Vec<Arrival>, SourceError> {
        let ids = fetch.ids();
        let mut guard = self.open().await?;
        let open = guard.get()?;
        let mut arrivals = Vec::with_capacity(ids.len());
        let mut by_folder: BTreeMap<(String, u32), Vec<MailPlace>> = BTreeMap::new();
        for id in ids {
            match place_id::read(&id) {
                Some(place) if open.folders.contains_key(&place.folder) => {
                    by_folder.entry((place.folder.clone(), place.uid_validity)).or_default().push(place);
                }
                // The folder is gone, or has become the trash.
                _ => arrivals.push(Arrival::Gone { id }),
            }
        }
        for ((name, _), places) in by_folder {
            let Some(folder) = open.folders.get(&name).cloned() else { continue };
            if matches!(fetch, Fetch::Messages(_)) {
                match self.fetch_from(open, &folder, &places, look::BYTES_PER_FETCH).await {
                    Ok(arrived) => {
                        arrivals.extend(arrived);
                        continue;
                    }
                    // One of them cannot be had: which one shows when each is asked for alone.
                    Err(error) if error.kind() == ImapErrorKind::Thing => {}
                    Err(error) if error.kind() == ImapErrorKind::Gone => {
                        arrivals.extend(places.iter().map(|place| Arrival::Gone { id: place_id::write(place) }));
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            for place in &places {
                let id = place_id::write(place);
                arrivals.push(match self.fetch_one(open, &folder, place).await {
                    Ok(arrival) => arrival,
                    Err(error) if error.kind() == ImapErrorKind::Gone => Arrival::Gone { id },
                    Err(error) if error.kind() == ImapErrorKind::Thing => {
                        Arrival::Unreadable { id, code: error.fault().into(), reason: error.to_string() }
                    }
                    Err(error) => return Err(error.into()),
                });
            }
        }
        Ok(arrivals)
    }
}

/// The parts by their numbers, where they are far less than their message. `None` where they are not all just what is wanted: a server
/// may count the parts of a broken message otherwise than we do.
async fn parts_alone(
    session: &mut Session,
    folder: &Folder,
    place: &MailPlace,
    wanted: &[WantedPart],
    size: u32,
) -> Result<Option<Vec<Option<Vec<u8>>>>, SourceError> {
    let sections: Option<Vec<String>> = wanted.iter().map(|part| section(&part.part_id)).collect();
    // Base64 takes four bytes for three, and ends of lines.
    let bytes: u64 = wanted.iter().map(|part| part.bytes.saturating_mul(7) / 5 + HEADERS_OF_A_PART).sum();
    let Some(sections) = sections.filter(|sections| sections.len() <= MOST_SECTIONS && bytes < u64::from(size) / 2)
    else {
        return Ok(None);
    };
    let expected = u32::try_from(bytes).unwrap_or(size);
    let found = match session.parts(&folder.name, place.uid_validity, place.uid, &sections, expected).await {
        Ok(found) => found,
        // The whole message may still be had.
        Err(error) if matches!(error.kind(), ImapErrorKind::Thing | ImapErrorKind::Gone) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bytes: Option<Vec<_>> = wanted
        .iter()
        .zip(found)
        .map(|(part, found)| part_alone(&found.headers?, &found.body?, &part.content_type, part.bytes).map(Some))
        .collect();
    Ok(bytes)
}

/// The server's number of a part (RFC 3501 section 6.4.5), which counts from one. `None` for what has none: a message of one part, and
/// what is inside a winmail.dat or a text.
fn section(part_id: &str) -> Option<String> {
    let numbers: Option<Vec<String>> =
        part_id.split('.').map(|number| Some((number.parse::<u32>().ok()?.checked_add(1)?).to_string())).collect();
    numbers.map(|numbers| numbers.join("."))
}

fn arrival(folder: &Folder, place: MailPlace, raw: &RawMessage<'_>) -> Arrival {
    let id = place_id::write(&place);
    match parse_rfc822(raw.bytes) {
        Ok(mut parsed) => {
            parsed.received_at = raw.received_at.or(parsed.received_at);
            Arrival::Message(Box::new(Arrived {
                asked_as: id,
                external_id: content_id(raw.bytes),
                thread_id: None,
                labels: labels(folder, raw.flags),
                place: Some(place),
                parsed,
            }))
        }
        Err(error) => Arrival::Unreadable { id, code: RunCode::Unreadable, reason: error.to_string() },
    }
}

/// Of all folders those whose mail is kept, and those whose mail is left out: drafts, spam and trash. A folder with all mail shows
/// what the others have once more, and perhaps what is left out; it does not stand for them, for it may be empty, and does not say
/// what was sent.
fn sorted(folders: Vec<Folder>) -> (BTreeMap<String, Folder>, Vec<Folder>) {
    let (mut kept, mut left_out) = (BTreeMap::new(), Vec::new());
    for folder in folders {
        match folder.purpose {
            FolderUse::All | FolderUse::Inbox | FolderUse::Sent | FolderUse::Other => {
                kept.insert(folder.name.clone(), folder);
            }
            FolderUse::Drafts | FolderUse::Junk | FolderUse::Trash => left_out.push(folder),
            FolderUse::Virtual => {}
        }
    }
    (kept, left_out)
}

/// What a place says about its message, in Gmail's words where it has them.
fn labels(folder: &Folder, flags: Flags) -> Vec<String> {
    let mut labels = Vec::new();
    match folder.purpose {
        FolderUse::Inbox => labels.push("INBOX".to_owned()),
        FolderUse::Sent => labels.push(SENT_LABEL.to_owned()),
        FolderUse::All => {}
        // A folder that somebody called CHAT is not Gmail's.
        _ if excluded_by_labels(&[&folder.title]).is_some() => labels.push(format!("/{}", folder.title)),
        _ => labels.push(folder.title.clone()),
    }
    if flags.flagged {
        labels.push("STARRED".to_owned());
    }
    if !flags.seen {
        labels.push("UNREAD".to_owned());
    }
    labels
}

fn reconnect(code: RunCode, text: &str) -> SourceError {
    SourceError {
        kind: SourceErrorKind::Person(AccountProblem::Reconnect),
        code,
        text: format!("{text}; connect the mailbox again"),
        retry_after: None,
        store: None,
    }
}

fn store_failed(error: StoreError) -> SourceError {
    SourceError {
        kind: SourceErrorKind::Everything,
        code: RunCode::Credentials,
        text: error.to_string(),
        retry_after: None,
        store: Some(error),
    }
}

impl From<ImapError> for SourceError {
    fn from(error: ImapError) -> Self {
        let kind = match error.kind() {
            ImapErrorKind::Gone => SourceErrorKind::Gone,
            ImapErrorKind::Thing => SourceErrorKind::Thing,
            ImapErrorKind::Passing => SourceErrorKind::Passing,
            ImapErrorKind::Limit => SourceErrorKind::Limit,
            ImapErrorKind::Authentication => SourceErrorKind::Person(AccountProblem::Reconnect),
            ImapErrorKind::Settings => SourceErrorKind::Everything,
        };
        tally::refused("imap", error.code());
        Self { kind, code: error.fault().into(), text: error.to_string(), retry_after: None, store: None }
    }
}

impl From<ImapError> for Stop {
    fn from(error: ImapError) -> Self {
        SourceError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(title: &str, purpose: FolderUse) -> Folder {
        Folder { name: title.to_owned(), title: title.to_owned(), purpose }
    }

    #[test]
    fn drafts_spam_and_trash_are_left_out() {
        let folders = [
            ("INBOX", FolderUse::Inbox),
            ("Sent", FolderUse::Sent),
            ("Trash", FolderUse::Trash),
            ("Junk", FolderUse::Junk),
            ("Drafts", FolderUse::Drafts),
            ("Projects", FolderUse::Other),
            ("All Mail", FolderUse::All),
            ("Starred", FolderUse::Virtual),
        ];
        let (kept, left_out) = sorted(folders.iter().map(|(title, purpose)| folder(title, *purpose)).collect());
        assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["All Mail", "INBOX", "Projects", "Sent"]);
        let left_out: Vec<String> = left_out.into_iter().map(|folder| folder.name).collect();
        assert_eq!(left_out, ["Trash", "Junk", "Drafts"]);
    }

    #[test]
    fn parts_are_counted_from_one_where_the_server_counts_them_at_all() {
        assert_eq!(section("0").as_deref(), Some("1"));
        assert_eq!(section("1.0.11").as_deref(), Some("2.1.12"));
        for none in ["", "1/0", "1/uu0", "x", "4294967295"] {
            assert_eq!(section(none), None, "{none}");
        }
    }

    #[test]
    fn places_speak_gmails_words() {
        let flags = |seen, flagged| Flags { seen, flagged };
        assert_eq!(labels(&folder("INBOX", FolderUse::Inbox), flags(false, true)), ["INBOX", "STARRED", "UNREAD"]);
        assert_eq!(labels(&folder("Gesendet", FolderUse::Sent), flags(true, false)), ["SENT"]);
        assert_eq!(labels(&folder("Kunden/Müller", FolderUse::Other), flags(true, false)), ["Kunden/Müller"]);
        assert_eq!(labels(&folder("CHAT", FolderUse::Other), flags(true, false)), ["/CHAT"]);
    }
}
