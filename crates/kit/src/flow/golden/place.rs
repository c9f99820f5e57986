//! A place in a record that a golden flow leaves out.

use std::str::FromStr;

use serde_json::Value as Json;

/// A place by its path in a record of the file; `*` is any element or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RedactedPlace(Vec<String>);

impl FromStr for RedactedPlace {
    type Err = String;

    /// A JSON Pointer into the value, or a locator: `$message.payload#/POINTER`, `$message.header#/NAME`,
    /// `$message.key#`.
    fn from_str(text: &str) -> Result<Self, String> {
        let segments = |root: &str, pointer: &str| {
            let parts = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
            Self(std::iter::once(root.to_owned()).chain(parts).collect())
        };
        let of = |prefix: &str| text.strip_prefix(prefix);
        match () {
            () if text.starts_with('/') => Ok(segments("value", text)),
            () if text == "$message.key#" => Ok(segments("key", "")),
            () => of("$message.payload#")
                .map(|pointer| segments("value", pointer))
                .or_else(|| of("$message.header#").map(|name| segments("headers", name)))
                .ok_or_else(|| {
                    format!(
                        "invalid place to redact {text:?}: expected /POINTER, $message.payload#/POINTER, \
                         $message.header#/NAME or $message.key#"
                    )
                }),
        }
    }
}

impl RedactedPlace {
    /// Puts what `word` has for it in the place of each value there.
    pub(super) fn redact(&self, record: &mut Json, word: &mut impl FnMut(&Json) -> String) {
        redact(record, &self.0, word);
    }
}

fn redact(json: &mut Json, path: &[String], word: &mut impl FnMut(&Json) -> String) {
    let Some((first, rest)) = path.split_first() else {
        *json = Json::from(word(json));
        return;
    };
    match json {
        Json::Object(fields) if first == "*" => fields.values_mut().for_each(|value| redact(value, rest, word)),
        Json::Object(fields) => fields.get_mut(first).into_iter().for_each(|value| redact(value, rest, word)),
        Json::Array(items) if first == "*" => items.iter_mut().for_each(|item| redact(item, rest, word)),
        Json::Array(items) => {
            let index = first.parse::<usize>().ok();
            index.and_then(|index| items.get_mut(index)).into_iter().for_each(|item| redact(item, rest, word));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ANY;
    use super::*;

    #[test]
    fn places_are_left_out_where_they_are_there() {
        let mut record = json!({"key": "k", "headers": {"h": "1"}, "value": {"a": [{"b": 1}, {"c": 2}], "d/e": 3}});
        for place in ["/a/*/b", "/d~1e", "/not/there", "$message.header#/h", "$message.key#", "$message.payload#/a/1/c"]
        {
            place.parse::<RedactedPlace>().unwrap().redact(&mut record, &mut |_| ANY.to_owned());
        }
        let any = ANY;
        let expected = json!({"key": any, "headers": {"h": any}, "value": {"a": [{"b": any}, {"c": any}], "d/e": any}});
        assert_eq!(record, expected);
        assert!(
            "took_ms"
                .parse::<RedactedPlace>()
                .unwrap_err()
                .starts_with("invalid place to redact \"took_ms\": expected /POINTER")
        );
    }
}
