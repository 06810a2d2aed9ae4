//! The mark: a file beside the database that states how far the database had come.
//!
//! Committed data is in the log (`-wal`) alone for a while, and SQLite treats a log whose last part fails its checksum as one that ends
//! before that part: acknowledged transactions are lost without any error. So each transaction increments a counter in the database, and
//! after the commit the counter is written to the mark. A database whose counter is behind its mark has lost something.
//!
//! ```text
//! file = slot ‖ slot, written alternately: an interrupted write leaves the other one intact
//! slot = transactions (u64, big-endian) ‖ HMAC-SHA-256(mark key, "finrust mark v1", transactions)
//! ```
//!
//! The mark is flushed when the log has been checkpointed into the database, and not at each commit: after a power failure it may be
//! behind, which raises no false alarm.

use crate::domain::clients::erasure_log::Voucher;
use std::{
    cell::{Cell, RefCell},
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

const NAME: &str = "finrust.mark";
const PURPOSE: &[u8] = b"finrust mark v1";
const COUNTER_BYTES: usize = 8;
const SLOT_BYTES: usize = COUNTER_BYTES + 32;

/// The key that authenticates marks.
pub type MarkKey = Arc<dyn Voucher + Send + Sync>;

/// The verdict of a mark on its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkVerdict {
    /// There is no mark, as in a backup, or none that authenticates under the key.
    NotJudged,
    /// The database has come at least as far.
    Whole,
    /// It has lost transactions.
    Lost {
        /// The last one that exists.
        after: i64,
        /// The last one that was acknowledged.
        until: i64,
    },
}

/// The bytes of the mark beside this database, to be checked once the key is available; empty when there is none.
pub fn bytes_beside(database: &Path) -> Vec<u8> {
    fs::read(database.with_file_name(NAME)).unwrap_or_default()
}

/// The mark beside a database.
pub struct Mark {
    path: PathBuf,
    key: MarkKey,
    file: RefCell<Option<File>>,
    failed: Cell<bool>,
}

impl Mark {
    /// The mark beside this database.
    pub fn beside(database: &Path, key: MarkKey) -> Self {
        Self { path: database.with_file_name(NAME), key, file: RefCell::default(), failed: Cell::new(false) }
    }

    /// The highest counter in any slot that authenticates.
    pub fn read(&self) -> Option<i64> {
        self.in_bytes(&fs::read(&self.path).ok()?)
    }

    /// The same, for bytes that were read earlier.
    pub fn in_bytes(&self, bytes: &[u8]) -> Option<i64> {
        bytes.chunks_exact(SLOT_BYTES).take(2).filter_map(|slot| self.vouched(slot)).max()
    }

    /// Writes how far the database has come. When that fails the mark is behind, which raises no false alarm.
    pub fn write(&self, commits: i64) {
        let Ok(counter) = u64::try_from(commits) else { return };
        let counter = counter.to_be_bytes();
        let slot = [counter.as_slice(), &self.key.tag(&[PURPOSE, &counter])].concat();
        let at = if commits % 2 == 0 { 0 } else { SLOT_BYTES as u64 };
        let written = self.with_file(|file| file.write_all_at(&slot, at));
        match written {
            Ok(()) => self.failed.set(false),
            Err(error) if !self.failed.replace(true) => tracing::warn!(event = "mark_failed", cause = error.to_string()),
            Err(_) => {}
        }
    }

    /// Flushes and closes the file; the next write opens it by name again.
    pub fn sync(&self) {
        if let Some(file) = self.file.take() {
            // If this fails, the mark may be behind after a power failure, and no more than that.
            let _ = file.sync_data();
        }
    }

    fn with_file(&self, work: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.file.borrow_mut();
        if file.is_none() {
            *file = Some(OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.path)?);
        }
        file.as_ref().map_or(Ok(()), work)
    }

    fn vouched(&self, slot: &[u8]) -> Option<i64> {
        let (counter, tag) = slot.split_first_chunk::<COUNTER_BYTES>()?;
        let tag = <[u8; 32]>::try_from(tag).ok()?;
        self.key.verify(&[PURPOSE, counter], &tag).then(|| i64::try_from(u64::from_be_bytes(*counter)).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, MarkKey, NAME, SLOT_BYTES};
    use crate::{crypto::mac::MacKey, secret::Secret};
    use std::{fs, path::Path, sync::Arc};

    fn mark(folder: &Path, key: u8) -> Mark {
        Mark::beside(&folder.join("finrust.db"), Arc::new(MacKey::new(Secret::new([key; 32]))) as MarkKey)
    }

    #[test]
    fn any_changed_bit_costs_one_transaction_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let ours = mark(folder.path(), 1);
        assert_eq!(ours.read(), None);
        for commits in [6, 7] {
            ours.write(commits);
            assert_eq!(mark(folder.path(), 1).read(), Some(commits));
        }
        assert_eq!(mark(folder.path(), 2).read(), None, "another key");
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), 2 * SLOT_BYTES);
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, changed).unwrap();
            assert_eq!(ours.read(), Some(if bit < SLOT_BYTES * 8 { 7 } else { 6 }), "bit {bit}");
        }
        fs::remove_file(&path).unwrap();
        ours.sync();
        ours.write(8);
        assert_eq!(ours.read(), Some(8), "made again when it was taken away");
    }
}
