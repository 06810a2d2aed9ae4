//! The process environment as given: which variables are settings, and which may have been meant as one.
//!
//! A setting that is silently ignored is worse than an invalid one: the program would run with something else than was intended. So a value
//! that is not valid text is refused, naming the setting, and variables whose names resemble those of settings are reported.

use std::{collections::BTreeMap, ffi::OsString};

const OURS: &str = "FINRUST_";
/// Variables of the platform that determine how the program runs.
const OF_THE_PLATFORM: [&str; 2] = ["FUNCTIONS_CUSTOMHANDLER_PORT", "WEBSITE_SITE_NAME"];
/// Variables read by scripts and tests of the repository, not by the program.
const OF_OTHERS: [&str; 10] = [
    "FINRUST_ALERT_EMAIL",
    "FINRUST_BINARY",
    "FINRUST_ENVIRONMENT",
    "FINRUST_FRONT",
    "FINRUST_GOLDEN",
    "FINRUST_OLD",
    "FINRUST_REQUIRE_EMULATORS",
    "FINRUST_SESSION",
    "FINRUST_UPDATE",
    "FINRUST_TEST_BACKEND",
];
const OF_TESTS: &str = "FINRUST_TEST_";
/// How many letters of a name may differ if it does not start with our prefix.
const NEAR: usize = 2;

/// The settings as text, not yet interpreted.
#[derive(Debug, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    remarks: Vec<Remark>,
}

/// The value of this setting is not valid text.
#[derive(Debug, PartialEq, Eq)]
pub struct NotText(pub String);

/// A remark on a setting, for the person who configured it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Whitespace around these values was removed.
    Trimmed(Vec<String>),
    /// There is no such setting.
    Unknown {
        /// The name as given.
        name: String,
        /// The most similar name of a setting.
        nearest: &'static str,
    },
}

impl Remark {
    /// Writes it to the log.
    pub fn log(&self) {
        match self {
            Self::Trimmed(names) => tracing::warn!(event = "settings_trimmed", cause = names.join(" "), count = names.len()),
            Self::Unknown { name, nearest } => {
                tracing::warn!(event = "setting_unknown", cause = format!("{name} is none: the nearest is {nearest}"));
            }
        }
    }
}

impl Environment {
    /// Extracts the `known` settings from these variables. A value of nothing but whitespace counts as absent.
    ///
    /// # Errors
    /// [`NotText`] with the name of a setting.
    pub fn of(variables: impl Iterator<Item = (OsString, OsString)>, known: &[&'static str]) -> Result<Self, NotText> {
        let (mut environment, mut trimmed) = (Self::default(), Vec::new());
        for (name, value) in variables {
            let name = name.to_string_lossy().into_owned();
            let is_setting = known.contains(&name.as_str()) || OF_THE_PLATFORM.contains(&name.as_str());
            if !is_setting {
                environment.remarks.extend(meant(&name, known).map(|nearest| Remark::Unknown { name, nearest }));
                continue;
            }
            let value = value.into_string().map_err(|_| NotText(name.clone()))?;
            if value.trim().len() < value.len() {
                trimmed.push(name.clone());
            }
            environment.values.insert(name, value.trim().to_owned());
        }
        trimmed.sort();
        environment.remarks.sort_by_key(|remark| format!("{remark:?}"));
        environment.remarks.extend((!trimmed.is_empty()).then_some(Remark::Trimmed(trimmed)));
        Ok(environment)
    }

    /// The value of a setting; `None` when it is empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The remarks, for the log.
    pub fn remarks(self) -> Vec<Remark> {
        self.remarks
    }
}

/// The setting that an unknown name was probably meant to be, if any.
fn meant(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if OF_OTHERS.contains(&name) || name.starts_with(OF_TESTS) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let begins_like_ours = upper.starts_with(OURS);
    if !begins_like_ours && !upper.contains("RUST") && !upper.starts_with("FIN") {
        return None;
    }
    let (distance, nearest) = known.iter().map(|known| (distance(&upper, known), *known)).min()?;
    (begins_like_ours || distance <= NEAR).then_some(nearest)
}

/// The Levenshtein distance of two names.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, opposite) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *opposite);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::{Environment, NotText, Remark};
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    const KNOWN: [&str; 3] = ["FINRUST_DATA_DIR", "FINRUST_MAIL_FROM", "FINRUST_PUBLIC_URL"];

    fn of(variables: &[(&str, &[u8])]) -> Result<Environment, NotText> {
        let variables = variables.iter().map(|(name, value)| (OsString::from(*name), OsString::from_vec(value.to_vec())));
        Environment::of(variables, &KNOWN)
    }

    #[test]
    fn blanks_and_line_ends_around_values_are_dropped_and_told_once() {
        let given =
            of(&[("FINRUST_DATA_DIR", b" /srv/data\r\n"), ("FINRUST_MAIL_FROM", b"a@a.nl\n"), ("FINRUST_PUBLIC_URL", b"x y")]).unwrap();
        assert_eq!(given.get("FINRUST_DATA_DIR").as_deref(), Some("/srv/data"));
        assert_eq!(given.get("FINRUST_PUBLIC_URL").as_deref(), Some("x y"));
        let names = ["FINRUST_DATA_DIR", "FINRUST_MAIL_FROM"].map(str::to_owned).to_vec();
        assert_eq!(given.remarks(), [Remark::Trimmed(names)]);
    }

    #[test]
    fn what_is_no_text_is_refused_by_name_where_it_counts() {
        assert_eq!(of(&[("FINRUST_DATA_DIR", b"/srv/\xff")]).err(), Some(NotText("FINRUST_DATA_DIR".to_owned())));
        assert_eq!(of(&[("WEBSITE_SITE_NAME", b"\xff")]).err(), Some(NotText("WEBSITE_SITE_NAME".to_owned())));
        assert!(of(&[("LESSOPEN", b"\xff")]).is_ok());
    }

    #[test]
    fn a_name_that_is_none_is_told_with_the_nearest() {
        for (name, nearest) in [
            ("FINRUST_DATADIR", Some("FINRUST_DATA_DIR")),
            ("FINRUST_DATA_DIRECTORY", Some("FINRUST_DATA_DIR")),
            ("finrust_data_dir", Some("FINRUST_DATA_DIR")),
            ("FINRUST_MAIL_SENDER", Some("FINRUST_MAIL_FROM")),
            ("FINRUT_PUBLIC_URL", Some("FINRUST_PUBLIC_URL")),
            ("FINRUST_FRONT", None),
            ("FINRUST_TEST_PACKAGE", None),
            ("RUST_LOG", None),
            ("RUST_BACKTRACE", None),
            ("PATH", None),
        ] {
            let remarks = of(&[(name, b"x")]).unwrap().remarks();
            let expected = nearest.map(|nearest| Remark::Unknown { name: name.to_owned(), nearest });
            assert_eq!(remarks, expected.into_iter().collect::<Vec<_>>(), "{name}");
        }
        assert!(of(&[("FINRUST_DATA_DIR", b"x")]).unwrap().remarks().is_empty());
    }
}
