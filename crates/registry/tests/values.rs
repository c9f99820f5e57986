//! Whatever bytes come, reading them ends with a value or a reason, and what is read can be written again.

use kafka_trial_registry::{ReferencedSchema, ValueSchema};
use proptest::prelude::*;
use serde_json::json;

const AVRO: &str = r#"{"type": "record", "name": "R", "fields": [
    {"name": "i", "type": "int"},
    {"name": "l", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
    {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 3}},
    {"name": "a", "type": {"type": "array", "items": ["null", "string", "R", {"type": "map", "values": "boolean"}]}},
    {"name": "f", "type": {"type": "fixed", "name": "F", "size": 12, "logicalType": "duration"}},
    {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}}]}"#;
const PROTOBUF: &str = r#"syntax = "proto3"; import "google/protobuf/struct.proto"; import "google/protobuf/any.proto";
    message M { int32 a = 1; repeated sint64 b = 2; M m = 3; map<int32, M> c = 4; string s = 5; bytes d = 6;
        oneof o { float f = 7; google.protobuf.Struct g = 8; } E e = 9; google.protobuf.Any any = 10; }
    enum E { X = 0; Y = 1; }"#;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let avro = ValueSchema::parse("AVRO", AVRO, &[]).unwrap();
        if let Ok(value) = avro.read(&bytes) {
            let written = avro.write(&value, None).unwrap();
            prop_assert_eq!(avro.read(&written).unwrap(), value);
        }
        let protobuf = ValueSchema::parse("PROTOBUF", PROTOBUF, &[]).unwrap();
        let mut framed = vec![0];
        framed.extend(&bytes);
        for bytes in [bytes, framed] {
            if let Ok(value) = protobuf.read(&bytes) {
                // What a value in base64 or of another version holds is not written again, so it may be refused.
                if let Ok(written) = protobuf.write(&value, None) {
                    prop_assert_eq!(protobuf.read(&written).unwrap(), value);
                }
            }
        }
    }
}

/// Few bytes must not become many values.
#[test]
fn values_that_take_no_bytes_are_bounded() {
    let nulls = ValueSchema::parse("AVRO", r#"{"type": "array", "items": "null"}"#, &[]).unwrap();
    // A block of 2^62 items.
    let block = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    let reason = nulls.read(&block).unwrap_err();
    assert!(reason.ends_with("it holds too many values that take no bytes"), "{reason}");
    let doubling = (1..40).fold(r#"{"type": "record", "name": "R0", "fields": []}"#.to_owned(), |inner, level| {
        let fields = format!(r#"{{"name": "a", "type": {inner}}}, {{"name": "b", "type": "R{}"}}"#, level - 1);
        format!(r#"{{"type": "record", "name": "R{level}", "fields": [{fields}]}}"#)
    });
    let doubling = ValueSchema::parse("AVRO", &doubling, &[]).unwrap();
    assert!(doubling.read(b"").unwrap_err().ends_with("too many values that take no bytes"));
    let endless = r#"{"type": "record", "name": "R", "fields": [{"name": "r", "type": "R"}]}"#;
    let endless = ValueSchema::parse("AVRO", endless, &[]).unwrap();
    assert!(endless.read(b"").unwrap_err().ends_with("it is nested deeper than 128 levels"));
}

#[test]
fn a_schema_reads_through_its_references() {
    let address = ReferencedSchema::new("shop.Address", r#"{"type": "record", "name": "shop.Address", "fields": []}"#);
    let user = r#"{"type": "record", "name": "U", "fields": [{"name": "home", "type": "shop.Address"}]}"#;
    assert_eq!(ValueSchema::parse("AVRO", user, &[address]).unwrap().read(b"").unwrap(), json!({"home": {}}));
    let common =
        ReferencedSchema::new("common.proto", "syntax = \"proto3\"; package c; message Money { int64 units = 1; }");
    let line = "syntax = \"proto3\"; import \"common.proto\"; message Line { c.Money price = 1; }";
    let line = ValueSchema::parse("PROTOBUF", line, &[common]).unwrap();
    assert_eq!(line.read(&[0, 0x0a, 2, 0x08, 7]).unwrap(), json!({"price": {"units": 7}}));
    let place = ReferencedSchema::new("place.json", r#"{"definitions": {"zip": {"type": "integer"}}}"#);
    let person = r##"{"properties": {"zip": {"$ref": "place.json#/definitions/zip"}}}"##;
    let person = ValueSchema::parse("JSON", person, &[place]).unwrap();
    assert_eq!(person.violation(&json!({"zip": 7})), None);
    assert!(person.violation(&json!({"zip": "x"})).unwrap().starts_with("/zip: "));
}
