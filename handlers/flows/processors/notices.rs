//! Reminders of sub-processor deadlines.

use crate::flows::{
    accounts::officers::leave,
    registers::{
        self,
        notices::{Reminds, mail_id},
        steps::RegisterFailure,
    },
    services::Services,
};
use crate::{
    domain::{
        accounts::account::Account,
        ids::RecordId,
        mail::MailContent,
        processors::{
            deadlines::Reminder,
            kinds::DeadlineKind,
            record::{Processor, ProcessorEvent, ProcessorNotice, ProcessorSummary},
        },
        wire::{
            closed_set::ClosedSet,
            values::{AccountRef, day_at},
        },
    },
    store::{authority::Authority, error::StoreError},
};
use jiff::Timestamp;

/// One round: claims the reminders that are due and stores all waiting mails. Returns how many reminders were claimed.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    registers::notices::round(services, &services.processors).await
}

impl Reminds for Processor {
    type Reminder = Reminder;
    type Notice = ProcessorNotice;

    fn due(summary: &ProcessorSummary, now: Timestamp) -> Vec<Reminder> {
        summary.due(day_at(now).date())
    }

    fn waits(summary: &ProcessorSummary) -> bool {
        summary.waits
    }

    fn claim(&self, reminder: Reminder, officers: Vec<AccountRef>, now: Timestamp) -> Result<(Self, ProcessorEvent), RegisterFailure> {
        Ok(self.with_reminder(reminder, officers, day_at(now).date())?)
    }

    fn waiting(&self) -> &[ProcessorNotice] {
        self.waiting()
    }

    fn recipients(notice: &ProcessorNotice) -> Option<&[AccountRef]> {
        notice.reminder.deadline.kind.is_known().then_some(&notice.to)
    }

    fn posted(&self, notice: &ProcessorNotice, reached: Vec<AccountRef>) -> Result<(Self, ProcessorEvent), RegisterFailure> {
        Ok(self.posted(notice, reached)?)
    }

    async fn mail(
        &self,
        services: &Services,
        id: RecordId,
        notice: &ProcessorNotice,
        (to, account): (AccountRef, &Account),
    ) -> Result<(), StoreError> {
        let Reminder { deadline, days } = notice.reminder;
        let kind: &[u8] = match &deadline.kind {
            DeadlineKind::AgreementEnd => b"agreement end",
            DeadlineKind::Evidence => b"evidence",
            DeadlineKind::Review => b"review",
            DeadlineKind::Later(word) => word.as_str().as_bytes(),
        };
        let (party, on) = (self.entry().name().to_owned(), deadline.on.date());
        let mail = mail_id(services, &[b"processor", id.bytes(), kind, on.to_string().as_bytes(), &[days]], to).await?;
        let content = MailContent::ProcessorDeadline { party, kind: deadline.kind, on };
        leave(services, &Authority::Maintenance, (to.0, account), (mail, content)).await?;
        Ok(())
    }
}
