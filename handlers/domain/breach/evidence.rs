//! Evidence attached to a breach: the affected advisers and clients, and the state of the keys.

use super::{
    window::TrailWindow,
    words::{AccountRef, Moment},
};
use crate::{
    closed_set,
    domain::credentials::{DisplayName, Username},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was done with the files of one adviser. Numbers only: of a file, not even its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AffectedAdviser {
    /// The adviser's account.
    pub account: AccountRef,
    /// The adviser's name.
    #[schema(value_type = String)]
    pub display_name: DisplayName,
    /// The account's username, which nobody else has; nothing in what an earlier version attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub username: Option<Username>,
    /// Files that were opened or changed: each is one client, perhaps with partner and children.
    pub files: u32,
    /// Files among them that were opened, exported or reported on.
    pub opened: u32,
    /// Files among them that were made, changed, moved or deleted.
    pub changed: u32,
    /// When the first of it happened.
    pub first_at: Moment,
    /// When the last of it happened.
    pub last_at: Moment,
}

impl AffectedAdviser {
    /// Adds the counts and the period of other files.
    pub fn add(&mut self, other: &Self) {
        self.files = self.files.saturating_add(other.files);
        self.opened = self.opened.saturating_add(other.opened);
        self.changed = self.changed.saturating_add(other.changed);
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}

/// Whose files were opened or changed, by the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Affected {
    /// What was asked of the trail.
    pub window: TrailWindow,
    /// Advisers with at least one file.
    pub advisers: Vec<AffectedAdviser>,
    /// Files of all advisers.
    pub files: u32,
}

closed_set! {
    /// Whether a data key could be used.
    pub enum KeyReading in "snake_case" {
        /// It unwraps.
        Readable,
        /// The key-encryption key or its version is disabled, or its use is forbidden.
        Disabled,
        /// Damaged, moved or forged.
        Broken,
        /// The vault could not be reached.
        Unreachable,
    }
}

closed_set! {
    /// Whose documents a data key seals.
    pub enum KeyUse in "snake_case" {
        /// Names and vouches.
        Index,
        /// Accounts, registers, trails.
        Service,
        /// The files of one adviser.
        Adviser,
    }
}

/// The state of a data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyEvidence {
    /// Whose documents it seals.
    pub usage: KeyUse,
    /// How its id begins.
    pub id: String,
    /// Whether it seals new documents; unknown when its record is broken.
    #[schema(required)]
    pub active: Option<bool>,
    /// When it was made.
    #[schema(required)]
    pub created_at: Option<Moment>,
    /// The version of the key-encryption key that wraps it.
    #[schema(required)]
    pub version: Option<String>,
    /// Whether it could be used.
    pub reading: KeyReading,
}

/// The state of all keys at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysEvidence {
    /// When it was looked at.
    pub at: Moment,
    /// Whether the vault answered.
    pub vault_reachable: bool,
    /// Every data key.
    pub keys: Vec<KeyEvidence>,
}
