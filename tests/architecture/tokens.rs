//! Rust text as tokens, just well enough for the rules: no comments, no contents of strings, no test code.

/// Identifiers and numbers, `::`, `""` for any string, `''` for a character, else single characters; without comments.
pub fn of(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < characters.len() {
        let rest = &characters[at..];
        let (token, length) = match rest {
            ['/', '/', ..] => (None, until(rest, |ahead| ahead[0] == '\n')),
            ['/', '*', ..] => (None, until(rest, |ahead| ahead.starts_with(&['*', '/'])) + 2),
            ['r' | 'b', ..] if raw_string(rest).is_some() => (Some("\"\"".to_owned()), raw_string(rest).unwrap()),
            ['"', ..] => (Some("\"\"".to_owned()), quoted(rest, '"')),
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => (Some("''".to_owned()), quoted(rest, '\'')),
            [':', ':', ..] => (Some("::".to_owned()), 2),
            [first, ..] if is_word(*first) => {
                let length = until(rest, |ahead| !is_word(ahead[0]));
                (Some(rest[..length].iter().collect()), length)
            }
            [first, ..] if first.is_whitespace() => (None, 1),
            [first, ..] => (Some(first.to_string()), 1),
            [] => (None, 1),
        };
        tokens.extend(token);
        at += length;
    }
    tokens
}

/// The same without items under `#[cfg(test)]`.
pub fn of_product(text: &str) -> Vec<String> {
    const GATE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let tokens = of(text);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if tokens[at..].iter().take(GATE.len()).eq(GATE.iter()) {
            at = end_of_item(&tokens, at + GATE.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Every path that starts with `root`, use trees spread out: `a::{b, c::d}` is `[a, b]` and `[a, c, d]`.
pub fn paths(tokens: &[String], root: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let starts = at == 0 || tokens[at - 1] != "::";
        if starts && tokens[at] == root && tokens.get(at + 1).is_some_and(|next| next == "::") {
            spread(tokens, at, &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Index after the group that opens at `at`.
pub fn after_group(tokens: &[String], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

fn spread(tokens: &[String], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = spread(tokens, at, prefix, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                at += 1;
                break;
            }
            Some(segment) => {
                prefix.push(segment.to_owned());
                at += 1;
            }
            None => break,
        }
        if tokens.get(at).is_none_or(|token| token != "::") {
            found.push(prefix.clone());
            if tokens.get(at).is_some_and(|token| token == "as") {
                at += 2;
            }
            break;
        }
        at += 1;
    }
    prefix.truncate(depth);
    at
}

fn end_of_item(tokens: &[String], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => return after_group(tokens, at),
            "(" | "[" => at = after_group(tokens, at),
            ";" => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn until(characters: &[char], ends: impl Fn(&[char]) -> bool) -> usize {
    (0..characters.len()).find(|at| ends(&characters[*at..])).unwrap_or(characters.len())
}

fn quoted(characters: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < characters.len() && characters[at] != quote {
        at += if characters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Length of `r"…"`, `r#"…"#`, `br"…"` at the start, if there is one.
fn raw_string(characters: &[char]) -> Option<usize> {
    let start = usize::from(characters.first() == Some(&'b'));
    if characters.get(start) != Some(&'r') {
        return None;
    }
    let hashes = characters[start + 1..].iter().take_while(|it| **it == '#').count();
    let open = start + 1 + hashes;
    if characters.get(open) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    Some(open + 1 + until(&characters[open + 1..], |ahead| ahead.starts_with(&close)) + close.len())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[test]
fn comments_strings_and_tests_are_no_code() {
    let text = r##"a /* b */ "c \" d" r#"e " f"# 'g' '\n' &'h i; // j
        #[cfg(test)] mod tests { fn k() { l(); } } m #[cfg(test)] mod n; o"##;
    assert_eq!(of_product(text).join(" "), r#"a "" "" '' '' & ' h i ; m o"#);
}

#[test]
fn use_trees_are_spread_out() {
    let tokens = of("use crate::{a::b, c::{d, e::{self, f as g}, h}}; crate::i::J::k(); x::crate::l;");
    let paths: Vec<String> = paths(&tokens, "crate").iter().map(|path| path.join(".")).collect();
    assert_eq!(paths, ["crate.a.b", "crate.c.d", "crate.c.e.self", "crate.c.e.f", "crate.c.h", "crate.i.J.k"]);
}
