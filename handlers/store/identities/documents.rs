//! The documents in the partition of an identity: their ids, lifetimes and sealed forms.

use crate::store::{
    error::StoreError,
    keys::sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        accounts::{account::Identity, summary::AccountSummary},
        authority::KeptIntent,
        chain::Entry,
        ids::{IntentId, MailId, WriteId},
        mail::PendingMail,
        origin::Origin,
        sign_in::{attempt::Event, session::SessionRecord},
        stored::{BlindIndex, HashedToken},
    },
    ports::{Body, Container, DocumentId, Draft, Partition},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Id of the document that holds the identity itself.
pub const IDENTITY: &str = "identity";
/// Id prefix of login attempts.
pub const ATTEMPT_PREFIX: &str = "attempt-";
/// Id prefix of log entries about changes.
pub const CHANGE_PREFIX: &str = "change-";
/// Id prefix of sessions.
pub const SESSION_PREFIX: &str = "session-";
/// Id prefix of pending mails.
pub const MAIL_PREFIX: &str = "mail-";

/// Id prefix of intents.
pub const INTENT_PREFIX: &str = "intent-";
/// Id prefix of the notes recording that a mail was stored.
pub const NOTICE_PREFIX: &str = "notice-";

/// Log entries of an account are kept for a year (GDPR: no longer than needed; long enough for an investigation).
const ENTRY_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Those of a username that nobody has are of less use.
const UNKNOWN_ENTRY_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An identity without an account outlives its entries a little, so that they always have a chain head.
const UNKNOWN_IDENTITY_LIFETIME: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The same for an identity that once had an account.
const FORMER_IDENTITY_LIFETIME: SignedDuration = SignedDuration::from_hours(366 * 24);
/// A mail that could not be sent for a week is of no use to anyone.
const MAIL_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Maintenance deletes an intent that was left behind; this is for when it does not run.
const INTENT_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A note outlives everything that could ask for its mail again.
const NOTICE_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Notes stored in the same period expire together, at most this much later than the first of them would.
const NOTICE_STRETCH_SECONDS: i64 = 90 * 24 * 60 * 60;
/// A session document outlives its session a little, so that ending the session never finds it just expired.
const SESSION_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// How long an entry of the attempt log is kept.
pub const fn entry_lifetime(has_history: bool) -> SignedDuration {
    if has_history { ENTRY_LIFETIME } else { UNKNOWN_ENTRY_LIFETIME }
}

/// The partition of an identity.
pub fn partition(index: BlindIndex) -> Partition {
    Partition::parse(&index.to_string()).expect("a blind index is base64url")
}

/// The id of the identity itself.
pub fn identity() -> DocumentId {
    document(IDENTITY)
}

/// The id of a session.
pub fn session(hash: &HashedToken) -> DocumentId {
    document(&format!("{SESSION_PREFIX}{}", hash.text()))
}

/// The hash in the id of a session.
pub fn session_hash(id: &DocumentId) -> Option<HashedToken> {
    HashedToken::parse(id.as_str().strip_prefix(SESSION_PREFIX)?)
}

/// The id of a pending mail.
pub fn mail(id: MailId) -> DocumentId {
    document(&format!("{MAIL_PREFIX}{id}"))
}

/// The place of a part of a document of this partition, for its envelope's associated data.
pub fn place<'a>(partition: &'a str, id: &'a DocumentId, part: Part) -> EnvelopeContext<'a> {
    EnvelopeContext { container: Container::Identities.name(), partition, document: id.as_str(), part }
}

/// The plaintext of a record, wiped when dropped.
pub fn encode(record: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(record).expect("records have string keys and serialise to memory"))
}

/// The identity, with the summary that the officer's list shows.
pub async fn identity_draft(sealing: &Sealing, index: BlindIndex, record: &Identity) -> Result<Draft, StoreError> {
    identity_draft_over(sealing, index, record, &Origin::default()).await
}

/// The identity that was read from this origin and changed since.
pub async fn identity_draft_over(sealing: &Sealing, index: BlindIndex, record: &Identity, origin: &Origin) -> Result<Draft, StoreError> {
    let id = identity();
    let lifetime = if record.had_account { FORMER_IDENTITY_LIFETIME } else { UNKNOWN_IDENTITY_LIFETIME };
    let ttl = record.account.is_none().then_some(lifetime);
    let mut draft = draft(sealing, index, id.clone(), &origin.keep(record), ttl).await?;
    if let Some(account) = &record.account {
        let partition = index.to_string();
        let summary = encode(&AccountSummary::of(account));
        draft.summary = Some(sealing.seal(KeyScope::Service, place(&partition, &id, Part::Summary), &summary).await?);
    }
    Ok(draft)
}

/// An entry of the attempt log. Ids sort in the order of the chain, even when the clock was set back.
pub async fn entry_draft(sealing: &Sealing, index: BlindIndex, entry: &Entry<Event>) -> Result<Draft, StoreError> {
    let ttl = entry.expires_at.map(|end| end.duration_since(entry.at));
    draft(sealing, index, entry_id(entry), &encode(entry), ttl).await
}

/// `attempt-<time><random>` or `change-<time><random>`, both in hexadecimal.
pub fn entry_id(entry: &Entry<Event>) -> DocumentId {
    let prefix = match entry.event {
        Event::Attempt(_) => ATTEMPT_PREFIX,
        Event::Change(_) | Event::Changed { .. } | Event::Later(_) => CHANGE_PREFIX,
    };
    document(&format!("{prefix}{}", entry.place()))
}

/// Whether an entry has this id; its event may be of a later version.
pub fn is_entry_id(id: &DocumentId, entry: &Entry<Event>) -> bool {
    match entry.event {
        Event::Attempt(_) | Event::Change(_) | Event::Changed { .. } => entry_id(entry) == *id,
        Event::Later(_) => id.as_str().rsplit_once('-').is_some_and(|(_, place)| place == entry.place()),
    }
}

/// A session that is stored at `now`.
pub async fn session_draft(
    sealing: &Sealing,
    index: BlindIndex,
    hash: &HashedToken,
    record: &SessionRecord,
    now: Timestamp,
) -> Result<Draft, StoreError> {
    let ttl = record.gone_at().duration_since(now) + SESSION_MARGIN;
    draft(sealing, index, session(hash), &record.origin.keep(record), Some(ttl)).await
}

/// A pending mail.
pub async fn mail_draft(sealing: &Sealing, index: BlindIndex, id: MailId, record: &PendingMail) -> Result<Draft, StoreError> {
    draft(sealing, index, mail(id), &mail_bytes(record), Some(MAIL_LIFETIME)).await
}

/// The plaintext of a pending mail.
pub fn mail_bytes(record: &PendingMail) -> Zeroizing<Vec<u8>> {
    encode(&PendingMail { listed: true, ..record.clone() })
}

/// When a mail stored now expires.
pub fn mail_until(now: Timestamp) -> Timestamp {
    now + MAIL_LIFETIME
}

/// The id of an intent.
pub fn intent(id: IntentId) -> DocumentId {
    document(&format!("{INTENT_PREFIX}{id}"))
}

/// The intent that has this id.
pub fn intent_id(id: &DocumentId) -> Option<IntentId> {
    IntentId::parse(id.as_str().strip_prefix(INTENT_PREFIX)?)
}

/// An intent.
pub async fn intent_draft(sealing: &Sealing, index: BlindIndex, id: IntentId, kept: &KeptIntent) -> Result<Draft, StoreError> {
    draft(sealing, index, intent(id), &intent_bytes(kept), Some(INTENT_LIFE)).await
}

/// The plaintext of an intent.
pub fn intent_bytes(kept: &KeptIntent) -> Zeroizing<Vec<u8>> {
    encode(&KeptIntent { listed: true, ..kept.clone() })
}

/// When an intent stored now expires.
pub fn intent_until(now: Timestamp) -> Timestamp {
    now + INTENT_LIFE
}

/// The id of the note recording that a mail was stored.
pub fn notice(mail: MailId) -> DocumentId {
    document(&format!("{NOTICE_PREFIX}{mail}"))
}

/// The note recording that a mail was stored.
pub async fn notice_draft(sealing: &Sealing, index: BlindIndex, mail: MailId, now: Timestamp) -> Result<Draft, StoreError> {
    let until = notice_until(now);
    draft(sealing, index, notice(mail), &encode(&NoticeNote { until: Some(until) }), Some(until.duration_since(now))).await
}

/// When the note of a mail stored now expires.
pub fn notice_until(now: Timestamp) -> Timestamp {
    let stretch = now.as_second().div_euclid(NOTICE_STRETCH_SECONDS) + 1;
    Timestamp::from_second(stretch * NOTICE_STRETCH_SECONDS).unwrap_or(now) + NOTICE_LIFETIME
}

/// The content of the note recording that a mail was stored. It was empty before identities kept account of these notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeNote {
    /// When it expires, together with all other notes that state the same time.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

async fn draft(
    sealing: &Sealing,
    index: BlindIndex,
    id: DocumentId,
    plaintext: &[u8],
    ttl: Option<SignedDuration>,
) -> Result<Draft, StoreError> {
    let partition = index.to_string();
    let body = sealing.seal(KeyScope::Service, place(&partition, &id, Part::Body), plaintext).await?;
    let write_id = WriteId::from_random(sealing.random_bytes());
    let ttl = ttl.map(|ttl| u32::try_from(ttl.as_secs()).unwrap_or(0).max(1));
    Ok(Draft { id, write_id, summary: None, body: Body::Sealed(body), ttl })
}

fn document(id: &str) -> DocumentId {
    DocumentId::parse(id).expect("ids are made of fixed prefixes, base64url, UUIDs and hexadecimal digits")
}
