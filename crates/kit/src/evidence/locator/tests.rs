use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::evidence::locators::disagreement;
use crate::flow::Locators;
use crate::value::Values;

fn record(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[(&str, &[u8])]) -> ReceivedRecord {
    ReceivedRecord {
        topic: "orders".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: 0,
        key: key.map(Bytes::copy_from_slice),
        value: value.map(Bytes::copy_from_slice),
        headers: headers
            .iter()
            .map(|(name, value)| (Bytes::copy_from_slice(name.as_bytes()), Some(Bytes::copy_from_slice(value))))
            .collect(),
        values: Values::default(),
    }
}

fn find(locator: &str, record: &ReceivedRecord) -> Option<String> {
    locator.parse::<Locator>().unwrap_or_else(|error| panic!("{error}")).find(record)
}

/// Each id with its locator's text.
fn by_default(record: &ReceivedRecord) -> Vec<(String, String)> {
    let locators = Locators::default();
    locators.find(record).iter().map(|located| (located.id.clone(), locators.text(located))).collect()
}

fn pair(id: &str, locator: &str) -> (String, String) {
    (id.to_owned(), locator.to_owned())
}

#[test]
fn the_last_header_of_a_name_counts_whatever_its_case() {
    let twice = record(None, None, &[("Correlation-Id", b"old"), ("correlation-ID", b"new")]);
    assert_eq!(find("$message.header#/correlation-id", &twice).as_deref(), Some("new"));
}

#[test]
fn sixteen_raw_bytes_are_a_uuid_and_other_bytes_are_hex() {
    let uuid = [0x9d, 0x8c, 0x12, 0xae, 0x14, 0xd4, 0x5a, 0x7c, 0x80, 0, 1, 2, 3, 4, 5, 0xff];
    let spring = record(None, None, &[("kafka_correlationId", &uuid)]);
    assert_eq!(
        by_default(&spring),
        [pair("9d8c12ae-14d4-5a7c-8000-0102030405ff", "$message.header#/kafka_correlationId")]
    );
    assert_eq!(find("$message.header#/id", &record(None, None, &[("id", &[0xff, 7])])).as_deref(), Some("ff07"));
    assert_eq!(find("$message.header#/id", &record(None, None, &[("id", &[0xff; 65])])), None);
}

#[test]
fn the_id_is_found_in_each_place_where_people_put_it() {
    let body = |json: &'static str| record(None, Some(json.as_bytes()), &[]);
    for (record, id, locator) in [
        (body(r#"{"correlation_id": "a"}"#), "a", "$message.payload#/correlation_id"),
        (body(r#"{"correlationId": 7}"#), "7", "$message.payload#/correlationId"),
        (body(r#"{"metadata": {"correlation_id": "a"}}"#), "a", "$message.payload#/metadata/correlation_id"),
        (body(r#"{"payload": {"correlation_id": "a"}}"#), "a", "$message.payload#/payload/correlation_id"),
        (
            body(r#"{"original_envelope": {"correlation_id": "a"}}"#),
            "a",
            "$message.payload#/original_envelope/correlation_id",
        ),
        (
            body(r#"{"original_value": "{\"correlation_id\": \"a\"}"}"#),
            "a",
            "$message.payload#/original_value|json#/correlation_id",
        ),
        (record(Some(b"a"), Some(b"text"), &[]), "a", "$message.key#"),
        (record(None, None, &[("x-request-id", b"a")]), "a", "$message.header#/x-request-id"),
        (
            record(None, None, &[("traceparent", b"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]),
            "0af7651916cd43dd8448eb211c80319c",
            "trace-id of $message.header#/traceparent",
        ),
        (
            record(None, None, &[("uber-trace-id", b"0af7651916cd43dd:b7ad6b7169203331:0:1")]),
            "0af7651916cd43dd",
            "trace-id of $message.header#/uber-trace-id",
        ),
    ] {
        assert_eq!(by_default(&record), [pair(id, locator)]);
    }
}

#[test]
fn a_key_is_no_id_where_the_record_has_one() {
    let keyed = record(Some(b"customer-7"), Some(br#"{"correlation_id": "a"}"#), &[]);
    assert_eq!(by_default(&keyed), [pair("a", "$message.payload#/correlation_id")]);
}

#[test]
fn a_header_that_disagrees_with_the_body_is_seen_and_a_trace_is_no_disagreement() {
    let two = record(None, Some(br#"{"correlation_id": "b"}"#), &[("correlation_id", b"a")]);
    let found = Locators::default().find(&two);
    let (header, value) = disagreement(&found).unwrap();
    assert_eq!((header.id.as_str(), value.id.as_str()), ("a", "b"));
    for header in ["traceparent", "x-request-id"] {
        let traced = record(
            None,
            Some(br#"{"correlation_id": "b"}"#),
            &[(header, b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
        );
        assert_eq!(disagreement(&Locators::default().find(&traced)), None);
    }
}

#[test]
fn a_pattern_finds_its_first_group_also_with_brackets_of_its_own() {
    let keyed = record(Some(b"order-17/EU"), None, &[]);
    assert_eq!(find(r"regex(order-(\d+)) of $message.key#", &keyed).as_deref(), Some("17"));
    assert_eq!(find(r"regex(\d+) of $message.key#", &keyed).as_deref(), Some("17"));
    assert_eq!(find(r"regex(nothing) of $message.key#", &keyed), None);
}

#[test]
fn a_text_that_is_no_locator_is_refused_where_it_goes_wrong() {
    let refused = |text: &str| text.parse::<Locator>().unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            refused("correlation_id"),
            refused("$message.header#/"),
            refused("$message.payload#correlation_id"),
            refused("$message.payload#/a|json#b"),
            refused("$message.payload#/a~2"),
            refused("regex(( of $message.key#"),
            refused("regex(a(b) of $message.key#"),
            refused("trace-id of traceparent"),
        ]
        .join("\n"),
        @r#"
        invalid locator "correlation_id": at character 0: `$message.header#/NAME`, `$message.key#` or `$message.payload#/POINTER`
        invalid locator "$message.header#/": at character 17: the name of a header
        invalid locator "$message.payload#correlation_id": at character 17: a JSON Pointer, which begins with `/`
        invalid locator "$message.payload#/a|json#b": at character 25: a JSON Pointer, which begins with `/`
        invalid locator "$message.payload#/a~2": at character 17: in a JSON Pointer `~` is written `~0` and `/` is written `~1`
        invalid locator "regex(( of $message.key#": at character 6: `PATTERN) of LOCATOR`
        invalid locator "regex(a(b) of $message.key#": at character 6: error: unclosed group
        invalid locator "trace-id of traceparent": at character 12: `$message.header#/NAME`, `$message.key#` or `$message.payload#/POINTER`
        "#
    );
}

#[test]
fn hostile_bodies_have_no_id_and_are_no_error() {
    let deep = "[".repeat(100_000);
    let mut long = br#"{"correlation_id": ""#.to_vec();
    long.resize(1 << 20, b'a');
    long.extend(br#""}"#);
    let values: [&[u8]; 7] =
        [b"", b"\xff\xfe", b"{", deep.as_bytes(), &long, b"null", br#"{"correlation_id": {"a": []}}"#];
    for value in values {
        assert_eq!(by_default(&record(None, Some(value), &[])), []);
    }
    assert_eq!(by_default(&record(None, None, &[("correlation_id", b"")])), []);
    assert_eq!(by_default(&record(Some(b""), None, &[])), []);
}

proptest! {
    #[test]
    fn any_text_is_a_locator_that_reads_back_or_is_refused(text in r"(trace-id of |regex\([a-z()]{0,5}\) of )?\$message\.(header#/|key#|payload#/)\PC{0,30}|\PC{0,40}") {
        match text.parse::<Locator>() {
            Ok(locator) => {
                let again: Locator = locator.to_string().parse().unwrap();
                prop_assert_eq!(&again, &locator);
            }
            Err(error) => prop_assert!(error.position <= text.chars().count()),
        }
    }

    #[test]
    fn an_id_is_found_wherever_it_is_put(id in r"[ -~]{1,40}", place in 0..4_usize) {
        let json = serde_json::json!({"correlation_id": id}).to_string();
        let carried = match place {
            0 => record(None, None, &[("X-CORRELATION-ID", id.as_bytes())]),
            1 => record(None, Some(json.as_bytes()), &[]),
            2 => record(Some(b"other"), Some(serde_json::json!({"original_value": json}).to_string().as_bytes()), &[]),
            _ => record(Some(id.as_bytes()), None, &[]),
        };
        let found = Locators::default().find(&carried);
        prop_assert_eq!(found.iter().map(|located| located.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    }

    #[test]
    fn any_record_is_looked_through(
        key in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        value in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..200)),
        header in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let any = record(key.as_deref(), value.as_deref(), &[("traceparent", &header), ("correlation_id", &header)]);
        for located in Locators::default().find(&any) {
            prop_assert!(!located.id.is_empty());
        }
    }
}
