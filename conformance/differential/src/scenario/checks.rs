//! What can be known to be wrong before anything is sent: fields that no message has, values that nobody saved.

use std::collections::BTreeSet;

use kafka_trial_wire::Uuid;
use kafka_trial_wire::schema::{Message, Struct, Type};
use kafka_trial_wire::view::Schema;

use super::{Action, Entry, Expression, Mistake, Section};

pub(super) fn section(section: &Section, schema: &Schema) -> Result<(), Mistake> {
    let mut saved = BTreeSet::new();
    let mut later = BTreeSet::new();
    for step in &section.steps {
        match &step.action {
            Action::Topic { name, .. } => _ = saved.insert(name.clone()),
            Action::Send(request) => {
                let message = schema.request(request.api);
                let top = message.and_then(|message| Some((message, message.structs.first()?)));
                let Some((message, top)) = top else {
                    return Err(Mistake::new(step.line, format!("{} has no definition", request.api)));
                };
                fields(message, top, &request.body)?;
                for entry in &request.body {
                    values(entry.line, &entry.value, &saved)?;
                }
                later.extend(request.later.clone());
            }
            Action::Await(label) | Action::Waits(label) if !later.contains(label) => {
                return Err(Mistake::new(step.line, format!("no request above is 'later {label}'")));
            }
            _ => {}
        }
        saved.extend(step.saves.iter().map(|(name, _)| name.clone()));
    }
    Ok(())
}

fn fields(message: &Message, part: &Struct, entries: &[Entry]) -> Result<(), Mistake> {
    for entry in entries {
        let Some(field) = part.fields.iter().find(|field| field.name == entry.name) else {
            let known: Vec<&str> = part.fields.iter().map(|field| field.name.as_str()).collect();
            return Err(Mistake::new(
                entry.line,
                format!("a field of {} expected ({}), found {}", part.name, known.join(", "), entry.name),
            ));
        };
        let elements = match &entry.value {
            Expression::List(elements) if field.is_array => elements.as_slice(),
            value => std::slice::from_ref(value),
        };
        if let Some(expected) = elements.iter().find_map(|element| mistyped(&field.r#type, element)) {
            return Err(Mistake::new(entry.line, format!("{expected} expected for {}", entry.name)));
        }
        let Type::Struct(name) = &field.r#type else { continue };
        let Some(inner) = message.find(name) else { continue };
        match &entry.value {
            Expression::Object(entries) => fields(message, inner, entries)?,
            Expression::List(elements) => {
                for element in elements {
                    match element {
                        Expression::Object(entries) => fields(message, inner, entries)?,
                        _ => return Err(Mistake::new(entry.line, format!("{{..}} expected within {}", entry.name))),
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a field takes, where this is something else. What a saved value is, only the answer tells.
fn mistyped(r#type: &Type, value: &Expression) -> Option<String> {
    let bits = match r#type {
        Type::Int8 => 8,
        Type::Int16 | Type::Uint16 => 16,
        Type::Int32 => 32,
        Type::Int64 => 64,
        _ => 0,
    };
    let fits = |number: i64| match r#type {
        Type::Uint16 => u16::try_from(number).is_ok(),
        _ => number >= i64::MIN >> (64 - bits) && number <= i64::MAX >> (64 - bits),
    };
    match (r#type, value) {
        (_, Expression::Null | Expression::Saved(..)) => None,
        (Type::Bool, Expression::Bool(_)) => None,
        (Type::Bool, _) => Some("true or false".to_owned()),
        (Type::Uuid, Expression::Text(text)) if text.parse::<Uuid>().is_ok() => None,
        (Type::Uuid, _) => Some("an id of 22 characters".to_owned()),
        (Type::String, Expression::List(_) | Expression::Object(_)) => Some("text".to_owned()),
        (_, Expression::Int(number)) if bits > 0 && fits(*number) => None,
        (Type::Int64, Expression::Now(_)) => None,
        _ if bits > 0 => Some(format!("a number of {bits} bits")),
        _ => None,
    }
}

fn values(line: usize, value: &Expression, saved: &BTreeSet<String>) -> Result<(), Mistake> {
    match value {
        Expression::Saved(name, _) if !saved.contains(name) => {
            Err(Mistake::new(line, format!("nothing above saves ${name}")))
        }
        Expression::List(elements) => elements.iter().try_for_each(|element| values(line, element, saved)),
        Expression::Object(entries) => entries.iter().try_for_each(|entry| values(entry.line, &entry.value, saved)),
        _ => Ok(()),
    }
}
