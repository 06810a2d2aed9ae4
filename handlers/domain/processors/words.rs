//! The values that a field of the register of sub-processors may have.

use crate::{
    domain::{text, wire::fields::FieldCode},
    number_value, text_type,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_type!(
    /// One line of the register: 1 to 200 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    RegisterLine,
    |typed| text::line(typed, 200)
);

text_type!(
    /// A text in the register: 1 to 2,000 characters over any number of lines, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    RegisterText,
    |typed| text::visible_block(typed, 2000)
);

text_type!(
    /// SHA-256 of a document: 64 lower-case hexadecimal digits.
    #[derive(ToSchema)]
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    FileDigest,
    |typed| {
        let digits = typed.len() == 64 && typed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

/// The longest period for objections, in days.
const MAX_DAYS: u16 = 365;

/// Number of days in which a customer may object: 0 to 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u16, minimum = 0, maximum = 365)]
pub struct ObjectionDays(u16);

impl ObjectionDays {
    fn parse(days: i64) -> Result<Self, FieldCode> {
        u16::try_from(days).ok().filter(|days| *days <= MAX_DAYS).map(Self).ok_or(FieldCode::OutOfRange)
    }
}

number_value!(ObjectionDays, 0..=MAX_DAYS.into() => ObjectionDays::parse);
