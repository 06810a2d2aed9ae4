//! Deadlines in the register of sub-processors, and their reminders.

use super::{entry::ProcessorEntry, kinds::DeadlineKind};
use crate::domain::wire::values::Day;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days before a deadline on which officers are reminded.
pub const DAYS_BEFORE: [u8; 3] = [30, 7, 0];

/// A deadline of a sub-processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Deadline {
    /// The day of the deadline.
    pub on: Day,
    /// What is due on that day.
    pub kind: DeadlineKind,
}

/// A reminder of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reminder {
    /// The deadline that it is a reminder of.
    pub deadline: Deadline,
    /// Number of days before the deadline: 30, 7 or 0.
    pub days: u8,
}

impl ProcessorEntry {
    /// Its deadlines in order of date.
    pub fn deadlines(&self) -> Vec<Deadline> {
        let named = [(DeadlineKind::AgreementEnd, self.ends_on), (DeadlineKind::Review, self.next_review_on)];
        let evidence = self.evidence.iter().map(|evidence| (DeadlineKind::Evidence, evidence.expires_on));
        let all = named.into_iter().chain(evidence);
        let mut deadlines: Vec<_> = all.filter_map(|(kind, on)| on.map(|on| Deadline { on, kind })).collect();
        deadlines.sort_unstable();
        deadlines.dedup();
        deadlines
    }
}

/// Returns the reminders due on `today`: for each deadline the latest that is due, unless that or a later one has been claimed. A
/// deadline entered on the day before it therefore gives one reminder, not several.
pub fn due(deadlines: &[Deadline], claimed: &[Reminder], today: Date) -> Vec<Reminder> {
    let latest = |deadline: &Deadline| {
        let left = today.until(deadline.on.date()).ok()?.get_days();
        let days = DAYS_BEFORE.into_iter().filter(|days| left <= i32::from(*days)).min()?;
        let is_claimed = claimed.iter().any(|claimed| claimed.deadline == *deadline && claimed.days <= days);
        (!is_claimed).then_some(Reminder { deadline: *deadline, days })
    };
    deadlines.iter().filter_map(latest).collect()
}

#[cfg(test)]
mod tests {
    use super::{Deadline, Reminder, due};
    use crate::domain::{processors::kinds::DeadlineKind, wire::values::Day};
    use jiff::civil::{Date, date};

    const ON: Date = date(2027, 3, 31);

    fn days(today: Date, claimed: &[u8]) -> Vec<u8> {
        let deadline = Deadline { on: Day::of(ON), kind: DeadlineKind::Review };
        let claimed: Vec<_> = claimed.iter().map(|days| Reminder { deadline, days: *days }).collect();
        due(&[deadline], &claimed, today).into_iter().map(|reminder| reminder.days).collect()
    }

    #[test]
    fn each_reminder_comes_at_its_day_and_once() {
        for (today, claimed, expected) in [
            (date(2027, 2, 28), &[][..], &[][..]),
            (date(2027, 3, 1), &[], &[30]),
            (date(2027, 3, 1), &[30], &[]),
            (date(2027, 3, 23), &[30], &[]),
            (date(2027, 3, 24), &[30], &[7]),
            (date(2027, 3, 30), &[30, 7], &[]),
            (ON, &[30, 7], &[0]),
            (date(2028, 1, 1), &[30, 7, 0], &[]),
        ] {
            assert_eq!(days(today, claimed), expected, "{today} {claimed:?}");
        }
    }

    #[test]
    fn what_was_missed_comes_as_one_reminder() {
        assert_eq!(days(date(2027, 3, 30), &[]), [7]);
        assert_eq!(days(date(2027, 6, 1), &[]), [0]);
        assert_eq!(days(date(2027, 3, 1), &[0]), [0; 0], "a clock that is set back makes nothing due again");
    }

    #[test]
    fn another_day_is_another_deadline() {
        let at = |on| Deadline { on: Day::of(on), kind: DeadlineKind::Review };
        let claimed = [Reminder { deadline: at(ON), days: 30 }];
        assert_eq!(due(&[at(date(2027, 4, 1))], &claimed, date(2027, 3, 10)).len(), 1);
    }
}
