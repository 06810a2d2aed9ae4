//! Evidence about a breach: who was affected, and the state of the keys. Both may be long work, done a page at a time.
//!
//! What was found so far travels sealed in the cursor, so that the next page goes on where this one ended, whichever instance serves it
//! and whenever, and what is attached in the end is what was found and nothing else.

use super::{
    breaches::{BreachFailure, change},
    cursors::{List, bad_cursor},
    hand_overs,
    intents::Taker,
    services::Services,
};
use crate::{
    crypto::{
        envelope::Part,
        key_record::{self, KeyState},
    },
    domain::{
        account::AccountKind,
        breach::{
            evidence::{Affected, AffectedAdviser, KeyEvidence, KeyReading, KeyUse, KeysEvidence},
            record::Breach,
            window::TrailWindow,
            words::{AccountRef, Moment},
        },
        credentials::Role,
        ids::RecordId,
        request_tag::RequestTag,
        session::Officer,
        succession::Succession,
    },
    ports::{Container, Cursor, Documents, KeyWrapError, Listed, Order, Page},
    store::{
        error::StoreError,
        records::FoundRecord,
        sealing::{KeyScope, Sealing},
        trail_search::Touched,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A page ends after so many advisers,
const ADVISERS_AT_ONCE: usize = 25;
/// or after so many entries of trails,
const ENTRIES_AT_ONCE: usize = 5_000;
/// or after so many keys, each of which may ask the vault.
const KEYS_AT_ONCE: u16 = 50;
/// Characters of a key's id that find it again.
const ID_CHARACTERS: usize = 8;

/// A search that goes on, or has come to its end.
#[derive(Clone, Serialize, Deserialize)]
pub enum Search {
    Affected {
        /// What was found so far.
        found: Affected,
        /// The last account that was looked at.
        after: Option<AccountRef>,
        /// Nothing is left to look at.
        finished: bool,
    },
    /// The state of the keys.
    Keys {
        /// What was found so far.
        found: KeysEvidence,
        /// Where the listing goes on.
        after: Option<String>,
        /// Nothing is left to look at.
        finished: bool,
    },
}

/// How far a search is.
pub struct Progress {
    pub search: Search,
    pub done: usize,
    /// To be looked at in all, where that is known.
    pub total: Option<usize>,
    /// Goes on, or attaches the outcome.
    pub cursor: String,
}

impl Search {
    /// A new search for who was affected.
    pub const fn affected(window: TrailWindow) -> Self {
        Self::Affected { found: Affected { window, advisers: Vec::new(), files: 0 }, after: None, finished: false }
    }

    /// A new look at the keys.
    pub const fn keys(at: Moment) -> Self {
        Self::Keys { found: KeysEvidence { at, vault_reachable: true, keys: Vec::new() }, after: None, finished: false }
    }

    /// Whether nothing is left to look at.
    pub const fn finished(&self) -> bool {
        match self {
            Self::Affected { finished, .. } | Self::Keys { finished, .. } => *finished,
        }
    }
}

/// The search behind a cursor of this breach.
pub async fn resume(services: &Services, _by: Officer, id: RecordId, cursor: &str) -> Result<Search, BreachFailure> {
    let owner = id.to_string();
    let opened = list(&owner).open(services, cursor).await??;
    serde_json::from_slice(&opened).map_err(|_| bad_cursor().into())
}

/// Does a page of it.
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
    let state = serde_json::to_vec(&search).map_err(|_| StoreError::DoesNotOpen)?;
    let owner = id.to_string();
    let cursor = list(&owner).seal(services, &state).await?;
    Ok(Progress { search, done, total, cursor })
}

/// Attaches the outcome of a search that has come to its end.
///
/// # Errors
/// [`BreachFailure::NotDue`] when it has not.
pub async fn attach(
    services: &Services,
    by: Officer,
    id: RecordId,
    request: Option<RequestTag>,
    search: Search,
) -> Result<FoundRecord<Breach>, BreachFailure> {
    let by = Taker::Session(by.proof(), request);
    match search {
        Search::Affected { found, finished: true, .. } => change(services, by, id, |breach| Ok(breach.with_affected(found.clone())?)).await,
        Search::Keys { found, finished: true, .. } => change(services, by, id, |breach| Ok(breach.with_keys(found.clone())?)).await,
        Search::Affected { finished: false, .. } | Search::Keys { finished: false, .. } => Err(BreachFailure::NotDue),
    }
}

const fn list(owner: &str) -> List<'_> {
    List { scope: KeyScope::Service, name: "breach-evidence", owner }
}

/// How many advisers were looked at, of how many.
async fn affected_page(
    services: &Services,
    _by: Officer,
    found: &mut Affected,
    after: &mut Option<AccountRef>,
) -> Result<(usize, usize), StoreError> {
    let succession = hand_overs::succession(services).await?;
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

/// What was done with the files that this adviser has now, wherever they were then. How many entries were read.
async fn look_at(services: &Services, found: &mut Affected, account: AccountRef, succession: &Succession) -> Result<usize, StoreError> {
    let identity = services.identities.find(account.0).await?;
    let Some((adviser, AccountKind::Adviser { scope })) = identity.account().map(|account| (account, account.kind)) else {
        return Ok(0);
    };
    // What has gone to a successor is the successor's.
    if succession.heir(scope).is_some() {
        return Ok(0);
    }
    let (touched, entries) = services.trails.count(&succession.sources(scope), &found.window).await?;
    if let Some(Touched { files, opened, changed, first_at, last_at }) = touched {
        let (first_at, last_at) = (Moment::of(first_at), Moment::of(last_at));
        let (display_name, username) = (adviser.display_name.clone(), Some(adviser.username.clone()));
        found.advisers.push(AffectedAdviser { account, display_name, username, files, opened, changed, first_at, last_at });
        found.files = found.files.saturating_add(files);
    }
    Ok(entries)
}

/// Whose files the window may be about, in order. An account reaches its own files only, which may be somebody else's by now.
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
