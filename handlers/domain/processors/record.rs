//! The record of a sub-processor and its state machine.
//!
//! ```text
//! draft ──complete──> published ──> ended
//!   └───────────────────────────────^
//! ```
//!
//! Only this module changes a record.

use super::{
    deadlines::{Deadline, Reminder, due},
    entry::{CompleteEntry, ProcessorEntry},
    kinds::{ProcessedData, ProcessorStage, TransferBasis},
    words::{RegisterLine, RegisterText},
};
use crate::{
    domain::{
        record::{NotTaken, Record},
        wire::{
            fields::{FieldCode, InvalidFields},
            values::{AccountRef, CountryCode, Day},
        },
    },
    wire_object,
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

wire_object! {
    /// The end of the use of a sub-processor.
    pub stored struct Ending {
        /// The last day of use.
        past on: Day,
        /// Why its use ended.
        reason: RegisterText,
    }
}

/// A reminder whose mails are not all queued yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessorNotice {
    pub reminder: Reminder,
    pub to: Vec<AccountRef>,
}

/// An event in the history of a sub-processor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ProcessorEvent {
    /// A draft was created.
    Drafted {
        /// The entry as it was created.
        entry: Box<ProcessorEntry>,
    },
    /// The entry was replaced.
    Changed {
        /// The entry after the change.
        entry: Box<ProcessorEntry>,
    },
    /// It was put on the public list.
    Published,
    /// Its use ended.
    Ended {
        /// The last day and the reason.
        #[serde(flatten)]
        ending: Ending,
    },
    /// A reminder was claimed: officers will get it.
    ReminderClaimed {
        /// The deadline and the number of days before it.
        reminder: Reminder,
    },
    /// The e-mails of a reminder were queued.
    NoticePosted {
        /// The deadline and the number of days before it.
        reminder: Reminder,
        /// The officers' accounts that receive the e-mails.
        to: Vec<AccountRef>,
    },
}

/// The summary of a sub-processor, for officers' lists and for the public list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessorSummary {
    pub name: Option<RegisterLine>,
    /// Its stage.
    pub stage: ProcessorStage,
    pub service: Option<RegisterLine>,
    pub data: Vec<ProcessedData>,
    pub countries: Vec<CountryCode>,
    /// Legal basis of a transfer out of the European Economic Area.
    pub transfer: Option<TransferBasis>,
    pub starts_on: Option<Day>,
    /// Its deadlines.
    pub deadlines: Vec<Deadline>,
    /// The reminders that have been claimed.
    pub reminded: Vec<Reminder>,
    /// Whether mails are still to be queued.
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
    /// Returns the reminders that are due on `today`.
    pub fn due(&self, today: Date) -> Vec<Reminder> {
        due(&self.deadlines, &self.reminded, today)
    }
}

impl Processor {
    pub fn drafted(entry: ProcessorEntry) -> (Self, ProcessorEvent) {
        let event = ProcessorEvent::Drafted { entry: Box::new(entry.clone()) };
        (Self { entry, published_at: None, ending: None, reminded: Vec::new(), waiting: Vec::new() }, event)
    }

    /// Derives the stage.
    pub const fn stage(&self) -> ProcessorStage {
        match (&self.ending, &self.published_at) {
            (Some(_), _) => ProcessorStage::Ended,
            (None, None) => ProcessorStage::Draft,
            (None, Some(_)) => ProcessorStage::Published,
        }
    }

    /// The current entry.
    pub const fn entry(&self) -> &ProcessorEntry {
        &self.entry
    }

    /// When it was published.
    pub const fn published_at(&self) -> Option<Timestamp> {
        self.published_at
    }

    /// How its use ended.
    pub const fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Notices whose mails are still to be queued.
    pub fn waiting(&self) -> &[ProcessorNotice] {
        &self.waiting
    }

    /// Only a published sub-processor has reminders.
    fn deadlines(&self) -> Vec<Deadline> {
        if self.stage() == ProcessorStage::Published { self.entry.deadlines() } else { Vec::new() }
    }

    /// Replaces the entry. A published entry must stay complete.
    pub fn changed(&self, entry: ProcessorEntry) -> Result<(Self, ProcessorEvent), NotTaken> {
        let entry = match self.stage() {
            ProcessorStage::Draft => entry,
            ProcessorStage::Published => CompleteEntry::of(entry)?.into_entry(),
            ProcessorStage::Ended | ProcessorStage::Later(_) => return Err(NotTaken::NotDue),
        };
        let event = ProcessorEvent::Changed { entry: Box::new(entry.clone()) };
        Ok((Self { entry, ..self.clone() }, event))
    }

    /// Publishes it if the entry is complete.
    pub fn published(&self, now: Timestamp) -> Result<(Self, ProcessorEvent), NotTaken> {
        if self.stage() != ProcessorStage::Draft {
            return Err(NotTaken::NotDue);
        }
        let entry = CompleteEntry::of(self.entry.clone())?.into_entry();
        Ok((Self { entry, published_at: Some(now), ..self.clone() }, ProcessorEvent::Published))
    }

    /// Ends its use; also discards a draft.
    pub fn ended(&self, ending: Ending) -> Result<(Self, ProcessorEvent), NotTaken> {
        if self.ending.is_some() {
            return Err(NotTaken::NotDue);
        }
        if self.entry.starts_on.is_some_and(|start| ending.on < start) {
            return Err(InvalidFields::one("/on", FieldCode::OutOfRange).into());
        }
        Ok((Self { ending: Some(ending.clone()), ..self.clone() }, ProcessorEvent::Ended { ending }))
    }

    /// Claims a reminder that is due on `today`: from then on it counts as being sent to these officers, whatever happens.
    pub fn with_reminder(&self, reminder: Reminder, officers: Vec<AccountRef>, today: Date) -> Result<(Self, ProcessorEvent), NotTaken> {
        if !due(&self.deadlines(), &self.reminded, today).contains(&reminder) {
            return Err(NotTaken::NotDue);
        }
        let mut next = self.clone();
        next.reminded.push(reminder);
        next.waiting.push(ProcessorNotice { reminder, to: officers });
        Ok((next, ProcessorEvent::ReminderClaimed { reminder }))
    }

    /// Records that the mails of a notice have been queued.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] when that was already recorded.
    pub fn posted(&self, notice: &ProcessorNotice, to: Vec<AccountRef>) -> Result<(Self, ProcessorEvent), NotTaken> {
        let mut next = self.clone();
        let at = next.waiting.iter().position(|waiting| waiting == notice).ok_or(NotTaken::NotDue)?;
        next.waiting.remove(at);
        Ok((next, ProcessorEvent::NoticePosted { reminder: notice.reminder, to }))
    }
}
