//! Both languages have the same texts, and a text for everything that the API may return.

use crate::{File, closed_sets::CLOSED_SETS, files};
use finrust::http::routes::openapi_document;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Texts by their full key, such as `problem.not_found`.
pub type Words = BTreeMap<String, String>;

/// The start, and each subject that is loaded on demand.
pub fn places() -> BTreeSet<Option<&'static str>> {
    files().iter().map(File::loaded_with).collect()
}

/// The texts that one place adds in one language.
pub fn words_of(place: Option<&str>, language: &str) -> Words {
    let file = file_of(place, language);
    read(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

fn file_of(place: Option<&str>, language: &str) -> File {
    let folder = place.map_or_else(String::new, |subject| format!("pages/{subject}/"));
    let path = format!("{folder}text.{language}.json");
    files().into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is missing"))
}

/// The texts of a file: objects and strings, one string per line.
fn read(text: &str) -> Result<Words, String> {
    let mut words = Words::new();
    flatten("", &serde_json::from_str(text).map_err(|error| error.to_string())?, &mut words)?;
    // A duplicate key counts once.
    let lines = text.lines().filter(|line| line.trim_end_matches(',').ends_with('"')).count();
    if lines == words.len() { Ok(words) } else { Err(format!("{lines} lines with words for {} keys", words.len())) }
}

fn flatten(key: &str, value: &Value, words: &mut Words) -> Result<(), String> {
    match value {
        Value::String(text) => {
            words.insert(key.to_owned(), text.clone());
            Ok(())
        }
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            let is_plain = !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
            let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            if is_plain { flatten(&below, value, words) } else { Err(format!("{name:?} is no key")) }
        }),
        _ => Err(format!("{key} is no text")),
    }
}

/// The texts of all places in one language.
fn all_words(language: &str) -> Words {
    places().iter().flat_map(|place| words_of(*place, language)).collect()
}

/// Keys that two places define, or that would replace a section of another: the last one loaded would win.
fn clashes(places: &[Words]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, words) in places.iter().enumerate() {
        let others = || places.iter().enumerate().filter(move |(other, _)| *other != at).flat_map(|(_, words)| words.keys());
        let hides = |key: &String| others().any(|other| other == key || other.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')));
        found.extend(words.keys().filter(|key| hides(key)).map(|key| format!("{key} is in two places")));
    }
    found
}

/// Every difference between two languages other than the wording.
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

/// Each `{name}`; a brace that does not belong to a placeholder counts as itself, so that it shows as a difference too.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let opened = text.split('{').skip(1);
    opened.map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name)).collect()
}

/// Values of the closed sets without a text.
fn unnamed(document: &Value, words: &Words) -> Vec<String> {
    let mut found = Vec::new();
    for (section, schema) in CLOSED_SETS {
        let values = document["components"]["schemas"][schema]["enum"].as_array().unwrap_or_else(|| panic!("{schema} is no closed set"));
        let keys = values.iter().map(|value| format!("{section}.{}", value.as_str().expect("a text")));
        found.extend(keys.filter(|key| !words.contains_key(key)));
    }
    found
}

/// Sets that no form offers, with words for more than the API says: pages have problems of their own, and logs may be a later version's.
const NEVER_OFFERED: [&str; 2] = ["problem", "outcome"];

/// Texts of closed sets for values that the API does not know: forms would offer them.
fn unknown(document: &Value, words: &Words) -> Vec<String> {
    let mut found = Vec::new();
    for (section, schema) in CLOSED_SETS.iter().filter(|(section, _)| !NEVER_OFFERED.contains(section)) {
        let values = document["components"]["schemas"][schema]["enum"].as_array().unwrap_or_else(|| panic!("{schema} is no closed set"));
        let names = words.keys().filter_map(|key| key.strip_prefix(section)?.strip_prefix('.'));
        found.extend(names.filter(|name| !values.contains(&Value::from(*name))).map(|name| format!("{section}.{name}")));
    }
    found
}

/// The keys of a file in the order of its lines, which is the order in which forms offer the values of a set.
fn keys_in_order(place: Option<&str>, language: &str) -> Vec<String> {
    let file = file_of(place, language);
    file.text.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": ").map(|(key, _)| key.to_owned())).collect()
}

#[test]
fn both_languages_offer_values_in_the_same_order() {
    for place in places() {
        let (dutch, english) = (keys_in_order(place, "nl"), keys_in_order(place, "en"));
        assert!(dutch.len() > 3, "{place:?}");
        assert_eq!(dutch, english, "{place:?}");
    }
}

#[test]
fn forms_offer_nothing_that_the_api_refuses() {
    let document = openapi_document();
    let mut words = all_words("nl");
    assert_eq!(unknown(&document, &words), [""; 0]);
    words.insert("period.fortnight".to_owned(), "per twee weken".to_owned());
    assert_eq!(unknown(&document, &words), ["period.fortnight"]);
}

#[test]
fn both_languages_have_the_same_words() {
    for place in places() {
        assert_eq!(differences(&words_of(place, "nl"), &words_of(place, "en")), [""; 0], "{place:?}");
    }
}

#[test]
fn every_word_is_in_one_place() {
    let places: Vec<Words> = places().iter().map(|place| words_of(*place, "nl")).collect();
    assert_eq!(clashes(&places), [""; 0]);
}

#[test]
fn everything_the_api_may_say_has_words() {
    let document = openapi_document();
    assert_eq!(unnamed(&document, &all_words("nl")), [""; 0]);
}

#[test]
fn anything_but_words_is_refused() {
    let words = read("{\n\"a\": {\n\"b\": \"c \\\"d\\\" {e}\",\n\"f\": \"\"\n}\n}").unwrap();
    assert_eq!(
        words.into_iter().collect::<Vec<_>>(),
        [("a.b", "c \"d\" {e}"), ("a.f", "")].map(|(key, text)| (key.to_owned(), text.to_owned()))
    );
    for (bad, why) in [
        ("{\"a\": 1}", "a is no text"),
        ("{\"a\": [\"b\"]}", "a is no text"),
        ("{\"a.b\":\n\"c\"\n}", "\"a.b\" is no key"),
        ("{\n\"a\": \"b\",\n\"a\": \"c\"\n}", "2 lines with words for 1 keys"),
        ("{\n\"a\": {\n\"b\": \"c\"\n},\n\"a\": {\n\"d\": \"e\"\n}\n}", "2 lines with words for 1 keys"),
    ] {
        assert_eq!(read(bad), Err(why.to_owned()), "{bad}");
    }
    assert!(read("{\"a\": 'b'}").is_err() && read("").is_err());
}

#[test]
fn a_missing_word_is_found() {
    let of = |pairs: &[(&str, &str)]| -> Words { pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect() };
    let nl = of(&[("a", "nog {count} van {all}"), ("b", "twee"), ("c", " "), ("d", "{name}")]);
    let en = of(&[("a", "of {all} {count} left"), ("c", "three"), ("d", "{names}"), ("e", "five")]);
    let expected = ["b is in one language only", "c is empty", "d has other placeholders", "e is in one language only"];
    assert_eq!(differences(&nl, &en), expected);
    let document = openapi_document();
    let mut some = all_words("nl");
    for key in ["problem.not_found", "field.too_long", "period.week"] {
        some.remove(key).unwrap();
    }
    assert_eq!(unnamed(&document, &some), ["problem.not_found", "field.too_long", "period.week"]);
}

#[test]
fn a_word_in_two_places_is_found() {
    let of = |keys: &[&str]| -> Words { keys.iter().map(|key| ((*key).to_owned(), String::new())).collect() };
    assert_eq!(clashes(&[of(&["a.b", "ab.c"]), of(&["a.c", "ab.d"]), of(&["d.e"])]), [""; 0]);
    assert_eq!(clashes(&[of(&["a.b"]), of(&["a.b"])]), ["a.b is in two places", "a.b is in two places"]);
    assert_eq!(clashes(&[of(&["a.b.c"]), of(&["a.b"])]), ["a.b is in two places"]);
}
