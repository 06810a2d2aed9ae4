//! A username as it is typed at the door: perhaps nobody's, perhaps not even a username, and recorded all the same (P6).

use super::{credentials::normal_form, fields::FieldCode};

/// Up to 256 characters in the normal form of usernames.
pub struct UsernameAsTyped(String);

impl UsernameAsTyped {
    /// Normalises what was typed.
    ///
    /// # Errors
    /// `too_long`.
    pub fn parse(typed: &str) -> Result<Self, FieldCode> {
        if typed.chars().count() > 256 { Err(FieldCode::TooLong) } else { Ok(Self(normal_form(typed))) }
    }

    /// The normal form; equal to the username's when it is one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for UsernameAsTyped {
    /// People type passwords into the wrong box.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
