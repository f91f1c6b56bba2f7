//! `/admin`: what is connected, what waits, what comes next.

pub(crate) mod api;
mod page;

pub(crate) use page::OverviewPage;
