//! The key-encryption key in a file: the embedded counterpart of Key Vault.
//!
//! ```text
//! file    = line for each version, oldest first; the newest wraps
//! line    = "finrust-kek v1 " version " " base64url(key (32)) LF           (RFC 4648 section 5, no padding)
//! wrapped = nonce (12) ‖ AES-256-GCM(key, nonce, "finrust kek v1" ‖ version, data key)
//! ```
//!
//! The nonce is random: far fewer data keys are wrapped than the 2^32 that NIST SP 800-38D section 8.3 allows. The file is read on each
//! use, so a rotation takes effect at once and the key is in memory only while it is used.

use super::key_file_text::{self as text, Version};
use crate::{
    crypto::aead,
    ports::{KekVersion, KeyWrap, KeyWrapError, Random, Wrapped},
    secret::Secret,
};
use async_trait::async_trait;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

const OWNER_ONLY: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;
const MAX_BYTES: u64 = 64 * 1024;
const NONCE_BYTES: usize = 12;

/// Wraps data keys under the newest key of a file, and unwraps under any key in it.
#[derive(Clone)]
pub struct KeyFile {
    path: PathBuf,
    random: Arc<dyn Random>,
}

/// Why a key file cannot be used, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key file {0} is missing: put it back from its backup (without it no document opens)")]
    Missing(PathBuf),
    /// The file exists already.
    #[error("the key file {0} exists already: it is never overwritten")]
    Exists(PathBuf),
    /// Users other than its owner can access it.
    #[error("the key file {0} can be read or written by others than its owner: run chmod 600 on it")]
    Exposed(PathBuf),
    /// Its text is not what FinRust wrote.
    #[error("the key file {0} is damaged: put it back from its backup")]
    Damaged(PathBuf),
    /// A pipe, a device, a directory.
    #[error("the key file {0} is not a file: put it back from its backup")]
    NotAFile(PathBuf),
    /// Another rotation is in progress, or was interrupted.
    #[error("a rotation is at work or was interrupted: when none runs, remove {0} and try again")]
    Rotating(PathBuf),
    /// Reading or writing failed.
    #[error("the key file {path} cannot be used: {source}")]
    Io {
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl KeyFile {
    /// Creates a file with a fresh key, readable by its owner only and durable before this returns.
    ///
    /// # Errors
    /// [`KeyFileError`]; an existing file is never touched.
    pub fn create(path: &Path, random: Arc<dyn Random>) -> Result<Self, KeyFileError> {
        let mut file = create_new(path, KeyFileError::Exists)?;
        let line = text::line(&Version::generate(&*random));
        if let Err(error) = write_durably(&mut file, path, line.as_bytes()) {
            // Nothing is sealed under it yet, and half a file would block the next attempt.
            let _ = fs::remove_file(path);
            return Err(io_error(path)(error));
        }
        Self::open(path, random)
    }

    /// Checks that the file exists, is closed to others and is intact. `random` provides the nonces.
    pub fn open(path: &Path, random: Arc<dyn Random>) -> Result<Self, KeyFileError> {
        read(path)?;
        Ok(Self { path: path.to_owned(), random })
    }

    /// Adds a fresh key that wraps from now on; older keys remain for unwrapping. The file is replaced atomically.
    ///
    /// # Errors
    /// [`KeyFileError`]; the file is then unchanged.
    pub fn rotate(&self) -> Result<KekVersion, KeyFileError> {
        let new_path = new_path(&self.path);
        let mut new_file = create_new(&new_path, KeyFileError::Rotating)?;
        let rotated = self.rotate_into(&mut new_file, &new_path);
        if rotated.is_err() {
            // The first error is the one that matters; the next rotation reports a file that is left behind.
            let _ = fs::remove_file(&new_path);
        }
        rotated
    }

    fn rotate_into(&self, new_file: &mut File, new_path: &Path) -> Result<KekVersion, KeyFileError> {
        let version = Version::generate(&*self.random);
        let mut whole = read(&self.path)?.iter().map(text::line).fold(Zeroizing::new(String::new()), |mut whole, line| {
            whole.reserve_exact(2 * line.len());
            whole.push_str(&line);
            whole
        });
        whole.push_str(&text::line(&version));
        write_durably(new_file, new_path, whole.as_bytes()).map_err(io_error(new_path))?;
        fs::rename(new_path, &self.path).and_then(|()| sync_folder(&self.path)).map_err(io_error(&self.path))?;
        Ok(version.name)
    }

    async fn versions(&self) -> Result<Vec<Version>, KeyWrapError> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await.map_err(|_| KeyWrapError::Unavailable)?;
        read.map_err(|error| match error {
            KeyFileError::Exposed(_) => KeyWrapError::Forbidden,
            KeyFileError::Missing(_)
            | KeyFileError::Exists(_)
            | KeyFileError::Damaged(_)
            | KeyFileError::NotAFile(_)
            | KeyFileError::Rotating(_)
            | KeyFileError::Io { .. } => KeyWrapError::Unavailable,
        })
    }

    async fn newest(&self) -> Result<Version, KeyWrapError> {
        self.versions().await?.pop().ok_or(KeyWrapError::Unavailable)
    }

    fn wrap_under(&self, newest: Version, key: &Secret<[u8; 32]>) -> Wrapped {
        let mut nonce = [0; NONCE_BYTES];
        self.random.fill(&mut nonce);
        let plain = Zeroizing::new(key.expose().to_vec());
        let sealed = aead::encrypt(&newest.key, nonce, &associated(&newest.name), plain);
        Wrapped { version: newest.name, bytes: [nonce.as_slice(), &sealed].concat() }
    }
}

fn open(versions: &[Version], wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
    let version = versions.iter().find(|it| it.name == wrapped.version).ok_or(KeyWrapError::Corrupt)?;
    let (nonce, sealed) = wrapped.bytes.split_first_chunk::<NONCE_BYTES>().ok_or(KeyWrapError::Corrupt)?;
    let plain = aead::decrypt(&version.key, *nonce, &associated(&version.name), sealed).map_err(|_| KeyWrapError::Corrupt)?;
    Secret::from_slice(&plain).ok_or(KeyWrapError::Corrupt)
}

#[async_trait]
impl KeyWrap for KeyFile {
    async fn wrap(&self, key: &Secret<[u8; 32]>) -> Result<Wrapped, KeyWrapError> {
        Ok(self.wrap_under(self.newest().await?, key))
    }

    /// Reads the file once, so that what opens `opened` and what wraps come from the same content.
    async fn wrap_beside(&self, key: &Secret<[u8; 32]>, opened: &Wrapped) -> Result<Wrapped, KeyWrapError> {
        let mut versions = self.versions().await?;
        if open(&versions, opened).is_err() {
            tracing::error!(event = "key_of_another_database");
            return Err(KeyWrapError::Unavailable);
        }
        Ok(self.wrap_under(versions.pop().ok_or(KeyWrapError::Unavailable)?, key))
    }

    async fn unwrap(&self, wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        open(&self.versions().await?, wrapped)
    }

    async fn newest_version(&self) -> Result<KekVersion, KeyWrapError> {
        Ok(self.newest().await?.name)
    }
}

fn associated(version: &KekVersion) -> Vec<u8> {
    [b"finrust kek v1", version.0.as_bytes()].concat()
}

fn new_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn create_new(path: &Path, when_taken: fn(PathBuf) -> KeyFileError) -> Result<File, KeyFileError> {
    OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => when_taken(path.to_owned()),
        _ => io_error(path)(error),
    })
}

fn write_durably(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder(path)
}

/// Without this, a crash may lose the name of a file whose content is durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn read(path: &Path) -> Result<Vec<Version>, KeyFileError> {
    let missing = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => io_error(path)(error),
    };
    // Opening a pipe blocks until something writes to it.
    if !fs::metadata(path).map_err(missing)?.is_file() {
        return Err(KeyFileError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(missing)?;
    let metadata = file.metadata().map_err(io_error(path))?;
    if metadata.mode() & GROUP_AND_OTHERS != 0 {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    // Allocated at full size: a buffer that grows leaves copies of keys behind.
    let room = usize::try_from(metadata.len().min(MAX_BYTES)).unwrap_or_default() + 1;
    let mut whole = Zeroizing::new(String::with_capacity(room));
    file.take(MAX_BYTES).read_to_string(&mut whole).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => KeyFileError::Damaged(path.to_owned()),
        _ => io_error(path)(error),
    })?;
    text::parse(&whole).ok_or_else(|| KeyFileError::Damaged(path.to_owned()))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError {
    move |source| KeyFileError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{KeyFile, KeyFileError, KeyWrap, KeyWrapError, Random, Secret, new_path};
    use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

    struct Os;

    impl Random for Os {
        fn fill(&self, bytes: &mut [u8]) {
            getrandom::fill(bytes).unwrap();
        }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek");
        (folder, path)
    }

    fn data_key() -> Secret<[u8; 32]> {
        Secret::new([7; 32])
    }

    #[tokio::test]
    async fn an_old_version_unwraps_after_a_rotation() {
        let (_folder, path) = folder();
        let keys = KeyFile::create(&path, Arc::new(Os)).unwrap();
        let before = keys.wrap(&data_key()).await.unwrap();
        let rotated = keys.rotate().unwrap();
        let after = keys.wrap(&data_key()).await.unwrap();
        assert_ne!(before.version, after.version);
        assert!(after.version == rotated && keys.newest_version().await.unwrap() == rotated);
        let reopened = KeyFile::open(&path, Arc::new(Os)).unwrap();
        for wrapped in [before, after] {
            assert!(reopened.unwrap(&wrapped).await.is_ok_and(|key| key == data_key()));
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn another_key_or_any_changed_bit_is_corrupt() {
        let (_folder, path) = folder();
        let keys = KeyFile::create(&path, Arc::new(Os)).unwrap();
        let wrapped = keys.wrap(&data_key()).await.unwrap();
        for bit in 0..wrapped.bytes.len() * 8 {
            let mut changed = wrapped.clone();
            changed.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(keys.unwrap(&changed).await.is_err_and(|error| error == KeyWrapError::Corrupt));
        }
        let mut renamed = wrapped.clone();
        renamed.version = keys.rotate().unwrap();
        assert!(keys.unwrap(&renamed).await.is_err_and(|error| error == KeyWrapError::Corrupt));
        fs::remove_file(&path).unwrap();
        let other = KeyFile::create(&path, Arc::new(Os)).unwrap();
        assert!(other.unwrap(&wrapped).await.is_err_and(|error| error == KeyWrapError::Corrupt));
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        let (_folder, path) = folder();
        let keys = KeyFile::create(&path, Arc::new(Os)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(KeyFile::open(&path, Arc::new(Os)), Err(KeyFileError::Exposed(_))));
        assert!(keys.wrap(&data_key()).await.is_err_and(|error| error == KeyWrapError::Forbidden));
    }

    #[test]
    fn what_is_missing_damaged_or_taken_is_said() {
        let (_folder, path) = folder();
        assert!(matches!(KeyFile::open(&path, Arc::new(Os)), Err(KeyFileError::Missing(_))));
        let keys = KeyFile::create(&path, Arc::new(Os)).unwrap();
        assert!(matches!(KeyFile::create(&path, Arc::new(Os)), Err(KeyFileError::Exists(_))));
        fs::write(new_path(&path), "").unwrap();
        assert!(matches!(keys.rotate(), Err(KeyFileError::Rotating(_))));
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(matches!(KeyFile::open(&path, Arc::new(Os)), Err(KeyFileError::Damaged(_))));
    }
}
