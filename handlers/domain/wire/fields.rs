//! Reads an object field by field and collects **every** error with its JSON pointer (RFC 6901), instead of stopping at the first.
//!
//! A parsed value is proof of its validity; a refusal by a parser becomes one `FieldError`. Members that no field reads are errors too.
//! The caller reads all fields first, then assembles the value with `Fields::finish`.
//!
//! `null` for an optional member means that it is absent; for a mandatory one, or in a list, it is a value of the wrong type.

use super::json::Json;
use super::values::day_at;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use std::ops::RangeInclusive;

/// Why a field is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// A required member is missing.
    Required,
    /// There is no member of this name.
    UnknownField,
    /// The value has the wrong JSON type.
    WrongType,
    /// Too few characters or entries.
    TooShort,
    /// Too many characters or entries.
    TooLong,
    /// Contains characters that are not allowed, such as control characters.
    InvalidCharacters,
    /// Does not match the required format.
    InvalidFormat,
    /// Outside its bounds; for a number, `min` and `max` state them.
    OutOfRange,
    /// Not one of the allowed values.
    UnknownValue,
    /// The format is right, but the check digits are wrong.
    CheckFailed,
    /// A date or time in the future.
    InFuture,
    /// A password that is too easy to guess.
    TooGuessable,
    /// A parameter that occurs more than once.
    Repeated,
    /// Cannot be changed here, and differs from what is stored.
    ReadOnly,
    /// There are more invalid fields than are listed.
    More,
}

/// An invalid field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer into the request body (RFC 6901).
    #[schema(example = "/person/last_name")]
    pub pointer: String,
    /// What is wrong with the field.
    pub code: FieldCode,
    /// The smallest number that is allowed here; only with `out_of_range`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub min: Option<i64>,
    /// The largest number that is allowed here; only with `out_of_range`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub max: Option<i64>,
}

impl FieldError {
    /// An error without bounds.
    pub fn of(pointer: impl Into<String>, code: FieldCode) -> Self {
        Self { pointer: pointer.into(), code, min: None, max: None }
    }

    /// A number outside its bounds.
    pub fn outside(pointer: impl Into<String>, bounds: &RangeInclusive<i64>) -> Self {
        Self { min: Some(*bounds.start()), max: Some(*bounds.end()), ..Self::of(pointer, FieldCode::OutOfRange) }
    }
}

/// Every refused field of a request, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFields(pub Vec<FieldError>);

/// Maximum number of errors in a response.
const MAX_NAMED: usize = 100;
/// Maximum number of errors kept: more than the cells of a row of a table.
const MAX_KEPT: usize = 5000;
/// Maximum number of characters of a member's name repeated in a pointer; no defined name is as long.
const MAX_NAME: usize = 64;

impl InvalidFields {
    /// Limits the errors for a response; the last one says when there are more.
    pub fn named(mut self) -> Vec<FieldError> {
        let found = self.0.len();
        self.0.retain(|error| error.code != FieldCode::More);
        if found > MAX_NAMED || self.0.len() < found {
            self.0.truncate(MAX_NAMED - 1);
            self.0.push(FieldError::of("", FieldCode::More));
        }
        self.0
    }

    /// A single refused field.
    pub fn one(pointer: &str, code: FieldCode) -> Self {
        Self(vec![FieldError::of(pointer, code)])
    }
}

/// The members of one object that have not been read yet, and the errors found so far.
pub struct Fields {
    now: Timestamp,
    pointer: String,
    members: Vec<(String, Json)>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Starts reading `json`, received at `now`. It must be an object; anything else is a single error at its root.
    pub fn of(json: Json, now: Timestamp) -> Self {
        Self::at(String::new(), json, now)
    }

    /// When the request was received.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The day on which it was received, in the Netherlands.
    pub fn today(&self) -> Date {
        day_at(self.now).date()
    }

    /// Returns the whole value, when no field has been read yet.
    pub fn into_json(self) -> Json {
        // A value that was not an object must not become one.
        if self.errors.is_empty() { Json::Object(self.members) } else { Json::Null }
    }

    fn at(pointer: String, json: Json, now: Timestamp) -> Self {
        if let Json::Object(members) = json {
            return Self { now, pointer, members, errors: Vec::new() };
        }
        let errors = vec![FieldError::of(pointer.clone(), FieldCode::WrongType)];
        Self { now, pointer, members: Vec::new(), errors }
    }

    /// Reads a mandatory string, parsed by `parse`. `None` means that an error was recorded.
    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, FieldCode>) -> Option<T> {
        if self.demand(name) { self.optional(name, parse) } else { None }
    }

    /// Whether a mandatory member has a value, which is still to be read. When it has none, the error is recorded.
    pub fn demand(&mut self, name: &str) -> bool {
        let missing = match self.members.iter().find(|(member, _)| member == name) {
            None => FieldCode::Required,
            Some((_, Json::Null)) => FieldCode::WrongType,
            Some(_) => return true,
        };
        self.take(name);
        self.note(name, missing);
        false
    }

    /// Reads an optional string.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, FieldCode>) -> Option<T> {
        let parsed = match self.take(name)? {
            Json::Text(text) => parse(&text),
            _ => Err(FieldCode::WrongType),
        };
        self.keep(name, parsed)
    }

    /// Reads an optional integer, validated by `parse`, which accepts those within `bounds`.
    pub fn integer<T>(&mut self, name: &str, bounds: &RangeInclusive<i64>, parse: impl FnOnce(i64) -> Result<T, FieldCode>) -> Option<T> {
        let parsed = match self.take(name)? {
            Json::Integer(number) => parse(number),
            _ => Err(FieldCode::WrongType),
        };
        match parsed {
            Err(FieldCode::OutOfRange) => {
                self.note_outside(name, bounds);
                None
            }
            parsed => self.keep(name, parsed),
        }
    }

    /// Reads an optional boolean.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let parsed = match self.take(name)? {
            Json::Bool(is) => Ok(is),
            _ => Err(FieldCode::WrongType),
        };
        self.keep(name, parsed)
    }

    /// Reads a list of strings, each parsed by `parse`; empty when absent, with at most `most` entries.
    pub fn texts<T>(&mut self, name: &str, most: usize, parse: impl Fn(&str) -> Result<T, FieldCode>) -> Vec<T> {
        let numbered = self.entries(name, most).into_iter().enumerate();
        let read = |(index, item)| {
            let parsed = match item {
                Json::Text(text) => parse(&text),
                _ => Err(FieldCode::WrongType),
            };
            self.keep(&format!("{name}/{index}"), parsed)
        };
        numbered.filter_map(read).collect()
    }

    /// Reads an optional object; its errors are added to these.
    pub fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields) -> T) -> Option<T> {
        let json = self.take(name)?;
        Some(self.nested(name, json, read))
    }

    /// Reads a mandatory object; when it is absent, `read` still runs on an empty one, so that its mandatory fields are reported.
    pub fn required_object<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields) -> T) -> T {
        let json = self.take_any(name).unwrap_or(Json::Object(Vec::new()));
        self.nested(name, json, read)
    }

    /// Reads a list of objects, empty when absent, with at most `most` entries.
    pub fn list<T>(&mut self, name: &str, most: usize, mut read: impl FnMut(&mut Fields) -> T) -> Vec<T> {
        let numbered = self.entries(name, most).into_iter().enumerate();
        numbered.map(|(index, item)| self.nested(&format!("{name}/{index}"), item, &mut read)).collect()
    }

    /// Records an error found by a rule that spans several fields.
    pub fn note(&mut self, name: &str, code: FieldCode) {
        self.push(FieldError::of(format!("{}/{name}", self.pointer), code));
    }

    /// Records a number outside its bounds.
    pub fn note_outside(&mut self, name: &str, bounds: &RangeInclusive<i64>) {
        self.push(FieldError::outside(format!("{}/{name}", self.pointer), bounds));
    }

    fn push(&mut self, error: FieldError) {
        if self.errors.len() < MAX_KEPT {
            self.errors.push(error);
        }
    }

    /// Returns `value` when there are no errors, otherwise all errors, including unknown members.
    ///
    /// # Errors
    /// [`InvalidFields`] with every error; it is never empty as long as each `None` in `value` stems from a recorded error.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, InvalidFields> {
        self.note_unknown();
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(InvalidFields(self.errors)),
        }
    }

    /// Whether the member is present, even as `null`, and has not been read yet.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// Discards `null` for an optional member that is only read in some cases.
    pub fn pass_null(&mut self, name: &str) {
        self.members.retain(|(member, value)| member != name || !matches!(value, Json::Null));
    }

    /// Discards members that are not read, whatever their values are.
    pub fn pass_over(&mut self, names: &[&str]) {
        self.members.retain(|(member, _)| !names.contains(&member.as_str()));
    }

    /// Takes the value of an optional member as it was sent.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        self.take_any(name).filter(|value| !matches!(value, Json::Null))
    }

    fn take_any(&mut self, name: &str) -> Option<Json> {
        let index = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.swap_remove(index).1)
    }

    fn entries(&mut self, name: &str, most: usize) -> Vec<Json> {
        match self.take(name) {
            None => return Vec::new(),
            Some(Json::List(items)) if items.len() <= most => return items,
            Some(Json::List(_)) => self.note(name, FieldCode::TooLong),
            Some(_) => self.note(name, FieldCode::WrongType),
        }
        Vec::new()
    }

    fn keep<T>(&mut self, name: &str, parsed: Result<T, FieldCode>) -> Option<T> {
        parsed.map_err(|code| self.note(name, code)).ok()
    }

    fn nested<T>(&mut self, name: &str, json: Json, read: impl FnOnce(&mut Fields) -> T) -> T {
        let mut inner = Self::at(format!("{}/{name}", self.pointer), json, self.now);
        let value = read(&mut inner);
        inner.note_unknown();
        let room = MAX_KEPT.saturating_sub(self.errors.len());
        self.errors.extend(inner.errors.into_iter().take(room));
        value
    }

    fn note_unknown(&mut self) {
        for (name, value) in std::mem::take(&mut self.members) {
            if matches!(value, Json::Beyond) {
                self.errors.push(FieldError::of(self.pointer.clone(), FieldCode::More));
                continue;
            }
            let name: String = name.chars().take(MAX_NAME).collect();
            self.note(&name.replace('~', "~0").replace('/', "~1"), FieldCode::UnknownField);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldCode, FieldError, Fields, Timestamp};
    use crate::domain::wire::json::Json;

    fn read(text: &str) -> Result<(String, i64), Vec<(String, FieldCode)>> {
        let mut fields = Fields::of(Json::parse(text.as_bytes()).expect("the sample is JSON"), Timestamp::UNIX_EPOCH);
        let name = fields.required("name", |text| Ok(text.to_owned()));
        let ages = fields.list("ages", 2, |age| age.integer("years", &(i64::MIN..=i64::MAX), Ok));
        let sum = ages.into_iter().flatten().sum();
        let pair = name.map(|name| (name, sum));
        let flat = |errors: Vec<FieldError>| errors.into_iter().map(|error| (error.pointer, error.code)).collect();
        fields.finish(pair).map_err(|invalid| flat(invalid.0))
    }

    #[test]
    fn names_every_mistake_with_its_pointer() {
        let mistakes = read(r#"{"ages":[{"years":"1"},{"months":3}],"a/b~c":null}"#).expect_err("four mistakes");
        assert_eq!(
            mistakes,
            [
                ("/name".to_owned(), FieldCode::Required),
                ("/ages/0/years".to_owned(), FieldCode::WrongType),
                ("/ages/1/months".to_owned(), FieldCode::UnknownField),
                ("/a~1b~0c".to_owned(), FieldCode::UnknownField),
            ]
        );
    }

    #[test]
    fn null_is_nothing_where_nothing_may_be_and_wrong_elsewhere() {
        assert_eq!(read(r#"{"name":"x","ages":null}"#), Ok(("x".to_owned(), 0)));
        assert_eq!(read(r#"{"name":"x","ages":[{"years":null},{"years":2}]}"#), Ok(("x".to_owned(), 2)));
        let wrong = |pointer: &str, code| Err(vec![(pointer.to_owned(), code)]);
        assert_eq!(read(r#"{"name":null}"#), wrong("/name", FieldCode::WrongType));
        assert_eq!(read(r#"{"name":"x","ages":[null]}"#), wrong("/ages/0", FieldCode::WrongType));
        assert_eq!(read(r#"{"name":"x","surprise":null}"#), wrong("/surprise", FieldCode::UnknownField));
    }

    #[test]
    fn gives_the_value_when_nothing_is_wrong() {
        assert_eq!(read(r#"{"name":"x","ages":[{"years":1},{"years":2}]}"#), Ok(("x".to_owned(), 3)));
    }

    #[test]
    fn names_a_hundred_at_most_and_says_that_there_are_more() {
        let member = |number: usize| format!("\"{}{number}\":0,", "~".repeat(1000));
        let body = |unknown: usize| (0..unknown).map(member).collect::<Vec<_>>().concat();
        for (unknown, named, more) in [(0, 1, false), (99, 100, false), (100, 100, true), (50_000, 100, true)] {
            let fields = Fields::of(
                Json::parse(format!("{{{}\"name\":1}}", body(unknown)).as_bytes()).expect("the sample is JSON"),
                Timestamp::UNIX_EPOCH,
            );
            let mut fields = fields;
            let name = fields.required("name", |text| Ok(text.to_owned()));
            let errors = fields.finish(name).expect_err("a number is no name").named();
            let last = errors.last().expect("there is one");
            assert_eq!((errors.len(), last.code == FieldCode::More && last.pointer.is_empty()), (named, more), "{unknown}");
            assert!(errors.iter().all(|error| error.pointer.len() <= 2 * super::MAX_NAME + 1));
        }
    }

    #[test]
    fn what_is_beyond_the_limit_is_never_taken() {
        let many = "0,".repeat(30_000);
        let read = |text: String| {
            let mut fields = Fields::of(Json::parse(text.as_bytes()).expect("the sample is JSON"), Timestamp::UNIX_EPOCH);
            let texts = fields.texts("texts", usize::MAX, |text| Ok(text.to_owned()));
            fields.finish(Some(texts)).is_err()
        };
        assert!(!read(r#"{"texts":["x"]}"#.to_owned()));
        assert!(read(format!("{{\"texts\":[\"x\"],\"others\":[{many}0]}}")) && read(format!("[{many}0]")));
    }

    #[test]
    fn refuses_lists_that_are_too_long_and_roots_that_are_no_object() {
        assert_eq!(read(r#"{"name":"x","ages":[{},{},{}]}"#), Err(vec![("/ages".to_owned(), FieldCode::TooLong)]));
        assert!(read("[]").is_err());
    }
}
