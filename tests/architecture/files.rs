//! Files: how long, declared where, and nothing unwrapped in them.

use crate::tokens::of_product;

const MAX_LINES: usize = 500;

/// The map has two lines for each file, however many there are.
const MAP: &str = "lib.rs";

/// At most [`MAX_LINES`] lines with its tests.
pub fn length(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > MAX_LINES && path != MAP { vec![format!("{lines} lines")] } else { Vec::new() }
}

/// No `.unwrap()` outside tests; `KeyWrap::unwrap` takes an argument.
pub fn unwraps(_: &str, text: &str) -> Vec<String> {
    let tokens = of_product(text);
    let calls = tokens.windows(4).filter(|four| four.iter().eq([".", "unwrap", "(", ")"].iter()));
    calls.map(|_| "unwraps".to_owned()).collect()
}

/// Every file is declared in the map exactly once, nothing else is, and each declaration has a line of documentation.
pub fn declarations(map: &str, paths: &[&str]) -> Vec<String> {
    let (mut wrong, mut declared, mut within, mut documented) = (Vec::new(), Vec::new(), Vec::new(), false);
    for line in map.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().skip_while(|word| word.starts_with("pub")).collect();
        if let ["mod", name, ..] = words[..] {
            let name = name.trim_end_matches(';');
            if !documented {
                wrong.push(format!("{name} has no line of documentation"));
            }
            within.push(name);
            if line.ends_with(';') {
                declared.push(format!("{}.rs", within.join("/")));
                within.pop();
            }
        } else if line == "}" {
            within.pop();
        }
        documented = line.starts_with("///") || (documented && line.starts_with("#["));
    }
    let files = || paths.iter().filter(|path| !["lib.rs", "main.rs"].contains(path));
    wrong.extend(files().filter(|path| !declared.contains(&(**path).to_owned())).map(|path| format!("{path} is not declared")));
    wrong.extend(declared.iter().filter(|path| !paths.contains(&path.as_str())).map(|path| format!("{path} does not exist")));
    let twice = |path: &&String| declared.iter().filter(|other| other == path).count() > 1;
    wrong.extend(declared.iter().filter(twice).map(|path| format!("{path} is declared twice")));
    wrong
}

#[test]
fn a_long_file_is_found() {
    assert!(length("x.rs", &"\n".repeat(500)).is_empty());
    assert_eq!(length("x.rs", &"\n".repeat(501)), ["501 lines"]);
}

#[test]
fn an_unwrap_is_found() {
    let bad = "fn f() { x.unwrap(); key_wrap.unwrap(&it) } // .unwrap()\n #[cfg(test)] mod tests { fn g() { x.unwrap() } }";
    assert_eq!(unwraps("x.rs", bad), ["unwraps"]);
}

#[test]
fn a_hole_in_the_map_is_found() {
    let map = "/// A.\npub mod a {\n    /// B.\n    #[cfg(test)]\n    mod b;\n}\n/// C.\npub mod c;\n";
    assert_eq!(declarations(map, &["lib.rs", "main.rs", "a/b.rs", "c.rs"]), [""; 0]);
    assert_eq!(declarations(map, &["a/b.rs", "c.rs", "a/d.rs"]), ["a/d.rs is not declared"]);
    assert_eq!(declarations(map, &["a/b.rs"]), ["c.rs does not exist"]);
    assert_eq!(declarations("/// A.\nmod a;\n\nmod b;", &["a.rs", "b.rs"]), ["b has no line of documentation"]);
    assert_eq!(declarations("/// A.\nmod a;\n/// A.\nmod a;", &["a.rs"]), ["a.rs is declared twice"; 2]);
}
