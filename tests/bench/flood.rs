//! Reading client files while others sign in as fast as they can, against reading while nobody does.

use super::{
    figures::{Aim, Figures, Round},
    load::{Running, load},
    reading,
    server::Server,
    sign_in,
    world::World,
};
use std::{thread::sleep, time::Duration};

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_millis(1500);
/// How much longer than the reads the flood takes: it starts before them and ends after.
const AROUND: Duration = Duration::from_secs(1);

pub fn measure(server: &Server, world: &mut World, figures: &mut Figures) {
    let reads = reading::requests(world);
    let (mut rounds, mut sign_ins) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let against = load(server, &reads, TIME).rate;
        let running = Running::start(server, world.signers.iter().map(sign_in::task).collect(), TIME + AROUND);
        sleep(AROUND / 2);
        rounds.push(Round { load: load(server, &reads, TIME), against });
        let outcome = running.finish();
        world.follow(&outcome.devices);
        sign_ins.push(f64::from(outcome.responses) / outcome.seconds);
    }
    figures.add_rates(
        ["flood_read", "flood_read_cpu_us"],
        "reads during a flood of sign-ins, against quiet ones",
        &rounds,
        Aim::AtLeast(0.6),
    );
    figures.add("flood_read_p99_ms", "  latency, 99th percentile", rounds.iter().map(|round| round.load.p99_ms), "ms", Aim::None);
    figures.add("flood_sign_in", "  sign-ins meanwhile", sign_ins, "/s", Aim::None);
}
