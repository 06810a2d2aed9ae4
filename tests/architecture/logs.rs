//! What is handed to the log. The subscriber drops what it does not know; here nobody gets as far as relying on that.

use crate::tokens::{after_group, of_product};
use finrust::telemetry::PERMITTED;
use std::collections::BTreeSet;

const EVENTS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];
const SPANS: [&str; 6] = ["trace_span", "debug_span", "info_span", "warn_span", "error_span", "span"];

/// Calls of a macro of `tracing`: how it is called, whether by its full path, and its arguments. `tracing::$level!` is one of an event.
fn calls(tokens: &[String]) -> Vec<(&str, bool, Vec<Vec<String>>)> {
    let is = |at: Option<usize>, token: &str| at.and_then(|at| tokens.get(at)).is_some_and(|found| found == token);
    let is_call = |at: &usize| is(Some(at + 1), "!") && is(Some(at + 2), "(");
    let is_ours = |at: usize| is(at.checked_sub(1), "::") && is(at.checked_sub(2), "tracing");
    let is_any = |at: usize| is(at.checked_sub(1), "$") && is_ours(at - 1);
    let is_known = |at: &usize| EVENTS.contains(&&*tokens[*at]) || SPANS.contains(&&*tokens[*at]) || is_any(*at);
    let call = |at: usize| (&*tokens[at], is_ours(at) || is_any(at), arguments(&tokens[at + 3..after_group(tokens, at + 2) - 1]));
    (0..tokens.len()).filter(is_call).filter(is_known).map(call).collect()
}

/// An event has a name and permitted fields, no message, and nothing by `Debug` or `Display`; macros are called by their full path.
pub fn fields(_: &str, text: &str) -> Vec<String> {
    let tokens = of_product(text);
    let mut wrong = Vec::new();
    for (name, is_ours, arguments) in calls(&tokens) {
        let is_event = !SPANS.contains(&name);
        if !is_ours {
            wrong.push(format!("{name}! without its path"));
            continue;
        }
        // The first of a span is its name.
        wrong.extend(arguments.iter().skip(usize::from(!is_event)).filter_map(|argument| argument_flaw(argument)));
        if is_event && !arguments.iter().any(|argument| argument[0] == "event") {
            wrong.push("an event without a name".to_owned());
        }
    }
    wrong
}

fn argument_flaw(argument: &[String]) -> Option<String> {
    let name = argument[0].as_str();
    let formatted = [0, 2].iter().any(|at| argument.get(*at).is_some_and(|token| token == "%" || token == "?"));
    if formatted {
        Some(format!("{} by Debug or Display", argument.concat()))
    } else if name == "\"\"" {
        Some("a message".to_owned())
    } else {
        (!PERMITTED.contains(&name)).then(|| format!("the field {name}"))
    }
}

/// Split at the commas outside groups.
fn arguments(tokens: &[String]) -> Vec<Vec<String>> {
    let (mut arguments, mut at) = (vec![Vec::new()], 0);
    while at < tokens.len() {
        let end = if ["(", "[", "{"].contains(&tokens[at].as_str()) { after_group(tokens, at) } else { at + 1 };
        match arguments.last_mut() {
            Some(last) if tokens[at] != "," => last.extend_from_slice(&tokens[at..end]),
            _ => arguments.push(Vec::new()),
        }
        at = end;
    }
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

#[test]
fn what_does_not_belong_into_a_log_is_found() {
    let expected = |text, wrong: &[&str]| assert_eq!(fields("x.rs", text), wrong, "{text}");
    expected(r#"tracing::info!(event = "a", count = list.len(), code, cause = f(x, %y))"#, &[]);
    expected(r#"tracing::info_span!("request", invocation_id)"#, &[]);
    expected(r#"tracing::$level!(event = "a", name = name)"#, &["the field name"]);
    expected(r#"tracing::info!(event = "a", name = name)"#, &["the field name"]);
    expected(r#"tracing::info_span!("request", username)"#, &["the field username"]);
    expected(r#"tracing::info!(event = "a", cause = %error)"#, &["cause=%error by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", ?code)"#, &["?code by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", "hello {name}")"#, &["a message"]);
    expected("tracing::warn!(count = 1)", &["an event without a name"]);
    expected(r#"use tracing::warn; warn!(event = "a")"#, &["warn! without its path"]);
}

/// What nothing is written into is no field: it would let in whatever gets that name.
#[test]
fn whatever_is_permitted_is_written() {
    let written = |(_, text): (String, String)| {
        let tokens = of_product(&text);
        calls(&tokens).into_iter().flat_map(|(_, _, arguments)| arguments).map(|argument| argument[0].clone()).collect::<Vec<_>>()
    };
    let written: BTreeSet<String> = crate::sources().into_iter().flat_map(written).collect();
    let idle: Vec<_> = PERMITTED.iter().filter(|name| !written.contains(**name)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}
