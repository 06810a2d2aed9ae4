//! A deployment that may be repeated is retried while Azure is not ready, and only then.

use crate::failures::{Failure, Machine};
use std::process::{Command, Output};

/// Transient failures, each on its own.
const PASSING: [&str; 9] = [
    "AnotherOperationInProgress",
    "Conflict",
    "PreconditionFailed",
    "TooManyRequests",
    "RoleDefinitionDoesNotExist",
    "PrincipalNotFound",
    "409",
    "412",
    "429",
];

/// Permanent failures, some of which look similar.
const LASTING: [&str; 15] = [
    "InvalidTemplate",
    "AuthorizationFailed",
    "RequestDisallowedByPolicy",
    "QuotaExceeded",
    "RoleAssignmentExists",
    "ConflictError",
    "NameConflict",
    "PrincipalNotFoundHere",
    "BadRequest",
    "400",
    "403",
    "404",
    "4090",
    "1429",
    "ServiceUnavailable",
];

/// How the Azure CLI prints an error code, or the status of a response without one.
const FORMS: [&str; 6] = [
    "ERROR: (CODE) The operation did not complete.\nCode: CODE\nMessage: It did not.",
    r#"ERROR: {"status":"Failed","error":{"code":"DeploymentFailed","details":[{"code":"CODE","message":"it did not"}]}}"#,
    r#"ERROR: {"code": "DeploymentFailed", "message": "{\r\n  \"error\": {\r\n    \"code\": \"CODE\",\r\n    \"message\": \"no\"\r\n  }\r\n}"}"#,
    "ERROR: Operation returned an invalid status 'CODE'",
    "ERROR: Operation returned an invalid status code 'CODE'\nContent: ",
    "ERROR: Deployment failed. Status Code: CODE, Details: none",
];

/// Runs a command with retries that fails a number of times with this text; the waits are printed instead of waited.
fn patiently(said: &str, failures: usize) -> Output {
    let script = r#"set -euo pipefail
. infra/common.sh
sleep() { :; }
one() {
  echo try >>"$TRIES"
  (($(wc -l <"$TRIES") > FAILURES)) && { echo done; return 0; }
  printf '%s\n' "$SAID" >&2
  return 1
}
patiently "the step" one"#;
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the scripts are what is tested")]
    let mut bash = Command::new("bash");
    bash.args(["-c", script, "deploy.sh"]).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
    bash.env("PATH", "/usr/bin:/bin").env("TRIES", folder.path().join("tries")).env("TMPDIR", folder.path());
    bash.env("SAID", said).env("FAILURES", failures.to_string());
    let output = bash.stdin(std::process::Stdio::null()).output().expect("bash runs");
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing is left lying about");
    output
}

/// The waits that a run printed.
fn waits(output: &Output) -> Vec<u32> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = said.lines().filter_map(|line| line.strip_prefix("deploy.sh: Azure is not ready for the step; once more in "));
    told.map(|rest| rest.strip_suffix(" s").unwrap().parse().unwrap()).collect()
}

#[test]
fn each_refusal_that_passes_is_waited_for() {
    for form in FORMS {
        for code in PASSING {
            let output = patiently(&form.replace("CODE", code), 1);
            assert!(output.status.success() && output.stdout == b"done\n", "{form} {code}: {output:?}");
            assert_eq!(waits(&output), [20], "{form} {code}");
        }
    }
}

#[test]
fn no_other_refusal_is_repeated() {
    let texts = ["ERROR: there is a Conflict, and 409 others", "ERROR: the name (no-Conflict) is taken", "", "Conflict", "status of 429"];
    let told = FORMS.iter().flat_map(|form| LASTING.map(|code| form.replace("CODE", code)));
    // Azure wraps a module's failure in a Conflict.
    let wrapped = ["AuthorizationFailed", "RequestDisallowedByPolicy", "QuotaExceeded"]
        .map(|code| format!(r#"ERROR: {{"code":"Conflict","message":"{{\"error\":{{\"code\":\"{code}\"}}}}"}}"#));
    for said in told.chain(texts.map(str::to_owned)).chain(wrapped) {
        let output = patiently(&said, 1);
        assert!(output.status.code() == Some(1) && waits(&output).is_empty() && output.stdout.is_empty(), "{said}: {output:?}");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(complaints.contains(&said) && complaints.ends_with("deploy.sh: the step failed\n"), "{complaints}");
    }
}

#[test]
fn the_waits_grow_and_end() {
    for (failures, told, is_done) in [(0, 0, true), (2, 2, true), (4, 4, true), (5, 4, false), (100, 4, false)] {
        let output = patiently("ERROR: (TooManyRequests) later", failures);
        assert_eq!(output.status.success(), is_done, "{output:?}");
        assert_eq!(waits(&output), [20, 60, 120, 240][..told], "{failures}");
    }
}

/// Every repeatable step of the scripts, refused by Azure for a while.
#[test]
fn each_step_that_may_be_repeated_is() {
    let package = ["infra/deploy.sh", "test", "--yes", "--package", "LICENSE-MIT"];
    let open = ["infra/operator.sh", "test", "open", "verify", "--address", "192.0.2.7"];
    let settings = [("WANTED_REGIONS", "westeurope northeurope swedencentral")];
    let steps: [(&[&str], &str); 6] = [
        (&package, "deployment group create"),
        (&package, "cosmosdb update --resource-group finrust-test --name in-use --locations"),
        (&package, "cosmosdb update --resource-group finrust-test --name in-use --enable-automatic-failover"),
        (&package, "cosmosdb update --resource-group finrust-test --name in-use --default-consistency-level"),
        (&package, "functionapp deployment source config-zip"),
        (&open, "stack group create"),
    ];
    for (arguments, step) in steps {
        let calls = |failure: Option<Failure>, said: &str| {
            let machine = Machine::new(false);
            machine.answer_requests();
            machine.write("consistency", "Session");
            let settings = [settings[0], ("FAIL_WITH", said)];
            (machine.run(arguments, &settings, failure), machine.calls())
        };
        let (_, first) = calls(None, "");
        let number = first.iter().position(|call| call.starts_with(step)).unwrap_or_else(|| panic!("{step}: {first:?}")) + 1;
        for (said, is_repeated) in [("ERROR: (RoleDefinitionDoesNotExist) x", true), ("ERROR: (409) x", true), ("ERROR: (Wrong) x", false)]
        {
            let (output, calls) = calls(Some(Failure::Before(number)), said);
            assert_eq!(output.status.success(), is_repeated, "{step} {said}: {output:?}");
            assert_eq!(calls.iter().filter(|call| call.starts_with(step)).count(), if is_repeated { 2 } else { 1 }, "{step}");
            assert_eq!(String::from_utf8_lossy(&output.stderr).contains("once more in 20 s"), is_repeated, "{step}");
        }
    }
}
