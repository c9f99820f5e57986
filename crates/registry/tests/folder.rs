#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

//! Folders of schemas: what is registered under which name, what files refer to, and what is said of those that are refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kafka_trial_registry::{FolderError, LoadedSchema, Registry, Request, SchemaFolder};
use serde_json::{Value, json};

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }

    fn load(&self, registry: &mut Registry) -> Vec<LoadedSchema> {
        SchemaFolder::read(&self.0).unwrap().register(registry, Duration::from_secs(1))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn get(registry: &mut Registry, target: &str) -> Value {
    serde_json::from_str(&registry.answer(&Request::new("GET", target, "", Duration::ZERO)).body).unwrap()
}

fn lines(loaded: &[LoadedSchema]) -> Vec<String> {
    loaded.iter().map(ToString::to_string).collect()
}

#[test]
fn files_are_registered_after_those_that_they_refer_to() {
    let folder = Folder::new(
        "referring",
        &[
            (
                "a-value.avsc",
                r#"{"type":"record","name":"A","namespace":"shop","fields":[{"name":"m","type":"Money"},{"name":"c","type":["null","shop.Currency"]}]}"#,
            ),
            (
                "types/money.avsc",
                r#"{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"c","type":{"type":"enum","name":"Currency","symbols":["EUR"]}}]}"#,
            ),
            ("b-value.json", r#"{"properties":{"m":{"$ref":"types/m.json#/$defs/m"},"n":{"$ref":"http://shop/n"}}}"#),
            ("types/m.json", r#"{"$defs":{"m":{"type":"integer"}}}"#),
            ("types/n.json", r#"{"$id":"http://shop/n","type":"integer"}"#),
            ("c-value.proto", "syntax = \"proto3\"; import \"types/p.proto\"; message C { P p = 1; }"),
            ("types/p.proto", "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; message P {}"),
            ("README.md", "Not a schema."),
            (".hidden/x.avsc", "{"),
        ],
    );
    let mut registry = Registry::new();
    let loaded = folder.load(&mut registry);
    assert_eq!(
        lines(&loaded),
        [
            "a-value.avsc: a-value version 1",
            "b-value.json: b-value version 1",
            "c-value.proto: c-value version 1",
            "types/m.json: m version 1",
            "types/money.avsc: money version 1",
            "types/n.json: n version 1",
            "types/p.proto: types/p.proto version 1",
        ]
    );
    assert!(loaded.iter().all(|schema| schema.is_new));
    let references = |registry: &mut Registry, subject: &str| {
        get(registry, &format!("/subjects/{subject}/versions/1")).get("references").cloned()
    };
    assert_eq!(
        references(&mut registry, "a-value"),
        Some(json!([{ "name": "shop.Money", "subject": "money", "version": 1 }]))
    );
    assert_eq!(
        references(&mut registry, "b-value"),
        Some(json!([
            { "name": "http://shop/n", "subject": "n", "version": 1 },
            { "name": "types/m.json", "subject": "m", "version": 1 }
        ]))
    );
    assert_eq!(
        references(&mut registry, "c-value"),
        Some(json!([{ "name": "types/p.proto", "subject": "types/p.proto", "version": 1 }]))
    );
    let again = folder.load(&mut registry);
    assert!(again.iter().all(|schema| schema.problem.is_none() && !schema.is_new));
}

#[test]
fn versions_are_registered_in_the_order_of_their_numbers() {
    let record = |fields: &str| format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
    let field = |name: &str, more: &str| format!(r#"{{"name":"{name}","type":"int"{more}}}"#);
    let (first, second) = (record(""), record(&field("a", ",\"default\":0")));
    let third = record(&(field("a", ",\"default\":0") + "," + &field("b", "")));
    let files = [("r/v2.avsc", second.as_str()), ("r/v1.avsc", &first), ("r/v10.avsc", &third)];
    let loaded = Folder::new("versions", &files).load(&mut Registry::new());
    assert_eq!(
        lines(&loaded),
        [
            "r/v1.avsc: r version 1",
            "r/v2.avsc: r version 2",
            "r/v10.avsc: incompatible: READER_FIELD_MISSING_DEFAULT_VALUE: The field 'b' at path '/fields/1' in the new schema \
             has no default value and is missing in the old schema (against version 2)",
        ]
    );
}

#[test]
fn a_refused_file_is_named_with_the_place_of_its_mistake() {
    let folder = Folder::new(
        "refused",
        &[
            (
                "a.avsc",
                "{\"type\": \"record\", \"name\": \"A\", \"fields\": [\n  {\"name\": \"x\", \"type\": \"Missing\"}]}",
            ),
            ("b.json", "{\"type\":\n  nonsense}"),
            ("c.proto", "syntax = \"proto3\";\nmessage C { int32 = 1; }"),
            ("d.avsc", "{\"type\": \"array\", \"items\": \"A\"}"),
            ("e.avsc", "\"string\""),
            ("x/e.avsc", "\"int\""),
            ("loop.proto", "syntax = \"proto3\"; import \"pool.proto\";"),
            ("pool.proto", "syntax = \"proto3\"; import \"loop.proto\";"),
        ],
    );
    let loaded = folder.load(&mut Registry::new());
    assert_eq!(
        lines(&loaded),
        [
            "a.avsc:2:25: Invalid schema of type AVRO: undefined name: \"Missing\" (field 0 of A) at line 2, column 25",
            "b.json:2:3: Invalid schema of type JSON: expected a value at line 2, column 3",
            "c.proto:2:19: Invalid schema of type PROTOBUF: expected a name at line 2, column 19",
            "d.avsc: it refers to a.avsc, which was refused",
            "e.avsc: e version 1",
            "x/e.avsc: the subject e is also that of e.avsc: rename one of them, or number them as versions: e/v1.avsc",
            "loop.proto: it refers to pool.proto, which was refused",
            "pool.proto: it refers to loop.proto, which refers back to it: break the circle",
        ]
    );
}

#[test]
fn a_folder_without_schemas_is_an_error() {
    let folder = Folder::new("empty", &[("README.md", "")]);
    let error = SchemaFolder::read(&folder.0).unwrap_err();
    assert!(matches!(error, FolderError::Empty { .. }), "{error}");
    let error = SchemaFolder::read(folder.0.join("nowhere")).unwrap_err();
    assert!(matches!(error, FolderError::Unreadable { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_left_out_and_what_is_no_plain_file_is_refused() {
    let folder = Folder::new("links", &[("a.avsc", r#""string""#)]);
    std::os::unix::fs::symlink(".", folder.0.join("again")).unwrap();
    assert_eq!(SchemaFolder::read(&folder.0).unwrap().subjects(), ["a"]);
    std::os::unix::fs::symlink("/dev/zero", folder.0.join("b.avsc")).unwrap();
    let refused = SchemaFolder::read(&folder.0).unwrap_err().to_string();
    assert!(refused.ends_with("b.avsc: it is no plain file"), "{refused}");
    std::fs::remove_file(folder.0.join("b.avsc")).unwrap();
    std::fs::write(folder.0.join("b.avsc"), " ".repeat(4_000_001)).unwrap();
    let refused = SchemaFolder::read(&folder.0).unwrap_err().to_string();
    assert!(refused.ends_with("b.avsc: it is larger than 4 MB"), "{refused}");
}
