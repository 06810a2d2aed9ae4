//! Replays the erasure log: erases the files it names that exist, after an older database was restored or an erasure was cut off between
//! the log and the database.
//!
//! A file is followed to wherever hand-overs have moved it since. A file that was created again under the same id, or that must be
//! retained, is left alone.

use crate::flows::services::Services;
use crate::{
    domain::{
        clients::{
            erasure_begun::FollowedErasure,
            erasure_log::{Erasure, VouchedErasure},
            write_right::WriteRight,
        },
        hand_overs::record::HandOver,
        ids::{ClientId, ScopeId},
        sign_in::session::AdviserScope,
    },
    flows::verify::report::LineCounts,
    ports::ErasureLog,
    store::{
        clients::{
            files::Versioned,
            writes::{WriteRefused, Writer},
        },
        error::StoreError,
        keys::sealing::Sealing,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};

/// How many files of the newest lines every round looks up: erasures that were recently cut off are among them.
const NEWEST: usize = 500;
/// How many files of older lines one round looks up.
const AT_A_TURN: usize = 2000;
/// The interval between rounds of maintenance.
const BETWEEN_TURNS: SignedDuration = SignedDuration::from_mins(15);

/// The files named by the log, by partition and id.
#[derive(Default)]
pub struct Erased(HashMap<(ScopeId, ClientId), Named>);

/// What the log says about one id in one partition. A file that was created again is a different file, even with the same id: importing a
/// row again yields the id derived from that row.
#[derive(Default)]
struct Named {
    /// Erasures of files with a known creation time.
    made: Vec<VouchedErasure>,
    /// The latest erasure that covers every file created before it.
    before: Option<VouchedErasure>,
}

/// The contents of the log.
#[derive(Default)]
pub struct Logged {
    vouched: Vec<VouchedErasure>,
    unvouched: usize,
}

/// The result of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Files named by the log.
    pub named: usize,
    /// Those that existed and were erased by this replay.
    pub erased: usize,
    /// Lines not authenticated by their MAC. They cause no erasure.
    pub unvouched: usize,
}

impl Logged {
    /// Returns the files that the log names.
    pub fn erased(&self) -> Erased {
        let of_second_form = self.vouched.iter().map(VouchedErasure::erasure).filter(|erasure| erasure.created_at.is_some());
        let twins: HashSet<_> = of_second_form.map(|erasure| (erasure.at, erasure.scope, erasure.client)).collect();
        let mut erased = Erased::default();
        for vouched in &self.vouched {
            let Erasure { at, scope, client, created_at } = *vouched.erasure();
            let named = erased.0.entry((scope, client)).or_default();
            match (created_at, named.before) {
                (Some(_), _) => named.made.push(*vouched),
                // Written for versions that read only the first format; the twin line in the second format is more precise.
                (None, _) if twins.contains(&(at, scope, client)) => {}
                (None, Some(last)) if last.erasure().at >= at => {}
                (None, _) => named.before = Some(*vouched),
            }
        }
        erased
    }

    /// Returns the line counts.
    pub const fn counts(&self) -> LineCounts {
        LineCounts { read: self.vouched.len() + self.unvouched, unvouched: self.unvouched }
    }
}

impl Erased {
    /// Returns the logged erasure of the file with this id that was created at `made` in this partition.
    pub fn of(&self, scope: ScopeId, client: ClientId, made: Timestamp) -> Option<VouchedErasure> {
        self.0.get(&(scope, client))?.of(made)
    }

    /// Returns every id in the log, those of the newest lines first.
    fn newest_first(&self) -> Vec<(&(ScopeId, ClientId), &Named)> {
        let mut all: Vec<_> = self.0.iter().filter(|(_, named)| named.newest().is_some()).collect();
        all.sort_unstable_by_key(|(place, named)| (std::cmp::Reverse(named.newest().map(|newest| newest.erasure().at)), **place));
        all
    }
}

impl Named {
    fn of(&self, made: Timestamp) -> Option<VouchedErasure> {
        let made_then = self.made.iter().find(|vouched| vouched.erasure().created_at == Some(made));
        made_then.or_else(|| self.before.as_ref().filter(|before| made <= before.erasure().at)).copied()
    }

    fn newest(&self) -> Option<VouchedErasure> {
        self.made.iter().chain(&self.before).copied().max_by_key(|vouched| vouched.erasure().at)
    }
}

/// Reads the log and authenticates its lines.
///
/// # Errors
/// [`StoreError`] when the log or the root key is unavailable.
pub async fn read(sealing: &Sealing, log: &dyn ErasureLog) -> Result<Logged, StoreError> {
    let lines = log.lines().await?;
    if lines.is_empty() {
        return Ok(Logged::default());
    }
    let root = sealing.root().await?;
    let vouched: Vec<_> = lines.iter().filter_map(|line| VouchedErasure::read(line, &root.erasures)).collect();
    Ok(Logged { unvouched: lines.len() - vouched.len(), vouched })
}

/// Which part of the log is processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// What fits in one round of maintenance: always the newest lines, plus the share of older lines whose turn it is at this moment, so
    /// that regular rounds cover all of them, on whichever instance they run.
    Turn(Timestamp),
}

/// Erases what the log names and exists. `progress` receives the number of files looked up so far. Can be interrupted anywhere and run
/// again.
///
/// # Errors
/// [`StoreError`]; erased files stay erased.
pub async fn replay(services: &Services, extent: Extent, mut progress: impl FnMut(usize)) -> Result<Replayed, StoreError> {
    let logged = read(&services.sealing, &*services.erasures).await?;
    let mut replayed = Replayed { unvouched: logged.unvouched, ..Replayed::default() };
    let erased = logged.erased();
    let mut closed = HashMap::new();
    for ((scope, client), named) in extent.of(erased.newest_first()) {
        replayed.named += 1;
        replayed.erased += usize::from(erase_again(services, (*scope, *client), named, &mut closed).await?);
        progress(replayed.named);
    }
    Ok(replayed)
}

impl Extent {
    fn of<T>(self, mut all: Vec<T>) -> Vec<T> {
        let Self::Turn(now) = self else { return all };
        if all.len() > NEWEST {
            let others = all.split_off(NEWEST);
            let turns = others.len().div_ceil(AT_A_TURN);
            let turn = usize::try_from(now.as_second() / BETWEEN_TURNS.as_secs()).unwrap_or_default() % turns;
            all.extend(others.into_iter().skip(turn * AT_A_TURN).take(AT_A_TURN));
        }
        all
    }
}

/// Partitions that a handover has closed, each with its handover.
type Closed = HashMap<ScopeId, Option<HandOver>>;

/// Returns whether a file was erased: at its logged place, or where handovers have moved it since.
async fn erase_again(
    services: &Services,
    (scope, client): (ScopeId, ClientId),
    named: &Named,
    closed: &mut Closed,
) -> Result<bool, StoreError> {
    let Some(newest) = named.newest() else { return Ok(false) };
    let mut followed = FollowedErasure::at_its_place(newest);
    let mut known = HashSet::from([scope]);
    loop {
        let there = AdviserScope::of_erasure(&followed);
        if let Some(found) = services.clients.find(there, client).await? {
            return if is_meant(services, named, &found) { erase(services, &followed, found).await } else { Ok(false) };
        }
        let Some(next) = closed_by(services, there, closed).await?.and_then(|hand_over| followed.behind(&hand_over)) else {
            return Ok(false);
        };
        if !known.insert(next.scope()) {
            return Ok(false);
        }
        followed = next;
    }
}

/// A file created again is a different file. One that must be retained stays: `finrust verify` reports it, and it is erased when the duty
/// to retain it has expired.
fn is_meant(services: &Services, named: &Named, found: &Versioned) -> bool {
    named.of(found.kept.created_at).is_some() && found.kept.restrictions.held(services.today()).is_none()
}

async fn erase(services: &Services, followed: &FollowedErasure, found: Versioned) -> Result<bool, StoreError> {
    let writer = Writer { right: WriteRight::replay(followed), at: services.now() };
    match services.clients.erase(writer, followed.erasure().client, &found).await {
        Ok(()) => Ok(true),
        // Erased concurrently by the request that began it.
        Err(WriteRefused::Missing) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

async fn closed_by(services: &Services, scope: AdviserScope, closed: &mut Closed) -> Result<Option<HandOver>, StoreError> {
    if let Some(known) = closed.get(&scope.id()) {
        return Ok(known.clone());
    }
    let hand_over = match services.commits.closed_by(scope).await? {
        Some(record) => services.hand_overs.find(record).await?.map(|found| found.record),
        None => None,
    };
    closed.insert(scope.id(), hand_over.clone());
    Ok(hand_over)
}

#[cfg(test)]
mod tests {
    use super::{AT_A_TURN, BETWEEN_TURNS, Extent, NEWEST, Timestamp};
    use std::collections::BTreeSet;

    #[test]
    fn turns_come_by_all_of_it_and_each_is_bounded() {
        for length in [0, 1, NEWEST, NEWEST + 1, NEWEST + 3 * AT_A_TURN + 7] {
            let turns = length.saturating_sub(NEWEST).div_ceil(AT_A_TURN).max(1);
            let mut seen = BTreeSet::new();
            for turn in 0..turns {
                let now =
                    Timestamp::from_second(BETWEEN_TURNS.as_secs() * (1_000_000 + i64::try_from(turn).expect("few"))).expect("a time");
                let some = Extent::Turn(now).of((0..length).collect());
                assert!(some.len() <= NEWEST + AT_A_TURN && some.iter().take(NEWEST).copied().eq(0..length.min(NEWEST)));
                seen.extend(some);
            }
            assert_eq!(seen.len(), length);
            assert_eq!(Extent::Whole.of((0..length).collect::<Vec<_>>()).len(), length);
        }
    }
}
