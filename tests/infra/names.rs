//! Names that one place defines and another uses: without a Bicep compiler here, parameters, outputs and symbols are compared.

use crate::bicep::{Bicep, Value, all, named};
use std::{collections::BTreeSet, path::Path};
use tree_sitter::Node;

/// Functions and namespaces of Bicep that the files use.
const BUILT_IN: [&str; 17] = [
    "any",
    "concat",
    "contains",
    "empty",
    "environment",
    "guid",
    "join",
    "length",
    "loadTextContent",
    "resourceGroup",
    "string",
    "subscription",
    "subscriptionResourceId",
    "tenant",
    "union",
    "uniqueString",
    "utcNow",
];

/// Everything wrong with the call of a module.
fn module_flaws(file: &Bicep) -> Vec<String> {
    let folder = Path::new(&file.path).parent().unwrap();
    let mut flaws = Vec::new();
    for module in &file.modules {
        let target = Bicep::read(folder.join(&module.what).to_str().unwrap());
        let Some(Value::Object(given)) = module.body.at("params") else {
            panic!("{}: {} has no params", file.path, module.symbol);
        };
        let given: BTreeSet<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        let place = format!("{} {}", file.path, module.symbol);
        flaws.extend(given.iter().filter(|name| !target.params.contains_key(**name)).map(|name| format!("{place}: no parameter {name}")));
        let needed = target.params.iter().filter(|(_, has_default)| !**has_default).map(|(name, _)| name);
        flaws.extend(needed.filter(|name| !given.contains(name.as_str())).map(|name| format!("{place}: {name} is not given")));
        let prefix = format!("{}.outputs.", module.symbol);
        let used = members(file, file.root()).into_iter().filter_map(|member| member.strip_prefix(&prefix).map(str::to_owned));
        flaws.extend(used.filter(|name| !target.outputs.contains_key(name)).map(|name| format!("{place}: no output {name}")));
    }
    flaws
}

fn members(file: &Bicep, node: Node) -> Vec<String> {
    let own = (node.kind() == "member_expression").then(|| file.text(node).to_owned());
    named(node).into_iter().flat_map(|child| members(file, child)).chain(own).collect()
}

/// Undeclared identifiers, and unused declarations.
fn symbol_flaws(file: &Bicep) -> Vec<String> {
    let mut used = BTreeSet::new();
    let mut loops = BTreeSet::new();
    for node in named(file.root()) {
        let is_value = |at: usize| at > 0 || node.kind() == "target_scope_assignment";
        for (at, part) in named(node).into_iter().enumerate().filter(|(at, _)| is_value(*at)) {
            collect(file, part, at, &mut used, &mut loops);
        }
    }
    let blocks = file.resources.iter().chain(&file.modules).map(|block| block.symbol.clone());
    let declared: BTreeSet<String> = file.params.keys().chain(file.vars.keys()).cloned().chain(blocks).collect();
    let is_known = |name: &&String| declared.contains(*name) || loops.contains(*name) || BUILT_IN.contains(&name.as_str());
    let unknown = used.iter().filter(|name| !is_known(name)).map(|name| format!("{}: {name} is not declared", file.path));
    let idle = file.params.keys().chain(file.vars.keys()).filter(|name| !used.contains(*name));
    unknown.chain(idle.map(|name| format!("{}: {name} is not used", file.path))).collect()
}

/// Identifiers in value position: not names of properties, members or inner resources.
fn collect(file: &Bicep, node: Node, at: usize, used: &mut BTreeSet<String>, loops: &mut BTreeSet<String>) {
    let parts = named(node);
    match node.kind() {
        "identifier" => {
            used.insert(file.text(node).to_owned());
        }
        "type" if at == 1 => {}
        "object_property" if parts.len() == 2 => {
            if parts[0].kind() == "string" {
                collect(file, parts[0], 0, used, loops);
            }
            collect(file, parts[1], 1, used, loops);
        }
        "resource_declaration" => parts[2..].iter().for_each(|part| collect(file, *part, 2, used, loops)),
        "resource_expression" => collect(file, parts[0], 0, used, loops),
        "for_statement" => {
            let variables = if parts[0].kind() == "identifier" { vec![parts[0]] } else { named(parts[0]) };
            loops.extend(variables.into_iter().map(|variable| file.text(variable).to_owned()));
            parts[1..].iter().for_each(|part| collect(file, *part, 1, used, loops));
        }
        _ => parts.iter().enumerate().for_each(|(at, part)| collect(file, *part, at, used, loops)),
    }
}

#[test]
fn modules_get_their_parameters_and_give_their_outputs() {
    let flaws: Vec<String> = all().iter().flat_map(module_flaws).collect();
    assert!(flaws.is_empty(), "\n{}\n", flaws.join("\n"));
}

#[test]
fn every_symbol_is_declared_and_used() {
    let flaws: Vec<String> = all().iter().flat_map(symbol_flaws).collect();
    assert!(flaws.is_empty(), "\n{}\n", flaws.join("\n"));
}

#[test]
fn a_wrong_name_is_found() {
    let call = |params: &str, rest: &str| {
        let text = format!("module z 'modules/private-zone.bicep' = {{\n  name: 'z'\n  params: {{ {params} }}\n}}\n{rest}");
        module_flaws(&Bicep::of("infra/x.bicep", text)).len()
    };
    assert_eq!(call("zoneName: 'a', networkId: 'b', tags: {}", "output id string = z.outputs.id\n"), 0);
    assert_eq!(call("zoneName: 'a', networkId: 'b'", ""), 1, "one is missing");
    assert_eq!(call("zoneName: 'a', networkId: 'b', tags: {}, more: 1", ""), 1, "one is too many");
    assert_eq!(call("zoneName: 'a', networkId: 'b', tags: {}", "output id string = z.outputs.uri\n"), 1, "no such output");
    let symbols = |text: &str| symbol_flaws(&Bicep::of("x", text.to_owned())).len();
    assert_eq!(symbols("param a string\nvar b = [for c in [ a ]: { d: c, '${a}': e.id }]\nresource e 'A/b@1' = { name: b[0].d }\n"), 0);
    assert_eq!(symbols("param a string\nvar b = { d: aa }\nresource e 'A/b@1' = { name: b.d }\n"), 2, "aa is unknown, a idle");
}
