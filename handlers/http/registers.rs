//! What the routes of all registers have in common.

use super::problem::{Code, Problem};
use crate::{
    domain::{
        ids::RecordId,
        record::{Step, StepAuthor},
        wire::values::AccountRef,
    },
    flows::accounts::names::Names,
};

/// The id of a record in a path. What cannot be an id is not found.
pub(super) fn parse_id(text: &str) -> Result<RecordId, Problem> {
    RecordId::parse(text).ok_or(Problem::of(Code::NotFound))
}

/// The author of a step: the account, its display name and its username. A deleted account has no names, the program itself no account.
pub(super) fn author<E>(names: &Names, step: &Step<E>) -> (Option<AccountRef>, Option<String>, Option<String>) {
    let account = match step.by {
        StepAuthor::Account(account) => account,
        StepAuthor::Maintenance | StepAuthor::Operator | StepAuthor::Later(_) => return (None, None, None),
    };
    let (name, username) = names.get(&account).map(|(name, username)| (name.as_str().to_owned(), username.as_str().to_owned())).unzip();
    (Some(AccountRef(account)), name, username)
}
