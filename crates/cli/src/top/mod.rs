//! `kafka-trial top`: topics, rates, groups and their lag, live in a terminal.

mod frame;
mod look;
mod scrape;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use crossterm::execute;
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use kafka_trial::Time;
use kafka_trial::client::{Client, Deadline, now_millis};
use kafka_trial_load::units::length;

use self::frame::{Frame, Room};
use self::look::{Look, Rates, Rebalances};
use crate::signals::endings;
use crate::target::Target;

/// The longest that one look may take, so that the screen never stands still for long.
const LONGEST_LOOK: Duration = Duration::from_secs(5);
/// What a terminal is taken for that does not tell its size.
const USUAL: Room = Room { columns: 80, lines: 24 };
/// The options of `kafka-trial top`.
#[derive(clap::Args)]
#[command(after_help = "\
It sends the requests of an ordinary client, so it works on every cluster. RECORDS is the number of offsets between the \
beginning and the end. IN/S and READ/S are the offsets appended and committed per second since the last look. REBALANCES \
counts the looks at which members or their partitions have changed. With `serve --metrics` it also shows errors by API \
and every rebalance since the start. If standard output is not a terminal, it looks once.

Examples:
  kafka-trial top
  kafka-trial top --bootstrap broker:9092 --every 5s
  kafka-trial top --metrics 9464     (with `kafka-trial serve --metrics 9464`)
  kafka-trial top --once
  kafka-trial top --json | jq '[.groups[].lag] | add'")]
pub(crate) struct Options {
    /// Look once, without rates, and end
    #[arg(long)]
    once: bool,
    /// Look once and write JSON
    #[arg(long)]
    json: bool,
    /// The time between two looks
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = length)]
    every: Duration,
    /// The port of `serve --metrics` on this machine, or HOST:PORT
    #[arg(long, value_name = "PORT")]
    metrics: Option<String>,
    /// Include internal topics, such as __consumer_offsets
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn top(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let look = options.look(&mut client, deadline)?;
    if options.json {
        anstream::println!("{:#}", look.to_json());
        return Ok(ExitCode::SUCCESS);
    }
    if options.once || !io::stdout().is_terminal() {
        let room = Room { lines: usize::MAX, ..room() };
        print!(
            "{}",
            Frame::new(options.target.endpoint()?.bootstrap_servers(), &look, None).lines(room, false).join("\n")
                + "\n"
        );
        return Ok(ExitCode::SUCCESS);
    }
    live(options, client, look)
}

impl Options {
    fn look(&self, client: &mut Client, deadline: Deadline) -> Result<Look, Box<dyn Error>> {
        Look::at(client, self.metrics.as_deref(), self.internal, deadline)
    }
}

/// Why the screen is drawn before its time.
enum Wake {
    Ended,
    Resized,
}

/// Draws until `q`, Ctrl-C or a signal comes. Then the terminal is as it was before.
fn live(options: &Options, client: Client, first: Look) -> Result<ExitCode, Box<dyn Error>> {
    let mut signals = endings()?;
    let (wake, woken) = mpsc::channel();
    let by_key = wake.clone();
    std::thread::spawn(move || {
        signals.forever().next();
        // Nobody listens any more when this fails.
        let _ = wake.send(Wake::Ended);
    });
    // Without raw mode, as when standard input is no terminal, Ctrl-C is a signal.
    if terminal::enable_raw_mode().is_ok() {
        std::thread::spawn(move || keys(&by_key));
    }
    let drawn = execute!(io::stdout(), EnterAlternateScreen, Hide)
        .map_err(Into::into)
        .and_then(|()| draw(options, client, first, &woken));
    let left = execute!(io::stdout(), Show, LeaveAlternateScreen).and_then(|()| terminal::disable_raw_mode());
    drawn?;
    left?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for keys and changes of size until somebody ends it.
fn keys(wake: &mpsc::Sender<Wake>) {
    while let Ok(event) = event::read() {
        let sent = match event {
            Event::Key(key) if ends(key) => wake.send(Wake::Ended),
            Event::Resize(..) => wake.send(Wake::Resized),
            _ => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn ends(key: KeyEvent) -> bool {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) || (is_control && key.code == KeyCode::Char('c'))
}

fn draw(options: &Options, client: Client, first: Look, woken: &mpsc::Receiver<Wake>) -> Result<(), Box<dyn Error>> {
    let endpoint = options.target.endpoint()?;
    let styled = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    let (mut client, mut look, mut rates, mut trouble) = (Some(client), first, None, None);
    let mut rebalances = Rebalances::default();
    loop {
        rebalances.note(&mut look);
        let now = Time(now_millis().saturating_mul(1000)).time_of_day();
        let mut frame = Frame::new(endpoint.bootstrap_servers(), &look, rates.as_ref());
        frame.note = Some(trouble.take().unwrap_or_else(|| format!("{now} UTC, every {:?}, q ends it", options.every)));
        let until = Deadline::after(options.every);
        loop {
            let lines = frame.lines(room(), styled).join("\x1b[K\r\n");
            write!(io::stdout(), "\x1b[H{lines}\x1b[K\x1b[J")?;
            io::stdout().flush()?;
            match woken.recv_timeout(until.left()) {
                Ok(Wake::Resized) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Ok(Wake::Ended) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        let deadline = Deadline::after(LONGEST_LOOK);
        let next = match client.take() {
            Some(client) => Ok(client),
            None => Client::connect(&endpoint, deadline),
        };
        let next = next.map_err(Box::<dyn Error>::from).and_then(|mut next| {
            let look = options.look(&mut next, deadline)?;
            Ok((next, look))
        });
        match next {
            Ok((next, newer)) => {
                rates = Some(Rates::between(&look, &newer));
                (client, look) = (Some(next), newer);
            }
            // The last look stays on the screen, and another connection is tried next time.
            Err(error) => trouble = Some(error.to_string()),
        }
    }
}

fn room() -> Room {
    terminal::size().map_or(USUAL, |(columns, lines)| Room { columns: columns.into(), lines: lines.into() })
}
