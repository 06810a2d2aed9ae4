//! Bounded text: what a person may type into a field of one line or of many.

use super::fields::FieldCode;
use serde::de::{self, Visitor};
use std::fmt;

/// One line of 1 to `most` characters without control characters and not only blanks.
///
/// # Errors
/// `too_short`, `too_long` or `invalid_characters`.
pub fn line(text: &str, most: usize) -> Result<String, FieldCode> {
    if text.trim().is_empty() {
        return Err(FieldCode::TooShort);
    }
    bounded(text, most, char::is_control)
}

/// Up to `most` characters over any number of lines; line feed, carriage return and tab are its only control characters.
///
/// # Errors
/// `too_long` or `invalid_characters`.
pub fn block(text: &str, most: usize) -> Result<String, FieldCode> {
    bounded(text, most, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn bounded(text: &str, most: usize, forbidden: impl Fn(char) -> bool) -> Result<String, FieldCode> {
    // There are at least as many bytes as characters.
    if text.len() > most && text.chars().count() > most {
        Err(FieldCode::TooLong)
    } else if text.chars().any(forbidden) {
        Err(FieldCode::InvalidCharacters)
    } else {
        Ok(text.to_owned())
    }
}

/// Reads a text through the constructor of its type, from where it stands: a file has dozens, and every read of the file reads them.
pub struct Parsed<T> {
    /// The constructor.
    pub parse: fn(&str) -> Result<T, FieldCode>,
    /// The type's name.
    pub name: &'static str,
}

impl<T> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a {}", self.name)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(|_| E::custom(format_args!("not a {}", self.name)))
    }
}

/// Declares a newtype over text with one parsing constructor; serde reads it through that constructor too.
#[macro_export]
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The only way to make one.
            ///
            /// # Errors
            /// The code of the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, $crate::domain::fields::FieldCode> {
                let parse: fn(&str) -> Result<String, $crate::domain::fields::FieldCode> = $parse;
                parse(text).map(Self)
            }

            /// The text as it was accepted.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::domain::text::Parsed { parse: Self::parse, name: stringify!($name) })
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{block, line};
    use crate::domain::fields::FieldCode;

    #[test]
    fn a_line_is_visible_and_bounded() {
        assert_eq!(line("Zoë", 3), Ok("Zoë".to_owned()));
        assert_eq!(line("Zoë!", 3), Err(FieldCode::TooLong));
        assert_eq!(line(" \u{a0}", 9), Err(FieldCode::TooShort));
        assert_eq!(line("a\nb", 9), Err(FieldCode::InvalidCharacters));
    }

    #[test]
    fn a_block_takes_line_ends_only() {
        assert_eq!(block("a\r\n\tb", 9), Ok("a\r\n\tb".to_owned()));
        assert_eq!(block("a\0b", 9), Err(FieldCode::InvalidCharacters));
    }
}
