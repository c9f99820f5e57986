//! Real clients of many languages on the broker: `cargo xtask clients`.
//!
//! One table ([`table`]) names the clients, another ([`behaviours`]) what each must be able to do. Every client sits
//! in a small program of ours, its driver, that speaks the line protocol of [`driver`], so that a behaviour is written
//! once. A toolchain that is not on the machine is a skip with its name. `cargo xtask cluster` ([`cluster`]) has some of
//! them work while brokers stop and start.

mod behaviours;
mod cluster;
mod driver;
mod prepare;
mod report;
mod scene;
mod table;

use std::process::ExitCode;
use std::sync::Mutex;

use clap::Parser;
use kafka_trial::client::Stopwatch;
use kafka_trial::{Cluster, ClusterConfig};
use kafka_trial_registry::SchemaRegistry;

use self::behaviours::{BEHAVIOURS, Outcome};
use self::driver::Driver;
use self::prepare::Readiness;
use self::report::Row;
use self::scene::Scene;
use self::table::{CLIENTS, Client};

/// Real clients of many languages
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    Clients(Options),
    Cluster(cluster::Options),
}

/// Runs real clients of many languages on the embedded broker, or on a cluster that is named
#[derive(clap::Args)]
struct Options {
    /// Only the clients of these names
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Another cluster than the embedded one
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap: Option<String>,
    /// Another schema registry than the embedded one, which there is only beside the embedded cluster
    #[arg(long, value_name = "URL")]
    registry: Option<String>,
    /// Only what is quick to prepare: Python, Go, kcat, and whatever has been built before
    #[arg(long)]
    quick: bool,
    /// Name the clients and stop
    #[arg(long)]
    list: bool,
}

/// How many clients run at a time: they wait more than they work.
const AT_A_TIME: usize = 3;

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Clients(options) => clients(options),
        Command::Cluster(options) => cluster::run(&options),
    }
}

fn clients(options: Options) -> anyhow::Result<ExitCode> {
    if let Some(unknown) = options.names.iter().find(|name| !CLIENTS.iter().any(|client| client.name == name.as_str()))
    {
        anyhow::bail!("no client is called {unknown}; --list names them");
    }
    let wanted =
        |client: &&Client| options.names.is_empty() || options.names.iter().any(|name| client.name == name.as_str());
    let clients: Vec<&Client> = CLIENTS.iter().filter(wanted).collect();
    if options.list {
        clients.iter().for_each(|client| println!("{:<22} {}", client.name, client.about));
        return Ok(ExitCode::SUCCESS);
    }
    let watch = Stopwatch::start();
    let cluster = match options.bootstrap {
        Some(_) => None,
        None => Some(Cluster::start(ClusterConfig::default())?),
    };
    let servers =
        options.bootstrap.or_else(|| cluster.as_ref().map(|cluster| cluster.bootstrap_servers())).unwrap_or_default();
    let embedded = match options.registry.is_none() && cluster.is_some() {
        true => Some(SchemaRegistry::start()?),
        false => None,
    };
    let registry = options.registry.or_else(|| embedded.as_ref().map(SchemaRegistry::url));
    let rows = Mutex::new(Vec::new());
    let queue = Mutex::new(clients.iter().enumerate());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some((number, client)) = next else { return };
                    let row = examine(client, &servers, registry.as_deref(), options.quick);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((number, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by_key(|(number, _)| *number);
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    let failed = report::print(&rows, watch.elapsed());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prepares a client's driver and takes it through all behaviours.
fn examine(client: &Client, servers: &str, registry: Option<&str>, quick: bool) -> Row {
    eprintln!("{}: preparing", client.name);
    let command = match client.toolchain.prepare(client, quick) {
        Ok(Readiness::Ready(command)) => command,
        Ok(Readiness::Absent(why)) => return Row::absent(client.name, why),
        Err(error) => return Row::broken(client.name, format!("{error:#}")),
    };
    let mut driver = match Driver::start(client.name, &command, servers) {
        Ok(driver) => driver,
        Err(error) => return Row::broken(client.name, format!("{error:#}")),
    };
    let version = driver.version().to_owned();
    eprintln!("{}: {version}", client.name);
    let mut outcomes = Vec::new();
    for behaviour in BEHAVIOURS {
        let outcome = Scene::new(servers, registry, client.name, behaviour.name)
            .and_then(|mut scene| (behaviour.run)(&mut driver, &mut scene));
        let outcome = outcome.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        if let Outcome::Failed(why) = &outcome {
            eprintln!("{}: {}: {why}", client.name, behaviour.name);
            // What it is still doing belongs to this behaviour, and not to the next.
            driver = match driver.start_again(servers) {
                Ok(driver) => driver,
                Err(error) => {
                    outcomes.push(outcome);
                    return Row::ended(client.name, version, outcomes, format!("{error:#}"));
                }
            };
        }
        outcomes.push(outcome);
    }
    Row::complete(client.name, version, outcomes)
}
