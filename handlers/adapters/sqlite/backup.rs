//! Copies a database while others read and write it.
//!
//! `VACUUM INTO` copies within one read transaction: the copy is a snapshot of the database, writers continue meanwhile, and nothing that
//! was deleted is in the copy. It may run in another process than the server.

use super::schema::{SqliteError, SqliteOptions, check_existing, open_reader};
use crate::adapters::sqlite;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Refuses a database in which there is nothing to copy.
///
/// # Errors
/// [`SqliteError::Blank`], or why it cannot be read.
pub fn check_source(from: &Path) -> Result<(), SqliteError> {
    let looking = SqliteOptions { read_only: true, ..SqliteOptions::default() };
    check_existing(&open_reader(from, looking)?, from)
}

/// Copies the database at `from` to `to`, which must not exist, checks the copy page by page and flushes it to disk. Returns the size of
/// the copy in bytes.
///
/// # Errors
/// [`SqliteError`]; what was written so far then stays at `to`.
pub fn copy(from: &Path, to: &Path) -> Result<u64, SqliteError> {
    let io_error = |source| SqliteError::Io { path: to.to_owned(), source };
    // SQLite accepts an empty file, and leaves its mode as it is.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(io_error)?;
    let source = open_reader(from, SqliteOptions::default())?;
    let name = to.to_str().ok_or_else(|| io_error(std::io::ErrorKind::InvalidFilename.into()))?;
    let copied = source.execute("VACUUM main INTO ?1", [name]);
    copied.map_err(|source| SqliteError::Copy { from: from.to_owned(), to: to.to_owned(), source })?;
    begin_life(to)?;
    check(to)?;
    let file = File::open(to).map_err(io_error)?;
    file.sync_all().map_err(io_error)?;
    Ok(file.metadata().map_err(io_error)?.len())
}

/// Gives the copy another `life` than the original: a log of the original does not belong to it.
fn begin_life(copy: &Path) -> Result<(), SqliteError> {
    let unusable = |source| SqliteError::Unusable { path: copy.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(copy, flags).and_then(|copy| sqlite::state::begin_life(&copy)).map_err(unusable)
}

fn check(copy: &Path) -> Result<(), SqliteError> {
    let unusable = |source| SqliteError::Unusable { path: copy.to_owned(), source };
    let connection = open_reader(copy, SqliteOptions::default())?;
    let said: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0)).map_err(unusable)?;
    if said == "ok" { Ok(()) } else { Err(SqliteError::Damaged(copy.to_owned())) }
}
