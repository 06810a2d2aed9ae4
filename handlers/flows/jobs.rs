//! Work announced by queue and timer. Delivery is at-least-once: a job may arrive twice, late, or as garbage.

use super::{
    failure::Failure,
    hand_overs,
    mail::{office::Office, post::Job, text::letter},
    services::Services,
    sign_in,
};
use crate::{
    domain::{ids::MailId, stored::BlindIndex},
    ports::{MAX_DEQUEUES, MailError},
    store::{authority::Authority, error::StoreError},
};
use std::time::Duration;

/// Retry delay after a failure that gives none.
const LATER: Duration = Duration::from_secs(30);

/// The outcome of a queue message.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    /// Done, or nothing left to do.
    Finished,
    /// Not one of our jobs: to be set aside, never retried.
    Garbage,
}

/// The job failed; the message should be delivered again.
#[derive(Debug)]
pub struct Again {
    pub retry_after: Duration,
}

impl Again {
    /// Logs a failed delivery: as an error that can raise an alert when it was the last attempt and the message is set aside. The mail
    /// itself stays in the store, and maintenance announces it again.
    pub fn log(&self, attempt: Option<u32>) {
        if attempt.is_some_and(|attempt| attempt >= MAX_DEQUEUES) {
            tracing::error!(event = "job_poisoned", function = "send-mail", attempt);
        } else {
            tracing::warn!(event = "job_again", function = "send-mail", attempt, retry_after_s = self.retry_after.as_secs());
        }
    }
}

/// Runs the job in a queue message.
///
/// # Errors
/// [`Again`] when a later try may succeed.
pub async fn run(services: &Services, text: &str) -> Result<Done, Again> {
    let done = match services.post.read(text).await? {
        None => return Ok(Done::Garbage),
        Some(Job::Mail { identity, mail }) => send_mail(services, identity, mail).await,
        Some(Job::HandOver { hand_over }) => Box::pin(hand_overs::moves::go_on(services, hand_over)).await,
        Some(Job::Request { identity, request: crate::flows::mail::post::Request::PasswordReset }) => {
            sign_in::reset::issue(services, identity).await.map_err(|failure| Again::from(&failure))
        }
    };
    done.map(|()| Done::Finished)
}

/// Sends a waiting mail and deletes it. A mail that no longer exists was sent, or is no longer needed.
async fn send_mail(services: &Services, identity: BlindIndex, id: MailId) -> Result<(), Again> {
    let Some(mail) = services.identities.mail(identity, id).await? else {
        return Ok(());
    };
    let wait = mail.not_before.map(|due| due.duration_since(services.now()));
    if let Some(delay) = wait.and_then(|wait| Duration::try_from(wait).ok()).filter(|delay| !delay.is_zero()) {
        return Ok(services.post.send(Job::Mail { identity, mail: id }, delay).await?);
    }
    // A mail that only a later version can word waits for that version.
    let firm = Office::read(services).await;
    let letter = letter(id, &mail, &services.public_url, &firm).ok_or(Again { retry_after: LATER })?;
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
