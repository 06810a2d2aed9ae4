//! Detects rows of a table that would duplicate an existing file or an earlier row.

use crate::flows::services::Services;
use crate::{
    crypto::root_keys::RootKeys,
    domain::{
        clients::{
            file::ClientFile,
            likeness::{KnownPeople, Likeness},
        },
        ids::{ClientId, WriteId},
        imports::{Double, Doubles},
        sign_in::session::AdviserScope,
    },
    store::error::StoreError,
};
use std::{collections::HashMap, sync::Arc};

/// Files read at a time.
const AT_ONCE: u16 = 100;

/// Derives the ids of files created from rows: each id follows from the file's content.
pub(in crate::flows) struct RowIds {
    root: Arc<RootKeys>,
    scope: AdviserScope,
}

impl RowIds {
    pub(in crate::flows) async fn of(services: &Services, scope: AdviserScope) -> Result<Self, StoreError> {
        Ok(Self { root: services.sealing.root().await?, scope })
    }

    pub(in crate::flows) fn id(&self, file: &ClientFile) -> Result<ClientId, StoreError> {
        let content = zeroize::Zeroizing::new(serde_json::to_vec(file).map_err(|_| StoreError::DoesNotOpen)?);
        let tag = self.root.repeats.tag(&[b"import", self.scope.id().bytes(), &content]);
        Ok(ClientId::from_random(*tag.first_chunk().expect("a tag has 32 bytes")))
    }
}

/// Compares rows with existing files and with earlier rows.
pub(in crate::flows) struct Comparison {
    known: KnownPeople,
    /// The rows that will become files which do not exist yet.
    above: HashMap<ClientId, u32>,
    ids: RowIds,
    found: Doubles,
}

impl Comparison {
    /// Reads all files of the adviser. `files` is the marker that was read before them.
    pub(in crate::flows) async fn of(services: &Services, scope: AdviserScope, files: Option<WriteId>) -> Result<Self, StoreError> {
        let (mut known, mut after) = (KnownPeople::default(), None);
        loop {
            let page = services.clients.page(scope, AT_ONCE, after).await?;
            for (id, found) in page.items.iter().filter(|(_, found)| found.kept.erasing_since.is_none()) {
                known.add(*id, &found.kept.file);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
            // Each page is a few milliseconds of work.
            tokio::task::yield_now().await;
        }
        let found = Doubles { files, ..Doubles::default() };
        Ok(Self { known, above: HashMap::new(), ids: RowIds::of(services, scope).await?, found })
    }

    /// Considers the file that a row would become, and the file that the row says it was exported from.
    pub(in crate::flows) fn look_at(&mut self, row: u32, file: &ClientFile, exported: Option<ClientId>) {
        let own = self.ids.id(file).ok();
        if let Some((id, by)) = self.double_of(own, file, exported) {
            self.found.add(Double { row, id, by, above: self.above.get(&id).copied() });
        }
        if let Some(own) = own.filter(|own| !self.known.has(*own)) {
            self.known.add(own, file);
            self.above.insert(own, row);
        }
    }

    fn double_of(&self, own: Option<ClientId>, file: &ClientFile, exported: Option<ClientId>) -> Option<(ClientId, Likeness)> {
        let same = own.filter(|id| self.known.has(*id)).map(|id| (id, Likeness::ImportedBefore));
        let exported = || exported.filter(|id| self.known.has(*id)).map(|id| (id, Likeness::ExportedFrom));
        same.or_else(exported).or_else(|| self.known.like(file))
    }

    pub(in crate::flows) fn found(self) -> Doubles {
        self.found
    }
}
