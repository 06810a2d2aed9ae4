//! The stored form a value was read from, so that writing the value back preserves what this version does not know.
//!
//! A value carries its origin along through changes, clones and moves. The origin is not part of the value itself.

use super::json_tree::Tree;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// The bytes that a value was read from; empty for a new value.
#[derive(Clone, Default)]
pub struct Origin(Option<Arc<Zeroizing<Vec<u8>>>>);

/// The origin does not affect equality.
impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Origin")
    }
}

impl Origin {
    /// The origin of a value read from these bytes.
    pub fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(Some(Arc::new(bytes)))
    }

    /// Deserialises a document and keeps its bytes as the origin.
    ///
    /// # Errors
    /// When the bytes are not such a document.
    pub fn read<T: DeserializeOwned>(bytes: Zeroizing<Vec<u8>>) -> Result<(T, Self), serde_json::Error> {
        Ok((serde_json::from_slice(&bytes)?, Self::of(bytes)))
    }

    /// Serialises `value`, which was read from here and possibly changed, preserving stored data unknown to this version.
    pub fn keep<T: Serialize + DeserializeOwned>(&self, value: &T) -> Zeroizing<Vec<u8>> {
        let new = encode(value);
        self.merge::<T>(&new).unwrap_or(new)
    }

    /// `None` when there is nothing to preserve.
    fn merge<T: Serialize + DeserializeOwned>(&self, new: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let stored = self.0.as_deref()?;
        let read = encode(&serde_json::from_slice::<T>(stored).ok()?);
        if *read == **stored {
            return None;
        }
        let [stored, read, new] = [stored.as_slice(), read.as_slice(), new].map(Tree::parse);
        Some(Tree::merged(&stored.ok()?, &read.ok()?, new.ok()?).bytes())
    }
}

fn encode(record: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(record).expect("records have string keys and serialise to memory"))
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use serde::{Deserialize, Serialize};
    use zeroize::Zeroizing;

    #[derive(Serialize, Deserialize)]
    struct Known {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age: Option<u8>,
    }

    #[test]
    fn a_value_that_is_written_back_keeps_what_is_not_known() {
        let stored = r#"{"name":"x","age":3,"later":{"more":[1,2.50]}}"#;
        let origin = Origin::of(Zeroizing::new(stored.as_bytes().to_vec()));
        let mut value: Known = serde_json::from_str(stored).expect("known members are there");
        assert_eq!(*origin.keep(&value), stored.as_bytes());
        (value.name, value.age) = ("y".to_owned(), None);
        assert_eq!(*origin.keep(&value), br#"{"name":"y","later":{"more":[1,2.50]}}"#);
        assert_eq!(*Origin::default().keep(&value), br#"{"name":"y"}"#);
    }
}
