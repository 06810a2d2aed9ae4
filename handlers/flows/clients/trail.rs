//! The trail of a client file for its adviser, newest first, including what happened to it at predecessors.

use super::files::ClientsFailure;
use crate::flows::{
    accounts::names::{Names, names_of},
    cursors::{List, ListPage},
    services::Services,
};
use crate::{
    domain::{
        chain::Entry,
        clients::trail::{Actor, AuditAction, AuditEntry},
        ids::{ClientId, SessionId},
        later::{Named, Word},
        sign_in::{
            credentials::{DisplayName, Username},
            session::{Adviser, AdviserScope},
        },
        stored::BlindIndex,
    },
    ports::Cursor,
    store::{clients::former::Former, error::StoreError, identities::lists::Slice, keys::sealing::KeyScope},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The most database reads for one page: the entries of a file lie among those of all other files.
const MAX_READS: usize = 40;

/// An audit entry.
pub struct TrailLine {
    pub at: Timestamp,
    pub deed: AuditAction,
    /// The file's revision after the action.
    pub revision: u32,
    pub by: TrailActor,
    /// Whether it happened at a predecessor.
    pub former: bool,
}

/// Who acted.
pub enum TrailActor {
    Adviser {
        /// The account's current display name; `None` when the account no longer exists.
        name: Option<DisplayName>,
        /// The account's username, likewise.
        username: Option<Username>,
        session: SessionId,
        ip: Option<IpAddr>,
    },
    /// A handover that two officers approved.
    HandOver,
    /// A replay of the erasure log.
    Replay,
    /// From a later version.
    Later(Word),
}

/// Where a page starts: in which trail, and where in that trail.
#[derive(Default, Serialize, Deserialize)]
struct Position {
    /// 0 is the adviser's own trail; the predecessors' follow.
    trail: usize,
    after: Option<String>,
}

/// Returns a page of the trail of an existing file. It may hold fewer entries than requested, or none, without being the last.
pub async fn page(
    services: &Services,
    adviser: &Adviser,
    id: ClientId,
    limit: u16,
    cursor: Option<&str>,
) -> Result<ListPage<TrailLine>, ClientsFailure> {
    let scope = adviser.scope();
    if !services.clients.has(scope, id).await? {
        return Err(ClientsFailure::NotFound);
    }
    let owner = format!("{}/{id}", scope.id());
    let list = List { scope: KeyScope::Adviser(scope.id()), name: "trail", owner: &owner };
    let position = list.position(services, cursor).await?.unwrap_or_default();
    let mut trails = Trails { scope, file: id, formers: None };
    let (found, position) = trails.some(services, position, limit).await?;
    let items = named(services, found).await?;
    let next = match position {
        Some(position) => Some(list.cursor(services, &position).await?),
        None => None,
    };
    Ok(ListPage { items, next })
}

/// Returns the whole trail.
pub async fn whole(services: &Services, scope: AdviserScope, id: ClientId) -> Result<Vec<TrailLine>, StoreError> {
    let mut trails = Trails { scope, file: id, formers: None };
    let (mut all, mut position) = (Vec::new(), Some(Position::default()));
    while let Some(next) = position {
        let (found, further) = trails.some(services, next, AT_ONCE).await?;
        all.extend(found);
        position = further;
    }
    named(services, all).await
}

/// Entries requested from the database at a time when all are wanted.
const AT_ONCE: u16 = 500;

struct Trails {
    scope: AdviserScope,
    file: ClientId,
    /// Resolved when the end of the adviser's own trail is reached, because finding them means reading all of it.
    formers: Option<Vec<Former>>,
}

type FoundEntry = (bool, Entry<AuditEntry>);

impl Trails {
    /// Returns the next entries, at most `limit`, and where the following ones start.
    async fn some(
        &mut self,
        services: &Services,
        mut position: Position,
        limit: u16,
    ) -> Result<(Vec<FoundEntry>, Option<Position>), StoreError> {
        for _ in 0..MAX_READS {
            let slice = self.slice(services, &position, limit).await?;
            let former = position.trail > 0;
            let found: Vec<FoundEntry> = slice.items.into_iter().map(|entry| (former, entry)).collect();
            let further = match slice.next {
                Some(Cursor(after)) => Position { after: Some(after), ..position },
                None if self.former(services, position.trail).await?.is_some() => Position { trail: position.trail + 1, after: None },
                None => return Ok((found, None)),
            };
            if !found.is_empty() {
                return Ok((found, Some(further)));
            }
            position = further;
        }
        Ok((Vec::new(), Some(position)))
    }

    async fn slice(&mut self, services: &Services, position: &Position, limit: u16) -> Result<Slice<Entry<AuditEntry>>, StoreError> {
        let after = position.after.clone().map(Cursor);
        let Some(former) = position.trail.checked_sub(1) else {
            return services.clients.trail(self.scope, self.file, limit, after).await;
        };
        match self.former(services, former).await? {
            Some(former) => services.clients.former_trail(former, limit, after).await,
            // A file that has come back since has one predecessor fewer.
            None => Ok(Slice { items: Vec::new(), next: None }),
        }
    }

    async fn former(&mut self, services: &Services, number: usize) -> Result<Option<Former>, StoreError> {
        let formers = match self.formers.take() {
            Some(formers) => formers,
            None => services.clients.formers(self.scope, self.file).await?,
        };
        Ok(self.formers.insert(formers).get(number).copied())
    }
}

async fn named(services: &Services, found: Vec<FoundEntry>) -> Result<Vec<TrailLine>, StoreError> {
    let names = names_of(services, found.iter().filter_map(|(_, entry)| account(entry.event.by)).collect()).await?;
    Ok(found.into_iter().map(|(former, entry)| line(&names, former, &entry)).collect())
}

const fn account(actor: Actor) -> Option<BlindIndex> {
    match actor {
        Actor::Adviser { account, .. } => Some(account),
        Actor::HandOver { .. } | Actor::Replay | Actor::Later(_) => None,
    }
}

fn line(names: &Names, former: bool, entry: &Entry<AuditEntry>) -> TrailLine {
    let by = match entry.event.by {
        Actor::Adviser { account, session, ip } => {
            let (name, username) = names.get(&account).cloned().unzip();
            TrailActor::Adviser { name, username, session, ip }
        }
        Actor::HandOver { .. } => TrailActor::HandOver,
        Actor::Replay => TrailActor::Replay,
        Actor::Later(Named(word)) => TrailActor::Later(word),
    };
    TrailLine { at: entry.at, deed: entry.event.deed, revision: entry.event.revision, by, former }
}
