//! `do` of a rule: what goes wrong.

use std::time::Duration;

use kafka_trial_broker::journal::{ApiKey, ErrorCode};
use kafka_trial_broker::{Corruption, FaultAction, Hint, Level};
use serde_json::{Map, Value as Json};

use super::form::known;
use super::when::time;
use crate::matcher::{api_named, error_named, suggestion};

/// The actions, each with the settings that may stand beside it.
pub(super) const ACTIONS: [(&str, &[&str]); 30] = [
    ("error", &["effect", "level"]),
    ("reject", &["level"]),
    ("apply_then_fail", &["level"]),
    ("cut", &[]),
    ("reset", &[]),
    ("swallow", &[]),
    ("blackhole", &[]),
    ("lose", &[]),
    ("delay", &[]),
    ("delay_answer", &[]),
    ("hold", &[]),
    ("hold_answer", &[]),
    ("slow", &[]),
    ("throttle", &[]),
    ("corrupt", &[]),
    ("skew", &[]),
    ("duplicate", &[]),
    ("rewind", &[]),
    ("fence", &[]),
    ("time_out", &[]),
    ("expire", &[]),
    ("move_leader", &[]),
    ("move_coordinator", &[]),
    ("truncate", &[]),
    ("apply_retention", &[]),
    ("stale_metadata", &[]),
    ("advertise", &[]),
    ("downgrade", &[]),
    ("restart", &[]),
    ("preset", &[]),
];

/// The action of a rule whose preset is expanded, and the level of its error.
pub(super) fn read_action(json: &Json) -> Result<(FaultAction, Option<Level>), String> {
    let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
    let named;
    let object = match json {
        Json::Object(object) => object,
        Json::String(name) => {
            named = Map::from_iter([(name.clone(), Json::Bool(true))]);
            &named
        }
        _ => return Err(format!("do is {json}: expected an object with one of {}", names.join(", "))),
    };
    let mut actions = ACTIONS.iter().filter(|(name, _)| object.contains_key(*name));
    let (action, settings) = match (actions.next(), actions.next()) {
        (Some(one), None) => one,
        (Some((one, _)), Some((other, _))) => {
            return Err(format!("do has {one} and {other}: a fault has one action, so write two faults"));
        }
        _ => {
            let hint = object.keys().map(|key| suggestion(key, &names)).find(|hint| !hint.is_empty());
            let hint = hint.unwrap_or_default();
            return Err(format!("do is {json}{hint}: expected an object with one of {}", names.join(", ")));
        }
    };
    let mut keys = vec![*action];
    keys.extend(*settings);
    known(object, &keys, &format!("a setting of {action}"))?;
    let level = object.get("level").map(read_level).transpose()?;
    let value = object.get(*action).unwrap_or(&Json::Null);
    let effect = object.get("effect");
    Ok((read_named(action, value, effect)?, level))
}

fn read_level(json: &Json) -> Result<Level, String> {
    let names: Vec<&str> = Level::ALL.iter().map(|(_, name)| *name).collect();
    let found = Level::ALL.iter().find(|(_, name)| json.as_str() == Some(name)).map(|(level, _)| *level);
    found.ok_or_else(|| format!("level is {json}: expected one of {}", names.join(", ")))
}

fn read_named(action: &str, value: &Json, effect: Option<&Json>) -> Result<FaultAction, String> {
    let text = |what: &str| value.as_str().ok_or_else(|| format!("{action} is {value}: expected {what}"));
    let code = || text("text").and_then(error_named);
    let plain = |made: FaultAction| match value {
        Json::Bool(true) => Ok(made),
        _ => Err(format!("{action} is {value}: it has no settings, so write true")),
    };
    match action {
        "error" => read_error(value, effect),
        "reject" => read_error(value, None),
        "apply_then_fail" => code().map(FaultAction::ApplyThenFail),
        "cut" => read_cut(value),
        "reset" => match value {
            Json::Bool(true) => Ok(FaultAction::ResetAfter),
            Json::String(at) if at == "before" => Ok(FaultAction::ResetBefore),
            Json::String(at) if at == "after_apply" => Ok(FaultAction::ResetAfter),
            _ => Err(format!("reset is {value}: expected \"before\" or \"after_apply\"")),
        },
        "swallow" => plain(FaultAction::Swallow),
        "blackhole" => plain(FaultAction::Blackhole),
        "lose" => plain(FaultAction::Lose),
        "delay" => read_delay(action, value, false),
        "delay_answer" => read_delay(action, value, true),
        "hold" => Ok(FaultAction::HoldBefore(text("a name to release")?.to_owned())),
        "hold_answer" => Ok(FaultAction::HoldAfter(text("a name to release")?.to_owned())),
        "slow" => read_slow(value),
        "throttle" => time(action, value).map(FaultAction::Throttle),
        "corrupt" => read_corruption(value),
        "skew" => read_skew(value),
        "duplicate" => match value.as_str() {
            Some("append") => Ok(FaultAction::AppendTwice),
            Some("delivery") => Ok(FaultAction::Rewind(1)),
            _ => Err(format!("duplicate is {value}: expected \"append\" or \"delivery\"")),
        },
        "rewind" => {
            let records = value.as_i64().ok_or_else(|| format!("rewind is {value}: expected a number of records"))?;
            Ok(FaultAction::Rewind(records))
        }
        "fence" => plain(FaultAction::Fence),
        "time_out" => plain(FaultAction::TimeOutTransaction),
        "expire" => match value.as_str() {
            Some("member") => Ok(FaultAction::ExpireMembers { all: false }),
            Some("all") => Ok(FaultAction::ExpireMembers { all: true }),
            _ => Err(format!("expire is {value}: expected \"member\" or \"all\"")),
        },
        "move_leader" => read_move(value),
        "move_coordinator" => read_broker(action, value).map(|to| FaultAction::MoveCoordinator { to }),
        "truncate" => plain(FaultAction::Truncate),
        "apply_retention" => plain(FaultAction::ApplyRetention),
        "stale_metadata" => plain(FaultAction::Stale),
        "advertise" => {
            let (host, port) = text("HOST:PORT")?.rsplit_once(':').unwrap_or_default();
            match port.parse() {
                Ok(port) if !host.is_empty() => Ok(FaultAction::Advertise { host: host.to_owned(), port }),
                _ => Err(format!("advertise is {value}: expected HOST:PORT")),
            }
        }
        "downgrade" => read_downgrade(value),
        _ => read_restart(value),
    }
}

fn read_error(value: &Json, effect: Option<&Json>) -> Result<FaultAction, String> {
    let wrong = || format!("error is {value}: expected Kafka's name of an error, or a list that takes turns");
    let applies = match effect.map(Json::as_str) {
        None | Some(Some("reject")) => false,
        Some(Some("apply_then")) => true,
        Some(_) => {
            let found = effect.unwrap_or(&Json::Null);
            return Err(format!("effect is {found}: expected \"reject\" or \"apply_then\""));
        }
    };
    match value {
        Json::String(name) if applies => error_named(name).map(FaultAction::ApplyThenFail),
        Json::String(name) => error_named(name).map(FaultAction::Reject),
        Json::Array(_) if applies => {
            Err(format!("error is {value} with effect apply_then: errors take turns with effect reject only"))
        }
        Json::Array(names) if !names.is_empty() => {
            let codes = names.iter().map(|name| error_named(name.as_str().ok_or_else(wrong)?));
            codes.collect::<Result<Vec<ErrorCode>, _>>().map(FaultAction::RejectInTurn)
        }
        _ => Err(wrong()),
    }
}

fn read_cut(json: &Json) -> Result<FaultAction, String> {
    let in_reply = json.get("in_reply").or_else(|| json.get("mid_reply"));
    let in_reply = in_reply.and_then(Json::as_u64).and_then(|bytes| bytes.try_into().ok());
    match (json.as_str(), in_reply) {
        (Some("accept"), _) => Ok(FaultAction::CutAtAccept),
        (Some("before"), _) => Ok(FaultAction::CutBefore),
        (Some("after_apply"), _) => Ok(FaultAction::CutAfter),
        (_, Some(bytes)) => Ok(FaultAction::CutInReply(bytes)),
        _ => {
            Err(format!("cut is {json}: expected \"accept\", \"before\", \"after_apply\" or {{\"mid_reply\": bytes}}"))
        }
    }
}

fn read_delay(action: &str, value: &Json, answer: bool) -> Result<FaultAction, String> {
    let Json::Object(object) = value else {
        let time = time(action, value)?;
        return Ok(if answer { FaultAction::DelayAfter(time) } else { FaultAction::DelayBefore(time) });
    };
    known(object, &["fixed", "jitter"], &format!("a setting of {action}"))?;
    let part = |key: &str| object.get(key).map_or(Ok(Duration::ZERO), |value| time(key, value));
    Ok(FaultAction::Jitter { fixed: part("fixed")?, jitter: part("jitter")?, answer })
}

fn read_slow(value: &Json) -> Result<FaultAction, String> {
    let wrong = || format!("slow is {value}: expected bytes_per_s, and chunk in bytes if pieces are to be small");
    let object = value.as_object().ok_or_else(wrong)?;
    known(object, &["bytes_per_s", "chunk"], "a setting of slow")?;
    let bytes_per_s = object.get("bytes_per_s").and_then(Json::as_u64).ok_or_else(wrong)?;
    let chunk = object.get("chunk").map_or(Some(1024), Json::as_u64).ok_or_else(wrong)?;
    Ok(FaultAction::Slow { bytes_per_s, chunk: usize::try_from(chunk).map_err(|_| wrong())? })
}

fn read_corruption(value: &Json) -> Result<FaultAction, String> {
    Ok(FaultAction::Corrupt(match value.as_str() {
        Some("crc") => Corruption::Crc,
        Some("bit") => Corruption::Bit,
        Some("codec") => Corruption::Codec,
        Some("payload") => Corruption::Payload,
        Some("schema_id") => Corruption::SchemaId,
        _ => return Err(format!("corrupt is {value}: expected crc, bit, codec, payload or schema_id")),
    }))
}

fn read_skew(value: &Json) -> Result<FaultAction, String> {
    let back = value.as_str().and_then(|text| text.strip_prefix('-')).map(Json::from);
    let (sign, length) = match (&back, value.as_i64()) {
        (Some(back), _) => (-1, back.clone()),
        (None, Some(ms @ ..0)) => (-1, Json::from(ms.unsigned_abs())),
        _ => (1, value.clone()),
    };
    let ms = i64::try_from(time("skew", &length)?.as_millis()).unwrap_or(i64::MAX);
    Ok(FaultAction::SkewTime(ms.saturating_mul(sign)))
}

/// `true` or `next` for the next broker, or the id of one.
fn read_broker(action: &str, value: &Json) -> Result<Option<i32>, String> {
    match value {
        Json::Bool(true) => Ok(None),
        Json::String(next) if next == "next" => Ok(None),
        _ => {
            let id = value.as_i64().and_then(|id| i32::try_from(id).ok());
            id.map(Some).ok_or_else(|| format!("{action} is {value}: expected next, or the id of a broker"))
        }
    }
}

fn read_move(value: &Json) -> Result<FaultAction, String> {
    let Json::Object(object) = value else {
        return read_broker("move_leader", value).map(|to| FaultAction::MoveLeader { to, hint: Hint::Right });
    };
    known(object, &["to", "hint"], "a setting of move_leader")?;
    let to = object.get("to").map_or(Ok(None), |to| read_broker("to", to))?;
    let hint = match object.get("hint").map(Json::as_str) {
        None | Some(Some("right")) => Hint::Right,
        Some(Some("wrong")) => Hint::Wrong,
        Some(Some("absent")) => Hint::Absent,
        Some(_) => return Err(format!("move_leader is {value}: expected a hint that is right, wrong or absent")),
    };
    Ok(FaultAction::MoveLeader { to, hint })
}

fn read_downgrade(value: &Json) -> Result<FaultAction, String> {
    let wrong = || format!("downgrade is {value}: expected to, a version, and api if not all are meant");
    let object = value.as_object().ok_or_else(wrong)?;
    known(object, &["api", "to"], "a setting of downgrade")?;
    let to = object.get("to").and_then(Json::as_i64).and_then(|to| to.try_into().ok()).ok_or_else(wrong)?;
    let named = |api: &Json| -> Result<ApiKey, String> { api_named(api.as_str().ok_or_else(wrong)?) };
    Ok(FaultAction::Downgrade { api: object.get("api").map(named).transpose()?, to })
}

fn read_restart(value: &Json) -> Result<FaultAction, String> {
    let Json::Object(object) = value else {
        return match value {
            Json::Bool(true) => Ok(FaultAction::Restart { down: None, rolling: false }),
            _ => Err(format!("restart is {value}: expected down, a time, and rolling if all brokers are to restart")),
        };
    };
    known(object, &["down", "rolling"], "a setting of restart")?;
    let down = object.get("down").map(|down| time("down", down)).transpose()?;
    let rolling = match object.get("rolling") {
        None => false,
        Some(Json::Bool(rolling)) => *rolling,
        Some(other) => return Err(format!("rolling is {other}: expected true or false")),
    };
    Ok(FaultAction::Restart { down, rolling })
}
