//! Evidence attached to a breach: the affected advisers and clients, and the state of the keys.

use super::window::TrailWindow;
use crate::{
    closed_set,
    domain::{
        sign_in::credentials::{DisplayName, Username},
        wire::values::{AccountRef, Moment},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was done with the files of one adviser, in counts only: no file is identified, not even by its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AffectedAdviser {
    /// The adviser's account.
    pub account: AccountRef,
    /// The adviser's display name.
    #[schema(value_type = String)]
    pub display_name: DisplayName,
    /// The adviser's username, which is unique; absent in results attached by earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub username: Option<Username>,
    /// Number of files with any action in the audit trail. Each is one client, possibly with a partner and children.
    pub files: u32,
    /// How many of these were opened, exported or reported on.
    pub opened: u32,
    /// How many of these had any other action: created, changed, restricted, handed over, deleted or erased.
    pub changed: u32,
    /// How many of `opened` were exported, alone or with others; absent in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exported: Option<u32>,
    /// How many of `changed` were handed over to another adviser or taken over from one; absent in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed_over: Option<u32>,
    /// How many of `changed` were deleted or erased; absent in results of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted: Option<u32>,
    /// When the first of these actions happened.
    pub first_at: Moment,
    /// When the last of these actions happened.
    pub last_at: Moment,
}

impl AffectedAdviser {
    /// Adds the counts and the period of other files.
    pub fn add(&mut self, other: &Self) {
        self.files = self.files.saturating_add(other.files);
        self.opened = self.opened.saturating_add(other.opened);
        self.changed = self.changed.saturating_add(other.changed);
        self.exported = sum(self.exported, other.exported);
        self.handed_over = sum(self.handed_over, other.handed_over);
        self.deleted = sum(self.deleted, other.deleted);
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}

/// Adds counts; the sum with a count that was never made is unknown.
fn sum(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    Some(one?.saturating_add(other?))
}

/// The advisers whose files were opened or changed, according to the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Affected {
    /// The query that was run on the audit trail.
    pub window: TrailWindow,
    /// Advisers with at least one affected file.
    pub advisers: Vec<AffectedAdviser>,
    /// Total number of affected files.
    pub files: u32,
}

closed_set! {
    /// Whether a data key can be unwrapped.
    pub enum KeyReading in "snake_case" {
        /// It can be unwrapped.
        Readable,
        /// The key-encryption key or its version is disabled, or its use is forbidden.
        Disabled,
        /// Its record is damaged, misplaced or forged.
        Broken,
        /// The key vault could not be reached.
        Unreachable,
    }
}

closed_set! {
    /// What a data key protects.
    pub enum KeyUse in "snake_case" {
        /// Blind indexes and MACs.
        Index,
        /// Accounts, registers and audit trails.
        Service,
        /// The client files of one adviser.
        Adviser,
    }
}

/// The state of one data key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyEvidence {
    /// What the key protects.
    pub usage: KeyUse,
    /// First 8 characters of the key's ID.
    pub id: String,
    /// Whether it seals new documents; `null` if its record is broken.
    #[schema(required)]
    pub active: Option<bool>,
    /// When the key was created; `null` if its record is broken.
    #[schema(required)]
    pub created_at: Option<Moment>,
    /// Version of the key-encryption key that wraps it; `null` if its record is broken.
    #[schema(required)]
    pub version: Option<String>,
    /// Whether it could be unwrapped.
    pub reading: KeyReading,
}

/// The state of all data keys at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysEvidence {
    /// When the state was determined.
    pub at: Moment,
    /// Whether the key vault could be reached.
    pub vault_reachable: bool,
    /// The data keys that have been examined.
    pub keys: Vec<KeyEvidence>,
}

#[cfg(test)]
mod tests {
    use super::AffectedAdviser;
    use serde_json::{Value, json};

    fn found(more: &Value) -> AffectedAdviser {
        let mut found = json!({"account": "A".repeat(43), "display_name": "Anna", "files": 2, "opened": 1,
            "changed": 2, "first_at": "2026-11-23T09:00:00Z", "last_at": "2026-11-23T10:00:00Z"});
        found.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(found).expect("a finding")
    }

    #[test]
    fn a_count_that_was_never_made_stays_unknown() {
        let (counted, old) = (found(&json!({"exported": 1, "handed_over": 0, "deleted": 2})), found(&json!({})));
        let mut both = counted.clone();
        both.add(&counted);
        assert_eq!((both.files, both.exported, both.handed_over, both.deleted), (4, Some(2), Some(0), Some(4)));
        both.add(&old);
        assert_eq!((both.files, both.exported, both.handed_over, both.deleted), (6, None, None, None));
        assert_eq!(serde_json::to_value(&old).expect("JSON").get("exported"), None, "what an earlier version wrote stays as it was");
    }
}
