//! Who may write in an adviser's partition. What the right rests on is looked at inside every commit, against the marker that the commit
//! replaces: a request that was let in a minute ago changes nothing for somebody who may not any more.
//!
//! A right is made of a signed-in adviser, of one side of a hand-over, or of an erasure, and of nothing else.

use super::{
    authority::SessionProof,
    erasure_begun::{BegunErasure, FollowedErasure},
    session::{Adviser, AdviserScope, BothSides},
    trail::{Actor, Marker},
};

/// The right to write in the partition of one adviser (P14).
///
/// Nobody makes one out of parts:
///
/// ```compile_fail
/// use finrust::domain::{ids::ScopeId, trail::Actor, write_right::WriteRight};
/// let _ = WriteRight { scope: todo!(), by: Actor::Replay, session: None };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WriteRight {
    scope: AdviserScope,
    by: Actor,
    /// The session that it rests on; whoever is no account has none.
    session: Option<SessionProof>,
}

/// The partition does not take a write of this right any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overruled {
    /// The account was disabled, has another password, another role or other files, or the session was ended.
    SessionOver,
    /// Another hand-over has closed the partition.
    Closed,
}

impl WriteRight {
    /// The right of a hand-over in the partition of who leaves.
    pub const fn leaver(sides: &BothSides) -> Self {
        Self { scope: sides.from, by: Actor::HandOver { record: sides.record, other: sides.to.id() }, session: None }
    }

    /// The right of a hand-over in the partition of who goes on.
    pub const fn successor(sides: &BothSides) -> Self {
        Self { scope: sides.to, by: Actor::HandOver { record: sides.record, other: sides.from.id() }, session: None }
    }

    /// The right to erase once more what was erased already: the log of erasures says so, and the key vouches for it.
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

    /// As the trail names who writes.
    pub const fn by(&self) -> Actor {
        self.by
    }

    /// The standing number that the marker has after a commit of this right: a session that was started after the number rose carries the
    /// news with it.
    pub fn standing_after(&self, marker: &Marker) -> u32 {
        self.session.map_or(0, |session| session.standing()).max(marker.standing)
    }

    /// Whether the right still holds where the partition stands as this marker says.
    pub fn holds(&self, marker: &Marker) -> Result<(), Overruled> {
        if self.session.is_some_and(|session| session.standing() < marker.standing || marker.over.has(&session.hash())) {
            return Err(Overruled::SessionOver);
        }
        match (self.by, marker.closed) {
            // A replay takes away what should not be there.
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
