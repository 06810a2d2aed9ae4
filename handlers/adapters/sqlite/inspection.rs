//! Reads a database file without creating or changing anything.
//!
//! SQLite reads a database with a write-ahead log by means of a shared-memory file beside it (`-shm`), which it creates when it is missing.
//! A file that has no log, or an empty one that nobody has open, is therefore opened as `immutable`: nothing is written then, not even a
//! lock, and the file may be where nothing can be written. Nothing keeps other processes from opening it meanwhile, so the reader has to
//! check afterwards that it is still the same file. Beside a log that is not empty a file is never `immutable`: the content of the log
//! would not be seen.

use super::{
    failure::{is_damage, say},
    schema::{SqliteError, SqliteOptions, configure},
    state::life,
};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    fmt::Write as _,
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

/// Maximum reported lines of damage.
const MAX_DAMAGE: usize = 100;
/// Attempts before a log counts as foreign.
const LOOKS: usize = 3;

/// Checks that a file stays the same while it is read.
pub struct FileInspection {
    path: PathBuf,
    before: Option<Print>,
}

/// A fingerprint that changes when the file is written: device, inode, length, modification time.
type Print = (u64, u64, u64, i64, i64);

impl FileInspection {
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), before: alone(path).then(|| print(path)).flatten() }
    }

    /// Whether what was read is one snapshot: beside a log SQLite ensures that, and without one nothing may have been written meanwhile.
    pub fn is_of_one_moment(&self) -> bool {
        self.before.is_none_or(|before| alone(&self.path) && print(&self.path) == Some(before))
    }
}

/// A read-only connection.
pub fn open_looking(path: &Path, options: SqliteOptions) -> Result<Connection, SqliteError> {
    let alone = alone(path);
    let name = if alone { immutable(path) } else { path.to_owned() };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let opened = Connection::open_with_flags(name, flags).and_then(|connection| {
        let connection = configure(connection, options)?;
        // Opening alone reads nothing.
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
        Ok(connection)
    });
    opened.map_err(|source| match source.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if !alone => SqliteError::NotInPlace(path.to_owned()),
        _ => SqliteError::Unusable { path: path.to_owned(), source },
    })
}

/// Refuses the log of another database: its content would be mixed into this one. A backup that was restored in the place of a database has
/// another `life` than the log that was left beside it.
pub fn check_log(path: &Path) -> Result<(), SqliteError> {
    // A process that has it open may be checkpointing the log at this moment.
    if (0..LOOKS).all(|_| is_foreign_log(path)) { Err(SqliteError::ForeignLog(path.to_owned())) } else { Ok(()) }
}

/// A file that cannot be opened or read here reports why when it is opened for use.
fn is_foreign_log(path: &Path) -> bool {
    if !fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
        return false;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let life_in = |name: &Path| Connection::open_with_flags(name, flags).and_then(|connection| life(&connection));
    let Ok(Some(without_log)) = life_in(&immutable(path)) else { return false };
    match life_in(path) {
        Ok(with_log) => with_log != Some(without_log),
        Err(error) => is_damage(&error),
    }
}

/// Checks for inconsistent pages on a connection of its own, and logs what it finds. Indexes are left out, or it would take long.
pub fn look_for_damage(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let checked = Connection::open_with_flags(path, flags).and_then(|connection| damage(&connection, "quick_check"));
    match checked {
        Ok(lines) => {
            if let Some(first) = lines.first() {
                let outcome = "some of it cannot be read: run finrust verify and go back to a backup";
                tracing::error!(event = "database_damaged", cause = first, outcome, count = lines.len());
            }
        }
        Err(error) => say("check", &error),
    }
}

/// Inconsistencies, page by page, up to where SQLite gives up.
pub fn damage(connection: &Connection, how: &str) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut check = || {
        let mut statement = connection.prepare(&format!("PRAGMA {how}({MAX_DAMAGE})"))?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let said: String = row.get(0)?;
            found.extend(said.lines().filter(|line| *line != "ok").map(str::to_owned));
        }
        Ok(())
    };
    match check() {
        Err(error) if is_damage(&error) => found.push(error.to_string()),
        checked => checked?,
    }
    Ok(found)
}

/// Whether the file stands alone: no log, or an empty one that nobody has open, and no interrupted transaction.
fn alone(path: &Path) -> bool {
    let length = |end: &str| fs::metadata(beside(path, end)).ok().map(|found| found.len());
    let log = length("-wal");
    let no_log = log.is_none() || log == Some(0) && length("-shm").is_none();
    no_log && length("-journal").unwrap_or_default() == 0
}

fn print(path: &Path) -> Option<Print> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

/// The path of a file that SQLite keeps beside another one.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The file as an `immutable` URI, with every byte that could mean something else percent-encoded.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(*byte)),
            _ => write!(uri, "%{byte:02X}").expect("writing to a string does not fail"),
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}

#[cfg(test)]
mod tests {
    use super::immutable;
    use std::path::Path;

    #[test]
    fn a_path_is_no_part_of_the_question() {
        assert_eq!(immutable(Path::new("/a b/x?mode=rw#%.db")), Path::new("file:/a%20b/x%3Fmode%3Drw%23%25.db?immutable=1"));
    }
}
