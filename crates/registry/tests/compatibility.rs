#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

//! Which changes each language allows, in both directions, and the kinds of difference that a refusal gives.

use std::time::Duration;

use kafka_trial_registry::{Registry, Request};
use serde_json::{Value, json};

fn ask(registry: &mut Registry, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let reply = registry.answer(&Request::new(method, target, body.to_string(), Duration::from_secs(1)));
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Value::Null))
}

/// The kinds of difference that a change has at a level.
fn differences(kind: &str, level: &str, old: &str, new: &str) -> Vec<String> {
    let mut registry = Registry::new();
    let body = json!({ "schema": old, "schemaType": kind });
    let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &body);
    assert_eq!(status, 200, "{old}: {answer}");
    ask(&mut registry, "PUT", "/config/s", &json!({ "compatibility": level }));
    let body = json!({ "schema": new, "schemaType": kind });
    let (status, answer) = ask(&mut registry, "POST", "/compatibility/subjects/s/versions/latest?verbose=true", &body);
    assert_eq!(status, 200, "{new}: {answer}");
    let messages = answer["messages"].as_array().unwrap().iter().filter_map(Value::as_str);
    let kinds = messages.filter_map(|message| message.split_once("errorType:"));
    let mut kinds: Vec<_> = kinds.map(|(_, rest)| rest[1..].split(['\'', '"']).next().unwrap().to_owned()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(answer["is_compatible"], kinds.is_empty(), "{old}\n{new}\n{answer}");
    kinds
}

/// Which levels allow a change: `B` for BACKWARD, `F` for FORWARD, `-` for none; and a kind of difference of each refusal.
type Change<'a> = (&'a str, &'a str, &'a str, &'a str);

fn hold(kind: &str, changes: &[Change<'_>]) {
    let mut wrong = Vec::new();
    for (old, new, allowed, refusal) in changes {
        let found = [differences(kind, "BACKWARD", old, new), differences(kind, "FORWARD", old, new)];
        let [backward, forward] = found.each_ref().map(Vec::is_empty);
        let expected = (allowed.contains('B'), allowed.contains('F'));
        let named = refusal.is_empty() || found.iter().flatten().any(|kind| kind == refusal);
        if (backward, forward) != expected || !named {
            wrong.push(format!("{old}\n{new}\n  expected {allowed} {refusal}\n  found    {found:?}"));
        }
        let full = differences(kind, "FULL", old, new);
        assert_eq!(full.is_empty(), backward && forward, "FULL\n{old}\n{new}");
        let turned = differences(kind, "BACKWARD", new, old);
        assert_eq!(turned.is_empty(), forward, "FORWARD is BACKWARD turned round\n{old}\n{new}");
        assert!(differences(kind, "NONE", old, new).is_empty(), "NONE\n{old}\n{new}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn avro_changes() {
    let record = |fields: &str| format!(r#"{{"type":"record","name":"R","namespace":"n","fields":[{fields}]}}"#);
    let of = |node: &str| record(&format!(r#"{{"name":"f","type":{node}}}"#));
    let named = |more: &str| of(&format!("{{{more}}}"));
    let fixed = |name: &str, size: u8| named(&format!(r#""type":"fixed","name":"{name}","size":{size}"#));
    let symbols = |name: &str, list: &str, more: &str| {
        named(&format!(r#""type":"enum","name":"{name}","symbols":[{list}]{more}"#))
    };
    let inner = |name: &str, fields: &str| format!(r#"{{"type":"record","name":"{name}","fields":[{fields}]}}"#);
    let (int, with_default) = (r#"{"name":"a","type":"int"}"#, r#"{"name":"a","type":"int","default":1}"#);
    let missing = "READER_FIELD_MISSING_DEFAULT_VALUE";
    let mut changes = vec![
        (record(""), record(with_default), "BF", ""),
        (record(with_default), record(""), "BF", ""),
        (record(""), record(int), "F", missing),
        (record(int), record(""), "B", missing),
        (record(int), record(r#"{"name":"b","type":"int"}"#), "-", missing),
        (record(int), record(r#"{"name":"b","type":"int","aliases":["a"]}"#), "B", missing),
        (inner("A", ""), inner("B", ""), "-", "NAME_MISMATCH"),
        (
            inner("A", ""),
            r#"{"type":"record","name":"B","aliases":["A"],"fields":[]}"#.to_owned(),
            "B",
            "NAME_MISMATCH",
        ),
        (inner("A", ""), record("").replace("\"R\"", "\"A\""), "BF", ""),
        (fixed("F", 4), fixed("F", 8), "-", "FIXED_SIZE_MISMATCH"),
        (fixed("F", 4), fixed("G", 4), "-", "NAME_MISMATCH"),
        (symbols("E", r#""A""#, ""), symbols("D", r#""A""#, ""), "-", "NAME_MISMATCH"),
        (symbols("E", r#""A""#, ""), symbols("E", r#""A","B""#, ""), "B", "MISSING_ENUM_SYMBOLS"),
        (symbols("E", r#""A","B""#, ""), symbols("E", r#""A""#, ""), "F", "MISSING_ENUM_SYMBOLS"),
        (symbols("E", r#""A","B""#, ""), symbols("E", r#""B","A""#, ""), "BF", ""),
        (symbols("E", r#""A""#, r#","default":"A""#), symbols("E", r#""A","B""#, r#","default":"A""#), "BF", ""),
        (of("\"string\""), of("\"bytes\""), "BF", ""),
        (of(r#"{"type":"array","items":"int"}"#), of(r#"{"type":"array","items":"long"}"#), "B", "TYPE_MISMATCH"),
        (of(r#"{"type":"map","values":"int"}"#), of(r#"{"type":"map","values":"long"}"#), "B", "TYPE_MISMATCH"),
        (of(r#"{"type":"array","items":"int"}"#), of(r#"{"type":"map","values":"int"}"#), "-", "TYPE_MISMATCH"),
        (of(r#"["null","int"]"#), of(r#"["null","long"]"#), "B", "MISSING_UNION_BRANCH"),
        (of("\"int\""), of(r#"["null","int"]"#), "B", ""),
        (of("\"int\""), of(r#"["null","string"]"#), "-", "MISSING_UNION_BRANCH"),
        (of(r#"["null","int"]"#), of(r#"["null","int","string"]"#), "B", "MISSING_UNION_BRANCH"),
        (of(r#"["null","int"]"#), of(r#"["int","null"]"#), "BF", ""),
        (of("\"int\""), of(r#"["int"]"#), "BF", ""),
        (of(&format!(r#"["null",{}]"#, inner("A", ""))), of(&format!(r#"["null",{}]"#, inner("B", ""))), "-", ""),
        (of(&format!(r#"["null",{}]"#, inner("A", ""))), of(&format!(r#"["null",{}]"#, inner("A", int))), "F", ""),
        (of("\"long\""), of(r#"{"type":"long","logicalType":"timestamp-millis"}"#), "BF", ""),
        (
            of(r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#),
            of(r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":0}"#),
            "BF",
            "",
        ),
        (record(int), record(r#"{"name":"a","type":"int","doc":"what it is"}"#), "BF", ""),
        (record(int), record(r#"{"name":"a","type":"int","default":1,"order":"ignore"}"#), "BF", ""),
        (
            record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#),
            record(r#"{"name":"b","type":"int"},{"name":"a","type":"int"}"#),
            "BF",
            "",
        ),
        (of("\"null\""), of("\"boolean\""), "-", "TYPE_MISMATCH"),
        // A default of the enum is none of the field: Avro compares the enum with the record that lacks it.
        (record(""), symbols("E", r#""A""#, r#","default":"A""#), "F", "TYPE_MISMATCH"),
        ("\"string\"".to_owned(), record(""), "-", "TYPE_MISMATCH"),
    ];
    let wider = ["int", "long", "float", "double"];
    for (at, narrow) in wider.iter().enumerate() {
        for wide in &wider[at + 1..] {
            changes.push((of(&format!("\"{narrow}\"")), of(&format!("\"{wide}\"")), "B", "TYPE_MISMATCH"));
        }
    }
    let changes: Vec<Change<'_>> =
        changes.iter().map(|(old, new, allowed, kind)| (&**old, &**new, *allowed, *kind)).collect();
    hold("AVRO", &changes);
}

#[test]
fn protobuf_changes() {
    let file = |body: &str| format!("syntax = \"proto3\";\n{body}");
    let fields =
        |fields: &str| file(&format!("message M {{ {fields} }} message N {{}} message O {{}} enum E {{ Z = 0; }}"));
    let two = |body: &str| format!("syntax = \"proto2\"; message M {{ {body} }}");
    let changed = "FIELD_SCALAR_KIND_CHANGED";
    let mut changes = vec![
        (fields(""), fields("int32 a = 1;"), "BF", ""),
        (fields("int32 a = 1;"), fields("int32 b = 1;"), "BF", ""),
        (fields("int32 a = 1;"), fields("int32 a = 2;"), "BF", ""),
        (fields("string a = 1;"), fields("bytes a = 1;"), "BF", ""),
        (fields("sint32 a = 1;"), fields("sint64 a = 1;"), "BF", ""),
        (fields("fixed32 a = 1;"), fields("sfixed32 a = 1;"), "BF", ""),
        (fields("fixed64 a = 1;"), fields("sfixed64 a = 1;"), "BF", ""),
        (fields("fixed32 a = 1;"), fields("fixed64 a = 1;"), "-", changed),
        (fields("int32 a = 1;"), fields("sint32 a = 1;"), "-", changed),
        (fields("int32 a = 1;"), fields("string a = 1;"), "-", changed),
        (fields("float a = 1;"), fields("double a = 1;"), "-", changed),
        (fields("map<string, int32> a = 1;"), fields("map<string, string> a = 1;"), "-", changed),
        (fields("N a = 1;"), fields("bytes a = 1;"), "-", "FIELD_KIND_CHANGED"),
        (fields("map<string, N> a = 1;"), fields("repeated N a = 1;"), "-", "FIELD_KIND_CHANGED"),
        (fields("N a = 1;"), fields("O a = 1;"), "-", "FIELD_NAMED_TYPE_CHANGED"),
        (fields("int32 a = 1;"), fields("repeated int32 a = 1;"), "BF", ""),
        (fields("int32 a = 1;"), fields("optional int32 a = 1;"), "BF", ""),
        (file("message M {} enum E { Z = 0; }"), file("message M {} enum E { Z = 0; A = 1; }"), "BF", ""),
        (file("message M {}"), file("message M {} service S { rpc A (M) returns (M); }"), "BF", ""),
        (file("message M {}"), file("option java_package = \"a\"; message M {}"), "BF", ""),
        ("syntax = \"proto2\"; message M {}".to_owned(), file("message M {}"), "BF", ""),
        (two("optional int32 a = 1;"), two("optional int32 a = 1 [default = 2];"), "BF", ""),
        (file("package a; message M {}"), file("package b; message M {}"), "-", "PACKAGE_CHANGED"),
        (fields("int32 a = 1;"), fields("oneof w { int32 a = 1; }"), "BF", ""),
        (
            fields("int32 a = 1; int32 b = 2;"),
            fields("oneof w { int32 a = 1; int32 b = 2; }"),
            "F",
            "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
        ),
        (
            fields("int32 a = 1; oneof w { int32 b = 2; }"),
            fields("oneof w { int32 a = 1; int32 b = 2; }"),
            "F",
            "FIELD_MOVED_TO_EXISTING_ONEOF",
        ),
        (
            fields("oneof w { int32 a = 1; }"),
            fields("oneof w { int32 a = 1; int32 b = 2; }"),
            "B",
            "ONEOF_FIELD_REMOVED",
        ),
        (fields("oneof w { int32 a = 1; }"), fields("oneof x { int32 a = 1; }"), "BF", ""),
        (file("message M {}"), file("message M {} message N {}"), "B", "MESSAGE_REMOVED"),
        (file("message M {}"), file("message N {} message M {}"), "B", "MESSAGE_REMOVED"),
        (file("message M {}"), file("message M { message N {} }"), "B", "MESSAGE_REMOVED"),
        (file("message M {}"), file("message N {}"), "-", "MESSAGE_REMOVED"),
        (file("message M { message N {} }"), file("message M { message O {} }"), "-", "MESSAGE_REMOVED"),
        (two(""), two("required int32 a = 1;"), "-", "REQUIRED_FIELD_ADDED"),
        (two("required int32 a = 1;"), two(""), "-", "REQUIRED_FIELD_REMOVED"),
        (two("optional int32 a = 1;"), two("required int32 a = 1;"), "-", "FIELD_NUMERIC_LABEL_CHANGED"),
    ];
    for kind in ["int64", "uint32", "uint64", "bool", "E"] {
        changes.push((fields("int32 a = 1;"), fields(&format!("{kind} a = 1;")), "BF", ""));
    }
    let changes: Vec<Change<'_>> =
        changes.iter().map(|(old, new, allowed, kind)| (&**old, &**new, *allowed, *kind)).collect();
    hold("PROTOBUF", &changes);
}

#[test]
fn json_schema_changes() {
    let object = |more: &str| format!(r#"{{"type":"object"{more}}}"#);
    let closed = |more: &str| format!(r#"{{"type":"object","additionalProperties":false{more}}}"#);
    let partly = |more: &str| format!(r#"{{"type":"object","additionalProperties":{{"type":"string"}}{more}}}"#);
    let a = |schema: &str| format!(r#","properties":{{"a":{schema}}}"#);
    let text = r#"{"type":"string"}"#;
    let modern = |more: &str| {
        format!(
            r#"{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","unevaluatedProperties":false{more}}}"#
        )
    };
    let s = str::to_owned;
    let changes = [
        (object(""), object(&a(text)), "F", "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"),
        (object(""), object(&a("{}")), "BF", ""),
        (closed(""), closed(&a(text)), "B", "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"),
        (
            closed(""),
            closed(&(a(text) + r#","required":["a"]"#)),
            "-",
            "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
        ),
        (closed(""), closed(&(a(r#"{"type":"string","default":"x"}"#) + r#","required":["a"]"#)), "B", ""),
        (partly(""), partly(&a(text)), "BF", ""),
        (
            partly(""),
            partly(&a(r#"{"type":"integer"}"#)),
            "-",
            "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL",
        ),
        (
            closed(r#","patternProperties":{"^a":{"type":"string"}}"#),
            closed(&(s(r#","patternProperties":{"^a":{"type":"string"}}"#) + &a(text))),
            "BF",
            "",
        ),
        (
            closed(r#","patternProperties":{"^b":{"type":"string"}}"#),
            closed(&(s(r#","patternProperties":{"^b":{"type":"string"}}"#) + &a(text))),
            "B",
            "",
        ),
        (closed(""), object(""), "B", "ADDITIONAL_PROPERTIES_REMOVED"),
        (object(&a(text)), object(&(a(text) + r#","required":["a"]"#)), "F", "REQUIRED_ATTRIBUTE_ADDED"),
        (
            object(&a(r#"{"type":"string","default":"x"}"#)),
            object(&(a(r#"{"type":"string","default":"x"}"#) + r#","required":["a"]"#)),
            "BF",
            "",
        ),
        (s(text), s(r#"{"type":"string","format":"date","title":"t","default":"x"}"#), "BF", ""),
        (
            object(r##","properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"type":"string"}}"##),
            object(&a(text)),
            "BF",
            "",
        ),
        (object(""), object(r#","propertyNames":{"pattern":"^a"}"#), "BF", ""),
        // Drafts before 2019 do not know it.
        (
            object(r#","unevaluatedProperties":false"#),
            object(&(s(r#","unevaluatedProperties":false"#) + &a(text))),
            "F",
            "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
        ),
        (modern(""), modern(&a(text)), "B", "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"),
        (s(r#"{"type":"integer"}"#), s(r#"{"type":"number"}"#), "B", "TYPE_NARROWED"),
        (s(text), s(r#"{"type":["string","integer"]}"#), "B", "TYPE_CHANGED"),
        (s(text), s(r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#), "B", "TYPE_CHANGED"),
        (s(text), s(r#"{"type":"integer"}"#), "-", "TYPE_CHANGED"),
        (s("{}"), s(text), "F", ""),
        (s("false"), s(text), "B", ""),
        (s("true"), s("{}"), "BF", ""),
        (s(r#"{"enum":["a"]}"#), s(r#"{"enum":["a","b"]}"#), "B", "ENUM_ARRAY_NARROWED"),
        (s(text), s(r#"{"type":"string","enum":["a"]}"#), "F", ""),
        (s(r#"{"const":1}"#), s(r#"{"const":2}"#), "-", "ENUM_ARRAY_CHANGED"),
        (s(text), s(r#"{"type":"string","maxLength":5}"#), "F", "MAX_LENGTH_ADDED"),
        (s(r#"{"type":"string","maxLength":9}"#), s(r#"{"type":"string","maxLength":5}"#), "F", "MAX_LENGTH_DECREASED"),
        (s(text), s(r#"{"type":"string","minLength":5}"#), "F", "MIN_LENGTH_ADDED"),
        (s(r#"{"type":"number"}"#), s(r#"{"type":"number","maximum":5}"#), "F", "MAXIMUM_ADDED"),
        (s(r#"{"type":"number","minimum":1}"#), s(r#"{"type":"number","minimum":5}"#), "F", "MINIMUM_INCREASED"),
        (s(r#"{"type":"array"}"#), s(r#"{"type":"array","maxItems":5}"#), "F", "MAX_ITEMS_ADDED"),
        (s(r#"{"type":"array"}"#), s(r#"{"type":"array","uniqueItems":true}"#), "F", "UNIQUE_ITEMS_ADDED"),
        (object(""), object(r#","maxProperties":5"#), "F", "MAX_PROPERTIES_ADDED"),
        (s(r#"{"type":"string","pattern":"a"}"#), s(r#"{"type":"string","pattern":"b"}"#), "-", "PATTERN_CHANGED"),
        (s(text), s(r#"{"type":"string","pattern":"b"}"#), "F", "PATTERN_ADDED"),
        (
            s(r#"{"type":"number","multipleOf":4}"#),
            s(r#"{"type":"number","multipleOf":2}"#),
            "B",
            "MULTIPLE_OF_EXPANDED",
        ),
        (
            s(r#"{"type":"number","multipleOf":4}"#),
            s(r#"{"type":"number","multipleOf":3}"#),
            "-",
            "MULTIPLE_OF_CHANGED",
        ),
        (s(r#"{"type":"array"}"#), s(r#"{"type":"array","items":{"type":"string"}}"#), "F", ""),
        (
            s(r#"{"type":"array","items":[{"type":"string"}]}"#),
            s(r#"{"type":"array","items":[{"type":"string"},{"type":"string"}]}"#),
            "F",
            "ITEM_ADDED_TO_OPEN_CONTENT_MODEL",
        ),
        (
            s(r#"{"type":"array","items":[{"type":"string"}],"additionalItems":false}"#),
            s(r#"{"type":"array","items":[{"type":"string"},{"type":"string"}],"additionalItems":false}"#),
            "B",
            "",
        ),
        (s(r#"{"oneOf":[{"type":"string"}]}"#), s(r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#), "B", ""),
        (
            s(r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#),
            s(r#"{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"boolean"}]}"#),
            "B",
            "SUM_TYPE_NARROWED",
        ),
        (
            s(r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#),
            s(r#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#),
            "B",
            "",
        ),
        (
            s(r#"{"allOf":[{"type":"string"},{"maxLength":9}]}"#),
            s(r#"{"allOf":[{"type":"string"},{"maxLength":9},{"minLength":1}]}"#),
            "F",
            "PRODUCT_TYPE_EXTENDED",
        ),
        (object(""), object(r#","dependencies":{"a":["b"]}"#), "F", ""),
        (s(r#"{"not":{"type":"integer"}}"#), s(r#"{"not":{"type":"number"}}"#), "F", "NOT_TYPE_EXTENDED"),
        (s(r#"{"not":{"type":"number"}}"#), s(r#"{"not":{"type":"integer"}}"#), "B", "NOT_TYPE_EXTENDED"),
    ];
    let changes: Vec<Change<'_>> =
        changes.iter().map(|(old, new, allowed, kind)| (&**old, &**new, *allowed, *kind)).collect();
    hold("JSON", &changes);
}

#[test]
fn another_language_is_incompatible_under_all_levels_but_none() {
    let levels =
        ["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE"];
    for level in levels {
        let mut registry = Registry::new();
        ask(&mut registry, "PUT", "/config", &json!({ "compatibility": level.to_lowercase() }));
        ask(&mut registry, "POST", "/subjects/s/versions", &json!({ "schema": "\"string\"" }));
        let other = json!({ "schema": r#"{"type":"string"}"#, "schemaType": "JSON" });
        let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &other);
        assert_eq!(status, if level == "NONE" { 200 } else { 409 }, "{level}: {answer}");
    }
}

#[test]
fn transitive_levels_look_at_all_live_versions() {
    let record = |fields: &str| json!({ "schema": format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#) });
    let required = r#"{"name":"a","type":"int"}"#;
    // 1: nothing; 2: a with a default; 3: a without one, which only the first version cannot give.
    for (level, status) in [("BACKWARD", 200), ("BACKWARD_TRANSITIVE", 409), ("FULL", 200), ("FULL_TRANSITIVE", 409)] {
        let mut registry = Registry::new();
        ask(&mut registry, "PUT", "/config/s", &json!({ "compatibility": level }));
        for version in [record(""), record(r#"{"name":"a","type":"int","default":1}"#)] {
            assert_eq!(ask(&mut registry, "POST", "/subjects/s/versions", &version).0, 200);
        }
        let third = record(required);
        let mut without = registry.clone();
        let (found, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &third);
        assert_eq!(found, status, "{level}: {answer}");
        ask(&mut without, "DELETE", "/subjects/s/versions/1", &Value::Null);
        let (found, answer) = ask(&mut without, "POST", "/subjects/s/versions", &third);
        assert_eq!(found, 200, "{level}, the first version deleted: {answer}");
    }
}

#[test]
fn a_field_that_is_two_fields_of_the_writer_is_incompatible() {
    let mut registry = Registry::new();
    let record = |aliases: &str| {
        json!({ "schema": format!(
            r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":"int"{aliases}}},{{"name":"b","type":"int"}}]}}"#
        ) })
    };
    ask(&mut registry, "POST", "/subjects/s/versions", &record(""));
    let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &record(r#","aliases":["b"]"#));
    assert_eq!((status, &answer["error_code"]), (409, &json!(40901)));
    let ambiguous = "Reader record field a type:INT pos:0 matches multiple fields in writer record schema";
    assert!(answer["message"].as_str().unwrap().contains(ambiguous), "{answer}");
}

#[test]
fn an_enum_or_a_fixed_may_be_defined_again_as_it_is() {
    let twice = |kind: &str, first: &str, second: &str| {
        let of = |definition: &str| format!(r#"{{"type":"{kind}","name":"T",{definition}}}"#);
        let (first, second) = (of(first), of(second));
        let fields = format!(r#"{{"name":"f","type":{first}}},{{"name":"g","type":{second}}}"#);
        let body = json!({ "schema": format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#) });
        ask(&mut Registry::new(), "POST", "/subjects/s/versions", &body)
    };
    let (status, answer) = twice("enum", r#""symbols":["A"]"#, r#""symbols":["A"]"#);
    assert_eq!(status, 200, "{answer}");
    assert!(answer["schema"].as_str().unwrap().ends_with(r#"{"name":"g","type":"T"}]}"#), "{answer}");
    assert_eq!(twice("fixed", r#""size":4"#, r#""size":4"#).0, 200);
    assert_eq!(twice("enum", r#""symbols":["A"]"#, r#""symbols":["A","B"]"#).0, 422);
    assert_eq!(twice("fixed", r#""size":4"#, r#""size":8"#).0, 422);
    assert_eq!(twice("record", r#""fields":[]"#, r#""fields":[]"#).0, 422);
}
