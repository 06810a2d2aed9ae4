//! Work that queue and timer announce. Every job may come twice, late, or as garbage.

use super::{failure::Failure, hand_over_moves, mail_text::letter, post::Job, reset, services::Services};
use crate::{
    domain::{ids::MailId, stored::BlindIndex},
    ports::{MAX_DEQUEUES, MailError},
    store::{authority::Authority, error::StoreError},
};
use std::time::Duration;

/// When a try may succeed that has just failed for a reason which does not say.
const LATER: Duration = Duration::from_secs(30);

/// What came of a queue message.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    /// Done, or nothing left to do.
    Finished,
    /// No job of ours: to be put aside, never tried again.
    Garbage,
}

/// The job failed; the message should come again.
#[derive(Debug)]
pub struct Again {
    pub retry_after: Duration,
}

impl Again {
    /// Logs that a delivery failed: as an error, fit for an alert, when it was the last one and the message is set aside. The mail
    /// itself stays in the store, and maintenance announces it anew.
    pub fn log(&self, attempt: Option<u32>) {
        if attempt.is_some_and(|attempt| attempt >= MAX_DEQUEUES) {
            tracing::error!(event = "job_poisoned", function = "send-mail", attempt);
        } else {
            tracing::warn!(event = "job_again", function = "send-mail", attempt, retry_after_s = self.retry_after.as_secs());
        }
    }
}

/// Does the job behind a queue text.
///
/// # Errors
/// [`Again`] when a try later may succeed.
pub async fn run(services: &Services, text: &str) -> Result<Done, Again> {
    let done = match services.post.read(text).await? {
        None => return Ok(Done::Garbage),
        Some(Job::Mail { identity, mail }) => send_mail(services, identity, mail).await,
        Some(Job::HandOver { hand_over }) => Box::pin(hand_over_moves::go_on(services, hand_over)).await,
        Some(Job::Request { identity, request: super::post::Request::PasswordReset }) => {
            reset::issue(services, identity).await.map_err(|failure| Again::from(&failure))
        }
    };
    done.map(|()| Done::Finished)
}

/// Sends a mail that waits and deletes it. One that is gone was sent, or is not needed any more.
async fn send_mail(services: &Services, identity: BlindIndex, id: MailId) -> Result<(), Again> {
    let Some(mail) = services.identities.mail(identity, id).await? else {
        return Ok(());
    };
    let wait = mail.not_before.map(|due| due.duration_since(services.now()));
    if let Some(delay) = wait.and_then(|wait| Duration::try_from(wait).ok()).filter(|delay| !delay.is_zero()) {
        return Ok(services.post.send(Job::Mail { identity, mail: id }, delay).await?);
    }
    // What only a later version can put into words waits for one.
    let letter = letter(id, &mail, &services.public_url).ok_or(Again { retry_after: LATER })?;
    match services.mailer.send(&letter).await {
        Ok(()) => {}
        Err(MailError::TryAgain { retry_after }) => return Err(Again { retry_after }),
        Err(MailError::Never) => tracing::error!(event = "mail_refused"),
    }
    Ok(services.identities.drop_mail(&Authority::Job, identity, id).await?)
}

impl From<StoreError> for Again {
    fn from(error: StoreError) -> Self {
        let retry_after = match error {
            StoreError::Busy { retry_after } => retry_after,
            StoreError::DoesNotOpen => {
                tracing::error!(event = "does_not_open");
                LATER
            }
            StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Stale
            | StoreError::Refused
            | StoreError::BadCursor
            | StoreError::HalfDone { .. }
            | StoreError::Keys(_) => LATER,
        };
        Self { retry_after }
    }
}

impl From<&Failure> for Again {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Store(error) => (*error).into(),
            _ => Self { retry_after: LATER },
        }
    }
}
