//! How long an adviser retains files: each adviser's own choice, stored in the account.

use crate::flows::{
    accounts::change::{Draft, change_unless},
    clients,
    cursors::{List, ListPage},
    failure::Failure,
    services::Services,
};
use crate::{
    domain::{
        accounts::account::Account,
        clients::{retention::Retention, summary::ClientSummary},
        ids::ClientId,
        sign_in::{
            attempt::Change,
            session::{Adviser, AdviserScope},
        },
        wire::values::Day,
    },
    store::{clients::files::Versioned, error::StoreError, keys::sealing::KeyScope},
};
use futures::future::try_join_all;
use jiff::Timestamp;

/// A file whose retention period, as chosen by its adviser, has expired.
pub struct Proposal {
    pub id: ClientId,
    /// The file as lists show it.
    pub summary: ClientSummary,
    /// The last day of its retention period.
    pub keep_until: Day,
}

/// Returns the adviser's choice; `None` until there is one.
///
/// # Errors
/// [`Failure::NotSignedIn`] when the account no longer exists; [`Failure::Store`].
pub async fn view(services: &Services, adviser: &Adviser) -> Result<Option<Retention>, Failure> {
    let found = services.identities.find(adviser.account).await?;
    Ok(found.identity.account.ok_or(Failure::NotSignedIn)?.retention)
}

/// Sets the retention period. Recorded like every account change; choosing the current value changes nothing.
pub async fn choose(services: &Services, adviser: &Adviser, retention: &Retention) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        draft.account.retention = Some(retention.clone());
        Ok(())
    };
    let is_so = |account: &Account| account.retention.as_ref() == Some(retention);
    change_unless(services, adviser.account, adviser.proof().into(), Change::RetentionChosen, is_so, edit).await
}

/// Returns the files whose retention period has expired, the longest overdue first. Erasure is only proposed: the adviser may know a reason to retain a file.
///
/// # Errors
/// [`Failure::Store`], also for an invalid cursor.
pub async fn proposals(services: &Services, adviser: &Adviser, limit: u16, cursor: Option<&str>) -> Result<ListPage<Proposal>, Failure> {
    let Some(Retention { months, .. }) = view(services, adviser).await? else {
        return Ok(ListPage { items: Vec::new(), next: None });
    };
    let (scope, today) = (adviser.scope(), services.today());
    let owner = scope.id().to_string();
    let list = List { scope: KeyScope::Adviser(scope.id()), name: "proposals", owner: &owner };
    let after = list.position(services, cursor).await?;
    let all = clients::files::all(services, scope).await?.into_iter();
    let proposal = |(id, summary): (ClientId, ClientSummary)| Proposal { id, keep_until: months.keep_until(summary.updated_at), summary };
    let overdue = all.map(proposal).filter(|it| it.keep_until < today).map(|it| ((it.keep_until, it.id), it));
    let ListPage { items, next } = list.page(services, overdue, (limit.into(), after)).await?;
    Ok(ListPage { items: confirmed(services, scope, items, |at| months.keep_until(at)).await?, next })
}

/// Keeps the proposals that the file itself confirms: an older summary put back by tampering would have a file erased too early.
async fn confirmed(
    services: &Services,
    scope: AdviserScope,
    proposals: Vec<Proposal>,
    keep_until: impl Fn(Timestamp) -> Day,
) -> Result<Vec<Proposal>, StoreError> {
    let found = try_join_all(proposals.iter().map(|proposal| services.clients.find(scope, proposal.id))).await?;
    let is_confirmed = |(proposal, found): &(Proposal, Option<Versioned>)| {
        found.as_ref().is_some_and(|found| keep_until(found.kept.updated_at) == proposal.keep_until)
    };
    Ok(proposals.into_iter().zip(found).filter(is_confirmed).map(|(proposal, _)| proposal).collect())
}
