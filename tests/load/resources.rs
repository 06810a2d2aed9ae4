//! Memory and descriptors of the program, as the kernel counts them.

use super::SAYS_SOMETHING;
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// How much more anonymous memory the last third of a load may have, at its median, than the second.
const MOST_GROWTH: f64 = 1.2;
/// Descriptors that come and go by themselves: those of idle readers of the database.
const SPARE: usize = 8;
/// Longer than a connection lingers.
const LINGERS: Duration = Duration::from_secs(3);

/// What was seen during a load.
pub struct Resources {
    pid: Option<u32>,
    begun: Instant,
    megabytes: Vec<f64>,
}

impl Resources {
    /// Of this process.
    pub fn of(pid: u32) -> Self {
        Self { pid: Some(pid), begun: Instant::now(), megabytes: Vec::new() }
    }

    /// Of none.
    pub fn none() -> Self {
        Self { pid: None, begun: Instant::now(), megabytes: Vec::new() }
    }

    pub fn descriptors(pid: u32) -> usize {
        fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
    }

    /// Takes one measurement.
    pub fn look(&mut self) {
        if let Some(pid) = self.pid {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
            let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
            self.megabytes.push(kib * 1024.0 / 1_000_000.0);
        }
    }

    /// Compares them, with the descriptors that there were before.
    pub fn judge(&self, before: usize) {
        let third = self.megabytes.len() / 3;
        let (second, last) = (median(&self.megabytes[third..2 * third]), median(&self.megabytes[2 * third..]));
        println!("anonymous memory: {second:.1} MB in the second third, {last:.1} MB in the last");
        assert!(self.begun.elapsed() < SAYS_SOMETHING || last <= second * MOST_GROWTH, "{second:.1} MB, and then {last:.1} MB");
        thread::sleep(LINGERS);
        let after = Self::descriptors(self.pid.unwrap());
        println!("descriptors: {before} before, {after} after");
        assert!(after <= before + SPARE, "{before} descriptors before, {after} after");
    }
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
