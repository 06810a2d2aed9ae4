//! One world: the outside, the processes that use it, and what clients were told.

use super::{
    attempts::Attempts,
    chance::Chance,
    faults::{Line, Ports, Rates},
    outside::Outside,
    turns::Turns,
};
use crate::actor::Front;
use finrust::{
    app::{Options, assemble},
    crypto::password::Argon2id,
    flows::{jobs, limits::LimitSettings, maintenance, verify},
    http::{routes::router, state::AppState},
    ports::{self, Clock},
};
use jiff::SignedDuration;
use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long the work that is left may take, in rounds of maintenance.
const ROUNDS: usize = 3;
/// Longer than an instance keeps a rotated key, over all rounds; with the stories, shorter than a session lives.
const ROUND: SignedDuration = SignedDuration::from_mins(3);

/// How long a worker waits before it looks at an empty queue again, in turns.
const IDLE: usize = 5;

/// A process, until it dies.
pub struct Process {
    pub front: Arc<Front>,
    pub state: AppState,
    pub line: Arc<Line>,
}

/// Everything of one seed.
pub struct World {
    pub outside: Arc<Outside>,
    pub turns: Arc<Turns>,
    pub rates: Rates,
    pub attempts: Attempts,
    /// Taken alone by what works on other threads, whose speed no seed decides.
    pub alone: tokio::sync::RwLock<()>,
    chance: Arc<Chance>,
    on: Arc<AtomicBool>,
    processes: Mutex<Vec<Arc<Process>>>,
}

impl World {
    /// A world on this outside. Nothing fails until [`World::begin`].
    pub fn new(seed: u64, outside: Outside) -> Arc<Self> {
        let chance = Arc::new(Chance::new(seed, 2));
        let rates = Rates::of(&chance);
        let world = Self {
            outside: Arc::new(outside),
            turns: Turns::new(seed),
            rates,
            attempts: Attempts::default(),
            alone: tokio::sync::RwLock::default(),
            chance,
            on: Arc::default(),
            processes: Mutex::default(),
        };
        let instances = 1 + world.chance.below(2);
        *world.processes.lock().unwrap() = (0..instances).map(|_| world.start()).collect();
        Arc::new(world)
    }

    /// From now on, things go wrong.
    pub fn begin(&self) {
        self.on.store(true, Ordering::Relaxed);
    }

    /// Nothing goes wrong any more, and whatever was running is gone.
    pub fn end(&self) {
        self.on.store(false, Ordering::Relaxed);
        *self.processes.lock().unwrap() = vec![self.start()];
    }

    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    fn start(&self) -> Arc<Process> {
        let line = Line::new(&self.outside, &self.turns, &self.chance, self.rates, &self.on);
        let ports = ports::Ports {
            documents: Arc::new(Ports(Arc::clone(&line))),
            key_wrap: Arc::new(Ports(Arc::clone(&line))),
            queue: Arc::new(Ports(Arc::clone(&line))),
            mailer: Arc::new(Ports(Arc::clone(&line))),
            erasures: Arc::new(Ports(Arc::clone(&line))),
            clock: Arc::clone(&self.outside.clock) as Arc<dyn Clock>,
            random: Arc::clone(&self.chance) as Arc<dyn ports::Random>,
        };
        let state = assemble(ports, options());
        let front = Arc::new(Front::new(router(state.clone()), Arc::clone(&self.outside.clock), false));
        Arc::new(Process { front, state, line })
    }

    /// Any process; one that has died is started again first.
    pub fn process(&self) -> Arc<Process> {
        let mut processes = self.processes.lock().unwrap();
        let chosen = self.chance.below(processes.len());
        if processes[chosen].line.is_dead() {
            processes[chosen] = self.start();
        }
        Arc::clone(&processes[chosen])
    }

    /// Work in a process, without a client: `None` when it died.
    pub async fn within<T>(&self, work: impl AsyncFnOnce(&AppState) -> T) -> Option<T> {
        let _together = self.alone.read().await;
        let process = self.process();
        tokio::select! {
            biased;
            done = work(&process.state) => Some(done),
            () = process.line.death() => None,
        }
    }

    /// Takes the next job and does it. Whether there was one.
    pub async fn work_one(&self) -> bool {
        let Some(message) = self.outside.take(|visible| self.chance.below(visible)) else {
            self.turns.pass(IDLE).await;
            return false;
        };
        let done = self.within(async |state| jobs::run(&state.services, &message.text).await.is_ok()).await;
        // What was done may be delivered again all the same.
        if done == Some(true) && !(self.is_on() && self.chance.one_in(self.rates.queue)) {
            self.outside.done(message.id);
        }
        true
    }

    /// One tick of the maintenance timer. Whether it went well.
    pub async fn maintain(&self) -> bool {
        self.within(async |state| maintenance::run(&state.services, &*state.documents).await.is_ok()).await == Some(true)
    }

    /// Finishes all background work.
    pub async fn drain(&self) {
        for _ in 0..ROUNDS {
            self.outside.clock.advance(ROUND);
            assert!(self.maintain().await, "maintenance fails although nothing else does");
            while self.work_one().await {}
        }
    }

    /// What `finrust verify` finds.
    pub async fn verify(&self) {
        let process = self.process();
        let services = &process.state.services;
        let (documents, clock) = (&*process.state.documents, &*self.outside.clock);
        let report =
            verify::run::run(documents, &services.sealing, &services.identities, &*services.erasures, clock, |_| {}).await.unwrap();
        assert!(report.is_clean(), "a chain or a document: {:#?}", report.lines());
    }
}

/// Hashes cost nothing here, and nobody is slowed down for coming from one address: neither is what is tested.
#[expect(clippy::disallowed_methods, reason = "thousands of worlds sign in, each dozens of times")]
fn options() -> Options {
    let many = NonZeroU32::new(1000).unwrap();
    Options {
        public_url: "https://finrust.test".to_owned(),
        client_ip_header: None,
        front_door_id: None,
        behind_host: false,
        hand_over_wait: Duration::ZERO,
        limits: LimitSettings { address_burst: many, strangers_per_second: many, reset_burst: many },
        argon2id: Argon2id::cheap(),
    }
}
