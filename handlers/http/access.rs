//! Who may call a route: one access rule per route, checked before the handler runs; the handler receives the resulting proof.

use super::{
    answer::Answer,
    body,
    client_address::address,
    cookies,
    problem::{Code, Problem},
    query::Parameters,
    repeat,
    sign_in::repeats,
    state::AppState,
};
use crate::{
    domain::{
        sign_in::{
            attempt::UserAgent,
            session::{AnySession, Full, Session},
        },
        stored::BlindIndex,
    },
    flows::{
        failure::Failure,
        sign_in::{
            sessions::{self, PendingStep},
            visitor::{SessionCookie, Visitor},
        },
        verdicts::Chooser,
    },
    store::identities::repository::StoredIdentity,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The access rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// The password was correct; the second factor is still due.
    SecondFactorDue,
    /// A new password is still due.
    NewPasswordDue,
    /// Fully signed in (an officer with a second factor), or a new password is still due.
    Choosing,
    /// Fully signed in; an officer need not have enrolled a second factor yet.
    SignedIn,
    /// Fully signed in; an officer must have enrolled.
    Enrolled,
    /// An adviser, with access to their own files.
    Adviser,
    /// An officer with a second factor.
    Officer,
    /// The Functions host itself.
    Job,
}

impl Access {
    /// Whether the request may name the account whose screen sent it.
    pub const fn names_the_account(self) -> bool {
        matches!(self, Self::Choosing | Self::SignedIn | Self::Enrolled | Self::Adviser | Self::Officer)
    }

    /// Largest body that is buffered; callers who need not be fully signed in get a small limit.
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Public | Self::SecondFactorDue | Self::NewPasswordDue | Self::Choosing | Self::Job => body::FEW_BYTES,
            Self::SignedIn | Self::Enrolled | Self::Adviser | Self::Officer => body::MAX_BYTES,
        }
    }
}

/// What a route requires of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Who may call it.
    pub access: Access,
    /// Whether the request may carry an idempotency key.
    pub keyed: bool,
}

/// Header that names the account whose screen sent the request. Another account may have signed in from the same browser since the screen
/// was opened.
const ACCOUNT: &str = "finrust-account";
/// The route that tells a screen which account it belongs to, so it cannot require that header.
const WHO_AM_I: &str = "/api/session";

/// Checks the access rule of a route and stores its proof for the handler.
///
/// The headers are checked before the body is read, so that no body is buffered for callers without access. A body may arrive slowly, and
/// its sender may lose access meanwhile, so the rule is checked again after the last byte. A small body arrives together with the headers
/// and costs no second check.
///
/// # Errors
/// The [`Problem`] of the rule that failed.
pub async fn enforce(
    State((state, rule, query)): State<(AppState, Rule, Parameters)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (Rule { access, keyed }, (mut parts, mut body)) = (rule, request.into_parts());
    if let Err(refused) = judge(&state, access, &mut parts).await {
        let again = if refused.is(Code::NotSignedIn) { repeats::answer(&state, &parts).await? } else { None };
        return again.map(Answer::into_response).ok_or(refused);
    }
    query.judge(parts.uri.query().unwrap_or_default())?;
    if !parts.method.is_safe() {
        let taken = body::take(&parts.headers, body, access.most_bytes()).await?;
        if taken.was_awaited {
            judge(&state, access, &mut parts).await?;
        }
        if keyed {
            repeat::note(&state, &mut parts, taken.bytes()).await?;
        }
        body = taken.into_body();
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn judge(state: &AppState, access: Access, parts: &mut Parts) -> Result<(), Problem> {
    match access {
        Access::Public | Access::Job => {}
        Access::SecondFactorDue => match recognise_with_identity(state, &parts.headers).await? {
            (AnySession::PasswordOnly(session), found) => leave(parts, PendingStep { session, found }),
            (AnySession::MustChoose(_) | AnySession::Full(_), _) => return Err(Problem::of(Code::WrongStep)),
        },
        Access::NewPasswordDue => match recognise_with_identity(state, &parts.headers).await? {
            (AnySession::MustChoose(session), found) => leave(parts, PendingStep { session, found }),
            (AnySession::PasswordOnly(_) | AnySession::Full(_), _) => return Err(Problem::of(Code::WrongStep)),
        },
        Access::Choosing => {
            let chooser = chooser(state, &parts.headers).await?;
            leave(parts, chooser);
        }
        Access::SignedIn | Access::Enrolled | Access::Adviser | Access::Officer => {
            let session = full(state, &parts.headers).await?;
            if !(parts.method.is_safe() && parts.uri.path() == WHO_AM_I) && names_other(&parts.headers, session.identity()) {
                return Err(Problem::of(Code::OtherAccount));
            }
            prove(access, state, &session, parts)?;
            leave(parts, session);
        }
    }
    Ok(())
}

fn prove(access: Access, state: &AppState, session: &Session<Full>, parts: &mut Parts) -> Result<(), Problem> {
    match access {
        Access::Enrolled => session.enrolled()?,
        Access::Adviser => leave(parts, session.adviser(address(&parts.headers, &parts.extensions, state))?),
        Access::Officer => leave(parts, session.officer()?),
        Access::Public | Access::SecondFactorDue | Access::NewPasswordDue | Access::Choosing | Access::SignedIn | Access::Job => {}
    }
    Ok(())
}

async fn chooser(state: &AppState, headers: &HeaderMap) -> Result<Chooser, Problem> {
    match recognise_with_identity(state, headers).await? {
        (AnySession::PasswordOnly(_), _) => Err(Problem::of(Code::NotSignedIn)),
        (AnySession::MustChoose(session), found) => Ok(Chooser::due(&PendingStep { session, found })?),
        (AnySession::Full(session), _) if names_other(headers, session.identity()) => Err(Problem::of(Code::OtherAccount)),
        (AnySession::Full(session), found) => {
            session.enrolled()?;
            let account = found.account().ok_or(Problem::of(Code::NotSignedIn))?;
            Ok(Chooser::signed_in(&session, account))
        }
    }
}

/// Whether the request names another account than `account`. A repeated or unreadable header counts as another.
pub(super) fn names_other(headers: &HeaderMap, account: BlindIndex) -> bool {
    let mut named = headers.get_all(ACCOUNT).iter();
    match (named.next(), named.next()) {
        (None, _) => false,
        (Some(one), None) => one.as_bytes() != account.to_string().as_bytes(),
        (Some(_), Some(_)) => true,
    }
}

/// For the route that ends a session without requiring one: an active session is not ended from the screen of another account.
///
/// # Errors
/// [`Code::OtherAccount`]; another [`Problem`] when the database is unavailable.
pub async fn same_account(state: &AppState, headers: &HeaderMap) -> Result<(), Problem> {
    match cookies::session(headers) {
        Some(cookie) if names_other(headers, cookie.identity) => match sessions::recognise(&state.services, &cookie).await {
            Ok(_) => Err(Problem::of(Code::OtherAccount)),
            Err(Failure::NotSignedIn) => Ok(()),
            Err(other) => Err(other.into()),
        },
        Some(_) | None => Ok(()),
    }
}

async fn full(state: &AppState, headers: &HeaderMap) -> Result<Session<Full>, Problem> {
    match recognise(state, headers).await? {
        AnySession::Full(session) => Ok(session),
        AnySession::PasswordOnly(_) | AnySession::MustChoose(_) => Err(Problem::of(Code::NotSignedIn)),
    }
}

async fn recognise(state: &AppState, headers: &HeaderMap) -> Result<AnySession, Problem> {
    Ok(sessions::recognise(&state.services, &cookie(headers)?).await?)
}

async fn recognise_with_identity(state: &AppState, headers: &HeaderMap) -> Result<(AnySession, StoredIdentity), Problem> {
    Ok(sessions::recognise_with_identity(&state.services, &cookie(headers)?).await?)
}

fn cookie(headers: &HeaderMap) -> Result<SessionCookie, Problem> {
    cookies::session(headers).ok_or(Problem::of(Code::NotSignedIn))
}

fn leave<T: Clone + Send + Sync + 'static>(parts: &mut Parts, proof: T) {
    parts.extensions.insert(proof);
}

/// A proof left by the route's access rule: a session, a scope, an officer's right. Without that rule extraction fails.
pub struct Proof<T>(pub T);

impl<S: Send + Sync, T: Clone + Send + Sync + 'static> FromRequestParts<S> for Proof<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<T>().cloned().map(Self).ok_or(Problem::of(Code::Internal))
    }
}

/// The caller, as far as the request identifies them.
pub struct Caller(pub Visitor);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(visitor(parts, state)))
    }
}

/// The caller, from the request headers.
pub(super) fn visitor(parts: &Parts, state: &AppState) -> Visitor {
    let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let user_agent = agent.and_then(|agent| UserAgent::parse(&agent).ok());
    let device = cookies::device(&parts.headers);
    let session = cookies::session(&parts.headers);
    let ip = address(&parts.headers, &parts.extensions, state);
    Visitor { ip, user_agent, device, session }
}
