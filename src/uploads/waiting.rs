//! Files that come in piece by piece, and those that wait until somebody says whose mail they are.
//!
//! Each has a token, which names the file, and beside it a ticket: what is known of it. Both lie in the folder for uploads, so that
//! a restart loses neither.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{EXTENSION, Look, in_time};
use crate::{
    Domain, crypto, files, room,
    types::{ConflictCode, FileProblem, NotFoundCode, Problem, UnavailableCode, UserId},
};

/// What a ticket is called behind the token.
pub(super) const TICKET: &str = "ticket";
/// So long a file waits for its next piece, or for an answer, after the last one.
pub(super) const WAITS: Duration = Duration::from_hours(24);
/// Characters of a token: 32 bytes in base64.
const TOKEN_LENGTH: usize = 43;

/// Names an upload. It is secret: who has it can go on with the upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadToken(String);

impl UploadToken {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(crypto::random_token())
    }

    /// As it stands in addresses.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file of this upload.
    #[must_use]
    pub fn file(&self, d: &Domain) -> PathBuf {
        super::folder(d).join(format!("{}.{EXTENSION}", self.0))
    }

    fn ticket(&self, d: &Domain) -> PathBuf {
        super::folder(d).join(format!("{}.{TICKET}", self.0))
    }
}

impl FromStr for UploadToken {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let is_token = text.len() == TOKEN_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if is_token { Ok(Self(text.to_owned())) } else { Err(gone()) }
    }
}

/// What is known of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The name of the file on the machine that it came from.
    pub name: String,
    /// The size of the whole file, in bytes.
    pub size: u64,
    /// Who sends it. Nobody else sees it.
    pub by: Option<UserId>,
    /// What was found in it. `None` while it comes in.
    pub look: Option<Look>,
    /// The addresses that were given, where no message comes from any of them.
    pub missed: Vec<String>,
}

/// Makes room for a file that will come in pieces.
///
/// # Errors
/// [`Problem::Invalid`] for `file` when it is empty or too large; [`Problem::StorageFull`] when the disk has no room for it.
pub async fn begin(d: &Domain, by: UserId, name: &str, size: u64) -> Result<UploadToken, Problem> {
    let limit = d.settings.max_upload_bytes;
    if size == 0 {
        return Err(Problem::invalid("file", FileProblem::Empty));
    }
    if size > limit {
        return Err(Problem::invalid("file", FileProblem::TooLarge { megabytes: limit >> 20 }));
    }
    if room::room(&d.settings).is_some_and(|room| room.free < size) {
        return Err(Problem::StorageFull);
    }
    let token = UploadToken::random();
    let (folder, file) = (super::folder(d), token.file(d));
    on_disk(move || {
        files::make_folder(&folder)?;
        files::write_new(&file, &[])
    })
    .await?;
    write(d, &token, &Ticket { name: name.to_owned(), size, by: Some(by), look: None, missed: Vec::new() }).await?;
    Ok(token)
}

/// How many bytes of the file are here.
///
/// # Errors
/// `upload_not_found`.
pub async fn received(d: &Domain, by: UserId, token: &UploadToken) -> Result<u64, Problem> {
    ticket(d, by, token).await?;
    let file = token.file(d);
    on_disk(move || Ok(fs::metadata(file)?.len())).await
}

/// Adds a piece that begins at `offset`, and says how many bytes are here now.
///
/// # Errors
/// `upload_not_found`; `upload_elsewhere` when the file does not end at `offset`, or another piece is being written: ask where it
/// ends, and go on from there; [`Problem::Invalid`] for `file` when it would become larger than was said.
pub async fn append(d: &Domain, by: UserId, token: &UploadToken, offset: u64, bytes: Vec<u8>) -> Result<u64, Problem> {
    let ticket = ticket(d, by, token).await?;
    let end = offset.saturating_add(bytes.len() as u64);
    if end > ticket.size {
        return Err(Problem::invalid("file", FileProblem::CutOff));
    }
    let file = token.file(d);
    let written = on_disk(move || {
        let mut file = File::options().write(true).open(file)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if file.seek(SeekFrom::End(0))? != offset {
            return Ok(None);
        }
        file.write_all(&bytes)?;
        Ok(Some(end))
    });
    let written = written.await?.ok_or_else(|| Problem::conflict(ConflictCode::UploadElsewhere))?;
    // Its age is that of its newest piece.
    write(d, token, &ticket).await?;
    Ok(written)
}

/// What is known of an upload.
///
/// # Errors
/// `upload_not_found`, also when somebody else sends it.
pub async fn ticket(d: &Domain, by: UserId, token: &UploadToken) -> Result<Ticket, Problem> {
    let path = token.ticket(d);
    let ticket: Ticket = match in_time(tokio::fs::read(&path)).await {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Problem::internal(&error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(gone()),
        Err(error) => return Err(problem(&error)),
    };
    if ticket.by == Some(by) { Ok(ticket) } else { Err(gone()) }
}

/// Writes down what is known of an upload.
pub(crate) async fn write(d: &Domain, token: &UploadToken, ticket: &Ticket) -> Result<(), Problem> {
    let bytes = serde_json::to_vec(ticket).map_err(|error| Problem::internal(&error))?;
    let path = token.ticket(d);
    let new = path.with_extension(format!("{TICKET}.{}", crypto::random_token()));
    on_disk(move || {
        files::write_new(&new, &bytes)?;
        fs::rename(new, path)
    })
    .await
}

/// Forgets the ticket: the file is imported, or gone.
pub(crate) async fn forget(d: &Domain, token: &UploadToken) {
    super::discard(d, &token.ticket(d)).await;
}

/// Gives an upload up.
///
/// # Errors
/// `upload_not_found`.
pub async fn abandon(d: &Domain, by: UserId, token: &UploadToken) -> Result<(), Problem> {
    ticket(d, by, token).await?;
    forget(d, token).await;
    super::discard(d, &token.file(d)).await;
    Ok(())
}

/// Whether the file, or the ticket, of an upload may still be asked for.
pub(super) fn is_waited_for(path: &Path) -> bool {
    let written = fs::metadata(path.with_extension(TICKET)).and_then(|about| about.modified());
    written.is_ok_and(|at| SystemTime::now().duration_since(at).map_or(true, |age| age < WAITS))
}

fn gone() -> Problem {
    Problem::not_found(NotFoundCode::Upload)
}

/// Does something with files on a thread where that may take time.
async fn on_disk<T: Send + 'static>(act: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    let done = in_time(async { tokio::task::spawn_blocking(act).await.map_err(io::Error::other)? });
    done.await.map_err(|error| problem(&error))
}

/// An upload that cannot be written or read.
#[must_use]
pub fn problem(error: &io::Error) -> Problem {
    tracing::error!(%error, "an upload could not be written or read");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Problem::StorageFull,
        io::ErrorKind::NotFound => gone(),
        _ => Problem::unavailable(UnavailableCode::UploadDisk),
    }
}
