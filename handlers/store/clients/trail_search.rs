//! Queries the audit trail of an adviser for a time window. Only entries that can fall into the window are read, never the whole trail.
//!
//! The privacy officer gets counts; which files they are is disclosed only within the adviser's own scope (P14).

use super::documents;
use crate::store::{
    error::StoreError,
    keys::sealing::{KeyScope, Sealing},
};
use crate::{
    crypto::envelope::Part,
    domain::{
        breaches::window::TrailWindow,
        chain::Entry,
        clients::trail::{AuditAction, AuditEntry},
        hand_overs::succession::FormerScope,
        ids::{ClientId, ScopeId},
        sign_in::session::AdviserScope,
    },
    ports::{Container, Documents, Listed, Order, Page, Partition},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// Audit entries per page of a listing.
const AT_ONCE: u16 = 500;

/// Searches audit trails.
pub struct TrailSearch {
    documents: Arc<dyn Documents>,
    sealing: Arc<Sealing>,
}

/// What was done with one adviser's files, as counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    pub files: u32,
    /// Files among them that were read, exported or reported.
    pub opened: u32,
    /// Files among them with any other audit action: created, changed, moved, removed and so on.
    pub changed: u32,
    /// Files among those opened that were exported.
    pub exported: u32,
    /// Files among those changed that were handed over or taken over.
    pub handed_over: u32,
    /// Files among those changed that were deleted or erased.
    pub deleted: u32,
    /// Time of the first of these actions.
    pub first_at: Timestamp,
    /// Time of the last of these actions.
    pub last_at: Timestamp,
}

#[derive(Default)]
struct Findings {
    files: BTreeMap<ClientId, Deeds>,
    span: Option<(Timestamp, Timestamp)>,
    read: usize,
}

/// What was done with one file. Restrictions, holds and marks only count as `changed`: on their own, their number would disclose to
/// officers what a client has asked for.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may go with any other")]
struct Deeds {
    opened: bool,
    changed: bool,
    exported: bool,
    handed_over: bool,
    deleted: bool,
}

impl TrailSearch {
    /// Uses this database and these keys.
    pub const fn new(documents: Arc<dyn Documents>, sealing: Arc<Sealing>) -> Self {
        Self { documents, sealing }
    }

    /// Counts the files with audit entries in the window across these partitions, each file once. Also returns how many entries were read.
    pub async fn count(&self, scopes: &[ScopeId], window: &TrailWindow) -> Result<(Option<Touched>, usize), StoreError> {
        let mut found = Findings::default();
        for scope in scopes {
            self.find(*scope, window, &mut found).await?;
        }
        let count = |is: fn(&Deeds) -> bool| u32::try_from(found.files.values().filter(|deeds| is(deeds)).count()).unwrap_or(u32::MAX);
        let touched = found.span.map(|(first_at, last_at)| Touched {
            files: count(|_| true),
            opened: count(|deeds| deeds.opened),
            changed: count(|deeds| deeds.changed),
            exported: count(|deeds| deeds.exported),
            handed_over: count(|deeds| deeds.handed_over),
            deleted: count(|deeds| deeds.deleted),
            first_at,
            last_at,
        });
        Ok((touched, found.read))
    }

    /// The adviser's own files with audit entries in the window, including entries in the partitions they were in before.
    pub async fn files(&self, adviser: AdviserScope, formers: &[FormerScope], window: &TrailWindow) -> Result<Vec<ClientId>, StoreError> {
        let mut found = Findings::default();
        for scope in [adviser.id()].into_iter().chain(formers.iter().map(|former| former.id())) {
            self.find(scope, window, &mut found).await?;
        }
        Ok(found.files.into_keys().collect())
    }

    async fn find(&self, adviser: ScopeId, window: &TrailWindow, found: &mut Findings) -> Result<(), StoreError> {
        let partition = Partition::parse(&adviser.to_string()).expect("a UUID is letters, digits and hyphens");
        for beginning in window.beginnings() {
            let prefix = format!("{}{beginning}", documents::TRAIL_PREFIX);
            let mut page = Page { order: Order::Ascending, limit: AT_ONCE, after: None };
            loop {
                let listing = self.documents.list(Container::Clients, &partition, &prefix, Part::Body, &page).await?;
                for item in &listing.items {
                    found.add(&self.open(&partition, item).await?, window);
                }
                page.after = listing.next;
                if page.after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn open(&self, partition: &Partition, item: &Listed) -> Result<Entry<AuditEntry>, StoreError> {
        let body = item.part.as_ref().ok_or(StoreError::DoesNotOpen)?;
        let plaintext = self.sealing.open(KeyScope::Service, documents::place(partition, &item.id, Part::Body), body).await?;
        serde_json::from_slice(&plaintext).map_err(|_| StoreError::DoesNotOpen)
    }
}

impl Findings {
    fn add(&mut self, entry: &Entry<AuditEntry>, window: &TrailWindow) {
        self.read += 1;
        if !window.holds(entry.at, &entry.event) {
            return;
        }
        self.files.entry(entry.event.file).or_default().add(entry.event.deed);
        let at = entry.at;
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }
}

impl Deeds {
    const fn add(&mut self, deed: AuditAction) {
        let kind = if deed.only_looks() { &mut self.opened } else { &mut self.changed };
        *kind = true;
        match deed {
            AuditAction::Exported => self.exported = true,
            AuditAction::HandedOver | AuditAction::TakenOver => self.handed_over = true,
            AuditAction::Deleted | AuditAction::Erased => self.deleted = true,
            AuditAction::Created
            | AuditAction::Imported
            | AuditAction::Changed
            | AuditAction::Read
            | AuditAction::Reported
            | AuditAction::Restricted
            | AuditAction::Released
            | AuditAction::Held
            | AuditAction::HoldLifted
            | AuditAction::MarkedForErasure
            | AuditAction::ErasureWithdrawn
            | AuditAction::Later(_) => {}
        }
    }
}
