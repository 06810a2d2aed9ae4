//! What a client read, edited and sends back whole: `PUT` takes what `GET` answers.
//!
//! - What is computed is discarded, and what cannot be changed has to be what is stored.
//! - Values that are sent back as stored were accepted when first submitted, and remain accepted when a rule becomes stricter. Everything
//!   that differs from the stored data is validated by the current rules.

use super::wire::{
    fields::{FieldCode, FieldError, Fields, InvalidFields},
    json::Json,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// The members of an answer that a request cannot set.
#[derive(Default)]
pub struct ServerWritten {
    /// Discarded: they follow from the rest, or from what happened.
    pub computed: &'static [&'static str],
    /// Refused unless they are equal to what is stored: who sends another value expects a change.
    pub fixed: &'static [&'static str],
}

/// Reads an object by `read`.
///
/// # Errors
/// What is wrong with it without regard to what is stored.
pub fn read<T>(mut fields: Fields, server: &ServerWritten, read: Reader<T>) -> Result<(T, Claims), Refused<T>> {
    fields.pass_over(server.computed);
    let claims = Claims(server.fixed.iter().filter_map(|name| Some((*name, fields.take(name)?))).collect());
    let (now, sent) = (fields.now(), fields.into_json());
    match read(Fields::of(sent.clone(), now)) {
        Ok(object) => Ok((object, claims)),
        Err(errors) => Err(Refused { errors, sent, now, read, claims }),
    }
}

/// How an object is read from its members.
type Reader<T> = fn(Fields) -> Result<T, InvalidFields>;

/// An object with values that today's rules refuse; they may be those that are stored.
pub struct Refused<T> {
    pub errors: InvalidFields,
    sent: Json,
    now: Timestamp,
    read: Reader<T>,
    claims: Claims,
}

impl<T: Serialize + DeserializeOwned> Refused<T> {
    /// The object to be stored in place of `stored`, whose fixed members have these values.
    ///
    /// # Errors
    /// Every refused field.
    pub fn over(self, stored: &T, fixed: &Fixed) -> Result<(T, Claims), InvalidFields> {
        let Self { errors, sent, now, read, claims } = self;
        let taken = taken(&sent, stored, errors, |json| read(Fields::of(json, now)));
        match (taken, claims.check(fixed)) {
            (Ok(object), Ok(())) => Ok((object, claims)),
            (Ok(_), Err(refused)) | (Err(refused), Ok(())) => Err(refused),
            (Err(refused), Err(more)) => Err(InvalidFields([refused.0, more.0].concat())),
        }
    }
}

/// Fixed members with their stored values.
pub type Fixed = [(&'static str, Option<Json>)];

/// Values of fixed members, as a request gave them.
pub struct Claims(Vec<(&'static str, Json)>);

impl Claims {
    /// Compares them with what is stored; a member without a stored value is refused.
    ///
    /// # Errors
    /// [`FieldCode::ReadOnly`] for each one that differs.
    pub fn check(&self, stored: &Fixed) -> Result<(), InvalidFields> {
        let differs = |(name, sent): &&(&str, Json)| !stored.iter().any(|(known, value)| known == name && value.as_ref() == Some(sent));
        let differing = self.0.iter().filter(differs);
        let errors: Vec<_> = differing.map(|(name, _)| FieldError::of(format!("/{name}"), FieldCode::ReadOnly)).collect();
        if errors.is_empty() { Ok(()) } else { Err(InvalidFields(errors)) }
    }
}

/// Accepts `sent` in place of `stored` although it was `refused`, provided that every refused value is also stored, in this or another
/// entry of the list, and refused there for the same reason.
///
/// # Errors
/// The errors that remain.
fn taken<T: Serialize + DeserializeOwned>(
    sent: &Json,
    stored: &T,
    refused: InvalidFields,
    read: impl Fn(Json) -> Result<T, InvalidFields>,
) -> Result<T, InvalidFields> {
    let Some(stored) = Json::of(stored) else { return Err(refused) };
    let Err(known) = read(stored.clone()) else { return Err(refused) };
    let known: Vec<_> = known.0.iter().filter_map(|error| Some((error, stored.at(&error.pointer)?))).collect();
    let is_known = |error: &FieldError| {
        let value = sent.at(&error.pointer);
        let same = |(known, stored): &(&FieldError, &Json)| {
            known.code == error.code && place(&known.pointer) == place(&error.pointer) && value == Some(*stored)
        };
        known.iter().any(same)
    };
    let left: Vec<_> = refused.0.iter().filter(|error| !is_known(error)).cloned().collect();
    if !left.is_empty() {
        return Err(InvalidFields(left));
    }
    sent.without_nulls().read().ok_or(refused)
}

/// A pointer with the indexes of entries replaced by 0.
fn place(pointer: &str) -> Vec<&str> {
    let numbers = |segment: &&str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    pointer.split('/').map(|segment| if numbers(&segment) { "0" } else { segment }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Json, taken};
    use crate::domain::{
        clients::file::ClientFile,
        wire::{fields::Fields, object::Object},
    };
    use serde_json::{Value, json};

    /// Returns the result of sending `sent` over a file that was stored under other rules.
    fn over(stored: &Value, sent: &Value) -> Result<Value, Vec<String>> {
        let read = |json| ClientFile::read(Fields::of(json, "2026-01-01T12:00:00Z".parse().expect("a moment")));
        let stored: ClientFile = serde_json::from_value(stored.clone()).expect("whatever is stored opens");
        let sent = Json::parse(sent.to_string().as_bytes()).expect("JSON");
        let refused = read(sent.clone()).expect_err("a rule of today is broken");
        match taken(&sent, &stored, refused, read) {
            Ok(file) => Ok(serde_json::to_value(file).expect("a file is JSON")),
            Err(refused) => Err(refused.0.into_iter().map(|error| error.pointer).collect()),
        }
    }

    fn file(more: &Value) -> Value {
        let mut file = json!({"person": {"last_name": "\u{7}"}, "children": [], "expenses": [], "assets": [], "debts": [],
            "incomes": [{"kind": "royalties", "amount_cents": 2_000_000_000_000_i64}, {"kind": "rent"}], "address": {"postcode": "1234SS"}});
        file.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        file
    }

    #[test]
    fn what_is_sent_back_is_taken_back() {
        let stored = file(&json!({}));
        assert_eq!(over(&stored, &stored), Ok(stored.clone()));
        let other = file(&json!({"notes": "anders", "incomes": [{"kind": "rent"}, {"kind": "royalties"}]}));
        assert_eq!(over(&stored, &other), Ok(other), "and with it what is new and right");
        let nothing = file(&json!({"notes": null, "debts": null, "incomes": [{"kind": "rent", "description": null}]}));
        assert_eq!(over(&stored, &nothing), Ok(file(&json!({"incomes": [{"kind": "rent"}]}))), "what is null is not there");
    }

    #[test]
    fn what_differs_is_judged() {
        let stored = file(&json!({}));
        for (more, pointers) in [
            (json!({"person": {"last_name": "\u{8}"}}), vec!["/person/last_name"]),
            (json!({"person": {"last_name": "\u{7}", "first_name": "\u{7}"}}), vec!["/person/first_name"]),
            (json!({"incomes": [{"kind": "tips"}]}), vec!["/incomes/0/kind"]),
            (json!({"expenses": [{"kind": "royalties"}]}), vec!["/expenses/0/kind"]),
            (json!({"incomes": [{"amount_cents": 2_000_000_000_001_i64}]}), vec!["/incomes/0/amount_cents"]),
            (json!({"address": {"postcode": "1234SS", "country": "be"}}), vec!["/address/country"]),
            (json!({"address": {"postcode": "1234SS", "country": "NL", "more": 1}}), vec!["/address/more"]),
            (json!({"notes": 7}), vec!["/notes"]),
        ] {
            assert_eq!(over(&stored, &file(&more)), Err(pointers.into_iter().map(str::to_owned).collect()), "{more}");
        }
        let right = json!({"person": {"last_name": "Dijk"}});
        assert_eq!(over(&right, &file(&json!({}))).map_err(|pointers| pointers.len()), Err(4), "what was right is judged as ever");
    }
}
