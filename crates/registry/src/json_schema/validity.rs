//! What is no JSON Schema.

use serde_json::Value;

use crate::json::Json;

/// Refuses what the meta-schema of its draft refuses. An unknown `$schema` is taken for draft 7, as none is.
pub(super) fn check(json: &Json) -> Result<(), String> {
    if !matches!(json, Json::Object(_) | Json::Bool(_)) {
        return Err("expected an object, true or false".to_owned());
    }
    let mut value = Value::from(json);
    let draft = Draft::of(json);
    if draft == Draft::Unknown
        && let Some(object) = value.as_object_mut()
    {
        object.shift_remove("$schema");
    }
    let checked = match draft {
        Draft::Four => jsonschema::draft4::meta::validate(&value),
        Draft::Six => jsonschema::draft6::meta::validate(&value),
        Draft::Seven | Draft::Unknown => jsonschema::draft7::meta::validate(&value),
        Draft::Of2019 => jsonschema::draft201909::meta::validate(&value),
        Draft::Of2020 => jsonschema::draft202012::meta::validate(&value),
    };
    checked.map_err(|error| format!("{error} at {}", error.instance_path()))
}

/// The draft that a schema names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Of2019,
    Of2020,
    Unknown,
}

impl Draft {
    pub(super) fn of(json: &Json) -> Self {
        let named = json.get("$schema").and_then(Json::as_str);
        let has = |part: &str| named.is_some_and(|named| named.contains(part));
        match () {
            () if has("json-schema.org/draft-04") => Self::Four,
            () if has("json-schema.org/draft-06") => Self::Six,
            () if has("json-schema.org/draft-07") => Self::Seven,
            () if has("json-schema.org/draft/2019-09") => Self::Of2019,
            () if has("json-schema.org/draft/2020-12") => Self::Of2020,
            () => Self::Unknown,
        }
    }

    /// Whether it has `prefixItems`, `unevaluatedProperties` and the like, and keywords beside a `$ref`.
    pub(super) fn is_modern(self) -> bool {
        matches!(self, Self::Of2019 | Self::Of2020)
    }
}
