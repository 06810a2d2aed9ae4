//! A username as it is typed at the door: perhaps nobody's, perhaps not even a username, and recorded all the same (P6).

use super::{credentials::normal_form, fields::FieldCode};

/// Up to 256 characters in the normal form of usernames.
pub struct UsernameAsTyped(String);

impl UsernameAsTyped {
    /// Normalises what was typed. Blanks and line ends around it come from copying, and no username has any.
    pub fn parse(typed: &str) -> Result<Self, FieldCode> {
        if typed.chars().count() > 256 { Err(FieldCode::TooLong) } else { Ok(Self(normal_form(around_dropped(typed)))) }
    }

    /// The normal form; equal to the username's when it is one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was copied or typed, without the blanks and line ends around it.
pub fn around_dropped(typed: &str) -> &str {
    typed.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
}

impl Drop for UsernameAsTyped {
    /// People type passwords into the wrong box.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
