//! Reads a module of words: one exported object of objects and double-quoted strings, and nothing else.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// Words by their full key, such as `problem.not_found`.
pub type Words = BTreeMap<String, String>;

/// The words of `export const <name> = { … };`.
pub fn read(name: &str, text: &str) -> Result<Words, String> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
    let mut words = Words::new();
    reader.module(name, &mut words).map_err(|what| format!("line {}: {what}", reader.line))?;
    Ok(words)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn module(&mut self, name: &str, words: &mut Words) -> Result<(), String> {
        for expected in ["export", "const", name] {
            let found = self.identifier()?;
            if found != expected {
                return Err(format!("{found} instead of {expected}"));
            }
        }
        self.expect('=')?;
        self.object("", words)?;
        self.take(';')?;
        self.space()?;
        self.rest.peek().map_or(Ok(()), |more| Err(format!("{more:?} after the object")))
    }

    fn object(&mut self, prefix: &str, words: &mut Words) -> Result<(), String> {
        self.expect('{')?;
        while !self.take('}')? {
            let key = format!("{prefix}{}", self.key()?);
            self.expect(':')?;
            if self.peek()? == '{' {
                if words.keys().any(|known| known.starts_with(&format!("{key}."))) {
                    return Err(format!("{key} twice"));
                }
                self.object(&format!("{key}."), words)?;
            } else {
                let text = self.string()?;
                if words.insert(key.clone(), text).is_some() {
                    return Err(format!("{key} twice"));
                }
            }
            if !self.take(',')? && self.peek()? != '}' {
                return Err(format!("no comma after {key}"));
            }
        }
        Ok(())
    }

    fn key(&mut self) -> Result<String, String> {
        let key = if self.peek()? == '"' { self.string()? } else { self.identifier()? };
        let is_plain = !key.is_empty() && key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        if is_plain { Ok(key) } else { Err(format!("{key:?} is no key")) }
    }

    fn identifier(&mut self) -> Result<String, String> {
        self.peek()?;
        let mut found = String::new();
        while let Some(next) = self.rest.next_if(|it| it.is_ascii_alphanumeric() || *it == '_') {
            found.push(next);
        }
        if found.is_empty() { Err(format!("{:?} instead of a name", self.rest.peek())) } else { Ok(found) }
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                control if control.is_control() => return Err("a control character in a string".to_owned()),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        match self.next()? {
            same @ ('"' | '\\') => Ok(same),
            'n' => Ok('\n'),
            'u' => {
                let digits: Result<String, String> = (0..4).map(|_| self.next()).collect();
                let code = digits.and_then(|digits| u32::from_str_radix(&digits, 16).map_err(|error| error.to_string()))?;
                char::from_u32(code).ok_or_else(|| format!("{code:04x} is no character"))
            }
            other => Err(format!("the escape {other:?}")),
        }
    }

    /// The next character that means something.
    fn peek(&mut self) -> Result<char, String> {
        self.space()?;
        self.rest.peek().copied().ok_or_else(|| "ends too early".to_owned())
    }

    fn expect(&mut self, character: char) -> Result<(), String> {
        let found = self.peek()?;
        if self.take(character)? { Ok(()) } else { Err(format!("{found:?} instead of {character:?}")) }
    }

    fn take(&mut self, character: char) -> Result<bool, String> {
        self.space()?;
        Ok(self.rest.next_if_eq(&character).is_some())
    }

    /// Passes over white space and comments.
    fn space(&mut self) -> Result<(), String> {
        while let Some(next) = self.rest.peek().copied() {
            if next == '/' {
                self.comment()?;
            } else if next.is_whitespace() {
                self.next()?;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        self.next()?;
        match self.next()? {
            '/' => {
                while self.rest.peek().is_some_and(|it| *it != '\n') {
                    self.next()?;
                }
            }
            '*' => while !(self.next()? == '*' && self.rest.next_if_eq(&'/').is_some()) {},
            other => return Err(format!("{other:?} after a slash")),
        }
        Ok(())
    }

    fn next(&mut self) -> Result<char, String> {
        let next = self.rest.next().ok_or("ends too early")?;
        self.line += usize::from(next == '\n');
        Ok(next)
    }
}

#[test]
fn a_module_of_words_is_read() {
    let text = "// Words.\n/** More * of ** them. **/\nexport const nl = {\n  a: { b: \"c \\\"d\\\" {e} \\u00e9\\n\", \"f\": \"// no /* comment\" }, // g\n  h: \"\",\n};\n";
    let words: Vec<(String, String)> = read("nl", text).unwrap().into_iter().collect();
    let expected = [("a.b", "c \"d\" {e} é\n"), ("a.f", "// no /* comment"), ("h", "")];
    assert_eq!(words, expected.map(|(key, text)| (key.to_owned(), text.to_owned())));
    assert_eq!(read("nl", "export const nl={}"), Ok(Words::new()));
}

#[test]
fn anything_else_is_refused() {
    for (bad, why) in [
        ("", "ends too early"),
        ("export const en = {};", "en instead of nl"),
        ("export let nl = {};", "let instead of const"),
        ("export default {};", "default instead of const"),
        ("import \"x\"; export const nl = {};", "import instead of export"),
        ("export const nl = {}; f();", "'f' after the object"),
        ("export const nl = Object.freeze({});", "'O' instead of '{'"),
        ("export const nl = { a: 'b' };", "'\\'' instead of '\"'"),
        ("export const nl = { a: `b` };", "'`' instead of '\"'"),
        ("export const nl = { a: 1 };", "'1' instead of '\"'"),
        ("export const nl = { a: () => \"b\" };", "'(' instead of '\"'"),
        ("export const nl = { a: b };", "'b' instead of '\"'"),
        ("export const nl = { a };", "'}' instead of ':'"),
        ("export const nl = { ...a };", "Some('.') instead of a name"),
        ("export const nl = { [a]: \"b\" };", "Some('[') instead of a name"),
        ("export const nl = { \"a.b\": \"c\" };", "\"a.b\" is no key"),
        ("export const nl = { a: \"b\" + \"c\" };", "no comma after a"),
        ("export const nl = { a: \"b\" c: \"d\" };", "no comma after a"),
        ("export const nl = { a: \"b\", a: \"c\" };", "a twice"),
        ("export const nl = { a: { b: \"c\" }, a: { d: \"e\" } };", "a twice"),
        ("export const nl = { a: \"b\nc\" };", "a control character in a string"),
        ("export const nl = { a: \"\\x41\" };", "the escape 'x'"),
        ("export const nl = { a: \"\\ud800\" };", "d800 is no character"),
        ("export const nl = { a: \"b };", "ends too early"),
        ("export const nl = { a: \"b\"", "ends too early"),
        ("/* export const nl = {};", "ends too early"),
        ("export const nl = {} / 2;", "' ' after a slash"),
    ] {
        let error = read("nl", bad).expect_err(bad);
        assert!(error.ends_with(why), "{bad}: {error}");
    }
    assert_eq!(read("nl", "export const nl = {\n  a: 1,\n};"), Err("line 2: '1' instead of '\"'".to_owned()));
}
