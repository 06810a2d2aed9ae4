//! Reads of single documents, on the thread that asks for them.
//!
//! In a database with a write-ahead log such a read waits for no writer and takes a few microseconds, less than passing it to another
//! thread and back. It never waits here: when all connections are in use, or SQLite would have to wait for a lock, the caller passes the
//! read to a reader thread instead.

use super::reader::Reader;
use crate::ports::{Container, DocumentId, Partition, ReadError, Stored};
use std::sync::{
    Mutex, MutexGuard, TryLockError,
    atomic::{AtomicUsize, Ordering},
};

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The connection that this thread tries first, so that each thread of the runtime usually has one of its own.
    static FIRST: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

/// Connections for reads of single documents; their busy timeout must be zero. They close when this is dropped.
#[derive(Default)]
pub struct PointReads(Vec<Mutex<Reader>>);

impl PointReads {
    /// Takes over these connections.
    pub fn on(readers: Vec<Reader>) -> Self {
        Self(readers.into_iter().map(Mutex::new).collect())
    }

    /// Reads a document; `None` when that would have to wait.
    pub fn try_read(&self, container: Container, partition: &Partition, id: &DocumentId) -> Option<Result<Option<Stored>, ReadError>> {
        self.free()?.read_unless_busy(container, partition, id)
    }

    fn free(&self) -> Option<MutexGuard<'_, Reader>> {
        let first = FIRST.with(|first| *first).checked_rem(self.0.len())?;
        let (before, from) = self.0.split_at(first);
        from.iter().chain(before).find_map(|reader| match reader.try_lock() {
            Ok(reader) => Some(reader),
            // A connection holds no state between two reads.
            Err(TryLockError::Poisoned(reader)) => Some(reader.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PointReads;
    use crate::{
        adapters::{
            sqlite::{
                reader::Reader,
                schema::{SqliteOptions, open_reader, open_writer},
            },
            system::SystemClock,
        },
        ports::{Container, DocumentId, Partition},
    };
    use std::{path::Path, sync::Arc, time::Duration};

    fn on(path: &Path, count: usize) -> PointReads {
        let options = SqliteOptions { busy_timeout: Duration::ZERO, ..SqliteOptions::default() };
        PointReads::on((0..count).map(|_| Reader::new(open_reader(path, options).unwrap(), Arc::new(SystemClock))).collect())
    }

    fn reads(point_reads: &PointReads) -> bool {
        let (partition, id) = (Partition::parse("p").unwrap(), DocumentId::parse("d").unwrap());
        let read = point_reads.try_read(Container::Clients, &partition, &id);
        read.map(|found| assert!(found.is_ok_and(|stored| stored.is_none()))).is_some()
    }

    #[test]
    fn a_read_that_would_wait_is_left_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let _writer = open_writer(&path, SqliteOptions::default()).unwrap();
        assert!(!reads(&PointReads::default()), "there is no connection");
        let two = on(&path, 2);
        assert!(reads(&two));
        let one_in_use = two.0[0].lock().unwrap();
        assert!(reads(&two));
        let other_in_use = two.0[1].lock().unwrap();
        assert!(!reads(&two));
        drop((one_in_use, other_in_use));
        assert!(reads(&two));
    }
}
