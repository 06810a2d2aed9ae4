//! Whether the available keys belong to this database; checked before anything is served or written.

use super::failure::CommandError;
use crate::{
    adapters::sqlite::documents::{MarkKey, MarkVerdict},
    app::{Application, QueueWorker},
    flows::services::Services,
    store::{error::StoreError, keys::sealing::KeyScope},
};
use std::sync::Arc;

/// Unwraps the root key, without which nothing opens, and checks that no other data key is missing. A new database gets a root key, which
/// completes a first start.
pub async fn check_key(application: &Application) -> Result<(), CommandError> {
    let services = &application.state.services;
    if let Some(missing) = missing_keys(services).await? {
        return Err(missing);
    }
    check_root(services).await?;
    if let QueueWorker::InProcess { first_start, .. } = &application.queue_worker {
        first_start.finished().map_err(|error| CommandError::Io("the sign of a first start cannot be removed", error))?;
    }
    begin_marks(application).await.map(drop)
}

/// Likewise, but for commands that need existing data: an empty database is refused and gets no root key. Returns the verdict of the mark
/// beside the database.
pub async fn check_data(application: &Application) -> Result<Option<MarkVerdict>, CommandError> {
    check_existing(&application.state.services).await?;
    begin_marks(application).await
}

/// Likewise, for commands that only read.
pub async fn check_existing(services: &Services) -> Result<(), CommandError> {
    if let Some(missing) = missing_keys(services).await? {
        return Err(missing);
    }
    if services.sealing.has_root().await? { check_root(services).await } else { Err(CommandError::Nothing) }
}

/// Data keys whose records are missing although something was sealed under them; none of them may be recreated.
pub async fn missing_keys(services: &Services) -> Result<Option<CommandError>, CommandError> {
    let missing = match services.sealing.missing_keys().await {
        Ok(missing) => missing,
        Err(StoreError::DoesNotOpen) => return Err(CommandError::AnotherKey),
        Err(other) => return Err(other.into()),
    };
    let name = |scope: &KeyScope| match scope {
        KeyScope::Index => "the root key (partition index)".to_owned(),
        KeyScope::Service => "the service's key (partition service)".to_owned(),
        KeyScope::Adviser(scope) => format!("the key of an adviser (partition {scope})"),
    };
    let names: Vec<String> = missing.iter().map(name).collect();
    Ok((!names.is_empty()).then(|| CommandError::KeysMissing(names.join(", "))))
}

/// Starts recording the database's progress in the mark beside it. If the mark shows that transactions were lost, this is logged, and
/// remembered until an intended restore is confirmed.
async fn begin_marks(application: &Application) -> Result<Option<MarkVerdict>, CommandError> {
    let QueueWorker::InProcess { database, .. } = &application.queue_worker else { return Ok(None) };
    let root = application.state.services.sealing.root().await?;
    let judged = database.begin_marks(Arc::clone(&root.mark) as MarkKey).await.map_err(StoreError::from)?;
    if let MarkVerdict::Lost { after, until } = judged {
        let cause = format!("transactions {} to {until} are lost", after + 1);
        let outcome = "what they acknowledged is gone: after a restore run finrust replay-erasures, otherwise look after the disk";
        tracing::error!(event = "database_went_back", cause, outcome);
    }
    Ok(Some(judged))
}

async fn check_root(services: &Services) -> Result<(), CommandError> {
    match services.sealing.root().await {
        Ok(_) => Ok(()),
        Err(StoreError::DoesNotOpen) => Err(CommandError::AnotherKey),
        Err(other) => Err(other.into()),
    }
}
