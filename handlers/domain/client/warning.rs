//! What is told to whoever saves a file: that another may be about the same person, by BSN or by name and day of birth.

use super::{
    birth_date::BirthDate,
    file::ClientFile,
    folding::fold,
    person::Bsn,
    summary::{ClientSummary, name_key},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What two files have in common, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The client's citizen service number.
    SameBsn,
    /// Last name, first name or initials, and day of birth, whatever case and accents.
    SameNameAndBirthDate,
}

/// What a person is recognised by.
#[derive(PartialEq, Eq)]
pub struct Person {
    bsn: Option<Bsn>,
    born: Option<(String, BirthDate)>,
}

impl Person {
    /// The client of this file.
    #[must_use]
    pub fn of(file: &ClientFile) -> Self {
        let born = file.person.birth_date.map(|date| (fold(&name_key(&file.person)), date));
        Self { bsn: file.person.bsn.clone(), born }
    }

    /// Whether anybody could be told to be the same.
    #[must_use]
    pub const fn can_be_recognised(&self) -> bool {
        self.bsn.is_some() || self.born.is_some()
    }

    /// Whether the BSN is known.
    #[must_use]
    pub const fn has_bsn(&self) -> bool {
        self.bsn.is_some()
    }

    /// Whether the client of that file has this BSN.
    #[must_use]
    pub fn has_bsn_of(&self, file: &ClientFile) -> bool {
        self.bsn.is_some() && self.bsn == file.person.bsn
    }

    /// What the file of this summary has in common with it.
    #[must_use]
    pub fn warning(&self, other: &ClientSummary) -> Option<WarningCode> {
        if self.bsn.as_ref().is_some_and(|bsn| other.has_bsn(bsn)) {
            return Some(WarningCode::SameBsn);
        }
        let (name, date) = self.born.as_ref()?;
        (other.birth_date == Some(*date) && fold(other.name_key()) == *name).then_some(WarningCode::SameNameAndBirthDate)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, ClientSummary, Person, WarningCode};
    use crate::domain::standing::Standing;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn warning(one: &Value, other: &Value) -> Option<WarningCode> {
        let [one, other] = [one, other].map(|person| serde_json::from_value::<ClientFile>(json!({ "person": person })).expect("a file"));
        let summary = ClientSummary::of(&other, &Standing::default(), Timestamp::UNIX_EPOCH, 1);
        let stored = serde_json::from_value(serde_json::to_value(summary).expect("JSON")).expect("what was written");
        Person::of(&one).warning(&stored)
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
