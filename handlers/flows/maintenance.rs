//! What has to be done now and then: announcing mails that stayed behind, wrapping data keys anew.

use super::{post::Job, services::Services};
use crate::{
    crypto::envelope::Part,
    ports::{Container, Documents, Order, Page},
    store::error::StoreError,
};
use std::time::Duration;

/// What a round of maintenance did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Mails announced again.
    pub mails: usize,
    /// Data keys wrapped under the newest key-encryption key.
    pub rewrapped: usize,
    /// Data keys looked at.
    pub keys: usize,
}

/// One round. It may be cut off anywhere and run again.
///
/// # Errors
/// [`StoreError`].
pub async fn run(services: &Services, documents: &dyn Documents) -> Result<Report, StoreError> {
    services.sealing.purge();
    services.limits.shrink();
    let mails = announce_mails(services).await?;
    let (rewrapped, keys) = rewrap(services, documents, |_| {}).await?;
    Ok(Report { mails, rewrapped, keys })
}

/// Wraps every data key that is under an older key-encryption key anew. `progress` is told how many were looked at.
///
/// # Errors
/// [`StoreError`]; what was done stays done, and another run goes on.
pub async fn rewrap(services: &Services, documents: &dyn Documents, mut progress: impl FnMut(usize)) -> Result<(usize, usize), StoreError> {
    let (mut done, mut seen) = (0, 0);
    let mut page = Page { order: Order::Ascending, limit: 200, after: None };
    loop {
        let listing = documents.scan(Container::Keys, "key-", Part::Body, &page).await?;
        for item in &listing.items {
            match services.sealing.rewrap(item).await {
                Ok(rewrapped) => done += usize::from(rewrapped),
                // Another instance was faster.
                Err(StoreError::Stale) => {}
                Err(other) => return Err(other),
            }
            seen += 1;
        }
        progress(seen);
        match listing.next {
            Some(next) => page.after = Some(next),
            None => return Ok((done, seen)),
        }
    }
}

async fn announce_mails(services: &Services) -> Result<usize, StoreError> {
    let (mut announced, mut after) = (0, None);
    loop {
        let slice = services.identities.waiting_mails(after).await?;
        for (identity, mail) in slice.items {
            services.post.send(Job::Mail { identity, mail }, Duration::ZERO).await?;
            announced += 1;
        }
        match slice.next {
            Some(next) => after = Some(next),
            None => return Ok(announced),
        }
    }
}
