//! Looks into a mailbox file before it is imported: who writes in it, to whom, and which of them are probably us.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use crate::{
    mail::{
        AddressSet, MboxItem, MboxKind, ParsedMessage, SENT_LABEL, direction::mailbox_key, is_address,
        open_mail_source_until, parse_rfc822, system_label, takeout_info,
    },
    types::FileProblem,
    uploads::{Look, Party},
};

/// Messages that are looked at, at most. Only their headers are read.
const MAX_MESSAGES: u64 = 50_000;
/// Bytes that are looked at, at most, as they are after unpacking.
const MAX_BYTES: u64 = 2 << 30;
/// Different addresses that are counted, at most.
const MAX_PARTIES: usize = 200_000;
/// Who is named, at most.
const NAMED: usize = 12;
/// Of those who are probably not us, where somebody probably is.
const NAMED_BESIDES: usize = 4;
/// Headers in which a server writes down to which address it delivered a message.
const DELIVERED: [&str; 5] = ["delivered-to", "x-original-to", "x-delivered-to", "envelope-to", "x-envelope-to"];
/// What mail programs call the folder of sent mail, besides what Gmail calls it.
const SENT_FOLDERS: [&str; 8] = [
    "sent items",
    "sent messages",
    "sent-mail",
    "sent mail",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "отправленные элементы",
];
/// At these domains everybody has a mailbox: that two addresses share one says nothing.
const PUBLIC_DOMAINS: [&str; 38] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.fr",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.co.jp",
    "yahoo.fr",
    "yahoo.de",
    "ymail.com",
    "aol.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "mail.ru",
    "bk.ru",
    "inbox.ru",
    "list.ru",
    "internet.ru",
    "yandex.ru",
    "yandex.com",
    "ya.ru",
    "rambler.ru",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "web.de",
    "t-online.de",
    "proton.me",
    "protonmail.com",
    "fastmail.com",
    "zoho.com",
    "qq.com",
    "163.com",
];

/// What was found, and how many messages come from one of the addresses that were asked for.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) look: Look,
    pub(super) from_asked: u64,
    /// How many others went to one of them.
    pub(super) to_asked: u64,
}

/// Looks into a file until it ends, a limit is reached, or `stop` says so.
///
/// # Errors
/// When the file is no mail, or cannot be read before its first message. One that breaks off later is looked at up to there: its
/// import will say so.
pub(super) fn look_into(
    path: &Path,
    asked: &AddressSet,
    stop: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Found, FileProblem> {
    let mut source = open_mail_source_until(path, stop)?;
    let is_archive = source.is_archive();
    let mut counting = Counting::default();
    counting.is_whole = loop {
        let member = match source.next_member() {
            Ok(Some(member)) => member,
            Ok(None) => break true,
            Err(_) if counting.messages > 0 => break false,
            Err(error) => return Err(error.into()),
        };
        let is_sent = is_sent_folder(&member.name);
        let mut messages = member.messages();
        match messages.begin().map_err(FileProblem::from) {
            Ok(()) => {}
            Err(FileProblem::Empty) if is_archive => continue,
            Err(_) if is_archive && counting.messages > 0 => continue,
            Err(problem) => return Err(problem),
        }
        if !messages.all(|item| item.is_ok_and(|item| counting.take(&item, is_sent, asked))) {
            break false;
        }
    };
    if counting.messages == 0 {
        return Err(FileProblem::Empty);
    }
    Ok(counting.found())
}

/// `Takeout/Mail/Отправленные.mbox`, `Sent Items/mbox`.
fn is_sent_folder(member: &str) -> bool {
    let mut parts = member.rsplit(['/', '\\']).take(2);
    parts.any(|part| {
        let name = part.rsplit_once('.').map_or(part, |(name, _)| name).trim().to_lowercase();
        system_label(&name) == Some(SENT_LABEL) || SENT_FOLDERS.contains(&name.as_str())
    })
}

#[derive(Default)]
struct Counting {
    messages: u64,
    bytes: u64,
    is_whole: bool,
    from_asked: u64,
    to_asked: u64,
    parties: HashMap<String, Counted>,
}

#[derive(Default)]
struct Counted {
    party: Party,
    /// Messages that it wrote or got.
    takes_part: u64,
}

impl Counting {
    /// `false` when enough was seen.
    fn take(&mut self, item: &MboxItem, is_sent: bool, asked: &AddressSet) -> bool {
        self.messages += 1;
        self.bytes += item.end_offset.saturating_sub(item.offset);
        if let MboxKind::Message(raw) | MboxKind::TooLarge { head: raw, .. } = &item.kind
            && let Ok(message) = parse_rfc822(head(raw))
        {
            self.count(&message, is_sent, asked);
        }
        self.messages < MAX_MESSAGES && self.bytes < MAX_BYTES
    }

    fn count(&mut self, message: &ParsedMessage, is_sent: bool, asked: &AddressSet) {
        let is_sent = is_sent
            || takeout_info(message).is_some_and(|takeout| takeout.labels.iter().any(|label| label == SENT_LABEL));
        let from = message.from.as_ref().map(|from| from.address.as_str());
        if from.is_some_and(|from| asked.contains(from)) {
            self.from_asked += 1;
        }
        let author = from.and_then(mailbox_key);
        let delivered =
            message.headers.iter().filter(|(name, _)| DELIVERED.iter().any(|known| name.eq_ignore_ascii_case(known)));
        let delivered = delivered.map(|(_, value)| value.trim().trim_matches(['<', '>']).to_lowercase());
        let mut receivers: Vec<(String, String)> = message
            .recipients()
            .into_iter()
            .chain(delivered)
            .filter_map(|address| Some((mailbox_key(&address)?, address)))
            .filter(|(key, _)| Some(key) != author.as_ref())
            .collect();
        self.to_asked += u64::from(receivers.iter().any(|(_, address)| asked.contains(address)));
        receivers.sort_unstable();
        receivers.dedup_by(|a, b| a.0 == b.0);
        for (key, address) in receivers {
            if let Some(counted) = self.party(key, &address) {
                counted.party.received += 1;
                counted.takes_part += 1;
            }
        }
        if let Some((key, address)) = author.zip(from)
            && let Some(Counted { party, takes_part }) = self.party(key, address)
        {
            *takes_part += 1;
            party.wrote += 1;
            party.sent += u64::from(is_sent);
            party.answered += u64::from(!message.in_reply_to.is_empty() || !message.references.is_empty());
        }
    }

    fn party(&mut self, key: String, address: &str) -> Option<&mut Counted> {
        if !is_address(address) || self.parties.len() >= MAX_PARTIES && !self.parties.contains_key(&key) {
            return None;
        }
        let new = || Counted { party: Party { address: address.to_lowercase(), ..Party::default() }, takes_part: 0 };
        Some(self.parties.entry(key).or_insert_with(new))
    }

    fn found(self) -> Found {
        let Self { messages, is_whole, from_asked, to_asked, parties, .. } = self;
        let mut parties: Vec<Counted> = parties.into_values().filter(|counted| counted.party.wrote > 0).collect();
        parties.sort_by(|a, b| b.takes_part.cmp(&a.takes_part).then_with(|| a.party.address.cmp(&b.party.address)));
        propose(messages, &mut parties);
        let mut parties: Vec<Party> = parties.into_iter().map(|counted| counted.party).collect();
        parties.sort_by_key(|party| {
            std::cmp::Reverse((party.is_proposed, if party.is_proposed { 0 } else { party.wrote }))
        });
        let ours = parties.iter().filter(|party| party.is_proposed).count();
        parties.truncate(if ours == 0 { NAMED } else { (ours + NAMED_BESIDES).min(NAMED) });
        Found { look: Look { messages, is_whole, parties }, from_asked, to_asked }
    }
}

/// The headers of a message, and the blank line behind them.
fn head(raw: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(line) = raw.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let next = from + line + 1;
        match raw.get(next..) {
            Some([b'\n', ..]) => return raw.get(..=next).unwrap_or(raw),
            Some([b'\r', b'\n', ..]) => return raw.get(..next + 2).unwrap_or(raw),
            _ => from = next,
        }
    }
    raw
}

/// Marks who is probably us. `parties` are those who write, those who take part in most of it first.
///
/// Mail in a folder of sent mail is ours. Where there is none, the mailbox belongs to whoever takes part in at least half of it, by
/// writing and by getting mail. At a domain of our own, those who answer from it belong to us as well. Who only writes, e.g. a form
/// on our own web site, is not proposed: what it writes comes from clients.
fn propose(messages: u64, parties: &mut [Counted]) {
    let sent: u64 = parties.iter().map(|counted| counted.party.sent).sum();
    // One message in a hundred at least: something moved there by mistake is no proof.
    let sends = |counted: &&Counted| sent > 0 && counted.party.sent * 100 >= sent;
    let mut ours: Vec<String> = parties.iter().filter(sends).map(|counted| counted.party.address.clone()).collect();
    if ours.is_empty() {
        let mut leaders =
            parties.iter().filter(|Counted { party, takes_part }| party.received > 0 && takes_part * 2 >= messages);
        if let Some(leader) = leaders.next() {
            let is_rival = |other: &Counted| other.takes_part * 10 >= leader.takes_part * 9;
            let domain = own_domain(&leader.party.address);
            if leaders.any(|other| is_rival(other) && (domain.is_none() || own_domain(&other.party.address) != domain))
            {
                // They write to each other most of the time: nobody can tell which of them is us.
                return;
            }
            ours.push(leader.party.address.clone());
        }
    }
    let mut domains: HashSet<String> =
        ours.iter().filter_map(|address| own_domain(address)).map(str::to_owned).collect();
    if ours.is_empty() {
        domains.extend(domain_of_most(messages, parties));
    }
    for Counted { party, .. } in parties {
        let is_colleague =
            party.answered > 0 && own_domain(&party.address).is_some_and(|domain| domains.contains(domain));
        party.is_proposed = is_colleague || ours.contains(&party.address);
    }
}

/// The domain of an address, unless everybody can have an address there.
fn own_domain(address: &str) -> Option<&str> {
    let (_, domain) = address.rsplit_once('@')?;
    (!PUBLIC_DOMAINS.contains(&domain)).then_some(domain)
}

/// The only domain whose addresses together wrote or got at least half of the mail, where one of them answers.
fn domain_of_most(messages: u64, parties: &[Counted]) -> Option<String> {
    let mut domains: HashMap<&str, (u64, u64, u64)> = HashMap::new();
    for Counted { party, takes_part } in parties {
        if let Some(domain) = own_domain(&party.address) {
            let (part, answered, received) = domains.entry(domain).or_default();
            *part += takes_part;
            *answered += party.answered;
            *received += party.received;
        }
    }
    let is_likely =
        |(part, answered, received): &(u64, u64, u64)| part * 2 >= messages && *answered > 0 && *received > 0;
    let mut likely = domains.into_iter().filter(|(_, counts)| is_likely(counts));
    let found = likely.next();
    found.filter(|_| likely.next().is_none()).map(|(domain, _)| domain.to_owned())
}

#[cfg(test)]
mod tests;
