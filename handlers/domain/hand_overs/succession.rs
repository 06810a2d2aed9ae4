//! Where files have moved: who now holds the files that another adviser had, and which partitions an adviser's files came from.
//!
//! Derived from the hand-overs whose files are moving or have moved. The audit trail of a former owner stays in its partition, and so do
//! its query results.

use super::record::HandOverSummary;
use crate::domain::{ids::ScopeId, sign_in::session::AdviserScope, stored::BlindIndex};
use jiff::Timestamp;

/// All handovers whose files are moving or have moved.
#[derive(Clone, Debug, Default)]
pub struct Succession(Vec<HandOverSummary>);

/// A partition that previously held files of an adviser. It can only be obtained through the adviser's own scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerScope(ScopeId);

impl FormerScope {
    pub const fn id(self) -> ScopeId {
        self.0
    }
}

impl Succession {
    /// Builds the succession from these handovers.
    pub fn of(hand_overs: impl IntoIterator<Item = HandOverSummary>) -> Self {
        Self(hand_overs.into_iter().filter(|hand_over| hand_over.phase.has_begun()).collect())
    }

    /// Returns the partitions whose files have moved into this one, directly or through others, starting with this one.
    pub fn sources(&self, scope: ScopeId) -> Vec<ScopeId> {
        self.sources_by(scope, Timestamp::MAX)
    }

    /// Returns the former partitions of the adviser's own files that had arrived at the time `by`.
    pub fn formers(&self, scope: AdviserScope, by: Timestamp) -> Vec<FormerScope> {
        self.sources_by(scope.id(), by).into_iter().skip(1).map(FormerScope).collect()
    }

    /// Returns the current holder of the files that this account had at `then`: itself, unless they have been handed over since.
    pub fn holder(&self, account: BlindIndex, then: Timestamp) -> BlindIndex {
        let (mut holder, mut since) = (account, then);
        while let Some(next) = self.0.iter().filter(|it| it.from.account == holder && begun(it) > since).min_by_key(|it| begun(it)) {
            (holder, since) = (next.to.account, begun(next));
        }
        holder
    }

    /// Returns the current holder of the files that were in this partition; `None` if they have not moved.
    pub fn heir(&self, scope: ScopeId) -> Option<BlindIndex> {
        let (mut heir, mut at, mut hops) = (None, scope, 0);
        // Each partition is handed over once; the limit on hops ends a loop in case of a cycle.
        while let Some(next) = self.0.iter().find(|it| it.from.scope == at).filter(|_| hops < self.0.len()) {
            (heir, at, hops) = (Some(next.to.account), next.to.scope, hops + 1);
        }
        heir
    }

    /// The partitions that this account has handed over.
    pub fn left_by(&self, account: BlindIndex) -> impl Iterator<Item = ScopeId> + '_ {
        self.0.iter().filter(move |hand_over| hand_over.from.account == account).map(|hand_over| hand_over.from.scope)
    }

    fn sources_by(&self, scope: ScopeId, by: Timestamp) -> Vec<ScopeId> {
        let (mut sources, mut at) = (vec![scope], 0);
        while let Some(next) = sources.get(at).copied() {
            let into = self.0.iter().filter(|hand_over| hand_over.to.scope == next && begun(hand_over) <= by);
            let new: Vec<_> = into.map(|hand_over| hand_over.from.scope).filter(|from| !sources.contains(from)).collect();
            sources.extend(new);
            at += 1;
        }
        sources
    }
}

/// When its files began to move.
fn begun(hand_over: &HandOverSummary) -> Timestamp {
    hand_over.moves_at.unwrap_or(hand_over.proposed_at)
}

#[cfg(test)]
mod tests {
    use super::{BlindIndex, HandOverSummary, ScopeId, Succession, Timestamp};
    use crate::domain::{
        hand_overs::record::{Phase, Side},
        sign_in::credentials::DisplayName,
    };

    fn scope(number: u8) -> ScopeId {
        ScopeId::from_random([number; 16])
    }

    fn account(number: u8) -> BlindIndex {
        BlindIndex::from_bytes([number; 32])
    }

    fn side((own, partition): (u8, u8)) -> Side {
        Side { account: account(own), scope: scope(partition), name: DisplayName::parse("Anna").unwrap(), username: None }
    }

    fn gone(at: i64, from: (u8, u8), to: (u8, u8), phase: Phase) -> HandOverSummary {
        let at = Timestamp::from_second(at).unwrap();
        HandOverSummary { from: side(from), to: side(to), proposed_by: account(99), proposed_at: at, phase, moves_at: Some(at) }
    }

    const DONE: Phase = Phase::Completed { files: 1 };

    #[test]
    fn files_are_followed_through_all_who_had_them() {
        let moving = Phase::Moving { files: 2, moved: 1 };
        let all = [gone(1, (1, 1), (2, 2), DONE), gone(2, (2, 2), (3, 3), moving), gone(3, (4, 4), (3, 3), Phase::Approved)];
        let succession = Succession::of(all);
        let holder = |number, then| succession.holder(account(number), Timestamp::from_second(then).unwrap());
        assert_eq!([1, 2, 3, 4].map(|number| holder(number, 0)), [3, 3, 3, 4].map(account));
        assert_eq!([1, 2, 3].map(|number| holder(number, 1)), [1, 3, 3].map(account), "who had them after that has them");
        assert_eq!([1, 2, 3].map(|number| succession.heir(scope(number))), [Some(account(3)), Some(account(3)), None]);
        assert_eq!(succession.sources(scope(3)), [3, 2, 1].map(scope));
        assert_eq!(succession.sources(scope(4)), [scope(4)], "what is only approved has not gone");
    }

    #[test]
    fn who_came_back_and_left_again_is_followed_once() {
        let all = [gone(1, (1, 1), (2, 2), DONE), gone(2, (2, 2), (1, 3), DONE), gone(3, (1, 3), (2, 4), DONE)];
        let succession = Succession::of(all);
        assert_eq!(succession.left_by(account(1)).collect::<Vec<_>>(), [scope(1), scope(3)]);
        assert_eq!(succession.sources(scope(4)), [4, 3, 2, 1].map(scope));
        let holder = |number, then| succession.holder(account(number), Timestamp::from_second(then).unwrap());
        assert_eq!([(1, 0), (1, 1), (1, 2), (2, 1)].map(|(number, then)| holder(number, then)), [2, 2, 2, 2].map(account));
    }

    #[test]
    fn what_came_later_is_not_among_what_had_come() {
        let succession = Succession::of([gone(1, (1, 1), (3, 3), DONE), gone(9, (2, 2), (3, 3), DONE)]);
        assert_eq!(succession.sources_by(scope(3), Timestamp::from_second(5).unwrap()), [scope(3), scope(1)]);
    }
}
