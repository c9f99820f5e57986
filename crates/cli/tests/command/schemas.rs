//! Folders of schemas: checked, and registered at the start.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kafka_trial_registry::{RegistryClient, SchemaRegistry};
use serde_json::{Value as Json, json};

use crate::support::{Serve, output};

const OLD: &str = r#"{"type":"record","name":"Order","fields":[]}"#;
const NEW: &str = r#"{"type":"record","name":"Order","fields":[
  {"name":"id","type":"long"}]}"#;

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&root);
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn schemas_check_shows_what_a_registry_would_refuse() {
    let folder = Folder::new(
        "schemas-check",
        &[
            ("orders-value/v1.avsc", OLD),
            ("orders-value/v2.avsc", NEW),
            ("pay.proto", "syntax = \"proto3\";\nmessage {}"),
        ],
    );
    let junit = folder.0.join("schemas.xml");
    let (status, stdout, stderr) = output(&["schemas", "check", folder.path(), "--junit", junit.to_str().unwrap()]);
    assert_eq!(status, Some(1), "{stderr}");
    for line in [
        "FILE                  SUBJECT       TYPE      VERSION  RESULT",
        "orders-value/v1.avsc  orders-value  AVRO            1  new",
        "orders-value/v2.avsc: incompatible\n  READER_FIELD_MISSING_DEFAULT_VALUE: The field 'id' at path '/fields/0'",
        "pay.proto:2:9: invalid\n  Invalid schema of type PROTOBUF: expected a name at line 2, column 9",
        "2 of 3 schemas refused.",
    ] {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains(r#"tests="3""#) && junit.contains(r#"failures="2""#), "{junit}");
    let (status, stdout, _) = output(&["schemas", "check", folder.path(), "--level", "forward", "--json"]);
    let report: Json = serde_json::from_str(&stdout).unwrap();
    let results: Vec<&Json> = report["schemas"].as_array().unwrap().iter().map(|schema| &schema["result"]).collect();
    assert_eq!((status, results), (Some(1), vec![&json!("new"), &json!("new"), &json!("invalid")]));
    assert_eq!((&report["refused"], &report["schemas"][2]["line"]), (&json!(1), &json!(2)));
    let (status, _, stderr) = output(&["schemas", "check", "no/such/folder"]);
    assert!(status == Some(2) && stderr.contains("no/such/folder"), "{stderr}");
}

#[test]
fn schemas_check_asks_the_registry_that_it_is_told_of() {
    let registry = SchemaRegistry::start().unwrap();
    let client = RegistryClient::new(&registry.url(), Duration::from_secs(10)).unwrap();
    let register = |subject: &str, schema: &str, references: Json| {
        let body = json!({ "schema": schema, "references": references }).to_string();
        let reply = client.ask("POST", &format!("/subjects/{subject}/versions"), &body).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
    };
    register("money", r#"{"type":"record","name":"Money","fields":[]}"#, json!([]));
    register(
        "orders-value",
        r#"{"type":"record","name":"Order","fields":[{"name":"m","type":"Money"}]}"#,
        json!([{ "name": "Money", "subject": "money", "version": 1 }]),
    );
    register("other", "\"int\"", json!([]));
    let folder = Folder::new(
        "schemas-against",
        &[
            ("orders-value.avsc", r#"{"type":"record","name":"Order","fields":[{"name":"m","type":"Money"}]}"#),
            ("money.avsc", r#"{"type":"record","name":"Money","fields":[{"name":"c","type":"string"}]}"#),
            ("fresh.avsc", "\"string\""),
        ],
    );
    let check = |more: &[&str]| {
        let url = registry.url();
        let (status, stdout, stderr) =
            output(&[&["schemas", "check", folder.path(), "--json", "--against", &url][..], more].concat());
        let report: Json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        let of =
            |schema: &Json| format!("{} {}", schema["subject"].as_str().unwrap(), schema["result"].as_str().unwrap());
        (status, report["schemas"].as_array().unwrap().iter().map(of).collect::<Vec<_>>())
    };
    // Its reference was refused, so that nothing can be said of it.
    let refused = ["fresh new", "money incompatible", "orders-value invalid"].map(str::to_owned).to_vec();
    assert_eq!(check(&[]), (Some(1), refused));
    let taken = ["fresh new", "money new", "orders-value new"].map(str::to_owned).to_vec();
    assert_eq!(check(&["--level", "NONE"]), (Some(0), taken));
    std::fs::remove_file(folder.0.join("money.avsc")).unwrap();
    std::fs::write(folder.0.join("other.avsc"), " \"int\" ").unwrap();
    std::fs::remove_file(folder.0.join("orders-value.avsc")).unwrap();
    assert_eq!(check(&[]), (Some(0), ["fresh new", "other unchanged"].map(str::to_owned).to_vec()));
    assert_eq!(client.ask("GET", "/subjects", "").unwrap().body, r#"["money","orders-value","other"]"#);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (status, _, stderr) = output(&["schemas", "check", folder.path(), "--against", &format!("http://{nobody}")]);
    assert!(status == Some(1) && stderr.contains("no schema registry answers at"), "{stderr}");
}

#[test]
fn serve_and_run_register_a_folder_of_schemas() {
    let folder = Folder::new("schemas-start", &[("orders-value.avsc", OLD), ("shop/pay.json", "{}")]);
    let mut serve = Serve::start(&["--schemas", folder.path()]);
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(stderr.contains("schema registry on http://127.0.0.1:") && stderr.contains("2 schemas"), "{stderr}");
    let script = "exec 3<>/dev/tcp/${TEST_SCHEMA_REGISTRY_URL#http://127.0.0.1:}";
    let script = format!(
        "{}; printf 'GET /subjects HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3",
        script.replace("/tcp/", "/tcp/127.0.0.1/")
    );
    let (status, stdout, stderr) = output(&["run", "--schemas", folder.path(), "--", "bash", "-c", &script]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.ends_with(r#"["orders-value","pay"]"#), "{stdout}");
}

#[test]
fn a_refused_schema_keeps_serve_and_run_from_starting() {
    let folder = Folder::new("schemas-refused", &[("a.avsc", "\"int\""), ("b.avsc", "\n\"Missing\"")]);
    for arguments in [
        &["serve", "--port", "0", "--schemas", folder.path()][..],
        &["run", "--schemas", folder.path(), "--", "echo", "ran"],
    ] {
        let (status, stdout, stderr) = output(arguments);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
        let refused =
            "1 of 2 schemas are refused\n  b.avsc:2:1: Invalid schema of type AVRO: undefined name: \"Missing\"";
        assert!(stderr.contains(refused), "{stderr}");
    }
    let (status, _, stderr) = output(&["serve", "--port", "0", "--registry", "off", "--schemas", folder.path()]);
    assert!(status == Some(2) && stderr.contains("the registry is off"), "{stderr}");
}
