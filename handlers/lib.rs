//! FinRust keeps the client files of financial advisers: sealed before they reach the database, opened by their own adviser only.
//!
//! The modules below are in reading order, lower ranks first; a rank imports only from ranks above it in this list
//! (`tests/architecture.rs` checks that).

/// Values that must not be seen.
pub mod secret;

/// Pure rules: no async, no input or output, `now` is an argument.
pub mod domain {
    /// Usernames, addresses, roles and passwords as typed.
    pub mod credentials;
    /// Which passwords may be chosen.
    pub mod password_policy;
    /// Hashes and seeds as they are kept.
    pub mod stored;
    /// Slowing guesses down.
    pub mod throttle;
    /// The register of attempts and changes.
    pub mod attempt;
    /// Accounts and what is known of a username.
    pub mod account;
    /// What an officer's list shows of an account.
    pub mod account_summary;
    /// Sessions as a state machine in types.
    pub mod session;
    /// Reading an object field by field, collecting every mistake.
    pub mod fields;
    /// Identifiers as distinct types.
    pub mod ids;
    /// The strict JSON tree of a request.
    pub mod json;
    /// Bounded text.
    pub mod text;
    /// A client file and its parts.
    pub mod client {
        /// The whole file and how a request is read into one.
        pub mod file;
        /// Incomes, expenses, assets, debts.
        pub mod money;
        /// The overview figures.
        pub mod overview;
        /// Person, partner, children, address.
        pub mod person;
        /// What a list shows of a file, and how it is searched and sorted.
        pub mod summary;
    }
}

/// One mechanism a file; formula and standard on top.
pub mod crypto {
    /// AES-256-GCM.
    pub mod aead;
    /// Data keys and keys derived from them.
    pub mod data_keys;
    /// Envelope v1.
    pub mod envelope;
    /// Argon2id.
    pub mod password;
    /// Random tokens and their keyed hashes.
    pub mod token;
    /// Time-based one-time passwords.
    pub mod totp;
    /// Finding a username without storing it readable.
    pub mod blind_index;
    /// The keys that never rotate.
    pub mod root_keys;
    /// The stored form of a wrapped data key.
    pub mod key_record;
    /// HMAC-SHA-256 over fields.
    pub mod mac;
    /// Hiding lengths.
    pub mod padding;
}

/// What FinRust needs from the world.
pub mod ports;

/// Typed repositories; plaintext never crosses the port below.
pub mod store {
    /// What can go wrong in all of them.
    pub mod error;
    /// Keys in memory, briefly.
    pub mod key_cache;
    /// Data keys of a scope; sealing and opening.
    pub mod sealing;
    /// The documents of an identity.
    pub mod identity_documents;
    /// Accounts, attempts, sessions and waiting mails.
    pub mod identities;
}

/// The ports, implemented.
pub mod adapters {
    /// The key-encryption key in a file.
    pub mod key_file;
    /// Mails as files in a folder.
    pub mod mail_folder;
    /// The queue in a table of its own.
    pub mod queue_table;
    /// The database in one SQLite file.
    pub mod sqlite;
    /// The system's clock and randomness.
    pub mod system;
}
