//! Changing the key under which secrets are stored.

use crate::{
    Domain,
    store::{Act, KeyStanding, StoreError},
    types::Actor,
};

/// Under which key the stored secrets are.
///
/// # Errors
/// When the database cannot be read.
pub async fn standing(d: &Domain) -> Result<KeyStanding, StoreError> {
    d.store.key_standing().await
}

/// Seals every secret of the previous key by the present one. Says how many that were, and how it stands then. May be broken off at
/// any point and begun again; servers that have both keys go on meanwhile.
///
/// # Errors
/// When the database cannot be used: what was sealed until then is.
pub async fn rotate(d: &Domain, by: Actor) -> Result<(u64, KeyStanding), StoreError> {
    let resealed = d.store.rotate_keys(Act { by, at: d.clock.now() }).await?;
    if resealed > 0 {
        tracing::info!(%by, resealed, "secrets sealed anew");
    }
    Ok((resealed, d.store.key_standing().await?))
}
