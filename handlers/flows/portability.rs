//! One client file for the person to take along (art. 20 GDPR): in the shapes of an export, with the password and a mark.

use super::{
    account_change::{Draft, change},
    confirmation::confirm_password,
    export_text::ExportText,
    exports::ExportFailure,
    failure::Failure,
    services::Services,
    subject_report::note,
    visitor::Visitor,
};
use crate::{
    domain::{
        attempt::Change,
        credentials::TypedPassword,
        export::{Export, Format},
        ids::{ClientId, ExportId},
        session::{Adviser, Full, Session},
        table::columns::Widths,
        trail::Deed,
    },
    store::client_files::KeptFile,
};
use std::sync::Arc;

/// A document for a person.
pub struct Portable {
    /// What it is.
    pub export: Export,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Makes the document. It may be made while the use of the file is blocked: it is the person who asks. What goes out is the file as it is
/// once the password was looked at, which takes time: it may have been changed or erased meanwhile.
///
/// # Errors
/// [`ExportFailure`].
pub async fn make(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    id: ClientId,
    (format, password): (Format, Option<&TypedPassword>),
    visitor: &Visitor,
) -> Result<Portable, ExportFailure> {
    find(services, adviser, id).await?;
    let confirmed = confirm_password(services, session, password, visitor).await?;
    let mark = ExportId::from_random(services.sealing.random_bytes());
    let edit = |draft: &mut Draft| Ok(confirmed.still_holds(&draft.write.identity)?);
    change(services, session.identity(), session.proof().into(), Change::FileTakenAlong(mark), edit).await?;
    let kept = find(services, adviser, id).await?;
    note(services, adviser, id, Deed::Exported, kept.revision).await?;
    let export = Export::new(format, services.now());
    let mut text = ExportText::new(mark, &export, Widths::of(&kept.file));
    let (head, file) = (text.head(), text.files(vec![(id, kept)]));
    let file = file.expect("the columns are those of this file");
    Ok(Portable { export, bytes: [head, file, text.tail(0)].concat() })
}

async fn find(services: &Services, adviser: &Adviser, id: ClientId) -> Result<KeptFile, ExportFailure> {
    let kept = services.clients.find(adviser.scope(), id).await?.ok_or(Failure::NotFound)?.kept;
    if kept.erasing_since.is_some() { Err(ExportFailure::BeingErased) } else { Ok(kept) }
}
