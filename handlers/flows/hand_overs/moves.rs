//! Moves the files of an approved hand-over, a slice at a time. Each slice announces the next; maintenance announces those that were lost.
//!
//! Every step can be interrupted and repeated, also by two instances concurrently.

use super::{
    checks::{Ground, nothing_comes},
    register::give_up,
};
use crate::flows::{
    accounts::{
        change::{Draft, change},
        officers::About,
    },
    failure::Failure,
    hand_overs,
    jobs::Again,
    mail::post::Job,
    services::Services,
};
use crate::{
    domain::{
        hand_overs::{
            approved::Approved,
            record::{HandOver, HandOverEvent, Phase},
        },
        ids::RecordId,
        mail::MailContent,
        record::Record,
        sign_in::{attempt::Change, session::BothSides},
    },
    store::{
        authority::{Authority, Warrant},
        error::StoreError,
        records::repository::{FoundRecord, NewStep},
    },
};
use std::time::Duration;

/// Announces the next slice. If that fails, maintenance announces it later.
pub(in crate::flows) async fn announce(services: &Services, id: RecordId) {
    if services.post.send(Job::HandOver { hand_over: id }, Duration::ZERO).await.is_err() {
        tracing::warn!(event = "hand_over_not_announced");
    }
}

/// Announces every unfinished handover that is due, and makes sure that everyone concerned is notified of those still waiting. Returns how
/// many were announced.
pub(in crate::flows) async fn announce_all(services: &Services) -> Result<usize, StoreError> {
    let (mut announced, now) = (0, services.now());
    for (id, summary) in services.hand_overs.all().await? {
        if summary.is_due(now) {
            services.post.send(Job::HandOver { hand_over: id }, Duration::ZERO).await?;
            announced += 1;
        } else if summary.phase == Phase::Approved {
            tell_again(services, id).await;
        }
    }
    Ok(announced)
}

/// The approving request may have been cut off before everyone was notified.
async fn tell_again(services: &Services, id: RecordId) {
    let told = async {
        let ground = Ground::read(services).await?;
        match services.hand_overs.find(id).await? {
            Some(found) => hand_overs::news::approved(services, &Authority::Maintenance, &ground.everyone, id, &found.record).await,
            None => Ok(()),
        }
    };
    if told.await.is_err() {
        tracing::warn!(event = "mail_not_announced");
    }
}

/// Performs the next step of the handover.
///
/// # Errors
/// [`Again`] when a later try may succeed.
pub(in crate::flows) async fn go_on(services: &Services, id: RecordId) -> Result<(), Again> {
    let Some(found) = services.hand_overs.find_proven(id).await? else {
        return Ok(());
    };
    let done = match found.record.phase {
        Phase::Proposed | Phase::Withdrawn | Phase::Completed { .. } | Phase::Later(_) => return Ok(()),
        // Not due yet: maintenance announces it when it is.
        Phase::Approved if !found.record.summary().is_due(services.now()) => return Ok(()),
        Phase::Approved => begin(services, &found).await,
        Phase::Moving { .. } => slice(services, &found).await,
    };
    match done {
        Ok(()) => {}
        // Another instance is working on it too, and announces the next slice.
        Err(Failure::Store(StoreError::Stale)) => return Ok(()),
        Err(failure) => return Err(Again::from(&failure)),
    }
    announce(services, id).await;
    Ok(())
}

/// Checks again against the current state, notifies both sides and counts the files, then records that the move begins and notifies both
/// advisers. If the handover is stopped in between, the stop takes the record's next step: nothing moves, and nobody is told that files
/// do.
async fn begin(services: &Services, found: &FoundRecord<HandOver>) -> Result<(), Failure> {
    let approved = approved(services, found).await?;
    let ground = Ground::read(services).await?;
    if let Err(refused) = may_begin(services, found, (&approved, &ground)).await {
        return give_up_unless_failed(services, found, refused).await;
    }
    hand_overs::news::approved(services, &Authority::Maintenance, &ground.everyone, found.id, &found.record).await?;
    let files = services.clients.count(BothSides::of(&approved).from).await?;
    // Notifying and counting take a while.
    if let Err(refused) = may_begin(services, found, (&approved, &Ground::read(services).await?)).await {
        return give_up_unless_failed(services, found, refused).await;
    }
    let begun = found.record.begun(files, services.now());
    take(services, found, begun.clone(), HandOverEvent::Begun { files }).await?;
    tell_begun(services, found.id, &begun).await
}

async fn may_begin(services: &Services, found: &FoundRecord<HandOver>, (approved, ground): (&Approved, &Ground)) -> Result<(), Failure> {
    ground.may_begin(found.id, &found.record, approved.officers())?;
    nothing_comes(services, found.id, &found.record.from).await
}

async fn give_up_unless_failed(services: &Services, found: &FoundRecord<HandOver>, refused: Failure) -> Result<(), Failure> {
    match refused {
        Failure::Store(error) => Err(error.into()),
        _ => give_up(services, found).await,
    }
}

/// Moves some files, or, once none are left, the records that go along with them, and then records completion. Both advisers are notified
/// before the first file moves.
async fn slice(services: &Services, found: &FoundRecord<HandOver>) -> Result<(), Failure> {
    let sides = BothSides::of(&approved(services, found).await?);
    services.commits.close(&sides).await?;
    // The instance that began the move may have been cut off before notifying.
    if found.record.phase.progress().1 == 0 {
        tell_begun(services, found.id, &found.record).await?;
    }
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

/// Proves that two officers have signed the record: the only way to the scopes of both sides.
async fn approved(services: &Services, found: &FoundRecord<HandOver>) -> Result<Approved, Failure> {
    let steps = services.hand_overs.steps(found.id).await?;
    Ok(Approved::of(found.id, &found.record, &steps, services.now()).ok_or(StoreError::DoesNotOpen)?)
}

async fn take(services: &Services, found: &FoundRecord<HandOver>, record: HandOver, event: HandOverEvent) -> Result<(), Failure> {
    let step = NewStep { record, event, at: services.now() };
    services.hand_overs.append(found, &Warrant::maintenance(), step).await?;
    Ok(())
}

/// Records it in both accounts and mails both advisers, without any file content: one commit per account, and only once.
async fn tell_begun(services: &Services, id: RecordId, begun: &HandOver) -> Result<(), Failure> {
    let at = begun.moves_at.unwrap_or(begun.proposed_at);
    let about = About { sort: b"hand-over begun", one: &[id.bytes()] };
    for (account, kind, content) in [
        (begun.from.account, Change::FilesHandedOver, MailContent::FilesHandedOver { at }),
        (begun.to.account, Change::FilesTakenOver, MailContent::FilesTakenOver { at }),
    ] {
        let mail = about.mail(services, account).await?;
        let edit = |draft: &mut Draft| {
            draft.notify_once(mail, content.clone());
            Ok(())
        };
        match change(services, account, Authority::Maintenance, kind, edit).await {
            // The account no longer exists, so there is nobody to notify.
            Ok(()) | Err(Failure::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
