//! What can be known to be wrong before anything is sent: fields that no message has, values that nobody saved.

use std::collections::BTreeSet;

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
