//! A registry's API: JSON in, JSON out, its errors as ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::RegistryError;
use super::http::Place;

/// What asks a registry; of several addresses the first that answers.
#[derive(Debug)]
pub(super) struct RegistryClient {
    /// As it was given.
    url: String,
    places: Vec<Place>,
}

impl RegistryClient {
    pub(super) fn new(url: &str) -> Result<Self, RegistryError> {
        let url = url.trim().trim_end_matches('/');
        let places = url.split(',').map(|url| place(url.trim()));
        Ok(Self { url: url.to_owned(), places: places.collect::<Result<_, _>>()? })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn get(&self, path: &str) -> Result<Json, RegistryError> {
        self.ask("GET", path, None)
    }

    pub(super) fn post(&self, path: &str, body: &Json) -> Result<Json, RegistryError> {
        self.ask("POST", path, Some(body))
    }

    pub(super) fn put(&self, path: &str, body: &Json) -> Result<Json, RegistryError> {
        self.ask("PUT", path, Some(body))
    }

    pub(super) fn delete(&self, path: &str) -> Result<Json, RegistryError> {
        self.ask("DELETE", path, None)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Json>) -> Result<Json, RegistryError> {
        let body = body.map(Json::to_string);
        let mut failed = RegistryError::Url { url: self.url.clone(), why: "it names no host" };
        for place in &self.places {
            let (status, answer) = match place.ask(method, path, body.as_deref()) {
                Ok(answer) => answer,
                Err(source) => {
                    failed = RegistryError::Unreachable { url: format!("http://{}", place.host), source };
                    continue;
                }
            };
            let json: Option<Json> = serde_json::from_slice(&answer).ok();
            if (200..300).contains(&status) {
                let text =
                    || format!("status {status}, {}", String::from_utf8_lossy(answer.get(..200).unwrap_or(&answer)));
                return json.ok_or_else(|| RegistryError::Unexpected(text()));
            }
            let field = |name: &str| json.as_ref().and_then(|json| json.get(name));
            return Err(RegistryError::Refused {
                request: format!("{method} {path}"),
                code: field("error_code").and_then(Json::as_i64).unwrap_or_else(|| status.into()),
                message: field("message").and_then(Json::as_str).unwrap_or("no reason given").to_owned(),
            });
        }
        Err(failed)
    }
}

fn place(url: &str) -> Result<Place, RegistryError> {
    let wrong = |why| RegistryError::Url { url: without_secret(url), why };
    let rest = match url.split_once("://") {
        Some(("http", rest)) => rest,
        Some(("https", _)) => return Err(wrong("TLS is not there; use http, or a proxy that speaks https for you")),
        Some(_) => return Err(wrong("expected http://HOST:PORT")),
        None => url,
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if host.is_empty() || host.chars().any(char::is_whitespace) {
        return Err(wrong("expected http://HOST:PORT"));
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(Place {
        host: if has_port { host.to_owned() } else { format!("{host}:80") },
        prefix: path.trim_end_matches('/').to_owned(),
        authorization: user.map(|user| format!("Basic {}", STANDARD.encode(user))),
    })
}

/// A URL without the password in it.
fn without_secret(url: &str) -> String {
    let hidden = |(scheme, rest): (&str, &str)| {
        let (_, host) = rest.rsplit_once('@')?;
        Some(format!("{scheme}://...@{host}"))
    };
    url.split_once("://").and_then(hidden).unwrap_or_else(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_a_port_a_path_and_a_user() {
        let client = RegistryClient::new("http://ada:secret@registry/contexts/.a/, localhost:18081").unwrap();
        let [first, second] = client.places.try_into().unwrap();
        assert_eq!((first.host.as_str(), first.prefix.as_str()), ("registry:80", "/contexts/.a"));
        assert_eq!(first.authorization.as_deref(), Some("Basic YWRhOnNlY3JldA=="));
        assert_eq!((second.host.as_str(), second.prefix.as_str(), second.authorization), ("localhost:18081", "", None));
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_password() {
        let error = RegistryClient::new("https://ada:secret@cloud:443").unwrap_err().to_string();
        assert!(
            error.starts_with("invalid schema registry URL \"https://...@cloud:443\": TLS is not there"),
            "{error}"
        );
        assert!(RegistryClient::new("ftp://x").is_err());
        assert!(RegistryClient::new("").is_err());
    }
}
