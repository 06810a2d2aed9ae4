//! Proof that two officers agree to something: one proposed it and another approved it.

use super::record::{HandOver, HandOverEvent, Phase, Side};
use crate::domain::{
    chain::Entry,
    ids::{RecordId, ScopeId},
    later::OrLater,
    record::{Step, StepAuthor},
    stored::BlindIndex,
};
use jiff::Timestamp;

/// Proof that two officers agree to a handover that has not ended yet: the only way to obtain access to both sides' files
/// ([`BothSides`](crate::domain::sign_in::session::BothSides)).
///
/// It cannot be constructed from its parts:
///
/// ```compile_fail
/// use finrust::domain::{approved::Approved, ids::{RecordId, ScopeId}};
/// let [from, to] = [[1; 16], [2; 16]].map(ScopeId::from_random);
/// let _ = Approved { record: RecordId::from_random([3; 16]), from, to };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved {
    record: RecordId,
    officers: (BlindIndex, BlindIndex),
    from: ScopeId,
    to: ScopeId,
}

impl Approved {
    /// Returns the proof, when the signed steps of the record show that one officer proposed it, another approved it, nobody withdrew
    /// it, and the move is due.
    pub fn of(record: RecordId, hand_over: &HandOver, steps: &[Entry<Step<OrLater<HandOverEvent>>>], now: Timestamp) -> Option<Self> {
        let officers = officers_of(hand_over, steps)?;
        let waits = hand_over.phase == Phase::Approved && hand_over.moves_at.is_some_and(|at| now < at);
        let is_due = hand_over.phase.is_running() && !waits;
        let Side { scope: from, .. } = hand_over.from;
        is_due.then_some(Self { record, officers, from, to: hand_over.to.scope })
    }

    /// The officer who proposed it, and the one who approved it.
    pub const fn officers(&self) -> (BlindIndex, BlindIndex) {
        self.officers
    }

    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// Partition and key scope of the leaving adviser.
    pub const fn from(&self) -> ScopeId {
        self.from
    }

    /// Partition and key scope of the successor.
    pub const fn to(&self) -> ScopeId {
        self.to
    }
}

/// Returns the proposer and the approver according to the steps, when they are two different officers and nobody withdrew.
fn officers_of(hand_over: &HandOver, steps: &[Entry<Step<OrLater<HandOverEvent>>>]) -> Option<(BlindIndex, BlindIndex)> {
    let mut steps = steps.iter().map(|step| &step.event);
    let (first, second) = (steps.next()?, steps.next()?);
    let (StepAuthor::Account(one), StepAuthor::Account(other)) = (first.by, second.by) else {
        return None;
    };
    let is = |step: &Step<OrLater<HandOverEvent>>, event| step.event.known() == Some(&event);
    let in_order = is(first, HandOverEvent::Proposed) && is(second, HandOverEvent::Approved);
    let as_recorded = one == hand_over.proposed_by && hand_over.approved_by.is_none_or(|approver| approver == other);
    let goes_on = steps.all(|step| step.by == StepAuthor::Maintenance && !is(step, HandOverEvent::Withdrawn));
    (in_order && as_recorded && goes_on && one != other).then_some((one, other))
}

#[cfg(test)]
mod tests {
    use super::{
        Approved, BlindIndex, Entry, HandOver, HandOverEvent, OrLater, Phase, RecordId, ScopeId, Side, Step, StepAuthor, Timestamp,
    };
    use crate::domain::{chain::ChainHead, hand_overs::record::Reason, sign_in::credentials::DisplayName};

    fn officer(number: u8) -> StepAuthor {
        StepAuthor::Account(BlindIndex::from_bytes([number; 32]))
    }

    fn side(number: u8) -> Side {
        let name = DisplayName::parse("Anna").unwrap();
        Side { account: BlindIndex::from_bytes([number; 32]), scope: ScopeId::from_random([number; 16]), name, username: None }
    }

    fn proof(phase: Phase, steps: &[(StepAuthor, HandOverEvent)]) -> Option<Approved> {
        let hand_over = HandOver {
            from: side(1),
            to: side(2),
            reason: Reason::parse("Vertrekt").unwrap(),
            proposed_by: BlindIndex::from_bytes([7; 32]),
            proposed_at: Timestamp::UNIX_EPOCH,
            phase,
            approved_by: Some(BlindIndex::from_bytes([8; 32])),
            moves_at: Some(Timestamp::UNIX_EPOCH),
        };
        let entry = |(by, event): &(StepAuthor, HandOverEvent)| -> Entry<Step<OrLater<HandOverEvent>>> {
            let step = Step { by: *by, intent: None, request: None, event: OrLater::Known(*event), record: [0; 32] };
            ChainHead::default().next(step, Timestamp::UNIX_EPOCH, None, [0; 8])
        };
        let steps: Vec<_> = steps.iter().map(entry).collect();
        let [before, then] = [-1, 0].map(|second| Timestamp::from_second(second).unwrap());
        let early = Approved::of(RecordId::from_random([3; 16]), &hand_over, &steps, before);
        assert!(early.is_none() || phase != Phase::Approved, "never before its time");
        Approved::of(RecordId::from_random([3; 16]), &hand_over, &steps, then)
    }

    #[test]
    fn two_officers_make_a_proof_and_nothing_less_does() {
        use HandOverEvent::{Approved as Second, Proposed as First};
        let moving = Phase::Moving { files: 3, moved: 1 };
        for phase in [Phase::Approved, moving] {
            let proof = proof(phase, &[(officer(7), First), (officer(8), Second)]).expect("two officers");
            assert_eq!((proof.from(), proof.to()), (side(1).scope, side(2).scope));
        }
        let lacking: [&[(StepAuthor, HandOverEvent)]; 10] = [
            &[(officer(7), First), (officer(8), Second), (officer(9), HandOverEvent::Withdrawn)],
            &[(officer(7), First), (officer(9), HandOverEvent::Withdrawn), (officer(8), Second)],
            &[(officer(9), First), (officer(8), Second)],
            &[(officer(7), First), (officer(9), Second)],
            &[],
            &[(officer(7), First)],
            &[(officer(8), Second)],
            &[(officer(7), First), (officer(7), Second)],
            &[(officer(7), First), (StepAuthor::Maintenance, Second)],
            &[(StepAuthor::Operator, First), (officer(8), Second)],
        ];
        for steps in lacking {
            assert!(proof(Phase::Approved, steps).is_none(), "{steps:?}");
        }
        for phase in [Phase::Proposed, Phase::Withdrawn, Phase::Completed { files: 3 }] {
            assert!(proof(phase, &[(officer(7), First), (officer(8), Second)]).is_none(), "{phase:?}");
        }
    }
}
