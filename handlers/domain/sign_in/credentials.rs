//! The identifying data of an account, and the credentials that a person types.

use crate::domain::{text, unseen::is_in_place, wire::fields::FieldCode};
use crate::{closed_set, secret::Secret, text_type, text_value};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, props::GeneralCategory};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

text_type!(
    /// A username in its normal form: NFKC and lower case (Unicode TR 15), 3 to 64 letters, digits, `.`, `_`, `-`, `@`.
    ///
    /// Spellings with the same normal form are the same username.
    Username,
    |typed| {
        let normal = normal_form(typed);
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
        match normal.chars().count() {
            0..3 => Err(FieldCode::TooShort),
            65.. => Err(FieldCode::TooLong),
            // Some letters and marks are invisible.
            _ if normal.chars().all(plain) && is_in_place(&normal) => Ok(normal),
            _ => Err(FieldCode::InvalidCharacters),
        }
    }
);

text_type!(
    /// The display name of an account.
    DisplayName,
    |typed| text::line(typed, 100)
);

impl DisplayName {
    /// Formats the display name with the username for a person who has to decide about the account: the display name is freely chosen,
    /// the username is unique. Brackets in the display name are dropped, even without a username, so that text in brackets is always the
    /// username.
    pub fn with(&self, username: Option<&Username>) -> String {
        let name: String = self.0.chars().filter(|c| !is_bracket(*c)).collect();
        match (name.trim(), username) {
            (name, None) => name.to_owned(),
            ("", Some(username)) => format!("({})", username.as_str()),
            (name, Some(username)) => format!("{name} ({})", username.as_str()),
        }
    }
}

/// Any opening or closing bracket, in any script (Unicode's general categories Ps and Pe). The front end drops the same ones
/// (`tests/cases/called.json`).
fn is_bracket(c: char) -> bool {
    const CATEGORIES: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
    matches!(CATEGORIES.get(c), GeneralCategory::OpenPunctuation | GeneralCategory::ClosePunctuation)
}

text_type!(
    /// One mailbox (RFC 5321): `local@domain`, at most 254 characters, nothing that could add a header or a recipient. The domain may have
    /// Latin letters beyond ASCII (RFC 5891): it is kept as it is typed, and e-mails are addressed to its ASCII form.
    #[derive(utoipa::ToSchema)]
    #[schema(max_length = 254, format = Email)]
    EmailAddress,
    |typed| {
        if typed.len() > 254 {
            return Err(FieldCode::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(FieldCode::InvalidFormat)?;
        let domain = ascii_domain(domain).filter(|domain| local.len() + 1 + domain.len() <= 254).ok_or(FieldCode::InvalidFormat)?;
        let valid = is_dot_atom(local, 64, is_atom_byte) && domain.contains('.') && is_dot_atom(&domain, 253, is_label_byte);
        let hyphens_inside = domain.split('.').all(|label| !label.starts_with('-') && !label.ends_with('-'));
        if valid && hyphens_inside { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

impl EmailAddress {
    /// The address in the form for mail servers: with the ASCII form of its domain.
    pub fn ascii(&self) -> Cow<'_, str> {
        let ascii = |(local, domain): (&str, &str)| ascii_domain(domain).map(|domain| format!("{local}@{domain}"));
        if self.0.is_ascii() {
            Cow::Borrowed(&self.0)
        } else {
            self.0.rsplit_once('@').and_then(ascii).map_or(Cow::Borrowed(&self.0), Cow::Owned)
        }
    }
}

/// Returns the ASCII form of a domain (UTS 46); `None` when it is invalid or does not round-trip. Latin letters only, so that no domain
/// can imitate another with letters of another script.
fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    if domain.is_ascii() {
        return Some(Cow::Borrowed(domain));
    }
    let is_latin = |c: char| c.is_ascii() || matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ſ');
    let ascii = idna::domain_to_ascii_strict(domain).ok().filter(|_| domain.chars().all(is_latin))?;
    let (shown, result) = idna::domain_to_unicode(&ascii);
    (result.is_ok() && shown == domain.to_lowercase()).then_some(Cow::Owned(ascii))
}

fn is_dot_atom(text: &str, most: usize, is_inside: fn(u8) -> bool) -> bool {
    text.len() <= most && text.split('.').all(|part| !part.is_empty() && part.bytes().all(is_inside))
}

const fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

const fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// NFKC and lower case, repeated until nothing changes: lower-casing can undo a composition.
pub(in crate::domain) fn normal_form(typed: &str) -> String {
    let mut normal: String = typed.nfkc().collect();
    for _ in 0..4 {
        let next: String = normal.to_lowercase().nfkc().collect();
        if next == normal {
            break;
        }
        normal = next;
    }
    normal
}

closed_set! {
    /// Language of an account's pages and e-mails.
    #[derive(Default)]
    pub enum Language in "lowercase" {
        /// Dutch.
        #[default]
        Nl,
        /// English.
        En,
    }
}

closed_set! {
    /// The role of an account; each account has exactly one.
    pub enum Role in "lowercase" {
        /// Keeps client files.
        Adviser,
        /// Administers accounts and registers; has no access to client files.
        Officer,
    }
}

/// A password as typed, in NFC (NIST SP 800-63B section 3.1.1.2), at most 256 bytes, to be verified against a hash.
///
/// Nothing is trimmed or truncated: a longer text is refused.
#[derive(Clone)]
pub struct TypedPassword(Secret<String>);

impl TypedPassword {
    /// Maximum length of a password in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Normalises the text to NFC.
    pub fn parse(typed: &str) -> Result<Self, FieldCode> {
        if typed.len() > 4 * Self::MAX_BYTES {
            return Err(FieldCode::TooLong);
        }
        let normal = Secret::new(typed.nfc().collect::<String>());
        if normal.expose().len() > Self::MAX_BYTES { Err(FieldCode::TooLong) } else { Ok(Self(normal)) }
    }

    /// The text, for hashing.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The text in a field for a password. One that is too long to be anyone's password is still an attempt, and recorded as one.
pub struct PasswordAsTyped(pub Result<TypedPassword, FieldCode>);

impl PasswordAsTyped {
    /// The password; `None` when the text is too long to be one.
    pub fn ok(self) -> Option<TypedPassword> {
        self.0.ok()
    }
}

text_value!(PasswordAsTyped => |text| Ok(PasswordAsTyped(TypedPassword::parse(text))));

#[cfg(test)]
mod tests {
    use super::{DisplayName, EmailAddress, FieldCode, TypedPassword, Username};
    use proptest::prelude::*;

    fn username(text: &str) -> Result<String, FieldCode> {
        Username::parse(text).map(String::from)
    }

    #[test]
    fn spellings_of_one_username_are_one() {
        assert_eq!(username("Anna.Dijk"), Ok("anna.dijk".to_owned()));
        assert_eq!(username("ＡＮＮＡ"), Ok("anna".to_owned()));
        assert_eq!(username("zoe\u{308}"), username("ZOË"));
    }

    #[test]
    fn refuses_what_is_no_username() {
        assert_eq!(username("ab"), Err(FieldCode::TooShort));
        assert_eq!(username(&"a".repeat(65)), Err(FieldCode::TooLong));
        for text in ["a b c", "anna\u{200b}", "anna/x", "an\u{0}na", "anna\u{202e}x", "anna\u{3164}", "\u{345}anna"] {
            assert_eq!(username(text), Err(FieldCode::InvalidCharacters), "{text:?}");
        }
    }

    #[test]
    fn what_is_in_brackets_is_the_username_as_on_the_screens() {
        let cases: Vec<(String, Option<String>, String)> =
            serde_json::from_str(include_str!("../../../tests/cases/called.json")).expect("cases");
        assert!(cases.len() > 80, "{}", cases.len());
        for (name, username, called) in cases {
            let username = username.map(|username| Username::parse(&username).expect("a username"));
            assert_eq!(DisplayName::parse(&name).expect("a name").with(username.as_ref()), called, "{name}");
        }
    }

    #[test]
    fn an_address_is_one_mailbox() {
        for good in ["a@b.nl", "anna.van-dijk+x@mail.example.nl", "o'neil@example.com"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.nl",
            "a@b",
            "a@b..nl",
            ".a@b.nl",
            "a@-b.nl",
            "a@b.nl,c@d.nl",
            "a@b.nl\r\nBcc: c@d.nl",
            "A <a@b.nl>",
            "a b@c.nl",
            "zoë@b.nl",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_domain_may_have_other_latin_letters_and_mails_go_to_its_ascii_form() {
        for (typed, ascii) in [
            ("anna@bücher.de", "anna@xn--bcher-kva.de"),
            ("anna@Bücher.de", "anna@xn--bcher-kva.de"),
            ("anna@straße.de", "anna@xn--strae-oqa.de"),
            ("anna@mail.łódź.pl", "anna@mail.xn--d-uga0v4h.pl"),
            ("anna@example.nl", "anna@example.nl"),
        ] {
            let address = EmailAddress::parse(typed).expect("an address");
            assert_eq!((address.as_str(), &*address.ascii()), (typed, ascii));
        }
        // Cyrillic, invisible, full-width, symbol, no domain, too long.
        let long = format!("a@{}.de", "ü".repeat(60));
        for bad in [
            "a@\u{431}ank.nl",
            "a@bü\u{ad}cher.de",
            "a@bü\u{200b}cher.de",
            "a@bücher．de",
            "a@bü÷.de",
            "a@bücher",
            "a@-bücher.de",
            "a@ü b.de",
            "bü@cher.de",
            &long,
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_taken_as_typed() {
        assert_eq!(TypedPassword::parse(" Ab ").map(|it| it.expose().to_owned()), Ok(" Ab ".to_owned()));
        assert_eq!(TypedPassword::parse("e\u{308}").map(|it| it.expose().to_owned()), Ok("ë".to_owned()));
        assert!(TypedPassword::parse(&"x".repeat(257)).is_err());
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(typed in any::<String>()) {
            if let Ok(once) = username(&typed) {
                prop_assert_eq!(username(&once), Ok(once));
            }
        }

        #[test]
        fn letter_case_never_matters(typed in "[a-zA-Z0-9._@-]{3,64}") {
            prop_assert_eq!(username(&typed.to_uppercase()), username(&typed));
        }
    }
}
