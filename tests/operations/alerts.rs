//! Every query has an alert, every alert a page in `infra/runbooks/`, and every alert page its alert.

use crate::{names, read};
use std::collections::BTreeSet;

const ALERTS: &str = "infra/modules/alerts.bicep";
const WORKBOOK: &str = "infra/modules/workbook.bicep";
/// What a person woken by an alert reads first, in this order.
const SECTIONS: [&str; 4] = ["## What it means", "## Look at", "## Do", "## Do not"];

/// The texts between `before` and the next quotation mark.
fn quoted(text: &str, before: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split('\'').next().unwrap_or_default().to_owned()).collect()
}

/// Queries loaded by a Bicep file.
fn loaded(bicep: &str, folder: &str) -> Vec<String> {
    let paths = quoted(bicep, "loadTextContent('../queries/");
    let names = paths.iter().filter_map(|path| path.strip_prefix(folder)?.strip_suffix(".kql").map(str::to_owned));
    let mut names: Vec<String> = names.filter(|name| !name.contains('/')).collect();
    names.sort_unstable();
    names
}

/// Pages that alerts link to.
fn named() -> BTreeSet<String> {
    let bicep = read(ALERTS);
    let queries = bicep.split("var queryAlerts = [").nth(1).and_then(|rest| rest.split("\n]\n").next()).unwrap();
    let of_queries = quoted(queries, "    name: '");
    let of_metrics = quoted(&bicep, "    runbook: '");
    let others =
        bicep.match_indices("infra/runbooks/").filter_map(|(at, start)| bicep[at + start.len()..].split_once(".md")).map(|(name, _)| name);
    of_queries.into_iter().chain(of_metrics).chain(others.filter(|name| !name.contains('$')).map(str::to_owned)).collect()
}

#[test]
fn every_query_is_asked() {
    assert_eq!(loaded(&read(ALERTS), ""), names("infra/queries", ".kql"));
    assert_eq!(loaded(&read(WORKBOOK), "workbook/"), names("infra/queries/workbook", ".kql"));
}

#[test]
fn an_alert_of_a_query_has_its_name() {
    let bicep = read(ALERTS);
    let queries = bicep.split("var queryAlerts = [").nth(1).and_then(|rest| rest.split("\n]\n").next()).unwrap();
    let mut alerts = quoted(queries, "    name: '");
    alerts.sort_unstable();
    assert_eq!(alerts, names("infra/queries", ".kql"));
    for alert in queries.split("  {\n").skip(1) {
        let name = &quoted(alert, "    name: '")[0];
        assert_eq!(quoted(alert, "'../queries/"), [format!("{name}.kql")]);
    }
}

#[test]
fn every_alert_sends_to_a_page_and_every_page_is_sent_to() {
    // Pages about operations without an alert have none; a page about an alert says so in its first line.
    let pages =
        names("infra/runbooks", ".md").into_iter().filter(|name| read(&format!("infra/runbooks/{name}.md")).starts_with("# Alert: "));
    assert_eq!(named(), pages.collect());
}

#[test]
fn every_page_says_what_to_do_and_what_not() {
    for name in named() {
        let page = read(&format!("infra/runbooks/{name}.md"));
        let places: Vec<Option<usize>> = SECTIONS.iter().map(|section| page.find(&format!("\n{section}\n"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{name}: {places:?}");
        assert!(page.lines().count() <= 60, "{name} is too long to be read at night");
        assert_eq!(page.lines().next(), Some(format!("# Alert: {}", name.replace('-', " ")).as_str()));
    }
}
