//! The processing restrictions of a client file: whether its use is blocked, whether it has to be kept, whether it is marked for
//! erasure.
//!
//! ```text
//! use:     free ──restrict──> blocked ──release──> free              (art. 18 GDPR)
//! keeping: free ──hold──> held until a day or indefinitely ──lift──> free (art. 17(3) GDPR)
//! erasure: none ──mark──> marked ──withdraw──> none                   (art. 17(1) GDPR)
//! ```
//!
//! The current state is derived from the notes, each of which has its reason. Only this module adds notes.

use super::restriction_step::{ErasureGround, RestrictionNote, RestrictionReason, RestrictionStep};
use crate::domain::{
    later::OrLater,
    wire::{
        fields::{FieldCode, InvalidFields},
        values::Day,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Maximum number of notes of one file: far more than a file ever needs, and few enough to be stored with it.
const MAX_NOTES: usize = 200;

/// A legal hold: the file must not be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// The last day of the hold; `null` if it has no end date.
    #[schema(required)]
    pub until: Option<Day>,
}

/// The summary of a file's processing restrictions for lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionsSummary {
    /// Whether its use is blocked.
    #[serde(default)]
    pub restricted: bool,
    /// The legal hold, which may have expired.
    #[serde(default)]
    hold: Option<Hold>,
    /// Whether it is marked for erasure.
    #[serde(default)]
    pub marked: bool,
}

/// The processing restrictions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Restrictions {
    notes: Vec<RestrictionNote>,
}

/// Why a step was refused.
#[derive(Debug)]
pub enum StepRefused {
    /// The current state does not allow it.
    DoesNotFit,
    /// Its fields are invalid.
    Invalid(InvalidFields),
}

/// Why a file may not be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureObstacle {
    /// It is not marked for erasure.
    NotMarked,
    /// It is under a legal hold.
    LegalHold,
    /// Its use is blocked, which a data subject requests instead of erasure.
    Restricted,
}

impl Restrictions {
    /// The notes, oldest first.
    pub fn notes(&self) -> &[RestrictionNote] {
        &self.notes
    }

    /// Whether its use is blocked.
    pub fn is_restricted(&self) -> bool {
        self.last(|step| match step {
            RestrictionStep::Restrict => Some(true),
            RestrictionStep::Release => Some(false),
            _ => None,
        })
        .unwrap_or(false)
    }

    /// Returns the legal hold in force on `today`.
    pub fn held(&self, today: Day) -> Option<Hold> {
        self.hold().filter(|hold| hold.lasts(today))
    }

    /// Returns the ground for erasure if the file is marked.
    pub fn marked(&self) -> Option<ErasureGround> {
        self.last(|step| match step {
            RestrictionStep::Mark { ground } => Some(Some(ground)),
            RestrictionStep::Withdraw => Some(None),
            _ => None,
        })
        .flatten()
    }

    /// Returns the summary for lists.
    pub fn summary(&self) -> RestrictionsSummary {
        RestrictionsSummary { restricted: self.is_restricted(), hold: self.hold(), marked: self.marked().is_some() }
    }

    pub fn taken(&self, step: RestrictionStep, reason: RestrictionReason, now: Timestamp, today: Day) -> Result<Self, StepRefused> {
        let fits = match step {
            RestrictionStep::Restrict => !self.is_restricted(),
            RestrictionStep::Release => self.is_restricted(),
            RestrictionStep::Hold { until } if until.is_some_and(|until| until < today) => {
                return Err(StepRefused::Invalid(InvalidFields::one("/until", FieldCode::OutOfRange)));
            }
            // A hold may turn out to last longer, or shorter.
            RestrictionStep::Hold { .. } => true,
            RestrictionStep::LiftHold => self.held(today).is_some(),
            RestrictionStep::Mark { .. } => self.marked().is_none(),
            RestrictionStep::Withdraw => self.marked().is_some(),
        };
        if !fits || self.notes.len() == MAX_NOTES {
            return Err(StepRefused::DoesNotFit);
        }
        let mut next = self.clone();
        next.notes.push(RestrictionNote { at: now, step: OrLater::Known(step), reason });
        Ok(next)
    }

    /// Checks whether it may be erased on `today`.
    ///
    /// # Errors
    /// [`ErasureObstacle`]: the reason why not.
    pub fn may_be_erased(&self, today: Day) -> Result<(), ErasureObstacle> {
        if self.held(today).is_some() {
            Err(ErasureObstacle::LegalHold)
        } else if self.is_restricted() {
            Err(ErasureObstacle::Restricted)
        } else {
            self.marked().map(drop).ok_or(ErasureObstacle::NotMarked)
        }
    }

    fn hold(&self) -> Option<Hold> {
        // A step unknown to this version may require keeping the file.
        if self.notes.iter().any(|note| note.step.known().is_none()) {
            return Some(Hold { until: None });
        }
        self.last(|step| match step {
            RestrictionStep::Hold { until } => Some(Some(Hold { until })),
            RestrictionStep::LiftHold => Some(None),
            _ => None,
        })
        .flatten()
    }

    /// Returns what the latest matching note states.
    fn last<T>(&self, says: impl Fn(RestrictionStep) -> Option<T>) -> Option<T> {
        self.notes.iter().rev().find_map(|note| says(*note.step.known()?))
    }
}

impl RestrictionsSummary {
    /// Returns the legal hold in force on `today`.
    pub fn held(&self, today: Day) -> Option<Hold> {
        self.hold.filter(|hold| hold.lasts(today))
    }
}

impl Hold {
    fn lasts(self, today: Day) -> bool {
        self.until.is_none_or(|until| until >= today)
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, ErasureGround, ErasureObstacle, RestrictionReason, RestrictionStep, Restrictions, StepRefused, Timestamp};
    use jiff::civil::date;
    use proptest::{prelude::*, sample::select};

    const TODAY: Day = Day::of(date(2026, 11, 25));
    const MARK: RestrictionStep = RestrictionStep::Mark { ground: ErasureGround::Objection };

    fn taken(restrictions: &Restrictions, step: RestrictionStep, today: Day) -> Result<Restrictions, StepRefused> {
        restrictions.taken(step, RestrictionReason::parse("why").expect("a reason"), Timestamp::UNIX_EPOCH, today)
    }

    fn after(steps: &[RestrictionStep]) -> Restrictions {
        steps.iter().fold(Restrictions::default(), |restrictions, step| taken(&restrictions, *step, TODAY).expect("the step fits"))
    }

    fn hold(until: Option<Day>) -> RestrictionStep {
        RestrictionStep::Hold { until }
    }

    #[test]
    fn nothing_is_erased_that_is_not_marked_or_is_held_or_blocked() {
        for (steps, expected) in [
            (&[][..], Err(ErasureObstacle::NotMarked)),
            (&[MARK], Ok(())),
            (&[MARK, RestrictionStep::Withdraw], Err(ErasureObstacle::NotMarked)),
            (&[MARK, RestrictionStep::Restrict], Err(ErasureObstacle::Restricted)),
            (&[MARK, hold(None)], Err(ErasureObstacle::LegalHold)),
            (&[hold(Some(TODAY)), MARK], Err(ErasureObstacle::LegalHold)),
            (&[MARK, hold(None), RestrictionStep::LiftHold], Ok(())),
        ] {
            assert_eq!(after(steps).may_be_erased(TODAY), expected, "{steps:?}");
        }
    }

    #[test]
    fn a_hold_lasts_until_the_end_of_its_last_day() {
        let held = after(&[MARK, hold(Some(TODAY))]);
        let tomorrow = Day::of(date(2026, 11, 26));
        assert!(held.held(TODAY).is_some() && held.held(tomorrow).is_none());
        assert_eq!(held.may_be_erased(tomorrow), Ok(()));
        assert!(held.summary().held(TODAY).is_some() && held.summary().held(tomorrow).is_none());
        assert!(matches!(taken(&held, RestrictionStep::LiftHold, tomorrow), Err(StepRefused::DoesNotFit)));
    }

    #[test]
    fn notes_come_to_an_end() {
        let mut restrictions = Restrictions::default();
        for _ in 0..crate::domain::clients::restrictions::MAX_NOTES {
            restrictions = taken(&restrictions, hold(None), TODAY).expect("there is room");
        }
        assert!(matches!(taken(&restrictions, hold(None), TODAY), Err(StepRefused::DoesNotFit)));
    }

    proptest! {
        #[test]
        fn a_step_that_fits_changes_what_it_is_about_and_one_that_does_not_changes_nothing(
            steps in proptest::collection::vec(select(vec![
                RestrictionStep::Restrict, RestrictionStep::Release, hold(None), RestrictionStep::LiftHold, MARK, RestrictionStep::Withdraw,
            ]), 0..40)
        ) {
            let (mut restrictions, mut model) = (Restrictions::default(), (false, false, false));
            for step in steps {
                let (fits, next) = match step {
                    RestrictionStep::Restrict => (!model.0, (true, model.1, model.2)),
                    RestrictionStep::Release => (model.0, (false, model.1, model.2)),
                    RestrictionStep::Hold { .. } => (true, (model.0, true, model.2)),
                    RestrictionStep::LiftHold => (model.1, (model.0, false, model.2)),
                    RestrictionStep::Mark { .. } => (!model.2, (model.0, model.1, true)),
                    RestrictionStep::Withdraw => (model.2, (model.0, model.1, false)),
                };
                match taken(&restrictions, step, TODAY) {
                    Ok(taken) => {
                        prop_assert!(fits);
                        (restrictions, model) = (taken, next);
                    }
                    Err(_) => prop_assert!(!fits),
                }
                prop_assert_eq!((restrictions.is_restricted(), restrictions.held(TODAY).is_some(), restrictions.marked().is_some()), model);
            }
        }
    }
}
