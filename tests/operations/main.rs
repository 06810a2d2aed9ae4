//! Operations: monitoring of the program, checked against the program.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "starts the parser of queries, and asks whether files may be written anew")]

mod alerts;
mod costs;
mod host_lines;
mod logged;
mod queries;
mod vocabulary;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A path in the repository.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A text file in the repository.
fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of a folder's files with this suffix, without it, sorted.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(at(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|name| Some(name.strip_suffix(ending)?.to_owned())).collect();
    names.sort_unstable();
    names
}
