//! Accounts requested with an idempotency key. Everything else that a request creates has an id derived from its key, so two bodies with
//! one key collide there; an account's id is derived from its username. Such requests collide in the identity of the officer who makes
//! them.

use crate::flows::{failure::Failure, intents::Hand, services::Services};
use crate::{
    domain::{
        accounts::account::Identity,
        authority::Aim,
        ids::IntentId,
        request_tag::{RequestTag, Wanted},
        sign_in::{attempt::Change, session::Officer},
        stored::BlindIndex,
    },
    store::{
        authority::Intent,
        error::StoreError,
        identities::repository::{Identities, StoredIdentity},
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use jiff::Timestamp;

/// Why no intent could be recorded yet.
enum NotYet {
    /// These accounts were requested with the same key, and nobody is creating them any more.
    Look(Vec<Wanted>),
    /// The request is refused.
    Refused(Failure),
}

impl From<StoreError> for NotYet {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Records the intent to create an account.
///
/// # Errors
/// [`Failure::KeyReused`] when another body with the same key has created an account or may still do so, or when this one created an
/// account that was withdrawn; [`Failure::Store`].
pub(in crate::flows) async fn intend(
    services: &Services,
    by: Officer,
    (account, found): (BlindIndex, &StoredIdentity),
    request: Option<RequestTag>,
) -> Result<Intent, Failure> {
    let aim = Aim::Account { account, change: Change::Created };
    let Some(request) = request else {
        return Ok(Hand::from(by).intend(services, aim, None).await?);
    };
    if found.identity.was_made_for(request) {
        return Err(Failure::KeyReused);
    }
    let mut came_to_nothing = Vec::new();
    for _ in 0..MAX_ATTEMPTS {
        let note = |identity: &mut Identity, intent: IntentId, until: Timestamp| {
            let others = others(identity, request, services.now())?;
            let unseen: Vec<_> = others.into_iter().filter(|other| !came_to_nothing.contains(&other.intent)).collect();
            if !unseen.is_empty() {
                return Err(NotYet::Look(unseen));
            }
            identity.account.iter_mut().for_each(|own| own.want(Wanted { request, account, intent, until }));
            Ok(())
        };
        match Hand::from(by).intend_noting(services, aim.clone(), None, note).await {
            Ok(intent) => return Ok(intent),
            Err(NotYet::Refused(failure)) => return Err(failure),
            Err(NotYet::Look(others)) => {
                for other in others {
                    if services.identities.find(other.account).await?.identity.was_made_for(request) {
                        return Err(Failure::KeyReused);
                    }
                    came_to_nothing.push(other.intent);
                }
            }
        }
    }
    Err(OVERTAKEN.into())
}

/// Returns the accounts requested with the same key and another body that are not being created.
fn others(identity: &Identity, request: RequestTag, now: Timestamp) -> Result<Vec<Wanted>, NotYet> {
    let wanted = identity.account.iter().flat_map(|own| &own.wanted);
    let others: Vec<_> = wanted.filter(|it| it.request.has_key_of(&request) && it.request != request).copied().collect();
    let is_open = |it: &Wanted| now < it.until && Identities::has_intent(identity, it.intent);
    if others.iter().any(is_open) { Err(NotYet::Refused(Failure::KeyReused)) } else { Ok(others) }
}
