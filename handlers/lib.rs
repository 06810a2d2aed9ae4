//! FinRust stores the client files of financial advisers, encrypted before they reach the database and readable only by their own adviser.
//!
//! The modules below are in reading order, lowest rank first; a rank imports only from the ranks listed above it
//! (checked by `tests/architecture/`).

/// Secret values: no `Debug`, `Display` or `Serialize`, and wiped when dropped.
pub mod secret;

/// Pure rules: no async, no I/O; `now` is an argument.
pub mod domain {
    /// Identifiers as distinct types.
    pub mod ids;
    /// The strict JSON parser for request bodies.
    pub mod json;
    /// Reads an object field by field and collects every error.
    pub mod fields;
    /// A JSON tree that preserves scalars as written, and merges a change into it.
    pub mod json_tree;
    /// Remembers what a value was read from, so that writing it back loses no unknown members.
    pub mod origin;
    /// Values stored by a later version that this one does not know.
    pub mod later;
    /// Accepts values that a request sends back exactly as they are stored.
    pub mod unchanged;
    /// Detects invisible and text-reordering characters.
    pub mod unseen;
    /// Bounded text.
    pub mod text;
    /// Usernames, email addresses, roles, and passwords as typed.
    pub mod credentials;
    /// A username as typed at sign-in, valid or not.
    pub mod username_as_typed;
    /// Which passwords may be chosen.
    pub mod password_policy;
    /// Stored forms of hashes and seeds.
    pub mod stored;
    /// Back-off after failed attempts.
    pub mod throttle;
    /// The same back-off for usernames that do not exist.
    pub mod unknown_usernames;
    /// Settings of the rate limits in front of the throttles.
    pub mod limits;
    /// The tag by which a repeated request is recognised.
    pub mod request_tag;
    /// MAC-chained entries and the head that authenticates them.
    pub mod chain;
    /// Whether a chain is complete up to its head.
    pub mod chain_check;
    /// Digests that authenticate documents outside any chain.
    pub mod ledger;
    /// The attempt log: login attempts and account changes as one chain.
    pub mod attempt;
    /// Append-only records with signed steps.
    pub mod record;
    /// A second factor awaiting confirmation.
    pub mod enrolment;
    /// Browsers that have signed in before.
    pub mod device;
    /// Correct passwords whose notice has not been sent.
    pub mod untold;
    /// Accounts, and what is stored about a username.
    pub mod account;
    /// Who created which account, and which accounts may belong to one person.
    pub mod lineage;
    /// What the officers' list shows of an account.
    pub mod account_summary;
    /// The session state that a change relies on, checked again when it is committed.
    pub mod authority;
    /// The steps of signing in, as pure rules.
    pub mod sign_in;
    /// Sessions as a state machine in types.
    pub mod session;
    /// The sessions of an account.
    pub mod account_sessions;
    /// Sessions that were ended before they expired.
    pub mod sessions_over;
    /// Hand-overs of files from an adviser to a successor.
    pub mod hand_over;
    /// Proof that two officers approved something.
    pub mod approved;
    /// Which adviser holds the files that another one used to hold.
    pub mod succession;
    /// The audit trail of client files.
    pub mod trail;
    /// Changes of a file's processing restrictions: restricting, holding, marking for erasure.
    pub mod standing_step;
    /// The processing restrictions of a client file that result from these steps.
    pub mod standing;
    /// What data subjects are told about the processing of their data.
    pub mod subject_rights;
    /// Imports of client files.
    pub mod import;
    /// Exports of client files.
    pub mod export;
    /// The lines of the erasure log.
    pub mod erasure_log;
    /// Erasures that have begun but not finished.
    pub mod erasure_begun;
    /// Who may write to an adviser's partition.
    pub mod write_right;
    /// A data breach, from suspicion to closing.
    pub mod breach {
        /// What its fields may contain.
        pub mod words;
        /// Its closed sets.
        pub mod kinds;
        /// The sections of the notification form.
        pub mod facts;
        /// A query to the audit trail of client files.
        pub mod window;
        /// Evidence: who was affected, and the state of the keys.
        pub mod evidence;
        /// Letters to the advisers concerned.
        pub mod letter;
        /// The notification to the supervisory authority.
        pub mod report;
        /// The steps that change it.
        pub mod steps;
        /// What the steps have established.
        pub mod parts;
        /// The record.
        pub mod record;
        /// Which step is allowed in which state.
        pub mod progress;
    }
    /// A sub-processor: who processes which data on FinRust's behalf.
    pub mod processor {
        /// What its fields may contain.
        pub mod words;
        /// Its closed sets.
        pub mod kinds;
        /// The details of a sub-processor (art. 28 GDPR).
        pub mod entry;
        /// Dates that officers are reminded of.
        pub mod deadlines;
        /// The record, and which step is allowed in which state.
        pub mod record;
        /// The sub-processors of the hosting platform, as drafts.
        pub mod platform;
    }
    /// A subject request (art. 12 GDPR).
    pub mod request {
        /// Its closed sets.
        pub mod kinds;
        /// When it must be answered.
        pub mod deadline;
        /// The steps that an adviser takes.
        pub mod steps;
        /// The record, and which step is allowed in which state.
        pub mod record;
        /// When the adviser is reminded of it.
        pub mod reminders;
    }
    /// How long files are retained.
    pub mod retention;
    /// The content of a mail.
    pub mod mail;
    /// A client file and its parts.
    pub mod client {
        /// Person, partner, children.
        pub mod person;
        /// A date of birth.
        pub mod birth_date;
        /// A client's postal address.
        pub mod address;
        /// The closed sets of income, expense, asset and debt types, and of periods.
        pub mod kinds;
        /// Incomes, expenses, assets, debts.
        pub mod money;
        /// The whole file, as stored and returned.
        pub mod file;
        /// Parses a request into a file.
        pub mod intake;
        /// The overview figures.
        pub mod overview;
        /// A stored file with its figures, as the API returns it.
        pub mod answer;
        /// Case- and accent-insensitive text.
        pub mod folding;
        /// Whether two files may be about the same person.
        pub mod likeness;
        /// What a list shows of a file; searching and sorting.
        pub mod summary;
        /// Generators of arbitrary files, and properties that hold for all of them.
        #[cfg(test)]
        pub(super) mod properties;
    }
    /// Client files as rows of a table: import and export.
    pub mod table {
        /// Cells that a spreadsheet would evaluate as formulas.
        pub mod formulas;
        /// The words for the values of closed sets.
        pub mod words;
        /// The columns, and the members of a file that they map to.
        pub mod columns;
        /// How values are written to and read from cells.
        pub mod cells;
        /// Writes a table.
        pub mod sheet;
        /// Converts a row to a file.
        pub mod row;
        /// Encodings and delimiters.
        pub mod dialect;
        /// One record of a table: where its cells start and end.
        mod record;
        /// The first rows as they were parsed.
        pub mod preview;
        /// Rows of a table that arrives in parts.
        pub mod rows;
    }
}

/// Realistic sample files for the demonstration.
pub mod demo_files;

/// One mechanism per file, with its formula and standard at the top.
pub mod crypto {
    /// AES-256-GCM.
    pub mod aead;
    /// Padding that hides plaintext lengths.
    pub mod padding;
    /// SHA-256 over a list of fields.
    pub mod digest;
    /// HMAC-SHA-256 over a list of fields.
    pub mod mac;
    /// Data keys and the keys derived from them.
    pub mod data_keys;
    /// The stored form of a wrapped data key.
    pub mod key_record;
    /// The stored list of a scope's data keys and their states.
    pub mod key_ring;
    /// Envelope v1.
    pub mod envelope;
    /// Working memory for Argon2id.
    mod hash_memory;
    /// Argon2id.
    pub mod password;
    /// Random tokens and their keyed hashes.
    pub mod token;
    /// Time-based one-time passwords.
    pub mod totp;
    /// Looks up a username without storing it in the clear.
    pub mod blind_index;
    /// The keys that never rotate.
    pub mod root_keys;
}

/// Types of the database port; public through `ports`.
mod documents;

/// The interfaces that FinRust needs from the outside.
pub mod ports;

/// Writes log lines without blocking those who log.
pub mod log_writer;

/// Structured logs with a closed list of fields.
pub mod telemetry;

/// Typed repositories; plaintext never crosses the port below.
pub mod store {
    /// The errors of every repository.
    pub mod error;
    /// A short-lived in-memory cache of keys.
    pub mod key_cache;
    /// Whether commits currently succeed.
    pub mod commit_watch;
    /// In-process partition locks: one writer per partition.
    pub mod lanes;
    /// Seals and opens documents with the data keys of their scope.
    pub mod sealing;
    /// The key ring of a scope, committed together with its data keys.
    pub mod key_rings;
    /// Detects data keys whose records are missing.
    mod key_losses;
    /// Replaces, retires and destroys data keys.
    pub mod key_rotation;
    /// Re-seals existing data under the current key.
    pub mod resealing;
    /// The documents of an identity.
    pub mod identity_documents;
    /// What a change relies on, checked inside the commit.
    pub mod authority;
    /// Documents written beside the one that authenticates the partition.
    pub mod beside;
    /// Accounts, attempts, sessions and queued mails.
    pub mod identities;
    /// Writes beside an identity that have no entry in the attempt log.
    pub mod identity_beside;
    /// Lists of sessions, attempts, accounts and queued mails.
    pub mod identity_lists;
    /// Stored intents: listed and resumed.
    pub mod intents;
    /// Records with the steps that produced them.
    pub mod records;
    /// The marker that authenticates all records of a register partition.
    pub mod shelf_markers;
    /// Due dates that maintenance can read without opening the records.
    pub mod alarms;
    /// The documents of an adviser.
    pub mod client_documents;
    /// The summaries of an adviser's files, and opening them.
    pub mod client_summaries;
    /// An in-memory cache of sealed summaries.
    mod summary_cache;
    /// An in-memory cache of markers.
    mod marker_cache;
    /// Reads client files.
    pub mod client_files;
    /// Changes client files, with an audit entry.
    pub mod client_writes;
    /// The only way to write to an adviser's partition.
    pub mod client_commits;
    /// Records reads of client files in the audit trail.
    pub mod client_readings;
    /// The audit trail of an adviser's files.
    pub mod client_trail;
    /// All files of an adviser, page by page.
    pub mod client_pages;
    /// Erases client files.
    pub mod client_erasing;
    /// Imports and exports.
    pub mod exchanges;
    /// Records that an adviser keeps beside the client files.
    pub mod client_records;
    /// The audit trail that a file had with a previous adviser.
    pub mod client_former;
    /// Moves files from one adviser's partition to another's.
    pub mod client_moves;
    /// Moves records along with the files.
    pub mod record_moves;
    /// Searches the audit trail by time range.
    pub mod trail_search;
}

/// One use case per file; knows no HTTP.
pub mod flows {
    /// Who sent the request.
    pub mod visitor;
    /// Why a use case fails.
    pub mod failure;
    /// Idempotency keys and the tags derived from them.
    pub mod repeats;
    /// A bounded pool for password hashing.
    pub mod hash_pool;
    /// A bounded pool for estimating password strength.
    pub mod estimates;
    /// Whether a password would be accepted, before it is chosen.
    pub mod verdicts;
    /// Token buckets.
    pub mod limits;
    /// When failed attempts are recorded and answered.
    pub mod ticks;
    /// Aggregated entries for a flood of refused attempts.
    pub mod flood;
    /// Aggregated entries for attempts at usernames that do not exist.
    pub mod unknown_tries;
    /// Writes to the attempt log.
    pub mod register;
    /// Dates and other phrases that mails share.
    mod mail_words;
    /// The texts of mails.
    pub mod mail_text;
    /// Outgoing mail.
    pub mod post;
    /// The dependencies of every use case.
    pub mod services;
    /// Whether a typed password is correct.
    mod password_check;
    /// What verifying a password and verifying a code have in common.
    mod judging;
    /// Work that continues after the caller has disconnected.
    pub mod running;
    /// From a verdict to a session.
    pub mod session_start;
    /// Password, second factor, new password.
    pub mod sign_in;
    /// Recognises, lists and ends sessions.
    pub mod sessions;
    /// Re-authentication before sensitive actions.
    pub mod confirmation;
    /// The common shape of every account change.
    mod account_change;
    /// Intents: actions recorded before they are taken outside one's own identity.
    mod intents;
    /// Intents that were left behind, and finishing them.
    mod unfinished;
    /// The user's own account.
    pub mod account;
    /// Browsers that the account recognises.
    pub mod browsers;
    /// The second factor of the user's own account.
    pub mod two_factor;
    /// Proposes, approves and lists hand-overs.
    pub mod hand_overs;
    /// Whether a hand-over may proceed.
    mod hand_over_checks;
    /// Notifies everyone concerned by a hand-over.
    mod hand_over_news;
    /// Moves the files of a hand-over.
    pub mod hand_over_moves;
    /// All officers, who created whom, and notifying them.
    pub mod officers;
    /// Accounts requested with an idempotency key.
    pub mod wanted_accounts;
    /// Account administration.
    pub mod accounts;
    /// Unused accounts: a second officer's approval, another address, withdrawal.
    pub mod invitations;
    /// Password resets.
    pub mod reset;
    /// Sealed pagination cursors.
    pub mod cursors;
    /// The adviser's own client files.
    pub mod clients;
    /// Files that may be about the same person.
    pub mod alike;
    /// Display names of accounts.
    pub mod account_names;
    /// Processing restrictions of client files: restricted, on hold, marked for erasure.
    pub mod standing;
    /// Erases client files.
    pub mod erasing;
    /// The audit trail of a client file.
    pub mod file_trail;
    /// The report for the data subject.
    pub mod subject_report;
    /// Imports client files.
    pub mod imports;
    /// Which rows would duplicate an existing file.
    mod import_doubles;
    /// Reads the table of an import from its parts.
    mod import_table;
    /// Validates the table.
    pub mod import_check;
    /// Creates client files from the table.
    pub mod import_run;
    /// Exports client files.
    pub mod exports;
    /// The format of an export.
    pub mod export_text;
    /// One file for its data subject to take away (art. 20 GDPR).
    pub mod portability;
    /// Repeats the erasures in the erasure log, after a restore.
    pub mod erasure_replay;
    /// The breach register.
    pub mod breaches;
    /// Reminders and other mails about breaches, each created exactly once.
    pub mod breach_notices;
    /// Who was affected, and the state of the keys.
    pub mod breach_evidence;
    /// The text of a letter about a breach.
    mod breach_letter_text;
    /// Letters about a breach to the advisers concerned.
    pub mod breach_letters;
    /// The register of sub-processors.
    pub mod processors;
    /// Reminders of its deadlines, each created exactly once.
    pub mod processor_notices;
    /// The register of subject requests.
    pub mod requests;
    /// Reminders of their deadlines, each created exactly once.
    pub mod request_reminders;
    /// How long files are retained.
    pub mod retention;
    /// Jobs from the queue and the timer.
    pub mod jobs;
    /// Replaces a data key that may be compromised.
    pub mod rotation;
    /// Periodic maintenance.
    pub mod maintenance;
    /// The report of a verification.
    pub mod verify_report;
    /// The kinds of documents.
    pub mod verify_kind;
    /// Checks notes against the audit trail.
    mod verify_notes;
    /// Checks handed-over files on both sides.
    mod verify_moves;
    /// Checks data keys against their key ring.
    mod verify_keys;
    /// Checks summaries against the files that they summarise.
    mod verify_summary;
    /// Checks documents outside any chain.
    mod verify_beside;
    /// Opens one document of any kind.
    mod verify_document;
    /// Checks identities against their log entries.
    mod verify_identity;
    /// Checks client files against their audit trail.
    mod verify_files;
    /// Checks records against their steps.
    mod verify_records;
    /// Files that two advisers hold.
    mod verify_twice;
    /// Opens every document and checks every chain.
    pub mod verify;
}

/// The service as HTTP; axum is used only here.
pub mod http {
    /// Repeated requests that end or renew their own session.
    pub mod session_repeats;
    /// Problem details (RFC 9457).
    pub mod problem;
    /// Maps failures of use cases to problems.
    mod endings;
    /// Successful responses.
    pub mod answer;
    /// What handlers have access to.
    pub mod state;
    /// The two cookies.
    pub mod cookies;
    /// Reads a request body.
    pub mod body;
    /// Receives the unread rest of a request before it is answered.
    pub mod rest;
    /// Path parameters.
    pub mod path;
    /// Query parameters of lists.
    pub mod query;
    /// Requests with an idempotency key.
    pub mod repeat;
    /// Reads the version that the caller has seen (`If-Match`).
    mod if_match;
    /// The client's IP address.
    pub mod client_address;
    /// Who may call a route.
    pub mod access;
    /// Checks and headers that apply to every request and response.
    pub mod shield;
    /// Accepts connections and drops slow or silent ones.
    pub mod connection;
    /// How slowly a response may be read and a request may arrive.
    pub mod connection_pace;
    /// One log line per request.
    pub mod request_log;
    /// Whether the process is ready to serve.
    pub mod readiness;
    /// Functions `login`, `logout` and `session`.
    pub mod login;
    /// Function `password-check`.
    pub mod password_check;
    /// Function `password-reset`.
    pub mod password_reset;
    /// Function `account`.
    pub mod account;
    /// Function `two-factor`.
    pub mod two_factor;
    /// Function `sessions`.
    pub mod sessions;
    /// Function `browsers`.
    pub mod browsers;
    /// Function `login-attempts`.
    pub mod login_attempts;
    /// Function `clients`.
    pub mod clients;
    /// Function `clients`: processing restrictions of a file, and erasing it.
    pub mod standing;
    /// Function `clients`: the audit trail of a file.
    pub mod file_trail;
    /// Function `clients`: report and data export for the data subject.
    pub mod subject_report;
    /// Responses that are downloaded as documents.
    pub mod file_answer;
    /// Function `imports`.
    pub mod imports;
    /// Function `exports`.
    pub mod exports;
    /// Function `accounts`.
    pub mod accounts;
    /// Function `hand-overs`.
    pub mod hand_overs;
    /// Function `breaches`.
    pub mod breaches;
    /// Function `breaches`: who was affected, and the state of the keys.
    pub mod breach_evidence;
    /// Functions `breaches` and `breach-letters`: letters.
    pub mod breach_letters;
    /// Function `processors`.
    pub mod processors;
    /// Function `processors`: the public part.
    pub mod public_processors;
    /// Function `requests`.
    pub mod requests;
    /// Function `retention`.
    pub mod retention;
    /// Function `health`.
    pub mod health;
    /// Whether a client prefers HTML or JSON (`Accept`).
    pub mod accept;
    /// Whether a response may be compressed (`Accept-Encoding`).
    pub mod accept_encoding;
    /// The files of the front end.
    pub mod front_files;
    /// Function `pages`.
    pub mod pages;
    /// Function `openapi`.
    pub mod openapi;
    /// The OpenAPI schemas of request bodies.
    mod openapi_sent;
    /// What the Functions host posts.
    pub mod host;
    /// The table of all routes.
    pub mod routes;
}

/// Implementations of the ports.
pub mod adapters {
    /// The system's clock and randomness.
    pub mod system;
    /// What the Azure adapters share: one identity, one HTTP client.
    pub mod azure;
    /// The key-encryption key in a file.
    pub mod key_file;
    /// The text format of the key file, one line per version.
    mod key_file_text;
    /// The key-encryption key in Key Vault.
    pub mod key_vault;
    /// Classifies Key Vault failures.
    mod key_vault_failure;
    /// The erasure log in a file.
    pub mod erasure_file;
    /// The erasure log in append blobs.
    pub mod erasure_blob;
    /// The database in one SQLite file.
    pub mod sqlite;
    /// Opens the file: schema, settings, failures.
    mod sqlite_schema;
    /// The database's metadata about itself.
    mod sqlite_state;
    /// Classifies SQLite failures.
    mod sqlite_failure;
    /// Detects files that were moved or replaced while open.
    mod sqlite_files;
    /// Opens the file without writing anything.
    mod sqlite_look;
    /// A file beside the database that records how far it had got.
    mod sqlite_mark;
    /// Detects file systems that other machines or programs also write to.
    pub mod sqlite_mounts;
    /// Executes reads.
    mod sqlite_reader;
    /// The reader threads and their queue.
    mod sqlite_readers;
    /// Writes, with many commits per flush.
    mod sqlite_writer;
    /// Copies the database file while it is in use.
    pub mod sqlite_backup;
    /// The database in Cosmos DB.
    pub mod cosmos;
    /// The connection to the account and its containers.
    pub mod cosmos_connection;
    /// Regions and consistency level of the account.
    pub mod cosmos_account;
    /// The stored form of a document.
    mod cosmos_document;
    /// Lists and scans as queries.
    mod cosmos_query;
    /// A commit as a transactional batch.
    mod cosmos_batch;
    /// Settles commits whose response was lost.
    mod cosmos_settle;
    /// Classifies Cosmos DB failures.
    mod cosmos_failure;
    /// Routes reads to the account's write region.
    mod cosmos_regions;
    /// The queue in a table of its own.
    pub mod queue_table;
    /// Mails as files in a folder.
    pub mod mail_folder;
    /// The queue as an Azure Storage queue.
    pub mod storage_queue;
    /// Mail through Azure Communication Services.
    pub mod communication_services;
    /// Whether a failed mail is retried.
    mod communication_services_failure;
}

/// The process environment as given.
pub mod environment;

/// Settings, read once.
pub mod config;

/// Endpoints of the Azure services.
pub mod azure_settings;

/// The files in the folder of the embedded default.
pub mod data_folder;
/// The lock of that folder.
pub mod folder_lock;

/// The embedded default: everything in the files of one directory.
pub mod embedded;

/// Wires the parts together.
pub mod app;

/// The commands of the binary.
pub mod commands {
    /// Output of the commands to a terminal or a script.
    pub mod console;
    /// Why a command stopped.
    pub mod failure;
    /// How serving shuts down.
    pub mod ending;
    /// Whether keys and database belong together.
    mod key_check;
    /// `finrust serve`
    pub mod serve;
    /// `finrust demo`
    pub mod demo;
    /// `finrust invite`
    pub mod invite;
    /// `finrust rotate-key`
    pub mod rotate_key;
    /// `finrust rewrap`
    pub mod rewrap;
    /// `finrust verify`
    pub mod verify;
    /// `finrust replay-erasures`
    pub mod replay_erasures;
    /// `finrust backup`
    pub mod backup;
}
