//! Faults that a test arms, met by librdkafka: what it survives, what it doubles, and the test that proves it.
#![cfg_attr(feature = "rdkafka", expect(clippy::unwrap_used, reason = "a test ends where it cannot go on"))]

use std::time::Duration;

use kafka_trial::journal::{ApiKey, ErrorCode};
use kafka_trial::{Cause, Cut, RequestMatcher, Trial, TrialBuilder, Verdict};
#[cfg(feature = "rdkafka")]
use kafka_trial::{Cluster, Faults, Producer, Topic};

#[cfg(feature = "rdkafka")]
const LIMIT: Duration = Duration::from_secs(20);

fn trial() -> TrialBuilder {
    Trial::builder().name("orders::are_safe").package("shop").seed(42)
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_producer_survives_a_storm_of_moved_leaders(faults: Faults, orders: Topic, trial: Trial, cluster: Cluster) {
    let producer = trial.producer().config("retry.backoff.ms", "1").create().await.unwrap();
    let storm = faults.on(ApiKey::Produce).topic(&orders).times(3);
    let storm = storm.reject(ErrorCode::NOT_LEADER_OR_FOLLOWER).arm("storm").unwrap();
    let sent = producer.send(orders.record("confirmed")).await.unwrap();
    assert_eq!((storm.fired().unwrap().len(), sent.offset), (3, 0));
    assert_eq!(cluster.records(orders.name(), None, 0).unwrap().len(), 1);
}

/// Sends a record whose acknowledgement is lost; returns how often it is stored.
#[cfg(feature = "rdkafka")]
async fn stored(idempotent: bool, faults: &Faults, orders: &Topic, trial: &Trial, cluster: &Cluster) -> usize {
    let producer = trial.producer().config("enable.idempotence", idempotent.to_string());
    let producer = producer.config("retry.backoff.ms", "1").config("reconnect.backoff.ms", "1").create().await.unwrap();
    let lost = faults.on(ApiKey::Produce).first().cut(Cut::AfterApply).arm("lost").unwrap();
    producer.send(orders.record("confirmed")).await.unwrap();
    assert!(lost.wait_fired(1, LIMIT).await.unwrap());
    cluster.records(orders.name(), None, 0).unwrap().len()
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_lost_acknowledgement_doubles_a_record(faults: Faults, orders: Topic, trial: Trial, cluster: Cluster) {
    assert_eq!(stored(false, &faults, &orders, &trial, &cluster).await, 2);
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn an_idempotent_producer_stores_a_record_once(faults: Faults, orders: Topic, trial: Trial, cluster: Cluster) {
    assert_eq!(stored(true, &faults, &orders, &trial, &cluster).await, 1);
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_barrier_takes_the_place_of_a_sleep(faults: Faults, orders: Topic, producer: Producer, cluster: Cluster) {
    let gate = faults.on(ApiKey::Produce).first().hold("gate").arm("gate").unwrap();
    let record = orders.record("confirmed");
    let sending = tokio::spawn(async move { producer.send(record).await.unwrap() });
    assert!(gate.wait_held("gate", LIMIT).await.unwrap());
    assert!(cluster.records(orders.name(), None, 0).unwrap().is_empty());
    assert_eq!(gate.release("gate").unwrap(), 1);
    assert_eq!(sending.await.unwrap().offset, 0);
}

#[test]
fn a_test_passes_only_if_its_faults_have_acted() {
    let failure = trial().attempt(async |trial| {
        let faults = trial.faults().unwrap();
        let code = ErrorCode::COORDINATOR_NOT_AVAILABLE;
        let kept = faults.on(ApiKey::CreateTopics).topic("payments").first().reject(code).arm("no topic").unwrap();
        drop(faults.on_any(RequestMatcher::any().client_id("shop-*")).cut(Cut::Before).arm("cut").unwrap());
        trial.topic("orders").create().await.unwrap();
        // It is still armed when the test ends.
        std::mem::forget(kept);
    });
    let report = failure.unwrap_err().report;
    let Cause::IdleFault(text) = &report.cause else { panic!("{report}") };
    insta::assert_snapshot!(text, @r#"
    the fault "cut" (cut before the effect) has never acted: no request came while it was armed
    the fault "no topic" (reject with COORDINATOR_NOT_AVAILABLE) has never acted
      CreateTopics of orders by kafka-trial: its topic is orders, not payments
      ApiVersions by kafka-trial: its API is ApiVersions, not CreateTopics; its topic is none, not payments
      Metadata by kafka-trial: its API is Metadata, not CreateTopics; its topic is none, not payments
    "#);
}

#[test]
fn a_fault_that_may_act_and_one_that_has_acted_let_a_test_pass() {
    let verdict = trial().attempt(async |trial| {
        let faults = trial.faults().unwrap();
        let _optional = faults.on(ApiKey::Fetch).optional().swallow().arm("optional").unwrap();
        let delayed = faults.on(ApiKey::CreateTopics).delay(Duration::from_millis(1)).arm("delayed").unwrap();
        trial.topic("orders").create().await.unwrap();
        assert_eq!(delayed.fired().unwrap().len(), 1);
        assert_eq!(faults.fired().unwrap().len(), 1);
    });
    assert_eq!(verdict.unwrap(), Verdict::Passed);
}

#[test]
fn a_test_that_fails_shows_its_own_failure_and_not_that_of_a_fault() {
    let failure = trial().attempt(async |trial| {
        let faults = trial.faults().unwrap();
        let _idle = faults.on(ApiKey::Fetch).swallow().arm("idle").unwrap();
        assert_eq!(1 + 1, 3, "it does not add up");
    });
    assert!(matches!(failure.unwrap_err().report.cause, Cause::Panic(_)));
}

#[test]
fn a_fault_that_cannot_act_is_refused() {
    trial().run_blocking(async |trial| {
        let faults = trial.faults().unwrap();
        let refused = faults.on(ApiKey::ShareFetch).swallow().arm("share").unwrap_err().to_string();
        assert_eq!(refused, "rule \"share\": the broker does not serve ShareFetch, so the rule would never act");
    });
}

/// A file of rules for this test alone.
#[cfg(feature = "rdkafka")]
fn rules(name: &str, text: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    std::fs::write(&path, text).unwrap();
    path
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn the_rules_of_a_file_are_armed_in_its_order(faults: Faults, orders: Topic, trial: Trial, cluster: Cluster) {
    let path = rules(
        "armed",
        "faults:\n  - {id: storm, match: {api: Produce}, do: {preset: not_leader_storm, times: 2}}\n  - {id: cut, match: {api: \
         Produce}, when: first, do: {cut: before}}\n",
    );
    let armed = faults.from_file(path).unwrap();
    let producer = trial.producer().config("retry.backoff.ms", "1").config("reconnect.backoff.ms", "1");
    producer.create().await.unwrap().send(orders.record("confirmed")).await.unwrap();
    let fired: Vec<usize> = armed.iter().map(|fault| fault.fired().unwrap().len()).collect();
    assert_eq!(fired, [2, 1]);
    assert_eq!(cluster.records(orders.name(), None, 0).unwrap().len(), 1);
    let again = rules("refused", "faults:\n  - {id: cut, do: swallow}\n");
    let refused = faults.from_file(&again).unwrap_err().to_string();
    let reason = "a rule \"cut\" is armed already: disarm it first, or give this one a different name";
    assert_eq!(refused, format!("{}:2: {reason}", again.display()));
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_member_that_expires_joins_again(
    faults: Faults,
    orders: Topic,
    trial: Trial,
    producer: Producer,
    cluster: Cluster,
) {
    let consumer = trial.consumer(&orders).config("heartbeat.interval.ms", "50").create();
    let mut consumer = consumer.await.unwrap();
    producer.send(orders.record("confirmed")).await.unwrap();
    consumer.next().await.unwrap();
    let group = consumer.group().to_owned();
    let joins = faults.on(ApiKey::JoinGroup).group(&group).delay(Duration::ZERO).arm("joins").unwrap();
    let refused = cluster.expire_members(&group, "nobody").unwrap_err().to_string();
    assert!(refused.contains("has no member nobody; its members: "), "{refused}");
    assert_eq!(cluster.expire_members(&group, "*").unwrap(), 1);
    assert!(cluster.groups().unwrap().iter().all(|group| group.members.is_empty()));
    producer.send(orders.record("confirmed")).await.unwrap();
    // Nothing was committed, so the member reads again from the start when it is back.
    let reading = async { (consumer.next().await.unwrap(), consumer.next().await.unwrap()) };
    let (joined, _) = tokio::join!(joins.wait_fired(1, LIMIT), reading);
    assert!(joined.unwrap());
}
