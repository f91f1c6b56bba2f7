//! An upload, from the moment it is here whole: it is imported at once when it is clear whose mail it is, and waits for an answer
//! otherwise.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Upload, aside_of_disk,
    look::{Found, look_into},
    queue, too_slow,
};
use crate::{
    Domain,
    accounts::{our_addresses, parse_addresses},
    aside::Wanted,
    mail::AddressSet,
    types::{Actor, FileProblem, InvalidCode, Problem, RunId, UserId},
    uploads::{self, Ticket, UploadToken},
};

/// So long a file is looked into, at most.
const LOOK_FOR: Duration = Duration::from_secs(15);

/// What becomes of an upload.
#[derive(Debug)]
pub enum Received {
    /// Its import waits for a worker, or has begun.
    Begun(RunId),
    /// Somebody has to say which addresses are ours, perhaps because of a problem with those that were given.
    Asks(UploadToken, Option<Problem>),
}

/// Takes an upload that is here whole. It is imported at once when an address of ours was given and writes in it; otherwise it
/// waits, with what was found in it, for [`answer`].
///
/// # Errors
/// [`Problem::Invalid`] for `file` when it holds no mail: then it is deleted.
pub async fn receive(
    d: &Arc<Domain>,
    by: UserId,
    token: UploadToken,
    name: &str,
    as_address: &str,
) -> Result<Received, Problem> {
    match look_and_queue(d, by, &token, name, as_address).await {
        Ok(received) => Ok(received),
        Err(problem) => {
            uploads::forget(d, &token).await;
            uploads::discard(d, &token.file(d)).await;
            Err(problem)
        }
    }
}

/// Takes an upload that came in pieces.
///
/// # Errors
/// As [`receive`]; `upload_not_found`; [`Problem::Invalid`] for `file` when a piece is missing.
pub async fn complete(d: &Arc<Domain>, by: UserId, token: UploadToken, as_address: &str) -> Result<Received, Problem> {
    let ticket = uploads::ticket(d, by, &token).await?;
    if uploads::received(d, by, &token).await? != ticket.size {
        return Err(Problem::invalid("file", FileProblem::CutOff));
    }
    receive(d, by, token, &ticket.name, as_address).await
}

/// Says which addresses are ours in an upload that waits, and queues its import. With `anyway` it does not matter whether any of
/// them writes in it.
///
/// # Errors
/// `upload_not_found`; [`Problem::Invalid`] for `as_address`: what is no address, none at all, or none of which anybody writes.
/// The file goes on waiting.
pub async fn answer(
    d: &Arc<Domain>,
    by: UserId,
    token: &UploadToken,
    addresses: &str,
    anyway: bool,
) -> Result<RunId, Problem> {
    let ticket = uploads::ticket(d, by, token).await?;
    let addresses = parse_addresses("as_address", addresses)?;
    if addresses.is_empty() {
        return Err(Problem::invalid("as_address", InvalidCode::OwnAddressMissing));
    }
    // Whoever was named by the first look writes in it.
    let ours = AddressSet::new(&addresses);
    let writes = ticket.look.iter().flat_map(|look| &look.parties).any(|party| ours.contains(&party.address));
    if !anyway && !writes {
        let found = look(d, token.file(d), ours).await?;
        if let Some(problem) = unseen(d, &found, &addresses).await? {
            uploads::write(d, token, &Ticket { missed: addresses, ..ticket }).await?;
            return Err(problem);
        }
    }
    let upload = Upload { path: token.file(d), name: ticket.name, as_address: addresses.join(",") };
    let run = queue(d, Actor::page(by), &upload).await?;
    uploads::forget(d, token).await;
    Ok(run)
}

async fn look_and_queue(
    d: &Arc<Domain>,
    by: UserId,
    token: &UploadToken,
    name: &str,
    as_address: &str,
) -> Result<Received, Problem> {
    let path = token.file(d);
    let given = parse_addresses("as_address", as_address);
    let addresses = given.as_deref().unwrap_or_default().to_vec();
    let found = look(d, path.clone(), AddressSet::new(&addresses)).await?;
    let mut problem = given.err();
    let mut missed = Vec::new();
    if !addresses.is_empty() {
        if let Some(unseen) = unseen(d, &found, &addresses).await? {
            problem = Some(unseen);
            missed.clone_from(&addresses);
        } else {
            let upload = Upload { path: path.clone(), name: name.to_owned(), as_address: addresses.join(",") };
            match queue(d, Actor::page(by), &upload).await {
                Ok(run) => {
                    uploads::forget(d, token).await;
                    return Ok(Received::Begun(run));
                }
                // Another address may do.
                Err(refused @ Problem::Invalid { .. }) => problem = Some(refused),
                Err(failed) => return Err(failed),
            }
        }
    }
    let size = uploads::in_time(tokio::fs::metadata(&path)).await.map_err(|error| uploads::problem(&error))?.len();
    let ticket = Ticket { name: name.to_owned(), size, by: Some(by), look: Some(found.look), missed };
    uploads::write(d, token, &ticket).await?;
    Ok(Received::Asks(token.clone(), problem))
}

/// Why a file is better not imported with these addresses as ours. More mail of a mailbox that is here already needs no reply in it.
async fn unseen(d: &Domain, found: &Found, addresses: &[String]) -> Result<Option<Problem>, Problem> {
    let Some(address) = addresses.first().filter(|_| found.from_asked == 0).cloned() else { return Ok(None) };
    let ours = our_addresses(d).await?;
    if addresses.iter().any(|address| ours.contains(address)) {
        return Ok(None);
    }
    let most = found.look.most_besides(&AddressSet::new(addresses));
    let instead = most.map(|party| (party.address.clone(), party.wrote));
    Ok(Some(Problem::invalid("as_address", InvalidCode::OwnAddressUnseen { address, instead })))
}

/// Looks whose mail a file on this machine is, for the command line. The addresses that are to be taken as ours: those that were
/// given, or those that are probably ours.
///
/// # Errors
/// [`Problem::Invalid`]: what [`answer`] says of the addresses, or of the file what is wrong with it.
pub async fn addresses_of(d: &Arc<Domain>, path: PathBuf, given: &str, anyway: bool) -> Result<Vec<String>, Problem> {
    let addresses = parse_addresses("as_address", given)?;
    if anyway && !addresses.is_empty() {
        return Ok(addresses);
    }
    let found = look(d, path, AddressSet::new(&addresses)).await?;
    if addresses.is_empty() {
        let proposed: Vec<String> = found.look.proposed().map(|party| party.address.clone()).collect();
        return if proposed.is_empty() {
            Err(Problem::invalid("as_address", InvalidCode::OwnAddressMissing))
        } else {
            Ok(proposed)
        };
    }
    // Whoever says on the command line whose mail it is may have mail that was only received, or replies under a name not said.
    if found.to_asked > 0 {
        return Ok(addresses);
    }
    unseen(d, &found, &addresses).await?.map_or(Ok(addresses), Err)
}

async fn look(d: &Domain, path: PathBuf, asked: AddressSet) -> Result<Found, Problem> {
    let (stop, begun) = (d.stop.clone(), Instant::now());
    let looking = move |wanted: &Wanted| {
        let wanted = wanted.clone();
        let is_over = move || begun.elapsed() > LOOK_FOR;
        let looked = look_into(&path, &asked, move || stop.is_cancelled() || is_over() || !wanted.is_so());
        // What was seen up to then would do: there was nothing.
        looked.map_err(|problem| if is_over() { too_slow(LOOK_FOR) } else { problem })
    };
    aside_of_disk(LOOK_FOR, looking).await
}
