//! The page about restoring, as written: its commands run in order against the stand-in, each with a failure at every step in turn.

use crate::failures::{Machine, Task, at_every_step, is_closed};
use std::process::Output;

const PAGE: &str = "infra/runbooks/restore.md";
const SET: [(&str, &str); 7] = [
    ("ENV", "production"),
    ("SOURCE", "in-use"),
    ("TARGET", "restored"),
    ("WHEN", "2026-11-20T10:00:00Z"),
    ("REGION", "westeurope"),
    ("GROUP", "finrust-production"),
    ("APP", "the-functionAppName"),
];

/// The code blocks of "Do", with placeholders replaced.
fn steps() -> Vec<String> {
    let page = crate::text(PAGE);
    let section = page.split("\n## Do\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the section");
    let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let filled = |block: &str| {
        let whole = SET.iter().fold(block.to_owned(), |text, (placeholder, name)| text.replace(placeholder, name));
        whole.replace("you@example.nl", "nobody@example.nl").replace("https://ADDRESS", "https://app.example")
    };
    blocks.map(filled).collect()
}

fn machine() -> Machine {
    let machine = Machine::new(false);
    machine.answer_requests();
    machine
}

fn bash(step: &str) -> Vec<String> {
    ["-euo", "pipefail", "-c", step].map(str::to_owned).to_vec()
}

fn run(machine: &Machine, step: &str) -> Output {
    machine.run(&bash(step).iter().map(String::as_str).collect::<Vec<_>>(), &[], None)
}

/// The account in use remains, a restored one has its own lock from its deployment on, and nobody uses it before it was checked. Access
/// that was not open before a failed step is not open after it.
fn holds(machine: &Machine, is_looked_through: bool, may_be_open: bool) -> Result<(), String> {
    if !machine.names("accounts").contains(&"in-use".to_owned()) {
        return Err("the account in use is gone".to_owned());
    }
    if machine.read("used").trim() == "restored" {
        if !machine.names("locks").contains(&"database-restored".to_owned()) {
            return Err("the restored account has no lock".to_owned());
        }
        if !is_looked_through && machine.read("app").trim() != "stopped" {
            return Err("the app runs on what nobody has looked through".to_owned());
        }
    }
    if may_be_open { Ok(()) } else { is_closed(machine) }
}

#[test]
fn a_production_is_restored_as_the_page_says_whatever_fails() {
    let steps = steps();
    let (mut tried, mut wrong, mut before) = (0, Vec::new(), machine());
    let looking = steps.iter().position(|step| step.contains("finrust verify")).expect("it is looked through");
    for (number, step) in steps.iter().enumerate() {
        let was_open = !before.names("stacks").is_empty();
        let judge = |machine: &Machine, output: &Output| holds(machine, number > looking, was_open || output.status.success());
        let task = Task { arguments: &|_| bash(step), settings: &[], start: &|| Machine::like(&before), holds: &judge };
        let (own, flaws) = at_every_step(&task);
        println!("step {}: {own} failures tried", number + 1);
        tried += own;
        wrong.extend(flaws.into_iter().map(|flaw| format!("step {}: {flaw}", number + 1)));
        let after = Machine::like(&before);
        let output = run(&after, step);
        assert!(output.status.success(), "step {}: {output:?}", number + 1);
        before = after;
    }
    println!("restoring production: {tried} failures tried");
    assert!(wrong.is_empty() && tried > 150, "{tried} tried\n{}", wrong.join("\n"));
    assert!(is_closed(&before).is_ok(), "nobody is let in at the end");
    let state = ["used", "app", "expiry"].map(|name| before.read(name).trim().to_owned());
    assert_eq!(state, ["restored", "running", "true"]);
}
