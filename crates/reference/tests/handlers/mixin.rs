//! Mixins: what requirements ask for.

use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

use crate::support::{number, payload, texts};

fn recommended(node_type: &str, requirements: Json) -> Json {
    payload(Operation::Mixin, json!({"requirements": requirements, "node_type": node_type}))
}

#[test]
fn each_type_has_mixins_of_its_own() {
    let everything = json!([
        "publish an event",
        "cache",
        "health",
        "metric",
        "retry",
        "outage",
        "validate",
        "slow",
        "aggregate",
        "state",
        "persist",
        "workflow",
        "dependency",
        "error",
    ]);
    let expected = [
        ("effect", vec!["Caching", "CircuitBreaker", "EventBus", "HealthCheck", "Metrics", "Retry"]),
        ("compute", vec!["Caching", "Metrics", "PerformanceTracker", "Validation"]),
        ("reducer", vec!["Aggregation", "Caching", "Metrics", "Persistence", "StateManagement"]),
        ("orchestrator", vec!["CircuitBreaker", "DependencyManagement", "ErrorHandling", "Metrics", "Workflow"]),
    ];
    for (node_type, mixins) in expected {
        let result = recommended(node_type, everything.clone());
        let mut names = texts(&result["recommendations"], Some("mixin_name"));
        names.sort_unstable();
        assert_eq!(names, mixins, "{node_type}");
        assert_eq!(result["count"], mixins.len());
    }
}

#[test]
fn confidence_is_the_share_of_the_keywords_and_orders_the_answer() {
    let result = recommended("effect", json!("Retries with backoff after transient errors, publishing to Kafka."));
    assert_eq!(texts(&result["recommendations"], Some("mixin_name")), ["Retry", "EventBus"]);
    let [retry, bus] = [0, 1].map(|place| result["recommendations"][place].clone());
    assert_eq!((number(&retry["confidence"]), number(&bus["confidence"])), (0.6, 0.3333));
    assert_eq!(retry["reason"], "tries again what failed for a while; the requirements name retry, backoff, transient");
    assert_eq!(retry["required_config"], json!({"max_attempts": 3, "initial_delay_ms": 100}));
    assert_eq!(number(&result["avg_confidence"]), 0.4667);
}

#[test]
fn text_and_list_mean_the_same_but_a_phrase_lies_within_one_requirement() {
    assert_eq!(recommended("effect", json!("a circuit breaker")), recommended("effect", json!(["a circuit breaker"])));
    assert_eq!(recommended("effect", json!(["a circuit", "breaker"]))["count"], 0);
}

#[test]
fn requirements_that_name_nothing_known_get_no_recommendation() {
    let result = recommended("effect", json!(["bananas"]));
    assert_eq!(result, json!({"recommendations": [], "count": 0, "avg_confidence": 0.0}));
}
