//! Events that tests wait for: the window, what matches, and what is said of what does not.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use kafka_trial::client::{Client, Deadline};
#[cfg(feature = "rdkafka")]
use kafka_trial::responder::Answer;
use kafka_trial::{Cluster, ClusterConfig, EventError, EventWindow, Matcher, Record, TopicSpec};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);

struct Scene {
    cluster: Cluster,
    client: Client,
}

impl Scene {
    fn new() -> Self {
        let topics = vec![TopicSpec::new("orders", 1)];
        let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
        let client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client }
    }

    fn window(&self) -> EventWindow {
        EventWindow::open(self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap()
    }

    fn send(&mut self, event: Json) {
        let key = event.get("correlation_id").and_then(Json::as_str).map(|id| Bytes::copy_from_slice(id.as_bytes()));
        let record = Record { key, ..Record::new("orders", event.to_string()).header("source", "shop") };
        self.client.produce(&record, Deadline::after(LIMIT)).unwrap();
    }
}

fn on_orders() -> Matcher {
    Matcher::on("orders")
}

#[test]
fn what_was_there_before_never_matches() {
    let mut scene = Scene::new();
    scene.send(json!({"correlation_id": "7", "number": 1}));
    let mut events = scene.window();
    scene.send(json!({"correlation_id": "7", "number": 2}));
    let event = events.expect(&on_orders().correlation_id("7"), LIMIT).unwrap();
    assert_eq!((event.offset, event.json().unwrap()["number"].as_i64()), (1, Some(2)));
    assert_eq!(events.all("orders").len(), 1, "asking takes nothing out");
}

#[test]
fn an_event_that_comes_later_is_waited_for_on_a_topic_that_comes_later_too() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    let sent = std::thread::spawn(move || {
        scene.cluster.create_topic(TopicSpec::new("late", 1)).unwrap();
        scene.client.produce(&Record::new("late", "{}"), Deadline::after(LIMIT)).unwrap();
        scene
    });
    assert_eq!(events.expect(&Matcher::on("late"), LIMIT).unwrap().offset, 0);
    drop(sent.join().unwrap());
}

#[cfg(feature = "json-schema")]
#[test]
fn each_part_of_an_event_is_compared_and_those_that_come_near_are_shown() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    scene.send(json!({"correlation_id": "7", "state": "new", "items": [1]}));
    scene.send(json!({"correlation_id": "8", "state": "paid"}));
    let schema: kafka_trial::matcher::JsonSchema =
        r#"{"title": "an order", "properties": {"items": {"minItems": 2}}}"#.parse().unwrap();
    let all = on_orders()
        .correlation_id("7")
        .key("7")
        .header("source", "shop")
        .field("state", json!("new"))
        .field("/items/0", json!(1))
        .that("one item", |record| {
            record.json().is_ok_and(|json| json["items"].as_array().is_some_and(|all| all.len() == 1))
        });
    assert_eq!(events.expect(&all, Duration::ZERO).unwrap().offset, 0);
    let expected = on_orders()
        .correlation_id("7")
        .header("source", "web")
        .header("trace", "1")
        .field("state", json!("paid"))
        .schema(&schema);
    let error = events.expect(&expected, Duration::ZERO).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    no event on orders with correlation id "7" and header source == "web" and header trace == "1" and /state == "paid" and the schema of an order within 0ns; 2 others came there
      orders-0@1: its correlation id is "8", not "7"; its header source is "shop", not "web"; it has no header trace
      orders-0@0: its header source is "shop", not "web"; it has no header trace; /state is "new", not "paid"; /items: [1] has less than 2 items
    "#);
}

#[test]
fn several_are_counted_and_their_order_can_be_expected() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    for number in [1, 2, 10, 3] {
        scene.send(json!({"number": number}));
    }
    assert_eq!(events.expect_in_order(&on_orders(), 3, "/number", LIMIT).unwrap().len(), 3);
    let error = events.expect_in_order(&on_orders(), 4, "number", LIMIT).unwrap_err();
    assert_eq!(error.to_string(), "event on orders: orders-0@3 has 3 at /number and came behind orders-0@2 with 10");
    let error = events.expect_all(&on_orders(), 5, Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.to_string(), "4 of 5 times an event on orders within 50ms; nothing else came there");
}

#[test]
fn a_record_is_looked_at_once_however_long_more_are_waited_for() {
    const COUNT: usize = 40;
    let mut scene = Scene::new();
    let mut events = scene.window();
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let any = on_orders().that("counted", move |_| counted.fetch_add(1, Ordering::Relaxed) < usize::MAX);
    let sent = std::thread::spawn(move || {
        (0..COUNT).for_each(|number| scene.send(json!({"number": number})));
        scene
    });
    assert_eq!(events.expect_all(&any, COUNT, LIMIT).unwrap().len(), COUNT);
    assert_eq!(looks.load(Ordering::Relaxed), COUNT);
    drop(sent.join().unwrap());
}

/// It is read while its transaction is open, and becomes an event without being read again.
#[cfg(feature = "rdkafka")]
#[test]
fn an_event_of_a_transaction_comes_with_its_commit() {
    use kafka_trial::client::pause;
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

    let scene = Scene::new();
    let servers = scene.cluster.bootstrap_servers();
    let mut events = scene.window();
    let settings = [("bootstrap.servers", servers.as_str()), ("transactional.id", "shop")];
    let producer: BaseProducer =
        ClientConfig::from_iter(settings.map(|(k, v)| (k.to_owned(), v.to_owned()))).create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::<(), str>::to("orders").payload("{}")).unwrap();
    producer.flush(LIMIT).unwrap();
    events.expect_none(&on_orders(), Duration::from_millis(50)).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| events.expect(&on_orders(), LIMIT));
        let deadline = Deadline::after(LIMIT);
        while scene.cluster.waiting_requests().unwrap().is_empty() {
            assert!(!deadline.is_past(), "nobody waits for more");
            pause(Duration::from_millis(5));
        }
        producer.commit_transaction(LIMIT).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().offset, 0);
    });
}

#[test]
fn absence_is_waited_for_and_what_comes_is_shown() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    let failed = on_orders().field("state", json!("failed"));
    events.expect_none(&failed, Duration::from_millis(50)).unwrap();
    scene.send(json!({"state": "failed"}));
    let error = events.expect_none(&failed, LIMIT).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected no event on orders with /state == "failed", and orders-0@0 is one: {"state":"failed"}"#
    );
}

#[test]
fn a_topic_that_is_not_there_and_values_that_are_no_json_are_told() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    for value in [Some(Bytes::from_static(b"\xff\xfe")), None] {
        let record = Record { value, ..Record::tombstone("orders").key("k") };
        scene.client.produce(&record, Deadline::after(LIMIT)).unwrap();
    }
    let error = events.expect(&on_orders().field("state", json!(1)), Duration::ZERO).unwrap_err();
    let EventError::Missing { nearest, .. } = &error else { unreachable!("{error}") };
    let misses: Vec<String> = nearest.iter().flat_map(|near| near.misses.iter().map(ToString::to_string)).collect();
    assert_eq!(misses, ["it is not JSON: 2 bytes that are not text", "it is a tombstone"]);
    let error = events.expect(&Matcher::on("nowhere"), Duration::ZERO).unwrap_err();
    assert!(error.to_string().ends_with("\n  topic nowhere does not exist"), "{error}");
}

#[test]
fn tombstones_text_lists_and_bytes_are_waited_for_as_objects_are() {
    let mut scene = Scene::new();
    let mut events = scene.window();
    let values: [Option<&[u8]>; 5] = [None, Some(b"hello"), Some(b"[1, 2]"), Some(b"\xff"), Some(b"{\"a\": 1}")];
    for value in values {
        let record = value.map_or_else(|| Record::tombstone("orders"), |value| Record::new("orders", value));
        scene.client.produce(&record, Deadline::after(LIMIT)).unwrap();
    }
    let mut offset = |matcher: Matcher| events.expect(&matcher, LIMIT).unwrap().offset;
    assert_eq!(offset(on_orders().tombstone()), 0);
    assert_eq!(offset(on_orders().value("hello")), 1);
    assert_eq!(offset(on_orders().json(json!([1, 2]))), 2);
    assert_eq!(offset(on_orders().value(b"\xff")), 3);
    assert_eq!(offset(on_orders().json(json!({"a": 1}))), 4);
    assert_eq!(offset(on_orders().value("none").or(on_orders().field("a", json!(1)))), 4);
    assert_eq!(offset(on_orders().tombstone().negated()), 1);
    let error = events.expect(&on_orders().value("bye"), Duration::ZERO).unwrap_err().to_string();
    assert!(error.contains(r#"orders-0@0: it is a tombstone, and its value should be "bye""#), "{error}");
    assert!(error.contains(r#"orders-0@1: its value is hello, not "bye""#), "{error}");
    let error = events.expect(&Matcher::any().key("a"), LIMIT).unwrap_err().to_string();
    assert_eq!(error, r#"event with key "a" is on no topic: begin with Matcher::on(topic)"#);
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_responder_sees_headers_and_answers_with_headers_and_the_id_where_it_was(
    requests: kafka_trial::Topic,
    responses: kafka_trial::Topic,
    producer: kafka_trial::Producer,
    events: kafka_trial::Events,
    responders: kafka_trial::Responders,
) -> kafka_trial::Result {
    let answering = responders.on(&requests, &responses, |request| {
        Some(Answer::new(json!({"from": request.header("source")})).header("content-type", "application/json"))
    });
    let answering = answering.await?;
    let request = requests.record(r#"{"pieces": 3}"#).key("ada").header("source", "web").header("correlation_id", "7");
    producer.send(request).await?;
    let answer = events.expect(Matcher::on(&responses).correlation_id("7")).await?;
    assert_eq!(
        (answer.key_text().as_deref(), answer.value_text().as_deref()),
        (Some("ada"), Some(r#"{"from":"web"}"#))
    );
    let header = |name| answer.header(name).map(|value| value.into_owned());
    assert_eq!((header("content-type").as_deref(), header("source")), (Some("application/json"), None));
    assert_eq!(answering.calls()[0]["pieces"], 3);
    Ok(())
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_responder_answers_until_it_is_stopped_and_a_group_is_scoped(
    requests: kafka_trial::Topic,
    responses: kafka_trial::Topic,
    billing: kafka_trial::Group,
    producer: kafka_trial::Producer,
    events: kafka_trial::Events,
    responders: kafka_trial::Responders,
    trial: kafka_trial::Trial,
) -> kafka_trial::Result {
    let delayed = responders.delayed(Duration::from_millis(20));
    let answering = delayed.on(&requests, &responses, |request| {
        (request["number"] != 1).then(|| json!({"twice": request["number"].as_i64().map(|number| number * 2)}))
    });
    let answering = answering.await?;
    for number in 1..=2 {
        producer.publish_test_event(&requests, &json!({"number": number}), &format!("id-{number}")).await?;
    }
    let answer = events.expect(Matcher::on(&responses).correlation_id("id-2").field("twice", json!(4))).await?;
    assert_eq!(answer.key_text().as_deref(), Some("id-2"));
    assert_eq!(answering.calls().len(), 2);
    answering.stop().await;
    producer.publish_test_event(&requests, &json!({"number": 3}), "id-3").await?;
    events.expect_none(Matcher::on(&responses).correlation_id("id-3"), Duration::from_millis(150)).await?;
    assert_eq!(events.within(Duration::from_millis(1)).all(&responses).await.len(), 1);

    let mut consumer = trial.consumer(&requests).group(&billing).create().await?;
    assert_eq!(consumer.group(), billing.id());
    assert_eq!(consumer.next().await?.key_text().as_deref(), Some("id-1"));
    Ok(())
}
