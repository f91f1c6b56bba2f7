//! The kit everything is made of.

pub(crate) mod controls;
pub(crate) mod dialog;
pub(crate) mod flash;
pub(crate) mod live;
pub(crate) mod menu;
pub(crate) mod parts;
pub(crate) mod shell;
pub(crate) mod shortcuts;
pub(crate) mod url;
