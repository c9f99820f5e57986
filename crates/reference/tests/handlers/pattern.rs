//! Patterns: known nodes that are like a description.

use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

use crate::support::{number, payload, texts};

fn found(request: Json) -> Json {
    payload(Operation::Pattern, request)
}

#[test]
fn what_people_ask_for_is_found_first_for_each_type() {
    let cases = [
        ("effect", "An effect node that publishes events to Kafka", "node_kafka_event_publisher_effect"),
        ("effect", "Write user records to a PostgreSQL database", "node_postgres_writer_effect"),
        ("compute", "Validate input data against a schema", "node_schema_validator_compute"),
        ("reducer", "Aggregate events by key over time windows", "node_event_counter_reducer"),
        ("orchestrator", "A saga that runs orders with compensation", "node_order_saga_orchestrator"),
    ];
    for (node_type, description, node) in cases {
        let result = found(json!({"node_description": description, "node_type": node_type}));
        assert_eq!(texts(&result["similar_nodes"], Some("node_id")).first(), Some(&node), "{result}");
        let best = &result["similar_nodes"][0];
        assert!(number(&best["similarity_score"]) >= 0.7);
        for list in ["mixins_used", "contracts", "code_snippets"] {
            assert!(!texts(&best[list], None).is_empty(), "{list}: {best}");
        }
        assert_eq!(best["metadata"]["node_type"], node_type);
    }
}

#[test]
fn nodes_come_best_first_up_to_the_limit_and_down_to_the_threshold() {
    let description = "Write files and rows, send mail, publish events, call an HTTP API";
    let all = found(json!({"node_description": description, "score_threshold": 0, "limit": 50}));
    let scores: Vec<f64> =
        all["similar_nodes"].as_array().into_iter().flatten().map(|node| number(&node["similarity_score"])).collect();
    assert!(scores.len() == 5 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(all["count"], 5);
    let average = scores.iter().sum::<f64>() / 5.0;
    assert!((number(&all["avg_similarity"]) - average).abs() < 1e-3);
    let two = found(json!({"node_description": description, "score_threshold": 0, "limit": 2}));
    assert_eq!(
        two["similar_nodes"].as_array().map(Vec::as_slice),
        all["similar_nodes"].as_array().and_then(|n| n.get(..2))
    );
    let threshold = scores.get(2).copied().unwrap_or_default() - 1e-3;
    let some = found(json!({"node_description": description, "score_threshold": threshold}));
    assert_eq!(some["count"], 3);
}

#[test]
fn a_closer_description_is_more_similar() {
    let best = |description: &str| {
        let result = found(json!({"node_description": description, "score_threshold": 0, "limit": 1}));
        number(&result["similar_nodes"][0]["similarity_score"])
    };
    let scores = ["grow bananas", "events about bananas", "publish events about bananas", "publish events"].map(best);
    assert!(scores.is_sorted_by(|a, b| a < b), "{scores:?}");
    assert_eq!(scores.first(), Some(&0.0));
}

#[test]
fn nothing_similar_is_an_answer_without_nodes() {
    let result = found(json!({"node_description": "grow bananas"}));
    assert_eq!(result, json!({"similar_nodes": [], "count": 0, "avg_similarity": 0.0}));
}
