//! Any bytes: an outcome, no panic, and an answer that fits into a record.

use kafka_trial_reference::{Operation, Outcome, Source, handle};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{context, handled, json_of, payload, texts};

/// The most that a broker takes in one batch by default.
const MAX_BATCH: usize = 1_048_588;

fn fits(outcome: &Outcome) {
    if let Outcome::Answer(record) | Outcome::DeadLetter(record) = outcome {
        assert!(json_of(record).is_object());
        let length = record.value.len() + record.key.as_ref().map_or(0, Vec::len);
        assert!(length < MAX_BATCH - 1024, "{length}");
    }
}

fn operations() -> impl Strategy<Value = Operation> {
    prop::sample::select(Operation::ALL.to_vec())
}

/// JSON of all kinds, with the fields that handlers read.
fn json_values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,40}".prop_map(Json::from),
        "[a-zA-Z .:()\\n]{0,60}".prop_map(Json::from),
    ];
    let field = prop::sample::select(vec![
        "payload",
        "correlation_id",
        "event_type",
        "metadata",
        "trace_id",
        "code",
        "code_content",
        "prd_content",
        "node_description",
        "requirements",
        "node_type",
        "limit",
        "score_threshold",
        "min_confidence",
        "context",
        "contracts",
        "name",
        "analysis_type",
        "file_path",
    ]);
    leaf.prop_recursive(3, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((field.clone(), inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Pieces that make Python, in any order.
fn python() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "class ",
        "def ",
        "a",
        "Any",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        "\n",
        "    ",
        "\t",
        "import os",
        "from .. import ",
        "BaseModel",
        "@validator",
        ".dict()",
        "'",
        "\"\"\"",
        "f'{",
        "\\\n",
        "lambda ",
        "match ",
        "case ",
        ",",
        "=",
        "->",
        "*",
        "if ",
        "else",
        "await ",
        "`",
        "é",
        "\0",
        "\u{feff}",
        "#",
        "\r",
        "print ",
        "type ",
        "<>",
        ";",
        "1",
        "...",
    ]);
    prop::collection::vec(pieces, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_an_outcome(
        topic in "\\PC{0,20}",
        partition in any::<i32>(),
        offset in any::<i64>(),
        key in prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
        value in prop::collection::vec(any::<u8>(), 0..200),
        operation in prop::option::of(operations()),
    ) {
        let topic = operation.map_or(topic.as_str(), |operation| operation.request_topic());
        let source = Source { topic, partition, offset, key: key.as_deref(), value: Some(&value) };
        let outcome = handle(&source, &context());
        fits(&outcome);
        prop_assert_eq!(outcome, handle(&source, &context()));
    }

    #[test]
    fn any_json_has_an_outcome(value in json_values(), operation in operations()) {
        fits(&handled(operation, value.to_string().as_bytes()));
        let request = json!({"correlation_id": "1", "payload": value});
        let outcome = handled(operation, request.to_string().as_bytes());
        prop_assert!(matches!(&outcome, Outcome::Answer(_)), "{:?}", outcome);
        fits(&outcome);
    }

    #[test]
    fn any_text_is_analysed_and_any_code_judged(code in python(), text in "\\PC{0,200}") {
        for (operation, field) in
            [(Operation::Validate, "code"), (Operation::Analyze, "prd_content"), (Operation::Mixin, "requirements")]
        {
            for text in [&code, &text] {
                let request = json!({"correlation_id": "1", "payload": {field: text}});
                fits(&handled(operation, request.to_string().as_bytes()));
            }
        }
    }

    #[test]
    fn any_scores_are_from_0_to_1(code in python()) {
        let code = format!("{code}x");
        let result = payload(Operation::Validate, json!({"code": code}));
        for score in ["quality_score", "onex_compliance_score"] {
            let score = result[score].as_f64().unwrap_or(-1.0);
            prop_assert!((0.0..=1.0).contains(&score), "{}", result);
        }
        let is_good = result["quality_score"].as_f64() >= Some(0.7) && result["onex_compliance_score"].as_f64() >= Some(0.6);
        prop_assert_eq!(result["is_valid"].as_bool(), Some(is_good && texts(&result["violations"], None).is_empty()));
    }
}

#[test]
fn the_longest_code_of_any_kind_is_judged_or_refused() {
    // Each of these made some parser recurse, look ahead again and again, or report without end.
    for unit in ["(", "\\\n", "f'{a' ", "x: Any\n", "if x:\n ", "[a for ", "a.", "'''", "\u{1d4b3}", "@a(\n"] {
        let code = unit.repeat((256 << 10) / unit.len());
        let request = json!({"correlation_id": "1", "payload": {"code": code}});
        let outcome = handled(Operation::Validate, request.to_string().as_bytes());
        assert!(matches!(outcome, Outcome::Answer(_)), "{unit:?}: {outcome:?}");
        fits(&outcome);
    }
}

#[test]
fn code_that_makes_the_parser_try_without_end_is_refused() {
    let event = crate::support::answer(Operation::Validate, json!({"code": "\\\n".repeat(128 << 10)}));
    let error = event["payload"]["details"]["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("code_content is too hard to parse"), "{error}");
}

#[test]
fn the_longest_texts_are_read_once() {
    let mut distinct = String::new();
    for number in 0..40_000 {
        distinct.push_str(&format!("Word{number} publishes x_{number}. "));
    }
    for (operation, field) in [
        (Operation::Analyze, "prd_content"),
        (Operation::Pattern, "node_description"),
        (Operation::Mixin, "requirements"),
    ] {
        let settings = json!({"analysis_type": "detailed", "min_confidence": 0});
        let mut request = json!({"correlation_id": "1", "payload": settings});
        request["payload"][field] = Json::from(distinct.as_str());
        fits(&handled(operation, request.to_string().as_bytes()));
    }
}
