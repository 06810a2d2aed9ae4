//! Random tokens: a plain form that is shown once, and its keyed hash that is stored. Conversion goes from plain to hashed only.
//!
//! `hashed = HMAC-SHA-256(token key, purpose, owner, plain)`. The hash covers the purpose and the owner, so a token is valid only for
//! the use and the owner it was issued for. A keyed hash of 80 or more random bits needs no slow hash (NIST SP 800-63B section 3.1.2).

use super::mac::MacKey;
use crate::{domain::stored::HashedToken, secret::Secret};
use data_encoding::{BASE64URL_NOPAD, Encoding, Specification};
use std::sync::LazyLock;

/// What a token may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Session,
    /// The cookie that identifies a known browser.
    Device,
    /// A mailed password that allows choosing a new one.
    OneTimePassword,
    /// Replaces a lost second factor, once.
    RecoveryCode,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"session",
            Self::Device => b"device",
            Self::OneTimePassword => b"one-time password",
            Self::RecoveryCode => b"recovery code",
        }
    }
}

/// Hashes tokens.
pub struct TokenKey(MacKey);

impl TokenKey {
    /// Wraps a derived key.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(MacKey::new(key))
    }

    /// Hashes `plain` for one purpose and owner (a partition).
    pub fn hash(&self, purpose: Purpose, owner: &str, plain: &[u8]) -> HashedToken {
        HashedToken::of_tag(self.0.tag(&[purpose.label(), owner.as_bytes(), plain]))
    }
}

/// 256 random bits for a cookie.
#[derive(Clone)]
pub struct PlainToken(Secret<[u8; 32]>);

impl PlainToken {
    /// Wraps 32 fresh random bytes.
    pub const fn new(random: [u8; 32]) -> Self {
        Self(Secret::new(random))
    }

    /// Parses the 43 characters that [`PlainToken::text`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        Secret::from_slice(&bytes).map(Self)
    }

    pub fn text(&self) -> Secret<String> {
        Secret::new(BASE64URL_NOPAD.encode(self.0.expose()))
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// 80 random bits in a form that a person can read and type: four groups of four, Crockford's base 32.
pub struct ReadableCode(Secret<[u8; 10]>);

static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    specification.encoding().expect("32 distinct symbols, and translations from other characters to them")
});

/// Most characters accepted for a code, including separators.
const LONGEST_TYPED: usize = 64;

/// Whitespace of any kind, hyphens, dashes and minus signs.
const fn is_between_groups(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{feff}' | '\u{200b}'
        )
}

impl ReadableCode {
    /// Wraps 10 fresh random bytes.
    pub const fn new(random: [u8; 10]) -> Self {
        Self(Secret::new(random))
    }

    /// Parses a code as a person types or copies it: either case, `O` for `0`, `I` or `L` for `1`, with or without whitespace, line ends
    /// and any character that a mail program substitutes for a hyphen.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.chars().count() > LONGEST_TYPED {
            return None;
        }
        let mut symbols = zeroize::Zeroizing::new(String::with_capacity(typed.len()));
        symbols.extend(typed.chars().filter(|c| !is_between_groups(*c)));
        let bytes = zeroize::Zeroizing::new(CROCKFORD.decode(symbols.as_bytes()).ok()?);
        Secret::from_slice(&bytes).map(Self)
    }

    /// Formats the code as `XXXX-XXXX-XXXX-XXXX`, to be shown or mailed once.
    pub fn text(&self) -> Secret<String> {
        let plain = zeroize::Zeroizing::new(CROCKFORD.encode(self.0.expose()));
        let mut grouped = String::with_capacity(19);
        for (index, symbol) in plain.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                grouped.push('-');
            }
            grouped.push(symbol);
        }
        Secret::new(grouped)
    }

    pub const fn bytes(&self) -> &[u8; 10] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::{PlainToken, Purpose, ReadableCode, TokenKey};
    use crate::secret::Secret;
    use proptest::prelude::*;

    #[test]
    fn a_hash_fits_one_purpose_and_one_owner() {
        let key = TokenKey::new(Secret::new([5; 32]));
        let hash = key.hash(Purpose::Session, "a", &[1; 32]);
        assert!(hash == key.hash(Purpose::Session, "a", &[1; 32]));
        assert!(hash != key.hash(Purpose::Device, "a", &[1; 32]));
        assert!(hash != key.hash(Purpose::Session, "b", &[1; 32]));
        assert!(hash != key.hash(Purpose::Session, "a", &[2; 32]));
    }

    #[test]
    fn a_code_is_four_groups_and_forgives_typing() {
        let code = ReadableCode::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 255]);
        let text = code.text().expose().clone();
        assert_eq!(text.len(), 19);
        let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(ReadableCode::parse(&sloppy).map(|it| *it.bytes()), Some(*code.bytes()));
        for between in [" ", "\n", "\r\n", "\u{a0}", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{ad}", "\u{ff0d}"] {
            let copied = format!("\t{}\r\n", text.replace('-', between));
            assert_eq!(ReadableCode::parse(&copied).map(|it| *it.bytes()), Some(*code.bytes()), "{between:?}");
        }
        assert!(ReadableCode::parse("").is_none() && ReadableCode::parse("AAAA-AAAA-AAAA-AAA").is_none());
    }

    proptest! {
        #[test]
        fn codes_and_tokens_survive_their_text(random in any::<[u8; 32]>()) {
            let token = PlainToken::new(random);
            prop_assert_eq!(PlainToken::parse(token.text().expose()).map(|it| *it.bytes()), Some(random));
            let code = ReadableCode::new(*random.first_chunk().expect("32 > 10"));
            prop_assert_eq!(ReadableCode::parse(code.text().expose()).map(|it| *it.bytes()), Some(*code.bytes()));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = (PlainToken::parse(&text), ReadableCode::parse(&text));
        }
    }
}
