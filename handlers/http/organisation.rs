//! Function `organisation`: the firm that runs this deployment, and its role for client files.

use super::{
    access::{Caller, Proof},
    answer::Answer,
    body::{JsonBody, NoBody},
    if_match::if_match,
    problem::Problem,
    sign_in::login::{CodeAlone, RecoveryCode, shown},
    state::AppState,
};
use crate::{
    domain::{
        edited::{self, ServerWritten},
        organisation::details::{FirmAddress, FirmName, OrganisationDetails, OrganisationRole},
        sign_in::{
            credentials::PasswordAsTyped,
            session::{Full, Officer, Session},
        },
        wire::object::Object,
    },
    flows::organisation::register::{self, Found, RefusedChange},
    wire_object,
};
use axum::{extract::State, http::HeaderMap};
use jiff::Timestamp;
use serde::Serialize;

/// The firm that runs this deployment.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OrganisationAnswer {
    /// Its role for client files; `null` until it is chosen.
    #[schema(required)]
    pub role: Option<OrganisationRole>,
    /// Its name; `null` if not filled in.
    #[schema(required)]
    pub name: Option<FirmName>,
    /// Its postal address; `null` if not filled in.
    #[schema(required)]
    pub address: Option<FirmAddress>,
    /// The change that waits; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    pub proposed: Option<ProposedOrganisation>,
}

/// A change that waits for a second officer, or for its time.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProposedOrganisation {
    /// The role that it will have; `null` if none.
    #[schema(required)]
    pub role: Option<OrganisationRole>,
    /// The name that it will have; `null` if none.
    #[schema(required)]
    pub name: Option<FirmName>,
    /// The address that it will have; `null` if none.
    #[schema(required)]
    pub address: Option<FirmAddress>,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// When it takes effect automatically; `null` if a second officer has to confirm it.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub applies_at: Option<Timestamp>,
    /// Name of the officer who proposed it; `null` if the account no longer exists.
    #[schema(required)]
    pub by_name: Option<String>,
    /// Whether the caller proposed it and therefore cannot confirm it.
    pub own: bool,
}

wire_object! {
    /// A change of the firm that runs this deployment.
    pub struct OrganisationBody {
        /// Its role for client files; none if absent.
        role: Option<OrganisationRole>,
        /// Its name; none if absent.
        name: Option<FirmName>,
        /// Its postal address; none if absent.
        address: Option<FirmAddress>,
        /// The officer's password.
        #[schema(value_type = String, max_length = 1024, format = Password)]
        password: PasswordAsTyped,
        /// A current code of the authenticator app; required unless `recovery_code` is sent.
        #[schema(value_type = Option<String>, pattern = r"^\s*[0-9]{6}\s*$")]
        code: Option<CodeAlone>,
        /// A recovery code, instead of `code` and never beside it.
        #[schema(value_type = Option<String>, max_length = 64)]
        recovery_code: Option<RecoveryCode>,
    }
}

/// What an answer has besides the details.
const SERVER_WRITTEN: ServerWritten = ServerWritten { computed: &["proposed"], fixed: &[] };

/// Gets the firm that runs this deployment, and its role for client files.
#[utoipa::path(get, path = "/api/organisation", tag = "organisation",
    responses((status = 200, body = OrganisationAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn read(State(state): State<AppState>, Proof(session): Proof<Session<Full>>) -> Result<Answer, Problem> {
    let found = register::read(&state.services).await?;
    Ok(answer(&state, &session, found).await?.0)
}

/// Replaces the details of the firm. Takes what `GET` answers. Becoming a processor removes duties, so it waits for a second officer, or, if
/// there is none, for the waiting period of handovers. Other changes take effect at once and withdraw what waits. All officers and advisers
/// get an e-mail.
#[utoipa::path(put, path = "/api/organisation", tag = "organisation", request_body = OrganisationBody,
    params(("If-Match" = String, Header, pattern = "^\"[!#-~]+\"$")),
    responses((status = 200, body = OrganisationAnswer, headers(("ETag" = String))),
        (status = 202, body = OrganisationAnswer, headers(("ETag" = String))), (status = 429)))]
pub(in crate::http) async fn replace(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(officer): Proof<Officer>,
    Caller(visitor): Caller,
    headers: HeaderMap,
    JsonBody(fields): JsonBody,
) -> Result<Answer, Problem> {
    let judged = edited::read(fields, &SERVER_WRITTEN, OrganisationBody::read);
    let (body, _) = judged.map_err(|refused| Problem::fields(refused.errors))?;
    let OrganisationBody { role, name, address, password, code, recovery_code } = body;
    let found = register::read(&state.services).await?;
    if_match(&headers, &found.etag)?;
    let (password, factor) = (password.ok(), shown(code, recovery_code));
    let wanted = OrganisationDetails { role, name, address };
    let credentials = (password.as_ref(), factor.as_ref());
    let changed = Box::pin(register::change(&state.services, (&session, officer), credentials, &visitor, (found, &wanted))).await?;
    let (ok, waits) = answer(&state, &session, changed).await.map_err(Problem::but_done)?;
    Ok(if waits { ok.but_waits() } else { ok })
}

/// Confirms the change that another officer proposed.
#[utoipa::path(post, path = "/api/organisation/confirm", tag = "organisation",
    responses((status = 200, body = OrganisationAnswer, headers(("ETag" = String)))))]
pub(in crate::http) async fn confirm(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(officer): Proof<Officer>,
    _: NoBody,
) -> Result<Answer, Problem> {
    let confirmed = register::confirm(&state.services, officer).await?;
    Ok(answer(&state, &session, confirmed).await.map_err(Problem::but_done)?.0)
}

/// The response, and whether a change waits.
async fn answer(state: &AppState, session: &Session<Full>, found: Found) -> Result<(Answer, bool), Problem> {
    let by_name = register::proposer(&state.services, &found).await?;
    let OrganisationDetails { role, name, address } = found.organisation.details(found.at).clone();
    let proposed = found.organisation.proposed(found.at).map(|proposal| {
        let OrganisationDetails { role, name, address } = proposal.details.clone();
        let own = proposal.by == session.identity();
        ProposedOrganisation { role, name, address, proposed_at: proposal.at, applies_at: proposal.applies_at, by_name, own }
    });
    let waits = proposed.is_some();
    let body = OrganisationAnswer { role, name, address, proposed };
    Ok((Answer::ok(&body).etag(&found.etag), waits))
}

impl From<RefusedChange> for Problem {
    fn from(refused: RefusedChange) -> Self {
        match refused {
            RefusedChange::Failure(failure) => failure.into(),
            RefusedChange::Register(failure) => failure.into(),
        }
    }
}
