//! Many flows at once. How long it takes is measured by the bench: rows `track-flow` and `follow-10000`.

use std::time::Duration;

use kafka_trial::Record;
use kafka_trial::client::{Client, Deadline, Start};
use kafka_trial::flow::{FlowTracker, Follow, Verdict};
use kafka_trial::journal::Detail;
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

fn send_all(client: &mut Client, topic: &str, partition: i32, records: &[Record]) {
    let to = |record: &Record| Record { topic: topic.to_owned(), ..record.clone().partition(partition) };
    client.produce_all(&records.iter().map(to).collect::<Vec<_>>(), Deadline::after(LIMIT)).unwrap();
}

#[test]
fn ten_thousand_interleaved_flows_are_told_apart() {
    const FLOWS: usize = 10_000;
    let mut scene = Scene::usual();
    let id = |number: usize| format!("flow-{number}");
    // Every fifth is not answered, every seventh goes to the dead letters, every eleventh fails.
    let expected = |number: usize| match number {
        n if n % 5 == 0 => Verdict::ProducedNotFetched,
        n if n % 7 == 0 => Verdict::AnsweredDlq,
        n if n % 11 == 0 => Verdict::AnsweredError,
        _ => Verdict::Complete,
    };
    let (mut requests, mut responses, mut letters) = ([vec![], vec![], vec![]], [vec![], vec![], vec![]], vec![]);
    // Answers come in another order than requests.
    for number in 0..FLOWS {
        requests[number % 3].push(scene.record(0, &json!({"correlation_id": id(number)}).to_string()));
        let answered = (number * 7919) % FLOWS;
        let answer = match expected(answered) {
            Verdict::Complete => json!({"correlation_id": id(answered)}),
            Verdict::AnsweredError => json!({"correlation_id": id(answered), "payload": {"error": "no"}}),
            Verdict::AnsweredDlq => {
                letters.push(scene.record(1, &json!({"correlation_id": id(answered)}).to_string()));
                continue;
            }
            _ => continue,
        };
        responses[answered % 3].push(scene.record(2, &answer.to_string()));
    }
    for (topic, partitions) in [(REQUESTS, &requests), (RESPONSES, &responses)] {
        for (records, partition) in partitions.iter().zip(0..) {
            send_all(&mut scene.client, topic, partition, records);
        }
    }
    send_all(&mut scene.client, "requests.dlq", 0, &letters);

    let follows: Vec<Follow> = (0..FLOWS).map(|number| follow(&id(number))).collect();
    let flows = scene.tracker().follow_all(&follows, Duration::ZERO);
    for (flow, number) in flows.iter().zip(0..) {
        assert_eq!((flow.id.as_str(), flow.verdict), (id(number).as_str(), expected(number)), "{flow}");
        let records = if expected(number) == Verdict::ProducedNotFetched { 1 } else { 2 };
        assert_eq!(flow.observations.len(), records, "{flow}");
    }
}

/// How often the trackers have fetched a topic from its beginning.
fn begun(scene: &Scene, topic: &str) -> usize {
    let entries = scene.cluster.journal(0).unwrap().entries;
    let fetched = entries.iter().filter(|entry| *entry.client_id == *"kafka-trial-flow").filter_map(|entry| {
        let Detail::Fetch(fetch) = &entry.detail else { return None };
        fetch
            .partitions
            .iter()
            .find(|partition| *partition.topic == *topic && partition.from == 0 && partition.bytes > 0)
    });
    fetched.count()
}

#[test]
fn a_tracker_holds_as_much_as_it_may_and_reads_again_what_it_has_let_go() {
    let mut scene = Scene::new(&[(REQUESTS, 1), (RESPONSES, 1)]);
    let ask = |scene: &mut Scene, id: &str| scene.event(REQUESTS, 0, json!({"correlation_id": id}));
    ask(&mut scene, "first");
    for number in 0..24 {
        let other = json!({"correlation_id": format!("other-{number}"), "content": "x".repeat(200_000)});
        scene.event(REQUESTS, 0, other);
    }
    ask(&mut scene, "last");
    for id in ["last", "first"] {
        scene.event(RESPONSES, 0, json!({"correlation_id": id}));
    }
    let mut tracker = scene.tracker().memory(2 << 20);
    let mut complete = |id: &str| assert!(tracker.follow(&follow(id), Duration::ZERO).is_complete(), "{id}");
    complete("first");
    complete("first");
    assert_eq!(begun(&scene, REQUESTS), 1);
    // Its answer was read before the many requests, and has gone with the oldest of them.
    complete("last");
    assert_eq!(begun(&scene, REQUESTS), 2);
    let flow = tracker.follow(&follow("other-0"), Duration::ZERO);
    assert_eq!((flow.verdict, begun(&scene, REQUESTS)), (Verdict::ProducedNotFetched, 3), "{flow}");
    assert!(flow.remarks[0].ends_with(" records of other flows were let go, to hold 2 MiB at most"), "{flow}");
    let flow = tracker.follow(&follow("nobody"), Duration::ZERO);
    assert_eq!(flow.explanation, "no record of requests carries nobody (26 records were looked through)");
}

#[test]
fn a_tracker_that_begins_later_does_not_read_what_is_older() {
    let mut scene = Scene::usual();
    for (minutes, id) in [(20, "old"), (5, "new")] {
        let request = scene.record(-minutes * 60_000, &json!({"correlation_id": id}).to_string());
        scene.send(REQUESTS, 0, request);
    }
    let (servers, deadline) = (scene.cluster.bootstrap_servers(), Deadline::after(LIMIT));
    let mut tracker = FlowTracker::connect_from(&servers, Start::Since(scene.now - 600_000), deadline).unwrap();
    let flow = tracker.follow(&follow("new"), Duration::ZERO);
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched, "{flow}");
    let flow = tracker.follow(&follow("old"), Duration::ZERO);
    assert_eq!(flow.explanation, "no record of requests carries old (1 record was looked through)");
}
