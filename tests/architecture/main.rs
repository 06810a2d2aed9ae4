//! Architecture rules, checked against the syntax trees of the code. Each rule is a function of one file or of all files, and has a test
//! with a bad sample that proves that it can fail.

#![cfg(test)]

mod docs;
mod docs_asvs;
mod files;
mod front_files;
mod functions;
mod grounds;
mod host_settings;
mod logs;
mod owners;
mod ranks;
mod retries;
mod source;
mod subjects;

use source::Source;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Violations in one file.
type Rule = fn(&Source) -> Vec<String>;
/// Violations across all files.
type RuleOfAll = fn(&[Source]) -> Vec<String>;

const RULES: [(&str, Rule); 10] = [
    ("a module imports lower ranks only", ranks::imports),
    ("an adapter sees ports, not other adapters", ranks::adapter_imports),
    ("an outside crate has one owner", owners::outside_names),
    ("what no session proves is named where it belongs", grounds::unproven),
    ("no store is written without saying what that rests on", grounds::ungrounded),
    ("a lost write is tried again as often as any other", retries::policy),
    ("a file has at most 500 lines", files::length),
    ("what readers look for has a comment", docs::comments),
    ("nothing is unwrapped", files::unwraps),
    ("a log has permitted fields only", logs::fields),
];

const RULES_OF_ALL: [(&str, RuleOfAll); 3] = [
    ("the map is complete", files::map),
    ("whatever a log may have is written", logs::idle),
    ("domain, flows and http show the same subjects", subjects::in_every_rank),
];

#[test]
fn the_code_keeps_every_rule() {
    let sources = sources();
    let mut broken = Vec::new();
    for source in &sources {
        for (name, rule) in RULES {
            broken.extend(rule(source).into_iter().map(|what| format!("{}: {what} ({name})", source.path)));
        }
    }
    for (name, rule) in RULES_OF_ALL {
        broken.extend(rule(&sources).into_iter().map(|what| format!("{what} ({name})")));
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// All Rust files under `handlers/`.
fn sources() -> Vec<Source> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "handlers"].iter().collect();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "the walk finds the code");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push(Source::parse(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_file_that_the_page_about_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let is_path = |piece: &&str| [".rs", ".js", ".md", ".json"].iter().any(|end| piece.ends_with(end));
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_path).collect();
    assert!(named.len() > 60, "{} were found", named.len());
    let missing: Vec<&str> =
        named.into_iter().filter(|path| !root.join(path).exists() && !root.join("handlers").join(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
