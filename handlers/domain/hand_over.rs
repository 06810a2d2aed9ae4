//! A hand-over: all files of an adviser who leaves go to a successor, once two officers want it.
//!
//! ```text
//! proposed ──another officer──> approved ──its time has come──> moving ──nothing left──> completed
//!     └──any officer──> withdrawn <──any officer, either adviser, or it may not be any more──┘ (from approved)
//! ```

use super::{
    credentials::{DisplayName, Username},
    ids::ScopeId,
    later::Named,
    record::Record,
    session::Officer,
    stored::BlindIndex,
    text,
};
use crate::{closed_set, text_type};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

text_type!(
    /// Why an adviser's files go to another.
    Reason,
    |typed| text::line(typed, 500)
);

/// One of the two advisers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub account: BlindIndex,
    /// Where the files are, or will be.
    pub scope: ScopeId,
    /// As the account was called when the hand-over was proposed.
    pub name: DisplayName,
    /// The account's username; nothing in those of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
}

impl Side {
    /// For whoever has to decide something about it.
    pub fn called(&self) -> String {
        self.name.with(self.username.as_ref())
    }
}

/// A hand-over as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    pub from: Side,
    pub to: Side,
    pub reason: Reason,
    /// The officer who wants it.
    pub proposed_by: BlindIndex,
    pub proposed_at: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// The officer who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<BlindIndex>,
    /// When files move, unless somebody stops it before; since it was approved. Once they do: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_at: Option<Timestamp>,
}

/// How far a hand-over is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Another officer has to approve.
    Proposed,
    /// Nothing will come of it.
    Withdrawn,
    /// Two officers want it; everybody concerned was told, and files wait.
    Approved,
    /// Files are on their way.
    Moving {
        files: u64,
        /// Those that have arrived.
        moved: u64,
    },
    /// All files are with the successor.
    Completed {
        /// How many they were.
        files: u64,
    },
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

closed_set! {
    /// How far a hand-over is, as the API names it.
    pub enum HandOverState in "snake_case" {
        /// Another officer has to approve.
        Proposed,
        /// Nothing will come of it.
        Withdrawn,
        /// Two officers want it; files wait until `moves_at`.
        Approved,
        /// Files are on their way.
        Moving,
        /// All files are with the successor.
        Completed,
    }
}

/// What happens to a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverEvent {
    /// An officer wants it.
    Proposed,
    /// Somebody took it back, or stopped it before files moved.
    Withdrawn,
    /// Another officer wants it too.
    Approved,
    /// Files move; the leaver's partition takes no more writes of anyone else.
    Begun { files: u64 },
    /// Some files have arrived.
    Moved { files: u64 },
    /// Nothing is left with the leaver.
    Completed {
        files: u64,
        /// Records about them that went along.
        records: u64,
    },
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

/// What a list shows of a hand-over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HandOverSummary {
    pub from: Side,
    pub to: Side,
    /// The officer who wants it.
    pub proposed_by: BlindIndex,
    pub proposed_at: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// When files move, unless somebody stops it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_at: Option<Timestamp>,
}

/// Why a hand-over does not go on, or an account does not get what was asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverRefused {
    /// Whoever proposed it cannot approve it.
    SameOfficer,
    /// It is past that.
    WrongStep,
    /// The leaver may still sign in.
    LeaverNotDisabled,
    /// The successor may not sign in, or is none any more.
    SuccessorNotActive,
    /// There is another that this account takes part in.
    Exists,
}

impl HandOver {
    /// An officer takes it back.
    ///
    /// # Errors
    /// [`HandOverRefused::WrongStep`] once it was approved.
    pub fn withdraw(&self) -> Result<Self, HandOverRefused> {
        match self.phase {
            Phase::Proposed => Ok(Self { phase: Phase::Withdrawn, ..self.clone() }),
            Phase::Withdrawn | Phase::Approved | Phase::Moving { .. } | Phase::Completed { .. } | Phase::Later(_) => {
                Err(HandOverRefused::WrongStep)
            }
        }
    }

    /// A second officer wants it too; files move from then on.
    ///
    /// # Errors
    /// [`HandOverRefused::SameOfficer`]; [`HandOverRefused::WrongStep`] unless it waits for that.
    pub fn approve(&self, officer: Officer, moves_at: Timestamp) -> Result<Self, HandOverRefused> {
        match self.phase {
            Phase::Proposed if officer.identity() == self.proposed_by => Err(HandOverRefused::SameOfficer),
            Phase::Proposed => {
                Ok(Self { phase: Phase::Approved, approved_by: Some(officer.identity()), moves_at: Some(moves_at), ..self.clone() })
            }
            Phase::Withdrawn | Phase::Approved | Phase::Moving { .. } | Phase::Completed { .. } | Phase::Later(_) => {
                Err(HandOverRefused::WrongStep)
            }
        }
    }

    /// Whether this account is one of its two sides, and knows of it: nothing is told before it is approved.
    pub fn concerns(&self, account: BlindIndex) -> bool {
        self.approved_by.is_some() && [&self.from, &self.to].iter().any(|side| side.account == account)
    }

    /// It is stopped, as long as nothing has moved.
    ///
    /// # Errors
    /// [`HandOverRefused::WrongStep`] before it is approved and once files move.
    pub fn stop(&self) -> Result<Self, HandOverRefused> {
        match self.phase {
            Phase::Approved => Ok(Self { phase: Phase::Withdrawn, ..self.clone() }),
            Phase::Proposed | Phase::Withdrawn | Phase::Moving { .. } | Phase::Completed { .. } | Phase::Later(_) => {
                Err(HandOverRefused::WrongStep)
            }
        }
    }

    /// So many files will move.
    pub fn begun(&self, files: u64, at: Timestamp) -> Self {
        Self { phase: Phase::Moving { files, moved: 0 }, moves_at: Some(at), ..self.clone() }
    }

    /// So many more have arrived. Who was cut off between moving and counting has counted too few; the end puts it right.
    pub fn moved(&self, more: u64) -> Self {
        let (files, moved) = self.phase.progress();
        let moved = moved + more;
        // More than were counted: a request that was on its way made one before the partition was closed.
        Self { phase: Phase::Moving { files: files.unwrap_or_default().max(moved), moved }, ..self.clone() }
    }

    pub fn completed(&self) -> Self {
        let files = self.phase.progress().0.unwrap_or_default();
        Self { phase: Phase::Completed { files }, ..self.clone() }
    }
}

impl Phase {
    /// All files, once they were counted, and those that have arrived.
    pub const fn progress(self) -> (Option<u64>, u64) {
        match self {
            Self::Proposed | Self::Withdrawn | Self::Approved | Self::Later(_) => (None, 0),
            Self::Moving { files, moved } => (Some(files), moved),
            Self::Completed { files } => (Some(files), files),
        }
    }

    /// Whether files are on their way or have been, so that they are with the successor, or soon.
    pub const fn has_begun(self) -> bool {
        matches!(self, Self::Moving { .. } | Self::Completed { .. })
    }

    /// Whether two officers want it and it is not over.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Approved | Self::Moving { .. })
    }

    /// Whether anything can still come of it; of a phase of a later version, perhaps.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Later(_)) || self.is_running()
    }

    /// As the API names it.
    pub const fn state(self) -> HandOverState {
        match self {
            Self::Proposed => HandOverState::Proposed,
            Self::Withdrawn => HandOverState::Withdrawn,
            Self::Approved => HandOverState::Approved,
            Self::Moving { .. } => HandOverState::Moving,
            Self::Completed { .. } => HandOverState::Completed,
            Self::Later(Named(word)) => HandOverState::Later(word),
        }
    }
}

impl HandOverSummary {
    /// Whether there is something to be done for it now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.phase.is_running() && (self.phase != Phase::Approved || self.moves_at.is_none_or(|at| at <= now))
    }
}

impl Record for HandOver {
    type Event = HandOverEvent;
    type Summary = HandOverSummary;

    fn summary(&self) -> HandOverSummary {
        let Self { from, to, proposed_by, proposed_at, phase, moves_at, .. } = self.clone();
        HandOverSummary { from, to, proposed_by, proposed_at, phase, moves_at }
    }
}
