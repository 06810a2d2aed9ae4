//! A strict JSON tree: what came over the wire, before any field is believed.
//!
//! Unlike `serde_json::Value` it refuses an object that names a member twice (RFC 8259 section 4 leaves the meaning of that
//! to the reader, and two readers may differ), and it wipes the text it holds, because anything in it may be personal.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use zeroize::Zeroizing;

/// One JSON value with unique member names.
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number written without fraction or exponent that fits 64 bits.
    Integer(i64),
    /// Any other number: no field takes one.
    OtherNumber,
    /// A string, wiped when dropped.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Json>),
    /// An object in the order it was written.
    Object(Vec<(String, Json)>),
}

/// The text is not one JSON value, nests too deep, is not UTF-8 or names a member twice.
#[derive(Debug, thiserror::Error)]
#[error("not one well-formed JSON value")]
pub struct MalformedJson;

impl Json {
    /// Parses exactly one value; nothing may follow it. Nesting is limited to 128 levels.
    ///
    /// # Errors
    /// [`MalformedJson`], without saying where: the text is not ours to repeat.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedJson> {
        serde_json::from_slice(bytes).map_err(|_| MalformedJson)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::OtherNumber, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(Zeroizing::new(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(Zeroizing::new(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::<(String, Json)>::new();
        let mut names = std::collections::HashSet::new();
        while let Some((name, value)) = members.next_entry::<String, Json>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a member is named twice"));
            }
            object.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":1} {}"#, r#"{"a":01}"#, "{\"a\":\"\u{1}\"}", "[1,]", ""] {
            assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
        assert!(Json::parse("[".repeat(200).as_bytes()).is_err());
    }

    #[test]
    fn keeps_integers_apart_from_other_numbers() {
        assert!(matches!(Json::parse(b"-12"), Ok(Json::Integer(-12))));
        for text in ["1.0", "1e3", "18446744073709551615", "1e999"] {
            assert!(!matches!(Json::parse(text.as_bytes()), Ok(Json::Integer(_))), "{text}");
        }
    }
}
