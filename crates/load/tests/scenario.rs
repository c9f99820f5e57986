//! Loads from files, and what is said of those that are wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::PathBuf;
use std::time::Duration;

use kafka_trial_load::live::Payload;
use kafka_trial_load::{Load, Plan, Scenario, Shape, Work};
use serde_json::{Value as Json, json};

/// A file in a folder of its own, which is gone at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
        Self(folder.join(name))
    }

    fn beside(&self, name: &str, text: &str) {
        std::fs::write(self.0.with_file_name(name), text).unwrap();
    }

    fn read(&self) -> Result<Scenario, String> {
        Scenario::read(&self.0).map_err(|error| error.to_string())
    }

    /// What is wrong with it, from its place on.
    fn complaint(&self) -> String {
        let error = self.read().unwrap_err();
        let place = error.strip_prefix(&format!("{}:", self.0.display()));
        place.unwrap_or_else(|| panic!("{error} does not begin with the file")).to_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

const YAML: &str = "\
request: requests
response: responses
payload: { event_type: order, items: [1, 2] }
stages:
  - ramp: { from: 0/s, to: 200/s, for: 30s }
  - constant: { rate: 200/s, for: 1m }
  - poisson: { rate: 6000/m, for: 10s }
  - step: { from: 10, to: 30, steps: 3, for: 30s }
  - spike: { base: 10/s, peak: 100/s, for: 30s }
  - replay: { file: times.txt }
warm_up: 5s
timeout: 2s
drain: 1500ms
seed: 7
preset: flow
thresholds:
  - success_rate >= 99%
";

const TOML: &str = "\
request = 'requests'
response = 'responses'
warm_up = '5s'
timeout = '2s'
drain = '1500ms'
seed = 7
preset = 'flow'
thresholds = ['success_rate >= 99%']
payload = { event_type = 'order', items = [1, 2] }

[[stages]]
ramp = { from = '0/s', to = '200/s', for = '30s' }
[[stages]]
constant = { rate = 200, for = '1m' }
[[stages]]
poisson = { rate = '6000/m', for = '10s' }
[[stages]]
step = { from = 10, to = 30, steps = 3, for = '30s' }
[[stages]]
spike = { base = '10/s', peak = '100/s', for = '30s' }
[[stages]]
replay = { file = 'times.txt' }
";

#[test]
fn the_same_load_is_read_from_yaml_and_toml() {
    let [yaml, toml] = [("all.yaml", YAML), ("all.toml", TOML)].map(|(name, text)| {
        let file = File::new(name, text);
        file.beside("times.txt", "# recorded\n0\n0.25\n1.5\n");
        file.read().unwrap()
    });
    assert_eq!(format!("{yaml:?}"), format!("{toml:?}"));
    let Work::Run(Plan { load: Load::Open(stages), warm_up, timeout, drain, seed, .. }) = yaml.work else {
        panic!("stages are an open load")
    };
    assert_eq!(
        (warm_up, timeout, drain),
        (Duration::from_secs(5), Duration::from_secs(2), Duration::from_millis(1500))
    );
    assert_eq!((seed, stages.len()), (7, 10));
    let recorded = [0, 250, 1500].map(Duration::from_millis).to_vec();
    assert_eq!(stages.last().unwrap().shape, Shape::Replay(recorded));
    let thresholds: Vec<String> = yaml.thresholds.iter().map(ToString::to_string).collect();
    assert_eq!(thresholds, ["p99(response) < 500ms", "lost == 0", "duplicates == 0", "success_rate >= 99%"]);
}

#[test]
fn closed_loads_and_searches_are_scenarios_too() {
    let head = "request: a\nresponse: b\n";
    let closed = File::new("closed.yml", &format!("{head}concurrent: {{ in_flight: 50, think: 3ms, for: 10s }}\n"));
    let Work::Run(plan) = closed.read().unwrap().work else { panic!("a closed load is one run") };
    let (think, duration) = (Duration::from_millis(3), Duration::from_secs(10));
    assert_eq!(plan.load, Load::Closed { in_flight: 50, think, duration });
    let search = "search: { from: 100/s, to: 1000/s, for: 5s, within: 10%, runs: 9, poisson: true }\n";
    let search = File::new("search.yml", &format!("{head}{search}"));
    let Work::Search { range, plan, is_poisson } = search.read().unwrap().work else { panic!("it is a search") };
    assert_eq!((range.from, range.to, range.within, range.most_runs), (100.0, 1000.0, 0.1, 9));
    assert!(is_poisson && plan.load.duration() == Duration::from_secs(5));
}

#[test]
fn events_come_from_files_folders_and_lines_and_what_is_wrong_in_them_is_named() {
    let file = File::new(
        "events.yaml",
        "request: a\nresponse: b\nconcurrent: { in_flight: 1, for: 1s }\npayload: [100..200, one.json, many.jsonl, all]\nkey: none\nheaders: { kind: load }\n",
    );
    let folder = file.0.with_file_name("all");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [("2.json", "{\"b\": 2}"), ("1.json", "{\"b\": 1}"), ("notes.txt", "none")] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    file.beside("one.json", "{\"a\": \"{{number}}\"}");
    file.beside("many.jsonl", "{\"c\": 1}\n\n{\"c\": 2}\n");
    let scenario = file.read().unwrap();
    let payload = |event: Json| Payload::event(&event).unwrap();
    let events = [json!({"a": "{{number}}"}), json!({"c": 1}), json!({"c": 2}), json!({"b": 1}), json!({"b": 2})];
    let expected = std::iter::once(Payload::sized_between(100..=200)).chain(events.map(payload)).collect();
    let expected = Payload::in_turn(expected).unwrap().keyless().header("kind", "load").unwrap();
    assert_eq!(scenario.payload, expected);
    for (name, text, wrong) in [
        ("one.json", "{\n  \"a\": \"{{numbr}}\"}", "one.json:2:9: {{numbr}}: expected correlation_id, number"),
        ("one.json", "{\"a\": }", "one.json:1:7: expected value"),
        ("one.json", "[]", "one.json:1:1: a payload is a JSON object, found []"),
        ("many.jsonl", "{}\n{\"a\"}\n", "many.jsonl:2:5: expected `:`"),
        ("many.jsonl", "\n", "many.jsonl:1:1: expected at least one event"),
    ] {
        file.beside("one.json", "{}");
        file.beside("many.jsonl", "{}");
        file.beside(name, text);
        let error = file.read().unwrap_err();
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn what_is_wrong_is_named_with_line_and_column_and_what_was_expected() {
    let mut others = Vec::new();
    for (name, from, to, expected) in [
        ("threshold.yaml", "success_rate >= 99%", "p99 < 5", "17:5: p99 < 5: column 8: expected us, ms or s"),
        ("field.yaml", "warm_up: 5s", "warmup: 5s", "11:1: unknown field `warmup`, expected one of bootstrap, request"),
        ("rate.yaml", "200/s, for: 1m", "fast, for: 1m", "6:23: expected a rate above 0, such as 200/s"),
        ("time.yaml", "timeout: 2s", "timeout: soon", "12:10: expected number at 0; expected 10s, 500ms or 2m"),
        ("stage.yaml", "constant:", "steady:", "6:5: unknown variant `steady`, expected one of constant, poisson"),
        ("preset.yaml", "preset: flow", "preset: fast", "15:9: unknown variant `fast`, expected one of default, flow"),
        ("none.yaml", "request: requests\n", "", "missing field `request`"),
        ("open.yaml", "payload: {", "payload: [", "3:"),
        ("length.yaml", "200/s, for: 1m", "200/s, for: 0s", "6:35: expected a time above 0, such as 10s"),
        ("steps.yaml", "steps: 3", "steps: 0", "8:31: invalid value: integer `0`, expected a nonzero u32"),
        ("standing.yaml", "rate: 200/s", "rate: 0/s", "1:1: expected a rate above 0"),
        ("warm.yaml", "warm_up: 5s", "warm_up: 1h", "1:1: warm-up and cool-down take 1h, and the whole load"),
        (
            "filled.yaml",
            "event_type: order",
            "event_type: '{{numbr}}'",
            "{{numbr}}: expected correlation_id, number, now",
        ),
        ("key.yaml", "seed: 7", "key: '{{random 9}}'", "14:6: {{random 9}}: expected correlation_id, number, now"),
        ("headers.yaml", "seed: 7", "headers: { a: '{{x}}' }", "14:15: {{x}}: expected correlation_id"),
        ("threshold.toml", "success_rate >= 99%", "p99 < 5", "8:15: p99 < 5: column 8: expected us, ms or s"),
        ("field.toml", "warm_up = '5s'", "warmup = '5s'", "3:1: unknown field `warmup`, expected one of `bootstrap`"),
        ("rate.toml", "rate = 200,", "rate = 'fast',", "14:21: expected a rate above 0, such as 200/s"),
        ("time.toml", "timeout = '2s'", "timeout = 'soon'", "4:11: expected number at 0; expected 10s, 500ms or 2m"),
        ("stage.toml", "constant =", "steady =", "14:1: unknown variant `steady`, expected one of `constant`"),
        ("filled.toml", "'order'", "'{{numbr}}'", "9:11: {{numbr}}: expected correlation_id, number, now"),
        ("open.toml", "[[stages]]", "[[stages", "11:9: "),
    ] {
        let text = if name.ends_with("toml") { TOML } else { YAML };
        assert!(text.contains(from), "{name}");
        let file = File::new(name, &text.replacen(from, to, 1));
        file.beside("times.txt", "0\n");
        let complaint = file.complaint();
        if !complaint.contains(expected) {
            others.push(format!("{name}: {complaint}"));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn what_the_parts_do_not_fit_together_is_said() {
    let head = "request: a\nresponse: b\n";
    let one = "expected exactly one of stages, concurrent and search";
    for (load, expected) in [
        ("", one),
        ("stages: []\nconcurrent: { in_flight: 5, for: 1s }\n", one),
        ("stages: []\n", "expected at least one stage"),
        ("concurrent: { in_flight: 0, for: 1s }\n", "zero"),
        ("search: { from: 100/s, to: 10/s, for: 1s }\n", "a search goes from a rate above 0 to a higher one"),
    ] {
        let complaint = File::new("parts.yaml", &format!("{head}{load}")).complaint();
        assert!(complaint.contains(expected), "{complaint}");
    }
    let file = File::new("replay.yaml", &format!("{head}stages: [{{ replay: {{ file: times.txt }} }}]\n"));
    let missing = file.read().unwrap_err();
    assert!(missing.contains("times.txt: No such file"), "{missing}");
    file.beside("times.txt", "0.5\n  0.25\n");
    let backwards = file.read().unwrap_err();
    assert!(backwards.contains("times.txt:2:3: 0.25: expected seconds from the start"), "{backwards}");
    let other = File::new("load.json", "{}").read().unwrap_err();
    assert!(other.ends_with("load.json: the name of a scenario ends with .yaml, .yml or .toml"), "{other}");
}
