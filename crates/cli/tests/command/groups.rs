//! `kafka-trial groups`, on the embedded broker and on a real one where it is named.

use kafka_trial::Record;
use kafka_trial::client::{Client, Deadline};
use serde_json::{Value as Json, json};

use crate::support::{LIMIT, Member, clusters, json, output, unique};

/// A topic of two partitions with five records in each, at the times 1000, 2000 ... 5000.
fn filled_topic(servers: &str) -> String {
    let topic = unique("filled");
    let created = output(&["topics", "create", "-b", servers, &format!("{topic}:2"), "--config", "retention.ms=-1"]);
    assert_eq!(created.0, Some(0), "{}", created.2);
    let deadline = Deadline::after(LIMIT);
    let mut client = Client::connect(servers, deadline).unwrap();
    for partition in 0..2 {
        for number in 1..=5 {
            let record = Record::new(&topic, "value").partition(partition).timestamp(number * 1000);
            client.produce(&record, deadline).unwrap();
        }
    }
    topic
}

fn offsets(servers: &str, group: &str) -> Vec<(i64, i64)> {
    let described = json(&["groups", "describe", "--json", "-b", servers, group]);
    let offsets = described[0]["offsets"].as_array().unwrap();
    offsets.iter().map(|o| (o["committed"].as_i64().unwrap(), o["lag"].as_i64().unwrap())).collect()
}

#[test]
fn a_group_is_reset_to_each_kind_of_place() {
    for (_cluster, servers) in clusters() {
        let (topic, group) = (filled_topic(&servers), unique("group"));
        let reset = |arguments: &[&str]| {
            output(&[&["groups", "reset", "-b", &servers, &group, "--topic", &topic], arguments].concat())
        };
        for (to, expected) in [
            (&["--to-earliest"][..], [(0, 5), (0, 5)]),
            (&["--to-latest"], [(5, 0), (5, 0)]),
            (&["--to-offset", "3"], [(3, 2), (3, 2)]),
            (&["--to-offset", "99"], [(5, 0), (5, 0)]),
            (&["--to-time", "1970-01-01T00:00:02Z"], [(1, 4), (1, 4)]),
            (&["--to-time", "4500"], [(4, 1), (4, 1)]),
            (&["--to-time", "2200-01-01T00:00:00Z"], [(5, 0), (5, 0)]),
        ] {
            let (status, stdout, stderr) = reset(to);
            assert_eq!(status, Some(0), "{to:?}: {stdout}{stderr}");
            assert_eq!(offsets(&servers, &group), expected, "{to:?}");
        }
        let (_, stdout, _) = output(&["groups", "reset", "-b", &servers, &group, "--to-earliest", "--dry-run"]);
        assert!(stdout.contains("nothing is committed: --dry-run"), "{stdout}");
        assert_eq!(offsets(&servers, &group), [(5, 0), (5, 0)]);
        let one = format!("{topic}:1");
        let moved = json(&["groups", "reset", "--json", "-b", &servers, &group, "--to-offset", "2", "--topic", &one]);
        assert_eq!(moved, json!([{ "topic": topic, "partition": 1, "from": 5, "to": 2 }]));
        assert_eq!(offsets(&servers, &group), [(5, 0), (2, 3)]);

        assert!(
            json(&["groups", "list", "--json", "-b", &servers])
                .as_array()
                .unwrap()
                .iter()
                .any(|listed| listed["group"] == group.as_str() && listed["state"] == "Empty")
        );
        assert_eq!(output(&["groups", "delete", "-b", &servers, &group]).0, Some(0));
        let (status, _, stderr) = output(&["groups", "describe", "-b", &servers, &group]);
        assert_eq!(status, Some(1));
        assert!(stderr.contains(&format!("group {group} does not exist")), "{stderr}");
        assert_eq!(output(&["topics", "delete", "-b", &servers, &topic]).0, Some(0));
    }
}

#[test]
fn a_group_with_members_is_described_and_neither_reset_nor_deleted() {
    for (_cluster, servers) in clusters() {
        let (topic, group) = (filled_topic(&servers), unique("busy"));
        let member = Member::join(&servers, &group, &topic);
        let described = json(&["groups", "describe", "--json", "-b", &servers, &group]);
        assert_eq!(described[0]["state"], "Stable");
        assert_eq!(described[0]["members"][0]["client"], "kafka-trial");
        assert_eq!(described[0]["members"][0]["host"], "/127.0.0.1");
        assert_eq!(described[0]["members"][0]["assigned"], json!([{ "topic": topic, "partition": 0 }]));
        let standing = &described[0]["offsets"][0];
        assert_eq!((&standing["committed"], &standing["end"]), (&Json::Null, &Json::from(5)));
        let table = output(&["groups", "describe", "-b", &servers, &group]).1;
        assert!(table.contains("Stable, classic") && table.contains("COMMITTED"), "{table}");

        for command in [&["reset", &group, "--to-earliest", "--topic", &topic][..], &["delete", &group]] {
            let (status, stdout, stderr) = output(&[&["groups"], command, &["-b", &servers]].concat());
            assert_eq!((status, stdout.as_str()), (Some(1), ""), "{command:?}");
            let expected = format!("group {group} still has members: kafka-trial at /127.0.0.1");
            assert!(stderr.contains(&expected), "{command:?}: {stderr}");
        }
        member.leave();
        let reset = output(&["groups", "reset", "-b", &servers, &group, "--to-earliest", "--topic", &topic]);
        assert_eq!(reset.0, Some(0), "{}", reset.2);
        assert_eq!(output(&["groups", "delete", "-b", &servers, &group]).0, Some(0));
        assert_eq!(output(&["topics", "delete", "-b", &servers, &topic]).0, Some(0));
    }
}

#[test]
fn what_cannot_be_reset_or_deleted_is_told_with_the_way_out() {
    for (_cluster, servers) in clusters() {
        let (topic, group) = (filled_topic(&servers), unique("none"));
        for (arguments, expected) in [
            (&["reset", &group, "--to-latest"][..], "has committed nothing; name the topics with --topic".to_owned()),
            (&["reset", &group, "--to-latest", "--topic", "no-such"], "topic no-such does not exist".to_owned()),
            (&["reset", &group, "--to-latest", "--topic", &format!("{topic}:2")], format!("{topic} has 2 partitions")),
            (&["delete", &group], "does not exist; --if-exists passes over it".to_owned()),
        ] {
            let (status, _, stderr) = output(&[&["groups"], arguments, &["-b", &servers]].concat());
            assert_eq!(status, Some(1), "{arguments:?}");
            assert!(stderr.contains(&expected), "{arguments:?}: {stderr}");
        }
        assert_eq!(output(&["groups", "delete", "--if-exists", "-b", &servers, &group]).0, Some(0));
        assert_eq!(output(&["topics", "delete", "-b", &servers, &topic]).0, Some(0));
    }
    for arguments in [&["--to-earliest", "--to-latest"][..], &[], &["--to-offset", "-1"], &["--to-time", "soon"]] {
        assert_eq!(output(&[&["groups", "reset", "a-group"], arguments].concat()).0, Some(2), "{arguments:?}");
    }
}
