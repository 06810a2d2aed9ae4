//! `infra/` without Azure: it parses, it uses names that Azure knows, and it agrees with the code.

#![cfg(test)]

mod bicep;
mod compiled;
mod syntax;
mod names;
mod resources;
mod settings;
mod database;
mod locked;
mod workflow;
mod scripts;
mod deployment;
mod failures;
mod patience;
mod regions;
mod restoring;
mod commands;
mod said;
mod first_deployment;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// A path in the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the project.
fn text(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Installs a stand-in under this path. It is linked, not written: a file that one thread has open for writing while another starts a
/// process cannot be executed for a moment.
fn stand_in(double: &str, path: &Path) {
    symlink(project("tests/infra/doubles").join(double), path).unwrap();
}

/// Files below a folder with one of these suffixes, as sorted project paths.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(project(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// String literals in the code below `handlers/` that look like a name with this prefix.
fn constants(start: &str) -> Vec<String> {
    let mut found = Vec::new();
    // That file contains names that are not settings, and examples of typos.
    for path in files("handlers", &[".rs"]).into_iter().filter(|path| path != "handlers/environment.rs") {
        let code = text(&path);
        let quoted = code.split('"').filter(|piece| piece.starts_with(start));
        let is_name = |piece: &&str| piece.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        found.extend(quoted.filter(is_name).map(str::to_owned));
    }
    found.sort();
    found.dedup();
    found
}
