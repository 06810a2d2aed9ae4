//! How a table is written: its encoding and what stands between its cells.

use crate::{closed_set, domain::later::ClosedSet};
use serde::{Deserialize, Serialize};
use yore::code_pages::CP1252;
use zeroize::Zeroizing;

closed_set! {
    /// What the bytes mean.
    pub enum Encoding in "snake_case" {
        /// With or without byte-order mark.
        Utf8,
        /// What spreadsheets on Windows write unless asked otherwise.
        Windows1252,
    }

    /// What stands between cells.
    pub enum Delimiter in "snake_case" {
        /// `;`, as Dutch spreadsheets write.
        Semicolon,
        /// `,`
        Comma,
        /// A tab.
        Tab,
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What the bytes mean.
    pub encoding: Encoding,
    /// What stands between cells.
    pub delimiter: Delimiter,
}

impl Dialect {
    /// Whether this version can read a table that is written so.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.encoding.is_known() && self.delimiter.is_known()
    }
}

impl Encoding {
    /// The text of a cell.
    #[must_use]
    pub fn decode(self, cell: &[u8]) -> String {
        match self {
            Self::Utf8 | Self::Later(_) => String::from_utf8_lossy(cell).into_owned(),
            Self::Windows1252 => CP1252.decode(cell).into_owned(),
        }
    }
}

impl Delimiter {
    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Semicolon | Self::Later(_) => b';',
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// Finds the encoding of a text that comes in parts: UTF-8 when all of it is, else Windows-1252, in which any bytes are a text.
#[derive(Default)]
pub struct EncodingGuess {
    /// The bytes of a character that the last part ended in: three at most.
    begun: Zeroizing<Vec<u8>>,
    foreign: bool,
}

impl EncodingGuess {
    /// Looks at the next part; `last` when none follows.
    pub fn look_at(&mut self, part: &[u8], last: bool) {
        let mut rest = part;
        while !self.foreign && !self.begun.is_empty() && !rest.is_empty() {
            let (byte, after) = rest.split_at(1);
            self.begun.extend_from_slice(byte);
            rest = after;
            let whole = std::mem::take(&mut self.begun);
            self.read(&whole);
        }
        self.read(rest);
        self.foreign |= last && !self.begun.is_empty();
    }

    /// Keeps the beginning of a character at the end of `bytes`.
    fn read(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => self.begun.extend_from_slice(&bytes[error.valid_up_to()..]),
            Err(_) => self.foreign = true,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        if self.foreign { Encoding::Windows1252 } else { Encoding::Utf8 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, EncodingGuess};

    fn guess(bytes: &[u8], at_once: usize) -> Encoding {
        let mut guess = EncodingGuess::default();
        let parts: Vec<_> = bytes.chunks(at_once).collect();
        for (index, part) in parts.iter().enumerate() {
            guess.look_at(part, index + 1 == parts.len());
        }
        guess.encoding()
    }

    #[test]
    fn a_character_across_two_parts_is_one() {
        let text = "Zoë; €".repeat(2000);
        for at_once in [1, 2, 3, 4095, 100_000] {
            assert_eq!(guess(text.as_bytes(), at_once), Encoding::Utf8, "{at_once}");
            assert_eq!(guess(&text.as_bytes()[..text.len() - 1], at_once), Encoding::Windows1252, "{at_once}");
            assert_eq!(guess(b"Zo\xeb", at_once), Encoding::Windows1252, "{at_once}");
        }
    }

    #[test]
    fn windows_1252_has_its_own_letters() {
        assert_eq!(Encoding::Windows1252.decode(b"Zo\xeb \x80 5"), "Zoë € 5");
        let nothing = Encoding::Windows1252.decode(b"\x81\x8d\x8f\x90\x9d");
        assert!(nothing.chars().count() == 5 && nothing.chars().all(char::is_control), "no field takes what stands for nothing");
        assert_eq!(Encoding::Utf8.decode("Zoë € 5".as_bytes()), "Zoë € 5");
    }
}
