//! Proof that two officers want something: one proposed it and another approved it.

use super::{
    chain::Entry,
    hand_over::{HandOver, HandOverEvent},
    ids::{RecordId, ScopeId},
    later::OrLater,
    record::{By, Step},
};

/// Proof that two officers want a hand-over that is not over yet: the one way to both sides' files
/// ([`BothSides`](super::session::BothSides)).
///
/// Nobody makes one out of parts:
///
/// ```compile_fail
/// use finrust::domain::{approved::Approved, ids::{RecordId, ScopeId}};
/// let [from, to] = [[1; 16], [2; 16]].map(ScopeId::from_random);
/// let _ = Approved { record: RecordId::from_random([3; 16]), from, to };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approved {
    record: RecordId,
    from: ScopeId,
    to: ScopeId,
}

impl Approved {
    /// The proof, when the signed steps of the record say so: one officer proposed it and another approved it.
    #[must_use]
    pub fn of(record: RecordId, hand_over: &HandOver, steps: &[Entry<Step<OrLater<HandOverEvent>>>]) -> Option<Self> {
        let officer = |event| steps.iter().map(|step| &step.event).find(|step| step.event.known() == Some(&event)).map(|step| step.by);
        match (officer(HandOverEvent::Proposed)?, officer(HandOverEvent::Approved)?) {
            (By::Account(one), By::Account(other)) if one != other && hand_over.phase.is_running() => {
                Some(Self { record, from: hand_over.from.scope, to: hand_over.to.scope })
            }
            _ => None,
        }
    }

    /// Which hand-over.
    #[must_use]
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// Partition and key scope of the leaver.
    #[must_use]
    pub const fn from(&self) -> ScopeId {
        self.from
    }

    /// Partition and key scope of the successor.
    #[must_use]
    pub const fn to(&self) -> ScopeId {
        self.to
    }
}

#[cfg(test)]
mod tests {
    use super::{Approved, By, Entry, HandOver, HandOverEvent, OrLater, RecordId, ScopeId, Step};
    use crate::domain::{
        chain::ChainHead,
        credentials::DisplayName,
        hand_over::{Phase, Reason, Side},
        stored::BlindIndex,
    };
    use jiff::Timestamp;

    fn officer(number: u8) -> By {
        By::Account(BlindIndex::from_bytes([number; 32]))
    }

    fn side(number: u8) -> Side {
        let name = DisplayName::parse("Anna").unwrap();
        Side { account: BlindIndex::from_bytes([number; 32]), scope: ScopeId::from_random([number; 16]), name }
    }

    fn proof(phase: Phase, steps: &[(By, HandOverEvent)]) -> Option<Approved> {
        let hand_over = HandOver {
            from: side(1),
            to: side(2),
            reason: Reason::parse("Vertrekt").unwrap(),
            proposed_by: BlindIndex::from_bytes([7; 32]),
            proposed_at: Timestamp::UNIX_EPOCH,
            phase,
        };
        let entry = |(by, event): &(By, HandOverEvent)| -> Entry<Step<OrLater<HandOverEvent>>> {
            let step = Step { by: *by, intent: None, event: OrLater::Known(*event), record: [0; 32] };
            ChainHead::default().next(step, Timestamp::UNIX_EPOCH, None, [0; 8])
        };
        let steps: Vec<_> = steps.iter().map(entry).collect();
        Approved::of(RecordId::from_random([3; 16]), &hand_over, &steps)
    }

    #[test]
    fn two_officers_make_a_proof_and_nothing_less_does() {
        use HandOverEvent::{Approved as Second, Proposed as First};
        let moving = Phase::Moving { files: 3, moved: 1 };
        for phase in [Phase::Approved, moving] {
            let proof = proof(phase, &[(officer(7), First), (officer(8), Second)]).expect("two officers");
            assert_eq!((proof.from(), proof.to()), (side(1).scope, side(2).scope));
        }
        let lacking: [&[(By, HandOverEvent)]; 6] = [
            &[],
            &[(officer(7), First)],
            &[(officer(8), Second)],
            &[(officer(7), First), (officer(7), Second)],
            &[(officer(7), First), (By::Maintenance, Second)],
            &[(By::Operator, First), (officer(8), Second)],
        ];
        for steps in lacking {
            assert!(proof(Phase::Approved, steps).is_none(), "{steps:?}");
        }
        for phase in [Phase::Proposed, Phase::Withdrawn, Phase::Completed { files: 3 }] {
            assert!(proof(phase, &[(officer(7), First), (officer(8), Second)]).is_none(), "{phase:?}");
        }
    }
}
