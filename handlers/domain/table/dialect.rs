//! The dialect of a table: its encoding and its delimiter.

use super::sheet::BYTE_ORDER_MARK;
use crate::{closed_set, domain::wire::closed_set::ClosedSet};
use serde::{Deserialize, Serialize};
use yore::code_pages::CP1252;
use zeroize::Zeroizing;

closed_set! {
    /// The character encoding of a table.
    pub enum Encoding in "snake_case" {
        /// UTF-8, with or without a byte-order mark.
        Utf8,
        /// Windows-1252, the default of spreadsheets on Windows.
        Windows1252,
    }

    /// The delimiter between cells.
    pub enum Delimiter in "snake_case" {
        /// `;`, the default of Dutch spreadsheets.
        Semicolon,
        /// `,`
        Comma,
        /// A tab.
        Tab,
    }
}

/// The encoding and the delimiter of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// The encoding of its bytes.
    pub encoding: Encoding,
    /// The separator of its cells.
    pub delimiter: Delimiter,
    /// Whether bytes occurred that only Windows-1252 uses. Without them the table may as well be ISO 8859-15, in which eight other bytes
    /// have another meaning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_windows_bytes: bool,
}

/// Replaces in a decoded cell what cannot be decoded or is ambiguous. It is a noncharacter (Unicode, section 23.7), so no table contains
/// it intentionally.
pub const UNREADABLE: char = '\u{FFFF}';

/// Bytes whose characters differ between ISO 8859-15 and Windows-1252: `€ Š š Ž ž Œ œ Ÿ` of the former.
const OTHER_IN_8859_15: [u8; 8] = [0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE];

impl Dialect {
    /// Whether this version can read a table in this dialect.
    pub fn is_known(&self) -> bool {
        self.encoding.is_known() && self.delimiter.is_known()
    }

    /// Decodes a cell, with [`UNREADABLE`] in place of what is uncertain.
    pub fn decode(&self, cell: &[u8]) -> String {
        let text = std::str::from_utf8(cell);
        let decoded = match (self.encoding, text) {
            (_, Ok(text)) if text.is_ascii() => text.to_owned(),
            (Encoding::Utf8 | Encoding::Later(_), Ok(text)) => text.to_owned(),
            (Encoding::Utf8 | Encoding::Later(_), Err(_)) => lossy(cell),
            // `Ã¼` almost certainly stands for `ü`, but that would be a guess.
            (Encoding::Windows1252, Ok(text)) => text.chars().map(|c| if c.is_ascii() { c } else { UNREADABLE }).collect(),
            (Encoding::Windows1252, Err(_)) => cell.iter().map(|byte| self.windows(*byte)).collect(),
        };
        // NUL terminates text in other programs, and no spreadsheet writes it.
        if decoded.contains('\0') { decoded.replace('\0', UNREADABLE.encode_utf8(&mut [0; 4])) } else { decoded }
    }

    fn windows(&self, byte: u8) -> char {
        let decoded = CP1252.decode(&[byte]).chars().next().unwrap_or(UNREADABLE);
        let is_doubtful = !self.has_windows_bytes && OTHER_IN_8859_15.contains(&byte);
        let is_unassigned = byte >= 0x80 && decoded.is_control();
        if is_doubtful || is_unassigned { UNREADABLE } else { decoded }
    }
}

/// Decodes the valid parts of UTF-8.
fn lossy(cell: &[u8]) -> String {
    let mut text = String::with_capacity(cell.len());
    for chunk in cell.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(UNREADABLE);
        }
    }
    text
}

impl Delimiter {
    pub const fn byte(self) -> u8 {
        match self {
            Self::Semicolon | Self::Later(_) => b';',
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// The byte-order marks of unsupported encodings: UTF-16 and UTF-32 in both byte orders.
const FOREIGN_MARKS: [&[u8]; 3] = [b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"];

/// Whether a table with this start declares an unsupported encoding.
pub fn is_foreign(beginning: &[u8]) -> bool {
    FOREIGN_MARKS.iter().any(|mark| beginning.starts_with(mark))
}

/// Detects the encoding of a text that arrives in parts.
///
/// A byte-order mark decides. Without one it is UTF-8 when the text is valid, or when at least as many multi-byte characters as stray
/// bytes are found; otherwise Windows-1252, in which any bytes are valid text. What does not fit is refused cell by cell
/// ([`Dialect::decode`]).
#[derive(Default)]
pub struct EncodingGuess {
    beginning: Zeroizing<Vec<u8>>,
    /// The first bytes of a character split at the end of the last part: three at most.
    begun: Zeroizing<Vec<u8>>,
    /// Number of multi-byte characters, decoded as UTF-8.
    characters: usize,
    /// Number of bytes that belong to no such character.
    strangers: usize,
    has_windows_bytes: bool,
}

impl EncodingGuess {
    /// Processes the next part; `last` when none follows.
    pub fn look_at(&mut self, part: &[u8], last: bool) {
        let missing = BYTE_ORDER_MARK.len().saturating_sub(self.beginning.len()).min(part.len());
        self.beginning.extend_from_slice(&part[..missing]);
        let whole = Zeroizing::new([self.begun.as_slice(), part].concat());
        self.begun.clear();
        let mut rest = whole.as_slice();
        while !rest.is_empty() {
            let (valid, after) = match std::str::from_utf8(rest) {
                Ok(_) => (rest, &[][..]),
                Err(error) => rest.split_at(error.valid_up_to()),
            };
            // Each starts with a byte of this range.
            self.characters += valid.iter().filter(|byte| **byte >= 0xC0).count();
            rest = self.pass(after, last);
        }
    }

    /// Skips what is not UTF-8; keeps the start of a character at the end of a part.
    fn pass<'a>(&mut self, after: &'a [u8], last: bool) -> &'a [u8] {
        let Err(error) = std::str::from_utf8(after) else { return &[] };
        match error.error_len() {
            None if !last => {
                self.begun.extend_from_slice(after);
                &[]
            }
            length => {
                let (strange, rest) = after.split_at(length.unwrap_or(after.len()));
                self.strangers += strange.len();
                self.has_windows_bytes |= strange.iter().any(|byte| (0x80..0xA0).contains(byte));
                rest
            }
        }
    }

    /// Returns the detected dialect, with an arbitrary delimiter.
    pub fn dialect(&self) -> Dialect {
        let is_utf8 = self.beginning.as_slice() == BYTE_ORDER_MARK || self.characters >= self.strangers;
        let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Windows1252 };
        Dialect { encoding, delimiter: Delimiter::Semicolon, has_windows_bytes: !is_utf8 && self.has_windows_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::{Delimiter, Dialect, Encoding, EncodingGuess, UNREADABLE, is_foreign};

    fn guess(bytes: &[u8], at_once: usize) -> Dialect {
        let mut guess = EncodingGuess::default();
        let parts: Vec<_> = bytes.chunks(at_once).collect();
        for (index, part) in parts.iter().enumerate() {
            guess.look_at(part, index + 1 == parts.len());
        }
        guess.dialect()
    }

    fn of(encoding: Encoding, has_windows_bytes: bool) -> Dialect {
        Dialect { encoding, delimiter: Delimiter::Semicolon, has_windows_bytes }
    }

    const AT_ONCE: [usize; 5] = [1, 2, 3, 4095, 100_000];

    #[test]
    fn a_character_across_two_parts_is_one() {
        let text = "Zoë; €".repeat(2000);
        for at_once in AT_ONCE {
            assert_eq!(guess(text.as_bytes(), at_once), of(Encoding::Utf8, false), "{at_once}");
            assert_eq!(guess(b"Zo\xeb", at_once), of(Encoding::Windows1252, false), "{at_once}");
            assert_eq!(guess(b"Zo\xeb \x80", at_once), of(Encoding::Windows1252, true), "{at_once}");
        }
    }

    #[test]
    fn the_mark_decides_and_without_one_what_is_more() {
        for at_once in AT_ONCE {
            for utf8 in [
                b"\xef\xbb\xbfZo\xeb".as_slice(),
                b"\xef\xbb\xbf\xeb\x80\xff",
                "Zoë M\u{fc}ller \u{e9}".as_bytes().split_last().expect("bytes").1,
            ] {
                assert_eq!(guess(utf8, at_once), of(Encoding::Utf8, false), "{utf8:?} {at_once}");
            }
            let mixed = [b"Zo\xeb;J\xf6ran;M\xfcller;".as_slice(), "Zoë".as_bytes()].concat();
            assert_eq!(guess(&mixed, at_once), of(Encoding::Windows1252, false), "{at_once}");
        }
    }

    #[test]
    fn what_is_not_certain_is_said_not_to_be() {
        let unreadable = |text: &str| text.replace('?', &UNREADABLE.to_string());
        for (dialect, cell, text) in [
            (of(Encoding::Utf8, false), "Zoë € 5".as_bytes(), "Zoë € 5"),
            (of(Encoding::Utf8, false), b"Zo\xeb", "Zo?"),
            (of(Encoding::Utf8, false), b"M\xc3\xbcller \xc3", "Müller ?"),
            (of(Encoding::Windows1252, true), b"Zo\xeb \x80 5", "Zoë € 5"),
            (of(Encoding::Windows1252, true), b"12\xbd O\xb4Neil", "12½ O´Neil"),
            (of(Encoding::Windows1252, false), b"12\xbd \xa4 Zo\xeb", "12? ? Zoë"),
            (of(Encoding::Windows1252, true), "Müller".as_bytes(), "M?ller"),
            (of(Encoding::Windows1252, true), b"\x81\x8d\x8f\x90\x9d\xeb", "?????ë"),
            (of(Encoding::Windows1252, true), b"Di\0jk", "Di?jk"),
            (of(Encoding::Utf8, false), b"Di\0jk", "Di?jk"),
        ] {
            assert_eq!(dialect.decode(cell), unreadable(text), "{dialect:?} {cell:?}");
        }
    }

    #[test]
    fn a_foreign_mark_is_known() {
        for foreign in [b"\xff\xfeA\0".as_slice(), b"\xfe\xff\0A", b"\xff\xfe\0\0A\0\0\0", b"\0\0\xfe\xff\0\0\0A"] {
            assert!(is_foreign(foreign), "{foreign:?}");
        }
        assert!(!is_foreign(b"") && !is_foreign(b"A\0") && !is_foreign("\u{feff}A".as_bytes()));
    }
}
