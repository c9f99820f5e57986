//! What a failed test tells, and that every failure is told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Endpoint, Stopwatch};
use kafka_trial::flow::{Expect, Follow, Route};
use kafka_trial::journal::ApiKey;
use kafka_trial::{
    Cluster, ClusterConfig, Failure, Record, Time, TopicSpec, Trial, TrialBuilder, Verdict, last_requests,
};

fn trial() -> TrialBuilder {
    Trial::builder().name("orders::are_keyed").package("shop").seed(42)
}

/// The report, with the address that a free port gave replaced.
fn text(failure: Failure) -> String {
    let mut report = failure.report;
    if let Some(servers) = &mut report.bootstrap_servers {
        *servers = "127.0.0.1:9092".to_owned();
    }
    for entry in report.journal.iter_mut().flatten() {
        let entry = Arc::make_mut(entry);
        (entry.received, entry.ended) = (Time(1_700_000_000_000_000), Some(Time(1_700_000_000_000_250)));
    }
    report.to_string()
}

#[test]
fn a_panic_is_reported_with_the_state_of_the_cluster() {
    let failure = trial().attempt(async |trial| {
        trial.topic("orders").partitions(3).create().await.unwrap();
        assert_eq!(1 + 1, 3, "it does not add up");
    });
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: panicked: assertion `left == right` failed: it does not add up
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   orders: 3 partitions, high watermarks 0 0 0
      groups   none
      requests 22:13:20.000 kafka-trial CreateTopics orders, 0.2 ms
    ");
}

#[test]
fn an_error_is_reported_with_its_causes() {
    let failure = trial().brokers(3).attempt(async |_| -> kafka_trial::Result {
        Err(kafka_trial::SetupError::other(std::io::Error::other("the disk is full")))?;
        Ok(())
    });
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: the disk is full
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 3 brokers)
      topics   none
      groups   none
    ");
}

#[test]
fn a_test_that_waits_too_long_is_reported_and_ended() {
    let failure = trial().timeout(Duration::from_millis(50)).attempt(async |_| std::future::pending::<()>().await);
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: timed out after 50ms
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   none
      groups   none
    ");
}

#[test]
fn a_test_that_blocks_for_ever_is_reported_and_left_behind() {
    let watch = Stopwatch::start();
    async fn blocks(_: Trial) {
        loop {
            std::thread::park();
        }
    }
    let failure = trial().timeout(Duration::from_millis(50)).attempt(blocks);
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: timed out after 50ms; its thread is blocked and was left behind
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   none
      groups   none
    ");
    assert!(watch.elapsed() < Duration::from_secs(10), "{:?}", watch.elapsed());
}

#[test]
fn a_setting_that_kafka_refuses_is_reported_before_the_test_begins() {
    let failure = trial().config("num.partitions", "many").attempt(async |_| {});
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: broker property num.partitions=many: expected a whole number in Kafka's range
      rerun    cargo test -p shop orders::are_keyed -- --exact
    ");
}

#[test]
fn a_teardown_is_awaited_after_a_panic_and_knows_of_it() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let failure = trial().attempt(async move |trial| {
        let first = sender.clone();
        trial.at_end(move |passed| async move { first.send(("first", passed)).unwrap() });
        let servers = trial.bootstrap_servers().to_owned();
        trial.at_end(move |passed| async move {
            // The cluster is still there.
            tokio::net::TcpStream::connect(servers).await.unwrap();
            sender.send(("last", passed)).unwrap();
        });
        assert_eq!(1 + 1, 3);
    });
    assert!(failure.is_err());
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [("last", false), ("first", false)]);
}

#[test]
fn a_teardown_that_panics_fails_a_test_that_has_passed() {
    let failure = trial().attempt(async |trial| trial.at_end(async |_| panic!("the table is locked")));
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: it passed, but its teardown failed: panicked: the table is locked
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
    ");
}

#[test]
fn after_a_failure_the_cluster_refuses_connections() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let failure = trial().attempt(async move |trial| {
        sender.send(trial.bootstrap_servers().to_owned()).unwrap();
        assert_eq!(1 + 1, 3);
    });
    assert!(failure.is_err());
    assert!(std::net::TcpStream::connect(receiver.recv().unwrap()).is_err());
}

#[test]
fn tasks_that_a_test_leaves_behind_end_with_it() {
    struct Told(std::sync::mpsc::Sender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let verdict = trial().attempt(async move |_| {
        let told = Told(sender);
        tokio::spawn(async move {
            let _told = told;
            std::future::pending::<()>().await;
        });
    });
    assert_eq!(verdict.unwrap(), Verdict::Passed);
    assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(()));
}

#[test]
fn the_last_requests_are_reported_without_those_that_tell_nothing() {
    let failure = trial().attempt(async |trial| {
        trial.topic("orders").create().await.unwrap();
        let servers = trial.bootstrap_servers().to_owned();
        let produced = tokio::task::spawn_blocking(move || {
            let deadline = Deadline::after(Duration::from_secs(10));
            let mut client = Client::connect(&servers, deadline).unwrap();
            let record = Record::new("orders", "v");
            client.produce_all(&[record.clone(), record], deadline).unwrap();
            client.delete_topics(&["never-was"], deadline).unwrap();
        });
        produced.await.unwrap();
        assert_eq!(1 + 1, 3);
    });
    insta::assert_snapshot!(text(failure.unwrap_err()), @r"
    kafka-trial: orders::are_keyed failed: panicked: assertion `left == right` failed
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   orders: 1 partition, high watermark 2
      groups   none
      requests 22:13:20.000 kafka-trial CreateTopics orders, 0.2 ms
               22:13:20.000 kafka-trial Produce orders-0: 0 to 1, 0.2 ms
               22:13:20.000 kafka-trial DeleteTopics never-was, UNKNOWN_TOPIC_OR_PARTITION, 0.2 ms
    ");
}

#[test]
fn a_connection_that_the_broker_closed_is_reported_with_the_reason() {
    let failure = trial().attempt(async |trial| {
        let servers = trial.bootstrap_servers().to_owned();
        tokio::task::spawn_blocking(move || {
            let mut raw = TcpStream::connect(servers).unwrap();
            raw.write_all(&[0xff; 4]).unwrap();
            assert_eq!(raw.read(&mut [0]).unwrap_or_default(), 0, "the broker closes it");
        })
        .await
        .unwrap();
        assert_eq!(1 + 1, 3);
    });
    let mut failure = failure.unwrap_err();
    failure.report.closed[0].at = Time(1_700_000_000_000_000);
    insta::assert_snapshot!(text(failure), @r"
    kafka-trial: orders::are_keyed failed: panicked: assertion `left == right` failed
      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact
      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   none
      groups   none
      requests 22:13:20.000 broker 0 closed connection 0: a frame announced -1 bytes; the largest is 104857600 (socket.request.max.bytes)
    ");
}

#[test]
fn a_broker_that_stops_is_one_line_and_what_was_before_is_left_out() {
    let cluster = Cluster::start(ClusterConfig { brokers: 2, ..ClusterConfig::default() }).unwrap();
    let deadline = Deadline::after(Duration::from_secs(10));
    let endpoint: Endpoint = cluster.addresses()[1].to_string().parse().unwrap();
    let _pricing = Client::connect(endpoint.clone().client_id("pricing"), deadline).unwrap();
    let _billing = Client::connect(endpoint.client_id("billing"), deadline).unwrap();
    cluster.stop_broker(1).unwrap();
    let lines = |since, clients: &[&str]| {
        let lines = last_requests(&cluster, since, clients).unwrap();
        lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let text = "broker 1 closed connection 0 of pricing, connection 1 of billing: the broker was stopped";
    assert_eq!(lines(0, &[]), [text]);
    assert_eq!(lines(0, &["billing"]), ["broker 1 closed connection 1 of billing: the broker was stopped"]);
    let mut client = Client::connect(cluster.bootstrap_servers(), deadline).unwrap();
    client.create_topics(&[TopicSpec::new("orders", 1)], 1, deadline).unwrap();
    let asked = cluster.journal(0).unwrap().entries;
    let created = asked.iter().find(|entry| entry.api == ApiKey::CreateTopics).unwrap();
    assert!(matches!(&lines(created.sequence, &[])[..], [only] if only.contains("CreateTopics orders")));
}

#[test]
fn what_is_known_of_a_flow_comes_in_the_order_that_a_reader_needs() {
    let failure = trial().attempt(async |trial| -> kafka_trial::Result {
        let [orders, invoices] = [trial.topic("orders").create().await?, trial.topic("invoices").create().await?];
        let servers = trial.bootstrap_servers().to_owned();
        tokio::task::spawn_blocking(move || {
            let deadline = Deadline::after(Duration::from_secs(10));
            let mut client = Client::connect(&servers, deadline).unwrap();
            for (topic, value) in
                [("orders", r#"{"correlation_id": "7"}"#), ("invoices", r#"{"correlation_id": "7", "total": 9}"#)]
            {
                client.produce(&Record::new(topic, value).timestamp(7), deadline).unwrap();
            }
        })
        .await?;
        let paid = Expect::topic(invoices.name()).field("total", serde_json::json!(12));
        let paid = Expect::from(paid).at("orders.rs:7");
        let follow = Follow::new("7", Route::through([orders.name(), invoices.name()])).expect(paid);
        trial.flows().follow(follow, Duration::ZERO).await?.check()?;
        Ok(())
    });
    let text = text(failure.unwrap_err());
    // By the broker's clock each run has other distances, and the page lies in the folder of this build.
    let fixed = |line: &str| match line.split_once(" ms") {
        Some((time, rest)) if time.trim_start().starts_with('+') => format!("   +N ms{rest}"),
        _ => line.split(" after ").next().unwrap_or_default().to_owned(),
    };
    let (text, page) = text.rsplit_once('\n').unwrap();
    assert!(page.starts_with("  page     "), "{page}");
    let text: Vec<String> = text.lines().map(fixed).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    kafka-trial: orders::are_keyed failed: flow 7: expected a record in invoices with /total == 12 (orders.rs:7); none is there; invoices-0@0 does not fit: /total is 9, not 12

    flow 7: complete, but not as expected
      orders-0@0 was answered by invoices-0@0

      timeline (times by the broker's clock)
       +N ms  orders-0@0  $message.payload#/correlation_id
       +N ms  `- invoices-0@0  topology

      rerun    KAFKA_TRIAL_SEED=42 cargo test -p shop orders::are_keyed -- --exact

      expected
        - a record in invoices with /total == 12 (orders.rs:7); none is there;
          invoices-0@0 does not fit: /total is 9, not 12

      payload
        - invoices-0@0 /total
            expected 12
            received 9

      seed     42
      cluster  127.0.0.1:9092 (embedded, 1 broker)
      topics   invoices: 1 partition, high watermark 1
               orders: 1 partition, high watermark 1
      groups   none
      requests 22:13:20.000 kafka-trial CreateTopics orders, 0.2 ms
               22:13:20.000 kafka-trial CreateTopics invoices, 0.2 ms
               22:13:20.000 kafka-trial Produce orders-0: 0, 0.2 ms
               22:13:20.000 kafka-trial Produce invoices-0: 0, 0.2 ms
    "#);
}

#[test]
fn a_flow_that_is_not_as_expected_is_reported_once_and_keeps_its_page() {
    let failure = trial().attempt(async |trial| -> kafka_trial::Result {
        let orders = trial.topic("orders").create().await?;
        let route = Route::through([orders.name(), "invoices"]);
        trial.flows().follow(Follow::new("order-7", route), Duration::ZERO).await?.check()?;
        Ok(())
    });
    let failure = failure.unwrap_err();
    let pages = failure.report.pages.clone();
    let text = failure.report.to_string();
    let sentence = "no record of orders carries order-7 (0 records were looked through)";
    assert!(
        text.starts_with(&format!("kafka-trial: orders::are_keyed failed: flow order-7: never_produced: {sentence}\n"))
    );
    assert_eq!(text.matches("\nflow order-7: never_produced\n").count(), 1, "{text}");
    assert_eq!(pages.len(), 1, "{text}");
    assert!(text.ends_with(&format!("\n  page     {}", pages[0].display())), "{text}");
    assert!(std::fs::read_to_string(&pages[0]).unwrap().contains(sentence));
}
