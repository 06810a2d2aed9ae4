//! Intents: what somebody is about to do outside the own identity, left there in a commit that rests on the session.
//!
//! Register and other accounts lie in other partitions, so no commit holds both the session and the deed. Instead:
//!
//! 1. one commit replaces the own identity by its etag, which proves session, status, role and standing, and leaves a document that
//!    says what is to be done and until when;
//! 2. the deed is done and names the intent: nobody does it without one, nor after its minute;
//! 3. the document is deleted.
//!
//! What stays behind was cut off between 1 and 3. Maintenance deletes it once its minute is over: what was done names it, and what
//! was not done is not done any more, as whoever asked was told.

use super::services::Services;
use crate::{
    domain::{
        account::Identity,
        attempt::{Change, Event},
        authority::{Aim, KeptIntent, SessionProof},
        ids::{IntentId, RecordId},
        request_tag::RequestTag,
    },
    store::{
        authority::{INTENT_LIFETIME, Intent},
        error::StoreError,
        identities::{Found, IdentityWrite},
        records::Shelf,
    },
};
use jiff::Timestamp;

/// Who takes a step in a register.
#[derive(Clone, Copy)]
pub(super) enum Taker {
    /// Whoever is signed in, by an intent; and the request, when it has a key.
    Session(SessionProof, Option<RequestTag>),
    /// The program itself, on its timer.
    Maintenance,
}

/// A step in a register, of one record or of several.
pub(super) fn aim_at(register: &Shelf, record: Option<RecordId>) -> Aim {
    Aim::Register { name: register.partition.to_string(), record }
}

/// Leaves an intent. [`end`] it when it was carried out or came to nothing.
///
/// # Errors
/// [`StoreError::Refused`] when the session does not hold any more; [`StoreError`].
pub(super) async fn intend(services: &Services, by: SessionProof, aim: Aim) -> Result<Intent, StoreError> {
    intend_noting(services, by, aim, |_, _, _| Ok(())).await
}

/// Like [`intend`]. What `note` changes of the own identity, with the id of the intent and its end, is in the same commit, and nothing is
/// when it refuses.
///
/// # Errors
/// As [`intend`]; what `note` refuses with.
pub(super) async fn intend_noting<E: From<StoreError>>(
    services: &Services,
    by: SessionProof,
    aim: Aim,
    note: impl Fn(&mut Identity, IntentId, Timestamp) -> Result<(), E>,
) -> Result<Intent, E> {
    let (id, now) = (IntentId::from_random(services.sealing.random_bytes()), services.now());
    let kept = KeptIntent { aim, at: now, until: now + INTENT_LIFETIME, listed: false };
    let decide = |found: &Found| {
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::Intended(id)), now);
        note(&mut write.identity, id, kept.until)?;
        write.intent = Some((id, kept.clone()));
        Ok::<_, E>((write, ()))
    };
    let (recorded, ()) = services.register.change(by.account(), None, by.into(), decide).await?;
    recorded.intent().ok_or_else(|| StoreError::Refused.into())
}

/// How something that was intended can end other than well.
pub(super) trait Story {
    /// This ending, when nothing comes of the intent.
    #[must_use]
    fn undone(self) -> Self;
}

impl Story for StoreError {
    fn undone(self) -> Self {
        undone(self)
    }
}

/// Does what was intended, and takes the intent away. What fails is told as what it is: nothing comes of the intent.
///
/// # Errors
/// What the deed fails with.
pub(super) async fn carry_out<T, E: Story>(services: &Services, intent: Intent, deed: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let done = deed.await;
    end(services, intent).await;
    done.map_err(Story::undone)
}

/// Takes an intent away. One that stays is taken away by maintenance.
async fn end(services: &Services, intent: Intent) {
    if services.identities.drop_intent(intent.account(), intent.id()).await.is_err() {
        tracing::warn!(event = "intent_left");
    }
}

/// A deed that failed after its intent was committed: it was not done, and nothing comes of the intent. Only where it is not known
/// whether the deed was done is that not said.
pub(super) const fn undone(error: StoreError) -> StoreError {
    match error {
        StoreError::Busy { .. } | StoreError::Unavailable | StoreError::Keys(_) => error.and_not_done(),
        StoreError::Unknown
        | StoreError::Stale
        | StoreError::Refused
        | StoreError::HalfDone { .. }
        | StoreError::DoesNotOpen
        | StoreError::BadCursor => error,
    }
}

/// Takes away what stayed behind and may not be carried out any more. Tells how many.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn void_overdue(services: &Services) -> Result<usize, StoreError> {
    let (mut voided, mut after) = (0, None);
    loop {
        let slice = services.identities.intents(after).await?;
        for (account, id, kept) in slice.items {
            if kept.until <= services.now() {
                services.identities.drop_intent(account, id).await?;
                tracing::warn!(event = "intent_voided");
                voided += 1;
            }
        }
        after = slice.next;
        if after.is_none() {
            return Ok(voided);
        }
    }
}
