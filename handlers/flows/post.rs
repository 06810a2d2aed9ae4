//! The outgoing post: sealed jobs on the queue that point at sealed mails in the store (P11).
//!
//! A mail is committed together with what causes it and announced afterwards. A lost announcement is made again by maintenance;
//! a repeated one finds the mail gone or sends it with the same id. Queue texts hold no personal data and are sealed besides, so
//! that they can be neither read nor forged.

use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        ids::{MailId, RecordId},
        mail::PendingMail,
        stored::BlindIndex,
    },
    ports::{Queue, QueueText},
    store::{
        error::StoreError,
        sealing::{KeyScope, Sealing},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Work that a queue text stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Job {
    /// Send a mail that waits.
    Mail {
        /// Whose partition it lies in.
        identity: BlindIndex,
        mail: MailId,
    },
    /// Move the next files of a hand-over.
    HandOver { hand_over: RecordId },
    /// Make a one-time password and mail it, if there is such an account.
    Request {
        /// The username asked for.
        identity: BlindIndex,
        /// What is asked for.
        request: Request,
    },
}

/// What may be asked for by anyone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    PasswordReset,
}

/// The queue with the key that seals its texts.
pub struct Post {
    queue: Arc<dyn Queue>,
    sealing: Arc<Sealing>,
}

/// Queue texts are sealed for a place of their own, where no document lies.
const PLACE: EnvelopeContext<'static> = EnvelopeContext { container: "queue", partition: "mail", document: "job", part: Part::Body };

impl Post {
    /// Posts through this queue.
    pub const fn new(queue: Arc<dyn Queue>, sealing: Arc<Sealing>) -> Self {
        Self { queue, sealing }
    }

    /// Leaves a job behind, to be seen after `delay`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the queue does not take it.
    pub async fn send(&self, job: Job, delay: Duration) -> Result<(), StoreError> {
        let plaintext = serde_json::to_vec(&job).map_err(|_| StoreError::DoesNotOpen)?;
        let sealed = self.sealing.seal(KeyScope::Service, PLACE, &plaintext).await?;
        self.queue.send(&QueueText::of(&sealed), delay).await.map_err(|_| StoreError::Unavailable)
    }

    /// Announces mails that were committed. What cannot be announced now, maintenance announces later.
    pub async fn announce(&self, identity: BlindIndex, mails: &[(MailId, PendingMail)], now: Timestamp) {
        for (mail, pending) in mails {
            let wait = pending.not_before.map(|due| due.duration_since(now));
            let delay = wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default();
            if self.send(Job::Mail { identity, mail: *mail }, delay).await.is_err() {
                tracing::warn!(event = "mail_not_announced");
            }
        }
    }

    /// The job behind a queue text; `None` when it was not sealed here.
    pub async fn read(&self, text: &str) -> Result<Option<Job>, StoreError> {
        let Some(unopened) = QueueText::decode(text) else {
            return Ok(None);
        };
        match self.sealing.open(KeyScope::Service, PLACE, &unopened).await {
            // Sealed by a later version, which does it when the message comes again.
            Ok(plaintext) => serde_json::from_slice(&plaintext).map(Some).map_err(|_| StoreError::Unavailable),
            Err(StoreError::DoesNotOpen) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
