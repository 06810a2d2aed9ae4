//! What the files must never do: evaluate text as code, turn text into markup, store anything in the browser, fetch from other origins.

use crate::{extension, files};

const MAX_LINES: usize = 500;

/// Forbidden in scripts, pages and style sheets.
const NEVER: [&str; 20] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "createContextualFragment",
    "setHTMLUnsafe",
    "srcdoc",
    "document.write",
    "eval(",
    "new Function",
    "javascript:",
    "setAttribute(\"style\"",
    "setAttribute('style'",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "document.cookie",
    // Messages of other windows; tabs of this origin have a channel.
    "onmessage",
    "window.addEventListener(\"message\"",
    "@import",
    "sourceMappingURL",
];

/// A namespace name, not an address: it is never fetched.
const SVG: &str = "http://www.w3.org/2000/svg";

/// A comment that names types for the checker: nothing is loaded.
const TYPES: &str = "/** @import {";

/// Everything that a file does but must not.
fn broken(path: &str, text: &str) -> Vec<String> {
    let code = text.replace(TYPES, "");
    let mut found: Vec<String> = NEVER.into_iter().filter(|what| says(&code, what)).map(str::to_owned).collect();
    let own = text.replace(SVG, "").to_lowercase();
    found.extend(["http://", "https://"].into_iter().filter(|scheme| own.contains(scheme)).map(str::to_owned));
    found.extend(foreign_urls(text));
    if extension(path) == "html" {
        found.extend(inline(text));
    }
    let lines = text.lines().count();
    if extension(path) == "js" && lines > MAX_LINES {
        found.push(format!("{lines} lines"));
    }
    found
}

/// Whether `what` occurs as a word of its own, not as the end of a longer one.
fn says(text: &str, what: &str) -> bool {
    let begins_word = what.starts_with(|it: char| it.is_ascii_alphabetic());
    let goes_on = |at: usize| text[..at].ends_with(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '$');
    text.match_indices(what).any(|(at, _)| !(begins_word && goes_on(at)))
}

/// `url(…)` of anything but a file next to it.
fn foreign_urls(text: &str) -> Vec<String> {
    let targets = text.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap_or(rest).trim().trim_matches(['"', '\'']));
    targets.filter(|target| target.contains(':') || target.starts_with("//")).map(|target| format!("url({target})")).collect()
}

/// Inline scripts, styles and handlers in the page: the content security policy blocks them, so they would silently not work.
fn inline(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in text.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.split_whitespace().next().unwrap_or_default().to_lowercase();
        if name == "style" || (name == "script" && !tag.contains(" src=")) {
            found.push(format!("<{name}>"));
        }
        let attributes = tag.split_whitespace().skip(1).filter_map(|part| part.split_once('=').map(|(name, _)| name.to_lowercase()));
        found.extend(attributes.filter(|name| name == "style" || name.starts_with("on")).map(|name| format!("{name}=")));
    }
    found
}

#[test]
fn no_file_breaks_a_rule() {
    let found = |file: crate::File| broken(&file.path, &file.text).into_iter().map(move |what| format!("{}: {what}", file.path));
    let found: Vec<String> = files().into_iter().flat_map(found).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn what_is_never_done_is_found() {
    for what in NEVER {
        for text in [format!("a; {what}"), what.to_owned(), format!("x.{what}b")] {
            let found = broken("x.js", &text);
            assert!(found.contains(&what.to_owned()), "{text}: {found:?}");
        }
    }
    assert_eq!(broken("x.js", "/** @import { A } from \"./types.js\" */"), [""; 0]);
    assert_eq!(broken("x.css", "@import \"./x.css\"; /** @import { A } */"), ["@import"]);
    assert_eq!(broken("x.js", "retrieval(x); my_localStorage; renew Functions"), [""; 0]);
}

#[test]
fn a_way_elsewhere_is_found() {
    for (text, expected) in [
        ("fetch(\"https://x.example\")", "https://"),
        ("fetch('HTTP://x.example')", "http://"),
        ("a { background: url(//x.example/a) }", "url(//x.example/a)"),
        ("a { background: url( \"data:image/png,x\" ) }", "url(data:image/png,x)"),
    ] {
        assert_eq!(broken("x.css", text), [expected], "{text}");
    }
    assert_eq!(broken("x.css", "a { mask: url(\"../icon.svg\") } b { fill: url(#c) }"), [""; 0]);
    assert_eq!(broken("x.js", &format!("createElementNS(\"{SVG}\", x)")), [""; 0]);
}

#[test]
fn anything_inline_is_found() {
    for (text, expected) in [
        ("<p style=\"color: red\">", "style="),
        ("<p\n  STYLE='x'>", "style="),
        ("<body class=\"a\" onload=\"f()\">", "onload="),
        ("<script>f()</script>", "<script>"),
        ("<script type=\"module\">", "<script>"),
        ("<style>a {}</style>", "<style>"),
    ] {
        assert_eq!(broken("x.html", text), [expected], "{text}");
    }
    let good = "<link rel=\"stylesheet\" href=\"a\"><script type=\"module\" src=\"a\"></script><p>on a = b, style=x</p>";
    assert_eq!(broken("x.html", good), [""; 0]);
}

#[test]
fn a_long_script_is_found() {
    let long = "\n".repeat(501);
    assert_eq!(broken("core/x.js", &long), ["501 lines"]);
    assert_eq!(broken("core/x.js", &long[1..]), [""; 0]);
    assert_eq!(broken("pages/x/text.nl.json", &long), [""; 0]);
}
