//! A JSON text as a tree that keeps scalars as written, and the merge of a change into it.
//!
//! ```text
//! merged = stored text + the difference between what was read from it and what is to be written
//! ```
//!
//! A reader reads only the members it knows. Everything it does not change stays as stored, byte for byte: members unknown to it, and
//! values of which it knows only the name.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;
use zeroize::Zeroizing;

/// Maximum nesting depth; stored data has less than a tenth of it.
const MAX_LEVELS: usize = 100;
/// Members that identify an entry of a list.
const NAMES: [&str; 3] = ["id", "hash", "number"];

/// A JSON value. Wiped when dropped, since any sealed data may be in it.
#[derive(Clone, PartialEq, Eq)]
pub enum Tree {
    /// Text, number, boolean or `null`, as it was written.
    Scalar(Zeroizing<String>),
    List(Vec<Tree>),
    /// An object, with its members in the order in which they were written.
    Object(Vec<(String, Tree)>),
}

/// Not a JSON value, or nested too deep.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no JSON value")]
pub struct NoTree;

impl Tree {
    pub fn parse(text: &[u8]) -> Result<Self, NoTree> {
        let text = str::from_utf8(text).map_err(|_| NoTree)?;
        Self::within(serde_json::from_str(text).map_err(|_| NoTree)?, MAX_LEVELS)
    }

    fn within(raw: &RawValue, levels: usize) -> Result<Self, NoTree> {
        let levels = levels.checked_sub(1).ok_or(NoTree)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text).map_err(|_| NoTree)?;
                let trees = members.into_iter().map(|(name, value)| Ok((name, Self::within(value, levels)?)));
                trees.collect::<Result<_, _>>().map(Self::Object)
            }
            Some(b'[') => {
                let entries: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NoTree)?;
                entries.into_iter().map(|entry| Self::within(entry, levels)).collect::<Result<_, _>>().map(Self::List)
            }
            _ => Ok(Self::Scalar(Zeroizing::new(text.to_owned()))),
        }
    }

    /// Serialises it without whitespace between the values.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        // Allocated at full size: copies left behind by reallocation would not be wiped.
        let mut text = Zeroizing::new(Vec::with_capacity(self.length()));
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Self::Scalar(scalar) => text.extend_from_slice(scalar.as_bytes()),
            Self::List(entries) => {
                text.push(b'[');
                for (number, entry) in entries.iter().enumerate() {
                    if number > 0 {
                        text.push(b',');
                    }
                    entry.write(text);
                }
                text.push(b']');
            }
            Self::Object(members) => {
                text.push(b'{');
                for (number, (name, value)) in members.iter().enumerate() {
                    if number > 0 {
                        text.push(b',');
                    }
                    text.extend_from_slice(quoted(name).as_bytes());
                    text.push(b':');
                    value.write(text);
                }
                text.push(b'}');
            }
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.len(),
            Self::List(entries) => 2 + entries.iter().map(|entry| entry.length() + 1).sum::<usize>(),
            Self::Object(members) => 2 + members.iter().map(|(name, value)| quoted(name).len() + value.length() + 2).sum::<usize>(),
        }
    }

    /// Returns a member of an object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(member, _)| member == name).map(|(_, value)| value),
            Self::Scalar(_) | Self::List(_) => None,
        }
    }

    /// Sets the value at a path: replaces the existing value, or adds a member to an existing object. `None` when the path's parent does
    /// not exist.
    pub fn put(&mut self, path: &[&str], value: Self) -> Option<()> {
        let (name, rest) = path.split_first()?;
        let Self::Object(members) = self else { return None };
        match (members.iter_mut().find(|(member, _)| member == name), rest) {
            (Some((_, place)), []) => *place = value,
            (Some((_, inner)), rest) => return inner.put(rest, value),
            (None, []) => members.push(((*name).to_owned(), value)),
            (None, _) => return None,
        }
        Some(())
    }

    /// Returns what replaces `stored`, of which the caller read `read`, so that it represents `new`.
    pub fn merged(stored: &Self, read: &Self, new: Self) -> Self {
        if new == *read {
            return stored.clone();
        }
        match (stored, read, new) {
            (Self::Object(stored), Self::Object(read), Self::Object(new)) => Self::Object(members(stored, read, new)),
            (Self::List(stored), Self::List(read), Self::List(new)) if stored.len() == read.len() => Self::List(entries(stored, read, new)),
            (_, _, new) => new,
        }
    }
}

/// Merges by name. A stored member that was not read is unknown to the reader and is kept.
fn members(stored: &[(String, Tree)], read: &[(String, Tree)], new: Vec<(String, Tree)>) -> Vec<(String, Tree)> {
    fn find<'a>(members: &'a [(String, Tree)], name: &str) -> Option<&'a Tree> {
        members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }
    let unknown = stored.iter().filter(|(name, _)| find(read, name).is_none() && find(&new, name).is_none());
    let unknown: Vec<_> = unknown.cloned().collect();
    let known = new.into_iter().map(|(name, value)| {
        let value = match find(stored, &name).zip(find(read, &name)) {
            Some((stored, read)) => Tree::merged(stored, read, value),
            None => value,
        };
        (name, value)
    });
    known.chain(unknown).collect()
}

/// Matches each new entry to the one it stems from: an equal one, one with the same name, or the most similar remaining one.
fn entries(stored: &[Tree], read: &[Tree], new: Vec<Tree>) -> Vec<Tree> {
    let mut origins: Vec<Option<usize>> = vec![None; new.len()];
    let mut taken = vec![false; read.len()];
    // Most of a long list is unchanged and in the same position.
    for at in (0..new.len().min(read.len())).filter(|at| new[*at] == read[*at]) {
        (origins[at], taken[at]) = (Some(at), true);
    }
    let rules: [fn(&Tree, &Tree) -> usize; 3] = [|one, other| usize::from(one == other), names_alike, members_alike];
    for likeness in rules {
        for (at, entry) in new.iter().enumerate().filter(|(at, _)| origins[*at].is_none()).collect::<Vec<_>>() {
            let free = (0..read.len()).filter(|candidate| !taken[*candidate]);
            // Among equal matches, the one in the same position, then the first.
            let best = free.max_by_key(|candidate| (likeness(&read[*candidate], entry), *candidate == at, std::cmp::Reverse(*candidate)));
            if let Some(best) = best.filter(|best| likeness(&read[*best], entry) > 0) {
                (origins[at], taken[best]) = (Some(best), true);
            }
        }
    }
    let merged = |(entry, origin): (Tree, Option<usize>)| match origin {
        Some(origin) => Tree::merged(&stored[origin], &read[origin], entry),
        None => entry,
    };
    new.into_iter().zip(origins).map(merged).collect()
}

fn names_alike(one: &Tree, other: &Tree) -> usize {
    let same = |name: &&str| one.member(name).is_some_and(|value| other.member(name) == Some(value));
    NAMES.iter().filter(|name| same(name)).count()
}

/// Number of equal members; 0 when identifying members differ.
fn members_alike(one: &Tree, other: &Tree) -> usize {
    let differ = |name: &&str| one.member(name).zip(other.member(name)).is_some_and(|(one, other)| one != other);
    match one {
        Tree::Object(members) if !NAMES.iter().any(differ) => {
            members.iter().filter(|(name, value)| other.member(name) == Some(value)).count()
        }
        _ => 0,
    }
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

/// The members of an object in order, each as it was written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("a member twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use proptest::prelude::*;

    fn tree(text: &str) -> Tree {
        Tree::parse(text.as_bytes()).expect("the sample is JSON")
    }

    fn merged(stored: &str, read: &str, new: &str) -> String {
        String::from_utf8(Tree::merged(&tree(stored), &tree(read), tree(new)).bytes().to_vec()).expect("JSON is UTF-8")
    }

    #[test]
    fn what_is_not_changed_stays_as_it_was_written() {
        let stored = r#"{"a":1.50,"b":{"c":"\u0041","x":[1,2]},"y":null}"#;
        let read = r#"{"a":1.5,"b":{"c":"A"}}"#;
        assert_eq!(merged(stored, read, read), stored);
        assert_eq!(merged(stored, read, r#"{"a":2,"b":{"c":"A"}}"#), r#"{"a":2,"b":{"c":"\u0041","x":[1,2]},"y":null}"#);
        assert_eq!(merged(stored, read, r#"{"a":1.5,"b":{"c":"B"}}"#), r#"{"a":1.50,"b":{"c":"B","x":[1,2]},"y":null}"#);
        assert_eq!(merged(stored, read, r#"{"a":1.5}"#), r#"{"a":1.50,"y":null}"#, "what is taken away goes with all that is in it");
        assert_eq!(merged(r#"{"a":1}"#, r#"{"a":1,"b":0}"#, r#"{"a":2,"b":0}"#), r#"{"a":2,"b":0}"#, "what was filled in is written");
    }

    #[test]
    fn a_value_of_which_only_the_name_was_read_stays_whole() {
        let (stored, read) = (r#"{"kind":{"new":{"x":1}},"n":1}"#, r#"{"kind":"new","n":1}"#);
        assert_eq!(merged(stored, read, r#"{"kind":"new","n":2}"#), r#"{"kind":{"new":{"x":1}},"n":2}"#);
        assert_eq!(merged(stored, read, r#"{"kind":"old","n":1}"#), r#"{"kind":"old","n":1}"#);
    }

    #[test]
    fn entries_keep_what_is_theirs_wherever_they_go() {
        let stored = r#"[{"k":"a","n":1,"x":1},{"k":"b","n":2,"x":2},{"k":"c","n":3,"x":3}]"#;
        let read = r#"[{"k":"a","n":1},{"k":"b","n":2},{"k":"c","n":3}]"#;
        for (new, expected) in [
            (r#"[{"k":"c","n":3},{"k":"a","n":1}]"#, r#"[{"k":"c","n":3,"x":3},{"k":"a","n":1,"x":1}]"#),
            (r#"[{"k":"b","n":9},{"k":"c","n":3}]"#, r#"[{"k":"b","n":9,"x":2},{"k":"c","n":3,"x":3}]"#),
            (r#"[{"k":"z","n":9},{"k":"a","n":1}]"#, r#"[{"k":"z","n":9},{"k":"a","n":1,"x":1}]"#),
            ("[]", "[]"),
        ] {
            assert_eq!(merged(stored, read, new), expected);
        }
        let (stored, read) = (r#"[{"id":1,"n":1,"x":1},{"id":2,"n":1,"x":2}]"#, r#"[{"id":1,"n":1},{"id":2,"n":1}]"#);
        assert_eq!(merged(stored, read, r#"[{"id":2,"n":5},{"id":3,"n":1}]"#), r#"[{"id":2,"n":5,"x":2},{"id":3,"n":1}]"#);
    }

    #[test]
    fn a_value_is_put_in_its_place_and_nowhere_else() {
        let mut whole = tree(r#"{"a":{"b":1.0,"c":2}}"#);
        assert_eq!((whole.put(&["a", "b"], tree("3")), whole.put(&["d"], tree("true"))), (Some(()), Some(())));
        assert_eq!(
            (whole.put(&["x", "y"], tree("3")), whole.put(&["a", "b", "c"], tree("3")), whole.put(&[], tree("3"))),
            (None, None, None)
        );
        assert_eq!(*whole.bytes(), br#"{"a":{"b":3,"c":2},"d":true}"#);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["", "{", "1 2", r#"{"a":1,"a":2}"#, &"[".repeat(1000), &format!("{}{}", "[".repeat(101), "]".repeat(101))] {
            assert!(Tree::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![any::<i64>().prop_map(Into::into), "\\PC{0,8}".prop_map(Into::into), Just(serde_json::Value::Null)];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into);
            prop_oneof![list, prop::collection::btree_map("[a-e]", inner, 0..4).prop_map(|map| map.into_iter().collect())]
        })
    }

    proptest! {
        #[test]
        fn a_tree_is_written_as_it_was_read(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(tree(&text).bytes().to_vec(), text.into_bytes());
        }

        /// A reader that knows everything produces exactly what it wrote.
        #[test]
        fn nothing_is_added_where_all_is_known(stored in json(), new in json()) {
            let (stored, new) = (stored.to_string(), new.to_string());
            prop_assert_eq!(merged(&stored, &stored, &new), new);
        }
    }
}
