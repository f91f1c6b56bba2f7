//! Reading an archive, and comparing what it holds with what it says.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    BackupError,
    archive::{MANIFEST, MOST_BYTES, Manifest, SUMS, Sums, TABLES, TableSum, UPLOADS, UploadSum},
    uploads::Unpacked,
    watch::Steps,
    write::{Hashed, hex},
};
use crate::store::portable::{Row, Table, Tally, Value};
use flate2::bufread::GzDecoder;

type Packed = GzDecoder<BufReader<Hashed<File>>>;

/// An archive that was read to its end and holds what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub manifest: Manifest,
    pub sums: Sums,
    /// Of the whole file.
    pub bytes: u64,
    pub sha256: String,
}

/// An archive.
pub(super) struct Archive(File);

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        File::open(path).map(Self).map_err(|error| BackupError::file(path, "read", error))
    }

    /// Reads it from its beginning to its end. Rows go to `each`, uploads into their folder, where there is one.
    pub(super) fn read(
        &self,
        unpacked: Option<&mut Unpacked>,
        steps: &Steps,
        mut each: impl FnMut(&Table, Vec<Row>) -> Result<(), BackupError>,
    ) -> Result<Checked, BackupError> {
        let mut file = self.0.try_clone().map_err(damaged)?;
        file.seek(SeekFrom::Start(0)).map_err(damaged)?;
        let hashed = Hashed::of(file, steps);
        let mut tar = tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 20, hashed)));
        let (manifest, sums) = read_members(&mut tar, unpacked, steps, &mut each)?;
        let mut packed = tar.into_inner();
        // Its checksum comes behind the last member.
        std::io::copy(&mut packed, &mut std::io::sink()).map_err(damaged)?;
        let mut rest = packed.into_inner();
        if std::io::copy(&mut rest, &mut std::io::sink()).map_err(damaged)? > 0 {
            return Err(BackupError::Damaged("something follows its end".to_owned()));
        }
        let bytes = self.0.metadata().map_err(damaged)?.len();
        Ok(Checked { manifest, sums, bytes, sha256: hex(rest.into_inner().digest) })
    }
}

fn damaged(error: std::io::Error) -> BackupError {
    BackupError::Damaged(error.to_string())
}

fn read_members(
    tar: &mut tar::Archive<Packed>,
    mut unpacked: Option<&mut Unpacked>,
    steps: &Steps,
    each: &mut impl FnMut(&Table, Vec<Row>) -> Result<(), BackupError>,
) -> Result<(Manifest, Sums), BackupError> {
    let not_ours = |error: std::io::Error| BackupError::NotAnArchive(error.to_string());
    let mut members = tar.entries().map_err(not_ours)?;
    let first = members.next().ok_or_else(|| BackupError::NotAnArchive("it is empty".to_owned()))?;
    let mut first = first.map_err(not_ours)?;
    if name_of(&first)? != MANIFEST {
        return Err(BackupError::NotAnArchive(format!("it does not begin with {MANIFEST}")));
    }
    let manifest = Manifest::read(&bytes_of(&mut first)?)?;
    let mut tallies: BTreeMap<&str, Tally> =
        manifest.tables.iter().map(|table| (table.name.as_str(), Tally::default())).collect();
    let mut uploads: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut said: Option<Sums> = None;
    for member in members {
        let mut member = member.map_err(damaged)?;
        let name = name_of(&member)?;
        if said.is_some() {
            return Err(BackupError::Damaged(format!("{name} follows {SUMS}")));
        }
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            [SUMS] => {
                let sums = serde_json::from_slice(&bytes_of(&mut member)?);
                said = Some(sums.map_err(|error| BackupError::Damaged(format!("{SUMS}: {error}")))?);
            }
            [TABLES, table, _] => {
                let table = manifest.tables.iter().find(|known| known.name == table);
                let table = table.ok_or_else(|| BackupError::Damaged(format!("{name} is of no table")))?;
                let rows = rows_of(table, &name, &bytes_of(&mut member)?)?;
                if let Some(tally) = tallies.get_mut(table.name.as_str()) {
                    rows.iter().for_each(|row| tally.add(row));
                }
                each(table, rows)?;
            }
            [UPLOADS, file] if !file.is_empty() && ![".", ".."].contains(&file) => {
                let mut hashed = Hashed::of(member, steps);
                let bytes = match unpacked.as_deref_mut() {
                    Some(unpacked) => unpacked.add(file, &mut hashed, steps)?,
                    None => std::io::copy(&mut hashed, &mut std::io::sink()).map_err(damaged)?,
                };
                uploads.insert(file.to_owned(), (bytes, hex(hashed.digest)));
            }
            _ => return Err(BackupError::Damaged(format!("it holds {name}, which no archive does"))),
        }
    }
    let said = said.ok_or_else(|| BackupError::Damaged(format!("it ends before {SUMS}")))?;
    let tallies = tallies.into_iter().map(|(name, tally)| (name.to_owned(), tally.into())).collect();
    compare(&said, &tallies, &uploads)?;
    Ok((manifest, said))
}

fn compare(
    said: &Sums,
    tables: &BTreeMap<String, TableSum>,
    uploads: &BTreeMap<String, (u64, String)>,
) -> Result<(), BackupError> {
    for (table, found) in tables {
        let Some(said) = said.tables.get(table).filter(|said| *said != found) else { continue };
        return Err(BackupError::Damaged(format!(
            "{table} has {} rows with the sum {}, and should have {} with the sum {}",
            found.rows, found.sum, said.rows, said.sum
        )));
    }
    if !said.tables.keys().eq(tables.keys()) {
        return Err(BackupError::Damaged(format!("{SUMS} is of other tables than {MANIFEST}")));
    }
    let is_found = |said: &UploadSum| {
        uploads.get(&said.name).is_some_and(|(bytes, sha256)| (*bytes, sha256) == (said.bytes, &said.sha256))
    };
    if let Some(upload) = said.uploads.iter().find(|said| !is_found(said)) {
        return Err(BackupError::Damaged(format!("{UPLOADS}/{} is not what it should be", upload.name)));
    }
    if uploads.len() != said.uploads.len() {
        return Err(BackupError::Damaged(format!("{SUMS} does not name every upload")));
    }
    Ok(())
}

fn name_of(member: &tar::Entry<'_, Packed>) -> Result<String, BackupError> {
    let name = String::from_utf8(member.path_bytes().into_owned());
    name.map_err(|_| BackupError::Damaged("the name of a member is not text".to_owned()))
}

fn bytes_of(member: &mut tar::Entry<'_, Packed>) -> Result<Vec<u8>, BackupError> {
    if member.size() > MOST_BYTES {
        return Err(BackupError::Damaged(format!("{} is too large", name_of(member)?)));
    }
    let mut bytes = Vec::new();
    member.read_to_end(&mut bytes).map_err(damaged)?;
    if u64::try_from(bytes.len()).ok() != Some(member.size()) {
        return Err(BackupError::Damaged(format!("{} ends too soon", name_of(member)?)));
    }
    Ok(bytes)
}

fn rows_of(table: &Table, name: &str, bytes: &[u8]) -> Result<Vec<Row>, BackupError> {
    let read = |line: &[u8]| {
        let written: Vec<serde_json::Value> = serde_json::from_slice(line).ok()?;
        if written.len() != table.columns.len() {
            return None;
        }
        table
            .columns
            .iter()
            .zip(written)
            .map(|(column, value)| Value::read(column.kind, value))
            .collect::<Option<Row>>()
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(number, line)| {
            read(line).ok_or_else(|| BackupError::Damaged(format!("line {} of {name} is not a row", number + 1)))
        })
        .collect()
}
