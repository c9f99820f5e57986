//! Each fixture, as a test has it.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
use kafka_trial::config::DEFAULT_TOPICS;
use kafka_trial::journal::ApiKey;
use kafka_trial::utilities::Retries;
use kafka_trial::{
    Admin, Arg, Bootstrap, Cluster, Connectivity, FromTrial, Seed, SetupError, Topic, TopicSpec, Topics, Trial,
};

#[kafka_trial::test]
async fn a_topic_is_named_after_its_argument_and_shaped_by_its_attribute(
    #[topic(partitions = 6, config("cleanup.policy" = "compact", "retention.ms" = "1000"))] orders: Topic,
    #[topic(name = "audit.v1")] audit: Topic,
    cluster: Cluster,
) -> kafka_trial::Result {
    assert_eq!((orders.name(), orders.partitions()), ("orders", 6));
    let topics: BTreeMap<_, _> = cluster.topics()?.into_iter().map(|t| (t.name, t.partitions.len())).collect();
    assert_eq!(topics, [("orders".to_owned(), 6), (audit.name().to_owned(), 1)].into());
    assert_eq!(audit.name(), "audit.v1");
    Ok(())
}

#[kafka_trial::test]
async fn the_default_topics_exist(topics: Topics, admin: Admin) -> kafka_trial::Result {
    let listed = admin.list_topics().await?;
    assert!(DEFAULT_TOPICS.iter().all(|(_, topic)| listed.iter().any(|name| name == topic)), "{listed:?}");
    assert_eq!(&topics["validation_request"], "omninode.codegen.request.validate.v1");
    assert_eq!((topics.get("orders"), topics.iter().count()), (None, 8));
    Ok(())
}

#[kafka_trial::test]
async fn an_admin_creates_lists_describes_and_deletes(trial: Trial, admin: Admin) -> kafka_trial::Result {
    let [orders, audit, never] = ["orders", "audit", "never.was"].map(|name| trial.scoped(name));
    admin.create_topics(&[TopicSpec::new(&orders, 2), TopicSpec::new(&audit, 1)]).await?;
    let listed = admin.list_topics().await?;
    assert!(listed.is_sorted() && listed.contains(&orders) && listed.contains(&audit), "{listed:?}");
    let described = admin.describe_topics(Some(&[&orders, &never])).await?;
    assert_eq!(described.iter().map(|topic| topic.partitions.len()).collect::<Vec<_>>(), [2]);
    admin.delete_topics(&[&orders, &audit, &never]).await?;
    assert_eq!(admin.describe_topics(Some(&[&orders, &audit])).await?, []);
    Ok(())
}

#[kafka_trial::test(brokers = 3, seed = 42, timeout = "30s")]
async fn options_reach_the_cluster(
    trial: Trial,
    cluster: Cluster,
    seed: Seed,
    bootstrap: Bootstrap,
    connectivity: Connectivity,
) -> kafka_trial::Result {
    assert_eq!((seed, trial.seed()), (Seed(42), 42));
    assert_eq!(cluster.addresses().len(), 3);
    assert_eq!((&*bootstrap, bootstrap.to_string()), (trial.bootstrap_servers(), cluster.bootstrap_servers()));
    assert!(trial.is_embedded());
    connectivity.verify().await?;
    assert!(connectivity.wait(Retries::default()).await);
    Ok(())
}

#[kafka_trial::test(as_version = "2.8")]
async fn a_broker_shows_the_versions_of_an_older_release(cluster: Cluster) -> kafka_trial::Result {
    let servers = cluster.bootstrap_servers();
    let asked = tokio::task::spawn_blocking(move || {
        let deadline = Deadline::after(Duration::from_secs(10));
        Client::connect(&servers, deadline)?.brokers(deadline)
    });
    assert_eq!(asked.await??.len(), 1);
    let entries = cluster.journal(0)?.entries;
    let metadata = entries.iter().find(|entry| entry.api == ApiKey::Metadata).map(|entry| entry.version);
    assert_eq!(metadata, Some(11), "Kafka 2.8 serves Metadata up to version 11");
    Ok(())
}

#[test]
fn a_release_that_does_not_exist_fails_the_test_before_it_begins() {
    let failure = Trial::builder().name("a").as_version("5.0").attempt(async |_| ());
    let text = failure.unwrap_err().report.to_string();
    assert!(text.contains("5.0") && text.contains("4.0 to 4.3"), "{text}");
}

#[kafka_trial::test(auto_create_topics = false, config("num.partitions" = "4", "broker.rack" = "a"))]
async fn broker_properties_are_kafkas_own(cluster: Cluster) {
    assert_eq!(cluster.ignored_properties(), []);
}

#[kafka_trial::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_several_threads_run_while_one_blocks() {
    let (sender, receiver) = std::sync::mpsc::channel();
    tokio::spawn(async move { sender.send(7) });
    // On one thread this would hold up the task that it waits for.
    assert_eq!(receiver.recv(), Ok(7));
}

#[kafka_trial::test]
async fn the_path_of_a_test_is_what_cargo_test_calls_it(trial: Trial) {
    assert_eq!(trial.name(), "the_path_of_a_test_is_what_cargo_test_calls_it");
}

mod within {
    #[kafka_trial::test]
    async fn modules_are_part_of_it(trial: kafka_trial::Trial) {
        assert_eq!(trial.name(), "within::modules_are_part_of_it");
    }
}

/// Neither is an unused variable, which the lints would deny.
#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn topics_may_be_there_for_a_consumer_alone(
    orders: Topic,
    payments: Topic,
    #[consumer(topic = orders, topic = payments)] rx: kafka_trial::Consumer,
) {
    drop(rx);
}

#[kafka_trial::test(seed = 42)]
async fn seed(seed: Seed) {
    assert_eq!(seed, Seed(42), "an argument may have the name of its test");
}

/// A fixture of the project's own, built from others.
struct Shop {
    orders: Topic,
    sold: u64,
}

impl FromTrial for Shop {
    async fn from_trial(trial: &Trial, arg: Arg) -> Result<Self, SetupError> {
        let Seed(sold) = Seed::from_trial(trial, Arg::new("seed")).await?;
        let orders = trial.topic(&format!("{}.orders", arg.name())).partitions(2).create().await?;
        Ok(Self { orders, sold })
    }
}

#[kafka_trial::test(seed = 9)]
async fn a_project_adds_fixtures(corner: Shop, trial: Trial) {
    assert_eq!(corner.orders.name(), trial.scoped("corner.orders"));
    assert_eq!((corner.orders.partitions(), corner.sold), (2, 9));
}

#[kafka_trial::test]
#[should_panic(expected = "unknown default topic \"orders\": expected one of [\"validation_request\"")]
async fn a_test_that_should_panic_may(topics: Topics) {
    let _ = &topics["orders"];
}

#[test]
fn the_macro_is_sugar() {
    Trial::run(async |trial| -> kafka_trial::Result {
        let orders = trial.topic("orders").partitions(6).config("cleanup.policy", "compact").create().await?;
        assert!(trial.admin().list_topics().await?.iter().any(|name| name == orders.name()));
        Ok(())
    });
}

#[test]
fn a_cluster_outside_of_a_trial_ends_when_it_is_dropped() {
    let cluster = Cluster::start(kafka_trial::ClusterConfig::default()).unwrap();
    let address = cluster.addresses()[0];
    assert!(TcpStream::connect(address).is_ok());
    drop(cluster);
    assert!(TcpStream::connect(address).is_err());
}
