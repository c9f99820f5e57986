//! The journal of the embedded broker as evidence: who has fetched, and when was appended.

use std::time::Duration;

use kafka_trial::Record;
use kafka_trial::client::Deadline;
use kafka_trial::flow::{Flow, FlowTracker, Source, Verdict};
use kafka_trial::responder::Responder;
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

#[test]
fn the_journal_and_the_log_tell_the_same_flow_and_the_journal_tells_who_fetched() {
    let mut scene = Scene::usual();
    let servers = scene.cluster.bootstrap_servers();
    let answer = json!({"correlation_id": "a", "causation_id": "e1"}).to_string();
    let _responder = Responder::start(&servers, &[REQUESTS], move |_| vec![Record::new(RESPONSES, &answer)]).unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a", "event_id": "e1"}));
    let by_journal = FlowTracker::on(&scene.cluster, Deadline::after(LIMIT)).unwrap().follow(&follow("a"), LIMIT);
    let by_log = scene.tracker().follow(&follow("a"), LIMIT);
    assert_eq!((by_journal.verdict, by_log.verdict), (Verdict::Complete, Verdict::Complete), "{by_journal}{by_log}");
    assert_eq!((by_journal.source, by_log.source), (Source::Journal, Source::Log));
    let edges = |flow: &Flow| flow.hops.iter().map(|hop| (hop.from, hop.to, hop.kind)).collect::<Vec<_>>();
    assert_eq!(edges(&by_journal), edges(&by_log));
    let handled = by_journal.observations[0].handled.as_ref().unwrap();
    assert_eq!(handled.len(), 1, "the tracker's own reading is no evidence: {handled:?}");
    assert_eq!((handled[0].client_id.as_str(), &handled[0].group), ("kafka-trial", &None));
    let hop = &by_journal.hops[0];
    let to_fetch = hop.to_fetch.unwrap();
    assert!((0..=hop.micros).contains(&to_fetch), "{by_journal}");
    assert_eq!(
        (&by_log.observations[0].handled, by_log.hops[0].to_fetch),
        (&None, None),
        "what is not known is no zero"
    );
    assert!(by_journal.report(80).contains("fetched by client kafka-trial"), "{by_journal}");
}

#[test]
fn by_the_journal_a_request_that_nobody_fetched_is_told_from_one_that_was() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = FlowTracker::on(&scene.cluster, Deadline::after(LIMIT)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::ZERO);
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::ProducedNotFetched, "nobody has fetched requests-0@0, and no group reads requests")
    );
    let _silent = Responder::start(scene.cluster.bootstrap_servers(), &[REQUESTS], |_| Vec::new()).unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "b"}));
    let flow = tracker.follow(&follow("b"), Duration::from_millis(500));
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered, "{flow}");
    assert!(
        flow.explanation.starts_with("client kafka-trial, which is in no group, fetched requests-0@1 at +"),
        "{flow}"
    );
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn the_member_that_fetched_is_named_with_its_group(
    requests: kafka_trial::Topic,
    responses: kafka_trial::Topic,
    producer: kafka_trial::Producer,
    #[consumer(topic = requests, from = "earliest")] mut consumer: kafka_trial::Consumer,
    flows: kafka_trial::Flows,
) -> kafka_trial::Result {
    use kafka_trial::flow::{Follow, Route};

    producer.send(requests.record(r#"{"correlation_id": "a"}"#)).await?;
    consumer.next().await?;
    let route = Route::through([requests.name(), responses.name()]);
    let flow = flows.follow(Follow::new("a", route), Duration::from_secs(1)).await?;
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered, "{flow}");
    let group = consumer.group();
    let expected = format!(" of group {group} (client rdkafka) fetched requests-0@0 at +");
    assert!(flow.explanation.starts_with("member rdkafka-") && flow.explanation.contains(&expected), "{flow}");
    assert!(flow.explanation.contains(", committed it at +"), "{flow}");
    assert_eq!(flow.observations[0].produced_by.as_deref(), Some("rdkafka"));
    Ok(())
}
