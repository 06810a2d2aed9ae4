//! The deadline for answering a subject request.
//!
//! ```text
//! last day = day of receipt + one month, + one or two more when extended
//! ```
//!
//! Within one month of receipt, extended by at most two further months (art. 12(3) GDPR). A period of months ends on the day with the
//! same number as the day of receipt, or on the last day of a month that has no such day (art. 3(2)(c) of Regulation (EEC, Euratom) No
//! 1182/71). Art. 3(4) of that regulation would extend a period that ends on a non-working day to the next working day. Weekends are
//! ignored here: that is the cautious reading, and an answer by this deadline is never late.

use crate::{
    domain::wire::{fields::FieldCode, values::Day},
    number_value,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Number of months by which a deadline is extended: 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u8, minimum = 1, maximum = 2)]
pub struct FurtherMonths(u8);

impl FurtherMonths {
    pub fn parse(months: i64) -> Result<Self, FieldCode> {
        u8::try_from(months).ok().filter(|months| matches!(months, 1 | 2)).map(Self).ok_or(FieldCode::OutOfRange)
    }
}

number_value!(FurtherMonths, 1..=2 => FurtherMonths::parse);

/// Returns the last day on which the answer is in time. All months are added to the day of receipt at once, so that a short month in
/// between does not shorten the period.
pub fn due_on(received_on: Day, further: Option<FurtherMonths>) -> Day {
    let months = 1 + further.map_or(0, |FurtherMonths(months)| months);
    Day::of(received_on.date().saturating_add(i64::from(months).months()))
}

#[cfg(test)]
mod tests {
    use super::{FurtherMonths, due_on};
    use crate::domain::wire::values::Day;
    use jiff::civil::Date;
    use proptest::prelude::*;

    fn due(received_on: &str, further: Option<i64>) -> String {
        let further = further.map(|months| FurtherMonths::parse(months).unwrap());
        due_on(Day::parse(received_on).unwrap(), further).date().to_string()
    }

    #[test]
    fn a_month_is_one_of_the_calendar() {
        for (received_on, further, expected) in [
            ("2026-11-23", None, "2026-12-23"),
            ("2026-11-23", Some(1), "2027-01-23"),
            ("2026-11-23", Some(2), "2027-02-23"),
            ("2026-12-31", None, "2027-01-31"),
            // No such day exists: the last day of the month.
            ("2027-01-31", None, "2027-02-28"),
            ("2028-01-31", None, "2028-02-29"),
            ("2026-08-31", None, "2026-09-30"),
            // Counted from receipt, not from the shorter month in between.
            ("2027-01-31", Some(1), "2027-03-31"),
            ("2027-01-31", Some(2), "2027-04-30"),
            // A Saturday, and New Year's Day.
            ("2026-11-05", None, "2026-12-05"),
            ("2026-12-01", None, "2027-01-01"),
        ] {
            assert_eq!(due(received_on, further), expected, "{received_on} {further:?}");
        }
    }

    #[test]
    fn nothing_but_one_or_two_months_is_added() {
        for months in [i64::MIN, -1, 0, 3, 257, i64::MAX] {
            assert!(FurtherMonths::parse(months).is_err(), "{months}");
        }
    }

    proptest! {
        #[test]
        fn a_deadline_is_the_same_day_of_a_later_month_or_its_last(days in 0_i32..36_500, further in 0_i64..=2) {
            let received = Date::constant(2000, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let due = due_on(Day::of(received), FurtherMonths::parse(further).ok()).date();
            let number = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
            prop_assert_eq!(number(due) - number(received), 1 + further);
            prop_assert_eq!(due.day(), received.day().min(due.days_in_month()));
        }

        #[test]
        fn who_asks_later_is_never_answered_earlier(days in 0_i32..36_500, further in 0_i64..=2) {
            let received = Date::constant(2000, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let further = FurtherMonths::parse(further).ok();
            prop_assert!(due_on(Day::of(received), further) <= due_on(Day::of(received.tomorrow().unwrap()), further));
            prop_assert!(further.is_none() || due_on(Day::of(received), None) < due_on(Day::of(received), further));
        }
    }
}
