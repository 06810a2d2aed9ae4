//! Erasing a client file for good: the second of two steps, after the file was marked.
//!
//! ```text
//! password ‖ marked, not held, not blocked  ->  a line in the log of erasures  ->  the file goes, its trail says so
//! ```
//!
//! The log comes first, so that no database that is put back older brings the person back. Whoever is cut off after the line has decided:
//! maintenance erases what the log names. A file that came from a predecessor is named in that partition too, where an older database
//! would have it.

use super::{confirmation::confirm_password, failure::Failure, services::Services, visitor::Visitor};
use crate::{
    domain::{
        credentials::TypedPassword,
        erasure_log::Erasure,
        ids::{ClientId, ScopeId},
        session::{Adviser, Full, Session},
        standing::ErasureObstacle,
        trail::{Actor, Deed},
    },
    store::{
        client_files::Versioned,
        client_former::Former,
        client_writes::{Content, FileWrite, WriteRefused, Writer},
        error::StoreError,
    },
};
use std::{sync::Arc, time::Duration};

/// Times the file is read again because it was changed meanwhile.
const MOST_TRIES: usize = 16;

/// How an erasure can end other than well.
pub enum ErasingFailure {
    /// No such file, or another adviser's.
    NotFound,
    /// Something stands in its way.
    Obstacle(ErasureObstacle),
    /// As a story about accounts does.
    Account(Failure),
}

impl<F: Into<Failure>> From<F> for ErasingFailure {
    fn from(failure: F) -> Self {
        Self::Account(failure.into())
    }
}

/// Erases a file.
///
/// # Errors
/// [`ErasingFailure`].
pub async fn erase(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    id: ClientId,
    password: Option<&TypedPassword>,
    visitor: &Visitor,
) -> Result<(), ErasingFailure> {
    let found = find(services, adviser, id).await?.ok_or(ErasingFailure::NotFound)?;
    found.kept.standing.may_be_erased(services.today()).map_err(ErasingFailure::Obstacle)?;
    confirm_password(services, session, password, visitor).await?;
    write_down(services, adviser, id).await?;
    remove(services, adviser, id).await
}

async fn find(services: &Services, adviser: &Adviser, id: ClientId) -> Result<Option<Versioned>, StoreError> {
    services.clients.find(adviser.scope(), id).await
}

async fn write_down(services: &Services, adviser: &Adviser, id: ClientId) -> Result<(), ErasingFailure> {
    let formers = services.clients.formers(adviser.scope(), id).await?;
    let places = formers.iter().map(Former::scope).chain([adviser.scope().id()]);
    let root = services.sealing.root().await?;
    for scope in places.collect::<Vec<ScopeId>>() {
        let line = Erasure { at: services.now(), scope, client: id }.line(&root.erasures);
        services.erasures.append(&line).await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// It is decided: whatever was changed since goes too.
async fn remove(services: &Services, adviser: &Adviser, id: ClientId) -> Result<(), ErasingFailure> {
    for _ in 0..MOST_TRIES {
        let Some(Versioned { kept, etag }) = find(services, adviser, id).await? else {
            return Ok(());
        };
        let content = Content::Gone { if_match: etag, revision: kept.revision };
        let writer = Writer { by: Actor::from(adviser), at: services.now() };
        let write = FileWrite { id, deed: Deed::Erased, content };
        match services.clients.write(adviser.scope(), writer, &[write]).await {
            Ok(_) | Err(WriteRefused::Missing) => return Ok(()),
            Err(WriteRefused::Stale | WriteRefused::Exists) => {}
            Err(WriteRefused::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy { retry_after: Duration::from_secs(1) }.into())
}
