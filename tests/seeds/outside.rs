//! What outlives every process: database, queue, vault, mail service and erasure log, in memory.

use crate::mailbox::Mail;
use finrust::{
    ports::{Clock, KekVersion, KeyWrapError, Letter, MAX_DEQUEUES, Wrapped},
    secret::Secret,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use test_support::{clock::TestClock, doubles::memory::MemoryDocuments};

/// How long a message that was taken stays hidden.
const HIDDEN: SignedDuration = SignedDuration::from_secs(30);

/// A message of the queue.
#[derive(Clone)]
pub struct Message {
    pub id: u64,
    pub text: String,
    visible_at: Timestamp,
    dequeues: u32,
}

#[derive(Clone, Default)]
struct Queued {
    messages: Vec<Message>,
    last_id: u64,
}

/// Everything outside the processes.
pub struct Outside {
    pub clock: Arc<TestClock>,
    pub documents: Arc<MemoryDocuments>,
    queue: Mutex<Queued>,
    mails: Mutex<Vec<(String, Mail)>>,
    versions: AtomicU32,
    erasures: Mutex<Vec<String>>,
}

impl Outside {
    pub fn new() -> Self {
        let clock = TestClock::new();
        Self {
            documents: MemoryDocuments::new(Arc::clone(&clock)),
            clock,
            queue: Mutex::default(),
            mails: Mutex::default(),
            versions: AtomicU32::new(1),
            erasures: Mutex::default(),
        }
    }

    /// An independent copy.
    pub fn copy(&self) -> Self {
        let clock = TestClock::at(self.clock.now());
        Self {
            documents: self.documents.copy(Arc::clone(&clock)),
            clock,
            queue: Mutex::new(self.queue.lock().unwrap().clone()),
            mails: Mutex::new(self.mails.lock().unwrap().clone()),
            versions: AtomicU32::new(self.versions.load(Ordering::Relaxed)),
            erasures: Mutex::new(self.erasures.lock().unwrap().clone()),
        }
    }

    /// Puts a message on the queue.
    pub fn send(&self, text: &str, delay: Duration) {
        let mut queue = self.queue.lock().unwrap();
        queue.last_id += 1;
        let (id, delay) = (queue.last_id, SignedDuration::try_from(delay).unwrap());
        queue.messages.push(Message { id, text: text.to_owned(), visible_at: self.clock.now() + delay, dequeues: 0 });
    }

    /// Takes any message that is visible.
    pub fn take(&self, choose: impl FnOnce(usize) -> usize) -> Option<Message> {
        let (mut queue, now) = (self.queue.lock().unwrap(), self.clock.now());
        let mut visible: Vec<_> =
            queue.messages.iter_mut().filter(|message| message.visible_at <= now && message.dequeues < MAX_DEQUEUES).collect();
        if visible.is_empty() {
            return None;
        }
        let chosen = visible.swap_remove(choose(visible.len()));
        (chosen.visible_at, chosen.dequeues) = (now + HIDDEN, chosen.dequeues + 1);
        Some(chosen.clone())
    }

    pub fn done(&self, id: u64) {
        self.queue.lock().unwrap().messages.retain(|message| message.id != id);
    }

    /// Sends a letter; a repetition of the same is sent once.
    pub fn post(&self, letter: &Letter) {
        let (id, mut mails) = (letter.id.to_string(), self.mails.lock().unwrap());
        let Letter { subject, text, html, .. } = letter;
        let (to, subject, text, html) = (letter.to.as_str().to_owned(), subject.clone(), text.clone(), html.clone());
        if mails.iter().all(|(known, _)| *known != id) {
            mails.push((id, Mail { to, subject, text, html, raw: String::new() }));
        }
    }

    /// The one-time password in the last mail to this address, if the last one holds any; `after` counts earlier mails to it.
    pub fn one_time_password(&self, address: &str, after: usize) -> Option<String> {
        let mails = self.mails.lock().unwrap();
        let to_it: Vec<_> = mails.iter().map(|(_, mail)| mail).filter(|mail| mail.to == address).skip(after).collect();
        to_it.into_iter().rev().find_map(Mail::find_one_time_password)
    }

    /// How many mails went to this address.
    pub fn mails_to(&self, address: &str) -> usize {
        self.mails.lock().unwrap().iter().filter(|(_, mail)| mail.to == address).count()
    }

    pub fn newest_version(&self) -> KekVersion {
        KekVersion(format!("v{}", self.versions.load(Ordering::Relaxed)))
    }

    /// Replaces the key-encryption key by a new version.
    pub fn add_version(&self) {
        self.versions.fetch_add(1, Ordering::Relaxed);
    }

    /// Wraps under the newest version. It hides nothing: this vault is for faults, not for secrecy.
    pub fn wrap(&self, key: &Secret<[u8; 32]>) -> Wrapped {
        Wrapped { version: self.newest_version(), bytes: key.expose().to_vec() }
    }

    pub fn unwrap(wrapped: &Wrapped) -> Result<Secret<[u8; 32]>, KeyWrapError> {
        wrapped.bytes.as_slice().try_into().map(Secret::new).map_err(|_| KeyWrapError::Corrupt)
    }

    pub fn append(&self, line: &str) {
        self.erasures.lock().unwrap().push(line.trim_end().to_owned());
    }

    pub fn lines(&self) -> Vec<String> {
        self.erasures.lock().unwrap().clone()
    }
}
