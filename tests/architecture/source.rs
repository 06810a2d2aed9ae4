//! A Rust file as the rules see it: its syntax tree without test code, and the names in it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Attribute, Expr, ExprField, ExprMethodCall, File, ImplItem, ImplItemConst, ImplItemFn, ImplItemMacro, ImplItemType, Item, ItemConst,
    ItemEnum, ItemExternCrate, ItemFn, ItemImpl, ItemMacro, ItemMod, ItemStatic, ItemStruct, ItemTrait, ItemType, ItemUse, Lit, Macro,
    Member, Meta, Path, UseTree,
    visit::{self, Visit},
};

/// A file under `handlers/`, parsed once for all rules.
pub struct Source {
    /// Its path below `handlers/`.
    pub path: String,
    pub text: String,
    /// The whole file.
    pub whole: File,
    /// The file without `#[cfg(test)]` items.
    pub product: File,
    /// The names in the non-test code.
    pub code: Code,
}

impl Source {
    pub fn parse(path: &str, text: &str) -> Self {
        let whole = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut product = whole.clone();
        product.items = without_tests(product.items);
        let code = Code::of(|reader| {
            reader.module = module_of(path);
            reader.visit_file(&product);
        });
        Self { path: path.to_owned(), text: text.to_owned(), whole, product, code }
    }
}

/// The module path of a file.
pub fn module_of(path: &str) -> Vec<String> {
    path.trim_end_matches(".rs").split('/').map(ToOwned::to_owned).collect()
}

/// The names in code, in source order. Macro arguments are read token by token, since only the macro knows their grammar.
#[derive(Default)]
pub struct Code {
    /// Paths of two or more segments, and all imports: one for each leaf of a `use`. They start with `crate` if they lead into this
    /// package; aliases are resolved.
    pub names: Vec<Vec<String>>,
    /// Every segment of every path, and every word in macro arguments.
    pub words: BTreeSet<String>,
    /// Macro calls.
    pub macros: Vec<MacroCall>,
    /// Fields and methods.
    pub members: Vec<NamedMember>,
}

pub struct MacroCall {
    /// As written.
    pub written: Vec<String>,
    /// With aliases resolved.
    pub name: Vec<String>,
    pub arguments: TokenStream,
}

/// `x.name` or `x.y.name`.
pub struct NamedMember {
    /// The expression before the dot: its last name, if it ends with one.
    pub of: String,
    pub name: String,
    /// The number of arguments of a method; `None` for a field.
    pub arguments: Option<usize>,
}

impl Code {
    /// The names in a part of a file.
    pub fn of(read: impl FnOnce(&mut Reader)) -> Self {
        let mut reader = Reader::default();
        read(&mut reader);
        reader.finish()
    }

    /// Whether a path contains these segments consecutively.
    pub fn has(&self, part: &[&str]) -> bool {
        self.names.iter().any(|name| name.windows(part.len()).any(|some| some.iter().eq(part)))
    }

    /// Whether a path starts with these segments.
    pub fn begins(&self, with: &[&str]) -> bool {
        self.names.iter().any(|name| name.iter().take(with.len()).eq(with))
    }
}

/// Collects names.
#[derive(Default)]
pub struct Reader {
    module: Vec<String>,
    code: Code,
    /// Import aliases.
    renamed: BTreeMap<String, Vec<String>>,
}

impl Visit<'_> for Reader {
    fn visit_item_mod(&mut self, module: &ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_item_extern_crate(&mut self, item: &ItemExternCrate) {
        let name = vec![item.ident.to_string()];
        if let Some((_, renamed)) = &item.rename {
            self.renamed.insert(renamed.to_string(), name.clone());
        }
        self.code.names.push(name);
    }

    fn visit_path(&mut self, path: &Path) {
        self.name(segments(path));
        visit::visit_path(self, path);
    }

    fn visit_expr_field(&mut self, field: &ExprField) {
        if let Member::Named(name) = &field.member {
            self.code.members.push(NamedMember { of: last_name(&field.base), name: name.to_string(), arguments: None });
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let (of, name) = (last_name(&call.receiver), call.method.to_string());
        self.code.members.push(NamedMember { of, name, arguments: Some(call.args.len()) });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &Macro) {
        self.call(segments(&call.path), call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.quoted_paths(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_token_stream(&mut self, tokens: &TokenStream) {
        self.tokens(tokens.clone());
    }
}

impl Reader {
    fn finish(self) -> Code {
        let Self { mut code, renamed, .. } = self;
        let macros = code.macros.iter_mut().map(|call| &mut call.name);
        for name in code.names.iter_mut().chain(macros) {
            if let Some(target) = name.first().and_then(|first| renamed.get(first)) {
                name.splice(..1, target.iter().cloned());
            }
        }
        code
    }

    /// The path from the crate root, if it leads there.
    fn rooted(&self, mut name: Vec<String>) -> Vec<String> {
        let ups = name.iter().take_while(|segment| ["self", "super"].contains(&segment.as_str())).count();
        if ups > 0 {
            let up = name.drain(..ups).filter(|segment| segment == "super").count();
            let above = &self.module[..self.module.len().saturating_sub(up)];
            return ["crate"].into_iter().map(ToOwned::to_owned).chain(above.iter().cloned()).chain(name).collect();
        }
        if name.first().is_some_and(|first| first == "finrust") {
            "crate".clone_into(&mut name[0]);
        }
        name
    }

    fn name(&mut self, segments: Vec<String>) {
        self.code.words.extend(segments.iter().cloned());
        if segments.len() > 1 {
            let name = self.rooted(segments);
            self.code.names.push(name);
        }
    }

    fn call(&mut self, written: Vec<String>, arguments: TokenStream) {
        let name = self.rooted(written.clone());
        self.code.macros.push(MacroCall { written, name, arguments });
    }

    /// Every leaf of an import: `a::{b, c::{self, d as e}}` is `a::b`, `a::c` and `a::c::d`.
    fn import(&mut self, before: &[String], tree: &UseTree) {
        let with = |last: String| [before, &[last]].concat();
        let (name, renamed) = match tree {
            UseTree::Path(path) => return self.import(&with(path.ident.to_string()), &path.tree),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.import(before, tree)),
            UseTree::Glob(_) => (with("*".to_owned()), None),
            UseTree::Name(leaf) if leaf.ident == "self" => (before.to_vec(), None),
            UseTree::Name(leaf) => (with(leaf.ident.to_string()), None),
            UseTree::Rename(leaf) if leaf.ident == "self" => (before.to_vec(), Some(leaf.rename.to_string())),
            UseTree::Rename(leaf) => (with(leaf.ident.to_string()), Some(leaf.rename.to_string())),
        };
        let name = self.rooted(name);
        if let Some(renamed) = renamed {
            self.renamed.insert(renamed, name.clone());
        }
        self.code.names.push(name);
    }

    /// The names in the arguments of a macro or an attribute, and in macro rules.
    fn tokens(&mut self, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            at += match &trees[at] {
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    1
                }
                TokenTree::Ident(word) if word == "use" => self.imported(&trees[at..]),
                TokenTree::Ident(_) => self.path(&trees[at..]),
                TokenTree::Punct(point) if point.as_char() == '.' => self.member(&trees[..at], &trees[at + 1..]),
                _ => 1,
            };
        }
    }

    /// A `use` among tokens; returns how many tokens it spans.
    fn imported(&mut self, trees: &[TokenTree]) -> usize {
        let length = trees.iter().take_while(|tree| !is_punct(tree, ';')).count() + 1;
        let item = trees.iter().take(length).cloned().collect();
        match syn::parse2::<ItemUse>(item) {
            Ok(item) => {
                self.import(&[], &item.tree);
                length
            }
            Err(_) => 1,
        }
    }

    /// A path among tokens, and the macro that it calls; returns how many tokens it spans. `a::$b` counts as one.
    fn path(&mut self, trees: &[TokenTree]) -> usize {
        let (mut path, mut length) = (vec![trees[0].to_string()], 1);
        loop {
            match &trees[length..] {
                [one, two, TokenTree::Ident(word), ..] if is_punct(one, ':') && is_punct(two, ':') => {
                    path.push(word.to_string());
                    length += 3;
                }
                [one, two, sign, TokenTree::Ident(word), ..] if is_punct(one, ':') && is_punct(two, ':') && is_punct(sign, '$') => {
                    path.push(format!("${word}"));
                    length += 4;
                }
                _ => break,
            }
        }
        if let [sign, TokenTree::Group(group), ..] = &trees[length..]
            && is_punct(sign, '!')
        {
            self.call(path.clone(), group.stream());
        }
        self.name(path);
        length
    }

    /// What follows a dot among tokens; returns how many tokens it spans, including the dot.
    fn member(&mut self, before: &[TokenTree], after: &[TokenTree]) -> usize {
        let [TokenTree::Ident(name), rest @ ..] = after else { return 1 };
        let given = match after_turbofish(rest) {
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Parenthesis => Some(arguments(group.stream()).len()),
            _ => None,
        };
        let of = before.last().map(ToString::to_string).unwrap_or_default();
        self.code.members.push(NamedMember { of, name: name.to_string(), arguments: given });
        2
    }

    /// Attributes name functions and types as strings: `#[serde(with = "a::b")]`.
    fn quoted_paths(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.quoted_paths(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal)
                        && let Ok(path) = text.parse::<Path>()
                    {
                        self.name(segments(&path));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The arguments of a call, split at top-level commas.
pub fn arguments(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let parts = trees.split(|tree| is_punct(tree, ',')).filter(|part| !part.is_empty());
    parts.map(<[TokenTree]>::to_vec).collect()
}

/// What follows `::<…>`, if present.
fn after_turbofish(trees: &[TokenTree]) -> &[TokenTree] {
    let is_one = matches!(trees, [one, two, open, ..] if is_punct(one, ':') && is_punct(two, ':') && is_punct(open, '<'));
    let mut depth = 0_i32;
    for (at, tree) in trees.iter().enumerate().take_while(|_| is_one) {
        depth += i32::from(is_punct(tree, '<')) - i32::from(is_punct(tree, '>'));
        if at > 1 && depth == 0 {
            return &trees[at + 1..];
        }
    }
    trees
}

pub fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn last_name(expression: &Expr) -> String {
    match expression {
        Expr::Path(path) => segments(&path.path).pop().unwrap_or_default(),
        Expr::Field(ExprField { member: Member::Named(name), .. }) => name.to_string(),
        Expr::Reference(reference) => last_name(&reference.expr),
        Expr::Paren(paren) => last_name(&paren.expr),
        _ => String::new(),
    }
}

fn without_tests(items: Vec<Item>) -> Vec<Item> {
    let mut items: Vec<Item> = items.into_iter().filter(|item| !is_test(attributes(item))).collect();
    for item in &mut items {
        match item {
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => *items = without_tests(std::mem::take(items)),
            Item::Impl(found) => found.items.retain(|item| !is_test(attributes_in_impl(item))),
            _ => {}
        }
    }
    items
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_gate = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<Path>().is_ok_and(|condition| condition.is_ident("test"))
    };
    attributes.iter().any(is_gate)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(ItemConst { attrs, .. })
        | Item::Enum(ItemEnum { attrs, .. })
        | Item::Fn(ItemFn { attrs, .. })
        | Item::Impl(ItemImpl { attrs, .. })
        | Item::Macro(ItemMacro { attrs, .. })
        | Item::Mod(ItemMod { attrs, .. })
        | Item::Static(ItemStatic { attrs, .. })
        | Item::Struct(ItemStruct { attrs, .. })
        | Item::Trait(ItemTrait { attrs, .. })
        | Item::Type(ItemType { attrs, .. })
        | Item::Use(ItemUse { attrs, .. }) => attrs,
        _ => &[],
    }
}

fn attributes_in_impl(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(ImplItemConst { attrs, .. })
        | ImplItem::Fn(ImplItemFn { attrs, .. })
        | ImplItem::Macro(ImplItemMacro { attrs, .. })
        | ImplItem::Type(ImplItemType { attrs, .. }) => attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Source};

    fn names(code: &Code) -> Vec<String> {
        code.names.iter().map(|name| name.join(".")).collect()
    }

    #[test]
    fn comments_strings_and_tests_name_nothing() {
        let text = r##"fn a() { /* b::b */ "c::c \" d::d"; r#"e::e"#; f::f } // g::g
            #[cfg(test)] mod tests { fn h() { h::h() } } struct I; impl I { #[cfg(test)] fn j() { j::j() } fn k() { k::k() } }"##;
        assert_eq!(names(&Source::parse("x.rs", text).code), ["f.f", "k.k"]);
    }

    #[test]
    fn every_leaf_of_an_import_is_named_from_its_root() {
        let imports = "use crate::{a::b, c::{d, e::{self, f as g}, h::*}}; use super::i; use self::j; use ::k; use l as m;";
        let expected = ["crate.a.b", "crate.c.d", "crate.c.e", "crate.c.e.f", "crate.c.h.*", "crate.x.i", "crate.x.y.j", "k", "l"];
        let named = |text: &str| names(&Source::parse("x/y.rs", text).code);
        assert_eq!(named(imports), expected);
        assert_eq!(named(&format!("macro_rules! z {{ () => {{ {imports} }} }}")), expected, "in the rules of a macro");
        assert_eq!(named("mod n { fn f() { super::o(); super::super::p() } }"), ["crate.x.y.o", "crate.x.p"], "from a module within");
        assert_eq!(named("use q::r as s; fn f() { s::t(); ::u::v(w.x::<y::z>()) }")[1..], ["q.r.t", "u.v", "y.z"], "another name");
    }

    #[test]
    fn macros_and_attributes_are_looked_into() {
        let text = r#"#[derive(a::B)] #[serde(with = "c::d", default = "e")] struct F;
            fn g() { h::i!(j::k(), l!["m::n", o { p: q::R }]); let s: t::U = v; }
            macro_rules! w { ($x:expr) => { $crate::y::$x!(z::$x) } }"#;
        let code = Source::parse("x.rs", text).code;
        assert_eq!(names(&code), ["a.B", "c.d", "h.i", "j.k", "q.R", "t.U", "crate.y.$x", "z.$x"]);
        let macros: Vec<String> = code.macros.iter().map(|call| call.name.join(".")).collect();
        assert_eq!(macros, ["h.i", "l", "macro_rules", "crate.y.$x"]);
    }

    #[test]
    fn fields_and_methods_are_named_alike_in_code_and_in_macros() {
        for text in ["fn f() { a.b.c(d, e(g)).h::<i::J<K>>(); l.m; }", "n! { a.b.c(d, e(g)).h::<i::J<K>>(); l.m }"] {
            let code = Source::parse("x.rs", text).code;
            let mut members: Vec<_> = code.members.iter().map(|it| (it.of.as_str(), it.name.as_str(), it.arguments)).collect();
            members.retain(|(of, ..)| !of.is_empty() && !of.starts_with('('));
            members.sort_unstable();
            assert_eq!(members, [("a", "b", None), ("b", "c", Some(2)), ("l", "m", None)]);
            assert!(code.members.iter().any(|it| it.name == "h" && it.arguments == Some(0)));
        }
    }
}
