//! How long an adviser keeps files: the own choice, which stands in the own account.

use super::{
    account_change::{Draft, change},
    failure::Failure,
    services::Services,
};
use crate::domain::{attempt::Change, retention::Retention, session::Adviser};

/// The adviser's choice; `None` until there is one.
///
/// # Errors
/// [`Failure::NotSignedIn`] when the account is gone; [`Failure::Store`].
pub async fn view(services: &Services, adviser: &Adviser) -> Result<Option<Retention>, Failure> {
    let found = services.identities.find(adviser.account).await?;
    Ok(found.identity.account.ok_or(Failure::NotSignedIn)?.retention)
}

/// Chooses anew. It is recorded like every change of an account.
///
/// # Errors
/// [`Failure::Store`].
pub async fn choose(services: &Services, adviser: &Adviser, retention: &Retention) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        draft.account.retention = Some(retention.clone());
        Ok(())
    };
    change(services, adviser.account, Change::RetentionChosen, edit).await
}
