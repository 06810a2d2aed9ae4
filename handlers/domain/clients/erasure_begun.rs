//! An erasure that has been decided but not completed, and one that has to be followed to a successor.
//!
//! ```text
//! decided: recorded in the file and in a note next to it  ->  a line in the erasure log  ->  file and note are deleted
//! ```
//!
//! If the request is interrupted, the note remains, and maintenance finishes what was begun. A hand-over moves the note along with the
//! file.

use super::erasure_log::{Erasure, VouchedErasure};
use crate::domain::{
    hand_overs::record::{HandOver, Phase},
    ids::{ClientId, ScopeId},
    sign_in::session::{Adviser, BothSides},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An erasure that has been decided but not completed, as recorded in the note next to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunErasure {
    scope: ScopeId,
    client: ClientId,
    created_at: Timestamp,
    at: Timestamp,
}

impl BegunErasure {
    /// Records this adviser's decision at `at` to erase the adviser's own file, created at `created_at`.
    pub const fn by(adviser: &Adviser, client: ClientId, created_at: Timestamp, at: Timestamp) -> Self {
        Self { scope: adviser.scope().id(), client, created_at, at }
    }

    /// The same erasure at the successor, when this handover moves the file there.
    pub const fn taken_along(self, sides: &BothSides) -> Self {
        Self { scope: sides.to.id(), ..self }
    }

    pub const fn scope(&self) -> ScopeId {
        self.scope
    }

    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// When that file was created.
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// The entry for the erasure log, for this partition or one that the file came from.
    pub const fn logged(&self, scope: ScopeId) -> Erasure {
        Erasure { at: self.at, scope, client: self.client, created_at: Some(self.created_at) }
    }
}

/// An erasure in the log, followed to the partition that handovers have since moved the file to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowedErasure {
    vouched: VouchedErasure,
    scope: ScopeId,
}

impl FollowedErasure {
    /// Starts at the partition named in the log.
    pub const fn at_its_place(vouched: VouchedErasure) -> Self {
        Self { scope: vouched.erasure().scope, vouched }
    }

    /// Follows one handover, if that moved the files away from the current partition.
    pub fn behind(self, hand_over: &HandOver) -> Option<Self> {
        let took = hand_over.from.scope == self.scope && matches!(hand_over.phase, Phase::Moving { .. } | Phase::Completed { .. });
        took.then_some(Self { scope: hand_over.to.scope, ..self })
    }

    pub const fn scope(&self) -> ScopeId {
        self.scope
    }

    /// The erasure as logged.
    pub const fn erasure(&self) -> &Erasure {
        self.vouched.erasure()
    }
}
