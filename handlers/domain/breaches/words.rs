//! The values that a field of a breach may have (texts, moments, numbers, accounts), and how each is parsed from a request.

use crate::{
    domain::{text, wire::fields::FieldCode},
    number_value, text_type,
};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// Upper bound on a number of people or records, beyond any realistic value.
const MAX_PEOPLE: i64 = 100_000_000;

text_type!(
    /// One line of a breach record: 1 to 200 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    BreachLine,
    |typed| text::line(typed, 200)
);

text_type!(
    /// A text in a breach record: 1 to 5,000 characters over any number of lines, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 5000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    BreachText,
    |typed| text::visible_block(typed, 5000)
);

text_type!(
    /// A number of the Dutch trade register (KvK): 8 digits.
    #[derive(ToSchema)]
    #[schema(min_length = 8, max_length = 8, pattern = "^[0-9]{8}$")]
    KvkNumber,
    |typed| {
        let digits = typed.len() == 8 && typed.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

/// An approximate number of people or records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u64, minimum = 0, maximum = 100_000_000)]
pub struct About(u64);

impl About {
    /// The numbers that a request may send.
    const BOUNDS: RangeInclusive<i64> = 0..=MAX_PEOPLE;

    pub fn parse(number: i64) -> Result<Self, FieldCode> {
        u64::try_from(number).ok().filter(|_| Self::BOUNDS.contains(&number)).map(Self).ok_or(FieldCode::OutOfRange)
    }

    /// The numbers from this one to the largest that a request may send.
    pub fn and_up(self) -> RangeInclusive<i64> {
        i64::try_from(self.0).unwrap_or(MAX_PEOPLE)..=MAX_PEOPLE
    }
}

number_value!(About, About::BOUNDS => About::parse);
