//! APIs and errors appear in JSON by Kafka's names.

use kafka_trial_wire::ErrorCode;

pub(super) fn no_error() -> ErrorCode {
    ErrorCode::NONE
}

pub(super) fn is_no_error(error: &ErrorCode) -> bool {
    *error == ErrorCode::NONE
}

/// Reads a number that Kafka has no name for: it is written as `api 999` or `error 999`.
fn number(name: &str, prefix: &str) -> Option<i16> {
    name.strip_prefix(prefix)?.parse().ok()
}

pub(crate) mod api {
    use kafka_trial_wire::ApiKey;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(api: &ApiKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(api)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ApiKey, D::Error> {
        let name = String::deserialize(deserializer)?;
        let api = ApiKey::named(&name).or_else(|| super::number(&name, "api ").map(ApiKey));
        api.ok_or_else(|| D::Error::custom(format!("{name} is no API of Kafka")))
    }
}

pub(super) mod error {
    use kafka_trial_wire::ErrorCode;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(error: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(error)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorCode, D::Error> {
        let name = String::deserialize(deserializer)?;
        let error = ErrorCode::named(&name).or_else(|| super::number(&name, "error ").map(ErrorCode));
        error.ok_or_else(|| D::Error::custom(format!("{name} is no error of Kafka")))
    }
}
