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
    /// What comes over the wire.
    pub mod wire {
        /// The strict JSON parser for request bodies.
        pub mod json;
        /// Reads an object field by field and collects every error.
        pub mod fields;
        /// Closed sets: the values that this version knows, and any later one.
        pub mod closed_set;
        /// Days, moments, countries and references to accounts.
        pub mod values;
        /// Objects: one declaration of a struct gives its reader and its OpenAPI schema.
        pub mod object;
    }
    /// A JSON tree that preserves scalars as written, and merges a change into it.
    pub mod json_tree;
    /// Remembers what a value was read from, so that writing it back loses no unknown members.
    pub mod origin;
    /// Values stored by a later version that this one does not know.
    pub mod later;
    /// Judges what a client read, edited and sends back.
    pub mod edited;
    /// Detects invisible and text-reordering characters.
    pub mod unseen;
    /// Bounded text.
    pub mod text;
    /// Getting in: credentials, attempts, waits, sessions and browsers.
    pub mod sign_in {
        /// Usernames, email addresses, roles, and passwords as typed.
        pub mod credentials;
        /// A username as typed at sign-in, valid or not.
        pub mod username_as_typed;
        /// Which passwords may be chosen.
        pub mod password_policy;
        /// Back-off after failed attempts.
        pub mod throttle;
        /// The same back-off for usernames that do not exist.
        pub mod unknown_usernames;
        /// The attempt log: login attempts and account changes as one chain.
        pub mod attempt;
        /// A second factor awaiting confirmation.
        pub mod enrolment;
        /// Browsers that have signed in before.
        pub mod device;
        /// Correct passwords whose notice has not been sent.
        pub mod untold;
        /// The steps of signing in, as pure rules.
        pub mod steps;
        /// Sessions as a state machine in types.
        pub mod session;
    }
    /// Stored forms of hashes and seeds.
    pub mod stored;
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
    /// Append-only records with signed steps.
    pub mod record;
    /// Who runs this deployment, in which role, and what follows from it.
    pub mod organisation {
        /// Role, name and address.
        pub mod details;
        /// Which clock runs for a breach, and who is told.
        pub mod duties;
        /// The record, and how it changes.
        pub mod record;
    }
    /// Accounts, their sessions and who made whom.
    pub mod accounts {
        /// Accounts, and what is stored about a username.
        pub mod account;
        /// Who created which account, and which accounts may belong to one person.
        pub mod lineage;
        /// What the officers' list shows of an account.
        pub mod summary;
        /// The sessions of an account.
        pub mod sessions;
        /// Sessions that were ended before they expired.
        pub mod sessions_over;
    }
    /// The session state that a change relies on, checked again when it is committed.
    pub mod authority;
    /// Handing files over.
    pub mod hand_overs {
        /// Handovers of files from an adviser to a successor.
        pub mod record;
        /// Proof that two officers approved something.
        pub mod approved;
        /// Which adviser holds the files that another one used to hold.
        pub mod succession;
    }
    /// A client file and its parts.
    pub mod clients {
        /// The audit trail of client files.
        pub mod trail;
        /// Changes of a file's processing restrictions: restricting, holding, marking for erasure.
        pub mod restriction_step;
        /// The processing restrictions of a client file that result from these steps.
        pub mod restrictions;
        /// What data subjects are told about the processing of their data.
        pub mod subject_rights;
        /// The lines of the erasure log.
        pub mod erasure_log;
        /// Erasures that have begun but not finished.
        pub mod erasure_begun;
        /// Who may write to an adviser's partition.
        pub mod write_right;
        /// How long files are retained.
        pub mod retention;
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
    /// Imports of client files.
    pub mod imports;
    /// Exports of client files.
    pub mod exports;
    /// A data breach, from suspicion to closing.
    pub mod breaches {
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
    pub mod processors {
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
    pub mod requests {
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
    /// The content of a mail.
    pub mod mail;
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
    /// The keys of one envelope.
    mod write_keys;
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
    /// How often a write that lost to a concurrent one is decided again.
    pub mod retries;
    /// Data keys: wrapped, listed in rings, replaced.
    pub mod keys {
        /// A short-lived in-memory cache of keys.
        pub mod cache;
        /// Seals and opens documents with the data keys of their scope.
        pub mod sealing;
        /// The key ring of a scope, committed together with its data keys.
        pub mod rings;
        /// Detects data keys whose records are missing.
        pub mod losses;
        /// Replaces, retires and destroys data keys.
        pub mod rotation;
        /// Re-seals existing data under the current key.
        pub mod resealing;
    }
    /// Whether commits currently succeed.
    pub mod commit_watch;
    /// In-process partition locks: one writer per partition.
    pub mod partition_locks;
    /// Accounts with their sessions, attempts and mails.
    pub mod identities {
        /// The documents of an identity.
        pub mod documents;
        /// Accounts, attempts, sessions and queued mails.
        pub mod repository;
        /// Writes beside an identity that have no entry in the attempt log.
        pub mod beside;
        /// Lists of sessions, attempts, accounts and queued mails.
        pub mod lists;
    }
    /// What a change relies on, checked inside the commit.
    pub mod authority;
    /// Documents written beside the one that authenticates the partition.
    pub mod beside;
    /// Stored intents: listed and resumed.
    pub mod intents;
    /// Records that only grow: registers, and what lies in an adviser's partition.
    pub mod records {
        /// Records with the steps that produced them.
        pub mod repository;
        /// The marker that authenticates all records of a register partition.
        pub mod markers;
        /// Moves records along with the files.
        pub mod moves;
    }
    /// Due dates that maintenance can read without opening the records.
    pub mod alarms;
    /// Client files, with their summaries and their trail.
    pub mod clients {
        /// The documents of an adviser.
        pub mod documents;
        /// The summaries of an adviser's files, and opening them.
        pub mod summaries;
        /// The summaries of an adviser's files in the order of a list.
        pub mod ordered_summaries;
        /// An in-memory cache of sealed summaries.
        pub(super) mod summary_cache;
        /// An in-memory cache of markers.
        pub(super) mod marker_cache;
        /// Reads client files.
        pub mod files;
        /// Changes client files, with an audit entry.
        pub mod writes;
        /// The only way to write to an adviser's partition.
        pub mod commits;
        /// Records reads of client files in the audit trail.
        pub mod readings;
        /// The audit trail of an adviser's files.
        pub mod trail;
        /// All files of an adviser, page by page.
        pub mod pages;
        /// Erases client files.
        pub mod erasing;
        /// Records that an adviser keeps beside the client files.
        pub mod records;
        /// The audit trail that a file had with a previous adviser.
        pub mod former;
        /// Moves files from one adviser's partition to another's.
        pub mod moves;
        /// Searches the audit trail by time range.
        pub mod trail_search;
    }
    /// Imports and exports.
    pub mod exchanges;
}

/// One use case per file; knows no HTTP.
pub mod flows {
    /// Getting in: each step, what it takes, and the attempts that it leaves.
    pub mod sign_in {
        /// Who sent the request.
        pub mod visitor;
        /// A bounded pool for password hashing.
        pub mod hash_pool;
        /// A bounded pool for estimating password strength.
        pub mod estimates;
        /// When failed attempts are recorded and answered.
        pub mod ticks;
        /// Aggregated entries for a flood of refused attempts.
        pub mod flood;
        /// Aggregated entries for attempts at usernames that do not exist.
        pub mod unknown_tries;
        /// Writes to the attempt log.
        pub mod attempt_log;
        /// Whether a typed password is correct.
        pub(super) mod password_check;
        /// What verifying a password and verifying a code have in common.
        pub(super) mod judging;
        /// From a verdict to a session.
        pub mod session_draft;
        /// Password, second factor, new password.
        pub mod steps;
        /// Recognises, lists and ends sessions.
        pub mod sessions;
        /// Re-authentication before sensitive actions.
        pub mod confirmation;
        /// Browsers that the account recognises.
        pub mod browsers;
        /// The second factor of the user's own account.
        pub mod two_factor;
        /// Password resets.
        pub mod reset;
    }
    /// Why a use case fails.
    pub mod failure;
    /// Idempotency keys and the tags derived from them.
    pub mod repeats;
    /// Whether a password would be accepted, before it is chosen.
    pub mod verdicts;
    /// Token buckets.
    pub mod limits;
    /// Mails: their texts, and how they are left for the queue.
    pub mod mail {
        /// Dates and other phrases that mails share.
        pub(super) mod words;
        /// What the firm that runs FinRust is called, and its duties.
        pub mod office;
        /// The texts of mails.
        pub mod text;
        /// Outgoing mail.
        pub mod post;
    }
    /// The dependencies of every use case.
    pub mod services;
    /// Work that continues after the caller has disconnected.
    pub mod running;
    /// Accounts: one's own, and what officers do with those of others.
    pub mod accounts {
        /// The common shape of every account change.
        pub(super) mod change;
        /// The user's own account.
        pub mod own;
        /// All officers, who created whom, and notifying them.
        pub mod officers;
        /// Accounts requested with an idempotency key.
        pub mod wanted;
        /// Account administration.
        pub mod administration;
        /// Unused accounts: a second officer's approval, another address, withdrawal.
        pub mod invitations;
        /// Display names of accounts.
        pub mod names;
    }
    /// Intents: actions recorded before they are taken outside one's own identity.
    mod intents;
    /// What the registers have in common.
    pub mod registers {
        /// Why an operation on a record fails, its history, and how steps are taken.
        pub mod steps;
        /// Mails about records: reminders that are due, each stored once.
        pub(super) mod notices;
    }
    /// Intents that were left behind, and finishing them.
    mod unfinished;
    /// Handing the files of one adviser over to another.
    pub mod hand_overs {
        /// Proposes, approves and lists handovers.
        pub mod register;
        /// Whether a handover may proceed.
        pub(super) mod checks;
        /// Notifies everyone concerned by a handover.
        pub(super) mod news;
        /// Moves the files of a handover.
        pub mod moves;
    }
    /// Sealed pagination cursors.
    pub mod cursors;
    /// Client files: reading and writing them, their restrictions, their trail, their end.
    pub mod clients {
        /// The adviser's own client files.
        pub mod files;
        /// Searches client files.
        pub mod search;
        /// Files that may be about the same person.
        pub mod alike;
        /// Processing restrictions of client files: restricted, on hold, marked for erasure.
        pub mod restrictions;
        /// Erases client files.
        pub mod erasing;
        /// The audit trail of a client file.
        pub mod trail;
        /// The report for the data subject.
        pub mod subject_report;
        /// One file for its data subject to take away (art. 20 GDPR).
        pub mod portability;
        /// Repeats the erasures in the erasure log, after a restore.
        pub mod erasure_replay;
        /// How long files are retained.
        pub mod retention;
    }
    /// Tables of client files, from the upload to the files.
    pub mod imports {
        /// Imports client files.
        pub mod uploads;
        /// Which rows would duplicate an existing file.
        pub(super) mod doubles;
        /// Reads the table of an import from its parts.
        pub(super) mod table;
        /// Validates the table.
        pub mod check;
        /// Creates client files from the table.
        pub mod run;
    }
    /// All files of an adviser as one document.
    pub mod exports {
        /// Exports client files.
        pub mod run;
        /// The format of an export.
        pub mod text;
    }
    /// The register of data breaches, its deadlines, who was affected, and letters about it.
    pub mod breaches {
        /// The breach register.
        pub mod register;
        /// Reminders and other mails about breaches, each created exactly once.
        pub mod notices;
        /// Who was affected, and the state of the keys.
        pub mod evidence;
        /// The text of a letter about a breach.
        pub(super) mod letter_text;
        /// Letters about a breach to the advisers concerned.
        pub mod letters;
    }
    /// The firm that runs this deployment, and its role.
    pub mod organisation {
        /// Reading and changing it.
        pub mod register;
        /// Telling everybody about a change.
        pub mod notices;
    }
    /// The register of sub-processors.
    pub mod processors {
        /// The register of sub-processors.
        pub mod register;
        /// Reminders of its deadlines, each created exactly once.
        pub mod notices;
    }
    /// The register of requests of data subjects.
    pub mod requests {
        /// The register of subject requests.
        pub mod register;
        /// Reminders of their deadlines, each created exactly once.
        pub mod reminders;
    }
    /// Jobs from the queue and the timer.
    pub mod jobs;
    /// Replaces a data key that may be compromised.
    pub mod rotation;
    /// Periodic maintenance.
    pub mod maintenance;
    /// `finrust verify`: opens every document and checks every chain.
    pub mod verify {
        /// The report of a verification.
        pub mod report;
        /// The kinds of documents.
        pub mod kind;
        /// Checks notes against the audit trail.
        pub(super) mod notes;
        /// Checks handed-over files on both sides.
        pub(super) mod moves;
        /// Checks data keys against their key ring.
        pub(super) mod keys;
        /// Checks summaries against the files that they summarise.
        pub(super) mod summary;
        /// Checks documents outside any chain.
        pub(super) mod beside;
        /// Opens one document of any kind.
        pub(super) mod document;
        /// Checks identities against their log entries.
        pub(super) mod identity;
        /// Checks client files against their audit trail.
        pub(super) mod files;
        /// Checks records against their steps.
        pub(super) mod records;
        /// Files that two advisers hold.
        pub(super) mod twice;
        /// Opens every document and checks every chain.
        pub mod run;
    }
}

/// The service as HTTP; axum is used only here.
pub mod http {
    /// Routes of signing in, of sessions and of the second factor.
    pub mod sign_in {
        /// Repeated requests that end or renew their own session.
        pub mod repeats;
        /// Functions `login`, `logout` and `session`.
        pub mod login;
        /// Function `password-check`.
        pub mod password_check;
        /// Function `password-reset`.
        pub mod password_reset;
        /// Function `two-factor`.
        pub mod two_factor;
        /// Function `sessions`.
        pub mod sessions;
        /// Function `browsers`.
        pub mod browsers;
        /// Function `login-attempts`.
        pub mod attempts;
    }
    /// Problem details (RFC 9457).
    pub mod problem;
    /// A page for each problem type.
    pub mod problem_pages;
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
    pub mod if_match;
    /// What the routes of all registers have in common.
    mod registers;
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
    /// Routes of accounts.
    pub mod accounts {
        /// Function `account`.
        pub mod own;
        /// Function `accounts`.
        pub mod administration;
    }
    /// Routes of client files.
    pub mod clients {
        /// Function `clients`.
        pub mod files;
        /// Function `clients`: processing restrictions of a file, and erasing it.
        pub mod restrictions;
        /// Function `clients`: the audit trail of a file.
        pub mod trail;
        /// Function `clients`: report and data export for the data subject.
        pub mod subject_report;
        /// Responses that are downloaded as documents.
        pub mod download;
        /// Function `retention`.
        pub mod retention;
    }
    /// Function `imports`.
    pub mod imports;
    /// Function `exports`.
    pub mod exports;
    /// Function `hand-overs`.
    pub mod hand_overs;
    /// Routes of the register of data breaches.
    pub mod breaches {
        /// Function `breaches`.
        pub mod register;
        /// Function `breaches`: who was affected, and the state of the keys.
        pub mod evidence;
        /// Functions `breaches` and `breach-letters`: letters.
        pub mod letters;
    }
    /// Routes of the register of sub-processors.
    pub mod processors {
        /// Function `processors`.
        pub mod register;
        /// Function `processors`: the public part.
        pub mod public;
    }
    /// Function `organisation`.
    pub mod organisation;
    /// Function `requests`.
    pub mod requests;
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
    /// The responses of the OpenAPI document.
    mod openapi_answers;
    /// Absent, `null` and unknown members in the OpenAPI document.
    mod openapi_members;
    /// Plain shapes of the OpenAPI schemas.
    mod openapi_shapes;
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
    pub mod key_file_text;
    /// The key-encryption key in Key Vault.
    pub mod key_vault;
    /// Classifies Key Vault failures.
    mod key_vault_failure;
    /// The erasure log in a file.
    pub mod erasure_file;
    /// The erasure log in append blobs.
    pub mod erasure_blob;
    /// The embedded database.
    pub mod sqlite {
        /// The database in one SQLite file.
        pub mod documents;
        /// Opens the file: schema, settings, failures.
        pub(super) mod schema;
        /// The database's metadata about itself.
        pub(super) mod state;
        /// Classifies SQLite failures.
        pub(super) mod failure;
        /// Detects files that were moved or replaced while open.
        pub(super) mod files;
        /// Opens the file without writing anything.
        pub(super) mod inspection;
        /// A file beside the database that records how far it had got.
        pub(super) mod mark;
        /// Detects file systems that other machines or programs also write to.
        pub mod mounts;
        /// Executes reads.
        pub(super) mod reader;
        /// Reads of single documents on the asking thread.
        pub(super) mod point_reads;
        /// The reader threads and their queue.
        pub(super) mod readers;
        /// Writes, with many commits per flush.
        pub(super) mod writer;
        /// Copies the database file while it is in use.
        pub mod backup;
    }
    /// Cosmos DB.
    pub mod cosmos {
        /// The database in Cosmos DB.
        pub mod documents;
        /// The connection to the account and its containers.
        pub mod connection;
        /// Regions and consistency level of the account.
        pub mod account;
        /// The stored form of a document.
        pub(super) mod document;
        /// Lists and scans as queries.
        pub(super) mod query;
        /// A commit as a transactional batch.
        pub(super) mod batch;
        /// Settles commits whose response was lost.
        pub(super) mod settle;
        /// Classifies Cosmos DB failures.
        pub(super) mod failure;
        /// Routes reads to the account's write region.
        pub(super) mod regions;
    }
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
