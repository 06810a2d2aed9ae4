//! A complete client file.

use super::{
    address::Address,
    money::{Asset, Debt, Expense, Income},
    person::{Child, Partner, Person},
};
use crate::{domain::text, text_type, wire_object};
use utoipa::ToSchema;

text_type!(
    /// The adviser's notes: up to 20,000 characters over any number of lines, possibly none.
    #[derive(ToSchema)]
    #[schema(max_length = 20_000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$", examples("vrije tekst"))]
    Notes,
    |typed| text::block(typed, 20_000)
);

wire_object! {
    /// A client file: everything that an adviser records about one client.
    pub stored struct ClientFile {
        /// The client's personal details.
        person: Person,
        /// The client's postal address; absent if unknown.
        address: Option<Address>,
        /// The client's partner; absent if there is none.
        partner: Option<Partner>,
        /// Children of the client or the partner.
        #[schema(max_items = 100)]
        children: Vec<Child>,
        /// The client's sources of income.
        #[schema(max_items = 100)]
        incomes: Vec<Income>,
        /// The client's recurring expenses.
        #[schema(max_items = 100)]
        expenses: Vec<Expense>,
        /// What the client owns.
        #[schema(max_items = 100)]
        assets: Vec<Asset>,
        /// What the client owes.
        #[schema(max_items = 100)]
        debts: Vec<Debt>,
        /// The adviser's notes in free text; absent if there are none.
        notes: Option<Notes>,
    }
}

#[cfg(test)]
mod tests {
    use super::ClientFile;
    use crate::domain::wire::{
        fields::{FieldCode, Fields},
        json::Json,
        object::Object,
    };

    fn mistakes(text: &str) -> Vec<(String, FieldCode)> {
        let json = Json::parse(text.as_bytes()).expect("the sample is JSON");
        match ClientFile::read(Fields::of(json, "2025-06-01T12:00:00Z".parse().expect("a moment"))) {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.0.into_iter().map(|error| (error.pointer, error.code)).collect(),
        }
    }

    #[test]
    fn a_last_name_is_enough() {
        assert_eq!(mistakes(r#"{"person":{"last_name":"Dijk"}}"#), []);
        assert_eq!(mistakes("{}"), [("/person/last_name".to_owned(), FieldCode::Required)]);
    }

    #[test]
    fn the_example_of_the_contract_is_taken() {
        assert_eq!(mistakes(EXAMPLE), []);
    }

    #[test]
    fn every_mistake_is_named() {
        let found = mistakes(
            r#"{"person":{"last_name":"","bsn":"123456789","birth_date":"2025-06-02","marital_status":"happy","age":3},
                "address":{"postcode":"1234AB"},"partner":[],"children":[{},7,{"last_name":7}],"incomes":{},
                "debts":[{"interest_percent":3.85,"balance_cents":1000000000001}],"notes":"a\u0000b"}"#,
        );
        let expected = [
            ("/person/last_name", FieldCode::TooShort),
            ("/person/birth_date", FieldCode::InFuture),
            ("/person/bsn", FieldCode::CheckFailed),
            ("/person/marital_status", FieldCode::UnknownValue),
            ("/person/age", FieldCode::UnknownField),
            ("/address/postcode", FieldCode::InvalidFormat),
            ("/partner", FieldCode::WrongType),
            ("/children/1", FieldCode::WrongType),
            ("/children/2/last_name", FieldCode::WrongType),
            ("/incomes", FieldCode::WrongType),
            ("/debts/0/balance_cents", FieldCode::OutOfRange),
            ("/debts/0/interest_percent", FieldCode::WrongType),
            ("/notes", FieldCode::InvalidCharacters),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn the_country_decides_about_the_postcode() {
        let of = |address: &str| mistakes(&format!(r#"{{"person":{{"last_name":"x"}},"address":{address}}}"#));
        assert_eq!(of(r#"{"postcode":"SW1A 1AA","country":"GB"}"#), []);
        assert_eq!(of(r#"{"postcode":"1234 AB","country":"NL"}"#), []);
        assert_eq!(of(r#"{"postcode":"2000","country":"NL"}"#), [("/address/postcode".to_owned(), FieldCode::InvalidFormat)]);
        assert_eq!(of(r#"{"postcode":"2000","country":"be"}"#), [("/address/country".to_owned(), FieldCode::InvalidFormat)]);
    }

    #[test]
    fn a_list_takes_a_hundred_entries() {
        let of = |count: usize| mistakes(&format!(r#"{{"person":{{"last_name":"x"}},"assets":[{}]}}"#, vec!["{}"; count].join(",")));
        assert_eq!(of(100), []);
        assert_eq!(of(101), [("/assets".to_owned(), FieldCode::TooLong)]);
    }

    const EXAMPLE: &str = r#"{
      "person":  {"initials":"A.B.","first_name":"Anna","prefix":"van","last_name":"Dijk","birth_date":"1975-04-30","bsn":"111222333",
                  "email":"anna@example.nl","phone":"+31612345678","marital_status":"married"},
      "address": {"street":"Kerkstraat","house_number":"12","addition":"a","postcode":"1234 AB","city":"Utrecht","country":"NL"},
      "partner": {"first_name":"Bram","last_name":"Dijk"},
      "children":[{"first_name":"Cas","birth_date":"2008-01-02"}],
      "incomes": [{"description":"Salaris","kind":"employment","amount_cents":350000,"period":"month"}],
      "expenses":[{"description":"Hypotheek","kind":"housing","amount_cents":120000,"period":"month"}],
      "assets":  [{"description":"Woning","kind":"property","value_cents":45000000}],
      "debts":   [{"description":"Hypotheek","kind":"mortgage","balance_cents":28000000,"interest_percent":"3.85"}],
      "notes":   "vrije tekst"
    }"#;
}
