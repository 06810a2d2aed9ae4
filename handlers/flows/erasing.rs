//! Erasing a client file for good: the second of two steps, after the file was marked.
//!
//! ```text
//! password ‖ marked, not held, not blocked  ->  it says that it is being erased  ->  lines in the log of erasures  ->  it goes
//! ```
//!
//! The decision is one commit with the version of the file that it was made on; from then on the file is neither held nor taken back
//! nor saved over. The log comes before the file goes, so that no database that is put back older brings the person back. Whoever is cut
//! off after the decision has decided: maintenance finishes it, also at a successor that the file was handed over to meanwhile. A file
//! that came from a predecessor is named in that partition too, where an older database would have it.

use super::{confirmation::confirm_password, failure::Failure, services::Services, visitor::Visitor};
use crate::{
    domain::{
        credentials::TypedPassword,
        erasure_begun::BegunErasure,
        ids::ClientId,
        session::{Adviser, AdviserScope, Full, Session},
        standing::ErasureObstacle,
        write_right::WriteRight,
    },
    store::{
        client_files::Versioned,
        client_former::Former,
        client_writes::{WriteRefused, Writer},
        error::StoreError,
    },
};
use std::{sync::Arc, time::Duration};

/// Times the file is read again because it was changed meanwhile.
const MAX_ATTEMPTS: usize = 16;

/// How an erasure can end other than well.
pub enum ErasingFailure {
    /// No such file, or another adviser's.
    NotFound,
    /// Something stands in its way.
    Obstacle(ErasureObstacle),
    /// As a story about accounts does.
    Account(Failure),
}

impl ErasingFailure {
    /// This failure, when only that the password was judged went before it.
    fn undone(self) -> Self {
        match self {
            Self::Account(failure) => Self::Account(failure.undone()),
            other @ (Self::NotFound | Self::Obstacle(_)) => other,
        }
    }
}

impl<F: Into<Failure>> From<F> for ErasingFailure {
    fn from(failure: F) -> Self {
        Self::Account(failure.into())
    }
}

/// Erases a file.
pub async fn erase(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    id: ClientId,
    password: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<(), ErasingFailure> {
    let found = find(services, adviser, id).await?.ok_or(ErasingFailure::NotFound)?;
    may_be_erased(services, &found)?;
    confirm_password(services, session, password, visitor).await?;
    let begun = begin(services, adviser, id).await.map_err(ErasingFailure::undone)?;
    // What was decided happens, whoever is cut off: maintenance finishes it.
    finish(services, &begun, Writer::of(adviser, services.now())).await.map_err(StoreError::but_done)?;
    Ok(())
}

async fn find(services: &Services, adviser: &Adviser, id: ClientId) -> Result<Option<Versioned>, StoreError> {
    services.clients.find(adviser.scope(), id).await
}

/// What was begun is not asked about again.
fn may_be_erased(services: &Services, found: &Versioned) -> Result<(), ErasingFailure> {
    match found.kept.erasing_since {
        Some(_) => Ok(()),
        None => found.kept.standing.may_be_erased(services.today()).map_err(ErasingFailure::Obstacle),
    }
}

/// Decides, on the version of the file that is there now: a hold that came while the password was looked at stands in the way.
async fn begin(services: &Services, adviser: &Adviser, id: ClientId) -> Result<BegunErasure, ErasingFailure> {
    for _ in 0..MAX_ATTEMPTS {
        let found = find(services, adviser, id).await?.ok_or(ErasingFailure::NotFound)?;
        may_be_erased(services, &found)?;
        if found.kept.erasing_since.is_some()
            && let Some(begun) = services.clients.begun_erasure(adviser.scope(), id).await?
        {
            return Ok(begun);
        }
        match services.clients.begin_erasure(adviser, id, found, services.now()).await {
            Ok(begun) => return Ok(begun),
            Err(WriteRefused::Stale) => {}
            Err(WriteRefused::Missing) => return Err(ErasingFailure::NotFound),
            Err(other) => return Err(StoreError::from(other).into()),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
}

/// Finishes every erasure that was begun and cut off. Tells how many files went.
///
/// # Errors
/// [`StoreError`]; what is erased stays erased. One that cannot be finished keeps no other waiting.
pub(super) async fn finish_all(services: &Services) -> Result<usize, StoreError> {
    let (mut erased, mut after, mut failed) = (0, None, None);
    loop {
        let slice = services.clients.begun_erasures(after).await?;
        for begun in &slice.items {
            match finish(services, begun, Writer { right: WriteRight::finish(begun), at: services.now() }).await {
                Ok(was_there) => erased += usize::from(was_there),
                Err(error) => failed = Some(error),
            }
        }
        after = slice.next;
        if after.is_none() {
            return failed.map_or(Ok(erased), Err);
        }
    }
}

/// Writes into the log what was decided, and takes the file away. Tells whether it was there.
async fn finish(services: &Services, begun: &BegunErasure, writer: Writer) -> Result<bool, StoreError> {
    let (scope, id) = (AdviserScope::of_begun(begun), begun.client());
    for _ in 0..MAX_ATTEMPTS {
        let found = services.clients.find(scope, id).await?;
        let is_meant = |found: &Versioned| found.kept.created_at == begun.created_at() && found.kept.erasing_since.is_some();
        let Some(found) = found.filter(is_meant) else {
            // Gone already, or a hand-over has it and its note now.
            services.clients.drop_erasing_note(Writer { right: WriteRight::finish(begun), ..writer }, id).await?;
            return Ok(false);
        };
        write_down(services, begun).await?;
        match services.clients.erase(writer, id, &found).await {
            Ok(()) => return Ok(true),
            Err(WriteRefused::Stale | WriteRefused::Missing) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) })
}

/// In both forms, for every partition that the file has been in.
async fn write_down(services: &Services, begun: &BegunErasure) -> Result<(), StoreError> {
    let formers = services.clients.formers(AdviserScope::of_begun(begun), begun.client()).await?;
    let root = services.sealing.root().await?;
    for scope in formers.iter().map(Former::scope).chain([begun.scope()]) {
        let erasure = begun.logged(scope);
        for line in [erasure.line(&root.erasures), erasure.in_first_form().line(&root.erasures)] {
            services.erasures.append(&line).await?;
        }
    }
    Ok(())
}
