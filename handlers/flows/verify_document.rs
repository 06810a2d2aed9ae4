//! Opens one document, as whatever its id says that it is, and holds it against its place.

use super::verify_report::{Kind, What};
use crate::{
    crypto::envelope::{Part, Place, Unopened},
    domain::{
        account::Identity,
        account_summary::AccountSummary,
        attempt::Event,
        chain::Entry,
        chain_check::ChainCheck,
        client::summary::ClientSummary,
        ids::{MailId, ScopeId},
        mail::PendingMail,
        session::SessionRecord,
        stored::BlindIndex,
    },
    ports::{Container, DocumentId, KeyWrapError, Listed, Partition},
    store::{
        client_documents,
        client_files::KeptFile,
        error::StoreError,
        identities::Identities,
        identity_documents as documents,
        sealing::{KeyScope, Sealing},
    },
};
use serde::de::{DeserializeOwned, IgnoredAny};

/// Opens with these keys.
pub(super) struct Opener<'a> {
    pub(super) sealing: &'a Sealing,
    pub(super) identities: &'a Identities,
}

/// Why a document does not count as opened.
#[derive(Clone, Copy)]
pub(super) enum Trouble {
    /// Something is wrong with it.
    Finding(What),
    /// Nothing can be said about it now.
    Store(StoreError),
}

impl Opener<'_> {
    /// Any body but an identity or an entry of its chain.
    pub(super) async fn body(&self, container: Container, item: &Listed) -> Result<bool, Trouble> {
        match Kind::of(container, &item.id) {
            Kind::Session => {
                known(documents::session_hash(&item.id))?;
                self.open::<SessionRecord>(container, KeyScope::Service, item, Part::Body).await?;
            }
            Kind::Mail => {
                known(item.id.as_str().strip_prefix(documents::MAIL_PREFIX).and_then(MailId::parse))?;
                self.open::<PendingMail>(container, KeyScope::Service, item, Part::Body).await?;
            }
            Kind::Client => {
                self.open::<KeptFile>(container, client_scope(item)?, item, Part::Body).await?;
            }
            Kind::Marker => {
                known((item.id == client_documents::marker()).then_some(()))?;
                self.open::<()>(container, adviser_scope(item)?, item, Part::Body).await?;
            }
            Kind::Key => {
                in_place(KeyScope::parse(item.partition.as_str()).is_some())?;
                self.sealing.verify_key(item).await?;
            }
            Kind::Register => {
                self.open::<IgnoredAny>(container, KeyScope::Service, item, Part::Body).await?;
            }
            Kind::Identity | Kind::Attempt | Kind::Change | Kind::Chain | Kind::Other => return Err(unknown()),
        }
        Ok(true)
    }

    /// A summary; `false` for a document that has none.
    pub(super) async fn summary(&self, container: Container, item: &Listed) -> Result<bool, Trouble> {
        match (Kind::of(container, &item.id), &item.part) {
            (Kind::Client, _) => {
                // A file without a proper place was reported when its body was looked at.
                let Ok(scope) = client_scope(item) else { return Ok(false) };
                self.open::<ClientSummary>(container, scope, item, Part::Summary).await?;
            }
            (_, None) => return Ok(false),
            (Kind::Identity, Some(_)) => {
                let summary: AccountSummary = self.open(container, KeyScope::Service, item, Part::Summary).await?;
                let index = self.identities.index(summary.username.as_str()).await?;
                in_place(index.to_string() == item.partition.as_str())?;
            }
            (Kind::Register, Some(_)) => {
                self.open::<IgnoredAny>(container, KeyScope::Service, item, Part::Summary).await?;
            }
            (_, Some(_)) => return Err(unknown()),
        }
        Ok(true)
    }

    /// An identity.
    pub(super) async fn identity(&self, partition: &Partition, id: &DocumentId, body: Option<&Unopened>) -> Result<Identity, Trouble> {
        let place = documents::place(partition.as_str(), id, Part::Body);
        self.open_at(KeyScope::Service, place, body).await
    }

    /// Whether an identity is the one of its partition.
    pub(super) async fn identity_in_place(&self, index: BlindIndex, id: &DocumentId, identity: &Identity) -> Result<(), Trouble> {
        in_place(*id == documents::identity())?;
        match &identity.account {
            Some(account) => in_place(self.identities.index(account.username.as_str()).await? == index),
            None => Ok(()),
        }
    }

    /// An entry of the register, added to its chain.
    pub(super) async fn entry(&self, item: &Listed, index: BlindIndex, check: &mut ChainCheck) -> Result<(), Trouble> {
        let entry: Entry<Event> = self.open(Container::Identities, KeyScope::Service, item, Part::Body).await?;
        check.add(&entry, self.identities.link(index, &entry).await?);
        in_place(documents::entry_id(&entry) == item.id)
    }

    async fn open<T: DeserializeOwned>(&self, container: Container, scope: KeyScope, item: &Listed, part: Part) -> Result<T, Trouble> {
        let place = Place { container: container.name(), partition: item.partition.as_str(), document: item.id.as_str(), part };
        self.open_at(scope, place, item.part.as_ref()).await
    }

    async fn open_at<T: DeserializeOwned>(&self, scope: KeyScope, place: Place<'_>, sealed: Option<&Unopened>) -> Result<T, Trouble> {
        let sealed = sealed.ok_or(Trouble::Finding(What::PartMissing))?;
        let plaintext = self.sealing.open(scope, place, sealed).await?;
        serde_json::from_slice(&plaintext).map_err(|_| Trouble::Finding(What::DoesNotOpen))
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DoesNotOpen => Self::Finding(What::DoesNotOpen),
            StoreError::Keys(KeyWrapError::Disabled) => Self::Finding(What::KeyDisabled),
            StoreError::Keys(_)
            | StoreError::Busy { .. }
            | StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Stale
            | StoreError::BadCursor => Self::Store(error),
        }
    }
}

fn client_scope(item: &Listed) -> Result<KeyScope, Trouble> {
    known(client_documents::client_id(&item.id))?;
    adviser_scope(item)
}

fn adviser_scope(item: &Listed) -> Result<KeyScope, Trouble> {
    let scope = ScopeId::parse(item.partition.as_str()).ok_or(Trouble::Finding(What::Misplaced))?;
    Ok(KeyScope::Adviser(scope))
}

fn known<T>(id: Option<T>) -> Result<(), Trouble> {
    id.map(|_| ()).ok_or_else(unknown)
}

const fn unknown() -> Trouble {
    Trouble::Finding(What::UnknownDocument)
}

fn in_place(is: bool) -> Result<(), Trouble> {
    if is { Ok(()) } else { Err(Trouble::Finding(What::Misplaced)) }
}
