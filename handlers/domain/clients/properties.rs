//! Property tests over arbitrary client files.

use super::restrictions::Restrictions;
use super::{
    address::{Address, Postcode},
    birth_date::BirthDate,
    file::{ClientFile, Notes},
    kinds::{AssetKind, DebtKind, ExpenseKind, IncomeKind, Period},
    money::{Asset, Cents, Debt, Description, Expense, Income, Interest},
    overview::Overview,
    person::{Bsn, Child, Initials, MaritalStatus, Name, Partner, Person, Phone},
    summary::{ClientSummary, SearchText},
};
use crate::domain::{
    sign_in::credentials::EmailAddress,
    wire::{fields::Fields, json::Json, object::Object, values::CountryCode},
};
use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};
use serde::Deserialize;
use utoipa::{PartialSchema, ToSchema, openapi::ComponentsBuilder};

fn parsed<T: std::fmt::Debug, E>(pattern: &'static str, parse: fn(&str) -> Result<T, E>) -> impl Strategy<Value = T> {
    pattern.prop_filter_map("accepted", move |text| parse(&text).ok())
}

fn chosen<T: for<'de> Deserialize<'de> + Clone + std::fmt::Debug>(names: &'static [&'static str]) -> impl Strategy<Value = T> {
    let parse = |name: &str| serde_json::from_str::<T>(&format!("\"{name}\"")).expect("a name of the closed set");
    proptest::sample::select(names).prop_map(parse)
}

fn name() -> impl Strategy<Value = Name> {
    parsed(r"\PC{1,40}", Name::parse)
}

fn bsn() -> impl Strategy<Value = Bsn> {
    let complete = |number| (0..10).find_map(|last| Bsn::parse(&format!("{number:08}{last}")).ok());
    (1u32..100_000_000).prop_filter_map("has a check digit", complete)
}

fn partner() -> impl Strategy<Value = Partner> {
    let names = (of(parsed(r"([A-Z]\.){1,5}", Initials::parse)), of(name()), of(name()), of(name()));
    let reach = (of(parsed("[a-z]{1,9}@[a-z]{1,9}\\.nl", EmailAddress::parse)), of(parsed(r"\+?[0-9]{3,15}", Phone::parse)));
    let status = chosen::<MaritalStatus>(&["single", "cohabiting", "registered_partnership", "married", "divorced", "other"]);
    let rest = (of(parsed("19[0-9]{2}-[01][0-9]-[0-3][0-9]", BirthDate::parse)), of(bsn()), of(status));
    (names, reach, rest).prop_map(|((initials, first_name, prefix, last_name), (email, phone), (birth_date, bsn, marital_status))| {
        Partner { initials, first_name, prefix, last_name, birth_date, bsn, email, phone, marital_status }
    })
}

fn person() -> impl Strategy<Value = Person> {
    (partner(), name()).prop_map(|(like, last_name)| Person {
        initials: like.initials,
        first_name: like.first_name,
        prefix: like.prefix,
        last_name,
        birth_date: like.birth_date,
        bsn: like.bsn,
        email: like.email,
        phone: like.phone,
        marital_status: like.marital_status,
    })
}

fn address() -> impl Strategy<Value = Address> {
    let dutch = (of(parsed("[1-9][0-9]{3} [A-Z]{2}", Postcode::parse_dutch)), of(parsed("NL", CountryCode::parse)));
    let foreign = (of(parsed("[0-9A-Z][0-9A-Z -]{0,11}", Postcode::parse)), parsed("[A-M][A-Z]", CountryCode::parse).prop_map(Some));
    let place = (of(name()), of(name()), of(name()), of(name()));
    (place, prop_oneof![dutch, foreign]).prop_map(|((street, house_number, addition, city), (postcode, country))| Address {
        street,
        house_number,
        addition,
        postcode,
        city,
        country,
    })
}

fn cents() -> impl Strategy<Value = Option<Cents>> {
    of((-Cents::MAX..=Cents::MAX).prop_filter_map("within bounds", |cents| Cents::parse(cents).ok()))
}

fn description() -> impl Strategy<Value = Option<Description>> {
    of(parsed(r"\PC{1,20}", Description::parse))
}

fn period() -> impl Strategy<Value = Option<Period>> {
    of(chosen(&["week", "four_weeks", "month", "quarter", "year"]))
}

fn income() -> impl Strategy<Value = Income> {
    let kind = of(chosen::<IncomeKind>(&["employment", "self_employment", "state_pension", "other"]));
    let whole = (description(), kind, cents(), period());
    whole.prop_map(|(description, kind, amount_cents, period)| Income { description, kind, amount_cents, period })
}

fn expense() -> impl Strategy<Value = Expense> {
    let kind = of(chosen::<ExpenseKind>(&["housing", "loan_repayment", "other"]));
    let whole = (description(), kind, cents(), period());
    whole.prop_map(|(description, kind, amount_cents, period)| Expense { description, kind, amount_cents, period })
}

fn asset() -> impl Strategy<Value = Asset> {
    let kind = of(chosen::<AssetKind>(&["property", "life_insurance", "other"]));
    (description(), kind, cents()).prop_map(|(description, kind, value_cents)| Asset { description, kind, value_cents })
}

fn debt() -> impl Strategy<Value = Debt> {
    let kind = of(chosen::<DebtKind>(&["mortgage", "student_loan", "other"]));
    let whole = (description(), kind, cents(), of(parsed(r"-?[0-9]{1,3}(\.[0-9]{1,4})?", Interest::parse)));
    whole.prop_map(|(description, kind, balance_cents, interest_percent)| Debt { description, kind, balance_cents, interest_percent })
}

fn child() -> impl Strategy<Value = Child> {
    partner().prop_map(|like| Child {
        first_name: like.first_name,
        prefix: like.prefix,
        last_name: like.last_name,
        birth_date: like.birth_date,
    })
}

/// Generates an arbitrary file.
pub fn client_file() -> impl Strategy<Value = ClientFile> {
    let people = (person(), of(address()), of(partner()), vec(child(), 0..3));
    let money = (vec(income(), 0..5), vec(expense(), 0..5), vec(asset(), 0..5), vec(debt(), 0..5));
    let notes = of(parsed(r"[\PC\n\t]{0,60}", Notes::parse));
    (people, money, notes).prop_map(|((person, address, partner, children), (incomes, expenses, assets, debts), notes)| ClientFile {
        person,
        address,
        partner,
        children,
        incomes,
        expenses,
        assets,
        debts,
        notes,
    })
}

/// Computes the monthly figure independently: whole cents and remainder over a common denominator.
fn naive_monthly(entries: &[(Option<Cents>, Option<Period>)]) -> i64 {
    let twelfths: i128 = entries
        .iter()
        .map(|(amount, period)| {
            let factor = match period {
                Some(Period::Week) => 52,
                Some(Period::FourWeeks) => 13,
                Some(Period::Quarter) => 4,
                Some(Period::Year) => 1,
                Some(Period::Later(_)) => 0,
                Some(Period::Month) | None => 12,
            };
            amount.map_or(0, |cents| i128::from(cents.get()) * factor)
        })
        .sum();
    let (whole, rest) = (twelfths.div_euclid(12), twelfths.rem_euclid(12));
    let up = rest > 6 || (rest == 6 && twelfths > 0);
    i64::try_from(whole + i128::from(up)).expect("five entries stay within 64 bits")
}

/// The published schema of a client file as a single JSON Schema, with its references included.
fn schema() -> serde_json::Value {
    let mut parts = Vec::new();
    ClientFile::schemas(&mut parts);
    let components = ComponentsBuilder::new().schemas_from_iter(parts).build();
    let mut schema = serde_json::to_value(ClientFile::schema()).expect("a schema is JSON");
    schema["components"] = serde_json::to_value(components).expect("a schema is JSON");
    close(&mut schema);
    schema
}

/// Disallows additional members, as the published document does for requests.
fn close(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("type").is_some_and(|kind| kind == "object") && members.contains_key("properties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn the_schema_takes_no_null_and_no_unknown_member() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let valid = |text: &str| validator.is_valid(&serde_json::from_str(text).expect("the sample is JSON"));
    assert!(valid(r#"{"person":{"last_name":"Dijk"},"children":[{}],"notes":""}"#));
    for text in [
        "{}",
        r#"{"person":{}}"#,
        r#"{"person":{"last_name":" "}}"#,
        r#"{"person":{"last_name":null}}"#,
        r#"{"person":{"last_name":"x","bsn":null}}"#,
        r#"{"person":{"last_name":"x","email":null}}"#,
        r#"{"person":{"last_name":"x","email":"x"}}"#,
        r#"{"person":{"last_name":"x","birth_date":null}}"#,
        r#"{"person":{"last_name":"x","age":1}}"#,
        r#"{"person":{"last_name":"x"},"partner":null}"#,
        r#"{"person":{"last_name":"x"},"address":null}"#,
        r#"{"person":{"last_name":"x"},"address":{"postcode":"1234_AB"}}"#,
        r#"{"person":{"last_name":"x"},"address":{"country":"Nederland"}}"#,
        r#"{"person":{"last_name":"x"},"incomes":[{"amount_cents":1000000000001}]}"#,
        r#"{"person":{"last_name":"x"},"incomes":[{"amount_cents":1.5}]}"#,
        r#"{"person":{"last_name":"x"},"incomes":[{"kind":"magic"}]}"#,
        r#"{"person":{"last_name":"x"},"incomes":null}"#,
        r#"{"person":{"last_name":"x"},"debts":[{"interest_percent":"3,85"}]}"#,
        r#"{"person":{"last_name":"x"},"notes":"\u0000"}"#,
        r#"{"person":{"last_name":"x"},"surprise":1}"#,
    ] {
        assert!(!valid(text), "{text}");
    }
    assert!(!schema().to_string().contains("\"null\""));
}

proptest! {
    #[test]
    fn a_file_reads_back_and_fits_its_schema(file in client_file()) {
        let text = serde_json::to_string(&file).expect("a file is JSON");
        let json = Json::parse(text.as_bytes()).expect("what was written");
        prop_assert_eq!(ClientFile::read(Fields::of(json, "2025-06-01T12:00:00Z".parse().expect("a moment"))), Ok(file.clone()));
        prop_assert_eq!(&serde_json::from_str::<ClientFile>(&text).expect("what was written"), &file);
        let validator = jsonschema::validator_for(&schema()).expect("a schema");
        let value = serde_json::from_str(&text).expect("what was written");
        prop_assert!(validator.is_valid(&value), "{:?}", validator.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn the_overview_is_exact(file in client_file()) {
        let overview = Overview::of(&file);
        let incomes: Vec<_> = file.incomes.iter().map(|income| (income.amount_cents, income.period)).collect();
        let expenses: Vec<_> = file.expenses.iter().map(|expense| (expense.amount_cents, expense.period)).collect();
        prop_assert_eq!(overview.monthly_income_cents, naive_monthly(&incomes));
        prop_assert_eq!(overview.monthly_expenses_cents, naive_monthly(&expenses));
        prop_assert_eq!(overview.monthly_surplus_cents, naive_monthly(&incomes) - naive_monthly(&expenses));
    }

    #[test]
    fn a_summary_reads_back_and_is_found_by_its_own_words(file in client_file()) {
        let summary = ClientSummary::of(&file, &Restrictions::default(), Timestamp::UNIX_EPOCH, 1);
        let text = serde_json::to_string(&summary).expect("a summary is JSON");
        prop_assert_eq!(&serde_json::from_str::<ClientSummary>(&text).expect("what was written"), &summary);
        let words = summary.name.chars().take(100).collect::<String>().to_ascii_uppercase();
        if let Ok(search) = SearchText::parse(&words) {
            prop_assert!(summary.glimpse().matches(&search), "{}", words);
        }
    }
}
