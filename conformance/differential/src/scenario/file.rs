//! Reading a scenario file: its head, its sections, their steps.

use std::collections::BTreeMap;
use std::path::Path;

use kafka_trial_wire::view::Schema;

use super::{Mistake, Scenario, ScenarioError, Section, checks, step};

impl Scenario {
    /// Reads a file and checks every API, field and name in it.
    pub(crate) fn read(path: &Path, schema: &Schema) -> Result<Self, ScenarioError> {
        let error = |line, expected| ScenarioError { file: path.to_owned(), line, expected };
        let text = std::fs::read_to_string(path).map_err(|source| error(0, source.to_string()))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(name, &text, schema).map_err(|mistake| error(mistake.line, mistake.expected))
    }

    /// The same from text.
    pub(crate) fn parse(name: String, text: &str, schema: &Schema) -> Result<Self, Mistake> {
        let mut scenario =
            Self { name, properties: BTreeMap::new(), brokers: 1, alone: false, skip: None, sections: Vec::new() };
        let mut lines = text.lines().zip(1..).peekable();
        while let Some((line, number)) = lines.next() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(title) = line.strip_prefix("== ") {
                let title = title.trim().to_owned();
                if scenario.sections.iter().any(|section| section.title == title) {
                    return Err(Mistake::new(number, "another title: this one is there already"));
                }
                scenario.sections.push(Section { title, skip: None, steps: Vec::new() });
                continue;
            }
            if line.starts_with(char::is_whitespace) {
                return Err(Mistake::new(number, "fields stand below a request; nothing is above these"));
            }
            if let Some(reason) = line.strip_prefix("skip: ") {
                match scenario.sections.last_mut() {
                    Some(section) => section.skip = Some(reason.trim().to_owned()),
                    None => scenario.skip = Some(reason.trim().to_owned()),
                }
                continue;
            }
            let Some(section) = scenario.sections.last_mut() else {
                head(&mut scenario, line, number)?;
                continue;
            };
            let mut below = String::new();
            while let Some((more, _)) =
                lines.next_if(|(more, _)| more.trim().is_empty() || more.starts_with([' ', '\t']))
            {
                below.push_str(more);
                below.push('\n');
            }
            section.steps.extend(step::read(number, line, &below)?);
        }
        for section in &scenario.sections {
            checks::section(section, schema)?;
        }
        Ok(scenario)
    }
}

/// A line above the first section.
fn head(scenario: &mut Scenario, line: &str, number: usize) -> Result<(), Mistake> {
    if line.trim() == "alone" {
        scenario.alone = true;
        return Ok(());
    }
    if let Some(count) = line.strip_prefix("brokers ") {
        let count = count.trim().parse().ok().filter(|count| (1..=9).contains(count));
        scenario.brokers = count.ok_or_else(|| Mistake::new(number, "brokers 1 to 9 expected"))?;
        return Ok(());
    }
    let property = line.strip_prefix("broker ").and_then(|rest| rest.split_once('='));
    let (key, value) = property.ok_or_else(|| {
        let expected =
            "'broker [N:]KEY = VALUE', 'brokers N', 'alone', 'skip: WHY' or '== a section' expected; '#' begins prose";
        Mistake::new(number, expected)
    })?;
    scenario.properties.insert(key.trim().to_owned(), value.trim().to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        let mistake = Scenario::parse("x".to_owned(), text, &Schema::load()).map(|_| ()).unwrap_err();
        format!("{}: {}", mistake.line, mistake.expected)
    }

    #[test]
    fn a_file_is_sections_of_steps() {
        let text = "# prose\nbroker num.partitions = 3\n\n== first\ntopic @a 2\nMetadata all\n    Topics: [\n        {Name: @a}]\n\
                    \x20   save id = Topics[0].TopicId\n\n== second\nMetadata\n";
        let scenario = Scenario::parse("x".to_owned(), text, &Schema::load()).unwrap();
        let steps: Vec<usize> = scenario.sections.iter().map(|section| section.steps.len()).collect();
        assert_eq!((steps, scenario.properties.len()), (vec![2, 1], 1));
    }

    #[test]
    fn a_mistake_names_its_line_and_what_was_expected() {
        assert!(mistake("nonsense\n").starts_with("1: 'broker [N:]KEY = VALUE'"));
        assert!(mistake("== a\nMetdata\n").starts_with("2: an API by Kafka's name"));
        assert!(mistake("== a\nMetadata 14\n").starts_with("2: all, a version or a range within 0-13"));
        assert_eq!(
            mistake("== a\nMetadata\n    Topcs: []\n"),
            "3: a field of MetadataRequest expected (Topics, \
            AllowAutoTopicCreation, IncludeClusterAuthorizedOperations, IncludeTopicAuthorizedOperations), found Topcs"
        );
        assert_eq!(mistake("== a\nMetadata\n    Topics:\n        [{Name: $a}]\n"), "4: nothing above saves $a");
        assert_eq!(mistake("== a\nProduce 9\n    Acks: all\n"), "3: a number of 16 bits expected for Acks");
        assert_eq!(mistake("== a\nProduce 9\n    Acks: 32768\n"), "3: a number of 16 bits expected for Acks");
        assert_eq!(
            mistake("== a\nMetadata\n    Topics: [{TopicId: x}]\n"),
            "3: an id of 22 characters expected for TopicId"
        );
        assert_eq!(mistake("== a\nawait b\n"), "2: no request above is 'later b'");
        assert_eq!(mistake("== a\nMetadata\n== a\n"), "3: another title: this one is there already");
    }
}
