//! Searches client files by text, sorted, a page at a time. Names are encrypted and no plaintext index exists: a search opens every summary of
//! the adviser. A list without a text opens those of its page only, once the order of all has been noted beside them.

use super::files::filter_map;
use crate::flows::{
    cursors::{List, ListPage},
    services::Services,
};
use crate::{
    domain::{
        clients::summary::{ClientSummary, SearchText, SortOrder, SummaryGlimpse},
        ids::ClientId,
        sign_in::session::AdviserScope,
    },
    store::{
        clients::{
            ordered_summaries::{OrderedSummaries, Position},
            summaries::{self, SealedSummaries},
        },
        error::StoreError,
        keys::sealing::KeyScope,
    },
};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A search over the adviser's files.
pub struct Search {
    /// Every word must occur in a file's name, city or e-mail address; without it, every file matches.
    pub text: Option<SearchText>,
    pub sort: SortOrder,
    /// Maximum number of results.
    pub limit: usize,
    /// Where the previous page ended.
    pub cursor: Option<String>,
}

/// A file that is found, with its summary.
type Found = (ClientId, ClientSummary);

/// Returns a page of the files that a search finds.
pub async fn search(services: &Services, scope: AdviserScope, search: Search) -> Result<ListPage<Found>, StoreError> {
    let owner = scope.id().to_string();
    let list = List { scope: KeyScope::Adviser(scope.id()), name: "clients", owner: &owner };
    let after = list.position::<Position>(services, search.cursor.as_deref()).await?;
    if after.as_ref().is_some_and(|(key, _)| key.sort() != search.sort) {
        return Err(StoreError::BadCursor);
    }
    let sealed = services.clients.summaries(scope).await?;
    if let Some(text) = search.text {
        let found = positions(services, &sealed, Some(text), search.sort).await?;
        let ListPage { items, next } = list.page(services, found, (search.limit, after)).await?;
        let all = sealed.all();
        let items = spawn_blocking(move || all.pick(items)).await.expect(OPENS)?;
        return Ok(ListPage { items, next });
    }
    let all = in_order(services, sealed, search.sort).await?;
    let (items, last) = spawn_blocking(move || all.page(search.limit, after.as_ref())).await.expect(OPENS)?;
    let next = match last {
        Some(last) => Some(list.cursor(services, &last).await?),
        None => None,
    };
    Ok(ListPage { items, next })
}

const OPENS: &str = "opening does not panic, and tasks are not aborted";

async fn in_order(services: &Services, sealed: SealedSummaries, sort: SortOrder) -> Result<OrderedSummaries, StoreError> {
    if let Some(ordered) = OrderedSummaries::of(&sealed, sort) {
        return Ok(ordered);
    }
    let positions = positions(services, &sealed, None, sort).await?;
    Ok(spawn_blocking(move || OrderedSummaries::note(&sealed, sort, positions)).await.expect(OPENS))
}

/// The positions of the files that match, each with the index of its summary.
async fn positions(
    services: &Services,
    sealed: &SealedSummaries,
    text: Option<SearchText>,
    sort: SortOrder,
) -> Result<Vec<(Position, usize)>, StoreError> {
    let take = move |index, id, json: &[u8]| {
        let glimpse: SummaryGlimpse<'_> = summaries::read(json)?;
        let is_found = text.as_ref().is_none_or(|text| glimpse.matches(text));
        Ok(is_found.then(|| ((glimpse.sort_key(sort), id), index)))
    };
    filter_map(services, sealed, Arc::new(take)).await
}
