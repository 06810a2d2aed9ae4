//! Password reset (P11): the answer never reveals whether the username exists; the mail goes to the owner.
//!
//! The request only puts a sealed job on the queue, the same for every username. The job creates the one-time password.

use super::visitor::Visitor;
use crate::flows::{
    accounts::{
        administration::{INVITATION_LIFETIME, OneTimeCode},
        change::{Draft, change},
    },
    failure::Failure,
    mail::post::{Job, Request},
    services::Services,
};
use crate::{
    domain::{accounts::account::Status, sign_in::attempt::Change, stored::BlindIndex},
    store::authority::Authority,
};
use jiff::SignedDuration;
use std::time::Duration;

/// How long a one-time password is valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// Mails of this kind per account and hour: enough to make up for a lost mail, too few to flood a mailbox.
const MAX_PER_HOUR: usize = 5;

/// Enqueues the job, whether or not the username exists.
///
/// # Errors
/// [`Failure::TooManyRequests`] per address; [`Failure::Store`].
pub async fn request(services: &Services, username: &str, visitor: &Visitor) -> Result<(), Failure> {
    services.limits.reset(visitor.ip).map_err(|fast| Failure::TooManyRequests(fast.retry_after))?;
    let identity = services.identities.index(username).await?;
    let job = Job::Request { identity, request: Request::PasswordReset };
    Ok(services.post.send(job, Duration::ZERO).await?)
}

/// Runs the job: creates a one-time password and mails it, unless the account does not exist or is disabled, its invitation has expired, or
/// its hourly limit is reached. An invitation keeps its original expiry.
pub async fn issue(services: &Services, identity: BlindIndex) -> Result<(), Failure> {
    let code = OneTimeCode::draw(services, identity).await?;
    let edit = |draft: &mut Draft| {
        let now = draft.now;
        draft.account.resets.retain(|at| now.duration_since(*at) < SignedDuration::from_hours(1));
        // Requests by strangers cannot leave the owner without one: once none is valid any more, another is issued despite the limit.
        let has_one = draft.account.one_time.as_ref().is_some_and(|one_time| one_time.is_valid(now));
        if !draft.account.status.may_sign_in() || (has_one && draft.account.resets.len() >= MAX_PER_HOUR) {
            return Err(Failure::NotFound);
        }
        let content = match draft.account.status {
            // A reset request can neither shorten nor extend an invitation.
            Status::Invited => {
                let first = draft.account.created_at + INVITATION_LIFETIME;
                let term = draft.account.one_time.as_ref().map_or(first, |one_time| one_time.expires_at);
                if term <= now {
                    return Err(Failure::NotFound);
                }
                code.invitation(&mut draft.account, term)
            }
            Status::Active | Status::Disabled | Status::Later(_) => code.reset(&mut draft.account, now + LIFETIME),
        };
        draft.account.resets.push(now);
        let mail = draft.notify(content);
        draft.account.one_time_is_in(mail);
        Ok(())
    };
    match change(services, identity, Authority::Job, Change::OneTimePasswordIssued, edit).await {
        Ok(()) | Err(Failure::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
