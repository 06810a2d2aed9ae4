//! Comments where somebody looks for them: at types, and at whatever the OpenAPI document shows. Modules are in the map.

/// Types that others see say what they are, and so does each member of a schema.
pub fn comments(_: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let types = (0..lines.len()).filter(|at| is_type(lines[*at]));
    types.flat_map(|at| [undocumented(&lines, at)].into_iter().chain(members(&lines, at)).flatten().collect::<Vec<_>>()).collect()
}

fn is_type(line: &str) -> bool {
    ["pub struct ", "pub enum ", "pub trait ", "pub type "].iter().any(|start| line.starts_with(start))
}

/// The fields or variants of the schema that begins at `at`.
fn members(lines: &[&str], at: usize) -> Vec<Option<String>> {
    if !lines[at].ends_with('{') || !above(lines, at).any(|line| line.contains("ToSchema") || line.contains("IntoParams")) {
        return Vec::new();
    }
    let is_member = |line: &str| line.starts_with("    ") && line.as_bytes().get(4).is_some_and(u8::is_ascii_alphabetic);
    let body = (at + 1..lines.len()).take_while(|at| !lines[*at].starts_with('}'));
    body.filter(|at| is_member(lines[*at])).map(|at| undocumented(lines, at)).collect()
}

/// Comments and attributes of the item that begins at `at`, upwards.
fn above<'a>(lines: &'a [&'a str], at: usize) -> impl Iterator<Item = &'a str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = indent(lines[at]);
    let is_part = move |line: &&&str| {
        let starts = ["///", "#[", ")]"].iter().any(|start| line.trim_start().starts_with(start));
        starts || (indent(line) > depth && !line.is_empty())
    };
    lines[..at].iter().rev().take_while(is_part).copied()
}

fn undocumented(lines: &[&str], at: usize) -> Option<String> {
    let has_comment = above(lines, at).any(|line| line.trim_start().starts_with("///"));
    (!has_comment).then(|| format!("`{}` has no comment", lines[at].trim()))
}

#[test]
fn what_lacks_a_comment_is_found() {
    let good = "/// A.\n#[derive(ToSchema)]\npub struct A {\n    /// B.\n    #[serde(default)]\n    pub b: u8,\n}\n/// C.\npub enum C {\n    D,\n}\n";
    assert_eq!(comments("x.rs", good), [""; 0]);
    assert_eq!(comments("x.rs", &good.replace("/// A.\n", "")), ["`pub struct A {` has no comment"]);
    assert_eq!(comments("x.rs", &good.replace("    /// B.\n", "")), ["`pub b: u8,` has no comment"]);
}
