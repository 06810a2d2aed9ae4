//! What is loaded later is loaded by its row in `parts.js` and by nothing else, and leans on nothing but what is there by then.

use crate::{File, extension, files};
use std::collections::BTreeSet;

/// The one place that loads parts.
const TABLE: &str = "parts.js";
/// What a row loads of its folder.
const ENTRY: &str = "part.js";

/// Everything wrong with the ways between files.
fn wrong(files: &[File]) -> Vec<String> {
    let scripts: Vec<&File> = files.iter().filter(|file| extension(&file.path) == "js").collect();
    let mut found = Vec::new();
    for file in &scripts {
        found.extend(imports(file, " from \"").into_iter().filter_map(|to| forbidden(file, &to)));
        if file.path != TABLE && !imports(file, "import(\"").is_empty() {
            found.push(format!("{} loads something later", file.path));
        }
    }
    let parts: BTreeSet<&str> = scripts.iter().filter_map(|file| file.part()).collect();
    let expected: BTreeSet<String> = parts.iter().map(|part| format!("parts/{part}/{ENTRY}")).collect();
    let table = scripts.iter().find(|file| file.path == TABLE);
    let loaded: BTreeSet<String> = table.into_iter().flat_map(|file| imports(file, "import(\"")).collect();
    found.extend(expected.difference(&loaded).map(|path| format!("nothing loads {path}")));
    found.extend(loaded.difference(&expected).map(|path| format!("{path} is loaded and no part")));
    found
}

/// Whether a file may ask for another when it is loaded itself.
fn forbidden(file: &File, to: &str) -> Option<String> {
    let target = File { path: to.to_owned(), text: String::new() };
    (target.part().is_some() && target.part() != file.part()).then(|| format!("{} asks for {to}", file.path))
}

/// What follows `before` outside comments, as paths below `handlers/front/`.
fn imports(file: &File, before: &str) -> Vec<String> {
    let code = file.text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let names = code.flat_map(|line| line.split(before).skip(1)).filter_map(|rest| rest.split('"').next());
    names.map(|name| resolved(&file.path, name)).collect()
}

/// `name` as the file at `from` means it.
fn resolved(from: &str, name: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for step in name.split('/') {
        match step {
            "." => {}
            ".." => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.join("/")
}

#[test]
fn parts_are_loaded_by_their_row_and_by_nothing_else() {
    let files = files();
    assert!(files.iter().any(|file| file.part().is_some()), "there are parts");
    assert_eq!(wrong(&files), [""; 0]);
}

#[test]
fn another_way_is_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let good = || {
        vec![
            file("parts.js", "f(() => import(\"./parts/a/part.js\"));\n"),
            file("parts/a/part.js", "import { x } from \"../../core/x.js\";\nimport { b } from \"./b.js\";\n"),
            file("parts/a/b.js", "import { x } from \"../../screens/x.js\";\n/** @import { T } from \"../c/t.js\" */\n"),
        ]
    };
    assert_eq!(wrong(&good()), [""; 0]);
    for (path, text, expected) in [
        ("core/x.js", "import { b } from \"../parts/a/b.js\";", vec!["core/x.js asks for parts/a/b.js"]),
        ("main.js", "await import(\"./parts/a/part.js\")", vec!["main.js loads something later"]),
        (
            "parts/c/part.js",
            "import { b } from \"../a/b.js\";",
            vec!["parts/c/part.js asks for parts/a/b.js", "nothing loads parts/c/part.js"],
        ),
    ] {
        let mut files = good();
        files.push(file(path, text));
        assert_eq!(wrong(&files), expected);
    }
    let gone = [file("parts.js", "import(\"./parts/a/part.js\")")];
    assert_eq!(wrong(&gone), ["parts/a/part.js is loaded and no part"]);
}
