//! Scripts refuse what they do not understand: one clear line, exit code 2, nothing done.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

const READ_BY_OTHERS: &str = "infra/common.sh";

/// Runs a script without Azure, so that any call to it fails at once.
fn run(arguments: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the scripts are what is tested")]
    let mut bash = Command::new("bash");
    bash.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env_clear();
    bash.env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent").env("FINRUST_ALERT_EMAIL", "nobody@example.nl");
    bash.stdin(std::process::Stdio::null()).output().expect("bash runs")
}

/// Why an output is not a proper refusal; `None` if it is one.
fn flaw(output: &Output, name: &str) -> Option<String> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    let is_one_line = complaint.lines().count() == 1 && complaint.starts_with(&format!("{name}: "));
    let is_refusal = output.status.code() == Some(2) && is_one_line && output.stdout.is_empty();
    (!is_refusal).then(|| format!("{:?}: {complaint}", output.status.code()))
}

#[test]
fn wrong_arguments_are_refused() {
    let wrong: &[&[&str]] = &[
        &["deploy.sh"],
        &["deploy.sh", "nowhere"],
        &["deploy.sh", "../test"],
        &["deploy.sh", "test", "production"],
        &["deploy.sh", "test", "--quickly"],
        &["deploy.sh", "test", "--group"],
        &["deploy.sh", "test", "--set", "nothing"],
        &["deploy.sh", "test", "--package", "/nonexistent.zip"],
        &["destroy.sh"],
        &["destroy.sh", "nowhere"],
        &["destroy.sh", "production"],
        &["destroy.sh", "production", "--yes"],
        &["destroy.sh", "test", "--group", "finrust-production", "--yes"],
        &["destroy.sh", "test", "--force"],
        &["operator.sh"],
        &["operator.sh", "test"],
        &["operator.sh", "test", "shut"],
        &["operator.sh", "test", "open"],
        &["operator.sh", "test", "open", "everything"],
        &["operator.sh", "test", "close", "invite"],
        &["operator.sh", "test", "open", "invite", "more"],
        &["operator.sh", "test", "open", "invite", "--address", "::1"],
        &["smoke.sh"],
        &["smoke.sh", "finrust.example"],
        &["smoke.sh", "https://finrust.example/path"],
        &["smoke.sh", "https://finrust.example", "--wait", "long"],
        &["restore-drill.sh"],
        &["restore-drill.sh", "nowhere"],
        &["restore-drill.sh", "test", "--at", "yesterday"],
        &["restore-drill.sh", "test", "--program", "/nonexistent"],
        &["restore-drill.sh", "test", "--slowly"],
        &["restore-drill.sh", "--embedded", "test"],
        &["restore-drill.sh", "--embedded", "--at", "2026-11-20T10:00:00Z"],
        &["restore-drill.sh", "--embedded", "--program"],
        &["restore-drill.sh", "--embedded", "--program", "/bin/true", "--report", "/nonexistent/report"],
        &["check.sh", "everything"],
        &["compile.sh", "everything"],
    ];
    let mut tried: Vec<&str> = wrong.iter().map(|arguments| arguments[0]).collect();
    for arguments in wrong {
        let script = format!("infra/{}", arguments[0]);
        let whole: Vec<&str> = [script.as_str()].into_iter().chain(arguments[1..].iter().copied()).collect();
        assert_eq!(flaw(&run(&whole), arguments[0]), None, "{arguments:?}");
    }
    tried.dedup();
    // package.sh has tests of its own, with the package.
    let others = ["common.sh", "package.sh"];
    let scripts = crate::files("infra", &[".sh"]);
    let untried: Vec<_> = scripts
        .iter()
        .filter_map(|path| path.strip_prefix("infra/"))
        .filter(|name| !tried.contains(name) && !others.contains(name))
        .collect();
    assert!(untried.is_empty(), "{untried:?}");
}

/// An empty name, or that of something never created, would be used in the next step.
#[test]
fn an_output_is_taken_of_a_deployment_that_went_well_and_says_it() {
    let output_of = |state: &str, value: &str| {
        let az = format!("az() {{ case \"$*\" in *provisioningState*) echo '{state}' ;; *) echo '{value}' ;; esac; }}");
        run(&["-c", &format!("{az}; . infra/common.sh; output_of group cosmosAccountName")])
    };
    let taken = output_of("Succeeded", "account");
    assert!(taken.status.success() && taken.stdout == b"account\n", "{taken:?}");
    for (state, value) in [("Failed", "account"), ("Running", "account"), ("", "account"), ("Succeeded", ""), ("Succeeded", "None")] {
        let refused = output_of(state, value);
        assert!(!refused.status.success() && refused.stdout.is_empty() && !refused.stderr.is_empty(), "{state} {value}: {refused:?}");
    }
}

#[test]
fn what_is_no_refusal_is_found() {
    for (script, is_refusal) in [
        ("echo 'x: no' >&2; exit 2", true),
        ("echo 'x: no' >&2; exit 1", false),
        ("echo 'x: no' >&2; echo 'x: never' >&2; exit 2", false),
        ("exit 2", false),
        ("echo done; echo 'x: no' >&2; exit 2", false),
    ] {
        assert_eq!(flaw(&run(&["-c", script]), "x").is_none(), is_refusal, "{script}");
    }
}

#[test]
fn scripts_stop_at_the_first_error_and_can_be_run() {
    for path in crate::files("infra", &[".sh"]).into_iter().filter(|path| path != READ_BY_OTHERS) {
        let script = crate::text(&path);
        assert!(script.starts_with("#!/usr/bin/env bash\n") && script.contains("\nset -euo pipefail\n"), "{path}");
        assert!(script.lines().any(|line| line.starts_with("# usage: ")), "{path}");
        assert_ne!(fs::metadata(crate::project(&path)).unwrap().permissions().mode() & 0o111, 0, "{path}");
    }
}

/// When bash notices that a job was killed, it reports that ("line 96: 4711 Killed") on its current standard error. Unless the killing line
/// also waits for the job with standard error closed, that report occasionally shows up in the script's output.
#[test]
fn whatever_kills_a_job_waits_for_it_out_of_hearing() {
    let scripts = ["infra", "tests"].into_iter().flat_map(|folder| crate::files(folder, &[".sh"]));
    let mut seen = 0;
    for path in scripts.chain([".ci/run".to_owned()]) {
        let text = crate::text(&path);
        // Processes that are not jobs of the shell are never reported.
        let is_no_job = |line: &str| text.contains("disown \"$server\"") && line.contains("kill -9 \"$server\" 2>/dev/null");
        for line in text.lines().filter(|line| kills(line)) {
            seen += 1;
            assert!(is_out_of_hearing(line) || is_no_job(line), "{path}: {line}");
        }
    }
    assert!(seen >= 5, "{seen} were looked at");
}

/// Whether a line kills a job; `kill -0` only checks for it.
fn kills(line: &str) -> bool {
    let code = line.trim_start();
    !code.starts_with('#') && code.split("kill ").skip(1).any(|rest| !rest.starts_with("-0 "))
}

fn is_out_of_hearing(line: &str) -> bool {
    let group = line.split_once("{ kill ").and_then(|(_, rest)| rest.split_once("; } 2>/dev/null"));
    group.is_some_and(|(inner, _)| inner.contains("; wait"))
}

#[test]
fn what_kills_a_job_within_hearing_is_found() {
    for (line, is_fine) in [
        ("  { kill -9 \"$server\"; wait \"$server\"; } 2>/dev/null || true", true),
        ("  kill -9 \"$server\"", false),
        ("  kill \"$server\" 2>/dev/null || true", false),
        ("  { kill \"$server\"; } 2>/dev/null; wait \"$server\"", false),
        ("  { kill \"$server\"; wait \"$server\"; } || true", false),
    ] {
        assert!(kills(line) && is_out_of_hearing(line) == is_fine, "{line}");
    }
    assert!(!kills("  kill -0 \"$server\" || return 1") && !kills("# kill -9 \"$server\""));
}

/// A restored database holds everything ever stored, before anyone has checked its firewall.
#[test]
fn whatever_restores_a_database_closes_it_from_its_first_second() {
    let mut seen = 0;
    for path in crate::files("infra", &[".sh", ".md"]).into_iter().chain(crate::files("docs", &[".md"])) {
        let text = crate::text(&path).replace("\\\n", " ");
        for command in text.lines().map(str::trim).filter(|line| line.starts_with("az cosmosdb restore ")) {
            seen += 1;
            assert!(command.contains(" --public-network-access DISABLED"), "{path}: {command}");
            assert!(command.contains(" --disable-ttl True"), "{path}: {command}");
        }
    }
    assert!(seen >= 2, "{seen} commands were looked at");
}
