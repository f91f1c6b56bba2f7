//! What keeps the database from doing what it is asked just now, though nothing is wrong with what it was asked: the same
//! call may succeed later. And what is wrong with the values of a call, so that it never will.

use super::StoreError;
use crate::{
    repeats::Repeats,
    types::{BusyCode, Problem, RunCode, UnavailableCode},
};

/// Why the database does not do just now what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Somebody else is at it, or it is slow: a lock, a limit of time, too many at once.
    Busy,
    /// The disk takes nothing more, or cannot be written. What is there can be read.
    Full,
    /// It is out of reach.
    Unreachable,
}

impl Trouble {
    /// The word for it in the API, in runs that wait and in the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        RunCode::from(self).as_str()
    }

    /// What an error code of either database says about the moment; `None` for one that speaks of the statement.
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>, <https://www.sqlite.org/rescode.html>
    fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            // PostgreSQL: a limit was reached (of a statement, of waiting for a lock), two waited for each other, or there are
            // too many sessions.
            "57014" | "55P03" | "40001" | "40P01" | "53300"
            // SQLite: busy or locked, for whatever reason; two that opened the log of writes at the same instant.
            | "5" | "6" | "261" | "262" | "517" | "518" | "773" | "15" => Self::Busy,
            // PostgreSQL's disk_full.
            "53100"
            // SQLite: full; a write, a sync or a cut that the system refused (a quota says so, and so does a broken disk);
            // no room for the index of the log of writes.
            | "13" | "778" | "1034" | "1290" | "1546" | "4618" | "4874" | "5386" => Self::Full,
            // The server ends the session, or it slept for too long inside a transaction; it takes none just now.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04"
            // SQLite: the file cannot be opened or read.
            | "14" | "266" | "522" => Self::Unreachable,
            _ if code.len() == 5 && code.starts_with("08") => Self::Unreachable,
            _ => return None,
        })
    }
}

impl StoreError {
    /// What keeps the database from answering just now. `None`: the same call would fail again.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        use sqlx::Error as E;
        match self {
            Self::Busy => Some(Trouble::Busy),
            Self::Database(E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed) => {
                Some(Trouble::Unreachable)
            }
            Self::Database(E::Database(error)) => error.code().and_then(|code| Trouble::of_code(&code)),
            _ => None,
        }
    }

    /// Whether a value of the call can be stored by no database of ours: a NUL character, a number or text beyond every bound.
    /// The faces refuse such values; this is the net below them.
    pub(super) fn is_unusable_value(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        // PostgreSQL: characters (22021, 22P05), sizes (22001, 54000), numbers (22003), times (22008). SQLite: too big.
        error
            .code()
            .is_some_and(|code| matches!(&*code, "22021" | "22P05" | "22001" | "22003" | "22008" | "54000" | "18"))
    }

    /// Whether it is the values of the call that the database refuses, so that other values may pass: what it cannot store, or what
    /// breaks a rule of its tables.
    pub(super) fn is_of_values(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        self.is_unusable_value() || error.code().is_some_and(|code| is_of_a_rule(&code))
    }
}

/// Whether an error code of either database says that a value breaks a rule.
fn is_of_a_rule(code: &str) -> bool {
    match code.len() {
        // PostgreSQL: data exceptions and integrity constraints, and a row that one statement names twice.
        5 => code.starts_with("22") || code.starts_with("23") || code == "21000",
        // SQLite: the last byte of every code for a constraint.
        _ => code.parse::<u32>().is_ok_and(|code| code & 0xff == 19),
    }
}

/// How long somebody should wait before the same call is made again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

impl From<Trouble> for RunCode {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Busy => Self::DatabaseBusy,
            Trouble::Full => Self::StorageFull,
            Trouble::Unreachable => Self::DatabaseUnavailable,
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Busy => Self::Busy { code: BusyCode::Database, retry_after_seconds: RETRY_AFTER_SECONDS },
            Trouble::Full => Self::StorageFull,
            Trouble::Unreachable => Self::unavailable(UnavailableCode::Database),
        }
    }
}

/// Says in the log what the trouble is: at its beginning, and now and then while it lasts. Every call of every page meets it.
pub(super) fn say(trouble: Trouble, error: &StoreError) {
    static SAID: Repeats = Repeats::new();
    if SAID.is_news(trouble.code()) {
        tracing::error!(%error, trouble = trouble.code(), "the database cannot do what it is asked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_speak_of_the_moment_or_of_the_statement() {
        for (code, trouble) in [
            ("5", Some(Trouble::Busy)),
            ("517", Some(Trouble::Busy)),
            ("55P03", Some(Trouble::Busy)),
            ("13", Some(Trouble::Full)),
            ("778", Some(Trouble::Full)),
            ("53100", Some(Trouble::Full)),
            ("08006", Some(Trouble::Unreachable)),
            ("57P01", Some(Trouble::Unreachable)),
            ("1", None),
            ("2067", None),
            ("23505", None),
            ("42P01", None),
        ] {
            assert_eq!(Trouble::of_code(code), trouble, "{code}");
        }
        for (code, is_rule) in
            [("1811", true), ("19", true), ("23514", true), ("22P02", true), ("1", false), ("42P01", false)]
        {
            assert_eq!(is_of_a_rule(code), is_rule, "{code}");
        }
        assert_eq!(StoreError::from(sqlx::Error::RowNotFound).trouble(), None);
        assert_eq!(StoreError::Busy.trouble(), Some(Trouble::Busy));
    }
}
