//! Writes the attempt log, the only way to an answer about credentials (P6).

use super::{
    flood::Flood,
    ticks::Ticks,
    unknown_tries::{Answer, Tried, UnknownTries},
    visitor::Visitor,
};
use crate::flows::{failure::Failure, running};
use crate::{
    domain::{
        accounts::{
            account::{AccountKind, Identity, Status},
            sessions_over::SessionsOver,
        },
        ids::ScopeId,
        sign_in::attempt::{Event, Outcome},
        stored::BlindIndex,
    },
    ports::Clock,
    store::{
        authority::{Authority, Intent},
        clients::commits::ClientCommits,
        error::StoreError,
        identities::repository::{Identities, IdentityWrite, StoredIdentity},
        partition_locks::PartitionLocks,
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use jiff::Timestamp;
use std::sync::Arc;

/// Proof that the event is durably recorded. Only a successful commit creates one.
#[derive(Clone, Copy)]
pub struct Recorded(Option<Intent>);

impl Recorded {
    /// The intent recorded by the same commit.
    pub const fn intent(self) -> Option<Intent> {
        self.0
    }
}

/// The attempt log.
pub struct AttemptLog {
    identities: Arc<Identities>,
    commits: Arc<ClientCommits>,
    clock: Arc<dyn Clock>,
    lanes: PartitionLocks<BlindIndex>,
    flood: Flood,
    unknown: UnknownTries,
    /// When failed attempts are recorded together and answered.
    pub ticks: Ticks,
}

impl AttemptLog {
    /// Records into this repository.
    pub fn new(identities: Arc<Identities>, commits: Arc<ClientCommits>, clock: Arc<dyn Clock>, ticks: Ticks) -> Self {
        Self {
            identities,
            commits,
            clock,
            lanes: PartitionLocks::default(),
            flood: Flood::default(),
            unknown: UnknownTries::default(),
            ticks,
        }
    }

    /// Decides on the current identity and commits, retrying when a concurrent commit wins. `decide` must be pure: only its last answer
    /// counts. The authority is checked against the same identity, before deciding and in the commit. A change that revokes an adviser's
    /// sessions is complete only once their partition records it too.
    ///
    /// # Errors
    /// Those of `decide`; [`StoreError::Refused`] when the authority is no longer valid; [`StoreError::HalfDone`] when maintenance has to
    /// update the partition; [`StoreError`].
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
            // Boxed: a commit seals several documents, and its state would enlarge every caller's future.
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
        Err(OVERTAKEN.into())
    }

    /// Records an attempt that is refused without being judged. Attempts of a flood share a record; see [`Flood`].
    ///
    /// # Errors
    /// [`Failure::Store`] when it could not be recorded.
    pub async fn refuse(self: &Arc<Self>, index: BlindIndex, outcome: Outcome, visitor: &Visitor) -> Result<Recorded, Failure> {
        let seat = self.flood.join(index, outcome, visitor);
        if seat.leads {
            let attempt_log = Arc::clone(self);
            running::go_on(async move { attempt_log.flush(index).await });
        }
        seat.recorded().await?;
        Ok(Recorded(None))
    }

    /// Records a try of an unknown username, together with the others of the same tick.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be recorded.
    pub async fn unknown(self: &Arc<Self>, name: BlindIndex, tried: Tried, visitor: &Visitor) -> Result<(Recorded, Answer), StoreError> {
        let seat = self.unknown.join(name, tried, visitor);
        if seat.leads {
            let attempt_log = Arc::clone(self);
            running::go_on(async move { attempt_log.flush_unknown().await });
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

    /// Writes a batch. Runs as a task of its own, because the request that leads the batch may have been dropped.
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

/// Returns what the partition of an adviser must learn when a change revokes sessions: the `standing` that sessions now need, and which of
/// those with that `standing` have ended.
fn overtaken(before: &Identity, after: &mut Identity, now: Timestamp) -> Option<(ScopeId, u32, SessionsOver)> {
    let (before, after) = (before.account.as_ref()?, after.account.as_mut()?);
    match before.kind {
        // Nobody was ever signed in to an invited account: there is nothing to revoke.
        AccountKind::Adviser { .. } if before.status == Status::Invited => None,
        AccountKind::Adviser { scope } => after.note_over(before, now).then(|| (scope, after.standing, after.over.clone())),
        AccountKind::Officer | AccountKind::Later(_) => None,
    }
}

/// Logs the outcomes of attempts, for alerts. Whose they were is only in the attempt log.
fn report(events: &[Event]) {
    for event in events {
        if let Event::Attempt(attempt) = event {
            tracing::info!(event = "login_attempt", outcome = attempt.outcome.name(), count = attempt.count);
        }
    }
}
