//! Searches bytes for texts in every encoding in which a careless program might have left them.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

/// Long enough not to occur by chance.
const HEAD: usize = 7;

/// What to search for, in all its encodings.
#[derive(Default)]
pub struct Canaries {
    /// Encoded forms by their first bytes.
    forms: HashMap<[u8; HEAD], Vec<(Vec<u8>, String)>>,
}

impl Canaries {
    /// Adds a text as typed.
    pub fn text(&mut self, text: &str) {
        self.bytes(text, text.as_bytes());
        let escaped: String = text.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect();
        for other in [text.to_uppercase(), text.to_lowercase(), escaped, text.chars().rev().collect()] {
            self.add(text, "in other letters", other.as_bytes());
        }
        let wide: Vec<u16> = text.encode_utf16().collect();
        self.bytes(text, &wide.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>());
        self.bytes(text, &wide.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<_>>());
    }

    /// Adds a number, in digits as typed and in binary.
    pub fn number(&mut self, number: i64) {
        self.text(&number.to_string());
        self.add("number", "big end first", &number.to_be_bytes()[1..]);
        self.add("number", "little end first", &number.to_le_bytes()[..7]);
    }

    /// Adds bytes, plain and encoded, at each alignment that they can have inside a longer text.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.add(name, "plain", bytes);
        self.add(name, "as numbers", format!("{bytes:?}").trim_matches(['[', ']']).replace(' ', "").as_bytes());
        for encoding in [HEXLOWER, HEXUPPER] {
            self.add(name, "in hexadecimal", encoding.encode(bytes).as_bytes());
        }
        for (encoding, bits, alignments) in [(BASE64_NOPAD, 6, 3), (BASE64URL_NOPAD, 6, 3), (BASE32_NOPAD, 5, 5)] {
            for shift in 0..alignments {
                self.add(name, "in base 64 or 32", &aligned(&encoding, bits, shift, bytes));
            }
        }
    }

    fn add(&mut self, name: &str, form: &str, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk::<HEAD>() {
            self.forms.entry(*head).or_default().push((bytes.to_vec(), format!("{name} {form}")));
        }
    }

    /// What occurs in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for start in 0..bytes.len().saturating_sub(HEAD - 1) {
            let Some(head) = bytes[start..].first_chunk::<HEAD>() else { break };
            let forms = self.forms.get(head).map(Vec::as_slice).unwrap_or_default();
            found.extend(forms.iter().filter(|(form, _)| bytes[start..].starts_with(form)).map(|(_, name)| name.as_str()));
        }
        found
    }

    /// What occurs in the names and contents of the files in a directory, except in the folder `mail`, whose mails are meant to be read.
    pub fn found_under(&self, directory: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let here = if path.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
            let both = self.found_in(&here).into_iter().chain(self.found_in(name.as_bytes()));
            found.extend(both.map(|what| format!("{what} in {name}")));
            if path.is_dir() && name != "mail" {
                found.extend(self.found_under(&path));
            }
        }
        found
    }
}

/// The characters that encode `bytes` alone when `shift` bytes precede them.
fn aligned(encoding: &Encoding, bits: usize, shift: usize, bytes: &[u8]) -> Vec<u8> {
    let encoded = encoding.encode(&[&vec![0; shift], bytes].concat());
    let (first, last) = ((shift * 8).div_ceil(bits), (shift + bytes.len()) * 8 / bits);
    encoded.as_bytes()[first..last].to_vec()
}

#[test]
fn every_form_is_found() {
    let mut canaries = Canaries::default();
    canaries.text("Kanarievogel-Østergård");
    canaries.number(98_765_432_109);
    let word = "Kanarievogel-Østergård";
    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut hidden = vec![word.as_bytes().to_vec(), word.to_uppercase().into_bytes(), b"{\"n\":98765432109}".to_vec(), wide.clone()];
    hidden.push(br"Kanarievogel-\u00d8sterg\u00e5rd".to_vec());
    hidden.extend([98_765_432_109_i64.to_be_bytes().to_vec(), 98_765_432_109_i64.to_le_bytes().to_vec()]);
    for before in ["", "a", "ab", "abc", "abcd"] {
        for bytes in [word.as_bytes(), &wide] {
            let text = [before.as_bytes(), bytes, b"xyz"].concat();
            let encodings =
                [HEXLOWER, HEXUPPER, BASE64_NOPAD, BASE64URL_NOPAD, BASE32_NOPAD, data_encoding::BASE64, data_encoding::BASE64URL];
            hidden.extend(encodings.map(|encoding| encoding.encode(&text).into_bytes()));
        }
    }
    for bytes in hidden {
        assert!(
            !canaries.found_in(&[b"before ".as_slice(), &bytes, b" behind"].concat()).is_empty(),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
    assert!(canaries.found_in(b"Kanarie-vogel Oestergaard 98765432108").is_empty());
    let folder = tempfile::tempdir().unwrap();
    for place in ["mail", "other"] {
        fs::create_dir(folder.path().join(place)).unwrap();
        fs::write(folder.path().join(place).join("file"), word).unwrap();
    }
    let found = canaries.found_under(folder.path());
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [format!("{word} plain in file")]);
}
