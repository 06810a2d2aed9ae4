//! Summaries: each has to say what its body says. Whoever can write to the database can put an older one back, sealed as it was.

use super::{hand_overs, verify_document::Trouble, verify_report::Defect};
use crate::{
    domain::{
        account::Identity,
        account_summary::AccountSummary,
        breach::record::Breach,
        hand_over::HandOver,
        later::watched,
        processor::record::Processor,
        record::{KeptRecord, Record},
        request::record::SubjectRequest,
    },
    flows::{breaches, processors},
    ports::Container,
    store::{identity_documents::encode, records::RecordLocation},
};
use serde::{Serialize, de::DeserializeOwned};

/// Whether the summary of an identity is that of its account. An identity without an account has none.
pub(super) fn of_identity(identity: &Identity, summary: Option<&[u8]>) -> Result<(), Trouble> {
    match (&identity.account, summary) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Trouble::Finding(Defect::PartMissing)),
        (None, Some(_)) => Err(Trouble::Finding(Defect::SummaryOlder)),
        (Some(account), Some(summary)) => same(&AccountSummary::of(account), summary),
    }
}

/// Whether the summary of a record of this shelf is that of the record. What lies on a shelf that this version does not know, and a sort
/// of record that it does not know, is passed over.
pub(super) fn of_record(shelf: &RecordLocation, body: &[u8], summary: &[u8]) -> Result<(), Trouble> {
    match shelf.container {
        Container::Clients => of::<SubjectRequest>(body, summary),
        Container::Register if shelf.partition == breaches::location().partition => of::<Breach>(body, summary),
        Container::Register if shelf.partition == processors::location().partition => of::<Processor>(body, summary),
        Container::Register if shelf.partition == hand_overs::location().partition => of::<HandOver>(body, summary),
        Container::Identities | Container::Keys | Container::Register => Ok(()),
    }
}

fn of<R: Record>(body: &[u8], summary: &[u8]) -> Result<(), Trouble> {
    match watched(|| serde_json::from_slice::<KeptRecord<R>>(body)) {
        (Ok(kept), false) => same(&kept.record.summary(), summary),
        // What a later version makes of its own values, this one cannot tell.
        (Ok(_), true) | (Err(_), _) => Ok(()),
    }
}

/// Compared as this version would write them: a member that an older version did not know has its default.
pub(super) fn same<S: Serialize + DeserializeOwned>(expected: &S, stored: &[u8]) -> Result<(), Trouble> {
    let (stored, later) = watched(|| serde_json::from_slice::<S>(stored));
    let stored = stored.map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
    // What a later version makes of what it knows, this one cannot tell.
    if later || *encode(&stored) == *encode(expected) { Ok(()) } else { Err(Trouble::Finding(Defect::SummaryOlder)) }
}
