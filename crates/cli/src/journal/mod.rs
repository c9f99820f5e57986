//! `kafka-trial journal`: reads, filters and shows what `serve --journal` writes.

pub(crate) mod lines;

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::println;
use anstyle::{AnsiColor, Style};
use kafka_trial::journal::{ApiKey, Entry};

use self::lines::{Line, Lines};

const FAILED: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();

/// The options of `kafka-trial journal`.
#[derive(clap::Args)]
#[command(after_help = "\
Each line shows the time (UTC) at which a request came, its client, API, effect, error and duration, including the time \
that it waited. Requests are in the order in which they ended. docs/journal.md lists the fields of --json.

Examples:
  kafka-trial serve --journal requests.jsonl
  kafka-trial journal requests.jsonl --follow --topic orders
  kafka-trial journal requests.jsonl --errors
  kafka-trial journal requests.jsonl --group billing --api OffsetCommit --last 5
  kafka-trial journal requests.jsonl --json --api Produce | jq -c '.detail.produce.partitions[]'
  kafka-trial serve --port 0 --journal - | kafka-trial journal")]
pub(crate) struct Options {
    /// The file of `serve --journal`; `-` is standard input [default: -]
    file: Option<PathBuf>,
    /// Only requests of this client id
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only requests of this API, by Kafka's name; may be given several times
    #[arg(long = "api", value_name = "NAME", value_parser = api)]
    apis: Vec<ApiKey>,
    /// Only requests that name this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only requests that name this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only requests that failed
    #[arg(long)]
    errors: bool,
    /// Only the last N of them
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    last: Option<usize>,
    /// Continue as the file grows, until interrupted
    #[arg(short, long)]
    follow: bool,
    /// Write the JSON objects unchanged, one per line
    #[arg(long)]
    json: bool,
}

fn api(name: &str) -> Result<ApiKey, String> {
    let named = |api: &ApiKey| api.name().is_some_and(|known| known.eq_ignore_ascii_case(name));
    ApiKey::all()
        .find(named)
        .ok_or_else(|| format!("invalid API {name:?}: expected a name of Kafka's, such as Produce or JoinGroup"))
}

pub(crate) fn journal(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let path = options.file.as_deref().filter(|path| *path != Path::new("-"));
    if path.is_none() && io::stdin().is_terminal() {
        return Err("name a file that `kafka-trial serve --journal FILE` writes, or pipe one in".into());
    }
    let mut lines = match path {
        Some(path) => Lines::of_file(path, options.follow)?,
        None => Lines::of_stdin(),
    };
    let mut last = VecDeque::new();
    let (mut read, mut skipped) = (0, 0);
    while let Some((text, line)) = lines.next()? {
        match line {
            Line::Entry(entry) => {
                read += 1;
                if !options.wants(&entry) {
                    continue;
                }
                match options.last {
                    None => options.show(&text, &entry),
                    Some(count) => {
                        last.push_back((text, entry));
                        while last.len() > count {
                            last.pop_front();
                        }
                    }
                }
            }
            Line::Dropped(_) if options.json => println!("{text}"),
            Line::Dropped(count) => {
                println!("{FAINT}{count} requests were dropped before they could be written{FAINT:#}")
            }
            Line::Foreign => skipped += 1,
        }
    }
    last.iter().for_each(|(text, entry)| options.show(text, entry));
    if read == 0 && skipped > 0 {
        return Err("none of its lines is a request of a journal".into());
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    fn wants(&self, entry: &Entry) -> bool {
        let is =
            |wanted: &Option<String>, names: &[&str]| wanted.as_deref().is_none_or(|wanted| names.contains(&wanted));
        is(&self.client, &[&entry.client_id])
            && is(&self.topic, &entry.topics())
            && is(&self.group, &entry.groups())
            && (self.apis.is_empty() || self.apis.contains(&entry.api))
            && (!self.errors || entry.is_error())
    }

    fn show(&self, text: &str, entry: &Entry) {
        if self.json {
            return println!("{text}");
        }
        let style = if entry.is_error() { FAILED } else { Style::new() };
        println!("{FAINT}{}{FAINT:#} {style}{entry}{style:#}", entry.received.time_of_day());
    }
}
