//! A minimal Bicep reader for the tests: declarations, and values with the file's variables substituted.

use std::collections::BTreeMap;
use tree_sitter::{Node, Parser, Tree};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string without interpolation.
    Text(String),
    /// Names and values; an interpolated name is `*`.
    Object(Vec<(String, Value)>),
    /// Including what a loop produces.
    List(Vec<Value>),
    /// One of these, or all of them combined.
    Either(Vec<Value>),
    /// Anything else, as written.
    Other(String),
}

/// A resource or a module.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its symbolic name.
    pub symbol: String,
    /// Type and API version, or the path of a module.
    pub what: String,
    /// Whether it refers to an existing resource.
    pub existing: bool,
    /// Its properties.
    pub body: Value,
}

/// A parsed file.
pub struct Bicep {
    /// Its path in the project.
    pub path: String,
    /// Parameters, and whether they have a default.
    pub params: BTreeMap<String, bool>,
    /// Variables; in a parameter file, its assignments.
    pub vars: BTreeMap<String, Value>,
    /// Outputs.
    pub outputs: BTreeMap<String, Value>,
    /// Resources, including nested ones.
    pub resources: Vec<Block>,
    /// Modules.
    pub modules: Vec<Block>,
    source: String,
    tree: Tree,
}

/// The syntax tree of a text, valid or not.
pub fn parse(source: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).expect("the grammar fits the parser");
    parser.parse(source, None).expect("neither cancelled nor limited")
}

impl Bicep {
    /// Reads a file of the project.
    pub fn read(path: &str) -> Self {
        Self::of(path, crate::text(path))
    }

    /// Reads a text.
    pub fn of(path: &str, source: String) -> Self {
        let tree = parse(&source);
        let mut file = Self {
            path: path.to_owned(),
            params: BTreeMap::new(),
            vars: BTreeMap::new(),
            outputs: BTreeMap::new(),
            resources: Vec::new(),
            modules: Vec::new(),
            source,
            tree,
        };
        let tree = file.tree.clone();
        for node in named(tree.root_node()) {
            file.declare(node, "");
        }
        file
    }

    /// The whole tree.
    pub fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// The source text of a node.
    pub fn text(&self, node: Node) -> &str {
        &self.source[node.byte_range()]
    }

    /// The one resource of this type that the file creates.
    pub fn resource(&self, resource_type: &str) -> &Block {
        let found: Vec<&Block> = self.made().filter(|block| block.what.split('@').next() == Some(resource_type)).collect();
        assert_eq!(found.len(), 1, "{}: {resource_type}", self.path);
        found[0]
    }

    /// The resources that the file creates.
    pub fn made(&self) -> impl Iterator<Item = &Block> {
        self.resources.iter().filter(|block| !block.existing)
    }

    fn declare(&mut self, node: Node, outer: &str) {
        let parts = named(node);
        let symbol = parts.first().map(|first| self.text(*first).to_owned()).unwrap_or_default();
        match node.kind() {
            "parameter_declaration" => {
                self.params.insert(symbol, parts.len() > 2);
            }
            "variable_declaration" => {
                let value = self.value(parts[1]);
                self.vars.insert(symbol, value);
            }
            "output_declaration" => {
                let value = self.value(parts[2]);
                self.outputs.insert(symbol, value);
            }
            "module_declaration" => {
                let block = self.block(node, symbol, outer);
                self.modules.push(block);
            }
            "resource_declaration" => {
                let block = self.block(node, symbol, outer);
                let what = block.what.clone();
                self.resources.push(block);
                self.declare_inner(parts[2], &what);
            }
            _ => {}
        }
    }

    fn declare_inner(&mut self, node: Node, outer: &str) {
        for child in named(node) {
            match child.kind() {
                "resource_declaration" => self.declare(child, outer),
                "object_property" if child.named_child_count() == 1 => self.declare_inner(child, outer),
                _ => {}
            }
        }
    }

    /// A nested resource has neither the outer type nor an API version of its own.
    fn block(&self, node: Node, symbol: String, outer: &str) -> Block {
        let parts = named(node);
        let own = self.text(parts[1]).trim_matches('\'').to_owned();
        let what = match outer.split_once('@') {
            Some((outer_type, version)) => format!("{outer_type}/{own}@{version}"),
            None => own,
        };
        let existing =
            (0..node.child_count()).filter_map(|at| node.child(u32::try_from(at).unwrap())).any(|part| part.kind() == "existing");
        Block { symbol, what, existing, body: self.value(parts[2]) }
    }

    /// The value of an expression.
    pub fn value(&self, node: Node) -> Value {
        let parts = named(node);
        match node.kind() {
            "object" => Value::Object(parts.iter().filter(|part| part.named_child_count() == 2).map(|part| self.property(*part)).collect()),
            "array" => Value::List(parts.iter().map(|part| self.value(*part)).collect()),
            "for_statement" => Value::List(vec![self.value(parts[parts.len() - 1])]),
            "if_statement" | "parenthesized_expression" => self.value(parts[parts.len() - 1]),
            "ternary_expression" => Value::Either(parts[1..].iter().map(|part| self.value(*part)).collect()),
            "call_expression" if ["union", "concat"].contains(&self.text(parts[0])) => {
                Value::Either(named(parts[1]).into_iter().map(|part| self.value(part)).collect())
            }
            "identifier" => self.vars.get(self.text(node)).cloned().unwrap_or_else(|| self.other(node)),
            "string" => self.filled(node),
            _ => self.other(node),
        }
    }

    fn property(&self, node: Node) -> (String, Value) {
        let parts = named(node);
        let name = match self.value_of_name(parts[0]) {
            Value::Text(name) => name,
            _ => "*".to_owned(),
        };
        (name, self.value(parts[1]))
    }

    fn value_of_name(&self, node: Node) -> Value {
        if node.kind() == "string" { self.filled(node) } else { Value::Text(self.text(node).to_owned()) }
    }

    /// A string with interpolated variables of the file that are strings themselves.
    fn filled(&self, node: Node) -> Value {
        let mut whole = String::new();
        for part in named(node) {
            match part.kind() {
                "string_content" => whole.push_str(self.text(part)),
                "interpolation" => match self.value(named(part)[0]) {
                    Value::Text(text) => whole.push_str(&text),
                    _ => return self.other(node),
                },
                _ => return self.other(node),
            }
        }
        Value::Text(whole)
    }

    fn other(&self, node: Node) -> Value {
        Value::Other(self.text(node).to_owned())
    }
}

impl Value {
    /// The value at dotted names; `None` if absent. Goes through lists and alternatives, and returns the first match.
    pub fn at(&self, path: &str) -> Option<&Value> {
        let Some((first, rest)) = path.split_once('.') else {
            return if path.is_empty() { Some(self) } else { self.member(path) };
        };
        self.member(first)?.at(rest)
    }

    fn member(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(members) => members.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            Self::List(values) | Self::Either(values) => values.iter().find_map(|value| value.member(name)),
            Self::Text(_) | Self::Other(_) => None,
        }
    }

    /// Strings in a list, in order; other elements as written.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) | Self::Other(text) => vec![text],
            Self::List(values) | Self::Either(values) => values.iter().flat_map(Self::texts).collect(),
            Self::Object(_) => Vec::new(),
        }
    }

    /// The one string or expression.
    pub fn only(&self) -> &str {
        let texts = self.texts();
        assert_eq!(texts.len(), 1, "{self:?}");
        texts[0]
    }
}

/// Named children without comments.
pub fn named(node: Node) -> Vec<Node> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !["comment", "diagnostic_comment", "decorators"].contains(&child.kind())).collect()
}

/// All `.bicep` files of `infra/`.
pub fn all() -> Vec<Bicep> {
    let files: Vec<Bicep> = crate::files("infra", &[".bicep"]).iter().map(|path| Bicep::read(path)).collect();
    assert!(files.len() > 10, "the walk finds the files");
    files
}
