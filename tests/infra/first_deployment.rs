//! The page about the first deployment: its commands run from top to bottom against stand-ins, the files that they read exist, and each
//! step says what must be printed.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

const PAGE: &str = "infra/runbooks/first-deployment.md";
/// In this order, since each depends on those before.
const STEPS: [&str; 7] = ["The address", "The roles", "One batch", "Log lines", "One mail", "HEAD", "An upload that is too large"];

/// Commands of the page, and what each line needs so that it can be pasted.
const COMPLETE: [(&str, &[&str]); 4] = [
    ("az deployment group show", &["--resource-group", "--name", "--query", "--output"]),
    ("az functionapp identity show", &["--resource-group", "--name", "--query", "--output"]),
    ("az cosmosdb sql role assignment list", &["--resource-group", "--account-name", "--query", "--output"]),
    ("az monitor log-analytics query", &["--workspace", "--analytics-query", "--output"]),
];

fn blocks(page: &str) -> Vec<&str> {
    page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_step_has_its_command_and_what_it_must_print() {
    let page = crate::text(PAGE);
    let steps: Vec<&str> = page.split("\n## ").skip(1).collect();
    for (number, (step, title)) in steps.iter().zip(STEPS).enumerate() {
        assert!(step.starts_with(&format!("{}. {title}\n", number + 1)), "{title}");
        let places = ["```sh\n", "\nMust print: ", "\nOtherwise: "].map(|part| step.find(part));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{title}: {places:?}");
    }
    assert_eq!(steps.len(), STEPS.len() + 1);
    for line in blocks(&page).concat().lines() {
        for (command, options) in COMPLETE {
            if let Some((_, given)) = line.split_once(command) {
                assert!(options.iter().all(|option| given.contains(option)), "{line}");
            }
        }
    }
}

#[test]
fn its_commands_run_from_top_to_bottom() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["locks", "stacks", "accounts"] {
        fs::create_dir(at(name)).unwrap();
    }
    for (name, text) in [("accounts/in-use", ""), ("deployment", "Succeeded"), ("regions", "westeurope"), ("consistency", "Strong")] {
        fs::write(at(name), text).unwrap();
    }
    for (name, double) in [("az", "az"), ("curl", "said"), ("finrust", "said"), ("sleep", "said")] {
        crate::stand_in(double, &at(name));
    }
    // The scripts have tests of their own: here they are called, and must exist.
    let page = crate::text(PAGE);
    let scripts: Vec<&str> =
        page.split_whitespace().filter(|word| word.starts_with("infra/") && Path::new(word).extension() == Some("sh".as_ref())).collect();
    for script in &scripts {
        assert_ne!(fs::metadata(crate::project(script)).expect(script).permissions().mode() & 0o111, 0, "{script}");
    }
    let stubs = "deploy() { :; }\n";
    let text = blocks(&page).concat();
    let text = text.replace("infra/deploy.sh ", "deploy ").replace("infra/smoke.sh ", "deploy ");
    let text =
        text.replace("settings=$(infra/operator.sh \"$environment\" open invite)", "settings=:").replace("infra/operator.sh ", "deploy ");
    assert!(!text.contains(".sh "), "{text}");
    #[expect(clippy::disallowed_methods, reason = "the page is what is tested")]
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &format!("{stubs}{text}")]).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
    bash.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display())).env("STATE", folder.path()).env("TMPDIR", folder.path());
    let output = bash.stdin(std::process::Stdio::null()).output().expect("bash runs");
    assert!(output.status.success(), "{output:?}");
    let calls = fs::read_to_string(at("calls")).unwrap();
    for query in ["lines", "batches", "mails"] {
        let asked = crate::text(&format!("infra/queries/first-deployment/{query}.kql"));
        assert!(calls.contains(asked.trim_end()), "{query} is asked as it is");
    }
    let said = fs::read_to_string(at("said")).unwrap();
    let posted = said.lines().filter(|line| line.ends_with("https://app.example/api/login")).count();
    assert_eq!((posted, said.contains("finrust invite --role officer")), (11, true), "{said}");
    assert_eq!(fs::metadata(at("too-large")).unwrap().len(), 2_000_000);
}
