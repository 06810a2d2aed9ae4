//! The keys that never rotate, all derived from the one data key of the scope `index`.
//!
//! They name things (blind indexes, token hashes, repeatable ids) and vouch for things (key records, chains of attempts, the log of erasures, the mark of the database): a
//! new key would make every name and every voucher void.

use super::{blind_index::BlindIndexKey, data_keys::DataKey, mac::MacKey, token::TokenKey};
use std::sync::Arc;

/// One key per purpose.
pub struct RootKeys {
    pub blind_index: BlindIndexKey,
    pub tokens: TokenKey,
    /// Links the chain of attempts.
    pub chain: MacKey,
    /// Vouches for the records of data keys.
    pub records: MacKey,
    /// Turns an idempotency key into the id of the file it makes.
    pub repeats: MacKey,
    /// Vouches for the lines of the log of erasures.
    pub erasures: MacKey,
    /// Vouches for the mark that says how far the database had come.
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
