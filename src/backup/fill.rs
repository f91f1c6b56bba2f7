//! Filling an empty database: from an archive, or from another database.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tokio::sync::mpsc;

use super::{
    AHEAD, BackupError, Checked,
    archive::{Manifest, TableSum},
    read::Archive,
    uploads::Unpacked,
    watch::Watched,
};
use crate::{
    Domain,
    clock::SharedClock,
    monitor::WORKER_ALIVE_FOR,
    pairs,
    settings::Settings,
    store::{
        Limits, OpenError, StoreError, last_migration,
        portable::{Destination, Extent, Pages, Row, Table, Tally, Transfer},
    },
    worker::WorkerLock,
};

/// Fills the empty database of `settings` from an archive. Everything is checked before anything is written, and read back before it
/// is kept. A database of an older schema is brought up to date afterwards.
///
/// # Errors
/// See [`BackupError`]. But for [`BackupError::NotReady`] the database is as empty as it was.
pub async fn restore(settings: Settings, clock: SharedClock, path: &Path) -> Result<Checked, BackupError> {
    let path = path.to_owned();
    let first = Watched::begin(move |steps| {
        let archive = Archive::open(&path)?;
        let checked = archive.read(None, &steps, |_, _| Ok(()))?;
        Ok((archive, checked))
    });
    let (archive, checked) = first.ended().await?;
    let Manifest { schema, key, .. } = &checked.manifest;
    key.refuse_another(&settings.cipher()).map_err(|error| match error {
        OpenError::WrongKey => BackupError::AnotherKey,
        error => BackupError::Keys(error),
    })?;
    let destination = open(&settings, *schema).await?;
    let restored = from_archive(&destination, &settings, archive, &checked).await;
    destination.close().await;
    restored?;
    tracing::info!(sha256 = checked.sha256, "archive restored");
    make_ready(settings, clock).await?;
    Ok(checked)
}

/// Copies everything of a database into an empty one, with sessions as well, and leaves it as it is. Nobody can write to it
/// meanwhile. Says what was copied.
///
/// # Errors
/// See [`BackupError`]. But for [`BackupError::NotReady`] the other database is as empty as it was.
pub async fn relocate(d: &Domain, database_url: &str) -> Result<BTreeMap<String, TableSum>, BackupError> {
    let settings = d.settings.with_database(database_url)?;
    if settings.database_url == d.settings.database_url {
        return Err(BackupError::SameDatabase);
    }
    // As long as this is ours no worker can begin, and none that runs is overlooked.
    let _only_one = WorkerLock::take(d)?;
    if let Some(worker) = d.store.workers(d.clock.now() - WORKER_ALIVE_FOR).await?.into_iter().next() {
        return Err(BackupError::WorkerRuns { host: worker.host, process: worker.process_id });
    }
    let destination = open(&settings, last_migration()).await?;
    let moved = from_database(d, &destination).await;
    destination.close().await;
    let sums = moved?;
    tracing::info!(to = settings.database_kind(), "database copied");
    make_ready(settings, Arc::clone(&d.clock)).await?;
    Ok(sums)
}

async fn open(settings: &Settings, schema: i64) -> Result<Destination, BackupError> {
    let limits = Limits::for_lease(settings.sync.lease);
    let destination = Destination::open(limits, &settings.database_url, schema).await?;
    let found = destination.schema().await?;
    if found == schema {
        return Ok(destination);
    }
    destination.close().await;
    Err(BackupError::TablesNewer { found, wanted: schema })
}

async fn begin(destination: &Destination, tables: &[Table]) -> Result<Transfer, BackupError> {
    let mut transfer = destination.fill(tables).await?;
    match transfer.make_way(tables).await? {
        None => Ok(transfer),
        Some(table) => Err(BackupError::NotEmpty(table)),
    }
}

async fn from_archive(
    destination: &Destination,
    settings: &Settings,
    archive: Archive,
    checked: &Checked,
) -> Result<(), BackupError> {
    let (tables, sums) = (&checked.manifest.tables, &checked.sums);
    let mut transfer = begin(destination, tables).await?;
    let (pages, mut queue) = mpsc::channel::<(Table, Vec<Row>)>(AHEAD);
    let mut unpacked = Unpacked::into(settings);
    let reading = Watched::begin(move |steps| {
        let send = |table: &Table, rows| pages.blocking_send((table.clone(), rows)).map_err(|_| BackupError::Stopped);
        let again = archive.read(Some(&mut unpacked), &steps, send)?;
        Ok((again, unpacked))
    });
    while let Some((table, rows)) = reading.while_it_goes_on(queue.recv()).await? {
        insert(&mut transfer, &table, &rows).await?;
    }
    let (again, unpacked) = reading.ended().await?;
    if again != *checked {
        return Err(BackupError::Changed);
    }
    compare(&mut transfer, tables, &sums.tables).await?;
    unpacked.redirect(&mut transfer, &sums.uploads).await?;
    transfer.commit().await?;
    unpacked.keep();
    Ok(())
}

async fn from_database(d: &Domain, destination: &Destination) -> Result<BTreeMap<String, TableSum>, BackupError> {
    let tables = Table::all(Extent::All);
    let mut transfer = begin(destination, &tables).await?;
    let mut source = d.store.snapshot_that_holds().await?;
    let mut sums = BTreeMap::new();
    for table in &tables {
        let (mut pages, mut tally) = (Pages::default(), Tally::default());
        loop {
            let rows = source.page(table, &mut pages).await?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| tally.add(row));
            insert(&mut transfer, table, &rows).await?;
        }
        sums.insert(table.name.clone(), tally.into());
    }
    compare(&mut transfer, &tables, &sums).await?;
    transfer.commit().await?;
    Ok(sums)
}

async fn insert(transfer: &mut Transfer, table: &Table, rows: &[Row]) -> Result<(), BackupError> {
    let refused = |error: StoreError| BackupError::Refused { table: table.name.clone(), error };
    transfer.insert(table, rows).await.map_err(refused)
}

/// Reads back what was written, before it is kept.
async fn compare(
    transfer: &mut Transfer,
    tables: &[Table],
    sums: &BTreeMap<String, TableSum>,
) -> Result<(), BackupError> {
    for table in tables {
        let (mut pages, mut tally) = (Pages::default(), Tally::default());
        loop {
            let rows = transfer.page(table, &mut pages).await?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| tally.add(row));
        }
        if sums.get(&table.name) != Some(&tally.into()) {
            return Err(BackupError::Differs(table.name.clone()));
        }
    }
    Ok(())
}

/// Applies newer migrations, checks the key once more, and notes what lists and searches go by.
async fn make_ready(settings: Settings, clock: SharedClock) -> Result<(), BackupError> {
    let d = Domain::open_with(settings, clock).await.map_err(|error| BackupError::NotReady(error.to_string()))?;
    let noted = async {
        pairs::note_words(&d).await?;
        pairs::note_newest(&d).await?;
        pairs::note_terms(&d).await
    };
    let noted = noted.await;
    d.shutdown().await;
    noted.map_err(|error| BackupError::NotReady(error.to_string()))
}
