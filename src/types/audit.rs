//! Who does something, and by which way in.

use serde::{Deserialize, Serialize};

use super::{UserId, text_enum::text_enum};

text_enum! {
    /// The way in by which somebody acts.
    Through("way in") {
        Page = "page",
        Rest = "rest",
        CommandLine = "command_line",
        /// Nobody in person: the worker.
        Worker = "worker",
    }
}

/// Who acts, and through what. Every verb that changes something takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `None` where nobody is signed in: on the command line, and for the worker.
    pub user: Option<UserId>,
    pub through: Through,
}

impl Actor {
    /// Somebody who is signed in and sent a form or called a server function.
    #[must_use]
    pub fn page(user: UserId) -> Self {
        Self { user: Some(user), through: Through::Page }
    }

    /// Somebody who is signed in and called the REST API.
    #[must_use]
    pub fn rest(user: UserId) -> Self {
        Self { user: Some(user), through: Through::Rest }
    }

    /// Whoever has a shell on the server.
    #[must_use]
    pub fn command_line() -> Self {
        Self { user: None, through: Through::CommandLine }
    }

    /// The worker, by itself.
    #[must_use]
    pub fn worker() -> Self {
        Self { user: None, through: Through::Worker }
    }
}

/// For log lines: the id of the person, and the way in.
impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.user {
            Some(user) => write!(f, "{user} ({})", self.through),
            None => write!(f, "{}", self.through),
        }
    }
}
