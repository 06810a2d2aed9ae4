//! How a table is written: its encoding and what stands between its cells.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What the bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// With or without byte-order mark.
    Utf8,
    /// What spreadsheets on Windows write unless asked otherwise.
    Windows1252,
}

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `;`, as Dutch spreadsheets write.
    Semicolon,
    /// `,`
    Comma,
    /// A tab.
    Tab,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What the bytes mean.
    pub encoding: Encoding,
    /// What stands between cells.
    pub delimiter: Delimiter,
}

impl Encoding {
    /// The text of a cell.
    #[must_use]
    pub fn decode(self, cell: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(cell).into_owned(),
            Self::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned(),
        }
    }
}

impl Delimiter {
    /// In the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::Semicolon, Self::Comma, Self::Tab];

    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Semicolon => b';',
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// Finds the encoding of a text that comes in parts: UTF-8 when all of it is, else Windows-1252, in which any bytes are a text.
pub struct EncodingGuess {
    decoder: encoding_rs::Decoder,
    utf8: bool,
}

impl Default for EncodingGuess {
    fn default() -> Self {
        Self { decoder: encoding_rs::UTF_8.new_decoder_without_bom_handling(), utf8: true }
    }
}

impl EncodingGuess {
    /// Looks at the next part; `last` when none follows.
    pub fn look_at(&mut self, part: &[u8], last: bool) {
        let mut scratch = Zeroizing::new([0; 4096]);
        let mut rest = part;
        while self.utf8 {
            let (result, read, _) = self.decoder.decode_to_utf8_without_replacement(rest, scratch.as_mut_slice(), last);
            rest = &rest[read..];
            match result {
                encoding_rs::DecoderResult::InputEmpty => break,
                encoding_rs::DecoderResult::OutputFull => {}
                encoding_rs::DecoderResult::Malformed(..) => self.utf8 = false,
            }
        }
    }

    /// What it is.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        if self.utf8 { Encoding::Utf8 } else { Encoding::Windows1252 }
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
        assert_eq!(Encoding::Utf8.decode("Zoë € 5".as_bytes()), "Zoë € 5");
    }
}
