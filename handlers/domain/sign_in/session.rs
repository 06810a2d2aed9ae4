//! Sessions as a typestate: the type of a session determines what a browser may do.
//!
//! ```text
//! password ──> PasswordOnly ──second factor──> Full
//!     │             └────────────────┐
//!     └─one-time password──> MustChoose ──new password──> Full
//! ```
//!
//! Only this module creates a `Session`, and only a `Session<Full>` yields an `Adviser` or an `Officer`: skipping a step does not
//! compile (P7, P14). Only a hand-over that two officers approved yields the scopes of both of its sides.

use super::{attempt::UserAgent, credentials::Role};
use crate::domain::{
    accounts::account::AccountKind,
    authority::SessionProof,
    clients::erasure_begun::{BegunErasure, FollowedErasure},
    hand_overs::approved::Approved,
    ids::{RecordId, ScopeId, SessionId},
    later::Named,
    ledger::is_zero,
    origin::Origin,
    stored::{BlindIndex, HashedToken},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{marker::PhantomData, net::IpAddr};

/// Idle limit of a full session (OWASP ASVS 5.0 V7.3.1).
pub const IDLE_LIMIT: SignedDuration = SignedDuration::from_mins(30);
/// Absolute limit of a full session (V7.3.2).
pub const ABSOLUTE_LIMIT: SignedDuration = SignedDuration::from_hours(12);
/// How long a half signed-in session waits for its next step.
pub const HALF_LIMIT: SignedDuration = SignedDuration::from_mins(10);
/// Minimum interval between recorded uses, so that reading does not cost a write each time.
pub const TOUCH_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// How long a retry of a request that renews its own session gets the same answer: the Functions host and browsers retry immediately.
const RENEWED_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// The step of signing in that a session has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Password verified, second factor required.
    TwoFactor {
        /// A one-time password was used, so a new password must be chosen next.
        then_new_password: bool,
    },
    /// A new password must be chosen.
    NewPassword,
    Full,
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

/// A session in the form that is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The id shown to the user.
    pub id: SessionId,
    pub step: Step,
    /// The kind of the account.
    pub kind: AccountKind,
    /// Whether the account had a second factor when the session was last renewed.
    pub two_factor: bool,
    /// Start of the absolute limit.
    pub created_at: Timestamp,
    /// Start of the idle limit.
    pub last_seen_at: Timestamp,
    /// The address that it was started from.
    pub ip: Option<IpAddr>,
    pub user_agent: Option<UserAgent>,
    /// The account's standing when the session was started or renewed.
    #[serde(default)]
    pub standing: u32,
    /// How often its use was recorded; the account carries the same count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub touches: u32,
    /// Hash of the cookie whose request renewed this session, until the new cookie is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_from: Option<HashedToken>,
    /// The stored document it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

impl SessionRecord {
    /// When the session expires if it is not used again.
    pub fn expires_at(&self) -> Timestamp {
        match self.step {
            Step::Full => (self.last_seen_at + IDLE_LIMIT).min(self.created_at + ABSOLUTE_LIMIT),
            Step::TwoFactor { .. } | Step::NewPassword => self.created_at + HALF_LIMIT,
            // A step of a later version grants nothing in this one.
            Step::Later(_) => self.created_at,
        }
    }

    /// The latest time at which it can expire.
    pub fn gone_at(&self) -> Timestamp {
        match self.step {
            Step::Full | Step::Later(_) => self.created_at + ABSOLUTE_LIMIT,
            Step::TwoFactor { .. } | Step::NewPassword => self.created_at + HALF_LIMIT,
        }
    }

    /// Whether this use should be recorded.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        self.step == Step::Full && (self.renewed_from.is_some() || now.duration_since(self.last_seen_at) >= TOUCH_AFTER)
    }

    /// Records a use with the current cookie.
    pub fn touch(&mut self, now: Timestamp) {
        self.last_seen_at = now;
        self.renewed_from = None;
    }

    /// Whether a retry with the previous cookie may be given the new one again: the renewal was a moment ago, and the new cookie has not
    /// been used.
    pub fn may_be_told_to(&self, old: &HashedToken, now: Timestamp) -> bool {
        self.renewed_from.as_ref() == Some(old) && (SignedDuration::ZERO..RENEWED_AGAIN).contains(&now.duration_since(self.last_seen_at))
    }
}

/// Signed in, with both factors where there are two.
#[derive(Clone, Copy)]
pub struct Full;
/// The password was right; the second factor is required.
#[derive(Clone, Copy)]
pub struct PasswordOnly;
/// A new password must be chosen.
#[derive(Clone, Copy)]
pub struct MustChoose;

/// A live session at step `S`.
#[derive(Clone)]
pub struct Session<S> {
    identity: BlindIndex,
    hash: HashedToken,
    record: SessionRecord,
    step: PhantomData<S>,
}

/// A live session whose step has not been determined yet.
pub enum AnySession {
    PasswordOnly(Session<PasswordOnly>),
    MustChoose(Session<MustChoose>),
    Full(Session<Full>),
}

impl AnySession {
    /// Creates the session of this record; `None` when it has expired.
    pub fn of(identity: BlindIndex, hash: HashedToken, record: SessionRecord, now: Timestamp) -> Option<Self> {
        if now >= record.expires_at() {
            return None;
        }
        Some(match record.step {
            Step::TwoFactor { .. } => Self::PasswordOnly(Session::at_step(identity, hash, record)),
            Step::NewPassword => Self::MustChoose(Session::at_step(identity, hash, record)),
            Step::Full => Self::Full(Session::at_step(identity, hash, record)),
            Step::Later(_) => return None,
        })
    }
}

impl AnySession {
    /// Proof of the session's authority for a change.
    pub fn proof(&self) -> SessionProof {
        match self {
            Self::PasswordOnly(session) => session.proof(),
            Self::MustChoose(session) => session.proof(),
            Self::Full(session) => session.proof(),
        }
    }
}

impl<S> Session<S> {
    const fn at_step(identity: BlindIndex, hash: HashedToken, record: SessionRecord) -> Self {
        Self { identity, hash, record, step: PhantomData }
    }

    /// The identity that it belongs to.
    pub const fn identity(&self) -> BlindIndex {
        self.identity
    }

    /// Hash of the cookie.
    pub const fn hash(&self) -> HashedToken {
        self.hash
    }

    /// The stored session record.
    pub const fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// Proof of the session's authority for a change.
    pub fn proof(&self) -> SessionProof {
        let SessionRecord { id, kind, standing, .. } = self.record;
        SessionProof { account: self.identity, hash: self.hash, id, kind, standing, ends_at: self.record.gone_at() }
    }
}

/// The right to the files of one adviser: every repository call requires it (P14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdviserScope(ScopeId);

impl AdviserScope {
    /// The right to repeat an earlier erasure, as authenticated by the erasure log.
    pub const fn of_erasure(followed: &FollowedErasure) -> Self {
        Self(followed.scope())
    }

    /// The right to finish an erasure that the adviser has decided.
    pub const fn of_begun(begun: &BegunErasure) -> Self {
        Self(begun.scope())
    }

    /// The partition and key scope of the files.
    pub const fn id(self) -> ScopeId {
        self.0
    }
}

/// A signed-in adviser: the right to the adviser's own files, and the actor named in their audit trail.
#[derive(Clone, Copy, Debug)]
pub struct Adviser {
    scope: AdviserScope,
    proof: SessionProof,
    pub account: BlindIndex,
    pub session: SessionId,
    /// Where the request came from.
    pub ip: Option<IpAddr>,
}

impl Adviser {
    /// The right to the adviser's own files.
    pub const fn scope(&self) -> AdviserScope {
        self.scope
    }

    /// Proof of the session's authority for a change.
    pub const fn proof(&self) -> SessionProof {
        self.proof
    }
}

/// The rights to the files of both sides of a handover, which is carried out without a user or a session.
#[derive(Clone, Copy, Debug)]
pub struct BothSides {
    /// The handover, named in both audit trails.
    pub record: RecordId,
    /// The files of the leaver.
    pub from: AdviserScope,
    /// The files of the successor.
    pub to: AdviserScope,
}

impl BothSides {
    /// Returns the two sides of an approved handover.
    pub const fn of(approved: &Approved) -> Self {
        Self { record: approved.record(), from: AdviserScope(approved.from()), to: AdviserScope(approved.to()) }
    }
}

/// The right to administer accounts and registers.
#[derive(Clone, Copy, Debug)]
pub struct Officer {
    proof: SessionProof,
}

impl Officer {
    /// The officer's account.
    pub const fn identity(self) -> BlindIndex {
        self.proof.account()
    }

    /// Proof of the session's authority for a change.
    pub const fn proof(self) -> SessionProof {
        self.proof
    }
}

/// Why a signed-in session is denied something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    Forbidden,
    /// An officer has to enrol a second factor first.
    TwoFactorRequired,
}

impl Session<Full> {
    /// Returns the adviser's right to the adviser's own files, for a request from `ip`.
    ///
    /// # Errors
    /// [`Denied`] for an officer.
    pub fn adviser(&self, ip: Option<IpAddr>) -> Result<Adviser, Denied> {
        match self.record.kind {
            AccountKind::Adviser { scope } => {
                let (account, session) = (self.identity, self.record.id);
                Ok(Adviser { scope: AdviserScope(scope), proof: self.proof(), account, session, ip })
            }
            AccountKind::Officer if !self.record.two_factor => Err(Denied::TwoFactorRequired),
            AccountKind::Officer | AccountKind::Later(_) => Err(Denied::Forbidden),
        }
    }

    /// Returns the officer's right to accounts and registers.
    ///
    /// # Errors
    /// [`Denied`] for an adviser, and for an officer without a second factor.
    pub fn officer(&self) -> Result<Officer, Denied> {
        match self.record.kind {
            AccountKind::Adviser { .. } | AccountKind::Later(_) => Err(Denied::Forbidden),
            AccountKind::Officer if !self.record.two_factor => Err(Denied::TwoFactorRequired),
            AccountKind::Officer => Ok(Officer { proof: self.proof() }),
        }
    }

    /// Denies everything but enrolment to an officer without a second factor.
    pub const fn enrolled(&self) -> Result<(), Denied> {
        match self.record.kind {
            AccountKind::Officer if !self.record.two_factor => Err(Denied::TwoFactorRequired),
            AccountKind::Officer | AccountKind::Adviser { .. } | AccountKind::Later(_) => Ok(()),
        }
    }

    /// The role of the account.
    pub const fn role(&self) -> Role {
        self.record.kind.role()
    }
}
