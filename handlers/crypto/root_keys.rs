//! The keys that never rotate, all derived from the one data key of the scope `index`.
//!
//! They derive identifiers (blind indexes, token hashes, repeatable ids) and authenticate data (key records, attempt chains, the erasure
//! log, the database mark): a new key would invalidate every identifier and every MAC.

use super::{blind_index::BlindIndexKey, data_keys::DataKey, mac::MacKey, token::TokenKey};
use std::sync::Arc;

/// One key per purpose.
pub struct RootKeys {
    pub blind_index: BlindIndexKey,
    pub tokens: TokenKey,
    /// Links the entries of the attempt chain.
    pub chain: MacKey,
    /// Authenticates the records of data keys.
    pub records: MacKey,
    /// Derives the id of a created file from its idempotency key.
    pub repeats: MacKey,
    /// Authenticates the lines of the erasure log.
    pub erasures: MacKey,
    /// Authenticates the mark that records how far the database had advanced.
    pub mark: Arc<MacKey>,
}

impl RootKeys {
    pub fn derive(index_key: &DataKey) -> Self {
        Self {
            blind_index: BlindIndexKey::new(index_key.derive("blind index")),
            tokens: TokenKey::new(index_key.derive("token hash")),
            chain: MacKey::new(index_key.derive("attempt chain")),
            records: MacKey::new(index_key.derive("key record")),
            repeats: MacKey::new(index_key.derive("idempotent create")),
            erasures: MacKey::new(index_key.derive("erasure log")),
            mark: Arc::new(MacKey::new(index_key.derive("database mark"))),
        }
    }
}
