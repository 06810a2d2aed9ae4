//! The service behind the Functions host: documents and keys of the embedded default, its queue on Azure Storage, and a mail service
//! controlled by the test.

use crate::azurite::Azurite;
use async_trait::async_trait;
use axum::Router;
use finrust::{
    adapters::system::{SystemClock, SystemRandom},
    app::{Options, assemble},
    crypto::password::Argon2id,
    domain::sign_in::credentials::{DisplayName, EmailAddress, Language, Role, Username},
    embedded::DataDir,
    flows::{
        accounts::administration::{Invitee, Inviter, invite},
        limits::LimitSettings,
    },
    http::{routes::router, state::AppState},
    ports::{Letter, MailError, Mailer, Ports},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

pub struct App {
    pub state: AppState,
    pub mail_service: Arc<MailService>,
    _directory: TempDir,
}

/// Fails as often as it is told to.
#[derive(Default)]
pub struct MailService(Mutex<Plan>);

#[derive(Default)]
struct Plan {
    failures: usize,
    tried: usize,
    sent: Vec<String>,
}

impl MailService {
    /// Fails for the next `times` letters; permanently with [`usize::MAX`].
    pub fn fail(&self, times: usize) {
        self.0.lock().unwrap().failures = times;
    }

    /// How often it was asked.
    pub fn tried(&self) -> usize {
        self.0.lock().unwrap().tried
    }

    /// Recipients of what it sent.
    pub fn sent(&self) -> Vec<String> {
        self.0.lock().unwrap().sent.clone()
    }
}

#[async_trait]
impl Mailer for MailService {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let mut plan = self.0.lock().unwrap();
        plan.tried += 1;
        if plan.failures > 0 {
            plan.failures -= 1;
            return Err(MailError::TryAgain { retry_after: Duration::from_mins(1) });
        }
        plan.sent.push(letter.to.as_str().to_owned());
        Ok(())
    }
}

impl App {
    /// Starts the service with an existing queue of this name.
    pub fn start(azurite: &Azurite, queue: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let embedded = DataDir::new(directory.path().to_owned());
        let ports = embedded.open_or_create(Arc::new(SystemClock), Arc::new(SystemRandom), Arc::new(|_| ())).unwrap().ports;
        let mail_service = Arc::new(MailService::default());
        let queue = Arc::new(crate::queue_at(&azurite.url(queue)));
        let ports = Ports { queue, mailer: Arc::clone(&mail_service) as Arc<dyn Mailer>, ..ports };
        let options = Options {
            public_url: "https://finrust.test".to_owned(),
            client_ip_header: None,
            front_door_id: None,
            behind_host: true,
            hand_over_wait: Duration::ZERO,
            limits: LimitSettings::default(),
            argon2id: Argon2id::default(),
        };
        Self { state: assemble(ports, options), mail_service, _directory: directory }
    }

    pub fn router(&self) -> Router {
        router(self.state.clone())
    }

    /// Creates an account, which mails an invitation.
    pub async fn invite(&self, name: &str) {
        let invitee = Invitee {
            username: Username::parse(name).unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            email: EmailAddress::parse(&format!("{name}@example.nl")).unwrap(),
            role: Role::Adviser,
            language: Language::Nl,
            controller: None,
        };
        assert!(invite(&self.state.services, Inviter::Operator, &invitee).await.is_ok());
    }
}
