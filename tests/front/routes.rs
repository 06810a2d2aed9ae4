//! Modules loaded on demand are loaded by `routes.js` only, and depend only on what has been loaded before.

use crate::{File, extension, files};
use finrust::http::front_files::{FIRST, imports, resolved};
use std::collections::BTreeSet;

/// The one module that loads others on demand.
const TABLE: &str = "routes.js";

/// Everything wrong with the dependencies between modules.
fn wrong(files: &[File]) -> Vec<String> {
    let scripts: Vec<&File> = files.iter().filter(|file| extension(&file.path) == "js").collect();
    let start = reached(&scripts, &FIRST.map(str::to_owned).into());
    let mut found = Vec::new();
    for file in &scripts {
        let is_outside = |to: &String| !start.contains(to) && subject(to).is_none_or(|other| Some(other) != subject(&file.path));
        found.extend(imports(&file.path, &file.text).into_iter().filter(is_outside).map(|to| format!("{} asks for {to}", file.path)));
        if file.path != TABLE && !loaded_later(file).is_empty() {
            found.push(format!("{} loads something later", file.path));
        }
    }
    let later: BTreeSet<String> = scripts.iter().filter(|file| file.path == TABLE).flat_map(|file| loaded_later(file)).collect();
    found.extend(later.intersection(&start).map(|path| format!("{path} is there from the start and loaded later")));
    let known = reached(&scripts, &later.union(&start).cloned().collect());
    found.extend(scripts.iter().filter(|file| !known.contains(&file.path)).map(|file| format!("nothing loads {}", file.path)));
    found
}

/// The folder below `pages/` that it is in.
fn subject(path: &str) -> Option<&str> {
    path.strip_prefix("pages/")?.split_once('/').map(|(subject, _)| subject)
}

/// These modules and their imports, transitively.
fn reached(scripts: &[&File], from: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<String> = from.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let file = scripts.iter().find(|file| file.path == path);
        waiting.extend(file.into_iter().flat_map(|file| imports(&file.path, &file.text)).filter(|to| !found.contains(to)));
        found.insert(path);
    }
    found
}

/// What a module loads at run time, as paths below `handlers/front/`.
fn loaded_later(file: &File) -> Vec<String> {
    let code = file.text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let names = code.flat_map(|line| line.split("import(").skip(1)).filter_map(|rest| rest.split('"').nth(1));
    names.map(|name| resolved(&file.path, name)).collect()
}

#[test]
fn what_is_loaded_later_is_loaded_by_the_table_and_by_nothing_else() {
    let files = files();
    assert!(files.iter().any(|file| file.loaded_with().is_some()), "something is loaded later");
    assert_eq!(wrong(&files), [""; 0]);
}

#[test]
fn another_way_is_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let good = || {
        vec![
            file("main.js", "import {\n  x,\n} from \"./core/x.js\";\nimport { r } from \"./routes.js\";\n"),
            file("core/x.js", ""),
            file("routes.js", "import { e } from \"./pages/e/e.js\";\nf(() => import(\"./pages/a/index.js\"));\n"),
            file("pages/e/e.js", "import { x } from \"../../core/x.js\";\n"),
            file("pages/a/index.js", "import { x } from \"../../core/x.js\";\nexport { b } from \"./b.js\";\n"),
            file("pages/a/b.js", "import { e } from \"../e/e.js\";\n/** @import { T } from \"../c/t.js\" */\n"),
        ]
    };
    assert_eq!(wrong(&good()), [""; 0]);
    for (path, text, expected) in [
        ("core/y.js", "import { b } from \"../pages/a/b.js\";", vec!["core/y.js asks for pages/a/b.js", "nothing loads core/y.js"]),
        ("pages/e/f.js", "await import(\"../a/index.js\")", vec!["pages/e/f.js loads something later", "nothing loads pages/e/f.js"]),
        (
            "pages/c/index.js",
            "import { b } from \"../a/b.js\";",
            vec!["pages/c/index.js asks for pages/a/b.js", "nothing loads pages/c/index.js"],
        ),
    ] {
        let mut files = good();
        files.push(file(path, text));
        assert_eq!(wrong(&files), expected);
    }
    let mut both = good();
    both[1].text = "import { a } from \"../pages/a/index.js\";".to_owned();
    assert_eq!(wrong(&both), ["pages/a/index.js is there from the start and loaded later"]);
}
