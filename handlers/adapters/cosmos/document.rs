//! A document as stored in Cosmos DB: names and versions in the clear, everything else sealed.

use crate::{
    crypto::envelope::{Sealed, Unopened},
    domain::ids::WriteId,
    ports::{DocumentId, Draft, Etag, Listed, Partition, Stored},
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A document as written. `ttl` is Cosmos DB's own: the service deletes the document that many seconds after the write. `expires_at` states
/// the same on FinRust's clock, for reads in between.
#[derive(Serialize)]
pub struct WrittenRow<'a> {
    id: &'a str,
    partition: &'a str,
    write_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// The response to a point read, as far as it is used.
#[derive(Deserialize)]
pub struct ReadRow {
    /// The write that created this version.
    #[serde(deserialize_with = "write_id")]
    pub write_id: WriteId,
    #[serde(rename = "_etag", deserialize_with = "etag")]
    pub etag: Etag,
    body: String,
    summary: Option<String>,
    expires_at: Option<i64>,
}

/// A document in the response to a listing.
#[derive(Deserialize)]
pub struct ListedRow {
    id: String,
    partition: String,
    #[serde(deserialize_with = "etag")]
    version: Etag,
    part: Option<String>,
}

impl<'a> WrittenRow<'a> {
    /// The draft as it is written at `now` (Unix milliseconds).
    pub fn of(partition: &'a Partition, draft: &'a Draft, now: i64) -> Self {
        Self {
            id: draft.id.as_str(),
            partition: partition.as_str(),
            write_id: draft.write_id.to_string(),
            summary: draft.summary.as_ref().map(Sealed::as_bytes).map(|bytes| BASE64URL_NOPAD.encode(bytes)),
            body: BASE64URL_NOPAD.encode(draft.body.as_bytes()),
            ttl: draft.ttl,
            expires_at: draft.ttl.map(|seconds| now + i64::from(seconds) * 1000),
        }
    }
}

impl ReadRow {
    /// Whether it has expired at `now` (Unix milliseconds).
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The document, or `None` when a part of it is not base64url.
    pub fn stored(self, partition: &Partition, id: &DocumentId) -> Option<Stored> {
        let body = unopened(&self.body)?;
        let summary = match self.summary {
            Some(text) => Some(unopened(&text)?),
            None => None,
        };
        // A time beyond the representable range means no expiry.
        let expires_at = self.expires_at.and_then(|at| Timestamp::from_millisecond(at).ok());
        let (partition, id) = (partition.clone(), id.clone());
        Some(Stored { partition, id, etag: self.etag, write_id: self.write_id, body, summary, expires_at })
    }
}

impl ListedRow {
    /// The document, or `None` when it is not one of FinRust's.
    pub fn listed(self) -> Option<Listed> {
        let part = match self.part {
            Some(text) => Some(unopened(&text)?),
            None => None,
        };
        Some(Listed { partition: Partition::parse(&self.partition)?, id: DocumentId::parse(&self.id)?, etag: self.version, part })
    }
}

/// The port's etag is unquoted: HTTP headers add their own quotes.
pub fn unquoted(text: &str) -> Etag {
    Etag(text.trim_matches('"').to_owned())
}

/// The etag as Cosmos DB writes and compares it. `*` is an ordinary version here, and no document has it.
pub fn quoted(etag: &Etag) -> String {
    format!("\"{}\"", etag.0)
}

fn unopened(text: &str) -> Option<Unopened> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok().map(Unopened::new)
}

fn write_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<WriteId, D::Error> {
    let text = String::deserialize(deserializer)?;
    WriteId::parse(&text).ok_or_else(|| serde::de::Error::custom("no write id"))
}

fn etag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Etag, D::Error> {
    String::deserialize(deserializer).map(|text| unquoted(&text))
}
