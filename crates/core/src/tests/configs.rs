//! The tables of configs have valid defaults, and properties are read into settings.

use std::collections::{BTreeMap, BTreeSet};

use crate::configs::{Reader, documented};
use crate::{
    BrokerConfigs, CLIENT_METRICS_CONFIGS, ConfigType, GROUP_CONFIGS, IgnoredProperty, LogConfig, SettingError,
    Settings, TOPIC_CONFIGS, config_documentation,
};

fn properties<const N: usize>(set: [(&str, &str); N]) -> BTreeMap<String, String> {
    set.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn ignored(key: &str, value: &str) -> Result<Vec<IgnoredProperty>, SettingError> {
    Settings::parse(&properties([(key, value)])).map(|(_, ignored)| ignored)
}

#[test]
fn every_line_of_the_table_is_read_and_found_by_its_name() {
    let known = BrokerConfigs::load();
    assert_eq!(known.iter().count(), BrokerConfigs::lines());
    for config in known.iter() {
        assert_eq!(known.get(config.name).map(|found| found.name), Some(config.name));
        let shown = config.default.map(|default| config.r#type.read(default));
        assert!(shown.is_none_or(|shown| shown.is_ok()), "{config:?}");
    }
}

#[test]
fn only_delays_of_groups_have_defaults_that_are_not_kafkas() {
    let (settings, _) = Settings::parse(&BTreeMap::new()).unwrap();
    let differs = settings.known.iter().filter_map(|config| {
        let value = settings.property(config.name)?;
        (Some(value) != config.default).then_some((config.name, config.default, value))
    });
    let differs: Vec<_> = differs.collect();
    let expected = [
        ("group.consumer.assignment.interval.ms", Some("1000"), "0"),
        ("group.consumer.heartbeat.interval.ms", Some("5000"), "250"),
        ("group.consumer.min.heartbeat.interval.ms", Some("5000"), "250"),
        ("group.initial.rebalance.delay.ms", Some("3000"), "0"),
    ];
    assert_eq!(differs, expected);

    // Setting every property to its default in Kafka changes no setting either.
    let defaults = settings.known.iter().filter_map(|config| Some((config.name, config.default?)));
    let mut explicit: BTreeMap<String, String> =
        defaults.map(|(name, default)| (name.to_owned(), default.to_owned())).collect();
    explicit.extend(expected.map(|(name, _, value)| (name.to_owned(), value.to_owned())));
    let (explicit, _) = Settings::parse(&explicit).unwrap();
    let log_config = |settings: &Settings| LogConfig::resolve(&BTreeMap::new(), settings).unwrap();
    assert_eq!(log_config(&explicit), log_config(&settings));
    let explicit = Settings { properties: settings.properties.clone(), ..explicit };
    assert_eq!(format!("{explicit:#?}"), format!("{settings:#?}"));
}

#[test]
fn a_property_that_has_to_fit_another_one_has_kafkas_default_when_that_one_is_set() {
    let read = |key: &str, value: &str| Settings::parse(&properties([(key, value)])).map(|(settings, _)| settings);
    let kafkas = read("group.consumer.heartbeat.interval.ms", "5000").unwrap();
    assert_eq!(kafkas.property("group.consumer.min.heartbeat.interval.ms"), None);
    assert!(read("group.consumer.heartbeat.interval.ms", "1000").is_err());
    let least = read("group.consumer.min.heartbeat.interval.ms", "1000").unwrap();
    assert_eq!(least.consumer_groups.heartbeat_interval_ms, 5000);
    let least = read("group.consumer.min.assignment.interval.ms", "500").unwrap();
    assert_eq!(least.consumer_groups.assignment_interval_ms, 1000);
}

#[test]
fn every_config_has_a_text_that_says_what_it_is_for() {
    let known = BrokerConfigs::load();
    let defined = [TOPIC_CONFIGS, GROUP_CONFIGS, CLIENT_METRICS_CONFIGS].concat();
    let names: BTreeSet<&str> =
        known.iter().map(|config| config.name).chain(defined.iter().map(|config| config.name)).collect();
    for name in &names {
        let text = config_documentation(name).unwrap_or_default();
        assert!(text.len() > 20 && text.ends_with('.'), "{name}: see documentation.txt: {text:?}");
    }
    assert!(documented().eq(names.into_iter()), "documentation.txt has other names, or another order");
}

#[test]
fn a_topic_or_a_group_has_the_default_of_the_broker_property_that_it_inherits() {
    let known = BrokerConfigs::load();
    for config in TOPIC_CONFIGS.iter().chain(GROUP_CONFIGS) {
        let inherited = config.synonym.and_then(|property| known.get(property)?.default);
        assert!(inherited.is_none_or(|default| default == config.default), "{}: {inherited:?}", config.name);
    }
}

/// Returns whether a topic's log acts differently when the brokers have some value for this property.
fn topics_act_on(property: &str, broker: &Settings) -> bool {
    let config = |settings: &Settings| LogConfig::resolve(&BTreeMap::new(), settings).unwrap();
    ["1", "2", "9", "5000000", "0.25", "true", "compact", "gzip", "LogAppendTime"].into_iter().any(|value| {
        let mut dynamic = broker.dynamic.clone();
        dynamic.cluster.insert(property.to_owned(), value.to_owned());
        broker.changed(dynamic).is_ok_and(|changed| config(&changed) != config(broker))
    })
}

#[test]
fn the_table_marks_the_properties_that_topics_inherit() {
    // A level counts only under its own codec.
    let brokers = ["producer", "gzip", "zstd"].map(|codec| {
        let (settings, _) = Settings::parse(&properties([("compression.type", codec)])).unwrap();
        settings
    });
    for config in BrokerConfigs::load().iter() {
        let is_listed = config.reader == Some(Reader::Topics);
        let acts = brokers.iter().any(|broker| topics_act_on(config.name, broker));
        assert_eq!(is_listed, acts, "{}: see the third column of table.txt", config.name);
    }
}

#[test]
fn an_invalid_value_is_refused_even_if_the_property_has_no_effect() {
    for (key, value) in [
        ("auto.create.topics.enable", "yes"),
        ("compression.type", "zip"),
        ("log.cleaner.min.cleanable.ratio", "7"),
        ("log.retention.ms", "0"),
        ("log.roll.jitter.ms", "-1"),
        ("log.roll.ms", "0"),
        ("num.network.threads", "many"),
        ("num.partitions", "0"),
    ] {
        let refused = ignored(key, value).map_err(|error| (error.key, error.value));
        assert_eq!(refused, Err((key.to_owned(), value.to_owned())));
    }
}

#[test]
fn a_property_without_effect_is_reported() {
    let without_effect = IgnoredProperty::WithoutEffect("num.network.threads".to_owned());
    assert_eq!(ignored("num.network.threads", "3"), Ok(vec![without_effect]));
    let unknown = IgnoredProperty::Unknown { key: "no.such.key".to_owned(), nearest: None };
    assert_eq!(ignored("no.such.key", "x"), Ok(vec![unknown]));
}

#[test]
fn a_property_with_an_effect_is_not_reported() {
    for (key, value) in [
        ("broker.id", "3"),
        ("broker.rack", "a"),
        ("log.roll.jitter.ms", "5"),
        ("node.id", "3"),
        ("num.partitions", "3"),
        ("producer.id.expiration.check.interval.ms", "1000"),
        ("trial.transaction.marker.delay.ms", "5"),
    ] {
        assert_eq!(ignored(key, value), Ok(vec![]), "{key}");
    }
}

#[test]
fn a_misspelt_property_is_reported_with_the_nearest_name() {
    let reported = |key: &str| IgnoredProperty::new(key, &BrokerConfigs::load()).to_string();
    assert_eq!(reported("log.dirs"), "nothing acts on the broker property log.dirs");
    for (given, meant) in [
        ("num.partitons", "num.partitions"),
        ("auto.create.topic.enable", "auto.create.topics.enable"),
        ("log.retention.byte", "log.retention.bytes"),
        ("NUM.PARTITIONS", ""),
        ("no.such.key", ""),
        ("", ""),
    ] {
        let hint = if meant.is_empty() { String::new() } else { format!("; is {meant} meant?") };
        assert_eq!(reported(given), format!("Kafka has no broker property {given}{hint}"));
    }
}

#[test]
fn values_are_shown_as_kafka_shows_them() {
    for (r#type, given, shown) in [
        (ConfigType::Int, "+5", "5"),
        (ConfigType::Long, " 007 ", "7"),
        (ConfigType::Boolean, "TRUE", "true"),
        (ConfigType::Double, "1", "1.0"),
        (ConfigType::Double, "12345678", "1.2345678E7"),
        (ConfigType::Double, "10000000", "1.0E7"),
        (ConfigType::List, " a , b,a", "a,b"),
        (ConfigType::List, "  ", ""),
        (ConfigType::Text, " zstd ", "zstd"),
    ] {
        assert_eq!(r#type.read(given).as_deref(), Ok(shown), "{given:?}");
    }
}

#[test]
fn a_number_must_fit_its_type() {
    assert_eq!(ConfigType::Int.read("2147483648").unwrap_err(), "Not a number of type INT");
    assert_eq!(ConfigType::Long.read("1e3").unwrap_err(), "Not a number of type LONG");
    assert_eq!(ConfigType::Double.read("x").unwrap_err(), "Not a number of type DOUBLE");
}
