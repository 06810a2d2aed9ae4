//! Opens one document, as the kind that its id indicates, and checks that it is in its place.

use super::report::{Defect, DocumentKind};
use crate::flows::{clients::erasure_replay::Erased, verify};
use crate::{
    crypto::envelope::{EnvelopeContext, Part},
    domain::{
        accounts::{account::Identity, summary::AccountSummary},
        clients::{erasure_begun::BegunErasure, summary::ClientSummary},
        ids::ScopeId,
        sign_in::session::SessionRecord,
    },
    ports::{Clock, Container, DocumentId, Documents, KeyWrapError, Listed, Partition},
    store::{
        clients,
        error::StoreError,
        identities::{documents, repository::Identities},
        keys::sealing::{KeyScope, Sealing},
    },
};
use jiff::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

/// Opens documents with these keys.
pub(in crate::flows) struct Opener<'a> {
    pub(in crate::flows) documents: &'a dyn Documents,
    pub(in crate::flows) sealing: &'a Sealing,
    pub(in crate::flows) identities: &'a Identities,
    pub(in crate::flows) erased: Erased,
    pub(in crate::flows) clock: &'a dyn Clock,
}

/// Body and summary of a document; not every document has a summary.
pub(in crate::flows) type BothParts = (Zeroizing<Vec<u8>>, Option<Zeroizing<Vec<u8>>>);

/// Why a document does not count as opened.
#[derive(Clone, Copy)]
pub(in crate::flows) enum Trouble {
    /// It has a defect.
    Finding(Defect),
    /// It cannot be judged now.
    Store(StoreError),
}

impl Opener<'_> {
    /// Opens a body that no other document depends on. Returns when it was written, if it states that.
    pub(in crate::flows) async fn body(&self, container: Container, item: &Listed) -> Result<Option<Timestamp>, Trouble> {
        let written = match DocumentKind::of(container, &item.id) {
            DocumentKind::Session => {
                known(documents::session_hash(&item.id))?;
                let session: SessionRecord = self.open(container, KeyScope::Service, item, Part::Body).await?;
                Some(session.last_seen_at)
            }
            DocumentKind::Taken | DocumentKind::Seen => {
                adviser_scope(item)?;
                self.open::<IgnoredAny>(container, KeyScope::Service, item, Part::Body).await?;
                None
            }
            stray => return Err(belongs_elsewhere(stray, item)),
        };
        Ok(written)
    }

    /// Opens the note that a file is being erased.
    pub(in crate::flows) async fn begun_erasure(&self, item: &Listed) -> Result<BegunErasure, Trouble> {
        let scope = adviser_scope(item)?;
        let begun: BegunErasure = self.open(Container::Clients, KeyScope::Service, item, Part::Body).await?;
        in_place(KeyScope::Adviser(begun.scope()) == scope && item.id == clients::documents::erasing(begun.client()))?;
        Ok(begun)
    }

    /// Returns body and summary of one version, to be compared with each other; `None` when there is no such document, or when a part does
    /// not open, which is reported where it is listed.
    pub(in crate::flows) async fn both(
        &self,
        container: Container,
        scope: KeyScope,
        partition: &Partition,
        id: &DocumentId,
    ) -> Result<Option<BothParts>, StoreError> {
        let Some(stored) = self.documents.read(container, partition, id).await? else {
            return Ok(None);
        };
        let place = |part| EnvelopeContext { container: container.name(), partition: partition.as_str(), document: id.as_str(), part };
        let opened = async {
            let body = self.sealing.open(scope, place(Part::Body), &stored.body).await?;
            let summary = match &stored.summary {
                Some(summary) => Some(self.sealing.open(scope, place(Part::Summary), summary).await?),
                None => None,
            };
            Ok((body, summary))
        };
        match opened.await {
            Ok(both) => Ok(Some(both)),
            Err(StoreError::DoesNotOpen | StoreError::Keys(KeyWrapError::Disabled)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Checks that the summary of an identity matches its account.
    pub(in crate::flows) async fn identity_summary(&self, item: &Listed) -> Result<(), Trouble> {
        let both = self.both(Container::Identities, KeyScope::Service, &item.partition, &item.id).await?;
        let Some((body, summary)) = both else { return Ok(()) };
        let identity: Identity = serde_json::from_slice(&body).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))?;
        verify::summary::of_identity(&identity, summary.as_deref().map(Vec::as_slice))
    }

    /// Opens a summary; `false` for a document that has none.
    pub(in crate::flows) async fn summary(&self, container: Container, item: &Listed) -> Result<bool, Trouble> {
        match (DocumentKind::of(container, &item.id), &item.part) {
            (DocumentKind::Client, _) => {
                // A file without a valid place was reported when its body was checked.
                let Ok(scope) = client_scope(item) else { return Ok(false) };
                self.open::<ClientSummary>(container, scope, item, Part::Summary).await?;
            }
            (_, None) => return Ok(false),
            (DocumentKind::Identity, Some(_)) => {
                let summary: AccountSummary = self.open(container, KeyScope::Service, item, Part::Summary).await?;
                let index = self.identities.index(summary.username.as_str()).await?;
                in_place(index.to_string() == item.partition.as_str())?;
                self.identity_summary(item).await?;
            }
            (DocumentKind::Record, Some(_)) => {
                let scope = if container == Container::Register { KeyScope::Service } else { adviser_scope(item)? };
                self.open::<IgnoredAny>(container, scope, item, Part::Summary).await?;
            }
            (_, Some(_)) => return Err(unknown()),
        }
        Ok(true)
    }

    /// Returns the content of a document that is re-read; `None` when it does not exist.
    pub(in crate::flows) async fn read<T: DeserializeOwned>(
        &self,
        container: Container,
        scope: KeyScope,
        partition: &Partition,
        id: &DocumentId,
    ) -> Result<Option<T>, Trouble> {
        let stored = self.documents.read(container, partition, id).await.map_err(StoreError::from)?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let place = EnvelopeContext { container: container.name(), partition: partition.as_str(), document: id.as_str(), part: Part::Body };
        let plaintext = self.sealing.open(scope, place, &stored.body).await?;
        serde_json::from_slice(&plaintext).map(Some).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))
    }

    /// Returns the content of a listed part.
    pub(in crate::flows) async fn open<T: DeserializeOwned>(
        &self,
        container: Container,
        scope: KeyScope,
        item: &Listed,
        part: Part,
    ) -> Result<T, Trouble> {
        let plaintext = self.plaintext(container, scope, item, part).await?;
        serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(Defect::DoesNotOpen))
    }

    /// Returns the bytes of a listed part.
    pub(in crate::flows) async fn plaintext(
        &self,
        container: Container,
        scope: KeyScope,
        item: &Listed,
        part: Part,
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let place = EnvelopeContext { container: container.name(), partition: item.partition.as_str(), document: item.id.as_str(), part };
        let sealed = item.part.as_ref().ok_or(Trouble::Finding(Defect::PartMissing))?;
        Ok(self.sealing.open(scope, place, sealed).await?)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DoesNotOpen => Self::Finding(Defect::DoesNotOpen),
            StoreError::Keys(KeyWrapError::Disabled) => Self::Finding(Defect::KeyDisabled),
            StoreError::Keys(_)
            | StoreError::Busy { .. }
            | StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Stale
            | StoreError::Refused
            | StoreError::HalfDone { .. }
            | StoreError::BadCursor => Self::Store(error),
        }
    }
}

fn client_scope(item: &Listed) -> Result<KeyScope, Trouble> {
    known(clients::documents::client_id(&item.id))?;
    adviser_scope(item)
}

fn adviser_scope(item: &Listed) -> Result<KeyScope, Trouble> {
    let scope = ScopeId::parse(item.partition.as_str()).ok_or(Trouble::Finding(Defect::Misplaced))?;
    Ok(KeyScope::Adviser(scope))
}

pub(in crate::flows) fn known<T>(id: Option<T>) -> Result<(), Trouble> {
    id.map(|_| ()).ok_or_else(unknown)
}

const fn unknown() -> Trouble {
    Trouble::Finding(Defect::UnknownDocument)
}

/// Returns the defect of a document that cannot be checked on its own and was not checked with those it depends on.
fn belongs_elsewhere(kind: DocumentKind, item: &Listed) -> Trouble {
    let place = match kind {
        DocumentKind::Client
        | DocumentKind::Marker
        | DocumentKind::Trail
        | DocumentKind::Alarm
        | DocumentKind::RecordLocation
        | DocumentKind::Erasing
        | DocumentKind::Import
        | DocumentKind::ImportPart
        | DocumentKind::Export => adviser_scope(item).map(drop),
        DocumentKind::Key | DocumentKind::Ring => verify::keys::scope_of(item).map(drop),
        // Not in the partition of a username.
        DocumentKind::Mail | DocumentKind::Notice | DocumentKind::Intent => Err(Trouble::Finding(Defect::Misplaced)),
        _ => Ok(()),
    };
    place.err().unwrap_or_else(unknown)
}

pub(in crate::flows) fn in_place(is: bool) -> Result<(), Trouble> {
    if is { Ok(()) } else { Err(Trouble::Finding(Defect::Misplaced)) }
}
