//! Erases once more what the log of erasures names and is there: after the database was put back older, and when an erasure was cut off
//! between the log and the database.

use super::services::Services;
use crate::{
    domain::{
        erasure_log::{Erasure, VouchedErasure},
        ids::{ClientId, ScopeId},
        session::AdviserScope,
        trail::{Actor, Deed},
    },
    flows::verify_report::LineCounts,
    ports::ErasureLog,
    store::{
        client_writes::{Content, FileWrite, WriteRefused, Writer},
        error::StoreError,
        sealing::Sealing,
    },
};
use jiff::Timestamp;
use std::collections::HashMap;

/// Files that the log names, by their partitions, with the last erasure of each. A file that was made after that is another one, though
/// it may have the same id: whoever imports a row again gets the id that follows from it.
pub type Erased = HashMap<(ScopeId, ClientId), VouchedErasure>;

/// What the log says.
#[derive(Default)]
pub struct Logged {
    vouched: Vec<VouchedErasure>,
    unvouched: usize,
}

/// What a replay has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Files that the log names.
    pub named: usize,
    /// Those that were there again, and are gone now.
    pub erased: usize,
    /// Lines that the key does not vouch for. Nothing is erased on their word.
    pub unvouched: usize,
}

impl Logged {
    /// Files that the log names.
    #[must_use]
    pub fn erased(&self) -> Erased {
        let mut erased = Erased::new();
        for vouched in &self.vouched {
            let Erasure { at, scope, client } = vouched.erasure();
            let last = erased.entry((*scope, *client)).or_insert(*vouched);
            if last.erasure().at < *at {
                *last = *vouched;
            }
        }
        erased
    }

    /// How many lines there are.
    #[must_use]
    pub const fn counts(&self) -> LineCounts {
        LineCounts { read: self.vouched.len() + self.unvouched, unvouched: self.unvouched }
    }
}

/// Reads the log and asks the key who vouches for it.
///
/// # Errors
/// [`StoreError`] when the log or the root key cannot be had.
pub async fn read(sealing: &Sealing, log: &dyn ErasureLog) -> Result<Logged, StoreError> {
    let lines = log.lines().await?;
    if lines.is_empty() {
        return Ok(Logged::default());
    }
    let root = sealing.root().await?;
    let vouched: Vec<_> = lines.iter().filter_map(|line| VouchedErasure::read(line, &root.erasures)).collect();
    Ok(Logged { unvouched: lines.len() - vouched.len(), vouched })
}

/// Erases what the log has named since `since` (ever, without it) and is there. `progress` is told how many were looked at. It may be
/// cut off anywhere and run again.
///
/// # Errors
/// [`StoreError`]; what is erased stays erased.
pub async fn replay(services: &Services, since: Option<Timestamp>, mut progress: impl FnMut(usize)) -> Result<Replayed, StoreError> {
    let logged = read(&services.sealing, &*services.erasures).await?;
    let mut replayed = Replayed { unvouched: logged.unvouched, ..Replayed::default() };
    for vouched in logged.erased().values().filter(|vouched| since.is_none_or(|since| vouched.erasure().at >= since)) {
        replayed.named += 1;
        replayed.erased += usize::from(erase_again(services, vouched).await?);
        progress(replayed.named);
    }
    Ok(replayed)
}

/// Whether it was there.
async fn erase_again(services: &Services, vouched: &VouchedErasure) -> Result<bool, StoreError> {
    let (scope, id) = (AdviserScope::of_erasure(vouched), vouched.erasure().client);
    let Some(found) = services.clients.find(scope, id).await?.filter(|found| found.kept.created_at <= vouched.erasure().at) else {
        return Ok(false);
    };
    let content = Content::Gone { if_match: found.etag, revision: found.kept.revision };
    let writer = Writer { by: Actor::Replay, at: services.now() };
    match services.clients.write(scope, writer, &[FileWrite { id, deed: Deed::Erased, content }]).await {
        Ok(_) => Ok(true),
        // Erased meanwhile by whoever began it.
        Err(WriteRefused::Missing) => Ok(false),
        Err(WriteRefused::Exists | WriteRefused::Stale) => Err(StoreError::Stale),
        Err(WriteRefused::Store(error)) => Err(error),
    }
}
