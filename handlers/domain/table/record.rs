//! Parses one record of a table (RFC 4180): the boundaries of its cells.
//!
//! ```text
//! record = cell *(delimiter cell) line end
//! cell   = bare | quoted *blank
//! bare   = anything but delimiters, line ends and quotation marks
//! quoted = `"` anything, with quotation marks doubled `"`
//! ```
//!
//! Line ends are CR LF, LF and CR. If quotation marks occur elsewhere, it is uncertain which lines belong together: the lines up to
//! where a lenient reader would end the record are refused, each of them by its number.

use std::borrow::Cow;

/// The record at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// A record with these cells, and the offset of its end.
    Cells(Vec<Cow<'a, [u8]>>, usize),
    /// Lines with unmatched quotation marks: their number, and the offset of the end of the last one.
    Unmatched(u32, usize),
}

impl<'a> Record<'a> {
    /// Parses the first record. Bytes without a final line end may be an incomplete record.
    pub fn first(bytes: &'a [u8], delimiter: u8) -> Self {
        let (mut cells, mut at, mut is_matched) = (Vec::new(), 0, true);
        loop {
            let rest = &bytes[at..];
            let cell = if rest.starts_with(b"\"") { Cell::quoted(rest, delimiter) } else { Cell::bare(rest, delimiter) };
            is_matched &= cell.is_matched;
            at += cell.length;
            cells.push(cell.text);
            if bytes.get(at) == Some(&delimiter) {
                at += 1;
            } else {
                break;
            }
        }
        let end = at + line_end(&bytes[at..]);
        if is_matched { Self::Cells(cells, end) } else { Self::Unmatched(lines(&bytes[..end]), end) }
    }

    /// The offset of its end.
    pub const fn end(&self) -> usize {
        match self {
            Self::Cells(_, end) | Self::Unmatched(_, end) => *end,
        }
    }
}

struct Cell<'a> {
    text: Cow<'a, [u8]>,
    length: usize,
    is_matched: bool,
}

impl<'a> Cell<'a> {
    fn bare(bytes: &'a [u8], delimiter: u8) -> Self {
        let length = bytes.iter().position(|byte| ends_a_cell(*byte, delimiter)).unwrap_or(bytes.len());
        let text = &bytes[..length];
        Self { text: Cow::Borrowed(text), length, is_matched: !text.contains(&b'"') }
    }

    fn quoted(bytes: &'a [u8], delimiter: u8) -> Self {
        let mut close = 1;
        // A doubled quotation mark is an escaped one.
        while let Some(next) = bytes[close..].iter().position(|byte| *byte == b'"') {
            close += next;
            if bytes.get(close + 1) != Some(&b'"') {
                let rest = Self::bare(&bytes[close + 1..], delimiter);
                let is_matched = rest.text.iter().all(|byte| *byte == b' ');
                return Self { text: single(&bytes[1..close]), length: close + 1 + rest.length, is_matched };
            }
            close += 2;
        }
        Self { text: Cow::Borrowed(bytes), length: bytes.len(), is_matched: false }
    }
}

/// Replaces each doubled quotation mark with a single one.
fn single(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'"') {
        return Cow::Borrowed(text);
    }
    let mut is_second = false;
    let keep = |byte: &u8| {
        is_second = *byte == b'"' && !is_second;
        *byte != b'"' || is_second
    };
    Cow::Owned(text.iter().copied().filter(keep).collect())
}

const fn ends_a_cell(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || matches!(byte, b'\r' | b'\n')
}

/// The length of the line end at the start of some bytes; 0 when there is none.
pub fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Number of lines, the last of which may lack its end.
fn lines(bytes: &[u8]) -> u32 {
    let (mut lines, mut rest) = (0, bytes);
    while !rest.is_empty() {
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        rest = &rest[length + line_end(&rest[length..])..];
        lines += 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::Record;
    use proptest::prelude::*;

    fn first(text: &str) -> Result<(Vec<String>, usize), (u32, usize)> {
        match Record::first(text.as_bytes(), b';') {
            Record::Cells(cells, end) => {
                let text = |cell: &std::borrow::Cow<'_, [u8]>| String::from_utf8(cell.to_vec()).expect("parts of a text");
                Ok((cells.iter().map(text).collect(), end))
            }
            Record::Unmatched(lines, end) => Err((lines, end)),
        }
    }

    #[test]
    fn cells_are_read_as_they_were_written() {
        for (text, cells, end) in [
            ("a;b\nc", vec!["a", "b"], 4),
            ("a;\r\nc", vec!["a", ""], 4),
            ("a\rb", vec!["a"], 2),
            ("a", vec!["a"], 1),
            ("", vec![""], 0),
            ("\"a;\"\"b\"\"\r\nc\" ;\"\"\n", vec!["a;\"b\"\r\nc", ""], 17),
            ("\"\"\"\"", vec!["\""], 4),
            (" a ; b", vec![" a ", " b"], 6),
        ] {
            assert_eq!(first(text), Ok((cells.into_iter().map(str::to_owned).collect(), end)), "{text:?}");
        }
    }

    #[test]
    fn marks_that_do_not_match_take_their_lines_along() {
        for (text, lines, end) in [
            ("a\"b;c\nd", 1, 6),
            ("a; \"b\"\nd", 1, 7),
            ("\"a\"b\nd", 1, 5),
            ("\"a\nb;c\r\nd", 3, 9),
            ("\"a\nb;\"c\nd", 2, 8),
            ("x;\"open\ny;\"also open\nz", 2, 21),
        ] {
            assert_eq!(first(text), Err((lines, end)), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_writer_writes_reads_back(cells in proptest::collection::vec("[a;\" \r\n\t,]{0,6}", 1..5)) {
            let mut writer = csv::WriterBuilder::new().delimiter(b';').quote_style(csv::QuoteStyle::Always).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            writer.write_record(&cells).expect("memory takes every write");
            let written = String::from_utf8(writer.into_inner().expect("memory takes every write")).expect("UTF-8");
            prop_assert_eq!(first(&written), Ok((cells, written.len())));
        }

        #[test]
        fn any_bytes_have_an_end(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b';'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..40)) {
            let end = Record::first(&bytes, b';').end();
            prop_assert!(end <= bytes.len() && (end > 0 || bytes.is_empty()));
        }
    }
}
