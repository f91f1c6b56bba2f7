//! A signed-in session as its callers see it: it connects when it is first used, and once more when the connection breaks.
//! Every command only reads, so that it can be sent again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_imap::imap_proto::{
    AttributeValue, MailboxDatum, MessageSection, NameAttribute, Response, ResponseCode, SectionPath, Status,
    StatusAttribute,
};
use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use tracing::Instrument as _;

use super::{
    connection::{Bounds, Connection, OnResponse, quoted, sets},
    error::ImapError,
    names::{FolderUse, decode, unquoted, use_of},
};
use crate::{mail::message_id, types::ImapServer};

/// A list of UIDs comes as one line, and the parser begins anew with every piece of it that arrives: it has to stay short.
const UIDS_PER_SEARCH: u32 = 20_000;
/// A folder whose UIDs are far apart is searched in no more steps than that.
const SEARCHES_AT_MOST: u32 = 100;
/// Flags of more messages do not change between two syncs.
const FLAGS_AT_MOST: usize = 1_000_000;
/// A line of UIDs: some 20,000, or what a server sends that does not go by the range it was asked for.
const UIDS: Bounds = Bounds { response: 4 << 20, ..Bounds::SHORT };
/// `INTERNALDATE` (RFC 3501 section 9, `date-time`).
const DATE_TIME: &str = "%d-%b-%Y %H:%M:%S %z";

/// A folder that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// As the server means it, in modified UTF-7: its key.
    pub name: String,
    /// As people read it.
    pub title: String,
    pub purpose: FolderUse,
}

/// Where a folder stands. Two equal states of a folder hold the same messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderState {
    /// UIDs of one folder mean the same messages as long as this stays.
    pub uid_validity: u32,
    /// The next message will have this UID, or a higher one. 0 where the server does not say.
    pub uid_next: u32,
    pub messages: u32,
    /// Rises when a flag changes (RFC 7162); `None` where the server does not say.
    pub mod_seq: Option<u64>,
}

/// What has to be known of a message before it is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageSize {
    pub uid: u32,
    pub bytes: u32,
    pub received_at: Option<DateTime<Utc>>,
}

/// By what a message is known again in another folder, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKey {
    /// Two messages of one mailbox for which it is equal are the same.
    pub same: String,
    /// It has the flag of a draft.
    pub is_draft: bool,
}

/// A message as it came.
#[derive(Debug)]
pub struct RawMessage<'a> {
    pub uid: u32,
    pub received_at: Option<DateTime<Utc>>,
    pub flags: Flags,
    pub bytes: &'a [u8],
}

/// A part of a message as it came, as far as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawPart {
    pub headers: Option<Vec<u8>>,
    /// As transported.
    pub body: Option<Vec<u8>>,
}

/// The flags that are kept as labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub seen: bool,
    pub flagged: bool,
}

impl FolderState {
    pub(super) fn note(&mut self, response: &Response<'_>) {
        match response {
            Response::MailboxData(MailboxDatum::Exists(messages)) => self.messages = *messages,
            Response::Data { status: Status::Ok, outcome } => match &outcome.code {
                Some(ResponseCode::UidValidity(value)) => self.uid_validity = *value,
                Some(ResponseCode::UidNext(value)) => self.uid_next = *value,
                Some(ResponseCode::HighestModSeq(value)) => self.mod_seq = Some(*value),
                _ => {}
            },
            _ => {}
        }
    }
}

/// The longest name of a folder, in bytes: names stand in keys, and databases limit those. Servers allow a few hundred.
const MAX_FOLDER_NAME: usize = 1_000;

/// A mailbox at its server.
pub struct Session {
    server: ImapServer,
    password: SecretString,
    connection: Option<Connection>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects when it is first used.
    #[must_use]
    pub fn new(server: ImapServer, password: SecretString) -> Self {
        Self { server, password, connection: None }
    }

    /// The folders that can be opened, with what each is for.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn folders(&mut self) -> Result<Vec<Folder>, ImapError> {
        let mut found: BTreeMap<String, (Folder, Option<String>, bool)> = BTreeMap::new();
        let mut note = |response: &Response<'_>| {
            let Response::MailboxData(MailboxDatum::List(list)) = response else { return };
            let cannot_open = list.name_attributes.iter().any(|attribute| match attribute {
                NameAttribute::NoSelect => true,
                NameAttribute::Extension(name) => name.eq_ignore_ascii_case("\\NonExistent"),
                _ => false,
            });
            let name = unquoted(&list.name);
            if name.len() > MAX_FOLDER_NAME {
                tracing::warn!(bytes = name.len(), "a folder of the mailbox is passed over: its name is too long");
                return;
            }
            let title = decode(&name);
            let delimiter = list.delimiter.as_deref().map(unquoted);
            let purpose = use_of(&list.name_attributes, &title, delimiter.as_deref());
            let folder = Folder { name: name.clone(), title, purpose };
            found.insert(name, (folder, delimiter, cannot_open));
        };
        self.ask(None, "LIST", "LIST \"\" \"*\"", Bounds::SHORT, &mut note).await?;
        // What lies below the trash was thrown away with it.
        let below: HashMap<String, FolderUse> = found
            .values()
            .filter(|(folder, ..)| matches!(folder.purpose, FolderUse::Trash | FolderUse::Junk | FolderUse::Drafts))
            .filter_map(|(folder, delimiter, _)| {
                Some((format!("{}{}", folder.name, delimiter.as_ref()?), folder.purpose))
            })
            .collect();
        let ends: BTreeSet<char> = below.keys().filter_map(|prefix| prefix.chars().next_back()).collect();
        let mut folders: Vec<Folder> =
            found.into_values().filter(|(_, _, cannot_open)| !cannot_open).map(|(folder, ..)| folder).collect();
        for folder in &mut folders {
            let ends = folder.name.char_indices().filter(|(_, c)| ends.contains(c));
            let mut above = ends.map(|(at, c)| &folder.name[..at + c.len_utf8()]);
            if let Some(purpose) = above.find_map(|above| below.get(above)) {
                folder.purpose = *purpose;
            }
        }
        Ok(folders)
    }

    /// Where a folder stands, without opening it.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn status(&mut self, folder: &str) -> Result<FolderState, ImapError> {
        let wanted = if self.connected().await?.offers("CONDSTORE") { " HIGHESTMODSEQ" } else { "" };
        let command = format!("STATUS {} (UIDVALIDITY UIDNEXT MESSAGES{wanted})", quoted(folder)?);
        let mut state = FolderState::default();
        let mut note = |response: &Response<'_>| {
            let Response::MailboxData(MailboxDatum::Status { status, .. }) = response else { return };
            for attribute in status {
                match attribute {
                    StatusAttribute::UidValidity(value) => state.uid_validity = *value,
                    StatusAttribute::UidNext(value) => state.uid_next = *value,
                    StatusAttribute::Messages(value) => state.messages = *value,
                    StatusAttribute::HighestModSeq(value) => state.mod_seq = Some(*value),
                    _ => {}
                }
            }
        };
        self.ask(None, "STATUS", &command, Bounds::SHORT, &mut note).await?;
        Ok(state)
    }

    /// Opens a folder for reading only, anew if it is open.
    ///
    /// # Errors
    /// [`ImapError::FolderChanged`] when it is gone; else see [`ImapError`].
    pub async fn examine(&mut self, folder: &str) -> Result<FolderState, ImapError> {
        let patiently = async {
            let mut is_first = true;
            loop {
                let error = match self.connected().await?.examine(folder).await {
                    Ok(state) => return Ok(*state),
                    Err(error) => error,
                };
                if !self.may_try_again(&error, &mut is_first) {
                    return Err(error);
                }
            }
        };
        patiently.instrument(call("EXAMINE")).await
    }

    /// The UIDs of a folder's messages: of all, or of those received since that day, by the server's calendar.
    ///
    /// # Errors
    /// [`ImapError::FolderChanged`] when it is no longer that folder; else see [`ImapError`].
    pub async fn search(
        &mut self,
        folder: &str,
        state: &FolderState,
        since: Option<NaiveDate>,
    ) -> Result<BTreeSet<u32>, ImapError> {
        let since = since.map(|day| format!(" SINCE {}", day.format("%-d-%b-%Y"))).unwrap_or_default();
        let mut uids = BTreeSet::new();
        if state.messages == 0 {
            return Ok(uids);
        }
        for set in searches(state) {
            let command = format!("UID SEARCH UID {set}{since}");
            let mut note = |response: &Response<'_>| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    uids.extend(found.iter().copied());
                }
            };
            let place = Some((folder, state.uid_validity));
            self.ask(place, "SEARCH", &command, UIDS, &mut note).await?;
        }
        Ok(uids)
    }

    /// How large messages are and when they were received. Those that are gone are left out.
    ///
    /// # Errors
    /// As [`Session::search`].
    pub async fn sizes(
        &mut self,
        folder: &str,
        uid_validity: u32,
        uids: &[u32],
    ) -> Result<BTreeMap<u32, MessageSize>, ImapError> {
        let mut sizes = BTreeMap::new();
        for set in sets(uids) {
            let mut note = |response: &Response<'_>| {
                let Some((uid, attributes)) = fetched(response) else { return };
                let bytes = attributes.iter().find_map(|attribute| match attribute {
                    AttributeValue::Rfc822Size(bytes) => Some(*bytes),
                    _ => None,
                });
                if let Some(bytes) = bytes {
                    sizes.insert(uid, MessageSize { uid, bytes, received_at: received_at(attributes) });
                }
            };
            let command = format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)");
            let bounds = Bounds::for_each(uids.len());
            self.ask(Some((folder, uid_validity)), "FETCH", &command, bounds, &mut note).await?;
        }
        Ok(sizes)
    }

    /// By what messages are known again in other folders: their `Message-ID`, or where they have none the time, and their size. Those
    /// that are gone are left out.
    ///
    /// # Errors
    /// As [`Session::search`].
    pub async fn keys(
        &mut self,
        folder: &str,
        uid_validity: u32,
        uids: &[u32],
    ) -> Result<BTreeMap<u32, MessageKey>, ImapError> {
        let mut keys = BTreeMap::new();
        for set in sets(uids) {
            let mut note = |response: &Response<'_>| {
                if let Some((uid, attributes)) = fetched(response) {
                    keys.insert(uid, key(attributes));
                }
            };
            let command =
                format!("UID FETCH {set} (UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
            let bounds = Bounds::for_each(uids.len().saturating_mul(4));
            self.ask(Some((folder, uid_validity)), "FETCH", &command, bounds, &mut note).await?;
        }
        Ok(keys)
    }

    /// The flags that changed since the folder stood there (RFC 7162), where the server keeps count of them.
    ///
    /// # Errors
    /// As [`Session::search`].
    pub async fn flags_since(
        &mut self,
        folder: &str,
        uid_validity: u32,
        mod_seq: u64,
    ) -> Result<BTreeMap<u32, Flags>, ImapError> {
        let mut changed = BTreeMap::new();
        let mut note = |response: &Response<'_>| {
            if let Some((uid, attributes)) = fetched(response) {
                changed.insert(uid, flags(attributes));
            }
        };
        let command = format!("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE {mod_seq})");
        let bounds = Bounds::for_each(FLAGS_AT_MOST);
        self.ask(Some((folder, uid_validity)), "FETCH", &command, bounds, &mut note).await?;
        Ok(changed)
    }

    /// Fetches messages whole; `expected_bytes` together. Those that are gone are left out. A message may be seen twice, when
    /// the connection broke in the middle.
    ///
    /// # Errors
    /// As [`Session::search`].
    pub async fn messages(
        &mut self,
        folder: &str,
        uid_validity: u32,
        uids: &[u32],
        expected_bytes: u32,
        on_message: &mut (dyn FnMut(RawMessage<'_>) + Send),
    ) -> Result<(), ImapError> {
        let bounds = Bounds::of_mail(expected_bytes, uids.len());
        for set in sets(uids) {
            let mut note = |response: &Response<'_>| {
                let Some((uid, attributes)) = fetched(response) else { return };
                let bytes = attributes.iter().find_map(|attribute| match attribute {
                    // NIL for a message that the server has lost the text of.
                    AttributeValue::BodySection { section: None, data, .. } => {
                        Some(data.as_deref().unwrap_or_default())
                    }
                    _ => None,
                });
                if let Some(bytes) = bytes {
                    on_message(RawMessage {
                        uid,
                        received_at: received_at(attributes),
                        flags: flags(attributes),
                        bytes,
                    });
                }
            };
            let command = format!("UID FETCH {set} (UID FLAGS INTERNALDATE BODY.PEEK[])");
            self.ask(Some((folder, uid_validity)), "FETCH", &command, bounds, &mut note).await?;
        }
        Ok(())
    }

    /// Fetches parts of one message by their numbers, each with its own headers; `expected_bytes` together.
    ///
    /// # Errors
    /// As [`Session::search`].
    pub async fn parts(
        &mut self,
        folder: &str,
        uid_validity: u32,
        uid: u32,
        sections: &[String],
        expected_bytes: u32,
    ) -> Result<Vec<RawPart>, ImapError> {
        let mut found: HashMap<String, RawPart> = HashMap::new();
        let mut note = |response: &Response<'_>| {
            let Some((_, attributes)) = fetched(response).filter(|(of, _)| *of == uid) else { return };
            for attribute in attributes {
                let AttributeValue::BodySection {
                    section: Some(SectionPath::Part(path, of)), data: Some(data), ..
                } = attribute
                else {
                    continue;
                };
                let section = path.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
                let part = found.entry(section).or_default();
                match of {
                    None => part.body = Some(data.to_vec()),
                    Some(MessageSection::Mime) => part.headers = Some(data.to_vec()),
                    Some(MessageSection::Header | MessageSection::Text) => {}
                }
            }
        };
        let wanted: Vec<String> =
            sections.iter().map(|section| format!("BODY.PEEK[{section}.MIME] BODY.PEEK[{section}]")).collect();
        let command = format!("UID FETCH {uid} (UID {})", wanted.join(" "));
        let place = Some((folder, uid_validity));
        self.ask(place, "FETCH", &command, Bounds::of_mail(expected_bytes, sections.len()), &mut note).await?;
        Ok(sections.iter().map(|section| found.remove(section).unwrap_or_default()).collect())
    }

    async fn connected(&mut self) -> Result<&mut Connection, ImapError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => {
                let connection = Connection::open(&self.server, &self.password).await?;
                tracing::debug!(host = self.server.host, port = self.server.port, "signed in");
                Ok(none.insert(connection))
            }
        }
    }

    /// Runs a command, in a folder where one is named; once more on a new connection when the old one breaks.
    async fn ask(
        &mut self,
        folder: Option<(&str, u32)>,
        name: &'static str,
        command: &str,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        let patiently = async {
            let mut is_first = true;
            loop {
                let Err(error) = self.try_ask(folder, name, command, bounds, on_response).await else {
                    return Ok(());
                };
                if !self.may_try_again(&error, &mut is_first) {
                    return Err(error);
                }
            }
        };
        patiently.instrument(call(name)).await
    }

    fn may_try_again(&mut self, error: &ImapError, is_first: &mut bool) -> bool {
        let was_connected = self.connection.is_some();
        if error.ends_connection() {
            self.connection = None;
        }
        // What a server cannot say once it cannot say twice.
        let helps = error.ends_connection() && !matches!(error, ImapError::Unreadable | ImapError::TooLong);
        let again = std::mem::take(is_first) && was_connected && helps;
        if again {
            tracing::info!(code = error.code(), "the connection ended; once more on a new one");
        } else {
            tracing::warn!(code = error.code(), "the mail server did not give what it was asked for");
        }
        again
    }

    async fn try_ask(
        &mut self,
        folder: Option<(&str, u32)>,
        name: &'static str,
        command: &str,
        bounds: Bounds,
        on_response: OnResponse<'_>,
    ) -> Result<(), ImapError> {
        let connection = self.connected().await?;
        if let Some((folder, uid_validity)) = folder {
            let open = connection.open.as_ref().filter(|(open, _)| open == folder).map(|(_, state)| *state);
            let state = match open {
                Some(state) => state,
                None => *connection.examine(folder).await?,
            };
            if state.uid_validity != uid_validity {
                return Err(ImapError::FolderChanged);
            }
        }
        connection.command(name, command, bounds, on_response).await
    }
}

/// What every log line of a call carries.
fn call(command: &'static str) -> tracing::Span {
    tracing::info_span!("call", provider = "imap", method = command)
}

/// The sets of UIDs that are searched one after the other.
pub(super) fn searches(state: &FolderState) -> Vec<String> {
    // Messages that arrived since may have UIDs behind `uid_next`: the next look finds them.
    let Some(last) = state.uid_next.checked_sub(1) else { return vec!["1:*".to_owned()] };
    if state.messages <= UIDS_PER_SEARCH {
        return vec![format!("1:{}", last.max(1))];
    }
    let width = UIDS_PER_SEARCH.max(last / SEARCHES_AT_MOST);
    let starts = (1..=last).step_by(usize::try_from(width).unwrap_or(usize::MAX));
    starts.map(|start| format!("{start}:{}", start.saturating_add(width - 1).min(last))).collect()
}

fn fetched<'a, 'r>(response: &'a Response<'r>) -> Option<(u32, &'a [AttributeValue<'r>])> {
    let Response::Fetch(_, attributes) = response else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })?;
    Some((uid, attributes))
}

fn key(attributes: &[AttributeValue<'_>]) -> MessageKey {
    let (mut bytes, mut id, mut is_draft) = (0, None, false);
    for attribute in attributes {
        match attribute {
            AttributeValue::Rfc822Size(size) => bytes = *size,
            AttributeValue::Flags(names) => is_draft = names.iter().any(|name| name.eq_ignore_ascii_case("\\Draft")),
            AttributeValue::BodySection { data: Some(data), .. } => id = message_id(data),
            _ => {}
        }
    }
    let id = id.unwrap_or_else(|| received_at(attributes).map_or_else(String::new, |at| at.to_rfc3339()));
    MessageKey { same: format!("{bytes} {id}"), is_draft }
}

fn received_at(attributes: &[AttributeValue<'_>]) -> Option<DateTime<Utc>> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(date) => {
            DateTime::parse_from_str(date.trim(), DATE_TIME).ok().map(|date| date.with_timezone(&Utc))
        }
        _ => None,
    })
}

fn flags(attributes: &[AttributeValue<'_>]) -> Flags {
    let mut flags = Flags::default();
    for attribute in attributes {
        if let AttributeValue::Flags(names) = attribute {
            let has = |flag: &str| names.iter().any(|name| name.eq_ignore_ascii_case(flag));
            flags = Flags { seen: has("\\Seen"), flagged: has("\\Flagged") };
        }
    }
    flags
}
