//! Folding of case and accents, so that `andre` finds André.

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Decomposes (NFKD, Unicode TR 15), lower-cases and drops combining marks; letters that do not decompose but are searched by another
/// spelling, such as `ø` as `o`, are replaced.
///
/// Works letter by letter: a substring of a text, folded, is a substring of the folded text. Folding is idempotent.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.nfkd().flat_map(char::to_lowercase);
    let bare = lower.nfkd().filter(|c| !is_combining_mark(*c));
    let mut folded = String::with_capacity(text.len());
    for letter in bare {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

/// Normalises folded text for searching: removes invisible characters and unifies hyphens, apostrophes and spaces. Stored text is only
/// folded, because its form must not change between versions.
pub fn loose(folded: &str) -> Cow<'_, str> {
    let one_kind = |c: char| match c {
        c if is_hyphen(c) => '-',
        '`' | '′' | 'ˈ' => '\'',
        c if c.is_whitespace() && c != '\n' => ' ',
        c => c,
    };
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n') && byte != b'`';
    if folded.bytes().all(is_plain) || folded.chars().all(|c| one_kind(c) == c && !is_unseen(c)) {
        return Cow::Borrowed(folded);
    }
    Cow::Owned(folded.chars().filter(|c| !is_unseen(*c)).map(one_kind).collect())
}

/// Whether it looks like a hyphen.
pub const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// `Default_Ignorable_Code_Point` (Unicode, `DerivedCoreProperties`): an invisible character.
pub const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// The usual replacement spelling of a letter, in lower case.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ς' => "σ",
        '’' | 'ʼ' | '‘' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{fold, loose};
    use proptest::prelude::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (text, folded) in [
            ("André", "andre"),
            ("ANDRE\u{301}", "andre"),
            ("Čapek", "capek"),
            ("Strauß", "strauss"),
            ("STRAUẞ", "strauss"),
            ("Ørsted", "orsted"),
            ("Łódź", "lodz"),
            ("Æ", "ae"),
            ("İstanbul", "istanbul"),
            ("Ĳmuiden", "ijmuiden"),
            ("’s-Gravenhage", "'s-gravenhage"),
            ("ΟΔΟΣ", "οδοσ"),
            ("de Boer", "de boer"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{c:?}");
        }
    }

    #[test]
    fn a_search_knows_one_hyphen_one_apostrophe_and_nothing_unseen() {
        for (text, expected) in
            [("Dijk\u{2011}Bos", "dijk-bos"), ("`s ′t", "'s 't"), ("An\u{200B}na\u{AD} \u{A0}Bos", "anna  bos"), ("a\nb", "a\nb")]
        {
            assert_eq!(loose(&fold(text)), expected);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn folding_works_letter_by_letter(before in any::<String>(), after in any::<String>()) {
            prop_assert_eq!(fold(&format!("{before}{after}")), fold(&before) + &fold(&after));
        }
    }
}
