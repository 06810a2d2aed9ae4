//! Sessions as a state machine in types: what a browser may do is the type of its session.
//!
//! ```text
//! password ──> PasswordOnly ──second factor──> Full
//!     │             └────────────────┐
//!     └─one-time password──> MustChoose ──new password──> Full
//! ```
//!
//! Only this file makes a `Session`, and only a `Session<Full>` yields an `Adviser` or an `Officer`: skipping a step
//! does not compile (P7, P14). A hand-over that two officers approved yields the scopes of its two sides, and nothing else does.

use super::{
    account::AccountKind,
    approved::Approved,
    attempt::UserAgent,
    authority::SessionProof,
    credentials::Role,
    erasure_begun::{BegunErasure, FollowedErasure},
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
/// How long a half signed-in state waits for its next step.
pub const HALF_LIMIT: SignedDuration = SignedDuration::from_mins(10);
/// Use is noted at most this often, so that reading costs no write.
pub const TOUCH_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// A request that renews its own session and comes again is answered alike for so long: the Functions host and browsers come again at
/// once.
const RENEWED_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// The step a session is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Password known, second factor due.
    TwoFactor {
        /// A one-time password was used, so a new password is due after it.
        then_new_password: bool,
    },
    /// A new password is due.
    NewPassword,
    Full,
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

/// A session as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionRecord {
    /// As its owner sees it.
    pub id: SessionId,
    pub step: Step,
    /// What the account may do.
    pub kind: AccountKind,
    /// Whether the account had a second factor when the session was last renewed.
    pub two_factor: bool,
    /// Start of the absolute limit.
    pub created_at: Timestamp,
    /// Start of the idle limit.
    pub last_seen_at: Timestamp,
    /// Where it was started from.
    pub ip: Option<IpAddr>,
    pub user_agent: Option<UserAgent>,
    /// The account's standing when the session was started or renewed.
    #[serde(default)]
    pub standing: u32,
    /// How often its use was noted; its account says the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub touches: u32,
    /// The cookie that asked for this session to be renewed, until the new one is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_from: Option<HashedToken>,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

impl SessionRecord {
    /// When the session ends if it is not used again.
    pub fn expires_at(&self) -> Timestamp {
        match self.step {
            Step::Full => (self.last_seen_at + IDLE_LIMIT).min(self.created_at + ABSOLUTE_LIMIT),
            Step::TwoFactor { .. } | Step::NewPassword => self.created_at + HALF_LIMIT,
            // Of a later version: it opens nothing here.
            Step::Later(_) => self.created_at,
        }
    }

    /// When it is gone whatever happens.
    pub fn gone_at(&self) -> Timestamp {
        match self.step {
            Step::Full | Step::Later(_) => self.created_at + ABSOLUTE_LIMIT,
            Step::TwoFactor { .. } | Step::NewPassword => self.created_at + HALF_LIMIT,
        }
    }

    /// Whether this use should be noted.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        self.step == Step::Full && (self.renewed_from.is_some() || now.duration_since(self.last_seen_at) >= TOUCH_AFTER)
    }

    /// Notes that it is used, under the cookie that it has now.
    pub fn touch(&mut self, now: Timestamp) {
        self.last_seen_at = now;
        self.renewed_from = None;
    }

    /// Whether the same request, with the cookie as it was before, may be told the new one once more: it came a moment ago, and whoever
    /// asked has not used the answer.
    pub fn may_be_told_to(&self, old: &HashedToken, now: Timestamp) -> bool {
        self.renewed_from.as_ref() == Some(old) && (SignedDuration::ZERO..RENEWED_AGAIN).contains(&now.duration_since(self.last_seen_at))
    }
}

/// Signed in, both factors where there are two.
#[derive(Clone, Copy)]
pub struct Full;
/// The password was right; the second factor is due.
#[derive(Clone, Copy)]
pub struct PasswordOnly;
/// A new password must be chosen.
#[derive(Clone, Copy)]
pub struct MustChoose;

/// A living session at step `S`.
#[derive(Clone)]
pub struct Session<S> {
    identity: BlindIndex,
    hash: HashedToken,
    record: SessionRecord,
    step: PhantomData<S>,
}

/// A living session whose step is not known yet.
pub enum AnySession {
    PasswordOnly(Session<PasswordOnly>),
    MustChoose(Session<MustChoose>),
    Full(Session<Full>),
}

impl AnySession {
    /// The session of this record, or `None` when its time is over.
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
    /// What a change by this session rests on.
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

    /// Whose session it is.
    pub const fn identity(&self) -> BlindIndex {
        self.identity
    }

    /// Hash of the cookie.
    pub const fn hash(&self) -> HashedToken {
        self.hash
    }

    /// What is stored of it.
    pub const fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// What a change by this session rests on.
    pub fn proof(&self) -> SessionProof {
        let SessionRecord { id, kind, standing, .. } = self.record;
        SessionProof { account: self.identity, hash: self.hash, id, kind, standing, ends_at: self.record.gone_at() }
    }
}

/// The right to the files of one adviser: there is no repository call without it (P14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdviserScope(ScopeId);

impl AdviserScope {
    /// The right to erase once more what was erased already: the log of erasures says so, and the key vouches for it.
    pub const fn of_erasure(followed: &FollowedErasure) -> Self {
        Self(followed.scope())
    }

    /// The right to finish an erasure that its adviser has decided.
    pub const fn of_begun(begun: &BegunErasure) -> Self {
        Self(begun.scope())
    }

    /// The partition and key scope of the files.
    pub const fn id(self) -> ScopeId {
        self.0
    }
}

/// An adviser at work: the right to the own files, and who is to be named in their trail.
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
    /// The right to the own files.
    pub const fn scope(&self) -> AdviserScope {
        self.scope
    }

    /// What a change by this session rests on.
    pub const fn proof(&self) -> SessionProof {
        self.proof
    }
}

/// The rights to the files of both sides of a hand-over, which has no person and no session.
#[derive(Clone, Copy, Debug)]
pub struct BothSides {
    /// The hand-over, to be named in both trails.
    pub record: RecordId,
    /// The files of who leaves.
    pub from: AdviserScope,
    /// The files of who goes on.
    pub to: AdviserScope,
}

impl BothSides {
    /// The two sides that two officers approved.
    pub const fn of(approved: &Approved) -> Self {
        Self { record: approved.record(), from: AdviserScope(approved.from()), to: AdviserScope(approved.to()) }
    }
}

/// The right to look after accounts and registers.
#[derive(Clone, Copy, Debug)]
pub struct Officer {
    proof: SessionProof,
}

impl Officer {
    /// Whose right it is.
    pub const fn identity(self) -> BlindIndex {
        self.proof.account()
    }

    /// What a change by this session rests on.
    pub const fn proof(self) -> SessionProof {
        self.proof
    }
}

/// Why a signed-in session has no right to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    Forbidden,
    /// An officer has to enrol a second factor first.
    TwoFactorRequired,
}

impl Session<Full> {
    /// The adviser's right to the own files, for a request that came from `ip`.
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

    /// The officer's right to accounts.
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

    /// An officer without a second factor may enrol one and nothing else.
    pub const fn enrolled(&self) -> Result<(), Denied> {
        match self.record.kind {
            AccountKind::Officer if !self.record.two_factor => Err(Denied::TwoFactorRequired),
            AccountKind::Officer | AccountKind::Adviser { .. } | AccountKind::Later(_) => Ok(()),
        }
    }

    /// The role behind it.
    pub const fn role(&self) -> Role {
        self.record.kind.role()
    }
}
