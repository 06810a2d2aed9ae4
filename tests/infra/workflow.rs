//! The deployment workflow: nothing that it uses can change under the same name, and it has no more rights than necessary.

use std::{fs, path::Path};

/// Everything in a workflow that lets an attacker in.
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
    for command in [
        ".ci/run",
        "tests/language/run.sh target/debug/finrust",
        "az bicep install --version v",
        "infra/compile.sh --check",
        "infra/deploy.sh",
    ] {
        let [program, ..] = command.split(' ').collect::<Vec<_>>()[..] else { unreachable!("a command has a word") };
        assert!(workflow.contains(command), "{command}");
        assert!(!program.contains('/') || Path::new(env!("CARGO_MANIFEST_DIR")).join(program).exists(), "{program}");
    }
}

/// What a job with access to Azure may do. Whatever it builds would have that access too: build scripts and macros of every dependency run.
const BESIDE_A_TOKEN: [&str; 5] = [
    "uses: actions/checkout",
    "uses: actions/download-artifact",
    r#"run: echo "$SHA256  target/finrust.zip" | sha256sum --check --strict"#,
    "uses: azure/login",
    r#"run: infra/deploy.sh "$FINRUST_ENVIRONMENT" --yes --package target/finrust.zip"#,
];

/// The jobs of a workflow, by name.
fn jobs(workflow: &str) -> Vec<(String, Vec<&str>)> {
    let mut jobs: Vec<(String, Vec<&str>)> = Vec::new();
    for line in workflow.split("\njobs:\n").nth(1).unwrap_or_default().lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.strip_prefix("  ").and_then(|rest| rest.strip_suffix(':')) {
            Some(name) if !name.starts_with(' ') => jobs.push((name.to_owned(), Vec::new())),
            _ => jobs.last_mut().expect("a job begins with its name").1.push(line.trim().trim_start_matches("- ")),
        }
    }
    jobs
}

/// What is done in a job with access to a token, besides what is necessary.
fn built_beside_a_token(workflow: &str) -> Vec<String> {
    let before = workflow.split("\njobs:\n").next().unwrap_or_default();
    let mut found: Vec<String> =
        before.lines().filter(|line| line.contains("id-token")).map(|line| format!("{line} for every job")).collect();
    for (job, lines) in jobs(workflow).into_iter().filter(|(_, lines)| lines.iter().any(|line| line.starts_with("id-token"))) {
        let does: Vec<_> = lines
            .into_iter()
            .filter(|line| ["uses:", "run:", "container:", "services:"].iter().any(|word| line.starts_with(word)))
            .collect();
        // An action by its name, a command verbatim.
        let does: Vec<_> =
            does.into_iter().map(|line| if line.starts_with("uses:") { line.split('@').next().unwrap_or(line) } else { line }).collect();
        if does != BESIDE_A_TOKEN {
            found.push(format!("{job}: {does:?}"));
        }
    }
    found
}

#[test]
fn nothing_is_built_where_azure_can_be_spoken_to() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows")).expect("workflows") {
        let path = entry.expect("a workflow").path();
        let workflow = fs::read_to_string(&path).expect("a workflow");
        assert_eq!(built_beside_a_token(&workflow), Vec::<String>::new(), "{}", path.display());
    }
}

/// The package of the same run: built by the gate, which tests it, and identified by its digest.
#[test]
fn what_is_deployed_is_what_was_tested() {
    let workflow = crate::text(".github/workflows/deploy.yml");
    let jobs = jobs(&workflow);
    let of = |name: &str| &jobs.iter().find(|(job, _)| job == name).expect("the job").1;
    let place =
        |job: &str, line: &str| of(job).iter().position(|known| known.starts_with(line)).unwrap_or_else(|| panic!("{job}: no {line}"));
    let made = [
        "run: .ci/run",
        r#"run: echo "sha256=$(sha256sum target/finrust.zip | cut -d ' ' -f 1)" >>"$GITHUB_OUTPUT""#,
        "uses: actions/upload-artifact@",
        "path: target/finrust.zip",
    ];
    assert!(made.map(|line| place("check", line)).is_sorted());
    assert!(of("check").iter().all(|line| !line.ends_with(": write")), "the job that builds may write nothing");
    for (job, line) in [
        ("check", "name: package"),
        ("check", "sha256: ${{ steps.package.outputs.sha256 }}"),
        ("check", "id: package"),
        ("deploy", "needs: [check, bicep]"),
        ("deploy", "name: package"),
        ("deploy", "path: target"),
        ("deploy", "SHA256: ${{ needs.check.outputs.sha256 }}"),
    ] {
        assert!(of(job).contains(&line), "{job}: {line}");
    }
    let gate = crate::text(".ci/run");
    let tried = ["infra/package.sh", "unzip -q \"$target/finrust.zip\" -d \"$work/package\"", "FINRUST_TEST_PACKAGE=\"$work/package\""];
    let places = tried.map(|line| gate.find(line).unwrap_or_else(|| panic!("no {line} in the gate")));
    assert!(places.is_sorted() && gate.matches("infra/package.sh").count() == 1, "{places:?}");
}

/// A checkout has a depth of one commit unless configured otherwise.
#[test]
fn the_gate_has_the_history_that_it_builds_the_version_before_from() {
    let workflow = crate::text(".github/workflows/deploy.yml");
    let jobs = jobs(&workflow);
    let (_, check) = jobs.iter().find(|(job, _)| job == "check").expect("the job");
    let place = |line: &str| check.iter().position(|known| known.starts_with(line)).unwrap_or_else(|| panic!("no {line}"));
    assert!(["uses: actions/checkout@", "fetch-depth: 0", "run: .ci/run"].map(place).is_sorted(), "{check:?}");
    assert!(crate::text(".ci/run").contains(" tests/side_by_side/run.sh\n"), "nobody needs it");
}

#[test]
fn what_is_built_beside_a_token_is_found() {
    let steps =
        BESIDE_A_TOKEN.map(|step| if step.starts_with("uses:") { format!("      - {step}@v1\n") } else { format!("      - {step}\n") });
    let workflow = |rights: &str, steps: &str| {
        format!("on: push\npermissions: {{}}\njobs:\n  a:\n    permissions:\n      {rights}\n    steps:\n{steps}")
    };
    let build = "      - run: cargo build\n";
    assert_eq!(built_beside_a_token(&workflow("id-token: write", &steps.concat())), Vec::<String>::new());
    assert_eq!(built_beside_a_token(&workflow("contents: read", build)), Vec::<String>::new());
    let without_package = steps.concat().replace(" --package target/finrust.zip", "");
    let in_lines = steps.concat().replace("run: infra", "run: |\n          cargo build\n          infra");
    for bad in [&format!("{}{build}", steps.concat()), &without_package, &in_lines, &format!("{}      - uses: a/b@v1\n", steps.concat())] {
        assert_eq!(built_beside_a_token(&workflow("id-token: write", bad)).len(), 1, "{bad}");
    }
    assert_eq!(built_beside_a_token(&workflow("id-token: write", &steps.concat()).replace("{}", "{id-token: write}")).len(), 1);
}

/// SECURITY.md counts its hours from when a vulnerability becomes known, not from the next push.
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
    // The same tool version that the gate uses.
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
