//! Objects of requests: one declaration gives the type, its reader and its OpenAPI schema.
//!
//! The type of a member says whether it is mandatory: a `T` is, an `Option<T>` may be absent, a `Vec<T>` is empty when it is absent.
//! Errors are listed in the order in which members are read: the mandatory ones first, then the others, each in the order of their
//! declaration. A rule over several members is written out beside the declaration.

use super::fields::{Fields, InvalidFields};

/// Maximum number of entries of a list.
pub const MAX_ENTRIES: usize = 100;

/// An object with its members.
pub trait Object: Sized {
    /// Whether every member may be absent, and therefore the object as well where it is a member itself.
    const MAY_BE_ABSENT: bool = false;

    /// Reads every member; `None` when an error was recorded.
    fn members(fields: &mut Fields) -> Option<Self>;

    /// Reads a whole request body.
    ///
    /// # Errors
    /// Every refused field with its pointer.
    fn read(mut fields: Fields) -> Result<Self, InvalidFields> {
        let object = Self::members(&mut fields);
        fields.finish(object)
    }
}

/// A value of a member.
pub trait Value: Sized {
    /// Reads an optional member; `None` when it is absent or an error was recorded.
    fn optional(fields: &mut Fields, name: &str) -> Option<Self>;

    /// Reads a mandatory member; `None` when an error was recorded.
    fn mandatory(fields: &mut Fields, name: &str) -> Option<Self> {
        if fields.demand(name) { Self::optional(fields, name) } else { None }
    }
}

impl<T: Object> Value for T {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.object(name, Self::members).flatten()
    }

    fn mandatory(fields: &mut Fields, name: &str) -> Option<Self> {
        if Self::MAY_BE_ABSENT {
            fields.pass_null(name);
        }
        fields.required_object(name, Self::members)
    }
}

impl Value for bool {
    fn optional(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.flag(name)
    }
}

/// A value of which a list may consist.
pub trait Entry: Sized {
    /// Reads the list; empty when it is absent or an error was recorded.
    fn entries(fields: &mut Fields, name: &str) -> Vec<Self>;
}

impl<T: Object> Entry for T {
    fn entries(fields: &mut Fields, name: &str) -> Vec<Self> {
        fields.list(name, MAX_ENTRIES, Self::members).into_iter().flatten().collect()
    }
}

/// A day or moment that a member may require not to be in the future.
pub trait Dated: Sized {
    /// Reads a mandatory member that is not in the future.
    fn past(fields: &mut Fields, name: &str) -> Option<Self>;
}

/// A member, mandatory or not by its type.
pub trait Member: Sized {
    /// Reads the member; `None` when it is mandatory and an error was recorded.
    fn member(fields: &mut Fields, name: &str) -> Option<Self>;
}

impl<T: Value> Member for T {
    fn member(fields: &mut Fields, name: &str) -> Option<Self> {
        T::mandatory(fields, name)
    }
}

impl<T: Value> Member for Option<T> {
    fn member(fields: &mut Fields, name: &str) -> Option<Self> {
        Some(T::optional(fields, name))
    }
}

impl<T: Entry> Member for Vec<T> {
    fn member(fields: &mut Fields, name: &str) -> Option<Self> {
        Some(T::entries(fields, name))
    }
}

/// A member that a sparse object leaves out when nothing was filled in.
pub trait Blank {
    fn is_blank(&self) -> bool;
}

impl<T> Blank for Option<T> {
    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T> Blank for Vec<T> {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// Lets members hold values that are sent as text, and lists consist of them.
#[macro_export]
macro_rules! text_value {
    ($($name:ty => $parse:expr),+ $(,)?) => {$(
        impl $crate::domain::wire::object::Value for $name {
            fn optional(fields: &mut $crate::domain::wire::fields::Fields, name: &str) -> Option<Self> {
                fields.optional(name, $parse)
            }
        }

        impl $crate::domain::wire::object::Entry for $name {
            fn entries(fields: &mut $crate::domain::wire::fields::Fields, name: &str) -> Vec<Self> {
                fields.texts(name, $crate::domain::wire::object::MAX_ENTRIES, $parse)
            }
        }
    )+};
}

/// Lets members hold values that are sent as an integer within bounds.
#[macro_export]
macro_rules! number_value {
    ($($name:ty, $bounds:expr => $parse:expr),+ $(,)?) => {$(
        impl $crate::domain::wire::object::Value for $name {
            fn optional(fields: &mut $crate::domain::wire::fields::Fields, name: &str) -> Option<Self> {
                fields.integer(name, &$bounds, $parse)
            }
        }
    )+};
}

/// Declares objects of requests. Each declaration is one of
///
/// - `pub struct`: an object that is only sent; it derives nothing but its schema;
/// - `pub stored struct`: one that is stored as well; absent members are left out, lists are always written;
/// - `pub sparse struct`: one that is stored and in which everything may be left open; what is blank is left out;
/// - `pub stored enum … by "tag"`: one of several stored objects, told apart by the member `tag`.
///
/// Each has a comment, and so has each member, since the document shows them. `past` before a member: it must not be in the future.
/// `flat` before a member: its own members take its place. `kept` before an optional member: the program sets it, and requests that hold it
/// are refused.
#[macro_export]
macro_rules! wire_object {
    () => {};

    (#[doc = $doc:tt] $(#$meta:tt)* pub struct $name:ident { $($members:tt)* } $($more:tt)*) => {
        $crate::wire_object!(@members
            { struct $name false [#[doc = $doc] #[derive(utoipa::ToSchema)] $(#$meta)*] }
            { mandatory [pub] [#[schema(nullable = false)]] [#[schema(required = false)]] }
            [] [] [] $($members)*);
        $crate::wire_object!($($more)*);
    };

    (#[doc = $doc:tt] $(#$meta:tt)* pub stored struct $name:ident { $($members:tt)* } $($more:tt)*) => {
        $crate::wire_object!(@members
            { struct $name false [
                #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)] #[doc = $doc] $(#$meta)*
            ] }
            { mandatory [pub] [#[serde(skip_serializing_if = "Option::is_none")] #[schema(nullable = false)]] [#[serde(default)]] }
            [] [] [] $($members)*);
        $crate::wire_object!($($more)*);
    };

    (#[doc = $doc:tt] $(#$meta:tt)* pub sparse struct $name:ident { $($members:tt)* } $($more:tt)*) => {
        $crate::wire_object!(@members
            { struct $name true [
                #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)] #[doc = $doc] $(#$meta)*
            ] }
            {
                blank [pub]
                [#[serde(default, skip_serializing_if = "crate::domain::wire::object::Blank::is_blank")] #[schema(nullable = false)]]
                [#[serde(default, skip_serializing_if = "crate::domain::wire::object::Blank::is_blank")] #[schema(nullable = false)]]
            }
            [] [] [] $($members)*);

        impl $crate::domain::wire::object::Blank for $name {
            fn is_blank(&self) -> bool {
                *self == Self::default()
            }
        }

        $crate::wire_object!($($more)*);
    };

    (#[doc = $doc:tt] $(#$meta:tt)* pub stored enum $name:ident by $tag:tt { $($variants:tt)* } $($more:tt)*) => {
        $crate::wire_object!(@variants { $name $tag [#[doc = $doc] $(#$meta)*] } [] [] $($variants)*);
        $crate::wire_object!($($more)*);
    };

    // The members of an object or a variant, one after the other: what is declared so far, and how each is read.
    (@members $target:tt { $plain:tt $vis:tt [$($option:tt)*] $list:tt } [$($declared:tt)*] $first:tt [$($then:tt)*]
        $(#$meta:tt)* $member:ident: Option<$value:ty>, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { $plain $vis [$($option)*] $list } $vis
            [$($declared)*] [$(#$meta)* $($option)*] [$member: Option<$value>,] $first [$($then)* { $member member }] $($rest)*);
    };
    (@members $target:tt { $plain:tt $vis:tt $option:tt [$($list:tt)*] } [$($declared:tt)*] $first:tt [$($then:tt)*]
        $(#$meta:tt)* $member:ident: Vec<$value:ty>, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { $plain $vis $option [$($list)*] } $vis
            [$($declared)*] [$(#$meta)* $($list)*] [$member: Vec<$value>,] $first [$($then)* { $member member }] $($rest)*);
    };
    (@members $target:tt { $plain:tt $vis:tt [$($option:tt)*] $list:tt } [$($declared:tt)*] $first:tt [$($then:tt)*]
        $(#$meta:tt)* kept $member:ident: Option<$value:ty>, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { $plain $vis [$($option)*] $list } $vis
            [$($declared)*] [$(#$meta)* $($option)*] [$member: Option<$value>,] $first [$($then)* { $member kept }] $($rest)*);
    };
    (@members $target:tt { $plain:tt $vis:tt $option:tt $list:tt } $declared:tt [$($first:tt)*] $then:tt
        $(#$meta:tt)* past $member:ident: $value:ty, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { $plain $vis $option $list } $vis
            $declared [$(#$meta)*] [$member: $value,] [$($first)* { $member past }] $then $($rest)*);
    };
    (@members $target:tt { $plain:tt $vis:tt $option:tt $list:tt } $declared:tt [$($first:tt)*] $then:tt
        $(#$meta:tt)* flat $member:ident: $value:ty, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { $plain $vis $option $list } $vis
            $declared [$(#$meta)* #[serde(flatten)]] [$member: $value,] [$($first)* { $member flat }] $then $($rest)*);
    };
    (@members $target:tt { mandatory $vis:tt $option:tt $list:tt } $declared:tt [$($first:tt)*] $then:tt
        $(#$meta:tt)* $member:ident: $value:ty, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { mandatory $vis $option $list } $vis
            $declared [$(#$meta)*] [$member: $value,] [$($first)* { $member member }] $then $($rest)*);
    };
    (@members $target:tt { blank $vis:tt $option:tt [$($list:tt)*] } $declared:tt $first:tt [$($then:tt)*]
        $(#$meta:tt)* $member:ident: $value:ty, $($rest:tt)*) => {
        $crate::wire_object!(@declare $target { blank $vis $option [$($list)*] } $vis
            $declared [$(#$meta)* $($list)*] [$member: $value,] $first [$($then)* { $member member }] $($rest)*);
    };
    (@declare $target:tt $mode:tt [$($vis:tt)*] [$($declared:tt)*] [#[doc = $doc:tt] $($attributes:tt)*] [$($member:tt)*] $first:tt $then:tt $($rest:tt)*) => {
        $crate::wire_object!(@members $target $mode [$($declared)* #[doc = $doc] $($attributes)* $($vis)* $($member)*] $first $then $($rest)*);
    };

    (@members { struct $name:ident $may_be_absent:literal [$($attributes:tt)*] } $mode:tt [$($declared:tt)*]
        [$({ $first:ident $first_by:ident })*] [$({ $then:ident $then_by:ident })*]) => {
        $($attributes)*
        pub struct $name {
            $($declared)*
        }

        impl $crate::domain::wire::object::Object for $name {
            const MAY_BE_ABSENT: bool = $may_be_absent;

            fn members(fields: &mut $crate::domain::wire::fields::Fields) -> Option<Self> {
                $(let $first = $crate::domain::wire::object::$first_by(fields, stringify!($first));)*
                $(let $then = $crate::domain::wire::object::$then_by(fields, stringify!($then));)*
                Some(Self { $($first: $first?,)* $($then: $then?,)* })
            }
        }
    };

    // The variants of an enum, one after the other.
    (@variants $enum:tt $declared:tt $read:tt #[doc = $doc:tt] $(#$meta:tt)* $variant:ident { $($members:tt)* }, $($rest:tt)*) => {
        $crate::wire_object!(@members
            { variant $enum $declared $read [#[doc = $doc] $(#$meta)*] $variant [$($rest)*] }
            {
                mandatory []
                [#[serde(default, skip_serializing_if = "Option::is_none")] #[schema(nullable = false)]] [#[serde(default)]]
            }
            [] [] [] $($members)*);
    };
    (@members { variant $enum:tt [$($declared:tt)*] [$($read:tt)*] [$($attributes:tt)*] $variant:ident [$($rest:tt)*] }
        $mode:tt [$($members:tt)*] $first:tt $then:tt) => {
        $crate::wire_object!(@variants $enum
            [$($declared)* $($attributes)* $variant { $($members)* },] [$($read)* { $variant $first $then }] $($rest)*);
    };
    (@variants { $name:ident $tag:tt [$($attributes:tt)*] } [$($declared:tt)*]
        [$({ $variant:ident [$({ $first:ident $first_by:ident })*] [$({ $then:ident $then_by:ident })*] })*]) => {
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(tag = $tag, rename_all = "snake_case")]
        $($attributes)*
        pub enum $name {
            $($declared)*
        }

        impl $crate::domain::wire::object::Object for $name {
            fn members(fields: &mut $crate::domain::wire::fields::Fields) -> Option<Self> {
                #[derive(serde::Deserialize)]
                #[serde(rename_all = "snake_case")]
                enum Variant {
                    $($variant,)*
                }

                match fields.required($tag, $crate::domain::wire::closed_set::by_name)? {
                    $(Variant::$variant => {
                        $(let $first = $crate::domain::wire::object::$first_by(fields, stringify!($first));)*
                        $(let $then = $crate::domain::wire::object::$then_by(fields, stringify!($then));)*
                        Some(Self::$variant { $($first: $first?,)* $($then: $then?,)* })
                    })*
                }
            }
        }
    };
}

/// Reads a member as its type says.
pub fn member<T: Member>(fields: &mut Fields, name: &str) -> Option<T> {
    T::member(fields, name)
}

/// Reads a mandatory member that must not be in the future.
pub fn past<T: Dated>(fields: &mut Fields, name: &str) -> Option<T> {
    T::past(fields, name)
}

/// Leaves out what the program sets; `null` names nothing.
pub fn kept<T>(fields: &mut Fields, name: &str) -> Option<Option<T>> {
    fields.pass_null(name);
    Some(None)
}

/// Reads the members of `T` in place of a member.
pub fn flat<T: Object>(fields: &mut Fields, _name: &str) -> Option<T> {
    T::members(fields)
}

#[cfg(test)]
mod tests {
    use super::Object;
    use crate::domain::wire::{
        fields::{FieldCode, Fields},
        json::Json,
        values::{CountryCode, Day},
    };
    use jiff::Timestamp;
    use serde_json::json;

    wire_object! {
        /// A part in which everything may be left open.
        pub sparse struct Part {
            /// A country.
            country: Option<CountryCode>,
            /// More of them.
            others: Vec<CountryCode>,
        }

        /// A whole with parts.
        pub sparse struct Whole {
            /// One part.
            part: Part,
            /// More of them.
            parts: Vec<Part>,
        }

        /// An object with an optional member before its mandatory ones.
        pub stored struct Sample {
            /// A country.
            country: Option<CountryCode>,
            /// A whole.
            whole: Whole,
            /// A day.
            past day: Day,
            /// Whether it is.
            is: Option<bool>,
        }

        /// One of two steps.
        pub stored enum Step by "step" {
            /// Names a day.
            DayNamed {
                /// A day.
                past day: Day,
            },
            /// Holds a sample.
            SampleKept {
                /// A sample.
                sample: Sample,
                /// A country.
                country: Option<CountryCode>,
            },
        }
    }

    fn read<T: Object>(text: &str) -> Result<T, Vec<(String, FieldCode)>> {
        let now = "2025-06-01T21:59:59Z".parse::<Timestamp>().expect("a moment");
        let fields = Fields::of(Json::parse(text.as_bytes()).expect("the sample is JSON"), now);
        T::read(fields).map_err(|invalid| invalid.0.into_iter().map(|error| (error.pointer, error.code)).collect())
    }

    fn wrong<T>(mistakes: &[(&str, FieldCode)]) -> Result<T, Vec<(String, FieldCode)>> {
        Err(mistakes.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect())
    }

    #[test]
    fn mandatory_members_come_first_and_every_mistake_is_named() {
        let text = r#"{"country":"nl","whole":{"part":7,"parts":[{"others":["NL","x"]},null]},"day":"2025-06-02","is":1,"more":null}"#;
        let expected = [
            ("/whole/part", FieldCode::WrongType),
            ("/whole/parts/0/others/1", FieldCode::InvalidFormat),
            ("/whole/parts/1", FieldCode::WrongType),
            ("/day", FieldCode::InFuture),
            ("/country", FieldCode::InvalidFormat),
            ("/is", FieldCode::WrongType),
            ("/more", FieldCode::UnknownField),
        ];
        assert_eq!(read::<Sample>(text), wrong(&expected));
        assert_eq!(read::<Sample>("{}"), wrong(&[("/day", FieldCode::Required)]), "a whole may be absent with all its members");
    }

    #[test]
    fn what_is_blank_is_left_out_and_null_is_blank() {
        for text in ["{}", r#"{"part":null,"parts":null}"#, r#"{"part":{"country":null,"others":[]}}"#] {
            let whole = read::<Whole>(text).expect("everything may be left open");
            assert_eq!(serde_json::to_value(&whole).expect("an object"), json!({}), "{text}");
        }
        let text = r#"{"part":{"country":"NL"},"parts":[{},{"others":["BE"]}]}"#;
        let whole = read::<Whole>(text).expect("two parts");
        assert_eq!(serde_json::to_string(&whole).expect("an object"), text);
        assert_eq!(serde_json::from_str::<Whole>(text).expect("what was written"), whole);
    }

    #[test]
    fn the_tag_decides_which_members_there_are() {
        let text = r#"{"step":"sample_kept","sample":{"day":"2025-06-01","whole":{}}}"#;
        let step = read::<Step>(text).expect("a step");
        assert_eq!(serde_json::to_value(&step).expect("an object"), serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
        assert_eq!(read::<Step>(r#"{"step":"day_named"}"#), wrong(&[("/day", FieldCode::Required)]));
        assert_eq!(read::<Step>(r#"{"step":"sample_kept"}"#), wrong(&[("/sample/day", FieldCode::Required)]));
        assert_eq!(
            read::<Step>(r#"{"step":"DayNamed","day":"2025-06-01"}"#),
            wrong(&[("/step", FieldCode::UnknownValue), ("/day", FieldCode::UnknownField)])
        );
    }
}
