//! Whether two files may be about the same person: by the citizen service number, or by name and day of birth.

use super::{
    file::ClientFile,
    folding::fold,
    person::{Initials, Name, Person},
};
use crate::{closed_set, domain::ids::ClientId};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

closed_set! {
    /// Why a file seems to be there already.
    pub enum Likeness in "snake_case" {
        /// The same row was imported before.
        ImportedBefore,
        /// The row comes from an export of that file.
        ExportedFrom,
        /// The file has the same citizen service number.
        SameBsn,
        /// The file has the same name and day of birth.
        SameNameAndBirthDate,
    }
}

/// What is known of the files of an adviser, to find those that may be about the same person.
#[derive(Default)]
pub struct KnownPeople {
    ids: HashSet<ClientId>,
    by_bsn: HashMap<String, ClientId>,
    by_birth: HashMap<(Date, String), Vec<(GivenName, ClientId)>>,
}

/// What a person is called besides the last name.
struct GivenName {
    first_name: Option<String>,
    initial: Option<char>,
}

impl KnownPeople {
    /// Remembers a file. Of files about one person the first is named.
    pub fn add(&mut self, id: ClientId, file: &ClientFile) {
        self.ids.insert(id);
        if let Some(bsn) = &file.person.bsn {
            self.by_bsn.entry(bsn.as_str().to_owned()).or_insert(id);
        }
        if let Some(birth) = birth(&file.person) {
            self.by_birth.entry(birth).or_default().push((GivenName::of(&file.person), id));
        }
    }

    /// Whether there is a file with this id.
    #[must_use]
    pub fn has(&self, id: ClientId) -> bool {
        self.ids.contains(&id)
    }

    /// The file that seems to be about the same person.
    #[must_use]
    pub fn like(&self, file: &ClientFile) -> Option<(ClientId, Likeness)> {
        let bsn = file.person.bsn.as_ref();
        if let Some(id) = bsn.and_then(|bsn| self.by_bsn.get(bsn.as_str())) {
            return Some((*id, Likeness::SameBsn));
        }
        let given_name = GivenName::of(&file.person);
        let born_then = self.by_birth.get(&birth(&file.person)?)?;
        let (_, id) = born_then.iter().find(|(other, _)| other.may_be(&given_name))?;
        Some((*id, Likeness::SameNameAndBirthDate))
    }
}

/// Day of birth and last name with what stands before it, in whichever box it was typed.
fn birth(person: &Person) -> Option<(Date, String)> {
    let prefix = person.prefix.as_ref().map_or("", Name::as_str);
    Some((person.birth_date?.day(), key(&format!("{prefix}{}", person.last_name.as_str()))))
}

/// Letters and digits only, without case and accents.
fn key(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

impl GivenName {
    fn of(person: &Person) -> Self {
        let first_name = person.first_name.as_ref().map(|name| key(name.as_str())).filter(|name| !name.is_empty());
        let initials = person.initials.as_ref().map(Initials::as_str).map(key);
        let initial = initials.as_deref().or(first_name.as_deref()).and_then(|text| text.chars().next());
        Self { first_name, initial }
    }

    /// Whether nothing speaks against it: one name may be left out in one file and another in the other.
    fn may_be(&self, other: &Self) -> bool {
        match (&self.first_name, &other.first_name) {
            (Some(one), Some(other)) => one == other,
            _ => self.initial.zip(other.initial).is_none_or(|(one, other)| one == other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, ClientId, KnownPeople, Likeness};

    fn file(person: &str) -> ClientFile {
        serde_json::from_str(&format!(r#"{{"person":{person}}}"#)).expect("a file")
    }

    #[test]
    fn people_are_told_by_number_or_by_name_and_birth() {
        let anna = ClientId::from_random([1; 16]);
        let mut known = KnownPeople::default();
        let born = r#""birth_date":"1980-02-01""#;
        known.add(anna, &file(&format!(r#"{{"first_name":"Zoë","prefix":"van der","last_name":"Dijk","bsn":"111222333",{born}}}"#)));
        assert!(known.has(anna) && !known.has(ClientId::from_random([2; 16])));
        for (person, likeness) in [
            (r#"{"last_name":"Bos","bsn":"111222333"}"#.to_owned(), Some(Likeness::SameBsn)),
            (format!(r#"{{"first_name":"zoe","last_name":"Van der DIJK",{born}}}"#), Some(Likeness::SameNameAndBirthDate)),
            (format!(r#"{{"initials":"Z.A.","prefix":"van der","last_name":"Dijk",{born}}}"#), Some(Likeness::SameNameAndBirthDate)),
            (format!(r#"{{"prefix":"van der","last_name":"Dijk",{born}}}"#), Some(Likeness::SameNameAndBirthDate)),
            (format!(r#"{{"first_name":"Anna","prefix":"van der","last_name":"Dijk",{born}}}"#), None),
            (format!(r#"{{"initials":"A.","prefix":"van der","last_name":"Dijk",{born}}}"#), None),
            (format!(r#"{{"first_name":"Zoë","last_name":"Dijk",{born}}}"#), None),
            (r#"{"first_name":"Zoë","prefix":"van der","last_name":"Dijk","birth_date":"1981-02-01"}"#.to_owned(), None),
            (r#"{"first_name":"Zoë","prefix":"van der","last_name":"Dijk"}"#.to_owned(), None),
        ] {
            assert_eq!(known.like(&file(&person)), likeness.map(|likeness| (anna, likeness)), "{person}");
        }
    }
}
