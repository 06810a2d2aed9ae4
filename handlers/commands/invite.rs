//! `finrust invite`: creates an account from the operator's machine; this is how the first officer is created.

use super::{
    console::{Lines, Mailed},
    failure::CommandError,
    key_check::check_key,
};
use crate::{
    app::{Absent, Application},
    config::Config,
    domain::{
        sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
        wire::closed_set::one_of,
    },
    flows::accounts::administration::{Invitee, Inviter, invite},
};
use std::sync::Arc;

/// Who is invited.
#[derive(clap::Args)]
pub struct InviteArguments {
    /// Role of the account
    #[arg(long, value_parser = role, value_name = "officer|adviser")]
    role: Role,
    /// Username: 3 to 64 letters, digits and . _ - @
    #[arg(long)]
    username: String,
    /// Address to which the invitation is mailed
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// Language of pages and e-mails
    #[arg(long, value_parser = language, value_name = "nl|en", default_value = "nl")]
    language: Language,
    /// Also print the one-time password, in case no e-mail arrives
    #[arg(long)]
    print: bool,
}

/// Creates the account and its invitation.
pub async fn run(config: &Config, arguments: &InviteArguments) -> Result<(), CommandError> {
    let invitee = invitee(arguments)?;
    let mailed = Mailed::default();
    let noted = mailed.clone();
    let application = Application::open(config, Absent::Create, Arc::new(move |path: &std::path::Path| noted.note(path.to_owned())))?;
    check_key(&application).await?;
    let services = &application.state.services;
    let invited = invite(services, Inviter::Operator, &invitee).await?;
    let mut lines = Lines::default();
    lines.say(&format!("Invited {} as {}.", invitee.username.as_str(), role_name(invitee.role)));
    if arguments.print {
        lines.say(&format!("One-time password, valid 7 days: {}", invited.one_time_password.expose()));
        lines.say(&format!("Sign in at {}", config.public_url));
    }
    application.drain_queue().await?;
    lines.end()?;
    mailed.say()
}

fn invitee(arguments: &InviteArguments) -> Result<Invitee, CommandError> {
    let refused = |name, what| move |_| CommandError::Argument(name, what);
    Ok(Invitee {
        username: Username::parse(&arguments.username).map_err(refused("username", "3 to 64 letters, digits and . _ - @"))?,
        display_name: DisplayName::parse(&arguments.name).map_err(refused("name", "1 to 100 characters"))?,
        email: EmailAddress::parse(&arguments.email).map_err(refused("email", "one address such as anna@example.nl"))?,
        role: arguments.role,
        language: arguments.language,
        controller: None,
    })
}

fn role(text: &str) -> Result<Role, &'static str> {
    one_of(text).map_err(|_| "expected officer or adviser")
}

fn language(text: &str) -> Result<Language, &'static str> {
    one_of(text).map_err(|_| "expected nl or en")
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Adviser => "adviser",
        Role::Officer | Role::Later(_) => "officer",
    }
}
