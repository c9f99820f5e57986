//! The page as a browser shows it: in headless Chromium, where that is installed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod simulated;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use kafka_trial_load::{Load, Plan};
use serde_json::Value as Json;

use crate::simulated::simulate;

/// What the frame around the page finds out about it, as JSON in its title.
const LOOK: &str = "\
const page = document.querySelector('iframe').contentDocument, view = page.defaultView;
const rgb = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
const light = color => rgb(color).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const style = view.getComputedStyle(page.body);
const inside = text => { const box = text.getBoundingClientRect(), svg = text.ownerSVGElement.getBoundingClientRect();
  return box.left >= svg.left - 1 && box.right <= svg.right + 1 && box.bottom <= svg.bottom + 1; };
document.title = JSON.stringify({
  charts: page.querySelectorAll('svg').length,
  lines: [...page.querySelectorAll('polyline')].filter(line => line.getBoundingClientRect().width > 20).length,
  stalls: page.querySelectorAll('rect.stall').length,
  outside: [...page.querySelectorAll('svg text')].filter(text => !inside(text)).map(text => text.textContent),
  sideways: page.documentElement.scrollWidth - page.documentElement.clientWidth,
  contrast: contrast(style.color, style.backgroundColor),
  background: light(style.backgroundColor),
});";

fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.exists())
}

fn look(chromium: &PathBuf, page: &str, width: u32, is_dark: bool) -> Json {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{}-{width}-{is_dark}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let escaped = page.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!("<iframe style=\"width: {width}px; height: 4000px\" srcdoc=\"{escaped}\"></iframe>");
    let outer = format!("<!DOCTYPE html><meta charset=utf-8>{frame}<script>onload = () => {{ {LOOK} }}</script>");
    std::fs::write(folder.join("outer.html"), outer).unwrap();
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    if is_dark {
        command.args(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]);
    }
    let output = command.arg("--dump-dom").arg(folder.join("outer.html")).output().unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = std::fs::remove_dir_all(&folder);
    let title = dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let (title, _) = title.unwrap_or_else(|| panic!("the page was not looked at: {stderr}"));
    serde_json::from_str(&title.replace("&quot;", "\"").replace("&amp;", "&")).unwrap()
}

#[test]
fn a_browser_shows_the_page_wide_and_narrow_light_and_dark() {
    let Some(chromium) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return;
    };
    let closed = Load::Closed { in_flight: 1, think: Duration::from_millis(3), duration: Duration::from_secs(10) };
    let baseline = simulate(Plan::new(closed));
    let page = simulate(Plan::new(Load::sustained(200.0, Duration::from_secs(10)))).to_html(Some(&baseline));
    for (width, is_dark) in [(1280, false), (390, false), (1280, true)] {
        let seen = look(&chromium, &page, width, is_dark);
        assert_eq!((&seen["charts"], &seen["stalls"]), (&3.into(), &2.into()), "{width}, dark {is_dark}: {seen}");
        assert!(seen["lines"].as_u64() >= Some(12), "{width}: {seen}");
        assert_eq!((&seen["outside"], &seen["sideways"]), (&Json::Array(vec![]), &0.into()), "{width}: {seen}");
        assert!(seen["contrast"].as_f64() > Some(7.0), "{width}: {seen}");
        assert_eq!(seen["background"].as_f64() < Some(0.1), is_dark, "{width}: {seen}");
    }
}
