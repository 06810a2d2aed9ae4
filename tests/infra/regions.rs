//! Deploying a change of regions, against the stand-in: one change at a time, zones as the account has them, and a failure at every step in
//! turn, after which the same command completes.

use crate::failures::{Machine, Task, at_every_step, is_closed, words};
use std::process::Output;

const WANTED: &str = "westeurope northeurope swedencentral";

#[test]
fn regions_failover_and_consistency_are_changed_one_at_a_time() {
    let machine = Machine::new(false);
    machine.write("consistency", "Session");
    let wanted = [("WANTED_REGIONS", "westeurope northeurope swedencentral")];
    let output = machine.run(&["infra/deploy.sh", "test", "--yes", "--without-publishing"], &wanted, None);
    assert!(output.status.success(), "{output:?}");
    let updates: Vec<String> = machine.calls().into_iter().filter(|call| call.starts_with("cosmosdb update")).collect();
    let one_each = ["--locations", "--enable-automatic-failover", "--default-consistency-level"];
    assert_eq!(updates.len(), 3, "{updates:?}");
    for (update, option) in updates.iter().zip(one_each) {
        assert!(one_each.iter().all(|other| update.contains(other) == (*other == option)), "{update}");
    }
    assert_eq!(machine.read("regions").trim(), "westeurope northeurope swedencentral");
    let deployment = machine.calls().into_iter().find(|call| call.starts_with("deployment group create")).unwrap();
    assert!(deployment.contains("presentAccount={"), "the deployment leaves them as they are: {deployment}");
    let output = machine.run(&["infra/deploy.sh", "test", "--yes", "--without-publishing"], &wanted, None);
    let again = machine.calls().into_iter().filter(|call| call.starts_with("cosmosdb update")).count();
    assert!(output.status.success() && again == 3, "a second deployment changes none of them");
}

/// An account restored without zones cannot get them: existing regions are left alone, and a new region is like the first one.
#[test]
fn a_new_region_has_the_zones_of_the_account() {
    for zones in ["true", "false"] {
        let machine = Machine::new(false);
        machine.write("zones", zones);
        let output = machine.run(&["infra/deploy.sh", "production", "--yes", "--without-publishing"], &[("WANTED_REGIONS", WANTED)], None);
        assert!(output.status.success(), "{output:?}");
        let calls = machine.calls();
        let deployment = calls.iter().find(|call| call.starts_with("deployment group create")).unwrap();
        let left = format!("presentAccount={{\"locations\":[{{\"isZoneRedundant\":{zones}}}]}}");
        assert!(deployment.contains(&left), "{deployment}");
        let update = calls.iter().find(|call| call.contains("--locations")).unwrap();
        assert_eq!(update.matches(&format!("isZoneRedundant={zones}")).count(), 3, "{update}");
        assert_eq!(update.matches("isZoneRedundant=").count(), 3, "{update}");
    }
}

/// What a successful deployment must leave behind.
fn is_deployed(machine: &Machine) -> Result<(), String> {
    let state = ["regions", "failover", "consistency", "app"].map(|name| machine.read(name).trim().to_owned());
    let is_right = state == [WANTED, "true", "Strong", "running"] && machine.at("published").exists();
    if is_right { is_closed(machine) } else { Err(format!("{state:?}")) }
}

/// The running program cannot serve side by side with the new one, so the app is also stopped and started.
#[test]
fn deploying_that_fails_anywhere_can_be_run_again() {
    let settings = [("WANTED_REGIONS", WANTED), ("INTERFACE", "1")];
    let start = || {
        let machine = Machine::new(false);
        machine.answer_requests();
        machine.write("consistency", "Session");
        machine
    };
    let deploy = words("infra/deploy.sh production --yes --package LICENSE-MIT");
    let holds = |machine: &Machine, output: &Output| {
        if output.status.success() {
            return is_deployed(machine);
        }
        let regions = machine.read("regions").trim().to_owned();
        if machine.read("app").trim() != "running" {
            return Err("the app is stopped".to_owned());
        }
        if output.stderr.is_empty() || !["westeurope", WANTED].contains(&regions.as_str()) {
            return Err(format!("{regions}, and nothing said"));
        }
        is_closed(machine)?;
        let again = machine.run(&deploy.iter().map(String::as_str).collect::<Vec<_>>(), &settings, None);
        if again.status.success() { is_deployed(machine) } else { Err(format!("not again: {again:?}")) }
    };
    let task = Task { arguments: &|_| deploy.clone(), settings: &settings, start: &start, holds: &holds };
    let (tried, wrong) = at_every_step(&task);
    println!("deploying with new regions: {tried} failures tried");
    assert!(wrong.is_empty() && tried > 35, "{tried} tried\n{}", wrong.join("\n"));
}

/// Without naming it again: a deployment that switched back to the previous account would expose the damaged data.
#[test]
fn a_restored_account_stays_in_use() {
    let machine = Machine::new(false);
    let named = ["infra/deploy.sh", "test", "--yes", "--without-publishing", "--set", "cosmosAccountName=restored"];
    assert!(machine.run(&named, &[], None).status.success());
    for again in [&named[..4], &["infra/operator.sh", "test", "close"]] {
        let output = machine.run(again, &[], None);
        assert!(output.status.success() && machine.read("used").trim() == "restored", "{output:?}");
    }
    let back = [&named[..5], &["cosmosAccountName=in-use"]].concat();
    assert!(machine.run(&back, &[], None).status.success() && machine.read("used").trim() == "in-use");
}
