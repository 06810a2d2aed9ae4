//! Rules for the front end's files: their size, their texts, and what they must never do. Each rule is a function of text, and has a test
//! with a bad sample that proves that it can fail.

#![cfg(test)]

mod closed_sets;
mod counted;
mod document;
mod routes;
mod rules;
mod sentences;
mod texts;
mod used;
mod weight;
mod words;

use finrust::http::front_files::FILES;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file below `handlers/front/`.
struct File {
    /// Path with `/`.
    path: String,
    /// What is in it.
    text: String,
}

impl File {
    /// The subject whose pages load it on demand; `None` for what is loaded at the start.
    fn loaded_with(&self) -> Option<&'static str> {
        FILES.iter().find(|file| file.path == self.path)?.loaded_with()
    }
}

/// The file extension.
fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// All files, ordered by path.
fn files() -> Vec<File> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "handlers", "front"].iter().collect();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.iter().any(|file| file.path == "index.html"), "the walk finds the page");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push(File { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}
