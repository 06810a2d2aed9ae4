//! Files: their length, where they are declared, and no `unwrap` in them.

use crate::{docs::has_comment, source::Source};
use syn::{Item, ItemMod};

const MAX_LINES: usize = 500;

/// The module map, which has two lines per file, however many there are.
const MAP: &str = "lib.rs";

/// A file has at most [`MAX_LINES`] lines, tests included.
pub fn length(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines > MAX_LINES && source.path != MAP { vec![format!("{lines} lines")] } else { Vec::new() }
}

/// No `.unwrap()` outside tests, nor any other method that does the same; `KeyWrap::unwrap` takes an argument.
pub fn unwraps(source: &Source) -> Vec<String> {
    let calls = source.code.members.iter().filter(|member| member.name == "unwrap" && member.arguments == Some(0));
    let named = ["Option", "Result"].into_iter().filter(|name| source.code.has(&[name, "unwrap"]));
    calls.map(|_| "unwraps".to_owned()).chain(named.map(|name| format!("names {name}::unwrap"))).collect()
}

/// Every file is declared in the map exactly once, nothing else is, and each declaration has a doc comment.
pub fn map(sources: &[Source]) -> Vec<String> {
    let paths: Vec<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let map = sources.iter().find(|source| source.path == MAP);
    map.map_or_else(|| vec![format!("there is no {MAP}")], |map| declarations(map, &paths))
}

fn declarations(map: &Source, paths: &[&str]) -> Vec<String> {
    let (mut wrong, mut declared) = (Vec::new(), Vec::new());
    declared_in(&map.whole.items, "", &mut declared, &mut wrong);
    let files = || paths.iter().filter(|path| ![MAP, "main.rs"].contains(path));
    wrong.extend(files().filter(|path| !declared.contains(&(**path).to_owned())).map(|path| format!("{path} is not declared")));
    wrong.extend(declared.iter().filter(|path| !paths.contains(&path.as_str())).map(|path| format!("{path} does not exist")));
    let twice = |path: &&String| declared.iter().filter(|other| other == path).count() > 1;
    wrong.extend(declared.iter().filter(twice).map(|path| format!("{path} is declared twice")));
    wrong
}

/// The files of the declared modules, and what is wrong with the declarations.
fn declared_in(items: &[Item], folder: &str, declared: &mut Vec<String>, wrong: &mut Vec<String>) {
    let modules = items.iter().filter_map(|item| if let Item::Mod(module) = item { Some(module) } else { None });
    for ItemMod { attrs, ident, content, .. } in modules {
        if !has_comment(attrs) {
            wrong.push(format!("{ident} has no line of documentation"));
        }
        match content {
            Some((_, items)) => declared_in(items, &format!("{folder}{ident}/"), declared, wrong),
            None => declared.push(format!("{folder}{ident}.rs")),
        }
    }
}

#[test]
fn a_long_file_is_found() {
    let length_of = |lines| length(&Source::parse("x.rs", &"\n".repeat(lines)));
    assert!(length_of(500).is_empty());
    assert_eq!(length_of(501), ["501 lines"]);
}

#[test]
fn an_unwrap_is_found() {
    let unwraps_in = |text: &str| unwraps(&Source::parse("x.rs", text));
    let tests = "#[cfg(test)] mod tests { fn g() { x.unwrap() } }";
    assert_eq!(unwraps_in(&format!("fn f() {{ x.unwrap(); key_wrap.unwrap(&it) }} // .unwrap()\n {tests}")), ["unwraps"]);
    assert_eq!(unwraps_in("fn f() { vec![x . unwrap ()] }"), ["unwraps"]);
    assert_eq!(unwraps_in("fn f() { list.map(Result::unwrap) }"), ["names Result::unwrap"]);
}

#[test]
fn a_hole_in_the_map_is_found() {
    let declared = |text, paths: &[&str]| declarations(&Source::parse(MAP, text), paths);
    let map = "/// A.\npub mod a {\n    /// B.\n    #[cfg(test)]\n    mod b;\n}\n/// C.\npub mod c;\n";
    assert_eq!(declared(map, &["lib.rs", "main.rs", "a/b.rs", "c.rs"]), [""; 0]);
    assert_eq!(declared(map, &["a/b.rs", "c.rs", "a/d.rs"]), ["a/d.rs is not declared"]);
    assert_eq!(declared(map, &["a/b.rs"]), ["c.rs does not exist"]);
    assert_eq!(declared("/// A.\nmod a;\n\nmod b;", &["a.rs", "b.rs"]), ["b has no line of documentation"]);
    assert_eq!(declared("/// A.\nmod a;\n/// A.\nmod a;", &["a.rs"]), ["a.rs is declared twice"; 2]);
}
