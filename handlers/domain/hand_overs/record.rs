//! A hand-over: all files of a leaving adviser go to a successor, with the consent of two officers.
//!
//! ```text
//! proposed ──another officer──> approved ──its time has come──> moving ──nothing left──> completed
//!     └──any officer──> withdrawn <──any officer, either adviser, or no longer allowed──┘ (from approved)
//! ```

use crate::domain::{
    ids::ScopeId,
    later::Named,
    record::Record,
    sign_in::{
        credentials::{DisplayName, Username},
        session::Officer,
    },
    stored::BlindIndex,
    text,
};
use crate::{closed_set, text_type};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

text_type!(
    /// The reason for a handover.
    Reason,
    |typed| text::line(typed, 500)
);

/// One of the two advisers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub account: BlindIndex,
    /// Partition that holds the files, or will hold them.
    pub scope: ScopeId,
    /// The display name of the account when the handover was proposed.
    pub name: DisplayName,
    /// The account's username; absent in handovers from before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
}

impl Side {
    /// Display name with the username, for a person who has to decide about the handover.
    pub fn called(&self) -> String {
        self.name.with(self.username.as_ref())
    }
}

/// A handover in the form that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    pub from: Side,
    pub to: Side,
    pub reason: Reason,
    /// The officer who proposed it.
    pub proposed_by: BlindIndex,
    pub proposed_at: Timestamp,
    /// Its current phase.
    pub phase: Phase,
    /// The officer who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<BlindIndex>,
    /// When the files will move unless the handover is stopped; set on approval. Once they move, when that began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_at: Option<Timestamp>,
}

/// The phase of a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Awaits the approval of another officer.
    Proposed,
    /// Cancelled.
    Withdrawn,
    /// Approved by two officers; everyone concerned was notified, and the files wait.
    Approved,
    /// Files are being moved.
    Moving {
        files: u64,
        /// Number of files that have arrived.
        moved: u64,
    },
    /// All files are with the successor.
    Completed {
        /// Total number of files.
        files: u64,
    },
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

closed_set! {
    /// The state of a handover.
    pub enum HandOverState in "snake_case" {
        /// Awaits approval by another officer.
        Proposed,
        /// Withdrawn or stopped.
        Withdrawn,
        /// Approved by two officers; files move at `moves_at`.
        Approved,
        /// Files are being moved.
        Moving,
        /// All files are with the successor.
        Completed,
    }
}

/// An event of a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverEvent {
    /// An officer proposed it.
    Proposed,
    /// It was withdrawn, or stopped before files moved.
    Withdrawn,
    /// Another officer approved it.
    Approved,
    /// Files are moving; the leaver's partition accepts no other writes.
    Begun { files: u64 },
    /// Some files have arrived.
    Moved { files: u64 },
    /// The leaver has no files left.
    Completed {
        files: u64,
        /// Records about the files that were moved with them.
        records: u64,
    },
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

/// The summary of a handover for lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HandOverSummary {
    pub from: Side,
    pub to: Side,
    /// The officer who proposed it.
    pub proposed_by: BlindIndex,
    pub proposed_at: Timestamp,
    /// Its current phase.
    pub phase: Phase,
    /// When files move, unless the handover is stopped first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_at: Option<Timestamp>,
}

/// Why a handover cannot proceed, or why a request about one of its accounts is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverRefused {
    /// The proposer cannot approve it.
    SameOfficer,
    /// Its phase does not allow the step.
    WrongStep,
    /// The firms that decide about the files are two, or may be: the files would be disclosed to another controller.
    OtherController,
    /// The leaver's account is not disabled.
    LeaverNotDisabled,
    /// The successor's account is not active, or no longer has this scope.
    SuccessorNotActive,
    /// This account takes part in another handover.
    Exists,
}

impl HandOver {
    /// Withdraws the proposal.
    ///
    /// # Errors
    /// [`HandOverRefused::WrongStep`] once it has been approved.
    pub fn withdraw(&self) -> Result<Self, HandOverRefused> {
        match self.phase {
            Phase::Proposed => Ok(Self { phase: Phase::Withdrawn, ..self.clone() }),
            Phase::Withdrawn | Phase::Approved | Phase::Moving { .. } | Phase::Completed { .. } | Phase::Later(_) => {
                Err(HandOverRefused::WrongStep)
            }
        }
    }

    /// Approves it as the second officer; files move at `moves_at`.
    ///
    /// # Errors
    /// [`HandOverRefused::SameOfficer`]; [`HandOverRefused::WrongStep`] unless it awaits approval.
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

    /// Whether this account is one of its two sides and has been notified: that happens on approval.
    pub fn concerns(&self, account: BlindIndex) -> bool {
        self.approved_by.is_some() && [&self.from, &self.to].iter().any(|side| side.account == account)
    }

    /// Stops it before files move.
    ///
    /// # Errors
    /// [`HandOverRefused::WrongStep`] before it is approved, and once files move.
    pub fn stop(&self) -> Result<Self, HandOverRefused> {
        match self.phase {
            Phase::Approved => Ok(Self { phase: Phase::Withdrawn, ..self.clone() }),
            Phase::Proposed | Phase::Withdrawn | Phase::Moving { .. } | Phase::Completed { .. } | Phase::Later(_) => {
                Err(HandOverRefused::WrongStep)
            }
        }
    }

    /// Starts the move with this number of files.
    pub fn begun(&self, files: u64, at: Timestamp) -> Self {
        Self { phase: Phase::Moving { files, moved: 0 }, moves_at: Some(at), ..self.clone() }
    }

    /// Records that more files have arrived. An interruption between moving and counting leaves the count too low; completion corrects
    /// it.
    pub fn moved(&self, more: u64) -> Self {
        let (files, moved) = self.phase.progress();
        let moved = moved + more;
        // More than counted at the start: a concurrent request created one before the partition was closed.
        Self { phase: Phase::Moving { files: files.unwrap_or_default().max(moved), moved }, ..self.clone() }
    }

    pub fn completed(&self) -> Self {
        let files = self.phase.progress().0.unwrap_or_default();
        Self { phase: Phase::Completed { files }, ..self.clone() }
    }
}

impl Phase {
    /// Total number of files, once counted, and the number that have arrived.
    pub const fn progress(self) -> (Option<u64>, u64) {
        match self {
            Self::Proposed | Self::Withdrawn | Self::Approved | Self::Later(_) => (None, 0),
            Self::Moving { files, moved } => (Some(files), moved),
            Self::Completed { files } => (Some(files), files),
        }
    }

    /// Whether the move of files has started, so that they are with the successor or soon will be.
    pub const fn has_begun(self) -> bool {
        matches!(self, Self::Moving { .. } | Self::Completed { .. })
    }

    /// Whether two officers agreed to it and it has not ended.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Approved | Self::Moving { .. })
    }

    /// Whether it may still proceed; a phase of a later version counts as open.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Later(_)) || self.is_running()
    }

    /// The state as the API names it.
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
    /// Whether a step is due now.
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
