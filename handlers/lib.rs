//! FinRust keeps the client files of financial advisers: sealed before they reach the database, opened by their own adviser only.
//!
//! The modules below are in reading order, lower ranks first; a rank imports only from ranks above it in this list
//! (`tests/architecture/` checks that).

/// Values that must not be seen.
pub mod secret;

/// Pure rules: no async, no input or output, `now` is an argument.
pub mod domain {
    /// Identifiers as distinct types.
    pub mod ids;
    /// The strict JSON tree of a request.
    pub mod json;
    /// Reading an object field by field, collecting every mistake.
    pub mod fields;
    /// A JSON text as a tree, and what stays of it when a part is changed.
    pub mod json_tree;
    /// What a value was read from, so that writing it back loses nothing.
    pub mod origin;
    /// What a later version has stored.
    pub mod later;
    /// Values that are sent back as they are stored.
    pub mod unchanged;
    /// Characters that nobody sees.
    pub mod unseen;
    /// Bounded text.
    pub mod text;
    /// Usernames, addresses, roles and passwords as typed.
    pub mod credentials;
    /// A username at the door.
    pub mod username_as_typed;
    /// Which passwords may be chosen.
    pub mod password_policy;
    /// Hashes and seeds as they are kept.
    pub mod stored;
    /// Slowing guesses down.
    pub mod throttle;
    /// Slowing down guesses at usernames that nobody has.
    pub mod unknown_usernames;
    /// Settings of the buckets in front of that.
    pub mod limits;
    /// What a request is known by when it is sent again.
    pub mod request_tag;
    /// Entries that vouch for each other.
    pub mod chain;
    /// Whether a chain is whole.
    pub mod chain_check;
    /// What vouches for documents that no chain tells of.
    pub mod ledger;
    /// The register of attempts and changes.
    pub mod attempt;
    /// Records that only grow, step by step.
    pub mod record;
    /// A second factor that waits to be confirmed.
    pub mod enrolment;
    /// Browsers that signed in before.
    pub mod device;
    /// Right passwords that nobody was told of.
    pub mod untold;
    /// Accounts and what is known of a username.
    pub mod account;
    /// Who made which account, and which may be one person's.
    pub mod lineage;
    /// What an officer's list shows of an account.
    pub mod account_summary;
    /// What a change rests on when it is somebody's.
    pub mod authority;
    /// The steps of signing in as pure rules.
    pub mod sign_in;
    /// Sessions as a state machine in types.
    pub mod session;
    /// The sessions of an account.
    pub mod account_sessions;
    /// Sessions that were ended before their time.
    pub mod sessions_over;
    /// Files that go from an adviser to a successor.
    pub mod hand_over;
    /// Proof that two officers want it.
    pub mod approved;
    /// Who has the files now that another adviser had.
    pub mod succession;
    /// The trail of client files.
    pub mod trail;
    /// Steps with a client file: blocking, keeping, marking for erasure.
    pub mod standing_step;
    /// How a client file stands after them.
    pub mod standing;
    /// What people are told about their data.
    pub mod subject_rights;
    /// Imports of client files.
    pub mod import;
    /// Exports of client files.
    pub mod export;
    /// What the log of erasures says.
    pub mod erasure_log;
    /// Erasures that are not over.
    pub mod erasure_begun;
    /// Who may write in an adviser's partition.
    pub mod write_right;
    /// A data breach, from suspicion to closing.
    pub mod breach {
        /// What its fields may hold.
        pub mod words;
        /// Its closed sets.
        pub mod kinds;
        /// The blocks of the notification form.
        pub mod facts;
        /// A question to the trail of client files.
        pub mod window;
        /// Who was affected; the state of the keys.
        pub mod evidence;
        /// Letters to the advisers concerned.
        pub mod letter;
        /// The notification for the authority.
        pub mod report;
        /// What may happen to it.
        pub mod steps;
        /// What steps have settled.
        pub mod parts;
        /// The record.
        pub mod record;
        /// What may happen to it when.
        pub mod progress;
    }
    /// A sub-processor: who works with which data for FinRust.
    pub mod processor {
        /// What its fields may hold.
        pub mod words;
        /// Its closed sets.
        pub mod kinds;
        /// What is to be known of it.
        pub mod entry;
        /// Days that officers are reminded of.
        pub mod deadlines;
        /// The record, and what may happen to it when.
        pub mod record;
        /// The sub-processors that the platform brings.
        pub mod platform;
    }
    /// A request of a data subject.
    pub mod request {
        /// Its closed sets.
        pub mod kinds;
        /// By when it has to be answered.
        pub mod deadline;
        /// What an adviser does about it.
        pub mod steps;
        /// The record, and what may happen to it when.
        pub mod record;
        /// When an adviser is reminded of it.
        pub mod reminders;
    }
    /// How long files are kept.
    pub mod retention;
    /// What a mail says.
    pub mod mail;
    /// A client file and its parts.
    pub mod client {
        /// Person, partner, children.
        pub mod person;
        /// A day of birth.
        pub mod birth_date;
        /// Where a client lives.
        pub mod address;
        /// The closed sets of sorts of money, and periods.
        pub mod kinds;
        /// Incomes, expenses, assets, debts.
        pub mod money;
        /// The whole file, as it is stored and answered.
        pub mod file;
        /// How a request is read into a file.
        pub mod intake;
        /// The overview figures.
        pub mod overview;
        /// A stored file with its figures, as it is answered.
        pub mod answer;
        /// Text without letter case and accents.
        pub mod folding;
        /// Whether two files may be about the same person.
        pub mod likeness;
        /// What a list shows of a file, and how it is searched and sorted.
        pub mod summary;
        /// Arbitrary files, and what holds for all of them.
        #[cfg(test)]
        pub(super) mod properties;
    }
    /// Client files as rows of a table: import and export.
    pub mod table {
        /// Cells that spreadsheets would run.
        pub mod formulas;
        /// The words of closed sets.
        pub mod words;
        /// The columns, and where they belong in a file.
        pub mod columns;
        /// How values are written in cells.
        pub mod cells;
        /// Writing a table.
        pub mod sheet;
        /// A row as a file.
        pub mod row;
        /// Encodings and delimiters.
        pub mod dialect;
        /// One record of a table: where its cells begin and end.
        mod record;
        /// The first rows as they were read.
        pub mod preview;
        /// Rows of a table that comes in pieces.
        pub mod rows;
    }
}

/// Realistic sample files for the demonstration.
pub mod demo_files;

/// One mechanism a file; formula and standard on top.
pub mod crypto {
    /// AES-256-GCM.
    pub mod aead;
    /// Hiding lengths.
    pub mod padding;
    /// SHA-256 over fields.
    pub mod digest;
    /// HMAC-SHA-256 over fields.
    pub mod mac;
    /// Data keys and keys derived from them.
    pub mod data_keys;
    /// The stored form of a wrapped data key.
    pub mod key_record;
    /// The stored form of what has become of data keys.
    pub mod key_ring;
    /// Envelope v1.
    pub mod envelope;
    /// Memory for Argon2id.
    mod hash_memory;
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
}

/// What the database port speaks of; reached through `ports`.
mod documents;

/// What FinRust needs from the world.
pub mod ports;

/// Log lines on their way out.
pub mod log_writer;

/// Structured logs with a closed list of fields.
pub mod telemetry;

/// Typed repositories; plaintext never crosses the port below.
pub mod store {
    /// What can go wrong in all of them.
    pub mod error;
    /// Keys in memory, briefly.
    pub mod key_cache;
    /// Whether anything can be committed.
    pub mod commit_watch;
    /// One writer per partition in this process.
    pub mod lanes;
    /// Data keys of a scope; sealing and opening.
    pub mod sealing;
    /// What has become of a scope's data keys.
    pub mod key_rings;
    /// Data keys that are gone.
    mod key_losses;
    /// New data keys in the place of old ones.
    pub mod key_rotation;
    /// Sealing what is there anew.
    pub mod resealing;
    /// The documents of an identity.
    pub mod identity_documents;
    /// What a change rests on.
    pub mod authority;
    /// What is written beside the document that vouches for a partition.
    pub mod beside;
    /// Accounts, attempts, sessions and waiting mails.
    pub mod identities;
    /// What changes beside an identity without an event.
    pub mod identity_beside;
    /// Lists of what lies in their partitions.
    pub mod identity_lists;
    /// Intents as they lie there.
    pub mod intents;
    /// Records with the steps that made them.
    pub mod records;
    /// What vouches for all records of a shelf together.
    pub mod shelf_markers;
    /// What maintenance has to know of records that it cannot open.
    pub mod alarms;
    /// The documents of an adviser.
    pub mod client_documents;
    /// Their summaries, and opening them.
    pub mod client_summaries;
    /// Sealed summaries in memory.
    mod summary_cache;
    /// Markers in memory.
    mod marker_cache;
    /// Client files.
    pub mod client_files;
    /// Changing them, with an entry in the trail.
    pub mod client_writes;
    /// The one way to write in an adviser's partition.
    pub mod client_commits;
    /// Reading them, with an entry in the trail.
    pub mod client_readings;
    /// Who did what with which file.
    pub mod client_trail;
    /// All files, page by page.
    pub mod client_pages;
    /// Erasing them.
    pub mod client_erasing;
    /// Imports and exports.
    pub mod exchanges;
    /// Records that an adviser keeps beside the files.
    pub mod client_records;
    /// The trail that a file had with a predecessor.
    pub mod client_former;
    /// Moving files from one adviser's partition to another's.
    pub mod client_moves;
    /// Moving records along with them.
    pub mod record_moves;
    /// What was done in a stretch of time.
    pub mod trail_search;
}

/// One story a file; knows no HTTP.
pub mod flows {
    /// Who is asking.
    pub mod visitor;
    /// How a story can end other than well.
    pub mod failure;
    /// Requests that may come twice, and the keys that make them one.
    pub mod repeats;
    /// Password hashing, bounded.
    pub mod hash_pool;
    /// Estimating new passwords, bounded.
    pub mod estimates;
    /// What would become of a password.
    pub mod verdicts;
    /// Token buckets.
    pub mod limits;
    /// When attempts that failed are recorded and answered.
    pub mod ticks;
    /// Records that count the attempts of a flood.
    pub mod flood;
    /// Records that count tries of usernames that nobody has.
    pub mod unknown_tries;
    /// Writing into the register of attempts.
    pub mod register;
    /// Dates and other words that mails share.
    mod mail_words;
    /// The texts of mails.
    pub mod mail_text;
    /// The outgoing post.
    pub mod post;
    /// What every story works with.
    pub mod services;
    /// Whether a typed password is the right one.
    mod password_check;
    /// What judging a password and judging a code have in common.
    mod judging;
    /// Work that goes on when whoever asked for it has gone.
    pub mod running;
    /// From a verdict to a session.
    pub mod session_start;
    /// Password, second factor, new password.
    pub mod sign_in;
    /// Recognising, listing and ending sessions.
    pub mod sessions;
    /// Asking for the password again.
    pub mod confirmation;
    /// The shape of every change of an account.
    mod account_change;
    /// What somebody is about to do outside the own identity.
    mod intents;
    /// Intents that stayed behind.
    mod unfinished;
    /// One's own account.
    pub mod account;
    /// Browsers that the account knows.
    pub mod browsers;
    /// The second factor of one's own account.
    pub mod two_factor;
    /// Proposing, approving and watching hand-overs.
    pub mod hand_overs;
    /// Whether a hand-over may go on.
    mod hand_over_checks;
    /// Telling everybody concerned of it.
    mod hand_over_news;
    /// Moving the files of a hand-over.
    pub mod hand_over_moves;
    /// All officers, who made whom, and telling them.
    pub mod officers;
    /// Accounts that are wanted by requests with a key.
    pub mod wanted_accounts;
    /// Looking after accounts.
    pub mod accounts;
    /// Invitations: a second officer's word, another address, taking back.
    pub mod invitations;
    /// Asking for a new password.
    pub mod reset;
    /// Cursors as clients see them.
    pub mod cursors;
    /// The adviser's own client files.
    pub mod clients;
    /// Files that may be about one person.
    pub mod alike;
    /// What accounts are called.
    pub mod account_names;
    /// How client files stand: blocked, kept, marked for erasure.
    pub mod standing;
    /// Erasing them.
    pub mod erasing;
    /// Their trail.
    pub mod file_trail;
    /// The report for the person in a file.
    pub mod subject_report;
    /// Importing client files.
    pub mod imports;
    /// Which rows would double a file that is there.
    mod import_doubles;
    /// The table of an import, piece by piece.
    mod import_table;
    /// Looking through it.
    pub mod import_check;
    /// Making files of it.
    pub mod import_run;
    /// Exporting client files.
    pub mod exports;
    /// What an export looks like.
    pub mod export_text;
    /// One file for its person to take along.
    pub mod portability;
    /// Erasing once more what the log of erasures names.
    pub mod erasure_replay;
    /// The register of breaches.
    pub mod breaches;
    /// Reminders and other mails about breaches, each left once.
    pub mod breach_notices;
    /// Who was affected, and the state of the keys.
    pub mod breach_evidence;
    /// The words of a letter about a breach.
    mod breach_letter_text;
    /// Letters about a breach to the advisers concerned.
    pub mod breach_letters;
    /// The register of sub-processors.
    pub mod processors;
    /// Reminders of its deadlines, each left once.
    pub mod processor_notices;
    /// The register of requests of data subjects.
    pub mod requests;
    /// Reminders of their deadlines, each left once.
    pub mod request_reminders;
    /// How long files are kept.
    pub mod retention;
    /// Work that queue and timer announce.
    pub mod jobs;
    /// A new data key after a suspicion.
    pub mod rotation;
    /// What has to be done now and then.
    pub mod maintenance;
    /// What opening everything has found.
    pub mod verify_report;
    /// The sorts of documents.
    pub mod verify_kind;
    /// Notes against the trail.
    mod verify_notes;
    /// Files that were handed over, on both sides.
    mod verify_moves;
    /// Data keys against what is known of them.
    mod verify_keys;
    /// Summaries against what they are of.
    mod verify_summary;
    /// What no chain tells of.
    mod verify_beside;
    /// Opening one document, whatever it is.
    mod verify_document;
    /// Identities against their entries.
    mod verify_identity;
    /// Client files against their trail.
    mod verify_files;
    /// Records against their steps.
    mod verify_records;
    /// Files that two advisers have.
    mod verify_twice;
    /// Opening everything and checking every chain.
    pub mod verify;
}

/// The service as HTTP; axum lives only here.
pub mod http {
    /// Requests about sessions that come again.
    pub mod session_repeats;
    /// Problems as they are answered.
    pub mod problem;
    /// Endings and their problems.
    mod endings;
    /// Answers that went well.
    pub mod answer;
    /// What handlers may touch.
    pub mod state;
    /// The two cookies.
    pub mod cookies;
    /// Reading a body.
    pub mod body;
    /// The rest of a request that nobody reads.
    pub mod rest;
    /// Reading the parameter of a path.
    pub mod path;
    /// Reading the query of a list.
    pub mod query;
    /// Requests that may come twice.
    pub mod repeat;
    /// Reading the version that a caller has seen.
    mod if_match;
    /// Where a request came from.
    pub mod client_address;
    /// Who may call a route.
    pub mod access;
    /// What holds for every request and answer.
    pub mod shield;
    /// The connection under the answers.
    pub mod connection;
    /// How fast an answer is taken and a request comes.
    pub mod connection_pace;
    /// One log line per request.
    pub mod request_log;
    /// Whether the process can do its work.
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
    /// Function `clients`: how a file stands, and erasing it.
    pub mod standing;
    /// Function `clients`: the trail of a file.
    pub mod file_trail;
    /// Function `clients`: what the person in a file gets.
    pub mod subject_report;
    /// Answers that are documents to keep.
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
    /// Function `processors`: what anyone may read.
    pub mod public_processors;
    /// Function `requests`.
    pub mod requests;
    /// Function `retention`.
    pub mod retention;
    /// Function `health`.
    pub mod health;
    /// Whether an answer is for somebody who reads or for a program.
    pub mod accept;
    /// Whether an answer may be compressed.
    pub mod accept_encoding;
    /// The files of the front end.
    pub mod front_files;
    /// Function `pages`.
    pub mod pages;
    /// Function `openapi`.
    pub mod openapi;
    /// What the document says of bodies that are sent.
    mod openapi_sent;
    /// What the Functions host posts.
    pub mod host;
    /// The table of all routes.
    pub mod routes;
}

/// The ports, implemented.
pub mod adapters {
    /// The system's clock and randomness.
    pub mod system;
    /// What the adapters on Azure share: one identity, one HTTP client.
    pub mod azure;
    /// The key-encryption key in a file.
    pub mod key_file;
    /// Its text, one line for each version.
    mod key_file_text;
    /// The key-encryption key in Key Vault.
    pub mod key_vault;
    /// What its failures mean.
    mod key_vault_failure;
    /// The log of erasures in a file.
    pub mod erasure_file;
    /// The log of erasures in append blobs.
    pub mod erasure_blob;
    /// The database in one SQLite file.
    pub mod sqlite;
    /// Opens the file: schema, settings, failures.
    mod sqlite_schema;
    /// What the database keeps about itself.
    mod sqlite_state;
    /// What SQLite's failures mean.
    mod sqlite_failure;
    /// Whether files are still those that their names lead to.
    mod sqlite_files;
    /// Looks into the file without writing anything.
    mod sqlite_look;
    /// Tells beside the database how far it had come.
    mod sqlite_mark;
    /// File systems that others write too.
    pub mod sqlite_mounts;
    /// Answers reads.
    mod sqlite_reader;
    /// Threads that read.
    mod sqlite_readers;
    /// Writes, many commits to one flush.
    mod sqlite_writer;
    /// Copies the file while others use it.
    pub mod sqlite_backup;
    /// The database in Cosmos DB.
    pub mod cosmos;
    /// The way to the account and its containers.
    pub mod cosmos_connection;
    /// What the account says of itself.
    pub mod cosmos_account;
    /// A document as it lies there.
    mod cosmos_document;
    /// Lists and scans as queries.
    mod cosmos_query;
    /// A commit as a transactional batch.
    mod cosmos_batch;
    /// Settles lost answers.
    mod cosmos_settle;
    /// What failures mean.
    mod cosmos_failure;
    /// Which region answers reads: the one that the account writes to.
    mod cosmos_regions;
    /// The queue in a table of its own.
    pub mod queue_table;
    /// Mails as files in a folder.
    pub mod mail_folder;
    /// The queue as an Azure Storage queue.
    pub mod storage_queue;
    /// The mail service of Azure.
    pub mod communication_services;
    /// What its failures ask of the caller.
    mod communication_services_failure;
}

/// The environment as it was given.
pub mod environment;

/// Settings, read once.
pub mod config;

/// Where the Azure services are.
pub mod azure_settings;

/// What lies in the folder of the embedded default.
pub mod data_folder;
/// The lock of that folder.
pub mod folder_lock;

/// Everything in the files of one directory.
pub mod embedded;

/// Puts the parts together.
pub mod app;

/// What the binary does when it is called.
pub mod commands {
    /// What a person at the terminal reads.
    pub mod console;
    /// Why a command stopped.
    pub mod failure;
    /// How serving ends.
    pub mod ending;
    /// Whether key and database belong together.
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
