//! Reading one step: a line, and the fields below it.

use kafka_trial_wire::ApiKey;

use super::expression::Cursor;
use super::{Action, Damage, Expression, FIRST_BROKER, Hop, Mistake, Path, Request, Step, Versions};

const ACTIONS: &str = "an API by Kafka's name, or one of: topic, await, waits, close, pause, stop, start";

/// Reads a step from its first line and the lines below it. A step that is sent to every API becomes many.
pub(super) fn read(line: usize, text: &str, below: &str) -> Result<Vec<Step>, Mistake> {
    let text = text.split_once(" #").map_or(text, |(text, _)| text).trim_end();
    let words: Vec<&str> = text.split_whitespace().collect();
    let wrong = |expected: &str| Mistake::new(line, expected.to_owned());
    let step = |action| Step { line, text: text.to_owned(), action, of_every: false, saves: Vec::new(), until: None };
    let mut steps = match words.as_slice() {
        ["topic", name, rest @ ..] => vec![step(topic(line, name, rest)?)],
        ["await", label] => vec![step(Action::Await((*label).to_owned()))],
        ["waits", label] => vec![step(Action::Waits((*label).to_owned()))],
        ["close", connection] => vec![step(Action::Close((*connection).to_owned()))],
        ["stop" | "start", id] => {
            let id = id.parse().map_err(|_| wrong("the id of a broker expected"))?;
            vec![step(if words.first() == Some(&"stop") { Action::Stop(id) } else { Action::Start(id) })]
        }
        ["pause", time] => {
            let ms = time.strip_suffix("ms").and_then(|ms| ms.parse().ok()).ok_or_else(|| wrong("pause 100ms"))?;
            vec![step(Action::Pause(ms))]
        }
        // Produce with its fields at their defaults is never answered.
        ["every", "API", rest @ ..] => ApiKey::all()
            .filter(|api| *api != ApiKey::Produce)
            .map(|api| {
                let request = request(line, api, rest)?;
                Ok(Step { text: format!("{api} {}", rest.join(" ")), of_every: true, ..step(Action::Send(request)) })
            })
            .collect::<Result<_, Mistake>>()?,
        [name, rest @ ..] => {
            let api = ApiKey::all().find(|api| api.name() == Some(name)).ok_or_else(|| wrong(ACTIONS))?;
            vec![step(Action::Send(request(line, api, rest)?))]
        }
        [] => return Err(wrong(ACTIONS)),
    };
    for step in &mut steps {
        self::below(step, &mut Cursor::new(below, line + 1))?;
    }
    Ok(steps)
}

/// `topic @orders 2 cleanup.policy=compact`.
fn topic(line: usize, name: &str, rest: &[&str]) -> Result<Action, Mistake> {
    let usage = || Mistake::new(line, "topic @NAME [PARTITIONS] [CONFIG=VALUE ..] expected");
    let name = name.strip_prefix('@').ok_or_else(usage)?.to_owned();
    let (partitions, configs) = match rest {
        [first, configs @ ..] if !first.contains('=') => (first.parse().map_err(|_| usage())?, configs),
        configs => (1, configs),
    };
    let pair = |text: &&str| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let configs = configs.iter().map(|text| pair(text).ok_or_else(usage)).collect::<Result<_, _>>()?;
    Ok(Action::Topic { name, partitions, configs })
}

/// `Metadata 9-12 on second later answer cut 1`: everything behind the API.
fn request(line: usize, api: ApiKey, words: &[&str]) -> Result<Request, Mistake> {
    let wrong = |expected: String| Mistake::new(line, expected);
    let served = Versions::served(api).ok_or_else(|| wrong(format!("{api} has no versions")))?;
    let mut request = Request {
        api,
        versions: Versions { min: served.max, max: served.max },
        connection: "main".to_owned(),
        broker: FIRST_BROKER,
        later: None,
        damage: Vec::new(),
        body: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().copied().unwrap_or_default();
            text.parse::<i32>().map_err(|_| wrong(format!("a number expected behind {word}, found {text:?}")))
        };
        let count = |number: i32| usize::try_from(number).map_err(|_| wrong(format!("{word} {number}: not below 0")));
        let short = |number: i32| i16::try_from(number).map_err(|_| wrong(format!("{word} {number}: two bytes")));
        match *word {
            "on" => request.connection = words.next().ok_or_else(|| wrong("a connection's name".into()))?.to_string(),
            "at" => request.broker = number()?,
            "later" => {
                request.later = Some(words.next().ok_or_else(|| wrong("a name behind later".into()))?.to_string())
            }
            "cut" => request.damage.push(Damage::Cut(count(number()?)?)),
            "keep" => request.damage.push(Damage::Keep(count(number()?)?)),
            "extra" => request.damage.push(Damage::Extra(count(number()?)?)),
            "size" => {
                let text = words.next().copied().unwrap_or_default();
                let off =
                    |text: &str| text.parse::<i32>().map_err(|_| wrong(format!("size +1, size =N, not {text:?}")));
                request.damage.push(match text.strip_prefix('=') {
                    Some(size) => Damage::SizeIs(off(size)?),
                    None => Damage::Size(off(text)?),
                });
            }
            "key" => request.damage.push(Damage::Key(short(number()?)?)),
            "version" => request.damage.push(Damage::Version(short(number()?)?)),
            text => request.versions = versions(text, served).map_err(wrong)?,
        }
    }
    Ok(request)
}

fn versions(text: &str, served: Versions) -> Result<Versions, String> {
    let expected = || {
        format!(
            "all, a version or a range within {}-{}, or one of: on, at, later, cut, keep, extra, size, key, version; \
             found {text:?}",
            served.min, served.max
        )
    };
    let number = |text: &str| text.parse::<i16>().map_err(|_| expected());
    let versions = match (text, text.split_once('-'), text.strip_suffix('+')) {
        ("all", ..) => served,
        (_, _, Some(min)) => Versions { min: number(min)?, max: served.max },
        (_, Some((min, max)), _) => Versions { min: number(min)?, max: number(max)? },
        _ => Versions { min: number(text)?, max: number(text)? },
    };
    if versions.min < served.min || versions.max > served.max || versions.min > versions.max {
        return Err(expected());
    }
    Ok(versions)
}

/// Fields of the request, `save NAME = PATH` and `until PATH = VALUE`.
fn below(step: &mut Step, cursor: &mut Cursor<'_>) -> Result<(), Mistake> {
    while cursor.skip_blank() {
        let mut ahead = Cursor::new(cursor.rest(), cursor.line());
        match ahead.word() {
            "save" => {
                cursor.word();
                let rest = cursor.line_rest();
                let (name, at) = rest.split_once('=').ok_or_else(|| cursor.mistake("save NAME = PATH expected"))?;
                step.saves.push((name.trim().to_owned(), path(at.trim(), cursor)?));
            }
            "until" => {
                cursor.word();
                let rest = cursor.line_rest();
                let (at, value) = rest.split_once('=').ok_or_else(|| cursor.mistake("until PATH = VALUE expected"))?;
                let value: Expression = Cursor::new(value, cursor.line()).value()?;
                step.until = Some((path(at.trim(), cursor)?, value));
            }
            _ => {
                let entry = cursor.entry()?;
                match &mut step.action {
                    Action::Send(request) => request.body.push(entry),
                    _ => return Err(Mistake::new(entry.line, "only requests have fields")),
                }
            }
        }
    }
    Ok(())
}

/// `Topics[0].Partitions[1].ErrorCode`.
fn path(text: &str, cursor: &Cursor<'_>) -> Result<Path, Mistake> {
    let wrong = || cursor.mistake(format!("a path such as Topics[0].ErrorCode expected, found {text:?}"));
    let mut hops = Vec::new();
    for part in text.split('.') {
        let (name, indexes) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
        if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
            return Err(wrong());
        }
        hops.push(Hop::Field(name.to_owned()));
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            let index = index.strip_suffix(']').and_then(|index| index.parse().ok()).ok_or_else(wrong)?;
            hops.push(Hop::Index(index));
        }
    }
    Ok(Path(hops))
}
