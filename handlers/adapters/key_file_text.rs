//! The text form of a key file: one line per version, parsed strictly.

use crate::{
    ports::{KekVersion, Random},
    secret::Secret,
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use zeroize::Zeroizing;

const START: &str = "finrust-kek v1 ";
const VERSION_BYTES: usize = 8;
const KEY_BYTES: usize = 32;

/// One version of the key-encryption key.
pub struct Version {
    /// Random as well, so that versions of two files never collide.
    pub name: KekVersion,
    pub key: Secret<[u8; KEY_BYTES]>,
}

impl Version {
    /// A fresh key under a fresh name.
    pub fn generate(random: &dyn Random) -> Self {
        let mut name = [0; VERSION_BYTES];
        random.fill(&mut name);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *key);
        Self { name: KekVersion(HEXLOWER.encode(&name)), key: Secret::new(*key) }
    }
}

/// The line of a version, with its line feed.
pub fn line(version: &Version) -> Zeroizing<String> {
    let key = Zeroizing::new(BASE64URL_NOPAD.encode(version.key.expose()));
    Zeroizing::new([START, &version.name.0, " ", &key, "\n"].concat())
}

/// The versions of a whole file, oldest first, or `None` when a single character differs from what [`line()`] writes.
pub fn parse(whole: &str) -> Option<Vec<Version>> {
    let lines = whole.strip_suffix('\n')?;
    let versions: Vec<Version> = lines.split('\n').map(parse_line).collect::<Option<_>>()?;
    let mut names: Vec<&str> = versions.iter().map(|version| version.name.0.as_str()).collect();
    names.sort_unstable();
    names.is_sorted_by(|one, next| one < next).then_some(versions)
}

fn parse_line(line: &str) -> Option<Version> {
    let (name, key) = line.strip_prefix(START)?.split_once(' ')?;
    let is_name = name.len() == 2 * VERSION_BYTES && HEXLOWER.decode(name.as_bytes()).is_ok();
    let key = Zeroizing::new(BASE64URL_NOPAD.decode(key.as_bytes()).ok()?);
    Some(Version { name: is_name.then(|| KekVersion(name.to_owned()))?, key: Secret::from_slice(&key)? })
}

#[cfg(test)]
mod tests {
    use super::{KekVersion, Secret, Version, line, parse};

    fn whole(names: &[&str]) -> String {
        let version = |name: &&str| Version { name: KekVersion((*name).to_owned()), key: Secret::new([5; 32]) };
        names.iter().map(|name| line(&version(name)).to_string()).collect()
    }

    #[test]
    fn reads_what_it_wrote() {
        let versions = parse(&whole(&["00000000000000ff", "0000000000000001"])).unwrap();
        assert_eq!(versions[1].name.0, "0000000000000001");
        assert!(versions[0].key == Secret::new([5; 32]));
    }

    #[test]
    fn refuses_every_single_defect() {
        let good = whole(&["00000000000000ff"]);
        let defects = [
            ("empty", String::new()),
            ("no_line_feed", good.trim_end().to_owned()),
            ("blank_line", format!("{good}\n")),
            ("carriage_return", good.replace('\n', "\r\n")),
            ("other_format", good.replace(" v1 ", " v2 ")),
            ("short_name", good.replace("00ff", "ff")),
            ("upper_case_name", good.replace("ff", "FF")),
            ("short_key", format!("{}\n", &good[..good.len() - 3])),
            ("padded_key", good.replace('\n', "=\n")),
            ("double_space", good.replace("ff ", "ff  ")),
            ("same_name_twice", good.repeat(2)),
        ];
        for (name, text) in defects {
            assert!(parse(&text).is_none(), "{name}");
        }
    }
}
