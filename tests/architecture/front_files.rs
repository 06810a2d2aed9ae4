//! Browsers may request exactly what is in the folder: a file of another type would be embedded but never served.

use finrust::http::front_files::FILES;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Templates that are filled in before they are served.
const PAGES: [&str; 3] = ["index.html", "nowhere.html", "problem.html"];
/// Files for the type checker only; no browser requests them.
const DECLARATIONS: &str = ".d.ts";

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
fn every_file_of_the_front_end_is_served() {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "handlers", "front"].iter().collect();
    let mut found = BTreeSet::new();
    files(&root, &root, &mut found);
    let served = FILES.iter().map(|file| &*file.path).chain(PAGES).map(str::to_owned).collect();
    assert_eq!(found, served);
}
