//! What authorises a user's change: a session that has neither been ended nor renewed, of an account with an unchanged standing.
//!
//! A request is authorised on its headers, and its change is written later. The session is therefore checked again against the account
//! in the commit itself. An account's standing is a number that is incremented by everything that removes authority: disabling, a new
//! password, another address, factor, role or scope, a hand-over, the end of other sessions. All sessions end or are renewed in the same
//! commit, so a session with an older number is stale.

use super::{
    accounts::account::{AccountKind, Identity},
    ids::{RecordId, SessionId},
    request_tag::RequestTag,
    sign_in::attempt::Change,
    stored::{BlindIndex, HashedToken},
};
use crate::closed_set;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A session as it was when the request was authorised, to be checked against the account in the commit.
#[derive(Clone, Copy)]
pub struct SessionProof {
    pub(super) account: BlindIndex,
    pub(super) hash: HashedToken,
    pub(super) id: SessionId,
    pub(super) kind: AccountKind,
    pub(super) standing: u32,
    pub(super) ends_at: Timestamp,
}

impl SessionProof {
    /// The account that the session belongs to.
    pub const fn account(&self) -> BlindIndex {
        self.account
    }

    /// Hash of its cookie.
    pub const fn hash(&self) -> HashedToken {
        self.hash
    }

    /// The session id that is shown to the user.
    pub const fn session(&self) -> SessionId {
        self.id
    }

    /// The standing of the account when the session was started or renewed.
    pub const fn standing(&self) -> u32 {
        self.standing
    }

    /// Whether the account still has this session, may sign in, and has the same kind and standing. The hash also pins the step of
    /// signing in: every step starts another session.
    #[must_use]
    pub fn holds(&self, index: BlindIndex, identity: &Identity, now: Timestamp) -> bool {
        let stands = identity.account.as_ref().is_some_and(|account| {
            account.status.may_sign_in()
                && account.kind == self.kind
                && account.standing == self.standing
                && account.has_session(&self.hash)
        });
        index == self.account && now < self.ends_at && stands
    }
}

/// A pending change outside one's own identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    Account {
        account: BlindIndex,
        /// The intended change.
        change: Change,
    },
    /// Take a step in a register.
    Register {
        name: String,
        /// The record concerned; several when `None`.
        record: Option<RecordId>,
    },
}

closed_set! {
    /// A register step that needs nothing from the original request, and that only another step of the same kind can overtake.
    pub enum RegisterStep in "snake_case" {
        /// Stops a handover whose files have not begun to move.
        StopHandOver,
    }
}

/// The part of an intent that is sufficient to carry it out: maintenance uses it when the request that left the intent was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Number of entries of the account to be changed when the intent was left.
    #[serde(default)]
    pub seen: u64,
    /// The standing of the account that left it.
    pub standing: u32,
    /// The step to take in a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<RegisterStep>,
    /// The request behind it, when it has an idempotency key: a retry finds what maintenance has done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestTag>,
}

/// An intent in the form that is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptIntent {
    /// The intended action.
    pub aim: Aim,
    /// When the intent was recorded.
    pub at: Timestamp,
    /// From then on only maintenance carries it out.
    pub until: Timestamp,
    /// Whether the identity that it belongs to lists it: set when it is stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
    /// What maintenance needs to carry it out; an intent without it is voided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<Errand>,
}

impl fmt::Debug for SessionProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SessionProof({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountKind, BlindIndex, HashedToken, Identity, SessionId, SessionProof, Timestamp};
    use serde_json::{Value, json};

    const OWNER: BlindIndex = BlindIndex::from_bytes([1; 32]);

    fn identity(change: &dyn Fn(&mut Value)) -> Identity {
        let session = json!({ "hash": HashedToken::of_tag([2; 32]), "expires_at": "2026-11-23T21:00:00Z", "notice": null });
        let mut identity = serde_json::to_value(Identity::default()).expect("an identity");
        identity["account"] = json!({ "username": "anna", "display_name": "Anna", "email": "a@b.nl", "language": "nl", "kind": "officer",
            "status": "active", "standing": 3, "password": "hash", "password_changed_at": null, "one_time": null, "resets": [],
            "second_factor": null, "devices": [], "sessions": [session], "missing_factor_notice_at": null,
            "created_at": "2026-11-23T09:00:00Z", "last_signed_in_at": null });
        change(&mut identity["account"]);
        serde_json::from_value(identity).expect("an identity with an account")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_session_holds_as_long_as_everything_that_it_rests_on() {
        let proof = SessionProof {
            account: OWNER,
            hash: HashedToken::of_tag([2; 32]),
            id: SessionId::from_random([4; 16]),
            kind: AccountKind::Officer,
            standing: 3,
            ends_at: at("2026-11-23T21:00:00Z"),
        };
        let now = at("2026-11-23T10:00:00Z");
        assert!(proof.holds(OWNER, &identity(&|_| {}), now));
        assert!(!proof.holds(BlindIndex::from_bytes([9; 32]), &identity(&|_| {}), now), "of somebody else");
        assert!(!proof.holds(OWNER, &identity(&|_| {}), proof.ends_at), "over");
        assert!(!proof.holds(OWNER, &Identity::default(), now), "without an account");
        let scope = "3b241101-e2bb-4255-8caf-4136c566a962";
        let changes: [&dyn Fn(&mut Value); 5] = [
            &|account| account["status"] = json!("disabled"),
            &|account| account["kind"] = json!({ "adviser": { "scope": scope } }),
            // All sessions end with it, but even an account that still lists one does not let it continue.
            &|account| account["standing"] = json!(4),
            &|account| account["standing"] = json!(2),
            &|account| account["sessions"] = json!([]),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert!(!proof.holds(OWNER, &identity(change), now), "change {number}");
        }
    }
}
