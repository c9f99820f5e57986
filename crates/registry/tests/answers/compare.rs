//! Whether an answer is the recorded one: numbers that stand for ids, guids and times are matched by their order.

use std::collections::HashMap;

use serde_json::Value;

/// The ids and guids of a scenario in the order of their first sight.
pub(crate) struct Seen {
    prefix: String,
    names: HashMap<String, String>,
}

impl Seen {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), names: HashMap::new() }
    }

    pub(crate) fn compare(&mut self, expected: &Value, status: u16, answer: &Value) -> Result<(), String> {
        if expected["status"] != status {
            return Err("another status".to_owned());
        }
        self.value("", &expected["body"], answer)
    }

    fn value(&mut self, key: &str, expected: &Value, answer: &Value) -> Result<(), String> {
        match (expected, answer) {
            (Value::String(text), _) if text == "T" && !answer.is_null() => Ok(()),
            (Value::String(name), _) if name.starts_with('#') || (name.starts_with("guid") && key == "guid") => {
                let answer = answer.to_string();
                let known = self.names.entry(name.clone()).or_insert_with(|| answer.clone());
                if *known == answer { Ok(()) } else { Err(format!("{key} is {answer}, not {known}")) }
            }
            (Value::String(text), Value::String(given)) => {
                let given = given.replace(&self.prefix, "~");
                if *text == given { Ok(()) } else { Err(format!("{key} is {given}\n  not {text}")) }
            }
            (Value::Array(expected), Value::Array(_)) if key == "messages" => {
                let kinds = kinds(answer);
                let expected: Vec<_> = expected.iter().filter_map(Value::as_str).collect();
                if kinds == expected { Ok(()) } else { Err(format!("the kinds are {kinds:?}")) }
            }
            (Value::Array(expected), Value::Array(given)) => self.list(key, expected, given),
            (Value::Object(expected), Value::Object(given)) => {
                let mut keys = (Vec::from_iter(expected.keys()), Vec::from_iter(given.keys()));
                keys.0.sort();
                keys.1.sort();
                if keys.0 != keys.1 {
                    return Err(format!("the keys are {:?}, not {:?}", keys.1, keys.0));
                }
                expected.iter().try_for_each(|(key, expected)| self.value(key, expected, &given[key]))
            }
            (expected, given) if expected == given => Ok(()),
            _ => Err(format!("{key} is {answer}, not {expected}")),
        }
    }

    fn list(&mut self, key: &str, expected: &[Value], given: &[Value]) -> Result<(), String> {
        let mut given = given.to_vec();
        if given.iter().all(Value::is_string) {
            given.sort_by_key(|item| item.as_str().unwrap_or_default().replace(&self.prefix, "~"));
            let mut expected = expected.to_vec();
            expected.sort_by_key(|item| item.as_str().unwrap_or_default().to_owned());
            if expected.len() != given.len() {
                return Err(format!("{} items", given.len()));
            }
            return expected.iter().zip(&given).try_for_each(|(expected, given)| self.value(key, expected, given));
        }
        if expected.len() != given.len() {
            return Err(format!("{} items", given.len()));
        }
        expected.iter().zip(&given).try_for_each(|(expected, given)| self.value(key, expected, given))
    }
}

/// The sorted kinds of difference in the messages of a check.
fn kinds(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    let mut kinds: Vec<_> = messages
        .filter_map(|message| message.split_once("errorType:"))
        .filter_map(|(_, rest)| rest.get(1..)?.split(['\'', '"']).next())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
