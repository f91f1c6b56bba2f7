//! Whether the database is there, is ours, has the schema of this program, and takes what is written.

use std::time::Duration;

use super::{Report, Subject, note, right, wrong};
use crate::{
    clock::Clock,
    settings::Settings,
    store::{Limits, Migrations, Store, StoreError, Trouble},
};

/// Shorter than a server's: somebody waits.
const LIMITS: Limits = Limits {
    statement: Duration::from_secs(10),
    answer: Duration::from_secs(12),
    lock: Duration::from_secs(5),
    idle_in_transaction: Duration::from_secs(10),
};

/// The database as it is, if its tables can be read.
pub(super) async fn look(settings: &Settings, clock: &dyn Clock, report: Report<'_>) -> Option<Store> {
    let subject = Subject::Database;
    let store = match Store::open_as_it_is(LIMITS, &settings.database_url, settings.cipher()).await {
        Ok(Some(store)) => store,
        Ok(None) => {
            note(report, subject, "there is no database yet: the first start creates it");
            return None;
        }
        Err(error) => {
            wrong(report, subject, &error.to_string());
            return None;
        }
    };
    let name = if store.backend() == "sqlite" { "SQLite" } else { "PostgreSQL" };
    if let Err(error) = store.ping().await {
        wrong(report, subject, &format!("{name} does not answer: {}", in_words(&error)));
        return None;
    }
    right(report, subject, &format!("{name} answers"));
    match store.migrations().await {
        Ok(migrations) => {
            if !say_migrations(migrations, report) {
                store.close().await;
                return None;
            }
        }
        Err(error) => {
            wrong(report, subject, &format!("its migrations cannot be read: {}", in_words(&error)));
            return None;
        }
    }
    match store.refuse_another_key().await {
        Ok(()) => look_at_keys(&store, report).await,
        Err(error) => wrong(report, subject, &error.to_string()),
    }
    match store.probe(0, clock.now()).await {
        Ok(()) => right(report, subject, "it can be written to"),
        Err(error) => wrong(report, subject, &format!("it cannot be written to: {}", in_words(&error))),
    }
    Some(store)
}

/// Whether the tables are those of this program.
fn say_migrations(migrations: Migrations, report: Report<'_>) -> bool {
    let Migrations { applied, missing, unknown } = migrations;
    let subject = Subject::Database;
    if unknown > 0 {
        wrong(
            report,
            subject,
            "a newer version of Replybook has migrated it: use that version, or restore an older backup with this one",
        );
    } else if missing > 0 && applied == 0 {
        note(report, subject, "it is empty: the first start creates the tables");
    } else if missing > 0 {
        wrong(
            report,
            subject,
            &format!(
                "it lacks {missing} of {} migrations: back it up, then run `replybook migrate` or start the server",
                applied + missing
            ),
        );
    } else {
        right(report, subject, &format!("all {applied} migrations are applied"));
    }
    unknown == 0 && missing == 0
}

async fn look_at_keys(store: &Store, report: Report<'_>) {
    let subject = Subject::Database;
    match store.key_standing().await {
        Ok(standing) if standing.unreadable > 0 => wrong(
            report,
            subject,
            &format!(
                "{} stored secrets cannot be opened with SECRET_KEY: reconnect those mailboxes and store those API keys again",
                standing.unreadable
            ),
        ),
        Ok(standing) if standing.previous > 0 => note(
            report,
            subject,
            &format!("{} stored secrets still use SECRET_KEY_PREVIOUS: run `replybook keys rotate`", standing.previous),
        ),
        Ok(standing) if standing.current == 0 => right(report, subject, "SECRET_KEY fits; no secret is stored yet"),
        Ok(standing) => {
            right(report, subject, &format!("SECRET_KEY opens every stored secret ({})", standing.current));
        }
        Err(error) => wrong(report, subject, &format!("the stored secrets cannot be read: {}", in_words(&error))),
    }
}

fn in_words(error: &StoreError) -> String {
    match error.trouble() {
        Some(Trouble::Busy) => format!("another process holds it ({error})"),
        Some(Trouble::Full) => format!("its disk is full ({error})"),
        Some(Trouble::Unreachable) | None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Finding, Verdict};

    #[test]
    fn tables_of_another_version_are_left_alone() {
        for (migrations, verdict, words, ours) in [
            (Migrations { applied: 8, missing: 0, unknown: 0 }, Verdict::Right, "all 8 migrations", true),
            (Migrations { applied: 0, missing: 8, unknown: 0 }, Verdict::Note, "it is empty", false),
            (Migrations { applied: 6, missing: 2, unknown: 0 }, Verdict::Wrong, "it lacks 2 of 8 migrations", false),
            (Migrations { applied: 8, missing: 0, unknown: 1 }, Verdict::Wrong, "a newer version", false),
        ] {
            let mut found: Vec<Finding> = Vec::new();
            assert_eq!(say_migrations(migrations, &mut |finding| found.push(finding)), ours);
            assert!(found.len() == 1 && found[0].verdict == verdict && found[0].text.contains(words), "{found:?}");
        }
    }
}
