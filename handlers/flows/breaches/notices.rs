//! Mails about breaches, each stored exactly once: deadline reminders, reports of a suspicion, announcements of a letter.
//!
//! The record and the mails lie in different logical partitions, so no commit covers both. Instead:
//!
//! 1. a step of the record claims the notice and fixes its recipients; of several concurrent claims only one gets its step into the chain,
//!    and once it is there, neither a clock that is set back nor a restart makes the notice due again;
//! 2. each mail has an id derived from breach, notice and recipient, and is committed together with a note of that id, which outlives the
//!    sent mail: a repeat finds the note and stores no second mail;
//! 3. a step notes that all mails were stored, and removes the notice from the waiting list.
//!
//! Suspicions reported within the same hour share two mails: one at once for the first, one at the end of the hour for the others.
//!
//! After any interruption, the next round of maintenance resumes: a notice keeps waiting until step 3.

use crate::flows::{
    registers::steps::{RegisterFailure, decide},
    services::Services,
    sign_in::session_draft::pending,
};
use crate::{
    domain::{
        accounts::account::Status,
        breaches::{
            record::{Breach, DEADLINE},
            steps::NoticeAbout,
            words::{AccountRef, Moment},
        },
        ids::{MailId, RecordId},
        mail::{MailContent, PendingMail},
        record::Record,
        sign_in::credentials::Role,
    },
    store::{
        authority::{Authority, Warrant},
        error::StoreError,
        identities::repository::Left,
        records::repository::FoundRecord,
    },
};
use jiff::Timestamp;

/// Seconds over which suspicions are reported together.
const HOUR: i64 = 60 * 60;

/// One round: claims the reminders that are due and stores all waiting mails. Returns how many reminders were claimed.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    let mut claimed = 0;
    for (id, summary) in services.breaches.all().await? {
        let due: Vec<u16> = summary.due(services.now()).collect();
        for hours in &due {
            claimed += usize::from(claim(services, id, *hours).await?);
        }
        if summary.waits || !due.is_empty() {
            post(services, id).await?;
        }
    }
    Ok(claimed)
}

/// Returns all officers who can sign in.
pub async fn active_officers(services: &Services) -> Result<Vec<AccountRef>, StoreError> {
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

/// Stores what is waiting, if that is possible now; otherwise maintenance does it later.
pub(in crate::flows) async fn post_or_leave(services: &Services, id: RecordId) {
    if post(services, id).await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

/// Returns whether this call claimed the reminder.
async fn claim(services: &Services, id: RecordId, hours: u16) -> Result<bool, StoreError> {
    let (officers, now) = (active_officers(services).await?, services.now());
    let judge = |breach: &Breach| {
        let is_due = breach.summary().due(now).any(|due| due == hours);
        if is_due { Ok(breach.with_reminder(hours, officers.clone())) } else { Err(RegisterFailure::NotDue) }
    };
    let claimed = settled(&decide(services, &services.breaches, &Warrant::maintenance(), (id, None), judge).await)?;
    if claimed {
        tracing::warn!(event = "breach_deadline", hours);
    }
    Ok(claimed)
}

/// Stores every waiting mail.
async fn post(services: &Services, id: RecordId) -> Result<(), StoreError> {
    let Some(found) = services.breaches.find(id).await? else {
        return Ok(());
    };
    for notice in found.record.waiting() {
        // A notice that only a later version can word keeps waiting for that version.
        let Some(about) = notice.about.known().copied() else { continue };
        let mut reached = Vec::new();
        for account in &notice.to {
            if leave(services, id, &found.record, about, *account).await? {
                reached.push(*account);
            }
        }
        let judge = |breach: &Breach| breach.posted(notice, reached.clone()).ok_or(RegisterFailure::NotDue);
        settled(&decide(services, &services.breaches, &Warrant::maintenance(), (id, None), judge).await)?;
    }
    Ok(())
}

/// `false` when another caller did it, or it no longer needs doing.
pub(in crate::flows) const fn settled<R>(result: &Result<Option<FoundRecord<R>>, RegisterFailure>) -> Result<bool, StoreError> {
    match result {
        Ok(found) => Ok(found.is_some()),
        Err(
            RegisterFailure::NotDue
            | RegisterFailure::NotFound
            | RegisterFailure::VersionMismatch
            | RegisterFailure::KeyReused
            | RegisterFailure::Invalid(_),
        ) => Ok(false),
        Err(RegisterFailure::Store(error)) => Err(*error),
    }
}

/// Stores one mail, unless it was stored before. Returns whether the recipient can read it: a disabled account gets no mail.
async fn leave(services: &Services, id: RecordId, breach: &Breach, about: NoticeAbout, to: AccountRef) -> Result<bool, StoreError> {
    let found = services.identities.find(to.0).await?;
    let Some(account) = found.account().filter(|account| account.status == Status::Active) else {
        return Ok(false);
    };
    let (now, mail) = (services.now(), mail_id(services, id, about, to).await?);
    let mail = (mail, pending(account, content(breach, about, now), now, None));
    if about == NoticeAbout::Suspicion {
        leave_collected(services, breach.reported_at().at(), to, mail).await?;
    } else if services.identities.leave_once(&Authority::Maintenance, to.0, mail.0, &mail.1).await? {
        services.post.announce(to.0, &[mail], now).await;
    }
    Ok(true)
}

/// Stores the mail about a suspicion at once if it is the first of its hour; otherwise in the shared mail at the end of the hour.
async fn leave_collected(
    services: &Services,
    reported_at: Timestamp,
    to: AccountRef,
    (id, mail): (MailId, PendingMail),
) -> Result<(), StoreError> {
    let hour = reported_at.as_second().div_euclid(HOUR);
    let first = hour_id(services, hour, b"first", to).await?;
    match services.identities.leave_first(&Authority::Maintenance, to.0, (id, first), &mail).await? {
        Left::Now => services.post.announce(to.0, &[(id, mail)], services.now()).await,
        Left::Before => {}
        Left::NotFirst => {
            let (id, end) = (hour_id(services, hour, b"others", to).await?, Timestamp::from_second((hour + 1) * HOUR).ok());
            let mail = PendingMail { not_before: end, ..mail };
            if services.identities.leave_once(&Authority::Maintenance, to.0, id, &mail).await? {
                services.post.announce(to.0, &[(id, mail)], services.now()).await;
            }
        }
    }
    Ok(())
}

/// Derives the id of a shared mail from the hour and the recipient.
async fn hour_id(services: &Services, hour: i64, which: &[u8], to: AccountRef) -> Result<MailId, StoreError> {
    let tag = services.sealing.root().await?.repeats.tag(&[b"suspicions", &hour.to_be_bytes(), which, to.0.bytes()]);
    Ok(MailId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
}

fn content(breach: &Breach, about: NoticeAbout, now: Timestamp) -> MailContent {
    match about {
        NoticeAbout::Suspicion => MailContent::BreachSuspected { at: breach.reported_at().at() },
        NoticeAbout::Deadline(hours) => {
            let aware = breach.aware_at().map_or(now, Moment::at);
            MailContent::BreachDeadline { hours, deadline: aware + DEADLINE }
        }
        NoticeAbout::Letter(number) => MailContent::BreachLetter { at: breach.written_at(number).map_or(now, Moment::at) },
    }
}

/// Derives the id from the subject of the mail and its recipient.
async fn mail_id(services: &Services, id: RecordId, about: NoticeAbout, to: AccountRef) -> Result<MailId, StoreError> {
    let (kind, number): (&[u8], u32) = match about {
        NoticeAbout::Suspicion => (b"suspicion", 0),
        NoticeAbout::Deadline(hours) => (b"deadline", hours.into()),
        NoticeAbout::Letter(number) => (b"letter", number),
    };
    let tag = services.sealing.root().await?.repeats.tag(&[b"breach", id.bytes(), kind, &number.to_be_bytes(), to.0.bytes()]);
    Ok(MailId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
}
