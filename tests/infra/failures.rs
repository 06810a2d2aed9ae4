//! The scripts against a stateful stand-in for `az` that fails at every step in turn: whatever fails, the delete locks are in place
//! afterwards, and nobody is let in who should not be.

use crate::commands;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    thread,
};
use tempfile::TempDir;

const LOCKS: [&str; 3] = ["database", "erasures", "vault"];
const ADDRESS: &str = "192.0.2.7";
/// Calls that change something: only for these does a lost response differ from a call that did nothing.
const CHANGES: [&str; 7] = [" create ", " delete ", " update ", " restore ", " stop ", " start ", " config-zip "];

/// A machine with the stand-in first in its `PATH`, and its state.
pub struct Machine {
    folder: TempDir,
}

/// How a call fails.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    Before(usize),
    After(usize),
}

impl Machine {
    /// A machine on which nobody is let in, or somebody is.
    pub fn new(is_open: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["locks", "stacks", "accounts"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let machine = Self { folder };
        for lock in LOCKS {
            machine.write(&format!("locks/{lock}"), "");
        }
        for (name, double) in [("sleep", "quiet"), ("curl", "quiet"), ("finrust", "finrust"), ("az", "az")] {
            crate::stand_in(double, &machine.at(name));
        }
        for (name, text) in [("accounts/in-use", ""), ("deployment", "Succeeded"), ("regions", "westeurope"), ("failover", "false")] {
            machine.write(name, text);
        }
        for (name, text) in [("consistency", "Strong"), ("zones", "true"), ("used", "in-use"), ("expiry", "true"), ("app", "running")] {
            machine.write(name, text);
        }
        machine.write("address", if is_open { ADDRESS } else { "" });
        if is_open {
            machine.write("stacks/operator-access", "");
        }
        machine
    }

    /// Another machine in the same state, without any recorded calls.
    pub fn like(other: &Self) -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        #[expect(clippy::disallowed_methods, reason = "the scripts are what is tested")]
        let copied = Command::new("cp").arg("-a").arg(other.folder.path().join(".")).arg(machine.folder.path()).status();
        assert!(copied.expect("cp runs").success());
        machine.write("calls", "");
        machine
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    /// Responds to requests as the program does.
    pub fn answer_requests(&self) {
        fs::remove_file(self.at("curl")).unwrap();
        crate::stand_in("deployment/curl", &self.at("curl"));
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_default()
    }

    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.at(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    pub fn calls(&self) -> Vec<String> {
        self.read("calls").lines().map(str::to_owned).collect()
    }

    pub fn run(&self, arguments: &[&str], settings: &[(&str, &str)], failure: Option<Failure>) -> Output {
        #[expect(clippy::disallowed_methods, reason = "the scripts are what is tested")]
        let mut bash = Command::new("bash");
        bash.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear();
        bash.env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().display())).env("STATE", self.folder.path());
        bash.env("CALLS", self.at("asked")).env("JOBS", "404");
        bash.env("FINRUST_ALERT_EMAIL", "nobody@example.nl").envs(settings.iter().copied());
        if let Some(failure) = failure {
            let (number, how) = match failure {
                Failure::Before(number) => (number, "before"),
                Failure::After(number) => (number, "after"),
            };
            bash.env("FAIL_AT", number.to_string()).env("FAIL_HOW", how);
        }
        bash.stdin(std::process::Stdio::null()).output().expect("bash runs")
    }
}

/// The command to run with bash, the initial state of the machine, and what must hold afterwards.
pub struct Task<'a> {
    pub arguments: &'a (dyn Fn(&Machine) -> Vec<String> + Sync),
    pub settings: &'a [(&'a str, &'a str)],
    pub start: &'a (dyn Fn() -> Machine + Sync),
    pub holds: &'a (dyn Fn(&Machine, &Output) -> Result<(), String> + Sync),
}

/// Runs a task without a failure and then with one at every call; returns how many failures were tried and what did not hold.
pub fn at_every_step(task: &Task) -> (usize, Vec<String>) {
    let run = |failure: Option<Failure>| {
        let machine = (task.start)();
        let arguments = (task.arguments)(&machine);
        let output = machine.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), task.settings, failure);
        (machine, output)
    };
    let (machine, output) = run(None);
    assert!(output.status.success(), "{output:?}");
    let mut wrong: Vec<String> = judge(task, &machine, &output).err().into_iter().collect();
    let calls = machine.calls();
    let mut failures: Vec<Failure> = (1..=calls.len()).map(Failure::Before).collect();
    let changes = |call: &(usize, &String)| CHANGES.iter().any(|word| call.1.contains(word));
    failures.extend(calls.iter().enumerate().filter(changes).map(|(number, _)| Failure::After(number + 1)));
    // Two at a time: the scripts mostly wait for their own child processes.
    let found: Vec<Vec<String>> = thread::scope(|scope| {
        let run = &run;
        let halves = failures.chunks(failures.len().div_ceil(2)).map(|half| {
            scope.spawn(move || {
                let tried = half.iter().map(|failure| (failure, run(Some(*failure))));
                let flaw = |(failure, (machine, output)): (&Failure, (Machine, Output))| {
                    judge(task, &machine, &output).err().map(|why| format!("{failure:?}: {why}\n{output:?}"))
                };
                tried.filter_map(flaw).collect()
            })
        });
        halves.collect::<Vec<_>>().into_iter().map(|half| half.join().expect("a run ends")).collect()
    });
    wrong.extend(found.into_iter().flatten());
    (failures.len(), wrong)
}

fn judge(task: &Task, machine: &Machine, output: &Output) -> Result<(), String> {
    let locks = machine.names("locks");
    if !LOCKS.iter().all(|lock| locks.iter().any(|own| own == lock)) {
        return Err(format!("of the locks, {locks:?} are there"));
    }
    // Every command printed for resuming can be pasted.
    for stream in [&output.stdout, &output.stderr] {
        let flaws = commands::flaws_of_output(&String::from_utf8_lossy(stream));
        if !flaws.is_empty() {
            return Err(format!("printed: {flaws:?}"));
        }
    }
    (task.holds)(machine, output)
}

/// Nobody is let in: neither by rights nor by a firewall rule.
pub fn is_closed(machine: &Machine) -> Result<(), String> {
    let (stacks, address) = (machine.names("stacks"), machine.read("address"));
    if stacks.is_empty() && address.is_empty() { Ok(()) } else { Err(format!("{stacks:?} and '{address}' are left")) }
}

pub fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn closing_that_fails_anywhere_leaves_the_locks_and_says_that_it_failed() {
    let task = Task {
        arguments: &|_| words("infra/operator.sh test close"),
        settings: &[],
        start: &|| Machine::new(true),
        holds: &|machine, output| match output.status.code() {
            Some(0) => is_closed(machine),
            // Either nothing was done yet, or the command for resuming was printed.
            Some(2) if machine.read("address") == ADDRESS => Ok(()),
            Some(_) if String::from_utf8_lossy(&output.stderr).contains("operator.sh test close") => Ok(()),
            other => Err(format!("{other:?} without a word on how to go on")),
        },
    };
    let (tried, wrong) = at_every_step(&task);
    println!("closing: {tried} failures tried");
    assert!(wrong.is_empty() && tried > 40, "{tried} tried\n{}", wrong.join("\n"));
}

#[test]
fn opening_that_fails_anywhere_lets_nobody_in() {
    let task = Task {
        arguments: &|_| words("infra/operator.sh test open verify --address 192.0.2.7"),
        settings: &[],
        start: &|| Machine::new(false),
        holds: &|machine, output| {
            if output.status.success() {
                let told = String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with("export FINRUST_")).count();
                let is_open = machine.names("stacks") == ["operator-access"] && machine.read("address") == ADDRESS;
                return if is_open && told == 9 { Ok(()) } else { Err(format!("{told} settings")) };
            }
            if output.stdout.is_empty() { is_closed(machine) } else { Err("settings without rights".to_owned()) }
        },
    };
    let (tried, wrong) = at_every_step(&task);
    println!("opening: {tried} failures tried");
    assert!(wrong.is_empty() && tried > 50, "{tried} tried\n{}", wrong.join("\n"));
}

#[test]
fn a_drill_that_fails_anywhere_leaves_nothing_behind() {
    let task = Task {
        arguments: &|machine| {
            let program = machine.at("finrust").to_str().unwrap().to_owned();
            let mut arguments = words("infra/restore-drill.sh test --address 192.0.2.7 --program");
            arguments.push(program);
            arguments
        },
        settings: &[],
        start: &|| Machine::new(false),
        holds: &|machine, _| {
            let accounts = machine.names("accounts");
            if accounts == ["in-use"] { is_closed(machine) } else { Err(format!("{accounts:?}")) }
        },
    };
    let (tried, wrong) = at_every_step(&task);
    println!("drill: {tried} failures tried");
    assert!(wrong.is_empty() && tried > 120, "{tried} tried\n{}", wrong.join("\n"));
}

#[test]
fn who_is_let_in_by_somebody_else_stays_in() {
    let machine = Machine::new(true);
    let program = machine.at("finrust");
    let output = machine.run(&["infra/restore-drill.sh", "test", "--program", program.to_str().unwrap()], &[], None);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!((machine.names("stacks"), machine.read("address").as_str()), (vec!["operator-access".to_owned()], ADDRESS));
    assert!(!machine.calls().iter().any(|call| call.starts_with("cosmosdb restore")), "nothing was paid for: {:?}", machine.calls());
}

#[test]
fn what_can_refuse_is_asked_first() {
    let close = ["infra/operator.sh", "test", "close"];
    for settings in [("FINRUST_ALERT_EMAIL", ""), ("FINRUST_ALERT_EMAIL", "nobody"), ("AZ_VERSION", "2.45.0"), ("BICEP_VERSION", "0.20.4")]
    {
        let machine = Machine::new(true);
        let output = machine.run(&close, &[settings], None);
        assert_eq!(output.status.code(), Some(2), "{settings:?}: {output:?}");
        let asked: Vec<String> = machine.calls().into_iter().filter(|call| !call.contains("version")).collect();
        assert_eq!(asked, [""; 0], "{settings:?}");
    }
    for set in ["deleteLocks=yes", "deletelocks=true", "privateEndpoints=1", "nothing=1"] {
        let machine = Machine::new(true);
        let output = machine.run(&["infra/deploy.sh", "test", "--yes", "--set", set], &[], None);
        assert!(output.status.code() == Some(2) && machine.calls().is_empty(), "{set}: {output:?}");
    }
}
