//! When an adviser is reminded that a request waits.

use crate::domain::breach::words::Day;

/// The last day on which anybody is told that a deadline is over, in days after it. The note that a reminder was left outlives this by
/// months, so that nobody is told twice.
const LAST_DAY_AFTER: i32 = 180;

/// A reminder, by when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestReminder {
    /// Seven days before the deadline.
    Week,
    /// The day before it.
    Eve,
    /// The day after it.
    Over,
}

/// The reminder that has come by `today`: the latest of them, so that what was missed comes as one.
pub fn reminder(due_on: Day, today: Day) -> Option<RequestReminder> {
    let left = today.date().until(due_on.date()).ok()?.get_days();
    match left {
        2..=7 => Some(RequestReminder::Week),
        0..=1 => Some(RequestReminder::Eve),
        days if (-LAST_DAY_AFTER..0).contains(&days) => Some(RequestReminder::Over),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestReminder, reminder};
    use crate::domain::breach::words::Day;

    #[test]
    fn each_reminder_has_its_days() {
        for (today, expected) in [
            ("2026-01-01", None),
            ("2026-12-15", None),
            ("2026-12-16", Some(RequestReminder::Week)),
            ("2026-12-21", Some(RequestReminder::Week)),
            ("2026-12-22", Some(RequestReminder::Eve)),
            ("2026-12-23", Some(RequestReminder::Eve)),
            ("2026-12-24", Some(RequestReminder::Over)),
            ("2027-06-21", Some(RequestReminder::Over)),
            ("2027-06-22", None),
        ] {
            assert_eq!(reminder(Day::parse("2026-12-23").unwrap(), Day::parse(today).unwrap()), expected, "{today}");
        }
    }
}
