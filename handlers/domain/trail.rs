//! The trail of client files: who did what with which file and when (P14), as one chain per adviser.
//!
//! An entry is written in the commit that it is about, and it holds the revision that the file has after it: a file that was taken
//! away, put back or put back older does not agree with its trail. Entries name files by their ids and hold nothing out of them.

use super::{
    chain::ChainHead,
    ids::{ClientId, ImportId, RecordId, ScopeId, SessionId, WriteId},
    later::Named,
    ledger::{Ledger, is_zero},
    origin::Origin,
    session::Adviser,
    sessions_over::SessionsOver,
    stored::BlindIndex,
};
use crate::closed_set;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

closed_set! {
    /// What was done with a file.
    #[derive(Hash)]
    pub enum AuditAction as "Deed" in "snake_case" {
        /// Made by hand.
        Created,
        /// Made by an import.
        Imported,
        /// A new version was written.
        Changed,
        /// Opened: the first time in a session.
        Read,
        /// Among the files of an export.
        Exported,
        /// A report for the person whose data it is was made.
        Reported,
        /// Its use was blocked at the person's request.
        Restricted,
        /// The block was lifted.
        Released,
        /// It has to be kept, whoever asks for its erasure.
        Held,
        /// It need not be kept any more.
        HoldLifted,
        /// Marked for erasure; once more when the erasure has begun, from when on nothing takes the mark away.
        MarkedForErasure,
        /// The mark was taken away.
        ErasureWithdrawn,
        /// Moved to a successor; gone here.
        HandedOver,
        /// Came from a predecessor; here from now on.
        TakenOver,
        /// Deleted by its adviser.
        Deleted,
        /// Erased at the person's request or at the end of its time.
        Erased,
    }
}

impl AuditAction {
    /// Whether it leaves the file as it was: the revision it names is the one that was seen, and another may be there by now.
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

    /// Whether the file is gone from this adviser's partition afterwards.
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

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The adviser, signed in.
    Adviser {
        account: BlindIndex,
        session: SessionId,
        /// Where the request came from, as far as the platform tells.
        ip: Option<IpAddr>,
    },
    /// A hand-over that two officers approved.
    HandOver { record: RecordId, other: ScopeId },
    /// The erasure log, replayed after a restore.
    Replay,
    /// Of a later version.
    #[serde(untagged)]
    Later(Named),
}

impl From<&Adviser> for Actor {
    fn from(adviser: &Adviser) -> Self {
        Self::Adviser { account: adviser.account, session: adviser.session, ip: adviser.ip }
    }
}

/// What an entry of the trail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub deed: AuditAction,
    pub file: ClientId,
    /// The file's revision afterwards; its last one when it is gone.
    pub revision: u32,
    pub by: Actor,
}

/// The state of an adviser's partition: one small document that every commit there replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Fresh whenever a file changes: whoever reads it twice and finds the same has missed nothing in between.
    pub files: Option<WriteId>,
    /// Where the chain of the trail stands.
    pub trail: ChainHead,
    /// The hand-over that took everything away: nobody else writes here any more.
    #[serde(default)]
    pub closed: Option<RecordId>,
    /// Rises with the account's own number whenever authority was taken from somebody: sessions that were started under a lower one write
    /// nothing any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub standing: u32,
    /// Sessions under this standing that were ended: they write nothing any more either.
    #[serde(default, skip_serializing_if = "SessionsOver::is_empty")]
    pub over: SessionsOver,
    /// Fresh with every step of a record beside the files: the marker of their shelf says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<WriteId>,
    /// Imports with their parts, and exports.
    #[serde(default, skip_serializing_if = "Ledger::is_empty")]
    pub beside: Ledger,
    /// The imports that were thrown away last, the newest first, so that whoever asks once more is told the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thrown_away: Vec<ThrownAway>,
    /// The files that were deleted or erased last, the newest first: the request that made one, come again, does not bring it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<ClientId>,
    /// What it was read from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Imports that are remembered after they were thrown away: more than can be open.
const MAX_THROWN_AWAY: usize = 8;
/// Files that are remembered after they were deleted: more than go while a request is on its way.
const MAX_DELETED: usize = 8;

/// An import that was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrownAway {
    pub import: ImportId,
    pub session: SessionId,
}

impl Marker {
    /// Notes that these imports are thrown away, if it is an adviser who writes.
    pub fn note_thrown_away(&mut self, by: Actor, imports: impl Iterator<Item = ImportId>) {
        let Actor::Adviser { session, .. } = by else { return };
        for import in imports {
            self.thrown_away.insert(0, ThrownAway { import, session });
        }
        self.thrown_away.truncate(MAX_THROWN_AWAY);
    }

    /// Notes what becomes of a file, when that is nothing.
    pub fn note_deleted(&mut self, deed: AuditAction, file: ClientId) {
        if matches!(deed, AuditAction::Deleted | AuditAction::Erased) {
            self.deleted.insert(0, file);
            self.deleted.truncate(MAX_DELETED);
        }
    }

    /// Whether a file with this id was deleted lately.
    pub fn has_deleted(&self, file: ClientId) -> bool {
        self.deleted.contains(&file)
    }

    /// Whether an import with this id was thrown away lately.
    pub fn has_thrown_away(&self, import: ImportId) -> bool {
        self.thrown_away.iter().any(|gone| gone.import == import)
    }
}
