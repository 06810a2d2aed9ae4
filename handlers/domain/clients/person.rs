//! The people in a client file: the client, a partner, children.

use super::birth_date::BirthDate;
use crate::{
    closed_set,
    domain::{sign_in::credentials::EmailAddress, text, wire::fields::FieldCode},
    text_type, wire_object,
};
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

text_type!(
    /// A name or part of a name of a person, street, house or city: one line of 1 to 100 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("Dijk")
    )]
    Name,
    |typed| text::line(typed, 100)
);

text_type!(
    /// Initials as the person writes them: one line of 1 to 100 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("A.B.")
    )]
    Initials,
    |typed| text::line(typed, 100)
);

text_type!(
    /// A citizen service number: 9 digits, not all zero, whose weighted sum is a multiple of eleven
    /// (Logisch Ontwerp BSN, "elfproef": weights 9 down to 2, and -1 for the last digit).
    #[derive(ToSchema)]
    #[schema(min_length = 9, max_length = 9, pattern = "^[0-9]{9}$", format = "bsn", examples("111222333"))]
    Bsn,
    |typed| {
        if typed.len() != 9 || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FieldCode::InvalidFormat);
        }
        let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
        let sum: i32 = typed.bytes().zip(weights).map(|(byte, weight)| i32::from(byte - b'0') * weight).sum();
        if sum % 11 == 0 && typed != "000000000" { Ok(typed.to_owned()) } else { Err(FieldCode::CheckFailed) }
    }
);

text_type!(
    /// A telephone number as the person writes it: 3 to 15 digits (the maximum of ITU-T E.164) after an optional `+`, with at most three
    /// blanks, dots, slashes, hyphens or parentheses between two digits.
    #[derive(ToSchema)]
    #[schema(min_length = 3, max_length = 30, pattern = r"^\+?\(?[0-9]([ ()./-]{0,3}[0-9]){2,14}$", examples("+31612345678"))]
    Phone,
    |typed| {
        if typed.len() > 30 {
            return Err(FieldCode::TooLong);
        }
        let number = typed.strip_prefix('+').unwrap_or(typed);
        let number = number.strip_prefix('(').unwrap_or(number);
        let mut gaps = number.split(|c: char| c.is_ascii_digit());
        let ends_are_digits = gaps.next() == Some("") && gaps.next_back() == Some("");
        let inner = gaps.collect::<Vec<_>>();
        let is_separator = |c: char| matches!(c, ' ' | '(' | ')' | '.' | '/' | '-');
        let separated = inner.iter().all(|gap| gap.len() <= 3 && gap.chars().all(is_separator));
        if ends_are_digits && separated && (2..=14).contains(&inner.len()) { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

closed_set! {
    /// Marital status under Dutch law, plus `cohabiting`.
    pub enum MaritalStatus in "snake_case" {
        /// Never married or registered.
        Single,
        /// Living together, not married or registered.
        Cohabiting,
        /// In a registered partnership.
        RegisteredPartnership,
        /// Married.
        Married,
        /// Married, and legally separated (still married).
        LegallySeparated,
        /// Divorced, or a registered partnership ended.
        Divorced,
        /// Survivor of a spouse or registered partner.
        Widowed,
        /// Any other status.
        Other,
    }
}

wire_object! {
    /// The personal details of the client.
    pub stored struct Person {
        /// The client's initials; absent if unknown.
        initials: Option<Initials>,
        /// First name in daily use; absent if unknown.
        first_name: Option<Name>,
        /// Prefix between first and last name, such as `van der`; ignored when lists are sorted.
        prefix: Option<Name>,
        /// Last name without prefix: the only required field of a client file.
        last_name: Name,
        /// Date of birth, not in the future; absent if unknown.
        birth_date: Option<BirthDate>,
        /// Citizen service number (BSN); absent if unknown.
        bsn: Option<Bsn>,
        /// E-mail address; absent if unknown.
        #[schema(schema_with = email_schema)]
        email: Option<EmailAddress>,
        /// Telephone number; absent if unknown.
        phone: Option<Phone>,
        /// Marital status; absent if unknown.
        marital_status: Option<MaritalStatus>,
    }

    /// The client's partner: the same fields as the client, all optional.
    #[derive(Default)]
    pub stored struct Partner {
        /// The partner's initials; absent if unknown.
        initials: Option<Initials>,
        /// First name in daily use; absent if unknown.
        first_name: Option<Name>,
        /// Prefix between first and last name; absent if there is none.
        prefix: Option<Name>,
        /// Last name without prefix; absent if unknown.
        last_name: Option<Name>,
        /// Date of birth, not in the future; absent if unknown.
        birth_date: Option<BirthDate>,
        /// Citizen service number (BSN); absent if unknown.
        bsn: Option<Bsn>,
        /// E-mail address; absent if unknown.
        #[schema(schema_with = email_schema)]
        email: Option<EmailAddress>,
        /// Telephone number; absent if unknown.
        phone: Option<Phone>,
        /// Marital status; absent if unknown.
        marital_status: Option<MaritalStatus>,
    }

    /// A child of the client or of the partner.
    #[derive(Default)]
    pub stored struct Child {
        /// First name in daily use; absent if unknown.
        first_name: Option<Name>,
        /// Prefix between first and last name; absent if there is none.
        prefix: Option<Name>,
        /// Last name without prefix; absent if unknown.
        last_name: Option<Name>,
        /// Date of birth, not in the future; absent if unknown.
        birth_date: Option<BirthDate>,
    }
}

/// The JSON schema of what [`EmailAddress::parse`] accepts.
fn email_schema() -> RefOr<Schema> {
    let atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    let letter = "A-Za-z0-9À-ÖØ-öø-ſ";
    let label = format!("[{letter}]([{letter}-]*[{letter}])?");
    let pattern = format!(r"^{atom}(\.{atom})*@({label}\.)+{label}$");
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(254)).pattern(Some(pattern));
    schema.examples(["anna@example.nl"]).into()
}

#[cfg(test)]
mod tests {
    use super::{Bsn, FieldCode, Phone};
    use proptest::prelude::*;

    #[test]
    fn a_bsn_passes_the_eleven_test() {
        assert!(Bsn::parse("111222333").is_ok());
        for text in ["000000000", "111222334", "123456789"] {
            assert_eq!(Bsn::parse(text), Err(FieldCode::CheckFailed), "{text}");
        }
        for text in ["", "11122233", "1112223330", "111.222.333", "11122233a", "１１１"] {
            assert_eq!(Bsn::parse(text), Err(FieldCode::InvalidFormat), "{text}");
        }
    }

    #[test]
    fn a_telephone_number_is_taken_as_people_write_it() {
        for text in ["+31612345678", "06-12345678", "(030) 123 45 67", "+31 (0)6 12345678", "030 - 1234567", "112", "088/1234567"] {
            assert!(Phone::parse(text).is_ok(), "{text}");
        }
        for text in ["", "+", "06", "06 ", " 112", "112-", "++31612345678", "1234567890123456", "06    12345678", "bel mij", "١٢٣"] {
            assert_eq!(Phone::parse(text), Err(FieldCode::InvalidFormat), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_fails_the_eleven_test(number in 0u32..100_000_000, place in 0usize..9, other in b'0'..=b'9') {
            let accepted = (0..10).find_map(|last| Bsn::parse(&format!("{number:08}{last}")).ok());
            if let Some(bsn) = accepted {
                let mut digits = bsn.as_str().as_bytes().to_vec();
                let changed = std::mem::replace(&mut digits[place], other) != other;
                prop_assert_eq!(Bsn::parse(std::str::from_utf8(&digits).expect("digits")).is_err(), changed);
            }
        }

        #[test]
        fn no_text_breaks_a_parser(typed in "[0-9+() ./-]{0,32}|\\PC*") {
            prop_assert!(Bsn::parse(&typed).is_err() || typed.len() == 9);
            prop_assert!(Phone::parse(&typed).is_err() || typed.len() <= 30);
        }
    }
}
