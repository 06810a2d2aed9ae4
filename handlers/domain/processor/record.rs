//! The record of a sub-processor and what may happen to it when.
//!
//! ```text
//! draft ──complete──> published ──> ended
//!   └───────────────────────────────^
//! ```
//!
//! Only this file changes a record.

use super::{
    deadlines::{Deadline, Reminder, due},
    entry::{CompleteEntry, ProcessorEntry},
    kinds::{ProcessedData, ProcessorStage, TransferBasis},
    words::{RegisterLine, RegisterText},
};
use crate::domain::{
    breach::words::{AccountRef, CountryCode, Day},
    fields::{FieldCode, InvalidFields},
    record::Record,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A sub-processor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Processor {
    entry: ProcessorEntry,
    published_at: Option<Timestamp>,
    ending: Option<Ending>,
    reminded: Vec<Reminder>,
    waiting: Vec<ProcessorNotice>,
}

/// How its use ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ending {
    /// The last day.
    pub on: Day,
    /// Why.
    pub reason: RegisterText,
}

/// Mails about a reminder that have to be left, and are not all there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessorNotice {
    pub reminder: Reminder,
    pub to: Vec<AccountRef>,
}

/// What happened to a sub-processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ProcessorEvent {
    /// Entered, not to be seen by anyone else.
    Drafted {
        /// As it was entered.
        entry: Box<ProcessorEntry>,
    },
    /// Written anew.
    Changed {
        /// As it is after it.
        entry: Box<ProcessorEntry>,
    },
    /// On the public list from now on.
    Published,
    /// Not in use any more.
    Ended {
        /// How.
        #[serde(flatten)]
        ending: Ending,
    },
    /// Officers are to be reminded.
    ReminderClaimed {
        /// Of what.
        reminder: Reminder,
    },
    /// The mails about it are on their way.
    NoticePosted {
        /// Of what.
        reminder: Reminder,
        /// To whom.
        to: Vec<AccountRef>,
    },
}

/// What lists show of a sub-processor: to officers, and what is published of it to anyone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessorSummary {
    pub name: Option<RegisterLine>,
    /// How far it is.
    pub stage: ProcessorStage,
    pub service: Option<RegisterLine>,
    pub data: Vec<ProcessedData>,
    pub countries: Vec<CountryCode>,
    /// What a transfer out of the European Economic Area rests on.
    pub transfer: Option<TransferBasis>,
    pub starts_on: Option<Day>,
    /// What has to be done when.
    pub deadlines: Vec<Deadline>,
    /// The reminders that were claimed.
    pub reminded: Vec<Reminder>,
    /// Whether mails still have to be left.
    pub waits: bool,
}

impl Record for Processor {
    type Event = ProcessorEvent;
    type Summary = ProcessorSummary;

    fn summary(&self) -> ProcessorSummary {
        let entry = &self.entry;
        ProcessorSummary {
            name: entry.party.name.clone(),
            stage: self.stage(),
            service: entry.service.clone(),
            data: entry.data.clone(),
            countries: entry.countries.clone(),
            transfer: entry.transfer,
            starts_on: entry.starts_on,
            deadlines: self.deadlines(),
            reminded: self.reminded.clone(),
            waits: !self.waiting.is_empty(),
        }
    }
}

impl ProcessorSummary {
    /// The reminders that are due on `today`.
    pub fn due(&self, today: Date) -> Vec<Reminder> {
        due(&self.deadlines, &self.reminded, today)
    }
}

/// Why a step was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Another step is due.
    NotDue,
    /// A field does not fit the record.
    Invalid(InvalidFields),
}

impl From<InvalidFields> for NotTaken {
    fn from(invalid: InvalidFields) -> Self {
        Self::Invalid(invalid)
    }
}

impl Processor {
    pub fn drafted(entry: ProcessorEntry) -> (Self, ProcessorEvent) {
        let event = ProcessorEvent::Drafted { entry: Box::new(entry.clone()) };
        (Self { entry, published_at: None, ending: None, reminded: Vec::new(), waiting: Vec::new() }, event)
    }

    /// How far it is.
    pub const fn stage(&self) -> ProcessorStage {
        match (&self.ending, &self.published_at) {
            (Some(_), _) => ProcessorStage::Ended,
            (None, None) => ProcessorStage::Draft,
            (None, Some(_)) => ProcessorStage::Published,
        }
    }

    /// What is known of it.
    pub const fn entry(&self) -> &ProcessorEntry {
        &self.entry
    }

    /// When it was put on the public list.
    pub const fn published_at(&self) -> Option<Timestamp> {
        self.published_at
    }

    /// How its use ended.
    pub const fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Mails that have to be left.
    pub fn waiting(&self) -> &[ProcessorNotice] {
        &self.waiting
    }

    /// Officers are reminded of what is in use only.
    fn deadlines(&self) -> Vec<Deadline> {
        if self.stage() == ProcessorStage::Published { self.entry.deadlines() } else { Vec::new() }
    }

    /// Writes the entry anew. What is on the public list stays complete.
    pub fn changed(&self, entry: ProcessorEntry) -> Result<(Self, ProcessorEvent), NotTaken> {
        let entry = match self.stage() {
            ProcessorStage::Draft => entry,
            ProcessorStage::Published => CompleteEntry::of(entry)?.into_entry(),
            ProcessorStage::Ended | ProcessorStage::Later(_) => return Err(NotTaken::NotDue),
        };
        let event = ProcessorEvent::Changed { entry: Box::new(entry.clone()) };
        Ok((Self { entry, ..self.clone() }, event))
    }

    /// Puts it on the public list, when nothing is missing.
    pub fn published(&self, now: Timestamp) -> Result<(Self, ProcessorEvent), NotTaken> {
        if self.stage() != ProcessorStage::Draft {
            return Err(NotTaken::NotDue);
        }
        let entry = CompleteEntry::of(self.entry.clone())?.into_entry();
        Ok((Self { entry, published_at: Some(now), ..self.clone() }, ProcessorEvent::Published))
    }

    /// Ends its use; a draft that is not needed ends too.
    pub fn ended(&self, ending: Ending) -> Result<(Self, ProcessorEvent), NotTaken> {
        if self.ending.is_some() {
            return Err(NotTaken::NotDue);
        }
        if self.entry.starts_on.is_some_and(|start| ending.on < start) {
            return Err(InvalidFields::one("/on", FieldCode::OutOfRange).into());
        }
        Ok((Self { ending: Some(ending.clone()), ..self.clone() }, ProcessorEvent::Ended { ending }))
    }

    /// Claims a reminder that is due on `today`: from then on it is on its way to these officers, whatever happens.
    pub fn with_reminder(&self, reminder: Reminder, officers: Vec<AccountRef>, today: Date) -> Result<(Self, ProcessorEvent), NotTaken> {
        if !due(&self.deadlines(), &self.reminded, today).contains(&reminder) {
            return Err(NotTaken::NotDue);
        }
        let mut next = self.clone();
        next.reminded.push(reminder);
        next.waiting.push(ProcessorNotice { reminder, to: officers });
        Ok((next, ProcessorEvent::ReminderClaimed { reminder }))
    }

    /// Notes that the mails of a notice have been left.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] when that was noted already.
    pub fn posted(&self, notice: &ProcessorNotice, to: Vec<AccountRef>) -> Result<(Self, ProcessorEvent), NotTaken> {
        let mut next = self.clone();
        let at = next.waiting.iter().position(|waiting| waiting == notice).ok_or(NotTaken::NotDue)?;
        next.waiting.remove(at);
        Ok((next, ProcessorEvent::NoticePosted { reminder: notice.reminder, to }))
    }
}
