//! The newest markers that this instance has written, so that the next commit of the same adviser need not read them first.
//!
//! A cached marker may have been superseded by another instance: the commit, which is conditional on the marker's etag, then fails and is
//! rebuilt on the marker as read. A marker holds no personal data.

use crate::{
    domain::{
        clients::trail::Marker,
        ids::{ScopeId, WriteId},
    },
    ports::Etag,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Advisers at work on one instance; some 4 MB. Beyond that, the cache is cleared and markers are read again.
const MAX_MARKERS: usize = 10_000;

/// A marker with its etag; `None` before the first commit in a partition.
pub(in crate::store) type Version = (Marker, Option<Etag>);

/// The write id of the files in the marker before one of them was read. If a commit is made on a marker with the same value, no file has
/// changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilesThen {
    /// Not known to this instance.
    #[default]
    Unknown,
    /// The last write that changed a file.
    Said(Option<WriteId>),
}

impl FilesThen {
    /// The value in this marker.
    pub(in crate::store) const fn of(marker: &Marker) -> Self {
        Self::Said(marker.files)
    }

    /// Whether this marker has the same value.
    pub(in crate::store) fn are_the_same(self, marker: &Marker) -> bool {
        self == Self::of(marker)
    }
}

/// The cached markers, by scope.
#[derive(Default)]
pub(in crate::store) struct MarkerCache(Mutex<HashMap<ScopeId, Version>>);

impl MarkerCache {
    /// Removes the marker; the commit puts the new one back.
    pub(in crate::store) fn take(&self, scope: ScopeId) -> Option<Version> {
        self.lock().remove(&scope)
    }

    /// The write id of the files in the cached marker.
    pub(in crate::store) fn files(&self, scope: ScopeId) -> FilesThen {
        self.lock().get(&scope).map(|(marker, _)| FilesThen::of(marker)).unwrap_or_default()
    }

    /// Caches a marker that was just written or read.
    pub(in crate::store) fn keep(&self, scope: ScopeId, version: Version) {
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
