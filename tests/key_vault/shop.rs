//! The whole store on embedded documents, with data keys wrapped by a vault.

use finrust::{
    adapters::system::SystemRandom,
    app::{Options, assemble},
    crypto::{
        envelope::{EnvelopeContext, Part, Unopened},
        password::Argon2id,
    },
    domain::{
        ids::ScopeId,
        sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
    },
    embedded::{DataDir, Embedded},
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        limits::LimitSettings,
        maintenance::{self, Rewrapped},
        verify,
    },
    http::state::AppState,
    ports::{Clock, KeyWrap, Ports},
    store::{error::StoreError, keys::sealing::KeyScope},
};
use std::sync::Arc;
use tempfile::TempDir;
use test_support::clock::TestClock;

/// The data, and what was sealed besides accounts.
pub struct Shop {
    pub clock: Arc<TestClock>,
    directory: TempDir,
    sealed: Vec<(KeyScope, Vec<u8>)>,
}

impl Shop {
    /// Creates an account, and a document for each of so many advisers.
    pub async fn fill(key_wrap: Arc<dyn KeyWrap>, advisers: u8) -> Self {
        let clock = TestClock::new();
        let mut shop = Self { clock, directory: tempfile::tempdir().unwrap(), sealed: Vec::new() };
        let state = shop.open(key_wrap);
        let invitee = Invitee {
            username: Username::parse("sanne").unwrap(),
            display_name: DisplayName::parse("Sanne van Kantoor").unwrap(),
            email: EmailAddress::parse("sanne@example.nl").unwrap(),
            role: Role::Adviser,
            language: Language::Nl,
            controller: None,
        };
        assert!(invite(&state.services, Inviter::Operator, &invitee).await.is_ok());
        for adviser in 0..advisers {
            let scope = KeyScope::Adviser(ScopeId::from_random([adviser; 16]));
            let sealed = state.services.sealing.seal(scope, place(), text(scope).as_bytes()).await.unwrap();
            shop.sealed.push((scope, sealed.as_bytes().to_vec()));
        }
        shop
    }

    /// A process with an empty key cache.
    pub fn open(&self, key_wrap: Arc<dyn KeyWrap>) -> AppState {
        let directory = DataDir::new(self.directory.path().to_owned());
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let Embedded { ports, .. } = directory.open_or_create(clock, Arc::new(SystemRandom), Arc::new(|_| {})).unwrap();
        let options = Options {
            public_url: "https://finrust.test".to_owned(),
            client_ip_header: None,
            front_door_id: None,
            behind_host: false,
            hand_over_wait: std::time::Duration::ZERO,
            limits: LimitSettings::default(),
            argon2id: Argon2id::default(),
        };
        assemble(Ports { key_wrap, ..ports }, options)
    }

    /// Seals for the advisers, with their current keys.
    pub async fn seal(&self, state: &AppState) {
        for (scope, _) in &self.sealed {
            state.services.sealing.seal(*scope, place(), text(*scope).as_bytes()).await.unwrap();
        }
    }

    /// Opens what was sealed for the advisers, concurrently; returns the first failure.
    pub async fn read(&self, state: &AppState, times: usize) -> Result<(), StoreError> {
        let mut readers = tokio::task::JoinSet::new();
        for (scope, bytes) in self.sealed.iter().cycle().take(times * self.sealed.len()) {
            let (scope, unopened, services) = (*scope, Unopened::new(bytes.clone()), Arc::clone(&state.services));
            readers.spawn(async move {
                let opened = services.sealing.open(scope, place(), &unopened).await?;
                assert_eq!(opened.as_slice(), text(scope).as_bytes());
                Ok(())
            });
        }
        readers.join_all().await.into_iter().collect()
    }
}

/// Does what `finrust rewrap` does.
pub async fn rewrap(state: &AppState) -> Rewrapped {
    maintenance::rewrap(&state.services, &*state.documents, |_| {}).await.unwrap()
}

/// Does what `finrust verify` does: opens every document and every data key. Returns how many opened, and how many did not.
pub async fn verify(state: &AppState) -> (usize, usize) {
    let services = &state.services;
    let report =
        verify::run::run(&*state.documents, &services.sealing, &services.identities, &*services.erasures, &*services.clock, |_| {})
            .await
            .unwrap();
    (report.opened, report.findings.len() + report.more_findings)
}

fn place() -> EnvelopeContext<'static> {
    EnvelopeContext { container: "clients", partition: "adviser", document: "client-1", part: Part::Body }
}

fn text(scope: KeyScope) -> String {
    format!("the file of {scope}")
}
