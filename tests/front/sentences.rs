//! Dutch that is read in a hurry: short sentences and typographic apostrophes in mails and refusals.

use crate::texts::{places, words_of};
use std::{fs, path::Path};

/// The most words of a sentence.
const MAX_WORDS: usize = 15;

/// Mails whose sentences quote the law.
const LEGAL: [&str; 2] = ["breach_adviser.txt", "breach_controller.txt"];

/// A text with its place.
type Placed = (String, String);

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['.', '?', '!', ':', '\n']).map(str::trim).filter(|sentence| !sentence.is_empty()).collect()
}

fn too_long(texts: &[Placed]) -> Vec<String> {
    let long = |(place, text): &Placed| {
        let long = sentences(text).into_iter().filter(|sentence| sentence.split_whitespace().count() > MAX_WORDS);
        long.map(|sentence| format!("{place}: {sentence}")).collect::<Vec<_>>()
    };
    texts.iter().flat_map(long).collect()
}

/// What a value stands for counts as one word; what a template says to itself is none.
fn plain(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        let is_value = rest[at..].starts_with("{{");
        let close = if is_value { "}}" } else { "}" };
        rest = rest[at..].split_once(close).map_or("", |(_, rest)| rest);
        text.push_str(if is_value { "x" } else { "" });
    }
    text + rest
}

fn mails() -> Vec<Placed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("handlers/mail/nl");
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.map(|entry| (entry.file_name().into_string().unwrap(), plain(&fs::read_to_string(entry.path()).unwrap()))).collect()
}

fn pages(language: &str) -> Vec<Placed> {
    places().into_iter().flat_map(|place| words_of(place, language)).collect()
}

/// Refusals that say what happened, but not what is safe or what to do.
fn unhelpful(texts: &[Placed]) -> Vec<String> {
    let refusals = texts.iter().filter(|(key, text)| key.starts_with("problem.") && sentences(text).len() < 2);
    refusals.map(|(key, text)| format!("{key}: {text}")).collect()
}

#[test]
fn every_refusal_says_what_happened_and_what_to_do() {
    for language in ["nl", "en"] {
        assert_eq!(unhelpful(&pages(language)), [""; 0], "{language}");
    }
    let texts = [("problem.a", "Dit kan niet. Ga terug."), ("problem.b", "Dit kan niet."), ("field.c", "Dit kan niet.")];
    assert_eq!(unhelpful(&texts.map(|(key, text)| (key.to_owned(), text.to_owned()))), ["problem.b: Dit kan niet."]);
}

#[test]
fn mails_and_refusals_have_short_sentences() {
    let mails: Vec<Placed> = mails().into_iter().filter(|(name, _)| !LEGAL.contains(&name.as_str())).collect();
    let refusals: Vec<Placed> =
        pages("nl").into_iter().filter(|(key, _)| key.starts_with("problem.") || key.starts_with("field.")).collect();
    assert!(mails.len() > 20 && refusals.len() > 40);
    assert_eq!(too_long(&[mails, refusals].concat()), [""; 0]);
}

#[test]
fn apostrophes_are_typographic() {
    let straight: Vec<Placed> = [mails(), pages("nl")].concat().into_iter().filter(|(_, text)| text.contains('\'')).collect();
    assert!(straight.is_empty(), "{straight:?}");
}

#[test]
fn a_long_sentence_is_found() {
    let words = |count: usize| vec!["woord"; count].join(" ");
    let text = |text: String| vec![("a".to_owned(), text)];
    assert_eq!(too_long(&text(format!("{}. {}!\n{}", words(15), words(15), words(15)))), [""; 0]);
    assert_eq!(too_long(&text(format!("{}. {}", words(15), words(16)))), [format!("a: {}", words(16))]);
    assert_eq!(plain("{% block a %}Op {{ at }} is{{ b }}.{% if c > 0 %} d{% endif %}"), "Op x isx. d");
}
