//! The queries of alerts and workbook, parsed.

use crate::{names, read};
use std::collections::BTreeSet;

/// What every query about the program's own log starts with.
const OURS: &str = "AppTraces\n| where Message startswith '{\"time\":\"'\n| extend line = parse_json(Message)\n";

/// A query with its location.
pub struct Query {
    pub path: String,
    /// Without comments.
    pub text: String,
    pub is_documented: bool,
}

/// A field of the program's log compared with strings: `outcome in ("throttled", "overloaded")`.
#[derive(Debug, PartialEq, Eq)]
pub struct Comparison {
    pub field: String,
    pub texts: Vec<String>,
}

/// All queries.
pub fn all() -> Vec<Query> {
    let folders = ["infra/queries", "infra/queries/first-deployment", "infra/queries/workbook"];
    let paths = folders.iter().flat_map(|folder| names(folder, ".kql").into_iter().map(move |name| format!("{folder}/{name}.kql")));
    let queries: Vec<Query> = paths.map(|path| Query::parse(&path, &read(&path))).collect();
    assert!(queries.len() > 15, "the walk finds the queries");
    queries
}

impl Query {
    fn parse(path: &str, text: &str) -> Self {
        let code: Vec<&str> = text.lines().filter(|line| !line.starts_with("//")).collect();
        Self { path: path.to_owned(), text: code.join("\n"), is_documented: text.starts_with("// ") }
    }

    /// Whether it is about the program's own log only, and not about all lines of the host or another table.
    pub fn is_about_the_log(&self) -> bool {
        self.text.starts_with(OURS)
    }

    /// Fields of the program's log that it extracts, each under its own name.
    pub fn fields(&self) -> Result<BTreeSet<String>, String> {
        let mut fields = BTreeSet::new();
        for (at, _) in self.text.match_indices("line.") {
            let field: String = self.text[at + 5..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let before = &self.text[..at];
            let is_named =
                ["tostring(", "toint(", "tolong(", "todouble("].iter().any(|cast| before.ends_with(&format!("{field} = {cast}")));
            if !is_named {
                return Err(format!("line.{field} is not taken as {field} = to…(line.{field})"));
            }
            fields.insert(field);
        }
        Ok(fields)
    }

    /// Every comparison with strings.
    pub fn comparisons(&self) -> Vec<Comparison> {
        let mut found = Vec::new();
        for (at, operator) in [" == ", " != ", " in (", " !in ("].iter().flat_map(|sign| self.text.match_indices(sign)) {
            let field = self.text[..at].rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            let rest = &self.text[at + operator.len()..];
            let list = if operator.ends_with('(') { rest.split(')').next().unwrap_or_default() } else { first_word(rest) };
            let texts: Vec<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            if !texts.is_empty() {
                found.push(Comparison { field: field.to_owned(), texts });
            }
        }
        found
    }

    /// The events that it names.
    pub fn events(&self) -> BTreeSet<String> {
        self.comparisons().into_iter().filter(|it| it.field == "event").flat_map(|it| it.texts).collect()
    }
}

/// The string literal at the beginning, with its quotation marks.
fn first_word(rest: &str) -> &str {
    match rest.strip_prefix('"').and_then(|quoted| quoted.find('"')) {
        Some(end) => &rest[..end + 2],
        None => "",
    }
}

#[test]
fn a_query_is_taken_apart() {
    let text = format!(
        "// Why.\n{OURS}| extend event = tostring(line.event), n = toint(1)\n| where event == \"a b\" or event in (\"c\", \"d\")\n| where n == 1"
    );
    let query = Query::parse("x.kql", &text);
    assert!(query.is_documented && query.is_about_the_log());
    assert_eq!(query.fields(), Ok(BTreeSet::from(["event".to_owned()])));
    assert_eq!(query.events(), ["a b", "c", "d"].map(str::to_owned).into());
    let other = Query::parse("x.kql", "AppTraces\n| extend kind = tostring(line.event)");
    assert!(!other.is_documented && !other.is_about_the_log() && other.fields().is_err());
}
