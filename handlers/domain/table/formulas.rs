//! Cells that a spreadsheet would take for a formula (CWE-1236; OWASP, CSV Injection).
//!
//! ```text
//! guarded(text) = "'" ‖ text when text is dangerous, else text
//! dangerous: behind apostrophes and blanks it begins with = + - @ or their full-width forms, or it begins with a tab or a line end
//! ```
//!
//! Only text that somebody typed is guarded. Amounts, percentages and days are written by FinRust and are never formulas: `-1234,56`
//! stays a number. An apostrophe that was put there is told from one that was typed, so what is read is what was written.

use std::borrow::Cow;

/// `text` as it may stand in a cell.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What was guarded.
#[must_use]
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_dangerous(text)).unwrap_or(cell)
}

fn is_dangerous(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    let formula = bare.trim_start_matches(|c: char| c == '\'' || c.is_whitespace());
    bare.starts_with(['\t', '\r', '\n']) || formula.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::{guarded, unguarded};
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text_and_text_stays() {
        for text in ["=1+1", "+31612345678", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "'=1", "' =1", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "Dijk", "'s-Gravenhage", "a=b", "06-12345678", "x\t="] {
            assert_eq!(guarded(text), text);
        }
        assert_eq!(unguarded("'s-Gravenhage"), "'s-Gravenhage");
        assert_eq!(unguarded("'+31612345678"), "+31612345678");
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_harmless_and_reads_back(text in "['=+@\\t\\r\\n -]{0,3}\\PC{0,5}") {
            let cell = guarded(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{}", cell);
            prop_assert_eq!(unguarded(&cell), text.as_str());
        }
    }
}
