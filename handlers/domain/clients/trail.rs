//! The audit trail of client files: who did what with which file and when (P14), as one chain per adviser.
//!
//! An entry is written in the commit that it describes, and it holds the resulting revision of the file: a file that was deleted,
//! restored or rolled back contradicts its trail. Entries name files by their ids and contain none of their data.

use crate::closed_set;
use crate::domain::{
    accounts::sessions_over::SessionsOver,
    chain::ChainHead,
    ids::{ClientId, ImportId, RecordId, ScopeId, SessionId, WriteId},
    later::Named,
    ledger::{Ledger, is_zero},
    origin::Origin,
    sign_in::session::Adviser,
    stored::BlindIndex,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

closed_set! {
    /// An action on a client file.
    #[derive(Hash)]
    pub enum AuditAction as "Deed" in "snake_case" {
        /// Created manually.
        Created,
        /// Created by an import.
        Imported,
        /// Replaced by a new version.
        Changed,
        /// Opened; recorded once per session.
        Read,
        /// Included in an export.
        Exported,
        /// A report for the data subject was made.
        Reported,
        /// Processing was restricted at the data subject's request.
        Restricted,
        /// The restriction was lifted.
        Released,
        /// A legal hold was set.
        Held,
        /// The legal hold was lifted.
        HoldLifted,
        /// Marked for erasure; recorded again when the erasure begins, after which the mark cannot be withdrawn.
        MarkedForErasure,
        /// The mark for erasure was withdrawn.
        ErasureWithdrawn,
        /// Moved to a successor; no longer in this adviser's files.
        HandedOver,
        /// Received from a predecessor.
        TakenOver,
        /// Deleted by the adviser.
        Deleted,
        /// Erased at the data subject's request or at the end of the retention period.
        Erased,
    }
}

impl AuditAction {
    /// Whether the action leaves the file unchanged: the entry names the revision that was read, which may no longer be the current one.
    pub const fn only_looks(self) -> bool {
        match self {
            Self::Read | Self::Exported | Self::Reported => true,
            Self::Created
            | Self::Imported
            | Self::Changed
            | Self::Restricted
            | Self::Released
            | Self::Held
            | Self::HoldLifted
            | Self::MarkedForErasure
            | Self::ErasureWithdrawn
            | Self::HandedOver
            | Self::TakenOver
            | Self::Deleted
            | Self::Erased
            | Self::Later(_) => false,
        }
    }

    /// Whether the action removes the file from this adviser's partition.
    pub const fn removes(self) -> bool {
        match self {
            Self::Deleted | Self::Erased | Self::HandedOver => true,
            Self::Created
            | Self::Imported
            | Self::Changed
            | Self::Read
            | Self::Exported
            | Self::Reported
            | Self::Restricted
            | Self::Released
            | Self::Held
            | Self::HoldLifted
            | Self::MarkedForErasure
            | Self::ErasureWithdrawn
            | Self::TakenOver
            | Self::Later(_) => false,
        }
    }
}

/// The actor of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The adviser, signed in.
    Adviser {
        account: BlindIndex,
        session: SessionId,
        /// The client's address, as far as the platform reports it.
        ip: Option<IpAddr>,
    },
    /// A handover that two officers approved.
    HandOver { record: RecordId, other: ScopeId },
    /// The erasure log, replayed after a restore.
    Replay,
    /// Written by a later version.
    #[serde(untagged)]
    Later(Named),
}

impl From<&Adviser> for Actor {
    fn from(adviser: &Adviser) -> Self {
        Self::Adviser { account: adviser.account, session: adviser.session, ip: adviser.ip }
    }
}

/// The content of an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub deed: AuditAction,
    pub file: ClientId,
    /// The resulting revision of the file; its last one when it was removed.
    pub revision: u32,
    pub by: Actor,
}

/// The state of an adviser's partition: one small document that every commit to the partition replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// A new id whenever a file changes: a reader that finds the same value twice has missed no change in between.
    pub files: Option<WriteId>,
    /// Head of the chain of the audit trail.
    pub trail: ChainHead,
    /// The handover that moved everything out: no other writes are accepted here.
    #[serde(default)]
    pub closed: Option<RecordId>,
    /// Incremented along with the account's standing whenever authority is removed: sessions started under a lower value can no longer
    /// write.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub standing: u32,
    /// Sessions under this standing that were ended: they can no longer write either.
    #[serde(default, skip_serializing_if = "SessionsOver::is_empty")]
    pub over: SessionsOver,
    /// A new id with every step of a record stored next to the files: the marker of that record location has the same value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<WriteId>,
    /// Imports with their parts, and exports.
    #[serde(default, skip_serializing_if = "Ledger::is_empty")]
    pub beside: Ledger,
    /// The imports discarded most recently, newest first, so that a retried request gets the same answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thrown_away: Vec<ThrownAway>,
    /// The files deleted or erased most recently, newest first: a retry of the request that created one must not recreate it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<ClientId>,
    /// The stored document it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Number of discarded imports that are remembered: more than can be open.
const MAX_THROWN_AWAY: usize = 8;
/// Number of deleted files that are remembered: more than are deleted while a request is in flight.
const MAX_DELETED: usize = 8;

/// An import that was discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrownAway {
    pub import: ImportId,
    pub session: SessionId,
}

impl Marker {
    /// Records that these imports are discarded, if the author is an adviser.
    pub fn note_thrown_away(&mut self, by: Actor, imports: impl Iterator<Item = ImportId>) {
        let Actor::Adviser { session, .. } = by else { return };
        for import in imports {
            self.thrown_away.insert(0, ThrownAway { import, session });
        }
        self.thrown_away.truncate(MAX_THROWN_AWAY);
    }

    /// Records a file that was deleted or erased.
    pub fn note_deleted(&mut self, deed: AuditAction, file: ClientId) {
        if matches!(deed, AuditAction::Deleted | AuditAction::Erased) {
            self.deleted.insert(0, file);
            self.deleted.truncate(MAX_DELETED);
        }
    }

    /// Whether a file with this id was deleted recently.
    pub fn has_deleted(&self, file: ClientId) -> bool {
        self.deleted.contains(&file)
    }

    /// Whether an import with this id was discarded recently.
    pub fn has_thrown_away(&self, import: ImportId) -> bool {
        self.thrown_away.iter().any(|gone| gone.import == import)
    }
}
