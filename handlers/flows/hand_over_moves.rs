//! Moving the files of an approved hand-over, a slice at a time. Each slice announces the next; maintenance announces what stayed behind.
//!
//! Every step may be cut off and taken again, also by two instances at once.

use super::{
    account_change::{Draft, change},
    failure::Failure,
    hand_overs::shelf,
    jobs::Again,
    post::Job,
    services::Services,
};
use crate::{
    domain::{
        approved::Approved,
        attempt::Change,
        hand_over::{HandOver, HandOverEvent, Phase},
        ids::RecordId,
        mail::MailContent,
        session::BothSides,
        stored::BlindIndex,
    },
    store::{
        authority::{Authority, Warrant},
        error::StoreError,
        records::{FoundRecord, NewStep},
    },
};
use std::time::Duration;

/// Announces the next slice. What cannot be announced now, maintenance announces later.
pub(super) async fn announce(services: &Services, id: RecordId) {
    if services.post.send(Job::HandOver { hand_over: id }, Duration::ZERO).await.is_err() {
        tracing::warn!(event = "hand_over_not_announced");
    }
}

/// Announces every hand-over that is not done. Tells how many.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn announce_all(services: &Services) -> Result<usize, StoreError> {
    let mut running = services.hand_overs.all(&shelf()).await?;
    running.retain(|(_, summary)| summary.phase.is_running());
    for (id, _) in &running {
        services.post.send(Job::HandOver { hand_over: *id }, Duration::ZERO).await?;
    }
    Ok(running.len())
}

/// Does what comes next.
///
/// # Errors
/// [`Again`] when a try later may succeed.
pub(super) async fn go_on(services: &Services, id: RecordId) -> Result<(), Again> {
    let Some(found) = services.hand_overs.find(&shelf(), id).await? else {
        return Ok(());
    };
    let done = match found.record.phase {
        Phase::Proposed | Phase::Withdrawn | Phase::Completed { .. } | Phase::Later(_) => return Ok(()),
        Phase::Approved => begin(services, &found).await,
        Phase::Moving { .. } => slice(services, &found).await,
    };
    match done {
        Ok(()) => {}
        // Another instance is at it too, and announces what follows.
        Err(Failure::Store(StoreError::Stale)) => return Ok(()),
        Err(failure) => return Err(Again::from(&failure)),
    }
    announce(services, id).await;
    Ok(())
}

/// Closes the leaver's partition, counts what is in it and tells both.
async fn begin(services: &Services, found: &FoundRecord<HandOver>) -> Result<(), Failure> {
    let sides = both_sides(services, found).await?;
    services.commits.close(&sides).await?;
    let files = services.clients.count(sides.from).await?;
    let now = services.now();
    tell(services, found.record.from.account, Change::FilesHandedOver, MailContent::FilesHandedOver { at: now }).await?;
    tell(services, found.record.to.account, Change::FilesTakenOver, MailContent::FilesTakenOver { at: now }).await?;
    take(services, found, found.record.begun(files), HandOverEvent::Begun { files }).await
}

/// Moves some files, or records when there are no files any more, or says that nothing is left.
async fn slice(services: &Services, found: &FoundRecord<HandOver>) -> Result<(), Failure> {
    let sides = both_sides(services, found).await?;
    if let Some(files) = services.clients.move_some(&sides, services.now()).await? {
        return take(services, found, found.record.moved(files), HandOverEvent::Moved { files }).await;
    }
    let mut records = 0;
    while let Some(moved) = services.record_moves.move_some(&sides, services.now()).await? {
        records += moved;
    }
    let completed = found.record.completed();
    let files = completed.phase.progress().1;
    take(services, found, completed, HandOverEvent::Completed { files, records }).await
}

/// The scopes of both sides: only out of a record that two officers have signed.
async fn both_sides(services: &Services, found: &FoundRecord<HandOver>) -> Result<BothSides, Failure> {
    let steps = services.hand_overs.steps(&shelf(), found.id).await?;
    let approved = Approved::of(found.id, &found.record, &steps).ok_or(StoreError::DoesNotOpen)?;
    Ok(BothSides::of(&approved))
}

async fn take(services: &Services, found: &FoundRecord<HandOver>, record: HandOver, event: HandOverEvent) -> Result<(), Failure> {
    let step = NewStep { record, event, at: services.now() };
    services.hand_overs.append(&shelf(), found, &Warrant::maintenance(), step).await?;
    Ok(())
}

/// A mail without anything out of a file. Whoever is cut off here tells it again.
async fn tell(services: &Services, account: BlindIndex, kind: Change, content: MailContent) -> Result<(), Failure> {
    let edit = |draft: &mut Draft| {
        draft.notify(content.clone());
        Ok(())
    };
    change(services, account, Authority::Maintenance, kind, edit).await
}
