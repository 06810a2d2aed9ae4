//! Routes and function folders correspond one to one, and every route has one access rule.

use finrust::http::routes::{Route, table};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The trigger in a `function.json`.
#[derive(Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Route template and methods.
    Http(String, BTreeSet<String>),
    /// A queue or a timer: the host posts to a path with the function's name.
    Job,
}

/// The function folders.
pub fn folders() -> BTreeMap<String, Trigger> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("function-app");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path.join("function.json")).unwrap();
        (name, trigger(&serde_json::from_str(&text).unwrap()))
    };
    folders.map(read).collect()
}

/// Every mismatch between routes and folders.
pub fn disagreements(routes: &[Route], folders: &BTreeMap<String, Trigger>) -> Vec<String> {
    let mut found = Vec::new();
    let routed: BTreeSet<&str> = routes.iter().map(|route| route.function).collect();
    let declared: BTreeSet<&str> = folders.keys().map(String::as_str).collect();
    found.extend(routed.symmetric_difference(&declared).map(|name| format!("{name}: route without folder, or folder without route")));
    for (name, trigger) in folders {
        let own: Vec<&Route> = routes.iter().filter(|route| route.function == name).collect();
        found.extend(compare(name, trigger, &own));
    }
    let mut seen = BTreeSet::new();
    let twice = routes.iter().filter(|route| !seen.insert((route.method, &route.path)));
    found.extend(twice.map(|route| format!("{} {} has two rules", route.method, route.path)));
    found
}

fn compare(name: &str, trigger: &Trigger, own: &[&Route]) -> Vec<String> {
    match trigger {
        Trigger::Job => {
            let right = own.len() == 1 && own[0].path == format!("/{name}") && own[0].method == "POST" && own[0].access == "Job";
            if right { Vec::new() } else { vec![format!("{name}: a job is one POST to /{name}")] }
        }
        Trigger::Http(template, methods) => {
            let served: BTreeSet<String> = own.iter().map(|route| route.method.to_lowercase()).collect();
            let mut found = Vec::new();
            if served != *methods {
                found.push(format!("{name}: serves {served:?}, declares {methods:?}"));
            }
            let outside = own.iter().filter(|route| !covers(template, &route.path));
            found.extend(outside.map(|route| format!("{name}: {} is outside {template}", route.path)));
            found
        }
    }
}

/// Whether a template, possibly ending with a catch-all, matches the path.
fn covers(template: &str, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    match template.split_once("{*") {
        None => template == path,
        Some(("", _)) => true,
        Some((before, _)) => path.starts_with(before) || path == before.trim_end_matches('/'),
    }
}

fn trigger(function: &Value) -> Trigger {
    let first = &function["bindings"][0];
    if first["type"] != "httpTrigger" {
        return Trigger::Job;
    }
    assert_eq!(first["authLevel"], "anonymous");
    assert_eq!(function["bindings"][1]["type"], "http");
    let methods = first["methods"].as_array().unwrap().iter().map(|method| method.as_str().unwrap().to_owned());
    Trigger::Http(first["route"].as_str().unwrap().to_owned(), methods.collect())
}

#[test]
fn routes_and_function_folders_agree() {
    assert_eq!(disagreements(&table(), &folders()), Vec::<String>::new());
}

#[test]
fn a_disagreement_is_found() {
    let route = |function, method, path: &str, access: &str| Route {
        function,
        method,
        path: path.to_owned(),
        access: access.to_owned(),
        keyed: false,
    };
    let http = |template: &str, method: &str| Trigger::Http(template.to_owned(), BTreeSet::from([method.to_owned()]));
    let good = [route("health", "GET", "/api/health", "Public")];
    let folder = |trigger| BTreeMap::from([("health".to_owned(), trigger)]);
    assert_eq!(disagreements(&good, &folder(http("api/health", "get"))), Vec::<String>::new());
    for bad in [folder(http("api/health", "post")), folder(http("api/other", "get")), folder(Trigger::Job), BTreeMap::new()] {
        assert!(!disagreements(&good, &bad).is_empty(), "{bad:?}");
    }
    let twice = [good[0].clone(), route("health", "GET", "/api/health", "Officer")];
    assert_eq!(disagreements(&twice, &folder(http("api/health", "get"))), ["GET /api/health has two rules"]);
}
