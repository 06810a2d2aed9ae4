//! Logs that nobody reads, and outputs that cannot be written.

use super::{
    FINRUST,
    program::{USERNAME, connect, contents, get, head, invite, post, text, with_data},
};
use finrust::{
    app::system,
    telemetry::{Format, init},
};
use std::{
    fs::File,
    io::{PipeReader, Read, Write},
    path::Path,
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use test_support::{
    port::free_port,
    program::fresh,
    server::{Server, stalled, wait_until},
};

/// More lines than are queued for a stalled reader.
const REQUESTS: usize = 14_000;
const AT_ONCE: usize = 100;
const DROPPED: &str = "log_lines_dropped";

/// Sends requests on one connection; each must be answered.
fn ask_again_and_again(port: u16, more: &str) {
    let request = format!("{}\r\n", head("GET", "/api/session", more)).repeat(AT_ONCE);
    let mut stream = connect(port).expect("a connection");
    let mut answers = stream.try_clone().expect("a socket");
    let reading = thread::spawn(move || {
        let (mut rest, mut count) = (Vec::new(), 0);
        let mut bytes = vec![0; 64 * 1024];
        while count < REQUESTS {
            let read = answers.read(&mut bytes).expect("answers come");
            assert!(read > 0, "the connection was closed after {count} answers");
            rest.extend_from_slice(&bytes[..read]);
            count += rest.windows(9).filter(|window| *window == b"HTTP/1.1 ").count();
            let keep = rest.len().min(8);
            rest.drain(..rest.len() - keep);
        }
        count
    });
    for _ in 0..REQUESTS / AT_ONCE {
        stream.write_all(request.as_bytes()).expect("requests are taken");
    }
    assert_eq!(reading.join().expect("a count"), REQUESTS);
}

/// Reads until the text appears, including what was in the pipe from the beginning.
fn read_until(mut reader: PipeReader, part: &str) -> String {
    let (mut all, mut bytes) = (Vec::new(), vec![0; 64 * 1024]);
    while !text(&all).contains(part) {
        let read = reader.read(&mut bytes).expect("somebody writes");
        assert!(read > 0, "{part} did not come");
        all.extend_from_slice(&bytes[..read]);
    }
    text(&all)
}

#[test]
fn nothing_that_serves_waits_for_a_log_and_what_was_dropped_is_counted() {
    let (_parent, data) = with_data();
    let ((out, out_end), (err, err_end)) = (stalled(), stalled());
    let server = Server::start_with(FINRUST.on(&data), |command| {
        command.stdout(out_end).stderr(err_end);
    });
    ask_again_and_again(server.port, "");
    assert_eq!(get(server.port, "/api/health").expect("an answer"), 200);
    // Once the pipe is read again, dropped lines are reported.
    let said = read_until(err, DROPPED);
    let line = said.lines().find(|line| line.contains(DROPPED)).expect("the line");
    assert!(line.contains(" ERROR log_lines_dropped count="), "{line}");
    drop(out);
    assert_eq!(get(server.port, "/api/health").expect("an answer"), 200);
    server.signal("TERM");
    assert_eq!(server.end(Duration::from_secs(16)).0.code(), Some(0));
}

#[test]
fn behind_the_host_one_stalled_stream_is_told_on_the_other() {
    let (_parent, data) = with_data();
    let (out, out_end) = stalled();
    let server = Server::start_behind_host_with(FINRUST.on(&data), |command| {
        command.stdout(out_end);
    });
    ask_again_and_again(server.port, "X-Forwarded-For: 203.0.113.7:1\r\nX-Forwarded-Proto: https\r\n");
    let said = server.wait_for(DROPPED);
    let line = said.lines().find(|line| line.contains(DROPPED)).expect("the line");
    assert!(line.contains(r#""level":"ERROR","event":"log_lines_dropped","count":"#), "{line}");
    drop(out);
}

#[test]
fn an_end_does_not_wait_for_a_log() {
    let (_parent, data) = with_data();
    let ((_out, out_end), (_err, err_end)) = (stalled(), stalled());
    let server = Server::start_with(FINRUST.on(&data), |command| {
        command.stdout(out_end).stderr(err_end);
    });
    server.signal("TERM");
    let (status, took) = server.end(Duration::from_secs(16));
    assert!(status.code() == Some(0) && took < Duration::from_secs(8), "{status} after {took:?}");
    // Nor does one that it did not choose itself.
    let (_parent, none) = fresh();
    let ((_out, out_end), (_err, err_end)) = (stalled(), stalled());
    let mut command = FINRUST.on(&none.join("file"));
    std::fs::write(&none, "no directory").expect("a file");
    let mut child = command.arg("serve").stdout(out_end).stderr(err_end).spawn().expect("the program starts");
    wait_until("the end", || Path::new(&format!("/proc/{}/fd/0", child.id())).symlink_metadata().is_err());
    assert_eq!(child.wait().expect("a child").code(), Some(1));
}

/// Runs in a process of its own, whose standard error nobody reads.
#[test]
#[ignore = "a part of the next one"]
fn a_thread_panics() {
    let _log = init(Format::Json, system().0).expect("the first one of this process");
    let started = Instant::now();
    let panicked = thread::spawn(|| panic!("as one does")).join().is_err();
    let waited = started.elapsed();
    process::exit(i32::from(!panicked || waited > Duration::from_secs(3)));
}

#[test]
fn a_panic_does_not_wait_for_a_log() {
    let (_reader, err_end) = stalled();
    let mut part = Command::new(std::env::current_exe().expect("this program"));
    part.args(["--exact", "logs::a_thread_panics", "--ignored"]).stdout(Stdio::null()).stderr(err_end);
    let mut part = part.spawn().expect("this program");
    let deadline = Instant::now() + Duration::from_secs(30);
    let ended = loop {
        if let Some(ended) = part.try_wait().expect("a child of this process") {
            break Some(ended);
        }
        if Instant::now() > deadline {
            part.kill().and_then(|()| part.wait()).expect("a child of this process");
            break None;
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(ended.and_then(|ended| ended.code()), Some(0));
}

#[test]
fn mails_go_out_while_nobody_reads_of_them() {
    let (_parent, data) = with_data();
    let (_out, out_end) = stalled();
    let server = Server::start_with(FINRUST.on(&data), |command| {
        command.stdout(out_end);
    });
    for count in 2..=4 {
        let body = format!(r#"{{"username":"{USERNAME}"}}"#);
        assert_eq!(post(server.port, "/api/password-reset", &body).expect("an answer"), 202);
        wait_until("the mail", || contents(&data.join("mail")).len() >= count);
    }
}

#[test]
fn what_a_command_prints_is_written_whole_or_it_fails() {
    let (_parent, data) = with_data();
    let invite = ["invite", "--role", "adviser", "--username", "bram.bos", "--email", "b@example.nl", "--name", "B", "--print"];
    let backup = data.with_extension("backup").to_string_lossy().into_owned();
    let port = free_port().to_string();
    for (arguments, code) in [
        (&["openapi"][..], 1),
        (&["--help"], 1),
        (&["--version"], 1),
        (&["verify", "--help"], 1),
        (&["verify"], 2),
        (&invite, 1),
        (&["rewrap"], 1),
        (&["replay-erasures"], 1),
        (&["rotate-key", "--scope", "service"], 1),
        (&["backup", &backup], 1),
        // Without the printed passwords nobody could sign in, so it does not serve.
        (&["demo", "--port", &port], 1),
    ] {
        for full in [true, false] {
            let mut command = FINRUST.on(&data);
            command.args(arguments);
            if full {
                command.stdout(File::options().write(true).open("/dev/full").expect("a disk that is always full"));
            } else {
                let (reader, writer) = std::io::pipe().expect("a pipe");
                drop(reader);
                command.stdout(writer);
            }
            // Whatever the first attempt did already exists for the second.
            let output = command.stderr(Stdio::piped()).output().expect("the program starts");
            assert_eq!(output.status.code(), Some(code), "{arguments:?} {full}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn what_a_command_prints_waits_for_whoever_reads_slowly() {
    let (_parent, data) = fresh();
    let whole = FINRUST.run(&data, &["openapi"]).stdout;
    let mut child: process::Child = {
        let mut command: Command = FINRUST.on(&data);
        command.arg("openapi").stdout(Stdio::piped()).spawn().expect("the program starts")
    };
    let mut out = child.stdout.take().expect("a pipe");
    let (mut read, mut bytes) = (Vec::new(), [0; 8192]);
    loop {
        let count = out.read(&mut bytes).expect("a pipe");
        if count == 0 {
            break;
        }
        read.extend_from_slice(&bytes[..count]);
        thread::yield_now();
    }
    assert!(read == whole && whole.len() > 64 * 1024);
    assert_eq!(child.wait().expect("a child").code(), Some(0));
    assert!(invite(&data, USERNAME).status.success());
}
