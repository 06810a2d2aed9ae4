//! Sessions after they were started: recognising a cookie, listing, ending.

use super::{
    session_draft::{Renewed, SessionDraft, end},
    visitor::{SessionCookie, Visitor},
};
use crate::flows::{
    accounts::change::{Draft, change},
    failure::Failure,
    services::Services,
};
use crate::{
    crypto::token::Purpose,
    domain::{
        accounts::{
            account::{Account, AccountKind},
            sessions::{SessionEnd, SessionRef},
        },
        authority::SessionProof,
        ids::SessionId,
        sign_in::{
            attempt::{Change, Event},
            session::{AnySession, Full, Session, SessionRecord},
        },
        stored::{BlindIndex, HashedToken},
    },
    store::{
        error::StoreError,
        identities::repository::{IdentityWrite, StoredIdentity},
    },
};

/// Returns the live session behind a cookie. Costs one read, and once a minute another read and a write to record the use.
///
/// # Errors
/// [`Failure::NotSignedIn`] when there is none; [`Failure::Store`].
pub async fn recognise(services: &Services, cookie: &SessionCookie) -> Result<AnySession, Failure> {
    let index = cookie.identity;
    let hash = services.hash(Purpose::Session, index, cookie.token.bytes()).await?;
    let (mut record, etag) = services.identities.session(index, &hash).await?.ok_or(Failure::NotSignedIn)?;
    let now = services.now();
    if !record.wants_touch(now) {
        return AnySession::of(index, hash, record, now).ok_or(Failure::NotSignedIn);
    }
    let session = AnySession::of(index, hash, record.clone(), now).ok_or(Failure::NotSignedIn)?;
    record.touch(now);
    match services.identities.touch(session.proof(), &record, etag).await {
        Ok(()) => {}
        // Touched or ended concurrently: reading again shows which.
        Err(StoreError::Stale | StoreError::Unknown) => {
            services.identities.session(index, &hash).await?.ok_or(Failure::NotSignedIn)?;
        }
        // Its account does not list it, or lists a newer state: an old document was put back.
        Err(StoreError::Refused) => return Err(Failure::NotSignedIn),
        Err(other) => return Err(other.into()),
    }
    AnySession::of(index, hash, record, now).ok_or(Failure::NotSignedIn)
}

/// A partially signed-in session together with the identity whose next step is due, as both were read.
#[derive(Clone)]
pub struct PendingStep<S> {
    /// Proves that the previous step was taken.
    pub session: Session<S>,
    /// The identity that the step changes.
    pub found: StoredIdentity,
}

/// Like [`recognise`], also returning the identity behind the cookie, for a step that will change it. Both are read concurrently, since the
/// cookie locates both. Without a live session, the identity is not returned.
///
/// # Errors
/// [`Failure::NotSignedIn`] when there is no session; [`Failure::Store`].
pub async fn recognise_with_identity(services: &Services, cookie: &SessionCookie) -> Result<(AnySession, StoredIdentity), Failure> {
    let (session, found) = tokio::join!(recognise(services, cookie), services.identities.find(cookie.identity));
    Ok((session?, found?))
}

/// Returns the account's live sessions, newest first.
pub async fn list(services: &Services, session: &Session<Full>) -> Result<Vec<SessionRecord>, Failure> {
    let now = services.now();
    let mut sessions = services.identities.sessions(session.identity()).await?;
    sessions.retain(|record| now < record.expires_at());
    sessions.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    Ok(sessions)
}

/// Ends one session of the account. A repeat by this session gets the same answer.
///
/// # Errors
/// [`Failure::NotFound`] when the account has no such session; [`Failure::Store`].
pub async fn end_one(services: &Services, session: &Session<Full>, id: SessionId) -> Result<(), Failure> {
    let by = session.record().id;
    let ended = SessionEnd { id, by, own: (id == by).then_some(session.hash()) };
    let Some(hash) = services.identities.session_named(session.identity(), id).await? else {
        let found = services.identities.find(session.identity()).await?;
        let has_ended = found.account().is_some_and(|account| account.ended.contains(&ended));
        return if has_ended { Ok(tell_partition(services, &found).await?) } else { Err(Failure::NotFound) };
    };
    let edit = |draft: &mut Draft| {
        end(&mut draft.account, &mut draft.write, draft.now, false, |known| known.hash == hash);
        // The document is deleted even if the account does not list the session: then it was put back by tampering.
        if !draft.write.end.contains(&hash) {
            draft.write.end.push(hash);
        }
        draft.account.note_end(ended);
        Ok(())
    };
    change(services, session.identity(), session.proof().into(), Change::SessionsEnded, edit).await
}

/// Whether this is the cookie of a session that ended itself by this very request, so that a repeat gets the same answer.
pub async fn has_ended_itself(services: &Services, cookie: &SessionCookie, id: SessionId) -> Result<bool, Failure> {
    let hash = services.hash(Purpose::Session, cookie.identity, cookie.token.bytes()).await?;
    let found = services.identities.find(cookie.identity).await?;
    let has_ended = found.account().is_some_and(|account| account.ended.iter().any(|end| end.id == id && end.own == Some(hash)));
    if has_ended {
        tell_partition(services, &found).await?;
    }
    Ok(has_ended)
}

/// Ends every session of the account but this one, which continues under a new cookie.
pub async fn end_others(services: &Services, session: &Session<Full>, visitor: &Visitor) -> Result<Renewed, Failure> {
    let start = SessionDraft::renewing_alike(services, session.identity(), session.hash(), visitor).await?;
    let edit = |draft: &mut Draft| {
        draft.renew(&start, session);
        Ok(())
    };
    match change(services, session.identity(), session.proof().into(), Change::SessionsEnded, edit).await {
        Ok(()) => Ok(start.into_renewed()),
        // A concurrent try of the same request may have won.
        Err(Failure::Store(StoreError::Refused)) => told_again(services, start, session.hash()).await?.ok_or(Failure::NotSignedIn),
        Err(other) => Err(other),
    }
}

/// Returns what [`end_others`] answered to the same request a moment ago: the request's cookie is no longer valid, and the client may not
/// have received the new one. Returns `None` for anybody else, and once the new cookie has been used.
pub async fn renewed_before(services: &Services, cookie: &SessionCookie, visitor: &Visitor) -> Result<Option<Renewed>, Failure> {
    let old = services.hash(Purpose::Session, cookie.identity, cookie.token.bytes()).await?;
    let start = SessionDraft::renewing_alike(services, cookie.identity, old, visitor).await?;
    told_again(services, start, old).await
}

async fn told_again(services: &Services, start: SessionDraft, old: HashedToken) -> Result<Option<Renewed>, Failure> {
    let found = services.identities.session(start.cookie.identity, &start.hash).await?;
    Ok(found.filter(|(record, _)| record.may_be_told_to(&old, services.now())).map(|_| start.into_renewed()))
}

/// Signs out at any step: the session is deleted on the server. For a session that has already ended, there is nothing to do.
pub async fn log_out(services: &Services, cookie: &SessionCookie) -> Result<(), Failure> {
    let index = cookie.identity;
    let hash = services.hash(Purpose::Session, index, cookie.token.bytes()).await?;
    let Some((record, _)) = services.identities.session(index, &hash).await? else {
        return Ok(tell_if_over(services, index, &hash).await?);
    };
    let Some(session) = AnySession::of(index, hash, record, services.now()) else {
        return Ok(());
    };
    end_own(services, session.proof()).await
}

/// Ends the session that the proof belongs to.
pub async fn end_own(services: &Services, proof: SessionProof) -> Result<(), Failure> {
    match end_where(services, proof, |known| known.hash == proof.hash()).await {
        // It was ended concurrently, or its authority was revoked.
        Err(Failure::Store(StoreError::Refused)) => Ok(tell_if_over(services, proof.account(), &proof.hash()).await?),
        other => other,
    }
}

/// The request that ended this session may have been cut off before the adviser's partition was updated.
async fn tell_if_over(services: &Services, index: BlindIndex, hash: &HashedToken) -> Result<(), StoreError> {
    let found = services.identities.find(index).await?;
    if found.account().is_some_and(|account| account.over.has(hash)) { tell_partition(services, &found).await } else { Ok(()) }
}

async fn tell_partition(services: &Services, found: &StoredIdentity) -> Result<(), StoreError> {
    match found.account().map(|account| (account.kind, account)) {
        Some((AccountKind::Adviser { scope }, account)) => {
            let told = services.commits.overtake(scope, account.standing, &account.over, services.now());
            told.await.map_err(StoreError::but_done)
        }
        Some((AccountKind::Officer | AccountKind::Later(_), _)) | None => Ok(()),
    }
}

async fn end_where(services: &Services, proof: SessionProof, ends: impl Fn(&SessionRef) -> bool) -> Result<(), Failure> {
    let now = services.now();
    let decide = |found: &StoredIdentity| {
        let has_any = |account: &&Account| account.sessions.iter().any(&ends);
        let mut account = found.account().filter(has_any).cloned().ok_or(Failure::NotFound)?;
        let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::SessionsEnded), now);
        end(&mut account, &mut write, now, false, &ends);
        write.identity.account = Some(account);
        Ok((write, ()))
    };
    match services.attempt_log.change(proof.account(), None, proof.into(), decide).await {
        // Already ended, or never existed.
        Ok(_) | Err(Failure::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
