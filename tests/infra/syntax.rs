//! Every file parses without error, and has no syntax that the older of the two parsers cannot read (used by `infra/check.sh`).

use crate::bicep::{Bicep, all, parse};
use std::collections::BTreeSet;
use tree_sitter::Node;

/// Where a tree does not match its grammar.
fn errors(node: Node) -> Vec<String> {
    let mut cursor = node.walk();
    let inner = node.children(&mut cursor).flat_map(errors).collect::<Vec<_>>();
    let position = node.start_position();
    let own = (node.is_error() || node.is_missing()).then(|| format!("line {}: {}", position.row + 1, node.kind()));
    own.into_iter().chain(inner).collect()
}

/// The grammar lacks parameter assignments, which are all that a parameter file contains besides `using`; rewritten as variables, they have
/// the same form.
fn as_variables(parameters: &str) -> String {
    let line = |line: &str| line.strip_prefix("param ").map_or_else(|| line.to_owned(), |rest| format!("var {rest}"));
    parameters.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn environments() -> Vec<Bicep> {
    let paths = crate::files("infra/environments", &[".bicepparam"]);
    paths.iter().map(|path| Bicep::of(path, as_variables(&crate::text(path)))).collect()
}

#[test]
fn every_file_reads() {
    for file in all().into_iter().chain(environments()) {
        assert_eq!(errors(file.root()), Vec::<String>::new(), "{}", file.path);
    }
}

#[test]
fn an_error_is_found() {
    for bad in ["param name\n", "resource a 'A/b@1' = {\n  name: \n}\n", "var a = [ 'x'\n", "output a string 'x'\n"] {
        assert!(!errors(parse(bad).root_node()).is_empty(), "{bad}");
    }
    assert!(errors(parse("var a = { b: [ 'c', 1 ] }\n").root_node()).is_empty());
}

fn kinds(node: Node) -> BTreeSet<&'static str> {
    let mut cursor = node.walk();
    let inner: BTreeSet<_> = node.children(&mut cursor).flat_map(kinds).collect();
    inner.into_iter().chain([node.kind()]).collect()
}

/// Syntax that checkov 3.3.30 with pycep 0.5.1 cannot parse, or that is not needed here.
#[test]
fn syntax_is_conservative() {
    let foreign =
        ["type_declaration", "user_defined_function", "import_statement", "import_with_statement", "nullable_type", "lambda_expression"];
    for file in all() {
        let found: Vec<_> = kinds(file.root()).into_iter().filter(|kind| foreign.contains(kind)).collect();
        assert_eq!(found, Vec::<&str>::new(), "{}", file.path);
    }
}

#[test]
fn an_environment_gives_what_the_template_asks_and_nothing_else() {
    let main = Bicep::read("infra/main.bicep");
    let environments = environments();
    assert!(environments.len() >= 2, "a test and a production environment");
    for file in environments {
        assert!(crate::text(&file.path).contains("\nusing '../main.bicep'\n"), "{}", file.path);
        let missing: Vec<_> = main.params.iter().filter(|(name, has_default)| !**has_default && !file.vars.contains_key(*name)).collect();
        let unknown: Vec<_> = file.vars.keys().filter(|name| !main.params.contains_key(*name)).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{}: missing {missing:?}, unknown {unknown:?}", file.path);
        let own = file.path.rsplit('/').next().unwrap().trim_end_matches(".bicepparam");
        assert_eq!(file.vars["environmentName"].only(), own, "destroy.sh compares the tag with the name of the file");
    }
}
