//! Files of one adviser that may be about the same person. Reported as warnings when a file is saved; never a reason to refuse.

use crate::flows::{clients, services::Services};
use crate::{
    domain::{
        clients::{
            file::ClientFile,
            likeness::{Recognised, WarningCode},
        },
        ids::ClientId,
        sign_in::session::AdviserScope,
    },
    store::error::StoreError,
};
use std::sync::Arc;

/// The most files reported.
const MAX: usize = 10;
/// The most files opened to check for a BSN, where an earlier version did not note in the summary whether there is one. Saving a file adds
/// the note.
const MAX_OPENED: usize = 100;

/// Returns other files that may be about the person of `file`, the most certain match first. Considers every file that the adviser's
/// searches open, and nobody else's. Returns none when the lookup fails: that is no reason to refuse the save.
pub async fn alike(services: &Services, scope: AdviserScope, own: Option<ClientId>, file: &ClientFile) -> Vec<(ClientId, WarningCode)> {
    let mut found = look(services, scope, Recognised::of(file)).await.unwrap_or_default();
    found.retain(|(id, _)| Some(*id) != own);
    found.sort_unstable_by_key(|(id, warning)| (*warning, *id));
    found.truncate(MAX);
    found
}

/// Like [`alike`], for a change of the file `own`. When the identifying data is unchanged, the warnings were given before, and nothing is
/// looked up.
pub async fn newly_alike(
    services: &Services,
    scope: AdviserScope,
    (own, before): (ClientId, &ClientFile),
    file: &ClientFile,
) -> Vec<(ClientId, WarningCode)> {
    if Recognised::of(before) == Recognised::of(file) {
        return Vec::new();
    }
    alike(services, scope, Some(own), file).await
}

async fn look(services: &Services, scope: AdviserScope, person: Recognised) -> Result<Vec<(ClientId, WarningCode)>, StoreError> {
    if !person.can_be_recognised() {
        return Ok(Vec::new());
    }
    let person = Arc::new(person);
    let known = Arc::clone(&person);
    let take = move |id, summary: crate::domain::clients::summary::ClientSummary| {
        let warning = known.warning(&summary);
        let is_open = warning.is_none() && known.has_bsn() && !summary.knows_bsn();
        (warning.is_some() || is_open).then_some((id, warning))
    };
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (id, warning) in clients::files::of_each(services, scope, Arc::new(take)).await? {
        match warning {
            Some(warning) => found.push((id, warning)),
            None => unknown.push(id),
        }
    }
    for id in unknown.into_iter().take(MAX_OPENED) {
        let opened = services.clients.find(scope, id).await?;
        if opened.is_some_and(|opened| person.has_bsn_of(&opened.kept.file)) {
            found.push((id, WarningCode::SameBsn));
        }
    }
    Ok(found)
}
