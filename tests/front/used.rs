//! Every text key that the code uses exists, and every key that exists is used.

use crate::{
    File,
    closed_sets::CLOSED_SETS,
    extension, files,
    texts::{Words, places, words_of},
};
use std::collections::BTreeSet;

/// The keys that occur in the code.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// `t("a.b")`
    keys: BTreeSet<String>,
    /// The constant prefix of a template: `a.b_` of `` `a.b_${level}` ``.
    prefixes: BTreeSet<String>,
    /// Any other string that looks like a key, such as those in tables.
    mentioned: BTreeSet<String>,
}

fn asked<'a>(files: impl IntoIterator<Item = &'a File>) -> Asked {
    let mut asked = Asked::default();
    for file in files.into_iter().filter(|file| extension(&file.path) == "js") {
        read_strings(&file.text, &mut asked);
    }
    asked
}

/// Treats each quotation mark as the start of a string: what is none does not look like a key.
fn read_strings(text: &str, asked: &mut Asked) {
    for (at, quote) in text.match_indices(['"', '\'', '`']) {
        let rest = &text[at + 1..];
        let length =
            rest.find(|it: char| !(it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_' || it == '.')).unwrap_or(rest.len());
        let (key, after) = rest.split_at(length);
        if !key.contains('.') || key.starts_with('.') {
            continue;
        }
        if quote == "`" && after.starts_with("${") {
            asked.prefixes.insert(key.to_owned());
        } else if after.starts_with(quote) {
            let set = if is_argument_of_t(&text[..at]) { &mut asked.keys } else { &mut asked.mentioned };
            set.insert(key.to_owned());
        }
    }
}

fn is_argument_of_t(before: &str) -> bool {
    let Some(called) = before.trim_end().strip_suffix('(') else {
        return false;
    };
    let name = called.strip_suffix('t');
    name.is_some_and(|rest| !rest.ends_with(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '$'))
}

/// The key that code asks for, of words for one number.
pub fn counted_by(key: &str) -> Option<&str> {
    [".zero", ".one", ".other"].into_iter().find_map(|number| key.strip_suffix(number))
}

/// Keys that are used but do not exist.
fn missing(asked: &Asked, words: &Words) -> Vec<String> {
    let exists = |key: &String| words.contains_key(key) || words.contains_key(&format!("{key}.other"));
    let missing = asked.keys.iter().filter(|key| !exists(key)).map(|key| format!("{key} does not exist"));
    let unknown = |prefix: &&String| !words.keys().any(|key| key.starts_with(*prefix));
    missing.chain(asked.prefixes.iter().filter(unknown).map(|prefix| format!("nothing begins with {prefix}"))).collect()
}

/// Keys that exist but are not used.
fn unused(asked: &Asked, words: &Words) -> Vec<String> {
    let of_api = |key: &str| CLOSED_SETS.iter().any(|(section, _)| key.split_once('.').is_some_and(|(first, _)| first == *section));
    let begun = |key: &str| asked.prefixes.iter().any(|prefix| key.starts_with(prefix));
    let is_used = |key: &str| asked.keys.contains(key) || asked.mentioned.contains(key) || begun(key) || of_api(key);
    words.keys().filter(|key| !is_used(key) && !counted_by(key).is_some_and(is_used)).map(|key| format!("{key} is not used")).collect()
}

/// A subject that is loaded on demand may use its own texts and those of the start; nobody else may use its own texts.
#[test]
fn code_and_words_agree() {
    let files = files();
    let start = words_of(None, "nl");
    assert_eq!(unused(&asked(&files), &start), [""; 0]);
    for place in places() {
        let asked = asked(files.iter().filter(|file| file.loaded_with() == place));
        let own = words_of(place, "nl");
        let known = start.clone().into_iter().chain(own.clone()).collect();
        assert_eq!(missing(&asked, &known), [""; 0], "{place:?}");
        if place.is_some() {
            assert_eq!(unused(&asked, &own), [""; 0], "{place:?}");
        }
    }
}

#[test]
fn a_disagreement_is_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let code = r#"t("a.b"); h(t( 'a.c', { n })); t(`a.d`); t(yes ? "a.e" : "a.f"); t(`g.h_${i}`); at("k.l"); t("a.gone"); t(`gone.${x}`); t("A.b"); t("a.n", { count });"#;
    let files = [file("x.js", code), file("text.nl.json", r#"t("m.n")"#), file("style.css", r#"t("m.n")"#)];
    let asked = asked(&files);
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(asked.keys, set(&["a.b", "a.c", "a.d", "a.gone", "a.n"]));
    assert_eq!(asked.prefixes, set(&["g.h_", "gone."]));
    assert_eq!(asked.mentioned, set(&["a.e", "a.f", "k.l"]));
    let words = ["a.b", "a.c", "a.d", "a.e", "a.f", "a.n.one", "a.n.other", "g.h_1", "g.i", "g.i.one", "m.n", "problem.x"];
    let words: Words = words.iter().map(|key| ((*key).to_owned(), String::new())).collect();
    assert_eq!(missing(&asked, &words), ["a.gone does not exist", "nothing begins with gone."]);
    assert_eq!(unused(&asked, &words), ["g.i is not used", "g.i.one is not used", "m.n is not used"]);
}
