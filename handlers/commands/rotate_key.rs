//! `finrust rotate-key`: replaces a data key that may be compromised, and re-seals existing data under the new one, while instances serve.

use super::{
    console::{Lines, complain, say},
    failure::CommandError,
    key_check::check_data,
};
use crate::{
    app::{Absent, Application},
    config::Config,
    domain::{accounts::account::AccountKind, sign_in::credentials::Username},
    flows::{
        rotation::{Resealed, Rotation},
        services::Services,
    },
    http::state::AppState,
    store::keys::{rotation::SealingScope, sealing::KeyScope},
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Document parts per progress line.
const PROGRESS_EVERY: usize = 1000;

/// Which keys to rotate, or whether to destroy retired ones.
#[derive(clap::Args)]
pub struct RotateKeyArguments {
    /// Keys to rotate: that of the service (accounts, attempts, registers, trails), of one adviser's files, or of all advisers' files
    #[arg(long, value_parser = scope, value_name = "service|adviser:<username>|all-advisers")]
    scope: Scope,
    /// Rotate only keys created before this moment, to resume after an interruption; `rotate-key` prints it when it starts
    #[arg(long, value_name = "TIME")]
    before: Option<Timestamp>,
    /// Rotate nothing; destroy the keys of the scope that were retired at least 35 days ago and that no document uses
    #[arg(long, conflicts_with = "before")]
    destroy_retired: bool,
}

#[derive(Clone)]
enum Scope {
    Service,
    Adviser(Username),
    AllAdvisers,
}

/// Rotates keys, or destroys those that earlier rotations retired; can be interrupted at any point and run again.
pub async fn run(config: &Config, arguments: &RotateKeyArguments) -> Result<(), CommandError> {
    let application = Application::open(config, Absent::Refuse, Arc::new(|_| {}))?;
    check_data(&application).await?;
    let state = application.state;
    let scopes = scopes(&state.services, &arguments.scope).await?;
    if arguments.destroy_retired { destroy(&state, &scopes).await } else { rotate(&state, &scopes, arguments.before).await }
}

async fn rotate(state: &AppState, scopes: &[SealingScope], before: Option<Timestamp>) -> Result<(), CommandError> {
    let now = state.services.now();
    if before.is_some_and(|before| before > now + SignedDuration::from_secs(1)) {
        return Err(CommandError::Argument("before", "it lies in the future"));
    }
    // The next full second: keys record their creation in seconds, and every existing key must count as older.
    let before = before.unwrap_or_else(|| Timestamp::from_second(now.as_second() + 1).unwrap_or(now));
    let mut lines = Lines::default();
    lines.say(&format!("To go on after an interruption, add --before {before}"));
    let mut rotated = 0;
    for scope in scopes {
        rotated += usize::from(state.services.sealing.rotate(*scope, before).await?);
    }
    lines.say(&format!("{rotated} of {} keys rotated; the others were made later, or have sealed nothing.", scopes.len()));
    let total = reseal(state, scopes).await?;
    lines.say(&format!("{} documents re-sealed; {} parts of documents looked at.", total.resealed, total.looked_at));
    if total.overtaken > 0 {
        lines.say(&format!("{} documents were written too fast: maintenance re-seals them.", total.overtaken));
    }
    lines
        .say("Instances that serve may use the old key for 5 minutes more. Maintenance re-seals what they write, and marks the old key as");
    lines.say("spent when nothing names it any more; after 35 days it may be destroyed with --destroy-retired.");
    lines.end()?;
    if total.broken == 0 { Ok(()) } else { Err(CommandError::Findings(total.broken)) }
}

async fn reseal(state: &AppState, scopes: &[SealingScope]) -> Result<Resealed, CommandError> {
    let (mut total, mut told) = (Resealed::default(), 0);
    for scope in scopes {
        let so_far = total;
        let progress = |done: &Resealed| {
            let now = so_far.and(done);
            if now.looked_at >= told + PROGRESS_EVERY {
                told = now.looked_at;
                complain(&format!("{} parts of documents looked at, {} documents re-sealed", now.looked_at, now.resealed));
            }
        };
        let done = rotation(state).reseal(*scope, usize::MAX, progress).await?;
        total = total.and(&done);
    }
    Ok(total)
}

async fn destroy(state: &AppState, scopes: &[SealingScope]) -> Result<(), CommandError> {
    let mut told = 0;
    let progress = |looked_at: usize| {
        if looked_at >= told + PROGRESS_EVERY {
            told = looked_at;
            complain(&format!("{looked_at} parts of documents looked at"));
        }
    };
    let keys = rotation(state).destroy_retired(scopes, progress).await?;
    say(&format!("{} keys destroyed.", keys.destroyed))?;
    say(&format!("{} kept: retired less than 35 days ago, so a container brought back from a backup may need them.", keys.too_young))?;
    say(&format!("{} kept: not marked as spent yet, which maintenance does when no document names them.", keys.in_use))?;
    if keys.named == 0 { Ok(()) } else { Err(CommandError::StillNamed(keys.named)) }
}

fn rotation(state: &AppState) -> Rotation<'_> {
    Rotation { sealing: &state.services.sealing, documents: &*state.documents, clock: &*state.services.clock }
}

async fn scopes(services: &Services, scope: &Scope) -> Result<Vec<SealingScope>, CommandError> {
    match scope {
        Scope::Service => Ok(vec![SealingScope::SERVICE]),
        Scope::AllAdvisers => {
            let all = services.sealing.sealing_scopes().await?;
            Ok(all.into_iter().filter(|scope| *scope != SealingScope::SERVICE).collect())
        }
        Scope::Adviser(username) => {
            let index = services.identities.index(username.as_str()).await?;
            let account = services.identities.find(index).await?.identity.account;
            match account.map(|account| account.kind) {
                Some(AccountKind::Adviser { scope }) => Ok(SealingScope::of(KeyScope::Adviser(scope)).into_iter().collect()),
                Some(AccountKind::Officer | AccountKind::Later(_)) | None => {
                    Err(CommandError::Argument("scope", "no adviser has this username"))
                }
            }
        }
    }
}

fn scope(text: &str) -> Result<Scope, &'static str> {
    match (text, text.strip_prefix("adviser:")) {
        ("service", _) => Ok(Scope::Service),
        ("all-advisers", _) => Ok(Scope::AllAdvisers),
        ("index", _) => {
            Err("the root key never rotates: it names things, such as the partition of a username; its wrapping does (finrust rewrap)")
        }
        (_, Some(username)) => Username::parse(username).map(Scope::Adviser).map_err(|_| "no username is like this"),
        _ => Err("expected service, adviser:<username> or all-advisers"),
    }
}
