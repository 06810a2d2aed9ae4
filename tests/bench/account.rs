//! An adviser's account, made through the flows.

use finrust::{
    crypto::token::PlainToken,
    domain::sign_in::{
        credentials::{DisplayName, EmailAddress, Language, Role, TypedPassword, Username},
        session::{Adviser, AnySession},
        username_as_typed::UsernameAsTyped,
    },
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        services::Services,
        sign_in::{self, sessions::PendingStep, visitor::Visitor},
    },
};
use std::sync::Arc;

/// An adviser who is signed in.
pub struct SignedIn {
    pub username: String,
    pub password: String,
    /// The cookie by which the browser is known.
    pub device: String,
    /// The cookie of the session, with its name.
    pub cookie: String,
    pub at_work: Adviser,
}

/// Invites an adviser, who signs in and chooses a password.
pub async fn signed_in(services: &Arc<Services>, username: &str) -> SignedIn {
    let invitee = Invitee {
        username: Username::parse(username).expect("a username"),
        display_name: DisplayName::parse(username).expect("a name"),
        email: EmailAddress::parse(&format!("{username}@example.nl")).expect("an address"),
        role: Role::Adviser,
        language: Language::Nl,
        controller: None,
    };
    let visitor = Visitor { device: Some(PlainToken::new(services.sealing.random_bytes())), ..Visitor::default() };
    let invited = invite(services, Inviter::Operator, &invitee).await.ok().expect("an account");
    let one_time = TypedPassword::parse(invited.one_time_password.expose()).expect("a password");
    let typed = UsernameAsTyped::parse(username).expect("a username");
    let half = sign_in::steps::password(services, typed, Some(one_time), visitor.clone()).await.ok().expect("signed in");
    let recognised = sign_in::sessions::recognise_with_identity(services, &half.cookie).await;
    let (AnySession::MustChoose(session), found) = recognised.ok().expect("a session") else {
        unreachable!("a one-time password leads to a new one");
    };
    let due = PendingStep { session, found };
    let password = format!("zeven paarse olifanten van {username}");
    let full = sign_in::steps::new_password(services, due, TypedPassword::parse(&password), visitor).await.ok().expect("signed in");
    let AnySession::Full(session) = sign_in::sessions::recognise(services, &full.cookie).await.ok().expect("a session") else {
        unreachable!("a new password is the last step");
    };
    let device = full.device.expect("a browser that signed in is known").text().expose().clone();
    let cookie = format!("__Host-finrust={}", full.cookie.text().expose());
    SignedIn { username: username.to_owned(), password, device, cookie, at_work: session.adviser(None).expect("an adviser") }
}
