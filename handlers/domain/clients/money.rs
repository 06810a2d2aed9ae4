//! What a client earns, spends, owns and owes.

use super::kinds::{AssetKind, DebtKind, ExpenseKind, IncomeKind, Period};
use crate::{
    domain::{text, wire::fields::FieldCode},
    number_value, text_type, wire_object,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in euro cents, at most ten billion euros in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = i64, minimum = -1_000_000_000_000i64, maximum = 1_000_000_000_000i64, examples(350_000))]
pub struct Cents(i64);

impl Cents {
    /// The largest amount, in cents.
    pub const MAX: i64 = 1_000_000_000_000;

    /// Accepts an amount within the bounds.
    pub fn parse(cents: i64) -> Result<Self, FieldCode> {
        if (-Self::MAX..=Self::MAX).contains(&cents) { Ok(Self(cents)) } else { Err(FieldCode::OutOfRange) }
    }

    /// The number of cents.
    pub const fn get(self) -> i64 {
        self.0
    }
}

number_value!(Cents, -Cents::MAX..=Cents::MAX => Cents::parse);

text_type!(
    /// The description of an item: one line of 1 to 100 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        examples("Hypotheek")
    )]
    Description,
    |typed| text::line(typed, 100)
);

text_type!(
    /// A yearly interest rate in per cent, as a decimal text to keep every digit: `-?[0-9]{1,3}(\.[0-9]{1,4})?`.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 9, pattern = r"^-?[0-9]{1,3}(\.[0-9]{1,4})?$", examples("3.85"))]
    Interest,
    |typed| {
        let unsigned = typed.strip_prefix('-').unwrap_or(typed);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits(whole, 3) && digits(fraction, 4) { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

wire_object! {
    /// A source of income.
    #[derive(Default)]
    pub stored struct Income {
        /// A description, such as the employer's name.
        description: Option<Description>,
        /// The source of the income.
        kind: Option<IncomeKind>,
        /// Amount per period, in euro cents; counts as 0 when absent.
        amount_cents: Option<Cents>,
        /// How often it is received; monthly when absent.
        period: Option<Period>,
    }

    /// A recurring expense.
    #[derive(Default)]
    pub stored struct Expense {
        /// A description of the expense.
        description: Option<Description>,
        /// The category of the expense.
        kind: Option<ExpenseKind>,
        /// Amount per period, in euro cents; counts as 0 when absent.
        amount_cents: Option<Cents>,
        /// How often it is paid; monthly when absent.
        period: Option<Period>,
    }

    /// Something that the client owns.
    #[derive(Default)]
    pub stored struct Asset {
        /// A description of the asset.
        description: Option<Description>,
        /// The category of the asset.
        kind: Option<AssetKind>,
        /// Value in euro cents; counts as 0 when absent.
        value_cents: Option<Cents>,
    }

    /// Something that the client owes.
    #[derive(Default)]
    pub stored struct Debt {
        /// A description of the debt.
        description: Option<Description>,
        /// The category of the debt.
        kind: Option<DebtKind>,
        /// Outstanding balance in euro cents; counts as 0 when absent.
        balance_cents: Option<Cents>,
        /// Yearly interest rate in per cent.
        interest_percent: Option<Interest>,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cents, FieldCode, Interest};
    use proptest::prelude::*;

    #[test]
    fn an_amount_has_bounds_either_way() {
        for cents in [0, Cents::MAX, -Cents::MAX] {
            assert_eq!(Cents::parse(cents).map(Cents::get), Ok(cents));
        }
        for cents in [Cents::MAX + 1, -Cents::MAX - 1, i64::MIN, i64::MAX] {
            assert_eq!(Cents::parse(cents), Err(FieldCode::OutOfRange), "{cents}");
        }
        assert!(serde_json::from_str::<Cents>("1000000000001").is_ok(), "a stored amount is not judged again");
    }

    #[test]
    fn an_interest_is_a_plain_decimal() {
        for text in ["0", "3.85", "-0.5", "999.9999", "003"] {
            assert!(Interest::parse(text).is_ok(), "{text}");
        }
        for text in ["", "-", ".5", "3.", "3,85", "+3", "1000", "3.85000", "1e2", " 3", "3%", "--1", "1.2.3", "３"] {
            assert_eq!(Interest::parse(text), Err(FieldCode::InvalidFormat), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_interest_reads_back(typed in "-?[0-9]{0,4}[.,]?[0-9]{0,5}|\\PC*") {
            if let Ok(interest) = Interest::parse(&typed) {
                let stored = serde_json::to_string(&interest).expect("text is JSON");
                prop_assert_eq!(serde_json::from_str::<Interest>(&stored).expect("what was accepted"), interest);
            }
        }
    }
}
