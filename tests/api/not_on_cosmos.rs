//! What `.ci/run` skips on Cosmos DB: listed in `not_on_cosmos.txt`, with the reason.

use std::{env, process::Command};

/// What libtest would skip: it matches any part of a name.
fn wrong_with(name: &str, tests: &[&str]) -> Option<String> {
    let left_out = || tests.iter().filter(|test| test.contains(name));
    match left_out().find(|test| !test.starts_with(name)) {
        Some(other) => Some(format!("{name} leaves out {other} too")),
        None if left_out().next().is_none() => Some(format!("no test is named {name}")),
        None => None,
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "asks this very program for its tests")]
fn each_name_is_that_of_tests_and_of_no_others() {
    let listed = Command::new(env::current_exe().unwrap()).args(["--list", "--format", "terse"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests: Vec<_> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let names = include_str!("not_on_cosmos.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wrong: Vec<_> = names.filter_map(|name| wrong_with(name, &tests)).collect();
    assert!(tests.len() > 500 && wrong.is_empty(), "{} tests: {wrong:#?}", tests.len());
}

#[test]
fn a_name_that_is_gone_or_too_short_is_found() {
    let tests = ["golden::it_opens", "golden::it_is_saved", "golden_make::it_is_made"];
    assert_eq!(wrong_with("golden::", &tests), None);
    assert!(wrong_with("golden::it_closes", &tests).is_some_and(|wrong| wrong.starts_with("no test")));
    assert!(wrong_with("make::", &tests).is_some_and(|wrong| wrong.ends_with("golden_make::it_is_made too")));
}
