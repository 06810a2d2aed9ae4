//! What a log may contain, and that nothing else gets into it.

#![cfg(test)]

use finrust::telemetry::{Format, MAX_CHARACTERS, PERMITTED, REQUEST_SPAN, subscriber};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io;
use test_support::{clock::TestClock, log::Lines};

const CANARY: &str = "Jansen 999912345";

#[derive(Debug)]
#[expect(dead_code, reason = "only its Debug is of interest")]
struct Client {
    name: &'static str,
}

#[test]
fn a_line_is_an_object_in_a_stable_order() {
    let log = logged(Format::Json, || {
        tracing::info!(target: "finrust::http", duration_ms = 1.5, status = 200, route = "/api/clients/{id}", event = "request", keys = true);
    });
    let expected = concat!(
        r#"{"time":"2026-03-01T09:00:00.120Z","level":"INFO","event":"request","route":"/api/clients/{id}","#,
        r#""status":200,"duration_ms":1.5,"keys":true}"#,
        "\n"
    );
    assert_eq!(log, expected);
}

#[test]
fn a_terminal_reads_a_line() {
    let log = logged(Format::Terminal, || {
        tracing::warn!(target: "finrust", event = "mail_not_announced", count = 3, name = CANARY);
    });
    assert_eq!(log, "2026-03-01T09:00:00.120Z WARN  mail_not_announced count=3 dropped_fields=1\n");
}

#[test]
fn nothing_else_gets_out() {
    let client = Client { name: CANARY };
    let error = io::Error::other(CANARY);
    for format in [Format::Json, Format::Terminal] {
        let log = logged(format, || {
            tracing::error!(target: "finrust", event = "one", name = CANARY, client = ?client, "message with {CANARY}");
            tracing::error!(target: "finrust", event = "two", cause = ?client, code = %CANARY, route = tracing::field::debug(&client));
            tracing::error!(target: "finrust", event = "three", cause = &error as &(dyn std::error::Error + 'static));
            tracing::error!(target: "finrust", "{CANARY}");
            let span = tracing::info_span!(target: "finrust", "request", username = CANARY, cause = ?client);
            span.in_scope(|| tracing::info!(target: "finrust", event = "four"));
        });
        assert!(!log.contains("Jansen") && !log.contains("9999"), "{log}");
        assert_eq!(log.lines().count(), 5, "{log}");
        let dropped: Vec<_> = log.lines().map(|line| line.rsplit(['=', ':']).next().unwrap().trim_end_matches('}')).collect();
        assert_eq!(dropped, ["3", "3", "1", "1", "2"]);
    }
}

#[test]
fn others_and_details_are_silent() {
    let log = logged(Format::Json, || {
        tracing::error!(target: "hyper::proto", event = "request", code = CANARY);
        tracing::error!(target: "finrustling", event = "request");
        tracing::debug!(target: "finrust", event = "detail");
        let span = tracing::error_span!(target: "hyper", "request", code = CANARY);
        span.in_scope(|| tracing::info!(target: "finrust::flows::post", event = "ours"));
    });
    assert_eq!(fields(&log), [json!({ "event": "ours" })]);
}

#[test]
fn events_carry_the_request_they_belong_to() {
    let log = logged(Format::Json, || {
        let span = tracing::info_span!(target: "finrust", "request", invocation_id = "6f1c", traceparent = tracing::field::Empty);
        assert_eq!(span.metadata().unwrap().name(), REQUEST_SPAN);
        span.in_scope(|| {
            tracing::info!(target: "finrust", event = "one");
            span.record("traceparent", "00-4bf9-00f0-01");
            let inner = tracing::info_span!(target: "finrust", "commit", container = "clients");
            inner.in_scope(|| tracing::info!(target: "finrust", event = "two"));
        });
        tracing::info!(target: "finrust", event = "three");
    });
    let expected = [
        json!({ "event": "one", "invocation_id": "6f1c" }),
        json!({ "event": "two", "invocation_id": "6f1c", "traceparent": "00-4bf9-00f0-01" }),
        json!({ "event": "three" }),
    ];
    assert_eq!(fields(&log), expected);
}

#[test]
fn numbers_that_json_does_not_know_are_null() {
    let log = logged(Format::Json, || tracing::info!(target: "finrust", request_charge = f64::NAN, count = i64::MIN, mails = u64::MAX));
    assert_eq!(fields(&log), [json!({ "request_charge": null, "count": i64::MIN, "mails": u64::MAX })]);
}

#[test]
fn no_name_is_permitted_twice() {
    let mut names = PERMITTED.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), PERMITTED.len());
    assert!(!names.contains(&"message") && !names.contains(&"time") && !names.contains(&"level"));
}

proptest! {
    /// No string can end its line, start an escape sequence, or close its quotation mark.
    #[test]
    fn a_text_stays_in_its_field(text in "(\\PC|[\r\n\u{1b}\u{85}\u{2028}\"\\\\=,]){0,200}") {
        for format in [Format::Json, Format::Terminal] {
            let log = logged(format, || tracing::info!(target: "finrust", event = "it", cause = text.as_str(), code = text.clone()));
            let body = log.strip_suffix('\n').unwrap();
            prop_assert!(body.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", body);
            if format == Format::Json {
                let fields: Value = serde_json::from_str(body).unwrap();
                prop_assert_eq!(fields["cause"].as_str().unwrap().len(), text.chars().count().min(MAX_CHARACTERS));
                prop_assert_eq!(fields.as_object().unwrap().len(), 5);
            }
        }
    }
}

/// The fields of each line, without time and level.
fn fields(log: &str) -> Vec<Value> {
    let line = |line| {
        let mut fields: Value = serde_json::from_str(line).unwrap();
        for known in ["time", "level"] {
            assert!(fields.as_object_mut().unwrap().remove(known).is_some());
        }
        fields
    };
    log.lines().map(line).collect()
}

fn logged(format: Format, act: impl FnOnce()) -> String {
    let log = Lines::default();
    let (lines, clock) = (log.clone(), TestClock::at("2026-03-01T09:00:00.12Z".parse().unwrap()));
    tracing::subscriber::with_default(subscriber(format, clock, move || lines.clone()), act);
    log.text()
}
