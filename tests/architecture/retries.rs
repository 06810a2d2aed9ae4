//! Writes that lose to concurrent ones: how often they are tried again, and what their caller is told in the end.

use crate::source::Source;
use syn::Item;

const POLICY: &str = "store/retries.rs";

/// Which loops end in another way than the policy's, which their comments explain.
const OTHER_ENDS: [&str; 1] = ["store/keys/resealing.rs"];

/// A file that tries again does so as often as all others, and then says the same.
pub fn policy(source: &Source) -> Vec<String> {
    let path = source.path.as_str();
    let is_own = |item: &Item| matches!(item, Item::Const(it) if it.ident == "MAX_ATTEMPTS");
    let own = source.whole.items.iter().any(is_own) && path != POLICY;
    let names = |word: &str| source.code.words.contains(word);
    let is_open = names("MAX_ATTEMPTS") && !names("OVERTAKEN") && !OTHER_ENDS.contains(&path);
    let wrong = [(own, "has a number of attempts of its own"), (is_open, "tries again and never says OVERTAKEN")];
    wrong.iter().filter(|(is_so, _)| *is_so).map(|(_, what)| (*what).to_owned()).collect()
}

#[test]
fn another_policy_is_found() {
    let found = |path, text: &str| policy(&Source::parse(path, text));
    let shared = "use crate::store::retries::{MAX_ATTEMPTS, OVERTAKEN}; fn f() { for _ in 0..MAX_ATTEMPTS {} Err(OVERTAKEN) }";
    assert_eq!(found("flows/x.rs", shared), [""; 0]);
    assert_eq!(found("flows/x.rs", &format!("const MAX_ATTEMPTS: usize = 8; {shared}")), ["has a number of attempts of its own"]);
    let stale = "use crate::store::retries::MAX_ATTEMPTS; fn f() { for _ in 0..MAX_ATTEMPTS {} Err(StoreError::Stale) }";
    assert_eq!(found("flows/x.rs", stale), ["tries again and never says OVERTAKEN"]);
    assert_eq!(found("store/keys/resealing.rs", stale), [""; 0]);
    assert_eq!(found(POLICY, "pub const MAX_ATTEMPTS: usize = 64; pub const OVERTAKEN: StoreError = BUSY;"), [""; 0]);
}
