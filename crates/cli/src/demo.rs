//! `kafka-trial demo`: every handler of the reference service, over a real socket, hop by hop.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use anstream::println;
use anstyle::{AnsiColor, Style};
use kafka_trial::client::{Client, Deadline, Stopwatch};
use kafka_trial::config::{DEFAULT_TOPICS, KafkaTestConfig};
use kafka_trial::utilities::{FlowTracking, publish_test_event, track_event_flow};
use kafka_trial::{Cluster, ClusterConfig, Record};
use kafka_trial_load::units::length;
use serde_json::{Value as Json, json};

use crate::exit_status::ExitStatus;

/// The options of `kafka-trial demo`.
#[derive(clap::Args)]
#[command(after_help = "\
Exit status: 0 if each flow is complete, otherwise 1.

Example:
  kafka-trial demo")]
pub(crate) struct Options {
    /// How long to wait for each answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length)]
    timeout: Duration,
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const TITLE: Style = Style::new().bold();

/// A request to one of the handlers, and what of its answer is worth a look.
struct Request {
    /// The handler as the default topics name it: `validation`.
    handler: &'static str,
    about: &'static str,
    body: Body,
    /// JSON pointers into the answer.
    shown: &'static [&'static str],
}

enum Body {
    Event(Json),
    /// Bytes that are no event: nobody can be answered, so they go to the dead letters.
    Broken(&'static str),
}

pub(crate) fn demo(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let timeout = options.timeout;
    let watch = Stopwatch::start();
    let cluster = Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..Default::default() })?;
    let started = watch.elapsed();
    let bootstrap = cluster.bootstrap_servers();
    let _service = kafka_trial_reference::start(&bootstrap)?;
    println!(
        "{TITLE}An embedded Kafka on {bootstrap}, up in {:.1} ms; the reference service answers on it.{TITLE:#}",
        started.as_secs_f64() * 1e3
    );
    println!("Each request is produced, handled, answered and read back over real sockets:");

    let mut client = Client::connect(&bootstrap, Deadline::after(timeout))?;
    let mut complete = 0;
    let requests = requests();
    for (request, number) in requests.iter().zip(1..) {
        let correlation_id = format!("demo-{number}");
        let asked = topic(request.handler, "request");
        let answered = match request.body {
            Body::Event(_) => topic(request.handler, "response").to_owned(),
            Body::Broken(_) => format!("{asked}.dlq"),
        };
        println!("\n{TITLE}{}{TITLE:#}  {}", request.handler, request.about);
        request.publish(&mut client, asked, &correlation_id, Deadline::after(timeout))?;
        let tracking = track_event_flow(&bootstrap, &correlation_id, asked, &answered, timeout)?;
        show(&cluster, request, &tracking, &answered, timeout);
        complete += usize::from(tracking.response_found);
    }
    let style = if complete == requests.len() { GOOD } else { BAD };
    let spent = watch.elapsed().as_secs_f64() * 1e3;
    println!("\n{style}{complete} of {} flows are complete{style:#}, {spent:.0} ms in all.", requests.len());
    println!("{DIM}Next: kafka-trial serve (a broker for any client), kafka-trial run -- <test command>.{DIM:#}");
    Ok(ExitStatus::of(complete == requests.len()).into())
}

impl Request {
    /// Produces the request; its key is the correlation id, so that a dead letter can be found by it too.
    fn publish(&self, client: &mut Client, topic: &str, id: &str, deadline: Deadline) -> Result<(), Box<dyn Error>> {
        match &self.body {
            Body::Event(event) => publish_test_event(client, topic, event, id, deadline)?,
            Body::Broken(text) => client.produce(&Record::new(topic, text).key(id), deadline)?,
        };
        Ok(())
    }
}

fn requests() -> Vec<Request> {
    let request = |handler, about, operation: &str, payload: Json, shown| Request {
        handler,
        about,
        body: Body::Event(json!({ "event_type": format!("codegen.request.{operation}"), "payload": payload })),
        shown,
    };
    vec![
        request(
            "validation",
            "a class that follows the conventions",
            "validate",
            json!({
                "code_content": "from pydantic import BaseModel\n\nclass ModelOrder(BaseModel):\n    order_id: str\n\n\n\
                    class NodeOrderEffect(NodeEffect):\n    contract_path: str = \"contracts/order.yaml\"\n",
                "node_type": "effect",
            }),
            &["/payload/quality_score", "/payload/onex_compliance_score", "/payload/is_valid"],
        ),
        request(
            "validation",
            "the same request without its code: an error answer",
            "validate",
            json!({ "node_type": "effect" }),
            &["/payload/violations", "/payload/is_valid"],
        ),
        request(
            "analysis",
            "a requirements text",
            "analyze",
            json!({
                "prd_content": "The order service stores every order in the database and publishes an event to Kafka. \
                    It aggregates the orders of a day into a report."
            }),
            &["/payload/confidence", "/payload/node_type_hints"],
        ),
        request(
            "pattern",
            "nodes like a description",
            "pattern",
            json!({ "node_description": "writes orders to a database and retries on failure", "score_threshold": 0.1 }),
            &["/payload/count", "/payload/avg_similarity"],
        ),
        request(
            "mixin",
            "mixins for some requirements",
            "mixin",
            json!({ "requirements": ["retry with backoff", "cache the results", "publish events"] }),
            &["/payload/count", "/payload/avg_confidence"],
        ),
        Request {
            handler: "validation",
            about: "a request that is not JSON: a dead letter",
            body: Body::Broken("{broken"),
            shown: &["/error_type", "/error"],
        },
    ]
}

/// The default topic of a handler: `omninode.codegen.request.validate.v1`.
fn topic(handler: &str, side: &str) -> &'static str {
    let key = format!("{handler}_{side}");
    DEFAULT_TOPICS.iter().find(|(name, _)| *name == key).map_or("", |(_, topic)| topic)
}

fn show(cluster: &Cluster, request: &Request, tracking: &FlowTracking, answered: &str, timeout: Duration) {
    // The broker knows when it appended each record, more exactly than the records' own times in milliseconds.
    let appended = |topic: &str, partition, offset| {
        let records = cluster.records(topic, Some(partition), offset).unwrap_or_default();
        records.first().map(|record| record.appended.0)
    };
    let first = tracking.hops.first().and_then(|hop| appended(&hop.topic, hop.partition, hop.offset));
    for hop in &tracking.hops {
        let at = appended(&hop.topic, hop.partition, hop.offset);
        let after = at.zip(first).map_or(0, |(at, first)| at - first);
        println!(
            "  {GOOD}{:>7.2} ms{GOOD:#}  {:<40} {DIM}partition {} offset {}{DIM:#}",
            after as f64 / 1e3,
            hop.topic,
            hop.partition,
            hop.offset
        );
    }
    let Some(response) = &tracking.response_event else {
        println!("  {BAD}nothing in {answered} within {} s{BAD:#}", timeout.as_secs());
        return;
    };
    for pointer in request.shown {
        let name = pointer.rsplit('/').next().unwrap_or(pointer);
        println!("              {name}: {}", response.pointer(pointer).unwrap_or(&Json::Null));
    }
}
