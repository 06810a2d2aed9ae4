//! The record of a subject request and its state machine (art. 12(3) GDPR: the data subject gets a timely answer, and that can be
//! shown).
//!
//! ```text
//! open ──extend, once and in time──> open, later ──answer──> answered
//!   └──────────────answer───────────────────────────────────────^
//! ```
//!
//! Only this module changes a record. Steps are events: the record keeps only what the deadline and the list depend on.

use super::{
    deadline::{FurtherMonths, due_on},
    kinds::{RequestKind, RequestState},
    steps::{Receipt, RequestEvent, RequestStep},
};
use crate::{
    domain::{
        ids::ClientId,
        processors::words::{RegisterLine, RegisterText},
        record::{Alarm, Record},
        wire::values::Day,
    },
    wire_object,
};
use serde::{Deserialize, Serialize};

/// A request of a data subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubjectRequest {
    received: Received,
    extended: Option<FurtherMonths>,
    state: RequestState,
}

wire_object! {
    /// A subject request to be entered.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[schema(as = RequestBody)]
    pub struct Received {
        /// The day on which it was received; not after today.
        past received_on: Day,
        /// The right that is exercised.
        kind: RequestKind,
        /// Name of the requester.
        name: RegisterLine,
        /// ID of the client file concerned, one of the adviser's own; absent if none.
        #[schema(value_type = Option<String>, format = "uuid")]
        client: Option<ClientId>,
        /// Any further remarks.
        remarks: Option<RegisterText>,
    }
}

/// The summary of a request for lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestSummary {
    /// The day of receipt.
    pub received_on: Day,
    pub kind: RequestKind,
    /// The last day on which the answer is in time.
    pub due_on: Day,
    pub state: RequestState,
    pub name: RegisterLine,
    /// The file that it concerns.
    pub client: Option<ClientId>,
}

/// The request is in a state that does not allow this step.
#[derive(Debug, PartialEq, Eq)]
pub struct NotDue;

impl Record for SubjectRequest {
    type Event = RequestEvent;
    type Summary = RequestSummary;

    fn summary(&self) -> RequestSummary {
        let Received { received_on, kind, name, client, .. } = self.received.clone();
        RequestSummary { received_on, kind, due_on: self.due_on(), state: self.state, name, client }
    }

    /// Set while the request is open.
    fn alarm(&self) -> Option<Alarm> {
        (self.state == RequestState::Open).then(|| Alarm { due_on: self.due_on() })
    }
}

impl SubjectRequest {
    /// Creates a newly received request.
    pub const fn received(received: Received) -> (Self, RequestEvent) {
        (Self { received, extended: None, state: RequestState::Open }, RequestEvent::Received(Receipt::Receive))
    }

    /// The request as received.
    pub const fn as_received(&self) -> &Received {
        &self.received
    }

    pub const fn state(&self) -> RequestState {
        self.state
    }

    /// The last day on which the answer is in time.
    pub fn due_on(&self) -> Day {
        due_on(self.received.received_on, self.extended)
    }

    /// Applies a step on `today`. The data subject has to be informed of an extension within the first month, so a later one is refused.
    ///
    /// # Errors
    /// [`NotDue`]; the record is then unchanged.
    pub fn take(&self, step: RequestStep, today: Day) -> Result<(Self, RequestEvent), NotDue> {
        let mut next = self.clone();
        match (&step, self.state) {
            (RequestStep::Tell { .. } | RequestStep::Note { .. }, _) | (RequestStep::Identify { .. }, RequestState::Open) => {}
            (RequestStep::Extend { months, .. }, RequestState::Open) if self.extended.is_none() && today <= self.due_on() => {
                next.extended = Some(*months);
            }
            (RequestStep::Answer { .. }, RequestState::Open) => next.state = RequestState::Answered,
            _ => return Err(NotDue),
        }
        Ok((next, RequestEvent::Taken(step)))
    }
}

#[cfg(test)]
mod tests {
    use super::{NotDue, Received, RequestEvent, RequestState, RequestStep, SubjectRequest};
    use crate::domain::wire::{fields::Fields, json::Json, object::Object, values::Day};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn fields(body: &Value) -> Fields {
        Fields::of(Json::parse(body.to_string().as_bytes()).unwrap(), Timestamp::constant(1_801_396_800, 0))
    }

    fn step(body: &Value) -> RequestStep {
        RequestStep::read(fields(body)).unwrap()
    }

    fn request() -> SubjectRequest {
        let body = json!({"received_on": "2027-01-31", "kind": "erasure", "name": "Cas Bos"});
        SubjectRequest::received(Received::read(fields(&body)).unwrap()).0
    }

    fn all() -> [Value; 5] {
        [
            json!({"step": "identify", "how": "Paspoort gezien"}),
            json!({"step": "extend", "months": 2, "reason": "Veel werk"}),
            json!({"step": "answer", "decision": "refused", "reason": "Bewaarplicht"}),
            json!({"step": "tell", "recipients": ["Bank Noord"]}),
            json!({"step": "note", "text": "Gebeld"}),
        ]
    }

    #[test]
    fn an_extension_is_given_once_and_before_the_first_deadline_is_over() {
        let extend = step(&all()[1]);
        assert_eq!(request().take(extend.clone(), day("2027-03-01")).err(), Some(NotDue));
        let (extended, _) = request().take(extend.clone(), day("2027-02-28")).unwrap();
        assert_eq!(extended.due_on(), day("2027-04-30"));
        assert_eq!(extended.take(extend, day("2027-02-28")).err(), Some(NotDue));
    }

    #[test]
    fn after_the_answer_others_are_told_and_notes_are_made_and_no_more() {
        let (answered, _) = request().take(step(&all()[2]), day("2027-05-01")).unwrap();
        assert_eq!(answered.state(), RequestState::Answered);
        let taken = all().map(|body| answered.take(step(&body), day("2027-02-01")).is_ok());
        assert_eq!(taken, [false, false, false, true, true]);
    }

    #[test]
    fn an_event_reads_as_it_was_written() {
        for body in all().into_iter().chain([json!({"step": "answer", "decision": "granted", "copy_sha256": "ab".repeat(32)})]) {
            let event = RequestEvent::Taken(step(&body));
            assert_eq!(serde_json::to_value(&event).unwrap(), body);
            assert_eq!(serde_json::from_value::<RequestEvent>(body).unwrap(), event);
        }
        let (_, first) = SubjectRequest::received(request().as_received().clone());
        assert_eq!(serde_json::to_value(first).unwrap(), json!({"step": "receive"}));
    }

    proptest! {
        /// For every order of attempts: one answer, one extension, and a deadline that only an extension moves.
        #[test]
        fn no_order_of_steps_breaks_the_rules(tries in prop::collection::vec((0_usize..5, 0_i32..150), 0..12)) {
            let (mut request, mut answers, mut extensions) = (request(), 0, 0);
            for (which, days) in tries {
                let today = Day::of(day("2027-01-31").date().checked_add(jiff::Span::new().days(days)).unwrap());
                let (before, was) = (request.due_on(), request.state());
                let Ok((next, _)) = request.take(step(&all()[which]), today) else { continue };
                prop_assert!(was == RequestState::Open || which >= 3);
                prop_assert!(which == 1 && today <= before || next.due_on() == before);
                answers += usize::from(which == 2);
                extensions += usize::from(which == 1);
                request = next;
            }
            prop_assert!(answers <= 1 && extensions <= 1);
            prop_assert_eq!(request.state() == RequestState::Answered, answers == 1);
        }
    }
}
