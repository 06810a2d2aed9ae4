//! What is handed to the log. The subscriber drops what it does not know; here nobody gets as far as relying on that.

use crate::tokens::{after_group, of_product};
use finrust::telemetry::PERMITTED;

const EVENTS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];
const SPANS: [&str; 6] = ["trace_span", "debug_span", "info_span", "warn_span", "error_span", "span"];

/// An event has a name and permitted fields, no message, and nothing by `Debug` or `Display`; macros are called by their full path.
pub fn fields(_: &str, text: &str) -> Vec<String> {
    let tokens = of_product(text);
    let mut wrong = Vec::new();
    for at in 0..tokens.len() {
        let is_call = tokens.get(at + 1).is_some_and(|next| next == "!") && tokens.get(at + 2).is_some_and(|next| next == "(");
        if !is_call {
            continue;
        }
        let is_ours = at > 1 && tokens[at - 1] == "::" && tokens[at - 2] == "tracing";
        let name = tokens[at].as_str();
        let arguments = || arguments(&tokens[at + 3..after_group(&tokens, at + 2) - 1]);
        match (EVENTS.contains(&name), SPANS.contains(&name)) {
            (true, _) | (_, true) if !is_ours => wrong.push(format!("{name}! without its path")),
            (true, _) => {
                wrong.extend(arguments().iter().filter_map(|argument| argument_flaw(argument)));
                if !arguments().iter().any(|argument| argument[0] == "event") {
                    wrong.push("an event without a name".to_owned());
                }
            }
            (_, true) => wrong.extend(arguments().iter().skip(1).filter_map(|argument| argument_flaw(argument))),
            _ => {}
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
    expected(r#"tracing::info!(event = "a", name = name)"#, &["the field name"]);
    expected(r#"tracing::info_span!("request", username)"#, &["the field username"]);
    expected(r#"tracing::info!(event = "a", cause = %error)"#, &["cause=%error by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", ?code)"#, &["?code by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", "hello {name}")"#, &["a message"]);
    expected("tracing::warn!(count = 1)", &["an event without a name"]);
    expected(r#"use tracing::warn; warn!(event = "a")"#, &["warn! without its path"]);
}
