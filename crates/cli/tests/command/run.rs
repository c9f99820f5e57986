//! `kafka-trial run`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;

use kafka_trial::client::Stopwatch;

use crate::support::{LIMIT, kafka_trial, output, scratch, send, until};

#[test]
fn run_gives_the_command_a_broker_and_returns_its_status() {
    let (status, stdout, _) = output(&["run", "--", "sh", "-c", "echo $TEST_KAFKA_BOOTSTRAP_SERVERS; exit 7"]);
    assert_eq!(status, Some(7));
    assert!(stdout.starts_with("127.0.0.1:"), "{stdout}");
    assert!(TcpStream::connect(stdout.trim()).is_err(), "the broker ends with the command");
}

#[test]
fn run_names_the_broker_in_the_variables_that_a_project_has() {
    let script = "echo $BROKERS; echo $URL; echo $KAFKA_HOST $KAFKA_PORT; echo $TEST_KAFKA_BOOTSTRAP_SERVERS";
    let environment = ["BROKERS", "URL=kafka://{bootstrap}", "KAFKA_HOST={host}", "KAFKA_PORT={port}"];
    let mut arguments = vec!["run", "--brokers", "2"];
    environment.iter().for_each(|variable| arguments.extend(["--env", variable]));
    let (status, stdout, stderr) = output(&[arguments.as_slice(), &["--", "sh", "-c", script]].concat());
    assert_eq!(status, Some(0), "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    let [brokers, url, host_and_port, bootstrap] = lines.as_slice() else { panic!("{stdout}") };
    assert_eq!(brokers.split(',').count(), 2);
    assert_eq!((*url, *bootstrap), (format!("kafka://{brokers}").as_str(), *brokers));
    let first = brokers.split(',').next().unwrap().replace(':', " ");
    assert_eq!(*host_and_port, first);
    let (status, _, stderr) = output(&["run", "--env", "=x", "--", "true"]);
    assert!(status == Some(2) && stderr.contains("expected NAME or NAME=TEMPLATE"), "{stderr}");
}

#[test]
fn run_gives_the_command_a_schema_registry_if_asked() {
    let script = "echo $TEST_SCHEMA_REGISTRY_URL";
    let (status, stdout, stderr) = output(&["run", "--registry", "--", "sh", "-c", script]);
    assert_eq!(status, Some(0), "{stderr}");
    let address = stdout.trim().strip_prefix("http://").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{stdout}");
    assert!(TcpStream::connect(address).is_err(), "the registry ends with the command");
    let (_, stdout, _) = output(&["run", "--", "sh", "-c", script]);
    assert_eq!(stdout, "\n");
}

#[test]
fn run_listens_where_it_is_told_with_topics_and_properties() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let script = format!(
        "{} topics describe --json states; echo $TEST_KAFKA_BOOTSTRAP_SERVERS",
        env!("CARGO_BIN_EXE_kafka-trial")
    );
    let topic = "states:3,cleanup.policy=compact,delete";
    let options = ["run", "--port", &free, "--topic", topic, "--set", "auto.create.topics.enable=false"];
    let (status, stdout, stderr) = output(&[&options[..], &["--", "sh", "-c", &script]].concat());
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("compact,delete"), "{stdout}");
    assert_eq!(stdout.lines().last(), Some(format!("127.0.0.1:{free}").as_str()));
}

#[test]
fn run_takes_what_follows_its_own_options_as_the_command() {
    let (status, stdout, _) = output(&["run", "--topic", "orders:2", "sh", "-c", "echo $0 $1; exit 7", "--help", "--"]);
    assert_eq!((status, stdout.as_str()), (Some(7), "--help --\n"));
    let (status, _, stderr) = output(&["run", "--topc", "orders", "--", "true"]);
    assert!(status == Some(2) && stderr.contains("a similar argument exists: '--topic'"), "{stderr}");
}

#[test]
fn run_tells_commands_that_do_not_exist_from_those_that_cannot_run() {
    let (status, _, stderr) = output(&["run", "--", "no-such-command-anywhere"]);
    assert_eq!(status, Some(127));
    assert!(stderr.contains("cannot run no-such-command-anywhere"), "{stderr}");
    let file = scratch("not-executable", "text");
    assert_eq!(output(&["run", "--", file.to_str().unwrap()]).0, Some(126));
}

#[test]
fn run_reports_a_command_that_a_signal_ended() {
    let status = kafka_trial(&["run", "--", "sh", "-c", "kill -KILL $$"]).status().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(128 + 9), None));
}

#[test]
fn run_hands_its_own_input_to_the_command_and_its_arguments_untouched() {
    let mut command = kafka_trial(&["run", "--", "sh", "-c", "cat; echo \"$1\"", "sh", "--help"]);
    let file = std::fs::File::open(scratch("input", "from outside\n")).unwrap();
    let done = command.stdin(file).output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "from outside\n--help\n");
}

#[test]
fn run_passes_a_signal_on_and_waits_for_the_command() {
    let script = "trap 'echo asked; exit 5' TERM; echo ready; while :; do sleep 0.02; done";
    let mut child = kafka_trial(&["run", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    send("TERM", child.id());
    stdout.read_to_string(&mut line).unwrap();
    assert_eq!((child.wait().unwrap().code(), line.as_str()), (Some(5), "ready\nasked\n"));
}

/// The pipe of the output closes only when nobody holds it any more: `output` would wait for the whole ten minutes.
#[cfg(target_os = "linux")]
#[test]
fn run_ends_what_the_command_leaves_behind_even_what_ignores_sigterm() {
    let watch = Stopwatch::start();
    let (two, deaf) = (scratch("two-run", ""), scratch("deaf-runs", ""));
    let script = format!(
        "(sleep 600 & echo >{two}; sleep 600) & sh -c 'trap \"\" TERM; echo deaf; echo >{deaf}; sleep 600' &
         until [ -s {two} ] && [ -s {deaf} ]; do sleep 0.02; done; exit 4",
        two = two.display(),
        deaf = deaf.display()
    );
    let (status, stdout, stderr) = output(&["run", "--", "sh", "-c", &script]);
    assert_eq!((status, stdout.as_str()), (Some(4), "deaf\n"), "{stderr}");
    let ended = stderr.split_once("ended what the command left running: ").map_or("", |(_, names)| names);
    assert!(ended.split(", ").count() >= 3, "{stderr}");
    assert!(watch.elapsed() < LIMIT, "{:?}", watch.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn run_leaves_a_daemon_alone() {
    let pid_file = scratch("daemon.pid", "");
    let file = pid_file.display();
    let daemon = format!("setsid sh -c 'echo $$ > {file}; exec sleep 600' >/dev/null 2>&1 &");
    let script = format!("{daemon} until [ -s {file} ]; do sleep 0.02; done");
    let (status, _, stderr) = output(&["run", "--", "sh", "-c", &script]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let pid = until(|| std::fs::read_to_string(&pid_file).unwrap().trim().parse::<u32>().ok());
    assert!(Path::new(&format!("/proc/{pid}")).exists());
    send("KILL", pid);
}

/// As in a container that was entered from outside: the session's leader has no process id in there, so the session's is 0.
#[cfg(target_os = "linux")]
#[test]
fn run_ends_what_is_left_behind_in_a_session_that_began_outside_of_its_namespace() {
    use std::process::Command;

    let namespace = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let inside = |command: &[&str]| Command::new("unshare").args(namespace).args(command).output();
    if !inside(&["true"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: namespaces of processes cannot be made here");
        return;
    }
    let script = "sleep 600 & until grep -q sleep /proc/$!/comm; do :; done; exit 5";
    let output = inside(&[env!("CARGO_BIN_EXE_kafka-trial"), "run", "--", "sh", "-c", script]).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("ended what the command left running: sleep"), "{stderr}");
}

/// On a terminal of its own, as Ctrl-C is typed: the command has the signal once, and run waits for its end.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_reaches_the_command_once() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::process::Command;

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let side = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    let script =
        "n=0; trap 'n=$((n+1))' INT; echo ready; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.3; echo had $n";
    let mut child = Command::new("setsid")
        .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_kafka-trial"), "run", "--", "sh", "-c", script])
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    let mut keyboard = File::from(terminal);
    let mut screen = BufReader::new(keyboard.try_clone().unwrap());
    let mut shown = String::new();
    while !shown.contains("ready") {
        screen.read_line(&mut shown).unwrap();
    }
    keyboard.write_all(&[3]).unwrap();
    while !shown.contains("had ") {
        screen.read_line(&mut shown).unwrap();
    }
    assert!(shown.contains("had 1"), "{shown}");
    assert!(child.wait().unwrap().success());
}
