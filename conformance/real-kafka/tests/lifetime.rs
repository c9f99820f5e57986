//! How long a broker lives. A stand-in for `java` listens as a broker does, so that neither a JDK nor Maven is needed.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kafka_trial_real_kafka::free_port;

const JAVA: &str = r#"#!/bin/sh
case "$*" in
  *kafka.Kafka*) exec python3 -c 'import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True: listener.accept()' "$PORT" ;;
  *StorageTool*) : > "$DATA/meta.properties" ;;
esac
"#;

/// A folder with what the script finds there: jars, by name alone, and a `java`.
struct Place {
    folder: PathBuf,
    port: u16,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let (jars, bin) = (folder.join("libs-4.3.1"), folder.join("jdk/bin"));
        std::fs::create_dir_all(&jars).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(jars.join(".complete"), "").unwrap();
        let classes = "kafka.tools.StorageTool\norg.apache.kafka.tools.BrokerApiVersionsCommand\n";
        std::fs::write(jars.join(".classes"), classes).unwrap();
        std::fs::write(bin.join("java"), JAVA).unwrap();
        std::fs::set_permissions(bin.join("java"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, port: free_port().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn script(&self) -> Command {
        let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("start.sh"));
        script.env("WORK", &self.folder).env("JAVA_HOME", self.folder.join("jdk")).env("DATA", self.data());
        script.env("PORT", self.port.to_string()).env("KAFKA_VERSION", "4.3.1").env_remove("EXTRA_PROPS");
        script.stdout(Stdio::null());
        script
    }

    /// Starts it and waits until its broker listens.
    fn run(&self) -> Child {
        let child = self.script().arg("run").stdin(Stdio::piped()).spawn().unwrap();
        wait_until("the broker listens", || self.listens());
        child
    }

    fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "a process of its own has no clock that a test could give")]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "after a minute: not yet that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_broker_ends_with_the_input_of_its_script_and_its_data_with_it() {
    let place = Place::new("input-ends");
    let mut child = place.run();
    drop(child.stdin.take());
    wait_until("nobody listens", || !place.listens());
    assert!(child.wait().unwrap().success());
    assert!(!place.data().exists());
}

#[test]
fn a_broker_ends_with_its_script() {
    let place = Place::new("script-ends");
    let mut child = place.run();
    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    wait_until("nobody listens", || !place.listens());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!place.data().exists());
}

#[test]
fn a_broker_that_is_kept_leaves_its_data() {
    use std::io::Write as _;

    let place = Place::new("kept");
    let mut child = place.run();
    child.stdin.take().unwrap().write_all(b"keep\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!place.listens());
    assert!(place.data().join("meta.properties").exists());
    assert!(place.script().arg("wipe").status().unwrap().success());
    assert!(!place.data().exists());
}
