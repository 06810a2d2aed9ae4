//! The record of the organisation. There is one in a deployment, or none as long as nobody filled it in.
//!
//! A change that removes duties waits: for a second officer, or, where there is certainly no second one, until `applies_at`. Everything
//! else holds at once and withdraws what waits.

use super::details::OrganisationDetails;
use crate::domain::{
    later::OrLater,
    record::{NotTaken, Record},
    stored::BlindIndex,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The organisation that runs this deployment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// What holds, unless the proposal has come into force since.
    details: OrganisationDetails,
    /// The change that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposed: Option<Proposal>,
    /// The officer who confirmed the last proposal: a repeated request gets the same answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<BlindIndex>,
    /// What everybody has still to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<OrLater<OrganisationNews>>,
}

/// A change that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub details: OrganisationDetails,
    /// The officer who proposed it.
    pub by: BlindIndex,
    pub at: Timestamp,
    /// When it comes into force by itself; never, when a second officer has to confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_at: Option<Timestamp>,
}

/// A change of which all officers and advisers are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationNews {
    pub at: Timestamp,
    pub what: OrganisationChange,
    pub details: OrganisationDetails,
    /// The officer who did it; nobody when it came into force by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<BlindIndex>,
    /// When a proposal comes into force by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_at: Option<Timestamp>,
}

/// What happened to the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationChange {
    /// They hold from now on.
    Changed,
    /// They wait.
    Proposed,
}

/// The steps of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum OrganisationEvent {
    /// An officer changed the details.
    Changed { details: OrganisationDetails },
    /// An officer proposed a change that waits.
    Proposed {
        details: OrganisationDetails,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        applies_at: Option<Timestamp>,
    },
    /// A second officer confirmed the proposal.
    Confirmed,
    /// The proposal came into force after its wait.
    Applied,
    /// All mails about a change were stored.
    NewsPosted { at: Timestamp },
}

/// The summary for maintenance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganisationSummary {
    /// When the proposal comes into force.
    pub applies_at: Option<Timestamp>,
    /// Whether mails have still to be stored.
    pub waits: bool,
}

impl Record for Organisation {
    type Event = OrganisationEvent;
    type Summary = OrganisationSummary;

    fn summary(&self) -> OrganisationSummary {
        OrganisationSummary { applies_at: self.proposed.as_ref().and_then(|proposal| proposal.applies_at), waits: !self.waiting.is_empty() }
    }
}

/// A step with the record as it is after it.
type Taken = (Organisation, OrganisationEvent);

impl Organisation {
    /// What holds at `now`.
    pub fn details(&self, now: Timestamp) -> &OrganisationDetails {
        self.due(now).map_or(&self.details, |proposal| &proposal.details)
    }

    /// The change that still waits at `now`.
    pub fn proposed(&self, now: Timestamp) -> Option<&Proposal> {
        self.proposed.as_ref().filter(|_| self.due(now).is_none())
    }

    /// Whether this officer confirmed what holds.
    pub fn was_confirmed_by(&self, officer: BlindIndex) -> bool {
        self.confirmed_by == Some(officer)
    }

    /// What everybody has still to be told.
    pub fn waiting(&self) -> &[OrLater<OrganisationNews>] {
        &self.waiting
    }

    fn due(&self, now: Timestamp) -> Option<&Proposal> {
        self.proposed.as_ref().filter(|proposal| proposal.applies_at.is_some_and(|at| at <= now))
    }

    /// Changes the details, or proposes to. `applies_at` is when a proposal comes into force by itself. `None` when nothing would change.
    pub fn change(&self, wanted: &OrganisationDetails, by: BlindIndex, (now, applies_at): (Timestamp, Option<Timestamp>)) -> Option<Taken> {
        let settled = self.apply(now).map_or_else(|_| self.clone(), |(settled, _)| settled);
        if !settled.details.loses_duties(wanted) || applies_at.is_some_and(|at| at <= now) {
            if settled.details == *wanted && settled.proposed.is_none() {
                return None;
            }
            let event = OrganisationEvent::Changed { details: wanted.clone() };
            return Some((settled.holding(wanted.clone(), Some(by), now), event));
        }
        if settled.proposed.as_ref().is_some_and(|proposal| proposal.details == *wanted && proposal.by == by) {
            return None;
        }
        let mut next = settled;
        let details = wanted.clone();
        next.proposed = Some(Proposal { details: details.clone(), by, at: now, applies_at });
        next.confirmed_by = None;
        let news = OrganisationNews { at: now, what: OrganisationChange::Proposed, details: details.clone(), by: Some(by), applies_at };
        next.waiting.push(OrLater::Known(news));
        Some((next, OrganisationEvent::Proposed { details, applies_at }))
    }

    /// Confirms the proposal. That the officer is certainly another person is for the caller to check.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] when nothing waits.
    pub fn confirm(&self, by: BlindIndex, now: Timestamp) -> Result<Taken, NotTaken> {
        let details = self.proposed(now).ok_or(NotTaken::NotDue)?.details.clone();
        let next = Self { confirmed_by: Some(by), ..self.holding(details, Some(by), now) };
        Ok((next, OrganisationEvent::Confirmed))
    }

    /// Puts a proposal into force whose wait is over.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] when there is none.
    pub fn apply(&self, now: Timestamp) -> Result<Taken, NotTaken> {
        let details = self.due(now).ok_or(NotTaken::NotDue)?.details.clone();
        Ok((self.holding(details, None, now), OrganisationEvent::Applied))
    }

    /// Records that all mails about a change were stored.
    ///
    /// # Errors
    /// [`NotTaken::NotDue`] when that was recorded before.
    pub fn posted(&self, news: &OrganisationNews) -> Result<Taken, NotTaken> {
        let mut next = self.clone();
        let place = next.waiting.iter().position(|waiting| waiting.known() == Some(news)).ok_or(NotTaken::NotDue)?;
        next.waiting.remove(place);
        Ok((next, OrganisationEvent::NewsPosted { at: news.at }))
    }

    fn holding(&self, details: OrganisationDetails, by: Option<BlindIndex>, at: Timestamp) -> Self {
        let news = OrganisationNews { at, what: OrganisationChange::Changed, details: details.clone(), by, applies_at: None };
        let mut waiting = self.waiting.clone();
        waiting.push(OrLater::Known(news));
        Self { details, proposed: None, confirmed_by: None, waiting }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlindIndex, Organisation, OrganisationDetails, OrganisationEvent, Timestamp};
    use crate::domain::organisation::details::OrganisationRole;
    use jiff::ToSpan;

    const ONE: BlindIndex = BlindIndex::from_bytes([1; 32]);
    const OTHER: BlindIndex = BlindIndex::from_bytes([2; 32]);

    fn role(role: Option<OrganisationRole>) -> OrganisationDetails {
        OrganisationDetails { role, ..OrganisationDetails::default() }
    }

    #[test]
    fn nobody_becomes_a_processor_alone() {
        let now = Timestamp::UNIX_EPOCH;
        let (controller, processor) = (role(Some(OrganisationRole::Controller)), role(Some(OrganisationRole::Processor)));
        let (office, _) = Organisation::default().change(&controller, ONE, (now, None)).expect("it holds at once");
        assert_eq!(office.details(now), &controller);
        assert!(office.change(&controller, OTHER, (now, None)).is_none(), "nothing would change");
        let (proposed, event) = office.change(&processor, ONE, (now, None)).expect("it is proposed");
        assert!(matches!(event, OrganisationEvent::Proposed { applies_at: None, .. }));
        let never = now + 100_000.hours();
        assert_eq!(proposed.details(never), &controller, "however long it waits");
        assert!(proposed.change(&processor, ONE, (now, None)).is_none(), "the same proposal again");
        let (withdrawn, _) = proposed.change(&controller, OTHER, (now, None)).expect("what waits is withdrawn");
        assert!(withdrawn.proposed(now).is_none() && withdrawn.confirm(OTHER, now).is_err());
        let (confirmed, _) = proposed.confirm(OTHER, now).expect("a second officer confirms");
        assert_eq!(confirmed.details(now), &processor);
        assert!(confirmed.was_confirmed_by(OTHER) && confirmed.confirm(OTHER, now).is_err());
    }

    #[test]
    fn a_wait_ends_by_itself_and_cannot_be_confirmed_afterwards() {
        let now = Timestamp::UNIX_EPOCH;
        let (unset, processor, at) = (role(None), role(Some(OrganisationRole::Processor)), now + 48.hours());
        let (waits, _) = Organisation::default().change(&processor, ONE, (now, Some(at))).expect("it is proposed");
        assert_eq!(waits.details(at - 1.nanosecond()), &unset);
        assert!(waits.apply(at - 1.nanosecond()).is_err());
        assert_eq!(waits.details(at), &processor);
        assert!(waits.proposed(at).is_none() && waits.confirm(OTHER, at).is_err());
        let (applied, _) = waits.apply(at).expect("it is due");
        assert_eq!(applied.details(now), &processor);
        let (at_once, event) = Organisation::default().change(&processor, ONE, (now, Some(now))).expect("a wait of nothing");
        assert!(matches!(event, OrganisationEvent::Changed { .. }) && at_once.proposed(now).is_none());
    }
}
