//! `finrust demo`: fresh embedded sample data. Passwords are random at every start; none are built in.

use super::{
    console::{say, tell},
    failure::CommandError,
    key_check::check_key,
    serve,
};
use crate::{
    app::{Absent, Application},
    config::{Backend, Config},
    crypto::token::ReadableCode,
    demo_files,
    domain::sign_in::{
        credentials::{DisplayName, EmailAddress, Language, Role, TypedPassword, Username},
        session::{Adviser, AnySession, Full, Session},
        username_as_typed::UsernameAsTyped,
    },
    embedded::{EmbeddedError, make_private},
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        clients,
        services::Services,
        sign_in::{self, sessions::PendingStep, visitor::Visitor},
    },
    folder_lock::{FolderLock, Hold},
    log_writer::LogWriter,
};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Its presence marks a directory as a demonstration that may be deleted.
const MARKER: &str = "this-is-a-demonstration";

/// Creates the data, prints how to sign in, and serves.
pub async fn run(config: &Config, log: &LogWriter) -> Result<u8, CommandError> {
    let Backend::Embedded(parent) = &config.backend else {
        return Err(CommandError::EmbeddedOnly("finrust demo", "remove the settings of Azure"));
    };
    let path = parent.join("demo");
    let ending = serve::by_signals(config, log)?;
    let listener = serve::bind(config.port)?;
    // Held until the database is open and holds it too, so that a second demonstration does not delete this one.
    let lock = clear(&path)?;
    let mails = log.clone();
    let announce = Arc::new(move |path: &Path| tell(&mails, &format!("Mail: {}", path.display())));
    let demonstration = Config { backend: Backend::Embedded(path.clone()), ..config.clone() };
    let application = Application::open(&demonstration, Absent::Create, announce)?;
    drop(lock);
    check_key(&application).await?;
    let services = &application.state.services;
    let adviser = Box::pin(settle(services, &path, "adviser", "anna.dijk", "Anna van Dijk", Role::Adviser)).await?;
    let officer = Box::pin(settle(services, &path, "officer", "olga.visser", "Olga Visser", Role::Officer)).await?;
    let files = fill(services, &adviser.session.adviser(None).map_err(|_| CommandError::Demo("no adviser"))?).await?;
    for person in [&adviser, &officer] {
        sign_in::sessions::end_own(services, person.session.proof()).await?;
    }
    application.drain_queue().await?;
    say(&format!("FinRust serves {} with {files} client files that belong to nobody.", config.public_url))?;
    say(&format!("  adviser: {}   password: {}", adviser.username, adviser.password))?;
    say(&format!("  officer: {}   password: {}   (enrols a second factor first)", officer.username, officer.password))?;
    say(&format!("Data, e-mails and these passwords are in {}; the next start recreates them.", path.display()))?;
    serve::serve(listener, application, config.behind_host, ending).await
}

struct Person {
    username: String,
    password: String,
    session: Session<Full>,
}

/// Invites a user and signs in as that user would: with the one-time password, then with a password of their own.
async fn settle(services: &Arc<Services>, path: &Path, file: &str, username: &str, name: &str, role: Role) -> Result<Person, CommandError> {
    let invalid = |_| CommandError::Demo("a name is not valid");
    let invitee = Invitee {
        username: Username::parse(username).map_err(invalid)?,
        display_name: DisplayName::parse(name).map_err(invalid)?,
        email: EmailAddress::parse(&format!("{username}@example.nl")).map_err(invalid)?,
        role,
        language: Language::Nl,
        controller: None,
    };
    let invited = invite(services, Inviter::Operator, &invitee).await?;
    let visitor = Visitor::default();
    let one_time = TypedPassword::parse(invited.one_time_password.expose()).map_err(invalid)?;
    let typed = UsernameAsTyped::parse(username).map_err(invalid)?;
    let half = sign_in::steps::password(services, typed, Some(one_time), visitor.clone()).await?;
    let (AnySession::MustChoose(session), found) = sign_in::sessions::recognise_with_identity(services, &half.cookie).await? else {
        return Err(CommandError::Demo("no new password is due"));
    };
    let password = ReadableCode::new(services.sealing.random_bytes()).text().expose().to_lowercase();
    let full = sign_in::steps::new_password(services, PendingStep { session, found }, TypedPassword::parse(&password), visitor).await?;
    let AnySession::Full(session) = sign_in::sessions::recognise(services, &full.cookie).await? else {
        return Err(CommandError::Demo("not signed in"));
    };
    let kept = path.join(format!("{file}.json"));
    keep(&kept, username, &password).map_err(|error| CommandError::File("the demonstration's passwords", kept, error))?;
    Ok(Person { username: username.to_owned(), password, session })
}

async fn fill(services: &Services, adviser: &Adviser) -> Result<usize, CommandError> {
    let files = demo_files::all(services.now()).map_err(|_| CommandError::Demo("a sample file is not valid"))?;
    let count = files.len();
    for file in files {
        let created = clients::files::create(services, adviser, None, file).await;
        created.map_err(|_| CommandError::Demo("a sample file could not be stored"))?;
    }
    Ok(count)
}

/// Writes the body of a sign-in for `curl -d @…`, readable by its owner only.
fn keep(path: &PathBuf, username: &str, password: &str) -> io::Result<()> {
    let body = serde_json::json!({ "username": username, "password": password });
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{body}")
}

/// Deletes the previous demonstration; never anything else.
fn clear(path: &Path) -> Result<FolderLock, CommandError> {
    let failed = |error| CommandError::File("the demonstration's directory", path.to_owned(), error);
    if path.join(MARKER).exists() {
        let _alone = FolderLock::take(path, Hold::Alone).map_err(EmbeddedError::from)?;
        fs::remove_dir_all(path).map_err(failed)?;
    }
    if path.exists() {
        return Err(failed(io::Error::other(format!("{} exists and is no demonstration", path.display()))));
    }
    make_private(path).map_err(failed)?;
    let lock = FolderLock::take(path, Hold::Shared).map_err(EmbeddedError::from)?;
    fs::write(path.join(MARKER), "").map_err(failed)?;
    Ok(lock)
}
