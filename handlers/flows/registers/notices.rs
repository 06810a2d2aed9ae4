//! Mails about the records of a register, each stored exactly once.
//!
//! The record and the mails lie in different logical partitions, so no commit covers both. Instead:
//!
//! 1. a step of the record claims the notice and fixes its recipients; of several concurrent claims only one gets its step into the chain,
//!    and once it is there, neither a clock that is set back nor a restart makes the notice due again;
//! 2. each mail has an id derived from record, notice and recipient, and is committed together with a note of that id, which outlives the
//!    sent mail: a repeat finds the note and stores no second mail;
//! 3. a step notes that all mails were stored, and removes the notice from the waiting list.
//!
//! After any interruption, the next round of maintenance resumes: a notice keeps waiting until step 3.

use super::steps::{RegisterFailure, decide};
use crate::flows::services::Services;
use crate::{
    domain::{
        accounts::account::{Account, Status},
        ids::{MailId, RecordId},
        record::Record,
        sign_in::credentials::Role,
        wire::values::AccountRef,
    },
    store::{
        authority::Warrant,
        error::StoreError,
        records::repository::{FoundRecord, Records},
    },
};
use jiff::Timestamp;

/// A record whose reminders and other notices are mailed.
pub(in crate::flows) trait Reminds: Record {
    /// A reminder that can be due.
    type Reminder: Copy + Send + Sync;
    /// A notice that is claimed, and whose mails are not all stored yet.
    type Notice: Send + Sync;

    /// The reminders that are due and not yet claimed.
    fn due(summary: &Self::Summary, now: Timestamp) -> Vec<Self::Reminder>;
    /// Whether notices are waiting.
    fn waits(summary: &Self::Summary) -> bool;
    /// Claims a reminder, if it is still due, for these officers.
    fn claim(&self, reminder: Self::Reminder, officers: Vec<AccountRef>, now: Timestamp) -> Result<(Self, Self::Event), RegisterFailure>;
    /// Logs a claim that alerts look for.
    fn log(_: Self::Reminder) {}
    fn waiting(&self) -> &[Self::Notice];
    /// The recipients; `None` when only a later version can word the notice, which then waits for that version.
    fn recipients(notice: &Self::Notice) -> Option<&[AccountRef]>;
    /// Records that the mails of a notice were stored for those whom they can reach.
    fn posted(&self, notice: &Self::Notice, reached: Vec<AccountRef>) -> Result<(Self, Self::Event), RegisterFailure>;
    /// Stores the mail to one account, unless it was stored before.
    fn mail(
        &self,
        services: &Services,
        id: RecordId,
        notice: &Self::Notice,
        to: (AccountRef, &Account),
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// One round: claims the reminders that are due and stores all waiting mails. Returns how many reminders were claimed.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub(in crate::flows) async fn round<R: Reminds>(services: &Services, records: &Records<R>) -> Result<usize, StoreError> {
    let mut claimed = 0;
    for (id, summary) in records.all().await? {
        let due = R::due(&summary, services.now());
        for reminder in &due {
            claimed += usize::from(claim(services, records, id, *reminder).await?);
        }
        if R::waits(&summary) || !due.is_empty() {
            post(services, records, id).await?;
        }
    }
    Ok(claimed)
}

/// Stores what is waiting, if that is possible now; otherwise maintenance does it later.
pub(in crate::flows) async fn post_or_leave<R: Reminds>(services: &Services, records: &Records<R>, id: RecordId) {
    if post(services, records, id).await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

/// Returns all officers who can sign in.
pub(in crate::flows) async fn active_officers(services: &Services) -> Result<Vec<AccountRef>, StoreError> {
    let (mut officers, mut after) = (Vec::new(), None);
    loop {
        let slice = services.identities.accounts(1000, after).await?;
        let active = slice.items.into_iter().filter(|(_, account)| account.role == Role::Officer && account.status == Status::Active);
        officers.extend(active.map(|(id, _)| AccountRef(id)));
        after = slice.next;
        if after.is_none() {
            return Ok(officers);
        }
    }
}

/// Derives the id of a mail from its subject and its recipient.
pub(in crate::flows) async fn mail_id(services: &Services, subject: &[&[u8]], to: AccountRef) -> Result<MailId, StoreError> {
    Ok(MailId::from_random(services.derive_id(&[subject, &[to.0.bytes().as_slice()]].concat()).await?))
}

/// Returns whether this call claimed the reminder.
async fn claim<R: Reminds>(services: &Services, records: &Records<R>, id: RecordId, reminder: R::Reminder) -> Result<bool, StoreError> {
    let (officers, now) = (active_officers(services).await?, services.now());
    let judge = |record: &R| record.claim(reminder, officers.clone(), now);
    let claimed = settled(decide(services, records, &Warrant::maintenance(), (id, None), judge).await)?;
    if claimed {
        R::log(reminder);
    }
    Ok(claimed)
}

/// Stores every waiting mail.
async fn post<R: Reminds>(services: &Services, records: &Records<R>, id: RecordId) -> Result<(), StoreError> {
    let Some(found) = records.find(id).await? else {
        return Ok(());
    };
    for notice in found.record.waiting() {
        let Some(recipients) = R::recipients(notice) else { continue };
        let mut reached = Vec::new();
        for to in recipients {
            let identity = services.identities.find(to.0).await?;
            // A disabled account can read no mail.
            if let Some(account) = identity.account().filter(|account| account.status == Status::Active) {
                found.record.mail(services, id, notice, (*to, account)).await?;
                reached.push(*to);
            }
        }
        let judge = |record: &R| record.posted(notice, reached.clone());
        settled(decide(services, records, &Warrant::maintenance(), (id, None), judge).await)?;
    }
    Ok(())
}

/// `false` when another caller took the step, or it no longer needs taking.
fn settled<R>(taken: Result<Option<FoundRecord<R>>, RegisterFailure>) -> Result<bool, StoreError> {
    match taken {
        Ok(taken) => Ok(taken.is_some()),
        Err(
            RegisterFailure::NotDue
            | RegisterFailure::NotFound
            | RegisterFailure::VersionMismatch
            | RegisterFailure::KeyReused
            | RegisterFailure::Invalid(_),
        ) => Ok(false),
        Err(RegisterFailure::Store(error)) => Err(error),
    }
}
