//! How long an import of 10,000 rows takes and how much memory it adds, driven as a browser does: upload of parts, validation, then
//! repeated continue requests.

use super::{
    client::Connection,
    figures::{Aim, Figures},
    server::{Server, send},
    world::World,
};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::{fmt::Write, time::Instant};

const ROWS: u32 = 10_000;
const MAX_GROWTH_MB: f64 = 50.0;

pub async fn measure(server: &Server, world: &World, figures: &mut Figures) {
    let mut browser = Browser { connection: Connection::open(server.port).await.expect("the server listens"), cookie: &world.importer };
    let (table, at_rest) = (table(), server.memory_mb("VmRSS:"));
    let started = Instant::now();
    let path = browser.upload(table.as_bytes()).await;
    let found = browser.ask("POST", &format!("{path}/check"), &json!({})).await;
    assert_eq!(found["import"]["checked"]["bad_rows"], 0, "{found}");
    let checked = started.elapsed().as_secs_f64();
    let mut growth = server.memory_mb("VmRSS:") - at_rest;
    loop {
        let step = browser.ask("POST", &format!("{path}/continue"), &json!({})).await;
        growth = growth.max(server.memory_mb("VmRSS:") - at_rest);
        if step["finished"] == true {
            assert_eq!(step["created"], ROWS, "{step}");
            break;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    figures.add("import_10000_check_s", "import of 10,000 rows: sent and checked", [checked], "s", Aim::None);
    figures.add("import_10000_s", "import of 10,000 rows, all of it", [seconds], "s", Aim::None);
    figures.add("import_files_per_second", "  files made", [f64::from(ROWS) / (seconds - checked)], "/s", Aim::None);
    figures.add("import_growth_mb", "  memory added meanwhile, at most", [growth], "MB", Aim::AtMost(MAX_GROWTH_MB));
}

struct Browser<'a> {
    connection: Connection,
    cookie: &'a str,
}

impl Browser<'_> {
    async fn upload(&mut self, table: &[u8]) -> String {
        let begun = self.ask("POST", "/api/imports", &json!({"name": "bench.csv", "bytes": table.len()})).await;
        let path = format!("/api/imports/{}", begun["id"].as_str().expect("an id"));
        let at_once = usize::try_from(begun["part_bytes"].as_u64().expect("a number")).expect("small");
        for (number, part) in table.chunks(at_once).enumerate() {
            self.ask("PUT", &format!("{path}/parts/{number}"), &json!({"data": BASE64.encode(part)})).await;
        }
        path
    }

    async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Value {
        self.connection.ask_for(send(method, path, self.cookie, &body.to_string()).as_bytes()).await
    }
}

/// Rows of about 300 bytes, each for a different client.
fn table() -> String {
    let mut table = "Voorletters;Roepnaam;Achternaam;Geboortedatum;E-mailadres;Straat;Huisnummer;Postcode;Woonplaats;Partner roepnaam;\
        Partner achternaam;Kind 1 roepnaam;Kind 1 geboortedatum;Inkomst 1 omschrijving;Inkomst 1 soort;Inkomst 1 bedrag;Uitgave 1 soort;\
        Uitgave 1 bedrag;Bezitting 1 soort;Bezitting 1 waarde;Schuld 1 soort;Schuld 1 openstaand;Schuld 1 rente;Notities\r\n"
        .to_owned();
    for number in 1..=ROWS {
        let day = 1 + number % 28;
        write!(
            table,
            "A.B.;Anna;Klant {number};{day}-3-1980;klant{number}@example.nl;Kerkstraat;{number};1234 AB;Utrecht;Bram;Klant;Cas;2-1-2008;Salaris;\
             Loon uit dienstverband;3.500,00;Wonen;1.200,50;Woning of ander vastgoed;450.000;Hypotheek;280.000;3,85;\"Vrije tekst over {number}\"\r\n"
        )
        .expect("memory");
    }
    table
}
