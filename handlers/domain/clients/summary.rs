//! The summary of a client file for lists, and how lists are searched and sorted.

use super::restrictions::{Restrictions, RestrictionsSummary};
use super::{
    birth_date::BirthDate,
    file::ClientFile,
    folding::{fold, is_unseen, loose},
    overview::Overview,
    person::{Bsn, Initials, Name, Person},
};
use crate::{
    domain::{
        sign_in::credentials::EmailAddress,
        text,
        wire::{closed_set::by_name, fields::FieldCode},
    },
    text_value,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cmp::Reverse};
use utoipa::ToSchema;

/// The stored extract of a client file. It includes pre-folded text, because a search decrypts thousands of them at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSummary {
    /// The full name: `Anna van Dijk`, or `A.B. van Dijk` without first name.
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<BirthDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    pub net_worth_cents: i64,
    /// When the file was last written.
    pub updated_at: Timestamp,
    /// The file's revision; the audit trail records the latest one.
    #[serde(default)]
    pub revision: u32,
    /// The file's processing restrictions.
    #[serde(default)]
    #[serde(rename = "standing")]
    pub restrictions: RestrictionsSummary,
    name_key: String,
    haystack: String,
    /// The client's BSN, empty if there is none: identifies the same person in two files. Absent in summaries written by earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bsn: Option<String>,
}

impl ClientSummary {
    /// The summary of `file`, written at `updated_at` as this revision.
    pub fn of(file: &ClientFile, restrictions: &Restrictions, updated_at: Timestamp, revision: u32) -> Self {
        let city = file.address.as_ref().and_then(|address| address.city.clone());
        let email = file.person.email.clone();
        Self {
            name: full_name(&file.person),
            birth_date: file.person.birth_date,
            net_worth_cents: Overview::of(file).net_worth_cents,
            updated_at,
            revision,
            restrictions: restrictions.summary(),
            name_key: name_key(&file.person),
            haystack: haystack(&file.person, city.as_ref(), email.as_ref()),
            bsn: Some(file.person.bsn.as_ref().map(|bsn| bsn.as_str().to_owned()).unwrap_or_default()),
            city,
            email,
        }
    }

    /// What a search would read of it.
    #[cfg(test)]
    pub fn glimpse(&self) -> SummaryGlimpse<'_> {
        SummaryGlimpse { updated_at: self.updated_at, name_key: (&self.name_key).into(), haystack: (&self.haystack).into() }
    }

    /// The sort key for names: last name, zero character, first name or initials.
    pub(super) fn name_key(&self) -> &str {
        &self.name_key
    }

    /// Whether the client has this BSN; never when [the summary does not know it](Self::knows_bsn).
    pub(super) fn has_bsn(&self, bsn: &Bsn) -> bool {
        self.bsn.as_deref() == Some(bsn.as_str())
    }

    /// Whether the summary records the BSN or its absence.
    pub const fn knows_bsn(&self) -> bool {
        self.bsn.is_some()
    }

    /// The summary without the fields that an earlier version would not have written.
    pub fn of_any_version(self) -> Self {
        Self { bsn: None, ..self }
    }
}

/// The part of a summary that decides whether a search finds it, and where. It is read without the rest, because a search decrypts
/// thousands of summaries and shows a page of them.
#[derive(Deserialize)]
pub struct SummaryGlimpse<'a> {
    updated_at: Timestamp,
    #[serde(borrow)]
    name_key: Cow<'a, str>,
    #[serde(borrow)]
    haystack: Cow<'a, str>,
}

impl SummaryGlimpse<'_> {
    /// Whether each word of `text` occurs in the name, the city or the e-mail address.
    pub fn matches(&self, text: &SearchText) -> bool {
        let haystack = loose(&self.haystack);
        // Folding turns an accent used as an apostrophe into a space: in a search for an apostrophe the two are equivalent.
        let blank = |text: &str| text.replace('\'', " ");
        let has = |word: &String| haystack.contains(word.as_str()) || (word.contains('\'') && blank(&haystack).contains(&blank(word)));
        text.0.iter().all(has)
    }

    /// Returns its position in a list; files with equal keys are ordered by id.
    pub fn sort_key(&self, sort: SortOrder) -> SortKey {
        match sort {
            SortOrder::Name => SortKey::Name(self.name_key.clone().into_owned()),
            SortOrder::UpdatedAt => SortKey::UpdatedAt(Reverse(self.updated_at)),
        }
    }
}

/// The full name of a person: `Anna van Dijk`, or `A.B. van Dijk` without first name.
pub fn full_name(person: &Person) -> String {
    let prefix = person.prefix.iter().map(Name::as_str);
    given_name(person).into_iter().chain(prefix).chain([person.last_name.as_str()]).map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Last name, then first name; in Dutch, `van Dijk` is sorted under D. The zero character sorts below any other, so that Dijk precedes
/// Dijkstra.
pub(super) fn name_key(person: &Person) -> String {
    let given_name = given_name(person).unwrap_or_default();
    format!("{}\0{}", fold(person.last_name.as_str().trim()), fold(given_name.trim()))
}

fn given_name(person: &Person) -> Option<&str> {
    let initials = person.initials.as_ref().map(Initials::as_str);
    person.first_name.as_ref().map(Name::as_str).or(initials)
}

/// The searched texts separated by line feeds, which no word contains, so that no match spans two of them.
fn haystack(person: &Person, city: Option<&Name>, email: Option<&EmailAddress>) -> String {
    let initials = person.initials.as_ref().map(Initials::as_str);
    let name = full_name(person);
    let texts = [Some(name.as_str()), initials, city.map(Name::as_str), email.map(EmailAddress::as_str)];
    fold(&texts.into_iter().flatten().collect::<Vec<_>>().join("\n"))
}

/// A search text: 1 to 100 characters. Its words are matched literally, in any order, ignoring case and accents.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    min_length = 1,
    max_length = 100,
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    examples("dijk utrecht")
)]
pub struct SearchText(Vec<String>);

impl SearchText {
    /// Parses one line that contains more than whitespace.
    pub fn parse(typed: &str) -> Result<Self, FieldCode> {
        // Invisible characters stem from copying.
        let seen: String = typed.chars().filter(|c| !is_unseen(*c)).collect();
        let folded = fold(&text::line(&seen, 100)?.replace('´', "'"));
        let loose = loose(&folded);
        // `Hendriks, Lotte` is the form used in lists.
        let bare = loose.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).map(bare).filter(|word| !word.is_empty());
        let bare: Vec<String> = bare.map(str::to_owned).collect();
        Ok(Self(if bare.is_empty() { loose.split_whitespace().map(str::to_owned).collect() } else { bare }))
    }
}

/// A word without enclosing brackets and quotation marks. An apostrophe at one end belongs to the word, as in `'t`.
fn bare(word: &str) -> &str {
    let marks = |c: char| {
        matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '‚' | '‛')
    };
    let inner = word.trim_matches(marks);
    let quoted = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).filter(|rest| !rest.is_empty());
    quoted.map_or(inner, |rest| rest.trim_matches(marks))
}

/// The sort order of a list of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Sort)]
pub enum SortOrder {
    /// By last name, then first name, ascending.
    #[default]
    Name,
    /// Most recently changed first.
    UpdatedAt,
}

text_value!(SearchText => SearchText::parse, SortOrder => by_name);

/// A position in a sorted list, ascending for every order. Together with the client id the order is total, so a page can continue after
/// it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// Folded last name, zero character, folded first name.
    Name(String),
    /// The newest is the smallest.
    UpdatedAt(Reverse<Timestamp>),
}

impl SortKey {
    /// The order that this key belongs to: a page can only continue in that order.
    pub const fn sort(&self) -> SortOrder {
        match self {
            Self::Name(_) => SortOrder::Name,
            Self::UpdatedAt(_) => SortOrder::UpdatedAt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFile, ClientSummary, Restrictions, SearchText, SortKey, SortOrder};
    use jiff::Timestamp;

    fn summary(person: &str) -> ClientSummary {
        let text = format!(r#"{{"person":{person},"address":{{"city":"’s-Hertogenbosch"}}}}"#);
        ClientSummary::of(
            &serde_json::from_str::<ClientFile>(&text).expect("the sample is a file"),
            &Restrictions::default(),
            Timestamp::UNIX_EPOCH,
            1,
        )
    }

    fn finds(text: &str) -> bool {
        let anna = r#"{"first_name":"Zoë","initials":"Z.B.","prefix":"van","last_name":"Dijk-Łuk","email":"zoe@example.nl"}"#;
        summary(anna).glimpse().matches(&SearchText::parse(text).expect("a search text"))
    }

    #[test]
    fn shows_the_name_that_is_known() {
        assert_eq!(summary(r#"{"first_name":"Anna","initials":"A.B.","prefix":"van","last_name":"Dijk"}"#).name, "Anna van Dijk");
        assert_eq!(summary(r#"{"initials":"A.B.","last_name":"Dijk"}"#).name, "A.B. Dijk");
        assert_eq!(summary(r#"{"prefix":"van","last_name":"Dijk"}"#).name, "van Dijk");
    }

    #[test]
    fn finds_every_word_somewhere() {
        for text in [
            "ZOE",
            "zoë van",
            "dijk-luk",
            "DIJK bosch zoe@",
            "z.b.",
            "van dijk",
            "'s-hertog",
            " zoe  dijk ",
            "Dijk\u{2010}Luk, Zoë",
            "´s-hertog",
            "zo\u{200b}e;",
            "zoë\u{a0}dijk",
            "Dijk,Zoë",
            "dijk;zoë",
            "(zoë)",
            "\"Dijk\" [van]",
            "„dijk” «zoë»",
            "'zoë'",
            "‘Dijk-Łuk’,(“zoë”)",
        ] {
            assert!(finds(text), "{text}");
        }
        for text in ["anna", "zoe anna", "zo%", "z.*", "lukzoe", "vandijk", "_", "dijk,anna", ",", "()", "\"", "''", "(,)"] {
            assert!(!finds(text), "{text}");
        }
    }

    #[test]
    fn what_was_stored_with_another_hyphen_is_found() {
        let odd = summary("{\"first_name\":\"An\u{AD}na\",\"last_name\":\"Bos\u{2011}Vis d´Or\"}");
        for text in ["bos-vis", "Bos\u{2013}Vis", "anna", "d'or", "d´or", "d’Or"] {
            assert!(odd.glimpse().matches(&SearchText::parse(text).expect("a search text")), "{text}");
        }
        let accents = summary("{\"last_name\":\"´`t Hof\"}");
        assert!(accents.glimpse().matches(&SearchText::parse("´`T HOF").expect("a search")));
    }

    #[test]
    fn sorts_by_last_name_without_prefix() {
        let keys = [
            summary(r#"{"first_name":"Zoë","prefix":"van","last_name":"Dijk"}"#),
            summary(r#"{"first_name":"anna","last_name":"DIJKSTRA"}"#),
            summary(r#"{"first_name":"Bo","prefix":"de","last_name":"Écluse"}"#),
            summary(r#"{"first_name":"Al","last_name":"Ek"}"#),
        ]
        .map(|summary| summary.glimpse().sort_key(SortOrder::Name));
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn sorts_the_newest_first() {
        let older = summary(r#"{"last_name":"a"}"#);
        let newer = ClientSummary { updated_at: "2025-01-01T00:00:00Z".parse().expect("a time"), ..older.clone() };
        assert!(newer.glimpse().sort_key(SortOrder::UpdatedAt) < older.glimpse().sort_key(SortOrder::UpdatedAt));
    }

    #[test]
    fn a_key_reads_back() {
        for sort in [SortOrder::Name, SortOrder::UpdatedAt] {
            let key = summary(r#"{"last_name":"Dijk"}"#).glimpse().sort_key(sort);
            let text = serde_json::to_string(&key).expect("a key is JSON");
            assert_eq!(serde_json::from_str::<SortKey>(&text).expect("what was written"), key);
            assert_eq!(key.sort(), sort);
        }
    }
}
