//! Mails as files in a folder, one complete message each (RFC 5322, MIME RFC 2045 to 2049): the embedded counterpart of the mail service.

use crate::{
    ports::{Clock, Letter, MailError, Mailer},
    telemetry::cause,
};
use async_trait::async_trait;
use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// The sender when none is configured.
pub const DEFAULT_SENDER: &str = "FinRust <noreply@localhost>";

const RETRY_AFTER: Duration = Duration::from_mins(1);

/// Called with the path of each new mail; printing is up to the program, not to an adapter.
pub type Announce = Arc<dyn Fn(&Path) + Send + Sync>;

/// Writes mails to a folder that only its owner can access.
#[derive(Clone)]
pub struct MailFolder {
    folder: PathBuf,
    sender: Mailbox,
    clock: Arc<dyn Clock>,
    announce: Announce,
    /// Held while a mail is written, so that an id sent twice concurrently is written once.
    writing: Arc<Mutex<()>>,
}

/// Why the folder cannot be used, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum MailFolderError {
    /// The configured sender is not an address.
    #[error("the mail sender must look like {DEFAULT_SENDER}")]
    Sender,
    /// The folder cannot be created.
    #[error("the mail folder {path} cannot be used: {source}")]
    Io {
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl MailFolder {
    /// Creates the folder if necessary. `sender` is a mailbox such as [`DEFAULT_SENDER`].
    pub fn open(folder: &Path, sender: &str, clock: Arc<dyn Clock>, announce: Announce) -> Result<Self, MailFolderError> {
        let sender = sender.parse().map_err(|_| MailFolderError::Sender)?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| MailFolderError::Io { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned(), sender, clock, announce, writing: Arc::default() })
    }

    fn message(&self, letter: &Letter, now: Timestamp) -> Option<Vec<u8>> {
        let to: Address = letter.to.ascii().parse().ok()?;
        let message = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .date(SystemTime::try_from(now).ok()?)
            .message_id(Some(format!("<{}@{}>", letter.id, self.sender.email.domain())))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()));
        Some(message.ok()?.formatted())
    }

    /// The file that was written, or `None` when this mail already has one.
    fn write(&self, name: &str, mail: &str, bytes: &[u8]) -> io::Result<Option<PathBuf>> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has(mail)? {
            return Ok(None);
        }
        let (unfinished, path) = (self.folder.join(format!(".{mail}.tmp")), self.folder.join(name));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(Some(path))
    }

    fn has(&self, mail: &str) -> io::Result<bool> {
        let end = format!("-{mail}.eml");
        for entry in fs::read_dir(&self.folder)? {
            if entry?.file_name().to_string_lossy().ends_with(&end) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl Mailer for MailFolder {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let now = self.clock.now();
        let bytes = self.message(letter, now).ok_or(MailError::Never)?;
        let mail = letter.id.to_string();
        let name = format!("{}-{mail}.eml", now.strftime("%Y%m%dT%H%M%SZ"));
        let folder = self.clone();
        let written = tokio::task::spawn_blocking(move || folder.write(&name, &mail, &bytes)).await;
        match written {
            Ok(Ok(path)) => path.iter().for_each(|path| (self.announce)(path)),
            Ok(Err(error)) => {
                tracing::error!(event = "mail_folder_failed", cause = cause(&error));
                return Err(MailError::TryAgain { retry_after: RETRY_AFTER });
            }
            Err(_) => return Err(MailError::TryAgain { retry_after: RETRY_AFTER }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, DEFAULT_SENDER, Letter, MailFolder, MailFolderError, Mailer, Timestamp};
    use crate::domain::{ids::MailId, sign_in::credentials::EmailAddress};
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::{Path, PathBuf},
        sync::{Arc, Mutex},
    };

    struct Ticking(Mutex<i64>);

    impl Clock for Ticking {
        fn now(&self) -> Timestamp {
            let mut seconds = self.0.lock().unwrap();
            *seconds += 1;
            Timestamp::from_second(*seconds).unwrap()
        }
    }

    fn open(folder: &Path) -> (MailFolder, Arc<Mutex<Vec<PathBuf>>>) {
        let announced: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let seen = Arc::clone(&announced);
        let clock = Arc::new(Ticking(Mutex::new(1_790_000_000)));
        let announce = Arc::new(move |path: &Path| seen.lock().unwrap().push(path.to_owned()));
        (MailFolder::open(&folder.join("mails"), DEFAULT_SENDER, clock, announce).unwrap(), announced)
    }

    fn letter(subject: &str) -> Letter {
        Letter {
            id: MailId::from_bytes([7; 16]),
            to: EmailAddress::parse("anna@example.nl").unwrap(),
            subject: subject.to_owned(),
            text: "Open https://localhost/reset/abc".to_owned(),
            html: "<p>Open <a href=\"https://localhost/reset/abc\">FinRust</a></p>".to_owned(),
        }
    }

    async fn written(subject: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (mails, announced) = open(folder.path());
        mails.send(&letter(subject)).await.unwrap();
        let path = announced.lock().unwrap().pop().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        fs::read_to_string(path).unwrap()
    }

    #[tokio::test]
    async fn a_mail_is_a_whole_message() {
        let message = written("Nieuw wachtwoord").await;
        let (headers, body) = message.split_once("\r\n\r\n").unwrap();
        for header in [
            "From: FinRust <noreply@localhost>",
            "To: anna@example.nl",
            "Subject: Nieuw wachtwoord",
            "Date: Mon, 21 Sep 2026 14:13:21 +0000",
            "Message-ID: <07070707-0707-0707-0707-070707070707@localhost>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(headers.split("\r\n").any(|line| line == header), "{header} in {headers}");
        }
        assert!(headers.contains("Content-Type: multipart/alternative;"));
        let (plain, html) = (body.find("Content-Type: text/plain").unwrap(), body.find("Content-Type: text/html").unwrap());
        assert!(plain < html && body.contains("\r\nOpen https://localhost/reset/abc\r\n"));
    }

    #[tokio::test]
    async fn a_subject_cannot_add_a_header() {
        let message = written("Hallo\r\nBcc: everyone@example.nl\r\n\r\nhallo").await;
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!headers.split("\r\n").any(|line| line.starts_with("Bcc")), "{headers}");
        assert!(headers.contains("Auto-Submitted"), "{headers}");
    }

    #[tokio::test]
    async fn the_same_mail_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let (mails, announced) = open(folder.path());
        let letter = letter("Hallo");
        let (one, other) = tokio::join!(mails.send(&letter), mails.send(&letter));
        assert!(one.is_ok() && other.is_ok() && mails.send(&letter).await.is_ok());
        assert_eq!(announced.lock().unwrap().len(), 1);
        assert_eq!(fs::read_dir(folder.path().join("mails")).unwrap().count(), 1);
    }

    #[test]
    fn a_sender_is_an_address() {
        let clock = Arc::new(Ticking(Mutex::new(0)));
        let folder = tempfile::tempdir().unwrap();
        let opened = MailFolder::open(folder.path(), "nobody", clock, Arc::new(|_| ()));
        assert!(matches!(opened, Err(MailFolderError::Sender)));
    }
}
