//! Function `accounts`: officers only.

use crate::http::{
    access::Proof,
    answer::{Answer, PageOf},
    body::{Body, NoBody, Unread},
    path::PathId,
    problem::{Code, Problem},
    query::ListQuery,
    repeat::Repeat,
    sign_in::attempts::{AttemptItem, attempts_of},
    state::AppState,
};
use crate::{
    domain::{
        accounts::summary::{AccountState, AccountSummary},
        organisation::details::{Controller, FirmAddress, FirmName},
        sign_in::{
            credentials::{DisplayName, EmailAddress, Language, Role, Username},
            session::Officer,
        },
        stored::BlindIndex,
        wire::fields::{FieldCode, InvalidFields},
    },
    flows::{
        accounts::{
            self,
            administration::{Invitee, Inviter},
        },
        cursors::List,
        failure::Failure,
    },
    store::keys::sealing::KeyScope,
    wire_object,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

/// An account in the officers' list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountItem {
    /// The ID of the account.
    pub id: String,
    /// The username in its normal form.
    pub username: String,
    /// The name shown in pages and e-mails.
    pub display_name: String,
    /// The address that e-mails are sent to.
    pub email: String,
    /// The role of the account.
    pub role: Role,
    /// Whether sign-in is possible.
    pub status: AccountState,
    /// Whether a second factor is active.
    pub two_factor: bool,
    /// Last complete sign-in; `null` if there was none.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub last_signed_in_at: Option<Timestamp>,
    /// The firm that decides about the adviser's client files; absent unless one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub controller: Option<Controller>,
    /// Whether the caller proposed this account and therefore cannot confirm it; absent unless it is proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub own: Option<bool>,
}

wire_object! {
    /// An invitation of a new user.
    pub struct InviteBody {
        /// The username: 3 to 64 letters of any script, digits, `.`, `_`, `-`, `@`; it is kept in lower case and NFKC.
        #[schema(value_type = String, min_length = 3, max_length = 64, example = "anna.dijk")]
        username: Username,
        /// The name shown in pages and e-mails: 1 to 100 characters; some of them visible, and none unseen where it does not belong.
        #[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")]
        display_name: DisplayName,
        /// The address for the invitation: one mailbox, at most 254 characters.
        #[schema(value_type = String, max_length = 254, format = Email)]
        email: EmailAddress,
        /// The role of the account.
        role: Role,
        /// Language of pages and e-mails; Dutch if absent.
        language: Option<Language>,
        /// The firm that decides about the adviser's client files, if it is another than the one that runs this deployment; refused for
        /// an officer.
        controller: Option<Controller>,
    }

    /// Another address for an invitation.
    pub struct InvitationAddressBody {
        /// The new address: one mailbox, at most 254 characters.
        #[schema(value_type = String, max_length = 254, format = Email)]
        email: EmailAddress,
    }

    /// The firm that decides about an adviser's client files. Both are sent, or neither to name none.
    pub struct ControllerBody {
        /// Its name.
        name: Option<FirmName>,
        /// Its postal address.
        address: Option<FirmAddress>,
    }
}

impl ControllerBody {
    fn whole(self) -> Result<Option<Controller>, InvalidFields> {
        match (self.name, self.address) {
            (Some(name), Some(address)) => Ok(Some(Controller { name, address })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(InvalidFields::one("/name", FieldCode::Required)),
            (Some(_), None) => Err(InvalidFields::one("/address", FieldCode::Required)),
        }
    }
}

/// Lists all accounts, unordered.
#[utoipa::path(get, path = "/api/accounts", tag = "accounts",
    params(("limit" = Option<u16>, Query, minimum = 1, maximum = 200), ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<AccountItem>)))]
pub(in crate::http) async fn list(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let list = List { scope: KeyScope::Service, name: "accounts", owner: "all" };
    let after = list.database_position(&state.services, query.cursor.as_deref()).await?;
    let slice = accounts::administration::list(&state.services, officer, query.limit, after).await?;
    let page = list.database_page(&state.services, slice).await?;
    Ok(Answer::ok(&PageOf::of(page, |(id, summary)| item(officer, id, &summary))))
}

/// Creates an account and sends the invitation by e-mail. For an officer's account, this waits for confirmation by another officer.
#[utoipa::path(post, path = "/api/accounts", tag = "accounts", request_body = InviteBody,
    responses((status = 201, body = AccountItem)))]
pub(in crate::http) async fn create(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    repeat: Repeat,
    body: Unread<InviteBody>,
) -> Result<Answer, Problem> {
    let services = &state.services;
    let act = async {
        let InviteBody { username, display_name, email, role, language, controller } = body.read()?;
        if controller.is_some() && role != Role::Adviser {
            return Err(Problem::fields(InvalidFields::one("/controller", FieldCode::UnknownField)));
        }
        let invitee = Invitee { username, display_name, email, role, language: language.unwrap_or_default(), controller };
        let invited = accounts::administration::invite(services, Inviter::Officer(officer, repeat.tag()), &invitee).await?;
        Ok((invited.id, invited.summary))
    };
    let (id, summary) = repeat.once(|request| accounts::administration::invited_for(services, officer, request), act).await?;
    Ok(Answer::created(&item(officer, id, &summary)))
}

/// Disables an account; its sessions end at once.
#[utoipa::path(post, path = "/api/accounts/{id}/disable", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn disable(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    done(accounts::administration::disable(&state.services, officer, parse_id(&id)?).await)
}

/// Enables an account again.
#[utoipa::path(post, path = "/api/accounts/{id}/enable", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn enable(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    done(accounts::administration::enable(&state.services, officer, parse_id(&id)?).await)
}

/// Sends a new invitation by e-mail.
#[utoipa::path(post, path = "/api/accounts/{id}/invite", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn invite_again(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    repeat: Repeat,
    _: NoBody,
) -> Result<Answer, Problem> {
    let (services, id) = (&state.services, parse_id(&id)?);
    let act = async { Ok(accounts::administration::invite_again(services, officer, (id, repeat.tag())).await?) };
    repeat.once(|request| accounts::administration::was_invited_for(services, officer, id, request), act).await?;
    Ok(Answer::done())
}

/// Confirms an officer's account that another officer proposed, and sends the invitation by e-mail.
#[utoipa::path(post, path = "/api/accounts/{id}/confirm", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn confirm(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    done(accounts::invitations::confirm(&state.services, officer, parse_id(&id)?).await)
}

/// Sends the invitation of an account that has not been used yet to another address. An officer's account must be confirmed again.
#[utoipa::path(put, path = "/api/accounts/{id}/email", tag = "accounts", params(("id" = String, Path)),
    request_body = InvitationAddressBody, responses((status = 204)))]
pub(in crate::http) async fn change_address(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    Body(InvitationAddressBody { email }): Body<InvitationAddressBody>,
) -> Result<Answer, Problem> {
    done(Box::pin(accounts::invitations::change_address(&state.services, officer, parse_id(&id)?, &email)).await)
}

/// Names the firm that decides about an adviser's client files, or none. The adviser gets an e-mail.
#[utoipa::path(put, path = "/api/accounts/{id}/controller", tag = "accounts", params(("id" = String, Path)),
    request_body = ControllerBody, responses((status = 204)))]
pub(in crate::http) async fn change_controller(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    Body(body): Body<ControllerBody>,
) -> Result<Answer, Problem> {
    let controller = body.whole().map_err(Problem::fields)?;
    done(accounts::administration::change_controller(&state.services, officer, parse_id(&id)?, controller).await)
}

/// Withdraws an account that has not been used yet.
#[utoipa::path(delete, path = "/api/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn withdraw(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    done(accounts::invitations::withdraw(&state.services, officer, parse_id(&id)?).await)
}

/// Lifts the throttle of an account other than your own.
#[utoipa::path(post, path = "/api/accounts/{id}/unlock", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn unlock(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    done(accounts::administration::unlock(&state.services, officer, parse_id(&id)?).await)
}

/// Lists the login attempts of an account, newest first.
#[utoipa::path(get, path = "/api/accounts/{id}/login-attempts", tag = "accounts",
    params(("id" = String, Path), ("limit" = Option<u16>, Query, minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, max_length = 4096)),
    responses((status = 200, body = PageOf<AttemptItem>)))]
pub(in crate::http) async fn attempts(
    State(state): State<AppState>,
    Proof(officer): Proof<Officer>,
    PathId(id): PathId,
    query: ListQuery,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    accounts::administration::exists(&state.services, officer, id).await?;
    attempts_of(&state, id, query).await
}

fn item(officer: Officer, id: BlindIndex, summary: &AccountSummary) -> AccountItem {
    AccountItem {
        id: id.to_string(),
        username: summary.username.as_str().to_owned(),
        display_name: summary.display_name.as_str().to_owned(),
        email: summary.email.as_str().to_owned(),
        role: summary.role,
        status: summary.state(),
        two_factor: summary.two_factor,
        last_signed_in_at: summary.last_signed_in_at,
        controller: summary.controller.clone(),
        own: (summary.state() == AccountState::Proposed).then(|| summary.proposed_by.contains(&officer.identity())),
    }
}

fn parse_id(text: &str) -> Result<BlindIndex, Problem> {
    BlindIndex::parse(text).ok_or(Problem::of(Code::NotFound))
}

fn done(result: Result<(), Failure>) -> Result<Answer, Problem> {
    result.map(|()| Answer::done()).map_err(Problem::from)
}
