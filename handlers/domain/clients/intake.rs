//! Parses a request into a client file: every function visits all members of its object, so that every error is reported.

use super::{
    address::{Address, Country, Postcode},
    birth_date::BirthDate,
    file::{ClientFile, Notes},
    money::{Asset, Cents, Debt, Description, Expense, Income, Interest},
    person::{Bsn, Child, Initials, Name, Partner, Person, Phone},
};
use crate::domain::{
    sign_in::credentials::EmailAddress,
    wire::{closed_set::one_of, fields::Fields},
};
use jiff::civil::Date;

/// Parses the file; `None` without its one mandatory field. Errors are recorded in `fields`.
pub(super) fn file(fields: &mut Fields, today: Date) -> Option<ClientFile> {
    const MOST: usize = ClientFile::MAX_ENTRIES;
    let person = fields.required_object("person", |fields| person(fields, today));
    let address = fields.object("address", address);
    let partner = fields.object("partner", |fields| partner(fields, today));
    let children = fields.list("children", MOST, |fields| child(fields, today));
    let incomes = fields.list("incomes", MOST, income);
    let expenses = fields.list("expenses", MOST, expense);
    let assets = fields.list("assets", MOST, asset);
    let debts = fields.list("debts", MOST, debt);
    let notes = fields.optional("notes", Notes::parse);
    Some(ClientFile { person: person?, address, partner, children, incomes, expenses, assets, debts, notes })
}

fn person(fields: &mut Fields, today: Date) -> Option<Person> {
    let last_name = fields.required("last_name", Name::parse);
    let Partner { initials, first_name, prefix, birth_date, bsn, email, phone, marital_status, last_name: _ } = partner(fields, today);
    Some(Person { initials, first_name, prefix, last_name: last_name?, birth_date, bsn, email, phone, marital_status })
}

fn partner(fields: &mut Fields, today: Date) -> Partner {
    Partner {
        initials: fields.optional("initials", Initials::parse),
        first_name: fields.optional("first_name", Name::parse),
        prefix: fields.optional("prefix", Name::parse),
        last_name: fields.optional("last_name", Name::parse),
        birth_date: fields.optional("birth_date", |text| BirthDate::parse_by(text, today)),
        bsn: fields.optional("bsn", Bsn::parse),
        email: fields.optional("email", EmailAddress::parse),
        phone: fields.optional("phone", Phone::parse),
        marital_status: fields.optional("marital_status", one_of),
    }
}

fn child(fields: &mut Fields, today: Date) -> Child {
    Child {
        first_name: fields.optional("first_name", Name::parse),
        prefix: fields.optional("prefix", Name::parse),
        last_name: fields.optional("last_name", Name::parse),
        birth_date: fields.optional("birth_date", |text| BirthDate::parse_by(text, today)),
    }
}

fn address(fields: &mut Fields) -> Address {
    // A refused country gives no postcode format, except that the Dutch default no longer applies.
    let mut dutch = true;
    let country = fields.optional("country", |text| {
        dutch = text == "NL";
        Country::parse(text)
    });
    Address {
        street: fields.optional("street", Name::parse),
        house_number: fields.optional("house_number", Name::parse),
        addition: fields.optional("addition", Name::parse),
        postcode: fields.optional("postcode", if dutch { Postcode::parse_dutch } else { Postcode::parse }),
        city: fields.optional("city", Name::parse),
        country,
    }
}

fn income(fields: &mut Fields) -> Income {
    Income {
        description: fields.optional("description", Description::parse),
        kind: fields.optional("kind", one_of),
        amount_cents: fields.integer("amount_cents", Cents::parse),
        period: fields.optional("period", one_of),
    }
}

fn expense(fields: &mut Fields) -> Expense {
    Expense {
        description: fields.optional("description", Description::parse),
        kind: fields.optional("kind", one_of),
        amount_cents: fields.integer("amount_cents", Cents::parse),
        period: fields.optional("period", one_of),
    }
}

fn asset(fields: &mut Fields) -> Asset {
    Asset {
        description: fields.optional("description", Description::parse),
        kind: fields.optional("kind", one_of),
        value_cents: fields.integer("value_cents", Cents::parse),
    }
}

fn debt(fields: &mut Fields) -> Debt {
    Debt {
        description: fields.optional("description", Description::parse),
        kind: fields.optional("kind", one_of),
        balance_cents: fields.integer("balance_cents", Cents::parse),
        interest_percent: fields.optional("interest_percent", Interest::parse),
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, Fields};
    use crate::domain::wire::{fields::FieldCode, json::Json};
    use jiff::civil::date;

    fn mistakes(text: &str) -> Vec<(String, FieldCode)> {
        let json = Json::parse(text.as_bytes()).expect("the sample is JSON");
        match ClientFile::read(Fields::of(json), date(2025, 6, 1)) {
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
