//! Detects files that two advisers have. Only a running hand-over between the two explains that.

use super::{
    document::{Opener, Trouble},
    report::{Defect, DocumentKind},
    run::{BODIES_AT_ONCE, Flaw},
};
use crate::flows::hand_overs;
use crate::{
    crypto::envelope::Part,
    domain::{
        hand_overs::record::HandOver,
        ids::{ClientId, RecordId, ScopeId},
        record::KeptRecord,
    },
    ports::{Container, DocumentId, Listed, Order, Page, Partition},
    store::{
        clients::documents,
        error::StoreError,
        keys::sealing::KeyScope,
        records::repository::{RECORD_PREFIX, record_id},
    },
};
use std::collections::HashMap;

/// Where each file was first seen, and those seen again elsewhere.
#[derive(Default)]
pub(in crate::flows) struct Owners {
    first: HashMap<ClientId, ScopeId>,
    again: Vec<(ClientId, [ScopeId; 2])>,
}

impl Owners {
    /// Records a document of the client container, if it is a file.
    pub(in crate::flows) fn add(&mut self, item: &Listed) {
        if let Some((file, scope)) = documents::client_id(&item.id).zip(ScopeId::parse(item.partition.as_str())) {
            let first = *self.first.entry(file).or_insert(scope);
            if first != scope {
                self.again.push((file, [first, scope]));
            }
        }
    }

    /// Reports the partitions with a file that another adviser has too.
    pub(in crate::flows) async fn flaws(&self, opener: &Opener<'_>) -> Result<Vec<(Partition, Flaw)>, StoreError> {
        let mut flaws = Vec::new();
        if self.again.is_empty() {
            return Ok(flaws);
        }
        let running = hand_overs(opener).await?.into_iter().map(|(_, it)| it).filter(|it| it.phase.is_running());
        let running: Vec<_> = running.map(|it| (it.from.scope, it.to.scope)).collect();
        for (file, [one, other]) in &self.again {
            let explained = running.iter().any(|(from, to)| (from, to) == (one, other) || (to, from) == (one, other));
            // A hand-over that was running when the first one was read may have completed since.
            if !explained && self.is_there(opener, *file, *one).await? && self.is_there(opener, *file, *other).await? {
                flaws.push((partition(*other), (DocumentKind::Client, Defect::FileTwice)));
            }
        }
        Ok(flaws)
    }

    async fn is_there(&self, opener: &Opener<'_>, file: ClientId, scope: ScopeId) -> Result<bool, StoreError> {
        let id: DocumentId = documents::client(file);
        Ok(opener.documents.read(Container::Clients, &partition(scope), &id).await?.is_some())
    }
}

/// Returns every handover. What does not open is reported where it lies.
pub(in crate::flows) async fn hand_overs(opener: &Opener<'_>) -> Result<Vec<(RecordId, HandOver)>, StoreError> {
    let (shelf, mut found) = (hand_overs::register::location(), Vec::new());
    let mut page = Page { order: Order::Ascending, limit: BODIES_AT_ONCE, after: None };
    loop {
        let listing = opener.documents.list(shelf.container, &shelf.partition, RECORD_PREFIX, Part::Body, &page).await?;
        for item in &listing.items {
            let Some(id) = record_id(&item.id) else { continue };
            match opener.open::<KeptRecord<HandOver>>(shelf.container, KeyScope::Service, item, Part::Body).await {
                Ok(KeptRecord { record, .. }) => found.push((id, record)),
                Err(Trouble::Finding(_)) => {}
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
        page.after = listing.next;
        if page.after.is_none() {
            return Ok(found);
        }
    }
}

pub(in crate::flows) fn partition(scope: ScopeId) -> Partition {
    Partition::parse(&scope.to_string()).expect("a UUID is letters, digits and hyphens")
}
