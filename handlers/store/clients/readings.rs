//! The first reading of a file in a session is recorded in its audit trail; later readings are not.
//!
//! A note `seen-…` in the database says that a session has read a file, for all instances and across restarts; it is written in the commit
//! of the audit entry. The notes that this instance knows are cached in memory, so that reading again costs nothing.

use super::{
    documents,
    files::{ClientFiles, Versioned},
    writes::{Content, FileWrite, WriteRefused, Writer},
};
use crate::store::{
    error::StoreError,
    retries::{MAX_ATTEMPTS, OVERTAKEN},
};
use crate::{
    domain::{
        clients::trail::AuditAction,
        ids::{ClientId, SessionId},
        sign_in::session::{ABSOLUTE_LIMIT, Adviser},
    },
    ports::{Clock, Container, Operation},
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Notes in memory: some 10 MB. Beyond that, all are dropped and found again in the database.
const MAX_NOTES: usize = 100_000;

/// Why a file is not shown.
#[derive(Debug)]
pub enum ReadRefused {
    /// Its processing is restricted.
    Restricted,
    /// It is being erased.
    BeingErased,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for ReadRefused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

type Reading = (SessionId, ClientId);

/// The notes that this instance knows.
pub(in crate::store) struct Readings {
    clock: Arc<dyn Clock>,
    noted: Mutex<HashMap<Reading, Timestamp>>,
}

impl Readings {
    pub(in crate::store) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, noted: Mutex::default() }
    }

    /// Drops the notes of sessions that have ended.
    pub(in crate::store) fn purge(&self) {
        let now = self.clock.now();
        self.lock().retain(|_, noted_at| now.duration_since(*noted_at) < ABSOLUTE_LIMIT);
    }

    fn has(&self, reading: Reading) -> bool {
        self.lock().contains_key(&reading)
    }

    fn note(&self, reading: Reading) {
        let now = self.clock.now();
        let mut noted = self.lock();
        if noted.len() >= MAX_NOTES {
            noted.clear();
        }
        noted.insert(reading, now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Reading, Timestamp>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientFiles {
    /// The file, if this adviser has it, for showing it: the first reading of a session is in the audit trail before this returns.
    pub async fn read(&self, adviser: &Adviser, id: ClientId) -> Result<Option<Versioned>, ReadRefused> {
        let reading = (adviser.session, id);
        if self.readings.has(reading) {
            return self.find(adviser.scope(), id).await?.map(usable).transpose();
        }
        for _ in 0..MAX_ATTEMPTS {
            let (found, noted) = tokio::join!(self.find(adviser.scope(), id), self.is_noted(adviser, id));
            let Some(found) = found?.map(usable).transpose()? else {
                return Ok(None);
            };
            if noted? || self.record_reading(adviser, id, &found).await? {
                self.readings.note(reading);
                return Ok(Some(found));
            }
        }
        Err(OVERTAKEN.into())
    }

    async fn is_noted(&self, adviser: &Adviser, id: ClientId) -> Result<bool, StoreError> {
        let note = documents::seen(&self.sealing, adviser.session, id).await?;
        Ok(self.documents.read(Container::Clients, &documents::partition(adviser.scope()), &note).await?.is_some())
    }

    /// Records that this version was read. Returns `false` when the file has changed since, and may no longer be shown, or when a
    /// concurrent request was faster.
    async fn record_reading(&self, adviser: &Adviser, id: ClientId, found: &Versioned) -> Result<bool, StoreError> {
        let writer = Writer::of(adviser, self.readings.clock.now());
        let write = FileWrite { id, deed: AuditAction::Read, content: Content::Same(found.as_read()) };
        let note = documents::seen(&self.sealing, adviser.session, id).await?;
        let note = Operation::Create(documents::seen_draft(&self.sealing, adviser.scope(), note).await?);
        match self.write_with(writer, &[write], &[note.into()]).await {
            Ok(_) => Ok(true),
            Err(WriteRefused::Exists | WriteRefused::Stale | WriteRefused::Missing) => Ok(false),
            Err(other @ (WriteRefused::TooLarge | WriteRefused::Store(_))) => Err(other.into()),
        }
    }
}

/// The file, unless its processing is restricted or it is being erased.
pub fn usable(found: Versioned) -> Result<Versioned, ReadRefused> {
    match &found.kept {
        kept if kept.erasing_since.is_some() => Err(ReadRefused::BeingErased),
        kept if kept.restrictions.is_restricted() => Err(ReadRefused::Restricted),
        _ => Ok(found),
    }
}
