//! Whether open files are still the ones that their names refer to.
//!
//! A file that is moved away or replaced while it is open accepts writes as before, and nobody finds them again. Names are checked with
//! `stat` and never opened: SQLite's locks belong to the whole process, and closing any other descriptor of a file would drop them.

use crate::adapters::sqlite;
use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// Open files, by their names.
pub struct NamedFiles {
    files: Vec<(PathBuf, FileId)>,
    /// Whether one was missing at the last check.
    missed: AtomicBool,
}

/// Device and inode.
type FileId = (u64, u64);

impl NamedFiles {
    /// The files that these names refer to now; names of no file are left out. On file systems that other machines write too, inode numbers
    /// are not reliable, so files there are not checked.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let local = |path: &PathBuf| sqlite::mounts::remote(path).is_none();
        let files = paths.into_iter().filter(local).filter_map(|path| Some((id(&path)?, path))).map(|(id, path)| (path, id)).collect();
        Self { files, missed: AtomicBool::new(false) }
    }

    /// Whether all names refer to the same files. The first time that one does not is logged.
    #[must_use]
    pub fn are_there(&self) -> bool {
        // Checked twice: swapping two files leaves a name without one for a moment.
        let is_elsewhere = |(path, id): &&(PathBuf, FileId)| !leads_to(path, *id) && !leads_to(path, *id);
        let Some((path, _)) = self.files.iter().find(is_elsewhere) else {
            self.missed.store(false, Ordering::Release);
            return true;
        };
        if !self.missed.swap(true, Ordering::AcqRel) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let cause = format!("{name} was moved away or replaced while it is used");
            let outcome = "nothing is served until it is put back or FinRust is restarted";
            tracing::error!(event = "file_replaced", cause, outcome);
        }
        false
    }

    /// The result of the last check; checks again when one was missing.
    #[must_use]
    pub fn were_there(&self) -> bool {
        !self.missed.load(Ordering::Acquire) || self.are_there()
    }
}

fn leads_to(path: &Path, file: FileId) -> bool {
    id(path) == Some(file)
}

fn id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().as_ref().map(of)
}

fn of(found: &Metadata) -> FileId {
    (found.dev(), found.ino())
}

#[cfg(test)]
mod tests {
    use super::NamedFiles;
    use std::fs;

    #[test]
    fn a_name_that_leads_elsewhere_is_missed_until_it_leads_back() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other, away] = ["one", "other", "away"].map(|name| folder.path().join(name));
        fs::write(&one, "").unwrap();
        let named = NamedFiles::of([one.clone(), other.clone()]);
        fs::write(&other, "").unwrap();
        assert!(named.are_there() && named.were_there(), "what was not there is not missed");
        fs::rename(&one, &away).unwrap();
        assert!(named.were_there(), "nobody has looked");
        assert!(!named.are_there() && !named.were_there());
        fs::copy(&away, &one).unwrap();
        assert!(!named.are_there(), "a copy is another file");
        fs::rename(&away, &one).unwrap();
        assert!(named.were_there() && named.are_there());
    }
}
