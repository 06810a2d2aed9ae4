//! What was sent to the mail service: as letters, and as the messages written for them.

use async_trait::async_trait;
use finrust::{
    adapters::mail_folder::Announce,
    ports::{Letter, MailError, Mailer},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// A mail as its recipient gets it.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The whole message (RFC 5322).
    pub raw: String,
}

impl Mail {
    /// The one-time password: four groups of four, alone on a line.
    pub fn one_time_password(&self) -> String {
        self.find_one_time_password().unwrap_or_else(|| panic!("no one-time password in {self:#?}"))
    }

    /// The same, if there is one.
    pub fn find_one_time_password(&self) -> Option<String> {
        self.text.lines().map(str::trim).find(|line| is_code(line)).map(str::to_owned)
    }

    /// The link that leads directly to signing in.
    pub fn link(&self) -> String {
        let found = self.text.lines().map(str::trim).find(|line| line.contains("/#/login/"));
        found.unwrap_or_else(|| panic!("no link in {self:#?}")).to_owned()
    }
}

fn is_code(line: &str) -> bool {
    let groups: Vec<_> = line.split('-').collect();
    groups.len() == 4 && groups.iter().all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Keeps what a mailer sends.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Kept>);

#[derive(Default)]
struct Kept {
    written: Mutex<Vec<PathBuf>>,
    mails: Mutex<Vec<Mail>>,
}

impl Mailbox {
    /// The callback for every file that the mail folder writes.
    pub fn announce(&self) -> Announce {
        let kept = Arc::clone(&self.0);
        Arc::new(move |path: &Path| kept.written.lock().unwrap().push(path.to_owned()))
    }

    /// A mailer that sends through `inner` and keeps a copy.
    pub fn before(&self, inner: Arc<dyn Mailer>) -> Arc<dyn Mailer> {
        Arc::new(Copying { inner, mailbox: self.clone() })
    }

    /// Everything sent so far, oldest first.
    pub fn all(&self) -> Vec<Mail> {
        self.0.mails.lock().unwrap().clone()
    }

    /// Treats these as sent.
    pub fn keep_all(&self, mails: Vec<Mail>) {
        self.0.mails.lock().unwrap().extend(mails);
    }

    pub fn clear(&self) {
        self.0.mails.lock().unwrap().clear();
    }

    /// Keeps a letter if a file was written for it: a repeat of the same letter writes none.
    fn keep(&self, letter: &Letter) {
        let end = format!("-{}.eml", letter.id);
        let mut written = self.0.written.lock().unwrap();
        let Some(place) = written.iter().position(|path| path.to_string_lossy().ends_with(&end)) else {
            return;
        };
        let raw = std::fs::read_to_string(written.remove(place)).unwrap();
        let Letter { subject, text, html, .. } = letter;
        let (subject, text, html) = (subject.clone(), text.clone(), html.clone());
        self.0.mails.lock().unwrap().push(Mail { to: letter.to.as_str().to_owned(), subject, text, html, raw });
    }
}

struct Copying {
    inner: Arc<dyn Mailer>,
    mailbox: Mailbox,
}

#[async_trait]
impl Mailer for Copying {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        self.inner.send(letter).await?;
        self.mailbox.keep(letter);
        Ok(())
    }
}
