//! What pages, prices and cost assumptions say about regions, zones and numbers, compared with the compiled templates.

use crate::compiled::{environments, of_type, predicted};
use serde_json::Value;

fn prices() -> Value {
    serde_json::from_str(&crate::text("infra/prices.json")).unwrap()
}

/// Regions of the database, in failover order.
fn regions(environment: &str) -> Vec<String> {
    let resources = predicted(environment);
    let [account] = of_type(&resources, "Microsoft.DocumentDB/databaseAccounts")[..] else { panic!("one account") };
    let locations = account["properties"]["locations"].as_array().unwrap();
    locations.iter().map(|location| location["locationName"].as_str().unwrap().to_owned()).collect()
}

/// The cells of a row of the parameter table: test, and production.
fn row(name: &str) -> [String; 2] {
    let readme = crate::text("infra/README.md");
    let start = format!("| {name} | ");
    let rest = readme.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("infra/README.md: {name}"));
    let mut cells = rest.split(" | ").map(str::to_owned);
    [cells.next().unwrap(), cells.next().unwrap()]
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_regions_of_each_environment_are_those_that_pages_and_costs_have() {
    let all: Vec<String> = environments();
    assert_eq!(all, ["production", "test"], "the table has a column for each");
    let [test, production] = row("`location`, `otherLocations`");
    assert_eq!((quoted(&test), quoted(&production)), (regions("test"), regions("production")));
    assert!(
        test.ends_with("none") && crate::text("infra/environments/production.bicepparam").starts_with("// Client files: three regions,")
    );
    let deployments = prices()["deployments"].as_array().unwrap().clone();
    let number = |deployment: &Value, name: &str| usize::try_from(deployment[name].as_u64().unwrap()).unwrap();
    for deployment in &deployments {
        assert!([1, 3].contains(&number(deployment, "regions")), "two are refused: {deployment}");
    }
    let largest = deployments.iter().max_by_key(|deployment| number(deployment, "advisers")).unwrap();
    assert_eq!(number(largest, "regions"), regions("production").len(), "{largest}");
    let readme = crate::text("infra/README.md");
    let costs = readme.lines().find_map(|line| line.strip_prefix("| regions | ")).unwrap();
    let written: Vec<usize> = costs.trim_end_matches(" |").split(" | ").map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(written, deployments.iter().map(|deployment| number(deployment, "regions")).collect::<Vec<_>>());
}

/// With zones, the plan keeps and bills two instances for each group that scales separately: requests, and each job.
#[test]
fn what_the_costs_count_is_what_is_made() {
    let production = predicted("production");
    let count = |resource_type: &str| of_type(&production, resource_type).len();
    let prices = prices();
    let month = |name: &str| usize::try_from(prices["month"][name].as_u64().unwrap()).unwrap();
    assert_eq!(month("query_alerts"), count("Microsoft.Insights/scheduledQueryRules"));
    // Activity-log alerts cost nothing.
    assert_eq!(month("metric_alerts"), count("Microsoft.Insights/metricAlerts"));
    let jobs =
        crate::files("function-app", &["function.json"]).into_iter().filter(|path| !crate::text(path).contains("httpTrigger")).count();
    for deployment in prices["deployments"].as_array().unwrap() {
        assert_eq!(deployment["private_endpoints"], count("Microsoft.Network/privateEndpoints"), "{deployment}");
        if deployment["regions"] == 3 {
            assert_eq!(deployment["always_ready"], 2 * (1 + jobs), "{deployment}");
        }
    }
    assert_eq!((jobs, row("`alwaysReady`")[1].as_str()), (2, "2"));
}

/// With two regions in total, writes stop when either is lost, so no page may recommend that.
#[test]
fn nobody_is_told_to_take_two_regions() {
    let pages = ["infra", "docs"].into_iter().flat_map(|folder| crate::files(folder, &[".md", ".bicep", ".bicepparam"]));
    for path in pages.chain(["README.md", "SECURITY.md"].map(str::to_owned)) {
        for sentence in crate::text(&path).split_inclusive(". ").flat_map(|part| part.split('\n')) {
            let speaks =
                ["two regions", "second region", "another region is added"].iter().any(|words| sentence.to_lowercase().contains(words));
            let is_fine = ["refused", "stop", "erasure log", "other regions"].iter().any(|word| sentence.contains(word))
                || sentence.contains("none or two regions");
            assert!(!speaks || is_fine, "{path}: {sentence}");
        }
    }
}

#[test]
fn the_pages_about_a_lost_region_say_what_the_templates_do() {
    let lost = crate::text("infra/runbooks/resource-health.md");
    let step = lost.split("A region is lost").nth(1).and_then(|rest| rest.split("\n4. ").next()).expect("the step");
    for words in ["with three regions the database fails over by itself", "no acknowledged write is lost", "with one region it waits"] {
        assert!(step.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}: {step}");
    }
    // This is true: with three regions the account fails over automatically, and everything else is in the first region.
    for environment in environments() {
        let (resources, regions) = (predicted(&environment), regions(&environment));
        let [account] = of_type(&resources, "Microsoft.DocumentDB/databaseAccounts")[..] else { panic!("one account") };
        assert_eq!(account["properties"]["enableAutomaticFailover"], regions.len() == 3, "{environment}");
        for placed in
            ["Microsoft.Web/sites", "Microsoft.KeyVault/vaults", "Microsoft.Storage/storageAccounts", "Microsoft.Network/virtualNetworks"]
        {
            assert!(
                of_type(&resources, placed).iter().all(|resource| resource["location"] == regions[0].as_str()),
                "{environment} {placed}"
            );
        }
    }
    let failures = crate::text("infra/runbooks/database-failures.md");
    assert!(failures.contains(
        "with three regions the account fails over by itself within minutes and loses no acknowledged write. With one region only, wait"
    ));
}
