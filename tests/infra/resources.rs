//! Types, API versions and property names, compared with facts recorded from Azure Verified Modules.

use crate::bicep::{Bicep, Block, Value, all};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Facts {
    types: BTreeMap<String, Fact>,
}

#[derive(Deserialize)]
struct Fact {
    api_version: String,
    source: String,
    properties: BTreeSet<String>,
}

/// Names of the Bicep language.
const LANGUAGE: [&str; 3] = ["parent", "scope", "dependsOn"];

fn facts() -> Facts {
    serde_json::from_str(&crate::text("tests/infra/azure_resources.json")).unwrap()
}

/// Everything about a resource that is not among the recorded facts.
fn flaws(block: &Block, facts: &Facts) -> Vec<String> {
    let (resource_type, version) = block.what.split_once('@').expect("a type has a version");
    let Some(fact) = facts.types.get(resource_type) else {
        return vec![format!("{resource_type} is no type that was looked up")];
    };
    let mut found = Vec::new();
    if fact.api_version != version {
        found.push(format!("{resource_type}@{version}: {} was looked up", fact.api_version));
    }
    let mut paths = BTreeSet::new();
    leaves(&block.body, "", &mut paths);
    let is_known = |path: &String| {
        let free = |known: &String| known.strip_suffix('*').is_some_and(|start| path.starts_with(start));
        let within = |known: &String| known.starts_with(&format!("{path}."));
        LANGUAGE.contains(&path.as_str()) || fact.properties.iter().any(|known| known == path || free(known) || within(known))
    };
    found.extend(paths.iter().filter(|path| !is_known(path)).map(|path| format!("{resource_type}: {path}")));
    found
}

/// Dotted names of all members of a value.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                leaves(value, &path, found);
            }
        }
        Value::List(values) | Value::Either(values) => values.iter().for_each(|value| leaves(value, path, found)),
        Value::Text(_) | Value::Other(_) => {}
    }
}

#[test]
fn every_type_version_and_property_was_looked_up() {
    let (facts, files) = (facts(), all());
    let flaws: Vec<String> = files.iter().flat_map(|file| file.resources.iter().flat_map(|block| flaws(block, &facts))).collect();
    assert!(flaws.is_empty(), "\n{}\n", flaws.join("\n"));
}

#[test]
fn a_fact_names_its_source_and_is_used() {
    let files = all();
    let used: BTreeSet<&str> = files.iter().flat_map(|file| &file.resources).filter_map(|block| block.what.split('@').next()).collect();
    let facts = facts();
    let known: BTreeSet<&str> = facts.types.keys().map(String::as_str).collect();
    assert_eq!(known, used);
    let sourced = |fact: &Fact| {
        ["avm/", "documentation of the type"].iter().any(|start| fact.source.starts_with(start)) && fact.source.contains(" @ ")
    };
    assert!(facts.types.values().all(sourced));
}

#[test]
fn an_unknown_name_is_found() {
    let flaws_of = |resource: &str| {
        let file = Bicep::of("x", format!("var more = [ {{ hot: 1 }} ]\nresource a {resource}\n"));
        flaws(&file.resources[0], &facts()).len()
    };
    let version = &facts().types["Microsoft.Web/sites"].api_version;
    assert_eq!(flaws_of(&format!("'Microsoft.Web/sites@{version}' = {{ name: 'a', properties: {{ httpsOnly: true }} }}")), 0);
    for bad in [
        format!("'Microsoft.Web/site@{version}' = {{ name: 'a' }}"),
        "'Microsoft.Web/sites@2015-08-01' = { name: 'a' }".to_owned(),
        format!("'Microsoft.Web/sites@{version}' = {{ name: 'a', properties: {{ httpOnly: true }} }}"),
        format!("'Microsoft.Web/sites@{version}' = {{ name: 'a', properties: {{ siteConfig: {{ appSettings: more }} }} }}"),
        format!("'Microsoft.Web/sites@{version}' = [for x in []: {{ name: 'a', properties: true ? {{}} : {{ https: 1 }} }}]"),
    ] {
        assert_eq!(flaws_of(&bad), 1, "{bad}");
    }
}
