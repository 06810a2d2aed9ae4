//! Erasing a client file permanently: the second of two steps, after the file was marked.
//!
//! ```text
//! password ‖ marked, not held, not restricted  ->  file states it is being erased  ->  lines in the erasure log  ->  file deleted
//! ```
//!
//! The decision is one commit, conditional on the version of the file that it was made on; from then on the file can be neither held,
//! restored nor overwritten. The erasure log is written before the file is deleted, so that restoring an older database does not bring the
//! person back. An erasure that is cut off after the decision is finished by maintenance, also at a successor that received the file in the
//! meantime. A file that came from a predecessor is logged under that partition too, where an older database would have it.

use crate::flows::{
    failure::Failure,
    services::Services,
    sign_in::{confirmation::confirm_password, visitor::Visitor},
};
use crate::{
    domain::{
        clients::{erasure_begun::BegunErasure, restrictions::ErasureObstacle, write_right::WriteRight},
        ids::ClientId,
        sign_in::{
            credentials::TypedPassword,
            session::{Adviser, AdviserScope, Full, Session},
        },
    },
    store::{
        clients::{
            files::Versioned,
            former::Former,
            writes::{WriteRefused, Writer},
        },
        error::StoreError,
        retries::{MAX_ATTEMPTS, OVERTAKEN},
    },
};
use std::sync::Arc;

/// Why an erasure fails.
pub enum ErasingFailure {
    /// No such file, or another adviser's.
    NotFound,
    /// An obstacle to the erasure.
    Obstacle(ErasureObstacle),
    /// Fails as an operation on accounts does.
    Account(Failure),
}

impl ErasingFailure {
    /// Marks this failure as one where nothing was done besides recording the password check.
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
    // Once decided, the erasure happens even if this request is cut off: maintenance finishes it.
    finish(services, &begun, Writer::of(adviser, services.now())).await.map_err(StoreError::but_done)?;
    Ok(())
}

async fn find(services: &Services, adviser: &Adviser, id: ClientId) -> Result<Option<Versioned>, StoreError> {
    services.clients.find(adviser.scope(), id).await
}

/// An erasure that has begun is not checked again.
fn may_be_erased(services: &Services, found: &Versioned) -> Result<(), ErasingFailure> {
    match found.kept.erasing_since {
        Some(_) => Ok(()),
        None => found.kept.restrictions.may_be_erased(services.today()).map_err(ErasingFailure::Obstacle),
    }
}

/// Decides on the current version of the file: a hold placed during the password check prevents the erasure.
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
    Err(OVERTAKEN.into())
}

/// Finishes every erasure that was begun and then cut off. Returns how many files were erased.
///
/// # Errors
/// [`StoreError`]; erased files stay erased. One that cannot be finished does not block the others.
pub(in crate::flows) async fn finish_all(services: &Services) -> Result<usize, StoreError> {
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

/// Logs the decided erasure and deletes the file. Returns whether the file was still there.
async fn finish(services: &Services, begun: &BegunErasure, writer: Writer) -> Result<bool, StoreError> {
    let (scope, id) = (AdviserScope::of_begun(begun), begun.client());
    for _ in 0..MAX_ATTEMPTS {
        let found = services.clients.find(scope, id).await?;
        let is_meant = |found: &Versioned| found.kept.created_at == begun.created_at() && found.kept.erasing_since.is_some();
        let Some(found) = found.filter(is_meant) else {
            // Already erased, or a hand-over has since moved the file and its note.
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
    Err(OVERTAKEN)
}

/// Logs in both line formats, for every partition that has held the file.
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
