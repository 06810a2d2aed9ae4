//! The format of an export: a table that an import can read, or JSON in the shape of the API.

use crate::{
    domain::{
        clients::answer::ClientAnswer,
        exports::{Export, ExportPlace, Format},
        ids::{ClientId, ExportId},
        table::{columns::Widths, sheet::Sheet},
    },
    store::clients::files::KeptFile,
};
use jiff::Timestamp;
use serde::Serialize;

/// A document being written: its head, any number of files, its tail.
pub enum ExportText {
    Csv {
        /// The id of the export.
        id: ExportId,
        widths: Widths,
        sheet: Sheet,
        files: u32,
    },
    Json {
        /// What the document says about itself.
        mark: Mark,
        files: u32,
    },
}

/// What a JSON export says about itself.
#[derive(Serialize)]
pub struct Mark {
    pub id: ExportId,
    /// When it was requested.
    pub made_at: Timestamp,
}

/// A file has more entries than the table has columns, because it grew during the export.
#[derive(Debug)]
pub struct DoesNotFit;

impl ExportText {
    /// Starts a document for this export; `widths` determines the columns of a table.
    pub fn new(id: ExportId, export: &Export, widths: Widths) -> Self {
        match export.format {
            Format::Csv => Self::Csv { id, widths, sheet: Sheet::new(widths, true), files: 0 },
            Format::Json | Format::Later(_) => Self::Json { mark: Mark { id, made_at: export.made_at }, files: 0 },
        }
    }

    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Csv { sheet, .. } => sheet.head(),
            Self::Json { mark, .. } => [b"{\"export\":", json(mark).as_slice(), b",\"clients\":["].concat(),
        }
    }

    pub fn files(&mut self, files: Vec<(ClientId, KeptFile)>) -> Result<Vec<u8>, DoesNotFit> {
        let mut text = Vec::new();
        for (file, kept) in files {
            match self {
                Self::Csv { widths, .. } if !widths.hold(&kept.file) => return Err(DoesNotFit),
                Self::Csv { id, sheet, files, .. } => {
                    *files += 1;
                    text.extend(sheet.row(&kept.file, &ExportPlace { export: *id, behind: file }.to_string()));
                }
                Self::Json { files, .. } => {
                    text.extend_from_slice(if *files == 0 { b"\n" } else { b",\n" });
                    *files += 1;
                    text.extend(json(&ClientAnswer::of(file, kept.created_at, kept.updated_at, kept.file)));
                }
            }
        }
        Ok(text)
    }

    /// Returns the end of the document, with the number of files withheld. A truncated document lacks it.
    pub fn tail(&self, withheld: u32) -> Vec<u8> {
        match self {
            Self::Csv { id, sheet, files, .. } => sheet.end(&format!("{id}.end files={files} withheld={withheld}")),
            Self::Json { files, .. } => format!("],\"count\":{files},\"withheld\":{withheld}}}").into_bytes(),
        }
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("answers have string keys and serialise to memory")
}
