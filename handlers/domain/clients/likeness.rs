//! Detects files that may be about the same person: by citizen service number, or by name and date of birth.
//!
//! An imported table is compared with complete files (`KnownPeople`), because existing clients are not created again. A saved file is
//! compared with the summaries that searches decrypt (`Recognised`), because it is saved in any case and the matches are only reported.

use super::{
    birth_date::BirthDate,
    file::ClientFile,
    folding::fold,
    person::{Bsn, Initials, Name, Person},
    summary::{ClientSummary, name_key},
};
use crate::{closed_set, domain::ids::ClientId};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

closed_set! {
    /// Why a row seems to duplicate an existing file or an earlier row.
    pub enum Likeness in "snake_case" {
        /// The same row was imported before.
        ImportedBefore,
        /// The row comes from an export of that file.
        ExportedFrom,
        /// Same citizen service number (BSN).
        SameBsn,
        /// Same name and date of birth.
        SameNameAndBirthDate,
    }
}

/// An index of the files of an adviser, for finding those that may be about the same person.
#[derive(Default)]
pub struct KnownPeople {
    ids: HashSet<ClientId>,
    by_bsn: HashMap<String, ClientId>,
    by_birth: HashMap<(Date, String), Vec<(GivenName, ClientId)>>,
}

/// A person's given name or initial.
struct GivenName {
    first_name: Option<String>,
    initial: Option<char>,
}

impl KnownPeople {
    /// Adds a file. Of several files about one person, the first is reported.
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
    pub fn has(&self, id: ClientId) -> bool {
        self.ids.contains(&id)
    }

    /// Returns a file that seems to be about the same person.
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

/// What two files have in common, strongest evidence first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The client's citizen service number (BSN).
    SameBsn,
    /// Last name, first name or initials, and date of birth, ignoring case and accents.
    SameNameAndBirthDate,
}

/// What identifies the client of one file in the summaries of other files, without opening those. Summaries have no separate prefix and
/// only one form of a given name, so it matches less than [`KnownPeople`]: it is reported, and nothing is skipped because of it.
#[derive(PartialEq, Eq)]
pub struct Recognised {
    bsn: Option<Bsn>,
    born: Option<(String, BirthDate)>,
}

impl Recognised {
    /// Extracts the identifying data of the client of this file.
    pub fn of(file: &ClientFile) -> Self {
        let born = file.person.birth_date.map(|date| (fold(&name_key(&file.person)), date));
        Self { bsn: file.person.bsn.clone(), born }
    }

    /// Whether there is enough data to recognise anyone.
    pub const fn can_be_recognised(&self) -> bool {
        self.bsn.is_some() || self.born.is_some()
    }

    /// Whether the BSN is given.
    pub const fn has_bsn(&self) -> bool {
        self.bsn.is_some()
    }

    /// Whether the client of that file has this BSN.
    pub fn has_bsn_of(&self, file: &ClientFile) -> bool {
        self.bsn.is_some() && self.bsn == file.person.bsn
    }

    /// What the file of this summary has in common with this client.
    pub fn warning(&self, other: &ClientSummary) -> Option<WarningCode> {
        if self.bsn.as_ref().is_some_and(|bsn| other.has_bsn(bsn)) {
            return Some(WarningCode::SameBsn);
        }
        let (name, date) = self.born.as_ref()?;
        (other.birth_date == Some(*date) && fold(other.name_key()) == *name).then_some(WarningCode::SameNameAndBirthDate)
    }
}

/// Date of birth and last name including its prefix, whichever field that was entered in.
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

    /// Whether the two are compatible: either name may be missing in one of the files.
    fn may_be(&self, other: &Self) -> bool {
        match (&self.first_name, &other.first_name) {
            (Some(one), Some(other)) => one == other,
            _ => self.initial.zip(other.initial).is_none_or(|(one, other)| one == other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, ClientId, ClientSummary, KnownPeople, Likeness, Recognised, WarningCode};
    use crate::domain::clients::restrictions::Restrictions;
    use jiff::Timestamp;
    use serde_json::{Value, json};

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

    fn warning(one: &Value, other: &Value) -> Option<WarningCode> {
        let [one, other] = [one, other].map(|person| serde_json::from_value::<ClientFile>(json!({ "person": person })).expect("a file"));
        let summary = ClientSummary::of(&other, &Restrictions::default(), Timestamp::UNIX_EPOCH, 1);
        let stored = serde_json::from_value(serde_json::to_value(summary).expect("JSON")).expect("what was written");
        Recognised::of(&one).warning(&stored)
    }

    #[test]
    fn a_person_is_recognised_by_bsn_or_by_name_and_birth_date() {
        let anna = json!({"first_name": "Zoë", "last_name": "Dijk", "birth_date": "1975-04-30", "bsn": "111222333"});
        for (other, expected) in [
            (json!({"last_name": "Smit", "bsn": "111222333"}), Some(WarningCode::SameBsn)),
            (anna.clone(), Some(WarningCode::SameBsn)),
            (
                json!({"first_name": "ZOE", "prefix": "van", "last_name": "dijk", "birth_date": "1975-04-30"}),
                Some(WarningCode::SameNameAndBirthDate),
            ),
            (json!({"first_name": "Zoë", "last_name": "Dijk", "birth_date": "1975-05-01", "bsn": "123456782"}), None),
            (json!({"first_name": "Zoë", "last_name": "Dijk"}), None),
            (json!({"last_name": "Dijk", "birth_date": "1975-04-30"}), None),
        ] {
            assert_eq!(warning(&anna, &other), expected, "{other}");
            assert_eq!(warning(&other, &anna), expected, "{other}, the other way round");
        }
        let nobody = json!({"last_name": "Dijk"});
        assert_eq!(warning(&nobody, &nobody), None);
    }
}
