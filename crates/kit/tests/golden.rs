//! Flows that are compared with a file.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, now_millis};
use kafka_trial::flow::{Expect, Flow, FlowTracker, Follow, Golden, Route, artifacts};
use kafka_trial::{Cluster, ClusterConfig, Record, TopicSpec};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);

/// A run of one flow, with names, ids and times of its own.
struct Scene {
    cluster: Cluster,
    client: Client,
    /// What `kafka_topics` would add to the names of topics.
    end: &'static str,
    id: String,
}

impl Scene {
    fn new(end: &'static str, id: &str) -> Self {
        let topics = ["orders", "invoices"].map(|topic| TopicSpec::new(format!("{topic}-{end}"), 1));
        let cluster = Cluster::start(ClusterConfig { topics: topics.to_vec(), ..ClusterConfig::default() }).unwrap();
        let client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client, end, id: id.to_owned() }
    }

    fn send(&mut self, topic: &str, value: &Json) {
        let record = Record::new(format!("{topic}-{}", self.end), value.to_string());
        let record = record.key(&self.id).header("source", "shop").partition(0);
        self.client.produce(&record, Deadline::after(LIMIT)).unwrap();
    }

    /// An order and its invoice, with what differs from run to run.
    fn invoiced(&mut self, state: &str) {
        let (asked, answered) = (format!("{}-asked", self.id), format!("{}-answered", self.id));
        let millis = now_millis();
        self.send("orders", &json!({"correlation_id": self.id, "event_id": asked, "at_ms": millis, "total": 12}));
        let invoice = json!({
            "correlation_id": self.id,
            "event_id": answered,
            "causation_id": asked,
            "topic": format!("orders-{}", self.end),
            "at": "2026-11-25T22:50:43.123Z",
            "state": state,
            "took_ms": millis % 17,
        });
        self.send("invoices", &invoice);
    }

    fn follow(&self, expected: Golden, is_update: bool) -> Flow {
        let tracker = FlowTracker::connect(self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        let route = Route::through(["orders", "invoices"].map(|topic| format!("{topic}-{}", self.end)));
        let follow = Follow::new(&self.id, route).expect(expected.redact("/took_ms"));
        tracker.update_golden(is_update).follow(&follow, Duration::ZERO)
    }
}

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("golden").join(name).join("flow.json");
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_flow_is_recorded_once_and_later_ones_are_compared_without_what_differs() {
    let path = path("recorded");
    let mut first = Scene::new("3fa81c20", "order-1111");
    first.invoiced("open");
    assert!(first.follow(Expect::golden(&path), true).is_complete());
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
    {
      "form": "kafka-trial/golden-flow/1",
      "records": [
        {
          "topic": "orders",
          "key": "<id>",
          "headers": {
            "source": "shop"
          },
          "value": {
            "correlation_id": "<id>",
            "event_id": "<event 1>",
            "at_ms": "<time>",
            "total": 12
          }
        },
        {
          "topic": "invoices",
          "from": 0,
          "key": "<id>",
          "headers": {
            "source": "shop"
          },
          "value": {
            "correlation_id": "<id>",
            "event_id": "<event 2>",
            "causation_id": "<event 1>",
            "topic": "orders",
            "at": "<time>",
            "state": "open",
            "took_ms": "<any>"
          }
        }
      ]
    }
    "#);
    let mut second = Scene::new("badcafe0", "order-2222");
    second.invoiced("open");
    let flow = second.follow(Expect::golden(&path), false);
    assert!(flow.is_complete(), "{flow}");
}

#[test]
fn a_change_is_shown_where_it_is() {
    let path = path("changed");
    let mut first = Scene::new("3fa81c20", "order-1111");
    first.invoiced("open");
    first.follow(Expect::golden(&path), true);
    let mut second = Scene::new("badcafe0", "order-2222");
    second.invoiced("paid");
    second.send("invoices", &json!({"correlation_id": "order-2222", "state": "paid again"}));
    let flow = second.follow(Expect::golden(&path), false);
    assert!(!flow.is_complete());
    let report = flow.report(80).replace(&*path.parent().unwrap().to_string_lossy(), "DIR");
    let payload = report.split("\n  payload\n").nth(1).unwrap().split("\n\n").next().unwrap();
    insta::assert_snapshot!(payload, @r#"
        - invoices-badcafe0-0@0 /value/state
            expected "open"
            received "paid"
        - invoices-badcafe0-0@1
            expected nothing
            received a record in invoices
    "#);
    let summary = flow.unmet[0].to_string();
    assert!(
        summary.ends_with("2 differences, the first: invoices-badcafe0-0@0: /value/state is \"paid\", not \"open\""),
        "{summary}"
    );
    assert_eq!(flow.to_json()["unmet"][0]["differences"][0]["pointer"], "/value/state");
    let folder = path.parent().unwrap().join("artifacts");
    artifacts::write(&folder, "golden", &[flow]).unwrap();
    artifacts::index(&folder).unwrap();
    for file in ["summary.md", "index.html"] {
        let text = fs::read_to_string(folder.join(file)).unwrap().replace("\\\"", "\"");
        assert!(text.contains("not as expected") && !text.contains("| complete |"), "{text}");
        for difference in ["expected \"open\", received \"paid\"", "expected nothing, received a record in invoices"] {
            assert!(text.contains(difference), "{file} lacks {difference}: {text}");
        }
    }
}

#[test]
fn an_id_that_is_redacted_in_two_records_has_one_word_so_that_a_broken_chain_is_seen() {
    let path = path("redacted");
    let run = |customers: [&str; 2], is_update| {
        let mut scene = Scene::new("3fa81c20", "order-1111");
        scene.send("orders", &json!({"correlation_id": "order-1111", "customer": customers[0]}));
        scene.send("invoices", &json!({"correlation_id": "order-1111", "customer": customers[1]}));
        scene.follow(Expect::golden(&path).redact("/customer"), is_update)
    };
    assert!(run(["c-17", "c-17"], true).is_complete());
    assert_eq!(fs::read_to_string(&path).unwrap().matches("\"customer\": \"<redacted 1>\"").count(), 2);
    assert!(run(["c-18", "c-18"], false).is_complete());
    let broken = run(["c-18", "c-19"], false);
    assert_eq!(broken.unmet[0].differences[0].pointer, "/value/customer", "{broken}");
}

#[test]
fn what_a_file_says_does_not_matter_is_left_alone_and_stays_when_it_is_written_again() {
    let path = path("any");
    let mut scene = Scene::new("3fa81c20", "order-1111");
    scene.invoiced("open");
    scene.follow(Expect::golden(&path), true);
    let edited = fs::read_to_string(&path).unwrap().replace("\"open\"", "\"<any>\"");
    fs::write(&path, &edited).unwrap();
    let mut other = Scene::new("3fa81c20", "order-2222");
    other.invoiced("paid");
    assert!(other.follow(Expect::golden(&path), false).is_complete());
    other.follow(Expect::golden(&path), true);
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
}

#[test]
fn a_file_that_is_missing_or_something_else_says_how_it_is_recorded() {
    let mut scene = Scene::new("3fa81c20", "order-1111");
    scene.invoiced("open");
    let seen = |expected| scene.follow(expected, false).unmet.pop().unwrap().seen;
    let missing = seen(Expect::golden("no/such/flow.json"));
    assert_eq!(
        missing,
        "no/such/flow.json does not exist; KAFKA_TRIAL_UPDATE_GOLDEN=1, or pytest's --kafka-trial-update-golden, records it"
    );
    let other = path("other");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, "{}").unwrap();
    assert!(seen(Expect::golden(&other)).contains(" is not a golden flow: its form is not "));
    assert!(
        seen(Expect::golden(&other).redact("took_ms"))
            .starts_with("invalid place to redact \"took_ms\": expected /POINTER")
    );
}

#[test]
fn a_flow_that_is_not_complete_is_not_recorded() {
    let path = path("incomplete");
    let mut scene = Scene::new("3fa81c20", "order-1111");
    scene.send("orders", &json!({"correlation_id": "order-1111"}));
    assert!(!scene.follow(Expect::golden(&path), true).is_complete());
    assert!(!path.exists());
}
