//! Grounds of a change that no session proves: each with the files that may name it, so that no other flow helps itself to one.

use crate::tokens::{of_product, paths};

const GROUNDS: [(&str, &str, &[&str]); 5] = [
    // Whoever is at the door: tries are recorded, and nothing is changed.
    ("Authority", "Stranger", &["flows/sign_in.rs", "flows/confirmation.rs", "flows/register.rs"]),
    ("Authority", "Job", &["flows/reset.rs", "flows/jobs.rs"]),
    // Reminders and news that are owed whoever caused them, moving files, what stayed behind, and what a disabled officer had proposed.
    (
        "Authority",
        "Maintenance",
        &[
            "flows/hand_over_moves.rs",
            "flows/hand_overs.rs",
            "flows/invitations.rs",
            "flows/breach_notices.rs",
            "flows/processor_notices.rs",
            "flows/request_reminders.rs",
            "flows/unfinished.rs",
        ],
    ),
    ("Authority", "Operator", &["flows/accounts.rs"]),
    ("Warrant", "maintenance", &["flows/breaches.rs", "flows/processors.rs", "flows/hand_over_moves.rs", "flows/hand_overs.rs"]),
];

/// A file names only those grounds that are its own.
pub fn unproven(path: &str, text: &str) -> Vec<String> {
    let tokens = of_product(text);
    let foreign = GROUNDS.iter().filter(|(_, _, owners)| !owners.contains(&path));
    let named = foreign.filter(|(root, ground, _)| paths(&tokens, root).iter().any(|path| path[1] == *ground));
    named.map(|(root, ground, _)| format!("rests on {root}::{ground}")).collect()
}

#[test]
fn a_ground_outside_its_files_is_found() {
    let expected = |path, text, wrong: &[&str]| assert_eq!(unproven(path, text), wrong, "{text}");
    expected("flows/reset.rs", "change(services, identity, Authority::Job, kind, edit)", &[]);
    expected("flows/account.rs", "change(services, identity, session.proof().into(), kind, edit)", &[]);
    expected("flows/account.rs", "change(services, identity, Authority::Operator, kind, edit)", &["rests on Authority::Operator"]);
    expected("flows/requests.rs", "let warrant = Warrant::maintenance();", &["rests on Warrant::maintenance"]);
}

/// Words for what a write rests on. One of them is in the signature of whoever commits in a store.
const RESTS_ON: [&str; 6] = ["Authority", "SessionProof", "Warrant", "Writer", "BothSides", "Adviser"];

/// Containers in which everything that is written is somebody's doing. Keys are the program's own: they hold nothing that anybody said.
/// Sealing anew names no container: it writes what is there again, for the same place, and takes no content from anybody.
const OF_SOMEBODY: [&str; 3] = ["Container::Identities", "Container::Clients", "shelf.container"];

/// What is written without a ground, and why that gives nobody anything.
const NEEDS_NONE: [(&str, &str); 2] = [
    ("overtake", "takes authority away from sessions, and gives none"),
    ("take_up", "rests on the intent itself, which is there and says whose it is"),
];

/// The functions of a file: name, whether others may call it, signature and body.
fn functions(text: &str) -> Vec<(&str, bool, &str, &str)> {
    let mut found = Vec::new();
    for part in text.split("\n    }\n") {
        let Some(at) =
            part.find("    pub async fn ").or_else(|| part.find("    pub(super) async fn ")).or_else(|| part.find("    async fn "))
        else {
            continue;
        };
        let function = &part[at..];
        let name = function.split("async fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next()).unwrap_or_default();
        let (signature, body) = function.split_once(" {\n").unwrap_or((function, ""));
        found.push((name, function.starts_with("    pub"), signature, body));
    }
    found
}

/// Functions of a store that others may call, that commit there, and that do not say what that rests on.
fn ungrounded(text: &str) -> Vec<String> {
    let functions = functions(text);
    let commits = |body: &str| body.contains(".documents.commit(") && OF_SOMEBODY.iter().any(|container| body.contains(container));
    let helpers: Vec<_> = functions.iter().filter(|(_, is_open, _, body)| !is_open && commits(body)).map(|(name, ..)| *name).collect();
    let writes = |body: &str| commits(body) || helpers.iter().any(|helper| body.contains(&format!("self.{helper}(")));
    let open = functions.iter().filter(|(_, is_open, _, body)| *is_open && writes(body));
    let bare = open.filter(|(_, _, signature, _)| !RESTS_ON.iter().any(|word| signature.contains(word)));
    bare.map(|(name, ..)| (*name).to_owned()).filter(|name| !NEEDS_NONE.iter().any(|(known, _)| name == known)).collect()
}

#[test]
fn no_store_is_written_without_saying_what_that_rests_on() {
    let stores = crate::sources().into_iter().filter(|(path, _)| path.starts_with("store/"));
    let found: Vec<_> = stores.flat_map(|(path, text)| ungrounded(&text).into_iter().map(move |name| format!("{path}: {name}"))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let commit = "        self.documents.commit(Container::Identities, a, b).await;\n    }\n";
    for (signature, bare) in [("index: BlindIndex", 1), ("by: SessionProof", 0)] {
        assert_eq!(ungrounded(&format!("\n    pub async fn touch(&self, {signature}) -> R {{\n{commit}")).len(), bare);
    }
    let helped =
        format!("\n    async fn put(&self) {{\n{commit}\n    pub async fn drop_mail(&self) {{\n        self.put().await;\n    }}\n");
    assert_eq!(ungrounded(&helped), ["drop_mail"]);
}
