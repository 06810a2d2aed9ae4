//! Comments where they are expected: on public types, and on everything that the OpenAPI document shows. Module comments are in `lib.rs`.

use crate::source::Source;
use syn::{
    Attribute, Expr, Fields, Ident, ItemEnum, ItemStruct, ItemTrait, ItemType, Lit, Meta, Path, Token, Visibility,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// Public types have a comment, and so does each member of a schema.
pub fn comments(source: &Source) -> Vec<String> {
    let mut bare = Bare(Vec::new());
    bare.visit_file(&source.product);
    bare.0
}

/// Whether there is a non-empty doc comment.
pub fn has_comment(attributes: &[Attribute]) -> bool {
    let is_text =
        |value: &Expr| matches!(value, Expr::Lit(literal) if matches!(&literal.lit, Lit::Str(text) if !text.value().trim().is_empty()));
    let is_comment = |meta: &Meta| matches!(meta, Meta::NameValue(pair) if pair.path.is_ident("doc") && is_text(&pair.value));
    attributes.iter().any(|attribute| is_comment(&attribute.meta))
}

/// Items without a comment.
struct Bare(Vec<String>);

impl Bare {
    fn look_at(&mut self, attributes: &[Attribute], name: &str) {
        if !has_comment(attributes) {
            self.0.push(format!("`{name}` has no comment"));
        }
    }

    fn type_of_others(&mut self, visibility: &Visibility, attributes: &[Attribute], name: &Ident) -> bool {
        let is_seen = matches!(visibility, Visibility::Public(_));
        if is_seen {
            self.look_at(attributes, &name.to_string());
        }
        is_seen && is_schema(attributes)
    }
}

impl Visit<'_> for Bare {
    fn visit_item_struct(&mut self, item: &ItemStruct) {
        if self.type_of_others(&item.vis, &item.attrs, &item.ident)
            && let Fields::Named(fields) = &item.fields
        {
            for field in &fields.named {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                self.look_at(&field.attrs, &format!("{}::{name}", item.ident));
            }
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &ItemEnum) {
        if self.type_of_others(&item.vis, &item.attrs, &item.ident) {
            for variant in &item.variants {
                self.look_at(&variant.attrs, &format!("{}::{}", item.ident, variant.ident));
            }
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &ItemTrait) {
        self.type_of_others(&item.vis, &item.attrs, &item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &ItemType) {
        self.type_of_others(&item.vis, &item.attrs, &item.ident);
        visit::visit_item_type(self, item);
    }
}

/// Whether the type appears in the OpenAPI document.
fn is_schema(attributes: &[Attribute]) -> bool {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let derived = derives.flat_map(|it| it.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default());
    derived.into_iter().any(|path| path.segments.last().is_some_and(|last| last.ident == "ToSchema" || last.ident == "IntoParams"))
}

#[test]
fn what_lacks_a_comment_is_found() {
    let comments = |text: &str| comments(&Source::parse("x.rs", text));
    let good = "/// A.\n#[derive(ToSchema)]\npub struct A {\n    /// B.\n    #[serde(default)]\n    pub b: u8,\n}\n/// C.\npub enum C {\n    D,\n}\n";
    assert_eq!(comments(good), [""; 0]);
    assert_eq!(comments(&good.replace("/// A.\n", "")), ["`A` has no comment"]);
    assert_eq!(comments(&good.replace("    /// B.\n", "")), ["`A::b` has no comment"]);
    assert_eq!(comments(&good.replace("/// A.", "#[doc(hidden)]").replace("/// C.", "///")), ["`A` has no comment", "`C` has no comment"]);
    assert_eq!(comments("mod m { #[derive(utoipa::ToSchema)] /** E. */ pub enum E { F { g: u8 } } }"), ["`E::F` has no comment"]);
    assert_eq!(comments("pub trait H {} pub type I = u8; struct J; pub(crate) struct K;"), ["`H` has no comment", "`I` has no comment"]);
}
