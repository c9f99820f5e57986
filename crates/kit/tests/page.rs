//! The waterfall page in a real browser, where one is there: drawn from file://, without a network, with the keyboard.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, now_millis};
use kafka_trial::flow::{FlowTracker, Follow, Route, artifacts};
use kafka_trial::{Cluster, ClusterConfig, Record, TopicSpec};

const LIMIT: Duration = Duration::from_secs(10);
/// What Chromium and its kin are called.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser of this machine, by its name.
fn browser() -> Option<&'static str> {
    let runs = |name: &&&str| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    BROWSERS.iter().find(runs).copied()
}

/// The page of a flow of three records, whose texts would like to be markup.
fn page(folder: &Path) -> PathBuf {
    let topics = vec![TopicSpec::new("requests", 1), TopicSpec::new("responses", 1)];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let servers = cluster.bootstrap_servers();
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    for (topic, after) in [("requests", 0), ("responses", 40), ("responses", 90)] {
        let value = br#"{"correlation_id": "a</script><b>", "event_id": "e"}"#;
        let record = Record::new(topic, value).timestamp(now_millis() + after);
        client.produce(&record, Deadline::after(LIMIT)).unwrap();
    }
    let mut tracker = FlowTracker::connect(&servers, Deadline::after(LIMIT)).unwrap();
    let follow = Follow::new("a</script><b>", Route::through(["requests", "responses"]));
    let flow = tracker.follow(&follow, Duration::ZERO);
    artifacts::write(folder, "page", &[flow]).unwrap().remove(0)
}

fn run(browser: &str, profile: &Path, arguments: &[&str]) -> String {
    let done = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1200,900"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn a_browser_draws_the_waterfall_and_the_keyboard_moves_through_it() {
    let Some(browser) = browser() else {
        eprintln!("skipped: none of {} is installed", BROWSERS.join(", "));
        return;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
    let profile = folder.join("profile");
    let path = page(&folder);
    let drawn = run(browser, &profile, &["--dump-dom", &format!("file://{}", path.display())]);
    assert!(drawn.contains(r#"data-ready="true""#), "{drawn}");
    assert_eq!(drawn.matches(r#"role="option""#).count(), 3, "{drawn}");
    assert_eq!(drawn.matches("class=\"mark ghost\"").count(), 1, "the second answer is a duplicate: {drawn}");
    assert!(drawn.contains("<h1>a&lt;/script&gt;&lt;b&gt;</h1>"), "{drawn}");
    assert!(drawn.contains(r#"<div class="odd"><div>responses-0@1 repeats responses-0@0: "#), "{drawn}");
    assert!(drawn.contains(r#"class="row picked" tabindex="0" role="option" data-row="0""#), "{drawn}");

    // A key is pressed by a script that is added to a copy; the page itself lets no other in.
    let pressed = path.with_file_name("pressed.html");
    let press = r#"document.querySelector("svg").dispatchEvent(new KeyboardEvent("keydown", { key: "j" }));"#;
    let text = std::fs::read_to_string(&path).unwrap();
    let end = text.rfind("</script>").unwrap();
    std::fs::write(&pressed, format!("{}{press}{}", &text[..end], &text[end..])).unwrap();
    let drawn = run(browser, &profile, &["--dump-dom", &format!("file://{}", pressed.display())]);
    assert!(drawn.contains(r#"class="row picked" tabindex="0" role="option" data-row="1""#), "{drawn}");

    let index = artifacts::index(&folder).unwrap();
    let drawn = run(browser, &profile, &["--dump-dom", &format!("file://{}", index.page.display())]);
    assert!(drawn.contains("1 of 1 flows, 0 not as expected, 1 complete but odd"), "{drawn}");
    assert!(drawn.contains(r#"<td class="doubt">complete, odd</td>"#), "{drawn}");
    assert!(drawn.contains("&lt;/script&gt;&lt;b&gt;</a></td>"), "{drawn}");

    let shot = folder.join("page.png");
    let option = format!("--screenshot={}", shot.display());
    run(browser, &profile, &[&option, &format!("file://{}", path.display())]);
    let size = std::fs::metadata(&shot).unwrap().len();
    assert!(size > 10_000, "a picture of {size} bytes shows nothing");
}
