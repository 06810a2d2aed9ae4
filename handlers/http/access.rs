//! Who may call a route: one rule per route, checked before the handler runs, and handed to it as proof.

use super::{
    cookies,
    problem::{Code, Problem},
    state::AppState,
};
use crate::{
    domain::{
        attempt::UserAgent,
        session::{AnySession, Full, Session},
    },
    flows::{
        sessions::{self, Due},
        visitor::{SessionCookie, Visitor},
    },
    store::identities::Found,
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{Extensions, HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use std::net::{IpAddr, SocketAddr};

/// The rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Whoever gave the right password and owes the second factor.
    SecondFactorDue,
    /// Whoever owes a new password.
    NewPasswordDue,
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

/// Checks the rule of a route and leaves its proof for the handler.
///
/// # Errors
/// The [`Problem`] that the rule gives.
pub async fn enforce(State((state, access)): State<(AppState, Access)>, mut request: Request, next: Next) -> Result<Response, Problem> {
    match access {
        Access::Public | Access::Job => {}
        Access::SecondFactorDue => match recognise_with_identity(&state, request.headers()).await? {
            (AnySession::PasswordOnly(session), found) => leave(&mut request, Due { session, found }),
            (AnySession::MustChoose(_) | AnySession::Full(_), _) => return Err(Problem::of(Code::WrongStep)),
        },
        Access::NewPasswordDue => match recognise_with_identity(&state, request.headers()).await? {
            (AnySession::MustChoose(session), found) => leave(&mut request, Due { session, found }),
            (AnySession::PasswordOnly(_) | AnySession::Full(_), _) => return Err(Problem::of(Code::WrongStep)),
        },
        Access::SignedIn | Access::Enrolled | Access::Adviser | Access::Officer => {
            let session = full(&state, request.headers()).await?;
            prove(access, &state, &session, &mut request)?;
            leave(&mut request, session);
        }
    }
    Ok(next.run(request).await)
}

fn prove(access: Access, state: &AppState, session: &Session<Full>, request: &mut Request) -> Result<(), Problem> {
    match access {
        Access::Enrolled => session.enrolled()?,
        Access::Adviser => leave(request, session.adviser(address(request.headers(), request.extensions(), state))?),
        Access::Officer => leave(request, session.officer()?),
        Access::Public | Access::SecondFactorDue | Access::NewPasswordDue | Access::SignedIn | Access::Job => {}
    }
    Ok(())
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

async fn recognise_with_identity(state: &AppState, headers: &HeaderMap) -> Result<(AnySession, Found), Problem> {
    Ok(sessions::recognise_with_identity(&state.services, &cookie(headers)?).await?)
}

fn cookie(headers: &HeaderMap) -> Result<SessionCookie, Problem> {
    cookies::session(headers).ok_or(Problem::of(Code::NotSignedIn))
}

fn leave<T: Clone + Send + Sync + 'static>(request: &mut Request, proof: T) {
    request.extensions_mut().insert(proof);
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
pub struct From(pub Visitor);

impl FromRequestParts<AppState> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let agent = parts.headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let user_agent = agent.and_then(|agent| UserAgent::parse(&agent).ok());
        let device = cookies::device(&parts.headers);
        let session = cookies::session(&parts.headers);
        let ip = address(&parts.headers, &parts.extensions, state);
        Ok(Self(Visitor { ip, user_agent, device, session }))
    }
}

/// The client's address: from the configured header when there is one, else the peer's.
fn address(headers: &HeaderMap, extensions: &Extensions, state: &AppState) -> Option<IpAddr> {
    let Some(name) = &state.front.client_ip_header else {
        return extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    };
    let value = headers.get(name)?.to_str().ok()?;
    // A proxy appends: the last entry is the one that the platform wrote.
    let last = value.rsplit(',').next()?.trim();
    last.parse::<IpAddr>().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}
