//! A strict JSON tree: untrusted input before any field is validated.
//!
//! Unlike `serde_json::Value` it refuses an object with a duplicate member (RFC 8259 section 4 leaves the meaning of that to the reader,
//! and two readers may differ), and it wipes the text it holds, because any of it may be personal data.
//!
//! A mebibyte of nothing but members would become a tree of twenty mebibytes: values beyond a maximum number are checked for
//! well-formedness only. They are replaced by `Beyond`, which no field accepts.

use serde::{
    Serialize, Serializer,
    de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{cell::Cell, fmt};
use zeroize::Zeroizing;

/// One JSON value with unique member names.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number written without fraction or exponent that fits 64 bits.
    Integer(i64),
    /// Any other number: no field accepts one.
    OtherNumber,
    /// A string, wiped when dropped.
    Text(Zeroizing<String>),
    List(Vec<Json>),
    /// An object, with its members in input order.
    Object(Vec<(String, Json)>),
    /// Replaces the values beyond the maximum number.
    Beyond,
}

/// Maximum number of values kept of one text. The largest request, a client file with all its lists full, has a few thousand.
const MAX_VALUES: usize = 20_000;

/// The text is not one JSON value, nests too deep, is not UTF-8 or has a duplicate member.
#[derive(Debug, thiserror::Error)]
#[error("not one well-formed JSON value")]
pub struct MalformedJson;

impl Json {
    /// Parses exactly one value; nothing may follow it. Nesting is limited to 128 levels.
    ///
    /// # Errors
    /// [`MalformedJson`], without a position: the input must not be repeated.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedJson> {
        let left = Cell::new(MAX_VALUES);
        let mut text = serde_json::Deserializer::from_slice(bytes);
        let json = Tree { left: &left }.deserialize(&mut text).map_err(|_| MalformedJson)?;
        text.end().map_err(|_| MalformedJson)?;
        Ok(json)
    }

    /// Converts a serialisable value; `None` when that is not possible.
    pub fn of(value: &impl Serialize) -> Option<Self> {
        let text = Zeroizing::new(serde_json::to_vec(value).ok()?);
        Self::parse(&text).ok()
    }

    /// Returns the value at a JSON pointer (RFC 6901).
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |value, segment| match value {
            Self::Object(members) => {
                let name = segment.replace("~1", "/").replace("~0", "~");
                members.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
            }
            Self::List(entries) => entries.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Returns the value without members that are `null`, which is equivalent to absent.
    pub fn without_nulls(&self) -> Self {
        match self {
            Self::List(entries) => Self::List(entries.iter().map(Self::without_nulls).collect()),
            Self::Object(members) => {
                let given = members.iter().filter(|(_, value)| !matches!(value, Self::Null));
                Self::Object(given.map(|(name, value)| (name.clone(), value.without_nulls())).collect())
            }
            other => other.clone(),
        }
    }

    /// Deserialises it like stored data, without validation.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let text = Zeroizing::new(serde_json::to_vec(self).ok()?);
        serde_json::from_slice(&text).ok()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(is) => serializer.serialize_bool(*is),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::OtherNumber | Self::Beyond => Err(serde::ser::Error::custom("a value that was not kept")),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(entries) => serializer.collect_seq(entries),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

/// A visitor for one value, with the number of values that may still be kept.
#[derive(Clone, Copy)]
struct Tree<'a> {
    left: &'a Cell<usize>,
}

impl Tree<'_> {
    /// Consumes one slot. Returns whether the value may be kept.
    fn has_room(self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.has_room() { deserializer.deserialize_any(self) } else { IgnoredAny::deserialize(deserializer).map(|_| Json::Beyond) }
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
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
        while let Some(item) = items.next_element_seed(self)? {
            if !matches!((&item, list.last()), (Json::Beyond, Some(Json::Beyond))) {
                list.push(item);
            }
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::<(String, Json)>::new();
        let mut names = std::collections::HashSet::new();
        while self.left.get() > 0 {
            let Some(name) = members.next_key::<String>()? else {
                return Ok(Json::Object(object));
            };
            let value = members.next_value_seed(self)?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a member is named twice"));
            }
            object.push((name, value));
        }
        let mut is_beyond = false;
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            is_beyond = true;
        }
        object.extend(is_beyond.then(|| (String::new(), Json::Beyond)));
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
    fn keeps_so_many_values_and_takes_the_others_for_none() {
        let members: Vec<_> = (0..100_000).map(|number| format!("\"m{number}\":[[0],{{}}]")).collect();
        let Ok(Json::Object(kept)) = Json::parse(format!("{{{}}}", members.join(",")).as_bytes()) else { panic!("an object") };
        assert!(kept.len() <= super::MAX_VALUES && matches!(kept.last(), Some((_, Json::Beyond))), "{}", kept.len());
        let Ok(Json::List(kept)) = Json::parse(format!("[{}0]", "[0],".repeat(100_000)).as_bytes()) else { panic!("a list") };
        assert!(kept.len() <= super::MAX_VALUES && matches!(kept.last(), Some(Json::Beyond)), "{}", kept.len());
        for malformed in ["[0,", "0]0", "x]", "[[]"] {
            assert!(Json::parse(format!("[{}{malformed}", "0,".repeat(100_000)).as_bytes()).is_err(), "{malformed}");
        }
    }

    #[test]
    fn keeps_integers_apart_from_other_numbers() {
        assert!(matches!(Json::parse(b"-12"), Ok(Json::Integer(-12))));
        for text in ["1.0", "1e3", "18446744073709551615", "1e999"] {
            assert!(!matches!(Json::parse(text.as_bytes()), Ok(Json::Integer(_))), "{text}");
        }
    }
}
