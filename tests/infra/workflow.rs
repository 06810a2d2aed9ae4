//! The deployment workflow: nothing in it can change under its name, and it may do no more than it has to.

use std::path::Path;

/// Everything about a workflow that lets somebody else in.
fn flaws(workflow: &str) -> Vec<String> {
    let mut found = Vec::new();
    let used: Vec<&str> =
        workflow.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses:")).map(str::trim).collect();
    if used.is_empty() {
        found.push("no action is used".to_owned());
    }
    for action in used {
        let (_, version) = action.split_once('@').unwrap_or((action, ""));
        let hash = version.split_whitespace().next().unwrap_or_default();
        let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !is_hash || !version.contains(" # v") {
            found.push(format!("{action} is not pinned by a hash with its version beside it"));
        }
    }
    if !workflow.contains("\npermissions: {}\n") {
        found.push("a job without permissions of its own would have the default ones".to_owned());
    }
    let rights = workflow.lines().map(str::trim).filter(|line| line.ends_with(": write"));
    found.extend(rights.filter(|line| *line != "id-token: write").map(|line| format!("{line} is more than needed")));
    found.extend(["secrets.", "pull_request_target"].iter().filter(|word| workflow.contains(**word)).map(|word| format!("{word} in it")));
    found
}

#[test]
fn the_workflow_is_pinned_and_bounded() {
    let workflow = crate::text(".github/workflows/deploy.yml");
    assert_eq!(flaws(&workflow), Vec::<String>::new());
    for command in [".ci/run", "az bicep install --version v", "infra/compile.sh --check", "infra/deploy.sh"] {
        let [program, ..] = command.split(' ').collect::<Vec<_>>()[..] else { unreachable!("a command has a word") };
        assert!(workflow.contains(command), "{command}");
        assert!(!program.contains('/') || Path::new(env!("CARGO_MANIFEST_DIR")).join(program).exists(), "{program}");
    }
}

/// SECURITY.md counts its hours from when a vulnerability is known, not from the next push.
#[test]
fn known_vulnerabilities_are_looked_for_every_day() {
    let workflow = crate::text(".github/workflows/advisories.yml");
    assert_eq!(flaws(&workflow), Vec::<String>::new());
    let times = workflow.split("- cron: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let fields: Vec<&str> = times.split(' ').collect();
    assert!(fields.len() == 5 && fields[2..] == ["*", "*", "*"], "{times} is not every day");
    let lines: Vec<&str> = workflow.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    for line in ["schedule:", "- run: cargo deny --locked check advisories", "advisories:"] {
        assert!(lines.contains(&line), "{line}");
    }
    let switches_off =
        |line: &&&str| ["if:", "continue-on-error:", "- if:"].iter().any(|word| line.starts_with(word)) || line.contains("|| true");
    assert_eq!(lines.iter().find(switches_off), None, "a red run is what tells");
    // The very tool that the gate uses.
    assert!(lines.iter().any(|line| line.contains("sed --quiet 's/^CARGO_DENY=//p' .ci/run")));
    assert_eq!(crate::text(".ci/run").lines().filter(|line| line.starts_with("CARGO_DENY=")).count(), 1);
}

#[test]
fn a_loose_workflow_is_found() {
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let workflow = |action: &str, rights: &str| {
        format!("on: push\npermissions: {{}}\njobs:\n  a:\n    permissions:\n      {rights}\n    steps:\n      - uses: {action}\n")
    };
    assert_eq!(flaws(&workflow(&format!("a/b@{hash} # v1.0.0"), "contents: read")), Vec::<String>::new());
    for (action, rights) in [
        ("a/b@v1 # v1".to_owned(), "contents: read"),
        (format!("a/b@{hash}"), "contents: read"),
        (format!("a/b@{} # v1", &hash[1..]), "contents: read"),
        (format!("a/b@{hash} # v1.0.0"), "contents: write"),
    ] {
        assert_eq!(flaws(&workflow(&action, rights)).len(), 1, "{action} {rights}");
    }
    assert_eq!(flaws("on: push\n").len(), 2);
}
