//! A newcomer's first steps: the `curl` lines of the README, verbatim, against `finrust demo`.

use super::FINRUST;
use std::{fs, path::Path, process::Command};
use test_support::{port::free_port, program::text, server::Server, skipped::skipped};

const ADDRESS: &str = "http://localhost:7071";

#[test]
fn the_readmes_curl_lines_lead_from_signing_in_to_reading_a_file() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let lines: Vec<&str> = curl_lines(&readme);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains(ADDRESS)), "{lines:?}");
    if !there_is("curl") || !there_is("bash") {
        skipped("this machine has no curl or no bash");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    let port = free_port();
    let mut demo = FINRUST.on(&folder.path().join("data"));
    demo.args(["demo", "--port", &port.to_string()]);
    let server = Server::spawn(demo, port);
    server.wait_for("adviser: ");
    let script = lines.join("\necho\n").replace(ADDRESS, &format!("http://localhost:{port}"));
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(folder.path()).output().expect("bash starts");
    let (said, complaints) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{complaints}{said}");
    let answers: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [signed_in, session, found, made, replaced, read] = answers.as_slice() else { panic!("six answers: {said}") };
    assert_eq!((&signed_in["next"], &session["role"]), (&"done".into(), &"adviser".into()));
    assert!(found["items"].as_array().is_some_and(|items| !items.is_empty()), "{found}");
    assert_eq!(made["id"], read["id"]);
    assert_eq!(replaced, read, "the last line reads what the one before wrote");
    assert_ne!(made["updated_at"], read["updated_at"]);
}

/// The lines of fenced code blocks that call `curl`.
fn curl_lines(readme: &str) -> Vec<&str> {
    let blocks = readme.split("\n```").skip(1).step_by(2);
    blocks.flat_map(str::lines).filter(|line| line.starts_with("curl ")).collect()
}

fn there_is(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
