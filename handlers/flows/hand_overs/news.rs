//! Notifies everyone concerned of a hand-over: all officers and both advisers, each once, however often it is tried.

use crate::flows::{
    accounts::officers::{About, Everyone, tell},
    failure::Failure,
    services::Services,
};
use crate::{
    domain::{hand_overs::record::HandOver, ids::RecordId, mail::MailContent, stored::BlindIndex},
    store::authority::Authority,
};
use jiff::Timestamp;

/// The handover was approved and its waiting period runs. Sent before any file moves.
///
/// # Errors
/// [`Failure::Store`]; mails already stored stay, and a retry reaches the others.
pub(in crate::flows) async fn approved(
    services: &Services,
    authority: &Authority,
    everyone: &Everyone,
    id: RecordId,
    hand_over: &HandOver,
) -> Result<(), Failure> {
    let moves_at = hand_over.moves_at.unwrap_or(hand_over.proposed_at);
    let name = |officer: Option<BlindIndex>| officer.and_then(|officer| everyone.name(officer)).unwrap_or_else(|| "?".to_owned());
    let (from, to) = (hand_over.from.called(), hand_over.to.called());
    let officers = everyone.in_office().map(|(_, officer)| officer.called()).collect();
    let about = About { sort: b"hand-over approved", one: &[id.bytes()] };
    let (proposed_by, approved_by) = (name(Some(hand_over.proposed_by)), name(hand_over.approved_by));
    let to_officers = MailContent::HandOverApproved { moves_at, from: from.clone(), to, proposed_by, approved_by };
    everyone.tell_officers(services, authority, &about, &to_officers).await?;
    for (side, content) in [
        (&hand_over.from, MailContent::FilesWillLeave { moves_at, officers }),
        (&hand_over.to, MailContent::FilesWillCome { moves_at, from }),
    ] {
        if let Some(account) = everyone.account(side.account) {
            tell(services, authority, (side.account, account), &about, &content).await?;
        }
    }
    Ok(())
}

/// The handover was stopped before anything moved.
pub(in crate::flows) async fn stopped(
    services: &Services,
    authority: &Authority,
    everyone: &Everyone,
    (id, hand_over): (RecordId, &HandOver),
    at: Timestamp,
) -> Result<(), Failure> {
    let about = About { sort: b"hand-over stopped", one: &[id.bytes()] };
    let (from, to) = (hand_over.from.called(), hand_over.to.called());
    let content = MailContent::HandOverStopped { at, from, to };
    everyone.tell_officers(services, authority, &about, &content).await?;
    for side in [&hand_over.from, &hand_over.to] {
        if let Some(account) = everyone.account(side.account) {
            tell(services, authority, (side.account, account), &about, &content).await?;
        }
    }
    Ok(())
}
