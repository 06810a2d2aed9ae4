//! Text that a spreadsheet might interpret as a formula (CWE-1236; OWASP, CSV Injection).
//!
//! ```text
//! starts(text):    its start, and after each character that some spreadsheet may take for the end of a cell: , ; : | tab, line ends,
//!                  and a space
//! dangerous(rest): after apostrophes, quotation marks and whitespace it starts with = + - @ or their full-width forms, or it
//!                  starts with a tab or a line end; after a space, a sign that stands alone is not dangerous
//! guarded(text):   "'" is inserted at each start whose rest is dangerous
//! ```
//!
//! A table is written with semicolons and quotation marks; opened with commas, it shows other cells, which start in the middle of the
//! original ones. The middle is therefore guarded like the start. Only text typed by a person is guarded. Amounts, percentages and dates
//! are written by FinRust and are never formulas: `-1234,56` stays a number. Inserting apostrophes changes neither the starts nor which
//! of them are dangerous, so an inserted apostrophe can be told from a typed one, and reading restores exactly what was written.

use std::borrow::Cow;

/// Guards `text` for use in a cell.
pub fn guarded(text: &str) -> Cow<'_, str> {
    let dangerous: Vec<usize> = dangers(text).collect();
    if dangerous.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut guarded, mut from) = (String::with_capacity(text.len() + dangerous.len()), 0);
    for at in dangerous {
        guarded.push_str(&text[from..at]);
        guarded.push('\'');
        from = at;
    }
    guarded.push_str(&text[from..]);
    Cow::Owned(guarded)
}

/// Restores the text from its guarded form.
pub fn unguarded(cell: &str) -> Cow<'_, str> {
    let guards: Vec<usize> = dangers(cell).filter(|at| cell[*at..].starts_with('\'')).collect();
    if guards.is_empty() {
        return Cow::Borrowed(cell);
    }
    let (mut text, mut from) = (String::with_capacity(cell.len()), 0);
    for at in guards {
        text.push_str(&cell[from..at]);
        from = at + 1;
    }
    text.push_str(&cell[from..]);
    Cow::Owned(text)
}

/// The offsets at which some spreadsheet may start a cell.
fn beginnings(text: &str) -> impl Iterator<Item = usize> {
    let behind = text.char_indices().filter(|(_, c)| ends_a_cell(*c)).map(|(at, c)| at + c.len_utf8());
    // A line end of two characters counts as one.
    let whole = |at: &usize| !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n'));
    std::iter::once(0).chain(behind.filter(whole))
}

fn ends_a_cell(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '|' | ' ') || ends_a_line(c) || c == '\t'
}

const fn ends_a_line(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The offsets from which on the text is dangerous. What may stand in front of a formula is passed over once, however many cells may start
/// within it.
fn dangers(text: &str) -> impl Iterator<Item = usize> {
    let mut formula = formula_from(text, 0);
    beginnings(text).filter(move |at| {
        if *at > formula {
            formula = formula_from(text, *at);
        }
        is_dangerous(text, *at, formula)
    })
}

/// The offset behind apostrophes, quotation marks and whitespace.
fn formula_from(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(|c: char| matches!(c, '\'' | '"') || c.is_whitespace()).len()
}

/// Whether the text from `at` on is dangerous, when a formula in it would start at `formula`. Apostrophes at starts make no difference.
fn is_dangerous(text: &str, at: usize, formula: usize) -> bool {
    let mut behind = text[formula..].chars();
    let begins = behind.next().is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    // Spaces are common in ordinary text, and so are dashes between them.
    let stands_alone = behind.next().is_none_or(|c| c.is_whitespace() || ends_a_cell(c));
    let behind_a_blank = text[..at].ends_with(' ');
    let is_top = at == 0 && text.trim_start_matches('\'').starts_with(|c| c == '\t' || ends_a_line(c));
    (begins && !(behind_a_blank && stands_alone)) || is_top
}

#[cfg(test)]
mod tests {
    use super::{guarded, unguarded};
    use proptest::prelude::*;

    /// Possible separators of cells.
    const SEPARATORS: [&str; 8] = [",", ";", ":", "|", "\t", "\n", "\r", "\r\n"];

    #[test]
    fn formulas_become_text_and_text_stays() {
        for text in ["=1+1", "+31612345678", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "'=1", "' =1", "＝1"] {
            let cell = guarded(text);
            assert!(cell.starts_with('\''), "{cell}");
            assert_eq!(unguarded(&cell), text);
        }
        for text in ["", "Dijk", "'s-Gravenhage", "a=b", "06-12345678", "x\t", "Jan - Piet", "Van Dijk-Bos, Utrecht", "a: b; c | d", "1+1"]
        {
            assert_eq!(guarded(text), text);
        }
        assert_eq!(unguarded("'s-Gravenhage"), "'s-Gravenhage");
        assert_eq!(unguarded("'+31612345678"), "+31612345678");
    }

    #[test]
    fn no_separator_makes_a_formula_of_the_middle_of_a_text() {
        for separator in SEPARATORS {
            for formula in ["=1+1", "+1", "-1+cmd|'/C calc'!A0", "@SUM(A1)", " =1", "\"=1", "'=1", "\"\"=1\"", "＝1"] {
                let text = format!("Dijk{separator}{formula}");
                let cell = guarded(&text);
                assert!(cell.starts_with(&format!("Dijk{separator}'")), "{cell:?}");
                assert_eq!(unguarded(&cell), text);
            }
        }
        assert_eq!(guarded("see =cmd|x -1"), "see '=cmd|x '-1");
    }

    /// Returns the cells seen by a reader that splits at `separator` regardless of quotation marks, and by one that also drops quotation
    /// marks.
    fn cells_by(cell: &str, separator: char) -> Vec<String> {
        let written = format!("\"{}\"", cell.replace('"', "\"\""));
        [written.clone(), written.replace('"', "")]
            .iter()
            .flat_map(|text| text.split(separator).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    /// Where each start looked through all that may stand in front of a formula, this would take most of an hour.
    #[test]
    fn a_long_text_of_nothing_but_starts_is_passed_over_once() {
        for text in [" ' ", "\"\t", " ", "' =1 "] {
            let long = text.repeat(256 * 1024);
            assert_eq!(unguarded(&guarded(&long)), long);
        }
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_harmless_and_reads_back(text in "[a'\"=+@,;:|\\t\\r\\n -]{0,8}\\PC{0,3}[',;=\\n -]{0,3}") {
            let cell = guarded(&text);
            for separator in [',', ';', ':', '|', '\t', '\n', '\r'] {
                for piece in cells_by(&cell, separator) {
                    let shown = piece.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
                    prop_assert!(!shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{:?} by {:?}: {:?}", cell, separator, piece);
                }
            }
            for piece in cell.split(' ') {
                let runs = piece.starts_with(['=', '+', '-', '@']) && piece.chars().count() > 1 && !piece[1..].starts_with([',', ';', ':', '|', '\t', '\r', '\n']);
                prop_assert!(!runs, "{:?} by blanks: {:?}", cell, piece);
            }
            let read = unguarded(&cell);
            prop_assert_eq!(read.as_ref(), text.as_str());
        }

        #[test]
        fn any_text_reads_back(text in "\\PC{0,20}|[\\s'=+@-]{0,20}") {
            let cell = guarded(&text);
            let read = unguarded(&cell);
            prop_assert_eq!(read.as_ref(), text.as_str());
        }
    }
}
