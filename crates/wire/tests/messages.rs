//! The typed structs and the view are two codecs over one set of definitions, and each checks the other.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

mod values;

use kafka_trial_wire::messages::{self, Message, decode, encode};
use kafka_trial_wire::schema::{self, Kind};
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, Bytes, Reader, RequestHeader, Text, Writer, for_each_message};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The number of cases for each message and version, of which there are some 600.
const CASES: u32 = 24;

/// Returns whether each field of `part` is in `whole` with the same value.
fn is_within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Struct(fields), _) => {
            fields.iter().all(|(name, value)| whole.get(name).is_some_and(|found| is_within(value, found)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(part, whole)| is_within(part, whole))
        }
        _ => part == whole,
    }
}

fn agrees<M: Message>(definition: &schema::Message, version: i16, value: &Value) -> Result<(), TestCaseError> {
    let by_name = definition.encode(value, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let typed: M = decode(by_name.clone(), version).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let bytes = encode(&typed, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&bytes, &by_name, "{} v{}: {:?}", M::NAME, version, typed);
    let read = definition.decode(bytes, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(is_within(value, &read), "{} v{}: {:?} became {:?}", M::NAME, version, value, read);
    let json = definition.value_from_json(&read.to_json()).map_err(TestCaseError::fail)?;
    prop_assert_eq!(&json, &read, "{} v{} as JSON", M::NAME, version);
    Ok(())
}

fn agrees_in_all_versions<M: Message>(schema: &Schema) {
    let definition = schema.named(M::NAME).unwrap();
    for version in M::VERSIONS {
        let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
        let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..300), |bytes| {
            agrees::<M>(definition, version, &values::value(definition, version, &bytes))
        });
        outcome.unwrap_or_else(|error| panic!("{} v{version}: {error}", M::NAME));
    }
}

#[test]
fn typed_structs_and_the_view_agree_on_every_message_in_every_version() {
    let schema = Schema::load();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(agrees_in_all_versions::<messages::$message>(&schema);)* };
    }
    for_each_message!(each);
}

/// A careless client sends messages of defaults; both codecs write the same bytes for them.
#[test]
fn both_codecs_write_the_same_defaults() {
    fn same<M: Message>(schema: &Schema) {
        for version in M::VERSIONS {
            let typed = encode(&M::default(), version).unwrap();
            let by_name = schema.named(M::NAME).unwrap().encode(&Value::Struct(Vec::new()), version).unwrap();
            assert_eq!(typed, by_name, "{} v{version}", M::NAME);
        }
    }
    let schema = Schema::load();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(same::<messages::$message>(&schema);)* };
    }
    for_each_message!(each);
}

#[test]
fn every_request_has_its_response_with_the_same_versions() {
    let schema = Schema::load();
    for key in ApiKey::all() {
        let (request, response) = (schema.request(key).unwrap(), schema.response(key).unwrap());
        assert_eq!(request.name.trim_end_matches("Request"), key.name().unwrap());
        assert_eq!((request.versions, request.flexible), (response.versions, response.flexible), "{key}");
        assert_eq!(key.versions(), Some(request.versions.min..=request.versions.max));
    }
    assert_eq!(ApiKey(999).versions(), None);
}

#[test]
fn unknown_tagged_fields_are_kept_unchanged() {
    // The body is Metadata v9 with no topics and three switches off, then the tags 7, 300 and 2^32-1.
    let body = [&[1, 0, 0, 0, 3, 7, 2, 0xaa, 0xbb, 0xac, 0x02, 0][..], &[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0xcc]];
    let body = Bytes::from(body.concat());
    let request: messages::MetadataRequest = decode(body.clone(), 9).unwrap();
    let tags: Vec<(u32, &[u8])> = request.unknown_tagged_fields.iter().map(|(tag, bytes)| (tag, &bytes[..])).collect();
    assert_eq!(tags, [(7, &[0xaa, 0xbb][..]), (300, &[]), (u32::MAX, &[0xcc])]);
    assert_eq!(encode(&request, 9).unwrap(), body);
}

#[test]
fn known_and_unknown_tags_are_in_one_order_and_defaults_are_left_out() {
    let mut request = messages::FetchRequest { cluster_id: Some(Text::from("c")), ..Default::default() };
    request.unknown_tagged_fields.push(9, Bytes::from_static(b"z"));
    let bytes = encode(&request, 12).unwrap();
    assert_eq!(bytes[bytes.len() - 8..], [2, 0, 2, 2, b'c', 9, 1, b'z']);
    assert_eq!(decode::<messages::FetchRequest>(bytes, 12).unwrap(), request);
}

#[test]
fn a_duplicate_tag_is_neither_read_nor_written() {
    let body = Bytes::from_static(&[1, 0, 0, 0, 2, 7, 0, 7, 0]);
    let error = decode::<messages::MetadataRequest>(body, 9).unwrap_err();
    assert_eq!(error.to_string(), "MetadataRequest v9: tag 7 is not above the one before it");
    let mut request = messages::MetadataRequest::default();
    request.unknown_tagged_fields.push(7, Bytes::new());
    request.unknown_tagged_fields.push(7, Bytes::new());
    assert_eq!(encode(&request, 9).unwrap_err().to_string(), "tag 7 is there twice");
}

#[test]
fn a_value_that_the_version_lacks_is_refused_unless_it_is_ignorable() {
    let request = messages::MetadataRequest { allow_auto_topic_creation: false, ..Default::default() };
    let error = encode(&request, 3).unwrap_err().to_string();
    assert_eq!(error, "MetadataRequest.AllowAutoTopicCreation is set, but version 3 has no such field");
    let response = messages::MetadataResponse { throttle_time_ms: 5, ..Default::default() };
    assert_eq!(encode(&response, 2).unwrap(), encode(&messages::MetadataResponse::default(), 2).unwrap());
}

fn header(api_key: ApiKey, version: i16) -> Vec<u8> {
    let header = RequestHeader { api_key, version, correlation_id: 7, client_id: Some(Text::from("c")) };
    let mut writer = Writer::new();
    header.write(&mut writer).unwrap();
    let bytes = writer.into_bytes();
    assert_eq!(RequestHeader::read(&mut Reader::new(bytes.clone())).unwrap(), header);
    bytes.to_vec()
}

#[test]
fn request_headers_are_flexible_if_the_request_is_except_for_the_client_id() {
    let fixed = [0, 3, 0, 8, 0, 0, 0, 7, 0, 1, b'c'];
    assert_eq!(header(ApiKey::Metadata, 8), fixed);
    assert_eq!(header(ApiKey::Metadata, 9), [&[0, 3, 0, 9][..], &fixed[4..], &[0]].concat());
    for key in ApiKey::all() {
        for version in key.versions().unwrap() {
            header(key, version);
        }
    }
}

#[test]
fn the_response_header_of_api_versions_is_always_version_0() {
    let schema = Schema::load();
    for key in ApiKey::all() {
        for version in key.versions().unwrap() {
            let flexible = schema.request(key).unwrap().flexible.contains(version);
            assert_eq!(key.request_header_version(version), if flexible { 2 } else { 1 }, "{key} v{version}");
            let expected = i16::from(flexible && key != ApiKey::ApiVersions);
            assert_eq!(key.response_header_version(version), expected, "{key} v{version}");
        }
    }
    assert!(schema.messages().iter().filter(|message| message.kind == Kind::Header).count() == 2);
}

proptest! {
    #[test]
    fn unsigned_varints_hold_seven_bits_per_byte(number: u32) {
        let mut writer = Writer::new();
        writer.put_unsigned_varint(number);
        let bytes = writer.into_bytes();
        prop_assert_eq!(bytes.len(), (38 - (number | 1).leading_zeros()) as usize / 7);
        prop_assert_eq!(Reader::new(bytes).unsigned_varint(), Ok(number));
    }

    #[test]
    fn text_is_utf_8_or_refused(bytes in vec(any::<u8>(), 0..20)) {
        let read = Text::from_utf8(bytes.clone().into());
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                let read = read.unwrap();
                prop_assert_eq!(read.as_str(), text);
                prop_assert_eq!(&read.detach(), &read);
                prop_assert_eq!(&Text::from(text), &read);
            }
            Err(_) => prop_assert!(read.is_err()),
        }
    }

    #[test]
    fn uuids_print_and_parse(bits: [u8; 16]) {
        let uuid = kafka_trial_wire::Uuid(bits);
        prop_assert_eq!(uuid.to_string().parse(), Ok(uuid));
    }
}

#[test]
fn a_varint_of_more_than_32_bits_is_refused() {
    for bytes in [&[0xff, 0xff, 0xff, 0xff, 0x1f][..], &[0x80, 0x80, 0x80, 0x80, 0x80, 0]] {
        let error = Reader::new(Bytes::copy_from_slice(bytes)).unsigned_varint().unwrap_err();
        assert_eq!(error.to_string(), "varint is too long");
    }
}
