//! Grounds of a change that no session proves: each with the files that may name it, so that no other flow helps itself to one.

use crate::tokens::{of_product, paths};

const GROUNDS: [(&str, &str, &[&str]); 6] = [
    // Whoever is at the door: tries are recorded, and nothing is changed.
    ("Authority", "Stranger", &["flows/sign_in.rs", "flows/confirmation.rs", "flows/register.rs"]),
    ("Authority", "Job", &["flows/reset.rs"]),
    ("Authority", "Maintenance", &["flows/hand_over_moves.rs"]),
    ("Authority", "Operator", &["flows/accounts.rs"]),
    ("Warrant", "maintenance", &["flows/breaches.rs", "flows/processors.rs", "flows/hand_over_moves.rs", "flows/hand_overs.rs"]),
    ("Warrant", "operator", &[]),
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
