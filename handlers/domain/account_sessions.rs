//! The sessions of an account: at most so many at once, and what is known of those that were ended before their time.

use super::{
    account::Account,
    ids::{MailId, SessionId},
    ledger::is_zero,
    sessions_over::SessionOver,
    stored::HashedToken,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Sessions an account may have at once; the one that would be gone first gives way.
const MAX_SESSIONS: usize = 20;
/// Endings that it remembers.
const MAX_ENDED: usize = 5;

/// A session that another one has ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    pub id: SessionId,
    /// Which one ended it.
    pub by: SessionId,
    /// The cookie of one that has ended itself: it opens nothing any more, and asks once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<HashedToken>,
}

/// A session document that may exist.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionRef {
    /// Hash of its cookie, and its document.
    pub hash: HashedToken,
    /// Gone by then whatever happens.
    pub expires_at: Timestamp,
    /// A notice that is mailed unless the second factor follows.
    pub notice: Option<MailId>,
    /// How often its use was noted: its document says the same, so that no older one can be put in its place.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub touches: u32,
    /// It waits for the next step of signing in, and opens no file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub half: bool,
}

impl Account {
    /// Whether this session was neither ended nor renewed.
    #[must_use]
    pub fn has_session(&self, hash: &HashedToken) -> bool {
        self.sessions.iter().any(|known| known.hash == *hash)
    }

    /// Adds a session and gives back those that have to be ended to make room. Expired ones are dropped: their documents expire too.
    ///
    /// Half signed-in ones are gone soonest and so give way first: whoever knows only the password pushes nobody out.
    pub fn add_session(&mut self, session: SessionRef, now: Timestamp) -> Vec<SessionRef> {
        self.sessions.retain(|known| known.expires_at > now);
        self.sessions.sort_by_key(|known| known.expires_at);
        let surplus = (self.sessions.len() + 1).saturating_sub(MAX_SESSIONS);
        let ended = self.sessions.drain(..surplus).collect();
        self.sessions.push(session);
        ended
    }

    /// Notes that one session has ended another.
    pub fn note_end(&mut self, end: SessionEnd) {
        self.ended.retain(|known| *known != end);
        self.ended.insert(0, end);
        self.ended.truncate(MAX_ENDED);
    }

    /// Lists the sessions that `before` had and this has no more, as far as they were good for anything else than signing in. Where the
    /// standing rose since, none has to be listed: it keeps all of them out. Tells whether there is anything new.
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

    /// Drops the sessions that `ends` names and gives back those whose documents are still there.
    pub fn end_sessions(&mut self, now: Timestamp, ends: impl Fn(&SessionRef) -> bool) -> Vec<SessionRef> {
        self.sessions.retain(|known| known.expires_at > now);
        self.sessions.extract_if(.., |known| ends(known)).collect()
    }
}
