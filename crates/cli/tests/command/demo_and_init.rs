//! `kafka-trial demo` and `kafka-trial init`.

use crate::support::{output, scratch};

#[test]
fn demo_completes_every_flow_without_colours_in_a_pipe() {
    let (status, stdout, stderr) = output(&["demo"]);
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("6 of 6 flows are complete"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
}

#[test]
fn init_writes_once_and_replaces_only_when_forced() {
    let folder = scratch("init", "").with_file_name("integration");
    let folder_text = folder.to_str().unwrap();
    assert_eq!(output(&["init", folder_text]).0, Some(0));
    let module = folder.join("kafka_utils.py");
    let written = std::fs::read_to_string(&module).unwrap();
    assert_eq!(written.lines().count(), 1);
    assert!(output(&["init", folder_text]).1.contains("nothing to do"));
    std::fs::write(&module, "mine = 1\n").unwrap();
    let (status, _, stderr) = output(&["init", folder_text]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("--force replaces it"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&module).unwrap(), "mine = 1\n");
    assert_eq!(output(&["init", folder_text, "--force"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(&module).unwrap(), written);
}
