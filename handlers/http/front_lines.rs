//! What a browser gets of a script or a style sheet: its lines without what is for readers of the source only.

/// Blanks the lines that are comments from end to end, and takes the indentation off the others. Every line stays where it is, so that a
/// message of the browser names the line of the source.
///
/// It knows lines, not the language: a comment beside code stays, and text over several lines must not look like a comment. A test
/// holds the sources to that.
pub fn for_browsers(source: &str) -> String {
    let mut served = String::with_capacity(source.len());
    let mut is_inside = false;
    for line in source.lines().map(str::trim) {
        let is_block = is_inside || line.starts_with("/*");
        let end = if is_block { line.find("*/") } else { None };
        let is_comment = line.starts_with("//") || (is_block && end.is_none_or(|end| end + "*/".len() == line.len()));
        if !is_comment {
            served.push_str(line);
        }
        served.push('\n');
        is_inside = is_block && end.is_none();
    }
    served
}

#[cfg(test)]
mod tests {
    use super::for_browsers;

    #[test]
    fn comments_leave_empty_lines() {
        let source = "// Why.\n\n/**\n * @param {string} a\n */\nfunction f(a) {\n  // How.\n  return a; // beside\n}\n/* one line */\n";
        assert_eq!(for_browsers(source), "\n\n\n\n\nfunction f(a) {\n\nreturn a; // beside\n}\n\n");
    }

    #[test]
    fn what_only_looks_like_a_comment_stays() {
        for line in [
            "* { margin: 0; }",
            "const a = /** @type {any} */ (b);",
            "/** @type {any} */ (a).b = 1;",
            "f(\"// no\");",
            "a = b /* c */ + d;",
            "/* a */ b; /* c */",
        ] {
            assert_eq!(for_browsers(line), format!("{line}\n"));
        }
    }

    #[test]
    fn code_after_a_comment_of_several_lines_stays() {
        assert_eq!(for_browsers("/* a\n b */ let c;\nlet d;"), "\nb */ let c;\nlet d;\n");
    }
}
