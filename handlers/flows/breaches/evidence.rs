//! Evidence about a breach: who was affected, and the state of the keys. Both can be long-running, so they are done a page at a time.
//!
//! The findings so far travel sealed in the cursor, so that any instance can continue with the next page at any time, and exactly what was
//! found is attached in the end.

use crate::flows::{
    cursors::List,
    hand_overs,
    registers::steps::{RegisterFailure, take},
    services::Services,
};
use crate::{
    crypto::{
        envelope::Part,
        key_record::{self, KeyState},
    },
    domain::{
        accounts::account::AccountKind,
        breaches::{
            evidence::{Affected, AffectedAdviser, KeyEvidence, KeyReading, KeyUse, KeysEvidence},
            record::Breach,
            window::TrailWindow,
        },
        hand_overs::succession::Succession,
        ids::RecordId,
        request_tag::RequestTag,
        sign_in::{credentials::Role, session::Officer},
        wire::values::{AccountRef, Moment},
    },
    ports::{Container, Cursor, Documents, KeyWrapError, Listed, Order, Page},
    store::{
        clients::trail_search::Touched,
        error::StoreError,
        keys::sealing::{KeyScope, Sealing},
        records::repository::FoundRecord,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A page ends after this many advisers,
const ADVISERS_AT_ONCE: usize = 25;
/// or after this many audit entries,
const ENTRIES_AT_ONCE: usize = 5_000;
/// or after this many keys, each of which may need a vault call.
const KEYS_AT_ONCE: u16 = 50;
/// How many characters of a key's id are shown, enough to identify it.
const ID_CHARACTERS: usize = 8;

/// A search that is still running or has finished.
#[derive(Clone, Serialize, Deserialize)]
pub enum Search {
    Affected {
        /// The findings so far.
        found: Affected,
        /// The last account examined.
        after: Option<AccountRef>,
        /// Nothing is left to examine.
        finished: bool,
    },
    /// The state of the keys.
    Keys {
        /// The findings so far.
        found: KeysEvidence,
        /// Where the listing continues.
        after: Option<String>,
        /// Nothing is left to examine.
        finished: bool,
    },
}

/// The progress of a search.
pub struct Progress {
    pub search: Search,
    pub done: usize,
    /// How many there are in all, where that is known.
    pub total: Option<usize>,
    /// Continues the search, or attaches its outcome.
    pub cursor: String,
}

impl Search {
    /// A new search for who was affected.
    pub const fn affected(window: TrailWindow) -> Self {
        Self::Affected { found: Affected { window, advisers: Vec::new(), files: 0 }, after: None, finished: false }
    }

    /// A new examination of the keys.
    pub const fn keys(at: Moment) -> Self {
        Self::Keys { found: KeysEvidence { at, vault_reachable: true, keys: Vec::new() }, after: None, finished: false }
    }

    /// Whether nothing is left to examine.
    pub const fn finished(&self) -> bool {
        match self {
            Self::Affected { finished, .. } | Self::Keys { finished, .. } => *finished,
        }
    }
}

/// Returns the search that a cursor of this breach holds.
pub async fn resume(services: &Services, _by: Officer, id: RecordId, cursor: &str) -> Result<Search, StoreError> {
    let owner = id.to_string();
    list(&owner).position(services, Some(cursor)).await?.ok_or(StoreError::BadCursor)
}

/// Does one page of the search.
pub async fn go_on(
    services: &Services,
    documents: &dyn Documents,
    by: Officer,
    id: RecordId,
    mut search: Search,
) -> Result<Progress, StoreError> {
    let (done, total) = match &mut search {
        Search::Affected { found, after, finished } => {
            let (done, total) = affected_page(services, by, found, after).await?;
            *finished = done == total;
            (done, Some(total))
        }
        Search::Keys { found, after, finished } => {
            keys_page(&services.sealing, documents, found, after).await?;
            *finished = after.is_none();
            (found.keys.len(), None)
        }
    };
    let owner = id.to_string();
    let cursor = list(&owner).cursor(services, &search).await?;
    Ok(Progress { search, done, total, cursor })
}

/// Attaches the outcome of a finished search to the breach.
///
/// # Errors
/// [`RegisterFailure::NotDue`] when the search has not finished.
pub async fn attach(
    services: &Services,
    by: Officer,
    id: RecordId,
    request: Option<RequestTag>,
    search: Search,
) -> Result<FoundRecord<Breach>, RegisterFailure> {
    let judge = |breach: &Breach| match &search {
        Search::Affected { found, finished: true, .. } => Ok(breach.with_affected(found.clone())?),
        Search::Keys { found, finished: true, .. } => Ok(breach.with_keys(found.clone())?),
        Search::Affected { finished: false, .. } | Search::Keys { finished: false, .. } => Err(RegisterFailure::NotDue),
    };
    take(services, &services.breaches, by.proof(), (id, request), judge).await
}

const fn list(owner: &str) -> List<'_> {
    List { scope: KeyScope::Service, name: "breach-evidence", owner }
}

/// Returns how many advisers have been examined, and how many there are.
async fn affected_page(
    services: &Services,
    _by: Officer,
    found: &mut Affected,
    after: &mut Option<AccountRef>,
) -> Result<(usize, usize), StoreError> {
    let succession = hand_overs::register::succession(services).await?;
    let advisers = advisers(services, &found.window, &succession).await?;
    let begun = advisers.iter().filter(|account| after.is_some_and(|after| **account <= after)).count();
    let (mut looked, mut entries) = (0, 0);
    for account in advisers.iter().skip(begun) {
        if looked == ADVISERS_AT_ONCE || entries >= ENTRIES_AT_ONCE {
            break;
        }
        entries += look_at(services, found, *account, &succession).await?;
        *after = Some(*account);
        looked += 1;
    }
    Ok((begun + looked, advisers.len()))
}

/// Adds what was done with the files that this adviser holds now, wherever they were at the time. Returns how many audit entries were read.
async fn look_at(services: &Services, found: &mut Affected, account: AccountRef, succession: &Succession) -> Result<usize, StoreError> {
    let identity = services.identities.find(account.0).await?;
    let Some((adviser, AccountKind::Adviser { scope })) = identity.account().map(|account| (account, account.kind)) else {
        return Ok(0);
    };
    // Files handed over to a successor are counted at the successor.
    if succession.heir(scope).is_some() {
        return Ok(0);
    }
    let (touched, entries) = services.trails.count(&succession.sources(scope), &found.window).await?;
    if let Some(Touched { files, opened, changed, exported, handed_over, deleted, first_at, last_at }) = touched {
        found.advisers.push(AffectedAdviser {
            account,
            display_name: adviser.display_name.clone(),
            username: Some(adviser.username.clone()),
            files,
            opened,
            changed,
            exported: Some(exported),
            handed_over: Some(handed_over),
            deleted: Some(deleted),
            first_at: Moment::of(first_at),
            last_at: Moment::of(last_at),
        });
        found.files = found.files.saturating_add(files);
    }
    Ok(entries)
}

/// Returns, in order, the advisers whose files the window may concern. An account reaches only its own files, some of which may have been
/// handed over since.
async fn advisers(services: &Services, window: &TrailWindow, succession: &Succession) -> Result<Vec<AccountRef>, StoreError> {
    let asked: BTreeSet<AccountRef> = window
        .accounts
        .iter()
        .flat_map(|asked| {
            let heirs = succession.left_by(asked.0).filter_map(|scope| succession.heir(scope));
            heirs.map(AccountRef).chain([*asked])
        })
        .collect();
    let (mut advisers, mut after) = (Vec::new(), None);
    loop {
        let slice = services.identities.accounts(1000, after).await?;
        let own = slice.items.into_iter().filter(|(_, account)| account.role == Role::Adviser).map(|(id, _)| AccountRef(id));
        advisers.extend(own.filter(|account| asked.is_empty() || asked.contains(account)));
        after = slice.next;
        if after.is_none() {
            advisers.sort_unstable();
            return Ok(advisers);
        }
    }
}

async fn keys_page(
    sealing: &Sealing,
    documents: &dyn Documents,
    found: &mut KeysEvidence,
    after: &mut Option<String>,
) -> Result<(), StoreError> {
    let page = Page { order: Order::Ascending, limit: KEYS_AT_ONCE, after: after.take().map(Cursor) };
    let listing = documents.scan(Container::Keys, "key-", Part::Body, &page).await?;
    for item in &listing.items {
        let key = key_evidence(sealing, item).await?;
        found.vault_reachable &= key.reading != KeyReading::Unreachable;
        found.keys.push(key);
    }
    *after = listing.next.map(|Cursor(text)| text);
    Ok(())
}

async fn key_evidence(sealing: &Sealing, item: &Listed) -> Result<KeyEvidence, StoreError> {
    let reading = match sealing.verify_key(item).await {
        Ok(_) => KeyReading::Readable,
        Err(StoreError::DoesNotOpen) => KeyReading::Broken,
        Err(StoreError::Keys(KeyWrapError::Disabled | KeyWrapError::Forbidden)) => KeyReading::Disabled,
        Err(StoreError::Keys(_) | StoreError::Busy { .. }) => KeyReading::Unreachable,
        Err(other) => return Err(other),
    };
    let description = item.part.as_ref().and_then(|part| key_record::parse(part.as_bytes()).ok());
    let believed = description.filter(|_| reading != KeyReading::Broken);
    let usage = match KeyScope::parse(item.partition.as_str()) {
        Some(KeyScope::Index) => KeyUse::Index,
        Some(KeyScope::Service) => KeyUse::Service,
        Some(KeyScope::Adviser(_)) | None => KeyUse::Adviser,
    };
    Ok(KeyEvidence {
        usage,
        id: item.id.as_str().trim_start_matches("key-").chars().take(ID_CHARACTERS).collect(),
        active: believed.as_ref().map(|key| key.state == KeyState::Active),
        created_at: believed.as_ref().and_then(|key| jiff::Timestamp::from_second(key.created).ok()).map(Moment::of),
        version: believed.map(|key| key.wrapped.version.0),
        reading,
    })
}
