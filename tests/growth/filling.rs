//! Fills a database through the store's own functions: files in commits of 45, accounts side by side, all with the same password hash.

use super::instance::Instance;
use finrust::{
    demo_files,
    domain::{
        accounts::{
            account::{Account, AccountKind},
            sessions_over::SessionsOver,
        },
        clients::{file::ClientFile, person::Name, restrictions::Restrictions, trail::AuditAction},
        ids::{ClientId, ScopeId},
        origin::Origin,
        sign_in::{
            attempt::{Change, Event},
            credentials::Username,
            session::Adviser,
        },
    },
    flows::services::Services,
    store::{
        authority::Authority,
        clients::{
            files::KeptFile,
            writes::{Content, FileWrite, MAX_FILES, Writer},
        },
        identities::repository::IdentityWrite,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{ops::Range, sync::Arc};
use tokio::task::JoinSet;

/// Concurrent commits, which share a flush to disk.
const AT_ONCE: usize = 128;
/// Age of every other file: past any retention period that is chosen here.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 365 * 2);

/// Creates the files with these numbers, as an import does, and returns their ids.
pub async fn files(instance: &Instance, adviser: &Adviser, numbers: Range<usize>) -> Vec<ClientId> {
    let services = &instance.state.services;
    let samples = demo_files::all(services.now()).expect("the samples are valid");
    let mut ids = Vec::new();
    for start in numbers.clone().step_by(MAX_FILES) {
        let now = services.now();
        let write = |number| {
            let id = ClientId::from_random(services.sealing.random_bytes());
            let content = Content::New(kept(&samples, number, now));
            FileWrite { id, deed: AuditAction::Imported, content }
        };
        let writes: Vec<FileWrite> = (start..numbers.end.min(start + MAX_FILES)).map(write).collect();
        ids.extend(writes.iter().map(|write| write.id));
        services.clients.write(Writer::of(adviser, now), &writes).await.expect("files are stored");
    }
    ids
}

/// A sample file with a name of its own; every other one was not touched for long.
fn kept(samples: &[ClientFile], number: usize, now: Timestamp) -> KeptFile {
    let mut file = samples[number % samples.len()].clone();
    file.person.last_name = Name::parse(&format!("{} {number}", file.person.last_name.as_str())).expect("a name");
    let written = if number.is_multiple_of(2) { now } else { now - OLD };
    KeptFile {
        file,
        created_at: written,
        updated_at: written,
        revision: 1,
        restrictions: Restrictions::default(),
        erasing_since: None,
        request: None,
        taken_for: Vec::new(),
        origin: Origin::default(),
    }
}

/// Creates accounts like this adviser's, without files, browsers, and sessions that ended or did not.
pub async fn accounts(instance: &Instance, like: &Adviser, numbers: Range<usize>) {
    let services = &instance.state.services;
    let found = services.identities.find(like.account).await.expect("an answer");
    let pattern = Arc::new(found.account().expect("an account").clone());
    let mut writes = JoinSet::new();
    for number in numbers {
        let (services, pattern) = (Arc::clone(services), Arc::clone(&pattern));
        writes.spawn(async move { account(&services, &pattern, number).await });
        if writes.len() == AT_ONCE {
            writes.join_next().await.expect("a task").expect("storing does not panic");
        }
    }
    writes.join_all().await;
}

async fn account(services: &Services, pattern: &Account, number: usize) {
    let username = Username::parse(&format!("adviseur-{number}")).expect("a username");
    let index = services.identities.index(username.as_str()).await.expect("keys");
    let kind = AccountKind::Adviser { scope: ScopeId::from_random(services.sealing.random_bytes()) };
    let over = SessionsOver::default();
    let account =
        Account { username, kind, sessions: Vec::new(), ended: Vec::new(), devices: Vec::new(), standing: 0, over, ..pattern.clone() };
    let found = services.identities.find(index).await.expect("an answer");
    let mut write = IdentityWrite::of(found.identity.clone(), Event::Change(Change::Created), services.now());
    write.identity.account = Some(account);
    services.identities.commit(&found, &Authority::Operator, write).await.expect("an account is stored");
}
