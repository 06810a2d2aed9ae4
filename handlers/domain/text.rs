//! Bounded text: validation of what a person may enter in a single-line or multi-line field.

use super::{
    unseen::{is_blank, is_in_place},
    wire::fields::FieldCode,
};
use serde::de::{self, Visitor};
use std::fmt;

/// Accepts one line of 1 to `most` characters, with something visible and no control, invisible or [misplaced](super::unseen)
/// characters. Every single line of text in a request is validated here.
pub fn line(text: &str, most: usize) -> Result<String, FieldCode> {
    if is_nothing(text) {
        return Err(FieldCode::TooShort);
    }
    bounded(text, most, is_in_place)
}

/// Whether nothing in it is visible, although it has no characters that are refused in any text.
fn is_nothing(text: &str) -> bool {
    is_blank(text) && !text.contains(is_no_text)
}

const fn is_no_text(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}') && !matches!(c, '\n' | '\r' | '\t')
}

/// Like [`block`], but something in it must be visible.
pub fn visible_block(text: &str, most: usize) -> Result<String, FieldCode> {
    if is_nothing(text) { Err(FieldCode::TooShort) } else { block(text, most) }
}

/// Accepts up to `most` characters over any number of lines; line feed, carriage return and tab are the only control characters allowed.
pub fn block(text: &str, most: usize) -> Result<String, FieldCode> {
    bounded(text, most, |text| !text.contains(is_no_text))
}

fn bounded(text: &str, most: usize, is_taken: impl Fn(&str) -> bool) -> Result<String, FieldCode> {
    // A text has at least as many bytes as characters.
    if text.len() > most && text.chars().count() > most {
        Err(FieldCode::TooLong)
    } else if is_taken(text) {
        Ok(text.to_owned())
    } else {
        Err(FieldCode::InvalidCharacters)
    }
}

/// Maximum length of a text read from a document: far beyond every field, and small enough to hold and to compare.
pub const MAX_STORED_BYTES: usize = 1024 * 1024;

/// Deserialises a text from a document without validation: it was validated when it was submitted, and newer rules do not apply to it.
pub struct Stored<T> {
    pub of: fn(String) -> T,
    pub name: &'static str,
}

impl<T> Visitor<'_> for Stored<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a {}", self.name)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        if text.len() > MAX_STORED_BYTES {
            return Err(E::custom(format_args!("no {} is as long", self.name)));
        }
        Ok((self.of)(text.to_owned()))
    }
}

/// Declares a newtype over text with a single validating constructor for input. Deserialisation is for stored data only: requests use
/// the constructor.
#[macro_export]
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The only constructor for input.
            ///
            /// # Errors
            /// The code of the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, $crate::domain::wire::fields::FieldCode> {
                let parse: fn(&str) -> Result<String, $crate::domain::wire::fields::FieldCode> = $parse;
                parse(text).map(Self)
            }

            /// The text as it was accepted.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::domain::text::Stored { of: Self, name: stringify!($name) })
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        $crate::text_value!($name => $name::parse);
    };
}

#[cfg(test)]
mod tests {
    use super::{block, line, visible_block};
    use crate::domain::wire::fields::FieldCode;

    #[test]
    fn a_line_is_visible_and_bounded() {
        assert_eq!(line("Zoë", 3), Ok("Zoë".to_owned()));
        assert_eq!(line("Zoë!", 3), Err(FieldCode::TooLong));
        assert_eq!(line(" \u{a0}", 9), Err(FieldCode::TooShort));
        assert_eq!(line("a\nb", 9), Err(FieldCode::InvalidCharacters));
        assert_eq!(line("Ver\u{200b}borgen", 9), Err(FieldCode::TooLong));
        assert_eq!(line("a\u{200b}b", 9), Err(FieldCode::InvalidCharacters));
        assert_eq!(line("\u{3164}\u{2800}", 9), Err(FieldCode::TooShort));
        assert_eq!(line(" \u{1}", 9), Err(FieldCode::InvalidCharacters));
    }

    #[test]
    fn what_is_stored_is_not_judged_again() {
        let read = |text: &str| serde_json::from_value::<crate::domain::sign_in::credentials::DisplayName>(text.into());
        for text in ["", "\0", "a\nb", &"x".repeat(super::MAX_STORED_BYTES)] {
            assert_eq!(read(text).expect("a text").as_str(), text);
        }
        assert!(read(&"x".repeat(super::MAX_STORED_BYTES + 1)).is_err());
    }

    #[test]
    fn a_block_takes_line_ends_only() {
        assert_eq!(block("a\r\n\tb", 9), Ok("a\r\n\tb".to_owned()));
        assert_eq!(block("a\0b", 9), Err(FieldCode::InvalidCharacters));
        assert_eq!(visible_block("\n\u{200b}", 9), Err(FieldCode::TooShort));
    }
}
