//! A username as typed at sign-in: it may be unknown or not even valid, and is recorded all the same (P6).

use super::credentials::normal_form;
use crate::{domain::wire::fields::FieldCode, text_value};

/// Up to 256 characters in the normal form of usernames.
pub struct UsernameAsTyped(String);

impl UsernameAsTyped {
    /// Normalises the input. Surrounding whitespace and line ends stem from copying, and no username has any.
    pub fn parse(typed: &str) -> Result<Self, FieldCode> {
        if typed.chars().count() > 256 { Err(FieldCode::TooLong) } else { Ok(Self(normal_form(around_dropped(typed)))) }
    }

    /// The normal form; equal to that of the username if it is a valid one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(UsernameAsTyped => UsernameAsTyped::parse);

/// Trims surrounding whitespace and line ends.
pub fn around_dropped(typed: &str) -> &str {
    typed.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
}

impl Drop for UsernameAsTyped {
    /// Wiped, since people type passwords into the wrong field.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
