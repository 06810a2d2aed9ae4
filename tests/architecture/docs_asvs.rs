//! `docs/asvs.md`: each requirement once and filled in, what it names is there, and the sums are right.

use std::{collections::BTreeMap, fs, path::Path};

const PAGE: &str = "docs/asvs.md";
const STATES: [&str; 3] = ["met", "not applicable", "exception"];
/// How many requirements there are of each level.
const LEVELS: [(&str, usize); 3] = [("1", 57), ("2", 126), ("3", 67)];

/// The cells of each table row that begins with the number of a requirement, with the heading above it.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut heading = "";
    let mut found = Vec::new();
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        }
        let cells = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|'));
        let cells: Vec<&str> = cells.map(|cells| cells.split('|').map(str::trim).collect()).unwrap_or_default();
        if cells.first().is_some_and(|id| number(id).is_some()) {
            found.push((heading, cells));
        }
    }
    found
}

/// `V1.2.10` as numbers, which sort as people count.
fn number(id: &str) -> Option<Vec<u32>> {
    let parts: Option<Vec<u32>> = id.strip_prefix('V')?.split('.').map(|part| part.parse().ok()).collect();
    parts.filter(|parts| parts.len() == 3)
}

/// Everything that is wrong with the page.
fn flaws(page: &str) -> Vec<String> {
    let (exceptions, chapters): (Vec<_>, Vec<_>) = rows(page).into_iter().partition(|(heading, _)| *heading == "Exceptions");
    let mut found = shapes(&chapters);
    found.extend(order(&chapters));
    found.extend(order(&exceptions));
    found.extend(sums(page, &chapters));
    let named: Vec<&str> = exceptions.iter().map(|(_, cells)| cells[0]).collect();
    let meant: Vec<&str> = chapters.iter().filter(|(_, cells)| cells.get(3) == Some(&"exception")).map(|(_, cells)| cells[0]).collect();
    if named != meant {
        found.push(format!("exceptions are {meant:?}, explained are {named:?}"));
    }
    let empty = exceptions.iter().filter(|(_, cells)| cells.len() != 4 || cells.contains(&""));
    found.extend(empty.map(|(_, cells)| format!("{}: a cell is empty or missing", cells[0])));
    found.extend(chapters.iter().filter(|(_, cells)| cells.len() == 6).flat_map(|(_, cells)| proofs(cells[0], cells[5])));
    found
}

fn shapes(chapters: &[(&str, Vec<&str>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (heading, cells) in chapters {
        let id = cells[0];
        if cells.len() != 6 || cells.contains(&"") {
            found.push(format!("{id}: a cell is empty or missing"));
            continue;
        }
        if id.split('.').next() != heading.split(' ').next() {
            found.push(format!("{id} is below {heading:?}"));
        }
        if !STATES.contains(&cells[3]) {
            found.push(format!("{id}: {:?} is no state", cells[3]));
        }
    }
    found
}

fn order(rows: &[(&str, Vec<&str>)]) -> Vec<String> {
    let ids = rows.iter().map(|(_, cells)| cells[0]);
    let pairs = ids.clone().zip(ids.skip(1)).filter(|(one, next)| number(one) >= number(next));
    pairs.map(|(one, next)| format!("{next} comes after {one}")).collect()
}

fn sums(page: &str, chapters: &[(&str, Vec<&str>)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (_, cells) in chapters.iter().filter(|(_, cells)| cells.len() == 6) {
        *counts.entry((cells[1], cells[3])).or_default() += 1;
    }
    for (level, expected) in LEVELS {
        let of = STATES.map(|state| counts.get(&(level, state)).copied().unwrap_or_default());
        let all: usize = of.iter().sum();
        if all != expected {
            found.push(format!("level {level} has {expected} requirements, and {all} are here"));
        }
        let line = format!("| {level} | {all} | {} | {} | {} |", of[0], of[1], of[2]);
        if !page.lines().any(|own| own == line) {
            found.push(format!("the summary lacks {line}"));
        }
    }
    found
}

/// What the last cell of a row names and is not there.
fn proofs(id: &str, cell: &str) -> Vec<String> {
    let (mut found, mut names, mut rest) = (Vec::new(), 0, cell);
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        let (name, missing) = if let Some((span, after)) = rest.strip_prefix('`').and_then(|text| text.split_once('`')) {
            rest = after;
            (span, !is_there(span))
        } else if let Some((link, after)) = rest.strip_prefix('[').and_then(|text| text.split_once(')')) {
            rest = after;
            (link, !link.split_once("](").is_some_and(|(_, target)| leads_somewhere(target)))
        } else {
            break;
        };
        names += 1;
        if missing {
            found.push(format!("{id}: {name} is not there"));
        }
    }
    if names == 0 || !rest.is_empty() {
        found.push(format!("{id}: {rest:?} is no name"));
    }
    found
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// Whether there is such a story, setting, text in a file, test or file.
fn is_there(name: &str) -> bool {
    if let Some(title) = name.strip_prefix("story: ") {
        return is_story(title);
    }
    if name.starts_with("FINRUST_") {
        let quoted = format!("`{name}`");
        return read("docs/commands.md").is_some_and(|page| page.lines().any(|line| line.starts_with('|') && line.contains(&quoted)));
    }
    match name.split_once(": ") {
        Some((path, text)) => read(path).is_some_and(|file| file.contains(text)),
        None if name.contains("::") => has_test(name),
        None => read(name).is_some(),
    }
}

fn is_story(title: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/stories");
    let names = ["story", "check"].map(|kind| format!("{kind}(\"{title}\","));
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| names.iter().any(|name| file.contains(name)))
}

/// Whether there is a test at `suite::module::name`; `unit` is the suite of those beside the code.
fn has_test(name: &str) -> bool {
    let mut modules: Vec<&str> = name.split("::").collect();
    let function = modules.pop().unwrap_or_default();
    let place = if modules[0] == "unit" { "handlers".to_owned() } else { format!("tests/{}", modules[0]) };
    let path = modules[1..].iter().fold(place, |path, module| format!("{path}/{module}"));
    let files = [format!("{path}.rs"), format!("{path}/mod.rs"), format!("{path}/main.rs")];
    files.iter().filter_map(|file| read(file)).any(|source| is_test(&source, function))
}

/// Whether a function of this name has the attribute of a test, and is not left out.
fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let start = format!("fn {name}(");
    let attributes = |at: usize| lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    let has = |at: usize, start: &str| attributes(at).any(|line| line.starts_with(start));
    let named = (0..lines.len()).filter(|at| lines[*at].trim_start_matches("async ").starts_with(&start));
    named.into_iter().any(|at| (has(at, "#[test]") || has(at, "#[tokio::test")) && !has(at, "#[ignore"))
}

/// Whether a link from the page leads to a file, and to a heading of it.
fn leads_somewhere(target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { PAGE.to_owned() } else { format!("docs/{path}") };
    read(&path).is_some_and(|page| anchor.is_empty() || page.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor))
}

/// The anchor that a heading gets.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_requirement_is_met_by_something_that_is_there_or_says_why_not() {
    let found = flaws(&read(PAGE).unwrap());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn whatever_is_wrong_with_the_page_is_found() {
    let page = read(PAGE).unwrap();
    let line = page.lines().find(|line| line.starts_with("| V3.7.5 |")).unwrap();
    let wrong = |changed: &str| flaws(&page.replace(line, changed));
    let cells = |place: &str, state: &str, how: &str, proof: &str| format!("| {place} | 3 | Old browsers | {state} | {how} | {proof} |");
    assert_eq!(proofs("V3.7.5", "`README.md`, [x](#exceptions)"), [""; 0]);
    for proof in [
        "`README`",
        "`api::paths::no_such_test`",
        "`faults::logs::a_thread_panics`",
        "`unit::secret::no_such_test`",
        "`story: no such story`",
        "`FINRUST_NOTHING`",
        "`clippy.toml: no such text`",
        "[x](../SECURITY.md#no-such-heading)",
        "[x](nothing.md)",
        "a word",
        "`README.md` and more",
    ] {
        assert_eq!(proofs("V3.7.5", proof).len(), 1, "{proof}");
    }
    assert_eq!(wrong(&cells("V3.7.5", "met", "a page", "`README`")), ["V3.7.5: README is not there"]);
    assert_eq!(wrong(&cells("V3.7.5", "met", "", "`README.md`"))[0], "V3.7.5: a cell is empty or missing");
    assert_eq!(wrong(&cells("V3.7.5", "maybe", "a page", "`README.md`"))[0], "V3.7.5: \"maybe\" is no state");
    assert_eq!(wrong(&cells("V3.7.5", "exception", "a page", "`README.md`")).len(), 2, "its sum, and its reason");
    assert_eq!(wrong(&cells("V3.7.4", "met", "a page", "`README.md`"))[0], "V3.7.4 comes after V3.7.4");
    assert_eq!(wrong(&cells("V4.7.5", "met", "a page", "`README.md`"))[0], "V4.7.5 is below \"V3 Front end\"");
    assert_eq!(wrong("").len(), 2, "level 3 has one more, and the summary another sum");
}
