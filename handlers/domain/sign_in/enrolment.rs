//! A second factor awaiting confirmation.

use crate::domain::{ids::SessionId, stored::TotpSeed};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a second factor may await confirmation.
const ENROLMENT_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Number of wrong codes after which enrolment must start again.
const MAX_ENROLMENT_TRIES: u8 = 5;

/// A second factor awaiting confirmation in the session that started it.
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

    /// The secret shared with the app.
    pub const fn seed(&self) -> &TotpSeed {
        &self.seed
    }

    /// Counts a wrong code; `None` when no tries are left.
    pub fn after_wrong_code(self) -> Option<Self> {
        let wrong = self.wrong.saturating_add(1);
        (wrong < MAX_ENROLMENT_TRIES).then_some(Self { wrong, ..self })
    }

    pub(in crate::domain) fn is_of(&self, session: SessionId, now: Timestamp) -> bool {
        let age = now.duration_since(self.begun_at);
        self.session == session && age < ENROLMENT_LIFETIME && age > -ENROLMENT_LIFETIME
    }
}
