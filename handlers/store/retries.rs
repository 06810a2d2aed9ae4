//! How often a write that lost to a concurrent one is decided again, and what its caller is told in the end.

use super::error::StoreError;
use std::time::Duration;

/// Attempts at a write. An attempt is lost only when another commit at the same place succeeded, and partition locks keep the writers of
/// one instance apart, so it takes this many commits by others in the time of one request.
pub const MAX_ATTEMPTS: usize = 64;

/// The last attempt was lost too: nothing was written, and the caller can try again in a second.
pub const OVERTAKEN: StoreError = StoreError::Busy { retry_after: Duration::from_secs(1) };

/// How often several documents are read again because one of them changed while they were read.
pub const MAX_READINGS: usize = 8;
