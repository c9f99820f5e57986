//! What a request to a broker should look like.

use std::fmt;
use std::sync::Arc;

use kafka_trial_broker::is_like;
use kafka_trial_broker::journal::{ApiKey, Entry, ErrorCode};
use serde_json::Value as Json;

use super::Difference;
use super::json::Fields;

type Predicate = Arc<dyn Fn(&Entry) -> bool + Send + Sync>;

/// What a request in the [journal](crate::journal) should look like. Conditions of records, such as a key, do not belong to
/// it and do not compile.
///
/// In the names of clients, topics, groups and transactional ids `*` stands for any text: `shop-*`.
///
/// ```
/// use kafka_trial::journal::ApiKey;
/// use kafka_trial::matcher::RequestMatcher;
///
/// let sent = RequestMatcher::of(ApiKey::Produce).topic("orders").client_id("shop");
/// assert_eq!(sent.to_string(), "Produce of topic orders by client shop");
/// ```
/// ```compile_fail
/// # use kafka_trial::journal::ApiKey;
/// # use kafka_trial::matcher::RequestMatcher;
/// let wrong = RequestMatcher::of(ApiKey::Produce).key("ada");
/// ```
#[derive(Clone, Default)]
pub struct RequestMatcher {
    api: Option<ApiKey>,
    client_id: Option<String>,
    topic: Option<String>,
    partition: Option<i32>,
    group: Option<String>,
    transactional_id: Option<String>,
    broker: Option<i32>,
    fails: Option<Failure>,
    predicates: Vec<(String, Predicate)>,
}

#[derive(Clone, Copy)]
enum Failure {
    Any,
    With(ErrorCode),
}

impl RequestMatcher {
    /// Any request.
    pub fn any() -> Self {
        Self::default()
    }

    /// A request of this API.
    pub fn of(api: ApiKey) -> Self {
        Self { api: Some(api), ..Self::default() }
    }

    /// Of a client, by the name that it gives itself.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// That names this topic.
    pub fn topic(self, topic: impl AsRef<str>) -> Self {
        Self { topic: Some(topic.as_ref().to_owned()), ..self }
    }

    /// That names this partition of its topic, or of any.
    pub fn partition(self, partition: i32) -> Self {
        Self { partition: Some(partition), ..self }
    }

    /// That names this transactional id.
    pub fn transactional_id(self, id: impl AsRef<str>) -> Self {
        Self { transactional_id: Some(id.as_ref().to_owned()), ..self }
    }

    /// That names this group.
    pub fn group(self, group: impl AsRef<str>) -> Self {
        Self { group: Some(group.as_ref().to_owned()), ..self }
    }

    /// To this broker.
    pub fn broker(self, id: i32) -> Self {
        Self { broker: Some(id), ..self }
    }

    /// That failed: its answer has an error, or there was none where one was owed.
    pub fn failed(self) -> Self {
        Self { fails: Some(Failure::Any), ..self }
    }

    /// Whose answer has this as its first error.
    pub fn error(self, code: ErrorCode) -> Self {
        Self { fails: Some(Failure::With(code)), ..self }
    }

    /// For which this holds; the text says what.
    pub fn that(mut self, text: impl Into<String>, holds: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Self {
        self.predicates.push((text.into(), Arc::new(holds)));
        self
    }

    /// Whether a request matches.
    pub fn matches(&self, entry: &Entry) -> bool {
        self.misses(entry).is_empty()
    }

    /// What keeps a request from matching; nothing where it does.
    pub fn misses(&self, entry: &Entry) -> Vec<Difference> {
        let mut misses = Vec::new();
        let mut check = |name: &str, wanted: Option<String>, found: String, is_met: bool| {
            if let Some(wanted) = wanted.filter(|_| !is_met) {
                let text = format!("its {name} is {found}, not {wanted}");
                misses.push(Difference::new(name, wanted, Some(found), text));
            }
        };
        check("API", self.api.map(|api| api.to_string()), entry.api.to_string(), self.api == Some(entry.api));
        let named_by = |wanted: &Option<String>, found: &[&str]| {
            wanted.as_deref().is_some_and(|wanted| found.iter().any(|found| is_like(found, wanted)))
        };
        let is_met = named_by(&self.client_id, &[&entry.client_id]);
        check("client", self.client_id.clone(), named(&entry.client_id), is_met);
        let (topics, groups) = (entry.topics(), entry.groups());
        let is_met = named_by(&self.topic, &topics);
        check("topic", self.topic.clone(), named(&topics.join(", ")), is_met);
        let partitions = entry.partitions();
        let is_met = partitions.iter().any(|(topic, partition)| {
            self.partition == Some(*partition) && self.topic.as_deref().is_none_or(|wanted| is_like(topic, wanted))
        });
        let found: Vec<String> = partitions.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
        check("partition", self.partition.map(|id| id.to_string()), named(&found.join(", ")), is_met);
        let is_met = named_by(&self.group, &groups);
        check("group", self.group.clone(), named(&groups.join(", ")), is_met);
        let id = entry.transactional_id().unwrap_or_default();
        let is_met = named_by(&self.transactional_id, &[id]);
        check("transactional id", self.transactional_id.clone(), named(id), is_met);
        let is_met = self.broker == Some(entry.broker);
        check("broker", self.broker.map(|id| id.to_string()), entry.broker.to_string(), is_met);
        let (wanted, is_met) = match self.fails {
            None => (None, true),
            Some(Failure::Any) => (Some("any".to_owned()), entry.is_error()),
            Some(Failure::With(code)) => (Some(code.to_string()), entry.error == code),
        };
        let found = if entry.is_error() { entry.error.to_string() } else { "none".to_owned() };
        check("error", wanted, found, is_met);
        if misses.is_empty() {
            let failing = self.predicates.iter().filter(|(_, holds)| !holds(entry));
            misses.extend(failing.map(|(text, _)| Difference::new("", text.clone(), None, format!("not {text}"))));
        }
        misses
    }

    /// Reads an object with some of `api`, `client_id`, `topic`, `partition`, `group`, `transactional_id`, `broker`, `failed` and
    /// `error`. APIs and errors go
    /// by Kafka's names; for one that is unknown the error names the nearest.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        let Json::Object(object) = json else { return Err(format!("a matcher is {json}: expected an object")) };
        let mut object = object.clone();
        let mut fields = Fields { object: &mut object };
        let mut matcher = Self::any();
        if let Some(name) = fields.text("api")? {
            matcher.api = Some(api_named(&name)?);
        }
        matcher.client_id = fields.text("client_id")?;
        matcher.topic = fields.text("topic")?;
        matcher.group = fields.text("group")?;
        matcher.transactional_id = fields.text("transactional_id")?;
        matcher.partition = fields.count("partition")?.and_then(|partition| partition.try_into().ok());
        matcher.broker = fields.count("broker")?.and_then(|id| id.try_into().ok());
        if fields.object.remove("failed") == Some(Json::Bool(true)) {
            matcher.fails = Some(Failure::Any);
        }
        if let Some(name) = fields.text("error")? {
            matcher.fails = Some(Failure::With(error_named(&name)?));
        }
        match object.keys().next() {
            Some(key) => Err(format!("{key} is not a condition on requests")),
            None => Ok(matcher),
        }
    }
}

/// A condition in words for a request that names nothing.
fn named(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

fn names_of_apis() -> Vec<&'static str> {
    (0..=i16::from(u8::MAX)).filter_map(|key| ApiKey(key).name()).collect()
}

/// The API of this name; for one that Kafka does not have the nearest is named.
pub(crate) fn api_named(name: &str) -> Result<ApiKey, String> {
    ApiKey::named(name).ok_or_else(|| unknown("API", name, &names_of_apis()))
}

/// The error of this name; for one that Kafka does not have the nearest is named.
pub(crate) fn error_named(name: &str) -> Result<ErrorCode, String> {
    ErrorCode::named(name).ok_or_else(|| unknown("error", name, &names_of_errors()))
}

fn names_of_errors() -> Vec<&'static str> {
    (-1..=i16::from(u8::MAX)).filter_map(|code| ErrorCode(code).name()).collect()
}

/// Says that Kafka has no such name, and which one is near to it.
fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    format!("Kafka has no {what} {name:?}{}", suggestion(name, known))
}

/// `; NAME is near` for the known name that is nearest to this one; nothing if none is near.
pub(crate) fn suggestion(name: &str, known: &[&str]) -> String {
    let wanted = name.to_lowercase();
    // A name that begins like this is nearer than one that looks like it.
    let longer = known.iter().filter(|known| known.to_lowercase().starts_with(&wanted)).min_by_key(|known| known.len());
    let near = known.iter().map(|known| (distance(&wanted, &known.to_lowercase()), known)).min();
    let near = near.filter(|(distance, _)| *distance <= name.chars().count() / 2).map(|(_, near)| near);
    longer.or(near).map(|near| format!("; {near} is near")).unwrap_or_default()
}

/// How many characters have to be put in, taken out or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (number, one) in from.chars().enumerate() {
        let mut corner = number;
        let mut left = number + 1;
        let mut next = vec![left];
        for (other, above) in to.iter().zip(row.iter().skip(1)) {
            let here = (corner + usize::from(one != *other)).min(above + 1).min(left + 1);
            (corner, left) = (*above, here);
            next.push(here);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

impl fmt::Display for RequestMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.api {
            Some(api) => write!(f, "{api}")?,
            None => f.write_str("request")?,
        }
        let mut part = |name: &str, value: Option<String>| value.map_or(Ok(()), |value| write!(f, " {name} {value}"));
        part("of topic", self.topic.clone())?;
        part("of partition", self.partition.map(|id| id.to_string()))?;
        part("of group", self.group.clone())?;
        part("of transactional id", self.transactional_id.clone())?;
        part("by client", self.client_id.clone())?;
        part("to broker", self.broker.map(|id| id.to_string()))?;
        let error = self.fails.map(|fails| match fails {
            Failure::Any => "an error".to_owned(),
            Failure::With(code) => code.to_string(),
        });
        part("with", error)?;
        let texts: Vec<&str> = self.predicates.iter().map(|(text, _)| text.as_str()).collect();
        part("that is", (!texts.is_empty()).then(|| texts.join(" and ")))
    }
}

impl fmt::Debug for RequestMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestMatcher({self})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_that_kafka_does_not_have_is_refused_with_the_nearest() {
        let refused = |json: Json| RequestMatcher::from_json(&json).unwrap_err();
        assert_eq!(refused(json!({"api": "Prodcue"})), r#"Kafka has no API "Prodcue"; Produce is near"#);
        assert_eq!(refused(json!({"api": "produce"})), r#"Kafka has no API "produce"; Produce is near"#);
        assert_eq!(refused(json!({"api": "Xyzzy"})), r#"Kafka has no API "Xyzzy""#);
        assert_eq!(
            refused(json!({"error": "NOT_LEADER"})),
            r#"Kafka has no error "NOT_LEADER"; NOT_LEADER_OR_FOLLOWER is near"#
        );
        assert_eq!(refused(json!({"key": "a"})), "key is not a condition on requests");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let like = |wanted: &str| ["", "shop", "shop-1", "my-shop-1", "shop-1-shop"].map(|name| is_like(name, wanted));
        assert_eq!(like("shop"), [false, true, false, false, false]);
        assert_eq!(like("*"), [true; 5]);
        assert_eq!(like("shop*"), [false, true, true, false, true]);
        assert_eq!(like("*shop"), [false, true, false, false, true]);
        assert_eq!(like("*op-*-s*p"), [false, false, false, false, true]);
        assert_eq!(like("shop-1*1"), [false; 5], "the end does not overlap the beginning");
    }

    #[test]
    fn a_request_is_described_by_what_is_asked_of_it() {
        let json = json!({"api": "Fetch", "topic": "a", "group": "g", "client_id": "c", "failed": true});
        let text = RequestMatcher::from_json(&json).unwrap().to_string();
        assert_eq!(text, "Fetch of topic a of group g by client c with an error");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
