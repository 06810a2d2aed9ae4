//! One client file for the data subject to take along (art. 20 GDPR): in the formats of an export, protected by the password check and
//! watermarked.

use super::subject_report::noted;
use crate::flows::{
    accounts::change::change_confirmed,
    exports::{run::ExportFailure, text::ExportText},
    failure::Failure,
    services::Services,
    sign_in::{confirmation::confirm_password, visitor::Visitor},
};
use crate::{
    domain::{
        clients::trail::AuditAction,
        exports::{Export, Format},
        ids::{ClientId, ExportId},
        sign_in::{
            attempt::Change,
            credentials::TypedPassword,
            session::{Adviser, Full, Session},
        },
        table::columns::Widths,
    },
    store::clients::files::Versioned,
};
use std::sync::Arc;

/// A document for a data subject.
pub struct Portable {
    pub export: Export,
    pub bytes: Vec<u8>,
}

/// Creates the document. Allowed while processing of the file is restricted, because the data subject asks for it. Contains the file as it
/// is after the password check, which takes time: the file may have been changed or erased meanwhile.
pub async fn make(
    services: &Arc<Services>,
    session: &Session<Full>,
    adviser: &Adviser,
    id: ClientId,
    (format, password): (Format, Option<&TypedPassword>),
    visitor: &Visitor,
) -> Result<Portable, ExportFailure> {
    there(services.clients.find(adviser.scope(), id).await?)?;
    let confirmed = confirm_password(services, session, password, visitor).await?;
    let mark = ExportId::from_random(services.sealing.random_bytes());
    change_confirmed(services, session, &confirmed, Change::FileTakenAlong(mark), |_| Ok(())).await?;
    let kept = noted(services, adviser, id, AuditAction::Exported, there).await.map_err(ExportFailure::undone)?;
    let export = Export::new(format, services.now());
    let mut text = ExportText::new(mark, &export, Widths::of(&kept.file));
    let (head, file) = (text.head(), text.files(vec![(id, kept)]));
    let file = file.expect("the columns are those of this file");
    Ok(Portable { export, bytes: [head, file, text.tail(0)].concat() })
}

fn there(found: Option<Versioned>) -> Result<Versioned, ExportFailure> {
    let found = found.ok_or(Failure::NotFound)?;
    if found.kept.erasing_since.is_some() { Err(ExportFailure::BeingErased) } else { Ok(found) }
}
