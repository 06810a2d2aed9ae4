//! The measured growth of an operation.

use super::work::{Growth, MAX_GROWTH, Work};

/// The largest sizes to be measured.
pub struct Sizes {
    pub files: usize,
    pub accounts: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { files: 100_000, accounts: 100_000 }
    }
}

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Files,
    Accounts,
}

impl Axis {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Files => "files of an adviser",
            Self::Accounts => "accounts",
        }
    }

    /// The sizes up to a limit.
    pub fn sizes(self, limits: &Sizes) -> Vec<usize> {
        let (sizes, most): (&[usize], usize) = match self {
            Self::Files => (&[100, 1_000, 10_000, 100_000], limits.files),
            Self::Accounts => (&[100, 10_000, 100_000], limits.accounts),
        };
        sizes.iter().copied().filter(|size| *size <= most).collect()
    }

    pub const fn works(self) -> &'static [Work] {
        match self {
            Self::Files => &Work::OF_FILES,
            Self::Accounts => &Work::OF_ACCOUNTS,
        }
    }
}

/// One size.
#[derive(Clone, Copy)]
pub struct Point {
    pub size: usize,
    pub ms: f64,
    /// Operations of the database that were waited for one after the other.
    pub round_trips: u64,
    /// By the published figures.
    pub request_units: f64,
    /// The most that it added to the resident memory of the process, in megabytes.
    pub memory_mb: f64,
}

/// One kind of work on one backend at growing sizes.
pub struct Series {
    pub backend: &'static str,
    pub axis: Axis,
    pub work: Work,
    /// Sizes that would take too long are left out.
    pub points: Vec<Point>,
}

impl Series {
    /// How many times as long the largest size takes as the smallest.
    pub fn grows(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => last.ms / first.ms,
            _ => f64::NAN,
        }
    }

    /// Whether it grows more than it may.
    pub fn is_too_much(&self) -> bool {
        self.work.growth() == Growth::Hardly && self.grows() > MAX_GROWTH
    }
}
