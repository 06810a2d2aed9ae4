//! A date of birth.

use crate::domain::wire::{
    fields::{FieldCode, Fields},
    object::Value,
};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A date of birth (`YYYY-MM-DD`) from 1900 on; must not be in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Date, examples("1975-04-30"))]
pub struct BirthDate(Date);

impl BirthDate {
    /// Parses a valid calendar day, in the form `YYYY-MM-DD` (RFC 3339 `full-date`) only.
    ///
    /// # Errors
    /// `invalid_format`, or `out_of_range` before 1900.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        let day: Date = text.parse().map_err(|_| FieldCode::InvalidFormat)?;
        if day.to_string() != text {
            return Err(FieldCode::InvalidFormat);
        }
        if day < date(1900, 1, 1) { Err(FieldCode::OutOfRange) } else { Ok(Self(day)) }
    }

    /// Like [`BirthDate::parse`], for a person who is born on `today` or earlier.
    ///
    /// # Errors
    /// Those of [`BirthDate::parse`], and `in_future`.
    pub fn parse_by(text: &str, today: Date) -> Result<Self, FieldCode> {
        Self::parse(text).and_then(|born| if born.0 > today { Err(FieldCode::InFuture) } else { Ok(born) })
    }

    pub const fn day(self) -> Date {
        self.0
    }
}

impl Value for BirthDate {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        let today = fields.today();
        fields.optional(name, |text| Self::parse_by(text, today))
    }
}

impl From<BirthDate> for String {
    fn from(birth_date: BirthDate) -> Self {
        birth_date.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{BirthDate, FieldCode};
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_day_exists_and_has_one_spelling() {
        assert_eq!(BirthDate::parse("2004-02-29").map(BirthDate::day), Ok(date(2004, 2, 29)));
        for text in
            ["", "2005-02-29", "1975-4-30", "19750430", "1975-04-30T00:00", "+001975-04-30", "30-04-1975", " 1975-04-30", "1975-04-31"]
        {
            assert_eq!(BirthDate::parse(text), Err(FieldCode::InvalidFormat), "{text}");
        }
        assert_eq!(BirthDate::parse("1899-12-31"), Err(FieldCode::OutOfRange));
        assert!(BirthDate::parse("1900-01-01").is_ok());
    }

    #[test]
    fn the_day_of_intake_is_the_last_possible() {
        let today = date(2025, 6, 1);
        assert!(BirthDate::parse_by("2025-06-01", today).is_ok());
        assert_eq!(BirthDate::parse_by("2025-06-02", today), Err(FieldCode::InFuture));
        for stored in ["2999-01-01", "1899-12-31"] {
            let read: BirthDate = serde_json::from_value(stored.into()).expect("a stored day is not judged again");
            assert_eq!(serde_json::to_value(read).expect("a day is text"), stored);
        }
    }

    proptest! {
        #[test]
        fn an_accepted_day_reads_back(typed in "[12][0-9]{3}-[01][0-9]-[0-3][0-9]|\\PC*") {
            if let Ok(born) = BirthDate::parse(&typed) {
                prop_assert_eq!(String::from(born), typed);
            }
        }
    }
}
