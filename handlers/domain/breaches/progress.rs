//! The state machine of a breach record.
//!
//! ```text
//! suspected ──> aware ──> assessed ──> decided ──> informed ──> closed
//!     └──> dismissed        (reported or not)  (told or not)      └──> reopened: as before
//! ```
//!
//! Only this module changes a record, and nothing in it sets `aware` a second time.

use super::{
    evidence::{Affected, KeysEvidence},
    facts::Facts,
    kinds::{BreachStage, ReportKind},
    letter::{Letter, LetterLine},
    parts::{Assessment, AuthorityTold, Awareness, Decision, End, Notice, PeopleDecision, ReportLine},
    record::Breach,
    report::{ApReport, SentReport},
    steps::{BreachEvent, NoticeAbout, OfficerStep, SystemStep},
    words::BreachText,
};
use crate::domain::{
    later::OrLater,
    organisation::{details::OrganisationRole, duties::DEADLINE},
    record::NotTaken,
    wire::{
        fields::{FieldCode, InvalidFields},
        values::{AccountRef, Moment},
    },
};
use jiff::Timestamp;

impl Breach {
    /// Applies an officer's step at `now`. `role` is the one that is in force: becoming aware fixes it for this breach.
    ///
    /// # Errors
    /// [`NotTaken`]; the record is then unchanged.
    pub fn take(&self, step: OfficerStep, (now, role): (Timestamp, Option<OrganisationRole>)) -> Result<(Self, BreachEvent), NotTaken> {
        let mut next = self.clone();
        if let OfficerStep::Reported { report, sent_at, last, late_reason } = step {
            let sent = next.report(report, sent_at, last, late_reason)?;
            return Ok((next, BreachEvent::Followed(SystemStep::ReportSent { sent: Box::new(sent) })));
        }
        let step = match step {
            OfficerStep::BecameAware { at, concerns, .. } => OfficerStep::BecameAware { at, concerns, role },
            other => other,
        };
        next.apply(&step, now)?;
        Ok((next, BreachEvent::Taken(step)))
    }

    fn apply(&mut self, step: &OfficerStep, now: Timestamp) -> Result<(), NotTaken> {
        use BreachStage::{Assessed, Aware, Closed, Decided, Dismissed, Informed, Suspected};
        let stage = self.stage();
        let after_awareness = !matches!(stage, Suspected | Dismissed);
        match (step.clone(), stage) {
            (OfficerStep::Annotated { .. }, _) => {}
            (OfficerStep::BecameAware { at, concerns, role }, Suspected) => {
                self.aware = Some(Awareness { at, noted_at: Moment::of(now) });
                (self.role, self.concerns) = (role, concerns);
            }
            (OfficerStep::Dismissed { reason }, Suspected) => self.end = Some(OrLater::Known(End::Dismissed { reason })),
            (OfficerStep::Assessed { risk, reasons }, Aware) => self.assessment = Some(Assessment { risk, reasons }),
            (OfficerStep::NotReported { reason }, Assessed) => self.decision = Some(OrLater::Known(Decision::NotReported { reason })),
            (OfficerStep::PeopleTold { at, how, count, text }, Decided) => {
                self.people = Some(OrLater::Known(PeopleDecision::Told { at, how, count, text }));
            }
            (OfficerStep::PeopleNotTold { ground, reason }, Decided) => {
                self.people = Some(OrLater::Known(PeopleDecision::NotTold { ground, reason }));
            }
            (OfficerStep::AuthorityTold { authority, at, reference }, _) if after_awareness => {
                self.authorities.push(AuthorityTold { authority, at, reference });
            }
            (OfficerStep::Closed { conclusion }, Informed) => self.end = Some(OrLater::Known(End::Closed { conclusion })),
            // Telling the controllers is all that a processor has to do.
            (OfficerStep::Closed { conclusion }, Aware | Assessed | Decided)
                if !self.duties().notifies_authority() && self.has_all_letters() =>
            {
                self.end = Some(OrLater::Known(End::Closed { conclusion }));
            }
            (OfficerStep::Reopened { .. }, Closed | Dismissed) => self.end = None,
            _ => return Err(NotTaken::NotDue),
        }
        Ok(())
    }

    /// Adds a part of the notification: the first once the risk is assessed, follow-ups after it for as long as they are needed.
    fn report(&mut self, report: ReportKind, sent_at: Moment, last: bool, late_reason: Option<BreachText>) -> Result<SentReport, NotTaken> {
        let reported = matches!(self.decision, Some(OrLater::Known(Decision::Reported { .. })));
        let withdrawn = self.reports.last().is_some_and(|line| line.report == ReportKind::Withdrawal);
        let is_due = match report {
            ReportKind::First => self.stage() == BreachStage::Assessed,
            ReportKind::FollowUp | ReportKind::Withdrawal => reported && !withdrawn,
            ReportKind::Later(_) => false,
        };
        let aware = self.aware_at().filter(|_| is_due).ok_or(NotTaken::NotDue)?;
        if sent_at < aware || self.reports.last().is_some_and(|line| sent_at < line.sent_at) {
            return Err(NotTaken::Invalid(InvalidFields::one("/sent_at", FieldCode::OutOfRange)));
        }
        if report == ReportKind::First {
            let is_late = self.duties().notifies_authority() && sent_at.at().duration_since(aware.at()) > DEADLINE;
            match (is_late, &late_reason) {
                (true, None) => return Err(NotTaken::Invalid(InvalidFields::one("/late_reason", FieldCode::Required))),
                (false, Some(_)) => return Err(NotTaken::Invalid(InvalidFields::one("/late_reason", FieldCode::UnknownField))),
                (true, Some(_)) | (false, None) => {}
            }
            self.decision = Some(OrLater::Known(Decision::Reported { at: sent_at, late_reason: late_reason.clone() }));
        } else if late_reason.is_some() {
            return Err(NotTaken::Invalid(InvalidFields::one("/late_reason", FieldCode::UnknownField)));
        }
        let content = ApReport::of(self, report, last, late_reason);
        self.reports.push(ReportLine { number: content.kind.number, report, sent_at });
        Ok(SentReport { sent_at, content })
    }

    /// Replaces the facts.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] once the record is closed or dismissed.
    pub fn with_facts(&self, facts: Facts) -> Result<(Self, BreachEvent), NotTaken> {
        self.is_open()?;
        let blocks = self.facts.differences(&facts);
        Ok((Self { facts, ..self.clone() }, BreachEvent::Followed(SystemStep::FactsChanged { blocks })))
    }

    /// Attaches the affected advisers and files.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] once the record is closed or dismissed.
    pub fn with_affected(&self, affected: Affected) -> Result<(Self, BreachEvent), NotTaken> {
        self.is_open()?;
        let next = Self { affected: Some(affected.clone()), ..self.clone() };
        Ok((next, BreachEvent::Followed(SystemStep::AffectedAttached { affected: Box::new(affected) })))
    }

    /// Attaches the state of the keys.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] once the record is closed or dismissed.
    pub fn with_keys(&self, keys: KeysEvidence) -> Result<(Self, BreachEvent), NotTaken> {
        self.is_open()?;
        Ok((self.clone(), BreachEvent::Followed(SystemStep::KeysAttached { keys })))
    }

    /// Adds a letter about what was found at its account, and at accounts that held the files before: its adviser can read it from now on, and a mail that announces it is queued.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] before awareness of a breach, and once the record is closed or dismissed.
    pub fn with_letter(&self, letter: Letter, former: Vec<AccountRef>) -> Result<(Self, BreachEvent), NotTaken> {
        self.is_open()?;
        self.aware.as_ref().ok_or(NotTaken::NotDue)?;
        let mut next = self.clone();
        let Letter { number, account, written_at, .. } = letter;
        next.letters.push(LetterLine { number, account, written_at, former });
        next.waiting.push(Notice { about: OrLater::Known(NoticeAbout::Letter(number)), to: vec![account] });
        Ok((next, BreachEvent::Followed(SystemStep::LetterSent { letter: Box::new(letter) })))
    }

    /// Claims a reminder: from now on it counts as being sent to these officers, whatever happens.
    pub fn with_reminder(&self, hours: u16, officers: Vec<AccountRef>) -> (Self, BreachEvent) {
        let mut next = self.clone();
        next.reminded.push(hours);
        next.waiting.push(Notice { about: OrLater::Known(NoticeAbout::Deadline(hours)), to: officers });
        (next, BreachEvent::Followed(SystemStep::ReminderClaimed { hours }))
    }

    /// Records that the mails of a notice have been queued; `None` when that was already recorded, or when only a later version can send
    /// them.
    pub fn posted(&self, notice: &Notice, to: Vec<AccountRef>) -> Option<(Self, BreachEvent)> {
        let mut next = self.clone();
        let (at, about) = (next.waiting.iter().position(|waiting| waiting == notice)?, *notice.about.known()?);
        next.waiting.remove(at);
        Some((next, BreachEvent::Followed(SystemStep::NoticePosted { about, to })))
    }

    fn is_open(&self) -> Result<(), NotTaken> {
        if self.end.is_some() { Err(NotTaken::NotDue) } else { Ok(()) }
    }
}
