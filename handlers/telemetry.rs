//! Structured logs: a closed list of fields, each with a closed alphabet, and nothing else.
//!
//! A log is read by more people than the data it is about, and stored elsewhere. What it may contain is therefore decided here and not at
//! each call:
//!
//! - only events of FinRust itself, named by `event = "…"`; messages are never written;
//! - only the fields in `PERMITTED`; others are dropped and counted in `dropped_fields`;
//! - only numbers, booleans and strings; fields recorded by `Debug` or `Display` (`?value`, `%value`) are dropped too, because nobody can
//!   guarantee what those print in a later version;
//! - strings of at most `MAX_CHARACTERS` letters, digits and a few punctuation marks: no line breaks, escape sequences or quotation marks
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

/// The fields of a log line, in the order in which they are written.
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
/// The span whose fields are added to every event inside it.
pub const REQUEST_SPAN: &str = "request";
/// Longer strings are truncated.
pub const MAX_CHARACTERS: usize = 128;

/// The format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line, for Application Insights.
    Json,
    /// For a person at a terminal.
    Terminal,
}

/// The subscriber that writes events to `writer`.
pub fn subscriber<W>(format: Format, clock: Arc<dyn Clock>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    Registry::default().with(ClosedLog { format, clock, writer })
}

/// Logs every event of this process from now on, panics included; of those only the location, since their text may contain anything.
///
/// The Functions host treats a line on standard error as an error, or as a warning if the line says so, and a line on standard output as
/// information. At a terminal, standard output is reserved for the output of a command.
///
/// Lines are queued for a thread that writes them. The returned writer can queue other output and be flushed at the end.
///
/// # Errors
/// When this process already has a subscriber, or no descriptors or threads are left.
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

/// How long the exit of the process, or a panicking thread, waits for lines to be written.
pub const LAST_LINES: Duration = Duration::from_secs(1);

/// The system's message for a failure, without the error number: a fixed text that contains none of our data.
pub fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The line that reports dropped lines. Logged as an error, because alerts depend on log lines.
fn dropped(count: u64, format: Format, clock: &dyn Clock) -> String {
    let mut record = Record::default();
    for (name, value) in [("event", Value::Text("log_lines_dropped".to_owned())), ("count", Value::Plain(count.to_string()))] {
        if let Some(index) = PERMITTED.iter().position(|permitted| *permitted == name) {
            record.values[index] = Some(value);
        }
    }
    record.line(format, &format!("{:.3}", clock.now()), Level::ERROR)
}

/// Queues lines for the writer thread.
struct Lines {
    writer: LogWriter,
    format: Format,
}

/// A line to be queued.
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
        // If the log itself cannot be written, there is nowhere left to report it.
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
    /// A number or boolean, as JSON writes it.
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
                // Cleaned strings contain nothing that JSON escapes.
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
