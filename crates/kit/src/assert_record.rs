//! Asserting what a record is.

/// Asserts parts of a [`ReceivedRecord`](crate::client::ReceivedRecord), and shows the whole of it when one is not as
/// it should be.
///
/// ```
/// # use kafka_trial::{assert_record, client::ReceivedRecord};
/// # let mut got = ReceivedRecord::at("orders", 2, 7);
/// # got.key = Some("ada".into());
/// # got.value = Some("total=12".into());
/// # got.headers = vec![("source".into(), Some("web".into()))];
/// assert_record!(got, value == "total=12", key == "ada", partition in 0..6, header "source" == "web");
/// ```
///
/// `key`, `value`, `topic`, `partition`, `offset` and `timestamp` are compared with `==` and `!=`, the last three also with
/// `in` and a range. `key == null` and `value == null` hold for a record without a key, and for a tombstone. `header "name"`
/// is compared with `==`, and `json "/pointer"` with `==` and anything that `serde_json::Value` compares to.
#[macro_export]
macro_rules! assert_record {
    ($record:expr $(,)?) => { let _: &$crate::client::ReceivedRecord = &$record; };
    ($record:expr, $($checks:tt)+) => {
        match &$record { record => $crate::__assert_record!(record, $($checks)+) }
    };
}

/// The parts of [`assert_record!`], one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_record {
    ($record:ident $(,)?) => {};
    ($record:ident, key $($rest:tt)+) => {{ $crate::__assert_record!(? $record, "key", $record.key_text(), $($rest)+); }};
    ($record:ident, value $($rest:tt)+) => {{
        $crate::__assert_record!(? $record, "value", $record.value_text(), $($rest)+);
    }};
    ($record:ident, topic $($rest:tt)+) => {{ $crate::__assert_record!(@ $record, "topic", $record.topic, $($rest)+); }};
    ($record:ident, partition $($rest:tt)+) => {{
        $crate::__assert_record!(@ $record, "partition", $record.partition, $($rest)+);
    }};
    ($record:ident, offset $($rest:tt)+) => {{
        $crate::__assert_record!(@ $record, "offset", $record.offset, $($rest)+);
    }};
    ($record:ident, timestamp $($rest:tt)+) => {{
        $crate::__assert_record!(@ $record, "timestamp", $record.timestamp, $($rest)+);
    }};
    ($record:ident, header $name:literal == $expected:expr $(, $($rest:tt)*)?) => {{
        let found = $record.header($name);
        ::core::assert!(
            found.as_deref() == ::core::option::Option::Some($expected),
            "header {:?} is {:?}, not {:?}: {:?}", $name, found, $expected, $record
        );
        $crate::__assert_record!($record, $($($rest)*)?);
    }};
    ($record:ident, json $pointer:literal == $expected:expr $(, $($rest:tt)*)?) => {{
        let json = $record.json();
        let found = json.as_ref().ok().and_then(|json| json.pointer($pointer));
        ::core::assert!(
            found.is_some_and(|found| *found == $expected),
            "{} is {:?}, not {:?}: {:?}", $pointer, found, $expected, $record
        );
        $crate::__assert_record!($record, $($($rest)*)?);
    }};
    (? $record:ident, $name:literal, $found:expr, == null $(, $($rest:tt)*)?) => {
        ::core::assert!($found.is_none(), "{} is {:?}, not null: {:?}", $name, $found.unwrap_or_default(), $record);
        $crate::__assert_record!($record, $($($rest)*)?);
    };
    (? $record:ident, $name:literal, $found:expr, == $expected:expr $(, $($rest:tt)*)?) => {
        match (&$found, &$expected) { (found, expected) => ::core::assert!(
            found.as_deref().is_some_and(|found| *found == **expected),
            "{} is {}, not {:?}: {:?}",
            $name,
            found.as_deref().map_or_else(|| ::std::string::String::from("null"), |found| ::std::format!("{found:?}")),
            expected,
            $record
        ) }
        $crate::__assert_record!($record, $($($rest)*)?);
    };
    (? $record:ident, $name:literal, $found:expr, != $expected:expr $(, $($rest:tt)*)?) => {
        match (&$found, &$expected) { (found, expected) => ::core::assert!(
            found.as_deref().is_none_or(|found| *found != **expected),
            "{} is {:?}: {:?}", $name, expected, $record
        ) }
        $crate::__assert_record!($record, $($($rest)*)?);
    };
    (@ $record:ident, $name:literal, $found:expr, == $expected:expr $(, $($rest:tt)*)?) => {
        ::core::assert!($found == $expected, "{} is {:?}, not {:?}: {:?}", $name, $found, $expected, $record);
        $crate::__assert_record!($record, $($($rest)*)?);
    };
    (@ $record:ident, $name:literal, $found:expr, != $expected:expr $(, $($rest:tt)*)?) => {
        ::core::assert!($found != $expected, "{} is {:?}: {:?}", $name, $found, $record);
        $crate::__assert_record!($record, $($($rest)*)?);
    };
    (@ $record:ident, $name:literal, $found:expr, in $range:expr $(, $($rest:tt)*)?) => {
        ::core::assert!($range.contains(&$found), "{} is {:?}, not in {:?}: {:?}", $name, $found, $range, $record);
        $crate::__assert_record!($record, $($($rest)*)?);
    };
}

#[cfg(test)]
mod tests {
    use crate::client::ReceivedRecord;

    fn record() -> ReceivedRecord {
        ReceivedRecord {
            topic: "orders".to_owned(),
            partition: 2,
            offset: 7,
            timestamp: 0,
            key: Some("ada".into()),
            value: Some(r#"{"total": 12}"#.into()),
            headers: vec![("source".into(), Some("web".into()))],
            ..ReceivedRecord::at("orders", 2, 7)
        }
    }

    #[test]
    fn every_part_can_be_asserted() {
        assert_record!(record(), key == "ada", topic == "orders", partition in 0..6, offset != 8, timestamp == 0);
        assert_record!(record(), header "source" == "web", json "/total" == 12, value != "");
    }

    #[test]
    fn null_is_not_an_empty_text() {
        let tombstone = ReceivedRecord { value: None, ..record() };
        assert_record!(tombstone, value == null, value != "", key != "");
        assert_record!(ReceivedRecord { key: Some("".into()), ..record() }, key == "");
    }

    #[test]
    #[should_panic(expected = "value is null, not \"\"")]
    fn a_tombstone_is_shown_as_null() {
        assert_record!(ReceivedRecord { value: None, ..record() }, value == "");
    }

    #[test]
    #[should_panic(expected = r#"key is "ada", not null"#)]
    fn a_key_that_should_be_missing_is_shown() {
        assert_record!(record(), key == null);
    }

    #[test]
    #[should_panic(expected = r#"key is "ada", not "bob": ReceivedRecord { topic: "orders""#)]
    fn another_key_is_shown_with_the_record() {
        assert_record!(record(), partition == 2, key == "bob");
    }

    #[test]
    #[should_panic(expected = "partition is 2, not in 3..6")]
    fn a_partition_outside_of_the_range_is_shown() {
        assert_record!(record(), partition in 3..6);
    }

    #[test]
    #[should_panic(expected = r#"header "trace" is None, not "1""#)]
    fn a_header_that_is_missing_is_shown() {
        assert_record!(record(), header "trace" == "1");
    }
}
