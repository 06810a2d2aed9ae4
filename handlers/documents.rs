//! The vocabulary of the database port: containers, partitions, documents and their versions, pages and writes.
//!
//! None of these types can hold plaintext: writes take `Sealed` or authenticated key material, and reads return `Unopened`.

use crate::{
    crypto::{
        envelope::{Sealed, Unopened},
        key_record::KeyRecord,
        key_ring::SignedRing,
    },
    domain::ids::WriteId,
};
use jiff::Timestamp;
use std::fmt;

/// Maximum number of operations in one commit (Cosmos DB's limit for a transactional batch).
pub const MAX_OPERATIONS: usize = 100;

/// Maximum stored bytes of one commit. Cosmos DB accepts 2 MB, in which each document is JSON and its sealed parts are base64.
pub const MAX_COMMIT_BYTES: usize = 1_900_000;
/// Overhead of a document and its operation besides the sealed parts: names, versions, headers.
const BYTES_AROUND: usize = 600;

/// The containers of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Container {
    /// Accounts, attempts, sessions and waiting mails; a partition per username.
    Identities,
    /// Client files; a partition per adviser.
    Clients,
    /// Wrapped data keys; a partition per key scope.
    Keys,
    /// Registers of the privacy officer; a partition per register.
    Register,
}

impl Container {
    /// All containers, for code that walks the whole database.
    pub const ALL: [Self; 4] = [Self::Identities, Self::Clients, Self::Keys, Self::Register];

    /// The name of the container in storage and in the associated data.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identities => "identities",
            Self::Clients => "clients",
            Self::Keys => "keys",
            Self::Register => "register",
        }
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 200 ASCII letters, digits, `-` or `_`: every store takes them, and they have no meaning in any query
            /// language.
            pub fn parse(text: &str) -> Option<Self> {
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
                (plain && (1..=200).contains(&text.len())).then(|| Self(text.to_owned()))
            }

            /// The name as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// A logical partition; its name never contains user input.
    Partition
);
name_type!(
    /// A document's id in its partition; it never contains user input.
    DocumentId
);

/// The etag of a stored document; only ever compared for equality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(pub String);

/// A document as read in full.
#[derive(Clone)]
pub struct Stored {
    /// Partition that holds it.
    pub partition: Partition,
    pub id: DocumentId,
    /// The version that was read.
    pub etag: Etag,
    /// The write that created this version.
    pub write_id: WriteId,
    /// Its body, untrusted until opened.
    pub body: Unopened,
    /// Its summary for lists, untrusted until opened; `None` when it has no such part.
    pub summary: Option<Unopened>,
    /// Expiry time; `None` means never.
    pub expires_at: Option<Timestamp>,
}

/// A document as listed: one of its parts, `None` when it has no such part.
#[derive(Clone)]
pub struct Listed {
    /// Partition that holds it.
    pub partition: Partition,
    pub id: DocumentId,
    /// The version that was read.
    pub etag: Etag,
    /// The requested part.
    pub part: Option<Unopened>,
}

/// The slice of a listing to return.
#[derive(Clone, Debug)]
pub struct Page {
    /// Direction of the id order.
    pub order: Order,
    /// Maximum number of items, 1 to 1000.
    pub limit: u16,
    /// Where the previous page ended.
    pub after: Option<Cursor>,
}

/// Direction of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// The position at which a listing continues: text of the adapter's own, sealed before it reaches a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

impl Cursor {
    /// The position after the document with this id, whether or not that exists. Adapters continue from this alone.
    pub fn behind(partition: &Partition, id: &DocumentId) -> Self {
        Self(format!("{partition}/{id}"))
    }
}

/// A page of documents.
pub struct Listing {
    /// In the order asked for.
    pub items: Vec<Listed>,
    /// Present when there may be more.
    pub next: Option<Cursor>,
}

/// One write of a commit.
#[derive(Clone)]
pub enum Operation {
    /// Fails with `CommitError::Conflict` when the id is taken.
    Create(Draft),
    /// Fails with `CommitError::Stale` or `CommitError::Missing`.
    Replace {
        draft: Draft,
        /// The version it was made from.
        if_match: Etag,
    },
    /// Writes it whatever exists: for a document that has several writers and no read-modify-write.
    Put(Draft),
    /// Fails with `CommitError::Stale` or `CommitError::Missing`.
    Delete {
        id: DocumentId,
        /// The version to delete; any version when `None`.
        if_match: Option<Etag>,
    },
}

impl Operation {
    /// Bytes that the operation takes in a commit, in the adapter with the largest encoding.
    pub fn stored_bytes(&self) -> usize {
        let base64 = |bytes: usize| (bytes * 4).div_ceil(3);
        let sealed =
            |draft: &Draft| base64(draft.body.as_bytes().len()) + base64(draft.summary.as_ref().map_or(0, |it| it.as_bytes().len()));
        BYTES_AROUND
            + match self {
                Self::Create(draft) | Self::Put(draft) | Self::Replace { draft, .. } => sealed(draft),
                Self::Delete { .. } => 0,
            }
    }
}

/// A document to be written. Nothing else reaches the store, so nothing else can leak.
#[derive(Clone)]
pub struct Draft {
    pub id: DocumentId,
    /// Fresh for every write.
    pub write_id: WriteId,
    pub summary: Option<Sealed>,
    pub body: Body,
    /// Seconds until it expires; `None` means never.
    pub ttl: Option<u32>,
}

/// The permitted contents of a body.
#[derive(Clone)]
pub enum Body {
    Sealed(Sealed),
    /// A data key wrapped by the key-encryption key, with its authenticated description.
    WrappedKey(KeyRecord),
    /// Ids and states of data keys, authenticated: no user input.
    KeyRing(SignedRing),
}

impl Body {
    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sealed(sealed) => sealed.as_bytes(),
            Self::WrappedKey(record) => record.as_bytes(),
            Self::KeyRing(ring) => ring.as_bytes(),
        }
    }
}
