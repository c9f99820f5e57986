//! Presets: rules for known accidents, by name. `do: {preset: NAME}` stands for the rule of the table; what a rule sets itself
//! counts more.

use serde_json::{Map, Value as Json};

use crate::matcher::suggestion;

/// A rule for a known accident.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Preset {
    /// Its name in files.
    pub name: &'static str,
    /// The kind of bug that it shows.
    pub shows: &'static str,
    /// Its `match`, `when` and `do`, as JSON.
    pub rule: &'static str,
}

/// Names of the catalogue for which the broker has no rule.
const ABSENT: [(&str, &str); 2] = [
    (
        "registry_down registry_5xx registry_slow schema_gone",
        "the schema registry has no faults yet: stop it, or delete the schema",
    ),
    (
        "handler_delay handler_crash handler_twice handler_never handler_elsewhere handler_wrong_id",
        "the reference service has no faults yet: use kafka_responder, whose handler can do that",
    ),
];

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "not_leader_storm",
        shows: "retry caps, metadata refresh",
        rule: r#"{"match": {"api": ["Produce", "Fetch"]}, "when": {"times": 5}, "do": {"error": "NOT_LEADER_OR_FOLLOWER"}}"#,
    },
    Preset {
        name: "leader_move",
        shows: "stale routing",
        rule: r#"{"match": {"api": ["Produce", "Fetch"]}, "when": "first", "do": {"move_leader": "next"}}"#,
    },
    Preset {
        name: "leaderless",
        shows: "start-up loops",
        rule: r#"{"match": {"api": "Metadata"}, "when": {"times": 3}, "do": {"error": "LEADER_NOT_AVAILABLE"}}"#,
    },
    Preset {
        name: "coordinator_move",
        shows: "lost commits, stuck joins",
        rule: r#"{"match": {"api": ["OffsetCommit", "OffsetFetch", "JoinGroup", "SyncGroup", "Heartbeat"]}, "when": {"times": 3}, "do": {"error": ["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"]}}"#,
    },
    Preset {
        name: "rebalance_storm",
        shows: "duplicate processing, livelock",
        rule: r#"{"match": {"api": "Heartbeat"}, "when": {"every": 2}, "do": {"error": "REBALANCE_IN_PROGRESS"}}"#,
    },
    Preset {
        name: "evict_member",
        shows: "commits after a revocation",
        rule: r#"{"match": {"api": ["Heartbeat", "ConsumerGroupHeartbeat"]}, "when": "first", "do": {"expire": "member"}}"#,
    },
    Preset {
        name: "static_member_fence",
        shows: "two instances with one id",
        rule: r#"{"match": {"api": ["JoinGroup", "SyncGroup", "Heartbeat", "OffsetCommit"]}, "when": "first", "do": {"error": "FENCED_INSTANCE_ID"}}"#,
    },
    Preset {
        name: "slow_join",
        shows: "wrong waits for readiness",
        rule: r#"{"match": {"api": ["JoinGroup", "SyncGroup"]}, "do": {"delay_answer": "2s"}}"#,
    },
    Preset {
        name: "commit_unavailable",
        shows: "reprocessing",
        rule: r#"{"match": {"api": "OffsetCommit"}, "when": {"times": 3}, "do": {"error": ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "REQUEST_TIMED_OUT"]}}"#,
    },
    Preset {
        name: "commit_lost",
        shows: "reprocessing of what was acknowledged",
        rule: r#"{"match": {"api": "OffsetCommit"}, "when": "first", "do": {"lose": true}}"#,
    },
    Preset {
        name: "commit_ambiguous",
        shows: "assumptions of at-least-once",
        rule: r#"{"match": {"api": "OffsetCommit"}, "when": "first", "do": {"cut": "after_apply"}}"#,
    },
    Preset {
        name: "duplicate_delivery",
        shows: "consumers that are not idempotent",
        rule: r#"{"match": {"api": "OffsetFetch"}, "when": "first", "do": {"duplicate": "delivery"}}"#,
    },
    Preset {
        name: "duplicate_append",
        shows: "consumers that do not deduplicate",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"duplicate": "append"}}"#,
    },
    Preset {
        name: "produce_apply_then_timeout",
        shows: "duplicates by retry",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"error": "REQUEST_TIMED_OUT", "effect": "apply_then"}}"#,
    },
    Preset {
        name: "partial_produce",
        shows: "errors of single records",
        rule: r#"{"match": {"api": "Produce", "partition": 0}, "when": "first", "do": {"error": "NOT_ENOUGH_REPLICAS"}}"#,
    },
    Preset {
        name: "not_enough_replicas",
        shows: "handling of acks=all",
        rule: r#"{"match": {"api": "Produce"}, "when": {"times": 3}, "do": {"error": "NOT_ENOUGH_REPLICAS"}}"#,
    },
    Preset {
        name: "message_too_large",
        shows: "splitting of batches, errors that are dropped",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"error": "MESSAGE_TOO_LARGE"}}"#,
    },
    Preset {
        name: "invalid_record",
        shows: "poison records",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"error": "INVALID_RECORD"}}"#,
    },
    Preset {
        name: "corrupt_crc",
        shows: "crash loops",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"corrupt": "crc"}}"#,
    },
    Preset {
        name: "corrupt_payload",
        shows: "routing to dead letters",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"corrupt": "payload"}}"#,
    },
    Preset {
        name: "bad_compression",
        shows: "decoders",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"corrupt": "codec"}}"#,
    },
    Preset {
        name: "slow_fetch",
        shows: "timeouts, honest latency",
        rule: r#"{"match": {"api": "Fetch"}, "do": {"delay_answer": {"fixed": "1s", "jitter": "200ms"}}}"#,
    },
    Preset {
        name: "slow_produce",
        shows: "timeouts, honest latency",
        rule: r#"{"match": {"api": "Produce"}, "do": {"delay_answer": {"fixed": "1s", "jitter": "200ms"}}}"#,
    },
    Preset {
        name: "throttle",
        shows: "back-off of clients",
        rule: r#"{"match": {"api": ["Produce", "Fetch"]}, "when": {"times": 3}, "do": {"throttle": "1s"}}"#,
    },
    Preset {
        name: "bandwidth",
        shows: "timeouts of large answers",
        rule: r#"{"match": {"api": "Fetch"}, "do": {"slow": {"bytes_per_s": 65536, "chunk": 8192}}}"#,
    },
    Preset {
        name: "slicer",
        shows: "framing",
        rule: r#"{"match": {"api": ["Metadata", "Fetch", "Produce"]}, "do": {"slow": {"bytes_per_s": 1000000, "chunk": 16}}}"#,
    },
    Preset {
        name: "disconnect",
        shows: "requests in flight",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"cut": {"mid_reply": 7}}}"#,
    },
    Preset {
        name: "blackhole",
        shows: "request timeouts",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"blackhole": true}}"#,
    },
    Preset {
        name: "broker_restart",
        shows: "reconnect storms",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"restart": {"down": "1s"}}}"#,
    },
    Preset {
        name: "rolling_restart",
        shows: "reconnect storms",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"restart": {"down": "1s", "rolling": true}}}"#,
    },
    Preset {
        name: "broker_gone",
        shows: "clients that never give up",
        rule: r#"{"match": {"api": "Produce"}, "when": "first", "do": {"restart": true}}"#,
    },
    Preset {
        name: "advertised_change",
        shows: "DNS and NAT, rebootstrap (KIP-899)",
        rule: r#"{"match": {"api": ["Metadata", "FindCoordinator"]}, "when": {"times": 3}, "do": {"advertise": "nowhere.invalid:9092"}}"#,
    },
    Preset {
        name: "stale_metadata",
        shows: "recreated topics",
        rule: r#"{"match": {"api": "Metadata"}, "when": {"times": 3}, "do": {"stale_metadata": true}}"#,
    },
    Preset {
        name: "offset_out_of_range",
        shows: "surprises of auto.offset.reset",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"error": "OFFSET_OUT_OF_RANGE"}}"#,
    },
    Preset {
        name: "truncate_log",
        shows: "surprises of auto.offset.reset",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"truncate": true}}"#,
    },
    Preset {
        name: "retention",
        shows: "readers that are too late",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"apply_retention": true}}"#,
    },
    Preset {
        name: "committed_offset_loss",
        shows: "silent resets",
        rule: r#"{"match": {"api": "OffsetFetch"}, "when": "first", "do": {"rewind": 9000000000000000000}}"#,
    },
    Preset {
        name: "txn_fence",
        shows: "zombies",
        rule: r#"{"match": {"api": ["AddPartitionsToTxn", "Produce", "EndTxn"], "transactional_id": "*"}, "when": "first", "do": {"fence": true}}"#,
    },
    Preset {
        name: "txn_abort",
        shows: "transactions that take too long",
        rule: r#"{"match": {"api": "EndTxn"}, "when": "first", "do": {"time_out": true}}"#,
    },
    Preset {
        name: "txn_commit_gap",
        shows: "claims of exactly-once",
        rule: r#"{"match": {"api": "EndTxn"}, "when": "first", "do": {"cut": "after_apply"}}"#,
    },
    Preset {
        name: "hanging_txn",
        shows: "read_committed that stalls",
        rule: r#"{"match": {"api": "EndTxn"}, "when": "first", "do": {"lose": true}}"#,
    },
    Preset {
        name: "clock_skew",
        shows: "windows, sums of latency",
        rule: r#"{"match": {"api": "Fetch"}, "when": "first", "do": {"skew": "1h"}}"#,
    },
    Preset {
        name: "unknown_topic",
        shows: "start-up races",
        rule: r#"{"match": {"api": "Metadata"}, "when": {"times": 3}, "do": {"error": "UNKNOWN_TOPIC_OR_PARTITION", "level": "topic"}}"#,
    },
    Preset {
        name: "auto_create_race",
        shows: "start-up races",
        rule: r#"{"match": {"api": "Metadata"}, "when": {"times": 3}, "do": {"error": "LEADER_NOT_AVAILABLE", "level": "topic"}}"#,
    },
    Preset {
        name: "authz_flap",
        shows: "security paths",
        rule: r#"{"match": {"api": ["Metadata", "Produce", "Fetch"]}, "when": {"every": 2}, "do": {"error": "TOPIC_AUTHORIZATION_FAILED"}}"#,
    },
    Preset {
        name: "api_downgrade",
        shows: "negotiation of versions",
        rule: r#"{"match": {"api": "ApiVersions"}, "do": {"downgrade": {"api": "Produce", "to": 7}}}"#,
    },
    Preset {
        name: "fetch_session_evict",
        shows: "incremental fetches",
        rule: r#"{"match": {"api": "Fetch"}, "when": {"times": 3}, "do": {"error": "FETCH_SESSION_ID_NOT_FOUND", "level": "top"}}"#,
    },
];

/// A rule in which a preset has become what it stands for.
pub(super) fn expanded(rule: &Map<String, Json>) -> Result<Map<String, Json>, String> {
    let Some(Json::Object(action)) = rule.get("do") else { return Ok(rule.clone()) };
    let Some(name) = action.get("preset") else { return Ok(rule.clone()) };
    let name = name.as_str().ok_or_else(|| format!("preset is {name}: expected the name of one"))?;
    if let Some((_, why)) = ABSENT.iter().find(|(names, _)| names.split(' ').any(|absent| absent == name)) {
        return Err(format!("preset {name:?} is not there: {why}"));
    }
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    let preset = PRESETS.iter().find(|preset| preset.name == name);
    let preset = preset.ok_or_else(|| format!("there is no preset {name:?}{}", suggestion(name, &names)))?;
    // A test reads all of the table.
    let base: Json = serde_json::from_str(preset.rule).map_err(|error| format!("preset {name}: {error}"))?;
    let base = base.as_object().cloned().unwrap_or_default();
    let object = |json: Option<&Json>| json.and_then(Json::as_object).cloned().unwrap_or_default();
    let mut wanted = object(base.get("match"));
    wanted.extend(object(rule.get("match")));
    let mut action = action.clone();
    action.remove("preset");
    let times = action.remove("times");
    let mut done = object(base.get("do"));
    done.extend(action);
    let mut all = rule.clone();
    all.insert("match".to_owned(), Json::Object(wanted));
    all.insert("do".to_owned(), Json::Object(done));
    if let Some(times) = times {
        if all.contains_key("when") {
            return Err("times of the preset and when exclude each other: take one away".to_owned());
        }
        all.insert("when".to_owned(), serde_json::json!({ "times": times }));
    } else if let Some(when) = base.get("when") {
        all.entry("when").or_insert_with(|| when.clone());
    }
    Ok(all)
}
