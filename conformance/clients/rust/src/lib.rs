//! The Rust side of the line protocol of `conformance/clients/src/driver.rs`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::BufRead as _;
use std::time::Duration;

/// How long a client may take for one thing.
pub const LIMIT: Duration = Duration::from_secs(50);
/// How long a poll waits for records.
pub const POLL: Duration = Duration::from_millis(200);

/// What goes wrong; the text is the answer.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What every client can do. `None` is what it does not have.
pub trait Client {
    /// A consumer in a group.
    type Member: Member;

    /// Creates a topic.
    fn create(&mut self, topic: &str, partitions: i32) -> Result<()>;
    /// Names all topics.
    fn list(&mut self) -> Result<Vec<String>>;
    /// Deletes a topic.
    fn delete(&mut self, topic: &str) -> Result<()>;
    /// Produces values to a partition.
    fn produce(&mut self, topic: &str, partition: i32, codec: &str, values: Vec<String>) -> Result<()>;
    /// Produces values with a producer that stays.
    fn send(&mut self, _topic: &str, _partition: i32, _values: Vec<String>) -> Result<()> {
        Err("this driver has no producer that stays".into())
    }
    /// Writes an order of 1234 cents by its schema and reads it again, where the client has such a thing: the id, the value
    /// of the record, and the cents that came back.
    fn registry(&mut self, _url: &str, _topic: &str) -> Option<Result<(u32, Vec<u8>, i64)>> {
        None
    }
    /// Joins a group, where the client has such a thing.
    fn join(&mut self, group: &str, topic: &str) -> Option<Result<Self::Member>>;
    /// Joins a group by the consumer protocol (KIP-848).
    fn join_consumer(&mut self, _group: &str, _topic: &str) -> Option<Result<Self::Member>> {
        None
    }
    /// Reads partition 0 without a group, where the client has nothing else.
    fn read(&mut self, _topic: &str, _count: usize) -> Result<Vec<String>> {
        Err("this client reads in groups".into())
    }
}

/// A consumer in a group.
pub trait Member {
    /// What is assigned, and what came.
    fn poll(&mut self) -> Result<(Vec<i32>, Vec<String>)>;
    /// Commits what was polled.
    fn commit(&mut self) -> Result<()>;
    /// Leaves the group.
    fn close(self) -> Result<()>;
}

/// Does what the lines on standard input say.
pub fn serve<C: Client>(version: &str, mut client: C) {
    println!("ready {version}");
    let mut members = BTreeMap::new();
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match answer(&mut client, &mut members, &words) {
            Ok(Some(words)) => println!("{}", [vec!["ok".to_owned()], words].concat().join(" ")),
            Ok(None) => println!("unsupported this client has no such thing"),
            Err(error) => println!("error {}", error.to_string().replace('\n', " ")),
        }
    }
}

fn answer<C: Client>(
    client: &mut C,
    members: &mut BTreeMap<String, C::Member>,
    words: &[&str],
) -> Result<Option<Vec<String>>> {
    let nothing = |()| Some(Vec::new());
    match *words {
        ["create", topic, partitions] => client.create(topic, partitions.parse()?).map(nothing),
        ["list"] => client.list().map(Some),
        ["delete", topic] => client.delete(topic).map(nothing),
        ["produce", topic, partition, codec, prefix, count] => {
            client.produce(topic, partition.parse()?, codec, values(prefix, 0..count.parse()?)).map(nothing)
        }
        ["send", topic, partition, prefix, first, count] => {
            let first = first.parse()?;
            let numbers = first..first + count.parse::<usize>()?;
            client.send(topic, partition.parse()?, values(prefix, numbers)).map(nothing)
        }
        ["join", member, group, topic] | ["join", member, group, topic, "classic"] => {
            keep(members, member, client.join(group, topic))
        }
        ["join", member, group, topic, "consumer"] => keep(members, member, client.join_consumer(group, topic)),
        ["poll", member] => {
            let (mut assigned, values) = members.get_mut(member).ok_or("no such member")?.poll()?;
            assigned.sort_unstable();
            let assigned: Vec<String> = assigned.iter().map(i32::to_string).collect();
            let assigned = if assigned.is_empty() { "-".to_owned() } else { assigned.join(",") };
            Ok(Some([vec![assigned], values].concat()))
        }
        ["commit", member] => members.get_mut(member).ok_or("no such member")?.commit().map(nothing),
        ["leave", member] => members.remove(member).ok_or("no such member")?.close().map(nothing),
        ["registry", url, topic] => {
            let Some(answer) = client.registry(url, topic) else { return Ok(None) };
            let (id, message, cents) = answer?;
            let message: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Some(vec![id.to_string(), message, cents.to_string()]))
        }
        ["read", topic, count] => client.read(topic, count.parse()?).map(Some),
        _ => Err(format!("no command {words:?}").into()),
    }
}

fn values(prefix: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{prefix}-{number}-{}", "x".repeat(number % 100))).collect()
}

fn keep<M>(members: &mut BTreeMap<String, M>, name: &str, joined: Option<Result<M>>) -> Result<Option<Vec<String>>> {
    let Some(member) = joined.transpose()? else { return Ok(None) };
    members.insert(name.to_owned(), member);
    Ok(Some(Vec::new()))
}
