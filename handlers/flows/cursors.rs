//! Cursors as clients see them: sealed, so that they reveal nothing and cannot be forged, and valid for one list only.

use super::services::Services;
use crate::{
    crypto::envelope::{EnvelopeContext, Part, Unopened},
    ports::Cursor,
    store::{error::StoreError, identities::lists::Slice, keys::sealing::KeyScope},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// A list that is read in pages.
#[derive(Clone, Copy)]
pub struct List<'a> {
    /// The scope whose key seals its cursors.
    pub scope: KeyScope,
    pub name: &'a str,
    pub owner: &'a str,
}

/// A page of a list.
pub struct ListPage<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<String>,
}

impl List<'_> {
    const fn place(&self) -> EnvelopeContext<'_> {
        EnvelopeContext { container: "cursor", partition: self.owner, document: self.name, part: Part::Body }
    }

    async fn seal(&self, services: &Services, position: &[u8]) -> Result<String, StoreError> {
        let sealed = services.sealing.seal(self.scope, self.place(), position).await?;
        Ok(BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    async fn open(&self, services: &Services, cursor: &str) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| StoreError::BadCursor)?;
        services.sealing.open(self.scope, self.place(), &Unopened::new(bytes)).await.map_err(|error| match error {
            StoreError::DoesNotOpen => StoreError::BadCursor,
            other => other,
        })
    }

    /// Returns the cursor for a position.
    pub async fn cursor(&self, services: &Services, position: &impl Serialize) -> Result<String, StoreError> {
        let position = serde_json::to_vec(position).map_err(|_| StoreError::DoesNotOpen)?;
        self.seal(services, &position).await
    }

    /// Returns the position in the cursor of the previous page; `None` for the first page.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] when it is not a cursor of this list; [`StoreError`].
    pub async fn position<P: DeserializeOwned>(&self, services: &Services, cursor: Option<&str>) -> Result<Option<P>, StoreError> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let position = self.open(services, cursor).await?;
        serde_json::from_slice(&position).map(Some).map_err(|_| StoreError::BadCursor)
    }

    /// Returns the page after a position. The items come with their positions, in any order.
    pub async fn page<P: Ord + Serialize, T>(
        &self,
        services: &Services,
        items: impl IntoIterator<Item = (P, T)>,
        (limit, after): (usize, Option<P>),
    ) -> Result<ListPage<T>, StoreError> {
        let mut rest: Vec<_> = items.into_iter().filter(|(position, _)| after.as_ref().is_none_or(|after| position > after)).collect();
        let order = |(one, _): &(P, T), (other, _): &(P, T)| one.cmp(other);
        let is_last = rest.len() <= limit;
        if !is_last {
            // Only the page itself needs to be in order.
            rest.select_nth_unstable_by(limit, order);
            rest.truncate(limit);
        }
        rest.sort_unstable_by(order);
        let next = match rest.last() {
            Some((position, _)) if !is_last => Some(self.cursor(services, position).await?),
            Some(_) | None => None,
        };
        Ok(ListPage { items: rest.into_iter().map(|(_, item)| item).collect(), next })
    }

    /// Like [`List::position`], for a list that is as the database lists it.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] when it is not a cursor of this list; [`StoreError`].
    pub async fn database_position(&self, services: &Services, cursor: Option<&str>) -> Result<Option<Cursor>, StoreError> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let position = self.open(services, cursor).await?;
        Ok(Some(Cursor(String::from_utf8_lossy(&position).into_owned())))
    }

    /// Like [`List::page`], for a list that is as the database lists it.
    pub async fn database_page<T>(&self, services: &Services, Slice { items, next }: Slice<T>) -> Result<ListPage<T>, StoreError> {
        let next = match next {
            Some(Cursor(position)) => Some(self.seal(services, position.as_bytes()).await?),
            None => None,
        };
        Ok(ListPage { items, next })
    }
}
