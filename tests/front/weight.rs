//! How much the front end weighs on its way to a browser.

use finrust::http::front_files::{FILES, page};

/// Bytes of all files, compressed as they are served: 60 KiB.
const MOST: usize = 60 * 1024;

/// The sum, and the ten heaviest with their names.
fn weigh(mut files: Vec<(&str, usize)>) -> (usize, Vec<(&str, usize)>) {
    let sum = files.iter().map(|(_, bytes)| bytes).sum();
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    files.truncate(10);
    (sum, files)
}

#[test]
fn the_front_end_is_light() {
    let served = FILES.iter().map(|file| (file.path, file.content.gzipped().len()));
    let files: Vec<_> = served.chain([("index.html", page().gzipped().len())]).collect();
    let (sum, heaviest) = weigh(files);
    println!("{sum} bytes of at most {MOST}, compressed");
    for (path, bytes) in &heaviest {
        println!("{bytes:7} {path}");
    }
    assert!(sum <= MOST, "{sum} bytes, heaviest {heaviest:?}");
}

#[test]
fn everything_is_weighed() {
    let files: Vec<_> = (0..12).map(|bytes| ("x", bytes)).collect();
    let (sum, heaviest) = weigh(files);
    assert_eq!((sum, heaviest.len(), heaviest[0].1, heaviest[9].1), (66, 10, 11, 2));
}
