//! The newest markers that this instance has written, so that the next commit of the same adviser need not read them first.
//!
//! What is kept may have been overtaken by another instance: the commit is made by the marker's etag, fails then, and is made anew on
//! the marker that is read. A marker holds nothing of a person.

use crate::{
    domain::{
        ids::{ScopeId, WriteId},
        trail::Marker,
    },
    ports::Etag,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Advisers at work on one instance; some 4 MB. Beyond, all are forgotten and read again.
const MAX_MARKERS: usize = 10_000;

/// A marker with its version; `None` before the first commit of a partition.
pub(super) type Version = (Marker, Option<Etag>);

/// What the marker said of the files before one of them was read. If a commit is made on a marker that says the same, no file has changed
/// since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilesThen {
    /// This instance did not know it.
    #[default]
    Unknown,
    /// The last write that changed one.
    Said(Option<WriteId>),
}

impl FilesThen {
    /// As this marker says.
    pub(super) const fn of(marker: &Marker) -> Self {
        Self::Said(marker.files)
    }

    /// Whether this marker says the same.
    pub(super) fn are_the_same(self, marker: &Marker) -> bool {
        self == Self::of(marker)
    }
}

/// The markers that are kept.
#[derive(Default)]
pub(super) struct MarkerCache(Mutex<HashMap<ScopeId, Version>>);

impl MarkerCache {
    /// Takes it out: whoever commits puts the new one back.
    pub(super) fn take(&self, scope: ScopeId) -> Option<Version> {
        self.lock().remove(&scope)
    }

    /// What it says of the files.
    pub(super) fn files(&self, scope: ScopeId) -> FilesThen {
        self.lock().get(&scope).map(|(marker, _)| FilesThen::of(marker)).unwrap_or_default()
    }

    /// Keeps what was just written or read.
    pub(super) fn keep(&self, scope: ScopeId, version: Version) {
        let mut kept = self.lock();
        if kept.len() >= MAX_MARKERS {
            kept.clear();
        }
        kept.insert(scope, version);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScopeId, Version>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
