//! `infra/` without Azure: that it reads, that it uses the names which Azure knows, and that it agrees with the code.

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

/// A stand-in under this path. It is linked and not written: what one thread has open for writing while another starts a process cannot be run
/// for a moment.
fn stand_in(double: &str, path: &Path) {
    symlink(project("tests/infra/doubles").join(double), path).unwrap();
}

/// Files below a folder with one of these endings, by their path in the project, in order.
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

/// What is between quotation marks in the code below `handlers/` and looks like a name that starts so.
fn constants(start: &str) -> Vec<String> {
    let mut found = Vec::new();
    // There stand the names of what is no setting, and samples of mistakes.
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
