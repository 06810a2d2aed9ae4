//! All summaries of an adviser in the order of a list. A page of them opens its own summaries and a dozen others, however many there are.

use super::summaries::{SealedSlice, SealedSummaries, read};
use crate::{
    domain::{
        clients::summary::{ClientSummary, SortKey, SortOrder, SummaryGlimpse},
        ids::ClientId,
    },
    store::error::StoreError,
};

/// The position of a file in a list. No two files have the same.
pub type Position = (SortKey, ClientId);

/// Some of the list, and the position of the last of them when more follow.
pub type SummaryPage = (Vec<(ClientId, ClientSummary)>, Option<Position>);

/// Summaries whose order is known.
pub struct OrderedSummaries {
    all: SealedSlice,
    sort: SortOrder,
}

impl OrderedSummaries {
    /// All of these in this order; `None` until it was [noted](Self::note).
    pub fn of(sealed: &SealedSummaries, sort: SortOrder) -> Option<Self> {
        sealed.items.order(sort).get().map(|_| Self { all: sealed.all(), sort })
    }

    /// Notes the order, given the positions of all of them.
    pub fn note(sealed: &SealedSummaries, sort: SortOrder, mut positions: Vec<(Position, usize)>) -> Self {
        positions.sort_unstable();
        sealed.items.order(sort).get_or_init(|| positions.into_iter().map(|(_, index)| index).collect());
        Self { all: sealed.all(), sort }
    }

    /// Up to `limit` of those after a position, and the position of the last one when more follow. Work for a blocking thread.
    pub fn page(&self, limit: usize, after: Option<&Position>) -> Result<SummaryPage, StoreError> {
        let order = self.all.items.order(self.sort).get().map_or(&[][..], Vec::as_slice);
        let rest = &order[self.first_after(order, after)?..];
        let page = &rest[..limit.min(rest.len())];
        let next = match page.last() {
            Some(last) if page.len() < rest.len() => Some(self.position(*last)?),
            Some(_) | None => None,
        };
        Ok((self.all.pick(page.iter().copied())?, next))
    }

    fn first_after(&self, order: &[usize], after: Option<&Position>) -> Result<usize, StoreError> {
        let Some(after) = after else { return Ok(0) };
        let (mut low, mut high) = (0, order.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.position(order[middle])? > *after { high = middle } else { low = middle + 1 }
        }
        Ok(low)
    }

    fn position(&self, index: usize) -> Result<Position, StoreError> {
        let (id, json) = self.all.open(index)?;
        let glimpse: SummaryGlimpse<'_> = read(&json)?;
        Ok((glimpse.sort_key(self.sort), id))
    }
}
