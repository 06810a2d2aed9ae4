//! The shape of the code, held against its text. Each rule is a function of a file's path and text, and has a test with a bad sample
//! that proves that it can fail.

#![cfg(test)]

mod docs;
mod files;
mod front_files;
mod functions;
mod grounds;
mod host_settings;
mod logs;
mod owners;
mod ranks;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a rule has against a file.
type Rule = fn(&str, &str) -> Vec<String>;

const RULES: [(&str, Rule); 8] = [
    ("a module imports lower ranks only", ranks::imports),
    ("an adapter sees ports, not other adapters", ranks::adapter_imports),
    ("an outside crate has one owner", owners::outside_names),
    ("what no session proves is named where it belongs", grounds::unproven),
    ("a file has at most 500 lines", files::length),
    ("what readers look for has a comment", docs::comments),
    ("nothing is unwrapped", files::unwraps),
    ("a log has permitted fields only", logs::fields),
];

#[test]
fn every_file_keeps_every_rule() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        for (name, rule) in RULES {
            broken.extend(rule(&path, &text).into_iter().map(|what| format!("{path}: {what} ({name})")));
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_map_is_complete() {
    let sources = sources();
    let paths: Vec<&str> = sources.iter().map(|(path, _)| path.as_str()).collect();
    let (_, map) = sources.iter().find(|(path, _)| path == "lib.rs").unwrap();
    let wrong = files::declarations(map, &paths);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// All Rust files under `handlers/`, by their path there.
fn sources() -> Vec<(String, String)> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "handlers"].iter().collect();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "the walk finds the code");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
