//! Which mixins there are for which nodes, and which words speak for them.

use serde_json::{Value as Json, json};

use crate::node_type::NodeType;

/// A mixin.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// What it does, as the beginning of a reason.
    pub(super) purpose: &'static str,
    /// Words and phrases; each of their forms counts.
    pub(super) keywords: &'static [&'static str],
    /// What has to be set to use it, with a value to start from.
    pub(super) config: &'static [(&'static str, Setting)],
}

/// A value of a configuration.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    Text(&'static str),
    Number(u32),
    Flag(bool),
}

impl Setting {
    pub(super) fn to_json(self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Flag(flag) => json!(flag),
        }
    }
}

use Setting::{Flag, Number, Text};

const EVENT_BUS: Rule = Rule {
    name: "EventBus",
    purpose: "publishes and subscribes to events",
    keywords: &["event", "publish", "subscribe", "kafka", "message", "topic"],
    config: &[("bootstrap_servers", Text("localhost:19092")), ("topic_prefix", Text("omninode"))],
};
const CACHING: Rule = Rule {
    name: "Caching",
    purpose: "keeps results to answer again without work",
    keywords: &["cache", "ttl", "memoize", "reuse", "repeated"],
    config: &[("ttl_seconds", Number(300)), ("max_entries", Number(1000))],
};
const HEALTH_CHECK: Rule = Rule {
    name: "HealthCheck",
    purpose: "tells whether the node and what it depends on are up",
    keywords: &["health", "liveness", "readiness", "heartbeat", "availability"],
    config: &[("interval_seconds", Number(30)), ("timeout_seconds", Number(5))],
};
const METRICS: Rule = Rule {
    name: "Metrics",
    purpose: "counts and measures what the node does",
    keywords: &["metric", "monitor", "measure", "latency", "throughput", "observability"],
    config: &[("namespace", Text("omninode")), ("export_interval_seconds", Number(15))],
};
const RETRY: Rule = Rule {
    name: "Retry",
    purpose: "tries again what failed for a while",
    keywords: &["retry", "backoff", "transient", "resilient", "attempt"],
    config: &[("max_attempts", Number(3)), ("initial_delay_ms", Number(100))],
};
const CIRCUIT_BREAKER: Rule = Rule {
    name: "CircuitBreaker",
    purpose: "stops calling what keeps failing",
    keywords: &["circuit breaker", "fail fast", "outage", "fallback", "threshold"],
    config: &[("failure_threshold", Number(5)), ("recovery_timeout_seconds", Number(30))],
};
const VALIDATION: Rule = Rule {
    name: "Validation",
    purpose: "checks inputs against their contract",
    keywords: &["validate", "schema", "constraint", "check", "verify", "input"],
    config: &[("strict", Flag(true))],
};
const PERFORMANCE_TRACKER: Rule = Rule {
    name: "PerformanceTracker",
    purpose: "times each computation",
    keywords: &["performance", "profile", "duration", "benchmark", "slow", "latency"],
    config: &[("slow_after_ms", Number(100)), ("sample_percent", Number(100))],
};
const AGGREGATION: Rule = Rule {
    name: "Aggregation",
    purpose: "folds many inputs into one result",
    keywords: &["aggregate", "sum", "group", "window", "combine", "total"],
    config: &[("window_seconds", Number(60)), ("group_by", Text("key"))],
};
const STATE_MANAGEMENT: Rule = Rule {
    name: "StateManagement",
    purpose: "keeps state between inputs and changes it by rules",
    keywords: &["state", "transition", "snapshot", "session", "history"],
    config: &[("initial_state", Text("empty")), ("snapshot_every", Number(100))],
};
const PERSISTENCE: Rule = Rule {
    name: "Persistence",
    purpose: "stores state so that it outlives the process",
    keywords: &["persist", "store", "database", "durable", "save", "recover"],
    config: &[("connection", Text("postgresql://localhost/omninode")), ("flush_interval_ms", Number(1000))],
};
const WORKFLOW: Rule = Rule {
    name: "Workflow",
    purpose: "runs steps in their order",
    keywords: &["workflow", "step", "sequence", "pipeline", "orchestrate", "stage"],
    config: &[("max_parallel_steps", Number(4)), ("step_timeout_seconds", Number(60))],
};
const DEPENDENCY_MANAGEMENT: Rule = Rule {
    name: "DependencyManagement",
    purpose: "starts nothing before what it depends on is done",
    keywords: &["dependency", "depend", "prerequisite", "order", "graph"],
    config: &[("allow_cycles", Flag(false))],
};
const ERROR_HANDLING: Rule = Rule {
    name: "ErrorHandling",
    purpose: "takes failed steps back or around",
    keywords: &["error", "failure", "compensate", "rollback", "exception", "dead letter"],
    config: &[("on_error", Text("compensate")), ("dead_letter_topic", Text("errors.dlq"))],
};

/// The mixins that nodes of a type can have.
pub(super) fn of(node_type: NodeType) -> &'static [Rule] {
    match node_type {
        NodeType::Effect => &[EVENT_BUS, CACHING, HEALTH_CHECK, METRICS, RETRY, CIRCUIT_BREAKER],
        NodeType::Compute => &[VALIDATION, CACHING, METRICS, PERFORMANCE_TRACKER],
        NodeType::Reducer => &[AGGREGATION, STATE_MANAGEMENT, CACHING, METRICS, PERSISTENCE],
        NodeType::Orchestrator => &[WORKFLOW, DEPENDENCY_MANAGEMENT, ERROR_HANDLING, METRICS, CIRCUIT_BREAKER],
    }
}
