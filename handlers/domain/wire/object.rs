//! The members of an object: what a field may hold, and how it is read.

use super::{
    fields::Fields,
    values::{AccountRef, CountryCode, Day, Moment},
};
use crate::domain::{
    breaches::words::{About, BreachLine, BreachText, KvkNumber},
    sign_in::credentials::EmailAddress,
};

/// Maximum number of entries of a list.
pub const MAX_ENTRIES: usize = 100;

/// A value that a field of an object may have.
pub trait Value: Sized {
    /// The field's value; `None` when it is absent or an error was recorded.
    fn value(fields: &mut Fields, name: &str) -> Option<Self>;
}

/// An entry of a list.
pub trait Entry: Sized {
    /// The field's entries; empty when it is absent or an error was recorded.
    fn entries(fields: &mut Fields, name: &str) -> Vec<Self>;
}

/// An optional field of an object.
pub trait Member: Sized {
    fn member(fields: &mut Fields, name: &str) -> Self;

    /// Whether it is empty and therefore not serialised.
    fn is_empty(&self) -> bool;
}

impl<T: Value> Member for Option<T> {
    fn member(fields: &mut Fields, name: &str) -> Self {
        T::value(fields, name)
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T: Entry> Member for Vec<T> {
    fn member(fields: &mut Fields, name: &str) -> Self {
        T::entries(fields, name)
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

macro_rules! read_as_text {
    ($($name:ty),+) => {$(
        impl Value for $name {
            fn value(fields: &mut Fields, name: &str) -> Option<Self> {
                fields.optional(name, Self::parse)
            }
        }

        impl Entry for $name {
            fn entries(fields: &mut Fields, name: &str) -> Vec<Self> {
                fields.texts(name, MAX_ENTRIES, Self::parse)
            }
        }
    )+};
}

read_as_text!(BreachLine, BreachText, KvkNumber, CountryCode, Moment, Day, AccountRef, EmailAddress);

impl Value for About {
    fn value(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.integer(name, Self::parse)
    }
}

impl Value for bool {
    fn value(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.flag(name)
    }
}
