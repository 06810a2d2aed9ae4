//! The audit trail that a file has with a predecessor, for the adviser who has taken the file over.
//!
//! The only way in is a "taken over" entry in an audit trail that the adviser may read: first their own, then the predecessor's, which may
//! name another predecessor.

use super::{documents, files::ClientFiles};
use crate::store::{error::StoreError, identities::lists::Slice};
use crate::{
    domain::{
        chain::Entry,
        clients::trail::{Actor, AuditAction, AuditEntry},
        ids::{ClientId, ScopeId},
        sign_in::session::AdviserScope,
    },
    ports::{Cursor, Order, Page, Partition},
};

/// Audit entries per page of a listing.
const AT_ONCE: u16 = 500;

/// A partition that a file was in before. Found in an audit trail and constructed nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    scope: ScopeId,
    file: ClientId,
}

impl Former {
    /// The scope whose partition it was in.
    pub const fn scope(&self) -> ScopeId {
        self.scope
    }
}

impl ClientFiles {
    /// The predecessors that this adviser's file came from, most recent first; empty for a file that was created here.
    pub async fn formers(&self, scope: AdviserScope, file: ClientId) -> Result<Vec<Former>, StoreError> {
        let (mut formers, mut known) = (Vec::new(), vec![scope.id()]);
        let mut partition = documents::partition(scope);
        while let Some(origin) = self.origin(&partition, file).await? {
            // Back in a partition it was in before: that trail is already in the list.
            if known.contains(&origin) {
                break;
            }
            known.push(origin);
            formers.push(Former { scope: origin, file });
            partition = documents::partition_of(origin);
        }
        Ok(formers)
    }

    /// A page of the audit trail that a file has with a predecessor, newest first, like [`ClientFiles::trail`].
    pub async fn former_trail(&self, former: Former, limit: u16, after: Option<Cursor>) -> Result<Slice<Entry<AuditEntry>>, StoreError> {
        let page = Page { order: Order::Descending, limit, after };
        self.trail_page(&documents::partition_of(former.scope), former.file, &page).await
    }

    /// The partition that the file came from, according to its audit trail in this one.
    async fn origin(&self, partition: &Partition, file: ClientId) -> Result<Option<ScopeId>, StoreError> {
        let mut page = Page { order: Order::Descending, limit: AT_ONCE, after: None };
        loop {
            let slice = self.trail_page(partition, file, &page).await?;
            let origin = slice.items.iter().find_map(|entry| match (entry.event.deed, entry.event.by) {
                (AuditAction::TakenOver, Actor::HandOver { other, .. }) => Some(other),
                _ => None,
            });
            page.after = slice.next;
            if origin.is_some() || page.after.is_none() {
                return Ok(origin);
            }
        }
    }
}
