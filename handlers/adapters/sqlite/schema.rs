//! Opening the database file: its schema, its settings, and why it cannot be used.

use super::inspection::open_looking;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};
use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// `FinR`, in the header of the file (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4669_6e52;
const SCHEMA_VERSION: i32 = 1;

/// What listings traverse is small and stored together in `documents`; whole bodies are stored apart, since SQLite compares keys of a
/// `WITHOUT ROWID` table by reading the whole row, however long it is. `TEXT` compares bytewise, as `BINARY` is the default collation.
const SCHEMA: &str = "
    CREATE TABLE bodies (
        body_id INTEGER PRIMARY KEY,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE documents (
        container TEXT NOT NULL,
        partition TEXT NOT NULL,
        id TEXT NOT NULL,
        write_id BLOB NOT NULL,
        expires_at INTEGER, -- Unix milliseconds
        body_id INTEGER NOT NULL,
        summary BLOB,
        PRIMARY KEY (container, partition, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX expiring ON documents (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TRIGGER body_goes_too AFTER DELETE ON documents BEGIN
        DELETE FROM bodies WHERE body_id = old.body_id;
    END;
";

/// Why the database file cannot be used, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// A later release wrote it.
    #[error("the database {path} has schema {found}, made by a newer FinRust: start that version")]
    Newer { path: PathBuf, found: i32 },
    /// It belongs to another program.
    #[error("{0} is not a database of FinRust: choose another data folder")]
    Foreign(PathBuf),
    /// It holds no document.
    #[error("the database {0} is empty: nothing was ever stored in it")]
    Blank(PathBuf),
    /// It cannot be read without writing beside it, and writing there is not permitted.
    #[error("the database {0} has a log (-wal) that cannot be read in place: copy both to a directory that can be written, and look there")]
    NotInPlace(PathBuf),
    /// A backup was restored beside the log of the previous database.
    #[error(
        "the log (-wal) beside the database {0} belongs to another database, which was there before: move the files that end in -wal and -shm away, and run finrust replay-erasures"
    )]
    ForeignLog(PathBuf),
    #[error("the database {from} cannot be copied to {to}: {source}")]
    Copy { from: PathBuf, to: PathBuf, source: rusqlite::Error },
    /// Its pages are inconsistent.
    #[error("the database {0} is damaged: do not keep it, look after the disk, and go back to an older backup")]
    Damaged(PathBuf),
    /// The file cannot be created, or its threads cannot be started.
    #[error("the database {path} cannot be used: {source}")]
    Io {
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// SQLite cannot open it.
    #[error("the database {path} cannot be opened: {source}")]
    Unusable { path: PathBuf, source: rusqlite::Error },
}

/// How a database is opened. The default is what the server uses.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// How long a call waits for another process that is writing.
    pub busy_timeout: Duration,
    /// The maximum size of the file in pages of 4 KiB; limited by the disk only when `None`.
    pub most_pages: Option<u32>,
    /// Read-only access, for inspecting a restored copy. Creates and changes nothing.
    pub read_only: bool,
    /// Refuses a file that does not exist or holds no document, instead of creating one.
    pub existing: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(2), most_pages: None, read_only: false, existing: false }
    }
}

/// The connection that writes; creates the file and its schema when there is none.
pub fn open_writer(path: &Path, options: SqliteOptions) -> Result<Connection, SqliteError> {
    let unusable = |source| SqliteError::Unusable { path: path.to_owned(), source };
    if options.read_only {
        let connection = open_reader(path, options)?;
        check_existing(&connection, path)?;
        return check_schema(&connection, path).map(|()| connection);
    }
    if !options.existing {
        create_closed(path).map_err(|source| SqliteError::Io { path: path.to_owned(), source })?;
    }
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| configure(connection, options))
        .map_err(unusable)?;
    if options.existing {
        check_existing(&connection, path)?;
    }
    create_schema(&mut connection).map_err(unusable)?;
    check_schema(&connection, path)?;
    prepare_writing(&connection, options).map_err(unusable)?;
    // The first read opens the log, whose name is checked from then on.
    is_blank(&connection).map_err(unusable)?;
    Ok(connection)
}

/// A connection that reads, on a file that [`open_writer`] has opened.
pub fn open_reader(path: &Path, options: SqliteOptions) -> Result<Connection, SqliteError> {
    if options.read_only {
        return open_looking(path, options);
    }
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| configure(connection, options))
        .map_err(|source| SqliteError::Unusable { path: path.to_owned(), source })
}

/// SQLite gives its side files the mode of the file itself.
fn create_closed(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

/// `ENABLE_QPSG` keeps a plan whatever is bound to it: without it, SQLite recompiles a statement for each new value of `:now`, which makes
/// a read four times as slow. A cache of 1 MiB holds the inner pages of the trees; the operating system caches the rest, once instead of
/// once per connection.
pub fn configure(connection: Connection, options: SqliteOptions) -> rusqlite::Result<Connection> {
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024;")?;
    Ok(connection)
}

/// `secure_delete` overwrites deleted data. It costs extra writes for deleted bodies only, which are rare: the small, short-lived documents
/// (sessions, mails) are within pages that are written anyway.
fn prepare_writing(connection: &Connection, options: SqliteOptions) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 16777216;",
    )?;
    if let Some(pages) = options.most_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

/// Two processes may start at once: the first creates the schema, the other finds it.
fn create_schema(connection: &mut Connection) -> rusqlite::Result<()> {
    if !is_blank(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_blank(&transaction)? {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    transaction.commit()
}

fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", (), |row| row.get(0))
}

/// Refuses a database that holds nothing: where there should be one, its data has been lost.
pub fn check_existing(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let unusable = |source| SqliteError::Unusable { path: path.to_owned(), source };
    if is_blank(connection).map_err(unusable)? {
        return Err(SqliteError::Blank(path.to_owned()));
    }
    check_schema(connection, path)?;
    let holds = connection.query_row("SELECT EXISTS (SELECT 1 FROM documents)", (), |row| row.get(0)).map_err(unusable)?;
    if holds { Ok(()) } else { Err(SqliteError::Blank(path.to_owned())) }
}

fn check_schema(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let number = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i32>(0))
            .map_err(|source| SqliteError::Unusable { path: path.to_owned(), source })
    };
    if number("application_id")? != APPLICATION_ID {
        return Err(SqliteError::Foreign(path.to_owned()));
    }
    match number("user_version")? {
        SCHEMA_VERSION => Ok(()),
        found => Err(SqliteError::Newer { path: path.to_owned(), found }),
    }
}

#[cfg(test)]
mod tests {
    use super::{SqliteOptions, open_writer};

    /// Two is `FULL`, one is `ON`: what was acknowledged survives a power failure, and what was deleted is overwritten.
    #[test]
    fn the_writer_waits_for_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        for options in [SqliteOptions::default(), SqliteOptions { most_pages: Some(64), ..SqliteOptions::default() }] {
            // Created in the first round, found in the second.
            let writer = open_writer(&folder.path().join("finrust.db"), options).expect("a database");
            let number = |name| writer.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).expect("a setting");
            assert_eq!((number("synchronous"), number("secure_delete")), (2, 1));
            let mode: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a mode");
            assert_eq!(mode, "wal");
        }
    }
}
