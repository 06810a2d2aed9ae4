//! A second factor that waits to be confirmed, and how long.

use super::{ids::SessionId, stored::TotpSeed};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a second factor waits to be confirmed.
const ENROLMENT_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Wrong codes after which an enrolment has to begin anew.
const MAX_ENROLMENT_TRIES: u8 = 5;

/// A second factor that waits to be confirmed, in the session that began it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrolment {
    seed: TotpSeed,
    session: SessionId,
    begun_at: Timestamp,
    wrong: u8,
}

impl Enrolment {
    pub const fn begin(seed: TotpSeed, session: SessionId, now: Timestamp) -> Self {
        Self { seed, session, begun_at: now, wrong: 0 }
    }

    /// What the app got.
    pub const fn seed(&self) -> &TotpSeed {
        &self.seed
    }

    /// Notes a wrong code; `None` when that was the last.
    pub fn after_wrong_code(self) -> Option<Self> {
        let wrong = self.wrong.saturating_add(1);
        (wrong < MAX_ENROLMENT_TRIES).then_some(Self { wrong, ..self })
    }

    pub(super) fn is_of(&self, session: SessionId, now: Timestamp) -> bool {
        let age = now.duration_since(self.begun_at);
        self.session == session && age < ENROLMENT_LIFETIME && age > -ENROLMENT_LIFETIME
    }
}
