//! The handler's process as the host manages it: started, restarted, killed, given up.
//!
//! Exit code 0 leaves it stopped, 200 restarts it, and every other exit counts as an error: it is restarted at once without a pause, and
//! the third error ends the host (`HttpFunctionInvocationDispatcher`). When an invocation exceeds `functionTimeout` the process is killed
//! and restarted, which does not count (`WebScriptHostExceptionHandler`). It is always killed (`WorkerProcess.Dispose`): no other signal
//! ever reaches it.

use std::{
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

/// This many errors end the host.
const MAX_ERRORS: usize = 3;
/// Errors are forgotten when the next one comes this long after the last (`WorkerRestartErrorIntervalThresholdInMinutes`).
const FORGOTTEN_AFTER: Duration = Duration::from_mins(30);

/// The process, and what the host knows about it.
pub struct Worker {
    command: Command,
    child: Child,
    errors: Vec<Instant>,
    state: State,
    starts: usize,
}

/// How the host treats the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Kept,
    /// It exited with 0 and stays down; requests go nowhere.
    LeftAlone,
    /// It failed too often; the host has ended too.
    GivenUp,
}

impl Worker {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let child = command.spawn().expect("the handler starts");
        Self { command, child, errors: Vec::new(), state: State::Kept, starts: 1 }
    }

    /// Restarts it if it has exited, unless it failed too often. Returns whether it was restarted.
    pub fn tend(&mut self, now: Instant) -> bool {
        let ended = if self.state == State::Kept { self.child.try_wait().expect("a child of this process") } else { None };
        match ended.map(|status| status.code()) {
            None => return false,
            Some(Some(0)) => self.state = State::LeftAlone,
            Some(Some(200)) => self.start_anew(),
            Some(_) => {
                if self.errors.last().is_some_and(|last| now.duration_since(*last) > FORGOTTEN_AFTER) {
                    self.errors.clear();
                }
                self.errors.push(now);
                self.start_anew();
            }
        }
        self.state == State::Kept
    }

    /// An invocation exceeded its time-out.
    pub fn time_out(&mut self) {
        self.kill();
        self.start_anew();
    }

    fn start_anew(&mut self) {
        if self.errors.len() < MAX_ERRORS {
            self.child = self.command.spawn().expect("the handler starts");
            self.starts += 1;
        } else {
            self.state = State::GivenUp;
        }
    }

    /// Kills it, as the host does.
    pub fn kill(&mut self) {
        // It may have exited before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub const fn state(&self) -> State {
        self.state
    }

    /// How often it was started.
    pub const fn starts(&self) -> usize {
        self.starts
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, once it has exited.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a child of this process")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program that exits at once with this code.
#[cfg(test)]
fn ending(code: u8) -> Worker {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exit {code}")]);
    Worker::start(command)
}

#[test]
fn who_ends_with_zero_stays_away_and_who_asks_for_it_is_started_as_often_as_he_likes() {
    let mut worker = ending(0);
    worker.wait();
    assert!(!worker.tend(Instant::now()));
    assert_eq!((worker.state(), worker.starts()), (State::LeftAlone, 1));
    let mut worker = ending(200);
    for starts in 2..8 {
        worker.wait();
        assert!(worker.tend(Instant::now()));
        assert_eq!((worker.state(), worker.starts()), (State::Kept, starts));
    }
}

#[test]
fn the_third_error_within_half_an_hour_of_the_last_ends_the_host() {
    let start = Instant::now();
    let minutes = |minutes: u64| start + Duration::from_secs(60 * minutes);
    let lives = |moments: &[u64]| {
        let mut worker = ending(1);
        for minute in moments {
            worker.wait();
            worker.tend(minutes(*minute));
        }
        (worker.state(), worker.starts())
    };
    assert_eq!(lives(&[0, 0]), (State::Kept, 3));
    assert_eq!(lives(&[0, 0, 0]), (State::GivenUp, 3));
    // Each within half an hour of the previous one, though not of the first.
    assert_eq!(lives(&[0, 29, 58]), (State::GivenUp, 3));
    assert_eq!(lives(&[0, 31, 62, 93]), (State::Kept, 5));
    assert_eq!(lives(&[0, 1, 32, 33, 34]), (State::GivenUp, 5));
}

#[test]
fn a_timeout_counts_for_nothing() {
    let mut command = Command::new("sleep");
    command.arg("60");
    let mut worker = Worker::start(command);
    for _ in 0..5 {
        worker.time_out();
    }
    assert_eq!((worker.state(), worker.starts()), (State::Kept, 6));
}
