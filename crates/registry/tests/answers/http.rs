//! A client that says what it is told to say.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// Asks once. Headers that are null are not sent.
pub(crate) fn ask(address: SocketAddr, method: &str, target: &str, body: &str, headers: &Value) -> (u16, Value) {
    let vendor = "application/vnd.schemaregistry.v1+json";
    let header = |name: &str, default: &str| match headers.get(name) {
        Some(Value::Null) => String::new(),
        Some(value) => format!("{name}: {}\r\n", value.as_str().unwrap()),
        None if default.is_empty() => String::new(),
        None => format!("{name}: {default}\r\n"),
    };
    let kind = header("Content-Type", if body.is_empty() { "" } else { vendor });
    let accept = header("Accept", vendor);
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{kind}{accept}Content-Length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    // A server that has refused a body may have closed already.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
