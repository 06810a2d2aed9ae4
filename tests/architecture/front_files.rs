//! The table of embedded files and the folder that they come from agree.

use finrust::http::front_table::FILES;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Pages have no row: they are filled in, not served as they lie there.
const PAGES: [&str; 2] = ["index.html", "nowhere.html"];
/// For the type checker alone; no browser asks for them.
const DECLARATIONS: &str = ".d.ts";
const TYPES: [&str; 3] = ["css", "js", "svg"];

/// Every disagreement between rows and files.
fn disagreements(rows: &[&str], files: &BTreeSet<String>) -> Vec<String> {
    let embedded: BTreeSet<String> = rows.iter().copied().chain(PAGES).map(str::to_owned).collect();
    let mut found: Vec<String> = files.difference(&embedded).map(|path| format!("{path} is not embedded")).collect();
    found.extend(embedded.difference(files).map(|path| format!("{path} does not exist")));
    let is_again = |at: usize| rows[..at].contains(&rows[at]);
    found.extend((0..rows.len()).filter(|at| is_again(*at)).map(|at| format!("{} is there twice", rows[at])));
    let has_type = |path: &str| path.rsplit_once('.').is_some_and(|(_, end)| TYPES.contains(&end));
    found.extend(rows.iter().filter(|path| !has_type(path)).map(|path| format!("{path} is of no known type")));
    found
}

fn files(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, root, found);
        } else if !path.to_str().unwrap().ends_with(DECLARATIONS) {
            found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
}

#[test]
fn every_file_of_the_front_end_is_embedded() {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "handlers", "front"].iter().collect();
    let mut found = BTreeSet::new();
    files(&root, &root, &mut found);
    let rows: Vec<&str> = FILES.iter().map(|file| file.path).collect();
    let wrong = disagreements(&rows, &found);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(FILES.iter().all(|file| file.content_type() != "application/octet-stream"), "every type has its name");
}

#[test]
fn a_hole_in_the_table_is_found() {
    let files: BTreeSet<String> = ["a.js", "b/c.css", "index.html", "nowhere.html"].map(str::to_owned).into();
    assert_eq!(disagreements(&["a.js", "b/c.css"], &files), [""; 0]);
    assert_eq!(disagreements(&["a.js"], &files), ["b/c.css is not embedded"]);
    assert_eq!(disagreements(&["a.js", "b/c.css", "d.svg"], &files), ["d.svg does not exist"]);
    assert_eq!(disagreements(&["b/c.css", "a.js", "b/c.css"], &files), ["b/c.css is there twice"]);
    let odd: BTreeSet<String> = ["a.map", "index.html", "nowhere.html"].map(str::to_owned).into();
    assert_eq!(disagreements(&["a.map"], &odd), ["a.map is of no known type"]);
}
