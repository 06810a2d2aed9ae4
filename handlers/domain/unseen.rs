//! Characters in a single line of text that are invisible, change its direction, or combine with nothing: excluded so that names that
//! look alike are identical, and a line means what it displays.
//!
//! Invisible are those that Unicode calls `Default_Ignorable_Code_Point` (including the bidirectional controls), annotation marks and
//! line separators, and the blank characters classified as letters or symbols. Joiners and variation selectors belong to the writing
//! system: they stay between two visible characters, because names in Persian, Hindi or Japanese need them.

use icu_properties::{
    CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, Emoji, Ideographic, VariationSelector},
};
use unicode_normalization::char::is_combining_mark;

const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const SELECTORS: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<VariationSelector>();
const IDEOGRAPHS: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Ideographic>();
const PICTURES: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Emoji>();

/// Whether the character is invisible in any position; ordinary whitespace does not count.
pub fn is_unseen(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_control(),
        // The braille blank, the null notehead, interlinear annotation marks, line and paragraph separators.
        '\u{2800}' | '\u{1d159}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}' => true,
        _ => c.is_control() || IGNORABLE.contains(c),
    }
}

/// Whether nothing in it is visible.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_seen)
}

/// Whether every character of a line is visible, or is in a position where the writing system needs it.
pub fn is_in_place(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' '..=b'~')) || shown(line).len() == line.len()
}

/// Returns the line without misplaced characters.
pub fn shown(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut before = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if stays(before, c, rest.clone().next()) {
            kept.push(c);
            before = Some(c);
        }
    }
    // Removing a character may leave another one misplaced.
    if kept == line { kept } else { shown(&kept) }
}

fn stays(before: Option<char>, c: char, after: Option<char>) -> bool {
    let follows = before.is_some_and(|before| is_seen(before) || SELECTORS.contains(before));
    if is_joiner(c) {
        follows && after.is_some_and(is_seen)
    } else if SELECTORS.contains(c) {
        let goes_on = after.is_some_and(|after| is_seen(after) || is_joiner(after));
        before.is_some_and(|before| is_seen(before) && (goes_on || has_variants(before)))
    } else if is_unseen(c) {
        false
    } else {
        // A combining mark needs a base character.
        !is_combining_mark(c) || follows || before.is_some_and(is_joiner)
    }
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !is_unseen(c)
}

/// Characters whose appearance a variation selector changes, even at the end of a line.
fn has_variants(c: char) -> bool {
    !c.is_ascii() && (IDEOGRAPHS.contains(c) || PICTURES.contains(c) || matches!(c, '\u{1800}'..='\u{18af}'))
}

#[cfg(test)]
mod tests {
    use super::{is_blank, is_in_place, shown};
    use proptest::prelude::*;

    #[test]
    fn writing_is_in_place() {
        for line in [
            "Anna van Dijk",
            "Zoë",
            "Zoe\u{308}",
            "Nguyễn Thị",
            "می\u{200c}خواهم",
            "ক\u{9cd}\u{200d}ষ",
            "র\u{200d}\u{9cd}য",
            "葛\u{e0100}",
            "葛\u{e0100} 太郎",
            "❤\u{fe0f}",
            "❤\u{fe0f}\u{200d}\u{1f525}",
            "1\u{fe0f}\u{20e3}",
            "Ελένη",
            "\u{1f600}",
            "’s-Gravenhage",
            "a\u{a0}b",
        ] {
            assert!(is_in_place(line) && !is_blank(line), "{line:?}");
            assert_eq!(shown(line), line);
        }
    }

    #[test]
    fn what_nobody_sees_or_turns_the_line_around_is_not() {
        for (line, left) in [
            ("Ver\u{200b}borgen", "Verborgen"),
            ("\u{202e}moor", "moor"),
            ("a\u{2066}b\u{2069}", "ab"),
            ("a\u{61c}\u{200e}\u{200f}", "a"),
            ("an\u{ad}na", "anna"),
            ("anna\u{3164}", "anna"),
            ("a\u{ffa0}\u{115f}\u{1160}\u{17b4}\u{34f}\u{180e}b", "ab"),
            ("a\u{2800}b\u{1d159}", "ab"),
            ("a\u{e0041}\u{e007f}", "a"),
            ("a\u{feff}", "a"),
            ("a\u{2028}b\u{2029}", "ab"),
            ("a\u{fff9}b\u{fffb}", "ab"),
            ("a\n\u{85}\u{7f}", "a"),
            ("\u{301}a", "a"),
            ("a \u{301}b", "a b"),
            ("a\u{200b}\u{301}", "a\u{301}"),
            ("a\u{200d}", "a"),
            ("\u{200c}a", "a"),
            ("a\u{200c} b", "a b"),
            ("a\u{200d}\u{200d}b", "a\u{200d}b"),
            ("Anna\u{fe0f}", "Anna"),
            ("a\u{fe0f} b", "a b"),
            ("a\u{fe0f}\u{fe0f}b", "a\u{fe0f}b"),
            ("\u{fe0f}a", "a"),
            ("a\u{200d}\u{202e}", "a"),
        ] {
            assert!(!is_in_place(line), "{line:?}");
            assert_eq!(shown(line), left, "{line:?}");
        }
    }

    #[test]
    fn nothing_to_see_is_blank() {
        for text in ["", " \t", "\u{3164}", "\u{2800} \u{200b}", "\u{200d}\u{fe0f}", "\u{a0}\u{3000}", "\u{202e}", "\u{e0020}"] {
            assert!(is_blank(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_in_place(line in any::<String>()) {
            prop_assert!(is_in_place(&shown(&line)), "{:?}", shown(&line));
        }

        #[test]
        fn what_is_shown_of_odd_lines_is_in_place(line in "[ a葛❤\u{301}\u{200d}\u{200c}\u{fe0f}\u{200b}\u{202e}\u{2800}]{0,9}") {
            prop_assert!(is_in_place(&shown(&line)), "{:?}", shown(&line));
        }
    }
}
