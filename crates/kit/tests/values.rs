//! One answer for each kind of value, whoever reads it, and for each transaction.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
#[cfg(feature = "rdkafka")]
use kafka_trial::client::{Isolation, ReceivedRecord};
use kafka_trial::flow::{Expect, FlowTracker, Follow, Route};
#[cfg(feature = "rdkafka")]
use kafka_trial::responder::Responder;
use kafka_trial::utilities::{consume_response, read_topics};
use kafka_trial::value::Values;
use kafka_trial::{Cluster, ClusterConfig, EventWindow, Matcher, Record, TopicSpec, assert_record};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);
const ID: &str = "correlation_id";

/// A value, and the object in it.
type Row = (&'static str, Option<&'static [u8]>, Option<fn() -> Json>);

fn rows() -> Vec<Row> {
    let object: fn() -> Json = || json!({"total": 12, "from": "row"});
    vec![
        ("plain", Some(br#"{"total": 12, "from": "row"}"#), Some(object)),
        ("framed", Some(b"\0\0\0\0\x07{\"total\": 12, \"from\": \"row\"}"), Some(object)),
        ("text", Some(b"hello"), None),
        ("empty", Some(b""), None),
        ("tombstone", None, None),
        ("magic alone", Some(b"\0"), None),
        ("magic and a part of an id", Some(b"\0\0\x07"), None),
        ("frame without a value", Some(b"\0\0\0\0\x07"), None),
        ("avro", Some(b"\0\0\0\0\x07\x02\x02a"), None),
        ("bytes", Some(b"\xff\xfe"), None),
    ]
}

struct Scene {
    cluster: Cluster,
    client: Client,
}

impl Scene {
    fn new() -> Self {
        let topics = vec![TopicSpec::new("orders", 1), TopicSpec::new("answers", 1)];
        let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
        let client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client }
    }

    /// A record whose id stands in a header, so that its value may be anything.
    fn send(&mut self, id: &str, value: Option<&[u8]>) {
        let record = value.map_or_else(|| Record::tombstone("orders"), |value| Record::new("orders", value));
        self.client.produce(&record.header(ID, id), Deadline::after(LIMIT)).unwrap();
    }
}

#[test]
fn every_reader_of_a_value_reads_the_same() {
    let mut scene = Scene::new();
    let servers = scene.cluster.bootstrap_servers();
    let mut events = EventWindow::open(&servers, Deadline::after(LIMIT)).unwrap();
    for (name, value, _) in rows() {
        scene.send(name, value);
    }
    let mut tracker = FlowTracker::connect(&servers, Deadline::after(LIMIT)).unwrap();
    for (name, value, object) in rows() {
        let wanted = object.map(|object| object());
        let record = events.expect(&Matcher::on("orders").correlation_id(name), LIMIT).unwrap();
        assert_eq!(record.json().ok(), wanted, "ReceivedRecord::json of {name}");
        assert_eq!(Values::default().read(value).ok(), wanted, "Values::read of {name}");
        let text = Values::default().text(value).ok().map(|text| serde_json::from_slice::<Json>(&text).unwrap());
        assert_eq!(text, wanted, "Values::text of {name}");

        let field = Matcher::on("orders").correlation_id(name).field("/total", json!(12));
        let found = events.expect(&field, Duration::ZERO);
        assert_eq!(found.is_ok(), wanted.is_some(), "events of {name}");
        if let Err(error) = found {
            let own = error.to_string().lines().filter(|line| line.contains("correlation id")).count();
            assert!(own < rows().len(), "{name}: {error}");
        }

        let flow = tracker.follow(&Follow::new(name, Route::through(["orders"])), Duration::ZERO);
        assert_eq!(flow.observations[0].json(), wanted, "flow of {name}");
        assert_eq!(flow.to_json()["request_event"], wanted.clone().unwrap_or(Json::Null), "flow.json of {name}");
        let expected = Expect::topic("orders").field("/total", json!(12));
        let flow = tracker.follow(&Follow::new(name, Route::through(["orders"])).expect(expected), Duration::ZERO);
        assert_eq!(flow.is_complete(), wanted.is_some(), "expectation on {name}");

        let mut reader = read_topics(&servers, &["orders"], Deadline::after(LIMIT)).unwrap();
        let wait = if wanted.is_some() { LIMIT } else { Duration::from_millis(20) };
        assert_eq!(consume_response(&mut reader, name, wait).unwrap(), wanted, "consume_response of {name}");

        let asserted = catch_unwind(|| assert_record!(record, json "/total" == 12));
        assert_eq!(asserted.is_ok(), wanted.is_some(), "assert_record! of {name}");
        assert_eq!(golden(&servers, name)["records"][0].get("value").cloned(), wanted, "golden file of {name}");
    }
}

/// What a golden file of a flow holds.
fn golden(servers: &str, id: &str) -> Json {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("values").join(id.replace(' ', "-")).join("flow.json");
    let tracker = FlowTracker::connect(servers, Deadline::after(LIMIT)).unwrap();
    let follow = Follow::new(id, Route::through(["orders"])).expect(Expect::golden(&path));
    assert!(tracker.update_golden(true).follow(&follow, Duration::ZERO).is_complete());
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Whoever does not decode a value says why, in one clear sentence.
#[test]
fn a_value_that_is_not_json_is_told_with_its_reason() {
    let mut scene = Scene::new();
    let mut events = EventWindow::open(scene.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
    scene.send("7", Some(b"\0"));
    let error = events.expect(&Matcher::on("orders").field("a", json!(1)), Duration::ZERO).unwrap_err().to_string();
    let reason = "it is not JSON: 1 bytes; it begins with 0 as a schema registry's frames do, and 0 of the 4 bytes of a \
                  schema id follow";
    assert!(error.ends_with(&format!("orders-0@0: {reason}")), "{error}");
}

#[cfg(feature = "rdkafka")]
mod transactions {
    use kafka_trial::utilities::consume_response_read;
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

    use super::*;

    fn producer(servers: &str, id: &str) -> BaseProducer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", servers).set("transactional.id", id).set("socket.nagle.disable", "true");
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(LIMIT).unwrap();
        producer.begin_transaction().unwrap();
        producer
    }

    fn send(producer: &BaseProducer, id: &str) {
        let body = json!({"correlation_id": id}).to_string();
        producer.send(BaseRecord::<str, str>::to("orders").partition(0).key(id).payload(&body)).unwrap();
        producer.flush(LIMIT).unwrap();
    }

    fn seen(records: &[ReceivedRecord]) -> Vec<String> {
        records.iter().map(|record| record.key_text().unwrap().into_owned()).collect()
    }

    /// An aborted, a committed and an open transaction, and a record between them that is of none.
    fn mixed(scene: &mut Scene) -> BaseProducer {
        let servers = scene.cluster.bootstrap_servers();
        let aborted = producer(&servers, "aborted");
        let committed = producer(&servers, "committed");
        // They overlap, so that it matters whose batch it is.
        send(&aborted, "aborted-1");
        send(&committed, "committed-1");
        send(&aborted, "aborted-2");
        committed.commit_transaction(LIMIT).unwrap();
        aborted.abort_transaction(LIMIT).unwrap();
        aborted.begin_transaction().unwrap();
        send(&aborted, "later-1");
        aborted.commit_transaction(LIMIT).unwrap();
        let open = producer(&servers, "open");
        send(&open, "open-1");
        open
    }

    #[test]
    fn no_reader_sees_a_record_of_an_aborted_or_open_transaction_unless_it_asks_for_it() {
        let mut scene = Scene::new();
        let servers = scene.cluster.bootstrap_servers();
        let calls = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let keys = std::sync::Arc::clone(&calls);
        let responder = Responder::start(&servers, &["orders"], move |record| {
            keys.lock().unwrap().push(record.key_text().unwrap().into_owned());
            vec![record.forward_to("answers")]
        });
        let responder = responder.unwrap();
        let open = mixed(&mut scene);

        let mut reader = read_topics(&servers, &["orders"], Deadline::after(LIMIT)).unwrap();
        assert_eq!(seen(&reader.poll(LIMIT).unwrap()), ["committed-1", "later-1"]);
        assert_eq!(consume_response(&mut reader, "aborted-1", Duration::from_millis(20)).unwrap(), None);
        assert_eq!(consume_response(&mut reader, "open-1", Duration::from_millis(20)).unwrap(), None);
        let all = read_topics(&servers, &["orders"], Deadline::after(LIMIT)).unwrap();
        let mut all = all.isolation(Isolation::ReadUncommitted);
        let everything = ["aborted-1", "committed-1", "aborted-2", "later-1", "open-1"];
        assert_eq!(seen(&all.poll(LIMIT).unwrap()), everything);

        let committed = |record: &&kafka_trial::StoredRecord| record.is_committed;
        let stored = scene.cluster.records("orders", None, 0).unwrap();
        let key =
            |record: &kafka_trial::StoredRecord| String::from_utf8_lossy(record.key.as_ref().unwrap()).into_owned();
        assert_eq!(stored.iter().filter(committed).map(key).collect::<Vec<_>>(), ["committed-1", "later-1"]);
        assert_eq!(stored.iter().map(key).collect::<Vec<_>>(), everything);

        open.commit_transaction(LIMIT).unwrap();
        let reading = kafka_trial::flow::Reading::default();
        assert!(consume_response_read(&mut reader, "open-1", LIMIT, &reading).unwrap().is_some(), "it was committed");
        let mut answers = read_topics(&servers, &["answers"], Deadline::after(LIMIT)).unwrap();
        assert!(consume_response(&mut answers, "open-1", LIMIT).unwrap().is_some());
        assert_eq!(*calls.lock().unwrap(), ["committed-1", "later-1", "open-1"]);
        assert_eq!((responder.failed(), responder.last_error()), (0, None));
    }

    #[test]
    fn a_group_has_caught_up_when_only_markers_and_aborted_records_lie_behind_its_commit() {
        let mut scene = Scene::new();
        let servers = scene.cluster.bootstrap_servers();
        let shop = producer(&servers, "shop");
        send(&shop, "a");
        shop.commit_transaction(LIMIT).unwrap();
        let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
        let place = kafka_trial::client::TopicPartition { topic: "orders".to_owned(), partition: 0 };
        let mut caught_up = |wait| client.wait_caught_up("billing", &["orders"], Deadline::after(wait));
        let error = caught_up(Duration::from_millis(300)).unwrap_err().to_string();
        assert_eq!(error, "group billing has not caught up after 300 ms: orders-0 nothing committed of 2");
        scene.client.commit("billing", &[(place, 1)].into(), Deadline::after(LIMIT)).unwrap();
        assert_eq!(caught_up(LIMIT).unwrap()[0].lag(), Some(1), "the marker is all that is left");
        shop.begin_transaction().unwrap();
        send(&shop, "b");
        shop.abort_transaction(LIMIT).unwrap();
        caught_up(LIMIT).unwrap();
        scene.send("c", Some(b"{}"));
        let error = caught_up(Duration::from_millis(300)).unwrap_err().to_string();
        assert!(error.ends_with("orders-0 committed 1 of 5, lag 4"), "{error}");
    }
}
