//! Memory of the program: anonymous, which nothing else can use, beside resident, which includes the program's own file.

use super::{
    figures::{Aim, Figures},
    server::Server,
};
use std::time::Duration;
use tokio::time::sleep;

pub const MAX_AT_REST: f64 = 12.0;
pub const MAX_AFTER_LOAD: f64 = 30.0;

/// The current memory of the process, once idle threads have ended and freed memory was returned.
pub async fn measure(names: [&'static str; 2], when: &str, server: &Server, most: f64, figures: &mut Figures) {
    sleep(Duration::from_secs(12)).await;
    for (name, kind, line, aim) in [(names[0], "anonymous", "RssAnon:", Aim::AtMost(most)), (names[1], "  resident", "VmRSS:", Aim::None)] {
        figures.add(name, &format!("{kind} memory {when}"), [server.memory_mb(line)], "MB", aim);
    }
}
