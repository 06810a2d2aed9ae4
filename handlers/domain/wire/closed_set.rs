//! Closed sets: values of which a request may name only those that this version knows, while what is stored may be of a later one.

use super::fields::FieldCode;
use serde::de::{
    Deserialize, DeserializeOwned, IntoDeserializer,
    value::{Error, StrDeserializer},
};

/// A closed set of values as known to this version; a stored value may be from a later version.
pub trait ClosedSet: Copy + for<'de> Deserialize<'de> {
    /// Whether this version knows the value.
    fn is_known(&self) -> bool;
}

/// Parses a value of a closed set by its serde name; values of later versions are refused.
pub fn one_of<T: ClosedSet>(text: &str) -> Result<T, FieldCode> {
    by_name(text).and_then(|value: T| if value.is_known() { Ok(value) } else { Err(FieldCode::UnknownValue) })
}

/// Parses a value by its serde name.
pub fn by_name<T: DeserializeOwned>(text: &str) -> Result<T, FieldCode> {
    let name: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(name).map_err(|_| FieldCode::UnknownValue)
}

/// Declares closed sets by the names of their values, each with a variant for values of later versions: those are kept and shown, and
/// refused in requests. `as` gives the set another name in the OpenAPI document.
#[macro_export]
macro_rules! closed_set {
    ($(
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:ident),+ $(,)?)])?
        pub enum $name:ident $(as $schema:literal)? in $case:literal { $($(#[$value_attribute:meta])* $value:ident),+ $(,)? }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize $($(, $derive)+)?)]
        #[serde(rename_all = $case)]
        pub enum $name {
            $($(#[$value_attribute])* $value,)+
            /// A value of a later version.
            #[serde(untagged)]
            Later($crate::domain::later::Word),
        }

        impl $name {
            /// Every value that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];
        }

        impl $crate::domain::wire::closed_set::ClosedSet for $name {
            fn is_known(&self) -> bool {
                !matches!(self, Self::Later(_))
            }
        }

        $crate::text_value!($name => $crate::domain::wire::closed_set::one_of);

        impl utoipa::ToSchema for $name {
            $(fn name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            })?
        }

        /// Documents the values that this version knows.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let names = Self::ALL.iter().map(|value| serde_json::to_value(value).expect("a value is its name"));
                let description = [$($doc),+].map(str::trim).join("\n");
                ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(names)).into()
            }
        }
    )+};
}
