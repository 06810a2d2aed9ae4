//! Both languages have the same words, and a word for everything that the API may say.

use crate::{
    files,
    text_module::{Words, read},
};
use finrust::http::routes::openapi_document;
use serde_json::Value;
use std::collections::BTreeSet;

/// Sections that name the values of a closed set of the API, by the name of its schema.
pub const CLOSED_SETS: [(&str, &str); 11] = [
    ("problem", "Code"),
    ("field", "FieldCode"),
    ("outcome", "Outcome"),
    ("income_kind", "IncomeKind"),
    ("expense_kind", "ExpenseKind"),
    ("asset_kind", "AssetKind"),
    ("debt_kind", "DebtKind"),
    ("period", "Period"),
    ("marital_status", "MaritalStatus"),
    ("role", "Role"),
    ("status", "Status"),
];

/// The words of one language.
pub fn words(language: &str) -> Words {
    let path = format!("text.{language}.js");
    let file = files().into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is missing"));
    read(language, &file.text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every difference between two languages that is none of wording.
fn differences(one: &Words, other: &Words) -> Vec<String> {
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        match (one.get(key), other.get(key)) {
            (Some(one), Some(other)) if one.trim().is_empty() || other.trim().is_empty() => found.push(format!("{key} is empty")),
            (Some(one), Some(other)) if placeholders(one) != placeholders(other) => found.push(format!("{key} has other placeholders")),
            (Some(_), Some(_)) => {}
            _ => found.push(format!("{key} is in one language only")),
        }
    }
    found
}

/// `{name}` each; a brace that is none of a placeholder stands for itself, so that it differs too.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let opened = text.split('{').skip(1);
    opened.map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name)).collect()
}

/// Values of the closed sets without a word.
fn unnamed(document: &Value, words: &Words) -> Vec<String> {
    let mut found = Vec::new();
    for (section, schema) in CLOSED_SETS {
        let values = document["components"]["schemas"][schema]["enum"].as_array().unwrap_or_else(|| panic!("{schema} is no closed set"));
        let keys = values.iter().map(|value| format!("{section}.{}", value.as_str().expect("a text")));
        found.extend(keys.filter(|key| !words.contains_key(key)));
    }
    found
}

#[test]
fn both_languages_have_the_same_words() {
    assert_eq!(differences(&words("nl"), &words("en")), [""; 0]);
}

#[test]
fn everything_the_api_may_say_has_words() {
    let document = serde_json::to_value(openapi_document()).unwrap();
    assert_eq!(unnamed(&document, &words("nl")), [""; 0]);
}

#[test]
fn a_missing_word_is_found() {
    let of = |pairs: &[(&str, &str)]| -> Words { pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect() };
    let nl = of(&[("a", "nog {count} van {all}"), ("b", "twee"), ("c", " "), ("d", "{name}")]);
    let en = of(&[("a", "of {all} {count} left"), ("c", "three"), ("d", "{names}"), ("e", "five")]);
    let expected = ["b is in one language only", "c is empty", "d has other placeholders", "e is in one language only"];
    assert_eq!(differences(&nl, &en), expected);
    let document = serde_json::to_value(openapi_document()).unwrap();
    let mut some = words("nl");
    for key in ["problem.not_found", "field.too_long", "period.week"] {
        some.remove(key).unwrap();
    }
    assert_eq!(unnamed(&document, &some), ["problem.not_found", "field.too_long", "period.week"]);
}
