//! Browsers that an account knows: listing them and forgetting them.

use super::visitor::Visitor;
use crate::domain::{
    accounts::account::Account,
    ids::BrowserId,
    sign_in::{
        attempt::Change,
        device::Device,
        session::{Full, Session},
    },
    stored::HashedToken,
};
use crate::flows::{
    accounts::change::{Draft, change},
    failure::Failure,
    services::Services,
};
use jiff::Timestamp;
use std::cmp::Reverse;

/// Returns the known browsers, the most recently used for signing in first, and which of them is asking.
pub async fn list(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<(Vec<Device>, Option<BrowserId>), Failure> {
    let found = services.identities.find(session.identity()).await?;
    let shown = services.hash_device(session.identity(), visitor.device.as_ref()).await?;
    let own = found.account().and_then(|account| own(account, shown.as_ref(), services.now()));
    let mut known: Vec<Device> = found.account().into_iter().flat_map(|account| account.known_devices(services.now()).cloned()).collect();
    known.sort_by_key(|device| Reverse(device.last_signed_in_at));
    Ok((known, own))
}

/// Forgets one browser; succeeds also when it is already unknown.
pub async fn forget_one(services: &Services, session: &Session<Full>, id: BrowserId) -> Result<(), Failure> {
    forget(services, session, |_, device| device.id() == id).await
}

/// Forgets every browser except the one asking.
pub async fn forget_others(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<(), Failure> {
    let (shown, now) = (services.hash_device(session.identity(), visitor.device.as_ref()).await?, services.now());
    let is_meant = |account: &Account, device: &Device| Some(device.id()) != own(account, shown.as_ref(), now);
    forget(services, session, is_meant).await
}

fn own(account: &Account, shown: Option<&HashedToken>, now: Timestamp) -> Option<BrowserId> {
    account.device(shown?, now).map(Device::id)
}

async fn forget(services: &Services, session: &Session<Full>, is_meant: impl Fn(&Account, &Device) -> bool) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        let stays: Vec<Device> = draft.account.devices.iter().filter(|device| !is_meant(&draft.account, device)).cloned().collect();
        if stays.len() == draft.account.devices.len() {
            return Err(Failure::NotFound);
        }
        draft.account.devices = stays;
        Ok(())
    };
    match change(services, session.identity(), session.proof().into(), Change::BrowsersForgotten, edit).await {
        Ok(()) | Err(Failure::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
