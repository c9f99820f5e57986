//! Where a request has its ids, so that its answer has them in the same places.

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use crate::client::ReceivedRecord;
use crate::flow::Locators;

/// The places of a request's ids, found as flows find them: its answer carries the same ids there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echo {
    /// Headers with an id, those of traces too.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// JSON Pointers into the value.
    pub pointers: Vec<String>,
}

impl Echo {
    /// What the answer to a request has to carry.
    pub fn of(request: &ReceivedRecord) -> Self {
        let (locators, mut echo) = (Locators::default(), Self::default());
        for located in locators.find(request) {
            let Some(locator) = locators.locator(&located) else { continue };
            if let Some(name) = locator.header_name() {
                let named = |known: &[u8]| known.eq_ignore_ascii_case(name.as_bytes());
                let header = request.headers.iter().rev().find(|(known, _)| named(known));
                let text = |known: &Bytes| String::from_utf8_lossy(known).into_owned();
                echo.headers.extend(header.map(|(known, value)| (text(known), value.clone())));
            } else if let Some(pointer) = locator.pointer() {
                echo.pointers.push(pointer.to_owned());
            }
        }
        echo
    }

    /// Adds the headers that an answer does not have by itself.
    pub(super) fn put_headers(self, headers: &mut Vec<(String, Option<Bytes>)>) {
        for (name, value) in self.headers {
            if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                headers.push((name, value));
            }
        }
    }

    /// Adds the ids that an answer's object does not have by itself. What is no object stays as it is.
    pub(super) fn put_fields(&self, request: &Json, answer: &mut Json) {
        for pointer in &self.pointers {
            if let (Some(id), Json::Object(fields)) = (request.pointer(pointer), &mut *answer) {
                put(fields, pointer.trim_start_matches('/'), id);
            }
        }
    }
}

/// Puts a value where a pointer leads, unless something is there.
fn put(fields: &mut Map<String, Json>, pointer: &str, value: &Json) {
    let plain = |token: &str| token.replace("~1", "/").replace("~0", "~");
    match pointer.split_once('/') {
        None => {
            fields.entry(plain(pointer)).or_insert_with(|| value.clone());
        }
        Some((token, rest)) => {
            if let Json::Object(inner) = fields.entry(plain(token)).or_insert_with(|| Json::Object(Map::new())) {
                put(inner, rest, value);
            }
        }
    }
}
