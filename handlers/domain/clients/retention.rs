//! The retention period of client files after their last change, and the reason for it (art. 5(1)(e) GDPR: no longer than needed).

use crate::{
    domain::{
        processors::words::RegisterText,
        wire::{
            fields::FieldCode,
            values::{Day, day_at},
        },
    },
    number_value, wire_object,
};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest period that can be chosen: fifty years.
const MAX_MONTHS: u16 = 600;

/// Retention period in months: 1 to 600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u16, minimum = 1, maximum = 600)]
pub struct RetentionMonths(u16);

impl RetentionMonths {
    pub fn parse(months: i64) -> Result<Self, FieldCode> {
        u16::try_from(months).ok().filter(|months| (1..=MAX_MONTHS).contains(months)).map(Self).ok_or(FieldCode::OutOfRange)
    }

    /// Returns the last day on which a file is kept: this number of months after the day of its last change in the Netherlands, or the
    /// last day of a month that has no such day.
    pub fn keep_until(self, last_changed: Timestamp) -> Day {
        Day::of(day_at(last_changed).date().saturating_add(i64::from(self.0).months()))
    }
}

number_value!(RetentionMonths, 1..=MAX_MONTHS.into() => RetentionMonths::parse);

wire_object! {
    /// The retention period that an adviser has chosen.
    pub stored struct Retention {
        /// Number of months after the last change of a file.
        months: RetentionMonths,
        /// Why files are retained for that long.
        reason: RegisterText,
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, RetentionMonths};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn until(last_changed: &str, months: i64) -> String {
        RetentionMonths::parse(months).unwrap().keep_until(last_changed.parse().unwrap()).date().to_string()
    }

    #[test]
    fn a_file_is_kept_by_the_calendar_of_the_netherlands() {
        for (last_changed, months, expected) in [
            ("2026-11-23T12:00:00Z", 1, "2026-12-23"),
            ("2026-11-23T12:00:00Z", 84, "2033-11-23"),
            ("2026-11-23T12:00:00Z", 600, "2076-11-23"),
            // Midnight in the Netherlands precedes midnight in UTC: by one hour in winter, by two in summer.
            ("2026-11-23T22:59:59Z", 12, "2027-11-23"),
            ("2026-11-23T23:00:00Z", 12, "2027-11-24"),
            ("2026-06-23T22:00:00Z", 12, "2027-06-24"),
            ("2027-01-31T12:00:00Z", 1, "2027-02-28"),
            ("2024-02-29T12:00:00Z", 12, "2025-02-28"),
            ("2024-02-29T12:00:00Z", 48, "2028-02-29"),
        ] {
            assert_eq!(until(last_changed, months), expected, "{last_changed} {months}");
        }
    }

    #[test]
    fn no_other_period_is_taken() {
        for months in [i64::MIN, -1, 0, 601, 65_537, i64::MAX] {
            assert!(RetentionMonths::parse(months).is_err(), "{months}");
        }
    }

    proptest! {
        #[test]
        fn who_changes_a_file_later_keeps_it_no_shorter(second in 0_i64..4_000_000_000, later in 0_i64..100_000_000, months in 1_i64..=600) {
            let months = RetentionMonths::parse(months).unwrap();
            let until = |second| -> Day { months.keep_until(Timestamp::from_second(second).unwrap()) };
            prop_assert!(until(second) <= until(second + later));
        }
    }
}
