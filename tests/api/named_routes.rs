//! Routes named in tests: an exception for a route that does not exist excuses nothing today, and whatever route gets that name tomorrow.

use finrust::http::routes::{Route, table};
use std::{fs, path::Path};

/// Named because they do not exist.
const NOWHERE: [&str; 3] = ["/api/nothing", "/api/browsers/no-id", "/api/requests/x"];

/// Routes in a text that are not in the table: every literal that is a path of the API, with or without a method.
fn unknown(text: &str, table: &[Route]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, _) in text.match_indices('"') {
        let literal = text[at + 1..].split('"').next().unwrap_or_default();
        let (method, path) = literal.split_once(' ').unwrap_or(("", literal));
        let path = path.split(['?', ' ', '\\']).next().unwrap_or_default();
        let is_literal = !text[..at].ends_with('\\') && !text[..at].ends_with("format!(");
        if !is_literal || !path.starts_with("/api/") || !method.bytes().all(|byte| byte.is_ascii_uppercase()) || NOWHERE.contains(&path) {
            continue;
        }
        let names = |route: &Route| (method.is_empty() || method == route.method) && path == route.path;
        let begins = |route: &Route| method.is_empty() && path.ends_with('/') && route.path.starts_with(path);
        if !table.iter().any(|route| names(route) || begins(route)) {
            wrong.push(literal.to_owned());
        }
    }
    wrong
}

#[test]
fn every_route_that_a_test_names_is_in_the_table() {
    let (table, mut read, mut wrong) = (table(), 0, Vec::new());
    for folder in ["", "support"] {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with(file!()) {
                let text = fs::read_to_string(&path).unwrap();
                read += text.matches("\"/api/").count();
                wrong.extend(unknown(&text, &table).into_iter().map(|route| format!("{}: {route}", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(read > 400, "the walk finds them: {read}");
}

#[test]
fn a_route_that_is_not_there_is_found() {
    let found = |text: &str| unknown(text, &table()).len();
    for good in [
        r#"("/api/clients/{id}", "why")"#,
        r#"["GET /api/session"]"#,
        r#"get("/api/accounts?limit=3")"#,
        r#"path.starts_with("/api/two-factor/")"#,
        r#"format!("/api/clients/{file}")"#,
        r#"b"POST /api/login HTTP/1.1\r\n""#,
        r#"contains("\"/api/x")"#,
        r#"("/nothing", "not at /api/x")"#,
    ] {
        assert_eq!(found(good), 0, "{good}");
    }
    for bad in [r#"("/api/client", "why")"#, r#"["PATCH /api/session"]"#, r#"get("/api/clients/{file}")"#, r#"starts_with("/api/x/")"#] {
        assert_eq!(found(bad), 1, "{bad}");
    }
}
