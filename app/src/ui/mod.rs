//! The kit: small pieces that every page is made of. What islands draw with compiles for the browser too.

#[cfg(feature = "ssr")]
pub(crate) mod accounts;
#[cfg(feature = "ssr")]
pub(crate) mod chart;
pub(crate) mod keys;
pub(crate) mod parts;
#[cfg(feature = "ssr")]
pub(crate) mod tags;
pub(crate) mod url;
#[cfg(feature = "ssr")]
pub(crate) mod vector_words;
pub(crate) mod words;

#[cfg(feature = "ssr")]
pub(crate) mod forms;
