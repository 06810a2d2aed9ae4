//! The figures: printed as a table, written to `target/bench.json`.

use super::load::Load;
use crate::say;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// The target of a figure.
#[derive(Clone, Copy)]
pub enum Aim {
    /// At least this fraction of its baseline.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
    /// No target: for information.
    None,
}

struct Figure {
    name: &'static str,
    label: String,
    value: f64,
    unit: &'static str,
    against: Option<f64>,
    ratio: Option<f64>,
    aim: Aim,
}

/// The figures of one run.
#[derive(Default)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// A figure without a baseline.
    pub fn add(&mut self, name: &'static str, label: &str, value: f64, unit: &'static str, aim: Aim) {
        let ratio = match aim {
            Aim::AtMost(most) => Some(value / most),
            Aim::AtLeast(_) | Aim::None => None,
        };
        self.0.push(Figure { name, label: label.to_owned(), value, unit, against: None, ratio, aim });
    }

    /// A rate and its baseline, measured in turn.
    pub fn add_rates(&mut self, [name, cpu_name]: [&'static str; 2], label: &str, rounds: &[Round], aim: Aim) {
        let median_of = |part: fn(&Round) -> f64| median(rounds.iter().map(part).collect());
        self.0.push(Figure {
            name,
            label: label.to_owned(),
            value: median_of(|round| round.load.rate),
            unit: "/s",
            against: Some(median_of(|round| round.against)),
            ratio: Some(median_of(|round| round.load.rate / round.against)),
            aim,
        });
        self.add(cpu_name, "  processor time of each", median_of(|round| round.load.cpu_us), "µs", Aim::None);
    }

    /// Prints one line per figure.
    pub fn print(&self) {
        say(&format!("{:<58} {:>12} {:>14} {:>8} {:>9}", "", "figure", "compared with", "ratio", "aim"));
        for figure in &self.0 {
            let against = figure.against.map_or_else(String::new, |against| format!("{against:.0} {}", figure.unit));
            let ratio = figure.ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}"));
            let value = format!("{:.1} {}", figure.value, figure.unit);
            say(&format!("{:<58} {value:>12} {against:>14} {ratio:>8} {:>9}  {}", figure.label, figure.aim_text(), figure.verdict()));
        }
    }

    /// `target/bench.json` of this crate, wherever Cargo builds.
    pub fn write(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        fs::create_dir_all(&folder).expect("a folder for the figures");
        let figures: Map<String, Value> = self.0.iter().map(|figure| (figure.name.to_owned(), figure.json())).collect();
        let text = serde_json::to_string_pretty(&figures).expect("figures are JSON");
        fs::write(folder.join("bench.json"), text + "\n").expect("a file for the figures");
    }
}

impl Figure {
    fn aim_text(&self) -> String {
        match self.aim {
            Aim::AtLeast(least) => format!("≥ {least}"),
            Aim::AtMost(most) => format!("≤ {most} {}", self.unit),
            Aim::None => String::new(),
        }
    }

    fn reached(&self) -> Option<bool> {
        match self.aim {
            Aim::AtLeast(least) => self.ratio.map(|ratio| ratio >= least),
            Aim::AtMost(most) => Some(self.value <= most),
            Aim::None => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.reached() {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        }
    }

    fn json(&self) -> Value {
        let aim = match self.aim {
            Aim::AtLeast(aim) | Aim::AtMost(aim) => Some(aim),
            Aim::None => None,
        };
        json!({"figure": self.value, "unit": self.unit, "compared_with": self.against, "ratio": self.ratio, "aim": aim, "reached": self.reached()})
    }
}

/// A rate and its baseline, measured one after the other.
pub struct Round {
    pub load: Load,
    pub against: f64,
}

/// The median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
