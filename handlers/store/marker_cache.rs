//! The newest markers that this instance has written, so that the next commit of the same adviser need not read them first.
//!
//! What is kept may have been overtaken by another instance: the commit is made by the marker's etag, fails then, and is made anew on
//! the marker that is read. A marker holds nothing of a person.

use crate::{
    domain::{ids::ScopeId, trail::Marker},
    ports::Etag,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Advisers at work on one instance; some 4 MB. Beyond, all are forgotten and read again.
const MOST_MARKERS: usize = 10_000;

/// A marker with its version; `None` before the first commit of a partition.
pub(super) type Version = (Marker, Option<Etag>);

/// The markers that are kept.
#[derive(Default)]
pub(super) struct MarkerCache(Mutex<HashMap<ScopeId, Version>>);

impl MarkerCache {
    /// Takes it out: whoever commits puts the new one back.
    pub(super) fn take(&self, scope: ScopeId) -> Option<Version> {
        self.lock().remove(&scope)
    }

    /// Keeps what was just written.
    pub(super) fn keep(&self, scope: ScopeId, version: Version) {
        let mut kept = self.lock();
        if kept.len() >= MOST_MARKERS {
            kept.clear();
        }
        kept.insert(scope, version);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScopeId, Version>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
