//! Monthly costs: measured operations (`infra/measured.json`, `infra/ingestion.json`) times assumed prices and usage (`infra/prices.json`).
//! The table is in `infra/README.md`; `FINRUST_UPDATE=1 cargo test --test operations costs` rewrites it.

use crate::{at, read};
use serde_json::Value;
use std::{env, fmt::Write as _, fs};

const README: &str = "infra/README.md";
const BEGIN: &str = "<!-- costs: written by cargo test --test operations costs -->\n";
const END: &str = "<!-- end of costs -->";

/// The assumptions, and the measurements: operations, and what a request sends to the logs (`host::ingestion`).
struct Basis {
    assumed: Value,
    measured: Value,
    ingested: Value,
}

/// One deployment, with its advisers' usage in a month.
struct Month<'a> {
    basis: &'a Basis,
    deployment: &'a Value,
    advisers: f64,
}

impl Basis {
    fn read() -> Self {
        let json = |path: &str| serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { assumed: json("infra/prices.json"), measured: json("infra/measured.json"), ingested: json("infra/ingestion.json") }
    }

    /// A number that must exist.
    fn number(&self, pointer: &str) -> f64 {
        self.assumed.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("infra/prices.json: {pointer}"))
    }

    fn price(&self, name: &str) -> f64 {
        self.number(&format!("/prices/{name}"))
    }

    fn months(&self) -> Vec<Month<'_>> {
        let deployments = self.assumed["deployments"].as_array().unwrap().iter();
        let month = |deployment: &'_ Value| deployment["advisers"].as_f64().unwrap();
        deployments.map(|deployment| Month { basis: self, deployment, advisers: month(deployment) }).collect()
    }
}

impl Month<'_> {
    fn has(&self, name: &str) -> f64 {
        self.deployment[name].as_f64().unwrap_or_else(|| panic!("infra/prices.json: {name} of a deployment"))
    }

    fn assumed(&self, name: &str) -> f64 {
        self.basis.number(&format!("/month/{name}"))
    }

    fn days(&self) -> f64 {
        self.advisers * self.assumed("working_days")
    }

    /// The sum of `each` over all of an adviser's operations.
    fn sum(&self, each: impl Fn(&Value) -> f64) -> f64 {
        let uses = self.basis.assumed["adviser"]["a_day"].as_object().unwrap();
        let one = |(name, times): (&String, &Value)| {
            let figures = self.basis.measured.get(name).unwrap_or_else(|| panic!("infra/measured.json: {name}"));
            times.as_f64().unwrap() * each(figures)
        };
        uses.iter().map(one).sum::<f64>() * self.days()
    }

    fn requests(&self) -> f64 {
        self.sum(|_| 1.0)
    }

    fn units(&self) -> f64 {
        self.sum(|figures| figures["request_units"].as_f64().unwrap())
    }

    fn mails(&self) -> f64 {
        self.sum(|figures| figures["mails"].as_f64().unwrap())
    }

    fn busy_seconds(&self) -> f64 {
        self.assumed("working_days") * self.assumed("working_hours") * 3600.0
    }

    fn peak(&self, amount: f64) -> f64 {
        amount / self.busy_seconds() * self.assumed("peak_to_average")
    }

    fn gb(&self) -> f64 {
        self.advisers * self.basis.number("/adviser/files") * self.basis.number("/adviser/kb_per_file") / 1e6
    }

    /// An instance is billed for every second in which it had a request. Requests arrive at random, so a fraction of `e^-rate` of the
    /// seconds has none.
    fn functions(&self) -> f64 {
        let instances = (self.peak(self.requests()) / self.assumed("requests_a_second_per_instance")).ceil().max(1.0);
        let rate = self.requests() / self.busy_seconds() / instances;
        let busy_gb_seconds = instances * self.busy_seconds() * (1.0 - (-rate).exp()) * self.has("instance_gb");
        let ready = self.has("always_ready");
        let of_ready = busy_gb_seconds * (ready / instances).min(1.0);
        let on_demand = (busy_gb_seconds - of_ready - self.basis.price("functions_free_gb_seconds")).max(0.0);
        let executions = (self.requests() - self.basis.price("functions_free_executions")).max(0.0);
        let standing = ready * self.has("instance_gb") * self.assumed("hours") * 3600.0 * self.basis.price("functions_ready_gb_second");
        let busy = of_ready * self.basis.price("functions_ready_busy_gb_second") + on_demand * self.basis.price("functions_gb_second");
        standing + busy + executions / 1e6 * self.basis.price("functions_million_executions")
    }

    /// Serverless supports one region; several need autoscale.
    fn serverless(&self) -> Option<f64> {
        (self.has("regions") <= 1.0).then(|| self.units() / 1e6 * self.basis.price("serverless_million_units"))
    }

    /// The maximum during working hours, a tenth of it at all other times.
    fn autoscale(&self) -> f64 {
        let most = (self.peak(self.units()) / 1000.0).ceil().max(1.0) * 1000.0;
        let working = self.busy_seconds() / 3600.0;
        let hours = working + 0.1 * (self.assumed("hours") - working);
        self.has("regions") * most / 100.0 * hours * self.basis.price("autoscale_100_units_hour")
    }

    fn storage(&self) -> f64 {
        self.has("regions") * self.gb() * (self.basis.price("database_gb_month") + self.basis.price("backup_gb_month"))
    }

    fn vault(&self) -> f64 {
        let calls = self.days() * self.assumed("vault_calls_per_adviser_and_day");
        self.basis.price("key_month") + calls / 1e4 * self.basis.price("vault_10000_calls")
    }

    /// A message is put, read and deleted; the host polls continuously, every two seconds.
    fn queue_and_mail(&self) -> f64 {
        let calls = self.mails() * 6.0 + self.assumed("hours") * 1800.0;
        calls / 1e4 * self.basis.price("queue_10000_calls") + self.mails() * self.basis.price("mail")
    }

    fn logs(&self) -> f64 {
        let bytes = self.basis.ingested["bytes_a_request"].as_f64().expect("infra/ingestion.json: bytes_a_request");
        let gb = self.requests() * bytes / 1e9;
        (gb - self.basis.price("log_free_gb")).max(0.0) * self.basis.price("log_gb")
    }

    fn watching(&self) -> f64 {
        let alerts = self.assumed("query_alerts") * self.basis.price("query_alert_month")
            + self.assumed("metric_alerts") * self.basis.price("metric_alert_month");
        alerts + self.assumed("availability_tests") * self.basis.price("availability_test")
    }

    fn network(&self) -> f64 {
        self.has("private_endpoints") * self.basis.price("private_endpoint_month")
    }

    fn total(&self) -> f64 {
        let database = self.serverless().map_or_else(|| self.autoscale(), |serverless| serverless.min(self.autoscale()));
        [database, self.functions(), self.storage(), self.vault(), self.queue_and_mail(), self.logs(), self.watching(), self.network()]
            .iter()
            .sum()
    }
}

/// A label, and its value for each deployment.
type Row = (&'static str, fn(&Month<'_>) -> String);

fn dollars(amount: f64) -> String {
    thousands(amount, if amount < 100.0 { 2 } else { 0 })
}

fn thousands(amount: f64, digits: usize) -> String {
    let plain = format!("{amount:.digits$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let groups: Vec<&str> = whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}{rest}", groups.join(","))
}

const ROWS: [Row; 16] = [
    ("regions", |month| thousands(month.has("regions"), 0)),
    ("requests a month", |month| thousands(month.requests(), 0)),
    ("request units a month, millions", |month| thousands(month.units() / 1e6, 1)),
    ("request units a second at the peak", |month| thousands(month.peak(month.units()), 0)),
    ("mails a month", |month| thousands(month.mails(), 0)),
    ("data, GB", |month| thousands(month.gb(), 1)),
    ("**functions**", |month| dollars(month.functions())),
    ("**database**, serverless", |month| month.serverless().map_or_else(|| "one region only".to_owned(), dollars)),
    ("or **database**, autoscale", |month| dollars(month.autoscale())),
    ("**storage and backup** of the database", |month| dollars(month.storage())),
    ("**vault**", |month| dollars(month.vault())),
    ("**queue and mail**", |month| dollars(month.queue_and_mail())),
    ("**logs**", |month| dollars(month.logs())),
    ("**alerts and availability test**", |month| dollars(month.watching())),
    ("**private endpoints**", |month| dollars(month.network())),
    ("**total**, with the cheaper database; per adviser", |month| {
        format!("**{}**; {}", dollars(month.total()), dollars(month.total() / month.advisers))
    }),
];

fn table(basis: &Basis) -> String {
    let months = basis.months();
    let mut table = String::from("| US dollars a month |");
    for month in &months {
        write!(table, " {} advisers |", thousands(month.advisers, 0)).unwrap();
    }
    write!(table, "\n|---|{}\n", "---:|".repeat(months.len())).unwrap();
    for (name, value) in ROWS {
        let values: Vec<String> = months.iter().map(value).collect();
        writeln!(table, "| {name} | {} |", values.join(" | ")).unwrap();
    }
    table
}

/// The page with this table between its markers.
fn with_table(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[test]
fn the_table_of_costs_is_up_to_date() {
    let (page, table) = (read(README), table(&Basis::read()));
    println!("{table}");
    let wanted = with_table(&page, &table).expect("marks for the table in infra/README.md");
    if env::var("FINRUST_UPDATE").is_ok_and(|value| value == "1") {
        return fs::write(at(README), wanted).unwrap();
    }
    assert!(page == wanted, "the costs in {README} are out of date; run this test with FINRUST_UPDATE=1");
}

#[test]
fn costs_grow_with_use_and_not_without() {
    let basis = Basis::read();
    let months = basis.months();
    let [small, middle, large] = &months[..] else { panic!("three deployments") };
    assert!(small.total() < middle.total() && middle.total() < large.total());
    assert!(small.total() / small.advisers > large.total() / large.advisers);
    let mut idle = Basis::read();
    idle.assumed["adviser"]["a_day"] = Value::Object(serde_json::Map::new());
    assert!(idle.months().iter().all(|month| month.units().abs() < 1.0 && month.logs().abs() < 0.01));
    assert!(idle.months()[2].total() < large.total());
}

#[test]
fn a_table_is_put_between_its_marks_only() {
    let page = format!("a\n{BEGIN}old\n{END}\nb");
    assert_eq!(with_table(&page, "new\n"), Some(format!("a\n{BEGIN}\nnew\n\n{END}\nb")));
    assert_eq!(with_table("a", "new"), None);
    assert_eq!((thousands(1_234_567.0, 0), thousands(999.5, 1)), ("1,234,567".to_owned(), "999.5".to_owned()));
}
