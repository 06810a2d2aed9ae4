//! Structured logs: a closed list of fields, each of a closed alphabet, and nothing else.
//!
//! A log is read by more people than the data it is about, and kept elsewhere. What may stand in it is therefore decided here and not
//! at each call:
//!
//! - only events of FinRust itself, named by `event = "…"`; a message is never written;
//! - only the fields of `PERMITTED`; another is dropped, and `dropped_fields` says how many were;
//! - only numbers, truth values and texts; what is recorded by its `Debug` or `Display` (`?value`, `%value`) is dropped too, because
//!   nobody can say what that prints a year from now;
//! - texts of at most `MAX_CHARACTERS` letters, digits and a few signs: no line break, no escape sequence, no quotation mark
//!   (OWASP ASVS 5.0 V16.4.1).

use crate::{
    log_writer::{LogWriter, Stream, Urgency},
    ports::Clock,
};
use std::{
    error::Error,
    fmt::{self, Write as _},
    io::{self, Write},
    panic,
    sync::Arc,
    time::Duration,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::set_global_default,
};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// The fields of a log, in the order they are written.
pub const PERMITTED: [&str; 24] = [
    "event",
    "function",
    "method",
    "route",
    "status",
    "duration_ms",
    "code",
    "cause",
    "outcome",
    "invocation_id",
    "traceparent",
    "operation",
    "container",
    "count",
    "attempt",
    "retry_after_s",
    "request_charge",
    "activity_id",
    "sub_status",
    "mails",
    "keys",
    "rewrapped",
    "hours",
    "resealed",
];
/// The span whose fields are written with every event inside it.
pub const REQUEST_SPAN: &str = "request";
/// Longer texts are cut.
pub const MAX_CHARACTERS: usize = 128;

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An object on each line, for Application Insights.
    Json,
    /// For a person at a terminal.
    Terminal,
}

/// Writes what `writer` gives a place to.
pub fn subscriber<W>(format: Format, clock: Arc<dyn Clock>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    Registry::default().with(ClosedLog { format, clock, writer })
}

/// Writes every event of this process from now on, panics too: their place only, as their text may hold anything.
///
/// The Functions host takes a line on standard error for an error, or for a warning when it says so, and one on standard output for
/// information. At a terminal standard output belongs to the answer of a command.
///
/// Lines are left for a thread that writes them; the answer is the way to it, for what else is to be written and for waiting at the end.
///
/// # Errors
/// When this process has a subscriber already, or no descriptors or threads are left.
pub fn init(format: Format, clock: Arc<dyn Clock>) -> Result<LogWriter, Box<dyn Error + Send + Sync>> {
    let dropped_at = Arc::clone(&clock);
    let writer = LogWriter::start(move |count| dropped(count, format, &*dropped_at))?;
    set_global_default(subscriber(format, clock, Lines { writer: writer.clone(), format }))?;
    let last = writer.clone();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(event = "panic", cause = place);
        last.flush(LAST_LINES);
    }));
    Ok(writer)
}

/// How long the end of the process, or of a thread that panics, waits for lines to be written.
pub const LAST_LINES: Duration = Duration::from_secs(1);

/// What the system says of a failure, without its number: a text of its own, in which nothing of ours is.
pub fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Says that lines were dropped because nobody took them. An error: alerts rest on lines.
fn dropped(count: u64, format: Format, clock: &dyn Clock) -> String {
    let mut record = Record::default();
    for (name, value) in [("event", Value::Text("log_lines_dropped".to_owned())), ("count", Value::Plain(count.to_string()))] {
        if let Some(index) = PERMITTED.iter().position(|permitted| *permitted == name) {
            record.values[index] = Some(value);
        }
    }
    record.line(format, &format!("{:.3}", clock.now()), Level::ERROR)
}

/// Leaves lines for the thread that writes them.
struct Lines {
    writer: LogWriter,
    format: Format,
}

/// A line to be left.
struct Line<'lines> {
    lines: &'lines Lines,
    level: Level,
}

impl<'lines> MakeWriter<'lines> for Lines {
    type Writer = Line<'lines>;

    fn make_writer(&'lines self) -> Self::Writer {
        Line { lines: self, level: Level::INFO }
    }

    fn make_writer_for(&'lines self, metadata: &Metadata<'_>) -> Self::Writer {
        Line { lines: self, level: *metadata.level() }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_urgent = self.level <= Level::WARN;
        let stream = if is_urgent || self.lines.format == Format::Terminal { Stream::Err } else { Stream::Out };
        let urgency = if is_urgent { Urgency::Urgent } else { Urgency::Ordinary };
        self.lines.writer.put(stream, urgency, String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct ClosedLog<W> {
    format: Format,
    clock: Arc<dyn Clock>,
    writer: W,
}

impl<S, W> Layer<S> for ClosedLog<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let ours = metadata.target().strip_prefix("finrust").is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        ours && *metadata.level() <= Level::INFO
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id).filter(|span| span.name() == REQUEST_SPAN) {
            let mut record = Record::default();
            attributes.record(&mut record);
            span.extensions_mut().insert(record);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(record) = span.extensions_mut().get_mut::<Record>()
        {
            values.record(record);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut record = Record::default();
        for span in context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(outer) = span.extensions().get::<Record>() {
                record.clone_from(outer);
            }
        }
        event.record(&mut record);
        let line = record.line(self.format, &format!("{:.3}", self.clock.now()), *event.metadata().level());
        // Nobody is left to be told when the log itself cannot be written.
        let _ = self.writer.make_writer_for(event.metadata()).write_all(line.as_bytes());
    }
}

/// The permitted fields of an event or a span.
#[derive(Clone, Default)]
struct Record {
    values: [Option<Value>; PERMITTED.len()],
    dropped: usize,
}

#[derive(Clone)]
enum Value {
    Text(String),
    /// A number or truth value, as JSON writes it.
    Plain(String),
}

impl Record {
    fn put(&mut self, field: &Field, value: Value) {
        match PERMITTED.iter().position(|name| *name == field.name()) {
            Some(index) => self.values[index] = Some(value),
            None => self.dropped += 1,
        }
    }

    fn line(&self, format: Format, time: &str, level: Level) -> String {
        let written = match format {
            Format::Json => self.json(time, level),
            Format::Terminal => self.terminal(time, level),
        };
        written.expect("writing to a string does not fail")
    }

    fn json(&self, time: &str, level: Level) -> Result<String, fmt::Error> {
        let mut line = format!(r#"{{"time":"{time}","level":"{level}""#);
        for (name, value) in self.fields() {
            match value {
                // The alphabet of a cleaned text has nothing that JSON escapes.
                Value::Text(text) => write!(line, r#","{name}":"{text}""#)?,
                Value::Plain(plain) => write!(line, r#","{name}":{plain}"#)?,
            }
        }
        if self.dropped > 0 {
            write!(line, r#","dropped_fields":{}"#, self.dropped)?;
        }
        line.push_str("}\n");
        Ok(line)
    }

    fn terminal(&self, time: &str, level: Level) -> Result<String, fmt::Error> {
        let mut line = format!("{time} {level:<5}");
        for (name, Value::Text(text) | Value::Plain(text)) in self.fields() {
            if name == PERMITTED[0] { write!(line, " {text}")? } else { write!(line, " {name}={text}")? }
        }
        if self.dropped > 0 {
            write!(line, " dropped_fields={}", self.dropped)?;
        }
        line.push('\n');
        Ok(line)
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        PERMITTED.into_iter().zip(&self.values).filter_map(|(name, value)| Some((name, value.as_ref()?)))
    }
}

impl Visit for Record {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.chars().take(MAX_CHARACTERS).map(clean).collect()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        self.put(field, Value::Plain(if value.is_finite() { value.to_string() } else { "null".to_owned() }));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Plain(value.to_string()));
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {
        self.dropped += 1;
    }
}

const fn clean(character: char) -> char {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' ' | '_' | '.' | '/' | ':' | '{' | '}' | '*' | '-' => character,
        _ => '?',
    }
}
