//! The client files of the golden data: every field, every value of the closed sets, and values that a later version may refuse.

use serde_json::{Value, json};

/// Texts that a later version may refuse but must keep. Earlier data contains some that are now refused: invisible characters, text
/// reordering, combining characters without a base.
pub const ODD: [&str; 4] = ["می\u{200c}خواهم", "葛\u{e0100}", "❤\u{fe0f}\u{200d}\u{1f525}", "…"];

/// A file with every field filled in.
pub fn whole() -> Value {
    json!({
        "person": {"initials": "A.B.", "first_name": "Anna", "prefix": "van der", "last_name": "Dijk", "birth_date": "1975-04-30",
            "bsn": "111222333", "email": "anna@example.nl", "phone": "+31 6 12345678", "marital_status": "registered_partnership"},
        "address": {"street": "Kerkstraat", "house_number": "12", "addition": "bis", "postcode": "1234 SS", "city": "’s-Hertogenbosch",
            "country": "NL"},
        "partner": {"initials": "B.", "first_name": "Bram", "prefix": "de", "last_name": "Écluse", "birth_date": "1974-02-28",
            "bsn": "123456782", "email": "bram@example.nl", "phone": "030-1234567", "marital_status": "registered_partnership"},
        "children": [{"first_name": "Cas", "prefix": "van der", "last_name": "Dijk", "birth_date": "2008-01-02"}, {}],
        "incomes": entries(&["employment", "self_employment", "pension", "state_pension", "benefit", "allowance", "alimony", "rent",
            "investment", "other"], "amount_cents"),
        "expenses": entries(&["housing", "energy", "insurance", "health", "household", "transport", "communication", "children",
            "education", "tax", "loan_repayment", "alimony", "saving", "leisure", "other"], "amount_cents"),
        "assets": entries(&["property", "savings", "investment", "pension", "life_insurance", "business", "vehicle", "crypto",
            "receivable", "other"], "value_cents"),
        "debts": entries(&["mortgage", "student_loan", "personal_loan", "revolving_credit", "credit_card", "vehicle_loan",
            "business_loan", "family_loan", "tax", "other"], "balance_cents"),
        "notes": "Eerste regel\r\n\tTweede regel: 'é' en \"aanhalingen\" \u{1f600}",
    })
}

/// One entry of each kind, each with the extra members of its list.
fn entries(kinds: &[&str], amount: &str) -> Value {
    let periods = ["week", "four_weeks", "month", "quarter", "year"];
    let entry = |(number, kind): (usize, &&str)| {
        let cents = if number == 0 { -1_000_000_000_000_i64 } else { 100 * i64::try_from(number).unwrap() + 1 };
        let mut entry = json!({"description": format!("Post {number}"), "kind": kind});
        entry[amount] = cents.into();
        match amount {
            "amount_cents" => entry["period"] = periods[number % periods.len()].into(),
            "balance_cents" => entry["interest_percent"] = "-0.1234".into(),
            _ => {}
        }
        entry
    };
    kinds.iter().enumerate().map(entry).collect()
}

/// A file whose every text is `text`, one of the odd ones.
pub fn odd(text: &str) -> Value {
    let person = json!({"initials": text, "first_name": text, "prefix": text, "last_name": text});
    json!({
        "person": person, "partner": person, "children": [{"first_name": text, "last_name": text}],
        "address": {"street": text, "house_number": text, "addition": text, "city": text, "postcode": "SW1A 1AA", "country": "GB"},
        "incomes": [{"description": text}], "expenses": [{"description": text}], "assets": [{"description": text}],
        "debts": [{"description": text, "interest_percent": "003"}], "notes": text,
    })
}
