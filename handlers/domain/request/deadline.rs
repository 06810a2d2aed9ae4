//! By when a request has to be answered.
//!
//! ```text
//! last day = day of receipt + one month, + one or two more when it was extended
//! ```
//!
//! Within one month of receipt, extended by at most two further months (art. 12(3) GDPR). A term of months ends with the day of the same
//! number as the day of receipt, or with the last day of a month that has none (art. 3(2)(c) of Regulation (EEC, Euratom) No 1182/71).
//! Art. 3(4) of it would let a term that ends on a day off run until the next working day. Here no weekend moves it: that is the careful
//! reading, and nobody is ever late by it.

use crate::domain::{breach::words::Day, fields::FieldCode};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Further months that a request may take: one or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u8, minimum = 1, maximum = 2)]
pub struct FurtherMonths(u8);

impl FurtherMonths {
    pub fn parse(months: i64) -> Result<Self, FieldCode> {
        u8::try_from(months).ok().filter(|months| matches!(months, 1 | 2)).map(Self).ok_or(FieldCode::OutOfRange)
    }
}

/// The last day on which the answer is in time. Months are counted from the day of receipt at once, so that a short month on the way
/// takes nothing off.
pub fn due_on(received_on: Day, further: Option<FurtherMonths>) -> Day {
    let months = 1 + further.map_or(0, |FurtherMonths(months)| months);
    Day::of(received_on.date().saturating_add(i64::from(months).months()))
}

#[cfg(test)]
mod tests {
    use super::{FurtherMonths, due_on};
    use crate::domain::breach::words::Day;
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
            // There is no such day: the last one of the month.
            ("2027-01-31", None, "2027-02-28"),
            ("2028-01-31", None, "2028-02-29"),
            ("2026-08-31", None, "2026-09-30"),
            // From receipt, not from the shorter month on the way.
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
