//! Authority other than a session: each kind with the files that may name it, so that no other flow can use it.

use crate::source::{Code, Source};
use std::collections::BTreeSet;
use syn::{
    Block, ImplItemFn, ItemFn, ItemImpl, Signature, TraitItemFn, Visibility,
    visit::{self, Visit},
};

const GROUNDS: [(&str, &str, &[&str]); 5] = [
    // Anonymous callers: attempts are recorded, and nothing is changed.
    ("Authority", "Stranger", &["flows/sign_in/steps.rs", "flows/sign_in/confirmation.rs", "flows/sign_in/attempt_log.rs"]),
    ("Authority", "Job", &["flows/sign_in/reset.rs", "flows/jobs.rs"]),
    // Reminders and notices owed to the person who caused them, moving files, intents left behind, and what a disabled officer had
    // proposed.
    (
        "Authority",
        "Maintenance",
        &[
            "flows/hand_overs/moves.rs",
            "flows/hand_overs/register.rs",
            "flows/accounts/invitations.rs",
            "flows/breaches/notices.rs",
            "flows/organisation/notices.rs",
            "flows/processors/notices.rs",
            "flows/requests/reminders.rs",
            "flows/unfinished.rs",
        ],
    ),
    ("Authority", "Operator", &["flows/accounts/administration.rs"]),
    (
        "Warrant",
        "maintenance",
        &["flows/registers/notices.rs", "flows/organisation/notices.rs", "flows/hand_overs/moves.rs", "flows/hand_overs/register.rs"],
    ),
];

/// A file names only the kinds of authority that it may use.
pub fn unproven(source: &Source) -> Vec<String> {
    let foreign = GROUNDS.iter().filter(|(_, _, owners)| !owners.contains(&source.path.as_str()));
    let named = foreign.filter(|(root, ground, _)| source.code.has(&[root, ground]) || source.code.has(&[root, "*"]));
    named.map(|(root, ground, _)| format!("rests on {root}::{ground}")).collect()
}

#[test]
fn a_ground_outside_its_files_is_found() {
    let expected =
        |path, text, wrong: &[&str]| assert_eq!(unproven(&Source::parse(path, &format!("fn f() {{ {text} }}"))), wrong, "{text}");
    expected("flows/sign_in/reset.rs", "change(services, identity, Authority::Job, kind, edit)", &[]);
    expected("flows/accounts/own.rs", "change(services, identity, session.proof().into(), kind, edit)", &[]);
    expected("flows/accounts/own.rs", "change(services, identity, Authority::Operator, kind, edit)", &["rests on Authority::Operator"]);
    expected("flows/requests/register.rs", "let warrant = Warrant::maintenance();", &["rests on Warrant::maintenance"]);
    expected("flows/accounts/own.rs", "use crate::store::authority::Authority as A; A::Job", &["rests on Authority::Job"]);
    expected("flows/accounts/own.rs", "g!(x => crate::store::authority::Authority::Job)", &["rests on Authority::Job"]);
    expected(
        "flows/accounts/administration.rs",
        "use crate::store::authority::Authority::{Operator, Stranger};",
        &["rests on Authority::Stranger"],
    );
    let all = ["Stranger", "Job", "Maintenance"].map(|ground| format!("rests on Authority::{ground}"));
    expected("flows/accounts/administration.rs", "use crate::store::authority::Authority::*;", &all.each_ref().map(String::as_str));
}

/// Types of what a write relies on. One of them is in the signature of every caller that commits in a store.
const RESTS_ON: [&str; 6] = ["Authority", "SessionProof", "Warrant", "Writer", "BothSides", "Adviser"];

/// Containers whose content always originates from someone. Keys belong to the program and contain nothing from users. Re-sealing names no
/// container: it rewrites existing content in place, and accepts none from anyone.
const OF_SOMEBODY: [&str; 2] = ["Identities", "Clients"];
/// A record location is in either of them, as this field says.
const OF_LOCATION: (&str, &str) = ("location", "container");

/// What is written without authority, and why that grants nothing.
const NEEDS_NONE: [(&str, &str); 2] = [
    ("overtake", "takes authority away from sessions, and gives none"),
    ("take_up", "rests on the intent itself, which is there and says whose it is"),
];

/// A function with a body.
struct Function {
    name: String,
    /// Whether others may call it: it is public, or implements a trait.
    is_open: bool,
    /// The types named in its signature.
    takes: BTreeSet<String>,
    body: Code,
}

impl Function {
    fn commits(&self) -> bool {
        let is = |of: &str, name: &str| self.body.members.iter().any(|member| member.of == of && member.name == name);
        let names_container =
            || OF_SOMEBODY.iter().any(|container| self.body.has(&["Container", container]) || self.body.has(&["Container", "*"]));
        is("documents", "commit") && (names_container() || is(OF_LOCATION.0, OF_LOCATION.1))
    }

    /// Whether it calls another function of its file.
    fn calls(&self, name: &str) -> bool {
        let by_method = self.body.members.iter().any(|member| member.of == "self" && member.name == name);
        by_method || self.body.has(&["Self", name]) || self.body.words.contains(name)
    }

    fn says_what_it_rests_on(&self) -> bool {
        RESTS_ON.iter().any(|word| self.takes.contains(*word))
    }
}

/// Collects the functions of a file.
#[derive(Default)]
struct Functions {
    found: Vec<Function>,
    is_of_trait: bool,
}

impl Functions {
    fn add(&mut self, is_open: bool, signature: &Signature, body: &Block) {
        let (name, takes) = (signature.ident.to_string(), Code::of(|reader| reader.visit_signature(signature)).words);
        self.found.push(Function { name, is_open, takes, body: Code::of(|reader| reader.visit_block(body)) });
    }

    /// The functions that commit, directly or through private functions of the file.
    fn writing(&self) -> Vec<&Function> {
        let (functions, all) = (&self.found, 0..self.found.len());
        let mut writes: Vec<bool> = functions.iter().map(Function::commits).collect();
        let helps = |writes: &[bool], at: usize, other: usize| {
            writes[other] && !functions[other].is_open && functions[at].calls(&functions[other].name)
        };
        while let Some(found) = all.clone().find(|at| !writes[*at] && all.clone().any(|other| helps(&writes, *at, other))) {
            writes[found] = true;
        }
        all.filter(|at| writes[*at]).map(|at| &functions[at]).collect()
    }
}

impl Visit<'_> for Functions {
    fn visit_item_impl(&mut self, item: &ItemImpl) {
        self.is_of_trait = item.trait_.is_some();
        visit::visit_item_impl(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.add(self.is_of_trait || is_open(&item.vis), &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.add(is_open(&item.vis), &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(true, &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

fn is_open(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

/// Public functions of a store that commit, directly or through others of their file, without naming what the write relies on.
pub fn ungrounded(source: &Source) -> Vec<String> {
    if !source.path.starts_with("store/") {
        return Vec::new();
    }
    let mut functions = Functions::default();
    functions.visit_file(&source.product);
    let open = functions.writing().into_iter().filter(|function| function.is_open && !function.says_what_it_rests_on());
    open.map(|function| function.name.clone()).filter(|name| !NEEDS_NONE.iter().any(|(known, _)| name == known)).collect()
}

#[test]
fn a_write_that_does_not_say_what_it_rests_on_is_found() {
    let expected = |text: &str, wrong: &[&str]| {
        assert_eq!(ungrounded(&Source::parse("store/x.rs", &format!("impl X {{ {text} }}"))), wrong, "{text}");
    };
    let commit = "self.documents.commit(Container::Identities, a, b).await;";
    expected(&format!("pub async fn touch(&self, index: BlindIndex) -> R {{ {commit} }}"), &["touch"]);
    expected(&format!("pub async fn touch(&self, by: SessionProof) -> R {{ {commit} }}"), &[]);
    expected(&format!("pub async fn touch(&self, by: &dyn Any, who: AdviserId) -> R {{ {commit} }}"), &["touch"]);
    expected(&format!("pub(crate) fn touch(&self) -> R {{ join!({commit}) }}"), &["touch"]);
    expected("pub async fn touch(&self) { self.documents.commit(Container::Keys, a, b).await; }", &[]);
    expected("pub async fn touch(&self) { self.documents.commit(self.location.container, a, b).await; }", &["touch"]);
    expected(&format!("async fn put(&self) {{ {commit} }} pub async fn drop_mail(&self) {{ self.put().await; }}"), &["drop_mail"]);
    let further = "async fn send(&self) { Self::put(self).await; } pub async fn drop_mail(&self) { try_join!(self.send()) }";
    expected(&format!("async fn put(&self) {{ {commit} }} {further}"), &["drop_mail"]);
    assert_eq!(ungrounded(&Source::parse("flows/x.rs", "impl X { pub fn a() { documents.commit(Container::Clients) } }")), [""; 0]);
}
