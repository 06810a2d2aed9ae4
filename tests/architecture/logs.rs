//! Arguments of log macros. The subscriber drops what it does not know; this check keeps anyone from relying on that.

use crate::source::{MacroCall, Source, arguments, is_punct};
use finrust::telemetry::PERMITTED;
use proc_macro2::TokenTree;
use std::collections::BTreeSet;
use syn::Lit;

const EVENTS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];
const SPANS: [&str; 6] = ["trace_span", "debug_span", "info_span", "warn_span", "error_span", "span"];

/// Whether a macro writes an event (`true`) or begins a span (`false`), if it does either. `tracing::$level!` writes an event.
fn is_event(call: &MacroCall) -> Option<bool> {
    let (name, is_ours) = (call.name.last()?.as_str(), call.name[0] == "tracing");
    let is_span = SPANS.contains(&name);
    (EVENTS.contains(&name) || is_span || (is_ours && name.starts_with('$'))).then_some(!is_span)
}

/// An event has a name and permitted fields, no message, and nothing by `Debug` or `Display`; macros are called by their full path.
pub fn fields(source: &Source) -> Vec<String> {
    let calls = source.code.macros.iter().filter_map(|call| is_event(call).map(|is_event| (call, is_event)));
    calls.flat_map(|(call, is_event)| flaws(call, is_event)).collect()
}

fn flaws(call: &MacroCall, is_event: bool) -> Vec<String> {
    let [root, name] = &call.written[..] else { return vec![format!("{}! without its path", call.written.join("::"))] };
    if root != "tracing" {
        return vec![format!("{name}! without its path")];
    }
    let arguments = arguments(call.arguments.clone());
    // The first argument of a span is its name.
    let mut wrong: Vec<String> = arguments.iter().skip(usize::from(!is_event)).filter_map(|argument| flaw(argument)).collect();
    if is_event && !arguments.iter().any(|argument| field(argument).0 == "event") {
        wrong.push("an event without a name".to_owned());
    }
    wrong
}

fn flaw(argument: &[TokenTree]) -> Option<String> {
    let (name, value) = field(argument);
    let is_formatted = |trees: &[TokenTree]| trees.first().is_some_and(|first| ['%', '?'].iter().any(|sign| is_punct(first, *sign)));
    if is_formatted(argument) || is_formatted(value) {
        Some(format!("{} by Debug or Display", joined(argument)))
    } else if matches!(&argument[0], TokenTree::Literal(text) if matches!(Lit::new(text.clone()), Lit::Str(_))) {
        Some("a message".to_owned())
    } else {
        (!PERMITTED.contains(&name.as_str())).then(|| format!("the field {name}"))
    }
}

/// The name of a field, and its explicit value if any.
fn field(argument: &[TokenTree]) -> (String, &[TokenTree]) {
    let end = argument.iter().position(|tree| is_punct(tree, '=')).unwrap_or(argument.len());
    (joined(&argument[..end]), argument.get(end + 1..).unwrap_or_default())
}

fn joined(trees: &[TokenTree]) -> String {
    trees.iter().map(ToString::to_string).collect()
}

/// A permitted field that nothing is written to is an error: it would admit whatever later takes that name.
pub fn idle(sources: &[Source]) -> Vec<String> {
    let calls = sources.iter().flat_map(|source| &source.code.macros).filter(|call| is_event(call).is_some());
    let written: BTreeSet<String> = calls.flat_map(|call| arguments(call.arguments.clone())).map(|argument| field(&argument).0).collect();
    let idle = PERMITTED.iter().filter(|name| !written.contains(**name));
    idle.map(|name| format!("nothing is written into {name}")).collect()
}

#[test]
fn what_does_not_belong_into_a_log_is_found() {
    let in_rules = |text: &str| fields(&Source::parse("x.rs", &format!("macro_rules! m {{ () => {{ {text} }} }}")));
    let expected = |text: &str, wrong: &[&str]| {
        assert_eq!(fields(&Source::parse("x.rs", &format!("fn f() {{ {text} }}"))), wrong, "{text}");
        assert_eq!(fields(&Source::parse("x.rs", &format!("fn f() {{ select! {{ a = b => {{ {text} }} }} }}"))), wrong, "{text}");
        assert_eq!(in_rules(text), wrong, "{text}");
    };
    expected(r#"tracing::info!(event = "a", count = list.len(), code, cause = f(x, %y))"#, &[]);
    expected(r#"tracing::info_span!("request", invocation_id)"#, &[]);
    assert_eq!(in_rules(r#"tracing::$level!(event = "a", name = name)"#), ["the field name"]);
    expected(r#"tracing::info!(event = "a", name = name)"#, &["the field name"]);
    expected(r#"tracing::info_span!("request", username)"#, &["the field username"]);
    expected(r#"tracing::info!(event = "a", cause = %error)"#, &["cause=%error by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", ?code)"#, &["?code by Debug or Display"]);
    expected(r#"tracing::info!(event = "a", "hello {name}")"#, &["a message"]);
    expected("tracing::warn!(count = 1)", &["an event without a name"]);
    expected(r#"use tracing::warn; warn!(event = "a")"#, &["warn! without its path"]);
    expected(r#"use tracing::warn as say; say!(event = "a")"#, &["say! without its path"]);
    expected(r#"use tracing as t; t::warn![event = "a"]"#, &["warn! without its path"]);
    expected(r#"tracing::info! { event = "a", a.b = ?c }"#, &["a.b=?c by Debug or Display"]);
}

#[test]
fn a_field_that_nothing_is_written_into_is_found() {
    let written = |fields: &[&str]| vec![Source::parse("x.rs", &format!("fn f() {{ tracing::info!({}) }}", fields.join(", ")))];
    assert_eq!(idle(&written(&PERMITTED)), [""; 0]);
    let others: Vec<&str> = PERMITTED.into_iter().filter(|name| *name != "route").collect();
    assert_eq!(idle(&written(&others)), ["nothing is written into route"]);
}
