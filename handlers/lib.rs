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
    /// The stored form of a wrapped data key.
    pub mod key_record;
    /// HMAC-SHA-256 over fields.
    pub mod mac;
    /// Hiding lengths.
    pub mod padding;
}

/// What FinRust needs from the world.
pub mod ports;

/// The ports, implemented.
pub mod adapters {
    /// The key-encryption key in a file.
    pub mod key_file;
    /// Its text, one line for each version.
    mod key_file_text;
    /// Mails as files in a folder.
    pub mod mail_folder;
    /// The queue in a table of its own.
    pub mod queue_table;
    /// The database in one SQLite file.
    pub mod sqlite;
    /// Answers reads.
    mod sqlite_reader;
    /// Opens the file: schema, settings, failures.
    mod sqlite_schema;
    /// Writes, many commits to one flush.
    mod sqlite_writer;
    /// The system's clock and randomness.
    pub mod system;
}
