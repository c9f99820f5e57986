//! Analysis: what a requirements document is about.

use kafka_trial_reference::{Operation, Outcome, Source, handle_measured};
use serde_json::{Value as Json, json};

use crate::support::{context, json_of, number, payload, texts};

const ORDERS: &str = "# Order service\n\
    The OrderService receives orders over an HTTP API and publishes an event for each order to Kafka. \
    It stores orders in PostgreSQL and retries failed writes. Customers get an email when order_id is paid.\n\
    The billing workflow depends on the order state.";

fn analysed(request: Json) -> Json {
    payload(Operation::Analyze, request)
}

#[test]
fn terms_entities_and_relationships_come_from_the_text() {
    let result = analysed(json!({"prd_content": ORDERS}));
    assert_eq!(texts(&result["domain_keywords"], None).first(), Some(&"order"));
    let concepts = texts(&result["concepts"], Some("name"));
    assert!(["order", "kafka", "workflow"].iter().all(|name| concepts.contains(name)), "{concepts:?}");
    let entities = texts(&result["entities"], Some("name"));
    for name in ["OrderService", "PostgreSQL", "order_id", "HTTP", "Kafka"] {
        assert!(entities.contains(&name), "{name}: {entities:?}");
    }
    let patterns = texts(&result["relationships"], Some("pattern"));
    for pattern in ["consumes", "publishes", "stores", "depends_on"] {
        assert!(patterns.contains(&pattern), "{pattern}: {patterns:?}");
    }
    let descriptions = texts(&result["relationships"], Some("description"));
    assert!(descriptions.contains(&"billing workflow depends order state"), "{descriptions:?}");
}

#[test]
fn the_hints_sum_to_one_and_follow_the_verbs() {
    let cases = [
        ("effect", "Publish events to Kafka and write them to a database over HTTP"),
        ("compute", "Calculate the score, transform and validate each record"),
        ("reducer", "Aggregate totals per window and keep the state with a snapshot"),
        ("orchestrator", "Coordinate the steps of a workflow with rollback and schedule the pipeline"),
    ];
    for (expected, text) in cases {
        let hints = analysed(json!({"prd_content": text}))["node_type_hints"].clone();
        let shares: Vec<(&String, f64)> =
            hints.as_object().into_iter().flatten().map(|(name, share)| (name, number(share))).collect();
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{hints}");
        let best = shares.iter().max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(name, _)| name.as_str());
        assert_eq!(best, Some(expected), "{hints}");
    }
    let silent = analysed(json!({"prd_content": "Lorem ipsum"}))["node_type_hints"].clone();
    assert_eq!(silent, json!({"effect": 0.25, "compute": 0.25, "reducer": 0.25, "orchestrator": 0.25}));
}

#[test]
fn a_context_shifts_the_hints() {
    let text = "Transform orders and publish events";
    let plain = analysed(json!({"prd_content": text}))["node_type_hints"].clone();
    for context in [json!("we calculate and compute"), json!({"team": "we calculate and compute", "size": 3})] {
        let shifted = analysed(json!({"prd_content": text, "context": context}))["node_type_hints"].clone();
        assert!(number(&shifted["compute"]) > number(&plain["compute"]), "{plain} {shifted}");
    }
}

#[test]
fn a_text_that_says_more_is_analysed_with_more_confidence() {
    let [vague, short, long] = ["Lorem ipsum", "The service publishes events", ORDERS]
        .map(|text| number(&analysed(json!({"prd_content": text}))["confidence"]));
    assert!(vague < short && short < long && long <= 1.0, "{vague} {short} {long}");
}

#[test]
fn the_depth_says_how_much_is_wanted_and_the_confidence_how_sure() {
    let [quick, full, detailed] = ["quick", "full", "detailed"].map(|depth| {
        let request = json!({"prd_content": ORDERS, "analysis_type": depth, "min_confidence": 0.0});
        analysed(request)
    });
    let count = |result: &Json, list: &str| result[list].as_array().map_or(0, Vec::len);
    assert_eq!((count(&quick, "concepts"), count(&quick, "entities")), (5, 0));
    assert!(count(&full, "concepts") == 20 && count(&detailed, "concepts") > 20, "{detailed}");
    assert_eq!(full["metadata"]["analysis_type"], "full");
    let sure = analysed(json!({"prd_content": ORDERS, "min_confidence": 0.95}));
    assert!(count(&sure, "relationships") > 0 && count(&sure, "relationships") < count(&full, "relationships"));
    for list in ["concepts", "entities", "relationships"] {
        let confidences: Vec<f64> =
            sure[list].as_array().into_iter().flatten().map(|item| number(&item["confidence"])).collect();
        assert!(confidences.iter().all(|confidence| *confidence >= 0.95), "{list}: {confidences:?}");
    }
}

#[test]
fn the_time_is_the_callers_or_it_is_not_there() {
    let request = json!({"correlation_id": "1", "payload": {"prd_content": ORDERS}}).to_string();
    let topic = Operation::Analyze.request_topic();
    let source = Source { topic, partition: 0, offset: 0, key: None, value: Some(request.as_bytes()) };
    let Outcome::Answer(record) = handle_measured(&source, &context(), &|| 1.25) else { panic!("expected an answer") };
    assert_eq!(json_of(&record)["payload"]["metadata"]["processing_time_ms"], 1.25);
    assert!(analysed(json!({"prd_content": ORDERS}))["metadata"].get("processing_time_ms").is_none());
}
