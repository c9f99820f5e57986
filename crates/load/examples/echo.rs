//! A service that answers each request with itself: something to drive a load against.
//!
//! ```sh
//! cargo run --release -p kafka-trial-load --example echo -- localhost:19092 requests responses
//! ```
//! It runs until its standard input ends.

use std::error::Error;
use std::io::Read as _;

use kafka_trial::responder::Responder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bootstrap_servers, requests, responses] = arguments.as_slice() else {
        return Err("echo BOOTSTRAP_SERVERS REQUESTS RESPONSES".into());
    };
    let topic = responses.clone();
    let service =
        Responder::start(bootstrap_servers, &[requests.as_str()], move |record| vec![record.forward_to(&topic)])?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    eprintln!("{} requests were answered", service.handled());
    Ok(())
}
