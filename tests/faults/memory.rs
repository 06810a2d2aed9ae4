//! Out of memory: what needs memory is refused with a reason, or the process exits at once; nothing that was acknowledged is lost.

use super::{
    FINRUST,
    key::{lost, made, make, save, signed_in},
    program::{get, limit, post, text, with_data},
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
    thread,
    time::{Duration, Instant},
};
use test_support::{port::free_port, server::Server, skipped::skipped};

const MIB: u64 = 1024 * 1024;
/// Enough for everything but one more hash, which takes 19 MiB.
const ROOM: u64 = 8 * MIB;
const AT_ONCE: usize = 6;

fn try_to_sign_in(port: u16, number: usize) -> io::Result<u16> {
    post(port, "/api/login", &format!(r#"{{"username":"nobody.{number}","password":"certainly wrong"}}"#))
}

fn all_at_once(port: u16) -> Vec<io::Result<u16>> {
    thread::scope(|scope| {
        let tries: Vec<_> = (0..AT_ONCE).map(|number| scope.spawn(move || try_to_sign_in(port, number))).collect();
        tries.into_iter().map(|tried| tried.join().expect("an answer or none")).collect()
    })
}

/// The size of its data segment in bytes, as the kernel counts it.
fn data_of(pid: u32) -> u64 {
    let told = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = told.lines().find_map(|line| line.strip_prefix("VmData:")).expect("its data");
    line.trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
}

#[test]
fn a_hash_that_finds_no_memory_is_refused_and_all_else_goes_on() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skipped("this machine has no prlimit");
        return;
    }
    let (_parent, data) = with_data();
    let server = FINRUST.serve(&data);
    let mut bram = signed_in(&server, &data, "bram.bos");
    limit(&server, &format!("--data={}:", data_of(server.pid()) + ROOM));
    for answer in all_at_once(server.port) {
        assert_eq!(answer.expect("an answer"), 503, "{}", server.written());
    }
    let said = server.wait_for("memory_refused");
    assert!(said.contains("ERROR memory_refused cause=no memory for a password hash"), "{said}");
    assert_eq!(said.matches("memory_refused").count(), 1, "once a minute: {said}");
    let files: Vec<_> = (0..5).map(|_| save(&mut bram).expect("it needs no hash")).collect();
    assert_eq!(get(server.port, "/api/health").expect("an answer"), 200);
    limit(&server, "--data=unlimited:");
    assert_eq!(try_to_sign_in(server.port, AT_ONCE).expect("an answer"), 401, "it heals");
    assert_eq!(lost(&mut bram, &files), [""; 0]);
}

/// It either serves or exits; it must not hang.
#[test]
fn too_little_to_begin_with_is_refused_and_nobody_waits_for_it() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        skipped("this machine has no prlimit");
        return;
    }
    let (_parent, data) = with_data();
    let mut ended = 0;
    for limit in [40, 56, 64, 80, 96, 112, 128] {
        let port = free_port();
        let mut command = Command::new("prlimit");
        command.env_clear().env("FINRUST_DATA_DIR", &data).arg(format!("--as={}", limit * MIB)).arg(FINRUST.path);
        command.args(["serve", "--port", &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let started = Instant::now();
        let status = loop {
            let status = child.try_wait().expect("a child of this process");
            if status.is_some() || get(port, "/").ok() == Some(200) {
                break status;
            }
            if started.elapsed() > Duration::from_mins(1) {
                child.kill().and_then(|()| child.wait()).expect("a child of this process");
                panic!("with {limit} MiB it neither serves nor ends");
            }
            thread::sleep(Duration::from_millis(5));
        };
        ended += usize::from(status.is_some());
        assert!(status.is_none_or(|status| !status.success()), "{limit} MiB");
        // It may have exited already.
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(ended > 0, "it was enough");
    assert_eq!(FINRUST.run(&data, &["verify"]).status.code(), Some(0));
}

/// A cgroup with a shared memory limit; removed when dropped.
struct Group {
    path: PathBuf,
    used: &'static str,
    most: &'static str,
}

impl Group {
    /// `None`, with a notice, where the user running the tests may not create one.
    fn make() -> Option<Self> {
        let name = format!("finrust-faults-{}", id());
        let kinds = [
            ("/sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.current", "memory.max"),
        ];
        for (above, used, most) in kinds {
            let group = Self { path: Path::new(above).join(&name), used, most };
            if fs::create_dir(&group.path).is_ok() && group.path.join(most).exists() {
                return Some(group);
            }
        }
        let _ = writeln!(io::stderr(), "not tried: whoever runs the tests may make no cgroup for memory");
        None
    }

    /// Limits it to little more than it uses now.
    fn close(&self) {
        let used: u64 = fs::read_to_string(self.path.join(self.used)).expect("a figure").trim().parse().expect("a number");
        fs::write(self.path.join(self.most), (used + ROOM / 2).to_string()).expect("a limit");
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails as long as a process is in it.
        let _ = fs::remove_dir(&self.path);
    }
}

#[test]
fn killed_for_its_memory_it_has_kept_what_was_acknowledged() {
    let Some(group) = Group::make() else { return };
    let (_parent, data) = with_data();
    let mut command = Command::new("sh");
    let script = format!("echo $$ >{}/cgroup.procs && exec \"$0\" \"$@\"", group.path.display());
    command.env_clear().env("FINRUST_DATA_DIR", &data).stdin(Stdio::null()).args(["-c", &script]).arg(FINRUST.path);
    let server = Server::start(command);
    let mut bram = signed_in(&server, &data, "bram.bos");
    let mut files: Vec<_> = (0..5).map(|_| save(&mut bram).expect("a file")).collect();
    group.close();
    thread::scope(|scope| {
        let tries = scope.spawn(|| all_at_once(server.port));
        while let Ok(answer) = make(&mut bram) {
            files.extend(made(&answer));
            if files.len() > 5 && tries.is_finished() {
                break;
            }
        }
    });
    server.signal("KILL");
    let (status, _) = server.end(Duration::from_secs(16));
    assert!(!status.success(), "{status}");
    let server = FINRUST.serve(&data);
    assert_eq!(lost(&mut bram.at(server.port), &files), [""; 0]);
    drop(server);
    let output = FINRUST.run(&data, &["verify"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}
