//! The figures: printed as a table, and written to `target/bench.json`.

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

/// The values of several runs.
#[derive(Clone)]
pub struct Spread {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl Spread {
    /// Of at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self { median: values[values.len() / 2], lowest: values[0], highest: values[values.len() - 1] }
    }
}

/// One figure.
pub struct Figure {
    pub name: &'static str,
    pub label: String,
    pub value: Spread,
    pub unit: &'static str,
    /// The baseline, in the same unit.
    pub against: Option<f64>,
    /// Figure by baseline in each run.
    pub ratio: Option<Spread>,
    pub aim: Aim,
}

/// The figures of one run of the bench.
#[derive(Default)]
pub struct Figures(pub Vec<Figure>);

impl Figures {
    /// A figure without a baseline.
    pub fn add(&mut self, name: &'static str, label: &str, values: impl IntoIterator<Item = f64>, unit: &'static str, aim: Aim) {
        let (label, value) = (label.to_owned(), Spread::of(values));
        self.0.push(Figure { name, label, value, unit, against: None, ratio: None, aim });
    }

    /// A rate and its baseline, measured in turn.
    pub fn add_rates(&mut self, [name, cpu_name]: [&'static str; 2], label: &str, rounds: &[Round], aim: Aim) {
        let of = |part: fn(&Round) -> f64| Spread::of(rounds.iter().map(part));
        self.0.push(Figure {
            name,
            label: label.to_owned(),
            value: of(|round| round.load.rate),
            unit: "/s",
            against: Some(of(|round| round.against).median),
            ratio: Some(of(|round| round.load.rate / round.against)),
            aim,
        });
        self.add(cpu_name, "  processor time of each", rounds.iter().map(|round| round.load.cpu_us), "µs", Aim::None);
    }

    /// Prints one line per figure.
    pub fn print(&self) {
        say(&format!("{:<52} {:>12} {:>17} {:>13} {:>7} {:>13} {:>9}", "", "median", "spread", "compared with", "ratio", "spread", "aim"));
        for figure in &self.0 {
            let [value, spread, against, ratio, ratio_spread, aim] = figure.columns();
            let (label, verdict) = (&figure.label, figure.verdict());
            say(&format!("{label:<52} {value:>12} {spread:>17} {against:>13} {ratio:>7} {ratio_spread:>13} {aim:>9}  {verdict}"));
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
    /// Median, spread, baseline, ratio, spread of the ratio and aim; empty where there is none.
    pub fn columns(&self) -> [String; 6] {
        let Self { value, unit, .. } = self;
        let spread =
            if value.lowest < value.highest { format!("{}–{}", short(value.lowest), short(value.highest)) } else { String::new() };
        let against = self.against.map_or_else(String::new, |against| format!("{} {unit}", short(against)));
        let [ratio, ratio_spread] = self
            .ratio
            .as_ref()
            .map_or_else(Default::default, |ratio| [format!("{:.2}", ratio.median), format!("{:.2}–{:.2}", ratio.lowest, ratio.highest)]);
        let aim = match self.aim {
            Aim::AtLeast(least) => format!("≥ {least}"),
            Aim::AtMost(most) => format!("≤ {most} {unit}"),
            Aim::None => String::new(),
        };
        [format!("{} {unit}", short(value.median)), spread, against, ratio, ratio_spread, aim]
    }

    fn reached(&self) -> Option<bool> {
        match self.aim {
            Aim::AtLeast(least) => self.ratio.as_ref().map(|ratio| ratio.median >= least),
            Aim::AtMost(most) => Some(self.value.median <= most),
            Aim::None => None,
        }
    }

    pub fn verdict(&self) -> &'static str {
        match self.reached() {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        }
    }

    fn json(&self) -> Value {
        let spread = |spread: &Spread| json!({"median": spread.median, "lowest": spread.lowest, "highest": spread.highest});
        let aim = match self.aim {
            Aim::AtLeast(aim) | Aim::AtMost(aim) => Some(aim),
            Aim::None => None,
        };
        json!({
            "figure": spread(&self.value), "unit": self.unit, "compared_with": self.against, "ratio": self.ratio.as_ref().map(spread), "aim": aim,
            "reached": self.reached(),
        })
    }
}

/// Three digits, or all of those before the point.
fn short(value: f64) -> String {
    match value {
        small if small.abs() < 10.0 => format!("{small:.2}"),
        some if some.abs() < 100.0 => format!("{some:.1}"),
        many => format!("{many:.0}"),
    }
}

/// A rate and its baseline, measured one after the other.
pub struct Round {
    pub load: Load,
    pub against: f64,
}
