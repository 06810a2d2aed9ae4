//! Listings and scans as queries, a page at a time.
//!
//! A page continues after the last document of the page before (by its key, not by the service's continuation token): such a cursor is
//! short, outlives a split of the physical partition, a restore and its document, and contains nothing from the service.

use super::{
    connection::{Items, for_reads},
    document::ListedRow,
    failure::{Failure, Operation, report},
};
use crate::{
    crypto::envelope::Part,
    ports::{Container, Cursor, DocumentId, Listed, Listing, Order, Page, Partition, ReadError},
};
use azure_data_cosmos::{
    FeedScope, Query,
    feed::QueryPageIterator,
    options::{MaxItemCountHint, QueryOptions},
};
use futures::TryStreamExt;
use std::num::NonZeroU32;

const MAX_LISTED: u16 = 1000;

/// The documents that a listing covers.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Container to query.
    pub container: Container,
    /// The one partition, or all.
    pub partition: Option<&'a Partition>,
    /// Prefix of the ids.
    pub prefix: &'a str,
    pub part: Part,
    /// Order, length and start of the page.
    pub page: &'a Page,
}

impl Selection<'_> {
    /// The page, as of `now` (Unix milliseconds).
    pub async fn listing(&self, items: &Items, now: i64) -> Result<Listing, ReadError> {
        let query = self.query(now)?;
        let hint = MaxItemCountHint::Limit(NonZeroU32::MIN.saturating_add(self.limit().into()));
        let options = QueryOptions::default().with_max_item_count(hint).with_operation_options(for_reads());
        let scope = self.partition.map_or_else(FeedScope::full_container, |partition| FeedScope::partition(partition.to_string()));
        let failed = |error| Failure::of(Operation::List, items.container, &error);
        let pages = items.client.query_items(query, scope, Some(options)).await.map_err(failed)?.into_pages();
        let found = self.collect(items, pages).await?;
        Ok(self.finish(found))
    }

    /// Reads pages until there is one document more than asked for, which shows that there are more. The service ends a page where it
    /// likes; a header marks the end of the listing.
    async fn collect(&self, items: &Items, mut pages: QueryPageIterator<ListedRow>) -> Result<Vec<Listed>, ReadError> {
        let mut found = Vec::new();
        while found.len() <= self.limit().into() {
            let page = pages.try_next().await.map_err(|error| Failure::of(Operation::List, items.container, &error))?;
            let Some(page) = page else { break };
            report(Operation::List, items.container, Some(&page.diagnostics()));
            let is_last = self.partition.is_some() && page.headers().continuation().is_none();
            for row in page.into_items() {
                found.push(row.listed().ok_or(ReadError::Unavailable)?);
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    fn finish(&self, mut items: Vec<Listed>) -> Listing {
        let more = items.len() > self.limit().into();
        items.truncate(self.limit().into());
        let next = items.last().filter(|_| more).map(|last| Cursor(format!("{}/{}", last.partition, last.id)));
        Listing { items, next }
    }

    fn limit(&self) -> u16 {
        self.page.limit.clamp(1, MAX_LISTED)
    }

    fn query(&self, now: i64) -> Result<Query, ReadError> {
        let after = self.after()?;
        let text = self.text(after.is_some());
        // No id has a byte as large as `~`, so `prefix ‖ ~` sorts after all ids that start with the prefix.
        let mut parameters = vec![("@low", self.prefix.to_owned()), ("@high", format!("{}~", self.prefix))];
        if let Some((partition, id)) = after {
            parameters.extend([("@partition", partition.to_string()), ("@id", id.to_string())]);
        }
        let query = Query::from(text).with_parameter("@now", now);
        let add = |query: Query, (name, value): (&str, String)| query.with_parameter(name, value);
        // Texts and numbers always serialise to JSON.
        query.and_then(|query| parameters.into_iter().try_fold(query, add)).map_err(|_| ReadError::Unavailable)
    }

    /// Listings are the only queries: nothing but `id` and `partition` needs an index, and for scans a composite one of `partition` and
    /// `id`.
    fn text(&self, is_after: bool) -> String {
        let part = match self.part {
            Part::Summary => "summary",
            Part::Body => "body",
        };
        let (beyond, direction) = match self.page.order {
            Order::Ascending => (">", "ASC"),
            Order::Descending => ("<", "DESC"),
        };
        let (after, order) = match self.partition {
            Some(_) => (format!(" AND c.partition = @partition AND c.id {beyond} @id"), format!("c.id {direction}")),
            None => (
                format!(" AND (c.partition {beyond} @partition OR (c.partition = @partition AND c.id {beyond} @id))"),
                format!("c.partition {direction}, c.id {direction}"),
            ),
        };
        let after = if is_after { after.as_str() } else { "" };
        format!(
            "SELECT c.id, c.partition, c._etag AS version, c.{part} AS part FROM c WHERE c.id >= @low AND c.id < @high \
             AND (NOT IS_DEFINED(c.expires_at) OR c.expires_at > @now){after} ORDER BY {order}"
        )
    }

    /// The document after which a page continues: `partition/id`, valid only within the listing that issued it.
    fn after(&self) -> Result<Option<(Partition, DocumentId)>, ReadError> {
        let Some(Cursor(text)) = &self.page.after else {
            return Ok(None);
        };
        let (partition, id) = text.split_once('/').ok_or(ReadError::BadCursor)?;
        let place = Partition::parse(partition).zip(DocumentId::parse(id));
        let mine = |(partition, id): &(Partition, DocumentId)| {
            id.as_str().starts_with(self.prefix) && self.partition.is_none_or(|here| here == partition)
        };
        place.filter(mine).map(Some).ok_or(ReadError::BadCursor)
    }
}
