//! What can be told an embedded cluster: the address that it advertises, and to apply retention now.

use std::io::copy;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Start, TopicReader, now_millis};
use kafka_trial::{Cluster, ClusterConfig, InspectError, Record, StartError, TopicSpec};

const LIMIT: Duration = Duration::from_secs(10);

/// A proxy in front of a broker, which counts the connections that go through it. It ends with the process.
fn proxy(listener: TcpListener, broker: SocketAddr) -> Arc<AtomicUsize> {
    let count = Arc::<AtomicUsize>::default();
    let passed = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(broker)) else { return };
            passed.fetch_add(1, Ordering::Relaxed);
            for (mut from, mut to) in [(client.try_clone(), server.try_clone()), (Ok(server), Ok(client))]
                .into_iter()
                .filter_map(|(from, to)| Some((from.ok()?, to.ok()?)))
            {
                std::thread::spawn(move || copy(&mut from, &mut to).map(|_| to.shutdown(std::net::Shutdown::Both)));
            }
        }
    });
    count
}

#[test]
fn clients_stay_behind_a_proxy_whose_address_is_advertised() {
    for by_property in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = listener.local_addr().unwrap();
        let mut config = ClusterConfig { topics: vec![TopicSpec::new("orders", 1)], ..ClusterConfig::default() };
        if by_property {
            config.properties.insert("advertised.listeners".to_owned(), format!("PLAINTEXT://{front}"));
        } else {
            config.advertised = vec![front.to_string().parse().unwrap()];
        }
        let cluster = Cluster::start(config).unwrap();
        assert_eq!(cluster.bootstrap_servers(), front.to_string());
        assert_eq!(cluster.ignored_properties(), []);
        let passed = proxy(listener, cluster.addresses()[0]);
        let deadline = Deadline::after(LIMIT);
        let mut client = Client::connect(cluster.bootstrap_servers(), deadline).unwrap();
        assert_eq!(client.brokers(deadline).unwrap()[0].address, front.to_string());
        client.produce(&Record::new("orders", "a"), deadline).unwrap();
        let mut reader = TopicReader::open(client, &["orders"], Start::Earliest, deadline).unwrap();
        assert_eq!(reader.poll(LIMIT).unwrap()[0].value_text().as_deref(), Some("a"));
        assert!(passed.load(Ordering::Relaxed) >= 2, "bootstrap and the leader, each through the proxy");
    }
}

#[test]
fn brokers_advertise_an_address_each_or_one_host() {
    let advertised = |texts: &[&str]| ClusterConfig {
        brokers: 2,
        advertised: texts.iter().map(|text| text.parse().unwrap()).collect(),
        ..ClusterConfig::default()
    };
    let cluster = Cluster::start(advertised(&["a:1", "b:2"])).unwrap();
    assert_eq!(cluster.bootstrap_servers(), "a:1,b:2");
    let cluster = Cluster::start(advertised(&["a"])).unwrap();
    let ports: Vec<String> = cluster.addresses().iter().map(|address| format!("a:{}", address.port())).collect();
    assert_eq!(cluster.bootstrap_servers(), ports.join(","));

    let refused = |config: ClusterConfig| Cluster::start(config).unwrap_err().to_string();
    assert_eq!(refused(advertised(&["a:1"])), "advertised: one port for 2 brokers: name an address for each of them");
    assert_eq!(
        refused(advertised(&["a", "b", "c"])),
        "advertised: 3 addresses for 2 broker(s): one host for all, or one address for each"
    );
    for (listeners, why) in [
        ("SSL://a:1", "expected PLAINTEXT://HOST:PORT"),
        ("PLAINTEXT://a", "expected PLAINTEXT://HOST:PORT"),
        ("PLAINTEXT://a:b", "invalid address \"a:b\": expected HOST or HOST:PORT"),
        ("PLAINTEXT://a:1", "one address for several brokers; set it for each of them"),
    ] {
        let properties = [("advertised.listeners".to_owned(), listeners.to_owned())].into();
        let error = refused(ClusterConfig { properties, ..advertised(&[]) });
        assert_eq!(error, format!("advertised: advertised.listeners={listeners}: {why}"));
    }
    let everywhere = Cluster::start(ClusterConfig { host: "0.0.0.0".to_owned(), ..ClusterConfig::default() });
    assert!(matches!(everywhere, Err(StartError::NothingToAdvertise { .. })));
}

#[test]
fn retention_is_applied_when_a_test_says_so() {
    let configs = [("retention.ms".to_owned(), "60000".to_owned())];
    let compacted = [("cleanup.policy".to_owned(), "compact".to_owned())];
    let topics = vec![
        TopicSpec { configs: configs.into(), ..TopicSpec::new("orders", 2) },
        TopicSpec { configs: compacted.into(), ..TopicSpec::new("states", 1) },
    ];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let deadline = Deadline::after(LIMIT);
    let mut client = Client::connect(cluster.bootstrap_servers(), deadline).unwrap();
    let old = Record::new("orders", "old").partition(0).timestamp(now_millis() - 120_000);
    let new = Record::new("orders", "new").partition(1);
    client.produce_all(&[old, new], deadline).unwrap();
    cluster.apply_retention("orders").unwrap();
    let left = cluster.records("orders", None, 0).unwrap();
    assert_eq!(left.iter().map(|record| record.value.as_deref()).collect::<Vec<_>>(), [Some(&b"new"[..])]);
    // Offsets go on where they were.
    let next = client.produce(&Record::new("orders", "next").partition(0), deadline).unwrap();
    assert_eq!(next.offset, 1);

    assert_eq!(cluster.apply_retention("none"), Err(InspectError::UnknownTopic("none".to_owned())));
    assert_eq!(
        cluster.apply_retention("states").unwrap_err().to_string(),
        "topic states keeps its records: its cleanup.policy does not say delete"
    );
}
