//! `cargo xtask schema`: Kafka's message definitions in our own compact form.
//!
//! For a new Kafka release: `cargo xtask schema --kafka 4.4.0`, look at the diff, build.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

const KAFKA: &str = "4.3.1";
const OUTPUT: &str = "crates/wire/schema/kafka.txt";

/// The jars with definitions that are read.
const JARS: [&str; 3] = ["kafka-clients", "kafka-group-coordinator", "kafka-transaction-coordinator"];

/// The options of `cargo xtask schema`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The Kafka release to read
    #[arg(long, default_value = KAFKA)]
    kafka: String,
    /// A folder with Kafka's jars; without it Maven resolves those that are read
    #[arg(long)]
    jars: Option<PathBuf>,
    /// Write nothing; fail when the data in the repository differs
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = match &options.jars {
        Some(folder) => folder.clone(),
        None => resolve_jars(&options.kafka)?,
    };
    let jars = JARS.map(|name| folder.join(format!("{name}-{}.jar", options.kafka)));
    let text = compact(&options.kafka, &definitions(&jars)?)?;
    if options.check {
        let present = fs::read_to_string(OUTPUT).context(OUTPUT)?;
        ensure!(present == text, "{OUTPUT} differs from {}: run `cargo xtask schema`", folder.display());
        println!("{OUTPUT} agrees with {}", folder.display());
    } else {
        fs::write(OUTPUT, &text).context(OUTPUT)?;
        println!("{OUTPUT}: {} lines, {} bytes", text.lines().count(), text.len());
    }
    Ok(())
}

/// Fails when the data in the repository differs from the definitions of our Kafka release.
pub(crate) fn check() -> Result<()> {
    run(&Options { kafka: KAFKA.to_owned(), jars: None, check: true })
}

fn resolve_jars(version: &str) -> Result<PathBuf> {
    let folder = Path::new("target/kafka-jars");
    for name in JARS.iter().filter(|name| !folder.join(format!("{name}-{version}.jar")).exists()) {
        let status = Command::new("mvn")
            .args(["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"])
            .arg(format!("-Dartifact=org.apache.kafka:{name}:{version}"))
            .arg(format!("-DoutputDirectory={}", fs::canonicalize(".")?.join(folder).display()))
            .status()
            .context("mvn could not be started; install Maven or pass --jars FOLDER")?;
        ensure!(status.success(), "mvn found no {name} {version}");
    }
    Ok(folder.to_owned())
}

/// The definitions in the jars, sorted by kind and key.
fn definitions(jars: &[PathBuf]) -> Result<Vec<Value>> {
    let mut definitions = Vec::new();
    for jar in jars {
        let mut archive = zip::ZipArchive::new(fs::File::open(jar).with_context(|| jar.display().to_string())?)?;
        for index in 0..archive.len() {
            let mut file = archive.by_index(index)?;
            if !(file.name().starts_with("common/message/") && file.name().ends_with(".json")) {
                continue;
            }
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            let bare: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let value: Value = serde_json::from_str(&bare.join("\n")).with_context(|| file.name().to_owned())?;
            if is_wanted(&value) {
                definitions.push(value);
            }
        }
    }
    definitions.sort_by_key(|value| {
        let key = value["apiKey"].as_i64().filter(|_| !is_record(value)).unwrap_or(i64::MAX);
        (key, value["name"].to_string())
    });
    Ok(definitions)
}

/// Whether it is a part of a record in a coordinator's topic.
fn is_record(definition: &Value) -> bool {
    definition["type"].as_str().is_some_and(|kind| kind.starts_with("coordinator-"))
}

/// What a broker listener serves, the headers, what consumers put into group messages, and the records in which the
/// coordinators of consumers and transactions keep their state.
fn is_wanted(definition: &Value) -> bool {
    let name = definition["name"].as_str().unwrap_or_default();
    match definition["type"].as_str() {
        Some("request") => definition["listeners"].as_array().is_some_and(|all| all.iter().any(|l| l == "broker")),
        // A response has no listeners of its own; `compact` drops those whose request is not there.
        Some("response") => true,
        Some("header") => true,
        Some("coordinator-key" | "coordinator-value") => {
            ["OffsetCommit", "GroupMetadata", "ConsumerGroup", "TransactionLog"].iter().any(|s| name.starts_with(s))
                && name != "ConsumerGroupPartitionMetadataValue"
        }
        _ => matches!(name, "ConsumerProtocolAssignment" | "ConsumerProtocolSubscription"),
    }
}

fn compact(version: &str, definitions: &[Value]) -> Result<String> {
    let served: Vec<i64> =
        definitions.iter().filter(|d| d["type"] == "request").filter_map(|d| d["apiKey"].as_i64()).collect();
    let mut out = format!("kafka {version}\n");
    for definition in definitions {
        let kind = if is_record(definition) { "record" } else { text(definition, "type")? };
        let key = definition["apiKey"].as_i64();
        let versions = text(definition, "validVersions")?;
        if versions == "none" || kind != "record" && key.is_some_and(|key| !served.contains(&key)) {
            continue;
        }
        let key = key.map_or_else(|| "-".to_owned(), |key| key.to_string());
        let flexible = text(definition, "flexibleVersions")?;
        writeln!(out, "{kind} {key} {} {versions} {flexible}", text(definition, "name")?)?;
        fields(&mut out, definition["fields"].as_array(), 1)?;
        for common in definition["commonStructs"].as_array().into_iter().flatten() {
            writeln!(out, " struct {}", text(common, "name")?)?;
            fields(&mut out, common["fields"].as_array(), 2)?;
        }
    }
    Ok(out)
}

fn fields(out: &mut String, list: Option<&Vec<Value>>, depth: usize) -> Result<()> {
    for field in list.into_iter().flatten() {
        let indent = " ".repeat(depth);
        // A field that is tagged in all of its versions may name them once.
        let versions = text(field, "versions").or_else(|_| text(field, "taggedVersions"))?;
        write!(out, "{indent}{} {} {versions}", text(field, "name")?, text(field, "type")?)?;
        if let Some(tag) = field["tag"].as_i64() {
            write!(out, " tag={tag}:{}", text(field, "taggedVersions")?)?;
        }
        if let Some(versions) = field["nullableVersions"].as_str() {
            write!(out, " null={versions}")?;
        }
        match &field["default"] {
            Value::Null => {}
            Value::String(default) if default.contains(' ') => bail!("a default with a space: {default}"),
            Value::String(default) => write!(out, " default={default}")?,
            default => write!(out, " default={default}")?,
        }
        if field["ignorable"] == true || field["ignorable"] == "true" {
            write!(out, " ignorable")?;
        }
        if let Some(versions) = field["flexibleVersions"].as_str() {
            write!(out, " flexible={versions}")?;
        }
        out.push('\n');
        fields(out, field["fields"].as_array(), depth + 1)?;
    }
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("{key} is missing in {}", value["name"]))
}
