//! Browsers that an account knows: seeing them, and forgetting them.

use super::{
    account_change::{Draft, change},
    failure::Failure,
    services::Services,
    visitor::Visitor,
};
use crate::domain::{
    attempt::Change,
    device::Device,
    ids::BrowserId,
    session::{Full, Session},
};
use std::cmp::Reverse;

/// The known browsers, the one that signed in last first, and which of them asks.
///
/// # Errors
/// [`Failure::Store`].
pub async fn list(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<(Vec<Device>, Option<BrowserId>), Failure> {
    let found = services.identities.find(session.identity()).await?;
    let own = own(services, session, visitor).await?;
    let mut known: Vec<Device> = found.account().into_iter().flat_map(|account| account.known_devices(services.now()).cloned()).collect();
    known.sort_by_key(|device| Reverse(device.last_signed_in_at));
    Ok((known, own))
}

/// Forgets one. One that is not known any more is forgotten already.
///
/// # Errors
/// [`Failure::Store`].
pub async fn forget_one(services: &Services, session: &Session<Full>, id: BrowserId) -> Result<(), Failure> {
    forget(services, session, |device| device.id() == id).await
}

/// Forgets every browser but the one that asks.
///
/// # Errors
/// [`Failure::Store`].
pub async fn forget_others(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<(), Failure> {
    let own = own(services, session, visitor).await?;
    forget(services, session, |device| Some(device.id()) != own).await
}

async fn own(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<Option<BrowserId>, Failure> {
    let shown = services.hash_device(session.identity(), visitor.device.as_ref()).await?;
    Ok(shown.map(|hash| BrowserId::from_bytes(hash.half())))
}

async fn forget(services: &Services, session: &Session<Full>, is_meant: impl Fn(&Device) -> bool) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        let before = draft.account.devices.len();
        draft.account.devices.retain(|device| !is_meant(device));
        if draft.account.devices.len() == before { Err(Failure::NotFound) } else { Ok(()) }
    };
    match change(services, session.identity(), session.proof().into(), Change::BrowsersForgotten, edit).await {
        Ok(()) | Err(Failure::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
