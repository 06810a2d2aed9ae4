//! Mails about breaches: deadline reminders, reports of a suspicion, announcements of a letter.
//!
//! Suspicions reported within the same hour share two mails: one at once for the first, one at the end of the hour for the others.

use crate::flows::{
    accounts::officers::leave,
    registers::{
        self,
        notices::{Reminds, mail_id},
        steps::RegisterFailure,
    },
    services::Services,
    sign_in::session_draft::pending,
};
use crate::{
    domain::{
        accounts::account::Account,
        breaches::{
            parts::Notice,
            record::{Breach, BreachSummary},
            steps::{BreachEvent, NoticeAbout},
        },
        ids::{MailId, RecordId},
        mail::MailContent,
        organisation::duties::DEADLINE,
        record::Record,
        wire::values::{AccountRef, Moment},
    },
    store::{authority::Authority, error::StoreError, identities::repository::Left},
};
use jiff::Timestamp;

/// Seconds over which suspicions are reported together.
const HOUR: i64 = 60 * 60;

/// One round: claims the reminders that are due and stores all waiting mails. Returns how many reminders were claimed.
///
/// # Errors
/// [`StoreError`]; completed work stays done, and the next round resumes.
pub async fn round(services: &Services) -> Result<usize, StoreError> {
    registers::notices::round(services, &services.breaches).await
}

impl Reminds for Breach {
    /// After how many hours.
    type Reminder = u16;
    type Notice = Notice;

    fn due(summary: &BreachSummary, now: Timestamp) -> Vec<u16> {
        summary.due(now).collect()
    }

    fn waits(summary: &BreachSummary) -> bool {
        summary.waits
    }

    fn claim(&self, hours: u16, officers: Vec<AccountRef>, now: Timestamp) -> Result<(Self, BreachEvent), RegisterFailure> {
        let is_due = self.summary().due(now).any(|due| due == hours);
        if is_due { Ok(self.with_reminder(hours, officers)) } else { Err(RegisterFailure::NotDue) }
    }

    fn log(hours: u16) {
        tracing::warn!(event = "breach_deadline", hours);
    }

    fn waiting(&self) -> &[Notice] {
        self.waiting()
    }

    fn recipients(notice: &Notice) -> Option<&[AccountRef]> {
        notice.about.known().map(|_| notice.to.as_slice())
    }

    fn posted(&self, notice: &Notice, reached: Vec<AccountRef>) -> Result<(Self, BreachEvent), RegisterFailure> {
        self.posted(notice, reached).ok_or(RegisterFailure::NotDue)
    }

    async fn mail(
        &self,
        services: &Services,
        id: RecordId,
        notice: &Notice,
        (to, account): (AccountRef, &Account),
    ) -> Result<(), StoreError> {
        let Some(about) = notice.about.known().copied() else {
            return Ok(());
        };
        let (kind, number): (&[u8], u32) = match about {
            NoticeAbout::Suspicion => (b"suspicion", 0),
            NoticeAbout::Deadline(hours) => (b"deadline", hours.into()),
            NoticeAbout::Letter(number) => (b"letter", number),
        };
        let mail = mail_id(services, &[b"breach", id.bytes(), kind, &number.to_be_bytes()], to).await?;
        let content = content(self, about, services.now());
        if about == NoticeAbout::Suspicion {
            return leave_collected(services, self.reported_at().at(), (to, account), (mail, content)).await;
        }
        leave(services, &Authority::Maintenance, (to.0, account), (mail, content)).await?;
        Ok(())
    }
}

/// Stores the mail about a suspicion at once if it is the first of its hour; otherwise in the shared mail at the end of the hour.
async fn leave_collected(
    services: &Services,
    reported_at: Timestamp,
    (to, account): (AccountRef, &Account),
    (id, content): (MailId, MailContent),
) -> Result<(), StoreError> {
    let (hour, now) = (reported_at.as_second().div_euclid(HOUR), services.now());
    let shared = async |which: &[u8]| mail_id(services, &[b"suspicions", &hour.to_be_bytes(), which], to).await;
    let mail = pending(account, content.clone(), now, None);
    match services.identities.leave_first(&Authority::Maintenance, to.0, (id, shared(b"first").await?), &mail).await? {
        Left::Now => services.post.announce(to.0, &[(id, mail)], now).await,
        Left::Before => {}
        Left::NotFirst => {
            let (id, end) = (shared(b"others").await?, Timestamp::from_second((hour + 1) * HOUR).ok());
            let mail = pending(account, content, now, end);
            if services.identities.leave_once(&Authority::Maintenance, to.0, id, &mail).await? {
                services.post.announce(to.0, &[(id, mail)], now).await;
            }
        }
    }
    Ok(())
}

fn content(breach: &Breach, about: NoticeAbout, now: Timestamp) -> MailContent {
    match about {
        NoticeAbout::Suspicion => MailContent::BreachSuspected { at: breach.reported_at().at() },
        NoticeAbout::Deadline(hours) => {
            let aware = breach.aware_at().map_or(now, Moment::at);
            if breach.duties().notifies_authority() {
                MailContent::BreachDeadline { hours, deadline: aware + DEADLINE }
            } else {
                MailContent::LettersDue { hours, since: aware }
            }
        }
        NoticeAbout::Letter(number) => MailContent::BreachLetter { at: breach.written_at(number).map_or(now, Moment::at) },
    }
}
