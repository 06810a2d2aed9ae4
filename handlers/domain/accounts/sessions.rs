//! The sessions of an account: a limited number at once, and a record of those that were ended before they expired.

use super::{account::Account, sessions_over::SessionOver};
use crate::domain::{
    ids::{MailId, SessionId},
    ledger::is_zero,
    stored::HashedToken,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximum number of sessions that an account may have at once; the one that expires first makes room.
const MAX_SESSIONS: usize = 20;
/// Maximum number of ended sessions that are remembered.
const MAX_ENDED: usize = 5;

/// A session that was ended, and the session that ended it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    pub id: SessionId,
    /// The session that ended it.
    pub by: SessionId,
    /// Cookie hash of a session that ended itself: it grants no access, but a retried request is still recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<HashedToken>,
}

/// A session document that may exist.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionRef {
    /// Hash of its cookie, which also names its document.
    pub hash: HashedToken,
    /// It expires then at the latest.
    pub expires_at: Timestamp,
    /// A notice that is mailed unless the second factor follows.
    pub notice: Option<MailId>,
    /// How often its use was recorded: its document carries the same count, so that an older copy of the document is detected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub touches: u32,
    /// Whether it awaits the next step of signing in and grants no access to files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub half: bool,
}

impl Account {
    /// Whether this session has neither been ended nor renewed.
    #[must_use]
    pub fn has_session(&self, hash: &HashedToken) -> bool {
        self.sessions.iter().any(|known| known.hash == *hash)
    }

    /// Adds a session and returns those that have to be ended to make room. Expired ones are dropped: their documents expire too.
    ///
    /// Half signed-in sessions expire first and so make room first: an attacker who knows only the password cannot evict a full session.
    pub fn add_session(&mut self, session: SessionRef, now: Timestamp) -> Vec<SessionRef> {
        self.sessions.retain(|known| known.expires_at > now);
        self.sessions.sort_by_key(|known| known.expires_at);
        let surplus = (self.sessions.len() + 1).saturating_sub(MAX_SESSIONS);
        let ended = self.sessions.drain(..surplus).collect();
        self.sessions.push(session);
        ended
    }

    /// Records that one session ended another.
    pub fn note_end(&mut self, end: SessionEnd) {
        self.ended.retain(|known| *known != end);
        self.ended.insert(0, end);
        self.ended.truncate(MAX_ENDED);
    }

    /// Lists the sessions that `before` had and this account no longer has, except half signed-in ones. If the standing was incremented
    /// in between, none has to be listed: the standing already invalidates them. Returns whether anything changed.
    pub fn note_over(&mut self, before: &Self, now: Timestamp) -> bool {
        if self.standing != before.standing {
            self.over.clear();
            return true;
        }
        let is_over = |known: &&SessionRef| !known.half && known.expires_at > now && !self.has_session(&known.hash);
        let over: Vec<_> = before.sessions.iter().filter(is_over).map(|known| (known.hash, known.expires_at)).collect();
        for (hash, until) in &over {
            self.over.add(SessionOver { hash: *hash, until: *until }, now);
        }
        !over.is_empty()
    }

    /// Removes the sessions that match `ends` and returns those whose documents have not expired.
    pub fn end_sessions(&mut self, now: Timestamp, ends: impl Fn(&SessionRef) -> bool) -> Vec<SessionRef> {
        self.sessions.retain(|known| known.expires_at > now);
        self.sessions.extract_if(.., |known| ends(known)).collect()
    }
}
