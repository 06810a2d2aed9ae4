//! Checks that each summary matches its body. Anyone with write access to the database could put back an older one, sealed as it was.

use super::{document::Trouble, report::Defect};
use crate::flows::hand_overs;
use crate::{
    domain::{
        accounts::{account::Identity, summary::AccountSummary},
        breaches::record::Breach,
        hand_overs::record::HandOver,
        later::watched,
        organisation::record::Organisation,
        processors::record::Processor,
        record::{KeptRecord, Record},
        requests::record::SubjectRequest,
    },
    flows::{breaches, organisation, processors},
    ports::Container,
    store::{identities::documents::encode, records::repository::RecordLocation},
};
use serde::{Serialize, de::DeserializeOwned};

/// Checks that the summary of an identity matches its account. An identity without an account has none.
pub(in crate::flows) fn of_identity(identity: &Identity, summary: Option<&[u8]>) -> Result<(), Trouble> {
    match (&identity.account, summary) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Trouble::Finding(Defect::PartMissing)),
        (None, Some(_)) => Err(Trouble::Finding(Defect::SummaryOlder)),
        (Some(account), Some(summary)) => same(&AccountSummary::of(account), summary),
    }
}

/// Checks that the summary of a record at this location matches the record. Locations and kinds of records that this version does not know
/// are skipped.
pub(in crate::flows) fn of_record(shelf: &RecordLocation, body: &[u8], summary: &[u8]) -> Result<(), Trouble> {
    match shelf.container {
        Container::Clients => of::<SubjectRequest>(body, summary),
        Container::Register if shelf.partition == breaches::register::location().partition => of::<Breach>(body, summary),
        Container::Register if shelf.partition == processors::register::location().partition => of::<Processor>(body, summary),
        Container::Register if shelf.partition == hand_overs::register::location().partition => of::<HandOver>(body, summary),
        Container::Register if shelf.partition == organisation::register::location().partition => of::<Organisation>(body, summary),
        Container::Identities | Container::Keys | Container::Register => Ok(()),
    }
}

fn of<R: Record>(body: &[u8], summary: &[u8]) -> Result<(), Trouble> {
    match watched(|| serde_json::from_slice::<KeptRecord<R>>(body)) {
        (Ok(kept), false) => same(&kept.record.summary(), summary),
        // What a later version derives from values of its own cannot be judged by this one.
        (Ok(_), true) | (Err(_), _) => Ok(()),
    }
}

/// Compares both as this version would write them: a member unknown to an older version has its default.
pub(in crate::flows) fn same<S: Serialize + DeserializeOwned>(expected: &S, stored: &[u8]) -> Result<(), Trouble> {
    let (stored, later) = watched(|| serde_json::from_slice::<S>(stored));
    let stored = stored.map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
    // What a later version derives from values of its own cannot be judged by this one.
    if later || *encode(&stored) == *encode(expected) { Ok(()) } else { Err(Trouble::Finding(Defect::SummaryOlder)) }
}
