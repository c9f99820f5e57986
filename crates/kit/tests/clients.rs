//! Producer and consumer: librdkafka on the embedded cluster.
#![cfg(feature = "rdkafka")]

use std::collections::BTreeSet;
use std::time::Duration;

use kafka_trial::client::{Start, Stopwatch};
use kafka_trial::{Cluster, ConsumeError, Consumer, Producer, Record, SendError, Topic, Trial, assert_record};
use rdkafka::consumer::Consumer as _;
use serde_json::json;

#[kafka_trial::test(brokers = 3, timeout = "20s")]
async fn orders_keep_their_key(
    cluster: Cluster,
    #[topic(partitions = 6, config("cleanup.policy" = "compact"))] orders: Topic,
    producer: Producer,
    #[consumer(topic = orders, from = "earliest")] mut rx: Consumer,
) -> kafka_trial::Result {
    producer.send(orders.record("total=9").key("grace")).await?;
    let sent =
        producer.send(orders.record("total=12").key("ada").header("source", "web").header("source", "app")).await?;
    let got = rx.next_matching(|record| record.key_text().as_deref() == Some("ada")).await?;
    assert_record!(got, value == "total=12", topic == orders.name(), partition in 0..6, offset == sent.offset);
    assert_record!(got, header "source" == "app", key != "grace");
    assert_eq!((got.partition, got.headers.len()), (sent.partition, 2));
    assert_eq!(cluster.records("orders", Some(sent.partition), sent.offset)?.len(), 1);
    Ok(())
}

#[kafka_trial::test]
async fn a_record_carries_what_it_was_given(
    #[topic(partitions = 3)] orders: Topic,
    producer: Producer,
    #[consumer(topic = orders)] mut rx: Consumer,
) -> kafka_trial::Result {
    producer.send(orders.record(json!({"order": {"id": 7}}).to_string()).partition(2).timestamp(1234)).await?;
    producer.send(Record::tombstone(orders.name()).key("gone").partition(2)).await?;
    producer.flush().await?;
    assert_record!(rx.next().await?, partition == 2, timestamp == 1234, json "/order/id" == 7);
    let tombstone = rx.next().await?;
    assert_record!(tombstone, key == "gone", offset == 1);
    assert_eq!(tombstone.value, None);
    Ok(())
}

#[kafka_trial::test]
async fn from_the_latest_on_nothing_is_missed_and_nothing_is_old(
    trial: Trial,
    #[topic(partitions = 3)] orders: Topic,
    producer: Producer,
) -> kafka_trial::Result {
    for partition in 0..3 {
        producer.send(orders.record("old").partition(partition)).await?;
    }
    let mut rx = trial.consumer(&orders).from(Start::Latest).create().await?;
    // At once: the consumer has not been assigned anything yet.
    producer.send(orders.record("new").partition(1)).await?;
    assert_record!(rx.next().await?, value == "new", partition == 1);
    Ok(())
}

#[kafka_trial::test]
async fn two_members_of_a_group_share_the_partitions_and_one_takes_over(
    #[topic(partitions = 4)] orders: Topic,
    producer: Producer,
    #[consumer(topic = orders, group = "billing")] mut first: Consumer,
    #[consumer(topic = orders, group = "billing")] second: Consumer,
    cluster: Cluster,
) -> kafka_trial::Result {
    let watch = Stopwatch::start();
    while first.assigned().len() != 2 || second.assigned().len() != 2 {
        // Members only take part while they are polled.
        let _ = tokio::join!(
            tokio::time::timeout(Duration::from_millis(50), first.client().recv()),
            tokio::time::timeout(Duration::from_millis(50), second.client().recv())
        );
        assert!(watch.elapsed() < Duration::from_secs(20), "{:?} {:?}", first.assigned(), second.assigned());
    }
    let shares: BTreeSet<String> = first.assigned().into_iter().chain(second.assigned()).collect();
    assert_eq!(shares.len(), 4);
    let group = cluster.groups()?.remove(0);
    assert_eq!((group.id.as_str(), group.state.as_str(), group.members.len()), ("billing", "Stable", 2));

    second.close().await;
    let mut values = BTreeSet::new();
    for partition in 0..4 {
        producer.send(orders.record(partition.to_string()).partition(partition)).await?;
    }
    for _ in 0..4 {
        values.insert(first.next().await?.value_text().unwrap().into_owned());
    }
    assert_eq!(values.len(), 4, "{values:?}");
    Ok(())
}

#[kafka_trial::test]
async fn an_answer_is_found_by_its_correlation_id(
    requests: Topic,
    answers: Topic,
    trial: Trial,
    producer: Producer,
    #[consumer(topic = answers)] mut rx: Consumer,
) -> kafka_trial::Result {
    producer.publish_test_event(&requests, &json!({"n": 1}), "id-1").await?;
    producer.publish_test_event(&answers, &json!({"n": 0}), "id-0").await?;
    producer.publish_test_event(&answers, &json!({"n": 2}), "id-1").await?;
    let answer = rx.consume_response("id-1", Duration::from_secs(10)).await?.expect("an answer");
    assert_eq!(answer, json!({"n": 2, "correlation_id": "id-1"}));
    assert_eq!(rx.consume_response("id-1", Duration::from_millis(50)).await?, None);
    let flow = trial.track_event_flow("id-1", requests.name(), answers.name(), Duration::from_secs(10)).await?;
    assert!(flow.request_found && flow.response_found, "{flow:?}");
    let refused = producer.publish_test_event(&answers, &json!([1]), "id-1").await.unwrap_err();
    assert_eq!(refused.to_string(), "an event is a JSON object, found an array");
    Ok(())
}

#[kafka_trial::test]
async fn a_record_that_does_not_come_is_an_error_that_says_what_was_seen(
    orders: Topic,
    producer: Producer,
    #[consumer(topic = orders, group = "billing")] rx: Consumer,
) -> kafka_trial::Result {
    let mut rx = rx.within(Duration::from_secs(2));
    producer.send(orders.record("total=12").key("bob")).await?;
    let error = rx.next_matching(|record| record.key_text().as_deref() == Some("ada")).await.unwrap_err();
    let group = rx.group();
    assert_eq!(
        error.to_string(),
        format!(
            "no such record within 2s: group {group} on {orders}: it has {orders}-0, \
             another was read: {orders}-0@0 key \"bob\""
        )
    );
    assert!(matches!(error, ConsumeError::TimedOut { seen, .. } if seen.count == 1));
    Ok(())
}

#[kafka_trial::test(auto_create_topics = false)]
async fn sending_to_a_topic_that_is_not_there_names_it(trial: Trial) -> kafka_trial::Result {
    let producer = trial.producer().config("message.timeout.ms", "500").create().await?;
    let error = producer.send(Record::new("never.was", "x")).await.unwrap_err();
    assert!(matches!(&error, SendError::Kafka { topic, .. } if topic == "never.was"), "{error}");
    assert!(error.to_string().starts_with("sending to never.was: "), "{error}");
    Ok(())
}

#[test]
fn a_report_shows_how_far_the_group_had_got() {
    let failure = Trial::builder().name("orders::are_read").seed(42).attempt(async |trial| {
        let orders = trial.topic("orders").partitions(2).create().await.unwrap();
        let producer = trial.producer().create().await.unwrap();
        for (partition, value) in [(0, "a"), (0, "b"), (1, "c")] {
            producer.send(orders.record(value).partition(partition)).await.unwrap();
        }
        let mut rx = trial.consumer(&orders).group("billing").config("client.id", "shop").create().await.unwrap();
        rx.next_matching(|record| record.partition == 0).await.unwrap();
        rx.client().commit_consumer_state(rdkafka::consumer::CommitMode::Sync).unwrap();
        assert_eq!("a", "b");
    });
    let mut report = failure.unwrap_err().report;
    if !report.is_embedded {
        let ends = report.topics.iter().flatten().flat_map(|topic| &topic.partitions);
        assert_eq!(ends.map(|partition| partition.high_watermark).collect::<Vec<_>>(), [2, 1]);
        let group = &report.groups.as_ref().unwrap()[0];
        assert_eq!((group.state.as_str(), group.members.len()), ("Stable", 1));
        assert!(group.offsets.iter().any(|offset| (offset.partition, offset.lag) == (0, Some(1))), "{group:?}");
        return;
    }
    // Which records librdkafka had fetched besides the first is its own affair.
    let group = &mut report.groups.as_mut().unwrap()[0];
    group.offsets.retain(|offset| offset.partition == 0);
    report.bootstrap_servers = None;
    // So is which requests it has made.
    report.journal = None;
    insta::assert_snapshot!(report, @r"
    kafka-trial: orders::are_read failed: panicked: assertion `left == right` failed
      rerun    KAFKA_TRIAL_SEED=42 cargo test orders::are_read -- --exact
      seed     42
      topics   orders: 2 partitions, high watermarks 2 1
      groups   billing: Stable, 1 member
                 orders-0: committed 1, lag 1
    ");
}
