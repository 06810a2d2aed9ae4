//! The address of a client.

use super::person::Name;
use crate::{
    domain::wire::{
        fields::{FieldCode, Fields},
        object::{Object, member},
        values::CountryCode,
    },
    text_type,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_type!(
    /// A postcode of any country: a letter or digit, then at most eleven more, spaces or hyphens. A Dutch one follows
    /// [`Postcode::parse_dutch`].
    Postcode,
    |typed| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-';
        match typed.as_bytes() {
            [] => Err(FieldCode::TooShort),
            [_, rest @ ..] if rest.len() > 11 => Err(FieldCode::TooLong),
            [first, rest @ ..] if first.is_ascii_alphanumeric() && rest.iter().copied().all(inside) => Ok(typed.to_owned()),
            _ => Err(FieldCode::InvalidCharacters),
        }
    }
);

impl Postcode {
    /// Parses a Dutch postcode: `1234 AB`, not starting with a zero (NEN 5825), with exactly one space.
    pub fn parse_dutch(text: &str) -> Result<Self, FieldCode> {
        match text.as_bytes() {
            [b'1'..=b'9', digits @ .., b' ', b'A'..=b'Z', b'A'..=b'Z'] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) => {
                Self::parse(text)
            }
            _ => Err(FieldCode::InvalidFormat),
        }
    }
}

/// A postal address; in the Netherlands when it names no country, and then with a Dutch postcode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    /// The street; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub street: Option<Name>,
    /// The number in the street; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub house_number: Option<Name>,
    /// What follows the house number, such as `a` or `bis`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub addition: Option<Name>,
    /// The postcode. One in the Netherlands is `1234 AB`: four digits, the first not zero, a space and two upper-case letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 12, pattern = "^[A-Za-z0-9][A-Za-z0-9 -]{0,11}$",
        examples("1234 AB"))]
    pub postcode: Option<Postcode>,
    /// City, town or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub city: Option<Name>,
    /// The country; the Netherlands if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub country: Option<CountryCode>,
}

/// Read by hand, because the format of the postcode depends on the country.
impl Object for Address {
    fn members(fields: &mut Fields) -> Option<Self> {
        // A refused country gives no postcode format, except that the Dutch default no longer applies.
        let mut dutch = true;
        let country = fields.optional("country", |text| {
            dutch = text == "NL";
            CountryCode::parse(text)
        });
        Some(Self {
            street: member(fields, "street")?,
            house_number: member(fields, "house_number")?,
            addition: member(fields, "addition")?,
            postcode: fields.optional("postcode", if dutch { Postcode::parse_dutch } else { Postcode::parse }),
            city: member(fields, "city")?,
            country,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CountryCode, FieldCode, Postcode};
    use proptest::prelude::*;

    #[test]
    fn a_dutch_postcode_has_one_spelling() {
        assert!(Postcode::parse_dutch("1234 AB").is_ok());
        for text in ["", "1234AB", "0234 AB", "1234 ab", "1234  AB", "1234 ABC", " 1234 AB", "12345 AB", "1234\u{a0}AB", "１234 AB"] {
            assert_eq!(Postcode::parse_dutch(text), Err(FieldCode::InvalidFormat), "{text}");
        }
    }

    #[test]
    fn a_foreign_postcode_is_short_and_plain() {
        for text in ["2000", "SW1A 1AA", "00-950", "123456789012"] {
            assert!(Postcode::parse(text).is_ok(), "{text}");
        }
        for text in ["", " 1", "1234567890123", "12_3", "é1"] {
            assert!(Postcode::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_parser(typed in "[0-9A-Z -]{0,14}|\\PC*") {
            prop_assert!(Postcode::parse_dutch(&typed).is_err() || Postcode::parse(&typed).is_ok());
            prop_assert!(Postcode::parse(&typed).is_err() || typed.len() <= 12);
            prop_assert!(CountryCode::parse(&typed).is_err() || typed.len() == 2);
        }
    }
}
