//! Values written by a later version and unknown to this one: read without loss, and never relied upon.
//!
//! A value of a closed set is kept by its name, which responses show unchanged. A value with members is kept by its name where the
//! surrounding document preserves the rest (`domain/origin`), and in full where it is shown. Requests accept neither.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use std::{cell::Cell, fmt};

/// Maximum length of a value's name.
const MAX_BYTES: usize = 40;

thread_local! {
    /// Whether a value of a later version was read since [`watched`] began.
    static MET: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `read`, and whether it encountered a value of a closed set that this version does not know: then this version
/// must not draw conclusions from it.
pub fn watched<T>(read: impl FnOnce() -> T) -> (T, bool) {
    MET.set(false);
    let made = read();
    (made, MET.get())
}

/// The name of a value: 1 to 40 lower-case letters, digits and underscores.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word([u8; MAX_BYTES]);

impl Word {
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX_BYTES];
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if text.is_empty() || !text.bytes().all(plain) {
            return None;
        }
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self(bytes))
    }

    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(MAX_BYTES);
        str::from_utf8(&self.0[..end]).expect("only ASCII is taken")
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Named::deserialize_as(deserializer, false).map(|Named(word)| word)
    }
}

/// A value with members, reduced to its name: `"name"` or `{"name": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Named(pub Word);

impl Named {
    fn deserialize_as<'de, D: Deserializer<'de>>(deserializer: D, with_members: bool) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOf { with_members })
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize_as(deserializer, true)
    }
}

struct NameOf {
    with_members: bool,
}

impl<'de> Visitor<'de> for NameOf {
    type Value = Named;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Named, E> {
        MET.set(true);
        Word::parse(text).map(Named).ok_or_else(|| E::custom("no name of a value"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
        let none = || A::Error::custom("no name of a value");
        let (name, _) = map.next_entry::<String, IgnoredAny>()?.filter(|_| self.with_members).ok_or_else(none)?;
        if map.next_key::<IgnoredAny>()?.is_some() {
            return Err(none());
        }
        self.visit_str(&name)
    }
}

/// A value that this version knows, or the complete JSON of one that it does not. Only the known form is documented: a response may
/// contain values unknown to its reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrLater<T> {
    Known(T),
    /// The value as stored.
    Later(serde_json::Value),
}

impl<T> OrLater<T> {
    /// Returns the value if it is known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Later(_) => None,
        }
    }

    /// Returns the value if it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Later(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, OrLater, Word};
    use crate::domain::{clients::kinds::IncomeKind, hand_overs::record::Phase, wire::closed_set::one_of};

    #[test]
    fn a_value_of_a_later_version_is_kept_and_shown_and_not_taken() {
        let kind: IncomeKind = serde_json::from_str("\"royalties\"").expect("any name");
        assert_eq!(kind, IncomeKind::Later(Word::parse("royalties").expect("a name")));
        assert_eq!(serde_json::to_string(&kind).expect("a name"), "\"royalties\"");
        assert!(one_of::<IncomeKind>("royalties").is_err() && one_of::<IncomeKind>("rent").is_ok());
        for text in ["\"\"", "\"Ä\"", "\"a b\"", "3", "null", "{\"a\":1}", &format!("\"{}\"", "a".repeat(41))] {
            assert!(serde_json::from_str::<IncomeKind>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_with_members_is_kept_by_its_name() {
        for (text, name) in [("\"later\"", "later"), (r#"{"later":{"x":[1]}}"#, "later"), (r#"{"moving":{"files":"?"}}"#, "moving")] {
            let phase: Phase = serde_json::from_str(text).expect("any name");
            assert_eq!(phase, Phase::Later(Named(Word::parse(name).expect("a name"))), "{text}");
        }
        assert!(serde_json::from_str::<Phase>(r#"{"a":1,"b":2}"#).is_err());
    }

    #[test]
    fn what_is_shown_is_kept_whole() {
        let text = r#"{"step":"later","x":{"y":1}}"#;
        let read: OrLater<bool> = serde_json::from_str(text).expect("any object");
        assert!(read.known().is_none());
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        assert_eq!(serde_json::from_str::<OrLater<bool>>("true").expect("known").into_known(), Some(true));
    }
}
