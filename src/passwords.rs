//! Hashes of passwords (Argon2id). One takes 19 MiB and some 30 ms of a core: so no more than two are made at once, a few wait,
//! and whoever comes beyond them is told to come again. Strangers can ask for as many as they like.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::types::{BusyCode, Problem};

/// Hashes that are made at the same time.
const AT_ONCE: usize = 2;
/// Callers that wait for their turn.
const QUEUE: usize = 30;
/// The longest wait: on a machine that is busy with other things.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The longest that one hash may take, on such a machine: nobody waits for it then, and its turn is over when it is done.
const LONGEST_WORK: Duration = Duration::from_secs(10);
/// When somebody for whom there was no place should come again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 2;
/// The memory of a hash is asked for as one piece larger than this, in bytes, of which only what is used is ever touched: of
/// pieces above 32 MiB glibc keeps nothing when they are freed (mallopt(3), M_MMAP_THRESHOLD). Of smaller ones each of its
/// arenas may keep one for ever.
const KEPT_BY_NOBODY: usize = 33 << 20;

/// Makes and verifies hashes, in turn.
#[derive(Debug)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE + QUEUE)), at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// The right to make one hash. It goes along with the work: whoever stops waiting for a hash does not stop it.
#[derive(Debug)]
struct Turn {
    _place: OwnedSemaphorePermit,
    _at_once: OwnedSemaphorePermit,
}

impl Passwords {
    /// The hash of a password, in PHC string format.
    ///
    /// # Errors
    /// [`Problem::Busy`] when too many wait already, or when it takes too long.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = SecretString::from(password);
        self.in_turn(move || hash(password.expose_secret())).await
    }

    /// Whether this is the password of `hash`. Without a hash it is not, and finding out takes as long.
    ///
    /// # Errors
    /// [`Problem::Busy`] when too many wait already, or when it takes too long.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Problem> {
        let password = SecretString::from(password);
        self.in_turn(move || match hash {
            Some(hash) => verify(password.expose_secret(), &hash),
            None => {
                derive(password.expose_secret(), &Salt::generate(), Argon2::default(), Params::DEFAULT_OUTPUT_LEN)?;
                Ok(false)
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turn().await?;
        let worked = tokio::task::spawn_blocking(move || {
            let _until_it_is_done = turn;
            work()
        });
        let worked = timeout(LONGEST_WORK, worked).await.map_err(|_| busy())?;
        worked.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))
    }

    async fn turn(&self) -> Result<Turn, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let at_once = timeout(LONGEST_WAIT, Arc::clone(&self.at_once).acquire_owned()).await.map_err(|_| busy())?;
        Ok(Turn { _place: place, _at_once: at_once.map_err(|error| Problem::internal(&error))? })
    }
}

fn busy() -> Problem {
    Problem::Busy { code: BusyCode::SignIn, retry_after_seconds: RETRY_AFTER_SECONDS }
}

fn hash(password: &str) -> Result<String, password_hash::Error> {
    let (argon2, salt) = (Argon2::default(), Salt::generate());
    let params = ParamsString::try_from(argon2.params())?;
    let output = derive(password, &salt, argon2, Params::DEFAULT_OUTPUT_LEN)?;
    let hash = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params,
        salt: Some(salt),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> Result<bool, password_hash::Error> {
    let stored = PasswordHash::new(hash)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(password_hash::Error::EncodingInvalid);
    };
    let argon2 = Argon2::new(algorithm, version, Params::try_from(&stored.params)?);
    // Outputs are compared in constant time.
    Ok(derive(password, salt, argon2, expected.len())? == *expected)
}

fn derive(password: &str, salt: &Salt, argon2: Argon2<'_>, length: usize) -> Result<Output, password_hash::Error> {
    let count = argon2.params().block_count();
    let mut blocks = Vec::with_capacity(count.max(KEPT_BY_NOBODY / Block::SIZE));
    blocks.resize(count, Block::new());
    let mut output = [0_u8; Output::MAX_LENGTH];
    let output = output.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut blocks)?;
    Ok(Output::new(output)?)
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.expect("verifies"));
        assert!(!passwords.verify("correct horsf", Some(hash.clone())).await.expect("verifies"));
        assert!(!passwords.verify("correct horse", None).await.expect("verifies"));
        // Hashes of earlier versions, and those of the library's own way.
        assert_eq!(
            Argon2::default().verify_password(b"correct horse", &PasswordHash::new(&hash).expect("PHC")),
            Ok(())
        );
        let theirs = Argon2::default().hash_password(b"correct horse").expect("hashes").to_string();
        assert!(passwords.verify("correct horse", Some(theirs)).await.expect("verifies"));
    }

    #[tokio::test]
    async fn two_at_once_a_few_wait_and_the_next_is_told_to_come_again() {
        let passwords = Passwords::default();
        let mut hashing = Vec::new();
        for _ in 0..AT_ONCE {
            hashing.push(passwords.turn().await.expect("there is room"));
        }
        let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(passwords.turn())).collect();
        for turn in &mut waiting {
            assert!(futures::poll!(turn).is_pending(), "it is not its turn");
        }
        let busy = Problem::Busy { code: BusyCode::SignIn, retry_after_seconds: RETRY_AFTER_SECONDS };
        assert_eq!(passwords.verify("x", None).await, Err(busy), "without any work");
        hashing.pop();
        let first = waiting.remove(0).await;
        assert!(first.is_ok(), "who came first is next");
        assert!(futures::poll!(&mut waiting[0]).is_pending());
        drop((hashing, first, waiting));
        assert_eq!(passwords.verify("x", None).await, Ok(false));
    }
}
