//! How much the front end weighs on its way to a browser.

use finrust::http::{
    front_files::{FrontFile, page},
    front_table::FILES,
};
use std::collections::BTreeMap;

/// What stands in the list of weights for the files of the start.
const START: &str = "the start";
/// Bytes of what an adviser's first work needs, compressed as they are served: 100 KiB.
const MAX_AT_START: usize = 100 * 1024;
/// Bytes of a subject that is loaded when somebody goes there: 40 KiB. The form of the Dutch authority for data breaches alone asks for
/// some two hundred words in two languages.
const MAX_OF_A_SUBJECT: usize = 40 * 1024;
/// Bytes of everything: 250 KiB.
const MOST: usize = 250 * 1024;

/// Bytes of the start and of each subject that is loaded later.
type Weights<'a> = BTreeMap<&'a str, usize>;

fn weigh<'a>(files: &[(Option<&'a str>, usize)]) -> Weights<'a> {
    let mut weights = Weights::new();
    for (subject, bytes) in files {
        *weights.entry(subject.unwrap_or(START)).or_default() += bytes;
    }
    weights
}

/// What is heavier than it may be.
fn too_heavy(weights: &Weights) -> Vec<String> {
    let most = |name: &str| if name == START { MAX_AT_START } else { MAX_OF_A_SUBJECT };
    let heavy = weights.iter().filter(|(name, bytes)| **bytes > most(name));
    let mut found: Vec<String> = heavy.map(|(name, bytes)| format!("{name}: {bytes} bytes of at most {}", most(name))).collect();
    let sum: usize = weights.values().sum();
    if sum > MOST {
        found.push(format!("everything: {sum} bytes of at most {MOST}"));
    }
    found
}

#[test]
fn the_front_end_is_light() {
    let bytes = |file: &FrontFile| file.content.gzipped().len();
    let mut files: Vec<_> = FILES.iter().map(|file| (file.path, file.loaded_with(), bytes(file))).collect();
    files.push(("index.html", None, page().gzipped().len()));
    files.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    for (path, _, bytes) in &files {
        println!("{bytes:7} {path}");
    }
    let weights = weigh(&files.iter().map(|(_, subject, bytes)| (*subject, *bytes)).collect::<Vec<_>>());
    println!("{weights:#?}, compressed");
    assert_eq!(too_heavy(&weights), [""; 0]);
}

#[test]
fn what_is_too_heavy_is_found() {
    let light = weigh(&[(None, MAX_AT_START - 1), (Some("a"), MAX_OF_A_SUBJECT), (None, 1)]);
    assert_eq!(light, Weights::from([(START, MAX_AT_START), ("a", MAX_OF_A_SUBJECT)]));
    assert_eq!(too_heavy(&light), [""; 0]);
    let heavy = weigh(&[(None, MAX_AT_START), (None, 1), (Some("a"), MAX_OF_A_SUBJECT), (Some("a"), 1), (Some("b"), MAX_OF_A_SUBJECT)]);
    assert_eq!(too_heavy(&heavy), ["a: 40961 bytes of at most 40960", "the start: 102401 bytes of at most 102400"]);
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let many: Vec<_> = names.into_iter().map(|name| (Some(name), MAX_OF_A_SUBJECT)).chain([(None, MAX_AT_START)]).collect();
    assert_eq!(too_heavy(&weigh(&many)), ["everything: 389120 bytes of at most 256000"]);
}
