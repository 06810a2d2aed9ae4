//! Values that must not be disclosed: no `Debug`, no `Display`, no `Serialize`, wiped when dropped.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A value that is only accessible through an explicit [`Secret::expose`] and is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes ownership of `value`; the caller keeps no copy.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the code that has to work with it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<const N: usize> Secret<[u8; N]> {
    /// Creates a secret of exactly `N` bytes; `None` when `bytes` has another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl<const N: usize> PartialEq for Secret<[u8; N]> {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// `#[serde(with = "secret::for_sealing")]`: serialises a secret within a record that is sealed as a whole.
///
/// Apart from [`for_sealing_text`] it is the only way to serialise a [`Secret`], so a search for the name finds every place that does.
pub mod for_sealing {
    use super::Secret;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// Serialises the bytes as a list of numbers.
    pub fn serialize<S: Serializer, const N: usize>(secret: &Secret<[u8; N]>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.expose().as_slice().serialize(serializer)
    }

    /// Deserialises what [`serialize`] wrote.
    ///
    /// # Errors
    /// When the length differs.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<Secret<[u8; N]>, D::Error> {
        let bytes = zeroize::Zeroizing::new(Vec::<u8>::deserialize(deserializer)?);
        Secret::from_slice(&bytes).ok_or_else(|| D::Error::custom("secret of another length"))
    }
}

/// `#[serde(with = "secret::for_sealing_text")]`: like [`for_sealing`], for a secret that is text.
pub mod for_sealing_text {
    use super::Secret;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(serializer)
    }

    /// Deserialises what [`serialize`] wrote.
    ///
    /// # Errors
    /// When it is not text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn equal_only_when_every_byte_is() {
        assert!(Secret::new([1_u8, 2]) == Secret::new([1, 2]));
        assert!(Secret::new([1_u8, 2]) != Secret::new([1, 3]));
    }

    #[test]
    fn takes_only_its_own_length() {
        assert!(Secret::<[u8; 4]>::from_slice(b"four").is_some());
        assert!(Secret::<[u8; 4]>::from_slice(b"three").is_none());
    }
}
