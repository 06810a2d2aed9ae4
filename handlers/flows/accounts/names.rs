//! Display names and usernames of accounts, for showing who did something.

use crate::flows::services::Services;
use crate::{
    domain::{
        chain::Entry,
        record::{Step, StepAuthor},
        sign_in::credentials::{DisplayName, Username},
        stored::BlindIndex,
    },
    store::error::StoreError,
};
use std::collections::{BTreeMap, BTreeSet};

/// Display name and username by account. A deleted account has no entry.
pub type Names = BTreeMap<BlindIndex, (DisplayName, Username)>;

/// Returns the names of these accounts, looking each up once.
pub async fn names_of(services: &Services, accounts: BTreeSet<BlindIndex>) -> Result<Names, StoreError> {
    let mut names = Names::new();
    for account in accounts {
        if let Some(known) = services.identities.find(account).await?.account() {
            names.insert(account, (known.display_name.clone(), known.username.clone()));
        }
    }
    Ok(names)
}

/// Returns the names of the accounts that took these steps.
pub async fn names_in<E>(services: &Services, steps: &[Entry<Step<E>>]) -> Result<Names, StoreError> {
    let account = |step: &Entry<Step<E>>| match step.event.by {
        StepAuthor::Account(account) => Some(account),
        StepAuthor::Maintenance | StepAuthor::Operator | StepAuthor::Later(_) => None,
    };
    names_of(services, steps.iter().filter_map(account).collect()).await
}
