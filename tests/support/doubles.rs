//! What stands behind the ports: services of Azure, in the process of the test or on loopback, and a database in memory.

/// Append blobs of Azure Blob Storage.
pub mod blob_storage;
/// Azure Communication Services.
pub mod communication_services;
/// Cosmos DB, in the process of the test.
pub mod cosmos;
/// Faults between the adapter and Cosmos DB.
pub mod cosmos_faults;
/// An identity in the process of the test.
pub mod credential;
/// https on loopback.
pub mod https;
/// The endpoint of a managed identity.
pub mod identity;
/// Key Vault.
pub mod key_vault;
/// A database in memory.
pub mod memory;
/// Azure Queue Storage.
pub mod storage_queue;
/// Access tokens.
pub mod tokens;
