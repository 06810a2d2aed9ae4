//! Reminders of sub-processor deadlines, each stored exactly once, in the same way as in `breach_notices`: a step claims the reminder and
//! fixes its recipients, each mail has an id derived from its content, and a step notes that all were stored.

use crate::flows::{
    breaches::notices::{active_officers, settled},
    registers::steps::decide,
    services::Services,
    sign_in::session_draft::pending,
};
use crate::{
    domain::{
        accounts::account::Status,
        breaches::words::AccountRef,
        ids::{MailId, RecordId},
        later::ClosedSet,
        mail::MailContent,
        processors::{
            deadlines::Reminder,
            kinds::DeadlineKind,
            record::{Processor, ProcessorNotice},
        },
    },
    store::{
        authority::{Authority, Warrant},
        error::StoreError,
    },
};

/// One round: claims the reminders that are due and stores all waiting mails. Returns how many reminders were claimed.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    let (mut claimed, today) = (0, services.today().date());
    for (id, summary) in services.processors.all().await? {
        let due = summary.due(today);
        for reminder in &due {
            let officers = active_officers(services).await?;
            let judge = |it: &Processor| Ok(it.with_reminder(*reminder, officers.clone(), today)?);
            claimed += usize::from(settled(&decide(services, &services.processors, &Warrant::maintenance(), (id, None), judge).await)?);
        }
        if summary.waits || !due.is_empty() {
            post(services, id).await?;
        }
    }
    Ok(claimed)
}

/// Stores every waiting mail.
async fn post(services: &Services, id: RecordId) -> Result<(), StoreError> {
    let Some(found) = services.processors.find(id).await? else {
        return Ok(());
    };
    for notice in found.record.waiting() {
        // A notice that only a later version can word keeps waiting for that version.
        if !notice.reminder.deadline.kind.is_known() {
            continue;
        }
        let mut reached = Vec::new();
        for account in &notice.to {
            if leave(services, id, &found.record, notice, *account).await? {
                reached.push(*account);
            }
        }
        let judge = |it: &Processor| Ok(it.posted(notice, reached.clone())?);
        settled(&decide(services, &services.processors, &Warrant::maintenance(), (id, None), judge).await)?;
    }
    Ok(())
}

/// Stores one mail, unless it was stored before. Returns whether the recipient can read it: a disabled account gets no mail.
async fn leave(
    services: &Services,
    id: RecordId,
    processor: &Processor,
    notice: &ProcessorNotice,
    to: AccountRef,
) -> Result<bool, StoreError> {
    let found = services.identities.find(to.0).await?;
    let Some(account) = found.account().filter(|account| account.status == Status::Active) else {
        return Ok(false);
    };
    let (now, reminder) = (services.now(), notice.reminder);
    let content = MailContent::ProcessorDeadline {
        party: processor.entry().name().to_owned(),
        kind: reminder.deadline.kind,
        on: reminder.deadline.on.date(),
    };
    let mail = (mail_id(services, id, reminder, to).await?, pending(account, content, now, None));
    if services.identities.leave_once(&Authority::Maintenance, to.0, mail.0, &mail.1).await? {
        services.post.announce(to.0, &[mail], now).await;
    }
    Ok(true)
}

/// Derives the id from the subject of the mail and its recipient.
async fn mail_id(services: &Services, id: RecordId, Reminder { deadline, days }: Reminder, to: AccountRef) -> Result<MailId, StoreError> {
    let kind: &[u8] = match &deadline.kind {
        DeadlineKind::AgreementEnd => b"agreement end",
        DeadlineKind::Evidence => b"evidence",
        DeadlineKind::Review => b"review",
        DeadlineKind::Later(word) => word.as_str().as_bytes(),
    };
    let on = deadline.on.date().to_string();
    let fields: [&[u8]; 6] = [b"processor", id.bytes(), kind, on.as_bytes(), &[days], to.0.bytes()];
    let tag = services.sealing.root().await?.repeats.tag(&fields);
    Ok(MailId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
}
