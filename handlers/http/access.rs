//! Who may call a route: one rule per route, checked before the handler runs, and handed to it as proof.

use super::{
    answer::Answer,
    body,
    client_address::address,
    cookies,
    problem::{Code, Problem},
    query::Parameters,
    repeat, session_repeats,
    state::AppState,
};
use crate::{
    domain::{
        attempt::UserAgent,
        session::{AnySession, Full, Session},
        stored::BlindIndex,
    },
    flows::{
        failure::Failure,
        sessions::{self, PendingStep},
        verdicts::Chooser,
        visitor::{SessionCookie, Visitor},
    },
    store::identities::StoredIdentity,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// Whoever gave the right password and owes the second factor.
    SecondFactorDue,
    /// Whoever owes a new password.
    NewPasswordDue,
    /// Fully signed in, an officer with a second factor; or whoever owes a new password.
    Choosing,
    /// Fully signed in; an officer need not have enrolled a second factor yet.
    SignedIn,
    /// Fully signed in; an officer must have enrolled.
    Enrolled,
    /// An adviser, for the own files.
    Adviser,
    /// An officer with a second factor.
    Officer,
    /// The Functions host itself.
    Job,
}

impl Access {
    /// Whether a request may say from a screen of which account it comes.
    pub const fn names_the_account(self) -> bool {
        matches!(self, Self::Choosing | Self::SignedIn | Self::Enrolled | Self::Adviser | Self::Officer)
    }

    /// How much of a body is kept until its last byte is there: little of whoever need not be signed in fully.
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Public | Self::SecondFactorDue | Self::NewPasswordDue | Self::Choosing | Self::Job => body::FEW_BYTES,
            Self::SignedIn | Self::Enrolled | Self::Adviser | Self::Officer => body::MAX_BYTES,
        }
    }
}

/// What a route asks of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Who may call it.
    pub access: Access,
    /// Whether its sender may give it a key, by which a repeat is known.
    pub keyed: bool,
}

/// Says of which account the screen is that asks. Another account may have signed in with the same browser since it was opened.
const ACCOUNT: &str = "finrust-account";
/// Tells a screen of which account it is, so it cannot be asked for that before.
const WHO_AM_I: &str = "/api/session";

/// Checks the rule of a route and leaves its proof for the handler.
///
/// The headers are judged before the body is taken: nobody who may not call the route makes us keep one. A body may be long in coming,
/// and its sender may have lost the right by then: the rule is judged again at its last byte. Small bodies come with their headers, and
/// cost no second reading.
///
/// # Errors
/// The [`Problem`] that the rule gives.
pub async fn enforce(
    State((state, rule, query)): State<(AppState, Rule, Parameters)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (Rule { access, keyed }, (mut parts, mut body)) = (rule, request.into_parts());
    if let Err(refused) = judge(&state, access, &mut parts).await {
        let again = if refused.is(Code::NotSignedIn) { session_repeats::answer(&state, &parts).await? } else { None };
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

/// Whether the screen that asks is of another account than this. A header that is repeated or unreadable counts as another.
pub(super) fn names_other(headers: &HeaderMap, account: BlindIndex) -> bool {
    let mut named = headers.get_all(ACCOUNT).iter();
    match (named.next(), named.next()) {
        (None, _) => false,
        (Some(one), None) => one.as_bytes() != account.to_string().as_bytes(),
        (Some(_), Some(_)) => true,
    }
}

/// For the route that ends a session without needing one: a living one is not ended from a screen of another account.
///
/// # Errors
/// [`Code::OtherAccount`]; a [`Problem`] when the database cannot be asked.
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

/// A proof that the route's rule left: a session, a scope, an officer's right. Without the rule there is none, and no answer.
pub struct Proof<T>(pub T);

impl<S: Send + Sync, T: Clone + Send + Sync + 'static> FromRequestParts<S> for Proof<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<T>().cloned().map(Self).ok_or(Problem::of(Code::Internal))
    }
}

/// Who is asking, as far as the request tells.
pub struct Caller(pub Visitor);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(visitor(parts, state)))
    }
}

/// Who is asking, by the head of the request.
pub(super) fn visitor(parts: &Parts, state: &AppState) -> Visitor {
    let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let user_agent = agent.and_then(|agent| UserAgent::parse(&agent).ok());
    let device = cookies::device(&parts.headers);
    let session = cookies::session(&parts.headers);
    let ip = address(&parts.headers, &parts.extensions, state);
    Visitor { ip, user_agent, device, session }
}
