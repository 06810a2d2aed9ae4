//! An erasure between its decision and its end, and one that has to be followed to a successor.
//!
//! ```text
//! decided: the file says so, and a note beside it  ->  a line in the log of erasures  ->  file and note go
//! ```
//!
//! Whoever is cut off leaves the note, by which maintenance finds and finishes what was begun. A hand-over takes file and note along.

use super::{
    erasure_log::{Erasure, VouchedErasure},
    hand_over::{HandOver, Phase},
    ids::{ClientId, ScopeId},
    session::{Adviser, BothSides},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An erasure that was decided and has not ended, as the note beside the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunErasure {
    scope: ScopeId,
    client: ClientId,
    created_at: Timestamp,
    at: Timestamp,
}

impl BegunErasure {
    /// This adviser decides at `at` that the own file, made at `created_at`, is erased.
    pub const fn by(adviser: &Adviser, client: ClientId, created_at: Timestamp, at: Timestamp) -> Self {
        Self { scope: adviser.scope().id(), client, created_at, at }
    }

    /// The same at the successor, when this hand-over takes the file along.
    pub const fn taken_along(self, sides: &BothSides) -> Self {
        Self { scope: sides.to.id(), ..self }
    }

    pub const fn scope(&self) -> ScopeId {
        self.scope
    }

    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// When that file was made.
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// What the log has to say of it, in this partition and in those that the file came from.
    pub const fn logged(&self, scope: ScopeId) -> Erasure {
        Erasure { at: self.at, scope, client: self.client, created_at: Some(self.created_at) }
    }
}

/// An erasure that the log says, followed to the partition that a hand-over has taken the file to since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowedErasure {
    vouched: VouchedErasure,
    scope: ScopeId,
}

impl FollowedErasure {
    /// Where the log says that it was.
    pub const fn at_its_place(vouched: VouchedErasure) -> Self {
        Self { scope: vouched.erasure().scope, vouched }
    }

    /// One hand-over further, when this one took the files away from there.
    pub fn behind(self, hand_over: &HandOver) -> Option<Self> {
        let took = hand_over.from.scope == self.scope && matches!(hand_over.phase, Phase::Moving { .. } | Phase::Completed { .. });
        took.then_some(Self { scope: hand_over.to.scope, ..self })
    }

    pub const fn scope(&self) -> ScopeId {
        self.scope
    }

    /// What the log says.
    pub const fn erasure(&self) -> &Erasure {
        self.vouched.erasure()
    }
}
