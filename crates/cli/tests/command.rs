#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

//! The command as its users run it: processes, exit codes, standard output and error.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
use kafka_trial::utilities::verify_kafka_connectivity;

const LIMIT: Duration = Duration::from_secs(10);

fn kafka_trial(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kafka-trial"));
    command.args(arguments).env_remove("TEST_KAFKA_BOOTSTRAP_SERVERS").stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = kafka_trial(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A `serve` that is ended when the test ends.
struct Serve {
    child: Child,
    stdout: BufReader<ChildStdout>,
    bootstrap: String,
}

impl Serve {
    fn start(arguments: &[&str]) -> Self {
        let mut command = kafka_trial(&["serve", "--port", "0"]);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        Self { child, stdout, bootstrap: line.trim().to_owned() }
    }

    fn topics(&self) -> Vec<(String, usize)> {
        let deadline = Deadline::after(LIMIT);
        let views = Client::connect(&self.bootstrap, deadline).unwrap().topics(None, deadline).unwrap();
        views.into_iter().map(|view| (view.name, view.partitions.len())).collect()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// What it wrote on standard error, once it has ended.
    fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Its exit status, and what else it wrote on standard output.
    fn wait_for_end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_prints_its_address_alone_and_answers_there() {
    let serve = Serve::start(&[]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    assert_eq!(serve.topics().len(), 8);
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end(), (Some(0), String::new()));
}

#[test]
fn serve_ends_at_ctrl_c_and_its_port_refuses() {
    let serve = Serve::start(&[]);
    let bootstrap = serve.bootstrap.clone();
    serve.signal("INT");
    assert_eq!(serve.wait_for_end().0, Some(0));
    assert!(TcpStream::connect(&bootstrap).is_err());
}

#[test]
fn serve_ends_with_its_parent() {
    let mut serve = Serve::start(&["--exit-with-parent"]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    drop(serve.child.stdin.take());
    assert_eq!(serve.wait_for_end().0, Some(0));
}

#[test]
fn serve_creates_the_topics_it_is_told() {
    let serve = Serve::start(&["--no-default-topics", "--topic", "orders:6", "--topic", "audit"]);
    assert_eq!(serve.topics(), [("audit".to_owned(), 1), ("orders".to_owned(), 6)]);
}

#[test]
fn serve_reads_broker_properties_and_warns_of_those_without_effect() {
    let file = scratch("broker.properties", "# comment\nnum.partitions = 2\nno.such.key=1\n");
    let mut serve = Serve::start(&["--config", file.to_str().unwrap(), "--set", "node.id=7"]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(stderr.contains("nothing acts on the broker property no.such.key"), "{stderr}");
    assert!(!stderr.contains("num.partitions"), "{stderr}");
}

#[test]
fn what_serve_cannot_do_is_told_with_the_way_out() {
    let serve = Serve::start(&[]);
    let port = serve.bootstrap.rsplit(':').next().unwrap();
    let missing = scratch("missing", "").with_file_name("no-such-file");
    for (arguments, expected) in [
        (vec!["--port", port], "choose another port with --port, or --port 0"),
        (vec!["--port", "0", "--topic", "a b"], "a b"),
        (vec!["--port", "0", "--topic", "orders:none"], "NAME or NAME:PARTITIONS expected"),
        (vec!["--port", "0", "--set", "num.partitions=none"], "num.partitions=none"),
        (vec!["--port", "0", "--set", "num.partitions"], "KEY=VALUE expected"),
        (vec!["--port", "0", "--config", missing.to_str().unwrap()], "no-such-file"),
        (vec!["--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid"),
    ] {
        let (status, stdout, stderr) = output(&[vec!["serve"], arguments.clone()].concat());
        assert_eq!((status, stdout.as_str()), (Some(1), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    assert_eq!(output(&["serve", "--no-such-option"]).0, Some(2));
    assert_eq!(output(&[]).0, Some(2));
}

#[test]
fn run_gives_the_command_a_broker_and_returns_its_status() {
    let (status, stdout, _) = output(&["run", "--", "sh", "-c", "echo $TEST_KAFKA_BOOTSTRAP_SERVERS; exit 7"]);
    assert_eq!(status, Some(7));
    assert!(stdout.starts_with("127.0.0.1:"), "{stdout}");
    assert!(TcpStream::connect(stdout.trim()).is_err(), "the broker ends with the command");
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
fn demo_completes_every_flow_without_colours_in_a_pipe() {
    let (status, stdout, stderr) = output(&["demo"]);
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("6 of 6 flows are complete"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
}

#[test]
fn init_writes_once_and_replaces_only_when_forced() {
    let folder = scratch("init", "").with_file_name("integration");
    let folder_text = folder.to_str().unwrap();
    assert_eq!(output(&["init", folder_text]).0, Some(0));
    let module = folder.join("kafka_utils.py");
    let written = std::fs::read_to_string(&module).unwrap();
    assert_eq!(written.lines().count(), 1);
    assert!(output(&["init", folder_text]).1.contains("nothing to do"));
    std::fs::write(&module, "mine = 1\n").unwrap();
    let (status, _, stderr) = output(&["init", folder_text]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("--force replaces it"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&module).unwrap(), "mine = 1\n");
    assert_eq!(output(&["init", folder_text, "--force"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(&module).unwrap(), written);
}

#[test]
fn help_teaches_with_examples() {
    for command in ["serve", "run", "init"] {
        let (status, stdout, _) = output(&[command, "--help"]);
        assert_eq!(status, Some(0));
        assert!(stdout.contains("Example"), "{stdout}");
    }
    assert!(output(&["--help"]).1.contains("Exit status"));
}

/// A file of this test, in a folder of its own.
fn scratch(name: &str, content: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    // What an earlier run of the same number left is not wanted.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
