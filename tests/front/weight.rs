//! The size of the front end as transferred to a browser.

use finrust::http::front_files::{FILES, FrontFile, page};

/// Limit for what a first task needs, compressed as served: 100 KiB.
const MAX_AT_START: usize = 100 * 1024;
/// Limit for everything, compressed: 250 KiB.
const MAX_IN_ALL: usize = 250 * 1024;

/// A file, whether it is loaded at the start, and its size in bytes.
type Weighed<'a> = (&'a str, bool, usize);

/// Bytes at the start, where texts come in one language, and of everything.
fn weigh(files: &[Weighed]) -> (usize, usize) {
    let start = || files.iter().filter(|(_, is_of_start, _)| *is_of_start);
    let is_words = |path: &str| path.starts_with("text.");
    let words = start().filter(|(path, ..)| is_words(path)).map(|(.., bytes)| bytes).max();
    let rest: usize = start().filter(|(path, ..)| !is_words(path)).map(|(.., bytes)| bytes).sum();
    (rest + words.copied().unwrap_or_default(), files.iter().map(|(.., bytes)| bytes).sum())
}

#[test]
fn the_front_end_is_light() {
    let weighed = |file: &'static FrontFile| (&*file.path, file.loaded_with().is_none(), file.content.gzipped().len());
    let mut files: Vec<Weighed> = FILES.iter().map(weighed).collect();
    files.push(("index.html", true, page().gzipped().len()));
    files.sort_by_key(|(.., bytes)| std::cmp::Reverse(*bytes));
    for (path, is_of_start, bytes) in &files {
        println!("{bytes:7} {} {path}", if *is_of_start { "start" } else { "later" });
    }
    let (start, all) = weigh(&files);
    println!("{start} bytes at the start of at most {MAX_AT_START}, {all} in all of at most {MAX_IN_ALL}, compressed");
    assert!(start <= MAX_AT_START && all <= MAX_IN_ALL, "{start} bytes at the start, {all} in all");
}

#[test]
fn words_count_in_one_language_at_the_start_and_in_both_in_all() {
    let files = [
        ("main.js", true, 5),
        ("text.en.json", true, 20),
        ("text.nl.json", true, 30),
        ("pages/a/text.nl.json", false, 100),
        ("pages/a/a.js", false, 200),
    ];
    assert_eq!(weigh(&files), (35, 355));
    assert_eq!(weigh(&[]), (0, 0));
}
