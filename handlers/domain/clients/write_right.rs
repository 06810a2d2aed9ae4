//! The right to write in an adviser's partition. It is checked again in every commit, against the marker that the commit replaces: a
//! request that was authorised a minute ago changes nothing once its authority has been removed.
//!
//! A right is derived only from a signed-in adviser, one side of a hand-over, or an erasure.

use super::{
    erasure_begun::{BegunErasure, FollowedErasure},
    trail::{Actor, Marker},
};
use crate::domain::{
    authority::SessionProof,
    sign_in::session::{Adviser, AdviserScope, BothSides},
};

/// The right to write in the partition of one adviser (P14).
///
/// It cannot be constructed from its parts:
///
/// ```compile_fail
/// use finrust::domain::{ids::ScopeId, trail::Actor, write_right::WriteRight};
/// let _ = WriteRight { scope: todo!(), by: Actor::Replay, session: None };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WriteRight {
    scope: AdviserScope,
    by: Actor,
    /// The session behind it; `None` for a handover or an erasure.
    session: Option<SessionProof>,
}

/// Why the partition no longer accepts writes with this right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overruled {
    /// The account was disabled or has another password, role or scope, or the session was ended.
    SessionOver,
    /// Another handover has closed the partition.
    Closed,
}

impl WriteRight {
    /// The right of a handover in the leaver's partition.
    pub const fn leaver(sides: &BothSides) -> Self {
        Self { scope: sides.from, by: Actor::HandOver { record: sides.record, other: sides.to.id() }, session: None }
    }

    /// The right of a handover in the successor's partition.
    pub const fn successor(sides: &BothSides) -> Self {
        Self { scope: sides.to, by: Actor::HandOver { record: sides.record, other: sides.from.id() }, session: None }
    }

    /// The right to repeat an earlier erasure, as authenticated by the erasure log.
    pub const fn replay(followed: &FollowedErasure) -> Self {
        Self { scope: AdviserScope::of_erasure(followed), by: Actor::Replay, session: None }
    }

    /// The right to finish an erasure that was begun.
    pub const fn finish(begun: &BegunErasure) -> Self {
        Self { scope: AdviserScope::of_begun(begun), by: Actor::Replay, session: None }
    }

    pub const fn scope(&self) -> AdviserScope {
        self.scope
    }

    /// The actor named in the audit trail.
    pub const fn by(&self) -> Actor {
        self.by
    }

    /// The standing that the marker has after a commit with this right: a session started after an increment of the account's standing
    /// carries the higher value into the marker.
    pub fn standing_after(&self, marker: &Marker) -> u32 {
        self.session.map_or(0, |session| session.standing()).max(marker.standing)
    }

    /// Whether the right still holds against this marker.
    pub fn holds(&self, marker: &Marker) -> Result<(), Overruled> {
        if self.session.is_some_and(|session| session.standing() < marker.standing || marker.over.has(&session.hash())) {
            return Err(Overruled::SessionOver);
        }
        match (self.by, marker.closed) {
            // A replay removes what should not exist.
            (_, None) | (Actor::Replay, _) => Ok(()),
            (Actor::Adviser { .. }, Some(_)) => Err(Overruled::SessionOver),
            (Actor::HandOver { record, .. }, Some(closed)) if record == closed => Ok(()),
            (Actor::HandOver { .. } | Actor::Later(_), Some(_)) => Err(Overruled::Closed),
        }
    }
}

impl From<&Adviser> for WriteRight {
    fn from(adviser: &Adviser) -> Self {
        Self { scope: adviser.scope(), by: Actor::from(adviser), session: Some(adviser.proof()) }
    }
}
