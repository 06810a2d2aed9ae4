//! Reminders to an adviser of an open subject request.

use crate::domain::wire::values::Day;

/// Number of days after the deadline during which an overdue notice may still be sent. The note that a reminder was queued outlives this
/// by months, so nobody is reminded twice.
const LAST_DAY_AFTER: i32 = 180;

/// A reminder, by its timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestReminder {
    /// Seven days before the deadline.
    Week,
    /// The day before it.
    Eve,
    /// The day after it.
    Over,
}

/// Returns the reminder due on `today`: the latest one, so that missed reminders are sent as one.
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
    use crate::domain::wire::values::Day;

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
