//! How often each provider refused since this process began, for `/metrics`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

static REFUSALS: Mutex<BTreeMap<(&str, &str), u64>> = Mutex::new(BTreeMap::new());

/// Counts one failed call. `kind` is the short stable code of the provider's error.
pub fn refused(provider: &'static str, kind: &'static str) {
    let mut refusals = REFUSALS.lock().unwrap_or_else(PoisonError::into_inner);
    *refusals.entry((provider, kind)).or_default() += 1;
}

/// Provider, kind and number of all refusals so far.
#[must_use]
pub fn refusals() -> Vec<(&'static str, &'static str, u64)> {
    let refusals = REFUSALS.lock().unwrap_or_else(PoisonError::into_inner);
    refusals.iter().map(|(&(provider, kind), &number)| (provider, kind, number)).collect()
}
