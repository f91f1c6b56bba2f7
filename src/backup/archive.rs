//! What an archive is: a tar, packed by gzip.
//!
//! ```text
//! manifest.json                       what it is of: format, schema, version, time, tables with their columns, the key's mark
//! tables/emails_messages/000001.jsonl rows, one a line, each an array in the order of the columns
//! uploads/…                           files that wait to be imported
//! sums.json                           per table the number of rows and their sum (see `Tally`), per upload its SHA-256
//! ```
//!
//! It is the same whichever database it was made of. `sums.json` is last: an archive without it is not whole.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::store::{
    last_migration,
    portable::{Extent, KeyMark, Table, Tally},
};

/// The format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u64 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SUMS: &str = "sums.json";
pub(super) const TABLES: &str = "tables";
pub(super) const UPLOADS: &str = "uploads";
/// Bytes of one member at most, uploads excepted: a page of rows is far smaller, a page of one very long message is not.
pub(super) const MOST_BYTES: u64 = 1 << 30;

/// What an archive is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Also says that this is an archive of ours.
    #[serde(rename = "replybook_backup")]
    pub format: u64,
    /// The version of the program.
    pub made_by: String,
    /// The moment whose state it holds.
    pub made_at: DateTime<Utc>,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The last migration of the database.
    pub schema: i64,
    pub key: KeyMark,
    pub tables: Vec<Table>,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    pub rows: u64,
    /// The sum of the SHA-256 of its rows modulo 2^256, in hexadecimal digits.
    pub sum: String,
}

/// A file that waits to be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSum {
    pub name: String,
    /// Where its import looks for it.
    pub source: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What an archive holds, as it says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub tables: BTreeMap<String, TableSum>,
    pub uploads: Vec<UploadSum>,
}

impl From<Tally> for TableSum {
    fn from(tally: Tally) -> Self {
        Self { rows: tally.rows, sum: tally.digits() }
    }
}

impl Manifest {
    /// Reads the first member.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, BackupError> {
        let json: serde_json::Value = serde_json::from_slice(bytes)
            .map_err(|error| BackupError::Damaged(format!("{MANIFEST} is not JSON: {error}")))?;
        let format = json.get("replybook_backup").and_then(serde_json::Value::as_u64);
        match format {
            Some(1..=FORMAT) => {}
            Some(format) if format > FORMAT => return Err(BackupError::NewerFormat { format, known: FORMAT }),
            _ => return Err(BackupError::NotAnArchive(format!("its {MANIFEST} is of something else"))),
        }
        let manifest: Self = serde_json::from_value(json)
            .map_err(|error| BackupError::Damaged(format!("{MANIFEST} is not as it should be: {error}")))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), BackupError> {
        let known = last_migration();
        if self.schema > known {
            return Err(BackupError::Newer { made_by: self.made_by.clone(), schema: self.schema, known });
        }
        // The tables of older schemas are described by their archives alone.
        let is_whole = self.schema < known || self.tables == Table::all(Extent::Lasting);
        if !is_whole || !self.tables.iter().all(Table::is_sound) {
            return Err(BackupError::Damaged(format!("{MANIFEST} does not name the tables of schema {}", self.schema)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            made_by: "0.1.0".to_owned(),
            made_at: DateTime::UNIX_EPOCH,
            database: "sqlite".to_owned(),
            schema: last_migration(),
            key: KeyMark::default(),
            tables: Table::all(Extent::Lasting),
        }
    }

    fn read(manifest: &Manifest) -> Result<Manifest, BackupError> {
        Manifest::read(&serde_json::to_vec(manifest).expect("JSON"))
    }

    #[test]
    fn a_manifest_of_this_version_is_read_and_newer_ones_say_so() {
        assert_eq!(read(&manifest()).expect("reads"), manifest());
        let newer = read(&Manifest { schema: 999, ..manifest() }).expect_err("newer").to_string();
        assert!(newer.contains("newer version of Replybook (0.1.0, schema 999)"), "{newer}");
        let newer = read(&Manifest { format: 2, ..manifest() }).expect_err("newer").to_string();
        assert!(newer.contains("newer format (2)"), "{newer}");
        assert!(matches!(Manifest::read(b"{}"), Err(BackupError::NotAnArchive(_))));
        assert!(matches!(Manifest::read(b"{"), Err(BackupError::Damaged(_))));
    }

    #[test]
    fn tables_that_are_not_those_of_the_schema_are_refused() {
        let without = Manifest { tables: Vec::new(), ..manifest() };
        assert!(matches!(read(&without), Err(BackupError::Damaged(_))));
        let mut crafted = Manifest { schema: last_migration() - 1, ..manifest() };
        assert!(read(&crafted).is_ok());
        crafted.tables[0].name = "users; DROP TABLE users".to_owned();
        assert!(matches!(read(&crafted), Err(BackupError::Damaged(_))));
    }
}
