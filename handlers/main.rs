//! The `finrust` binary: parses the command line, runs the command, and reports a failure in one line.

use clap::{Args, Parser, Subcommand};
use finrust::{
    app::system,
    commands::{
        backup::{self, BackupArguments},
        console::{complain, say},
        demo,
        failure::CommandError,
        invite::{self, InviteArguments},
        replay_erasures,
        rewrap::{self, RewrapArguments},
        rotate_key::{self, RotateKeyArguments},
        serve, verify,
    },
    config::Config,
    http::routes::openapi_document,
    log_writer::LogWriter,
    telemetry::{self, Format, LAST_LINES},
};
use std::{
    io::{self, Write},
    panic,
    process::{self, ExitCode},
    sync::{Arc, mpsc},
    thread,
};
use tokio::runtime::Runtime;

/// Returns memory to the system after a hash, which the C library's allocator does not.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Client files of financial advisers: stored encrypted, opened by their own adviser only.
///
/// Settings come from the environment; local.settings.example.json lists them. Without Azure settings everything is kept in files
/// under `FINRUST_DATA_DIR` (./data).
#[derive(Parser)]
#[command(name = "finrust", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API on 127.0.0.1:7071, or on the port that the Functions host gives (the default)
    Serve(PortArgument),
    /// Create fresh sample data with an officer, an adviser and 25 client files, print how to sign in, and serve it
    Demo(PortArgument),
    /// Create an account and e-mail its invitation; this is how the first officer is created
    Invite(InviteArguments),
    /// Open every document and verify every chain; exits with 1 if it finds a problem, with 2 if it could not check
    Verify,
    /// After a restore, before anyone signs in: erase again every file in the erasure log that is present
    ReplayErasures,
    /// Copy the embedded database while it is in use, into a directory that does not exist yet
    Backup(BackupArguments),
    /// Rewrap every data key under the newest key-encryption key
    Rewrap(RewrapArguments),
    /// Replace a data key that may be compromised, and re-seal existing data under the new key
    RotateKey(RotateKeyArguments),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Default, Args)]
struct PortArgument {
    /// Port to listen on instead of 7071
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

fn main() -> ExitCode {
    let command = match CommandLine::try_parse() {
        Ok(line) => line.command.unwrap_or(Command::Serve(PortArgument::default())),
        Err(shown) => return show(&shown),
    };
    match run(&command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let line = format!("finrust: {error}");
            if matches!(command, Command::Serve(_) | Command::Demo(_)) {
                complain_for_a_moment(line);
            } else {
                complain(&line);
            }
            exit_code(&command, &error)
        }
    }
}

/// Prints an error without blocking for long: a server does not wait for a stalled reader, not even when it exits.
fn complain_for_a_moment(line: String) {
    let (said, waits) = mpsc::channel();
    thread::spawn(move || {
        complain(&line);
        // The receiver is gone if this took too long.
        let _ = said.send(());
    });
    let _ = waits.recv_timeout(LAST_LINES);
}

/// Prints help, or what is wrong with the command line.
fn show(shown: &clap::Error) -> ExitCode {
    let printed = shown.print().and_then(|()| io::stdout().flush());
    let code = u8::try_from(shown.exit_code()).unwrap_or(1);
    if printed.is_ok() { ExitCode::from(code) } else { ExitCode::FAILURE }
}

/// The exit code; scripts that run `verify` can tell findings from a failure to look.
fn exit_code(command: &Command, error: &CommandError) -> ExitCode {
    match (command, error) {
        (Command::Verify, CommandError::Findings(_)) => ExitCode::FAILURE,
        (Command::Verify, _) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

fn run(command: &Command) -> Result<u8, CommandError> {
    if let Command::Openapi = command {
        let document = serde_json::to_string_pretty(&openapi_document());
        return say(&document.map_err(|error| CommandError::Output(error.into()))?).map(|()| 0);
    }
    let port = match command {
        Command::Serve(argument) | Command::Demo(argument) => argument.port,
        Command::Invite(_)
        | Command::Verify
        | Command::ReplayErasures
        | Command::Backup(_)
        | Command::Rewrap(_)
        | Command::RotateKey(_)
        | Command::Openapi => None,
    };
    let config = Config::from_environment(port)?;
    let format = if config.log_for_machines { Format::Json } else { Format::Terminal };
    let log = telemetry::init(format, system().0).map_err(|error| CommandError::Io("the log cannot start", io::Error::other(error)))?;
    config.remarks.iter().for_each(finrust::environment::Remark::log);
    let code = if let Command::Verify = command { 2 } else { 1 };
    let runtime = start_runtime(code).map_err(|error| CommandError::Io("the runtime cannot start", error))?;
    let ended = runtime.block_on(run_with(command, &config, &log));
    // Does not wait longer for blocked threads: interrupting them is no worse than a kill.
    runtime.shutdown_timeout(LAST_LINES);
    log.flush(LAST_LINES);
    ended
}

/// If no thread can be started, the runtime panics and dropping it would wait for the threads it did start; the process exits instead.
fn start_runtime(code: i32) -> io::Result<Runtime> {
    let usual = Arc::new(panic::take_hook());
    let first = Arc::clone(&usual);
    panic::set_hook(Box::new(move |panicked| {
        first(panicked);
        complain("finrust: the runtime cannot start: there are no threads or no memory for it");
        process::exit(code);
    }));
    let started = Runtime::new();
    panic::set_hook(Box::new(move |panicked| usual(panicked)));
    started
}

async fn run_with(command: &Command, config: &Config, log: &LogWriter) -> Result<u8, CommandError> {
    match command {
        Command::Serve(_) | Command::Openapi => return serve::run(config, log).await,
        Command::Demo(_) => return Box::pin(demo::run(config, log)).await,
        Command::Invite(arguments) => invite::run(config, arguments).await,
        Command::Verify => verify::run(config).await,
        Command::ReplayErasures => replay_erasures::run(config).await,
        Command::Backup(arguments) => backup::run(config, arguments),
        Command::Rewrap(arguments) => rewrap::run(config, arguments).await,
        Command::RotateKey(arguments) => rotate_key::run(config, arguments).await,
    }
    .map(|()| 0)
}
