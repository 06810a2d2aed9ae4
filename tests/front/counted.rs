//! Texts with a number: each reads well with 0, 1 and 2.

use crate::{
    texts::{Words, places, words_of},
    used::counted_by,
};
use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

/// Values that are numbers of something. Others with digits are names of something: a row, a message, a clock; and of the 72 hours, the
/// mails that name some name many.
const NUMBERS: [&str; 14] =
    ["count", "files", "advisers", "rows", "cells", "total", "done", "moved", "readable", "opened", "changed", "left", "days", "months"];

/// The form of a language's words for a number: that of `Intl.PluralRules`, and `zero` where there are words for none.
fn form(words: &Words, key: &str, count: u32) -> String {
    let named = |number: &str| words.get(&format!("{key}.{number}"));
    let chosen = match count {
        0 => named("zero").or_else(|| named("other")),
        1 => named("one").or_else(|| named("other")),
        _ => named("other"),
    };
    chosen.unwrap_or_else(|| panic!("{key} has words for {count}")).replace("{count}", &count.to_string())
}

/// The texts in which a number stands before its noun, so that it would read wrongly with 1: `{count} dossiers` instead of `Dossiers: {count}`.
fn wrong(texts: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (key, text) in texts {
        // A mail has its braces twice.
        for (at, _) in text.match_indices('{').filter(|(at, _)| !text[..*at].ends_with('{')) {
            let name: String =
                text[at..].trim_start_matches(['{', ' ']).chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            let end = text[at..].find('}').map_or(text.len(), |end| at + end);
            let after = text[end..].trim_start_matches('}');
            let is_alone = !after.starts_with(' ') || ["van", "of"].iter().any(|of| after.trim_start().starts_with(&format!("{of} {{")));
            if NUMBERS.contains(&name.as_str()) && !is_alone {
                found.push(format!("{key}: {text}"));
            }
        }
    }
    found
}

/// The key that code asks for, of words that go by a number: those that have a form for one and a form for others.
fn stem<'a>(words: &Words, key: &'a str) -> Option<&'a str> {
    let has = |stem: &str, number: &str| words.contains_key(&format!("{stem}.{number}"));
    counted_by(key).filter(|stem| has(stem, "one") && has(stem, "other"))
}

/// Texts without those for one number, which have a noun for each.
fn uncounted(words: &Words) -> Vec<(String, String)> {
    words.iter().filter(|(key, _)| stem(words, key).is_none()).map(|(key, text)| (key.clone(), text.clone())).collect()
}

fn mails(language: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("handlers/mail").join(language);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_counted_text_reads_well_with_none_one_and_two() {
    let mut shown = String::new();
    for language in ["nl", "en"] {
        for place in places() {
            let words = words_of(place, language);
            let stems: BTreeSet<&str> = words.keys().filter_map(|key| stem(&words, key)).collect();
            for stem in stems {
                for count in 0..3 {
                    writeln!(shown, "{language} {stem} {count}: {}", form(&words, stem, count)).unwrap();
                }
            }
            assert_eq!(wrong(&uncounted(&words)), [""; 0], "{language}");
        }
        assert_eq!(wrong(&mails(language)), [""; 0], "{language}");
    }
    insta::assert_snapshot!("counted", shown);
}

#[test]
fn a_number_before_its_noun_is_found() {
    let texts = |texts: &[&str]| texts.iter().map(|text| ("a".to_owned(), (*text).to_owned())).collect::<Vec<_>>();
    let good =
        ["Dossiers: {files}.", "{done} van {total}", "{done} of {total}", "Rij {row} staat er", "{{ left }}.", "{count}", "{hours} uur"];
    assert_eq!(wrong(&texts(&good)), [""; 0]);
    for bad in ["{files} dossiers", "Nog {count} uur", "{{ opened }} ingezien", "{moved} van de {total}"] {
        assert_eq!(wrong(&texts(&[bad])), [format!("a: {bad}")], "{bad}");
    }
}
