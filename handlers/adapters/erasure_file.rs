//! The erasure log in a file beside the database: the embedded counterpart of the append blob. It is not part of a backup of the database,
//! and it is never replaced by an older copy.

use crate::{
    domain::clients::erasure_log::{ErasureLine, Form},
    ports::{ErasureLog, ErasureLogError},
};
use async_trait::async_trait;
use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A file that lines are appended to, and another beside it for lines of the second form: versions of FinRust that do not know that form
/// can still read the first file.
pub struct ErasureFile(PathBuf);

impl ErasureFile {
    /// The file at this path; the first append creates it.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// `erasures.log` and `erasures-2.log`.
    fn path(&self, form: Form) -> PathBuf {
        let name = |path: &Path| format!("{}-2", path.file_stem().unwrap_or_default().to_string_lossy());
        match form {
            Form::First => self.0.clone(),
            Form::Second => self.0.with_file_name(name(&self.0)).with_extension(self.0.extension().unwrap_or_default()),
        }
    }
}

#[async_trait]
impl ErasureLog for ErasureFile {
    async fn append(&self, line: &ErasureLine) -> Result<(), ErasureLogError> {
        let (path, line) = (self.path(line.form()), format!("{}\n", line.as_str()));
        blocking(move || append(&path, &line)).await
    }

    async fn lines(&self) -> Result<Vec<String>, ErasureLogError> {
        let mut lines = Vec::new();
        for path in [Form::First, Form::Second].map(|form| self.path(form)) {
            let text = blocking(move || read(&path)).await?;
            lines.extend(whole_lines(&text).lines().map(ToOwned::to_owned));
        }
        Ok(lines)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, ErasureLogError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(event = "erasure_log_failed", cause = error.kind().to_string());
            Err(ErasureLogError)
        }
        Err(_) => Err(ErasureLogError),
    }
}

/// Appends under a lock, so that two processes do not write into each other's lines.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.lock()?;
    drop_torn_line(&mut file)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    if is_new {
        File::open(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Anything after the last line break was never acknowledged: the power failed while it was written.
fn drop_torn_line(file: &mut File) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}
