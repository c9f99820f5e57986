//! Failing tests in a process of their own: what libtest makes of them, and what the environment changes.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::process::{Command, Output};

use kafka_trial::Trial;

/// Tests that fail, each in its own way. They are ignored here, and run by those below.
mod failing {
    use std::time::Duration;

    use kafka_trial::flow::{Follow, Route};
    use kafka_trial::{Bootstrap, Cluster, Flows, Topic};

    #[kafka_trial::test(seed = 42)]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_a_panic(_cluster: Cluster, _orders: Topic) {
        panic!("it does not add up");
    }

    #[kafka_trial::test(seed = 42)]
    #[ignore = "fails; run by the tests of this file"]
    async fn on_any_cluster(_orders: Topic) {
        panic!("it does not add up");
    }

    #[kafka_trial::test(seed = 42)]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_an_error() -> kafka_trial::Result {
        Err(std::io::Error::other("the disk is full"))?;
        Ok(())
    }

    #[kafka_trial::test(timeout = "100ms")]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_blocking_for_ever() {
        loop {
            std::thread::park();
        }
    }

    #[kafka_trial::test]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_a_topic_that_kafka_refuses(#[topic(partitions = 0)] _orders: Topic) {}

    /// A value whose drop panics while the test's panic unwinds would abort the process; the cluster's must not.
    #[kafka_trial::test]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_a_panic_with_a_cluster_of_its_own() {
        let _own = Cluster::start(kafka_trial::ClusterConfig::default()).unwrap();
        panic!("while it is dropped");
    }

    #[kafka_trial::test]
    #[ignore = "fails; run by the tests of this file"]
    async fn by_a_flow_without_an_answer(orders: Topic, flows: Flows) -> kafka_trial::Result {
        let follow = Follow::new("7", Route::through([orders.name(), "invoices"]));
        flows.follow(follow, Duration::ZERO).await?.check()?;
        Ok(())
    }

    #[kafka_trial::test(config("num.partitionz" = "4"))]
    #[ignore = "run by the tests of this file"]
    async fn by_no_means_but_with_a_property_of_another_name() {}

    #[kafka_trial::test(external)]
    async fn without_a_real_cluster(_bootstrap: Bootstrap) {}

    #[kafka_trial::test]
    #[ignore = "run by the tests of this file"]
    async fn not_at_all(cluster: Cluster) {
        assert_eq!(cluster.addresses().len(), 1);
    }
}

/// Runs one of them as a user would, and gives its status, and standard output and error together.
fn cargo_test(name: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", &format!("failing::{name}"), "--ignored"]);
    for name in ["TEST_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_TRIAL_REQUIRE", "KAFKA_TRIAL_SEED", "KAFKA_TRIAL_TIMEOUT"] {
        command.env_remove(name);
    }
    let Output { status, stdout, stderr } = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    assert!(text.contains("running 1 test"), "{text}");
    // An abort has no code.
    assert!(matches!(status.code(), Some(0 | 101)), "{status}: {text}");
    (status.success(), text)
}

fn fails(name: &str, variables: &[(&str, &str)]) -> String {
    let (passed, text) = cargo_test(name, variables);
    assert!(!passed, "{text}");
    assert_eq!(text.matches("kafka-trial: failing::").count(), 1, "one report: {text}");
    text
}

#[test]
fn a_panic_is_printed_by_rust_and_reported_once() {
    let text = fails("by_a_panic", &[]);
    assert!(text.contains("it does not add up"), "{text}");
    assert!(text.contains("kafka-trial: failing::by_a_panic failed: panicked: it does not add up"), "{text}");
    assert!(text.contains("  topics   _orders: 1 partition, high watermark 0"), "{text}");
    let rerun = "  rerun    KAFKA_TRIAL_SEED=42 cargo test -p kafka-trial failing::by_a_panic -- --exact";
    assert!(text.contains(rerun), "{text}");
}

#[test]
fn an_error_is_reported_and_not_called_a_panic() {
    let text = fails("by_an_error", &[]);
    assert!(text.contains("kafka-trial: failing::by_an_error failed: the disk is full"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_blocked_test_does_not_keep_its_process() {
    let text = fails("by_blocking_for_ever", &[]);
    assert!(text.contains("timed out after 100ms; its thread is blocked and was left behind"), "{text}");
}

#[test]
fn an_argument_that_cannot_be_set_up_is_named() {
    let text = fails("by_a_topic_that_kafka_refuses", &[]);
    assert!(text.contains("could not set up _orders: Topic: CreateTopics of _orders: INVALID_PARTITIONS"), "{text}");
}

#[test]
fn a_panic_while_a_cluster_is_dropped_aborts_nothing() {
    let text = fails("by_a_panic_with_a_cluster_of_its_own", &[]);
    assert!(text.contains("panicked: while it is dropped"), "{text}");
}

#[test]
fn a_test_for_a_real_cluster_fails_without_one_and_says_what_to_set() {
    let text = fails("without_a_real_cluster", &[]);
    assert!(text.contains("needs a real broker: set TEST_KAFKA_BOOTSTRAP_SERVERS, run with --ignored"), "{text}");
    let unreachable = fails("without_a_real_cluster", &[("TEST_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")]);
    let reason = "TEST_KAFKA_BOOTSTRAP_SERVERS names a cluster that does not answer: 127.0.0.1:1: connection refused";
    assert!(unreachable.contains(reason), "{unreachable}");
}

#[test]
fn the_page_of_a_flow_is_named_as_an_attachment_on_a_line_of_its_own() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("attachments");
    let text = fails("by_a_flow_without_an_answer", &[("KAFKA_TRIAL_ARTIFACTS", folder.to_str().unwrap())]);
    let pages = || text.lines().filter_map(|line| line.strip_prefix("[[ATTACHMENT|")?.strip_suffix("]]"));
    assert_eq!(pages().count(), 1, "{text}");
    let page = std::path::Path::new(pages().next().unwrap());
    assert!(page.is_absolute() && page.starts_with(&folder) && page.is_file(), "{text}");
}

/// An embedded cluster in this process is a real one to another.
#[test]
fn on_a_real_cluster_a_test_for_the_embedded_one_is_skipped_aloud_or_fails() {
    Trial::run(async |trial| {
        let variable = ("TEST_KAFKA_BOOTSTRAP_SERVERS", trial.bootstrap_servers());
        let (passed, text) = cargo_test("not_at_all", &[variable]);
        assert!(passed, "{text}");
        assert!(
            text.contains("skipped: failing::not_at_all: could not set up cluster: Cluster: Cluster needs"),
            "{text}"
        );
        let text = fails("not_at_all", &[variable, ("KAFKA_TRIAL_REQUIRE", "1")]);
        assert!(text.contains("needs the embedded broker, and KAFKA_TRIAL_REQUIRE forbids skipping"), "{text}");
        let text = fails("on_any_cluster", &[variable]);
        assert!(text.contains("(external, 1 broker)\n  topics   kt-"), "{text}");
        assert!(text.contains("-_orders: 1 partition, high watermark 0\n  groups   none"), "{text}");
        assert_eq!(trial.admin().list_topics().await.unwrap(), [""; 0], "it deletes its topics");
    });
}

#[test]
fn a_property_that_nothing_acts_on_is_told_although_the_test_passes() {
    let (passed, text) = cargo_test("by_no_means_but_with_a_property_of_another_name", &[]);
    assert!(passed && text.contains("Kafka has no broker property num.partitionz; is num.partitions meant?"), "{text}");
}

#[test]
fn a_variable_that_cannot_be_read_is_named() {
    let text = fails("not_at_all", &[("KAFKA_TRIAL_SEED", "many")]);
    assert!(text.contains("invalid KAFKA_TRIAL_SEED \"many\": expected a whole number below 2^64"), "{text}");
}
