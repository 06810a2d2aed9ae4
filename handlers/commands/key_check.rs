//! Whether the key at hand is the one of this database: asked before anything is served or written.

use super::failure::CommandError;
use crate::{flows::services::Services, store::error::StoreError};

/// Unwraps the root key, without which nothing opens; a new database gets one.
///
/// # Errors
/// [`CommandError::AnotherKey`]; [`CommandError::Store`].
pub async fn check_key(services: &Services) -> Result<(), CommandError> {
    match services.sealing.root().await {
        Ok(_) => Ok(()),
        Err(StoreError::DoesNotOpen) => Err(CommandError::AnotherKey),
        Err(other) => Err(other.into()),
    }
}
