//! Where two answers differ, field by field.

use serde_json::Value as Json;

/// A field that is not the same on both sides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// `Topics[0].ErrorCode`, or `the answer`.
    pub(crate) path: String,
    /// What the embedded broker says; `None` where it says nothing.
    pub(crate) ours: Option<Json>,
    /// What Kafka says.
    pub(crate) theirs: Option<Json>,
}

/// All differences between two answers.
pub(crate) fn differences(ours: &Json, theirs: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("", Some(ours), Some(theirs), &mut found);
    found
}

fn walk(path: &str, ours: Option<&Json>, theirs: Option<&Json>, found: &mut Vec<Difference>) {
    match (ours, theirs) {
        (Some(Json::Object(our)), Some(Json::Object(their))) => {
            for (name, value) in their {
                walk(&dotted(path, name), our.get(name), Some(value), found);
            }
            for (name, value) in our.iter().filter(|(name, _)| !their.contains_key(*name)) {
                walk(&dotted(path, name), Some(value), None, found);
            }
        }
        (Some(Json::Array(our)), Some(Json::Array(their))) => {
            for index in 0..our.len().max(their.len()) {
                walk(&format!("{path}[{index}]"), our.get(index), their.get(index), found);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => {
            let path = if path.is_empty() { "the answer" } else { path };
            found.push(Difference { path: path.to_owned(), ours: ours.cloned(), theirs: theirs.cloned() });
        }
    }
}

fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_stands_at_its_field() {
        let ours = json!({ "A": [{ "B": 1 }, { "B": 2 }], "C": 3 });
        let theirs = json!({ "A": [{ "B": 1 }, { "B": 4 }, { "B": 5 }], "D": 6 });
        let found: Vec<String> = differences(&ours, &theirs)
            .into_iter()
            .map(|d| format!("{} {:?} {:?}", d.path, d.ours.map(|j| j.to_string()), d.theirs.map(|j| j.to_string())))
            .collect();
        assert_eq!(
            found,
            [
                "A[1].B Some(\"2\") Some(\"4\")",
                "A[2] None Some(\"{\\\"B\\\":5}\")",
                "D None Some(\"6\")",
                "C Some(\"3\") None",
            ]
        );
        assert_eq!(differences(&theirs, &theirs), []);
    }
}
