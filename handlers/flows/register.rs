//! Writing into the register of attempts, the one way to an answer about credentials (P6).

use super::{
    failure::Failure,
    flood::Flood,
    running,
    ticks::Ticks,
    unknown_tries::{Answer, Tried, UnknownTries},
    visitor::Visitor,
};
use crate::{
    domain::{
        account::{AccountKind, Identity, Status},
        attempt::{Event, Outcome},
        ids::ScopeId,
        sessions_over::SessionsOver,
        stored::BlindIndex,
    },
    ports::Clock,
    store::{
        authority::{Authority, Intent},
        client_commits::ClientCommits,
        error::StoreError,
        identities::{Identities, IdentityWrite, StoredIdentity},
        lanes::PartitionLocks,
    },
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Times a change is decided anew because another instance was faster.
const MAX_ATTEMPTS: usize = 64;

/// Proof that what happened is durably in the register. Only a successful commit makes one.
#[derive(Clone, Copy)]
pub struct Recorded(Option<Intent>);

impl Recorded {
    /// The intent that was left by the same commit.
    pub const fn intent(self) -> Option<Intent> {
        self.0
    }
}

/// The register.
pub struct Register {
    identities: Arc<Identities>,
    commits: Arc<ClientCommits>,
    clock: Arc<dyn Clock>,
    lanes: PartitionLocks<BlindIndex>,
    flood: Flood,
    unknown: UnknownTries,
    /// When attempts that failed are recorded together and answered.
    pub ticks: Ticks,
}

impl Register {
    /// Records into this repository.
    pub fn new(identities: Arc<Identities>, commits: Arc<ClientCommits>, clock: Arc<dyn Clock>) -> Self {
        Self {
            identities,
            commits,
            clock,
            lanes: PartitionLocks::default(),
            flood: Flood::default(),
            unknown: UnknownTries::default(),
            ticks: Ticks::default(),
        }
    }

    /// Decides on the identity as it is and commits, again and again until nobody else was faster. `decide` must be pure: only
    /// its last answer counts. What the change rests on is held against the same identity, before anything is decided and in the commit.
    /// What takes authority from an adviser's sessions is finished when their partition knows it too.
    ///
    /// # Errors
    /// What `decide` refuses with; [`StoreError::Refused`] when what it rests on holds no more; [`StoreError::HalfDone`] when
    /// maintenance has to tell the partition; [`StoreError`].
    pub async fn change<T, E: From<StoreError>>(
        &self,
        index: BlindIndex,
        known: Option<StoredIdentity>,
        authority: Authority,
        mut decide: impl FnMut(&StoredIdentity) -> Result<(IdentityWrite, T), E>,
    ) -> Result<(Recorded, T), E> {
        let _lane = self.lanes.enter(index).await;
        let mut known = known;
        for _ in 0..MAX_ATTEMPTS {
            let found = match known.take() {
                Some(found) => found,
                None => self.identities.find(index).await?,
            };
            authority.check(index, &found.identity, self.clock.now())?;
            let (mut write, answer) = decide(&found)?;
            let events = write.events.clone();
            let overtaken = overtaken(&found.identity, &mut write.identity, self.clock.now());
            // Boxed: a commit seals several documents, and its state would make every caller's large.
            match Box::pin(self.identities.commit(&found, &authority, write)).await {
                Ok(committed) => {
                    report(&events);
                    if let Some((scope, standing, over)) = overtaken {
                        let told = Box::pin(self.commits.overtake(scope, standing, &over, self.clock.now()));
                        told.await.map_err(StoreError::but_done)?;
                    }
                    return Ok((Recorded(committed.intent), answer));
                }
                Err(StoreError::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
    }

    /// Records an attempt that is refused without looking at it. Attempts of a flood share a record; see [`Flood`].
    ///
    /// # Errors
    /// [`Failure::Store`] when it could not be recorded.
    pub async fn refuse(self: &Arc<Self>, index: BlindIndex, outcome: Outcome, visitor: &Visitor) -> Result<Recorded, Failure> {
        let seat = self.flood.join(index, outcome, visitor);
        if seat.leads {
            let register = Arc::clone(self);
            running::go_on(async move { register.flush(index).await });
        }
        seat.recorded().await?;
        Ok(Recorded(None))
    }

    /// Records a try of a username that nobody has, together with the others of the tick.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be recorded.
    pub async fn unknown(self: &Arc<Self>, name: BlindIndex, tried: Tried, visitor: &Visitor) -> Result<(Recorded, Answer), StoreError> {
        let seat = self.unknown.join(name, tried, visitor);
        if seat.leads {
            let register = Arc::clone(self);
            running::go_on(async move { register.flush_unknown().await });
        }
        Ok((Recorded(None), seat.recorded().await?))
    }

    async fn flush_unknown(self: Arc<Self>) {
        self.ticks.next().await;
        let batch = self.unknown.take();
        let decide = |found: &StoredIdentity| Ok::<_, StoreError>(batch.decide(found.identity.clone(), self.clock.now()));
        let written = match self.identities.unknown_index().await {
            Ok(index) => self.change(index, None, Authority::Stranger, decide).await.map(|(_, answers)| answers),
            Err(error) => Err(error),
        };
        batch.answer(written);
    }

    /// Writes what a flood has gathered. A task of its own: the request that happened to lead may be gone by then.
    async fn flush(self: Arc<Self>, index: BlindIndex) {
        self.ticks.next().await;
        let batch = self.flood.take(index);
        let events = batch.events();
        let decide = |found: &StoredIdentity| {
            let mut write = IdentityWrite::of(found.identity.clone(), events[0].clone(), self.clock.now());
            write.events.clone_from(&events);
            Ok::<_, StoreError>((write, ()))
        };
        let written = self.change(index, None, Authority::Stranger, decide).await;
        batch.answer(written.map(|_| ()));
    }
}

/// The partition whose sessions a change overtakes: the standing that they had to be started under, and those under it that were ended.
fn overtaken(before: &Identity, after: &mut Identity, now: Timestamp) -> Option<(ScopeId, u32, SessionsOver)> {
    let (before, after) = (before.account.as_ref()?, after.account.as_mut()?);
    match before.kind {
        // Nobody was ever signed in to an account that is only invited: there is nothing to overtake.
        AccountKind::Adviser { .. } if before.status == Status::Invited => None,
        AccountKind::Adviser { scope } => after.note_over(before, now).then(|| (scope, after.standing, after.over.clone())),
        AccountKind::Officer | AccountKind::Later(_) => None,
    }
}

/// Tells the log how attempts ended, for alerts. Whose they were is in the register only.
fn report(events: &[Event]) {
    for event in events {
        if let Event::Attempt(attempt) = event {
            tracing::info!(event = "login_attempt", outcome = attempt.outcome.name(), count = attempt.count);
        }
    }
}
