//! Complete runs of the scripts, with doubles of `az` and `curl` that record how they are called.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A machine with doubles first in its `PATH`.
struct Machine {
    folder: TempDir,
    answers: Vec<(&'static str, &'static str)>,
}

impl Machine {
    /// A machine on which everything succeeds, except for these responses.
    fn with(changed: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["az", "curl"] {
            crate::stand_in(&format!("deployment/{name}"), &folder.path().join(name));
        }
        fs::write(folder.path().join("finrust.zip"), "zip").unwrap();
        let usual = ["TAG", "BUDGET", "DELETED", "LOCKS", "INJECTED", "INTERFACE"].map(|name| (name, ""));
        let usual = usual.into_iter().chain([
            ("PUBLISHING", "0"),
            ("CLOSING", "0"),
            ("OPENING", "0"),
            ("DRILLING", "0"),
            ("FOUND", "0"),
            ("IN", "no"),
            ("JOBS", "404"),
            ("SEEN", "192.0.2.1"),
            ("CHOSEN", "no"),
        ]);
        let answer = |(name, usual)| (name, changed.iter().find(|(own, _)| *own == name).map_or(usual, |(_, value)| *value));
        Self { folder, answers: usual.map(answer).collect() }
    }

    fn package(&self) -> String {
        self.folder.path().join("finrust.zip").to_str().unwrap().to_owned()
    }

    /// Runs a script; returns its output and the recorded calls.
    fn run(&self, script: &str, arguments: &[&str]) -> (Output, Vec<String>) {
        self.answering("yes\n", script, arguments)
    }

    /// The same, with typed input.
    fn answering(&self, typed: &str, script: &str, arguments: &[&str]) -> (Output, Vec<String>) {
        let calls = self.folder.path().join("calls");
        #[expect(clippy::disallowed_methods, reason = "the scripts are what is tested")]
        let mut bash = Command::new("bash");
        bash.arg(Path::new("infra").join(script)).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
        bash.env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().display())).env("CALLS", &calls);
        bash.env("FINRUST_ALERT_EMAIL", "nobody@example.nl").envs(self.answers.iter().copied());
        let keyboard = self.folder.path().join("typed");
        fs::write(&keyboard, typed).unwrap();
        let output = bash.stdin(fs::File::open(keyboard).unwrap()).output().expect("bash runs");
        let calls = fs::read_to_string(calls).unwrap_or_default();
        (output, calls.lines().map(str::to_owned).collect())
    }

    fn deploy(&self, more: &[&str]) -> (Output, Vec<String>) {
        let package = self.package();
        self.run("deploy.sh", &[&["test", "--package", &package], more].concat())
    }
}

fn at(calls: &[String], start: &str) -> usize {
    calls.iter().position(|call| call.starts_with(start)).unwrap_or_else(|| panic!("{start} is not in\n{}", calls.join("\n")))
}

fn none(calls: &[String], word: &str) -> bool {
    !calls.iter().any(|call| call.contains(word))
}

#[test]
fn deploying_shows_asks_publishes_and_looks() {
    let machine = Machine::with(&[("INJECTED", "AzureWebJobsStorage"), ("DELETED", "vault-1"), ("BUDGET", "2026-03-01T00:00:00Z")]);
    let (output, calls) = machine.deploy(&["--set", "cosmosAccountName=restored"]);
    assert!(output.status.success(), "{output:?}");
    let order = [
        "keyvault recover --name vault-1",
        "deployment group what-if",
        "deployment group create",
        "functionapp config appsettings delete",
        "functionapp deployment source config-zip",
        "curl https://app.example/api/health",
        "curl https://app.example/send-mail",
    ];
    assert!(order.map(|start| at(&calls, start)).is_sorted(), "{calls:?}");
    let create = &calls[at(&calls, "deployment group create")];
    for part in
        ["test.bicepparam", "--parameters cosmosAccountName=restored", "--parameters budgetMonth=2026-03", "--resource-group finrust-test"]
    {
        assert!(create.contains(part), "{part}: {create}");
    }
    assert!(calls[at(&calls, "functionapp deployment")].contains(&machine.package()));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("answers at the-url") && told.contains("finrust invite --role officer"), "{told}");
}

/// After a "no", the Azure CLI exits as after a deployment: with its own prompt, the script continued and published.
#[test]
fn whoever_does_not_say_yes_deploys_nothing() {
    for typed in ["", "no\n", "y\n", "\n"] {
        let machine = Machine::with(&[]);
        let package = machine.package();
        let (output, calls) = machine.answering(typed, "deploy.sh", &["test", "--package", &package]);
        assert_eq!(output.status.code(), Some(2), "{typed:?}: {output:?}");
        assert!(none(&calls, "deployment group create") && none(&calls, "config-zip") && none(&calls, "cosmosdb update"), "{calls:?}");
        at(&calls, "deployment group what-if");
    }
}

#[test]
fn without_questions_nothing_is_asked() {
    let (output, calls) = Machine::with(&[]).deploy(&["--yes", "--without-publishing"]);
    assert!(output.status.success() && none(&calls, "what-if") && none(&calls, "config-zip"), "{output:?} {calls:?}");
    assert!(none(&calls, "appsettings delete") && none(&calls, "keyvault recover") && none(&calls, "budgetMonth"), "{calls:?}");
}

#[test]
fn a_deployment_that_does_not_work_says_so() {
    let (output, calls) = Machine::with(&[("PUBLISHING", "3")]).deploy(&["--yes"]);
    assert!(output.status.code() == Some(1) && none(&calls, "curl https://app.example/api/health"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("infra/runbooks/deploy.md"));
    let (output, _) = Machine::with(&[("JOBS", "200")]).deploy(&["--yes"]);
    assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("WRONG a forged /send-mail"), "{output:?}");
}

#[test]
fn only_what_is_tagged_as_this_environment_is_destroyed() {
    let refused = |answers: &[(&'static str, &'static str)], arguments: &[&str]| {
        let (output, calls) = Machine::with(answers).run("destroy.sh", arguments);
        assert!(output.status.code() == Some(2) && none(&calls, "delete"), "{arguments:?} {answers:?}: {output:?}");
    };
    refused(&[("TAG", "production")], &["test", "--yes"]);
    refused(&[("TAG", "")], &["test", "--yes"]);
    refused(&[("TAG", "production")], &["production", "--yes"]);
    refused(&[("TAG", "test"), ("LOCKS", "keep")], &["test", "--yes"]);
    let (output, calls) = Machine::with(&[("TAG", "test")]).run("destroy.sh", &["test"]);
    assert!(!output.status.success() && none(&calls, "delete"), "nobody answered: {output:?}");
    let (output, calls) = Machine::with(&[("TAG", "test")]).run("destroy.sh", &["test", "--yes"]);
    assert!(output.status.success(), "{output:?}");
    let order =
        ["storage container immutability-policy delete", "group delete --name finrust-test", "role definition delete --name role-1"];
    assert!(order.map(|start| at(&calls, start)).is_sorted(), "{calls:?}");
}

#[test]
fn an_operator_is_let_in_and_out() {
    let (output, calls) = Machine::with(&[]).run("operator.sh", &["test", "open", "invite", "--address", "192.0.2.7"]);
    assert!(output.status.success(), "{output:?}");
    assert!(calls[at(&calls, "deployment group create")].contains("operatorAddress=192.0.2.7"));
    let stack = &calls[at(&calls, "stack group create")];
    assert!(
        stack.contains("rights=invite")
            && stack.contains("principalId=11111111-")
            && stack.contains("--action-on-unmanage deleteResources"),
        "{stack}"
    );
    let settings = String::from_utf8(output.stdout).unwrap();
    assert!(settings.lines().all(|line| line.starts_with("export FINRUST_")), "it is for eval: {settings}");
    assert!(settings.contains("export FINRUST_KEY_VAULT_KEY=the-keyUrl\n"));
    let (output, calls) = Machine::with(&[("OPENING", "1")]).run("operator.sh", &["test", "open", "verify", "--address", "192.0.2.7"]);
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    let last = calls.iter().rfind(|call| call.starts_with("deployment group create")).unwrap();
    assert!(!last.contains("operatorAddress"), "closed again: {calls:?}");
    let (output, calls) = Machine::with(&[("IN", "yes")]).run("operator.sh", &["test", "open", "verify", "--address", "192.0.2.7"]);
    assert!(output.status.code() == Some(2) && none(&calls, "create"), "one at a time: {output:?}");
}

#[test]
fn closing_takes_rights_away_and_puts_locks_back() {
    let order = ["deployment group create", "lock delete --ids /x/lock-1/", "stack group delete", "lock create --name keep"];
    for (closing, code) in [("0", 0), ("1", 1)] {
        let (output, calls) =
            Machine::with(&[("IN", "yes"), ("LOCKS", "lock-1"), ("CLOSING", closing)]).run("operator.sh", &["test", "close"]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(order.map(|start| at(&calls, start)).is_sorted(), "{calls:?}");
        assert!(none(&calls, "operatorAddress"), "a deployment without an address closes");
    }
}

fn drill(answers: &[(&'static str, &'static str)]) -> (Output, Vec<String>) {
    let machine = Machine::with(answers);
    let program = machine.folder.path().join("finrust");
    crate::stand_in("deployment/finrust", &program);
    let arguments = ["test", "--address", "192.0.2.7", "--at", "2026-11-20T10:00:00Z", "--program", program.to_str().unwrap()];
    machine.run("restore-drill.sh", &arguments)
}

#[test]
fn a_drill_restores_looks_takes_out_and_tears_down() {
    let (output, calls) = drill(&[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.contains("restore drill: 0 wrong"), "{told}");
    let order = [
        "cosmosdb restore",
        "stack group create --resource-group finrust-test --name operator-access",
        "stack group create --resource-group finrust-test --name restore-drill",
        "finrust verify https://the-cosmosAccountName-drill-",
        "finrust replay-erasures https://the-cosmosAccountName-drill-",
        "stack group delete --resource-group finrust-test --name restore-drill",
        "cosmosdb delete --resource-group finrust-test --name the-cosmosAccountName-drill-",
        "stack group delete --resource-group finrust-test --name operator-access",
    ];
    assert!(order.map(|start| at(&calls, start)).is_sorted(), "{calls:?}");
    let restore = &calls[at(&calls, "cosmosdb restore")];
    assert!(restore.contains("--restore-timestamp 2026-11-20T10:00:00Z") && restore.contains("--disable-ttl True"), "{restore}");
    assert!(calls[at(&calls, "stack group create --resource-group finrust-test --name operator-access")].contains("rights=verify"));
    let stack = &calls[at(&calls, "stack group create --resource-group finrust-test --name restore-drill")];
    for part in
        ["drill.bicep", "cosmosMaxThroughput=4000", "cosmosServerless=false", "workspaceId=the-workspaceId", "operatorAddress=192.0.2.7"]
    {
        assert!(stack.contains(part), "{part}: {stack}");
    }
    assert!(calls.iter().filter(|call| call.starts_with("finrust verify")).all(|call| call.ends_with(" the-keyUrl")), "{calls:?}");
    let deployed = calls.iter().filter(|call| call.starts_with("deployment group create"));
    assert!(deployed.into_iter().all(|call| !call.contains("drill")), "what is in use stays as it is: {calls:?}");
}

#[test]
fn a_drill_that_goes_wrong_tears_down_too() {
    for answers in [[("FOUND", "1")], [("DRILLING", "1")]] {
        let (output, calls) = drill(&answers);
        assert_eq!(output.status.code(), Some(1), "{answers:?}: {output:?}");
        at(&calls, "cosmosdb delete --resource-group finrust-test --name the-cosmosAccountName-drill-");
        at(&calls, "stack group delete --resource-group finrust-test --name operator-access");
    }
}

#[test]
fn what_cannot_serve_beside_this_version_is_stopped_first_and_started_again() {
    for (interface, publishing, stops) in [("1", "0", true), ("1", "1", true), ("1.1", "0", false), ("1.10", "0", false), ("", "0", false)]
    {
        let machine = Machine::with(&[("INTERFACE", interface), ("PUBLISHING", publishing)]);
        let (output, calls) = machine.deploy(&["--yes"]);
        assert_eq!(output.status.success(), publishing == "0", "{output:?}");
        if stops {
            let order = ["curl https://app.example/api/openapi.json", "functionapp stop", "functionapp deployment", "functionapp start"];
            assert!(order.map(|start| at(&calls, start)).is_sorted(), "{calls:?}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("docs/upgrades.md"), "{output:?}");
        } else {
            assert!(none(&calls, "functionapp stop") && none(&calls, "functionapp start"), "{interface}: {calls:?}");
        }
    }
}

#[test]
fn the_smoke_test_shows_the_address_that_the_program_sees() {
    for (seen, chosen, is_right) in [("192.0.2.1", "no", true), ("unknown", "no", false), ("192.0.2.1", "yes", false)] {
        let machine = Machine::with(&[("SEEN", seen), ("CHOSEN", chosen)]);
        let (output, _) = machine.run("smoke.sh", &["https://app.example"]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(&format!("the program sees you at: {seen}")), "{output:?}");
        assert_eq!(output.status.success(), is_right, "{seen}, chosen {chosen}: {output:?}");
    }
}
